package game

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/lp"
)

// A columnGame finds the mix of routes for which the greatest gain of any place
// is least, with routes and places found as they are needed. Every movement draws
// its own route; gains of all movements add up in a place.
//
// The master is the packing problem max F, Σ_r x_r >= F for every movement,
// Σ_r gain·x_r <= 1 for every place: the value is 1/F and the odds are x/F. It
// holds only places that some mix has overrun. The search for better routes is
// asked for prices between those of the master and those with the best bound so
// far (smoothing: Wentges, Int. Trans. Oper. Res. 4, 1997), so that the bounds do
// not swing. Bounds are computed from mixes, never taken from the master.
type columnGame struct {
	master   *lp.Problem
	ceiling  float64
	unit     float64 // of gains in the master; 0 before it is known
	total    int     // column of F
	groups   []int   // row of each movement
	columns  []routeColumn
	lpColumn []int
	rowOf    []int32   // by place; -1 without a row
	places   []uint32  // with a row, in order of rows
	users    [][]useOf // by place
	seen     map[string]bool
	exposure []float64 // by place, scratch
	weight   []float64 // by place: prices asked for
	center   []float64 // by place: the attacker's best mix so far
	current  []float64 // by place: the master's prices
	lower    float64
	upper    float64
	mix      []routeShare // worth upper
	rounds   int
}

type useOf struct {
	column int32
	gain   float64
}

// A routeColumn is a route of a movement and what an attack on each place gains
// on it.
type routeColumn struct {
	movement int
	edges    []uint32
	places   []uint32
	gains    []float64
}

type routeShare struct {
	column int
	prob   float64
}

// A pricing is the answer to prices by place: routes that gain little, and a lower
// bound of what the best mix of routes gains. exact says that the bound is that of
// a best route, not of a search cut off.
type pricing struct {
	columns []routeColumn
	bound   float64
	exact   bool
}

// A pricer answers prices >= 0 by place that sum to 1.
type pricer func(ctx context.Context, weight []float64) (pricing, error)

// newColumnGame returns a game without routes. ceiling bounds F from above.
func newColumnGame(places, movements int, ceiling float64) *columnGame {
	g := &columnGame{
		master: lp.New(), ceiling: ceiling, rowOf: make([]int32, places), users: make([][]useOf, places),
		seen: map[string]bool{}, exposure: make([]float64, places), weight: make([]float64, places),
		center: make([]float64, places), current: make([]float64, places), upper: math.Inf(1),
	}
	for i := range g.rowOf {
		g.rowOf[i] = -1
	}
	for range movements {
		g.groups = append(g.groups, g.master.AddRow(lp.GE, 0, nil, nil))
	}
	rows, values := make([]int, movements), make([]float64, movements)
	for j := range movements {
		rows[j], values[j] = g.groups[j], -1
	}
	g.total = g.master.AddColumn(-1, ceiling, rows, values)
	return g
}

// add takes a route in, unless it is there already, and reports whether it was
// new.
func (g *columnGame) add(c routeColumn) bool {
	key := routeKey(c)
	if g.seen[key] {
		return false
	}
	g.seen[key] = true
	id := int32(len(g.columns))
	rows, values := []int{g.groups[c.movement]}, []float64{1}
	for k, z := range c.places {
		g.users[z] = append(g.users[z], useOf{id, c.gains[k]})
		if r := g.rowOf[z]; r >= 0 {
			rows, values = append(rows, int(r)), append(values, c.gains[k]/g.unit)
		}
	}
	g.columns = append(g.columns, c)
	g.lpColumn = append(g.lpColumn, g.master.AddColumn(0, math.Inf(1), rows, values))
	return true
}

func routeKey(c routeColumn) string {
	key := make([]byte, 0, 4*len(c.edges)+4)
	for _, e := range append([]uint32{uint32(c.movement)}, c.edges...) {
		key = append(key, byte(e), byte(e>>8), byte(e>>16), byte(e>>24))
	}
	return string(key)
}

func (g *columnGame) addPlace(z uint32) {
	if g.unit == 0 {
		g.measure()
	}
	columns, values := make([]int, len(g.users[z])), make([]float64, len(g.users[z]))
	for k, u := range g.users[z] {
		columns[k], values[k] = g.lpColumn[u.column], u.gain/g.unit
	}
	g.rowOf[z] = int32(g.master.AddRow(lp.LE, 1, columns, values))
	g.places = append(g.places, z)
}

