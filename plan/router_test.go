package plan

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// A deskTest keeps by itself what a router was told, and works every answer out
// afresh by plain searches.
type deskTest struct {
	r        *Router
	q        *RouterQuery
	closed   map[string][]network.Stretch
	findings map[string]hazard.Placed
	ends     []network.ChainID
	draw     func(n int) int // 0 to n-1

	seen deskSeen
}

// deskSeen counts what a run of the test met, so that it proves something.
type deskSeen struct{ answers, shut, private, corridors, havens int }

func (d *deskTest) place() Place {
	m := d.r.p.m
	c := network.ChainID(d.draw(m.NumChains()))
	at := network.Millimetres(d.draw(int(m.Length[c]) + 1))
	if d.draw(4) == 0 {
		at = []network.Millimetres{0, m.Length[c]}[d.draw(2)]
	}
	return Place{Location: network.Location{Chain: c, At: at, Point: m.PointAt(c, at)}}
}

// change tells the router of something, chosen at random; near, if not empty, are
// chains that answers are likely to depend on.
func (d *deskTest) change(near []network.ChainID) error {
	m := d.r.p.m
	stretch := func(point bool) network.Stretch {
		c := network.ChainID(d.draw(m.NumChains()))
		if len(near) > 0 && d.draw(4) > 0 {
			c = near[d.draw(len(near))]
		}
		from := network.Millimetres(d.draw(int(m.Length[c]) + 1))
		to := from + network.Millimetres(d.draw(int(m.Length[c]-from)+1))
		if d.draw(3) == 0 {
			from = 0
		}
		if point {
			to = from
		}
		return network.Stretch{Chain: c, From: from, To: to, Heading: network.Heading(d.draw(3))}
	}
	name := fmt.Sprint("road ", d.draw(4))
	id := fmt.Sprint("f", d.draw(5))
	switch d.draw(5) {
	case 0:
		s := []network.Stretch{stretch(false)}
		if d.draw(2) == 0 {
			s = append(s, stretch(true))
		}
		d.closed[name] = s
		return d.r.Close(name, s...)
	case 1:
		_, had := d.closed[name]
		delete(d.closed, name)
		found, err := d.r.Open(name)
		if found != had {
			return fmt.Errorf("opened %v, was closed %v", found, had)
		}
		return err
	case 2, 3:
		s := stretch(true)
		f := hazard.Placed{
			Finding:  hazard.Finding{ID: id, Kind: []hazard.Kind{hazard.Closed, hazard.Closed, hazard.ClosedByEvent, hazard.Flood}[d.draw(4)], Rating: uint8(d.draw(4)), Expiry: hazard.DayOf(start) + hazard.Day(d.draw(4)) - 1},
			Location: network.Location{Chain: s.Chain, At: s.From, Point: m.PointAt(s.Chain, s.From)},
		}
		if d.draw(3) == 0 { // of an event that may be over before the drives begin, or begin after them
			f.Finding.From = start.Add(time.Duration(d.draw(10)-5) * time.Hour)
			f.Finding.To = f.Finding.From.Add(3 * time.Hour)
		}
		d.findings[id] = f
		return d.r.AddFinding(f)
	default:
		_, had := d.findings[id]
		delete(d.findings, id)
		found, err := d.r.DropFinding(id)
		if found != had {
			return fmt.Errorf("dropped %v, was there %v", found, had)
		}
		return err
	}
}

// fresh works the roads out as they are now from nothing.
func (d *deskTest) fresh() (*planner, *lane) {
	p := *d.r.p
	var found []hazard.Placed
	for _, f := range d.findings {
		f.Lapsed = f.Lapsed || f.Finding.Lapsed(d.r.at)
		found = append(found, f)
	}
	shut := widened(p.m, hazard.Closures(found, d.r.at, d.r.until))
	for _, all := range d.closed {
		for _, s := range all {
			if s.From == s.To {
				shut = append(shut, widened(p.m, []network.Stretch{s})...)
			} else {
				shut = append(shut, s)
			}
		}
	}
	if len(shut) > 0 {
		d.seen.shut++
	}
	p.quick = quick{}
	p.engine = search.NewQuery(p.graph)
	return &p, p.drivingLane(p.m.Passage(p.van, p.passageOptions(d.ends, shut)), d.r.at)
}

