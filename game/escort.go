package game

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// solveEscort answers the edge game with posts that are drawn together with the
// route. An edge becomes two: capacity 1/p at no cost, and η/((1-η)p) more at 1/η
// posts for each unit, for a post on all that flows lets 1/((1-η)p) flow. At most
// B posts on average is then a limit on the mean cost, as on the mean time in
// solveMeanTime.
//
// Proof, with Mu for μ: every route costs at least L when an edge costs the lesser
// of p_e y_e and p_e(1-η) y_e + μ, and the value is at least L - μB.
func solveEscort(ctx context.Context, in *Instance, _ Options) (*Result, error) {
	if r := in.simple(); r != nil {
		return r, nil
	}
	g := newFlowGame(in)
	eta := in.PostEffect
	if eta <= 0 || in.MeanPosts <= 0 {
		r, err := g.base(ctx)
		if err == nil && r.Status != Infeasible {
			err = g.unescorted(ctx, r)
		}
		return r, err
	}
	bound := g.reach(in.open)
	if eta < 1 {
		bound /= 1 - eta
	} else {
		bound *= 256
	}
	for range 8 {
		r, total, err := g.escorted(ctx, bound)
		if err != nil || r.Status == Infeasible || total >= coarse && total <= fine {
			return r, err
		}
		bound = 4 * float64(total+int64(len(in.From))+1) / g.unit
	}
	return nil, g.errScale()
}

const escortMethod = "least-cost flow with a second arc for posted passages"

// unescorted states the price of posts where none can be had or none helps.
func (g *flowGame) unescorted(ctx context.Context, r *Result) error {
	mu := 0.0
	if g.in.PostEffect > 0 {
		// With no posts to draw any price holds: one at which no edge is worth it.
		for _, a := range r.Attacker {
			mu = math.Max(mu, g.in.P[a.Edges[0]]*g.in.PostEffect*a.Prob)
		}
	}
	r.Mu = &mu
	return ctx.Err()
}

// escorted answers in a scale for flows up to bound, and returns how many units
// flow.
func (g *flowGame) escorted(ctx context.Context, bound float64) (*Result, int64, error) {
	in, eta := g.in, g.in.PostEffect
	g.scale(bound)
	total, _, err := g.net.MaxFlow(ctx, in.Sources, in.Sinks)
	if err != nil {
		return nil, 0, err
	}
	switch total {
	case flow.Infinite:
		r := nothing(g.safe(func(e int) bool { return in.P[e] == 0 }), escortMethod)
		zero := 0.0
		r.Mu = &zero
		return r, coarse, nil
	case 0:
		ok, err := g.reachable(ctx)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return unreachable(), 0, nil
		}
	}
	for e, p := range in.P {
		if p > 0 {
			g.net.SetExtra(uint32(e), unitsOf(eta/((1-eta)*p), g.unit), 1)
		}
	}
	mc, err := flow.NewMinCost(ctx, g.net, in.Sources, in.Sinks, true)
	if err != nil {
		return nil, 0, err
	}
	// Costs are counted in units of 1/η posts.
	limit := in.MeanPosts * eta
	s := segment{flow: total}
	for {
		price, room, ok, err := mc.Next(ctx, math.MaxInt64)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			r, err := g.convoy(ctx, nil, mc.Cut(), nil, 1)
			return r, s.flow, err
		}
		s.reach(price)
		over := float64(price) - limit
		if over > 0 {
			if target := s.rent / over; target <= float64(s.flow)+float64(room) {
				if room >= flow.Infinite {
					part := math.Min(float64(s.flow)/target, 1)
					r, err := g.convoy(ctx, mc, nil, trail(mc), part)
					return r, s.flow, err
				}
				amount := min(max(int64(target)-s.flow, 0), room)
				mc.Push(amount)
				r, err := g.convoy(ctx, mc, nil, nil, 1)
				return r, s.flow + amount, err
			}
		}
		if room >= flow.Infinite {
			route := trail(mc)
			r := nothing(route, escortMethod)
			zero := 0.0
			r.Mu = &zero
			for _, e := range route {
				if in.P[e] > 0 {
					r.Planner[0].Posted = append(r.Planner[0].Posted, e)
				}
			}
			r.Notes = append(r.Notes, largestDraw(r.Planner))
			return r, coarse, nil
		}
		mc.Push(room)
		s.flow += room
	}
}

