package plan

import (
	"context"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// finding is one on the main road of the town, in force for five days from the
// start on.
func finding(kind hazard.Kind, lon float64) hazard.Finding {
	f := hazard.Finding{Kind: kind, Rating: 3, Lat: 40, Lon: lon, Surveyor: "S1", Date: hazard.DayOf(start) - 5, Expiry: hazard.DayOf(start) + 5}
	f.SetID()
	return f
}

// with puts findings on the map as they are when the plan is made, at the start.
func with(t *testing.T, m *network.Map, f ...hazard.Finding) func(*Input) {
	t.Helper()
	placed, refused := hazard.Snap(m, f, start)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return func(in *Input) { in.Findings = placed }
}

// TestAnAlternateMayLeaveTheStartTheOtherWay has a ring of four junctions with
// start and destination in the middle of opposite sides: the way by the west takes
// 1.14 times the one by the east and shares no ground with it, though both begin
// and end on the same two chains.
func TestAnAlternateMayLeaveTheStartTheOtherWay(t *testing.T) {
	b := &osmtest.Builder{}
	b.Node(1, 40, 10).Node(2, 40, 10.0117).Node(3, 40.018, 10.0117).Node(4, 40.018, 10)
	for i, spur := range [][2]float64{{39.999, 9.999}, {39.999, 10.0127}, {40.019, 10.0127}, {40.019, 9.999}} {
		b.Node(int64(11+i), spur[0], spur[1])
		b.Way(int64(111+i), []int64{int64(1 + i), int64(11 + i)}, "highway", "primary")
		b.Way(int64(101+i), []int64{int64(1 + i), int64(1 + (i+1)%4)}, "highway", "primary")
	}
	mv := lorry(3)
	mv.Legs[0].From, mv.Legs[0].To = spot(40, 10.007), spot(40.018, 10.007)
	p, err := makePlan(t, build(t, b), mv, func(in *Input) { in.Exchange = -1 })
	if err != nil {
		t.Fatal(err)
	}
	leg := p.Legs[0]
	if leg.Alternates.Found != 1 || len(leg.Routes) != 2 {
		t.Fatalf("alternates: %+v", leg.Alternates)
	}
	if r := leg.Routes[1]; r.Shared != 0 || r.Detour < 1.1 || r.Detour > 1.2 {
		t.Errorf("the alternate shares %g and takes %g times the fastest", r.Shared, r.Detour)
	}
}

// TestAFindingCountsAsWhenTheColumnIsOnTheRoad moves a movement beyond the last
// day of a finding that is in force when the plan is made.
func TestAFindingCountsAsWhenTheColumnIsOnTheRoad(t *testing.T) {
	m := build(t, town())
	good := finding(hazard.Kind(network.Bridge), 10.02)
	good.Rating = 0
	good.SetID()
	shut := finding(hazard.Closed, 10.022)
	later := lorry(4)
	later.Legs[0].Window.Earliest = start.Add(10 * 24 * time.Hour)
	later.Legs[0].Window.Latest = later.Legs[0].Window.Earliest.Add(time.Hour)

	bare, err := makePlan(t, m, later, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := makePlan(t, m, later, with(t, m, good, shut))
	if err != nil {
		t.Fatalf("a closure that expires before the movement closes the road: %v", err)
	}
	if p.Legs[0].Routes[0].Lambda < bare.Legs[0].Routes[0].Lambda {
		t.Errorf("a finding that expires before the movement vouches for it: Λ %g, without it %g", p.Legs[0].Routes[0].Lambda, bare.Legs[0].Routes[0].Lambda)
	}
	if all := strings.Join(p.Warnings, "\n"); !strings.Contains(all, "2 findings expire before the column is off the road") {
		t.Errorf("warnings: %s", all)
	}
	if _, err := makePlan(t, m, lorry(4), with(t, m, shut)); outrider.KindOf(err) != outrider.NoRoute {
		t.Errorf("while it is in force: %v", err)
	}
}

// TestAClosureCountsThatOnlyADetourMeets has one road closed, and another, on all
// ways left, from a moment on that only those who must go round can meet.
func TestAClosureCountsThatOnlyADetourMeets(t *testing.T) {
	m := build(t, town())
	mv := lorry(3)
	mv.Constraints.MaxDetour = 3
	seconds := func(change func(*Input)) float64 {
		p, err := makePlan(t, m, mv, change)
		if err != nil {
			t.Fatal(err)
		}
		return p.Legs[0].Routes[0].Duration
	}
	shut := finding(hazard.Closed, 10.02)
	direct, round := seconds(func(in *Input) { in.Exchange = -1 }), seconds(with(t, m, shut))
	if round <= direct {
		t.Fatalf("%g s round, %g s direct", round, direct)
	}
	event := finding(hazard.ClosedByEvent, 10.03)
	event.From = mv.Legs[0].Window.Latest.Add(time.Duration(3 * (direct + round) / 2 * float64(time.Second)))
	event.To = event.From.Add(time.Hour)
	if _, err := makePlan(t, m, mv, with(t, m, event)); err != nil {
		t.Errorf("closed after the direct drive is over: %v", err)
	}
	if _, err := makePlan(t, m, mv, with(t, m, shut, event)); outrider.KindOf(err) != outrider.NoRoute {
		t.Errorf("closed while those who go round are on the road: %v", err)
	}
}

// TestHavenBoxHoldsWhatIsInReach has a drive so long from south-east to
// north-west that a metre is twice as much longitude at one end as at the other.
func TestHavenBoxHoldsWhatIsInReach(t *testing.T) {
	b := &osmtest.Builder{}
	b.Node(1, 40, 12).Node(2, 40.01, 12).Node(3, 69.99, 10).Node(4, 70, 10).Node(5, 40.01, 12.01).Node(6, 69.99, 10.01)
	b.Way(101, []int64{1, 2, 3, 4}, "highway", "primary")
	b.Way(102, []int64{2, 5}, "highway", "primary")
	b.Way(103, []int64{3, 6}, "highway", "primary")
	m := build(t, b)
	p := newPlanner(t, m)
	w := &legWork{planner: p}
	var d drive
	for c := range network.ChainID(m.NumChains()) {
		d.runs = append(d.runs, run{arc: c.Arc(false), to: m.Length[c]}, run{arc: c.Arc(true), from: m.Length[c]})
	}
	box := w.havenBox([]*itinerary{{drive: &d}})
	far := p.column.MarchKMH / 3.6 * havenReach / 1000
	for _, r := range d.runs {
		q := m.PointAt(r.arc.Chain(), r.to)
		for bearing := range 360 {
			if x := geo.Offset(q, float64(bearing), far*0.999); !box.Contains(x) {
				t.Fatalf("%v, %.0f m from the road at %v, is not in the box %v", x, far, q, box)
			}
		}
	}
}

// TestADriveOfNoLengthHasNoChokepoints: who stands at the destination can as well
// face the other way.
func TestADriveOfNoLengthHasNoChokepoints(t *testing.T) {
	m := build(t, town())
	p := newPlanner(t, m)
	loc, err := m.Snap(geo.PointFromDegrees(40, 10.0065), nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	stops := []stop{{loc: loc, halt: -1}, {loc: loc, halt: -1}}
	l := timeLane(m.Passage(p.van, p.passageOptions([]network.ChainID{loc.Chain}, nil)))
	d, ok := p.through(l, stops, nil, unbarred)
	if !ok || d.cost != 0 {
		t.Fatalf("%+v %v", d, ok)
	}
	if got := p.newChokeSearch(l, stops, d, 0).within(context.Background(), 0, nil); len(got) > 0 {
		t.Errorf("chokepoints %v", got)
	}
}

// TestAnInterruptedSearchForReasonsIsNoReason stops planning while it looks for
// what stands in the way.
func TestAnInterruptedSearchForReasonsIsNoReason(t *testing.T) {
	m := build(t, town())
	w := &legWork{planner: newPlanner(t, m), name: "leg 1"}
	for _, lon := range []float64{10.001, 10.038} {
		loc, err := m.Snap(geo.PointFromDegrees(40, lon), nil, 50)
		if err != nil {
			t.Fatal(err)
		}
		w.stops = append(w.stops, stop{loc: loc, halt: -1})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.whyNoRoute(ctx, w, nil, nil); outrider.KindOf(err) != outrider.Interrupted {
		t.Errorf("stopped while it looks for the reason: %v", err)
	}
}

func TestDataOfUnknownDateIsStale(t *testing.T) {
	m := build(t, town())
	m.Meta.DataDate = 0
	p, err := makePlan(t, m, lorry(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(p.Warnings, "\n"); !p.Inputs.Stale || !strings.Contains(all, "STALE") || strings.Contains(all, "1970") {
		t.Errorf("stale %v, warnings: %s", p.Inputs.Stale, all)
	}
}
