package mixing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/game/play"
	"github.com/outrider-project/outrider/internal/plain"
)

// SimulateCmd plays the mixes of a plan against attackers.
type SimulateCmd struct {
	Plan      string `arg:"" help:"Plan with a mix of routes, plan.json."`
	Leg       int    `placeholder:"N" help:"Leg, counted from 1; every leg that has a mix when left out."`
	Movements int    `default:"1000" placeholder:"N" help:"Movements of a campaign (${default})."`
	Campaigns int    `default:"200" placeholder:"N" help:"Campaigns, each against an attacker who has seen nothing yet (${default})."`
	Seed      int64  `default:"1" placeholder:"N" help:"Seed of all that is random (${default}); the same one gives the same hits."`
	JSON      bool   `name:"json" help:"As one JSON object."`
}

// What may be asked for at most. The product bounds a run to about a minute.
const (
	mostMovements = 100_000
	mostCampaigns = 100_000
	mostPlayed    = 20_000_000
)

// Ways of driving and attackers, as rows name them.
const (
	drivenUsual = "usual"
	drivenMix   = "mix"
	drivenNever = "never_twice"

	attackInformed = "informed"
	attackWatching = "watching"
	attackFixed    = "fixed"
	attackRandom   = "random"
)

var simulatedAttackers = []struct {
	attacker play.Attacker
	name     string
}{
	{play.Informed, attackInformed}, {play.Watching, attackWatching}, {play.Fixed, attackFixed}, {play.Random, attackRandom},
}

// Run plays the mixes and prints what came of it.
func (c *SimulateCmd) Run(ctx context.Context, w *cli.World) error {
	if err := c.check(); err != nil {
		return err
	}
	p, err := cli.LoadPlan(c.Plan)
	if err != nil {
		return err
	}
	legs, err := c.legs(p)
	if err != nil {
		return err
	}
	out := play.Simulation{
		Schema: play.SimulationSchema, Plan: c.Plan, Movement: p.Movement, Movements: c.Movements, Campaigns: c.Campaigns, Seed: c.Seed,
		Profile: p.Inputs.ProfileName, Calibrated: p.Inputs.Calibrated,
	}
	for _, i := range legs {
		leg, err := c.simulate(ctx, p, i)
		if err != nil {
			return err
		}
		out.Legs = append(out.Legs, *leg)
	}
	if c.JSON {
		return cli.WriteJSON(w.Stdout, &out)
	}
	return write(&out, &cli.Text{W: w.Stdout})
}

func (c *SimulateCmd) check() error {
	switch {
	case c.Leg < 0:
		return cli.InvalidFlag("--leg", fmt.Sprintf("there is no leg %d", c.Leg), "count legs from 1, or leave it out")
	case c.Movements < 1 || c.Movements > mostMovements:
		return cli.InvalidFlag("--movements", cli.Thousands(c.Movements)+" movements", "give 1 to "+cli.Thousands(mostMovements))
	case c.Campaigns < play.MinCampaigns || c.Campaigns > mostCampaigns:
		return cli.InvalidFlag("--campaigns", cli.Thousands(c.Campaigns)+" campaigns", fmt.Sprintf("give %d to %s: fewer do not show how far campaigns differ", play.MinCampaigns, cli.Thousands(mostCampaigns)))
	case c.Movements*c.Campaigns > mostPlayed:
		return cli.InvalidFlag("--campaigns", cli.Thousands(c.Movements)+" movements in each of "+cli.Thousands(c.Campaigns)+" campaigns", "ask for less: at most "+cli.Thousands(mostPlayed)+" movements altogether")
	case c.Seed < 0:
		return cli.InvalidFlag("--seed", strconv.FormatInt(c.Seed, 10)+" is below 0", "give a whole number from 0 on")
	}
	return nil
}

