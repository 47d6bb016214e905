package flow

import (
	"cmp"
	"context"
	"slices"
)

// Rough grows a flow of nearly the least cost from sources to sinks, many paths at a
// time: where MinCost makes the tree of shortest paths good after every path, Rough
// does so once a round (Settle), and sends in between along every path that costs
// little more than the shortest (Send). How near it comes is for the caller to
// count, from the flow and from Potential, which proves a bound for any flow.
//
// A round costs about the nodes on routes up to its limit, times the logarithm of a
// queue, and the lengths of the paths that it finds. Networks with extra pieces
// (SetExtra) are not for it.
type Rough struct {
	n       *Network
	nodes   []roughNode
	sources []uint32
	byReach []uint32 // nodes by the least cost of a route over them, at the start
	inside  int      // how many of byReach may lie on routes up to the limit
	limit   int64
	queue   heap
	stack   []uint32
	path    []uint32
	spent   []int64 // by step of path: what the way there costs beyond the labels
}

// roughNode is a node's place in a round.
type roughNode struct {
	from int64 // least cost from the sources at the start; it can only grow
	dist int64 // least cost to the sinks when last settled; it can only grow
	// more is the rise of dist while settling, and later what the way to a sink is
	// known to cost beyond dist.
	more  int64
	state uint8
	kind  side // forward: a source, backward: a sink
}

const (
	beyond uint8 = iota // on no route up to the limit
	settled
	onPath
)

// NewRough goes on from the flow and the prices of m, which it leaves as they are.
// Sources and sinks are those of m.
func NewRough(ctx context.Context, m *MinCost, sources, sinks []uint32) (*Rough, error) {
	r := &Rough{n: m.n, nodes: make([]roughNode, len(m.nodes)), sources: sources}
	empty, err := r.n.freeDistance(ctx, sinks)
	if err != nil {
		return nil, err
	}
	for v := range r.nodes {
		t := &r.nodes[v]
		t.kind = m.nodes[v].kind
		t.from, t.dist = m.Potential(uint32(v)), empty[v]
		if t.from >= unreached || t.dist >= unreached {
			continue
		}
		if t.kind != backward {
			t.dist = max(t.dist, m.price-t.from)
		}
		r.byReach = append(r.byReach, uint32(v))
	}
	slices.SortFunc(r.byReach, func(a, b uint32) int {
		return cmp.Compare(r.nodes[a].from+r.nodes[a].dist, r.nodes[b].from+r.nodes[b].dist)
	})
	return r, nil
}

// freeDistance is the least cost to the sinks, by node, when nothing flows;
// unreached where there is no way.
func (n *Network) freeDistance(ctx context.Context, sinks []uint32) ([]int64, error) {
	dist := make([]int64, n.Nodes())
	for v := range dist {
		dist[v] = unreached
	}
	var queue heap
	for _, v := range sinks {
		dist[v] = 0
		queue.push(0, v)
	}
	for steps := 0; len(queue) > 0; steps++ {
		if steps&(1<<16-1) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		key, u := queue.pop()
		if key != dist[u] {
			continue
		}
		for _, a := range n.arcs[n.first[u]:n.first[u+1]] {
			e := &n.edges[a.ref>>1]
			if n.directed && a.ref&1 == 0 || e.cap == 0 {
				continue
			}
			if key+e.cost < dist[a.head] {
				dist[a.head] = key + e.cost
				queue.push(key+e.cost, a.head)
			}
		}
	}
	return dist, nil
}

// Least is the cost of the cheapest way to send more, when last settled; more than
// the limit when there is none up to it.
func (r *Rough) Least() int64 {
	least := unreached
	for _, v := range r.sources {
		least = min(least, r.nodes[v].dist)
	}
	return least
}

// Potential prices the nodes, as last settled, for units that a price is paid for, at
// most Least: sources have 0, sinks the price.
func (r *Rough) Potential(v uint32, price int64) int64 {
	t := &r.nodes[v]
	if t.kind == forward {
		return 0
	}
	return min(max(t.from, price-t.dist), price)
}

// Settle brings the distances up to date for routes that cost up to the limit. It
// fails only with the context's error.
func (r *Rough) Settle(ctx context.Context, limit int64) error {
	r.limit = limit
	for r.inside < len(r.byReach) {
		t := &r.nodes[r.byReach[r.inside]]
		if t.from+t.dist > limit {
			break
		}
		r.inside++
	}
	within := r.byReach[:r.inside]
	r.queue, r.stack = r.queue[:0], r.stack[:0]
	for _, v := range within {
		t := &r.nodes[v]
		t.state, t.more = beyond, unreached
		if t.kind == backward {
			t.more = 0
			r.stack = append(r.stack, v)
		}
	}
	if err := r.search(ctx); err != nil {
		return err
	}
	for _, v := range within {
		t := &r.nodes[v]
		if t.state == settled {
			t.dist += t.more
			t.more = 0
		} else {
			t.dist = max(t.dist, limit+1-t.from)
		}
	}
	return nil
}

