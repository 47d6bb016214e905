package coverage_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/coverage/check"
	"github.com/outrider-project/outrider/game/verify"
)

const example = `{"posts": 2, "targets": [
	{"id": "gate", "attacker_uncovered": 5, "attacker_covered": -2, "defender_uncovered": -8, "defender_covered": 1},
	{"id": 7, "attacker_uncovered": "7/2", "attacker_covered": -1, "defender_uncovered": -3, "defender_covered": 2},
	{"id": "mast", "attacker_uncovered": 1e1, "attacker_covered": 0, "defender_uncovered": -4, "defender_covered": 0}]}`

func target(fields string) string { return `{"posts": 1, "targets": [{"id": "a", ` + fields + `}]}` }

// TestRefused gives games that are wrong: the error names the place, and the schema
// refuses them too where it can know. At the borders both take what is right.
func TestRefused(t *testing.T) {
	schema := compile(t, coverage.GameSchema())
	const notInSchema = "no schema"
	for _, c := range []struct{ src, want, note string }{
		{``, "expected an object", notInSchema},
		{`[]`, "expected an object", ""},
		{`{}`, "posts: it is missing", ""},
		{`{"posts": 1}`, "targets: it is missing", ""},
		{`{"posts": 1, "targets": []}`, "targets: no target", ""},
		{`{"posts": -1, "targets": []}`, "posts: -1 is no whole number", ""},
		{`{"posts": 1.5, "targets": []}`, "posts: 1.5 is no whole number", ""},
		{`{"posts": 10000001, "targets": [{"id": 1, "p": 1}]}`, "posts: 10000001 is no whole number", ""},
		{`{"posts": 1, "posts": 1}`, "comes twice", notInSchema},
		{`{"posts": 1, "guards": 1}`, `the key "guards" is not known`, ""},
		{target(`"p": 0.5`) + `x`, "something follows", notInSchema},
		{target(`"p": 1.5`), "targets[0].p: 1.5 is not 0", ""},
		{target(`"p": 9e-13`), "targets[0].p: 9e-13 is not 0", ""},
		{target(`"p": -0.5`), "targets[0].p: -0.5 is not 0", ""},
		{target(`"p": "1/0"`), "denominator 0", ""},
		{target(`"p": "half"`), "expected a number", ""},
		{target(`"p": true`), "found true", ""},
		{target(`"p_with_post": 0.5`), "targets[0].p: it is missing", ""},
		{target(`"p": 0.5, "p_with_post": 0.6`), "targets[0]: a post would raise", notInSchema},
		{target(`"p": 0.5, "attacker_covered": 0`), "it has p and payoffs", ""},
		{target(`"attacker_covered": 0`), "attacker_uncovered: it is missing", ""},
		{target(`"attacker_uncovered": 0`), "attacker_covered: it is missing", ""},
		{target(`"attacker_uncovered": 2e12, "attacker_covered": 0`), "2e12 is too large", ""},
		{target(`"attacker_uncovered": 1, "attacker_covered": -9e-13`), "-9e-13 is too large or too small", ""},
		{target(`"attacker_uncovered": 1, "attacker_covered": 0, "defender_covered": 1`), "defender_uncovered: it is missing", ""},
		{target(`"attacker_uncovered": 1, "attacker_covered": 0, "defender_covered": 1, "defender_uncovered": 2`), "a post would harm the defender", notInSchema},
		{target(`"p": 1, "colour": 1`), `the key "colour" is not known`, ""},
		{`{"posts": 1, "targets": [{"p": 1}]}`, "targets[0].id: it is missing", ""},
		{`{"posts": 1, "targets": [{"id": "", "p": 1}]}`, "an id without characters", ""},
		{`{"posts": 1, "targets": [{"id": "` + strings.Repeat("x", 201) + `", "p": 1}]}`, "more than 200 characters", ""},
		{`{"posts": 1, "targets": [{"id": 1, "p": 1}, {"id": "1", "p": 1}]}`, "comes twice", notInSchema},
		{`{"posts": 1, "targets": [{"id": 1, "p": 1}, {"id": 2, "attacker_uncovered": 1, "attacker_covered": 0}]}`, "other keys than the first", notInSchema},
	} {
		_, err := coverage.ParseGame([]byte(c.src))
		if _, ok := errors.AsType[*game.InputError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200s: %v, want %s", c.src, err, c.want)
		}
		if c.note == notInSchema {
			continue
		}
		if err := validate(t, schema, c.src); err == nil {
			t.Errorf("%.200s: the schema takes it", c.src)
		}
	}
	for _, src := range []string{
		example, target(`"p": 1`), target(`"p": 1e-12`), target(`"p": 0`), target(`"p": "1/3", "p_with_post": "0.25"`),
		target(`"attacker_uncovered": 1e12, "attacker_covered": -1e12`), target(`"attacker_uncovered": 1e-12, "attacker_covered": -1e-12`),
		`{"posts": 0, "targets": [{"id": -1.5, "p": 0.5}]}`, `{"posts": 10000000, "targets": [{"id": "` + strings.Repeat("é", 200) + `", "p": 0.5}]}`,
	} {
		if _, err := coverage.ParseGame([]byte(src)); err != nil {
			t.Errorf("%.200s: %v", src, err)
		}
		if err := validate(t, schema, src); err != nil {
			t.Errorf("%.200s: %v", src, err)
		}
	}
}

