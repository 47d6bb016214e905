package cch

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

func vector(tb testing.TB, folder, name string) []uint32 {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

// often returns how often a test on a real graph repeats itself: a few times,
// and many times with OUTRIDER_LONG=1.
func often(few, many int) int {
	if os.Getenv("OUTRIDER_LONG") == "1" {
		return many
	}
	return few
}

// realOrders keeps the order of each real graph that a test asked for.
var realOrders sync.Map

// realOrder returns the order of a real graph, which is found once.
func realOrder(tb testing.TB, name string, g *Graph) []uint32 {
	tb.Helper()
	if order, ok := realOrders.Load(name); ok {
		return order.([]uint32)
	}
	order := mustOrder(tb, g, OrderOptions{Threads: 2})
	realOrders.Store(name, order)
	return order
}

func realGraph(tb testing.TB, name string) (g *Graph, folder string) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("real graphs are left out with -short")
	}
	folder = testdata.Graph(tb, name)
	return &Graph{FirstOut: vector(tb, folder, "first_out"), Head: vector(tb, folder, "head")}, folder
}

// TestLuxembourg answers every fifth of the 100,000 reference queries that come
// with the graph, all with OUTRIDER_LONG=1.
func TestLuxembourg(t *testing.T) {
	g, folder := realGraph(t, "luxembourg")
	h := mustBuild(t, g, realOrder(t, "luxembourg", g))
	t.Logf("%d arcs, %d triangles", h.Arcs(), h.Triangles())
	if h.Arcs() > 215_837 || h.Triangles() > 696_000 {
		t.Errorf("%d arcs and %d triangles: more than InertialFlowCutter's 215,837 and 696 thousand", h.Arcs(), h.Triangles())
	}
	source, target := vector(t, folder, "source_node"), vector(t, folder, "target_node")
	m := h.NewMetric()
	q := m.NewQuery()
	var path []uint32
	step := often(5, 1)
	for _, kind := range []string{"travel_time", "geo_distance"} {
		weights := vector(t, folder, kind)
		if err := m.Customize(weights, 2); err != nil {
			t.Fatal(err)
		}
		perfect := m.Perfect(2).NewQuery()
		for i, want := range vector(t, folder, "query_reference_"+kind+"_length") {
			if i%step != 0 {
				continue
			}
			s, d := source[i], target[i]
			if got := q.Distance(s, d); got != want {
				t.Fatalf("%s %d to %d: %d, want %d", kind, s, d, got, want)
			}
			if got := perfect.Distance(s, d); got != want {
				t.Fatalf("%s %d to %d on needed arcs: %d, want %d", kind, s, d, got, want)
			}
			if i%10 == 0 {
				var got uint32
				got, path = perfect.Path(s, d, path[:0])
				if got != want {
					t.Fatalf("%s path %d to %d: %d, want %d", kind, s, d, got, want)
				}
				checkPath(t, g, weights, s, d, want, path)
			}
		}
	}
}

// TestRealGraphs compares 25 sources and 100 targets with Dijkstra on each
// graph, and 100 closures with customizing afresh. With OUTRIDER_LONG=1 it does
// so from 100 sources and on the large graph too, which takes a minute.
func TestRealGraphs(t *testing.T) {
	for _, c := range []struct {
		name, weights   string
		arcs, triangles int // no more than with the order of InertialFlowCutter
		long            bool
	}{
		{"luxembourg", "travel_time", 215_837, 696_000, false},
		{"delaware", "travel_time", 216_244, 600_000, false},
		{"florida-topology", "travel_time", 3_440_231, 12_243_000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.long && os.Getenv("OUTRIDER_LONG") != "1" {
				t.Skip("takes a minute; set OUTRIDER_LONG=1")
			}
			g, folder := realGraph(t, c.name)
			h := mustBuild(t, g, realOrder(t, c.name, g))
			mean, most := h.Depth()
			t.Logf("%d arcs, %d triangles, depth %.1f / %d", h.Arcs(), h.Triangles(), mean, most)
			if h.Arcs() > c.arcs || h.Triangles() > uint64(c.triangles) {
				t.Errorf("%d arcs and %d triangles, want at most %d and %d", h.Arcs(), h.Triangles(), c.arcs, c.triangles)
			}
			weights := vector(t, folder, c.weights)
			m := mustCustomize(t, h, weights, 2)
			perfect := m.Perfect(2)
			rng := rand.New(rand.NewPCG(1, 2))
			targets := make([]uint32, 100)
			for i := range targets {
				targets[i] = rng.Uint32N(uint32(g.Nodes()))
			}
			pinned, err := perfect.Pin(targets)
			if err != nil {
				t.Fatal(err)
			}
			sweep, plain, fast := pinned.NewSweep(), m.NewQuery(), perfect.NewQuery()
			var path, swept []uint32
			for range often(25, 100) {
				s := rng.Uint32N(uint32(g.Nodes()))
				want := dijkstra(g, weights, s)
				swept = sweep.Distances(s, swept[:0])
				for i, d := range targets {
					if got := [3]uint32{plain.Distance(s, d), fast.Distance(s, d), swept[i]}; got != [3]uint32{want[d], want[d], want[d]} {
						t.Fatalf("%d to %d: %v, want %d", s, d, got, want[d])
					}
					for _, q := range []*Query{plain, fast} {
						_, path = q.Path(s, d, path[:0])
						checkPath(t, g, weights, s, d, want[d], path)
					}
				}
			}
			var arcs, closed []uint32
			for range 100 {
				e := rng.Uint32N(uint32(g.Arcs()))
				arcs, closed = append(arcs, e), append(closed, Inf)
				weights[e] = Inf
			}
			if err := m.Update(arcs, closed); err != nil {
				t.Fatal(err)
			}
			fresh := mustCustomize(t, h, weights, 1)
			if !slices.Equal(m.up, fresh.up) || !slices.Equal(m.down, fresh.down) {
				t.Error("100 closures lead to other weights than customizing afresh")
			}
		})
	}
}
