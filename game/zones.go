package game

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// zoneBudget is how many labels the exact searches for routes may make together.
// A label is a place and the zones touched on the way there; a few hundred
// thousand are made in a second.
const zoneBudget = 4_000_000

// solveZones answers zone: an attack on a zone succeeds once if the route touches
// the zone.
//
// First the mix is found for which every entry of a zone counts; a shortest path
// is a best answer there, and its value is no less than the game's. From its
// routes the true game goes on, with the cheapest set of zones that lets a route
// through as the search, which is exact and in the worst case exponential. If that
// is cut off, the bounds that it has proven remain.
func solveZones(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	r := &Result{
		Exact: true, Method: "double oracle; cheapest set of zones that lets a route through",
		Assumptions: []string{"an attack on a zone counts once on a route, however often the route touches the zone"},
	}
	z := newZoneRoutes(in)
	if z.g.shared() {
		r.Status, r.Planner = Optimal, []Route{{Prob: 1}}
		return r, nil
	}
	t, err := z.find.run(ctx, z.g, z.g.sources, false, math.MaxInt64, make([]int64, len(in.Edges)), z.g.target)
	if err != nil {
		return nil, err
	}
	if t < 0 {
		return &Result{Status: Infeasible, Method: r.Method, Exact: true}, nil
	}
	if route, ok := z.within(func(zone uint32) bool { return in.Zones[zone].P == 0 }); ok {
		r.Status, r.Planner = Optimal, []Route{{Edges: route, Prob: 1}}
		return r, nil
	}
	chances := make([]float64, len(in.Zones))
	for k, zone := range in.Zones {
		chances[k] = zone.P
	}
	gap := max(opt.Gap, Tolerance/10)
	ceiling := 2 * float64(len(in.Zones)) / leastGain(chances)
	entry := newColumnGame(len(in.Zones), 1, ceiling)
	first := z.find.path(z.g, uint32(t))
	entry.add(z.entryColumn(first))
	err = entry.warm(ctx, 400, chances, z.priceEntries)
	if err == nil {
		_, err = entry.run(ctx, gap, z.priceEntries)
	}
	if err := entry.settle(ctx, err, z.priceEntries, r); err != nil {
		return nil, err
	}
	game := newColumnGame(len(in.Zones), 1, ceiling)
	for _, c := range entry.columns {
		game.add(z.touchColumn(c.edges))
	}
	copy(game.center, entry.center)
	z.budget = zoneBudget
	exact, err := game.run(ctx, gap, z.priceTouches)
	if err := game.settle(ctx, err, z.priceTouches, r); err != nil {
		return nil, err
	}
	game.fill(r, func(place uint32, prob float64) Attack { return Attack{Zones: []uint32{place}, Prob: prob} })
	r.Proof = map[string]any{"entry_lower": entry.lower, "entry_upper": entry.upper}
	if !exact && r.Status != Optimal {
		r.Method = "double oracle, cut off; " + fmt.Sprintf("%d labels", zoneBudget)
		r.Notes = append(r.Notes, fmt.Sprintf("the search for routes was cut off after %d labels; the bounds are proven, but do not meet", zoneBudget))
	}
	return r, nil
}

// zoneRoutes searches for routes that touch few zones.
type zoneRoutes struct {
	in        *Instance
	g         *routeGraph
	nodeStart []int32 // by node: its zones, ascending
	nodeZones []uint32
	edgeStart []int32 // by edge
	edgeZones []uint32
	// entered holds, by outgoing arc, the zones that it enters: the edge or the node
	// at its head lies in them, the node at its tail does not.
	enterStart []int32
	entered    []uint32

	find   *search[int64] // over nodes
	weight []int64        // by zone, in 1/costUnit
	budget int            // labels left
}

func newZoneRoutes(in *Instance) *zoneRoutes {
	z := &zoneRoutes{in: in, g: newRouteGraph(in, in.Sources, in.Sinks, nil), weight: make([]int64, len(in.Zones))}
	z.find = newSearch[int64](z.g.n)
	z.nodeStart, z.nodeZones = zonesBy(len(in.Nodes), in.Zones, func(zone *Zone) []uint32 { return zone.Nodes })
	z.edgeStart, z.edgeZones = zonesBy(len(in.Edges), in.Zones, func(zone *Zone) []uint32 { return zone.Edges })
	z.enterStart = make([]int32, 1, len(z.g.head)+1)
	for u := range uint32(z.g.n) {
		from := z.ofNode(u)
		for a := z.g.out[u]; a < z.g.out[u+1]; a++ {
			first := len(z.entered)
			for _, list := range [2][]uint32{z.ofEdge(z.g.edge[a]), z.ofNode(z.g.head[a])} {
				for _, zone := range list {
					if _, inside := slices.BinarySearch(from, zone); !inside && !slices.Contains(z.entered[first:], zone) {
						z.entered = append(z.entered, zone)
					}
				}
			}
			z.enterStart = append(z.enterStart, int32(len(z.entered)))
		}
	}
	return z
}

// zonesBy lists zones by node or edge, ascending and each once.
func zonesBy(n int, zones []Zone, members func(*Zone) []uint32) (start []int32, list []uint32) {
	start = make([]int32, n+1)
	last := make([]int32, n)
	each := func(f func(member, zone uint32)) {
		for i := range last {
			last[i] = -1
		}
		for k := range zones {
			for _, x := range members(&zones[k]) {
				if last[x] != int32(k) {
					last[x] = int32(k)
					f(x, uint32(k))
				}
			}
		}
	}
	each(func(x, _ uint32) { start[x+1]++ })
	for i := range n {
		start[i+1] += start[i]
	}
	list = make([]uint32, start[n])
	next := slices.Clone(start[:n])
	each(func(x, zone uint32) { list[next[x]] = zone; next[x]++ })
	return start, list
}

