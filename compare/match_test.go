package compare

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMatchIsSymmetric: with costs of which many are equal, exchanging the lists
// exchanges the pairs; each thing is in one pair at most, and no two things are
// left that could have been a pair.
func TestMatchIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(0, 6).Draw(t, "n"), rapid.IntRange(0, 6).Draw(t, "m")
		cost := rapid.SliceOfN(rapid.IntRange(0, 3), n*m, n*m).Draw(t, "cost") // 3: no pair
		worse := func(i, j int) (float64, bool) { return float64(cost[i*m+j]), cost[i*m+j] < 3 }
		ab := match(n, m, worse)
		ba := match(m, n, func(j, i int) (float64, bool) { return worse(i, j) })
		turned := make([]pair, 0, len(ba.both))
		for _, p := range ba.both {
			turned = append(turned, pair{p.b, p.a})
		}
		slices.SortFunc(turned, func(x, y pair) int { return x.a - y.a })
		if !slices.Equal(ab.both, turned) || !slices.Equal(ab.onlyA, ba.onlyB) || !slices.Equal(ab.onlyB, ba.onlyA) {
			t.Fatalf("%+v, turned %+v", ab, ba)
		}
		if len(ab.both)+len(ab.onlyA) != n || len(ab.both)+len(ab.onlyB) != m {
			t.Fatalf("%+v of %d and %d", ab, n, m)
		}
		for _, i := range ab.onlyA {
			for _, j := range ab.onlyB {
				if _, ok := worse(i, j); ok {
					t.Fatalf("%d and %d were left alone: %+v", i, j, ab)
				}
			}
		}
	})
}
