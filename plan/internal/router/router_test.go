package router

import (
	"context"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// drawGraph makes a random state graph, with states that share an arc, and weights
// for it, many of them none or too much.
func drawGraph(t *rapid.T) (*search.Graph, search.Metric) {
	arcs := 2 * rapid.IntRange(1, 8).Draw(t, "chains")
	ghosts := rapid.IntRange(0, 4).Draw(t, "ghosts")
	light := rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32Range(0, 50), rapid.SampledFrom([]uint32{search.Unreachable, search.Unreachable - 1, 1 << 30}))
	var first, to, stateArc []uint32
	var w search.Metric
	for a := range arcs {
		stateArc = append(stateArc, uint32(a))
		w.Arc = append(w.Arc, light.Draw(t, "arc"))
	}
	for range ghosts {
		stateArc = append(stateArc, uint32(rapid.IntRange(0, arcs-1).Draw(t, "ghost")))
	}
	first = append(first, 0)
	for range stateArc {
		for range rapid.IntRange(0, 4).Draw(t, "turns") {
			to = append(to, uint32(rapid.IntRange(0, arcs+ghosts-1).Draw(t, "to")))
			w.Turn = append(w.Turn, light.Draw(t, "turn"))
		}
		first = append(first, uint32(len(to)))
	}
	g, err := search.NewGraph(first, to, stateArc, arcs)
	if err != nil {
		t.Fatal(err)
	}
	return g, w
}

// walk returns what a path of states takes from a source to a target, taking the
// lightest turn between two states.
func walk(g *search.Graph, w search.Metric, path []uint32, sources []search.Source, targets []search.Target) uint64 {
	const far = 1 << 40
	total := uint64(far)
	for _, s := range sources {
		if s.State == path[0] {
			total = min(total, uint64(s.Label))
		}
	}
	for i, s := range path[1:] {
		best := uint64(far)
		from, to := g.Turns(path[i])
		for t := from; t < to; t++ {
			if g.Next(t) == s {
				best = min(best, uint64(w.Turn[t]))
			}
		}
		last := uint64(w.Arc[g.Arc(s)])
		if i == len(path)-2 {
			last = far
			for _, x := range targets {
				if x.State == s {
					last = min(last, uint64(x.Part))
				}
			}
		}
		total += best + last
	}
	return total
}

