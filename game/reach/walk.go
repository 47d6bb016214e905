package reach

import "math"

// unreached is a time that no walk has.
const unreached = math.MaxUint32

// mostCharges is how many discs may charge at once, one bit each.
const mostCharges = 64 * words

// words is how long a set is, in words of 64 bits.
const words = 2

// A set is one of charging discs.
type set [words]uint64

func (s set) empty() bool { return s == set{} }

func (s set) or(o set) set {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

func (s set) and(o set) set {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

func (s set) without(o set) set {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

func single(k int) (s set) {
	s[k/64] = 1 << (k % 64)
	return s
}

// walks knows the walks of a field: how far every node is from the sinks and from
// the seeds, and which nodes drive a piece.
type walks struct {
	f        *Field
	limit    uint32   // no walk may take longer
	rest     []uint32 // by node: the least time from its end to a sink
	sink     []bool
	into     []uint32 // the arcs by the node they lead to
	from     []uint32
	fromTime []uint32
	driven   []uint32 // nodes by piece: driving[driven[p]:driven[p+1]]
	driving  []uint32

	fronts fronts
	priced priced

	// scratch of fastestPast
	q      queue
	time   []uint32
	parent []int32
	met    []uint32
}

// newWalks works out how far every node is from the sinks.
func newWalks(f *Field, limit uint32) *walks {
	n := f.Nodes()
	w := &walks{f: f, limit: limit, sink: make([]bool, n)}
	w.into, w.from, w.fromTime = f.reversed()
	for _, s := range f.Sinks {
		w.sink[s] = true
	}
	var start []timed
	for v, is := range w.sink {
		if is {
			start = append(start, timed{0, uint32(v)})
		}
	}
	w.rest = make([]uint32, n)
	for i := range w.rest {
		w.rest[i] = unreached
	}
	var q queue
	q.run(start, w.into, w.from, w.fromTime, limit, w.rest, nil)
	w.driven = make([]uint32, f.Pieces+1)
	for _, p := range f.Piece {
		w.driven[p+1]++
	}
	for p := range f.Pieces {
		w.driven[p+1] += w.driven[p]
	}
	w.driving = make([]uint32, n)
	at := append([]uint32(nil), w.driven[:f.Pieces]...)
	for v, p := range f.Piece {
		w.driving[at[p]] = uint32(v)
		at[p]++
	}
	w.fronts.w, w.priced.s = w, &w.fronts
	return w
}

// reversed returns the arcs by the node they lead to.
func (f *Field) reversed() (into, from, time []uint32) {
	n := f.Nodes()
	into = make([]uint32, n+1)
	for _, t := range f.To {
		into[t+1]++
	}
	for v := range n {
		into[v+1] += into[v]
	}
	from, time = make([]uint32, len(f.To)), make([]uint32, len(f.To))
	at := append([]uint32(nil), into[:n]...)
	for v := range n {
		for i := f.First[v]; i < f.First[v+1]; i++ {
			k := at[f.To[i]]
			at[f.To[i]]++
			from[k], time[k] = uint32(v), f.Time[i]
		}
	}
	return into, from, time
}

// fastest returns the least time of any walk, false without one.
func (w *walks) fastest() (uint32, bool) { return w.quickest(w.rest) }

// quickest returns the least time of any walk, where rest is what it takes from
// nodes on.
func (w *walks) quickest(rest []uint32) (uint32, bool) {
	best := uint64(unreached)
	for _, s := range w.f.Seeds {
		if rest[s.Node] < unreached {
			best = min(best, uint64(s.Time)+uint64(rest[s.Node]))
		}
	}
	return uint32(min(best, unreached)), best < unreached
}

// fastestPast returns the fastest walk over nodes that may be used, false if none
// keeps the limit.
func (w *walks) fastestPast(may func(node uint32) bool) (walk, bool) {
	f := w.f
	if w.time == nil {
		w.time, w.parent = make([]uint32, f.Nodes()), make([]int32, f.Nodes())
		for v := range w.time {
			w.time[v] = unreached
		}
	}
	time, parent, q := w.time, w.parent, &w.q
	q.heap = q.heap[:0]
	improve := func(v uint32, t uint64, from int32) {
		if w.rest[v] != unreached && t+uint64(w.rest[v]) <= uint64(w.limit) && t < uint64(time[v]) && may(v) {
			if time[v] == unreached {
				w.met = append(w.met, v)
			}
			time[v], parent[v] = uint32(t), from
			q.push(timed{uint32(t) + w.rest[v], v})
		}
	}
	defer func() {
		for _, v := range w.met {
			time[v] = unreached
		}
		w.met = w.met[:0]
	}()
	for _, s := range f.Seeds {
		improve(s.Node, uint64(s.Time), -1)
	}
	for len(q.heap) > 0 {
		e := q.pop()
		v := e.node
		if e.time != time[v]+w.rest[v] {
			continue
		}
		if w.sink[v] {
			out := walk{time: time[v]}
			for u := int32(v); u >= 0; u = parent[u] {
				out.nodes = append(out.nodes, uint32(u))
			}
			reverse(out.nodes)
			return out, true
		}
		for i := f.First[v]; i < f.First[v+1]; i++ {
			improve(f.To[i], uint64(time[v])+uint64(f.Time[i]), int32(v))
		}
	}
	return walk{}, false
}

func reverse(s []uint32) {
	for i, k := 0, len(s)-1; i < k; i, k = i+1, k-1 {
		s[i], s[k] = s[k], s[i]
	}
}

// A charge is what a disc asks of every walk that passes it.
type charge struct {
	pieces []uint32 // of ground, that it reaches
	level  int32    // what it asks, in units
}

// A walk is one that a search found.
type walk struct {
	nodes []uint32
	time  uint32
	level int32 // charges, in units
}

// timed is a node and when it is reached.
type timed struct {
	time, node uint32
}

// A queue finds least times.
type queue struct{ heap []timed }

// run settles nodes from some, along arcs, up to a time. times must be unreached
// where nothing is known yet; met gets the nodes that were reached, if it is given.
func (q *queue) run(start []timed, first, to, time []uint32, most uint32, times []uint32, met *[]uint32) {
	q.heap = q.heap[:0]
	for _, s := range start {
		if s.time < times[s.node] {
			if times[s.node] == unreached && met != nil {
				*met = append(*met, s.node)
			}
			times[s.node] = s.time
			q.push(s)
		}
	}
	for len(q.heap) > 0 {
		e := q.pop()
		if e.time != times[e.node] {
			continue
		}
		for i := first[e.node]; i < first[e.node+1]; i++ {
			t, v := uint64(e.time)+uint64(time[i]), to[i]
			if t <= uint64(most) && t < uint64(times[v]) {
				if times[v] == unreached && met != nil {
					*met = append(*met, v)
				}
				times[v] = uint32(t)
				q.push(timed{uint32(t), v})
			}
		}
	}
}

// extend goes on from nodes that run met, beyond its time, to nodes whose time is
// with other's no more than most. met gets those that are new.
func (q *queue) extend(from []uint32, first, to, time []uint32, most uint32, times, other []uint32, met *[]uint32) {
	q.heap = q.heap[:0]
	relax := func(u uint32) {
		for i := first[u]; i < first[u+1]; i++ {
			t, v := uint64(times[u])+uint64(time[i]), to[i]
			if t < uint64(times[v]) && t+uint64(other[v]) <= uint64(most) {
				if times[v] == unreached {
					*met = append(*met, v)
				}
				times[v] = uint32(t)
				q.push(timed{uint32(t), v})
			}
		}
	}
	for _, u := range from {
		relax(u)
	}
	for len(q.heap) > 0 {
		if e := q.pop(); e.time == times[e.node] {
			relax(e.node)
		}
	}
}

func (q *queue) push(e timed) {
	q.heap = append(q.heap, e)
	h := q.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if e.time >= h[up].time {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
}

func (q *queue) pop() timed {
	h := q.heap
	top := h[0]
	n := len(h) - 1
	e := h[n]
	q.heap = h[:n]
	h = q.heap
	i := 0
	for {
		down := 4*i + 1
		if down >= n {
			break
		}
		for k := down + 1; k < min(down+4, n); k++ {
			if h[k].time < h[down].time {
				down = k
			}
		}
		if h[down].time >= e.time {
			break
		}
		h[i] = h[down]
		i = down
	}
	if n > 0 {
		h[i] = e
	}
	return top
}
