package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A place is something on a drive that could be taken away: a chain in both its
// directions (of the first and the last one only the part driven), or a junction
// with every movement through it.
//
// Places on a drive are numbered along it: run k is 2k, the junction between
// runs k and k+1 is 2k+1. The end of a run at a stop in the middle of a chain is
// no place.

// slack says how much longer than the fastest a route may be for the places on
// all such routes to be called chokepoints.
const slack = 1.1

// A chokeSearch finds the places of the fastest drive that every route within a
// budget passes.
type chokeSearch struct {
	p      *planner
	l      *lane
	stops  []stop
	d      *drive
	total  uint32
	c      corridor
	first  []int          // per section: its first run
	ahead  []*search.Tree // per section: forward tree, see forward
	budget []uint32       // per section: how far its trees reach
	err    error          // the first that closing a place met with
}

// newChokeSearch grows the trees that searches with budgets up to most need. Of
// a section they reach as far as a route can stray that drives all other
// sections in the least time. The forward trees of a sketch, which asks for no
// places, grow when something asks for them.
func (p *planner) newChokeSearch(l *lane, stops []stop, d *drive, most uint32) *chokeSearch {
	n := len(stops) - 1
	s := &chokeSearch{p: p, l: l, stops: stops, d: d, total: d.cost, ahead: make([]*search.Tree, n), budget: make([]uint32, n), first: make([]int, n)}
	s.c = corridor{trees: make([]*search.Tree, n), rest: make([]uint32, n)}
	least := make([]uint32, n)
	for k := range n {
		if k > 0 {
			s.first[k] = d.stops[k-1] + 1
		}
		if n > 1 { // with one section there are no others, and its least cancels out
			least[k] = p.leastSection(l, stops[k], stops[k+1])
		}
	}
	sum := uint32(0)
	for k := n - 1; k >= 0; k-- {
		s.c.rest[k] = sum
		sum += least[k]
	}
	for k := range n {
		budget := min(uint64(most)-uint64(sum)+uint64(least[k]), search.Unreachable-1)
		s.c.trees[k] = &search.Tree{}
		p.engine.Backward(l.Metric, p.arrivals(l, stops[k+1]), uint32(budget), s.c.trees[k])
		s.budget[k] = uint32(budget)
		if !p.in.Sketch {
			s.forward(k)
		}
	}
	return s
}

// forward returns the forward tree of a section.
func (s *chokeSearch) forward(k int) *search.Tree {
	if s.ahead[k] == nil {
		s.ahead[k] = &search.Tree{}
		s.p.engine.Forward(s.l.Metric, s.p.sources(s.l, s.stops[k].loc), s.budget[k], s.ahead[k])
	}
	return s.ahead[k]
}

// sources returns a stop as sources: both arcs of its chain, nothing remembered.
func (p *planner) sources(l *lane, loc network.Location) []search.Source {
	return p.appendSources(nil, l, loc)
}

func (p *planner) appendSources(out []search.Source, l *lane, loc network.Location) []search.Source {
	for _, back := range []bool{false, true} {
		a := loc.Chain.Arc(back)
		if w := l.part(a, loc.At, end(p.m, a)); w < search.Unreachable {
			out = append(out, search.Source{State: uint32(a), Label: w})
		}
	}
	return out
}

// ground returns the corridor of routes within the budget that the trees were
// grown for, for searches under lanes that charge no less than the search's own:
// the driving times that its trees hold are then a lower bound that leads such a
// search to its end.
func (s *chokeSearch) ground() *corridor {
	return &corridor{trees: s.c.trees, rest: make([]uint32, len(s.c.rest)), budget: search.Unreachable - 1}
}

