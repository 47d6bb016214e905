package yamldoc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/yamldoc"
)

const schemaText = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "additionalProperties": false,
  "required": ["name", "legs"],
  "properties": {
    "name": {"type": "string", "maxLength": 20, "description": "title of the movement"},
    "speed_kmh": {"type": "number", "exclusiveMinimum": 0, "maximum": 130, "description": "km/h"},
    "count": {"type": "integer", "minimum": 1},
    "night": {"type": "boolean"},
    "role": {"enum": ["lead", "follow", "cargo"]},
    "date": {"type": "string", "format": "date"},
    "code": {"type": "string", "pattern": "^[A-Z]+$"},
    "legs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/leg"}}
  },
  "$defs": {
    "leg": {
      "type": "object", "additionalProperties": false, "required": ["from", "to"],
      "properties": {"from": {"$ref": "#/$defs/end"}, "to": {"$ref": "#/$defs/end"}}
    },
    "end": {
      "description": "a place",
      "oneOf": [
        {"type": "string", "minLength": 1},
        {"type": "object", "additionalProperties": false, "required": ["at"],
         "properties": {"at": {"type": "string"}, "label": {"type": "string"}}}
      ]
    }
  }
}`

type document struct {
	Name  string  `json:"name"`
	Speed float64 `json:"speed_kmh"`
	Count int     `json:"count"`
	Night bool    `json:"night"`
	Role  string  `json:"role"`
	Date  string  `json:"date"`
	Code  string  `json:"code"`
	Legs  []struct {
		From any `json:"from"`
		To   any `json:"to"`
	} `json:"legs"`
}

func compile(tb testing.TB) *yamldoc.Schema {
	tb.Helper()
	s, err := yamldoc.Compile([]byte(schemaText))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestDecodeReadsWhatTheSchemaAllows(t *testing.T) {
	src := "\ufeff# a comment\nname: Move\nspeed_kmh: 4.5e+1\ncode: \"AB\"\ncount: 3\nnight: true\nrole: lead\ndate: 2026-11-23\nlegs:\r\n" +
		"  - from: \"39.15,-75.52\"\n    to: {at: Dover, label: \"the * end\"}\n  - from: >-\n      two\n      lines\n    to: b # c\n"
	var got document
	if err := yamldoc.Decode("m.yaml", []byte(src), compile(t), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "Move" || got.Speed != 45 || got.Count != 3 || !got.Night || got.Role != "lead" || got.Date != "2026-11-23" {
		t.Errorf("got %+v", got)
	}
	if len(got.Legs) != 2 || got.Legs[0].From != "39.15,-75.52" || got.Legs[1].From != "two lines" {
		t.Errorf("legs: %+v", got.Legs)
	}
	if to, ok := got.Legs[0].To.(map[string]any); !ok || to["label"] != "the * end" {
		t.Errorf("to: %v", got.Legs[0].To)
	}
}

func TestEveryProblemNamesPlaceCauseAndRemedy(t *testing.T) {
	const legs = "legs:\n  - from: a\n    to: b\n"
	tests := []struct {
		name, src    string
		line, column int
		path         string
		says         []string
	}{
		{"unknown key", "nmae: x\nname: y\n" + legs, 1, 1, "nmae", []string{`"nmae" is not known`, `did you mean "name"?`}},
		{"unknown key far from all", "name: y\ncolour: x\n" + legs, 2, 1, "colour", []string{"the keys here are code, count"}},
		{"unknown nested key", "name: y\nlegs:\n  - from: a\n    to: b\n    form: c\n", 5, 5, "legs[0].form", []string{`did you mean "from"?`}},
		{"unknown key in an alternative", "name: y\nlegs:\n  - from: {at: a, lable: b}\n    to: b\n", 3, 19, "legs[0].from.lable", []string{`did you mean "label"?`}},
		{"missing key", "name: y\nlegs:\n  - from: a\n", 3, 5, "legs[0]", []string{`"to" is missing`, "add to: …", "a place"}},
		{"wrong type", "name: y\nspeed_kmh: fast\n" + legs, 2, 12, "speed_kmh", []string{"is a text, and must be a number", "km/h"}},
		{"wrong type in all alternatives", "name: y\nlegs:\n  - from: 7\n    to: b\n", 3, 11, "legs[0].from", []string{"a text or a block of keys"}},
		{"number for a text", "name: 7\n" + legs, 1, 7, "name", []string{"is a number, and must be a text"}},
		{"fraction for a whole number", "name: y\ncount: 1.5\n" + legs, 2, 8, "count", []string{"must be a whole number"}},
		{"too large", "name: y\nspeed_kmh: 131\n" + legs, 2, 12, "speed_kmh", []string{"131 is more than 130", "use 130 or less"}},
		{"too small", "name: y\nspeed_kmh: 0\n" + legs, 2, 12, "speed_kmh", []string{"0 is not above 0"}},
		{"beyond 64 bits", "name: y\ncount: 9300000000000000000\n" + legs, 2, 8, "count", []string{"does not fit"}},
		{"empty value", "name:\n" + legs, 1, 1, "name", []string{"is nothing, and must be a text"}},
		{"not listed", "name: y\nrole: laed\n" + legs, 2, 7, "role", []string{`did you mean "lead"?`}},
		{"not a date", "name: y\ndate: 2026-13-01\n" + legs, 2, 7, "date", []string{"not a valid date"}},
		{"pattern", "name: y\ncode: ab\n" + legs, 2, 7, "code", []string{"^[A-Z]+$"}},
		{"too long", "name: " + strings.Repeat("x", 21) + "\n" + legs, 1, 7, "name", []string{"21 characters", "at most 20"}},
		{"too few", "name: y\nlegs: []\n", 2, 7, "legs", []string{"0 entries"}},
		{"duplicate key", "name: y\ncount: 1\nname: z\n" + legs, 3, 1, "name", []string{"there twice, first on line 1"}},
		{"second document", "name: y\n" + legs + "---\nname: z\n", 6, 5, "", []string{"second document"}},
		{"tab", "name: y\nlegs:\n\t- from: a\n", 3, 1, "", []string{"tab", "indent with spaces"}},
		{"invalid UTF-8", "name: y\xff\n" + legs, 1, 8, "", []string{"0xff is not valid UTF-8"}},
		{"control character", "name: \"y\x00\"\n" + legs, 1, 9, "", []string{"U+0000"}},
		{"anchor", "name: &a y\n" + legs, 1, 7, "", []string{"anchors"}},
		{"alias", "name: *a\n" + legs, 1, 7, "", []string{"aliases"}},
		{"tag", "name: !!str 7\n" + legs, 1, 7, "", []string{"tags"}},
		{"merge key", "<<: {name: y}\n" + legs, 1, 1, "", []string{"merge keys"}},
		{"not a number", "name: y\nspeed_kmh: .nan\n" + legs, 2, 12, "speed_kmh", []string{"not-a-number"}},
		{"too large for any number", "name: y\nspeed_kmh: 1e999\n" + legs, 2, 12, "speed_kmh", []string{"too large"}},
		{"number in quotes", "name: y\nspeed_kmh: \"1e1\"\n" + legs, 2, 12, "speed_kmh", []string{"is a text"}},
		{"unbalanced", "name: \"y\n" + legs, 0, 0, "", []string{"YAML is not valid"}},
		{"empty", "", 1, 1, "", []string{"is nothing, and must be a block of keys"}},
		{"only a comment", "# nothing\n", 1, 1, "", []string{"is nothing, and must be a block of keys"}},
	}
	schema := compile(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var into document
			err := yamldoc.Decode("m.yaml", []byte(tt.src), schema, &into)
			var problems *yamldoc.Errors
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want *Errors", err)
			}
			p := problems.Items[0]
			if tt.line > 0 && (p.Line != tt.line || p.Column != tt.column) {
				t.Errorf("at %d:%d, want %d:%d: %v", p.Line, p.Column, tt.line, tt.column, err)
			}
			if p.Path != tt.path {
				t.Errorf("path %q, want %q", p.Path, tt.path)
			}
			if p.Remedy == "" || p.Cause == "" {
				t.Errorf("no cause or no remedy: %+v", p)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("message lacks %q: %v", s, err)
				}
			}
		})
	}
}

func TestSeveralProblemsComeAtOnceInOrder(t *testing.T) {
	src := "nam: y\nspeed_kmh: -1\nrole: x\nlegs:\n  - from: 1\n    too: b\n"
	var into document
	err := yamldoc.Decode("m.yaml", []byte(src), compile(t), &into)
	var problems *yamldoc.Errors
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	if len(problems.Items) != 7 {
		t.Fatalf("%d problems, want 7:\n%v", len(problems.Items), err)
	}
	for i := 1; i < len(problems.Items); i++ {
		if problems.Items[i].Line < problems.Items[i-1].Line {
			t.Errorf("out of order:\n%v", err)
		}
	}
	if !strings.Contains(err.Error(), "m.yaml:2:12: speed_kmh: ") {
		t.Errorf("no place in:\n%v", err)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: y\nlegs:\n")
	for range 50 {
		b.WriteString("  - {from: 1, to: b}\n")
	}
	var into document
	err := yamldoc.Decode("m.yaml", []byte(b.String()), compile(t), &into)
	var problems *yamldoc.Errors
	if !errors.As(err, &problems) || len(problems.Items) != yamldoc.MaxProblems || problems.More != 30 {
		t.Fatalf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	nested := func(n int) string {
		return "name: y\nlegs: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n"
	}
	tests := map[string]string{
		"nested more than 32 deep":         nested(40),
		"nested more than 32 deep ":        strings.Repeat("- ", 100_000) + "x",
		"nested more than 32 deep  ":       nested(9_000),
		"line ends, marks and brackets":    strings.Repeat("a: b\n", 100_000),
		"more than 1000 keys in one block": strings.Repeat("a: b\n", 5_000),
		"more than the 1048576 allowed":    "name: " + strings.Repeat("x", yamldoc.MaxBytes),
	}
	for says, src := range tests {
		var into any
		err := yamldoc.Decode("m.yaml", []byte(src), compile(t), &into)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(says)) {
			t.Errorf("got %.200v, want %q", err, says)
		}
	}
	if _, err := yamldoc.Parse("m.yaml", []byte("a: "+strings.Repeat("[", 30)+strings.Repeat("]", 30))); err != nil {
		t.Errorf("30 deep: %v", err)
	}
}

func TestPositionsOfValues(t *testing.T) {
	doc, err := yamldoc.Parse("m.yaml", []byte("a: 1\nb:\n  - x: 2\n    \"y/z\": [3, four]\n  - |\n    text\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]yamldoc.Position{
		"": {1, 1}, "/a": {1, 4}, "/b/0": {3, 5}, "/b/0/x": {3, 8},
		"/b/0/y~1z": {4, 12}, "/b/0/y~1z/1": {4, 16}, "/b/1": {5, 5},
	}
	for pointer, w := range want {
		got, ok := doc.Position(pointer)
		if !ok || got != w {
			t.Errorf("%s: got %v, %v, want %v", pointer, got, ok, w)
		}
	}
	if got, ok := doc.Position("/b/0/none/here"); ok || got != want["/b/0"] {
		t.Errorf("absent: got %v, %v", got, ok)
	}
	if err := doc.Fail("/b/0/y~1z/1", "is four", "write 4"); fmt.Sprint(err) != "m.yaml:4:16: b[0].y/z[1]: is four; write 4" {
		t.Errorf("got %v", err)
	}
	if err := doc.Errors(nil); err != nil {
		t.Errorf("no problems: %v", err)
	}
}

func TestCompileRefusesWhatIsNoSchema(t *testing.T) {
	for _, src := range []string{"", "{", `{"type": 7}`, `{"$ref": "#/none"}`} {
		if _, err := yamldoc.Compile([]byte(src)); err == nil {
			t.Errorf("%q compiled", src)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: y\nlegs:\n  - from: a\n    to: {at: b}\n")
	f.Add("name: [1, {a: b}]\n---\nx: !!a &b *c\n")
	f.Add("? a\n: b\n<<: |2-\n  x\n")
	f.Add("a: 1e999\nb: 0x7f\nc: .inf\nd: \"\\u00e9\"\n")
	f.Add("- - - -\n  - [[]]\n")
	schema := compile(f)
	f.Fuzz(func(t *testing.T, src string) {
		var into document
		err := yamldoc.Decode("f.yaml", []byte(src), schema, &into)
		if err == nil {
			if into.Name == "" && !strings.Contains(src, "name") {
				t.Errorf("accepted without a name: %q", src)
			}
			return
		}
		var problems *yamldoc.Errors
		if !errors.As(err, &problems) {
			t.Fatalf("%q: %T %v", src, err, err)
		}
		lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 2
		for _, p := range problems.Items {
			if p.Cause == "" || p.Remedy == "" || p.Line > lines {
				t.Errorf("%q: %+v", src, p)
			}
		}
	})
}
