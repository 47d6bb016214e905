package cch

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
)

const (
	// blockStates is how many states of small pieces are put in order together.
	blockStates = 16
	// mostBlock and mostFront bound the work on one block: its states, and those
	// with the states around them.
	mostBlock = 1024
	mostFront = 8192
)

// FindLiftedOrder returns an elimination order for a graph of states and turns:
// a node is a road piece driven in one direction, perhaps with what has been
// driven before; an arc is a turn. group names for each state the piece it
// drives; all states of a piece, in both directions, are one group. Numbers of
// groups are below 2³⁰ and best dense, as the cost grows with the largest.
//
// The pieces are ordered first, two being neighbours where a turn leads from one
// to the other. A cut of that network is a set of pieces, an edge cut of the
// junctions (Buchhold, Wagner, Zeitz and Zündorf, Customizable Contraction
// Hierarchies with Turn Costs, ATMOS 2020). Then the states of a cut, and of
// pieces of some dozen states, are put in an order of their own, which looks at
// the direction of arcs: states that lead across a cut one way are joined to
// those that lead back, not to each other.
//
// The order depends on the graph, the groups and the seed only. Any grouping
// gives a sound order. It fails when g is unsound, when there is not one group
// for each state, and with the error of ctx soon after that ends.
func FindLiftedOrder(ctx context.Context, g *Graph, group []uint32, opt OrderOptions) ([]uint32, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	if len(group) != g.Nodes() {
		return nil, fmt.Errorf("cch: %d groups for a graph of %d states: name one for each", len(group), g.Nodes())
	}
	for v, k := range group {
		if k >= 1<<30 {
			return nil, fmt.Errorf("cch: state %d is of group %d: groups are numbered from 0, below %d", v, k, 1<<30)
		}
	}
	l := newLifting(g, group)
	adj := l.pieces.undirected()
	used := adjacency{first: adj.first, to: slices.Clone(adj.to)}
	order, err := nested(ctx, &used, opt)
	if err != nil {
		return nil, err
	}
	order = postorder(eliminationTree(&adj, order), order)
	return l.states(ctx, order, l.blocks(eliminationTree(&adj, order), order))
}

// A lifting turns an order of groups into one of their states.
type lifting struct {
	g      *Graph
	pieces Graph // groups, joined by turns
	// The states of each group, and the states that lead to each state.
	firstState, state []uint32
	firstBack, back   []uint32
}

func newLifting(g *Graph, group []uint32) *lifting {
	k := 0
	for _, p := range group {
		k = max(k, int(p)+1)
	}
	l := &lifting{g: g}
	l.firstState, l.state = filed(k, group)
	l.pieces.FirstOut = make([]uint32, 1, k+1)
	for p := range uint32(k) {
		for _, v := range l.of(p) {
			for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
				if group[w] != p {
					l.pieces.Head = append(l.pieces.Head, group[w])
				}
			}
		}
		l.pieces.FirstOut = append(l.pieces.FirstOut, uint32(len(l.pieces.Head)))
	}
	n := g.Nodes()
	var arcs []uint32
	l.firstBack, arcs = filed(n, g.Head)
	// The tail of each arc in its place.
	l.back = make([]uint32, len(arcs))
	tail := make([]uint32, len(arcs))
	for v := range uint32(n) {
		for e := g.FirstOut[v]; e < g.FirstOut[v+1]; e++ {
			tail[e] = v
		}
	}
	for i, e := range arcs {
		l.back[i] = tail[e]
	}
	return l
}

// filed lists the indices of keys by key, which are below n.
func filed(n int, keys []uint32) (first, index []uint32) {
	first = make([]uint32, n+1)
	for _, k := range keys {
		first[k]++
	}
	total := uint32(0)
	for k := range first {
		total, first[k] = total+first[k], total
	}
	at := slices.Clone(first)
	index = make([]uint32, len(keys))
	for i, k := range keys {
		index[at[k]] = uint32(i)
		at[k]++
	}
	return first, index
}

// of returns the states of a group.
func (l *lifting) of(p uint32) []uint32 { return l.state[l.firstState[p]:l.firstState[p+1]] }

