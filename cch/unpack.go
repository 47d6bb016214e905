package cch

// A leg is an arc on the way in one direction. On a metric it is 2·arc upwards
// and 2·arc+1 downwards, as in Hierarchy.link; on a perfect metric it is an
// index into its parts.
type leg uint32

// leg returns the leg by the arc at place i of q.up or of q.down.
func (q *Query) leg(i uint32, down bool) leg {
	switch {
	case q.parts != nil && down:
		return leg(q.parts.firstDown + i)
	case q.parts != nil:
		return leg(i)
	case down:
		return leg(2*i + 1)
	default:
		return leg(2 * i)
	}
}

// unpack replaces the legs on the stack by input arcs. It ends, as halves lead
// to lower nodes only, and succeeds unless weights change meanwhile.
func (q *Query) unpack(path []uint32) (whole []uint32, ok bool) {
	if q.parts != nil {
		return q.parts.unpack(q.stack, path)
	}
	m := q.m
	for len(q.stack) > 0 {
		l := q.stack[len(q.stack)-1]
		q.stack = q.stack[:len(q.stack)-1]
		if e := m.bearer(l); e != none {
			path = append(path, e)
			continue
		}
		first, second, ok := m.halves(l)
		if !ok {
			return path, false
		}
		q.stack = append(q.stack, second, first)
	}
	return path, true
}

// bearer returns the input arc that a leg owes its weight to, if it is one.
func (m *Metric) bearer(l leg) uint32 {
	i, end := m.h.firstInput[l], m.h.firstInput[l+1]
	if i == end {
		return none
	}
	weight := m.weight(l)
	for _, e := range m.h.input[i:end] {
		if m.in[e] == weight {
			return e
		}
	}
	return none
}

func (m *Metric) weight(l leg) uint32 {
	if l&1 != 0 {
		return m.down[l/2]
	}
	return m.up[l/2]
}

// halves returns the two lower legs that a leg consists of: from its beginning
// down to a node and up to its end.
func (m *Metric) halves(l leg) (first, second leg, ok bool) {
	h, weight := m.h, m.weight(l)
	x, y := h.tail[l/2], h.head[l/2]
	if l&1 != 0 {
		x, y = y, x
	}
	downX, belowX := h.lower(x)
	downY, belowY := h.lower(y)
	if len(belowY) > 8*len(belowX) {
		for i, u := range belowX {
			if b := downX[i]; m.down[b] <= weight {
				if c, ok := h.arc(u, y); ok && m.down[b]+m.up[c] == weight {
					return leg(2*b + 1), leg(2 * c), true
				}
			}
		}
		return 0, 0, false
	}
	if len(belowX) > 8*len(belowY) {
		for j, u := range belowY {
			if c := downY[j]; m.up[c] <= weight {
				if b, ok := h.arc(u, x); ok && m.down[b]+m.up[c] == weight {
					return leg(2*b + 1), leg(2 * c), true
				}
			}
		}
		return 0, 0, false
	}
	for i, j := 0, 0; i < len(belowX) && j < len(belowY); {
		u, w := belowX[i], belowY[j]
		if u == w {
			if b, c := downX[i], downY[j]; m.down[b]+m.up[c] == weight {
				return leg(2*b + 1), leg(2 * c), true
			}
		}
		if u <= w {
			i++
		}
		if w <= u {
			j++
		}
	}
	return 0, 0, false
}

// Parts tell what the arcs of a perfect metric consist of. Those that lead up
// are numbered by their place there, those that lead down from firstDown on.
type parts struct {
	firstDown uint32
	part      []part
}

// A part is two halves, first down to a lower node and then up, both parts; or an input arc
// and none; or none and none, where an arc is kept that could be dropped.
type part struct{ first, second uint32 }

// unpack replaces the legs on the stack, last one first, by input arcs.
func (p *parts) unpack(stack []leg, path []uint32) (whole []uint32, ok bool) {
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		half := p.part[l]
		for half.second != none {
			stack = append(stack, leg(half.second))
			half = p.part[half.first]
		}
		if half.first == none {
			return path, false
		}
		path = append(path, half.first)
	}
	return path, true
}