// ask compares answers with those worked out afresh, and returns the chains of the
// drive found.
func (d *deskTest) ask(corridor bool) ([]network.ChainID, error) {
	from, to := d.place(), d.place()
	if d.draw(8) == 0 {
		to.Location.Chain = from.Location.Chain
		to.Location.At = network.Millimetres(d.draw(int(d.r.p.m.Length[from.Location.Chain]) + 1))
	}
	if err := d.r.Serve(from, to); err != nil {
		return nil, err
	}
	d.ends = []network.ChainID{from.Location.Chain, to.Location.Chain}
	p, l := d.fresh()
	if !slices.Equal(l.Arc, d.r.lane.Arc) || !slices.Equal(l.Turn, d.r.lane.Turn) {
		return nil, fmt.Errorf("weights differ from those worked out afresh")
	}
	took, arcs, ok := d.q.Route(from.Location, to.Location, nil)
	want, found := p.through(l, []stop{{loc: from.Location, halt: -1}, {loc: to.Location, halt: -1}}, nil, unbarred)
	d.seen.answers++
	if ok != found || ok && uint32(took) != want.cost {
		return nil, fmt.Errorf("a drive of %d ms, %v; want %+v, %v", took, ok, want, found)
	}
	if d.r.p.m.Component[from.Location.Chain] != network.None {
		d.seen.private++
	}
	var chains []network.ChainID
	if ok {
		way, told := d.q.Way(from.Location, to.Location)
		metres := 0.0
		for _, road := range way.Roads {
			metres += road.Metres
		}
		if !told || way.Time != took || len(way.Roads) == 0 || math.Abs(metres-way.Metres) > 1e-6 {
			return nil, fmt.Errorf("the way told is %+v", way)
		}
		if err := d.drives(l, from.Location, to.Location, arcs, took); err != nil {
			return nil, err
		}
		for _, a := range arcs {
			chains = append(chains, a.Chain())
		}
	}
	if err := d.nearest(p, l, from.Location); err != nil {
		return nil, err
	}
	if corridor && ok {
		return chains, d.corridor(p, l, from.Location, to.Location, took+took/5)
	}
	return chains, nil
}

// drives checks that arcs make a drive that takes so long.
func (d *deskTest) drives(l *lane, from, to network.Location, arcs []network.ArcID, took network.Millis) error {
	m := d.r.p.m
	if len(arcs) == 0 || arcs[0].Chain() != from.Chain || arcs[len(arcs)-1].Chain() != to.Chain {
		return fmt.Errorf("the drive goes over arcs %v from chain %d to %d", arcs, from.Chain, to.Chain)
	}
	total := uint64(0)
	for i, a := range arcs {
		x, y := begin(m, a), end(m, a)
		if i == 0 {
			x = from.At
		} else if m.ArcHead(arcs[i-1]) != m.ArcTail(a) {
			return fmt.Errorf("arc %d does not follow arc %d", a, arcs[i-1])
		} else if a == arcs[i-1].Reverse() {
			total += uint64(network.UTurnCost)
		}
		if i == len(arcs)-1 {
			y = to.At
		}
		total += uint64(l.part(a, x, y))
	}
	if total != uint64(took) {
		return fmt.Errorf("the arcs take %d ms, said are %d", total, took)
	}
	return nil
}

