package plan

import (
	"cmp"
	"slices"

	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

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
	fwd, bwd := &s.ahead[0], s.c.trees[0]
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
		before, _, ok := s.ahead[0].Parent(v)
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
