package lp

import "slices"

import "math"

// A factor is a basis matrix B as L·U (Gilbert and Peierls, SIAM J. Sci. Stat.
// Comput. 9(5), 1988, with rows and columns that stand alone taken out first)
// times one elementary matrix for every column exchanged since.
//
// Columns of B are named by their position in the basis, rows by their number.
type factor struct {
	m int

	rowOf, posOf []int32 // by step of elimination
	stepOf       []int32 // by row, -1 before its step
	diag         []float64
	lStart       []int32 // by step; entries by row
	lRow         []int32
	lVal         []float64
	uStart       []int32
	uRow         []int32
	uVal         []float64

	etaStart []int32 // by exchange
	etaPos   []int32 // the position exchanged
	etaPivot []float64
	etaIdx   []int32
	etaVal   []float64

	work  []float64
	mark  []int32
	stamp int32
	stack []frame
	topo  []int32
}

type frame struct{ row, next int32 }

// A gap is a position whose column depends on the others, and a row that no column
// covers.
type gap struct{ pos, row int32 }

const (
	pivotShare = 0.1   // of the largest entry: what a pivot must have at least
	singular   = 1e-11 // of the largest entry of the column: a pivot that is none
)

// refactor decomposes the matrix whose column at position k has entries
// (idx(k), val(k)). It returns the gaps when the matrix is singular.
func (f *factor) refactor(m int, column func(int32) ([]int32, []float64)) []gap {
	f.m = m
	f.reset(m)
	order, rowFirst := f.triangular(m, column)
	deficient := []int32(nil)
	for k, pos := range order {
		want := int32(-1)
		if k < len(rowFirst) {
			want = rowFirst[k]
		}
		if !f.eliminate(pos, want, column) {
			deficient = append(deficient, pos)
		}
	}
	if len(deficient) == 0 {
		return nil
	}
	gaps := make([]gap, 0, len(deficient))
	r := int32(0)
	for _, pos := range deficient {
		for f.stepOf[r] >= 0 {
			r++
		}
		gaps = append(gaps, gap{pos, r})
		r++
	}
	return gaps
}

func (f *factor) reset(m int) {
	f.rowOf, f.posOf, f.diag = f.rowOf[:0], f.posOf[:0], f.diag[:0]
	f.lStart, f.lRow, f.lVal = append(f.lStart[:0], 0), f.lRow[:0], f.lVal[:0]
	f.uStart, f.uRow, f.uVal = append(f.uStart[:0], 0), f.uRow[:0], f.uVal[:0]
	f.etaStart, f.etaPos, f.etaPivot = append(f.etaStart[:0], 0), f.etaPos[:0], f.etaPivot[:0]
	f.etaIdx, f.etaVal = f.etaIdx[:0], f.etaVal[:0]
	f.stepOf = resize(f.stepOf, m)
	f.mark = resize(f.mark, m)
	f.work = resize(f.work, m)
	for i := range m {
		f.stepOf[i], f.mark[i], f.work[i] = -1, 0, 0
	}
	f.stamp = 0
}

// triangular orders positions: first those that stand alone in a row or column of
// what is left, with the row of each; then the others by number of entries.
func (f *factor) triangular(m int, column func(int32) ([]int32, []float64)) (order, rows []int32) {
	rowCount := make([]int32, m)
	colCount := make([]int32, m)
	start := make([]int32, m+1)
	for k := range m {
		idx, _ := column(int32(k))
		colCount[k] = int32(len(idx))
		for _, r := range idx {
			rowCount[r]++
		}
	}
	for r := range m {
		start[r+1] = start[r] + rowCount[r]
	}
	byRow := make([]int32, start[m])
	fill := append([]int32(nil), start[:m]...)
	for k := range m {
		idx, _ := column(int32(k))
		for _, r := range idx {
			byRow[fill[r]] = int32(k)
			fill[r]++
		}
	}
	rowDone, colDone := make([]bool, m), make([]bool, m)
	order, rows = make([]int32, 0, m), make([]int32, 0, m)
	var loneCol, loneRow []int32
	for k := range int32(m) {
		if colCount[k] == 1 {
			loneCol = append(loneCol, k)
		}
		if rowCount[k] == 1 {
			loneRow = append(loneRow, k)
		}
	}
	take := func(pos, row int32) {
		rowDone[row], colDone[pos] = true, true
		order, rows = append(order, pos), append(rows, row)
		for _, k := range byRow[start[row]:start[row+1]] {
			if colCount[k]--; colCount[k] == 1 && !colDone[k] {
				loneCol = append(loneCol, k)
			}
		}
		idx, _ := column(pos)
		for _, r := range idx {
			if rowCount[r]--; rowCount[r] == 1 && !rowDone[r] {
				loneRow = append(loneRow, r)
			}
		}
	}
	for len(loneCol) > 0 || len(loneRow) > 0 {
		if n := len(loneCol); n > 0 {
			pos := loneCol[n-1]
			loneCol = loneCol[:n-1]
			if colDone[pos] {
				continue
			}
			idx, _ := column(pos)
			for _, r := range idx {
				if !rowDone[r] {
					take(pos, r)
					break
				}
			}
			continue
		}
		n := len(loneRow)
		row := loneRow[n-1]
		loneRow = loneRow[:n-1]
		if rowDone[row] {
			continue
		}
		for _, k := range byRow[start[row]:start[row+1]] {
			if !colDone[k] {
				if f.loneRowSound(k, row, column) {
					take(k, row)
				}
				break
			}
		}
	}
	rest := make([]int32, 0, m-len(order))
	for k := range int32(m) {
		if !colDone[k] {
			rest = append(rest, k)
		}
	}
	sortByCount(rest, colCount)
	return append(order, rest...), rows
}

