package cch

import (
	"cmp"
	"slices"
)

// A section finds alternates between two sets of seeds, without via points. It
// looks at the part of the graph that ways within the budget may use.
type section struct {
	m        *Metric
	query    *Query
	corridor *Corridor
	passed   []Passed
	// local is the index in passed of the node at each position, none between
	// questions.
	local []uint32
	// The arcs of the corridor, by the index of their tail, and by that of
	// their head.
	edges             []edge
	loose             []edge
	firstOut, firstIn []uint32
	in                []uint32
	// The tree from the sources: for each node the edge it is reached by, none
	// at a seed, and then the seed. The tree to the targets likewise.
	parent, origin []uint32
	next, goal     []uint32
	order          []uint32
	// The shortest route: its nodes and edges; for each node 1 + its place on
	// it, 0 elsewhere. prefix is the measured length up to each node.
	nodes, route, place []uint32
	prefix              []uint64
	// The last node of the shortest route on the way from the sources to each
	// node, and the first on the way from it to the targets; none without one.
	leaves, joins []uint32
	ends          []bool // nodes at which a route within the budget may end
	// Nodes that are required, and nodes that a route found passes.
	must, taken []bool
	seen        []uint32
	generation  uint32
	stack       []uint32
	candidates  []candidate
	// Which routes found use each edge, by bit, and whether it is required.
	used []uint32
	// The candidate in hand: edges, nodes, weight up to each node.
	trial      []uint32
	trialNodes []uint32
	weights    []uint64

	found    []found
	arcs     []uint32 // of those found, one after the other
	required []uint32 // nodes
	spared   []uint32 // input arcs
	refused  [bounds]int
}

// An edge is an input arc of the corridor between two nodes of it.
type edge struct{ tail, head, arc, weight uint32 }

// A candidate is a plateau: a way from its first to its last node that is part
// of both trees.
type candidate struct {
	rank        int64
	first, last uint32
}

// found is a route of a section; its arcs are those up to `end`, from the end
// of the one before.
type found struct {
	begin, end     int
	cost, plateau  uint32
	source, target uint32
	length         uint64
}

// requiredBit marks arcs that every way must use, beside the bits of routes.
const requiredBit = 1 << 31

func newSection(m *Metric) section {
	return section{
		m: m, query: m.NewQuery(), corridor: m.NewCorridor(),
		local: refill[uint32](nil, len(m.h.node), none),
	}
}

// measure returns the length of an edge that counts for shares.
func (s *section) measure(id uint32, limits *AlternateLimits) uint64 {
	if limits.SpareRequired && s.used[id]&requiredBit != 0 {
		return 0
	}
	return s.m.lengthOf(s.edges[id].arc, limits)
}

// lengthOf returns the length of an input arc.
func (m *Metric) lengthOf(e uint32, limits *AlternateLimits) uint64 {
	if limits.Length != nil {
		return uint64(limits.Length[e])
	}
	return uint64(m.in[e])
}

// find fills in what was found, the shortest route first. best is its cost,
// which is less than Inf, and window that of the longest piece of a route that
// has to be a shortest path.
func (s *section) find(sources, targets []Seed, best, budget, window uint32, limits *AlternateLimits) {
	s.found, s.arcs, s.required, s.spared = s.found[:0], s.arcs[:0], s.required[:0], s.spared[:0]
	s.refused = [bounds]int{}
	s.passed = s.corridor.Between(sources, targets, budget, s.passed[:0])
	h := s.m.h
	for i, p := range s.passed {
		s.local[h.position[p.Node]] = uint32(i)
	}
	s.connect(budget)
	s.growForth(sources)
	s.trace(targets, best)
	s.growBack(targets)
	s.require(sources, targets, budget)
	s.choose(best, window, limits)
	for _, p := range s.passed {
		s.local[h.position[p.Node]] = none
	}
}

