package codeword

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

// dice is a source of random numbers that can be played again.
func dice(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func day(n int) time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func places(n int) []Thing {
	var all []Thing
	for i := range n {
		all = append(all, Thing{outrider.ThingPlace, fmt.Sprintf("Xyq %c%c", 'a'+i/26, 'a'+i%26)})
	}
	return all
}

func issue(tb testing.TB, path string, seed byte, r Request) *Book {
	tb.Helper()
	if r.By == "" {
		r.By = "PLANNER 1"
	}
	if r.At.IsZero() {
		r.At = day(-1)
	}
	b, _, err := Issue(path, r, dice(seed))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func sound(tb testing.TB, b *Book) Certificate {
	tb.Helper()
	faults, c := b.Check()
	for _, f := range faults {
		tb.Error(f)
	}
	return c
}

func TestIssue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.jsonl")
	r := Request{Movement: "North to south", Things: places(40), From: day(0), Until: day(14), Duress: true, Avoid: []string{"LEAD 1", "TAIL 2"}}
	b := issue(t, path, 1, r)
	c := sound(t, b)
	if c.Words != 41 || c.Pairs != 41*40/2 || c.Nearest < MinDistance || c.NearestGuard < MinDistance || len(c.Closest) != 2 {
		t.Errorf("%+v", c)
	}
	if got := len(b.Live("", day(0))); got != 41 {
		t.Errorf("%d live on the first day", got)
	}
	for _, at := range []time.Time{day(0).Add(-time.Second), day(14)} {
		if got := b.Live("", at); len(got) != 0 {
			t.Errorf("%d live at %v", len(got), at)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the book can be read by others: %v %v", info.Mode(), err)
	}
	// The same is asked for again: everything has its word, nothing is written.
	again, given, err := Issue(path, Request{Movement: r.Movement, Things: r.Things, From: day(1), Until: day(2), By: "PLANNER 1", At: day(0)}, dice(2))
	if err != nil || len(given) != 0 || again.Seal() != b.Seal() {
		t.Errorf("%v %v", given, err)
	}
	// One more place: one more word.
	_, given, err = Issue(path, Request{Movement: r.Movement, Things: places(41), From: day(0), Until: day(14), By: "PLANNER 1", At: day(0)}, dice(3))
	if err != nil || len(given) != 1 {
		t.Errorf("%v %v", given, err)
	}
}

func TestIssueFromTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.jsonl")
	r := Request{Movement: "M", Things: places(30), From: day(-20), Until: day(0), At: day(-21)}
	issue(t, path, 1, r)
	before := map[string]string{}
	r.From, r.Until = day(0), day(20)
	b := issue(t, path, 2, r)
	sound(t, b)
	for _, a := range b.Live("M", day(0).Add(-time.Second)) {
		before[a.Name] = a.Word
	}
	after := b.Live("M", day(0))
	if len(before) != 30 || len(after) != 30 {
		t.Fatalf("%d and %d live", len(before), len(after))
	}
	for _, a := range after {
		if before[a.Name] == a.Word {
			t.Errorf("%s kept %s", a.Name, a.Word)
		}
	}
	// Half of the time is covered: refused, and nothing written.
	r.From, r.Until = day(10), day(30)
	_, _, err := Issue(path, r, dice(3))
	var e *outrider.Error
	if !errors.As(err, &e) || !strings.Contains(e.Cause, `"Xyq aa" is called`) || !strings.Contains(e.Remedy, "2026-11-21T00:00:00Z") {
		t.Errorf("got %v", err)
	}
	if now, err := Load(path); err != nil || now.Seal() != b.Seal() {
		t.Errorf("something was written: %v", err)
	}
}

// Two movements share a book until it has no more words that are apart.
func TestIssueUntilNoneIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.jsonl")
	total, b := 0, (*Book)(nil)
	for i := range 20 {
		r := Request{Movement: fmt.Sprintf("Movement %d", i), Things: places(40), From: day(0), Until: day(5), By: "PLANNER 1", At: day(-1)}
		grown, given, err := Issue(path, r, dice(byte(i)))
		if err != nil {
			if outrider.KindOf(err) != outrider.Refused || !strings.Contains(err.Error(), "of 40 things only") {
				t.Fatal(err)
			}
			break
		}
		b, total = grown, total+len(given)
	}
	c := sound(t, b)
	if total < 280 || c.Nearest < MinDistance {
		t.Errorf("%d words live at one time, %+v", total, c)
	}
	// They are free again when they have rested, and not a day before.
	r := Request{Movement: "Later", Things: places(200), From: day(5).Add(Rest - time.Second), Until: day(40), By: "PLANNER 1", At: day(-1)}
	if _, _, err := Issue(path, r, dice(9)); outrider.KindOf(err) != outrider.Refused {
		t.Errorf("got %v", err)
	}
	r.From = day(5).Add(Rest)
	sound(t, issue(t, path, 9, r))
}

