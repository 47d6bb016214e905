package cch

import (
	"math"
	"slices"
	"testing"
)

// A judge checks sets of alternates from the graph alone.
type judge struct {
	g       *Graph
	weights []uint32
	// distance is that between two nodes.
	distance func(a, b uint32) uint32
}

func judgeOf(g *Graph, weights []uint32) *judge {
	known := map[uint32][]uint32{}
	return &judge{g: g, weights: weights, distance: func(a, b uint32) uint32 {
		if known[a] == nil {
			known[a] = dijkstra(g, weights, a)
		}
		return known[a][b]
	}}
}

func (j *judge) label(seeds []Seed, v uint32) uint32 {
	best := uint64(Inf)
	for _, s := range seeds {
		best = min(best, uint64(s.Weight)+uint64(j.distance(s.Node, v)))
	}
	return uint32(best)
}

func (j *judge) labelTo(v uint32, seeds []Seed) uint32 {
	best := uint64(Inf)
	for _, s := range seeds {
		if d := j.distance(v, s.Node); d < Inf {
			best = min(best, uint64(d)+uint64(s.Weight))
		}
	}
	return uint32(best)
}

// best returns the cost of the shortest route through the via sets.
func (j *judge) best(sources []Seed, vias [][]uint32, targets []Seed) uint32 {
	for _, via := range vias {
		var next []Seed
		for _, v := range via {
			next = append(next, Seed{v, j.label(sources, v)})
		}
		sources = next
	}
	best := Inf
	for _, s := range targets {
		if sum := uint64(j.label(sources, s.Node)) + uint64(s.Weight); sum < uint64(best) {
			best = uint32(sum)
		}
	}
	return best
}

// nodes returns the nodes that arcs pass from a node on.
func (j *judge) nodes(t testing.TB, from uint32, arcs []uint32) []uint32 {
	t.Helper()
	out := []uint32{from}
	for _, e := range arcs {
		at := out[len(out)-1]
		if e < j.g.FirstOut[at] || e >= j.g.FirstOut[at+1] {
			t.Fatalf("arc %d does not leave node %d", e, at)
		}
		out = append(out, j.g.Head[e])
	}
	return out
}

