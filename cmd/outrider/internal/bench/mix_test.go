package bench

import (
	"math"
	"testing"

	"github.com/outrider-project/outrider/game"
)

func TestQuantile(t *testing.T) {
	twenty := make([]float64, 20)
	for i := range twenty {
		twenty[i] = float64(i + 1)
	}
	for _, c := range []struct {
		sorted      []float64
		share, want float64
	}{{[]float64{7}, 0.5, 7}, {[]float64{7}, 0.95, 7}, {[]float64{1, 2}, 0.5, 1}, {[]float64{1, 2, 3}, 0.5, 2}, {twenty, 0.95, 19}, {twenty, 1, 20}, {twenty, 0, 1}} {
		if got := quantile(c.sorted, c.share); got != c.want {
			t.Errorf("of %v the %g quantile is %v, want %v", c.sorted, c.share, got, c.want)
		}
	}
}

// TestWithin compares with bounds looked up at many mean times.
func TestWithin(t *testing.T) {
	for _, points := range [][]game.FrontierPoint{
		nil,
		{{MeanTime: 5, Lower: 0.1, Upper: 0.2}},
		{{MeanTime: 0, Lower: 0.9, Upper: 1, Price: 0.2}, {MeanTime: 4, Lower: 0.5, Upper: 0.5, Price: 0.02}, {MeanTime: 10, Lower: 0.4, Upper: 0.44}},
		{{MeanTime: 0, Lower: 1, Upper: 1, Price: 0.5}, {MeanTime: 1, Lower: 0.5, Upper: 0.5, Price: 0.5}, {MeanTime: 2, Lower: 0.1, Upper: 0.1}},
	} {
		want := 0.0
		for i := range points {
			to := points[min(i+1, len(points)-1)]
			const steps = 20_000
			for k := range steps + 1 {
				share := float64(k) / steps
				at := points[i].MeanTime + share*(to.MeanTime-points[i].MeanTime)
				upper, lower := points[i].Upper+share*(to.Upper-points[i].Upper), math.Inf(-1)
				for _, p := range []game.FrontierPoint{points[i], to} {
					lower = max(lower, p.Lower-p.Price*(at-p.MeanTime))
				}
				want = max(want, (upper-lower)/upper)
			}
		}
		if got := within(points); math.Abs(got-want) > 1e-4 {
			t.Errorf("%v: %v, want %v", points, got, want)
		}
	}
}
