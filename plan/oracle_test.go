package plan

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// build makes a map of a hand-made extract.
func build(tb testing.TB, b *osmtest.Builder) *network.Map {
	tb.Helper()
	return buildIn(tb, tb.TempDir(), b)
}

// fataler is what building needs of a test; rapid's has no TempDir.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func buildIn(tb fataler, dir string, b *osmtest.Builder) *network.Map {
	tb.Helper()
	b.Replication = start.Add(-24 * time.Hour).Unix()
	path := filepath.Join(dir, "x.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		tb.Fatal(err)
	}
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// drawStreets makes a random town: junctions some hundred metres apart, streets
// of all kinds between neighbours, some one-way, some bent, and turn
// restrictions by node and by way.
func drawStreets(t *rapid.T) *osmtest.Builder {
	b := &osmtest.Builder{}
	side := rapid.IntRange(2, 5).Draw(t, "side")
	place := func(x, y int, dx, dy float64) (float64, float64) {
		return 40 + 0.003*(float64(y)+dy), 10 + 0.004*(float64(x)+dx)
	}
	id := func(x, y int) int64 { return int64(100 + y*side + x) }
	jitter := rapid.Float64Range(-0.3, 0.3)
	for y := range side {
		for x := range side {
			lat, lon := place(x, y, jitter.Draw(t, "dx"), jitter.Draw(t, "dy"))
			b.Node(id(x, y), lat, lon)
		}
	}
	type street struct {
		way  int64
		a, b int64
	}
	var streets []street
	class := rapid.SampledFrom([]string{"primary", "secondary", "residential", "residential", "service"})
	oneway := rapid.SampledFrom([]string{"no", "no", "no", "yes", "-1"})
	add := func(x1, y1, x2, y2 int) {
		if rapid.IntRange(0, 9).Draw(t, "there") < 2 {
			return
		}
		way := int64(1000 + len(streets))
		refs := []int64{id(x1, y1), id(x2, y2)}
		if rapid.IntRange(0, 3).Draw(t, "bent") == 0 {
			lat, lon := place(x1, y1, float64(x2-x1)/2+0.2, float64(y2-y1)/2+0.2)
			b.Node(10000+way, lat, lon)
			refs = []int64{refs[0], 10000 + way, refs[1]}
		}
		b.Way(way, refs, "highway", class.Draw(t, "class"), "oneway", oneway.Draw(t, "oneway"))
		streets = append(streets, street{way, refs[0], refs[len(refs)-1]})
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				add(x, y, x+1, y)
			}
			if y+1 < side {
				add(x, y, x, y+1)
			}
		}
	}
	if len(streets) < 2 {
		b.Way(5000, []int64{id(0, 0), id(1, 0)}, "highway", "primary")
		b.Way(5001, []int64{id(1, 0), id(1, 1)}, "highway", "primary")
		streets = append(streets, street{5000, id(0, 0), id(1, 0)}, street{5001, id(1, 0), id(1, 1)})
	}
	kind := rapid.SampledFrom([]string{"no_left_turn", "no_right_turn", "only_straight_on"})
	for i := range rapid.IntRange(0, 5).Draw(t, "restrictions") {
		from := streets[rapid.IntRange(0, len(streets)-1).Draw(t, "from")]
		to := streets[rapid.IntRange(0, len(streets)-1).Draw(t, "to")]
		for _, via := range []int64{from.a, from.b} {
			if from.way != to.way && (via == to.a || via == to.b) {
				b.Relation(int64(9000+i), []osmtest.Member{{Kind: osmtest.Way, ID: from.way, Role: "from"}, {Kind: osmtest.Node, ID: via, Role: "via"}, {Kind: osmtest.Way, ID: to.way, Role: "to"}},
					"type", "restriction", "restriction", kind.Draw(t, "kind"))
			}
		}
		// Over a third street between the two.
		for _, mid := range streets {
			if mid.way == from.way || mid.way == to.way {
				continue
			}
			meets := func(s street, n int64) bool { return s.a == n || s.b == n }
			if meets(from, mid.a) && meets(to, mid.b) || meets(from, mid.b) && meets(to, mid.a) {
				b.Relation(int64(9500+i), []osmtest.Member{{Kind: osmtest.Way, ID: from.way, Role: "from"}, {Kind: osmtest.Way, ID: mid.way, Role: "via"}, {Kind: osmtest.Way, ID: to.way, Role: "to"}},
					"type", "restriction", "restriction", "no_u_turn")
				break
			}
		}
	}
	return b
}

