package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// What holds for mixes of routes when nothing else is said.
const (
	// DefaultReach is the radius, in metres, within which an attack counts.
	DefaultReach = 100
	// DefaultMixRoutes is how many routes a mix is cut down to.
	DefaultMixRoutes = 6
	// DefaultArea is the radius, in metres, of the area that is taken to be held by
	// posts round a start or destination that no secured area covers.
	DefaultArea = 300

	mixSum      = 1_000_000 // what the weights of a mix add up to
	mixSlack    = 1.1       // the mean time is the least at which the value is within this factor of the best
	mixGap      = 0.01      // relative gap at which better mixes are no longer looked for
	mixFrontier = 6         // points of the trade of value against time
	mixPosts    = 4         // places at which a post is tried
	postEffect  = 0.5       // share of the exposure around it that a post takes away
	netStep     = 0.25      // step of the net on which attacks stand, times their reach
)

// MixOptions ask for routes to draw from.
type MixOptions struct {
	Routes int     // how many at most; 0 asks for none
	Reach  float64 // radius of an attack in metres; 0 is DefaultReach
	Area   float64 // see DefaultArea
	Mean   float64 // limit on the mean time, times the fastest; 0 finds one that is worth its time
}

// check returns an error that names what is wrong with the options.
func (o MixOptions) check() error {
	bad := func(what string, x any, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "route mix", Cause: fmt.Sprintf("%s %v", what, x), Remedy: remedy}
	}
	switch {
	case o.Routes < 0 || o.Routes > 40:
		return bad("routes", o.Routes, "give 1 to 40, or 0 for no mix")
	case o.Reach != 0 && !(o.Reach >= 20 && o.Reach <= 2000):
		return bad("reach", o.Reach, "give 20 to 2000 m")
	case o.Mean != 0 && !(o.Mean >= 1 && o.Mean <= 10):
		return bad("mean time", o.Mean, "give a factor on the fastest from 1 to 10")
	case o.Area != 0 && !(o.Area > 0 && o.Area <= 20_000):
		return bad("area", o.Area, "give a radius above 0, up to 20000 m")
	}
	return nil
}

// A mixer works out the mix of a leg.
type mixer struct {
	*legWork
	o    MixOptions
	ends []ground // areas round start and destination
	out  *outrider.RouteMix
}

// routeMix works out what the leg's route is drawn from.
func (w *legWork) routeMix(ctx context.Context, o MixOptions) (*outrider.RouteMix, error) {
	o.Reach, o.Area = cmp.Or(o.Reach, DefaultReach), cmp.Or(o.Area, DefaultArea)
	m := &mixer{legWork: w, o: o, out: &outrider.RouteMix{
		Reach: o.Reach, Step: o.Reach * netStep, MaxDetour: w.detour, Sum: mixSum, FastestS: float64(w.fastest.cost) / 1000,
		Areas: []outrider.MixArea{}, Routes: []outrider.MixRoute{}, Places: []outrider.MixPlace{}, Frontier: []outrider.MixPoint{}, Radii: []outrider.MixRadius{}, Proof: []outrider.MixAttack{}, Notes: []string{},
	}}
	m.held()
	if err := m.solve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, interrupted(ctx)
		}
		return nil, &outrider.Error{Kind: outrider.Internal, Where: w.name, Cause: err.Error(), Err: err}
	}
	return m.out, nil
}

func (m *mixer) note(format string, args ...any) {
	m.out.Notes = append(m.out.Notes, fmt.Sprintf(format, args...))
}

// held finds the areas round start and destination: the movement's secured areas
// where they cover them, else areas that are taken to be held.
func (m *mixer) held() {
	first, last := m.stops[0], m.stops[len(m.stops)-1]
	for i, s := range []stop{first, last} {
		g := ground{name: s.label, centre: s.loc.Point, radius: m.o.Area}
		assumed := true
		for _, x := range m.secured {
			if x.contains(s.loc.Point) {
				g, assumed = x, false
			}
		}
		if i == 1 && m.ends[0].name == g.name && m.ends[0].centre == g.centre {
			continue // both in one secured area
		}
		if i == 1 && assumed {
			// Two areas that meet would leave nothing between them.
			if room := geo.Distance(m.ends[0].centre, g.centre) - m.ends[0].radius; g.radius > room/2 {
				g.radius = math.Floor(max(room/2, 1))
				m.note("start and destination are so close that the area round the destination is taken to be only %.0f m", g.radius)
			}
		}
		m.ends = append(m.ends, g)
		if assumed {
			m.note("no secured area of the movement covers %s: an area of %.0f m round it is taken to be held by posts; without it every route meets an attack at the door", s.label, g.radius)
		}
		at := latLon(g.centre)
		m.out.Areas = append(m.out.Areas, outrider.MixArea{Name: g.name, Lat: at.Lat, Lon: at.Lon, Radius: g.radius, Assumed: assumed})
	}
	for _, x := range m.secured {
		if !slices.ContainsFunc(m.ends, func(g ground) bool { return g.centre == x.centre && g.radius == x.radius }) {
			at := latLon(x.centre)
			m.out.Areas = append(m.out.Areas, outrider.MixArea{Name: x.name, Lat: at.Lat, Lon: at.Lon, Radius: x.radius})
		}
	}
}

