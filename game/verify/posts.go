package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game"
)

// A postsProof is the proof of a lower bound for posts that stand or do not: a
// tree over whether a post stands on an edge, and at each leaf cuts with
// multipliers that bound the flow F = 1/value for all placements of the leaf.
type postsProof struct {
	Cuts [][]game.ID `json:"cuts"`
	Tree []postsNode `json:"tree"`
}

type postsNode struct {
	Edge    *game.ID  `json:"edge"`    // a branch: whether a post stands there
	With    int       `json:"with"`    // the node of the tree if it does
	Without int       `json:"without"` // if it does not
	Cuts    []int     `json:"cuts"`    // a leaf: numbers of cuts
	Weights []float64 `json:"weights"` // their multipliers, which add up to 1
	Limit   float64   `json:"limit"`   // see leafBound
}

// lowerPostsDiscrete takes the best flow that any leaf allows. y is not part of
// the proof: it only shows that the mix is best for the posts as they stand.
func (c *checker) lowerPostsDiscrete(y map[uint32]float64) (value float64, what string, proven bool) {
	const missing = "the tree of the proof is missing or broken"
	if c.stays() {
		return 0, searched, true
	}
	p := c.chances()
	c.note("With the posts where they stand, no mix is worth less than %.12g.", c.g.route(c.in.Sources, c.in.Sinks, func(e uint32) float64 { return y[e] * p[e] }))
	if *c.doc.Upper == 0 {
		return 0, "a chance is never below 0", true
	}
	src, err := json.Marshal(c.doc.Proof)
	if err != nil {
		return 0, missing, false
	}
	var proof postsProof
	if err := json.Unmarshal(src, &proof); err != nil {
		return 0, missing, false
	}
	number := make(map[game.ID]uint32, len(c.in.Edges))
	for e, id := range c.in.Edges {
		number[id] = uint32(e)
	}
	cuts := make([][]uint32, len(proof.Cuts))
	for i, ids := range proof.Cuts {
		shut := map[uint32]bool{}
		for _, id := range ids {
			e, ok := number[id]
			if !ok || shut[e] {
				return 0, fmt.Sprintf("%s: cut %d names an edge that is not there, or one twice", missing, i), false
			}
			shut[e] = true
			cuts[i] = append(cuts[i], e)
		}
		if c.g.reaches(c.in.Sources, c.in.Sinks, shut) {
			return 0, fmt.Sprintf("cut %d of the proof lets a route through", i), false
		}
	}
	flow, err := c.treeBound(proof.Tree, cuts, number)
	if err != nil {
		return 0, missing + ": " + err.Error(), false
	}
	return 1 / flow, fmt.Sprintf("%d leaves of a tree over the posts, %d cuts", len(proof.Tree)/2+1, len(cuts)), true
}

func (c *checker) treeBound(tree []postsNode, cuts [][]uint32, number map[game.ID]uint32) (flow float64, err error) {
	type visit struct {
		node    int
		in, out []uint32
	}
	open := []visit{{}}
	met := make([]bool, len(tree))
	for len(open) > 0 {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		if v.node < 0 || v.node >= len(tree) || met[v.node] {
			return 0, fmt.Errorf("node %d is not there, or is reached twice", v.node)
		}
		met[v.node] = true
		at := tree[v.node]
		if at.Edge != nil {
			e, ok := number[*at.Edge]
			if !ok {
				return 0, fmt.Errorf("there is no edge %s", *at.Edge)
			}
			open = append(open,
				visit{at.With, append(slices.Clone(v.in), e), v.out},
				visit{at.Without, v.in, append(slices.Clone(v.out), e)})
			continue
		}
		bound, err := c.leafBound(at, cuts, v.in, v.out)
		if err != nil {
			return 0, fmt.Errorf("leaf %d: %w", v.node, err)
		}
		flow = max(flow, bound)
	}
	if !(flow > 0) {
		return 0, fmt.Errorf("it bounds nothing")
	}
	return flow, nil
}

// leafBound bounds the flow of all placements with posts on in and none on out.
// A cut C with capacities c and gains Δ has F ≤ c(C) + Σ_C Δ z; so has any mean
// of cuts, and z is at best on the largest gains that the budget allows. Limited
// to K, min(F, K) ≤ c(C) + Σ_C min(Δ, K - c(C)) z holds as well; where the bound
// from that is below K, it is one of F.
func (c *checker) leafBound(leaf postsNode, cuts [][]uint32, in, out []uint32) (float64, error) {
	room := int(min(math.Floor(c.in.Budget), float64(len(c.in.From)))) - len(in)
	if room < 0 {
		return 0, nil // more posts than there are: no placement
	}
	if len(leaf.Cuts) != len(leaf.Weights) || len(leaf.Cuts) == 0 {
		return 0, fmt.Errorf("%d cuts with %d weights", len(leaf.Cuts), len(leaf.Weights))
	}
	total, base := 0.0, 0.0
	gains := map[uint32]float64{}
	for i, k := range leaf.Cuts {
		w := leaf.Weights[i]
		if k < 0 || k >= len(cuts) || !(w >= 0) {
			return 0, fmt.Errorf("cut %d with weight %v", k, w)
		}
		total += w
		capacity := 0.0
		for _, e := range cuts[k] {
			capacity += 1 / c.in.P[e]
		}
		base += w * capacity
		for _, e := range cuts[k] {
			if c.in.PPost[e] < c.in.P[e] {
				gains[e] += w * min(1/c.in.PPost[e]-1/c.in.P[e], max(0, leaf.Limit-capacity))
			}
		}
	}
	if !near(total, 1) {
		return 0, fmt.Errorf("weights that add up to %v", total)
	}
	for _, e := range in {
		base += gains[e]
		delete(gains, e)
	}
	for _, e := range out {
		delete(gains, e)
	}
	free := make([]float64, 0, len(gains))
	for _, x := range gains {
		free = append(free, x)
	}
	slices.Sort(free)
	for i := len(free) - 1; i >= 0 && room > 0; i-- {
		base += free[i]
		room--
	}
	if !(base < leaf.Limit) {
		return 0, fmt.Errorf("the bound %v is not below the limit %v", base, leaf.Limit)
	}
	return base, nil
}
