package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A pacer says how long the head takes for a part of an arc that it comes to at
// a time; see pace.Pace. Who leaves later never arrives earlier.
type pacer interface {
	Part(pass *network.Passage, a network.ArcID, from, to network.Millimetres, at time.Time) (took pace.Took, timed float64, ok bool)
}

// A course is how fast the head is taken to get along.
type course uint8

const (
	likely course = iota
	fast          // all goes fast
	slow          // all goes slowly
	courses
)

func (c course) of(t pace.Took) float64 {
	switch c {
	case fast:
		return t.Fast
	case slow:
		return t.Slow
	case likely, courses:
	}
	return t.Likely
}

// settleRounds bounds how often a leg timed backwards is planned until its
// window and its primary route fit each other.
const settleRounds = 6

// drivingLane is the lane of likely driving times at a time: without speeds of
// its own the planner takes those of the map.
func (p *planner) drivingLane(pass *network.Passage, at time.Time) *lane {
	l := timeLane(pass)
	if p.pace == nil {
		return l
	}
	l.part = func(a network.ArcID, from, to network.Millimetres) uint32 { return p.likely(pass, a, from, to, at) }
	for a := range network.ArcID(len(l.Arc)) {
		if l.Arc[a] < search.Unreachable {
			l.Arc[a] = l.part(a, begin(p.m, a), end(p.m, a))
		}
	}
	return l
}

// laneOf is the lane of driving times that were worked out before.
func (p *planner) laneOf(pass *network.Passage, times search.Metric, at time.Time) *lane {
	l := timeLane(pass)
	if p.pace != nil {
		l.part = func(a network.ArcID, from, to network.Millimetres) uint32 { return p.likely(pass, a, from, to, at) }
	}
	copy(l.Arc, times.Arc)
	return l
}

// closing is the passage, and its lane of driving times, with more roads closed.
// Beside copying it takes time for what changes.
func (p *planner) closing(pass *network.Passage, times *lane, o network.PassageOptions, at time.Time) (*network.Passage, *lane) {
	next, arcs, _ := pass.Changed(o.Ends, o.Closed)
	l := p.laneOf(next, times.Metric, at)
	for _, a := range arcs {
		if l.Arc[a] = uint32(next.Arc[a]); l.Arc[a] < search.Unreachable {
			l.Arc[a] = l.part(a, begin(p.m, a), end(p.m, a))
		}
	}
	return next, l
}

// likely returns the likely milliseconds for a part of an arc at a time.
func (p *planner) likely(pass *network.Passage, a network.ArcID, from, to network.Millimetres, at time.Time) uint32 {
	if p.pace == nil {
		return uint32(pass.PartMillis(a, from, to))
	}
	t, _, ok := p.pace.Part(pass, a, from, to, at)
	if !ok {
		return search.Unreachable
	}
	return uint32(min(math.Round(max(t.Likely, 0)*1000), search.Unreachable-1))
}

// took returns the seconds, to the millisecond, that the head takes for a part of
// an arc that it comes to at a time, and how many metres of it were timed.
func (p *planner) took(pass *network.Passage, a network.ArcID, from, to network.Millimetres, at time.Time, c course) (seconds, timed float64) {
	if p.pace == nil {
		return float64(pass.PartMillis(a, from, to)) / 1000, 0
	}
	t, timed, ok := p.pace.Part(pass, a, from, to, at)
	if !ok {
		return float64(search.Unreachable) / 1000, 0
	}
	return math.Round(max(c.of(t), 0)*1000) / 1000, timed
}

// A clock holds the seconds after the start at the beginning of each run of a
// drive, turns and halts before it included, and at its end.
type clock struct{ begins, ends []float64 }

// clockOf lays the head's clock along runs. halts are the seconds stood at the
// end of each run; nil is none.
func (p *planner) clockOf(pass *network.Passage, l *lane, runs []run, halts []float64, start time.Time, c course) (clock, float64) {
	out := clock{begins: make([]float64, 0, len(runs)), ends: make([]float64, 0, len(runs))}
	driven, halted, timed := 0.0, 0.0, 0.0 // driven is in whole milliseconds
	for i, r := range runs {
		if i > 0 {
			driven += float64(p.turnBetween(l, runs[i-1], r))
			if halts != nil {
				halted += halts[i-1]
			}
		}
		at := driven/1000 + halted
		out.begins = append(out.begins, at)
		s, m := p.took(pass, r.arc, r.from, r.to, after(start, at), c)
		timed += m
		driven += math.Round(s * 1000)
		out.ends = append(out.ends, driven/1000+halted)
	}
	return out, timed
}

// after returns the time some seconds after another, to the millisecond.
func after(t time.Time, s float64) time.Time { return t.Add(seconds(s)) }

