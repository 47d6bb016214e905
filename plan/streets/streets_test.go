package streets_test

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/game/verify"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/plan/streets"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// town makes the map of a town of streets about 350 m apart, with signals, bridges
// and streets of one way drawn at random.
func town(tb testing.TB, random *rand.Rand) *network.Map {
	tb.Helper()
	b := &osmtest.Builder{Replication: start.Add(-24 * time.Hour).Unix()}
	const side = 7
	id := func(row, column int) int64 { return int64(100 + 10*row + column) }
	for row := range side {
		for column := range side {
			var tags []string
			if random.IntN(4) == 0 {
				tags = []string{"highway", "traffic_signals"}
			}
			b.Node(id(row, column), 50+0.0032*float64(row)+0.0008*random.Float64(), 10+0.0048*float64(column)+0.0012*random.Float64(), tags...)
		}
	}
	way := int64(1000)
	street := func(from, to int64) {
		way++
		tags := []string{"highway", "secondary", "maxspeed", []string{"30", "50", "70"}[random.IntN(3)]}
		if random.IntN(6) == 0 {
			tags = append(tags, "bridge", "yes", "layer", "1")
		}
		if random.IntN(6) == 0 {
			tags = append(tags, "oneway", "yes")
		}
		b.Way(way, []int64{from, to}, tags...)
	}
	for row := range side {
		for column := range side {
			if column+1 < side && random.IntN(8) > 0 {
				street(id(row, column), id(row, column+1))
			}
			if row+1 < side && random.IntN(8) > 0 {
				street(id(row, column), id(row+1, column))
			}
		}
	}
	path := filepath.Join(tb.TempDir(), "town.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		tb.Fatal(err)
	}
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func car() outrider.Convoy {
	return outrider.Convoy{Vehicles: []outrider.Vehicle{{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}}, MarchKMH: 130}
}

// laid returns the streets of a town for a car and what a plan there is made from.
func laid(tb testing.TB, m *network.Map) (*streets.Streets, *hazard.Exposure, plan.Input) {
	tb.Helper()
	profile, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	v, err := plan.VehicleOf(car())
	if err != nil {
		tb.Fatal(err)
	}
	e, err := hazard.New(m, profile, nil, hazard.Options{Window: hazard.WindowOf(start, start.Add(time.Minute), time.UTC), Vehicle: v})
	if err != nil {
		tb.Fatal(err)
	}
	in := plan.Input{Map: m, Profile: profile, Now: start, Mix: plan.MixOptions{Area: 120}, Movement: &outrider.Movement{Name: "m", Zone: time.UTC, Convoy: car(), Constraints: outrider.Constraints{MaxDetour: 2}}}
	return streets.New(m, m.Passage(v, network.PassageOptions{}), e), e, in
}

// TestStreetsAreALowerBound plays random movements through random towns with reach
// and turns and on the edges alone: whatever the limit on the mean time, the game on
// the edges is worth no more, and its checker agrees with what it is worth.
func TestStreetsAreALowerBound(t *testing.T) {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(3, 4))
	played, telling, tight := 0, 0, 0
	for range 6 {
		m := town(t, random)
		s, _, in := laid(t, m)
		for range 5 {
			from, to := m.NodePoint[random.IntN(len(m.NodePoint))], m.NodePoint[random.IntN(len(m.NodePoint))]
			if geo.Distance(from, to) < 900 {
				continue
			}
			in.Movement.Legs = []outrider.Leg{{
				From: outrider.Endpoint{Point: &from, Label: "a"}, To: outrider.Endpoint{Point: &to, Label: "b"}, Window: outrider.Window{Earliest: start, Latest: start},
			}}
			grounds, err := plan.LegGrounds(ctx, in)
			if outrider.KindOf(err) == outrider.NoRoute || outrider.KindOf(err) == outrider.OffNetwork {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			g := grounds[0]
			var areas []streets.Area
			for _, a := range g.Areas {
				areas = append(areas, streets.Area{Centre: geo.PointFromDegrees(a.Lat, a.Lon), Radius: a.Radius})
			}
			bare, ok := s.Game(g.From, g.To, areas...)
			if !ok {
				continue
			}
			x, err := reach.New(g.Field, g.Options)
			if err != nil {
				t.Fatal(err)
			}
			usual, fastest, ok := streets.Fastest(bare)
			if !ok || fastest > int64(x.Usual().Time) {
				t.Fatalf("on the edges the fastest route takes %d ms (%v), with turns %d", fastest, ok, x.Usual().Time)
			}
			for _, factor := range []float64{1.02, 1.1, 1.3, math.Inf(1)} {
				mix, err := x.Solve(ctx, factor*float64(x.Usual().Time))
				if err != nil {
					t.Fatal(err)
				}
				limited := *bare
				if !math.IsInf(factor, 1) {
					limited.Kind, limited.MeanTimeBudget = game.EdgeMeanTime, big.NewRat(int64(math.Ceil(factor*float64(x.Usual().Time))), 1000)
				}
				r, err := game.Solve(ctx, &limited, game.Options{})
				if err != nil {
					t.Fatal(err)
				}
				limited.Hash = limited.Digest()
				if report, err := verify.Verify(&limited, game.NewDocument(&limited, r, 0)); err != nil || report.Verdict != verify.Confirmed {
					t.Fatalf("the checker: %v, %+v", err, report)
				}
				if r.Lower > mix.Upper*(1+1e-6) {
					t.Errorf("at %g times the fastest %v on the edges, %v with reach and turns", factor, r.Lower, mix.Upper)
				}
				if r.Upper > streets.Worst(bare, usual)*(1+1e-9) {
					t.Errorf("at %g times the fastest the mix is worth %v, the fastest route %v", factor, r.Upper, streets.Worst(bare, usual))
				}
				played++
				if r.Lower > 0 {
					telling++
				}
				if r.Lower > mix.Lower {
					tight++
				}
			}
		}
	}
	if played < 40 || telling < played/2 {
		t.Errorf("%d games were played, %d with a bound above 0", played, telling)
	}
	t.Logf("%d games; the bound of the edges was above 0 in %d and above that of the game with reach in %d", played, telling, tight)
}

// TestGameHasGroundOutsideAreas compares chances with positions along each street,
// asked for one after the other.
func TestGameHasGroundOutsideAreas(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	m := town(t, random)
	s, e, _ := laid(t, m)
	ends := func() network.Location {
		c := network.ChainID(random.IntN(m.NumChains()))
		return network.Location{Chain: c, At: m.Length[c] / 2, Point: m.PointAt(c, m.Length[c]/2)}
	}
	changed := 0
	for range 20 {
		from, to := ends(), ends()
		areas := []streets.Area{{Centre: from.Point, Radius: 50 + 400*random.Float64()}, {Centre: to.Point, Radius: 50 + 400*random.Float64()}}
		in, ok := s.Game(from, to, areas...)
		plain, _ := s.Game(from, to)
		if !ok {
			if from.Chain != to.Chain {
				t.Errorf("no game from %v to %v", from, to)
			}
			continue
		}
		if err := in.Check(); err != nil {
			t.Fatal(err)
		}
		edge := 0
		for a := range network.ArcID(m.NumArcs()) {
			if in.Edges[min(edge, len(in.Edges)-1)].Text != itoa(int(a)) {
				continue // not to be driven
			}
			// At least what stands clearly outside, at most what stands anywhere near.
			least, most := 0.0, 0.0
			const step = 500 // millimetres
			for i := network.Millimetres(0); i <= m.Length[a.Chain()]/step+1; i++ {
				at := min(i*step, m.Length[a.Chain()])
				forth, _ := e.At(a, at)
				back, _ := e.At(a.Reverse(), at)
				p := max(forth, back)
				outside, near := true, true
				for _, x := range areas {
					d := geo.Distance(m.PointAt(a.Chain(), at), x.Centre)
					outside, near = outside && d > x.Radius+1, near && d > x.Radius-1
				}
				if outside {
					least = max(least, p)
				}
				if near {
					most = max(most, p)
				}
			}
			if in.P[edge] < least || in.P[edge] > max(most, least) {
				t.Errorf("street %d has a chance of %v, its ground outside %v to %v", a, in.P[edge], least, most)
			}
			if in.P[edge] != plain.P[edge] {
				changed++
			}
			if twin := s.Place(uint32(edge)); len(twin) == 2 && in.P[twin[0]] != in.P[twin[1]] {
				t.Errorf("street %d has other chances the other way", a)
			}
			edge++
		}
		if edge != len(in.Edges) {
			t.Errorf("%d of %d edges were looked at", edge, len(in.Edges))
		}
	}
	if changed == 0 {
		t.Error("areas changed nothing")
	}
}

func itoa(n int) string { return big.NewInt(int64(n)).String() }

// TestFastest compares with relaxing every edge as often as there are nodes.
func TestFastest(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	m := town(t, random)
	s, _, _ := laid(t, m)
	for range 60 {
		c, d := network.ChainID(random.IntN(m.NumChains())), network.ChainID(random.IntN(m.NumChains()))
		in, ok := s.Game(network.Location{Chain: c, Point: m.PointAt(c, 0)}, network.Location{Chain: d, Point: m.PointAt(d, 0)})
		if !ok {
			continue
		}
		const far = math.MaxInt64 / 2
		labels := make([]int64, len(in.Nodes))
		for v := range labels {
			labels[v] = far
		}
		for _, v := range in.Sources {
			labels[v] = 0
		}
		for range in.Nodes {
			for e := range in.From {
				labels[in.To[e]] = min(labels[in.To[e]], labels[in.From[e]]+in.Time[e])
			}
		}
		want := int64(far)
		for _, v := range in.Sinks {
			want = min(want, labels[v])
		}
		edges, got, ok := streets.Fastest(in)
		if ok != (want < far) || ok && got != want {
			t.Fatalf("fastest %d (%v), want %d", got, ok, want)
		}
		total := int64(0)
		for i, e := range edges {
			total += in.Time[e]
			if i > 0 && in.From[e] != in.To[edges[i-1]] {
				t.Fatal("the route has a gap")
			}
		}
		if ok && total != got {
			t.Errorf("the route takes %d, not %d", total, got)
		}
	}
}
