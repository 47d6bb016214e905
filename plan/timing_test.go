package plan

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests are there on any machine

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"pgregory.net/rapid"
)

func builtinSpeeds(tb fataler) *pace.Speeds {
	tb.Helper()
	s, err := pace.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func zone(tb fataler, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// workOf makes what a leg's clocks need, for a drive through some stops.
func workOf(p *planner, stops []stop) (*legWork, bool) {
	w := &legWork{planner: p, stops: stops, leg: outrider.Leg{Window: outrider.Window{Earliest: start, Latest: start}}}
	var ends []network.ChainID
	for _, s := range stops {
		ends = append(ends, s.loc.Chain)
	}
	w.pass = p.m.Passage(p.van, p.passageOptions(ends, nil))
	w.time = p.drivingLane(w.pass, start)
	var ok bool
	w.fastest, ok = p.through(w.time, stops, nil, unbarred)
	w.primary = w.fastest
	return w, ok
}

// TestClocksHold checks the three clocks of a drive: who leaves later is not
// there earlier, fast is not after likely and likely not after slow, and with
// factors of 1 all are that of the map's speeds.
func TestClocksHold(t *testing.T) {
	dir := t.TempDir()
	drives := 0
	rapid.Check(t, func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		p := newPlanner(t, m)
		stops := drawStops(t, m, rapid.IntRange(2, 3).Draw(t, "stops"))
		plain, ok := workOf(p, stops)
		if !ok {
			return
		}
		drives++
		free := *p
		free.pace = pace.New(m, pace.FreeFlow(), nil, time.UTC)
		even := plain.itinerary(plain.fastest)
		lifted := *plain
		lifted.planner = &free
		same := lifted.itinerary(plain.fastest)
		for c := range courses {
			if d := math.Abs(even.total(c) - same.total(c)); d > 0.001*float64(len(even.runs))+1e-9 {
				t.Fatalf("free flow takes %g s, the map's speeds %g s", same.total(c), even.total(c))
			}
		}
		hours := *p
		hours.pace = pace.New(m, builtinSpeeds(t), nil, time.UTC)
		w, ok := workOf(&hours, stops)
		if !ok {
			t.Fatal("slower speeds close the way")
		}
		from := start.Add(time.Duration(rapid.IntRange(-3*3600, 3600).Draw(t, "from")) * time.Second)
		wait := time.Duration(rapid.IntRange(0, 1200).Draw(t, "wait")) * time.Second
		first, second := w.itineraryAt(w.fastest, from), w.itineraryAt(w.fastest, from.Add(wait))
		for c := range courses {
			// Each run is rounded to the millisecond by itself.
			if late := first.total(c) - second.total(c) - wait.Seconds(); late > 0.001*float64(len(first.runs))+1e-9 {
				t.Fatalf("who leaves %v later is %g s earlier there", wait, late)
			}
		}
		for i := range first.runs {
			f, l, s := first.courses[fast].ends[i], first.courses[likely].ends[i], first.courses[slow].ends[i]
			if f > l+0.001*float64(i+1)+1e-9 || l > s+0.001*float64(i+1)+1e-9 {
				t.Fatalf("run %d ends at %g s if fast, %g s likely, %g s if slow", i, f, l, s)
			}
		}
	})
	if !testing.Short() && drives < 12 {
		t.Errorf("only %d drives", drives)
	}
}

func geometry(p *outrider.Plan) []outrider.LatLon { return p.Legs[0].Routes[0].Points }

// TestBackwardsArrivesInTheWindow plans legs backwards and then forwards from
// the starts that were found.
func TestBackwardsArrivesInTheWindow(t *testing.T) {
	dir := t.TempDir()
	z := zone(t, "America/New_York")
	exact, narrow := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		stops := drawStops(t, m, 2)
		profile, err := hazard.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, 11, 23, 6, 50, 0, 0, z).Add(time.Duration(rapid.IntRange(0, 150*60).Draw(t, "from")) * time.Second)
		arrive := outrider.Window{Earliest: from, Latest: from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "width")) * time.Second)}
		mv := &outrider.Movement{
			Name: "m", Zone: z, Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}}, MarchKMH: 50},
			Legs: []outrider.Leg{{From: endpoint(stops[0]), To: endpoint(stops[1]), Arrive: arrive}},
		}
		if rapid.Bool().Draw(t, "halt") {
			mv.Legs[0].Halts = []outrider.Halt{{At: endpoint(drawStops(t, m, 1)[0]), Duration: 10 * time.Minute}}
		}
		in := Input{Map: m, Movement: mv, Profile: profile, Now: start, Speeds: builtinSpeeds(t)}
		back, err := Make(context.Background(), in)
		if outrider.KindOf(err) == outrider.NoRoute {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		leg := back.Legs[0]
		if leg.Timed != outrider.TimedBackwards || leg.Arrive == nil || !leg.Arrive.From.Equal(arrive.Earliest) || leg.Latest.Before(leg.Earliest) {
			t.Fatalf("timed %s, to arrive %v, leaves from %v to %v", leg.Timed, leg.Arrive, leg.Earliest, leg.Latest)
		}
		forwards := func(earliest, latest time.Time) *outrider.Plan {
			f := *mv
			f.Legs = append([]outrider.Leg(nil), mv.Legs...)
			f.Legs[0].Arrive = outrider.Window{}
			f.Legs[0].Window = outrider.Window{Earliest: earliest, Latest: latest}
			in := in
			in.Movement = &f
			out, err := Make(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		arrives := func(p *outrider.Plan, late bool) time.Time {
			r := p.Legs[0].Routes[0]
			took := r.Duration
			if late {
				took = r.Late
			}
			return p.Legs[0].Earliest.Add(seconds(took + r.Halts))
		}
		again := forwards(leg.Earliest, leg.Latest)
		if !reflect.DeepEqual(again.Legs[0].Routes, leg.Routes) {
			t.Fatal("planned forwards from the starts found, the routes are others")
		}
		spread, turns := false, false
		for _, s := range back.Warnings {
			turns = turns || strings.Contains(s, "a later start changes the route")
			spread = spread || strings.Contains(s, "wider than the window") || strings.Contains(s, "after the window")
		}
		if turns {
			// The window is one for each of the routes that take turns: nobody is
			// late, but the bounds are not those of this route alone.
			last := forwards(leg.Latest, leg.Latest)
			if at := arrives(last, true); reflect.DeepEqual(geometry(last), geometry(again)) && at.After(arrive.Latest) {
				t.Fatalf("leaving at %v the head may be in at %v, after %v", leg.Latest, at, arrive.Latest)
			}
			return
		}
		if spread {
			narrow++
			if !leg.Latest.Equal(leg.Earliest) {
				t.Fatalf("no start fits, but the leg has a window from %v to %v", leg.Earliest, leg.Latest)
			}
		} else {
			exact++
			if at := arrives(again, false); at.Before(arrive.Earliest) {
				t.Fatalf("leaving at %v the head is in at %v, before %v", leg.Earliest, at, arrive.Earliest)
			}
		}
		last := forwards(leg.Latest, leg.Latest)
		if reflect.DeepEqual(geometry(last), geometry(again)) {
			if at := arrives(last, true); at.After(arrive.Latest) {
				t.Fatalf("leaving at %v the head may be in at %v, after %v", leg.Latest, at, arrive.Latest)
			}
		}
		after := forwards(leg.Latest.Add(time.Second), leg.Latest.Add(time.Second))
		if reflect.DeepEqual(geometry(after), geometry(again)) {
			if at := arrives(after, true); !at.After(arrive.Latest) {
				t.Fatalf("a second after the latest start the head is still in time, at %v of %v", at, arrive.Latest)
			}
		}
		before := forwards(leg.Earliest.Add(-time.Second), leg.Latest)
		if !spread && reflect.DeepEqual(geometry(before), geometry(again)) {
			if at := arrives(before, false); !at.Before(arrive.Earliest) {
				t.Fatalf("a second before the earliest start the head is not too early, at %v of %v", at, arrive.Earliest)
			}
		}
	})
	t.Logf("%d windows that hold the band, %d that do not", exact, narrow)
	if !testing.Short() && (exact < 10 || narrow < 3) {
		t.Error("the windows are too poor to prove anything")
	}
}

