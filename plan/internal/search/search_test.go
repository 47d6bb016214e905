package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// network is a random state graph with ghosts (states beyond the arcs), parallel
// turns, loops, bans and closed arcs.
type network struct {
	first, to, stateArc []uint32
	arcs                int
	metric              Metric
	sources             []Source
	targets             []Target
}

func drawNetwork(t *rapid.T) network {
	arcs := rapid.IntRange(1, 14).Draw(t, "arcs")
	ghosts := rapid.IntRange(0, 6).Draw(t, "ghosts")
	weight := rapid.OneOf(rapid.Uint32Range(0, 20), rapid.Just(uint32(Unreachable)), rapid.Uint32Range(Unreachable-3, Unreachable))
	light := rapid.OneOf(rapid.Uint32Range(0, 20), rapid.Uint32Range(0, 20), rapid.Uint32Range(0, 20), weight)
	n := network{arcs: arcs, first: []uint32{0}}
	for a := range arcs {
		n.stateArc = append(n.stateArc, uint32(a))
		n.metric.Arc = append(n.metric.Arc, light.Draw(t, "arc"))
	}
	for range ghosts {
		n.stateArc = append(n.stateArc, uint32(rapid.IntRange(0, arcs-1).Draw(t, "ghost")))
	}
	for range n.stateArc {
		for range rapid.IntRange(0, 4).Draw(t, "turns") {
			n.to = append(n.to, uint32(rapid.IntRange(0, arcs+ghosts-1).Draw(t, "to")))
			n.metric.Turn = append(n.metric.Turn, light.Draw(t, "turn"))
		}
		n.first = append(n.first, uint32(len(n.to)))
	}
	for range rapid.IntRange(1, 2).Draw(t, "sources") {
		n.sources = append(n.sources, Source{uint32(rapid.IntRange(0, arcs-1).Draw(t, "source")), light.Draw(t, "label")})
	}
	for range rapid.IntRange(1, 2).Draw(t, "targets") {
		n.targets = append(n.targets, Target{uint32(rapid.IntRange(0, arcs+ghosts-1).Draw(t, "target")), rapid.Uint32Range(0, 20).Draw(t, "part")})
	}
	return n
}

// labels is the oracle: Bellman-Ford on the definition of a label.
func (n network) labels() []uint64 {
	const far = 1 << 40
	d := make([]uint64, len(n.stateArc))
	for s := range d {
		d[s] = far
	}
	for _, s := range n.sources {
		if s.Label < Unreachable {
			d[s.State] = min(d[s.State], uint64(s.Label))
		}
	}
	for range n.stateArc {
		for s := range n.stateArc {
			for i := n.first[s]; i < n.first[s+1]; i++ {
				w, u := n.metric.Arc[n.stateArc[n.to[i]]], n.metric.Turn[i]
				if w < Unreachable && u < Unreachable {
					if x := d[s] + uint64(u) + uint64(w); x < Unreachable {
						d[n.to[i]] = min(d[n.to[i]], x)
					}
				}
			}
		}
	}
	return d
}

func (n network) arrival(d []uint64, targets []Target) uint64 {
	best := uint64(1 << 40)
	for s := range n.stateArc {
		for i := n.first[s]; i < n.first[s+1]; i++ {
			for _, t := range targets {
				if n.to[i] == t.State && n.metric.Turn[i] < Unreachable {
					if c := d[s] + uint64(n.metric.Turn[i]) + uint64(t.Part); c < Unreachable {
						best = min(best, c)
					}
				}
			}
		}
	}
	return best
}

// cost adds up a path state by state, failing where it is not one.
func (n network) cost(t *rapid.T, path []uint32) uint64 {
	c := uint64(1 << 40)
	for _, s := range n.sources {
		if s.State == path[0] {
			c = min(c, uint64(s.Label))
		}
	}
	for i := 1; i < len(path); i++ {
		turn := uint64(1 << 40)
		for k := n.first[path[i-1]]; k < n.first[path[i-1]+1]; k++ {
			if n.to[k] == path[i] && n.metric.Turn[k] < Unreachable {
				turn = min(turn, uint64(n.metric.Turn[k]))
			}
		}
		c += turn
		if i < len(path)-1 {
			c += uint64(n.metric.Arc[n.stateArc[path[i]]])
			continue
		}
		part := uint64(1 << 40)
		for _, x := range n.targets {
			if x.State == path[i] {
				part = min(part, uint64(x.Part))
			}
		}
		c += part
	}
	if c >= 1<<40 {
		t.Fatalf("path %v takes a turn, source or target that is not there", path)
	}
	return c
}

