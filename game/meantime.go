package game

import (
	"context"
	"math"
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// solveMeanTime answers the edge game with a limit on the mean time by the
// cheapest flow whose mean time is the limit. With the flow F0 and the cost C0 at
// which shortest paths of cost π begin, and D = πF0 - C0, the value is
// v = (π - T)/D; the attacker's mix and the price of time come from the
// potentials: y_e = r_e/(p_e D) with r_e = max(0, φ_v - φ_u - t_e), and μ = 1/D.
func solveMeanTime(ctx context.Context, in *Instance, _ Options) (*Result, error) {
	if r := in.simple(); r != nil {
		return r, nil
	}
	g := newFlowGame(in)
	for e, t := range in.Time {
		g.net.SetCost(uint32(e), t)
	}
	budget := new(big.Rat).Mul(in.MeanTimeBudget, new(big.Rat).SetInt(in.TimeScale))
	bound := g.reach(in.open)
	for range 8 {
		g.scale(bound)
		r, total, err := g.meanTime(ctx, budget)
		if err != nil || total >= coarse || r.Status == Infeasible || r.Upper == 0 {
			return r, err
		}
		bound = float64(total+int64(len(in.From))+1) / g.unit
	}
	return nil, g.errScale()
}

const meanTimeMethod = "least-cost flow"

// meanTime answers in the present scale and returns how many units flow.
func (g *flowGame) meanTime(ctx context.Context, budget *big.Rat) (*Result, int64, error) {
	in := g.in
	mc, err := flow.NewMinCost(ctx, g.net, in.Sources, in.Sinks, false)
	if err != nil {
		return nil, 0, err
	}
	s := segment{}
	for {
		price, room, ok, err := mc.Next(ctx, math.MaxInt64)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return g.unlimited(ctx, mc, s.flow)
		}
		s.reach(price)
		over, _ := new(big.Rat).Sub(new(big.Rat).SetInt64(price), budget).Float64()
		if s.flow == 0 && over > 0 && room > 0 {
			return &Result{
				Status: Infeasible, Method: meanTimeMethod, Exact: true, Lower: 1, Upper: 1,
				Notes: []string{"the fastest route takes longer than the mean time may be"},
			}, 0, nil
		}
		if over > 0 {
			if target := s.rent / over; target <= float64(s.flow)+float64(room) {
				amount := min(max(int64(target)-s.flow, 0), room)
				if room < flow.Infinite {
					mc.Push(amount)
					r, err := g.priced(ctx, mc, g.routes(1), over)
					return r, s.flow + amount, err
				}
				// A last route without danger takes the rest of the mix.
				part := math.Min(float64(s.flow)/target, 1)
				last := Route{Edges: trail(mc), Prob: 1 - part}
				r, err := g.priced(ctx, mc, append(g.routes(part), last), over)
				return r, flow.Infinite, err
			}
		}
		if room >= flow.Infinite {
			r := nothing(trail(mc), meanTimeMethod)
			zero := 0.0
			r.Mu = &zero
			return r, 0, nil
		}
		mc.Push(room)
		s.flow += room
	}
}

// segment follows a growing flow: how much flows, and the rent D = πF - C, which
// grows by F for every unit that the price π grows.
type segment struct {
	flow  int64
	price int64
	rent  float64
}

func (s *segment) reach(price int64) {
	s.rent += float64(s.flow) * float64(price-s.price)
	s.price = price
}

// unlimited is the answer when all that fits flows within the limit.
func (g *flowGame) unlimited(ctx context.Context, mc *flow.MinCost, total int64) (*Result, int64, error) {
	if total == 0 {
		ok, err := g.reachable(ctx)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return unreachable(), 0, nil
		}
		return &Result{}, 0, nil // too coarse a scale
	}
	r, err := g.atMost(ctx, mc.Cut(), meanTimeMethod)
	if err != nil {
		return nil, 0, err
	}
	zero := 0.0
	r.Mu = &zero
	r.Notes = append(r.Notes, "the limit on the mean time does not bind")
	return r, total, nil
}

