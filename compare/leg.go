package compare

import (
	"fmt"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// How far apart, in metres, what is taken for one thing may be.
const (
	sameHazard = 30.0
	sameChoke  = 100.0
	samePoint  = 30.0
	sameExit   = 300.0 // where two ways out of points of one name begin
	// sameDecision is for places where one route is left for the other; there may
	// be several along them.
	sameDecision = 5000.0
)

// filled returns the leg with empty lists in place of none.
func (l Leg) filled() Leg {
	for _, v := range []*[]Value{&l.Values, &l.Rail} {
		if *v == nil {
			*v = []Value{}
		}
	}
	for _, v := range []*[]Item{&l.Points, &l.Decide, &l.Needs, &l.Passes, &l.Meets, &l.Trains} {
		if *v == nil {
			*v = []Item{}
		}
	}
	if l.Routes == nil {
		l.Routes = []Route{}
	}
	return l
}

func leg(a, b *outrider.Plan, i, j int) Leg {
	x, y := &a.Legs[i], &b.Legs[j]
	l := Leg{A: a.LegName(i), B: b.LegName(j)}
	v := values{}
	v.words("name", l.A, l.B)
	v.words("moves by", mode(x.Mode), mode(y.Mode))
	endpoint(&v, "start", &x.From, &y.From)
	endpoint(&v, "destination", &x.To, &y.To)
	v.words("timed", x.Timed, y.Timed)
	v.time("earliest start", x.Earliest, y.Earliest)
	v.time("latest start", x.Latest, y.Latest)
	if x.Arrive != nil || y.Arrive != nil {
		p, q := spanOf(x.Arrive), spanOf(y.Arrive)
		v.time("arrival asked for, from", p.From, q.From)
		v.time("arrival asked for, until", p.To, q.To)
	}
	e, f := endOf(x), endOf(y)
	v.time("arrival of the head", e.Head, f.Head)
	v.time("arrival of the tail", e.Tail, f.Tail)
	v.seconds("head may be early by", e.EarlyS, f.EarlyS)
	v.seconds("head may be late by", e.LateS, f.LateS)
	v.band("exposure, worst band", worst(x), worst(y))
	stay(&v, x.Stay, y.Stay)
	light(&v, &x.Daylight, &y.Daylight)
	turning(&v, &x.Turning, &y.Turning)
	v.count("alternates asked for", x.Alternates.Asked, y.Alternates.Asked)
	v.count("alternates found", x.Alternates.Found, y.Alternates.Found)
	mix(&v, x.Mix, y.Mix)
	l.Values = v.list()

	routes := pairRoutes(x, y)
	l.Routes = routes.differences(a, b, x, y)
	l.Points = chokepoints(x, y)
	l.Decide = decisions(x, y, &routes)
	l.Needs = haltNeeds(x, y)
	l.rail(x.Rail, y.Rail)
	l = l.filled()
	l.same = len(l.Values)+len(l.Routes)+len(l.Points)+len(l.Decide)+len(l.Needs)+len(l.Rail)+len(l.Passes)+len(l.Meets)+len(l.Trains) == 0
	return l
}

// mix compares what routes are drawn from: what it is worth and what it costs.
func mix(v *values, a, b *outrider.RouteMix) {
	var none outrider.RouteMix
	if a == nil {
		a = &none
	}
	if b == nil {
		b = &none
	}
	v.count("routes to draw from", len(a.Routes), len(b.Routes))
	v.number("reach of an attack", "m", a.Reach, b.Reach)
	v.number("attacker's chance, to the usual route's", "", a.Ratio, b.Ratio)
	v.number("value of the mix", "", a.Upper, b.Upper)
	v.number("value proven to be left", "", a.Lower, b.Lower)
	v.number("value of the usual route", "", a.Usual, b.Usual)
	v.number("value of the best single route", "", a.Single, b.Single)
	v.seconds("mean time of the mix", a.MeanS, b.MeanS)
}

func mode(m outrider.Mode) string {
	if m == "" {
		return string(outrider.ByRoad)
	}
	return string(m)
}

func endpoint(v *values, what string, a, b *outrider.PlanPoint) {
	v.words(what, a.Label, b.Label)
	v.moved(what+" moved", a.Lat, a.Lon, b.Lat, b.Lon, leastMetres)
	if a.Label != b.Label || geo.Distance(geo.PointFromDegrees(a.Lat, a.Lon), geo.PointFromDegrees(b.Lat, b.Lon)) >= leastMetres {
		v.words(what+", road", a.Road, b.Road)
	}
}

func spanOf(s *outrider.Span) outrider.Span {
	if s == nil {
		return outrider.Span{}
	}
	return *s
}

// endOf is the last row of the primary's march table.
func endOf(l *outrider.LegPlan) outrider.MarchRow {
	if len(l.Routes) == 0 || len(l.Routes[0].March) == 0 {
		return outrider.MarchRow{}
	}
	return l.Routes[0].March[len(l.Routes[0].March)-1]
}

func worst(l *outrider.LegPlan) int {
	band := 0
	for i := range l.Routes {
		band = max(band, l.Routes[i].MaxPBand)
	}
	return band
}

func stay(v *values, a, b *outrider.StayPlan) {
	if a == nil && b == nil {
		return
	}
	var none outrider.StayPlan
	v.truth("a stay follows", a != nil, b != nil)
	if a == nil {
		a = &none
	}
	if b == nil {
		b = &none
	}
	v.words("stay at", a.Venue, b.Venue)
	v.time("stay from", a.From, b.From)
	v.time("stay until", a.Until, b.Until)
	v.seconds("slack of the stay", a.Slack, b.Slack)
}

func light(v *values, a, b *outrider.Daylight) {
	v.time("last light", a.LastLight, b.LastLight)
	v.words("polar", a.Polar, b.Polar)
	v.seconds("driving in the dark", a.DarkS, b.DarkS)
	v.words("tail arrives in", a.ArrivesIn, b.ArrivesIn)
}

func turning(v *values, a, b *outrider.TurningBack) {
	v.time("back at the start by", a.BackBy, b.BackBy)
	v.words("because of", a.Why, b.Why)
	v.truth("too late to turn back anywhere", a.Never, b.Never)
	turnPlace(v, "latest turn-back", a.Latest, b.Latest)
	turnPlace(v, "equal time on and back", a.EqualTime, b.EqualTime)
	turnPlace(v, "point of no return", a.NoReturn, b.NoReturn)
	v.truth("too little fuel to turn back anywhere", a.FuelNever, b.FuelNever)
	v.words("fuel for the way back", a.FuelWhy, b.FuelWhy)
}

func turnPlace(v *values, what string, a, b *outrider.TurnPlace) {
	switch {
	case a == nil && b == nil:
	case a == nil || b == nil:
		v.words(what, turnName(a), turnName(b))
	default:
		v.metres(what+", odometer", a.Odometer, b.Odometer)
		v.time(what+", head", a.Head, b.Head)
		v.words(what+", road", a.Road, b.Road)
		v.moved(what+", place", a.Lat, a.Lon, b.Lat, b.Lon, samePoint)
		v.seconds(what+", driving back", a.Back, b.Back)
		v.metres(what+", way back", a.BackM, b.BackM)
		v.seconds(what+", driving on", a.On, b.On)
	}
}

func turnName(p *outrider.TurnPlace) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("km %.3f %s, %s", p.Odometer/1000, p.Road, moment(p.Head))
}

