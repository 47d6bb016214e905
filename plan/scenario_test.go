package plan

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"pgregory.net/rapid"
)

// town is a main road from west to east, A – B – C – D about 1.1 km apart, with
// a bridge of limited height between B and C and a longer way round it by the
// north; E is across a ferry, F is cut off.
//
//	        N1 ———————— N2
//	        |            |
//	A ————— B ==bridge== C ————— D ~~ferry~~ E       F1—F2
func town() *osmtest.Builder {
	b := &osmtest.Builder{}
	b.Node(1, 40, 10).Node(2, 40, 10.013).Node(3, 40, 10.026).Node(4, 40, 10.039)
	b.Node(5, 40.004, 10.013).Node(6, 40.004, 10.026)
	b.Node(7, 40, 10.06)
	b.Node(8, 40.05, 10.05).Node(9, 40.05, 10.06)
	b.Node(11, 40.0, 10.017, "highway", "traffic_signals")
	b.Way(100, []int64{1, 2}, "highway", "primary", "name", "West Road")
	b.Way(101, []int64{2, 11, 3}, "highway", "primary", "name", "Main Street", "bridge", "yes", "maxheight", "4.1")
	b.Way(102, []int64{3, 4}, "highway", "primary", "name", "East Road")
	b.Way(103, []int64{2, 5, 6, 3}, "highway", "tertiary", "name", "North Lane", "maxheight", "3.8")
	b.Way(104, []int64{4, 7}, "route", "ferry", "motor_vehicle", "yes", "duration", "00:10")
	b.Way(105, []int64{8, 9}, "highway", "residential", "name", "Far Away")
	return b
}

func spot(lat, lon float64) outrider.Endpoint {
	q := geo.PointFromDegrees(lat, lon)
	return outrider.Endpoint{Point: &q}
}

func lorry(height float64) *outrider.Movement {
	return &outrider.Movement{
		Name: "m", Cover: "HERON", Zone: time.UTC,
		Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{
			{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2},
			{CallSign: "A2", Class: outrider.ClassTruck, Length: 10, Width: 2.5, Height: height, Mass: 10},
		}, Gap: outrider.Gap{Metres: 45}, MarchKMH: 54, CatchUpKMH: 60},
		Legs:        []outrider.Leg{{From: spot(40.0003, 10.001), To: spot(40.0003, 10.038), Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}}},
		Constraints: outrider.Constraints{Alternates: 1},
	}
}

func makePlan(t *testing.T, m *network.Map, mv *outrider.Movement, change func(*Input)) (*outrider.Plan, error) {
	t.Helper()
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Map: m, Movement: mv, Profile: profile, Now: start}
	if change != nil {
		change(&in)
	}
	p, err := Make(context.Background(), in)
	if err == nil {
		if err := sound(p, mv); err != nil {
			t.Fatal(err)
		}
	}
	return p, err
}

