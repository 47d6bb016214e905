package draw_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/draw"
)

func seedOf(n uint64) draw.Hash {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("test seed"), n))
}

// The vectors of docs/format/draw.md: they fix the sampler for ever.
func TestSamplerVectors(t *testing.T) {
	zero, ones := draw.Hash{}, draw.Hash{}
	for i := range ones {
		ones[i] = 0xff
	}
	for _, v := range samplerVectors {
		seed := zero
		if v.ones {
			seed = ones
		}
		s := draw.NewStream(seed)
		for i, want := range v.words {
			if got := s.Word(); got != want {
				t.Errorf("ones %v word %d: %016x, want %016x", v.ones, i, got, want)
			}
		}
		i, value, sum := draw.Pick(seed, v.weights)
		if i != v.index || value != v.value {
			t.Errorf("ones %v: option %d, value %d of %d, want %d and %d", v.ones, i, value, sum, v.index, v.value)
		}
	}
}

var samplerVectors = []struct {
	ones    bool
	words   []uint64
	weights []uint64
	index   int
	value   uint64
}{
	{false, []uint64{0x70bdd76fb924baea, 0xf18aa80d2cc21cf6, 0x7610c7b7f7897044, 0xf53b767d4f390763, 0xcffa1076a41834a9}, []uint64{500000, 300000, 200000}, 1, 776618},
	{true, []uint64{0x675028248f56082b, 0xf90939fae15932f4, 0xcb8b058b9f96c6ac, 0x89469c64eb552acb, 0x8d8866e8aa800ea4}, []uint64{1, 2, 3, 4}, 3, 9},
}

// A slow sampler by the words of the specification, on big integers, agrees.
func TestUniformByTheBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := seedOf(rapid.Uint64().Draw(t, "seed"))
		n := rapid.Uint64Min(1).Draw(t, "n")
		fast, words := draw.NewStream(seed), draw.NewStream(seed)
		range64 := new(big.Int).Lsh(big.NewInt(1), 64)
		big64 := new(big.Int).SetUint64(n)
		limit := new(big.Int).Sub(range64, new(big.Int).Mod(range64, big64))
		for range 5 {
			var w *big.Int
			for {
				if w = new(big.Int).SetUint64(words.Word()); w.Cmp(limit) < 0 {
					break
				}
			}
			if got, want := fast.Uniform(n), w.Mod(w, big64).Uint64(); got != want {
				t.Fatalf("uniform below %d: %d, want %d", n, got, want)
			}
		}
	})
}

// chiSquareLimit is beyond what chance gives once in about a million runs
// (Wilson and Hilferty's approximation at 4.75 standard deviations). The seeds
// are fixed, so the test says the same each time.
func chiSquareLimit(degrees int) float64 {
	k := float64(degrees)
	x := 1 - 2/(9*k) + 4.75*math.Sqrt(2/(9*k))
	return k * x * x * x
}

func chiSquare(counts []int, odds []float64, n int) float64 {
	sum := 0.0
	for i, c := range counts {
		want := odds[i] * float64(n)
		sum += (float64(c) - want) * (float64(c) - want) / want
	}
	return sum
}

func TestPickFollowsTheWeights(t *testing.T) {
	for _, weights := range [][]uint64{{1, 1}, {1, 1, 1, 1, 1, 1, 1}, {500000, 300000, 150000, 49999, 1000}, {1 << 52, 1 << 51, 1 << 51}, {3, 1}} {
		const n = 60_000
		counts, odds := make([]int, len(weights)), make([]float64, len(weights))
		sum, err := draw.CheckWeights(weights)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range weights {
			odds[i] = float64(w) / float64(sum)
		}
		for k := range n {
			i, _, _ := draw.Pick(seedOf(uint64(k)), weights)
			counts[i]++
		}
		if x, limit := chiSquare(counts, odds, n), chiSquareLimit(len(weights)-1); x > limit {
			t.Errorf("weights %v: counts %v, chi-square %.1f above %.1f", weights, counts, x, limit)
		}
	}
}

// A range just above half of 2^64 makes the sampler skip nearly every second
// word; without that the lower half would come up twice as often.
func TestUniformSkipsWhatWouldBend(t *testing.T) {
	const n = 1<<63 + 1<<62 // three quarters: the first quarter would come twice as often
	const draws = 20_000
	counts := make([]int, 3)
	for k := range draws {
		counts[draw.NewStream(seedOf(uint64(k))).Uniform(n)>>62]++
	}
	third := 1.0 / 3
	if x, limit := chiSquare(counts, []float64{third, third, third}, draws), chiSquareLimit(2); x > limit {
		t.Errorf("counts %v, chi-square %.1f above %.1f", counts, x, limit)
	}
}

func TestWeights(t *testing.T) {
	rat := func(s string) *big.Rat {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%s is no number", s)
		}
		return r
	}
	for _, c := range []struct {
		odds        []string
		denominator uint64
		want        string
	}{
		{[]string{"1/3", "1/3", "1/3"}, 10, "[4 3 3]"},
		{[]string{"0.5", "0.3", "0.2"}, 1000000, "[500000 300000 200000]"},
		{[]string{"0.333333", "0.333333", "0.333333"}, 3, "[1 1 1]"}, // sums to less than 1
		{[]string{"0.05", "0.95"}, 10, "[1 9]"},                      // equal remainders: the earlier
		{[]string{"0.04", "0.96"}, 10, "[0 10]"},
		{[]string{"1"}, 7, "[7]"},
	} {
		odds := []*big.Rat{}
		for _, s := range c.odds {
			odds = append(odds, rat(s))
		}
		got, err := draw.Weights(odds, c.denominator)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%v of %d: %v, %v, want %s", c.odds, c.denominator, got, err, c.want)
		}
	}
	for _, bad := range [][]string{{"0.5", "0.4"}, {"-0.5", "1.5"}, {"1.1"}, {}} {
		odds := []*big.Rat{}
		for _, s := range bad {
			odds = append(odds, rat(s))
		}
		if got, err := draw.Weights(odds, 100); err == nil {
			t.Errorf("%v gave %v", bad, got)
		}
	}
	if _, err := draw.Weights([]*big.Rat{rat("1")}, 0); err == nil {
		t.Error("denominator 0 passes")
	}
}

func TestWeightsAreNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Uint32(), 1, 30).Draw(t, "parts")
		sum := uint64(0)
		for _, p := range parts {
			sum += uint64(p)
		}
		if sum == 0 {
			t.Skip("all nothing")
		}
		denominator := rapid.Uint64Range(1, draw.MaxSum).Draw(t, "denominator")
		odds := make([]*big.Rat, len(parts))
		for i, p := range parts {
			odds[i] = new(big.Rat).SetFrac(new(big.Int).SetUint64(uint64(p)), new(big.Int).SetUint64(sum))
		}
		weights, err := draw.Weights(odds, denominator)
		if err != nil {
			t.Fatal(err)
		}
		total := uint64(0)
		for i, w := range weights {
			total += w
			off := new(big.Rat).Sub(new(big.Rat).SetFrac(new(big.Int).SetUint64(w), new(big.Int).SetUint64(denominator)), odds[i])
			if off.Abs(off).Cmp(new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).SetUint64(denominator))) >= 0 {
				t.Fatalf("weight %d is off by %s", i, off.FloatString(20))
			}
		}
		if total != denominator {
			t.Fatalf("they sum to %d, not %d", total, denominator)
		}
	})
}
