package cch

import "slices"

// A Seed is a node at one end of a question, with what it weighs to get to the
// node from where a journey begins, or from the node to where it ends. A seed
// whose weight is Inf or more does not count.
type Seed struct{ Node, Weight uint32 }

// A Search finds distances and paths between sets of nodes. It belongs to one
// goroutine and answers for the metric as it is at the time of the question.
// Nodes must be below the hierarchy's number of nodes, as indices must.
type Search struct {
	ascent
	query *Query
	// Ends of the last answer; none when there was no way.
	source, target uint32
}

// NewSearch returns a search that sees every later change of the metric.
func (m *Metric) NewSearch() *Search {
	up, down := m.arcs()
	return &Search{ascent: newAscent(m.h, up, down), query: m.NewQuery(), source: none}
}

// NewSearch returns a search on the arcs that shortest paths need.
func (p *Perfect) NewSearch() *Search {
	return &Search{ascent: newAscent(p.m.h, &p.up, &p.down), query: p.NewQuery(), source: none}
}

// Between returns the least of
//
//	sources[s].Weight + d(sources[s].Node, targets[t].Node) + targets[t].Weight
//
// and which s and t it is for; Inf, -1 and -1 when all are Inf or more. Of pairs
// that are equally good it is the one with the least s, and of these the one
// with the least t, whatever the order of the hierarchy. It allocates only until
// its buffers have grown to as many seeds. Cost: the arcs of the union of the
// ancestors of all seeds, and for each seed one word per level above the place
// where its ancestors join those of another.
func (s *Search) Between(sources, targets []Seed) (dist uint32, source, target int) {
	s.plant(sources, targets)
	best, from, to := s.climb(Inf-1, true)
	s.source, s.target = none, none
	if best == Inf {
		return Inf, -1, -1
	}
	s.source, s.target = sources[from].Node, targets[to].Node
	return best, int(from), int(to)
}

// Path appends the input arcs of a shortest path between the two seeds that the
// last answer of Between named, in their order; none when there was no way. The
// seeds' own weights are not part of it. Cost: another query.
func (s *Search) Path(dst []uint32) []uint32 {
	if s.source == none {
		return dst
	}
	_, dst = s.query.Path(s.source, s.target, dst)
	return dst
}

// An ascent climbs the elimination tree from many nodes at once.
//
// The union of the nodes' ancestors is cut into chains: each begins at a seed
// and ends below a node of an earlier chain, or at a root. No two nodes of a
// chain and its ancestors have the same depth, so each chain keeps its distances
// by depth, as [Query] does. A chain that ends hands them to the one it leads
// into, which has an earlier number: so chains are climbed last one first.
//
// A label is a distance and the index of the seed that it belongs to, in one
// number: the lesser of two is the nearer, and of equally near ones the one of
// the seed named first.
type ascent struct {
	h        *Hierarchy
	up, down *arcs
	levels   int
	// chain is base plus the number of the chain that each position is in, less
	// than base where it is in none.
	chain       []uint32
	base        uint32
	chains      []ascentChain
	forth, back []uint64 // labels by chain and depth
}

// An ascentChain runs from position from up to, not including, position to.
type ascentChain struct {
	from, to     uint32 // to is none at a root
	forth, back  bool   // it has labels of that side
	into, levels uint32 // the chain that to is in, and how many levels are kept
}

// infLabel is the label of what was not reached.
const infLabel = uint64(Inf)<<32 | none

func newAscent(h *Hierarchy, up, down *arcs) ascent {
	return ascent{h: h, up: up, down: down, levels: int(h.maxDepth) + 1, chain: make([]uint32, len(h.node)), base: 1}
}

// plant forgets all chains and makes those of the given seeds.
func (a *ascent) plant(sources, targets []Seed) {
	a.base += uint32(len(a.chains))
	if a.base >= 1<<31 { // far enough from the end of the numbers
		clear(a.chain)
		a.base = 1
	}
	a.chains = a.chains[:0]
	for i, s := range sources {
		if s.Weight < Inf {
			c, d := a.grow(s.Node)
			a.chains[c].forth = true
			l := &a.forth[c*a.levels+d]
			*l = min(*l, uint64(s.Weight)<<32|uint64(i))
		}
	}
	for i, s := range targets {
		if s.Weight < Inf {
			c, d := a.grow(s.Node)
			a.chains[c].back = true
			l := &a.back[c*a.levels+d]
			*l = min(*l, uint64(s.Weight)<<32|uint64(i))
		}
	}
}

