package game

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// columnInstance builds an instance from rows of from, to, chance in 32nds, time.
func columnInstance(kind Kind, directed bool, nodes int, edges ...[4]int64) *Instance {
	in := &Instance{Kind: kind, Directed: directed, TimeScale: big.NewInt(1), RouteTimeCap: big.NewRat(1000, 1)}
	for v := range nodes {
		in.Nodes = append(in.Nodes, ID{Text: fmt.Sprint("n", v)})
	}
	for _, e := range edges {
		addEdge(in, uint32(e[0]), uint32(e[1]), big.NewRat(e[2], 32), e[3])
	}
	in.Sources, in.Sinks = []uint32{0}, []uint32{uint32(nodes - 1)}
	if kind == EdgeMultiMovement {
		in.Movements = []Movement{{Sources: in.Sources, Sinks: in.Sinks, Count: 1}}
	}
	return in
}

func TestColumnsClosedForms(t *testing.T) {
	for _, kind := range []Kind{EdgeRouteTimeCap, EdgeMultiMovement} {
		for _, directed := range []bool{true, false} {
			name := fmt.Sprint(kind, " directed ", directed, ": ")
			// Parallel edges: 1/(32/16 + 32/8 + 32/4 + 32/32) = 1/15; a loop changes nothing.
			in := columnInstance(kind, directed, 2, [4]int64{0, 1, 16, 3}, [4]int64{0, 1, 8, 4}, [4]int64{0, 1, 4, 5}, [4]int64{0, 1, 32, 6}, [4]int64{1, 1, 2, 0})
			checkAnswer(t, name+"parallel", in, big.NewRat(1, 15))
			in = columnInstance(kind, directed, 3, [4]int64{0, 1, 4, 1}, [4]int64{0, 1, 4, 1}, [4]int64{1, 2, 32, 1})
			checkAnswer(t, name+"a bridge that is sure", in, big.NewRat(1, 1))
			in = columnInstance(kind, directed, 3, [4]int64{0, 1, 0, 1}, [4]int64{1, 2, 0, 1}, [4]int64{0, 2, 32, 1})
			checkAnswer(t, name+"a safe route", in, new(big.Rat))
			in = columnInstance(kind, directed, 3, [4]int64{0, 1, 1, 1})
			checkAnswer(t, name+"no route", in, nil)
		}
	}
	in := columnInstance(EdgeRouteTimeCap, true, 2, [4]int64{0, 1, 16, 3}, [4]int64{0, 1, 16, 4})
	in.RouteTimeCap = big.NewRat(5, 2)
	checkAnswer(t, "cap below the fastest", in, nil)
	in.RouteTimeCap = big.NewRat(7, 2)
	checkAnswer(t, "cap for one of two", in, big.NewRat(1, 2))
	in.RouteTimeCap = big.NewRat(4, 1)
	checkAnswer(t, "cap met exactly", in, big.NewRat(1, 4))
	in.Sinks = []uint32{1, 0}
	if r := checkAnswer(t, "source is a sink", in, new(big.Rat)); len(r.Planner) != 1 || len(r.Planner[0].Edges) != 0 {
		t.Errorf("source is a sink: %+v", r.Planner)
	}
}

// TestMovementsAddUp sends movements both ways along one two-way edge: they do not
// cancel.
func TestMovementsAddUp(t *testing.T) {
	in := columnInstance(EdgeMultiMovement, false, 2, [4]int64{0, 1, 8, 1})
	in.Movements = []Movement{
		{Sources: []uint32{0}, Sinks: []uint32{1}, Count: 3},
		{Sources: []uint32{1}, Sinks: []uint32{0}, Count: 2},
		{Sources: []uint32{1}, Sinks: []uint32{1}, Count: 7},
	}
	checkAnswer(t, "both ways", in, big.NewRat(5, 4))
}

func TestZonesSmall(t *testing.T) {
	// A line 0-1-2-3-4; a zone with nodes 1 and 3 is left and entered again, and
	// counts once. There is no other route.
	in := columnInstance(Zones, false, 5, [4]int64{0, 1, 0, 1}, [4]int64{1, 2, 0, 1}, [4]int64{2, 3, 0, 1}, [4]int64{3, 4, 0, 1})
	in.Zones = []Zone{{ID: ID{Text: "a"}, Nodes: []uint32{1, 3}, P: 0.5}}
	r := checkAnswer(t, "entered twice", in, big.NewRat(1, 2))
	if r.Proof["entry_upper"] != 1.0 {
		t.Errorf("entries give %v, want 1", r.Proof["entry_upper"])
	}
	in.Zones = []Zone{{ID: ID{Text: "a"}, Nodes: []uint32{0}, P: 0.25}, {ID: ID{Text: "b"}, Nodes: []uint32{4}, P: 0.125}, {ID: ID{Text: "c"}, P: 1}}
	checkAnswer(t, "at the ends", in, big.NewRat(1, 4))
	in.Zones = nil
	checkAnswer(t, "no zones", in, new(big.Rat))
	// Edge zones: of two parallel edges each in a zone of its own.
	in = columnInstance(Zones, true, 2, [4]int64{0, 1, 0, 1}, [4]int64{0, 1, 0, 1})
	in.Zones = []Zone{{ID: ID{Text: "a"}, Edges: []uint32{0}, P: 0.5}, {ID: ID{Text: "b"}, Edges: []uint32{1}, P: 0.25}}
	checkAnswer(t, "parallel edges", in, big.NewRat(1, 6))
}

