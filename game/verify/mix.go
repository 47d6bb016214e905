package verify

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game"
)

// mix checks the planner's and the attacker's mix: odds, routes, constraints. It
// reports whether bounds can be computed from them.
func (c *checker) mix() bool {
	routes := c.routes()
	odds := c.odds()
	picks := c.picks()
	return routes && odds && picks && c.constraints()
}

// terminals returns where a route of the mix may start and end.
func (c *checker) terminals(movement int) (sources, sinks []uint32) {
	if c.in.Kind == game.EdgeMultiMovement {
		m := c.in.Movements[movement]
		return m.Sources, m.Sinks
	}
	return c.in.Sources, c.in.Sinks
}

func (c *checker) routes() bool {
	twice := 0
	for i, r := range c.result.Planner {
		if r.Movement < 0 || c.in.Kind == game.EdgeMultiMovement && r.Movement >= len(c.in.Movements) {
			return c.holds("routes", false, "planner_mix[%d]: there is no movement %d", i, r.Movement)
		}
		if r.Movement != 0 && c.in.Kind != game.EdgeMultiMovement {
			return c.holds("routes", false, "planner_mix[%d]: this kind has no movement %d", i, r.Movement)
		}
		sources, sinks := c.terminals(r.Movement)
		nodes, ok := walk(c.in, sources, sinks, r.Edges)
		if !ok {
			return c.holds("routes", false, "planner_mix[%d]: its edges are no way from a source to a sink", i)
		}
		if v, again := repeated(nodes); again {
			twice++
			c.note("planner_mix[%d] passes node %s more than once.", i, c.in.Nodes[v])
		}
		for _, e := range r.Posted {
			if c.in.Kind != game.EdgeEscortJoint || !slices.Contains(r.Edges, e) {
				return c.holds("routes", false, "planner_mix[%d]: edge %s is posted, but not on the route", i, c.in.Edges[e])
			}
		}
		if _, again := repeated(r.Posted); again {
			return c.holds("routes", false, "planner_mix[%d]: an edge is posted twice", i)
		}
	}
	if len(c.result.Planner) == 0 {
		return c.holds("routes", false, "there is none")
	}
	return c.holds("routes", true, "%d routes from source to sink, %d of which pass a place twice", len(c.result.Planner), twice)
}

// repeated returns the first of a list that comes again.
func repeated(list []uint32) (uint32, bool) {
	seen := make(map[uint32]bool, len(list))
	for _, x := range list {
		if seen[x] {
			return x, true
		}
		seen[x] = true
	}
	return 0, false
}

// odds checks that odds add up to 1, for each movement where there are several.
func (c *checker) odds() bool {
	sums := make([]float64, 1)
	if c.in.Kind == game.EdgeMultiMovement {
		sums = make([]float64, len(c.in.Movements))
	}
	for i, r := range c.result.Planner {
		if !(r.Prob >= 0) {
			return c.holds("odds", false, "planner_mix[%d]: %v is no chance", i, r.Prob)
		}
		if r.Movement >= 0 && r.Movement < len(sums) { // others are refused as routes
			sums[r.Movement] += r.Prob
		}
	}
	for _, sum := range sums {
		if !near(sum, 1) {
			return c.holds("odds", false, "the odds of the routes add up to %.12g", sum)
		}
	}
	return c.holds("odds", true, "the odds of the routes add up to 1")
}

// picks checks the attacker's mix. None is sound: it proves a lower bound of 0.
func (c *checker) picks() bool {
	sum := 0.0
	for i, a := range c.result.Attacker {
		if !(a.Prob >= 0) {
			return c.holds("attacker", false, "attacker_mix[%d]: %v is no chance", i, a.Prob)
		}
		sum += a.Prob
		zones, edges := 0, 1
		switch c.in.Kind {
		case game.Zones:
			zones, edges = 1, 0
		case game.EdgeAttackers:
			edges = min(c.in.Attackers, max(len(a.Edges), 1))
			if _, again := repeated(a.Edges); again {
				return c.holds("attacker", false, "attacker_mix[%d]: an edge is attacked twice", i)
			}
		default:
		}
		if len(a.Zones) != zones || len(a.Edges) != edges {
			return c.holds("attacker", false, "attacker_mix[%d]: this kind of attacker picks otherwise", i)
		}
	}
	if len(c.result.Attacker) == 0 {
		return c.holds("attacker", true, "no attack, which proves a lower bound of 0")
	}
	return c.holds("attacker", near(sum, 1), "%d attacks, whose odds add up to %.12g", len(c.result.Attacker), sum)
}

