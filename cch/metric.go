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
	// Buffers of Update.
	dirty  []bool
	queued []uint32
}

// NewMetric returns a metric in which every arc weighs Inf.
func (h *Hierarchy) NewMetric() *Metric {
	m := &Metric{
		h:     h,
		in:    make([]uint32, len(h.link)),
		up:    make([]uint32, len(h.head)),
		down:  make([]uint32, len(h.head)),
		dirty: make([]bool, len(h.head)),
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
		for _, a := range h.down[h.firstDown[v]:h.firstDown[v+1]] {
			end := h.first[h.tail[a]+1]
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

// least returns the least weight of the input arcs of a link.
func (m *Metric) least(from, to uint32) uint32 {
	least := Inf
	for _, e := range m.h.input[from:to] {
		least = min(least, m.in[e])
	}
	return least
}

// Update gives the input arcs named their new weights and mends what depends on
// them; weights[i] is for arcs[i], and of an arc named twice the last counts.
// The result is the same as that of Customize. It fails, and changes nothing,
// when an arc does not exist or the lengths differ.
//
// Cost: grows with what changes, and is far below that of Customize for some
// hundreds of arcs. It does not allocate once its buffers have grown.
func (m *Metric) Update(arcs, weights []uint32) error {
	h := m.h
	if len(arcs) != len(weights) {
		return fmt.Errorf("cch: %d weights for %d arcs: give one for each", len(weights), len(arcs))
	}
	for _, e := range arcs {
		if int(e) >= len(m.in) {
			return fmt.Errorf("cch: new weight for arc %d: the graph has %d arcs", e, len(m.in))
		}
	}
	for i, e := range arcs {
		m.in[e] = min(weights[i], Inf)
		if l := h.link[e]; l != none {
			m.soil(l / 2)
		}
	}
	// An arc depends on arcs with lower numbers only.
	for len(m.queued) > 0 {
		a := m.next()
		m.dirty[a] = false
		v := h.tail[a]
		oldUp, oldDown := m.up[a], m.down[a]
		newUp, newDown := m.recompute(a)
		if newUp == oldUp && newDown == oldDown {
			continue
		}
		m.up[a], m.down[a] = newUp, newDown
		// The triangles (v, w, x) in which a is one of the two lower arcs: an
		// arc (w, x) may change that owes its weight to a's old one, or that
		// the new one makes shorter. Where there is none, no weights make one.
		w := h.head[a]
		for b := h.first[v]; b < h.first[v+1]; b++ {
			x := h.head[b]
			switch {
			case x == w:
				continue
			case x > w:
				if e, ok := h.arc(w, x); ok {
					m.judge(e, oldDown, newDown, m.up[b], oldUp, newUp, m.down[b])
				}
			default:
				if e, ok := h.arc(x, w); ok {
					m.judge(e, oldUp, newUp, m.down[b], oldDown, newDown, m.up[b])
				}
			}
		}
	}
	return nil
}

// judge queues arc e when a leg of one of its triangles that changes from old
// to new, with the other leg, bears or beats its weight in either direction.
func (m *Metric) judge(e, upOld, upNew, upOther, downOld, downNew, downOther uint32) {
	up, down := m.up[e], m.down[e]
	if upOld+upOther == up && upNew > upOld || upNew+upOther < up ||
		downOld+downOther == down && downNew > downOld || downNew+downOther < down {
		m.soil(e)
	}
}

// soil adds an arc to the heap of those to look at, unless it is in it.
func (m *Metric) soil(a uint32) {
	if m.dirty[a] {
		return
	}
	m.dirty[a] = true
	q := append(m.queued, a)
	for i := len(q) - 1; i > 0; {
		p := (i - 1) / 2
		if q[p] <= q[i] {
			break
		}
		q[p], q[i] = q[i], q[p]
		i = p
	}
	m.queued = q
}

// next takes the lowest arc from the heap.
func (m *Metric) next() uint32 {
	q := m.queued
	top, end := q[0], len(q)-1
	q[0] = q[end]
	q = q[:end]
	for i := 0; ; {
		c := 2*i + 1
		if c >= end {
			break
		}
		if c+1 < end && q[c+1] < q[c] {
			c++
		}
		if q[i] <= q[c] {
			break
		}
		q[i], q[c] = q[c], q[i]
		i = c
	}
	m.queued = q
	return top
}

// recompute returns the weights of arc a from its input arcs and its lower
// triangles.
func (m *Metric) recompute(a uint32) (up, down uint32) {
	h := m.h
	up = m.least(h.firstInput[2*a], h.firstInput[2*a+1])
	down = m.least(h.firstInput[2*a+1], h.firstInput[2*a+2])
	for b, c := range h.lower(a) {
		up = min(up, m.down[b]+m.up[c])
		down = min(down, m.down[c]+m.up[b])
	}
	return up, down
}

// lower goes over the lower triangles of arc (v, w): pairs of arcs (u, v) and
// (u, w).
func (h *Hierarchy) lower(a uint32) func(yield func(uv, uw uint32) bool) {
	return func(yield func(uv, uw uint32) bool) {
		v, w := h.tail[a], h.head[a]
		downV := h.down[h.firstDown[v]:h.firstDown[v+1]]
		downW := h.down[h.firstDown[w]:h.firstDown[w+1]]
		if len(downW) > 8*len(downV) {
			for _, b := range downV {
				if c, ok := h.arc(h.tail[b], w); ok && !yield(b, c) {
					return
				}
			}
			return
		}
		for i, j := 0, 0; i < len(downV) && j < len(downW); {
			x, y := h.tail[downV[i]], h.tail[downW[j]]
			switch {
			case x < y:
				i++
			case x > y:
				j++
			default:
				if !yield(downV[i], downW[j]) {
					return
				}
				i++
				j++
			}
		}
	}
}

// Clone returns an independent copy.
func (m *Metric) Clone() *Metric {
	return &Metric{
		h: m.h, in: slices.Clone(m.in), up: slices.Clone(m.up), down: slices.Clone(m.down),
		dirty: make([]bool, len(m.dirty)),
	}
}
