package game

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// The edge games are flows: a flow in which edge e carries at most 1/p_e and which
// is F in all is, divided by F, a mix of routes that passes e with a chance of at
// most 1/(p_e F), so that no attack succeeds more often than 1/F (Washburn and
// Wood, Operations Research 43(2), 1995).

// fine is how many units of flow the scale aims at: enough that rounding down to
// whole units does not show in any sum, few enough that sums do not overflow.
const fine = 1 << 58

// coarse is the flow in units below which the scale is too coarse to keep the gap.
const coarse = 1 << 46

// unitsOf is how many whole units of flow a capacity is, and flow.Infinite for an
// infinite one.
func unitsOf(capacity, unit float64) int64 {
	if math.IsInf(capacity, 1) {
		return flow.Infinite
	}
	// Twice the bound: an edge that is too wide to matter must not look full.
	return int64(math.Min(capacity*unit, 2*fine))
}

// flowGame is an edge game as a network.
type flowGame struct {
	in   *Instance
	net  *flow.Network
	unit float64 // units of flow per unit of 1/p
}

// newFlowGame lays the instance out as a network, without capacities.
func newFlowGame(in *Instance) *flowGame {
	return &flowGame{in: in, net: flow.NewNetwork(len(in.Nodes), in.From, in.To, make([]int64, len(in.From)), in.Directed)}
}

// reach bounds any flow from above: what can leave the sources or enter the sinks,
// whichever is less, and else all finite capacity together.
func (g *flowGame) reach(capacity func(e int) float64) float64 {
	in := g.in
	kind := make([]uint8, len(in.Nodes))
	for _, v := range in.Sources {
		kind[v] = 1
	}
	for _, v := range in.Sinks {
		kind[v] = 2
	}
	var out, into, all float64
	for e := range in.From {
		u, v := kind[in.From[e]], kind[in.To[e]]
		c := capacity(e)
		if u == v {
			if u == 0 && !math.IsInf(c, 1) {
				all += c
			}
			continue
		}
		if !math.IsInf(c, 1) {
			all += c
		}
		if u == 1 || v == 1 && !in.Directed {
			out += c
		}
		if v == 2 || u == 2 && !in.Directed {
			into += c
		}
	}
	return max(math.Min(math.Min(out, into), all), 1)
}

// open is the capacity of an edge in the game without posts.
func (in *Instance) open(e int) float64 { return 1 / in.P[e] }

// simple answers instances that need no flow: a source that is a sink, and no
// route at all. It returns nil for all others.
func (in *Instance) simple() *Result {
	const reached, wanted = 1, 2
	mark := make([]uint8, len(in.Nodes))
	for _, v := range in.Sinks {
		mark[v] = wanted
	}
	for _, v := range in.Sources {
		if mark[v] == wanted {
			zero := 0.0
			r := &Result{Status: Optimal, Method: "a source is a sink", Exact: true, Planner: []Route{{Edges: []uint32{}, Prob: 1}}}
			if in.Kind == EdgeMeanTime || in.Kind == EdgeEscortJoint || in.Kind == EdgePostsLinear {
				r.Mu = &zero
			}
			return r
		}
	}
	return nil
}

// unreachable is the answer where no route leads from a source to a sink.
func unreachable() *Result {
	return &Result{
		Status: Infeasible, Method: "search from the sources", Exact: true,
		Lower: 1, Upper: 1, Notes: []string{"no route leads from a source to a sink"},
	}
}

// reachable reports whether any route leads from a source to a sink.
func (g *flowGame) reachable(ctx context.Context) (bool, error) {
	d, err := g.net.Shortest(ctx, g.in.Sources, g.in.Sinks, false, func(uint32, uint32, uint32) float64 { return 0 })
	return !math.IsInf(d, 1), err
}

// safe answers with one route that no attack can hurt: the edges for which allow
// is true, the fewest of them. The caller knows that there is such a route.
func (g *flowGame) safe(allow func(e int) bool) []uint32 {
	in := g.in
	caps := make([]int64, len(in.From))
	for e := range caps {
		if allow(e) {
			caps[e] = 1
		}
	}
	// A unit of flow at cost 1 for each edge is a shortest path.
	net := flow.NewNetwork(len(in.Nodes), in.From, in.To, caps, in.Directed)
	for e := range caps {
		net.SetCost(uint32(e), 1)
	}
	mc, err := flow.NewMinCost(context.Background(), net, in.Sources, in.Sinks, false)
	if err != nil {
		return nil
	}
	if _, _, ok, err := mc.Next(context.Background(), math.MaxInt64); !ok || err != nil {
		return nil
	}
	return trail(mc)
}