// fixTime says how the time of the leg is fixed, and sets the window of a leg
// that leaves after a stay. A leg that must leave before the column can be there
// is a contradiction.
func (w *legWork) fixTime() error {
	l := &w.leg
	forwards, backwards := l.Window != outrider.Window{}, l.Arrive != outrider.Window{}
	invalid := func(cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: w.name, Cause: cause, Remedy: remedy}
	}
	switch {
	case forwards && backwards:
		return contradiction(w.name, "both a window to leave in and a window to arrive in are given")
	case backwards:
		w.timed = outrider.TimedBackwards
		if l.Arrive.Latest.IsZero() {
			l.Arrive.Latest = l.Arrive.Earliest
		}
		switch {
		case l.Arrive.Earliest.IsZero():
			return invalid("no earliest arrival", "give the window in which the head must arrive")
		case l.Arrive.Latest.Before(l.Arrive.Earliest):
			return contradiction(w.name, "the latest arrival is before the earliest")
		}
		return nil
	case forwards:
		w.timed = outrider.TimedForwards
		switch {
		case l.Window.Earliest.IsZero():
			return invalid("no earliest start", "give the window in which the head may leave")
		case l.Window.Latest.IsZero():
			l.Window.Latest = l.Window.Earliest
		case l.Window.Latest.Before(l.Window.Earliest):
			return contradiction(w.name, "the latest start is before the earliest")
		}
		return w.fits()
	case w.index == 0:
		return invalid("no earliest start", "give the window in which the head may leave, or the one in which it must arrive")
	case !w.free.after:
		return invalid("nothing says when it leaves", "give a window, a time of arrival, or a stay after the leg before")
	}
	w.timed = outrider.TimedAfterStay
	l.Window = outrider.Window{Earliest: w.free.likely.Add(w.boarding()), Latest: w.free.late.Add(w.boarding())}
	return nil
}

// boarding is the time before the start at which a leg by rail begins.
func (w *legWork) boarding() time.Duration {
	if w.leg.Mode == outrider.ByRail && w.leg.Train != nil {
		return max(w.leg.Train.Board, 0)
	}
	return 0
}

// A release says when the column is free to leave for the next leg: after the leg
// before and the stay that follows it.
type release struct {
	after  bool      // the next leg may leave as soon as it can
	stay   bool      // a stay comes between the legs
	least  time.Time // at the earliest: by the fastest drive
	likely time.Time // by the primary at the earliest start
	late   time.Time // by the primary at the latest start if all goes slowly
	// Of the leg before: when its tail is in at the earliest start if all goes as
	// is likely, and if all goes slowly; and how long the column is to stay then.
	tail, slowTail time.Time
	asked          time.Duration
	until          time.Time // the end of a stay until an hour
	place          string    // its destination
	// What was driven since the last break, in seconds if all goes slowly, and
	// since the last fuel, in metres; and when the head was in.
	wheel, tank float64
	head        time.Time
}

// fits checks the window of a leg against the time at which the column is free,
// and moves its beginning up to the end of the stay before.
func (w *legWork) fits() error {
	f, win := &w.free, &w.leg.Window
	board := w.boarding()
	if w.index == 0 {
		return nil
	}
	least, expected := f.least.Add(board), f.likely.Add(board)
	if win.Latest.Before(least) {
		over := "ends the leg before at %s at the earliest"
		if f.stay {
			over = "is free after the leg before and the stay at %s at the earliest"
		}
		return contradiction(w.name, fmt.Sprintf("the head must leave by %s, but "+over+", %s later", w.stamp(win.Latest), w.stamp(least), lasting(least.Sub(win.Latest))))
	}
	if win.Latest.Before(expected) {
		w.warn("%s: the head must leave by %s, but is likely to be free at %s only, %s later", w.name, w.stamp(win.Latest), w.stamp(expected), lasting(expected.Sub(win.Latest)))
	}
	if win.Earliest.Before(expected) && !win.Latest.Before(expected) {
		w.warn("%s: the head leaves %s later than it might, when it is free after the leg before", w.name, lasting(expected.Sub(win.Earliest)))
		win.Earliest = expected
	}
	return nil
}