// grow returns the chain of a node, which it makes where there is none, and the
// node's depth.
func (a *ascent) grow(node uint32) (chain, depth int) {
	h := a.h
	x := h.position[node]
	depth = int(h.depth[x])
	if n := a.chain[x]; n >= a.base {
		return int(n - a.base), depth
	}
	chain = len(a.chains)
	y := x
	for ; y != none && a.chain[y] < a.base; y = h.parent[y] {
		a.chain[y] = a.base + uint32(chain)
	}
	c := ascentChain{from: x, to: y, levels: uint32(depth) + 1}
	if y != none {
		c.into = a.chain[y] - a.base
	}
	a.chains = append(a.chains, c)
	for end := (chain + 1) * a.levels; len(a.forth) < end; {
		a.forth, a.back = append(a.forth, infLabel), append(a.back, infLabel)
	}
	// Labels of this chain: those of its nodes and of all above them.
	forth, back := a.forth[chain*a.levels:][:depth+1], a.back[chain*a.levels:][:depth+1]
	for i := range forth {
		forth[i] = infLabel
	}
	for i := range back {
		back[i] = infLabel
	}
	return chain, depth
}

// climb passes all labels up that are no more than limit. With join it also
// finds the least sum of a label forth and one back, and the two seeds, and
// lowers the limit to it as it goes.
func (a *ascent) climb(limit uint32, join bool) (best, source, target uint32) {
	h := a.h
	best, source, target = Inf, none, none
	for c, run := range slices.Backward(a.chains) {
		forth := a.forth[c*a.levels:][:run.levels]
		back := a.back[c*a.levels:][:run.levels]
		for x := run.from; x != run.to; x = h.parent[x] {
			d := h.depth[x]
			f, b := forth[d], back[d]
			if join && run.forth && run.back {
				sum := uint32(f>>32) + uint32(b>>32)
				s, t := uint32(f), uint32(b)
				if sum < best || sum == best && sum < Inf && (s < source || s == source && t < target) {
					best, source, target = sum, s, t
					limit = min(limit, best)
				}
			}
			// A label equal to the limit may still lead to an equally good pair
			// of seeds named earlier.
			if run.forth && uint32(f>>32) <= limit {
				relaxLabels(a.up, x, f, forth)
			}
			if run.back && uint32(b>>32) <= limit {
				relaxLabels(a.down, x, b, back)
			}
		}
		if run.to == none {
			continue
		}
		next := &a.chains[run.into]
		shared := h.depth[run.to] + 1
		if run.forth {
			next.forth = true
			lower(a.forth[int(run.into)*a.levels:][:shared], forth)
		}
		if run.back {
			next.back = true
			lower(a.back[int(run.into)*a.levels:][:shared], back)
		}
	}
	return best, source, target
}

// labels returns the distances with which climb left the node at position x,
// and whether x is a seed or an ancestor of one; what climb did not pass on, as
// it exceeded the limit, is missing.
func (a *ascent) labels(x uint32) (forth, back uint32, ok bool) {
	n := a.chain[x]
	if n < a.base {
		return Inf, Inf, false
	}
	i := int(n-a.base)*a.levels + int(a.h.depth[x])
	return uint32(a.forth[i] >> 32), uint32(a.back[i] >> 32), true
}

// relaxLabels passes the label of the node at position x on to those above it.
func relaxLabels(a *arcs, x uint32, from uint64, labels []uint64) {
	i, end := a.first[x], a.first[x+1]
	rise := a.rise[i:end]
	weight := a.weight[i:end][:len(rise)]
	for j, d := range rise {
		labels[d] = min(labels[d], from+uint64(weight[j])<<32)
	}
}

// lower takes the lesser labels of both.
func lower(labels, other []uint64) {
	other = other[:len(labels)]
	for i, l := range other {
		labels[i] = min(labels[i], l)
	}
}