// leastSection returns the least time from one stop to the next, whichever way
// it is entered and left.
func (p *planner) leastSection(l *lane, from, to stop) uint32 {
	best := uint32(search.Unreachable)
	if c := from.loc.Chain; c == to.loc.Chain {
		for _, back := range []bool{false, true} {
			a := c.Arc(back)
			if ahead(a, from.loc.At, to.loc.At) && (to.only == nil || *to.only == a) {
				best = min(best, l.part(a, from.loc.At, to.loc.At))
			}
		}
	}
	if d, ok := p.least(l, p.sources(l, from.loc), p.arrivals(l, to)); ok {
		best = min(best, d)
	}
	return best
}

// within returns the places that are on every route of at most budget. Those in
// only, if it is not nil, are the only ones asked about.
//
// A place is cleared as soon as one route within the budget is known to miss it.
// Most fall to routes through one state: the forward tree's path to the state
// and the backward tree's path from it. What is left is decided one by one, by
// a question without the place, so the result is exact. It is not if ctx ends
// meanwhile or err is set: the caller looks.
func (s *chokeSearch) within(ctx context.Context, budget uint32, only []int) []int {
	n := 2*len(s.d.runs) - 1
	candidate := make([]bool, n)
	if only == nil {
		for i := range candidate {
			candidate[i] = s.isPlace(i)
		}
	}
	for _, i := range only {
		candidate[i] = true
	}
	cleared := make([]int32, n+1) // differences: how many routes miss each place
	for k := range s.stops[1:] {
		s.clear(k, budget, cleared)
	}
	again := s.passedTwice()
	depth := int32(0)
	for i := range candidate {
		depth += cleared[i]
		if depth > 0 && !again[i] {
			candidate[i] = false
		}
	}
	s.c.budget = budget
	s.hasten(ctx, candidate)
	// Chains first: every route over a chain passes the junctions at its ends.
	for i := 0; i < n; i += 2 {
		if candidate[i] && ctx.Err() == nil && s.avoidable(i) {
			candidate[i] = false
		}
	}
	for i := 1; i < n; i += 2 {
		if candidate[i] && !candidate[i-1] && !candidate[i+1] && ctx.Err() == nil && s.avoidable(i) {
			candidate[i] = false
		}
	}
	var out []int
	for i, c := range candidate {
		if c {
			out = append(out, i)
		}
	}
	return out
}

// isPlace reports whether number i is a place: not where a run is cut by a stop.
// The chains of middle stops are asked for, not forced by the network.
func (s *chokeSearch) isPlace(i int) bool {
	k := i / 2
	for _, at := range s.d.stops[:len(s.d.stops)-1] {
		if k == at || i == 2*at+2 {
			return false
		}
	}
	return true
}

// passedTwice marks the places that the drive passes more than once.
func (s *chokeSearch) passedTwice() []bool {
	out := make([]bool, 2*len(s.d.runs)-1)
	chains, nodes := map[network.ChainID]int{}, map[network.NodeID]int{}
	for i := range out {
		var j int
		var seen bool
		if i%2 == 0 {
			c := s.d.runs[i/2].arc.Chain()
			if j, seen = chains[c]; !seen {
				chains[c] = i
			}
		} else {
			v := s.p.m.ArcHead(s.d.runs[i/2].arc)
			if j, seen = nodes[v]; !seen {
				nodes[v] = i
			}
		}
		if seen {
			out[i], out[j] = true, true
		}
	}
	return out
}

// trail says how a tree path lies along the drive: on it up to (in a backward
// tree: from) a run, and what it touches of it otherwise, as a range of places.
type trail struct {
	run    int
	on     bool // still on the drive
	lo, hi int
}

func (t trail) touch(at [2]int) trail {
	t.lo, t.hi = min(t.lo, at[0]), max(t.hi, at[1])
	return t
}

