package game_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// TestColumnsVerify has the checker, which shares no code with the solvers,
// confirm answers and refute ones whose bounds were moved.
func TestColumnsVerify(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	check := func(in *game.Instance) {
		r, err := game.Solve(context.Background(), in, game.Options{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := verify.Verify(in, game.NewDocument(in, r, 0))
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict != verify.Confirmed {
			t.Fatalf("%s: %s: %+v", in.Kind, report.Summary(), report)
		}
		if r.Status != game.Optimal || r.Upper == 0 {
			return
		}
		r.Lower *= 1.01
		r.Upper *= 1.01
		if report, err = verify.Verify(in, game.NewDocument(in, r, 0)); err != nil {
			t.Fatal(err)
		}
		if report.Verdict == verify.Confirmed {
			t.Fatalf("%s: bounds a hundredth too high are confirmed: %+v", in.Kind, report.Claims)
		}
	}
	for trial := range 240 {
		kind := []game.Kind{game.EdgeRouteTimeCap, game.Zones, game.EdgeMultiMovement}[trial%3]
		check(game.DrawColumnInstance(rng, kind))
	}
	check(game.DrawGridZones())
}
