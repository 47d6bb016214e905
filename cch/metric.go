package cch

import (
	"fmt"
	"slices"
)

// A Metric holds the weights of a hierarchy's arcs under one set of input
// weights. It belongs to the hierarchy that made it.
type Metric struct {
	h *Hierarchy
	// in is the weight of each input arc, at most Inf.
	in []uint32
	// up and down are the weights of each arc from its tail to its head and
	// back: the shortest path between them over lower nodes only.
	up, down []uint32
	// Buffers of Update: the arcs to look at, lowest first, and which of their
	// directions.
	queued lowest[uint32]
	dirty  []way
}

// NewMetric returns a metric in which every arc weighs Inf.
func (h *Hierarchy) NewMetric() *Metric {
	m := &Metric{
		h:     h,
		in:    make([]uint32, len(h.link)),
		up:    make([]uint32, len(h.head)),
		down:  make([]uint32, len(h.head)),
		dirty: make([]way, len(h.head)),
	}
	for _, w := range [][]uint32{m.in, m.up, m.down} {
		for i := range w {
			w[i] = Inf
		}
	}
	return m
}

// Weight returns the input weight of an input arc, Inf for all that are not
// less.
func (m *Metric) Weight(arc uint32) uint32 { return m.in[arc] }

// Bytes returns the memory that the metric holds, without the hierarchy.
func (m *Metric) Bytes() int {
	return 4*(cap(m.in)+cap(m.up)+cap(m.down)+cap(m.queued)) + cap(m.dirty)
}

// Customize takes the weight of every input arc and finds the weights of all
// arcs of the supergraph, with up to the given number of goroutines. The result
// does not depend on their number. It fails, and changes nothing, when there is
// not one weight for each input arc. Cost: linear in the number of triangles.
func (m *Metric) Customize(weights []uint32, threads int) error {
	if len(weights) != len(m.in) {
		return fmt.Errorf("cch: %d weights for a graph of %d arcs: give one for each", len(weights), len(m.in))
	}
	for e, w := range weights {
		m.in[e] = min(w, Inf)
	}
	h := m.h
	h.upwards(threads, func() func(from, to uint32) {
		if h.oneway != nil {
			row := refill(nil, int(h.maxDepth)+1, Inf)
			return func(from, to uint32) { m.customizeOneway(from, to, row) }
		}
		slot := make([]uint32, h.maxDepth+1)
		return func(from, to uint32) { m.customize(from, to, slot) }
	})
	return nil
}

// customize finds the weights of the arcs that leave the positions from up to,
// not including, to. Those below them in the tree are done. slot is scratch.
//
// For each arc (v, w) it looks at the triangles (u, v, w) with u below both. All
// u come from v's downward arcs, and what is above v in u's row is in v's row
// too, as the graph is chordal: slot finds it there, by depth.
func (m *Metric) customize(from, to uint32, slot []uint32) {
	h := m.h
	up, down := m.up, m.down
	for v := from; v < to; v++ {
		a0, a1 := h.first[v], h.first[v+1]
		m.load(a0, a1)
		for i, d := range h.rise[a0:a1] {
			slot[d] = uint32(i)
		}
		vUp := up[a0:a1]
		vDown := down[a0:a1][:len(vUp)]
		below := h.below[h.firstDown[v]:h.firstDown[v+1]]
		for k, a := range h.down[h.firstDown[v]:h.firstDown[v+1]][:len(below)] {
			end := h.first[below[k]+1]
			uv, vu := up[a], down[a]
			if uv == Inf && vu == Inf {
				continue
			}
			rise := h.rise[a+1 : end]
			uUp := up[a+1 : end][:len(rise)]
			uDown := down[a+1 : end][:len(rise)]
			for j, d := range rise {
				i := slot[d]
				vUp[i] = min(vUp[i], vu+uUp[j])
				vDown[i] = min(vDown[i], uDown[j]+uv)
			}
		}
	}
}

// load sets the arcs from a0 up to, not including, a1 to the least of their
// input arcs.
func (m *Metric) load(a0, a1 uint32) {
	h := m.h
	up, down := m.up[a0:a1], m.down[a0:a1]
	for i := range up {
		up[i] = Inf
	}
	for i := range down {
		down[i] = Inf
	}
	i, end := h.firstInput[2*a0], h.firstInput[2*a1]
	inputs := h.input[i:end]
	links := h.inputLink[i:end][:len(inputs)]
	for j, e := range inputs {
		// Which way an arc leads cannot be foreseen, so there is no branch: the
		// other way takes Inf, which is all ones.
		w, l := m.in[e], links[j]-2*a0
		against := -(l & 1) & Inf
		k := l / 2
		up[k] = min(up[k], w|against)
		down[k] = min(down[k], w|(against^Inf))
	}
}

// Clone returns an independent copy.
func (m *Metric) Clone() *Metric {
	return &Metric{
		h: m.h, in: slices.Clone(m.in), up: slices.Clone(m.up), down: slices.Clone(m.down),
		dirty: make([]way, len(m.dirty)),
	}
}