// newPlanner makes a planner for one car on a map.
func newPlanner(tb fataler, m *network.Map) *planner {
	tb.Helper()
	profile, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	in := &Input{Map: m, Profile: profile, Movement: &outrider.Movement{
		Legs: []outrider.Leg{{}}, Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}}, MarchKMH: 60},
	}}
	p, err := prepare(in)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func drawStops(t *rapid.T, m *network.Map, n int) []stop {
	var out []stop
	for range n {
		c := network.ChainID(rapid.IntRange(0, m.NumChains()-1).Draw(t, "chain"))
		at := network.Millimetres(rapid.Uint32Range(0, uint32(m.Length[c])).Draw(t, "at"))
		out = append(out, stop{loc: network.Location{Chain: c, At: at, Point: m.PointAt(c, at)}, halt: -1})
	}
	return out
}

const far = uint64(1) << 40

// oracle returns the least time through the stops by Bellman-Ford on the very
// definition: labels at the ends of states, one layer for each section. banned
// says which turns and full arcs are not there.
func (p *planner) oracle(l *lane, stops []stop, without bar, arcOff func(network.ArcID) bool, turnOff func(from uint32) bool) uint64 {
	n := p.graph.States()
	here := map[uint32]uint64{} // labels at the stop, by state
	for _, back := range []bool{false, true} {
		if a := stops[0].loc.Chain.Arc(back); a != without.first {
			here[uint32(a)] = 0
		}
	}
	for k := 1; k < len(stops); k++ {
		label := make([]uint64, n)
		for s := range label {
			label[s] = far
		}
		next := map[uint32]uint64{}
		reach := func(s uint32, d uint64) {
			if k == len(stops)-1 && p.arc(s) == without.last || stops[k].only != nil && p.arc(s) != *stops[k].only {
				return
			}
			if old, ok := next[s]; d < far && (!ok || d < old) {
				next[s] = d
			}
		}
		weigh := func(w uint32) uint64 {
			if w >= search.Unreachable {
				return far
			}
			return uint64(w)
		}
		for s, d := range here {
			a := p.arc(s)
			label[s] = min(label[s], d+weigh(l.part(a, stops[k-1].loc.At, end(p.m, a))))
			if a.Chain() == stops[k].loc.Chain && ahead(a, stops[k-1].loc.At, stops[k].loc.At) {
				reach(s, d+weigh(l.part(a, stops[k-1].loc.At, stops[k].loc.At)))
			}
		}
		for changed := true; changed; {
			changed = false
			for s := range uint32(n) {
				if label[s] >= far || turnOff(s) {
					continue
				}
				i, j := p.graph.Turns(s)
				for ; i < j; i++ {
					t := p.graph.Next(i)
					a := p.arc(t)
					if l.Turn[i] >= search.Unreachable {
						continue
					}
					at := label[s] + uint64(l.Turn[i])
					if a.Chain() == stops[k].loc.Chain {
						reach(t, at+weigh(l.part(a, begin(p.m, a), stops[k].loc.At)))
					}
					if l.Arc[a] < search.Unreachable && !arcOff(a) && at+uint64(l.Arc[a]) < label[t] {
						label[t] = at + uint64(l.Arc[a])
						changed = true
					}
				}
			}
		}
		here = next
	}
	best := far
	for _, d := range here {
		best = min(best, d)
	}
	return best
}

func noArc(network.ArcID) bool { return false }
func noTurn(uint32) bool       { return false }

