package game

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// gridInstance draws a grid of side·side nodes with four fifths of its edges,
// two-way, times 5 to 60 and chances 0.05 to 1, and terminals that are squares of
// the given width around a quarter and three quarters of the diagonal.
func gridInstance(kind Kind, side, area int, seed uint64) *Instance {
	rng := rand.New(rand.NewPCG(seed, 1))
	in := &Instance{Kind: kind, TimeScale: big.NewInt(1), Nodes: make([]ID, side*side)}
	for y := range side {
		for x := range side {
			v := uint32(y*side + x)
			for _, w := range []struct{ in, to bool }{{x+1 < side, false}, {y+1 < side, true}} {
				if !w.in || rng.IntN(5) == 0 {
					continue
				}
				u := v + 1
				if w.to {
					u = v + uint32(side)
				}
				in.Edges = append(in.Edges, ID{Text: fmt.Sprint("e", len(in.Edges))})
				in.From, in.To = append(in.From, v), append(in.To, u)
				in.P = append(in.P, 0.05+0.95*rng.Float64())
				in.Time = append(in.Time, int64(5+rng.IntN(56)))
			}
		}
	}
	for v := range in.Nodes {
		in.Nodes[v] = ID{Text: fmt.Sprint("n", v)}
	}
	square := func(c int) (nodes []uint32) {
		for y := range area {
			for x := range area {
				nodes = append(nodes, uint32((c-area/2+y)*side+c-area/2+x))
			}
		}
		return nodes
	}
	in.Sources, in.Sinks = square(side/4), square(3*side/4)
	return in
}

// capAt sets the cap to a multiple of the fastest route.
func capAt(tb testing.TB, in *Instance, factor float64) {
	tb.Helper()
	g := newRouteGraph(in, in.Sources, in.Sinks, nil)
	s := newSearch[int64](g.n)
	t, err := s.run(context.Background(), g, g.sources, false, math.MaxInt64, in.Time, g.target)
	if err != nil || t < 0 {
		tb.Fatalf("the grid has no route: %v", err)
	}
	in.RouteTimeCap = big.NewRat(int64(factor*float64(s.dist[t])), 1)
}

func BenchmarkRouteCap(b *testing.B) {
	for _, c := range []struct {
		side, area int
		factor     float64
	}{{32, 1, 1.2}, {100, 1, 1.2}, {316, 1, 1.2}, {316, 1, 1.05}, {316, 1, 1.01}, {100, 9, 1.2}, {316, 9, 1.2}, {316, 9, 1.05}} {
		b.Run(fmt.Sprintf("nodes=%d/area=%d/cap=%v", c.side*c.side, c.area*c.area, c.factor), func(b *testing.B) {
			in := gridInstance(EdgeRouteTimeCap, c.side, c.area, 7)
			capAt(b, in, c.factor)
			for b.Loop() {
				r, err := Solve(b.Context(), in, Options{Gap: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric((r.Upper-r.Lower)/r.Upper, "gap")
				b.ReportMetric(float64(len(r.Planner)), "routes")
				b.ReportMetric(r.Upper, "value")
			}
		})
	}
}

func BenchmarkZones(b *testing.B) {
	for _, c := range []struct {
		side, area, zones, width int
		seed                     uint64
	}{
		{32, 1, 50, 8, 11},
		{100, 1, 500, 8, 11},
		{316, 1, 5000, 8, 11},
		{316, 1, 5000, 8, 12},
		{316, 1, 5000, 8, 13},
		{316, 1, 5000, 4, 11},
		{316, 1, 5000, 14, 11},
		{316, 9, 5000, 8, 11},
	} {
		b.Run(fmt.Sprintf("nodes=%d/area=%d/zones=%d/width=%d/seed=%d", c.side*c.side, c.area*c.area, c.zones, c.width, c.seed), func(b *testing.B) {
			in := gridZones(c.side, c.area, c.zones, c.width, c.seed)
			for b.Loop() {
				r, err := Solve(b.Context(), in, Options{Gap: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				lower, _ := r.Proof["entry_lower"].(float64)
				upper, _ := r.Proof["entry_upper"].(float64)
				b.ReportMetric((upper-lower)/upper, "entrygap")
				b.ReportMetric((r.Upper-r.Lower)/r.Upper, "gap")
				b.ReportMetric(float64(len(r.Planner)), "routes")
				b.ReportMetric(r.Upper, "value")
			}
		})
	}
}

// BenchmarkAttackers reports how far the bounds are apart with several attackers.
func BenchmarkAttackers(b *testing.B) {
	for _, c := range []struct {
		side, area, k int
		seed          uint64
	}{{32, 1, 2, 3}, {32, 1, 3, 3}, {100, 1, 2, 3}, {100, 1, 2, 4}, {100, 1, 3, 3}, {100, 9, 2, 3}, {100, 9, 3, 4}, {316, 1, 2, 3}, {316, 9, 3, 3}} {
		b.Run(fmt.Sprintf("nodes=%d/area=%d/attackers=%d/seed=%d", c.side*c.side, c.area*c.area, c.k, c.seed), func(b *testing.B) {
			in := gridInstance(EdgeAttackers, c.side, c.area, c.seed)
			in.Attackers = c.k
			for b.Loop() {
				r, err := Solve(b.Context(), in, Options{Gap: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric((r.Upper-r.Lower)/r.Upper, "gap")
				b.ReportMetric(float64(len(r.Planner)), "routes")
				b.ReportMetric(r.Upper, "value")
			}
		})
	}
}
