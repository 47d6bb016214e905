package rail_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/rail"
)

// switchSite is a switch at S: the stem to the west, of the given length, B straight
// on to the east and C on the diverging leg.
func switchSite(tb testing.TB, stem float64) *site {
	s := newSite(tb)
	s.at("A", -stem, 0).at("S", 0, 0, "railway", "switch").at("B", 1000, 0).at("C1", 100, 8).at("C", 1000, 80)
	s.track("A S").track("S B").track("S C1 C")
	s.at("r1", 0, 500).at("r2", 500, 500)
	return s.way("r1 r2", "highway", "residential")
}

func TestThroughASwitch(t *testing.T) {
	s := switchSite(t, 300)
	m := s.build()
	for _, to := range []string{"B", "C"} {
		r := mustMake(t, s.leg(m, "A", to))
		if len(r.Route.Steps) == 0 || r.Rail.Train.Reversals != 0 {
			t.Errorf("to %s: %d changes of ends, want none", to, r.Rail.Train.Reversals)
		}
		near(t, "the time to "+to, r.Route.Duration, r.Route.Length/20, 0.01)
	}
}

// From one leg of a switch to the other the train must run on past it until it is
// clear, change ends, and come back.
func TestChangingEndsPastASwitch(t *testing.T) {
	s := switchSite(t, 300)
	m := s.build()
	r := mustMake(t, s.leg(m, "B", "C"))
	legs := r.Route.Length - 200
	near(t, "both legs", legs, 1000+100.3+902.9, 2)
	near(t, "the time", r.Route.Duration, legs/20+100.0/20+600, 0.1)
	if r.Rail.Train.Reversals != 1 {
		t.Fatalf("%d changes of ends, want 1", r.Rail.Train.Reversals)
	}
	var p *outrider.RailPass
	for i := range r.Rail.Passes {
		if r.Rail.Passes[i].Kind == outrider.RailReversal {
			p = &r.Rail.Passes[i]
		}
	}
	if p == nil {
		t.Fatal("the change of ends is not told")
	}
	near(t, "the change begins", p.From, 1000+100, 1)
	near(t, "the change ends", p.To, 1000+200, 1)
	near(t, "the change takes place at", p.At.Sub(depart).Seconds(), 1100.0/20, 0.2)
	checkRoute(t, r)
}

// A stem with a switch of its own will do, if the train has room past both.
func TestRoomBeyondAnotherSwitch(t *testing.T) {
	for _, c := range []struct {
		beyond float64
		ok     bool
	}{{45, true}, {35, false}} {
		s := switchSite(t, 60)
		s.at("X", -60-c.beyond, 0).at("Y", -90, -3)
		s.track("X A").track("Y A")
		m := s.build()
		r, err := rail.Make(context.Background(), s.leg(m, "B", "C"))
		switch {
		case c.ok && err != nil:
			t.Errorf("with %g m beyond: %v", c.beyond, err)
		case c.ok:
			near(t, "the way", r.Route.Length, 200+1000+1003.2, 2)
		case err == nil || !strings.Contains(err.Error(), "no track is long enough for 100 m"):
			t.Errorf("with %g m beyond the error is %v", c.beyond, err)
		}
	}
}

func TestNoRoomToChangeEnds(t *testing.T) {
	s := switchSite(t, 90)
	_, err := rail.Make(context.Background(), s.leg(s.build(), "B", "C"))
	if outrider.KindOf(err) != outrider.NoRoute || !strings.Contains(err.Error(), "only be done by changing ends, and no track is long enough for 100 m") {
		t.Errorf("error %v", err)
	}
}