func TestDrivesAndChokepointsEqualOracle(t *testing.T) {
	dir := t.TempDir()
	found, many := 0, 0
	property := func(t *rapid.T) {
		b := drawStreets(t)
		m := buildIn(t, dir, b)
		p := newPlanner(t, m)
		for range 4 {
			stops := drawStops(t, m, rapid.IntRange(2, 4).Draw(t, "stops"))
			var ends []network.ChainID
			for _, s := range stops {
				ends = append(ends, s.loc.Chain)
			}
			for i := range stops[1:] {
				if rapid.IntRange(0, 3).Draw(t, "one side") == 0 {
					only := stops[i+1].loc.Chain.Arc(rapid.Bool().Draw(t, "backwards"))
					stops[i+1].only = &only
				}
			}
			l := timeLane(m.Passage(p.van, p.passageOptions(ends, nil)))
			want := p.oracle(l, stops, unbarred, noArc, noTurn)
			d, ok := p.through(l, stops, nil, unbarred)
			if ok != (want < far) {
				t.Fatalf("a route is there: %v; the oracle says %v", ok, want < far)
			}
			if !ok {
				continue
			}
			if uint64(d.cost) != want || p.cost(l, d.runs) != want {
				t.Fatalf("cost %d, of its runs %d; the oracle says %d", d.cost, p.cost(l, d.runs), want)
			}
			if want == 0 {
				continue
			}
			found++
			budget := rapid.SampledFrom([]float64{1.1, 1.1, 1.3, 2}).Draw(t, "slack")
			limit := scaled(d.cost, budget)
			c := p.newChokeSearch(l, stops, d, limit)
			got := c.within(context.Background(), limit, nil)
			var exact []int
			for i := range 2*len(d.runs) - 1 {
				if !c.isPlace(i) {
					continue
				}
				without, arcOff, turnOff := unbarred, noArc, noTurn
				r := d.runs[i/2]
				if i%2 == 1 {
					node := m.ArcHead(r.arc)
					turnOff = func(s uint32) bool { return m.ArcHead(p.arc(s)) == node }
				} else {
					arcOff = func(a network.ArcID) bool { return a.Chain() == r.arc.Chain() }
					if i == 0 {
						without.first = r.arc
					}
					if i == 2*len(d.runs)-2 {
						without.last = r.arc
					}
				}
				if p.oracle(l, stops, without, arcOff, turnOff) > uint64(limit) {
					exact = append(exact, i)
				}
			}
			if !slices.Equal(got, exact) {
				t.Fatalf("chokepoints %v of %d places within %g; by removing each: %v", got, 2*len(d.runs)-1, budget, exact)
			}
			if len(exact) > 0 && len(exact) < len(d.runs) {
				many++
			}
		}
	}
	poor := func() bool { return found < 50 || many < 10 }
	rapid.Check(t, property)
	for rounds := 0; !testing.Short() && poor() && rounds < 3; rounds++ { // what is drawn may be poor by chance
		rapid.Check(t, property)
	}
	if !testing.Short() && poor() {
		t.Errorf("only %d routes, %d of them with some but few chokepoints: the towns are too poor to prove anything", found, many)
	}
}

// TestOrderIsTheBest compares the order of free stops with trying every one.
func TestOrderIsTheBest(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		b := drawStreets(t)
		m := buildIn(t, dir, b)
		p := newPlanner(t, m)
		if p.graph.States() > m.NumArcs() {
			t.Skip("restrictions over several ways: the order is not exact there")
		}
		all := drawStops(t, m, rapid.IntRange(4, 6).Draw(t, "stops"))
		for i := range all {
			all[i].halt = i // tells them apart
		}
		free := len(all) - 2
		vias := rapid.IntRange(0, 1).Draw(t, "vias")
		halts := rapid.IntRange(0, min(2, free-vias)).Draw(t, "halts")
		middle := all[1 : len(all)-1]
		l := timeLane(m.Passage(p.van, p.passageOptions(nil, nil)))
		got := p.order(context.Background(), l, legStops{all[0], all[len(all)-1], middle[:vias], middle[vias : vias+halts], middle[vias+halts:]})
		best := far
		permute(len(middle), func(order []int) {
			stops := []stop{all[0]}
			last := -1
			for _, i := range order {
				if i >= vias && i < vias+halts {
					if i < last {
						return // halts keep their order
					}
					last = i
				}
				stops = append(stops, middle[i])
			}
			best = min(best, p.oracle(l, append(stops, all[len(all)-1]), unbarred, noArc, noTurn))
		})
		if c := p.oracle(l, got, unbarred, noArc, noTurn); c != best {
			t.Fatalf("the order chosen takes %d, the best %d", c, best)
		}
	})
}

