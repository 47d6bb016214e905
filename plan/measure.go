package plan

import (
	"github.com/outrider-project/outrider/plan/internal/search"
)

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
