package play

import "testing"

// TestUniformSkips draws below three quarters of 2^64: taken modulo, words of the
// last quarter would make the first third twice as likely.
func TestUniformSkips(t *testing.T) {
	w := newWords(1, purposeRoutes, 0)
	var thirds [3]int
	for range 30_000 {
		x := w.uniform(3 << 62)
		thirds[x>>62]++
	}
	for i, n := range thirds {
		if n < 9_600 || n > 10_400 { // five standard deviations
			t.Errorf("third %d came %d times of 30000", i, n)
		}
	}
}