func chokepoints(x, y *outrider.LegPlan) []Item {
	a, b := x.Shared, y.Shared
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		d := geo.Distance(geo.PointFromDegrees(a[i].Lat, a[i].Lon), geo.PointFromDegrees(b[j].Lat, b[j].Lon))
		return d, a[i].Road == b[j].Road && d <= sameChoke
	})
	named := func(list []outrider.SharedStretch) func(int) Item {
		return func(i int) Item { return Item{Kind: "must pass", Name: list[i].Road, At: new(list[i].From)} }
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		v := values{}
		v.metres("length", a[p.a].To-a[p.a].From, b[p.b].To-b[p.b].From)
		list = v.item(list, Item{Kind: "must pass", Name: b[p.b].Road, At: new(b[p.b].From), Was: new(a[p.a].From)})
	}
	return list
}

// decisions matches decision points by the routes they lead from and to, as far
// as these were matched, and by place.
func decisions(x, y *outrider.LegPlan, routes *routePairs) []Item {
	a, b := x.Decisions, y.Decisions
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		d := geo.Distance(geo.PointFromDegrees(a[i].Lat, a[i].Lon), geo.PointFromDegrees(b[j].Lat, b[j].Lon))
		return d, d <= sameDecision && routes.one(a[i].From, b[j].From) && routes.one(a[i].To, b[j].To)
	})
	named := func(list []outrider.DecisionPoint) func(int) Item {
		return func(i int) Item {
			return Item{Kind: "decision point", Name: decisionName(&list[i]), At: new(list[i].Odometer)}
		}
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		d, e := &a[p.a], &b[p.b]
		v := values{}
		v.moved("place", d.Lat, d.Lon, e.Lat, e.Lon, samePoint)
		v.words("road", d.Road, e.Road)
		v.truth("the routes part there", d.Parting, e.Parting)
		v.time("decide before", d.Latest, e.Latest)
		v.seconds("cost", d.Cost, e.Cost)
		v.metres("driven to change over", d.ChangeM, e.ChangeM)
		v.metres("no longer driven", d.Avoids, e.Avoids)
		v.moved("rejoins", d.RejoinLat, d.RejoinLon, e.RejoinLat, e.RejoinLon, samePoint)
		list = v.item(list, Item{Kind: "decision point", Name: decisionName(e), At: new(e.Odometer), Was: new(d.Odometer)})
	}
	return list
}

