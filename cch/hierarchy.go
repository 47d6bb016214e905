package cch

import (
	"fmt"
	"slices"
)

// A Hierarchy is the chordal supergraph of a graph under an elimination order,
// without weights. Positions number the nodes so that every subtree of the
// elimination tree is a run of consecutive positions that ends with its root;
// arcs lead from a lower to a higher position, and from a node only to its
// ancestors.
type Hierarchy struct {
	position []uint32 // of each node
	node     []uint32 // at each position
	parent   []uint32 // in the elimination tree, by position; none at a root
	depth    []uint32 // number of ancestors, by position

	// Upward arcs by tail, heads ascending. An arc is an index into head.
	first []uint32
	head  []uint32
	tail  []uint32
	// rise is the depth of an arc's head. A search from one node meets no two
	// nodes of the same depth, so it can keep its distances by depth: a short
	// array that stays in the nearest cache.
	rise []uint32

	// Arcs by head, tails ascending. below is the tail of each in down.
	firstDown []uint32
	down      []uint32
	below     []uint32

	// Input arcs. link is 2·arc for an input arc that leads upwards and
	// 2·arc+1 for one that leads down; none for a loop. input lists the input
	// arcs by link.
	link       []uint32
	firstInput []uint32
	input      []uint32
	inputLink  []uint32 // the link of each in input

	// What is known of the arcs' directions where that saves much; nil elsewhere.
	oneway *oneway

	arcs      int // of the supergraph, those left out counted
	triangles uint64
	maxDepth  uint32
	chunks    []chunk
}

// Build contracts the nodes of g in the given order (node ids, first contracted
// first). Positions may differ from the order where that changes no arc of the
// supergraph. Where most arcs of g lead one way, as turns do, arcs of the
// supergraph that no weights make usable are left out. It fails when g is unsound or order is no permutation of the
// nodes. Cost: linear in the size of the result.
func Build(g *Graph, order []uint32) (*Hierarchy, error) {
	h, err := contracted(g, order)
	if err != nil {
		return nil, err
	}
	if h.mostlyOneway() {
		if err := h.prune(g); err != nil {
			return nil, err
		}
	}
	h.plan()
	return h, nil
}

// contracted returns the hierarchy with all arcs of the supergraph and without
// chunks.
func contracted(g *Graph, order []uint32) (*Hierarchy, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	n := g.Nodes()
	if err := checkOrder(order, n); err != nil {
		return nil, err
	}
	adj := g.undirected()
	h := &Hierarchy{node: postorder(eliminationTree(&adj, order), order)}
	h.position = make([]uint32, n)
	for p, v := range h.node {
		h.position[v] = uint32(p)
	}
	if err := h.contract(&adj); err != nil {
		return nil, err
	}
	h.connect(g)
	return h, nil
}

func checkOrder(order []uint32, n int) error {
	if len(order) != n {
		return fmt.Errorf("cch: order of %d nodes for a graph of %d: it must name each node once", len(order), n)
	}
	seen := make([]bool, n)
	for i, v := range order {
		if int(v) >= n {
			return fmt.Errorf("cch: order names node %d at place %d: there are %d nodes", v, i, n)
		}
		if seen[v] {
			return fmt.Errorf("cch: order names node %d a second time at place %d: each node stands in it once", v, i)
		}
		seen[v] = true
	}
	return nil
}

// eliminationTree returns the parent of each place in the order (Liu, A compact
// row storage scheme for Cholesky factors, 1986): path compression over the
// roots of the subtrees so far.
func eliminationTree(adj *adjacency, order []uint32) []uint32 {
	n := len(order)
	place := make([]uint32, n)
	for i, v := range order {
		place[v] = uint32(i)
	}
	parent, ancestor := make([]uint32, n), make([]uint32, n)
	for i, v := range order {
		i := uint32(i)
		parent[i], ancestor[i] = none, none
		for _, w := range adj.of(v) {
			for x := place[w]; x < i; {
				next := ancestor[x]
				ancestor[x] = i
				if next == none {
					parent[x] = i
					break
				}
				x = next
			}
		}
	}
	return parent
}

