package cch

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestSharedMetricManyGoroutines has one object of each kind in each of many
// goroutines, all on one metric; the race detector looks on where it is built in.
func TestSharedMetricManyGoroutines(t *testing.T) {
	g, weights := grid(30, 30, 5)
	n := uint32(g.Nodes())
	h := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	m := mustCustomize(t, h, weights, 1)
	perfect := m.Perfect(1)
	pinned, err := perfect.Pin([]uint32{3, 77, 500})
	if err != nil {
		t.Fatal(err)
	}
	places, err := m.Places([]uint32{9, 444, 801}, 2)
	if err != nil {
		t.Fatal(err)
	}
	run := func() []uint32 {
		rng := rand.New(rand.NewPCG(8, 8))
		queries := []*Query{m.NewQuery(), perfect.NewQuery()}
		search, corridor, sweep, near := m.NewSearch(), m.NewCorridor(), pinned.NewSweep(), places.NewSearch()
		tree, alternates := m.NewTree(), m.NewAlternates()
		var out []uint32
		for range 20 {
			s, d := rng.Uint32N(n), rng.Uint32N(n)
			for _, q := range queries {
				var dist uint32
				dist, out = q.Path(s, d, out)
				out = append(out, dist, q.Distance(s, d))
			}
			from, to := []Seed{{s, 1}, {d, 2}}, []Seed{{rng.Uint32N(n), 0}}
			dist, i, j := search.Between(from, to)
			out = search.Path(append(out, dist, uint32(i), uint32(j)))
			for _, p := range corridor.Nodes(s, d, 5000, nil) {
				out = append(out, p.Node, p.From, p.To)
			}
			out = sweep.Distances(s, out)
			for _, p := range near.Nearest(s, nil) {
				out = append(out, p.Place, p.Distance)
			}
			tree.From(from, 4000)
			for _, v := range tree.Sorted(nil) {
				out = append(out, v.Node, v.Label)
			}
			set, err := alternates.Find(from, nil, to, AlternateLimits{Most: 3, Stretch: 1.4, Shared: 0.6, Local: 0.2})
			if err != nil {
				t.Error(err)
			}
			for _, r := range set.Routes {
				out = append(out, r.Arcs...)
			}
		}
		return out
	}
	want := run()
	results := make([][]uint32, 12)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = run() })
	}
	all.Wait()
	for i, got := range results {
		if !slices.Equal(got, want) {
			t.Errorf("goroutine %d: other results than alone", i)
		}
	}
}
