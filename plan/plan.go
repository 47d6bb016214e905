// Package plan works a movement out on a road network: routes that differ where
// it counts, their hazards and exposure, the march table, and what the planner
// must know before trusting them. docs/planning.md explains every number.
//
// The package reads no files and no clock: the same input gives the same plan.
package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/gtfs"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// What holds when the movement does not say.
const (
	// DefaultDetour is how many times the fastest a route may take.
	DefaultDetour = 1.3
	// DefaultSnap is how far from a usable road a place may be, in metres.
	DefaultSnap = 500
	// DefaultExchange is how the planner weighs exposure against time: what a
	// route has less of exposure, in parts of the fastest route's, may cost this
	// many parts of the fastest route's time.
	DefaultExchange = 0.5
)

// attribution is what the licence of the map data asks for.
const attribution = "© OpenStreetMap contributors"

// An Input is all that a plan is made from.
type Input struct {
	Map      *network.Map
	Index    *Index // of Map; nil makes one
	Movement *outrider.Movement
	Profile  *hazard.Profile
	// Findings are those in force and those that have lapsed, snapped to Map.
	Findings []hazard.Placed
	// Exchange is the rate between exposure and time, see DefaultExchange; 0 is
	// the default, a negative number minimises time alone.
	Exchange float64

	// Speeds are factors on the speeds of the map by class of road and hour, and
	// Runs the timed runs on record; without both the speeds of the map hold at
	// every hour and times have no spread. Runs too old at Now do not count.
	Speeds *pace.Speeds
	Runs   *pace.Runs
	// Timetable is what legs by rail are held against; nil is none.
	Timetable *gtfs.Feed

	// Mix asks for routes to draw from on every leg by road.
	Mix MixOptions

	// Sketch asks for the primary routes of the legs by road and nothing beside
	// them, for a line on a map that follows the hand. Places that every route
	// passes are not looked for, so that neither hazards nor exposure know of
	// chokepoints, and the plan may prefer another route.
	Sketch bool

	Now          time.Time // when the plan is made
	Program      string    // what makes it, with version
	MovementHash string    // SHA-256 of the movement file, hex
	FindingsHash string    // of the findings

	// look is shown every leg by road when it is worked out but for its mix.
	look func(*legWork)

	// Progress is told how far the work is; it may be nil.
	Progress func(phase string, done, total int64)
}

// planner holds what the legs of one plan share.
type planner struct {
	*Index
	in     *Input
	engine engine
	quick  quick
	column outrider.Column
	van    network.Vehicle
	detour float64

	hard     []ground          // areas that must not be entered
	closed   []closure         // all that must not be entered, by whose it is
	avoid    []weightedArea    // areas to avoid, in the movement's order
	weighted []weightedArea    // those of them that may be entered
	secured  []ground          // where exposure does not count
	inside   []network.Stretch // the secured areas on the network
	placed   []int             // findings, in order of chain and position
	pace     pacer             // nil: the speeds of the map at every hour
	runs     *pace.Runs        // timed runs in force; may be nil
	unplaced int               // of those, how many stretches are not on the map
	free     release           // when the column is free after the leg before

	hospitals []int // by venue of the movement: the haven that its hospital is, -1 for none of the map

	warnings []string
	progress func(phase string, done int64) // of the leg being planned, out of stages
}

// stages is the number of parts of a leg's work that progress is told of.
const stages = 6

