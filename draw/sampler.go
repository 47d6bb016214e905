package draw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
)

// MaxSum is the greatest sum of weights: integers up to it are exact in every
// JSON reader.
const MaxSum = 1 << 53

// A Stream is an endless row of 64-bit words made from a seed. Block i is
// HMAC-SHA256(seed, tag, i), cut into four words, most significant byte first;
// docs/format/draw.md has vectors. The same seed gives the same words on every
// machine.
type Stream struct {
	seed  Hash
	block uint64
	words [sha256.Size]byte
	at    int // of words; len(words) when they are used up
}

// NewStream returns the stream of a seed at its beginning.
func NewStream(seed Hash) *Stream { return &Stream{seed: seed, at: sha256.Size} }

// Word returns the next word.
func (s *Stream) Word() uint64 {
	if s.at == len(s.words) {
		mac := hmac.New(sha256.New, s.seed[:])
		mac.Write(encode(tagStream).number(s.block).out)
		mac.Sum(s.words[:0])
		s.block++
		s.at = 0
	}
	w := binary.BigEndian.Uint64(s.words[s.at:])
	s.at += 8
	return w
}

// Uniform returns a whole number from 0 to n-1, each equally likely: words at or
// above the greatest multiple of n are skipped, the first other one is taken
// modulo n. Fewer than two words are used on average. It panics if n is 0.
func (s *Stream) Uniform(n uint64) uint64 {
	// 2^64 mod n, computed within 64 bits: (2^64 - n) mod n.
	skip := -n % n
	for {
		w := s.Word()
		// The words skipped are the last `skip` ones; -skip is the limit, and 0
		// stands for 2^64.
		if skip == 0 || w < -skip {
			return w % n
		}
	}
}

// Pick draws one of the weights with the odds weight/sum: the value is Uniform
// over the sum, and the option is the first whose running total is above it. It
// returns the option's index, the value and the sum. Weights are at least 1 each;
// CheckWeights says so beforehand.
func Pick(seed Hash, weights []uint64) (index int, value, sum uint64) {
	for _, w := range weights {
		sum += w
	}
	value = NewStream(seed).Uniform(sum)
	total := weights[0]
	for value >= total {
		index++
		total += weights[index]
	}
	return index, value, sum
}

// CheckWeights returns the sum of weights that Pick may draw from: at least one,
// each at least 1, together at most MaxSum.
func CheckWeights(weights []uint64) (sum uint64, err error) {
	if len(weights) == 0 {
		return 0, invalid("weights", "there are none", "give at least one option with its weight")
	}
	for i, w := range weights {
		where := fmt.Sprintf("weight %d", i+1)
		if w == 0 {
			return 0, invalid(where, "is 0: the option could never be drawn", "leave the option out, or take a greater denominator")
		}
		if w > MaxSum || sum+w > MaxSum {
			return 0, invalid(where, fmt.Sprintf("takes the sum above %d", uint64(MaxSum)), "take smaller weights")
		}
		sum += w
	}
	return sum, nil
}

// Weights turns the odds of a mix into whole numbers that sum to denominator, by
// largest remainder: every odd is rounded down to a multiple of 1/denominator,
// and what is left over goes, one each, to the largest remainders, the earlier
// option first among equals. Each weight is off by less than 1/denominator. Odds
// that do not sum to exactly 1, as floating point leaves them, are divided by
// their sum, which must be within 1/1000 of 1.
//
// A weight of 0 is possible for odds below 1/denominator. Whatever is proven of
// the mix must be proven of the weights, not of the odds they came from.
func Weights(odds []*big.Rat, denominator uint64) ([]uint64, error) {
	if denominator == 0 || denominator > MaxSum {
		return nil, invalid("denominator", fmt.Sprintf("is not from 1 to %d", uint64(MaxSum)), "take 1000000")
	}
	sum := new(big.Rat)
	for i, p := range odds {
		if p.Sign() < 0 {
			return nil, invalid(fmt.Sprintf("option %d", i+1), "its probability is below 0", "mend the mix")
		}
		sum.Add(sum, p)
	}
	off := new(big.Rat).Sub(sum, big.NewRat(1, 1))
	if off.Abs(off).Cmp(big.NewRat(1, 1000)) > 0 {
		return nil, invalid("mix", "the probabilities sum to "+sum.FloatString(6)+", not 1", "mend the mix")
	}
	weights := make([]uint64, len(odds))
	remainders := make([]*big.Rat, len(odds))
	order := make([]int, len(odds))
	left := denominator
	scale := new(big.Rat).Quo(new(big.Rat).SetInt(new(big.Int).SetUint64(denominator)), sum)
	for i, p := range odds {
		exact := new(big.Rat).Mul(p, scale)
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		weights[i] = whole.Uint64()
		left -= weights[i]
		remainders[i] = exact.Sub(exact, new(big.Rat).SetInt(whole))
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainders[b].Cmp(remainders[a]) })
	for _, i := range order[:left] {
		weights[i]++
	}
	return weights, nil
}
