package gtfs

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/outrider-project/outrider/geo"
)

// order brings the calls of a trip into order, checks that time never goes back,
// and works out times that the timetable leaves open.
func (r *reader) order(trip int) error {
	calls := r.calls[trip]
	if len(calls) == 0 {
		return nil
	}
	slices.SortStableFunc(calls, func(a, b call) int { return cmp.Compare(a.sequence, b.sequence) })
	bad := func(c call, cause, remedy string) error {
		return &Error{File: stopTimesFile, Line: c.line, Cause: fmt.Sprintf("trip_id %q: %s", r.feed.Trips[trip].ID, cause), Remedy: remedy}
	}
	if last := calls[len(calls)-1]; !calls[0].timed || !last.timed {
		c := last
		if !calls[0].timed {
			c = calls[0]
		}
		return bad(c, "no time at the first or last call", "give arrival_time and departure_time there")
	}
	before := 0 // the call with a time before
	for i := 1; i < len(calls); i++ {
		c := calls[i]
		if c.sequence == calls[i-1].sequence {
			return bad(c, fmt.Sprintf("stop_sequence %d stands twice, first on line %d", c.sequence, calls[i-1].line), "number the calls in order")
		}
		if !c.timed {
			continue
		}
		if c.Arrive < calls[before].Depart {
			return bad(c, fmt.Sprintf("arrives before it departs from the call on line %d", calls[before].line), "correct the times; after midnight write 24:05:00")
		}
		r.interpolate(calls[before : i+1])
		before = i
	}
	return nil
}

// interpolate gives the calls between two with a time their times: by distance as
// the crow flies from stop to stop, or evenly where all stops lie in one place.
func (r *reader) interpolate(calls []call) {
	if len(calls) < 3 {
		return
	}
	way := make([]float64, len(calls)) // from the first call
	for i := 1; i < len(calls); i++ {
		way[i] = way[i-1] + geo.Distance(r.halts[calls[i-1].Stop].Point, r.halts[calls[i].Stop].Point)
	}
	last := len(calls) - 1
	from, took := calls[0].Depart, calls[last].Arrive-calls[0].Depart
	for i := 1; i < last; i++ {
		share := float64(i) / float64(last)
		if way[last] > 0 {
			share = way[i] / way[last]
		}
		at := from + time.Duration(share*took.Seconds()+0.5)*time.Second
		at = min(at, calls[last].Arrive)
		calls[i].Arrive, calls[i].Depart, calls[i].Estimated = at, at, true
	}
}

// finish keeps trips with two calls or more and the stops that they call at, in
// order of id, and works out the span of service.
func (r *reader) finish() *Feed {
	f := r.feed
	kept := 0
	for i := range f.Trips {
		calls := r.calls[i]
		if len(calls) < 2 {
			continue
		}
		trip := f.Trips[i]
		trip.Calls = make([]Call, len(calls))
		for k, c := range calls {
			trip.Calls[k] = c.Call
			for s := c.Stop; s >= 0 && !r.halts[s].used; s = r.halts[s].Parent {
				r.halts[s].used = true
			}
		}
		r.calls[i] = nil // the copy is half as large
		f.Trips[kept] = trip
		kept++
		end := calls[len(calls)-1].Arrive
		f.longest = max(f.longest, end)
		for _, h := range trip.every {
			f.longest = max(f.longest, h.to+end-calls[0].Depart)
		}
	}
	clear(f.Trips[kept:])
	f.Trips = f.Trips[:kept:kept]
	r.keepStops()
	sort.Slice(f.Trips, func(i, j int) bool { return f.Trips[i].ID < f.Trips[j].ID })
	f.span()
	return f
}

// keepStops drops stops that no train calls at and orders the others by id.
func (r *reader) keepStops() {
	f := r.feed
	var order []int
	for i := range r.halts {
		if r.halts[i].used {
			order = append(order, i)
		}
	}
	sort.Slice(order, func(a, b int) bool { return r.halts[order[a]].ID < r.halts[order[b]].ID })
	place := make(map[int]int, len(order))
	for k, i := range order {
		place[i] = k
	}
	f.Stops = make([]Stop, len(order))
	for k, i := range order {
		f.Stops[k] = r.halts[i].Stop
		if p := f.Stops[k].Parent; p >= 0 {
			f.Stops[k].Parent = place[p]
		}
	}
	for i := range f.Trips {
		for k := range f.Trips[i].Calls {
			c := &f.Trips[i].Calls[k]
			c.Stop = place[c.Stop]
		}
	}
}

// span works out the first and the last day on which a trip that is kept runs.
func (f *Feed) span() {
	used := make([]bool, len(f.services))
	for i := range f.Trips {
		used[f.Trips[i].service] = true
	}
	var first, last day
	found := false
	for i := range f.services {
		if !used[i] {
			continue
		}
		from, to, ok := f.services[i].span()
		switch {
		case !ok:
		case !found:
			first, last, found = from, to, true
		default:
			first, last = min(first, from), max(last, to)
		}
	}
	if found {
		f.From, f.To = beginning(first, f.Zone), beginning(last, f.Zone)
	}
}
