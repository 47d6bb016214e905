package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines    = 800 // a longer file holds more than one thing
	maxPackageFiles = 25  // a larger package hides more than one thing
)

// emptyNames say nothing about what a package hides.
var emptyNames = []string{
	"base", "common", "core", "helper", "helpers", "lib", "manager", "misc", "model", "models",
	"shared", "tools", "type", "types", "util", "utility", "utils",
}

func TestFilesAndPackagesAreSmall(t *testing.T) {
	_, files := goFiles(t)
	count := map[string]int{}
	for _, f := range files {
		if f.lines > maxFileLines && !ast.IsGenerated(f.syntax) {
			t.Errorf("%s has %d lines, more than %d: split it by what the parts hide", f.name, f.lines, maxFileLines)
		}
		if !f.test() {
			count[f.dir()]++
		}
	}
	for dir, n := range count {
		if n > maxPackageFiles {
			t.Errorf("package %s has %d files, more than %d: split it by what the parts hide", dir, n, maxPackageFiles)
		}
	}
}

func TestPackageNamesSaySomething(t *testing.T) {
	_, files := goFiles(t)
	for _, f := range files {
		if bad := emptyName(f.dir(), f.syntax.Name.Name); bad != "" {
			t.Errorf("%s: %q does not say what the package hides; take a name from the field", f.name, bad)
		}
	}
	for dir, want := range map[string]string{"plan/utils": "utils", "hazard": "", "geo/models/v2": "models"} {
		if got := emptyName(dir, path.Base(dir)); got != want {
			t.Errorf("emptyName(%s) = %q, want %q", dir, got, want)
		}
	}
}

func emptyName(dir, name string) string {
	for _, part := range append(strings.Split(dir, "/"), strings.TrimSuffix(name, "_test")) {
		if slices.Contains(emptyNames, part) {
			return part
		}
	}
	return ""
}

// unfinished matches the marks of work put off. They belong on the tracker.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)

func TestNothingIsPutOff(t *testing.T) {
	fset, files := goFiles(t)
	for _, f := range files {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				if mark := unfinished.FindString(c.Text); mark != "" {
					t.Errorf("%s: %s: do it now or open an issue", fset.Position(c.Pos()), mark)
				}
			}
		}
	}
}

// linked lists the variables that the linker sets: name by package.
var linked = map[string]string{"cmd/outrider": "buildVersion"}

// TestNoMutableGlobals forbids state between calls: a package-level variable is
// an error sentinel, or a table that is set where it is declared and never
// changed. It is never exported, unless it is a sentinel.
func TestNoMutableGlobals(t *testing.T) {
	fset, files := goFiles(t)
	for _, found := range mutableGlobals(fset, files) {
		t.Error(found)
	}
}

func TestMutableGlobalsAreFound(t *testing.T) {
	const src = `package p
import ("errors"; "sync"; "regexp"; "embed")
var ErrGone = errors.New("gone")
var table = []int{1, 2}
var pattern = regexp.MustCompile("a")
//go:embed x
var files embed.FS
var _ error = (*problem)(nil)
var Exported = 3
var unset int
var lock sync.Mutex
var once = sync.OnceFunc(f)
var lazy = sync.OnceValue(f)
var memo = map[string]int{}
var assigned = 1
var counted = 1
var shared = 1
var parts = struct{ a int }{1}
type problem struct{}
func f() int {
	memo["a"] = 1
	assigned = 2
	counted++
	take(&shared)
	parts.a = 1
	table := []int{3}
	table[0] = 4
	delete(memo, "a")
	return table[0]
}`
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "p/p.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(mutableGlobals(fset, []goFile{{name: "p/p.go", syntax: syntax}}), "\n")
	for _, name := range []string{"Exported", "unset", "lock", "once", "memo", "assigned", "counted", "shared", "parts"} {
		if !strings.Contains(all, " "+name+" ") {
			t.Errorf("%s was not found", name)
		}
	}
	for _, name := range []string{"ErrGone", "table", "pattern", "files", "lazy"} {
		if strings.Contains(all, " "+name+" ") {
			t.Errorf("%s was refused", name)
		}
	}
}

