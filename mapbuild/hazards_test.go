package mapbuild

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// buildHand builds the map of a hand-made extract.
func buildHand(ctx context.Context, t rapid.TB, dir string, b *osmtest.Builder) *network.Map {
	t.Helper()
	path := filepath.Join(dir, "hand.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		t.Fatal(err)
	}
	m, _, err := Build(ctx, []string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// describe writes a hazard as the tests below expect it, positions in metres.
func describe(m *network.Map, h network.Hazard) string {
	s := fmt.Sprintf("%v %s %.0f-%.0f", h.Kind, h.Object(), h.From.Metres(), h.To.Metres())
	switch h.Heading {
	case network.ForwardOnly:
		s += " forward"
	case network.BackwardOnly:
		s += " backward"
	case network.BothWays:
	}
	if h.Value != 0 {
		s += fmt.Sprintf(" value %d", h.Value)
	}
	if h.Node != network.None {
		s += " at node"
	}
	if h.Tags != 0 {
		s += " [" + m.Text(h.Tags) + "]"
	}
	return s
}

func describeAll(m *network.Map, leave ...network.HazardKind) []string {
	var list []string
	for _, h := range m.Hazards {
		if !slices.Contains(leave, h.Kind) {
			list = append(list, describe(m, h))
		}
	}
	return list
}

// pairsOf turns "a=b c=d" into a list of keys and values; ~ stands for a space.
func pairsOf(s string) []string {
	var list []string
	for f := range strings.FieldsSeq(s) {
		k, v, _ := strings.Cut(f, "=")
		list = append(list, k, strings.ReplaceAll(v, "~", " "))
	}
	return list
}

// TestHazardsOfTags builds a straight road of nodes 1 to 5, 100 m apart, of which
// way 10 is the stretch from node 2 to node 4, and looks what its tags make.
func TestHazardsOfTags(t *testing.T) {
	for _, c := range []struct {
		way, node string // tags of way 10 and of node 3
		want      []string
	}{
		{way: "bridge=yes layer=1", want: []string{"bridge way/10 100-300 [bridge=yes]"}},
		{way: "bridge=no"},
		{way: "tunnel=yes", want: []string{"tunnel way/10 100-300 [tunnel=yes]"}},
		{way: "covered=arcade", want: []string{"tunnel way/10 100-300 [covered=arcade]"}},
		{way: "tunnel=no covered=no"},
		{way: "ford=yes", want: []string{"ford way/10 100-300 [ford=yes]"}},
		{node: "ford=stepping_stones", want: []string{"ford node/3 200-200 [ford=stepping_stones]"}},
		{way: "narrow=yes", want: []string{"narrow_way way/10 100-300 [narrow=yes]"}},
		{way: "narrow=yes width=3", want: []string{"narrow_way way/10 100-300 value 300 [width=3 narrow=yes]"}},
		{way: "width=3.5"},
		{way: "width=11'~6\"", want: nil},
		{way: "width=11'~5\"", want: []string{"narrow_way way/10 100-300 value 347 [width=11' 5\"]"}},
		{way: "maxwidth=2.2~m width=3", want: []string{"narrow_way way/10 100-300 value 220 [maxwidth=2.2 m]"}},
		{way: "lanes=1", want: []string{"single_lane way/10 100-300 [lanes=1]"}},
		{way: "lanes=1 oneway=yes"},
		{way: "lanes=1 oneway=no", want: []string{"single_lane way/10 100-300 [lanes=1 oneway=no]"}},
		{way: "lanes=1 oneway=alternating", want: []string{"single_lane way/10 100-300 [lanes=1 oneway=alternating]"}},
		{way: "maxheight=4.2", want: []string{"low_clearance way/10 100-300 value 420 [maxheight=4.2]"}},
		{way: "maxheight=4.3"},
		{way: "maxheight=default"},
		{way: "maxheight=4.2 maxheight:physical=4", want: []string{"low_clearance way/10 100-300 value 400 [maxheight:physical=4]"}},
		{way: "maxheight:forward=4 maxheight:backward=3.8", want: []string{
			"low_clearance way/10 100-300 forward value 400 [maxheight:forward=4]",
			"low_clearance way/10 100-300 backward value 380 [maxheight:backward=3.8]",
		}},
		{node: "barrier=height_restrictor maxheight=2.1", want: []string{
			"low_clearance node/3 100-100 value 210 at node [maxheight=2.1]", "barrier node/3 100-100 at node [barrier=height_restrictor]",
		}},
		{way: "maxweight=7.5", want: []string{"weight_limit way/10 100-300 value 7500 [maxweight=7.5]"}},
		{way: "maxweight=none"},
		{way: "maxweight=40", want: []string{"weight_limit way/10 100-300 value 40000 [maxweight=40]"}},
		{way: "incline=5%", want: []string{"steep_grade way/10 100-300 value 50 [incline=5%]"}},
		{way: "incline=-12,5~%", want: []string{"steep_grade way/10 100-300 value -125 [incline=-12,5 %]"}},
		{way: "incline=4.9%"},
		{way: "incline=up"},
		{way: "incline=4°", want: []string{"steep_grade way/10 100-300 value 70 [incline=4°]"}},
		{way: "construction=minor", want: []string{"works way/10 100-300 [construction=minor]"}},
		{way: "toll=yes", want: []string{"toll way/10 100-300 [toll=yes]"}},
		{node: "barrier=toll_booth", want: []string{"toll node/3 100-100 at node [barrier=toll_booth]"}},
		{node: "barrier=gate", want: []string{"barrier node/3 100-100 at node [barrier=gate]"}},
		{node: "barrier=gate access=private", want: []string{"barrier node/3 100-100 value 1 at node [barrier=gate]"}},
		{node: "barrier=bollard", want: []string{"barrier node/3 100-100 value 1 at node [barrier=bollard]"}},
		{node: "barrier=kerb"},
		{node: "highway=traffic_signals", want: []string{"traffic_signals node/3 200-200 [highway=traffic_signals]"}},
		{node: "highway=traffic_signals traffic_signals:direction=forward", want: []string{
			"traffic_signals node/3 200-200 forward [highway=traffic_signals traffic_signals:direction=forward]",
		}},
		{node: "highway=traffic_signals direction=backward", want: []string{"traffic_signals node/3 200-200 backward [highway=traffic_signals direction=backward]"}},
		{node: "highway=crossing crossing=traffic_signals", want: []string{"traffic_signals node/3 200-200 [highway=crossing crossing=traffic_signals]"}},
		{node: "highway=crossing crossing=zebra"},
		{node: "highway=mini_roundabout", want: []string{"roundabout node/3 200-200 [highway=mini_roundabout]"}},
		// A roundabout is one-way, so the stretch is a chain of its own.
		{way: "junction=circular", want: []string{"roundabout way/10 0-200 [junction=circular]"}},
		{node: "railway=level_crossing", want: []string{"level_crossing node/3 200-200 [railway=level_crossing]"}},
		{node: "railway=level_crossing crossing:barrier=full", want: []string{
			"level_crossing node/3 200-200 value 4 [railway=level_crossing crossing:barrier=full]",
		}},
		{node: "railway=level_crossing crossing:light=yes crossing:barrier=no", want: []string{
			"level_crossing node/3 200-200 value 2 [railway=level_crossing crossing:light=yes]",
		}},
		{node: "railway=level_crossing crossing=uncontrolled", want: []string{
			"level_crossing node/3 200-200 value 1 [railway=level_crossing crossing=uncontrolled]",
		}},
		{node: "railway=level_crossing crossing:supervision=attendant", want: []string{
			"level_crossing node/3 200-200 value 5 [railway=level_crossing crossing:supervision=attendant]",
		}},
		{node: "railway=crossing"},
	} {
		t.Run(c.way+c.node, func(t *testing.T) {
			for _, reversed := range []bool{false, true} {
				b := &osmtest.Builder{}
				for i := range int64(5) {
					var tags []string
					if i == 2 {
						tags = pairsOf(c.node)
					}
					b.Node(1+i, 40+100*float64(i)/111035, -75, tags...)
				}
				b.Way(9, []int64{1, 2}, "highway", "residential")
				refs, tags := []int64{2, 3, 4}, c.way
				node := c.node
				if reversed {
					// The same road, mapped the other way round.
					slices.Reverse(refs)
					swap := strings.NewReplacer("forward", "backward", "backward", "forward", "incline=-", "incline=", "incline=", "incline=-", "incline=up", "incline=down")
					tags, node = swap.Replace(tags), swap.Replace(node)
					if node != c.node || strings.Contains(tags, "incline=up") {
						continue // node 3 is written already; it is tested forwards
					}
				}
				b.Way(10, refs, append(pairsOf(tags), "highway", "residential")...)
				b.Way(11, []int64{4, 5}, "highway", "residential")
				m := buildHand(t.Context(), t, t.TempDir(), b)
				var got []string
				for _, h := range m.Hazards {
					h.Tags = 0
					if h.Node != network.None {
						// A barrier cuts the road in two chains; which one tells of it is
						// the one with the smaller number.
						h.From, h.To = 100_000, 100_000
					}
					got = append(got, describe(m, h))
				}
				var want []string
				for _, w := range c.want {
					w, _, _ = strings.Cut(w, " [")
					want = append(want, w)
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("reversed %v: got %q, want %q", reversed, got, want)
				}
				if reversed {
					continue
				}
				var proofs, wantProofs []string
				for _, h := range m.Hazards {
					proofs = append(proofs, m.Text(h.Tags))
				}
				for _, w := range c.want {
					_, proof, _ := strings.Cut(w, " [")
					wantProofs = append(wantProofs, strings.TrimSuffix(proof, "]"))
				}
				slices.Sort(proofs)
				slices.Sort(wantProofs)
				if !slices.Equal(proofs, wantProofs) {
					t.Errorf("proved by %q, want %q", proofs, wantProofs)
				}
			}
		})
	}
}

// TestHazardsBetweenWays looks at what takes more than one way to prove.
func TestHazardsBetweenWays(t *testing.T) {
	road := func() *osmtest.Builder { // nodes 1 to 5 eastwards, 100 m apart, on the equator
		b := &osmtest.Builder{}
		for i := range int64(5) {
			b.Node(1+i, 0, 0.0008983*float64(i))
		}
		return b
	}
	for name, c := range map[string]struct {
		with func(b *osmtest.Builder)
		want []string
	}{
		"works that join": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential")
				b.Node(20, 0.001, 0.0016)
				b.Way(11, []int64{3, 20}, "highway", "construction", "construction", "primary")
			},
			[]string{"works way/11 200-200 [highway=construction construction=primary]"},
		},
		"a footbridge above": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 21}, "highway", "footway", "bridge", "yes")
			},
			[]string{"underpass way/11 140-160 value 1 [highway=footway bridge=yes]"},
		},
		"a tunnel railway below, two layers": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 21}, "railway", "rail", "tunnel", "yes", "layer", "-2")
			},
			[]string{"overpass way/11 140-160 value 2 [railway=rail tunnel=yes layer=-2]"},
		},
		"the same layer": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential", "layer", "1")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 21}, "highway", "footway", "layer", "1")
			},
			nil,
		},
		"the same layer, but one is a bridge": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential", "layer", "1")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 21}, "highway", "footway", "layer", "1", "bridge", "yes")
			},
			[]string{"underpass way/11 140-160 value 1 [highway=footway bridge=yes layer=1]"},
		},
		"a common node": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 3, 21}, "highway", "footway", "layer", "1")
			},
			nil,
		},
		"crossing at a vertex that is not shared": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential")
				b.Node(20, -0.001, 0.0017966).Node(21, 0, 0.0017966).Node(22, 0.001, 0.0017966)
				b.Way(11, []int64{20, 21, 22}, "highway", "footway", "bridge", "yes")
			},
			[]string{"underpass way/11 190-210 value 1 [highway=footway bridge=yes]"},
		},
		"a river is not a way to pass over": {
			func(b *osmtest.Builder) {
				b.Way(10, []int64{1, 2, 3, 4, 5}, "highway", "residential", "bridge", "yes")
				b.Node(20, -0.001, 0.00134745).Node(21, 0.001, 0.00134745)
				b.Way(11, []int64{20, 21}, "waterway", "river")
			},
			[]string{"bridge way/10 0-400 [bridge=yes]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := road()
			c.with(b)
			m := buildHand(t.Context(), t, t.TempDir(), b)
			got := describeAll(m)
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A hazard's place and value, free of ids and of how ways are cut.
type sighting struct {
	kind             network.HazardKind
	from, to         geo.Point
	value            float64
	proof            string
	forward          bool // applies from `from` to `to`
	backward, atNode bool
}

// sightings lists the hazards of a map as places. Stretches of one kind that
// follow each other are one: they stem from ways that were cut.
func sightings(m *network.Map) []sighting {
	var list []sighting
	hazards := slices.Clone(m.Hazards)
	slices.SortStableFunc(hazards, func(a, b network.Hazard) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From))
	})
	var last network.Hazard
	for _, h := range hazards {
		if n := len(list); n > 0 && h.Kind == last.Kind && h.Chain == last.Chain && h.Heading == last.Heading && h.Value == last.Value &&
			(h.Tags == last.Tags || directed(h.Kind)) &&
			h.Type == network.OSMWay && h.From == last.To && h.To > h.From && last.To > last.From {
			list[n-1].to = m.PointAt(h.Chain, h.To)
			last = h
			continue
		}
		last = h
		list = append(list, sighting{
			h.Kind, m.PointAt(h.Chain, h.From), m.PointAt(h.Chain, h.To), float64(h.Value), m.Text(h.Tags),
			h.Heading != network.BackwardOnly, h.Heading != network.ForwardOnly, h.Node != network.None,
		})
	}
	for i := range list { // the eastern end second
		s := &list[i]
		if s.from.Lon > s.to.Lon {
			s.from, s.to, s.forward, s.backward = s.to, s.from, s.backward, s.forward
			if s.kind == network.SteepGrade {
				s.value = -s.value
			}
		}
		if directed(s.kind) {
			s.proof = "" // the tag follows the way's direction
		}
	}
	slices.SortFunc(list, func(a, b sighting) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.from.Lon, b.from.Lon), cmp.Compare(a.from.Lat, b.from.Lat),
			cmp.Compare(a.to.Lon, b.to.Lon), cmp.Compare(a.to.Lat, b.to.Lat), cmp.Compare(a.proof, b.proof))
	})
	return list
}