// settle plans the leg up to its primary route. A leg timed backwards is planned
// again and again until the window that follows from its primary route is the one
// it was planned for.
func (w *legWork) settle(ctx context.Context) error {
	w.warnings = w.warnings[:w.said]
	if w.timed != outrider.TimedBackwards {
		return w.prepare(ctx)
	}
	w.leg.Window = outrider.Window{Earliest: w.leg.Arrive.Earliest, Latest: w.leg.Arrive.Latest}
	if err := w.findFastest(ctx, false); err != nil {
		return err
	}
	w.leg.Window = w.starts(w.fastest)
	var seen []outrider.Window
	for range settleRounds {
		w.warnings = w.warnings[:w.said]
		if err := w.fits(); err != nil {
			return err
		}
		used := w.leg.Window
		if err := w.prepare(ctx); err != nil {
			return err
		}
		next := w.starts(w.primary)
		if w.raised(next) == used {
			w.leg.Window = used
			w.checkArrival(w.taking(w.primary))
			return nil
		}
		if slices.Contains(seen, next) {
			break
		}
		seen = append(seen, next)
		w.leg.Window = next
	}
	// Routes take turns: of their windows the earliest, so that none is late.
	for _, s := range seen {
		if s.Latest.Before(w.leg.Window.Latest) {
			w.leg.Window = s
		}
	}
	w.warnings = w.warnings[:w.said]
	if err := w.fits(); err != nil {
		return err
	}
	if err := w.prepare(ctx); err != nil {
		return err
	}
	if spare := w.starts(w.primary).Latest.Sub(w.leg.Window.Latest); spare > 0 {
		w.warn("%s: a later start changes the route to one that needs an earlier start: the head leaves by %s, %s sooner than this route alone needs", w.name, w.stamp(w.leg.Window.Latest), lasting(spare))
	}
	w.checkArrival(w.taking(w.primary))
	return nil
}

// raised returns a window as fits leaves it.
func (w *legWork) raised(win outrider.Window) outrider.Window {
	free := w.free.likely.Add(w.boarding())
	if w.index > 0 && win.Earliest.Before(free) && !win.Latest.Before(free) {
		win.Earliest = free
	}
	return win
}

// starts returns the window, in whole seconds, in which the head may leave on a
// drive to be at its end in the window of arrival: from where it is likely not to
// be there before it opens, until where it is in before it closes even if all
// goes slowly. Where there is none, the column leaves in time for the latter.
func (w *legWork) starts(d *drive) outrider.Window { return startsFor(w.leg.Arrive, w.taking(d)) }

// taking returns how long a drive takes the head that starts at a time, halts
// included.
func (w *legWork) taking(d *drive) func(time.Time, course) time.Duration {
	return func(start time.Time, c course) time.Duration { return seconds(w.itineraryAt(d, start).total(c)) }
}

// startsFor is starts for anything that takes a time that depends on when it
// starts and of which who leaves later does not arrive earlier.
func startsFor(arrive outrider.Window, takes func(time.Time, course) time.Duration) outrider.Window {
	// The last whole second from which the head is there in time: it is in from by
	// + lo, and not from by + hi.
	last := func(by time.Time, c course, in func(arrives time.Time) bool) time.Time {
		by = by.Truncate(time.Second)
		try := func(d time.Duration) bool { return in(by.Add(d).Add(takes(by.Add(d), c))) }
		lo, hi := -time.Second, time.Second
		for ; !try(lo); lo *= 2 {
			hi = lo
		}
		for hi-lo > time.Second {
			if mid := lo + ((hi - lo) / 2).Truncate(time.Second); try(mid) {
				lo = mid
			} else {
				hi = mid
			}
		}
		return by.Add(lo)
	}
	latest := last(arrive.Latest, slow, func(t time.Time) bool { return !t.After(arrive.Latest) })
	// The first second from which it is not before the window is the one after
	// the last from which it is.
	earliest := last(arrive.Earliest, likely, func(t time.Time) bool { return t.Before(arrive.Earliest) }).Add(time.Second)
	if latest.Before(earliest) {
		earliest = latest
	}
	return outrider.Window{Earliest: earliest, Latest: latest}
}

// checkArrival warns of an arrival outside the window asked for, for something
// that takes a time that depends on when it starts.
func (w *legWork) checkArrival(takes func(time.Time, course) time.Duration) {
	a, win := w.leg.Arrive, w.leg.Window
	first, last := win.Earliest.Add(takes(win.Earliest, likely)), win.Latest.Add(takes(win.Latest, slow))
	if early := a.Earliest.Sub(first); early > 0 {
		w.warn("%s: to be in by %s even if all goes slowly the head leaves at %s, and is likely to arrive %s before the window asked for opens: the spread of the times is wider than the window",
			w.name, w.stamp(a.Latest), w.stamp(win.Earliest), lasting(early))
	}
	if late := last.Sub(a.Latest); late > 0 {
		w.warn("%s: leaving at %s the head may arrive %s after the window asked for closes", w.name, w.stamp(win.Latest), lasting(late))
	}
}

