package lp

import (
	"context"
	"math"
)

// dual runs the dual method from a basis whose reduced costs have the right signs
// under wcost, until every variable is within its bounds. It may shift wcost.
func (p *Problem) dual(ctx context.Context, perturb bool) (outcome, error) {
	for i := range p.dse {
		p.dse[i] = 1
	}
	idle, distrust := 0, 0
	perturbed := false
	for step := 0; ; step++ {
		if step%64 == 0 {
			if err := ctx.Err(); err != nil {
				return shaken, err
			}
		}
		if step > p.patience() {
			return shaken, nil
		}
		if p.lu.worn() {
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			p.shiftWrongSigns()
		}
		pos, below := p.leaving(!perturb && idle > 10*stall)
		if pos < 0 {
			if len(p.lu.etaPos) == 0 {
				return settled, nil
			}
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			p.shiftWrongSigns()
			if pos, _ = p.leaving(false); pos < 0 {
				return settled, nil
			}
			if distrust++; distrust > 20 {
				return shaken, nil
			}
			continue
		}
		p.rowOf(pos)
		q := p.dualRatio(below)
		if q < 0 {
			if len(p.lu.etaPos) > 0 {
				p.clearRow()
				if err := p.refresh(); err != nil {
					return shaken, err
				}
				p.shiftWrongSigns()
				if distrust++; distrust > 20 {
					return shaken, nil
				}
				continue
			}
			p.clearRow()
			p.dualRay(below)
			return blocked, nil
		}
		p.columnOf(q)
		pivot := p.alpha[pos]
		if math.Abs(p.rowAcc[q]-pivot) > 1e-7*(1+math.Abs(pivot)) || math.Abs(pivot) < pivotFloor/10 {
			p.clearRow()
			if distrust++; distrust > 50 || len(p.lu.etaPos) == 0 {
				return shaken, nil
			}
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			p.shiftWrongSigns()
			continue
		}
		out := p.head[pos]
		side, target := atLower, p.wlo[out]
		if !below {
			side, target = atUpper, p.whi[out]
		}
		// A reduced cost that is wrong by rounding would make the step go back.
		if d := p.d[q]; d != 0 && (p.at[q] == atLower && d < 0 || p.at[q] == atUpper && d > 0) {
			p.wcost[q] -= d
			p.d[q] = 0
		}
		ratio := p.d[q] / pivot
		if math.Abs(ratio) <= 1e-13 {
			idle++
		} else if idle > 0 {
			idle--
		}
		if idle > stall && perturb && !perturbed {
			p.clearRow()
			p.perturbCosts()
			perturbed, idle = true, 0
			continue
		}
		for _, v := range p.rowHit {
			p.d[v] -= ratio * p.rowAcc[v]
		}
		p.clearRow()
		p.d[q], p.d[out] = 0, -ratio
		p.steepest(pos)
		length := (p.x[out] - target) / pivot
		for i, a := range p.alpha {
			if a != 0 {
				p.x[p.head[i]] -= length * a
			}
		}
		p.x[q] += length
		p.pivot(pos, q, side)
	}
}

// leaving returns the position whose variable is farthest outside its bounds by
// steepest-edge weights, or with bland the one of lowest number; -1 for none.
func (p *Problem) leaving(bland bool) (pos int32, below bool) {
	best := 0.0
	pos = -1
	for i, v := range p.head {
		x := p.x[v]
		off, under := p.wlo[v]-x, true
		if off <= Tolerance {
			if off, under = x-p.whi[v], false; off <= Tolerance {
				continue
			}
		}
		if bland {
			if pos < 0 || v < p.head[pos] {
				pos, below = int32(i), under
			}
			continue
		}
		if score := off * off / p.dse[i]; score > best {
			best, pos, below = score, int32(i), under
		}
	}
	return pos, below
}

// dualRatio returns the variable that enters for the row in rowAcc: among those
// whose reduced cost reaches 0 first, within Tolerance, the one with the largest
// pivot; -1 for none.
func (p *Problem) dualRatio(below bool) int32 {
	limit := math.Inf(1)
	for _, v := range p.rowHit {
		if a := p.rowAcc[v]; p.mayEnter(v, a, below) {
			limit = min(limit, (math.Abs(p.d[v])+Tolerance)/math.Abs(a))
		}
	}
	best, pick := 0.0, int32(-1)
	for _, v := range p.rowHit {
		a := p.rowAcc[v]
		size := math.Abs(a)
		if size <= best || !p.mayEnter(v, a, below) {
			continue
		}
		d := math.Abs(p.d[v])
		if p.at[v] == atLower && p.d[v] < 0 || p.at[v] == atUpper && p.d[v] > 0 {
			d = 0
		}
		if d/size <= limit {
			best, pick = size, v
		}
	}
	return pick
}

func (p *Problem) mayEnter(v int32, a float64, below bool) bool {
	if a > -pivotFloor && a < pivotFloor || p.wlo[v] == p.whi[v] {
		return false
	}
	switch p.at[v] {
	case atLower:
		return (a < 0) == below
	case atUpper:
		return (a > 0) == below
	default:
	}
	return true
}

// steepest updates the weights of the rows of the inverse for a pivot of alpha at
// pos (Forrest and Goldfarb, Math. Programming 57, 1992). Weights start at 1 and
// not at the true norms, which costs a few steps and no right answer.
func (p *Problem) steepest(pos int32) {
	norm := 0.0
	for i, t := range p.rho {
		p.work[i] = t
		norm += t * t
	}
	p.lu.solve(p.work, p.tau)
	for i := range p.work {
		p.work[i] = 0
	}
	pivot := p.alpha[pos]
	for i, a := range p.alpha {
		if a == 0 || int32(i) == pos {
			continue
		}
		r := a / pivot
		p.dse[i] = max(p.dse[i]-2*r*p.tau[i]+r*r*norm, 1+r*r)
	}
	p.dse[pos] = max(norm/(pivot*pivot), 1e-6)
}

// shiftWrongSigns moves the costs of variables whose reduced cost has come to have
// the wrong sign.
func (p *Problem) shiftWrongSigns() {
	for v, d := range p.d {
		if p.where[v] >= 0 || d == 0 || p.wlo[v] == p.whi[v] {
			continue
		}
		if p.at[v] == atLower && d < 0 || p.at[v] == atUpper && d > 0 || p.at[v] == atZero {
			p.wcost[v] -= d
			p.d[v] = 0
		}
	}
}

// perturbCosts moves reduced costs away from 0 by small random amounts, so that
// ties break.
func (p *Problem) perturbCosts() {
	for v := range p.d {
		if p.where[v] >= 0 || p.wlo[v] == p.whi[v] {
			continue
		}
		amount := shake * p.random() * (1 + math.Abs(p.wcost[v]))
		switch p.at[v] {
		case atUpper:
			amount = -amount
		case atZero:
			continue
		default:
		}
		p.wcost[v] += amount
		p.d[v] += amount
	}
}

// dualRay keeps the multipliers that prove that the row in rho has no solution:
// signed so that the largest value of the multiplied left side is below the right.
func (p *Problem) dualRay(below bool) {
	p.ray = make([]float64, len(p.head))
	sign := 1.0
	if below {
		sign = -1
	}
	for i, t := range p.rho {
		p.ray[i] = sign * t
	}
}
