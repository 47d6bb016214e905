// Package testdata finds what tests need from outside the repository: map
// extracts, Debian tools and the built program. What is missing becomes a
// skip that says what to install, or a failure where nothing may be missing.
//
// Tests import it and nothing else does.
//
// # Environment
//
//	OUTRIDER_DATA         folder that holds extracts/ and graphs/; otherwise ../shared/data
//	                      beside the repository is tried
//	OUTRIDER_REQUIRE_ALL  "1" turns every skip into a failure, but for data
//	                      that no package brings
//	OUTRIDER_SKIPLOG      file to which every skip appends one line: package,
//	                      test and reason, separated by tabs
package testdata

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// osmModule carries the sample extracts, so that a fresh machine gets them
// through the Go module proxy and needs no other download.
const osmModule = "github.com/paulmach/osm"

const shortExtract = "harrisburg.osm.pbf"

// RepoRoot returns the absolute path of the folder that holds go.mod. Tests run
// in their package's folder, so the search goes upwards from there.
func RepoRoot(tb testing.TB) string {
	tb.Helper()
	root, err := repoRoot()
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

func repoRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository root: %w", err)
	}
	for dir := start; ; {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find the repository root: %w", err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find the repository root: no go.mod in %s or above it", start)
		}
		dir = parent
	}
}

// Delaware returns the path of the sample extract of a whole US state (PBF,
// 7.8 MB, 73,144 ways, 2016). It lies in the module cache: never write to it.
func Delaware(tb testing.TB) string {
	tb.Helper()
	return sample(tb, "delaware-latest.osm.pbf")
}

// Andorra returns the path of the sample extract of a small country as bzip2
// XML (3.0 MB). It lies in the module cache: never write to it.
func Andorra(tb testing.TB) string {
	tb.Helper()
	return sample(tb, "andorra-latest.osm.bz2")
}

func sample(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := samples()
	if err != nil {
		Skip(tb, fmt.Sprintf("sample extract %s is missing: %v; fetch it with `go mod download %s`", name, err, osmModule))
	}
	path := filepath.Join(dir, "testdata", name)
	if _, err := os.Stat(path); err != nil {
		Skip(tb, fmt.Sprintf("sample extract is missing: %v; fetch it with `go clean -modcache && go mod download %s`", err, osmModule))
	}
	return path
}

// samples asks the go command once per process where the module lies, and lets
// it download the module when it is not there yet.
var samples = sync.OnceValues(func() (string, error) {
	root, err := repoRoot()
	if err != nil {
		return "", err
	}
	dir, err := goOutput(root, "list", "-m", "-f", "{{.Dir}}", osmModule)
	if err != nil || dir != "" {
		return dir, err
	}
	if _, err := goOutput(root, "mod", "download", osmModule); err != nil {
		return "", err
	}
	dir, err = goOutput(root, "list", "-m", "-f", "{{.Dir}}", osmModule)
	if err == nil && dir == "" {
		err = fmt.Errorf("the go command names no folder for %s", osmModule)
	}
	return dir, err
})

func goOutput(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// Extract returns the path of one of the extracts that are not part of the
// repository, for example "monaco.osm.pbf". It skips when OUTRIDER_DATA is unset
// and ../shared/data does not have it, even with OUTRIDER_REQUIRE_ALL=1: no
// package brings these files, so nobody could make such a run pass. A data
// folder that is named but lacks the file fails the test. With -short, which
// goes with the race detector, only the smallest is to be had.
func Extract(tb testing.TB, name string) string {
	tb.Helper()
	if testing.Short() && name != shortExtract {
		tb.Skip("larger extracts are left out with -short")
	}
	return outside(tb, "extracts", name)
}

// Graph returns the path of a folder of road graph vectors that are not part of
// the repository, for example "luxembourg": little-endian 32-bit numbers in
// files named first_out, head, travel_time and so on. It skips and fails as
// Extract does.
func Graph(tb testing.TB, name string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("real graphs are left out with -short")
	}
	return outside(tb, "graphs", name)
}

func outside(tb testing.TB, kind, name string) string {
	tb.Helper()
	data, named := os.Getenv("OUTRIDER_DATA"), true
	if data == "" {
		data, named = filepath.Join(RepoRoot(tb), "..", "shared", "data"), false
	}
	path := filepath.Join(data, kind, name)
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return path
	case named:
		tb.Fatalf("%s: %v; OUTRIDER_DATA must name the folder that holds %s/%s", kind, err, kind, name)
	case kind == "extracts":
		skip(tb, "extracts other than the samples are missing; set OUTRIDER_DATA to the folder that holds extracts/")
	default:
		skip(tb, "road graphs are missing; set OUTRIDER_DATA to the folder that holds graphs/")
	}
	return ""
}

// Tool returns the path of an executable, or skips with the name of the Debian
// package that brings it.
func Tool(tb testing.TB, name, debianPackage string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(tb, fmt.Sprintf("%s is not installed; apt-get install %s", name, debianPackage))
	}
	return path
}

// Skip ends the test as skipped for the reason given, which should say what is
// missing and how to get it, and notes it in the skip log. With
// OUTRIDER_REQUIRE_ALL=1 it fails the test instead. It does not return.
func Skip(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("OUTRIDER_REQUIRE_ALL") == "1" {
		tb.Fatalf("nothing may be skipped (OUTRIDER_REQUIRE_ALL=1): %s", why)
	}
	skip(tb, why)
}

func skip(tb testing.TB, why string) {
	tb.Helper()
	// The variable is read only here. The go command caches a package's result
	// together with the variables it read, so `make test`, which names a new
	// log each time, reruns just the packages that skipped something.
	if log := os.Getenv("OUTRIDER_SKIPLOG"); log != "" {
		if err := appendSkip(log, tb.Name(), why); err != nil {
			tb.Fatalf("note a skip in OUTRIDER_SKIPLOG: %v", err)
		}
	}
	tb.Skip(why)
}

func appendSkip(log, test, why string) error {
	root, err := repoRoot()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	pkg, err := filepath.Rel(root, dir)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	// One short write with O_APPEND: lines of processes that run at the same
	// time do not mix.
	line := strings.Join([]string{filepath.ToSlash(pkg), test, strings.Join(strings.Fields(why), " ")}, "\t") + "\n"
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

// BuildOutrider builds ./cmd/outrider as it is delivered (CGO_ENABLED=0, without
// the race detector) and returns the path of the program. It builds once per
// test process. A program that does not build fails the test.
func BuildOutrider(tb testing.TB) string {
	tb.Helper()
	path, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

var built = sync.OnceValues(func() (string, error) {
	root, err := repoRoot()
	if err != nil {
		return "", err
	}
	// No hook runs when a test process ends, so each build clears what processes
	// of more than a day ago left behind.
	parent := filepath.Join(os.TempDir(), "outrider-tests")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("build outrider for tests: %w", err)
	}
	if err := removeOlder(parent, time.Now().Add(-24*time.Hour)); err != nil {
		return "", fmt.Errorf("build outrider for tests: %w", err)
	}
	dir, err := os.MkdirTemp(parent, "build-")
	if err != nil {
		return "", fmt.Errorf("build outrider for tests: %w", err)
	}
	path := filepath.Join(dir, "outrider")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/outrider")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build outrider for tests: %w\n%s", err, out)
	}
	return path, nil
})

func removeOlder(parent string, limit time.Time) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process cleared it
		}
		if err != nil {
			return err
		}
		if info.ModTime().Before(limit) {
			if err := os.RemoveAll(filepath.Join(parent, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
