package codeword

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/outrider-project/outrider"
)

// A Thing is something that has a name and is to have a code word.
type Thing struct {
	Kind outrider.Thing
	Name string
}

// String writes kind and name: place "Airport gate".
func (t Thing) String() string { return fmt.Sprintf("%s %q", t.Kind, t.Name) }

// A Request asks for a list of words.
type Request struct {
	Movement string
	Things   []Thing
	From     time.Time // when the words become live
	Until    time.Time // when they cease to be
	Avoid    []string  // what none may sound like: call signs and words of the unit
	Duress   bool      // a duress word, too
	By       string    // call sign of who asks
	At       time.Time // now
}

// Issue draws a word for each thing and writes the list into the book at path,
// which is made if it does not exist. Things that have a word for the whole of
// the time keep it. A word is drawn at random among those that keep MinDistance
// from all that are live at any time of the list, have rested, and say nothing of
// any name in the list.
//
// It returns the book as it is then, and the words given out, none if nothing was
// missing: then no line is written. Errors are *outrider.Error and
// *atomicfile.LedgerError. It takes time in proportion to the words asked for,
// those that are live, and those of the lexicon, multiplied.
func Issue(path string, r Request, random io.Reader) (*Book, []Given, error) {
	if err := r.tidy(); err != nil {
		return nil, nil, err
	}
	var given []Given
	b, err := add(path, func(b *Book) (*Entry, error) {
		faults, _ := b.Check()
		if len(faults) > 0 {
			return nil, &outrider.Error{Kind: outrider.Refused, Where: path, Cause: "the book is not sound: " + faults[0].String(), Remedy: "see codewords verify; begin a new book"}
		}
		missing, err := b.missing(&r)
		if err != nil {
			return nil, err
		}
		if len(missing) == 0 {
			return nil, nil
		}
		if given, err = b.draw(&r, missing, random); err != nil {
			return nil, err
		}
		return &Entry{Action: Listed, At: r.At, By: r.By, Movement: r.Movement, From: r.From, Until: r.Until, Lexicon: Lexicon().Hash, Avoid: r.Avoid, Words: given}, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return b, given, nil
}

func (r *Request) tidy() error {
	bad := func(cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "code word list", Cause: cause, Remedy: remedy}
	}
	r.From, r.Until = r.From.UTC().Truncate(time.Second), r.Until.UTC().Truncate(time.Second)
	switch {
	case !r.From.Before(r.Until):
		return bad("it ends before it begins", "give a later end")
	case r.Until.Sub(r.From) > MaxPeriod:
		return bad(fmt.Sprintf("it is live for more than %d days", MaxPeriod/(24*time.Hour)), "words that are long in use become known: give a shorter time")
	case !r.Until.After(r.At):
		return bad("it is over already", "give a later end")
	}
	if r.Movement = oneLine(r.Movement); !isName(r.Movement) {
		return bad("the movement has no name, or one of more than 200 characters", "name the movement")
	}
	things := make([]Thing, 0, len(r.Things)+1)
	for _, t := range r.Things {
		t.Name = oneLine(t.Name)
		if t.Kind == Duress || !hasWord(t.Kind) || !isName(t.Name) {
			return bad(fmt.Sprintf("%.60q cannot have a code word: it is no name of at most 200 characters of a thing that has one", t.Name), "give it a name")
		}
		if !slices.Contains(things, t) {
			things = append(things, t)
		}
	}
	if r.Duress {
		things = append(things, Thing{Kind: Duress})
	}
	r.Things = things
	var avoid []string
	for _, s := range r.Avoid {
		if s = oneLine(s); isName(s) && !slices.Contains(avoid, s) {
			avoid = append(avoid, s)
		}
	}
	slices.Sort(avoid)
	r.Avoid = avoid
	return nil
}

// oneLine puts a name into one line without blanks at its ends, as the book has
// it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// missing returns the things that have no word in the time of the list. One that
// has a word for a part of it is refused: there would be two for one thing.
func (b *Book) missing(r *Request) ([]Thing, error) {
	var missing []Thing
	for _, t := range r.Things {
		has := false
		for i := range b.given {
			a := &b.given[i]
			if a.Movement != r.Movement || a.Kind != t.Kind || a.Name != t.Name || !a.meets(r.From, r.Until) {
				continue
			}
			if a.From.After(r.From) || a.End().Before(r.Until) {
				return nil, &outrider.Error{
					Kind: outrider.Refused, Where: b.path, Cause: fmt.Sprintf("%s is called %s from %s to %s, which is a part of the time asked for", t, a.Word, clock(a.From), clock(a.End())),
					Remedy: "begin the list at " + clock(a.End()) + ", or retire the word",
				}
			}
			has = true
		}
		if !has {
			missing = append(missing, t)
		}
	}
	return missing, nil
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// draw picks a word for each thing. Things come in an order of their own; which
// word one gets does not depend on what it is.
func (b *Book) draw(r *Request, things []Thing, random io.Reader) ([]Given, error) {
	things = slices.Clone(things)
	slices.SortFunc(things, func(x, y Thing) int {
		return cmp.Or(strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(x.Name, y.Name))
	})
	candidates, err := b.candidates(r, things, random)
	if err != nil {
		return nil, err
	}
	var given []Given
	for _, t := range things {
		if len(candidates) == 0 {
			return nil, &outrider.Error{
				Kind: outrider.Refused, Where: b.path, Cause: fmt.Sprintf("there are words for %d of %d things only: the others of the list sound like ones that are live, or rest", len(given), len(things)),
				Remedy: "retire what is no longer needed, give a shorter time, or keep a book for each unit",
			}
		}
		w := candidates[0]
		given = append(given, Given{Kind: t.Kind, Name: t.Name, Word: strings.ToUpper(w.Text)})
		candidates = slices.DeleteFunc(candidates[1:], func(x Word) bool { return Distance(x.Sounds, w.Sounds) < MinDistance })
	}
	return given, nil
}

// candidates returns the words that may be given out, in random order.
func (b *Book) candidates(r *Request, things []Thing, random io.Reader) ([]Word, error) {
	l := Lexicon()
	avoid := spokenOf(r.Avoid)
	names := []string{r.Movement}
	for _, t := range things {
		names = append(names, t.Name)
	}
	var live []Sounds
	resting := map[string]bool{}
	for i := range b.given {
		a := &b.given[i]
		w, _ := l.Word(a.Word) // Check has found it
		if a.meets(r.From, r.Until) {
			live = append(live, w.Sounds)
			if avoid = append(avoid, spokenOf(a.avoid)...); a.Movement == r.Movement {
				names = append(names, a.Name)
			}
		}
		if a.meets(r.From.Add(-Rest), r.Until.Add(Rest)) {
			resting[w.Text] = true
		}
	}
	known := tokens(names)
	near := func(w *Word, all []Sounds, least int) bool {
		return slices.ContainsFunc(all, func(s Sounds) bool { return Distance(w.Sounds, s) < least })
	}
	var fit []Word
	for i := range l.Words {
		if w := &l.Words[i]; !resting[w.Text] && !near(w, live, MinDistance) && !near(w, avoid, ruledDistance) && !tells(w, known) {
			fit = append(fit, *w)
		}
	}
	for i := len(fit) - 1; i > 0; i-- {
		j, err := uniform(random, i+1)
		if err != nil {
			return nil, err
		}
		fit[i], fit[j] = fit[j], fit[i]
	}
	return fit, nil
}

// spokenOf returns the sounds of phrases and of the words they are made of.
func spokenOf(phrases []string) []Sounds {
	var all []Sounds
	for _, p := range phrases {
		var whole Sounds
		for _, t := range letterRuns(p) {
			s := Spoken(t)
			all = append(all, s)
			whole = append(whole, s...)
		}
		all = append(all, whole)
	}
	return slices.DeleteFunc(all, func(s Sounds) bool { return len(s) == 0 })
}

// letterRuns cuts a text into its words, in small letters.
func letterRuns(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

// A token is a word of a clear name.
type token struct {
	text   string
	sounds Sounds
}

// tokens returns the words of names that say something: of three letters or more.
func tokens(names []string) []token {
	seen := map[string]bool{}
	var all []token
	for _, n := range names {
		for _, t := range letterRuns(n) {
			if len(t) >= 3 && !seen[t] {
				seen[t] = true
				all = append(all, token{t, Spoken(t)})
			}
		}
	}
	return all
}

// tells reports whether a word says something of a name: is written in it, has a
// word of it in itself, or sounds like one.
func tells(w *Word, known []token) bool {
	for _, t := range known {
		if strings.Contains(t.text, w.Text) || strings.Contains(w.Text, t.text) || len(t.sounds) >= MinDistance && Distance(w.Sounds, t.sounds) < MinDistance {
			return true
		}
	}
	return false
}