// findParts finds what each arc that is kept consists of. Both halves of a
// shortest path are shortest paths, so they are kept too. Cost: one visit to
// each triangle of which two arcs are kept.
func (p *Perfect) findParts(threads int) {
	h := p.m.h
	p.parts = parts{uint32(len(p.up.arc)), make([]part, p.Arcs())}
	up, down := p.up.places(len(h.head)), p.down.places(len(h.head))
	h.upwards(threads, func() func(from, to uint32) {
		f := partFinder{p: p, up: up, down: down}
		for i := range f.row {
			f.row[i] = make([]wanted, h.maxDepth+1)
		}
		return f.find
	})
}

// places returns the place of each arc that is kept, none of the others.
func (a *arcs) places(all int) []uint32 {
	out := refill[uint32](nil, all, none)
	for i, arc := range a.arc {
		out[arc] = uint32(i)
	}
	return out
}

// A partFinder finds the parts of a run of positions.
type partFinder struct {
	p        *Perfect
	up, down []uint32 // place of each arc
	// What is still to be found of the position's arcs up and down, by depth of
	// the head.
	row [2][]wanted
}

// A wanted weight is that of an arc whose halves are not known; none, which no
// sum of weights is, where there is no such arc.
type wanted struct{ weight, part uint32 }

func (f *partFinder) find(from, to uint32) {
	p, h := f.p, f.p.m.h
	for side := range f.row {
		for i := range f.row[side] {
			f.row[side][i].weight = none
		}
	}
	for v := from; v < to; v++ {
		left, most := f.open(v, &p.up, 0, f.row[0])
		leftDown, mostDown := f.open(v, &p.down, 1, f.row[1])
		for i := h.firstDown[v+1]; i > h.firstDown[v] && left+leftDown > 0; {
			i--
			a, u := h.down[i], h.below[i]
			// From v down to u and up, or down to u and up to v. One that alone
			// weighs more than all that is wanted is half of none.
			if b := f.down[a]; b != none && left > 0 && p.down.weight[b] <= most {
				left -= f.join(v, u, &p.up, p.down.weight[b], f.row[0], func(c uint32) part {
					return part{p.parts.firstDown + b, c}
				})
			}
			if b := f.up[a]; b != none && leftDown > 0 && p.up.weight[b] <= mostDown {
				leftDown -= f.join(v, u, &p.down, p.up.weight[b], f.row[1], func(c uint32) part {
					return part{p.parts.firstDown + c, b}
				})
			}
		}
		for side, a := range []*arcs{&p.up, &p.down} {
			for _, d := range a.rise[a.first[v]:a.first[v+1]] {
				f.row[side][d].weight = none
			}
		}
	}
}

// join finds what is wanted of v among the sums of weight, that of an arc between
// u and v, and of u's arcs to what is above v. It returns how much it found.
func (f *partFinder) join(v, u uint32, a *arcs, weight uint32, row []wanted, part func(c uint32) part) (found int) {
	depth := f.p.m.h.depth[v]
	from, to := a.first[u], a.first[u+1]
	rise := a.rise[from:to]
	other := a.weight[from:to][:len(rise)]
	for j := len(rise) - 1; j >= 0 && rise[j] < depth; j-- {
		if w := &row[rise[j]]; weight+other[j] == w.weight {
			f.p.parts.part[w.part] = part(from + uint32(j))
			w.weight = none
			found++
		}
	}
	return found
}

// open looks at the input arcs of v's arcs in one direction, notes the arcs
// that are none of them as wanted and returns their number and greatest weight.
func (f *partFinder) open(v uint32, a *arcs, side uint32, row []wanted) (left int, most uint32) {
	p := f.p
	for i := a.first[v]; i < a.first[v+1]; i++ {
		k := i + side*p.parts.firstDown
		p.parts.part[k] = part{none, none}
		if e := p.m.bearer(leg(2*a.arc[i] + side)); e != none {
			p.parts.part[k].first = e
			continue
		}
		row[a.rise[i]] = wanted{a.weight[i], k}
		left, most = left+1, max(most, a.weight[i])
	}
	return left, most
}
