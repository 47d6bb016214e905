package exchange

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
)

// Named returns the plan as a naming calls its things: what every document and
// export is made from that is not to speak in clear. With a clear naming it is
// the plan itself.
//
// Otherwise it is a copy in which names are called by the naming, what the map or
// people wrote besides is left out, and positions, times and figures are as they
// are. What is kept is a list: a text that is not on it is left out.
func Named(p *outrider.Plan, n outrider.Naming) *outrider.Plan {
	if n.Clear() {
		return p
	}
	q, _ := reflect.TypeAssert[outrider.Plan](namer{n}.value(reflect.ValueOf(*p), ""))
	q.Cover = q.Movement // the cover name of the movement is its code word
	points := criticalPoints{}
	for i := range q.Venues {
		q.Venues[i].Telephones = nil
	}
	for i := range q.Legs {
		leg, in := &q.Legs[i], &p.Legs[i]
		leg.Name = n.Call(outrider.ThingLeg, p.LegName(i))
		for j := range leg.Routes {
			points.route(&leg.Routes[j], &in.Routes[j])
		}
		if leg.Mix != nil {
			for j := range leg.Mix.Routes {
				points.route(&leg.Mix.Routes[j].Route, &in.Mix.Routes[j].Route)
			}
		}
		if leg.Rail == nil {
			continue
		}
		for k := range leg.Rail.Passes {
			if leg.Rail.Passes[k].Kind != outrider.RailStation {
				leg.Rail.Passes[k].Name = "" // that of the road: the kind says enough
			}
		}
		for k := range leg.Rail.Tracks {
			leg.Rail.Tracks[k].Ways = nil
		}
	}
	return &q
}

// A treatment is what becomes of a text.
type treatment struct {
	kind   outrider.Thing // called by the naming as such a thing, or
	keep   bool           // kept, or
	figure bool           // kept if it is a figure with its unit; otherwise left out
}

var (
	kept    = treatment{keep: true}
	figures = treatment{figure: true}
	leftOut = treatment{}
	places  = treatment{kind: outrider.ThingPlace}
	roads   = treatment{kind: outrider.ThingRoad}
	routes  = treatment{kind: outrider.ThingRoute}
	grounds = treatment{kind: outrider.ThingArea}
	sheets  = treatment{kind: outrider.ThingVenue}
)

// treatments says what becomes of every text of a plan, by struct and field. Kept
// are closed lists, call signs and labels of the column, hashes, and what says
// when and by what the plan was made. A test compares the table with the plan.
var treatments = map[string]treatment{
	"Plan.Schema": kept, "Plan.Movement": {kind: outrider.ThingMovement}, "Plan.Cover": leftOut, "Plan.Zone": kept, "Plan.Warnings": leftOut,
	"Inputs.MapName": leftOut, "Inputs.MapHash": kept, "Inputs.MovementHash": kept, "Inputs.ProfileName": leftOut, "Inputs.ProfileHash": kept,
	"Inputs.FindingsHash": kept, "Inputs.FindingIDs": leftOut, "Inputs.SpeedsName": leftOut, "Inputs.SpeedsHash": kept, "Inputs.RunsHash": kept,
	"Inputs.Timetable": leftOut, "Inputs.TimetableHash": kept, "Inputs.Program": kept, "Inputs.Attribution": kept,
	"Column.UnknownDims": kept, "PacketPlan.Serial": kept, "PacketPlan.Packet": kept, "PacketPlan.First": kept, "PacketPlan.Last": kept,
	"ColumnVehicle.CallSign": kept, "ColumnVehicle.Role": kept, "ColumnVehicle.Class": kept, "ColumnVehicle.Serial": kept, "ColumnVehicle.Packet": kept,
	"PlanArea.Kind": kept, "PlanArea.Name": grounds, "PlanPrint.Positions": kept, "PlanPrint.Distances": kept,
	"VenuePlan.Name": sheets, "VenuePlan.Verified": kept, "VenuePlan.VerifiedBy": kept, "VenuePlace.Label": places, "VenuePlace.Approach": kept,
	"VenueHospital.Label": places, "VenueTelephone.Office": leftOut, "VenueTelephone.Number": leftOut,
	"LegPlan.Name": leftOut, "LegPlan.Mode": kept, "LegPlan.Timed": kept, "PlanPoint.Label": places, "PlanPoint.Road": roads, "AlternateBounds.Reason": leftOut,
	"RoutePlan.Name": routes, "ExposurePart.Kind": kept, "Step.Road": roads, "Step.Turn": kept,
	"HazardPass.Kind": kept, "HazardPass.Detail": figures, "HazardPass.Evidence": leftOut, "HazardPass.OSM": leftOut, "HazardPass.Finding": leftOut,
	"MarchRow.Point": places, "MarchRow.Kind": kept, "HavenPass.Kind": kept, "HavenPass.Name": places, "HavenPass.OSM": leftOut, "SharedStretch.Road": roads,
	"DecisionPoint.From": routes, "DecisionPoint.To": routes, "DecisionPoint.Road": roads, "DecisionPoint.Over": roads, "DecisionPoint.RejoinOn": roads,
	"BreakOut.Point": places, "BreakOut.Haven": places, "BreakOut.Kind": kept, "BreakOut.OSM": leftOut, "BreakOut.Over": roads,
	"TurningBack.Why": leftOut, "TurningBack.FuelWhy": leftOut, "TurnPlace.Road": roads, "HaltNeed.Why": kept, "HaltNeed.Halt": places,
	"Daylight.Polar": kept, "Daylight.ArrivesIn": kept, "StayPlan.Venue": sheets,
	"MixArea.Name": grounds, "MixPlace.Road": roads, "RouteMix.Method": kept, "RouteMix.Notes": leftOut,
	"RailPlan.Alternative": leftOut, "TrainPlan.CallSign": kept, "TrainPlan.Traction": kept, "TrainStockPlan.CallSign": kept, "TrainStockPlan.Kind": kept,
	"RailStretch.Line": leftOut, "RailStretch.Usage": kept, "RailStretch.Service": kept, "RailStretch.Electric": kept,
	"RailPass.Kind": kept, "RailPass.Name": places, "RailPass.Detail": figures, "RailPass.OSM": leftOut,
	"RailAccessAt.Road": leftOut, "RailAccessAt.Kind": kept, "RailEvacuation.Kind": kept, "RailHold.Kind": kept, "RailHold.OSM": leftOut,
	"ShadowPlan.Verdict": leftOut, "Rendezvous.Name": places,
	"TrainConflict.Trip": leftOut, "TrainConflict.Line": leftOut, "TrainConflict.Kind": kept, "TrainConflict.Between": leftOut, "TrainConflict.Detail": leftOut,
}

