package seal_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

var (
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	namedTest    = regexp.MustCompile("`([a-z]+\\.(?:Test|Fuzz)\\w*)`")
)

// unproven returns what is wrong with the table of claims in text: claims without
// a test, tests that are not there. It also counts the claims.
func unproven(text string, tests map[string]bool) (found []string, claims int) {
	_, table, ok := strings.Cut(text, "| claim | tests |\n|---|---|\n")
	if !ok {
		return []string{"there is no table of claims"}, 0
	}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		claims++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 2 || strings.TrimSpace(cells[0]) == "" {
			found = append(found, "not a claim and its tests: "+line)
			continue
		}
		named := namedTest.FindAllStringSubmatch(cells[1], -1)
		if len(named) == 0 || strings.Trim(namedTest.ReplaceAllString(cells[1], ""), " ,") != "" {
			found = append(found, "no test, or something else than tests: "+line)
		}
		for _, m := range named {
			if !tests[m[1]] {
				found = append(found, fmt.Sprintf("no such test: %s, for%s", m[1], cells[0]))
			}
		}
	}
	return found, claims
}

// TestClaimsHaveTests: docs/security.md claims nothing without a test.
func TestClaimsHaveTests(t *testing.T) {
	root := testdata.RepoRoot(t)
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules") {
			return fs.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		for _, m := range testFunction.FindAllSubmatch(src, -1) {
			tests[filepath.Base(filepath.Dir(path))+"."+string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	found, claims := unproven(string(text), tests)
	for _, f := range found {
		t.Error(f)
	}
	// What must be shown, each by a test of its own, is there.
	for _, name := range []string{
		"SignatureFromAnotherOrder", "StrippedRecipient", "FileMadeAnewByARecipient", "ForwardedToAThirdParty", "OlderVersion", "ExpiredRoleFile",
		"LowerSuite", "IssuerWithoutTheRight", "PartsSwapped", "CutAtEachChunk", "ClockSetBack", "MutationsAndTruncationsOpenToNothing",
	} {
		if !strings.Contains(string(text), "`seal.Test"+name+"`") {
			t.Errorf("the table does not name seal.Test%s", name)
		}
	}
	t.Logf("%d claims, %d tests to choose from", claims, len(tests))
}

func TestUnprovenClaimsAreFound(t *testing.T) {
	const head = "| claim | tests |\n|---|---|\n"
	tests := map[string]bool{"seal.TestA": true, "seal.FuzzB": true}
	for text, want := range map[string]int{
		head + "| it holds | `seal.TestA` |\n| so does this | `seal.TestA`, `seal.FuzzB` |\n\nmore": 0,
		head + "| it holds | |\n":                          1,
		head + "| it holds | `seal.TestC` |\n":             1,
		head + "| it holds | believe me, `seal.TestA` |\n": 1,
		head + "| | `seal.TestA` |\n":                      1,
		"no table":                                         1,
	} {
		if found, _ := unproven(text, tests); len(found) != want {
			t.Errorf("%q: %q, want %d", text, found, want)
		}
	}
}
