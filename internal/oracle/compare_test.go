package oracle_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/oracle"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
)

var extracts = []string{
	"harrisburg.osm.pbf", "krems.osm.gz", "liechtenstein-latest.osm.pbf", "monaco.osm.pbf", "oslo-east.osm.pbf",
	"hamburg-ferry.osm.pbf", "london-northern-line.osm.pbf",
}

// eachExtract runs a test on every extract that is there.
func eachExtract(t *testing.T, test func(t *testing.T, b *both)) {
	t.Helper()
	for _, name := range extracts {
		t.Run(name, func(t *testing.T) { test(t, library().get(t, testdata.Extract(t, name))) })
	}
	for name, path := range map[string]func(testing.TB) string{"andorra": testdata.Andorra, "delaware": testdata.Delaware} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("larger extracts are left out with -short")
			}
			test(t, library().get(t, path(t)))
		})
	}
}

// A shelf keeps extracts that were read, for the tests that follow.
type shelf map[string]*both

var library = sync.OnceValue(func() shelf { return shelf{} })

func (s shelf) get(t *testing.T, path string) *both {
	t.Helper()
	if s[path] == nil {
		m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if s[path], err = compared(m, path); err != nil {
			t.Fatal(err)
		}
	}
	return s[path]
}

// compared puts a map beside what the oracle reads in the extract it was made of.
func compared(m *network.Map, extract string) (*both, error) {
	b := &both{m: m, shared: map[network.ChainID]bool{}}
	var err error
	if b.index, err = plan.NewIndex(m); err != nil {
		return nil, err
	}
	if b.net, err = oracle.Read(context.Background(), extract); err != nil {
		return nil, err
	}
	b.locate()
	return b, nil
}

// spot is where a segment lies on the network.
type spot struct {
	chain network.ChainID
	at    int  // its first vertex along the chain, counted from the tail
	along bool // the chain runs as the way does
}

type key struct {
	way  int64
	a, b geo.Point
}

// both is one extract as a map and as the oracle sees it.
type both struct {
	m     *network.Map
	index *plan.Index
	net   *oracle.Net
	spots []spot // by segment; chain None where a way has two alike
	twins int
	lost  []int
	// shared are the chains on which some segment was not told from another.
	shared map[network.ChainID]bool
}

// locate finds every segment of the oracle on the map.
func (b *both) locate() {
	found := map[key][]spot{}
	for c := range network.ChainID(b.m.NumChains()) {
		points, at := b.m.Vertices(c)
		intervals, k := b.m.Intervals(c), 0
		for i := 1; i < len(points); i++ {
			for k+1 < len(intervals) && at[i-1] >= intervals[k+1].From {
				k++
			}
			way := intervals[k].Way
			found[key{way, points[i-1], points[i]}] = append(found[key{way, points[i-1], points[i]}], spot{c, i - 1, true})
			found[key{way, points[i], points[i-1]}] = append(found[key{way, points[i], points[i-1]}], spot{c, i - 1, false})
		}
	}
	b.spots = make([]spot, len(b.net.Segments))
	for s := range b.spots {
		p, q := b.net.Degrees(oracle.Edge(2 * s))
		k := key{b.net.Ways[b.net.Segments[s].Way].ID, geo.PointFromDegrees(p[0], p[1]), geo.PointFromDegrees(q[0], q[1])}
		switch list := found[k]; len(list) {
		case 1:
			b.spots[s] = list[0]
		case 0:
			b.lost = append(b.lost, s)
			b.spots[s].chain = network.None
		default:
			b.twins++
			b.spots[s].chain = network.None
			for _, x := range list {
				b.shared[x.chain] = true
			}
		}
	}
}

// arc returns the arc that drives along an edge.
func (b *both) arc(e oracle.Edge) network.ArcID {
	x := b.spots[e.Segment()]
	return x.chain.Arc(e.Against() == x.along)
}

