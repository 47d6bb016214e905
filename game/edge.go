package game

import (
	"context"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// solveEdge answers the edge game by one maximum flow with capacities 1/p. The
// planner's routes are the flow taken apart, the attacker holds a minimum cut.
func solveEdge(ctx context.Context, in *Instance, _ Options) (*Result, error) {
	if r := in.simple(); r != nil {
		return r, nil
	}
	g := newFlowGame(in)
	return g.base(ctx)
}

// base answers the edge game on the network.
func (g *flowGame) base(ctx context.Context) (*Result, error) {
	total, cut, err := g.fill(ctx)
	if err != nil {
		return nil, err
	}
	const method = "maximum flow"
	switch total {
	case 0:
		return unreachable(), nil
	case flow.Infinite:
		return nothing(g.safe(func(e int) bool { return g.in.P[e] == 0 }), method), nil
	}
	return g.atMost(ctx, cut, method)
}

// atMost is the answer of a maximum flow in the network and a minimum cut.
func (g *flowGame) atMost(ctx context.Context, cut flow.Cut, method string) (*Result, error) {
	r := &Result{Method: method, Exact: true, Planner: g.routes(1)}
	y := g.onCut(cut, g.in.open)
	r.Attacker = attacks(y)
	for e := range y {
		y[e] *= g.in.P[e]
	}
	lower, err := g.shortest(ctx, y, cut)
	if err != nil {
		return nil, err
	}
	r.close(lower, worst(g.in.P, r.Planner))
	return r, nil
}

// fill finds the maximum flow, in a scale that is fine enough for it, and leaves it
// in the network. The flow is 0 only when there is no route, and flow.Infinite when
// there is one without danger.
func (g *flowGame) fill(ctx context.Context) (int64, flow.Cut, error) {
	bound := g.reach(g.in.open)
	for range 8 {
		g.scale(bound)
		total, cut, err := g.net.MaxFlow(ctx, g.in.Sources, g.in.Sinks)
		if err != nil || total >= coarse {
			return total, cut, err
		}
		if total == 0 {
			ok, err := g.reachable(ctx)
			if !ok || err != nil {
				return 0, nil, err
			}
		}
		// One unit for each edge is more than rounding took away.
		bound = float64(total+int64(len(g.in.From))+1) / g.unit
	}
	return 0, nil, g.errScale()
}

// scale gives the network the capacities 1/p, no flow, and a unit such that a flow
// of the given bound has a good many of them.
func (g *flowGame) scale(bound float64) {
	g.unit = max(fine/bound, 4)
	for e := range g.in.From {
		g.net.SetCapacity(uint32(e), unitsOf(g.in.open(e), g.unit))
	}
	g.net.Clear()
}