func mutableGlobals(fset *token.FileSet, files []goFile) []string {
	byPackage := map[string][]*ast.File{}
	for _, f := range files {
		if f.test() || slices.Contains(forTests, f.dir()) {
			continue
		}
		byPackage[f.dir()] = append(byPackage[f.dir()], f.syntax)
	}
	var found []string
	for dir, group := range byPackage {
		found = append(found, mutableGlobalsOf(fset, dir, group)...)
	}
	slices.Sort(found)
	return found
}

// noImports answers every import with nothing. Names of this package resolve
// all the same, and that is all that is asked; the type checker's complaints
// about the rest are ignored.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not loaded") }

func mutableGlobalsOf(fset *token.FileSet, dir string, files []*ast.File) []string {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: noImports{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	pkg, _ := conf.Check("p", fset, files, info) // fails by design, see noImports

	var found []string
	fail := func(pos token.Pos, name, why string) {
		found = append(found, fmt.Sprintf("%s: variable %s %s", fset.Position(pos), name, why))
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
				for _, spec := range gen.Specs {
					checkGlobal(dir, gen, spec.(*ast.ValueSpec), fail)
				}
			}
		}
		global := func(e ast.Expr) (string, bool) {
			id := root(e)
			if id == nil {
				return "", false
			}
			v, ok := info.Uses[id].(*types.Var)
			return id.Name, ok && v.Parent() == pkg.Scope()
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					if name, ok := global(lhs); ok && n.Tok != token.DEFINE {
						fail(n.Pos(), name, "is changed: pass it in, or keep it in a value that callers hold")
					}
				}
			case *ast.IncDecStmt:
				if name, ok := global(n.X); ok {
					fail(n.Pos(), name, "is changed: pass it in, or keep it in a value that callers hold")
				}
			case *ast.UnaryExpr:
				if name, ok := global(n.X); ok && n.Op == token.AND {
					if _, whole := n.X.(*ast.Ident); whole {
						fail(n.Pos(), name, "has its address taken, so that anyone may change it")
					}
				}
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (fun.Name == "delete" || fun.Name == "clear") {
					if name, ok := global(n.Args[0]); ok {
						fail(n.Pos(), name, "is emptied: keep it in a value that callers hold")
					}
				}
			}
			return true
		})
	}
	return found
}

// root returns the variable that an expression such as a.b[c] starts from.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func checkGlobal(dir string, gen *ast.GenDecl, spec *ast.ValueSpec, fail func(token.Pos, string, string)) {
	embedded := strings.Contains(comments(gen.Doc)+comments(spec.Doc), "//go:embed ")
	for i, name := range spec.Names {
		if name.Name == "_" || name.Name == linked[dir] {
			continue
		}
		if name.IsExported() && !strings.HasPrefix(name.Name, "Err") {
			fail(name.Pos(), name.Name, "is exported and so can be changed from outside: make it a function or a constant")
		}
		switch {
		case len(spec.Values) == 0 && !embedded:
			fail(name.Pos(), name.Name, "is not set where it is declared, so something changes it later")
		case i < len(spec.Values) && stateful(spec.Values[i]):
			fail(name.Pos(), name.Name, "remembers between calls: keep it in a value that callers hold")
		}
	}
}

func comments(g *ast.CommentGroup) string {
	if g == nil {
		return ""
	}
	var all strings.Builder
	for _, c := range g.List {
		all.WriteString(c.Text + "\n")
	}
	return all.String()
}

// stateful reports whether an initial value comes from sync or atomic, or is a
// buffer, map or channel made to be filled later. A value that is worked out
// once when it is first asked for is a constant all the same.
func stateful(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.UnaryExpr:
		return stateful(x.X)
	case *ast.CompositeLit:
		return fromSync(x.Type)
	case *ast.CallExpr:
		if id, ok := x.Fun.(*ast.Ident); ok {
			return id.Name == "make" || id.Name == "new"
		}
		return fromSync(x.Fun)
	}
	return false
}

func fromSync(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && (id.Name == "sync" || id.Name == "atomic") && !strings.HasPrefix(sel.Sel.Name, "OnceValue")
}
