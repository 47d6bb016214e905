package cch

import (
	"fmt"
	"math"
	"slices"
)

// maxRoutes is how many routes a set may have: one bit each, and one to spare.
const maxRoutes = 31

// AlternateLimits says what alternates are wanted. The measures are those of
// Abraham, Delling, Goldberg and Werneck (Alternative Routes in Road Networks,
// Journal of Experimental Algorithmics 18, 2013).
type AlternateLimits struct {
	// Most is the number of routes wanted, the shortest included: 1 to 31.
	Most int
	// Stretch bounds the cost of every route: so many times that of the
	// shortest. At least 1.
	Stretch float64
	// Shared bounds the length that two routes have in common, as a share of
	// the length of either. 0 to 1.
	Shared float64
	// Local is the longest piece of a route that has to be a shortest path
	// between its ends, as a share of the cost of the shortest route. At least
	// 0; pieces that contain a via node within are exempt.
	Local float64
	// Detour bounds every piece of a route that is off the shortest one: it
	// costs no more than so many times the distance between its ends. At least
	// 1, or 0 for no bound. Pieces end at via nodes.
	Detour float64
	// Length is the length of each input arc for Shared; nil for its weight.
	Length []uint32
	// SpareRequired leaves arcs that every route must use out of all lengths,
	// so that nobody is refused for what he cannot avoid.
	SpareRequired bool
	// Apart wants routes that have no node in common but those that every route
	// must pass: no chokepoint that can be avoided.
	Apart bool
	// Tests bounds how many candidates of a section are tested; 0 is 200.
	Tests int
}

func (l *AlternateLimits) tests() int {
	if l.Tests == 0 {
		return 200
	}
	return l.Tests
}

// check returns an error that names the first thing wrong with the limits.
func (l *AlternateLimits) check(arcs int) error {
	switch {
	case l.Most < 1 || l.Most > maxRoutes:
		return fmt.Errorf("cch: %d alternates: ask for 1 to %d routes", l.Most, maxRoutes)
	case !(l.Stretch >= 1) || math.IsInf(l.Stretch, 1):
		return fmt.Errorf("cch: alternates of at most %v times the shortest: must be 1 or more", l.Stretch)
	case !(l.Shared >= 0 && l.Shared <= 1):
		return fmt.Errorf("cch: alternates that share %v of their length: must be 0 to 1", l.Shared)
	case !(l.Local >= 0) || math.IsInf(l.Local, 1):
		return fmt.Errorf("cch: alternates that are shortest over %v of the whole: must be 0 or more", l.Local)
	case l.Detour != 0 && !(l.Detour >= 1):
		return fmt.Errorf("cch: alternates with detours of at most %v times the distance: must be 1 or more, or 0 for no bound", l.Detour)
	case l.Length != nil && len(l.Length) != arcs:
		return fmt.Errorf("cch: %d lengths for a graph of %d arcs: give one for each", len(l.Length), arcs)
	case l.Tests < 0:
		return fmt.Errorf("cch: %d tests of alternates: must not be negative", l.Tests)
	}
	return nil
}

// A Bound is a reason for which a candidate is no alternate.
type Bound uint8

// The bounds. Each candidate is counted under the first that it breaks, in the
// order of these.
const (
	// BoundStretch refuses combinations of sections that cost too much
	// together. Other ways that do are never candidates.
	BoundStretch Bound = iota
	// BoundRepeat refuses what passes a node twice.
	BoundRepeat
	// BoundShared refuses what has too much in common with another route.
	BoundShared
	// BoundApart refuses what passes a node of another route that is not
	// required.
	BoundApart
	// BoundLocal refuses what is not a shortest path locally.
	BoundLocal
	// BoundDetour refuses what is too long where it is off the shortest route.
	BoundDetour
	// BoundTests stands for candidates left over when enough were tested.
	BoundTests

	bounds   = 7
	keepsAll = bounds
)

// String returns the name of the limit.
func (b Bound) String() string {
	return [...]string{"stretch", "repeat", "shared", "apart", "local", "detour", "tests", "none"}[min(b, bounds)]
}

