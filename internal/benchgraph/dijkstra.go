package benchgraph

import "github.com/outrider-project/outrider/cch"

// A Dijkstra finds distances by the book (Dijkstra 1959), with a heap of four
// children and lowered keys. It belongs to one goroutine and answers for the
// weights as they are at the time of the question.
type Dijkstra struct {
	g        *Graph
	distance []uint32
	place    []uint32 // in the heap, from 1; 0 when not there
	seen     []uint32 // nodes whose distance must be cleared
	heap     []reach
}

// reach is a node and how far it is as known so far.
type reach struct{ distance, node uint32 }

// NewDijkstra returns a search on a graph; two words per node.
func NewDijkstra(g *Graph) *Dijkstra {
	d := &Dijkstra{g: g, distance: make([]uint32, g.Nodes()), place: make([]uint32, g.Nodes())}
	for v := range d.distance {
		d.distance[v] = cch.Inf
	}
	return d
}

// Distance returns the distance between two nodes, cch.Inf when there is no path.
// It ends when the target is reached.
func (d *Dijkstra) Distance(source, target uint32) uint32 {
	for _, v := range d.seen {
		d.distance[v], d.place[v] = cch.Inf, 0
	}
	d.seen, d.heap = append(d.seen[:0], source), append(d.heap[:0], reach{0, source})
	d.distance[source], d.place[source] = 0, 1
	for len(d.heap) > 0 {
		v := d.pop()
		if v == target {
			return d.distance[v]
		}
		for a := d.g.FirstOut[v]; a < d.g.FirstOut[v+1]; a++ {
			// Two values up to Inf do not wrap.
			sum := d.distance[v] + min(d.g.Weight[a], cch.Inf)
			w := d.g.Head[a]
			if sum >= d.distance[w] {
				continue
			}
			if d.distance[w] == cch.Inf {
				d.seen, d.heap = append(d.seen, w), append(d.heap, reach{sum, w})
				d.place[w] = uint32(len(d.heap))
			}
			d.distance[w] = sum
			d.rise(int(d.place[w])-1, reach{sum, w})
		}
	}
	return cch.Inf
}

func (d *Dijkstra) put(i int, r reach) { d.heap[i], d.place[r.node] = r, uint32(i)+1 }

// rise moves an entry, which has a place already, to where it belongs above it.
func (d *Dijkstra) rise(i int, r reach) {
	for i > 0 {
		above := (i - 1) / 4
		if d.heap[above].distance <= r.distance {
			break
		}
		d.put(i, d.heap[above])
		i = above
	}
	d.put(i, r)
}

func (d *Dijkstra) pop() uint32 {
	top, last := d.heap[0], d.heap[len(d.heap)-1]
	d.heap = d.heap[:len(d.heap)-1]
	if len(d.heap) == 0 {
		return top.node
	}
	i := 0
	for {
		least, key := -1, last.distance
		for c := 4*i + 1; c < min(4*i+5, len(d.heap)); c++ {
			if k := d.heap[c].distance; k < key {
				least, key = c, k
			}
		}
		if least < 0 {
			break
		}
		d.put(i, d.heap[least])
		i = least
	}
	d.put(i, last)
	return top.node
}
