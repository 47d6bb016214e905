package plan

import (
	"github.com/outrider-project/outrider/network"
)

// farFromRoad is the distance in metres from which a snapped place is warned of.
const farFromRoad = 100

// legWarnings adds what the planner must know of a leg.
func (w *legWork) legWarnings(routes []*drive) {
	p := w.planner
	for _, s := range w.stops {
		if s.loc.Away > farFromRoad {
			p.warn("%s: %s lies %.0f m from the road it was moved to, %s", w.name, s.label, s.loc.Away, p.m.Describe(s.loc.Chain, s.loc.At))
		}
		if s.loc.Island {
			p.warn("%s: %s lies on a part that is cut off from the main network", w.name, s.label)
		}
	}
	expire := 0
	for i := range w.findings {
		if w.findings[i].Lapsed && !p.in.Findings[i].Lapsed {
			expire++
		}
	}
	if expire > 0 {
		p.warn("%s: %d findings expire before the column is off the road: their places count as unsurveyed", w.name, expire)
	}
	var ferry, private bool
	rules, conditions := map[uint32]bool{}, map[int]bool{}
	for _, d := range routes {
		for _, r := range d.runs {
			c := r.arc.Chain()
			private = private || p.m.ArcAccess[r.arc].Worst(p.van.Classes) == network.Private
			for _, iv := range p.m.Intervals(c) {
				ferry = ferry || iv.Class == network.Ferry
			}
			i, j := p.graph.Turns(r.state)
			for ; i < j; i++ {
				rule := &p.m.Rules[p.m.TurnRule[i]]
				if rule.Condition != 0 && rule.Applies&w.pass.Vehicle().Classes != 0 {
					rules[p.m.TurnRule[i]] = true
				}
			}
			for _, k := range p.conditionsOn(c) {
				if x := &p.m.Conditions[k]; x.From <= r.high() && r.low() <= x.To {
					conditions[k] = true
				}
			}
		}
	}
	if ferry {
		p.warn("%s: a route takes a ferry; sailings and waiting are not known", w.name)
	}
	if private {
		p.warn("%s: a route uses private roads; get the owner's leave", w.name)
	}
	if n := len(rules); n > 0 {
		p.warn("%s: %d turn restrictions along the routes hold only under a condition and are taken to hold always", w.name, n)
	}
	if n := len(conditions); n > 0 {
		p.warn("%s: %d stretches of the routes have limits or rules that hold only under a condition; these are not applied, check them", w.name, n)
	}
	if w.pass.Vehicle().LengthCM == 0 && w.pass.Vehicle().HeightCM == 0 && w.pass.Vehicle().WeightKG == 0 {
		p.warn("no dimension of any vehicle is given: limits were not checked")
	}
}
