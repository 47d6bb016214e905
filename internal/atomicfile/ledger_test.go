package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func ledgerIn(t *testing.T) Ledger {
	return Ledger{Path: filepath.Join(t.TempDir(), "a.jsonl"), Entry: "record", MaxBytes: 100, MaxLine: 20}
}

func TestLedgerGrows(t *testing.T) {
	l := ledgerIn(t)
	if src, err := l.Read(); err != nil || len(src) != 0 {
		t.Fatalf("%q, %v", src, err)
	}
	for i, line := range []string{"one\n", "", "two\nthree\n"} {
		before, _ := os.ReadFile(l.Path)
		err := l.Extend(0o600, func(now []byte) ([]byte, error) {
			if string(now) != string(before) {
				t.Errorf("step %d is given %q, the file holds %q", i, now, before)
			}
			return []byte(line), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, l.Path, string(before)+line)
	}
	// Nothing is written when there is nothing to add, or it cannot be.
	info, err := os.Stat(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := l.Extend(0o600, func([]byte) ([]byte, error) { return []byte("x\n"), broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := l.Extend(0o600, func([]byte) ([]byte, error) { return nil, nil }); err != nil {
		t.Error(err)
	}
	if err := l.Extend(0o600, func([]byte) ([]byte, error) { return make([]byte, 90), nil }); err == nil || !strings.Contains(err.Error(), "more than 100 bytes") {
		t.Errorf("got %v", err)
	}
	if now, err := os.Stat(l.Path); err != nil || !os.SameFile(info, now) {
		t.Errorf("the file was written anew: %v", err)
	}
	want(t, l.Path, "one\ntwo\nthree\n")
}

func TestLedgerParse(t *testing.T) {
	l := ledgerIn(t)
	var got []string
	if err := l.Parse([]byte("a\n\nb\n"), func(n int, line []byte) error {
		got = append(got, string(line))
		if n != len(got) {
			t.Errorf("line %d is called %d", len(got), n)
		}
		return nil
	}); err != nil || strings.Join(got, ",") != "a,,b" {
		t.Errorf("%q, %v", got, err)
	}
	refuse := func(n int, line []byte) error {
		if string(line) == "bad" {
			return errors.New("it is bad")
		}
		return nil
	}
	for says, src := range map[string]string{
		"a.jsonl:2: it is bad; restore": "a\nbad\n",
		"records are never edited":      "bad\n",
		"a.jsonl:2: the last line has":  "a\nb",
		"a.jsonl:1: the line is not":    "\xff\n",
		"a.jsonl:1: the line has 21":    strings.Repeat("x", 21) + "\n",
		"more than 100 bytes; begin":    strings.Repeat("x\n", 51),
	} {
		err := l.Parse([]byte(src), refuse)
		bad, ok := errors.AsType[*LedgerError](err)
		if !ok || !strings.Contains(err.Error(), says) || bad.Unwrap() != nil {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestLedgerErrorsNameTheFile(t *testing.T) {
	l := ledgerIn(t)
	l.Path = filepath.Join(t.TempDir(), "no", "a.jsonl")
	err := l.Extend(0o600, func([]byte) ([]byte, error) { return []byte("x\n"), nil })
	if bad, ok := errors.AsType[*LedgerError](err); !ok || bad.Path != l.Path || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(bad.Remedy, "folder") {
		t.Errorf("got %v", err)
	}
	l.Path = t.TempDir()
	if _, err := l.Read(); err == nil || !strings.Contains(err.Error(), "can be read") {
		t.Errorf("got %v", err)
	}
}

// TestLedgerLosesNothing adds from several goroutines, each with a lock of its own.
func TestLedgerLosesNothing(t *testing.T) {
	l := ledgerIn(t)
	l.MaxBytes = 1 << 20
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if err := l.Extend(0o600, func([]byte) ([]byte, error) { return []byte("x\n"), nil }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	want(t, l.Path, strings.Repeat("x\n", 160))
}

func TestLines(t *testing.T) {
	type record struct {
		A int    `json:"a"`
		B string `json:"b,omitempty"`
	}
	line, err := EncodeLine(record{1, "<&>"})
	if err != nil || string(line) != `{"a":1,"b":"<&>"}`+"\n" {
		t.Fatalf("%s, %v", line, err)
	}
	var got record
	if err := DecodeLine(line[:len(line)-1], &got); err != nil || got != (record{1, "<&>"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := Pristine(line[:len(line)-1], got); err != nil {
		t.Error(err)
	}
	if err := Pristine([]byte(`{"a": 1,"b":"<&>"}`), got); err == nil {
		t.Error("a line with a space more is taken for untouched")
	}
	if err := DecodeLine([]byte(`{"a":1,"c":2}`), &got); err == nil {
		t.Error("an unknown field is taken")
	}
}