// TestAnswersAreThoseOfASearch asks before and after weights are set anew, changed
// one by one, closed and opened again.
func TestAnswersAreThoseOfASearch(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		g, w := drawGraph(t)
		n, err := New(context.Background(), g, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		x := n.NewMetric()
		if err := x.Set(w, 1); err != nil {
			t.Fatal(err)
		}
		q, plain := x.NewQuery(), search.NewQuery(g)
		state := rapid.IntRange(0, g.States()-1)
		label := rapid.Uint32Range(0, 20)
		ask := func() {
			var sources []search.Source
			var targets []search.Target
			for range rapid.IntRange(1, 3).Draw(t, "sources") {
				sources = append(sources, search.Source{State: uint32(state.Draw(t, "source")), Label: label.Draw(t, "label")})
			}
			for range rapid.IntRange(1, 3).Draw(t, "targets") {
				targets = append(targets, search.Target{State: uint32(state.Draw(t, "target")), Part: label.Draw(t, "part")})
			}
			got, ok := q.Shortest(sources, targets)
			want, is := plain.Shortest(w, sources, targets)
			if ok != is || got != want {
				t.Fatalf("%d, %v; a search finds %d, %v", got, ok, want, is)
			}
			path := q.Path(nil)
			if !ok {
				if len(path) > 0 {
					t.Fatalf("a path %v where there is no way", path)
				}
				return
			}
			found++
			if d := walk(g, w, path, sources, targets); d != uint64(got) || targets[q.Target()].State != path[len(path)-1] {
				t.Fatalf("the path %v takes %d and ends at target %d, want %d", path, d, q.Target(), got)
			}
			if inner := path[:len(path)-1]; len(slices.Compact(slices.Sorted(slices.Values(inner)))) != len(inner) {
				t.Fatalf("the path %v passes a state twice", path)
			}
			// The corridor by two trees. A budget of Unreachable would let in what the
			// trees did not reach.
			budget := min(got+label.Draw(t, "more"), search.Unreachable-1)
			var there, back search.Tree
			plain.Forward(w, sources, budget, &there)
			plain.Backward(w, targets, budget, &back)
			var in []uint32
			for _, s := range there.Order {
				if uint64(there.Label(s))+uint64(back.Label(s)) <= uint64(budget) {
					in = append(in, s)
				}
			}
			slices.Sort(in)
			if got := slices.Sorted(slices.Values(q.Corridor(sources, targets, budget, nil))); !slices.Equal(got, in) {
				t.Fatalf("the corridor is %v, want %v", got, in)
			}
		}
		ask()
		for range 4 {
			arc, turns := uint32(rapid.IntRange(0, g.Arcs()-1).Draw(t, "arc")), []uint32(nil)
			if len(w.Turn) > 0 {
				turns = append(turns, uint32(rapid.IntRange(0, len(w.Turn)-1).Draw(t, "turn")))
			}
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0: // closed, and open again
				before := search.Metric{Arc: slices.Clone(w.Arc), Turn: slices.Clone(w.Turn)}
				w.Arc[arc] = search.Unreachable
				for _, turn := range turns {
					w.Turn[turn] = search.Unreachable
				}
				if err := x.Close([]uint32{arc, arc}, turns); err != nil {
					t.Fatal(err)
				}
				ask()
				if err := x.Reopen(); err != nil {
					t.Fatal(err)
				}
				w = before
			case 1: // changed
				w.Arc[arc] = label.Draw(t, "weight")
				for _, turn := range turns {
					w.Turn[turn] = label.Draw(t, "weight")
				}
				if err := x.Change(w, []uint32{arc}, turns); err != nil {
					t.Fatal(err)
				}
			case 2: // set anew while something is closed
				if err := x.Close([]uint32{arc}, nil); err != nil {
					t.Fatal(err)
				}
				w.Arc[arc] = label.Draw(t, "weight")
				if err := x.Set(w, 2); err != nil {
					t.Fatal(err)
				}
			}
			ask()
		}
	})
	if found == 0 {
		t.Error("no way was ever found")
	}
}

func TestRefusals(t *testing.T) {
	g, err := search.NewGraph([]uint32{0, 1, 2}, []uint32{1, 0}, []uint32{0, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(context.Background(), g, []uint32{1, 1}, 1); err == nil {
		t.Error("an order that has a state twice")
	}
	n, err := New(context.Background(), g, []uint32{1, 0}, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := n.NewMetric()
	if err := x.Set(search.Metric{Arc: []uint32{1}, Turn: []uint32{1, 1}}, 1); err == nil {
		t.Error("weights of one arc for two")
	}
	w := search.Metric{Arc: []uint32{1, 1}, Turn: []uint32{1, 1}}
	if err := x.Set(w, 1); err != nil {
		t.Fatal(err)
	}
	if err := x.Close([]uint32{0}, nil); err != nil {
		t.Fatal(err)
	}
	if err := x.Change(w, []uint32{0}, nil); err == nil {
		t.Error("a change while something is closed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(ctx, g, nil, 1); err == nil {
		t.Error("an order found after the end")
	}
}

// A path passes no state twice, even where going round costs nothing.
func TestRoundsAreCutOut(t *testing.T) {
	for _, x := range []struct{ path, want []uint32 }{
		{nil, nil},
		{[]uint32{1, 2, 3}, []uint32{1, 2, 3}},
		{[]uint32{1, 2, 3, 2, 4}, []uint32{1, 2, 4}},
		{[]uint32{1, 2, 1, 3, 4, 3, 5}, []uint32{1, 3, 5}},
		{[]uint32{1, 2, 3, 1, 2, 4, 2, 3}, []uint32{1, 2, 3}}, // what was cut out may come again
	} {
		// What stands before the path is another's, and stays.
		got := withoutRounds(append([]uint32{9, 2}, x.path...), 2)
		if !slices.Equal(got, append([]uint32{9, 2}, x.want...)) {
			t.Errorf("%v becomes %v, want %v", x.path, got[2:], x.want)
		}
	}
}