func TestErrorsNameWhatIsInTheWay(t *testing.T) {
	m := build(t, town())
	avoid := func(weight float64) []outrider.AvoidArea {
		c := spot(40, 10.0065)
		return []outrider.AvoidArea{{Name: "MARSH", Centre: &c, Radius: 200, Weight: weight}}
	}
	cases := map[string]struct {
		change func(*outrider.Movement)
		kind   outrider.Kind
		says   []string
	}{
		"too high": {
			func(mv *outrider.Movement) { mv.Convoy.Vehicles[1].Height = 4.5 }, outrider.NoRoute,
			[]string{"height 4.5 m is over the limit on every way", "with 4.1 m there is one"},
		},
		"hard area": {
			func(mv *outrider.Movement) { mv.Constraints.Avoid = avoid(0) }, outrider.NoRoute,
			[]string{"avoid area MARSH closes every way"},
		},
		"start in hard area": {func(mv *outrider.Movement) {
			mv.Constraints.Avoid = avoid(0)
			mv.Legs[0].From = spot(40, 10.0065)
		}, outrider.Invalid, []string{"lies in the avoid area MARSH", "contradict"}},
		"must pass in hard area": {func(mv *outrider.Movement) {
			mv.Constraints.Avoid = avoid(0)
			mv.Constraints.MustPass = []outrider.Endpoint{spot(40, 10.0065)}
		}, outrider.Invalid, []string{"must pass 1", "MARSH"}},
		"ferry": {func(mv *outrider.Movement) {
			mv.Convoy.Vehicles = mv.Convoy.Vehicles[:1]
			mv.Constraints.NoFerry = true
			mv.Legs[0].Via = []outrider.Endpoint{spot(40.05, 10.055)}
		}, outrider.NoRoute, []string{"Far Away", "does not lead"}},
		"off the network": {
			func(mv *outrider.Movement) { mv.Legs[0].To = spot(40.02, 10.02) }, outrider.OffNetwork,
			[]string{"destination", " m"},
		},
		"name nowhere":     {func(mv *outrider.Movement) { mv.Legs[0].To = outrider.Endpoint{Text: "Nowhere"} }, outrider.Invalid, []string{"Nowhere"}},
		"no place":         {func(mv *outrider.Movement) { mv.Legs[0].To = outrider.Endpoint{} }, outrider.Invalid, []string{"no place"}},
		"window backwards": {func(mv *outrider.Movement) { mv.Legs[0].Window.Latest = start.Add(-time.Hour) }, outrider.Invalid, []string{"before the earliest"}},
		"no legs":          {func(mv *outrider.Movement) { mv.Legs = nil }, outrider.Invalid, []string{"no legs"}},
		"no vehicles":      {func(mv *outrider.Movement) { mv.Convoy.Vehicles = nil }, outrider.Invalid, []string{"no vehicles"}},
		"no speed":         {func(mv *outrider.Movement) { mv.Convoy.MarchKMH = math.NaN() }, outrider.Invalid, []string{"march speed"}},
		"odd class":        {func(mv *outrider.Movement) { mv.Convoy.Vehicles[0].Class = "tank" }, outrider.Invalid, []string{"tank"}},
		"detour below one": {func(mv *outrider.Movement) { mv.Constraints.MaxDetour = 0.5 }, outrider.Invalid, []string{"detour"}},
		"areas overlap": {func(mv *outrider.Movement) {
			mv.Secured = []outrider.SecuredArea{{Name: "X", Centre: spot(40, 10), Radius: 300}, {Name: "Y", Centre: spot(40, 10.003), Radius: 300}}
		}, outrider.Invalid, []string{"overlaps the secured area X"}},
		"leg before not over": {func(mv *outrider.Movement) {
			back := outrider.Leg{Name: "BACK", From: mv.Legs[0].To, To: mv.Legs[0].From, Window: outrider.Window{Earliest: start, Latest: start.Add(time.Minute)}}
			mv.Legs = append(mv.Legs, back)
		}, outrider.Invalid, []string{`leg "BACK"`, "the head must leave by 2026-11-23 09:01:00, but ends the leg before at 2026-11-23 09:0", "contradict"}},
		"area round the earth": {func(mv *outrider.Movement) {
			mv.Constraints.Avoid = []outrider.AvoidArea{{Name: "DATELINE", Polygon: []geo.Point{
				geo.PointFromDegrees(39, 179), geo.PointFromDegrees(41, 179), geo.PointFromDegrees(41, -179), geo.PointFromDegrees(39, -179),
			}}}
		}, outrider.Invalid, []string{"DATELINE", "longitude 180"}},
		"area without extent": {func(mv *outrider.Movement) { mv.Constraints.Avoid = []outrider.AvoidArea{{Name: "Z"}} }, outrider.Invalid, []string{"no extent"}},
	}
	for name, c := range cases {
		mv := lorry(3)
		c.change(mv)
		_, err := makePlan(t, m, mv, nil)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if k := outrider.KindOf(err); k != c.kind {
			t.Errorf("%s: kind %d, want %d: %v", name, k, c.kind, err)
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", name, err, s)
			}
		}
	}
}

