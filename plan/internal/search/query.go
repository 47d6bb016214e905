package search

// A Query holds what a search writes. It belongs to one goroutine and is used
// again and again: after the first searches it allocates nothing.
type Query struct {
	g        *Graph
	fwd, bwd side
	target   []uint32 // per state: index into targets, valid where stamped
	stamp    []uint32
	now      uint32
	meet     uint32 // state where the best path's halves join
	finish   uint32 // target state, for Within
	half     bool   // the path is all in fwd and ends at finish
}

// side is one direction of a search: labels, parents and the queue.
type side struct {
	cells []cell
	now   uint32
	heap  queue
}

// A cell is what a search knows of a state, kept together because it is read
// together.
type cell struct {
	label  uint32
	parent uint32
	stamp  uint32 // of the generation that label and parent belong to
}

// NewQuery makes a query object for g, about 40 bytes per state.
func NewQuery(g *Graph) *Query {
	n := g.States()
	return &Query{
		g: g, fwd: newSide(n), bwd: newSide(n),
		target: make([]uint32, n), stamp: make([]uint32, n),
	}
}

func newSide(n int) side {
	return side{cells: make([]cell, n)}
}

// reset forgets all labels by moving to a new generation.
func (s *side) reset() {
	s.heap = s.heap[:0]
	s.now++
	if s.now == 0 { // wrapped: old stamps could be taken for new ones
		clear(s.cells)
		s.now = 1
	}
}

func (s *side) at(state uint32) uint32 {
	c := &s.cells[state]
	if c.stamp != s.now {
		return Unreachable
	}
	return c.label
}

// improve sets a label if it is less than the one there, and queues it under key.
func (s *side) improve(state, label, parent, key uint32) {
	c := &s.cells[state]
	if c.stamp == s.now && label >= c.label || label >= Unreachable {
		return
	}
	*c = cell{label, parent, s.now}
	s.heap.push(key, state)
}

// sum adds a label and two weights; Unreachable absorbs.
func sum(label, a, b uint32) uint32 {
	if t := uint64(label) + uint64(a) + uint64(b); t < Unreachable && a < Unreachable && b < Unreachable {
		return uint32(t)
	}
	return Unreachable
}

// seedBackward labels the states before the targets with the time from the end
// of their arcs to the target, as far as budget goes.
func (q *Query) seedBackward(s *side, m Metric, targets []Target, budget uint32) {
	g := q.g
	for _, t := range targets {
		for i := g.inFirst[t.State]; i < g.inFirst[t.State+1]; i++ {
			if d := sum(0, m.Turn[g.inTurn[i]], t.Part); d <= budget && d < Unreachable {
				s.improve(g.inFrom[i], d, t.State|last, d)
			}
		}
	}
}

// Shortest finds a shortest path from any of the sources to any of the targets
// by bidirectional Dijkstra. ok is false when there is none. A target in a
// source's own state, ahead of it, is the caller's to compare: here a path always
// takes at least one turn. Of paths of the same cost the choice depends on the
// input alone.
func (q *Query) Shortest(m Metric, sources []Source, targets []Target) (cost uint32, ok bool) {
	g := q.g
	q.half = false
	f, b := &q.fwd, &q.bwd
	f.reset()
	b.reset()
	for _, s := range sources {
		f.improve(s.State, s.Label, noState, s.Label)
	}
	q.seedBackward(b, m, targets, Unreachable)
	best := uint32(Unreachable)
	join := func(state, d uint32) {
		if d < best {
			best, q.meet = d, state
		}
	}
	for len(f.heap) > 0 && len(b.heap) > 0 {
		fk, bk := f.heap.least(), b.heap.least()
		if uint64(fk)+uint64(bk) >= uint64(best) {
			break
		}
		if fk <= bk {
			key, s := f.heap.pop()
			if key != f.cells[s].label {
				continue // a better label was settled before
			}
			if d := b.at(s); d < Unreachable {
				join(s, key+d)
			}
			for i := g.first[s]; i < g.first[s+1]; i++ {
				t := g.to[i]
				if d := sum(key, m.Turn[i], m.Arc[g.stateArc[t]]); d < Unreachable {
					f.improve(t, d, s, d)
					if back := b.at(t); back < Unreachable {
						join(t, d+back)
					}
				}
			}
			continue
		}
		key, s := b.heap.pop()
		if key != b.cells[s].label {
			continue
		}
		if d := f.at(s); d < Unreachable {
			join(s, key+d)
		}
		w := m.Arc[g.stateArc[s]]
		for i := g.inFirst[s]; i < g.inFirst[s+1]; i++ {
			p := g.inFrom[i]
			if d := sum(key, m.Turn[g.inTurn[i]], w); d < Unreachable {
				b.improve(p, d, s, d)
				if ahead := f.at(p); ahead < Unreachable {
					join(p, d+ahead)
				}
			}
		}
	}
	return best, best < Unreachable
}

