package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game/play"
)

// simulatedPlan returns the plan of the page on simulate, which is made by hand.
func simulatedPlan(t *testing.T) []byte {
	t.Helper()
	page, err := txtar.ParseFile("testdata/script/simulate.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Files) != 1 || page.Files[0].Name != "plan.json" {
		t.Fatalf("the page holds %d files", len(page.Files))
	}
	return page.Files[0].Data
}

// against holds a document against a schema.
func against(t *testing.T, schema, src []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("x.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("x.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(got); err != nil {
		t.Error(err)
	}
	return got
}

func TestSimulatedPlanIsOne(t *testing.T) {
	plan := against(t, exchange.PlanSchemaJSON(), simulatedPlan(t))
	mix, _ := plan.(map[string]any)["legs"].([]any)[0].(map[string]any)["mix"].(map[string]any)
	if len(mix) == 0 {
		t.Error("its first leg has no mix")
	}
}

// TestSimulationKeepsItsSchema holds what simulate --json prints against the schema
// that is published.
func TestSimulationKeepsItsSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, simulatedPlan(t), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"simulate", path, "--movements", "20", "--json"}, &stdout, &stderr); code != cli.ExitDone {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	got := against(t, play.SimulationSchemaJSON(), stdout.Bytes())
	legs, _ := got.(map[string]any)["legs"].([]any)
	if len(legs) != 1 || len(legs[0].(map[string]any)["rows"].([]any)) != 12 {
		t.Errorf("played %v", got)
	}
}
