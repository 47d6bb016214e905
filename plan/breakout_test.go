package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// havenTargetsOf returns the havens that keep says as targets, but for fuel,
// helipads and those whose road is off.
func havenTargetsOf(w *legWork, keep func(int) bool, off func(network.ArcID) bool) map[uint32]uint64 {
	targets := map[uint32]uint64{}
	for i, h := range w.m.Havens {
		if h.Kind == network.Fuel || h.Kind == network.Helipad || h.AccessChain == network.None || !keep(i) {
			continue
		}
		for _, t := range w.targets(w.time, network.Location{Chain: h.AccessChain, At: h.AccessAt}) {
			if old, ok := targets[t.State]; t.Part < search.Unreachable && !off(w.arc(t.State)) && (!ok || uint64(t.Part) < old) {
				targets[t.State] = uint64(t.Part)
			}
		}
	}
	return targets
}

// onwardsByTrying is onwards by a plain search forwards.
func onwardsByTrying(w *legWork, here run, at network.Millimetres, keep func(int) bool) uint64 {
	back := func(a network.ArcID) bool { return a == here.arc.Reverse() }
	best := far
	for i, h := range w.m.Havens {
		if h.Kind != network.Fuel && h.Kind != network.Helipad && h.AccessChain == here.arc.Chain() && keep(i) && ahead(here.arc, at, h.AccessAt) {
			if x := w.time.part(here.arc, at, h.AccessAt); x < search.Unreachable {
				best = min(best, uint64(x))
			}
		}
	}
	if rest := w.time.part(here.arc, at, end(w.m, here.arc)); rest < search.Unreachable {
		best = min(best, uint64(rest)+w.leaving(w.time, here, havenTargetsOf(w, keep, back), back, back))
	}
	if best > breakOutReach {
		return far
	}
	return best
}

