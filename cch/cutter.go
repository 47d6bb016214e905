package cch

import (
	"math"
	"slices"
	"sync/atomic"
)

// A cutter looks for small and balanced sets of nodes that cut a connected
// piece of the network in two: FlowCutter (Hamann and Strasser, Graph
// Bisection with Pareto Optimization, JEA 23, 2018) on nodes of capacity one.
//
// It holds a maximum flow between two growing sets of terminals. What each side
// reaches in the residual graph bounds a smallest cut. The smaller side takes
// over what it reaches and one more node of its cut, so that the cuts grow more
// balanced and, where they must, larger.
//
// Each node has two states, in and out. Flow enters a node at in and leaves it
// at out, one unit at most; between nodes it is unbounded. Flow is kept as the
// node before and the node after on the one path that runs through a node.
type cutter struct {
	adj   adjacency
	key   []float32 // the lower, the nearer to side 0
	prev  []uint32  // the node before on the flow path, none without flow
	next  []uint32
	side  [2]flowSide
	owner []int8 // -1 of neither, 0 or 1: the side whose terminal a node is

	stack []frame
	flow  int
	nodes int

	stopped *atomic.Bool // by whom it works for
}

// flowSide is what one side of the cutter knows. Its near state of a node is the one
// that it reaches first: in for side 0, out for side 1.
type flowSide struct {
	level     []int32 // of each state, by search from this side; 0 when not reached, 1 at a terminal
	reached   []uint32
	rim       []uint32 // terminals with neighbours that are not terminals of this side
	terminals int
	within    int // nodes whose far state is reached, terminals counted
}

// A frame is a state on the way of an augmenting path.
type frame struct {
	state uint32 // 2·node, +1 for out
	next  uint32 // the place in the adjacency to go on at
}

// A cut is a set of nodes that separates the others.
type cut struct {
	nodes []uint32
	small int // nodes on the smaller side
	score float64
}

func (c *cutter) reset(adj adjacency, n int) {
	c.adj, c.nodes, c.flow = adj, n, 0
	c.prev = refill(c.prev, n, none)
	c.next = refill(c.next, n, none)
	c.owner = refill(c.owner, n, -1)
	for k := range c.side {
		s := &c.side[k]
		s.level = refill(s.level, 2*n, 0)
		s.reached, s.rim = s.reached[:0], s.rim[:0]
		s.terminals, s.within = 0, 0
	}
}

func refill[T any](s []T, n int, v T) []T {
	s = slices.Grow(s[:0], n)[:n]
	for i := range s {
		s[i] = v
	}
	return s
}

// claim makes v a terminal of side k.
func (c *cutter) claim(k int, v uint32) {
	c.owner[v] = int8(k)
	c.side[k].terminals++
	c.side[k].rim = append(c.side[k].rim, v)
}

// borders tells whether v has a neighbour that is a terminal of side k.
func (c *cutter) borders(k int, v uint32) bool {
	for _, w := range c.adj.of(v) {
		if c.owner[w] == int8(k) {
			return true
		}
	}
	return false
}

// search finds what side k reaches in the residual graph and tells whether
// that includes the other side. Levels count steps.
func (c *cutter) search(k int) bool {
	s := &c.side[k]
	for _, x := range s.reached {
		s.level[x] = 0
	}
	s.reached = s.reached[:0]
	s.within = s.terminals
	near, far := uint32(k), uint32(1-k)
	// Terminals start at their far state; drop those that are surrounded.
	rim := s.rim[:0]
	for _, v := range s.rim {
		inner := true
		for _, w := range c.adj.of(v) {
			if c.owner[w] != int8(k) {
				inner = false
				break
			}
		}
		s.level[2*v+far], s.level[2*v+near] = 1, 1
		s.reached = append(s.reached, 2*v+far, 2*v+near)
		if !inner {
			rim = append(rim, v)
		}
	}
	s.rim = rim
	begin := len(s.reached)
	met := false
	for _, v := range rim {
		if c.spread(k, v, 1) {
			met = true
		}
	}
	return c.expand(k, begin) || met
}

