package plan

import (
	"fmt"
	"math"
	"sort"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// SurveyRows returns what a survey of a plan's corridor has to look at, leg by
// leg and route by route in order of passage: each hazard, chokepoint and stretch
// with no exit once, and the safe havens that nobody has verified. Traffic
// signals and roundabouts are left out: the map is trusted with them. What the
// map says stands with the date of its data. Of legs by rail only the level
// crossings are asked for, for findings lie on carriageways.
func SurveyRows(p *outrider.Plan) []hazard.FormRow {
	type place struct {
		kind     hazard.Kind
		lat, lon int64 // in steps of about 10 m
	}
	listed := map[place]bool{}
	day := outrider.DataDay(p.Inputs.DataDate)
	var rows []hazard.FormRow
	add := func(leg string, metres float64, r *outrider.RoutePlan, kind hazard.Kind, says string, lat, lon float64) {
		at := place{kind, int64(math.Round(lat * 1e4)), int64(math.Round(lon * 1e4))}
		if listed[at] {
			return
		}
		listed[at] = true
		says += "; map data " + day
		rows = append(rows, hazard.FormRow{
			Leg: leg, Odometer: metres / 1000, Road: roadAt(r, metres), MapSays: says,
			Point: geo.PointFromDegrees(lat, lon), Kind: kind,
		})
	}
	for _, leg := range p.Legs {
		for i := range leg.Routes {
			r := &leg.Routes[i]
			name := fmt.Sprintf("%s, %s", leg.Name, r.Name)
			for _, h := range r.Hazards {
				kind, ok := hazard.ParseKind(h.Kind)
				if leg.Mode == outrider.ByRail && kind != hazard.Kind(network.LevelCrossing) {
					continue // findings lie on carriageways
				}
				if !ok || kind == hazard.Kind(network.TrafficSignals) || kind == hazard.Kind(network.RoundaboutHere) {
					continue
				}
				says := h.Evidence
				if h.Detail != "" {
					says = h.Detail + " (" + h.Evidence + ")"
				}
				if kind == hazard.Unsurveyed {
					kind = hazard.Clear // what an expired finding said is to be looked at again
				}
				add(name, h.From, r, kind, says, h.Lat, h.Lon)
			}
			for _, h := range r.Havens {
				if h.Verified {
					continue
				}
				says := h.Kind
				if h.Name != "" {
					says += " " + h.Name
				}
				add(name, h.Odometer, r, hazard.SafeHavenVerified, says+" ("+h.OSM+")", h.Lat, h.Lon)
			}
		}
	}
	return rows
}

// roadAt returns the road of the step at an odometer reading.
func roadAt(r *outrider.RoutePlan, metres float64) string {
	i := sort.Search(len(r.Steps), func(i int) bool { return r.Steps[i].From > metres })
	if i == 0 {
		return ""
	}
	return r.Steps[i-1].Road
}
