package order

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
)

// Every road is drawn once, with all routes that drive it and the odds of them
// together.
func TestRibbonsCoverEveryRoadOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &outrider.RouteMix{}
		type spot struct{ x, y int }
		type road struct{ a, b spot }
		between := func(a, b spot) road {
			if b.x < a.x || b.x == a.x && b.y < a.y {
				a, b = b, a
			}
			return road{a, b}
		}
		want := map[road]map[int]bool{}
		for i := range rapid.IntRange(1, 5).Draw(rt, "routes") {
			at := spot{}
			r := outrider.MixRoute{Prob: rapid.Float64Range(0, 1).Draw(rt, "odds")}
			put := func() {
				r.Route.Points = append(r.Route.Points, outrider.LatLon{Lat: 50 + 0.01*float64(at.y), Lon: 10 + 0.01*float64(at.x)})
			}
			put()
			// Routes may come back to where they were, and drive a road again.
			for _, way := range rapid.SliceOfN(rapid.SampledFrom([]spot{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}), 1, 12).Draw(rt, "way") {
				before := at
				at = spot{at.x + way.x, at.y + way.y}
				put()
				e := between(before, at)
				if want[e] == nil {
					want[e] = map[int]bool{}
				}
				want[e][i] = true
			}
			m.Routes = append(m.Routes, r)
		}
		at := func(q outrider.LatLon) spot {
			return spot{int(math.Round((q.Lon - 10) * 100)), int(math.Round((q.Lat - 50) * 100))}
		}
		drawn := map[road]bool{}
		for _, r := range ribbons(m) {
			odds := 0.0
			for _, i := range r.by {
				odds += m.Routes[i].Prob
			}
			if odds != r.odds {
				rt.Fatalf("odds %v of routes %v, want %v", r.odds, r.by, odds)
			}
			for k := 1; k < len(r.line); k++ {
				e := between(at(r.line[k-1]), at(r.line[k]))
				drawn[e] = true
				if len(want[e]) != len(r.by) {
					rt.Fatalf("%v is driven by %v, drawn for %v", e, want[e], r.by)
				}
				for _, i := range r.by {
					if !want[e][i] {
						rt.Fatalf("%v is driven by %v, drawn for %v", e, want[e], r.by)
					}
				}
			}
		}
		if len(drawn) != len(want) {
			rt.Fatalf("%d roads drawn of %d", len(drawn), len(want))
		}
	})
}

func TestRibbonsAreAsWideAsTheirOdds(t *testing.T) {
	if ribbonWidth(1) != 2*ribbonWidth(0.5) || ribbonWidth(0.6) != 3*ribbonWidth(0.2) {
		t.Error("the width does not go with the odds")
	}
	if ribbonWidth(0) <= 0 || ribbonWidth(7) != ribbonWidth(1) {
		t.Error("a ribbon that cannot be seen, or too wide")
	}
}

// With bounds that hold where they were computed, no line of the plot says more
// than is true between them.
func TestFrontierSaysNoMoreThanIsKnown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// The truth: 1 at no more time, convex, never rising.
		k, floor := rapid.Float64Range(0.5, 60).Draw(rt, "k"), rapid.Float64Range(0.01, 0.9).Draw(rt, "floor")
		truth := func(x float64) float64 { return floor + (1-floor)/(1+k*x) }
		m := &outrider.RouteMix{Usual: 0.04, FastestS: 1000, Lower: 0.04 * floor * rapid.Float64Range(0, 1).Draw(rt, "lower")}
		for _, x := range rapid.SliceOfN(rapid.Float64Range(0, 0.3), 1, 9).Draw(rt, "times") {
			m.Frontier = append(m.Frontier, outrider.MixPoint{
				MeanS: 1000 * (1 + x),
				Upper: 0.04 * truth(x) * rapid.Float64Range(1, 1.3).Draw(rt, "above"),
				Lower: 0.04 * truth(x) * rapid.Float64Range(0, 1).Draw(rt, "below"),
			})
		}
		c, ok := newCurve(m)
		if !ok {
			rt.Fatal("no curve")
		}
		before := math.Inf(1)
		for i := range 301 {
			x := float64(i) / 300 * 0.35
			if y := c.upper(x); finite(y) {
				if y < truth(x)-1e-9 {
					rt.Fatalf("at %v the best known is drawn at %v, no mix gets below %v", x, y, truth(x))
				}
				if y > before+1e-12 {
					rt.Fatalf("the best known rises at %v", x)
				}
				before = y
			}
			if y := c.lower(x); finite(y) && y > truth(x)+1e-9 {
				rt.Fatalf("at %v nothing below %v is said to be possible, %v is", x, y, truth(x))
			}
		}
		for i, q := range c.steps() {
			if q.y > truth(q.x)+1e-9 {
				rt.Fatalf("step %d at %v is at %v, the truth at %v", i, q.x, q.y, truth(q.x))
			}
		}
	})
}

