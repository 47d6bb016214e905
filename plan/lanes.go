package plan

import (
	"slices"

	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A closure is ground that must not be entered, and whose it is.
type closure struct {
	why     string // "avoid area X", "road closed (finding …)", "toll roads"
	stretch []network.Stretch
}

// A weightedArea is ground in which time counts weight times.
type weightedArea struct {
	ground
	weight  float64
	stretch []network.Stretch
}

// timeLane is the lane of driving times.
func timeLane(pass *network.Passage) *lane {
	return &lane{
		Metric: search.Metric{Arc: slices.Clone(words(pass.Arc)), Turn: slices.Clone(words(pass.Turn))},
		part: func(a network.ArcID, from, to network.Millimetres) uint32 {
			return uint32(pass.PartMillis(a, from, to))
		},
	}
}

// preferLane is the lane that the planner minimises: driving time, weighted in
// weighted areas, plus rate milliseconds for each unit of accumulated exposure.
func (p *planner) preferLane(time *lane, lambda func(a network.ArcID, from, to network.Millimetres) float64, rate float64) *lane {
	l := &lane{Metric: search.Metric{Arc: slices.Clone(time.Arc), Turn: time.Turn}}
	l.part = func(a network.ArcID, from, to network.Millimetres) uint32 {
		w := time.part(a, from, to)
		if w >= search.Unreachable {
			return w
		}
		return p.preferred(time, lambda, rate, a, from, to, w)
	}
	for a := range network.ArcID(len(l.Arc)) {
		if l.Arc[a] < search.Unreachable {
			l.Arc[a] = p.preferred(time, lambda, rate, a, begin(p.m, a), end(p.m, a), l.Arc[a])
		}
	}
	return l
}

// preferred is the preference cost of a part of an arc that takes time w.
func (p *planner) preferred(time *lane, lambda func(a network.ArcID, from, to network.Millimetres) float64, rate float64, a network.ArcID, from, to network.Millimetres, w uint32) uint32 {
	cost := float64(w)
	lo, hi := min(from, to), max(from, to)
	for _, area := range p.weighted {
		for _, s := range onChain(area.stretch, a.Chain()) {
			x, y, ok := overlap(s, lo, hi)
			if !ok {
				continue
			}
			if a.Backwards() {
				x, y = y, x
			}
			if t := time.part(a, x, y); t < search.Unreachable {
				cost += (area.weight - 1) * float64(t)
			}
		}
	}
	if rate > 0 {
		cost += rate * lambda(a, from, to)
	}
	return uint32(min(max(cost, 0)+0.5, search.Unreachable-1))
}
