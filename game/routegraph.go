package game

import (
	"context"
	"math"
)

// A routeGraph holds the arcs of an instance by node: one per edge if directed,
// else one each way. Loops are left out, since no route needs one.
type routeGraph struct {
	n              int
	out, in        []int32 // by node: first arc; n+1
	head, tail     []uint32
	edge, inEdge   []uint32
	source, target []bool
	sources, sinks []uint32
}

func newRouteGraph(in *Instance, sources, sinks []uint32, use func(e int) bool) *routeGraph {
	n := len(in.Nodes)
	g := &routeGraph{
		n: n, out: make([]int32, n+1), in: make([]int32, n+1), source: make([]bool, n), target: make([]bool, n),
		sources: sources, sinks: sinks,
	}
	each := func(f func(e, u, v uint32)) {
		for e := range in.Edges {
			u, v := in.From[e], in.To[e]
			if u == v || use != nil && !use(e) {
				continue
			}
			f(uint32(e), u, v)
			if !in.Directed {
				f(uint32(e), v, u)
			}
		}
	}
	each(func(_, u, v uint32) { g.out[u+1]++; g.in[v+1]++ })
	for v := range n {
		g.out[v+1] += g.out[v]
		g.in[v+1] += g.in[v]
	}
	m := g.out[n]
	g.head, g.edge = make([]uint32, m), make([]uint32, m)
	g.tail, g.inEdge = make([]uint32, m), make([]uint32, m)
	out, into := append([]int32(nil), g.out...), append([]int32(nil), g.in...)
	each(func(e, u, v uint32) {
		g.head[out[u]], g.edge[out[u]] = v, e
		out[u]++
		g.tail[into[v]], g.inEdge[into[v]] = u, e
		into[v]++
	})
	for _, s := range sources {
		g.source[s] = true
	}
	for _, t := range sinks {
		g.target[t] = true
	}
	return g
}

// shared returns a node that is a source and a sink.
func (g *routeGraph) shared() bool {
	for _, s := range g.sources {
		if g.target[s] {
			return true
		}
	}
	return false
}

// search holds what a search over nodes needs again and again.
type search[K interface{ int64 | float64 }] struct {
	dist   []K
	parent []int32 // by node: arc that it was reached by; -1 at the start
	queue  []queued[K]
}

type queued[K interface{ int64 | float64 }] struct {
	key  K
	node uint32
}

func newSearch[K interface{ int64 | float64 }](n int) *search[K] {
	return &search[K]{dist: make([]K, n), parent: make([]int32, n)}
}

// run computes distances from the starts (backward: to them) under costs >= 0 by
// edge; unreached nodes have the distance far. Edges of cost >= far are not used.
// It stops early at the first node for which stop is true, if given, and returns
// it; -1 if there is none. Cost: O(m log n).
func (s *search[K]) run(ctx context.Context, g *routeGraph, starts []uint32, backward bool, far K, cost []K, stop []bool) (int, error) {
	first, other, edges := g.out, g.head, g.edge
	if backward {
		first, other, edges = g.in, g.tail, g.inEdge
	}
	for v := range s.dist {
		s.dist[v], s.parent[v] = far, -1
	}
	s.queue = s.queue[:0]
	for _, v := range starts {
		if s.dist[v] != 0 {
			s.dist[v] = 0
			s.push(queued[K]{0, v})
		}
	}
	for done := 0; len(s.queue) > 0; done++ {
		if done%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return -1, err
			}
		}
		top := s.pop()
		v := top.node
		if top.key > s.dist[v] {
			continue
		}
		if stop != nil && stop[v] {
			return int(v), nil
		}
		for a, end := first[v], first[v+1]; a < end; a++ {
			c := cost[edges[a]]
			if c >= far-top.key {
				continue
			}
			if d, w := top.key+c, other[a]; d < s.dist[w] {
				s.dist[w], s.parent[w] = d, a
				s.push(queued[K]{d, w})
			}
		}
	}
	return -1, nil
}

