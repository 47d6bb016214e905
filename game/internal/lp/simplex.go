package lp

import (
	"context"
	"fmt"
	"math"
)

const (
	pivotFloor = 1e-9 // entries of a column or row below it are no pivots
	rounds     = 40   // changes between the dual and the primal method
	calmRounds = 12   // of these the first, and later every second, may perturb
	shake      = 1e-7 // size of perturbations
)

// outcome says how a phase ended.
type outcome int8

const (
	settled   outcome = iota // its own condition is met
	blocked                  // dual: no x satisfies the rows
	unlimited                // primal: the objective falls for ever
	shaken                   // numbers went astray; start again from a fresh factor
)

// Solve finds a best solution from the last basis on. It fails with the context's
// error, and with ErrNumerical.
//
// The dual method runs first wherever the basis violates a bound, with costs
// shifted so that it may; then the true costs are put back and the primal method
// finishes. Both perturb bounds or costs when they stall, take that back and go on.
func (p *Problem) Solve(ctx context.Context) (Status, error) {
	p.status, p.ray = Unsolved, nil
	p.scratch()
	p.restoreCosts()
	p.restoreBounds()
	if err := p.refresh(); err != nil {
		return Unsolved, err
	}
	for round := range rounds {
		perturb := round < calmRounds || round%2 == 0
		if !p.primalFeasible() {
			p.makeDualFeasible()
			end, err := p.dual(ctx, perturb)
			if err != nil {
				return Unsolved, err
			}
			p.restoreCosts()
			if err := p.refresh(); err != nil {
				return Unsolved, err
			}
			if end == blocked {
				if p.provesInfeasible() {
					p.status = Infeasible
					return p.status, nil
				}
				continue
			}
			if end == shaken {
				continue
			}
		}
		end, err := p.primal(ctx, perturb)
		if err != nil {
			return Unsolved, err
		}
		p.restoreBounds()
		if err := p.refresh(); err != nil {
			return Unsolved, err
		}
		if !p.primalFeasible() {
			continue
		}
		if end == unlimited {
			p.status = Unbounded
			return p.status, nil
		}
		if p.entering(false) < 0 {
			p.status = Optimal
			return p.status, nil
		}
	}
	return Unsolved, fmt.Errorf("%w: no answer after %d changes of method on %d rows and %d columns", ErrNumerical, rounds, p.Rows(), p.Columns())
}

func (p *Problem) scratch() {
	n, m := len(p.lo), len(p.head)
	p.devex, p.rowAcc = resize(p.devex, n), resize(p.rowAcc, n)
	p.inHit = resize(p.inHit, n)
	for v := range n {
		p.rowAcc[v], p.inHit[v], p.devex[v] = 0, false, 1
	}
	p.rowHit = p.rowHit[:0]
	p.alpha, p.rho = resize(p.alpha, m), resize(p.rho, m)
	p.tau, p.work, p.dse = resize(p.tau, m), resize(p.work, m), resize(p.dse, m)
	for i := range m {
		p.work[i] = 0
	}
}

func (p *Problem) restoreCosts() { copy(p.wcost, p.cost) }

// restoreBounds takes perturbations of bounds back; variables that rest at one
// move along.
func (p *Problem) restoreBounds() {
	copy(p.wlo, p.lo)
	copy(p.whi, p.hi)
	for v := range p.lo {
		if p.where[v] < 0 {
			p.rest(int32(v))
		}
	}
}

// rest puts a variable that is not basic at the bound it belongs to.
func (p *Problem) rest(v int32) {
	lo, hi := p.wlo[v], p.whi[v]
	switch {
	case p.at[v] == atUpper && !math.IsInf(hi, 1):
	case !math.IsInf(lo, -1):
		p.at[v] = atLower
	case !math.IsInf(hi, 1):
		p.at[v] = atUpper
	default:
		p.at[v] = atZero
	}
	switch p.at[v] {
	case atLower:
		p.x[v] = lo
	case atUpper:
		p.x[v] = hi
	default:
		p.x[v] = 0
	}
}

func (p *Problem) column(pos int32) ([]int32, []float64) {
	v := p.head[pos]
	return p.colIdx[v], p.colVal[v]
}

// refresh decomposes the basis if needed and computes x, y and d from it.
func (p *Problem) refresh() error {
	if !p.fresh || len(p.lu.etaPos) > 0 {
		for tries := 0; ; tries++ {
			gaps := p.lu.refactor(len(p.head), p.column)
			if len(gaps) == 0 {
				break
			}
			if tries > 3 {
				return fmt.Errorf("%w: basis of %d rows stays singular", ErrNumerical, len(p.head))
			}
			for _, g := range gaps {
				out, in := p.head[g.pos], p.rowVar[g.row]
				p.where[out] = -1
				p.rest(out)
				p.head[g.pos], p.where[in] = in, g.pos
			}
		}
		p.fresh = true
	}
	p.computeX()
	p.computeDuals()
	return nil
}

// computeX solves B x_B = b - N x_N, with one step of refinement.
func (p *Problem) computeX() {
	m := len(p.head)
	for i := range m {
		p.x[p.head[i]] = 0
	}
	for range 2 {
		res := p.work
		copy(res, p.rhs)
		for v, x := range p.x {
			if x == 0 {
				continue
			}
			val := p.colVal[v]
			for k, r := range p.colIdx[v] {
				res[r] -= val[k] * x
			}
		}
		p.lu.solve(res, p.tau)
		for i, v := range p.head {
			p.x[v] += p.tau[i]
		}
	}
	for i := range p.work {
		p.work[i] = 0
	}
}