func TestRetire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.jsonl")
	r := Request{Movement: "M", Things: places(3), From: day(0), Until: day(10)}
	word := issue(t, path, 1, r).Assignments()[0].Word
	b, err := Retire(path, strings.ToLower(word), "read out on an open net", "CONTROL 1", day(2))
	if err != nil {
		t.Fatal(err)
	}
	sound(t, b)
	if n := len(b.Live("M", day(2).Add(-time.Second))); n != 3 {
		t.Errorf("%d live before", n)
	}
	if n := len(b.Live("M", day(2))); n != 2 {
		t.Errorf("%d live after", n)
	}
	r.From, r.At = day(2), day(2)
	b = issue(t, path, 2, r)
	sound(t, b)
	for _, a := range b.Live("M", day(2)) {
		if a.Word == word {
			t.Errorf("%s came back", word)
		}
	}
	for name, change := range map[string]func() error{
		"twice":   func() error { _, err := Retire(path, word, "again", "CONTROL 1", day(3)); return err },
		"unknown": func() error { _, err := Retire(path, "XYZZY", "again", "CONTROL 1", day(3)); return err },
		"no why":  func() error { _, err := Retire(path, b.Live("M", day(2))[0].Word, "", "CONTROL 1", day(3)); return err },
		"no one": func() error {
			_, err := Retire(path, b.Live("M", day(2))[0].Word, "w", "John Smith", day(3))
			return err
		},
		"set back": func() error {
			_, err := Retire(path, b.Live("M", day(2))[0].Word, "w", "CONTROL 1", day(1))
			return err
		},
	} {
		var e *outrider.Error
		if err := change(); !errors.As(err, &e) || e.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWordsTellNothing(t *testing.T) {
	for word, names := range map[string][]string{
		"walrus": {"Walrus Lane"}, "hamster": {"Ham"}, "pelican": {"Pellican crossing"}, "trumpet": {"Trumpeter's Hall"}, "guitar": {"Gitar"},
	} {
		w, ok := Lexicon().Word(word)
		if !ok || !tells(&w, tokens(names)) {
			t.Errorf("%s tells nothing of %v", word, names)
		}
	}
	w, _ := Lexicon().Word("walrus")
	if tells(&w, tokens([]string{"Airport gate", "St. Mary's", "X"})) {
		t.Error("walrus tells something of an airport")
	}
}

// Which word a thing gets does not depend on what it is: over many draws every
// word of the list comes to every thing about as often.
func TestDrawFavoursNone(t *testing.T) {
	const draws = 20000
	count := map[string]int{}
	b := &Book{}
	r := Request{Movement: "M", Things: places(2), From: day(0), Until: day(1), At: day(-1)}
	random := dice(7)
	fit, err := b.candidates(&r, r.Things, random)
	if err != nil {
		t.Fatal(err)
	}
	for range draws {
		j, err := uniform(random, len(fit))
		if err != nil {
			t.Fatal(err)
		}
		count[fit[j].Text]++
	}
	chi, want := 0.0, float64(draws)/float64(len(fit))
	for _, w := range fit {
		d := float64(count[w.Text]) - want
		chi += d * d / want
	}
	// Mean is the number of words, standard deviation the root of twice that.
	if n := float64(len(fit)); chi > n+6*26.4 || chi < n-6*26.4 {
		t.Errorf("chi-square %.0f for %d words", chi, len(fit))
	}
}

// A book is sound whatever is asked for, in whatever order.
func TestAnyBookIsSound(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		path, at := filepath.Join(outer.TempDir(), "book.jsonl"), day(0)
		for step := range rapid.IntRange(1, 4).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			b, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if live := b.Live("", at); len(live) > 0 && rapid.Bool().Draw(t, "retire") {
				if _, err := Retire(path, rapid.SampledFrom(live).Draw(t, "word").Word, "drawn", "CONTROL 1", at); err != nil {
					t.Fatal(err)
				}
				continue
			}
			from := at.Add(time.Duration(rapid.IntRange(-48, 200).Draw(t, "from")) * time.Hour)
			r := Request{
				Movement: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "movement"), Things: places(rapid.IntRange(1, 12).Draw(t, "things")),
				From: from, Until: from.Add(time.Duration(rapid.IntRange(49, 900).Draw(t, "long")) * time.Hour), By: "PLANNER 1", At: at,
				Avoid: []string{rapid.SampledFrom([]string{"TUBA 1", "LION", "tomatillo"}).Draw(t, "avoid")}, Duress: rapid.Bool().Draw(t, "duress"),
			}
			if _, _, err := Issue(path, r, dice(byte(step)+rapid.Byte().Draw(t, "seed"))); err != nil && outrider.KindOf(err) != outrider.Refused {
				t.Fatal(err)
			}
		}
		b, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if faults, _ := b.Check(); len(faults) > 0 {
			t.Fatal(faults)
		}
	})
}

