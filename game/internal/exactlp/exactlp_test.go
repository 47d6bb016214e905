package exactlp

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func rats(xs ...int64) []*big.Rat {
	out := make([]*big.Rat, len(xs))
	for i, x := range xs {
		out[i] = big.NewRat(x, 1)
	}
	return out
}

// TestMaximise holds that a best value is one that a dual solution proves: the dual
// is solved by the same code, as max -b·y, -a'y <= -c.
func TestMaximise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	count := map[Status]int{}
	for trial := range 400 {
		m, n := 1+rng.IntN(5), 1+rng.IntN(5)
		a, back := make([][]*big.Rat, m), make([][]*big.Rat, n)
		var b, c, negB, negC []*big.Rat
		for j := range n {
			x := rng.Int64N(9) - 3
			c, negC = append(c, big.NewRat(x, 1)), append(negC, big.NewRat(-x, 1))
			back[j] = make([]*big.Rat, m)
		}
		for i := range m {
			a[i] = make([]*big.Rat, n)
			x := rng.Int64N(12) - 4
			b, negB = append(b, big.NewRat(x, 1)), append(negB, big.NewRat(-x, 1))
			for j := range n {
				x := rng.Int64N(7) - 2
				a[i][j], back[j][i] = big.NewRat(x, 1), big.NewRat(-x, 1)
			}
		}
		value, status := Maximise(a, b, c)
		dual, dualStatus := Maximise(back, negC, negB)
		count[status]++
		switch status {
		case Optimal:
			if dualStatus != Optimal || value.Cmp(dual.Neg(dual)) != 0 {
				t.Fatalf("trial %d: %v, dual %v %v", trial, value, dualStatus, dual)
			}
		case Unbounded:
			if dualStatus != Infeasible {
				t.Fatalf("trial %d: unbounded, dual %v", trial, dualStatus)
			}
		case Infeasible:
			if dualStatus == Optimal {
				t.Fatalf("trial %d: infeasible, dual %v", trial, dual)
			}
		}
	}
	for s, least := range map[Status]int{Optimal: 100, Infeasible: 20, Unbounded: 20} {
		if count[s] < least {
			t.Errorf("the draw proves little: %v", count)
		}
	}
	// max 3x + 2y, x + y <= 4, x + 3y <= 6, x <= 3: 11 at (3, 1).
	if v, s := Maximise([][]*big.Rat{rats(1, 1), rats(1, 3), rats(1, 0)}, rats(4, 6, 3), rats(3, 2)); s != Optimal || v.Cmp(big.NewRat(11, 1)) != 0 {
		t.Errorf("%v %v, want 11", v, s)
	}
}
