package reach

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// Options of a game. Times are in the unit of the field's.
type Options struct {
	// Reach is the radius within which an attack counts, and Step how far from a
	// point of the net any point may be; both in metres.
	Reach, Step float64
	// Limit is the greatest time of any route.
	Limit uint32
	// Gap is the relative gap between a mix and what the attacker is known to get
	// against any at which the search for better ones ends; 0 asks for as little as
	// rounding allows.
	Gap float64
	// Rounds is how often the whole field is searched for better routes; 0 is
	// DefaultRounds.
	Rounds int
	// Effort is how many labels one search may make before it settles for a weaker
	// bound; 0 is DefaultEffort.
	Effort int
	// Levels is how many units the value is cut into when charges are rounded to
	// whole ones; more prove more and take longer. 0 is DefaultLevels.
	Levels int
	// Loop is the time within which a proving search remembers what was passed; 0 is
	// a fortieth of Limit. It changes what is proved, not whether it is true.
	Loop uint32
}

// What options that are 0 stand for.
const (
	DefaultEffort = 2_000_000
	DefaultRounds = 120
	DefaultLevels = 60
)

// ErrNoRoute says that no walk keeps the limit.
var ErrNoRoute = errors.New("reach: no route keeps the time limit")

// A Game is a field with discs on it. Routes that were found are kept from one
// question to the next. It belongs to one goroutine.
type Game struct {
	f *Field
	o Options
	g *ground
	w *walks

	routes  []*route
	core    []bool // nodes of routes
	byNodes byNodes
	narrow  *master
	wide    *master
	cut     map[uint32]float64 // by node: prices of the flow that routes began with
	work    Work
	base    [2]*answer // narrow and wide, of the last question without a limit on the mean time
}

// A route is a column of the masters.
type route struct {
	nodes     []uint32
	time      uint32
	over      []uint64 // pieces, a bit for each
	near, far []disc   // none before they are asked for
	version   int      // of the chances they were picked by
	mark      uint64   // for telling sets of routes apart
}

// New prepares a game. It fails when the field is unsound or no route keeps the
// limit.
func New(f *Field, o Options) (*Game, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if !(o.Reach > 0 && o.Reach <= 5000 && o.Step > 0 && o.Step <= o.Reach) {
		return nil, fmt.Errorf("reach: a reach of %g m with a step of %g m; give a reach up to 5000 m and a step above 0, not above it", o.Reach, o.Step)
	}
	if o.Effort <= 0 {
		o.Effort = DefaultEffort
	}
	if o.Rounds <= 0 {
		o.Rounds = DefaultRounds
	}
	if o.Levels <= 0 {
		o.Levels = DefaultLevels
	}
	if o.Loop == 0 {
		o.Loop = o.Limit/40 + 1
	}
	x := &Game{
		f: f, o: o, g: newGround(f, o.Reach, o.Step, o.Limit), w: newWalks(f, o.Limit),
		core: make([]bool, f.Nodes()), byNodes: byNodes{},
	}
	fastest, ok := x.w.fastestPast(func(uint32) bool { return true })
	if !ok {
		return nil, ErrNoRoute
	}
	x.reset()
	x.add(fastest)
	return x, nil
}

// reset forgets what the masters know: the chances have changed.
func (x *Game) reset() {
	x.narrow = newMaster(x.g, false)
	x.wide = newMaster(x.g, true)
}

// add takes a walk in as a column, unless it is one.
func (x *Game) add(w walk) bool {
	if x.byNodes.get(w.nodes) != nil {
		return false
	}
	r := &route{nodes: w.nodes, time: w.time, mark: mark(len(x.routes))}
	r.over = make([]uint64, (x.f.Pieces+63)/64)
	for _, v := range w.nodes {
		p := x.f.Piece[v]
		r.over[p/64] |= 1 << (p % 64)
	}
	x.byNodes.put(r)
	x.routes = append(x.routes, r)
	for _, v := range w.nodes {
		x.core[v] = true
	}
	return true
}

// byNodes finds a route by its nodes.
type byNodes map[uint64][]*route

func (b byNodes) key(nodes []uint32) uint64 {
	key := uint64(14695981039346656037) // FNV
	for _, v := range nodes {
		key = (key ^ uint64(v)) * 1099511628211
	}
	return key
}

func (b byNodes) get(nodes []uint32) *route {
	for _, r := range b[b.key(nodes)] {
		if slices.Equal(r.nodes, nodes) {
			return r
		}
	}
	return nil
}

func (b byNodes) put(r *route) { b[b.key(r.nodes)] = append(b[b.key(r.nodes)], r) }

