package readback

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

// Node runs a script of scripts/readers with the packages that scripts/readers.sh
// installs, and reads what it prints as JSON into result. Without node or the
// packages the test is skipped. The packages are looked for in the folder
// OUTRIDER_READERS, or in outrider/readers in the user's cache.
func Node(tb testing.TB, result any, script string, args ...string) {
	tb.Helper()
	tool := testdata.Tool(tb, "node", "nodejs")
	folder := os.Getenv("OUTRIDER_READERS")
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			tb.Fatal(err)
		}
		folder = filepath.Join(cache, "outrider", "readers")
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "ical.js")); err != nil {
		testdata.Skip(tb, "the readers from npm are not installed; run scripts/readers.sh")
	}
	script = filepath.Join(testdata.RepoRoot(tb), "scripts", "readers", script)
	out := run(tb, tool, append([]string{script, folder}, args...)...)
	if err := json.Unmarshal([]byte(out), result); err != nil {
		tb.Fatalf("%s printed %.200q: %v", filepath.Base(script), out, err)
	}
}

// WellFormed has xmllint read XML files.
func WellFormed(tb testing.TB, files ...string) {
	tb.Helper()
	tool := testdata.Tool(tb, "xmllint", "libxml2-utils")
	run(tb, tool, append([]string{"--noout", "--nonet"}, files...)...)
}
