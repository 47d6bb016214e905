package reach

import (
	"math/bits"
)

// fronts finds the walks of least charges and time when discs charge for being
// passed, each once.
//
// Charges are whole numbers of a unit. The search takes the levels of cost in
// turn, and on each finds the least times (in buckets, not sorted within one): a
// walk to a node is of no use where another one that asks no more was there no
// later. So no node is looked at more often than there are levels at which it gets
// faster, and when the effort is spent every level done is a bound.
//
// What was passed must be remembered, or a disc would charge a walk twice that
// comes back. A quick search carries the set along but does not compare by it:
// its walks are real ones, the least may be missing. A proving search compares by
// it too, and forgets a disc outside the loop region of it: the nodes that can be
// driven to from the disc and back within Loop. That is a bound, for a walk which
// comes back to a disc from outside its region can be cut: it takes at least
// Loop less and passes no more, if in its place one may leap within a disc. So
//
//	least(limit) >= min(least without such walks(limit), least with leaps(limit - loop))
//
// and both are searched for.
type fronts struct {
	w *walks

	mask   []int32 // by piece: which of masks, 0 for none
	used   []uint32
	masks  []set
	asks   []int32 // by mask
	number map[set]int32
	levels []int32 // by charge
	reach  [][]uint32
	always bool     // everything is remembered everywhere
	memory []set    // by node, of a proving search: what is remembered there
	rest   []uint32 // see leapt; none before it is asked for
	nodes  []uint32

	labels  []label
	fast    []uint32 // by node: least time so far, where nothing is remembered
	touched []uint32
	list    []int32 // by node: labels where something is
	buckets []int32
	pending []int32
	made    int

	// scratch of regions
	q           queue
	there, back []uint32
}

// A label is a walk to the end of a node.
type label struct {
	set    set
	node   uint32
	time   uint32
	level  int32
	parent int32
	queue  int32 // next in a bucket
	list   int32 // next at the node
	dead   bool
}

// A question to fronts.
type question struct {
	limit uint32
	// Only walks of level*unit + price*time below this are wanted.
	below, unit, price float64
	// core, if not nil, holds the nodes that may be used.
	core []bool
	// proving compares by what is remembered; leaps may be made within discs.
	proving, leaps bool
	// most ends the search when so many walks were found, 0 for never; with 1 the
	// walk is the best.
	most   int
	effort int
}

// An outcome of a search: walks, each faster or cheaper than the others, and the
// least level*unit + price*time of any walk, or what it is no less than.
type outcome struct {
	walks    []walk
	least    float64
	complete bool
}

// charge sets who charges what; forget must follow.
func (s *fronts) charge(charges []charge) {
	w := s.w
	if s.mask == nil {
		n := w.f.Nodes()
		s.mask = make([]int32, w.f.Pieces)
		s.fast, s.list = make([]uint32, n), make([]int32, n+mostCharges)
		for v := range s.fast {
			s.fast[v] = unreached
		}
		for v := range s.list {
			s.list[v] = -1
		}
	}
	s.masks, s.asks, s.levels, s.reach = append(s.masks[:0], set{}), append(s.asks[:0], 0), s.levels[:0], s.reach[:0]
	s.number = map[set]int32{{}: 0}
	for k, c := range charges {
		s.levels = append(s.levels, c.level)
		s.reach = append(s.reach, c.pieces)
		for _, p := range c.pieces {
			if s.mask[p] == 0 {
				s.used = append(s.used, p)
			}
			both := s.masks[s.mask[p]].or(single(k))
			id, ok := s.number[both]
			if !ok {
				id = int32(len(s.masks))
				s.number[both] = id
				s.masks, s.asks = append(s.masks, both), append(s.asks, 0)
			}
			s.mask[p] = id
		}
	}
	for i, m := range s.masks {
		s.asks[i] = s.ask(m)
	}
}

func (s *fronts) forget() {
	for _, p := range s.used {
		s.mask[p] = 0
	}
	s.used = s.used[:0]
	for _, v := range s.nodes {
		s.memory[v] = set{}
	}
	s.nodes, s.rest = s.nodes[:0], s.rest[:0]
}

// ask returns what the discs of a set charge together.
func (s *fronts) ask(x set) (total int32) {
	for i, b := range x {
		for ; b != 0; b &= b - 1 {
			total += s.levels[64*i+bits.TrailingZeros64(b)]
		}
	}
	return total
}