// computeDuals solves Bᵀy = c_B, with one step of refinement, and d = c - Aᵀy.
func (p *Problem) computeDuals() {
	for i := range p.y {
		p.y[i] = 0
	}
	for range 2 {
		for i, v := range p.head {
			p.tau[i] = p.reduced(v)
		}
		p.lu.solveTransposed(p.tau, p.rho)
		for i, t := range p.rho {
			p.y[i] += t
		}
	}
	for v := range p.d {
		if p.where[v] >= 0 {
			p.d[v] = 0
			continue
		}
		p.d[v] = p.reduced(int32(v))
	}
}

func (p *Problem) reduced(v int32) float64 {
	sum := p.wcost[v]
	val := p.colVal[v]
	for k, r := range p.colIdx[v] {
		sum -= p.y[r] * val[k]
	}
	return sum
}

func (p *Problem) primalFeasible() bool {
	for _, v := range p.head {
		if x := p.x[v]; x < p.wlo[v]-Tolerance || x > p.whi[v]+Tolerance {
			return false
		}
	}
	return true
}

// makeDualFeasible moves variables with two bounds to the one that fits their
// reduced cost, and shifts the costs of others to where it is 0.
func (p *Problem) makeDualFeasible() {
	moved := false
	for v := range p.d {
		if p.where[v] >= 0 || p.wlo[v] == p.whi[v] {
			continue
		}
		d := p.d[v]
		boxed := !math.IsInf(p.wlo[v], -1) && !math.IsInf(p.whi[v], 1)
		switch {
		case p.at[v] == atZero && d != 0:
		case p.at[v] == atLower && d < -Tolerance:
		case p.at[v] == atUpper && d > Tolerance:
		default:
			continue
		}
		if boxed {
			if p.at[v] == atLower {
				p.at[v], p.x[v] = atUpper, p.whi[v]
			} else {
				p.at[v], p.x[v] = atLower, p.wlo[v]
			}
			moved = true
			continue
		}
		p.wcost[v] -= d
		p.d[v] = 0
	}
	if moved {
		p.computeX()
	}
}

// columnOf computes alpha = B⁻¹a of a variable.
func (p *Problem) columnOf(v int32) {
	val := p.colVal[v]
	for k, r := range p.colIdx[v] {
		p.work[r] = val[k]
	}
	p.lu.solve(p.work, p.alpha)
	for i := range p.work {
		p.work[i] = 0
	}
}

// rowOf computes rho, a row of B⁻¹, and the row of the tableau over variables that
// are not basic: rowAcc at rowHit. clearRow must follow.
func (p *Problem) rowOf(pos int32) {
	for i := range p.tau {
		p.tau[i] = 0
	}
	p.tau[pos] = 1
	p.lu.solveTransposed(p.tau, p.rho)
	for i, t := range p.rho {
		if math.Abs(t) < 1e-14 {
			p.rho[i] = 0
			continue
		}
		p.addToRow(p.rowVar[i], t)
		val := p.rowVal[i]
		for k, v := range p.rowIdx[i] {
			p.addToRow(v, t*val[k])
		}
	}
}

func (p *Problem) addToRow(v int32, t float64) {
	if p.where[v] >= 0 {
		return
	}
	if !p.inHit[v] {
		p.inHit[v] = true
		p.rowHit = append(p.rowHit, v)
	}
	p.rowAcc[v] += t
}

func (p *Problem) clearRow() {
	for _, v := range p.rowHit {
		p.rowAcc[v], p.inHit[v] = 0, false
	}
	p.rowHit = p.rowHit[:0]
}

// pivot makes `in` basic at pos in place of the variable there, which comes to rest
// at a bound.
func (p *Problem) pivot(pos, in int32, rests resting) {
	out := p.head[pos]
	p.where[out], p.at[out] = -1, rests
	if rests == atLower {
		p.x[out] = p.wlo[out]
	} else {
		p.x[out] = p.whi[out]
	}
	p.head[pos], p.where[in] = in, pos
	p.lu.exchange(pos, p.alpha)
	p.pivots++
}

// patience is after how many steps a phase counts as going round in circles.
func (p *Problem) patience() int { return 20*(len(p.lo)+len(p.head)) + 5000 }

// random returns a number in [0.5, 1), the same in every run.
func (p *Problem) random() float64 {
	p.seed += 0x9e3779b97f4a7c15
	z := p.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return 0.5 + float64(z>>12)/(1<<53)
}

// provesInfeasible checks the multipliers that the dual method ended with against
// the problem itself.
func (p *Problem) provesInfeasible() bool {
	// For every x within bounds, sum over variables of (rayᵀa_v) x_v = rayᵀb must
	// fail: take the largest left side and see that it is below the right.
	right, left, size := 0.0, 0.0, 0.0
	for i, t := range p.ray {
		right += t * p.rhs[i]
		size = max(size, math.Abs(t*p.rhs[i]))
	}
	for v := range p.lo {
		g := 0.0
		for k, r := range p.colIdx[v] {
			g += p.ray[r] * p.colVal[v][k]
		}
		bound := p.hi[v]
		if g < 0 {
			bound = p.lo[v]
		}
		if math.Abs(g) <= pivotFloor && math.IsInf(bound, 0) {
			continue
		}
		if g != 0 {
			left += g * bound
		}
	}
	return left < right-Tolerance*max(1, size)
}
