package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManualNamesEveryFlag holds the manual, docs/cli.md and the pages beside it,
// against the grammar: every command and every flag that is not hidden is there.
func TestManualNamesEveryFlag(t *testing.T) {
	var manual []byte
	for _, page := range []string{"../../docs/cli.md", "../../docs/cli-orders.md", "../../docs/cli-server.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		manual = append(manual, text...)
	}
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	has := func(what string) {
		if !strings.Contains(string(manual), what) {
			t.Errorf("the manual does not name %s", what)
		}
	}
	flags := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Flag:
			if !n.Hidden {
				flags++
				has("--" + n.Name)
			}
		case *kong.Node:
			if n.Type == kong.CommandNode && n.Leaf() {
				has("\n  " + n.Path() + " ")
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if flags < 30 {
		t.Errorf("looked at %d flags only", flags)
	}
}