// regions works out where each disc is remembered: at the nodes from which, and to
// which, the disc is so near that the loop takes at most the given time.
func (s *fronts) regions(loop uint32) {
	w := s.w
	n := w.f.Nodes()
	if s.memory == nil {
		s.memory = make([]set, n)
		s.there, s.back = make([]uint32, n), make([]uint32, n)
		for v := range n {
			s.there[v], s.back[v] = unreached, unreached
		}
	}
	for _, v := range s.nodes {
		s.memory[v] = set{}
	}
	s.nodes = s.nodes[:0]
	if s.always = loop >= w.limit; s.always {
		return // no loop of a walk takes longer
	}
	var start []timed
	var met, metBack []uint32
	for k, pieces := range s.reach {
		start, met, metBack = start[:0], met[:0], metBack[:0]
		for _, p := range pieces {
			for _, v := range w.driving[w.driven[p]:w.driven[p+1]] {
				if w.rest[v] != unreached {
					start = append(start, timed{0, v})
				}
			}
		}
		// Of there and back one takes no more than half of the loop, and all nodes of the
		// shortest way to a node of the region are of it.
		s.q.run(start, w.f.First, w.f.To, w.f.Time, loop/2, s.there, &met)
		s.q.run(start, w.into, w.from, w.fromTime, loop/2, s.back, &metBack)
		s.q.extend(met, w.f.First, w.f.To, w.f.Time, loop, s.there, s.back, &met)
		s.q.extend(metBack, w.into, w.from, w.fromTime, loop, s.back, s.there, &metBack)
		bit := single(k)
		for _, v := range met {
			if uint64(s.there[v])+uint64(s.back[v]) <= uint64(loop) {
				if s.memory[v].empty() {
					s.nodes = append(s.nodes, v)
				}
				s.memory[v] = s.memory[v].or(bit)
			}
		}
		for _, v := range met {
			s.there[v] = unreached
		}
		for _, v := range metBack {
			s.back[v] = unreached
		}
	}
}

// mostLevels is how many levels a search tells apart, and the most that one disc
// may charge: charges of all discs together are far from what an int32 holds.
const mostLevels = 1 << 20

// bucketCount is how many buckets the time of a walk is cut into.
const bucketCount = 4096

