package cch

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// someGraph draws a small graph: disconnected or dense, with loops and parallel
// arcs.
func someGraph(t *rapid.T) *Graph {
	n := rapid.IntRange(1, 28).Draw(t, "nodes")
	node := rapid.Uint32Range(0, uint32(n-1))
	arcs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]uint32 {
		return [2]uint32{node.Draw(t, "tail"), node.Draw(t, "head")}
	}), 0, rapid.SampledFrom([]int{n, 2 * n, 4 * n}).Draw(t, "most")).Draw(t, "arcs")
	return graphOf(n, arcs)
}

// someWeight draws weights where sums tie, saturate or would wrap.
var someWeight = rapid.OneOf(
	rapid.Uint32Range(0, 3), rapid.Uint32Range(0, 1000),
	rapid.Uint32Range(Inf/3-2, Inf/3+2), rapid.Uint32Range(Inf-3, Inf+3),
	rapid.SampledFrom([]uint32{0, 1 << 31, 1<<32 - 1}),
)

func someOrder(t *rapid.T, g *Graph) []uint32 {
	if rapid.Bool().Draw(t, "nested") {
		return mustOrderOf(t, g, rapid.Uint64().Draw(t, "seed"))
	}
	ids := make([]uint32, g.Nodes())
	for v := range ids {
		ids[v] = uint32(v)
	}
	return rapid.Permutation(ids).Draw(t, "order")
}

func mustOrderOf(t *rapid.T, g *Graph, seed uint64) []uint32 {
	order, err := FindOrder(context.Background(), g, OrderOptions{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return order
}

// checkPath fails unless the arcs lead from source to target and weigh what
// the distance says.
func checkPath(t rapid.TB, g *Graph, weights []uint32, source, target, distance uint32, path []uint32) {
	t.Helper()
	if distance == Inf {
		if len(path) > 0 {
			t.Fatalf("%d to %d: no path, but %d arcs", source, target, len(path))
		}
		return
	}
	at, sum := source, uint64(0)
	for _, e := range path {
		if e < g.FirstOut[at] || e >= g.FirstOut[at+1] {
			t.Fatalf("%d to %d: arc %d does not leave node %d", source, target, e, at)
		}
		at = g.Head[e]
		sum += uint64(weights[e])
	}
	if at != target || sum != uint64(distance) {
		t.Fatalf("%d to %d: path ends at %d with %d, want %d", source, target, at, sum, distance)
	}
}

// checkAll compares all pairs, by all kinds of query, with Dijkstra.
func checkAll(t rapid.TB, g *Graph, m *Metric, weights []uint32) {
	t.Helper()
	perfect := m.Perfect(1)
	all := make([]uint32, g.Nodes())
	for v := range all {
		all[v] = uint32(v)
	}
	pinned, err := m.Pin(all)
	if err != nil {
		t.Fatal(err)
	}
	pinnedPerfect, err := perfect.Pin(all)
	if err != nil {
		t.Fatal(err)
	}
	queries := []*Query{m.NewQuery(), perfect.NewQuery()}
	sweeps := []*Sweep{pinned.NewSweep(), pinnedPerfect.NewSweep()}
	var path []uint32
	for _, s := range all {
		want := dijkstra(g, weights, s)
		for i, sweep := range sweeps {
			if got := sweep.Distances(s, nil); !slices.Equal(got, want) {
				t.Fatalf("sweep %d from %d: %v, want %v", i, s, got, want)
			}
		}
		for target, d := range want {
			for i, q := range queries {
				if got := q.Distance(s, uint32(target)); got != d {
					t.Fatalf("query %d from %d to %d: %d, want %d", i, s, target, got, d)
				}
				var got uint32
				got, path = q.Path(s, uint32(target), path[:0])
				if got != d {
					t.Fatalf("path %d from %d to %d: %d, want %d", i, s, target, got, d)
				}
				checkPath(t, g, weights, s, uint32(target), d, path)
			}
		}
	}
}

func TestDistancesArePlainDijkstras(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		m := h.NewMetric()
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		checkAll(t, g, m, weights)
	})
}

func TestUpdateIsCustomize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		if g.Arcs() == 0 {
			return
		}
		h, err := Build(g, someOrder(t, g))
		if err != nil {
			t.Fatal(err)
		}
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		m, fresh := h.NewMetric(), h.NewMetric()
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			arcs := rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Arcs()-1)), 0, 6).Draw(t, "arcs")
			changed := rapid.SliceOfN(someWeight, len(arcs), len(arcs)).Draw(t, "changed")
			for i, e := range arcs {
				weights[e] = changed[i]
			}
			if err := m.Update(arcs, changed); err != nil {
				t.Fatal(err)
			}
			if err := fresh.Customize(weights, 1); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.up, fresh.up) || !slices.Equal(m.down, fresh.down) || !slices.Equal(m.in, fresh.in) {
				t.Fatalf("after new weights %v for arcs %v the arcs differ from those customized afresh", changed, arcs)
			}
		}
	})
}

