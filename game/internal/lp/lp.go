// Package lp solves linear programs that grow. It minimises c·x over rows <=, >=
// and = and bounds on x, and goes on from its last basis after rows or columns
// were added or numbers changed: the dual simplex method repairs what new rows
// cut off, the primal one takes in new columns. It is made for the masters of
// zero-sum games: some thousand rows, tens of thousands of sparse columns.
//
//	p := lp.New()
//	x := p.AddColumn(-1, math.Inf(1), nil, nil)                        // min -x, x >= 0
//	r := p.AddRow(lp.LE, 4, []int{x}, []float64{2})                    // 2x <= 4
//	status, err := p.Solve(ctx)                                        // Optimal
//	p.Value(x), p.Dual(r), p.Objective()                               // 2, -1/2, -2
//	y := p.AddColumn(-3, math.Inf(1), []int{r}, []float64{1})          // grows ...
//	status, err = p.Solve(ctx)                                         // ... and goes on
//
// Answers are floating point. They are exact to about Tolerance, and nothing more
// is claimed: who needs a proof takes the values and duals and computes bounds from
// them, as Game does for matrix games.
package lp

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Sense is how a row's sum stands to its right-hand side.
type Sense int8

// The senses of rows.
const (
	LE Sense = iota // at most
	GE              // at least
	EQ              // equal
)

// Status says how Solve ended.
type Status int8

const (
	// Unsolved says that Solve has not run since the problem changed, or has failed.
	Unsolved Status = iota
	// Optimal says that Value, Dual and Objective hold a best solution.
	Optimal
	// Infeasible says that no x satisfies the rows; Farkas holds the proof.
	Infeasible
	// Unbounded says that the objective falls for ever; Value holds a solution that
	// satisfies the rows, and Ray a direction.
	Unbounded
)

func (s Status) String() string {
	switch s {
	case Optimal:
		return "optimal"
	case Infeasible:
		return "infeasible"
	case Unbounded:
		return "unbounded"
	default:
	}
	return "unsolved"
}

// ErrNumerical is wrapped by the error of Solve when rounding keeps it from an
// answer: the numbers differ too widely in size.
var ErrNumerical = errors.New("linear program is too ill-conditioned")

// Tolerance is how far a row or bound may be violated and a reduced cost may have
// the wrong sign, absolute. Scale rows and costs so that this is small enough.
const Tolerance = 1e-10

// A Problem is a linear program and its basis. The zero value is not usable; see
// New. It is not safe for use by several goroutines.
type Problem struct {
	// Every row i reads sum + slack = rhs, with slack a variable of its own:
	// rowVar[i]. Columns and slacks are numbered together in the order in which
	// they came.
	rowVar []int32
	rhs    []float64
	rowIdx [][]int32 // by row: variables other than the slack
	rowVal [][]float64
	colVar []int32

	colIdx   [][]int32 // by variable: rows
	colVal   [][]float64
	lo, hi   []float64
	cost     []float64
	wlo, whi []float64 // lo and hi while perturbed
	wcost    []float64 // cost while shifted or perturbed

	head  []int32   // by basis position: variable
	where []int32   // by variable: basis position or -1
	at    []resting // by variable, when not basic
	x     []float64 // by variable
	d     []float64 // by variable: reduced cost under wcost
	y     []float64 // by row
	ray   []float64 // by row (Infeasible) or by variable (Unbounded)

	lu     factor
	fresh  bool // lu fits head
	status Status
	seed   uint64
	pivots int

	// scratch
	devex  []float64 // by variable
	dse    []float64 // by basis position
	alpha  []float64 // by basis position: a column in terms of the basis
	rho    []float64 // by row: a row of the inverse
	tau    []float64
	rowAcc []float64 // by variable: a row of the tableau
	rowHit []int32
	inHit  []bool
	work   []float64
}

type resting int8

const (
	atLower resting = iota
	atUpper
	atZero // free
)

// New returns a problem without rows and columns.
func New() *Problem { return &Problem{} }

// Rows returns the number of rows.
func (p *Problem) Rows() int { return len(p.rowVar) }

// Columns returns the number of columns.
func (p *Problem) Columns() int { return len(p.colVar) }

// Pivots returns how many steps all calls of Solve took together.
func (p *Problem) Pivots() int { return p.pivots }

