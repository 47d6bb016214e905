package game

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/lp"
)

const (
	mostAttackRounds = 3000          // of the double oracle
	mostAttackSteps  = 50_000_000    // work of one search, in numbers compared
	mostAttackWork   = 1_500_000_000 // work of all searches
)

// solveAttackers answers the game with k attackers on distinct edges. With F the
// maximum flow under capacities 1/p, no mix that uses it is worth more than k/F;
// where p_e ≥ k/F on all edges of the cut, attacks drawn on it so that edge e is
// attacked with chance k/(p_e F) prove that nothing is worth less, since every
// route crosses the cut. Otherwise a double oracle grows both mixes by best
// responses until they meet. The best response of the attackers is found by branch
// and bound (what an edge adds never grows with the set), that of the planner by a
// search over routes with the chances that each set has failed so far.
func solveAttackers(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	edge := *in
	edge.Kind = Edge
	base, err := solveEdge(ctx, &edge, opt)
	if err != nil || base.Status == Infeasible {
		return base, err
	}
	s := &attackSearch{in: in, k: in.Attackers, g: newRouteGraph(in, in.Sources, in.Sinks, nil), gap: max(opt.Gap, Tolerance/2)}
	if base.Upper == 0 {
		for i := range base.Attacker { // one edge is as good as several
			base.Attacker[i].Edges = base.Attacker[i].Edges[:1]
		}
		return base, nil
	}
	r := &Result{Method: "maximum flow, k attackers on its cut", Exact: true, Planner: base.Planner, Attacker: s.onCut(base.Attacker)}
	_, upper, _ := s.bestSet(r.Planner, 1)
	lower := s.bottleneck(r.Attacker)
	r.close(lower, upper)
	if r.Status == Optimal {
		return r, nil
	}
	return s.doubleOracle(ctx, r)
}

// attackSearch holds what the best responses need.
type attackSearch struct {
	in  *Instance
	k   int
	g   *routeGraph
	gap float64
	// work adds up what the searches did, so that they end on large graphs after
	// the same rounds on every machine.
	work int
}

// onCut draws sets of k edges of a cut so that edge e is in them with a chance in
// proportion to 1/p_e, but at most 1: by taking every point at a distance of 1 on
// a line on which the edges lie end to end, from a start drawn uniformly.
func (s *attackSearch) onCut(cut []Attack) []Attack {
	type place struct {
		edge uint32
		odds float64
	}
	var places []place
	for _, a := range cut {
		if e := a.Edges[0]; s.in.P[e] > 0 {
			places = append(places, place{e, 1 / s.in.P[e]})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(b.odds, a.odds) })
	k := min(s.k, len(places))
	// The largest are certain as long as their share exceeds 1.
	sum := 0.0
	for _, p := range places {
		sum += p.odds
	}
	sure := 0
	for sure < k && places[sure].odds*float64(k-sure) >= sum*(1-1e-12) {
		sum -= places[sure].odds
		sure++
	}
	var always []uint32
	for _, p := range places[:sure] {
		always = append(always, p.edge)
	}
	rest, need := places[sure:], k-sure
	if need == 0 {
		return []Attack{{Edges: always, Prob: 1}}
	}
	// Where the start crosses the end of an edge, the set changes.
	ends := make([]float64, len(rest)+1)
	for i, p := range rest {
		ends[i+1] = ends[i] + p.odds/sum*float64(need)
	}
	ends[len(rest)] = float64(need)
	starts := []float64{0, 1}
	for _, x := range ends[1:len(rest)] {
		starts = append(starts, x-math.Floor(x))
	}
	slices.Sort(starts)
	var attacks []Attack
	for i := 1; i < len(starts); i++ {
		width := starts[i] - starts[i-1]
		if width <= 0 {
			continue
		}
		edges := slices.Clone(always)
		at := 0
		for j := range need {
			x := float64(j) + (starts[i]+starts[i-1])/2
			for at+1 < len(rest) && ends[at+1] <= x {
				at++
			}
			edges = append(edges, rest[at].edge)
		}
		attacks = append(attacks, Attack{Edges: slices.Compact(edges), Prob: width})
	}
	return attacks
}