// place returns a position on a segment as both see it.
func (b *both) place(segment int, fraction float64) (oracle.Position, network.Location) {
	x := b.spots[segment]
	_, at := b.m.Vertices(x.chain)
	lo, hi := at[x.at], at[x.at+1]
	if !x.along {
		fraction = 1 - fraction
	}
	here := lo + network.Millimetres(math.Round(float64(hi-lo)*fraction))
	if hi > lo {
		fraction = float64(here-lo) / float64(hi-lo)
	}
	if !x.along {
		fraction = 1 - fraction
	}
	return oracle.Position{Segment: segment, Fraction: fraction}, network.Location{Chain: x.chain, At: here, Point: b.m.PointAt(x.chain, here)}
}

// convoy is one vehicle envelope for both.
type convoy struct {
	name    string
	vehicle network.Vehicle
	private bool
}

var convoys = []convoy{
	{"car", network.Vehicle{Classes: 1 << network.Car}, true},
	{"lorry", network.Vehicle{Classes: 1<<network.Car | 1<<network.Truck, HeightCM: 400, WidthCM: 255, LengthCM: 1200, WeightKG: 18_000, AxleKG: 10_000}, false},
}

func (c *convoy) oracle() oracle.Vehicle {
	v := oracle.Vehicle{Size: oracle.Limits{
		HeightCM: int64(c.vehicle.HeightCM), WidthCM: int64(c.vehicle.WidthCM), LengthCM: int64(c.vehicle.LengthCM),
		WeightKG: int64(c.vehicle.WeightKG), AxleKG: int64(c.vehicle.AxleKG),
	}}
	for k := range v.Classes {
		v.Classes[k] = c.vehicle.Classes.Has(network.Class(k))
	}
	return v
}

// passages keeps what the network is to a convoy, by the parts it has business in.
type passages struct {
	b    *both
	kept map[string]*network.Passage
}

func (p *passages) get(c *convoy, ends ...network.ChainID) *network.Passage {
	parts := []uint32{}
	for _, e := range ends {
		if k := p.b.m.Component[e]; k != network.None {
			parts = append(parts, k)
		}
	}
	slices.Sort(parts)
	key := c.name + fmt.Sprint(slices.Compact(parts), c.vehicle.Classes)
	if len(p.kept) > 20 {
		clear(p.kept)
	}
	if p.kept[key] == nil {
		p.kept[key] = p.b.m.Passage(c.vehicle, network.PassageOptions{Ends: ends, Private: c.private})
	}
	return p.kept[key]
}

// within reports whether the network's time for a drive over so many arcs may be d
// milliseconds more than the exact one: it rounds every arc up to the
// millisecond, and every place to the millimetre, which weighs little. The time
// of a part is the difference of two rounded ones.
func within(d float64, arcs int, time float64) bool {
	places := 2 + 1e-6*time
	return -places <= d && d <= float64(arcs)+places
}

// agree compares one answer; it returns the difference in milliseconds.
func agree(took network.Millis, arcs []network.ArcID, ok bool, want oracle.Answer) (float64, bool) {
	if math.IsInf(want.Milliseconds, 1) || !ok {
		return 0, !ok && math.IsInf(want.Milliseconds, 1)
	}
	d := float64(took) - want.Milliseconds
	return d, within(d, len(arcs), want.Milliseconds)
}

// TestSegmentsEqualOracle compares what is known of every segment.
func TestSegmentsEqualOracle(t *testing.T) {
	eachExtract(t, func(t *testing.T, b *both) {
		b.checkSegments(t)
		t.Logf("%d segments of %d ways, %d that their way drives twice", len(b.spots), len(b.net.Ways), b.twins)
	})
}

