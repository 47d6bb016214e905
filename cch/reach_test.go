package cch

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// reversed returns the graph with every arc turned, and its weights.
func reversed(g *Graph, weights []uint32) (*Graph, []uint32) {
	r := &Graph{FirstOut: make([]uint32, g.Nodes()+1), Head: make([]uint32, g.Arcs())}
	for _, v := range g.Head {
		r.FirstOut[v+1]++
	}
	for v := range g.Nodes() {
		r.FirstOut[v+1] += r.FirstOut[v]
	}
	at, turned := slices.Clone(r.FirstOut), make([]uint32, g.Arcs())
	for v := range uint32(g.Nodes()) {
		for e := g.FirstOut[v]; e < g.FirstOut[v+1]; e++ {
			i := at[g.Head[e]]
			at[g.Head[e]]++
			r.Head[i], turned[i] = v, weights[e]
		}
	}
	return r, turned
}

// passedByDijkstra returns the corridor by two searches over the whole graph.
func passedByDijkstra(forth, back []uint32, budget uint32) []Passed {
	var out []Passed
	for v := range forth {
		if sum := uint64(forth[v]) + uint64(back[v]); sum <= uint64(budget) && sum < uint64(Inf) {
			out = append(out, Passed{uint32(v), forth[v], back[v]})
		}
	}
	return out
}

func sortPassed(p []Passed) []Passed {
	slices.SortFunc(p, func(a, b Passed) int { return cmp.Compare(a.Node, b.Node) })
	return p
}

// nearByDijkstra returns the nearest places by sorting all.
func nearByDijkstra(forth, places []uint32, most int) []Near {
	var out []Near
	for i, v := range places {
		if forth[v] < Inf {
			out = append(out, Near{uint32(i), forth[v]})
		}
	}
	slices.SortStableFunc(out, func(a, b Near) int { return cmp.Compare(a.Distance, b.Distance) })
	return out[:min(most, len(out))]
}

func TestCorridorIsTwoDijkstras(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		m := h.NewMetric()
		c := m.NewCorridor() // sees what comes
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		back, turned := reversed(g, weights)
		node := rapid.Uint32Range(0, uint32(g.Nodes()-1))
		for range 4 {
			s, d := node.Draw(t, "source"), node.Draw(t, "target")
			budget := rapid.OneOf(someWeight, rapid.Uint32Range(0, 5000)).Draw(t, "budget")
			want := passedByDijkstra(dijkstra(g, weights, s), dijkstra(back, turned, d), budget)
			if got := sortPassed(c.Nodes(s, d, budget, nil)); !slices.Equal(got, want) {
				t.Fatalf("%d to %d within %d: %v, want %v", s, d, budget, got, want)
			}
		}
	})
}

func TestNearestIsSortedDijkstra(t *testing.T) {
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
		node := rapid.Uint32Range(0, uint32(g.Nodes()-1))
		places := rapid.SliceOfN(node, 0, 12).Draw(t, "places")
		most := rapid.IntRange(1, 6).Draw(t, "most")
		plain, err := m.Places(places, most)
		if err != nil {
			t.Fatal(err)
		}
		perfect, err := m.Perfect(1).Places(places, most)
		if err != nil {
			t.Fatal(err)
		}
		a, b := plain.NewSearch(), perfect.NewSearch()
		for s := range uint32(g.Nodes()) {
			want := nearByDijkstra(dijkstra(g, weights, s), places, most)
			if got := a.Nearest(s, nil); !slices.Equal(got, want) {
				t.Fatalf("from %d: %v, want %v", s, got, want)
			}
			if got := b.Nearest(s, nil); !slices.Equal(got, want) {
				t.Fatalf("from %d on needed arcs: %v, want %v", s, got, want)
			}
		}
	})
}

