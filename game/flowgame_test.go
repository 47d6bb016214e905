package game

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// flowOracleSimplex maximises c·x over Ax ≤ b, x ≥ 0 with b ≥ 0 in exact numbers,
// by the simplex method with Bland's rule; nil means unbounded.
func flowOracleSimplex(a [][]*big.Rat, b, c []*big.Rat) *big.Rat {
	rows, cols := len(a), len(c)
	t := make([][]*big.Rat, rows+1)
	for i := range t {
		t[i] = make([]*big.Rat, cols+rows+1)
		for j := range t[i] {
			t[i][j] = new(big.Rat)
		}
	}
	basis := make([]int, rows)
	for i := range rows {
		for j := range cols {
			t[i][j].Set(a[i][j])
		}
		t[i][cols+i].SetInt64(1)
		t[i][cols+rows].Set(b[i])
		basis[i] = cols + i
	}
	for j := range cols {
		t[rows][j].Neg(c[j])
	}
	for {
		enter := -1
		for j := range cols + rows {
			if t[rows][j].Sign() < 0 {
				enter = j
				break
			}
		}
		if enter < 0 {
			return t[rows][cols+rows]
		}
		leave := -1
		var least *big.Rat
		for i := range rows {
			if t[i][enter].Sign() > 0 {
				q := new(big.Rat).Quo(t[i][cols+rows], t[i][enter])
				if leave < 0 || q.Cmp(least) < 0 || q.Cmp(least) == 0 && basis[i] < basis[leave] {
					leave, least = i, q
				}
			}
		}
		if leave < 0 {
			return nil
		}
		basis[leave] = enter
		inv := new(big.Rat).Inv(t[leave][enter])
		for j := range t[leave] {
			t[leave][j].Mul(t[leave][j], inv)
		}
		for i := range t {
			if i == leave || t[i][enter].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Set(t[i][enter])
			for j := range t[i] {
				if t[leave][j].Sign() != 0 {
					t[i][j].Sub(t[i][j], new(big.Rat).Mul(f, t[leave][j]))
				}
			}
		}
	}
}

// flowOracleRoutes lists every way from a source to a sink that passes no node
// twice.
func flowOracleRoutes(in *Instance) [][]uint32 {
	sink := map[uint32]bool{}
	for _, v := range in.Sinks {
		sink[v] = true
	}
	var out [][]uint32
	var walk func(v uint32, on map[uint32]bool, edges []uint32)
	walk = func(v uint32, on map[uint32]bool, edges []uint32) {
		if sink[v] {
			out = append(out, append([]uint32{}, edges...))
			return
		}
		on[v] = true
		for e := range in.From {
			if in.From[e] == v && !on[in.To[e]] {
				walk(in.To[e], on, append(edges, uint32(e)))
			}
			if !in.Directed && in.To[e] == v && !on[in.From[e]] {
				walk(in.From[e], on, append(edges, uint32(e)))
			}
		}
		delete(on, v)
	}
	for _, s := range in.Sources {
		walk(s, map[uint32]bool{}, nil)
	}
	return out
}

