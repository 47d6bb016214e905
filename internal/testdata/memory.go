package testdata

import (
	"runtime"
	"testing"
)

// BoundMemory runs read on an input of the given length and fails when it
// allocated more than 64 times that and a fixed part, all allocations counted,
// also those given back on the way. Nothing else may allocate meanwhile.
func BoundMemory(tb testing.TB, input, fixed int, read func()) {
	tb.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(64*input+fixed) {
		tb.Errorf("an input of %d bytes made it allocate %d, more than 64 times the input and %d", input, used, fixed)
	}
}