// A block is a run of groups, in their order, whose states are put in order
// together: a whole subtree of the elimination tree, or part of a path. What it
// and those below it are joined to is above its last group.
type block struct {
	from, to uint32 // places in the order of groups
	parent   int32  // the block above, -1 at the top
}

// blocks cuts the elimination tree of the groups into blocks, children before
// parents.
func (l *lifting) blocks(parent, order []uint32) []block {
	n := len(order)
	size, groups, branches := make([]uint32, n), make([]uint32, n), make([]uint32, n)
	for i, p := range order {
		size[i] += uint32(len(l.of(p)))
		groups[i]++
		if q := parent[i]; q != none {
			size[q] += size[i]
			groups[q] += groups[i]
			branches[q]++
		}
	}
	var blocks []block
	of := make([]int32, n) // the block that ends with a group, where one does
	for i := range uint32(n) {
		of[i] = -1
		q := parent[i]
		small := size[i] <= blockStates
		begin := i + 1 - groups[i]
		if !small {
			states := 0
			for begin = i; ; begin-- {
				states += len(l.of(order[begin]))
				if begin == 0 || of[begin-1] >= 0 || parent[begin-1] != begin {
					break
				}
			}
			if q != none && branches[q] == 1 && states < mostBlock {
				continue // further up on the same path
			}
		} else if q != none && size[q] <= blockStates {
			continue // inside a subtree that is a block
		}
		of[i] = int32(len(blocks))
		blocks = append(blocks, block{from: begin, to: i + 1, parent: -1})
	}
	holder := make([]int32, n)
	for i, b := range blocks {
		for p := b.from; p < b.to; p++ {
			holder[p] = int32(i)
		}
	}
	for i := range blocks {
		if q := parent[blocks[i].to-1]; q != none {
			blocks[i].parent = holder[q]
		}
	}
	return blocks
}

// joints is what the states above a block are joined by once it is eliminated:
// row i of out tells which of them state i leads to.
type joints struct {
	state []uint32
	words int
	out   []uint64
}

// states puts the states of all blocks in order.
func (l *lifting) states(ctx context.Context, order []uint32, blocks []block) ([]uint32, error) {
	out := make([]uint32, 0, l.g.Nodes())
	place := make([]uint32, l.g.Nodes()) // of each state's block
	for i, b := range blocks {
		for _, p := range order[b.from:b.to] {
			for _, v := range l.of(p) {
				place[v] = uint32(i)
			}
		}
	}
	below := make([][]*joints, len(blocks)) // nil in it: not known, as too large
	f := &front{l: l, place: place, local: refill[uint32](nil, l.g.Nodes(), none)}
	for i, b := range blocks {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		from := len(out)
		for _, p := range order[b.from:b.to] {
			out = append(out, l.of(p)...)
		}
		var up *joints
		if !slices.Contains(below[i], nil) {
			up = f.order(uint32(i), out[from:], below[i])
		}
		below[i] = nil
		if b.parent >= 0 {
			below[b.parent] = append(below[b.parent], up)
		}
	}
	return out, nil
}

// A front eliminates the states of a block. It knows which of them and of the
// states around them lead to which over eliminated ones, as rows of bits; those
// around come first.
type front struct {
	l     *lifting
	place []uint32 // block of each state
	local []uint32 // row of each state in hand, none of others
	state []uint32
	words int
	out   []uint64
	in    []uint64
	// The number of states that a state of the block is joined to.
	degree []int
	done   []bool
}

func (f *front) row(rows []uint64, i uint32) []uint64 { return rows[int(i)*f.words:][:f.words] }

func (f *front) join(i, j uint32) {
	if i == j {
		return
	}
	f.out[int(i)*f.words+int(j/64)] |= 1 << (j % 64)
	f.in[int(j)*f.words+int(i/64)] |= 1 << (i % 64)
}

