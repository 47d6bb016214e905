package hazard

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/outrider-project/outrider/network"
)

// Options say for whom and when exposure is worked out.
type Options struct {
	// Window is the span of local time in which the convoy may be on the road;
	// exposure is the greatest over it. The zero value is the whole day.
	Window Window
	// Vehicle has the convoy's greatest dimensions, for hazards that depend on
	// what is to spare; 0 is unknown.
	Vehicle network.Vehicle
	// Extra are hazards that follow from the movement rather than from the map.
	Extra []Extra
}

// A Window is a span of local time of day. To may lie beyond midnight: 22:00 to
// 26:00. A window of a day or more, and the zero value, is the whole day.
type Window struct {
	From, To Minute
}

// WindowOf returns the window of two times in the zone of the movement.
func WindowOf(from, to time.Time, zone *time.Location) Window {
	if !to.After(from) {
		to = from.Add(time.Minute)
	}
	begin := from.In(zone)
	minute := Minute(begin.Hour()*60 + begin.Minute())
	// Whole minutes that the span touches. Where clocks skip an hour meanwhile, the
	// window reaches that much farther; where they repeat one, it begins earlier.
	length := Minute(math.Ceil(to.Sub(from).Minutes())) + 1
	_, before := begin.Zone()
	_, after := to.In(zone).Zone()
	skipped := Minute(after-before) / 60
	first := minute + min(skipped, 0)
	if first < 0 {
		first, minute = first+day, minute+day
	}
	return Window{first, minute + length + max(skipped, 0)}
}

// An Extra is a hazard that follows from the movement, such as a long stretch
// with no exit.
type Extra struct {
	Kind     Kind
	Chain    network.ChainID
	From, To network.Millimetres
	Heading  network.Heading
	X        float64 // 0 to 1
	Source   string  // why, for explanations
}

// A slot is a part of the day in which no factor changes.
type slot struct {
	from, to Minute
	factor   [Kinds]float64
}

// origin says where an entry comes from.
type origin uint8

const (
	fromMap    origin = iota // m.Hazards[index]
	fromPlan                 // options.Extra[index]
	fromSurvey               // findings[index], in force
	fromLapsed               // findings[index], expired
)

// An entry is one hazard or finding that bears on places.
type entry struct {
	chain    network.ChainID
	from, to network.Millimetres
	x        float64
	index    uint32
	claimed  uint32 // 1 + the finding that speaks in its place; 0: none
	heading  network.Heading
	kind     Kind // of what it is; of a lapsed finding, of what it was
	origin   origin
}

// A cover is a stretch of a chain that an entry bears on.
type cover struct {
	from, to network.Millimetres
	entry    uint32
	heads    heads
}

// heads is a set of directions of travel along a chain.
type heads uint8

const (
	forward  heads = 1
	backward heads = 2
	both           = forward | backward
)

func headsOf(h network.Heading) heads {
	switch h {
	case network.ForwardOnly:
		return forward
	case network.BackwardOnly:
		return backward
	default:
		return both
	}
}

func headsOfArc(a network.ArcID) heads {
	if a.Backwards() {
		return backward
	}
	return forward
}

// A Segment is a maximal stretch of a chain with constant exposure. It lasts to
// the next one, or to the chain's end.
type Segment struct {
	From network.Millimetres // in the chain's coordinates
	P    float64
	Rate float64 // λ per km
}

// Exposure is the exposure of every place of a network under one profile, one
// state of the findings and one window of time. It does not change and may be
// shared by any number of goroutines.
type Exposure struct {
	m       *network.Map
	profile *Profile
	found   []Placed
	options Options
	slots   []slot

	entries    []entry
	coverFirst []uint32 // CSR over chains
	covers     []cover

	// Segments of arc a: segments[first[a]:first[a]+count[a]]. Arcs share them
	// where they are equal.
	first, count []uint32
	segments     []Segment
}

// New works out the exposure of every place of m. It takes time and memory
// linear in the hazards, their influence and the chains.
func New(m *network.Map, profile *Profile, found []Placed, o Options) (*Exposure, error) {
	if profile == nil || profile.hash == "" {
		return nil, fmt.Errorf("exposure: the risk profile was not read by ReadProfile; read it from a file or use the built-in one")
	}
	e := &Exposure{m: m, profile: profile, found: found, options: o, slots: profile.slots(o.Window)}
	s := newSearcher(m)
	if err := e.enter(s); err != nil {
		return nil, err
	}
	e.cover(s)
	e.cut()
	return e, nil
}

