package game

import (
	"context"
	"math"
)

// solveMovements answers edge+multi_movement: one edge is held for the campaign,
// and the expected number of successes on it, over all movements and both
// directions of an undirected edge, is to be least:
//
//	min θ, Σ_j n_j p_e x^j_e <= θ for every edge e
//
// with a mix x^j for each movement j. A mix y of the attacker proves
// θ >= Σ_j n_j·dist_j(y·p), one search for each movement.
func solveMovements(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	r := &Result{
		Method: "column generation; a shortest route per movement", Exact: true,
		Assumptions: []string{"movements draw their routes independently; one edge is held for all of them"},
	}
	graphs := make([]*routeGraph, len(in.Movements))
	find := newSearch[float64](len(in.Nodes))
	var safe []Route
	value0 := true
	for j, m := range in.Movements {
		if j > 0 {
			graphs[j] = graphs[0].between(m.Sources, m.Sinks)
		} else {
			graphs[j] = newRouteGraph(in, m.Sources, m.Sinks, nil)
		}
		t, err := find.run(ctx, graphs[j], m.Sources, false, math.Inf(1), in.P, graphs[j].target)
		if err != nil {
			return nil, err
		}
		if t < 0 {
			return &Result{Status: Infeasible, Method: r.Method, Exact: true}, nil
		}
		if find.dist[t] > 0 && m.Count > 0 {
			value0 = false
		}
		safe = append(safe, Route{Edges: find.path(graphs[j], uint32(t)), Prob: 1, Movement: j})
	}
	if value0 {
		r.Status, r.Planner = Optimal, safe
		return r, nil
	}
	g := newColumnGame(len(in.Edges), len(in.Movements), 2*float64(len(in.Edges))/leastGain(in.P))
	for j, s := range safe {
		g.add(edgeColumn(in.P, float64(in.Movements[j].Count), j, s.Edges))
	}
	cost := make([]float64, len(in.Edges))
	price := func(ctx context.Context, weight []float64) (pricing, error) {
		for e, w := range weight {
			cost[e] = w * in.P[e]
		}
		found := pricing{exact: true}
		for j, m := range in.Movements {
			t, err := find.run(ctx, graphs[j], m.Sources, false, math.Inf(1), cost, graphs[j].target)
			if err != nil {
				return pricing{}, err
			}
			found.bound += float64(m.Count) * find.dist[t]
			found.columns = append(found.columns, edgeColumn(in.P, float64(m.Count), j, find.path(graphs[j], uint32(t))))
		}
		return found, nil
	}
	if err := g.settle(ctx, g.play(ctx, max(opt.Gap, Tolerance/10), 100, in.P, price), price, r); err != nil {
		return nil, err
	}
	g.fill(r, edgeAttack)
	return r, nil
}

// between is the same graph with other ends.
func (g *routeGraph) between(sources, sinks []uint32) *routeGraph {
	h := *g
	h.sources, h.sinks = sources, sinks
	h.source, h.target = make([]bool, g.n), make([]bool, g.n)
	for _, s := range sources {
		h.source[s] = true
	}
	for _, t := range sinks {
		h.target[t] = true
	}
	return &h
}
