package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game/verify"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/plan/audit"
)

var start = time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC)

// town makes the map of a town of streets 400 m apart, with bridges and signals
// that make some of them more exposed than others, and a street of one way.
func town(tb testing.TB) plan.Input {
	tb.Helper()
	b := &osmtest.Builder{Replication: start.Add(-24 * time.Hour).Unix()}
	const side = 6
	id := func(row, column int) int64 { return int64(100 + 10*row + column) }
	for row := range side {
		for column := range side {
			var tags []string
			if (2*row+3*column)%5 == 1 {
				tags = []string{"highway", "traffic_signals"}
			}
			b.Node(id(row, column), 50+0.0036*float64(row), 10+0.0056*float64(column), tags...)
		}
	}
	way := int64(1000)
	street := func(from, to int64, tags ...string) {
		way++
		b.Way(way, []int64{from, to}, append([]string{"highway", "secondary", "maxspeed", "50"}, tags...)...)
	}
	for row := range side {
		for column := range side {
			var tags []string
			if (row+2*column)%7 == 3 {
				tags = []string{"bridge", "yes", "layer", "1"}
			}
			if column+1 < side {
				street(id(row, column), id(row, column+1), tags...)
			}
			if row+1 < side {
				one := "no"
				if column == 2 {
					one = "yes"
				}
				street(id(row, column), id(row+1, column), "oneway", one)
			}
		}
	}
	path := filepath.Join(tb.TempDir(), "town.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		tb.Fatal(err)
	}
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
	if err != nil {
		tb.Fatal(err)
	}
	profile, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	speeds, err := pace.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	spot := func(lat, lon float64) outrider.Endpoint {
		p := geo.PointFromDegrees(lat, lon)
		return outrider.Endpoint{Point: &p, Label: fmt.Sprintf("%.4f, %.4f", lat, lon)}
	}
	mv := &outrider.Movement{
		Name: "Across the town", Cover: "HERON", Zone: time.UTC,
		Convoy: outrider.Convoy{Vehicles: []outrider.Vehicle{{CallSign: "A1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2}}, MarchKMH: 50},
		Legs: []outrider.Leg{
			{From: spot(50.0001, 10.0001), To: spot(50.0179, 10.0279), Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}},
			{From: spot(50.0179, 10.0279), To: spot(50.0036, 10.0056), Window: outrider.Window{Earliest: start.Add(5 * time.Hour), Latest: start.Add(6 * time.Hour)}},
		},
		Constraints: outrider.Constraints{Alternates: 1, MaxDetour: 1.5},
	}
	return plan.Input{Map: m, Movement: mv, Profile: profile, Speeds: speeds, Now: start, Mix: plan.MixOptions{Routes: 4, Area: 250}}
}

// made returns a plan and its proof as files hold them.
func made(tb testing.TB, in plan.Input) (planFile, proofFile []byte) {
	tb.Helper()
	p, err := plan.Make(context.Background(), in)
	if err != nil {
		tb.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := exchange.WriteJSON(&a, p); err != nil {
		tb.Fatal(err)
	}
	if err := audit.NewProof(p).Write(&b); err != nil {
		tb.Fatal(err)
	}
	return a.Bytes(), b.Bytes()
}

func read(tb testing.TB, planFile, proofFile []byte) (*outrider.Plan, *audit.Proof) {
	tb.Helper()
	p, err := exchange.ReadPlan("plan.json", planFile)
	if err != nil {
		tb.Fatal(err)
	}
	proof, err := audit.ReadProof(proofFile, p)
	if err != nil {
		tb.Fatal(err)
	}
	return p, proof
}

func verdict(legs []audit.Leg, leg int, claim string) verify.Verdict {
	for _, c := range legs[leg].Claims {
		if c.Name == claim {
			return c.Verdict
		}
	}
	return ""
}

// TestPlanIsConfirmed wants everything confirmed that a sound plan claims; without
// the proof all but the lower bound.
func TestPlanIsConfirmed(t *testing.T) {
	in := town(t)
	planFile, proofFile := made(t, in)
	if bytes.Contains(planFile, []byte(`"attack"`)) {
		t.Error("plan.json holds an attacker's mix")
	}
	p, proof := read(t, planFile, proofFile)
	legs, err := audit.Plan(context.Background(), in, p, proof, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(legs) != 2 || legs[0].Leg != 1 || legs[1].Leg != 2 {
		t.Fatalf("%d legs were looked at: %+v", len(legs), legs)
	}
	for _, l := range legs {
		if l.Verdict != verify.Confirmed || l.Lower == nil || l.Upper == nil || *l.Lower <= 0 || *l.Lower > *l.Upper {
			t.Errorf("leg %d: %+v", l.Leg, l.Report)
		}
	}
	if n := len(p.Legs[0].Mix.Routes); n < 2 {
		t.Errorf("the first leg has %d routes to draw from: the town is too plain", n)
	}
	legs, err = audit.Plan(context.Background(), in, p, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range legs {
		if l.Verdict != verify.NotProven || verdict(legs, i, "lower") != verify.NotProven || verdict(legs, i, "upper") != verify.Confirmed {
			t.Errorf("leg %d without proof: %+v", l.Leg, l.Report)
		}
	}
}

// TestForgedPlanIsRefuted changes one thing in a plan at a time.
func TestForgedPlanIsRefuted(t *testing.T) {
	in := town(t)
	planFile, proofFile := made(t, in)
	for _, c := range []struct {
		claim string
		want  verify.Verdict
		forge func(m *outrider.RouteMix, proof *audit.Proof)
	}{
		{"odds", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Weight++; m.Routes[0].Prob += 1e-6 }},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Prob += 0.01 }},
		{"mean time", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) {
			m.Routes[0].Weight, m.Routes[1].Weight = m.Routes[0].Weight-40_000, m.Routes[1].Weight+40_000
			m.Routes[0].Prob, m.Routes[1].Prob = float64(m.Routes[0].Weight)/1e6, float64(m.Routes[1].Weight)/1e6
		}},
		{"mean time", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.MeanS++ }},
		{"upper", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Upper *= 0.999 }},
		{"upper", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Upper *= 1.01 }},
		{"route 2", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) {
			m.Routes[1].States = slices.Delete(slices.Clone(m.Routes[1].States), 2, 3)
		}},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].States[1] = -1 }},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].States = []int{} }},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) {
			m.Routes[0].States = m.Routes[0].States[:len(m.Routes[0].States)-1]
		}},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Route.Points[1].Lat += 0.001 }},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Route.Steps[0].Road = "Elsewhere" }},
		{"route 1, known", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Worst *= 0.9 }},
		{"usual route", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Usual *= 1.1 }},
		{"best single route", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Single *= 0.9 }},
		{"best single route", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Single *= 1.1 }},
		{"best single route", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.SingleS = m.FastestS - 1 }},
		{"limit", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.FastestS-- }},
		{"limit", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.MaxDetour = 1.6 }},
		{"net", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Step *= 2 }},
		{"route 2", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[1].Weight += m.Sum }},
		{"route 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Routes[0].Weight = -m.Routes[0].Weight }},
		{"areas", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Areas[0].Lat += 0.001 }},
		{"areas", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Areas = m.Areas[1:] }},
		{"areas", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Areas[0].Assumed = false }},
		{"place 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Places[0].P *= 1.01 }},
		{"place 1", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Places[0].By = nil }},
		{"place 2", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Places[1].Value *= 0.9 }},
		{"lower", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Lower *= 1.001 }},
		{"lower", verify.Refuted, func(_ *outrider.RouteMix, x *audit.Proof) { x.Legs[0].Attack[0].Prob *= 0.9 }},
		{"lower", verify.Refuted, func(_ *outrider.RouteMix, x *audit.Proof) { x.Legs[0].Attack[0].Lat += 0.05 }},
		{"lower", verify.Refuted, func(_ *outrider.RouteMix, x *audit.Proof) { x.Legs[0].Attack[0].P = 0.99 }},
		{"lower", verify.NotProven, func(_ *outrider.RouteMix, x *audit.Proof) { x.Legs = x.Legs[1:] }},
		{"lower", verify.Confirmed, func(m *outrider.RouteMix, _ *audit.Proof) { m.Lower = 0 }},
		{"figures", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Ratio *= 0.9 }},
		{"figures", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.BestKnown = m.Lower * 0.9 }},
		{"figures", verify.Refuted, func(m *outrider.RouteMix, _ *audit.Proof) { m.Frontier[0].Lower = m.Frontier[0].Upper * 1.01 }},
	} {
		p, proof := read(t, planFile, proofFile)
		c.forge(p.Legs[0].Mix, proof)
		legs, err := audit.Plan(context.Background(), in, p, proof, 0)
		if err != nil {
			t.Errorf("%s: %v", c.claim, err)
			continue
		}
		if got := verdict(legs, 0, c.claim); got != c.want {
			t.Errorf("%s is %q, want %q: %+v", c.claim, got, c.want, legs[0].Claims)
		}
		if legs[1].Verdict != verify.Confirmed {
			t.Errorf("%s: the leg that was left alone is %q", c.claim, legs[1].Verdict)
		}
	}
}

