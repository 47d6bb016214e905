package plan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// What comes from outside may name a place that the map does not have: it is
// refused, and what was known before stays.
func TestRouterRefusesWhatIsOffTheMap(t *testing.T) {
	m := build(t, town())
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(16, 6)).IntN)
	past := network.ChainID(m.NumChains())
	for _, at := range []network.Location{{Chain: past}, {Chain: network.None}, {Chain: 0, At: m.Length[0] + 1}} {
		f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Expiry: hazard.DayOf(start)}, Location: at}
		if err := d.r.AddFinding(f); outrider.KindOf(err) != outrider.Invalid || !strings.Contains(err.Error(), `finding "f"`) {
			t.Errorf("a finding at %+v: %v", at, err)
		}
		if found, err := d.r.DropFinding("f"); found || err != nil {
			t.Errorf("the refused finding at %+v was kept: %v", at, err)
		}
		in := Input{Map: m, Movement: lorry(3), Findings: []hazard.Placed{f}, Now: start}
		if _, err := NewRouter(context.Background(), in, start, start); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("a router with a finding at %+v: %v", at, err)
		}
		if err := d.r.Serve(Place{Location: at}); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("served %+v: %v", at, err)
		}
		here := d.place().Location
		for _, ends := range [][2]network.Location{{at, here}, {here, at}} {
			if took, ok := d.q.Time(ends[0], ends[1]); ok {
				t.Errorf("from %+v to %+v takes %d ms", ends[0], ends[1], took)
			}
			if arcs := d.q.Corridor(ends[0], ends[1], 1e6, nil); len(arcs) > 0 {
				t.Errorf("from %+v to %+v there is a corridor", ends[0], ends[1])
			}
		}
		if _, _, ok := d.q.Haven(at, network.Hospital, nil); ok {
			t.Errorf("a haven from %+v", at)
		}
	}
	if _, _, ok := d.q.Haven(d.place().Location, network.HavenKinds, nil); ok {
		t.Error("a haven of no kind")
	}
	if err := d.r.Close("x", network.Stretch{Chain: 0, Heading: 9}); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("a closure in no direction: %v", err)
	}
}

// Findings are told apart by their ids, so two of one id are no list of findings.
// And time does not run backwards.
func TestRouterRefusesWhatContradictsItself(t *testing.T) {
	m := build(t, town())
	f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Expiry: hazard.DayOf(start)}}
	in := Input{Map: m, Movement: lorry(3), Findings: []hazard.Placed{f, f}, Now: start}
	if _, err := NewRouter(context.Background(), in, start, start); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("two findings of one id: %v", err)
	}
	in.Findings = nil
	if _, err := NewRouter(context.Background(), in, start, start.Add(-time.Minute)); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("until before the start: %v", err)
	}
}

// A closure that begins later, or is over sooner, says when; and one of a whole
// quarter does not name hundreds of streets.
func TestRouterTellsClosuresShortly(t *testing.T) {
	b := town()
	for i := range int64(12) {
		b.Node(200+i, 40.001, 10.001+0.001*float64(i)).Way(200+i, []int64{1, 200 + i}, "highway", "residential", "name", fmt.Sprintf("Street %d", i))
	}
	m := build(t, b)
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(18, 8)).IntN)
	f := hazard.Placed{Finding: hazard.Finding{
		ID: "f", Kind: hazard.ClosedByEvent, Rating: 4, Surveyor: "SCOUT 1", Date: hazard.DayOf(start), Expiry: hazard.DayOf(start),
		From: start.Add(time.Hour), To: start.Add(3 * time.Hour),
	}, Location: d.place().Location}
	if err := d.r.AddFinding(f); err != nil {
		t.Fatal(err)
	}
	from, to := f.Finding.From.Format("2006-01-02 15:04"), f.Finding.To.Format("2006-01-02 15:04 MST")
	if got := strings.Join(d.r.Closures(), "\n"); !strings.Contains(got, ", from "+from+" to "+to+": ") {
		t.Errorf("the closure of an event is told as\n%s", got)
	}
	if _, err := d.r.DropFinding("f"); err != nil {
		t.Fatal(err)
	}
	n, err := d.r.CloseAround("the town", m.NodePoint[0], 50_000)
	if err != nil {
		t.Fatal(err)
	}
	roads := map[string]bool{}
	for _, s := range d.r.closed["the town"] {
		roads[m.Describe(s.Chain, s.From)] = true
	}
	if len(roads) <= mostRoadsNamed {
		t.Fatalf("only %d roads on %d stretches: too few to prove anything", len(roads), n)
	}
	got := strings.Join(d.r.Closures(), "\n")
	if want := fmt.Sprintf(" and %d more roads (", len(roads)-mostRoadsNamed); strings.Count(got, ",") != mostRoadsNamed || !strings.Contains(got, want) {
		t.Errorf("the town is told as\n%s\nwant %q in it", got, want)
	}
}