// loneRowSound reports whether the entry is large enough in its column to be a
// pivot without loss of digits.
func (f *factor) loneRowSound(pos, row int32, column func(int32) ([]int32, []float64)) bool {
	idx, val := column(pos)
	largest, own := 0.0, 0.0
	for k, r := range idx {
		largest = max(largest, math.Abs(val[k]))
		if r == row {
			own = math.Abs(val[k])
		}
	}
	return own >= 0.01*largest
}

// sortByCount sorts by counting: counts are at most the number of rows.
func sortByCount(pos, count []int32) {
	if len(pos) == 0 {
		return
	}
	most := int32(0)
	for _, k := range pos {
		most = max(most, count[k])
	}
	start := make([]int32, most+2)
	for _, k := range pos {
		start[count[k]+1]++
	}
	for c := range most + 1 {
		start[c+1] += start[c]
	}
	out := make([]int32, len(pos))
	for _, k := range pos {
		out[start[count[k]]] = k
		start[count[k]]++
	}
	copy(pos, out)
}

// eliminate takes the column at pos through the steps so far and makes it the next
// step, with the row wanted as pivot, or any if that is -1. It reports false when
// nothing is left of the column.
func (f *factor) eliminate(pos, want int32, column func(int32) ([]int32, []float64)) bool {
	idx, val := column(pos)
	f.reach(idx)
	largest := 0.0
	for k, r := range idx {
		f.work[r] += val[k]
		largest = max(largest, math.Abs(val[k]))
	}
	// topo holds rows in reverse order of dependence: pivoted ones first when read
	// from the end.
	for _, r := range slices.Backward(f.topo) {

		s := f.stepOf[r]
		if s < 0 {
			continue
		}
		t := f.work[r]
		if t == 0 {
			continue
		}
		for e := f.lStart[s]; e < f.lStart[s+1]; e++ {
			f.work[f.lRow[e]] -= f.lVal[e] * t
		}
	}
	best, pivotRow := 0.0, int32(-1)
	for _, r := range f.topo {
		if f.stepOf[r] >= 0 {
			continue
		}
		if a := math.Abs(f.work[r]); a > best {
			best, pivotRow = a, r
		}
	}
	if pivotRow < 0 || best <= singular*largest {
		for _, r := range f.topo {
			f.work[r] = 0
		}
		return false
	}
	if want >= 0 && f.stepOf[want] < 0 && math.Abs(f.work[want]) >= 0.01*best {
		pivotRow = want
	}
	step := int32(len(f.rowOf))
	pivot := f.work[pivotRow]
	for _, r := range f.topo {
		w := f.work[r]
		f.work[r] = 0
		if w == 0 || r == pivotRow {
			continue
		}
		if f.stepOf[r] >= 0 {
			f.uRow, f.uVal = append(f.uRow, r), append(f.uVal, w)
		} else {
			f.lRow, f.lVal = append(f.lRow, r), append(f.lVal, w/pivot)
		}
	}
	f.lStart = append(f.lStart, int32(len(f.lRow)))
	f.uStart = append(f.uStart, int32(len(f.uRow)))
	f.rowOf, f.posOf = append(f.rowOf, pivotRow), append(f.posOf, pos)
	f.diag = append(f.diag, pivot)
	f.stepOf[pivotRow] = step
	return true
}

