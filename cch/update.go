package cch

import "fmt"

// A way says which directions of an arc are to be looked at.
type way uint8

const (
	wayUp way = 1 << iota
	wayDown
)

// Update gives the input arcs named their new weights and mends what depends on
// them; weights[i] is for arcs[i], and of an arc named twice the last counts.
// The result is the same as that of Customize. It fails, and changes nothing,
// when an arc does not exist or the lengths differ.
//
// Cost: grows with what changes, and is far below that of Customize for some
// hundreds of arcs. It does not allocate once its buffers have grown.
func (m *Metric) Update(arcs, weights []uint32) error {
	if len(arcs) != len(weights) {
		return fmt.Errorf("cch: %d weights for %d arcs: give one for each", len(weights), len(arcs))
	}
	for _, e := range arcs {
		if int(e) >= len(m.in) {
			return fmt.Errorf("cch: new weight for arc %d: the graph has %d arcs", e, len(m.in))
		}
	}
	// First all that grows, then all that falls. An arc of which a part grows is
	// found anew from all its triangles; where parts only fall it is enough to
	// look at these.
	for i, e := range arcs {
		old, w := m.in[e], min(weights[i], Inf)
		if w <= old {
			continue
		}
		m.in[e] = w
		if l := m.h.link[e]; l != none && m.weight(leg(l)) == old {
			m.soil(l/2, wayUp<<(l&1))
		}
	}
	// An arc depends on arcs with lower numbers only.
	for len(m.queued) > 0 {
		m.raise(m.next())
	}
	for i, e := range arcs {
		m.in[e] = min(weights[i], Inf)
	}
	for _, e := range arcs {
		if l := m.h.link[e]; l == none {
			continue
		} else if l&1 == 0 {
			m.offer(l/2, m.in[e], Inf)
		} else {
			m.offer(l/2, Inf, m.in[e])
		}
	}
	for len(m.queued) > 0 {
		m.fall(m.next())
	}
	return nil
}

// raise finds the directions of arc a anew that have lost what bore them, and
// queues the arcs that they may have borne.
func (m *Metric) raise(a uint32, dirty way) {
	h := m.h
	v, w := h.tail[a], h.head[a]
	up, down := Inf, Inf // the old weights of what has grown
	if dirty&wayUp != 0 {
		if next := min(m.least(leg(2*a)), m.detour(v, w)); next > m.up[a] {
			up, m.up[a] = m.up[a], next
		}
	}
	if dirty&wayDown != 0 {
		if next := min(m.least(leg(2*a+1)), m.detour(w, v)); next > m.down[a] {
			down, m.down[a] = m.down[a], next
		}
	}
	if up == Inf && down == Inf {
		return
	}
	m.borne(a, up, down, (*Metric).doubt)
}

// borne calls do for each arc that arc a may bear together with another one, with
// the sums of both when a weighs up and down; a sum of Inf or more bears nothing.
func (m *Metric) borne(a, up, down uint32, do func(m *Metric, e, up, down uint32)) {
	h := m.h
	v, w := h.tail[a], h.head[a]
	// The triangles (v, w, x) in which a is one of the two lower arcs and b the
	// other.
	for b := h.first[v]; b < a; b++ {
		xw, wx := m.down[b]+up, down+m.up[b]
		if xw >= Inf && wx >= Inf {
			continue
		}
		if e, ok := h.arc(h.head[b], w); ok {
			do(m, e, xw, wx)
		}
	}
	// What is above w in v's row is in w's row too, but for arcs that are left
	// out.
	e, end := h.first[w], h.first[w+1]
	for b := a + 1; b < h.first[v+1]; b++ {
		d := h.rise[b]
		for e < end && h.rise[e] > d {
			e++
		}
		if e < end && h.rise[e] == d {
			do(m, e, down+m.up[b], m.down[b]+up)
		}
	}
}

// doubt queues arc e when one of the sums, which no longer hold, was its weight.
func (m *Metric) doubt(e, up, down uint32) {
	if up < Inf && up == m.up[e] {
		m.soil(e, wayUp)
	}
	if down < Inf && down == m.down[e] {
		m.soil(e, wayDown)
	}
}

// fall offers the arcs that arc a is part of its weights.
func (m *Metric) fall(a uint32, dirty way) {
	up, down := Inf, Inf // the weights of what has fallen
	if dirty&wayUp != 0 {
		up = m.up[a]
	}
	if dirty&wayDown != 0 {
		down = m.down[a]
	}
	m.borne(a, up, down, (*Metric).offer)
}

// offer lowers the weights of arc e to those given, and queues it if they were
// higher.
func (m *Metric) offer(e, up, down uint32) {
	if up < m.up[e] {
		m.up[e] = up
		m.soil(e, wayUp)
	}
	if down < m.down[e] {
		m.down[e] = down
		m.soil(e, wayDown)
	}
}

// least returns the least weight of the input arcs of a leg.
func (m *Metric) least(l leg) uint32 {
	least := Inf
	for _, e := range m.h.input[m.h.firstInput[l]:m.h.firstInput[l+1]] {
		least = min(least, m.in[e])
	}
	return least
}

// detour returns the least sum of two arcs from x down to a node below both and
// from there up to y; Inf and more where there is none.
func (m *Metric) detour(x, y uint32) uint32 {
	h := m.h
	downX, belowX := h.lower(x)
	downY, belowY := h.lower(y)
	least := Inf
	switch {
	case len(belowY) > 8*len(belowX):
		for i, u := range belowX {
			if w := m.down[downX[i]]; w < least {
				if c, ok := h.arc(u, y); ok {
					least = min(least, w+m.up[c])
				}
			}
		}
	case len(belowX) > 8*len(belowY):
		for j, u := range belowY {
			if w := m.up[downY[j]]; w < least {
				if b, ok := h.arc(u, x); ok {
					least = min(least, w+m.down[b])
				}
			}
		}
	default:
		for i, j := 0, 0; i < len(belowX) && j < len(belowY); {
			u, w := belowX[i], belowY[j]
			if u == w {
				least = min(least, m.down[downX[i]]+m.up[downY[j]])
			}
			if u <= w {
				i++
			}
			if w <= u {
				j++
			}
		}
	}
	return least
}

// lower returns the arcs to position v from below and the positions they come
// from, lowest first.
func (h *Hierarchy) lower(v uint32) (arcs, tails []uint32) {
	i, end := h.firstDown[v], h.firstDown[v+1]
	return h.down[i:end], h.below[i:end]
}

// soil adds an arc to the heap of those to look at, unless it is in it.
func (m *Metric) soil(a uint32, dirty way) {
	if m.dirty[a] == 0 {
		m.queued.push(a)
	}
	m.dirty[a] |= dirty
}

// next takes the lowest arc from the heap, and what is to be looked at.
func (m *Metric) next() (a uint32, dirty way) {
	a = m.queued.pop()
	dirty, m.dirty[a] = m.dirty[a], 0
	return a, dirty
}

// lowest is a binary heap of plain numbers, the lowest on top. It keeps what it
// has allocated.
type lowest[T uint32 | uint64] []T

func (h *lowest[T]) push(item T) {
	q := append(*h, item)
	for i := len(q) - 1; i > 0; {
		p := (i - 1) / 2
		if q[p] <= q[i] {
			break
		}
		q[p], q[i] = q[i], q[p]
		i = p
	}
	*h = q
}

// pop takes the lowest number; the heap must not be empty.
func (h *lowest[T]) pop() T {
	q := *h
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
	*h = q
	return top
}
