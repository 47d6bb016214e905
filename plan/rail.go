package plan

import (
	"context"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/rail"
)

// byRail plans a leg by rail: package rail works out the run; here it gets its
// time, and the column that follows it on the road its way.
func (w *legWork) byRail(ctx context.Context) (outrider.LegPlan, error) {
	p := w.planner
	if w.leg.Train == nil {
		return outrider.LegPlan{}, &outrider.Error{Kind: outrider.Invalid, Where: w.name, Cause: "a leg by rail without a train", Remedy: "say what runs, or make it a leg by road"}
	}
	p.progress("railway", 0)
	road := &roads{p: p, pass: p.m.Passage(p.van, p.passageOptions(nil, nil))}
	in, err := w.railInput(road)
	if err != nil {
		return outrider.LegPlan{}, err
	}
	res, err := w.runTrain(ctx, &in)
	if err != nil {
		return outrider.LegPlan{}, err
	}
	p.progress("railway", stages-1)
	out := w.blank(res.From.Label, res.To.Label)
	out.From, out.To = res.From, res.To
	out.Routes, out.Rail = []outrider.RoutePlan{res.Route}, &res.Rail
	out.Alternates = outrider.AlternateBounds{MaxDetour: p.detour, MaxShared: maxShared}
	route := &out.Routes[0]
	route.Early, route.Late = orElse(route.Early, route.Duration), orElse(route.Late, route.Duration)
	out.Daylight = p.daylight(out.Earliest, route)
	for i := range route.March {
		row := &route.March[i]
		row.Dark = darkRow(row)
	}
	out.Turning = outrider.TurningBack{BackBy: w.leg.BackBy, Why: "none: a train does not turn back", FuelWhy: "no fuel range is known of a train"}
	for _, s := range res.Warnings {
		p.warn("%s: %s", w.name, s)
	}
	w.trainArrived(&out, road)
	out.Stay = w.stay()
	p.progress("railway", stages)
	return out, nil
}

func orElse(v, instead float64) float64 {
	if v == 0 {
		return instead
	}
	return v
}

// railInput resolves the places of a leg by rail.
func (w *legWork) railInput(road *roads) (rail.Input, error) {
	p := w.planner
	in := rail.Input{
		Map: p.m, Leg: w.leg, Name: w.name, Zone: p.zone(), Timetable: p.in.Timetable, SnapMetres: p.snapDistance(),
		Roads: road,
	}
	var err error
	place := func(e outrider.Endpoint, what string) []rail.Place {
		if err != nil {
			return nil
		}
		at := where(w.name, what, e)
		var q point
		var label string
		if q, label, err = p.resolve(e, at); err != nil {
			return nil
		}
		return []rail.Place{{Label: label, Point: q, Where: at}}
	}
	in.From, in.To = place(p.startOf(w.index, w.leg), "start"), place(w.leg.To, "destination")
	for _, e := range w.leg.Via {
		in.Via = append(in.Via, place(e, "via")...)
	}
	for _, h := range w.leg.Halts {
		in.Halts = append(in.Halts, place(h.At, "halt")...)
	}
	return in, err
}

// runTrain works the run out for the time that the leg leaves at. A run timed
// backwards is worked out for a first time to know how long it takes.
func (w *legWork) runTrain(ctx context.Context, in *rail.Input) (*rail.Result, error) {
	in.Depart = w.leg.Window.Earliest
	if w.timed != outrider.TimedBackwards {
		return rail.Make(ctx, *in)
	}
	in.Depart = w.leg.Arrive.Earliest
	res, err := rail.Make(ctx, *in)
	if err != nil {
		return nil, err
	}
	took := func(_ time.Time, c course) time.Duration {
		r := &res.Route
		switch c {
		case fast:
			return seconds(orElse(r.Early, r.Duration) + r.Halts)
		case slow:
			return seconds(orElse(r.Late, r.Duration) + r.Halts)
		case likely, courses:
		}
		return seconds(r.Duration + r.Halts)
	}
	w.leg.Window = startsFor(w.leg.Arrive, took)
	if err := w.fits(); err != nil {
		return nil, err
	}
	w.checkArrival(took)
	in.Depart = w.leg.Window.Earliest
	return rail.Make(ctx, *in)
}

