package exchange_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// randomPlan makes a plan that could come from the planner: routes that share
// both ends, times and odometers that fit the geometry, tables in order. text
// is worked into every free text, so that escaping is tried.
func randomPlan(r *rand.Rand, text string) *outrider.Plan {
	zone := time.FixedZone("", -5*3600)
	start := time.Date(2026, 11, 24, 6, 30, 0, 0, zone)
	lat, lon := 70*(2*r.Float64()-1), 170*(2*r.Float64()-1)
	p := &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: "Trial " + text, Cover: "KESTREL", Zone: "America/New_York",
		Made: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC),
		Inputs: outrider.Inputs{
			MapName: "trial", MapHash: "aa", DataDate: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Program: "outrider test",
			MovementHash: "bb", ProfileName: "built-in", ProfileHash: "cc", FindingsHash: "dd", Attribution: "© OpenStreetMap contributors",
		},
		Convoy: outrider.Column{
			Vehicles: []outrider.ColumnVehicle{{CallSign: "LEAD 1", Role: outrider.Lead, Class: "car", LengthM: 5}},
			Length:   120, PassTime: 6, MarchKMH: 72, CatchUpKMH: 90, GapMetres: 40, HeightM: 2, WidthM: 2, MassT: 3, LongestM: 5,
		},
		Areas: []outrider.PlanArea{
			{Kind: outrider.AreaSecured, Name: "Start " + text, Centre: &outrider.LatLon{Lat: lat, Lon: lon}, Radius: 300},
			{Kind: outrider.AreaAvoid, Name: "Keep off", Weight: 3, Polygon: []outrider.LatLon{{Lat: lat, Lon: lon}, {Lat: lat + 0.01, Lon: lon}, {Lat: lat, Lon: lon + 0.01}}},
		},
		Print: outrider.PlanPrint{
			Positions: []outrider.PositionForm{outrider.Degrees, outrider.UTM, outrider.MGRS}[r.IntN(3)],
			Distances: []outrider.DistanceUnit{outrider.Kilometres, outrider.Miles}[r.IntN(2)],
		},
		Warnings: []string{"the profile is not calibrated", text},
	}
	here := outrider.VenuePlace{Label: "Place " + text, Lat: lat, Lon: lon, Approach: outrider.East}
	p.Venues = []outrider.VenuePlan{
		{Name: "Bare " + text, At: here},
		{
			Name: "Hall " + text, At: here, Arrival: &here, Departure: &here, Staging: &here, AlternateEntrance: &here, LandingZone: &here,
			TraumaHospital: &outrider.VenueHospital{Label: "Saint " + text, Lat: lat, Lon: lon, Drive: 300, Metres: 4000, FromMap: true},
			Telephones:     []outrider.VenueTelephone{{Office: "Reception"}}, Verified: "2026-11-20", VerifiedBy: "SCOUT 1",
		},
	}
	for range 1 + r.IntN(2) {
		leg := outrider.LegPlan{
			Name: "Leg " + text, From: outrider.PlanPoint{Label: "From " + text, Lat: lat, Lon: lon, Asked: outrider.LatLon{Lat: lat, Lon: lon}},
			Mode: outrider.ByRoad, Timed: outrider.TimedForwards, Earliest: start, Latest: start.Add(time.Hour),
		}
		routes := 1 + r.IntN(3)
		for j := range routes {
			route := randomRoute(r, text, lat, lon, start)
			route.Name = []string{"primary", "alternate 1", "alternate 2"}[j]
			leg.Routes = append(leg.Routes, route)
		}
		last := leg.Routes[0].Points[len(leg.Routes[0].Points)-1]
		lat, lon = last.Lat, last.Lon
		leg.To = outrider.PlanPoint{Label: "To " + text, Lat: lat, Lon: lon, Asked: last}
		addLeg(r, &leg, text)
		leg.Alternates = outrider.AlternateBounds{Asked: 2, Found: routes - 1, MaxDetour: 1.3, MaxShared: 0.6}
		p.Legs = append(p.Legs, leg)
		start = start.Add(6 * time.Hour)
	}
	return p
}

