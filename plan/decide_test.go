package plan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// labels are the times at the ends of states by Bellman-Ford, from states with
// given labels, over all arcs that are not off.
func (p *planner) labels(l *lane, from map[uint32]uint64, off func(network.ArcID) bool) []uint64 {
	out := slices.Repeat([]uint64{far}, p.graph.States())
	for s, d := range from {
		out[s] = d
	}
	for changed := true; changed; {
		changed = false
		for s := range out {
			if out[s] >= far {
				continue
			}
			i, j := p.graph.Turns(uint32(s))
			for ; i < j; i++ {
				t := p.graph.Next(i)
				a := p.arc(t)
				if l.Turn[i] >= search.Unreachable || l.Arc[a] >= search.Unreachable || off(a) {
					continue
				}
				if d := out[s] + uint64(l.Turn[i]) + uint64(l.Arc[a]); d < out[t] {
					out[t], changed = d, true
				}
			}
		}
	}
	return out
}

// leaving returns the least time from the end of a run to any of the targets, the
// first turn being onto no arc of never and nothing driven that is off.
func (p *planner) leaving(l *lane, here run, targets map[uint32]uint64, never, off func(network.ArcID) bool) uint64 {
	from := map[uint32]uint64{}
	best := far
	i, j := p.graph.Turns(here.state)
	for ; i < j; i++ {
		s := p.graph.Next(i)
		a := p.arc(s)
		if l.Turn[i] >= search.Unreachable || never(a) {
			continue
		}
		if part, ok := targets[s]; ok {
			best = min(best, uint64(l.Turn[i])+part)
		}
		if l.Arc[a] < search.Unreachable && !off(a) {
			d := uint64(l.Turn[i]) + uint64(l.Arc[a])
			if old, ok := from[s]; !ok || d < old {
				from[s] = d
			}
		}
	}
	at := p.labels(l, from, off)
	for s, d := range at {
		if d >= far {
			continue
		}
		i, j := p.graph.Turns(uint32(s))
		for ; i < j; i++ {
			if part, ok := targets[p.graph.Next(i)]; ok && l.Turn[i] < search.Unreachable {
				best = min(best, d+uint64(l.Turn[i])+part)
			}
		}
	}
	return best
}

// drawDrives draws up to four drives through the same stops: the fastest, and the
// fastest under times that chance has changed.
func drawDrives(t *rapid.T, m *network.Map) (*legWork, []*drive) {
	p := newPlanner(t, m)
	p.detour = rapid.SampledFrom([]float64{1.2, 1.5, 2, 3}).Draw(t, "detour")
	w := &legWork{planner: p, leg: outrider.Leg{Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}}}
	var d *drive
	var stops []stop
	for range 8 { // few places of such towns lead to each other over more than a street
		stops = drawStops(t, m, rapid.SampledFrom([]int{2, 2, 2, 3, 4}).Draw(t, "stops"))
		var ends []network.ChainID
		for _, s := range stops {
			ends = append(ends, s.loc.Chain)
		}
		pass := m.Passage(p.van, p.passageOptions(ends, nil))
		l := timeLane(pass)
		if x, ok := p.through(l, stops, nil, unbarred); ok && (d == nil || len(x.runs) > len(d.runs)) {
			d, w.pass, w.time, w.stops = x, pass, l, stops
		}
	}
	if d == nil {
		return w, nil
	}
	stops = w.stops
	w.fastest = d
	drives := []*drive{d}
	for range 3 {
		factor := rapid.SliceOfN(rapid.SampledFrom([]float64{1, 2, 5, 20}), m.NumArcs(), m.NumArcs()).Draw(t, "factors")
		other := &lane{search.Metric{Arc: slices.Clone(w.time.Arc), Turn: w.time.Turn}, nil}
		for a := range other.Arc {
			other.Arc[a] = scaled(other.Arc[a], factor[a])
		}
		other.part = func(a network.ArcID, from, to network.Millimetres) uint32 {
			return scaled(w.time.part(a, from, to), factor[a])
		}
		if d, ok := p.through(other, stops, nil, unbarred); ok {
			drives = append(drives, d)
		}
	}
	return w, drives
}

// longest returns the length of the longest common subsequence, by the textbook.
func longest(a, b []run) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		before := 0
		for j, y := range b {
			here := row[j+1]
			row[j+1] = max(row[j+1], row[j])
			if x.arc == y.arc && x.from == y.from && x.to == y.to {
				row[j+1] = max(row[j+1], before+1)
			}
			before = here
		}
	}
	return row[len(b)]
}