// A closure of an event counts if it holds at some time from the start of the
// drives until the last is over; a finding that has lapsed, or says that all is
// well, closes nothing.
func TestRouterHeedsTheHoursOfClosures(t *testing.T) {
	m := build(t, town())
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(19, 9)).IntN) // drives from start until two hours later
	from, to, between := *spot(40, 10.002).Point, *spot(40, 10.03).Point, *spot(40, 10.01).Point
	ends := [2]network.Location{}
	for i, q := range []geo.Point{from, to} {
		x, err := d.r.Place(outrider.Endpoint{Point: &q})
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = x.Location
	}
	at, err := m.Snap(between, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := d.q.Time(ends[0], ends[1]); !ok {
		t.Fatal("no way although nothing is closed")
	}
	until := start.Add(2 * time.Hour)
	for _, x := range []struct {
		what     string
		from, to time.Time
		rating   uint8
		expiry   hazard.Day
		shut     bool
	}{
		{"all along", start.Add(-time.Hour), until.Add(time.Hour), 4, hazard.DayOf(start), true},
		{"over before", start.Add(-time.Hour), start.Add(-time.Minute), 4, hazard.DayOf(start), false},
		{"over as drives begin", start.Add(-time.Hour), start, 4, hazard.DayOf(start), false},
		{"over just after", start.Add(-time.Hour), start.Add(time.Second), 4, hazard.DayOf(start), true},
		{"from the middle", start.Add(time.Hour), until, 4, hazard.DayOf(start), true},
		{"from the end", until, until.Add(time.Hour), 4, hazard.DayOf(start), true},
		{"after the end", until.Add(time.Second), until.Add(time.Hour), 4, hazard.DayOf(start), false},
		{"of no hours", time.Time{}, time.Time{}, 4, hazard.DayOf(start), true},
		{"of no hours, lapsed", time.Time{}, time.Time{}, 4, hazard.DayOf(start) - 1, false},
		{"rated open", time.Time{}, time.Time{}, 0, hazard.DayOf(start), false},
	} {
		f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: x.rating, Expiry: x.expiry, From: x.from, To: x.to}, Location: at}
		if err := d.r.AddFinding(f); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.q.Time(ends[0], ends[1]); ok == x.shut {
			t.Errorf("%s: there is a way: %v", x.what, ok)
		}
	}
	// Two reasons: opening one leaves the other in force, and what was never closed
	// cannot be opened.
	if err := d.r.Close("works", network.Stretch{Chain: at.Chain, From: at.At, To: at.At}); err != nil {
		t.Fatal(err)
	}
	f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Expiry: hazard.DayOf(start)}, Location: at}
	if err := d.r.AddFinding(f); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		what string
		undo func() (bool, error)
		done bool
		open bool
	}{
		{"another name", func() (bool, error) { return d.r.Open("work") }, false, false},
		{"the name", func() (bool, error) { return d.r.Open("works") }, true, false},
		{"the name again", func() (bool, error) { return d.r.Open("works") }, false, false},
		{"the finding", func() (bool, error) { return d.r.DropFinding("f") }, true, true},
	} {
		done, err := x.undo()
		if err != nil || done != x.done {
			t.Errorf("%s: undone %v, %v", x.what, done, err)
		}
		if _, ok := d.q.Time(ends[0], ends[1]); ok != x.open {
			t.Errorf("%s: there is a way: %v", x.what, ok)
		}
	}
}

// A gate for those with business behind it opens to who is served there, and shuts
// again for the next.
func TestRouterOpensGatesToThoseItServes(t *testing.T) {
	b := town()
	b.Node(20, 40.002, 10.001, "barrier", "gate", "access", "destination").Node(21, 40.004, 10.001)
	b.Way(110, []int64{1, 20}, "highway", "service", "access", "destination")
	b.Way(111, []int64{20, 21}, "highway", "service", "access", "destination")
	b.Node(22, 40.004, 10.04, "barrier", "gate", "access", "destination").Node(23, 40.006, 10.04)
	b.Way(112, []int64{4, 22}, "highway", "service", "access", "destination")
	b.Way(113, []int64{22, 23}, "highway", "service", "access", "destination")
	m := build(t, b)
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(20, 9)).IntN)
	place := func(lat, lon float64) Place {
		x, err := d.r.Place(spot(lat, lon))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	street, yard, other := place(40, 10.005), place(40.0035, 10.001), place(40, 10.03)
	depot := place(40.0055, 10.04)
	if a, b := m.Component[yard.Location.Chain], m.Component[depot.Location.Chain]; a == network.None || b == network.None || a == b {
		t.Fatalf("the yard lies in part %d, the depot in %d", a, b)
	}
	for i, x := range []struct {
		serve []Place
		open  bool
	}{
		{nil, false},
		{[]Place{street, yard}, true},
		{[]Place{street, other}, false},
		{[]Place{yard}, true},
		{[]Place{depot}, false},
		{[]Place{yard, depot}, true},
		{[]Place{depot, yard}, true},
		{nil, false},
	} {
		if err := d.r.Serve(x.serve...); err != nil {
			t.Fatal(err)
		}
		for _, ends := range [][2]Place{{street, yard}, {yard, street}} {
			if _, ok := d.q.Time(ends[0].Location, ends[1].Location); ok != x.open {
				t.Errorf("case %d: there is a way: %v", i, ok)
			}
		}
	}
}

