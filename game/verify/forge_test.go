package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// An answer is a document as JSON has it, for forgers.
type answer = map[string]any

// solved answers an instance and brings the answer through JSON.
func solved(t *testing.T, src string) (*game.Instance, answer) {
	t.Helper()
	in := parse(t, src)
	r, err := game.Solve(context.Background(), in, game.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	var out bytes.Buffer
	if err := game.NewDocument(in, r, 0).Write(&out); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return in, a
}

// judged verifies an answer; nil with an error where it cannot be read.
func judged(t *testing.T, in *game.Instance, a answer) (*verify.Report, error) {
	t.Helper()
	src, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := game.ParseDocument(src)
	if err != nil {
		return nil, err
	}
	report, err := verify.Verify(in, doc)
	if err != nil {
		return nil, err
	}
	if _, err := json.Marshal(report); err != nil {
		t.Errorf("the report is no JSON: %v", err)
	}
	return report, nil
}

// route is an element of planner_mix.
func route(prob float64, path ...any) answer { return answer{"path": path, "prob": prob} }

// pick is an element of attacker_mix.
func pick(prob float64, edge any) answer { return answer{"edge": edge, "prob": prob} }

// bounds sets the bounds of an answer, and what follows from them.
func (f forgery) bounds(lower, upper float64) {
	f.a["lower"], f.a["upper"], f.a["value"], f.a["gap"] = lower, upper, upper, game.Gap(lower, upper)
	f.a["status"] = "bound"
	if game.Gap(lower, upper) <= game.Tolerance {
		f.a["status"] = "optimal"
	}
}

// A forgery is an answer that is being changed.
type forgery struct{ a answer }

func (f forgery) first(list string) answer { return f.a[list].([]any)[0].(answer) }

const (
	twoStreets = `{"kind":"edge","directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":1,"to":2,"p":0.5}]}`
	onPoint = `{"kind":"edge+mean_time","mean_time_budget":"10/21","directed":true,"nodes":[1,2,3],"source":1,"sink":3,"edges":[
{"id":"a","from":1,"to":2,"p":0.5,"time":"1/3"},{"id":"b","from":2,"to":3,"p":0.1,"time":"1/7"},{"id":"c","from":2,"to":3,"p":0.1,"time":"9/7"}]}`
	capped = `{"kind":"edge+route_time_cap","route_time_cap":12,"directed":false,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"fast","from":1,"to":2,"p":0.5,"time":10},{"id":"slow","from":1,"to":2,"p":0,"time":16},{"id":"loop","from":1,"to":1,"p":0,"time":576460752303423487}]}`
	someZones = `{"kind":"zone","directed":false,"nodes":[1,2,3,4],"source":1,"sink":4,"zones":[
{"id":"x","nodes":[2],"p":0.5},{"id":"y","nodes":[3],"p":0.5}],"edges":[
{"id":"a","from":1,"to":2},{"id":"b","from":2,"to":4},{"id":"c","from":1,"to":3},{"id":"d","from":3,"to":4}]}`
	somePosts = `{"kind":"edge+posts_discrete","budget":1,"directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"a","from":1,"to":2,"p":0.5,"p_with_post":0.1},{"id":"b","from":1,"to":2,"p":0.5,"p_with_post":0.2}]}`
	linearPosts = `{"kind":"edge+posts_linear","budget":1,"directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"a","from":1,"to":2,"p":0.5,"post_gain":2,"post_max":0.5},{"id":"b","from":1,"to":2,"p":0.5,"post_gain":1}]}`
	escorted = `{"kind":"edge+escort_joint","mean_posts":0.25,"post_effect":0.5,"directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":1,"to":2,"p":0.25}]}`
	attackers = `{"kind":"edge+k_attackers","attackers":2,"directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":1,"to":2,"p":0.5},{"id":"c","from":1,"to":2,"p":0.5}]}`
	campaign = `{"kind":"edge+multi_movement","movements":[{"source":1,"sink":2,"count":2},{"source":2,"sink":1,"count":1}],"directed":false,"nodes":[1,2],"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":1,"to":2,"p":0.5}]}`
	staged = `{"kind":"multistage","directed":true,"nodes":[1,2,3],"source":1,"sink":3,"edges":[
{"id":"a","from":1,"to":2,"p":0.5},{"id":"b","from":1,"to":3,"p":0.5},{"id":"c","from":2,"to":3,"p":0.25}]}`
	swept = `{"kind":"sweep_eulerian","directed":false,"nodes":[1,2,3],"edges":[{"id":1,"from":1,"to":2},{"id":2,"from":2,"to":3},{"id":3,"from":3,"to":1}]}`
)

// faint is of many streets without much danger: its value is 5e-16.
func faint() string {
	var edges []string
	for e := range 2000 {
		edges = append(edges, fmt.Sprintf(`{"id":%d,"from":1,"to":2,"p":1e-12}`, e))
	}
	return `{"kind":"edge","directed":true,"nodes":[1,2],"source":1,"sink":2,"edges":[` + strings.Join(edges, ",") + `]}`
}

// forgedInstances are the instances of TestForgeries.
func forgedInstances() map[string]string {
	return map[string]string{
		"edge": twoStreets, "mean time": onPoint, "cap": capped, "zone": someZones, "posts": somePosts, "linear posts": linearPosts,
		"escort": escorted, "attackers": attackers, "campaign": campaign, "stages": staged, "sweep": swept, "faint": faint(), "square": square,
	}
}

// TestHonestAnswers holds that what TestForgeries changes is confirmed as it is,
// and not when the lower bound goes up, or the upper one down, by a thousandth.
func TestHonestAnswers(t *testing.T) {
	for name, src := range forgedInstances() {
		in, a := solved(t, src)
		if report, err := judged(t, in, a); err != nil || report.Verdict != verify.Confirmed {
			t.Errorf("%s: %v %+v", name, err, report)
			continue
		}
		lower, upper := a["lower"].(float64), a["upper"].(float64)
		if upper == 0 {
			continue
		}
		forgery{a}.bounds(lower*1.001, upper*1.001)
		if report, err := judged(t, in, a); err != nil || report.Verdict == verify.Confirmed {
			t.Errorf("%s: raised: %v %+v", name, err, report)
		}
		forgery{a}.bounds(lower*0.999, upper*0.999)
		if report, err := judged(t, in, a); err != nil || report.Verdict != verify.Refuted {
			t.Errorf("%s: lowered: %v %+v", name, err, report)
		}
	}
}

// TestForgeries holds that no forged answer is confirmed.
func TestForgeries(t *testing.T) {
	for name, c := range map[string]struct {
		src    string
		change func(f forgery)
		says   string // part of the refused claim or of the error
	}{
		"hash of another": {twoStreets, func(f forgery) { f.a["instance_sha256"] = strings.Repeat("0", 64) }, "hash"},
		"no hash":         {twoStreets, func(f forgery) { delete(f.a, "instance_sha256") }, "hash"},
		"another kind":    {twoStreets, func(f forgery) { f.a["kind"] = "multistage" }, "kind"},
		"no routes":       {twoStreets, func(f forgery) { f.a["planner_mix"] = []any{} }, "there is none"},
		"odds short of 1": {twoStreets, func(f forgery) { f.first("planner_mix")["prob"] = 0.499 }, "add up"},
		"odds below 0": {twoStreets, func(f forgery) {
			f.a["planner_mix"] = []any{route(0.5, "a"), route(0.6, "b"), route(-0.1, "b")}
		}, "no chance"},
		"no odds":            {twoStreets, func(f forgery) { f.first("planner_mix")["prob"] = nil }, "add up"},
		"huge odds":          {twoStreets, func(f forgery) { f.a["planner_mix"] = []any{route(1e308, "a"), route(1e308, "b")} }, "add up"},
		"way back":           {strings.Replace(twoStreets, `"b","from":1,"to":2`, `"b","from":2,"to":1`, 1), func(f forgery) { f.a["planner_mix"] = []any{route(1, "b")} }, "no way"},
		"two ways in one":    {twoStreets, func(f forgery) { f.a["planner_mix"] = []any{route(1, "a", "b")} }, "no way"},
		"parted":             {square, func(f forgery) { f.a["planner_mix"] = []any{route(1, "a", "d")} }, "no way"},
		"stops short":        {square, func(f forgery) { f.a["planner_mix"] = []any{route(1, "a")} }, "no way"},
		"back over an end":   {square, func(f forgery) { f.a["planner_mix"] = []any{route(1, "b", "a")} }, "no way"},
		"stays":              {square, func(f forgery) { f.a["planner_mix"] = []any{route(1)} }, "no way"},
		"unknown edge":       {square, func(f forgery) { f.a["planner_mix"] = []any{route(1, "z")} }, "no edge"},
		"attacks beyond 1":   {twoStreets, func(f forgery) { f.a["attacker_mix"] = []any{pick(0.6, "a"), pick(0.6, "b")}; f.bounds(0.25, 0.25) }, "add up"},
		"attacks below 0":    {twoStreets, func(f forgery) { f.a["attacker_mix"] = []any{pick(1.5, "a"), pick(-0.5, "b")} }, "no chance"},
		"attack on nothing":  {twoStreets, func(f forgery) { f.a["attacker_mix"] = []any{answer{"prob": 1.0}} }, "one of"},
		"attack on two":      {twoStreets, func(f forgery) { f.a["attacker_mix"] = []any{answer{"edges": []any{"a", "b"}, "prob": 1.0}} }, "otherwise"},
		"attack on no edges": {attackers, func(f forgery) { f.a["attacker_mix"] = []any{answer{"edges": []any{}, "prob": 1.0}} }, "otherwise"},
		"three attackers": {attackers, func(f forgery) {
			f.a["attacker_mix"] = []any{answer{"edges": []any{"a", "b", "c"}, "prob": 1.0}}
		}, "otherwise"},
		"attacked twice": {attackers, func(f forgery) { f.a["attacker_mix"] = []any{answer{"edges": []any{"a", "a"}, "prob": 1.0}} }, "twice"},
		"gap":            {twoStreets, func(f forgery) { f.a["gap"] = 0.001 }, "gap"},
		"value":          {twoStreets, func(f forgery) { f.a["value"] = 0.2 }, "value"},
		"no value":       {twoStreets, func(f forgery) { f.a["value"] = nil }, "missing"},
		"crossed":        {twoStreets, func(f forgery) { f.a["lower"] = 0.3 }, "above upper"},
		"status":         {twoStreets, func(f forgery) { f.a["status"] = "proven" }, "no status"},
		"optimal":        {twoStreets, func(f forgery) { f.bounds(0.2, 0.25); f.a["status"] = "optimal" }, "meet"},
		"infeasible": {twoStreets, func(f forgery) {
			f.a["status"], f.a["planner_mix"] = "infeasible", []any{}
			f.a["value"], f.a["lower"], f.a["upper"], f.a["gap"] = nil, nil, nil, nil
		}, "infeasible"},
		"odds of a movement that is none": {twoStreets, func(f forgery) {
			other := route(5, "a")
			other["movement"] = 3
			f.a["planner_mix"] = append(f.a["planner_mix"].([]any), other)
			f.bounds(0.25, 2.75)
		}, "movement"},
		"too faint for an absolute tolerance": {faint(), func(f forgery) { f.bounds(0, 0) }, "upper"},
		"faint, raised":                       {faint(), func(f forgery) { f.bounds(9e-16, 9e-16) }, "lower"},
		"mean time": {onPoint, func(f forgery) {
			f.a["planner_mix"] = []any{route(0.5, "a", "b"), route(0.5, "a", "c")}
		}, "mean time"},
		"price in which rounding shows": {onPoint, func(f forgery) {
			f.a["mu"] = 1.3e16
			f.a["planner_mix"] = []any{route(1, "a", "b")}
			f.a["attacker_mix"] = []any{pick(1, "b")}
			f.bounds(0.5, 0.5) // b alone is worth 0.1
		}, "lower"},
		"time beyond the cap": {capped, func(f forgery) {
			f.a["planner_mix"] = []any{route(1, "slow")}
			f.a["attacker_mix"] = []any{}
			f.bounds(0, 0)
		}, "cap"},
		"time beyond any number": {capped, func(f forgery) {
			path := []any{}
			for range 32 {
				path = append(path, "loop")
			}
			f.a["planner_mix"] = []any{route(1, append(path, "slow")...)}
			f.a["attacker_mix"] = []any{}
			f.bounds(0, 0)
		}, "cap"},
		"unknown zone":     {someZones, func(f forgery) { f.first("attacker_mix")["zone"] = "w" }, "no zone"},
		"zone for an edge": {twoStreets, func(f forgery) { f.a["attacker_mix"] = []any{answer{"zone": "x", "prob": 1.0}} }, "no zone"},
		"edge for a zone":  {someZones, func(f forgery) { f.a["attacker_mix"] = []any{pick(1, "a")} }, "otherwise"},
		"two posts for one": {somePosts, func(f forgery) {
			f.a["posts"] = []any{answer{"edge": "a", "amount": 1.0}, answer{"edge": "b", "amount": 1.0}}
		}, "posts"},
		"half a post":       {somePosts, func(f forgery) { f.a["posts"] = []any{answer{"edge": "a", "amount": 0.5}} }, "not allowed"},
		"a post too near 1": {strings.Replace(somePosts, `"budget":1`, `"budget":0.9999999999`, 1), func(f forgery) { f.a["posts"] = []any{answer{"edge": "a", "amount": 1.0}} }, "posts"},
		"post twice": {linearPosts, func(f forgery) {
			f.a["posts"] = []any{answer{"edge": "b", "amount": 0.5}, answer{"edge": "b", "amount": 0.5}}
		}, "posts"},
		"posts beyond a limit": {linearPosts, func(f forgery) { f.a["posts"] = []any{answer{"edge": "a", "amount": 0.75}} }, "not allowed"},
		"posts below 0":        {linearPosts, func(f forgery) { f.a["posts"] = []any{answer{"edge": "a", "amount": -1.0}} }, "below 0"},
		"posts over budget":    {linearPosts, func(f forgery) { f.a["posts"] = []any{answer{"edge": "b", "amount": 1.001}} }, "at most"},
		"branch that repeats": {somePosts, func(f forgery) {
			// A second post on the same edge is beyond the budget, and takes the
			// placements with the first one away.
			f.a["proof"] = answer{"cuts": []any{[]any{"a", "b"}}, "tree": []any{
				answer{"edge": "a", "with": 1, "without": 4},
				answer{"edge": "a", "with": 2, "without": 3},
				answer{},
				answer{"cuts": []any{0}, "weights": []any{1.0}, "limit": 1e9},
				answer{"cuts": []any{0}, "weights": []any{1.0}, "limit": 1e9},
			}}
			delete(f.a, "posts")
			f.a["planner_mix"] = []any{route(0.5, "a"), route(0.5, "b")}
			f.bounds(1.0/7, 0.25)
		}, "lower"},
		"escort over its mean": {escorted, func(f forgery) {
			f.a["planner_mix"] = []any{answer{"path": []any{"a"}, "prob": 1.0, "posted": []any{"a"}}}
			f.bounds(0, 0.25)
		}, "mean posts"},
		"escort elsewhere": {escorted, func(f forgery) {
			f.a["planner_mix"] = []any{answer{"path": []any{"a"}, "prob": 1.0, "posted": []any{"b"}}}
			f.bounds(0, 0.5)
		}, "not on the route"},
		"escort twice": {escorted, func(f forgery) {
			f.a["planner_mix"] = []any{answer{"path": []any{"a"}, "prob": 1.0, "posted": []any{"a", "a"}}}
			f.bounds(0, 0.5)
		}, "twice"},
		"price below 0":       {escorted, func(f forgery) { f.a["mu"] = -100.0; f.bounds(20, 20) }, "lower"},
		"movement left out":   {campaign, func(f forgery) { f.a["planner_mix"] = []any{f.a["planner_mix"].([]any)[0]} }, "add up"},
		"movement that is no": {campaign, func(f forgery) { f.first("planner_mix")["movement"] = 7 }, "no movement"},
		"movement unnamed":    {campaign, func(f forgery) { delete(f.first("planner_mix"), "movement") }, "movement"},
		"no policy":           {staged, func(f forgery) { delete(f.a, "policy") }, "upper"},
		"no ambush":           {staged, func(f forgery) { delete(f.a, "ambush") }, "worth"},
		"no node values":      {staged, func(f forgery) { delete(f.a, "node_values") }, "missing"},
		"policy of elsewhere": {staged, func(f forgery) { f.a["policy"].(answer)["2"] = []any{answer{"edge": "a", "prob": 1.0}} }, "lead out"},
		"policy into nothing": {staged, func(f forgery) { delete(f.a["policy"].(answer), "2") }, "upper"},
		"routes beside the policy": {staged, func(f forgery) {
			f.a["planner_mix"] = []any{route(1, "b")}
		}, "routes have"},
		"tours":        {swept, func(f forgery) { f.a["tours"] = "4" }, "tours"},
		"no tours":     {swept, func(f forgery) { delete(f.a, "tours") }, "tours"},
		"bits":         {swept, func(f forgery) { f.a["bits"] = 2.0 }, "bits"},
		"sweep value":  {swept, func(f forgery) { f.bounds(0.3, 0.3) }, "upper"},
		"spare letter": {twoStreets, func(f forgery) { f.a["Upper"] = f.a["upper"]; f.a["upper"] = 0.001 }, "Upper"},
		"spare letter within": {twoStreets, func(f forgery) {
			f.first("planner_mix")["Prob"] = f.first("planner_mix")["prob"]
		}, "Prob"},
	} {
		t.Run(name, func(t *testing.T) {
			in, a := solved(t, c.src)
			c.change(forgery{a})
			report, err := judged(t, in, a)
			said := fmt.Sprint(err)
			if err == nil {
				if report.Verdict == verify.Confirmed {
					t.Fatalf("confirmed: %+v", report)
				}
				said = ""
				for _, claim := range report.Claims {
					if claim.Verdict != verify.Confirmed {
						said += claim.Name + ": " + claim.Detail + "\n"
					}
				}
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("says %q, not a word of %q", said, c.says)
			}
		})
	}
}
