package cch

import (
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkQuestions measures seeds, trees, corridors of seeds, places that
// reach a node and alternates on the real graphs. Each is run in turn with the
// distance query, so that both see the same load of the machine; read the ratio.
func BenchmarkQuestions(b *testing.B) {
	for _, name := range []string{"luxembourg", "delaware"} {
		b.Run(name, func(b *testing.B) { benchQuestions(b, name) })
	}
}

func benchQuestions(b *testing.B, name string) {
	g, folder := realGraph(b, name)
	weights, lengths := vector(b, folder, "travel_time"), vector(b, folder, "geo_distance")
	m := mustCustomize(b, mustBuild(b, g, mustOrder(b, g, OrderOptions{Threads: 2})), weights, 2)
	perfect := m.Perfect(2)
	rng := rand.New(rand.NewPCG(42, 42))
	const many = 1000
	seeds := make([]Seed, many)
	for i := range seeds {
		seeds[i] = Seed{rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(1000)}
	}
	q := m.NewQuery()
	distance := func(i int) uint32 {
		return q.Distance(seeds[i].Node, seeds[(i+many/2)%many].Node)
	}
	against := func(name string, batch int, question func(i int)) {
		b.Run(name, func(b *testing.B) {
			var plain, asked time.Duration
			i := 0
			for b.Loop() {
				begin := time.Now()
				for k := range 20 {
					distance((i + k) % many)
				}
				middle := time.Now()
				for k := range batch {
					question((i + k) % many)
				}
				plain, asked = plain+middle.Sub(begin)/20, asked+time.Since(middle)/time.Duration(batch)
				i = (i + batch) % many
			}
			b.ReportMetric(float64(asked.Nanoseconds())/float64(b.N)/1e3, "us")
			b.ReportMetric(float64(plain.Nanoseconds())/float64(b.N)/1e3, "distance-us")
			b.ReportMetric(float64(asked)/float64(plain), "ratio")
		})
	}
	to := func(i, n int) []Seed { i = (i + many/2) % many; return seeds[i:min(i+n, many)] }
	from := func(i, n int) []Seed { return seeds[i:min(i+n, many)] }
	search, fast := m.NewSearch(), perfect.NewSearch()
	against("between1x1", 20, func(i int) { search.Between(from(i, 1), to(i, 1)) })
	against("between4x4", 20, func(i int) { search.Between(from(i, 4), to(i, 4)) })
	against("between4x4/perfect", 20, func(i int) { fast.Between(from(i, 4), to(i, 4)) })
	against("between300x300", 1, func(i int) { search.Between(from(i%700, 300), to(i%700, 300)) })
	var path []uint32
	against("between4x4path", 20, func(i int) {
		search.Between(from(i, 4), to(i, 4))
		path = search.Path(path[:0])
	})
	tree := m.NewTree()
	for _, c := range []struct {
		name   string
		budget uint32
	}{{"tree1min", 60_000}, {"tree10min", 600_000}, {"treeAll", Inf}} {
		against(c.name, 1, func(i int) { tree.From(from(i, 4), c.budget) })
	}
	corridor := m.NewCorridor()
	var out []Passed
	against("corridor1.1", 1, func(i int) {
		d := distance(i)
		out = corridor.Nodes(seeds[i].Node, to(i, 1)[0].Node, d+d/10, out[:0])
	})
	against("corridor4x4", 1, func(i int) {
		d, _, _ := search.Between(from(i, 4), to(i, 4))
		out = corridor.Between(from(i, 4), to(i, 4), d+d/10, out[:0])
	})
	nodes := make([]uint32, many)
	for i := range nodes {
		nodes[i] = seeds[i].Node
	}
	reaching, err := perfect.PlacesReaching(nodes, 5)
	if err != nil {
		b.Fatal(err)
	}
	near := reaching.NewSearch()
	var found []Near
	against("reaching5of1000", 20, func(i int) { found = near.Nearest(seeds[i].Node, found[:0]) })
	a := m.NewAlternates()
	l := AlternateLimits{Most: 3, Stretch: 1.3, Shared: 0.6, Local: 0.2, Detour: 1.6, Length: lengths}
	alternates := func(stretch float64, via bool) func(i int) {
		return func(i int) {
			l.Stretch = stretch
			var vias [][]uint32
			if via {
				vias = [][]uint32{nodes[(i+77)%many:][:1]}
			}
			if _, err := a.Find(from(i, 1), vias, to(i, 1), l); err != nil {
				b.Fatal(err)
			}
		}
	}
	against("alternates1.1", 1, alternates(1.1, false))
	against("alternates1.3", 1, alternates(1.3, false))
	against("alternates1.3via", 1, alternates(1.3, true))
}