// duration is the time of a route, exactly, in units of the scale; MaxInt64 where
// it passes an edge so often that it takes longer.
func (c *checker) duration(edges []uint32) int64 {
	t := int64(0)
	for _, e := range edges {
		if t += c.in.Time[e]; t < 0 {
			return math.MaxInt64
		}
	}
	return t
}

// scaled brings a time of the instance to units of the scale.
func (c *checker) scaled(t *big.Rat) *big.Rat {
	return new(big.Rat).Mul(t, new(big.Rat).SetInt(c.in.TimeScale))
}

// whole is a time of the instance in whole units of the scale, rounded down.
func (c *checker) whole(t *big.Rat) int64 {
	x := c.scaled(t)
	q := new(big.Int).Quo(x.Num(), x.Denom())
	if !q.IsInt64() {
		return math.MaxInt64
	}
	return q.Int64()
}

func (c *checker) constraints() bool {
	in := c.in
	switch in.Kind {
	case game.EdgeMeanTime:
		mean := 0.0
		for _, r := range c.result.Planner {
			mean += r.Prob * float64(c.duration(r.Edges))
		}
		limit, _ := c.scaled(in.MeanTimeBudget).Float64()
		scale, _ := new(big.Float).SetInt(in.TimeScale).Float64()
		return c.holds("mean time", atMost(mean, limit), "%.12g of at most %.12g", mean/scale, limit/scale)
	case game.EdgeRouteTimeCap:
		limit := c.whole(in.RouteTimeCap)
		for i, r := range c.result.Planner {
			if c.duration(r.Edges) > limit {
				return c.holds("route time", false, "planner_mix[%d] takes longer than the cap", i)
			}
		}
		return c.holds("route time", true, "no route takes longer than the cap")
	case game.EdgePostsLinear, game.EdgePostsDiscrete:
		return c.posts()
	case game.EdgeEscortJoint:
		mean := 0.0
		for _, r := range c.result.Planner {
			mean += r.Prob * float64(len(r.Posted))
		}
		return c.holds("mean posts", atMost(mean, in.MeanPosts), "%.12g of at most %.12g", mean, in.MeanPosts)
	default:
		return true
	}
}

func (c *checker) posts() bool {
	total := 0.0
	seen := map[uint32]bool{}
	for i, p := range c.result.Posts {
		if seen[p.Edge] || !(p.Amount >= 0) {
			return c.holds("posts", false, "posts[%d]: below 0, or on an edge that has some already", i)
		}
		seen[p.Edge] = true
		total += p.Amount
		ok := p.Amount == 1
		if c.in.Kind == game.EdgePostsLinear {
			ok = atMost(p.Amount, c.in.PostMax[p.Edge])
		}
		if !ok {
			return c.holds("posts", false, "posts[%d]: %v posts on edge %s are not allowed", i, p.Amount, c.in.Edges[p.Edge])
		}
	}
	within := atMost(total, c.in.Budget)
	if c.in.Kind == game.EdgePostsDiscrete {
		within = total <= c.in.Budget // a count needs no rounding
	}
	return c.holds("posts", within, "%.12g of at most %.12g", total, c.in.Budget)
}

// infeasible checks that no mix satisfies the constraints.
func (c *checker) infeasible() {
	in := c.in
	if c.doc.Value != nil || c.doc.Lower != nil || c.doc.Upper != nil || c.doc.Gap != nil || len(c.doc.PlannerMix) > 0 {
		c.claim("infeasible", Refuted, "a value, bounds or routes are stated all the same")
		return
	}
	switch in.Kind {
	case game.EdgeMultiMovement:
		for i, m := range in.Movements {
			if !c.g.reaches(m.Sources, m.Sinks, nil) {
				c.claim("infeasible", Confirmed, fmt.Sprintf("movement %d has no route", i))
				return
			}
		}
		c.claim("infeasible", Refuted, "every movement has a route")
	case game.SweepEulerian:
		c.holds("infeasible", !c.joined(), "whether the streets are not connected was looked at")
	case game.EdgeMeanTime, game.EdgeRouteTimeCap:
		limit := in.MeanTimeBudget
		if in.Kind == game.EdgeRouteTimeCap {
			limit = in.RouteTimeCap
		}
		fastest := c.fastest(c.g.out, in.Sources)
		best := int64(math.MaxInt64)
		for _, v := range in.Sinks {
			best = min(best, fastest[v])
		}
		over := best == math.MaxInt64 || new(big.Rat).SetInt64(best).Cmp(c.scaled(limit)) > 0
		c.holds("infeasible", over, "the fastest route was compared with the limit")
	default:
		c.holds("infeasible", !c.g.reaches(in.Sources, in.Sinks, nil), "whether there is a route was looked at")
	}
}
