package plan

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// legWork is what is known of the leg being planned.
type legWork struct {
	*planner
	index    int
	leg      outrider.Leg // its window is worked out where the movement has none, and halts may be added
	name     string
	timed    string // outrider.TimedForwards, TimedBackwards or TimedAfterStay
	added    []bool // per halt of leg: put in by the planner
	pass     *network.Passage
	time     *lane
	prefer   *lane
	exposure *hazard.Exposure
	stops    []stop
	findings []hazard.Placed // as they are when the column is last on the road
	fastest  *drive
	primary  *drive
	opening  *opening
	most     uint32         // the longest that a route may take, milliseconds
	choked   *chokeSearch   // see chokes
	tight    []int          // places on every route within slack of the fastest
	whatever []int          // and on every route within the detour limit
	choke    []chokeStretch // on every route within slack of the fastest
	noExits  []noExit
	halts    time.Duration
	needs    []outrider.HaltNeed
	said     int // warnings before the leg was planned: those of plans given up are dropped
}

// leg plans one leg.
func (p *planner) leg(ctx context.Context, i int, leg outrider.Leg) (outrider.LegPlan, error) {
	w := &legWork{planner: p, index: i, leg: leg, name: legName(i, leg)}
	if err := w.fixTime(); err != nil {
		return outrider.LegPlan{}, err
	}
	if leg.Mode == outrider.ByRail {
		return w.byRail(ctx)
	}
	w.said = len(p.warnings)
	w.leg.Halts = slices.Clone(leg.Halts)
	w.added = make([]bool, len(leg.Halts))
	if err := w.settle(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	if err := w.meetNeeds(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	if p.in.Sketch {
		return w.sketch(), nil
	}
	p.progress("alternates", 3)
	asked := max(p.in.Movement.Constraints.Alternates, 0)
	s := &candidateSearch{
		p: p, time: w.time, prefer: w.prefer, stops: w.stops, fastest: w.fastest.cost, detour: p.detour,
		avoid: w.avoidable(w.tight, w.whatever), chosen: []*drive{w.primary}, used: map[network.ChainID]int{}, within: w.choked.ground(),
	}
	var pool []*drive
	if asked > 0 {
		pool = w.choked.plateaus()
	}
	reason := s.look(ctx, asked, pool)
	if err := interrupted(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	stage := "routes in detail"
	p.progress(stage, 4)
	out := w.blank(w.stops[0].label, w.stops[len(w.stops)-1].label)
	out.From, out.To = p.planPoint(w.stops[0]), p.planPoint(w.stops[len(w.stops)-1])
	var drives []*itinerary
	for _, d := range s.chosen {
		drives = append(drives, w.itinerary(d))
	}
	havens := w.havens(drives)
	for k, it := range drives {
		name := "primary"
		if k > 0 {
			name = fmt.Sprintf("alternate %d", k)
		}
		route := it.route(name, w.primary)
		route.Havens = havens[k]
		out.Routes = append(out.Routes, route)
	}
	change := w.newChanger()
	out.Decisions = change.decisions(ctx, drives, out.Routes)
	change.breakOuts(ctx, drives, out.Routes)
	if err := interrupted(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	out.Alternates = bounds(asked, len(s.chosen)-1, p.detour, reason)
	out.Shared = w.shared(w.primary)
	out.HaltNeeds = w.needs
	out.Turning = w.turningBack(drives[0])
	out.Daylight = p.daylight(out.Earliest, &out.Routes[0])
	if p.in.Mix.Routes > 0 {
		stage = "routes to draw from"
		p.progress(stage, 5)
		mix, err := w.routeMix(ctx, p.in.Mix)
		if err != nil {
			return outrider.LegPlan{}, err
		}
		out.Mix = mix
	}
	if p.in.look != nil {
		p.in.look(w)
	}
	w.legWarnings(s.chosen)
	w.turningRoom(drives)
	w.arrived(drives[0])
	out.Stay = w.stay()
	p.progress(stage, stages)
	return out, nil
}

// sketch returns the leg with its primary route and nothing beside it.
func (w *legWork) sketch() outrider.LegPlan {
	out := w.blank(w.stops[0].label, w.stops[len(w.stops)-1].label)
	out.From, out.To = w.planPoint(w.stops[0]), w.planPoint(w.stops[len(w.stops)-1])
	drive := w.itinerary(w.primary)
	out.Routes = []outrider.RoutePlan{drive.route("primary", w.primary)}
	w.arrived(drive)
	out.Stay = w.stay()
	return out
}

// blank returns a leg's plan with what does not depend on its routes.
func (w *legWork) blank(from, to string) outrider.LegPlan {
	out := outrider.LegPlan{
		Name: w.leg.Name, Mode: w.leg.Mode, Timed: w.timed,
		Earliest: w.leg.Window.Earliest.In(w.zone()), Latest: w.leg.Window.Latest.In(w.zone()),
		Shared: []outrider.SharedStretch{}, Decisions: []outrider.DecisionPoint{}, HaltNeeds: []outrider.HaltNeed{},
	}
	if out.Mode == "" {
		out.Mode = outrider.ByRoad
	}
	if out.Latest.Before(out.Earliest) {
		out.Latest = out.Earliest // a movement that names one hour only
	}
	if out.Name == "" {
		out.Name = fmt.Sprintf("%s – %s", from, to)
	}
	if w.timed == outrider.TimedBackwards {
		out.Arrive = &outrider.Span{From: w.leg.Arrive.Earliest.In(w.zone()), To: w.leg.Arrive.Latest.In(w.zone())}
	}
	return out
}

// prepare works the leg out up to its primary route, for the window that it has.
func (w *legWork) prepare(ctx context.Context) error {
	p := w.planner
	p.progress("fastest route", 0)
	if err := w.findFastest(ctx, true); err != nil {
		return err
	}
	if err := interrupted(ctx); err != nil {
		return err
	}
	p.progress("chokepoints", 1)
	most := uint32(min(float64(w.fastest.cost)*max(p.detour, slack)+1, search.Unreachable-1))
	w.most, w.choked = most, nil
	if p.in.Sketch {
		return w.prepareSketch()
	}
	w.choked = p.newChokeSearch(w.time, w.stops, w.fastest, most)
	w.tight = w.choked.within(ctx, scaled(w.fastest.cost, slack), nil)
	w.whatever = w.tight
	if p.detour > slack && len(w.tight) > 0 {
		w.whatever = w.choked.within(ctx, scaled(w.fastest.cost, p.detour), w.tight)
	}
	if w.choked.err != nil {
		return w.choked.err
	}
	w.choke = w.chokeStretches(w.tight, w.whatever)
	if err := interrupted(ctx); err != nil {
		return err
	}
	p.progress("exposure", 2)
	w.noExits = p.longWithoutExit(w.time)
	if err := w.expose(); err != nil {
		return err
	}
	w.primary = w.choosePrimary(w.choked.ground())
	return nil
}

// prepareSketch is the rest of prepare for a sketch: no places are looked for that
// every route passes, so that exposure need not wait for the trees. Those of the
// opening lead to the primary route where they reach far enough.
func (w *legWork) prepareSketch() error {
	known := w.opening.ground(w.most)
	var both sync.WaitGroup
	if known == nil {
		both.Go(func() { w.chokes() })
	}
	w.noExits = w.longWithoutExit(w.time)
	err := w.expose()
	both.Wait()
	if err != nil {
		return err
	}
	if known != nil {
		// Within the limit every route lies where the trees lead, so that the best of
		// all there that keeps it is the best.
		if d, l, ok := w.tryRate(w.rate(), known); ok {
			w.primary, w.prefer = d, l
			return nil
		}
	}
	w.primary = w.choosePrimary(w.chokes().ground())
	return nil
}

// chokes returns the search for places that every route passes, grown when it is
// first asked for.
func (w *legWork) chokes() *chokeSearch {
	if w.choked == nil {
		w.choked = w.newChokeSearch(w.time, w.stops, w.fastest, w.most)
	}
	return w.choked
}

func interrupted(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &outrider.Error{Kind: outrider.Interrupted, Cause: "planning was stopped", Err: err}
	}
	return nil
}

// findFastest places the leg's stops on the network and finds its fastest drive.
// Without closures no finding closes a road, which is for a first guess at when
// the column is on it.
func (w *legWork) findFastest(ctx context.Context, closures bool) error {
	p := w.planner
	w.halts = 0
	for _, h := range w.leg.Halts {
		w.halts += max(h.Duration, 0)
	}
	first, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.opening = first
	w.pass, w.time, w.stops, w.fastest = first.pass, p.laneOf(first.pass, first.time, w.leg.Window.Earliest), first.stops, first.fastest
	for _, text := range first.warnings {
		p.warn("%s", text)
	}
	if w.fastest == nil {
		return p.whyNoRoute(ctx, w, first.ends, nil)
	}
	if !closures {
		return nil
	}
	// A closure by findings counts if it holds at some time while the column may
	// be on the road. How long that is, the fastest drive says; closures make it
	// longer, so that others may come to hold, until none is left that could.
	var found []network.Stretch
	for {
		from, to := w.span(w.reach())
		closed := widened(p.m, hazard.Closures(p.findingsAt(from), from, to))
		if len(closed) <= len(found) {
			break
		}
		found = closed
		if err := interrupted(ctx); err != nil {
			return err
		}
		w.pass, w.time = p.closing(w.pass, w.time, p.passageOptions(first.ends, found), w.leg.Window.Earliest)
		var ok bool
		if d, known := w.detoured(first); known {
			w.fastest = d
			continue
		}
		if w.stops, w.fastest, ok, err = w.quickest(ctx, first.found); err != nil {
			return err
		}
		if !ok {
			return p.whyNoRoute(ctx, w, first.ends, found)
		}
	}
	_, to := w.span(w.reach())
	w.findings = p.findingsAt(to)
	return nil
}

// An opening is what a leg is before findings close roads: where it stops, how the
// network may be used, and the fastest drive. Nothing in it changes once it is made.
type opening struct {
	movement *outrider.Movement // what it was worked out for, with speeds and without runs
	index    int
	leg      outrider.Leg
	speeds   string

	found    legStops
	ends     []network.ChainID
	pass     *network.Passage
	time     search.Metric
	stops    []stop
	fastest  *drive // nil if there is none
	warnings []string

	// Per section the tree back from its end, as far as reach, milliseconds; none
	// where the stops' order is to be found, and where nothing is kept.
	trees []*search.Tree
	reach uint32
}

// headroom is how much longer than without closures a sketch's fastest drive may
// become before the trees of the opening are too short for it.
const headroom = 1.3

// ground is the corridor of the opening's trees; nil if they do not reach so far.
// Roads being closed takes no route any nearer to its end, so that the trees lead
// searches with closures too.
func (o *opening) ground(most uint32) *corridor {
	if len(o.trees) == 0 || most > o.reach {
		return nil
	}
	return &corridor{trees: o.trees, rest: make([]uint32, len(o.trees)), budget: search.Unreachable - 1}
}

// detoured finds the fastest drive with closures by the opening's trees. What is
// not found there, or takes so long that something faster might lie beyond them, is
// not known.
func (w *legWork) detoured(o *opening) (*drive, bool) {
	ground := o.ground(0)
	if ground == nil {
		return nil, false
	}
	w.stops = o.stops
	d, ok := w.through(w.time, w.stops, ground, unbarred)
	return d, ok && d.cost <= o.reach
}

// open works the opening of the leg out. For sketches it is kept in the index: a
// planner who tries closures out asks for the same one again and again.
func (w *legWork) open(ctx context.Context) (*opening, error) {
	p := w.planner
	o := &opening{movement: p.in.Movement, index: w.index, leg: w.leg, speeds: p.in.Speeds.Hash()}
	o.leg.Halts = slices.Clone(w.leg.Halts)
	keep := p.in.Sketch && p.runs == nil
	if keep {
		if known := p.opened.find(o); known != nil {
			return known, nil
		}
	}
	said := p.warnings
	p.warnings = nil
	defer func() { p.warnings = said }()
	base := p.m.Passage(p.van, p.passageOptions(nil, nil))
	var err error
	if o.found, err = p.legStops(w.index, w.leg, base); err != nil {
		return nil, err
	}
	for _, s := range o.found.all() {
		o.ends = append(o.ends, s.loc.Chain)
	}
	if err := interrupted(ctx); err != nil {
		return nil, err
	}
	w.pass, _, _ = base.Changed(o.ends, p.passageOptions(nil, nil).Closed)
	w.time = p.drivingLane(w.pass, w.leg.Window.Earliest)
	o.pass, o.time = w.pass, w.time.Metric
	var ok bool
	if o.stops, o.fastest, ok, err = w.quickest(ctx, o.found); err != nil {
		return nil, err
	}
	if !ok {
		o.fastest = nil
	}
	o.warnings = p.warnings
	if !keep {
		return o, nil
	}
	if ok && len(o.found.must) == 0 && (len(o.found.vias) == 0 || len(o.found.halts) == 0) {
		o.reach = uint32(min(float64(o.fastest.cost)*max(p.detour, slack)*headroom, search.Unreachable-1))
		for _, s := range o.stops[1:] {
			t := &search.Tree{}
			p.engine.Backward(w.time.Metric, p.arrivals(w.time, s), o.reach, t)
			o.trees = append(o.trees, t)
		}
	}
	p.opened.keep(o)
	return o, nil
}

// quickest puts the stops in order and finds the fastest drive under w.time.
func (w *legWork) quickest(ctx context.Context, f legStops) (stops []stop, fastest *drive, ok bool, err error) {
	p := w.planner
	if len(f.must) > 0 || len(f.vias) > 0 && len(f.halts) > 0 { // their order asks for many times
		if err := p.hasten(ctx, w.time); err != nil {
			return nil, nil, false, err
		}
	}
	w.stops = p.order(ctx, w.time, f)
	fastest, ok = w.fastestThrough()
	return w.stops, fastest, ok, nil
}

// openings are the latest that sketches on a map asked for.
type openings struct {
	mu   sync.Mutex
	list []*opening // the latest last
}

// mostOpened is how many bytes of openings a map keeps, about; those of a whole
// country are not kept at all.
const mostOpened = 64 << 20

func (o *opening) bytes() int {
	return 2*4*(len(o.time.Arc)+len(o.time.Turn)) + 4*4*len(o.time.Arc)*len(o.trees)
}

func (o *opening) same(x *opening) bool {
	return o.index == x.index && o.speeds == x.speeds && reflect.DeepEqual(o.leg, x.leg) && reflect.DeepEqual(o.movement, x.movement)
}

// find returns an opening that was worked out for the same, nil if there is none.
func (s *openings) find(like *opening) *opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.list {
		if o.same(like) {
			s.list = append(slices.Delete(s.list, i, i+1), o)
			return o
		}
	}
	return nil
}

func (s *openings) keep(o *opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, o)
	total := 0
	for _, o := range s.list {
		total += o.bytes()
	}
	for len(s.list) > 0 && total > mostOpened {
		total -= s.list[0].bytes()
		s.list = slices.Delete(s.list, 0, 1)
	}
}

// findingsAt returns the findings as they are at a time: those whose last day is
// before it have lapsed, whatever they were when the plan is made.
func (p *planner) findingsAt(at time.Time) []hazard.Placed { return lapsedBy(p.in.Findings, at) }

func lapsedBy(findings []hazard.Placed, at time.Time) []hazard.Placed {
	out := slices.Clone(findings)
	for i := range out {
		out[i].Lapsed = out[i].Lapsed || out[i].Finding.Lapsed(at)
	}
	return out
}

// span returns the time in which the column may be on the road if the head takes
// the given seconds, halts excluded.
func (w *legWork) span(seconds float64) (from, to time.Time) {
	from, to = w.leg.Window.Earliest, w.leg.Window.Latest
	if to.IsZero() {
		to = from
	}
	return from, to.Add(w.halts + time.Duration((seconds+w.column.PassTime)*float64(time.Second)))
}

// widened makes closures at a point as long as a barrier, a metre to each side.
// One that reaches a junction closes every arm of it: which arm its place was
// moved to is chance, and the column must not drive over a place that is closed.
func widened(m *network.Map, s []network.Stretch) []network.Stretch {
	const metre = network.Millimetres(1000)
	out := slices.Clone(s)
	var shut []network.NodeID
	for i := range out {
		c := out[i].Chain
		out[i].From -= min(out[i].From, metre)
		out[i].To += min(metre, m.Length[c]-out[i].To)
		if out[i].From == 0 {
			shut = append(shut, m.Tail[c])
		}
		if out[i].To == m.Length[c] {
			shut = append(shut, m.Head[c])
		}
	}
	if len(shut) == 0 {
		return out
	}
	slices.Sort(shut)
	at := func(n network.NodeID) bool { _, ok := slices.BinarySearch(shut, n); return ok }
	for i := range m.Length {
		c, end := network.ChainID(i), m.Length[i]
		if at(m.Tail[i]) {
			out = append(out, network.Stretch{Chain: c, To: min(metre, end), Heading: network.BothWays})
		}
		if at(m.Head[i]) {
			out = append(out, network.Stretch{Chain: c, From: end - min(metre, end), To: end, Heading: network.BothWays})
		}
	}
	return out
}

// passageOptions says how the network may be used, with the stops' chains and
// the closures by findings.
func (p *planner) passageOptions(ends []network.ChainID, found []network.Stretch) network.PassageOptions {
	c := p.in.Movement.Constraints
	o := network.PassageOptions{MaxKMH: uint8(p.column.MarchKMH), Ends: ends, Private: !c.NoPrivate, NoFerries: c.NoFerry, Closed: found}
	for _, x := range p.closed {
		o.Closed = append(slices.Clip(o.Closed), x.stretch...)
	}
	return o
}

// expose works out exposure over the time that the column may be on the road,
// chokepoints and stretches with no exit included, and the lane that weighs it.
func (w *legWork) expose() error {
	p := w.planner
	from, to := w.span(w.reach())
	o := hazard.Options{Window: hazard.WindowOf(from, to, p.zone()), Vehicle: p.van}
	for _, c := range w.choke {
		for _, r := range c.runs {
			o.Extra = append(o.Extra, hazard.Extra{Kind: hazard.Chokepoint, Chain: r.arc.Chain(), From: r.low(), To: r.high(), X: 1, Source: c.source()})
		}
	}
	for _, n := range w.noExits {
		heading := network.ForwardOnly
		if n.arc.Backwards() {
			heading = network.BackwardOnly
		}
		o.Extra = append(o.Extra, hazard.Extra{Kind: hazard.NoExit, Chain: n.arc.Chain(), To: p.m.Length[n.arc.Chain()], Heading: heading, X: 1, Source: n.detail()})
	}
	var err error
	if w.exposure, err = hazard.New(p.m, p.in.Profile, w.findings, o); err != nil {
		return &outrider.Error{Kind: outrider.Invalid, Where: w.name, Cause: err.Error(), Remedy: "snap the findings to the map of the plan", Err: err}
	}
	return nil
}

// lambda returns the accumulated exposure of a part of an arc, that inside
// secured areas excluded.
func (w *legWork) lambda(a network.ArcID, from, to network.Millimetres) float64 {
	lo, hi := min(from, to), max(from, to)
	total := w.exposure.Lambda(a, lo, hi)
	for _, s := range onChain(w.inside, a.Chain()) {
		if x, y, ok := overlap(s, lo, hi); ok {
			total -= w.exposure.Lambda(a, x, y)
		}
	}
	return max(total, 0)
}

// choosePrimary chooses the primary route: of least time + τ·Λ, where τ is the
// exchange rate times the fastest drive's time over its Λ. If that takes longer
// than the detour limit, τ is lowered, by halves at first and then by bisection,
// to the greatest found that keeps the limit; with τ = 0 the fastest is left.
// Where ground is weighted and no τ keeps the limit, the fastest drive it is.
func (w *legWork) choosePrimary(ground *corridor) *drive {
	rate := w.rate()
	d, l, ok := w.tryRate(rate, ground)
	if ok {
		w.prefer = l
		return d
	}
	best, low, high := w.fastest, 0.0, rate
	w.prefer = l
	for range 8 {
		mid := (low + high) / 2
		if d, l, ok = w.tryRate(mid, ground); ok {
			best, low, w.prefer = d, mid, l
		} else {
			high = mid
		}
	}
	return best
}

// rate is τ, in milliseconds for each unit of accumulated exposure.
func (w *legWork) rate() float64 {
	total := 0.0
	for _, r := range w.fastest.runs {
		total += w.lambda(r.arc, r.from, r.to)
	}
	exchange := w.in.Exchange
	if exchange == 0 {
		exchange = DefaultExchange
	}
	if total > 0 && exchange > 0 {
		return exchange * float64(w.fastest.cost) / total
	}
	return 0
}

// tryRate finds the route of least time + τ·Λ; ok says whether it keeps the detour
// limit.
func (w *legWork) tryRate(rate float64, ground *corridor) (d *drive, l *lane, ok bool) {
	l = w.preferLane(w.time, w.lambda, rate)
	d, ok = w.through(l, w.stops, ground, unbarred)
	return d, l, ok && float64(w.cost(w.time, d.runs)) <= w.detour*float64(w.fastest.cost)
}

// sortStretches puts stretches in order of chain and position.
func sortStretches(s []network.Stretch) {
	slices.SortFunc(s, func(a, b network.Stretch) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.From, b.From))
	})
}

