package game_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// conformanceKinds lists all games but sweeps, which have no routes.
var conformanceKinds = []game.Kind{
	game.Edge, game.EdgeMeanTime, game.EdgeRouteTimeCap, game.Zones, game.EdgePostsLinear, game.EdgePostsDiscrete,
	game.EdgeAttackers, game.EdgeEscortJoint, game.Multistage, game.EdgeMultiMovement,
}

// drawInstance writes a random instance of a kind: few nodes, many degenerate
// cases.
func drawInstance(kind game.Kind, r *rand.Rand) string {
	n := 2 + r.IntN(5)
	m := 1 + r.IntN(2*n)
	if kind == game.EdgePostsDiscrete {
		m = min(m, 7)
	}
	return drawSized(kind, r, n, m)
}

// drawSized is drawInstance with so many nodes and edges.
func drawSized(kind game.Kind, r *rand.Rand, n, m int) string {
	directed := r.IntN(2) == 0 || kind == game.Multistage
	id := func(v int) string {
		if v%2 == 0 {
			return fmt.Sprint(v)
		}
		return fmt.Sprintf(`"n%d"`, v)
	}
	chance := func() string {
		switch r.IntN(12) {
		case 0:
			return "0"
		case 1:
			return "1"
		case 2:
			return fmt.Sprintf(`"%d/7"`, 1+r.IntN(6))
		}
		return fmt.Sprintf("%.2f", 0.05+0.95*r.Float64())
	}
	var nodes, edges []string
	for v := range n {
		nodes = append(nodes, id(v))
	}
	for e := range m {
		u, v := r.IntN(n), r.IntN(n)
		if kind == game.Multistage {
			for u == v {
				u, v = r.IntN(n), r.IntN(n)
			}
			u, v = min(u, v), max(u, v)
		}
		s := fmt.Sprintf(`{"id":"e%d","from":%s,"to":%s,"time":%d.5`, e, id(u), id(v), r.IntN(6))
		p := chance()
		if kind != game.Zones {
			s += `,"p":` + p
		}
		switch kind {
		case game.EdgePostsLinear:
			if r.IntN(3) > 0 {
				s += fmt.Sprintf(`,"post_gain":%d`, r.IntN(4))
			}
			if r.IntN(2) > 0 {
				s += fmt.Sprintf(`,"post_max":%.1f`, 2*r.Float64())
			}
		case game.EdgePostsDiscrete:
			if r.IntN(3) > 0 {
				in := strings.Trim(p, `"`)
				if !strings.Contains(in, "/") {
					x := 0.0
					if _, err := fmt.Sscan(in, &x); err != nil {
						panic(err)
					}
					s += fmt.Sprintf(`,"p_with_post":%.3f`, x*float64(r.IntN(4))/4)
				}
			}
		default:
		}
		edges = append(edges, s+"}")
	}
	s := fmt.Sprintf(`{"kind":%q,"directed":%v,"nodes":[%s],"edges":[%s]`, kind, directed, strings.Join(nodes, ","), strings.Join(edges, ","))
	terminals := func() string {
		list := func(v int) string {
			if r.IntN(4) == 0 && n > 2 {
				return fmt.Sprintf("[%s,%s]", id(v), id((v+1)%n))
			}
			return id(v)
		}
		from, to := 0, n-1
		if r.IntN(15) == 0 {
			to = r.IntN(n)
		}
		return fmt.Sprintf(`"source":%s,"sink":%s`, list(from), list(to))
	}
	if kind != game.EdgeMultiMovement {
		s += "," + terminals()
	}
	switch kind {
	case game.EdgeMeanTime:
		s += fmt.Sprintf(`,"mean_time_budget":"%d/3"`, r.IntN(40))
	case game.EdgeRouteTimeCap:
		s += fmt.Sprintf(`,"route_time_cap":%d.5`, r.IntN(16))
	case game.Zones:
		var zones []string
		for z := range r.IntN(6) {
			var in, on []string
			for v := range n {
				if r.IntN(4) == 0 {
					in = append(in, id(v))
				}
			}
			for e := range m {
				if r.IntN(5) == 0 {
					on = append(on, fmt.Sprintf(`"e%d"`, e))
				}
			}
			zones = append(zones, fmt.Sprintf(`{"id":%d,"nodes":[%s],"edges":[%s],"p":%s}`, z, strings.Join(in, ","), strings.Join(on, ","), chance()))
		}
		s += fmt.Sprintf(`,"zones":[%s]`, strings.Join(zones, ","))
	case game.EdgePostsLinear, game.EdgePostsDiscrete:
		s += fmt.Sprintf(`,"budget":%d`, r.IntN(4))
	case game.EdgeAttackers:
		s += fmt.Sprintf(`,"attackers":%d`, 1+r.IntN(3))
	case game.EdgeEscortJoint:
		s += fmt.Sprintf(`,"mean_posts":%.1f,"post_effect":%s`, 2*r.Float64(), chance())
	case game.EdgeMultiMovement:
		var moves []string
		for range 1 + r.IntN(3) {
			moves = append(moves, fmt.Sprintf(`{"source":%s,"sink":%s,"count":%d}`, id(r.IntN(n)), id(r.IntN(n)), 1+r.IntN(5)))
		}
		s += fmt.Sprintf(`,"movements":[%s]`, strings.Join(moves, ","))
	default:
	}
	return s + "}"
}