// inside returns the ground that cannot be attacked when the areas round start
// and destination are factor times as wide; 0 leaves them out.
func (m *mixer) ground(factor float64) []network.Stretch {
	var out []network.Stretch
	for _, g := range m.ends {
		if g.radius *= factor; g.radius > 0 {
			out = append(out, g.stretches(m.m)...)
		}
	}
	for _, x := range m.secured {
		if !slices.ContainsFunc(m.ends, func(g ground) bool { return g.centre == x.centre && g.radius == x.radius }) {
			out = append(out, x.stretches(m.m)...)
		}
	}
	sortStretches(out)
	return out
}

// limit is the greatest time of a route, in milliseconds.
func (m *mixer) limit() uint32 {
	return uint32(m.detour * float64(m.fastest.cost))
}

// game sets the game up with areas of a size.
func (m *mixer) game(factor float64, rounds, effort int) (*mixField, *reach.Game, error) {
	f := m.mixField(m.ground(factor))
	x, err := reach.New(&f.Field, reach.Options{Reach: m.o.Reach, Step: m.out.Step, Limit: m.limit(), Gap: mixGap, Rounds: rounds, Effort: effort})
	return f, x, err
}

func (m *mixer) solve(ctx context.Context) error {
	f, x, err := m.game(1, 0, 0)
	if errors.Is(err, reach.ErrNoRoute) {
		return fmt.Errorf("%w, though the fastest does", err)
	}
	if err != nil {
		return err
	}
	best, err := x.Solve(ctx, math.Inf(1))
	if err != nil {
		return err
	}
	points, err := x.Frontier(ctx, best, mixFrontier)
	if err != nil {
		return err
	}
	limit := m.o.Mean * float64(m.fastest.cost)
	if m.o.Mean == 0 {
		limit = worthwhile(points, best.Upper)
	}
	chosen, err := x.Solve(ctx, max(limit, float64(x.Usual().Time)))
	if err != nil {
		return err
	}
	mix, err := x.Handful(ctx, chosen, m.o.Routes)
	if err != nil {
		return err
	}
	weigh(mix.Routes)
	out := m.out
	// What is drawn from are whole weights, so it is these that are held against the
	// discs.
	as := func(p float64) float64 { return p }
	out.Upper, out.BestKnown = x.Worth(mix.Routes, as), best.Upper
	out.Lower = min(best.Lower, out.Upper)
	usual, single := x.Usual(), x.Single()
	out.Usual, out.Single, out.SingleS = usual.Worst, single.Worst, float64(single.Time)/1000
	m.ratios(x, mix.Routes, usual)
	for _, r := range mix.Routes {
		out.MeanS += r.Prob * float64(r.Time) / 1000
	}
	for i, r := range mix.Routes {
		d := f.drive(r.Nodes)
		route := m.itinerary(d).route(fmt.Sprintf("route %d", i+1), m.primary)
		route.Havens = []outrider.HavenPass{}
		states := make([]int, len(d.runs))
		for k, run := range d.runs {
			states[k] = int(run.state)
		}
		out.Routes = append(out.Routes, outrider.MixRoute{Weight: int64(math.Round(r.Prob * mixSum)), Prob: r.Prob, Worst: r.Worst, States: states, Route: route})
	}
	for _, p := range mix.Binding[:min(len(mix.Binding), mostPlaces)] {
		at := latLon(p.At)
		road := ""
		if loc, err := m.m.Snap(p.At, nil, 2*m.o.Reach); err == nil {
			road = m.m.Describe(loc.Chain, loc.At)
		}
		by, passed := append([]int{}, x.Passing(mix.Routes, p)...), 0.0
		for _, i := range by {
			passed += mix.Routes[i].Prob // as they are drawn, in whole parts
		}
		out.Places = append(out.Places, outrider.MixPlace{
			Lat: at.Lat, Lon: at.Lon, Road: road, P: p.P, Passed: passed, Value: p.P * passed, By: by,
			Usual: len(x.Passing([]reach.Route{usual}, p)) > 0, Binds: p.Price > 0,
		})
	}
	for _, a := range best.Attack { // Lower is that of the best mix, whatever its mean time
		at := latLon(a.At)
		out.Proof = append(out.Proof, outrider.MixAttack{Lat: at.Lat, Lon: at.Lon, Prob: a.Prob, P: a.P})
	}
	out.Method = "column generation over routes that keep the turn rules, against discs on a net; the lower bound from the attacker's mix against every route within the limit"
	if err := m.posts(ctx, x, best, mix.Binding); err != nil {
		return err
	}
	for _, p := range points {
		out.Frontier = append(out.Frontier, outrider.MixPoint{MeanS: p.MeanTime / 1000, Upper: p.Upper, Lower: p.Lower})
	}
	if err := m.radii(ctx, best); err != nil {
		return err
	}
	if !best.Complete {
		m.note("the search for the lower bound was cut off: a better attacker, or a proof that there is none, may exist")
	}
	return nil
}