func permute(n int, visit func([]int)) {
	order := make([]int, 0, n)
	var used uint
	var step func()
	step = func() {
		if len(order) == n {
			visit(order)
			return
		}
		for i := range n {
			if used>>i&1 == 0 {
				used |= 1 << i
				order = append(order, i)
				step()
				order = order[:len(order)-1]
				used &^= 1 << i
			}
		}
	}
	step()
}

// TestPlansOfRandomTowns makes whole plans and checks what must hold of any.
func TestPlansOfRandomTowns(t *testing.T) {
	dir := t.TempDir()
	plans, alternates := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		b := drawStreets(t)
		m := buildIn(t, dir, b)
		stops := drawStops(t, m, rapid.SampledFrom([]int{2, 2, 2, 3, 4}).Draw(t, "stops"))
		mv := &outrider.Movement{
			Name: "m", Cover: "HERON", Zone: time.UTC,
			Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}, {CallSign: "A2", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}}, Gap: outrider.Gap{Seconds: 3}, MarchKMH: 50, CatchUpKMH: 60},
			Legs:   []outrider.Leg{{From: endpoint(stops[0]), To: endpoint(stops[len(stops)-1]), Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}}},
			Constraints: outrider.Constraints{
				MaxDetour: rapid.Float64Range(1, 3).Draw(t, "detour"), Alternates: 3,
			},
		}
		for i, s := range stops[1 : len(stops)-1] {
			if i == 0 {
				mv.Legs[0].Via = append(mv.Legs[0].Via, endpoint(s))
			} else {
				mv.Legs[0].Halts = append(mv.Legs[0].Halts, outrider.Halt{At: endpoint(s), Duration: 10 * time.Minute, Reason: "rest"})
			}
		}
		if rapid.Bool().Draw(t, "secured") {
			mv.Secured = []outrider.SecuredArea{{Name: "S", Centre: endpoint(stops[0]), Radius: 200}}
		}
		if rapid.Bool().Draw(t, "avoid") {
			e := endpoint(drawStops(t, m, 1)[0])
			mv.Constraints.Avoid = []outrider.AvoidArea{{Name: "A", Centre: &e, Radius: 150, Weight: rapid.SampledFrom([]float64{0, 1, 5}).Draw(t, "weight")}}
		}
		profile, err := hazard.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Map: m, Movement: mv, Profile: profile, Now: start}
		if rapid.Bool().Draw(t, "speeds by the hour") {
			in.Speeds = builtinSpeeds(t)
		}
		if rapid.Bool().Draw(t, "from one side") {
			mv.Legs[0].To.Approach = rapid.SampledFrom(outrider.Sides()).Draw(t, "side")
		}
		p, err := Make(context.Background(), in)
		if k := outrider.KindOf(err); err != nil && (k == outrider.NoRoute || k == outrider.Invalid) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		plans++
		leg := p.Legs[0]
		alternates += leg.Alternates.Found
		if err := sound(p, mv); err != nil {
			t.Fatal(err)
		}
		if err := soundSide(p, mv.Legs[0].To.Approach); err != nil {
			t.Fatal(err)
		}
		again, err := Make(context.Background(), in)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("the same input gave another plan (%v)", err)
		}
	})
	if !testing.Short() && (plans < 30 || alternates < 3) {
		t.Errorf("only %d plans with %d alternates", plans, alternates)
	}
}

func endpoint(s stop) outrider.Endpoint {
	q := s.loc.Point
	return outrider.Endpoint{Point: &q}
}

// sound checks what must hold of any plan.
func sound(p *outrider.Plan, mv *outrider.Movement) error {
	for i, leg := range p.Legs {
		if got := len(leg.Routes) - 1; got != leg.Alternates.Found || got > leg.Alternates.Asked || (got < leg.Alternates.Asked) != (leg.Alternates.Reason != "") {
			return fmt.Errorf("leg %d: %d alternates, said to be %+v", i, got, leg.Alternates)
		}
		if err := soundChanges(leg); err != nil {
			return fmt.Errorf("leg %d: %w", i, err)
		}
		for k, r := range leg.Routes {
			if err := soundRoute(p, mv, leg, &r); err != nil {
				return fmt.Errorf("leg %d, %s: %w", i, r.Name, err)
			}
			if k > 0 && r.Shared > leg.Alternates.MaxShared+1e-9 {
				return fmt.Errorf("leg %d, %s shares %g of its length", i, r.Name, r.Shared)
			}
			if r.Detour > leg.Alternates.MaxDetour+1e-9 {
				return fmt.Errorf("leg %d, %s takes %g times the fastest", i, r.Name, r.Detour)
			}
		}
		if err := soundTimes(leg); err != nil {
			return fmt.Errorf("leg %d: %w", i, err)
		}
	}
	return nil
}

