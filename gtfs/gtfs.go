// Package gtfs reads timetables in the General Transit Feed Specification, by
// allow-list: trains, their calls and the days they run, nothing else. Files and
// columns that are not on the list are passed over unread, and of what is read
// only lines on rails are kept. docs/timetables.md has the list.
package gtfs

import (
	"fmt"
	"sort"
	"time"

	"github.com/outrider-project/outrider/geo"
)

// A Feed is a timetable. It is not changed by its methods, so several goroutines
// may use it.
type Feed struct {
	Name     string         // of the file
	Hash     string         // SHA-256 of the file, hex
	Zone     *time.Location // of the agency; service days are counted in it
	From, To time.Time      // first and last day of service, at their beginning; zero if there is none
	Stops    []Stop         // those that trains call at, and their stations, by id
	Trips    []Trip         // on rails, with two calls or more, by id

	services []service
	longest  time.Duration // of all trips, from the beginning of the service day
}

// A Stop is a station or a platform of one.
type Stop struct {
	ID     string
	Name   string
	Point  geo.Point
	Parent int // index of the station that a platform belongs to, -1 if none
}

// A Trip is a run of a train over the days of its service.
type Trip struct {
	ID       string
	Number   string // trip_short_name, the train's number; may be empty
	Line     string // of its route: short name, or else the long one
	Kind     int    // route_type, one that Rail reports
	Headsign string
	Calls    []Call // two or more, in order of passage; times never go back

	service int
	every   []headway // not empty: the trip runs again and again
}

// A Call is a stop of a trip. Times are counted from noon minus 12 hours of the
// service day, as GTFS does, and may exceed 24 hours.
type Call struct {
	Stop           int
	Arrive, Depart time.Duration
	Estimated      bool // not a timepoint, or interpolated between calls that have a time
}

// A headway is a time of day in which a trip runs again and again.
type headway struct {
	from, to, every time.Duration // the last run starts before to
	exact           bool
}

// A Run is a trip on one day.
type Run struct {
	Trip *Trip
	Day  time.Time // beginning of the service day: noon minus 12 hours
	// Shift is by how much the run is later than the calls of its trip say, for
	// trips that run again and again.
	Shift time.Duration
	// Estimated is set where the timetable gives only how often the trip runs.
	Estimated bool
}

// At returns when the run is at call i.
func (r Run) At(i int) (arrive, depart time.Time) {
	c := r.Trip.Calls[i]
	return r.Day.Add(c.Arrive + r.Shift), r.Day.Add(c.Depart + r.Shift)
}

// Rail reports whether a route_type runs on rails: tram (0), underground (1),
// railway (2), cable tram (5), funicular (7), monorail (12), and of the extended
// types railways (100 to 117), urban railways (400 to 405), trams (900 to 906) and
// funiculars (1400). Trolleybuses (11) have wires, but no rails.
func Rail(kind int) bool {
	switch {
	case kind == 0, kind == 1, kind == 2, kind == 5, kind == 7, kind == 12:
		return true
	case 100 <= kind && kind <= 117, 400 <= kind && kind <= 405, 900 <= kind && kind <= 906:
		return true
	}
	return kind == 1400
}

// Between returns the runs of trains that are under way at some time between two
// times, from their first departure to their last arrival, by first departure and
// trip id. It takes time in proportion to trips times days.
func (f *Feed) Between(from, to time.Time) []Run {
	var out []Run
	if to.Before(from) || f.From.IsZero() {
		return nil
	}
	// A trip may be under way days after its service day began. One day more on
	// either side is for the difference between service day and calendar day.
	first, last := dayOf(from.Add(-f.longest).In(f.Zone))-1, dayOf(to.In(f.Zone))+1
	first, last = max(first, dayOf(f.From.Add(halfDay))), min(last, dayOf(f.To.Add(halfDay)))
	for d := first; d <= last; d++ {
		begins := beginning(d, f.Zone)
		for i := range f.Trips {
			t := &f.Trips[i]
			if f.services[t.service].runs(d) {
				out = t.under(out, begins, from, to)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		_, a := out[i].At(0)
		_, b := out[j].At(0)
		if !a.Equal(b) {
			return a.Before(b)
		}
		return out[i].Trip.ID < out[j].Trip.ID
	})
	return out
}

// under adds the runs of a trip on a service day that are under way at some time
// between two times.
func (t *Trip) under(out []Run, begins, from, to time.Time) []Run {
	departs, arrives := t.Calls[0].Depart, t.Calls[len(t.Calls)-1].Arrive
	overlaps := func(shift time.Duration) bool {
		return !begins.Add(departs+shift).After(to) && !begins.Add(arrives+shift).Before(from)
	}
	if len(t.every) == 0 {
		if overlaps(0) {
			out = append(out, Run{Trip: t, Day: begins})
		}
		return out
	}
	for _, h := range t.every {
		// The first run that may still be under way at from.
		start := h.from
		if late := from.Sub(begins) - (arrives - departs) - start; late > 0 {
			start += late - late%h.every
		}
		for ; start < h.to && !begins.Add(start).After(to); start += h.every {
			if overlaps(start - departs) {
				out = append(out, Run{Trip: t, Day: begins, Shift: start - departs, Estimated: !h.exact})
			}
		}
	}
	return out
}

// A day is a calendar day, counted from 1970-01-01.
type day int

const halfDay = 12 * time.Hour

// dayOf returns the calendar day of a time in its location.
func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// beginning returns when a service day begins: 12 hours before noon, so that times
// of the timetable are the clock's on days on which clocks change, too, but for the
// hours before the change.
func beginning(d day, zone *time.Location) time.Time {
	y, m, dd := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, dd, 12, 0, 0, 0, zone).Add(-halfDay)
}

// A service says on which days its trips run.
type service struct {
	from, to day // of the calendar; from > to if it has none
	weekdays [7]bool
	added    map[day]bool // true: runs besides; false: does not run after all
}

func (s *service) runs(d day) bool {
	if runs, listed := s.added[d]; listed {
		return runs
	}
	// 1970-01-01 was a Thursday.
	return s.from <= d && d <= s.to && s.weekdays[((int(d)+int(time.Thursday))%7+7)%7]
}

// span returns the first and the last day that the service runs on.
func (s *service) span() (first, last day, ok bool) {
	first, last = s.from, s.to
	for d := range s.added {
		if s.from > s.to {
			first, last = d, d
			break
		}
	}
	for d := range s.added {
		first, last = min(first, d), max(last, d)
	}
	for first <= last && !s.runs(first) {
		first++
	}
	for first <= last && !s.runs(last) {
		last--
	}
	return first, last, first <= last
}

// An Error says what is wrong in a file of a feed.
type Error struct {
	File   string // within the feed; empty for the feed itself
	Line   int    // counted from 1; 0 for the whole file
	Cause  string
	Remedy string
}

// Error gives place, cause and remedy in one line.
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return fmt.Sprintf("%s; %s", e.Cause, e.Remedy)
	case e.Line == 0:
		return fmt.Sprintf("%s: %s; %s", e.File, e.Cause, e.Remedy)
	}
	return fmt.Sprintf("%s:%d: %s; %s", e.File, e.Line, e.Cause, e.Remedy)
}
