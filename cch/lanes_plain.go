//go:build !goexperiment.simd || !amd64

package cch

// bestUnit returns the fastest unit that this program and processor have.
func bestUnit() laneUnit { return plainUnit() }
