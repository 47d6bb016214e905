package plan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/router"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// A Router knows the roads as they are for one convoy at one hour, and takes
// closures and findings as they come in: each is worked in within milliseconds,
// and the next answer counts with it. What it answers is what a plan made afresh
// would: the same roads are open, and drives take the same time.
//
// One goroutine at a time may change it. While nobody does, any number of
// RouterQuery may ask.
type Router struct {
	p         *planner
	at, until time.Time
	base      *network.Passage // with nothing closed by what came in, for finding places
	pass      *network.Passage
	lane      *lane
	metric    *router.Metric
	ends      []network.ChainID
	closed    map[string][]network.Stretch
	findings  map[string]hazard.Placed
	havens    [network.HavenKinds]havenEnds
}

// havenEnds are the havens of a kind as targets, and which haven each is.
type havenEnds struct {
	targets []search.Target
	haven   []int32
}

// NewRouter makes a router for the convoy and the constraints of a movement, whose
// legs do not matter, and the findings of the input; profile, exchange and
// timetable are not needed. Times are those of drives that begin at a time; what
// closes a road counts if it holds at some time from then until another, which
// should be when the last of them is over. Errors are those of Make, and of kind
// Invalid where findings share an id or until is before at. On 100,000 chains it
// takes some tenths of a second.
func NewRouter(ctx context.Context, in Input, at, until time.Time) (*Router, error) {
	if in.Map == nil || in.Movement == nil {
		return nil, &outrider.Error{Kind: outrider.Internal, Cause: "a router needs a map and a movement"}
	}
	if until.Before(at) {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "router", Cause: "drives are over before they begin", Remedy: "give an end that is not before the start"}
	}
	p, err := prepareConvoy(&in)
	if err != nil {
		return nil, err
	}
	r := &Router{p: p, at: at, until: until, closed: map[string][]network.Stretch{}, findings: map[string]hazard.Placed{}}
	for _, f := range in.Findings {
		if _, twice := r.findings[f.Finding.ID]; twice {
			return nil, &outrider.Error{Kind: outrider.Invalid, Where: nameOf(f), Cause: "there are two of this id", Remedy: "give each finding an id of its own"}
		}
		if err := r.on(nameOf(f), f.Location); err != nil {
			return nil, err
		}
		r.findings[f.Finding.ID] = f
	}
	r.base = p.m.Passage(p.van, p.passageOptions(nil, nil))
	r.pass = p.m.Passage(p.van, p.passageOptions(nil, r.shut()))
	whole := p.drivingLane(r.pass, at)
	r.lane = &lane{Metric: whole.Metric, part: func(a network.ArcID, from, to network.Millimetres) uint32 { return p.likely(r.pass, a, from, to, r.at) }}
	n, err := p.router(ctx)
	if err != nil {
		return nil, err
	}
	r.metric = n.NewMetric()
	if err := r.metric.Set(r.lane.Metric, runtime.GOMAXPROCS(0)); err != nil {
		return nil, internal(err)
	}
	r.placeHavens()
	return r, nil
}

// on checks that a place lies on the map.
func (r *Router) on(what string, at network.Location) error {
	if r.p.has(at) {
		return nil
	}
	return &outrider.Error{Kind: outrider.Invalid, Where: what, Cause: "a place that is not on the map", Remedy: "find the place on this map first"}
}

func (p *planner) has(at network.Location) bool {
	return uint64(at.Chain) < uint64(p.m.NumChains()) && at.At <= p.m.Length[at.Chain]
}

// nameOf names a finding in messages.
func nameOf(f hazard.Placed) string { return fmt.Sprintf("finding %q", f.Finding.ID) }

func internal(err error) error {
	return &outrider.Error{Kind: outrider.Internal, Cause: err.Error(), Err: err}
}

// A Place is a position on the network that somebody asked for.
type Place struct {
	Label    string
	Location network.Location
}

// Place finds an endpoint on the network, as a plan does: the nearest position on
// a road that the convoy may use, whatever is closed at the moment.
func (r *Router) Place(e outrider.Endpoint) (Place, error) {
	at := "place"
	if name := cmp.Or(e.Text, e.Label); name != "" {
		at = fmt.Sprintf("place %q", name)
	}
	s, err := r.p.locate(e, kindStart, at, r.base)
	return Place{s.label, s.loc}, err
}