// clear counts the places of section k that routes through single states miss.
func (s *chokeSearch) clear(k int, budget uint32, cleared []int32) {
	m, g := s.p.m, s.p.graph
	first, final := s.first[k], s.d.stops[k]
	fwd, bwd := s.forward(k), s.c.trees[k]
	others := uint64(0) // what the drive takes outside the section
	if in := s.sectionCost(k); uint64(s.total) > in {
		others = uint64(s.total) - in
	}
	nodes := map[network.NodeID][2]int{}
	for i := first; i < final; i++ {
		v := m.ArcHead(s.d.runs[i].arc)
		at, ok := nodes[v]
		if !ok {
			at = [2]int{2*i + 1, 2*i + 1}
		}
		at[1] = 2*i + 1
		nodes[v] = at
	}
	chains := map[network.ChainID][2]int{}
	for i := first; i <= final; i++ {
		c := s.d.runs[i].arc.Chain()
		at, ok := chains[c]
		if !ok {
			at = [2]int{2 * i, 2 * i}
		}
		at[1] = 2 * i
		chains[c] = at
	}
	// A state off the drive still touches it where it ends at one of its
	// junctions, or is one of its chains the other way or with other turn
	// restrictions in mind.
	touch := func(t trail, state uint32) trail {
		a := network.ArcID(g.Arc(state))
		if at, ok := nodes[m.ArcHead(a)]; ok {
			t = t.touch(at)
		}
		if at, ok := chains[a.Chain()]; ok {
			t = t.touch(at)
		}
		return t
	}
	none := trail{lo: 1 << 30, hi: -1}
	start := s.d.runs[first].state
	trails := make([]trail, g.States())
	known := make([]bool, g.States())
	for _, v := range fwd.Order {
		parent, _, ok := fwd.Parent(v)
		var t trail
		switch {
		case !ok && v == start:
			t = trail{run: first, on: true, lo: none.lo, hi: none.hi}
		case !ok:
			if k > 0 {
				continue // arrives at the middle stop another way than the drive
			}
			t = none
			t.run = first - 1
		default:
			if !known[parent] {
				continue
			}
			t = trails[parent]
			if t.on && t.run < final && s.d.runs[t.run+1].state == v {
				t.run++
			} else {
				t.on = false
			}
		}
		if !t.on {
			if ok { // of the first chain the other part is driven, not what the drive uses
				t = touch(t, v)
			} else if at, ok := nodes[m.ArcHead(network.ArcID(g.Arc(v)))]; ok {
				t = t.touch(at)
			}
		}
		trails[v], known[v] = t, true
	}
	back := make([]trail, g.States())
	reaches := make([]bool, g.States())
	for _, v := range bwd.Order {
		next, last, _ := bwd.Parent(v)
		var t trail
		if last {
			t = none
			t.run = final + 1
			switch target := s.d.runs[final]; {
			case next == target.state:
				t.run, t.on = final, true
			case k < len(s.stops)-2:
				continue // reaches the middle stop another way than the drive
			case s.p.arc(next) == target.arc:
				t.run = final // the same ground with other restrictions in mind
			}
		} else {
			if !reaches[next] {
				continue
			}
			t = back[next]
			if t.on && t.run > first && s.d.runs[t.run-1].state == next {
				t.run--
			} else {
				t.on = false
				t = touch(t, next)
			}
		}
		back[v], reaches[v] = t, true
		f := trails[v]
		if !known[v] || others+uint64(fwd.Label(v))+uint64(bwd.Label(v)) > uint64(budget) {
			continue
		}
		// Missed: what lies between leaving the drive and coming back to it, but
		// for what the route touches on the way.
		from, to := 2*f.run+2, 2*t.run-2
		if f.run < first {
			from = 2 * first
		}
		if t.run > final {
			to = 2 * final
		}
		lo, hi := min(f.lo, t.lo), max(f.hi, t.hi)
		if lo > hi {
			miss(cleared, from, to)
			continue
		}
		miss(cleared, from, min(to, lo-1))
		miss(cleared, max(from, hi+1), to)
	}
}

func miss(cleared []int32, from, to int) {
	if from <= to {
		cleared[from]++
		cleared[to+1]--
	}
}

