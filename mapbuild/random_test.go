package mapbuild

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// Any extract, however odd its ways and relations, makes a sound map that holds
// each segment of each used way exactly once.
func TestAnyExtractMakesASoundMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		b := &osmtest.Builder{}
		points := make(map[int64]geo.Point)
		for id := int64(1); id <= 12; id++ {
			if rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
				continue
			}
			// Few places, so that some nodes lie on one another.
			p := geo.Point{Lat: 500000000 + 10000*rapid.Int32Range(0, 5).Draw(t, "lat"), Lon: 80000000 + 10000*rapid.Int32Range(0, 5).Draw(t, "lon")}
			points[id] = p
			var tags []string
			if v := rapid.SampledFrom([]string{"", "", "", "", "gate", "bollard", "kerb"}).Draw(t, "barrier"); v != "" {
				tags = append(tags, "barrier", v)
				if rapid.Bool().Draw(t, "private") {
					tags = append(tags, "access", "private")
				}
			}
			b.NodeE7(id, p.Lat, p.Lon, tags...)
		}
		node := rapid.Int64Range(1, 12)
		want, ways := 0.0, rapid.IntRange(0, 10).Draw(t, "ways")
		for w := range ways {
			refs := rapid.SliceOfN(node, 0, 7).Draw(t, "refs")
			tags := []string{"highway", rapid.SampledFrom([]string{"primary", "residential", "footway", "motorway"}).Draw(t, "highway")}
			for _, choice := range [][]string{
				{"oneway", "yes", "-1", "no"},
				{"access", "private", "destination", "no"},
				{"hgv", "no"},
				{"name", "A", "B"},
				{"maxheight:forward", "3"},
				{"route", "ferry"},
				{"maxweight:conditional", "3 @ wet"},
			} {
				if v := rapid.SampledFrom(append(choice[1:], "", "", "", "")).Draw(t, choice[0]); v != "" {
					tags = append(tags, choice[0], v)
				}
			}
			b.Way(int64(w+1), refs, tags...)
			_, drop, ok := classify(tagsOfPairs(tags), len(refs) > 2 && refs[0] == refs[len(refs)-1], newNotes())
			if !ok || drop != "" {
				continue
			}
			for i := 1; i < len(refs); i++ {
				p, ok1 := points[refs[i-1]]
				q, ok2 := points[refs[i]]
				if ok1 && ok2 {
					want += geo.Distance(p, q)
				}
			}
		}
		for r := range rapid.IntRange(0, 5).Draw(t, "relations") {
			var members []osmtest.Member
			for range rapid.IntRange(1, 5).Draw(t, "members") {
				role := rapid.SampledFrom([]string{"from", "to", "via", "via"}).Draw(t, "role")
				if role == "via" && rapid.Bool().Draw(t, "node") {
					members = append(members, via(node.Draw(t, "node")))
				} else {
					members = append(members, osmtest.Member{Kind: osmtest.Way, ID: rapid.Int64Range(1, 10).Draw(t, "way"), Role: role})
				}
			}
			value := rapid.SampledFrom([]string{"no_left_turn", "no_u_turn", "only_straight_on"}).Draw(t, "restriction")
			b.Relation(int64(r+1), members, "type", "restriction", rapid.SampledFrom([]string{"restriction", "restriction:hgv"}).Draw(t, "key"), value)
		}
		m, report := buildRapid(t, dir, b)
		if n := len(report.Used) + dropCount(report); n != ways {
			t.Fatalf("%d of %d ways used or dropped", n, ways)
		}
		got := 0.0
		for _, l := range m.Length {
			got += l.Metres()
		}
		if math.Abs(got-want) > 0.001*float64(len(m.Length)+1) {
			t.Fatalf("chains have %v m, the segments %v m", got, want)
		}
		checkTurns(t, m)
	})
}

func tagsOfPairs(pairs []string) tags {
	text := newTexts()
	t := tags{text: text}
	for i := 0; i < len(pairs); i += 2 {
		k, ok := keyNumbers[pairs[i]]
		if !ok {
			k = dynamicKey | key(text.addString(pairs[i]))
		}
		t.list = append(t.list, tag{k, text.addString(pairs[i+1])})
	}
	return t
}

func dropCount(r *Report) int {
	n := 0
	for _, ids := range r.Drop {
		n += len(ids)
	}
	return n
}

// checkTurns checks that every state on an arc offers the same turns but for
// their rules, that those are all there can be, and that one turns back at dead
// ends only.
func checkTurns(t *rapid.T, m *network.Map) {
	for s := range m.StateArc {
		from := m.StateArc[s]
		n := m.ArcHead(from)
		got := 0
		for x := m.TurnFirst[s]; x < m.TurnFirst[s+1]; x++ {
			got++
			to := m.StateArc[m.TurnTo[x]]
			if to == from.Reverse() && m.NodeInfo[n].Degree != 1 {
				t.Fatalf("one turns back at node %d", m.NodeInfo[n].OSM)
			}
		}
		want := 0
		for to := range network.ArcID(m.NumArcs()) {
			if m.ArcTail(to) != n {
				continue
			}
			for c := network.Car; c <= network.Emergency; c++ {
				if m.ArcAccess[from].Of(c) == network.Forbidden || m.ArcAccess[to].Of(c) == network.Forbidden {
					continue
				}
				back := to == from.Reverse()
				if back && m.NodeInfo[n].Degree == 1 || !back && m.NodeInfo[n].Access.Of(c) != network.Forbidden {
					want++
					break
				}
			}
		}
		if got != want {
			t.Fatalf("state %d has %d turns, want %d", s, got, want)
		}
	}
}
