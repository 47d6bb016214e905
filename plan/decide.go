package plan

import (
	"cmp"
	"context"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// decisions finds, for each ordered pair of routes and each stretch on which they
// differ, where they part and the last junction at which the column can still
// change over; docs/planning.md says what counts. Times are those of the leg's
// lane. One search a pair and stretch as a rule, back from the route joined.
func (c *changer) decisions(ctx context.Context, drives []*itinerary, routes []outrider.RoutePlan) []outrider.DecisionPoint {
	out := []outrider.DecisionPoint{}
	for i, a := range drives {
		first := len(out)
		for j, b := range drives {
			if i == j || ctx.Err() != nil {
				continue
			}
			for _, d := range c.between(a, b) {
				d.From, d.To = routes[i].Name, routes[j].Name
				out = append(out, d)
			}
		}
		slices.SortStableFunc(out[first:], func(x, y outrider.DecisionPoint) int { return cmp.Compare(x.Odometer, y.Odometer) })
	}
	return out
}

// A fork is a stretch between two stops on which one drive, a, goes another way
// than another, b: half-open ranges of the runs of both.
type fork struct {
	fromA, toA int
	fromB, toB int
	// cut says that a stop, not a junction where both are, is at its beginning.
	cut bool
	// The runs of both that follow up to the next stop end here.
	endA, endB int
}

// forks returns the stretches on which a goes another way than b, in order.
// Stops are passed by both, so none of the stretches reaches over one.
func forks(a, b *drive) []fork {
	var out []fork
	firstA, firstB := 0, 0
	for k := range a.stops {
		endA, endB := a.stops[k]+1, b.stops[k]+1
		i, j := firstA, firstB // what comes after the runs in common so far
		for _, both := range append(together(a.runs[firstA:endA], b.runs[firstB:endB]), [2]int{endA - firstA, endB - firstB}) {
			atA, atB := firstA+both[0], firstB+both[1]
			if i < atA {
				out = append(out, fork{fromA: i, toA: atA, fromB: j, toB: atB, cut: i == firstA && j == firstB, endA: endA, endB: endB})
			}
			i, j = atA+1, atB+1
		}
		firstA, firstB = endA, endB
	}
	return out
}

// together returns the longest sequence of runs that both lists have, in the
// order of both, as pairs of indexes. It takes (n + r) log n steps, r being the
// number of equal pairs (Hunt and Szymanski 1977).
func together(a, b []run) [][2]int {
	type ground struct {
		arc      network.ArcID
		from, to network.Millimetres
	}
	at := map[ground][]int{}
	for j, r := range slices.Backward(b) {
		g := ground{r.arc, r.from, r.to}
		at[g] = append(at[g], j)
	}
	type link struct{ i, j, before int }
	var links []link
	var tails []int // of the sequences of each length, the one that ends first in b
	for i, r := range a {
		for _, j := range at[ground{r.arc, r.from, r.to}] {
			n, _ := slices.BinarySearchFunc(tails, j, func(t, j int) int { return cmp.Compare(links[t].j, j) })
			before := -1
			if n > 0 {
				before = tails[n-1]
			}
			links = append(links, link{i, j, before})
			if n == len(tails) {
				tails = append(tails, 0)
			}
			tails[n] = len(links) - 1
		}
	}
	if len(tails) == 0 {
		return nil
	}
	out := make([][2]int, len(tails))
	for n, l := len(tails)-1, tails[len(tails)-1]; l >= 0; n, l = n-1, links[l].before {
		out[n] = [2]int{links[l].i, links[l].j}
	}
	return out
}

// A changer looks for ways off the drives of a leg: over to another, or to a safe
// haven.
type changer struct {
	w      *legWork
	limit  uint64        // milliseconds that a whole drive may take
	free   search.Metric // the leg's, in which ground is barred for a search
	barred map[network.ArcID]bool
	tree   search.Tree
}

func (w *legWork) newChanger() *changer {
	return &changer{
		w: w, limit: uint64(w.detour * float64(w.fastest.cost)),
		free: search.Metric{Arc: slices.Clone(w.time.Arc), Turn: w.time.Turn}, barred: map[network.ArcID]bool{},
	}
}

// bar closes the ground of runs, in both directions, until unbar.
func (c *changer) bar(runs ...run) {
	for _, r := range runs {
		c.barArc(r.arc)
		c.barArc(r.arc.Reverse())
	}
}

func (c *changer) barArc(a network.ArcID) {
	c.free.Arc[a] = search.Unreachable
	c.barred[a] = true
}

func (c *changer) unbar() {
	for a := range c.barred {
		c.free.Arc[a] = c.w.time.Arc[a]
	}
	clear(c.barred)
}

// A changeOver is a way from one drive, a, to another, b.
type changeOver struct {
	leave int      // the run of a at whose end it begins
	join  int      // the run of b that it turns onto
	path  []uint32 // states driven in between
	cost  uint64   // from where it begins to the destination, over the rest of b
	rest  uint64   // of that, what b takes from where it is joined
}

// between returns the decision points from a to b, in order.
func (c *changer) between(a, b *itinerary) []outrider.DecisionPoint {
	w := c.w
	costsA, costsB := w.costs(w.time, a.runs), w.costs(w.time, b.runs)
	var out []outrider.DecisionPoint
	for _, f := range forks(a.drive, b.drive) {
		if f.fromB == f.endB {
			continue // b is at the stop already, a comes by it and returns
		}
		lo := f.fromA
		switch {
		case f.cut && f.fromA > 0:
			// At a stop in the middle the drive goes on as it came.
		case f.cut:
			out = append(out, c.point(a, b, f, changeOver{leave: -1, join: 0, cost: costsB[len(costsB)-1], rest: costsB[len(costsB)-1]}, costsA, true))
		case w.turnBetween(w.time, a.runs[f.fromA-1], b.runs[f.fromB]) < search.Unreachable:
			rest := costsB[len(costsB)-1] - costsB[f.fromB-1]
			out = append(out, c.point(a, b, f, changeOver{leave: f.fromA - 1, join: f.fromB, cost: rest, rest: rest}, costsA, true))
		default:
			lo = f.fromA - 1 // what a remembers of its way there forbids b's
		}
		if x, ok := c.last(a.drive, b.drive, f, lo, costsA, costsB); ok {
			out = append(out, c.point(a, b, f, x, costsA, false))
		}
	}
	return out
}

// last finds the last junction of a's part of the fork, from the end of run lo
// on, from which b is joined within the limit, and the quickest way from there.
//
// What may be driven in between depends on the junction: nothing of a ahead of
// it. So the search leaves the ground of a free at first, but for its last run,
// and finds the last junction from which b could be joined at all; only if the way
// found drives ground that lies ahead, that is barred and searched again.
func (c *changer) last(a, b *drive, f fork, lo int, costsA, costsB []uint64) (changeOver, bool) {
	hi := f.toA - 2
	for hi >= lo && costsA[hi] > c.limit {
		hi--
	}
	targets, joins := c.joins(b, f, costsB)
	if hi < lo || len(targets) == 0 {
		return changeOver{}, false
	}
	defer c.unbar()
	c.bar(a.runs[f.toA:f.endA]...)
	c.bar(b.runs[f.toB:f.endB]...)
	for hi >= lo {
		c.bar(a.runs[hi+1 : f.toA]...)
		x, ok := c.search(a, lo, hi, costsA, targets, joins)
		if !ok {
			return changeOver{}, false
		}
		if !c.drives(x.path, a.runs[x.leave+1:hi+1]) {
			x = c.shortened(x, b, f)
			x.rest = c.rest(b, x.join, costsB)
			return x, true
		}
		hi = x.leave
	}
	return changeOver{}, false
}

// joins returns the runs of b's part of a fork as targets that lie the rest of b
// away from where they begin, and which run each state is.
func (c *changer) joins(b *drive, f fork, costs []uint64) ([]search.Target, map[uint32]int) {
	var targets []search.Target
	joins := map[uint32]int{}
	for j := f.fromB; j < f.toB; j++ {
		r := b.runs[j]
		if r.from != begin(c.w.m, r.arc) {
			continue // who comes to its beginning is not yet where b comes from the stop
		}
		targets = append(targets, search.Target{State: r.state, Part: uint32(min(c.rest(b, j, costs), search.Unreachable))})
		joins[r.state] = j // of several, the later: less is left
	}
	return targets, joins
}

// rest returns what a drive takes from the beginning of run j to the destination.
func (c *changer) rest(d *drive, j int, costs []uint64) uint64 {
	r := d.runs[j]
	return costs[len(costs)-1] - costs[j] + uint64(c.w.time.part(r.arc, r.from, r.to))
}

// An exit is a turn off a drive.
type exit struct {
	run  int
	turn uint32 // its weight
}

// search finds the last run of a from lo to hi at whose end a way to a target
// begins that keeps the limit, and the quickest such way.
func (c *changer) search(a *drive, lo, hi int, costs []uint64, targets []search.Target, joins map[uint32]int) (changeOver, bool) {
	w := c.w
	exits := map[uint32][]exit{}
	part := map[uint32]uint32{}
	for _, t := range targets {
		if old, ok := part[t.State]; !ok || t.Part < old {
			part[t.State] = t.Part
		}
	}
	best := changeOver{leave: -1}
	var via uint32
	// The budget for what comes later: enough for the way found, and for one from
	// each run after it.
	budget := func() uint32 {
		most := uint64(0)
		if best.leave >= 0 {
			most = best.cost
		}
		if next := max(best.leave+1, lo); next <= hi {
			most = max(most, c.limit-costs[next])
		}
		return uint32(min(most, search.Unreachable-1))
	}
	found := func(run int, state uint32, cost uint64) {
		if cost > c.limit-costs[run] || run < best.leave || run == best.leave && cost >= best.cost {
			return
		}
		best.leave, best.cost, via = run, cost, state
	}
	for i := lo; i <= hi; i++ {
		here := a.runs[i]
		from, to := w.graph.Turns(here.state)
		for t := from; t < to; t++ {
			s, turn := w.graph.Next(t), w.time.Turn[t]
			arc := w.arc(s)
			if turn >= search.Unreachable || arc == here.arc.Reverse() || arc.Chain() == a.runs[i+1].arc.Chain() {
				continue
			}
			if p, ok := part[s]; ok && p < search.Unreachable {
				found(i, s, uint64(turn)+uint64(p))
			}
			if c.free.Arc[arc] < search.Unreachable {
				exits[s] = append(exits[s], exit{i, turn})
			}
		}
	}
	direct := best.leave
	directCost, directVia := best.cost, via
	w.engine.BackwardUntil(c.free, targets, budget(), &c.tree, func(s, label uint32) uint32 {
		for _, e := range exits[s] {
			found(e.run, s, uint64(e.turn)+uint64(c.free.Arc[w.arc(s)])+uint64(label))
		}
		return budget()
	})
	if best.leave < 0 {
		return changeOver{}, false
	}
	if best.leave == direct && best.cost == directCost && via == directVia {
		best.join = joins[via]
		return best, true
	}
	for s := via; ; {
		best.path = append(best.path, s)
		next, final, _ := c.tree.Parent(s)
		if final {
			best.join = joins[next]
			return best, true
		}
		s = next
	}
}

// drives reports whether states lie on the ground of runs, in either direction.
func (c *changer) drives(path []uint32, runs []run) bool {
	if len(runs) == 0 {
		return false
	}
	ground := map[network.ChainID]bool{}
	for _, r := range runs {
		ground[r.arc.Chain()] = true
	}
	return slices.ContainsFunc(path, func(s uint32) bool { return ground[c.w.arc(s).Chain()] })
}

// shortened ends a way where it is on b already, though in a state that
// remembers another way there.
func (c *changer) shortened(x changeOver, b *drive, f fork) changeOver {
	for n := len(x.path); n > 0 && x.join > f.fromB; n-- {
		r := b.runs[x.join-1]
		if c.w.arc(x.path[n-1]) != r.arc || r.from != begin(c.w.m, r.arc) {
			break
		}
		x.path, x.join = x.path[:n-1], x.join-1
	}
	return x
}

// point makes the plan's form of a way to change over.
func (c *changer) point(a, b *itinerary, f fork, x changeOver, costsA []uint64, parting bool) outrider.DecisionPoint {
	w, m := c.w, c.w.m
	d := outrider.DecisionPoint{Parting: parting, Over: []string{}, Geometry: []outrider.LatLon{}}
	before := uint64(0)
	chain, at := w.stops[0].loc.Chain, w.stops[0].loc.At
	d.Latest = a.when(0)
	if x.leave >= 0 {
		r := a.runs[x.leave]
		before = costsA[x.leave]
		chain, at = r.arc.Chain(), r.to
		d.Latest = a.when(a.ends[x.leave])
		d.Odometer = a.odometer[x.leave+1]
	}
	place := m.PointAt(chain, at)
	d.Road, d.Lat, d.Lon = m.Describe(chain, at), degrees(place.Lat), degrees(place.Lon)
	stay := costsA[len(costsA)-1] - before
	d.Cost = (float64(x.cost) - float64(stay)) / 1000
	if w.fastest.cost > 0 {
		d.Detour = float64(before+x.cost) / float64(w.fastest.cost)
	}
	joined := b.runs[x.join]
	place = m.PointAt(joined.arc.Chain(), joined.from)
	d.RejoinLat, d.RejoinLon = degrees(place.Lat), degrees(place.Lon)
	d.Rejoin, d.RejoinOn = b.odometer[x.join], m.Describe(joined.arc.Chain(), joined.from)
	d.ChangeS = (float64(x.cost) - float64(x.rest)) / 1000
	var way []run
	for _, s := range x.path {
		arc := w.arc(s)
		way = append(way, run{state: s, arc: arc, from: begin(m, arc), to: end(m, arc)})
	}
	if len(way) > 0 {
		d.ChangeM = length(&drive{runs: way})
		d.Over = w.roads(way)
		d.Geometry = w.line(way)
	}
	ahead := &drive{runs: a.runs[x.leave+1 : f.toA]}
	driven := &drive{runs: append(way, b.runs[x.join:f.toB]...)}
	d.Avoids = length(ahead) - sharedLength(ahead, driven)
	thousandths(&d.Odometer, &d.ChangeM, &d.ChangeS, &d.Rejoin, &d.Cost, &d.Avoids)
	return d
}

// roads names the roads that runs drive, in order. A roundabout belongs to the
// road that it is left by.
func (w *legWork) roads(runs []run) []string {
	names := []string{}
	all := (&itinerary{w: w, drive: &drive{runs: runs}}).parts()
	for i, x := range all {
		if x.round && i+1 < len(all) {
			continue
		}
		if n := len(names); n == 0 || names[n-1] != x.road {
			names = append(names, x.road)
		}
	}
	return names
}

// line returns the line that runs drive.
func (w *legWork) line(runs []run) []outrider.LatLon {
	out := []outrider.LatLon{}
	add := func(q point) {
		if l := latLon(q); len(out) == 0 || out[len(out)-1] != l {
			out = append(out, l)
		}
	}
	for _, r := range runs {
		c := r.arc.Chain()
		add(w.m.PointAt(c, r.from))
		vertices, ats := w.m.Vertices(c)
		for k := range vertices {
			if r.arc.Backwards() {
				k = len(vertices) - 1 - k
			}
			if ats[k] > r.low() && ats[k] < r.high() {
				add(vertices[k])
			}
		}
		add(w.m.PointAt(c, r.to))
	}
	return out
}
