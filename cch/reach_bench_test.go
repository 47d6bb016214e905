package cch

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkReach measures lanes, tables, nearest places and corridors on the
// real graphs. One thread, except where the name says otherwise.
func BenchmarkReach(b *testing.B) {
	for _, name := range []string{"luxembourg", "delaware", "florida-topology"} {
		b.Run(name, func(b *testing.B) { benchReach(b, name) })
	}
}

func benchReach(b *testing.B, name string) {
	g, folder := realGraph(b, name)
	weights := vector(b, folder, "travel_time")
	h := mustBuild(b, g, mustOrder(b, g, OrderOptions{Threads: 2}))
	m := mustCustomize(b, h, weights, 2)
	b.Run("customize", func(b *testing.B) {
		for b.Loop() {
			if err := m.Customize(weights, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	sets := someSets(weights, 1)
	l := h.NewLanes()
	lanes := func(threads int, unit laneUnit) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if err := l.customize(sets, threads, unit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/LaneCount, "ns/metric")
		}
	}
	b.Run("lanes/plain", lanes(1, plainUnit()))
	b.Run("lanes/best", lanes(1, bestUnit()))
	b.Run("lanes/best/threads=2", lanes(2, bestUnit()))
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			if err := l.CopyTo(3, m); err != nil {
				b.Fatal(err)
			}
		}
	})
	m = mustCustomize(b, h, weights, 2)
	perfect := m.Perfect(2)
	rng := rand.New(rand.NewPCG(42, 42))
	sources, targets := make([]uint32, 1000), make([]uint32, 1000)
	for i := range sources {
		sources[i], targets[i] = rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(uint32(g.Nodes()))
	}
	for name, unit := range bothUnits() {
		b.Run("table1000x1000/"+name, func(b *testing.B) {
			var out []uint32
			for b.Loop() {
				pinned, err := perfect.Pin(targets)
				if err != nil {
					b.Fatal(err)
				}
				if out, err = pinned.table(sources, 1, out[:0], unit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/pair")
		})
	}
	near, err := perfect.Places(targets, 5)
	if err != nil {
		b.Fatal(err)
	}
	search := near.NewSearch()
	b.Run("nearest5of1000", func(b *testing.B) {
		var out []Near
		i := 0
		for b.Loop() {
			out = search.Nearest(sources[i], out[:0])
			i = (i + 1) % len(sources)
		}
	})
	c, q := m.NewCorridor(), m.NewQuery()
	b.Run("corridor1.1", func(b *testing.B) {
		var out []Passed
		i, found := 0, 0
		for b.Loop() {
			s, t := sources[i], targets[i]
			d := q.Distance(s, t)
			out = c.Nodes(s, t, d+d/10, out[:0])
			found += len(out)
			i = (i + 1) % len(sources)
		}
		b.ReportMetric(float64(found)/float64(b.N), "nodes")
	})
}