// checkForks holds the stretches on which two drives differ against the drives.
func checkForks(a, b *drive, forks []fork) error {
	common := 0
	firstA, firstB := 0, 0
	k := 0
	for section := range a.stops {
		endA, endB := a.stops[section]+1, b.stops[section]+1
		for firstA < endA {
			if k < len(forks) && forks[k].fromA == firstA {
				f := forks[k]
				switch {
				case f.fromB != firstB, f.toA <= f.fromA, f.toB < f.fromB, f.toA > endA, f.toB > endB, f.endA != endA, f.endB != endB:
					return fmt.Errorf("fork %d is %+v at runs %d and %d", k, f, firstA, firstB)
				case f.cut != (section == 0 && firstA == 0 || section > 0 && firstA == a.stops[section-1]+1 && firstB == b.stops[section-1]+1):
					return fmt.Errorf("fork %d: cut is %v", k, f.cut)
				}
				firstA, firstB = f.toA, f.toB
				k++
				continue
			}
			// Where only b goes another way, a has nothing to leave.
			for firstB < endB && b.runs[firstB].arc != a.runs[firstA].arc {
				firstB++
			}
			if x, y := a.runs[firstA], b.runs[firstB]; x.arc != y.arc || x.from != y.from || x.to != y.to {
				return fmt.Errorf("runs %d and %d are said to be the same", firstA, firstB)
			}
			common++
			firstA, firstB = firstA+1, firstB+1
		}
		firstA, firstB = endA, endB
	}
	if k < len(forks) {
		return fmt.Errorf("%d forks too many", len(forks)-k)
	}
	want := 0
	firstA, firstB = 0, 0
	for section := range a.stops {
		endA, endB := a.stops[section]+1, b.stops[section]+1
		want += longest(a.runs[firstA:endA], b.runs[firstB:endB])
		firstA, firstB = endA, endB
	}
	if common != want {
		return fmt.Errorf("%d runs in common; there can be %d", common, want)
	}
	return nil
}