// notRecomputed are the parts of a mix that the notes of a report name as such.
var notRecomputed = regexp.MustCompile(`^/(frontier|radii|door|ratio_low|ratio_high|best_known|method|notes)\b|^/places/\d+/(post|road|usual|binds)$`)

// TestEveryFigureIsHeld changes single figures and words of a plan's mix in the file,
// drawn at random among all that are recomputed.
func TestEveryFigureIsHeld(t *testing.T) {
	in := town(t)
	planFile, proofFile := made(t, in)
	var file map[string]any
	if err := json.Unmarshal(planFile, &file); err != nil {
		t.Fatal(err)
	}
	type leaf struct {
		at  string
		set func(any)
		old any
	}
	var leaves []leaf
	var visit func(at string, v any, set func(any))
	visit = func(at string, v any, set func(any)) {
		switch v := v.(type) {
		case map[string]any:
			for key, x := range v {
				visit(at+"/"+key, x, func(y any) { v[key] = y })
			}
		case []any:
			for i, x := range v {
				visit(fmt.Sprintf("%s/%d", at, i), x, func(y any) { v[i] = y })
			}
		case float64, string, bool:
			if !notRecomputed.MatchString(at) {
				leaves = append(leaves, leaf{at, set, v})
			}
		}
	}
	visit("", file["legs"].([]any)[0].(map[string]any)["mix"], nil)
	slices.SortFunc(leaves, func(a, b leaf) int { return strings.Compare(a.at, b.at) })
	if len(leaves) < 200 {
		t.Fatalf("the mix has %d figures and words", len(leaves))
	}
	random := rand.New(rand.NewPCG(9, 10))
	random.Shuffle(len(leaves), func(i, k int) { leaves[i], leaves[k] = leaves[k], leaves[i] })
	refused := 0
	for _, l := range leaves[:150] {
		switch old := l.old.(type) {
		case float64:
			l.set(old + max(1, math.Round(old/20)))
		case string:
			l.set(old + "s")
		case bool:
			l.set(!old)
		}
		src, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		l.set(l.old)
		p, err := exchange.ReadPlan("plan.json", src)
		if err != nil {
			refused++
			continue // the file is refused
		}
		_, proof := read(t, planFile, proofFile)
		legs, err := audit.Plan(context.Background(), in, p, proof, 0)
		if err != nil {
			refused++
			continue
		}
		if legs[0].Verdict != verify.Refuted {
			t.Errorf("%s: %v changed is %q", l.at, l.old, legs[0].Verdict)
		}
	}
	if refused > 75 {
		t.Errorf("%d of 150 changed files were not even read", refused)
	}
}

