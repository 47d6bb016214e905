package cch

// A Perfect is a metric without the arcs that no shortest path needs. Queries
// on it look at fewer arcs, and paths are unpacked without a search, as it keeps
// what each arc consists of. It holds the weights of the time when it was made
// and answers for these when its metric changes.
type Perfect struct {
	m        *Metric
	up, down arcs
	parts    parts
}

// arcs are the arcs that one direction of a search looks at, by tail.
type arcs struct {
	first  []uint32
	rise   []uint32 // depth of the head
	weight []uint32
	arc    []uint32 // in the hierarchy; nil when all are there
}

// name returns the arc of the hierarchy at place i.
func (a *arcs) name(i uint32) uint32 {
	if a.arc == nil {
		return i
	}
	return a.arc[i]
}

// Perfect shortens every arc of the metric to the distance between its ends,
// and keeps those that were no longer than that: of any shortest path up and
// down the hierarchy these are enough. Where the hierarchy leaves out arcs it
// may miss that an arc can be shortened, and keeps it. It works with up to the given number of
// goroutines; the result does not depend on it. Cost: two visits to each
// triangle, and one more to those of which two arcs are kept.
func (m *Metric) Perfect(threads int) *Perfect {
	h := m.h
	up := append([]uint32(nil), m.up...)
	down := append([]uint32(nil), m.down...)
	h.downwards(threads, func() func(from, to uint32) {
		return func(from, to uint32) { h.perfect(from, to, up, down) }
	})
	p := &Perfect{m: m, up: h.keep(m.up, up), down: h.keep(m.down, down)}
	p.findParts(threads)
	return p
}

// perfect shortens the arcs that leave the positions from up to, not including,
// to. Those above them in the tree are done. A shortest path from v to a higher
// neighbour begins with an arc of v and goes on between neighbours of v, which
// arcs connect that are done.
func (h *Hierarchy) perfect(from, to uint32, up, down []uint32) {
	for v := to; v > from; {
		v--
		a0, a1 := h.first[v], h.first[v+1]
		rise := h.rise[a0:a1]
		vUp, vDown := up[a0:a1][:len(rise)], down[a0:a1][:len(rise)]
		for i := range rise {
			x := h.head[a0+uint32(i)]
			c, end := h.first[x], h.first[x+1]
			viUp, viDown := vUp[i], vDown[i]
			for j := i + 1; j < len(rise); j++ {
				// The neighbours of v above x are neighbours of x, but for
				// arcs that are left out.
				for c < end && h.rise[c] > rise[j] {
					c++
				}
				if c == end {
					break
				}
				if h.rise[c] != rise[j] {
					continue
				}
				xyUp, xyDown := up[c], down[c]
				viUp = min(viUp, vUp[j]+xyDown)
				viDown = min(viDown, xyUp+vDown[j])
				vUp[j] = min(vUp[j], viUp+xyUp)
				vDown[j] = min(vDown[j], xyDown+viDown)
			}
			vUp[i], vDown[i] = viUp, viDown
		}
	}
}

// keep returns the arcs that were not shortened.
func (h *Hierarchy) keep(before, after []uint32) arcs {
	kept := 0
	for a, w := range before {
		if w == after[a] && w < Inf {
			kept++
		}
	}
	out := arcs{
		first: make([]uint32, len(h.node)+1),
		rise:  make([]uint32, kept), weight: make([]uint32, kept), arc: make([]uint32, kept),
	}
	i := uint32(0)
	for p := range h.node {
		for a := h.first[p]; a < h.first[p+1]; a++ {
			if w := before[a]; w == after[a] && w < Inf {
				out.rise[i], out.weight[i], out.arc[i] = h.rise[a], w, a
				i++
			}
		}
		out.first[p+1] = i
	}
	return out
}

// Arcs returns how many arcs are kept, each direction counted.
func (p *Perfect) Arcs() int { return len(p.up.weight) + len(p.down.weight) }

// Bytes returns the memory that it holds, without the metric.
func (p *Perfect) Bytes() int {
	words := 0
	for _, a := range []*arcs{&p.up, &p.down} {
		words += cap(a.first) + cap(a.rise) + cap(a.weight) + cap(a.arc)
	}
	return 4*words + 8*cap(p.parts.part)
}