// legs returns the legs to be played, by index.
func (c *SimulateCmd) legs(p *outrider.Plan) (legs []int, err error) {
	none := func(where, cause string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: "make the plan with routes to draw from: outrider plan --mix"}
	}
	if c.Leg > len(p.Legs) {
		return nil, cli.InvalidFlag("--leg", fmt.Sprintf("there is no leg %d: %s has %s", c.Leg, c.Plan, cli.CountOf(len(p.Legs), "leg")), "count legs from 1, or leave it out")
	}
	for i := range p.Legs {
		if p.Legs[i].Mix != nil && (c.Leg == 0 || c.Leg == i+1) {
			legs = append(legs, i)
		}
	}
	switch {
	case len(legs) > 0:
		return legs, nil
	case c.Leg == 0:
		return nil, none(c.Plan, "no leg of the plan has a mix of routes")
	case p.Legs[c.Leg-1].Mode == outrider.ByRail:
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: c.Plan + ": " + plain.Text(p.LegName(c.Leg-1)), Cause: "it is by rail and has no mix of routes", Remedy: "name a leg by road"}
	}
	return nil, none(c.Plan+": "+plain.Text(p.LegName(c.Leg-1)), "it has no mix of routes")
}

// simulate plays one leg.
func (c *SimulateCmd) simulate(ctx context.Context, p *outrider.Plan, i int) (*play.SimulatedLeg, error) {
	mix := p.Legs[i].Mix
	out := &play.SimulatedLeg{
		Leg: i + 1, Name: p.LegName(i), Routes: len(mix.Routes), Places: len(mix.Places),
		Upper: mix.Upper, Lower: mix.Lower, Usual: mix.Usual, Rows: []play.SimulatedRow{}, Notes: []string{},
	}
	for _, n := range []int{1, 10, 100, c.Movements} {
		row := play.CampaignBound{Movements: n, Chance: play.AtLeastOnce(mix.Upper, n)}
		if n <= c.Movements && !slices.Contains(out.Bound, row) {
			out.Bound = append(out.Bound, row)
		}
	}
	m, err := newMatch(mix)
	if err != nil {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: c.Plan + ": " + plain.Text(out.Name), Cause: "its mix is not sound: " + err.Error(), Remedy: "make the plan again", Err: err}
	}
	out.Notes = append(out.Notes, m.notes...)
	drives := []struct {
		name string
		game *play.Game
		rule play.Rule
	}{{drivenUsual, m.usual, play.Independent}, {drivenMix, m.mix, play.Independent}}
	if len(mix.Routes) > 1 {
		drives = append(drives, drives[1])
		drives[2].name, drives[2].rule = drivenNever, play.NoRepeat
	}
	for _, d := range drives {
		for _, a := range simulatedAttackers {
			if a.attacker == play.Fixed && !m.habit {
				continue
			}
			row, err := c.row(ctx, d.game, d.rule, a.attacker)
			if err != nil {
				return nil, err
			}
			row.Driven, row.Attacker = d.name, a.name
			if mix.Usual > 0 {
				row.ToUsual = row.Rate / mix.Usual
			}
			out.Rows = append(out.Rows, *row)
		}
	}
	return out, nil
}

// row plays one way of driving against one attacker.
func (c *SimulateCmd) row(ctx context.Context, g *play.Game, rule play.Rule, a play.Attacker) (*play.SimulatedRow, error) {
	best, err := g.Exact(rule, play.Informed, c.Movements)
	if err != nil {
		return nil, err
	}
	out := &play.SimulatedRow{AtMost: best.Rate}
	switch x, err := g.Exact(rule, a, c.Movements); {
	case err == nil:
		out.Expected, out.AnyExpected, out.AtMost = &x.Rate, &x.Any, x.Rate
	case !errors.Is(err, play.ErrOpen):
		return nil, err
	}
	rec, err := g.Play(ctx, rule, a, play.Series{Movements: c.Movements, Campaigns: c.Campaigns, Seed: uint64(c.Seed)})
	if err != nil {
		return nil, err
	}
	in := rec.RateInterval()
	out.Rate, out.RateLow, out.RateHigh = rec.Rate(), in.Low, in.High
	out.Any, in = rec.Any()
	out.AnyLow, out.AnyHigh = in.Low, in.High
	out.Hits = out.Rate * float64(c.Movements)
	hits := slices.Sorted(slices.Values(rec.Hits))
	out.HitsLow, out.HitsHigh = hits[len(hits)/20], hits[len(hits)-1-len(hits)/20]
	return out, nil
}

