// Package flow finds maximum flows and minimum-cost flows with the duals that
// prove them, on graphs in plain slices.
//
// Capacities, costs and flows are int64: Scale turns capacities in float64 into
// integers so fine that rounding does not show, and optimality is then a matter
// of equality, not of a tolerance. An undirected edge is one capacity for both
// directions together and carries flow in one of them at a time.
//
// The search for a maximum flow (Network.MaxFlow) looks from both ends at once,
// led by the distances to the other end, so that an augmentation costs about the
// length of its path and the proof costs the smaller side of the cut; Dinic's
// algorithm (Soviet Mathematics Doklady 11, 1970) takes over when that does not
// pay. Minimum-cost flows (MinCost) follow the shortest augmenting paths of
// Busacker and Gowen and keep the tree of shortest paths from one augmentation to
// the next: only what hung from a full edge is searched anew.
package flow

import "math"

// Infinite is the capacity of an edge that can never be full. The sum of two
// capacities does not overflow.
const Infinite int64 = math.MaxInt64 / 4

// none stands for "no arc" and "no node".
const none = math.MaxUint32

// An arc is an edge seen from one of its ends.
type arc struct {
	head uint32
	ref  uint32 // edge<<1, plus 1 when driven from To to From
}

// edge holds what the inner loops read, in one half of a cache line.
type edge struct {
	flow     int64 // positive from from to to
	cap      int64
	cost     int64
	from, to uint32
}

// extra is the second piece of an edge's capacity: more room at a higher cost.
type extra struct {
	cap  int64
	cost int64
}

// A Network is a graph with capacities and a flow in it. It is not safe for use
// by several goroutines at once.
type Network struct {
	directed bool
	first    []uint32 // by node, into arcs
	arcs     []arc
	edges    []edge
	extras   []extra  // by edge, or nil
	order    []uint32 // edge here → edge of the caller
	place    []uint32 // edge of the caller → edge here; none for loops
}

// NewNetwork returns a network without flow. from, to and capacity have one
// element per edge; nodes are numbered from 0 to nodes-1. Loops carry no flow.
// Capacities above Infinite count as Infinite, negative ones as 0. Memory is about
// 60 bytes per edge.
func NewNetwork(nodes int, from, to []uint32, capacity []int64, directed bool) *Network {
	n := &Network{directed: directed, first: make([]uint32, nodes+1), place: make([]uint32, len(from))}
	for e := range from {
		if from[e] != to[e] {
			n.first[from[e]+1]++
			n.first[to[e]+1]++
		}
	}
	for v := range nodes {
		n.first[v+1] += n.first[v]
	}
	n.arcs = make([]arc, n.first[nodes])
	next := make([]uint32, nodes)
	copy(next, n.first)
	for e := range from {
		u, v := from[e], to[e]
		if u == v {
			continue
		}
		n.arcs[next[u]] = arc{head: v, ref: uint32(e) << 1}
		next[u]++
		n.arcs[next[v]] = arc{head: u, ref: uint32(e)<<1 | 1}
		next[v]++
	}
	// Edges are numbered as the nodes meet them, so that a node's edges lie close
	// together in memory.
	for e := range n.place {
		n.place[e] = none
	}
	n.edges = make([]edge, 0, len(n.arcs)/2)
	n.order = make([]uint32, 0, len(n.arcs)/2)
	for i := range n.arcs {
		a := &n.arcs[i]
		e := a.ref >> 1
		if n.place[e] == none {
			n.place[e] = uint32(len(n.edges))
			n.order = append(n.order, e)
			n.edges = append(n.edges, edge{cap: min(max(capacity[e], 0), Infinite), from: from[e], to: to[e]})
		}
		a.ref = n.place[e]<<1 | a.ref&1
	}
	return n
}

// Nodes is the number of nodes.
func (n *Network) Nodes() int { return len(n.first) - 1 }

// SetCapacity changes the capacity of an edge. The flow on the edge must fit; see
// Clear.
func (n *Network) SetCapacity(e uint32, capacity int64) {
	if i := n.place[e]; i != none {
		n.edges[i].cap = min(max(capacity, 0), Infinite)
	}
}

// SetCost gives an edge its cost for each unit of flow, at least 0, in the
// direction of the flow.
func (n *Network) SetCost(e uint32, cost int64) {
	if i := n.place[e]; i != none {
		n.edges[i].cost = cost
	}
}

// SetExtra gives an edge more capacity at a cost no smaller than its first. Only
// MinCost uses it.
func (n *Network) SetExtra(e uint32, capacity, cost int64) {
	if n.extras == nil {
		n.extras = make([]extra, len(n.edges))
	}
	if i := n.place[e]; i != none {
		n.extras[i] = extra{cap: min(max(capacity, 0), Infinite), cost: cost}
	}
}

// Clear takes all flow away.
func (n *Network) Clear() {
	for i := range n.edges {
		n.edges[i].flow = 0
	}
}

// Flow is the net flow on an edge, negative from To to From.
func (n *Network) Flow(e uint32) int64 {
	if i := n.place[e]; i != none {
		return n.edges[i].flow
	}
	return 0
}

// Flows copies the flow of all edges, for Restore.
func (n *Network) Flows() []int64 {
	x := make([]int64, len(n.edges))
	for i := range n.edges {
		x[i] = n.edges[i].flow
	}
	return x
}

// Restore brings back the flow that Flows copied.
func (n *Network) Restore(flows []int64) {
	for i, x := range flows {
		n.edges[i].flow = x
	}
}

// room is what can still flow along ref, by the first piece of the capacity.
func (n *Network) room(ref uint32) int64 {
	e := &n.edges[ref>>1]
	if ref&1 == 0 {
		return e.cap - e.flow
	}
	if n.directed {
		return e.flow
	}
	return e.cap + e.flow
}

// push adds flow along ref.
func (n *Network) push(ref uint32, amount int64) {
	if ref&1 == 0 {
		n.edges[ref>>1].flow += amount
	} else {
		n.edges[ref>>1].flow -= amount
	}
}

// head is the node that ref leads to.
func (n *Network) head(ref uint32) uint32 {
	if ref&1 == 0 {
		return n.edges[ref>>1].to
	}
	return n.edges[ref>>1].from
}

// margin is the cost of one more unit along ref and how many go at that cost; no
// room at all has cost 0. Flow the other way is taken back first, at a gain.
func (n *Network) margin(ref uint32) (cost, room int64) {
	e := &n.edges[ref>>1]
	x := e.flow
	if ref&1 == 1 {
		x = -x
	}
	if n.extras == nil {
		switch {
		case x < 0:
			return -e.cost, -x
		case ref&1 == 1 && n.directed:
			return 0, 0
		}
		return e.cost, e.cap - x
	}
	more := &n.extras[ref>>1]
	switch {
	case x < -e.cap:
		return -more.cost, -x - e.cap
	case x < 0:
		return -e.cost, -x
	case ref&1 == 1 && n.directed:
		return 0, 0
	case x < e.cap:
		return e.cost, e.cap - x
	}
	return more.cost, e.cap + more.cap - x
}
