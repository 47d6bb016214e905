package flow

import (
	"context"
	"math/bits"
	"slices"
)

// A Cut is the side of a cut that holds the sources, by node.
type Cut []bool

// CutEdges returns the edges of the caller that leave the source side: those of a
// directed network that point out of it, all that cross it in an undirected one.
func (n *Network) CutEdges(side Cut) []uint32 {
	var out []uint32
	for i := range n.edges {
		e := &n.edges[i]
		if side[e.from] && !side[e.to] || !n.directed && side[e.to] && !side[e.from] {
			out = append(out, n.order[i])
		}
	}
	return out
}

// MaxFlow adds to the flow until it is maximum between the sources and the sinks,
// which share no node, and returns what it added with a minimum cut. When some
// route has infinite capacity all along, it returns Infinite and no cut; the flow
// then means nothing. It fails only with the context's error.
//
// Cost: about (length of a path) × (number of augmentations) + the smaller side of
// the cut where the cut is near an end, as it is for point terminals; O(V²E) at
// worst.
func (n *Network) MaxFlow(ctx context.Context, sources, sinks []uint32) (int64, Cut, error) {
	s := newSearch(n, sources, sinks)
	total, widest := int64(0), int64(0)
	for _, v := range sources {
		for _, a := range n.arcs[n.first[v]:n.first[v+1]] {
			widest = max(widest, n.room(a.ref))
		}
	}
	// Wide paths first: few augmentations, and few routes in the mix.
	shift := max(bits.Len64(uint64(widest))-1, 0)
	floor := max(shift-8, 0)
	for {
		least := int64(1) << shift
		piece := least
		if shift <= floor {
			piece = 1
		}
		for {
			if err := ctx.Err(); err != nil {
				return 0, nil, err
			}
			meet, exhausted := s.find(least)
			if exhausted != neither {
				if shift == 0 {
					return total, s.cut(exhausted), nil
				}
				break
			}
			amount := s.augment(meet, piece)
			if amount >= Infinite/2 {
				return Infinite, nil, nil
			}
			total += amount
			if s.work > 60*len(n.arcs)+1000*n.Nodes() {
				added, cut, err := n.dinic(ctx, sources, sinks)
				return total + added, cut, err
			}
		}
		shift = max(shift-2, 0)
	}
}

// side says which half of a search it is about.
type side uint8

const (
	neither  side = iota
	forward       // from the sources
	backward      // from the sinks
)

// search looks for augmenting paths from both ends at once.
type search struct {
	n       *Network
	roots   [2][]uint32
	guide   [2][]uint32 // by node: steps to the other end, in the network without flow
	parent  [2][]uint32 // by node: the arc towards this half's root; none at a root
	seen    [2][]uint32 // by node: the round in which it was seen
	round   uint32
	front   [2]frontier
	work    int
	isRoot  []side
	scratch []uint32
}

func newSearch(n *Network, sources, sinks []uint32) *search {
	nodes := n.Nodes()
	s := &search{n: n, roots: [2][]uint32{sources, sinks}, isRoot: make([]side, nodes)}
	for _, v := range sources {
		s.isRoot[v] = forward
	}
	for _, v := range sinks {
		s.isRoot[v] = backward
	}
	s.guide[0] = n.steps(sinks, 1)
	s.guide[1] = n.steps(sources, 0)
	for h := range 2 {
		s.parent[h] = make([]uint32, nodes)
		s.seen[h] = make([]uint32, nodes)
		deepest := uint32(0)
		for _, d := range s.guide[h] {
			if d != none {
				deepest = max(deepest, d)
			}
		}
		s.front[h].init(nodes, int(deepest)+1)
	}
	return s
}

// steps counts, by node, the edges from the roots (flip 0) or to them (flip 1)
// along arcs with room; none where there is no way.
func (n *Network) steps(roots []uint32, flip uint32) []uint32 {
	dist := make([]uint32, n.Nodes())
	for v := range dist {
		dist[v] = none
	}
	queue := make([]uint32, 0, n.Nodes())
	for _, v := range roots {
		if dist[v] == none {
			dist[v] = 0
			queue = append(queue, v)
		}
	}
	for i := 0; i < len(queue); i++ {
		u := queue[i]
		d := dist[u] + 1
		for _, a := range n.arcs[n.first[u]:n.first[u+1]] {
			if dist[a.head] == none && n.room(a.ref^flip) > 0 {
				dist[a.head] = d
				queue = append(queue, a.head)
			}
		}
	}
	return dist
}

// find grows both halves over arcs with at least the given room until they meet,
// and returns the node where they do, or the half that cannot grow any more.
func (s *search) find(least int64) (meet uint32, exhausted side) {
	s.round++
	for h := range 2 {
		s.front[h].reset()
		for _, v := range s.roots[h] {
			if s.seen[h][v] != s.round {
				s.seen[h][v] = s.round
				s.parent[h][v] = none
				s.front[h].push(v, s.level(h, v))
			}
		}
	}
	for {
		for h := range 2 {
			u := s.front[h].pop()
			if u == none {
				return none, side(h + 1)
			}
			n, flip := s.n, uint32(h)
			arcs := n.arcs[n.first[u]:n.first[u+1]]
			s.work += len(arcs)
			for _, a := range arcs {
				if s.seen[h][a.head] == s.round || n.room(a.ref^flip) < least {
					continue
				}
				s.seen[h][a.head] = s.round
				s.parent[h][a.head] = a.ref ^ flip
				if s.seen[1-h][a.head] == s.round {
					return a.head, neither
				}
				s.front[h].push(a.head, s.level(h, a.head))
			}
		}
	}
}