// An Alternate is a route of a set.
type Alternate struct {
	// Arcs are its input arcs in their order.
	Arcs []uint32
	// Source and Target are the seeds that it begins and ends at.
	Source, Target int
	// Cost is its weight with that of both seeds, Stretch its cost over that of
	// the shortest, 1 where both are 0.
	Cost    uint32
	Stretch float64
	// Length is the sum of its arcs' lengths, without those that are spared.
	Length uint64
	// Shared is the share of length in common with each route before it in the
	// set: that of the route for which it is more.
	Shared []float64
	// Plateau is the weight of the piece around which it was found: the longest
	// piece that is both on the way from the sources and on the way to the
	// targets. In a set through via nodes it is the least of the sections that
	// are not the shortest. The whole cost in the first route.
	Plateau uint32
}

// An AlternateSet is an answer. Its slices are good until the next question.
type AlternateSet struct {
	// Routes begins with the shortest; it is empty when there is no way.
	Routes []Alternate
	// Vias is the node of each via set that all routes pass.
	Vias []uint32
	// Required are the nodes that every way through the corridor passes, in the
	// order of the shortest route: chokepoints that no choice avoids. A node may
	// be on all routes within the stretch and not be named, when only ways
	// longer than the stretch that stay inside the corridor avoid it.
	Required []uint32
	// Common are the other nodes that all routes of the set pass, when there
	// are at least two.
	Common []uint32
	// Refused counts the candidates refused, by Bound.
	Refused [bounds]int
}

// Binding returns the bound that refused most candidates: the one to loosen when
// there are fewer routes than wanted. It is the stretch when nothing was refused,
// as ways beyond it are never looked at.
func (s *AlternateSet) Binding() Bound {
	most := BoundStretch
	for b := range Bound(bounds) {
		if s.Refused[b] > s.Refused[most] {
			most = b
		}
	}
	return most
}

// Alternates finds sets of routes that differ where it counts. It belongs to one
// goroutine and answers for the metric as it is at the time of the question.
type Alternates struct {
	m       *Metric
	search  *Search
	section section
	set     AlternateSet

	// Via nodes: all sets after one another, with the cost of getting there, and
	// the one of the set before by which.
	stage     []Seed
	stageFrom []int
	stages    []int // where each set begins, and the end
	chosen    []uint32
	distances []uint32 // of each section
	from, to  [1]Seed  // ends of a section that are via nodes

	// Routes of all sections, their arcs, and where the routes of each section
	// begin.
	routes []found
	arcs   []uint32
	first  []int
	// Combinations of sections: a heap of cost and number, and by number the
	// route of each section. The cheapest comes first, of equally cheap ones the
	// oldest.
	combos lowest[uint64]
	digits []uint8

	// The routes of the set that use each input arc, by bit; used lists those
	// that any does.
	mask, used []uint32
	whole      []uint32  // arcs of all routes of the set
	ends       []int     // where those of each route end
	shares     []float64 // of all routes of the set
	// How many of the routes pass each node: what it holds lasts for one step.
	hits []uint32
}

// NewAlternates returns a search that sees every later change of the metric.
// Memory: about 20 bytes for each node and 4 for each input arc, and what the
// corridors need.
func (m *Metric) NewAlternates() *Alternates {
	return &Alternates{
		m: m, search: m.NewSearch(), section: newSection(m),
		mask: make([]uint32, len(m.in)), hits: make([]uint32, len(m.h.node)),
	}
}

