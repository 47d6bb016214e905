package game_test

import (
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/internal/exactlp"
)

// maximise solves max c·x, Ax <= b, x >= 0 for b >= 0 exactly; nil where it is
// unbounded.
func maximise(a [][]*big.Rat, b, c []*big.Rat) *big.Rat {
	value, _ := exactlp.Maximise(a, b, c)
	return value
}

// truth is an instance for the oracle, which enumerates everything.
type truth struct {
	in   *game.Instance
	p    []*big.Rat
	time []*big.Rat
}

func truthOf(in *game.Instance) *truth {
	t := &truth{in: in}
	for e := range in.From {
		if in.P != nil {
			t.p = append(t.p, new(big.Rat).SetFloat64(in.P[e]))
		}
		if in.Time != nil {
			t.time = append(t.time, new(big.Rat).SetFrac(big.NewInt(in.Time[e]), in.TimeScale))
		}
	}
	return t
}

// simpleRoutes lists the routes that pass no node twice.
func (t *truth) simpleRoutes(sources, sinks []uint32) [][]uint32 {
	var all [][]uint32
	on := make([]bool, len(t.in.Nodes))
	var route []uint32
	var visit func(v uint32)
	visit = func(v uint32) {
		if slices.Contains(sinks, v) {
			all = append(all, slices.Clone(route))
			return
		}
		on[v] = true
		for e := range t.in.From {
			for _, way := range [][2]uint32{{t.in.From[e], t.in.To[e]}, {t.in.To[e], t.in.From[e]}} {
				if way[0] == v && !on[way[1]] && (!t.in.Directed || way[0] == t.in.From[e]) {
					route = append(route, uint32(e))
					visit(way[1])
					route = route[:len(route)-1]
				}
			}
		}
		on[v] = false
	}
	for _, s := range sources {
		visit(s)
	}
	return all
}

func one() *big.Rat { return big.NewRat(1, 1) }

// packed is the value of the game with these gains, gain[attack][route], under
// side limits Σ over[route] x <= 0: 1/F for the largest F = Σ f with Σ gain f <= 1.
// It is nil where no mix keeps the limits.
func packed(gain, over [][]*big.Rat, routes int) *big.Rat {
	var b, c []*big.Rat
	for range gain {
		b = append(b, one())
	}
	for range over {
		b = append(b, new(big.Rat))
	}
	for range routes {
		c = append(c, one())
	}
	f := maximise(slices.Concat(gain, over), b, c)
	switch {
	case f == nil:
		return new(big.Rat)
	case f.Sign() == 0:
		return nil
	}
	return f.Inv(f)
}

// onEdges lists gain[edge][route] for p.
func onEdges(p []*big.Rat, routes [][]uint32) [][]*big.Rat {
	gain := make([][]*big.Rat, len(p))
	for e := range p {
		for _, r := range routes {
			x := new(big.Rat)
			if slices.Contains(r, uint32(e)) {
				x.Set(p[e])
			}
			gain[e] = append(gain[e], x)
		}
	}
	return gain
}

// value is the value of the instance, nil where it is infeasible.
func (t *truth) value() *big.Rat {
	in := t.in
	if in.Kind == game.EdgeMultiMovement {
		return t.movements()
	}
	for _, s := range in.Sources {
		if slices.Contains(in.Sinks, s) {
			return new(big.Rat)
		}
	}
	if in.Kind == game.Multistage {
		return t.staged()
	}
	routes := t.simpleRoutes(in.Sources, in.Sinks)
	switch in.Kind {
	case game.EdgeRouteTimeCap:
		routes = slices.DeleteFunc(routes, func(r []uint32) bool { return t.duration(r).Cmp(in.RouteTimeCap) > 0 })
	case game.EdgePostsLinear:
		return t.postsLinear(routes)
	case game.EdgePostsDiscrete:
		return t.postsDiscrete(routes)
	case game.EdgeEscortJoint:
		return t.escorted(routes)
	default:
	}
	if len(routes) == 0 {
		return nil
	}
	switch in.Kind {
	case game.EdgeMeanTime:
		var over []*big.Rat
		for _, r := range routes {
			over = append(over, new(big.Rat).Sub(t.duration(r), in.MeanTimeBudget))
		}
		return packed(onEdges(t.p, routes), [][]*big.Rat{over}, len(routes))
	case game.Zones:
		return packed(t.onZones(routes), nil, len(routes))
	case game.EdgeAttackers:
		return packed(t.onSets(routes), nil, len(routes))
	default:
		return packed(onEdges(t.p, routes), nil, len(routes))
	}
}