// reach returns the seconds that the longest route allowed may take the head,
// halts excluded: the detour limit times the fastest drive, slow times counted.
func (w *legWork) reach() float64 {
	most := float64(w.fastest.cost) / 1000
	if w.pace != nil {
		for _, at := range [2]time.Time{w.leg.Window.Earliest, w.leg.Window.Latest} {
			most = max(most, w.itineraryAt(w.fastest, at).total(slow)-w.halts.Seconds())
		}
	}
	return most * w.detour
}

// arrived notes when the column is free after this leg by road.
func (w *legWork) arrived(it *itinerary) {
	win := w.leg.Window
	begins := win.Earliest
	if begins.Before(w.free.least) {
		begins = w.free.least
	}
	if w.timed == outrider.TimedAfterStay {
		begins = w.free.least
	}
	latest := win.Latest
	if latest.Before(win.Earliest) {
		latest = win.Earliest
	}
	pass := seconds(w.column.PassTime)
	r := release{
		least: after(begins, w.itineraryAt(w.fastest, begins).total(fast)),
		head:  after(win.Earliest, it.total(slow)),
		tail:  after(win.Earliest, it.total(likely)).Add(pass), slowTail: after(win.Earliest, it.total(slow)).Add(pass),
		place: w.stops[len(w.stops)-1].label,
	}
	r.wheel, r.tank = w.carried(it)
	lateTail := after(latest, w.itineraryAt(w.primary, latest).total(slow)).Add(pass)
	r.standing(w.leg.Stay, r.least.Add(pass), lateTail)
	if w.leg.Stay == nil {
		r.likely = r.tail.Add(-pass) // legs that follow one another without a stay: the head goes on
	}
	w.free = r
}

// standing works out when the column is free after a stay, if there is one: from
// when its tail is in at the earliest, is likely to be, and is at the latest.
func (r *release) standing(s *outrider.Stay, least, late time.Time) {
	r.likely, r.late = r.tail, late
	if s == nil {
		return
	}
	r.stay, r.after, r.asked, r.until = true, true, max(s.Duration, 0), s.Until
	r.least = later(least.Add(r.asked), r.until)
	r.likely = later(r.tail.Add(r.asked), r.until)
	r.late = later(late.Add(r.asked), r.until)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// stay returns the plan's form of the stay after the leg; when it ends is known
// once the next leg is planned.
func (w *legWork) stay() *outrider.StayPlan {
	if w.leg.Stay == nil {
		return nil
	}
	s := &outrider.StayPlan{Venue: cmp.Or(w.leg.Stay.Venue, w.leg.To.Venue), From: w.free.tail.In(w.zone()), Until: w.free.likely.In(w.zone())}
	s.Slack = w.free.slack(s.Until)
	return s
}

// slack returns the seconds left of a stay that ends at a time if the head
// arrives late and the column stays as long as asked. A stay until an hour is
// measured against that hour, whenever the next leg then leaves.
func (r *release) slack(ends time.Time) float64 {
	if !r.until.IsZero() {
		ends = r.until
	}
	return ends.Sub(r.slowTail.Add(r.asked)).Seconds()
}

// leaves ends the stay before a leg at the leg's start, before the leg's own end
// is noted, and warns where the stay asked for does not fit.
func (p *planner) leaves(s *outrider.StayPlan, next *outrider.LegPlan, f release) {
	if s == nil {
		return
	}
	s.Until = next.Earliest
	if next.Mode == outrider.ByRail && next.Rail != nil {
		s.Until = s.Until.Add(-seconds(next.Rail.Train.BoardS))
	}
	need := f.slowTail.Add(f.asked)
	s.Slack = f.slack(s.Until)
	switch {
	case !f.until.IsZero() && f.until.Before(f.tail):
		p.warn("stay at %s: it ends at %s, but the tail is likely to be in at %s only, %s later", f.place, p.stamp(f.until), p.stamp(f.tail), lasting(f.tail.Sub(f.until)))
	case !f.until.IsZero() && f.until.Before(f.slowTail):
		p.warn("stay at %s: it ends at %s; if all goes slowly the tail is in %s later", f.place, p.stamp(f.until), lasting(f.slowTail.Sub(f.until)))
	case next.Timed != outrider.TimedAfterStay && next.Latest.Before(need):
		p.warn("stay at %s: if all goes slowly, the stay asked for is over %s after the next leg must leave", f.place, lasting(need.Sub(next.Latest)))
	}
}

// stamp writes a time for messages.
func (p *planner) stamp(t time.Time) string { return t.In(p.zone()).Format("2006-01-02 15:04:05") }

// lasting writes a duration for messages.
func lasting(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case h > 0 && m > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case h > 0:
		return fmt.Sprintf("%d h", h)
	case m > 0 && s > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	case m > 0:
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d s", s)
}