// Make works a movement out. Errors are of type *outrider.Error: Invalid for a
// movement that cannot be or contradicts itself, OffNetwork for a place too far
// from any road, NoRoute with what stands in the way, Interrupted when ctx ends.
// On a map of 100,000 chains a leg takes some tenths of a second.
func Make(ctx context.Context, in Input) (*outrider.Plan, error) {
	p, err := prepare(&in)
	if err != nil {
		return nil, err
	}
	m, mv := in.Map, in.Movement
	date := time.Unix(m.Meta.DataDate, 0).UTC()
	out := &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: mv.Name, Cover: mv.Cover, Zone: p.zone().String(), Made: in.Now, Convoy: p.column,
		Inputs: outrider.Inputs{
			MapName: m.Meta.Name, MapHash: m.Hash, DataDate: date, Stale: in.Now.Sub(date) > outrider.StaleAfter,
			MovementHash: in.MovementHash, ProfileName: in.Profile.Name, ProfileHash: in.Profile.Hash(), Calibrated: in.Profile.Calibrated,
			FindingsHash: in.FindingsHash, Findings: p.inForce(), FindingIDs: findingIDs(in.Findings), Program: in.Program, Attribution: attribution,
			SpeedsName: in.Speeds.Name, SpeedsHash: in.Speeds.Hash(),
		},
		Print: outrider.PlanPrint{Positions: cmp.Or(mv.Print.Positions, outrider.Degrees), Distances: cmp.Or(mv.Print.Distances, outrider.Kilometres)},
	}
	if p.runs != nil {
		out.Inputs.Runs, out.Inputs.RunsHash = p.runs.Len(), in.Runs.Hash()
	}
	if in.Timetable != nil {
		out.Inputs.Timetable, out.Inputs.TimetableHash = in.Timetable.Name, in.Timetable.Hash
	}
	switch {
	case m.Meta.DataDate == 0:
		p.warn("STALE: the map does not say of what date its data is")
	case out.Inputs.Stale:
		p.warn("STALE: the map data is of %s, %d days old", date.Format("2006-01-02"), int(in.Now.Sub(date).Hours()/24))
	}
	if !in.Profile.Calibrated {
		p.warn("the risk profile %q is not calibrated: its figures compare routes, they are no probabilities", in.Profile.Name)
	}
	if p.pace != nil && !in.Speeds.Calibrated {
		p.warn("the speeds %q are not calibrated: times and their spread are assumptions but where runs were timed", in.Speeds.Name)
	}
	if p.unplaced > 0 {
		p.warn("%d stretches of timed runs do not lie on this map and were not used", p.unplaced)
	}
	if n := p.lapsed(); n > 0 {
		p.warn("%d findings have expired: their places count as unsurveyed", n)
	}
	for _, call := range p.column.UnknownDims {
		p.warn("vehicle %s: a dimension is not given and was not checked against limits", call)
	}
	if out.Venues, err = p.venues(); err != nil {
		return nil, err
	}
	total := int64(len(mv.Legs)) * stages
	for i, leg := range mv.Legs {
		far := int64(-1) // a leg that is planned anew does not tell its first stages again
		p.progress = func(phase string, done int64) {
			if in.Progress != nil && done > far {
				far = done
				in.Progress(phase, int64(i)*stages+done, total)
			}
		}
		before := p.free
		plan, err := p.leg(ctx, i, leg)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			p.leaves(out.Legs[i-1].Stay, &plan, before)
		}
		out.Legs = append(out.Legs, plan)
	}
	p.hospitalsLast(out)
	out.Areas = p.planAreas()
	out.Warnings = p.warnings
	tidy(out)
	return out, nil
}

func (p *planner) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(p.warnings, text) {
		p.warnings = append(p.warnings, text)
	}
}

func (p *planner) zone() *time.Location {
	if z := p.in.Movement.Zone; z != nil {
		return z
	}
	return time.UTC
}

