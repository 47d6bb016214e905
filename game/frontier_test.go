package game

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func BenchmarkFlowFrontier(b *testing.B) {
	for _, side := range []int{100, 316, 1000} {
		for _, area := range []int{1, 9} {
			for seed := range uint64(3) {
				in := flowGrid(side, area, seed)
				for _, gap := range []float64{0, 0.01} {
					b.Run(fmt.Sprintf("nodes=%d/area=%d/seed=%d/gap=%g", side*side, area*area, seed, gap), func(b *testing.B) {
						for b.Loop() {
							p, err := Frontier(context.Background(), in, Options{Gap: gap})
							if err != nil {
								b.Fatal(err)
							}
							if len(p) == 0 {
								b.Skip("the streets that were left out part the terminals")
							}
							b.ReportMetric(float64(len(p)), "corners")
							b.ReportMetric(p[len(p)-1].MeanTime/p[0].MeanTime, "stretch")
						}
					})
				}
			}
		}
	}
}

// TestFrontierIsTheValue: the corners and the lines between them are what solving
// at each mean time gives.
func TestFrontierIsTheValue(t *testing.T) {
	for seed := range uint64(60) {
		in := flowRandom(rand.New(rand.NewPCG(seed, 5)), EdgeMeanTime)
		points, err := Frontier(t.Context(), in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(points) == 0 {
			if r, err := solveEdge(t.Context(), in, Options{}); err != nil || r.Status != Infeasible {
				t.Errorf("seed %d: no points, but %v %v", seed, r, err)
			}
			continue
		}
		for i, p := range points {
			if p.Upper-p.Lower > 2e-9*p.Upper {
				t.Errorf("seed %d: bounds [%.15g, %.15g]", seed, p.Lower, p.Upper)
			}
			at := []float64{p.MeanTime}
			want := []float64{p.Upper}
			if i+1 < len(points) {
				at = append(at, (p.MeanTime+points[i+1].MeanTime)/2)
				want = append(want, (p.Upper+points[i+1].Upper)/2)
			} else {
				at = append(at, p.MeanTime*2+1)
				want = append(want, p.Upper)
			}
			for j := range at {
				limited := *in
				limited.MeanTimeBudget = rat(at[j])
				r, err := solveMeanTime(t.Context(), &limited, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(r.Upper-want[j]) > 1e-8*want[j]+1e-14 {
					t.Errorf("seed %d, mean time %g: value %.12g, frontier %.12g", seed, at[j], r.Upper, want[j])
				}
			}
		}
	}
}

// TestFrontierKeepsGap: with fewer corners the proven lines stay within the gap of
// what mixes achieve, at every corner of the whole frontier.
func TestFrontierKeepsGap(t *testing.T) {
	in := flowGrid(40, 3, 1)
	all, err := Frontier(t.Context(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	few, err := Frontier(t.Context(), in, Options{Gap: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if len(few) >= len(all)/2 {
		t.Errorf("%d corners of %d", len(few), len(all))
	}
	i := 0
	for _, p := range all {
		for i+2 < len(few) && few[i+1].MeanTime < p.MeanTime {
			i++
		}
		a, b := few[i], few[i+1]
		share := math.Min(1, (p.MeanTime-a.MeanTime)/(b.MeanTime-a.MeanTime)) // past the last point nothing falls
		upper := a.Upper + share*(b.Upper-a.Upper)
		lower := 0.0
		for _, q := range few {
			lower = math.Max(lower, q.Lower-q.Price*(p.MeanTime-q.MeanTime))
		}
		if lower > p.Upper*(1+1e-9) || upper < p.Lower*(1-1e-9) || upper-lower > 0.01*p.Upper*(1+1e-9) {
			t.Errorf("mean time %g: [%g, %g] about %g", p.MeanTime, lower, upper, p.Upper)
		}
	}
}
