package check

import (
	"container/heap"
	"math"
	"math/bits"

	"github.com/outrider-project/outrider/game/reach"
)

// A Least is what an attacker's mix gets against every walk within the limit, as
// far as that was proved.
type Least struct {
	// Value is what no walk gets below. With Price it is Σ odds·chance + Price·time
	// less Price times the mean limit.
	Value  float64
	Proved bool // some walk gets no more, so that no greater value could be proved
	Labels int
	Faults []string
}

// Lower recomputes what an attacker's mix gets against every walk of a field within
// the limit, by a search in order of cost with all that was passed remembered. One
// walk stands for another at its node if it took no longer and would cost no more
// even if it had to meet all that the other met before it and can still meet again
// in time. effort bounds how many walks are laid down; what is left out then is no
// better than the next one, so that the value is a bound all the same.
func Lower(f *reach.Field, o reach.Options, attack []reach.Attack, price, meanLimit float64, effort int) Least {
	c := &checker{f: f, o: o, m: &reach.Mix{Attack: attack, Price: price, MeanLimit: meanLimit}, seen: map[uint32][]reach.Segment{}}
	asks, pays, ok := c.charges()
	out := Least{}
	if ok {
		l := &least{c: c, asks: asks, pays: pays}
		out = l.search(effort)
		if price > 0 {
			out.Value -= price * meanLimit
		}
	}
	out.Faults = c.r.Faults
	return out
}

// charges returns which attacks reach each piece, and what each pays.
func (c *checker) charges() (asks map[uint32][]int, pays []float64, ok bool) {
	if len(c.m.Attack) > 64*len(met{}) {
		c.fault("there are %d attacks, more than can be told apart", len(c.m.Attack))
		return nil, nil, false
	}
	total := 0.0
	asks, pays = map[uint32][]int{}, make([]float64, len(c.m.Attack))
	for k, a := range c.m.Attack {
		if !(a.Prob >= 0 && a.Prob <= 1+slack) {
			c.fault("attack %d has odds of %v", k+1, a.Prob)
			return nil, nil, false
		}
		total += a.Prob
		// A radius a little shorter is safe for who claims a lower bound.
		pieces, chance := c.disc(a.At, c.o.Reach*(1-boundary))
		_, most := c.disc(a.At, c.o.Reach*(1+boundary))
		if !(a.P >= chance*(1-slack) && a.P <= most*(1+slack)) {
			c.fault("attack %d has a chance of %v, not %v to %v", k+1, a.P, chance, most)
		}
		pays[k] = a.Prob * chance
		for piece := range pieces {
			asks[piece] = append(asks[piece], k)
		}
	}
	if len(c.m.Attack) > 0 && math.Abs(total-1) > slack {
		c.fault("the attacker's odds add up to %v", total)
		return nil, nil, false
	}
	return asks, pays, true
}

// met is a set of attacks.
type met [4]uint64

func (s *met) has(k int) bool { return s[k>>6]>>(k&63)&1 != 0 }
func (s *met) add(k int)      { s[k>>6] |= 1 << (k & 63) }

// A mark is a walk to the end of a node.
type mark struct {
	cost float64
	time uint32
	node uint32
	set  met
}

type marks []mark

func (l marks) Len() int { return len(l) }
func (l marks) Less(i, k int) bool {
	return l[i].cost < l[k].cost || l[i].cost == l[k].cost && l[i].time < l[k].time
}
func (l marks) Swap(i, k int) { l[i], l[k] = l[k], l[i] }

// Push is for container/heap.
func (l *marks) Push(x any) { *l = append(*l, x.(mark)) }

// Pop is for container/heap.
func (l *marks) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}

// A least search.
type least struct {
	c    *checker
	asks map[uint32][]int
	pays []float64
	// again is, by attack and node, the least time from the end of the node over the
	// ground of the attack to a sink.
	again [][]uint32
}