// nearest compares the nearest haven of each kind with drives to all of them.
func (d *deskTest) nearest(p *planner, l *lane, from network.Location) error {
	var t search.Tree
	p.engine.Forward(l.Metric, p.sources(l, from), search.Unreachable-1, &t)
	for k := range network.HavenKinds {
		least := uint32(search.Unreachable)
		for i := range p.m.Havens {
			if h := &p.m.Havens[i]; h.Kind == k && h.AccessChain != network.None {
				least = min(least, p.arrival(l, &t, from, network.Location{Chain: h.AccessChain, At: h.AccessAt}))
			}
		}
		haven, took, ok := d.q.Haven(from, k, nil)
		if ok != (least < search.Unreachable) || ok && (uint32(took) != least || p.m.Havens[haven].Kind != k) {
			return fmt.Errorf("haven %d of kind %s after %d ms, %v; want %d ms", haven, k, took, ok, least)
		}
		if !ok {
			continue
		}
		d.seen.havens++
		h := &p.m.Havens[haven]
		if way, _ := d.q.Time(from, network.Location{Chain: h.AccessChain, At: h.AccessAt}); way != took {
			return fmt.Errorf("the drive to haven %d takes %d ms, said are %d", haven, way, took)
		}
	}
	return nil
}

// corridor compares a corridor with two trees.
func (d *deskTest) corridor(p *planner, l *lane, from, to network.Location, budget network.Millis) error {
	got := d.q.Corridor(from, to, budget, nil)
	var there, back search.Tree
	p.engine.Forward(l.Metric, p.sources(l, from), uint32(budget), &there)
	p.engine.Backward(l.Metric, p.targets(l, to), uint32(budget), &back)
	want := []network.ChainID{from.Chain, to.Chain}
	for _, s := range there.Order {
		if uint64(there.Label(s))+uint64(back.Label(s)) <= uint64(budget) {
			want = append(want, p.arc(s).Chain())
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		return fmt.Errorf("the corridor has %d chains, want %d", len(got), len(want))
	}
	d.seen.corridors++
	return nil
}

// newDesk makes a router and what checks it.
func newDesk(tb fataler, m *network.Map, x *Index, speeds *pace.Speeds, draw func(n int) int) *deskTest {
	tb.Helper()
	mv := &outrider.Movement{
		Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{
			{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2},
			{CallSign: "A2", Class: outrider.ClassTruck, Length: 8, Width: 2.5, Height: 3.4, Mass: 12},
		}, MarchKMH: 80},
	}
	r, err := NewRouter(context.Background(), Input{Map: m, Index: x, Movement: mv, Speeds: speeds, Now: start}, start, start.Add(2*time.Hour))
	if err != nil {
		tb.Fatal(err)
	}
	return &deskTest{r: r, q: r.NewQuery(), closed: map[string][]network.Stretch{}, findings: map[string]hazard.Placed{}, draw: draw}
}

// TestRouterIsWorkedOutAfresh tells a router of closures and findings, and takes
// them back, in random towns.
func TestRouterIsWorkedOutAfresh(t *testing.T) {
	dir := t.TempDir()
	var seen deskSeen
	rapid.Check(t, func(t *rapid.T) {
		b := drawStreets(t)
		for i := range rapid.IntRange(0, 3).Draw(t, "havens") {
			b.Node(int64(50000+i), 40+rapid.Float64Range(0, 0.012).Draw(t, "lat"), 10+rapid.Float64Range(0, 0.016).Draw(t, "lon"), "amenity", "hospital", "name", "H")
		}
		b.Way(7000, []int64{100, 101}, "highway", "service", "access", "destination")
		m := buildIn(t, dir, b)
		d := newDesk(t, m, nil, nil, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") })
		var near []network.ChainID
		for range 8 {
			if err := d.change(near); err != nil {
				t.Fatal(err)
			}
			chains, err := d.ask(true)
			if err != nil {
				t.Fatal(err)
			}
			near = chains
		}
		seen.answers += d.seen.answers
		seen.shut += d.seen.shut
		seen.private += d.seen.private
		seen.corridors += d.seen.corridors
		seen.havens += d.seen.havens
	})
	if seen.shut == 0 || seen.corridors == 0 || seen.havens == 0 {
		t.Errorf("nothing was closed, or no corridor or haven found: %+v", seen)
	}
}

// TestRouterOnDelaware does the same on real roads, by the speeds of the hour.
func TestRouterOnDelaware(t *testing.T) {
	m, x := delawareRoads(t)
	speeds, err := pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(4, 4))
	steps := 20
	if testing.Short() {
		steps = 6
	}
	d := newDesk(t, m, x, speeds, random.IntN)
	var near []network.ChainID
	for step := range steps {
		if err := d.change(near); err != nil {
			t.Fatal(err)
		}
		chains, err := d.ask(step%4 == 0)
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		if len(chains) > 0 {
			near = chains
		}
	}
	if d.seen.shut < steps/2 || d.seen.private == 0 {
		t.Errorf("closures in %d of %d steps, %d on private ground: too few to prove anything", d.seen.shut, steps, d.seen.private)
	}
}