func TestSearchesEqualBellmanFord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		g, err := NewGraph(n.first, n.to, n.stateArc, n.arcs)
		if err != nil {
			t.Fatal(err)
		}
		q := NewQuery(g)
		d := n.labels()
		want := n.arrival(d, n.targets)
		got, ok := q.Shortest(n.metric, n.sources, n.targets)
		if ok != (want < Unreachable) || (ok && uint64(got) != want) {
			t.Fatalf("Shortest = %d, %v; Bellman-Ford says %d", got, ok, want)
		}
		if ok {
			if c := n.cost(t, q.Path(nil)); c != want {
				t.Fatalf("path costs %d, not %d", c, want)
			}
		}

		budget := rapid.OneOf(rapid.Uint32Range(0, 100), rapid.Just(uint32(Unreachable-1))).Draw(t, "budget")
		var tree, back Tree
		q.Forward(n.metric, n.sources, budget, &tree)
		for s, x := range d {
			w := uint32(Unreachable)
			if x <= uint64(budget) {
				w = uint32(x)
			}
			if tree.Label(uint32(s)) != w {
				t.Fatalf("forward label of %d is %d, not %d", s, tree.Label(uint32(s)), w)
			}
		}
		q.Backward(n.metric, n.targets, budget, &back)
		for s := range n.stateArc {
			alone := n
			alone.sources = []Source{{uint32(s), 0}}
			w := alone.arrival(alone.labels(), n.targets)
			if w > uint64(budget) {
				w = Unreachable
			}
			if uint64(back.Label(uint32(s))) != w {
				t.Fatalf("backward label of %d is %d, not %d", s, back.Label(uint32(s)), w)
			}
		}
		settled := map[uint32]bool{}
		for _, s := range back.Order {
			p, final, ok := back.Parent(s)
			if !ok || (!final && !settled[p]) {
				t.Fatalf("parent of %d in the backward tree comes after it", s)
			}
			settled[s] = true
		}

		// Arrival reads off a full forward tree what Shortest finds.
		q.Forward(n.metric, n.sources, Unreachable-1, &tree)
		for _, x := range n.targets {
			w := n.arrival(d, []Target{x})
			c, before, ok := g.Arrival(n.metric, &tree, x)
			if ok != (w < Unreachable) || (ok && uint64(c) != w) {
				t.Fatalf("Arrival = %d, %v; want %d", c, ok, w)
			}
			if ok && tree.Label(before) == Unreachable {
				t.Fatalf("Arrival goes through %d, which has no label", before)
			}
		}

		// Within, with a place closed after the bound was made.
		q.Backward(n.metric, n.targets, budget, &back)
		if len(n.to) > 0 && rapid.Bool().Draw(t, "close") {
			n.metric.Turn = slices.Clone(n.metric.Turn)
			n.metric.Turn[rapid.IntRange(0, len(n.to)-1).Draw(t, "closed")] = Unreachable
		}
		want = n.arrival(n.labels(), n.targets)
		got, ok = q.Within(n.metric, n.sources, n.targets, &back, budget)
		if ok != (want <= uint64(budget)) || (ok && uint64(got) != want) {
			t.Fatalf("Within(%d) = %d, %v; want %d", budget, got, ok, want)
		}
		if ok {
			if c := n.cost(t, q.Path(nil)); c != want {
				t.Fatalf("path within costs %d, not %d", c, want)
			}
		}
	})
}

func TestNewGraphRefusesWhatIsNoGraph(t *testing.T) {
	for name, x := range map[string]network{
		"offsets short":    {first: []uint32{0}, stateArc: []uint32{0}, arcs: 1},
		"offsets falling":  {first: []uint32{0, 1, 0}, stateArc: []uint32{0, 1}, arcs: 2},
		"turn to nowhere":  {first: []uint32{0, 1}, to: []uint32{1}, stateArc: []uint32{0}, arcs: 1},
		"more arcs":        {first: []uint32{0, 0}, stateArc: []uint32{0}, arcs: 2},
		"arc out of range": {first: []uint32{0, 0, 0}, stateArc: []uint32{0, 1}, arcs: 1},
		"arc not itself":   {first: []uint32{0, 0, 0}, stateArc: []uint32{1, 0}, arcs: 2},
	} {
		if _, err := NewGraph(x.first, x.to, x.stateArc, x.arcs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// grid is a street grid of side×side junctions; every arc is also a state.
func grid(side int, random *rand.Rand) (*Graph, Metric) {
	type arc struct{ from, to int }
	var arcs []arc
	out := make([][]uint32, side*side)
	add := func(a, b int) {
		out[a] = append(out[a], uint32(len(arcs)))
		arcs = append(arcs, arc{a, b})
		out[b] = append(out[b], uint32(len(arcs)))
		arcs = append(arcs, arc{b, a})
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				add(y*side+x, y*side+x+1)
			}
			if y+1 < side {
				add(y*side+x, (y+1)*side+x)
			}
		}
	}
	first, stateArc := []uint32{0}, []uint32(nil)
	var to []uint32
	var m Metric
	for i, a := range arcs {
		stateArc = append(stateArc, uint32(i))
		m.Arc = append(m.Arc, 5000+random.Uint32N(5000))
		for _, next := range out[a.to] {
			if next != uint32(i)^1 {
				to = append(to, next)
				m.Turn = append(m.Turn, random.Uint32N(3000))
			}
		}
		first = append(first, uint32(len(to)))
	}
	g, err := NewGraph(first, to, stateArc, len(arcs))
	if err != nil {
		panic(err)
	}
	return g, m
}

func TestQueriesDoNotAllocate(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	g, m := grid(40, random)
	q := NewQuery(g)
	var there, back Tree
	var path []uint32
	sources, targets := []Source{{0, 0}}, []Target{{uint32(g.Arcs() - 1), 0}}
	run := func() {
		cost, ok := q.Shortest(m, sources, targets)
		if !ok {
			t.Fatal("no way across the grid")
		}
		path = q.Path(path[:0])
		q.Forward(m, sources, cost, &there)
		q.Backward(m, targets, cost, &back)
		if c, ok := q.Within(m, sources, targets, &back, cost); !ok || c != cost {
			t.Fatalf("Within finds %d, %v where Shortest found %d", c, ok, cost)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations a query", n)
	}
}

func BenchmarkShortest(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	g, m := grid(300, random)
	q := NewQuery(g)
	b.ReportAllocs()
	for b.Loop() {
		s, t := random.Uint32N(uint32(g.Arcs())), random.Uint32N(uint32(g.Arcs()))
		if _, ok := q.Shortest(m, []Source{{s, 0}}, []Target{{t, 0}}); !ok {
			b.Fatal("no way")
		}
	}
}
