package archtest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// outputs are the schemas of what the program writes. They may grow fields that
// older readers do not know, and their texts come from the program.
var outputs = []string{"exchange/plan.schema.json", "game/coverage/answer.schema.json", "game/result.schema.json", "game/play/simulation.schema.json"}

// TestIntakeIsClosed checks each JSON Schema of a file that users write: no key
// beyond the ones named, and no text without a bound. Nobody can then note down
// what the register has no field for.
func TestIntakeIsClosed(t *testing.T) {
	var checked int
	walk(t, func(name, full string) {
		if !strings.HasSuffix(name, ".schema.json") || slices.Contains(outputs, name) {
			return
		}
		src, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		for _, o := range openings(src) {
			t.Errorf("%s: %s", name, o)
		}
	})
	if checked == 0 {
		t.Error("no schema of an intake file was found")
	}
}

// openings returns where a schema lets in what it does not name.
func openings(src []byte) []string {
	var root any
	if err := json.Unmarshal(src, &root); err != nil {
		return []string{"no JSON: " + err.Error()}
	}
	var found []string
	var visit func(at string, v any, condition bool)
	visit = func(at string, v any, condition bool) {
		switch v := v.(type) {
		case []any:
			for i, item := range v {
				visit(fmt.Sprintf("%s/%d", at, i), item, condition)
			}
		case map[string]any:
			properties, isObject := v["properties"].(map[string]any)
			if (isObject || v["type"] == "object") && !condition && !closed(v) {
				found = append(found, at+": lets in unknown keys; set additionalProperties to false")
			}
			if v["type"] == "string" && !condition && !bounded(v) {
				found = append(found, fmt.Sprintf("%s: text without bound; give it an enum, const, pattern, format or a maxLength of at most %d", at, maxFreeText))
			}
			for key, item := range v {
				switch key {
				case "enum", "const", "default", "examples", "required":
				case "properties":
					for name, p := range properties {
						visit(at+"/properties/"+name, p, condition)
					}
				case "if", "then", "else", "not":
					// These only narrow what the schema around them lets in.
					visit(at+"/"+key, item, true)
				default:
					visit(at+"/"+key, item, condition)
				}
			}
		}
	}
	visit("", root, false)
	slices.Sort(found)
	return found
}

// closed reports whether a schema of an object names every key, or gives the
// schema that all other values must meet and the names that their keys may have.
func closed(v map[string]any) bool {
	if v["additionalProperties"] == false || v["unevaluatedProperties"] == false {
		return true
	}
	_, values := v["additionalProperties"].(map[string]any)
	_, keys := v["propertyNames"].(map[string]any)
	return values && keys
}

func bounded(v map[string]any) bool {
	for _, key := range []string{"enum", "const", "pattern", "format"} {
		if _, ok := v[key]; ok {
			return true
		}
	}
	n, ok := v["maxLength"].(float64)
	return ok && n <= maxFreeText
}

func TestOpeningsAreFound(t *testing.T) {
	for src, want := range map[string]int{
		`{"type":"object","additionalProperties":false,"properties":{"type":{"type":"string","maxLength":200}}}`:         0,
		`{"type":"object","properties":{"a":{"type":"string","enum":["x"]}}}`:                                            1,
		`{"additionalProperties":false,"properties":{"a":{"type":"string"}}}`:                                            1,
		`{"$defs":{"n":{"type":"string","maxLength":201}}}`:                                                              1,
		`{"type":"array","items":{"type":"object","additionalProperties":{"type":"number"}}}`:                            1,
		`{"type":"object","additionalProperties":{"type":"number"},"propertyNames":{"enum":["a"]}}`:                      0,
		`{"oneOf":[{"type":"string"},{"type":"object"}]}`:                                                                2,
		`{"type":"object","additionalProperties":false,"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]}}`: 0,
		`{`: 1,
	} {
		if got := openings([]byte(src)); len(got) != want {
			t.Errorf("%s: %d findings, want %d: %q", src, len(got), want, got)
		}
	}
}
