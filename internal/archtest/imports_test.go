package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

const module = "github.com/outrider-project/outrider"

// A rule lists what a package may import besides the standard library: packages
// of this module by their path relative to it ("." is the root), other modules
// by module path.
type rule []string

// anything is the rule of the package that wires all others together.
var anything = rule{"*"}

// rules is the import table of ARCHITECTURE.md. A package without a rule fails
// the test, so that its place is decided when it is made. Domain and algorithms
// are two floors that never import each other; only use cases join them.
var rules = map[string]rule{
	"geo":                             {},
	".":                               {"geo"},
	"osm":                             {"geo", "github.com/klauspost/compress"},
	"network":                         {"geo", "internal/atomicfile", "golang.org/x/text"}, // reads map files: never sees an extract
	"mapbuild":                        {"geo", "osm", "network", "cch", "mapbuild/internal/railway"},
	"mapbuild/internal/railway":       {"geo", "network"},
	"cch":                             {},
	"game":                            {"game/internal/flow", "game/internal/lp", "game/internal/scan"},
	"game/coverage":                   {"game", "game/internal/scan"},
	"game/coverage/check":             {"game", "game/coverage", "game/verify"},
	"game/internal/exactlp":           {},
	"game/internal/scan":              {},
	"game/internal/flow":              {},
	"game/internal/lp":                {},
	"game/verify":                     {"game"},
	"game/play":                       {},
	"game/reach/check":                {"geo", "game/reach"},
	"game/reach":                      {"geo", "game/internal/flow", "game/internal/lp"},
	"draw":                            {"github.com/cloudflare/circl"},
	"hazard":                          {"geo", "network", "internal/yamldoc", "internal/atomicfile", "internal/callsign"},
	"almanac":                         {"geo"},
	"march":                           {"."},
	"gtfs":                            {"geo"},
	"pace":                            {"geo", "network", "internal/yamldoc", "internal/atomicfile", "internal/callsign"},
	"rail":                            {".", "geo", "network", "gtfs"},
	"plan":                            {".", "geo", "network", "hazard", "almanac", "march", "pace", "gtfs", "rail", "game/reach", "plan/internal/search", "plan/internal/router"},
	"plan/audit":                      {".", "geo", "game/reach", "game/reach/check", "game/verify", "plan"},
	"plan/internal/search":            {},
	"plan/internal/router":            {"cch", "plan/internal/search"},
	"tiles":                           {"geo", "network", "github.com/paulmach/orb"},
	"paper":                           {"internal/plain", "codeberg.org/go-pdf/fpdf", "golang.org/x/image", "golang.org/x/text"},
	"exchange":                        {".", "geo", "internal/yamldoc", "internal/plain", "github.com/arran4/golang-ical", "github.com/twpayne/go-kml/v3"},
	"desk":                            {".", "exchange", "geo", "hazard", "mapbuild", "network", "pace", "plan", "tiles"},
	"server":                          {".", "desk", "hazard", "internal/callsign", "server/internal/events", "server/internal/jobs", "server/internal/policy", "server/internal/signin", "github.com/danielgtaylor/huma/v2"},
	"server/internal/events":          {"server/internal/policy"},
	"server/internal/jobs":            {},
	"server/internal/policy":          {"github.com/cedar-policy/cedar-go"},
	"server/internal/signin":          {".", "github.com/go-webauthn/webauthn"},
	"server/keeptest":                 {"server"},
	"store":                           {".", "geo", "server", "seal/keys", "internal/atomicfile", "internal/callsign", "github.com/jackc/pgx/v5", "github.com/ncruces/go-sqlite3", "github.com/pressly/goose/v3"},
	"server/localca":                  {".", "internal/atomicfile"},
	"server/work":                     {".", "approval", "codeword", "compare", "desk", "exchange", "hazard", "internal/atomicfile", "order", "order/orderfile", "order/sheets", "pace", "paper", "plan", "server", "tiles"},
	"web":                             {},
	"approval":                        {".", "geo", "hazard", "internal/atomicfile", "internal/callsign", "internal/plain"},
	"compare":                         {".", "geo", "internal/plain"},
	"order":                           {".", "geo", "network", "exchange", "internal/plain", "paper", "golang.org/x/text"},
	"cmd/outrider":                    anything,
	"cmd/outrider/internal/cli":       {".", "exchange", "gtfs", "hazard", "network", "osm", "pace", "plan", "internal/atomicfile", "internal/yamldoc", "golang.org/x/term"},
	"cmd/outrider/internal/bench":     {".", "cch", "game", "game/reach", "game/verify", "geo", "hazard", "network", "plan", "plan/streets", "cmd/outrider/internal/cli", "internal/atomicfile", "internal/benchgraph"},
	"cmd/outrider/internal/drawing":   {".", "draw", "cmd/outrider/internal/cli", "internal/atomicfile", "internal/callsign", "internal/plain"},
	"cmd/outrider/internal/mixing":    {".", "exchange", "game", "game/coverage", "game/coverage/check", "game/play", "game/verify", "plan/audit", "cmd/outrider/internal/cli", "internal/plain"},
	"plan/streets":                    {".", "game", "geo", "hazard", "network", "plan"},
	"exchange/outgoing":               {".", "internal/atomicfile", "internal/callsign"},
	"codeword":                        {".", "paper", "internal/atomicfile", "internal/callsign"},
	"order/orderfile":                 {".", "exchange", "internal/callsign", "internal/plain", "internal/yamldoc"},
	"order/sheets":                    {".", "exchange", "geo", "network", "order", "order/orderfile", "paper", "internal/plain"},
	"seal/internal/canon":             {"."},
	"seal/keys":                       {".", "internal/callsign", "seal/internal/canon", "filippo.io/age"},
	"seal/roles":                      {"internal/callsign", "seal/internal/canon", "seal/keys"},
	"seal":                            {".", "internal/plain", "seal/internal/canon", "seal/keys", "seal/roles", "filippo.io/age"},
	"cmd/outrider/internal/coding":    {".", "cmd/outrider/internal/cli", "codeword", "paper", "internal/callsign", "internal/plain"},
	"cmd/outrider/internal/exporting": {".", "cmd/outrider/internal/cli", "codeword", "exchange", "exchange/outgoing", "internal/callsign", "internal/plain"},
	"cmd/outrider/internal/ordering":  {".", "cmd/outrider/internal/cli", "codeword", "order/orderfile", "order/sheets", "paper", "internal/plain"},
	"cmd/outrider/internal/sealing":   {".", "cmd/outrider/internal/cli", "internal/atomicfile", "internal/callsign", "internal/plain", "seal", "seal/keys", "seal/roles", "golang.org/x/term"},
	"cmd/outrider/internal/serving":   {".", "cmd/outrider/internal/cli", "server", "server/localca", "server/work", "store", "web"},
	"cmd/outrider/internal/storing":   {".", "cmd/outrider/internal/cli", "cmd/outrider/internal/sealing", "internal/atomicfile", "internal/plain", "seal/keys", "server", "store"},
	"internal/yamldoc":                {"github.com/goccy/go-yaml", "github.com/santhosh-tekuri/jsonschema/v6", "golang.org/x/text"},
	"internal/atomicfile":             {},
	"internal/benchgraph":             {"cch"},
	"internal/callsign":               {},
	"internal/plain":                  {},
	"internal/testdata":               {},
	"internal/readback":               {".", "exchange", "geo", "internal/testdata"},
	"internal/osmtest":                {"geo", "osm", "github.com/klauspost/compress", "github.com/paulmach/osm"},
	"internal/archtest":               {},
	"internal/oracle":                 {"github.com/paulmach/osm"},
	"internal/pgtest":                 {"internal/testdata", "github.com/jackc/pgx/v5"},
}