// AddColumn adds a variable x with 0 <= x <= upper and its coefficients in rows
// that exist, and returns its number. The slices are copied. Rows that are named
// twice add up. It panics when a row does not exist or a number is not finite
// (upper may be +Inf), since only the caller can have made that mistake.
func (p *Problem) AddColumn(cost, upper float64, rows []int, values []float64) int {
	return p.AddColumnBetween(cost, 0, upper, rows, values)
}

// AddColumnBetween is AddColumn for lower <= x <= upper; lower may be -Inf.
func (p *Problem) AddColumnBetween(cost, lower, upper float64, rows []int, values []float64) int {
	v := p.addVariable(cost, lower, upper)
	j := len(p.colVar)
	p.colVar = append(p.colVar, v)
	if len(rows) != len(values) {
		misuse("lp: rows and values differ in length")
	}
	idx := make([]int32, 0, len(rows))
	val := make([]float64, 0, len(rows))
	for k, r := range rows {
		if r < 0 || r >= len(p.rowVar) {
			misuse("lp: column names row %d of %d", r, len(p.rowVar))
		}
		idx, val = appendCoefficient(idx, val, int32(r), values[k])
	}
	idx, val = mergeCoefficients(idx, val)
	for k, r := range idx {
		p.rowIdx[r] = append(p.rowIdx[r], v)
		p.rowVal[r] = append(p.rowVal[r], val[k])
	}
	p.colIdx[v], p.colVal[v] = idx, val
	return j
}

// AddRow adds a row and its coefficients in columns that exist, and returns its
// number. Slices and mistakes are treated as AddColumn does.
func (p *Problem) AddRow(sense Sense, rhs float64, columns []int, values []float64) int {
	if len(columns) != len(values) {
		misuse("lp: columns and values differ in length")
	}
	if math.IsNaN(rhs) || math.IsInf(rhs, 0) {
		misuse("lp: right-hand side is not finite")
	}
	i := int32(len(p.rowVar))
	idx := make([]int32, 0, len(columns))
	val := make([]float64, 0, len(columns))
	for k, c := range columns {
		if c < 0 || c >= len(p.colVar) {
			misuse("lp: row names column %d of %d", c, len(p.colVar))
		}
		idx, val = appendCoefficient(idx, val, p.colVar[c], values[k])
	}
	idx, val = mergeCoefficients(idx, val)
	for k, v := range idx {
		p.colIdx[v] = append(p.colIdx[v], i)
		p.colVal[v] = append(p.colVal[v], val[k])
	}
	lower, upper := 0.0, 0.0
	switch sense {
	case LE:
		upper = math.Inf(1)
	case GE:
		lower = math.Inf(-1)
	case EQ:
	default:
		misuse("lp: unknown sense of a row")
	}
	s := p.addVariable(0, lower, upper)
	p.colIdx[s], p.colVal[s] = []int32{i}, []float64{1}
	p.rowVar = append(p.rowVar, s)
	p.rhs = append(p.rhs, rhs)
	p.rowIdx = append(p.rowIdx, idx)
	p.rowVal = append(p.rowVal, val)
	p.where[s] = int32(len(p.head))
	p.head = append(p.head, s)
	p.y = append(p.y, 0)
	p.fresh = false
	return int(i)
}

func (p *Problem) addVariable(cost, lower, upper float64) int32 {
	if math.IsNaN(cost) || math.IsInf(cost, 0) {
		misuse("lp: cost is not finite")
	}
	checkBounds(lower, upper)
	v := int32(len(p.lo))
	p.lo, p.hi, p.cost = append(p.lo, lower), append(p.hi, upper), append(p.cost, cost)
	p.wlo, p.whi, p.wcost = append(p.wlo, lower), append(p.whi, upper), append(p.wcost, cost)
	p.where = append(p.where, -1)
	p.at = append(p.at, atLower)
	p.x, p.d = append(p.x, 0), append(p.d, 0)
	p.colIdx, p.colVal = append(p.colIdx, nil), append(p.colVal, nil)
	p.status = Unsolved
	return v
}

func checkBounds(lower, upper float64) {
	if !(lower <= upper) || math.IsInf(lower, 1) || math.IsInf(upper, -1) {
		misuse("lp: bounds %v and %v leave no value", lower, upper)
	}
}