// convoy is the answer for the flow in the network: part of the mix, and what is
// left of it on the route last with a post on every edge. It is proven by the
// potentials of mc, or by a cut when mc is nil.
func (g *flowGame) convoy(ctx context.Context, mc *flow.MinCost, cut flow.Cut, last []uint32, part float64) (*Result, error) {
	in, eta := g.in, g.in.PostEffect
	r := &Result{Method: escortMethod, Exact: true}
	routes := g.routes(part)
	x := passes(len(in.From), routes)
	total := g.carried()
	posts := make([]float64, len(x))
	for e := range posts {
		more := math.Abs(float64(g.net.Flow(uint32(e)))) - float64(unitsOf(in.open(e), g.unit))
		if more > 0 && in.P[e] > 0 {
			posts[e] = math.Min(part*more/total/eta, x[e])
		}
	}
	// Whole units of flow may round a small mean up.
	room, placed := in.MeanPosts, 0.0
	escort := Route{Edges: last, Prob: 1 - part}
	for _, e := range last {
		if in.P[e] > 0 {
			escort.Posted = append(escort.Posted, e)
		}
	}
	if n := float64(len(escort.Posted)); n > 0 {
		escort.Prob = min(escort.Prob, room/n)
		room -= n * escort.Prob
	}
	for _, x := range posts {
		placed += x
	}
	if placed > room {
		for e := range posts {
			posts[e] *= max(0, room) / placed
		}
	}
	r.Planner = station(routes, posts)
	if part < 1 {
		r.Planner = append(r.Planner, escort)
	}
	y := make([]float64, len(in.From))
	mu := 0.0
	if mc == nil {
		y = g.onCut(cut, in.open)
	} else {
		sum := 0.0
		for e := range y {
			if rent := float64(g.rise(mc, e)); rent > 0 && in.P[e] > 0 {
				// r c + r' c', with the rent of the second arc 1 less.
				y[e] = rent / in.P[e]
				if rent > 1 && eta < 1 {
					y[e] += (rent - 1) * eta / ((1 - eta) * in.P[e])
				}
				sum += y[e]
			}
		}
		for e := range y {
			y[e] /= sum
		}
		mu = eta / sum
	}
	r.Mu = &mu
	r.Attacker = attacks(y)
	length, err := g.net.Shortest(ctx, in.Sources, in.Sinks, true, func(e, _, _ uint32) float64 {
		return math.Min(in.P[e]*y[e], in.P[e]*(1-eta)*y[e]+mu)
	})
	if err != nil {
		return nil, err
	}
	r.close(length-mu*in.MeanPosts, worstPosted(in, r.Planner))
	r.Notes = append(r.Notes, largestDraw(r.Planner))
	return r, nil
}

// carried is the flow between sources and sinks in the network.
func (g *flowGame) carried() float64 {
	total := int64(0)
	source := make([]bool, len(g.in.Nodes))
	for _, v := range g.in.Sources {
		source[v] = true
	}
	for e := range g.in.From {
		if u, v := source[g.in.From[e]], source[g.in.To[e]]; u != v {
			if u {
				total += g.net.Flow(uint32(e))
			} else {
				total -= g.net.Flow(uint32(e))
			}
		}
	}
	return float64(total)
}

// rise is how much the potential rises along an edge in the better direction.
func (g *flowGame) rise(mc *flow.MinCost, e int) int64 {
	rise := mc.Potential(g.in.To[e]) - mc.Potential(g.in.From[e])
	if !g.in.Directed && rise < 0 {
		return -rise
	}
	return rise
}

// worstPosted is the greatest chance of success that a mix with posts leaves.
func worstPosted(in *Instance, routes []Route) float64 {
	hit := make([]float64, len(in.From))
	for _, r := range routes {
		for _, e := range r.Edges {
			p := in.P[e]
			if slices.Contains(r.Posted, e) {
				p *= 1 - in.PostEffect
			}
			hit[e] += p * r.Prob
		}
	}
	return slices.Max(hit)
}

// largestDraw tells the most posts that any route of the mix asks for.
func largestDraw(routes []Route) string {
	most := 0
	for _, r := range routes {
		most = max(most, len(r.Posted))
	}
	return fmt.Sprintf("the mean bounds the posts: the largest draw asks for %d at once", most)
}

// station splits routes so that each edge has a post with the given chance in all.
// Routes with few posts so far get them first.
func station(routes []Route, posts []float64) []Route {
	out := slices.Clone(routes)
	users := make(map[uint32][]int)
	for i, r := range routes {
		for _, e := range r.Edges {
			if posts[e] > 0 {
				users[e] = append(users[e], i)
			}
		}
	}
	copies := make([][]int, len(routes)) // of each route, where it stands in out
	for i := range routes {
		copies[i] = []int{i}
	}
	origin := make([]int, len(routes))
	for i := range origin {
		origin[i] = i
	}
	for e, left := range posts {
		if left <= 0 {
			continue
		}
		var with []int
		for _, i := range users[uint32(e)] {
			with = append(with, copies[i]...)
		}
		slices.SortFunc(with, func(a, b int) int {
			if d := len(out[a].Posted) - len(out[b].Posted); d != 0 {
				return d
			}
			return a - b
		})
		for _, i := range with {
			if left <= 0 {
				break
			}
			if rest := out[i].Prob - left; rest > 1e-12*left {
				copies[origin[i]] = append(copies[origin[i]], len(out))
				origin = append(origin, origin[i])
				out = append(out, Route{Edges: out[i].Edges, Prob: rest, Posted: slices.Clone(out[i].Posted)})
				out[i].Prob = left
			}
			left -= out[i].Prob
			out[i].Posted = append(out[i].Posted, uint32(e))
		}
	}
	return out
}
