package flow

import (
	"context"
	"math"
	"slices"
)

// unreached is the distance of a node that no route reaches. Adding a path's cost
// to it does not overflow.
const unreached int64 = math.MaxInt64 / 4

// MinCost grows a flow of least cost from sources to sinks along shortest paths:
// after every augmentation the flow has the least cost among the flows of its
// size, and Potential proves it. The costs of paths must stay below 2^60.
//
// It keeps the tree of shortest paths to the sinks between augmentations (nodes
// "in the tree" are those that lie near enough to some route of the present
// length), and cuts from it only what hung from edges that became full; the rest
// of the search is A* led by what is known of the distances from the sources. An
// augmentation costs about the nodes that it cuts off, times the logarithm of a
// queue.
type MinCost struct {
	n      *Network
	nodes  []treeNode
	queue  heap
	price  int64
	ready  []uint32 // sources in the tree, to be served at this price
	path   []uint32
	source uint32
	lost   []uint32
	work   int
}

// treeNode is a node's place in the search. In the tree its potential is the
// present price less dist; outside it is frozen in potential.
type treeNode struct {
	potential int64
	dist      int64 // to the sinks, in the tree
	queued    int64 // least key in the queue, perhaps out of date
	parent    uint32
	state     uint8
	kind      side // forward: a source, backward: a sink
}

const (
	outside uint8 = iota
	inTree
)

// NewMinCost starts from the flow that the network has, which must have the least
// cost of its size with all potentials 0 (free: true; for a maximum flow at cost
// 0) or be no flow (free: false). Sources and sinks share no node.
func NewMinCost(ctx context.Context, n *Network, sources, sinks []uint32, free bool) (*MinCost, error) {
	m := &MinCost{n: n, nodes: make([]treeNode, n.Nodes())}
	for v := range m.nodes {
		m.nodes[v] = treeNode{queued: unreached, parent: none}
	}
	for _, v := range sources {
		m.nodes[v].kind = forward
	}
	for _, v := range sinks {
		m.nodes[v].kind = backward
	}
	if !free {
		if err := m.reach(ctx, sources); err != nil {
			return nil, err
		}
	}
	for _, v := range sinks {
		if t := &m.nodes[v]; t.potential < unreached && t.queued != t.potential {
			t.queued = t.potential
			m.queue.push(t.potential, v)
		}
	}
	return m, nil
}

// reach sets the potentials to the distances from the sources.
func (m *MinCost) reach(ctx context.Context, sources []uint32) error {
	for v := range m.nodes {
		m.nodes[v].potential = unreached
	}
	var queue heap
	for _, v := range sources {
		m.nodes[v].potential = 0
		queue.push(0, v)
	}
	for steps := 0; len(queue) > 0; steps++ {
		if steps&(1<<16-1) == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		key, u := queue.pop()
		if key != m.nodes[u].potential {
			continue
		}
		for _, a := range m.n.arcs[m.n.first[u]:m.n.first[u+1]] {
			cost, room := m.n.margin(a.ref)
			if room > 0 && key+cost < m.nodes[a.head].potential {
				m.nodes[a.head].potential = key + cost
				queue.push(key+cost, a.head)
			}
		}
	}
	return nil
}

// Work is how many times a node has come into the tree so far.
func (m *MinCost) Work() int { return m.work }

// Price is the cost of the last path that Next found.
func (m *MinCost) Price() int64 { return m.price }

// Potential is the least cost at which a unit could reach a node, or a lower bound
// of it: Potential(v) - Potential(u) is at most the marginal cost of every edge
// with room from u to v. Sources have 0, sinks at least Price.
func (m *MinCost) Potential(v uint32) int64 {
	if t := &m.nodes[v]; t.state != inTree {
		return t.potential
	}
	return m.price - m.nodes[v].dist
}

// Next finds the cheapest way to send more and returns its cost and how much fits
// at that cost; Infinite room is Infinite. It reports false when nothing more can
// be sent, or only at a cost above limit. It fails only with the context's error.
func (m *MinCost) Next(ctx context.Context, limit int64) (price, room int64, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, false, err
	}
	for {
		for len(m.ready) > 0 {
			v := m.ready[len(m.ready)-1]
			if m.nodes[v].state == inTree {
				m.source = v
				return m.price, m.trace(v), true, nil
			}
			m.ready = m.ready[:len(m.ready)-1]
		}
		for steps := 1; ; steps++ {
			if steps&(1<<16-1) == 0 {
				if err := ctx.Err(); err != nil {
					return 0, 0, false, err
				}
			}
			if len(m.queue) == 0 || m.queue[0].key > limit {
				return 0, 0, false, nil
			}
			key, v := m.queue.pop()
			t := &m.nodes[v]
			if t.state == inTree || t.queued != key {
				continue
			}
			t.queued = unreached
			dist, parent := m.best(v)
			if dist >= unreached {
				continue
			}
			if now := t.potential + dist; now > key {
				t.queued = now
				m.queue.push(now, v)
				continue
			}
			m.price = key
			m.join(v, dist, parent)
			if t.kind == forward {
				m.ready = append(m.ready, v)
				break
			}
		}
	}
}