// chain writes entries as a book, with numbers, hashes and what else is the same
// in all.
func chain(tb testing.TB, entries ...Entry) []byte {
	tb.Helper()
	var src []byte
	before := ""
	for i := range entries {
		e := entries[i]
		e.Schema, e.Number, e.Before, e.By = Schema, i+1, before, "PLANNER 1"
		if e.At.IsZero() {
			e.At = day(-1)
		}
		line, err := atomicfile.EncodeLine(&e)
		if err != nil {
			tb.Fatal(err)
		}
		src = append(src, line...)
		sum := sha256.Sum256(bytes.TrimSuffix(line, []byte("\n")))
		before = hex.EncodeToString(sum[:])
	}
	return src
}

func list(from, until int, words ...Given) Entry {
	return Entry{Action: Listed, Movement: "Movement", From: day(from), Until: day(until), Lexicon: Lexicon().Hash, Words: words}
}

func place(name, word string) Given { return Given{outrider.ThingPlace, name, word} }

// What draws words and what checks them must not share a mistake: books that
// nothing here would write are refused by the checker.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	avoided := list(0, 5, place("Aqx", "WALRUS"))
	avoided.Avoid = []string{"Walrusy"}
	for name, test := range map[string]struct {
		entries []Entry
		want    string
	}{
		"not in the lexicon": {[]Entry{list(0, 5, place("Aqx", "BRIDGE"))}, "does not have the word"},
		"two for one thing":  {[]Entry{list(0, 5, place("Aqx", "WALRUS")), list(4, 9, place("Aqx", "PELICAN"))}, "at the same time"},
		"same word twice":    {[]Entry{list(0, 5, place("Aqx", "WALRUS"), place("Bqx", "WALRUS"))}, "has not rested"},
		"no rest":            {[]Entry{list(0, 5, place("Aqx", "WALRUS")), list(34, 40, place("Bqx", "WALRUS"))}, "has not rested"},
		"near a unit's word": {[]Entry{avoided}, "keep clear of"},
		"tells a name":       {[]Entry{list(0, 5, place("The Walrus Inn", "WALRUS"))}, "tells something"},
	} {
		b, err := Parse("book", chain(t, test.entries...))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		faults, _ := b.Check()
		if len(faults) == 0 || !strings.Contains(faults[0].String(), test.want) {
			t.Errorf("%s: %v", name, faults)
		}
	}
	b, err := Parse("book", chain(t, list(0, 5, place("Aqx", "WALRUS")), list(35, 40, place("Bqx", "WALRUS"))))
	if err != nil {
		t.Fatal(err)
	}
	sound(t, b)
}

