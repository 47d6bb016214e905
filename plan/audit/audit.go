// Package audit recomputes what a plan says of its mixes of routes. Of the program
// that made the plan it uses what lays out the ground: what roads there are, which
// turns may be taken, how long they take and how exposed they are. What the mixes
// are worth there is measured and searched for with other code, that of
// game/reach/check.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/game/reach/check"
	"github.com/outrider-project/outrider/game/verify"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/plan"
)

const (
	slack    = 1e-6 // relative, for sums and values
	boundary = 2e-3 // of a radius, within which two ways to measure may differ
	// mostCells bounds how many squares of ground are looked at.
	mostCells = 4_000_000
	// DefaultEffort is how many walks the search for the lower bound lays down.
	DefaultEffort = 4_000_000
)

// A Leg is what became of the claims about the mix of a leg.
type Leg struct {
	Leg  int    `json:"leg"` // from 1
	Name string `json:"name"`
	verify.Report
}

// Plan recomputes what a plan says of its mixes. in is what the plan was made from;
// proof holds the attackers' mixes and may be nil, and then no lower bound above 0
// can be proven. effort bounds the search for each lower bound, 0 is DefaultEffort.
// It fails where the movement cannot be planned.
func Plan(ctx context.Context, in plan.Input, p *outrider.Plan, proof *Proof, effort int) ([]Leg, error) {
	grounds, err := plan.MixGrounds(ctx, in, p)
	if err != nil {
		return nil, err
	}
	if effort == 0 {
		effort = DefaultEffort
	}
	var out []Leg
	for i := range grounds {
		if err := ctx.Err(); err != nil {
			return nil, &outrider.Error{Kind: outrider.Interrupted, Cause: "the check was stopped", Err: err}
		}
		g := &grounds[i]
		a := &auditor{g: g, mix: p.Legs[g.Leg].Mix}
		a.r.Notes = []string{}
		a.areas(in)
		a.net()
		if a.routes() {
			a.upper()
			a.places()
		}
		a.usual()
		a.single()
		a.lower(proof, effort)
		a.sums()
		a.conclude()
		out = append(out, Leg{Leg: g.Leg + 1, Name: p.LegName(g.Leg), Report: a.r})
	}
	return out, nil
}

// An auditor looks at one mix.
type auditor struct {
	g      *plan.MixGround
	mix    *outrider.RouteMix
	r      verify.Report
	drawn  []reach.Route // the mix as the field has it
	worsts [2]*check.Worst
}

func (a *auditor) claim(name string, v verify.Verdict, format string, args ...any) {
	a.r.Claims = append(a.r.Claims, verify.Claim{Name: name, Verdict: v, Detail: fmt.Sprintf(format, args...)})
}

// conclude sums the claims up.
func (a *auditor) conclude() {
	a.r.Verdict = verify.Confirmed
	for _, c := range a.r.Claims {
		if c.Verdict == verify.Refuted {
			a.r.Verdict = verify.Refuted
			return
		}
		if c.Verdict == verify.NotProven {
			a.r.Verdict = verify.NotProven
		}
	}
}

// areas compares the ground that cannot be attacked, and the limit on routes, with
// the movement.
func (a *auditor) areas(in plan.Input) {
	if !slices.Equal(a.mix.Areas, a.g.Areas) {
		a.claim("areas", verify.Refuted, "the areas are not those of the movement: %s", differ(a.g.Areas, a.mix.Areas))
	} else {
		a.claim("areas", verify.Confirmed, "%d, those of the movement and those taken to be held", len(a.mix.Areas))
	}
	for _, x := range a.mix.Areas {
		if x.Assumed {
			a.r.Notes = append(a.r.Notes, fmt.Sprintf("that posts hold %.0f m round %s is taken for granted, in the plan and here", x.Radius, x.Name))
		}
	}
	detour := in.Movement.Constraints.MaxDetour
	if detour == 0 {
		detour = plan.DefaultDetour
	}
	fastest := check.Fastest(a.g.Field, func(uint32) bool { return true })
	switch {
	case a.mix.MaxDetour != detour:
		a.claim("limit", verify.Refuted, "routes may take %g times the fastest, not %g", detour, a.mix.MaxDetour)
	case fastest == math.MaxUint64 || math.Abs(float64(fastest)/1000-a.mix.FastestS) > slack*a.mix.FastestS+1e-3:
		a.claim("limit", verify.Refuted, "the fastest route takes %.3f s, not %.3f", float64(fastest)/1000, a.mix.FastestS)
	default:
		a.claim("limit", verify.Confirmed, "%g times the fastest route, which takes %.3f s", detour, a.mix.FastestS)
	}
}

