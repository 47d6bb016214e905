package game

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
)

const readable = `{"kind":"edge+mean_time","directed":true,"nodes":["a",2,"c"],
"edges":[{"id":"x","from":"a","to":2,"p":0.5,"time":"1/3"},
 {"id":7,"from":2,"to":"c","p":"1/4","time":0.25}],
"source":"a","sink":["c",2],"mean_time_budget":"7/2"}`

func TestReadInstance(t *testing.T) {
	in, err := ReadInstance(strings.NewReader(readable))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(in.Nodes, []ID{{"a", false}, {"2", true}, {"c", false}}) || !slices.Equal(in.Edges, []ID{{"x", false}, {"7", true}}) {
		t.Errorf("ids %v %v", in.Nodes, in.Edges)
	}
	if !slices.Equal(in.P, []float64{0.5, 0.25}) || !slices.Equal(in.Time, []int64{4, 3}) || in.TimeScale.Int64() != 12 || in.TimeRounded {
		t.Errorf("p %v, time %v of 1/%v", in.P, in.Time, in.TimeScale)
	}
	if !slices.Equal(in.Sources, []uint32{0}) || !slices.Equal(in.Sinks, []uint32{2, 1}) || in.MeanTimeBudget.Cmp(big.NewRat(7, 2)) != 0 {
		t.Errorf("terminals %v %v, budget %v", in.Sources, in.Sinks, in.MeanTimeBudget)
	}
	if in.Hash != in.Digest() || len(in.Hash) != 64 {
		t.Errorf("hash %q", in.Hash)
	}
}

// TestHashKnowsTheGame holds that spelling does not change the hash and that every
// fact does.
func TestHashKnowsTheGame(t *testing.T) {
	digest := func(src string) string {
		in, err := ParseInstance([]byte(src))
		if err != nil {
			t.Fatalf("%v: %s", err, src)
		}
		return in.Hash
	}
	want := digest(readable)
	for _, same := range [][2]string{{"0.5", "5e-1"}, {"0.5", `"1/2"`}, {`"1/4"`, "0.2500"}, {"\n", "\r\n\t "}, {`"7/2"`, "3.5"}, {`"a"`, `"\u0061"`}} {
		if digest(strings.ReplaceAll(readable, same[0], same[1])) != want {
			t.Errorf("%q for %q changes the hash", same[1], same[0])
		}
	}
	for _, other := range [][2]string{{"0.5", "0.51"}, {`"1/3"`, `"1/5"`}, {`"x"`, `"y"`}, {`"to":2`, `"to":"c"`}, {`["c",2]`, `"c"`}, {"true", "false"}, {`"7/2"`, "4"}, {`"id":7`, `"id":"7"`}} {
		if digest(strings.Replace(readable, other[0], other[1], 1)) == want {
			t.Errorf("%q for %q does not change the hash", other[1], other[0])
		}
	}
}

