package lp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// TestGameGrowing adds routes, attacks and a side limit in random order and
// compares with rationals: min v, Σ gain·x <= v, Σx = 1, Σ amount·x <= limit.
func TestGameGrowing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	feasible, refused, limited := 0, 0, 0
	for trial := range 400 {
		g := NewGame(1e-6)
		var gains [][]int64 // by attack, by route, in 32nds
		var amounts []int64 // by route
		limit := int64(2 + rng.IntN(6))
		side := rng.IntN(2) == 0
		if side {
			g.AddSide(float64(limit), nil)
		}
		routes := 0
		for range 3 + rng.IntN(6) {
			if rng.IntN(2) == 0 || routes == 0 {
				var list, am []Gain
				for k := range gains {
					v := rng.Int64N(33)
					if rng.IntN(3) == 0 {
						v = 0
					}
					gains[k] = append(gains[k], v)
					list = append(list, Gain{k, float64(v) / 32})
				}
				a := rng.Int64N(12)
				amounts = append(amounts, a)
				if side {
					am = append(am, Gain{0, float64(a)})
				}
				if g.AddRoute(list, am) != routes {
					t.Fatal("routes are not numbered in order")
				}
				routes++
			} else {
				row := make([]int64, routes)
				var list []Gain
				for r := range row {
					row[r] = rng.Int64N(33)
					list = append(list, Gain{r, float64(row[r]) / 32})
				}
				gains = append(gains, row)
				g.AddAttack(list)
			}
			s, err := g.Solve(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			// Columns of the oracle: the routes, then v >= 0 in 32nds.
			var a [][]int64
			var sense []Sense
			var b []int64
			for _, row := range gains {
				a, sense, b = append(a, append(append([]int64(nil), row...), -1)), append(sense, LE), append(b, 0)
			}
			one := make([]int64, routes+1)
			for r := range routes {
				one[r] = 1
			}
			a, sense, b = append(a, one), append(sense, EQ), append(b, 1)
			if side {
				a, sense, b = append(a, append(append([]int64(nil), amounts...), 0)), append(sense, LE), append(b, limit)
			}
			c := make([]int64, routes+1)
			c[routes] = 1
			status, z := exactLP(a, sense, b, c)
			if status == Infeasible {
				if s.Feasible {
					t.Fatalf("trial %d: a mix where none is", trial)
				}
				refused++
				continue
			}
			feasible++
			want, _ := z.Float64()
			want /= 32
			if math.Abs(s.Value-want) > 1e-9 && !(want < 1e-6 && s.Value <= 1.001e-6) {
				t.Fatalf("trial %d: value %v, want %v", trial, s.Value, want)
			}
			checkSolution(t, s, gains, amounts, float64(limit), side)
			if side && s.Prices[0] > 1e-9 {
				limited++
			}
		}
	}
	if feasible < 500 || refused < 50 || limited < 50 {
		t.Errorf("the draw proves little: %d feasible, %d not, %d with a limit that binds", feasible, refused, limited)
	}
}

// checkSolution recomputes both bounds from the mixes.
func checkSolution(t *testing.T, s Solution, gains [][]int64, amounts []int64, limit float64, side bool) {
	t.Helper()
	const eps = 2e-6 // the floor
	sum, mean := 0.0, 0.0
	for r, x := range s.Routes {
		sum += x
		mean += x * float64(amounts[r])
	}
	if math.Abs(sum-1) > 1e-12 || side && mean > limit+1e-8 {
		t.Fatalf("odds sum to %v, mean is %v of %v", sum, mean, limit)
	}
	for _, row := range gains {
		hit := 0.0
		for r, x := range s.Routes {
			hit += x * float64(row[r]) / 32
		}
		if hit > s.Value+1e-9 {
			t.Fatalf("an attack gains %v, more than %v", hit, s.Value)
		}
	}
	for r := range s.Routes {
		pay := 0.0
		for k, y := range s.Attacks {
			pay += y * float64(gains[k][r]) / 32
		}
		if side {
			pay += s.Prices[0] * (float64(amounts[r]) - limit)
		}
		if pay < s.Value-eps {
			t.Fatalf("route %d pays %v, less than %v", r, pay, s.Value)
		}
	}
}

func TestGameEmpty(t *testing.T) {
	g := NewGame(0.01)
	if s, err := g.Solve(context.Background()); err != nil || s.Feasible {
		t.Errorf("a game without routes: %+v, %v", s, err)
	}
	g.AddRoute(nil, nil)
	s, err := g.Solve(context.Background())
	if err != nil || !s.Feasible || math.Abs(s.Value-0.01) > 1e-12 || s.Routes[0] != 1 {
		t.Errorf("a route that nothing attacks: %+v, %v", s, err)
	}
}

func TestSolveStops(t *testing.T) {
	p := drawSparse(rand.New(rand.NewPCG(1, 1)), 60, 120)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Solve(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
	if status := solve(t, p); status != Optimal {
		t.Errorf("after that: %v", status)
	}
}

// TestBounds changes upper bounds, costs and right-hand sides of one problem and
// compares with the same problem written with rows in place of bounds.
func TestBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for trial := range 200 {
		const n, m = 6, 4
		p, q := New(), New()
		for range n {
			p.AddColumn(0, math.Inf(1), nil, nil)
			q.AddColumn(0, math.Inf(1), nil, nil)
		}
		cols := []int{0, 1, 2, 3, 4, 5}
		for range m {
			values := make([]float64, n)
			for j := range values {
				values[j] = float64(rng.IntN(7) - 2)
			}
			p.AddRow(LE, 0, cols, values)
			q.AddRow(LE, 0, cols, values)
		}
		for j := range n {
			q.AddRow(LE, 0, []int{j}, []float64{1})
			q.AddRow(GE, 0, []int{j}, []float64{1})
		}
		for range 6 {
			for j := range n {
				lower := float64(rng.IntN(3))
				upper := lower + float64(rng.IntN(4))
				p.SetBounds(j, lower, upper)
				q.SetRHS(m+2*j, upper)
				q.SetRHS(m+2*j+1, lower)
				c := float64(rng.IntN(9) - 4)
				p.SetCost(j, c)
				q.SetCost(j, c)
			}
			for i := range m {
				b := float64(rng.IntN(20))
				p.SetRHS(i, b)
				q.SetRHS(i, b)
			}
			a, b := solve(t, p), solve(t, q)
			if a != b {
				t.Fatalf("trial %d: %v with bounds, %v with rows", trial, a, b)
			}
			if a == Optimal && math.Abs(p.Objective()-q.Objective()) > 1e-8 {
				t.Fatalf("trial %d: %v with bounds, %v with rows", trial, p.Objective(), q.Objective())
			}
		}
	}
}