// net compares the net of points on which attacks were looked for with the one that
// every plan has: a coarser one would let claims be further off.
func (a *auditor) net() {
	if o := a.g.Options; a.mix.Step != o.Step {
		a.claim("net", verify.Refuted, "the net of a reach of %g m has a step of %g m, not %g", o.Reach, o.Step, a.mix.Step)
		return
	}
	a.claim("net", verify.Confirmed, "a step of %g m for a reach of %g m", a.mix.Step, a.mix.Reach)
	a.r.Notes = append(a.r.Notes, fmt.Sprintf("that an attack reaches %g m is what was asked for, in the plan and here", a.mix.Reach))
}

// routes checks the routes and their odds; false if they cannot be driven.
func (a *auditor) routes() bool {
	var sum int64
	mean, sound := 0.0, true
	for i, r := range a.mix.Routes {
		name := fmt.Sprintf("route %d", i+1)
		nodes, time, err := a.g.Walk(r.States)
		if err != nil {
			a.claim(name, verify.Refuted, "it cannot be driven: %v", err)
			sound = false
			continue
		}
		prob := float64(r.Weight) / float64(a.mix.Sum)
		switch {
		case time > a.g.Options.Limit:
			a.claim(name, verify.Refuted, "it takes %.3f s, more than the limit of %.3f", float64(time)/1000, float64(a.g.Options.Limit)/1000)
		case !(r.Weight > 0 && r.Weight <= a.mix.Sum-sum) || math.Abs(prob-r.Prob) > 1e-9:
			a.claim(name, verify.Refuted, "odds of %g are not %d parts of %d", r.Prob, r.Weight, a.mix.Sum)
			sound = false
		case !same(a.g.Route(nodes, name), r.Route):
			a.claim(name, verify.Refuted, "its description is not that of the states it drives")
		default:
			a.claim(name, verify.Confirmed, "keeps the turn rules, takes %.0f s, %d parts of %d", float64(time)/1000, r.Weight, a.mix.Sum)
		}
		sum += r.Weight
		mean += prob * float64(time) / 1000
		a.drawn = append(a.drawn, reach.Route{Nodes: nodes, Time: time, Prob: prob})
		a.worst(i, name)
	}
	if len(a.mix.Routes) == 0 || sum != a.mix.Sum {
		a.claim("odds", verify.Refuted, "the weights add up to %d, not %d", sum, a.mix.Sum)
		return false
	}
	if !sound {
		return false
	}
	a.claim("odds", verify.Confirmed, "%d weights that add up to %d", len(a.mix.Routes), sum)
	if math.Abs(mean-a.mix.MeanS) > slack*mean {
		a.claim("mean time", verify.Refuted, "it is %.3f s, not %.3f", mean, a.mix.MeanS)
	} else {
		a.claim("mean time", verify.Confirmed, "%.3f s", mean)
	}
	return true
}

// same compares two routes as a file holds them.
func same(a, b outrider.RoutePlan) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// differ names the first area that differs.
func differ(want, got []outrider.MixArea) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("area %d is %+v there, %+v here", i+1, got[i], want[i])
		}
	}
	return fmt.Sprintf("there are %d, here %d", len(got), len(want))
}

// between says whether a claim lies where the net allows: at least what discs of
// the reach are worth and at most what those wider by a step are.
func (a *auditor) between(name string, claim, least, most float64) {
	if claim < least*(1-slack) || claim > most*(1+slack) {
		a.claim(name, verify.Refuted, "%.9g does not lie from %.9g to %.9g", claim, least, most)
		return
	}
	a.claim(name, verify.Confirmed, "%.9g, from %.9g with the reach to %.9g with a step more", claim, least, most)
}

// narrow and wide are the radii of the plain game and of the net.
func (a *auditor) narrow() float64 { return a.g.Options.Reach * (1 - boundary) }

func (a *auditor) wide() float64 { return (a.g.Options.Reach + a.g.Options.Step) * (1 + boundary) }