// slots returns the parts of the day that the window touches, between the times
// at which some factor changes.
func (p *Profile) slots(w Window) []slot {
	cuts := []Minute{0, day}
	for k := range p.weights {
		for _, h := range p.weights[k].Hours {
			cuts = append(cuts, h.From, h.To)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	whole := w == (Window{}) || w.To-w.From >= day
	from := ((w.From % day) + day) % day
	to := from + max(w.To-w.From, 0)
	var all []slot
	for i := 1; i < len(cuts); i++ {
		lo, hi := cuts[i-1], cuts[i]
		today := from < hi && to >= lo
		tomorrow := from < hi+day && to >= lo+day
		if !whole && !today && !tomorrow {
			continue
		}
		s := slot{from: lo, to: hi}
		for k := range p.weights {
			s.factor[k] = p.weights[k].factor(lo)
		}
		if n := len(all); n > 0 && all[n-1].factor == s.factor && all[n-1].to == lo {
			all[n-1].to = hi
			continue
		}
		all = append(all, s)
	}
	return all
}

// enter lists what bears on places.
func (e *Exposure) enter(s *searcher) error {
	for i := range e.found {
		f := &e.found[i]
		at := f.Location
		if int(at.Chain) >= e.m.NumChains() || at.At > e.m.Length[at.Chain] || f.Finding.Kind >= Unsurveyed || int(f.Finding.Rating) >= len(e.profile.Ratings) {
			return fmt.Errorf("exposure: finding %s does not lie on the network; snap the findings to the same map", f.Finding.ID)
		}
		n := entry{
			chain: at.Chain, from: at.At, to: at.At, kind: f.Finding.Kind,
			x: e.profile.Ratings[f.Finding.Rating], index: uint32(i), origin: fromSurvey,
		}
		if f.Lapsed {
			n.x, n.origin = 1, fromLapsed
		}
		e.entries = append(e.entries, n)
	}
	claims := e.claims(s)
	for i, x := range e.options.Extra {
		if int(x.Chain) >= e.m.NumChains() || x.From > x.To || x.To > e.m.Length[x.Chain] || x.Kind >= Unsurveyed || !(x.X >= 0 && x.X <= 1) {
			return fmt.Errorf("exposure: extra hazard %d (%s) does not lie on the network or its x is not from 0 to 1", i, x.Kind)
		}
		e.enterUnclaimed(claims, entry{
			chain: x.Chain, from: x.From, to: x.To, heading: x.Heading, kind: x.Kind,
			x: x.X, index: uint32(i), origin: fromPlan,
		})
	}
	for i := range e.m.Hazards {
		h := &e.m.Hazards[i]
		k := Kind(h.Kind)
		if w := &e.profile.weights[k]; w.Weight == 0 && w.Rate == 0 {
			continue
		}
		e.enterUnclaimed(claims, entry{
			chain: h.Chain, from: h.From, to: h.To, heading: h.Heading, kind: k,
			x: e.profile.x(k, h.Value, e.options.Vehicle), index: uint32(i), origin: fromMap,
		})
	}
	return nil
}

// A ground is one kind of hazard on one chain.
type ground struct {
	chain network.ChainID
	kind  Kind
}

// A claim is a stretch for which a finding speaks instead of the map.
type claim struct {
	from, to network.Millimetres
	finding  uint32
}

// claims returns the stretches within reach of each finding in force. There it
// speaks for its kind, and what the map says of the same kind does not count.
func (e *Exposure) claims(s *searcher) map[ground][]claim {
	claims := make(map[ground][]claim)
	reach := network.Millimetres(math.Round(e.profile.Reach * 1000))
	for i := range e.entries {
		n := &e.entries[i]
		if n.origin != fromSurvey {
			continue
		}
		s.spread(n.chain, n.from, n.to, network.BothWays, reach, func(c network.ChainID, from, to network.Millimetres, _ heads) {
			g := ground{c, n.kind}
			claims[g] = append(claims[g], claim{from, to, n.index})
		})
	}
	for _, all := range claims {
		slices.SortFunc(all, func(a, b claim) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.finding, b.finding))
		})
	}
	return claims
}