// soundTimes checks what a leg says of halts, turning back and light.
func soundTimes(leg outrider.LegPlan) error {
	r := leg.Routes[0]
	if last := r.March[len(r.March)-1]; math.Abs(last.EarlyS-(r.Duration-r.Early)) > 0.01 || math.Abs(last.LateS-(r.Late-r.Duration)) > 0.01 {
		return fmt.Errorf("the release is %g s early and %g s late; the route takes %g s, %g to %g", last.EarlyS, last.LateS, r.Duration, r.Early, r.Late)
	}
	for _, x := range []*outrider.TurnPlace{leg.Turning.Latest, leg.Turning.EqualTime, leg.Turning.NoReturn} {
		if x == nil {
			continue
		}
		if x.Odometer < 0 || x.Odometer > r.Length || x.Back < 0 || x.On < 0 || x.On > r.Duration+0.01 || x.Head.Before(leg.Earliest) || x.Odometer == 0 && (x.Back != 0 || x.BackM != 0) {
			return fmt.Errorf("place to turn back: %+v", *x)
		}
	}
	if x := leg.Turning.Latest; x != nil && x.Head.Add(seconds(x.Back)).After(leg.Turning.BackBy) {
		return fmt.Errorf("turning back at %+v the column is not back by %v", *x, leg.Turning.BackBy)
	}
	if x := leg.Turning.EqualTime; x == nil || x.Back > x.On {
		return fmt.Errorf("the place of equal time is %+v", x)
	}
	for k, n := range leg.HaltNeeds {
		if n.Met && (n.HaltAt > n.By+0.01 || n.Halt == "") || n.By < 0 || n.By > r.Length || k > 0 && n.By < leg.HaltNeeds[k-1].By {
			return fmt.Errorf("halt %d asked for: %+v", k, n)
		}
	}
	if d := leg.Daylight; d.DarkS < 0 || d.DarkS > r.Duration+0.01 || d.ArrivesIn == "" {
		return fmt.Errorf("light: %+v, driven %g s", d, r.Duration)
	}
	return nil
}

// soundSide checks that every route arrives from the side asked for, unless the
// plan says that it cannot.
func soundSide(p *outrider.Plan, side outrider.Side) error {
	k := slices.Index(outrider.Sides(), side)
	if k < 0 || strings.Contains(strings.Join(p.Warnings, "\n"), "any way in is taken") {
		return nil
	}
	for _, r := range p.Legs[0].Routes {
		n := len(r.Points)
		if r.Length < 20 || geo.Distance(r.Points[n-2].Point(), r.Points[n-1].Point()) < 16 {
			continue // too short to tell
		}
		travel := geo.Bearing(r.Points[n-2].Point(), r.Points[n-1].Point())
		if turn := math.Abs(math.Mod(travel-float64(k)*45-180+900, 360) - 180); turn > 68 {
			return fmt.Errorf("%s arrives at %.0f°, %.0f° off straight from the %s", r.Name, travel, turn, side)
		}
	}
	return nil
}