func rat(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

// flowOracle is the value of one of the flow games by enumeration of routes and an
// exact linear program, and false when no mix satisfies the constraints.
func flowOracle(in *Instance) (*big.Rat, bool) {
	routes := flowOracleRoutes(in)
	if len(routes) == 0 {
		return nil, false
	}
	for _, r := range routes {
		if len(r) == 0 {
			return new(big.Rat), true
		}
	}
	edges := len(in.From)
	cols := len(routes)
	extra := 0
	if in.Kind == EdgePostsLinear || in.Kind == EdgeEscortJoint {
		extra = edges
	}
	row := func() []*big.Rat {
		r := make([]*big.Rat, cols+extra)
		for i := range r {
			r[i] = new(big.Rat)
		}
		return r
	}
	c := row()
	for i := range cols {
		c[i].SetInt64(1)
	}
	var a [][]*big.Rat
	var b []*big.Rat
	uses := make([][]int, edges)
	for i, r := range routes {
		for _, e := range r {
			uses[e] = append(uses[e], i)
		}
	}
	for e := range edges {
		p := rat(in.P[e])
		r := row()
		for _, i := range uses[e] {
			r[i].Set(p)
		}
		switch in.Kind {
		case EdgePostsLinear:
			r[cols+e].Neg(new(big.Rat).Mul(p, rat(in.PostGain[e])))
			if !math.IsInf(in.PostMax[e], 1) {
				limit := row()
				limit[cols+e].SetInt64(1)
				a, b = append(a, limit), append(b, rat(in.PostMax[e]))
			}
		case EdgeEscortJoint:
			r[cols+e].Neg(new(big.Rat).Mul(p, rat(in.PostEffect)))
			limit := row()
			limit[cols+e].SetInt64(1)
			for _, i := range uses[e] {
				limit[i].SetInt64(-1)
			}
			a, b = append(a, limit), append(b, new(big.Rat))
		default:
		}
		a, b = append(a, r), append(b, big.NewRat(1, 1))
	}
	last := row()
	switch in.Kind {
	case EdgeMeanTime:
		for i, r := range routes {
			t := int64(0)
			for _, e := range r {
				t += in.Time[e]
			}
			last[i].SetInt64(t)
			last[i].Quo(last[i], new(big.Rat).SetInt(in.TimeScale))
			last[i].Sub(last[i], in.MeanTimeBudget)
		}
		a, b = append(a, last), append(b, new(big.Rat))
	case EdgePostsLinear:
		for e := range edges {
			last[cols+e].SetInt64(1)
		}
		a, b = append(a, last), append(b, rat(in.Budget))
	case EdgeEscortJoint:
		for e := range edges {
			last[cols+e].SetInt64(1)
		}
		for i := range routes {
			last[i].Neg(rat(in.MeanPosts))
		}
		a, b = append(a, last), append(b, new(big.Rat))
	default:
	}
	best := flowOracleSimplex(a, b, c)
	if best == nil {
		return new(big.Rat), true
	}
	if best.Sign() == 0 {
		return nil, false
	}
	return best.Inv(best), true
}

// flowRandom is a small instance with everything that may go wrong in it: loops,
// parallel edges, lists of terminals, dead ends, edges without danger.
func flowRandom(r *rand.Rand, kind Kind) *Instance {
	nodes := 2 + r.IntN(6)
	edges := 1 + r.IntN(11)
	in := &Instance{Kind: kind, Directed: r.IntN(2) == 0, TimeScale: big.NewInt(int64(1 + r.IntN(3)))}
	in.Nodes = make([]ID, nodes)
	in.Edges = make([]ID, edges)
	for e := range edges {
		in.From = append(in.From, uint32(r.IntN(nodes)))
		in.To = append(in.To, uint32(r.IntN(nodes)))
		p := float64(1+r.IntN(9)) / float64(9+r.IntN(3))
		switch r.IntN(12) {
		case 0:
			p = 0
		case 1:
			p = 1
		case 2:
			p = math.Pow(10, -float64(r.IntN(13)))
		}
		in.P = append(in.P, min(p, 1))
		in.Time = append(in.Time, int64(r.IntN(8)))
		in.PostGain = append(in.PostGain, []float64{0, 0.5, 1, 1, 3.25}[r.IntN(5)])
		in.PostMax = append(in.PostMax, []float64{0, 0.25, 1, math.Inf(1), math.Inf(1)}[r.IntN(5)])
		_ = e
	}
	in.Sources = []uint32{0}
	in.Sinks = []uint32{uint32(nodes - 1)}
	if nodes > 4 && r.IntN(3) == 0 {
		in.Sources = append(in.Sources, 1)
		in.Sinks = append(in.Sinks, uint32(nodes-2))
	}
	in.MeanTimeBudget = big.NewRat(int64(1+r.IntN(40)), int64(1+r.IntN(6)))
	in.Budget = []float64{0, 0.5, 1, 2.75, 10}[r.IntN(5)]
	in.MeanPosts = []float64{0, 0.25, 0.5, 1, 2.5}[r.IntN(5)]
	in.PostEffect = []float64{0, 0.3, 0.5, 0.9, 1}[r.IntN(5)]
	return in
}

// flowCheck recomputes what a result claims, apart from its lower bound.
func flowCheck(t *testing.T, in *Instance, r *Result) {
	t.Helper()
	sum, mean, posts := 0.0, 0.0, 0.0
	hit := make([]float64, len(in.From))
	source, sink := map[uint32]bool{}, map[uint32]bool{}
	for _, v := range in.Sources {
		source[v] = true
	}
	for _, v := range in.Sinks {
		sink[v] = true
	}
	p := append([]float64{}, in.P...)
	placed := 0.0
	for _, post := range r.Posts {
		placed += post.Amount
		p[post.Edge] /= 1 + p[post.Edge]*in.PostGain[post.Edge]*post.Amount
		if post.Amount < 0 || post.Amount > in.PostMax[post.Edge] {
			t.Errorf("post of %g on edge %d, at most %g", post.Amount, post.Edge, in.PostMax[post.Edge])
		}
	}
	if placed > in.Budget*(1+1e-12) {
		t.Errorf("%g posts placed of %g", placed, in.Budget)
	}
	direction := make([]int, len(in.From))
	for _, route := range r.Planner {
		if route.Prob < 0 {
			t.Errorf("odds of %g", route.Prob)
		}
		sum += route.Prob
		posted := map[uint32]bool{}
		for _, e := range route.Posted {
			posted[e] = true
			posts += route.Prob
		}
		ways := map[uint32]bool{}
		for v := range source {
			ways[v] = true
		}
		if len(route.Edges) == 0 {
			continue
		}
		at := in.From[route.Edges[0]]
		if !source[at] || !in.Directed && len(route.Edges) > 1 && (in.To[route.Edges[1]] == at || in.From[route.Edges[1]] == at) && in.To[route.Edges[0]] != in.From[route.Edges[0]] && source[in.To[route.Edges[0]]] {
			at = in.To[route.Edges[0]]
		}
		visited := map[uint32]bool{at: true}
		if !source[at] {
			t.Errorf("route %v does not start at a source", route.Edges)
		}
		for _, e := range route.Edges {
			switch {
			case in.From[e] == at:
				at = in.To[e]
				direction[e] |= 1
			case in.To[e] == at && !in.Directed:
				at = in.From[e]
				direction[e] |= 2
			default:
				t.Fatalf("route %v is no way", route.Edges)
			}
			if visited[at] {
				t.Errorf("route %v passes node %d twice", route.Edges, at)
			}
			visited[at] = true
			q := p[e]
			if posted[e] {
				q *= 1 - in.PostEffect
			}
			hit[e] += route.Prob * q
			if in.Time != nil {
				mean += route.Prob * float64(in.Time[e])
			}
		}
		if !sink[at] {
			t.Errorf("route %v does not end at a sink", route.Edges)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("odds add up to %.17g", sum)
	}
	worst := 0.0
	for e := range hit {
		worst = math.Max(worst, hit[e])
		if direction[e] == 3 {
			t.Errorf("edge %d is used in both directions", e)
		}
	}
	if math.Abs(worst-r.Upper) > 1e-12*r.Upper {
		t.Errorf("the mix is worth %.17g, upper bound %.17g", worst, r.Upper)
	}
	if in.Kind == EdgeMeanTime {
		limit, _ := new(big.Rat).Mul(in.MeanTimeBudget, new(big.Rat).SetInt(in.TimeScale)).Float64()
		if mean > limit*(1+1e-12)+1e-12 {
			t.Errorf("mean time %.17g, limit %.17g", mean, limit)
		}
	}
	if in.Kind == EdgeEscortJoint && posts > in.MeanPosts*(1+1e-12) && r.Upper > 0 {
		t.Errorf("%.17g posts on average, at most %g", posts, in.MeanPosts)
	}
	share := 0.0
	for _, a := range r.Attacker {
		share += a.Prob
	}
	if len(r.Attacker) > 0 && math.Abs(share-1) > 1e-12 {
		t.Errorf("attacks add up to %.17g", share)
	}
}

func TestFlowGamesAgainstEnumeration(t *testing.T) {
	kinds := []Kind{Edge, EdgeMeanTime, EdgePostsLinear, EdgeEscortJoint}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			solved := 0
			for seed := range uint64(400) {
				in := flowRandom(rand.New(rand.NewPCG(seed, 7)), kind)
				want, feasible := flowOracle(in)
				r, err := solveFlow(in)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if !feasible {
					if r.Status != Infeasible {
						t.Fatalf("seed %d: %s, want infeasible", seed, r.Status)
					}
					continue
				}
				solved++
				value, _ := want.Float64()
				if r.Status != Optimal || math.Abs(r.Upper-value) > 2e-9*value || math.Abs(r.Lower-value) > 2e-9*value {
					t.Errorf("seed %d: %s [%.15g, %.15g], want %.15g", seed, r.Status, r.Lower, r.Upper, value)
				}
				flowCheck(t, in, r)
				if t.Failed() {
					t.Fatalf("seed %d: %+v\n%+v", seed, in, r)
				}
			}
			if solved < 150 {
				t.Errorf("only %d instances had a mix", solved)
			}
		})
	}
}