// connect collects the arcs that a way within the budget may use.
func (s *section) connect(budget uint32) {
	h, m := s.m.h, s.m
	n := len(s.passed)
	s.loose = s.loose[:0]
	s.firstOut, s.firstIn = refill(s.firstOut, n+1, 0), refill(s.firstIn, n+1, 0)
	add := func(l, tail, head uint32) {
		room := uint64(s.passed[tail].From) + uint64(s.passed[head].To)
		for _, e := range h.input[h.firstInput[l]:h.firstInput[l+1]] {
			if w := m.in[e]; w < Inf && room+uint64(w) <= uint64(budget) {
				s.loose = append(s.loose, edge{tail, head, e, w})
				s.firstOut[tail]++
				s.firstIn[head]++
			}
		}
	}
	for i, p := range s.passed {
		x := h.position[p.Node]
		for a := h.first[x]; a < h.first[x+1]; a++ {
			if j := s.local[h.head[a]]; j != none {
				add(2*a, uint32(i), j)
				add(2*a+1, j, uint32(i))
			}
		}
	}
	out, in := uint32(0), uint32(0)
	for i := range n + 1 {
		out, s.firstOut[i] = out+s.firstOut[i], out
		in, s.firstIn[i] = in+s.firstIn[i], in
	}
	// Filing leaves the ends of the runs where their beginnings were: the run of
	// i then begins at the end of that of i-1.
	s.edges = resize(s.edges, len(s.loose))
	s.in = resize(s.in, len(s.loose))
	for _, e := range s.loose {
		s.edges[s.firstOut[e.tail]] = e
		s.firstOut[e.tail]++
	}
	for id, e := range s.edges {
		s.in[s.firstIn[e.head]] = uint32(id)
		s.firstIn[e.head]++
	}
	copy(s.firstOut[1:], s.firstOut[:n])
	copy(s.firstIn[1:], s.firstIn[:n])
	s.firstOut[0], s.firstIn[0] = 0, 0
	s.used = refill(s.used, len(s.edges), 0)
}

// resize returns a slice of n elements, whatever they are.
func resize[T any](s []T, n int) []T {
	return slices.Grow(s[:0], n)[:n]
}

// unseen is the parent of a node that a tree has not reached.
const unseen = none - 1

// growForth makes the tree from the sources, along arcs whose ends' distances
// differ by their weight. Each node is reached once, so it has no circles even
// where arcs weigh nothing; order holds the nodes, parents first.
func (s *section) growForth(sources []Seed) {
	n := len(s.passed)
	s.parent, s.origin = refill(s.parent, n, unseen), refill(s.origin, n, none)
	s.order = s.order[:0]
	for i, seed := range sources {
		if v := s.at(seed.Node); v != none && s.passed[v].From == seed.Weight && s.parent[v] == unseen {
			s.parent[v], s.origin[v] = none, uint32(i)
			s.stack = append(s.stack, v)
		}
	}
	// Last in, first out: what is near in the graph is near in memory.
	for len(s.stack) > 0 {
		u := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		s.order = append(s.order, u)
		from := s.passed[u].From
		for id := s.firstOut[u]; id < s.firstOut[u+1]; id++ {
			e := &s.edges[id]
			if from+e.weight == s.passed[e.head].From && s.parent[e.head] == unseen {
				s.parent[e.head] = id
				s.stack = append(s.stack, e.head)
			}
		}
	}
}

// at returns the index of a node, none when it is not in the corridor.
func (s *section) at(node uint32) uint32 { return s.local[s.m.h.position[node]] }

// trace finds the shortest route in the tree from the sources, and for each node
// where on it the way there leaves it.
func (s *section) trace(targets []Seed, best uint32) {
	s.nodes, s.route = s.nodes[:0], s.route[:0]
	for _, seed := range targets {
		v := s.at(seed.Node)
		if v == none || seed.Weight >= Inf || s.passed[v].From+seed.Weight != best {
			continue
		}
		for {
			s.nodes = append(s.nodes, v)
			id := s.parent[v]
			if id == none {
				break
			}
			s.route = append(s.route, id)
			v = s.edges[id].tail
		}
		break
	}
	slices.Reverse(s.nodes)
	slices.Reverse(s.route)
	s.place = refill(s.place, len(s.passed), 0)
	for i, v := range s.nodes {
		s.place[v] = uint32(i) + 1
	}
	s.leaves = refill(s.leaves, len(s.passed), none)
	for _, v := range s.order {
		if p := s.place[v]; p > 0 {
			s.leaves[v] = p - 1
		} else if id := s.parent[v]; id != none {
			s.leaves[v] = s.leaves[s.edges[id].tail]
		}
	}
}

