package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// recorder stands in for a test: it notes how a test would have ended.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return "TestOther" }
func (r *recorder) Skip(args ...any) {
	r.skipped = args[0].(string)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = format
	if len(args) > 0 {
		if s, ok := args[len(args)-1].(string); ok {
			r.failed += " " + s
		}
	}
	runtime.Goexit()
}

// end runs f as a test would, in a goroutine that Skip and Fatalf may end.
func end(f func(r *recorder)) *recorder {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r
}

func TestSkipIsLogged(t *testing.T) {
	log := filepath.Join(t.TempDir(), "skips")
	t.Setenv("OUTRIDER_SKIPLOG", log)
	t.Setenv("OUTRIDER_REQUIRE_ALL", "")
	for range 2 {
		r := end(func(r *recorder) { Tool(r, "no-such-tool", "no-such-package") })
		if !strings.Contains(r.skipped, "apt-get install no-such-package") || r.failed != "" {
			t.Fatalf("skipped %q, failed %q", r.skipped, r.failed)
		}
	}
	got, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	line := "internal/testdata\tTestOther\tno-such-tool is not installed; apt-get install no-such-package\n"
	if string(got) != line+line {
		t.Errorf("log is %q, want twice %q", got, line)
	}
}

func TestNothingMayBeSkipped(t *testing.T) {
	t.Setenv("OUTRIDER_REQUIRE_ALL", "1")
	r := end(func(r *recorder) { Skip(r, "no data") })
	if r.skipped != "" || !strings.Contains(r.failed, "no data") {
		t.Errorf("skipped %q, failed %q; want a failure that names the reason", r.skipped, r.failed)
	}
}

func TestExtractOfNamedFolder(t *testing.T) {
	data := t.TempDir()
	t.Setenv("OUTRIDER_DATA", data)
	want := filepath.Join(data, "extracts", shortExtract)
	if err := os.Mkdir(filepath.Dir(want), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var got string
	if r := end(func(r *recorder) { got = Extract(r, shortExtract) }); r.skipped+r.failed != "" || got != want {
		t.Errorf("got %q, want %q; skipped %q, failed %q", got, want, r.skipped, r.failed)
	}
	if err := os.Remove(want); err != nil {
		t.Fatal(err)
	}
	if r := end(func(r *recorder) { Extract(r, shortExtract) }); r.failed == "" {
		t.Errorf("an extract missing from a named folder must fail the test; skipped %q", r.skipped)
	}
}

func TestSamplesAreTheKnownFiles(t *testing.T) {
	for path, size := range map[string]int64{Delaware(t): 7812234, Andorra(t): 2973951} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != size {
			t.Errorf("%s has %d bytes, want %d", path, info.Size(), size)
		}
	}
}

func TestRemoveOlder(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, age := range map[string]time.Duration{"old": time.Hour, "new": 0} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeOlder(dir, now.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "new" {
		t.Errorf("left %v, want new only", entries)
	}
}

func TestRepoRootHoldsModule(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(RepoRoot(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "module github.com/outrider-project/outrider\n") {
		t.Errorf("go.mod of another module: %.80s", mod)
	}
}
