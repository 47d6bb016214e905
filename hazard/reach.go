package hazard

import (
	"slices"

	"github.com/outrider-project/outrider/network"
)

// A searcher finds what lies within a distance of a stretch of a chain, along
// the network and whichever way it may be driven. It is for one goroutine.
type searcher struct {
	m *network.Map

	// Chain ends at each node (CSR): the arc that leaves the node there.
	first  []uint32
	leaves []network.ArcID

	// Undirected search: what is left of the distance at a node, valid if its
	// stamp is the current generation.
	left  []network.Millimetres
	stamp []uint32
	gen   uint32
	queue []label
}

// A label is a node, or an arc that was followed to its end, and what is left of
// the distance there.
type label struct {
	id   uint32
	left network.Millimetres
}

func newSearcher(m *network.Map) *searcher {
	s := &searcher{m: m, first: make([]uint32, len(m.NodePoint)+1)}
	for c := range m.Tail {
		s.first[m.Tail[c]+1]++
		s.first[m.Head[c]+1]++
	}
	for v := range len(s.first) - 1 {
		s.first[v+1] += s.first[v]
	}
	s.leaves = make([]network.ArcID, 2*len(m.Tail))
	next := slices.Clone(s.first)
	for c := range network.ChainID(len(m.Tail)) {
		for _, a := range [2]network.ArcID{c.Arc(false), c.Arc(true)} {
			v := m.ArcTail(a)
			s.leaves[next[v]] = a
			next[v]++
		}
	}
	s.left = make([]network.Millimetres, len(m.NodePoint))
	s.stamp = make([]uint32, len(m.NodePoint))
	return s
}

func (s *searcher) from(v network.NodeID) []network.ArcID {
	return s.leaves[s.first[v]:s.first[v+1]]
}

// spread visits every stretch within reach of a stretch of a chain, with the
// directions of travel concerned; some may be visited more than once.
//
// What concerns one heading only concerns those who come up to it and those who
// have passed it: before it, travel towards it; behind it, travel away from it;
// without turning back on a chain.
func (s *searcher) spread(c network.ChainID, from, to network.Millimetres, heading network.Heading, reach network.Millimetres,
	visit func(c network.ChainID, from, to network.Millimetres, h heads),
) {
	length := s.m.Length[c]
	visit(c, from-min(from, reach), to+min(length-to, reach), headsOf(heading))
	before, behind := from, length-to // the way to the tail and to the head
	if heading == network.BothWays {
		s.gen++
		s.queue = s.queue[:0]
		if before < reach {
			s.offer(s.m.Tail[c], reach-before)
		}
		if behind < reach {
			s.offer(s.m.Head[c], reach-behind)
		}
		s.flood(visit)
		return
	}
	// The arc driven under this heading, and its way to the ends.
	a := c.Arc(heading == network.BackwardOnly)
	if a.Backwards() {
		before, behind = behind, before
	}
	if behind < reach {
		s.follow(a, reach-behind, false, visit)
	}
	if before < reach {
		s.follow(a.Reverse(), reach-before, true, visit)
	}
}

// offer notes that a node is reached with so much left.
func (s *searcher) offer(v network.NodeID, left network.Millimetres) {
	if s.stamp[v] == s.gen && s.left[v] >= left {
		return
	}
	s.stamp[v], s.left[v] = s.gen, left
	s.push(label{uint32(v), left})
}

// flood visits all chains from the nodes offered, those with most left first, so
// that every node is settled once.
func (s *searcher) flood(visit func(network.ChainID, network.Millimetres, network.Millimetres, heads)) {
	for len(s.queue) > 0 {
		l := s.pop()
		v := network.NodeID(l.id)
		if l.left != s.left[v] {
			continue // a better label was settled
		}
		for _, a := range s.from(v) {
			s.visitStart(a, l.left, both, visit)
			if length := s.m.Length[a.Chain()]; length < l.left {
				s.offer(s.m.ArcHead(a), l.left-length)
			}
		}
	}
}

// visitStart visits the first part of an arc.
func (s *searcher) visitStart(a network.ArcID, left network.Millimetres, h heads,
	visit func(network.ChainID, network.Millimetres, network.Millimetres, heads),
) {
	c := a.Chain()
	length := s.m.Length[c]
	part := min(left, length)
	if a.Backwards() {
		visit(c, length-part, length, h)
	} else {
		visit(c, 0, part, h)
	}
}

// follow visits what can be reached from the end of an arc without turning back
// on a chain. Against says that the search runs against the direction of travel.
func (s *searcher) follow(a network.ArcID, left network.Millimetres, against bool,
	visit func(network.ChainID, network.Millimetres, network.Millimetres, heads),
) {
	// Few arcs lie within reach: what was followed is a short list.
	var settled []label
	s.queue = s.queue[:0]
	s.push(label{uint32(a), left})
	for len(s.queue) > 0 {
		l := s.pop()
		// The queue yields falling labels: the first for an arc is its best.
		if slices.ContainsFunc(settled, func(k label) bool { return k.id == l.id }) {
			continue
		}
		settled = append(settled, l)
		arc := network.ArcID(l.id)
		for _, b := range s.from(s.m.ArcHead(arc)) {
			if b == arc.Reverse() {
				continue
			}
			h := headsOfArc(b)
			if against {
				h = headsOfArc(b.Reverse())
			}
			s.visitStart(b, l.left, h, visit)
			if length := s.m.Length[b.Chain()]; length < l.left {
				s.push(label{uint32(b), l.left - length})
			}
		}
	}
}

// push and pop keep the queue a binary heap with most left on top.
func (s *searcher) push(l label) {
	q := append(s.queue, l)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if q[up].left >= q[i].left {
			break
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
	s.queue = q
}

func (s *searcher) pop() label {
	q := s.queue
	top := q[0]
	last := len(q) - 1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q[child+1].left > q[child].left {
			child++
		}
		if q[i].left >= q[child].left {
			break
		}
		q[i], q[child] = q[child], q[i]
		i = child
	}
	s.queue = q
	return top
}
