package cch_test

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
)

// TestTurnsOfDelaware orders all states of a real map, forbidden turns left out,
// and compares distances and paths with Dijkstra on the states.
func TestTurnsOfDelaware(t *testing.T) {
	if testing.Short() {
		t.Skip("a real map is left out with -short")
	}
	m, _, err := mapbuild.Build(t.Context(), []string{testdata.Delaware(t)}, mapbuild.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &cch.Graph{FirstOut: m.TurnFirst}
	for _, s := range m.TurnTo {
		g.Head = append(g.Head, uint32(s))
	}
	var group []uint32
	for _, a := range m.StateArc {
		group = append(group, uint32(a.Chain()))
	}
	order, err := cch.FindLiftedOrder(t.Context(), g, group, cch.OrderOptions{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	h, err := cch.Build(g, order)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d states, %d turns: %d arcs, %d kept, %d triangles", g.Nodes(), g.Arcs(), h.Arcs(), h.KeptArcs(), h.Triangles())
	// Ordering the states themselves leads to 1,062,809 arcs that can be used.
	if h.KeptArcs() > 1_000_000 {
		t.Errorf("%d arcs are kept, want fewer than a million", h.KeptArcs())
	}
	rng := rand.New(rand.NewPCG(4, 4))
	weights := make([]uint32, g.Arcs())
	for e := range weights {
		if weights[e] = uint32(m.Length[m.StateArc[g.Head[e]].Chain()]); rng.IntN(50) == 0 {
			weights[e] = cch.Inf
		}
	}
	metric := h.NewMetric()
	if err := metric.Customize(weights, 2); err != nil {
		t.Fatal(err)
	}
	queries := []*cch.Query{metric.NewQuery(), metric.Perfect(2).NewQuery()}
	var path []uint32
	found := 0
	for range 10 {
		s := rng.Uint32N(uint32(g.Nodes()))
		want := statesFrom(g, weights, s)
		for range 100 {
			d := rng.Uint32N(uint32(g.Nodes()))
			for _, q := range queries {
				var got uint32
				if got, path = q.Path(s, d, path[:0]); got != want[d] || q.Distance(s, d) != got {
					t.Fatalf("%d to %d: %d, want %d", s, d, got, want[d])
				}
				at, sum := s, uint32(0)
				for _, e := range path {
					if e < g.FirstOut[at] || e >= g.FirstOut[at+1] {
						t.Fatalf("%d to %d: turn %d does not leave state %d", s, d, e, at)
					}
					at, sum = g.Head[e], sum+weights[e]
				}
				if got < cch.Inf && (at != d || sum != got) {
					t.Fatalf("%d to %d: path ends at %d with %d, want %d", s, d, at, sum, got)
				}
			}
			if want[d] < cch.Inf {
				found++
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d of 1000 pairs have a way: the test shows little", found)
	}
}

type label struct {
	distance uint64
	state    uint32
}

type labels []label

func (l labels) Len() int           { return len(l) }
func (l labels) Less(i, j int) bool { return l[i].distance < l[j].distance }
func (l labels) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *labels) Push(x any)        { *l = append(*l, x.(label)) }
func (l *labels) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// statesFrom is Dijkstra's algorithm by the book.
func statesFrom(g *cch.Graph, weights []uint32, from uint32) []uint32 {
	out := slices.Repeat([]uint32{cch.Inf}, g.Nodes())
	done := make([]bool, g.Nodes())
	queue := &labels{{0, from}}
	for queue.Len() > 0 {
		top := heap.Pop(queue).(label)
		if done[top.state] {
			continue
		}
		done[top.state] = true
		out[top.state] = uint32(top.distance)
		for e := g.FirstOut[top.state]; e < g.FirstOut[top.state+1]; e++ {
			if sum := top.distance + uint64(weights[e]); weights[e] < cch.Inf && sum < uint64(cch.Inf) && !done[g.Head[e]] {
				heap.Push(queue, label{sum, g.Head[e]})
			}
		}
	}
	return out
}