// search finds, for the nodes on routes up to the limit, how much the distance to
// the sinks has risen: a shortest-path search in which an arc costs what it misses
// the old distances by. Most arcs miss by nothing and go over the stack. An arc that
// is better than the distances say, which an earlier round was too rough for, counts
// as one that misses by nothing.
func (r *Rough) search(ctx context.Context) error {
	n := r.n
	now := int64(0)
	for steps := 1; ; steps++ {
		if steps&(1<<16-1) == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		var u uint32
		if k := len(r.stack); k > 0 {
			u = r.stack[k-1]
			r.stack = r.stack[:k-1]
			if r.nodes[u].state == settled {
				continue
			}
		} else if len(r.queue) > 0 {
			var key int64
			key, u = r.queue.pop()
			if t := &r.nodes[u]; t.state == settled || t.more != key {
				continue
			}
			now = key
		} else {
			return ctx.Err()
		}
		t := &r.nodes[u]
		t.state = settled
		for _, a := range n.arcs[n.first[u]:n.first[u+1]] {
			h := &r.nodes[a.head]
			slack := r.limit - h.from - h.dist
			if h.state == settled || slack < now {
				continue
			}
			// From h to u, by what margin says.
			e := &n.edges[a.ref>>1]
			x, cost := e.flow, e.cost
			if a.ref&1 == 0 {
				x = -x
			}
			if x < 0 {
				cost = -cost
			} else if x >= e.cap || n.directed && a.ref&1 == 0 {
				continue
			}
			rise := now + max(0, cost+t.dist-h.dist)
			if rise >= h.more || rise > slack {
				continue
			}
			h.more = rise
			if rise == now {
				r.stack = append(r.stack, a.head)
			} else {
				r.queue.push(rise, a.head)
			}
		}
	}
}

// Send sends what it finds room for on paths up to the limit, those that cost less
// first in so many steps, and returns how much. It fails only with the context's
// error.
func (r *Rough) Send(ctx context.Context, steps int) (added int64, err error) {
	least := r.Least()
	for i := 1; i <= steps && least <= r.limit; i++ {
		limit := least + (r.limit-least)/int64(steps)*int64(i)
		if i == steps {
			limit = r.limit
		}
		for _, s := range r.sources {
			if err := ctx.Err(); err != nil {
				return added, err
			}
			if r.nodes[s].state == settled {
				added += r.sendFrom(s, limit)
			}
		}
	}
	return added, nil
}

// sendFrom sends from s what it finds room for on paths up to the limit: a walk that
// takes the best arc by what is known, learns at every node that disappoints, and
// steps back where the way on would cost too much.
func (r *Rough) sendFrom(s uint32, limit int64) (added int64) {
	n := r.n
	path, spent := r.path[:0], r.spent[:0]
	most := limit - r.nodes[s].dist
	for u, used := s, int64(0); ; {
		t := &r.nodes[u]
		if t.kind == backward {
			amount, back := r.fill(path)
			added += amount
			for _, ref := range path[back:] {
				r.nodes[n.head(ref^1)].state = settled
			}
			u, used = n.head(path[back]^1), spent[back]
			path, spent = path[:back], spent[:back]
			continue
		}
		least, over, via := r.bestArc(u)
		t.more = max(t.more, least)
		if used+least <= most {
			t.state = onPath
			path, spent = append(path, via), append(spent, used)
			used += over
			u = n.head(via)
			continue
		}
		k := len(path) - 1
		if k < 0 {
			r.path, r.spent = path, spent
			return added
		}
		u, used = n.head(path[k]^1), spent[k]
		path, spent = path[:k], spent[:k]
		r.nodes[u].state = settled
	}
}

// bestArc is the arc out of u over which least is known to be missing on the way to
// a sink: how much in all, and how much on the arc itself.
func (r *Rough) bestArc(u uint32) (least, over int64, via uint32) {
	n, t := r.n, &r.nodes[u]
	least, via = unreached, none
	for _, a := range n.arcs[n.first[u]:n.first[u+1]] {
		h := &r.nodes[a.head]
		if h.state != settled {
			continue
		}
		e := &n.edges[a.ref>>1]
		x, cost := e.flow, e.cost
		if a.ref&1 == 1 {
			x = -x
		}
		if x < 0 {
			cost = -cost
		} else if x >= e.cap || n.directed && a.ref&1 == 1 {
			continue
		}
		slack := max(0, cost+h.dist-t.dist)
		if slack+h.more < least {
			least, over, via = slack+h.more, slack, a.ref
		}
	}
	return least, over, via
}

// fill sends what fits along the path and returns how much, and the first step that
// is full then.
func (r *Rough) fill(path []uint32) (amount int64, full int) {
	amount = Infinite
	for i, ref := range path {
		if _, room := r.n.margin(ref); room < amount {
			amount, full = room, i
		}
	}
	for _, ref := range path {
		r.n.push(ref, amount)
	}
	return amount, full
}