// checkSegments compares every segment: that it is there, how long it is, who may
// use it in which direction, how fast, within which limits, and its part.
func (b *both) checkSegments(t interface {
	Helper()
	Errorf(format string, args ...any)
},
) {
	t.Helper()
	vertices := 0
	for c := range network.ChainID(b.m.NumChains()) {
		points, _ := b.m.Vertices(c)
		vertices += len(points) - 1
	}
	if vertices != len(b.net.Segments) || len(b.lost) > 0 {
		t.Errorf("the map has %d segments, the oracle %d, of which %d are not on the map: %s", vertices, len(b.net.Segments), len(b.lost), b.ways(b.lost))
	}
	wrong := map[string][]int{}
	tightest := make([]oracle.Limits, b.m.NumArcs())
	partOf, back := map[int]uint32{-1: network.None}, map[uint32]int{network.None: -1}
	for s, x := range b.spots {
		if x.chain == network.None {
			continue
		}
		note := func(what string, differs bool) {
			if differs {
				wrong[what] = append(wrong[what], s)
			}
		}
		w := &b.net.Ways[b.net.Segments[s].Way]
		_, at := b.m.Vertices(x.chain)
		// Both ends are rounded to the millimetre.
		note("length", math.Abs(float64(at[x.at+1]-at[x.at])-1000*b.net.Segments[s].Metres) > 1.01)
		iv := b.m.IntervalAt(x.chain, at[x.at])
		for d := range 2 {
			a := b.arc(oracle.Edge(2*s + d))
			for c, p := range w.Access[d] {
				note("access", network.Permission(p) != b.m.ArcAccess[a].Of(network.Class(c)))
			}
			speed := iv.SpeedForward
			if a.Backwards() {
				speed = iv.SpeedBackward
			}
			// Of a segment of less than a millimetre nothing is kept.
			note("speed", float64(speed) != w.KMH[d] && at[x.at] != at[x.at+1])
			tightest[a] = tighter(tightest[a], w.Limits[d])
		}
		part, component := b.net.Part(s), b.m.Component[x.chain]
		k, seen := partOf[part]
		note("part", seen && k != component)
		p, seen := back[component]
		note("part", seen && p != part)
		partOf[part], back[component] = component, part
	}
	for s, x := range b.spots {
		for d := range 2 {
			if x.chain == network.None || b.shared[x.chain] {
				continue
			}
			a := b.arc(oracle.Edge(2*s + d))
			l := b.m.Limits[b.m.ArcLimits[a]]
			got := oracle.Limits{HeightCM: int64(l.HeightCM), WidthCM: int64(l.WidthCM), LengthCM: int64(l.LengthCM), WeightKG: int64(l.WeightKG), AxleKG: int64(l.AxleKG)}
			if got != tightest[a] {
				wrong["limits"] = append(wrong["limits"], s)
			}
		}
	}
	for what, list := range wrong {
		t.Errorf("%s differs on %d segments: %s", what, len(list), b.ways(list))
	}
}

// tighter returns the tighter of two limits, 0 being none.
func tighter(a, b oracle.Limits) oracle.Limits {
	least := func(x, y int64) int64 {
		if x == 0 || y != 0 && y < x {
			return y
		}
		return x
	}
	return oracle.Limits{
		HeightCM: least(a.HeightCM, b.HeightCM), WidthCM: least(a.WidthCM, b.WidthCM), LengthCM: least(a.LengthCM, b.LengthCM),
		WeightKG: least(a.WeightKG, b.WeightKG), AxleKG: least(a.AxleKG, b.AxleKG),
	}
}