// TestReachOnRealGraphs compares corridors and nearest places with Dijkstra on
// whole towns.
func TestReachOnRealGraphs(t *testing.T) {
	for _, name := range []string{"luxembourg", "delaware"} {
		t.Run(name, func(t *testing.T) {
			g, folder := realGraph(t, name)
			h := mustBuild(t, g, realOrder(t, name, g))
			weights := vector(t, folder, "travel_time")
			back, turned := reversed(g, weights)
			m := mustCustomize(t, h, weights, 2)
			rng := rand.New(rand.NewPCG(3, 1))
			places := make([]uint32, 50)
			for i := range places {
				places[i] = rng.Uint32N(uint32(g.Nodes()))
			}
			near, err := m.Places(places, 5)
			if err != nil {
				t.Fatal(err)
			}
			search, c := near.NewSearch(), m.NewCorridor()
			for range often(6, 20) {
				s, d := rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(uint32(g.Nodes()))
				forth := dijkstra(g, weights, s)
				if got, want := search.Nearest(s, nil), nearByDijkstra(forth, places, 5); !slices.Equal(got, want) {
					t.Fatalf("nearest to %d: %v, want %v", s, got, want)
				}
				budget := forth[d] + forth[d]/10
				want := passedByDijkstra(forth, dijkstra(back, turned, d), budget)
				if got := sortPassed(c.Nodes(s, d, budget, nil)); !slices.Equal(got, want) {
					t.Fatalf("%d to %d within %d: %d nodes, want %d", s, d, budget, len(got), len(want))
				}
			}
		})
	}
}

func TestReachAllocatesNothing(t *testing.T) {
	g, weights := grid(40, 40, 2)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	m := mustCustomize(t, h, weights, 1)
	near, err := m.Places([]uint32{1, 500, 1200}, 2)
	if err != nil {
		t.Fatal(err)
	}
	search, c := near.NewSearch(), m.NewCorridor()
	found, passed := make([]Near, 0, 2), make([]Passed, 0, g.Nodes())
	n := testing.AllocsPerRun(20, func() {
		found = search.Nearest(7, found[:0])
		passed = c.Nodes(7, 1400, Inf, passed[:0])
	})
	if n != 0 || len(found) != 2 || len(passed) < 1000 {
		t.Errorf("%v allocations, %d places and %d nodes found", n, len(found), len(passed))
	}
}

func TestInsertKeepsTheNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		best := map[uint32]uint32{}
		var list []Near
		for _, d := range rapid.SliceOfN(rapid.Uint32Range(0, 30), 0, 40).Draw(t, "entries") {
			n := Near{Place: d % 7, Distance: d / 3}
			if old, ok := best[n.Place]; !ok || n.Distance < old {
				best[n.Place] = n.Distance
			}
			list = insert(list, most, n)
		}
		var want []Near
		for p, d := range best {
			want = append(want, Near{p, d})
		}
		slices.SortFunc(want, func(a, b Near) int {
			return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Place, b.Place))
		})
		if want = want[:min(most, len(want))]; !slices.Equal(list, want) {
			t.Fatalf("%v, want %v", list, want)
		}
	})
}

// TestNearestAtTheLimits has a place equally near that was named first, and one
// whose distance is Inf, both met above the source.
func TestNearestAtTheLimits(t *testing.T) {
	h := mustBuild(t, &Graph{FirstOut: []uint32{0, 1, 2, 2}, Head: []uint32{1, 2}}, []uint32{0, 2, 1})
	for _, c := range []struct {
		weights, places []uint32
		want            []Near
	}{
		{[]uint32{0, 0}, []uint32{2, 0}, []Near{{0, 0}}},
		{[]uint32{5, Inf - 5}, []uint32{2}, nil},
		{[]uint32{5, Inf - 6}, []uint32{2}, []Near{{0, Inf - 1}}},
	} {
		p, err := mustCustomize(t, h, c.weights, 1).Places(c.places, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.NewSearch().Nearest(0, nil); !slices.Equal(got, c.want) {
			t.Errorf("weights %v, places %v: %v, want %v", c.weights, c.places, got, c.want)
		}
	}
}