// TestBreakOutsEqualOracle compares, for random drives in random towns with
// havens, the ways on from random places and the ways off before them with plain
// searches forwards.
func TestBreakOutsEqualOracle(t *testing.T) {
	dir := t.TempDir()
	known, unknown, none, before := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		b := drawStreets(t)
		for i := range rapid.IntRange(0, 4).Draw(t, "havens") {
			kind := rapid.SampledFrom([]string{"fuel", "police", "hospital"}).Draw(t, "kind")
			b.Node(int64(50000+i), 40+rapid.Float64Range(0, 0.012).Draw(t, "lat"), 10+rapid.Float64Range(0, 0.016).Draw(t, "lon"), "amenity", kind)
		}
		m := buildIn(t, dir, b)
		w, drives := drawDrives(t, m)
		if len(drives) == 0 {
			return
		}
		surveyed := map[int]bool{}
		for i := range m.Havens {
			if !rapid.Bool().Draw(t, "surveyed") {
				continue
			}
			f := hazard.Finding{Kind: hazard.SafeHavenVerified, Rating: 3, Surveyor: "S1", Date: hazard.DayOf(start) - 5, Expiry: hazard.DayOf(start) + 5}
			f.Lat, f.Lon = m.Havens[i].Point.Degrees()
			f.SetID()
			placed, _ := hazard.Snap(m, []hazard.Finding{f}, start)
			w.findings = append(w.findings, placed...)
		}
		for i := range hazard.VerifiedHavens(m, w.findings) {
			surveyed[i] = true
		}
		isSurveyed, every := func(i int) bool { return surveyed[i] }, func(int) bool { return true }
		d := drives[rapid.IntRange(0, len(drives)-1).Draw(t, "drive")]
		it := w.itinerary(d)
		route := outrider.RoutePlan{Length: it.odometer[len(d.runs)]}
		for range 4 {
			metres := math.Floor(rapid.Float64Range(0, route.Length).Draw(t, "metres")*1000) / 1000
			if rapid.Bool().Draw(t, "at a junction") {
				metres = it.odometer[rapid.IntRange(0, len(d.runs)-1).Draw(t, "junction")]
			}
			route.March = append(route.March, outrider.MarchRow{Point: fmt.Sprint("point at ", metres), Kind: kindCritical, Odometer: metres})
		}
		slices.SortFunc(route.March, func(a, b outrider.MarchRow) int { return int(math.Copysign(1, a.Odometer-b.Odometer)) })
		routes := []outrider.RoutePlan{route}
		c := w.newChanger()
		c.breakOuts(context.Background(), []*itinerary{it}, routes)
		if len(c.barred) > 0 || !slices.Equal(c.free.Arc, w.time.Arc) {
			t.Fatal("ground stays barred after a search")
		}
		got := routes[0].BreakOut
		for _, row := range route.March {
			i, at := it.at(row.Odometer)
			here := d.runs[i]
			want, verified := onwardsByTrying(w, here, at, isSurveyed), true
			if want >= far {
				want, verified = onwardsByTrying(w, here, at, every), false
			}
			if len(got) == 0 || got[0].Before || got[0].Point != row.Point {
				t.Fatalf("no break-out from %s: %+v", row.Point, got)
			}
			x := got[0]
			got = got[1:]
			switch {
			case want >= far:
				none++
				if x.Haven != "" || x.Kind != "" {
					t.Fatalf("%s: a haven %g s away; a search finds none", row.Point, x.Drive)
				}
			case math.Abs(x.Drive-float64(want)/1000) > 1e-6 || x.Verified != verified || x.Haven == "" || x.Kind == "fuel":
				t.Fatalf("%s: %q (%s) %g s away, verified %v; a search says %d ms, %v", row.Point, x.Haven, x.Kind, x.Drive, x.Verified, want, verified)
			case verified:
				known++
			default:
				unknown++
			}
			if err := soundBreakOut(it, row, x); err != nil {
				t.Fatal(err)
			}

			// Before the point: junction by junction, back from it.
			ground := map[network.ChainID]bool{here.arc.Chain(): true}
			want, leaves := far, 0.0
			for k := i - 1; k >= 0 && want >= far; k-- {
				r, next := d.runs[k], d.runs[k+1]
				if it.odometer[k+1] < row.Odometer && w.turns(r, next) {
					off := func(a network.ArcID) bool { return ground[a.Chain()] }
					never := func(a network.ArcID) bool { return off(a) || a == r.arc.Reverse() }
					for verified = true; ; verified = false {
						keep := isSurveyed
						if !verified {
							keep = every
						}
						targets := havenTargetsOf(w, keep, off)
						if want = w.leaving(w.time, r, targets, never, off); want > breakOutReach {
							want = far
						}
						if want < far || !verified {
							break
						}
					}
					leaves = it.odometer[k+1]
				}
				ground[r.arc.Chain()] = true
			}
			there := len(got) > 0 && got[0].Before && got[0].Point == row.Point
			if there != (want < far) {
				t.Fatalf("%s: a way before it: %v; a search says %v", row.Point, there, want < far)
			}
			if !there {
				continue
			}
			before++
			x = got[0]
			got = got[1:]
			if math.Abs(x.Drive-float64(want)/1000) > 1e-6 || x.Verified != verified || math.Abs(x.Leaves-leaves) > 0.001 {
				t.Fatalf("%s: before it at %g m %q, %g s, verified %v; a search says at %g m, %d ms, %v", row.Point, x.Leaves, x.Haven, x.Drive, x.Verified, leaves, want, verified)
			}
			if err := soundBreakOut(it, row, x); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) > 0 {
			t.Fatalf("break-outs from nowhere: %+v", got)
		}
	})
	t.Logf("%d to verified havens, %d to others, %d to none; %d before the point", known, unknown, none, before)
	if !testing.Short() && (known < 15 || unknown < 8 || none < 15 || before < 3) {
		t.Errorf("the towns are too poor to prove anything")
	}
}