// findingIDs returns the ids of findings, expired ones included, by rising id.
func findingIDs(all []hazard.Placed) []string {
	out := make([]string, 0, len(all))
	for i := range all {
		out = append(out, all[i].Finding.ID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *planner) inForce() (n int) {
	for _, f := range p.in.Findings {
		if !f.Lapsed {
			n++
		}
	}
	return n
}

func (p *planner) lapsed() int { return len(p.in.Findings) - p.inForce() }

// prepare checks the movement as a whole and lays its areas on the network.
func prepare(in *Input) (*planner, error) {
	invalid := func(at, cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: cause, Remedy: remedy}
	}
	switch {
	case in.Map == nil || in.Movement == nil || in.Profile == nil:
		return nil, &outrider.Error{Kind: outrider.Internal, Cause: "a plan needs a map, a movement and a risk profile"}
	case len(in.Movement.Legs) == 0:
		return nil, invalid("movement", "no legs", "give at least one leg")
	}
	if err := in.Mix.check(); err != nil {
		return nil, err
	}
	return prepareConvoy(in)
}

// prepareConvoy checks what a movement says besides its legs: the convoy, the
// constraints and the areas.
func prepareConvoy(in *Input) (*planner, error) {
	invalid := func(at, cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: cause, Remedy: remedy}
	}
	if in.Index == nil {
		x, err := NewIndex(in.Map)
		if err != nil {
			return nil, &outrider.Error{Kind: outrider.Unreadable, Where: "map", Cause: err.Error(), Remedy: "build the map again", Err: err}
		}
		in.Index = x
	}
	timed := in.Speeds != nil || in.Runs != nil && in.Runs.Len() > 0
	if in.Speeds == nil {
		in.Speeds = pace.FreeFlow()
	}
	p := &planner{Index: in.Index, in: in, engine: search.NewQuery(in.Index.graph), detour: in.Movement.Constraints.MaxDetour}
	if p.detour == 0 {
		p.detour = DefaultDetour
	}
	if !(p.detour >= 1 && p.detour <= 10) {
		return nil, invalid("constraints", fmt.Sprintf("max detour %g", p.detour), "give a factor from 1 to 10")
	}
	var err error
	if p.column, p.van, err = column(in.Movement.Convoy, in.Movement.Constraints.Driving.Reserve); err != nil {
		return nil, err
	}
	if timed {
		if in.Runs != nil {
			p.runs = in.Runs.InForce(in.Now)
		}
		speeds := pace.New(in.Map, in.Speeds, p.runs, p.zone())
		p.unplaced = speeds.Unplaced()
		p.pace = speeds
	}
	for i, s := range in.Movement.Secured {
		at := fmt.Sprintf("secured area %d (%s)", i+1, s.Name)
		if !(s.Radius > 0 && s.Radius < 1e6) {
			return nil, invalid(at, fmt.Sprintf("radius %g m", s.Radius), "give a radius above 0")
		}
		centre, _, err := p.resolve(s.Centre, at)
		if err != nil {
			return nil, err
		}
		for _, g := range p.secured {
			if apart := geo.Distance(centre, g.centre); apart < s.Radius+g.radius {
				return nil, invalid(at, fmt.Sprintf("it overlaps the secured area %s: centres %.0f m apart, radii %.0f m together", g.name, apart, s.Radius+g.radius), "make the radii smaller, or one area of the two")
			}
		}
		g := ground{name: s.Name, centre: centre, radius: s.Radius}
		p.secured = append(p.secured, g)
		p.inside = append(p.inside, g.stretches(in.Map)...)
	}
	sortStretches(p.inside)
	for i := range in.Findings {
		p.placed = append(p.placed, i)
	}
	slices.SortStableFunc(p.placed, func(i, j int) int {
		a, b := in.Findings[i].Location, in.Findings[j].Location
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.At, b.At))
	})
	if err := p.areas(); err != nil {
		return nil, err
	}
	if in.Movement.Constraints.NoToll {
		if toll := tollRoads(in.Map); len(toll) > 0 {
			p.closed = append(p.closed, closure{"toll roads", toll})
		}
	}
	return p, nil
}

// areas lays the avoid areas on the network.
func (p *planner) areas() error {
	for i, a := range p.in.Movement.Constraints.Avoid {
		name := a.Name
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		at := "avoid area " + name
		g := ground{name: name, radius: a.Radius, ring: a.Polygon}
		switch {
		case a.Weight != 0 && !(a.Weight >= 1 && a.Weight <= 1000):
			return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: fmt.Sprintf("weight %g", a.Weight), Remedy: "give 0 to forbid it, or a factor from 1 to 1000"}
		case a.Polygon == nil && a.Centre == nil, a.Polygon != nil && len(a.Polygon) < 3, a.Polygon == nil && !(a.Radius > 0 && a.Radius < 1e6):
			return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: "it has no extent", Remedy: "give a centre and a radius above 0, or a polygon of at least three points"}
		case a.Polygon == nil:
			centre, _, err := p.resolve(*a.Centre, at)
			if err != nil {
				return err
			}
			g.centre = centre
		}
		if box := g.box(); a.Polygon != nil && int64(box.Max.Lon)-int64(box.Min.Lon) > 180*geo.E7 {
			return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: "the polygon reaches round half the earth, or across longitude 180", Remedy: "cut it in two along longitude 180"}
		}
		x := weightedArea{g, a.Weight, g.stretches(p.m)}
		p.avoid = append(p.avoid, x)
		if a.Weight == 0 {
			p.hard = append(p.hard, g)
			p.closed = append(p.closed, closure{at, x.stretch})
		} else {
			p.weighted = append(p.weighted, x)
		}
	}
	return nil
}

// planAreas returns the plan's form of the secured areas and those to avoid.
func (p *planner) planAreas() []outrider.PlanArea {
	out := []outrider.PlanArea{}
	add := func(kind string, g ground, weight float64) {
		a := outrider.PlanArea{Kind: kind, Name: g.name, Weight: weight}
		if g.ring == nil {
			centre := latLon(g.centre)
			a.Centre, a.Radius = &centre, g.radius
		}
		for _, q := range g.ring {
			a.Polygon = append(a.Polygon, latLon(q))
		}
		out = append(out, a)
	}
	for _, g := range p.secured {
		add(outrider.AreaSecured, g, 0)
	}
	for _, g := range p.avoid {
		add(outrider.AreaAvoid, g.ground, g.weight)
	}
	return out
}

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