// check fails unless a set keeps all limits.
func (j *judge) check(t testing.TB, sources []Seed, vias [][]uint32, targets []Seed, l AlternateLimits, set *AlternateSet) {
	t.Helper()
	best := j.best(sources, vias, targets)
	if best == Inf {
		if len(set.Routes)+len(set.Vias)+len(set.Required)+len(set.Common) > 0 {
			t.Fatalf("no way, but %+v", set)
		}
		return
	}
	if len(set.Routes) == 0 || len(set.Routes) > l.Most || set.Routes[0].Cost != best || len(set.Vias) != len(vias) {
		t.Fatalf("%d routes of %d, vias %v; the first should cost %d: %+v", len(set.Routes), l.Most, set.Vias, best, set)
	}
	for i, v := range set.Vias {
		if !slices.Contains(vias[i], v) {
			t.Fatalf("via %d is not in %v", v, vias[i])
		}
	}
	budget := uint32(min(math.Floor(float64(best)*l.Stretch), float64(Inf-1)))
	window := uint64(math.Floor(float64(best) * l.Local))
	ends := func(i int) (from, to []Seed) {
		from, to = sources, targets
		if i > 0 {
			from = []Seed{{Node: set.Vias[i-1]}}
		}
		if i < len(vias) {
			to = []Seed{{Node: set.Vias[i]}}
		}
		return from, to
	}
	spared := map[uint32]bool{}
	if l.SpareRequired {
		for i := range len(vias) + 1 {
			from, to := ends(i)
			d := j.best(from, nil, to)
			for _, e := range j.requiredArcs(t, from, to, d+budget-best) {
				spared[e] = true
			}
		}
	}
	length := func(e uint32) uint64 {
		switch {
		case spared[e]:
			return 0
		case l.Length != nil:
			return uint64(l.Length[e])
		}
		return uint64(j.weights[e])
	}
	sum := func(arcs []uint32, only []uint32) (total uint64) {
		for _, e := range arcs {
			if only == nil || slices.Contains(only, e) {
				total += length(e)
			}
		}
		return total
	}
	passes := map[uint32]int{}
	first := make([][]uint32, len(vias)+1) // arcs of the shortest by section
	for i, r := range set.Routes {
		s, d := sources[r.Source], targets[r.Target]
		nodes := j.nodes(t, s.Node, r.Arcs)
		if nodes[len(nodes)-1] != d.Node {
			t.Fatalf("route %d ends at %d, want %d", i, nodes[len(nodes)-1], d.Node)
		}
		cost := uint64(s.Weight) + uint64(d.Weight)
		for _, e := range r.Arcs {
			cost += uint64(j.weights[e])
		}
		if uint64(r.Cost) != cost || r.Cost > budget || best > 0 && r.Stretch != float64(cost)/float64(best) {
			t.Fatalf("route %d: %d (stretch %v), should be %d and at most %d", i, r.Cost, r.Stretch, cost, budget)
		}
		if got := sum(r.Arcs, nil); got != r.Length || len(r.Shared) != i {
			t.Fatalf("route %d: length %d, want %d; %d shares", i, r.Length, got, len(r.Shared))
		}
		for k, other := range set.Routes[:i] {
			if slices.Equal(r.Arcs, other.Arcs) {
				t.Fatalf("routes %d and %d are the same", i, k)
			}
			here, there := sum(r.Arcs, append([]uint32{none}, other.Arcs...)), sum(other.Arcs, append([]uint32{none}, r.Arcs...))
			if float64(here) > l.Shared*float64(r.Length) || float64(there) > l.Shared*float64(other.Length) {
				t.Fatalf("routes %d and %d share %d of %d and %d of %d: more than %v", i, k, here, r.Length, there, other.Length, l.Shared)
			}
			if want := max(share(here, r.Length), share(there, other.Length)); r.Shared[k] != want {
				t.Fatalf("routes %d and %d share %v, said to be %v", i, k, want, r.Shared[k])
			}
		}
		begin := 0
		for k := range len(vias) + 1 {
			end := len(nodes) - 1
			if k < len(vias) {
				end = begin + slices.Index(nodes[begin:], set.Vias[k])
				if end < begin {
					t.Fatalf("route %d does not pass via %d, %d", i, k, set.Vias[k])
				}
			}
			from, to := ends(k)
			arcs := r.Arcs[begin:end]
			if i == 0 {
				first[k] = append([]uint32{none}, arcs...)
			}
			j.checkSection(t, from, to, nodes[begin:end+1], arcs, first[k], window, l.Detour, k == 0, k == len(vias), s.Weight, d.Weight)
			begin = end
		}
		slices.Sort(nodes)
		for _, v := range slices.Compact(nodes) {
			if l.Apart && passes[v] > 0 && !slices.Contains(set.Required, v) {
				t.Fatalf("route %d passes node %d of another", i, v)
			}
			passes[v]++
		}
	}
	var common []uint32
	for v, n := range passes {
		if n == len(set.Routes) && n > 1 && !slices.Contains(set.Required, v) {
			common = append(common, v)
		}
	}
	slices.Sort(common)
	if got := slices.Sorted(slices.Values(set.Common)); !slices.Equal(got, common) {
		t.Fatalf("all routes pass %v, said to be %v", common, got)
	}
	for _, v := range set.Required {
		if passes[v] != len(set.Routes) {
			t.Fatalf("node %d is required, but only %d of %d routes pass it", v, passes[v], len(set.Routes))
		}
	}
}