var delawareHere struct {
	once sync.Once
	m    *network.Map
	x    *Index
	err  error
}

func delawareRoads(tb testing.TB) (*network.Map, *Index) {
	path := testdata.Delaware(tb)
	delawareHere.once.Do(func() {
		if delawareHere.m, _, delawareHere.err = mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{}); delawareHere.err == nil {
			delawareHere.x, delawareHere.err = NewIndex(delawareHere.m)
		}
	})
	if delawareHere.err != nil {
		tb.Fatal(delawareHere.err)
	}
	return delawareHere.m, delawareHere.x
}

// A question allocates nothing but what it returns, and several goroutines may ask
// at once.
func TestRouterQueriesShareARouter(t *testing.T) {
	m := build(t, valley())
	speeds, err := pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	d := newDesk(t, m, nil, speeds, random.IntN)
	var places []Place
	for range 12 {
		places = append(places, d.place())
	}
	if err := d.r.Close("a road", network.Stretch{Chain: 1, To: m.Length[1]}); err != nil {
		t.Fatal(err)
	}
	want := d.q.Table(places, nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			q := d.r.NewQuery()
			for range 3 {
				if !slices.Equal(q.Table(places, nil), want) {
					t.Error("another goroutine got another table")
				}
				for _, x := range places {
					q.Haven(x.Location, network.Hospital, nil)
				}
			}
		})
	}
	group.Wait()
	table, arcs, chains := want[:0], make([]network.ArcID, 0, 1000), make([]network.ChainID, 0, 1000)
	ask := func() {
		table = d.q.Table(places, table[:0])
		for _, x := range places[1:] {
			_, arcs, _ = d.q.Route(places[0].Location, x.Location, arcs[:0])
			d.q.Haven(x.Location, network.Hospital, nil)
			chains = d.q.Corridor(places[0].Location, x.Location, 600_000, chains[:0])
		}
	}
	ask()
	if n := testing.AllocsPerRun(20, ask); n > 0 {
		t.Errorf("questions allocate %v times", n)
	}
}

func TestRouterRefuses(t *testing.T) {
	m := build(t, town())
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(6, 6)).IntN)
	for _, s := range []network.Stretch{{Chain: network.ChainID(m.NumChains())}, {Chain: 0, From: 2, To: 1}, {Chain: 0, To: m.Length[0] + 1}} {
		if err := d.r.Close("x", s); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("a closure of %+v: %v", s, err)
		}
	}
	for _, metres := range []float64{0, -1, 1e6, math.NaN()} {
		if _, err := d.r.CloseAround("x", m.NodePoint[0], metres); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("closed %g m around a place: %v", metres, err)
		}
	}
	if _, err := d.r.CloseAround("x", *spot(50, 50).Point, 10); outrider.KindOf(err) != outrider.OffNetwork {
		t.Errorf("closed where there is no road: %v", err)
	}
	if _, err := d.r.Place(spot(50, 50)); outrider.KindOf(err) != outrider.OffNetwork {
		t.Errorf("a place far off: %v", err)
	}
	if _, err := NewRouter(context.Background(), Input{Map: m}, start, start); err == nil {
		t.Error("a router without a movement")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m.StateOrder = nil
	_, err := NewRouter(ctx, Input{Map: m, Movement: lorry(3)}, start, start)
	if outrider.KindOf(err) != outrider.Interrupted {
		t.Errorf("interrupted while an order is found: %v", err)
	}
}

