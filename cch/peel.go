package cch

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// tipRounds is how many nodes of a dead end are eliminated from its tip one by
// one, at one arc each, before the rest is treated as a chain, at two arcs each
// but little depth. Few real dead ends are longer.
const tipRounds = 32

// peel eliminates nodes of degree up to two until none is left, which costs no
// fill but one arc in place of a chain. It returns them in their order, and the
// other nodes; adj becomes the adjacency of those, numbered by their place in
// rest.
//
// It goes in rounds. Neighbours on a chain are not eliminated in the same one,
// so that a chain of n nodes is log n deep.
func peel(adj *adjacency) (order, rest []uint32) {
	n := len(adj.first) - 1
	degree := make([]uint32, n)
	to := adj.to
	var tips, chain, queue []uint32
	file := func(v uint32) {
		switch {
		case degree[v] <= 1:
			tips = append(tips, v)
		case degree[v] == 2:
			chain = append(chain, v)
		}
	}
	for v := range uint32(n) {
		degree[v] = adj.first[v+1] - adj.first[v]
		file(v)
	}
	gone := make([]bool, n)
	rested := make([]uint32, n) // the round in which a node last lost a neighbour
	at := func(v, w uint32) uint32 {
		i := slices.Index(to[adj.first[v]:adj.first[v]+degree[v]], w)
		return adj.first[v] + uint32(i)
	}
	joined := func(v, w uint32) bool { return slices.Contains(to[adj.first[v]:adj.first[v]+degree[v]], w) }
	for round := uint32(1); len(tips)+len(chain) > 0; round++ {
		eliminate := func(v uint32) {
			gone[v] = true
			order = append(order, v)
			list := to[adj.first[v] : adj.first[v]+degree[v]]
			for _, w := range list {
				rested[w] = round
			}
			if len(list) == 2 && !joined(list[0], list[1]) {
				to[at(list[0], v)], to[at(list[1], v)] = list[1], list[0]
				return
			}
			for _, w := range list {
				degree[w]--
				last := adj.first[w] + degree[w]
				for i := adj.first[w]; i < last; i++ {
					if to[i] == v {
						to[i] = to[last]
						break
					}
				}
				file(w)
			}
		}
		queue, tips = tips, queue[:0]
		for _, v := range queue {
			if !gone[v] {
				eliminate(v)
			}
		}
		if round < tipRounds && len(tips) > 0 {
			continue
		}
		queue, chain = chain, queue[:0]
		for _, v := range queue {
			switch {
			case gone[v] || degree[v] != 2: // a tip by now, and filed as such
			case rested[v] == round:
				chain = append(chain, v)
			default:
				eliminate(v)
			}
		}
	}

	number := make([]uint32, n)
	for v := range uint32(n) {
		if !gone[v] {
			number[v] = uint32(len(rest))
			rest = append(rest, v)
		}
	}
	core := adjacency{first: make([]uint32, 1, len(rest)+1)}
	for _, v := range rest {
		from := len(core.to)
		for _, w := range to[adj.first[v] : adj.first[v]+degree[v]] {
			core.to = append(core.to, number[w])
		}
		slices.Sort(core.to[from:])
		core.first = append(core.first, uint32(len(core.to)))
	}
	*adj = core
	return order, rest
}

// orderLeaf puts a piece of up to leafSize nodes into the order that gives the
// fewest arcs and triangles, by dynamic programming over the sets of nodes that
// were eliminated: which arcs a node has then depends on the set, not on its
// order. Nodes around the piece are eliminated after it and count. Larger
// pieces, which nothing cuts, and those with many nodes around them go by
// degree.
//
// Cost: 2^n·n steps for n nodes.
func (d *dissector) orderLeaf(p *piece, out []uint32, b *bench) {
	n := p.n
	b.local = refill(b.local, n, 0)
	sorted := func() {
		for v := range uint32(n) {
			b.local[v] = v
		}
		slices.SortFunc(b.local, func(v, w uint32) int {
			return cmp.Or(cmp.Compare(len(d.core.of(p.id[v])), len(d.core.of(p.id[w]))), cmp.Compare(v, w))
		})
		for i, v := range b.local {
			out[i] = p.id[v]
		}
	}
	if n > leafSize || n < 2 {
		sorted()
		return
	}
	// Bits from 0 are nodes of the piece, those from n on the nodes around it.
	var near [leafSize]uint64
	around := b.list[:0]
	for v, id := range p.id {
		for _, w := range d.core.of(id) {
			i := slices.Index(p.id, w)
			if i < 0 {
				i = n + slices.Index(around, w)
				if i < n {
					i = n + len(around)
					around = append(around, w)
				}
			}
			if i > 63 {
				b.list = around
				sorted()
				return
			}
			near[v] |= 1 << i
		}
	}
	b.list = around
	var least [1 << leafSize]uint32
	var last [1 << leafSize]uint8
	full := uint64(1)<<n - 1
	for set := uint64(1); set <= full; set++ {
		least[set] = math.MaxUint32
		for rest := set; rest != 0; rest &= rest - 1 {
			v := bits.TrailingZeros64(rest)
			before := set &^ (1 << v)
			reach, through := near[v], uint64(0)
			for open := reach & before; open != 0; open = reach & before &^ through {
				u := bits.TrailingZeros64(open)
				through |= 1 << u
				reach |= near[u]
			}
			arcs := uint32(bits.OnesCount64(reach &^ set))
			if sum := least[before] + arcs*(arcs+1); sum < least[set] {
				least[set], last[set] = sum, uint8(v)
			}
		}
	}
	for set, i := full, n-1; i >= 0; i-- {
		v := last[set]
		out[i] = p.id[v]
		set &^= 1 << v
	}
}