// addLeg adds what a leg has besides its routes.
func addLeg(r *rand.Rand, leg *outrider.LegPlan, text string) {
	route := &leg.Routes[0]
	n := len(route.Points)
	turn := func(i int) *outrider.TurnPlace {
		q := route.Points[i]
		return &outrider.TurnPlace{Road: "Road " + text, Lat: q.Lat, Lon: q.Lon, Odometer: route.Odometer[i], Head: leg.Earliest, Back: 100, BackM: 900, On: 50}
	}
	leg.Turning = outrider.TurningBack{Latest: turn(n / 2), BackBy: leg.Latest, Why: "asked", EqualTime: turn(n / 3), NoReturn: turn(n / 4)}
	leg.Stay = &outrider.StayPlan{Venue: "Hall " + text, From: leg.Latest, Until: leg.Latest.Add(time.Hour), Slack: 600 * (r.Float64() - 0.5)}
	a, b := route.Points[n/4], route.Points[n/2]
	leg.Decisions = []outrider.DecisionPoint{
		{From: "primary", To: "alternate 1", Parting: true, Road: text, Lat: a.Lat, Lon: a.Lon, Latest: leg.Earliest, RejoinLat: a.Lat, RejoinLon: a.Lon, RejoinOn: text},
		{
			From: "alternate 1", To: "primary", Road: text, Lat: a.Lat, Lon: a.Lon, Odometer: 9, Latest: leg.Earliest, ChangeM: 90, ChangeS: 9, Over: []string{"Road " + text},
			RejoinLat: b.Lat, RejoinLon: b.Lon, RejoinOn: text, Cost: -60, Geometry: []outrider.LatLon{a, b},
		},
	}
	leg.HaltNeeds = []outrider.HaltNeed{{Why: "fuel", By: 100, Met: true, Halt: "Rest " + text, Added: true, HaltAt: 90, Minutes: 15}}
	if r.IntN(2) == 0 {
		return
	}
	access := outrider.RailAccessAt{Odometer: 10, Lat: a.Lat, Lon: a.Lon, Road: "Road " + text, Kind: "level crossing", Away: 3, Private: true}
	leg.Mode = outrider.ByRail
	leg.Rail = &outrider.RailPlan{
		Train:      outrider.TrainPlan{CallSign: "TRAIN 1", LengthM: 90, MaxKMH: 120, GaugeMM: 1435, Traction: outrider.Diesel},
		Tracks:     []outrider.RailStretch{{Length: 100, Line: text, Usage: "?", Electric: "?", KMH: 100}},
		Passes:     []outrider.RailPass{{Kind: outrider.RailLevelCrossing, At: leg.Earliest, Lat: a.Lat, Lon: a.Lon, Detail: text}, {Kind: outrider.RailStation, Name: text, At: leg.Latest, Lat: b.Lat, Lon: b.Lon, Stops: true}},
		Access:     []outrider.RailAccessAt{access},
		Evacuation: []outrider.RailEvacuation{{Kind: outrider.RailTunnel, From: 5, To: 50, After: &access, WalkAfter: 40}},
		Sidings:    []outrider.RailHold{{Odometer: 60, Lat: b.Lat, Lon: b.Lon, Kind: "loop", Length: 300, Backwards: true, OSM: "way/8"}},
		Shadow: &outrider.ShadowPlan{Verdict: text, Rendezvous: []outrider.Rendezvous{
			{Name: text, Lat: b.Lat, Lon: b.Lon, Train: leg.Latest, Column: leg.Latest, Behind: -5, Reached: true}, {Name: text, Lat: b.Lat, Lon: b.Lon, Train: leg.Latest},
		}},
		Conflicts: []outrider.TrainConflict{{Trip: text, Line: text, Kind: "opposite", From: leg.Earliest, To: leg.Latest}},
	}
}

func randomRoute(r *rand.Rand, text string, lat, lon float64, start time.Time) outrider.RoutePlan {
	here := geo.PointFromDegrees(lat, lon)
	route := outrider.RoutePlan{Detour: 1 + r.Float64()/4, Shared: r.Float64() / 2, MaxP: r.Float64(), MaxPBand: 1 + r.IntN(5), Lambda: r.Float64()}
	bearing, seconds, metres := r.Float64()*360, 0.0, 0.0
	add := func() {
		la, lo := here.Degrees()
		route.Points = append(route.Points, outrider.LatLon{Lat: la, Lon: lo})
		route.Times = append(route.Times, seconds)
		route.Odometer = append(route.Odometer, metres)
	}
	add()
	for range 20 + r.IntN(200) {
		bearing += 40 * (r.Float64() - 0.5)
		next := geo.Offset(here, math.Mod(bearing+720, 360), 20+300*r.Float64())
		d := geo.Distance(here, next)
		metres, seconds, here = metres+d, seconds+d/20, next
		add()
	}
	route.Length, route.Duration = metres, seconds
	n := len(route.Points)
	moment := func(i int) time.Time { return start.Add(time.Duration(route.Times[i] * float64(time.Second))) }
	row := func(i int, name, kind string) {
		q := route.Points[i]
		route.March = append(route.March, outrider.MarchRow{
			Point: name, Kind: kind, Lat: q.Lat, Lon: q.Lon, Odometer: route.Odometer[i],
			Head: moment(i), Tail: moment(i).Add(6 * time.Second), PassTime: 6,
		})
	}
	row(0, "Start", "start")
	row(n/3, "Bridge "+text, "critical")
	row(n/2, "Rest", "halt")
	row(n-1, "Release", "release")
	for k := range 5 {
		i := (k + 1) * n / 7
		q := route.Points[i]
		route.Hazards = append(route.Hazards, outrider.HazardPass{
			Kind: []string{"bridge", "level_crossing", "sharp_curve", "traffic_signals", "overlook"}[k],
			From: route.Odometer[i], To: route.Odometer[i] + 20, At: moment(i), Lat: q.Lat, Lon: q.Lon,
			Detail: "detail " + text, Evidence: "key=value", OSM: "way/1", Band: k + 1,
		})
		route.Steps = append(route.Steps, outrider.Step{
			Road: "Road " + text, From: route.Odometer[k*n/7], Length: 100, Duration: 5, Turn: "left", Ways: []int64{int64(k)},
		})
	}
	route.Havens = []outrider.HavenPass{{Kind: "hospital", Name: "Saint " + text, OSM: "node/5", Odometer: metres / 2, Drive: 200, Metres: 3000, Lat: lat, Lon: lon}}
	route.Exposure = []outrider.ExposureBand{{From: 0, To: metres / 2, P: 0.01, Band: 1}, {From: metres / 2, To: metres, P: 0.05, Band: 3}}
	far := route.Points[n-1]
	route.BreakOut = []outrider.BreakOut{
		{Point: "Bridge " + text, Odometer: route.Odometer[n/3]},
		{
			Point: "Bridge " + text, Odometer: route.Odometer[n/3], Haven: "Saint " + text, Kind: "hospital", OSM: "node/5", Lat: far.Lat, Lon: far.Lon, Drive: 60, Metres: 900,
			Over: []string{"Road " + text}, Leaves: route.Odometer[n/3], Geometry: []outrider.LatLon{route.Points[n/3], far},
		},
	}
	route.Parts = []outrider.ExposurePart{{Kind: "bridge", Lambda: 0.1, MaxP: 0.05, Metres: 200}}
	return route
}