// The lexicon has no two words that sound alike, nor one like a word of the
// radio: the checker is shown some of another.
func TestCheckHearsWhatSoundsAlike(t *testing.T) {
	l := newWordList("crumpet K R AH M P AH T\ntrumpet T R AH M P AH T\nmelon M EH L AH N\n", "message M EH S AH JH\n")
	for name, test := range map[string]struct {
		entries []Entry
		want    string
	}{
		"live together":     {[]Entry{list(0, 5, place("Aqx", "CRUMPET"), place("Bqx", "TRUMPET"))}, "sounds like CRUMPET, which is live"},
		"a day together":    {[]Entry{list(0, 5, place("Aqx", "CRUMPET")), list(4, 9, place("Bqx", "TRUMPET"))}, "sounds like CRUMPET, which is live"},
		"one of the radio":  {[]Entry{list(0, 5, place("Aqx", "MELON"))}, `sounds like "message"`},
		"one after another": {[]Entry{list(0, 5, place("Aqx", "CRUMPET")), list(5, 9, place("Bqx", "TRUMPET"))}, ""},
	} {
		b, err := Parse("book", chain(t, test.entries...))
		if err != nil {
			t.Fatal(err)
		}
		faults, _ := b.check(l)
		if test.want == "" && len(faults) > 0 || test.want != "" && (len(faults) != 1 || !strings.Contains(faults[0].String(), test.want)) {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestCheckMeasures(t *testing.T) {
	for _, pair := range [][2]string{{"TRUMPET", "PELICAN"}, {"NARCISSUS", "NASTURTIUM"}} {
		b, err := Parse("book", chain(t, list(0, 5, place("Aqx", pair[0]), place("Bqx", pair[1]))))
		if err != nil {
			t.Fatal(err)
		}
		v, _ := Lexicon().Word(pair[0])
		w, _ := Lexicon().Word(pair[1])
		if c := sound(t, b); c.Nearest != Distance(v.Sounds, w.Sounds) || c.Pairs != 1 {
			t.Errorf("%v: %+v", pair, c)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := chain(t, list(0, 5, place("Aqx", "WALRUS")), Entry{Action: Retired, Word: "WALRUS", Why: "heard", At: day(1)})
	if _, err := Parse("book", good); err != nil {
		t.Fatal(err)
	}
	long := list(0, 400, place("Aqx", "WALRUS"))
	nobody := list(0, 5, place("Aqx", "WALRUS"))
	nobody.Movement = ""
	for name, src := range map[string][]byte{
		"line taken away":    good[bytes.IndexByte(good, '\n')+1:],
		"line changed":       bytes.Replace(good, []byte("Aqx"), []byte("Bqx"), 1),
		"cut off":            good[:len(good)-1],
		"field added":        bytes.Replace(good, []byte(`"by"`), []byte(`"x":1,"by"`), 1),
		"no JSON":            []byte("hello\n"),
		"backwards":          chain(t, list(5, 0, place("Aqx", "WALRUS"))),
		"too long":           chain(t, long),
		"no words":           chain(t, list(0, 5)),
		"no movement":        chain(t, nobody),
		"small letters":      chain(t, list(0, 5, place("Aqx", "walrus"))),
		"word for a road":    chain(t, list(0, 5, Given{outrider.ThingRoad, "Aqx", "WALRUS"})),
		"name of the duress": chain(t, list(0, 5, Given{Duress, "Aqx", "WALRUS"})),
		"no name":            chain(t, list(0, 5, place("", "WALRUS"))),
		"dead word retired":  chain(t, list(0, 5, place("Aqx", "WALRUS")), Entry{Action: Retired, Word: "WALRUS", Why: "heard", At: day(6)}),
		"unknown action":     chain(t, Entry{Action: "erase"}),
	} {
		var e *atomicfile.LedgerError
		if _, err := Parse("book", src); !errors.As(err, &e) || e.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRandomThatEndsIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.jsonl")
	r := Request{Movement: "M", Things: places(3), From: day(0), Until: day(10), By: "PLANNER 1", At: day(-1)}
	if _, _, err := Issue(path, r, strings.NewReader("short")); err == nil {
		t.Error("words were drawn without random numbers")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a book was written: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	good := chain(f, list(0, 5, place("Aqx", "WALRUS"), Given{Duress, "", "PELICAN"}), Entry{Action: Retired, Word: "WALRUS", Why: "heard", At: day(1)}, list(6, 9, place("Aqx", "TRUMPET")))
	f.Add(good)
	f.Add([]byte("{}\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, src []byte) {
		b, err := Parse("book", src)
		if err != nil {
			if _, ok := errors.AsType[*atomicfile.LedgerError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		// What is read is what was written, to the byte.
		var again []byte
		for i := range b.Entries() {
			line, err := atomicfile.EncodeLine(&b.Entries()[i])
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, line...)
		}
		if !bytes.Equal(again, src) {
			t.Fatalf("%q was read as %q", src, again)
		}
		b.Check()
	})
}

func BenchmarkIssue(b *testing.B) {
	dir := b.TempDir()
	for i := range b.N {
		issue(b, filepath.Join(dir, fmt.Sprint(i)), byte(i), Request{Movement: "M", Things: places(40), From: day(0), Until: day(10)})
	}
}

func BenchmarkCheck(b *testing.B) {
	book := issue(b, filepath.Join(b.TempDir(), "book"), 1, Request{Movement: "M", Things: places(250), From: day(0), Until: day(10)})
	for b.Loop() {
		book.Check()
	}
}