// measure sets the unit in which the master counts gains, before it has places:
// where all are faint, about what the best single route leaves to the attacker, so
// that the solver does not take them for nothing.
func (g *columnGame) measure() {
	best := make([]float64, len(g.groups)) // by movement
	for i := range best {
		best[i] = math.Inf(1)
	}
	for _, c := range g.columns {
		most := 0.0
		for _, gain := range c.gains {
			most = max(most, gain)
		}
		best[c.movement] = min(best[c.movement], most)
	}
	g.unit = 1
	if faint := slices.Max(best); faint > 0 && faint < 0x1p-10 {
		g.unit = math.Ldexp(1, math.Ilogb(faint))
		g.master.SetBounds(g.total, 0, g.ceiling*g.unit)
	}
}

// solveMaster solves the master until its mix overruns no place that it does not
// know, keeps the mix if it is the best so far and sets the prices.
func (g *columnGame) solveMaster(ctx context.Context) error {
	if g.unit == 0 {
		g.measure()
	}
	for {
		status, err := g.master.Solve(ctx)
		if err != nil {
			return err
		}
		if status != lp.Optimal {
			return fmt.Errorf("%w: the master of a mix is %v", lp.ErrNumerical, status)
		}
		mix, ok := g.masterMix()
		if !ok {
			return fmt.Errorf("%w: the master of a mix has no routes", lp.ErrNumerical)
		}
		worst := g.expose(mix)
		value := 0.0
		if len(worst) > 0 {
			value = g.exposure[worst[0]]
		}
		if value < g.upper {
			g.upper, g.mix = value, mix
		}
		limit := g.unit / g.master.Value(g.total) * (1 + 1e-10)
		grown := 0
		for _, z := range worst {
			if g.exposure[z] <= limit || grown >= 100+len(g.places)/4 {
				break
			}
			if g.rowOf[z] < 0 {
				g.addPlace(z)
				grown++
			}
		}
		if grown == 0 {
			break
		}
	}
	clear(g.current)
	sum := 0.0
	for _, z := range g.places {
		g.current[z] = max(0, -g.master.Dual(int(g.rowOf[z])))
		sum += g.current[z]
	}
	if sum > 0 {
		for _, z := range g.places {
			g.current[z] /= sum
		}
	}
	return nil
}

// masterMix reads the odds out of the master; each movement's sum to 1.
func (g *columnGame) masterMix() ([]routeShare, bool) {
	sums := make([]float64, len(g.groups))
	for k, c := range g.columns {
		sums[c.movement] += max(0, g.master.Value(g.lpColumn[k]))
	}
	var mix []routeShare
	for k, c := range g.columns {
		if sums[c.movement] <= 0 {
			return nil, false
		}
		if x := g.master.Value(g.lpColumn[k]) / sums[c.movement]; x > 1e-13 {
			mix = append(mix, routeShare{k, x})
		}
	}
	return mix, true
}

// expose computes what every place gains from a mix and returns those that gain
// anything, the most first.
func (g *columnGame) expose(mix []routeShare) []uint32 {
	clear(g.exposure)
	var touched []uint32
	for _, s := range mix {
		c := &g.columns[s.column]
		for k, z := range c.places {
			if g.exposure[z] == 0 {
				touched = append(touched, z)
			}
			g.exposure[z] += c.gains[k] * s.prob
		}
	}
	slices.SortFunc(touched, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(g.exposure[b], g.exposure[a]), cmp.Compare(a, b))
	})
	return slices.Compact(touched)
}

// offer gives the game a mix of the attacker with a bound proven for it.
func (g *columnGame) offer(weight []float64, bound float64) {
	if bound > g.lower {
		g.lower = bound
		copy(g.center, weight)
	}
}

// met reports whether the bounds are within a relative gap.
func (g *columnGame) met(gap float64) bool { return g.upper-g.lower <= gap*g.upper }

// run alternates between the master and the search until the bounds meet to gap,
// no better route exists, or a search is cut off. It reports whether the search
// was exact to the end.
func (g *columnGame) run(ctx context.Context, gap float64, price pricer) (bool, error) {
	const most = 0.8
	smooth := most
	for {
		g.rounds++
		if err := g.solveMaster(ctx); err != nil {
			return false, err
		}
		if g.met(gap) {
			return true, nil
		}
		alpha := smooth
		if g.lower == 0 {
			alpha = 0
		}
		for z := range g.weight {
			g.weight[z] = alpha*g.center[z] + (1-alpha)*g.current[z]
		}
		found, err := price(ctx, g.weight)
		if err != nil {
			return false, err
		}
		better := found.bound > g.lower*(1+1e-6)
		g.offer(g.weight, found.bound)
		if g.met(gap) {
			return true, nil
		}
		grown := g.addAll(found.columns)
		switch {
		case grown && !better:
			smooth = min(most, smooth+0.1)
		case grown:
			smooth = max(0.1, smooth*0.9)
		case alpha > 0:
			// The prices asked for hid what is better at the master's own: ask for those.
			found, err := price(ctx, g.current)
			if err != nil {
				return false, err
			}
			g.offer(g.current, found.bound)
			if g.met(gap) {
				return true, nil
			}
			smooth = max(0, smooth/2)
			if !g.addAll(found.columns) {
				return found.exact, nil
			}
		default:
			return found.exact, nil
		}
	}
}