// path returns the edges of a forward search from its start to a node.
func (s *search[K]) path(g *routeGraph, v uint32) []uint32 {
	var edges []uint32
	for s.parent[v] >= 0 {
		a := s.parent[v]
		edges = append(edges, g.edge[a])
		v = g.tailOf(a)
	}
	for i, j := 0, len(edges)-1; i < j; i, j = i+1, j-1 {
		edges[i], edges[j] = edges[j], edges[i]
	}
	return edges
}

// tailOf finds the node that an outgoing arc leaves, by bisection.
func (g *routeGraph) tailOf(arc int32) uint32 { return ownerOf(g.out, arc) }

// headOf finds the node that an incoming arc enters.
func (g *routeGraph) headOf(arc int32) uint32 { return ownerOf(g.in, arc) }

func ownerOf(start []int32, arc int32) uint32 {
	lo, hi := 0, len(start)-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; start[mid] <= arc {
			lo = mid
		} else {
			hi = mid
		}
	}
	return uint32(lo)
}

func (s *search[K]) push(q queued[K]) {
	s.queue = append(s.queue, q)
	i := len(s.queue) - 1
	for i > 0 {
		up := (i - 1) / 4
		if s.queue[up].key <= q.key {
			break
		}
		s.queue[i] = s.queue[up]
		i = up
	}
	s.queue[i] = q
}

func (s *search[K]) pop() queued[K] {
	top := s.queue[0]
	last := s.queue[len(s.queue)-1]
	s.queue = s.queue[:len(s.queue)-1]
	n := len(s.queue)
	if n == 0 {
		return top
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		best := child
		for c := child + 1; c < min(child+4, n); c++ {
			if s.queue[c].key < s.queue[best].key {
				best = c
			}
		}
		if s.queue[best].key >= last.key {
			break
		}
		s.queue[i] = s.queue[best]
		i = best
	}
	s.queue[i] = last
	return top
}

// components numbers the strongly connected parts of the graph with only the arcs a
// from u for which joins(u, a) (Tarjan, SIAM J. Computing 1(2), 1972). Numbers from
// that of the last node up to n are parts of their own. It takes linear time.
func (g *routeGraph) components(n int, joins func(u uint32, a int32) bool) (partOf []int32, parts int) {
	partOf = make([]int32, n)
	index, low := make([]int32, n), make([]int32, n)
	for v := range partOf {
		partOf[v] = -1
	}
	type visit struct {
		v    uint32
		next int32
	}
	var stack []uint32
	var calls []visit
	count := int32(0)
	for root := range uint32(n) {
		if index[root] != 0 {
			continue
		}
		if int(root) >= g.n {
			partOf[root] = int32(parts)
			parts++
			continue
		}
		calls = append(calls, visit{root, g.out[root]})
		count++
		index[root], low[root] = count, count
		stack = append(stack, root)
		for len(calls) > 0 {
			top := &calls[len(calls)-1]
			v := top.v
			if top.next < g.out[v+1] {
				a := top.next
				top.next++
				w := g.head[a]
				if !joins(v, a) {
					continue
				}
				if index[w] == 0 {
					count++
					index[w], low[w] = count, count
					stack = append(stack, w)
					calls = append(calls, visit{w, g.out[w]})
				} else if partOf[w] < 0 {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].v
				low[up] = min(low[up], low[v])
			}
			if low[v] == index[v] {
				for {
					w := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					partOf[w] = int32(parts)
					if w == v {
						break
					}
				}
				parts++
			}
		}
	}
	return partOf, parts
}

// edgeColumn makes a column of a route in a game of edges: an attack counts on
// every pass.
func edgeColumn(p []float64, times float64, movement int, edges []uint32) routeColumn {
	c := routeColumn{movement: movement, edges: edges}
	at := make(map[uint32]int, len(edges))
	for _, e := range edges {
		if p[e] == 0 {
			continue
		}
		if k, ok := at[e]; ok {
			c.gains[k] += times * p[e]
			continue
		}
		at[e] = len(c.places)
		c.places, c.gains = append(c.places, e), append(c.gains, times*p[e])
	}
	return c
}

// leastGain returns the smallest number above 0, or 1 if there is none.
func leastGain(p []float64) float64 {
	least := math.Inf(1)
	for _, x := range p {
		if x > 0 {
			least = min(least, x)
		}
	}
	if math.IsInf(least, 1) {
		return 1
	}
	return least
}
