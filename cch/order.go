package cch

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// OrderOptions steer FindOrder. The zero value is a good choice.
type OrderOptions struct {
	// Seed chooses among equally good starts. The order depends on the graph
	// and the seed only, never on Threads.
	Seed uint64
	// Threads is how many goroutines may work at once; 1 when less.
	Threads int
	// Directions is how many ways of looking at a piece are tried; 4 when 0.
	Directions int
}

const (
	leafSize  = 7    // pieces up to this many nodes are ordered by trying all orders
	taskSize  = 2000 // pieces smaller than this are not worth a goroutine
	openShare = 0.15 // share of the nodes that each side starts with
	balance   = 0.2  // least share of the nodes on the smaller side of a cut
)

// FindOrder returns an elimination order by nested dissection: nodes of degree
// one and two first, then pieces between small cuts, cuts after what they
// separate. Cuts come from FlowCutter started from opposite ends of the piece
// (Gottesbüren, Hamann, Uhl and Wagner, Faster and Better Nested Dissection
// Orders for Customizable Contraction Hierarchies, Algorithms 12(9), 2019).
// Ends are chosen by the network alone, from distances in steps: coordinates are
// not needed.
//
// It fails when g is unsound, and with the error of ctx soon after that ends.
// For a graph of states and turns FindLiftedOrder is faster and better.
func FindOrder(ctx context.Context, g *Graph, opt OrderOptions) ([]uint32, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	adj := g.undirected()
	return nested(ctx, &adj, opt)
}

// nested orders the nodes of an adjacency, which it uses up.
func nested(ctx context.Context, adj *adjacency, opt OrderOptions) ([]uint32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if opt.Directions <= 0 {
		opt.Directions = 4
	}
	order, rest := peel(adj)
	d := &dissector{opt: opt, core: *adj}
	release := context.AfterFunc(ctx, func() { d.stopped.Store(true) })
	defer release()
	if opt.Threads > 1 {
		d.spare = make(chan struct{}, opt.Threads-1)
	}
	core := piece{adj: *adj, id: make([]uint32, len(rest)), n: len(rest)}
	for i := range core.id {
		core.id[i] = uint32(i)
	}
	done := len(order)
	order = slices.Grow(order, len(rest))[:done+len(rest)]
	d.split(&core, order[done:], d.newBench())
	d.wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, v := range order[done:] {
		order[done+i] = rest[v]
	}
	return order, nil
}

// A piece is a part of the network with nodes numbered from 0.
type piece struct {
	adj adjacency
	id  []uint32 // of each node in the core
	n   int
}

// A bench is what one goroutine works with.
type bench struct {
	cutter cutter
	list   []uint32
	local  []uint32
}

type dissector struct {
	opt   OrderOptions
	core  adjacency     // what is left after peel
	spare chan struct{} // goroutines that may still be started
	wait  sync.WaitGroup
	// stopped tells that nobody waits for the order any more.
	stopped atomic.Bool
}

func (d *dissector) newBench() *bench { return &bench{cutter: cutter{stopped: &d.stopped}} }

// split orders the components of p into out.
func (d *dissector) split(p *piece, out []uint32, b *bench) {
	d.components(p, nil, out, b)
}

// dissect orders a connected piece into out.
func (d *dissector) dissect(p *piece, out []uint32, b *bench) {
	if d.stopped.Load() {
		return
	}
	if p.n <= leafSize {
		d.orderLeaf(p, out, b)
		return
	}
	c := d.cut(p, b)
	if c == nil {
		d.orderLeaf(p, out, b) // a clique, or nearly
		return
	}
	rest := p.n - len(c)
	for i, v := range c {
		out[rest+i] = p.id[v]
	}
	d.components(p, c, out[:rest], b)
}

