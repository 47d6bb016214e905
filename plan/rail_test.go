package plan_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

// TestDriveBoardAndDriveOn changes the mode within one movement: to Wilmington
// station, by train to Newark with the column following on the road, and on.
func TestDriveBoardAndDriveOn(t *testing.T) {
	m, x := delawareMap(t)
	if len(m.Rail.Length) == 0 {
		t.Fatal("the map of Delaware has no railways")
	}
	z := newYork(t)
	hour := func(h, m int) time.Time { return time.Date(2026, 11, 23, h, m, 0, 0, z) }
	wilmington, newark, campus := at(39.7367, -75.5510), at(39.6692, -75.7536), at(39.6800, -75.7510)
	mv := movement(at(39.7459, -75.5466), wilmington)
	mv.Zone = z
	mv.Legs[0].Window = outrider.Window{Earliest: hour(9, 0), Latest: hour(9, 10)}
	mv.Legs[0].Stay = &outrider.Stay{Duration: 10 * time.Minute}
	train := &outrider.Train{CallSign: "T1", Length: 120, MaxKMH: 120, Board: 5 * time.Minute, Alight: 4 * time.Minute, Shadow: true}
	mv.Legs = append(
		mv.Legs,
		outrider.Leg{Name: "TRAIN", Mode: outrider.ByRail, To: newark, Train: train, Stay: &outrider.Stay{Duration: time.Minute}},
		outrider.Leg{Name: "ON", To: campus},
	)
	in := plan.Input{Map: m, Index: x, Movement: mv, Profile: profile(t), Now: earliest}
	p, err := plan.Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	first, run, on := p.Legs[0], p.Legs[1], p.Legs[2]
	r := run.Routes[0]
	t.Logf("by train %s to %s: %.0f m in %.0f s, leaves %s", run.From.Label, run.To.Label, r.Length, r.Duration, run.Earliest.Format("15:04:05"))
	if run.Mode != outrider.ByRail || run.Rail == nil || run.Timed != outrider.TimedAfterStay || r.Length < 15_000 || r.Length > 25_000 {
		t.Fatalf("leg by rail: %s, %s, %g m", run.Mode, run.Timed, r.Length)
	}
	// Boarding begins when the stay is over, and the train leaves after it.
	if want := first.Stay.From.Add(10 * time.Minute); first.Stay.Until.Sub(want).Abs() > time.Second || run.Earliest.Sub(want.Add(5*time.Minute)).Abs() > time.Second {
		t.Errorf("the stay ends at %v, the train leaves at %v, want %v and 5 min later", first.Stay.Until, run.Earliest, want)
	}
	s := run.Rail.Shadow
	if s == nil || len(s.Rendezvous) < 2 {
		t.Fatalf("no shadow: %+v", s)
	}
	last := s.Rendezvous[len(s.Rendezvous)-1]
	train1 := run.Earliest.Add(time.Duration((r.Duration + r.Halts) * float64(time.Second))).Add(4 * time.Minute)
	if !last.Reached || run.Stay.From.Before(last.Column) || run.Stay.From.Before(train1) || on.Earliest.Before(run.Stay.From.Add(time.Minute)) {
		t.Errorf("train left at %v, column in at %v; the stay begins at %v, the next leg at %v", train1, last.Column, run.Stay.From, on.Earliest)
	}
	for _, row := range r.March {
		if row.Head.Before(run.Earliest) {
			t.Errorf("row before the start: %+v", row)
		}
	}
	if run.Daylight.ArrivesIn != "daylight" || run.Turning.Why == "" || run.Decisions == nil || run.Shared == nil || run.HaltNeeds == nil {
		t.Errorf("%+v", run)
	}
	// The column that follows drives: what it did counts on the leg after, but not
	// what lies before a stay that is long enough for a break.
	mv.Constraints.Driving = outrider.Driving{MaxDriving: 30 * time.Minute, Break: 10 * time.Minute, NoExtraHalts: true}
	mv.Legs[0].To, mv.Legs[2].To = wilmington, at(39.4496, -75.7163)
	for _, stay := range []time.Duration{time.Minute, 10 * time.Minute} {
		mv.Legs[0].Stay.Duration = stay
		if p, err = plan.Make(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		s := p.Legs[1].Rail.Shadow.Rendezvous
		wheel := s[len(s)-1].Column.Sub(p.Legs[1].Earliest).Seconds()
		if stay == time.Minute { // with boarding 6 minutes
			wheel += p.Legs[0].Routes[0].Duration
		}
		needs, onto := p.Legs[2].HaltNeeds, p.Legs[2].Routes[0]
		if len(needs) != 1 {
			t.Fatalf("stay %v: needs %+v", stay, needs)
		}
		k, _ := slices.BinarySearch(onto.Odometer, needs[0].By)
		if due := 1800 - wheel; onto.Times[k] < due-0.1 || onto.Times[k-1] > due+0.1 {
			t.Errorf("stay %v: %g s at the wheel before, the next halt due by %g m, after %g to %g s", stay, wheel, needs[0].By, onto.Times[k-1], onto.Times[k])
		}
	}
	// Who drove for longer than is allowed has one halt to make at once.
	mv.Constraints.Driving.MaxDriving = 10 * time.Minute
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if n := p.Legs[2].HaltNeeds; len(n) < 2 || n[0].By != 0 || n[1].By < 1000 {
		t.Errorf("needs %+v", n)
	}
	mv.Constraints.Driving, mv.Legs[0].Stay.Duration, mv.Legs[2].To = outrider.Driving{}, 10*time.Minute, campus
	// A leg that must leave before it is likely that the train has been left, but not
	// before it can be, is warned of and not refused.
	in.Speeds, err = pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	// The slack of the stay after the train is that of a slow column behind it.
	ends := p.Legs[1].Rail.Shadow.Rendezvous
	behind := ends[len(ends)-1].Column.Sub(p.Legs[1].Earliest).Seconds()
	if slack := p.Legs[1].Stay.Slack; slack > -0.15*behind || slack < -behind {
		t.Errorf("slack %g s behind a column that drives for %g s", slack, behind)
	}
	train.Shadow = false
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	spread := p.Legs[0].Routes[0].Duration - p.Legs[0].Routes[0].Early
	if spread < 5 {
		t.Fatalf("a spread of %g s", spread)
	}
	for by, possible := range map[float64]bool{spread - 2: true, spread + 2: false} {
		leaves := p.Legs[2].Earliest.Add(-time.Duration(by * float64(time.Second)))
		mv.Legs[2].Window = outrider.Window{Earliest: leaves, Latest: leaves}
		q, err := plan.Make(context.Background(), in)
		if possible != (err == nil) || !possible && outrider.KindOf(err) != outrider.Invalid || possible && !strings.Contains(strings.Join(q.Warnings, "\n"), "is likely to be free") {
			t.Errorf("leaving %g s before it is likely to be free, with a spread of %g s: %v", by, spread, err)
		}
	}
	in.Speeds, mv.Legs[2].Window = nil, outrider.Window{}
	// Without a shadow nobody is there to drive on.
	train.Shadow = false
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "no column follows the train") {
		t.Errorf("%q", p.Warnings)
	}
	// Backwards: the train is in between the two times.
	mv.Legs = []outrider.Leg{{Mode: outrider.ByRail, From: wilmington, To: newark, Train: train, Arrive: outrider.Window{Earliest: hour(11, 0), Latest: hour(11, 5)}}}
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	leg := p.Legs[0]
	if run := leg.Routes[0]; !(run.Early <= run.Duration && run.Duration <= run.Late) {
		t.Errorf("%g, %g, %g s", run.Early, run.Duration, run.Late)
	}
	in1 := leg.Earliest.Add(time.Duration((leg.Routes[0].Duration + leg.Routes[0].Halts) * float64(time.Second)))
	if in1.Before(hour(11, 0)) || in1.After(hour(11, 0).Add(time.Second)) {
		t.Errorf("leaving at %v the train is in at %v", leg.Earliest, in1)
	}
	late := leg.Latest.Add(time.Duration((leg.Routes[0].Late + leg.Routes[0].Halts) * float64(time.Second)))
	if late.After(hour(11, 5)) || late.Before(hour(11, 5).Add(-time.Second)) {
		t.Errorf("leaving at %v the train may be in at %v", leg.Latest, late)
	}
	// A window that is narrower than the spread.
	mv.Legs[0].Arrive.Latest = hour(11, 0).Add(10 * time.Second)
	if p, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if leg := p.Legs[0]; leg.Routes[0].Late-leg.Routes[0].Duration > 11 && (!leg.Earliest.Equal(leg.Latest) || !strings.Contains(strings.Join(p.Warnings, "\n"), "wider than the window")) {
		t.Errorf("%v to %v: %q", leg.Earliest, leg.Latest, p.Warnings)
	}
	mv.Legs[0].Train = nil
	if _, err = plan.Make(context.Background(), in); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("no train: %v", err)
	}
}
