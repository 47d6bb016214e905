package game

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/flow"
	"github.com/outrider-project/outrider/game/internal/lp"
)

const postsMethod = "branch and bound over the posts, with cuts from maximum flows"

// solvePostsDiscrete places posts so that the flow F = 1/value is greatest: with z
// the places that have one, every cut C has
//
//	F ≤ Σ_C (c_e + Δ_e z_e),   c = 1/p, Δ = 1/p_with_post - 1/p.
//
// Branch and bound over z relaxes it to fractions; cuts come from maximum flows as
// they are needed. Since only what is better than the best placement known, F', is
// looked for, flows count up to K just above F', and a gain beyond K - c(C) cannot
// matter in cut C: without that a small fraction of a strong post would already
// lift a cut. The proof is the tree with cuts and multipliers at each leaf.
func solvePostsDiscrete(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	if r := in.simple(); r != nil {
		return r, nil
	}
	if r, err := in.postedAway(ctx); r != nil || err != nil {
		return r, err
	}
	s, err := newPostSearch(ctx, in, opt)
	if err != nil {
		return nil, err
	}
	if s.best == 0 {
		return unreachable(), nil
	}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	r, err := solveEdge(ctx, in.withPosts(s.bestPosts), opt)
	if err != nil {
		return nil, err
	}
	r.Method = postsMethod
	for _, e := range s.bestPosts {
		r.Posts = append(r.Posts, Post{Edge: e, Amount: 1})
	}
	r.close(1/(s.proven*s.unit), r.Upper)
	r.Proof = s.proof()
	if r.Status == Bound {
		r.Notes = append(r.Notes, "The search for better posts stopped before they were ruled out to the last digit.")
	}
	return r, nil
}

// withPosts is the edge game when posts stand on the given edges.
func (in *Instance) withPosts(posts []uint32) *Instance {
	out := *in
	out.Kind, out.P = Edge, slices.Clone(in.P)
	for _, e := range posts {
		out.P[e] = in.PPost[e]
	}
	return &out
}

// postedAway answers where the posts can make a whole route safe, with the fewest;
// nil where they cannot.
func (in *Instance) postedAway(ctx context.Context) (*Result, error) {
	room := make([]int64, len(in.From))
	for e := range room {
		if in.PPost[e] == 0 {
			room[e] = 1
		}
	}
	net := flow.NewNetwork(len(in.Nodes), in.From, in.To, room, in.Directed)
	for e := range room {
		if in.P[e] > 0 {
			net.SetCost(uint32(e), 1)
		}
	}
	mc, err := flow.NewMinCost(ctx, net, in.Sources, in.Sinks, false)
	if err != nil {
		return nil, err
	}
	price, _, ok, err := mc.Next(ctx, int64(len(in.From)))
	if err != nil || !ok || float64(price) > in.Budget {
		return nil, err
	}
	r := nothing(trail(mc), postsMethod)
	for _, e := range r.Planner[0].Edges {
		if in.P[e] > 0 {
			r.Posts = append(r.Posts, Post{Edge: e, Amount: 1})
		}
	}
	return r, nil
}

// A postCut is a set of edges that every route crosses, in units of the search.
type postCut struct {
	edges    []uint32
	capacity float64
	posts    []int     // candidates among them
	gains    []float64 // of each
}

// postNode is a node of the tree: a branch on a candidate, or a leaf.
type postNode struct {
	candidate     int // -1 at a leaf
	with, without int
	cuts          []int
	weights       []float64
	limit         float64
}

// postSearch is the branch and bound. Flows are in multiples of unit, the flow
// without posts.
type postSearch struct {
	in    *Instance
	unit  float64
	posts []uint32 // candidates: edges where a post helps
	index map[uint32]int
	most  int             // posts that may stand
	slack float64         // relative difference that does not count
	gain  []float64       // what a post adds, perhaps without end
	all   float64         // no flow is larger: all finite capacity together
	tried map[string]bool // placements

	g    *flowGame
	cuts []postCut
	have map[string]bool

	best      float64
	bestPosts []uint32
	tree      []postNode
	proven    float64 // greatest bound of a leaf

	p    *lp.Problem
	zcol []int
	rows int // cuts that are rows of p
	k    float64
}

const (
	mostPostNodes = 100_000
	cutRow        = 1 // number of the first cut's row; row 0 is the budget
)