// testRules restricts what test files inside a package may import beyond its own
// rule. Test packages beside it (package x_test) may import anything: they
// compare packages. The oracle must not see the code it is there to check.
var testRules = map[string]rule{
	"internal/oracle": {"internal/testdata", "internal/osmtest", "pgregory.net/rapid"},
}

// forTests lists the packages that only tests may import.
var forTests = []string{"server/keeptest", "internal/testdata", "internal/readback", "internal/osmtest", "internal/pgtest", "internal/archtest", "internal/oracle"}

func relative(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

// external reports whether an import is from outside module and standard
// library; the standard library's paths have no dot in their first element.
func external(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return importPath != "." && strings.Contains(first, ".") && !own(importPath)
}

func own(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func (r rule) allows(importPath string) bool {
	if own(importPath) {
		return slices.Contains(r, "*") || slices.Contains(r, relative(importPath))
	}
	if !external(importPath) {
		return true
	}
	return slices.ContainsFunc(r, func(allowed string) bool {
		return allowed == "*" || importPath == allowed || strings.HasPrefix(importPath, allowed+"/")
	})
}

func TestImportRules(t *testing.T) {
	_, files := goFiles(t)
	for _, broken := range importViolations(files) {
		t.Error(broken)
	}
}

// importViolations compares files with the tables.
func importViolations(files []goFile) []string {
	var found []string
	fail := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	unlisted := map[string]bool{}
	for _, f := range files {
		r, listed := rules[f.dir()]
		if !listed {
			if !unlisted[f.dir()] {
				fail("package %s has no rule: decide what it may import, and add it to the table in internal/archtest and to ARCHITECTURE.md", f.dir())
			}
			unlisted[f.dir()] = true
			continue
		}
		kind := "rule for " + f.dir()
		if f.test() {
			extra, restricted := testRules[f.dir()]
			if !restricted || strings.HasSuffix(f.syntax.Name.Name, "_test") {
				continue
			}
			kind, r = "rule for tests in "+f.dir(), slices.Concat(r, extra)
		}
		for _, imported := range f.imports() {
			switch {
			case !f.test() && !slices.Contains(forTests, f.dir()) && slices.Contains(forTests, relative(imported)):
				fail("%s imports %s, which only tests may import", f.name, relative(imported))
			case !r.allows(imported):
				fail("%s imports %s; %s: the standard library and [%s]", f.name, relative(imported), kind, strings.Join(r, " "))
			}
		}
	}
	return found
}

// TestTableIsDocumented compares the rules with the table in ARCHITECTURE.md as
// far as packages of this module go.
func TestTableIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	tokens := func(cell string) []string {
		var all []string
		for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
			name := m[1]
			if name == "outrider" {
				name = "."
			}
			all = append(all, name)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	documented := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		may := cells[3]
		for _, name := range tokens(cells[1]) {
			r, listed := rules[name]
			if !listed {
				t.Errorf("ARCHITECTURE.md lists %s, which has no rule in internal/archtest", name)
				continue
			}
			documented[name] = true
			if strings.Contains(may, "tests only") || strings.Contains(may, "never") {
				if !slices.Contains(forTests, name) {
					t.Errorf("ARCHITECTURE.md says that %s is for tests, internal/archtest does not", name)
				}
				continue
			}
			want := slices.DeleteFunc(slices.Clone(r), external)
			if slices.Equal(r, anything) {
				if !strings.Contains(may, "everything") {
					t.Errorf("ARCHITECTURE.md must say that %s may import everything", name)
				}
				continue
			}
			slices.Sort(want)
			got := tokens(may)
			// A part inside a package needs no mention.
			want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, name+"/internal/") })
			if !slices.Equal(got, want) {
				t.Errorf("%s: ARCHITECTURE.md allows %v, internal/archtest %v", name, got, want)
			}
		}
	}
	for name := range rules {
		if !documented[name] {
			t.Errorf("ARCHITECTURE.md does not list %s", name)
		}
	}
}

