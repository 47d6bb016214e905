package main

import (
	"bytes"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outrider-project/outrider/exchange"
)

// TestSimulatedPlanIsOne holds the plan of the page on simulate, which is made by
// hand, against the schema of plans.
func TestSimulatedPlanIsOne(t *testing.T) {
	page, err := txtar.ParseFile("testdata/script/simulate.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Files) != 1 || page.Files[0].Name != "plan.json" {
		t.Fatalf("the page holds %d files", len(page.Files))
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(exchange.PlanSchemaJSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := jsonschema.UnmarshalJSON(bytes.NewReader(page.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(plan); err != nil {
		t.Error(err)
	}
	mix, _ := plan.(map[string]any)["legs"].([]any)[0].(map[string]any)["mix"].(map[string]any)
	if len(mix) == 0 {
		t.Error("its first leg has no mix")
	}
}
