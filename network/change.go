package network

import (
	"maps"
	"slices"
)

// Changed returns the passage of the same convoy with other ends and other closed
// stretches: that which Map.Passage makes of them. arcs and turns are those whose
// time is another, rising; of an arc named in arcs parts may have changed only.
// Beside copying, it takes time for what changes, and one pass over the turns
// where other parts of the network are open to those with business there.
func (p *Passage) Changed(ends []ChainID, closed []Stretch) (q *Passage, arcs []ArcID, turns []uint32) {
	m := p.m
	o := p.o
	o.Ends, o.Closed = slices.Clone(ends), slices.Clone(closed)
	q = &Passage{
		Arc: slices.Clone(p.Arc), Turn: slices.Clone(p.Turn), ConditionalTurns: p.ConditionalTurns,
		m: m, v: p.v, o: o, allowed: m.allowedBy(ends), barred: slices.Clone(p.barred), parts: maps.Clone(p.parts),
	}
	before, after := closedParts(p.o.Closed), closedParts(closed)
	touched := map[ArcID]bool{}
	for _, sides := range [2][2]map[ArcID][]span{{before, after}, {after, before}} {
		for a, parts := range sides[0] {
			if !slices.Equal(parts, sides[1][a]) {
				touched[a] = true
			}
		}
	}
	if !maps.Equal(p.allowed, q.allowed) {
		other := func(c ChainID) bool {
			k := m.Component[c]
			return k != None && p.allowed[k] != q.allowed[k]
		}
		for c := range ChainID(m.NumChains()) {
			if other(c) {
				touched[c.Arc(false)], touched[c.Arc(true)] = true, true
			}
		}
		for s, from := range m.StateArc {
			for t := m.TurnFirst[s]; t < m.TurnFirst[s+1]; t++ {
				to := m.StateArc[m.TurnTo[t]]
				if !other(from.Chain()) && !other(to.Chain()) {
					continue
				}
				if w := q.turn(q.barrier(from), from, to, &m.Rules[m.TurnRule[t]]); w != q.Turn[t] {
					q.Turn[t] = w
					turns = append(turns, t)
				}
			}
		}
	}
	arcs = slices.Sorted(maps.Keys(touched))
	tooTight := q.tooTight()
	for _, a := range arcs {
		delete(q.parts, a)
		q.judge(a, after[a], tooTight)
	}
	return q, arcs, turns
}

// allowedBy returns the parts of the network that a movement with these ends has
// business in.
func (m *Map) allowedBy(ends []ChainID) map[uint32]bool {
	allowed := make(map[uint32]bool)
	for _, c := range ends {
		if uint64(c) < uint64(m.NumChains()) && m.Component[c] != None {
			allowed[m.Component[c]] = true
		}
	}
	return allowed
}

// closedParts returns what of each arc stretches close.
func closedParts(closed []Stretch) map[ArcID][]span {
	parts := make(map[ArcID][]span)
	for _, s := range closed {
		for _, a := range [2]ArcID{s.Chain.Arc(false), s.Chain.Arc(true)} {
			if s.Heading == BothWays || a.Backwards() == (s.Heading == BackwardOnly) {
				parts[a] = append(parts[a], span{uint32(s.From), uint32(s.To)})
			}
		}
	}
	return parts
}

// tooTight returns which of the map's limits the convoy exceeds.
func (p *Passage) tooTight() []bool {
	out := make([]bool, len(p.m.Limits))
	for i := range out {
		out[i] = p.exceeds(&p.m.Limits[i])
	}
	return out
}
