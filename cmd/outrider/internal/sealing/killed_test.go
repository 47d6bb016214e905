//go:build unix

package sealing_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

// holds looks at what an interrupted opening has left: the output whole or as it was,
// and nothing of the document but for its owner, beside the output.
func (d *desk) holds(what, before string, whole []byte) {
	d.t.Helper()
	src, err := os.ReadFile(d.path("out.txt"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && before == "":
	case err != nil:
		d.t.Errorf("%s: %v", what, err)
	case string(src) != before && !bytes.Equal(src, whole):
		d.t.Errorf("%s: %d bytes of %d are in the output", what, len(src), len(whole))
	}
	for _, name := range d.holders() {
		info, err := os.Stat(d.path(name))
		switch {
		case name == "order.txt":
		case err != nil || name != "out.txt" && !strings.HasPrefix(name, ".out.txt.outrider-tmp-"):
			d.t.Errorf("%s: %s holds the document; %v", what, name, err)
		case info.Mode().Perm() != 0o600:
			d.t.Errorf("%s: %s has permission bits %v", what, name, info.Mode().Perm())
		}
	}
}

// TestKilledWhileOpening kills the program at each of its calls that write, name or
// remove a file while it opens a document. Afterwards it opens all the same, and what
// was left behind is gone.
func TestKilledWhileOpening(t *testing.T) {
	strace := testdata.Tool(t, "strace", "strace")
	d := newDesk(t)
	d.runs("seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed")
	whole, err := os.ReadFile(d.path("order.txt"))
	if err != nil {
		t.Fatal(err)
	}
	open := []string{"open", "order.sealed", "--identity", "a", "--signer", "b.pub", "-o", "out.txt"}
	kills := 0
	for _, call := range []string{"/^(write|pwrite64)$", "/^f(data)?sync$", "/^rename", "/^unlink", "/^(ftruncate|fchmod|fchmodat|chmod)$"} {
		for _, before := range []string{"", "what was there before"} {
			alive := 0 // calls are counted by thread: one without may come before one with
			for n := 1; n <= 12; n++ {
				for _, name := range []string{"out.txt", "a.seen.json"} {
					if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Fatal(err)
					}
				}
				if before != "" {
					if err := os.WriteFile(d.path("out.txt"), []byte(before), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				cmd := d.command(strace, append([]string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), d.program}, open...)...)
				cmd.Env = append(cmd.Env, "GOMAXPROCS=1") // to have as many as can be in one thread
				out, err := cmd.CombinedOutput()
				if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
					t.Fatalf("strace: %v\n%s", err, out)
				}
				if bytes.Contains(out, []byte("strace:")) {
					testdata.Skip(t, "strace may not trace here: "+string(out))
				}
				what := fmt.Sprintf("killed at %s number %d", call, n)
				if strings.Contains(string(out), canary) {
					t.Errorf("%s: the document is printed", what)
				}
				d.holds(what, before, whole)
				if err == nil {
					if alive++; alive > 1 { // there is no such call any more
						break
					}
					continue
				}
				kills++
				d.runs(open...)
				if left, _ := filepath.Glob(d.path(".out.txt.outrider-tmp-*")); len(left) > 0 {
					t.Errorf("%s: after the next opening there is still %v", what, left)
				}
			}
		}
	}
	if kills < 8 {
		t.Errorf("the program was killed %d times only", kills)
	}
	t.Logf("killed %d times", kills)
}

// TestNoRoomForTheOutput: with no room for all of the document there is none of it.
func TestNoRoomForTheOutput(t *testing.T) {
	shell := testdata.Tool(t, "bash", "bash")
	d := newDesk(t)
	d.runs("seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed")
	for _, before := range []string{"", "what was there before"} {
		if before != "" {
			if err := os.WriteFile(d.path("out.txt"), []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := d.command(shell, "-c", "ulimit -f 32; exec "+d.program+" open order.sealed --identity a --signer b.pub -o out.txt")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "file too large") {
			t.Errorf("%v\n%s", err, out)
		}
		d.holds("no room", before, nil)
		if got := strings.Join(d.holders(), " "); got != "order.txt" {
			t.Errorf("these hold the document: %s", got)
		}
	}
}