func TestReadRefuses(t *testing.T) {
	change := func(old, now string) string {
		out := strings.Replace(readable, old, now, 1)
		if out == readable {
			t.Fatalf("%q is not there", old)
		}
		return out
	}
	for _, c := range []struct{ src, place, cause string }{
		{"", "", "the end of the file"},
		{"[1]", "", "found a list"},
		{readable[:100], "edges[0]", "a text without end"},
		{readable + "{}", "", "something follows"},
		{change(`"directed"`, `"direct"`), "", `"direct" is not known`},
		{change(`"p":0.5`, `"q":0.5`), "edges[0]", `"q" is not known`},
		{change(`"p":0.5`, `"p":0.5,"p":0.5`), "edges[0]", "twice"},
		{change(`"kind":"edge+mean_time",`, ""), "kind", "missing"},
		{change(`"edge+mean_time"`, `"edges"`), "kind", "no kind of game"},
		{change(`"edge+mean_time"`, `7`), "kind", "found a number"},
		{change(`"edge+mean_time"`, `"edge"`), "mean_time_budget", "no such key"},
		{change(`"edge+mean_time"`, `"edge+k_attackers"`), "attackers", "missing"},
		{change(`true`, `"yes"`), "directed", "found a text"},
		{change(`2,"c"]`, `2,"a"]`), "nodes[2]", "comes twice"},
		{change(`2,"c"]`, `2,"2"]`), "nodes[2]", "only in its quotes"},
		{change(`2,"c"]`, `2,""]`), "nodes[2]", "without characters"},
		{change(`2,"c"]`, `2,null]`), "nodes[2]", "found null"},
		{change(`"id":7`, `"id":"x"`), "edges[1].id", "comes twice"},
		{change(`"from":"a"`, `"from":"z"`), "edges[0].from", `no node "z"`},
		{change(`"from":2`, `"from":"2"`), "edges[1].from", `no node "2"`},
		{change(`"p":0.5,`, ""), "edges[0].p", "missing"},
		{change(`"p":0.5`, `"p":1.5`), "edges[0].p", "not in [0, 1]"},
		{change(`"p":0.5`, `"p":-0.5`), "edges[0].p", "not in [0, 1]"},
		{change(`"p":0.5`, `"p":NaN`), "edges[0].p", "NaN"},
		{change(`"p":0.5`, `"p":.5`), "edges[0].p", "expected a number"},
		{change(`"p":0.5`, `"p":"half"`), "edges[0].p", `"half"`},
		{change(`"p":0.5`, `"p":"1/0"`), "edges[0].p", "denominator 0"},
		{change(`"p":0.5`, `"p":1e-999999999`), "edges[0].p", "too many digits"},
		{change(`"time":0.25`, `"time":-1`), "edges[1].time", "below 0"},
		{change(`,"time":0.25`, ``), "edges[1].time", "missing"},
		{change(`"time":0.25`, `"time":1e30`), "edges", "2^60"},
		{change(`["c",2]`, `[]`), "sink", "no node"},
		{change(`["c",2]`, `["c","c"]`), "sink[1]", "twice"},
		{change(`"7/2"`, `"7 / 2"`), "mean_time_budget", "7 / 2"},
		{change(`"a"`, "\"\xff\""), "nodes[0]", "UTF-8"},
		{strings.Repeat("[", 100), "", "found a list"},
		{`{"nodes":` + strings.Repeat("[", 100), "", "deep"},
		{`{"kind":"multistage","directed":false,"nodes":[1],"edges":[],"source":1,"sink":1}`, "directed", "directed edges"},
		{`{"kind":"multistage","directed":true,"nodes":[1,2],"edges":[{"id":1,"from":1,"to":2,"p":0},{"id":2,"from":2,"to":1,"p":0}],"source":1,"sink":2}`, "edges", "cycle"},
		{`{"kind":"sweep_eulerian","directed":true,"nodes":[1],"edges":[]}`, "directed", "one-way"},
		{`{"kind":"edge+posts_discrete","directed":true,"nodes":[1,2],"edges":[{"id":1,"from":1,"to":2,"p":0.2,"p_with_post":0.3}],"source":1,"sink":2,"budget":1}`, "edges[0].p_with_post", "0.3"},
		{`{"kind":"edge+k_attackers","directed":true,"nodes":[1,2],"edges":[],"source":1,"sink":2,"attackers":1.5}`, "attackers", "whole number"},
		{`{"kind":"edge+multi_movement","directed":true,"nodes":[1,2],"edges":[],"movements":[{"source":1,"sink":2}]}`, "movements[0].count", "missing"},
		{`{"kind":"zone","directed":true,"nodes":[1,2],"edges":[],"source":1,"sink":2,"zones":[{"id":1,"nodes":[3],"p":1}]}`, "zones[0].nodes[0]", "no node 3"},
	} {
		_, err := ParseInstance([]byte(c.src))
		wrong, ok := errors.AsType[*InputError](err)
		if !ok || !strings.Contains(wrong.Cause, c.cause) || c.place != "" && !strings.HasPrefix(wrong.Place, c.place) || wrong.Remedy == "" {
			t.Errorf("got %v, want place %q and cause %q\n%.300s", err, c.place, c.cause, c.src)
		}
	}
}

// FuzzParseInstance holds that nothing makes the reader panic, and that what it
// takes is sound and is the same when it is written and read once more.
func FuzzParseInstance(f *testing.F) {
	f.Add([]byte(readable))
	f.Add([]byte(`{"kind":"zone","directed":false,"nodes":[1],"edges":[{"id":"\ud83d\ude00","from":1,"to":1}],"source":1,"sink":1,"zones":[{"id":1,"edges":["😀"],"p":"1/7"}]}`))
	f.Add([]byte(`{"kind":"edge+posts_linear","directed":false,"nodes":[1],"edges":[{"id":1,"from":1,"to":1,"p":1e-9,"post_gain":2,"post_max":"3/2"}],"source":1,"sink":1,"budget":0}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		in, err := ParseInstance(src)
		if err != nil {
			return
		}
		if err := in.Check(); err != nil {
			t.Fatalf("read, but %v", err)
		}
		var a, b bytes.Buffer
		if err := in.Canonical(&a); err != nil {
			t.Fatal(err)
		}
		again, err := ParseInstance(src)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Canonical(&b); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("two readings differ: %v", err)
		}
	})
}

// FuzzParseDocument holds that nothing makes the reader of answers panic.
func FuzzParseDocument(f *testing.F) {
	in, err := ParseInstance([]byte(readable))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"status":"optimal","value":0.5,"planner_mix":[{"path":["x",7],"prob":1}],"attacker_mix":[{"edge":"x","prob":1}],"policy":{"a":[{"edge":7,"prob":1}]},"node_values":{"2":null}}`))
	f.Fuzz(func(_ *testing.T, src []byte) {
		if doc, err := ParseDocument(src); err == nil {
			_, _ = doc.Result(in) // only that it does not panic
		}
	})
}
