package archtest

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/exchange/outgoing"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/play"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan/audit"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
	"github.com/outrider-project/outrider/server"
	kept "github.com/outrider-project/outrider/store"
)

// written lists, for each store of docs/data.yaml, the struct types that are
// encoded into it. The structs they hold are found from there.
var written = map[string][]reflect.Type{
	"findings.jsonl":        {reflect.TypeFor[hazard.Finding]()},
	"runs.jsonl":            {reflect.TypeFor[pace.Run]()},
	"approval.jsonl":        {reflect.TypeFor[approval.Step]()},
	"plan.json":             {reflect.TypeFor[outrider.Plan]()},
	"plan.proof.json":       {reflect.TypeFor[audit.Proof]()},
	"simulation":            {reflect.TypeFor[play.Simulation]()},
	"map file":              {reflect.TypeFor[network.Meta]()},
	"codewords.jsonl":       {reflect.TypeFor[codeword.Entry]()},
	"exports.jsonl":         {reflect.TypeFor[outgoing.Line]()},
	"card":                  {reflect.TypeFor[keys.Card]()},
	"role file":             {reflect.TypeFor[roles.File]()},
	"current list":          {reflect.TypeFor[seal.CurrentList]()},
	"release share":         {reflect.TypeFor[seal.Share]()},
	"acknowledgement":       {reflect.TypeFor[seal.Ack]()},
	"memory of a device":    {reflect.TypeFor[seal.Seen]()},
	"issued.jsonl":          {reflect.TypeFor[seal.Issue]()},
	"audit checkpoint":      {reflect.TypeFor[kept.Checkpoint]()},
	"database":              nil,
	"store export":          nil,
	"identity":              nil,
	"sealed file":           nil,
	"survey form":           nil,
	"movement file":         nil,
	"order file":            nil,
	"instance of a game":    nil,
	"answer of mix":         nil,
	"game of coverage":      nil,
	"answer of cover":       nil,
	"order documents":       nil,
	"events":                nil,
	"session cookie":        nil,
	"local authority":       nil,
	"phone":                 nil,
	"settings of a browser": nil,
}

// named lists records that are no structs but lists of names: by store and
// record, what the code says their names are.
var named = map[string]map[string]func() []string{
	"map file":      {"sections": network.SectionNames},
	"survey form":   {"columns": hazard.Columns},
	"movement file": {"keys": func() []string { return schemaKeys(exchange.MovementSchemaJSON()) }},
	"order file":    {"keys": func() []string { return schemaKeys(orderfile.Schema()) }},
	"order documents": {"parts": func() []string {
		var names []string
		for _, p := range sheets.Parts() {
			names = append(names, string(p))
		}
		return names
	}},
	"instance of a game":    {"keys": func() []string { return schemaKeys(game.InstanceSchema()) }},
	"answer of mix":         {"keys": func() []string { return schemaKeys(game.ResultSchema()) }},
	"game of coverage":      {"keys": func() []string { return schemaKeys(coverage.GameSchema()) }},
	"answer of cover":       {"keys": func() []string { return schemaKeys(coverage.AnswerSchema()) }},
	"identity":              {"keys": keys.IdentityKeys},
	"events":                {"event": server.EventFields},
	"session cookie":        {"cookie": func() []string { return []string{"value"} }},
	"local authority":       {"authority": func() []string { return []string{"certificate", "key"} }},
	"sealed file":           {"statement": seal.StatementFields},
	"database":              columns(),
	"phone":                 {"Form": pageFields("survey/pocket.ts", "Form"), "Point": pageFields("survey/pocket.ts", "Point"), "Entry": pageFields("survey/pocket.ts", "Entry")},
	"settings of a browser": {"settings": pageSettings},
	"store export":          {"lines": kept.PortableKeys},
}

// columns are those of every table of the store; package store compares them with
// both databases.
func columns() map[string]func() []string {
	out := map[string]func() []string{}
	for table, names := range kept.Schema() {
		out[table] = func() []string { return names }
	}
	return out
}

// page reads files of the page's source.
func page(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		src, err := os.ReadFile(filepath.Join("..", "..", "web", "page", "src", filepath.FromSlash(name)))
		if err != nil {
			panic(err)
		}
		all.Write(src)
	}
	return all.String()
}

// pageFields are the fields of an interface in the page's source.
func pageFields(file, name string) func() []string {
	return func() []string {
		_, body, _ := strings.Cut(page(file), "export interface "+name+" {\n")
		body, _, _ = strings.Cut(body, "\n}")
		var fields []string
		for _, m := range regexp.MustCompile(`(?m)^\t(\w+)\??:`).FindAllStringSubmatch(body, -1) {
			fields = append(fields, m[1])
		}
		return fields
	}
}

// pageSettings are the names under which the page keeps something in the browser.
func pageSettings() []string {
	found := map[string]bool{}
	src := os.DirFS(filepath.Join("..", "..", "web", "page", "src"))
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := page(name)
		if !strings.Contains(text, "localStorage") && !strings.Contains(text, "sessionStorage") {
			return nil
		}
		for _, m := range regexp.MustCompile(`const \w+ = '(outrider\.\w+)'`).FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
		if len(regexp.MustCompile(`Storage\.setItem\(['"]`).FindAllString(text, -1)) > 0 {
			found["something without a constant in "+name] = true
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// schemaKeys are the keys that a file of this schema may have, at any depth.
func schemaKeys(text []byte) []string {
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		panic(err)
	}
	keys := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			if properties, ok := x["properties"].(map[string]any); ok {
				for k := range properties {
					keys[k] = true
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
	return slices.Sorted(maps.Keys(keys))
}

// aliases gives records a name other than that of their struct type.
var aliases = map[string]string{}

func TestRegisterMatchesCode(t *testing.T) {
	r := readRegister(t)
	for name, types := range written {
		met := map[string]bool{}
		for _, root := range types {
			m, found := r.compare(name, root, aliases)
			maps.Copy(met, m)
			for _, f := range found {
				t.Error(f)
			}
		}
		for record, names := range named[name] {
			met[record] = true
			for _, f := range r.compareNames(name, record, names()) {
				t.Error(f)
			}
		}
		for _, f := range r.stale(name, met) {
			t.Error(f)
		}
	}
}
