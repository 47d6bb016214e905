package cch

import (
	"fmt"
	"slices"
)

// Places holds a set of nodes to find those nearest to a source, and the part of
// a metric that leads to them. It is a copy: later changes of the metric do not
// show. It may be read by many goroutines.
type Places struct {
	h    *Hierarchy
	up   *arcs
	most int
	// The places nearest to each ancestor of a place by arcs that lead down, at
	// most `most`, nearest first: those from first[i] up to first[i+1], i being
	// the ancestor's number. In searches for places that reach a node, up and
	// down have changed sides.
	local []uint32 // number of each position, none elsewhere
	first []uint32
	near  []Near
}

// Near is one of the places asked for.
type Near struct {
	// Place is an index into the places.
	Place uint32
	// Distance is that from the source to the place, or from the place to the
	// node asked for with [Metric.PlacesReaching]; less than Inf.
	Distance uint32
}

// before says which of two comes first: the nearer, and of two equally near the
// one named first.
func (n Near) before(o Near) bool {
	return n.Distance < o.Distance || n.Distance == o.Distance && n.Place < o.Place
}

// Places prepares for searches of up to `most` nearest places. Places may be
// named twice. It fails when one does not exist or most is less than one. Cost:
// the arcs of each place's ancestors, and one word per node.
func (m *Metric) Places(places []uint32, most int) (*Places, error) {
	up, down := m.arcs()
	own := *up
	own.weight = slices.Clone(up.weight)
	return m.h.places(&own, down, places, most)
}

// Places does the same on the arcs that shortest paths need.
func (p *Perfect) Places(places []uint32, most int) (*Places, error) {
	return p.m.h.places(&p.up, &p.down, places, most)
}

// PlacesReaching prepares for searches in the other direction: of the places
// from which a node is nearest, "which of them reaches me first". In its searches
// the node takes the part of the source, and Distance is from the place to it.
func (m *Metric) PlacesReaching(places []uint32, most int) (*Places, error) {
	up, down := m.arcs()
	own := *down
	own.weight = slices.Clone(down.weight)
	return m.h.places(&own, up, places, most)
}

// PlacesReaching does the same on the arcs that shortest paths need.
func (p *Perfect) PlacesReaching(places []uint32, most int) (*Places, error) {
	return p.m.h.places(&p.down, &p.up, places, most)
}

func (h *Hierarchy) places(up, down *arcs, places []uint32, most int) (*Places, error) {
	if most < 1 {
		return nil, fmt.Errorf("cch: the nearest %d places: ask for one or more", most)
	}
	p := &Places{h: h, up: up, most: min(most, max(len(places), 1)), local: refill[uint32](nil, len(h.node), none)}
	var lists [][]Near
	back := make([]uint32, h.maxDepth+1)
	for i, v := range places {
		if int(v) >= len(h.node) {
			return nil, fmt.Errorf("cch: place %d: there are %d nodes", v, len(h.node))
		}
		x := h.position[v]
		open(back[:h.depth[x]+1])
		for ; x != none; x = h.parent[x] {
			b := back[h.depth[x]]
			if b >= Inf {
				continue
			}
			relax(down, x, b, back)
			if p.local[x] == none {
				p.local[x] = uint32(len(lists))
				lists = append(lists, nil)
			}
			l := p.local[x]
			lists[l] = insert(lists[l], p.most, Near{uint32(i), b})
		}
	}
	p.first = make([]uint32, 1, len(lists)+1)
	for _, l := range lists {
		p.near = append(p.near, l...)
		p.first = append(p.first, uint32(len(p.near)))
	}
	return p, nil
}

// insert adds an entry to a list of at most so many, in order. A place that is
// in it keeps its nearer entry.
func insert(list []Near, most int, n Near) []Near {
	i := len(list)
	for j, o := range list {
		if o.Place == n.Place {
			if o.Distance <= n.Distance {
				return list
			}
			i = j
			break
		}
	}
	switch {
	case i < len(list): // replace it, nearer
	case len(list) < most:
		list = append(list, n)
	case n.before(list[len(list)-1]):
		i--
	default:
		return list
	}
	for ; i > 0 && n.before(list[i-1]); i-- {
		list[i] = list[i-1]
	}
	list[i] = n
	return list
}

// A PlaceSearch finds the places nearest to a source. It belongs to one
// goroutine.
type PlaceSearch struct {
	p     *Places
	forth []uint32 // from the source, by depth
	found []Near
}

// NewSearch returns a search.
func (p *Places) NewSearch() *PlaceSearch {
	return &PlaceSearch{p: p, forth: make([]uint32, p.h.maxDepth+1), found: make([]Near, 0, p.most)}
}

// Nearest appends the places nearest to a source to out, nearest first, of
// equally near ones that named first; fewer than asked for where not so many can
// be reached. It allocates only to let out grow. Cost: the arcs of the source's
// ancestors.
//
// What is not among the nearest of a node on the way up is not among those of
// the source by way of it, so the lists kept are long enough.
func (s *PlaceSearch) Nearest(source uint32, out []Near) []Near {
	p := s.p
	h := p.h
	x := h.position[source]
	open(s.forth[:h.depth[x]+1])
	found := s.found[:0]
	for ; x != none; x = h.parent[x] {
		f := s.forth[h.depth[x]]
		if f >= Inf || len(found) == p.most && f > found[len(found)-1].Distance {
			continue // nothing better by way of it
		}
		relax(p.up, x, f, s.forth)
		i := p.local[x]
		if i == none {
			continue
		}
		for _, n := range p.near[p.first[i]:p.first[i+1]] {
			if n.Distance += f; n.Distance >= Inf {
				break
			}
			found = insert(found, p.most, n)
		}
	}
	return append(out, found...)
}
