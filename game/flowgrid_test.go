package game

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// flowGrid is a grid of side × side nodes like a road network in what matters to a
// flow: four of five streets kept, chances even in [0.05, 1], times of 10 to 100 s in
// tenths. Both terminals are areas of area × area nodes (1: points), an eighth of
// the side away from opposite corners.
func flowGrid(side, area int, seed uint64) *Instance {
	r := rand.New(rand.NewPCG(seed, 0))
	in := &Instance{Kind: Edge, TimeScale: big.NewInt(10), Nodes: make([]ID, side*side)}
	street := func(u, v int) {
		if r.IntN(5) > 0 {
			in.From = append(in.From, uint32(u))
			in.To = append(in.To, uint32(v))
			in.P = append(in.P, 0.05+0.95*r.Float64())
			in.Time = append(in.Time, int64(100+r.IntN(901)))
		}
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				street(y*side+x, y*side+x+1)
			}
			if y+1 < side {
				street(y*side+x, (y+1)*side+x)
			}
		}
	}
	in.Edges = make([]ID, len(in.From))
	for y := range area {
		for x := range area {
			in.Sources = append(in.Sources, uint32((side/8+y)*side+side/8+x))
			in.Sinks = append(in.Sinks, uint32((side-1-side/8-y)*side+side-1-side/8-x))
		}
	}
	return in
}

// flowFastest is the time of the fastest route in the instance's own unit.
func flowFastest(tb testing.TB, in *Instance) *big.Rat {
	tb.Helper()
	g := newFlowGame(in)
	d, err := g.net.Shortest(context.Background(), in.Sources, in.Sinks, false, func(e, _, _ uint32) float64 { return float64(in.Time[e]) })
	if err != nil {
		tb.Fatal(err)
	}
	return new(big.Rat).SetFrac(big.NewInt(int64(d)), in.TimeScale)
}

func BenchmarkFlowEdge(b *testing.B) {
	for _, side := range []int{32, 100, 316, 1000} {
		for _, area := range []int{1, 9} {
			in := flowGrid(side, area, 1)
			b.Run(fmt.Sprintf("nodes=%d/area=%d", side*side, area*area), func(b *testing.B) {
				for b.Loop() {
					r, err := solveFlow(in)
					if err != nil || r.Status != Optimal {
						b.Fatal(r.Status, r.Lower, r.Upper, err)
					}
					b.ReportMetric(r.Upper, "value")
					b.ReportMetric(float64(len(r.Planner)), "routes")
				}
			})
		}
	}
}

func BenchmarkFlowMeanTime(b *testing.B) {
	for _, side := range []int{32, 100, 316, 1000} {
		for _, area := range []int{1, 9} {
			in := flowGrid(side, area, 1)
			in.Kind = EdgeMeanTime
			in.MeanTimeBudget = new(big.Rat).Mul(flowFastest(b, in), big.NewRat(11, 10))
			b.Run(fmt.Sprintf("nodes=%d/area=%d", side*side, area*area), func(b *testing.B) {
				for b.Loop() {
					r, err := solveFlow(in)
					if err != nil || r.Status != Optimal {
						b.Fatal(r.Status, r.Lower, r.Upper, err)
					}
					b.ReportMetric(r.Upper, "value")
					b.ReportMetric(float64(len(r.Planner)), "routes")
				}
			})
		}
	}
}

// BenchmarkFlowMeanTimeBinds solves at the mean of the frontier's ends, where the limit
// binds whatever the grid.
func BenchmarkFlowMeanTimeBinds(b *testing.B) {
	for _, side := range []int{316, 1000} {
		for seed := range uint64(4) {
			b.Run(fmt.Sprintf("nodes=%d/seed=%d", side*side, seed), func(b *testing.B) {
				in := flowGrid(side, 1, seed)
				p, err := Frontier(context.Background(), in, Options{Gap: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				if len(p) < 2 {
					b.Skip("no trade of time for safety on this grid")
				}
				in.Kind = EdgeMeanTime
				in.MeanTimeBudget = new(big.Rat).SetFloat64((p[0].MeanTime + p[len(p)-1].MeanTime) / 2)
				for b.Loop() {
					r, err := solveFlow(in)
					if err != nil || r.Status != Optimal || *r.Mu == 0 {
						b.Fatal(r, err)
					}
					b.ReportMetric(float64(len(r.Planner)), "routes")
				}
			})
		}
	}
}

// BenchmarkFlowPosts solves with posts that can be divided and with posts drawn with
// the route.
func BenchmarkFlowPosts(b *testing.B) {
	for _, kind := range []Kind{EdgePostsLinear, EdgeEscortJoint} {
		for _, side := range []int{32, 100, 316, 1000} {
			for _, area := range []int{1, 9} {
				in := flowGrid(side, area, 1)
				in.Kind, in.Budget, in.MeanPosts, in.PostEffect = kind, 3, 1.5, 0.6
				for e := range in.P {
					in.PostGain = append(in.PostGain, 1+in.P[e])
					in.PostMax = append(in.PostMax, 2)
				}
				b.Run(fmt.Sprintf("%s/nodes=%d/area=%d", kind, side*side, area*area), func(b *testing.B) {
					for b.Loop() {
						r, err := solveFlow(in)
						if err != nil || r.Status == Infeasible {
							b.Fatal(r, err)
						}
						b.ReportMetric((r.Upper-r.Lower)/r.Upper, "gap")
						b.ReportMetric(float64(len(r.Planner)), "routes")
					}
				})
			}
		}
	}
}
