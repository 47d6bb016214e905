package exchange

import (
	"fmt"
	"time"

	"github.com/outrider-project/outrider"
)

func (r *movementReader) leg(m *outrider.Movement, f *movementFile, i int) outrider.Leg {
	lf, at := &f.Legs[i], fmt.Sprintf("/legs/%d", i)
	leg := outrider.Leg{Name: lf.Name, Mode: outrider.Mode(lf.Mode)}
	if leg.Name == "" {
		leg.Name = fmt.Sprintf("Leg %d", i+1)
	}
	if leg.Mode == "" {
		leg.Mode = outrider.ByRoad
	}
	r.text(at+"/name", lf.Name)
	switch {
	case lf.From != nil:
		leg.From = r.legEnd(at+"/from", lf.From, m.Venues, true)
	case i > 0:
		leg.From = m.Legs[i-1].To
		if v := venueNamed(m.Venues, leg.From.Venue); v != nil {
			// It leaves the venue from where one departs, not from where one arrives.
			leg.From = venueEnd(v, true, leg.From.Position)
		}
	default:
		r.bad(at, "the first leg does not say where it starts", `add from: "latitude,longitude", a name, or a place id`, nil)
	}
	for k := range lf.Via {
		leg.Via = append(leg.Via, r.endpoint(fmt.Sprintf("%s/via/%d", at, k), &lf.Via[k]))
	}
	leg.To = r.legEnd(at+"/to", &lf.To, m.Venues, false)
	if len(leg.Via) == 0 && samePlace(&leg.From, &leg.To) {
		r.bad(at+"/to", "the leg ends where it starts", "give another destination, or a via to drive a round", nil)
	}
	for k := range lf.Halts {
		h := &lf.Halts[k]
		reason := h.Reason
		if reason == "" {
			reason = "other"
		}
		leg.Halts = append(leg.Halts, outrider.Halt{
			At:       r.endpoint(fmt.Sprintf("%s/halts/%d/at", at, k), &h.At),
			Duration: minutes(h.Minutes),
			Reason:   reason,
		})
	}
	r.mode(at, lf, &leg)
	return leg
}

// mode checks that a leg by rail says what runs, and that no other leg does.
func (r *movementReader) mode(at string, lf *legFile, leg *outrider.Leg) {
	switch {
	case leg.Mode == outrider.ByRail && lf.Train == nil:
		r.bad(at+"/mode", "the leg is by rail, but does not say what runs", "add train: {call_sign, length_m, max_kmh}", nil)
	case leg.Mode == outrider.ByRail:
		leg.Train = r.train(at+"/train", lf.Train)
		if lf.BackBy != nil {
			r.bad(at+"/back_by", "a train does not turn back to be at its start by an hour", "remove back_by", nil)
		}
	case lf.Train != nil:
		r.bad(at+"/train", "a leg by road has no train", "add mode: rail, or remove train", nil)
	}
}

// An itinerary is what the file alone says of the clock: bounds, since driving
// times are not known yet.
type itinerary struct {
	begins time.Time // when the first leg leaves or arrives at the earliest
	// opened is when the leg before may leave at the earliest, and reached a time
	// before which the next one cannot leave; either is zero if the file does not
	// tell.
	opened, reached time.Time
}

