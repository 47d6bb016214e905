package exchange_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/testdata"
)

func document(tb testing.TB, name string) string {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(tb), "docs", "format", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(src)
}

// TestPlanDocumentIsDescribed holds docs/format/plan.md and the Go types
// together: every block has a table with its fields, in their order.
func TestPlanDocumentIsDescribed(t *testing.T) {
	var tables []string
	for table := range strings.SplitSeq(document(t, "plan.md"), "| field | value | meaning |\n|---|---|---|\n") {
		var fields []string
		for line := range strings.SplitSeq(table, "\n") {
			m := regexp.MustCompile("^\\| `(\\w+)` \\|").FindStringSubmatch(line)
			if m == nil {
				break
			}
			fields = append(fields, m[1])
		}
		tables = append(tables, strings.Join(fields, " "))
	}
	met := map[reflect.Type]bool{reflect.TypeFor[time.Time](): true}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || met[typ] {
			return
		}
		met[typ] = true
		var fields []string
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue // no file holds it
			}
			fields = append(fields, name)
			visit(f.Type)
		}
		if want := strings.Join(fields, " "); !slices.Contains(tables, want) {
			t.Errorf("no table of docs/format/plan.md has the fields of %s: %s", typ.Name(), want)
		}
	}
	visit(reflect.TypeFor[outrider.Plan]())
}

// TestMovementKeysAreDescribed holds docs/format/movement.md and the schema
// together.
func TestMovementKeysAreDescribed(t *testing.T) {
	var schema any
	if err := json.Unmarshal(exchange.MovementSchemaJSON(), &schema); err != nil {
		t.Fatal(err)
	}
	doc := document(t, "movement.md")
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			properties, ok := v["properties"].(map[string]any)
			for key := range properties {
				if ok && !regexp.MustCompile("`[^`\n]*\\b"+key+"\\b[^`\n]*`").MatchString(doc) {
					t.Errorf("docs/format/movement.md does not speak of %s", key)
				}
			}
			for _, inner := range v {
				visit(inner)
			}
		case []any:
			for _, inner := range v {
				visit(inner)
			}
		}
	}
	visit(schema)
}
