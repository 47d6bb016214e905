package oracle

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// A Position is a place on a segment: a fraction of its length from its first
// node in the way's order.
type Position struct {
	Segment  int
	Fraction float64
}

// A Vehicle is who drives. Dimensions of 0 are not checked.
type Vehicle struct {
	Classes [classes]bool // all must be allowed
	Size    Limits
}

// A Question asks for fastest drives from one place.
type Question struct {
	Vehicle Vehicle
	Private bool // private ways count as those for people with business there
	From    Position
	// Parts are the parts (Net.Part) that the drive has business in.
	Parts []int
	To    []Position
	// Unrestricted leaves turn restrictions out.
	Unrestricted bool
}

// An Answer is one fastest drive. Its cost is +Inf if there is none.
type Answer struct {
	Milliseconds float64
	Edges        []Edge
}

// turnBack is what turning back at a dead end takes, in milliseconds.
const turnBack = 30_000

// progress is a course under way, with the edges of its path driven so far.
type progress struct {
	*course
	driven int
}

// search is Dijkstra's algorithm on labels: an edge driven to its end, together
// with all courses that are under way there. Labels below the number of edges
// are edges with none.
type search struct {
	*Net
	q       *Question
	within  map[int32]bool
	cost    []float64
	before  []int32
	edge    []Edge // of labels beyond the edges
	under   []int  // of labels beyond the edges: index into sets
	sets    [][]progress
	setOf   map[string]int
	labelOf map[[2]int]int32
	queue   []item
	targets map[Edge][]int
	answers []Answer
	arrived []int32 // per target the label before it, -1 straight ahead
}

type item struct {
	cost  float64
	label int32
}

// Fastest answers a question. It takes one search, and memory proportional to
// the network.
func (n *Net) Fastest(q Question) []Answer {
	s := &search{Net: n, q: &q, within: map[int32]bool{}, setOf: map[string]int{}, labelOf: map[[2]int]int32{}, targets: map[Edge][]int{}}
	for _, p := range q.Parts {
		if p >= 0 {
			s.within[int32(p)] = true
		}
	}
	edges := 2 * len(n.Segments)
	s.cost = make([]float64, edges)
	s.before = make([]int32, edges)
	for i := range s.cost {
		s.cost[i] = math.Inf(1)
	}
	s.answers, s.arrived = make([]Answer, len(q.To)), make([]int32, len(q.To))
	for i, to := range q.To {
		s.answers[i].Milliseconds = math.Inf(1)
		for e := Edge(2 * to.Segment); e <= Edge(2*to.Segment+1); e++ {
			s.targets[e] = append(s.targets[e], i)
		}
	}
	for e := Edge(2 * q.From.Segment); e <= Edge(2*q.From.Segment+1); e++ {
		s.begin(e)
	}
	s.run()
	for i := range s.answers {
		s.trace(i)
	}
	return s.answers
}

// time returns what driving the edge takes, +Inf if the vehicle may not.
func (s *search) time(e Edge) float64 {
	w, d := s.way(e), e&1
	worst := Open
	for c := range classes {
		if s.q.Vehicle.Classes[c] {
			worst = max(worst, w.Access[d][c])
		}
	}
	inside := s.within[s.part[e/2]]
	switch {
	case worst == Forbidden, worst == Private && !(s.q.Private && inside), worst == Destination && !inside:
		return math.Inf(1)
	}
	v, l := s.q.Vehicle.Size, w.Limits[d]
	for _, x := range [][2]int64{{v.HeightCM, l.HeightCM}, {v.WidthCM, l.WidthCM}, {v.LengthCM, l.LengthCM}, {v.WeightKG, l.WeightKG}, {v.AxleKG, l.AxleKG}} {
		if x[1] != 0 && x[0] > x[1] {
			return math.Inf(1)
		}
	}
	return s.Segments[e/2].Metres * 3600 / w.KMH[d]
}

// share returns how far along the edge a position is.
func share(e Edge, p Position) float64 {
	if e.Against() {
		return 1 - p.Fraction
	}
	return p.Fraction
}

// begin starts on an edge, straight ahead to targets on it included.
func (s *search) begin(e Edge) {
	t, at := s.time(e), share(e, s.q.From)
	if math.IsInf(t, 1) {
		return
	}
	for _, i := range s.targets[e] {
		if there := share(e, s.q.To[i]); there >= at && t*(there-at) < s.answers[i].Milliseconds {
			s.answers[i] = Answer{Milliseconds: t * (there - at), Edges: []Edge{e}}
			s.arrived[i] = -1
		}
	}
	s.reach(s.label(e, s.start(nil, e)), t*(1-at), -1)
}

// start adds the courses that begin with the edge.
func (s *search) start(list []progress, e Edge) []progress {
	if s.q.Unrestricted {
		return nil
	}
	for _, k := range s.courses[e] {
		if s.concerns(&k.applies) {
			list = append(list, progress{k, 0})
		}
	}
	return list
}

