package codeword

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

//go:embed words.txt
var wordList string

//go:embed guards.txt
var guardList string

// MinDistance is the least distance in sounds of two words that are live at one
// time, and of a word and anything that is said on the radio as a rule.
const MinDistance = 3

// ruledDistance is what is kept from words whose sounds are worked out by rule
// and so may be one off.
const ruledDistance = MinDistance + 1

// A Word is a word and how it is spoken.
type Word struct {
	Text   string // small letters
	Sounds Sounds
}

// A WordList is what code words are drawn from, and what they must not sound
// like.
type WordList struct {
	Words  []Word // by alphabet
	Guards []Word // procedure words, spelling alphabet, digits, words of distress
	Hash   string // SHA-256 of both lists, hex
	index  map[string]int
}

// Word returns the word of the list that is written so.
func (l *WordList) Word(text string) (Word, bool) {
	i, ok := l.index[strings.ToLower(text)]
	if !ok {
		return Word{}, false
	}
	return l.Words[i], true
}

// Lexicon returns the list built into the program. Read only.
func Lexicon() *WordList { return lexicon() }

var lexicon = sync.OnceValue(func() *WordList { return newWordList(wordList, guardList) })

func newWordList(words, guards string) *WordList {
	l := &WordList{Words: parseWords(words), Guards: parseWords(guards), index: map[string]int{}}
	for i := range l.Words {
		l.index[l.Words[i].Text] = i
	}
	sum := sha256.Sum256([]byte(words + "\x00" + guards))
	l.Hash = hex.EncodeToString(sum[:])
	return l
}

// parseWords reads one of the lists. A line that is no word with its sounds is left
// out; a test sees to it that those built into the program have none.
func parseWords(src string) []Word {
	all, _ := readWords(src)
	return all
}

func readWords(src string) (all []Word, wrong []string) {
	for line := range strings.Lines(src) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		text, sounds, ok := strings.Cut(line, " ")
		w := Word{Text: strings.ReplaceAll(text, "_", " "), Sounds: strings.Fields(sounds)}
		if !ok || slices.ContainsFunc(w.Sounds, func(s string) bool { return !slices.Contains(phonemes, s) }) {
			wrong = append(wrong, line)
			continue
		}
		all = append(all, w)
	}
	return all, wrong
}