// growBack makes the tree to the targets. The shortest route is part of it.
func (s *section) growBack(targets []Seed) {
	n := len(s.passed)
	s.next, s.goal = refill(s.next, n, unseen), refill(s.goal, n, none)
	s.joins = refill(s.joins, n, none)
	last := s.nodes[len(s.nodes)-1]
	for i, v := range slices.Backward(s.nodes) {
		s.next[v], s.joins[v] = none, uint32(i)
		if v != last {
			s.next[v] = s.route[i]
		}
		s.stack = append(s.stack, v)
	}
	for i, seed := range targets {
		v := s.at(seed.Node)
		if v == none || s.passed[v].To != seed.Weight {
			continue
		}
		if s.next[v] == unseen {
			s.next[v] = none
			s.stack = append(s.stack, v)
		}
		if s.next[v] == none && s.goal[v] == none {
			s.goal[v] = uint32(i)
		}
	}
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		to, joins := s.passed[v].To, s.joins[v]
		for _, id := range s.in[s.firstIn[v]:s.firstIn[v+1]] {
			e := &s.edges[id]
			if to+e.weight == s.passed[e.tail].To && s.next[e.tail] == unseen {
				s.next[e.tail], s.joins[e.tail] = id, joins
				s.stack = append(s.stack, e.tail)
			}
		}
	}
}

// require finds the nodes and arcs of the shortest route that every way through
// the corridor passes. Cost: linear in the corridor.
//
// Nodes and arcs of the route alternate and are numbered in its order. They are
// explored in that order, each with all that can be reached from it off the
// route; furthest is the highest number that was reached so far. A thing is
// required when nothing before it reaches beyond it.
func (s *section) require(sources, targets []Seed, budget uint32) {
	s.begin()
	s.must = refill(s.must, len(s.passed), false)
	s.ends = refill(s.ends, len(s.passed), false)
	for _, seed := range targets {
		if v := s.at(seed.Node); v != none && uint64(s.passed[v].From)+uint64(seed.Weight) <= uint64(budget) {
			s.ends[v] = true
		}
	}
	beyond := 2 * uint32(len(s.nodes))
	furthest := uint32(0)
	reach := func(v uint32) {
		if p := s.place[v]; p > 0 {
			furthest = max(furthest, 2*(p-1)+1)
		} else if s.seen[v] != s.generation {
			s.seen[v] = s.generation
			s.stack = append(s.stack, v)
		}
	}
	explore := func() {
		for len(s.stack) > 0 {
			u := s.stack[len(s.stack)-1]
			s.stack = s.stack[:len(s.stack)-1]
			if s.ends[u] {
				furthest = beyond
			}
			for id := s.firstOut[u]; id < s.firstOut[u+1]; id++ {
				reach(s.edges[id].head)
			}
		}
	}
	for _, seed := range sources {
		if v := s.at(seed.Node); v != none && uint64(seed.Weight)+uint64(s.passed[v].To) <= uint64(budget) {
			reach(v)
		}
	}
	explore()
	for i, u := range s.nodes {
		number := 2*uint32(i) + 1
		if furthest <= number {
			s.required = append(s.required, s.passed[u].Node)
			s.must[u] = true
		}
		if s.ends[u] {
			furthest = beyond
		}
		for id := s.firstOut[u]; id < s.firstOut[u+1]; id++ {
			if i < len(s.route) && id == s.route[i] {
				furthest = max(furthest, number+1)
			} else {
				reach(s.edges[id].head)
			}
		}
		explore()
		if i < len(s.route) && furthest == number+1 {
			s.used[s.route[i]] |= requiredBit
			s.spared = append(s.spared, s.edges[s.route[i]].arc)
			furthest++
		}
	}
}

// begin forgets which nodes were seen.
func (s *section) begin() {
	if len(s.seen) < len(s.passed) {
		s.seen = refill(s.seen, len(s.passed), s.generation)
	}
	s.generation++
	if s.generation == 0 {
		clear(s.seen)
		s.generation = 1
	}
}

