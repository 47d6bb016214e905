package plan

import (
	"math"

	outrider "github.com/outrider-project/outrider"
)

// tidy rounds what is measured to the millimetre and the millisecond, which is
// what the map stores, so that documents do not show the noise of sums. Figures
// of exposure keep their digits: checkers recompute them.
func tidy(p *outrider.Plan) {
	c := &p.Convoy
	thousandths(&c.Length, &c.PassTime, &c.GapMetres, &c.FuelKM)
	for i := range c.Vehicles {
		thousandths(&c.Vehicles[i].OffsetM, &c.Vehicles[i].OffsetS)
	}
	for i := range c.Packets {
		x := &c.Packets[i]
		thousandths(&x.Length, &x.HeadM, &x.HeadS, &x.TailM, &x.TailS)
	}
	for i := range p.Venues {
		if h := p.Venues[i].TraumaHospital; h != nil {
			thousandths(&h.Drive, &h.Metres)
		}
	}
	for i := range p.Legs {
		leg := &p.Legs[i]
		thousandths(&leg.From.Away, &leg.To.Away, &leg.Daylight.DarkS)
		for j := range leg.Shared {
			thousandths(&leg.Shared[j].From, &leg.Shared[j].To)
		}
		for _, t := range []*outrider.TurnPlace{leg.Turning.Latest, leg.Turning.EqualTime, leg.Turning.NoReturn} {
			if t != nil {
				thousandths(&t.Odometer, &t.Back, &t.BackM, &t.On)
			}
		}
		for j := range leg.HaltNeeds {
			n := &leg.HaltNeeds[j]
			thousandths(&n.By, &n.HaltAt, &n.Minutes)
		}
		if leg.Stay != nil {
			thousandths(&leg.Stay.Slack)
		}
		for j := range leg.Routes {
			tidyRoute(&leg.Routes[j])
		}
	}
}

func tidyRoute(r *outrider.RoutePlan) {
	thousandths(&r.Length, &r.Duration, &r.Halts, &r.Early, &r.Late, &r.TimedM)
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
		thousandths(&m.Odometer, &m.PassTime, &m.HaltS, &m.EarlyS, &m.LateS)
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