// components orders what is left of p without the nodes of a cut.
func (d *dissector) components(p *piece, c, out []uint32, b *bench) {
	const unseen, removed = none, none - 1
	local := refill(b.local, p.n, unseen)
	b.local = local
	for _, v := range c {
		local[v] = removed
	}
	var parts []piece
	list := b.list[:0]
	for v := range uint32(p.n) {
		if local[v] != unseen {
			continue
		}
		// Breadth first, so that neighbours lie near each other in memory.
		list = append(list[:0], v)
		local[v] = 0
		arcs := 0
		for i := 0; i < len(list); i++ {
			for _, w := range p.adj.of(list[i]) {
				if local[w] == removed {
					continue
				}
				arcs++
				if local[w] == unseen {
					local[w] = uint32(len(list))
					list = append(list, w)
				}
			}
		}
		part := piece{
			n:   len(list),
			adj: adjacency{first: make([]uint32, len(list)+1), to: make([]uint32, 0, arcs)},
			id:  make([]uint32, len(list)),
		}
		for i, u := range list {
			part.id[i] = p.id[u]
			for _, w := range p.adj.of(u) {
				if local[w] != removed {
					part.adj.to = append(part.adj.to, local[w])
				}
			}
			part.adj.first[i+1] = uint32(len(part.adj.to))
		}
		parts = append(parts, part)
	}
	b.list = list
	p.adj, p.id = adjacency{}, nil // no longer needed
	for i := range parts {
		part := &parts[i]
		into := out[:part.n]
		out = out[part.n:]
		if part.n >= taskSize && i+1 < len(parts) && d.spare != nil {
			select {
			case d.spare <- struct{}{}:
				d.wait.Go(func() {
					d.dissect(part, into, d.newBench())
					<-d.spare
				})
				continue
			default:
			}
		}
		d.dissect(part, into, b)
	}
}

// cut returns the best cut found, nil when there is none.
func (d *dissector) cut(p *piece, b *bench) []uint32 {
	var best cut
	for _, key := range d.poles(p, d.opt.Directions) {
		b.cutter.reset(p.adj, p.n)
		b.cutter.key = key
		b.cutter.open(openShare)
		b.cutter.refine(&best, balance)
	}
	if best.nodes == nil {
		for _, key := range d.poles(p, d.opt.Directions) {
			b.cutter.reset(p.adj, p.n)
			b.cutter.key = key
			b.cutter.open(0)
			b.cutter.refine(&best, 0)
		}
	}
	return best.nodes
}

// open claims the given share of the nodes at each end of the key, at least one.
func (c *cutter) open(share float64) {
	// Keys as whole numbers that sort alike, nodes below them.
	by := make([]uint64, c.nodes)
	for v, key := range c.key {
		bits := math.Float32bits(key)
		if bits>>31 != 0 {
			bits = ^bits
		} else {
			bits |= 1 << 31
		}
		by[v] = uint64(bits)<<32 | uint64(v)
	}
	slices.Sort(by)
	want := max(1, int(share*float64(c.nodes)))
	for _, v := range by[:want] {
		c.claim(0, uint32(v))
	}
	claimed := 0
	for i := len(by) - 1; i >= want && claimed < want; i-- {
		if v := uint32(by[i]); !c.borders(0, v) {
			c.claim(1, v)
			claimed++
		}
	}
}

// poles returns up to count keys from distances in steps: nodes far from each
// other are poles, and a key is the difference of the distances to two of them.
func (d *dissector) poles(p *piece, count int) [][]float32 {
	enough := 2
	for enough*(enough-1)/2 < count {
		enough++
	}
	start := uint32((d.opt.Seed*0x9e3779b97f4a7c15 + uint64(p.id[0])) % uint64(p.n))
	steps := distances(&p.adj, p.n, start)
	nearest := steps
	var from [][]int32
	for len(from) < enough {
		far := uint32(0)
		for v := range nearest {
			if nearest[v] > nearest[far] {
				far = uint32(v)
			}
		}
		steps = distances(&p.adj, p.n, far)
		if len(from) == 0 {
			nearest = slices.Clone(steps)
		} else {
			for v := range nearest {
				nearest[v] = min(nearest[v], steps[v])
			}
		}
		from = append(from, steps)
	}
	var keys [][]float32
	for j := range from {
		for i := range j {
			if len(keys) == count {
				return keys
			}
			key := make([]float32, p.n)
			for v := range key {
				key[v] = float32(from[i][v] - from[j][v])
			}
			keys = append(keys, key)
		}
	}
	return keys
}

// distances returns the steps from one node of a connected piece to each.
func distances(adj *adjacency, n int, from uint32) []int32 {
	steps := refill[int32](nil, n, -1)
	list := make([]uint32, 1, n)
	list[0] = from
	steps[from] = 0
	for i := 0; i < len(list); i++ {
		for _, w := range adj.of(list[i]) {
			if steps[w] < 0 {
				steps[w] = steps[list[i]] + 1
				list = append(list, w)
			}
		}
	}
	return steps
}
