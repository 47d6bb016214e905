// Package router answers the questions of package search from a customizable
// contraction hierarchy on the state graph: after weights have been worked in
// once, a question takes microseconds, and a few weights can be changed at a
// time. It gives the same costs as a search, and of several ways of the same cost
// one that depends on the network and the weights only.
//
// A node of the hierarchy is a state, an arc is a turn; what a turn weighs is the
// turn and the whole arc that it leads onto. So the distance between two states
// is the time from the end of one's arc to the end of the other's.
package router

import (
	"context"
	"fmt"
	"slices"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A Network is a state graph with its hierarchy. It never changes and may be
// shared by any number of goroutines.
type Network struct {
	g  *search.Graph
	h  *cch.Hierarchy
	to []uint32 // of each turn: the state that it leads to
}

// orderSeed is that of package mapbuild, so that a map without an order gets the
// one that it would have been built with.
const orderSeed = 1

// New makes the network of a state graph. order has every state once, as
// cch.FindLiftedOrder gives it; nil finds it, with up to so many goroutines. It
// fails when the order is none, and when ctx ends before one is found.
func New(ctx context.Context, g *search.Graph, order []uint32, threads int) (*Network, error) {
	first, to := g.Rows()
	rows := &cch.Graph{FirstOut: first, Head: to}
	if order == nil {
		chain := make([]uint32, g.States())
		for s := range chain {
			chain[s] = g.Arc(uint32(s)) / 2
		}
		var err error
		if order, err = cch.FindLiftedOrder(ctx, rows, chain, cch.OrderOptions{Seed: orderSeed, Threads: threads}); err != nil {
			return nil, fmt.Errorf("router: find an order: %w", err)
		}
	}
	h, err := cch.Build(rows, order)
	if err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	return &Network{g: g, h: h, to: to}, nil
}

// A Metric is a set of weights worked into the hierarchy. One goroutine at a time
// may change it; while nobody does, any number may ask.
type Metric struct {
	n   *Network
	m   *cch.Metric
	set bool
	// The weights as they were set, less what is closed.
	w search.Metric
	// Closures in force, the first first.
	shut []closed

	turn, weight []uint32 // turns to be updated
}

// A closed weight is one that Close took away: of a turn, or else of an arc.
type closed struct {
	turn bool
	at   uint32
	was  uint32
}

// NewMetric returns a metric without weights: Set gives it some.
func (n *Network) NewMetric() *Metric {
	return &Metric{
		n: n, m: n.h.NewMetric(),
		w: search.Metric{Arc: make([]uint32, n.g.Arcs()), Turn: make([]uint32, len(n.to))},
	}
}

// fewTurns is up to how many turns are updated one by one: beyond it customizing
// anew is faster.
const fewTurns = 2000

// Set gives every arc and turn a weight; all that was closed is open again. The
// slices are copied. Where few weights differ from those before, it takes the
// time of an update for these, none if none does.
func (x *Metric) Set(w search.Metric, threads int) error {
	if len(w.Arc) != len(x.w.Arc) || len(w.Turn) != len(x.w.Turn) {
		return fmt.Errorf("router: weights of %d arcs and %d turns for %d and %d", len(w.Arc), len(w.Turn), len(x.w.Arc), len(x.w.Turn))
	}
	x.shut = x.shut[:0]
	copy(x.w.Arc, w.Arc)
	copy(x.w.Turn, w.Turn)
	x.turn, x.weight = x.turn[:0], x.weight[:0]
	if x.set {
		for t := range uint32(len(x.n.to)) {
			if d := x.sum(t); d != x.m.Weight(t) {
				x.turn, x.weight = append(x.turn, t), append(x.weight, d)
			}
		}
		if len(x.turn) <= fewTurns {
			return x.m.Update(x.turn, x.weight)
		}
		x.weight = x.weight[:0]
	}
	for t := range uint32(len(x.n.to)) {
		x.weight = append(x.weight, x.sum(t))
	}
	x.set = true
	return x.m.Customize(x.weight, threads)
}

// sum returns what a turn weighs together with the arc that it leads onto.
func (x *Metric) sum(turn uint32) uint32 {
	a, t := x.w.Arc[x.n.g.Arc(x.n.to[turn])], x.w.Turn[turn]
	if a >= search.Unreachable || t >= search.Unreachable {
		return search.Unreachable
	}
	return min(a+t, search.Unreachable)
}

// Close takes arcs and turns away, until Reopen or Set. It takes time for what
// depends on them, not for the whole network, and allocates nothing once it has
// been done a few times.
func (x *Metric) Close(arcs, turns []uint32) error {
	x.turn = x.turn[:0]
	for _, a := range arcs {
		if x.w.Arc[a] < search.Unreachable {
			x.shut = append(x.shut, closed{at: a, was: x.w.Arc[a]})
			x.w.Arc[a] = search.Unreachable
			x.into(a)
		}
	}
	for _, t := range turns {
		if x.w.Turn[t] < search.Unreachable {
			x.shut = append(x.shut, closed{turn: true, at: t, was: x.w.Turn[t]})
			x.w.Turn[t] = search.Unreachable
			x.turn = append(x.turn, t)
		}
	}
	return x.update()
}

// Reopen gives all that was closed its weight back.
func (x *Metric) Reopen() error {
	x.turn = x.turn[:0]
	for _, c := range slices.Backward(x.shut) {
		if c.turn {
			x.w.Turn[c.at] = c.was
			x.turn = append(x.turn, c.at)
		} else {
			x.w.Arc[c.at] = c.was
			x.into(c.at)
		}
	}
	x.shut = x.shut[:0]
	return x.update()
}

// Change takes the weights of some arcs and turns from others; everything else
// must be as it was set. Nothing may be closed.
func (x *Metric) Change(w search.Metric, arcs, turns []uint32) error {
	if len(w.Arc) != len(x.w.Arc) || len(w.Turn) != len(x.w.Turn) || len(x.shut) > 0 {
		return fmt.Errorf("router: weights of %d arcs and %d turns for %d and %d, with %d closed", len(w.Arc), len(w.Turn), len(x.w.Arc), len(x.w.Turn), len(x.shut))
	}
	x.turn = x.turn[:0]
	for _, a := range arcs {
		if x.w.Arc[a] != w.Arc[a] {
			x.w.Arc[a] = w.Arc[a]
			x.into(a)
		}
	}
	for _, t := range turns {
		x.w.Turn[t] = w.Turn[t]
		x.turn = append(x.turn, t)
	}
	return x.update()
}

// into notes the turns onto an arc as to be updated.
func (x *Metric) into(arc uint32) {
	_, turns := x.n.g.Before(arc)
	x.turn = append(x.turn, turns...)
	for _, s := range x.n.g.Extra(arc) {
		_, turns := x.n.g.Before(s)
		x.turn = append(x.turn, turns...)
	}
}

func (x *Metric) update() error {
	x.weight = x.weight[:0]
	for _, t := range x.turn {
		x.weight = append(x.weight, x.sum(t))
	}
	return x.m.Update(x.turn, x.weight)
}

// A Query asks for ways under a metric as it is at the time. It belongs to one
// goroutine and allocates nothing once it has been asked a few times.
type Query struct {
	x      *Metric
	s      *cch.Search
	c      *cch.Corridor
	seeds  [2][]cch.Seed
	ends   []end // of each seed at the far end
	turns  []uint32
	passed []cch.Passed
	first  uint32 // state in which the path found last begins
	last   end    // and what it leads to
	ok     bool
}

// An end is a target: its number and its state.
type end struct{ target, state uint32 }

// NewQuery returns a query under a metric.
func (x *Metric) NewQuery() *Query { return &Query{x: x, s: x.m.NewSearch()} }

// Shortest finds a shortest path from any of the sources to any of the targets,
// which takes at least one turn, as search.Query does.
func (q *Query) Shortest(sources []search.Source, targets []search.Target) (cost uint32, ok bool) {
	q.sources(sources)
	q.targets(targets)
	cost, from, to := q.s.Between(q.seeds[0], q.seeds[1])
	if q.ok = cost < cch.Inf; !q.ok {
		return search.Unreachable, false
	}
	q.first, q.last = q.seeds[0][from].Node, q.ends[to]
	return cost, true
}

// Target returns which of the targets the path that Shortest found last leads to.
func (q *Query) Target() int { return int(q.last.target) }

// Corridor appends to dst every state whose arc is driven from end to end by some
// way of at most budget from a source to a target, but for the states of sources
// and targets themselves. In no order of note.
func (q *Query) Corridor(sources []search.Source, targets []search.Target, budget uint32, dst []uint32) []uint32 {
	if q.c == nil {
		q.c = q.x.m.NewCorridor()
	}
	q.sources(sources)
	q.targets(targets)
	q.passed = q.c.Between(q.seeds[0], q.seeds[1], budget, q.passed[:0])
	for _, v := range q.passed {
		dst = append(dst, v.Node)
	}
	return dst
}

func (q *Query) sources(sources []search.Source) {
	q.seeds[0] = q.seeds[0][:0]
	for _, s := range sources {
		q.seeds[0] = append(q.seeds[0], cch.Seed{Node: s.State, Weight: s.Label})
	}
}

// targets turns each target into the states before it, from where the last turn
// and the part of the arc are left.
func (q *Query) targets(targets []search.Target) {
	q.seeds[1], q.ends = q.seeds[1][:0], q.ends[:0]
	for k, t := range targets {
		from, turns := q.x.n.g.Before(t.State)
		for i, s := range from {
			turn := q.x.w.Turn[turns[i]]
			if turn >= search.Unreachable || t.Part >= search.Unreachable || turn+t.Part >= search.Unreachable {
				continue
			}
			q.seeds[1] = append(q.seeds[1], cch.Seed{Node: s, Weight: turn + t.Part})
			q.ends = append(q.ends, end{uint32(k), t.State})
		}
	}
}

// Path appends the states of the path that Shortest found last: from the source's
// state to that in which the target lies. None is passed twice.
func (q *Query) Path(dst []uint32) []uint32 {
	if !q.ok {
		return dst
	}
	q.turns = q.s.Path(q.turns[:0])
	begin := len(dst)
	dst = append(dst, q.first)
	free := false // some turn and arc weigh nothing
	for _, t := range q.turns {
		dst = append(dst, q.x.n.to[t])
		free = free || q.x.sum(t) == 0
	}
	if free {
		dst = withoutRounds(dst, begin)
	}
	return append(dst, q.last.state)
}

// withoutRounds cuts out what lies between two passages of a state, from an index
// on: where arcs weigh nothing, a shortest path may go round in a circle.
func withoutRounds(path []uint32, begin int) []uint32 {
	at := map[uint32]int{}
	out := path[:begin]
	for _, s := range path[begin:] {
		if i, ok := at[s]; ok {
			for _, gone := range out[i+1:] {
				delete(at, gone)
			}
			out = out[:i+1]
			continue
		}
		at[s] = len(out)
		out = append(out, s)
	}
	return out
}