// enterUnclaimed adds a hazard without the parts that findings speak for; those
// are kept for explanations only.
func (e *Exposure) enterUnclaimed(claims map[ground][]claim, n entry) {
	at, point := n.from, n.from == n.to
	add := func(from, to network.Millimetres, claimed uint32) {
		if from < to || point {
			part := n
			part.from, part.to, part.claimed = from, to, claimed
			e.entries = append(e.entries, part)
		}
	}
	for _, c := range claims[ground{n.chain, n.kind}] {
		if c.from > n.to || c.to < at {
			continue
		}
		if point {
			add(at, at, c.finding+1)
			return
		}
		add(at, max(c.from, at), 0)
		add(max(c.from, at), min(c.to, n.to), c.finding+1)
		at = min(c.to, n.to)
	}
	add(at, n.to, 0)
}

// reachOf is how far an entry bears on places beyond its ends. A finding speaks
// for the road in its reach at least.
func (e *Exposure) reachOf(n *entry) network.Millimetres {
	own := e.profile.weights[n.kind].influence()
	switch n.origin {
	case fromSurvey:
		return max(own, network.Millimetres(math.Round(e.profile.Reach*1000)))
	case fromLapsed:
		own = e.profile.weights[Unsurveyed].influence()
		return max(own, network.Millimetres(math.Round(e.profile.Reach*1000)))
	default:
		return own
	}
}

// cover finds the stretches that the entries bear on, ordered by chain and From.
func (e *Exposure) cover(s *searcher) {
	type found struct {
		chain network.ChainID
		cover
	}
	var all []found
	e.coverFirst = make([]uint32, e.m.NumChains()+1)
	for i := range e.entries {
		n := &e.entries[i]
		s.spread(n.chain, n.from, n.to, n.heading, e.reachOf(n), func(c network.ChainID, from, to network.Millimetres, h heads) {
			if from < to {
				all = append(all, found{c, cover{from, to, uint32(i), h}})
				e.coverFirst[c+1]++
			}
		})
	}
	for c := range e.m.NumChains() {
		e.coverFirst[c+1] += e.coverFirst[c]
	}
	e.covers = make([]cover, len(all))
	next := slices.Clone(e.coverFirst)
	for i := range all {
		c := all[i].chain
		e.covers[next[c]] = all[i].cover
		next[c]++
	}
	for c := range e.m.NumChains() {
		slices.SortFunc(e.covers[e.coverFirst[c]:e.coverFirst[c+1]], func(a, b cover) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.entry, b.entry))
		})
	}
}

// cut makes the segments of all arcs.
func (e *Exposure) cut() {
	arcs := e.m.NumArcs()
	e.first, e.count = make([]uint32, arcs), make([]uint32, arcs)
	var t tally
	p, rate := e.measure(&t)
	e.segments = []Segment{{0, p, rate}} // what every arc without hazards has
	w := new(walker)
	for c := range network.ChainID(e.m.NumChains()) {
		covers := e.covers[e.coverFirst[c]:e.coverFirst[c+1]]
		ahead, back := c.Arc(false), c.Arc(true)
		e.first[ahead], e.count[ahead] = 0, 1
		if len(covers) > 0 {
			e.first[ahead], e.count[ahead] = e.cutArc(w, ahead)
		}
		e.first[back], e.count[back] = e.first[ahead], e.count[ahead]
		if slices.ContainsFunc(covers, func(v cover) bool { return v.heads != both }) {
			e.first[back], e.count[back] = e.cutArc(w, back)
		}
	}
}

func (e *Exposure) cutArc(w *walker, a network.ArcID) (first, count uint32) {
	first = uint32(len(e.segments))
	e.walk(w, a, 0, e.m.Length[a.Chain()], func(from, _ network.Millimetres, t *tally) {
		p, rate := e.measure(t)
		if n := len(e.segments); n > int(first) && e.segments[n-1].P == p && e.segments[n-1].Rate == rate {
			return
		}
		e.segments = append(e.segments, Segment{from, p, rate})
	})
	if len(e.segments) == int(first) { // a chain without length
		return 0, 1
	}
	return first, uint32(len(e.segments)) - first
}

// A walker holds the scratch space of a walk along a chain.
type walker struct {
	cuts   []network.Millimetres
	active []cover
	t      tally
}