// choose takes the shortest route, and then of the candidates, best first, those
// that keep all bounds.
func (s *section) choose(best, window uint32, limits *AlternateLimits) {
	s.taken = refill(s.taken, len(s.passed), false)
	s.trial, s.trialNodes = append(s.trial[:0], s.route...), append(s.trialNodes[:0], s.nodes...)
	s.prefix = append(s.prefix[:0], 0)
	for _, id := range s.route {
		s.prefix = append(s.prefix, s.prefix[len(s.prefix)-1]+s.measure(id, limits))
	}
	s.accept(best, best, limits)
	if limits.Most == 1 {
		return
	}
	s.gather(limits)
	slices.SortFunc(s.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.first, b.first))
	})
	for k, c := range s.candidates {
		if len(s.found) == limits.Most {
			return
		}
		if k == limits.tests() {
			s.refused[BoundTests] += len(s.candidates) - k
			return
		}
		if b := s.test(c, best, window, limits); b != keepsAll {
			s.refused[b]++
			continue
		}
		p := s.passed[c.first]
		s.accept(p.From+p.To, s.passed[c.last].From-p.From, limits)
	}
}

// accept adds the route in hand to those found.
func (s *section) accept(cost, plateau uint32, limits *AlternateLimits) {
	bit := uint32(1) << len(s.found)
	first, last := s.trialNodes[0], s.trialNodes[len(s.trialNodes)-1]
	f := found{begin: len(s.arcs), cost: cost, plateau: plateau, source: s.origin[first], target: s.goal[last]}
	for _, id := range s.trial {
		s.used[id] |= bit
		s.arcs = append(s.arcs, s.edges[id].arc)
		f.length += s.measure(id, limits)
	}
	for _, v := range s.trialNodes {
		s.taken[v] = true
	}
	f.end = len(s.arcs)
	s.found = append(s.found, f)
}

// gather collects the plateaus whose routes may keep the bound on what is shared
// with the shortest route. The route of a plateau follows the shortest one up to
// where the way there leaves it, and from where the way from there joins it: in
// trees, it does not touch it in between.
func (s *section) gather(limits *AlternateLimits) {
	s.candidates = s.candidates[:0]
	total := s.prefix[len(s.route)]
	begin, end := s.passed[s.nodes[0]], s.passed[s.nodes[len(s.nodes)-1]]
	for v := range uint32(len(s.passed)) {
		if s.place[v] > 0 {
			continue
		}
		if id := s.parent[v]; id != none && s.next[s.edges[id].tail] == id {
			continue // not the first of its plateau
		}
		leaves, joins := s.leaves[v], s.joins[v]
		shared, weight := uint64(0), int64(0)
		if leaves != none {
			shared += s.prefix[leaves]
			weight += int64(s.passed[s.nodes[leaves]].From - begin.From)
		}
		if joins != none {
			shared += total - s.prefix[joins]
			weight += int64(s.passed[s.nodes[joins]].To - end.To)
		}
		if leaves != none && joins != none && leaves >= joins {
			continue // out and back
		}
		if float64(shared) > limits.Shared*float64(total) {
			s.refused[BoundShared]++
			continue
		}
		if limits.Apart && (leaves != none && !s.must[s.nodes[leaves]] || joins != none && !s.must[s.nodes[joins]]) {
			s.refused[BoundApart]++
			continue
		}
		last := v
		for id := s.next[last]; id != none && s.parent[s.edges[id].head] == id; id = s.next[last] {
			last = s.edges[id].head
		}
		p := s.passed[v]
		s.candidates = append(s.candidates, candidate{
			rank:  2*(int64(p.From)+int64(p.To)) + weight - int64(s.passed[last].From-p.From),
			first: v, last: last,
		})
	}
}

