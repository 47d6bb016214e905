package search

import (
	"testing"

	"pgregory.net/rapid"
)

// TestBackwardUntilIsBackwardCutShort lowers the budget at random states: up to
// where the search stops, it must have found what a whole one finds.
func TestBackwardUntilIsBackwardCutShort(t *testing.T) {
	stopped := 0
	property := func(t *rapid.T) {
		n := drawNetwork(t)
		g, err := NewGraph(n.first, n.to, n.stateArc, n.arcs)
		if err != nil {
			t.Fatal(err)
		}
		q := NewQuery(g)
		budget := rapid.OneOf(rapid.Uint32Range(0, 100), rapid.Just(uint32(Unreachable-1))).Draw(t, "budget")
		var whole, short Tree
		q.Backward(n.metric, n.targets, budget, &whole)
		at := rapid.IntRange(0, len(n.stateArc)).Draw(t, "at")
		lower := rapid.Uint32Range(0, 100).Draw(t, "lower")
		last, told := uint32(0), 0
		left := budget
		q.BackwardUntil(n.metric, n.targets, budget, &short, func(s, label uint32) uint32 {
			if label < last || label > left {
				t.Fatalf("state %d with label %d after %d, with a budget of %d", s, label, last, left)
			}
			if w := whole.Label(s); w != label {
				t.Fatalf("label of %d is %d, not %d", s, label, w)
			}
			last = label
			if told++; told > at {
				left = min(left, lower)
			}
			return left
		})
		if told != len(short.Order) {
			t.Fatalf("told of %d states, settled %d", told, len(short.Order))
		}
		within := 0
		for _, s := range whole.Order {
			if whole.Label(s) <= left {
				within++
			}
		}
		if told < within {
			t.Fatalf("%d states settled; %d are within the last budget %d", told, within, left)
		}
		if told < len(whole.Order) {
			stopped++
		}
		for _, s := range short.Order {
			if p, final, ok := short.Parent(s); !ok || !final && short.Label(p) > short.Label(s) {
				t.Fatalf("parent of %d: %d, %v, %v", s, p, final, ok)
			}
		}
	}
	poor := func() bool { return stopped < 10 }
	rapid.Check(t, property)
	for rounds := 0; !testing.Short() && poor() && rounds < 3; rounds++ { // what is drawn may be poor by chance
		rapid.Check(t, property)
	}
	if !testing.Short() && poor() {
		t.Errorf("only %d searches were cut short", stopped)
	}
}