// tollRoads returns the stretches tagged as toll roads.
func tollRoads(m *network.Map) []network.Stretch {
	var out []network.Stretch
	for c := range network.ChainID(m.NumChains()) {
		all := m.Intervals(c)
		for i, iv := range all {
			if iv.Flags&network.TollRoad == 0 {
				continue
			}
			to := m.Length[c]
			if i+1 < len(all) {
				to = all[i+1].From
			}
			out = append(out, network.Stretch{Chain: c, From: iv.From, To: to})
		}
	}
	return out
}

// farFromRoad is the distance in metres from which a snapped place is warned of.
const farFromRoad = 100

// legWarnings adds what the planner must know of a leg.
func (w *legWork) legWarnings(routes []*drive) {
	p := w.planner
	for _, s := range w.stops {
		if s.loc.Away > farFromRoad {
			p.warn("%s: %s lies %.0f m from the road it was moved to, %s", w.name, s.label, s.loc.Away, p.m.Describe(s.loc.Chain, s.loc.At))
		}
		if s.loc.Island {
			p.warn("%s: %s lies on a part that is cut off from the main network", w.name, s.label)
		}
	}
	expire := 0
	for i := range w.findings {
		if w.findings[i].Lapsed && !p.in.Findings[i].Lapsed {
			expire++
		}
	}
	if expire > 0 {
		p.warn("%s: %d findings expire before the column is off the road: their places count as unsurveyed", w.name, expire)
	}
	var ferry, private bool
	rules, conditions := map[uint32]bool{}, map[int]bool{}
	for _, d := range routes {
		for _, r := range d.runs {
			c := r.arc.Chain()
			private = private || p.m.ArcAccess[r.arc].Worst(p.van.Classes) == network.Private
			for _, iv := range p.m.Intervals(c) {
				ferry = ferry || iv.Class == network.Ferry
			}
			i, j := p.graph.Turns(r.state)
			for ; i < j; i++ {
				rule := &p.m.Rules[p.m.TurnRule[i]]
				if rule.Condition != 0 && rule.Applies&w.pass.Vehicle().Classes != 0 {
					rules[p.m.TurnRule[i]] = true
				}
			}
			for _, k := range p.conditionsOn(c) {
				if x := &p.m.Conditions[k]; x.From <= r.high() && r.low() <= x.To {
					conditions[k] = true
				}
			}
		}
	}
	if ferry {
		p.warn("%s: a route takes a ferry; sailings and waiting are not known", w.name)
	}
	if private {
		p.warn("%s: a route uses private roads; get the owner's leave", w.name)
	}
	if n := len(rules); n > 0 {
		p.warn("%s: %d turn restrictions along the routes hold only under a condition and are taken to hold always", w.name, n)
	}
	if n := len(conditions); n > 0 {
		p.warn("%s: %d stretches of the routes have limits or rules that hold only under a condition; these are not applied, check them", w.name, n)
	}
	if w.pass.Vehicle().LengthCM == 0 && w.pass.Vehicle().HeightCM == 0 && w.pass.Vehicle().WeightKG == 0 {
		p.warn("no dimension of any vehicle is given: limits were not checked")
	}
}
