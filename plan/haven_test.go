package plan

import (
	"math"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// TestHavensEqualSearches compares the havens of a drive with a search from the
// end of each of its runs to each haven.
func TestHavensEqualSearches(t *testing.T) {
	dir := t.TempDir()
	listed := 0
	rapid.Check(t, func(t *rapid.T) {
		b := drawStreets(t)
		for i := range rapid.IntRange(1, 6).Draw(t, "havens") {
			kind := rapid.SampledFrom([]string{"fuel", "police"}).Draw(t, "kind")
			b.Node(int64(50000+i), 40+rapid.Float64Range(0, 0.012).Draw(t, "lat"), 10+rapid.Float64Range(0, 0.016).Draw(t, "lon"), "amenity", kind)
		}
		m := buildIn(t, dir, b)
		p := newPlanner(t, m)
		stops := drawStops(t, m, 2)
		pass := m.Passage(p.van, p.passageOptions([]network.ChainID{stops[0].loc.Chain, stops[1].loc.Chain}, nil))
		w := &legWork{planner: p, pass: pass, time: timeLane(pass), stops: stops, leg: outrider.Leg{Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}}}
		d, ok := p.through(w.time, stops, nil, unbarred)
		if !ok {
			return
		}
		it := w.itinerary(d)
		got := w.havens([]*itinerary{it})[0]
		// The least time from each run's end to each kind, and the havens at it.
		for k := range network.HavenKinds {
			want := map[string]float64{}
			for _, r := range d.runs {
				if r.to != end(m, r.arc) {
					continue
				}
				least, name := uint32(search.Unreachable), ""
				for i := range m.Havens {
					h := &m.Havens[i]
					if h.Kind != k || h.AccessChain == network.None {
						continue
					}
					at := network.Location{Chain: h.AccessChain, At: h.AccessAt}
					c, ok := p.engine.Shortest(w.time.Metric, []search.Source{{State: r.state}}, p.targets(w.time, at))
					if ok && c < least {
						least, name = c, h.Object()
					}
				}
				if name == "" || least > havenReach {
					continue
				}
				// Which of several havens equally near is listed does not matter here.
				if old, ok := want[name]; !ok || float64(least)/1000 < old {
					want[name] = float64(least) / 1000
				}
			}
			best := math.Inf(1)
			for _, s := range want {
				best = min(best, s)
			}
			n, least := 0, math.Inf(1)
			for _, h := range got {
				if h.Kind != k.String() {
					continue
				}
				n++
				listed++
				least = min(least, h.Drive)
				if s, ok := want[h.OSM]; ok && s != h.Drive {
					t.Fatalf("%s %s is said to be %g s away; a search says %g", h.Kind, h.OSM, h.Drive, s)
				}
				if straight := geo.Distance(geo.PointFromDegrees(h.Lat, h.Lon), geo.PointFromDegrees(40, 10)); straight > 1e5 || h.Metres > h.Drive/3.6*60+1 {
					t.Fatalf("%s: %g m in %g s", h.OSM, h.Metres, h.Drive)
				}
			}
			if (n > 0) != (len(want) > 0) || least != best {
				t.Fatalf("%d havens of kind %s, the nearest at %g s; searches find %v", n, k, least, want)
			}
		}
	})
	if !testing.Short() && listed < 20 {
		t.Errorf("only %d havens listed", listed)
	}
}