// walk visits the stretches of the arc's chain between from and to on which the
// same entries bear on the arc, in the chain's own order.
func (e *Exposure) walk(w *walker, a network.ArcID, from, to network.Millimetres, visit func(from, to network.Millimetres, t *tally)) {
	c, head := a.Chain(), headsOfArc(a)
	covers := e.covers[e.coverFirst[c]:e.coverFirst[c+1]]
	w.cuts = append(w.cuts[:0], from, to)
	for i := range covers {
		if covers[i].heads&head != 0 {
			w.cuts = append(w.cuts, min(max(covers[i].from, from), to), min(max(covers[i].to, from), to))
		}
	}
	slices.Sort(w.cuts)
	w.cuts = slices.Compact(w.cuts)
	w.active = w.active[:0]
	next := 0
	for i := 1; i < len(w.cuts); i++ {
		lo, hi := w.cuts[i-1], w.cuts[i]
		w.active = slices.DeleteFunc(w.active, func(v cover) bool { return v.to <= lo })
		for ; next < len(covers) && covers[next].from <= lo; next++ {
			if covers[next].heads&head != 0 && covers[next].to > lo {
				w.active = append(w.active, covers[next])
			}
		}
		w.t = tally{}
		for _, v := range w.active {
			w.t.add(&e.entries[v.entry])
		}
		visit(lo, hi, &w.t)
	}
}

// A tally gathers what bears on a place: per kind the greatest x. The masks say
// which kinds there are.
type tally struct {
	mapped, found, lapsed   uint64
	mappedX, foundX, result [Kinds]float64
}

const _ = uint64(1) << (Kinds - 1) // a mask has a bit for each kind

func (t *tally) add(n *entry) {
	if n.claimed != 0 {
		return
	}
	bit := uint64(1) << n.kind
	switch n.origin {
	case fromSurvey:
		t.found |= bit
		t.foundX[n.kind] = max(t.foundX[n.kind], n.x)
	case fromLapsed:
		t.lapsed |= bit
	default:
		t.mapped |= bit
		t.mappedX[n.kind] = max(t.mappedX[n.kind], n.x)
	}
}

// settle puts together what the map, the plan and findings say, adds what has
// lapsed, and returns the kinds that then have an x in t.result.
func (t *tally) settle() uint64 {
	kinds := t.mapped | t.found
	for left := kinds; left != 0; left &= left - 1 {
		k := bits.TrailingZeros64(left)
		t.result[k] = max(t.mappedX[k], t.foundX[k]) // 0 where there is none
	}
	if t.unsurveyed() {
		kinds |= 1 << Unsurveyed
		t.result[Unsurveyed] = 1
	}
	return kinds
}

// unsurveyed reports whether some finding has expired here that neither a newer
// one of its kind nor a finding that all is clear makes up for.
func (t *tally) unsurveyed() bool {
	return t.found>>Clear&1 == 0 && t.lapsed&^t.found != 0
}

// measure returns p and λ of what was tallied: the greatest over the slots.
func (e *Exposure) measure(t *tally) (p, rate float64) {
	kinds := t.settle()
	for i := range e.slots {
		p = max(p, e.probability(t, kinds, &e.slots[i]))
		rate = max(rate, e.rate(t, kinds, &e.slots[i]))
	}
	return p, rate
}

func (e *Exposure) probability(t *tally, kinds uint64, s *slot) float64 {
	var greatest [Kinds]float64 // by group
	var groups uint64
	for left := kinds; left != 0; left &= left - 1 {
		k := bits.TrailingZeros64(left)
		g := e.profile.group[k]
		groups |= 1 << g
		greatest[g] = max(greatest[g], e.profile.weights[k].Weight*(t.result[k]*s.factor[k]))
	}
	through := 1.0
	for ; groups != 0; groups &= groups - 1 {
		through *= 1 - greatest[bits.TrailingZeros64(groups)]
	}
	return min(max(1-through, e.profile.PMin), e.profile.PMax)
}

func (e *Exposure) rate(t *tally, kinds uint64, s *slot) float64 {
	rate := e.profile.BaseRate
	for left := kinds; left != 0; left &= left - 1 {
		k := bits.TrailingZeros64(left)
		rate += e.profile.weights[k].Rate * (t.result[k] * s.factor[k])
	}
	return rate
}

// Profile returns the profile in use.
func (e *Exposure) Profile() *Profile { return e.profile }