// Find returns the shortest route from the sources to the targets through one
// node of each via set in turn, and alternates to it that keep all limits. It
// fails when a limit makes no sense, or a node does not exist, and returns an
// empty set when there is no way. It allocates only until its buffers have grown.
//
// Without via sets each route is a shortest one from the sources to some node
// and from there to the targets. Candidates are the plateaus of the corridor,
// tried by 2·cost + weight shared with the shortest − plateau, the least first;
// each is taken that keeps all limits together with those taken before. So not
// every set that exists is found, but every set found keeps the limits.
//
// With via sets the node of each is that of the shortest route, for all routes.
// Alternates of a section may cost as much more than its shortest as the whole
// may. The routes of the set are combinations of those, one for each section,
// tried by cost; Stretch and Shared are tested again for the whole. Local and
// Detour hold section by section, with windows of Local times the cost of the
// whole; a route may pass a node in several sections.
//
// Cost: a corridor for each section, passes over its nodes and arcs, and a query
// for each candidate whose plateau is shorter than the window.
func (a *Alternates) Find(sources []Seed, vias [][]uint32, targets []Seed, limits AlternateLimits) (*AlternateSet, error) {
	set := &a.set
	*set = AlternateSet{Routes: set.Routes[:0], Vias: set.Vias[:0], Required: set.Required[:0], Common: set.Common[:0]}
	if err := a.check(sources, vias, targets, &limits); err != nil {
		return nil, err
	}
	best := a.stop(sources, vias, targets)
	if best == Inf {
		return set, nil
	}
	budget := uint32(min(math.Floor(float64(best)*limits.Stretch), float64(Inf-1)))
	window := uint32(min(math.Floor(float64(best)*limits.Local), float64(Inf-1)))
	a.routes, a.arcs, a.first = a.routes[:0], a.arcs[:0], a.first[:0]
	for i, d := range a.distances {
		from, to := sources, targets
		if i > 0 {
			a.from[0] = Seed{Node: a.chosen[i-1]}
			from = a.from[:]
		}
		if i < len(vias) {
			a.to[0] = Seed{Node: a.chosen[i]}
			to = a.to[:]
		}
		a.section.find(from, to, d, d+(budget-best), window, &limits)
		a.keep()
	}
	a.first = append(a.first, len(a.routes))
	set.Vias = append(set.Vias, a.chosen...)
	a.combine(sources, best, budget, &limits)
	a.publish(sources)
	for _, e := range a.used {
		a.mask[e] = 0
	}
	a.used = a.used[:0]
	return set, nil
}

func (a *Alternates) check(sources []Seed, vias [][]uint32, targets []Seed, limits *AlternateLimits) error {
	n := len(a.m.h.node)
	for _, seeds := range [][]Seed{sources, targets} {
		for _, s := range seeds {
			if int(s.Node) >= n {
				return fmt.Errorf("cch: alternates from or to node %d: there are %d nodes", s.Node, n)
			}
		}
	}
	for i, via := range vias {
		if len(via) == 0 {
			return fmt.Errorf("cch: via set %d is empty: name at least one node", i)
		}
		for _, v := range via {
			if int(v) >= n {
				return fmt.Errorf("cch: via set %d names node %d: there are %d nodes", i, v, n)
			}
		}
	}
	return limits.check(len(a.m.in))
}

// stop finds the cost of the shortest route through the via sets, Inf when there
// is none, the node of each set, and the distances between them: the seeds of a
// set's nodes are the costs of getting there.
func (a *Alternates) stop(sources []Seed, vias [][]uint32, targets []Seed) uint32 {
	a.stage, a.stageFrom, a.stages = a.stage[:0], a.stageFrom[:0], a.stages[:0]
	seeds := sources
	for _, via := range vias {
		begin := len(a.stage)
		a.stages = append(a.stages, begin)
		for _, v := range via {
			a.to[0] = Seed{Node: v}
			d, s, _ := a.search.Between(seeds, a.to[:])
			a.stage, a.stageFrom = append(a.stage, Seed{v, d}), append(a.stageFrom, s)
		}
		seeds = a.stage[begin:]
	}
	best, s, _ := a.search.Between(seeds, targets)
	a.chosen, a.distances = resize(a.chosen, len(vias)), resize(a.distances, len(vias)+1)
	if best == Inf {
		return Inf
	}
	reached := best
	for i := len(vias) - 1; i >= 0; i-- {
		at := a.stages[i] + s
		a.chosen[i] = a.stage[at].Node
		a.distances[i+1] = reached - a.stage[at].Weight
		reached, s = a.stage[at].Weight, a.stageFrom[at]
	}
	a.distances[0] = reached
	return best
}