func (a *auditor) measure() (narrow, wide *check.Worst) {
	if a.worsts[0] == nil {
		a.worsts = [2]*check.Worst{check.NewWorst(a.g.Field, a.narrow()), check.NewWorst(a.g.Field, a.wide())}
	}
	return a.worsts[0], a.worsts[1]
}

// worst checks what a route is worth to who knows that it is driven.
func (a *auditor) worst(i int, name string) {
	narrow, wide := a.measure()
	least, most := 0.0, 0.0
	for _, v := range a.drawn[len(a.drawn)-1].Nodes {
		least, most = max(least, narrow.Node(v)), max(most, wide.Node(v))
	}
	a.between(name+", known", a.mix.Routes[i].Worst, least, most)
}

// upper proves that no attack anywhere is worth more than Upper, and that one is
// worth as much with a step more of reach.
func (a *auditor) upper() {
	f, o, claim := a.g.Field, a.g.Options, a.mix.Upper
	b := check.Anywhere(f, a.drawn, o.Reach, claim, mostCells)
	reached := 0.0
	for _, p := range a.mix.Places {
		v, _, _ := check.Disc(f, a.drawn, geo.PointFromDegrees(p.Lat, p.Lon), a.wide())
		if reached = max(reached, v); reached >= claim*(1-slack) {
			break
		}
	}
	lat, lon := b.At.Degrees()
	switch {
	case b.Value > claim*(1+slack) && b.Value > a.certain(b.At)*(1-slack):
		a.claim("upper", verify.Refuted, "an attack at %.6f, %.6f is worth %.9g, more than %.9g", lat, lon, b.Value, claim)
	case !b.Proved:
		a.claim("upper", verify.NotProven, "no attack was found that is worth more than %.9g, but %d squares of ground do not prove it", claim, b.Cells)
	case reached < claim*(1-slack):
		a.claim("upper", verify.Refuted, "no place listed is worth %.9g even with a step more of reach: the best one %.9g", claim, reached)
	default:
		a.r.Upper = &a.mix.Upper
		a.claim("upper", verify.Confirmed, "no attack anywhere is worth more than %.9g, by %d squares of ground", claim, b.Cells)
	}
}

// certain is what a disc gets even if it is measured a little smaller.
func (a *auditor) certain(at geo.Point) float64 {
	v, _, _ := check.Disc(a.g.Field, a.drawn, at, a.narrow())
	return v
}

// places checks the places where the mix is attacked.
func (a *auditor) places() {
	for i, p := range a.mix.Places {
		at := geo.PointFromDegrees(p.Lat, p.Lon)
		least, leastP, sure := check.Disc(a.g.Field, a.drawn, at, a.narrow())
		most, mostP, maybe := check.Disc(a.g.Field, a.drawn, at, a.wide())
		name := fmt.Sprintf("place %d", i+1)
		passed := 0.0
		wrong := ""
		for k := range a.drawn {
			by := slices.Contains(p.By, k)
			if by {
				passed += a.drawn[k].Prob
			}
			if by && !maybe[k] || !by && sure[k] {
				wrong = fmt.Sprintf("whether route %d passes is wrong", k+1)
			}
		}
		switch {
		case p.P < leastP*(1-slack) || p.P > mostP*(1+slack):
			wrong = fmt.Sprintf("its exposure is %g to %g, not %g", leastP, mostP, p.P)
		case p.Value < least*(1-slack) || p.Value > most*(1+slack):
			wrong = fmt.Sprintf("it is worth %g to %g, not %g", least, most, p.Value)
		case p.Value > a.mix.Upper*(1+slack):
			wrong = fmt.Sprintf("it is worth %g, more than the %g of the mix", p.Value, a.mix.Upper)
		case math.Abs(p.Passed-passed) > slack || math.Abs(p.P*p.Passed-p.Value) > slack*p.Value:
			wrong = "its figures do not fit each other"
		}
		if wrong != "" {
			a.claim(name, verify.Refuted, "%s", wrong)
			return
		}
	}
	a.claim("places", verify.Confirmed, "%d, each within what the reach and a step more of it give", len(a.mix.Places))
}

// usual checks what the fastest route is worth to who knows it.
func (a *auditor) usual() {
	narrow, wide := a.measure()
	least, _ := check.Usual(a.g.Field, narrow)
	_, most := check.Usual(a.g.Field, wide)
	a.between("usual route", a.mix.Usual, least, most)
}