// TestContractionIsElimination compares with the elimination game played on a
// matrix: take the nodes in order, connect all later neighbours of each.
func TestContractionIsElimination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		n := g.Nodes()
		order := someOrder(t, g)
		h, err := Build(g, order)
		if err != nil {
			t.Fatal(err)
		}
		near := make([][]bool, n)
		for v := range near {
			near[v] = make([]bool, n)
		}
		for v := range n {
			for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
				near[v][w], near[w][v] = true, true
			}
		}
		place := make([]int, n)
		for i, v := range order {
			place[v] = i
		}
		arcs, triangles := 0, 0
		parent := make([]int, n)
		for i, v := range order {
			parent[v] = -1
			var later []uint32
			for _, w := range order[i+1:] {
				if near[v][w] {
					later = append(later, w)
				}
			}
			for j, a := range later {
				if j == 0 {
					parent[v] = int(a)
				}
				for _, b := range later[:j] {
					near[a][b], near[b][a] = true, true
				}
			}
			arcs += len(later)
			triangles += len(later) * (len(later) - 1) / 2
		}
		sum, most := 0, 0
		for v := range n {
			depth := 0
			for x := v; x >= 0; x = parent[x] {
				depth++
			}
			sum, most = sum+depth, max(most, depth)
		}
		mean, deepest := h.Depth()
		if h.Arcs() != arcs || h.Triangles() != uint64(triangles) || deepest != most || mean != float64(sum)/float64(n) {
			t.Fatalf("%d arcs, %d triangles, depth %v/%d; want %d, %d, %v/%d", h.Arcs(), h.Triangles(), mean, deepest,
				arcs, triangles, float64(sum)/float64(n), most)
		}
		for a, w := range h.head {
			v, w := h.node[h.tail[a]], h.node[w]
			if !near[v][w] || h.rise[a] != h.depth[h.head[a]] || h.tail[a] >= h.head[a] {
				t.Fatalf("arc %d from %d to %d is wrong", a, v, w)
			}
		}
		for p, q := range h.parent {
			if want := parent[h.node[p]]; (want < 0) != (q == none) || want >= 0 && h.node[q] != uint32(want) {
				t.Fatalf("parent of node %d is at %d, want node %d", h.node[p], q, want)
			}
		}
		again, err := Build(g, h.Order())
		if err != nil {
			t.Fatal(err)
		}
		if again.Arcs() != h.Arcs() || !slices.Equal(again.node, h.node) {
			t.Fatal("its own order gives another hierarchy")
		}
	})
}

// TestThreadsAgree uses a graph that is cut into many chunks.
func TestThreadsAgree(t *testing.T) {
	size := 90
	if testing.Short() {
		size = 60
	}
	g, weights := grid(size, size, 7)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	if len(h.chunks) < 20 {
		t.Fatalf("only %d chunks: the graph is too small for this test", len(h.chunks))
	}
	covered := 0
	for i, c := range h.chunks {
		covered += int(c.to - c.from)
		if c.parent >= 0 && int(c.parent) <= i {
			t.Fatalf("chunk %d stands after chunk %d, which is above it", i, c.parent)
		}
	}
	if covered != h.Nodes() {
		t.Fatalf("chunks hold %d nodes, want %d", covered, h.Nodes())
	}
	one := mustCustomize(t, h, weights, 1)
	perfectOne := one.Perfect(1)
	for _, threads := range []int{2, 5} {
		m := mustCustomize(t, h, weights, threads)
		if !slices.Equal(m.up, one.up) || !slices.Equal(m.down, one.down) {
			t.Fatalf("%d threads customize to other weights", threads)
		}
		p := m.Perfect(threads)
		if !slices.Equal(p.up.arc, perfectOne.up.arc) || !slices.Equal(p.down.arc, perfectOne.down.arc) {
			t.Fatalf("%d threads keep other arcs", threads)
		}
	}
	q := one.NewQuery()
	rng := rand.New(rand.NewPCG(3, 3))
	for range 5 {
		s := rng.Uint32N(uint32(g.Nodes()))
		for v, want := range dijkstra(g, weights, s) {
			if got := q.Distance(s, uint32(v)); got != want {
				t.Fatalf("%d to %d: %d, want %d", s, v, got, want)
			}
		}
	}
}