// timing reads when leg i moves: from a window, from an hour of arrival, or from
// the stay before it. It checks the order of what it finds.
func (r *movementReader) timing(m *outrider.Movement, f *movementFile, i int, clock *itinerary) {
	lf, leg, at := &f.Legs[i], &m.Legs[i], fmt.Sprintf("/legs/%d", i)
	before := *clock
	switch {
	case lf.Window != nil && lf.Arrive != nil:
		r.bad(at+"/arrive", "the leg is timed twice, by when it leaves and by when it arrives", "keep window or arrive", nil)
	case lf.Window != nil:
		var ok bool
		if leg.Window, ok = r.span(at+"/window", lf.Window, "window", m.Zone); ok {
			r.windowInOrder(at+"/window", leg.Window, before)
			clock.opened, clock.reached = leg.Window.Earliest, later(before.reached, leg.Window.Earliest)
		}
	case lf.Arrive != nil:
		var ok bool
		if leg.Arrive, ok = r.span(at+"/arrive", lf.Arrive, "span of arrival", m.Zone); ok {
			if !before.reached.IsZero() && !leg.Arrive.Latest.After(before.reached) {
				r.bad(at+"/arrive/latest", "the leg is to arrive before the one before it, with its stay, is over: not before "+before.reached.In(m.Zone).Format("2006-01-02T15:04Z07:00"),
					"put the legs in order of time, or mend the date", nil)
			}
			clock.opened, clock.reached = time.Time{}, later(before.reached, leg.Arrive.Earliest)
		}
	case i == 0:
		r.bad(at, "the first leg does not say when it moves", "add window: {earliest, latest} for when it may leave, or arrive: {earliest, latest} for when it must be there", nil)
	case f.Legs[i-1].Stay == nil:
		r.bad(at, "the leg does not say when it moves, and no stay before it does", fmt.Sprintf("add window: or arrive:, or a stay: to leg %d, after which this one leaves", i), nil)
	default:
		clock.opened = before.reached // when it leaves at the earliest is the end of the stay, if that is known
	}
	if i == 0 {
		clock.begins = leg.Window.Earliest
		if clock.begins.IsZero() {
			clock.begins = leg.Arrive.Earliest
		}
	}
	if lf.BackBy != nil {
		var ok bool
		if leg.BackBy, ok = r.time(at+"/back_by", *lf.BackBy, m.Zone); ok {
			if leaves := later(leg.Window.Earliest, before.reached); !leaves.IsZero() && !leg.BackBy.After(leaves) {
				r.bad(at+"/back_by", "the column is to be back before it leaves at "+leaves.In(m.Zone).Format("2006-01-02T15:04Z07:00"), "give a later time, or mend the date", nil)
			}
		}
	}
	r.stay(m, lf.Stay, i, clock)
}

func (r *movementReader) windowInOrder(at string, w outrider.Window, before itinerary) {
	switch {
	case w.Earliest.Before(before.opened):
		r.bad(at+"/earliest", "this leg may start before the one before it", "put the legs in order of time, or mend the date", nil)
	case w.Latest.Before(before.reached):
		r.bad(at+"/latest", "this leg's window closes "+before.reached.Sub(w.Latest).String()+" before the leg before it, with its stay, can be over", "give a later window, or a shorter stay", nil)
	}
}

func (r *movementReader) stay(m *outrider.Movement, f *stayFile, i int, clock *itinerary) {
	if f == nil {
		return
	}
	leg, at := &m.Legs[i], fmt.Sprintf("/legs/%d/stay", i)
	s := &outrider.Stay{Duration: minutes(f.Minutes), Venue: leg.To.Venue}
	switch {
	case f.Minutes > 0 && f.Until != nil:
		r.bad(at+"/until", "the stay is given twice, by how long and by until when", "keep minutes or until", nil)
	case f.Minutes > 0:
		if !clock.reached.IsZero() {
			clock.reached = clock.reached.Add(s.Duration)
		}
	case f.Until != nil:
		if until, ok := r.time(at+"/until", *f.Until, m.Zone); ok {
			if !clock.reached.IsZero() && !until.After(clock.reached) {
				r.bad(at+"/until", "the stay is over before it begins: the leg cannot have arrived before "+clock.reached.In(m.Zone).Format("2006-01-02T15:04Z07:00"), "give a later time, or mend the date", nil)
			}
			s.Until, clock.reached = until, later(clock.reached, until)
		}
	default:
		r.bad(at, "the stay does not say how long it lasts", "add minutes: or until:", nil)
	}
	if f.Venue != "" {
		if v := r.findVenue(at+"/venue", f.Venue, m.Venues); v != nil {
			if s.Venue != "" && s.Venue != v.Name {
				r.bad(at+"/venue", fmt.Sprintf("the stay is at %q, but the leg goes to %q", v.Name, s.Venue), "name the venue once, in to", nil)
			}
			s.Venue = v.Name
		}
	}
	leg.Stay = s
}

// span reads two times in order.
func (r *movementReader) span(at string, f *spanFile, what string, zone *time.Location) (outrider.Window, bool) {
	earliest, ok := r.time(at+"/earliest", f.Earliest, zone)
	latest, ok2 := r.time(at+"/latest", f.Latest, zone)
	if !ok || !ok2 {
		return outrider.Window{}, false
	}
	if latest.Before(earliest) {
		r.bad(at+"/latest", "the "+what+" closes before it opens: latest is "+latest.Sub(earliest).Abs().String()+" before earliest", "swap them, or mend the date", nil)
		return outrider.Window{}, false
	}
	return outrider.Window{Earliest: earliest, Latest: latest}, true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
