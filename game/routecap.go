package game

import (
	"context"
	"math"
	"math/big"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// solveRouteCap answers edge+route_time_cap: the edge game over routes that take
// no longer than a cap.
//
// It starts from the flow of least mean time as far as its routes keep the cap: if
// that is a maximum flow, it is the answer and a minimum cut proves it. Otherwise
// columns are generated, with a shortest path under the cap as the search; the
// least cost of such a path under the attacker's mix is the lower bound.
func solveRouteCap(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	r := &Result{
		Exact: true, Method: "column generation; shortest routes under a time cap",
		Assumptions: []string{"an attack on an edge counts on every pass; no route takes longer than the cap"},
	}
	limit := scaledLimit(in)
	g := newRouteGraph(in, in.Sources, in.Sinks, func(e int) bool { return in.Time[e] <= limit })
	if g.shared() {
		if limit < 0 {
			return &Result{Status: Infeasible, Method: r.Method, Exact: true}, nil
		}
		r.Status, r.Planner = Optimal, []Route{{Prob: 1}}
		return r, nil
	}
	c, err := newCappedRoutes(ctx, in, g, limit)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return &Result{Status: Infeasible, Method: r.Method, Exact: true}, nil
	}
	if route, ok, err := c.safeRoute(ctx); err != nil {
		return nil, err
	} else if ok {
		r.Status, r.Planner = Optimal, []Route{{Edges: route, Prob: 1}}
		return r, nil
	}
	gap := max(opt.Gap, Tolerance/10)
	game := newColumnGame(len(in.Edges), 1, 2*float64(len(in.Edges))/leastGain(in.P))
	routes, cut, err := c.flowStart(ctx)
	if err != nil {
		return nil, err
	}
	for _, edges := range routes {
		game.add(edgeColumn(in.P, 1, 0, edges))
	}
	game.add(edgeColumn(in.P, 1, 0, c.fastest))
	if len(cut) > 0 {
		weight, sum := make([]float64, len(in.Edges)), 0.0
		for _, e := range cut {
			weight[e] = 1 / in.P[e]
			sum += weight[e]
			game.addPlace(e)
		}
		for _, e := range cut {
			weight[e] /= sum
		}
		found, err := c.price(ctx, weight)
		if err != nil {
			return nil, err
		}
		game.offer(weight, found.bound)
		game.addAll(found.columns)
	}
	warm := func() error {
		if err := game.solveMaster(ctx); err != nil || game.met(gap) {
			return err
		}
		c.close, c.rough = 0.02, true
		err := game.warm(ctx, 400, c.corridorChances(), c.price)
		c.close, c.rough = gap/4, false
		if err != nil {
			return err
		}
		_, err = game.run(ctx, gap, c.price)
		return err
	}
	if err := game.settle(ctx, warm(), c.price, r); err != nil {
		return nil, err
	}
	game.fill(r, edgeAttack)
	return r, nil
}

// scaledLimit is the cap in units of the instance's times, rounded down, as times
// are whole numbers; at most a quarter of the largest int64, so that sums of two
// do not overflow.
func scaledLimit(in *Instance) int64 {
	const most = math.MaxInt64 / 4
	scaled := new(big.Int).Mul(in.RouteTimeCap.Num(), in.TimeScale)
	scaled.Div(scaled, in.RouteTimeCap.Denom())
	if !scaled.IsInt64() {
		if scaled.Sign() < 0 {
			return -1
		}
		return most
	}
	return min(scaled.Int64(), most)
}

// costUnit makes whole numbers of costs: sums do not depend on their order then,
// ties are ties, and rounding down leaves the lower bound a lower bound. Prices sum
// to 1 and a route passes an edge once, so that sums stay below 2^58.
const costUnit = 1 << 58

// cappedRoutes searches for routes under a cap, inside the corridor of arcs that
// some such route can use.
type cappedRoutes struct {
	in      *Instance
	g       *routeGraph // of the corridor
	limit   int64
	toSink  []int64 // by node
	fastest []uint32
	rest    *search[int64] // backward costs
	cost    []int64        // by edge, in 1/costUnit, rounded down
	priced  *search[int64] // backward costs and time at rate
	spare   *search[int64]
	rate    int64   // price of time
	mixed   []int64 // by edge: cost with priced time
	close   float64 // relative gap at which a route will do
	rough   bool    // any route will do
	most    int     // labels of a search, after which it is cut off
	best    []int64 // by node: least time of a label so far
	labels  []capLabel
	queue   []capQueued
}

