// Package exactlp solves small linear programs in rational numbers, for tests to
// hold answers in floating point against. It is slow and meant to be plain.
package exactlp

import "math/big"

// Status says how Maximise ended.
type Status uint8

// The ends of Maximise.
const (
	Optimal Status = iota
	Infeasible
	Unbounded
)

// Maximise solves max c·x, a x <= b, x >= 0 by the simplex method with Bland's
// rule, in two phases where some b is below 0. Every row of a has as many elements
// as c. The value is nil unless the status is Optimal.
func Maximise(a [][]*big.Rat, b, c []*big.Rat) (*big.Rat, Status) {
	m, n := len(a), len(c)
	t := &tableau{rows: make([][]*big.Rat, m+1), basis: make([]int, m), width: n + m}
	worst := -1
	for i := range t.rows {
		t.rows[i] = make([]*big.Rat, n+m+1)
		for j := range t.rows[i] {
			t.rows[i][j] = new(big.Rat)
		}
		if i == m {
			break
		}
		for j := range n {
			t.rows[i][j].Set(a[i][j])
		}
		t.rows[i][n+i].SetInt64(1)
		t.rows[i][n+m].Set(b[i])
		t.basis[i] = n + i
		if b[i].Sign() < 0 && (worst < 0 || b[i].Cmp(b[worst]) < 0) {
			worst = i
		}
	}
	if worst >= 0 && !t.start(worst) {
		return nil, Infeasible
	}
	for j := range n {
		t.rows[m][j].Neg(c[j])
	}
	for i, j := range t.basis { // what is in the basis costs nothing
		if j < n {
			t.subtract(m, i, new(big.Rat).Set(t.rows[m][j]))
		}
	}
	if !t.run() {
		return nil, Unbounded
	}
	return t.rows[m][n+m], Optimal
}

// tableau is rows of coefficients with the right-hand side last; the last row is the
// objective, its coefficients negated.
type tableau struct {
	rows  [][]*big.Rat
	basis []int
	width int // columns but the right-hand side
}

// start finds a solution by lifting every row by one variable that is brought down
// to 0 again; false where that fails.
func (t *tableau) start(worst int) bool {
	m := len(t.basis)
	for i, row := range t.rows {
		lift := big.NewRat(-1, 1)
		if i == m {
			lift.SetInt64(1)
		}
		last := row[t.width]
		t.rows[i] = append(row[:t.width:t.width], lift, last)
	}
	z := t.width
	t.width++
	t.pivot(worst, z)
	t.run()
	if t.rows[m][t.width].Sign() < 0 {
		return false
	}
	for i, j := range t.basis {
		if j != z {
			continue
		}
		for k := range t.width {
			if k != z && t.rows[i][k].Sign() != 0 {
				t.pivot(i, k)
				break
			}
		}
	}
	for i, row := range t.rows {
		row[z] = row[t.width]
		t.rows[i] = row[:t.width]
	}
	t.width--
	for j := range t.rows[m] {
		t.rows[m][j] = new(big.Rat)
	}
	return true
}

// run pivots until no column improves; false where one does without end.
func (t *tableau) run() bool {
	m := len(t.basis)
	for {
		enter := -1
		for j := range t.width {
			if t.rows[m][j].Sign() < 0 {
				enter = j
				break
			}
		}
		if enter < 0 {
			return true
		}
		leave := -1
		var best *big.Rat
		for i := range m {
			if t.rows[i][enter].Sign() <= 0 {
				continue
			}
			ratio := new(big.Rat).Quo(t.rows[i][t.width], t.rows[i][enter])
			if best == nil || ratio.Cmp(best) < 0 || ratio.Cmp(best) == 0 && t.basis[i] < t.basis[leave] {
				best, leave = ratio, i
			}
		}
		if leave < 0 {
			return false
		}
		t.pivot(leave, enter)
	}
}

func (t *tableau) pivot(row, column int) {
	inverse := new(big.Rat).Inv(t.rows[row][column])
	for _, x := range t.rows[row] {
		x.Mul(x, inverse)
	}
	for i := range t.rows {
		if i != row {
			t.subtract(i, row, new(big.Rat).Set(t.rows[i][column]))
		}
	}
	t.basis[row] = column
}

// subtract takes a multiple of one row from another.
func (t *tableau) subtract(from, row int, factor *big.Rat) {
	if factor.Sign() == 0 {
		return
	}
	for j, x := range t.rows[row] {
		if x.Sign() != 0 {
			t.rows[from][j].Sub(t.rows[from][j], new(big.Rat).Mul(factor, x))
		}
	}
}
