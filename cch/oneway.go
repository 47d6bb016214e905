package cch

import "slices"

// A oneway is what a hierarchy knows of the directions of its arcs. In a graph
// of turns hardly an arc of the supergraph can be used both ways, and many none:
// where two states lead into a piece of the network, none leads to the other
// through it.
type oneway struct {
	// The depths of the higher neighbours of each position by arcs that are
	// left out.
	firstLost []uint32
	lost      []uint32
	// The arcs that can be used upwards by their tail, and those that can be used
	// downwards.
	up, down usable
}

// usable are the arcs that can be used in one direction.
type usable struct {
	first []uint32 // by tail
	step  []step
	// The arcs to a position that can be used the other way, by their head, each
	// with the place in step of the first arc of the same tail and higher head.
	// Together they are the ways over a lower node.
	firstTurn []uint32
	turn      []turn
}

type step struct{ arc, rise uint32 }

type turn struct{ arc, next uint32 }

func (o *oneway) bytes() int {
	if o == nil {
		return 0
	}
	words := cap(o.firstLost) + cap(o.lost)
	for _, u := range []*usable{&o.up, &o.down} {
		words += cap(u.first) + cap(u.firstTurn) + 2*cap(u.step) + 2*cap(u.turn)
	}
	return 4 * words
}

// lost returns the depths of the higher neighbours of a position by arcs that
// are left out. What leads out of its subtree leads to these or to the heads of
// its arcs.
func (h *Hierarchy) lost(v uint32) []uint32 {
	if h.oneway == nil {
		return nil
	}
	return h.oneway.lost[h.oneway.firstLost[v]:h.oneway.firstLost[v+1]]
}

// mostlyOneway tells whether more pairs of neighbours in the graph have arcs one
// way than both ways.
func (h *Hierarchy) mostlyOneway() bool {
	balance := 0
	for a := range h.head {
		up := h.firstInput[2*a+1] > h.firstInput[2*a]
		down := h.firstInput[2*a+2] > h.firstInput[2*a+1]
		switch {
		case up && down:
			balance--
		case up || down:
			balance++
		}
	}
	return balance > 0
}

// prune leaves out the arcs that can be used neither way whatever the weights
// are: those that weigh Inf when every arc of the graph weighs nothing.
func (h *Hierarchy) prune(g *Graph) error {
	free := h.NewMetric()
	if err := free.Customize(make([]uint32, len(g.Head)), 1); err != nil {
		return err
	}
	n := uint32(len(h.node))
	o := &oneway{firstLost: make([]uint32, 1, n+1)}
	// kept also moves the weights down, so that they fit the arcs kept.
	kept := uint32(0)
	for p := range n {
		from, to := h.first[p], h.first[p+1]
		h.first[p] = kept
		for a := from; a < to; a++ {
			if free.up[a] >= Inf && free.down[a] >= Inf {
				o.lost = append(o.lost, h.rise[a])
				continue
			}
			h.head[kept], free.up[kept], free.down[kept] = h.head[a], free.up[a], free.down[a]
			kept++
		}
		o.firstLost = append(o.firstLost, uint32(len(o.lost)))
	}
	h.first[n] = kept
	o.lost = slices.Clip(o.lost)
	h.file(slices.Clone(h.head[:kept]))
	h.connect(g)
	o.up = h.usable(free.up[:kept], free.down[:kept])
	o.down = h.usable(free.down[:kept], free.up[:kept])
	h.oneway = o
	return nil
}

// usable lists the arcs that are less than Inf, and against them those that are
// so the other way.
func (h *Hierarchy) usable(along, against []uint32) usable {
	n := len(h.node)
	u := usable{first: make([]uint32, 1, n+1), firstTurn: make([]uint32, 1, n+1)}
	next := make([]uint32, len(along))
	for p := range n {
		for a := h.first[p]; a < h.first[p+1]; a++ {
			if along[a] < Inf {
				u.step = append(u.step, step{a, h.rise[a]})
			}
			next[a] = uint32(len(u.step))
		}
		u.first = append(u.first, uint32(len(u.step)))
	}
	for p := range n {
		for _, a := range h.down[h.firstDown[p]:h.firstDown[p+1]] {
			if against[a] < Inf && next[a] < u.first[h.tail[a]+1] {
				u.turn = append(u.turn, turn{a, next[a]})
			}
		}
		u.firstTurn = append(u.firstTurn, uint32(len(u.turn)))
	}
	u.step, u.turn = slices.Clip(u.step), slices.Clip(u.turn)
	return u
}

// customizeOneway does what customize does where directions are known. row is
// scratch by depth, all Inf.
func (m *Metric) customizeOneway(from, to uint32, row []uint32) {
	h := m.h
	for v := from; v < to; v++ {
		a0, a1 := h.first[v], h.first[v+1]
		m.load(a0, a1)
		h.oneway.up.bypass(h, v, m.up, m.down, row)
		h.oneway.down.bypass(h, v, m.down, m.up, row)
	}
}

// bypass lowers the arcs of v in one direction to the least over lower nodes.
func (u *usable) bypass(h *Hierarchy, v uint32, along, against, row []uint32) {
	turns := u.turn[u.firstTurn[v]:u.firstTurn[v+1]]
	if len(turns) == 0 {
		return
	}
	own := u.step[u.first[v]:u.first[v+1]]
	for _, s := range own {
		row[s.rise] = along[s.arc]
	}
	for _, t := range turns {
		w := against[t.arc]
		for _, s := range u.step[t.next:u.first[h.tail[t.arc]+1]] {
			row[s.rise] = min(row[s.rise], w+along[s.arc])
		}
	}
	for _, s := range own {
		along[s.arc] = row[s.rise]
		row[s.rise] = Inf
	}
}
