package codeword

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The list is a code of its own: whatever is drawn from it, no two words sound
// alike, and none sounds like what is said on the radio as a rule.
func TestLexiconKeepsItsDistance(t *testing.T) {
	l := Lexicon()
	if len(l.Words) < 300 {
		t.Errorf("%d words", len(l.Words))
	}
	for _, src := range []string{wordList, guardList} {
		if _, wrong := readWords(src); len(wrong) > 0 {
			t.Errorf("no words with sounds: %q", wrong)
		}
	}
	if _, wrong := readWords("walrus\nwalrus W A\n"); len(wrong) != 2 {
		t.Errorf("read what is no word: %q", wrong)
	}
	for i, a := range l.Words {
		for _, b := range l.Words[:i] {
			if within(a.Sounds, b.Sounds, MinDistance-1) {
				t.Errorf("%s and %s sound alike", a.Text, b.Text)
			}
		}
		for _, g := range l.Guards {
			if within(a.Sounds, g.Sounds, MinDistance-1) {
				t.Errorf("%s sounds like %s", a.Text, g.Text)
			}
		}
	}
}

func TestLexiconIsInOrder(t *testing.T) {
	l := Lexicon()
	for i, w := range l.Words {
		if i > 0 && l.Words[i-1].Text >= w.Text {
			t.Errorf("%s stands behind %s", w.Text, l.Words[i-1].Text)
		}
		if len(w.Sounds) < 5 || strings.Trim(w.Text, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%s: %v is short, or no plain word", w.Text, w.Sounds)
		}
	}
	for _, want := range []string{"roger", "over", "out", "wilco", "say again", "alfa", "zulu", "niner", "exercise", "no duff", "mayday"} {
		if !slices.ContainsFunc(l.Guards, func(w Word) bool { return w.Text == want }) {
			t.Errorf("nothing keeps code words away from %q", want)
		}
	}
}

// meanings are words that would say what is spoken of, or that are said of a
// movement anyhow.
var meanings = strings.Fields(`airport harbour station bridge tunnel river lake island mountain hill valley road street highway crossing
	hospital police hotel church school castle tower garden market embassy palace house hall gate door square park
	car bus lorry truck tram train wagon ferry boat ship canoe helicopter aeroplane rocket tractor motor propeller
	morning noon evening midnight monday friday january may august winter summer autumn spring calendar clock hour minute day week
	north south east west left right red blue green black white yellow turquoise two ten dozen first second
	gun rifle pistol bullet bomb tank panther leopard jaguar falcon soldier general captain guard escort convoy column
	turkey china cashmere angora sandwich hamburger frankfurter cypress canary buffalo`)

func TestLexiconSaysNothing(t *testing.T) {
	for _, bad := range meanings {
		if _, ok := Lexicon().Word(bad); ok {
			t.Errorf("%s says something", bad)
		}
	}
}

// Sounds were written down by hand. The rules of spelling know nothing of that
// work, so a slip of the pen shows as a word they do not find again.
func TestSoundsFitTheSpelling(t *testing.T) {
	sum, worst := 0, 0
	for _, w := range Lexicon().Words {
		d := Distance(w.Sounds, byRule(w.Text))
		sum += d
		worst = max(worst, d)
		if d > (len(w.Sounds)+1)/2+1 {
			t.Errorf("%s: %v is written down, the rules say %v", w.Text, w.Sounds, byRule(w.Text))
		}
	}
	mean := float64(sum) / float64(len(Lexicon().Words))
	t.Logf("rules and list differ by %.2f sounds a word on average, %d at most", mean, worst)
	if mean > 2 {
		t.Errorf("rules and list differ by %.2f sounds a word on average", mean)
	}
}

func TestSpoken(t *testing.T) {
	for word, want := range map[string]string{
		"Cactus": "K AE K T AH S", "knight": "N AY T", "Station": "S T AE SH AH N", "sheep": "SH IY P", "": "", "4": "", "Lead 1": "L IY D",
	} {
		if got := Spoken(word).String(); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}

func sounds() *rapid.Generator[Sounds] {
	return rapid.Custom(func(t *rapid.T) Sounds {
		return rapid.SliceOfN(rapid.SampledFrom([]string{"K", "AE", "T", "S"}), 0, 6).Draw(t, "sounds")
	})
}

func TestDistanceIsAMetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := sounds().Draw(t, "a"), sounds().Draw(t, "b"), sounds().Draw(t, "c")
		ab, bc, ac := Distance(a, b), Distance(b, c), Distance(a, c)
		if ab != Distance(b, a) || ac > ab+bc || (ab == 0) != slices.Equal(a, b) || ab < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("%v %v %v: %d %d %d", a, b, c, ab, bc, ac)
		}
		// The checker counts otherwise.
		for n := range 8 {
			if within(a, b, n) != (ab <= n) {
				t.Fatalf("%v %v: distance %d, within %d: %v", a, b, ab, n, within(a, b, n))
			}
		}
	})
}
