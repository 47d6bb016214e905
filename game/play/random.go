package play

import (
	"encoding/binary"
	"math/rand/v2"
)

// words is a row of random 64-bit words for one purpose in one campaign.
type words struct{ source *rand.ChaCha8 }

// newWords returns the row for a purpose: ChaCha8 keyed with the seed, the purpose
// and the campaign, as three numbers of eight bytes, most significant first, and
// eight bytes of zero. Rows for different purposes have nothing to do with each
// other, so it does not matter what else is played.
func newWords(seed uint64, purpose, campaign int) words {
	var key [32]byte
	binary.BigEndian.PutUint64(key[0:], seed)
	binary.BigEndian.PutUint64(key[8:], uint64(purpose))
	binary.BigEndian.PutUint64(key[16:], uint64(campaign))
	return words{rand.NewChaCha8(key)}
}

// uniform returns a whole number from 0 to n-1, each equally likely: words at or
// above the greatest multiple of n are skipped. n is above 0.
func (w words) uniform(n uint64) uint64 {
	skip := -n % n // 2^64 mod n
	for {
		x := w.source.Uint64()
		if skip == 0 || x < -skip {
			return x % n
		}
	}
}

// coin reports true with chance p, rounded down to a multiple of 2^-53.
func (w words) coin(p float64) bool {
	return w.source.Uint64()>>11 < uint64(p*(1<<53))
}

// route draws one of the routes by weight, but not the route barred, -1 for none.
func (g *Game) route(w words, barred int) int {
	sum := g.sum
	if barred >= 0 {
		sum -= g.weights[barred]
	}
	x := w.uniform(sum)
	for r, weight := range g.weights {
		if r == barred {
			continue
		}
		if x < weight {
			return r
		}
		x -= weight
	}
	return len(g.weights) - 1 // x is below the sum, so the loop has returned
}
