package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// Bounds on alternates, see docs/planning.md.
const (
	// maxShared is the greatest share of length in common with a chosen route.
	maxShared = 0.6
	// window is the part of the fastest time over which an alternate must be
	// sensible: not above maxStretch times the best way between the ends of the
	// window, in time or in what the planner minimises.
	window     = 0.25
	maxStretch = 1.25
	// rounds bounds the candidates that are made for each alternate.
	rounds = 6
	// surcharge is what one use of a chain by a candidate adds to its cost.
	surcharge = 0.5
)

// reasons why a candidate is no alternate, in the order they are tested.
type refusal uint8

const (
	accepted refusal = iota
	noWay
	tooSlow
	tooAlike
	sharesChoke
	doublesBack
	wanders
	refusals
)

func (r refusal) say(maxDetour float64) string {
	switch r {
	case noWay:
		return "there is no way that misses the chokepoints of the routes chosen"
	case tooSlow:
		return fmt.Sprintf("other ways take longer than %g times the fastest", maxDetour)
	case tooAlike:
		return fmt.Sprintf("other ways share more than %.0f %% of their length with a route chosen", maxShared*100)
	case sharesChoke:
		return "other ways pass a chokepoint of a route chosen that can be avoided"
	case doublesBack:
		return "other ways drive the same road twice"
	case wanders:
		return fmt.Sprintf("other ways have a part that costs more than %g times the best way between its ends", maxStretch)
	case accepted, refusals:
	}
	return ""
}

// candidateSearch looks for alternates to the routes chosen so far.
type candidateSearch struct {
	p       *planner
	time    *lane // driving time
	prefer  *lane // what the planner minimises
	stops   []stop
	fastest uint32
	detour  float64 // time at most this many times fastest
	// avoid are the chokepoints of the fastest drive that some route within the
	// detour limit misses: no two routes may share one.
	avoid  []chokePlace
	chosen []*drive
	used   map[network.ChainID]int // how often candidates have used a chain
	// within bounds searches to the ground of routes within the detour limit.
	within *corridor
}

// A chokePlace is a node, or the ground of a run: a chain, but of the first and
// the last one of the fastest drive only the part that it drives.
type chokePlace struct {
	ground run
	node   network.NodeID // None for ground
}

// on reports whether a drive passes the place.
func (c chokePlace) on(m *network.Map, d *drive) bool {
	for i, r := range d.runs {
		if c.node == network.None && common(r, c.ground) > 0 {
			return true
		}
		if c.node != network.None && i+1 < len(d.runs) && r.to == end(m, r.arc) && m.ArcHead(r.arc) == c.node {
			return true
		}
	}
	return false
}

// look tries to find up to n alternates, each the cheapest candidate left that
// is within the bounds. Candidates come from plateaus, given in pool, and from
// searches in which the chains that routes and candidates before have used cost
// more each time (the penalty method); chokepoints that can be avoided, and are
// on a chosen route, are closed there. The text says why there are fewer than n.
// It stops early, with no reason, when ctx ends.
func (s *candidateSearch) look(ctx context.Context, n int, pool []*drive) (reason string) {
	var why [refusals]int
	for len(s.chosen) < n+1 {
		clear(s.used)
		for _, d := range s.chosen {
			s.use(d)
		}
		for range rounds {
			if ctx.Err() != nil {
				return ""
			}
			d, ok := s.candidate()
			if !ok {
				why[noWay]++
				break
			}
			s.use(d)
			pool = append(pool, d)
		}
		cost := make(map[*drive]uint64, len(pool))
		for _, d := range pool {
			cost[d] = s.p.cost(s.prefer, d.runs)
		}
		slices.SortStableFunc(pool, func(a, b *drive) int { return cmp.Compare(cost[a], cost[b]) })
		found := false
		for len(pool) > 0 && !found {
			d := pool[0]
			pool = pool[1:] // a candidate refused once is refused for good
			r := s.judge(d)
			why[r]++
			if found = r == accepted; found {
				s.chosen = append(s.chosen, d)
			}
		}
		if !found {
			// The bound that stopped most candidates, the first of equals.
			most := noWay
			for r := noWay; r < refusals; r++ {
				if why[r] > why[most] {
					most = r
				}
			}
			return most.say(s.detour)
		}
	}
	return ""
}

func (s *candidateSearch) use(d *drive) {
	seen := map[network.ChainID]bool{}
	for _, r := range d.runs {
		if c := r.arc.Chain(); !seen[c] {
			seen[c] = true
			s.used[c]++
		}
	}
}

