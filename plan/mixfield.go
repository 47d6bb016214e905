package plan

import (
	"slices"

	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A mixField is a leg as a field of the ambush game: its nodes are states driven
// whole, and the parts of arcs between stops.
type mixField struct {
	reach.Field
	w      *legWork
	nodes  []mixNode
	part   []mixPart                    // pieces beyond the chains
	on     map[network.ChainID][]uint32 // pieces beyond the chains, by chain
	inside []network.Stretch            // secured ground
}

// A mixNode is a run of a section: to stop section+1.
type mixNode struct {
	run
	section int
	arrives bool // at the stop
}

// A mixPart is a part of a chain as a piece of ground.
type mixPart struct {
	chain  network.ChainID
	lo, hi network.Millimetres
}

// mixField lays the leg's routes within the detour limit out as a field, with
// ground inside secured not to be attacked.
func (w *legWork) mixField(inside []network.Stretch) *mixField {
	p, l := w.planner, w.time
	f := &mixField{w: w, on: map[network.ChainID][]uint32{}, inside: inside}
	f.Ground = f
	last := len(w.stops) - 2
	// Nodes by what they are; full states of a section have a table of their own.
	full := make([]map[uint32]uint32, last+1)
	type partial struct {
		section  int
		state    uint32
		from, to network.Millimetres
	}
	partials := map[partial]uint32{}
	var queue []uint32
	parts := map[mixPart]uint32{}
	add := func(n mixNode, whole bool) uint32 {
		id := uint32(len(f.nodes))
		f.nodes = append(f.nodes, n)
		piece := uint32(n.arc.Chain())
		if !whole {
			part := mixPart{n.arc.Chain(), n.low(), n.high()}
			at, ok := parts[part]
			if !ok {
				at = uint32(p.m.NumChains() + len(f.part))
				parts[part] = at
				f.part = append(f.part, part)
				f.on[part.chain] = append(f.on[part.chain], at)
			}
			piece = at
		}
		f.Piece = append(f.Piece, piece)
		queue = append(queue, id)
		return id
	}
	node := func(section int, state uint32, from, to network.Millimetres, arrives bool) uint32 {
		key := partial{section, state, from, to}
		id, ok := partials[key]
		if !ok {
			id = add(mixNode{run{state, p.arc(state), from, to}, section, arrives}, false)
			partials[key] = id
			if arrives && section == last {
				f.Sinks = append(f.Sinks, id)
			}
		}
		return id
	}
	targets := make([]map[uint32]uint32, last+1) // per section: part by state
	for k := range targets {
		full[k] = map[uint32]uint32{}
		targets[k] = map[uint32]uint32{}
		for _, t := range p.arrivals(l, w.stops[k+1]) {
			targets[k][t.State] = t.Part
		}
	}
	// leave visits what a drive may go on with from a stop in a state.
	leave := func(k int, state uint32, visit func(node, time uint32)) {
		a, at := p.arc(state), w.stops[k].loc.At
		if t := l.part(a, at, end(p.m, a)); t < search.Unreachable {
			visit(node(k, state, at, end(p.m, a), false), t)
		}
		next := w.stops[k+1].loc
		if _, ok := targets[k][state]; ok && next.Chain == a.Chain() && ahead(a, at, next.At) {
			if t := l.part(a, at, next.At); t < search.Unreachable {
				visit(node(k, state, at, next.At, true), t)
			}
		}
	}
	for _, back := range []bool{false, true} {
		leave(0, uint32(w.stops[0].loc.Chain.Arc(back)), func(node, time uint32) {
			f.Seeds = append(f.Seeds, reach.Seed{Node: node, Time: time})
		})
	}
	c := w.choked
	f.First = []uint32{0}
	for len(f.First) <= len(f.nodes) {
		n := f.nodes[len(f.First)-1]
		arc := func(to, time uint32) { f.To, f.Time = append(f.To, to), append(f.Time, time) }
		switch {
		case n.arrives && n.section < last:
			leave(n.section+1, n.state, arc)
		case !n.arrives:
			k := n.section
			i, j := p.graph.Turns(n.state)
			for ; i < j; i++ {
				s := p.graph.Next(i)
				a := p.arc(s)
				if l.Turn[i] >= search.Unreachable {
					continue
				}
				if part, ok := targets[k][s]; ok && part < search.Unreachable {
					arc(node(k, s, begin(p.m, a), w.stops[k+1].loc.At, true), l.Turn[i]+part)
				}
				if l.Arc[a] >= search.Unreachable || c.forward(k).Label(s) >= search.Unreachable || c.c.trees[k].Label(s) >= search.Unreachable {
					continue
				}
				to, ok := full[k][s]
				if !ok {
					to = add(mixNode{run{s, a, begin(p.m, a), end(p.m, a)}, k, false}, true)
					full[k][s] = to
				}
				arc(to, l.Turn[i]+l.Arc[a])
			}
		}
		f.First = append(f.First, uint32(len(f.To)))
	}
	f.Pieces = p.m.NumChains() + len(f.part)
	return f
}

// drive lays a walk of the field out as a drive.
func (f *mixField) drive(nodes []uint32) *drive {
	d := &drive{}
	for i, v := range nodes {
		n := f.nodes[v]
		d.runs = append(d.runs, n.run)
		if n.arrives {
			d.stops = append(d.stops, i)
		}
	}
	d.cost = uint32(min(f.w.cost(f.w.time, d.runs), search.Unreachable))
	return d
}

// Segments returns the ground of a piece that can be attacked.
func (f *mixField) Segments(piece uint32) []reach.Segment {
	m := f.w.m
	c := network.ChainID(piece)
	var lo, hi network.Millimetres
	if n := uint32(m.NumChains()); piece < n {
		hi = m.Length[c]
	} else {
		x := f.part[piece-n]
		c, lo, hi = x.chain, x.lo, x.hi
	}
	cuts := []network.Millimetres{lo, hi}
	_, ats := m.Vertices(c)
	cuts = append(cuts, ats...)
	e := f.w.exposure
	for _, back := range []bool{false, true} {
		for _, s := range e.Segments(c.Arc(back)) {
			cuts = append(cuts, s.From)
		}
	}
	secured := onChain(f.inside, c)
	for _, s := range secured {
		cuts = append(cuts, s.From, s.To)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []reach.Segment
	for i, from := range cuts {
		if from < lo || from > hi || i+1 < len(cuts) && from == hi && lo < hi {
			continue
		}
		to := from
		if i+1 < len(cuts) {
			to = min(cuts[i+1], hi)
		}
		if from == to && lo < hi {
			continue
		}
		mid := from + (to-from)/2
		if slices.ContainsFunc(secured, func(s network.Stretch) bool { return s.From <= mid && mid < s.To }) {
			continue
		}
		// An attack is on a place, whichever way it is driven.
		forth, _ := e.At(c.Arc(false), mid)
		back, _ := e.At(c.Arc(true), mid)
		out = append(out, reach.Segment{A: m.PointAt(c, from), B: m.PointAt(c, to), P: max(forth, back)})
	}
	return out
}

// Most bounds the chances of a piece: 0 where all of its chain is secured.
func (f *mixField) Most(piece uint32) float64 {
	c := network.ChainID(piece)
	if n := uint32(f.w.m.NumChains()); piece >= n {
		c = f.part[piece-n].chain
	}
	for _, s := range onChain(f.inside, c) {
		if s.From == 0 && s.To >= f.w.m.Length[c] {
			return 0
		}
	}
	return max(f.w.exposure.MaxP(c.Arc(false)), f.w.exposure.MaxP(c.Arc(true)))
}

// Near visits the pieces with ground in a box.
func (f *mixField) Near(b geo.Box, visit func(piece uint32)) {
	for c := range f.w.m.Near(b) {
		visit(uint32(c))
		for _, part := range f.on[c] {
			visit(part)
		}
	}
}