// directed reports kinds whose tags follow the way's direction.
func directed(k network.HazardKind) bool {
	return k == network.SteepGrade || k == network.LowClearance
}

// near reports whether two numbers agree to 1e-9, or to the last unit that the
// map stores.
func near(a, b float64) bool { return math.Abs(a-b) <= max(1, 1e-9*math.Abs(a)) }

func sameSightings(a, b []sighting) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d hazards became %d:\n%v\n%v", len(a), len(b), a, b)
	}
	for i := range a {
		x, y := a[i], b[i]
		for _, p := range [...][2]geo.Point{{x.from, y.from}, {x.to, y.to}} {
			if !near(float64(p[0].Lat), float64(p[1].Lat)) || !near(float64(p[0].Lon), float64(p[1].Lon)) {
				return fmt.Errorf("%+v moved to %+v", x, y)
			}
		}
		if x.kind != y.kind || !near(x.value, y.value) || x.proof != y.proof || x.atNode != y.atNode ||
			x.from != x.to && (x.forward != y.forward || x.backward != y.backward) {
			return fmt.Errorf("%+v became %+v", x, y)
		}
	}
	return nil
}

// TestHazardsDoNotDependOnMapping draws a winding road that runs east under and
// over others, and maps it again with its ways cut elsewhere, turned round, and
// with additional nodes on its lines: the hazards stay where they are.
func TestHazardsDoNotDependOnMapping(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	found := make(map[network.HazardKind]int)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 40).Draw(t, "vertices")
		points := make([]geo.Point, n)
		points[0] = geo.Point{Lat: 471_000_000, Lon: 95_000_000}
		for i := 1; i < n; i++ {
			// Steps of 7 to 100 m, always a little eastwards; even, so that the
			// middle of every line is on the grid.
			points[i] = geo.Point{
				Lat: points[i-1].Lat + 2*int32(rapid.IntRange(-3000, 3000).Draw(t, "north")),
				Lon: points[i-1].Lon + 2*int32(rapid.IntRange(500, 4000).Draw(t, "east")),
			}
		}
		type stretch struct{ tags, reversed string }
		kinds := []stretch{
			{"", ""},
			{"bridge=yes", "bridge=yes"},
			{"tunnel=yes layer=-1", "tunnel=yes layer=-1"},
			{"incline=8%", "incline=-8%"},
			{"maxheight:forward=4", "maxheight:backward=4"},
			{"lanes=1", "lanes=1"},
			{"maxweight=3.5 toll=yes", "maxweight=3.5 toll=yes"},
		}
		kind := make([]stretch, n-1) // per segment, in runs
		for i := range kind {
			if i == 0 || rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				kind[i] = rapid.SampledFrom(kinds).Draw(t, "tags")
			} else {
				kind[i] = kind[i-1]
			}
		}
		nodeTags := make([]string, n)
		for i := range nodeTags {
			nodeTags[i] = rapid.SampledFrom([]string{"", "", "", "highway=traffic_signals", "railway=level_crossing", "barrier=gate"}).Draw(t, "node")
		}
		crossers := rapid.IntRange(0, 4).Draw(t, "crossers")
		at := make([]int32, crossers)
		levels := make([]string, crossers)
		for i := range at {
			at[i] = int32(rapid.IntRange(int(points[0].Lon), int(points[n-1].Lon)).Draw(t, "crossing"))
			levels[i] = rapid.SampledFrom([]string{"", "layer=1", "bridge=yes", "layer=-2"}).Draw(t, "level")
		}
		draw := func(cut, turn, add func(i int) bool) *osmtest.Builder {
			b := &osmtest.Builder{}
			for i, p := range points {
				b.NodeE7(int64(100+i), p.Lat, p.Lon, pairsOf(nodeTags[i])...)
			}
			for i := range at {
				b.NodeE7(int64(1000+2*i), points[0].Lat-400_000, at[i]).NodeE7(int64(1001+2*i), points[0].Lat+400_000, at[i])
				b.Way(int64(500+i), []int64{int64(1000 + 2*i), int64(1001 + 2*i)}, append(pairsOf(levels[i]), "highway", "footway")...)
			}
			way, added := int64(1), int64(5000)
			refs := []int64{100}
			for i := range kind {
				if add(i) {
					b.NodeE7(added, (points[i].Lat+points[i+1].Lat)/2, (points[i].Lon+points[i+1].Lon)/2)
					refs = append(refs, added)
					added++
				}
				refs = append(refs, int64(101+i))
				if i+1 < len(kind) && kind[i] == kind[i+1] && !cut(i) {
					continue
				}
				tags := kind[i].tags
				if turn(i) {
					slices.Reverse(refs)
					tags = kind[i].reversed
				}
				b.Way(way, refs, append(pairsOf(tags), "highway", "tertiary")...)
				refs = []int64{int64(101 + i)}
				way++
			}
			return b
		}
		never := func(int) bool { return false }
		plain := sightings(buildHand(ctx, t, dir, draw(never, never, never)))
		for _, s := range plain {
			found[s.kind]++
		}
		maybe := func(label string) func(int) bool {
			choice := make([]bool, n)
			for i := range choice {
				choice[i] = rapid.Bool().Draw(t, label)
			}
			return func(i int) bool { return choice[i] }
		}
		for name, again := range map[string]*osmtest.Builder{
			"cut":     draw(maybe("cut"), never, never),
			"turned":  draw(never, maybe("turn"), never),
			"refined": draw(never, never, maybe("add")),
			"all":     draw(maybe("cut"), maybe("turn"), maybe("add")),
		} {
			if err := sameSightings(plain, sightings(buildHand(ctx, t, dir, again))); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
	for _, kind := range []network.HazardKind{
		network.Bridge, network.Tunnel, network.Underpass, network.Overpass, network.LevelCrossing, network.SingleLane, network.LowClearance,
		network.WeightLimit, network.SteepGrade, network.SharpCurve, network.Toll, network.BarrierGate, network.TrafficSignals,
	} {
		if found[kind] == 0 {
			t.Errorf("no %v was drawn", kind)
		}
	}
}