func newPostSearch(ctx context.Context, in *Instance, opt Options) (*postSearch, error) {
	s := &postSearch{in: in, g: newFlowGame(in), index: map[uint32]int{}, have: map[string]bool{}, tried: map[string]bool{}}
	s.slack = max(8e-10, min(opt.Gap, 0.5))
	for e, p := range in.P {
		if in.PPost[e] < p && in.From[e] != in.To[e] {
			s.index[uint32(e)] = len(s.posts)
			s.posts = append(s.posts, uint32(e))
		}
	}
	s.most = int(min(math.Floor(in.Budget), float64(len(s.posts))))
	total, cut, err := s.g.fill(ctx)
	if err != nil || total == 0 {
		return s, err
	}
	s.unit = float64(total) / s.g.unit
	for e := range in.P {
		for _, c := range []float64{1 / in.P[e], 1 / in.PPost[e]} {
			if !math.IsInf(c, 1) {
				s.all += c / s.unit
			}
		}
	}
	s.gain = make([]float64, len(s.posts))
	for i, e := range s.posts {
		s.gain[i] = (1/in.PPost[e] - 1/in.P[e]) / s.unit
	}
	s.addCut(s.g.net.CutEdges(cut))
	s.best = s.cuts[0].capacity
	return s, nil
}

// addCut keeps a cut if it is new and finite, and reports whether it is.
func (s *postSearch) addCut(edges []uint32) bool {
	slices.Sort(edges)
	c := postCut{edges: edges}
	for _, e := range edges {
		c.capacity += 1 / s.in.P[e] / s.unit
		if i, ok := s.index[e]; ok {
			c.posts, c.gains = append(c.posts, i), append(c.gains, s.gain[i])
		}
	}
	key := fmt.Sprint(edges)
	if s.have[key] || math.IsInf(c.capacity, 1) {
		return false
	}
	s.have[key] = true
	s.cuts = append(s.cuts, c)
	return true
}

// flow returns a minimum cut when candidate i has share z[i] of a post, and its
// capacity; gains count up to most.
func (s *postSearch) flow(ctx context.Context, z []float64, most float64) (float64, []uint32, error) {
	capacity := func(e int) float64 { return 1 / s.in.P[e] }
	posted := func(e int) float64 {
		if i, ok := s.index[uint32(e)]; ok && z[i] > 0 {
			return capacity(e) + z[i]*min(s.gain[i], most)*s.unit
		}
		return capacity(e)
	}
	bound := s.g.reach(posted)
	var cut flow.Cut
	for range 8 {
		s.g.unit = max(fine/bound, 4)
		for e := range s.in.P {
			s.g.net.SetCapacity(uint32(e), unitsOf(posted(e), s.g.unit))
		}
		s.g.net.Clear()
		total, side, err := s.g.net.MaxFlow(ctx, s.in.Sources, s.in.Sinks)
		if err != nil {
			return 0, nil, err
		}
		if total == flow.Infinite {
			return math.Inf(1), nil, nil
		}
		if cut = side; total >= coarse {
			break
		}
		bound = float64(total+int64(len(s.in.P))+1) / s.g.unit
	}
	edges := s.g.net.CutEdges(cut)
	value := 0.0
	for _, e := range edges {
		value += 1 / s.in.P[e] / s.unit
		if i, ok := s.index[e]; ok {
			value += z[i] * min(s.gain[i], most)
		}
	}
	return value, edges, nil
}

// offer tries a placement.
func (s *postSearch) offer(ctx context.Context, z []float64) (better bool, err error) {
	key := fmt.Sprint(z)
	if s.tried[key] {
		return false, nil
	}
	s.tried[key] = true
	value, edges, err := s.flow(ctx, z, s.all)
	if err != nil {
		return false, err
	}
	if edges != nil {
		s.addCut(edges)
	}
	if value <= s.best*(1+1e-12) {
		return false, nil
	}
	s.best, s.bestPosts = value, nil
	for i, x := range z {
		if x == 1 {
			s.bestPosts = append(s.bestPosts, s.posts[i])
		}
	}
	return true, nil
}

// rounded is the placement on the largest shares.
func (s *postSearch) rounded(z []float64) []float64 {
	order := make([]int, len(z))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case z[a] > z[b]:
			return -1
		case z[a] < z[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(z))
	for _, i := range order[:s.most] {
		if z[i] > 0 {
			out[i] = 1
		}
	}
	return out
}