// TestNightsWhenClocksChange plans over the hour that is there twice and the one
// that is not: what counts is the time that passes.
func TestNightsWhenClocksChange(t *testing.T) {
	m := build(t, town())
	berlin := zone(t, "Europe/Berlin")
	nights := map[string]struct {
		leaves time.Time
		local  string // of the release, about 2 h 4 min later
	}{
		"an hour more": {time.Date(2026, 10, 25, 1, 30, 0, 0, berlin), "02:3"},
		"an hour less": {time.Date(2026, 3, 29, 1, 30, 0, 0, berlin), "04:3"},
	}
	for name, night := range nights {
		mv := lorry(3)
		mv.Zone = berlin
		mv.Legs[0].Window = outrider.Window{Earliest: night.leaves, Latest: night.leaves}
		mv.Legs[0].Halts = []outrider.Halt{{At: spot(40, 10.032), Duration: 2 * time.Hour, Reason: "rest"}}
		speeds := func(in *Input) { in.Speeds = builtinSpeeds(t) }
		p, err := Make(context.Background(), inputOf(t, m, mv, speeds))
		if err != nil {
			t.Fatal(err)
		}
		r := p.Legs[0].Routes[0]
		release := r.March[len(r.March)-1]
		if took := release.Head.Sub(night.leaves).Seconds(); math.Abs(took-r.Duration-7200) > 0.002 {
			t.Errorf("%s: the head is in %g s after it left; it drives %g s and stands 7200 s", name, took, r.Duration)
		}
		if got := release.Head.Format("15:04"); !strings.HasPrefix(got, night.local) {
			t.Errorf("%s: the head is in at %s, want %s…", name, got, night.local)
		}
		// Backwards to the same hour, it leaves when it did.
		back := *mv
		back.Legs = append([]outrider.Leg(nil), mv.Legs...)
		back.Legs[0].Window = outrider.Window{}
		back.Legs[0].Arrive = outrider.Window{Earliest: release.Head, Latest: release.Head.Add(20 * time.Minute)}
		b, err := Make(context.Background(), inputOf(t, m, &back, speeds))
		if err != nil {
			t.Fatal(err)
		}
		if d := b.Legs[0].Earliest.Sub(night.leaves); d < 0 || d > time.Second {
			t.Errorf("%s: backwards the head leaves %v after it did forwards", name, d)
		}
	}
}