// A map without an order for routing, as programs made before there was one,
// gives the same answers.
func TestRouterFindsAMissingOrder(t *testing.T) {
	m := build(t, valley())
	random := rand.New(rand.NewPCG(7, 7))
	with := newDesk(t, m, nil, nil, random.IntN)
	var places []Place
	for range 10 {
		places = append(places, with.place())
	}
	want := with.q.Table(places, nil)
	ways := fmt.Sprint(with.q.Way(places[0].Location, places[1].Location))
	m.StateOrder = nil
	without := newDesk(t, m, nil, nil, random.IntN)
	if !slices.Equal(without.q.Table(places, nil), want) || fmt.Sprint(without.q.Way(places[0].Location, places[1].Location)) != ways {
		t.Error("other times or ways without the order")
	}
}

func TestRouterTellsClosures(t *testing.T) {
	m := build(t, town())
	d := newDesk(t, m, nil, nil, rand.New(rand.NewPCG(8, 8)).IntN)
	shut := d.place()
	err := d.r.Close("the bridge", network.Stretch{Chain: shut.Location.Chain, From: shut.Location.At, To: shut.Location.At})
	if err != nil {
		t.Fatal(err)
	}
	f := hazard.Placed{Finding: hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Surveyor: "SCOUT 1", Date: hazard.DayOf(start), Expiry: hazard.DayOf(start)}, Location: shut.Location}
	if err := d.r.AddFinding(f); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(d.r.Closures(), "\n")
	if !strings.Contains(got, "the bridge: ") || !strings.Contains(got, "surveyed by SCOUT 1 on 2026-11-23: ") {
		t.Errorf("closures are told as\n%s", got)
	}
}

// BenchmarkRouter measures what a router is asked and told on Delaware.
func BenchmarkRouter(b *testing.B) {
	m, x := delawareRoads(b)
	random := rand.New(rand.NewPCG(9, 9))
	d := newDesk(b, m, x, nil, random.IntN)
	var places []Place
	for len(places) < 50 {
		if p := d.place(); m.Component[p.Location.Chain] == network.None && m.NodeInfo[m.Tail[p.Location.Chain]].Island == 0 {
			places = append(places, p)
		}
	}
	pair := func() (network.Location, network.Location) {
		return places[random.IntN(50)].Location, places[random.IntN(50)].Location
	}
	b.Run("closure", func(b *testing.B) { // closed and opened again
		for b.Loop() {
			c := places[random.IntN(50)].Location.Chain
			if err := d.r.Close("x", network.Stretch{Chain: c, To: m.Length[c]}); err != nil {
				b.Fatal(err)
			}
			if _, err := d.r.Open("x"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("time", func(b *testing.B) {
		for b.Loop() {
			d.q.Time(pair())
		}
	})
	b.Run("route", func(b *testing.B) {
		var arcs []network.ArcID
		for b.Loop() {
			from, to := pair()
			_, arcs, _ = d.q.Route(from, to, arcs[:0])
		}
	})
	b.Run("haven", func(b *testing.B) {
		for b.Loop() {
			from, _ := pair()
			d.q.Haven(from, network.Fuel, nil)
		}
	})
	b.Run("table50", func(b *testing.B) {
		var out []network.Millis
		for b.Loop() {
			out = d.q.Table(places, out[:0])
		}
	})
	b.Run("corridor", func(b *testing.B) {
		var out []network.ChainID
		for b.Loop() {
			from, to := pair()
			took, _ := d.q.Time(from, to)
			out = d.q.Corridor(from, to, took+took/10, out[:0])
		}
	})
}