func compile(t *testing.T, src []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("a.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("a.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, src string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

// solved returns a game and its answer as it is written.
func solved(t testing.TB, src string) (*coverage.Game, []byte) {
	t.Helper()
	g, err := coverage.ParseGame([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	s, err := coverage.Solve(g)
	if err != nil {
		t.Fatal(err)
	}
	d := coverage.NewDocument(g, s, 0.25)
	d.List(g, coverage.Placements(s.Parts))
	d.Instance = json.RawMessage(src)
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return g, b.Bytes()
}

// TestAnswerIsRead writes an answer, reads it again, and holds it against its schema.
func TestAnswerIsRead(t *testing.T) {
	g, src := solved(t, example)
	if err := validate(t, compile(t, coverage.AnswerSchema()), string(src)); err != nil {
		t.Error(err)
	}
	d, err := coverage.ParseDocument(src)
	if err != nil {
		t.Fatal(err)
	}
	report, err := check.Check(g, d)
	if err != nil || report.Verdict != verify.Confirmed {
		t.Errorf("%v %+v", err, report)
	}
	for change, want := range map[[2]string]string{
		{`"upper"`, `"Upper"`}:               "not known here",
		{`"spare"`, `"value":1,"spare"`}:     "comes twice",
		{`"seconds":0.25`, `"seconds":"x"`}:  "cannot stand here",
		{`"attack_set":[`, `"attack_set":3`}: "expected",
	} {
		_, err := coverage.ParseDocument(bytes.Replace(src, []byte(change[0]), []byte(change[1]), 1))
		if _, ok := errors.AsType[*game.InputError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", change, err, want)
		}
	}
}

// TestForged changes every number and every name of answers: what no longer holds is
// refuted.
func TestForged(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	refuted, survived := 0, map[string]int{}
	for range 60 {
		var b bytes.Buffer
		fmt.Fprintf(&b, `{"posts": %d, "targets": [`, 1+rng.IntN(3))
		for i := range 2 + rng.IntN(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id": %d, "attacker_uncovered": %v, "attacker_covered": %v, "defender_uncovered": %v, "defender_covered": %v}`,
				i, 1+rng.Float64()*4, -rng.Float64(), -1-rng.Float64()*3, rng.Float64())
		}
		b.WriteString("]}")
		g, src := solved(t, b.String())
		var whole map[string]any
		if err := json.Unmarshal(src, &whole); err != nil {
			t.Fatal(err)
		}
		delete(whole, "instance")
		var walk func(path string, v any, set func(any))
		try := func(path string) {
			mutant, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			d, err := coverage.ParseDocument(mutant)
			if err != nil {
				return
			}
			report, err := check.Check(g, d)
			if err != nil || report.Verdict == verify.Refuted {
				refuted++
				return
			}
			survived[path]++
		}
		walk = func(path string, v any, set func(any)) {
			switch v := v.(type) {
			case map[string]any:
				for key, item := range v {
					walk(path+"."+key, item, func(x any) { v[key] = x })
				}
			case []any:
				for i, item := range v {
					walk(path+"[]", item, func(x any) { v[i] = x })
				}
			case float64:
				for _, x := range []float64{v * 1.01, v * 0.99, v + 1, v - 1} {
					if x != v {
						set(x)
						try(fmt.Sprintf("%s %+d", path, int(2*(x-v)/max(x-v, v-x))))
					}
				}
				set(v)
			}
		}
		walk("", whole, nil)
	}
	// Stating more room than there is, is no lie: but value follows upper, and gap both.
	// A gap below 1e-15 is rounding.
	allowed := map[string]bool{".seconds +2": true, ".seconds -2": true, ".defender.limit +2": true, ".gap +2": true, ".gap -2": true}
	for path, n := range survived {
		if !allowed[path] {
			t.Errorf("%s: %d changes are confirmed", path, n)
		}
	}
	if refuted < 5000 {
		t.Errorf("%d refuted", refuted)
	}
}

// TestForgedTogether changes what belongs together.
func TestForgedTogether(t *testing.T) {
	g, src := solved(t, example)
	for name, forge := range map[string]func(d *coverage.Document){
		"less for the attacker": func(d *coverage.Document) {
			d.Upper *= 0.99
			d.Value, d.Lower, d.Gap = d.Upper, d.Upper, 0
		},
		"bounds that do not meet": func(d *coverage.Document) {
			d.Upper++
			d.Value, d.Gap = d.Upper, g.Gap(d.Lower, d.Upper)
		},
		"a target more": func(d *coverage.Document) { d.Coverage = append(d.Coverage, d.Coverage[0]) },
		"another mix": func(d *coverage.Document) {
			d.AttackerMix = []coverage.DocumentPick{{Target: g.Targets[0], Prob: 1}}
		},
		"one attacked too many": func(d *coverage.Document) { d.AttackSet = append(d.AttackSet, d.AttackSet[0]) },
		"one attacked too few":  func(d *coverage.Document) { d.AttackSet = d.AttackSet[1:] },
		"another game":          func(d *coverage.Document) { d.Hash = strings.Repeat("0", 64) },
		"no defender":           func(d *coverage.Document) { d.Defender = nil },
		"fewer placements":      func(d *coverage.Document) { d.PlannerMix = d.PlannerMix[1:] },
		"a post in two places":  func(d *coverage.Document) { d.PlannerMix[0].Posts[0] = d.PlannerMix[0].Posts[1] },
		"three posts": func(d *coverage.Document) {
			d.PlannerMix[0].Posts = append(d.PlannerMix[0].Posts, g.Targets[0])
		},
	} {
		d, err := coverage.ParseDocument(src)
		if err != nil {
			t.Fatal(err)
		}
		forge(d)
		report, err := check.Check(g, d)
		if err != nil || report.Verdict != verify.Refuted {
			t.Errorf("%s: %v %+v", name, err, report)
		}
	}
}

func FuzzParseGame(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(target(`"p": "1/3"`)))
	f.Fuzz(func(t *testing.T, src []byte) {
		g, err := coverage.ParseGame(src)
		if err != nil {
			return
		}
		s, err := coverage.Solve(g)
		if err != nil {
			t.Fatal(err)
		}
		report, err := check.Check(g, coverage.NewDocument(g, s, 0))
		if err != nil || report.Verdict != verify.Confirmed {
			t.Fatalf("%v %+v", err, report)
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	g, src := solved(f, example)
	f.Add(src)
	f.Fuzz(func(_ *testing.T, src []byte) {
		if d, err := coverage.ParseDocument(src); err == nil {
			_, _ = check.Check(g, d) // it must not panic
		}
	})
}