func TestUpdateOnATown(t *testing.T) {
	g, weights := grid(50, 50, 11)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	m := mustCustomize(t, h, weights, 1)
	before := m.Clone()
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		var arcs, closed, open []uint32
		for range 30 {
			e := rng.Uint32N(uint32(g.Arcs()))
			if slices.Contains(arcs, e) {
				continue
			}
			arcs, closed, open = append(arcs, e), append(closed, Inf), append(open, weights[e])
		}
		if err := m.Update(arcs, closed); err != nil {
			t.Fatal(err)
		}
		shut := slices.Clone(weights)
		for _, e := range arcs {
			shut[e] = Inf
		}
		want := mustCustomize(t, h, shut, 1)
		if !slices.Equal(m.up, want.up) || !slices.Equal(m.down, want.down) {
			t.Fatal("closures lead to other weights than customizing afresh")
		}
		if err := m.Update(arcs, open); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.up, before.up) || !slices.Equal(m.down, before.down) {
			t.Fatal("opening again does not restore the weights")
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	g, weights := grid(40, 40, 2)
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	m := mustCustomize(t, h, weights, 1)
	perfect := m.Perfect(1)
	pinned, err := m.Pin([]uint32{1, 5, 900, 1500, 5})
	if err != nil {
		t.Fatal(err)
	}
	sweep := pinned.NewSweep()
	path := make([]uint32, 0, g.Nodes())
	out := make([]uint32, 0, 5)
	arcs, closed, open := []uint32{3, 400, 2000}, []uint32{Inf, Inf, Inf}, []uint32{weights[3], weights[400], weights[2000]}
	last := uint32(g.Nodes() - 1)
	for name, q := range map[string]*Query{"metric": m.NewQuery(), "perfect": perfect.NewQuery()} {
		found := 0
		n := testing.AllocsPerRun(20, func() {
			for s := range uint32(40) {
				if q.Distance(s, last-s) < Inf {
					found++
				}
				_, path = q.Path(s, last-s, path[:0])
			}
		})
		if n != 0 || found == 0 {
			t.Errorf("%s: %v allocations in queries of which %d found a path", name, n, found)
		}
	}
	if n := testing.AllocsPerRun(20, func() { out = sweep.Distances(7, out[:0]) }); n != 0 {
		t.Errorf("sweep: %v allocations", n)
	}
	n := testing.AllocsPerRun(20, func() {
		if m.Update(arcs, closed) != nil || m.Update(arcs, open) != nil {
			t.Error("the update failed")
		}
	})
	if n != 0 {
		t.Errorf("update: %v allocations", n)
	}
}

func TestBadInputIsNamed(t *testing.T) {
	good := &Graph{FirstOut: []uint32{0, 1, 2}, Head: []uint32{1, 0}}
	h := mustBuild(t, good, []uint32{0, 1})
	m := h.NewMetric()
	build := func(g *Graph, order ...uint32) error { _, err := Build(g, order); return err }
	_, pin := m.Pin([]uint32{0, 2})
	_, order := FindOrder(t.Context(), &Graph{FirstOut: []uint32{0, 1}, Head: []uint32{7}}, OrderOptions{})
	for _, c := range []struct {
		err  error
		want string
	}{
		{build(&Graph{}), "without FirstOut"},
		{build(&Graph{FirstOut: []uint32{0, 1}}, 0), "from 0 to 1"},
		{build(&Graph{FirstOut: []uint32{0, 2, 1}, Head: []uint32{0}}, 0, 1), "falls from 2 to 1 at node 1"},
		{build(&Graph{FirstOut: []uint32{0, 1}, Head: []uint32{7}}, 0), "arc 0 leads to node 7"},
		{order, "arc 0 leads to node 7"},
		{build(good, 0), "order of 1 nodes for a graph of 2"},
		{build(good, 0, 2), "node 2 at place 1"},
		{build(good, 1, 1), "node 1 a second time at place 1"},
		{m.Customize([]uint32{1}, 1), "1 weights for a graph of 2 arcs"},
		{m.Update([]uint32{1}, nil), "0 weights for 1 arcs"},
		{m.Update([]uint32{2}, []uint32{1}), "arc 2: the graph has 2 arcs"},
		{pin, "target 2: there are 2 nodes"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
	empty := mustBuild(t, &Graph{FirstOut: []uint32{0}}, nil)
	if mean, most := empty.Depth(); mean != 0 || most != 0 || empty.NewMetric().Customize(nil, 2) != nil {
		t.Error("a graph without nodes is refused")
	}
	if order, err := FindOrder(t.Context(), &Graph{FirstOut: []uint32{0}}, OrderOptions{Threads: 3}); err != nil || len(order) != 0 {
		t.Errorf("order of no nodes: %v, %v", order, err)
	}
}