// level is how near a node is to the other end; nodes that had no way there
// before any flow come last.
func (s *search) level(h int, v uint32) int {
	if d := s.guide[h][v]; d != none {
		return int(d)
	}
	return len(s.front[h].top) - 1
}

// augment sends as many whole times a piece as fit along the path through meet.
func (s *search) augment(meet uint32, piece int64) int64 {
	n := s.n
	path := s.scratch[:0]
	for v := meet; s.parent[0][v] != none; {
		ref := s.parent[0][v]
		path = append(path, ref)
		v = n.head(ref ^ 1)
	}
	for v := meet; s.parent[1][v] != none; {
		ref := s.parent[1][v]
		path = append(path, ref)
		v = n.head(ref)
	}
	s.scratch = path
	amount := Infinite
	for _, ref := range path {
		// An infinite edge has infinite room whatever flows in it.
		if room := n.room(ref); n.edges[ref>>1].cap < Infinite || n.directed && ref&1 == 1 {
			amount = min(amount, room)
		}
	}
	if amount >= Infinite/2 {
		return Infinite
	}
	amount -= amount % piece
	for _, ref := range path {
		n.push(ref, amount)
	}
	s.work += len(path)
	return amount
}

// cut is the minimum cut that the half which cannot grow shows.
func (s *search) cut(exhausted side) Cut {
	h := int(exhausted) - 1
	c := make(Cut, s.n.Nodes())
	for v := range c {
		c[v] = (s.seen[h][v] == s.round) == (exhausted == forward)
	}
	return c
}

// A frontier is a queue of nodes by a small integer, smallest first, last in
// first out among equals.
type frontier struct {
	top    []uint32 // by level
	link   []uint32 // by node
	lowest int
	count  int
	used   []uint32 // levels that were used since the last reset
}

func (f *frontier) init(nodes, levels int) {
	f.top = make([]uint32, levels+1)
	for i := range f.top {
		f.top[i] = none
	}
	f.link = make([]uint32, nodes)
}

func (f *frontier) reset() {
	for _, l := range f.used {
		f.top[l] = none
	}
	f.used = f.used[:0]
	f.lowest, f.count = len(f.top), 0
}

func (f *frontier) push(v uint32, level int) {
	if f.top[level] == none {
		f.used = append(f.used, uint32(level))
	}
	f.link[v] = f.top[level]
	f.top[level] = v
	f.lowest = min(f.lowest, level)
	f.count++
}

// pop returns none when the queue is empty.
func (f *frontier) pop() uint32 {
	if f.count == 0 {
		return none
	}
	for f.top[f.lowest] == none {
		f.lowest++
	}
	v := f.top[f.lowest]
	f.top[f.lowest] = f.link[v]
	f.count--
	return v
}

// dinic adds to the flow until it is maximum, by blocking flows in the levels of
// a breadth-first search.
func (n *Network) dinic(ctx context.Context, sources, sinks []uint32) (int64, Cut, error) {
	nodes := n.Nodes()
	isSource := make([]bool, nodes)
	for _, v := range sources {
		isSource[v] = true
	}
	next := make([]uint32, nodes)
	var path []uint32
	total := int64(0)
	for {
		// Levels count to the sinks, so that a walk from a source cannot go astray.
		level := n.steps(sinks, 1)
		reached := false
		for _, v := range sources {
			reached = reached || level[v] != none
		}
		if !reached {
			c := make(Cut, nodes)
			for v := range c {
				c[v] = level[v] == none
			}
			return total, c, nil
		}
		copy(next, n.first)
		for _, source := range sources {
			if level[source] == none {
				continue
			}
			if err := ctx.Err(); err != nil {
				return 0, nil, err
			}
			path = path[:0]
			for u := source; ; {
				if level[u] == 0 {
					amount := Infinite
					for _, ref := range path {
						amount = min(amount, n.room(ref))
					}
					back := 0
					for i, p := range slices.Backward(path) {
						n.push(p, amount)
						if n.room(p) == 0 {
							back = i
						}
					}
					total += amount
					u = n.head(path[back] ^ 1)
					path = path[:back]
					continue
				}
				advanced := false
				for ; next[u] < n.first[u+1]; next[u]++ {
					a := n.arcs[next[u]]
					if level[a.head] != none && level[a.head]+1 == level[u] && n.room(a.ref) > 0 {
						path = append(path, a.ref)
						u = a.head
						advanced = true
						break
					}
				}
				if advanced {
					continue
				}
				if len(path) == 0 {
					break
				}
				ref := path[len(path)-1]
				path = path[:len(path)-1]
				u = n.head(ref ^ 1)
				next[u]++
			}
		}
	}
}