// TestDecisionPointsEqualOracle tries, for random drives in random towns, every
// junction one by one with a plain search forwards.
func TestDecisionPointsEqualOracle(t *testing.T) {
	dir := t.TempDir()
	var tried tally
	property := func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		for range 4 {
			w, drives := drawDrives(t, m)
			if len(drives) > 0 {
				c := w.newChanger()
				for i, a := range drives {
					for j, b := range drives {
						if i == j {
							continue
						}
						if err := c.tryEvery(a, b, &tried); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		}
	}
	poor := func() bool { return tried.found < 60 || tried.later < 20 || tried.over < 50 || tried.none < 60 }
	rapid.Check(t, property)
	for rounds := 0; !testing.Short() && poor() && rounds < 3; rounds++ { // what is drawn may be poor by chance
		rapid.Check(t, property)
	}
	t.Logf("%d last changes, %d of them after the first junction, %d over other roads; %d forks without one", tried.found, tried.later, tried.over, tried.none)
	if !testing.Short() && poor() {
		t.Errorf("the towns are too poor to prove anything")
	}
}

// A tally counts what tryEvery has seen.
type tally struct{ found, later, over, none int }

// tryEvery compares the last places to change over from a to b with what a plain
// search forwards from every junction says.
func (c *changer) tryEvery(a, b *drive, seen *tally) error {
	w := c.w
	p, m := w.planner, w.m
	all := forks(a, b)
	if err := checkForks(a, b, all); err != nil {
		return err
	}
	costsA, costsB := p.costs(w.time, a.runs), p.costs(w.time, b.runs)
	for _, f := range all {
		lo := f.fromA
		targets := map[uint32]uint64{}
		for j := f.fromB; j < f.toB; j++ {
			r := b.runs[j]
			if r.from != begin(m, r.arc) {
				continue
			}
			rest := uint64(w.time.part(r.arc, r.from, r.to)) + costsB[len(costsB)-1] - costsB[j]
			if old, ok := targets[r.state]; !ok || rest < old {
				targets[r.state] = rest
			}
		}
		leave, cost := -1, far
		for i := f.toA - 2; i >= lo && leave < 0; i-- {
			barred := map[network.ChainID]bool{}
			for _, r := range slices.Concat(a.runs[i+1:f.endA], b.runs[f.toB:f.endB]) {
				barred[r.arc.Chain()] = true
			}
			off := func(x network.ArcID) bool { return barred[x.Chain()] }
			never := func(x network.ArcID) bool {
				return x == a.runs[i].arc.Reverse() || x.Chain() == a.runs[i+1].arc.Chain()
			}
			if d := p.leaving(w.time, a.runs[i], targets, never, off); d < far && float64(costsA[i]+d) <= p.detour*float64(w.fastest.cost) {
				leave, cost = i, d
			}
		}
		x, ok := c.last(a, b, f, lo, costsA, costsB)
		if ok != (leave >= 0) || ok && (x.leave != leave || x.cost != cost) {
			return fmt.Errorf("%+v: last change after run %d at %d (%v); trying every junction: run %d at %d", f, x.leave, x.cost, ok, leave, cost)
		}
		if len(c.barred) > 0 || !slices.Equal(c.free.Arc, w.time.Arc) {
			return errors.New("ground stays barred after a search")
		}
		if !ok {
			seen.none++
			continue
		}
		seen.found++
		if leave > lo {
			seen.later++
		}
		if len(x.path) > 0 {
			seen.over++
		}
		if x.join < f.fromB || x.join >= f.toB {
			return fmt.Errorf("%+v: joins run %d", f, x.join)
		}
		// The way is one: each arc begins where the one before ends.
		at := m.ArcHead(a.runs[x.leave].arc)
		time := uint64(0)
		for _, s := range x.path {
			if m.ArcTail(p.arc(s)) != at {
				return fmt.Errorf("the way breaks off before state %d", s)
			}
			at = m.ArcHead(p.arc(s))
			time += uint64(w.time.Arc[p.arc(s)])
		}
		if m.ArcTail(b.runs[x.join].arc) != at || time > x.cost-x.rest {
			return fmt.Errorf("the way ends elsewhere, or takes %d of %d", time, x.cost-x.rest)
		}
	}
	return nil
}

// TestDecisionPointsOfRandomDrives checks what must hold of the plan's form.
func TestDecisionPointsOfRandomDrives(t *testing.T) {
	dir := t.TempDir()
	rows := 0
	rapid.Check(t, func(t *rapid.T) {
		w, drives := drawDrives(t, buildIn(t, dir, drawStreets(t)))
		var its []*itinerary
		var routes []outrider.RoutePlan
		for i, d := range drives {
			its = append(its, w.itinerary(d))
			routes = append(routes, outrider.RoutePlan{Name: fmt.Sprint(i)})
		}
		if len(drives) < 2 {
			return
		}
		all := w.newChanger().decisions(context.Background(), its, routes)
		rows += len(all)
		if err := soundDecisions(w, its, all); err != nil {
			t.Fatal(err)
		}
	})
	if !testing.Short() && rows < 40 {
		t.Errorf("only %d decision points", rows)
	}
}

// soundDecisions checks decision points of routes named by their number.
func soundDecisions(w *legWork, its []*itinerary, all []outrider.DecisionPoint) error {
	before := map[string]outrider.DecisionPoint{}
	for k, d := range all {
		var i, j int
		if _, err := fmt.Sscan(d.From+" "+d.To, &i, &j); err != nil || i == j {
			return fmt.Errorf("point %d leads from %q to %q", k, d.From, d.To)
		}
		a, b := its[i], its[j]
		stay := float64(w.cost(w.time, a.runs)) / 1000
		driven := a.head(d.Odometer).Sub(start).Seconds()
		onA := geo.Distance(geo.PointFromDegrees(d.Lat, d.Lon), pointAt(a, d.Odometer))
		onB := geo.Distance(geo.PointFromDegrees(d.RejoinLat, d.RejoinLon), pointAt(b, d.Rejoin))
		switch {
		case onA > 0.05 || onB > 0.05:
			return fmt.Errorf("point %d is %g m from where its odometer is, the place to join %g m", k, onA, onB)
		case d.Odometer < 0 || d.Odometer > a.odometer[len(a.runs)] || d.Rejoin < 0 || d.Rejoin > b.odometer[len(b.runs)]:
			return fmt.Errorf("point %d at %g m, joins at %g m", k, d.Odometer, d.Rejoin)
		case math.Abs(d.Latest.Sub(start).Seconds()-driven) > 31: // a turn back may lie between
			return fmt.Errorf("point %d: the head is there at %v, by the odometer after %g s", k, d.Latest, driven)
		case !d.Parting && d.Detour > w.detour+1e-9:
			return fmt.Errorf("point %d takes %g times the fastest", k, d.Detour)
		case math.Abs(stay+d.Cost-d.Detour*float64(w.fastest.cost)/1000) > 0.01:
			return fmt.Errorf("point %d: %g s by staying, %g s more, is not %g times the fastest", k, stay, d.Cost, d.Detour)
		case d.Parting && (d.ChangeM != 0 || d.ChangeS != 0 || len(d.Geometry) > 0 || len(d.Over) > 0):
			return fmt.Errorf("point %d: the routes part by themselves over %g m", k, d.ChangeM)
		case d.ChangeM > 0 && (len(d.Geometry) < 2 || len(d.Over) == 0 || d.ChangeS <= 0):
			return fmt.Errorf("point %d: %g m over %v in %g s", k, d.ChangeM, d.Over, d.ChangeS)
		case d.Avoids < 0 || d.Avoids > a.odometer[len(a.runs)]-d.Odometer+0.01:
			return fmt.Errorf("point %d avoids %g m", k, d.Avoids)
		case d.Road == "" || d.RejoinOn == "":
			return fmt.Errorf("point %d names no road", k)
		}
		line := 0.0
		for n := 1; n < len(d.Geometry); n++ {
			line += geo.Distance(d.Geometry[n-1].Point(), d.Geometry[n].Point())
		}
		if math.Abs(line-d.ChangeM) > 0.005*d.ChangeM+1 {
			return fmt.Errorf("point %d: a line of %g m for %g m", k, line, d.ChangeM)
		}
		if old, ok := before[d.From]; ok && old.Odometer > d.Odometer {
			return fmt.Errorf("point %d of route %s comes after one farther on", k, d.From)
		}
		before[d.From] = d
	}
	return nil
}

// pointAt returns the place at an odometer reading.
func pointAt(it *itinerary, metres float64) geo.Point {
	i, at := it.at(metres)
	return it.w.m.PointAt(it.runs[i].arc.Chain(), at)
}

// ladder is two roads from west to east that part at P and meet at Q, with three
// rungs between them; the second is bent, the third one-way to the north. All are
// driven at 50 km/h.
//
//	      1 ——— 2 ——— 3          North Road
//	     /|     |     |\
//	A — P |     |     ^ Q — Z
//	     \|     |     |/
//	      4 ——— 5 ——— 6          South Road, bent, longer
func ladder() *osmtest.Builder {
	b := &osmtest.Builder{}
	b.Node(10, 40, 9.98).Node(11, 40, 10).Node(12, 40, 10.08).Node(13, 40, 10.1)
	b.Node(1, 40.004, 10.02).Node(2, 40.004, 10.04).Node(3, 40.004, 10.06)
	b.Node(4, 39.996, 10.02).Node(5, 39.996, 10.04).Node(6, 39.996, 10.06).Node(7, 39.993, 10.07).Node(8, 40, 10.046)
	road := func(id int64, name string, oneway string, refs ...int64) {
		b.Way(id, refs, "highway", "secondary", "maxspeed", "50", "name", name, "oneway", oneway)
	}
	road(100, "West Road", "no", 10, 11)
	road(101, "North Road", "no", 11, 1, 2, 3, 12)
	road(102, "South Road", "no", 11, 4, 5, 6, 7, 12)
	road(103, "East Road", "no", 12, 13)
	road(104, "First Rung", "no", 1, 4)
	road(105, "Second Rung", "no", 2, 8, 5)
	road(106, "Third Rung", "yes", 6, 3)
	return b
}

func TestDecisionPointsOnALadder(t *testing.T) {
	m := build(t, ladder())
	mv := lorry(3)
	mv.Convoy.MarchKMH = 80
	mv.Legs[0].From, mv.Legs[0].To = spot(40, 9.985), spot(40, 10.095)
	mv.Constraints.MaxDetour = 2
	p, err := makePlan(t, m, mv, func(in *Input) { in.Exchange = -1 })
	if err != nil {
		t.Fatal(err)
	}
	leg := p.Legs[0]
	if len(leg.Routes) != 2 {
		t.Fatalf("alternates: %+v", leg.Alternates)
	}
	north, south := leg.Routes[0], leg.Routes[1]
	speed := north.Length / north.Duration // there are no turns that cost time
	metres := func(nodes ...int64) float64 {
		at := map[int64]geo.Point{
			1: geo.PointFromDegrees(40.004, 10.02), 2: geo.PointFromDegrees(40.004, 10.04), 3: geo.PointFromDegrees(40.004, 10.06),
			4: geo.PointFromDegrees(39.996, 10.02), 5: geo.PointFromDegrees(39.996, 10.04), 6: geo.PointFromDegrees(39.996, 10.06), 7: geo.PointFromDegrees(39.993, 10.07), 8: geo.PointFromDegrees(40, 10.046),
			10: geo.PointFromDegrees(40, 9.985), 11: geo.PointFromDegrees(40, 10), 12: geo.PointFromDegrees(40, 10.08),
		}
		total := 0.0
		for i := 1; i < len(nodes); i++ {
			total += geo.Distance(at[nodes[i-1]], at[nodes[i]])
		}
		return total
	}
	longer := (metres(11, 4, 5, 6, 7, 12) - metres(11, 1, 2, 3, 12)) / speed
	type row struct {
		from, to             string
		parting              bool
		road                 string
		odometer, rejoin     float64
		rejoinOn, over       string
		change, cost, avoids float64
	}
	want := []row{
		{"primary", "alternate 1", true, "West Road", metres(10, 11), metres(10, 11), "South Road", "", 0, longer, metres(11, 1, 2, 3, 12)},
		// The third rung is one-way, so the second is the last to the south.
		{
			"primary", "alternate 1", false, "North Road", metres(10, 11, 1, 2), metres(10, 11, 4, 5), "South Road", "Second Rung", metres(2, 8, 5),
			(metres(2, 8, 5, 6, 7, 12) - metres(2, 3, 12)) / speed, metres(2, 3, 12),
		},
		{"alternate 1", "primary", true, "West Road", metres(10, 11), metres(10, 11), "North Road", "", 0, -longer, metres(11, 4, 5, 6, 7, 12)},
		{
			"alternate 1", "primary", false, "South Road", metres(10, 11, 4, 5, 6), metres(10, 11, 1, 2, 3), "North Road", "Third Rung", metres(6, 3),
			(metres(6, 3, 12) - metres(6, 7, 12)) / speed, metres(6, 7, 12),
		},
	}
	if len(leg.Decisions) != len(want) {
		t.Fatalf("%d decision points: %+v", len(leg.Decisions), leg.Decisions)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.002*math.Abs(b)+1 }
	for i, d := range leg.Decisions {
		x := want[i]
		head := d.Latest.Sub(start).Seconds() * speed
		if d.From != x.from || d.To != x.to || d.Parting != x.parting || d.Road != x.road || d.RejoinOn != x.rejoinOn || strings.Join(d.Over, ", ") != x.over {
			t.Errorf("point %d: %+v, want %+v", i, d, x)
		}
		if !near(d.Odometer, x.odometer) || !near(d.Rejoin, x.rejoin) || !near(d.ChangeM, x.change) || !near(d.ChangeS, x.change/speed) ||
			!near(d.Cost, x.cost) || !near(d.Avoids, x.avoids) || !near(head, x.odometer) {
			t.Errorf("point %d: %+v, want %+v", i, d, x)
		}
	}
	// A limit that the change at the second rung just breaks leaves the first.
	mv.Constraints.MaxDetour = max((north.Duration+want[1].cost-1)/north.Duration, south.Detour)
	if p, err = makePlan(t, m, mv, func(in *Input) { in.Exchange = -1 }); err != nil {
		t.Fatal(err)
	}
	if len(p.Legs[0].Routes) == 2 {
		d := p.Legs[0].Decisions[1]
		if d.From != "primary" || d.Parting || strings.Join(d.Over, "") != "First Rung" {
			t.Errorf("within %g times the fastest: %+v", mv.Constraints.MaxDetour, d)
		}
	} else {
		t.Errorf("within %g times the fastest there is no alternate", mv.Constraints.MaxDetour)
	}
}

// TestAChangeOverSkipsNoStop draws drives over vias.
func TestAChangeOverSkipsNoStop(t *testing.T) {
	dir := t.TempDir()
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		w, drives := drawDrives(t, buildIn(t, dir, drawStreets(t)))
		if len(w.stops) < 3 {
			return
		}
		for i, a := range drives {
			for j, b := range drives {
				if i == j {
					continue
				}
				costsA, costsB := w.costs(w.time, a.runs), w.costs(w.time, b.runs)
				for _, f := range forks(a, b) {
					x, ok := w.newChanger().last(a, b, f, f.fromA, costsA, costsB)
					if !ok {
						continue
					}
					met++
					// What b has passed where it is joined, a has passed where it is left.
					for k := range w.stops[1:] {
						if (b.stops[k] < x.join) != (a.stops[k] <= x.leave) {
							t.Fatalf("leaves after run %d, joins at run %d; stop %d ends runs %d and %d", x.leave, x.join, k+1, a.stops[k], b.stops[k])
						}
					}
				}
			}
		}
	})
	if !testing.Short() && met < 3 {
		t.Errorf("only %d changes on drives with stops in the middle", met)
	}
}

