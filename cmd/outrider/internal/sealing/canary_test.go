package sealing_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
)

const canary = "CANARY-d41d8cd98f00b204-SINGS"

// A desk is a folder with identities, run by the built program.
type desk struct {
	t        *testing.T
	program  string
	dir, tmp string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, program: testdata.BuildOutrider(t), dir: t.TempDir(), tmp: t.TempDir()}
	for _, name := range []string{"a", "b", "c"} {
		d.runs("keys", "new", "-o", name, "--no-passphrase")
	}
	if err := os.WriteFile(d.path("order.txt"), []byte(strings.Repeat(canary+"\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+d.tmp, "OUTRIDER_PASSPHRASE=")
	return cmd
}

func (d *desk) runs(args ...string) {
	d.t.Helper()
	if out, err := d.command(d.program, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("outrider %v: %v\n%s", args, err, out)
	}
}

// A trace is what the program did to files and sockets.
type trace struct {
	ok    bool // exit code 0
	calls []string
}

// traced runs the program under strace; strings are recorded whole.
func (d *desk) traced(args ...string) trace {
	d.t.Helper()
	strace := testdata.Tool(d.t, "strace", "strace")
	log := filepath.Join(d.t.TempDir(), "trace")
	cmd := d.command(strace, append([]string{
		"-f", "-y", "-qq", "-s", "8388608", "-o", log,
		"-e", "trace=%file,%network,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,vmsplice,mmap,memfd_create",
		d.program,
	}, args...)...)
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		d.t.Fatalf("strace: %v\n%s", err, out)
	}
	src, err := os.ReadFile(log)
	if err != nil {
		testdata.Skip(d.t, "strace may not trace here: "+string(out))
	}
	if strings.Contains(string(out), canary) {
		d.t.Errorf("outrider %v prints the document", args)
	}
	return trace{cmd.ProcessState.Success(), strings.Split(string(src), "\n")}
}

var (
	writing = regexp.MustCompile(`^\d+\s+(write|pwrite64|writev|pwritev|pwritev2|send\w+|splice|vmsplice|copy_file_range)\(\d+<([^>]*)>`)
	opening = regexp.MustCompile(`^\d+\s+(openat2?|open|creat)\([^"]*"([^"]*)", ?([^)]*)`)
	shared  = regexp.MustCompile(`^\d+\s+mmap\([^)]*PROT_WRITE[^)]*MAP_SHARED[^)]*<`)
	network = regexp.MustCompile(`^\d+\s+(socket|connect|bind|listen)\(`)
)

// written returns the files that the document was written to.
func (tr trace) written() []string {
	var out []string
	for _, call := range tr.calls {
		if m := writing.FindStringSubmatch(call); m != nil && strings.Contains(call, canary) {
			out = append(out, m[2])
		}
	}
	return out
}

// opened returns the files that were opened for writing.
func (tr trace) opened() []string {
	var out []string
	for _, call := range tr.calls {
		if m := opening.FindStringSubmatch(call); m != nil && (m[1] == "creat" || strings.Contains(m[3], "O_WRONLY") || strings.Contains(m[3], "O_RDWR") || strings.Contains(m[3], "O_CREAT")) {
			out = append(out, m[2])
		}
	}
	return out
}

// holders returns the names of the files in the desk's folders that hold the
// canary.
func (d *desk) holders() []string {
	d.t.Helper()
	var out []string
	for _, root := range []string{d.dir, d.tmp} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			src, err := os.ReadFile(path)
			if err == nil && bytes.Contains(src, []byte(canary)) {
				out = append(out, filepath.Base(path))
			}
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return out
}

// TestCanaryIsOnlyInTheNamedOutput follows everything the program writes while a
// document with a canary in it is sealed, opened, acknowledged and refused: only
// what -o names holds it, and nothing goes over a socket.
func TestCanaryIsOnlyInTheNamedOutput(t *testing.T) {
	d := newDesk(t)
	for _, step := range []struct {
		args []string
		ok   bool
		out  string // the file that the document is written to in clear
	}{
		{[]string{"seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed"}, true, ""},
		{[]string{"seal", "order.txt", "--to", "a.pub", "--sign", "b", "--order", "OP-1", "--release-share", "share", "-o", "locked.sealed"}, true, ""},
		{[]string{"open", "order.sealed", "--identity", "c", "--signer", "b.pub", "-o", "none.txt"}, false, ""},
		{[]string{"open", "order.sealed", "--identity", "a", "--signer", "c.pub", "-o", "none.txt"}, false, ""},
		{[]string{"open", "order.sealed", "--identity", "a", "--signer", "b.pub", "--part", "other", "-o", "none.txt"}, false, ""},
		{[]string{"open", "locked.sealed", "--identity", "a", "--signer", "b.pub", "-o", "none.txt"}, false, ""},
		{[]string{"open", "order.sealed", "--identity", "a", "--signer", "b.pub", "-o", "out.txt"}, true, "out.txt"},
		{[]string{"open", "locked.sealed", "--identity", "a", "--signer", "b.pub", "--share", "share", "-o", "out.txt"}, true, "out.txt"},
		{[]string{"ack", "order.sealed", "--sign", "a", "--signer", "b.pub", "-o", "a.ack"}, true, ""},
		{[]string{"open", "order.sealed", "--identity", "a", "--signer", "b.pub", "--now", "2099-01-01", "-o", "none.txt"}, false, ""},
	} {
		if err := os.Remove(d.path("out.txt")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		tr := d.traced(step.args...)
		if tr.ok != step.ok {
			t.Errorf("outrider %v: success is %v", step.args, tr.ok)
		}
		want := filepath.Join(d.dir, "."+step.out+".outrider-tmp-")
		written := tr.written()
		if step.out != "" && len(written) == 0 {
			t.Fatalf("outrider %v: the trace does not show the document being written", step.args)
		}
		for _, path := range written {
			if step.out == "" || !strings.HasPrefix(path, want) {
				t.Errorf("outrider %v writes the document to %s", step.args, path)
			}
		}
		for _, path := range tr.opened() {
			if !step.ok && strings.Contains(path, "none.txt") {
				t.Errorf("outrider %v: something of the output was made, %s", step.args, path)
			}
			if !filepath.IsAbs(path) {
				path = d.path(path)
			}
			if src, err := os.ReadFile(path); err == nil && bytes.Contains(src, []byte(canary)) {
				t.Errorf("outrider %v: %s holds the document", step.args, path)
			}
		}
		for _, call := range tr.calls {
			if shared.MatchString(call) || network.MatchString(call) {
				t.Errorf("outrider %v: %.120s", step.args, call)
			}
		}
		holders := strings.Join(d.holders(), " ")
		if holders != strings.TrimSpace("order.txt "+step.out) {
			t.Errorf("after outrider %v these hold the document: %s", step.args, holders)
		}
		if step.out != "" {
			if info, err := os.Stat(d.path(step.out)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", step.out, info.Mode(), err)
			}
		}
	}
}

// TestNoOutputBeforeAllChecks: in the order of what the program does, the output
// is made after everything was read and remembered, and in one rename.
func TestNoOutputBeforeAllChecks(t *testing.T) {
	d := newDesk(t)
	d.runs("seal", "order.txt", "--to", "a.pub", "--sign", "b", "-o", "order.sealed")
	tr := d.traced("open", "order.sealed", "--identity", "a", "--signer", "b.pub", "-o", "out.txt")
	index := func(what string, match func(string) bool) (first, last int) {
		first, last = -1, -1
		for i, call := range tr.calls {
			if match(call) {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first < 0 {
			t.Fatalf("the trace does not show %s", what)
		}
		return first, last
	}
	made, _ := index("the output being made", func(s string) bool {
		return opening.MatchString(s) && strings.Contains(s, ".out.txt.outrider-tmp-")
	})
	renamed, _ := index("the output being renamed", func(s string) bool {
		return strings.Contains(s, "rename") && strings.Contains(s, ".out.txt.outrider-tmp-")
	})
	for _, name := range []string{"order.sealed", "b.pub", `"a"`} {
		if _, last := index("reading "+name, func(s string) bool { return opening.MatchString(s) && strings.Contains(s, name) }); last > made {
			t.Errorf("%s is opened after the output was made", name)
		}
	}
	if _, last := index("the memory being kept", func(s string) bool {
		return strings.Contains(s, "rename") && strings.Contains(s, "a.seen.json")
	}); last > made {
		t.Error("the output is made before what was seen is remembered")
	}
	if renamed < made {
		t.Error("the output is renamed before it is made")
	}
}

// TestPassphraseAtTheTerminal types passphrases at a pseudo-terminal.
func TestPassphraseAtTheTerminal(t *testing.T) {
	script := testdata.Tool(t, "script", "bsdutils")
	d := newDesk(t)
	typed := func(lines, args string) string {
		cmd := d.command(script, "-qec", d.program+" "+args, "/dev/null")
		cmd.Stdin = strings.NewReader(lines)
		out, err := cmd.CombinedOutput()
		if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
			t.Fatal(err)
		}
		return string(out)
	}
	out := typed("four words by dice\nfour words by chance\n", "keys new -o k")
	if _, err := os.Stat(d.path("k")); err == nil || !strings.Contains(out, "the second is not the first") {
		t.Errorf("two passphrases make a key:\n%s", out)
	}
	out = typed("four words by dice\nfour words by dice\n", "keys new -o k")
	src, err := os.ReadFile(d.path("k"))
	if err != nil || !bytes.HasPrefix(src, []byte("age-encryption.org/v1\n-> scrypt ")) || !strings.Contains(out, "The same again:") {
		t.Fatalf("%v\n%s", err, out)
	}
	if out = typed("four words by dice\n", "keys show k"); !strings.Contains(out, "fingerprint") {
		t.Errorf("%s", out)
	}
	if out = typed("too short\ntoo short\n", "keys new -o l"); !strings.Contains(out, "fewer than 10 characters") {
		t.Errorf("%s", out)
	}
	// Without a terminal it says where else a passphrase may come from.
	cmd := d.command(testdata.Tool(t, "setsid", "util-linux"), "-w", d.program, "keys", "show", "k")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "OUTRIDER_PASSPHRASE") {
		t.Errorf("%v\n%s", err, out)
	}
}
