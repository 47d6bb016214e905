package network

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/geo"
)

// UTurnCost is the time that turning back at a dead end takes.
const UTurnCost Millis = 30_000

// A Vehicle is what the network must let pass: for a convoy the worst of all
// its vehicles. Zero dimensions are not checked.
type Vehicle struct {
	Classes  ClassSet // all must be allowed; none stands for Car
	HeightCM uint16
	WidthCM  uint16
	LengthCM uint16
	WeightKG uint32
	AxleKG   uint32
}

// A Location is a position on the network near a place asked for.
type Location struct {
	Chain  ChainID
	At     Millimetres // from the chain's tail
	Point  geo.Point   // on the carriageway
	Away   float64     // metres from the place asked for
	Island bool        // cut off from the main network, see NodeInfo.Island
}

// A Stretch is a part of a chain in one direction or both.
type Stretch struct {
	Chain    ChainID
	From, To Millimetres // From <= To, in the chain's coordinates
	Heading  Heading
}

// PassageOptions say how the network is to be used.
type PassageOptions struct {
	// MaxKMH caps the speed everywhere; 0 is no cap.
	MaxKMH uint8
	// Ends are the chains that the movement starts, ends or stops on. Chains for
	// those with business there are open in the parts (Map.Component) these lie in.
	Ends []ChainID
	// Private opens private chains in those parts too.
	Private bool
	// NoFerries closes ferries.
	NoFerries bool
	// Closed are stretches that must not be entered.
	Closed []Stretch
}

// barred says why an arc cannot be driven from end to end.
type barred uint8

const (
	passes        barred = iota
	byDestination        // only for those with business there
	byPrivate
	byAccess // forbidden, or no such direction
	byFerry
	byPart // some stretch of it is closed or too low, narrow, short or weak
)

// A Passage is what a network is to one convoy: the time that each arc and turn
// takes it, Unreachable if it may not. It does not change and may be shared.
type Passage struct {
	// Arc has the driving time of each arc, the whole chain at the lesser of
	// the interval's speed and the cap, rounded up to the millisecond once.
	Arc []Millis
	// Turn has the time of each turn: 0, UTurnCost or Unreachable.
	Turn []Millis
	// ConditionalTurns is the number of turns that are Unreachable because of a
	// rule that only holds under a condition, such as at certain hours.
	ConditionalTurns int

	m       *Map
	v       Vehicle
	o       PassageOptions
	allowed map[uint32]bool  // components that may be used
	barred  []barred         // per arc
	parts   map[ArcID][]span // of arcs that may not be driven from end to end: where not
}

// Passage works out what the network is to a convoy. It takes time linear in the
// size of the network.
//
// An arc passes if it is Open to all classes of v, or else is for those with
// business there (Destination; Private, if o.Private is set) and lies in the
// same part as one of o.Ends; and if no limit on it is below a dimension of v.
// A turn passes if its rule applies to none of the classes and, where a barrier
// stands at the node, that lets all of them pass; a barrier for those with
// business there does if the turn leaves or enters such a part. Rules that hold
// only under a condition are taken to be in force.
func (m *Map) Passage(v Vehicle, o PassageOptions) *Passage {
	if v.Classes&AllClasses == 0 {
		v.Classes = 1 << Car
	}
	v.Classes &= AllClasses
	o.Ends, o.Closed = slices.Clone(o.Ends), slices.Clone(o.Closed)
	p := &Passage{
		Arc:     make([]Millis, m.NumArcs()),
		Turn:    make([]Millis, len(m.TurnTo)),
		m:       m,
		v:       v,
		o:       o,
		allowed: m.allowedBy(o.Ends),
		barred:  make([]barred, m.NumArcs()),
		parts:   make(map[ArcID][]span),
	}
	closed, tooTight := closedParts(o.Closed), p.tooTight()
	for a := range ArcID(m.NumArcs()) {
		p.judge(a, closed[a], tooTight)
	}
	p.judgeTurns()
	return p
}

// judge fills what belongs to arc a, of which some parts may be closed.
func (p *Passage) judge(a ArcID, closed []span, tooTight []bool) {
	p.barred[a] = p.access(a)
	if p.barred[a] == passes || p.barred[a] == byDestination || p.barred[a] == byPrivate {
		parts := closed
		if tooTight[p.m.ArcLimits[a]] {
			parts = append(parts, p.tightParts(a, tooTight)...)
		}
		if len(parts) > 0 {
			p.parts[a] = mergeSpans(parts)
			if p.barred[a] == passes {
				p.barred[a] = byPart
			}
		}
	}
	if p.barred[a] == passes {
		p.Arc[a] = p.elapsed(a, p.m.Length[a.Chain()])
	} else {
		p.Arc[a] = Unreachable
	}
}