// match is a leg's mix as it is played, and its usual route alone.
type match struct {
	mix, usual *play.Game
	habit      bool // a place of the usual route is listed
	notes      []string
}

// slack is what rounding may add to a value that was proven.
const slack = 1e-6

func newMatch(mix *outrider.RouteMix) (*match, error) {
	out := &match{}
	var weights []int64
	var sum int64
	for i, r := range mix.Routes {
		if r.Weight < 1 || r.Weight > mix.Sum-sum {
			return nil, fmt.Errorf("weight %d of route %d is below 1, or takes the sum above %d", r.Weight, i+1, mix.Sum)
		}
		sum += r.Weight
		weights = append(weights, r.Weight)
	}
	if sum != mix.Sum {
		return nil, fmt.Errorf("its weights add up to %d, not %d", sum, mix.Sum)
	}
	if !(mix.Upper >= 0 && mix.Upper <= 1 && mix.Lower <= mix.Upper && mix.Usual >= 0 && mix.Usual <= 1) {
		return nil, fmt.Errorf("values of %g to %g, and %g for the usual route, are no chances", mix.Lower, mix.Upper, mix.Usual)
	}
	var habit []int
	var places, alone []play.Place
	worst := -1.0
	for e, x := range mix.Places {
		places = append(places, play.Place{P: x.P, By: x.By})
		only := play.Place{P: x.P}
		if x.Usual {
			only.By, habit, worst = []int{0}, append(habit, e), max(worst, x.P)
		}
		alone = append(alone, only)
	}
	if len(places) == 0 {
		if mix.Upper > 0 {
			return nil, fmt.Errorf("it is worth %g, but lists no place where it can be attacked", mix.Upper)
		}
		places = []play.Place{{}} // who attacks anywhere has nothing
		out.note("the plan lists no place to attack")
	}
	var err error
	if out.mix, err = play.New(weights, places, habit); err != nil {
		return nil, err
	}
	value, at := out.mix.Value()
	if value > mix.Upper*(1+slack) {
		return nil, fmt.Errorf("place %d is worth %g against it, more than the %g that are said to be proven", at+1, value, mix.Upper)
	}
	if value < mix.Upper*(1-slack) {
		out.note("the best place listed is worth %#.3g; the bound of %#.3g holds for every other place too", value, mix.Upper)
	}
	out.habit = len(habit) > 0
	if worst > mix.Usual*(1+slack) {
		return nil, fmt.Errorf("a place of the usual route is worth %g, more than the %g that the route is said to be worth", worst, mix.Usual)
	}
	if !out.habit {
		out.note("no place listed lies on the usual route: who keeps to a place of it is left out")
	}
	if worst < mix.Usual*(1-slack) || len(alone) == 0 {
		habit = append(slices.Clone(habit), len(alone))
		alone = append(alone, play.Place{P: mix.Usual, By: []int{0}})
		if mix.Usual > 0 {
			out.note("the worst place of the usual route is not among the places listed: it counts where that route is driven every time")
		}
	}
	out.usual, err = play.New([]int64{1}, alone, habit)
	return out, err
}

func (m *match) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// write prints tables that a planner understands.
func write(s *play.Simulation, t *cli.Text) error {
	for i := range s.Legs {
		if i > 0 {
			t.Line("")
		}
		writeLeg(s, t, &s.Legs[i])
	}
	if !s.Calibrated {
		t.Paragraph("warning: ", fmt.Sprintf("the risk profile %q is not calibrated: rates, hits and chances of at least one are no probabilities; only rates to the usual route's mean something", plain.Text(s.Profile)))
	}
	return t.Err
}