func compileSchema(t *testing.T, src []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, src []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// answer solves an instance and brings the answer through JSON.
func answer(t *testing.T, src string) (*game.Instance, *game.Document, []byte) {
	t.Helper()
	in, err := game.ParseInstance([]byte(src))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	result, err := game.Solve(context.Background(), in, game.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	var out bytes.Buffer
	if err := game.NewDocument(in, result, 0).Write(&out); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	doc, err := game.ParseDocument(out.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, src, out.Bytes())
	}
	return in, doc, out.Bytes()
}

// TestConformance draws instances of every kind, and holds that the answer is what
// enumeration with exact arithmetic gives, that it fits the schema, and that the
// checker confirms it after a way through JSON.
func TestConformance(t *testing.T) {
	instances, results := compileSchema(t, game.InstanceSchema()), compileSchema(t, game.ResultSchema())
	const each = 120
	for _, kind := range conformanceKinds {
		t.Run(string(kind), func(t *testing.T) {
			feasible := 0
			for seed := range uint64(each) {
				src := drawInstance(kind, rand.New(rand.NewPCG(seed, 7)))
				if err := validate(instances, []byte(src)); err != nil {
					t.Fatalf("schema: %v\n%s", err, src)
				}
				in, doc, out := answer(t, src)
				if err := validate(results, out); err != nil {
					t.Fatalf("schema: %v\n%s\n%s", err, src, out)
				}
				want := truthOf(in).value()
				switch {
				case want == nil != (doc.Status == game.Infeasible):
					t.Fatalf("seed %d: status %s, enumeration gives %v\n%s", seed, doc.Status, want, src)
				case want != nil:
					feasible++
					if v, _ := want.Float64(); math.Abs(*doc.Value-v) > 1e-9*v+1e-12 || doc.Status != game.Optimal {
						t.Fatalf("seed %d: %s, value %v, enumeration gives %v\n%s\n%s", seed, doc.Status, *doc.Value, v, src, out)
					}
				}
				report, err := verify.Verify(in, doc)
				if err != nil {
					t.Fatalf("seed %d: %v\n%s\n%s", seed, err, src, out)
				}
				if report.Verdict != verify.Confirmed {
					t.Fatalf("seed %d: %s\n%+v\n%s\n%s", seed, report.Summary(), report.Claims, src, out)
				}
			}
			if feasible < each/4 {
				t.Errorf("only %d of %d instances were feasible", feasible, each)
			}
		})
	}
}

// TestSweepCountsTours compares with the tours counted one by one.
func TestSweepCountsTours(t *testing.T) {
	results := compileSchema(t, game.ResultSchema())
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		n := 1 + r.IntN(4)
		m := r.IntN(6)
		var nodes, edges []string
		for v := range n {
			nodes = append(nodes, fmt.Sprint(v))
		}
		for e := range m {
			edges = append(edges, fmt.Sprintf(`{"id":%d,"from":%d,"to":%d}`, e, r.IntN(n), r.IntN(n)))
		}
		src := fmt.Sprintf(`{"kind":"sweep_eulerian","directed":false,"nodes":[%s],"edges":[%s]}`, strings.Join(nodes, ","), strings.Join(edges, ","))
		in, doc, out := answer(t, src)
		if err := validate(results, out); err != nil {
			t.Fatalf("schema: %v\n%s", err, out)
		}
		want := countTours(in)
		switch {
		case want == 0:
			if doc.Status != game.Infeasible {
				t.Fatalf("%s: %s, want infeasible", src, doc.Status)
			}
		case doc.Tours != fmt.Sprint(want):
			t.Fatalf("%s: %s tours, counted %d", src, doc.Tours, want)
		}
		report, err := verify.Verify(in, doc)
		if err != nil || report.Verdict != verify.Confirmed {
			t.Fatalf("%s: %v %+v", src, err, report)
		}
	}
}

// countTours counts cyclic tours that drive each edge once each way, from the
// first arc on.
func countTours(in *game.Instance) int {
	type arc struct{ from, to uint32 }
	var arcs []arc
	for e := range in.From {
		arcs = append(arcs, arc{in.From[e], in.To[e]}, arc{in.To[e], in.From[e]})
	}
	if len(arcs) == 0 {
		return 1
	}
	used := make([]bool, len(arcs))
	used[0] = true
	count := 0
	var visit func(at uint32, left int)
	visit = func(at uint32, left int) {
		if left == 0 {
			if at == arcs[0].from {
				count++
			}
			return
		}
		for i, a := range arcs {
			if !used[i] && a.from == at {
				used[i] = true
				visit(a.to, left-1)
				used[i] = false
			}
		}
	}
	visit(arcs[0].to, len(arcs)-1)
	return count
}

