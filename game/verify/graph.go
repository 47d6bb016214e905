package verify

import (
	"container/heap"
	"math"

	"github.com/outrider-project/outrider/game"
)

// An arc is an edge driven in one direction.
type arc struct{ edge, to uint32 }

// graph lists the arcs out of each node and, the other way round, into it.
type graph struct {
	n         int
	out, back adjacency
}

// adjacency holds the arcs of node v at start[v] to start[v+1].
type adjacency struct {
	start []uint32
	arcs  []arc
}

func (a adjacency) of(v uint32) []arc { return a.arcs[a.start[v]:a.start[v+1]] }

func newGraph(in *game.Instance) *graph {
	n := len(in.Nodes)
	g := &graph{n: n, out: gather(n, in.From, in.To, !in.Directed)}
	g.back = g.out
	if in.Directed {
		g.back = gather(n, in.To, in.From, false)
	}
	return g
}

func gather(n int, from, to []uint32, both bool) adjacency {
	a := adjacency{start: make([]uint32, n+1)}
	for e := range from {
		a.start[from[e]+1]++
		if both && from[e] != to[e] {
			a.start[to[e]+1]++
		}
	}
	for v := range n {
		a.start[v+1] += a.start[v]
	}
	a.arcs = make([]arc, a.start[n])
	next := append([]uint32(nil), a.start[:n]...)
	put := func(v uint32, x arc) {
		a.arcs[next[v]] = x
		next[v]++
	}
	for e := range from {
		put(from[e], arc{uint32(e), to[e]})
		if both && from[e] != to[e] {
			put(to[e], arc{uint32(e), from[e]})
		}
	}
	return a
}

// entry is a node and the key under which it waits.
type entry struct {
	key  float64
	node uint32
}

type queue []entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].key < q[j].key }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push adds an element, as heap.Interface asks.
func (q *queue) Push(x any) { *q = append(*q, x.(entry)) }

// Pop takes the last element, as heap.Interface asks.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// distances returns the least sum of weights from the starts to each node along a,
// +Inf where there is no way. Weights are not below 0.
func distances(a adjacency, n int, starts []uint32, weight func(e uint32) float64) []float64 {
	return spread(a, n, starts, func(so float64, e uint32) float64 { return so + weight(e) })
}

// bottlenecks returns the least possible greatest weight on a way from the starts
// to each node.
func bottlenecks(a adjacency, n int, starts []uint32, weight func(e uint32) float64) []float64 {
	return spread(a, n, starts, func(so float64, e uint32) float64 { return max(so, weight(e)) })
}

func spread(a adjacency, n int, starts []uint32, step func(so float64, e uint32) float64) []float64 {
	dist := make([]float64, n)
	for v := range dist {
		dist[v] = math.Inf(1)
	}
	var q queue
	for _, v := range starts {
		if dist[v] != 0 {
			dist[v] = 0
			q = append(q, entry{0, v})
		}
	}
	for q.Len() > 0 {
		top := heap.Pop(&q).(entry)
		if top.key > dist[top.node] {
			continue
		}
		for _, x := range a.of(top.node) {
			if d := step(top.key, x.edge); d < dist[x.to] {
				dist[x.to] = d
				heap.Push(&q, entry{d, x.to})
			}
		}
	}
	return dist
}

// least returns the least distance to one of the nodes.
func least(dist []float64, nodes []uint32) float64 {
	best := math.Inf(1)
	for _, v := range nodes {
		best = min(best, dist[v])
	}
	return best
}

// route returns the least sum of weights of a route from sources to sinks.
func (g *graph) route(sources, sinks []uint32, weight func(e uint32) float64) float64 {
	return least(distances(g.out, g.n, sources, weight), sinks)
}

// walk follows edges from one of the sources and returns the nodes passed, or
// false where they are no way from a source to a sink.
func walk(in *game.Instance, sources, sinks, edges []uint32) ([]uint32, bool) {
	isSink := map[uint32]bool{}
	for _, v := range sinks {
		isSink[v] = true
	}
	tried := map[uint32]bool{}
	for _, s := range sources {
		// On an undirected graph the first edge may be driven either way.
		if tried[s] || len(edges) > 0 && s != in.From[edges[0]] && (in.Directed || s != in.To[edges[0]]) {
			continue
		}
		tried[s] = true
		nodes := []uint32{s}
		at, ok := s, true
		for _, e := range edges {
			switch {
			case in.From[e] == at:
				at = in.To[e]
			case in.To[e] == at && !in.Directed:
				at = in.From[e]
			default:
				ok = false
			}
			if !ok {
				break
			}
			nodes = append(nodes, at)
		}
		if ok && isSink[at] {
			return nodes, true
		}
	}
	return nil, false
}

// reaches reports whether there is a way from a source to a sink without the
// edges that shut names.
func (g *graph) reaches(sources, sinks []uint32, shut map[uint32]bool) bool {
	seen := make([]bool, g.n)
	var open []uint32
	for _, v := range sources {
		if !seen[v] {
			seen[v] = true
			open = append(open, v)
		}
	}
	for i := 0; i < len(open); i++ {
		for _, x := range g.out.of(open[i]) {
			if !seen[x.to] && !shut[x.edge] {
				seen[x.to] = true
				open = append(open, x.to)
			}
		}
	}
	for _, v := range sinks {
		if seen[v] {
			return true
		}
	}
	return false
}