// sectionCost returns what the drive takes within section k.
func (s *chokeSearch) sectionCost(k int) uint64 {
	return s.p.cost(s.l, s.d.runs[s.first[k]:s.d.stops[k]+1])
}

// avoidable reports whether there is a route within the budget that misses
// place i.
func (s *chokeSearch) avoidable(i int) bool {
	if s.p.quick.lane != s.l {
		return s.avoidableSearched(i)
	}
	ok, err := s.avoidableAsked(i)
	if err != nil {
		s.err = cmp.Or(s.err, internal(err))
	}
	return ok
}

// hasten hastens the lane where deciding the places that are left by searches
// would take longer. A search looks at some of the states of the trees, hastening
// at all turns of the map several times, and more where the hierarchy is not made
// yet; the factors are measured.
func (s *chokeSearch) hasten(ctx context.Context, left []bool) {
	if s.p.quick.lane == s.l || s.err != nil {
		return
	}
	places, states := 0, 0
	for _, c := range left {
		if c {
			places++
		}
	}
	for _, t := range s.c.trees {
		states += len(t.Order)
	}
	factor := 8
	if !s.p.routed() {
		factor = 40
	}
	if places*states > factor*len(s.p.m.TurnTo) {
		s.err = s.p.hasten(ctx, s.l)
	}
}

// avoidableAsked asks the hierarchy, in which the place is closed meanwhile.
func (s *chokeSearch) avoidableAsked(i int) (ok bool, err error) {
	p, k := s.p, i/2
	without := bar{first: network.None, last: network.None}
	var arcs, turns []uint32
	if i%2 == 1 {
		for state := range p.statesInto(p.m.ArcHead(s.d.runs[k].arc)) {
			from, to := p.graph.Turns(state)
			for t := from; t < to; t++ {
				turns = append(turns, t)
			}
		}
	} else {
		a := s.d.runs[k].arc
		arcs = []uint32{uint32(a), uint32(a.Reverse())}
		if k == 0 {
			without.first = a
		}
		if k == len(s.d.runs)-1 {
			without.last = a
		}
	}
	if err := p.quick.metric.Close(arcs, turns); err != nil {
		return false, err
	}
	ok = p.leastThrough(s.l, s.stops, without) <= uint64(s.c.budget)
	return ok, p.quick.metric.Reopen()
}

// avoidableSearched searches the ground within the budget.
func (s *chokeSearch) avoidableSearched(i int) bool {
	l := *s.l
	k := i / 2
	without := bar{first: network.None, last: network.None}
	if i%2 == 1 {
		undo := s.p.closeNode(&l, s.p.m.ArcHead(s.d.runs[k].arc))
		defer undo()
	} else {
		a := s.d.runs[k].arc
		undo := closeChain(&l, a.Chain())
		defer undo()
		if k == 0 {
			without.first = a
		}
		if k == len(s.d.runs)-1 {
			without.last = a
		}
	}
	_, ok := s.p.through(&l, s.stops, &s.c, without)
	return ok
}

// closeChain takes both directions of a chain away from a lane until undone.
func closeChain(l *lane, c network.ChainID) (undo func()) {
	f, b := l.Arc[2*c], l.Arc[2*c+1]
	l.Arc[2*c], l.Arc[2*c+1] = search.Unreachable, search.Unreachable
	return func() { l.Arc[2*c], l.Arc[2*c+1] = f, b }
}

// closeNode takes every movement through a node away from a lane until undone.
func (p *planner) closeNode(l *lane, v network.NodeID) (undo func()) {
	type weight struct{ turn, was uint32 }
	var undone []weight
	for s := range p.statesInto(v) {
		from, to := p.graph.Turns(s)
		for t := from; t < to; t++ {
			undone = append(undone, weight{t, l.Turn[t]})
			l.Turn[t] = search.Unreachable
		}
	}
	return func() {
		for _, w := range slices.Backward(undone) {
			l.Turn[w.turn] = w.was
		}
	}
}