// ways names the ways of some segments.
func (b *both) ways(segments []int) string {
	var ids []string
	for _, s := range segments {
		ids = append(ids, fmt.Sprint(b.net.Ways[b.net.Segments[s].Way].ID))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 12 {
		ids = append(ids[:12], "…")
	}
	return strings.Join(ids, " ")
}

// TestRoutesEqualOracle compares the time of the fastest drive between random
// places.
func TestRoutesEqualOracle(t *testing.T) {
	sources, targets := 50, 20
	if testing.Short() {
		sources, targets = 4, 10
	}
	eachExtract(t, func(t *testing.T, b *both) {
		rng := rand.New(rand.NewPCG(1, 2))
		kept := passages{b, map[string]*network.Passage{}}
		for i := range convoys {
			c := &convoys[i]
			n := sources
			if i > 0 {
				n = max(1, sources/5)
			}
			pairs, none, least, most := 0, 0, 0.0, 0.0
			for range n {
				from := b.draw(rng, c)
				origin, start := b.place(from, rng.Float64())
				for _, group := range b.byPart(rng, c, from, targets) {
					q := oracle.Question{Vehicle: c.oracle(), Private: c.private, From: origin, Parts: []int{b.net.Part(from), b.net.Part(group[len(group)-1])}}
					var ends []network.Location
					for _, s := range group {
						p, l := b.place(s, rng.Float64())
						q.To, ends = append(q.To, p), append(ends, l)
					}
					for k, want := range b.net.Fastest(q) {
						took, arcs, ok := plan.Fastest(b.index, kept.get(c, start.Chain, ends[k].Chain), start, ends[k])
						d, same := agree(took, arcs, ok, want)
						pairs++
						if !ok {
							none++
						}
						least, most = min(least, d), max(most, d)
						if !same {
							t.Errorf("%s from segment %d at %.3f to segment %d at %.3f: the map says %d ms over %d arcs (%v), the oracle %.1f ms over %d edges; the map by ways %s, the oracle by %s",
								c.name, origin.Segment, origin.Fraction, q.To[k].Segment, q.To[k].Fraction, took, len(arcs), ok, want.Milliseconds, len(want.Edges), b.arcWays(arcs), b.edgeWays(want.Edges))
						}
					}
				}
			}
			t.Logf("%s: %d pairs, %d without a drive, the map is %.2f to %.2f ms slower", c.name, pairs, none, least, most)
		}
	})
}

// draw picks a segment that the convoy may use in some direction.
func (b *both) draw(rng *rand.Rand, c *convoy) int {
	for {
		s := rng.IntN(len(b.spots))
		x := b.spots[s]
		if x.chain == network.None {
			continue
		}
		least := min(b.m.ArcAccess[x.chain.Arc(false)].Worst(c.vehicle.Classes), b.m.ArcAccess[x.chain.Arc(true)].Worst(c.vehicle.Classes))
		if least == network.Open || least == network.Destination || least == network.Private && c.private {
			return s
		}
	}
}

// byPart draws targets and groups them by the parts that a drive there has
// business in, so that one search answers a group.
func (b *both) byPart(rng *rand.Rand, c *convoy, from, targets int) [][]int {
	var keys []int
	groups := map[int][]int{}
	for range targets {
		s := b.draw(rng, c)
		part := b.net.Part(s)
		if part == b.net.Part(from) {
			part = -1
		}
		if groups[part] == nil {
			keys = append(keys, part)
		}
		groups[part] = append(groups[part], s)
	}
	var list [][]int
	for _, k := range keys {
		list = append(list, groups[k])
	}
	return list
}

func (b *both) arcWays(arcs []network.ArcID) string {
	var ids []string
	for _, a := range arcs {
		ivs := slices.Clone(b.m.Intervals(a.Chain()))
		if a.Backwards() {
			slices.Reverse(ivs)
		}
		for _, iv := range ivs {
			ids = append(ids, fmt.Sprint(iv.Way))
		}
	}
	return shorten(ids)
}

func (b *both) edgeWays(edges []oracle.Edge) string {
	var ids []string
	for _, e := range edges {
		ids = append(ids, fmt.Sprint(b.net.Ways[b.net.Segments[e.Segment()].Way].ID))
	}
	return shorten(ids)
}

func shorten(ids []string) string {
	ids = slices.Compact(ids)
	if len(ids) > 30 {
		ids = append(ids[:30:30], "…")
	}
	return strings.Join(ids, " ")
}