// soundChanges checks what must hold of the decision points and break-outs of any
// leg, from the plan alone.
func soundChanges(leg outrider.LegPlan) error {
	number := map[string]int{}
	for k, r := range leg.Routes {
		number[r.Name] = k
	}
	// on reports when the head is at a vertex of the route at an odometer reading.
	on := func(r *outrider.RoutePlan, lat, lon, metres float64) (seconds float64, ok bool) {
		for k, q := range r.Points {
			if q.Lat == lat && q.Lon == lon && math.Abs(r.Odometer[k]-metres) < 0.002 {
				return r.Times[k], true
			}
		}
		return 0, false
	}
	if leg.Decisions == nil {
		return errors.New("no list of decision points")
	}
	for k, d := range leg.Decisions {
		i, okFrom := number[d.From]
		j, okTo := number[d.To]
		if !okFrom || !okTo || i == j {
			return fmt.Errorf("decision point %d leads from %q to %q", k, d.From, d.To)
		}
		at, okA := on(&leg.Routes[i], d.Lat, d.Lon, d.Odometer)
		_, okB := on(&leg.Routes[j], d.RejoinLat, d.RejoinLon, d.Rejoin)
		switch {
		case !okA || !okB:
			return fmt.Errorf("decision point %d, %s to %s at %g m, joins at %g m: the routes are not there", k, d.From, d.To, d.Odometer, d.Rejoin)
		case math.Abs(d.Latest.Sub(leg.Earliest).Seconds()-at) > 30.01: // turning back may take the rest
			return fmt.Errorf("decision point %d: latest %v; the head is there after %g s", k, d.Latest, at)
		case !d.Parting && d.Detour > leg.Alternates.MaxDetour+1e-9:
			return fmt.Errorf("decision point %d takes %g times the fastest", k, d.Detour)
		case k > 0 && (number[leg.Decisions[k-1].From] > i || number[leg.Decisions[k-1].From] == i && leg.Decisions[k-1].Odometer > d.Odometer):
			return fmt.Errorf("decision point %d out of order", k)
		}
	}
	for _, r := range leg.Routes {
		left := r.BreakOut
		for _, row := range r.March {
			if row.Kind != kindCritical {
				continue
			}
			if len(left) == 0 || left[0].Before || left[0].Point != row.Point || left[0].Odometer != row.Odometer {
				return fmt.Errorf("%s: no way on from %s at %g m", r.Name, row.Point, row.Odometer)
			}
			for n := 0; n == 0 || n == 1 && len(left) > 0 && left[0].Before; n++ {
				b := left[0]
				left = left[1:]
				if b.Point != row.Point || b.Drive > breakOutReach/1000 || b.Kind == "fuel" || (b.Kind == "") != (b.Haven == "") || b.Before && b.Leaves >= b.Odometer {
					return fmt.Errorf("%s: way %d from %s: %+v", r.Name, n, row.Point, b)
				}
			}
		}
		if len(left) > 0 {
			return fmt.Errorf("%s: break-outs from no critical point: %+v", r.Name, left)
		}
	}
	return nil
}

// TestAPlanCutShortIsNone stops planning when the routes are there and only what
// leads off them is missing.
func TestAPlanCutShortIsNone(t *testing.T) {
	m := build(t, ladder())
	mv := lorry(3)
	mv.Legs[0].From, mv.Legs[0].To = spot(40, 9.985), spot(40, 10.095)
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err = Make(ctx, Input{Map: m, Movement: mv, Profile: profile, Now: start, Exchange: -1, Progress: func(phase string, _, _ int64) {
		if phase == "routes in detail" {
			cancel()
		}
	}})
	if outrider.KindOf(err) != outrider.Interrupted {
		t.Errorf("stopped before its decision points are there: %v", err)
	}
}
