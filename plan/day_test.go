package plan_test

import (
	"context"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

func newYork(tb testing.TB) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// TestADayInDelaware drives from Wilmington to Dover through the morning peak,
// stays, goes on to Lewes to be there in a window, and comes home after the stay.
func TestADayInDelaware(t *testing.T) {
	m, x := delawareMap(t)
	z := newYork(t)
	speeds, err := pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	wilmington, dover, lewes := at(39.7459, -75.5466), at(39.1582, -75.5244), at(38.7746, -75.1393)
	hour := func(h, m int) time.Time { return time.Date(2026, 11, 23, h, m, 0, 0, z) }
	mv := movement(wilmington, dover)
	mv.Zone = z
	for i := range mv.Convoy.Vehicles {
		mv.Convoy.Vehicles[i].FuelRange = 450
		mv.Convoy.Vehicles[i].TurningCircle = 12
	}
	mv.Venues = []outrider.Venue{{Name: "LEGISLATIVE HALL", At: dover}}
	mv.Legs[0].Window = outrider.Window{Earliest: hour(7, 30), Latest: hour(7, 45)}
	mv.Legs[0].To.Venue = "LEGISLATIVE HALL"
	mv.Legs[0].Stay = &outrider.Stay{Duration: 90 * time.Minute}
	mv.Legs = append(
		mv.Legs,
		outrider.Leg{To: lewes, Arrive: outrider.Window{Earliest: hour(13, 0), Latest: hour(13, 15)}, Stay: &outrider.Stay{Until: hour(15, 30)}},
		outrider.Leg{To: wilmington, BackBy: hour(17, 30)},
	)
	in := plan.Input{Map: m, Index: x, Movement: mv, Profile: profile(t), Now: earliest, Speeds: speeds}
	p, err := plan.Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, leg := range p.Legs {
		r := leg.Routes[0]
		release := r.March[len(r.March)-1]
		t.Logf("leg %d %s: leaves %s to %s, in at %s, %.0f s (%.0f to %.0f), detour %.3f, dark %.0f s, %s", i+1, leg.Timed, leg.Earliest.Format("15:04:05"), leg.Latest.Format("15:04:05"),
			release.Head.Format("15:04:05"), r.Duration, r.Early, r.Late, r.Detour, leg.Daylight.DarkS, leg.Daylight.ArrivesIn)
		t.Logf("  turning back %+v", leg.Turning)
		for name, q := range map[string]*outrider.TurnPlace{"latest": leg.Turning.Latest, "equal": leg.Turning.EqualTime, "fuel": leg.Turning.NoReturn} {
			if q != nil {
				t.Logf("  %s: %+v", name, *q)
			}
		}
		if leg.Stay != nil {
			t.Logf("  stay %+v", *leg.Stay)
		}
		if !(r.Early < r.Duration && r.Duration < r.Late) {
			t.Errorf("leg %d: %g, %g, %g s", i+1, r.Early, r.Duration, r.Late)
		}
		for _, row := range r.March {
			if row.EarlyS < 0 || row.LateS < 0 {
				t.Errorf("leg %d: row %+v", i+1, row)
			}
		}
		if release.LateS != r.Late-r.Duration && release.LateS-(r.Late-r.Duration) > 0.002 {
			t.Errorf("leg %d: release late by %g s, the route by %g s", i+1, release.LateS, r.Late-r.Duration)
		}
	}
	out, on, home := p.Legs[0], p.Legs[1], p.Legs[2]
	if !out.Stay.Until.Equal(on.Earliest) || out.Stay.Venue != "LEGISLATIVE HALL" || !home.Earliest.Equal(hour(15, 30)) {
		t.Errorf("stays %+v, %+v", out.Stay, on.Stay)
	}
	if in := on.Earliest.Add(time.Duration(on.Routes[0].Duration * float64(time.Second))); in.Before(hour(13, 0)) || in.After(hour(13, 15)) {
		t.Errorf("in Lewes at %v", in)
	}
	// From the peak at 16:00 the way home is slower than the same way on a Sunday.
	sunday := *mv
	sunday.Legs = []outrider.Leg{{From: lewes, To: wilmington, Window: outrider.Window{Earliest: hour(15, 30).AddDate(0, 0, -1)}}}
	in.Movement = &sunday
	quiet, err := plan.Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := home.Routes[0].Duration, quiet.Legs[0].Routes[0].Duration; a < 1.05*b {
		t.Errorf("home on a Monday in %g s, on a Sunday in %g s", a, b)
	}
	if home.Turning.Why != "asked" || home.Turning.Latest == nil || home.Turning.EqualTime == nil {
		t.Errorf("turning back on the way home: %+v", home.Turning)
	}
	if h := p.Venues[0].TraumaHospital; h == nil || !h.FromMap || !strings.Contains(h.Label, "Kent General") {
		t.Errorf("nearest hospital of Dover: %+v", h)
	}
	t.Log(strings.Join(p.Warnings, "\n"))
}