// mark scatters a number over 64 bits (the finalizer of SplitMix64).
func mark(i int) uint64 {
	z := uint64(i+1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A Mix is odds for routes, what they are worth, and what proves it.
type Mix struct {
	Routes []Route
	// Upper is the greatest chance that any disc gives an attacker against the
	// mix, counted with the wide radius: no attacker has more. Lower is what the
	// attacker's mix of narrow discs gets against every route within the limit.
	// With a limit on the mean time Lower is Σ y p + Price·(time - MeanTime).
	Upper, Lower float64
	Attack       []Attack
	Price        float64 // of a unit of mean time
	MeanLimit    float64 // on the mean time, +Inf without
	MeanTime     float64
	Binding      []Place // where the mix is attacked best, most first
	Complete     bool    // the searches ended by themselves, so that Lower is as good as its discs
}

// A Route is a walk and its odds.
type Route struct {
	Nodes []uint32
	Time  uint32
	Prob  float64
	// Worst is the greatest chance of any disc that the route passes: what it is
	// worth to who knows that it will be driven.
	Worst float64
}

// An Attack is a disc and the odds with which the attacker picks it.
type Attack struct {
	At          geo.Point
	Row, Column int32 // of the net, which is what At rounds
	Prob        float64
	P           float64 // the chance of success against a route that passes, narrow
}

// A Place is a disc that a mix is attacked at.
type Place struct {
	At     geo.Point
	P      float64 // chance against a route that passes, wide
	Passed float64 // odds that the route drawn passes
	Price  float64 // the attacker's odds in the wide game: 0 where the place does not bind
	d      disc
}

// Solve finds a mix whose mean time is at most meanLimit (+Inf for none) and
// bounds for it.
func (x *Game) Solve(ctx context.Context, meanLimit float64) (*Mix, error) {
	if fast, _ := x.w.fastest(); float64(fast) > meanLimit {
		return nil, ErrNoRoute
	}
	if len(x.routes) == 1 {
		var err error
		if x.cut, err = x.warm(ctx); err != nil {
			return nil, err
		}
	}
	rounds := x.o.Rounds
	if !math.IsInf(meanLimit, 1) {
		rounds = min(rounds, frontierRounds) // routes are known by now
	}
	narrow, err := x.close(ctx, x.narrow, meanLimit, nil, rounds)
	if err != nil {
		return nil, err
	}
	wide, err := x.close(ctx, x.wide, meanLimit, narrow, rounds)
	if err != nil {
		return nil, err
	}
	if err := x.prove(ctx, x.narrow, narrow, meanLimit, x.o.Effort); err != nil {
		return nil, err
	}
	if math.IsInf(meanLimit, 1) {
		x.base = [2]*answer{narrow, wide}
	}
	out := &Mix{
		Upper: wide.upper, Lower: min(narrow.lower, wide.upper), Price: narrow.price, MeanLimit: meanLimit, Complete: narrow.complete,
		Attack: x.attack(narrow),
	}
	x.describe(out, x.routes, wide.odds, wide.prices)
	return out, nil
}

// describe lays out a mix of columns.
func (x *Game) describe(out *Mix, routes []*route, odds []float64, prices map[disc]float64) {
	out.Routes, out.Binding, out.MeanTime = nil, nil, 0
	for i, p := range odds {
		if p > 0 {
			r := routes[i]
			out.Routes = append(out.Routes, Route{Nodes: r.nodes, Time: r.time, Prob: p, Worst: x.worst(r)})
			out.MeanTime += p * float64(r.time)
		}
	}
	slices.SortStableFunc(out.Routes, func(a, b Route) int { return cmp.Or(cmp.Compare(b.Prob, a.Prob), cmp.Compare(a.Time, b.Time)) })
	load := x.wide.load(routes, odds)
	for _, b := range load.best() {
		if b.value >= 0.5*out.Upper || prices[b.d] > 0 {
			out.Binding = append(out.Binding, Place{At: x.g.point(b.d), P: x.g.pWide[b.d], Passed: load.odds[b.d], Price: prices[b.d], d: b.d})
		}
	}
}

// worst returns the greatest chance of the discs that a route passes.
func (x *Game) worst(r *route) float64 {
	most := 0.0
	for _, d := range x.g.passed(r, true) {
		most = max(most, x.g.pWide[d])
	}
	return most
}

func (x *Game) attack(a *answer) []Attack {
	var out []Attack
	for d, y := range a.prices {
		at := x.g.at[d]
		out = append(out, Attack{At: x.g.point(d), Row: int32(at >> 32), Column: int32(uint32(at)), Prob: y, P: x.g.pNarrow[d]})
	}
	slices.SortFunc(out, func(a, b Attack) int {
		return cmp.Or(cmp.Compare(b.Prob, a.Prob), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// Work is how much a game has done so far.
type Work struct {
	Routes, Discs        int
	RowsWide, RowsNarrow int
	Searches, Labels     int // of the whole field
	CoreSearches         int // of the nodes that routes use
	Ways                 int // searches for ways round loaded ground
}

// Work returns how much there was to do.
func (x *Game) Work() Work {
	w := x.work
	w.Routes, w.Discs, w.RowsWide, w.RowsNarrow, w.Labels = len(x.routes), len(x.g.at), len(x.wide.rows), len(x.narrow.rows), x.w.fronts.made
	return w
}
