package lp

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactLP solves min c·x, A x sense b, 0 <= x, with rationals: two phases and
// Bland's rule on a dense tableau. It shares nothing with the package.
func exactLP(a [][]int64, sense []Sense, b, c []int64) (Status, *big.Rat) {
	m, n := len(a), len(c)
	total := n
	for _, s := range sense {
		if s != EQ {
			total++
		}
	}
	width := total + m + 1
	t := make([][]*big.Rat, m)
	basis := make([]int, m)
	slack := n
	for i := range m {
		t[i] = make([]*big.Rat, width)
		for j := range width {
			t[i][j] = new(big.Rat)
		}
		for j := range n {
			t[i][j].SetInt64(a[i][j])
		}
		if sense[i] != EQ {
			t[i][slack].SetInt64(1)
			if sense[i] == GE {
				t[i][slack].SetInt64(-1)
			}
			slack++
		}
		t[i][width-1].SetInt64(b[i])
		if b[i] < 0 {
			for j := range width {
				t[i][j].Neg(t[i][j])
			}
		}
		t[i][total+i].SetInt64(1)
		basis[i] = total + i
	}
	run := func(cost []*big.Rat, usable int) (bool, *big.Rat) {
		for {
			enter := -1
			for j := 0; j < usable && enter < 0; j++ {
				d := new(big.Rat).Set(cost[j])
				for i := range m {
					d.Sub(d, new(big.Rat).Mul(cost[basis[i]], t[i][j]))
				}
				if d.Sign() < 0 {
					enter = j
				}
			}
			if enter < 0 {
				z := new(big.Rat)
				for i := range m {
					z.Add(z, new(big.Rat).Mul(cost[basis[i]], t[i][width-1]))
				}
				return true, z
			}
			leave := -1
			var best *big.Rat
			for i := range m {
				if t[i][enter].Sign() > 0 {
					q := new(big.Rat).Quo(t[i][width-1], t[i][enter])
					if best == nil || q.Cmp(best) < 0 || q.Cmp(best) == 0 && basis[i] < basis[leave] {
						best, leave = q, i
					}
				}
			}
			if leave < 0 {
				return false, nil
			}
			f := new(big.Rat).Inv(t[leave][enter])
			for j := range width {
				t[leave][j].Mul(t[leave][j], f)
			}
			for i := range m {
				if i == leave || t[i][enter].Sign() == 0 {
					continue
				}
				g := new(big.Rat).Set(t[i][enter])
				for j := range width {
					if t[leave][j].Sign() != 0 {
						t[i][j].Sub(t[i][j], new(big.Rat).Mul(g, t[leave][j]))
					}
				}
			}
			basis[leave] = enter
		}
	}
	one := make([]*big.Rat, width)
	two := make([]*big.Rat, width)
	for j := range width {
		one[j], two[j] = new(big.Rat), new(big.Rat)
		if j >= total && j < total+m {
			one[j].SetInt64(1)
		}
		if j < n {
			two[j].SetInt64(c[j])
		}
	}
	if _, z := run(one, total+m); z.Sign() != 0 {
		return Infeasible, nil
	}
	// Artificial variables left in the basis at 0 must stay there: drive them out
	// or drop their row.
	for i := range m {
		if basis[i] < total {
			continue
		}
		for j := range total {
			if t[i][j].Sign() != 0 {
				f := new(big.Rat).Inv(t[i][j])
				for k := range width {
					t[i][k].Mul(t[i][k], f)
				}
				for r := range m {
					if r == i || t[r][j].Sign() == 0 {
						continue
					}
					g := new(big.Rat).Set(t[r][j])
					for k := range width {
						t[r][k].Sub(t[r][k], new(big.Rat).Mul(g, t[i][k]))
					}
				}
				basis[i] = j
				break
			}
		}
	}
	ok, z := run(two, total)
	if !ok {
		return Unbounded, nil
	}
	return Optimal, z
}

// checkOptimal verifies the answer against the problem alone.
func checkOptimal(t *testing.T, p *Problem, a [][]int64, sense []Sense, b, c []int64) {
	t.Helper()
	const eps = 1e-8
	dualObjective := 0.0
	for i := range a {
		sum := 0.0
		for j := range c {
			sum += float64(a[i][j]) * p.Value(j)
		}
		off := sum - float64(b[i])
		if sense[i] != GE && off > eps || sense[i] != LE && off < -eps {
			t.Fatalf("row %d: sum %v against %d", i, sum, b[i])
		}
		y := p.Dual(i)
		if sense[i] == LE && y > eps || sense[i] == GE && y < -eps {
			t.Fatalf("row %d of sense %d has dual %v", i, sense[i], y)
		}
		dualObjective += y * float64(b[i])
	}
	for j := range c {
		if p.Value(j) < -eps {
			t.Fatalf("column %d is %v", j, p.Value(j))
		}
		d := float64(c[j])
		for i := range a {
			d -= p.Dual(i) * float64(a[i][j])
		}
		if d < -eps || math.Abs(d-p.ReducedCost(j)) > eps {
			t.Fatalf("column %d: reduced cost %v, printed %v", j, d, p.ReducedCost(j))
		}
	}
	if math.Abs(dualObjective-p.Objective()) > eps*(1+math.Abs(dualObjective)) {
		t.Fatalf("objective %v, dual %v", p.Objective(), dualObjective)
	}
}

