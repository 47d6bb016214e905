package cch

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkLanes compares every lane of l with a metric customized alone.
func checkLanes(t rapid.TB, l *Lanes, sets [][]uint32) {
	t.Helper()
	m := l.h.NewMetric()
	for k := range LaneCount {
		want := l.h.NewMetric()
		if k < len(sets) {
			if err := want.Customize(sets[k], 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.CopyTo(k, m); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.in, want.in) || !slices.Equal(m.up, want.up) || !slices.Equal(m.down, want.down) {
			t.Fatalf("lane %d of %d sets differs from customizing it alone", k, len(sets))
		}
	}
}

// bothUnits are the unit for every processor, and the best of this one: they are
// the same unless built with GOEXPERIMENT=simd.
func bothUnits() map[string]laneUnit {
	return map[string]laneUnit{"plain": plainUnit(), "best": bestUnit()}
}

func TestLanesAreMetrics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		l := h.NewLanes()
		// A second set of fewer lanes must leave nothing of the first.
		for range 2 {
			sets := make([][]uint32, rapid.IntRange(0, LaneCount).Draw(t, "sets"))
			for k := range sets {
				sets[k] = rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
			}
			for _, unit := range bothUnits() {
				if err := l.customize(sets, 1, unit); err != nil {
					t.Fatal(err)
				}
				checkLanes(t, l, sets)
			}
		}
	})
}

// someSets makes a set of weights for each lane from one, by shifting them and
// closing one arc in twenty.
func someSets(weights []uint32, seed uint64) [][]uint32 {
	rng := rand.New(rand.NewPCG(seed, 8))
	sets := make([][]uint32, LaneCount)
	for k := range sets {
		sets[k] = slices.Clone(weights)
		for e := range sets[k] {
			if rng.IntN(20) == 0 {
				sets[k][e] = Inf
			} else {
				sets[k][e] += rng.Uint32N(500)
			}
		}
	}
	return sets
}

func TestLanesOnATown(t *testing.T) {
	g, weights := grid(60, 60, 4)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	sets := someSets(weights, 1)
	for name, unit := range bothUnits() {
		for _, threads := range []int{1, 3} {
			l := h.NewLanes()
			if err := l.customize(sets, threads, unit); err != nil {
				t.Fatal(err)
			}
			checkLanes(t, l, sets)
			m := h.NewMetric()
			if err := l.CopyTo(5, m); err != nil {
				t.Fatal(err)
			}
			want := dijkstra(g, sets[5], 100)
			q := m.NewQuery()
			for v, d := range want {
				if got := q.Distance(100, uint32(v)); got != d {
					t.Fatalf("%s, %d threads: 100 to %d: %d, want %d", name, threads, v, got, d)
				}
			}
		}
	}
}

func TestLanesOfRealGraphs(t *testing.T) {
	for _, name := range []string{"luxembourg", "delaware"} {
		t.Run(name, func(t *testing.T) {
			g, folder := realGraph(t, name)
			h := mustBuild(t, g, realOrder(t, name, g))
			sets := someSets(vector(t, folder, "travel_time"), 2)
			l := h.NewLanes()
			if err := l.Customize(sets, 2); err != nil {
				t.Fatal(err)
			}
			checkLanes(t, l, sets)
		})
	}
}

func TestTableIsSweeps(t *testing.T) {
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
		sources := rapid.SliceOfN(node, 0, 20).Draw(t, "sources")
		targets := rapid.SliceOfN(node, 0, 20).Draw(t, "targets")
		want := []uint32{7}
		for _, s := range sources {
			d := dijkstra(g, weights, s)
			for _, v := range targets {
				want = append(want, d[v])
			}
		}
		plain, err := m.Pin(targets)
		if err != nil {
			t.Fatal(err)
		}
		perfect, err := m.Perfect(1).Pin(targets)
		if err != nil {
			t.Fatal(err)
		}
		for name, unit := range bothUnits() {
			for i, p := range []*Pinned{plain, perfect} {
				got, err := p.table(sources, 1+i*2, []uint32{7}, unit)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%s, %d: %v, %v, want %v", name, i, got, err, want)
				}
			}
		}
	})
}

func TestTableOfRealGraphs(t *testing.T) {
	g, folder := realGraph(t, "delaware")
	h := mustBuild(t, g, realOrder(t, "delaware", g))
	weights := vector(t, folder, "travel_time")
	m := mustCustomize(t, h, weights, 2)
	rng := rand.New(rand.NewPCG(9, 9))
	sources, targets := make([]uint32, 30), make([]uint32, 200)
	for _, s := range [][]uint32{sources, targets} {
		for i := range s {
			s[i] = rng.Uint32N(uint32(g.Nodes()))
		}
	}
	pinned, err := m.Perfect(2).Pin(targets)
	if err != nil {
		t.Fatal(err)
	}
	table, err := pinned.Table(sources, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sources {
		want := dijkstra(g, weights, s)
		for j, v := range targets {
			if got := table[i*len(targets)+j]; got != want[v] {
				t.Fatalf("%d to %d: %d, want %d", s, v, got, want[v])
			}
		}
	}
}

func TestLanesNameBadInput(t *testing.T) {
	h := mustBuild(t, &Graph{FirstOut: []uint32{0, 1, 2}, Head: []uint32{1, 0}}, []uint32{0, 1})
	other := mustBuild(t, &Graph{FirstOut: []uint32{0, 1, 2}, Head: []uint32{1, 0}}, []uint32{0, 1})
	l, m := h.NewLanes(), h.NewMetric()
	pinned, err := m.Pin([]uint32{0})
	if err != nil {
		t.Fatal(err)
	}
	_, table := pinned.Table([]uint32{1, 2}, 1, nil)
	_, place := m.Places([]uint32{2}, 1)
	_, most := m.Places([]uint32{1}, 0)
	for _, c := range []struct {
		err  error
		want string
	}{
		{l.Customize(make([][]uint32, 9), 1), "9 sets of weights: at most 8"},
		{l.Customize([][]uint32{{1, 2}, {1}}, 1), "1 weights in lane 1 for a graph of 2 arcs"},
		{l.CopyTo(8, m), "lane 8: there are lanes 0 to 7"},
		{l.CopyTo(-1, m), "lane -1: there are lanes 0 to 7"},
		{l.CopyTo(0, other.NewMetric()), "another hierarchy"},
		{table, "source 2: there are 2 nodes"},
		{place, "place 2: there are 2 nodes"},
		{most, "nearest 0 places"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}