// order puts the states of a block into the order in which each is joined to as
// few others as can be when its turn comes, and returns what is left; nil when
// there is too much around, and then the order is as it was.
func (f *front) order(b uint32, states []uint32, below []*joints) *joints {
	f.state = f.state[:0]
	meet := func(v uint32) {
		if f.local[v] == none && f.place[v] > b {
			f.local[v] = uint32(len(f.state))
			f.state = append(f.state, v)
		}
	}
	g := f.l.g
	for _, v := range states {
		for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
			meet(w)
		}
		for _, w := range f.l.back[f.l.firstBack[v]:f.l.firstBack[v+1]] {
			meet(w)
		}
	}
	for _, j := range below {
		for _, v := range j.state {
			meet(v)
		}
	}
	around := uint32(len(f.state))
	for i, v := range states {
		f.local[v] = around + uint32(i)
	}
	f.state = append(f.state, states...)
	defer func() {
		for _, v := range f.state {
			f.local[v] = none
		}
	}()
	n := len(f.state)
	if n > mostFront {
		return nil
	}
	f.words = (n + 63) / 64
	f.out, f.in = refill(f.out, n*f.words, 0), refill(f.in, n*f.words, 0)
	f.assemble(b, states, below)
	f.eliminate(around, states)
	return f.rest(around)
}

// assemble joins the states by their arcs and by what was eliminated before.
func (f *front) assemble(b uint32, states []uint32, below []*joints) {
	g := f.l.g
	for _, v := range states {
		i := f.local[v]
		for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
			if f.place[w] >= b {
				f.join(i, f.local[w])
			}
		}
		for _, w := range f.l.back[f.l.firstBack[v]:f.l.firstBack[v+1]] {
			if f.place[w] > b {
				f.join(f.local[w], i)
			}
		}
	}
	for _, j := range below {
		for i, v := range j.state {
			for k, word := range j.out[i*j.words:][:j.words] {
				for ; word != 0; word &= word - 1 {
					f.join(f.local[v], f.local[j.state[64*k+bits.TrailingZeros64(word)]])
				}
			}
		}
	}
}

// eliminate puts the states of the block, whose rows start at first, in order
// and eliminates them.
func (f *front) eliminate(first uint32, states []uint32) {
	f.degree, f.done = f.degree[:0], f.done[:0]
	for i := range states {
		f.degree = append(f.degree, f.joined(first+uint32(i)))
		f.done = append(f.done, false)
	}
	for at := range states {
		best := -1
		for i, d := range f.degree {
			if !f.done[i] && (best < 0 || d < f.degree[best]) {
				best = i
			}
		}
		f.done[best] = true
		v := first + uint32(best)
		states[at] = f.state[v]
		in, out := f.row(f.in, v), f.row(f.out, v)
		f.bypass(v, in, f.out, out)
		f.bypass(v, out, f.in, in)
		for k := range in {
			for word := in[k] | out[k]; word != 0; word &= word - 1 {
				if w := uint32(64*k + bits.TrailingZeros64(word)); w >= first {
					f.degree[w-first] = f.joined(w)
				}
			}
			in[k], out[k] = 0, 0
		}
	}
}

// bypass adds reach to the row of each state in of, and takes v out of it.
func (f *front) bypass(v uint32, of []uint64, rows, reach []uint64) {
	for k, word := range of {
		for ; word != 0; word &= word - 1 {
			x := uint32(64*k + bits.TrailingZeros64(word))
			row := f.row(rows, x)
			for i, r := range reach {
				row[i] |= r
			}
			row[x/64] &^= 1 << (x % 64)
			row[v/64] &^= 1 << (v % 64)
		}
	}
}

// joined returns how many states one leads to or is reached from.
func (f *front) joined(v uint32) int {
	in, out := f.row(f.in, v), f.row(f.out, v)
	sum := 0
	for k := range in {
		sum += bits.OnesCount64(in[k] | out[k])
	}
	return sum
}

// rest returns what joins the states around.
func (f *front) rest(around uint32) *joints {
	j := &joints{words: int(around+63) / 64}
	j.state = slices.Clone(f.state[:around])
	j.out = make([]uint64, 0, int(around)*j.words)
	for i := range around {
		j.out = append(j.out, f.row(f.out, i)[:j.words]...)
	}
	return j
}