// keep copies what a section found.
func (a *Alternates) keep() {
	s := &a.section
	a.first = append(a.first, len(a.routes))
	for _, f := range s.found {
		f.begin, f.end = f.begin+len(a.arcs), f.end+len(a.arcs)
		a.routes = append(a.routes, f)
	}
	a.arcs = append(a.arcs, s.arcs...)
	for _, v := range s.required {
		if n := len(a.set.Required); n == 0 || a.set.Required[n-1] != v {
			a.set.Required = append(a.set.Required, v)
		}
	}
	for _, e := range s.spared {
		a.mark(e, requiredBit)
	}
	for b, n := range s.refused {
		a.set.Refused[b] += n
	}
}

// mark adds a bit to those of an input arc.
func (a *Alternates) mark(e, bit uint32) {
	if a.mask[e] == 0 {
		a.used = append(a.used, e)
	}
	a.mask[e] |= bit
}

// combine makes the routes of the set from those of the sections.
func (a *Alternates) combine(sources []Seed, best, budget uint32, limits *AlternateLimits) {
	a.whole, a.ends, a.shares = a.whole[:0], a.ends[:0], a.shares[:0]
	sections := len(a.first) - 1
	if sections == 1 {
		// They keep all limits together, and their order is theirs.
		a.digits = resize(a.digits, 1)
		for i := range a.routes {
			a.digits[0] = uint8(i)
			a.adopt(sources, a.digits, best, limits, true)
		}
		return
	}
	for i := range sections {
		slices.SortStableFunc(a.routes[a.first[i]:a.first[i+1]], func(f, g found) int { return int(f.cost) - int(g.cost) })
	}
	a.combos, a.digits = append(a.combos[:0], uint64(best)<<32), refill(a.digits, sections, 0)
	for tested := 0; len(a.combos) > 0 && len(a.set.Routes) < limits.Most; tested++ {
		if tested > limits.tests() {
			a.set.Refused[BoundTests] += len(a.combos)
			return
		}
		top := a.combos.pop()
		cost, at := uint32(top>>32), int(uint32(top))*sections
		// Each combination follows from the one with its last digit that is not
		// 0 less by one, and from no other.
		last := sections - 1
		for last > 0 && a.digits[at+last] == 0 {
			last--
		}
		for j := last; j < sections; j++ {
			i := a.first[j] + int(a.digits[at+j])
			if i+1 == a.first[j+1] {
				continue
			}
			if sum := uint64(cost) - uint64(a.routes[i].cost) + uint64(a.routes[i+1].cost); sum <= uint64(budget) {
				number := uint64(len(a.digits) / sections)
				a.digits = append(a.digits, a.digits[at:at+sections]...)
				a.digits[len(a.digits)-sections+j]++
				a.combos.push(sum<<32 | number)
			} else {
				a.set.Refused[BoundStretch]++
			}
		}
		if b := a.adopt(sources, a.digits[at:at+sections], best, limits, false); b != keepsAll {
			a.set.Refused[b]++
		}
	}
}