type capLabel struct {
	node   uint32
	edge   uint32
	parent int32
	time   int64
	cost   int64
}

type capQueued struct {
	cost  int64 // lower bound of a route through the label
	time  int64 // likewise
	label int32
}

// newCappedRoutes returns nil when even the fastest route is too long.
func newCappedRoutes(ctx context.Context, in *Instance, g *routeGraph, limit int64) (*cappedRoutes, error) {
	if limit < 0 {
		return nil, nil
	}
	from, to := newSearch[int64](g.n), newSearch[int64](g.n)
	if _, err := from.run(ctx, g, g.sources, false, limit+1, in.Time, nil); err != nil {
		return nil, err
	}
	if _, err := to.run(ctx, g, g.sinks, true, limit+1, in.Time, nil); err != nil {
		return nil, err
	}
	c := &cappedRoutes{in: in, limit: limit, toSink: to.dist, most: mostLabels}
	nearest, least := -1, limit+1
	for _, t := range g.sinks {
		if from.dist[t] < least {
			nearest, least = int(t), from.dist[t]
		}
	}
	if nearest < 0 {
		return nil, nil
	}
	c.fastest = from.path(g, uint32(nearest))
	fits := func(u, v uint32, t int64) bool {
		a, b := from.dist[u], to.dist[v]
		return a <= limit && b <= limit && t <= limit && a+b <= limit-t
	}
	c.g = newRouteGraph(in, g.sources, g.sinks, func(e int) bool {
		u, v := in.From[e], in.To[e]
		return fits(u, v, in.Time[e]) || !in.Directed && fits(v, u, in.Time[e])
	})
	c.rest = newSearch[int64](g.n)
	c.priced, c.spare = newSearch[int64](g.n), newSearch[int64](g.n)
	c.cost, c.mixed = make([]int64, len(in.Edges)), make([]int64, len(in.Edges))
	c.best = make([]int64, g.n)
	return c, nil
}

// corridorChances holds, by edge, the chance of an attack, 0 outside the corridor.
func (c *cappedRoutes) corridorChances() []float64 {
	p := make([]float64, len(c.in.P))
	for _, e := range c.g.edge {
		p[e] = c.in.P[e]
	}
	return p
}

// safeRoute returns a route under the cap on which no attack can succeed.
func (c *cappedRoutes) safeRoute(ctx context.Context) ([]uint32, bool, error) {
	safe := newRouteGraph(c.in, c.g.sources, c.g.sinks, func(e int) bool { return c.in.P[e] == 0 })
	s := newSearch[int64](c.g.n)
	t, err := s.run(ctx, safe, safe.sources, false, c.limit+1, c.in.Time, safe.target)
	if err != nil || t < 0 {
		return nil, false, err
	}
	return s.path(safe, uint32(t)), true, nil
}

// flowStart returns routes that are good to begin with, and the edges of a minimum
// cut of the corridor if it has a finite one.
func (c *cappedRoutes) flowStart(ctx context.Context) (routes [][]uint32, cut []uint32, err error) {
	const most = 2000 // augmentations
	var from, to []uint32
	var capacity []int64
	var edges []uint32
	inside := make([]bool, len(c.in.Edges))
	for _, e := range c.g.edge {
		inside[e] = true
	}
	least := leastGain(c.in.P)
	for e := range c.in.Edges {
		if !inside[e] {
			continue
		}
		limit := flow.Infinite
		if p := c.in.P[e]; p > 0 {
			// 2^40 for the largest, so that sums over a million edges fit.
			limit = max(1, int64(math.Round((1<<40)*(least/p))))
		}
		edges = append(edges, uint32(e))
		from, to, capacity = append(from, c.in.From[e]), append(to, c.in.To[e]), append(capacity, limit)
	}
	n := flow.NewNetwork(len(c.in.Nodes), from, to, capacity, c.in.Directed)
	_, side, err := n.MaxFlow(ctx, c.g.sources, c.g.sinks)
	if err != nil {
		return nil, nil, err
	}
	if side != nil {
		for _, k := range n.CutEdges(side) {
			cut = append(cut, edges[k])
		}
	}
	n.Clear()
	for k, e := range edges {
		n.SetCost(uint32(k), c.in.Time[e])
	}
	m, err := flow.NewMinCost(ctx, n, c.g.sources, c.g.sinks, false)
	if err != nil {
		return nil, nil, err
	}
	for range most {
		_, room, ok, err := m.Next(ctx, c.limit)
		if err != nil {
			return nil, nil, err
		}
		if !ok || room >= flow.Infinite {
			break
		}
		m.Push(room)
	}
	for _, p := range n.Paths(c.g.sources, c.g.sinks) {
		route, time := make([]uint32, len(p.Edges)), int64(0)
		for i, k := range p.Edges {
			route[i] = edges[k]
			time += c.in.Time[edges[k]]
		}
		// Rounding apart, flows of marginal time within the cap hold no longer route.
		if time <= c.limit {
			routes = append(routes, route)
		}
	}
	return routes, cut, nil
}