// expand goes on from the states in reached that start at begin.
func (c *cutter) expand(k, begin int) bool {
	s := &c.side[k]
	near, far := uint32(k), uint32(1-k)
	back := c.prev
	if k == 1 {
		back = c.next
	}
	met := false
	for i := begin; i < len(s.reached); i++ {
		x := s.reached[i]
		v, level := x>>1, s.level[x]
		if c.owner[v] >= 0 {
			continue // of the other side, or begun with
		}
		if x&1 == near {
			// From the near state there is one way on.
			u := back[v]
			if u == none {
				u = v
			} else if c.owner[u] == int8(k) {
				continue
			}
			if y := 2*u + far; s.level[y] == 0 {
				s.level[y] = level + 1
				s.reached = append(s.reached, y)
			}
			continue
		}
		s.within++
		if back[v] != none {
			if y := 2*v + near; s.level[y] == 0 {
				s.level[y] = level + 1
				s.reached = append(s.reached, y)
			}
		}
		if c.spread(k, v, level) {
			met = true
		}
	}
	return met
}

// spread reaches the near states of v's neighbours from its far state.
func (c *cutter) spread(k int, v uint32, level int32) bool {
	s := &c.side[k]
	near := uint32(k)
	met := false
	for _, w := range c.adj.of(v) {
		y := 2*w + near
		if s.level[y] != 0 || c.owner[w] == int8(k) {
			continue
		}
		s.level[y] = level + 1
		s.reached = append(s.reached, y)
		if c.owner[w] >= 0 {
			met = true
		}
	}
	return met
}

// augment sends flow from the terminals of side k down the levels of the other
// side's search until none fits any more, and returns how much.
func (c *cutter) augment(k int) int {
	sent := 0
	for _, v := range c.side[k].rim {
		for c.path(k, v) {
			sent++
		}
	}
	c.flow += sent
	return sent
}

// path looks for one augmenting path from terminal v of side k and applies it.
func (c *cutter) path(k int, v uint32) bool {
	level := c.side[1-k].level
	near, far := uint32(k), uint32(1-k)
	back := c.prev
	if k == 1 {
		back = c.next
	}
	c.stack = append(c.stack[:0], frame{2*v + far, c.adj.first[v]})
	for len(c.stack) > 0 {
		f := &c.stack[len(c.stack)-1]
		u := f.state >> 1
		want := level[f.state] - 1
		step := uint32(none)
		if f.state&1 == near {
			if f.next == 0 {
				f.next = 1
				w := back[u]
				if w == none {
					w = u
				}
				if y := 2*w + far; c.owner[w] != int8(k) && level[y] == want {
					step = y
				}
			}
		} else {
			end := c.adj.first[u+1]
			for f.next < end {
				w := c.adj.to[f.next]
				f.next++
				if y := 2*w + near; level[y] == want && c.owner[w] != int8(k) && want > 0 {
					step = y
					break
				}
			}
			if step == none && f.next == end {
				f.next = end + 1
				if y := 2*u + near; c.owner[u] < 0 && back[u] != none && level[y] == want && want > 0 {
					step = y
				}
			}
		}
		if step == none {
			if len(c.stack) > 1 {
				level[f.state] = 0 // leads nowhere
			}
			c.stack = c.stack[:len(c.stack)-1]
			continue
		}
		w := step >> 1
		if c.owner[w] == int8(1-k) {
			c.stack = append(c.stack, frame{state: step})
			c.apply(k)
			return true
		}
		start := c.adj.first[w]
		if step&1 == near {
			start = 0
		}
		c.stack = append(c.stack, frame{step, start})
	}
	return false
}

