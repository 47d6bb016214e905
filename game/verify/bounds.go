package verify

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game"
)

// chance is the chance of success on an edge, with the posts of the answer where
// they stand for good.
func (c *checker) chances() []float64 {
	p := slices.Clone(c.in.P)
	for _, post := range c.result.Posts {
		e := post.Edge
		switch {
		case c.in.Kind == game.EdgePostsDiscrete:
			p[e] = c.in.PPost[e]
		case p[e] > 0:
			p[e] = 1 / (1/p[e] + c.in.PostGain[e]*post.Amount)
		}
	}
	return p
}

// upper is what the planner's mix is worth to the best attacker.
func (c *checker) upper() (value float64, what string) {
	switch c.in.Kind {
	case game.Zones:
		return c.worstZone()
	case game.EdgeAttackers:
		return c.worstSet()
	default:
	}
	p := c.chances()
	exposure := map[uint32]float64{}
	for _, r := range c.result.Planner {
		times := 1.0
		if c.in.Kind == game.EdgeMultiMovement {
			times = float64(c.in.Movements[r.Movement].Count)
		}
		posted := map[uint32]bool{}
		for _, e := range r.Posted {
			posted[e] = true
		}
		for _, e := range r.Edges {
			x := times * r.Prob * p[e]
			if posted[e] {
				x *= 1 - c.in.PostEffect
			}
			exposure[e] += x
		}
	}
	worst := uint32(0)
	for e, x := range exposure {
		if x > value || x == value && e < worst {
			value, worst = x, e
		}
	}
	if value == 0 {
		return 0, "no attack on these routes succeeds"
	}
	return value, fmt.Sprintf("the greatest exposure, on edge %s", c.in.Edges[worst])
}

// touched lists, by edge, the zones that hold it or one of its nodes.
func (c *checker) touched() (ofEdge [][]uint32, ofNode [][]uint32) {
	ofEdge, ofNode = make([][]uint32, len(c.in.From)), make([][]uint32, len(c.in.Nodes))
	// A zone that names a place twice holds it once.
	put := func(list []uint32, z int) []uint32 {
		if len(list) > 0 && list[len(list)-1] == uint32(z) {
			return list
		}
		return append(list, uint32(z))
	}
	for z, zone := range c.in.Zones {
		for _, v := range zone.Nodes {
			ofNode[v] = put(ofNode[v], z)
		}
		for _, e := range zone.Edges {
			ofEdge[e] = put(ofEdge[e], z)
		}
	}
	return ofEdge, ofNode
}

func (c *checker) worstZone() (value float64, what string) {
	ofEdge, ofNode := c.touched()
	exposure := make([]float64, len(c.in.Zones))
	for _, r := range c.result.Planner {
		if len(r.Edges) == 0 {
			continue // stays where it is
		}
		met := map[uint32]bool{}
		for _, e := range r.Edges {
			for _, list := range [][]uint32{ofEdge[e], ofNode[c.in.From[e]], ofNode[c.in.To[e]]} {
				for _, z := range list {
					met[z] = true
				}
			}
		}
		for z := range met {
			exposure[z] += r.Prob * c.in.Zones[z].P
		}
	}
	what = "these routes touch no zone"
	for z, x := range exposure {
		if x > value {
			value, what = x, fmt.Sprintf("the greatest exposure, in zone %s", c.in.Zones[z].ID)
		}
	}
	return value, what
}

// weights adds up the attacker's odds by edge.
func (c *checker) weights() map[uint32]float64 {
	y := map[uint32]float64{}
	for _, a := range c.result.Attacker {
		for _, e := range a.Edges {
			y[e] += a.Prob
		}
	}
	return y
}

