package game

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// A FrontierPoint is a corner of the least value as a function of the mean time.
// Between two points the line through (MeanTime, Upper) of both is what mixes of
// their mixes achieve; everywhere, Lower - Price·(T - MeanTime) of any point is a
// proven lower bound at mean time T.
type FrontierPoint struct {
	MeanTime float64 // in the instance's own unit
	// Upper is what the mix at this point is worth, counted from its flow; Lower is
	// proven by the attacker's mix, counted by a shortest route.
	Lower, Upper float64
	// Price is how much the value falls for each unit of time beyond MeanTime, at
	// first; 0 at the last point.
	Price float64
}

// Frontier is the value of the edge game against the limit on the mean time, from
// the fastest route to the game without a limit, in one run of the least-cost flow.
// The value is convex and falls in straight lines between its corners. With
// opt.Gap 0 it returns every corner; else only as many as keep the upper and the
// lower bound within opt.Gap of each other, relative to the value, at every mean
// time. MixAt gives the mixes. An instance without a route has no points, one whose
// source is a sink a single one of value 0. The kind of the instance does not
// matter; it needs times.
func Frontier(ctx context.Context, in *Instance, opt Options) ([]FrontierPoint, error) {
	if len(in.Time) != len(in.From) || in.TimeScale == nil {
		return nil, fmt.Errorf("frontier: %d times for %d edges; give every edge a time", len(in.Time), len(in.From))
	}
	if r := in.simple(); r != nil {
		return []FrontierPoint{{}}, nil
	}
	g := newFlowGame(in)
	for e, t := range in.Time {
		g.net.SetCost(uint32(e), t)
	}
	bound := g.reach(in.open)
	for range 8 {
		g.scale(bound)
		points, total, err := g.frontier(ctx, opt.Gap)
		if err != nil || total >= coarse {
			return points, err
		}
		if total == 0 {
			if ok, err := g.reachable(ctx); !ok || err != nil {
				return nil, err
			}
		}
		bound = float64(total+int64(len(in.From))+1) / g.unit
	}
	return nil, g.errScale()
}

// MixAt answers the instance as the game with this limit on the mean time.
func MixAt(ctx context.Context, in *Instance, meanTime float64, opt Options) (*Result, error) {
	limited := *in
	limited.Kind = EdgeMeanTime
	limited.MeanTimeBudget = new(big.Rat).SetFloat64(meanTime)
	if limited.MeanTimeBudget == nil {
		return nil, fmt.Errorf("mean time %v: give a finite number", meanTime)
	}
	return Solve(ctx, &limited, opt)
}

// frontier walks the frontier in the present scale and returns its points with
// the units that flow at its end.
func (g *flowGame) frontier(ctx context.Context, gap float64) ([]FrontierPoint, int64, error) {
	in := g.in
	mc, err := flow.NewMinCost(ctx, g.net, in.Sources, in.Sinks, false)
	if err != nil {
		return nil, 0, err
	}
	perTime, _ := new(big.Rat).SetInt(in.TimeScale).Float64()
	var points []FrontierPoint
	s := segment{}
	fastest := 0.0
	for {
		price, room, ok, err := mc.Next(ctx, math.MaxInt64)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			if s.flow > 0 {
				r, err := g.bounds(ctx, mc.Cut())
				if err != nil {
					return nil, 0, err
				}
				r.MeanTime = math.Max(g.meanOfFlow()/perTime, fastest)
				points = append(points, r)
			}
			return points, s.flow, nil
		}
		corner := price > s.price
		s.reach(price)
		if s.flow == 0 {
			fastest = math.Nextafter(float64(price)/perTime, math.Inf(1))
		} else if s.wants(points, corner, gap, min(room, flow.Infinite-s.flow), perTime, g.unit) {
			at, over := s.point(s.flow, perTime, g.unit)
			if len(points) == 0 {
				at.MeanTime = fastest // the fastest route itself, not a shade less
			}
			if err := g.prove(ctx, mc, &at, over, perTime); err != nil {
				return nil, 0, err
			}
			points = append(points, at)
		}
		if room >= flow.Infinite {
			return append(points, FrontierPoint{MeanTime: math.Nextafter(float64(price)/perTime, math.Inf(1))}), flow.Infinite, nil
		}
		mc.Push(room)
		s.flow += room
	}
}

// point is the point of the frontier at which so much flows at the present price,
// and how far its mean time is below the price in units of 1/TimeScale.
func (s *segment) point(carried int64, perTime, unit float64) (FrontierPoint, float64) {
	over := s.rent / float64(carried)
	return FrontierPoint{MeanTime: (float64(s.price) - over) / perTime, Upper: unit / float64(carried)}, over
}

// wants reports whether the present point must be among the points before more
// flows: as the first, as a corner where all are wanted, or because the last line
// would miss what comes next by more than the gap.
func (s *segment) wants(points []FrontierPoint, corner bool, gap float64, room int64, perTime, unit float64) bool {
	if !corner && (len(points) == 0 || gap <= 0) {
		return false
	}
	if len(points) == 0 || gap <= 0 {
		return true
	}
	next, _ := s.point(s.flow+room, perTime, unit)
	last := points[len(points)-1]
	proven := last.Lower - last.Price*(next.MeanTime-last.MeanTime)
	return next.Upper-proven > gap*next.Upper
}

// prove sets the bounds of a corner from the flow and the potentials. over is how
// far the mean time is below the price of the flow.
func (g *flowGame) prove(ctx context.Context, mc *flow.MinCost, at *FrontierPoint, over, perTime float64) error {
	y, rent := g.rents(mc)
	dist, err := g.reduced(ctx, mc, y, rent)
	if err != nil {
		return err
	}
	at.Price = perTime / rent
	at.Upper = g.worstOfFlow()
	at.Lower = math.Max(0, math.Min(over/rent+dist, at.Upper))
	return nil
}

// bounds are those of a maximum flow in the network.
func (g *flowGame) bounds(ctx context.Context, cut flow.Cut) (FrontierPoint, error) {
	y := g.onCut(cut, g.in.open)
	for e := range y {
		y[e] *= g.in.P[e]
	}
	lower, err := g.shortest(ctx, y, cut)
	p := FrontierPoint{Upper: g.worstOfFlow()}
	p.Lower = math.Min(lower, p.Upper)
	return p, err
}

// worstOfFlow is the greatest chance of success against the mix that the flow is.
func (g *flowGame) worstOfFlow() float64 {
	w, total := 0.0, g.carried()
	for e, p := range g.in.P {
		w = math.Max(w, p*math.Abs(float64(g.net.Flow(uint32(e))))/total)
	}
	return w
}

// meanOfFlow is the mean time of the mix that the flow is, in units of 1/TimeScale.
func (g *flowGame) meanOfFlow() float64 {
	mean, total := 0.0, g.carried()
	for e, t := range g.in.Time {
		mean += float64(t) * (math.Abs(float64(g.net.Flow(uint32(e)))) / total)
	}
	return mean
}