func soundRoute(p *outrider.Plan, mv *outrider.Movement, leg outrider.LegPlan, r *outrider.RoutePlan) error {
	n := len(r.Points)
	if n < 2 || len(r.Times) != n || len(r.Odometer) != n {
		return fmt.Errorf("%d points, %d times, %d odometer readings", n, len(r.Times), len(r.Odometer))
	}
	for k, e := range map[int]outrider.PlanPoint{0: leg.From, n - 1: leg.To} {
		if d := geo.Distance(r.Points[k].Point(), geo.PointFromDegrees(e.Lat, e.Lon)); d > 0.1 {
			return fmt.Errorf("point %d is %g m from its end", k, d)
		}
	}
	if !(r.Early <= r.Duration+0.001*float64(n) && r.Duration <= r.Late+0.001*float64(n)) || r.TimedM < 0 || r.TimedM > r.Length+0.01 {
		return fmt.Errorf("%g s if fast, %g s likely, %g s if slow, %g m timed", r.Early, r.Duration, r.Late, r.TimedM)
	}
	line := 0.0
	for k := 1; k < n; k++ {
		if r.Times[k] < r.Times[k-1] || r.Odometer[k] < r.Odometer[k-1] {
			return fmt.Errorf("time or odometer falls at point %d", k)
		}
		line += geo.Distance(r.Points[k-1].Point(), r.Points[k].Point())
	}
	if math.Abs(line-r.Length) > 0.005*r.Length+2 || math.Abs(r.Odometer[n-1]-r.Length) > 0.01 {
		return fmt.Errorf("the line has %g m, the odometer reads %g, the length is %g", line, r.Odometer[n-1], r.Length)
	}
	if math.Abs(r.Times[n-1]-r.Duration-r.Halts) > 0.01 {
		return fmt.Errorf("the last point is at %g s; %g s of driving and %g s of halts", r.Times[n-1], r.Duration, r.Halts)
	}
	odometer, driven := 0.0, 0.0
	for k, s := range r.Steps {
		if len(s.Ways) == 0 || math.Abs(s.From-odometer) > 0.01 || (k == 0) != (s.Turn == "start") {
			return fmt.Errorf("step %d: %+v begins at %g", k, s, odometer)
		}
		odometer += s.Length
		driven += s.Duration
	}
	// Turning back takes time that belongs to no road.
	if math.Abs(odometer-r.Length) > 0.05 || driven > r.Duration+0.05 {
		return fmt.Errorf("steps of %g m and %g s; the route has %g m and %g s", odometer, driven, r.Length, r.Duration)
	}
	earliest := leg.Earliest
	for k, h := range r.Hazards {
		if h.From > h.To || h.To > r.Length+0.01 || k > 0 && (h.From < r.Hazards[k-1].From || h.At.Before(r.Hazards[k-1].At)) || h.At.Before(earliest) {
			return fmt.Errorf("hazard %d out of order: %+v", k, h)
		}
	}
	for k, row := range r.March {
		if d := row.Tail.Sub(row.Head).Seconds() - p.Convoy.PassTime; math.Abs(d) > 0.002 || row.PassTime != p.Convoy.PassTime {
			return fmt.Errorf("march row %d: tail %g s off", k, d)
		}
		if k > 0 && (row.Odometer < r.March[k-1].Odometer || row.Head.Before(r.March[k-1].Head)) {
			return fmt.Errorf("march row %d out of order", k)
		}
	}
	last := r.March[len(r.March)-1]
	if r.March[0].Kind != kindStart || last.Kind != kindRelease || math.Abs(last.Head.Sub(earliest).Seconds()-r.Duration-r.Halts) > 0.01 {
		return fmt.Errorf("march table from %s to %s, head in at %s", r.March[0].Kind, last.Kind, last.Head)
	}
	covered, lambda := 0.0, 0.0
	for k, x := range r.Exposure {
		if x.From > x.To || k > 0 && x.From < r.Exposure[k-1].To-0.01 {
			return fmt.Errorf("exposure band %d out of order", k)
		}
		if x.P > r.MaxP {
			return fmt.Errorf("a band has p %g, above the greatest %g", x.P, r.MaxP)
		}
		covered += x.To - x.From
	}
	for _, x := range r.Parts {
		lambda += x.Lambda
	}
	if covered > r.Length+0.1 || len(mv.Secured) == 0 && math.Abs(covered-r.Length) > 0.1 {
		return fmt.Errorf("bands cover %g of %g m", covered, r.Length)
	}
	if math.Abs(lambda-r.Lambda) > 1e-9 {
		return fmt.Errorf("parts of Λ add up to %g, not %g", lambda, r.Lambda)
	}
	for k, h := range r.Havens {
		if k > 0 && h.Odometer < r.Havens[k-1].Odometer || h.Drive < 0 || h.Metres < 0 || h.Odometer > r.Length {
			return fmt.Errorf("haven %d out of order: %+v", k, h)
		}
	}
	return nil
}