// lower is what no route can get below against the attacker's mix. Where it is
// below what is stated and proven is false, a better one may hold.
func (c *checker) lower() (value float64, what string, proven bool) {
	in, y := c.in, c.weights()
	weight := func(e uint32) float64 { return in.P[e] * y[e] }
	cheapest := "the least that a route meets of the attacker's mix"
	switch in.Kind {
	case game.EdgeMeanTime:
		return c.lowerWithTime(weight)
	case game.EdgeRouteTimeCap:
		return c.lowerUnderCap(weight)
	case game.Zones:
		return c.lowerZones()
	case game.EdgePostsLinear:
		return c.lowerPostsLinear(y)
	case game.EdgePostsDiscrete:
		return c.lowerPostsDiscrete(y)
	case game.EdgeAttackers:
		return c.lowerSets()
	case game.EdgeEscortJoint:
		mean := new(big.Rat).SetFloat64(in.MeanPosts)
		return c.atPrice(c.price(), mean, func(e uint32) [2]way {
			return [2]way{{weight(e), 0}, {(1 - in.PostEffect) * weight(e), 1}}
		}), cheapest + ", with posts at the price mu", true
	case game.EdgeMultiMovement:
		for _, m := range in.Movements {
			value += float64(m.Count) * c.g.route(m.Sources, m.Sinks, weight)
		}
		return value, "the least that the movements meet of the attacker's mix", true
	default:
		return c.g.route(in.Sources, in.Sinks, weight), cheapest, true
	}
}

// price is mu, 0 where none or none that makes sense is stated.
func (c *checker) price() float64 {
	if c.doc.Mu == nil || !(*c.doc.Mu >= 0) {
		return 0
	}
	return *c.doc.Mu
}

// lowerWithTime charges time at the price mu: every mix within the budget T is
// worth at least min over routes of (Σ p y + μ t) - μ T.
func (c *checker) lowerWithTime(weight func(e uint32) float64) (value float64, what string, proven bool) {
	scale, _ := new(big.Float).SetInt(c.in.TimeScale).Float64()
	return c.atPrice(c.price()/scale, c.scaled(c.in.MeanTimeBudget), func(e uint32) [2]way {
		w := way{weight(e), c.in.Time[e]}
		return [2]way{w, w}
	}), "the least that a route meets of the attacker's mix, with time at the price mu", true
}

// lowerPostsLinear bounds the flow F = 1/v: with lengths w under which every route
// is at least d long, and b posts, F d ≤ Σ w (1/p + gain b), and the sum over the
// posts is greatest where they stand on the largest w·gain. Two choices of w are
// tried: the chances with and without the posts of the answer.
func (c *checker) lowerPostsLinear(y map[uint32]float64) (value float64, what string, proven bool) {
	in := c.in
	for _, p := range [][]float64{in.P, c.chances()} {
		w := func(e uint32) float64 { return y[e] * p[e] }
		d := c.g.route(in.Sources, in.Sinks, w)
		if !(d > 0) || math.IsInf(d, 1) {
			continue
		}
		total := 0.0
		type place struct{ gain, room float64 }
		var places []place
		for e := range y {
			if in.P[e] == 0 {
				continue
			}
			total += w(e) / in.P[e]
			places = append(places, place{w(e) * in.PostGain[e], in.PostMax[e]})
		}
		slices.SortFunc(places, func(a, b place) int {
			switch {
			case a.gain > b.gain:
				return -1
			case a.gain < b.gain:
				return 1
			}
			return 0
		})
		left := in.Budget
		for _, x := range places {
			if b := min(left, x.room); b > 0 {
				total += x.gain * b
				left -= b
			}
		}
		value = max(value, d/total)
	}
	return value, "the most flow that the budget allows across the attacker's places", true
}

// fastest returns the least time to each node in units of the scale, MaxInt64
// where there is no way.
func (c *checker) fastest(a adjacency, starts []uint32) []int64 {
	dist := make([]int64, c.g.n)
	for v, d := range tallies(a, c.g.n, starts, func(e uint32) tally { return tally{0, uint64(c.in.Time[e])} }) {
		dist[v] = math.MaxInt64
		if d != farthest() {
			dist[v] = int64(d.lo) // all times add up to at most 2^60
		}
	}
	return dist
}
