package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/game/verify"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/plan/streets"
)

// mixCmd measures mixes of routes between random places.
type mixCmd struct {
	cli.MapFlag
	Profile string  `placeholder:"FILE" help:"Risk profile; the built-in one when left out."`
	Pairs   int     `default:"20" placeholder:"N" help:"Pairs of places (${default})."`
	Reach   int     `default:"5" placeholder:"N" help:"For how many of them the game with reach and turns is played too (${default})."`
	Apart   float64 `default:"0" placeholder:"KM" help:"How far apart the places are at least; a third of the map's diagonal when left out."`
	Mean    float64 `default:"1.1" placeholder:"FACTOR" help:"Limit on the mean time, times the fastest (${default})."`
	Area    float64 `default:"300" placeholder:"METRES" help:"Radius of the areas round both places (${default})."`
	Seed    uint64  `default:"1" placeholder:"N" help:"Seed of the pairs (${default})."`
	Threads int     `default:"0" placeholder:"N" help:"Goroutines that work at once; 0 is one for each core."`
	JSON    bool    `name:"json" help:"As one JSON object."`
}

const (
	mostMixPairs = 10_000
	frontierGap  = 0.01
	mixPlaces    = 4   // at which a post is tried
	postEffect   = 0.5 // share of a chance that it takes away
	mixPoints    = 6   // of the frontier in the game with reach
	mostSnap     = 500
)

// mixResult is what bench mix prints; docs/cli.md explains the keys.
type mixResult struct {
	Map     string      `json:"map"`
	Nodes   int         `json:"nodes"`
	Edges   int         `json:"edges"`
	Mean    float64     `json:"mean_factor"`
	Area    float64     `json:"area_m"`
	ApartKM float64     `json:"apart_km"`
	Seed    uint64      `json:"seed"`
	Threads int         `json:"threads"`
	Skipped int         `json:"skipped"` // pairs without a way
	Pairs   []mixPair   `json:"pairs"`
	Phases  []mixSpread `json:"phases"`
}

// mixSpread is how long a phase took.
type mixSpread struct {
	Phase string  `json:"phase"`
	Pairs int     `json:"pairs"`
	P50   float64 `json:"p50_s"`
	P95   float64 `json:"p95_s"`
	Most  float64 `json:"max_s"`
}

// mixPair is what was found for a pair. Times are in seconds.
type mixPair struct {
	From    outrider.LatLon `json:"from"`
	To      outrider.LatLon `json:"to"`
	Streets mixGame         `json:"streets"`
	Reach   *mixGame        `json:"reach,omitempty"`
	FieldS  float64         `json:"field_s,omitempty"` // to plan the movement without a mix, and to lay the field out
	Nodes   int             `json:"field_nodes,omitempty"`
	AtReach float64         `json:"streets_lower_at_reach,omitempty"` // what no mix gets below at the mean time of the game with reach
}

// mixGame is a game as it was solved.
type mixGame struct {
	Fastest  float64 `json:"fastest_s"`
	Usual    float64 `json:"usual"`
	Upper    float64 `json:"upper"`
	Lower    float64 `json:"lower"`
	Routes   int     `json:"routes"`
	Points   int     `json:"frontier_points"`
	Within   float64 `json:"frontier_gap"` // (upper-lower)/upper at the mean time where it is greatest; with reach, at the points
	Posted   float64 `json:"posted"`       // the value with a post at one of the places that bind; with reach, without a limit on the mean time
	MixS     float64 `json:"mix_s"`        // usual route, mix and certificate
	Frontier float64 `json:"frontier_s"`
	Posts    float64 `json:"posts_s"`
}

