package mapbuild

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/osm"
)

// A reshaper tells the same roads in other words: ways are split, run the other
// way round with their tags turned, and have more nodes.
type reshaper struct {
	c     *collected
	rng   *rand.Rand
	out   wayTable
	nodes nodeTable
	split map[int64]bool // ways that may be split
	ends  map[uint32]int // per node the ends of railway segments, as far as no split tells
}

func reshape(c *collected, seed uint64) *collected {
	r := &reshaper{c: c, rng: rand.New(rand.NewPCG(seed, 1)), split: make(map[int64]bool)}
	for _, id := range c.ways.id {
		r.split[id] = true
	}
	for _, m := range c.relations.member {
		if m.kind == osm.MemberWay {
			r.split[m.id] = false
		}
	}
	r.ends = make(map[uint32]int)
	for w := range c.ways.len() {
		if refs := c.ways.refs(w); c.ways.tags(w).has(keyRailway) {
			for i := 1; i < len(refs); i++ {
				r.ends[refs[i-1]]++
				r.ends[refs[i]]++
			}
		}
	}
	r.nodes = nodeTable{id: slices.Clone(c.nodes.id), packed: slices.Clone(c.nodes.packed)}
	r.out = wayTable{refFirst: []int{0}, tagFirst: []int{0}, text: c.text}
	type piece struct {
		refs []uint32
		tags []tag
	}
	var later []piece
	for w := range c.ways.len() {
		refs, list := r.more(c.ways.refs(w)), c.ways.tags(w).list
		if turned, ok := r.turn(c.ways.tags(w)); ok && r.rng.IntN(2) == 0 {
			refs = slices.Clone(refs)
			slices.Reverse(refs)
			list = turned
		}
		if t := c.ways.tags(w); r.split[c.ways.id[w]] && len(refs) > 2 && !t.has(keyArea) && !t.has(keyRoute) && r.rng.IntN(2) == 0 {
			// Where tracks cross, a way that runs through tells more than two that end.
			if at := 1 + r.rng.IntN(len(refs)-2); r.ends[refs[at]] < 4 {
				later = append(later, piece{refs[at:], list})
				refs = refs[:at+1]
			}
		}
		r.add(c.ways.id[w], refs, list)
	}
	last := c.ways.id[c.ways.len()-1]
	for _, p := range later {
		last++
		r.add(last, p.refs, p.tags)
	}
	r.nodes.isTag = make([]uint64, (len(r.nodes.id)+63)/64)
	copy(r.nodes.isTag, c.nodes.isTag)
	other := *c
	other.ways, other.nodes = r.out, r.nodes
	return &other
}

func (r *reshaper) add(id int64, refs []uint32, list []tag) {
	r.out.id = append(r.out.id, id)
	r.out.ref = append(r.out.ref, refs...)
	r.out.refFirst = append(r.out.refFirst, len(r.out.ref))
	r.out.tag = append(r.out.tag, list...)
	r.out.tagFirst = append(r.out.tagFirst, len(r.out.tag))
}

// more puts new nodes in the very middle of some segments.
func (r *reshaper) more(refs []uint32) []uint32 {
	var out []uint32
	for i, n := range refs {
		if i > 0 && r.rng.IntN(4) == 0 {
			p, ok1 := r.c.nodes.at(refs[i-1])
			q, ok2 := r.c.nodes.at(n)
			if ok1 && ok2 && p != q && (p.Lat+q.Lat)%2 == 0 && (int64(p.Lon)+int64(q.Lon))%2 == 0 {
				out = append(out, uint32(len(r.nodes.id)))
				r.nodes.id = append(r.nodes.id, r.nodes.id[len(r.nodes.id)-1]+1)
				r.nodes.packed = append(r.nodes.packed, packPoint(geo.Point{Lat: (p.Lat + q.Lat) / 2, Lon: int32((int64(p.Lon) + int64(q.Lon)) / 2)}))
			}
		}
		out = append(out, n)
	}
	return out
}

// turn returns the tags for the way against its direction; ok is false where
// conditional tags speak of directions.
func (r *reshaper) turn(t tags) (list []tag, ok bool) {
	hasOneway := false
	for _, x := range t.list {
		if x.key&dynamicKey != 0 {
			return nil, false
		}
		name := keyNames[x.key]
		value := t.text.list[x.val]
		switch {
		case strings.HasSuffix(name, ":forward"):
			x.key = keyNumbers[strings.TrimSuffix(name, "forward")+"backward"]
		case strings.HasSuffix(name, ":backward"):
			x.key = keyNumbers[strings.TrimSuffix(name, "backward")+"forward"]
		case name == "oneway" || strings.HasPrefix(name, "oneway:"):
			hasOneway = hasOneway || name == "oneway"
			switch onewayValues[value] {
			case onewayForward:
				value = "-1"
			case onewayBackward:
				value = "yes"
			case onewayUnsaid:
				return nil, false
			case onewayNo:
			}
			x.val = t.text.addString(value)
		case name == "railway:preferred_direction":
			if turned, ok := map[string]string{"forward": "backward", "backward": "forward"}[value]; ok {
				x.val = t.text.addString(turned)
			}
		}
		list = append(list, x)
	}
	if !hasOneway && (roundabout(t) || t.is(keyHighway, "motorway")) {
		list = append(list, tag{keyOneway, t.text.addString("-1")})
	}
	return list, true
}

