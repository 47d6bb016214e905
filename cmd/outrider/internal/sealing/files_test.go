//go:build unix

package sealing_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// says runs the program, which must end with an exit code, and returns what it prints.
func (d *desk) says(code int, args ...string) string {
	d.t.Helper()
	cmd := d.command(d.program, args...)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		d.t.Errorf("outrider %v: exit code %d, want %d\n%s", args, got, code, out)
	}
	return string(out)
}

// TestIdentityInClearIsItsOwners: keys that no passphrase keeps and that others on the
// machine can read are not used.
func TestIdentityInClearIsItsOwners(t *testing.T) {
	d := newDesk(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666} {
		if err := os.Chmod(d.path("a"), mode); err != nil {
			t.Fatal(err)
		}
		if out := d.says(10, "seal", "order.txt", "--to", "b.pub", "--sign", "a", "-o", "no.sealed"); !strings.Contains(out, "others on this machine can take it") {
			t.Errorf("%o: %s", mode, out)
		}
		d.says(10, "keys", "show", "a")
	}
	if _, err := os.Stat(d.path("no.sealed")); err == nil {
		t.Error("something was sealed")
	}
	d.says(0, "keys", "show", "a.pub") // a card is for everybody
	if err := os.Chmod(d.path("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.says(0, "keys", "show", "a")
}

// TestOutputsThatAreNone: where -o leads decides before anything is opened.
func TestOutputsThatAreNone(t *testing.T) {
	d := newDesk(t)
	d.runs("seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed")
	if err := syscall.Mkfifo(d.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(code int, out string) string {
		t.Helper()
		return d.says(code, "open", "order.sealed", "--identity", "a", "--signer", "b.pub", "-o", out)
	}
	for out, says := range map[string]string{"pipe": "a pipe", "/dev/null": "a device", ".": "it is a folder", "nowhere/x": "there is no folder", "a": "is read in this step", "a.seen.json": "is read in this step"} {
		code := 4
		if strings.HasPrefix(out, "a") {
			code = 2
		}
		if got := open(code, out); !strings.Contains(got, says) {
			t.Errorf("-o %s: %s", out, got)
		}
	}
	if _, err := os.Stat(d.path("a.seen.json")); err == nil {
		t.Error("the file was opened all the same")
	}
	// A file that is there for others becomes one for its owner only; a link leads to
	// its file, and one that leads nowhere is refused.
	if err := os.WriteFile(d.path("old.txt"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old.txt", d.path("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("gone.txt", d.path("loose")); err != nil {
		t.Fatal(err)
	}
	open(0, "link")
	info, err := os.Lstat(d.path("old.txt"))
	if err != nil || info.Mode() != 0o600 || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
	if got := open(4, "loose"); !strings.Contains(got, "loose") {
		t.Error(got)
	}
	left, err := filepath.Glob(d.path(".*outrider-tmp*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestSealedFileIsNoIdentity: what is named in place of an identity is told apart
// before a passphrase is asked for.
func TestSealedFileIsNoIdentity(t *testing.T) {
	d := newDesk(t)
	d.runs("seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed")
	if err := os.WriteFile(d.path("short.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{"order.sealed": "more than 64 KiB", "short.txt": "not an identity file", "a.pub": "not an identity file"} {
		if got := d.says(3, "open", "order.sealed", "--identity", name, "--signer", "b.pub", "-o", "x"); !strings.Contains(got, says) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Of a small file of age, only the header says that it is no secret of ours.
	if err := os.WriteFile(d.path("small.age"), []byte("age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"order.sealed", "small.age"} {
		if got := d.says(3, "keys", "destroy", name, "--yes"); strings.Contains(got, "destroyed") {
			t.Error(got)
		}
		if _, err := os.Stat(d.path(name)); err != nil {
			t.Error(err)
		}
	}
}