// search lays walks down in order of cost.
func (l *least) search(effort int) Least {
	c, f := l.c, l.c.f
	limit := uint64(c.o.Limit)
	rest := c.rest()
	l.meetings(rest)
	kept := make([][]mark, len(f.Piece))
	sink := make([]bool, len(f.Piece))
	for _, s := range f.Sinks {
		sink[s] = true
	}
	var queue marks
	add := func(node uint32, took uint64, from *mark) {
		time := uint64(from.time) + took
		if rest[node] == math.MaxUint64 || time+rest[node] > limit {
			return
		}
		to := mark{from.cost + c.m.Price*float64(took), uint32(time), node, from.set}
		for _, k := range l.asks[f.Piece[node]] {
			if !to.set.has(k) {
				to.set.add(k)
				to.cost += l.pays[k]
			}
		}
		if !l.stands(kept[node], &to) {
			heap.Push(&queue, to)
		}
	}
	for _, s := range f.Seeds {
		add(s.Node, uint64(s.Time), &mark{})
	}
	out := Least{}
	for len(queue) > 0 {
		m := heap.Pop(&queue).(mark)
		if l.stands(kept[m.node], &m) {
			continue
		}
		out.Value = m.cost // no walk costs less than the next one
		if sink[m.node] {
			out.Proved = true
			return out
		}
		if out.Labels++; out.Labels > effort {
			return out
		}
		kept[m.node] = append(kept[m.node], m)
		for i := f.First[m.node]; i < f.First[m.node+1]; i++ {
			add(f.To[i], uint64(f.Time[i]), &m)
		}
	}
	c.fault("no walk keeps the limit")
	return out
}

// stands tells whether one of the walks kept at a node stands for another.
func (l *least) stands(kept []mark, m *mark) bool {
	limit := uint64(l.c.o.Limit)
	for i := range kept {
		o := &kept[i]
		if o.time > m.time || o.cost > m.cost {
			continue
		}
		// What o may have to meet that m met already.
		more := o.cost
		for w := range m.set {
			for b := m.set[w] &^ o.set[w]; b != 0 && more <= m.cost; b &= b - 1 {
				k := 64*w + bits.TrailingZeros64(b)
				if uint64(m.time)+uint64(l.again[k][m.node]) <= limit {
					more += l.pays[k]
				}
			}
		}
		if more <= m.cost {
			return true
		}
	}
	return false
}

// meetings works out for each attack how long it takes at least from a node over
// ground of the attack to a sink.
func (l *least) meetings(rest []uint64) {
	f := l.c.f
	ground := make([][]uint32, len(l.pays))
	for v, piece := range f.Piece {
		for _, k := range l.asks[piece] {
			ground[k] = append(ground[k], uint32(v))
		}
	}
	first, from, time := backwards(f)
	for _, nodes := range ground {
		out := make([]uint32, len(f.Piece))
		for v := range out {
			out[v] = math.MaxUint32
		}
		var queue labels
		push := func(v uint32, t uint64) {
			if t <= uint64(l.c.o.Limit) && t < uint64(out[v]) {
				out[v] = uint32(t)
				heap.Push(&queue, label{cost: float64(t), time: t, node: v})
			}
		}
		// Arrival at a node of the ground from the one before: the time of the arc is
		// that of the ground too.
		for _, v := range nodes {
			if rest[v] != math.MaxUint64 {
				for i := first[v]; i < first[v+1]; i++ {
					push(from[i], rest[v]+uint64(time[i]))
				}
			}
		}
		for len(queue) > 0 {
			x := heap.Pop(&queue).(label)
			if x.time != uint64(out[x.node]) {
				continue
			}
			for i := first[x.node]; i < first[x.node+1]; i++ {
				push(from[i], x.time+uint64(time[i]))
			}
		}
		l.again = append(l.again, out)
	}
}

// backwards returns the arcs of a field by where they lead.
func backwards(f *reach.Field) (first, from, time []uint32) {
	first = make([]uint32, len(f.Piece)+1)
	for _, to := range f.To {
		first[to+1]++
	}
	for v := range f.Piece {
		first[v+1] += first[v]
	}
	from, time = make([]uint32, len(f.To)), make([]uint32, len(f.To))
	next := append([]uint32(nil), first...)
	for v := range f.Piece {
		for i := f.First[v]; i < f.First[v+1]; i++ {
			at := next[f.To[i]]
			from[at], time[at] = uint32(v), f.Time[i]
			next[f.To[i]]++
		}
	}
	return first, from, time
}