// soundBreakOut checks what must hold of any break-out.
func soundBreakOut(it *itinerary, row outrider.MarchRow, x outrider.BreakOut) error {
	line := 0.0
	for n := 1; n < len(x.Geometry); n++ {
		line += geo.Distance(x.Geometry[n-1].Point(), x.Geometry[n].Point())
	}
	along := x.Leaves - x.Odometer
	if x.Before {
		along = 0
	}
	switch {
	case x.Over == nil || x.Geometry == nil:
		return fmt.Errorf("%s: no list", row.Point)
	case x.Kind == "":
		if x.Drive != 0 || x.Metres != 0 || len(x.Geometry) > 0 {
			return fmt.Errorf("%s: %g s to no haven", row.Point, x.Drive)
		}
	case x.Before != (x.Leaves < x.Odometer) && x.Before, !x.Before && along < -0.002:
		return fmt.Errorf("%s at %g m: leaves at %g m, before it: %v", row.Point, x.Odometer, x.Leaves, x.Before)
	case math.Abs(along+line-x.Metres) > 0.005*x.Metres+1.5:
		return fmt.Errorf("%s: %g m along the route and %g m off it are not %g m", row.Point, along, line, x.Metres)
	case len(x.Geometry) > 0 && geo.Distance(x.Geometry[0].Point(), pointAt(it, x.Leaves)) > 0.05:
		return fmt.Errorf("%s: the line begins %g m from where it leaves", row.Point, geo.Distance(x.Geometry[0].Point(), pointAt(it, x.Leaves)))
	case (len(x.Geometry) == 0) != (len(x.Over) == 0):
		return fmt.Errorf("%s: %d points over %v", row.Point, len(x.Geometry), x.Over)
	}
	return nil
}

// valley is a road from west to east through a tunnel T, with a police station in
// the west before it, a hospital on a side road in the east and a fire station
// farther east.
//
//	police               hospital          fire
//	  |                      |               |
//	A B ————— C ==tunnel== D E ————————————— F — Z
//	          |
//	          G (dead end)
func valley() *osmtest.Builder {
	b := &osmtest.Builder{}
	b.Node(1, 40, 10).Node(2, 40, 10.01).Node(3, 40, 10.02).Node(4, 40, 10.03).Node(5, 40, 10.04).Node(6, 40, 10.07).Node(7, 40, 10.09)
	b.Node(12, 40.01, 10.01).Node(15, 40.01, 10.04).Node(16, 40.01, 10.07).Node(13, 39.99, 10.02)
	b.Node(21, 40.0095, 10.0101, "amenity", "police", "name", "West Station").Node(22, 40.0095, 10.0401, "amenity", "hospital", "name", "Saint Anne")
	b.Node(23, 40.0095, 10.0701, "amenity", "fire_station").Node(24, 40.0001, 10.035, "amenity", "fuel")
	b.Way(100, []int64{1, 2, 3}, "highway", "primary", "name", "Valley Road")
	b.Way(101, []int64{3, 4}, "highway", "primary", "name", "Valley Road", "tunnel", "yes")
	b.Way(102, []int64{4, 5, 6, 7}, "highway", "primary", "name", "Valley Road")
	b.Way(103, []int64{2, 12}, "highway", "secondary", "name", "Station Road")
	b.Way(104, []int64{5, 15}, "highway", "secondary", "name", "Hospital Road")
	b.Way(105, []int64{6, 16}, "highway", "secondary", "name", "Fire Lane")
	b.Way(106, []int64{3, 13}, "highway", "residential", "name", "Gorge Lane")
	return b
}