// aFigure is what may be kept of a detail: a limit in words of the program.
var aFigure = regexp.MustCompile(`^(height limit|weight limit|width|grade|radius) [0-9]{1,5}(\.[0-9]{1,3})? (m|t|%)$`)

// A namer copies a plan, calling its things by a naming.
type namer struct{ naming outrider.Naming }

// value copies a value deeply; field is that of the struct it was found in.
func (n namer) value(v reflect.Value, field string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(n.text(v.String(), treatments[field]))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(n.value(v.Elem(), field))
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.String && treatments[field] == leftOut {
			break
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(n.value(v.Index(i), field))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return v
		}
		for i := range v.NumField() {
			out.Field(i).Set(n.value(v.Field(i), v.Type().Name()+"."+v.Type().Field(i).Name))
		}
	default: // numbers and truths
		out.Set(v)
	}
	return out
}

func (n namer) text(s string, t treatment) string {
	switch {
	case t.keep, t.figure && aFigure.MatchString(s):
		return s
	case t.kind != "":
		return n.naming.Call(t.kind, s)
	}
	return ""
}

// criticalPoints are the critical points of a plan with their numbers, counted
// from 1 through all legs and routes in order of passage. A point that two routes
// pass has one number.
type criticalPoints map[criticalPoint]int

type criticalPoint struct {
	name string
	at   outrider.LatLon
}

// route mends what a text alone does not tell: critical points are called by
// number and kind of hazard, and the ways of the map, which are a road's name in
// figures, are left out.
func (c criticalPoints) route(r, in *outrider.RoutePlan) {
	for k := range r.Steps {
		r.Steps[k].Ways = nil
	}
	for k := range r.March {
		if r.March[k].Kind == "critical" {
			r.March[k].Point = c.called(in, &in.March[k])
		}
	}
	for k := range r.BreakOut {
		b := &in.BreakOut[k]
		for i := range in.March {
			if row := &in.March[i]; row.Kind == "critical" && row.Point == b.Point && row.Odometer == b.Odometer {
				r.BreakOut[k].Point = c.called(in, row)
			}
		}
	}
}

func (c criticalPoints) called(r *outrider.RoutePlan, row *outrider.MarchRow) string {
	point := criticalPoint{row.Point, outrider.LatLon{Lat: row.Lat, Lon: row.Lon}}
	if c[point] == 0 {
		c[point] = len(c) + 1
	}
	called := "critical point " + strconv.Itoa(c[point])
	kind, _, ok := strings.Cut(row.Point, ", ")
	if ok && slices.ContainsFunc(r.Hazards, func(h outrider.HazardPass) bool { return words(h.Kind) == kind }) {
		called += ", " + kind
	}
	return called
}