// trail is the path that Next found.
func trail(mc *flow.MinCost) []uint32 {
	edges := []uint32{}
	mc.Path(func(e, _ uint32) { edges = append(edges, e) })
	return edges
}

// routes turns the flow of the network into routes with odds. part, at most 1, is
// what they add up to.
func (g *flowGame) routes(part float64) []Route {
	g.net.Basic()
	paths := g.net.Paths(g.in.Sources, g.in.Sinks)
	slices.SortStableFunc(paths, func(a, b flow.Path) int {
		switch {
		case a.Amount > b.Amount:
			return -1
		case a.Amount < b.Amount:
			return 1
		}
		return len(a.Edges) - len(b.Edges)
	})
	total := int64(0)
	for _, p := range paths {
		total += p.Amount
	}
	routes := make([]Route, len(paths))
	for i, p := range paths {
		routes[i] = Route{Edges: p.Edges, Prob: part * float64(p.Amount) / float64(total)}
	}
	return routes
}

// passes is the chance, by edge, that a mix passes it.
func passes(edges int, routes []Route) []float64 {
	x := make([]float64, edges)
	for _, r := range routes {
		for _, e := range r.Edges {
			x[e] += r.Prob
		}
	}
	return x
}

// worst is the greatest chance of success that a mix leaves to an attack on an
// edge.
func worst(p []float64, routes []Route) float64 {
	w := 0.0
	for e, x := range passes(len(p), routes) {
		w = math.Max(w, p[e]*x)
	}
	return w
}

// close states the bounds of a result that has both mixes.
func (r *Result) close(lower, upper float64) {
	if math.IsNaN(lower) {
		lower = 0 // amounts beyond what a float64 holds prove nothing
	}
	r.Lower, r.Upper = math.Max(0, math.Min(lower, upper)), upper
	r.Status = Bound
	if upper-r.Lower <= Tolerance*upper {
		r.Status = Optimal
	}
}

// attacks lists the edges with a chance of being attacked, as y gives them by
// edge.
func attacks(y []float64) []Attack {
	var a []Attack
	for e, prob := range y {
		if prob > 0 {
			a = append(a, Attack{Edges: []uint32{uint32(e)}, Prob: prob})
		}
	}
	return a
}

// onCut spreads the attacks over a cut in proportion to the capacities, which is
// the attacker's best mix when the cut is a minimum one.
func (g *flowGame) onCut(cut flow.Cut, capacity func(e int) float64) []float64 {
	y := make([]float64, len(g.in.From))
	edges := g.net.CutEdges(cut)
	total := 0.0
	for _, e := range edges {
		total += capacity(int(e))
	}
	for _, e := range edges {
		y[e] = capacity(int(e)) / total
	}
	return y
}

// shortest is the least that a route costs by a weight for each edge, searched
// from the side of the cut that is smaller.
func (g *flowGame) shortest(ctx context.Context, weight []float64, cut flow.Cut) (float64, error) {
	inside := 0
	for _, in := range cut {
		if in {
			inside++
		}
	}
	return g.net.Shortest(ctx, g.in.Sources, g.in.Sinks, 2*inside > len(cut), func(e, _, _ uint32) float64 { return weight[e] })
}

// nothing is the answer of value 0: one route on which no attack succeeds.
func nothing(route []uint32, method string) *Result {
	r := &Result{Status: Optimal, Method: method, Exact: true, Planner: []Route{{Edges: route, Prob: 1}}}
	if len(route) > 0 {
		r.Attacker = []Attack{{Edges: []uint32{route[0]}, Prob: 1}}
	}
	return r
}

// errScale is returned when chances differ so much that no scale fits them.
func (g *flowGame) errScale() error {
	return fmt.Errorf("instance of kind %q: the chances p differ by too many powers of ten for one scale; make the smallest ones 0", g.in.Kind)
}