// warm runs multiplicative weights (Garg and Könemann, SIAM J. Computing 37(2),
// 2007, with long steps and without their guarantee): every place begins with the
// same price, and those on each best route grow dearer. A master begins with prices
// that leave most places free, and takes long to fence the routes in; this gives it
// a fence and routes to begin with. It ends after a number of rounds, or when the
// bound has not grown by a hundredth in the last twenty.
func (g *columnGame) warm(ctx context.Context, rounds int, chance []float64, price pricer) error {
	const step = 0.5
	w, sum := make([]float64, len(chance)), 0.0
	for z, p := range chance {
		if p > 0 {
			w[z] = 1
			sum++
		}
	}
	best, since := 0.0, 0
	for range rounds {
		for z := range w {
			g.weight[z] = w[z] / sum
		}
		found, err := price(ctx, g.weight)
		if err != nil {
			return err
		}
		g.offer(g.weight, found.bound)
		if since++; found.bound > best*1.01 {
			best, since = found.bound, 0
		} else if since > 20 {
			break
		}
		for _, c := range found.columns {
			g.add(c)
			most := 0.0
			for _, gain := range c.gains {
				most = max(most, gain)
			}
			for k, z := range c.places {
				more := w[z] * step * c.gains[k] / most / float64(len(found.columns))
				w[z] += more
				sum += more
			}
		}
	}
	return nil
}

// addAll adds the routes and reports whether one of them is new and better than
// the master's at its own prices.
func (g *columnGame) addAll(columns []routeColumn) bool {
	grown := false
	for _, c := range columns {
		cost := 0.0
		for k, z := range c.places {
			cost += c.gains[k] / g.unit * max(0, g.masterDual(z))
		}
		better := cost < g.master.Dual(g.groups[c.movement])*(1-1e-11)
		if g.add(c) && better {
			grown = true
		}
	}
	return grown
}

func (g *columnGame) masterDual(z uint32) float64 {
	if r := g.rowOf[z]; r >= 0 && int(r) < g.master.Rows() {
		return -g.master.Dual(int(r))
	}
	return 0
}

// play solves the game to a gap: first the master with the routes that are there,
// then so many rounds of warm where that is not enough, then run.
func (g *columnGame) play(ctx context.Context, gap float64, rounds int, chance []float64, price pricer) error {
	if err := g.solveMaster(ctx); err != nil || g.met(gap) {
		return err
	}
	if err := g.warm(ctx, rounds, chance, price); err != nil {
		return err
	}
	_, err := g.run(ctx, gap, price)
	return err
}

// settle makes do with what has been proven where rounding kept the master from an
// answer: bounds are computed from mixes, so those found so far hold. Where there is
// no mix yet, each movement drives its first route. Any other error is returned.
func (g *columnGame) settle(ctx context.Context, err error, price pricer, r *Result) error {
	if !errors.Is(err, lp.ErrNumerical) {
		return err
	}
	defer func() {
		if !g.met(Tolerance) {
			r.Exact = false
			r.Notes = append(r.Notes, "Chances differ too much in size for the linear program to be solved to the end; the bounds are proven, but do not meet.")
		}
	}()
	if g.mix == nil {
		have := make([]bool, len(g.groups))
		for k, c := range g.columns {
			if !have[c.movement] {
				have[c.movement] = true
				g.mix = append(g.mix, routeShare{k, 1})
			}
		}
		g.upper = 0
		for _, z := range g.expose(g.mix) {
			g.upper = max(g.upper, g.exposure[z])
		}
	}
	if g.lower > 0 {
		return nil
	}
	clear(g.weight)
	if worst := g.expose(g.mix); len(worst) > 0 {
		g.weight[worst[0]] = 1
	}
	found, err := price(ctx, g.weight)
	if err == nil {
		g.offer(g.weight, found.bound)
	}
	return err
}

// fill writes bounds and mixes into a result. attack makes an attack of a place.
func (g *columnGame) fill(r *Result, attack func(place uint32, prob float64) Attack) {
	r.Lower, r.Upper = min(g.lower, g.upper), g.upper
	for _, s := range g.mix {
		c := g.columns[s.column]
		r.Planner = append(r.Planner, Route{Edges: c.edges, Prob: s.prob, Movement: c.movement})
	}
	for z, w := range g.center {
		if w > 0 {
			r.Attacker = append(r.Attacker, attack(uint32(z), w))
		}
	}
	r.Status = Bound
	if g.met(Tolerance) {
		r.Status = Optimal
	}
}

func edgeAttack(place uint32, prob float64) Attack {
	return Attack{Edges: []uint32{place}, Prob: prob}
}
