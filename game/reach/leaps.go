package reach

import (
	"math/bits"
	"slices"
)

// leapt returns, by node and then by disc, the least time to a sink where leaps are
// made within discs.
func (s *fronts) leapt() []uint32 {
	w := s.w
	f := w.f
	n := uint32(f.Nodes())
	if len(s.rest) > 0 {
		return s.rest
	}
	s.rest = slices.Grow(s.rest, int(n)+len(s.reach))[:int(n)+len(s.reach)]
	for v := range s.rest {
		s.rest[v] = unreached
	}
	q := &w.q
	q.heap = q.heap[:0]
	improve := func(v uint32, t uint64) {
		if t < uint64(s.rest[v]) && (v >= n || w.rest[v] != unreached) {
			s.rest[v] = uint32(t)
			q.push(timed{uint32(t), v})
		}
	}
	for v, is := range w.sink {
		if is {
			improve(uint32(v), 0)
		}
	}
	for len(q.heap) > 0 {
		e := q.pop()
		if e.time != s.rest[e.node] {
			continue
		}
		if e.node >= n {
			for _, piece := range s.reach[e.node-n] {
				for _, u := range w.driving[w.driven[piece]:w.driven[piece+1]] {
					improve(u, uint64(e.time))
				}
			}
			continue
		}
		for i := w.into[e.node]; i < w.into[e.node+1]; i++ {
			improve(w.from[i], uint64(e.time)+uint64(w.fromTime[i]))
		}
		s.discs(e.node, func(k uint32) { improve(n+k, uint64(e.time)) })
	}
	return s.rest
}

// discs visits the discs that a node passes.
func (s *fronts) discs(v uint32, visit func(k uint32)) {
	m := s.masks[s.mask[s.w.f.Piece[v]]]
	for i, b := range m {
		for ; b != 0; b &= b - 1 {
			visit(uint32(64*i + bits.TrailingZeros64(b)))
		}
	}
}

// bound proves what no walk within the limit of a question costs less than, at most
// the question's below, with what was passed remembered in the regions of a loop of
// some time: the lesser of what walks cost that do not come back to a disc after so
// long, and of what walks with leaps cost that take so much less. The latter are not
// looked at where the former are not above enough. It returns the walks it came by.
func (s *fronts) bound(q question, loop uint32, enough float64) (proof, []walk) {
	q.proving, q.most, q.leaps = true, 1, false
	plain := s.search(&q)
	p := proof{plain.least, plain.least, plain.complete, plain.complete}
	if loop < q.limit && p.plain > enough {
		q.leaps, q.limit, q.below = true, q.limit-loop, p.plain
		leaps := s.search(&q)
		p.least, p.complete = min(p.plain, leaps.least), p.complete && leaps.complete
	}
	return p, plain.walks
}