// bottleneck is a lower bound of an attackers' mix: each route passes some edge
// whose total odds of a successful attack are at least that.
func (s *attackSearch) bottleneck(mix []Attack) float64 {
	stake := make([]float64, len(s.in.From))
	var levels []float64
	for _, a := range mix {
		for _, e := range a.Edges {
			stake[e] += a.Prob * s.in.P[e]
		}
	}
	for _, x := range stake {
		if x > 0 {
			levels = append(levels, x)
		}
	}
	slices.Sort(levels)
	levels = append([]float64{0}, slices.Compact(levels)...)
	// The least level at which the edges up to it hold a route.
	lo, hi := 0, len(levels)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if s.open(func(e uint32) bool { return stake[e] <= levels[mid] }) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return levels[lo]
}

// open reports whether the edges that may be used hold a route.
func (s *attackSearch) open(use func(e uint32) bool) bool {
	seen := make([]bool, s.g.n)
	var list []uint32
	for _, v := range s.in.Sources {
		if !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	for i := 0; i < len(list); i++ {
		v := list[i]
		if s.g.target[v] {
			return true
		}
		for a := s.g.out[v]; a < s.g.out[v+1]; a++ {
			if w := s.g.head[a]; !seen[w] && use(s.g.edge[a]) {
				seen[w] = true
				list = append(list, w)
			}
		}
	}
	return false
}

// setBranchOf prepares the search for the best set against a mix. Of edges on the
// same routes only the k with the best chances can matter.
func (s *attackSearch) setBranchOf(routes []Route) (b *setBranch, edges []uint32) {
	b = &setBranch{p: s.in.P, on: map[uint32][]int{}, best: -1, most: mostAttackSteps}
	for i, r := range routes {
		b.alive = append(b.alive, r.Prob) // chance that it is drawn and all attacks fail
		for _, e := range r.Edges {
			if s.in.P[e] > 0 && r.Prob > 0 && !slices.Contains(b.on[e], i) {
				b.on[e] = append(b.on[e], i)
			}
		}
	}
	for e := range b.on {
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(x, y uint32) int { return cmp.Or(cmp.Compare(s.in.P[y], s.in.P[x]), cmp.Compare(x, y)) })
	alike := map[string]int{}
	edges = slices.DeleteFunc(edges, func(e uint32) bool {
		key := fmt.Sprint(b.on[e])
		alike[key]++
		return alike[key] > s.k
	})
	slices.Sort(edges)
	return b, edges
}

// bestSet is the best response of the attackers to a mix of routes and what it is
// worth; where the search was given up, worth is a bound and exact is false.
//
// sets lists the best and others that were met and are worth more than so much.
func (s *attackSearch) bestSet(routes []Route, more float64) (sets [][]uint32, worth float64, exact bool) {
	b, edges := s.setBranchOf(routes)
	b.more = more
	b.bestSet, b.best = b.climb(edges, min(s.k, len(edges)))
	b.visit(edges, min(s.k, len(edges)), 0)
	s.work += b.steps
	sets = b.good
	if len(b.bestSet) > 0 {
		sets = append(sets, b.bestSet)
	}
	if b.missed > b.best {
		return sets, min(b.missed, 1), false
	}
	return sets, min(max(b.best, 0), 1), true
}

// goodSets are good responses of the attackers to a mix of routes, quickly found,
// as far as they are worth more than so much: one, and those that do without one of
// its edges. worth is that of the first.
func (s *attackSearch) goodSets(routes []Route, more float64) (good [][]uint32, worth float64) {
	b, edges := s.setBranchOf(routes)
	defer func() { s.work += b.steps }()
	first, worth := b.climb(edges, min(s.k, len(edges)))
	if worth <= more {
		return nil, worth
	}
	good = append(good, slices.Clone(first))
	for _, e := range first {
		rest := slices.DeleteFunc(slices.Clone(edges), func(other uint32) bool { return other == e })
		if set, worth := b.climb(rest, min(s.k, len(rest))); worth > more {
			good = append(good, set)
		}
	}
	return good, worth
}

// halfway is the mix that draws from each of two with half of the odds.
func halfway(a, b []Route) []Route {
	mix := make([]Route, 0, len(a)+len(b))
	at := map[string]int{}
	for _, list := range [2][]Route{a, b} {
		for _, r := range list {
			key := routeKey(routeColumn{edges: r.Edges})
			if k, ok := at[key]; ok {
				mix[k].Prob += r.Prob / 2
				continue
			}
			at[key] = len(mix)
			mix = append(mix, Route{Edges: r.Edges, Prob: r.Prob / 2})
		}
	}
	return mix
}

// climb takes the edge that adds most again and again, and then exchanges one for
// another as long as that adds.
func (b *setBranch) climb(candidates []uint32, k int) (set []uint32, worth float64) {
	alive := slices.Clone(b.alive)
	gain := func(e uint32) float64 {
		sum := 0.0
		for _, r := range b.on[e] {
			sum += alive[r]
		}
		b.steps += 1 + len(b.on[e])
		return sum * b.p[e]
	}
	best := func() (edge uint32, most float64) {
		most = -1
		for _, e := range candidates {
			if slices.Contains(set, e) {
				continue
			}
			if x := gain(e); x > most {
				edge, most = e, x
			}
		}
		return edge, most
	}
	put := func(e uint32) {
		for _, r := range b.on[e] {
			alive[r] *= 1 - b.p[e]
		}
	}
	for range k {
		e, x := best()
		set = append(set, e)
		worth += x
		put(e)
	}
	for moved, rounds := true, 0; moved && rounds < 10; rounds++ {
		moved = false
		for i := range set {
			out := set[i]
			copy(alive, b.alive)
			without := 0.0
			for _, e := range set {
				if e != out {
					without += gain(e)
					put(e)
				}
			}
			set[i] = set[len(set)-1]
			set = set[:len(set)-1]
			e, x := best()
			set = append(set, e)
			if without+x > worth*(1+1e-12) {
				worth, moved = without+x, true
				continue
			}
			set[len(set)-1] = out
		}
	}
	return set, worth
}

// setBranch is a branch and bound over sets of edges.
type setBranch struct {
	p       []float64
	on      map[uint32][]int
	alive   []float64
	set     []uint32
	best    float64
	bestSet []uint32
	missed  float64 // bound of what was not looked at
	steps   int
	most    int
	more    float64
	good    [][]uint32 // some that are worth more than that
}

func (b *setBranch) visit(candidates []uint32, k int, have float64) {
	if have > b.best {
		b.best, b.bestSet = have, slices.Clone(b.set)
	}
	if k == 0 {
		if have > b.more && len(b.good) < 20 {
			b.good = append(b.good, slices.Clone(b.set))
		}
		return
	}
	type option struct {
		edge uint32
		gain float64
	}
	options := make([]option, len(candidates))
	for i, e := range candidates {
		sum := 0.0
		for _, r := range b.on[e] {
			sum += b.alive[r]
		}
		options[i] = option{e, sum * b.p[e]}
		b.steps += 1 + len(b.on[e])
	}
	slices.SortFunc(options, func(x, y option) int {
		return cmp.Or(cmp.Compare(y.gain, x.gain), cmp.Compare(x.edge, y.edge))
	})
	for i, o := range options {
		bound := have
		for _, next := range options[i:min(i+k, len(options))] {
			bound += next.gain
		}
		if bound <= b.best*(1+1e-12)+1e-300 {
			return
		}
		if b.steps > b.most {
			b.missed = max(b.missed, bound)
			return
		}
		rest := make([]uint32, 0, len(options)-i-1)
		for _, next := range options[i+1:] {
			rest = append(rest, next.edge)
		}
		saved := make([]float64, len(b.on[o.edge]))
		for j, r := range b.on[o.edge] {
			saved[j] = b.alive[r]
			b.alive[r] *= 1 - b.p[o.edge]
		}
		b.set = append(b.set, o.edge)
		b.visit(rest, k-1, have+o.gain)
		b.set = b.set[:len(b.set)-1]
		for j, r := range b.on[o.edge] {
			b.alive[r] = saved[j]
		}
	}
}

// attackGain is the chance that a set of attackers succeeds on a route.
func (s *attackSearch) attackGain(set, route []uint32) float64 {
	some := 0.0
	for _, e := range set {
		if slices.Contains(route, e) {
			some += (1 - some) * s.in.P[e]
		}
	}
	return some
}

// doubleOracle starts from the mixes of r and improves them until they meet, the
// searches grow too long, or mostAttackRounds are over.
func (s *attackSearch) doubleOracle(ctx context.Context, r *Result) (*Result, error) {
	r.Method = "double oracle over routes and sets of edges"
	// Gains are counted in the value as far as it is known, so that the solver does
	// not take faint ones for nothing.
	master := lp.NewGame(max(r.Lower/r.Upper, 1e-9) / 1e3)
	var routes []Route
	var sets [][]uint32
	known := map[string]bool{}
	addSet := func(set []uint32) bool {
		set = slices.Clone(set)
		slices.Sort(set)
		key := fmt.Sprint("s", set)
		if len(set) == 0 || known[key] {
			return false
		}
		known[key] = true
		sets = append(sets, set)
		var gains []lp.Gain
		for i, route := range routes {
			gains = append(gains, lp.Gain{Of: i, Value: s.attackGain(set, route.Edges) / r.Upper})
		}
		master.AddAttack(gains)
		return true
	}
	addRoute := func(edges []uint32) bool {
		key := fmt.Sprint("r", edges)
		if known[key] {
			return false
		}
		known[key] = true
		routes = append(routes, Route{Edges: edges})
		var gains []lp.Gain
		for i, set := range sets {
			gains = append(gains, lp.Gain{Of: i, Value: s.attackGain(set, edges) / r.Upper})
		}
		master.AddRoute(gains, nil)
		return true
	}
	for _, route := range r.Planner {
		addRoute(route.Edges)
	}
	for _, a := range r.Attacker {
		addSet(a.Edges)
	}
	lower, upper, best := r.Lower, r.Upper, r.Planner
	center, centerWorth := r.Planner, r.Upper
	for range mostAttackRounds {
		sol, err := master.Solve(ctx)
		if errors.Is(err, lp.ErrNumerical) {
			break // the bounds found so far hold
		}
		if err != nil {
			return nil, err
		}
		var mix []Route
		for i, x := range sol.Routes {
			if x > 1e-13 {
				mix = append(mix, Route{Edges: routes[i].Edges, Prob: x})
			}
		}
		// Good sets will do as long as they are better than those known; only the best
		// bounds what the mix is worth. They are looked for half way to the mix that
		// seems best so far, so that the mixes do not swing.
		value, grown, exactSet := sol.Value*r.Upper, false, true
		between := halfway(mix, center)
		good, worth := s.goodSets(between, value*(1+1e-10))
		if worth < centerWorth {
			center, centerWorth = between, worth
		}
		for _, set := range good {
			grown = addSet(set) || grown
		}
		if !grown {
			good, worth = s.goodSets(mix, value*(1+1e-10))
			if worth < centerWorth {
				center, centerWorth = mix, worth
			}
			for _, set := range good {
				grown = addSet(set) || grown
			}
		}
		if grown && worth > 1.02*value && s.work <= mostAttackWork {
			continue // no use looking for routes yet
		}
		if !grown {
			if good, worth, exactSet = s.bestSet(mix, value*(1+1e-10)); worth < upper {
				upper, best = worth, mix
			}
			for _, set := range good {
				grown = addSet(set) || grown
			}
		}
		var attack []Attack
		for i, y := range sol.Attacks {
			if y > 1e-13 {
				attack = append(attack, Attack{Edges: sets[i], Prob: y})
			}
		}
		unit(mix, attack)
		found, cost, exactRoute, err := s.bestRoutes(ctx, attack)
		if err != nil {
			return nil, err
		}
		if cost > lower {
			lower, r.Attacker = cost, attack
		}
		if upper-lower <= s.gap*upper {
			break
		}
		for _, route := range found {
			grown = addRoute(route) || grown
		}
		if !grown || !exactSet && !exactRoute || s.work > mostAttackWork {
			break
		}
	}
	if upper-lower > s.gap*upper {
		if _, worth, _ := s.bestSet(center, 1); worth < upper {
			upper, best = worth, center
		}
	}
	r.Planner = best
	r.close(lower, upper)
	if r.Status == Bound {
		r.Exact = false
		r.Notes = append(r.Notes, "The mixes did not meet: the search for best responses was given up.")
	}
	return r, nil
}

// unit makes odds add up to 1 after small ones were left out.
func unit(mix []Route, attack []Attack) {
	sum := 0.0
	for _, r := range mix {
		sum += r.Prob
	}
	for i := range mix {
		mix[i].Prob /= sum
	}
	sum = 0
	for _, a := range attack {
		sum += a.Prob
	}
	for i := range attack {
		attack[i].Prob /= sum
	}
}