// A place is found where it is, whatever the findings that the router was made
// with close.
func TestRouterPlacesAreFoundOnClosedRoads(t *testing.T) {
	m := build(t, town())
	here := spot(40, 10.008)
	at, err := m.Snap(*here.Point, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Expiry: hazard.DayOf(start)}, Location: at}
	r, err := NewRouter(context.Background(), Input{Map: m, Movement: lorry(3), Findings: []hazard.Placed{f}, Now: start}, start, start)
	if err != nil {
		t.Fatal(err)
	}
	q := r.NewQuery()
	there, err := r.Place(spot(40, 10.03))
	if err != nil {
		t.Fatal(err)
	}
	from, err := r.Place(spot(40, 10.002))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := q.Time(from.Location, there.Location); ok {
		t.Error("a way past what a finding closes that the router was made with")
	}
	if err := r.Close("all of it", network.Stretch{Chain: at.Chain, To: m.Length[at.Chain]}); err != nil {
		t.Fatal(err)
	}
	if x, err := r.Place(here); err != nil || x.Location.Chain != at.Chain || x.Location.At != at.At {
		t.Errorf("found at %+v, %v; want %+v", x.Location, err, at)
	}
}

// Of havens only those count that are said to be verified, also on the road that
// one asks from.
func TestRouterCountsVerifiedHavens(t *testing.T) {
	b := town()
	b.Node(30, 40.0002, 10.006, "amenity", "hospital", "name", "Near").Node(31, 40.0002, 10.035, "amenity", "hospital", "name", "Far")
	m := build(t, b)
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(21, 9)).IntN)
	number := map[string]int{}
	for i := range m.Havens {
		number[m.Text(m.Havens[i].Name)] = i
	}
	near, far := number["Near"], number["Far"]
	for _, x := range []struct {
		what     string
		lon      float64
		verified map[int]hazard.Finding
		want     int
		ok       bool
	}{
		{"any, on its road", 10.004, nil, near, true},
		{"the far one, from the road of the near one", 10.004, map[int]hazard.Finding{far: {}}, far, true},
		{"any, from between", 10.02, nil, near, true},
		{"the far one, from between", 10.0135, map[int]hazard.Finding{far: {}}, far, true},
		{"none", 10.004, map[int]hazard.Finding{}, 0, false},
	} {
		from, err := d.r.Place(spot(40, x.lon))
		if err != nil {
			t.Fatal(err)
		}
		got, took, ok := d.q.Haven(from.Location, network.Hospital, x.verified)
		if ok != x.ok || ok && got != x.want {
			t.Errorf("%s: haven %d after %d ms, %v; want %d, %v", x.what, got, took, ok, x.want, x.ok)
		}
		if ok {
			h := &m.Havens[got]
			if want, _ := d.q.Time(from.Location, network.Location{Chain: h.AccessChain, At: h.AccessAt}); want != took {
				t.Errorf("%s: after %d ms, the drive there takes %d", x.what, took, want)
			}
		}
	}
}

// The time through stops that chokepoints are judged by is that of the drive
// through them, also where stops follow each other on one road, and by the
// hierarchy as by searches.
func TestRouterAsksThroughStopsAsItDrives(t *testing.T) {
	for _, b := range []*osmtest.Builder{town(), valley()} {
		m := build(t, b)
		random := rand.New(rand.NewPCG(22, 9))
		d := newDesk(t, m, nil, nil, random.IntN)
		p, l := d.fresh()
		same, found := 0, 0
		for range 300 {
			var stops []stop
			for range 2 + random.IntN(4) {
				x := d.place().Location
				if n := len(stops); n > 0 && random.IntN(2) == 0 {
					x = network.Location{Chain: stops[n-1].loc.Chain}
					x.At = network.Millimetres(random.IntN(int(m.Length[x.Chain]) + 1))
					same++
				}
				stops = append(stops, stop{loc: x, halt: -1})
			}
			want := uint64(search.Unreachable)
			if drive, ok := p.through(l, stops, nil, unbarred); ok {
				want = uint64(drive.cost)
				found++
			}
			p.quick.lane = nil
			searched := p.leastThrough(l, stops, unbarred)
			if err := p.hasten(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			if asked := p.leastThrough(l, stops, unbarred); asked != want || searched != want {
				t.Fatalf("%d ms asked, %d ms searched, the drive takes %d ms", asked, searched, want)
			}
		}
		if same == 0 || found < 100 {
			t.Errorf("%d stops on the road of the one before, %d drives: too few to prove anything", same, found)
		}
	}
}
