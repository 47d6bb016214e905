package codeword

import (
	"fmt"
	"slices"
	"time"
)

// A Fault is what is wrong with a line of a book.
type Fault struct {
	Entry int
	Cause string
}

// String gives line and cause.
func (f Fault) String() string { return fmt.Sprintf("line %d: %s", f.Entry, f.Cause) }

// A Certificate says what Check went through and what it found.
type Certificate struct {
	Seal    string `json:"seal"` // of the book that was checked
	Lexicon string `json:"lexicon_sha256"`
	Lines   int    `json:"lines"`
	Words   int    `json:"words"` // given out in all
	Pairs   int    `json:"pairs"` // of words that are live at one time
	// Nearest is the distance in sounds of the two words most alike among those
	// pairs, Closest what they are; 0 and empty if there is no pair.
	Nearest int      `json:"nearest"`
	Closest []string `json:"closest"`
	// NearestGuard is the least distance of a word and what is said on the radio as
	// a rule.
	NearestGuard int      `json:"nearest_guard"`
	ClosestGuard []string `json:"closest_guard"`
	MinDistance  int      `json:"least_allowed"`
}

// Check works out anew whether the book keeps its word: no two words that are
// live at one time are the same or nearer than MinDistance, none is near what is
// said on the radio or what its list was to keep clear of, none came back without
// Rest, no thing has two words at one time, and none tells a name of its list. It
// shares nothing with what drew the words but the lexicon: distances are counted
// in another way. It takes time in proportion to the square of the number of
// words.
func (b *Book) Check() ([]Fault, Certificate) { return b.check(Lexicon()) }

func (b *Book) check(l *WordList) ([]Fault, Certificate) {
	c := Certificate{Seal: b.seal, Lexicon: l.Hash, Lines: len(b.entries), Words: len(b.given), MinDistance: MinDistance, Closest: []string{}, ClosestGuard: []string{}}
	var faults []Fault
	fail := func(a *Assignment, format string, args ...any) {
		faults = append(faults, Fault{a.Entry, a.Word + ": " + fmt.Sprintf(format, args...)})
	}
	names := b.namesOfLists()
	for i := range b.given {
		a := &b.given[i]
		w, ok := l.Word(a.Word)
		if !ok {
			fail(a, "the lexicon of this program does not have the word")
			continue
		}
		for _, g := range l.Guards {
			if n, nearer := apart(w.Sounds, g.Sounds, c.NearestGuard); nearer {
				c.NearestGuard, c.ClosestGuard = n, []string{a.Word, g.Text}
			}
			if within(w.Sounds, g.Sounds, MinDistance-1) {
				fail(a, "sounds like %q, which is said on the radio", g.Text)
			}
		}
		if s := spokenOf(a.avoid); slices.ContainsFunc(s, func(s Sounds) bool { return within(w.Sounds, s, ruledDistance-1) }) {
			fail(a, "sounds like a word that its list was to keep clear of")
		}
		if tells(&w, names[a.Entry]) {
			fail(a, "tells something of a name in its list")
		}
		for j := range b.given[:i] {
			checkPair(l, &c, &b.given[j], a, fail)
		}
	}
	return faults, c
}

func checkPair(l *WordList, c *Certificate, x, y *Assignment, fail func(*Assignment, string, ...any)) {
	together := x.meets(y.From, y.End()) && y.From.Before(y.End())
	if together {
		c.Pairs++
		if x.Movement == y.Movement && x.Kind == y.Kind && x.Name == y.Name {
			fail(y, "stands for %s, which is called %s at the same time", Thing{y.Kind, y.Name}, x.Word)
		}
	}
	if x.Word == y.Word {
		if x.meets(y.From.Add(-Rest), y.End().Add(Rest)) && y.From.Before(y.End()) {
			fail(y, "was live on line %d, and has not rested for %d days", x.Entry, Rest/(24*time.Hour))
		}
		return
	}
	v, ok := l.Word(x.Word)
	w, ok2 := l.Word(y.Word)
	if !together || !ok || !ok2 {
		return
	}
	if n, nearer := apart(v.Sounds, w.Sounds, c.Nearest); nearer {
		c.Nearest, c.Closest = n, []string{x.Word, y.Word}
	}
	if within(v.Sounds, w.Sounds, MinDistance-1) {
		fail(y, "sounds like %s, which is live at the same time", x.Word)
	}
}

// namesOfLists returns, by number of line, the words of the names of each list.
func (b *Book) namesOfLists() map[int][]token {
	all := map[int][]token{}
	for i := range b.entries {
		e := &b.entries[i]
		if e.Action != Listed {
			continue
		}
		names := []string{e.Movement}
		for _, g := range e.Words {
			names = append(names, g.Name)
		}
		all[e.Number] = tokens(names)
	}
	return all
}

// apart returns the distance of two rows of sounds if it is less than best, or
// if best is 0, which stands for none known.
func apart(a, b Sounds, best int) (int, bool) {
	most := max(len(a), len(b))
	if best > 0 {
		most = min(most, best-1)
	}
	if n := edits(a, b, most); n <= most {
		return n, true
	}
	return best, false
}

// within reports whether at most n sounds must be put in, left out or exchanged
// to turn one into the other.
func within(a, b Sounds, n int) bool { return edits(a, b, n) <= n }

// edits counts the sounds that must be put in, left out or exchanged, up to most;
// it returns most+1 for more. It follows diagonals: with one edit more, how far
// does what is alike reach on each? (Ukkonen, Information and Control 64, 1985.)
// Cost: the square of most, times the length of what is alike.
func edits(a, b Sounds, most int) int {
	end := len(b) - len(a) // the diagonal on which both are at their end
	// reach[k+offset] is how many sounds of a are done on diagonal k; below 0 none
	// can be.
	offset := most + 1
	reach := make([]int, 2*offset+1)
	for k := range reach {
		reach[k] = -2
	}
	for n := 0; n <= most; n++ {
		next := make([]int, len(reach))
		for k := range next {
			next[k] = -2
		}
		for k := -n; k <= n; k++ {
			i := 0
			if n > 0 {
				i = reach[k+offset] + 1 // exchange
				if k > -n {
					i = max(i, reach[k-1+offset]) // put one in
				}
				if k < n {
					i = max(i, reach[k+1+offset]+1) // leave one out
				}
			}
			i = min(i, len(a), len(b)-k)
			if i < 0 || i+k < 0 {
				continue
			}
			for i < len(a) && i+k < len(b) && a[i] == b[i+k] {
				i++
			}
			next[k+offset] = i
			if k == end && i == len(a) {
				return n
			}
		}
		reach = next
	}
	return most + 1
}
