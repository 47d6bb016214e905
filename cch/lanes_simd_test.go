//go:build goexperiment.simd && amd64

package cch

import (
	"simd/archsimd"
	"testing"
)

// TestLaneArithmeticIsOnVectors: a build that has vectors uses them wherever the
// processor does.
func TestLaneArithmeticIsOnVectors(t *testing.T) {
	want := "plain"
	if archsimd.X86.AVX2() {
		want = "AVX2"
	}
	if got := LaneArithmetic(); got != want {
		t.Errorf("lanes calculate by %q, and the processor has what takes %q", got, want)
	}
}
