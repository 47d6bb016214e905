// Package compare says what differs between two plans: in what they were made
// from, in time, ways, exposure, hazards, decision points and all else that a
// planner acts on. docs/compare.md says how things are matched.
//
// A comparison is symmetric: exchanging the plans exchanges the sides of every
// difference, and nothing else.
package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
)

// Schema is the version of a report as JSON; it changes when a field changes its
// meaning or goes away.
const Schema = "outrider.compare/1"

// A Report is what differs between a plan A and a plan B. Lists hold only what
// differs.
type Report struct {
	Schema   string  `json:"schema"`
	A        Side    `json:"a"`
	B        Side    `json:"b"`
	Same     bool    `json:"same"` // nothing differs but when they were made
	Inputs   []Value `json:"inputs"`
	Findings []Item  `json:"findings"` // that were current for one of them only
	Column   []Value `json:"convoy"`
	Vehicles []Item  `json:"vehicles"`
	Venues   []Item  `json:"venues"`
	Areas    []Item  `json:"areas"`
	Warnings []Item  `json:"warnings"`
	Legs     []Leg   `json:"legs"` // those that differ
	// Attribution is what the licence of the map data asks for.
	Attribution string `json:"attribution"`
}

// A Side is one of the two plans.
type Side struct {
	Movement string    `json:"movement"`
	Cover    string    `json:"cover_name"`
	Made     time.Time `json:"made"`
	MapName  string    `json:"map_name"`
	DataDate time.Time `json:"data_date"`
	Stale    bool      `json:"stale"` // the map data was, when the plan was made
}

// A Leg is what differs on a leg. A leg of one plan only has a Change and no
// more.
type Leg struct {
	A      string  `json:"a"` // its name in plan A; empty if it is not there
	B      string  `json:"b"`
	Change Change  `json:"change,omitempty"`
	Values []Value `json:"values"`
	Routes []Route `json:"routes"` // those that differ
	Points []Item  `json:"must_pass"`
	Decide []Item  `json:"decision_points"`
	Needs  []Item  `json:"halt_needs"`
	Rail   []Value `json:"rail"`
	Passes []Item  `json:"rail_passes"`
	Meets  []Item  `json:"rendezvous"`
	Trains []Item  `json:"conflicts"`
	same   bool    // nothing differs
}

// A Route is what differs between two routes that were taken for one.
type Route struct {
	A      string  `json:"a"` // its name in plan A; empty if there is none
	B      string  `json:"b"`
	Change Change  `json:"change,omitempty"` // of a route of one plan only
	SameBy bool    `json:"same_way"`         // both run over the same roads throughout
	OnlyA  []Part  `json:"only_a"`           // where A runs over other roads than B
	OnlyB  []Part  `json:"only_b"`
	Values []Value `json:"values"`
	Stops  []Item  `json:"march_table"` // start, vias, halts and release
	Passes []Item  `json:"hazards"`
	Exits  []Item  `json:"break_outs"`
}

// A Part is a stretch of a route that the other one does not run over.
type Part struct {
	From     float64 `json:"from_m"` // odometer
	To       float64 `json:"to_m"`
	FromRoad string  `json:"from_road"`
	ToRoad   string  `json:"to_road"`
}

// A Change is what happened to a thing from plan A to plan B.
type Change string

// Changes.
const (
	Appeared Change = "appeared" // only in B
	Gone     Change = "gone"     // only in A
	Changed  Change = "changed"
)

