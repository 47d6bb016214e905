package game

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/lp"
)

const (
	mostAttackRounds = 3000        // of the double oracle
	mostAttackSteps  = 50_000_000  // work of one search, in numbers compared
	mostAttackWork   = 300_000_000 // work of all searches
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
	_, upper, _ := s.bestSet(r.Planner)
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

// bestSet is the best response of the attackers to a mix of routes and what it is
// worth; where the search was given up, worth is a bound and exact is false.
func (s *attackSearch) bestSet(routes []Route) (set []uint32, worth float64, exact bool) {
	on := map[uint32][]int{}
	for i, r := range routes {
		for _, e := range r.Edges {
			if s.in.P[e] > 0 && r.Prob > 0 && !slices.Contains(on[e], i) {
				on[e] = append(on[e], i)
			}
		}
	}
	var edges []uint32
	for e := range on {
		edges = append(edges, e)
	}
	slices.Sort(edges)
	alive := make([]float64, len(routes)) // chance that it is drawn and all attacks fail
	for i, r := range routes {
		alive[i] = r.Prob
	}
	b := &setBranch{p: s.in.P, on: on, alive: alive, best: -1}
	b.visit(edges, min(s.k, len(edges)), 0)
	s.work += b.steps
	if b.missed > b.best {
		return b.bestSet, min(b.missed, 1), false
	}
	return b.bestSet, min(max(b.best, 0), 1), true
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
}

func (b *setBranch) visit(candidates []uint32, k int, have float64) {
	if have > b.best {
		b.best, b.bestSet = have, slices.Clone(b.set)
	}
	if k == 0 {
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
		if b.steps > mostAttackSteps {
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
	if set, _, _ := s.bestSet(r.Planner); len(set) > 0 {
		addSet(set)
	}
	lower, upper := r.Lower, r.Upper
	for range mostAttackRounds {
		sol, err := master.Solve(ctx)
		if err != nil {
			return nil, err
		}
		var mix []Route
		for i, x := range sol.Routes {
			if x > 1e-13 {
				mix = append(mix, Route{Edges: routes[i].Edges, Prob: x})
			}
		}
		var attack []Attack
		for i, y := range sol.Attacks {
			if y > 1e-13 {
				attack = append(attack, Attack{Edges: sets[i], Prob: y})
			}
		}
		unit(mix, attack)
		set, worth, exactSet := s.bestSet(mix)
		if worth < upper {
			upper, r.Planner = worth, mix
		}
		route, cost, exactRoute, err := s.bestRoute(ctx, attack)
		if err != nil {
			return nil, err
		}
		if cost > lower {
			lower, r.Attacker = cost, attack
		}
		if upper-lower <= s.gap*upper {
			break
		}
		grown := addSet(set)
		if route != nil {
			grown = addRoute(route) || grown
		}
		if !grown || !exactSet && !exactRoute || s.work > mostAttackWork {
			break
		}
	}
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

// attackLabel is a way from a source: what it has lost so far, the chances that
// each set has failed on it, and the way back.
type attackLabel struct {
	node   uint32
	edge   uint32
	parent *attackLabel
	lost   float64
	part   float64 // see bestRoute
	bound  float64
	left   []float64
	out    bool
}

// bestRoute is the route that meets a mix of sets least, and what it meets; given
// up, no route and a lower bound. Label setting, best bound first. With s = Σ p
// over a set and f = 1 - Π (1 - p), a route that meets edges A of the set loses at
// least f/s · Σ_A p, which adds up along the way and so bounds what is to come.
func (s *attackSearch) bestRoute(ctx context.Context, mix []Attack) (route []uint32, cost float64, exact bool, err error) {
	on := map[uint32][]int{}
	share := make([]float64, len(s.in.From))
	for i, a := range mix {
		sum, some := 0.0, 0.0 // some: the chance that one of them succeeds
		for _, e := range a.Edges {
			sum += s.in.P[e]
			some += (1 - some) * s.in.P[e]
		}
		for _, e := range a.Edges {
			if s.in.P[e] > 0 {
				on[e] = append(on[e], i)
				share[e] += a.Prob * s.in.P[e] * some / sum
			}
		}
	}
	rest := s.back(share)
	queue := labelQueue{}
	at := map[uint32][]*attackLabel{}
	steps := 0
	defer func() { s.work += steps }()
	add := func(l *attackLabel) {
		steps += 20 + len(l.left)
		for _, other := range at[l.node] {
			steps += 1 + len(l.left)/4
			if !other.out && noWorse(other, l) {
				return
			}
		}
		at[l.node] = slices.DeleteFunc(at[l.node], func(other *attackLabel) bool {
			steps += 1 + len(l.left)/4
			other.out = other.out || noWorse(l, other)
			return other.out
		})
		at[l.node] = append(at[l.node], l)
		queue.push(l)
	}
	fresh := slices.Repeat([]float64{1}, len(mix))
	for _, v := range s.in.Sources {
		if !math.IsInf(rest[v], 1) {
			add(&attackLabel{node: v, left: fresh, bound: rest[v]})
		}
	}
	for n := 0; len(queue) > 0; n++ {
		l := queue.pop()
		if l.out {
			continue
		}
		if n&1023 == 0 && ctx.Err() != nil {
			return nil, 0, false, ctx.Err()
		}
		if s.g.target[l.node] {
			for at := l; at.parent != nil; at = at.parent {
				route = append(route, at.edge)
			}
			slices.Reverse(route)
			return route, l.lost, true, nil
		}
		if steps > mostAttackSteps {
			return nil, l.bound, false, nil
		}
		for a := s.g.out[l.node]; a < s.g.out[l.node+1]; a++ {
			w, e := s.g.head[a], s.g.edge[a]
			if math.IsInf(rest[w], 1) {
				continue
			}
			next := &attackLabel{node: w, edge: e, parent: l, lost: l.lost, part: l.part + share[e], left: l.left}
			if hits := on[e]; len(hits) > 0 {
				next.left = slices.Clone(l.left)
				for _, i := range hits {
					next.lost += mix[i].Prob * next.left[i] * s.in.P[e]
					next.left[i] *= 1 - s.in.P[e]
				}
			}
			next.bound = max(l.bound, next.lost, next.part+rest[w])
			add(next)
		}
	}
	return nil, math.Inf(1), false, nil
}

// noWorse reports whether a can be continued like b and lose no more.
func noWorse(a, b *attackLabel) bool {
	for i := range a.left {
		if a.left[i] < b.left[i] {
			return false
		}
	}
	return true
}

// back returns the least sum of weights from each node to a sink.
func (s *attackSearch) back(weight []float64) []float64 {
	dist := make([]float64, s.g.n)
	for v := range dist {
		dist[v] = math.Inf(1)
	}
	queue := labelQueue{}
	for _, v := range s.in.Sinks {
		if dist[v] != 0 {
			dist[v] = 0
			queue.push(&attackLabel{node: v})
		}
	}
	for len(queue) > 0 {
		top := queue.pop()
		if top.bound > dist[top.node] {
			continue
		}
		for a := s.g.in[top.node]; a < s.g.in[top.node+1]; a++ {
			if d := top.bound + weight[s.g.inEdge[a]]; d < dist[s.g.tail[a]] {
				dist[s.g.tail[a]] = d
				queue.push(&attackLabel{node: s.g.tail[a], bound: d})
			}
		}
	}
	return dist
}

// labelQueue is a heap by bound.
type labelQueue []*attackLabel

func (q *labelQueue) push(l *attackLabel) {
	h := append(*q, l)
	i := len(h) - 1
	for i > 0 && h[i].bound < h[(i-1)/2].bound {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
	*q = h
}

func (q *labelQueue) pop() *attackLabel {
	h := *q
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].bound < h[child].bound {
			child++
		}
		if h[i].bound <= h[child].bound {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}
