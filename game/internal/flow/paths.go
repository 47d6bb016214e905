package flow

// A Path is a way from a source to a sink with the flow on it.
type Path struct {
	Edges  []uint32 // of the caller, in order
	Amount int64
}

// Paths takes the flow apart into paths that pass no node twice, follows at every
// node the edge with the most left, and drops flow that goes in circles. The
// amounts add up to the flow between sources and sinks; every path leaves at least
// one edge without flow, so that there are at most as many as edges. The network
// keeps its flow.
//
// Cost: O(edges + total length of the paths).
func (n *Network) Paths(sources, sinks []uint32) []Path {
	d := decomposition{n: n, kind: make([]side, n.Nodes()), at: make([]int32, n.Nodes())}
	d.first = make([]uint32, n.Nodes()+1)
	for i := range n.edges {
		if f := n.edges[i].flow; f > 0 {
			d.first[n.edges[i].from+1]++
		} else if f < 0 {
			d.first[n.edges[i].to+1]++
		}
	}
	for v := range n.Nodes() {
		d.first[v+1] += d.first[v]
		d.at[v] = -1
	}
	d.out = make([]carrier, d.first[n.Nodes()])
	next := make([]uint32, n.Nodes())
	copy(next, d.first)
	supply := make(map[uint32]int64, len(sources))
	for _, v := range sources {
		d.kind[v] = forward
		supply[v] = 0
	}
	for _, v := range sinks {
		d.kind[v] = backward
	}
	for i := range n.edges {
		tail, head, f := n.edges[i].from, n.edges[i].to, n.edges[i].flow
		if f == 0 {
			continue
		}
		if f < 0 {
			tail, head, f = head, tail, -f
		}
		d.out[next[tail]] = carrier{head: head, edge: uint32(i), left: f}
		next[tail]++
		if d.kind[tail] == forward {
			supply[tail] += f
		}
		if d.kind[head] == forward {
			supply[head] -= f
		}
	}
	var paths []Path
	for _, v := range sources {
		for supply[v] > 0 {
			p, ok := d.walk(v, supply[v])
			if !ok {
				break
			}
			supply[v] -= p.Amount
			paths = append(paths, p)
		}
	}
	return paths
}

// carrier is flow that leaves a node over an edge.
type carrier struct {
	head, edge uint32
	left       int64
}

type decomposition struct {
	n     *Network
	first []uint32 // by node, into out
	out   []carrier
	kind  []side
	at    []int32 // by node: how many steps into the present walk, or -1
	steps []uint32
}

// walk follows flow from a source to a sink, takes it out and returns the part of
// the walk that lies between the last source and the first sink on it. It reports
// false when the walk finds no flow, which means that there is none left.
func (d *decomposition) walk(v uint32, most int64) (Path, bool) {
	d.steps = d.steps[:0]
	start := v
	d.at[v] = 0
	defer func() {
		d.at[start] = -1
		for _, i := range d.steps {
			d.at[d.out[i].head] = -1
		}
	}()
	for d.kind[v] != backward {
		widest := uint32(none)
		for i := d.first[v]; i < d.first[v+1]; i++ {
			if d.out[i].left > 0 && (widest == none || d.out[i].left > d.out[widest].left) {
				widest = i
			}
		}
		if widest == none {
			return Path{}, false
		}
		d.steps = append(d.steps, widest)
		v = d.out[widest].head
		if k := d.at[v]; k >= 0 {
			// A circle: take it out and go on from where it began.
			circle := d.steps[k:]
			d.take(circle, d.least(circle, Infinite))
			for _, i := range circle {
				d.at[d.out[i].head] = -1
			}
			d.steps = d.steps[:k]
			d.at[v] = k
			continue
		}
		d.at[v] = int32(len(d.steps))
	}
	amount := d.least(d.steps, most)
	d.take(d.steps, amount)
	begin := 0
	for i, s := range d.steps {
		if d.kind[d.out[s].head] == forward {
			begin = i + 1
		}
	}
	p := Path{Amount: amount, Edges: make([]uint32, 0, len(d.steps)-begin)}
	for _, s := range d.steps[begin:] {
		p.Edges = append(p.Edges, d.n.order[d.out[s].edge])
	}
	return p, true
}

func (d *decomposition) least(steps []uint32, most int64) int64 {
	for _, i := range steps {
		most = min(most, d.out[i].left)
	}
	return most
}

func (d *decomposition) take(steps []uint32, amount int64) {
	for _, i := range steps {
		d.out[i].left -= amount
	}
}