// price finds the route of least cost under the cap, and on the way routes that
// cost more and take less time.
//
// A price on time (penalise) comes first: if the best route that it finds costs
// little more than its bound, that will do. Otherwise labels of (cost, time) leave
// a queue in order of cost plus the least cost of the rest, so that at a node costs
// never fall, and a label is of use only if it is faster than all before it
// (Handler and Zang, Networks 10, 1980, treat the same problem). Labels are dropped
// whose time and least remaining time exceed the cap, or whose cost with the
// priced time exceeds that of the route already known.
func (c *cappedRoutes) price(ctx context.Context, weight []float64) (pricing, error) {
	const several = 8
	for e, w := range weight {
		c.cost[e] = int64(w * c.in.P[e] * costUnit)
	}
	known, err := c.penalise(ctx)
	if err != nil {
		return pricing{}, err
	}
	found := pricing{exact: true, bound: float64(known.cost) / costUnit}
	found.columns = append(found.columns, edgeColumn(c.in.P, 1, 0, known.edges))
	if c.rough || float64(known.cost-known.bound) <= c.close*float64(known.cost) {
		found.bound = float64(known.bound) / costUnit
		return found, nil
	}
	for v := range c.best {
		c.best[v] = c.limit + 1
	}
	c.labels, c.queue = c.labels[:0], c.queue[:0]
	for _, s := range c.g.sources {
		if c.toSink[s] <= c.limit {
			c.extend(capLabel{node: s, parent: -1})
		}
	}
	for done := 0; len(c.queue) > 0; done++ {
		if done%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return pricing{}, err
			}
		}
		top := c.pop()
		if top.cost >= known.cost {
			break
		}
		if len(c.labels) > c.most {
			found.exact, found.bound = false, float64(max(top.cost, known.bound))/costUnit
			break
		}
		l := c.labels[top.label]
		if l.time >= c.best[l.node] {
			continue
		}
		c.best[l.node] = l.time
		if c.g.target[l.node] {
			if len(found.columns) == 1 {
				found.bound = float64(l.cost) / costUnit
			}
			found.columns = append(found.columns, edgeColumn(c.in.P, 1, 0, c.route(top.label)))
			if len(found.columns) > several {
				break
			}
			continue
		}
		for a, end := c.g.out[l.node], c.g.out[l.node+1]; a < end; a++ {
			e, v := c.g.edge[a], c.g.head[a]
			time, cost := l.time+c.in.Time[e], l.cost+c.cost[e]
			if time >= c.best[v] || c.toSink[v] > c.limit-time {
				continue
			}
			if cost+c.rate*time+c.priced.dist[v]-c.rate*c.limit >= known.cost {
				continue
			}
			c.extend(capLabel{node: v, edge: e, parent: top.label, time: time, cost: cost})
		}
	}
	return found, nil
}

// mostLabels is after how many labels a search for a route is cut off.
const mostLabels = 8_000_000

// A capped is a route under the cap, and a lower bound of what any such route
// costs.
type capped struct {
	edges []uint32
	cost  int64
	bound int64
}

