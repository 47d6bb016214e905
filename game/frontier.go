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
// the fastest route to the game without a limit. The value is convex and falls in
// straight lines between its corners. With opt.Gap 0 one run of the least-cost flow
// gives every corner. Else the points keep the upper and the lower bound within
// opt.Gap of each other, relative to the value, at every mean time, and lie near the
// frontier rather than on it; see near. MixAt gives the mixes. An instance without a route has no points, one whose
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
		points, total, err := g.near(ctx, opt.Gap)
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

// corners walks the frontier in the present scale and returns all its corners with
// the units that flow at its end.
func (g *flowGame) corners(ctx context.Context) ([]FrontierPoint, int64, error) {
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
		} else if corner {
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

const (
	// leastGap is the gap below which rounds would be too many to beat the exact walk.
	leastGap = 1e-3
	// exactWork is how often a node may come into the tree of shortest paths, per node
	// and at least, before rounds take over.
	exactWork      = 12
	exactWorkAtAll = 1 << 20
	// sendSteps is in how many steps a round sends, cheapest paths first.
	sendSteps = 16
	mostRound = 4000
)

// near walks along the frontier with a gap and returns its points with the units that
// flow at its end.
//
// The first part is the exact walk, which is cheap as long as little flows. Then it
// goes in rounds (flow.Rough), each of which raises the price by a share of what
// the price is above the mean time. Nothing is taken on trust: after each round the
// flow x, F in all, is worth 1/F at mean time C/F, and the prices φ of the nodes prove
// (π - T)/D at every mean time T, with D = Σ max(0, φ_v - φ_u - t_e)/p_e. Where the
// two are too far apart it starts again with smaller steps, and at last exactly.
func (g *flowGame) near(ctx context.Context, gap float64) ([]FrontierPoint, int64, error) {
	if gap <= 0 {
		return g.corners(ctx)
	}
	total, cut, err := g.net.MaxFlow(ctx, g.in.Sources, g.in.Sinks)
	if err != nil || total < coarse {
		return nil, total, err
	}
	if total < flow.Infinite && gap >= leastGap {
		w := nearWalk{game: g, gap: gap, total: total}
		if w.end, err = g.bounds(ctx, cut); err != nil {
			return nil, 0, err
		}
		g.net.Clear()
		points, err := w.walk(ctx)
		if err != nil || points != nil {
			return points, total, err
		}
	}
	g.net.Clear()
	points, total, err := g.corners(ctx)
	if err != nil {
		return nil, 0, err
	}
	if kept := keep(points, gap); kept != nil {
		points = kept
	}
	return points, total, nil
}

// nearWalk is a walk along the frontier with a gap.
type nearWalk struct {
	game  *flowGame
	gap   float64
	total int64         // maximum flow
	end   FrontierPoint // the value without a limit: Lower counts
}

// enough reports whether so much flow is worth about as little as the maximum.
func (w *nearWalk) enough(carried int64) bool {
	return w.game.unit/float64(carried) <= w.end.Lower*(1+0.6*w.gap)
}

// walk returns nil when it does not keep the gap.
func (w *nearWalk) walk(ctx context.Context) ([]FrontierPoint, error) {
	g := w.game
	mc, err := flow.NewMinCost(ctx, g.net, g.in.Sources, g.in.Sinks, false)
	if err != nil {
		return nil, err
	}
	exact, carried, err := w.exactly(ctx, mc)
	if err != nil {
		return nil, err
	}
	if carried == w.total || w.enough(carried) {
		return keep(w.finish(exact), w.gap), nil
	}
	start := g.net.Flows()
	share := 10 * w.gap
	for range 3 {
		points, err := w.roughly(ctx, mc, carried, share, exact)
		if err != nil {
			return nil, err
		}
		if points = keep(w.finish(points), w.gap); points != nil {
			return points, nil
		}
		share /= 3
		g.net.Restore(start)
	}
	return nil, nil
}

// finish makes the last point the one from which on more time is worth little.
func (w *nearWalk) finish(points []FrontierPoint) []FrontierPoint {
	last := &points[len(points)-1]
	last.Price, last.Lower = 0, math.Min(w.end.Lower, last.Upper)
	return points
}

// exactly follows the least-cost flow until it has cost much work, or enough flows.
func (w *nearWalk) exactly(ctx context.Context, mc *flow.MinCost) ([]FrontierPoint, int64, error) {
	g := w.game
	perTime, _ := new(big.Rat).SetInt(g.in.TimeScale).Float64()
	most := max(exactWork*len(g.in.Nodes), exactWorkAtAll)
	var points []FrontierPoint
	s := segment{}
	for {
		price, room, ok, err := mc.Next(ctx, math.MaxInt64)
		if err != nil {
			return nil, 0, err
		}
		if s.flow > 0 && (!ok || price > s.price) {
			if ok {
				s.reach(price)
			}
			at, over := s.point(s.flow, perTime, g.unit)
			if len(points) == 0 {
				at.MeanTime = math.Nextafter(at.MeanTime, math.Inf(1))
			}
			// Capacities are rounded down to whole units: each edge's rent may be short
			// of the price of one.
			rent := (s.rent + float64(len(g.in.From))*float64(s.price)) / g.unit
			at.bound(over, rent, perTime)
			points = append(points, at)
			if !ok || mc.Work() > most || w.enough(s.flow) {
				return points, s.flow, nil
			}
		}
		if !ok {
			return points, s.flow, nil
		}
		s.reach(price)
		mc.Push(room)
		s.flow += room
	}
}

// bound states what prices of the nodes prove, with the rent D, at a mean time that
// lies over below the price of the flow, in units of 1/TimeScale.
func (p *FrontierPoint) bound(over, rent, perTime float64) {
	// Sums of a million terms in float64.
	rent *= 1 + 1e-12
	p.Price = perTime / rent
	p.Lower = math.Max(0, math.Min(over/rent, p.Upper))
}

// roughly goes on from the exact points in rounds, each of which raises the price by
// a share of what it is above the mean time.
func (w *nearWalk) roughly(ctx context.Context, mc *flow.MinCost, carried int64, share float64, exact []FrontierPoint) ([]FrontierPoint, error) {
	g := w.game
	perTime, _ := new(big.Rat).SetInt(g.in.TimeScale).Float64()
	r, err := flow.NewRough(ctx, mc, g.in.Sources, g.in.Sinks)
	if err != nil {
		return nil, err
	}
	points := append([]FrontierPoint(nil), exact...)
	limit, stride := mc.Price(), int64(1)
	for range mostRound {
		if err := r.Settle(ctx, limit); err != nil {
			return nil, err
		}
		price := min(limit, r.Least())
		at, over, rent := g.priceOf(r, price, carried)
		at.MeanTime /= perTime
		at.bound(over, rent, perTime)
		// A gap near the limit leaves nothing for the lines between the points.
		if at.Upper-at.Lower > 0.6*w.gap*at.Upper {
			share *= 0.9
		}
		if last := points[len(points)-1]; at.Upper < last.Upper && at.MeanTime > last.MeanTime {
			points = append(points, at)
		}
		if w.enough(carried) {
			return points, nil
		}
		added, err := r.Send(ctx, sendSteps)
		if err != nil {
			return nil, err
		}
		carried += added
		if added > 0 {
			stride = max(int64(share*over), 1)
		} else {
			stride *= 2
		}
		limit = price + stride
	}
	return points, nil
}

// priceOf is the flow in the network as a point of the frontier in units of
// 1/TimeScale, how far its mean time is below the price, and the rent of the prices.
func (g *flowGame) priceOf(r *flow.Rough, price, carried int64) (at FrontierPoint, over, rent float64) {
	in := g.in
	cost := 0.0
	for e := range in.From {
		gain := r.Potential(in.To[e], price) - r.Potential(in.From[e], price)
		if !in.Directed && gain < 0 {
			gain = -gain
		}
		if gain > in.Time[e] {
			rent += float64(gain-in.Time[e]) / in.P[e]
		}
		cost += float64(in.Time[e]) * (math.Abs(float64(g.net.Flow(uint32(e)))) / float64(carried))
	}
	return FrontierPoint{MeanTime: cost, Upper: g.unit / float64(carried)}, float64(price) - cost, rent
}

// keep returns few of the points such that between neighbours the line through both
// is within the gap of what the two prove; nil when all of them do not do it.
func keep(points []FrontierPoint, gap float64) []FrontierPoint {
	if len(points) == 0 {
		return nil
	}
	if p := points[len(points)-1]; p.Upper-p.Lower > gap*p.Lower {
		return nil
	}
	kept := points[:1:1]
	for i := 0; i+1 < len(points); {
		j := i + 1
		for j < len(points) && alike(points[i], points[j], gap) {
			j++
		}
		if j == i+1 {
			return nil
		}
		i = j - 1
		kept = append(kept, points[i])
	}
	return kept
}

// alike reports whether the line from a to b is within the gap of the greater of the
// two bounds everywhere between them. The difference is concave on either side of
// where the bounds meet, so that three places tell.
func alike(a, b FrontierPoint, gap float64) bool {
	width := b.MeanTime - a.MeanTime
	within := func(x float64) bool {
		upper := a.Upper + (b.Upper-a.Upper)*x/width
		lower := math.Max(a.Lower-a.Price*x, b.Lower+b.Price*(width-x))
		return upper-lower <= gap*lower
	}
	meet := (a.Lower - b.Lower - b.Price*width) / (a.Price - b.Price)
	return within(0) && within(width) && (!(meet > 0 && meet < width) || within(meet))
}