// adopt makes a route of the set of one route of each section, unless it breaks
// a bound, which it returns; they need not be tested when it is known to keep
// them.
func (a *Alternates) adopt(sources []Seed, digits []uint8, best uint32, limits *AlternateLimits, known bool) Bound {
	set, begin := &a.set, len(a.whole)
	n := len(set.Routes)
	r := Alternate{Plateau: none}
	for i, d := range digits {
		f := a.routes[a.first[i]+int(d)]
		a.whole = append(a.whole, a.arcs[f.begin:f.end]...)
		r.Cost += f.cost
		if i == 0 {
			r.Source = int(f.source)
		}
		if i == len(digits)-1 {
			r.Target = int(f.target)
		}
		if d > 0 {
			r.Plateau = min(r.Plateau, f.plateau)
		}
	}
	if n == 0 {
		r.Plateau = r.Cost
	}
	arcs := a.whole[begin:]
	bit := uint32(1) << n
	for _, e := range arcs {
		a.mark(e, bit)
		r.Length += a.length(e, limits)
	}
	for k, from := 0, 0; k < n; k++ {
		here, there := uint64(0), uint64(0)
		for _, e := range arcs {
			if a.mask[e]>>k&1 != 0 {
				here += a.length(e, limits)
			}
		}
		for _, e := range a.whole[from:a.ends[k]] {
			if a.mask[e]&bit != 0 {
				there += a.length(e, limits)
			}
		}
		from = a.ends[k]
		other := set.Routes[k].Length
		if !known && (float64(here) > limits.Shared*float64(r.Length) || float64(there) > limits.Shared*float64(other)) {
			a.drop(begin, n)
			return BoundShared
		}
		a.shares = append(a.shares, max(share(here, r.Length), share(there, other)))
	}
	r.Stretch = 1
	if best > 0 {
		r.Stretch = float64(r.Cost) / float64(best)
	}
	a.ends = append(a.ends, len(a.whole))
	set.Routes = append(set.Routes, r)
	if !known && limits.Apart && n > 0 && !a.apart(sources) {
		a.ends, set.Routes = a.ends[:n], set.Routes[:n]
		a.drop(begin, n)
		return BoundApart
	}
	return keepsAll
}

// drop forgets what adopt noted of route n, whose arcs begin there.
func (a *Alternates) drop(begin, n int) {
	for _, e := range a.whole[begin:] {
		a.mask[e] &^= 1 << n
	}
	a.whole, a.shares = a.whole[:begin], a.shares[:n*(n-1)/2]
}

// apart says whether the last route of the set has no node in common with those
// before it but what is required.
func (a *Alternates) apart(sources []Seed) bool {
	a.slice()
	last := uint32(len(a.set.Routes)) - 1
	a.pass(sources, func(i, v uint32) {
		if i < last {
			a.hits[v] = 1
		}
	})
	for _, v := range a.set.Required {
		a.hits[v] = 0
	}
	is := true
	a.pass(sources, func(i, v uint32) {
		if i == last && a.hits[v] != 0 {
			is = false
		}
	})
	a.pass(sources, func(_, v uint32) { a.hits[v] = 0 })
	return is
}

// share returns a part as a share of the whole; of nothing, all is shared.
func share(part, whole uint64) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// length returns the length of an input arc that counts for shares.
func (a *Alternates) length(e uint32, limits *AlternateLimits) uint64 {
	if limits.SpareRequired && a.mask[e]&requiredBit != 0 {
		return 0
	}
	return a.m.lengthOf(e, limits)
}

// slice hands out the slices of the routes, which are good until more is
// appended to them.
func (a *Alternates) slice() {
	from, shares := 0, 0
	for i := range a.set.Routes {
		r := &a.set.Routes[i]
		r.Arcs = a.whole[from:a.ends[i]:a.ends[i]]
		r.Shared = a.shares[shares : shares+i : shares+i]
		from, shares = a.ends[i], shares+i
	}
}

// publish hands out the routes, and finds the nodes that all of them pass.
func (a *Alternates) publish(sources []Seed) {
	a.slice()
	set := &a.set
	if len(set.Routes) < 2 {
		return
	}
	// hits is i for a node that the first i routes pass.
	a.pass(sources, func(i uint32, v uint32) {
		if a.hits[v] == i {
			a.hits[v]++
		}
	})
	for _, v := range set.Required {
		a.hits[v] = 0
	}
	all := uint32(len(set.Routes))
	a.pass(sources, func(_, v uint32) {
		if a.hits[v] == all {
			set.Common = append(set.Common, v)
		}
		a.hits[v] = 0
	})
}

// pass calls do for each node of each route, route by route.
func (a *Alternates) pass(sources []Seed, do func(route, node uint32)) {
	h := a.m.h
	for i := range a.set.Routes {
		r := &a.set.Routes[i]
		do(uint32(i), sources[r.Source].Node)
		for _, e := range r.Arcs {
			head := h.head
			if h.link[e]&1 != 0 {
				head = h.tail
			}
			do(uint32(i), h.node[head[h.link[e]/2]])
		}
	}
}
