package lp

import (
	"context"
	"math"
)

const stall = 40 // steps of length 0 before a method perturbs

// entering returns the variable that the primal method takes in next, the best by
// Devex weights, or with bland the first; -1 when none would lower the objective.
func (p *Problem) entering(bland bool) int32 {
	best, pick := 0.0, int32(-1)
	for v, d := range p.d {
		if d <= Tolerance && d >= -Tolerance || p.where[v] >= 0 {
			continue
		}
		switch p.at[v] {
		case atLower:
			if d > 0 {
				continue
			}
		case atUpper:
			if d < 0 {
				continue
			}
		default:
		}
		if p.wlo[v] == p.whi[v] {
			continue
		}
		if bland {
			return int32(v)
		}
		if score := d * d / p.devex[v]; score > best {
			best, pick = score, int32(v)
		}
	}
	return pick
}

// primal runs the primal method from a basis within its bounds.
func (p *Problem) primal(ctx context.Context, perturb bool) (outcome, error) {
	for v := range p.devex {
		p.devex[v] = 1
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
		}
		q := p.entering(!perturb && idle > 10*stall)
		if q < 0 {
			if len(p.lu.etaPos) == 0 {
				return settled, nil
			}
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			if p.entering(false) < 0 {
				return settled, nil
			}
			if distrust++; distrust > 20 {
				return shaken, nil
			}
			continue
		}
		p.columnOf(q)
		dq := p.wcost[q]
		for i, v := range p.head {
			if p.alpha[i] != 0 {
				dq -= p.wcost[v] * p.alpha[i]
			}
		}
		if drift := math.Abs(dq - p.d[q]); drift > 1e-9+1e-7*math.Abs(dq) && len(p.lu.etaPos) > 0 {
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			if distrust++; distrust > 200 {
				return shaken, nil
			}
			continue
		}
		up := p.d[q] < 0
		pos, length, rests := p.primalRatio(q, up)
		if math.IsInf(length, 1) {
			if perturbed || len(p.lu.etaPos) > 0 {
				p.restoreBounds()
				if err := p.refresh(); err != nil {
					return shaken, err
				}
				if perturbed = false; !p.primalFeasible() {
					return shaken, nil
				}
				if distrust++; distrust > 20 {
					return shaken, nil
				}
				continue
			}
			p.primalRay(q, up)
			return unlimited, nil
		}
		if length <= 1e-13 {
			idle++
		} else if idle > 0 {
			idle--
		}
		if idle > stall && perturb && !perturbed {
			p.perturbBounds()
			perturbed, idle = true, 0
			continue
		}
		if pos >= 0 && !p.primalPrices(q, pos) {
			if err := p.refresh(); err != nil {
				return shaken, err
			}
			if !p.primalFeasible() {
				return shaken, nil
			}
			if distrust++; distrust > 50 {
				return shaken, nil
			}
			continue
		}
		signed := length
		if !up {
			signed = -length
		}
		for i, a := range p.alpha {
			if a != 0 {
				p.x[p.head[i]] -= signed * a
			}
		}
		p.x[q] += signed
		if pos < 0 { // to its own other bound
			if up {
				p.at[q], p.x[q] = atUpper, p.whi[q]
			} else {
				p.at[q], p.x[q] = atLower, p.wlo[q]
			}
			continue
		}
		p.pivot(pos, q, rests)
	}
}

// primalRatio returns how far q can move before a variable of the basis meets a
// bound, and which: among those that do so within Tolerance the one with the
// largest pivot (Harris, Math. Programming 5, 1973). pos is -1 when q meets its
// own other bound first.
func (p *Problem) primalRatio(q int32, up bool) (pos int32, length float64, rests resting) {
	limit := math.Inf(1)
	for i, a := range p.alpha {
		if a > -pivotFloor && a < pivotFloor {
			continue
		}
		v := p.head[i]
		if (a > 0) == up {
			if lo := p.wlo[v]; !math.IsInf(lo, -1) {
				limit = min(limit, max(0, p.x[v]-lo+Tolerance)/math.Abs(a))
			}
		} else if hi := p.whi[v]; !math.IsInf(hi, 1) {
			limit = min(limit, max(0, hi-p.x[v]+Tolerance)/math.Abs(a))
		}
	}
	own := p.whi[q] - p.wlo[q]
	if own <= limit {
		return -1, own, atLower
	}
	if math.IsInf(limit, 1) {
		return -1, limit, atLower
	}
	pos = -1
	best := 0.0
	for i, a := range p.alpha {
		size := math.Abs(a)
		if size < pivotFloor || size <= best {
			continue
		}
		v := p.head[i]
		var room float64
		side := atLower
		if (a > 0) == up {
			room = p.x[v] - p.wlo[v]
		} else {
			room, side = p.whi[v]-p.x[v], atUpper
		}
		if room/size <= limit {
			best, pos, rests = size, int32(i), side
			length = max(0, room/size)
		}
	}
	return pos, length, rests
}

// primalPrices updates reduced costs and Devex weights for q entering at pos
// (Forrest and Goldfarb, Math. Programming 57, 1992). It reports false when the row
// and the column disagree about the pivot.
func (p *Problem) primalPrices(q, pos int32) bool {
	p.rowOf(pos)
	defer p.clearRow()
	pivot := p.alpha[pos]
	if math.Abs(p.rowAcc[q]-pivot) > 1e-7*(1+math.Abs(pivot)) && len(p.lu.etaPos) > 0 {
		return false
	}
	ratio := p.d[q] / pivot
	weight := p.devex[q]
	for _, v := range p.rowHit {
		a := p.rowAcc[v]
		p.d[v] -= ratio * a
		if r := a / pivot; r*r*weight > p.devex[v] {
			p.devex[v] = r * r * weight
		}
	}
	out := p.head[pos]
	p.d[q] = 0
	p.d[out] = -ratio
	p.devex[out] = max(weight/(pivot*pivot), 1)
	return true
}

// perturbBounds widens the bounds of basic variables by small random amounts, so
// that ties break.
func (p *Problem) perturbBounds() {
	for _, v := range p.head {
		if lo := p.wlo[v]; !math.IsInf(lo, -1) {
			p.wlo[v] = lo - shake*p.random()*(1+math.Abs(lo))
		}
		if hi := p.whi[v]; !math.IsInf(hi, 1) {
			p.whi[v] = hi + shake*p.random()*(1+math.Abs(hi))
		}
	}
}

func (p *Problem) primalRay(q int32, up bool) {
	p.ray = make([]float64, len(p.lo))
	sign := 1.0
	if !up {
		sign = -1
	}
	p.ray[q] = sign
	for i, a := range p.alpha {
		p.ray[p.head[i]] = -sign * a
	}
}
