package cch

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// turns makes the graph of turns of a town: a state for each arc of a grid, and
// a group for each pair of opposite arcs. Turning back is allowed at dead ends
// only, one turn in ten is forbidden.
func turns(w, h int, seed uint64) (g *Graph, weights, group []uint32) {
	town, times := grid(w, h, seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	numbers := map[[2]uint32]uint32{}
	tail := make([]uint32, town.Arcs())
	for v := range uint32(town.Nodes()) {
		for e := town.FirstOut[v]; e < town.FirstOut[v+1]; e++ {
			tail[e] = v
			piece := [2]uint32{min(v, town.Head[e]), max(v, town.Head[e])}
			if _, ok := numbers[piece]; !ok {
				numbers[piece] = uint32(len(numbers))
			}
			group = append(group, numbers[piece])
		}
	}
	g = &Graph{FirstOut: make([]uint32, 1, town.Arcs()+1)}
	for e, v := range town.Head {
		out := town.FirstOut[v+1] - town.FirstOut[v]
		for f := town.FirstOut[v]; f < town.FirstOut[v+1]; f++ {
			back := town.Head[f] == tail[e]
			if back && out > 1 || !back && rng.IntN(10) == 0 {
				continue
			}
			g.Head = append(g.Head, f)
			weights = append(weights, times[f]+rng.Uint32N(50))
		}
		g.FirstOut = append(g.FirstOut, uint32(len(g.Head)))
	}
	return g, weights, group
}

// TestLiftedOrderOfAnyGroups uses groups that have nothing to do with the graph,
// and leave out numbers.
func TestLiftedOrderOfAnyGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		most := rapid.SampledFrom([]uint32{0, 3, 40}).Draw(t, "most")
		group := rapid.SliceOfN(rapid.Uint32Range(0, most), g.Nodes(), g.Nodes()).Draw(t, "group")
		order, err := FindLiftedOrder(context.Background(), g, group, OrderOptions{Seed: rapid.Uint64().Draw(t, "seed")})
		if err != nil {
			t.Fatal(err)
		}
		h, err := Build(g, order)
		if err != nil {
			t.Fatal(err)
		}
		weights := rapid.SliceOfN(someWeight, g.Arcs(), g.Arcs()).Draw(t, "weights")
		m := h.NewMetric()
		if err := m.Customize(weights, 1); err != nil {
			t.Fatal(err)
		}
		checkAll(t, g, m, weights)
	})
}

func TestLiftedOrderForAllThreads(t *testing.T) {
	g, _, group := turns(80, 40, 5)
	one, err := FindLiftedOrder(t.Context(), g, group, OrderOptions{Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkOrder(one, g.Nodes()); err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 2, 5} {
		again, err := FindLiftedOrder(t.Context(), g, group, OrderOptions{Seed: 4, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one, again) {
			t.Errorf("%d threads find another order", threads)
		}
	}
}

// TestLiftedOrderIsGood: about as good as ordering the states themselves, here
// where every third street is one-way and groups tell little, and clearly better
// than states one group after the other.
func TestLiftedOrderIsGood(t *testing.T) {
	g, _, group := turns(60, 60, 8)
	lifted, err := FindLiftedOrder(t.Context(), g, group, OrderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := newLifting(g, group)
	pieces := mustOrder(t, &l.pieces, OrderOptions{})
	var plain []uint32
	for _, p := range pieces {
		plain = append(plain, l.of(p)...)
	}
	kept := mustBuild(t, g, lifted).KeptArcs()
	direct, flat := mustBuild(t, g, mustOrder(t, g, OrderOptions{})).KeptArcs(), mustBuild(t, g, plain).KeptArcs()
	t.Logf("arcs kept: lifted %d, ordered directly %d, one group after the other %d", kept, direct, flat)
	if 10*kept > 11*direct || 10*kept > 9*flat {
		t.Errorf("arcs kept: lifted %d, ordered directly %d, one group after the other %d", kept, direct, flat)
	}
}

// TestFrontIsElimination plays the elimination game on the states with
// directions, for one block, and compares what is left with what the front
// passes on; each state must be joined to as few others as any when it goes.
func TestFrontIsElimination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		n := uint32(g.Nodes())
		split := rapid.Uint32Range(0, n).Draw(t, "split") // states below it are the block
		group := make([]uint32, n)
		l := newLifting(g, group)
		place := make([]uint32, n)
		for v := split; v < n; v++ {
			place[v] = 1
		}
		f := &front{l: l, place: place, local: refill[uint32](nil, int(n), none)}
		states := make([]uint32, split)
		for v := range states {
			states[v] = uint32(v)
		}
		left := f.order(0, states, nil)
		for _, x := range f.local {
			if x != none {
				t.Fatal("the front does not clean up")
			}
		}
		leads := make([][]bool, n)
		for v := range leads {
			leads[v] = make([]bool, n)
		}
		for v := range n {
			for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
				if v < split || w < split {
					leads[v][w] = v != w
				}
			}
		}
		gone := make([]bool, n)
		joined := func(v uint32) int {
			sum := 0
			for w := range n {
				if !gone[w] && (leads[v][w] || leads[w][v]) {
					sum++
				}
			}
			return sum
		}
		for _, v := range states {
			for w := range split {
				if !gone[w] && joined(w) < joined(v) {
					t.Fatalf("state %d joined to %d others goes before state %d joined to %d", v, joined(v), w, joined(w))
				}
			}
			gone[v] = true
			for x := range n {
				for y := range n {
					if !gone[x] && !gone[y] && x != y && leads[x][v] && leads[v][y] {
						leads[x][y] = true
					}
				}
			}
		}
		for i, x := range left.state {
			for j, y := range left.state {
				if got := left.out[i*left.words+j/64]>>(j%64)&1 == 1; got != leads[x][y] {
					t.Fatalf("%d leads to %d: %v, want %v", x, y, got, leads[x][y])
				}
			}
		}
	})
}

func TestOrderEndsWithItsContext(t *testing.T) {
	g, _, group := turns(150, 150, 1)
	find := map[string]func(ctx context.Context) error{
		"order": func(ctx context.Context) error { _, err := FindOrder(ctx, g, OrderOptions{Threads: 2}); return err },
		"lifted": func(ctx context.Context) error {
			_, err := FindLiftedOrder(ctx, g, group, OrderOptions{Threads: 2})
			return err
		},
	}
	for name, order := range find {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := order(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that the context has ended", name, err)
		}
		// Ends while cuts are looked for: an order of this graph takes longer.
		soon, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		if err := order(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want that the time is over", name, err)
		}
		cancel()
	}
}

func TestBadGroupsAreNamed(t *testing.T) {
	g := &Graph{FirstOut: []uint32{0, 1, 2}, Head: []uint32{1, 0}}
	for _, c := range []struct {
		g     *Graph
		group []uint32
		want  string
	}{
		{g, []uint32{0}, "1 groups for a graph of 2 states"},
		{g, []uint32{0, 1 << 30}, "state 1 is of group 1073741824"},
		{&Graph{}, nil, "without FirstOut"},
	} {
		if _, err := FindLiftedOrder(t.Context(), c.g, c.group, OrderOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	if order, err := FindLiftedOrder(t.Context(), &Graph{FirstOut: []uint32{0}}, nil, OrderOptions{}); err != nil || len(order) != 0 {
		t.Errorf("order of no states: %v, %v", order, err)
	}
}
