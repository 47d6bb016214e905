package rail

import (
	"fmt"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// warn says what the planner must know before trusting the leg.
func (w *work) warn(plan *outrider.RailPlan) {
	var total, gauge, power, volts, assumed, service, wrong float64
	for i := range w.strips {
		s := &w.strips[i]
		if s.changing {
			continue
		}
		l, iv := s.metres(), &s.interval
		total += l
		if iv.GaugeMM == 0 {
			gauge += l
		}
		if w.needs.electric && iv.Power == network.ElectrificationUnknown {
			power += l
		}
		if w.needs.electric && w.needs.voltage != 0 && iv.Voltage == 0 {
			volts += l
		}
		if iv.Flags&network.RailSpeedTagged == 0 {
			assumed += l
		}
		if iv.Service == network.Yard || iv.Service == network.Spur {
			service += l
		}
		if against(iv, s.arc.Backwards()) {
			wrong += l
		}
	}
	w.say("times by rail are those of running at line speed; starting and braking make the train some %s later, waiting for signals is not counted", minutesText(w.late(w.length())))
	if gauge > 0 {
		w.say("the map does not say the gauge of %s of track; it is taken to be the train's, %d mm", metresText(gauge), w.needs.gauge)
	}
	if power > 0 {
		w.say("the map does not say whether %s of track is electrified: check it before an electric train runs", metresText(power))
	}
	if volts > power {
		w.say("the map does not say the voltage of %s of track", metresText(volts))
	}
	if assumed > 0 && total > 0 {
		w.say("the speed of %.0f %% of the way is not tagged but assumed by the kind of line: ask the railway for its timings", 100*assumed/total)
	}
	if service > 0 {
		w.say("%s of the way lies on yard tracks or spurs", metresText(service))
	}
	if wrong > 0 {
		w.say("%s of the way runs against the direction that trains usually run in on that track; a path without was not found, or would take much longer", metresText(wrong))
	}
	if n := len(w.changes); n > 0 {
		times := "once"
		if n > 1 {
			times = fmt.Sprintf("%d times", n)
		}
		w.say("the train changes ends %s, %s each: ask the railway whether it can be done there", times, minutesText(w.needs.reverse))
	}
	for _, s := range w.stands {
		at := w.odometer[s.before]
		if n := standsAcross(plan.Passes, at-w.needs.length, at); s.stops && n > 0 {
			w.say("at %s the train stands across %s", s.at.place.Label, crossingsText(n))
		}
	}
	if n := standsAcross(plan.Passes, w.length()-w.needs.length, w.length()); n > 0 {
		w.say("at %s the train stands across %s", w.end.Label, crossingsText(n))
	}
	if n := w.edgesNear(); n > 0 {
		w.say("%d tracks near the way end where the extract ends: what lies beyond is not known", n)
	}
	if stock := w.in.Leg.Train.Stock; len(stock) > 0 {
		sum := 0.0
		for _, v := range stock {
			sum += v.Length
		}
		if sum > w.needs.length+1 {
			w.say("the vehicles of the train are %.0f m long together, more than the %.0f m it is said to have", sum, w.needs.length)
		}
	}
	if plan.Shadow != nil && !plan.Shadow.KeepsUp && w.in.Roads != nil {
		w.say("%s", plan.Shadow.Verdict)
	}
}

// edgesNear counts the nodes of the path's tracks that are ends of the extract,
// and those that one move leads to.
func (w *work) edgesNear() int {
	found := map[network.RailNodeID]bool{}
	note := func(a network.RailArcID) {
		for _, n := range []network.RailNodeID{w.rail.ArcTail(a), w.rail.ArcHead(a)} {
			if w.rail.NodeInfo[n].Edge != 0 {
				found[n] = true
			}
		}
	}
	for i := range w.strips {
		a := w.strips[i].arc
		note(a)
		for _, b := range w.rail.Moves(a) {
			note(b)
		}
		for _, b := range w.rail.Moves(a.Reverse()) {
			note(b)
		}
	}
	return len(found)
}
