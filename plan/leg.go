package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// legWork is what is known of the leg being planned.
type legWork struct {
	*planner
	leg      outrider.Leg
	name     string
	pass     *network.Passage
	time     *lane
	prefer   *lane
	exposure *hazard.Exposure
	stops    []stop
	findings []hazard.Placed // as they are when the column is last on the road
	fastest  *drive
	choke    []chokeStretch // on every route within slack of the fastest
	noExits  []noExit
	halts    time.Duration
}

// leg plans one leg.
func (p *planner) leg(ctx context.Context, i int, leg outrider.Leg) (outrider.LegPlan, error) {
	w := &legWork{planner: p, leg: leg, name: legName(i, leg)}
	if leg.Window.Earliest.IsZero() {
		return outrider.LegPlan{}, &outrider.Error{Kind: outrider.Invalid, Where: w.name, Cause: "no earliest start", Remedy: "give the window in which the head may leave"}
	}
	if leg.Window.Latest.Before(leg.Window.Earliest) && !leg.Window.Latest.IsZero() {
		return outrider.LegPlan{}, contradiction(w.name, "the latest start is before the earliest")
	}
	last := leg.Window.Latest
	if last.IsZero() {
		last = leg.Window.Earliest
	}
	if last.Before(p.arrived) {
		const form = "2006-01-02 15:04:05"
		return outrider.LegPlan{}, contradiction(w.name, fmt.Sprintf("the head must leave by %s, but ends the leg before at %s at the earliest",
			last.In(p.zone()).Format(form), p.arrived.In(p.zone()).Format(form)))
	}
	for _, h := range leg.Halts {
		w.halts += h.Duration
	}
	p.progress("fastest route", 0)
	if err := w.findFastest(ctx, i); err != nil {
		return outrider.LegPlan{}, err
	}
	if err := interrupted(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	p.progress("chokepoints", 1)
	most := uint32(min(float64(w.fastest.cost)*max(p.detour, slack)+1, search.Unreachable-1))
	c := p.newChokeSearch(w.time, w.stops, w.fastest, most)
	tight := c.within(ctx, scaled(w.fastest.cost, slack), nil)
	whatever := tight
	if p.detour > slack && len(tight) > 0 {
		whatever = c.within(ctx, scaled(w.fastest.cost, p.detour), tight)
	}
	w.choke = w.chokeStretches(tight, whatever)
	if err := interrupted(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	p.progress("exposure", 2)
	w.noExits = p.longWithoutExit(w.time)
	if err := w.expose(); err != nil {
		return outrider.LegPlan{}, err
	}
	primary := w.primary(c.ground())
	p.progress("alternates", 3)
	asked := max(p.in.Movement.Constraints.Alternates, 0)
	s := &candidateSearch{
		p: p, time: w.time, prefer: w.prefer, stops: w.stops, fastest: w.fastest.cost, detour: p.detour,
		avoid: w.avoidable(tight, whatever), chosen: []*drive{primary}, used: map[network.ChainID]int{}, within: c.ground(),
	}
	var pool []*drive
	if asked > 0 {
		pool = c.plateaus()
	}
	reason := s.look(ctx, asked, pool)
	if err := interrupted(ctx); err != nil {
		return outrider.LegPlan{}, err
	}
	p.progress("routes", 4)
	out := outrider.LegPlan{
		Name: leg.Name, From: p.planPoint(w.stops[0]), To: p.planPoint(w.stops[len(w.stops)-1]),
		Earliest: leg.Window.Earliest.In(p.zone()), Latest: leg.Window.Latest.In(p.zone()),
	}
	if out.Latest.Before(out.Earliest) {
		out.Latest = out.Earliest // a movement that names one hour only
	}
	if out.Name == "" {
		out.Name = fmt.Sprintf("%s – %s", out.From.Label, out.To.Label)
	}
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
		route := it.route(name, primary)
		route.Havens = havens[k]
		out.Routes = append(out.Routes, route)
	}
	out.Alternates = bounds(asked, len(s.chosen)-1, p.detour, reason)
	out.Shared = w.shared(primary)
	w.legWarnings(s.chosen)
	p.progress("routes", stages)
	return out, nil
}

func interrupted(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &outrider.Error{Kind: outrider.Interrupted, Cause: "planning was stopped", Err: err}
	}
	return nil
}

