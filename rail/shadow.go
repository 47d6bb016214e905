package rail

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

const (
	// meetEvery is how far apart rendezvous are chosen along the path, in metres,
	// if there are places for them.
	meetEvery = 5000.0
	// dear is what a rendezvous may cost the column, in seconds over driving on to
	// the next directly, before it is skipped.
	dear = 300.0
	// defaultBehind is how far the column may be behind and still keep up, seconds.
	defaultBehind = 300.0
)

// A meeting is a place where column and train could meet.
type meeting struct {
	name   string
	metres float64
	place  geo.Point
}

// shadow works out how the column follows the train. It leaves the start when the
// train does, drives from rendezvous to rendezvous, and where it is early waits
// until the train has come. A rendezvous that takes it too far from its way is
// left out if it is late there.
func (w *work) shadow(ctx context.Context, plan *outrider.RailPlan) (*outrider.ShadowPlan, error) {
	out := &outrider.ShadowPlan{Rendezvous: []outrider.Rendezvous{}, MaxBehind: defaultBehind}
	if b := w.in.Leg.Train.MaxBehind; b > 0 {
		out.MaxBehind = b.Seconds()
	}
	if w.in.Roads == nil {
		out.Verdict = "not worked out: no roads to drive on were given"
		w.say("the road column as shadow was not worked out: no roads were given")
		return out, nil
	}
	all := w.meetings(plan)
	var skipped, missed []string
	here, leaves := all[0], w.in.Depart
	out.Rendezvous = append(out.Rendezvous, w.meet(here, w.in.Depart, 0, true))
	for k := 1; k < len(all); k++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seconds, metres, ok := w.in.Roads.Drive(here.place, all[k].place, leaves)
		arrives := leaves.Add(duration(seconds))
		train := w.when(w.clock(all[k].metres))
		if !ok {
			missed = append(missed, all[k].name)
			out.Rendezvous = append(out.Rendezvous, w.meet(all[k], time.Time{}, 0, false))
			continue
		}
		if k+1 < len(all) && arrives.After(train) {
			direct, _, straight := w.in.Roads.Drive(here.place, all[k+1].place, leaves)
			on, _, onwards := w.in.Roads.Drive(all[k].place, all[k+1].place, arrives)
			if straight && (!onwards || seconds+on > direct+dear) {
				skipped = append(skipped, all[k].name)
				continue
			}
		}
		x := w.meet(all[k], arrives, metres, true)
		out.Rendezvous = append(out.Rendezvous, x)
		here, leaves = all[k], arrives
		if train.After(leaves) {
			leaves = train
		}
	}
	out.KeepsUp = true
	worst := ""
	for i := range out.Rendezvous {
		x := &out.Rendezvous[i]
		if x.Reached && x.Behind > out.Worst {
			out.Worst, worst = x.Behind, x.Name
		}
	}
	last := &out.Rendezvous[len(out.Rendezvous)-1]
	out.KeepsUp = out.Worst <= out.MaxBehind && last.Reached && len(out.Rendezvous) > 1
	var words []string
	switch {
	case !last.Reached:
		words = append(words, "the column does not keep up: there is no way by road to "+last.Name)
	case out.KeepsUp && out.Worst == 0:
		words = append(words, "the column keeps up: it is at every rendezvous before the train")
	case out.KeepsUp:
		words = append(words, fmt.Sprintf("the column keeps up: at worst it is %s behind, at %s, of %s allowed", minutesText(out.Worst), worst, minutesText(out.MaxBehind)))
	default:
		words = append(words, fmt.Sprintf("the column does not keep up: it is %s behind at %s, %s allowed", minutesText(out.Worst), worst, minutesText(out.MaxBehind)))
	}
	if len(missed) > 0 {
		words = append(words, "no way by road to "+strings.Join(missed, ", "))
	}
	if len(skipped) > 0 {
		words = append(words, "left out as too far from the way: "+strings.Join(skipped, ", "))
	}
	out.Verdict = strings.Join(words, "; ")
	return out, nil
}

// meet makes a rendezvous.
func (w *work) meet(m meeting, column time.Time, metres float64, reached bool) outrider.Rendezvous {
	at := latLon(m.place)
	x := outrider.Rendezvous{Name: m.name, Lat: at.Lat, Lon: at.Lon, Odometer: m.metres, Train: w.when(w.clock(m.metres)), DriveM: metres, Reached: reached}
	if reached {
		x.Column = column.In(w.in.Zone)
		x.Behind = x.Column.Sub(x.Train).Seconds()
	}
	return x
}

// meetings chooses the places for rendezvous: start and destination, every stop,
// and stations, level crossings and other accesses in this order of preference,
// some 5 km apart.
func (w *work) meetings(plan *outrider.RailPlan) []meeting {
	all := []meeting{{w.start.Label, 0, w.nearestAccess(plan, 0)}, {w.end.Label, w.length(), w.nearestAccess(plan, w.length())}}
	add := func(m meeting, apart float64) {
		i := 0
		for i < len(all) && all[i].metres <= m.metres {
			i++
		}
		if i == 0 || i == len(all) || m.metres-all[i-1].metres < apart || all[i].metres-m.metres < apart {
			return
		}
		all = append(all[:i], append([]meeting{m}, all[i:]...)...)
	}
	for _, s := range w.stands {
		if metres := w.odometer[s.before]; s.stops {
			add(meeting{s.at.place.Label, metres, w.nearestAccess(plan, metres)}, 1)
		}
	}
	for i := range plan.Passes {
		if p := &plan.Passes[i]; p.Kind == outrider.RailStation {
			for k := range plan.Access {
				if a := &plan.Access[k]; a.Kind == byStation && a.Odometer == p.From && !a.Private {
					add(meeting{p.Name, p.From, geo.PointFromDegrees(a.Lat, a.Lon)}, meetEvery/2)
				}
			}
		}
	}
	for _, kind := range []string{byCrossing, byRoad} {
		for i := range plan.Access {
			if a := &plan.Access[i]; a.Kind == kind && !a.Private {
				add(meeting{a.Kind + ", " + a.Road, a.Odometer, geo.PointFromDegrees(a.Lat, a.Lon)}, meetEvery)
			}
		}
	}
	return all
}

// nearestAccess returns the place of the access nearest to a reading, if it is
// within 1 km along the path; otherwise the place on the path itself, from which
// the column is as far as the nearest road.
func (w *work) nearestAccess(plan *outrider.RailPlan, metres float64) geo.Point {
	best, place := 1000.0, w.point(metres)
	for i := range plan.Access {
		a := &plan.Access[i]
		away := max(a.Odometer-metres, metres-a.Odometer)
		if away < best && !a.Private {
			best, place = away, geo.PointFromDegrees(a.Lat, a.Lon)
		}
	}
	return place
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds*1000+0.5) * time.Millisecond
}