func inputOf(t *testing.T, m *network.Map, mv *outrider.Movement, change func(*Input)) Input {
	t.Helper()
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Map: m, Movement: mv, Profile: profile, Now: start}
	if change != nil {
		change(&in)
	}
	return in
}

// day is a movement of three legs with stays between them.
func day() *outrider.Movement {
	mv := lorry(3)
	there := mv.Legs[0]
	there.Name, there.Window = "OUT", outrider.Window{Earliest: start, Latest: start.Add(10 * time.Minute)}
	there.Stay = &outrider.Stay{Duration: 30 * time.Minute}
	there.To.Venue = "HALL"
	home := outrider.Leg{Name: "HOME", From: there.To, To: there.From, Stay: &outrider.Stay{Until: start.Add(2 * time.Hour)}}
	again := outrider.Leg{Name: "AGAIN", To: there.To, Arrive: outrider.Window{Earliest: start.Add(3 * time.Hour), Latest: start.Add(190 * time.Minute)}}
	mv.Legs = []outrider.Leg{there, home, again}
	return mv
}

func TestStaysJoinLegs(t *testing.T) {
	m := build(t, town())
	p, err := Make(context.Background(), inputOf(t, m, day(), func(in *Input) { in.Speeds = builtinSpeeds(t) }))
	if err != nil {
		t.Fatal(err)
	}
	out, home, again := p.Legs[0], p.Legs[1], p.Legs[2]
	tail := func(l outrider.LegPlan) time.Time { return l.Routes[0].March[len(l.Routes[0].March)-1].Tail }
	if out.Timed != outrider.TimedForwards || home.Timed != outrider.TimedAfterStay || again.Timed != outrider.TimedBackwards {
		t.Errorf("timed %s, %s, %s", out.Timed, home.Timed, again.Timed)
	}
	if s := out.Stay; s == nil || s.Venue != "HALL" || !s.From.Equal(tail(out)) || !s.Until.Equal(tail(out).Add(30*time.Minute)) || !home.Earliest.Equal(s.Until) {
		t.Errorf("stay %+v; the tail is in at %v, the next leg leaves at %v", s, tail(out), home.Earliest)
	}
	// All goes slowly: the next leg leaves later by as much, or as much is lacking.
	late := out.Routes[0].Late - out.Routes[0].Duration
	if math.Abs(out.Stay.Slack+late) > 0.002 || late <= 0 {
		t.Errorf("slack %g s, late by up to %g s", out.Stay.Slack, late)
	}
	if want := out.Latest.Sub(out.Earliest).Seconds() + late; home.Latest.Sub(home.Earliest).Seconds() < want-30 {
		t.Errorf("the leg home may leave from %v to %v; the one before has %g s of window and spread", home.Earliest, home.Latest, want)
	}
	if s := home.Stay; s == nil || !s.Until.Equal(again.Earliest) || s.Slack <= 0 {
		t.Errorf("stay until an hour: %+v, next leg %v", s, again.Earliest)
	}
	if at := again.Earliest.Add(seconds(again.Routes[0].Duration)); at.Before(start.Add(3 * time.Hour)) {
		t.Errorf("in at %v", at)
	}
	if again.Stay != nil {
		t.Errorf("a stay after the last leg: %+v", again.Stay)
	}
}