// TestProofKeepsItsSchema holds a proof against the schema that is published.
func TestProofKeepsItsSchema(t *testing.T) {
	_, proofFile := made(t, town(t))
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(audit.ProofSchemaJSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("proof.schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("proof.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		src   []byte
		valid bool
	}{{proofFile, true}, {bytes.Replace(proofFile, []byte(`"lat":50`), []byte(`"lat":150`), 1), false}} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(x.src))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(doc); (err == nil) != x.valid {
			t.Errorf("%s: %v", x.src, err)
		}
	}
}

// TestProofOfAnotherPlan wants proofs refused that are of no use.
func TestProofOfAnotherPlan(t *testing.T) {
	in := town(t)
	planFile, proofFile := made(t, in)
	p, _ := read(t, planFile, proofFile)
	for _, c := range []struct{ old, new, want string }{
		{"outrider.proof/1", "outrider.proof/2", "its form"},
		{"Across the town", "Across the river", "another plan"},
		{`"leg":2`, `"leg":3`, "it has a leg 3"},
		{`"lat":50`, `"lat":150`, "nowhere"},
		{`{"schema"`, `["schema"`, "no proof"},
	} {
		src := strings.Replace(string(proofFile), c.old, c.new, 1)
		if _, err := audit.ReadProof([]byte(src), p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	other := in
	mv := *in.Movement
	mv.Legs = mv.Legs[:1]
	other.Movement = &mv
	if _, err := audit.Plan(context.Background(), other, p, nil, 0); outrider.KindOf(err) != outrider.Refuted {
		t.Errorf("a movement without the second leg: %v", err)
	}
}
