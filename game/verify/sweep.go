package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

const (
	mostCounted = 500  // nodes for which the number of tours is stated
	mostDense   = 1500 // nodes for which its logarithm is recomputed
)

// joined reports whether the streets are connected.
func (c *checker) joined() bool {
	number, _ := c.swept()
	start := -1
	for v, k := range number {
		if k == 0 {
			start = v
		}
	}
	if start < 0 {
		return true
	}
	dist := distances(c.g.out, c.g.n, []uint32{uint32(start)}, func(uint32) float64 { return 0 })
	for v, k := range number {
		if k >= 0 && math.IsInf(dist[v], 1) {
			return false
		}
	}
	return true
}

// swept numbers the nodes that have streets, -1 for others, and counts the ends of
// streets at each.
func (c *checker) swept() (number, degree []int) {
	number = make([]int, len(c.in.Nodes))
	for v := range number {
		number[v] = -1
	}
	for e := range c.in.From {
		for _, v := range []uint32{c.in.From[e], c.in.To[e]} {
			if number[v] < 0 {
				number[v] = len(degree)
				degree = append(degree, 0)
			}
			degree[number[v]]++
		}
	}
	return number, degree
}

// sweep recounts the tours: modulo three primes of 61 bits that the certificate's
// own hash draws, so that a wrong number passes with a chance below 1e-40, and by
// size.
func (c *checker) sweep() {
	number, degree := c.swept()
	n := len(degree)
	if !c.holds("connected", c.joined(), "whether one tour can sweep all streets was looked at") {
		return
	}
	if c.doc.Bits == nil {
		c.claim("bits", Refuted, "they are missing")
		return
	}
	size, recount := *c.doc.Bits, *c.doc.Bits
	tours, ok := new(big.Int).SetString(c.doc.Tours, 10)
	switch {
	case c.doc.Tours == "" && n > mostCounted && n <= mostDense:
		recount = c.sizeOf(number, degree)
		c.holds("bits", math.Abs(recount-size) <= 1e-9*(1+recount), "%.12g stated, %.12g recomputed", size, recount)
	case c.doc.Tours == "" && n > mostDense:
		c.claim("bits", NotProven, fmt.Sprintf("%d nodes are too many for this checker", n))
	case !ok || tours.Sign() <= 0 || n > mostDense:
		c.claim("tours", Refuted, "the number of tours is missing, or is none")
		return
	default:
		seed := sha256.Sum256([]byte(c.doc.Hash + c.doc.Tours))
		same := true
		for i := range 3 {
			p := primeFrom(binary.LittleEndian.Uint64(seed[8*i:]))
			rest := new(big.Int).Mod(tours, new(big.Int).SetUint64(p)).Uint64()
			same = same && rest == c.toursModulo(p, number, degree)
		}
		c.holds("tours", same, "recounted modulo three primes drawn from the certificate")
		top, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(tours), -tours.BitLen()).Float64()
		recount = math.Log2(top) + float64(tours.BitLen())
		c.holds("bits", math.Abs(recount-size) <= 1e-9*(1+recount), "%.12g stated, %.12g recomputed", size, recount)
	}
	worth := math.Exp2(-recount)
	c.bound("upper", worth, "one chance in as many as there are tours")
	c.boundBelow(worth, "one chance in as many as there are tours", true)
}

func primeFrom(x uint64) uint64 {
	x = x>>4 | 1<<59 | 1
	for !new(big.Int).SetUint64(x).ProbablyPrime(0) {
		x += 2
	}
	return x
}

// toursModulo is the determinant of the Laplacian without its last row and column,
// by Gauss's elimination, times the orders of exit.
func (c *checker) toursModulo(p uint64, number, degree []int) uint64 {
	mul := func(a, b uint64) uint64 {
		hi, lo := bits.Mul64(a, b)
		return bits.Rem64(hi, lo, p)
	}
	power := func(a, e uint64) uint64 {
		out := uint64(1)
		for ; e > 0; e >>= 1 {
			if e&1 == 1 {
				out = mul(out, a)
			}
			a = mul(a, a)
		}
		return out
	}
	n := max(len(degree)-1, 0)
	m := make([][]uint64, n)
	for v := range m {
		m[v] = make([]uint64, n)
	}
	put := func(i, j int, x uint64) {
		if i < n && j < n {
			m[i][j] = (m[i][j] + x) % p
		}
	}
	for e := range c.in.From {
		u, v := number[c.in.From[e]], number[c.in.To[e]]
		if u == v {
			continue
		}
		put(u, u, 1)
		put(v, v, 1)
		put(u, v, p-1)
		put(v, u, p-1)
	}
	out := uint64(1)
	for i := range n {
		pivot := i
		for pivot < n && m[pivot][i] == 0 {
			pivot++
		}
		if pivot == n {
			return 0
		}
		if pivot != i {
			m[i], m[pivot] = m[pivot], m[i]
			out = p - out
		}
		out = mul(out, m[i][i])
		inverse := power(m[i][i], p-2)
		for r := i + 1; r < n; r++ {
			if m[r][i] == 0 {
				continue
			}
			factor := p - mul(m[r][i], inverse)
			for k := i; k < n; k++ {
				if m[i][k] != 0 {
					m[r][k] = (m[r][k] + mul(factor, m[i][k])) % p
				}
			}
		}
	}
	for _, d := range degree {
		for k := 2; k < d; k++ {
			out = mul(out, uint64(k))
		}
	}
	return out
}

// sizeOf is the logarithm to base 2 of the number of tours, by Cholesky's
// decomposition.
func (c *checker) sizeOf(number, degree []int) float64 {
	n := len(degree) - 1
	m := make([][]float64, n+1)
	for v := range m {
		m[v] = make([]float64, n+1)
	}
	for e := range c.in.From {
		u, v := number[c.in.From[e]], number[c.in.To[e]]
		if u != v {
			m[u][u]++
			m[v][v]++
			m[u][v]--
			m[v][u]--
		}
	}
	size := 0.0
	for i := range n {
		size += math.Log2(m[i][i])
		for r := i + 1; r < n; r++ {
			if m[r][i] == 0 {
				continue
			}
			factor := m[r][i] / m[i][i]
			for k := i; k < n; k++ {
				m[r][k] -= factor * m[i][k]
			}
		}
	}
	for _, d := range degree {
		lg, _ := math.Lgamma(float64(d))
		size += lg / math.Ln2
	}
	return size
}
