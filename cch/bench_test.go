package cch

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkGraphs measures every phase on the real graphs. One thread, except
// where the name says otherwise.
func BenchmarkGraphs(b *testing.B) {
	for _, name := range []string{"luxembourg", "delaware", "florida-topology"} {
		b.Run(name, func(b *testing.B) { benchGraph(b, name) })
	}
}

func benchGraph(b *testing.B, name string) {
	g, folder := realGraph(b, name)
	weights := vector(b, folder, "travel_time")
	var order []uint32
	b.Run("order", func(b *testing.B) {
		for b.Loop() {
			order = mustOrder(b, g, OrderOptions{})
		}
	})
	b.Run("order/threads=2", func(b *testing.B) {
		for b.Loop() {
			order = mustOrder(b, g, OrderOptions{Threads: 2})
		}
	})
	if order == nil {
		order = mustOrder(b, g, OrderOptions{Threads: 2})
	}
	h := mustBuild(b, g, order)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			mustBuild(b, g, order)
		}
		mean, most := h.Depth()
		b.ReportMetric(float64(h.Arcs()), "arcs")
		b.ReportMetric(float64(h.Triangles()), "triangles")
		b.ReportMetric(mean, "depth")
		b.ReportMetric(float64(most), "depth-max")
	})
	m := mustCustomize(b, h, weights, 1)
	customize := func(threads int) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if err := m.Customize(weights, threads); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("customize", customize(1))
	b.Run("customize/threads=2", customize(2))
	var perfect *Perfect
	b.Run("perfect", func(b *testing.B) {
		for b.Loop() {
			perfect = m.Perfect(1)
		}
		b.ReportMetric(float64(perfect.Arcs()), "arcs")
	})
	perfect = m.Perfect(1)
	rng := rand.New(rand.NewPCG(42, 42))
	nodes := func(count int) []uint32 {
		out := make([]uint32, count)
		for i := range out {
			out[i] = rng.Uint32N(uint32(g.Nodes()))
		}
		return out
	}
	b.Run("update100", func(b *testing.B) {
		var arcs, closed, open []uint32
		for range 100 {
			e := rng.Uint32N(uint32(g.Arcs()))
			arcs, closed, open = append(arcs, e), append(closed, Inf), append(open, weights[e])
		}
		for b.Loop() {
			if m.Update(arcs, closed) != nil || m.Update(arcs, open) != nil {
				b.Fatal("the update failed")
			}
		}
	})
	from, to := nodes(10_000), nodes(10_000)
	for _, c := range []struct {
		name string
		q    *Query
	}{{"metric", m.NewQuery()}, {"perfect", perfect.NewQuery()}} {
		b.Run("distance/"+c.name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				c.q.Distance(from[i], to[i])
				i = (i + 1) % len(from)
			}
		})
		b.Run("path/"+c.name, func(b *testing.B) {
			i := 0
			var path []uint32
			for b.Loop() {
				_, path = c.q.Path(from[i], to[i], path[:0])
				i = (i + 1) % len(from)
			}
		})
	}
	pinned, err := m.Pin(to[:1000])
	if err != nil {
		b.Fatal(err)
	}
	sweep := pinned.NewSweep()
	b.Run("sweep1000", func(b *testing.B) {
		i := 0
		var out []uint32
		for b.Loop() {
			out = sweep.Distances(from[i], out[:0])
			i = (i + 1) % len(from)
		}
	})
}
