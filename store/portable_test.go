package store_test

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/pgtest"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

func exported(t testing.TB, s *store.Store) string {
	t.Helper()
	var out strings.Builder
	_, err := s.Export(t.Context(), &out)
	must(t, err)
	return out.String()
}

// TestThereAndBack takes a store from SQLite to PostgreSQL and back: the exports
// are the same bytes, the audit log holds, and work goes on there.
func TestThereAndBack(t *testing.T) {
	ctx := t.Context()
	from := opened(t, t.TempDir())
	filled(t, from)
	want := exported(t, from)
	chain, err := from.Verify(ctx)
	must(t, err)
	s := from
	for _, target := range []string{pgtest.URL(t), t.TempDir()} {
		next := opened(t, target)
		got, err := next.Import(ctx, strings.NewReader(exported(t, s)))
		if err != nil || got != chain {
			t.Fatalf("the chain is %+v, %v; want %+v", got, err, chain)
		}
		if got := exported(t, next); got != want {
			t.Fatalf("the export is another:\n%s\nwant\n%s", got, want)
		}
		s = next
	}
	m := movement("M1")
	m.Version = 2
	if v, err := s.SaveMovement(ctx, act("save-movement", "M1"), m); err != nil || v != 3 {
		t.Errorf("saved afterwards: version %d, %v", v, err)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
	ofKind(t, "into a store that is not empty", func() error { _, err := s.Import(ctx, strings.NewReader(want)); return err }(), outrider.Refused)
}

// TestBrokenExports changes, cuts and lengthens an export in many places: none is
// taken, and nothing of it is kept.
func TestBrokenExports(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		from := opened(t, t.TempDir())
		filled(t, from)
		whole := exported(t, from)
		stamp := strconv.FormatInt(at.UnixMicro(), 10)
		broken := map[string]string{
			"nothing":           "",
			"another format":    strings.Replace(whole, "outrider.store/1", "outrider.store/2", 1),
			"another schema":    strings.Replace(whole, `"schema":`, `"schema":9`, 1),
			"another column":    strings.Replace(whole, `"call_sign"`, `"full_name"`, 1),
			"a line more":       whole + "{}\n",
			"a blank more":      whole + " ",
			"a changed text":    strings.Replace(whole, `"COBALT"`, `"INDIGO"`, 1),
			"a number for text": strings.Replace(whole, `"ROMEO 1"`, `1`, 1),
			"text for a number": strings.Replace(whole, stamp, `"`+stamp+`"`, 1),
			"a fraction":        strings.Replace(whole, `["D1","A1","AQ==","Ag==",3,`, `["D1","A1","AQ==","Ag==",3.5,`, 1),
			"bad base64":        strings.Replace(whole, `"AQ=="`, `"AR=="`, 1),
			"a row less":        whole[:strings.Index(whole, `["M1"`)] + whole[strings.Index(whole, `{"table":"grants"`):],
		}
		for i := 1; i < 40; i++ {
			broken["cut off at "+whole[len(whole)*i/40-5:len(whole)*i/40]] = whole[:len(whole)*i/40]
		}
		for what, src := range broken {
			if src == whole {
				t.Errorf("%s: the test changes nothing", what)
			}
			_, err := s.Import(ctx, strings.NewReader(src))
			ofKind(t, what, err, outrider.Invalid)
			if some, err := s.AnyAccount(ctx); some || err != nil {
				t.Fatalf("%s: something was kept: %v, %v", what, some, err)
			}
		}
		// Whoever edits an export and its sum too is found by the chain.
		forged := reSummed(t, strings.Replace(whole, `"get-plan"`, `"get-move"`, 1))
		_, err := s.Import(ctx, strings.NewReader(forged))
		ofKind(t, "a forged log", err, outrider.Refuted)
		if _, err := s.Import(ctx, strings.NewReader(whole)); err != nil {
			t.Errorf("the whole: %v", err)
		}
	})
}

// FuzzImport reads anything: it is read, or refused as an input that does not say
// what it must.
func FuzzImport(f *testing.F) {
	s, err := store.Open(f.Context(), f.TempDir())
	must(f, err)
	filled(f, s)
	whole := exported(f, s)
	must(f, s.Close())
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Add([]byte(`{"format":"outrider.store/1","schema":2}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		// Most changes break the sum at the end; with one that fits they come further.
		for _, src := range [][]byte{src, []byte(summed(string(src)))} {
			if rows, err := store.ReadPortable(bytes.NewReader(src)); err != nil && outrider.KindOf(err) != outrider.Invalid || err == nil && rows == 0 && len(src) < 1000 {
				t.Errorf("%d rows, %v", rows, err)
			}
		}
	})
}

// TestTooLongLines bounds what a line takes.
func TestTooLongLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 256 MiB")
	}
	s := opened(t, t.TempDir())
	_, err := s.Import(t.Context(), io.MultiReader(strings.NewReader(`{"format":"`), endless{}))
	ofKind(t, "a line without end", err, outrider.Invalid)
}

// endless is a line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestNothingIsAddedInWriting holds that reading, exporting and verifying leave a
// store as it was.
func TestNothingIsAddedInWriting(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		filled(t, s)
		before := exported(t, s)
		_, err := s.Verify(t.Context())
		must(t, err)
		if _, err := s.GrantsOf(t.Context(), "A1", at); err != nil {
			t.Error(err)
		}
		if p, err := s.Purge(t.Context(), server.Act{What: "purge", At: at}, store.DefaultRetention()); err != nil || p != (store.Purged{}) {
			t.Errorf("a purge that finds nothing: %+v, %v", p, err)
		}
		if exported(t, s) != before {
			t.Error("the store has changed")
		}
	})
}