// penalise searches with a price on time, chosen so that the best bound results
// (Handler and Zang, Networks 10, 1980). It leaves the least costs to a sink in
// rest, and with priced time in priced for the rate of the best bound.
func (c *cappedRoutes) penalise(ctx context.Context) (capped, error) {
	const (
		tries = 8
		far   = math.MaxInt64 / 2
	)
	if _, err := c.rest.run(ctx, c.g, c.g.sinks, true, far, c.cost, nil); err != nil {
		return capped{}, err
	}
	cheap := c.follow(c.rest)
	c.rate = 0
	copy(c.priced.dist, c.rest.dist)
	if cheap.time <= c.limit {
		return capped{cheap.edges, cheap.cost, cheap.cost}, nil
	}
	fits := walked{edges: c.fastest}
	for _, e := range c.fastest {
		fits.cost += c.cost[e]
		fits.time += c.in.Time[e]
	}
	best := capped{fits.edges, fits.cost, cheap.cost}
	for range tries {
		rate := min((fits.cost-cheap.cost)/(cheap.time-fits.time), math.MaxInt64/8/max(1, c.limit))
		if rate <= 0 {
			break
		}
		for _, e := range c.g.edge {
			c.mixed[e] = c.cost[e] + rate*c.in.Time[e]
		}
		if _, err := c.spare.run(ctx, c.g, c.g.sinks, true, far, c.mixed, nil); err != nil {
			return capped{}, err
		}
		w := c.follow(c.spare)
		total := w.cost + rate*w.time
		if bound := total - rate*c.limit; bound > best.bound || c.rate == 0 {
			best.bound, c.rate = max(bound, best.bound), rate
			c.priced, c.spare = c.spare, c.priced
		}
		if w.time <= c.limit && w.cost < best.cost {
			best.edges, best.cost = w.edges, w.cost
		}
		if float64(best.cost-best.bound) <= c.close*float64(best.cost) || total >= fits.cost+rate*fits.time {
			break
		}
		if w.time <= c.limit {
			fits = w
		} else {
			cheap = w
		}
		if fits.time >= cheap.time || fits.cost <= cheap.cost {
			break
		}
	}
	return best, nil
}

// A walked route is one followed along a backward search, with its true cost.
type walked struct {
	edges      []uint32
	cost, time int64
}

func (c *cappedRoutes) follow(s *search[int64]) walked {
	v, least := uint32(0), int64(math.MaxInt64)
	for _, u := range c.g.sources {
		if s.dist[u] < least {
			v, least = u, s.dist[u]
		}
	}
	var w walked
	for s.parent[v] >= 0 {
		a := s.parent[v]
		e := c.g.inEdge[a]
		w.edges = append(w.edges, e)
		w.cost += c.cost[e]
		w.time += c.in.Time[e]
		v = c.g.headOf(a)
	}
	return w
}

func (c *cappedRoutes) extend(l capLabel) {
	c.labels = append(c.labels, l)
	c.push(capQueued{l.cost + c.rest.dist[l.node], l.time + c.toSink[l.node], int32(len(c.labels) - 1)})
}

func (c *cappedRoutes) route(label int32) []uint32 {
	var edges []uint32
	for l := c.labels[label]; l.parent >= 0; l = c.labels[l.parent] {
		edges = append(edges, l.edge)
	}
	for i, j := 0, len(edges)-1; i < j; i, j = i+1, j-1 {
		edges[i], edges[j] = edges[j], edges[i]
	}
	return edges
}

func (q capQueued) before(o capQueued) bool {
	return q.cost < o.cost || q.cost == o.cost && q.time < o.time
}

func (c *cappedRoutes) push(q capQueued) {
	c.queue = append(c.queue, q)
	i := len(c.queue) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !q.before(c.queue[up]) {
			break
		}
		c.queue[i] = c.queue[up]
		i = up
	}
	c.queue[i] = q
}

func (c *cappedRoutes) pop() capQueued {
	top := c.queue[0]
	last := c.queue[len(c.queue)-1]
	c.queue = c.queue[:len(c.queue)-1]
	n := len(c.queue)
	if n == 0 {
		return top
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		best := child
		for k := child + 1; k < min(child+4, n); k++ {
			if c.queue[k].before(c.queue[best]) {
				best = k
			}
		}
		if !c.queue[best].before(last) {
			break
		}
		c.queue[i] = c.queue[best]
		i = best
	}
	c.queue[i] = last
	return top
}