func TestBreakOutsFromATunnel(t *testing.T) {
	m := build(t, valley())
	mv := lorry(3)
	mv.Legs[0].From, mv.Legs[0].To = spot(40, 10.001), spot(40, 10.089)
	verify := func(lat, lon float64) hazard.Finding {
		f := finding(hazard.SafeHavenVerified, lon)
		f.Lat = lat
		f.SetID()
		return f
	}
	metre := geo.Distance(geo.PointFromDegrees(40, 10), geo.PointFromDegrees(40, 10.01)) / 0.01 // of longitude
	north := geo.Distance(geo.PointFromDegrees(40, 10), geo.PointFromDegrees(40.0095, 10))
	for _, x := range []struct {
		name     string
		findings []hazard.Finding
		on, off  string // havens
		verified [2]bool
		leaves   [2]float64
		metres   [2]float64
		over     [2]string
	}{
		{
			name: "nothing verified", on: "Saint Anne", off: "West Station",
			leaves: [2]float64{0.039 * metre, 0.009 * metre}, metres: [2]float64{0.02*metre + north, north}, over: [2]string{"Hospital Road", "Station Road"},
		},
		{
			name: "one farther on is verified", findings: []hazard.Finding{verify(40.0095, 10.0701)}, on: "node/23", off: "West Station",
			verified: [2]bool{true, false}, leaves: [2]float64{0.069 * metre, 0.009 * metre}, metres: [2]float64{0.05*metre + north, north}, over: [2]string{"Fire Lane", "Station Road"},
		},
		{
			// It lies behind: who goes on must not turn for it.
			name: "the one behind is verified", findings: []hazard.Finding{verify(40.0095, 10.0101)}, on: "Saint Anne", off: "West Station",
			verified: [2]bool{false, true}, leaves: [2]float64{0.039 * metre, 0.009 * metre}, metres: [2]float64{0.02*metre + north, north}, over: [2]string{"Hospital Road", "Station Road"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := makePlan(t, m, mv, with(t, m, x.findings...))
			if err != nil {
				t.Fatal(err)
			}
			var got []outrider.BreakOut
			for _, b := range p.Legs[0].Routes[0].BreakOut {
				if strings.HasPrefix(b.Point, "tunnel") {
					got = append(got, b)
				}
			}
			if len(got) != 2 || got[0].Before || !got[1].Before {
				t.Fatalf("%+v", got)
			}
			for i, haven := range [2]string{x.on, x.off} {
				b := got[i]
				if b.Haven != haven || b.Verified != x.verified[i] || strings.Join(b.Over, ", ") != x.over[i] ||
					math.Abs(b.Leaves-x.leaves[i]) > 5 || math.Abs(b.Metres-x.metres[i]) > 15 || math.Abs(b.Odometer-0.019*metre) > 5 {
					t.Errorf("%+v, want %s over %s, leaving at %g m, after %g m", b, haven, x.over[i], x.leaves[i], x.metres[i])
				}
			}
		})
	}
}

// TestBreakOutsReachHalfAnHour has the only haven just within and just beyond it.
func TestBreakOutsReachHalfAnHour(t *testing.T) {
	for _, there := range []bool{true, false} {
		b := &osmtest.Builder{}
		b.Node(1, 40, 10).Node(2, 40, 10.01).Node(3, 40, 10.02).Node(4, 40, 10.03).Node(5, 40, 10.2)
		b.Way(100, []int64{1, 2}, "highway", "primary", "maxspeed", "20")
		b.Way(101, []int64{2, 3}, "highway", "primary", "tunnel", "yes", "maxspeed", "20")
		b.Way(102, []int64{3, 4, 5}, "highway", "primary", "maxspeed", "20")
		away := 20 / 3.6 * 1800 // metres in half an hour
		if there {
			away -= 30
		} else {
			away += 30
		}
		q := geo.Offset(geo.PointFromDegrees(40, 10.01), 90, away)
		lat, lon := q.Degrees()
		b.Node(20, lat, lon, "amenity", "police")
		mv := lorry(3)
		mv.Legs[0].From, mv.Legs[0].To = spot(40, 10.001), spot(40, 10.029)
		p, err := makePlan(t, build(t, b), mv, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, x := range p.Legs[0].Routes[0].BreakOut {
			if !strings.HasPrefix(x.Point, "tunnel") {
				continue
			}
			seen = true
			if (x.Kind == "police") != there || x.Before {
				t.Errorf("%.0f m away: %+v", away, x)
			}
		}
		if !seen {
			t.Errorf("%.0f m away: no break-out from the tunnel", away)
		}
	}
}