// single checks the best single route: there is one as good with the reach, and
// none better with a step more.
func (a *auditor) single() {
	narrow, wide := a.measure()
	limit := uint64(a.g.Options.Limit)
	s := a.mix.Single
	as := check.Fastest(a.g.Field, func(v uint32) bool { return narrow.Node(v) <= s*(1+slack) })
	better := check.Fastest(a.g.Field, func(v uint32) bool { return wide.Node(v) < s*(1-slack) })
	switch {
	case as > limit:
		a.claim("best single route", verify.Refuted, "no route within the limit is worth as little as %.9g to who knows it", s)
	case better <= limit:
		a.claim("best single route", verify.Refuted, "a route of %.3f s is worth less than %.9g to who knows it", float64(better)/1000, s)
	case float64(as) > (a.mix.SingleS+1e-3)*1000:
		a.claim("best single route", verify.Refuted, "the fastest that is worth %.9g takes %.3f s, not %.3f", s, float64(as)/1000, a.mix.SingleS)
	default:
		a.claim("best single route", verify.Confirmed, "%.9g: there is such a route, and none that is worth less with a step more of reach", s)
	}
}

// lower recomputes the lower bound from the attacker's mix.
func (a *auditor) lower(proof *Proof, effort int) {
	claim := a.mix.Lower
	if claim <= 0 {
		a.claim("lower", verify.Confirmed, "0, as every chance is at least")
		a.r.Lower = &a.mix.Lower
		return
	}
	attack, ok := proof.attack(a.g.Leg)
	if !ok {
		a.claim("lower", verify.NotProven, "%.9g; the plan does not hold the attacker's mix that proves it: name the file that plan --proof wrote with --proof", claim)
		return
	}
	l := check.Lower(a.g.Field, a.g.Options, attack, 0, math.Inf(1), effort)
	switch {
	case len(l.Faults) > 0:
		a.claim("lower", verify.Refuted, "the proof is unsound: %s", l.Faults[0])
	case l.Value >= claim*(1-slack):
		a.r.Lower = &a.mix.Lower
		a.claim("lower", verify.Confirmed, "the attacker's mix of %d places gets %.9g against every route within the limit; %d walks looked at", len(attack), l.Value, l.Labels)
	case l.Proved:
		a.claim("lower", verify.Refuted, "the attacker's mix gets %.9g, less than %.9g", l.Value, claim)
	default:
		a.r.Lower = &l.Value
		a.claim("lower", verify.NotProven, "%d walks prove %.9g, less than %.9g; more are needed", l.Labels, l.Value, claim)
	}
}

// sums checks what follows from the other figures.
func (a *auditor) sums() {
	m := a.mix
	var wrong error
	switch {
	case !(m.Lower >= 0 && m.Lower <= m.BestKnown*(1+slack) && m.BestKnown <= m.Upper*(1+slack) && m.Upper <= 1):
		wrong = fmt.Errorf("%g, %g and %g are not in order", m.Lower, m.BestKnown, m.Upper)
	case m.Usual > 0 && math.Abs(m.Ratio-m.Upper/m.Usual) > slack:
		wrong = fmt.Errorf("the ratio to the usual route is %g, not %g", m.Upper/m.Usual, m.Ratio)
	case m.Usual > 0 && !(m.RatioLow <= m.Ratio && m.Ratio <= m.RatioHigh):
		wrong = errors.New("the ratio does not lie within its bounds")
	}
	for i := range m.Frontier {
		p := m.Frontier[i]
		switch {
		case p.Lower > p.Upper*(1+slack):
			wrong = fmt.Errorf("point %d of the frontier: %g is above %g", i+1, p.Lower, p.Upper)
		case i > 0 && (p.MeanS < m.Frontier[i-1].MeanS || p.Upper > m.Frontier[i-1].Upper*(1+slack)):
			wrong = fmt.Errorf("point %d of the frontier does not come after the one before", i+1)
		}
	}
	if wrong != nil {
		a.claim("figures", verify.Refuted, "%v", wrong)
		return
	}
	a.claim("figures", verify.Confirmed, "ratios and the frontier fit the values")
	a.r.Notes = append(a.r.Notes, "the frontier, the posts, other sizes of the areas, the spread of the ratio, and which places bind, lie on the usual route and what their roads are called are not worked out anew")
}
