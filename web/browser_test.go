package web_test

import (
	"bufio"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/web"
)

// The page in a real browser: scripts under page/tests, each against a server of
// its own. They drive it by what is seen, by role and by name, and fail besides
// for errors in the console, answers of 500 and more, and requests to elsewhere.

func TestFirstUse(t *testing.T)          { browse(t, "first-use.mjs") }
func TestEveryScreenByAxe(t *testing.T)  { browse(t, "axe.mjs") }
func TestTwoEditorsAtOnce(t *testing.T)  { browse(t, "two-editors.mjs") }
func TestSurveyWithoutANet(t *testing.T) { browse(t, "offline.mjs") }
func TestKeyboardAlone(t *testing.T)     { browse(t, "keyboard.mjs") }

// What of the page needs no browser is tested by its own tests.
func TestPageWithoutABrowser(t *testing.T) {
	node := testdata.Tool(t, "node", "nodejs")
	runner := filepath.Join("node_modules", "vitest", "vitest.mjs")
	if _, err := os.Stat(filepath.Join("page", runner)); err != nil {
		testdata.Skip(t, noTools)
	}
	cmd := exec.CommandContext(t.Context(), node, runner, "run")
	cmd.Dir = "page"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// BenchmarkPage measures what docs/page.md says of the page; its figures are what
// the script prints.
func BenchmarkPage(b *testing.B) {
	for b.Loop() {
		browse(b, "measure.mjs")
	}
}

const noTools = "what tests the page is missing: apt install nodejs npm, then `make page`"

// limit is how long a script may take on a slow machine; none waits for a time to
// pass.
const limit = 10 * time.Minute

func browse(tb testing.TB, script string) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("browsers are left out with -short")
	}
	node := testdata.Tool(tb, "node", "nodejs")
	chromium := testdata.Tool(tb, "chromium", "chromium")
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		testdata.Skip(tb, "the page is not built: apt install nodejs npm, then `make page`")
	}
	tools, err := filepath.Abs(filepath.Join("page", "node_modules", "playwright-core"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(tools); err != nil {
		testdata.Skip(tb, noTools)
	}
	address, code := serve(tb)

	ctx, stop := context.WithTimeout(tb.Context(), limit)
	defer stop()
	cmd := exec.CommandContext(ctx, node, filepath.Join("tests", script))
	cmd.Dir = "page"
	cmd.Env = append(os.Environ(), "OUTRIDER_URL="+address, "OUTRIDER_CODE="+code, "OUTRIDER_CHROMIUM="+chromium)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", script, err, out)
	}
	tb.Logf("%s", out)
}

var (
	addressIn = regexp.MustCompile(`http://localhost:\d+/`)
	codeIn    = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
)

// serve starts the program with nothing stored, and returns what it says on the
// terminal: its address and the code for the first account.
func serve(tb testing.TB) (address, code string) {
	tb.Helper()
	sample := testdata.Delaware(tb)
	program := testdata.BuildOutrider(tb)
	data := tb.TempDir()
	if err := os.Chmod(data, 0o700); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), program, "serve", "--listen", "127.0.0.1:0", "--data", data, "--sample", sample)
	cmd.Dir = testdata.RepoRoot(tb)
	// It is asked to end, so that it closes its files before they are deleted.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	said, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	var all strings.Builder
	ended := make(chan error, 1)
	found := make(chan [2]string, 1)
	go func() {
		var have [2]string
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			all.WriteString(lines.Text() + "\n")
			if have[0] != "" && have[1] != "" {
				continue
			}
			if a := addressIn.FindString(lines.Text()); a != "" {
				have[0] = a
			}
			if c := codeIn.FindString(lines.Text()); c != "" {
				have[1] = c
			}
			if have[0] != "" && have[1] != "" {
				found <- have
			}
		}
		ended <- cmd.Wait()
	}()
	tb.Cleanup(func() {
		// The context of the test has ended, and with it the server is asked to.
		if err := <-ended; tb.Failed() {
			tb.Logf("the server said, and ended with %v:\n%s", err, all.String())
		}
	})
	select {
	case have := <-found:
		return have[0], have[1]
	case err := <-ended:
		ended <- err
		tb.Fatalf("outrider serve ended before it said where it is: %v\n%s", err, all.String())
	case <-time.After(time.Minute):
		tb.Fatal("outrider serve does not say where it is and what its code is")
	}
	return "", ""
}
