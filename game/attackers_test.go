package game_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// streets is a grid of side × side nodes with random chances from low to 1.
func streets(side int, low float64, seed uint64) *game.Instance {
	r := rand.New(rand.NewPCG(seed, 5))
	in := &game.Instance{Kind: game.EdgeAttackers, Directed: seed%2 == 1}
	join := func(u, v int) {
		in.Edges = append(in.Edges, game.ID{Text: fmt.Sprint(len(in.Edges)), Number: true})
		in.From, in.To = append(in.From, uint32(u)), append(in.To, uint32(v))
		in.P = append(in.P, low+(1-low)*r.Float64())
	}
	for v := range side * side {
		in.Nodes = append(in.Nodes, game.ID{Text: fmt.Sprint(v), Number: true})
		if v%side > 0 {
			join(v-1, v)
		}
		if v >= side {
			join(v-side, v)
		}
	}
	in.Sources, in.Sinks = []uint32{0}, []uint32{uint32(side*side - 1)}
	return in
}

// TestAttackersOnStreets holds that up to 25 nodes the bounds meet, whatever the
// number of attackers, and that the checker agrees.
func TestAttackersOnStreets(t *testing.T) {
	for seed := range uint64(12) {
		for _, k := range []int{1, 2, 3, 5} {
			in := streets(5, []float64{0.05, 0.5}[seed/2%2], seed)
			if testing.Short() && (seed > 2 || k > 3) {
				continue
			}
			in.Attackers = k
			r, err := game.Solve(context.Background(), in, game.Options{})
			if err != nil {
				t.Fatalf("seed %d, %d attackers: %v", seed, k, err)
			}
			if r.Status != game.Optimal || !r.Exact {
				t.Errorf("seed %d, %d attackers: %s, %v to %v, %v", seed, k, r.Status, r.Lower, r.Upper, r.Notes)
			}
			report, err := verify.Verify(in, game.NewDocument(in, r, 0))
			if err != nil || report.Verdict != verify.Confirmed {
				t.Errorf("seed %d, %d attackers: %v %+v", seed, k, err, report)
			}
		}
	}
}

// TestAttackersOnParallelEdges has the closed form k/Σ(1/p) where p ≥ k/F.
func TestAttackersOnParallelEdges(t *testing.T) {
	in := &game.Instance{Kind: game.EdgeAttackers, Attackers: 3, Directed: true, Nodes: []game.ID{{Text: "a"}, {Text: "b"}}, Sources: []uint32{0}, Sinks: []uint32{1}}
	flow := 0.0
	for i := range 20 {
		in.Edges = append(in.Edges, game.ID{Text: fmt.Sprint(i)})
		in.From, in.To, in.P = append(in.From, 0), append(in.To, 1), append(in.P, 0.3+0.03*float64(i))
		flow += 1 / in.P[i]
	}
	r, err := game.Solve(context.Background(), in, game.Options{})
	if err != nil || r.Status != game.Optimal || math.Abs(r.Upper-3/flow) > 1e-12 {
		t.Errorf("%v %+v, want %v", err, r, 3/flow)
	}
}
