package cch

import (
	"fmt"
	"slices"
)

// Pinned holds a set of targets and the part of a metric that leads to them, to
// find the distances from many sources. It is a copy: later changes of the
// metric do not show. It may be read by many goroutines.
type Pinned struct {
	h  *Hierarchy
	up *arcs
	// The ancestors of all targets, highest first, numbered by that, and their
	// arcs down from higher ones.
	local  []uint32 // number of each position, none elsewhere
	first  []uint32
	from   []uint32
	weight []uint32
	target []uint32 // number of each target
}

// Pin prepares for distances to the given targets, in their order. Targets may
// be named twice. It fails when one does not exist. Cost: the arcs of the
// targets' ancestors, and one word per node.
func (m *Metric) Pin(targets []uint32) (*Pinned, error) {
	up, down := m.arcs()
	own := *up
	own.weight = slices.Clone(up.weight)
	return m.h.pin(&own, down, targets)
}

// Pin does the same on the arcs that shortest paths need.
func (p *Perfect) Pin(targets []uint32) (*Pinned, error) {
	return p.m.h.pin(&p.up, &p.down, targets)
}

func (h *Hierarchy) pin(up, down *arcs, targets []uint32) (*Pinned, error) {
	p := &Pinned{
		h: h, up: up,
		local:  refill[uint32](nil, len(h.node), none),
		target: make([]uint32, len(targets)),
	}
	const met = none - 1
	var members []uint32
	total := 0
	for _, t := range targets {
		if int(t) >= len(h.node) {
			return nil, fmt.Errorf("cch: target %d: there are %d nodes", t, len(h.node))
		}
		for x := h.position[t]; x != none && p.local[x] == none; x = h.parent[x] {
			p.local[x] = met
			members = append(members, x)
			total += int(down.first[x+1] - down.first[x])
		}
	}
	slices.Sort(members)
	slices.Reverse(members)
	p.first = make([]uint32, 1, len(members)+1)
	p.from, p.weight = make([]uint32, 0, total), make([]uint32, 0, total)
	for i, x := range members {
		p.local[x] = uint32(i)
		for a := down.first[x]; a < down.first[x+1]; a++ {
			p.from = append(p.from, p.local[h.head[down.name(a)]])
			p.weight = append(p.weight, down.weight[a])
		}
		p.first = append(p.first, uint32(len(p.from)))
	}
	for i, t := range targets {
		p.target[i] = p.local[h.position[t]]
	}
	return p, nil
}

// Targets returns the number of targets.
func (p *Pinned) Targets() int { return len(p.target) }

// A Sweep finds the distances from one source to all pinned targets. It belongs
// to one goroutine.
type Sweep struct {
	p        *Pinned
	forth    []uint32 // from the source, by depth
	distance []uint32 // from the source, by number; Inf between sweeps
}

// NewSweep returns a sweep.
func (p *Pinned) NewSweep() *Sweep {
	return &Sweep{
		p:        p,
		forth:    make([]uint32, p.h.maxDepth+1),
		distance: refill(nil, len(p.first)-1, Inf),
	}
}

// Distances appends the distance from source to each target to out, Inf where
// there is no path. Cost: the arcs of the source's and of all targets'
// ancestors.
func (s *Sweep) Distances(source uint32, out []uint32) []uint32 {
	p := s.p
	h := p.h
	x := h.position[source]
	open(s.forth[:h.depth[x]+1])
	for ; x != none; x = h.parent[x] {
		f := s.forth[h.depth[x]]
		relax(p.up, x, f, s.forth)
		if i := p.local[x]; i != none {
			s.distance[i] = f
		}
	}
	distance := s.distance
	for i := range distance {
		best := distance[i]
		from := p.from[p.first[i]:p.first[i+1]]
		weight := p.weight[p.first[i]:p.first[i+1]][:len(from)]
		for j, k := range from {
			best = min(best, distance[k]+weight[j])
		}
		distance[i] = best
	}
	for _, i := range p.target {
		out = append(out, distance[i])
	}
	for i := range distance {
		distance[i] = Inf
	}
	return out
}