// clip is what the gain of a candidate can matter in a cut when flows count to k.
func clip(c *postCut, j int, k float64) float64 { return min(c.gains[j], max(0, k-c.capacity)) }

// rebuild makes the linear program anew for flows that count up to k.
func (s *postSearch) rebuild(k float64) {
	s.k = k
	s.p = lp.New()
	s.p.AddRow(lp.LE, float64(s.most), nil, nil)
	s.p.AddColumn(-1, k, nil, nil)
	s.zcol = s.zcol[:0]
	for range s.posts {
		s.zcol = append(s.zcol, s.p.AddColumn(0, 1, []int{0}, []float64{1}))
	}
	s.rows = 0
	s.grow()
}

// grow adds the rows of cuts that the linear program does not have yet.
func (s *postSearch) grow() {
	for ; s.rows < len(s.cuts); s.rows++ {
		c := &s.cuts[s.rows]
		columns, values := []int{0}, []float64{1}
		for j, i := range c.posts {
			columns, values = append(columns, s.zcol[i]), append(values, -clip(c, j, s.k))
		}
		s.p.AddRow(lp.LE, c.capacity, columns, values)
	}
}

// run searches the tree depth first, with a post first.
func (s *postSearch) run(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	type open struct {
		node    int
		in, out []int
	}
	s.tree = []postNode{{candidate: -1}}
	todo := []open{{}}
	fixed := make([]int8, len(s.posts))
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if len(at.in) > s.most {
			continue // more posts than there are; the leaf needs no proof
		}
		clear(fixed)
		for _, i := range at.in {
			fixed[i] = 1
		}
		for _, i := range at.out {
			fixed[i] = -1
		}
		branch, err := s.bound(ctx, at.node, fixed, len(s.tree) > mostPostNodes)
		if err != nil {
			return err
		}
		if branch < 0 {
			continue
		}
		with := len(s.tree)
		s.tree = append(s.tree, postNode{candidate: -1}, postNode{candidate: -1})
		s.tree[at.node] = postNode{candidate: branch, with: with, without: with + 1}
		todo = append(todo,
			open{with + 1, at.in, append(slices.Clone(at.out), branch)},
			open{with, append(slices.Clone(at.in), branch), at.out})
	}
	return nil
}

// start finds a good placement by rounding the linear program over all flows.
func (s *postSearch) start(ctx context.Context) error {
	s.rebuild(s.all)
	for range 200 {
		if status, err := s.p.Solve(ctx); err != nil || status != lp.Optimal {
			return errOr(err, status)
		}
		z := s.shares()
		if _, err := s.offer(ctx, s.rounded(z)); err != nil {
			return err
		}
		value, edges, err := s.flow(ctx, z, s.all)
		if err != nil {
			return err
		}
		if edges == nil || value >= s.p.Value(0)*(1-1e-6) || !s.addCut(edges) {
			break
		}
		s.grow()
	}
	return nil
}

func errOr(err error, status lp.Status) error {
	if err == nil {
		err = fmt.Errorf("the linear program over the posts is %v", status)
	}
	return err
}

func (s *postSearch) shares() []float64 {
	z := make([]float64, len(s.posts))
	for i, col := range s.zcol {
		z[i] = min(max(s.p.Value(col), 0), 1)
	}
	return z
}

// bound works on one node of the tree until it is proven that nothing in it is
// better than the best known, when it returns -1, or until it must branch.
func (s *postSearch) bound(ctx context.Context, node int, fixed []int8, last bool) (branch int, err error) {
	for {
		limit := s.best * (1 + s.slack)
		if s.k < limit || s.k > limit*(1+1e-9) {
			s.rebuild(limit)
		}
		for i, f := range fixed {
			lo, hi := 0.0, 1.0
			if f > 0 {
				lo = 1
			} else if f < 0 {
				hi = 0
			}
			s.p.SetBounds(s.zcol[i], lo, hi)
		}
		status, err := s.p.Solve(ctx)
		if err != nil || status != lp.Optimal {
			return 0, errOr(err, status)
		}
		if s.leaf(node, fixed, s.best*(1+0.6*s.slack)) {
			return -1, nil
		}
		z := s.shares()
		if better, err := s.offer(ctx, s.rounded(z)); err != nil {
			return 0, err
		} else if better {
			continue
		}
		before := len(s.cuts)
		value, edges, err := s.flow(ctx, z, s.k)
		if err != nil {
			return 0, err
		}
		if edges != nil && value < s.p.Value(0)-1e-11 {
			s.addCut(edges)
		}
		if len(s.cuts) > before {
			s.grow()
			continue
		}
		s.grow()
		branch = -1
		if !last {
			branch = s.choose(z, fixed)
		}
		if branch < 0 {
			// Nothing is left to branch on: the bound as it is goes into the proof.
			s.leaf(node, fixed, math.Inf(1))
		}
		return branch, nil
	}
}