// Serve opens what only those with business there may use to who starts or ends
// at these places, and to nobody else, as a movement with these ends does. Without
// it, or after it was told of other places, such roads stay closed to them. Where
// none of the places, before and now, lies on such a road it costs nothing.
func (r *Router) Serve(places ...Place) error {
	var ends []network.ChainID
	for _, x := range places {
		if err := r.on("place "+strconv.Quote(x.Label), x.Location); err != nil {
			return err
		}
		if c := x.Location.Chain; r.p.m.Component[c] != network.None {
			ends = append(ends, c)
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	if slices.Equal(ends, r.ends) {
		return nil
	}
	r.ends = ends
	return r.apply()
}

// Close closes stretches under a name, in the place of those closed under it
// before. A stretch of no length is a barrier, like the place of a finding: at a
// junction it closes every arm.
func (r *Router) Close(name string, stretches ...network.Stretch) error {
	for _, s := range stretches {
		if uint64(s.Chain) >= uint64(r.p.m.NumChains()) || s.From > s.To || s.To > r.p.m.Length[s.Chain] || s.Heading > network.BackwardOnly {
			return &outrider.Error{Kind: outrider.Invalid, Where: "closure " + name, Cause: "a stretch that the map does not have", Remedy: "find the place on this map first"}
		}
	}
	r.closed[name] = slices.Clone(stretches)
	return r.apply()
}

// CloseAround closes every road within so many metres of a place, under a name as
// Close does: of a bridge both carriageways. It returns how many stretches these
// are; where there is none it fails.
func (r *Router) CloseAround(name string, centre geo.Point, metres float64) (stretches int, err error) {
	at := "closure " + name
	if !(metres > 0 && metres < 1e5) {
		return 0, &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: fmt.Sprintf("%g m around it", metres), Remedy: "give a distance from above 0 to 100,000 m"}
	}
	all := ground{name: name, centre: centre, radius: metres}.stretches(r.p.m)
	if len(all) == 0 {
		return 0, &outrider.Error{Kind: outrider.OffNetwork, Where: at, Cause: fmt.Sprintf("no road within %g m", metres), Remedy: "name a place on the road, or close more around it"}
	}
	return len(all), r.Close(name, all...)
}

// Open opens what was closed under a name. It reports whether there was such a
// closure.
func (r *Router) Open(name string) (bool, error) {
	if _, ok := r.closed[name]; !ok {
		return false, nil
	}
	delete(r.closed, name)
	return true, r.apply()
}

// AddFinding takes a finding into account, in the place of one with the same id.
func (r *Router) AddFinding(f hazard.Placed) error {
	if err := r.on(nameOf(f), f.Location); err != nil {
		return err
	}
	r.findings[f.Finding.ID] = f
	return r.apply()
}

// DropFinding forgets a finding. It reports whether there was one with the id.
func (r *Router) DropFinding(id string) (bool, error) {
	if _, ok := r.findings[id]; !ok {
		return false, nil
	}
	delete(r.findings, id)
	return true, r.apply()
}

// shut returns all that closures and findings close.
func (r *Router) shut() []network.Stretch {
	var found []hazard.Placed
	for _, id := range slices.Sorted(maps.Keys(r.findings)) {
		found = append(found, r.findings[id])
	}
	found = lapsedBy(found, r.at)
	points := hazard.Closures(found, r.at, r.until)
	var out []network.Stretch
	for _, name := range slices.Sorted(maps.Keys(r.closed)) {
		for _, s := range r.closed[name] {
			if s.From == s.To {
				points = append(points, s)
			} else {
				out = append(out, s)
			}
		}
	}
	return append(out, widened(r.p.m, points)...)
}

// apply works what is closed and open now into the weights.
func (r *Router) apply() error {
	o := r.p.passageOptions(r.ends, r.shut())
	pass, arcs, turns := r.pass.Changed(o.Ends, o.Closed)
	r.pass = pass
	for _, a := range arcs {
		r.lane.Arc[a] = uint32(pass.Arc[a])
		if r.lane.Arc[a] < search.Unreachable {
			r.lane.Arc[a] = r.lane.part(a, begin(r.p.m, a), end(r.p.m, a))
		}
	}
	for _, t := range turns {
		r.lane.Turn[t] = uint32(pass.Turn[t])
	}
	if err := r.metric.Change(r.lane.Metric, words(arcs), turns); err != nil {
		return internal(err)
	}
	r.placeHavens()
	return nil
}

// placeHavens works out how the havens are come to along their roads.
func (r *Router) placeHavens() {
	for k := range r.havens {
		r.havens[k] = havenEnds{r.havens[k].targets[:0], r.havens[k].haven[:0]}
	}
	for i, x := range r.p.m.Havens {
		if x.AccessChain == network.None {
			continue
		}
		e := &r.havens[x.Kind]
		e.targets = r.p.appendTargets(e.targets, r.lane, network.Location{Chain: x.AccessChain, At: x.AccessAt})
		for len(e.haven) < len(e.targets) {
			e.haven = append(e.haven, int32(i))
		}
	}
}

// A RouterQuery asks a Router. It belongs to one goroutine, and allocates nothing
// once it has been asked a few times but for what it returns.
type RouterQuery struct {
	r       *Router
	q       *router.Query
	sources []search.Source
	targets []search.Target
	states  []uint32
	direct  network.ArcID // of the drive found last: the arc that both ends lie on, ahead of each other
}

// NewQuery returns a query that sees every later change of the router.
func (r *Router) NewQuery() *RouterQuery { return &RouterQuery{r: r, q: r.metric.NewQuery()} }

// Time returns the least driving time from one place to another; ok is false if
// there is no way, or no such place on the map. It takes microseconds.
func (q *RouterQuery) Time(from, to network.Location) (took network.Millis, ok bool) {
	r := q.r
	if !r.p.has(from) || !r.p.has(to) {
		return search.Unreachable, false
	}
	q.sources = r.p.appendSources(q.sources[:0], r.lane, from)
	q.targets = r.p.appendTargets(q.targets[:0], r.lane, to)
	return q.shortest(from, to)
}

// shortest answers for the sources and targets in hand. Where to lies ahead of
// from on the same road, going straight there counts too.
func (q *RouterQuery) shortest(from, to network.Location) (took network.Millis, ok bool) {
	r := q.r
	best, ok := q.q.Shortest(q.sources, q.targets)
	if !ok {
		best = search.Unreachable
	}
	q.direct = network.None
	if from.Chain == to.Chain {
		for _, back := range []bool{false, true} {
			a := from.Chain.Arc(back)
			if !ahead(a, from.At, to.At) {
				continue
			}
			if w := r.lane.part(a, from.At, to.At); w <= best && w < search.Unreachable {
				best, q.direct, ok = w, a, true
			}
		}
	}
	return network.Millis(best), ok
}

// Route appends the arcs of a fastest drive to dst, the first and the last of
// which are driven in part, and returns its time; ok is false if there is no way.
func (q *RouterQuery) Route(from, to network.Location, dst []network.ArcID) (took network.Millis, arcs []network.ArcID, ok bool) {
	if took, ok = q.Time(from, to); !ok {
		return took, dst, false
	}
	return took, q.arcs(dst), true
}

// arcs appends the arcs of the drive found last.
func (q *RouterQuery) arcs(dst []network.ArcID) []network.ArcID {
	if q.direct != network.None {
		return append(dst, q.direct)
	}
	q.states = q.q.Path(q.states[:0])
	for _, s := range q.states {
		dst = append(dst, q.r.p.arc(s))
	}
	return dst
}

// Haven returns the haven of a kind that is the nearest in driving time, as a
// number in Map.Havens, and the time to it; ok is false if none can be reached. If
// verified is not nil, only the havens in it count.
func (q *RouterQuery) Haven(from network.Location, kind network.HavenKind, verified map[int]hazard.Finding) (haven int, took network.Millis, ok bool) {
	r := q.r
	if !r.p.has(from) || int(kind) >= len(r.havens) {
		return 0, search.Unreachable, false
	}
	e := &r.havens[kind]
	q.sources = r.p.appendSources(q.sources[:0], r.lane, from)
	q.targets = q.targets[:0]
	best := uint32(search.Unreachable)
	for i, t := range e.targets {
		n := int(e.haven[i])
		_, counts := verified[n]
		if counts = counts || verified == nil; !counts {
			t.Part = search.Unreachable // its place in the list says which haven it is
		}
		q.targets = append(q.targets, t)
		h := &r.p.m.Havens[n]
		if a := r.p.arc(t.State); counts && h.AccessChain == from.Chain && ahead(a, from.At, h.AccessAt) {
			if w := r.lane.part(a, from.At, h.AccessAt); w < best {
				best, haven, ok = w, n, true
			}
		}
	}
	if w, found := q.q.Shortest(q.sources, q.targets); found && w < best {
		best, haven, ok = w, int(e.haven[q.q.Target()]), true
	}
	return haven, network.Millis(best), ok
}

// Table appends the times from each place to each place to out, row by row;
// network.Unreachable where there is no way.
func (q *RouterQuery) Table(places []Place, out []network.Millis) []network.Millis {
	for _, from := range places {
		for _, to := range places {
			took, ok := q.Time(from.Location, to.Location)
			if !ok {
				took = network.Unreachable
			}
			out = append(out, took)
		}
	}
	return out
}

// Corridor appends the chains that some drive from one place to another of at most
// a budget passes, rising: all of the chain in some direction, or the roads of the
// places themselves.
func (q *RouterQuery) Corridor(from, to network.Location, budget network.Millis, dst []network.ChainID) []network.ChainID {
	took, ok := q.Time(from, to)
	if !ok || took > budget {
		return dst
	}
	q.states = q.q.Corridor(q.sources, q.targets, uint32(min(budget, search.Unreachable-1)), q.states[:0])
	first := len(dst)
	dst = append(dst, from.Chain, to.Chain)
	for _, s := range q.states {
		dst = append(dst, q.r.p.arc(s).Chain())
	}
	slices.Sort(dst[first:])
	return dst[:first+len(slices.Compact(dst[first:]))]
}

// A Way is a drive as it is told.
type Way struct {
	Time   network.Millis
	Metres float64
	Roads  []Road // in order
	Line   []outrider.LatLon
}

// A Road is a part of a drive on one road, as a plan names it: a roundabout belongs
// to the road that it is left by.
type Road struct {
	Name   string  `json:"road"`
	Metres float64 `json:"length_m"`
}

// roadsOf returns the roads that runs drive, in order.
func (w *legWork) roadsOf(runs []run) []Road {
	all := (&itinerary{w: w, drive: &drive{runs: runs}}).parts()
	var out []Road
	carried := 0.0 // metres on roundabouts, for the road that comes
	for i, x := range all {
		metres := (max(x.from, x.to) - min(x.from, x.to)).Metres()
		if x.round && i+1 < len(all) {
			carried += metres
			continue
		}
		if n := len(out); n == 0 || out[n-1].Name != x.road {
			out = append(out, Road{Name: x.road})
		}
		out[len(out)-1].Metres += metres + carried
		carried = 0
	}
	return out
}

// Way returns a fastest drive as it is told; ok is false if there is none.
func (q *RouterQuery) Way(from, to network.Location) (way Way, ok bool) {
	took, arcs, ok := q.Route(from, to, nil)
	if !ok {
		return Way{}, false
	}
	p := q.r.p
	var runs []run
	for i, a := range arcs {
		x := run{state: uint32(a), arc: a, from: begin(p.m, a), to: end(p.m, a)}
		if q.direct == network.None {
			x.state = q.states[i]
		}
		if i == 0 {
			x.from = from.At
		}
		if i == len(arcs)-1 {
			x.to = to.At
		}
		runs = append(runs, x)
	}
	w := &legWork{planner: p}
	return Way{Time: took, Metres: length(&drive{runs: runs}), Roads: w.roadsOf(runs), Line: w.line(runs)}, true
}

// mostRoadsNamed is how many roads of a closure are named.
const mostRoadsNamed = 8

// Closures tells what is closed by findings and by name, in words, in order: of
// each closure the hours if it has any, its roads, the first mostRoadsNamed of them by
// name, and where the first of them is closed.
func (r *Router) Closures() []string {
	var out []string
	say := func(what string, at []network.Stretch) {
		if len(at) == 0 {
			return
		}
		var roads []string
		for _, s := range at {
			if road := r.p.m.Describe(s.Chain, s.From); !slices.Contains(roads, road) {
				roads = append(roads, road)
			}
		}
		more := ""
		if n := len(roads) - mostRoadsNamed; n > 0 {
			roads, more = roads[:mostRoadsNamed], " and 1 more road"
			if n > 1 {
				more = fmt.Sprintf(" and %d more roads", n)
			}
		}
		q := r.p.m.PointAt(at[0].Chain, at[0].From)
		lat, lon := q.Degrees()
		out = append(out, fmt.Sprintf("%s: %s%s (%.5f, %.5f)", what, strings.Join(roads, ", "), more, lat, lon))
	}
	all := lapsedBy(slices.Collect(maps.Values(r.findings)), r.at)
	slices.SortFunc(all, func(a, b hazard.Placed) int {
		return cmp.Or(cmp.Compare(a.Location.Chain, b.Location.Chain), cmp.Compare(a.Location.At, b.Location.At), strings.Compare(a.Finding.ID, b.Finding.ID))
	})
	for i := range all {
		f := &all[i].Finding
		hours := ""
		if !f.From.IsZero() {
			zone := r.p.zone()
			hours = fmt.Sprintf(", from %s to %s", f.From.In(zone).Format("2006-01-02 15:04"), f.To.In(zone).Format("2006-01-02 15:04 MST"))
		}
		say(fmt.Sprintf("surveyed by %s on %s%s", f.Surveyor, f.Date, hours), hazard.Closures(all[i:i+1], r.at, r.until))
	}
	for _, name := range slices.Sorted(maps.Keys(r.closed)) {
		say(name, r.closed[name])
	}
	return out
}
