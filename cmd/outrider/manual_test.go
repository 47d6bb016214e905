package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManualNamesEveryFlag holds docs/cli.md against the grammar: every command
// and every flag that is not hidden is there.
func TestManualNamesEveryFlag(t *testing.T) {
	manual, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	has := func(what string) {
		if !strings.Contains(string(manual), what) {
			t.Errorf("docs/cli.md does not name %s", what)
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
