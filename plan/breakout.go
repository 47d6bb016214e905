package plan

import (
	"context"
	"slices"
	"sync"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// breakOutReach is the driving time in milliseconds from a critical point within
// which a safe haven is looked for.
const breakOutReach = 30 * 60 * 1000

// breakOuts fills in, for each critical point of the routes' march tables, the
// way on to the nearest verified safe haven, or where none is in reach to the
// nearest of all, and the way that leaves the route before the point. It takes
// one search back from the verified havens and one from all.
func (c *changer) breakOuts(ctx context.Context, drives []*itinerary, routes []outrider.RoutePlan) {
	w := c.w
	box := w.boxAround(drives, breakOutReach)
	known := hazard.VerifiedHavens(w.m, w.findings)
	verified := sync.OnceValue(func() *refuge {
		return w.refuge(box, func(i int) bool { _, ok := known[i]; return ok })
	})
	all := sync.OnceValue(func() *refuge { return w.refuge(box, func(int) bool { return true }) })
	for k, it := range drives {
		out := []outrider.BreakOut{}
		for _, row := range routes[k].March {
			if row.Kind != kindCritical || ctx.Err() != nil {
				continue
			}
			out = append(out, c.breakOut(it, row, verified, all))
			if before, ok := c.breakOutBefore(it, row, verified, all); ok {
				out = append(out, before)
			}
		}
		routes[k].BreakOut = out
	}
}

// A refuge is a set of safe havens with the ways to them.
type refuge struct {
	tree    search.Tree
	targets []search.Target
	first   map[uint32]havenPart        // per state in which one lies: the one that is first on its arc
	on      map[network.ChainID][]int32 // by the chain of the access point
}

// refuge searches back from the havens that keep says, but for fuel and helipads:
// at neither is there anybody to take people in.
func (w *legWork) refuge(box geo.Box, keep func(haven int) bool) *refuge {
	r := &refuge{first: map[uint32]havenPart{}, on: map[network.ChainID][]int32{}}
	for i := range w.m.Havens {
		h := &w.m.Havens[i]
		if h.Kind == network.Fuel || h.Kind == network.Helipad || h.AccessChain == network.None || !box.Contains(h.AccessPoint) || !keep(i) {
			continue
		}
		r.on[h.AccessChain] = append(r.on[h.AccessChain], int32(i))
		for _, t := range w.targets(w.time, network.Location{Chain: h.AccessChain, At: h.AccessAt}) {
			if t.Part >= search.Unreachable {
				continue // nobody drives to it along this arc
			}
			if old, ok := r.first[t.State]; !ok || t.Part < old.part {
				r.first[t.State] = havenPart{int32(i), t.Part}
			}
			r.targets = append(r.targets, t)
		}
	}
	w.engine.Backward(w.time.Metric, r.targets, breakOutReach, &r.tree)
	return r
}

// An escape is a way to a safe haven.
type escape struct {
	haven int32
	cost  uint64 // milliseconds
	way   []run
}

// escape returns the quickest way from the end of a run's arc to a haven of r,
// within budget, that does not begin with turning back and misses what is
// barred. Mostly it is the one of the tree; where that drives what is barred, a
// search decides, led by the tree.
func (c *changer) escape(r *refuge, here run, budget uint64) (escape, bool) {
	w := c.w
	none := budget + 1
	// The best way onto a road with a haven on it, and the best over the tree.
	next, byTree := none, none
	var road, first uint32
	var sources []search.Source
	i, j := w.graph.Turns(here.state)
	for ; i < j; i++ {
		s, turn := w.graph.Next(i), w.time.Turn[i]
		a := w.arc(s)
		if turn >= search.Unreachable || a == here.arc.Reverse() || c.barred[a] {
			continue
		}
		if e, ok := r.first[s]; ok {
			if x := uint64(turn) + uint64(e.part); x < next {
				next, road = x, s
			}
		}
		if through, l := w.time.Arc[a], r.tree.Label(s); through < search.Unreachable && l < search.Unreachable {
			x := uint64(turn) + uint64(through)
			if x+uint64(l) < byTree {
				byTree, first = x+uint64(l), s
			}
			if x <= budget {
				sources = append(sources, search.Source{State: s, Label: uint32(x)})
			}
		}
	}
	if byTree < next {
		path := []uint32{first}
		for final := false; !final; {
			var s uint32
			s, final, _ = r.tree.Parent(path[len(path)-1])
			path = append(path, s)
		}
		if !slices.ContainsFunc(path, func(s uint32) bool { return c.barred[w.arc(s)] }) {
			return c.escapeOver(r, path, byTree), true
		}
		targets := slices.DeleteFunc(slices.Clone(r.targets), func(t search.Target) bool { return c.barred[w.arc(t.State)] })
		if x, ok := w.engine.Within(c.free, sources, targets, &r.tree, uint32(budget)); ok && uint64(x) < next {
			return c.escapeOver(r, w.engine.Path(nil), uint64(x)), true
		}
	}
	if next == none {
		return escape{}, false
	}
	return c.escapeOver(r, []uint32{road}, next), true
}

// escapeOver lays out the way over states to the haven that is first in the last.
func (c *changer) escapeOver(r *refuge, path []uint32, cost uint64) escape {
	w := c.w
	e := escape{haven: r.first[path[len(path)-1]].haven, cost: cost}
	for _, s := range path {
		a := w.arc(s)
		e.way = append(e.way, run{state: s, arc: a, from: begin(w.m, a), to: end(w.m, a)})
	}
	e.way[len(e.way)-1].to = w.m.Havens[e.haven].AccessAt
	return e
}

// onwards returns the quickest way on from a position on a run, in its
// direction: nowhere does it drive that road back.
func (c *changer) onwards(r *refuge, here run, at network.Millimetres) (escape, bool) {
	w := c.w
	best, ok := escape{cost: breakOutReach + 1}, false
	for _, i := range r.on[here.arc.Chain()] {
		h := &w.m.Havens[i]
		if !ahead(here.arc, at, h.AccessAt) {
			continue
		}
		if x := uint64(w.time.part(here.arc, at, h.AccessAt)); x < best.cost {
			best, ok = escape{i, x, []run{{here.state, here.arc, at, h.AccessAt}}}, true
		}
	}
	first := run{here.state, here.arc, at, end(w.m, here.arc)}
	rest := uint64(w.time.part(first.arc, first.from, first.to))
	if rest >= best.cost {
		return best, ok
	}
	defer c.unbar()
	c.barArc(here.arc.Reverse())
	if on, found := c.escape(r, here, best.cost-rest-1); found {
		on.cost += rest
		on.way = slices.Insert(on.way, 0, first)
		return on, true
	}
	return best, ok
}

// breakOut finds the way on from a critical point.
func (c *changer) breakOut(it *itinerary, row outrider.MarchRow, verified, all func() *refuge) outrider.BreakOut {
	out := outrider.BreakOut{Point: row.Point, Odometer: row.Odometer, Over: []string{}, Geometry: []outrider.LatLon{}}
	i, at := it.at(row.Odometer)
	e, ok := c.onwards(verified(), it.runs[i], at)
	out.Verified = ok
	if !ok {
		e, ok = c.onwards(all(), it.runs[i], at)
	}
	if !ok {
		return out
	}
	var off []run
	out.Leaves, off = it.leaves(i, e.way)
	c.fill(&out, e, off)
	return out
}

// breakOutBefore finds the way off the route from the last junction before a
// critical point at which one begins that misses the route from there to the
// point. ok is false if there is none.
func (c *changer) breakOutBefore(it *itinerary, row outrider.MarchRow, verified, all func() *refuge) (out outrider.BreakOut, ok bool) {
	to, _ := it.at(row.Odometer)
	defer c.unbar()
	c.bar(it.runs[to])
	for i := to - 1; i >= 0; i-- {
		here := it.runs[i]
		if it.odometer[i+1] < row.Odometer && c.w.turns(here, it.runs[i+1]) {
			e, ok := c.escape(verified(), here, breakOutReach)
			known := ok
			if !ok {
				e, ok = c.escape(all(), here, breakOutReach)
			}
			if ok {
				out := outrider.BreakOut{Point: row.Point, Before: true, Odometer: row.Odometer, Verified: known, Leaves: it.odometer[i+1]}
				c.fill(&out, e, e.way)
				return out, true
			}
		}
		c.bar(here)
	}
	return out, false
}

// fill fills in what a way says of its haven and of itself; off is what it
// drives off the route.
func (c *changer) fill(out *outrider.BreakOut, e escape, off []run) {
	h := &c.w.m.Havens[e.haven]
	out.Haven, out.Kind, out.OSM = c.w.m.Text(h.Name), h.Kind.String(), h.Object()
	if out.Haven == "" {
		out.Haven = out.OSM
	}
	out.Lat, out.Lon = degrees(h.Point.Lat), degrees(h.Point.Lon)
	out.Drive, out.Metres = float64(e.cost)/1000, length(&drive{runs: e.way})
	out.Over, out.Geometry = c.w.roads(off), c.w.line(off)
	thousandths(&out.Odometer, &out.Drive, &out.Metres, &out.Leaves)
}

// leaves returns the odometer at which a way that begins on run i leaves the
// route, and what it drives from there.
func (it *itinerary) leaves(i int, way []run) (float64, []run) {
	for k, r := range way {
		j := i
		for i+1 < len(it.runs) && !it.w.turns(it.runs[i], it.runs[i+1]) {
			i++ // on past a stop
		}
		here := it.runs[i]
		if r.to != here.to { // the haven, or the destination, lies on this road
			if ahead(r.arc, here.to, r.to) {
				return it.odometer[i+1], slices.Insert(slices.Clone(way[k+1:]), 0, run{r.state, r.arc, here.to, r.to})
			}
			return it.reading(j, r.to), nil
		}
		if k+1 == len(way) || i+1 == len(it.runs) || way[k+1].arc != it.runs[i+1].arc {
			return it.odometer[i+1], way[k+1:]
		}
		i++
	}
	return it.odometer[i], nil
}
