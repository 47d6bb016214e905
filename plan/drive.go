package plan

import (
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A run is a stretch driven along one arc, in positions of the chain: on an arc
// that runs backwards from is not less than to.
type run struct {
	state    uint32
	arc      network.ArcID
	from, to network.Millimetres
}

// low and high return the run's extent in order along the chain.
func (r run) low() network.Millimetres  { return min(r.from, r.to) }
func (r run) high() network.Millimetres { return max(r.from, r.to) }

// length returns the metres driven.
func (r run) length() float64 { return (r.high() - r.low()).Metres() }

// A drive is a way from the first stop over the others to the last, as it is
// driven. Where it passes a stop in the middle of an arc, one run ends and
// another begins.
type drive struct {
	runs  []run
	stops []int  // per stop after the first: the index of the run that ends at it
	cost  uint32 // under the lane it was found with
}

// A stop is a place on the network that a drive must pass.
type stop struct {
	kind  string // start, via, must, halt, release
	label string
	loc   network.Location
	asked point
	halt  int // index into the leg's halts, -1 for other kinds
	// Of a stop to be come to from one side: that side, and the only arc of its
	// chain that does; nil if either may be driven.
	side outrider.Side
	only *network.ArcID
}

// begin and end return where an arc begins and ends, as positions on its chain.
func begin(m *network.Map, a network.ArcID) network.Millimetres {
	if a.Backwards() {
		return m.Length[a.Chain()]
	}
	return 0
}

func end(m *network.Map, a network.ArcID) network.Millimetres { return begin(m, a.Reverse()) }

// ahead reports whether on arc a position to is not behind position from.
func ahead(a network.ArcID, from, to network.Millimetres) bool {
	if a.Backwards() {
		return to <= from
	}
	return from <= to
}

// A corridor bounds a search through stops to journeys of at most budget.
type corridor struct {
	trees  []*search.Tree // per section: backward tree from its end
	rest   []uint32       // per section: the least that the sections after it take
	budget uint32
}

// A bar takes the first arc of the first stop or the last arc of the last one
// away, for asking what happens without it. None bars nothing.
type bar struct{ first, last network.ArcID }

var unbarred = bar{first: network.None, last: network.None}

// passed is a label at a stop: how a drive can come to be there.
type passed struct {
	state uint32
	cost  uint32   // up to the stop
	from  int      // the label at the stop before
	path  []uint32 // states from that one's to this one, both included; one state: straight ahead on the same arc
}

// through finds a cheapest drive through the stops in order. At a stop in the
// middle the drive goes on as it came: no turning round there, and what turn
// restrictions remember is kept. A nil corridor does not bound the search. It
// takes one search for each section, two for those that end at a middle stop.
func (p *planner) through(l *lane, stops []stop, c *corridor, without bar) (*drive, bool) {
	stages := make([][]passed, len(stops))
	for _, back := range []bool{false, true} {
		a := stops[0].loc.Chain.Arc(back)
		if a != without.first {
			stages[0] = append(stages[0], passed{state: uint32(a)})
		}
	}
	var sources []search.Source
	for k := 1; k < len(stops); k++ {
		before, here := stops[k-1].loc, stops[k].loc
		sources = sources[:0]
		for _, s := range stages[k-1] {
			a := p.arc(s.state)
			if w := l.part(a, before.At, end(p.m, a)); w < search.Unreachable && s.cost+w < search.Unreachable {
				sources = append(sources, search.Source{State: s.state, Label: s.cost + w})
			}
		}
		targets := p.arrivals(l, stops[k])
		if k == len(stops)-1 {
			targets = slices.DeleteFunc(targets, func(t search.Target) bool { return p.arc(t.State) == without.last })
			stages[k] = p.section(l, stages[k-1], before, here, sources, targets, c, k-1)
			continue
		}
		for i := range targets {
			stages[k] = append(stages[k], p.section(l, stages[k-1], before, here, sources, targets[i:i+1], c, k-1)...)
		}
		if len(stages[k]) == 0 {
			return nil, false
		}
	}
	return p.assemble(stops, stages)
}

// leastThrough returns the cost of the drive that through finds, or Unreachable,
// and takes microseconds for each section where the lane is hastened.
func (p *planner) leastThrough(l *lane, stops []stop, without bar) uint64 {
	type label struct{ state, cost uint32 }
	var from, here []label
	for _, back := range []bool{false, true} {
		if a := stops[0].loc.Chain.Arc(back); a != without.first {
			from = append(from, label{state: uint32(a)})
		}
	}
	for k := 1; k < len(stops); k++ {
		before, at := stops[k-1].loc, stops[k].loc
		var sources []search.Source
		for _, s := range from {
			a := p.arc(s.state)
			if w := l.part(a, before.At, end(p.m, a)); w < search.Unreachable && s.cost+w < search.Unreachable {
				sources = append(sources, search.Source{State: s.state, Label: s.cost + w})
			}
		}
		targets := p.arrivals(l, stops[k])
		each := 1 // targets that are one: of a middle stop every state goes on by itself
		if k == len(stops)-1 {
			targets = slices.DeleteFunc(targets, func(t search.Target) bool { return p.arc(t.State) == without.last })
			each = max(len(targets), 1)
		}
		here = here[:0]
		for some := range slices.Chunk(targets, each) {
			best := label{cost: search.Unreachable, state: some[0].State}
			if cost, ok := p.least(l, sources, some); ok {
				best.cost = cost
			}
			for _, s := range from {
				a := p.arc(s.state)
				if before.Chain != at.Chain || !ahead(a, before.At, at.At) || !slices.ContainsFunc(some, func(t search.Target) bool { return t.State == s.state }) {
					continue
				}
				if w := l.part(a, before.At, at.At); w < search.Unreachable {
					best.cost = min(best.cost, s.cost+w)
				}
			}
			if best.cost < search.Unreachable {
				here = append(here, best)
			}
		}
		from, here = here, from
	}
	best := uint64(search.Unreachable)
	for _, s := range from {
		best = min(best, uint64(s.cost))
	}
	return best
}

// targets returns a stop as targets: each state of both arcs of its chain.
func (p *planner) targets(l *lane, loc network.Location) []search.Target {
	return p.appendTargets(nil, l, loc)
}

func (p *planner) appendTargets(targets []search.Target, l *lane, loc network.Location) []search.Target {
	for _, back := range []bool{false, true} {
		a := loc.Chain.Arc(back)
		// Where the beginning of the arc is closed, no search gets to the stop on it,
		// but a drive that starts on the arc, past what is closed, still may.
		w := l.part(a, begin(p.m, a), loc.At)
		targets = append(targets, search.Target{State: uint32(a), Part: w})
		for _, s := range p.graph.Extra(uint32(a)) {
			targets = append(targets, search.Target{State: s, Part: w})
		}
	}
	return targets
}

// arrivals returns a stop as targets, those on the wrong side of it left out.
func (p *planner) arrivals(l *lane, s stop) []search.Target {
	targets := p.targets(l, s.loc)
	if s.only == nil {
		return targets
	}
	return slices.DeleteFunc(targets, func(t search.Target) bool { return p.arc(t.State) != *s.only })
}

// section finds the cheapest way from the labels at one stop to any of the
// targets at the next: by search, or straight ahead on the same arc.
func (p *planner) section(l *lane, from []passed, before, here network.Location, sources []search.Source, targets []search.Target, c *corridor, k int) []passed {
	best, found := passed{cost: search.Unreachable}, false
	var cost uint32
	var ok bool
	budget := uint32(search.Unreachable - 1)
	switch {
	case c == nil:
		// A search, even where the lane is hastened: which of several ways of the
		// same cost a plan takes must not depend on the order of the hierarchy.
		cost, ok = p.engine.Shortest(l.Metric, sources, targets)
	case c.rest[k] > c.budget:
		return nil
	default:
		budget = c.budget - c.rest[k]
		cost, ok = p.engine.Within(l.Metric, sources, targets, c.trees[k], budget)
	}
	if ok {
		path := p.engine.Path(nil)
		at := slices.IndexFunc(from, func(s passed) bool { return s.state == path[0] })
		best, found = passed{state: path[len(path)-1], cost: cost, from: at, path: path}, true
	}
	if before.Chain == here.Chain {
		for i, s := range from {
			a := p.arc(s.state)
			if !ahead(a, before.At, here.At) || !slices.ContainsFunc(targets, func(t search.Target) bool { return t.State == s.state }) {
				continue
			}
			w := l.part(a, before.At, here.At)
			if d := uint64(s.cost) + uint64(w); w < search.Unreachable && d <= uint64(best.cost) && d <= uint64(budget) {
				best, found = passed{state: s.state, cost: uint32(d), from: i, path: []uint32{s.state}}, true
			}
		}
	}
	if !found {
		return nil
	}
	return []passed{best}
}

// assemble follows the cheapest label at the last stop back and lays out the runs.
func (p *planner) assemble(stops []stop, stages [][]passed) (*drive, bool) {
	last := len(stops) - 1
	if len(stages[last]) == 0 {
		return nil, false
	}
	d := &drive{cost: stages[last][0].cost, stops: make([]int, last)}
	chosen := make([]passed, last+1)
	for k, i := last, 0; k > 0; k-- {
		chosen[k] = stages[k][i]
		i = chosen[k].from
	}
	for k := 1; k <= last; k++ {
		path := chosen[k].path
		for i, s := range path {
			a := p.arc(s)
			r := run{state: s, arc: a, from: begin(p.m, a), to: end(p.m, a)}
			if i == 0 {
				r.from = stops[k-1].loc.At
			}
			if i == len(path)-1 {
				r.to = stops[k].loc.At
			}
			d.runs = append(d.runs, r)
		}
		d.stops[k-1] = len(d.runs) - 1
	}
	return d, true
}

// arc returns the arc of a state.
func (p *planner) arc(state uint32) network.ArcID { return network.ArcID(p.graph.Arc(state)) }

// costs returns what a lane charges up to the end of each run.
func (p *planner) costs(l *lane, runs []run) []uint64 {
	out := make([]uint64, len(runs))
	total := uint64(0)
	for i, r := range runs {
		if i > 0 {
			total += uint64(p.turnBetween(l, runs[i-1], r))
		}
		total += uint64(l.part(r.arc, r.from, r.to))
		out[i] = total
	}
	return out
}

// cost returns what a lane charges for runs that follow one another.
func (p *planner) cost(l *lane, runs []run) uint64 {
	at := p.costs(l, runs)
	if len(at) == 0 {
		return 0
	}
	return at[len(at)-1]
}

// turnBetween returns the weight of the turn from one run to the next: none
// where they are two parts of one drive along an arc.
func (p *planner) turnBetween(l *lane, from, to run) uint32 {
	if !p.turns(from, to) {
		return 0
	}
	best := uint32(search.Unreachable)
	i, j := p.graph.Turns(from.state)
	for ; i < j; i++ {
		if p.graph.Next(i) == to.state {
			best = min(best, l.Turn[i])
		}
	}
	return best
}

// turns reports whether a junction lies between two runs that follow one another.
func (p *planner) turns(from, to run) bool {
	return from.state != to.state || to.from == begin(p.m, to.arc) && from.to == end(p.m, from.arc) && to.from != from.to
}

// Fastest returns the arcs of a fastest drive from one place to another and its
// driving time, with no convoy, hazards or other stops about it. ok is false if
// the passage has no drive; it must be of the index's map. Each call allocates
// what one search needs, about 60 bytes per state of the map.
func Fastest(x *Index, pass *network.Passage, from, to network.Location) (took network.Millis, arcs []network.ArcID, ok bool) {
	p := &planner{Index: x, engine: search.NewQuery(x.graph)}
	d, ok := p.through(timeLane(pass), []stop{{loc: from, halt: -1}, {loc: to, halt: -1}}, nil, unbarred)
	if !ok {
		return network.Unreachable, nil, false
	}
	for _, r := range d.runs {
		arcs = append(arcs, r.arc)
	}
	return network.Millis(d.cost), arcs, true
}
