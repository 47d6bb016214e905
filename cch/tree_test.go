package cch

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkTree compares the labels within a budget with those of all nodes.
func checkTree(t rapid.TB, tree *Tree, want []uint32, budget uint32) {
	t.Helper()
	var list []Labelled
	for v, d := range want {
		if d > budget {
			d = Inf
		}
		if got := tree.Label(uint32(v)); got != d {
			t.Fatalf("budget %d, node %d: %d, want %d", budget, v, got, d)
		}
		if d < Inf {
			list = append(list, Labelled{uint32(v), d})
		}
	}
	slices.SortStableFunc(list, func(a, b Labelled) int { return cmp.Compare(a.Label, b.Label) })
	if got := tree.Sorted(nil); !slices.Equal(got, list) || tree.Len() != len(list) {
		t.Fatalf("budget %d: %v, want %v", budget, got, list)
	}
}

func TestTreeIsDijkstra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		m := h.NewMetric()
		tree := m.NewTree()
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		back, turned := reversed(g, weights)
		for range 4 {
			seeds := seedsOf(t, g, 6, "seeds")
			budget := rapid.OneOf(someWeight, rapid.Uint32Range(0, 5000)).Draw(t, "budget")
			tree.From(seeds, budget)
			checkTree(t, tree, seedsDijkstra(g, weights, seeds), budget)
			tree.To(seeds, budget)
			checkTree(t, tree, seedsDijkstra(back, turned, seeds), budget)
		}
	})
}

func TestCorridorOfSeedsIsDijkstra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		m := h.NewMetric()
		c := m.NewCorridor()
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		back, turned := reversed(g, weights)
		for range 4 {
			sources, targets := seedsOf(t, g, 5, "sources"), seedsOf(t, g, 5, "targets")
			budget := rapid.OneOf(someWeight, rapid.Uint32Range(0, 5000)).Draw(t, "budget")
			want := passedByDijkstra(seedsDijkstra(g, weights, sources), seedsDijkstra(back, turned, targets), budget)
			if got := sortPassed(c.Between(sources, targets, budget, nil)); !slices.Equal(got, want) {
				t.Fatalf("%v to %v within %d: %v, want %v", sources, targets, budget, got, want)
			}
		}
	})
}

// TestNearestReachingIsSortedDijkstra asks which places reach a node first.
func TestNearestReachingIsSortedDijkstra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		m := h.NewMetric()
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		places := rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Nodes()-1)), 0, 12).Draw(t, "places")
		most := rapid.IntRange(1, 6).Draw(t, "most")
		plain, err := m.PlacesReaching(places, most)
		if err != nil {
			t.Fatal(err)
		}
		perfect, err := m.Perfect(1).PlacesReaching(places, most)
		if err != nil {
			t.Fatal(err)
		}
		back, turned := reversed(g, weights)
		a, b := plain.NewSearch(), perfect.NewSearch()
		for v := range uint32(g.Nodes()) {
			want := nearByDijkstra(dijkstra(back, turned, v), places, most)
			if got := a.Nearest(v, nil); !slices.Equal(got, want) {
				t.Fatalf("to %d: %v, want %v", v, got, want)
			}
			if got := b.Nearest(v, nil); !slices.Equal(got, want) {
				t.Fatalf("to %d on needed arcs: %v, want %v", v, got, want)
			}
		}
	})
}

// TestTreesOnLuxembourg compares trees, corridors and places on a town.
func TestTreesOnLuxembourg(t *testing.T) {
	g, folder := realGraph(t, "luxembourg")
	h := mustBuild(t, g, realOrder(t, "luxembourg", g))
	weights := vector(t, folder, "travel_time")
	back, turned := reversed(g, weights)
	m := mustCustomize(t, h, weights, 2)
	tree, c := m.NewTree(), m.NewCorridor()
	rng := rand.New(rand.NewPCG(6, 1))
	node := func() uint32 { return rng.Uint32N(uint32(g.Nodes())) }
	places := make([]uint32, 50)
	for i := range places {
		places[i] = node()
	}
	reaching, err := m.PlacesReaching(places, 5)
	if err != nil {
		t.Fatal(err)
	}
	search := reaching.NewSearch()
	for range often(3, 8) {
		sources := []Seed{{node(), 0}, {node(), rng.Uint32N(100_000)}, {node(), rng.Uint32N(100_000)}}
		targets := []Seed{{node(), 500}, {node(), rng.Uint32N(100_000)}}
		forth, rest := seedsDijkstra(g, weights, sources), seedsDijkstra(back, turned, targets)
		for _, budget := range []uint32{60_000, 600_000, Inf} {
			tree.From(sources, budget)
			checkTree(t, tree, forth, budget)
			tree.To(targets, budget)
			checkTree(t, tree, rest, budget)
		}
		least := Inf
		for v := range forth {
			least = min(least, forth[v]+rest[v])
		}
		budget := least + least/10
		want := passedByDijkstra(forth, rest, budget)
		if got := sortPassed(c.Between(sources, targets, budget, nil)); !slices.Equal(got, want) {
			t.Fatalf("corridor within %d: %d nodes, want %d", budget, len(got), len(want))
		}
		v := node()
		if got, want := search.Nearest(v, nil), nearByDijkstra(dijkstra(back, turned, v), places, 5); !slices.Equal(got, want) {
			t.Fatalf("nearest that reach %d: %v, want %v", v, got, want)
		}
	}
}

func TestSeedsAndTreesAllocateNothing(t *testing.T) {
	g, weights := grid(40, 40, 2)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	m := mustCustomize(t, h, weights, 1)
	reaching, err := m.PlacesReaching([]uint32{1, 500, 1200}, 2)
	if err != nil {
		t.Fatal(err)
	}
	near, tree, c := reaching.NewSearch(), m.NewTree(), m.NewCorridor()
	searches := []*Search{m.NewSearch(), m.Perfect(1).NewSearch()}
	sources, targets := []Seed{{7, 0}, {8, 3}, {900, 20}}, []Seed{{1400, 0}, {1500, 9}}
	found, passed := make([]Near, 0, 2), make([]Passed, 0, g.Nodes())
	path, labels := make([]uint32, 0, g.Nodes()), make([]Labelled, 0, g.Nodes())
	n := testing.AllocsPerRun(20, func() {
		for _, s := range searches {
			s.Between(sources, targets)
			path = s.Path(path[:0])
		}
		found = near.Nearest(7, found[:0])
		tree.From(sources, Inf)
		tree.To(targets, Inf)
		labels = tree.Sorted(labels[:0])
		passed = c.Between(sources, targets, Inf, passed[:0])
	})
	if n != 0 || len(found) != 2 || len(passed) < 1000 || len(path) == 0 || len(labels) < 1000 {
		t.Errorf("%v allocations, %d places, %d arcs, %d labels and %d nodes found", n, len(found), len(path), len(labels), len(passed))
	}
}
