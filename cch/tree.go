package cch

import (
	"cmp"
	"slices"
)

// A Tree finds the distances of all nodes from a set of seeds, or to it, within
// a budget. It belongs to one goroutine; labels are those of the metric at the
// time of the last From or To, and stay until the next.
//
// It tells labels only. For the way to a node ask [Search.Between] with the same
// seeds and then [Search.Path]: following arcs whose labels fit goes round in
// circles where arcs weigh nothing.
type Tree struct {
	ascent
	m    *Metric
	size []uint32
	// Labels of the node in hand and its ancestors, by depth.
	path []uint32
	// label is that of each position, Inf where it has none; reached lists the
	// positions that have one.
	label   []uint32
	reached []uint32
}

// Labelled is a node and its distance from or to the seeds.
type Labelled struct{ Node, Label uint32 }

// NewTree returns a tree that sees every later change of the metric, at the next
// question. Cost: one pass over the nodes.
func (m *Metric) NewTree() *Tree {
	up, down := m.arcs()
	return &Tree{
		ascent: newAscent(m.h, up, down),
		m:      m, size: m.h.subtreeSizes(),
		path:  make([]uint32, m.h.maxDepth+1),
		label: refill(nil, len(m.h.node), Inf),
	}
}

// From finds, for every node v, the least of seeds[i].Weight + d(seeds[i].Node,
// v), where that is within the budget; a budget of Inf or more asks for all that
// can be reached. It allocates only until its buffers have grown.
//
// It is one pass from the top of the elimination tree down, after a climb from
// the seeds (PHAST; see [Corridor.Nodes]), that leaves a subtree out whole when
// no node that leads into it is within the budget and no seed is inside. Cost:
// the arcs of the nodes that are not left out.
func (t *Tree) From(seeds []Seed, budget uint32) {
	t.plant(seeds, nil)
	t.grasp(budget, t.m.down)
}

// To does the same for the least of d(v, seeds[i].Node) + seeds[i].Weight.
func (t *Tree) To(seeds []Seed, budget uint32) {
	t.plant(nil, seeds)
	t.grasp(budget, t.m.up)
}

// grasp labels all nodes. weight is that of each arc from its head to its tail
// in the direction asked for.
func (t *Tree) grasp(budget uint32, weight []uint32) {
	h := t.m.h
	for _, x := range t.reached {
		t.label[x] = Inf
	}
	t.reached = t.reached[:0]
	budget = min(budget, Inf-1)
	t.climb(budget, false)
	for left := uint32(len(h.node)); left > 0; {
		v := left - 1
		// One of the two is of no seed, and Inf.
		forth, back, above := t.labels(v)
		best, least := min(forth, back), Inf
		i, end := h.first[v], h.first[v+1]
		rise := h.rise[i:end]
		w := weight[i:end][:len(rise)]
		for j, r := range rise {
			l := t.path[r]
			least = min(least, l)
			best = min(best, l+w[j])
		}
		for _, r := range h.lost(v) {
			least = min(least, t.path[r])
		}
		if least > budget && !above {
			left -= t.size[v]
			continue
		}
		t.path[h.depth[v]] = best
		if best <= budget {
			t.label[v] = best
			t.reached = append(t.reached, v)
		}
		left--
	}
}

// Label returns the label of a node, Inf when it has none.
func (t *Tree) Label(node uint32) uint32 { return t.label[t.m.h.position[node]] }

// Len returns the number of nodes that have a label.
func (t *Tree) Len() int { return len(t.reached) }

// Nodes appends all nodes with a label to out, in an order that depends on the
// hierarchy only.
func (t *Tree) Nodes(out []Labelled) []Labelled {
	h := t.m.h
	for _, x := range t.reached {
		out = append(out, Labelled{h.node[x], t.label[x]})
	}
	return out
}

// Sorted appends all nodes with a label to out, by label and then by node.
func (t *Tree) Sorted(out []Labelled) []Labelled {
	from := len(out)
	out = t.Nodes(out)
	slices.SortFunc(out[from:], func(a, b Labelled) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Node, b.Node))
	})
	return out
}

// subtreeSizes returns the number of nodes in the subtree of each position.
func (h *Hierarchy) subtreeSizes() []uint32 {
	size := make([]uint32, len(h.node))
	for p := range size {
		size[p]++
		if q := h.parent[p]; q != none {
			size[q] += size[p]
		}
	}
	return size
}