func (t *truth) duration(route []uint32) *big.Rat {
	sum := new(big.Rat)
	for _, e := range route {
		sum.Add(sum, t.time[e])
	}
	return sum
}

func (t *truth) onZones(routes [][]uint32) [][]*big.Rat {
	var gain [][]*big.Rat
	for _, z := range t.in.Zones {
		var row []*big.Rat
		for _, r := range routes {
			x := new(big.Rat)
			for _, e := range r {
				if slices.Contains(z.Edges, e) || slices.Contains(z.Nodes, t.in.From[e]) || slices.Contains(z.Nodes, t.in.To[e]) {
					x.SetFloat64(z.P)
				}
			}
			row = append(row, x)
		}
		gain = append(gain, row)
	}
	return gain
}

func (t *truth) onSets(routes [][]uint32) [][]*big.Rat {
	var gain [][]*big.Rat
	var set []int
	var choose func(from int)
	choose = func(from int) {
		if len(set) == min(t.in.Attackers, len(t.p)) {
			var row []*big.Rat
			for _, r := range routes {
				left := one()
				for _, e := range set {
					if slices.Contains(r, uint32(e)) {
						left.Mul(left, new(big.Rat).Sub(one(), t.p[e]))
					}
				}
				row = append(row, left.Sub(one(), left))
			}
			gain = append(gain, row)
			return
		}
		for e := from; e < len(t.p); e++ {
			set = append(set, e)
			choose(e + 1)
			set = set[:len(set)-1]
		}
	}
	choose(0)
	return gain
}

// postsLinear has the flows of routes and the posts of edges as variables.
func (t *truth) postsLinear(routes [][]uint32) *big.Rat {
	if len(routes) == 0 {
		return nil
	}
	in, m := t.in, len(t.p)
	width := len(routes) + m
	row := func() []*big.Rat {
		r := make([]*big.Rat, width)
		for j := range r {
			r[j] = new(big.Rat)
		}
		return r
	}
	var a [][]*big.Rat
	var b []*big.Rat
	total := row()
	for e := range m {
		total[len(routes)+e].SetInt64(1)
		if t.p[e].Sign() > 0 {
			r := row()
			for j, route := range routes {
				if slices.Contains(route, uint32(e)) {
					r[j].SetInt64(1)
				}
			}
			r[len(routes)+e].Neg(new(big.Rat).SetFloat64(in.PostGain[e]))
			a, b = append(a, r), append(b, new(big.Rat).Inv(t.p[e]))
		}
		if most := new(big.Rat).SetFloat64(in.PostMax[e]); most != nil {
			r := row()
			r[len(routes)+e].SetInt64(1)
			a, b = append(a, r), append(b, most)
		}
	}
	a, b = append(a, total), append(b, new(big.Rat).SetFloat64(in.Budget))
	c := row()
	for j := range routes {
		c[j].SetInt64(1)
	}
	f := maximise(a, b, c)
	if f == nil {
		return new(big.Rat)
	}
	return f.Inv(f)
}

func (t *truth) postsDiscrete(routes [][]uint32) *big.Rat {
	if len(routes) == 0 {
		return nil
	}
	var best *big.Rat
	for set := range 1 << len(t.p) {
		p, posts := slices.Clone(t.p), 0
		for e := range p {
			if set>>e&1 == 1 {
				posts++
				p[e] = new(big.Rat).SetFloat64(t.in.PPost[e])
			}
		}
		if float64(posts) > t.in.Budget {
			continue
		}
		if v := packed(onEdges(p, routes), nil, len(routes)); best == nil || v.Cmp(best) < 0 {
			best = v
		}
	}
	return best
}

