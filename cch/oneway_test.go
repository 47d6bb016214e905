package cch

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// wholeAndPruned returns the hierarchy with all arcs, and without those that no
// weights make usable.
func wholeAndPruned(tb rapid.TB, g *Graph, order []uint32) (whole, pruned *Hierarchy) {
	tb.Helper()
	whole, err := contracted(g, order)
	if err != nil {
		tb.Fatal(err)
	}
	pruned, err = contracted(g, order)
	if err != nil {
		tb.Fatal(err)
	}
	if err := pruned.prune(g); err != nil {
		tb.Fatal(err)
	}
	whole.plan()
	pruned.plan()
	return whole, pruned
}

// checkPruned fails unless both metrics have the same weights on the arcs that
// are kept, and the others weigh Inf.
func checkPruned(tb rapid.TB, whole, pruned *Metric) {
	tb.Helper()
	seen := 0
	for a, q := range whole.h.head {
		b, ok := pruned.h.arc(whole.h.tail[a], q)
		switch {
		case ok:
			seen++
			if whole.up[a] != pruned.up[b] || whole.down[a] != pruned.down[b] {
				tb.Fatalf("arc %d weighs %d and %d, where arcs are left out %d and %d", a, whole.up[a], whole.down[a], pruned.up[b], pruned.down[b])
			}
		case whole.up[a] < Inf || whole.down[a] < Inf:
			tb.Fatalf("arc %d is left out and weighs %d and %d", a, whole.up[a], whole.down[a])
		case !slices.Contains(pruned.h.lost(whole.h.tail[a]), whole.h.rise[a]):
			tb.Fatalf("arc %d is left out and not among those lost", a)
		}
	}
	if seen != len(pruned.h.head) {
		tb.Fatalf("%d arcs are kept, of which %d are in the supergraph", len(pruned.h.head), seen)
	}
}

// TestPrunedIsWhole leaves arcs out of all kinds of graphs, whether or not Build
// would, and compares every phase with the hierarchy that has them all.
func TestPrunedIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		whole, pruned := wholeAndPruned(t, g, someOrder(t, g))
		if whole.Arcs() != pruned.Arcs() || whole.Triangles() != pruned.Triangles() || whole.KeptArcs() != whole.Arcs() {
			t.Fatalf("%d arcs, %d triangles; with arcs left out %d, %d", whole.Arcs(), whole.Triangles(), pruned.Arcs(), pruned.Triangles())
		}
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		a, b := whole.NewMetric(), pruned.NewMetric()
		if a.Customize(weights, 1) != nil || b.Customize(weights, 1) != nil {
			t.Fatal("customization failed")
		}
		checkPruned(t, a, b)
		l := pruned.NewLanes()
		for _, unit := range bothUnits() {
			if err := l.customize([][]uint32{weights, backwards(weights)}, 1, unit); err != nil {
				t.Fatal(err)
			}
			checkLanes(t, l, [][]uint32{weights, backwards(weights)})
		}
		if g.Arcs() > 0 {
			arcs := rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Arcs()-1)), 0, 6).Draw(t, "arcs")
			changed := rapid.SliceOfN(someWeight, len(arcs), len(arcs)).Draw(t, "changed")
			for i, e := range arcs {
				weights[e] = changed[i]
			}
			if a.Update(arcs, changed) != nil || b.Update(arcs, changed) != nil {
				t.Fatal("the update failed")
			}
			checkPruned(t, a, b)
		}
		checkAll(t, g, b, weights)
		checkKept(t, a.Perfect(1), b.Perfect(1))
	})
}

func backwards(weights []uint32) []uint32 {
	out := slices.Clone(weights)
	slices.Reverse(out)
	return out
}

// checkKept fails unless the perfect metric with arcs left out keeps all arcs
// that the other keeps.
func checkKept(tb rapid.TB, whole, pruned *Perfect) {
	tb.Helper()
	for i, side := range [][2]*arcs{{&whole.up, &pruned.up}, {&whole.down, &pruned.down}} {
		for _, a := range side[0].arc {
			b, ok := pruned.m.h.arc(whole.m.h.tail[a], whole.m.h.head[a])
			if !ok || !slices.Contains(side[1].arc, b) {
				tb.Fatalf("side %d: arc %d is needed and not kept", i, a)
			}
		}
	}
}

// TestPrunedTown does the same on the turns of a town, with threads, and asks
// for what looks at whole subtrees: corridors and trees.
func TestPrunedTown(t *testing.T) {
	g, weights, group := turns(24, 24, 3)
	order, err := FindLiftedOrder(t.Context(), g, group, OrderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole, pruned := wholeAndPruned(t, g, order)
	if built := mustBuild(t, g, order); built.oneway == nil || built.KeptArcs() != pruned.KeptArcs() {
		t.Fatal("Build does not leave arcs out of a graph of turns")
	}
	if 10*pruned.KeptArcs() > 9*whole.Arcs() {
		t.Errorf("%d of %d arcs are kept: too many for this test", pruned.KeptArcs(), whole.Arcs())
	}
	a := mustCustomize(t, whole, weights, 1)
	for _, threads := range []int{1, 3} {
		checkPruned(t, a, mustCustomize(t, pruned, weights, threads))
	}
	b := mustCustomize(t, pruned, weights, 1)
	perfect := b.Perfect(2)
	checkKept(t, a.Perfect(1), perfect)
	rng := rand.New(rand.NewPCG(1, 7))
	corridors := [2]*Corridor{a.NewCorridor(), b.NewCorridor()}
	trees := [2]*Tree{a.NewTree(), b.NewTree()}
	queries := []*Query{b.NewQuery(), perfect.NewQuery()}
	var path []uint32
	for range 40 {
		s := rng.Uint32N(uint32(g.Nodes()))
		want := dijkstra(g, weights, s)
		for range 20 {
			d := rng.Uint32N(uint32(g.Nodes()))
			for _, q := range queries {
				var got uint32
				if got, path = q.Path(s, d, path[:0]); got != want[d] || q.Distance(s, d) != got {
					t.Fatalf("%d to %d: %d, want %d", s, d, got, want[d])
				}
				checkPath(t, g, weights, s, d, got, path)
			}
			budget := want[d] + rng.Uint32N(500)
			var passed [2][]Passed
			for i, c := range corridors {
				passed[i] = c.Nodes(s, d, budget, nil)
			}
			if !slices.Equal(passed[0], passed[1]) {
				t.Fatalf("corridor %d to %d of %d: %d nodes, with arcs left out %d", s, d, budget, len(passed[0]), len(passed[1]))
			}
		}
		budget := rng.Uint32N(4000)
		var reached [2][2][]Labelled
		for i, tree := range trees {
			tree.From([]Seed{{Node: s}}, budget)
			reached[i][0] = tree.Nodes(nil)
			tree.To([]Seed{{Node: s}}, budget)
			reached[i][1] = tree.Nodes(nil)
		}
		if !slices.Equal(reached[0][0], reached[1][0]) || !slices.Equal(reached[0][1], reached[1][1]) {
			t.Fatalf("trees of %d within %d differ where arcs are left out", s, budget)
		}
	}
}
