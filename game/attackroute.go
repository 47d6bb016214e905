package game

import (
	"context"
	"math"
	"slices"
)

// attackLabel is a way from a source: what it has lost so far, the chances that
// each set has failed on it, and the way back.
type attackLabel struct {
	part   int32
	arc    int32 // of an attacked edge that it came over; -1 where nobody attacks
	parent *attackLabel
	lost   float64
	share  float64 // see bestRoutes
	bound  float64
	left   []float64
	out    bool
}

// attackGraph is the graph as a mix of sets sees it: places between which a route
// can go to and fro without passing an attacked edge are one part.
type attackGraph struct {
	partOf []int32
	out    [][]attackArc
	into   [][]attackArc
	target []bool
	source []int32
}

type attackArc struct {
	to, from int32
	arc      int32 // of an attacked edge; -1 where nobody attacks
}

// shrink makes the graph of parts for the edges that are attacked. It takes linear
// time.
func (s *attackSearch) shrink(attacked map[uint32][]int) *attackGraph {
	g := s.g
	met := make([]bool, len(s.in.From))
	for e := range attacked {
		met[e] = true
	}
	partOf, parts := g.components(g.n, func(_ uint32, a int32) bool { return !met[g.edge[a]] })
	c := &attackGraph{partOf: partOf, out: make([][]attackArc, parts), into: make([][]attackArc, parts), target: make([]bool, parts)}
	free := map[[2]int32]bool{}
	for u := range uint32(g.n) {
		for a := g.out[u]; a < g.out[u+1]; a++ {
			from, to := partOf[u], partOf[g.head[a]]
			if from == to {
				continue
			}
			x := attackArc{to: to, from: from, arc: a}
			if !met[g.edge[a]] {
				x.arc = -1
				if free[[2]int32{from, to}] {
					continue
				}
				free[[2]int32{from, to}] = true
			}
			c.out[from] = append(c.out[from], x)
			c.into[to] = append(c.into[to], x)
		}
	}
	for _, v := range s.in.Sources {
		c.source = append(c.source, partOf[v])
	}
	for _, v := range s.in.Sinks {
		c.target[partOf[v]] = true
	}
	return c
}

// bestRoutes finds the route that meets a mix of sets least, what it meets, and
// some that meet little more; given up, a lower bound and no route. Label setting,
// best bound first, on the graph of parts. With s = Σ p over a set and f = 1 - Π
// (1 - p), a route that meets edges A of the set loses at least f/s · Σ_A p, which
// adds up along the way and so bounds what is to come.
func (s *attackSearch) bestRoutes(ctx context.Context, mix []Attack) (routes [][]uint32, cost float64, exact bool, err error) {
	const several = 6
	on := map[uint32][]int{}
	share := make([]float64, len(s.in.From))
	for i, a := range mix {
		sum, some := 0.0, 0.0 // some: the chance that one of them succeeds
		for _, e := range a.Edges {
			sum += s.in.P[e]
			some += (1 - some) * s.in.P[e]
		}
		for _, e := range a.Edges {
			if s.in.P[e] > 0 {
				on[e] = append(on[e], i)
				share[e] += a.Prob * s.in.P[e] * some / sum
			}
		}
	}
	c := s.shrink(on)
	rest := s.rest(c, share)
	queue := labelQueue{}
	at := make([][]*attackLabel, len(c.out))
	steps := 0
	defer func() { s.work += steps }()
	add := func(l *attackLabel) {
		steps += 20 + len(l.left)
		for _, other := range at[l.part] {
			steps += 1 + len(l.left)/4
			if !other.out && noWorse(other, l) {
				return
			}
		}
		at[l.part] = slices.DeleteFunc(at[l.part], func(other *attackLabel) bool {
			steps += 1 + len(l.left)/4
			other.out = other.out || noWorse(l, other)
			return other.out
		})
		at[l.part] = append(at[l.part], l)
		queue.push(l)
	}
	fresh := slices.Repeat([]float64{1}, len(mix))
	for _, part := range c.source {
		if !math.IsInf(rest[part], 1) {
			add(&attackLabel{part: part, arc: -1, left: fresh, bound: rest[part]})
		}
	}
	for n, last := 0, 0; len(queue) > 0; n++ {
		l := queue.pop()
		if l.out {
			continue
		}
		if n&1023 == 0 && ctx.Err() != nil {
			return nil, 0, false, ctx.Err()
		}
		if exact && (n > last || l.bound > 1.2*cost) {
			break
		}
		if c.target[l.part] {
			if !exact {
				cost, exact, last = l.lost, true, 2*n+100
			}
			if routes = append(routes, s.along(l, on)); len(routes) == several {
				break
			}
			continue
		}
		if !exact && steps > mostAttackSteps {
			return nil, l.bound, false, nil
		}
		for _, x := range c.out[l.part] {
			if math.IsInf(rest[x.to], 1) {
				continue
			}
			next := &attackLabel{part: x.to, arc: x.arc, parent: l, lost: l.lost, share: l.share, left: l.left}
			if x.arc >= 0 {
				e := s.g.edge[x.arc]
				next.share += share[e]
				next.left = slices.Clone(l.left)
				for _, i := range on[e] {
					next.lost += mix[i].Prob * next.left[i] * s.in.P[e]
					next.left[i] *= 1 - s.in.P[e]
				}
			}
			next.bound = max(l.bound, next.lost, next.share+rest[x.to])
			add(next)
		}
	}
	return routes, cost, exact, nil
}

