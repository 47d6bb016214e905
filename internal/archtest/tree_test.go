package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

// A goFile is one parsed Go file of the repository.
type goFile struct {
	name   string // path from the repository root, with slashes
	syntax *ast.File
	lines  int
}

// dir returns the path of the file's package from the repository root, "." for
// the root itself.
func (f goFile) dir() string { return path.Dir(f.name) }

func (f goFile) test() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports returns the import paths of the file.
func (f goFile) imports() []string {
	var all []string
	for _, spec := range f.syntax.Imports {
		all = append(all, strings.Trim(spec.Path.Value, "`\""))
	}
	return all
}

// goFiles parses every Go file of the module, whatever its build constraints.
// The files are read in this process and not by `go list`: the go command knows
// which files a test opened and so never serves a stale cached result.
func goFiles(t *testing.T) (*token.FileSet, []goFile) {
	t.Helper()
	fset := token.NewFileSet()
	var all []goFile
	walk(t, func(name, full string) {
		if path.Ext(name) != ".go" {
			return
		}
		src, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, goFile{name, syntax, strings.Count(string(src), "\n")})
	})
	if len(all) < 5 {
		t.Fatalf("found %d Go files in the repository; is the test run inside it?", len(all))
	}
	return fset, all
}

// walk visits the files of the repository that are the project's own. What is
// built, fetched or hidden is left out; so are testdata folders and modules
// within the module, as the go command does it.
func walk(t *testing.T, visit func(name, full string)) {
	t.Helper()
	root := testdata.RepoRoot(t)
	err := filepath.WalkDir(root, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		base := d.Name()
		switch {
		case name == ".":
			return nil
		case !d.IsDir():
			visit(name, full)
			return nil
		case name == "bin" || name == "demo" || base == "node_modules" || base == "dist",
			base == "testdata" && name != "internal/testdata",
			base[0] == '.' && name != ".ci", base[0] == '_':
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(full, "go.mod")); err == nil {
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
