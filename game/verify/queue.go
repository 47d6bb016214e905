package verify

import (
	"math"
	"math/big"
	"math/bits"
)

// A tally is a whole number of 128 bits, so that what many edges add up to is
// exact: in floating-point numbers, the rounding of two large sums can pass for a
// difference between them.
type tally struct{ hi, lo uint64 }

// farthest stands for no way at all.
func farthest() tally { return tally{math.MaxUint64, math.MaxUint64} }

func (a tally) plus(b tally) tally {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return tally{hi, lo}
}

func (a tally) less(b tally) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a tally) big() *big.Int {
	x := new(big.Int).SetUint64(a.hi)
	return x.Add(x.Lsh(x, 64), new(big.Int).SetUint64(a.lo))
}

// wholeOf is x · 2^shift rounded down, for an x of at least 0 for which that is
// below 2^127.
func wholeOf(x float64, shift int) tally {
	if x == 0 {
		return tally{}
	}
	fraction, exponent := math.Frexp(x)
	digits := uint64(fraction * (1 << 53))
	switch left := exponent - 53 + shift; {
	case left <= -53:
		return tally{}
	case left < 0:
		return tally{0, digits >> -left}
	case left < 64:
		return tally{digits >> (64 - left), digits << left}
	default:
		return tally{digits << (left - 64), 0}
	}
}

// waiting is a node and the tally at which it is reached.
type waiting struct {
	at   tally
	node uint32
}

// tallyQueue is a binary heap.
type tallyQueue []waiting

func (q *tallyQueue) push(x waiting) {
	h := append(*q, x)
	i := len(h) - 1
	for i > 0 && h[i].at.less(h[(i-1)/2].at) {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
	*q = h
}

func (q *tallyQueue) pop() waiting {
	h := *q
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].at.less(h[child].at) {
			child++
		}
		if !h[child].at.less(h[i].at) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}

// tallies returns the least sum of lengths from the starts to each node along a,
// farthest where there is no way. Sums must stay below 2^127.
func tallies(a adjacency, n int, starts []uint32, length func(e uint32) tally) []tally {
	dist := make([]tally, n)
	for v := range dist {
		dist[v] = farthest()
	}
	var q tallyQueue
	for _, v := range starts {
		if dist[v] != (tally{}) {
			dist[v] = tally{}
			q.push(waiting{tally{}, v})
		}
	}
	for len(q) > 0 {
		top := q.pop()
		if dist[top.node].less(top.at) {
			continue
		}
		for _, x := range a.of(top.node) {
			if d := top.at.plus(length(x.edge)); d.less(dist[x.to]) {
				dist[x.to] = d
				q.push(waiting{d, x.to})
			}
		}
	}
	return dist
}

// A way of passing an edge: what it meets of the attacker's mix, and what it takes
// of what is limited, time or posts.
type way struct {
	met   float64
	takes int64
}

// atPrice is a bound of every mix that takes at most limit on average: the least
// over routes of Σ met + price · takes, less price · limit. Both ways of an edge are
// tried. All is counted in whole units, what is met rounded down and the price as
// counted, so that no rounding lifts the bound. Over all edges, takes must stay
// within 2^60.
func (c *checker) atPrice(price float64, limit *big.Rat, ways func(e uint32) [2]way) float64 {
	all := 0.0
	for e := range c.weights() {
		all += ways(e)[0].met
	}
	shift := 0
	if all > 0 {
		_, exponent := math.Frexp(all)
		shift = 120 - exponent
	}
	if price > 0 {
		_, exponent := math.Frexp(price)
		if all > 0 {
			shift = min(shift, 61-exponent)
		} else {
			shift = 61 - exponent
		}
	}
	unit := wholeOf(price, shift).lo
	length := func(w way) tally {
		hi, lo := bits.Mul64(unit, uint64(w.takes))
		return wholeOf(w.met, shift).plus(tally{hi, lo})
	}
	dist := tallies(c.g.out, c.g.n, c.in.Sources, func(e uint32) tally {
		pair := ways(e)
		a, b := length(pair[0]), length(pair[1])
		if b.less(a) {
			return b
		}
		return a
	})
	best := farthest()
	for _, v := range c.in.Sinks {
		if dist[v].less(best) {
			best = dist[v]
		}
	}
	if best == farthest() {
		return math.Inf(1)
	}
	value := new(big.Rat).SetInt(best.big())
	value.Sub(value, new(big.Rat).Mul(limit, new(big.Rat).SetInt(new(big.Int).SetUint64(unit))))
	f, exact := value.Float64()
	if !exact {
		f = math.Nextafter(f, math.Inf(-1))
	}
	return max(0, math.Ldexp(f, -shift))
}