// noWorse reports whether a can be continued like b and lose no more.
func noWorse(a, b *attackLabel) bool {
	for i := range a.left {
		if a.left[i] < b.left[i] {
			return false
		}
	}
	return true
}

// along turns a label at a target into a route: over its attacked edges, and in
// between where nobody attacks.
func (s *attackSearch) along(l *attackLabel, attacked map[uint32][]int) []uint32 {
	var arcs []int32
	for ; l.parent != nil; l = l.parent {
		if l.arc >= 0 {
			arcs = append(arcs, l.arc)
		}
	}
	slices.Reverse(arcs)
	from := s.in.Sources
	var route []uint32
	for k := 0; k <= len(arcs); k++ {
		aim := s.g.target
		if k < len(arcs) {
			aim = make([]bool, s.g.n)
			aim[s.g.tailOf(arcs[k])] = true
		}
		route = append(route, s.through(from, aim, attacked)...)
		if k < len(arcs) {
			route = append(route, s.g.edge[arcs[k]])
			from = []uint32{s.g.head[arcs[k]]}
		}
	}
	return route
}

// through returns a way of few edges, none of them attacked, from one of some nodes
// to one of others. There is one.
func (s *attackSearch) through(from []uint32, aim []bool, attacked map[uint32][]int) []uint32 {
	parent := make(map[uint32]int32, 64)
	var list []uint32
	for _, v := range from {
		if _, seen := parent[v]; !seen {
			parent[v] = -1
			list = append(list, v)
		}
	}
	for i := 0; i < len(list); i++ {
		v := list[i]
		if aim[v] {
			var edges []uint32
			for parent[v] >= 0 {
				edges = append(edges, s.g.edge[parent[v]])
				v = s.g.tailOf(parent[v])
			}
			slices.Reverse(edges)
			return edges
		}
		for a := s.g.out[v]; a < s.g.out[v+1]; a++ {
			w := s.g.head[a]
			if _, seen := parent[w]; seen || len(attacked[s.g.edge[a]]) > 0 {
				continue
			}
			parent[w] = a
			list = append(list, w)
		}
	}
	return nil
}

// rest returns the least sum of weights of attacked edges from each part to a sink.
func (s *attackSearch) rest(c *attackGraph, weight []float64) []float64 {
	dist := make([]float64, len(c.out))
	queue := labelQueue{}
	for part := range dist {
		dist[part] = math.Inf(1)
		if c.target[part] {
			dist[part] = 0
			queue.push(&attackLabel{part: int32(part)})
		}
	}
	for len(queue) > 0 {
		top := queue.pop()
		if top.bound > dist[top.part] {
			continue
		}
		for _, x := range c.into[top.part] {
			d := top.bound
			if x.arc >= 0 {
				d += weight[s.g.edge[x.arc]]
			}
			if d < dist[x.from] {
				dist[x.from] = d
				queue.push(&attackLabel{part: x.from, bound: d})
			}
		}
	}
	return dist
}

// labelQueue is a heap by bound.
type labelQueue []*attackLabel

func (q *labelQueue) push(l *attackLabel) {
	h := append(*q, l)
	i := len(h) - 1
	for i > 0 && h[i].bound < h[(i-1)/2].bound {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
	*q = h
}

func (q *labelQueue) pop() *attackLabel {
	h := *q
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].bound < h[child].bound {
			child++
		}
		if h[i].bound <= h[child].bound {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}
