package game

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// A cellGraph is the graph as the zones of an attack see it: nodes between which a
// route can go to and fro without touching another zone are one cell. An edge that
// lies in a zone of which neither end is part is a cell of its own.
type cellGraph struct {
	zones  []uint32 // of the attack
	words  int      // of a set of zones
	sets   []uint64 // by cell
	cost   []int64  // by bit of a set
	out    [][]int32
	source []int32
	target []bool
	rest   []int64 // by cell: what a family of disjoint zones costs from here on, at least
	family []uint64
}

// set returns a cell's zones.
func (c *cellGraph) set(cell int32) []uint64 {
	return c.sets[int(cell)*c.words : (int(cell)+1)*c.words]
}

// weigh sums what the zones of a set cost, those of the family left out if asked.
func (c *cellGraph) weigh(set []uint64, outside bool) int64 {
	sum := int64(0)
	for k, w := range set {
		if outside {
			w &^= c.family[k]
		}
		for ; w != 0; w &= w - 1 {
			sum += c.cost[k*64+bits.TrailingZeros64(w)]
		}
	}
	return sum
}

// cells builds the graph for the zones that cost something.
func (z *zoneRoutes) cells() *cellGraph {
	c := &cellGraph{}
	bit := make([]int32, len(z.weight))
	for zone, w := range z.weight {
		bit[zone] = -1
		if w > 0 {
			bit[zone] = int32(len(c.zones))
			c.zones, c.cost = append(c.zones, uint32(zone)), append(c.cost, w)
		}
	}
	c.words = max(1, (len(c.zones)+63)/64)

	// Spots are nodes and the edges in zones of their own.
	n := z.g.n
	spotOf := make(map[uint32]int32)
	setID := make([]int32, n)
	ids := map[string]int32{}
	var setOf [][]uint64
	key := make([]byte, 8*c.words)
	intern := func(lists ...[]uint32) int32 {
		clear(key)
		for _, list := range lists {
			for _, zone := range list {
				if b := bit[zone]; b >= 0 {
					key[b/8] |= 1 << (b % 8)
				}
			}
		}
		if id, ok := ids[string(key)]; ok {
			return id
		}
		set := make([]uint64, c.words)
		for k := range set {
			set[k] = binary.LittleEndian.Uint64(key[8*k:])
		}
		id := int32(len(setOf))
		ids[string(key)] = id
		setOf = append(setOf, set)
		return id
	}
	empty := intern()
	for v := range uint32(n) {
		if zones := z.ofNode(v); len(zones) > 0 {
			setID[v] = intern(zones)
		} else {
			setID[v] = empty
		}
	}
	lone := func(a int32, u uint32) bool {
		for _, zone := range z.ofEdge(z.g.edge[a]) {
			b := bit[zone]
			if b < 0 {
				continue
			}
			if has(setOf[setID[u]], b) || has(setOf[setID[z.g.head[a]]], b) {
				continue
			}
			return true
		}
		return false
	}
	for u := range uint32(n) {
		for a := z.g.out[u]; a < z.g.out[u+1]; a++ {
			e := z.g.edge[a]
			if len(z.ofEdge(e)) == 0 || !lone(a, u) {
				continue
			}
			if _, ok := spotOf[e]; !ok {
				spotOf[e] = int32(len(setID))
				setID = append(setID, intern(z.ofEdge(e)))
			}
		}
	}
	cellOf, cells := z.g.components(len(setID), func(u uint32, a int32) bool {
		if setID[u] != setID[z.g.head[a]] {
			return false
		}
		_, apart := spotOf[z.g.edge[a]]
		return !apart
	})
	c.sets = make([]uint64, cells*c.words)
	c.out, c.target = make([][]int32, cells), make([]bool, cells)
	for v, cell := range cellOf {
		copy(c.set(cell), setOf[setID[v]])
	}
	join := func(a, b int32) {
		if a != b {
			c.out[a] = append(c.out[a], b)
		}
	}
	for u := range uint32(n) {
		for a := z.g.out[u]; a < z.g.out[u+1]; a++ {
			from, to := cellOf[u], cellOf[z.g.head[a]]
			if spot, ok := spotOf[z.g.edge[a]]; ok {
				join(from, cellOf[spot])
				join(cellOf[spot], to)
				continue
			}
			join(from, to)
		}
	}
	for cell := range c.out {
		slices.Sort(c.out[cell])
		c.out[cell] = slices.Compact(c.out[cell])
	}
	for _, s := range z.g.sources {
		c.source = append(c.source, cellOf[s])
	}
	for _, t := range z.g.sinks {
		c.target[cellOf[t]] = true
	}
	c.bounds()
	return c
}

func has(set []uint64, b int32) bool { return set[b/64]>>(b%64)&1 != 0 }

