package game

import (
	"context"
	"math"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// solvePostsLinear answers the edge game with posts that can be divided by a
// parametric least-cost flow: the first 1/p of an edge's capacity is free, the next
// gain·max costs 1/gain posts for each unit. Where the next unit costs π posts,
// dF/dB = 1/π, and a little more budget changes the value by dv/dB = -v²/π.
//
// Proof, with Mu for μ = v/π: for any mix y of attacks, with w_e = y_e p_e(b_e) at
// the posts b of the answer, every route costs at least L by w, and no placing of
// the budget B makes the value less than
// L / (Σ w_e/p_e + μB + Σ max_e·max(0, gain_e w_e - μ)).
func solvePostsLinear(ctx context.Context, in *Instance, _ Options) (*Result, error) {
	if r := in.simple(); r != nil {
		return r, nil
	}
	g := newFlowGame(in)
	held := func(e int) float64 { return in.open(e) + in.addable(e, in.Budget) }
	bound := g.reach(held)
	for range 8 {
		r, total, err := g.postsLinear(ctx, bound)
		if err != nil || total >= coarse || r.Status == Infeasible {
			return r, err
		}
		bound = float64(total+2*int64(len(in.From))+1) / g.unit
	}
	return nil, g.errScale()
}

const postsLinearMethod = "parametric least-cost flow"

// addable is the capacity that so many posts add to an edge, or as many of them as
// can stand there.
func (in *Instance) addable(e int, posts float64) float64 {
	if in.P[e] == 0 || in.PostGain[e] == 0 {
		return 0
	}
	return in.PostGain[e] * math.Min(in.PostMax[e], posts)
}

// postsLinear answers in a scale for flows up to bound.
func (g *flowGame) postsLinear(ctx context.Context, bound float64) (*Result, int64, error) {
	in := g.in
	g.scale(bound)
	total, cut, err := g.net.MaxFlow(ctx, in.Sources, in.Sinks)
	if err != nil {
		return nil, 0, err
	}
	switch total {
	case flow.Infinite:
		r := nothing(g.safe(func(e int) bool { return in.P[e] == 0 }), postsLinearMethod)
		zero := 0.0
		r.Mu = &zero
		return r, total, nil
	case 0:
		ok, err := g.reachable(ctx)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return unreachable(), 0, nil
		}
	}
	perPost := g.chargePosts()
	mc, err := flow.NewMinCost(ctx, g.net, in.Sources, in.Sinks, true)
	if err != nil {
		return nil, 0, err
	}
	left := in.Budget // posts
	var price int64
	more := true
	for more {
		var room int64
		price, room, more, err = mc.Next(ctx, math.MaxInt64)
		if err != nil {
			return nil, 0, err
		}
		if !more {
			cut = mc.Cut()
			break
		}
		perUnit := float64(price) / perPost / g.unit
		if fits := left / perUnit; fits < float64(room) {
			mc.Push(int64(fits))
			total += int64(fits)
			break
		}
		mc.Push(room)
		total += room
		left = math.Max(0, left-float64(room)*perUnit)
	}
	r, err := g.posted(ctx, mc, cut, more, perPost)
	return r, total, err
}

// chargePosts gives the network the capacity that posts can add and its cost, and
// returns the cost of a unit in posts over capacity that counts as 1.
func (g *flowGame) chargePosts() float64 {
	in := g.in
	dearest := 0.0
	for e := range in.From {
		if in.addable(e, 1) > 0 {
			dearest = math.Max(dearest, 1/in.PostGain[e])
		}
	}
	if dearest == 0 {
		return 1
	}
	// A path of all nodes at the highest cost must not overflow; a common gain
	// becomes a whole number and loses nothing.
	perPost := math.Exp2(59) / float64(len(in.Nodes)+1) / dearest
	for e := range in.From {
		if more := in.addable(e, math.Inf(1)); more > 0 {
			g.net.SetExtra(uint32(e), unitsOf(more, g.unit), max(int64(math.Round(perPost/in.PostGain[e])), 1))
		}
	}
	return perPost
}

// posted is the answer for the flow in the network. The potentials price the posts
// when more could flow; else the cut says all.
func (g *flowGame) posted(ctx context.Context, mc *flow.MinCost, cut flow.Cut, more bool, perPost float64) (*Result, error) {
	in := g.in
	r := &Result{Method: postsLinearMethod, Exact: true, Planner: g.routes(1)}
	posts := make([]float64, len(in.From))
	placed := 0.0
	for e := range posts {
		carried := math.Abs(float64(g.net.Flow(uint32(e))))
		if over := carried - float64(unitsOf(in.open(e), g.unit)); over > 0 && in.P[e] > 0 {
			posts[e] = over / g.unit / in.PostGain[e]
			placed += posts[e]
		}
	}
	guarded := make([]float64, len(posts))
	for e := range posts {
		if placed > in.Budget {
			posts[e] *= in.Budget / placed
		}
		posts[e] = math.Min(posts[e], in.PostMax[e])
		guarded[e] = in.P[e] / (1 + in.P[e]*in.PostGain[e]*posts[e])
		if posts[e] > 0 {
			r.Posts = append(r.Posts, Post{Edge: uint32(e), Amount: posts[e]})
		}
	}
	// w makes every route cost at least 1.
	w := make([]float64, len(in.From))
	if more {
		for e := range w {
			if in.From[e] == in.To[e] || in.P[e] == 0 {
				continue
			}
			gain := mc.Potential(in.To[e]) - mc.Potential(in.From[e])
			if !in.Directed && gain < 0 {
				gain = -gain
			}
			w[e] = math.Max(0, float64(gain)/float64(mc.Price()))
		}
	} else {
		for _, e := range g.net.CutEdges(cut) {
			w[e] = 1
		}
	}
	sum := 0.0
	for e := range w {
		if w[e] > 0 {
			w[e] /= guarded[e] // now the attacker's share
			sum += w[e]
		}
	}
	for e := range w {
		w[e] /= sum
	}
	r.Attacker = attacks(w)
	free, mu := 0.0, 0.0
	if more {
		// A unit of capacity costs 1/gain posts: gain·w is at most this wherever
		// posts could still grow.
		mu = perPost / float64(mc.Price()) / sum
	}
	for e := range w {
		w[e] *= guarded[e]
		if w[e] > 0 {
			free += w[e] / in.P[e]
		}
		if math.IsInf(in.PostMax[e], 1) {
			mu = math.Max(mu, w[e]*in.PostGain[e])
		}
	}
	r.Mu = &mu
	length, err := g.net.Shortest(ctx, in.Sources, in.Sinks, true, func(e, _, _ uint32) float64 { return w[e] })
	if err != nil {
		return nil, err
	}
	r.close(length/(free+g.priceOfPosts(w, mu)), worst(guarded, r.Planner))
	return r, nil
}

// priceOfPosts is μB + Σ max_e·max(0, gain_e w_e - μ).
func (g *flowGame) priceOfPosts(w []float64, mu float64) float64 {
	cost := mu * g.in.Budget
	for e := range w {
		if over := g.in.PostGain[e]*w[e] - mu; over > 0 && g.in.PostMax[e] > 0 {
			cost += over * g.in.PostMax[e]
		}
	}
	return cost
}