// Round a loop a train turns without changing ends, unless it is longer than the
// loop: it would meet its own tail. Nor is there room past a switch on a loop that
// leads back to where the train stands.
func TestRoundALoop(t *testing.T) {
	s := switchSite(t, 30)
	// From A (30 m past the switch) round a circle of 40 m radius and back to A.
	path := "A"
	for k := range 11 {
		turn := float64(k+1) * math.Pi / 6
		name := fmt.Sprint("c", k)
		s.at(name, -30-60-40*math.Cos(turn-math.Pi)+0, 40*math.Sin(turn-math.Pi))
		path += " " + name
	}
	s.track(path + " A")
	m := s.build()
	in := s.leg(m, "B", "C")
	r := mustMake(t, in)
	if r.Rail.Train.Reversals != 0 || r.Route.Length < 2300 {
		t.Errorf("a train of 100 m: %d changes of ends on %.0f m, want none, round the loop", r.Rail.Train.Reversals, r.Route.Length)
	}
	checkRoute(t, r)
	loop := r.Route.Length - 1000 - 1003.2 - 60
	for _, c := range []struct {
		length float64
		want   int // changes of ends; -1: no path
	}{{loop - 5, 0}, {loop + 20, 1}, {loop + 45, -1}, {loop + 80, -1}} {
		in.Leg.Train.Length = c.length
		r, err := rail.Make(t.Context(), in)
		switch {
		case c.want < 0 && (outrider.KindOf(err) != outrider.NoRoute || !strings.Contains(err.Error(), "no track is long enough")):
			t.Errorf("a train of %.0f m on a loop of %.0f m: error %v", c.length, loop, err)
		case c.want >= 0 && err != nil:
			t.Errorf("a train of %.0f m on a loop of %.0f m: %v", c.length, loop, err)
		case c.want >= 0 && r.Rail.Train.Reversals != c.want:
			t.Errorf("a train of %.0f m on a loop of %.0f m changes ends %d times, want %d", c.length, loop, r.Rail.Train.Reversals, c.want)
		}
	}
}

// At a halt the train may change ends where it stands, if it is clear of the
// switch behind; if not, it draws up.
func TestChangingEndsAtAHalt(t *testing.T) {
	for _, c := range []struct {
		name      string
		halt      time.Duration
		x         float64 // of the halt, west of the switch
		out       float64 // how far the head runs past the switch
		stood     float64
		reversals int
	}{
		{"clear", 5 * time.Minute, 200, 200, 600, 1},
		{"clear, a long halt", 20 * time.Minute, 200, 200, 1200, 1},
		{"draws up", 5 * time.Minute, 50, 100, 600, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := switchSite(t, 300)
			s.at("H", -c.x, 0)
			in := s.leg(s.build(), "B", "C")
			in.Halts = []rail.Place{s.place("H")}
			in.Leg.Halts = []outrider.Halt{{Duration: c.halt}}
			r := mustMake(t, in)
			back := c.out - 100 // driven back to the switch
			near(t, "the way", r.Route.Length, 1000+c.out+100+back+1003.2, 2)
			near(t, "the whole time", r.Route.Duration+r.Route.Halts, (1000+c.out+back+1003.2)/20+c.stood, 0.2)
			if got := r.Rail.Train.Reversals; got != c.reversals {
				t.Errorf("%d changes of ends, want %d", got, c.reversals)
			}
			checkRoute(t, r)
		})
	}
}

// A halt on the way changes nothing but the time.
func TestHaltOnTheWay(t *testing.T) {
	s := switchSite(t, 300)
	s.at("H", 400, 0)
	in := s.leg(s.build(), "A", "B")
	in.Halts = []rail.Place{s.place("H")}
	in.Leg.Halts = []outrider.Halt{{Duration: 2 * time.Minute}}
	r := mustMake(t, in)
	near(t, "the way", r.Route.Length, 1300, 1)
	near(t, "the running time", r.Route.Duration, 65, 0.1)
	near(t, "the halts", r.Route.Halts, 120, 0)
	if len(r.Route.March) != 3 || r.Route.March[1].Kind != "halt" || r.Route.March[1].Point != "H" {
		t.Errorf("march table %+v", r.Route.March)
	}
	checkRoute(t, r)
}

