package search

// A Tree holds the labels of a search from or to one place over all states
// within a budget. It is filled by Query.Forward or Query.Backward and may be
// filled again.
//
// In a forward tree the label of a state is the time from the source to the end
// of the state's arc; in a backward tree it is the time from there to the target.
type Tree struct {
	// Order holds the states with labels in the order they were settled: a
	// state's parent comes before it.
	Order []uint32
	side
}

// Label returns the label of a state, Unreachable beyond the budget.
func (t *Tree) Label(state uint32) uint32 { return t.at(state) }

// Parent returns the state before (in a backward tree: after) a state with a
// label. ok is false at the source. final says, in a backward tree, that the
// parent is the state in which the target lies; it need not have a label itself.
func (t *Tree) Parent(state uint32) (parent uint32, final, ok bool) {
	p := t.cells[state].parent
	if p == noState {
		return 0, false, false
	}
	return p &^ last, p&last != 0, true
}

func (t *Tree) prepare(n int) {
	if len(t.cells) != n {
		t.side = newSide(n)
	}
	t.reset()
	t.Order = t.Order[:0]
}

// Forward fills t with the labels of all states that end within budget of the
// sources.
func (q *Query) Forward(m Metric, sources []Source, budget uint32, t *Tree) {
	g := q.g
	t.prepare(g.States())
	for _, s := range sources {
		if s.Label <= budget && s.Label < Unreachable {
			t.improve(s.State, s.Label, noState, s.Label)
		}
	}
	for len(t.heap) > 0 {
		key, s := t.heap.pop()
		if key != t.cells[s].label {
			continue
		}
		t.Order = append(t.Order, s)
		for i := g.first[s]; i < g.first[s+1]; i++ {
			x := g.to[i]
			if d := sum(key, m.Turn[i], m.Arc[g.stateArc[x]]); d <= budget && d < Unreachable {
				t.improve(x, d, s, d)
			}
		}
	}
}

// Backward fills t with the labels of all states from whose end a target can be
// reached within budget.
func (q *Query) Backward(m Metric, targets []Target, budget uint32, t *Tree) {
	g := q.g
	t.prepare(g.States())
	q.seedBackward(&t.side, m, targets, budget)
	for len(t.heap) > 0 {
		key, s := t.heap.pop()
		if key != t.cells[s].label {
			continue
		}
		t.Order = append(t.Order, s)
		w := m.Arc[g.stateArc[s]]
		for i := g.inFirst[s]; i < g.inFirst[s+1]; i++ {
			if d := sum(key, m.Turn[g.inTurn[i]], w); d <= budget && d < Unreachable {
				t.improve(g.inFrom[i], d, s, d)
			}
		}
	}
}

// Arrival returns the least time at which a forward tree reaches a target, and
// the state before it. ok is false when it does not.
func (g *Graph) Arrival(m Metric, t *Tree, target Target) (cost, before uint32, ok bool) {
	cost = Unreachable
	for i := g.inFirst[target.State]; i < g.inFirst[target.State+1]; i++ {
		if d := sum(t.at(g.inFrom[i]), m.Turn[g.inTurn[i]], target.Part); d < cost {
			cost, before = d, g.inFrom[i]
		}
	}
	return cost, before, cost < Unreachable
}
