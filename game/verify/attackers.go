package verify

import (
	"fmt"
	"math"
	"slices"
)

// worstSet finds the best set of edges against the mix by branch and bound: what a
// further edge adds never grows with the set, so that the largest additions bound
// what is still to come. Given up, it returns a bound that holds all the same.
func (c *checker) worstSet() (value float64, what string) {
	in := c.in
	routes := c.result.Planner
	on := map[uint32][]int{}
	for i, r := range routes {
		met := map[uint32]bool{}
		for _, e := range r.Edges {
			if !met[e] && in.P[e] > 0 && r.Prob > 0 {
				met[e] = true
				on[e] = append(on[e], i)
			}
		}
	}
	edges := make([]uint32, 0, len(on))
	for e := range on {
		edges = append(edges, e)
	}
	slices.Sort(edges)
	left := make([]float64, len(routes)) // chance that a route is drawn and no attacker succeeds
	for i, r := range routes {
		left[i] = r.Prob
	}
	gain := func(e uint32) float64 {
		x := 0.0
		for _, i := range on[e] {
			x += left[i]
		}
		return x * in.P[e]
	}
	k := min(in.Attackers, len(edges))
	const most = 20_000_000
	steps, gaveUp := 0, 0.0
	var branch func(candidates []uint32, k int, have float64)
	branch = func(candidates []uint32, k int, have float64) {
		value = max(value, have)
		if k == 0 || len(candidates) == 0 {
			return
		}
		if k >= len(candidates) { // all of them
			undo := slices.Clone(left)
			for _, e := range candidates {
				have += gain(e)
				for _, r := range on[e] {
					left[r] *= 1 - in.P[e]
				}
			}
			copy(left, undo)
			value = max(value, have)
			return
		}
		gains := make(map[uint32]float64, len(candidates))
		for _, e := range candidates {
			gains[e] = gain(e)
			steps += len(on[e])
		}
		order := slices.Clone(candidates)
		slices.SortFunc(order, func(a, b uint32) int {
			switch {
			case gains[a] > gains[b]:
				return -1
			case gains[a] < gains[b]:
				return 1
			}
			return int(a) - int(b)
		})
		for i, e := range order {
			bound := have
			for _, f := range order[i:min(i+k, len(order))] {
				bound += gains[f]
			}
			if bound <= value*(1+1e-12) {
				return
			}
			if steps > most {
				gaveUp = max(gaveUp, bound)
				return
			}
			saved := make([]float64, len(on[e]))
			for j, r := range on[e] {
				saved[j] = left[r]
				left[r] *= 1 - in.P[e]
			}
			branch(order[i+1:], k-1, have+gains[e])
			for j, r := range on[e] {
				left[r] = saved[j]
			}
		}
	}
	branch(edges, k, 0)
	if gaveUp > value {
		return min(gaveUp, 1), fmt.Sprintf("no set of %d edges gains more; the search for the best was given up", in.Attackers)
	}
	return min(value, 1), fmt.Sprintf("the best set of %d edges", in.Attackers)
}

// lowerSets searches routes with the chances that each set of the attacker's mix
// has failed so far. Two bounds steer it. A route passes some edge at which the
// attacker's total stake is at least the bottleneck. And with s = Σ p over a set
// and f = 1 - Π (1 - p), a route that meets edges A of it loses at least
// f/s · Σ_A p, since losses grow ever more slowly; that adds up along the way.
func (c *checker) lowerSets() (float64, string, bool) {
	if c.stays() {
		return 0, searched, true
	}
	in := c.in
	on := map[uint32][]int{}
	stake, share := map[uint32]float64{}, map[uint32]float64{}
	sets := c.result.Attacker
	for i, a := range sets {
		sum, some := 0.0, 0.0 // some: the chance that one of them succeeds
		for _, e := range a.Edges {
			sum += in.P[e]
			some += (1 - some) * in.P[e]
		}
		for _, e := range a.Edges {
			if a.Prob == 0 || in.P[e] == 0 {
				continue
			}
			on[e] = append(on[e], i)
			stake[e] += a.Prob * in.P[e]
			share[e] += a.Prob * in.P[e] * some / sum
		}
	}
	rest := distances(c.g.back, c.g.n, in.Sinks, func(e uint32) float64 { return share[e] })
	neck := bottlenecks(c.g.back, c.g.n, in.Sinks, func(e uint32) float64 { return stake[e] })
	easy := max(least(rest, in.Sources), least(neck, in.Sources))
	if atMost(*c.doc.Lower, easy) || len(sets) > 64 {
		return easy, "each route meets at least that much of the attacker's mix", false
	}
	fresh := slices.Repeat([]float64{1}, len(sets))
	var first []*label
	for _, v := range in.Sources {
		if !math.IsInf(rest[v], 1) {
			first = append(first, &label{node: v, bound: max(rest[v], neck[v]), left: fresh})
		}
	}
	value, done := c.cheapest(first, func(l *label, x arc) *label {
		if math.IsInf(rest[x.to], 1) {
			return nil
		}
		next := &label{node: x.to, cost: l.cost, sum: l.sum, left: l.left}
		if hits := on[x.edge]; len(hits) > 0 {
			next.left = slices.Clone(l.left)
			for _, set := range hits {
				next.cost += sets[set].Prob * next.left[set] * in.P[x.edge]
				next.left[set] *= 1 - in.P[x.edge]
			}
			next.sum += share[x.edge]
		}
		next.bound = max(next.cost, next.sum+rest[x.to], neck[x.to])
		return next
	}, func(a, b *label) bool {
		for s := range a.left {
			if a.left[s] < b.left[s] {
				return false
			}
		}
		return true
	})
	return c.outcome(value, done)
}