func TestTimesThatContradict(t *testing.T) {
	m := build(t, town())
	cases := map[string]struct {
		change func(*outrider.Movement)
		says   []string
	}{
		"both":              {func(mv *outrider.Movement) { mv.Legs[0].Arrive = mv.Legs[2].Arrive }, []string{`leg "OUT"`, "both a window"}},
		"no time at first":  {func(mv *outrider.Movement) { mv.Legs[0].Window = outrider.Window{} }, []string{`leg "OUT"`, "no earliest start"}},
		"nothing says when": {func(mv *outrider.Movement) { mv.Legs[0].Stay = nil }, []string{`leg "HOME"`, "nothing says when it leaves"}},
		"arrival backwards": {func(mv *outrider.Movement) { mv.Legs[2].Arrive.Latest = start }, []string{`leg "AGAIN"`, "the latest arrival is before the earliest"}},
		"stay too long": {func(mv *outrider.Movement) {
			mv.Legs[1].Window = outrider.Window{Earliest: start, Latest: start.Add(20 * time.Minute)}
		}, []string{`leg "HOME"`, "the head must leave by 2026-11-23 09:20:00, but is free after the leg before and the stay at 2026-11-23 09:3", "later", "contradict"}},
		"arrival before the stay is over": {func(mv *outrider.Movement) {
			mv.Legs[2].Arrive = outrider.Window{Earliest: start.Add(time.Hour), Latest: start.Add(time.Hour)}
		}, []string{`leg "AGAIN"`, "is free after the leg before and the stay at 2026-11-23 11:00:00"}},
	}
	for name, c := range cases {
		mv := day()
		c.change(mv)
		_, err := Make(context.Background(), inputOf(t, m, mv, nil))
		if outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", name, err, s)
			}
		}
	}
	// What may still go well is a warning.
	mv := day()
	mv.Legs[0].Stay = &outrider.Stay{Until: start.Add(30 * time.Second)}
	p, err := Make(context.Background(), inputOf(t, m, mv, nil))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "it ends at 2026-11-23 09:00:30, but the tail is likely to be in at") {
		t.Errorf("a stay that is over before it begins: %q", p.Warnings)
	}
	if p.Legs[0].Stay.Slack >= 0 {
		t.Errorf("slack %g s", p.Legs[0].Stay.Slack)
	}
}

