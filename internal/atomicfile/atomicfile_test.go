package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func want(t *testing.T, path, content string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != content {
		t.Fatalf("%s holds %q, want %q", filepath.Base(path), got, content)
	}
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.map")
	for _, s := range []string{"first", "", "second, longer"} {
		if err := Write(path, 0o640, text(s)); err != nil {
			t.Fatal(err)
		}
		want(t, path, s)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got&^0o640 != 0 || got&0o600 != 0o600 {
		t.Errorf("permissions %v, want 0640 less the umask", got)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want only a.map", got)
	}
}

func TestFailedFillLeavesOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.map")
	if err := Write(path, 0o644, text("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 3*bufferSize)); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("error %v, want the one of fill", err)
	}
	want(t, path, "old")

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of fill was swallowed")
			}
		}()
		err = Write(path, 0o644, func(io.Writer) error { panic("in fill") })
	}()
	want(t, path, "old")
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want only a.map", got)
	}
}

func TestRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, os.DevNull, filepath.Join(dir, "new") + string(filepath.Separator)} {
		called := false
		err := Write(path, 0o644, func(io.Writer) error { called = true; return nil })
		if err == nil || called {
			t.Errorf("Write(%q) = %v, filled %v; want a refusal before anything is written", path, err, called)
		}
	}
	if err := Write(filepath.Join(dir, "no", "such", "folder"), 0o644, text("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a missing folder: %v, want not exist", err)
	}
}

func TestFollowsLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, 0o644, text("new")); err != nil {
		t.Fatal(err)
	}
	want(t, target, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
}

func TestWritersAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.map")
	const writers = 8
	errs := make(chan error, writers)
	for i := range writers {
		go func() {
			for range 20 {
				if err := Write(path, 0o644, text(strings.Repeat(string(rune('a'+i)), 1000))); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 1000 || bytes.Count(got, got[:1]) != 1000 {
		t.Errorf("file is mixed or lost: %d bytes, %v", len(got), err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want only a.map", got)
	}
}

// TestKilled starts this test binary as a writer that never finishes, kills it,
// and expects the old file and, after the next Write, no remains. A writer that
// is alive keeps its temporary file.
func TestKilled(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_TEST_WRITER"); path != "" {
		err := Write(path, 0o644, func(w io.Writer) error {
			if _, err := w.Write(make([]byte, 2*bufferSize)); err != nil {
				return err
			}
			if _, err := os.Stdout.WriteString("writing\n"); err != nil {
				return err
			}
			_, err := io.Copy(io.Discard, os.Stdin) // until killed
			return err
		})
		t.Fatalf("the writer came to an end: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.map")
	if err := Write(path, 0o644, text("old")); err != nil {
		t.Fatal(err)
	}
	// A folder and files that only look alike stay.
	lookAlike := filepath.Join(dir, ".b.map"+tempMark+"X")
	if err := os.WriteFile(lookAlike, nil, 0o644); err != nil {
		t.Fatal(err)
	}

	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_WRITER="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("writing\n"))); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 0o644, text("newer")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 3 {
		t.Errorf("folder holds %q, want the live writer's temporary file too", got)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the killed writer ended well")
	}
	want(t, path, "newer")
	if got := names(t, dir); len(got) != 3 {
		t.Errorf("folder holds %q, want the dead writer's temporary file", got)
	}
	if err := Write(path, 0o644, text("newest")); err != nil {
		t.Fatal(err)
	}
	want(t, path, "newest")
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("folder holds %q, want a.map and the other file's look-alike", got)
	}
}