// access says whether the convoy may use the arc at all, whatever its size.
func (p *Passage) access(a ArcID) barred {
	perm := p.m.ArcAccess[a].Worst(p.v.Classes)
	switch {
	case perm == Forbidden:
		return byAccess
	case p.o.NoFerries && p.isFerry(a.Chain()):
		return byFerry
	case perm == Private && !(p.o.Private && p.within(a.Chain())):
		return byPrivate
	case perm == Destination && !p.within(a.Chain()):
		return byDestination
	}
	return passes
}

// within reports whether the chain is in a part that the movement has business in.
func (p *Passage) within(c ChainID) bool {
	return len(p.allowed) > 0 && p.m.Component[c] != None && p.allowed[p.m.Component[c]]
}

func (p *Passage) isFerry(c ChainID) bool {
	for _, iv := range p.m.Intervals(c) {
		if iv.Class == Ferry {
			return true
		}
	}
	return false
}

func (p *Passage) exceeds(l *Limits) bool {
	return over(uint32(p.v.HeightCM), uint32(l.HeightCM)) || over(uint32(p.v.WidthCM), uint32(l.WidthCM)) ||
		over(uint32(p.v.LengthCM), uint32(l.LengthCM)) || over(p.v.WeightKG, l.WeightKG) || over(p.v.AxleKG, l.AxleKG)
}

// over reports whether a dimension exceeds a limit, 0 being none for both.
func over(dimension, limit uint32) bool { return limit != 0 && dimension > limit }

// tightParts returns the parts of the arc where the convoy does not fit: the
// intervals whose limits say so, or all of it if only the limits of the arc as a
// whole do.
func (p *Passage) tightParts(a ArcID, tooTight []bool) []span {
	var parts []span
	intervals := p.m.Intervals(a.Chain())
	for i, iv := range intervals {
		if tooTight[iv.Limits] {
			parts = append(parts, span{uint32(iv.From), uint32(p.intervalEnd(a.Chain(), intervals, i))})
		}
	}
	if len(parts) == 0 {
		parts = append(parts, span{0, uint32(p.m.Length[a.Chain()])})
	}
	return parts
}

func (p *Passage) intervalEnd(c ChainID, intervals []Interval, i int) Millimetres {
	if i+1 < len(intervals) {
		return intervals[i+1].From
	}
	return p.m.Length[c]
}

