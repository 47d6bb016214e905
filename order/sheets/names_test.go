package sheets_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/order/sheets"
)

// coded is a naming that has words for places and hides all else.
type coded map[string]string

func (c coded) Call(kind outrider.Thing, name string) string {
	if name == "" {
		return ""
	}
	if kind == outrider.ThingMovement {
		return "KESTREL"
	}
	if kind == outrider.ThingRoad {
		return "a road"
	}
	if _, ok := c[name]; !ok {
		c[name] = fmt.Sprintf("WORD%d", len(c))
	}
	return c[name]
}
func (coded) Clear() bool { return false }

// With code words no name of the plan or the order file is in any document, not in
// tables, drawings, titles or file names; with clear names it is in most.
func TestCodeWordsHideEveryName(t *testing.T) {
	for _, name := range []string{"Zanzibar", "ZANZIBAR GATE", "Ş Zanzibar"} {
		p := trial(name, 3, 3)
		byRail(p, name, 1)
		p.Venues[0].Telephones[0].Office = "Office in Hall " + name
		p.Legs[0].Turning.Why = "because of " + name
		before := sheets.Version{Plan: trial(name, 2, 3)}
		for _, s := range made(t, sheets.Input{Version: sheets.Version{Plan: p, Order: trialOrder(t, name)}, Previous: &before, Naming: coded{}}).Sheets {
			for _, line := range append(lines(s.Document, true), s.Name) {
				// The reason for turning back is a text of the program: it comes with a name
				// here to see that names are found in it too.
				if strings.Contains(strings.ToLower(line), "zanzibar") {
					t.Errorf("%s says %q", s.Name, line)
				}
			}
		}
	}
	named := textOf(find(t, made(t, sheets.Input{Version: sheets.Version{Plan: trial("Zanzibar", 1, 1)}}), sheets.Full, ""))
	if !strings.Contains(named, "Zanzibar") {
		t.Error("the name is not there in clear either: the test looks for nothing")
	}
}

// Code words are listed where they are used, on cards too, and nowhere else: the
// words of routes that are not driven least of all.
func TestCodeWordList(t *testing.T) {
	naming := coded{"Leg 1 Alpha": "MAGPIE", "Rest 0-0 Alpha": "HERON", "route 2": "VULTURE"}
	in := sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 1, 2), Order: trialOrder(t, "Alpha")}, Naming: naming}
	for _, word := range []string{"MAGPIE", "HERON", "VULTURE"} {
		in.Words = append(in.Words, sheets.CodeWord{Word: word, Kind: outrider.ThingPlace, Name: "name of " + word, Until: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)})
	}
	for _, s := range made(t, in).Sheets {
		text := textOf(s.Document)
		if strings.Contains(text, "VULTURE") {
			t.Errorf("%s has the word of a route that is not driven", s.Name)
		}
		for _, word := range []string{"MAGPIE", "HERON"} {
			listed := strings.Count(text, "row "+word+" | place | Mon 30 Nov 2026")
			used := strings.Count(text, word) - listed
			want := used > 0 && (s.Part == sheets.Full || s.Part == sheets.DriverCard || s.Part == sheets.Communications)
			if (listed == 1) != want || listed > 1 {
				t.Errorf("%s uses %s %d times and lists it %d times", s.Name, word, used, listed)
			}
		}
	}
}

// In clear, words are listed for the names that a document has: people read the
// names and say the words.
func TestWordsToSay(t *testing.T) {
	in := sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 1, 2), Order: trialOrder(t, "Alpha")}, Words: []sheets.CodeWord{
		{Word: "MAGPIE", Kind: outrider.ThingPlace, Name: "Rest 0-0 Alpha"}, {Word: "VULTURE", Kind: outrider.ThingRoute, Name: "route 2"},
	}}
	o := made(t, in)
	for _, part := range []sheets.Part{sheets.Full, sheets.DriverCard, sheets.Communications} {
		text := textOf(find(t, o, part, ""))
		if !strings.Contains(text, "row MAGPIE | place: Rest 0-0 Alpha | –") || strings.Contains(text, "VULTURE") {
			t.Errorf("%s does not list the words for its names, and no other", part)
		}
	}
}

// running matches a word of running text: a literal with one belongs into the
// catalogue.
var running = regexp.MustCompile(`[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]{2,}`)

// TestCatalogue holds that words.go has every word that documents say: no other
// file has a literal of running text but in errors, imports and tests.
func TestCatalogue(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	defined, used := map[string]token.Pos{}, map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CompositeLit:
				if s, ok := n.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Error" {
					return false
				}
				if id, ok := n.Type.(*ast.MapType); ok && name == "draw.go" {
					_ = id // the turns as plans have them, not words of documents
					return false
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "bad" { // makes an error
					return false
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					if name == "words.go" {
						defined[id.Name] = id.Pos()
					}
				}
			case *ast.Ident:
				if pos, ok := defined[n.Name]; !ok || pos != n.Pos() {
					used[n.Name] = true
				}
			case *ast.BasicLit:
				if n.Kind != token.STRING || name == "words.go" {
					return true
				}
				s, err := strconv.Unquote(n.Value)
				if err == nil && running.MatchString(s) {
					t.Errorf("%s: %q belongs into words.go", fset.Position(n.Pos()), s)
				}
			}
			return true
		})
	}
	for name := range defined {
		if !used[name] {
			t.Errorf("words.go: nothing says %s", name)
		}
	}
	if len(defined) < 200 {
		t.Errorf("only %d words were found", len(defined))
	}
}