func solveFlow(in *Instance) (*Result, error) {
	ctx := context.Background()
	switch in.Kind {
	case EdgeMeanTime:
		return solveMeanTime(ctx, in, Options{})
	case EdgePostsLinear:
		return solvePostsLinear(ctx, in, Options{})
	case EdgeEscortJoint:
		return solveEscort(ctx, in, Options{})
	default:
	}
	return solveEdge(ctx, in, Options{})
}

// flowParallel is k parallel edges between two nodes.
func flowParallel(p ...float64) *Instance {
	in := &Instance{Kind: Edge, Nodes: make([]ID, 2), Edges: make([]ID, len(p)), P: p, Sources: []uint32{0}, Sinks: []uint32{1}, TimeScale: big.NewInt(1)}
	for range p {
		in.From, in.To, in.Time = append(in.From, 0), append(in.To, 1), append(in.Time, 1)
	}
	return in
}

func TestFlowClosedForms(t *testing.T) {
	cases := map[string]struct {
		in   *Instance
		want float64
	}{
		"parallel edges":  {flowParallel(0.5, 0.25, 1, 0.125), 1 / (2 + 4 + 1 + 8.0)},
		"one bridge":      {flowParallel(0.375), 0.375},
		"certain success": {flowParallel(1, 1, 1, 1), 0.25},
		"no danger":       {flowParallel(0.5, 0), 0},
		"far apart":       {flowParallel(1e-12, 1), 1 / (1e12 + 1)},
	}
	for name, c := range cases {
		for _, directed := range []bool{false, true} {
			c.in.Directed = directed
			r, err := solveEdge(t.Context(), c.in, Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if r.Status != Optimal || math.Abs(r.Upper-c.want) > 1e-11*c.want {
				t.Errorf("%s: %s %.15g, want %.15g", name, r.Status, r.Upper, c.want)
			}
			flowCheck(t, c.in, r)
		}
	}
}

// TestFlowInvariances: a game keeps its value when it is driven backwards, when an
// edge is cut in two of the same danger that share the time, and when an edge is
// split lengthwise into two of double the danger.
func TestFlowInvariances(t *testing.T) {
	for _, kind := range []Kind{Edge, EdgeMeanTime} {
		for seed := range uint64(100) {
			in := flowRandom(rand.New(rand.NewPCG(seed, 11)), kind)
			for e := range in.P {
				in.P[e] /= 2
			}
			before, err := solveFlow(in)
			if err != nil {
				t.Fatal(err)
			}
			back := *in
			back.From, back.To, back.Sources, back.Sinks = in.To, in.From, in.Sinks, in.Sources
			cut := *in
			cut.Nodes = make([]ID, len(in.Nodes)+1)
			cut.Edges = make([]ID, len(in.Edges)+1)
			middle := uint32(len(in.Nodes))
			cut.From = append(append([]uint32{}, in.From...), middle)
			cut.To = append(append([]uint32{}, in.To...), in.To[0])
			cut.To[0] = middle
			cut.P = append(append([]float64{}, in.P...), in.P[0])
			cut.Time = append(append([]int64{}, in.Time...), in.Time[0]/2)
			cut.Time[0] -= in.Time[0] / 2
			split := *in
			split.Edges = cut.Edges
			split.From = append(append([]uint32{}, in.From...), in.From[0])
			split.To = append(append([]uint32{}, in.To...), in.To[0])
			split.P = append(append([]float64{}, in.P...), in.P[0]*2)
			split.P[0] *= 2
			split.Time = append(append([]int64{}, in.Time...), in.Time[0])
			for name, other := range map[string]*Instance{"backwards": &back, "cut": &cut, "split": &split} {
				after, err := solveFlow(other)
				if err != nil {
					t.Fatal(err)
				}
				if after.Status != before.Status || math.Abs(after.Upper-before.Upper) > 1e-9*before.Upper {
					t.Errorf("%s, seed %d, %s: %s %.12g, before %s %.12g", kind, seed, name, after.Status, after.Upper, before.Status, before.Upper)
				}
			}
		}
	}
}

func TestFlowEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := flowGrid(20, 1, 1)
	in.MeanTimeBudget = big.NewRat(100000, 1)
	in.MeanPosts, in.PostEffect = 1, 0.5
	in.PostGain, in.PostMax = make([]float64, len(in.P)), make([]float64, len(in.P))
	if _, err := solveEdge(ctx, in, Options{}); err == nil {
		t.Error("edge: no error")
	}
	if _, err := solveMeanTime(ctx, in, Options{}); err == nil {
		t.Error("mean time: no error")
	}
	if _, err := solvePostsLinear(ctx, in, Options{}); err == nil {
		t.Error("posts: no error")
	}
	if _, err := solveEscort(ctx, in, Options{}); err == nil {
		t.Error("escort: no error")
	}
	if _, err := Frontier(ctx, in, Options{}); err == nil {
		t.Error("frontier: no error")
	}
}

// TestFlowOnGrids solves instances too large for enumeration: the bounds, each
// counted from its mix, must meet.
func TestFlowOnGrids(t *testing.T) {
	for _, area := range []int{1, 4} {
		for seed := range uint64(4) {
			in := flowGrid(40, area, seed)
			in.MeanTimeBudget = new(big.Rat).Mul(flowFastest(t, in), big.NewRat(21, 20))
			in.MeanPosts, in.PostEffect, in.Budget = 1.5, 0.6, 3
			for e := range in.P {
				in.PostGain = append(in.PostGain, 1+in.P[e])
				in.PostMax = append(in.PostMax, 2)
			}
			for _, kind := range []Kind{Edge, EdgeMeanTime, EdgePostsLinear, EdgeEscortJoint} {
				in.Kind = kind
				r, err := solveFlow(in)
				if err != nil {
					t.Fatal(err)
				}
				if r.Status != Optimal {
					t.Errorf("%s, area %d, seed %d: %s [%.15g, %.15g]", kind, area, seed, r.Status, r.Lower, r.Upper)
				}
				flowCheck(t, in, r)
			}
		}
	}
}
