package game

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game/internal/exactlp"
)

// mixOracle returns the least greatest gain over mixes, given the gains by
// movement, route and place: nil when a movement has no route.
func mixOracle(gains [][]map[uint32]*big.Rat) *big.Rat {
	places := map[uint32]int{}
	columns := 0
	for _, routes := range gains {
		if len(routes) == 0 {
			return nil
		}
		columns += len(routes)
		for _, r := range routes {
			for z := range r {
				if _, ok := places[z]; !ok {
					places[z] = len(places)
				}
			}
		}
	}
	rows := len(places) + len(gains)
	a := make([][]*big.Rat, rows)
	b := make([]*big.Rat, rows)
	for i := range a {
		a[i] = make([]*big.Rat, columns+1)
		for j := range a[i] {
			a[i][j] = new(big.Rat)
		}
		b[i] = big.NewRat(1, 1)
		if i >= len(places) {
			b[i] = new(big.Rat)
			a[i][columns].SetInt64(1)
		}
	}
	c := make([]*big.Rat, columns+1)
	for j := range c {
		c[j] = new(big.Rat)
	}
	c[columns].SetInt64(1)
	j := 0
	for k, routes := range gains {
		for _, r := range routes {
			for z, v := range r {
				a[places[z]][j].Set(v)
			}
			a[len(places)+k][j].SetInt64(-1)
			j++
		}
	}
	f, status := exactlp.Maximise(a, b, c)
	if status == exactlp.Unbounded {
		return new(big.Rat)
	}
	return new(big.Rat).Inv(f)
}

// simplePaths calls yield with the edges of every way from a source to a sink that
// passes no node twice.
func simplePaths(in *Instance, sources, sinks []uint32, yield func(edges []uint32)) {
	onPath := make([]bool, len(in.Nodes))
	sink := make([]bool, len(in.Nodes))
	for _, t := range sinks {
		sink[t] = true
	}
	var edges []uint32
	var walk func(v uint32)
	walk = func(v uint32) {
		if sink[v] {
			yield(edges)
			return
		}
		onPath[v] = true
		for e := range in.Edges {
			var w uint32
			switch {
			case in.From[e] == v:
				w = in.To[e]
			case in.To[e] == v && !in.Directed:
				w = in.From[e]
			default:
				continue
			}
			if onPath[w] {
				continue
			}
			edges = append(edges, uint32(e))
			walk(w)
			edges = edges[:len(edges)-1]
		}
		onPath[v] = false
	}
	done := map[uint32]bool{}
	for _, s := range sources {
		if !done[s] {
			done[s] = true
			walk(s)
		}
	}
}

// drawInstance draws a small graph with some loops, parallel edges and chances of
// 0 and 1.
func drawInstance(rng *rand.Rand, kind Kind, nodes, edges int) *Instance {
	in := &Instance{Kind: kind, Directed: rng.IntN(2) == 0, TimeScale: big.NewInt(1)}
	for v := range nodes {
		in.Nodes = append(in.Nodes, ID{Text: fmt.Sprint("n", v)})
	}
	ordinary := rng.IntN(2) == 0
	for e := range edges {
		u, v := uint32(rng.IntN(nodes)), uint32(rng.IntN(nodes))
		if e < nodes-1 && rng.IntN(8) > 0 {
			u, v = uint32(e), uint32(e+1)
		}
		addEdge(in, u, v, drawChance(rng, ordinary), int64(rng.IntN(8)))
	}
	in.Sources, in.Sinks = []uint32{0}, []uint32{uint32(nodes - 1)}
	if rng.IntN(6) == 0 {
		in.Sources = append(in.Sources, uint32(rng.IntN(nodes)))
	}
	if rng.IntN(6) == 0 {
		in.Sinks = append(in.Sinks, uint32(rng.IntN(nodes)))
	}
	return in
}

func drawChance(rng *rand.Rand, ordinary bool) *big.Rat {
	if !ordinary {
		switch rng.IntN(6) {
		case 0:
			return new(big.Rat)
		case 1:
			return big.NewRat(1, 1)
		}
	}
	return big.NewRat(int64(1+rng.IntN(31)), 32)
}

func addEdge(in *Instance, u, v uint32, p *big.Rat, time int64) {
	in.Edges = append(in.Edges, ID{Text: fmt.Sprint("e", len(in.Edges))})
	in.From, in.To = append(in.From, u), append(in.To, v)
	f, _ := p.Float64()
	in.P = append(in.P, f)
	in.Time = append(in.Time, time)
}

