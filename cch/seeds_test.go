package cch

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// seedsOf draws seeds, some of which tie, saturate or stand twice.
func seedsOf(t *rapid.T, g *Graph, most int, name string) []Seed {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Seed {
		return Seed{rapid.Uint32Range(0, uint32(g.Nodes()-1)).Draw(t, "node"), someWeight.Draw(t, "weight")}
	}), 0, most).Draw(t, name)
}

// seedsBetween answers Between by one Dijkstra for each source.
func seedsBetween(g *Graph, weights []uint32, sources, targets []Seed) (dist uint32, source, target int) {
	best, source, target := uint64(Inf), -1, -1
	for i, s := range sources {
		d := dijkstra(g, weights, s.Node)
		for j, t := range targets {
			if d[t.Node] < Inf {
				if sum := uint64(s.Weight) + uint64(d[t.Node]) + uint64(t.Weight); sum < best {
					best, source, target = sum, i, j
				}
			}
		}
	}
	return uint32(best), source, target
}

// seedsDijkstra returns the labels of all nodes from the seeds, by one Dijkstra
// for each.
func seedsDijkstra(g *Graph, weights []uint32, seeds []Seed) []uint32 {
	out := refill(nil, g.Nodes(), Inf)
	for _, s := range seeds {
		for v, d := range dijkstra(g, weights, s.Node) {
			if sum := uint64(d) + uint64(s.Weight); d < Inf && sum < uint64(out[v]) {
				out[v] = uint32(sum)
			}
		}
	}
	return out
}

func checkBetween(t rapid.TB, g *Graph, weights []uint32, search *Search, sources, targets []Seed) {
	t.Helper()
	dist, s, d := search.Between(sources, targets)
	wantDist, wantS, wantD := seedsBetween(g, weights, sources, targets)
	if dist != wantDist || s != wantS || d != wantD {
		t.Fatalf("%v to %v: %d by %d, %d; want %d by %d, %d", sources, targets, dist, s, d, wantDist, wantS, wantD)
	}
	path := search.Path(nil)
	if dist == Inf {
		if len(path) > 0 {
			t.Fatalf("no way, but a path of %d arcs", len(path))
		}
		return
	}
	checkPath(t, g, weights, sources[s].Node, targets[d].Node, dist-sources[s].Weight-targets[d].Weight, path)
}

func TestSeedsBetweenIsDijkstra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		m := h.NewMetric()
		plain := m.NewSearch() // sees what comes
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		perfect := m.Perfect(1).NewSearch()
		for range 4 {
			sources, targets := seedsOf(t, g, 6, "sources"), seedsOf(t, g, 6, "targets")
			checkBetween(t, g, weights, plain, sources, targets)
			checkBetween(t, g, weights, perfect, sources, targets)
		}
	})
}

// TestSeedsGenerationsWrap has the numbers of chains start over.
func TestSeedsGenerationsWrap(t *testing.T) {
	g, weights := grid(12, 12, 3)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	search := mustCustomize(t, h, weights, 1).NewSearch()
	rng := rand.New(rand.NewPCG(4, 4))
	search.base = 1<<31 - 20
	for range 30 {
		var sources, targets []Seed
		for range 3 {
			sources = append(sources, Seed{rng.Uint32N(144), rng.Uint32N(50)})
			targets = append(targets, Seed{rng.Uint32N(144), rng.Uint32N(50)})
		}
		checkBetween(t, g, weights, search, sources, targets)
	}
	if search.base > 1<<20 {
		t.Errorf("generation %d: it did not wrap", search.base)
	}
}

// TestSeedsOnLuxembourg has hundreds of seeds on each side, and a few.
func TestSeedsOnLuxembourg(t *testing.T) {
	g, folder := realGraph(t, "luxembourg")
	h := mustBuild(t, g, realOrder(t, "luxembourg", g))
	weights := vector(t, folder, "travel_time")
	m := mustCustomize(t, h, weights, 2)
	plain, perfect := m.NewSearch(), m.Perfect(2).NewSearch()
	rng := rand.New(rand.NewPCG(5, 1))
	seeds := func(n int) []Seed {
		out := make([]Seed, n)
		for i := range out {
			out[i] = Seed{rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(100_000)}
		}
		return out
	}
	for _, n := range []int{1, 3, 8} {
		for range often(1, 3) {
			sources, targets := seeds(n), seeds(n)
			checkBetween(t, g, weights, plain, sources, targets)
			checkBetween(t, g, weights, perfect, sources, targets)
		}
	}
	// Each pair on its own, by the query that is checked elsewhere.
	sources, targets := seeds(300), seeds(300)
	q := m.NewQuery()
	want, wantS, wantT := Inf, -1, -1
	for i, s := range sources {
		for j, d := range targets {
			if sum := s.Weight + q.Distance(s.Node, d.Node) + d.Weight; sum < want {
				want, wantS, wantT = sum, i, j
			}
		}
	}
	for _, search := range []*Search{plain, perfect} {
		if got, s, d := search.Between(sources, targets); got != want || s != wantS || d != wantT {
			t.Errorf("%d by %d, %d; want %d by %d, %d", got, s, d, want, wantS, wantT)
		}
	}
}

// TestSeedsTies has many pairs that are equally good.
func TestSeedsTies(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 6))
		g, weights := grid(3+rng.IntN(7), 3+rng.IntN(7), seed)
		for e := range weights {
			weights[e] %= 3
		}
		m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{Seed: seed})), weights, 1)
		plain, perfect := m.NewSearch(), m.Perfect(1).NewSearch()
		for range 3 {
			var sources, targets []Seed
			for range 6 {
				sources = append(sources, Seed{rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(3)})
				targets = append(targets, Seed{rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(3)})
			}
			checkBetween(t, g, weights, plain, sources, targets)
			checkBetween(t, g, weights, perfect, sources, targets)
		}
	}
}
