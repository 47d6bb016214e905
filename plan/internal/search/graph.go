// Package search finds shortest paths on a turn-aware state graph with plain
// Dijkstra searches. It takes plain slices and knows nothing of roads.
//
// A state is an arc being driven, together with what turn restrictions remember
// about how it was reached. The label of a state is the time at the end of its
// arc: the label of the next state is the label of the one before, plus the
// turn, plus the next arc. A journey may start and end in the middle of arcs:
// a Source gives the label of the state it starts in, a Target the time from the
// beginning of its arc to the place asked for.
package search

import "fmt"

// Unreachable is a weight that nothing passes and the label of a state that was
// not reached. The sum of two of them does not overflow.
const Unreachable = 1<<31 - 1

// noState marks the beginning of a tree path.
const noState = 1<<32 - 1

// last marks, in a backward search, the state in which the target lies.
const last = 1 << 31

// A Graph is an immutable state graph. Any number of queries may share it.
type Graph struct {
	first, to []uint32 // turns out of each state (CSR)
	stateArc  []uint32
	// The same turns by the state they lead to: from and the turn's number.
	inFirst, inFrom, inTurn []uint32
	// States beyond the arcs themselves, by arc (CSR over arcs).
	extraFirst, extra []uint32
	arcs              int
}

// NewGraph makes a graph of a CSR: the turns of state s are first[s] to
// first[s+1] in to, and stateArc names the arc of each state. State a below arcs
// is arc a with nothing remembered. The slices are kept, not copied. It takes
// time and memory linear in states and turns.
func NewGraph(first, to, stateArc []uint32, arcs int) (*Graph, error) {
	n := len(stateArc)
	switch {
	case len(first) != n+1:
		return nil, fmt.Errorf("search: %d offsets for %d states; there must be one more than states", len(first), n)
	case n >= last:
		return nil, fmt.Errorf("search: %d states are more than %d", n, last-1)
	case arcs > n:
		return nil, fmt.Errorf("search: %d arcs but only %d states", arcs, n)
	case first[0] != 0 || int(first[n]) != len(to):
		return nil, fmt.Errorf("search: offsets run from %d to %d over %d turns", first[0], first[n], len(to))
	}
	g := &Graph{first: first, to: to, stateArc: stateArc, arcs: arcs}
	g.inFirst = make([]uint32, n+1)
	for s := range n {
		if first[s] > first[s+1] {
			return nil, fmt.Errorf("search: offsets fall at state %d", s)
		}
		if a := int(stateArc[s]); a >= arcs || (s < arcs && a != s) {
			return nil, fmt.Errorf("search: state %d has arc %d", s, a)
		}
	}
	for _, t := range to {
		if int(t) >= n {
			return nil, fmt.Errorf("search: a turn leads to state %d of %d", t, n)
		}
		g.inFirst[t+1]++
	}
	for s := range n {
		g.inFirst[s+1] += g.inFirst[s]
	}
	g.inFrom = make([]uint32, len(to))
	g.inTurn = make([]uint32, len(to))
	at := append([]uint32(nil), g.inFirst[:n]...)
	for s := range n {
		for i := first[s]; i < first[s+1]; i++ {
			k := at[to[i]]
			at[to[i]]++
			g.inFrom[k], g.inTurn[k] = uint32(s), i
		}
	}
	g.extraFirst = make([]uint32, arcs+1)
	for _, a := range stateArc[arcs:] {
		g.extraFirst[a+1]++
	}
	for a := range arcs {
		g.extraFirst[a+1] += g.extraFirst[a]
	}
	g.extra = make([]uint32, n-arcs)
	at = append(at[:0], g.extraFirst[:arcs]...)
	for s := arcs; s < n; s++ {
		a := stateArc[s]
		g.extra[at[a]] = uint32(s)
		at[a]++
	}
	return g, nil
}

// States returns the number of states.
func (g *Graph) States() int { return len(g.stateArc) }

// Arcs returns the number of arcs.
func (g *Graph) Arcs() int { return g.arcs }

// Arc returns the arc of a state.
func (g *Graph) Arc(state uint32) uint32 { return g.stateArc[state] }

// Turns returns the range of turn numbers out of a state; Next says where they
// lead.
func (g *Graph) Turns(state uint32) (from, to uint32) { return g.first[state], g.first[state+1] }

// Next returns the state that a turn leads to.
func (g *Graph) Next(turn uint32) uint32 { return g.to[turn] }

// Before returns the states that lead to a state, and the numbers of the turns by
// which they do.
func (g *Graph) Before(state uint32) (from, turn []uint32) {
	i, j := g.inFirst[state], g.inFirst[state+1]
	return g.inFrom[i:j], g.inTurn[i:j]
}

// Rows returns the turns as rows by state: those of state s are first[s] up to,
// not including, first[s+1] in to. Neither may be changed.
func (g *Graph) Rows() (first, to []uint32) { return g.first, g.to }

// Extra returns the states of an arc besides the one with its own number.
func (g *Graph) Extra(arc uint32) []uint32 {
	return g.extra[g.extraFirst[arc]:g.extraFirst[arc+1]]
}

// A Metric gives weights in milliseconds: per arc and per turn. Weights at or
// above Unreachable are not passed.
type Metric struct{ Arc, Turn []uint32 }

// A Source is where a journey may start: in a state, with the time until the end
// of the state's arc as its first label.
type Source struct{ State, Label uint32 }

// A Target is where a journey may end: in a state, Part milliseconds after the
// beginning of its arc. A place on an arc is a target in each of the arc's states.
type Target struct{ State, Part uint32 }
