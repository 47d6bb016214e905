package cch

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkParts fails unless each arc that a shortest path may use consists of what
// weighs as much and leads the same way, over a lower node.
func checkParts(tb rapid.TB, p *Perfect) {
	tb.Helper()
	h, ups := p.m.h, p.parts.firstDown
	// ends returns where a part leads from and to, and its weight.
	ends := func(k uint32) (from, to, weight uint32) {
		if k < ups {
			a := p.up.arc[k]
			return h.tail[a], h.head[a], p.up.weight[k]
		}
		a := p.down.arc[k-ups]
		return h.head[a], h.tail[a], p.down.weight[k-ups]
	}
	q := p.m.NewQuery()
	for k, half := range p.parts.part {
		from, to, weight := ends(uint32(k))
		switch {
		case half.first == none:
			if q.Distance(h.node[from], h.node[to]) == weight {
				tb.Fatalf("part %d from %d to %d is a shortest path and not taken apart", k, from, to)
			}
		case half.second == none:
			l := h.link[half.first]
			if a := l / 2; p.m.in[half.first] != weight || min(from, to) != h.tail[a] || max(from, to) != h.head[a] || l&1 == 0 != (from < to) {
				tb.Fatalf("part %d from %d to %d of weight %d is not input arc %d", k, from, to, weight, half.first)
			}
		default:
			x, u, one := ends(half.first)
			v, y, two := ends(half.second)
			if x != from || u != v || y != to || u >= min(from, to) || one+two != weight {
				tb.Fatalf("part %d from %d to %d of weight %d: halves %d-%d of %d and %d-%d of %d", k, from, to, weight, x, u, one, v, y, two)
			}
		}
	}
}

// TestPartsOfAnyGraph also has hierarchies that leave out arcs, whose perfect
// metrics may keep arcs that they could drop.
func TestPartsOfAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		whole, pruned := wholeAndPruned(t, g, someOrder(t, g))
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		for _, h := range []*Hierarchy{whole, pruned} {
			m := h.NewMetric()
			if err := m.Customize(weights, 1); err != nil {
				t.Fatal(err)
			}
			checkParts(t, m.Perfect(1))
		}
	})
}

// TestPartsOfATown has many ties and arcs that weigh nothing, and threads.
func TestPartsOfATown(t *testing.T) {
	g, weights := grid(60, 60, 4)
	for e := range weights {
		weights[e] %= 4
	}
	m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1)
	one := m.Perfect(1)
	checkParts(t, one)
	for _, threads := range []int{2, 5} {
		if p := m.Perfect(threads); !slices.Equal(p.parts.part, one.parts.part) {
			t.Errorf("%d threads find other parts", threads)
		}
	}
}

// TestPerfectStaysAsItWas asks for paths after the metric has changed.
func TestPerfectStaysAsItWas(t *testing.T) {
	g, weights := grid(30, 30, 6)
	m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1)
	q := m.Perfect(1).NewQuery()
	rng := rand.New(rand.NewPCG(2, 9))
	other := slices.Clone(weights)
	for e := range other {
		other[e] = rng.Uint32N(2000)
	}
	if err := m.Customize(other, 1); err != nil {
		t.Fatal(err)
	}
	found := 0
	for range 20 {
		s := rng.Uint32N(uint32(g.Nodes()))
		for d, want := range dijkstra(g, weights, s) {
			got, path := q.Path(s, uint32(d), nil)
			if got != want {
				t.Fatalf("%d to %d: %d, want %d", s, d, got, want)
			}
			checkPath(t, g, weights, s, uint32(d), want, path)
			found += len(path)
		}
	}
	if found == 0 {
		t.Error("no path has an arc")
	}
}