// checkSection fails unless a piece of a route between via nodes passes no node
// twice, is locally shortest, and keeps its detours.
func (j *judge) checkSection(t testing.TB, from, to []Seed, nodes, arcs, shortest []uint32, window uint64, detour float64, begins, finishes bool, source, target uint32) {
	t.Helper()
	seen := map[uint32]bool{}
	w := []uint64{0}
	for i, v := range nodes {
		if seen[v] {
			t.Fatalf("node %d twice in %v", v, nodes)
		}
		seen[v] = true
		if i > 0 {
			w = append(w, w[i-1]+uint64(j.weights[arcs[i-1]]))
		}
	}
	last := 0
	for a := range nodes {
		b := max(last, a)
		for b+1 < len(nodes) && w[b+1]-w[a] <= window {
			b++
		}
		// Pieces of shortest paths are shortest, so the longest will do.
		if b > last && uint64(j.distance(nodes[a], nodes[b])) != w[b]-w[a] {
			t.Fatalf("%d to %d takes %d, the shortest %d, within a window of %d", nodes[a], nodes[b], w[b]-w[a], j.distance(nodes[a], nodes[b]), window)
		}
		last = b
	}
	if detour == 0 {
		return
	}
	for i := 0; i < len(arcs); i++ {
		if slices.Contains(shortest, arcs[i]) {
			continue
		}
		b := i + 1
		for b < len(arcs) && !slices.Contains(shortest, arcs[b]) {
			b++
		}
		cost := w[b] - w[i]
		var least uint32
		if begins && i == 0 {
			cost += uint64(source)
		}
		if finishes && b == len(arcs) {
			cost += uint64(target)
		}
		switch {
		case i == 0 && b == len(arcs):
			least = j.best(from, nil, to)
		case i == 0:
			least = j.label(from, nodes[b])
		case b == len(arcs):
			least = j.labelTo(nodes[i], to)
		default:
			least = j.distance(nodes[i], nodes[b])
		}
		if float64(cost) > detour*float64(least) {
			t.Fatalf("off the shortest from %d to %d: %d, the distance is %d", nodes[i], nodes[b], cost, least)
		}
		i = b
	}
}

// requiredArcs returns the arcs without which no way is left in the corridor, by
// leaving out each in turn.
func (j *judge) requiredArcs(t testing.TB, from, to []Seed, budget uint32) []uint32 {
	t.Helper()
	var out []uint32
	for e := range uint32(j.g.Arcs()) {
		if !j.connected(from, to, budget, none, e) {
			out = append(out, e)
		}
	}
	return out
}

// requiredNodes does the same for nodes.
func (j *judge) requiredNodes(from, to []Seed, budget uint32) []uint32 {
	var out []uint32
	for v := range uint32(j.g.Nodes()) {
		if !j.connected(from, to, budget, v, none) {
			out = append(out, v)
		}
	}
	return out
}

// connected says whether a way through the corridor leads from one set to the
// other without a node and an arc.
func (j *judge) connected(from, to []Seed, budget, node, arc uint32) bool {
	forth, back := refill(nil, j.g.Nodes(), Inf), refill(nil, j.g.Nodes(), Inf)
	for v := range forth {
		forth[v], back[v] = j.label(from, uint32(v)), j.labelTo(uint32(v), to)
	}
	seen := make([]bool, j.g.Nodes())
	var stack []uint32
	push := func(v uint32) {
		if v != node && !seen[v] {
			seen[v] = true
			stack = append(stack, v)
		}
	}
	for _, s := range from {
		if uint64(s.Weight)+uint64(back[s.Node]) <= uint64(budget) {
			push(s.Node)
		}
	}
	for len(stack) > 0 {
		u := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, s := range to {
			if s.Node == u && uint64(forth[u])+uint64(s.Weight) <= uint64(budget) {
				return true
			}
		}
		for e := j.g.FirstOut[u]; e < j.g.FirstOut[u+1]; e++ {
			v := j.g.Head[e]
			if w := j.weights[e]; e != arc && w < Inf && uint64(forth[u])+uint64(w)+uint64(back[v]) <= uint64(budget) {
				push(v)
			}
		}
	}
	return false
}