// TestLegsWithoutAStay follow one another: no head leaves before it is there.
func TestLegsWithoutAStay(t *testing.T) {
	m := build(t, town())
	for name, change := range map[string]func(*outrider.Leg){
		"forwards": func(l *outrider.Leg) {
			l.Window = outrider.Window{Earliest: start.Add(time.Minute), Latest: start.Add(time.Hour)}
		},
		"backwards": func(l *outrider.Leg) {
			l.Arrive = outrider.Window{Earliest: start.Add(5 * time.Minute), Latest: start.Add(time.Hour)}
		},
	} {
		mv := day()
		mv.Legs = mv.Legs[:2]
		mv.Legs[0].Stay, mv.Legs[1].Stay = nil, nil
		change(&mv.Legs[1])
		p, err := Make(context.Background(), inputOf(t, m, mv, nil))
		if err != nil {
			t.Fatal(err)
		}
		march := p.Legs[0].Routes[0].March
		if in := march[len(march)-1].Head; !p.Legs[1].Earliest.Equal(in) || !in.After(start.Add(time.Minute)) {
			t.Errorf("%s: the head is in at %v and leaves again from %v on", name, in, p.Legs[1].Earliest)
		}
		if !strings.Contains(strings.Join(p.Warnings, "\n"), "later than it might, when it is free after the leg before") {
			t.Errorf("%s: %q", name, p.Warnings)
		}
	}
}

// TestBackwardsKnowsClosures arrives at every minute about the end of a closure:
// whatever way is taken, it is open while the column may be on the road, and where
// ways take turns the plan still arrives in time or says that it does not.
func TestBackwardsKnowsClosures(t *testing.T) {
	m := build(t, town())
	event := finding(hazard.ClosedByEvent, 10.02)
	event.From, event.To = start.Add(-time.Hour), start.Add(20*time.Minute)
	placed := with(t, m, event)
	ways := map[string]int{}
	for minute := range 41 {
		mv := lorry(3)
		mv.Constraints.MaxDetour = 3
		mv.Legs[0].Window = outrider.Window{}
		arrive := outrider.Window{Earliest: start.Add(time.Duration(minute) * time.Minute), Latest: start.Add(time.Duration(minute+2) * time.Minute)}
		mv.Legs[0].Arrive = arrive
		p := planned(t, inputOf(t, m, mv, func(in *Input) {
			placed(in)
			in.Speeds, in.Exchange = builtinSpeeds(t), -1
		}))
		leg := p.Legs[0]
		r := leg.Routes[0]
		over := r.Steps[1].Road
		ways[over]++
		if over == "Main Street" && leg.Earliest.Before(event.To) {
			t.Errorf("minute %d: over the bridge from %v on, which is closed until %v", minute, leg.Earliest, event.To)
		}
		first, last := leg.Earliest.Add(seconds(r.Duration)), leg.Earliest.Add(seconds(r.Late))
		said := strings.Join(p.Warnings, "\n")
		if first.Before(arrive.Earliest) && !strings.Contains(said, "before the window asked for opens") || last.After(arrive.Latest) && !strings.Contains(said, "after the window asked for closes") {
			t.Errorf("minute %d: leaves from %v to %v over %s, in at %v, at %v if slow, asked for %v: %s", minute, leg.Earliest, leg.Latest, over, first, last, arrive, said)
		}
	}
	if ways["Main Street"] < 5 || ways["North Lane"] < 5 {
		t.Errorf("ways: %v", ways)
	}
}

// halfTimed says that the first half of everything was timed, and took a second.
type halfTimed struct{}

func (halfTimed) Part(_ *network.Passage, _ network.ArcID, from, to network.Millimetres, _ time.Time) (pace.Took, float64, bool) {
	length := (max(from, to) - min(from, to)).Metres()
	return pace.Took{Fast: 0.9, Likely: 1, Slow: 1.5}, length / 2, true
}