func solve(t *testing.T, p *Problem) Status {
	t.Helper()
	status, err := p.Solve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// TestGrowing adds rows and columns in random order to random problems, many of
// them degenerate, and compares with rationals after each step.
func TestGrowing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[Status]int{}
	for trial := range 1500 {
		p := New()
		var a [][]int64
		var sense []Sense
		var b, c []int64
		spread := int64(1 + rng.IntN(6))
		for step := range 2 + rng.IntN(4) {
			if rng.IntN(2) == 0 || len(c) == 0 {
				for range 1 + rng.IntN(4) {
					cost := rng.Int64N(2*spread+1) - spread/2
					rows, values := []int{}, []float64{}
					for i := range a {
						v := int64(0)
						if rng.IntN(2) == 0 {
							v = rng.Int64N(2*spread+1) - spread
						}
						a[i] = append(a[i], v)
						rows, values = append(rows, i), append(values, float64(v))
					}
					c = append(c, cost)
					p.AddColumn(float64(cost), math.Inf(1), rows, values)
				}
			} else {
				for range 1 + rng.IntN(4) {
					row := make([]int64, len(c))
					columns, values := []int{}, []float64{}
					for j := range row {
						if rng.IntN(3) > 0 {
							row[j] = rng.Int64N(2*spread+1) - spread
							columns, values = append(columns, j), append(values, float64(row[j]))
						}
					}
					s := Sense(rng.IntN(3))
					rhs := rng.Int64N(2*spread+1) - spread
					if rng.IntN(3) == 0 {
						rhs = 0
					}
					if s == EQ && rng.IntN(3) > 0 {
						s = LE
					}
					a, sense, b = append(a, row), append(sense, s), append(b, rhs)
					p.AddRow(s, float64(rhs), columns, values)
				}
			}
			got := solve(t, p)
			want, z := exactLP(a, sense, b, c)
			seen[want]++
			if got != want {
				t.Fatalf("trial %d step %d: %v, want %v\n%v %v %v %v", trial, step, got, want, a, sense, b, c)
			}
			switch got {
			case Optimal:
				f, _ := z.Float64()
				if math.Abs(p.Objective()-f) > 1e-8*(1+math.Abs(f)) {
					t.Fatalf("trial %d step %d: objective %v, want %v", trial, step, p.Objective(), f)
				}
				checkOptimal(t, p, a, sense, b, c)
			case Infeasible:
				checkFarkas(t, p.Farkas(), a, sense, b)
			case Unbounded:
				checkRay(t, p.Ray(), a, sense, c)
			default:
			}
		}
	}
	for _, s := range []Status{Optimal, Infeasible, Unbounded} {
		if seen[s] < 100 {
			t.Errorf("only %d problems were %v", seen[s], s)
		}
	}
}

func checkFarkas(t *testing.T, y []float64, a [][]int64, sense []Sense, b []int64) {
	t.Helper()
	right := 0.0
	for i := range a {
		if sense[i] == LE && y[i] > 1e-9 || sense[i] == GE && y[i] < -1e-9 {
			t.Fatalf("Farkas multiplier %d is %v", i, y[i])
		}
		right += y[i] * float64(b[i])
	}
	if right <= 0 {
		t.Fatalf("Farkas: right-hand side %v", right)
	}
	for j := range a[0] {
		g := 0.0
		for i := range a {
			g += y[i] * float64(a[i][j])
		}
		if g > 1e-8 {
			t.Fatalf("Farkas: column %d has %v", j, g)
		}
	}
}

func checkRay(t *testing.T, ray []float64, a [][]int64, sense []Sense, c []int64) {
	t.Helper()
	fall := 0.0
	for j, r := range ray {
		if r < -1e-9 {
			t.Fatalf("ray goes down in column %d: %v", j, r)
		}
		fall += r * float64(c[j])
	}
	if fall >= 0 {
		t.Fatalf("ray does not lower the objective: %v", fall)
	}
	for i := range a {
		sum := 0.0
		for j, r := range ray {
			sum += r * float64(a[i][j])
		}
		if sense[i] != GE && sum > 1e-8 || sense[i] != LE && sum < -1e-8 {
			t.Fatalf("ray leaves row %d: %v", i, sum)
		}
	}
}