func (s *search) concerns(applies *[classes]bool) bool {
	for c := range classes {
		if applies[c] && s.q.Vehicle.Classes[c] {
			return true
		}
	}
	return false
}

// label numbers an edge with the courses under way.
func (s *search) label(e Edge, list []progress) int32 {
	if len(list) == 0 {
		return int32(e)
	}
	var key []byte
	slices.SortFunc(list, func(a, b progress) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.driven, b.driven))
	})
	for _, p := range list {
		key = binary.AppendUvarint(key, uint64(p.number))
		key = binary.AppendUvarint(key, uint64(p.driven))
	}
	set, ok := s.setOf[string(key)]
	if !ok {
		set = len(s.sets)
		s.setOf[string(key)] = set
		s.sets = append(s.sets, list)
	}
	l, ok := s.labelOf[[2]int{int(e), set}]
	if !ok {
		l = int32(len(s.cost))
		s.labelOf[[2]int{int(e), set}] = l
		s.cost, s.before = append(s.cost, math.Inf(1)), append(s.before, -1)
		s.edge, s.under = append(s.edge, e), append(s.under, set)
	}
	return l
}

func (s *search) edgeOf(l int32) (Edge, []progress) {
	if k := int(l) - 2*len(s.Segments); k >= 0 {
		return s.edge[k], s.sets[s.under[k]]
	}
	return Edge(l), nil
}

// run settles labels until no answer can get better.
func (s *search) run() {
	for len(s.queue) > 0 {
		x := s.pop()
		if x.cost > s.cost[x.label] {
			continue
		}
		worst := 0.0
		for i := range s.answers {
			worst = max(worst, s.answers[i].Milliseconds)
		}
		if x.cost >= worst {
			return
		}
		e, under := s.edgeOf(x.label)
		at := s.head(e)
		for _, f := range s.out[at] {
			s.turn(x, e, f, &s.nodes[at], under)
		}
	}
}

// turn goes on from edge e to edge f, if that is allowed.
func (s *search) turn(x item, e, f Edge, at *node, under []progress) {
	cost := x.cost
	t := s.time(f)
	switch {
	case math.IsInf(t, 1):
		return
	case f == e.Reverse():
		if at.ends != 1 {
			return
		}
		cost += turnBack
	case at.barrier != nil && !s.passes(at.barrier, e, f):
		return
	}
	var next []progress
	if !s.q.Unrestricted {
		for _, p := range s.pairs[e] {
			if s.concerns(&p.applies) && p.forbids(e, f) {
				return
			}
		}
		for _, p := range under {
			switch {
			case p.driven == len(p.path):
				if slices.Contains(p.to, f) != p.only {
					return
				}
			case p.path[p.driven] == f:
				next = append(next, progress{p.course, p.driven + 1})
			}
		}
	}
	for _, i := range s.targets[f] {
		if c := cost + t*share(f, s.q.To[i]); c < s.answers[i].Milliseconds {
			s.answers[i] = Answer{Milliseconds: c, Edges: []Edge{f}}
			s.arrived[i] = x.label
		}
	}
	s.reach(s.label(f, s.start(next, f)), cost+t, x.label)
}

// passes reports whether the vehicle may pass a barrier from edge e to edge f.
func (s *search) passes(b *[classes]Permission, e, f Edge) bool {
	worst := Open
	for c := range classes {
		if s.q.Vehicle.Classes[c] {
			worst = max(worst, b[c])
		}
	}
	switch {
	case worst == Open:
		return true
	case worst == Forbidden, worst == Private && !s.q.Private:
		return false
	}
	return s.within[s.part[e/2]] || s.within[s.part[f/2]]
}

// trace puts the edges of an answer together.
func (s *search) trace(i int) {
	a := &s.answers[i]
	if len(a.Edges) == 0 {
		return
	}
	for l := s.arrived[i]; l >= 0; l = s.before[l] {
		e, _ := s.edgeOf(l)
		a.Edges = append(a.Edges, e)
	}
	slices.Reverse(a.Edges)
}

func (s *search) reach(l int32, cost float64, before int32) {
	if cost >= s.cost[l] {
		return
	}
	s.cost[l], s.before[l] = cost, before
	s.queue = append(s.queue, item{cost, l})
	for i := len(s.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if s.queue[up].cost <= s.queue[i].cost {
			break
		}
		s.queue[up], s.queue[i] = s.queue[i], s.queue[up]
		i = up
	}
}

func (s *search) pop() item {
	top, last := s.queue[0], len(s.queue)-1
	s.queue[0] = s.queue[last]
	s.queue = s.queue[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if s.queue[c].cost < s.queue[least].cost {
				least = c
			}
		}
		if least == i {
			return top
		}
		s.queue[i], s.queue[least] = s.queue[least], s.queue[i]
		i = least
	}
}
