package search

// BackwardUntil is Backward with a budget that may fall on the way: settled is
// told of each state with its label, in order of rising labels, and returns the
// budget from there on. Who looks for one thing stops the search when he has it.
// The labels in t are final up to the last state told of.
func (q *Query) BackwardUntil(m Metric, targets []Target, budget uint32, t *Tree, settled func(state, label uint32) uint32) {
	g := q.g
	t.prepare(g.States())
	q.seedBackward(&t.side, m, targets, budget)
	for len(t.heap) > 0 {
		key, s := t.heap.pop()
		if key != t.cells[s].label {
			continue
		}
		if key > budget {
			return
		}
		t.Order = append(t.Order, s)
		budget = min(budget, settled(s, key))
		w := m.Arc[g.stateArc[s]]
		for i := g.inFirst[s]; i < g.inFirst[s+1]; i++ {
			if d := sum(key, m.Turn[g.inTurn[i]], w); d <= budget && d < Unreachable {
				t.improve(g.inFrom[i], d, s, d)
			}
		}
	}
}