// TestColumnsInvariance subdivides edges, renumbers nodes and edges and scales
// chances: values stay, or scale along.
func TestColumnsInvariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	solved := 0
	for trial := range 120 {
		kind := []Kind{EdgeRouteTimeCap, EdgeMultiMovement}[trial%2]
		nodes := 3 + rng.IntN(10)
		in := drawInstance(rng, kind, nodes, 2*nodes)
		in.RouteTimeCap = big.NewRat(int64(10+rng.IntN(20)), 1)
		in.Sources, in.Sinks = []uint32{0}, []uint32{uint32(nodes - 1)}
		if kind == EdgeMultiMovement {
			in.Movements = []Movement{{Sources: in.Sources, Sinks: in.Sinks, Count: 2}, {Sources: []uint32{1}, Sinks: []uint32{0}, Count: 1}}
		}
		base := mustSolve(t, in)
		cut, order := *in, rng.Perm(len(in.Edges))
		cut.Edges, cut.From, cut.To, cut.P, cut.Time = nil, nil, nil, nil, nil
		cut.Nodes = append([]ID(nil), in.Nodes...)
		for _, e := range order {
			u, v, p := in.From[e], in.To[e], new(big.Rat).SetFloat64(in.P[e]/2)
			if rng.IntN(2) == 0 {
				mid := uint32(len(cut.Nodes))
				cut.Nodes = append(cut.Nodes, ID{Text: fmt.Sprint("m", mid)})
				first := rng.Int64N(in.Time[e] + 1)
				addEdge(&cut, u, mid, p, first)
				addEdge(&cut, mid, v, p, in.Time[e]-first)
				continue
			}
			if !in.Directed && rng.IntN(2) == 0 {
				u, v = v, u
			}
			addEdge(&cut, u, v, p, in.Time[e])
		}
		other := mustSolve(t, &cut)
		if other.Status != base.Status || math.Abs(2*other.Upper-base.Upper) > 1e-9 || math.Abs(2*other.Lower-base.Lower) > 1e-9 {
			t.Fatalf("trial %d: %s [%v %v], with edges cut and chances halved %s [%v %v]", trial, base.Status, base.Lower, base.Upper, other.Status, other.Lower, other.Upper)
		}
		if base.Status == Optimal && base.Upper > 0 {
			solved++
		}
	}
	if solved < 40 {
		t.Errorf("the draw proves little: %d with a value", solved)
	}
}

func mustSolve(t *testing.T, in *Instance) *Result {
	t.Helper()
	r, err := Solve(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestColumnsCutOff cuts searches off early: bounds stay bounds.
func TestColumnsCutOff(t *testing.T) {
	ctx := context.Background()
	in := gridInstance(EdgeRouteTimeCap, 30, 3, 5)
	capAt(t, in, 1.1)
	c, err := newCappedRoutes(ctx, in, newRouteGraph(in, in.Sources, in.Sinks, nil), scaledLimit(in))
	if err != nil || c == nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	weight := make([]float64, len(in.Edges))
	cut := 0
	for range 20 {
		sum := 0.0
		for e := range weight {
			weight[e] = rng.Float64() / (1 + float64(in.Time[e]))
			sum += weight[e]
		}
		for e := range weight {
			weight[e] /= sum
		}
		c.most = mostLabels
		full, err := c.price(ctx, weight)
		if err != nil {
			t.Fatal(err)
		}
		c.most = 40
		short, err := c.price(ctx, weight)
		if err != nil {
			t.Fatal(err)
		}
		if !full.exact || short.bound > full.bound {
			t.Fatalf("bound %v (exact %v), cut off %v", full.bound, full.exact, short.bound)
		}
		if !short.exact {
			cut++
		}
	}
	if cut == 0 {
		t.Error("no search was cut off")
	}

	in = gridZones(20, 1, 120, 5, 9)
	z := newZoneRoutes(in)
	flat := make([]float64, len(in.Zones))
	for k := range flat {
		flat[k] = 1 / float64(len(flat))
	}
	z.budget = zoneBudget
	full, err := z.priceTouches(ctx, flat)
	if err != nil || !full.exact {
		t.Fatal("a small search was cut off", err)
	}
	z.budget = 20
	short, err := z.priceTouches(ctx, flat)
	if err != nil || short.exact || short.bound > full.bound {
		t.Fatalf("bound %v, cut off %v (exact %v): %v", full.bound, short.bound, short.exact, err)
	}
}

func TestColumnsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in := gridInstance(EdgeRouteTimeCap, 30, 1, 5)
	capAt(t, in, 1.1)
	zones := gridZones(20, 1, 50, 4, 9)
	moves := gridInstance(EdgeMultiMovement, 30, 1, 5)
	moves.Movements = []Movement{{Sources: moves.Sources, Sinks: moves.Sinks, Count: 1}}
	for _, in := range []*Instance{in, zones, moves} {
		if _, err := Solve(ctx, in, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a cancelled context gives %v", in.Kind, err)
		}
	}
}
