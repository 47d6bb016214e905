package reach

import (
	"math"
)

// priced proves bounds where time has a price. Nothing but the cost of a walk then
// counts, charges and time together, so that of two labels at a node one is always
// of no use unless they remember unlike sets of discs; and labels are taken in order
// of what walks through them cost at least, so that whatever the effort, what was
// reached is a bound.
//
// The limit on the time of a walk is left out, which is in the walk's favour, and may
// come back as a price: for every lift,
//
//	least cost within the limit >= least(cost + lift·time) - lift·limit.
//
// Sets are forgotten as fronts says. A walk that comes back to a disc from outside
// its region is cut, which saves it the price of the loop.
type priced struct {
	s       *fronts
	best    []float64 // by node where nothing is remembered
	labels  []pricedLabel
	heap    []waiting
	touched []uint32
	found   []walk  // within the limit
	lift    float64 // that the next bound begins with
}

type pricedLabel struct {
	set    set
	cost   float64
	node   uint32
	list   int32 // next at the node
	parent int32
	dead   bool
}

// waiting is a label and what walks through it cost at least.
type waiting struct {
	least float64
	label int32
}

// ready makes room for the nodes and the charges that are set.
func (p *priced) ready() {
	n := p.s.w.f.Nodes()
	if p.best == nil {
		p.best = make([]float64, n)
		for v := range p.best {
			p.best[v] = math.Inf(1)
		}
	}
}

// search returns the least cost of any walk, of whatever time, or below if none
// costs less, and the time of that walk, 0 without one. When the effort is spent the
// cost is one that no walk is below.
func (p *priced) search(q *question) (least float64, time uint64, complete bool) {
	s, w := p.s, p.s.w
	f := w.f
	n := uint32(f.Nodes())
	p.ready()
	p.labels, p.heap = p.labels[:0], p.heap[:0]
	rest := w.rest
	if q.leaps {
		rest = s.leapt()
	}
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
	reach := func(v uint32, cost float64, has set, parent int32) {
		if rest[v] == unreached {
			return
		}
		through := cost + q.price*float64(rest[v])
		if through >= q.below {
			return
		}
		mem := remembered(v)
		if q.proving {
			has = has.and(mem)
		}
		if mem.empty() {
			if cost >= p.best[v] {
				return
			}
			if math.IsInf(p.best[v], 1) {
				p.touched = append(p.touched, v)
			}
			p.best[v] = cost
			p.labels = append(p.labels, pricedLabel{set: has, cost: cost, node: v, list: -1, parent: parent})
		} else {
			if s.list[v] < 0 {
				p.touched = append(p.touched, v)
			}
			link := &s.list[v]
			for *link >= 0 {
				o := &p.labels[*link]
				if o.cost+q.unit*float64(s.ask(has.without(o.set))) <= cost {
					return
				}
				if cost+q.unit*float64(s.ask(o.set.without(has))) <= o.cost {
					o.dead = true
					*link = o.list
					continue
				}
				link = &o.list
			}
			p.labels = append(p.labels, pricedLabel{set: has, cost: cost, node: v, list: s.list[v], parent: parent})
			s.list[v] = int32(len(p.labels) - 1)
		}
		p.push(waiting{through, int32(len(p.labels) - 1)})
	}
	drive := func(v uint32, cost float64, has set, parent int32) {
		if q.core != nil && !q.core[v] {
			return
		}
		if m := s.mask[f.Piece[v]]; m != 0 {
			fresh := s.masks[m].without(has)
			if !fresh.empty() {
				cost += q.unit * float64(s.ask(fresh))
				has = has.or(fresh)
			}
		}
		reach(v, cost, has, parent)
	}
	for _, x := range f.Seeds {
		drive(x.Node, q.price*float64(x.Time), set{}, -1)
	}
	least, complete = q.below, true
	for len(p.heap) > 0 {
		e := p.pop()
		l := p.labels[e.label]
		v := l.node
		if l.dead || v < n && l.cost > p.best[v] && remembered(v).empty() {
			continue
		}
		if len(p.labels) > q.effort {
			least, complete = e.least, false
			break
		}
		if v >= n {
			for _, piece := range s.reach[v-n] {
				for _, u := range w.driving[w.driven[piece]:w.driven[piece+1]] {
					drive(u, l.cost, l.set, e.label)
				}
			}
			continue
		}
		if w.sink[v] && rest[v] == 0 {
			least = e.least
			if !q.leaps {
				nodes := p.walk(e.label)
				if time = p.time(nodes); time <= uint64(q.limit) {
					p.found = append(p.found, walk{nodes: nodes, time: uint32(time)})
				}
			}
			break
		}
		for i := f.First[v]; i < f.First[v+1]; i++ {
			drive(f.To[i], l.cost+q.price*float64(f.Time[i]), l.set, e.label)
		}
		if q.leaps {
			s.discs(v, func(k uint32) { reach(n+k, l.cost, l.set, e.label) })
		}
	}
	for _, v := range p.touched {
		s.list[v] = -1
		if v < n {
			p.best[v] = math.Inf(1)
		}
	}
	p.touched = p.touched[:0]
	s.made += len(p.labels)
	return least, time, complete
}

