package lp

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

// drawSparse draws a feasible, bounded and rather degenerate problem: routes over
// places, with some rows of other senses.
func drawSparse(rng *rand.Rand, rows, columns int) *Problem {
	p := New()
	for i := range rows {
		switch {
		case i%17 == 16:
			p.AddRow(GE, 0.5, nil, nil)
		case i%23 == 22:
			p.AddRow(LE, 0, nil, nil)
		default:
			p.AddRow(LE, float64(1+rng.IntN(2)), nil, nil)
		}
	}
	for j := range columns {
		var at []int
		var values []float64
		for range 3 + rng.IntN(12) {
			i := rng.IntN(rows)
			v := float64(1+rng.IntN(16)) / 16
			switch {
			case i%17 == 16:
				v = 1
			case i%23 == 22:
				v = float64(rng.IntN(5) - 2)
			}
			at, values = append(at, i), append(values, v)
		}
		// Every column but slack ones is bounded by some row.
		at, values = append(at, 0), append(values, 1.0/64)
		p.AddColumn(-1-float64(rng.IntN(3)*(j%2)), math.Inf(1), at, values)
	}
	// Columns that meet the GE rows at a price keep the problem feasible.
	for i := 16; i < rows; i += 17 {
		p.AddColumn(50, math.Inf(1), []int{i}, []float64{1})
	}
	return p
}

// writeMPS writes the problem in free MPS format.
func writeMPS(t *testing.T, p *Problem) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "problem.mps")
	w := &strings.Builder{}
	fmt.Fprintf(w, "NAME problem\nROWS\n N cost\n")
	for i, s := range p.rowVar {
		letter := "L"
		switch {
		case p.lo[s] == p.hi[s]:
			letter = "E"
		case math.IsInf(p.lo[s], -1):
			letter = "G"
		}
		fmt.Fprintf(w, " %s r%d\n", letter, i)
	}
	fmt.Fprintf(w, "COLUMNS\n")
	for j, v := range p.colVar {
		fmt.Fprintf(w, " x%d cost %.17g\n", j, p.cost[v])
		for k, r := range p.colIdx[v] {
			fmt.Fprintf(w, " x%d r%d %.17g\n", j, r, p.colVal[v][k])
		}
	}
	fmt.Fprintf(w, "RHS\n")
	for i, b := range p.rhs {
		fmt.Fprintf(w, " rhs r%d %.17g\n", i, b)
	}
	fmt.Fprintf(w, "ENDATA\n")
	if err := os.WriteFile(path, []byte(w.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func glpsol(t *testing.T, tool string, p *Problem) float64 {
	t.Helper()
	in := writeMPS(t, p)
	out := filepath.Join(t.TempDir(), "out")
	if text, err := exec.Command(tool, "--freemps", in, "-w", out).CombinedOutput(); err != nil {
		t.Fatalf("glpsol: %v: %s", err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		// s bas rows columns primal dual objective
		f := strings.Fields(line)
		if len(f) == 7 && f[0] == "s" {
			if f[4] != "f" || f[5] != "f" {
				t.Fatalf("glpsol found no optimum: %s", line)
			}
			z, err := strconv.ParseFloat(f[6], 64)
			if err != nil {
				t.Fatal(err)
			}
			return z
		}
	}
	t.Fatal("glpsol wrote no solution")
	return 0
}

// TestAgainstGlpsol compares larger problems, solved at once and grown by rows and
// columns, with an independent solver.
func TestAgainstGlpsol(t *testing.T) {
	tool := testdata.Tool(t, "glpsol", "glpk-utils")
	sizes := [][2]int{{40, 200}, {150, 600}, {400, 400}, {300, 3000}}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for k, size := range sizes {
		rng := rand.New(rand.NewPCG(uint64(k), 9))
		p := drawSparse(rng, size[0], size[1])
		for grown := range 3 {
			if status := solve(t, p); status != Optimal {
				t.Fatalf("%v: %v", size, status)
			}
			want := glpsol(t, tool, p)
			if got := p.Objective(); math.Abs(got-want) > 1e-6*math.Abs(want) {
				t.Fatalf("%v, grown %d times: %v, glpsol %v", size, grown, got, want)
			}
			checkFloat(t, p)
			for range 20 {
				var at []int
				var values []float64
				for j := range p.Columns() {
					if rng.IntN(20) == 0 {
						at, values = append(at, j), append(values, float64(1+rng.IntN(8))/8)
					}
				}
				p.AddRow(LE, 1+rng.Float64(), at, values)
			}
			for range 40 {
				var at []int
				var values []float64
				for range 8 {
					i := rng.IntN(p.Rows())
					at, values = append(at, i), append(values, float64(1+rng.IntN(8))/8)
				}
				p.AddColumn(-1-2*rng.Float64(), 3, at, values)
				p.AddRow(LE, 3, []int{p.Columns() - 1}, []float64{1})
				p.SetBounds(p.Columns()-1, 0, math.Inf(1))
			}
		}
	}
}

// checkFloat verifies rows, signs of duals and the gap between both objectives.
func checkFloat(t *testing.T, p *Problem) {
	t.Helper()
	dual := 0.0
	for i := range p.Rows() {
		if s := p.Slack(i); s < p.lo[p.rowVar[i]]-1e-9 || s > p.hi[p.rowVar[i]]+1e-9 {
			t.Fatalf("row %d has slack %v", i, s)
		}
		dual += p.Dual(i) * p.rhs[i]
	}
	for j := range p.Columns() {
		if p.Value(j) < -1e-9 || p.ReducedCost(j) < -1e-9 {
			t.Fatalf("column %d: %v, reduced cost %v", j, p.Value(j), p.ReducedCost(j))
		}
	}
	if z := p.Objective(); math.Abs(z-dual) > 1e-8*(1+math.Abs(z)) {
		t.Fatalf("objective %v, dual %v", z, dual)
	}
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range [][2]int{{500, 5000}, {2000, 20000}} {
		b.Run(fmt.Sprintf("rows=%d/columns=%d", size[0], size[1]), func(b *testing.B) {
			for b.Loop() {
				p := drawSparse(rand.New(rand.NewPCG(5, 5)), size[0], size[1])
				if status, err := p.Solve(context.Background()); err != nil || status != Optimal {
					b.Fatal(status, err)
				}
				b.ReportMetric(float64(p.Pivots()), "pivots")
			}
		})
	}
}
