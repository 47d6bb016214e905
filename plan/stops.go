package plan

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// Kinds of stop and of rows in the march table.
const (
	kindStart    = "start"
	kindVia      = "via"
	kindMust     = "must"
	kindHalt     = "halt"
	kindRelease  = "release"
	kindCritical = "critical"
)

// maxMust is the greatest number of must-pass places: their order is free, and
// every order is weighed.
const maxMust = 6

// where says for messages where a place is asked for.
func where(leg, what string, e outrider.Endpoint) string {
	s := leg + ", " + what
	if e.Label != "" {
		s += " (" + e.Label + ")"
	}
	if e.Position.Line > 0 {
		s += fmt.Sprintf(", line %d", e.Position.Line)
	}
	return s
}

// resolve returns the place that an endpoint means.
func (p *planner) resolve(e outrider.Endpoint, at string) (point, string, error) {
	label := e.Label
	if e.Point != nil {
		if label == "" {
			lat, lon := e.Point.Degrees()
			label = fmt.Sprintf("%.5f,%.5f", lat, lon)
		}
		return *e.Point, label, nil
	}
	if e.Text == "" {
		return point{}, "", &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: "no place given", Remedy: "give a coordinate or a name"}
	}
	f, err := p.m.Resolve(e.Text)
	if err != nil {
		return point{}, "", &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: err.Error(), Err: err}
	}
	if f.Name != "" && (label == "" || label == e.Text) { // say what the text was taken for
		label = f.Name
	}
	return f.Point, label, nil
}

// locate resolves an endpoint and snaps it to a road that the convoy may use.
func (p *planner) locate(e outrider.Endpoint, kind, at string, pass *network.Passage) (stop, error) {
	place, label, err := p.resolve(e, at)
	if err != nil {
		return stop{}, err
	}
	limit := p.in.Movement.Constraints.SnapDistance
	if limit <= 0 {
		limit = DefaultSnap
	}
	loc, err := p.m.Snap(place, pass, limit)
	if err != nil {
		kind := outrider.Internal
		if errors.Is(err, network.ErrOffNetwork) {
			kind = outrider.OffNetwork
			for _, g := range p.hard {
				if g.contains(place) {
					return stop{}, contradiction(at, "it lies in the avoid area "+g.name+", which must not be entered")
				}
			}
		}
		return stop{}, &outrider.Error{Kind: kind, Where: at, Cause: err.Error(), Err: err}
	}
	for _, g := range p.hard {
		if g.contains(loc.Point) || g.contains(place) {
			return stop{}, contradiction(at, "it lies in the avoid area "+g.name+", which must not be entered")
		}
	}
	s := stop{kind: kind, label: label, loc: loc, asked: place, halt: -1}
	if e.Approach != "" && kind != kindStart {
		return p.approached(s, e.Approach, at)
	}
	return s, nil
}

func contradiction(at, cause string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: cause, Remedy: "these constraints contradict each other: change one of them"}
}

// legStops is everything that a leg must pass: vias and halts in their order, and
// must-pass places in none.
type legStops struct {
	start, release    stop
	vias, halts, must []stop
}

func (s legStops) all() []stop {
	return slices.Concat([]stop{s.start, s.release}, s.vias, s.halts, s.must)
}

// legStops locates everything a leg must pass.
func (p *planner) legStops(i int, leg outrider.Leg, pass *network.Passage) (out legStops, err error) {
	name := legName(i, leg)
	from := p.startOf(i, leg)
	if out.start, err = p.locate(from, kindStart, where(name, "start", from), pass); err != nil {
		return
	}
	if out.release, err = p.locate(leg.To, kindRelease, where(name, "destination", leg.To), pass); err != nil {
		return
	}
	var s stop
	for k, e := range leg.Via {
		if s, err = p.locate(e, kindVia, where(name, fmt.Sprintf("via %d", k+1), e), pass); err != nil {
			return
		}
		out.vias = append(out.vias, s)
	}
	for k, h := range leg.Halts {
		if s, err = p.locate(h.At, kindHalt, where(name, fmt.Sprintf("halt %d", k+1), h.At), pass); err != nil {
			return
		}
		if h.Duration < 0 {
			err = &outrider.Error{Kind: outrider.Invalid, Where: where(name, fmt.Sprintf("halt %d", k+1), h.At), Cause: "a halt of less than no time", Remedy: "give a duration of 0 or more"}
			return
		}
		s.halt = k
		out.halts = append(out.halts, s)
	}
	places := p.in.Movement.Constraints.MustPass
	if len(places) > maxMust {
		err = &outrider.Error{Kind: outrider.Invalid, Where: "constraints", Cause: fmt.Sprintf("%d must-pass places; there may be %d", len(places), maxMust), Remedy: "make some of them vias of a leg, in order"}
		return
	}
	if i == 0 || len(p.in.Movement.Legs) == 1 {
		for k, e := range places {
			if s, err = p.locate(e, kindMust, where("constraints", fmt.Sprintf("must pass %d", k+1), e), pass); err != nil {
				return
			}
			out.must = append(out.must, s)
		}
	}
	return
}

