package cch

// A Corridor finds all nodes that a way from a source to a target may pass
// without exceeding a budget. It belongs to one goroutine and answers for the
// metric as it is at the time of the question.
type Corridor struct {
	m *Metric
	// size is the number of nodes in the subtree of each position.
	size []uint32
	// Distances up the tree from the source, and to the target, by depth.
	climb, descent []uint32
	// Distances from the source and to the target of the node in hand and its
	// ancestors, by depth.
	forth, back []uint32
}

// Passed is a node of a corridor.
type Passed struct {
	Node uint32
	// From and To are the distances from the source and to the target.
	From, To uint32
}

// NewCorridor returns a corridor search that sees every later change of the
// metric. Cost: one pass over the nodes.
func (m *Metric) NewCorridor() *Corridor {
	h := m.h
	c := &Corridor{m: m, size: make([]uint32, len(h.node))}
	for p := range c.size {
		c.size[p]++
		if q := h.parent[p]; q != none {
			c.size[q] += c.size[p]
		}
	}
	for _, s := range []*[]uint32{&c.climb, &c.descent, &c.forth, &c.back} {
		*s = make([]uint32, h.maxDepth+1)
	}
	return c
}

// Nodes appends every node v with d(source, v) + d(v, target) ≤ budget to out,
// with both distances; in an order that depends on the hierarchy only. A budget
// of Inf or more asks for all nodes on any way at all that is shorter than Inf.
// It allocates only to let out grow.
//
// Both distances come in one pass from the top of the elimination tree down
// (the idea is that of PHAST: Delling, Goldberg, Nowatzyk and Werneck, Journal
// of Parallel and Distributed Computing 73, 2013). Every way into or out of a
// subtree passes the higher neighbours of its root. Where the least distance
// from the source and the least to the target among these exceed the budget
// together, and neither end is inside, the subtree is left out whole. Cost: the
// arcs of the nodes that are not left out.
func (c *Corridor) Nodes(source, target, budget uint32, out []Passed) []Passed {
	m := c.m
	h := m.h
	budget = min(budget, Inf-1)
	s, t := h.position[source], h.position[target]
	climbAll(h, m.up, s, c.climb)
	climbAll(h, m.down, t, c.descent)
	for left := uint32(len(h.node)); left > 0; {
		v := left - 1
		size := c.size[v]
		d := h.depth[v]
		// v is an ancestor of what is in the size positions that end with it.
		holdsSource, holdsTarget := s <= v && v-s < size, t <= v && v-t < size
		from, to := Inf, Inf
		if holdsSource {
			from = c.climb[d]
		}
		if holdsTarget {
			to = c.descent[d]
		}
		leastFrom, leastTo := Inf, Inf
		a0, a1 := h.first[v], h.first[v+1]
		rise := h.rise[a0:a1]
		up, down := m.up[a0:a1][:len(rise)], m.down[a0:a1][:len(rise)]
		for i, r := range rise {
			f, b := c.forth[r], c.back[r]
			leastFrom, leastTo = min(leastFrom, f), min(leastTo, b)
			from, to = min(from, f+down[i]), min(to, b+up[i])
		}
		if holdsSource {
			leastFrom = 0
		}
		if holdsTarget {
			leastTo = 0
		}
		if leastFrom+leastTo > budget {
			left -= size
			continue
		}
		c.forth[d], c.back[d] = from, to
		if from+to <= budget {
			out = append(out, Passed{Node: h.node[v], From: from, To: to})
		}
		left--
	}
	return out
}

// climbAll fills in the distances from the node at position x to its ancestors
// over arcs that lead up, by depth.
func climbAll(h *Hierarchy, weight []uint32, x uint32, distance []uint32) {
	a := arcs{first: h.first, rise: h.rise, weight: weight}
	open(distance[:h.depth[x]+1])
	for ; x != none; x = h.parent[x] {
		relax(&a, x, distance[h.depth[x]], distance)
	}
}
