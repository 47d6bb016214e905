package scan

import (
	"math"
	"slices"
	"testing"
)

// TestTimesAreScaled holds that times are exact as long as they can be, and rounded
// to a fine unit beyond.
func TestTimesAreScaled(t *testing.T) {
	times := func(list ...string) []Ratio {
		var out []Ratio
		for _, s := range list {
			out = append(out, RatioOf([]byte(s)))
		}
		return out
	}
	scaled, scale, rounded, ok := ScaleTimes(times("1/3", "0.5", "12345678901234567890/12345678901234567890", "0"))
	if !slices.Equal(scaled, []int64{2, 3, 6, 0}) || scale.Int64() != 6 || rounded || !ok {
		t.Errorf("%v of 1/%v, rounded %v, ok %v", scaled, scale, rounded, ok)
	}
	scaled, scale, rounded, ok = ScaleTimes(times("0.12345678901234567", "9876543210.1", "1/3"))
	if !rounded || !ok {
		t.Fatalf("rounded %v, ok %v", rounded, ok)
	}
	unit, _ := scale.Float64()
	for i, want := range []float64{0.12345678901234567, 9876543210.1, 1.0 / 3} {
		if math.Abs(float64(scaled[i])/unit-want) > 1/unit {
			t.Errorf("time %d is %v, want %v", i, float64(scaled[i])/unit, want)
		}
	}
	if _, _, _, ok := ScaleTimes(times("1e18", "1e18")); ok {
		t.Error("times beyond 2^60 were taken")
	}
}
