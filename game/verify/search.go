package verify

import (
	"container/heap"
	"math"
	"math/bits"
	"slices"
)

// mostSteps bounds the comparisons of a search for the route that meets the
// attacker's mix least, and with them its memory, to some gigabytes.
const mostSteps = 400_000_000

// A label is a way from a source to a node.
type label struct {
	node  uint32
	cost  float64   // what it has met
	bound float64   // what a route that begins so meets at least
	sum   float64   // the part of the bound that adds up along the way
	time  int64     // under a cap
	met   []uint64  // zones met, a bit each
	left  []float64 // chance that all attackers of a set have failed so far
	dead  bool
}

type labels []*label

func (q labels) Len() int           { return len(q) }
func (q labels) Less(i, j int) bool { return q[i].bound < q[j].bound }
func (q labels) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push adds an element, as heap.Interface asks.
func (q *labels) Push(x any) { *q = append(*q, x.(*label)) }

// Pop takes the last element, as heap.Interface asks.
func (q *labels) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// cheapest searches best first for the route of least cost. step extends a label
// along an arc; covers says that whatever continues b, a continued alike costs no
// more. Given up, it returns a bound that holds all the same, and false.
func (c *checker) cheapest(first []*label, step func(l *label, x arc) *label, covers func(a, b *label) bool) (value float64, done bool) {
	isSink := make(map[uint32]bool, len(c.in.Sinks))
	for _, v := range c.in.Sinks {
		isSink[v] = true
	}
	at := map[uint32][]*label{}
	var q labels
	steps := 0
	add := func(l *label) {
		have := at[l.node]
		steps += len(have) + 40 + len(l.met) + len(l.left) // room counts as time, so that memory is bounded too
		for _, other := range have {
			if covers(other, l) {
				return
			}
		}
		kept := have[:0]
		for _, other := range have {
			if covers(l, other) {
				other.dead = true
				continue
			}
			kept = append(kept, other)
		}
		at[l.node] = append(kept, l)
		heap.Push(&q, l)
	}
	for _, l := range first {
		add(l)
	}
	for q.Len() > 0 {
		l := heap.Pop(&q).(*label)
		if l.dead {
			continue
		}
		if isSink[l.node] || steps > mostSteps {
			return l.bound, isSink[l.node]
		}
		for _, x := range c.g.out.of(l.node) {
			if next := step(l, x); next != nil {
				next.bound = max(next.bound, l.bound)
				add(next)
			}
		}
	}
	return math.Inf(1), true
}

// stays reports whether a source is a sink.
func (c *checker) stays() bool {
	for _, s := range c.in.Sources {
		if slices.Contains(c.in.Sinks, s) {
			return true
		}
	}
	return false
}

const searched = "the route that meets the attacker's mix least"

func (c *checker) outcome(value float64, done bool) (float64, string, bool) {
	if done {
		return value, searched, true
	}
	return value, "what the search for " + searched + " had proven when it was given up", false
}

// lowerUnderCap searches routes within the cap. A time price that makes the bound
// of Lagrange large steers the search.
func (c *checker) lowerUnderCap(weight func(e uint32) float64) (float64, string, bool) {
	if c.stays() {
		return 0, searched, true
	}
	limit := c.whole(c.in.RouteTimeCap)
	toSink := c.fastest(c.g.back, c.in.Sinks)
	plain := distances(c.g.back, c.g.n, c.in.Sinks, weight)
	priced, mu := c.priced(weight)
	// What rounding may take from or add to sums of as many terms as a route has.
	slack := float64(c.g.n+8) * 0x1p-51 * mu * float64(limit)
	bound := func(l *label) float64 {
		return max(l.cost+plain[l.node], l.cost+priced[l.node]-mu*float64(limit-l.time)-slack)
	}
	var first []*label
	for _, v := range c.in.Sources {
		if toSink[v] > limit {
			continue
		}
		l := &label{node: v}
		l.bound = bound(l)
		first = append(first, l)
	}
	value, done := c.cheapest(first, func(l *label, x arc) *label {
		next := &label{node: x.to, cost: l.cost + weight(x.edge), time: l.time + c.in.Time[x.edge]}
		if rest := toSink[x.to]; rest > limit || next.time > limit-rest {
			return nil
		}
		next.bound = bound(next)
		return next
	}, func(a, b *label) bool { return a.cost <= b.cost && a.time <= b.time })
	return c.outcome(value, done)
}