// findFastest places the leg's stops on the network and finds its fastest drive.
func (w *legWork) findFastest(ctx context.Context, i int) error {
	p := w.planner
	base := p.m.Passage(p.van, p.passageOptions(nil, nil))
	start, release, vias, halts, must, err := p.legStops(i, w.leg, base)
	if err != nil {
		return err
	}
	all := slices.Concat([]stop{start, release}, vias, halts, must)
	var ends []network.ChainID
	for _, s := range all {
		ends = append(ends, s.loc.Chain)
	}
	// A closure by findings counts if it holds at some time while the column may
	// be on the road. How long that is, the fastest drive says; closures make it
	// longer, so that others may come to hold, until none is left that could.
	var found []network.Stretch
	for {
		if err := interrupted(ctx); err != nil {
			return err
		}
		w.pass = p.m.Passage(p.van, p.passageOptions(ends, found))
		w.time = timeLane(w.pass)
		w.stops = p.order(ctx, w.time, start, release, vias, halts, must)
		var ok bool
		if w.fastest, ok = p.through(w.time, w.stops, nil, unbarred); !ok {
			return p.whyNoRoute(ctx, w, ends, found)
		}
		from, to := w.span(float64(w.fastest.cost) / 1000 * p.detour)
		closed := widened(p.m, hazard.Closures(p.findingsAt(from), from, to))
		if len(closed) <= len(found) {
			break
		}
		found = closed
	}
	leaves := w.leg.Window.Earliest
	if leaves.Before(p.arrived) {
		leaves = p.arrived
	}
	p.arrived = leaves.Add(w.halts + time.Duration(w.fastest.cost)*time.Millisecond)
	_, to := w.span(float64(w.fastest.cost) / 1000 * p.detour)
	w.findings = p.findingsAt(to)
	return nil
}

// findingsAt returns the findings as they are at a time: those whose last day is
// before it have lapsed, whatever they were when the plan is made.
func (p *planner) findingsAt(at time.Time) []hazard.Placed {
	out := slices.Clone(p.in.Findings)
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
	from, to := w.span(float64(w.fastest.cost) / 1000 * p.detour)
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

// primary chooses the primary route: of least time + τ·Λ, where τ is the
// exchange rate times the fastest drive's time over its Λ. If that takes longer
// than the detour limit, τ is lowered, by halves at first and then by bisection,
// to the greatest found that keeps the limit; with τ = 0 the fastest is left.
// Where ground is weighted and no τ keeps the limit, the fastest drive it is.
func (w *legWork) primary(ground *corridor) *drive {
	p := w.planner
	total := 0.0
	for _, r := range w.fastest.runs {
		total += w.lambda(r.arc, r.from, r.to)
	}
	exchange := p.in.Exchange
	if exchange == 0 {
		exchange = DefaultExchange
	}
	rate := 0.0
	if total > 0 && exchange > 0 {
		rate = exchange * float64(w.fastest.cost) / total
	}
	limit := p.detour * float64(w.fastest.cost)
	try := func(rate float64) (*drive, *lane, bool) {
		l := p.preferLane(w.time, w.lambda, rate)
		d, ok := p.through(l, w.stops, ground, unbarred)
		return d, l, ok && float64(p.cost(w.time, d.runs)) <= limit
	}
	d, l, ok := try(rate)
	if ok {
		w.prefer = l
		return d
	}
	best, low, high := w.fastest, 0.0, rate
	w.prefer = l
	for range 8 {
		mid := (low + high) / 2
		if d, l, ok = try(mid); ok {
			best, low, w.prefer = d, mid, l
		} else {
			high = mid
		}
	}
	return best
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