func decisionName(d *outrider.DecisionPoint) string {
	return fmt.Sprintf("%s to %s, %s", d.From, d.To, d.Road)
}

func haltNeeds(x, y *outrider.LegPlan) []Item {
	a, b := x.HaltNeeds, y.HaltNeeds
	found := match(len(a), len(b), func(i, j int) (float64, bool) { return distance(i, j), a[i].Why == b[j].Why })
	named := func(list []outrider.HaltNeed) func(int) Item {
		return func(i int) Item { return Item{Kind: "halt", Name: list[i].Why, At: new(list[i].By)} }
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		n, m := &a[p.a], &b[p.b]
		v := values{}
		v.metres("needed by", n.By, m.By)
		v.number("length", "min", n.Minutes, m.Minutes)
		v.truth("met", n.Met, m.Met)
		v.words("by the halt", n.Halt, m.Halt)
		v.truth("put in by the planner", n.Added, m.Added)
		list = v.item(list, Item{Kind: "halt", Name: m.Why, At: new(m.By), Was: new(n.By)})
	}
	return list
}

// rail compares what belongs to a leg by rail.
func (l *Leg) rail(x, y *outrider.RailPlan) {
	var none outrider.RailPlan
	if x == nil && y == nil {
		return
	}
	if x == nil {
		x = &none
	}
	if y == nil {
		y = &none
	}
	v := values{}
	v.words("train", x.Train.CallSign, y.Train.CallSign)
	v.metres("train length", x.Train.LengthM, y.Train.LengthM)
	v.number("train speed", "km/h", x.Train.MaxKMH, y.Train.MaxKMH)
	v.count("gauge, mm", x.Train.GaugeMM, y.Train.GaugeMM)
	v.words("traction", string(x.Train.Traction), string(y.Train.Traction))
	v.count("changes of ends", x.Train.Reversals, y.Train.Reversals)
	v.seconds("boarding", x.Train.BoardS, y.Train.BoardS)
	v.seconds("leaving the train", x.Train.AlightS, y.Train.AlightS)
	v.count("vehicles of the train", len(x.Train.Stock), len(y.Train.Stock))
	v.count("road access points", len(x.Access), len(y.Access))
	v.count("evacuation points", len(x.Evacuation), len(y.Evacuation))
	v.count("tracks to hold on", len(x.Sidings), len(y.Sidings))
	v.words("another way", x.Alternative, y.Alternative)
	v.truth("the column follows", x.Shadow != nil, y.Shadow != nil)
	var quiet outrider.ShadowPlan
	s, t := x.Shadow, y.Shadow
	if s == nil {
		s = &quiet
	}
	if t == nil {
		t = &quiet
	}
	if x.Shadow != nil && y.Shadow != nil {
		v.truth("the column keeps up", s.KeepsUp, t.KeepsUp)
		v.seconds("the column falls behind by", s.Worst, t.Worst)
		v.seconds("allowed to fall behind by", s.MaxBehind, t.MaxBehind)
	}
	l.Rail = v.list()
	l.Passes = railPasses(x.Passes, y.Passes)
	l.Meets = rendezvous(s.Rendezvous, t.Rendezvous)
	l.Trains = conflicts(x.Conflicts, y.Conflicts)
}