// A chokeStretch is a run of places that follow one another on the fastest drive
// and that every route within slack of it passes.
type chokeStretch struct {
	first, last int   // places, as numbered on the fastest drive
	runs        []run // its chains; for a junction alone a run of no length at it
	all         bool  // every route within the detour limit passes some of it
	detour      float64
}

func (c chokeStretch) source() string {
	if c.all {
		return fmt.Sprintf("on every route within %g times the fastest", c.detour)
	}
	return fmt.Sprintf("on every route within %g times the fastest", slack)
}

// chokeStretches joins places that follow one another: tight ones, told apart by
// whether every route within the detour limit passes them.
func (w *legWork) chokeStretches(tight, whatever []int) []chokeStretch {
	var out []chokeStretch
	for _, i := range tight {
		all := slices.Contains(whatever, i)
		if n := len(out); n > 0 && out[n-1].last == i-1 && out[n-1].all == all {
			out[n-1].last = i
			continue
		}
		out = append(out, chokeStretch{first: i, last: i, all: all, detour: w.detour})
	}
	for k := range out {
		c := &out[k]
		for i := c.first; i <= c.last; i++ {
			if i%2 == 0 {
				c.runs = append(c.runs, w.fastest.runs[i/2])
			}
		}
		if c.runs == nil {
			r := w.fastest.runs[c.first/2]
			r.from = r.to
			c.runs = []run{r}
		}
	}
	return out
}

// avoidable returns the chokepoints that some route within the detour limit
// misses: what alternates must not share.
func (w *legWork) avoidable(tight, whatever []int) []chokePlace {
	var out []chokePlace
	for _, i := range tight {
		if slices.Contains(whatever, i) {
			continue
		}
		r := w.fastest.runs[i/2]
		if i%2 == 0 {
			out = append(out, chokePlace{ground: r, node: network.None})
		} else {
			out = append(out, chokePlace{node: w.m.ArcHead(r.arc)})
		}
	}
	return out
}

// shared lists the chokepoints that every route within the detour limit passes,
// with their odometer on the primary.
func (w *legWork) shared(primary *drive) []outrider.SharedStretch {
	out := []outrider.SharedStretch{}
	at := odometers(primary)
	for _, c := range w.choke {
		if !c.all {
			continue
		}
		from, to, ok := w.passage(primary, at, c)
		if !ok {
			continue // the primary is longer than the limit: it has to be, if the fastest is weighted ground
		}
		r := c.runs[0]
		q := w.m.PointAt(r.arc.Chain(), r.from)
		out = append(out, outrider.SharedStretch{Road: w.m.Describe(r.arc.Chain(), r.from), Lat: degrees(q.Lat), Lon: degrees(q.Lon), From: from, To: to})
	}
	slices.SortStableFunc(out, func(a, b outrider.SharedStretch) int {
		switch {
		case a.From < b.From:
			return -1
		case a.From > b.From:
			return 1
		}
		return 0
	})
	return out
}

// passage returns from where to where on its odometer a drive passes some of a
// chokepoint.
func (w *legWork) passage(d *drive, at []float64, c chokeStretch) (from, to float64, ok bool) {
	for k, r := range d.runs {
		for _, x := range c.runs {
			if r.arc.Chain() != x.arc.Chain() {
				if x.from != x.to || w.m.ArcHead(r.arc) != w.m.ArcHead(x.arc) || r.to != end(w.m, r.arc) {
					continue
				}
				// A junction alone, passed another way.
				if !ok {
					from = at[k+1]
				}
				to, ok = at[k+1], true
				continue
			}
			lo, hi := max(r.low(), x.low()), min(r.high(), x.high())
			if lo > hi || lo == hi && x.from != x.to {
				continue
			}
			a, b := reading(at[k], r, lo), reading(at[k], r, hi)
			if a > b {
				a, b = b, a
			}
			if !ok {
				from = a
			}
			from, to, ok = min(from, a), max(to, b), true
		}
	}
	return from, to, ok
}