// startOf returns where a leg starts: where it says, or where the one before
// ended.
func (p *planner) startOf(i int, leg outrider.Leg) outrider.Endpoint {
	if leg.From.Point == nil && leg.From.Text == "" && i > 0 {
		return p.in.Movement.Legs[i-1].To
	}
	return leg.From
}

func legName(i int, leg outrider.Leg) string {
	if leg.Name != "" {
		return fmt.Sprintf("leg %q", leg.Name)
	}
	return fmt.Sprintf("leg %d", i+1)
}

// order puts the middle stops of a leg in the order that takes the least time:
// vias among themselves and halts among themselves keep theirs, must-pass places
// are free. It is exact but for turn restrictions over several ways that span a
// stop, of which it knows nothing; the times of the drive itself do.
func (p *planner) order(ctx context.Context, l *lane, f legStops) []stop {
	start, release, vias, halts, must := f.start, f.release, f.vias, f.halts, f.must
	var all []stop
	all = append(append(append(append(all, start), vias...), halts...), must...)
	all = append(all, release)
	if len(must) == 0 && (len(vias) == 0 || len(halts) == 0) {
		return all
	}
	n := len(all)
	cost := p.timesBetween(ctx, l, all)
	// A set of passed stops is (vias passed, halts passed, which must-pass).
	type key struct{ vias, halts, must, at int }
	type best struct {
		cost uint32
		from key
	}
	done := map[key]best{{at: 0}: {}, {at: 1}: {}}
	frontier := []key{{at: 0}, {at: 1}}
	steps := n - 2
	step := func(from key, to key, j int) {
		for e := range 2 {
			to.at = 2*j + e
			c := uint64(done[from].cost) + uint64(cost[from.at][to.at])
			if c >= search.Unreachable {
				continue
			}
			if b, ok := done[to]; !ok || uint32(c) < b.cost {
				if !ok {
					frontier = append(frontier, to)
				}
				done[to] = best{uint32(c), from}
			}
		}
	}
	for range steps {
		layer := frontier
		frontier = nil
		for _, k := range layer {
			if k.vias < len(vias) {
				step(k, key{k.vias + 1, k.halts, k.must, 0}, 1+k.vias)
			}
			if k.halts < len(halts) {
				step(k, key{k.vias, k.halts + 1, k.must, 0}, 1+len(vias)+k.halts)
			}
			for b := range must {
				if k.must>>b&1 == 0 {
					step(k, key{k.vias, k.halts, k.must | 1<<b, 0}, 1+len(vias)+len(halts)+b)
				}
			}
		}
	}
	least, end := uint64(search.Unreachable), key{}
	for _, k := range frontier {
		for e := range 2 {
			if c := uint64(done[k].cost) + uint64(cost[k.at][2*(n-1)+e]); c < least && bits.OnesCount(uint(k.must)) == len(must) {
				least, end = c, k
			}
		}
	}
	if least >= search.Unreachable {
		return all // no order works; the search itself will say why
	}
	middle := []stop{}
	for k := end; len(middle) < steps; k = done[k].from {
		middle = append(middle, all[k.at/2])
	}
	slices.Reverse(middle)
	return append(append([]stop{start}, middle...), release)
}

// timesBetween returns the least times between stops, of which the first is the
// start and the last the release: times[2i+d][2j+e] is that from stop i, left in
// direction d, to stop j, entered in e. It takes one question for each pair of
// directions, and is cut short when ctx ends.
func (p *planner) timesBetween(ctx context.Context, l *lane, all []stop) [][]uint32 {
	n := len(all)
	times := make([][]uint32, 2*n)
	for i := range times {
		times[i] = slices.Repeat([]uint32{search.Unreachable}, 2*n)
	}
	for i := range 2 * (n - 1) {
		if ctx.Err() != nil {
			break
		}
		from := all[i/2].loc
		a := from.Chain.Arc(i%2 == 1)
		var sources []search.Source
		if w := l.part(a, from.At, end(p.m, a)); w < search.Unreachable {
			sources = append(sources, search.Source{State: uint32(a), Label: w})
		}
		for j := 2; j < 2*n; j++ {
			to := all[j/2].loc
			b := to.Chain.Arc(j%2 == 1)
			best := uint32(search.Unreachable)
			if a == b && ahead(a, from.At, to.At) && (all[j/2].only == nil || *all[j/2].only == b) {
				best = l.part(a, from.At, to.At)
			}
			targets := slices.DeleteFunc(p.arrivals(l, all[j/2]), func(t search.Target) bool { return p.arc(t.State) != b })
			if d, ok := p.least(l, sources, targets); ok {
				best = min(best, d)
			}
			times[i][j] = best
		}
	}
	return times
}

// planPoint makes the plan's form of a stop.
func (p *planner) planPoint(s stop) outrider.PlanPoint {
	return outrider.PlanPoint{
		Label: s.label, Lat: degrees(s.loc.Point.Lat), Lon: degrees(s.loc.Point.Lon),
		Asked: latLon(s.asked), Away: s.loc.Away, Road: p.m.Describe(s.loc.Chain, s.loc.At),
	}
}

func degrees(e7 int32) float64 { return float64(e7) / geo.E7 }

func latLon(q point) outrider.LatLon {
	return outrider.LatLon{Lat: degrees(q.Lat), Lon: degrees(q.Lon)}
}
