package game

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// mostStagedRoutes bounds the routes of a staged mix that are listed one by one.
const mostStagedRoutes = 1000

// solveMultistage works backwards from the sinks. At node v, with the values V of
// the nodes behind its edges, the planner picks edge i and the attacker edge j:
//
//	V(v) = min over x of  Σ_i x_i V_i + max_j x_j c_j,   c_j = p_j (1 - V_j)
//
// since an ambush that is met and fails leaves the next stage as it is. For a
// bound t on max x_j c_j the planner fills the edges of least V first, x_j = t/c_j,
// so that the best mix uses the first m edges by V for some m: there
// t = 1/Σ 1/c_j and V(v) = t (1 + Σ V_j/c_j). The cost is that of sorting each
// node's edges.
func solveMultistage(_ context.Context, in *Instance, _ Options) (*Result, error) {
	start, out := in.outgoing()
	n := len(in.Nodes)
	value := make([]float64, n)
	for v := range value {
		value[v] = math.NaN()
	}
	isSink := make([]bool, n)
	for _, v := range in.Sinks {
		isSink[v] = true
	}
	policy, ambush := make([][]Share, n), make([][]Share, n)
	for _, v := range slices.Backward(in.onwards(start, out)) {
		if isSink[v] {
			value[v] = 0
			continue
		}
		value[v], policy[v], ambush[v] = in.stage(out[start[v]:start[v+1]], value)
	}
	first := in.Sources[0]
	for _, v := range in.Sources {
		if math.IsNaN(value[first]) || value[v] < value[first] {
			first = v
		}
	}
	r := &Result{
		Status: Optimal, Lower: value[first], Upper: value[first], Exact: true,
		Method:     "backward induction",
		NodeValues: value, Policy: policy, Ambush: ambush,
		Assumptions: []string{
			"A stage is a node that a route leaves: the attacker sees where the movement is and places the ambush anew on one edge that leads out of the node.",
			"At each node the edge is drawn from policy, independently of the way there.",
		},
	}
	if math.IsNaN(value[first]) {
		return &Result{Status: Infeasible, Exact: true, Method: "backward induction", Assumptions: r.Assumptions, NodeValues: value}, nil
	}
	r.Planner = in.stagedRoutes(first, isSink, policy)
	if r.Planner == nil {
		r.Notes = append(r.Notes, fmt.Sprintf("More than %d routes: planner_mix lists none; policy is the mix.", mostStagedRoutes))
	}
	return r, nil
}

// onwards lists the nodes so that every edge leads from an earlier to a later one.
func (in *Instance) onwards(start, out []uint32) []uint32 {
	into := make([]uint32, len(in.Nodes))
	for _, v := range in.To {
		into[v]++
	}
	order := make([]uint32, 0, len(in.Nodes))
	for v, k := range into {
		if k == 0 {
			order = append(order, uint32(v))
		}
	}
	for i := 0; i < len(order); i++ {
		v := order[i]
		for _, e := range out[start[v]:start[v+1]] {
			if into[in.To[e]]--; into[in.To[e]] == 0 {
				order = append(order, in.To[e])
			}
		}
	}
	return order
}

// stage solves the game at one node: its value and the mixes over its edges, NaN
// where no edge leads to a sink.
func (in *Instance) stage(edges []uint32, value []float64) (v float64, planner, attacker []Share) {
	var open []uint32
	for _, e := range edges {
		if !math.IsNaN(value[in.To[e]]) {
			open = append(open, e)
		}
	}
	if len(open) == 0 {
		return math.NaN(), nil, nil
	}
	behind := func(e uint32) float64 { return value[in.To[e]] }
	stake := func(e uint32) float64 { return in.P[e] * (1 - behind(e)) }
	slices.SortStableFunc(open, func(a, b uint32) int {
		switch {
		case behind(a) < behind(b):
			return -1
		case behind(a) > behind(b):
			return 1
		case stake(a) < stake(b):
			return -1
		case stake(a) > stake(b):
			return 1
		}
		return 0
	})
	best, used, free := math.Inf(1), 0, false
	rates, weighed := 0.0, 0.0 // Σ 1/c, Σ V/c
	for i, e := range open {
		c := stake(e)
		if math.IsInf(1/c, 1) {
			if behind(e) < best {
				best, used, free = behind(e), i+1, true
			}
			break // all that follow are worth no less
		}
		rates += 1 / c
		weighed += behind(e) / c
		if u := (1 + weighed) / rates; u < best {
			best, used = u, i+1
		}
	}
	if free {
		last := open[used-1]
		planner = []Share{{Edge: last, Prob: 1}}
	} else {
		sum := 0.0
		for _, e := range open[:used] {
			sum += 1 / stake(e)
		}
		for _, e := range open[:used] {
			planner = append(planner, Share{Edge: e, Prob: 1 / stake(e) / sum})
		}
	}
	// What rounding, or an edge without a stake, leaves over goes to the smallest
	// stake, where it changes least.
	sum, least := 0.0, 0
	for i, e := range open[:used] {
		y := 0.0
		if gain := best - behind(e); gain > 0 {
			y = min(gain/stake(e), 1)
		}
		sum += y
		attacker = append(attacker, Share{Edge: e, Prob: y})
		if stake(e) < stake(open[least]) {
			least = i
		}
	}
	attacker[least].Prob = max(0, attacker[least].Prob+1-sum)
	return best, planner, slices.DeleteFunc(attacker, func(s Share) bool { return s.Prob == 0 })
}

// stagedRoutes lists the routes that a policy can draw, nil if they are too many.
func (in *Instance) stagedRoutes(first uint32, isSink []bool, policy [][]Share) []Route {
	type part struct {
		at    uint32
		prob  float64
		edges []uint32
	}
	var done []Route
	open := []part{{at: first, prob: 1}}
	for steps := 0; len(open) > 0; steps++ {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		if isSink[p.at] {
			done = append(done, Route{Edges: p.edges, Prob: p.prob})
			continue
		}
		for _, s := range policy[p.at] {
			if s.Prob > 0 {
				open = append(open, part{in.To[s.Edge], p.prob * s.Prob, append(slices.Clone(p.edges), s.Edge)})
			}
		}
		if len(done)+len(open) > mostStagedRoutes || steps > 100*mostStagedRoutes {
			return nil
		}
	}
	return done
}
