package orderfile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/order/orderfile"
)

// docs/format/order.md names every key of an order file.
func TestEveryKeyIsExplained(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "format", "order.md"))
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(orderfile.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := 0
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			if properties, ok := x["properties"].(map[string]any); ok {
				for key := range properties {
					keys++
					if !strings.Contains(string(text), "`"+key+"`") {
						t.Errorf("key %s is not explained", key)
					}
				}
			}
			for _, inner := range x {
				walk(inner)
			}
		case []any:
			for _, inner := range x {
				walk(inner)
			}
		}
	}
	walk(schema)
	if keys < 80 {
		t.Errorf("only %d keys were found", keys)
	}
}