// priced returns distances to the sinks under weight + mu · time for a mu that
// makes the least of them, less mu times the cap, about as large as it gets.
func (c *checker) priced(weight func(e uint32) float64) (dist []float64, mu float64) {
	limit, _ := c.scaled(c.in.RouteTimeCap).Float64()
	at := func(mu float64) ([]float64, float64) {
		d := distances(c.g.back, c.g.n, c.in.Sinks, func(e uint32) float64 { return weight(e) + mu*float64(c.in.Time[e]) })
		return d, least(d, c.in.Sources) - mu*limit
	}
	dist, best := at(0)
	top := 0.0
	for e := range c.weights() {
		top += weight(e)
	}
	// The bound is concave in mu: narrow an interval down, on a scale of factors.
	low, high := math.Log(1e-6*top/max(limit, 1)), math.Log(1e3*top/max(limit, 1))
	for range 24 {
		a, b := low+(high-low)/3, high-(high-low)/3
		da, va := at(math.Exp(a))
		db, vb := at(math.Exp(b))
		if va > best {
			dist, best, mu = da, va, math.Exp(a)
		}
		if vb > best {
			dist, best, mu = db, vb, math.Exp(b)
		}
		if va < vb {
			low = a
		} else {
			high = b
		}
	}
	return dist, mu
}

// lowerZones searches routes with the set of the attacker's zones that they have
// met. Zones of one node or one edge are met once by any route that passes
// nothing twice, so their odds add up to a bound from any node on.
func (c *checker) lowerZones() (float64, string, bool) {
	if c.stays() {
		return 0, searched, true
	}
	in := c.in
	stake := make([]float64, len(in.Zones))
	for _, a := range c.result.Attacker {
		stake[a.Zones[0]] += a.Prob * in.Zones[a.Zones[0]].P
	}
	bit := make([]int, len(in.Zones))
	var stakes []float64
	for z, x := range stake {
		bit[z] = -1
		if x > 0 {
			bit[z] = len(stakes)
			stakes = append(stakes, x)
		}
	}
	ofEdge, ofNode := c.touched()
	single := func(z uint32) bool { return len(in.Zones[z].Nodes)+len(in.Zones[z].Edges) == 1 }
	sum := func(list []uint32, all bool) (total float64) {
		for _, z := range list {
			if all || single(z) {
				total += stake[z]
			}
		}
		return total
	}
	// Backwards: a way on from the far end of an arc meets the edge's zones and
	// those of the nodes behind. The node where it stands is met already.
	rest := spreadNodes(c.g, in.Sinks, func(so float64, x arc, from uint32) float64 {
		return so + sum(ofEdge[x.edge], false) + sum(ofNode[from], false)
	})
	neck := spreadNodes(c.g, in.Sinks, func(so float64, x arc, from uint32) float64 {
		return max(so, sum(ofEdge[x.edge], true), sum(ofNode[from], true))
	})
	words := (len(stakes) + 63) / 64
	meet := func(l *label, list []uint32) {
		for _, z := range list {
			b := bit[z]
			if b < 0 || l.met[b/64]>>(b%64)&1 == 1 {
				continue
			}
			l.met[b/64] |= 1 << (b % 64)
			l.cost += stakes[b]
		}
	}
	var first []*label
	for _, v := range in.Sources {
		l := &label{node: v, met: make([]uint64, words)}
		meet(l, ofNode[v])
		l.bound = max(l.cost+rest[v], neck[v])
		if !math.IsInf(l.bound, 1) {
			first = append(first, l)
		}
	}
	value, done := c.cheapest(first, func(l *label, x arc) *label {
		if math.IsInf(rest[x.to], 1) {
			return nil
		}
		next := &label{node: x.to, cost: l.cost, met: append([]uint64(nil), l.met...)}
		meet(next, ofEdge[x.edge])
		meet(next, ofNode[x.to])
		next.bound = max(next.cost+rest[x.to], neck[x.to])
		return next
	}, func(a, b *label) bool {
		// What b has met and a has not may yet cost a that much more.
		more := a.cost
		for w := range a.met {
			for only := b.met[w] &^ a.met[w]; only != 0 && more <= b.cost; only &= only - 1 {
				more += stakes[w*64+bits.TrailingZeros64(only)]
			}
		}
		return more <= b.cost
	})
	return c.outcome(value, done)
}

// spreadNodes is spread backwards from the sinks; from is the node nearer to the
// sinks, x the arc as it is driven backwards.
func spreadNodes(g *graph, sinks []uint32, step func(so float64, x arc, from uint32) float64) []float64 {
	dist := make([]float64, g.n)
	for v := range dist {
		dist[v] = math.Inf(1)
	}
	var q queue
	for _, v := range sinks {
		if dist[v] != 0 {
			dist[v] = 0
			q = append(q, entry{0, v})
		}
	}
	for q.Len() > 0 {
		top := heap.Pop(&q).(entry)
		if top.key > dist[top.node] {
			continue
		}
		for _, x := range g.back.of(top.node) {
			if d := step(top.key, x, top.node); d < dist[x.to] {
				dist[x.to] = d
				heap.Push(&q, entry{d, x.to})
			}
		}
	}
	return dist
}