// An Item is a thing that one plan has and the other has not, or has otherwise.
type Item struct {
	Change Change   `json:"change"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	At     *float64 `json:"at_m,omitempty"` // odometer, in the plan that has it; of both, in B
	Was    *float64 `json:"was_m,omitempty"`
	Values []Value  `json:"values,omitempty"` // of a thing that both have
}

// Plans compares two plans. Times that differ by less than a second and lengths
// that differ by less than a metre are the same. The cost is that of looking at
// every point of every route a few times.
func Plans(a, b *outrider.Plan) Report {
	r := Report{
		Schema: Schema, A: sideOf(a), B: sideOf(b), Attribution: credit(a, b),
		Inputs: inputs(a, b), Findings: findings(a, b), Column: column(a, b), Vehicles: vehicles(a, b),
		Venues: venues(a, b), Areas: areas(a, b), Warnings: warnings(a, b), Legs: []Leg{},
	}
	for _, leg := range legs(a, b) {
		if !leg.same {
			r.Legs = append(r.Legs, leg)
		}
	}
	r.Same = len(r.Inputs)+len(r.Findings)+len(r.Column)+len(r.Vehicles)+len(r.Venues)+len(r.Areas)+len(r.Warnings)+len(r.Legs) == 0
	return r
}

func sideOf(p *outrider.Plan) Side {
	return Side{p.Movement, p.Cover, p.Made, p.Inputs.MapName, p.Inputs.DataDate, p.Inputs.Stale}
}

func inputs(a, b *outrider.Plan) []Value {
	v := values{}
	v.words("title", a.Movement, b.Movement)
	v.words("cover name", a.Cover, b.Cover)
	v.words("time zone", a.Zone, b.Zone)
	x, y := &a.Inputs, &b.Inputs
	v.words("map", x.MapName, y.MapName)
	v.time("map data of", dated(x), dated(y))
	v.hash("map hash", x.MapHash, y.MapHash)
	v.truth("map data stale", x.Stale, y.Stale)
	v.hash("movement file", x.MovementHash, y.MovementHash)
	v.words("risk profile", x.ProfileName, y.ProfileName)
	v.hash("risk profile hash", x.ProfileHash, y.ProfileHash)
	v.truth("risk profile calibrated", x.Calibrated, y.Calibrated)
	v.count("findings in force", x.Findings, y.Findings)
	v.words("speeds", x.SpeedsName, y.SpeedsName)
	v.hash("speeds hash", x.SpeedsHash, y.SpeedsHash)
	v.count("timed runs", x.Runs, y.Runs)
	v.hash("timed runs hash", x.RunsHash, y.RunsHash)
	v.words("timetable", x.Timetable, y.Timetable)
	v.hash("timetable hash", x.TimetableHash, y.TimetableHash)
	v.words("program", x.Program, y.Program)
	return v.list()
}

// dated is the date of the map data, zero if the extract had none.
func dated(in *outrider.Inputs) time.Time {
	if in.DataDate.Unix() <= 0 {
		return time.Time{}
	}
	return in.DataDate.UTC()
}

// credit is what the licences of both maps ask for.
func credit(a, b *outrider.Plan) string {
	all := []string{a.Inputs.Credit(), b.Inputs.Credit()}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "; ")
}

func findings(a, b *outrider.Plan) []Item {
	return names("finding", a.Inputs.FindingIDs, b.Inputs.FindingIDs)
}

func warnings(a, b *outrider.Plan) []Item { return names("warning", a.Warnings, b.Warnings) }

// names compares two lists of texts without regard to order.
func names(kind string, a, b []string) []Item {
	list := []Item{}
	pairs := match(len(a), len(b), func(i, j int) (float64, bool) { return 0, a[i] == b[j] })
	for _, i := range pairs.onlyA {
		list = append(list, Item{Change: Gone, Kind: kind, Name: a[i]})
	}
	for _, j := range pairs.onlyB {
		list = append(list, Item{Change: Appeared, Kind: kind, Name: b[j]})
	}
	return list
}

func column(a, b *outrider.Plan) []Value {
	v := values{}
	x, y := &a.Convoy, &b.Convoy
	v.metres("road space", x.Length, y.Length)
	v.seconds("time of passage", x.PassTime, y.PassTime)
	v.number("march speed", "km/h", x.MarchKMH, y.MarchKMH)
	v.number("catch-up speed", "km/h", x.CatchUpKMH, y.CatchUpKMH)
	v.metres("gap", x.GapMetres, y.GapMetres)
	v.number("height", "m high", x.HeightM, y.HeightM)
	v.number("width", "m wide", x.WidthM, y.WidthM)
	v.number("mass", "t", x.MassT, y.MassT)
	v.number("longest vehicle", "m long", x.LongestM, y.LongestM)
	v.number("turning circle", "m across", x.TurningM, y.TurningM)
	v.count("seats", x.Seats, y.Seats)
	v.count("headcount", x.Headcount, y.Headcount)
	v.number("fuel range", "km", x.FuelKM, y.FuelKM)
	v.words("unknown dimensions", strings.Join(x.UnknownDims, ", "), strings.Join(y.UnknownDims, ", "))
	v.words("packets", packets(x), packets(y))
	v.words("positions", string(a.Print.Positions), string(b.Print.Positions))
	v.words("distances", string(a.Print.Distances), string(b.Print.Distances))
	return v.list()
}

func packets(c *outrider.Column) string {
	var all []string
	for i := range c.Packets {
		p := &c.Packets[i]
		name := p.Packet
		if name == "" {
			name = p.Serial
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s to %s", name, p.First, p.Last)))
	}
	return strings.Join(all, ", ")
}

func vehicles(a, b *outrider.Plan) []Item {
	x, y := a.Convoy.Vehicles, b.Convoy.Vehicles
	pairs := match(len(x), len(y), func(i, j int) (float64, bool) { return distance(i, j), x[i].CallSign == y[j].CallSign })
	list := pairs.missing(func(i int) Item { return Item{Kind: string(x[i].Role), Name: x[i].CallSign} }, func(j int) Item { return Item{Kind: string(y[j].Role), Name: y[j].CallSign} })
	for _, p := range pairs.both {
		u, w := &x[p.a], &y[p.b]
		v := values{}
		v.count("place in the column", p.a+1, p.b+1)
		v.words("role", string(u.Role), string(w.Role))
		v.words("class", u.Class, w.Class)
		v.words("serial", u.Serial, w.Serial)
		v.words("packet", u.Packet, w.Packet)
		v.number("length", "m long", u.LengthM, w.LengthM)
		v.number("width", "m wide", u.WidthM, w.WidthM)
		v.number("height", "m high", u.HeightM, w.HeightM)
		v.number("mass", "t", u.MassT, w.MassT)
		v.number("turning circle", "m across", u.TurningM, w.TurningM)
		v.number("fuel range", "km", u.FuelKM, w.FuelKM)
		v.count("seats", u.Seats, w.Seats)
		v.count("headcount", u.Headcount, w.Headcount)
		list = v.item(list, Item{Kind: string(w.Role), Name: w.CallSign})
	}
	return list
}

func venues(a, b *outrider.Plan) []Item {
	pairs := match(len(a.Venues), len(b.Venues), func(i, j int) (float64, bool) { return distance(i, j), a.Venues[i].Name == b.Venues[j].Name })
	named := func(p *outrider.Plan) func(int) Item {
		return func(i int) Item { return Item{Kind: "venue", Name: p.Venues[i].Name} }
	}
	list := pairs.missing(named(a), named(b))
	for _, p := range pairs.both {
		x, y := &a.Venues[p.a], &b.Venues[p.b]
		v := values{}
		v.place("place", &x.At, &y.At)
		v.place("arrival", x.Arrival, y.Arrival)
		v.place("departure", x.Departure, y.Departure)
		v.place("staging", x.Staging, y.Staging)
		v.place("alternate entrance", x.AlternateEntrance, y.AlternateEntrance)
		v.place("landing zone", x.LandingZone, y.LandingZone)
		hospital(&v, x.TraumaHospital, y.TraumaHospital)
		v.words("telephones", telephones(x), telephones(y))
		v.words("verified", x.Verified, y.Verified)
		v.words("verified by", x.VerifiedBy, y.VerifiedBy)
		list = v.item(list, Item{Kind: "venue", Name: y.Name})
	}
	return list
}

func hospital(v *values, a, b *outrider.VenueHospital) {
	var x, y *outrider.VenuePlace
	var none outrider.VenueHospital
	if a != nil {
		x = &outrider.VenuePlace{Label: a.Label, Lat: a.Lat, Lon: a.Lon}
	} else {
		a = &none
	}
	if b != nil {
		y = &outrider.VenuePlace{Label: b.Label, Lat: b.Lat, Lon: b.Lon}
	} else {
		b = &none
	}
	v.place("trauma hospital", x, y)
	v.seconds("drive to the trauma hospital", a.Drive, b.Drive)
	v.truth("trauma hospital verified", a.Verified, b.Verified)
}

func telephones(v *outrider.VenuePlan) string {
	var all []string
	for _, t := range v.Telephones {
		all = append(all, t.Office+" "+t.Number)
	}
	return strings.Join(all, ", ")
}

func areas(a, b *outrider.Plan) []Item {
	x, y := a.Areas, b.Areas
	pairs := match(len(x), len(y), func(i, j int) (float64, bool) {
		return distance(i, j), x[i].Kind == y[j].Kind && x[i].Name == y[j].Name
	})
	list := pairs.missing(func(i int) Item { return Item{Kind: x[i].Kind, Name: x[i].Name} }, func(j int) Item { return Item{Kind: y[j].Kind, Name: y[j].Name} })
	for _, p := range pairs.both {
		u, w := &x[p.a], &y[p.b]
		v := values{}
		v.metres("radius", u.Radius, w.Radius)
		v.number("weight", "", u.Weight, w.Weight)
		v.words("outline", outline(u), outline(w))
		list = v.item(list, Item{Kind: w.Kind, Name: w.Name})
	}
	return list
}

// outline writes where an area is.
func outline(a *outrider.PlanArea) string {
	var all []string
	corners := a.Polygon
	if a.Centre != nil {
		corners = append([]outrider.LatLon{*a.Centre}, corners...)
	}
	for _, c := range corners {
		all = append(all, position(c.Lat, c.Lon))
	}
	return strings.Join(all, " ")
}

func legs(a, b *outrider.Plan) []Leg {
	pairs := legPairs(a, b)
	var list []Leg
	for _, p := range pairs.both {
		list = append(list, leg(a, b, p.a, p.b))
	}
	for _, i := range pairs.onlyA {
		list = append(list, Leg{A: a.LegName(i), Change: Gone}.filled())
	}
	for _, j := range pairs.onlyB {
		list = append(list, Leg{B: b.LegName(j), Change: Appeared}.filled())
	}
	return list
}

// legPairs matches legs by name, and those that are left in their order.
func legPairs(a, b *outrider.Plan) pairs {
	found := match(len(a.Legs), len(b.Legs), func(i, j int) (float64, bool) {
		return distance(i, j), a.Legs[i].Name == b.Legs[j].Name && a.Legs[i].Name != ""
	})
	n := min(len(found.onlyA), len(found.onlyB))
	for k := range n {
		found.both = append(found.both, pair{found.onlyA[k], found.onlyB[k]})
	}
	found.onlyA, found.onlyB = found.onlyA[n:], found.onlyB[n:]
	slices.SortFunc(found.both, func(x, y pair) int { return x.a + x.b - y.a - y.b })
	return found
}