// search answers a question about the charges.
func (s *fronts) search(q *question) outcome {
	w, f := s.w, s.w.f
	n := uint32(f.Nodes())
	rests := w.rest
	if q.leaps {
		rests = s.leapt()
	}
	fastest, ok := w.quickest(rests)
	if !ok || fastest > q.limit {
		return outcome{least: q.below, complete: true}
	}
	// Walks of more levels than these cost below or more; unless they were too many to
	// be told apart, when those beyond are not looked at and the bound ends there.
	top := (q.below - q.price*float64(fastest)) / q.unit
	capped := top > mostLevels
	s.pending = s.pending[:0]
	for range max(int(min(top, mostLevels))+1, 1) {
		s.pending = append(s.pending, -1)
	}
	width := q.limit/bucketCount + 1
	for len(s.buckets) < int(q.limit/width)+1 {
		s.buckets = append(s.buckets, -1)
	}
	s.labels = s.labels[:0]
	level, below := int32(0), q.below
	all := s.everything()
	remembered := func(v uint32) set {
		switch {
		case !q.proving:
			return set{}
		case s.always || v >= n:
			return all
		}
		return s.memory[v]
	}
	// settle takes a label in at its level, unless it is of no use.
	settle := func(at int32) {
		l := &s.labels[at]
		v := l.node
		if mem := remembered(v); mem.empty() {
			if l.time >= s.fast[v] {
				l.dead = true
				return
			}
			if s.fast[v] == unreached {
				s.touched = append(s.touched, v)
			}
			s.fast[v] = l.time
		} else {
			if s.list[v] < 0 {
				s.touched = append(s.touched, v)
			}
			link := &s.list[v]
			for *link >= 0 {
				o := &s.labels[*link]
				if o.time <= l.time && o.level+s.ask(l.set.without(o.set)) <= l.level {
					l.dead = true
					return
				}
				if l.time <= o.time && l.level+s.ask(o.set.without(l.set)) <= o.level {
					o.dead = true
					*link = o.list
					continue
				}
				link = &o.list
			}
			l.list = s.list[v]
			s.list[v] = at
		}
		b := l.time / width
		l.queue = s.buckets[b]
		s.buckets[b] = at
	}
	// reach makes a label, where it might be of use.
	reach := func(v uint32, t uint64, lv int32, has set, parent int32) {
		rest := rests[v]
		if rest == unreached || t+uint64(rest) > uint64(q.limit) || int(lv) >= len(s.pending) {
			return
		}
		if float64(lv)*q.unit+q.price*float64(t+uint64(rest)) >= below {
			return
		}
		if q.proving {
			has = has.and(remembered(v))
		}
		if v < n && has.empty() || !q.proving {
			if t >= uint64(s.fast[v]) {
				return
			}
		}
		at := int32(len(s.labels))
		s.labels = append(s.labels, label{set: has, node: v, time: uint32(t), level: lv, parent: parent, queue: -1, list: -1})
		if lv == level {
			settle(at)
			return
		}
		s.labels[at].queue = s.pending[lv]
		s.pending[lv] = at
	}
	drive := func(v uint32, t uint64, lv int32, has set, parent int32) {
		if q.core != nil && !q.core[v] {
			return
		}
		if m := s.mask[f.Piece[v]]; m != 0 {
			fresh := s.masks[m].without(has)
			if fresh == s.masks[m] {
				lv += s.asks[m]
			} else {
				lv += s.ask(fresh)
			}
			has = has.or(fresh)
		}
		reach(v, t, lv, has, parent)
	}
	out := outcome{least: q.below, complete: true}
	quickest, found := uint32(unreached), 0
	for _, x := range f.Seeds {
		drive(x.Node, uint64(x.Time), 0, set{}, -1)
	}
search:
	for ; int(level) < len(s.pending); level++ {
		if level > 0 && s.pending[level] < 0 {
			continue // only seeds have labels that wait nowhere
		}
		for at := s.pending[level]; at >= 0; {
			next := s.labels[at].queue
			settle(at)
			at = next
		}
		if q.most == 1 && float64(level)*q.unit+q.price*float64(fastest) >= out.least {
			break
		}
		for b := range s.buckets {
			for s.buckets[b] >= 0 {
				at := s.buckets[b]
				l := s.labels[at]
				s.buckets[b] = l.queue
				if l.dead {
					continue
				}
				v := l.node
				if v >= n {
					for _, p := range s.reach[v-n] {
						for _, u := range w.driving[w.driven[p]:w.driven[p+1]] {
							drive(u, uint64(l.time), l.level, l.set, at)
						}
					}
					continue
				}
				mem := remembered(v)
				if mem.empty() && s.fast[v] != l.time {
					continue
				}
				if len(s.labels) > q.effort {
					out.least = min(out.least, float64(level)*q.unit+q.price*float64(fastest))
					out.complete = false
					break search
				}
				if w.sink[v] {
					total := float64(l.level)*q.unit + q.price*float64(l.time)
					if l.time < quickest || total < out.least {
						quickest = min(quickest, l.time)
						out.least = min(out.least, total)
						if q.most == 1 {
							below = out.least
						}
						if !q.leaps {
							out.walks = append(out.walks, s.trace(at))
						}
						if found++; found == q.most && (q.price == 0 || !q.proving) {
							break search
						}
					}
				}
				for i := f.First[v]; i < f.First[v+1]; i++ {
					drive(f.To[i], uint64(l.time)+uint64(f.Time[i]), l.level, l.set, at)
				}
				if q.leaps {
					s.discs(v, func(k uint32) { reach(n+k, uint64(l.time), l.level, l.set, at) })
				}
			}
		}
	}
	if beyond := float64(len(s.pending))*q.unit + q.price*float64(fastest); capped && beyond < out.least {
		out.least, out.complete = beyond, false
	}
	for b := range s.buckets {
		s.buckets[b] = -1
	}
	for _, v := range s.touched {
		s.list[v] = -1
		if v < n {
			s.fast[v] = unreached
		}
	}
	s.touched = s.touched[:0]
	s.made += len(s.labels)
	return out
}

// everything returns all charging discs.
func (s *fronts) everything() (all set) {
	for k := range s.levels {
		all = all.or(single(k))
	}
	return all
}

// trace lays out the walk that a label ends.
func (s *fronts) trace(at int32) walk {
	out := walk{time: s.labels[at].time, level: s.labels[at].level}
	for i := at; i >= 0; i = s.labels[i].parent {
		out.nodes = append(out.nodes, s.labels[i].node)
	}
	reverse(out.nodes)
	return out
}
