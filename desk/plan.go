package desk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
)

// Plan works a movement out. Changes that were tried out count: a plan that is
// to be approved has none.
func (g *Ground) Plan(ctx context.Context, q Question, mix plan.MixOptions, progress func(phase string, done, total int64)) (*outrider.Plan, error) {
	in, err := g.input(q)
	if err != nil {
		return nil, err
	}
	in.Mix, in.Progress = mix, progress
	p, err := plan.Make(ctx, in)
	if err != nil {
		return nil, err
	}
	if n := len(q.Change.Closures) + len(q.Change.Drop) + len(q.Change.Weights); n > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("made with %d changes that are not on record: closures, findings left out, weights", n))
	}
	return p, nil
}

// Reason says what makes the exposure of a place, in both directions of travel
// where both are open.
type Reason struct {
	Lat        float64               `json:"lat"` // on the carriageway
	Lon        float64               `json:"lon"`
	Road       string                `json:"road"`
	At         time.Time             `json:"at"`
	Directions []*hazard.Explanation `json:"directions"`
}

// Why says what makes the exposure of the carriageway nearest to a place, for
// the convoy of a movement at one time. Places farther than 200 m from any are
// of kind OffNetwork.
func (g *Ground) Why(q Question, lat, lon float64, at time.Time) (*Reason, error) {
	if math.IsNaN(lat+lon) || math.Abs(lat) > 90 || math.Abs(lon) > 180 {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "place", Cause: "it is no position", Remedy: "give latitude and longitude in degrees"}
	}
	in, err := g.input(q)
	if err != nil {
		return nil, err
	}
	at = at.In(in.Movement.Zone)
	vehicle, err := plan.VehicleOf(in.Movement.Convoy)
	if err != nil {
		return nil, err
	}
	here, err := g.Map.Snap(geo.PointFromDegrees(lat, lon), nil, whyReach)
	if off, ok := errors.AsType[*network.Error](err); ok && errors.Is(err, network.ErrOffNetwork) {
		return nil, &outrider.Error{Kind: outrider.OffNetwork, Where: off.Place, Cause: off.Cause, Remedy: off.Remedy, Err: err}
	}
	if err != nil {
		return nil, err
	}
	window := hazard.WindowOf(at, at.Add(time.Minute), at.Location())
	exposure, err := hazard.New(g.Map, in.Profile, in.Findings, hazard.Options{Window: window, Vehicle: vehicle})
	if err != nil {
		return nil, err
	}
	out := &Reason{Road: g.Map.Describe(here.Chain, here.At), At: at, Directions: []*hazard.Explanation{}}
	out.Lat, out.Lon = here.Point.Degrees()
	for _, backwards := range []bool{false, true} {
		arc := here.Chain.Arc(backwards)
		if g.Map.ArcAccess[arc] == network.NoAccess {
			continue
		}
		x, err := exposure.Explain(arc, here.At, at)
		if err != nil {
			return nil, err
		}
		out.Directions = append(out.Directions, x)
	}
	return out, nil
}

// whyReach is how far from a carriageway, metres, a place may be to be explained.
const whyReach = 200

// Narrowed returns a plan without what only who makes, approves or commands the
// movement may know: the places that bind, what posts are worth, and the worth of
// single routes to who knows them. The plan itself is left as it is; what is not
// changed is shared with it.
func Narrowed(p *outrider.Plan) *outrider.Plan {
	out := *p
	out.Legs = append([]outrider.LegPlan(nil), p.Legs...)
	for i := range out.Legs {
		if out.Legs[i].Mix == nil {
			continue
		}
		mix := *out.Legs[i].Mix
		mix.Places, mix.Proof, mix.Door, mix.Notes = []outrider.MixPlace{}, nil, 0, []string{}
		mix.Frontier, mix.Radii = []outrider.MixPoint{}, []outrider.MixRadius{}
		mix.Routes = append([]outrider.MixRoute(nil), mix.Routes...)
		for k := range mix.Routes {
			mix.Routes[k].Worst = 0
		}
		out.Legs[i].Mix = &mix
	}
	return &out
}
