package cch

import (
	"fmt"
	"math"
)

// Inf is the weight of an arc that cannot be used and the distance of a node
// that cannot be reached. Weights and distances of Inf and more are the same as
// Inf: a path whose weights add up to Inf does not exist.
const Inf uint32 = 1<<31 - 1

// Two distances can be added without a wrap. This does not compile otherwise.
const _ uint32 = Inf + Inf

// none stands for no node, no arc, no parent.
const none = math.MaxUint32

// A Graph is directed. The arcs that leave node v are those numbered from
// FirstOut[v] up to, not including, FirstOut[v+1]. Loops, parallel arcs and
// nodes without arcs are welcome.
type Graph struct {
	// FirstOut has one element more than there are nodes.
	FirstOut []uint32
	// Head is the node that each arc leads to.
	Head []uint32
}

// Nodes returns the number of nodes.
func (g *Graph) Nodes() int { return max(len(g.FirstOut)-1, 0) }

// Arcs returns the number of arcs.
func (g *Graph) Arcs() int { return len(g.Head) }

// Check returns an error that names the first thing wrong with the graph. Cost:
// one pass over it.
func (g *Graph) Check() error {
	n, m := g.Nodes(), len(g.Head)
	if n >= 1<<30 || m >= 1<<30 {
		return fmt.Errorf("cch: graph of %d nodes and %d arcs: at most %d of each", n, m, 1<<30-1)
	}
	if len(g.FirstOut) == 0 {
		return fmt.Errorf("cch: graph without FirstOut: it has one element more than there are nodes, so never none")
	}
	if g.FirstOut[0] != 0 || int(g.FirstOut[n]) != m {
		return fmt.Errorf("cch: FirstOut runs from %d to %d: must be from 0 to the number of arcs, %d", g.FirstOut[0], g.FirstOut[n], m)
	}
	for v := range n {
		if g.FirstOut[v] > g.FirstOut[v+1] {
			return fmt.Errorf("cch: FirstOut falls from %d to %d at node %d: must never fall", g.FirstOut[v], g.FirstOut[v+1], v)
		}
	}
	for a, v := range g.Head {
		if int(v) >= n {
			return fmt.Errorf("cch: arc %d leads to node %d: there are %d nodes", a, v, n)
		}
	}
	return nil
}

// adjacency holds the neighbours of each node without direction, loops or
// repetition, in ascending order.
type adjacency struct {
	first []uint32
	to    []uint32
}

func (a *adjacency) of(v uint32) []uint32 { return a.to[a.first[v]:a.first[v+1]] }

// undirected returns the graph's adjacency. Cost: a few passes over the arcs.
func (g *Graph) undirected() adjacency {
	n := g.Nodes()
	// Both directions of each arc, filed by one end; then filed again by the
	// other end in that order, which sorts them.
	first := make([]uint32, n+1)
	for v := range uint32(n) {
		for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
			if v != w {
				first[v]++
				first[w]++
			}
		}
	}
	total := uint32(0)
	for v := range first {
		total, first[v] = total+first[v], total
	}
	byHead := make([]uint32, total)
	at := append([]uint32(nil), first...)
	for v := range uint32(n) {
		for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
			if v != w {
				byHead[at[w]] = v
				at[w]++
				byHead[at[v]] = w
				at[v]++
			}
		}
	}
	sorted := make([]uint32, total)
	copy(at, first)
	for v := range uint32(n) {
		for _, w := range byHead[first[v]:first[v+1]] {
			sorted[at[w]] = v
			at[w]++
		}
	}
	// Drop repetitions in place.
	out, begin := uint32(0), uint32(0)
	for v := range n {
		end, last := first[v+1], uint32(none)
		first[v] = out
		for _, w := range sorted[begin:end] {
			if w != last {
				sorted[out] = w
				out++
				last = w
			}
		}
		begin = end
	}
	first[n] = out
	return adjacency{first: first, to: sorted[:out:out]}
}
