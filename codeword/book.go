package codeword

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/callsign"
)

// Schema is the version of the book; it changes when a field changes its meaning
// or goes away.
const Schema = "outrider.codewords/1"

// Duress is the kind of the word that says, unnoticed, that the speaker is not
// free to speak. It is drawn like any other and stands for no thing.
const Duress outrider.Thing = "duress"

// Limits of a book.
const (
	maxBook = 16 << 20 // bytes
	maxLine = 1 << 20  // bytes
	maxName = 200      // characters of a name
	maxWhy  = 200
)

// MaxPeriod is the longest time for which words are given out.
const MaxPeriod = 366 * 24 * time.Hour

// Rest is how long a word is not given out again after it was live.
const Rest = 30 * 24 * time.Hour

// Action is what a line of the book does.
type Action string

// Actions of a line.
const (
	Listed  Action = "list"   // gives out words
	Retired Action = "retire" // ends one before its time
)

// An Entry is a line of the book. What belongs to the other action is empty.
type Entry struct {
	Schema string    `json:"schema"`
	Number int       `json:"number"` // from 1
	Action Action    `json:"action"`
	At     time.Time `json:"at"` // when it was written, UTC, whole seconds
	By     string    `json:"by"` // call sign

	// Of a list: whose words they are, and from when until when they are live.
	Movement string    `json:"movement,omitempty"`
	From     time.Time `json:"from,omitzero"`  // UTC, whole seconds
	Until    time.Time `json:"until,omitzero"` // from then on they are not
	Lexicon  string    `json:"lexicon_sha256,omitempty"`
	Avoid    []string  `json:"keep_clear_of,omitempty"` // words of the unit that none may sound like
	Words    []Given   `json:"words,omitempty"`

	// Of a retirement.
	Word string `json:"word,omitempty"`
	Why  string `json:"why,omitempty"`

	Before string `json:"before"` // SHA-256 of the line before, hex; empty for the first
}

// A Given is a word and what it stands for.
type Given struct {
	Kind outrider.Thing `json:"kind"`
	Name string         `json:"name,omitempty"` // empty for the duress word
	Word string         `json:"word"`           // capital letters
}

// An Assignment is a word with the time in which it is live.
type Assignment struct {
	Given
	Movement    string
	From, Until time.Time
	Retired     time.Time // zero if it was not
	Entry       int       // number of the line that gave it out
	avoid       []string
}

// End returns when the word ceases to be live.
func (a *Assignment) End() time.Time {
	if !a.Retired.IsZero() && a.Retired.Before(a.Until) {
		return a.Retired
	}
	return a.Until
}

// LiveAt reports whether the word is live at a time.
func (a *Assignment) LiveAt(t time.Time) bool { return !t.Before(a.From) && t.Before(a.End()) }

// meets reports whether the word is live at some time between from and until.
func (a *Assignment) meets(from, until time.Time) bool {
	return a.From.Before(a.End()) && a.From.Before(until) && from.Before(a.End())
}

// A Book is the lists of a unit: it only grows. Every line names the hash of the
// line before it.
type Book struct {
	path    string
	entries []Entry
	given   []Assignment
	seal    string
}

func ledger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "book line", MaxBytes: maxBook, MaxLine: maxLine}
}