func (z *zoneRoutes) ofNode(v uint32) []uint32 { return z.nodeZones[z.nodeStart[v]:z.nodeStart[v+1]] }

func (z *zoneRoutes) ofEdge(e uint32) []uint32 { return z.edgeZones[z.edgeStart[e]:z.edgeStart[e+1]] }

func (z *zoneRoutes) ofArc(a int32) []uint32 { return z.entered[z.enterStart[a]:z.enterStart[a+1]] }

// startOf returns the node that a route begins at: the source from which its edges
// lead on to a sink.
func (z *zoneRoutes) startOf(edges []uint32) uint32 {
	for _, s := range z.g.sources {
		v, ok := s, true
		for _, e := range edges {
			if v, ok = z.across(v, e); !ok {
				break
			}
		}
		if ok && z.g.target[v] {
			return s
		}
	}
	return z.g.sources[0]
}

func (z *zoneRoutes) across(v, e uint32) (uint32, bool) {
	switch {
	case z.in.From[e] == v:
		return z.in.To[e], true
	case z.in.To[e] == v && !z.in.Directed:
		return z.in.From[e], true
	}
	return 0, false
}

// entryColumn makes a column that counts every entry of a zone.
func (z *zoneRoutes) entryColumn(edges []uint32) routeColumn {
	c := routeColumn{edges: edges}
	at := map[uint32]int{}
	count := func(zone uint32) {
		p := z.in.Zones[zone].P
		if p == 0 {
			return
		}
		if k, ok := at[zone]; ok {
			c.gains[k] += p
			return
		}
		at[zone] = len(c.places)
		c.places, c.gains = append(c.places, zone), append(c.gains, p)
	}
	v := z.startOf(edges)
	for _, zone := range z.ofNode(v) {
		count(zone)
	}
	for _, e := range edges {
		for a := z.g.out[v]; a < z.g.out[v+1]; a++ {
			w, _ := z.across(v, e)
			if z.g.edge[a] == e && z.g.head[a] == w {
				for _, zone := range z.ofArc(a) {
					count(zone)
				}
				v = w
				break
			}
		}
	}
	return c
}

// touchColumn makes a column that counts a zone once.
func (z *zoneRoutes) touchColumn(edges []uint32) routeColumn {
	c := z.entryColumn(edges)
	for k, zone := range c.places {
		c.gains[k] = z.in.Zones[zone].P
	}
	return c
}

// setWeights keeps what touching each zone costs.
func (z *zoneRoutes) setWeights(weight []float64) {
	for k, w := range weight {
		z.weight[k] = int64(w * z.in.Zones[k].P * costUnit)
	}
}

// priceEntries finds the route that is cheapest when every entry counts.
func (z *zoneRoutes) priceEntries(ctx context.Context, weight []float64) (pricing, error) {
	z.setWeights(weight)
	t, err := z.cheapestEntries(ctx)
	if err != nil {
		return pricing{}, err
	}
	return pricing{
		columns: []routeColumn{z.entryColumn(z.find.path(z.g, t))},
		bound:   float64(z.find.dist[t]) / costUnit, exact: true,
	}, nil
}

// cheapestEntries is a search for a shortest path whose arcs cost the zones that
// they enter. A route exists.
func (z *zoneRoutes) cheapestEntries(ctx context.Context) (uint32, error) {
	s, g := z.find, z.g
	for v := range s.dist {
		s.dist[v], s.parent[v] = math.MaxInt64, -1
	}
	s.queue = s.queue[:0]
	for _, v := range g.sources {
		d := int64(0)
		for _, zone := range z.ofNode(v) {
			d += z.weight[zone]
		}
		if d < s.dist[v] {
			s.dist[v] = d
			s.push(queued[int64]{d, v})
		}
	}
	for done := 0; len(s.queue) > 0; done++ {
		if done%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		top := s.pop()
		if top.key > s.dist[top.node] {
			continue
		}
		if g.target[top.node] {
			return top.node, nil
		}
		for a, end := g.out[top.node], g.out[top.node+1]; a < end; a++ {
			d := top.key
			for _, zone := range z.ofArc(a) {
				// Prices sum to 1, but zones can be entered again and again.
				d = min(d+z.weight[zone], math.MaxInt64/4)
			}
			if w := g.head[a]; d < s.dist[w] {
				s.dist[w], s.parent[w] = d, a
				s.push(queued[int64]{d, w})
			}
		}
	}
	return 0, fmt.Errorf("route lost: no sink is reached from %d sources", len(g.sources))
}

// within returns a route of few edges that touches only allowed zones.
func (z *zoneRoutes) within(allowed func(zone uint32) bool) ([]uint32, bool) {
	g := z.g
	parent := make([]int32, g.n)
	seen := make([]bool, g.n)
	all := func(zones []uint32) bool {
		for _, zone := range zones {
			if !allowed(zone) {
				return false
			}
		}
		return true
	}
	var queue []uint32
	for _, s := range g.sources {
		if !seen[s] && all(z.ofNode(s)) {
			seen[s], parent[s] = true, -1
			queue = append(queue, s)
		}
	}
	for k := 0; k < len(queue); k++ {
		v := queue[k]
		if g.target[v] {
			var edges []uint32
			for parent[v] >= 0 {
				a := parent[v]
				edges = append(edges, g.edge[a])
				v = g.tailOf(a)
			}
			slices.Reverse(edges)
			return edges, true
		}
		for a := g.out[v]; a < g.out[v+1]; a++ {
			if w := g.head[a]; !seen[w] && all(z.ofArc(a)) {
				seen[w], parent[w] = true, a
				queue = append(queue, w)
			}
		}
	}
	return nil, false
}