func TestWhyThereIsNoPath(t *testing.T) {
	base := func(tags ...string) *site {
		s := newSite(t)
		s.at("A", 0, 0).at("M", 1000, 0).at("N", 1500, 0).at("B", 3000, 0).at("D", 6000, 0).at("E", 7000, 0)
		s.track("A M", "electrified", "contact_line", "voltage", "25000")
		s.track("M N", tags...)
		s.track("N B", "electrified", "contact_line", "voltage", "25000").track("D E")
		return s.at("r1", 0, 500).at("r2", 500, 500).way("r1 r2", "highway", "residential")
	}
	for _, c := range []struct {
		name, to, want string
		tags           []string
		train          func(*outrider.Train)
		kind           outrider.Kind
	}{
		{"no power", "B", "the electrification stands in the way on 500 m", []string{"electrified", "no"}, func(t *outrider.Train) { t.Traction = outrider.Electric }, outrider.NoRoute},
		{"another voltage", "B", "the electrification stands in the way on 500 m", []string{"electrified", "contact_line", "voltage", "3000"}, func(t *outrider.Train) { t.Traction, t.Voltage = outrider.Electric, 25000 }, outrider.NoRoute},
		{"gauge", "B", "the gauge changes at 50.00000,10.01394, 1435 mm and 1000 mm", []string{"gauge", "1000"}, nil, outrider.NoRoute},
		{"kind", "B", "the kind of railway stands in the way on 500 m", []string{"railway", "light_rail"}, nil, outrider.NoRoute},
		{"apart", "E", "the tracks of the map do not join these places", nil, nil, outrider.NoRoute},
		{"gauge everywhere", "B", "because of the gauge", nil, func(t *outrider.Train) { t.GaugeMM = 1520 }, outrider.OffNetwork},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base(c.tags...)
			in := s.leg(s.build(), "A", c.to)
			if c.train != nil {
				c.train(in.Leg.Train)
			}
			_, err := rail.Make(context.Background(), in)
			if outrider.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one of kind %v that says %q", err, c.kind, c.want)
			}
		})
	}
	s := base("gauge", "1435")
	in := s.leg(s.build(), "A", "B")
	in.Leg.Train.Traction = outrider.Electric
	r := mustMake(t, in)
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "does not say whether 500 m of track is electrified") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestTrainsThatCannotBe(t *testing.T) {
	s := switchSite(t, 300)
	m := s.build()
	for _, c := range []struct {
		want   string
		change func(*rail.Input)
	}{
		{"no train", func(in *rail.Input) { in.Leg.Train = nil }},
		{"0 m long", func(in *rail.Input) { in.Leg.Train.Length = 0 }},
		{"greatest speed is -1", func(in *rail.Input) { in.Leg.Train.MaxKMH = -1 }},
		{"gauge -5 mm", func(in *rail.Input) { in.Leg.Train.GaugeMM = -5 }},
		{`traction "steam"`, func(in *rail.Input) { in.Leg.Train.Traction = "steam" }},
		{`railway kind "maglev"`, func(in *rail.Input) { in.Leg.Train.Kinds = []string{"maglev"} }},
		{"below 0", func(in *rail.Input) { in.Leg.Train.Reverse = -1 }},
		{"voltage -1", func(in *rail.Input) { in.Leg.Train.Voltage = -1 }},
	} {
		in := s.leg(m, "A", "B")
		c.change(&in)
		_, err := rail.Make(context.Background(), in)
		if outrider.KindOf(err) != outrider.Invalid || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "leg 1: ") {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
	in := s.leg(m, "A", "B")
	in.To = in.From
	if _, err := rail.Make(context.Background(), in); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("a leg to where it starts: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := rail.Make(ctx, s.leg(m, "A", "B")); outrider.KindOf(err) != outrider.Interrupted {
		t.Errorf("when stopped: %v", err)
	}
}

// An electric train takes the longer way that is known to have power rather than
// the shorter one of which nothing is known, and the one known not to have it
// never.
func TestPowerIsPreferred(t *testing.T) {
	s := newSite(t)
	s.at("A", 0, 0).at("S", 1000, 0).at("N", 2000, 300).at("U", 2000, 0).at("T", 3000, 0).at("B", 4000, 0)
	s.track("A S", "electrified", "contact_line").track("S U T").track("S N T", "electrified", "contact_line", "maxspeed", "40").track("T B", "electrified", "contact_line")
	s.at("r1", 0, 500).at("r2", 500, 500).way("r1 r2", "highway", "residential")
	m := s.build()
	in := s.leg(m, "A", "B")
	diesel := mustMake(t, in)
	in.Leg.Train.Traction = outrider.Electric
	electric := mustMake(t, in)
	if near(t, "the diesel's way", diesel.Route.Length, 4000, 5); electric.Route.Length < 4050 {
		t.Errorf("the electric train runs %.0f m: over track of which it is not known whether it is electrified", electric.Route.Length)
	}
}

// Starting takes v/2a longer than running at v all the while, braking v/2b; a halt
// costs both again. Where there is no room to reach the speed, the train runs as
// fast as it can and brakes: over l metres in the time that l = t²/2 · ab/(a+b)
// says.
func TestStartingAndBraking(t *testing.T) {
	const a, b, v = 0.25, 0.4, 20.0
	s := switchSite(t, 9000)
	s.at("H", -4000, 0).at("Z", 200, 0)
	m := s.build()
	in := s.leg(m, "A", "B")
	one := mustMake(t, in)
	near(t, "starting and braking", one.Route.Late-one.Route.Duration, v/(2*a)+v/(2*b), 0.01)
	near(t, "that of the release point", one.Route.March[len(one.Route.March)-1].LateS, v/(2*a)+v/(2*b), 0.01)
	in.Halts = []rail.Place{s.place("H")}
	in.Leg.Halts = []outrider.Halt{{Duration: time.Minute}}
	two := mustMake(t, in)
	near(t, "with a halt", two.Route.Late-two.Route.Duration, v/a+v/b, 0.01)
	near(t, "at the halt", two.Route.March[1].LateS, v/(2*a)+v/(2*b), 0.01)
	short := mustMake(t, s.leg(m, "S", "Z"))
	l := short.Route.Length
	near(t, "a short run", short.Route.Late, math.Sqrt(2*l*(a+b)/(a*b)), 0.01)
	turned := mustMake(t, s.leg(m, "B", "C"))
	// 1,100 m to past the switch, and the rest from it on: neither is long enough to
	// reach 20 m/s, which takes 800 m, and brake, which takes 500 m.
	least := func(l float64) float64 { return math.Sqrt(2 * l * (a + b) / (a * b)) }
	near(t, "with a change of ends", turned.Route.Late, least(1100)+600+least(turned.Route.Length-1200), 0.05)
}

// checkRoute holds what must be true of every route.
func checkRoute(tb testing.TB, r *rail.Result) {
	tb.Helper()
	x := &r.Route
	if len(x.Points) != len(x.Times) || len(x.Points) != len(x.Odometer) || len(x.Points) < 2 {
		tb.Fatalf("%d points, %d times, %d readings", len(x.Points), len(x.Times), len(x.Odometer))
	}
	along := 0.0
	for i := range x.Points {
		if i == 0 {
			continue
		}
		if x.Times[i] < x.Times[i-1] || x.Odometer[i] < x.Odometer[i-1] {
			tb.Errorf("clock or odometer go back at point %d", i)
		}
		step := distance(x.Points[i-1], x.Points[i])
		along += step
		if d := x.Odometer[i] - x.Odometer[i-1] - step; d > 0.1+step*1e-3 || d < -0.1-step*1e-3 {
			tb.Errorf("the odometer goes on by %.3f m over %.3f m at point %d", x.Odometer[i]-x.Odometer[i-1], step, i)
		}
	}
	near(tb, "the length of the line", along, x.Length, 0.5+x.Length*1e-4)
	near(tb, "the last time", x.Times[len(x.Times)-1], x.Duration+x.Halts, 0.01)
	steps, seconds := 0.0, 0.0
	for _, s := range x.Steps {
		near(tb, "the beginning of a step", s.From, steps, 0.01)
		steps += s.Length
		seconds += s.Duration
	}
	near(tb, "the steps' length", steps, x.Length, 0.05)
	near(tb, "the steps' time", seconds, x.Duration, 0.05)
	if x.March[0].Kind != "start" || x.March[len(x.March)-1].Kind != "release" {
		tb.Errorf("the march table runs from %s to %s", x.March[0].Kind, x.March[len(x.March)-1].Kind)
	}
	for i, row := range x.March {
		if i > 0 && (row.Odometer < x.March[i-1].Odometer || row.Head.Before(x.March[i-1].Head)) {
			tb.Errorf("the march table goes back at %s", row.Point)
		}
		if row.LateS < 0 || i > 0 && row.Head.Add(span(row.LateS)).Before(x.March[i-1].Head.Add(span(x.March[i-1].LateS-0.002))) {
			tb.Errorf("the latest time goes back at %s", row.Point)
		}
		near(tb, "the tail of "+row.Point, row.Tail.Sub(row.Head).Seconds(), row.PassTime, 0.01)
	}
	for i := 1; i < len(r.Rail.Passes); i++ {
		if r.Rail.Passes[i].From < r.Rail.Passes[i-1].From {
			tb.Errorf("passes are not in order at %d", i)
		}
	}
	total := 0.0
	for _, s := range r.Rail.Tracks {
		total += s.Length
	}
	near(tb, "the stretches", total, x.Length-float64(r.Rail.Train.Reversals)*r.Rail.Train.LengthM, 0.1)
}

func span(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func distance(a, b outrider.LatLon) float64 { return metresBetween(a.Point(), b.Point()) }
