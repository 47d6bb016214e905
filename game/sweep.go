package game

import (
	"container/heap"
	"context"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// mostCountedNodes is up to how many nodes the number of tours is written in full.
const mostCountedNodes = 500

// solveSweep counts the cyclic tours that sweep every street once in each
// direction, with free turning. By the BEST theorem (de Bruijn, van
// Aardenne-Ehrenfest, Smith, Tutte) they are t · Π_v (deg(v) - 1)!, where t is the
// number of spanning trees and deg the number of street ends at v. Who must guess
// a tour drawn uniformly succeeds with chance 1/tours: that is the value.
//
// t is the determinant of the reduced Laplacian: nodes are taken out one by one,
// those with few neighbours first, which leaves the determinant as the product of
// the pivots. Up to mostCountedNodes nodes this is done modulo enough primes for
// the Hadamard bound; the logarithm alone comes from floating point, where all
// terms are positive and so nothing cancels.
func solveSweep(ctx context.Context, in *Instance, _ Options) (*Result, error) {
	const method = "spanning trees times orders of exit (BEST theorem)"
	g := sweepGraphOf(in)
	r := &Result{
		Status: Optimal, Exact: true, Method: method,
		Assumptions: []string{
			"Every street is swept once in each direction, turning is free, and tours that differ only in where they begin are one tour.",
			"The value is the chance of guessing a tour that is drawn uniformly.",
		},
	}
	if !g.connected() {
		r.Status = Infeasible
		r.Notes = []string{"The streets are not connected: no tour sweeps them all."}
		return r, nil
	}
	trees, err := g.eliminate(ctx)
	if err != nil {
		return nil, err
	}
	size := trees.log2
	for _, d := range g.degree {
		lg, _ := math.Lgamma(float64(d)) // (d-1)! = Γ(d)
		size += lg / math.Ln2
	}
	if len(g.degree) <= mostCountedNodes {
		tours, err := g.count(ctx, trees)
		if err != nil {
			return nil, err
		}
		r.Tours = tours.String()
		size = log2(tours)
	} else {
		r.Notes = append(r.Notes, "More than 500 nodes: the number of tours is given by its logarithm only.")
	}
	r.Bits = &size
	r.Upper = math.Exp2(-size)
	r.Lower = r.Upper
	if r.Upper == 0 {
		r.Notes = append(r.Notes, "The chance of guessing the tour, 2 to the power of minus bits, is smaller than any number that value can hold.")
	}
	return r, nil
}

// log2 is the logarithm to base 2 of a positive integer, to the precision of a
// float64.
func log2(x *big.Int) float64 {
	const keep = 64
	shift := max(x.BitLen()-keep, 0)
	head, _ := new(big.Float).SetInt(new(big.Int).Rsh(x, uint(shift))).Float64()
	return math.Log2(head) + float64(shift)
}

// sweepGraph is the streets without nodes that have none: parallel streets as one
// with a number, loops in the degree only.
type sweepGraph struct {
	degree []int
	joined []map[uint32]int
}

func sweepGraphOf(in *Instance) *sweepGraph {
	number := make([]int, len(in.Nodes))
	for v := range number {
		number[v] = -1
	}
	g := &sweepGraph{}
	place := func(v uint32) uint32 {
		if number[v] < 0 {
			number[v] = len(g.degree)
			g.degree, g.joined = append(g.degree, 0), append(g.joined, map[uint32]int{})
		}
		return uint32(number[v])
	}
	for e := range in.From {
		u, v := place(in.From[e]), place(in.To[e])
		g.degree[u]++
		g.degree[v]++
		if u != v {
			g.joined[u][v]++
			g.joined[v][u]++
		}
	}
	return g
}

func (g *sweepGraph) connected() bool {
	if len(g.degree) == 0 {
		return true
	}
	seen := make([]bool, len(g.degree))
	seen[0] = true
	reached := []uint32{0}
	for i := 0; i < len(reached); i++ {
		for v := range g.joined[reached[i]] {
			if !seen[v] {
				seen[v] = true
				reached = append(reached, v)
			}
		}
	}
	return len(reached) == len(g.degree)
}

// An elimination is an order in which nodes were taken out, the neighbours that
// each had then, and the logarithm of the product of the pivots.
type elimination struct {
	node       []uint32
	neighbours [][]uint32
	log2       float64
}

// byDegree is a heap of nodes with the number of neighbours they had when pushed.
type byDegree []struct{ degree, node uint32 }

func (h byDegree) Len() int { return len(h) }
func (h byDegree) Less(i, j int) bool {
	if h[i].degree != h[j].degree {
		return h[i].degree < h[j].degree
	}
	return h[i].node < h[j].node
}
func (h byDegree) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds an element, as heap.Interface asks.
func (h *byDegree) Push(x any) { *h = append(*h, x.(struct{ degree, node uint32 })) }

// Pop takes the last element, as heap.Interface asks.
func (h *byDegree) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// eliminate takes out all nodes but one. Taking out v with conductances c_vi,
// which add up to the pivot d, joins its neighbours by c_vi c_vj / d.
func (g *sweepGraph) eliminate(ctx context.Context) (*elimination, error) {
	n := len(g.degree)
	out := &elimination{}
	rows := make([]map[uint32]float64, n)
	h := make(byDegree, 0, n)
	for v := range rows {
		rows[v] = make(map[uint32]float64, len(g.joined[v]))
		for u, k := range g.joined[v] {
			rows[v][u] = float64(k)
		}
		h = append(h, struct{ degree, node uint32 }{uint32(len(rows[v])), uint32(v)})
	}
	heap.Init(&h)
	for len(out.node)+1 < n {
		next := heap.Pop(&h).(struct{ degree, node uint32 })
		v := next.node
		if rows[v] == nil || len(rows[v]) != int(next.degree) {
			continue // an older entry; there is a newer one
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		neighbours := make([]uint32, 0, len(rows[v]))
		for u := range rows[v] {
			neighbours = append(neighbours, u)
		}
		slices.Sort(neighbours)
		pivot := 0.0
		for _, u := range neighbours {
			pivot += rows[v][u]
		}
		for i, u := range neighbours {
			delete(rows[u], v)
			for _, w := range neighbours[i+1:] {
				c := rows[v][u] * rows[v][w] / pivot
				rows[u][w] += c
				rows[w][u] += c
			}
		}
		for _, u := range neighbours {
			heap.Push(&h, struct{ degree, node uint32 }{uint32(len(rows[u])), u})
		}
		rows[v] = nil
		out.node, out.neighbours = append(out.node, v), append(out.neighbours, neighbours)
		out.log2 += math.Log2(pivot)
	}
	return out, nil
}

// count returns the number of tours.
func (g *sweepGraph) count(ctx context.Context, order *elimination) (*big.Int, error) {
	need := 2.0 // bits: the trees are at most the product of the degrees
	for _, d := range g.degree {
		need += math.Log2(float64(max(d, 1))) * (1 + 1e-12)
	}
	trees, modulus := new(big.Int), big.NewInt(1)
	candidate := uint64(1)<<62 - 1
	for float64(modulus.BitLen()) < need+1 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for !new(big.Int).SetUint64(candidate).ProbablyPrime(0) { // proven below 2^64
			candidate -= 2
		}
		p := candidate
		candidate -= 2
		residue, ok := g.treesModulo(newMontgomery(p), order)
		if !ok {
			continue // p divides a pivot
		}
		// Chinese remainders: trees += modulus · ((residue - trees)/modulus mod p).
		prime := new(big.Int).SetUint64(p)
		step := new(big.Int).SetUint64(residue)
		step.Sub(step, trees)
		step.Mul(step, new(big.Int).ModInverse(modulus, prime))
		step.Mod(step, prime)
		trees.Add(trees, step.Mul(step, modulus))
		modulus.Mul(modulus, prime)
	}
	tours := trees
	for _, d := range g.degree {
		tours.Mul(tours, new(big.Int).MulRange(1, int64(d-1)))
	}
	return tours, nil
}

// treesModulo is the number of spanning trees modulo a prime; not ok where a pivot
// is 0 modulo it.
func (g *sweepGraph) treesModulo(f montgomery, order *elimination) (trees uint64, ok bool) {
	n := len(g.degree)
	row := make([]uint64, n*n)
	for v, joined := range g.joined {
		for u, k := range joined {
			row[v*n+int(u)] = f.from(uint64(k))
		}
	}
	product := f.from(1)
	for i, v := range order.node {
		pivot := uint64(0)
		for _, u := range order.neighbours[i] {
			pivot = f.add(pivot, row[int(v)*n+int(u)])
		}
		if pivot == 0 {
			return 0, false
		}
		product = f.mul(product, pivot)
		inverse := f.inverse(pivot)
		for k, u := range order.neighbours[i] {
			part := f.mul(row[int(v)*n+int(u)], inverse)
			for _, w := range order.neighbours[i][k+1:] {
				c := f.add(row[int(u)*n+int(w)], f.mul(part, row[int(v)*n+int(w)]))
				row[int(u)*n+int(w)], row[int(w)*n+int(u)] = c, c
			}
		}
	}
	return f.mul(product, 1), true
}

// montgomery multiplies modulo an odd p below 2^63 (Montgomery 1985); numbers are
// kept times 2^64.
type montgomery struct {
	p, negInverse uint64 // negInverse · p = -1 modulo 2^64
	square        uint64 // 2^128 modulo p
}

func newMontgomery(p uint64) montgomery {
	inverse := p // correct to 3 bits; each round doubles them
	for range 5 {
		inverse *= 2 - p*inverse
	}
	_, r := bits.Div64(1, 0, p) // 2^64 modulo p
	hi, lo := bits.Mul64(r, r)
	return montgomery{p: p, negInverse: -inverse, square: bits.Rem64(hi, lo, p)}
}

func (f montgomery) mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	h, l := bits.Mul64(lo*f.negInverse, f.p)
	_, carry := bits.Add64(lo, l, 0)
	sum := hi + h + carry
	if sum >= f.p {
		sum -= f.p
	}
	return sum
}

func (f montgomery) add(a, b uint64) uint64 {
	if a += b; a >= f.p {
		a -= f.p
	}
	return a
}

func (f montgomery) from(x uint64) uint64 { return f.mul(x%f.p, f.square) }

// inverse is the power p-2.
func (f montgomery) inverse(a uint64) uint64 {
	out := f.from(1)
	for e := f.p - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = f.mul(out, a)
		}
		a = f.mul(a, a)
	}
	return out
}