// watch notes when each part is come to; a part takes as many seconds as its arc
// has in its number.
type watch struct{ at []time.Time }

func (w *watch) Part(_ *network.Passage, a network.ArcID, _, _ network.Millimetres, at time.Time) (pace.Took, float64, bool) {
	w.at = append(w.at, at)
	s := float64(a%7 + 1)
	return pace.Took{Fast: s, Likely: s, Slow: s}, 0, true
}

// TestEachRunIsTimedWhenTheHeadIsThere follows the clock from run to run: the
// speeds asked for are those of the time at which the head comes to a run, after
// the turns and halts before it.
func TestEachRunIsTimedWhenTheHeadIsThere(t *testing.T) {
	dir := t.TempDir()
	drives := 0
	rapid.Check(t, func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		p := newPlanner(t, m)
		stops := drawStops(t, m, 3)
		w, ok := workOf(p, stops)
		if !ok {
			return
		}
		drives++
		stops[1].halt = 0
		w.leg.Halts = []outrider.Halt{{Duration: 7 * time.Minute}}
		seen := &watch{}
		p.pace = seen
		it := w.itinerary(w.fastest)
		if len(seen.at) != int(courses)*len(it.runs) {
			t.Fatalf("%d parts asked for, %d runs", len(seen.at), len(it.runs))
		}
		at := start
		for i, r := range it.runs {
			if i > 0 {
				at = at.Add(time.Duration(w.turnBetween(w.time, it.runs[i-1], r)) * time.Millisecond)
				if it.stops[0] == i-1 {
					at = at.Add(7 * time.Minute)
				}
			}
			if !seen.at[i].Equal(at) || !it.when(it.begins[i]).Equal(at) {
				t.Fatalf("run %d of %d is timed at %v and begins at %v, want %v", i, len(it.runs), seen.at[i], it.when(it.begins[i]), at)
			}
			at = at.Add(time.Duration(r.arc%7+1) * time.Second)
		}
		if !it.when(it.total(likely)).Equal(at) {
			t.Fatalf("it ends at %v, want %v", it.when(it.total(likely)), at)
		}
	})
	if !testing.Short() && drives < 12 {
		t.Errorf("only %d drives", drives)
	}
}

func TestTimedMetresAreSummed(t *testing.T) {
	m := build(t, town())
	p := newPlanner(t, m)
	p.pace = halfTimed{}
	stops := []stop{{loc: network.Location{Chain: 0, At: 1000}, halt: -1}, {loc: network.Location{Chain: 2, At: 5000}, halt: -1}}
	w, ok := workOf(p, stops)
	if !ok {
		t.Fatal("no drive")
	}
	it := w.itinerary(w.fastest)
	n := float64(len(it.runs))
	if want := it.odometer[len(it.runs)] / 2; math.Abs(it.timed-want) > 0.001 || want == 0 {
		t.Errorf("%g m are timed, want %g m", it.timed, want)
	}
	if it.driving() != n || math.Abs(it.drivingBy(fast)-0.9*n) > 0.001 || it.drivingBy(slow) != 1.5*n {
		t.Errorf("%g runs in %g s, %g to %g s", n, it.driving(), it.drivingBy(fast), it.drivingBy(slow))
	}
}

