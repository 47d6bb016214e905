package exchange

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
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
			return refuse(p.LegName(i), "it has no route")
		}
		for j := range leg.Routes {
			if err := checkRoute(&leg.Routes[j], p.LegName(i)+", "+leg.Routes[j].Name); err != nil {
				return err
			}
		}
		for k := range leg.Decisions {
			if d := &leg.Decisions[k]; badPosition(d.RejoinLat, d.RejoinLon) {
				return refuse(p.LegName(i)+", decision point "+quote(d.Road), "where the other route is joined is not on the globe")
			}
		}
	}
	for _, k := range marks(p) {
		where := strings.ReplaceAll(k.feature, "_", " ") + " " + quote(k.name)
		if k.leg >= 0 {
			where = p.LegName(k.leg) + ", " + where
		}
		if badPosition(k.at.Lat, k.at.Lon) {
			return refuse(where, "it is not on the globe")
		}
		for _, q := range k.way {
			if badPosition(q.Lat, q.Lon) {
				return refuse(where, "the way from or to it is not on the globe")
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
	return nil
}

func refuse(where, cause string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: "make the plan again"}
}

func badPosition(lat, lon float64) bool {
	return !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)
}

func badNumber(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

func quote(s string) string { return "“" + plain.Text(s) + "”" }

// provenance says in one line what a reader must know about a plan's origin.
func provenance(p *outrider.Plan) string {
	s := "Map data " + outrider.DataDay(p.Inputs.DataDate)
	if p.Inputs.Stale {
		s += " (STALE)"
	}
	if p.Inputs.MapName != "" {
		s += ", " + p.Inputs.MapName
	}
	return plain.Text(s + ". " + p.Inputs.Credit() + ".")
}

// dataDay is the day of the map data as a value: 2026-11-20, or "unknown".
func dataDay(p *outrider.Plan) string {
	if p.Inputs.DataDate.Unix() <= 0 { // the extract had none
		return "unknown"
	}
	return outrider.DataDay(p.Inputs.DataDate)
}

// at returns the time of the head at a number of seconds after the earliest
// start of the leg.
func at(leg *outrider.LegPlan, seconds float64) time.Time {
	return leg.Earliest.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond)
}
