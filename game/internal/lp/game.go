package lp

import (
	"context"
	"fmt"
	"math"
)

// A Game is the master of a zero-sum game between a planner, who draws a route,
// and an attacker, who draws an attack: the planner pays what the attack gains on
// the route and wants to pay little. Routes, attacks and side limits on means over
// the mix can be added at any time; Solve goes on from the last answer.
//
// Inside it is the packing problem max Σx, Σ gain·x <= 1 for every attack, which
// is the game with value 1/Σx scaled by the value: its right-hand sides are 1
// however small the value is, and x = 0 is always a start.
type Game struct {
	p      *Problem
	routes []int // column of each
	rows   []int // of each attack
	sides  []int // row of each side limit
	limits []float64
	floor  int // row
	eps    float64
}

// A Solution is the answer to the matrix as far as it has been given.
type Solution struct {
	// Feasible is false when no mix of the routes keeps the side limits; then
	// nothing else is set.
	Feasible bool
	// Value is the value of the matrix. It is at least the game's floor.
	Value float64
	// Routes and Attacks are the mixes: >= 0, each with sum 1. (All attacks are 0
	// when no attack gains more than the floor.)
	Routes, Attacks []float64
	// Prices holds, for every side limit, what the value falls by for a unit more:
	// every route has Σ Attacks·gain + Σ Prices·(side - limit) >= Value.
	Prices []float64
}

// NewGame returns a game without routes. Values below floor, which must be > 0,
// are not told apart from it: it stands for an attack that gains that much on
// every route. Give a bound known to be below the value, or a millionth of what
// matters.
func NewGame(floor float64) *Game {
	if !(floor > 0) || math.IsInf(floor, 1) {
		misuse("lp: floor %v is not a positive number", floor)
	}
	g := &Game{p: New(), eps: floor}
	g.floor = g.p.AddRow(LE, 1, nil, nil)
	return g
}

// A Gain is what an attack or a side limit counts on a route.
type Gain struct {
	Of    int // attack or side limit (AddRoute), or route (AddAttack, AddSide)
	Value float64
}

// AddRoute adds a route with its gains >= 0 by attack and its amounts by side
// limit; those not named are 0. It returns the route's number.
func (g *Game) AddRoute(gains, amounts []Gain) int {
	rows, values := make([]int, 1, len(gains)+len(g.sides)+1), make([]float64, 1, len(gains)+len(g.sides)+1)
	rows[0], values[0] = g.floor, g.eps
	for _, a := range gains {
		rows, values = append(rows, g.rows[a.Of]), append(values, checkGain(a.Value))
	}
	off := make([]float64, len(g.sides))
	for k, limit := range g.limits {
		off[k] = -limit
	}
	for _, a := range amounts {
		off[a.Of] += a.Value
	}
	for k, row := range g.sides {
		rows, values = append(rows, row), append(values, off[k])
	}
	g.routes = append(g.routes, g.p.AddColumn(-1, math.Inf(1), rows, values))
	return len(g.routes) - 1
}

// AddAttack adds an attack with its gains >= 0 by route; those not named are 0. It
// returns the attack's number.
func (g *Game) AddAttack(gains []Gain) int {
	columns, values := make([]int, 0, len(gains)), make([]float64, 0, len(gains))
	for _, a := range gains {
		columns, values = append(columns, g.routes[a.Of]), append(values, checkGain(a.Value))
	}
	g.rows = append(g.rows, g.p.AddRow(LE, 1, columns, values))
	return len(g.rows) - 1
}

// AddSide limits the mean of an amount over the mix, such as a time, and returns
// the number of the limit. Amounts are by route; those not named are 0. Measure
// amounts and limit in a unit in which they are near 1.
func (g *Game) AddSide(limit float64, amounts []Gain) int {
	off := make([]float64, len(g.routes))
	for k := range off {
		off[k] = -limit
	}
	for _, a := range amounts {
		off[a.Of] += a.Value
	}
	g.sides, g.limits = append(g.sides, g.p.AddRow(LE, 0, g.routes, off)), append(g.limits, limit)
	return len(g.sides) - 1
}

func checkGain(v float64) float64 {
	if !(v >= 0) {
		misuse("lp: gain %v is below 0", v)
	}
	return v
}

// Routes returns how many routes there are.
func (g *Game) Routes() int { return len(g.routes) }

// Attacks returns how many attacks there are.
func (g *Game) Attacks() int { return len(g.rows) }

// Pivots returns how many steps all calls of Solve took together.
func (g *Game) Pivots() int { return g.p.Pivots() }

// Solve returns the value and the mixes of what has been added so far. It fails
// with the context's error and with ErrNumerical. A game without routes is not
// feasible.
func (g *Game) Solve(ctx context.Context) (Solution, error) {
	status, err := g.p.Solve(ctx)
	if err != nil {
		return Solution{}, err
	}
	if status != Optimal {
		return Solution{}, fmt.Errorf("%w: a packing problem is %v", ErrNumerical, status)
	}
	total := 0.0
	s := Solution{Routes: make([]float64, len(g.routes)), Attacks: make([]float64, len(g.rows)), Prices: make([]float64, len(g.sides))}
	for k, c := range g.routes {
		s.Routes[k] = max(0, g.p.Value(c))
		total += s.Routes[k]
	}
	if total <= 0 {
		return Solution{}, nil
	}
	s.Feasible, s.Value = true, 1/total
	for k := range s.Routes {
		s.Routes[k] /= total
	}
	gained := 0.0
	for k, row := range g.rows {
		s.Attacks[k] = max(0, -g.p.Dual(row))
		gained += s.Attacks[k]
	}
	if gained > 0 {
		for k := range s.Attacks {
			s.Attacks[k] /= gained
		}
	}
	for k, row := range g.sides {
		s.Prices[k] = max(0, -g.p.Dual(row)) / max(gained, -g.p.Dual(g.floor))
	}
	return s, nil
}
