package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// SurveyRows returns what a survey of a plan's corridor has to look at, leg by
// leg and route by route in order of passage: each hazard, chokepoint and stretch
// with no exit once, and the safe havens that nobody has verified. Traffic
// signals and roundabouts are left out: the map is trusted with them. What the
// map says stands with the date of its data. Of legs by rail only the level
// crossings are asked for, for findings lie on carriageways.
func SurveyRows(p *outrider.Plan) []hazard.FormRow {
	f := newSurveyForm(p)
	add := func(leg string, metres float64, r *outrider.RoutePlan, kind hazard.Kind, says string, lat, lon float64) {
		f.add(leg, metres, roadAt(r, metres), kind, says, lat, lon)
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
				if !ok || trusted(kind) {
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
	return f.rows
}

// trusted reports whether the map is trusted with hazards of a kind.
func trusted(k hazard.Kind) bool {
	return k == hazard.Kind(network.TrafficSignals) || k == hazard.Kind(network.RoundaboutHere)
}

// A surveyForm collects what is to be looked at, each place once for each kind.
type surveyForm struct {
	listed map[surveyPlace]bool
	day    string // of the map's data
	rows   []hazard.FormRow
}

type surveyPlace struct {
	kind     hazard.Kind
	lat, lon int64 // in steps of about 10 m
}

func newSurveyForm(p *outrider.Plan) *surveyForm {
	return &surveyForm{listed: map[surveyPlace]bool{}, day: outrider.DataDay(p.Inputs.DataDate)}
}

func (f *surveyForm) add(leg string, metres float64, road string, kind hazard.Kind, says string, lat, lon float64) {
	at := surveyPlace{kind, int64(math.Round(lat * 1e4)), int64(math.Round(lon * 1e4))}
	if f.listed[at] {
		return
	}
	f.listed[at] = true
	f.rows = append(f.rows, hazard.FormRow{
		Leg: leg, Odometer: metres / 1000, Road: road, MapSays: says + "; map data " + f.day,
		Point: geo.PointFromDegrees(lat, lon), Kind: kind,
	})
}

// CorridorRows returns what a survey of all ground within the detour limit has to
// look at: the rows of SurveyRows, and after those of each leg by road the hazards
// of the map that make critical points (docs/planning.md) on every road that some
// drive passes which keeps the limit, by the distance from the start of the leg as the crow flies, which stands for their
// odometer. in must be what the plan was made from.
//
// Of a leg with stops, each section may stray as far as a drive does that takes
// the least time for all others.
func CorridorRows(ctx context.Context, in Input, p *outrider.Plan) ([]hazard.FormRow, error) {
	f := newSurveyForm(p)
	routes := SurveyRows(p)
	for _, row := range routes {
		lat, lon := row.Point.Degrees()
		f.listed[surveyPlace{row.Kind, int64(math.Round(lat * 1e4)), int64(math.Round(lon * 1e4))}] = true
	}
	var out []hazard.FormRow
	for i := range p.Legs {
		leg := &p.Legs[i]
		for ; len(routes) > 0 && strings.HasPrefix(routes[0].Leg, leg.Name+", "); routes = routes[1:] {
			out = append(out, routes[0])
		}
		if leg.Mode == outrider.ByRail {
			continue
		}
		f.rows = nil
		if err := f.corridor(ctx, in, leg); err != nil {
			return nil, err
		}
		slices.SortStableFunc(f.rows, func(a, b hazard.FormRow) int { return cmp.Compare(a.Odometer, b.Odometer) })
		out = append(out, f.rows...)
	}
	return append(out, routes...), nil
}

// corridor adds the hazards in the corridor of a leg.
func (f *surveyForm) corridor(ctx context.Context, in Input, leg *outrider.LegPlan) error {
	march := leg.Routes[0].March
	r, err := NewRouter(ctx, in, leg.Earliest, march[len(march)-1].Tail)
	if err != nil {
		return err
	}
	var places []Place
	for _, row := range march {
		if row.Kind == kindCritical {
			continue
		}
		q := outrider.LatLon{Lat: row.Lat, Lon: row.Lon}.Point()
		x, err := r.Place(outrider.Endpoint{Point: &q, Label: row.Point})
		if err != nil {
			return err
		}
		places = append(places, x)
	}
	if err := r.Serve(places...); err != nil {
		return err
	}
	q := r.NewQuery()
	least := make([]network.Millis, len(places)-1)
	total := uint64(0)
	for k := range least {
		var ok bool
		if least[k], ok = q.Time(places[k].Location, places[k+1].Location); !ok {
			return &outrider.Error{
				Kind: outrider.NoRoute, Where: leg.Name, Cause: fmt.Sprintf("no way from %s to %s is left, though the plan has one", places[k].Label, places[k+1].Label),
				Remedy: "make the plan again from the same map, findings and movement",
			}
		}
		total += uint64(least[k])
	}
	most := float64(total) * max(r.p.detour, 1)
	m := r.p.m
	var chains []network.ChainID
	for k, took := range least {
		budget := min(most-float64(total)+float64(took), search.Unreachable-1)
		chains = q.Corridor(places[k].Location, places[k+1].Location, network.Millis(budget), chains)
	}
	slices.Sort(chains)
	from := places[0].Location.Point
	for _, c := range slices.Compact(chains) {
		for _, h := range m.HazardsOn(c) {
			kind := hazard.Kind(h.Kind)
			if !critical(kind) {
				continue
			}
			says := m.Text(h.Tags)
			if detail := hazard.Detail(h); detail != "" {
				says = detail + " (" + says + ")"
			}
			at := m.PointAt(c, h.From)
			lat, lon := at.Degrees()
			f.add(leg.Name+", corridor", geo.Distance(from, at), m.Describe(c, h.From), kind, says, lat, lon)
		}
	}
	return nil
}

// roadAt returns the road of the step at an odometer reading.
func roadAt(r *outrider.RoutePlan, metres float64) string {
	i := sort.Search(len(r.Steps), func(i int) bool { return r.Steps[i].From > metres })
	if i == 0 {
		return ""
	}
	return r.Steps[i-1].Road
}