// Within finds a shortest path of at most budget, going only where ahead, a
// backward tree to the same targets under weights nowhere above m's, leaves room
// for that. It is A* with a consistent bound and sees only the corridor.
func (q *Query) Within(m Metric, sources []Source, targets []Target, ahead *Tree, budget uint32) (cost uint32, ok bool) {
	g := q.g
	q.half = true
	f := &q.fwd
	f.reset()
	q.markTargets(targets)
	key := func(label, state uint32) (uint32, bool) {
		h := ahead.Label(state)
		k := uint64(label) + uint64(h)
		return uint32(k), h < Unreachable && k <= uint64(budget)
	}
	for _, s := range sources {
		if k, in := key(s.Label, s.State); in {
			f.improve(s.State, s.Label, noState, k)
		}
	}
	best, from := uint32(Unreachable), uint32(noState)
	for len(f.heap) > 0 && f.heap.least() < best {
		k, s := f.heap.pop()
		d := f.cells[s].label
		if want, _ := key(d, s); k != want {
			continue
		}
		for i := g.first[s]; i < g.first[s+1]; i++ {
			t := g.to[i]
			if q.stamp[t] == q.now {
				if c := sum(d, m.Turn[i], targets[q.target[t]].Part); c < best && c <= budget {
					best, from, q.finish = c, s, t
				}
			}
			if next := sum(d, m.Turn[i], m.Arc[g.stateArc[t]]); next < Unreachable {
				if k, in := key(next, t); in {
					f.improve(t, next, s, k)
				}
			}
		}
	}
	q.meet = from
	return best, best < Unreachable
}

// markTargets notes, per state, the target with the least part.
func (q *Query) markTargets(targets []Target) {
	q.now++
	if q.now == 0 {
		clear(q.stamp)
		q.now = 1
	}
	for i, t := range targets {
		if q.stamp[t.State] != q.now || t.Part < targets[q.target[t.State]].Part {
			q.stamp[t.State], q.target[t.State] = q.now, uint32(i)
		}
	}
}

// Path appends the states of the path that Shortest or Within found last: from
// the source's state to the state in which the target lies.
func (q *Query) Path(dst []uint32) []uint32 {
	from := len(dst)
	for s := q.meet; s != noState; s = q.fwd.cells[s].parent {
		dst = append(dst, s)
	}
	for i, j := from, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	if q.half {
		return append(dst, q.finish)
	}
	for s := q.meet; ; {
		next := q.bwd.cells[s].parent
		s = next &^ last
		dst = append(dst, s)
		if next&last != 0 {
			return dst
		}
	}
}

// queue is a binary heap of (key, state), least key and then least state first.
// Outdated entries stay in it and are passed over when they come out.
type queue []uint64

func (h *queue) push(key, state uint32) {
	*h = append(*h, uint64(key)<<32|uint64(state))
	a := *h
	i := len(a) - 1
	for x := a[i]; i > 0; {
		up := (i - 1) / 2
		if a[up] <= x {
			break
		}
		a[i], a[up] = a[up], x
		i = up
	}
}

func (h queue) least() uint32 { return uint32(h[0] >> 32) }

func (h *queue) pop() (key, state uint32) {
	a := *h
	top := a[0]
	n := len(a) - 1
	x := a[n]
	a = a[:n]
	for i := 0; n > 0; {
		down := 2*i + 1
		if down >= n {
			a[i] = x
			break
		}
		if down+1 < n && a[down+1] < a[down] {
			down++
		}
		if x <= a[down] {
			a[i] = x
			break
		}
		a[i] = a[down]
		i = down
	}
	*h = a
	return uint32(top >> 32), uint32(top)
}