// candidate finds the cheapest drive with surcharges and closures.
func (s *candidateSearch) candidate() (*drive, bool) {
	l := lane{search.Metric{Arc: slices.Clone(s.prefer.Arc), Turn: slices.Clone(s.prefer.Turn)}, nil}
	factor := func(c network.ChainID) float64 { return 1 + surcharge*float64(s.used[c]) }
	for c := range s.used {
		for _, a := range [2]network.ArcID{c.Arc(false), c.Arc(true)} {
			l.Arc[a] = scaled(l.Arc[a], factor(c))
		}
	}
	closed := map[network.ChainID][]run{}
	for _, c := range s.avoid {
		if !slices.ContainsFunc(s.chosen, func(d *drive) bool { return c.on(s.p.m, d) }) {
			continue
		}
		if c.node != network.None {
			s.p.closeNode(&l, c.node)
			continue
		}
		chain := c.ground.arc.Chain()
		closeChain(&l, chain)
		closed[chain] = append(closed[chain], c.ground)
	}
	l.part = func(a network.ArcID, from, to network.Millimetres) uint32 {
		// A place at an end of the drive is a part of a chain. The other part is
		// free; the place itself costs enough to be the last resort.
		here, f := run{arc: a, from: from, to: to}, factor(a.Chain())
		if slices.ContainsFunc(closed[a.Chain()], func(g run) bool { return common(here, g) > 0 }) {
			f *= 100
		}
		return scaled(s.prefer.part(a, from, to), f)
	}
	return s.p.through(&l, s.stops, s.within, unbarred)
}

// judge tests a candidate against the bounds.
func (s *candidateSearch) judge(d *drive) refusal {
	p := s.p
	time := p.cost(s.time, d.runs)
	switch {
	case time >= search.Unreachable:
		return noWay
	case float64(time) > s.detour*float64(s.fastest):
		return tooSlow
	}
	for _, c := range s.chosen {
		both := sharedLength(d, c)
		if both > maxShared*min(length(d), length(c)) {
			return tooAlike
		}
	}
	for _, c := range s.avoid {
		if c.on(p.m, d) && slices.ContainsFunc(s.chosen, func(o *drive) bool { return c.on(p.m, o) }) {
			return sharesChoke
		}
	}
	if twice(d) > twice(s.chosen[0]) {
		return doublesBack
	}
	if s.wanders(d) {
		return wanders
	}
	return accepted
}

// wanders reports whether some window of the drive charges too much against the
// best way between its ends, both in time and in what the planner minimises: a
// bounded stretch takes the place of local optimality. Windows begin every half window; they do not reach
// over a stop, where the way is not free.
func (s *candidateSearch) wanders(d *drive) bool {
	p := s.p
	span := uint64(window * float64(s.fastest))
	from := 0
	for _, last := range d.stops {
		// The time at the end of each run of this section.
		at := p.costs(s.time, d.runs[from:last+1])
		for i := 0; i < len(at)-2; {
			j := i + 1
			for j < len(at)-2 && at[j]-at[i] < span {
				j++
			}
			ways := d.runs[from+i : from+j+1]
			if s.stretched(s.time, ways) && s.stretched(s.prefer, ways) {
				return true
			}
			next := i + 1
			for next < j && at[next]-at[i] < span/2 {
				next++
			}
			i = next
		}
		from = last + 1
	}
	return false
}

// stretched reports whether a lane charges more than maxStretch times what it
// must from the end of the first run to that of the last.
func (s *candidateSearch) stretched(l *lane, runs []run) bool {
	a, b := runs[0], runs[len(runs)-1]
	first := a
	first.from = a.to
	driven := s.p.cost(l, append([]run{first}, runs[1:]...))
	best, ok := s.p.least(l, []search.Source{{State: a.state}}, []search.Target{{State: b.state, Part: l.Arc[b.arc]}})
	return ok && float64(driven) > maxStretch*float64(best)
}

// twice returns the metres that a drive goes over ground it has driven before.
func twice(d *drive) float64 {
	total := 0.0
	before := map[network.ChainID][]run{}
	for _, r := range d.runs {
		c := r.arc.Chain()
		for _, b := range before[c] {
			total += common(b, r)
		}
		before[c] = append(before[c], r)
	}
	return total
}