// posts works out what the best mix is worth with a post at one of the places of the
// mix that is kept, those that bind first. A post guards what is within reach of it.
func (m *mixer) posts(ctx context.Context, x *reach.Game, best *reach.Mix, places []reach.Place) error {
	with := *best
	with.Binding = slices.Clone(places)
	slices.SortStableFunc(with.Binding, func(a, b reach.Place) int { return cmp.Compare(b.Price, a.Price) })
	alone, _, err := x.Posts(ctx, &with, m.o.Reach, postEffect, mixPosts, 0)
	if err != nil {
		return err
	}
	for _, a := range alone {
		nearest, metres := -1, m.o.Reach
		for i, p := range m.out.Places {
			if d := geo.Distance(geo.PointFromDegrees(p.Lat, p.Lon), a.Post.At); d <= metres {
				nearest, metres = i, d
			}
		}
		if nearest >= 0 {
			m.out.Places[nearest].Post = a.Upper
		}
	}
	return nil
}

// radii works the value out with the areas round start and destination half and
// twice as wide, and without any.
func (m *mixer) radii(ctx context.Context, best *reach.Mix) error {
	for _, factor := range [...]float64{0.5, 1, 2, 0} {
		upper, lower := best.Upper, best.Lower
		if factor != 1 {
			if len(m.ends) == 2 && geo.Distance(m.ends[0].centre, m.ends[1].centre) <= factor*(m.ends[0].radius+m.ends[1].radius) {
				m.note("with areas %g times as wide, those round start and destination would meet", factor)
				continue
			}
			_, x, err := m.game(factor, otherRounds, otherEffort)
			if err != nil {
				return err
			}
			other, err := x.Solve(ctx, math.Inf(1))
			if err != nil {
				return err
			}
			upper, lower = other.Upper, other.Lower
		}
		if factor == 0 {
			m.out.Door = upper
			continue
		}
		m.out.Radii = append(m.out.Radii, outrider.MixRadius{Factor: factor, Upper: upper, Lower: lower})
	}
	return nil
}

// otherRounds and otherEffort bound the searches for games with areas of another
// size, of which less is asked.
const (
	otherRounds = 6
	otherEffort = 300_000
)

// worthwhile is the least mean time at which the value is within mixSlack of the
// best: what more time buys is little.
func worthwhile(points []reach.Point, best float64) float64 {
	for i, p := range points {
		if want := mixSlack * best; p.Upper <= want {
			if i == 0 {
				return p.MeanTime
			}
			before := points[i-1]
			return before.MeanTime + (p.MeanTime-before.MeanTime)*(before.Upper-want)/(before.Upper-p.Upper)
		}
	}
	return points[len(points)-1].MeanTime
}

// mostPlaces is how many places of a mix a plan lists.
const mostPlaces = 60

// weigh rounds odds to whole parts of mixSum by the largest remainders. A route
// that comes to nothing is left with one part.
func weigh(routes []reach.Route) {
	left := int64(mixSum)
	parts := make([]int64, len(routes))
	order := make([]int, len(routes))
	rest := make([]float64, len(routes))
	for i, r := range routes {
		exact := r.Prob * mixSum
		parts[i] = max(int64(exact), 1)
		rest[i] = exact - float64(parts[i])
		left -= parts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for k := 0; left > 0; k, left = k+1, left-1 {
		parts[order[k%len(order)]]++
	}
	for ; left < 0; left++ {
		parts[slices.Index(parts, slices.Max(parts))]--
	}
	for i := range routes {
		routes[i].Prob = float64(parts[i]) / mixSum
	}
}

// ratios compares the mix with the usual route, as exposures are, at half and at
// double of them.
func (m *mixer) ratios(x *reach.Game, routes []reach.Route, usual reach.Route) {
	out := m.out
	if out.Usual == 0 {
		return
	}
	out.Ratio = out.Upper / out.Usual
	out.RatioLow, out.RatioHigh = out.Ratio, out.Ratio
	lowest, highest := m.in.Profile.PMin, m.in.Profile.PMax
	for _, scale := range [...]float64{0.5, 2} {
		changed := func(p float64) float64 {
			if p == 0 {
				return 0
			}
			return min(max(p*scale, lowest), highest)
		}
		ratio := x.Worth(routes, changed) / x.Worth([]reach.Route{usual}, changed)
		out.RatioLow, out.RatioHigh = min(out.RatioLow, ratio), max(out.RatioHigh, ratio)
	}
}
