package verify

import (
	"math"
	"slices"

	"github.com/outrider-project/outrider/game"
)

// stages works backwards twice: what the policy is worth to the best attacker, and
// what the ambush is worth against the best route.
func (c *checker) stages() {
	in := c.in
	isSink := make([]bool, len(in.Nodes))
	for _, v := range in.Sinks {
		isSink[v] = true
	}
	if !c.distributions("policy", c.result.Policy) || !c.distributions("ambush", c.result.Ambush) {
		return
	}
	worth, least := make([]float64, len(in.Nodes)), make([]float64, len(in.Nodes))
	wrong := -1
	for _, v := range c.backwards() {
		if isSink[v] {
			continue
		}
		worth[v], least[v] = c.policyWorth(v, worth), c.ambushWorth(v, least)
		if len(c.result.NodeValues) != len(in.Nodes) {
			continue
		}
		stated := c.result.NodeValues[v]
		open := !math.IsInf(least[v], 1)
		if open == math.IsNaN(stated) || open && !(near(worth[v], stated) && near(least[v], stated)) {
			wrong = int(v)
		}
	}
	if len(c.result.NodeValues) == len(in.Nodes) {
		for _, v := range in.Sinks {
			if c.result.NodeValues[v] != 0 {
				wrong = int(v)
			}
		}
		detail := "each is worth what is stated, to both sides"
		if wrong >= 0 {
			detail = "node " + in.Nodes[wrong].String() + " is not worth what is stated"
		}
		c.holds("node values", wrong < 0, "%s", detail)
	} else {
		c.holds("node values", false, "they are missing")
	}
	upper, lower := math.Inf(1), math.Inf(1)
	for _, v := range in.Sources {
		upper, lower = min(upper, worth[v]), min(lower, least[v])
	}
	c.bound("upper", upper, "the policy against the best ambush at each node")
	c.boundBelow(lower, "the ambush against the best edge at each node", true)
	if len(c.result.Planner) > 0 && c.routes() && c.odds() {
		c.holds("planner mix", c.followsPolicy(), "whether the routes have the odds that the policy gives them was looked at")
	}
}

// distributions checks that a mix over the edges out of each node is one, and makes
// its odds add up to 1 without rounding.
func (c *checker) distributions(name string, shares [][]game.Share) bool {
	for v, list := range shares {
		sum := 0.0
		edges := make([]uint32, 0, len(list))
		for _, s := range list {
			if !(s.Prob >= 0) || c.in.From[s.Edge] != uint32(v) {
				return c.holds(name, false, "node %s: edge %s does not lead out of it, or has no chance", c.in.Nodes[v], c.in.Edges[s.Edge])
			}
			sum += s.Prob
			edges = append(edges, s.Edge)
		}
		if _, again := repeated(edges); again || len(list) > 0 && !near(sum, 1) {
			return c.holds(name, false, "node %s: odds that add up to %.12g, or an edge twice", c.in.Nodes[v], sum)
		}
		// What rounding leaves out at each stage would add up over many of them.
		for i := range list {
			list[i].Prob /= sum
		}
	}
	return c.holds(name, true, "odds over the edges out of each node")
}

// backwards lists nodes so that each comes after all that its edges lead to.
func (c *checker) backwards() []uint32 {
	left := make([]uint32, c.g.n)
	var order []uint32
	for v := range left {
		left[v] = uint32(len(c.g.out.of(uint32(v))))
		if left[v] == 0 {
			order = append(order, uint32(v))
		}
	}
	for i := 0; i < len(order); i++ {
		for _, x := range c.g.back.of(order[i]) {
			if left[x.to]--; left[x.to] == 0 {
				order = append(order, x.to)
			}
		}
	}
	return order
}

// policyWorth is what the policy at v is worth to the best ambush there, +Inf
// where there is no policy.
func (c *checker) policyWorth(v uint32, worth []float64) float64 {
	if c.result.Policy == nil || len(c.result.Policy[v]) == 0 {
		return math.Inf(1)
	}
	onwards, best := 0.0, 0.0
	for _, s := range c.result.Policy[v] {
		if s.Prob > 0 {
			next := worth[c.in.To[s.Edge]]
			onwards += s.Prob * next
			best = max(best, s.Prob*c.in.P[s.Edge]*(1-next))
		}
	}
	return onwards + best
}

// ambushWorth is what the ambush at v is worth against the best edge, +Inf where
// no edge leads to a sink.
func (c *checker) ambushWorth(v uint32, least []float64) float64 {
	worth := math.Inf(1)
	for _, x := range c.g.out.of(v) {
		next := least[x.to]
		if math.IsInf(next, 1) {
			continue
		}
		y := 0.0
		if c.result.Ambush != nil {
			for _, s := range c.result.Ambush[v] {
				if s.Edge == x.edge {
					y = s.Prob
				}
			}
		}
		worth = min(worth, next+y*c.in.P[x.edge]*(1-next))
	}
	return worth
}

func (c *checker) followsPolicy() bool {
	return !slices.ContainsFunc(c.result.Planner, func(r game.Route) bool {
		odds := 1.0
		for _, e := range r.Edges {
			if c.result.Policy == nil {
				return true
			}
			at := c.in.From[e]
			i := slices.IndexFunc(c.result.Policy[at], func(s game.Share) bool { return s.Edge == e })
			if i < 0 {
				return true
			}
			odds *= c.result.Policy[at][i].Prob
		}
		return !near(odds, r.Prob)
	})
}