// priced is the answer for a mix whose mean time is the limit, over below the
// price of the flow in units of 1/TimeScale. The attacker's mix and the lower
// bound come from the potentials.
func (g *flowGame) priced(ctx context.Context, mc *flow.MinCost, routes []Route, over float64) (*Result, error) {
	y, rent := g.rents(mc)
	routes = g.withinMean(routes)
	r := &Result{Method: meanTimeMethod, Exact: true, Planner: routes, Attacker: attacks(y)}
	dist, err := g.reduced(ctx, mc, y, rent)
	if err != nil {
		return nil, err
	}
	scale, _ := new(big.Rat).SetInt(g.in.TimeScale).Float64()
	mu := scale / rent
	r.Mu = &mu
	r.close(over/rent+dist, worst(g.in.P, routes))
	return r, nil
}

// withinMean moves odds from the slowest routes to the fastest one where whole units
// of flow have rounded the mean time up: a unit on a route that takes for ever is
// more than a short limit bears.
func (g *flowGame) withinMean(routes []Route) []Route {
	limit, _ := new(big.Rat).Mul(g.in.MeanTimeBudget, new(big.Rat).SetInt(g.in.TimeScale)).Float64()
	times := make([]float64, len(routes))
	fast, mean := 0, 0.0
	for i, r := range routes {
		t := int64(0)
		for _, e := range r.Edges {
			t += g.in.Time[e]
		}
		times[i] = float64(t)
		mean += r.Prob * times[i]
		if times[i] < times[fast] {
			fast = i
		}
	}
	for mean > limit*(1+Tolerance/10) {
		slow := fast
		for i, r := range routes {
			if r.Prob > 0 && times[i] > times[slow] {
				slow = i
			}
		}
		if slow == fast {
			break
		}
		move := math.Min(routes[slow].Prob, (mean-limit)/(times[slow]-times[fast]))
		routes[slow].Prob -= move
		routes[fast].Prob += move
		mean -= move * (times[slow] - times[fast])
		if routes[slow].Prob > 0 {
			break
		}
	}
	return slices.DeleteFunc(routes, func(r Route) bool { return r.Prob == 0 })
}

// rents is the attacker's mix that the potentials show, with the rent D in units
// of time: the sum of r_e/p_e.
func (g *flowGame) rents(mc *flow.MinCost) ([]float64, float64) {
	in := g.in
	y := make([]float64, len(in.From))
	total := 0.0
	for e := range y {
		if in.P[e] == 0 {
			continue
		}
		if rent := g.rent(mc, e); rent > 0 {
			y[e] = float64(rent) / in.P[e]
			total += y[e]
		}
	}
	for e := range y {
		y[e] /= total
	}
	return y, total
}

// rent is what the edge saves to a unit that may use it beyond its own time, in
// the better direction; negative when it saves nothing.
func (g *flowGame) rent(mc *flow.MinCost, e int) int64 {
	in := g.in
	if in.From[e] == in.To[e] {
		return 0
	}
	gain := mc.Potential(in.To[e]) - mc.Potential(in.From[e])
	if !in.Directed && gain < 0 {
		gain = -gain
	}
	return gain - in.Time[e]
}

// reduced is how much the cheapest route costs, by p_e y_e + μ t_e, beyond what the
// potentials say: 0 but for rounding. Lengths are counted from the potentials, so
// that nothing is lost where the mean time is close to the limit.
func (g *flowGame) reduced(ctx context.Context, mc *flow.MinCost, y []float64, rent float64) (float64, error) {
	in := g.in
	short := 0.0 // what lengths below 0 could take away from a route, in all
	dist, err := g.net.Shortest(ctx, in.Sources, in.Sinks, true, func(e, tail, head uint32) float64 {
		saved := mc.Potential(head) - mc.Potential(tail) - in.Time[e]
		w := in.P[e]*y[e] - float64(saved)/rent
		if w < 0 {
			short -= w
			return 0
		}
		return w
	})
	return dist - short, err
}