// networkOf makes the chains and turns of collected data.
func networkOf(t *testing.T, c *collected) *network.Map {
	t.Helper()
	d := &draft{c: c, m: &network.Map{}, notes: make(map[string]int)}
	d.classifyWays(&Report{})
	if err := d.makeChains(); err != nil {
		t.Fatal(err)
	}
	if err := d.makeTurns(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d.m
}

// inOrderOf lists the chains by what does not depend on how ways are told.
func inOrderOf(m *network.Map) (order []int, rank []int) {
	order, rank = make([]int, len(m.Length)), make([]int, len(m.Length))
	for c := range order {
		order[c] = c
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(m.Tail[a], m.Tail[b]), cmp.Compare(m.Head[a], m.Head[b]), cmp.Compare(m.Length[a], m.Length[b]))
	})
	for i, c := range order {
		rank[c] = i
	}
	return order, rank
}

// turnsOf lists all turns, each as arcs by rank and what forbids it.
func turnsOf(m *network.Map, rank []int) []string {
	arc := func(a network.ArcID) string {
		return fmt.Sprintf("%d%c", rank[a.Chain()], "+-"[a&1])
	}
	var list []string
	for s := range m.StateArc {
		for x := m.TurnFirst[s]; x < m.TurnFirst[s+1]; x++ {
			r := m.Rules[m.TurnRule[x]]
			list = append(list, fmt.Sprintf("%s %s %d %d %d", arc(m.StateArc[s]), arc(m.StateArc[m.TurnTo[x]]), r.Relation, r.Applies, r.Kind))
		}
	}
	slices.Sort(list)
	return list
}

func TestNetworkDoesNotDependOnHowWaysAreDrawn(t *testing.T) {
	for _, name := range []string{"monaco.osm.pbf", "harrisburg.osm.pbf", "liechtenstein-latest.osm.pbf"} {
		c, err := collect(context.Background(), []string{testdata.Extract(t, name)}, 2, &reporter{})
		if err != nil {
			t.Fatal(err)
		}
		want := networkOf(t, c)
		order, rank := inOrderOf(want)
		turns := turnsOf(want, rank)
		for seed := range uint64(3) {
			other := reshape(c, seed)
			if other.nodes.len() < c.nodes.len()*101/100 || other.ways.len() < c.ways.len()*11/10 {
				t.Fatalf("%s: hardly anything was changed: %d nodes for %d, %d ways for %d", name, other.nodes.len(), c.nodes.len(), other.ways.len(), c.ways.len())
			}
			got := networkOf(t, other)
			if !slices.Equal(got.NodePoint, want.NodePoint) || len(got.Length) != len(want.Length) {
				t.Fatalf("%s, seed %d: %d nodes, %d chains; was %d, %d", name, seed, len(got.NodePoint), len(got.Length), len(want.NodePoint), len(want.Length))
			}
			for i := range got.NodeInfo {
				if a, b := got.NodeInfo[i], want.NodeInfo[i]; a.OSM != b.OSM || a.Access != b.Access || a.Degree != b.Degree || a.Island != b.Island {
					t.Fatalf("%s, seed %d: node %+v, was %+v", name, seed, a, b)
				}
			}
			gotOrder, gotRank := inOrderOf(got)
			for i := range order {
				a, b := gotOrder[i], order[i]
				if got.Tail[a] != want.Tail[b] || got.Head[a] != want.Head[b] {
					t.Fatalf("%s, seed %d: chain %d–%d, was %d–%d", name, seed, got.Tail[a], got.Head[a], want.Tail[b], want.Head[b])
				}
				// Positions are whole millimetres.
				if x, y := got.Length[a].Metres(), want.Length[b].Metres(); math.Abs(x-y) > 1e-9*y+0.0011 {
					t.Errorf("%s, seed %d: chain %d has %v m, had %v m", name, seed, b, x, y)
				}
				if got.ArcAccess[2*a] != want.ArcAccess[2*b] || got.ArcAccess[2*a+1] != want.ArcAccess[2*b+1] ||
					got.Limits[got.ArcLimits[2*a]] != want.Limits[want.ArcLimits[2*b]] || (got.Component[a] == network.None) != (want.Component[b] == network.None) {
					t.Errorf("%s, seed %d: chain %d is open to others or limited otherwise", name, seed, b)
				}
			}
			if gotTurns := turnsOf(got, gotRank); !slices.Equal(gotTurns, turns) {
				t.Errorf("%s, seed %d: %d turns that are not the %d before", name, seed, len(gotTurns), len(turns))
			}
		}
	}
}