// Run measures.
func (c *mixCmd) Run(ctx context.Context, w *cli.World) error {
	if err := c.check(); err != nil {
		return err
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	profile, err := cli.LoadProfile(c.Profile)
	if err != nil {
		return err
	}
	bar := w.Progress()
	x, err := newMixBench(c, m, profile, w.Now)
	if err == nil {
		err = x.measure(ctx, bar.Report)
	}
	if err != nil {
		bar.Abandon()
		return err
	}
	bar.Done()
	if c.JSON {
		return cli.WriteJSON(w.Stdout, &x.out)
	}
	return x.write(&cli.Text{W: w.Stdout})
}

func (c *mixCmd) check() error {
	switch {
	case c.Pairs < 1 || c.Pairs > mostMixPairs:
		return cli.InvalidFlag("--pairs", fmt.Sprintf("%d pairs", c.Pairs), fmt.Sprintf("ask for 1 to %d", mostMixPairs))
	case c.Reach < 0:
		return cli.InvalidFlag("--reach", fmt.Sprintf("%d pairs", c.Reach), "give 0 or more")
	case !(c.Mean >= 1 && c.Mean <= 10):
		return cli.InvalidFlag("--mean", fmt.Sprintf("%v is no factor on the fastest", c.Mean), "give one from 1 to 10")
	case !(c.Area > 0 && c.Area <= 20_000):
		return cli.InvalidFlag("--area", fmt.Sprintf("%v m", c.Area), "give a radius above 0, up to 20000 m")
	case !(c.Apart >= 0 && c.Apart <= 20_000):
		return cli.InvalidFlag("--apart", fmt.Sprintf("%v km", c.Apart), "give 0 or more")
	case c.Threads < 0:
		return cli.InvalidFlag("--threads", fmt.Sprintf("%d is not a number of goroutines", c.Threads), "leave it out to use every core")
	}
	return nil
}

// mixBench is what all pairs share.
type mixBench struct {
	c       *mixCmd
	m       *network.Map
	now     func() time.Time
	start   time.Time
	profile *hazard.Profile
	pass    *network.Passage
	streets *streets.Streets
	index   *plan.Index
	options game.Options
	out     mixResult
}

// mixCar is the column of the bench: a car alone.
func mixCar() outrider.Convoy {
	return outrider.Convoy{
		Vehicles: []outrider.Vehicle{{CallSign: "CAR 1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2.5}}, MarchKMH: 130,
	}
}

func newMixBench(c *mixCmd, m *network.Map, profile *hazard.Profile, now func() time.Time) (*mixBench, error) {
	vehicle, err := plan.VehicleOf(mixCar())
	if err != nil {
		return nil, err
	}
	// A fixed hour, so that figures can be compared.
	b := &mixBench{c: c, m: m, now: now, start: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), profile: profile, options: game.Options{Threads: c.Threads}}
	if b.options.Threads == 0 {
		b.options.Threads = runtime.GOMAXPROCS(0)
	}
	b.pass = m.Passage(vehicle, network.PassageOptions{})
	exposure, err := hazard.New(m, profile, nil, hazard.Options{Window: hazard.WindowOf(b.start, b.start.Add(time.Minute), time.UTC), Vehicle: vehicle})
	if err != nil {
		return nil, err
	}
	b.streets = streets.New(m, b.pass, exposure)
	if b.index, err = plan.NewIndex(m); err != nil {
		return nil, err
	}
	apart := c.Apart
	if apart == 0 {
		apart = geo.Distance(m.Meta.Box.Min, m.Meta.Box.Max) / 3000
	}
	nodes, edges := b.streets.Size()
	b.out = mixResult{
		Map: m.Meta.Name, Nodes: nodes, Edges: edges, Mean: c.Mean, Area: c.Area, ApartKM: math.Round(apart*10) / 10,
		Seed: c.Seed, Threads: b.options.Threads, Pairs: []mixPair{}, Phases: []mixSpread{},
	}
	return b, nil
}

// mixTries is how many pairs are drawn for each that is wanted before there are
// taken to be none.
const mixTries = 200

func (b *mixBench) measure(ctx context.Context, report func(phase string, done, total int64)) error {
	rng := rand.New(rand.NewPCG(b.c.Seed, 0x6d6978))
	for tries := 0; len(b.out.Pairs) < b.c.Pairs; tries++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if tries == mixTries*b.c.Pairs {
			return &outrider.Error{Kind: outrider.Invalid, Where: b.m.Meta.Name, Cause: fmt.Sprintf("hardly any places are %.1f km apart with a way between them", b.out.ApartKM), Remedy: "give a lower --apart"}
		}
		report("pairs", int64(len(b.out.Pairs)), int64(b.c.Pairs))
		from, to := b.m.NodePoint[rng.IntN(len(b.m.NodePoint))], b.m.NodePoint[rng.IntN(len(b.m.NodePoint))]
		if geo.Distance(from, to) < b.out.ApartKM*1000 {
			continue
		}
		pair, err := b.pair(ctx, from, to)
		if err != nil {
			return err
		}
		if pair == nil {
			b.out.Skipped++
			continue
		}
		b.out.Pairs = append(b.out.Pairs, *pair)
	}
	b.phases()
	return nil
}

// pair measures one pair; nil where there is no way.
func (b *mixBench) pair(ctx context.Context, from, to geo.Point) (*mixPair, error) {
	starts, err := b.m.Snap(from, b.pass, mostSnap)
	if errors.Is(err, network.ErrOffNetwork) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ends, err := b.m.Snap(to, b.pass, mostSnap)
	if errors.Is(err, network.ErrOffNetwork) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &mixPair{From: degrees(from), To: degrees(to)}
	ok, err := b.onStreets(ctx, starts, ends, &out.Streets)
	if !ok || err != nil {
		return nil, err
	}
	if len(b.out.Pairs) < b.c.Reach {
		if ok, err := b.withReach(ctx, from, to, out); !ok || err != nil {
			return nil, err
		}
	}
	return out, nil
}

func degrees(p geo.Point) outrider.LatLon {
	lat, lon := p.Degrees()
	return outrider.LatLon{Lat: lat, Lon: lon}
}

// areas are those round both places.
func (b *mixBench) areas(from, to network.Location) []streets.Area {
	return []streets.Area{{Centre: from.Point, Radius: b.c.Area}, {Centre: to.Point, Radius: b.c.Area}}
}

// seconds runs a phase and says how long it took.
func (b *mixBench) seconds(into *float64, phase func() error) error {
	began := b.now()
	err := phase()
	*into = b.now().Sub(began).Seconds()
	return err
}

// onStreets plays the game on the edges.
func (b *mixBench) onStreets(ctx context.Context, from, to network.Location, out *mixGame) (ok bool, err error) {
	var in *game.Instance
	var solved *game.Result
	err = b.seconds(&out.MixS, func() error {
		if in, ok = b.streets.Game(from, to, b.areas(from, to)...); !ok {
			return nil
		}
		usual, fastest, found := streets.Fastest(in)
		if ok = found && fastest > 0; !ok {
			return nil
		}
		out.Fastest, out.Usual = float64(fastest)/1000, streets.Worst(in, usual)
		in.Kind, in.MeanTimeBudget = game.EdgeMeanTime, budget(b.c.Mean*out.Fastest)
		solved, err = game.Solve(ctx, in, b.options)
		return err
	})
	if !ok || err != nil {
		return false, err
	}
	out.Upper, out.Lower, out.Routes = solved.Upper, solved.Lower, len(solved.Planner)
	if err := b.confirm(in, solved); err != nil {
		return false, err
	}
	err = b.seconds(&out.Frontier, func() error {
		points, err := game.Frontier(ctx, in, game.Options{Threads: b.options.Threads, Gap: frontierGap})
		out.Points, out.Within = len(points), within(points)
		return err
	})
	if err != nil {
		return false, err
	}
	// Worth of a post at each of the places that bind most, each solved anew.
	slices.SortStableFunc(solved.Attacker, func(x, y game.Attack) int { return cmp.Compare(y.Prob, x.Prob) })
	out.Posted = solved.Upper
	err = b.seconds(&out.Posts, func() error {
		for _, a := range solved.Attacker[:min(len(solved.Attacker), mixPlaces)] {
			with := *in
			with.P = slices.Clone(in.P)
			for _, e := range b.streets.Place(a.Edges[0]) {
				with.P[e] *= 1 - postEffect
			}
			answer, err := game.Solve(ctx, &with, b.options)
			if err != nil {
				return err
			}
			out.Posted = min(out.Posted, answer.Upper)
		}
		return nil
	})
	return true, err
}

// budget is a limit on the mean time, in seconds, to the millisecond.
func budget(seconds float64) *big.Rat {
	return big.NewRat(int64(math.Round(seconds*1000)), 1000)
}

// confirm holds an answer against the checker.
func (b *mixBench) confirm(in *game.Instance, r *game.Result) error {
	in.Hash = in.Digest()
	report, err := verify.Verify(in, game.NewDocument(in, r, 0))
	if err == nil && report.Verdict != verify.Confirmed {
		err = &outrider.Error{Kind: outrider.Internal, Cause: fmt.Sprintf("the checker does not confirm a mix: %s %+v", report.Summary(), report.Claims), Remedy: "report it with map and seed"}
	}
	return err
}

// withReach plays the game with reach and turns.
func (b *mixBench) withReach(ctx context.Context, from, to geo.Point, pair *mixPair) (bool, error) {
	mv := &outrider.Movement{
		Name: "bench", Convoy: mixCar(), Zone: time.UTC,
		Legs: []outrider.Leg{{
			From: outrider.Endpoint{Point: &from, Label: "start"}, To: outrider.Endpoint{Point: &to, Label: "destination"},
			Window: outrider.Window{Earliest: b.start, Latest: b.start},
		}},
	}
	var grounds []plan.MixGround
	err := b.seconds(&pair.FieldS, func() (err error) {
		grounds, err = plan.LegGrounds(ctx, plan.Input{Map: b.m, Index: b.index, Movement: mv, Profile: b.profile, Now: b.start, Mix: plan.MixOptions{Area: b.c.Area}})
		return err
	})
	switch {
	case outrider.KindOf(err) == outrider.NoRoute || outrider.KindOf(err) == outrider.OffNetwork:
		return false, nil
	case err != nil:
		return false, err
	case len(grounds) != 1:
		return false, nil
	}
	g := &grounds[0]
	pair.Nodes = g.Field.Nodes()
	out := &mixGame{}
	o := g.Options
	o.Gap = frontierGap
	var x *reach.Game
	var mix *reach.Mix
	err = b.seconds(&out.MixS, func() (err error) {
		if x, err = reach.New(g.Field, o); err != nil {
			return err
		}
		mix, err = x.Solve(ctx, b.c.Mean*float64(x.Usual().Time))
		return err
	})
	if err != nil {
		return false, err
	}
	usual := x.Usual()
	out.Fastest, out.Usual = float64(usual.Time)/1000, usual.Worst
	out.Upper, out.Lower, out.Routes = mix.Upper, mix.Lower, len(mix.Routes)
	var best *reach.Mix
	err = b.seconds(&out.Frontier, func() (err error) {
		if best, err = x.Solve(ctx, math.Inf(1)); err != nil {
			return err
		}
		points, err := x.Frontier(ctx, best, mixPoints)
		out.Points = len(points)
		for _, p := range points {
			out.Within = max(out.Within, gap(p.Lower, p.Upper))
		}
		return err
	})
	if err != nil {
		return false, err
	}
	err = b.seconds(&out.Posts, func() error {
		alone, _, err := x.Posts(ctx, best, o.Reach, postEffect, mixPlaces, 0)
		out.Posted = best.Upper
		if len(alone) > 0 {
			out.Posted = min(best.Upper, alone[0].Upper)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	pair.Reach = out
	return true, b.related(ctx, g, pair)
}

// related holds the game with reach against the one on the edges, which is the
// easier one for the planner at the same mean time.
func (b *mixBench) related(ctx context.Context, g *plan.MixGround, pair *mixPair) error {
	in, ok := b.streets.Game(g.From, g.To, b.areas(g.From, g.To)...)
	if !ok {
		return nil
	}
	in.Kind, in.MeanTimeBudget = game.EdgeMeanTime, budget(b.c.Mean*pair.Reach.Fastest+0.001)
	r, err := game.Solve(ctx, in, b.options)
	if err != nil {
		return err
	}
	if pair.AtReach = r.Lower; r.Lower > pair.Reach.Upper*(1+1e-6) {
		return &outrider.Error{Kind: outrider.Internal, Cause: fmt.Sprintf("with reach and turns a mix is worth %v, on the edges alone none is worth less than %v", pair.Reach.Upper, r.Lower), Remedy: "report it with map and seed"}
	}
	return nil
}