// postorder returns the order rearranged so that children stand before parents
// and subtrees together. Children keep their order, but for the one with the
// most nodes, which goes last: it is read next.
func postorder(parent, order []uint32) []uint32 {
	n := len(order)
	child, sibling := make([]uint32, n), make([]uint32, n)
	size := make([]uint32, n)
	roots := uint32(none)
	for i := range child {
		child[i] = none
	}
	for i := range uint32(n) {
		size[i]++
		if p := parent[i]; p != none {
			size[p] += size[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		list := &roots
		if p := parent[i]; p != none {
			list = &child[p]
		}
		sibling[i], *list = *list, uint32(i)
	}
	out := make([]uint32, n)
	at := n
	// From the last position to the first: a node, then its children. What is
	// pushed last is placed next, so the largest child is pushed last.
	var stack []uint32
	push := func(list uint32) {
		largest := uint32(none)
		for c := list; c != none; c = sibling[c] {
			if largest == none || size[c] >= size[stack[largest]] {
				largest = uint32(len(stack))
			}
			stack = append(stack, c)
		}
		if largest != none {
			c := stack[largest]
			stack = append(slices.Delete(stack, int(largest), int(largest)+1), c)
		}
	}
	push(roots)
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		at--
		out[at] = order[i]
		push(child[i])
	}
	return out
}

// contract fills in the upward arcs: those of the graph, and those of each
// child in the elimination tree but the one to its parent.
func (h *Hierarchy) contract(adj *adjacency) error {
	n := len(h.node)
	h.first = make([]uint32, n+1)
	h.parent, h.depth = make([]uint32, n), make([]uint32, n)
	mark := make([]uint32, n)
	child, sibling := make([]uint32, n), make([]uint32, n)
	for p := range n {
		mark[p], child[p] = none, none
	}
	head := make([]uint32, 0, len(adj.to))
	for p := range uint32(n) {
		from := len(head)
		mark[p] = p
		for _, w := range adj.of(h.node[p]) {
			if q := h.position[w]; q > p && mark[q] != p {
				mark[q] = p
				head = append(head, q)
			}
		}
		for c := child[p]; c != none; c = sibling[c] {
			for _, q := range head[h.first[c]:h.first[c+1]] {
				if mark[q] != p {
					mark[q] = p
					head = append(head, q)
				}
			}
		}
		if uint64(len(head)) >= 1<<31 {
			return fmt.Errorf("cch: the order leads to more than %d arcs: use a better one, as FindOrder gives", uint32(1<<31-1))
		}
		h.first[p+1] = uint32(len(head))
		h.parent[p] = none
		for _, q := range head[from:] {
			h.parent[p] = min(h.parent[p], q)
		}
		if q := h.parent[p]; q != none {
			sibling[p], child[q] = child[q], p
		}
		d := uint64(len(head) - from)
		h.triangles += d * (d - min(d, 1)) / 2
	}
	for p := n - 1; p >= 0; p-- {
		if q := h.parent[p]; q != none {
			h.depth[p] = h.depth[q] + 1
			h.maxDepth = max(h.maxDepth, h.depth[p])
		}
	}

	// File the arcs by head, then back by tail in that order: sorted.
	h.arcs = len(head)
	h.file(head)
	return nil
}

// file fills in all arrays of arcs from h.first and the heads by tail, which it
// sorts.
func (h *Hierarchy) file(head []uint32) {
	n, m := len(h.node), len(head)
	h.firstDown = make([]uint32, n+1)
	for _, q := range head {
		h.firstDown[q]++
	}
	total := uint32(0)
	for q := range h.firstDown {
		total, h.firstDown[q] = total+h.firstDown[q], total
	}
	h.below = make([]uint32, m)
	at := append([]uint32(nil), h.firstDown[:n]...)
	for p := range uint32(n) {
		for _, q := range head[h.first[p]:h.first[p+1]] {
			h.below[at[q]] = p
			at[q]++
		}
	}
	h.head, h.tail, h.rise, h.down = head[:m:m], make([]uint32, m), make([]uint32, m), make([]uint32, m)
	copy(at, h.first)
	for q := range uint32(n) {
		for i := h.firstDown[q]; i < h.firstDown[q+1]; i++ {
			p := h.below[i]
			a := at[p]
			at[p]++
			h.head[a], h.tail[a], h.rise[a], h.down[i] = q, p, h.depth[q], a
		}
	}
}

// connect finds for each input arc the arc that takes its weight.
func (h *Hierarchy) connect(g *Graph) {
	h.link = make([]uint32, len(g.Head))
	h.firstInput = make([]uint32, 2*len(h.head)+1)
	slot := make([]uint32, len(h.node))
	for p, v := range h.node {
		p := uint32(p)
		// All arcs that leave v find theirs through slot when they lead
		// upwards; the others by search.
		for a := h.first[p]; a < h.first[p+1]; a++ {
			slot[h.head[a]] = a
		}
		for e := g.FirstOut[v]; e < g.FirstOut[v+1]; e++ {
			q := h.position[g.Head[e]]
			switch {
			case q > p:
				h.link[e] = 2 * slot[q]
			case q < p:
				a, _ := h.arc(q, p)
				h.link[e] = 2*a + 1
			default:
				h.link[e] = none
			}
		}
	}
	total := uint32(0)
	for _, l := range h.link {
		if l != none {
			h.firstInput[l]++
			total++
		}
	}
	sum := uint32(0)
	for l := range h.firstInput {
		sum, h.firstInput[l] = sum+h.firstInput[l], sum
	}
	h.input, h.inputLink = make([]uint32, total), make([]uint32, total)
	at := append([]uint32(nil), h.firstInput...)
	for e, l := range h.link {
		if l != none {
			h.input[at[l]], h.inputLink[at[l]] = uint32(e), l
			at[l]++
		}
	}
}

// arc returns the arc from p up to q, if there is one.
func (h *Hierarchy) arc(p, q uint32) (uint32, bool) {
	lo, hi := h.first[p], h.first[p+1]
	for hi-lo > 8 {
		if mid := lo + (hi-lo)/2; h.head[mid] <= q {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if h.head[lo] >= q {
			return lo, h.head[lo] == q
		}
	}
	return 0, false
}

// Nodes returns the number of nodes.
func (h *Hierarchy) Nodes() int { return len(h.node) }

// InputArcs returns the number of arcs of the graph it was built from.
func (h *Hierarchy) InputArcs() int { return len(h.link) }

// Arcs returns the number of arcs of the supergraph, each counted once for both
// directions; loops and parallel arcs are merged. Those that are left out as no
// weights make them usable count: it is a property of the order.
func (h *Hierarchy) Arcs() int { return h.arcs }

// KeptArcs returns the number of arcs that are not left out.
func (h *Hierarchy) KeptArcs() int { return len(h.head) }

// Triangles returns the number of triangles of the supergraph, each once, also
// of arcs that are left out. The time of customization grows with it.
func (h *Hierarchy) Triangles() uint64 { return h.triangles }

// Depth returns the mean over all nodes and the largest number of nodes on the
// way to the root of the elimination tree, both ends counted. The time of a
// query grows with it.
func (h *Hierarchy) Depth() (mean float64, most int) {
	if len(h.depth) == 0 {
		return 0, 0
	}
	sum := uint64(0)
	for _, d := range h.depth {
		sum += uint64(d) + 1
	}
	return float64(sum) / float64(len(h.depth)), int(h.maxDepth) + 1
}

// Order returns the nodes by position, lowest first: an order for Build that
// gives the same hierarchy.
func (h *Hierarchy) Order() []uint32 { return append([]uint32(nil), h.node...) }

// Bytes returns the memory that the hierarchy holds.
func (h *Hierarchy) Bytes() int {
	words := 0
	for _, s := range [][]uint32{
		h.position, h.node, h.parent, h.depth, h.first, h.head, h.tail, h.rise, h.firstDown, h.down, h.below,
		h.link, h.firstInput, h.input, h.inputLink,
	} {
		words += cap(s)
	}
	return 4*words + h.oneway.bytes()
}