// TestSweepOfManyNodes compares the number of spanning trees with closed forms: n
// to the power of n-2 for complete graphs (Cayley), and sizes beyond 500 nodes with
// those of cycles, which have as many trees as streets.
func TestSweepOfManyNodes(t *testing.T) {
	build := func(n int, join func(u, v int) bool) *game.Instance {
		in := &game.Instance{Kind: game.SweepEulerian}
		for v := range n {
			in.Nodes = append(in.Nodes, game.ID{Text: fmt.Sprint(v), Number: true})
			for u := range v {
				if join(u, v) {
					in.Edges = append(in.Edges, game.ID{Text: fmt.Sprint(len(in.Edges)), Number: true})
					in.From, in.To = append(in.From, uint32(u)), append(in.To, uint32(v))
				}
			}
		}
		return in
	}
	const n = 40
	r, err := game.Solve(context.Background(), build(n, func(u, v int) bool { return true }), game.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := new(big.Int).Exp(big.NewInt(n), big.NewInt(n-2), nil)
	for range n {
		want.Mul(want, new(big.Int).MulRange(1, n-2))
	}
	if r.Tours != want.String() {
		t.Errorf("complete graph: %s tours, want %s", r.Tours, want)
	}
	for _, n := range []int{500, 501, 1400} {
		in := build(n, func(u, v int) bool { return v == u+1 || u == 0 && v == n-1 })
		r, err := game.Solve(context.Background(), in, game.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n <= 500 != (r.Tours == fmt.Sprint(n)) || math.Abs(*r.Bits-math.Log2(float64(n))) > 1e-9 {
			t.Errorf("cycle of %d: %q tours, %v bits", n, r.Tours, *r.Bits)
		}
		report, err := verify.Verify(in, game.NewDocument(in, r, 0))
		if err != nil || report.Verdict != verify.Confirmed {
			t.Errorf("cycle of %d: %v %+v", n, err, report)
		}
	}
}

// TestMutations changes every number of answers and holds that the checker refutes
// it, or that what is then claimed is weaker and still holds.
func TestMutations(t *testing.T) {
	refuted, weaker := 0, 0
	for _, kind := range append(slices.Clip(conformanceKinds), game.SweepEulerian) {
		for seed := range uint64(6) {
			src := `{"kind":"sweep_eulerian","directed":false,"nodes":[1,2,3],"edges":[{"id":1,"from":1,"to":2},{"id":2,"from":2,"to":3},{"id":3,"from":3,"to":1}]}`
			if kind != game.SweepEulerian {
				src = drawInstance(kind, rand.New(rand.NewPCG(seed, 7)))
			}
			in, doc, out := answer(t, src)
			if doc.Status == game.Infeasible {
				continue
			}
			for _, change := range []float64{0.9, 1.1, 0} {
				for _, mutant := range mutants(t, out, change) {
					changed, err := game.ParseDocument(mutant.src)
					if err != nil {
						refuted++
						continue
					}
					report, err := verify.Verify(in, changed)
					if err != nil || report.Verdict != verify.Confirmed {
						refuted++
						continue
					}
					weaker++
					var truth float64
					if want := truthOf(in); kind != game.SweepEulerian {
						truth, _ = want.value().Float64()
					} else {
						truth = *doc.Value
					}
					if *changed.Lower > truth*(1+1e-8)+1e-12 || *changed.Upper < truth*(1-1e-8)-1e-12 {
						t.Fatalf("%s: %s changed to %v is confirmed: %v to %v, truth %v\n%s\n%s", kind, mutant.place, mutant.to, *changed.Lower, *changed.Upper, truth, src, mutant.src)
					}
				}
			}
		}
	}
	if refuted < 500 || weaker == 0 {
		t.Errorf("%d refuted, %d weaker", refuted, weaker)
	}
}

type mutant struct {
	src   []byte
	place string
	to    float64
}

// mutants lists the answers with one number changed.
func mutants(t *testing.T, src []byte, factor float64) []mutant {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	var all []mutant
	emit := func(place string, to float64) {
		out, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mutant{out, place, to})
	}
	var visit func(place string, v any, set func(any))
	visit = func(place string, v any, set func(any)) {
		switch v := v.(type) {
		case map[string]any:
			for key, x := range v {
				if key != "seconds" && key != "path" && key != "edge" && key != "zone" && key != "edges" && key != "posted" {
					visit(place+"."+key, x, func(to any) { v[key] = to })
				}
			}
		case []any:
			for i, x := range v {
				visit(fmt.Sprintf("%s[%d]", place, i), x, func(to any) { v[i] = to })
			}
		case float64:
			to := v * factor
			if v == 0 {
				to = 0.25
			}
			set(to)
			emit(place, to)
			set(v)
		}
	}
	visit("", doc, nil)
	return all
}
