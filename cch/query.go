package cch

import "slices"

// A Query finds distances and paths between two nodes. It belongs to one
// goroutine and answers for the metric as it is at the time of the question.
// Nodes must be below the hierarchy's number of nodes, as indices must.
//
// Distances are kept by depth: a search meets one node of each depth.
type Query struct {
	m        *Metric
	up, down *arcs
	forth    []uint32 // distance from the source, by depth
	back     []uint32 // distance to the target, by depth
	// Places in up and down that the distances came by.
	forthBy, backBy []uint32
	stack           []leg
	parts           *parts // what legs consist of, on a perfect metric
}

// NewQuery returns a query that sees every later change of the metric.
func (m *Metric) NewQuery() *Query {
	up, down := m.arcs()
	return newQuery(m, up, down, nil)
}

// NewQuery returns a query on the arcs that shortest paths need.
func (p *Perfect) NewQuery() *Query { return newQuery(p.m, &p.up, &p.down, &p.parts) }

func (m *Metric) arcs() (up, down *arcs) {
	return &arcs{first: m.h.first, rise: m.h.rise, weight: m.up}, &arcs{first: m.h.first, rise: m.h.rise, weight: m.down}
}

func newQuery(m *Metric, up, down *arcs, p *parts) *Query {
	levels := int(m.h.maxDepth) + 1
	return &Query{
		m: m, up: up, down: down,
		forth: make([]uint32, levels), back: make([]uint32, levels),
		forthBy: make([]uint32, levels), backBy: make([]uint32, levels),
		stack: make([]leg, 0, 4*levels+64), parts: p,
	}
}

// Distance returns the distance from source to target, Inf when there is no
// path. Cost: the arcs of their ancestors in the elimination tree.
func (q *Query) Distance(source, target uint32) uint32 {
	h := q.m.h
	x, y := h.position[source], h.position[target]
	forth, back := q.forth, q.back
	open(forth[:h.depth[x]+1])
	open(back[:h.depth[y]+1])
	// Positions grow towards the root, and a node is never below one of a
	// higher position: the lower of the two is not a common ancestor.
	for x != y {
		if x < y {
			relax(q.up, x, forth[h.depth[x]], forth)
			x = h.parent[x]
		} else {
			relax(q.down, y, back[h.depth[y]], back)
			y = h.parent[y]
		}
	}
	best := Inf
	for ; x != none; x = h.parent[x] {
		d := h.depth[x]
		f, b := forth[d], back[d]
		best = min(best, f+b)
		if f < best {
			relax(q.up, x, f, forth)
		}
		if b < best {
			relax(q.down, x, b, back)
		}
	}
	return best
}

// open prepares the distances along a way to the root, which starts at the last.
func open(distance []uint32) {
	for i := range distance {
		distance[i] = Inf
	}
	distance[len(distance)-1] = 0
}

// relax passes the distance of the node at position x on to those above it.
func relax(a *arcs, x, from uint32, distance []uint32) {
	if from >= Inf {
		return
	}
	i, end := a.first[x], a.first[x+1]
	rise := a.rise[i:end]
	weight := a.weight[i:end][:len(rise)]
	for j, d := range rise {
		distance[d] = min(distance[d], from+weight[j])
	}
}

// relaxBy does the same and notes by which arc.
func relaxBy(a *arcs, x, from uint32, distance, by []uint32) {
	if from >= Inf {
		return
	}
	for i := a.first[x]; i < a.first[x+1]; i++ {
		if d, sum := a.rise[i], from+a.weight[i]; sum < distance[d] {
			distance[d], by[d] = sum, i
		}
	}
}

// Path returns the distance from source to target and appends the input arcs of
// a shortest path to path, in their order; none when there is no path, or when
// the metric, unless it is perfect, is changed meanwhile, which nobody should do. Where arcs weigh
// nothing the path may pass a node twice. It allocates only to let path grow.
func (q *Query) Path(source, target uint32, path []uint32) (uint32, []uint32) {
	h := q.m.h
	s, t := h.position[source], h.position[target]
	x, y := s, t
	forth, back := q.forth, q.back
	open(forth[:h.depth[x]+1])
	open(back[:h.depth[y]+1])
	for x != y {
		if x < y {
			relaxBy(q.up, x, forth[h.depth[x]], forth, q.forthBy)
			x = h.parent[x]
		} else {
			relaxBy(q.down, y, back[h.depth[y]], back, q.backBy)
			y = h.parent[y]
		}
	}
	best, top := Inf, uint32(none)
	for ; x != none; x = h.parent[x] {
		d := h.depth[x]
		f, b := forth[d], back[d]
		if f+b < best {
			best, top = f+b, x
		}
		if f < best {
			relaxBy(q.up, x, f, forth, q.forthBy)
		}
		if b < best {
			relaxBy(q.down, x, b, back, q.backBy)
		}
	}
	if top == none {
		return Inf, path
	}
	// The stack is read from its end: first the way down to the target, last
	// arc first, then the way up from the source, first arc last.
	q.stack = q.stack[:0]
	for y := top; y != t; {
		i := q.backBy[h.depth[y]]
		q.stack = append(q.stack, q.leg(i, true))
		y = h.tail[q.down.name(i)]
	}
	slices.Reverse(q.stack)
	for x := top; x != s; {
		i := q.forthBy[h.depth[x]]
		q.stack = append(q.stack, q.leg(i, false))
		x = h.tail[q.up.name(i)]
	}
	whole, ok := q.unpack(path)
	if !ok {
		return Inf, path
	}
	return best, whole
}