// choose takes the candidate whose share is the most undecided, weighed by what it
// gains, or -1.
func (s *postSearch) choose(z []float64, fixed []int8) int {
	best, branch := 0.0, -1
	for i, x := range z {
		if fixed[i] != 0 {
			continue
		}
		score := min(x, 1-x) + 1e-6*x
		if score > best {
			best, branch = score, i
		}
	}
	if branch < 0 {
		branch = slices.Index(fixed, 0)
	}
	return branch
}

// leaf closes a node with the multipliers of the linear program if they prove a
// bound of at most most.
func (s *postSearch) leaf(node int, fixed []int8, most float64) bool {
	at := postNode{candidate: -1, limit: s.k}
	total := 0.0
	for i := range s.cuts[:s.rows] {
		if w := -s.p.Dual(cutRow + i); w > 1e-13 {
			at.cuts, at.weights = append(at.cuts, i), append(at.weights, w)
			total += w
		}
	}
	if len(at.cuts) == 0 {
		at.cuts, at.weights, total = []int{0}, []float64{1}, 1
	}
	for i := range at.weights {
		at.weights[i] /= total
	}
	bound := s.leafBound(&at, fixed)
	if bound >= at.limit {
		at.limit = math.MaxFloat32
		bound = s.leafBound(&at, fixed)
	}
	if !(bound <= most) {
		return false
	}
	s.tree[node] = at
	s.proven = max(s.proven, bound)
	return true
}

// leafBound is the bound of a mean of cuts: their capacity and gains at the posts
// that are fixed, and the largest gains that the other posts can add.
func (s *postSearch) leafBound(at *postNode, fixed []int8) float64 {
	gains := make([]float64, len(s.posts))
	bound, room := 0.0, s.most
	for k, i := range at.cuts {
		c := &s.cuts[i]
		bound += at.weights[k] * c.capacity
		for j, post := range c.posts {
			gains[post] += at.weights[k] * clip(c, j, at.limit)
		}
	}
	var free []float64
	for i, f := range fixed {
		switch {
		case f > 0:
			bound += gains[i]
			room--
		case f == 0 && gains[i] > 0:
			free = append(free, gains[i])
		}
	}
	slices.Sort(free)
	for i := len(free) - 1; i >= 0 && room > 0; i-- {
		bound += free[i]
		room--
	}
	return bound
}

// proof writes the tree with the cuts that it uses, in units of the instance.
func (s *postSearch) proof() map[string]any {
	type node struct {
		Edge    *ID       `json:"edge,omitempty"`
		With    int       `json:"with,omitempty"`
		Without int       `json:"without,omitempty"`
		Cuts    []int     `json:"cuts,omitempty"`
		Weights []float64 `json:"weights,omitempty"`
		Limit   float64   `json:"limit,omitempty"`
	}
	number := map[int]int{}
	cuts := [][]ID{}
	tree := make([]node, len(s.tree))
	for i, at := range s.tree {
		if at.candidate >= 0 {
			tree[i] = node{Edge: &s.in.Edges[s.posts[at.candidate]], With: at.with, Without: at.without}
			continue
		}
		tree[i] = node{Weights: at.weights, Limit: at.limit * s.unit}
		for _, c := range at.cuts {
			if _, ok := number[c]; !ok {
				number[c] = len(cuts)
				cuts = append(cuts, s.in.edgeIDs(s.cuts[c].edges))
			}
			tree[i].Cuts = append(tree[i].Cuts, number[c])
		}
	}
	return map[string]any{"cuts": cuts, "tree": tree}
}
