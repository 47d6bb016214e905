package outgoing_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange/outgoing"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

func line(names outgoing.Names) outgoing.Line {
	l := outgoing.Line{
		At: time.Date(2026, 11, 24, 6, 30, 0, 5, time.FixedZone("", 3600)), By: "PLANNER 1", Names: names, Format: "gpx", File: "plan.gpx",
		FileHash: strings.Repeat("a", 64), PlanHash: strings.Repeat("b", 64),
	}
	if names == outgoing.InCodeWords {
		l.Book = strings.Repeat("c", 64)
	}
	return l
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exports.jsonl")
	if lines, err := outgoing.Load(path); err != nil || len(lines) != 0 {
		t.Fatalf("%v %v", lines, err)
	}
	for i, names := range []outgoing.Names{outgoing.InClear, outgoing.InCodeWords, outgoing.InClear} {
		l, err := outgoing.Add(path, line(names))
		if err != nil || l.Number != i+1 || !l.At.Equal(time.Date(2026, 11, 24, 5, 30, 0, 0, time.UTC)) {
			t.Fatalf("%+v %v", l, err)
		}
	}
	lines, err := outgoing.Load(path)
	if err != nil || len(lines) != 3 || lines[0].Before != "" || lines[2].Before == "" || lines[1].Names != outgoing.InCodeWords {
		t.Fatalf("%+v %v", lines, err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.SplitAfter(src, []byte("\n"))
	for name, spoilt := range map[string][]byte{
		"line taken away":  bytes.Join([][]byte{all[0], all[2]}, nil),
		"first taken away": bytes.Join(all[1:], nil),
		"clear made coded": bytes.Replace(src, []byte(`"names":"clear"`), []byte(`"names":"code words"`), 1),
		"other format":     bytes.Replace(src, []byte("gpx\""), []byte("kml\""), 1),
		"cut off":          src[:len(src)-3],
	} {
		var e *atomicfile.LedgerError
		if _, err := outgoing.Parse(path, spoilt); !errors.As(err, &e) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exports.jsonl")
	for name, spoil := range map[string]func(*outgoing.Line){
		"a name":       func(l *outgoing.Line) { l.By = "Jane Doe" },
		"no format":    func(l *outgoing.Line) { l.Format = "" },
		"a path":       func(l *outgoing.Line) { l.File = "x/plan.gpx" },
		"no hash":      func(l *outgoing.Line) { l.FileHash = "" },
		"neither":      func(l *outgoing.Line) { l.Names = "" },
		"clear, book":  func(l *outgoing.Line) { l.Book = strings.Repeat("c", 64) },
		"coded, none":  func(l *outgoing.Line) { l.Names = outgoing.InCodeWords },
		"no time":      func(l *outgoing.Line) { l.At = time.Time{} },
		"control char": func(l *outgoing.Line) { l.File = "a\x1bb" },
	} {
		l := line(outgoing.InClear)
		spoil(&l)
		if _, err := outgoing.Add(path, l); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a journal was begun: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	path := filepath.Join(f.TempDir(), "exports.jsonl")
	for _, names := range []outgoing.Names{outgoing.InClear, outgoing.InCodeWords} {
		if _, err := outgoing.Add(path, line(names)); err != nil {
			f.Fatal(err)
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Fuzz(func(t *testing.T, src []byte) {
		lines, err := outgoing.Parse("journal", src)
		if err != nil {
			return
		}
		var again []byte
		for i := range lines {
			l, err := atomicfile.EncodeLine(&lines[i])
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, l...)
		}
		if !bytes.Equal(again, src) {
			t.Fatalf("%q was read as %q", src, again)
		}
	})
}
