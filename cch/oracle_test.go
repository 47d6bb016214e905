package cch

import (
	"container/heap"
	"math/rand/v2"
	"testing"
)

// reach is an entry of the oracle's queue.
type reach struct {
	distance uint64
	node     uint32
}

type reaches []reach

func (r reaches) Len() int           { return len(r) }
func (r reaches) Less(i, j int) bool { return r[i].distance < r[j].distance }
func (r reaches) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *reaches) Push(x any)        { *r = append(*r, x.(reach)) }
func (r *reaches) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// dijkstra returns the distances from one node by the book, in wide numbers.
func dijkstra(g *Graph, weights []uint32, source uint32) []uint32 {
	out := refill(nil, g.Nodes(), Inf)
	done := make([]bool, g.Nodes())
	queue := &reaches{{0, source}}
	for queue.Len() > 0 {
		top := heap.Pop(queue).(reach)
		if done[top.node] {
			continue
		}
		done[top.node] = true
		out[top.node] = uint32(top.distance)
		for e := g.FirstOut[top.node]; e < g.FirstOut[top.node+1]; e++ {
			if sum := top.distance + uint64(weights[e]); sum < uint64(Inf) && weights[e] < Inf && !done[g.Head[e]] {
				heap.Push(queue, reach{sum, g.Head[e]})
			}
		}
	}
	return out
}

// graphOf makes a graph from pairs of tail and head.
func graphOf(n int, pairs [][2]uint32) *Graph {
	g := &Graph{FirstOut: make([]uint32, n+1)}
	for v := range uint32(n) {
		for _, p := range pairs {
			if p[0] == v {
				g.Head = append(g.Head, p[1])
			}
		}
		g.FirstOut[v+1] = uint32(len(g.Head))
	}
	return g
}

// grid makes a town of w by h nodes with gaps, one-way streets and a few
// bridges, in general not connected, and weights for it.
func grid(w, h int, seed uint64) (*Graph, []uint32) {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([][]uint32, w*h)
	link := func(a, b int) {
		if rng.IntN(8) == 0 {
			return
		}
		if rng.IntN(6) > 0 {
			out[a] = append(out[a], uint32(b))
		}
		if rng.IntN(6) > 0 {
			out[b] = append(out[b], uint32(a))
		}
	}
	for y := range h {
		for x := range w {
			if x+1 < w {
				link(y*w+x, y*w+x+1)
			}
			if y+1 < h {
				link(y*w+x, y*w+x+w)
			}
		}
	}
	for range w * h / 400 {
		link(rng.IntN(w*h), rng.IntN(w*h))
	}
	g := &Graph{FirstOut: make([]uint32, 1, w*h+1)}
	for _, heads := range out {
		g.Head = append(g.Head, heads...)
		g.FirstOut = append(g.FirstOut, uint32(len(g.Head)))
	}
	weights := make([]uint32, len(g.Head))
	for e := range weights {
		weights[e] = uint32(rng.IntN(1000))
	}
	return g, weights
}

func mustBuild(tb testing.TB, g *Graph, order []uint32) *Hierarchy {
	tb.Helper()
	h, err := Build(g, order)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func mustOrder(tb testing.TB, g *Graph, opt OrderOptions) []uint32 {
	tb.Helper()
	order, err := FindOrder(tb.Context(), g, opt)
	if err != nil {
		tb.Fatal(err)
	}
	return order
}

func mustCustomize(tb testing.TB, h *Hierarchy, weights []uint32, threads int) *Metric {
	tb.Helper()
	m := h.NewMetric()
	if err := m.Customize(weights, threads); err != nil {
		tb.Fatal(err)
	}
	return m
}