func TestWeightsAndLimitsChangeTheRoute(t *testing.T) {
	m := build(t, town())
	roads := func(p *outrider.Plan) string {
		var s []string
		for _, x := range p.Legs[0].Routes[0].Steps {
			s = append(s, x.Road)
		}
		return strings.Join(s, ", ")
	}
	mv := lorry(3)
	mv.Constraints.MaxDetour = 2
	p, err := makePlan(t, m, mv, func(in *Input) { in.Exchange = -1 })
	if err != nil {
		t.Fatal(err)
	}
	if got := roads(p); got != "West Road, Main Street, East Road" {
		t.Errorf("the fastest is %s", got)
	}
	// Both ways are there: the bridge is no chokepoint of the leg, West Road is.
	for _, s := range p.Legs[0].Shared {
		if s.Road == "Main Street" {
			t.Errorf("the bridge is said to be on every route: %+v", s)
		}
	}
	if n := len(p.Legs[0].Shared); n != 2 {
		t.Errorf("%d stretches on every route, want West Road and East Road: %+v", n, p.Legs[0].Shared)
	}
	c := spot(40, 10.02)
	mv.Constraints.Avoid = []outrider.AvoidArea{{Name: "B", Centre: &c, Radius: 100, Weight: 50}}
	if p, err = makePlan(t, m, mv, nil); err != nil {
		t.Fatal(err)
	}
	if got := roads(p); got != "West Road, North Lane, East Road" {
		t.Errorf("around a weighted area: %s", got)
	}
	if len(p.Areas) != 1 || p.Areas[0].Weight != 50 {
		t.Errorf("areas of the plan: %+v", p.Areas)
	}
	// Too high for the lane, so the bridge is all there is.
	if p, err = makePlan(t, m, lorry(4), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(p.Legs[0].Shared); n != 1 || p.Legs[0].Shared[0].From != 0 || math.Abs(p.Legs[0].Shared[0].To-p.Legs[0].Routes[0].Length) > 0.1 {
		t.Errorf("the only way is not a chokepoint from end to end: %+v", p.Legs[0].Shared)
	}
	if a := p.Legs[0].Alternates; a.Found != 0 || a.Reason == "" {
		t.Errorf("alternates: %+v", a)
	}
}

func TestHazardsAreListedOnce(t *testing.T) {
	m := build(t, town())
	p, err := makePlan(t, m, lorry(4), nil)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, h := range p.Legs[0].Routes[0].Hazards {
		count[h.Kind]++
		if h.Kind == "bridge" && math.Abs(h.To-h.From-1108) > 5 {
			t.Errorf("the bridge has %g m", h.To-h.From)
		}
	}
	for _, k := range []string{"bridge", "low_clearance", "traffic_signals", "chokepoint"} {
		if count[k] != 1 {
			t.Errorf("%d of kind %s in %+v", count[k], k, p.Legs[0].Routes[0].Hazards)
		}
	}
}

func TestFindingsShowAndClose(t *testing.T) {
	m := build(t, town())
	with := func(f ...hazard.Finding) func(*Input) { return with(t, m, f...) }
	p, err := makePlan(t, m, lorry(4), with(finding(hazard.Overlook, 10.0055)))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, h := range p.Legs[0].Routes[0].Hazards {
		found = found || h.Kind == "overlook" && strings.Contains(h.Evidence, "S1") && h.Finding != ""
	}
	if !found || p.Inputs.Findings != 1 {
		t.Errorf("the finding is not among the hazards: %+v", p.Legs[0].Routes[0].Hazards)
	}
	// Closed in force: the other way; closed with no other way: an error.
	shut := finding(hazard.Closed, 10.02)
	mv := lorry(3)
	mv.Constraints.MaxDetour = 3
	if p, err = makePlan(t, m, mv, with(shut)); err != nil {
		t.Fatal(err)
	}
	if got := p.Legs[0].Routes[0].Steps[1].Road; got != "North Lane" {
		t.Errorf("around a closure: %s", got)
	}
	if _, err = makePlan(t, m, lorry(4), with(shut)); err == nil || !strings.Contains(err.Error(), "findings close every way") {
		t.Errorf("all ways closed: %v", err)
	}
	// By an event that is over before the head leaves.
	event := finding(hazard.ClosedByEvent, 10.02)
	event.From, event.To = start.Add(-3*time.Hour), start.Add(-time.Hour)
	if _, err = makePlan(t, m, lorry(4), with(event)); err != nil {
		t.Errorf("an event that is over closes the road: %v", err)
	}
	event.To = start.Add(time.Minute)
	if _, err = makePlan(t, m, lorry(4), with(event)); outrider.KindOf(err) != outrider.NoRoute {
		t.Errorf("an event going on does not close the road: %v", err)
	}
}

func TestMarchTableHalts(t *testing.T) {
	m := build(t, town())
	mv := lorry(3)
	mv.Legs[0].Halts = []outrider.Halt{{At: spot(40, 10.032), Duration: 20 * time.Minute, Reason: "rest"}}
	p, err := makePlan(t, m, mv, nil)
	if err != nil {
		t.Fatal(err)
	}
	// 5 + 10 m of vehicles and 45 m between at 15 m/s.
	if p.Convoy.Length != 60 || p.Convoy.PassTime != 4 {
		t.Errorf("column of %g m, %g s", p.Convoy.Length, p.Convoy.PassTime)
	}
	r := p.Legs[0].Routes[0]
	var halt, release *outrider.MarchRow
	for i := range r.March {
		switch r.March[i].Kind {
		case kindHalt:
			halt = &r.March[i]
		case kindRelease:
			release = &r.March[i]
		}
	}
	if halt == nil || halt.HaltS != 1200 || r.Halts != 1200 {
		t.Fatalf("halt %+v", halt)
	}
	if gap := release.Head.Sub(halt.Head); gap < 20*time.Minute || gap > 22*time.Minute {
		t.Errorf("release %v after the halt", gap)
	}
}

// TestColumnClosedForm checks the time of passage against driving every vehicle.
func TestColumnClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := outrider.Convoy{MarchKMH: rapid.Float64Range(5, 120).Draw(t, "speed")}
		metres := rapid.Bool().Draw(t, "in metres")
		gap := rapid.Float64Range(0, 100).Draw(t, "gap")
		if metres {
			c.Gap.Metres = gap
		} else {
			c.Gap.Seconds = gap / 10
		}
		for range rapid.IntRange(1, 12).Draw(t, "vehicles") {
			c.Vehicles = append(c.Vehicles, outrider.Vehicle{Class: outrider.ClassCar, Length: rapid.Float64Range(2, 20).Draw(t, "length")})
		}
		col, _, err := column(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		v := c.MarchKMH / 3.6
		at := 0.0 // when the front of the vehicle passes the point
		var tail float64
		for _, x := range c.Vehicles {
			tail = at + x.Length/v
			at = tail
			if metres {
				at += gap / v
			} else {
				at += gap / 10
			}
		}
		if math.Abs(col.PassTime-tail) > 1e-9*(1+tail) || math.Abs(col.Length-tail*v) > 1e-9*(1+tail*v) {
			t.Fatalf("%g m in %g s; vehicle by vehicle %g s", col.Length, col.PassTime, tail)
		}
	})
}