func TestEveryRuleHasAPackage(t *testing.T) {
	exists := map[string]bool{}
	_, files := goFiles(t)
	for _, f := range files {
		exists[f.dir()] = true
	}
	for name, r := range rules {
		if !exists[name] {
			t.Errorf("rule for %s, which does not exist: remove it from the table", name)
		}
		for _, allowed := range r {
			if _, listed := rules[allowed]; !listed && !external(allowed) && allowed != "*" {
				t.Errorf("rule for %s allows %s, which is no package of the table", name, allowed)
			}
		}
	}
	for name := range testRules {
		if _, listed := rules[name]; !listed {
			t.Errorf("test rule for %s, which has no rule of its own", name)
		}
	}
}

// A table with a cycle describes no order of floors.
func TestRulesHaveNoCycle(t *testing.T) {
	const (
		entered = iota + 1
		left
	)
	state := map[string]int{}
	var visit func(name string, route []string)
	visit = func(name string, route []string) {
		route = append(route, name)
		switch state[name] {
		case entered:
			t.Errorf("import table has a cycle: %s", strings.Join(route, " -> "))
			return
		case left:
			return
		}
		state[name] = entered
		for _, next := range rules[name] {
			if _, listed := rules[next]; listed {
				visit(next, route)
			}
		}
		state[name] = left
	}
	for name := range rules {
		visit(name, nil)
	}
}

// A check that finds nothing proves nothing: feed it what it must refuse.
func TestImportRulesRefuse(t *testing.T) {
	file := func(name string, imports ...string) goFile {
		f := goFile{name: name, syntax: &ast.File{Name: ast.NewIdent("inside")}}
		for _, imported := range imports {
			f.syntax.Imports = append(f.syntax.Imports, &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(imported)}})
		}
		return f
	}
	beside := func(f goFile) goFile {
		f.syntax.Name = ast.NewIdent("oracle_test")
		return f
	}
	for _, c := range []struct {
		what string
		file goFile
		want string
	}{
		{"upwards", file("geo/a.go", "math", module+"/plan"), "geo/a.go imports plan"},
		{"extract reader in network", file("network/a.go", module+"/osm"), "imports osm"},
		{"module that shares a prefix", file("osm/a.go", "github.com/klauspost/compressor"), "klauspost/compressor"},
		{"test package in the product", file("cmd/outrider/a.go", module+"/internal/testdata"), "only tests may import"},
		{"oracle sees network", file("internal/oracle/a_test.go", module+"/network"), "imports network"},
		{"root sees hazard", file("a.go", module+"/hazard"), "imports hazard"},
		{"package without rule", file("extras/a.go"), "no rule"},
	} {
		if got := importViolations([]goFile{c.file}); len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("%s: got %q, want one finding with %q", c.what, got, c.want)
		}
	}
	for _, fine := range []goFile{
		file("osm/a.go", "io", "github.com/klauspost/compress/zlib"),
		file("osm/a_test.go", module+"/internal/testdata", module+"/network"),
		file("cmd/outrider/a.go", module, module+"/plan", "github.com/alecthomas/kong"),
		file("internal/oracle/a_test.go", module+"/internal/testdata", "github.com/paulmach/osm/osmpbf"),
		beside(file("internal/oracle/a_test.go", module+"/internal/oracle", module+"/network")),
	} {
		if got := importViolations([]goFile{fine}); len(got) != 0 {
			t.Errorf("refused what is allowed: %q", got)
		}
	}
}
