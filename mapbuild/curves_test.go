package mapbuild

import (
	"math"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// arc returns a road on the ground at 47 degrees north: 100 m straight, an arc
// of a radius through an angle, 100 m straight, with a vertex every step metres.
func arc(radius, degrees, step float64) []geo.Point {
	east, north := metresPerUnit(470_000_000)
	var points []geo.Point
	add := func(x, y float64) {
		points = append(points, geo.Point{Lat: 470_000_000 + int32(math.Round(y/north)), Lon: 90_000_000 + int32(math.Round(x/east))})
	}
	add(-100, 0)
	steps := math.Max(1, math.Round(radius*degrees*math.Pi/180/step))
	turn := degrees * math.Pi / 180
	for i := 0.0; i <= steps; i++ {
		add(radius*math.Sin(turn*i/steps), radius*(1-math.Cos(turn*i/steps)))
	}
	add(radius*math.Sin(turn)+100*math.Cos(turn), radius*(1-math.Cos(turn))+100*math.Sin(turn))
	return points
}

func TestCurvesOfArcs(t *testing.T) {
	for _, c := range []struct {
		radius, degrees float64
		want            float64 // least radius, 0 when there is no curve
	}{
		{30, 90, 30},
		{40, 120, 40},
		{44, 90, 44},
		{20, 180, 20},
		{25, 60, 28},
		{12, 180, 12},
		{8, 180, 8},
		{48, 90, 0},
		{60, 90, 0},
		{200, 90, 0},
		{40, 20, 0},
	} {
		for _, step := range []float64{1, 4} {
			var l polyline
			for _, p := range arc(c.radius, c.degrees, step) {
				l.add(p)
			}
			l.measureRoughly()
			may := l.mayCurve()
			l.measureExactly()
			got := l.curves(nil)
			switch {
			case c.want == 0 && len(got) > 0:
				t.Errorf("radius %v, %v degrees: %+v, want none", c.radius, c.degrees, got)
			case c.want == 0:
			case len(got) != 1 || math.Abs(got[0].radius/c.want-1) > 0.05:
				t.Errorf("radius %v, %v degrees, step %v: %+v, want one of %v m", c.radius, c.degrees, step, got, c.want)
			case !may:
				t.Errorf("radius %v, %v degrees, step %v: not thought worth a look", c.radius, c.degrees, step)
			default:
				middle := 100 + c.radius*c.degrees*math.Pi/360
				if got[0].from > middle || got[0].to < middle || got[0].to-got[0].from > c.radius*c.degrees*math.Pi/180+2*curveReach {
					t.Errorf("radius %v, %v degrees: from %v to %v, but the middle is at %v", c.radius, c.degrees, got[0].from, got[0].to, middle)
				}
			}
		}
	}
}

// TestCurveWhereOthersJoin bends a road by a right angle at a node where
// something else joins.
func TestCurveWhereOthersJoin(t *testing.T) {
	for name, c := range map[string]struct {
		tags []string // of the way that joins
		road []string // of the road
		want int      // chains with a curve
	}{
		"nothing":      {nil, []string{"highway", "tertiary"}, 1},
		"a drive":      {[]string{"highway", "service", "service", "driveway"}, []string{"highway", "tertiary"}, 2},
		"a track":      {[]string{"highway", "track"}, []string{"highway", "tertiary"}, 2},
		"a footway":    {[]string{"highway", "footway"}, []string{"highway", "tertiary"}, 1},
		"a road":       {[]string{"highway", "residential"}, []string{"highway", "tertiary"}, 0},
		"two tracks":   {[]string{"highway", "track"}, []string{"highway", "track"}, 0},
		"a roundabout": {nil, []string{"highway", "tertiary", "junction", "roundabout"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := &osmtest.Builder{}
			b.Node(1, 0, 0).Node(2, 0, 0.001).Node(3, 0.001, 0.001).Node(4, 0, 0.002)
			b.Way(10, []int64{1, 2, 3}, c.road...)
			if c.tags != nil {
				b.Way(11, []int64{2, 4}, c.tags...)
			}
			m := buildHand(t.Context(), t, t.TempDir(), b)
			got := 0
			for _, h := range m.Hazards {
				if h.Kind == network.SharpCurve {
					got++
					if h.OSM != 10 || h.Value < 500 || h.Value > 1500 {
						t.Errorf("%s", describe(m, h))
					}
				}
			}
			if got != c.want {
				t.Errorf("%d curves, want %d", got, c.want)
			}
		})
	}
}
