package plan_test

import (
	"context"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
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