// best is the shortest way from v into the tree.
func (m *MinCost) best(v uint32) (dist int64, parent uint32) {
	if m.nodes[v].kind == backward {
		return 0, none
	}
	dist, parent = unreached, none
	for _, a := range m.n.arcs[m.n.first[v]:m.n.first[v+1]] {
		if h := &m.nodes[a.head]; h.state == inTree {
			if cost, room := m.n.margin(a.ref); room > 0 && h.dist+cost < dist {
				dist, parent = h.dist+cost, a.ref
			}
		}
	}
	return dist, parent
}

// join puts v in the tree and queues its neighbours.
func (m *MinCost) join(v uint32, dist int64, parent uint32) {
	t := &m.nodes[v]
	t.state, t.dist, t.parent = inTree, dist, parent
	m.work++
	for _, a := range m.n.arcs[m.n.first[v]:m.n.first[v+1]] {
		h := &m.nodes[a.head]
		if h.state == inTree || h.potential >= unreached {
			continue
		}
		if cost, room := m.n.margin(a.ref ^ 1); room > 0 {
			if key := h.potential + dist + cost; key < h.queued {
				h.queued = key
				m.queue.push(key, a.head)
			}
		}
	}
}

// trace notes the tree's path from v and returns what fits.
func (m *MinCost) trace(v uint32) int64 {
	m.path = m.path[:0]
	room := Infinite
	for m.nodes[v].parent != none {
		ref := m.nodes[v].parent
		m.path = append(m.path, ref)
		// An infinite piece has about infinite room whatever flows in it.
		if _, r := m.n.margin(ref); r < Infinite/2 {
			room = min(room, r)
		}
		v = m.n.head(ref)
	}
	return room
}

// Path calls yield for each edge of the path that Next found, from a source to a
// sink, with the node that it leads to.
func (m *MinCost) Path(yield func(e, to uint32)) {
	for _, ref := range m.path {
		yield(m.n.order[ref>>1], m.n.head(ref))
	}
}

// Push sends an amount, at most the room that Next returned, along the path that
// Next found.
func (m *MinCost) Push(amount int64) {
	if amount <= 0 {
		return
	}
	// Nodes whose way is full leave the tree with all that hangs from them.
	lost := m.lost[:0]
	for _, ref := range slices.Backward(m.path) {

		before, _ := m.n.margin(ref)
		m.n.push(ref, amount)
		if after, room := m.n.margin(ref); room <= 0 || after != before {
			tail := m.n.head(ref ^ 1)
			if m.nodes[tail].state == inTree {
				lost = m.drop(tail, lost)
			}
		}
	}
	for _, v := range lost {
		t := &m.nodes[v]
		if dist, _ := m.best(v); dist < unreached {
			if key := t.potential + dist; key < t.queued {
				t.queued = key
				m.queue.push(key, v)
			}
		}
	}
	m.lost = lost
}

// drop takes the subtree of v out of the tree and appends its nodes to lost.
func (m *MinCost) drop(v uint32, lost []uint32) []uint32 {
	i := len(lost)
	m.leave(v)
	lost = append(lost, v)
	for ; i < len(lost); i++ {
		u := lost[i]
		for _, a := range m.n.arcs[m.n.first[u]:m.n.first[u+1]] {
			if h := &m.nodes[a.head]; h.state == inTree && h.parent == a.ref^1 {
				m.leave(a.head)
				lost = append(lost, a.head)
			}
		}
	}
	return lost
}

func (m *MinCost) leave(v uint32) {
	t := &m.nodes[v]
	t.state, t.potential, t.queued, t.parent = outside, m.price-t.dist, unreached, none
}

// A heap is a queue of nodes by key, smallest first.
type heap []heapItem

type heapItem struct {
	key  int64
	node uint32
}

func (h *heap) push(key int64, node uint32) {
	q := append(*h, heapItem{})
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 4
		if q[up].key <= key {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = heapItem{key, node}
	*h = q
}

func (h *heap) pop() (int64, uint32) {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for {
		least := 4*i + 1
		if least >= len(q) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(q)); c++ {
			if q[c].key < q[least].key {
				least = c
			}
		}
		if q[least].key >= last.key {
			break
		}
		q[i] = q[least]
		i = least
	}
	if len(q) > 0 {
		q[i] = last
	}
	*h = q
	return top.key, top.node
}

// Cut is a minimum cut once Next has found that nothing more can be sent at any
// cost.
func (m *MinCost) Cut() Cut {
	c := make(Cut, len(m.nodes))
	for v := range m.nodes {
		c[v] = m.nodes[v].state != inTree && m.nodes[v].potential < unreached
	}
	return c
}