// edgeGains is what an attack on each edge gains on a route.
func edgeGains(in *Instance, times int, edges []uint32) map[uint32]*big.Rat {
	out := map[uint32]*big.Rat{}
	for _, e := range edges {
		if in.P[e] > 0 && times > 0 {
			out[e] = new(big.Rat).Mul(new(big.Rat).SetFloat64(in.P[e]), big.NewRat(int64(times), 1))
		}
	}
	return out
}

// checkAnswer compares an answer with the value found by enumeration and checks
// that its bounds are tight and its mixes are mixes.
func checkAnswer(t *testing.T, name string, in *Instance, want *big.Rat) *Result {
	t.Helper()
	r, err := Solve(context.Background(), in, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if want == nil {
		if r.Status != Infeasible || len(r.Planner) > 0 {
			t.Fatalf("%s: %s with %d routes, want infeasible", name, r.Status, len(r.Planner))
		}
		return r
	}
	v, _ := want.Float64()
	if r.Status != Optimal || !r.Exact {
		t.Fatalf("%s: %s exact %v [%v %v], want optimal %v", name, r.Status, r.Exact, r.Lower, r.Upper, v)
	}
	if math.Abs(r.Upper-v) > 1e-9*math.Max(v, 1e-3) || r.Upper-r.Lower > Tolerance*r.Upper || r.Lower > v*(1+1e-12) || r.Upper < v*(1-1e-12) {
		t.Fatalf("%s: [%v %v], want %v", name, r.Lower, r.Upper, v)
	}
	sum := map[int]float64{}
	for _, route := range r.Planner {
		if route.Prob <= 0 {
			t.Fatalf("%s: a route has odds %v", name, route.Prob)
		}
		sum[route.Movement] += route.Prob
	}
	for j, s := range sum {
		if math.Abs(s-1) > 1e-9 {
			t.Fatalf("%s: odds of movement %d sum to %v", name, j, s)
		}
	}
	attack := 0.0
	for _, a := range r.Attacker {
		attack += a.Prob
	}
	if v > 0 && math.Abs(attack-1) > 1e-9 {
		t.Fatalf("%s: the attacker's odds sum to %v", name, attack)
	}
	return r
}

func TestRouteCapAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	optimal, infeasible, binding := 0, 0, 0
	for trial := range 600 {
		nodes := 2 + rng.IntN(8)
		in := drawInstance(rng, EdgeRouteTimeCap, nodes, nodes+rng.IntN(nodes+3))
		scale := int64(1 + rng.IntN(3))
		in.TimeScale = big.NewInt(scale)
		in.RouteTimeCap = big.NewRat(int64(rng.IntN(30)), 2)
		var gains, free []map[uint32]*big.Rat
		simplePaths(in, in.Sources, in.Sinks, func(edges []uint32) {
			time := int64(0)
			for _, e := range edges {
				time += in.Time[e]
			}
			g := edgeGains(in, 1, edges)
			free = append(free, g)
			if big.NewRat(time, scale).Cmp(in.RouteTimeCap) <= 0 {
				gains = append(gains, g)
			}
		})
		want := mixOracle([][]map[uint32]*big.Rat{gains})
		checkAnswer(t, fmt.Sprint("trial ", trial), in, want)
		if want == nil {
			infeasible++
			continue
		}
		optimal++
		if want.Cmp(mixOracle([][]map[uint32]*big.Rat{free})) > 0 {
			binding++
		}
	}
	if optimal < 200 || infeasible < 30 || binding < 30 {
		t.Errorf("the draw proves little: %d optimal, %d infeasible, %d with a cap that binds", optimal, infeasible, binding)
	}
}

func TestMovementsAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	optimal, infeasible := 0, 0
	for trial := range 500 {
		nodes := 2 + rng.IntN(7)
		in := drawInstance(rng, EdgeMultiMovement, nodes, nodes+rng.IntN(nodes+3))
		in.Sources, in.Sinks = nil, nil
		gains := make([][]map[uint32]*big.Rat, 1+rng.IntN(3))
		for j := range gains {
			m := Movement{Sources: []uint32{uint32(rng.IntN(nodes))}, Sinks: []uint32{uint32(rng.IntN(nodes))}, Count: 1 + rng.IntN(4)}
			if rng.IntN(6) == 0 {
				m.Sinks = append(m.Sinks, uint32(rng.IntN(nodes)))
			}
			in.Movements = append(in.Movements, m)
			simplePaths(in, m.Sources, m.Sinks, func(edges []uint32) {
				gains[j] = append(gains[j], edgeGains(in, m.Count, edges))
			})
		}
		want := mixOracle(gains)
		checkAnswer(t, fmt.Sprint("trial ", trial), in, want)
		if want == nil {
			infeasible++
		} else {
			optimal++
		}
	}
	if optimal < 200 || infeasible < 30 {
		t.Errorf("the draw proves little: %d optimal, %d infeasible", optimal, infeasible)
	}
}