func railPasses(a, b []outrider.RailPass) []Item {
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		p, q := &a[i], &b[j]
		if p.Kind != q.Kind {
			return 0, false
		}
		return samePlace(p.OSM, q.OSM, "", "", p.Lat, p.Lon, q.Lat, q.Lon)
	})
	named := func(list []outrider.RailPass) func(int) Item {
		return func(i int) Item { return Item{Kind: list[i].Kind, Name: list[i].Name, At: new(list[i].From)} }
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		s, t := &a[p.a], &b[p.b]
		v := values{}
		v.words("name", s.Name, t.Name)
		v.words("detail", s.Detail, t.Detail)
		v.words("map object", s.OSM, t.OSM)
		v.moved("place", s.Lat, s.Lon, t.Lat, t.Lon, sameHazard)
		v.truth("the train stops", s.Stops, t.Stops)
		v.metres("length", s.To-s.From, t.To-t.From)
		if s.Stops && t.Stops {
			v.time("head", s.At, t.At)
		}
		list = v.item(list, Item{Kind: t.Kind, Name: t.Name, At: new(t.From), Was: new(s.From)})
	}
	return list
}

func rendezvous(a, b []outrider.Rendezvous) []Item {
	found := match(len(a), len(b), func(i, j int) (float64, bool) { return distance(i, j), a[i].Name == b[j].Name })
	named := func(list []outrider.Rendezvous) func(int) Item {
		return func(i int) Item { return Item{Kind: "rendezvous", Name: list[i].Name, At: new(list[i].Odometer)} }
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		s, t := &a[p.a], &b[p.b]
		v := values{}
		v.truth("in reach", s.Reached, t.Reached)
		v.time("train", s.Train, t.Train)
		v.time("column", s.Column, t.Column)
		v.seconds("column after the train by", s.Behind, t.Behind)
		list = v.item(list, Item{Kind: "rendezvous", Name: t.Name, At: new(t.Odometer), Was: new(s.Odometer)})
	}
	return list
}

func conflicts(a, b []outrider.TrainConflict) []Item {
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		return distance(i, j), a[i].Trip == b[j].Trip && a[i].Kind == b[j].Kind && a[i].Between == b[j].Between
	})
	named := func(list []outrider.TrainConflict) func(int) Item {
		return func(i int) Item {
			c := &list[i]
			return Item{Kind: c.Kind, Name: fmt.Sprintf("train %s, %s", c.Trip, c.Between), At: new(c.FromM)}
		}
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		s, t := &a[p.a], &b[p.b]
		v := values{}
		v.time("from", s.From, t.From)
		v.time("until", s.To, t.To)
		list = v.item(list, Item{Kind: t.Kind, Name: fmt.Sprintf("train %s, %s", t.Trip, t.Between), At: new(t.FromM), Was: new(s.FromM)})
	}
	return list
}

// samePlace reports whether two things of one kind are taken for one, and how
// bad a match that is: by the finding, by the OSM object, or by the place. Of
// several on one object the nearest are taken together.
func samePlace(osmA, osmB, findingA, findingB string, latA, lonA, latB, lonB float64) (worse float64, ok bool) {
	d := geo.Distance(geo.PointFromDegrees(latA, lonA), geo.PointFromDegrees(latB, lonB))
	const rank = 1e9
	switch {
	case findingA != "" && findingA == findingB:
		return d, true
	case findingA == "" && findingB == "" && osmA != "" && osmA == osmB:
		return rank + d, true
	case d <= sameHazard:
		return 2*rank + d, true
	}
	return 0, false
}
