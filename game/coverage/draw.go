package coverage

import (
	"cmp"
	"slices"
)

// parts makes whole numbers of shares. Where the posts bind, they add up to all of
// them: what is cut off a share is carried to the next. Else shares are rounded up
// as long as there are posts.
func parts(share []float64, posts uint64, binds bool) []uint64 {
	out := make([]uint64, len(share))
	total, carry := uint64(0), 0.0
	for i, c := range share {
		exact := c * Whole
		floor := min(uint64(exact), Whole)
		carry += exact - float64(floor)
		if exact > float64(floor) && (!binds || carry >= 1) {
			floor++
			carry--
		}
		out[i] = floor
		total += floor
	}
	// What rounding has left is a few parts, taken from or given to the first
	// targets whose chance is neither 0 nor 1.
	for i := 0; total > posts; i = (i + 1) % len(out) {
		if out[i] > 0 {
			out[i]--
			total--
		}
	}
	if !binds {
		return out
	}
	for grown := true; total < posts && grown; {
		grown = false
		for i := range out {
			if total < posts && out[i] > 0 && out[i] < Whole {
				out[i]++
				total++
				grown = true
			}
		}
	}
	return out
}

// Draw returns the targets that get a post, ascending, when the number drawn is at,
// from 0 to Whole-1. The parts lie end to end on a line; a comb whose teeth are
// Whole apart is laid on it with its first tooth at `at`, and each tooth gives a
// post to the target that it falls on. So a uniform draw covers each target with
// exactly its chance, and no target twice. Which two targets are covered together
// follows from their order; an attacker who sees one post may learn of others.
func Draw(parts []uint64, at uint64) []uint32 {
	var chosen []uint32
	from := uint64(0)
	for i, p := range parts {
		to := from + p
		if teeth(to, at) > teeth(from, at) {
			chosen = append(chosen, uint32(i))
		}
		from = to
	}
	return chosen
}

// teeth counts the teeth of the comb before a point of the line.
func teeth(point, at uint64) uint64 {
	if point <= at {
		return 0
	}
	return 1 + (point-at-1)/Whole
}

// A Placement is a set of targets that get a post together, and for how many of the
// Whole numbers Draw gives it.
type Placement struct {
	Targets []uint32
	Weight  uint64
}

// Placements lists what Draw can give, in the order of the numbers; weights add up
// to Whole. There are at most as many as targets with a chance, and one.
// It costs their number times n.
func Placements(parts []uint64) []Placement {
	starts := []uint64{0}
	end := uint64(0)
	for _, p := range parts {
		if p > 0 && p < Whole {
			starts = append(starts, end%Whole)
		}
		if end += p; p > 0 && p < Whole {
			starts = append(starts, end%Whole)
		}
	}
	slices.SortFunc(starts, cmp.Compare)
	starts = slices.Compact(starts)
	var list []Placement
	for k, at := range starts {
		next := uint64(Whole)
		if k+1 < len(starts) {
			next = starts[k+1]
		}
		list = append(list, Placement{Draw(parts, at), next - at})
	}
	return list
}