func writeLeg(s *play.Simulation, t *cli.Text, l *play.SimulatedLeg) {
	t.Line("%s", plain.Text(l.Name))
	t.Line("%s to draw from, %s to attack; %s of %s, seed %d", cli.CountOf(l.Routes, "route"), cli.CountOf(l.Places, "place"), cli.CountOf(s.Campaigns, "campaign"), cli.CountOf(s.Movements, "movement"), s.Seed)
	t.Paragraph("proven: ", fmt.Sprintf("who knows the mix hits with at most %#.3g for each movement, wherever he waits; no mix of routes within the limit gets below %#.3g. Who knows the usual route hits with %#.3g", l.Upper, l.Lower, l.Usual))
	t.Line("")
	in := cli.Thousands(s.Movements)
	rows := [][]string{{"driven; the attacker", "expected", "played (95 %)", "to usual", "hits in " + in + " (9 of 10)", "one or more"}}
	driven := ""
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Driven != driven {
			driven = r.Driven
			rows = append(rows, []string{drivenWords(driven)})
		}
		rows = append(rows, cells(r, l.Usual > 0))
	}
	t.Columns(rows)
	t.Line("")
	t.Paragraph("to usual: ", fmt.Sprintf("the rate played over %#.3g, what the usual route gives to who knows it", l.Usual))
	t.Paragraph("one or more: ", fmt.Sprintf("chance of at least one hit in %s, and in brackets the share of campaigns; by the proven bound, 1-(1-%#.3g)^n, it is at most %s", cli.CountOf(s.Movements, "movement"), l.Upper, boundWords(l.Bound)))
	if mix, never := find(l, drivenMix, attackInformed), find(l, drivenNever, attackInformed); mix != nil && never != nil {
		t.Paragraph("never twice: ", fmt.Sprintf("barring the route driven last gives who knows it %#.3g instead of %#.3g", never.AtMost, mix.AtMost))
	}
	for _, n := range l.Notes {
		t.Paragraph("note: ", n)
	}
}

func find(l *play.SimulatedLeg, driven, attacker string) *play.SimulatedRow {
	for i := range l.Rows {
		if l.Rows[i].Driven == driven && l.Rows[i].Attacker == attacker {
			return &l.Rows[i]
		}
	}
	return nil
}

func cells(r *play.SimulatedRow, toUsual bool) []string {
	expected, once, ratio := fmt.Sprintf("≤ %#.3g", r.AtMost), "?", "–"
	if r.Expected != nil {
		expected, once = fmt.Sprintf("%#.3g", *r.Expected), chanceWords(*r.AnyExpected)
	}
	if toUsual {
		ratio = fmt.Sprintf("%.2f", r.ToUsual)
	}
	return []string{
		"  " + attackerWords(r.Attacker, r.Driven), expected,
		fmt.Sprintf("%#.3g (%#.3g–%#.3g)", r.Rate, r.RateLow, r.RateHigh), ratio,
		fmt.Sprintf("%.1f (%s–%s)", r.Hits, cli.Thousands(r.HitsLow), cli.Thousands(r.HitsHigh)),
		fmt.Sprintf("%s (%.3f)", once, r.Any),
	}
}

// chanceWords writes a chance worked out so that what is nearly certain does not
// look as if it were.
func chanceWords(x float64) string {
	if x > 0.9995 {
		return ">0.999"
	}
	return fmt.Sprintf("%.3f", x)
}

func boundWords(rows []play.CampaignBound) (s string) {
	for i, r := range rows {
		if i > 0 {
			s += ", "
		}
		s += chanceWords(r.Chance) + " in " + cli.Thousands(r.Movements)
	}
	return s
}

func drivenWords(driven string) string {
	switch driven {
	case drivenUsual:
		return "the usual route each time"
	case drivenMix:
		return "drawn from the mix"
	}
	return "drawn, never twice running"
}

func attackerWords(attacker, driven string) string {
	switch {
	case attacker == attackInformed && driven == drivenUsual:
		return "knows the route"
	case attacker == attackInformed && driven == drivenMix:
		return "knows the mix"
	case attacker == attackInformed:
		return "knows mix and past"
	case attacker == attackWatching:
		return "knows the past only"
	case attacker == attackFixed:
		return "stays on the usual route"
	}
	return "any place, each time"
}