// Load reads a book. A file that does not exist is an empty book. Errors are
// *atomicfile.LedgerError.
func Load(path string) (*Book, error) {
	src, err := ledger(path).Read()
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

// Parse reads a book from bytes; path names it in errors. Every line must be as
// this program writes it and follow the line before it by its hash. Whether the
// words are fit to be live together is for Check to say.
func Parse(path string, src []byte) (*Book, error) {
	b := &Book{path: path}
	err := ledger(path).Parse(src, func(_ int, line []byte) error {
		var e Entry
		if err := atomicfile.DecodeLine(line, &e); err != nil {
			return fmt.Errorf("this is no line of a code word book: %w", err)
		}
		if err := atomicfile.Pristine(line, &e); err != nil {
			return err
		}
		if e.Before != b.seal {
			return errors.New("it does not follow the line before it, the hashes differ: the book was changed")
		}
		if err := b.admit(&e); err != nil {
			return err
		}
		sum := sha256.Sum256(line)
		b.seal = hex.EncodeToString(sum[:])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// admit takes a line into the book if its form is right.
func (b *Book) admit(e *Entry) error {
	switch {
	case e.Schema != Schema:
		return fmt.Errorf("schema %.40q is not %q", e.Schema, Schema)
	case e.Number != len(b.entries)+1:
		return fmt.Errorf("it has number %d, not %d", e.Number, len(b.entries)+1)
	case !callsign.Valid(e.By):
		return fmt.Errorf("%.40q is no call sign", e.By)
	case !wholeUTC(e.At):
		return errors.New("its time is not in UTC and whole seconds")
	}
	var err error
	switch e.Action {
	case Listed:
		err = b.admitList(e)
	case Retired:
		err = b.admitRetired(e)
	default:
		err = fmt.Errorf("action %.40q is neither %q nor %q", string(e.Action), Listed, Retired)
	}
	if err == nil {
		b.entries = append(b.entries, *e)
	}
	return err
}

func (b *Book) admitList(e *Entry) error {
	switch {
	case e.Word != "" || e.Why != "":
		return errors.New("a list retires no word")
	case !wholeUTC(e.From) || !wholeUTC(e.Until) || !e.From.Before(e.Until):
		return errors.New("the list does not say from when until when its words are live")
	case e.Until.Sub(e.From) > MaxPeriod:
		return fmt.Errorf("the list is live for more than %d days", MaxPeriod/(24*time.Hour))
	case len(e.Words) == 0:
		return errors.New("the list has no words")
	case !isName(e.Movement):
		return errors.New("the list does not name its movement")
	case !isHash(e.Lexicon):
		return errors.New("the list does not name the lexicon by its SHA-256")
	}
	for _, a := range e.Avoid {
		if !isName(a) {
			return fmt.Errorf("%.40q, which words are to keep clear of, is no name", a)
		}
	}
	for _, g := range e.Words {
		switch {
		case g.Word == "" || strings.Trim(g.Word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(g.Word) > 40:
			return fmt.Errorf("%.40q is no code word: it is not in capital letters", g.Word)
		case !hasWord(g.Kind):
			return fmt.Errorf("%s stands for a %.40q, which has no code words", g.Word, string(g.Kind))
		case g.Kind == Duress && g.Name != "" || g.Kind != Duress && !isName(g.Name):
			return fmt.Errorf("%s stands for the name %.40q, which is none", g.Word, g.Name)
		}
	}
	for _, g := range e.Words {
		b.given = append(b.given, Assignment{Given: g, Movement: e.Movement, From: e.From, Until: e.Until, Entry: e.Number, avoid: e.Avoid})
	}
	return nil
}

func (b *Book) admitRetired(e *Entry) error {
	switch {
	case e.Movement != "" || !e.From.IsZero() || !e.Until.IsZero() || e.Lexicon != "" || e.Avoid != nil || e.Words != nil:
		return errors.New("a retirement gives out no words")
	case !isText(e.Why, maxWhy):
		return errors.New("the retirement does not say why")
	}
	found := false
	for i := range b.given {
		if a := &b.given[i]; a.Word == e.Word && e.At.Before(a.End()) {
			a.Retired, found = e.At, true
		}
	}
	if !found {
		return fmt.Errorf("%.40q is not live then, nor will it be", e.Word)
	}
	return nil
}

// hasWord reports whether things of a kind are called by code words.
func hasWord(kind outrider.Thing) bool {
	switch kind {
	case outrider.ThingMovement, outrider.ThingPlace, outrider.ThingLeg, outrider.ThingRoute, outrider.ThingVenue, outrider.ThingArea, Duress:
		return true
	case outrider.ThingRoad:
	}
	return false
}

func isHash(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }

func isName(s string) bool { return isText(s, maxName) }

func isText(s string, most int) bool {
	return s != "" && s == strings.TrimSpace(s) && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func wholeUTC(t time.Time) bool {
	_, offset := t.Zone()
	return !t.IsZero() && offset == 0 && t.Nanosecond() == 0
}

// Entries returns the lines. Read only.
func (b *Book) Entries() []Entry { return b.entries }

// Seal is the SHA-256, in hex, of the last line: whoever notes it down can tell
// later whether lines were cut off. It is empty for an empty book.
func (b *Book) Seal() string { return b.seal }

// Assignments returns all words that were ever given out, in order. Read only.
func (b *Book) Assignments() []Assignment { return b.given }

// Live returns the words that are live at a time: all, or those of a movement.
func (b *Book) Live(movement string, at time.Time) []Assignment {
	var live []Assignment
	movement = oneLine(movement)
	for i := range b.given {
		if a := &b.given[i]; a.LiveAt(at) && (movement == "" || a.Movement == movement) {
			live = append(live, *a)
		}
	}
	return live
}

// Retire ends a word before its time, from at on, and returns the book as it is
// then. Errors are *outrider.Error and *atomicfile.LedgerError.
func Retire(path, word, why, by string, at time.Time) (*Book, error) {
	return add(path, func(b *Book) (*Entry, error) {
		word = strings.ToUpper(strings.TrimSpace(word))
		if !slices.ContainsFunc(b.given, func(a Assignment) bool { return a.Word == word && at.Before(a.End()) }) {
			return nil, &outrider.Error{Kind: outrider.Refused, Where: path, Cause: fmt.Sprintf("%.40q is not live, nor will it be", word), Remedy: "see which words are, with codewords list"}
		}
		if !isText(why, maxWhy) {
			return nil, &outrider.Error{Kind: outrider.Invalid, Where: "retirement of " + word, Cause: "it does not say why, in one line", Remedy: fmt.Sprintf("say so in at most %d characters", maxWhy)}
		}
		return &Entry{Action: Retired, Word: word, Why: why, By: by, At: at}, nil
	})
}

// add appends the line that is made of the book as it is when nobody else writes
// to it; none if that is nil.
func add(path string, line func(*Book) (*Entry, error)) (*Book, error) {
	var grown *Book
	err := ledger(path).Extend(0o600, func(now []byte) ([]byte, error) {
		b, err := Parse(path, now)
		if err != nil {
			return nil, err
		}
		e, err := line(b)
		if err != nil || e == nil {
			grown = b
			return nil, err
		}
		e.Schema, e.Number, e.Before = Schema, len(b.entries)+1, b.seal
		e.At = e.At.UTC().Truncate(time.Second)
		if n := len(b.entries); n > 0 && e.At.Before(b.entries[n-1].At) {
			return nil, &outrider.Error{
				Kind: outrider.Refused, Where: path, Cause: fmt.Sprintf("the last line was written at %s, after now", b.entries[n-1].At.Format(time.RFC3339)),
				Remedy: "set the clock of this machine right",
			}
		}
		if !callsign.Valid(e.By) {
			return nil, &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: fmt.Sprintf("%.40q is no call sign", e.By), Remedy: "give one such as PLANNER 1"}
		}
		out, err := atomicfile.EncodeLine(e)
		if err != nil {
			return nil, err
		}
		grown, err = Parse(path, bytes.Join([][]byte{now, out}, nil))
		return out, err
	})
	if err != nil {
		return nil, err
	}
	return grown, nil
}

// uniform returns a number from 0 up to, not including, n, each as likely as any
// other: numbers that would favour some are thrown away.
func uniform(random io.Reader, n int) (int, error) {
	const space = 1 << 32
	limit := uint64(space - space%n)
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("read random numbers: %w", err)
		}
		x := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
		if x < limit {
			return int(x % uint64(n)), nil
		}
	}
}