// mergeSpans sorts spans and joins those that touch.
func mergeSpans(s []span) []span {
	slices.SortFunc(s, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := s[:1]
	for _, x := range s[1:] {
		if last := &out[len(out)-1]; x.from <= last.to {
			last.to = max(last.to, x.to)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// elapsed returns the time from where arc a begins to the position travelled
// along it. Times between two positions are differences of it, so that parts
// add up to the whole exactly.
func (p *Passage) elapsed(a ArcID, travelled Millimetres) Millis {
	c := a.Chain()
	intervals := p.m.Intervals(c)
	// The stretch of the chain driven, in its own coordinates.
	lo, hi := Millimetres(0), travelled
	if a.Backwards() {
		lo, hi = p.m.Length[c]-travelled, p.m.Length[c]
	}
	// Length in mm by speed in km/h is 18/5 ms; the whole milliseconds are
	// counted exactly, only what is left of them in floating point.
	var whole uint64
	var rest float64
	for i := range intervals {
		iv := &intervals[i]
		from, to := max(lo, iv.From), min(hi, p.intervalEnd(c, intervals, i))
		if from >= to {
			continue
		}
		speed := iv.SpeedForward
		if a.Backwards() {
			speed = iv.SpeedBackward
		}
		if p.o.MaxKMH != 0 {
			speed = min(speed, p.o.MaxKMH)
		}
		n, d := 18*uint64(to-from), 5*uint64(speed)
		whole += n / d
		rest += float64(n%d) / float64(d)
	}
	// What rounding may have added to a whole number must not count as a
	// millisecond more.
	whole += uint64(math.Ceil(rest - 1e-9))
	return Millis(min(whole, uint64(Unreachable-1)))
}

// PartMillis returns the driving time on arc a from one position to another, in
// the chain's own coordinates: from is where the convoy comes from, so on an arc
// that runs backwards it is not less than to. The times of parts that follow one
// another add up to that of the whole. The time is Unreachable if the convoy may
// not use the arc, if some of the part is closed or too small for it, or if to
// lies before from in the direction of travel. A part of no length takes no time.
func (p *Passage) PartMillis(a ArcID, from, to Millimetres) Millis {
	length := p.m.Length[a.Chain()]
	enter, leave := from, to
	if a.Backwards() {
		enter, leave = length-min(from, length), length-min(to, length)
	}
	if leave < enter || from > length || to > length {
		return Unreachable
	}
	if b := p.barred[a]; b != passes && b != byPart {
		return Unreachable
	}
	lo, hi := uint32(min(from, to)), uint32(max(from, to))
	for _, s := range p.parts[a] {
		// Touching the border of a closed stretch is no entry; a closed point
		// stops whoever comes to it or from it.
		point := s.from == s.to && lo < hi && lo <= s.from && s.from <= hi
		if s.from < hi && lo < s.to || point {
			return Unreachable
		}
	}
	return p.elapsed(a, leave) - p.elapsed(a, enter)
}

// snappable returns the parts of the chain, in order, that can be used in at
// least one direction by a movement that ends there.
func (p *Passage) snappable(c ChainID) []span {
	all := span{0, uint32(p.m.Length[c])}
	var open []span
	for _, a := range [2]ArcID{c.Arc(false), c.Arc(true)} {
		switch p.barred[a] {
		case byAccess, byFerry:
			continue
		case byPrivate:
			if !p.o.Private {
				continue
			}
		default:
		}
		parts := p.parts[a]
		if len(parts) == 0 {
			return []span{all}
		}
		at := all.from
		for _, s := range parts {
			if s.from > at {
				open = append(open, span{at, s.from})
			}
			at = max(at, s.to)
		}
		if at < all.to {
			open = append(open, span{at, all.to})
		}
	}
	if len(open) == 0 {
		return nil
	}
	return mergeSpans(open)
}

// judgeTurns fills Turn and ConditionalTurns.
func (p *Passage) judgeTurns() {
	m := p.m
	for s, from := range m.StateArc {
		barrier := p.barrier(from)
		for t := m.TurnFirst[s]; t < m.TurnFirst[s+1]; t++ {
			rule := &m.Rules[m.TurnRule[t]]
			p.Turn[t] = p.turn(barrier, from, m.StateArc[m.TurnTo[t]], rule)
			if rule.Condition != 0 && p.forbids(rule) {
				p.ConditionalTurns++
			}
		}
	}
}

// forbids reports whether a rule keeps the convoy from turning.
func (p *Passage) forbids(rule *Rule) bool {
	return rule.Kind != RuleUTurn && rule.Applies&p.v.Classes != 0
}

// barrier returns what whatever stands at the end of an arc lets the convoy do.
func (p *Passage) barrier(from ArcID) Permission {
	return p.m.NodeInfo[p.m.ArcHead(from)].Access.Worst(p.v.Classes)
}

// turn returns the time of a turn from one arc, at whose end a barrier stands, to
// another under a rule.
func (p *Passage) turn(barrier Permission, from, to ArcID, rule *Rule) Millis {
	switch {
	case p.forbids(rule):
		return Unreachable
	case to == from.Reverse():
		// Turning back before a barrier does not pass it.
		return UTurnCost
	case !p.barrierPasses(barrier, from, to):
		return Unreachable
	}
	return 0
}

// barrierPasses reports whether a barrier with the given permission lets the
// convoy go from one arc to the other.
func (p *Passage) barrierPasses(perm Permission, from, to ArcID) bool {
	switch {
	case perm == Open:
		return true
	case perm == Forbidden, perm == Private && !p.o.Private:
		return false
	}
	return p.within(from.Chain()) || p.within(to.Chain())
}

// Vehicle returns what the passage was worked out for.
func (p *Passage) Vehicle() Vehicle { return p.v }

// Options returns how the network is to be used.
func (p *Passage) Options() PassageOptions { return p.o }

// Map returns the network that the passage belongs to.
func (p *Passage) Map() *Map { return p.m }

// Why says why the convoy cannot drive along arc a from end to end, such as
// "height limit 3.8 m, way 1234; convoy 4.1 m". It is empty if it can.
func (p *Passage) Why(a ArcID) string {
	c := a.Chain()
	way := "way " + strconv.FormatInt(p.m.Intervals(c)[0].Way, 10)
	switch p.barred[a] {
	case passes:
		return ""
	case byFerry:
		return "ferry, " + way + "; the movement takes none"
	case byAccess:
		var barredTo []string
		for k := range classes {
			if p.v.Classes.Has(k) && p.m.ArcAccess[a].Of(k) == Forbidden {
				barredTo = append(barredTo, k.String())
			}
		}
		return "closed to " + strings.Join(barredTo, ", ") + " in this direction, " + way
	case byDestination, byPrivate:
		what := "open only to those with business there"
		if p.m.ArcAccess[a].Worst(p.v.Classes) == Private {
			what = "private"
		}
		return what + ", " + way + "; the movement neither starts, ends nor stops there"
	case byPart:
		return p.whyPart(a)
	}
	return ""
}

// whyPart says which limit or closure bars some part of the arc.
func (p *Passage) whyPart(a ArcID) string {
	c := a.Chain()
	if l := &p.m.Limits[p.m.ArcLimits[a]]; p.exceeds(l) {
		way := p.m.Intervals(c)[0].Way
		for _, iv := range p.m.Intervals(c) {
			if part := &p.m.Limits[iv.Limits]; p.exceeds(part) {
				l, way = part, iv.Way
				break
			}
		}
		return fmt.Sprintf("%s, way %d; %s", p.whyLimits(l), way, p.convoySize(l))
	}
	s := p.parts[a][0]
	iv := p.m.IntervalAt(c, Millimetres(s.from))
	return fmt.Sprintf("closed by the movement's constraints for %.0f m, way %d", Millimetres(s.to-s.from).Metres(), iv.Way)
}

// dimension compares one dimension of the convoy with a limit.
type dimension struct {
	name         string
	convoy, most float64 // in unit
	unit         string
	exceeded     bool
}

func (p *Passage) dimensions(l *Limits) []dimension {
	metres := func(name string, convoy, most uint16) dimension {
		return dimension{name, float64(convoy) / 100, float64(most) / 100, "m", over(uint32(convoy), uint32(most))}
	}
	tonnes := func(name string, convoy, most uint32) dimension {
		return dimension{name, float64(convoy) / 1000, float64(most) / 1000, "t", over(convoy, most)}
	}
	return []dimension{
		metres("height", p.v.HeightCM, l.HeightCM),
		metres("width", p.v.WidthCM, l.WidthCM),
		metres("length", p.v.LengthCM, l.LengthCM),
		tonnes("weight", p.v.WeightKG, l.WeightKG),
		tonnes("axle load", p.v.AxleKG, l.AxleKG),
	}
}

// number writes a dimension without trailing zeros.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// whyLimits names the limits that the convoy exceeds: "height limit 3.8 m".
func (p *Passage) whyLimits(l *Limits) string {
	var parts []string
	for _, d := range p.dimensions(l) {
		if d.exceeded {
			parts = append(parts, d.name+" limit "+number(d.most)+" "+d.unit)
		}
	}
	return strings.Join(parts, " and ")
}

// convoySize states the dimensions that exceed the limits: "convoy 4.1 m".
func (p *Passage) convoySize(l *Limits) string {
	var parts []string
	for _, d := range p.dimensions(l) {
		if d.exceeded {
			parts = append(parts, number(d.convoy)+" "+d.unit)
		}
	}
	return "convoy " + strings.Join(parts, " and ")
}

// whyChain says why the chain cannot be used: the reason of the direction that
// comes nearest to being usable.
func (p *Passage) whyChain(c ChainID) string {
	if p == nil {
		return ""
	}
	forwards, backwards := p.Why(c.Arc(false)), p.Why(c.Arc(true))
	if p.barred[c.Arc(false)] == byAccess && backwards != "" && p.barred[c.Arc(true)] != byAccess {
		return backwards
	}
	return forwards
}

// String returns the class in words.
func (c Class) String() string {
	switch c {
	case Car:
		return "cars"
	case Truck:
		return "goods vehicles"
	case Bus:
		return "buses"
	case Emergency:
		return "emergency vehicles"
	default:
		return "class " + strconv.Itoa(int(c))
	}
}
