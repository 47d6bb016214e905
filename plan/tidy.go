package plan

import (
	"math"

	outrider "github.com/outrider-project/outrider"
)

// tidy rounds what is measured to the millimetre and the millisecond, which is
// what the map stores, so that documents do not show the noise of sums. Figures
// of exposure keep their digits: checkers recompute them.
func tidy(p *outrider.Plan) {
	thousandths(&p.Convoy.Length, &p.Convoy.PassTime, &p.Convoy.GapMetres)
	for i := range p.Legs {
		leg := &p.Legs[i]
		thousandths(&leg.From.Away, &leg.To.Away)
		for j := range leg.Shared {
			thousandths(&leg.Shared[j].From, &leg.Shared[j].To)
		}
		for j := range leg.Routes {
			tidyRoute(&leg.Routes[j])
		}
	}
}

func tidyRoute(r *outrider.RoutePlan) {
	thousandths(&r.Length, &r.Duration, &r.Halts)
	for i := range r.Parts {
		thousandths(&r.Parts[i].Metres)
	}
	for i := range r.Times {
		thousandths(&r.Times[i])
	}
	for i := range r.Odometer {
		thousandths(&r.Odometer[i])
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		thousandths(&s.From, &s.Length, &s.Duration)
	}
	for i := range r.Hazards {
		thousandths(&r.Hazards[i].From, &r.Hazards[i].To)
	}
	for i := range r.March {
		m := &r.March[i]
		thousandths(&m.Odometer, &m.PassTime, &m.HaltS)
	}
	for i := range r.Havens {
		h := &r.Havens[i]
		thousandths(&h.Odometer, &h.Drive, &h.Metres)
	}
	for i := range r.Exposure {
		thousandths(&r.Exposure[i].From, &r.Exposure[i].To)
	}
}

// thousandths rounds each to three digits after the point. It keeps order: of
// two numbers the greater never becomes the smaller.
func thousandths(values ...*float64) {
	for _, v := range values {
		*v = math.Round(*v*1000) / 1000
	}
}
