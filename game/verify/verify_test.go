package verify_test

import (
	"context"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

func parse(t *testing.T, src string) *game.Instance {
	t.Helper()
	in, err := game.ParseInstance([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func judge(t *testing.T, in *game.Instance, r *game.Result) *verify.Report {
	t.Helper()
	report, err := verify.Verify(in, game.NewDocument(in, r, 0))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

const square = `{"kind":"edge","directed":false,"nodes":[1,2,3,4],"source":1,"sink":4,"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":2,"to":4,"p":0.5},{"id":"c","from":1,"to":3,"p":0.5},{"id":"d","from":3,"to":4,"p":0.5},{"id":"e","from":2,"to":3,"p":0.5}]}`

// TestTwice holds that a route that passes a place twice is reported and its
// exposure counted for every pass.
func TestTwice(t *testing.T) {
	in := parse(t, square)
	r := &game.Result{
		Status: game.Bound, Lower: 0, Upper: 1,
		Planner: []game.Route{{Edges: []uint32{0, 4, 4, 4, 3}, Prob: 1}},
	}
	report := judge(t, in, r)
	if report.Verdict != verify.Refuted || *report.Upper != 1.5 {
		t.Errorf("%+v, upper %v", report, *report.Upper)
	}
	if !strings.Contains(strings.Join(report.Notes, " "), "planner_mix[0] passes node 2 more than once") {
		t.Errorf("notes %q", report.Notes)
	}
}

// TestWeakerClaims holds that a bound that is looser than need be is confirmed,
// and that the slack is mentioned.
func TestWeakerClaims(t *testing.T) {
	in := parse(t, square)
	r, err := game.Solve(context.Background(), in, game.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Status, r.Lower, r.Upper = game.Bound, r.Lower/2, r.Upper*2
	report := judge(t, in, r)
	if report.Verdict != verify.Confirmed || *report.Upper != 0.25 || *report.Lower != 0.25 || !strings.Contains(strings.Join(report.Notes, " "), "worth less") {
		t.Errorf("%+v", report)
	}
	r.Status = game.Optimal
	if report := judge(t, in, r); report.Verdict != verify.Refuted {
		t.Errorf("optimal with a gap: %+v", report)
	}
}

// TestFalseInfeasible holds that a refusal is checked as well.
func TestFalseInfeasible(t *testing.T) {
	for _, src := range []string{
		square,
		strings.Replace(square, `"edge"`, `"edge+k_attackers","attackers":2`, 1),
		`{"kind":"edge+mean_time","mean_time_budget":"7/3","directed":false,"nodes":[1,2],"source":1,"sink":2,"edges":[{"id":1,"from":2,"to":1,"p":1,"time":"7/3"}]}`,
		`{"kind":"edge+route_time_cap","route_time_cap":2.5,"directed":false,"nodes":[1,2],"source":1,"sink":2,"edges":[{"id":1,"from":2,"to":1,"p":1,"time":2.5}]}`,
		`{"kind":"edge+multi_movement","movements":[{"source":1,"sink":2,"count":1}],"directed":false,"nodes":[1,2],"edges":[{"id":1,"from":2,"to":1,"p":1}]}`,
		`{"kind":"sweep_eulerian","directed":false,"nodes":[1,2],"edges":[{"id":1,"from":2,"to":1}]}`,
	} {
		if report := judge(t, parse(t, src), &game.Result{Status: game.Infeasible}); report.Verdict != verify.Refuted {
			t.Errorf("%s\n%+v", src, report)
		}
	}
}

// TestTreeMustCover holds that a tree that leaves placements out, names a cut that
// is none, or has a limit that hides a gain proves nothing.
func TestTreeMustCover(t *testing.T) {
	in := parse(t, `{"kind":"edge+posts_discrete","budget":1,"directed":true,"nodes":[1,2,3],"source":1,"sink":3,"edges":[
{"id":"a","from":1,"to":2,"p":0.5,"p_with_post":0.1},{"id":"b","from":1,"to":2,"p":0.5,"p_with_post":0.1},{"id":"c","from":2,"to":3,"p":0.125}]}`)
	r, err := game.Solve(context.Background(), in, game.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report := judge(t, in, r); report.Verdict != verify.Confirmed || *report.Lower != 0.125 {
		t.Fatalf("%+v", report)
	}
	id := func(s string) game.ID { return game.ID{Text: s} }
	leaf := func(cut int, limit float64) map[string]any {
		return map[string]any{"cuts": []int{cut}, "weights": []float64{1}, "limit": limit}
	}
	cuts := [][]game.ID{{id("a"), id("b")}, {id("c")}, {id("a")}}
	a := id("a")
	for name, c := range map[string]struct {
		cuts [][]game.ID
		tree []map[string]any
		want verify.Verdict
	}{
		"sound":           {cuts[:2], []map[string]any{leaf(1, 9)}, verify.Confirmed},
		"weaker":          {cuts[:2], []map[string]any{leaf(0, 99)}, verify.Refuted},
		"hidden gain":     {cuts[:2], []map[string]any{leaf(0, 8)}, verify.NotProven},
		"no cut":          {cuts, []map[string]any{leaf(1, 9)}, verify.NotProven},
		"branch to root":  {cuts[:2], []map[string]any{{"edge": a, "with": 0, "without": 1}, leaf(1, 9)}, verify.NotProven},
		"branch to none":  {cuts[:2], []map[string]any{{"edge": a, "with": 1, "without": 7}, leaf(1, 9)}, verify.NotProven},
		"weights below 1": {cuts[:2], []map[string]any{{"cuts": []int{1}, "weights": []float64{0.5}, "limit": 9}}, verify.NotProven},
		"no tree":         {cuts[:2], nil, verify.NotProven},
	} {
		r.Proof = map[string]any{"cuts": c.cuts, "tree": c.tree}
		if report := judge(t, in, r); report.Verdict != c.want {
			t.Errorf("%s: %s, want %s: %+v", name, report.Verdict, c.want, report.Claims)
		}
	}
}
