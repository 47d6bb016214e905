package plan

import (
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// Where BackBy of a leg comes from.
const (
	whyAsked     = "asked"
	whyLastLight = "last light"
)

// A way back is what turning back at a junction of the primary takes.
type wayBack struct {
	run             int // at whose end it lies; -1 is the start
	seconds, metres float64
}

// turningBack works out until when and from where the column can go back to the
// start. It turns at a junction, where the network lets it: every vehicle drives
// up to the junction and turns there, so that the tail is back the time of
// passage after the head. Ways back are the fastest at the speeds of the leg's
// earliest start; their times are those of the hours at which they are driven.
func (w *legWork) turningBack(it *itinerary) outrider.TurningBack {
	out := outrider.TurningBack{BackBy: w.leg.BackBy, Why: whyAsked}
	if out.BackBy.IsZero() {
		day := almanac.Of(it.start.In(w.zone()), w.stops[0].loc.Point)
		switch {
		case day.LastLight.IsZero() && day.Polar == "day":
			out.Why = "none: the sun does not set at the start on that day"
		case day.LastLight.IsZero():
			out.Why = "none: there is no last light at the start on that day"
		case !day.LastLight.After(it.start):
			out.Why = "none: the leg starts after last light"
		default:
			out.BackBy, out.Why = day.LastLight, whyLastLight
		}
	}
	if !out.BackBy.IsZero() {
		out.BackBy = out.BackBy.In(w.zone()).Truncate(time.Second)
	}
	ways, fromEnd := w.waysBack(it)
	pass := seconds(w.column.PassTime)
	inTime := func(b wayBack) bool { return !it.headAt(b.run).Add(seconds(b.seconds) + pass).After(out.BackBy) }
	if !out.BackBy.IsZero() && (fromEnd == nil || !inTime(*fromEnd)) {
		out.Latest = it.lastWay(ways, inTime)
		out.Never = out.Latest == nil
	}
	out.EqualTime = it.lastWay(ways, func(b wayBack) bool { return b.seconds <= it.onward(b.run) })
	limit := w.column.FuelKM * 1000
	used := func(b wayBack) bool { return w.sinceFuel(it, it.reached(b.run))+b.metres <= limit }
	switch {
	case limit <= 0:
		out.FuelWhy = "no fuel range is known"
	case fromEnd != nil && used(*fromEnd):
		out.FuelWhy = "the fuel takes every vehicle back from the destination too"
	default:
		out.FuelWhy = "the least fuel range, reserve taken off"
		out.NoReturn = it.lastWay(ways, used)
		out.FuelNever = out.NoReturn == nil
	}
	return out
}

// waysBack returns the ways back to the start from there itself and from each
// junction of a drive that has one, in order, and that from the destination, on
// which the column may leave in either direction; nil if there is none. One
// search over the whole map.
func (w *legWork) waysBack(it *itinerary) (ways []wayBack, fromEnd *wayBack) {
	start, finish := w.stops[0].loc, w.stops[len(w.stops)-1].loc
	targets := w.targets(w.time, start)
	var t search.Tree
	w.engine.Backward(w.time.Metric, targets, search.Unreachable-1, &t)
	metres := map[uint32]float64{} // from the end of a state's arc
	ways = []wayBack{{run: -1}}
	for i, r := range it.runs {
		// Where the start lies at a junction, the head is still at the start there.
		if r.to != end(w.m, r.arc) || it.reached(i) == 0 || t.Label(r.state) >= search.Unreachable {
			continue
		}
		b := wayBack{i, float64(t.Label(r.state)) / 1000, w.metresBack(&t, r.state, start.At, metres)}
		if w.pace != nil {
			b.seconds = w.timeBack(&t, r.state, start.At, it.headAt(i))
		}
		ways = append(ways, b)
	}
	last := len(it.runs) - 1
	for _, back := range []bool{false, true} {
		a := finish.Chain.Arc(back)
		part := w.time.part(a, finish.At, end(w.m, a))
		var b *wayBack
		if label := t.Label(uint32(a)); part < search.Unreachable && label < search.Unreachable {
			out := run{arc: a, from: finish.At, to: end(w.m, a)}
			b = &wayBack{last, (float64(part) + float64(label)) / 1000, out.length() + w.metresBack(&t, uint32(a), start.At, metres)}
			if w.pace != nil {
				leaves := it.headAt(last)
				first, _ := w.took(w.pass, a, out.from, out.to, leaves, likely)
				b.seconds = first + w.timeBack(&t, uint32(a), start.At, after(leaves, first))
			}
		}
		if finish.Chain == start.Chain && ahead(a, finish.At, start.At) {
			if direct := w.time.part(a, finish.At, start.At); direct < search.Unreachable && (b == nil || float64(direct)/1000 < b.seconds) {
				b = &wayBack{last, float64(direct) / 1000, run{arc: a, from: finish.At, to: start.At}.length()}
			}
		}
		if b != nil && (fromEnd == nil || b.seconds < fromEnd.seconds) {
			fromEnd = b
		}
	}
	return ways, fromEnd
}

// timeBack returns the seconds that a backward tree's path takes from the end of a
// state's arc to a position on its last, when it is begun at a time.
func (w *legWork) timeBack(t *search.Tree, state uint32, at network.Millimetres, leaves time.Time) float64 {
	a := w.arc(state)
	path := []run{{state: state, arc: a, from: end(w.m, a), to: end(w.m, a)}}
	for {
		next, last, ok := t.Parent(state)
		if !ok {
			break
		}
		a := w.arc(next)
		r := run{state: next, arc: a, from: begin(w.m, a), to: end(w.m, a)}
		if last {
			r.to = at
		}
		path = append(path, r)
		if last {
			break
		}
		state = next
	}
	c, _ := w.clockOf(w.pass, w.time, path, nil, leaves, likely)
	return c.ends[len(path)-1]
}

// metresBack returns the length of a backward tree's path from the end of a
// state's arc to a position on its last. known keeps what was found.
func (w *legWork) metresBack(t *search.Tree, state uint32, at network.Millimetres, known map[uint32]float64) float64 {
	var path []uint32
	total := 0.0
	for s := state; ; {
		if m, ok := known[s]; ok {
			total = m
			break
		}
		path = append(path, s)
		next, last, ok := t.Parent(s)
		if !ok {
			break
		}
		if last {
			a := w.arc(next)
			total = max(offset(run{arc: a, from: begin(w.m, a)}, at), 0)
			known[s] = total
			path = path[:len(path)-1]
			break
		}
		s = next
	}
	for _, s := range slices.Backward(path) {
		if next, last, ok := t.Parent(s); ok && !last {
			total += w.m.Length[w.arc(next).Chain()].Metres()
		}
		known[s] = total
	}
	return total
}

// lastWay returns the last place of a drive from which a way back fits.
func (it *itinerary) lastWay(ways []wayBack, fits func(wayBack) bool) *outrider.TurnPlace {
	for _, b := range slices.Backward(ways) {
		if fits(b) {
			r, at := it.runs[0], it.runs[0].from
			if b.run >= 0 {
				r = it.runs[b.run]
				at = r.to
			}
			q := latLon(it.w.m.PointAt(r.arc.Chain(), at))
			return &outrider.TurnPlace{
				Road: it.w.m.Describe(r.arc.Chain(), at), Lat: q.Lat, Lon: q.Lon, Odometer: it.reached(b.run), Head: it.headAt(b.run),
				Back: b.seconds, BackM: b.metres, On: it.onward(b.run),
			}
		}
	}
	return nil
}

// reached returns the odometer at the end of a run; -1 is the start.
func (it *itinerary) reached(i int) float64 { return it.odometer[i+1] }

// headAt returns when the head is at the end of a run; -1 is the start.
func (it *itinerary) headAt(i int) time.Time {
	if i < 0 {
		return it.when(0)
	}
	return it.when(it.ends[i])
}

// onward returns the likely seconds of driving from the end of a run to the
// destination; -1 is the start.
func (it *itinerary) onward(i int) float64 { return it.driving() - it.driven(likely, i) }

// driven returns the seconds of driving, halts excluded, up to the end of a run;
// -1 is the start.
func (it *itinerary) driven(c course, i int) float64 {
	if i < 0 {
		return 0
	}
	total := it.courses[c].ends[i]
	for _, h := range it.halts[:i] {
		total -= h
	}
	return total
}

// dead-end roads of which the number of lanes is not known are taken to have two.
const (
	laneWidth    = 3.25 // metres
	usualLanes   = 2
	needsRoomFor = "turn back"
)

// turningRoom warns of places where a route turns back on a road that is, as far
// as is known, narrower than the widest turning circle of the column.
func (w *legWork) turningRoom(routes []*itinerary) {
	if w.column.TurningM <= 0 {
		return
	}
	for _, it := range routes {
		for i := 1; i < len(it.runs); i++ {
			before, r := it.runs[i-1], it.runs[i]
			if before.arc.Reverse() != r.arc || turnWord(it.arriving(i-1, before.to), it.leaving(i, r.from)) != needsRoomFor {
				continue
			}
			lanes, known := usualLanes, "taken to have"
			if n := w.m.IntervalAt(r.arc.Chain(), r.from).Lanes; n > 0 {
				lanes, known = int(n), "has"
			}
			if width := float64(lanes) * laneWidth; width < w.column.TurningM {
				q := w.m.PointAt(r.arc.Chain(), r.from)
				lat, lon := q.Degrees()
				w.warn("%s: at %s (%.5f, %.5f) a route turns back on a carriageway that is %s %.1f m; the column needs %.1f m between kerbs",
					w.name, w.m.Describe(r.arc.Chain(), r.from), lat, lon, known, width, w.column.TurningM)
			}
		}
	}
}

// sunSteps is the greatest time in seconds for which the light is taken to be the
// same.
const sunSteps = 10

// daylight says how light it is on the day and at the destination of a leg, and
// how much of its first route is driven in the dark.
func (p *planner) daylight(start time.Time, r *outrider.RoutePlan) outrider.Daylight {
	last := r.March[len(r.March)-1]
	end := outrider.LatLon{Lat: last.Lat, Lon: last.Lon}.Point()
	day := almanac.Of(start.In(p.zone()), end)
	out := outrider.Daylight{FirstLight: day.FirstLight, Sunrise: day.Sunrise, Sunset: day.Sunset, LastLight: day.LastLight, Polar: day.Polar}
	for _, t := range []*time.Time{&out.FirstLight, &out.Sunrise, &out.Sunset, &out.LastLight} {
		if !t.IsZero() {
			*t = t.In(p.zone()).Truncate(time.Second)
		}
	}
	for k := 1; k < len(r.Times); k++ {
		from, to := r.Times[k-1], r.Times[k]
		if r.Odometer[k] == r.Odometer[k-1] {
			continue // stands
		}
		steps := int((to-from)/sunSteps) + 1
		for s := range steps {
			mid := from + (to-from)*(float64(s)+0.5)/float64(steps)
			if almanac.Dark(after(start, mid), r.Points[k].Point()) {
				out.DarkS += (to - from) / float64(steps)
			}
		}
	}
	switch altitude := almanac.Altitude(last.Tail, end); {
	case altitude >= horizon:
		out.ArrivesIn = "daylight"
	case altitude >= civil:
		out.ArrivesIn = "twilight"
	default:
		out.ArrivesIn = "dark"
	}
	return out
}

// Heights of the sun's centre in degrees, without refraction: at sunset its upper
// edge is seen on the horizon; at the end of civil twilight.
const (
	horizon = -0.833
	civil   = -6
)