// TestAreasEqualSampling compares the parts of segments inside areas with points
// tried along them.
func TestAreasEqualSampling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func() point {
			return geo.PointFromDegrees(rapid.Float64Range(40, 40.02).Draw(t, "lat"), rapid.Float64Range(10, 10.02).Draw(t, "lon"))
		}
		g := ground{centre: draw(), radius: rapid.Float64Range(10, 1500).Draw(t, "radius")}
		if rapid.Bool().Draw(t, "polygon") {
			for range rapid.IntRange(3, 6).Draw(t, "corners") {
				g.ring = append(g.ring, draw())
			}
		}
		a, b := draw(), draw()
		parts := g.inside(a, b)
		for i := range 200 {
			f := (float64(i) + 0.5) / 200
			in, near := false, false
			for _, x := range parts {
				in = in || x[0] <= f && f <= x[1]
				near = near || math.Abs(f-x[0]) < 1e-3 || math.Abs(f-x[1]) < 1e-3
			}
			q := geo.Interpolate(a, b, f)
			for k := range g.ring {
				// On the border, as where a road runs along it, either answer is right.
				_, away := geo.ProjectOnSegment(q, g.ring[k], g.ring[(k+1)%len(g.ring)])
				near = near || away < 0.1
			}
			if got := g.contains(q); got != in && !near {
				t.Fatalf("at %g of the segment: contains %v, parts %v", f, got, parts)
			}
		}
	})
}