// apply changes the flow along the states on the stack, which lead from a
// terminal of side k to one of the other. No later path uses these states
// before the next search.
func (c *cutter) apply(k int) {
	back, ahead := c.prev, c.next
	if k == 1 {
		back, ahead = ahead, back
	}
	level := c.side[1-k].level
	near := uint32(k)
	for i := range c.stack[:len(c.stack)-1] {
		from, to := c.stack[i].state, c.stack[i+1].state
		u, w := from>>1, to>>1
		if i > 0 {
			level[from] = 0
		}
		switch {
		case from&1 == near:
			// Into a free node, or back along a path: what the next step says.
		case u == w:
			back[u], ahead[u] = none, none // no flow passes u any more
		default:
			if c.owner[u] < 0 {
				ahead[u] = w
			}
			if c.owner[w] < 0 {
				back[w] = u
			}
		}
	}
}

// saturate brings the flow to its maximum and searches from both sides.
func (c *cutter) saturate() {
	for c.search(1) {
		if c.augment(0) == 0 {
			break
		}
	}
	c.search(0)
}

// boundary appends the nodes that side k reaches and does not pass: its cut.
func (c *cutter) boundary(k int, out []uint32) []uint32 {
	s := &c.side[k]
	near, far := uint32(k), uint32(1-k)
	for _, x := range s.reached {
		if v := x >> 1; x&1 == near && c.owner[v] < 0 && s.level[2*v+far] == 0 {
			out = append(out, v)
		}
	}
	return out
}

// absorb makes terminals of all nodes that side k reaches.
func (c *cutter) absorb(k int) {
	s := &c.side[k]
	far := uint32(1 - k)
	for _, x := range s.reached {
		if v := x >> 1; x&1 == far && c.owner[v] < 0 {
			c.claim(k, v)
		}
	}
}

// score weighs the size of a cut against its balance: the lower, the better. A
// cut of a road network's piece grows about with the root of the piece's size.
func score(size, small int) float64 { return float64(size) / math.Sqrt(float64(small)) }

// refine looks for better cuts than best between the terminals that were
// claimed, and keeps the best of all in it. balance is the least share of the
// nodes on the smaller side.
func (c *cutter) refine(best *cut, balance float64) {
	least := max(1, int(balance*float64(c.nodes)))
	c.saturate()
	var border []uint32
	for !c.stopped.Load() {
		for k := range c.side {
			small := min(c.side[k].within, c.nodes-c.flow-c.side[k].within)
			if small < least {
				continue
			}
			if sc := score(c.flow, small); best.nodes == nil || sc < best.score {
				best.nodes = c.boundary(k, best.nodes[:0])
				best.small, best.score = small, sc
			}
		}
		// No later cut is smaller, and none more balanced than half and half.
		if best.nodes != nil && score(c.flow, (c.nodes-c.flow)/2) >= best.score {
			return
		}
		k := 0
		if c.side[1].within < c.side[0].within {
			k = 1
		}
		c.absorb(k)
		border = c.boundary(k, border[:0])
		v, opens := c.pierce(k, border)
		if v == none {
			return
		}
		c.take(k, v, opens)
	}
}

// take makes a node of side k's cut a terminal of it and brings flow and
// searches up to date.
func (c *cutter) take(k int, v uint32, opens bool) {
	c.claim(k, v)
	if opens {
		c.augment(k)
		c.saturate()
		return
	}
	// Nothing new can flow: only this side's reach grows.
	s := &c.side[k]
	s.within++
	s.level[2*v+uint32(1-k)] = 1
	begin := len(s.reached)
	c.spread(k, v, 1)
	c.expand(k, begin)
}

// pierce chooses the node of side k's cut that the side takes next: one that
// lets no more flow pass if there is one, and of these the one that lies
// furthest on this side. opens tells whether more flow may pass.
func (c *cutter) pierce(k int, border []uint32) (v uint32, opens bool) {
	v, opens = none, true
	far := uint32(1 - k)
	other := c.side[1-k].level
	for _, w := range border {
		open := other[2*w+far] != 0
		if v != none {
			if open && !opens {
				continue
			}
			closer := c.key[w] < c.key[v]
			if k == 1 {
				closer = c.key[w] > c.key[v]
			}
			if open == opens && !closer {
				continue
			}
		}
		if !c.borders(1-k, w) {
			v, opens = w, open
		}
	}
	return v, opens
}