// trainArrived notes when the next leg can begin: when the train has been left,
// and not before a column that follows it is there.
func (w *legWork) trainArrived(out *outrider.LegPlan, road *roads) {
	r := &out.Routes[0]
	alight := seconds(out.Rail.Train.AlightS)
	last := r.March[len(r.March)-1]
	in := func(start time.Time) time.Time {
		return after(start, r.Duration+r.Halts+last.PassTime).Add(alight)
	}
	ready := in(out.Earliest)
	slowTail := after(ready, r.Late-r.Duration)
	head := ready
	wheel, tank := 0.0, w.free.tank
	if s := out.Rail.Shadow; s != nil && len(s.Rendezvous) > 0 {
		if end := s.Rendezvous[len(s.Rendezvous)-1]; end.Reached {
			ready = later(ready, end.Column.Add(seconds(w.column.PassTime)))
			head = road.slowly(s.Rendezvous, out.Earliest)
			slowTail = later(slowTail, head.Add(seconds(w.column.PassTime)))
			wheel = w.atWheel() + head.Sub(out.Earliest).Seconds()
			for _, x := range s.Rendezvous {
				tank += x.DriveM
			}
		} else {
			w.warn("%s: the column does not reach the end of the run by road", w.name)
		}
	} else if w.index+1 < len(w.in.Movement.Legs) && w.in.Movement.Legs[w.index+1].Mode != outrider.ByRail {
		w.warn("%s: no column follows the train: other vehicles must wait at %s", w.name, out.To.Label)
	}
	begins := out.Earliest
	if w.timed == outrider.TimedAfterStay {
		begins = w.free.least.Add(w.boarding())
	}
	f := release{
		after: true, least: in(begins), tail: ready, slowTail: slowTail, head: head,
		place: out.To.Label, wheel: wheel, tank: tank,
	}
	f.standing(w.leg.Stay, f.least, out.Latest.Add(slowTail.Sub(out.Earliest)))
	w.free = f
}

// roads answers how the column drives beside the railway, on its own passage and
// at its own speeds.
type roads struct {
	p    *planner
	pass *network.Passage
	lane *lane
}

// Drive returns how long the head takes from one place to another and how far it
// is; see rail.Roads.
func (r *roads) Drive(from, to point, leaves time.Time) (took, metres float64, ok bool) {
	return r.drive(from, to, leaves, likely)
}

// slowly returns when the head of a column that follows a train from rendezvous to
// rendezvous is at the last if all goes slowly; where it is early it waits.
func (r *roads) slowly(all []outrider.Rendezvous, leaves time.Time) time.Time {
	place := func(x *outrider.Rendezvous) point { return outrider.LatLon{Lat: x.Lat, Lon: x.Lon}.Point() }
	here := &all[0]
	for i := 1; i < len(all); i++ {
		x := &all[i]
		if !x.Reached {
			continue
		}
		took, _, _ := r.drive(place(here), place(x), leaves, slow) // there is a way: the plan drives it
		here, leaves = x, after(leaves, took)
		if i+1 < len(all) {
			leaves = later(leaves, x.Train)
		}
	}
	return leaves
}

func (r *roads) drive(from, to point, leaves time.Time, course course) (took, metres float64, ok bool) {
	if r.lane == nil {
		r.lane = r.p.drivingLane(r.pass, leaves)
	}
	limit := r.p.snapDistance()
	a, err := r.p.m.Snap(from, r.pass, limit)
	if err != nil {
		return 0, 0, false
	}
	b, err := r.p.m.Snap(to, r.pass, limit)
	if err != nil {
		return 0, 0, false
	}
	d, ok := r.p.through(r.lane, []stop{{loc: a, halt: -1}, {loc: b, halt: -1}}, nil, unbarred)
	if !ok {
		return 0, 0, false
	}
	c, _ := r.p.clockOf(r.pass, r.lane, d.runs, nil, leaves, course)
	return c.ends[len(c.ends)-1], length(d), true
}