// bounds chooses disjoint zones, dear ones first, and computes from every cell
// what they cost at least on the way to a target: each is shrunk to a point, which
// leaves no route dearer.
func (c *cellGraph) bounds() {
	order := make([]int, len(c.cost))
	for b := range order {
		order[b] = b
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.cost[b], c.cost[a]) })
	members := make([][]int32, len(c.cost))
	for cell := range c.out {
		for k, w := range c.set(int32(cell)) {
			for ; w != 0; w &= w - 1 {
				b := k*64 + bits.TrailingZeros64(w)
				members[b] = append(members[b], int32(cell))
			}
		}
	}
	c.family = make([]uint64, c.words)
	owner := make([]int32, len(c.out))
	for i := range owner {
		owner[i] = -1
	}
	for _, b := range order {
		free := true
		for _, cell := range members[b] {
			free = free && owner[cell] < 0
		}
		if !free {
			continue
		}
		c.family[b/64] |= 1 << (b % 64)
		for _, cell := range members[b] {
			owner[cell] = int32(b)
		}
	}
	into := make([][]int32, len(c.out))
	for u, list := range c.out {
		for _, v := range list {
			into[v] = append(into[v], int32(u))
		}
	}
	// rest counts the zone that a cell lies in.
	c.rest = make([]int64, len(c.out))
	for i := range c.rest {
		c.rest[i] = math.MaxInt64
	}
	s := &search[int64]{}
	reach := func(cell int32, d int64) {
		if b := owner[cell]; b >= 0 {
			d += c.cost[b]
			for _, other := range members[b] {
				if d < c.rest[other] {
					c.rest[other] = d
					s.push(queued[int64]{d, uint32(other)})
				}
			}
			return
		}
		if d < c.rest[cell] {
			c.rest[cell] = d
			s.push(queued[int64]{d, uint32(cell)})
		}
	}
	for cell, t := range c.target {
		if t {
			reach(int32(cell), 0)
		}
	}
	for len(s.queue) > 0 {
		top := s.pop()
		if top.key > c.rest[top.node] {
			continue
		}
		for _, u := range into[top.node] {
			// Within one shrunk zone moves are free and already made.
			if b := owner[u]; b < 0 || b != owner[top.node] {
				reach(u, top.key)
			}
		}
	}
}

// A zoneLabel is a cell and the zones touched on a way there.
type zoneLabel struct {
	cell int32
	set  int32 // in the arena of sets
	cost int64
}

// priceTouches finds sets of zones of least cost that let a route through, and a
// route for each.
//
// A label is of use only if no label of its cell has a subset of its zones, since
// the cost of a route is a function of the set it touches. Labels leave the queue
// by a lower bound of the cost of routes through them: what their zones cost, or
// those outside a family of disjoint zones and what the family costs from there on.
func (z *zoneRoutes) priceTouches(ctx context.Context, weight []float64) (pricing, error) {
	const several = 8
	z.setWeights(weight)
	var found pricing
	if t, err := z.cheapestEntries(ctx); err != nil {
		return pricing{}, err
	} else if found.columns = append(found.columns, z.touchColumn(z.find.path(z.g, t))); z.budget <= 0 {
		return found, nil
	}
	c := z.cells()
	var labels []zoneLabel
	var arena []uint64
	s := &search[int64]{}
	at := make([][]int32, len(c.out)) // by cell: labels that count, as sets in the arena
	setAt := func(k int32) []uint64 { return arena[int(k)*c.words : (int(k)+1)*c.words] }
	covered := func(cell int32, set []uint64) bool {
		for _, k := range at[cell] {
			if subset(setAt(k), set) {
				return true
			}
		}
		return false
	}
	union := make([]uint64, c.words)
	reach := func(cell int32, from []uint64, floor int64) {
		if c.rest[cell] == math.MaxInt64 {
			return
		}
		copy(union, c.set(cell))
		for k, w := range from {
			union[k] |= w
		}
		if covered(cell, union) {
			return
		}
		cost := c.weigh(union, false)
		bound := max(floor, cost, c.rest[cell]+c.weigh(union, true))
		id := int32(len(labels))
		labels = append(labels, zoneLabel{cell, id, cost})
		arena = append(arena, union...)
		s.push(queued[int64]{bound, uint32(id)})
	}
	start := z.sharedBySinks(c)
	for _, cell := range c.source {
		reach(cell, start, 0)
	}
	best, last := int64(-1), 0
	for done := 0; len(s.queue) > 0; done++ {
		if done%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return pricing{}, err
			}
		}
		top := s.pop()
		if best < 0 {
			found.bound = float64(top.key) / costUnit
			if len(labels) > z.budget {
				z.budget = 0
				return found, nil
			}
		} else if len(labels) > last || top.key > best+best/2 {
			break
		}
		l := labels[top.node]
		set := slices.Clone(setAt(l.set))
		if covered(l.cell, set) {
			continue
		}
		at[l.cell] = append(at[l.cell], l.set)
		if c.target[l.cell] {
			if best < 0 {
				best, last = l.cost, 2*len(labels)+1000
				found.exact = true
			}
			found.columns = append(found.columns, z.touchColumn(z.routeIn(c, set)))
			if len(found.columns) > several {
				break
			}
			continue
		}
		for _, to := range c.out[l.cell] {
			reach(to, set, top.key)
		}
	}
	z.budget -= len(labels)
	return found, nil
}

func subset(a, b []uint64) bool {
	for k, w := range a {
		if w&^b[k] != 0 {
			return false
		}
	}
	return true
}

// sharedBySinks returns the zones that every sink lies in: each route touches them.
func (z *zoneRoutes) sharedBySinks(c *cellGraph) []uint64 {
	shared := make([]uint64, c.words)
	first := true
	for cell, t := range c.target {
		if !t {
			continue
		}
		for k, w := range c.set(int32(cell)) {
			if first {
				shared[k] = w
			} else {
				shared[k] &= w
			}
		}
		first = false
	}
	return shared
}

// routeIn returns a route that touches no priced zone outside a set.
func (z *zoneRoutes) routeIn(c *cellGraph, set []uint64) []uint32 {
	allowed := make([]bool, len(z.weight))
	for zone, w := range z.weight {
		allowed[zone] = w == 0
	}
	for b, zone := range c.zones {
		if has(set, int32(b)) {
			allowed[zone] = true
		}
	}
	edges, _ := z.within(func(zone uint32) bool { return allowed[zone] })
	return edges
}