func appendCoefficient(idx []int32, val []float64, at int32, value float64) ([]int32, []float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		misuse("lp: coefficient is not finite")
	}
	if value == 0 {
		return idx, val
	}
	return append(idx, at), append(val, value)
}

func mergeCoefficients(idx []int32, val []float64) ([]int32, []float64) {
	if slices.IsSorted(idx) {
		if !hasDouble(idx) {
			return idx, val
		}
	}
	order := make([]int, len(idx))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(idx[a]) - int(idx[b]) })
	outIdx := make([]int32, 0, len(idx))
	outVal := make([]float64, 0, len(idx))
	for _, k := range order {
		if n := len(outIdx); n > 0 && outIdx[n-1] == idx[k] {
			outVal[n-1] += val[k]
			continue
		}
		outIdx, outVal = append(outIdx, idx[k]), append(outVal, val[k])
	}
	return outIdx, outVal
}

func hasDouble(sorted []int32) bool {
	for k := 1; k < len(sorted); k++ {
		if sorted[k] == sorted[k-1] {
			return true
		}
	}
	return false
}

// SetCost changes the cost of a column.
func (p *Problem) SetCost(column int, cost float64) {
	if math.IsNaN(cost) || math.IsInf(cost, 0) {
		misuse("lp: cost is not finite")
	}
	p.cost[p.colVar[column]] = cost
	p.status = Unsolved
}

// SetRHS changes the right-hand side of a row.
func (p *Problem) SetRHS(row int, rhs float64) {
	if math.IsNaN(rhs) || math.IsInf(rhs, 0) {
		misuse("lp: right-hand side is not finite")
	}
	p.rhs[row] = rhs
	p.status = Unsolved
}

// SetBounds changes the bounds of a column; equal bounds fix it.
func (p *Problem) SetBounds(column int, lower, upper float64) {
	checkBounds(lower, upper)
	v := p.colVar[column]
	p.lo[v], p.hi[v] = lower, upper
	p.status = Unsolved
}

// Status returns how the last Solve ended; Unsolved after a change.
func (p *Problem) Status() Status { return p.status }

// Value returns the value of a column in the last solution.
func (p *Problem) Value(column int) float64 { return p.x[p.colVar[column]] }

// Basic reports whether a column is in the basis: a column that is not rests at a
// bound and may be left out without a change of the solution.
func (p *Problem) Basic(column int) bool { return p.where[p.colVar[column]] >= 0 }

// Dual returns the price of a row: what the objective changes by for a unit more
// of right-hand side. At an optimum it is <= 0 for LE rows and >= 0 for GE rows,
// but for rounding.
func (p *Problem) Dual(row int) float64 { return p.y[row] }

// Slack returns the right-hand side of a row minus its sum.
func (p *Problem) Slack(row int) float64 { return p.x[p.rowVar[row]] }

// ReducedCost returns a column's cost minus its coefficients at the prices of the
// rows.
func (p *Problem) ReducedCost(column int) float64 { return p.d[p.colVar[column]] }

// Objective returns c·x.
func (p *Problem) Objective() float64 {
	sum := 0.0
	for _, v := range p.colVar {
		sum += p.cost[v] * p.x[v]
	}
	return sum
}

// Farkas returns multipliers of the rows that prove that the problem is
// Infeasible: the multiplied rows add up to one that no x within its bounds
// satisfies. Multipliers are >= 0 for GE rows and <= 0 for LE rows; a new
// column can help only if its coefficients at these multipliers sum to more than
// 0. It is nil for any other status.
func (p *Problem) Farkas() []float64 {
	if p.status != Infeasible {
		return nil
	}
	return slices.Clone(p.ray)
}

// Ray returns, by column, a direction in which the objective of an Unbounded
// problem falls for ever. It is nil for any other status.
func (p *Problem) Ray() []float64 {
	if p.status != Unbounded {
		return nil
	}
	out := make([]float64, len(p.colVar))
	for j, v := range p.colVar {
		out[j] = p.ray[v]
	}
	return out
}

// misuse stops a caller that breaks the terms of this package: what it would go on
// to compute is wrong, and no input can bring it about.
func misuse(format string, args ...any) {
	panic(fmt.Sprintf(format, args...)) //nolint:forbidigo // a defect of the caller, which is this module
}