// TestChainsOfLegs plans movements of several legs, timed in every way, with
// stays, halts and little fuel, and checks how they hang together.
func TestChainsOfLegs(t *testing.T) {
	dir := t.TempDir()
	z := zone(t, "America/New_York")
	chains, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		profile, err := hazard.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(2, 4).Draw(t, "legs")
		stops := drawStops(t, m, n+1)
		mv := &outrider.Movement{
			Name: "m", Zone: z, Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{
				{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2, FuelRange: rapid.Float64Range(0, 10).Draw(t, "range")},
				{CallSign: "A2", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2},
			}, Gap: outrider.Gap{Seconds: 10}, MarchKMH: 50},
			Constraints: outrider.Constraints{Driving: outrider.Driving{MaxDriving: time.Duration(rapid.IntRange(2, 20).Draw(t, "wheel")) * time.Minute, Break: 10 * time.Minute}},
		}
		at := time.Date(2026, 11, 1, 0, 40, 0, 0, z) // the clocks go back at 02:00
		for i := range n {
			leg := outrider.Leg{From: endpoint(stops[i]), To: endpoint(stops[i+1])}
			ways := []string{"forwards", "backwards"}
			if i > 0 && mv.Legs[i-1].Stay != nil {
				ways = append(ways, "after", "after")
			}
			at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "later")) * time.Minute)
			width := time.Duration(rapid.IntRange(0, 20).Draw(t, "width")) * time.Minute
			switch rapid.SampledFrom(ways).Draw(t, "timed") {
			case "forwards":
				leg.Window = outrider.Window{Earliest: at, Latest: at.Add(width)}
			case "backwards":
				leg.Arrive = outrider.Window{Earliest: at, Latest: at.Add(width)}
			}
			switch rapid.IntRange(0, 2).Draw(t, "stay") {
			case 0:
				leg.Stay = &outrider.Stay{Duration: time.Duration(rapid.IntRange(0, 30).Draw(t, "stays")) * time.Minute}
			case 1:
				leg.Stay = &outrider.Stay{Until: at.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "until")) * time.Minute)}
			}
			mv.Legs = append(mv.Legs, leg)
		}
		in := Input{Map: m, Movement: mv, Profile: profile, Now: start}
		if rapid.Bool().Draw(t, "speeds") {
			in.Speeds = builtinSpeeds(t)
		}
		p, err := Make(context.Background(), in)
		if k := outrider.KindOf(err); err != nil && (k == outrider.NoRoute || k == outrider.Invalid) {
			refused++
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		chains++
		if err := sound(p, mv); err != nil {
			t.Fatal(err)
		}
		for i, leg := range p.Legs {
			r := leg.Routes[0]
			release := r.March[len(r.March)-1]
			if leg.Latest.Before(leg.Earliest) {
				t.Fatalf("leg %d leaves from %v to %v", i, leg.Earliest, leg.Latest)
			}
			s := leg.Stay
			if (s == nil) != (mv.Legs[i].Stay == nil) {
				t.Fatalf("leg %d: stay %+v", i, s)
			}
			if s == nil {
				continue
			}
			asked := *mv.Legs[i].Stay
			if d := s.From.Sub(release.Tail); d.Abs() > 2*time.Millisecond {
				t.Fatalf("leg %d: the stay begins %v after the tail is in", i, d)
			}
			if i+1 == len(p.Legs) {
				if asked.Until.IsZero() && s.Until.Sub(s.From) != asked.Duration {
					t.Fatalf("leg %d: the last stay is %+v, asked for %v", i, s, asked.Duration)
				}
				continue
			}
			next := p.Legs[i+1]
			if !s.Until.Equal(next.Earliest) {
				t.Fatalf("leg %d: the stay ends at %v, the next leg leaves at %v", i, s.Until, next.Earliest)
			}
			// It is as long as asked for, unless the next leg must leave before.
			over := s.From.Add(asked.Duration)
			if asked.Until.After(over) {
				over = asked.Until
			}
			if next.Earliest.Before(over.Add(-2*time.Millisecond)) && !strings.Contains(strings.Join(p.Warnings, "\n"), "but is likely to be free at") {
				t.Fatalf("leg %d: the stay is over at %v, the next leg leaves at %v: %q", i, over, next.Earliest, p.Warnings)
			}
			ends := s.Until
			if !asked.Until.IsZero() {
				ends = asked.Until
			}
			if late := r.Late - r.Duration; math.Abs(ends.Sub(s.From.Add(asked.Duration)).Seconds()-late-s.Slack) > 0.01 {
				t.Fatalf("leg %d: slack %g s of a stay %+v that may begin %g s late", i, s.Slack, s, late)
			}
		}
	})
	t.Logf("%d movements, %d refused", chains, refused)
	if !testing.Short() && (chains < 10 || refused < 3) {
		t.Error("the movements are too poor to prove anything")
	}
}
