package mapbuild

import (
	"runtime"
	"slices"
)

// sortedIDs returns the distinct ids in rising order, in a slice of its own. It
// is a radix sort by 11 bits: as many passes over the ids as their span needs.
func sortedIDs(ids []int64) []int64 {
	out := slices.Clone(ids)
	if len(out) < 4096 {
		slices.Sort(out)
		return slices.Clip(slices.Compact(out))
	}
	least := slices.Min(out)
	span := uint64(slices.Max(out)) - uint64(least)
	spare := make([]int64, len(out))
	const digit = 11
	for shift := 0; shift < 64 && span>>shift > 0; shift += digit {
		var count [1 << digit]int
		for _, id := range out {
			count[(uint64(id)-uint64(least))>>shift&(1<<digit-1)]++
		}
		at := 0
		for d, n := range count {
			count[d], at = at, at+n
		}
		for _, id := range out {
			d := (uint64(id) - uint64(least)) >> shift & (1<<digit - 1)
			spare[count[d]] = id
			count[d]++
		}
		out, spare = spare, out
	}
	return slices.Clone(slices.Compact(out))
}

func maxWorkers() int { return runtime.GOMAXPROCS(0) }