// test makes the route of a candidate and returns the first bound that it
// breaks.
func (s *section) test(c candidate, best, window uint32, limits *AlternateLimits) Bound {
	s.trial = s.trial[:0]
	for id := s.parent[c.first]; id != none; id = s.parent[s.edges[id].tail] {
		s.trial = append(s.trial, id)
	}
	slices.Reverse(s.trial)
	plateauFrom, plateauTo := len(s.trial), len(s.trial)
	root := c.first
	if len(s.trial) > 0 {
		root = s.edges[s.trial[0]].tail
	}
	for v := c.first; s.next[v] != none; {
		id := s.next[v]
		s.trial = append(s.trial, id)
		if v = s.edges[id].head; v == c.last {
			plateauTo = len(s.trial)
		}
	}
	s.begin()
	s.trialNodes, s.weights = append(s.trialNodes[:0], root), append(s.weights[:0], 0)
	s.seen[root] = s.generation
	sum, length := uint64(0), uint64(0)
	var shared [maxRoutes]uint64
	for _, id := range s.trial {
		e := s.edges[id]
		if s.seen[e.head] == s.generation {
			return BoundRepeat
		}
		s.seen[e.head] = s.generation
		sum += uint64(e.weight)
		s.trialNodes, s.weights = append(s.trialNodes, e.head), append(s.weights, sum)
		l := s.measure(id, limits)
		length += l
		for r := range s.found {
			if s.used[id]>>r&1 != 0 {
				shared[r] += l
			}
		}
	}
	for r, f := range s.found {
		if float64(shared[r]) > limits.Shared*float64(min(length, f.length)) || s.same(f) {
			return BoundShared
		}
	}
	if limits.Apart && s.touches() {
		return BoundApart
	}
	if !s.locallyBest(plateauFrom, plateauTo, window) {
		return BoundLocal
	}
	if limits.Detour > 0 && !s.keepsDetour(best, limits.Detour) {
		return BoundDetour
	}
	return keepsAll
}

// touches says whether the route in hand passes a node of another that is not
// required.
func (s *section) touches() bool {
	for _, v := range s.trialNodes {
		if s.taken[v] && !s.must[v] {
			return true
		}
	}
	return false
}

// same says whether the route in hand is one that was found.
func (s *section) same(f found) bool {
	if f.end-f.begin != len(s.trial) {
		return false
	}
	for i, e := range s.arcs[f.begin:f.end] {
		if s.edges[s.trial[i]].arc != e {
			return false
		}
	}
	return true
}

// locallyBest says whether every piece of the route in hand that weighs no more
// than window is sure to be a shortest path. Up to the end of its plateau it is
// one, and from its beginning on. So only pieces count that reach beyond both
// ends; all that weigh no more than window lie between two nodes, and are
// shortest when what is between these is. That may be longer than a window: a
// route is refused only for a piece of at most twice the window that is not a
// shortest path.
func (s *section) locallyBest(from, to int, window uint32) bool {
	end := len(s.trial)
	if from == 0 || to == end {
		return true
	}
	w, t := s.weights, uint64(window)
	if w[to+1]-w[from-1] > t {
		return true
	}
	x, y := from-1, to+1
	for x > 0 && w[to+1]-w[x-1] <= t {
		x--
	}
	for y < end && w[y+1]-w[from-1] <= t {
		y++
	}
	return uint64(s.query.Distance(s.passed[s.trialNodes[x]].Node, s.passed[s.trialNodes[y]].Node)) == w[y]-w[x]
}

// keepsDetour says whether no piece of the route in hand off the shortest route
// weighs more than so many times the distance between its ends.
func (s *section) keepsDetour(best uint32, most float64) bool {
	for i := 0; i < len(s.trial); i++ {
		if s.used[s.trial[i]]&1 != 0 {
			continue
		}
		j := i + 1
		for j < len(s.trial) && s.used[s.trial[j]]&1 == 0 {
			j++
		}
		a, b := s.passed[s.trialNodes[i]], s.passed[s.trialNodes[j]]
		weight := s.weights[j] - s.weights[i]
		var distance uint32
		if i == 0 {
			weight += uint64(a.From)
		}
		if j == len(s.trial) {
			weight += uint64(b.To)
		}
		switch {
		case i == 0 && j == len(s.trial):
			distance = best
		case i == 0:
			distance = b.From
		case j == len(s.trial):
			distance = a.To
		default:
			distance = s.query.Distance(a.Node, b.Node)
		}
		if float64(weight) > most*float64(distance) {
			return false
		}
		i = j
	}
	return true
}