// reach fills topo with every row that the entries can spread to, each after all
// rows it spreads to.
func (f *factor) reach(idx []int32) {
	f.stamp++
	f.topo = f.topo[:0]
	for _, r := range idx {
		if f.mark[r] == f.stamp {
			continue
		}
		f.mark[r] = f.stamp
		f.stack = append(f.stack[:0], frame{r, f.firstBelow(r)})
		for len(f.stack) > 0 {
			top := &f.stack[len(f.stack)-1]
			s := f.stepOf[top.row]
			deeper := int32(-1)
			if s >= 0 {
				for end := f.lStart[s+1]; top.next < end; {
					below := f.lRow[top.next]
					top.next++
					if f.mark[below] != f.stamp {
						deeper = below
						break
					}
				}
			}
			if deeper >= 0 {
				f.mark[deeper] = f.stamp
				f.stack = append(f.stack, frame{deeper, f.firstBelow(deeper)})
				continue
			}
			f.topo = append(f.topo, top.row)
			f.stack = f.stack[:len(f.stack)-1]
		}
	}
}

func (f *factor) firstBelow(row int32) int32 {
	if s := f.stepOf[row]; s >= 0 {
		return f.lStart[s]
	}
	return 0
}

// solve computes x = B⁻¹b. b is by row and is destroyed; x is by position.
func (f *factor) solve(b, x []float64) {
	rowOf := f.rowOf
	for s, r := range rowOf {
		t := b[r]
		if t == 0 {
			continue
		}
		for e, end := f.lStart[s], f.lStart[s+1]; e < end; e++ {
			b[f.lRow[e]] -= f.lVal[e] * t
		}
	}
	for s, r := range slices.Backward(rowOf) {
		t := b[r]
		if t == 0 {
			x[f.posOf[s]] = 0
			continue
		}
		t /= f.diag[s]
		x[f.posOf[s]] = t
		for e, end := f.uStart[s], f.uStart[s+1]; e < end; e++ {
			b[f.uRow[e]] -= f.uVal[e] * t
		}
	}
	for k, pos := range f.etaPos {
		t := x[pos]
		if t == 0 {
			continue
		}
		t /= f.etaPivot[k]
		x[pos] = t
		for e, end := f.etaStart[k], f.etaStart[k+1]; e < end; e++ {
			x[f.etaIdx[e]] -= f.etaVal[e] * t
		}
	}
}

// solveTransposed computes y = B⁻ᵀc. c is by position and is destroyed; y is by
// row.
func (f *factor) solveTransposed(c, y []float64) {
	for k, pos := range slices.Backward(f.etaPos) {

		t := c[pos]
		for e, end := f.etaStart[k], f.etaStart[k+1]; e < end; e++ {
			t -= f.etaVal[e] * c[f.etaIdx[e]]
		}
		c[pos] = t / f.etaPivot[k]
	}
	for s, r := range f.rowOf {
		t := c[f.posOf[s]]
		for e, end := f.uStart[s], f.uStart[s+1]; e < end; e++ {
			t -= f.uVal[e] * y[f.uRow[e]]
		}
		y[r] = t / f.diag[s]
	}
	for s, v := range slices.Backward(f.rowOf) {
		first, end := f.lStart[s], f.lStart[s+1]
		if first == end {
			continue
		}
		r := v
		t := y[r]
		for e := first; e < end; e++ {
			t -= f.lVal[e] * y[f.lRow[e]]
		}
		y[r] = t
	}
}

// exchange replaces the column at pos by the one that is alpha in terms of the
// basis.
func (f *factor) exchange(pos int32, alpha []float64) {
	for i, a := range alpha {
		if a != 0 && int32(i) != pos {
			f.etaIdx, f.etaVal = append(f.etaIdx, int32(i)), append(f.etaVal, a)
		}
	}
	f.etaStart = append(f.etaStart, int32(len(f.etaIdx)))
	f.etaPos = append(f.etaPos, pos)
	f.etaPivot = append(f.etaPivot, alpha[pos])
}

// worn reports whether decomposing anew is cheaper than going on.
func (f *factor) worn() bool {
	return len(f.etaPos) >= 100 || len(f.etaIdx) > 3*(len(f.lRow)+len(f.uRow)+f.m)+20000
}

func resize[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return append(s[:cap(s)], make([]T, n-cap(s))...)
}