func TestLongStretchesWithoutExit(t *testing.T) {
	// A straight road of 5 ways over 4.4 km between two junctions, with a dead
	// end in the middle that is no exit.
	b := &osmtest.Builder{}
	var refs []int64
	for i := range 6 {
		id := int64(10 + i)
		b.Node(id, 40, 10+0.01*float64(i))
		refs = append(refs, id)
	}
	b.Node(1, 40.01, 10).Node(2, 40.01, 10.05).Node(3, 39.99, 10).Node(4, 39.99, 10.05).Node(5, 40.002, 10.03)
	for i := range 5 {
		b.Way(int64(100+i), refs[i:i+2], "highway", "primary")
	}
	b.Way(110, []int64{13, 5}, "highway", "service")
	b.Way(111, []int64{1, 10, 3, 1}, "highway", "primary")
	b.Way(112, []int64{2, 15, 4, 2}, "highway", "primary")
	m := build(t, b)
	p := newPlanner(t, m)
	got := map[network.ArcID]float64{}
	for _, n := range p.longWithoutExit(timeLane(m.Passage(p.van, p.passageOptions(nil, nil)))) {
		got[n.arc] = n.length
	}
	long := 0
	for a := range network.ArcID(m.NumArcs()) {
		way := m.Intervals(a.Chain())[0].Way
		onRoad := way >= 100 && way < 105
		if length, ok := got[a]; ok && onRoad {
			long++
			if math.Abs(length-4270) > 30 {
				t.Errorf("arc %d: %g m", a, length)
			}
		} else if onRoad {
			t.Errorf("arc %d on way %d is not on a stretch without exit", a, way)
		}
	}
	if long < 4 {
		t.Errorf("%d arcs", long)
	}
}

func TestSurveyRowsNameEachPlaceOnce(t *testing.T) {
	m := build(t, town())
	p, err := makePlan(t, m, lorry(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := SurveyRows(p)
	seen := map[string]bool{}
	bridges := 0
	for _, r := range rows {
		key := r.Kind.String() + r.MapSays + r.Road
		if seen[key] {
			t.Errorf("twice: %+v", r)
		}
		seen[key] = true
		if r.Kind == hazard.Kind(network.Bridge) {
			bridges++
		}
		if r.Kind == hazard.Kind(network.TrafficSignals) {
			t.Errorf("signals are listed: %+v", r)
		}
	}
	if bridges != 1 {
		t.Errorf("%d bridges in %+v", bridges, rows)
	}
}

func TestSecuredAreasDoNotCount(t *testing.T) {
	m := build(t, town())
	open, err := makePlan(t, m, lorry(4), nil)
	if err != nil {
		t.Fatal(err)
	}
	mv := lorry(4)
	mv.Secured = []outrider.SecuredArea{{Name: "GATE", Centre: spot(40, 10.0195), Radius: 700}}
	held, err := makePlan(t, m, mv, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := open.Legs[0].Routes[0], held.Legs[0].Routes[0]
	if a.Duration != b.Duration || !(b.Lambda < a.Lambda) || !(b.MaxP < a.MaxP) {
		t.Errorf("open: %g s, Λ %g, p %g; held: %g s, Λ %g, p %g", a.Duration, a.Lambda, a.MaxP, b.Duration, b.Lambda, b.MaxP)
	}
}

func TestInterruptedAndIncomplete(t *testing.T) {
	m := build(t, town())
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Make(ctx, Input{Map: m, Movement: lorry(3), Profile: profile}); outrider.KindOf(err) != outrider.Interrupted {
		t.Errorf("stopped: %v", err)
	}
	if _, err := Make(context.Background(), Input{Map: m}); err == nil {
		t.Error("no movement, no error")
	}
}