// Whatever numbers a file brings, the plot is one or none, and fits.
func TestFrontierOfOddNumbers(t *testing.T) {
	number := rapid.OneOf(rapid.SampledFrom([]float64{0, -1, 1e-300, 1e300, math.MaxFloat64, 1320, 0.04}), rapid.Float64Range(-10, 2000))
	rapid.Check(t, func(rt *rapid.T) {
		m := &outrider.RouteMix{
			Usual: number.Draw(rt, "usual"), FastestS: number.Draw(rt, "fastest"), Lower: number.Draw(rt, "lower"), Upper: number.Draw(rt, "upper"),
			Single: number.Draw(rt, "single"), SingleS: number.Draw(rt, "single_s"), MeanS: number.Draw(rt, "mean"), Routes: make([]outrider.MixRoute, 1),
		}
		for range rapid.IntRange(0, 6).Draw(rt, "points") {
			m.Frontier = append(m.Frontier, outrider.MixPoint{MeanS: number.Draw(rt, "s"), Upper: number.Draw(rt, "u"), Lower: number.Draw(rt, "l")})
		}
		src := FrontierSVG(m)
		for _, not := range []string{"NaN", "Inf", "e+"} {
			for _, d := range strings.Split(src, ` d="`)[min(1, len(strings.Split(src, ` d="`))-1):] {
				if path, _, _ := strings.Cut(d, `"`); src != "" && strings.Contains(path, not) {
					rt.Fatalf("path %s", path)
				}
			}
		}
		width := rapid.IntRange(40, plotColumns).Draw(rt, "width")
		lines := frontierText(m, width)
		if (len(lines) == 0) != (src == "") {
			rt.Fatal("one document has a plot, the other none")
		}
		for _, line := range lines {
			if len(line) > width {
				rt.Fatalf("%d columns of %d: %q", len(line), width, line)
			}
		}
	})
}

func TestLettersOfRoutes(t *testing.T) {
	seen := map[string]bool{}
	for i := range 800 {
		s := letter(i)
		if seen[s] || s == "" {
			t.Fatalf("route %d is %q", i, s)
		}
		seen[s] = true
	}
	if got := fmt.Sprint(letter(0), letter(25), letter(26), letter(701), letter(702)); got != "AZAAZZAAA" {
		t.Error(got)
	}
}

func TestMainRoads(t *testing.T) {
	r := &outrider.RoutePlan{Steps: []outrider.Step{
		{Road: "Door lane", Length: 30},
		{Road: "High street", Length: 2000},
		{Road: "unnamed service road", Length: 9000},
		{Road: "Coast road", Length: 5000},
		{Road: "High street", Length: 500},
		{Road: "Mill road", Length: 2200},
		{Road: "Bridge", Length: 2100},
	}}
	if got := mainRoads(r); got != "High street, Coast road, Mill road" {
		t.Error(got)
	}
	if got := mainRoads(&outrider.RoutePlan{Steps: []outrider.Step{{Road: "unnamed track", Length: 5}, {}}}); got != "roads without a name" {
		t.Error(got)
	}
}

func TestNumbersOfAMix(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ratio(0.2249), "0.22"},
		{ratio(1), "1.00"},
		{ratio(0.0512), "0.051"},
		{ratio(0.00996), "0.0100"},
		{ratio(0), "0"},
		{ratio(math.NaN()), "–"},
		{ratio(math.Inf(1)), "–"},
		{ratio(12345), "1.2e+04"},
		{extra(0.04), "+4 %"},
		{extra(0.004), "+0.4 %"},
		{extra(0.0001), "+0 %"},
		{extra(12), "× 13"},
		{extra(math.NaN()), "–"},
		{odds(0.4567), "46 %"},
		{odds(0.0625), "6.2 %"},
		{odds(0.0001), "< 0.1 %"},
		{odds(1), "100 %"},
		{odds(0.999), "99.9 %"},
		{odds(0), "0 %"},
		{odds(1e300), "?"},
		{odds(-1), "?"},
		{change(0.124), "-12 %"},
		{change(0.004), "-0.4 %"},
		{change(0), "no less"},
		{change(-3), "no less"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