// offset returns the metres from where a run begins to a position on it.
func offset(r run, at network.Millimetres) float64 {
	if r.arc.Backwards() {
		return (r.from - at).Metres()
	}
	return (at - r.from).Metres()
}

// reading returns the odometer at a position on a run that begins at a reading,
// in whole millimetres, so that the same place has the same reading however it is
// come by.
func reading(begins float64, r run, at network.Millimetres) float64 {
	return math.Round((begins+offset(r, at))*1000) / 1000
}

// odometers returns the metres driven at the beginning of each run, and in all.
func odometers(d *drive) []float64 {
	out := make([]float64, 1, len(d.runs)+1)
	total := uint64(0)
	for _, r := range d.runs {
		total += uint64(r.high() - r.low())
		out = append(out, float64(total)/1000)
	}
	return out
}

// NoExitLength is the length in metres from which a stretch that the convoy
// cannot leave counts as one with no exit.
const NoExitLength = 2000

// A noExit is an arc on a long stretch with no exit.
type noExit struct {
	arc    network.ArcID
	length float64 // metres of the whole stretch
}

func (n noExit) detail() string {
	return fmt.Sprintf("no way off for %.1f km", n.length/1000)
}

// longWithoutExit returns the arcs, in order, on stretches of at least
// NoExitLength that the convoy can leave only at their end. An exit is a turn it
// may take onto a road that does not end dead at its other end; turning back is
// none. How the road is cut into ways does not matter. It takes time linear in
// the turns.
func (p *planner) longWithoutExit(l *lane) []noExit {
	m := p.m
	arcs := m.NumArcs()
	// The only way on from an arc, and the number of arcs whose only way on it is.
	next := make([]network.ArcID, arcs)
	before := make([]uint32, arcs)
	for a := range next {
		next[a] = network.None
		if l.Arc[a] >= search.Unreachable {
			continue
		}
		ways := 0
		i, j := p.graph.Turns(uint32(a))
		for ; i < j; i++ {
			b := p.arc(p.graph.Next(i))
			if l.Turn[i] >= search.Unreachable || l.Arc[b] >= search.Unreachable || b == network.ArcID(a).Reverse() {
				continue
			}
			if m.NodeInfo[m.ArcHead(b)].Degree == 1 {
				continue
			}
			ways++
			next[a] = b
		}
		if ways != 1 {
			next[a] = network.None
		}
	}
	for _, b := range next {
		if b != network.None {
			before[b]++
		}
	}
	// Metres to the end of the stretch, and from its farthest beginning: the
	// arcs form trees that lead to their stretch's end. Rings are cut anywhere.
	left := make([]float64, arcs)
	done := make([]bool, arcs)
	var path []network.ArcID
	for a := range network.ArcID(arcs) {
		path = path[:0]
		for b := a; b != network.None && !done[b]; b = next[b] {
			done[b] = true
			path = append(path, b)
		}
		for _, b := range slices.Backward(path) {
			left[b] = m.Length[b.Chain()].Metres()
			if n := next[b]; n != network.None {
				left[b] += left[n]
			}
		}
	}
	back := make([]float64, arcs)
	queue := path[:0]
	for a := range network.ArcID(arcs) {
		if before[a] == 0 {
			queue = append(queue, a)
		}
	}
	for len(queue) > 0 {
		a := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if n := next[a]; n != network.None {
			back[n] = max(back[n], back[a]+m.Length[a.Chain()].Metres())
			if before[n]--; before[n] == 0 {
				queue = append(queue, n)
			}
		}
	}
	var out []noExit
	for a := range network.ArcID(arcs) {
		if total := back[a] + left[a]; l.Arc[a] < search.Unreachable && total >= NoExitLength {
			out = append(out, noExit{a, total})
		}
	}
	return out
}