// walk lays out the walk that a label ends.
func (p *priced) walk(at int32) (nodes []uint32) {
	for ; at >= 0; at = p.labels[at].parent {
		nodes = append(nodes, p.labels[at].node)
	}
	reverse(nodes)
	return nodes
}

// time returns the time of a walk.
func (p *priced) time(nodes []uint32) uint64 {
	f := p.s.w.f
	time := uint64(unreached)
	for _, s := range f.Seeds {
		if s.Node == nodes[0] {
			time = min(time, uint64(s.Time))
		}
	}
	for i, v := range nodes[1:] {
		step := uint64(unreached)
		for k := f.First[nodes[i]]; k < f.First[nodes[i]+1]; k++ {
			if f.To[k] == v {
				step = min(step, uint64(f.Time[k]))
			}
		}
		time += step
	}
	return time
}

// bound proves what no walk within the limit of a question costs less than, at most
// the question's below: charges and the price of time. It looks for the lift that
// proves most, at most turns times; where searches came to their end and no better
// one exists the proof is complete. A search that is not to prove looks at no leaps:
// the walks that it leaves in found are what it is for.
func (p *priced) bound(q question, loop uint32, turns int) proof {
	limit := float64(q.limit)
	p.found = p.found[:0]
	best := proof{math.Inf(-1), math.Inf(-1), false, true}
	lift := p.lift
	defer func() { p.lift = lift }()
	// A walk costs cost + lift·over, over its time beyond the limit. early and late
	// are the last ones on both sides.
	type line struct{ cost, over float64 }
	var early, late *line
	before := p.s.made
	for turn := range turns {
		one := q
		if one.effort -= p.s.made - before; turn > 0 && one.effort < q.effort/4 {
			break // a search that is cut off proves little
		}
		one.price, one.below = q.price+lift, q.below+lift*limit
		one.leaps = false
		found, time, complete := p.search(&one)
		bound := found
		if q.proving && loop < q.limit {
			saved := one.price * float64(loop)
			one.below, one.leaps, one.effort = found-saved, true, q.effort
			leaps, _, all := p.search(&one)
			bound, complete = min(found, leaps+saved), complete && all
		}
		best.whole = best.whole && complete
		bound -= lift * limit
		best.plain = max(best.plain, found-lift*limit)
		if bound > best.least {
			// No better one exists where the limit is kept at no price, or at one where
			// it is just met.
			best.least = bound
			best.complete = complete && (time == 0 || lift == 0 && time <= uint64(q.limit) || time == uint64(q.limit))
		}
		if time == 0 || time == uint64(q.limit) || lift == 0 && time < uint64(q.limit) {
			break
		}
		l := &line{found - lift*float64(time), float64(time) - limit}
		if l.over > 0 {
			late = l
		} else {
			early = l
		}
		switch {
		case early == nil:
			lift = (q.below - late.cost) / late.over * 1.0001
		case late == nil:
			lift /= 2
		default:
			lift = (early.cost - late.cost) / (late.over - early.over)
		}
		if !(lift > 0) {
			lift = 0
			break
		}
	}
	return best
}

func (p *priced) push(e waiting) {
	p.heap = append(p.heap, e)
	h := p.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if e.least >= h[up].least {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
}

func (p *priced) pop() waiting {
	h := p.heap
	top := h[0]
	n := len(h) - 1
	e := h[n]
	p.heap = h[:n]
	h = p.heap
	i := 0
	for {
		down := 4*i + 1
		if down >= n {
			break
		}
		for k := down + 1; k < min(down+4, n); k++ {
			if h[k].least < h[down].least {
				down = k
			}
		}
		if h[down].least >= e.least {
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