// common returns the metres of ground that two runs have in common.
func common(a, b run) float64 {
	if a.arc.Chain() != b.arc.Chain() {
		return 0
	}
	from, to, ok := overlap(network.Stretch{From: a.low(), To: a.high()}, b.low(), b.high())
	if !ok {
		return 0
	}
	return (to - from).Metres()
}

// sharedLength returns the metres of d that run over ground of o, in either
// direction.
func sharedLength(d, o *drive) float64 {
	parts := map[network.ChainID][]run{}
	for _, r := range o.runs {
		parts[r.arc.Chain()] = append(parts[r.arc.Chain()], r)
	}
	total := 0.0
	for _, r := range d.runs {
		most := 0.0
		for _, x := range parts[r.arc.Chain()] {
			most += common(r, x)
		}
		total += min(most, r.length())
	}
	return total
}

// length returns the metres of a drive.
func length(d *drive) float64 {
	total := 0.0
	for _, r := range d.runs {
		total += r.length()
	}
	return total
}

// scaled multiplies a weight; Unreachable stays.
func scaled(w uint32, f float64) uint32 {
	if w >= search.Unreachable {
		return search.Unreachable
	}
	return uint32(min(float64(w)*f+0.5, search.Unreachable-1))
}

// bounds makes the part of the plan that says what alternates had to satisfy.
func bounds(asked, found int, detour float64, reason string) outrider.AlternateBounds {
	return outrider.AlternateBounds{Asked: asked, Found: found, MaxDetour: detour, MaxShared: maxShared, Reason: reason}
}

// mostPlateaus bounds the candidates made from plateaus.
const mostPlateaus = 40

// plateaus returns candidates for alternates of a leg without middle stops: a
// route through a plateau, a path that the trees of fastest ways from the start
// and to the destination have in common, is locally the fastest around it. The
// candidates have the greatest plateaus for what they take more than the
// fastest, best first.
func (s *chokeSearch) plateaus() []*drive {
	if len(s.stops) != 2 {
		return nil
	}
	g, l := s.p.graph, s.l
	fwd, bwd := s.forward(0), s.c.trees[0]
	type plateau struct {
		state uint32 // its first
		worth int64  // milliseconds of the plateau less those of the whole route
	}
	onFastest := map[uint32]bool{}
	for _, r := range s.d.runs {
		onFastest[r.state] = true
	}
	// The time on a plateau from a state to its end: states are settled later the
	// farther they are from the target, so the next one's is known.
	span := make([]uint32, g.States())
	var all []plateau
	for _, v := range bwd.Order {
		if fwd.Label(v) >= search.Unreachable {
			continue
		}
		if next, final, ok := bwd.Parent(v); ok && !final && fwd.Label(next) < search.Unreachable {
			if p, _, ok := fwd.Parent(next); ok && p == v {
				span[v] = span[next] + l.Arc[g.Arc(next)]
			}
		}
	}
	for _, v := range bwd.Order {
		if span[v] == 0 || onFastest[v] {
			continue
		}
		if before, _, ok := fwd.Parent(v); ok && bwd.Label(before) < search.Unreachable {
			if n, final, ok := bwd.Parent(before); ok && !final && n == v {
				continue // not the first of its plateau
			}
		}
		all = append(all, plateau{v, int64(span[v]) - int64(fwd.Label(v)) - int64(bwd.Label(v))})
	}
	slices.SortFunc(all, func(a, b plateau) int { return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.state, b.state)) })
	var out []*drive
	for _, x := range all[:min(len(all), mostPlateaus)] {
		out = append(out, s.through(x.state))
	}
	return out
}

// through returns the fastest drive through the end of a state's arc.
func (s *chokeSearch) through(state uint32) *drive {
	p := s.p
	var path []uint32
	for v := state; ; {
		path = append(path, v)
		before, _, ok := s.forward(0).Parent(v)
		if !ok {
			break
		}
		v = before
	}
	slices.Reverse(path)
	for v := state; ; {
		next, final, _ := s.c.trees[0].Parent(v)
		path = append(path, next)
		if final {
			break
		}
		v = next
	}
	d := &drive{}
	for i, v := range path {
		a := network.ArcID(p.graph.Arc(v))
		r := run{state: v, arc: a, from: begin(p.m, a), to: end(p.m, a)}
		if i == 0 {
			r.from = s.stops[0].loc.At
		}
		if i == len(path)-1 {
			r.to = s.stops[1].loc.At
		}
		d.runs = append(d.runs, r)
	}
	d.stops = []int{len(path) - 1}
	d.cost = uint32(min(p.cost(s.l, d.runs), search.Unreachable))
	return d
}