// Map returns the network in question.
func (e *Exposure) Map() *network.Map { return e.m }

// Segments returns the segments of the arc in the chain's own order, whichever
// way the arc runs. They are read only.
func (e *Exposure) Segments(a network.ArcID) []Segment {
	return e.segments[e.first[a] : e.first[a]+e.count[a]]
}

// A Stretch is a part of a chain with constant exposure.
type Stretch struct {
	From, To network.Millimetres // From < To, in the chain's coordinates
	P        float64
	Rate     float64 // λ per km
}

// Along visits the stretches of constant exposure of the arc between two
// positions of its chain, from <= to, in the direction of travel.
func (e *Exposure) Along(a network.ArcID, from, to network.Millimetres) iter.Seq[Stretch] {
	return func(yield func(Stretch) bool) {
		all := e.Segments(a)
		for i := range all {
			j := i
			if a.Backwards() {
				j = len(all) - 1 - i
			}
			end := e.m.Length[a.Chain()]
			if j+1 < len(all) {
				end = all[j+1].From
			}
			s := Stretch{max(all[j].From, from), min(end, to), all[j].P, all[j].Rate}
			if s.From < s.To && !yield(s) {
				return
			}
		}
	}
}

// At returns p and λ per km of travel on the arc at a position of its chain. A
// border between segments belongs to the one after it in the chain's order.
func (e *Exposure) At(a network.ArcID, at network.Millimetres) (p, rate float64) {
	all := e.Segments(a)
	i, found := slices.BinarySearchFunc(all, at, func(s Segment, at network.Millimetres) int { return cmp.Compare(s.From, at) })
	if !found {
		i--
	}
	return all[i].P, all[i].Rate
}

// MaxP returns the supremum of p on the arc.
func (e *Exposure) MaxP(a network.ArcID) float64 {
	p := 0.0
	for _, s := range e.Segments(a) {
		p = max(p, s.P)
	}
	return p
}

// Lambda returns Λ, the integral of λ, of the arc between two positions of its
// chain, from <= to.
func (e *Exposure) Lambda(a network.ArcID, from, to network.Millimetres) float64 {
	sum := 0.0
	for s := range e.Along(a, from, to) {
		sum += s.Rate * float64(s.To-s.From) / 1e6
	}
	return sum
}

// ArcLambda returns Λ of the whole arc.
func (e *Exposure) ArcLambda(a network.ArcID) float64 {
	return e.Lambda(a, 0, e.m.Length[a.Chain()])
}

// A Part is what one kind contributes to a route.
type Part struct {
	Lambda float64 // its share of Λ
	MaxP   float64 // the greatest w·x; 0 for Base
	Metres float64 // length on which it bears
}

// Parts is what a route's exposure is made of, by kind; Base is the base rate.
// The Lambda of all parts add up to Λ.
type Parts [Kinds + 1]Part

// AddParts adds what the arc contributes between two positions of its chain,
// from <= to. Where λ depends on the hour the parts are those at its greatest.
func (e *Exposure) AddParts(parts *Parts, a network.ArcID, from, to network.Millimetres) {
	e.walk(new(walker), a, from, to, func(lo, hi network.Millimetres, t *tally) {
		metres := float64(hi-lo) / 1e3
		kinds := t.settle()
		worst := e.worst(t, kinds, e.rate)
		parts[Base].Lambda += e.profile.BaseRate * metres / 1e3
		parts[Base].Metres += metres
		for left := kinds; left != 0; left &= left - 1 {
			k := bits.TrailingZeros64(left)
			part := &parts[k]
			part.Lambda += e.profile.weights[k].Rate * (t.result[k] * worst.factor[k]) * metres / 1e3
			part.Metres += metres
			for i := range e.slots {
				part.MaxP = max(part.MaxP, e.profile.weights[k].Weight*(t.result[k]*e.slots[i].factor[k]))
			}
		}
	})
}

// worst returns the slot at which a figure is greatest, the first of equals.
func (e *Exposure) worst(t *tally, kinds uint64, figure func(*tally, uint64, *slot) float64) *slot {
	best, most := &e.slots[0], math.Inf(-1)
	for i := range e.slots {
		if f := figure(t, kinds, &e.slots[i]); f > most {
			best, most = &e.slots[i], f
		}
	}
	return best
}
