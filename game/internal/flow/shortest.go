package flow

import (
	"context"
	"math"
)

// Shortest is the length of the shortest way from a source to a sink when edge e
// of the caller, driven from tail to head, has length weight(e, tail, head), at
// least 0; +Inf when there is no way. Capacities and flow do not matter. It
// searches from the sinks when backward is set, and follows edges of length 0
// depth first. It fails only with the context's error.
func (n *Network) Shortest(ctx context.Context, sources, sinks []uint32, backward bool, weight func(e, tail, head uint32) float64) (float64, error) {
	roots, goals, flip := sources, sinks, uint32(0)
	if backward {
		roots, goals, flip = sinks, sources, 1
	}
	dist := make([]float64, n.Nodes())
	for v := range dist {
		dist[v] = math.Inf(1)
	}
	goal := make([]bool, n.Nodes())
	for _, v := range goals {
		goal[v] = true
	}
	// Lengths are not negative, so that their bits sort as integers do.
	var queue heap
	var level []uint32 // nodes at the present distance
	now := 0.0
	for _, v := range roots {
		dist[v] = 0
		level = append(level, v)
	}
	for steps := 0; ; steps++ {
		if steps&(1<<16-1) == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		var u uint32
		switch {
		case len(level) > 0:
			u = level[len(level)-1]
			level = level[:len(level)-1]
		case len(queue) > 0:
			key, v := queue.pop()
			if d := math.Float64frombits(uint64(key)); d == dist[v] && d > now {
				now = d
			} else if d != dist[v] {
				continue
			}
			u = v
		default:
			return math.Inf(1), nil
		}
		if goal[u] {
			return now, nil
		}
		for _, a := range n.arcs[n.first[u]:n.first[u+1]] {
			if n.directed && a.ref&1 != flip {
				continue
			}
			tail, head := u, a.head
			if backward {
				tail, head = head, tail
			}
			d := now + weight(n.order[a.ref>>1], tail, head)
			if d >= dist[a.head] {
				continue
			}
			dist[a.head] = d
			if d == now {
				level = append(level, a.head)
			} else {
				queue.push(int64(math.Float64bits(d)), a.head)
			}
		}
	}
}
