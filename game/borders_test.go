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

// TestBorders holds that the schema and the reader agree at the limits of numbers.
func TestBorders(t *testing.T) {
	schema := compileSchema(t, game.InstanceSchema())
	frame := func(kind, keys, edge string) string {
		return fmt.Sprintf(`{"kind":%q,"directed":true,"nodes":["a","b"],"source":"a","sink":"b",%s"edges":[{"id":1,"from":"a","to":"b",%s}]}`, kind, keys, edge)
	}
	for _, c := range []struct {
		src   string
		taken bool
	}{
		{frame("edge", "", `"p":0`), true},
		{frame("edge", "", `"p":1e-12`), true},
		{frame("edge", "", `"p":9.9e-13`), false},
		{frame("edge", "", `"p":1`), true},
		{frame("edge", "", `"p":1.0000001`), false},
		{frame("edge", "", `"p":-1e-12`), false},
		{frame("zone", `"zones":[{"id":1,"nodes":["a"],"p":1e-12}],`, `"time":1`), true},
		{frame("zone", `"zones":[{"id":1,"nodes":["a"],"p":9.9e-13}],`, `"time":1`), false},
		{frame("zone", `"zones":[],`, `"p":9.9e-13`), false},
		{frame("edge+posts_discrete", `"budget":1,`, `"p":1,"p_with_post":1e-12`), true},
		{frame("edge+posts_discrete", `"budget":1,`, `"p":1,"p_with_post":9.9e-13`), false},
		{frame("edge+posts_discrete", `"budget":1e12,`, `"p":1`), true},
		{frame("edge+posts_linear", `"budget":1e9,`, `"p":1,"post_gain":1e9`), true},
		{frame("edge+posts_linear", `"budget":1.1e9,`, `"p":1`), false},
		{frame("edge+posts_linear", `"budget":1,`, `"p":1,"post_gain":1.1e9`), false},
		{frame("edge+posts_linear", `"budget":1,`, `"p":1,"post_max":1e300`), true},
		{frame("edge+k_attackers", `"attackers":1000000000,`, `"p":1`), true},
		{frame("edge+k_attackers", `"attackers":1000000001,`, `"p":1`), false},
		{frame("edge+k_attackers", `"attackers":0,`, `"p":1`), false},
		{frame("edge+escort_joint", `"mean_posts":0,"post_effect":1,`, `"p":1`), true},
		{frame("edge+escort_joint", `"mean_posts":0,"post_effect":1.1,`, `"p":1`), false},
		{frame("edge+mean_time", `"mean_time_budget":0,`, `"p":1,"time":0`), true},
		{frame("edge+mean_time", `"mean_time_budget":-1,`, `"p":1,"time":0`), false},
		{frame("edge+route_time_cap", `"route_time_cap":1,`, `"p":1,"time":-1`), false},
	} {
		_, err := game.ParseInstance([]byte(c.src))
		invalid := validate(schema, []byte(c.src))
		if (err == nil) != c.taken || (invalid == nil) != c.taken {
			t.Errorf("%s\nreader: %v\nschema: %v", c.src, err, invalid)
		}
	}
}

// TestIllConditioned gives campaigns whose chances differ so much that the linear
// program fails on some: what is proven until then is the answer, and holds.
func TestIllConditioned(t *testing.T) {
	bounds := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		in := game.DrawColumnInstance(r, game.EdgeMultiMovement)
		for e := range in.P {
			if in.P[e] > 0 {
				in.P[e] = math.Pow(10, -12*r.Float64())
			}
		}
		result, err := game.Solve(context.Background(), in, game.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if result.Status == game.Bound {
			bounds++
			if result.Exact || len(result.Notes) == 0 {
				t.Errorf("seed %d: nothing says why the bounds do not meet: %+v", seed, result)
			}
		}
		report, err := verify.Verify(in, game.NewDocument(in, result, 0))
		if err != nil || report.Verdict != verify.Confirmed {
			t.Errorf("seed %d: %v %+v", seed, err, report)
		}
	}
	if bounds == 0 {
		t.Error("no linear program failed")
	}
}

// TestAttackersOnMoreStreets holds that bounds meet where nothing can be enumerated,
// though chances on the minimum cut are below k/F.
func TestAttackersOnMoreStreets(t *testing.T) {
	hard := 0
	for seed := range uint64(4) {
		in := streets(25, 0.05, seed)
		in.Attackers = 3
		r, err := game.Solve(context.Background(), in, game.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != game.Optimal {
			t.Errorf("seed %d: %s, %v to %v", seed, r.Status, r.Lower, r.Upper)
		}
		if r.Method != "maximum flow, k attackers on its cut" {
			hard++
		}
		report, err := verify.Verify(in, game.NewDocument(in, r, 0))
		if err != nil || report.Verdict != verify.Confirmed {
			t.Errorf("seed %d: %v %+v", seed, err, report)
		}
	}
	if hard < 2 {
		t.Errorf("only %d needed more than a cut", hard)
	}
}
