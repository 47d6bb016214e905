package exchange

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
)

// check refuses a plan that no format can hold: a plan without legs or routes,
// columns of different length, positions off the globe, numbers that are not
// numbers, times that run backwards. Cost: one pass over the plan.
func check(p *outrider.Plan) error {
	if p == nil || len(p.Legs) == 0 {
		return refuse("plan", "it has no leg")
	}
	for i := range p.Areas {
		a := &p.Areas[i]
		where := "area " + quote(a.Name)
		if a.Centre != nil && (badPosition(a.Centre.Lat, a.Centre.Lon) || !(a.Radius > 0) || math.IsInf(a.Radius, 0)) {
			return refuse(where, "its centre or radius is not on the globe")
		}
		if a.Centre == nil && len(a.Polygon) < 3 {
			return refuse(where, "it has neither a centre nor a polygon of three points")
		}
		for _, q := range a.Polygon {
			if badPosition(q.Lat, q.Lon) {
				return refuse(where, "a corner is not on the globe")
			}
		}
	}
	for i := range p.Legs {
		leg := &p.Legs[i]
		if len(leg.Routes) == 0 {
			return refuse(legTitle(p, i), "it has no route")
		}
		for j := range leg.Routes {
			if err := checkRoute(&leg.Routes[j], legTitle(p, i)+", "+leg.Routes[j].Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRoute(r *outrider.RoutePlan, where string) error {
	n := len(r.Points)
	switch {
	case n < 2:
		return refuse(where, "it has fewer than two points")
	case len(r.Times) != n || len(r.Odometer) != n:
		return refuse(where, fmt.Sprintf("%d points have %d times and %d odometer readings", n, len(r.Times), len(r.Odometer)))
	}
	for i, q := range r.Points {
		if badPosition(q.Lat, q.Lon) {
			return refuse(where, fmt.Sprintf("point %d is not on the globe", i+1))
		}
		if badNumber(r.Times[i]) || badNumber(r.Odometer[i]) {
			return refuse(where, fmt.Sprintf("time or odometer reading %d is not a number", i+1))
		}
		if i > 0 && (r.Times[i] < r.Times[i-1] || r.Odometer[i] < r.Odometer[i-1]) {
			return refuse(where, fmt.Sprintf("time or odometer runs backwards at point %d", i+1))
		}
	}
	for i := range r.March {
		if badPosition(r.March[i].Lat, r.March[i].Lon) {
			return refuse(where, fmt.Sprintf("march table row %d is not on the globe", i+1))
		}
	}
	for i := range r.Hazards {
		if badPosition(r.Hazards[i].Lat, r.Hazards[i].Lon) {
			return refuse(where, fmt.Sprintf("hazard %d is not on the globe", i+1))
		}
	}
	for i := range r.Havens {
		if badPosition(r.Havens[i].Lat, r.Havens[i].Lon) {
			return refuse(where, fmt.Sprintf("safe haven %d is not on the globe", i+1))
		}
	}
	return nil
}

func refuse(where, cause string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: "make the plan again"}
}

func badPosition(lat, lon float64) bool {
	return !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)
}

func badNumber(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// legTitle names leg i of the plan for people.
func legTitle(p *outrider.Plan, i int) string {
	if p.Legs[i].Name != "" {
		return p.Legs[i].Name
	}
	return fmt.Sprintf("leg %d", i+1)
}

// plain returns s without what XML 1.0 cannot hold (section 2.2 of its
// specification): most control characters, surrogates, U+FFFE and U+FFFF.
// Bytes that are not UTF-8 go as well. Line breaks and tabs become spaces, for
// names and remarks are single lines.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < 0x20 || r == utf8.RuneError || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return -1
		}
		return r
	}, s)
}

func quote(s string) string { return "“" + plain(s) + "”" }

// provenance says in one line what a reader must know about a plan's origin.
func provenance(p *outrider.Plan) string {
	s := "Map data of unknown date"
	if p.Inputs.DataDate.Unix() > 0 { // otherwise the extract had none
		s = "Map data " + p.Inputs.DataDate.UTC().Format(time.DateOnly)
	}
	if p.Inputs.Stale {
		s += " (STALE)"
	}
	if p.Inputs.MapName != "" {
		s += ", " + p.Inputs.MapName
	}
	return plain(s + ". " + attribution(p) + ".")
}

// attribution returns the credit that the map data asks for. A plan that came
// without one still gets it.
func attribution(p *outrider.Plan) string {
	if p.Inputs.Attribution != "" {
		return plain(p.Inputs.Attribution)
	}
	return "© OpenStreetMap contributors"
}

// at returns the time of the head at a number of seconds after the earliest
// start of the leg.
func at(leg *outrider.LegPlan, seconds float64) time.Time {
	return leg.Earliest.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond)
}
