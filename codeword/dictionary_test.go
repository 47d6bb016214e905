package codeword_test

import (
	"testing"

	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/internal/readback"
)

// Another authority is asked how the words are spoken, and the distances are
// counted from what it says: the CMU pronouncing dictionary, for words that it
// has, each spoken in the way that is nearest to another word.
func TestSoundsAgainstADictionary(t *testing.T) {
	words := codeword.Lexicon().Words
	args := make([]string, len(words))
	for i := range words {
		args[i] = words[i].Text
	}
	var spoken map[string][]codeword.Sounds
	readback.Node(t, &spoken, "sounds.mjs", args...)
	same, off := 0, 0
	for _, w := range words {
		ways, ok := spoken[w.Text]
		if !ok {
			continue
		}
		least := 99
		for _, s := range ways {
			least = min(least, codeword.Distance(w.Sounds, s))
		}
		switch least {
		case 0:
			same++
		case 1:
			off++
		default:
			t.Errorf("%s: %v is written down, the dictionary has %v", w.Text, w.Sounds, ways)
		}
	}
	pairs := 0
	for i := range words {
		for j := range i {
			least := 99
			for _, a := range spoken[words[i].Text] {
				for _, b := range spoken[words[j].Text] {
					least = min(least, codeword.Distance(a, b))
				}
			}
			if least == 99 {
				continue
			}
			pairs++
			if least < codeword.MinDistance {
				t.Errorf("%s and %s are %d apart by the dictionary", words[i].Text, words[j].Text, least)
			}
		}
	}
	t.Logf("of %d words the dictionary has %d: %d spoken as written down, %d but for one sound; none of %d pairs nearer than %d", len(words), len(spoken), same, off, pairs, codeword.MinDistance)
	if len(spoken) < 250 || off > len(spoken)/8 {
		t.Errorf("the list and the dictionary differ too much")
	}
}
