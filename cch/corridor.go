package cch

// A Corridor finds all nodes that a way from a source to a target may pass
// without exceeding a budget. It belongs to one goroutine and answers for the
// metric as it is at the time of the question.
type Corridor struct {
	ascent
	m *Metric
	// size is the number of nodes in the subtree of each position.
	size []uint32
	// Distances from the source and to the target of the node in hand and its
	// ancestors, by depth, side by side because they are read together.
	path []bothWays
	// The two ends of Nodes, as seeds.
	ends [2]Seed
}

type bothWays struct{ from, to uint32 }

// Passed is a node of a corridor.
type Passed struct {
	Node uint32
	// From and To are the distances from the source and to the target.
	From, To uint32
}

// NewCorridor returns a corridor search that sees every later change of the
// metric. Cost: one pass over the nodes.
func (m *Metric) NewCorridor() *Corridor {
	up, down := m.arcs()
	return &Corridor{
		ascent: newAscent(m.h, up, down),
		m:      m, size: m.h.subtreeSizes(),
		path: make([]bothWays, m.h.maxDepth+1),
	}
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
	c.ends = [2]Seed{{Node: source}, {Node: target}}
	return c.Between(c.ends[:1], c.ends[1:], budget, out)
}

// Between does the same for sets of seeds, d(source, v) being the least of
// sources[i].Weight + d(sources[i].Node, v), and d(v, target) likewise. It
// allocates only to let out grow, and until its buffers have grown to as many
// seeds.
func (c *Corridor) Between(sources, targets []Seed, budget uint32, out []Passed) []Passed {
	m := c.m
	h := m.h
	budget = min(budget, Inf-1)
	c.plant(sources, targets)
	c.climb(budget, false)
	path := c.path
	for left := uint32(len(h.node)); left > 0; {
		v := left - 1
		from, to, above := c.labels(v)
		leastFrom, leastTo := Inf, Inf
		i, end := h.first[v], h.first[v+1]
		rise := h.rise[i:end]
		up, down := m.up[i:end][:len(rise)], m.down[i:end][:len(rise)]
		for j, r := range rise {
			p := path[r]
			leastFrom, leastTo = min(leastFrom, p.from), min(leastTo, p.to)
			from, to = min(from, p.from+down[j]), min(to, p.to+up[j])
		}
		for _, r := range h.lost(v) {
			leastFrom, leastTo = min(leastFrom, path[r].from), min(leastTo, path[r].to)
		}
		if leastFrom+leastTo > budget && !above {
			left -= c.size[v]
			continue
		}
		path[h.depth[v]] = bothWays{from, to}
		if from+to <= budget {
			out = append(out, Passed{Node: h.node[v], From: from, To: to})
		}
		left--
	}
	return out
}