// escorted has a draw for each route and each set of posts on it.
func (t *truth) escorted(routes [][]uint32) *big.Rat {
	if len(routes) == 0 {
		return nil
	}
	effect := new(big.Rat).Sub(one(), new(big.Rat).SetFloat64(t.in.PostEffect))
	gain := make([][]*big.Rat, len(t.p))
	var over []*big.Rat
	for _, r := range routes {
		for set := range 1 << len(r) {
			posts := 0
			for e := range t.p {
				x := new(big.Rat)
				if i := slices.Index(r, uint32(e)); i >= 0 {
					x.Set(t.p[e])
					if set>>i&1 == 1 {
						x.Mul(x, effect)
						posts++
					}
				}
				gain[e] = append(gain[e], x)
			}
			over = append(over, new(big.Rat).Sub(big.NewRat(int64(posts), 1), new(big.Rat).SetFloat64(t.in.MeanPosts)))
		}
	}
	return packed(gain, [][]*big.Rat{over}, len(over))
}

// movements has F and the flows of each movement's routes as variables.
func (t *truth) movements() *big.Rat {
	in := t.in
	var of []int
	var routes [][]uint32
	for j, m := range in.Movements {
		for _, s := range m.Sources {
			if slices.Contains(m.Sinks, s) {
				of, routes = append(of, j), append(routes, nil)
			}
		}
		found := t.simpleRoutes(m.Sources, m.Sinks)
		for _, r := range found {
			of, routes = append(of, j), append(routes, r)
		}
		if !slices.Contains(of, j) {
			return nil
		}
	}
	var a [][]*big.Rat
	var b []*big.Rat
	for j := range in.Movements {
		row := []*big.Rat{one()}
		for _, k := range of {
			x := new(big.Rat)
			if k == j {
				x.SetInt64(-1)
			}
			row = append(row, x)
		}
		a, b = append(a, row), append(b, new(big.Rat))
	}
	for e := range t.p {
		row := []*big.Rat{new(big.Rat)}
		for i, r := range routes {
			x := new(big.Rat)
			if slices.Contains(r, uint32(e)) {
				x.Mul(t.p[e], big.NewRat(int64(in.Movements[of[i]].Count), 1))
			}
			row = append(row, x)
		}
		a, b = append(a, row), append(b, one())
	}
	c := []*big.Rat{one()}
	for range routes {
		c = append(c, new(big.Rat))
	}
	f := maximise(a, b, c)
	if f == nil {
		return new(big.Rat)
	}
	return f.Inv(f)
}

// staged solves the matrix game at each node. A constant is added to all gains, so
// that packing applies.
func (t *truth) staged() *big.Rat {
	in := t.in
	known := map[uint32]*big.Rat{}
	var value func(v uint32) *big.Rat
	value = func(v uint32) *big.Rat {
		if slices.Contains(in.Sinks, v) {
			return new(big.Rat)
		}
		if x, ok := known[v]; ok {
			return x
		}
		var edges []uint32
		var next []*big.Rat
		for e := range in.From {
			if in.From[e] != v {
				continue
			}
			if x := value(in.To[e]); x != nil {
				edges, next = append(edges, uint32(e)), append(next, x)
			}
		}
		var worth *big.Rat
		if len(edges) > 0 {
			gain := make([][]*big.Rat, len(edges))
			for j := range edges {
				for i := range edges {
					x := new(big.Rat).Add(next[i], one())
					if i == j {
						miss := new(big.Rat).Sub(one(), next[i])
						x.Add(x, miss.Mul(miss, t.p[edges[i]]))
					}
					gain[j] = append(gain[j], x)
				}
			}
			worth = packed(gain, nil, len(edges))
			worth.Sub(worth, one())
		}
		known[v] = worth
		return worth
	}
	var best *big.Rat
	for _, s := range in.Sources {
		if v := value(s); v != nil && (best == nil || v.Cmp(best) < 0) {
			best = v
		}
	}
	return best
}
