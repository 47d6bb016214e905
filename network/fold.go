package network

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends to dst what is compared when names are searched: the words of s
// in lower case without accents, with one space between them. Everything but
// letters and digits separates words, only apostrophes vanish: "O'Neill's–Café"
// becomes "oneills cafe".
func fold(dst []byte, s string) []byte {
	start := len(dst)
	plain := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if !plain {
		s = norm.NFKD.String(s)
	}
	gap := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r == '\'', r == '’', r == 'ʼ', unicode.Is(unicode.Mn, r):
			continue
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			r = unicode.ToLower(r)
		default:
			gap = true
			continue
		}
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
		dst = appendFolded(dst, r)
	}
	return dst
}

// appendFolded appends a lower-case letter; those that Unicode does not take
// apart into a plain letter and an accent are written as people without that key
// write them.
func appendFolded(dst []byte, r rune) []byte {
	switch r {
	case 'ß':
		return append(dst, "ss"...)
	case 'æ':
		return append(dst, "ae"...)
	case 'œ':
		return append(dst, "oe"...)
	case 'ø':
		return append(dst, 'o')
	case 'ł':
		return append(dst, 'l')
	case 'đ', 'ð':
		return append(dst, 'd')
	case 'þ':
		return append(dst, "th"...)
	case 'ı':
		return append(dst, 'i')
	case 'ħ':
		return append(dst, 'h')
	}
	return utf8.AppendRune(dst, r)
}

// match says how well a name answers a query; less is better.
type match uint8

const (
	matchExact match = iota
	matchPrefix
	matchWords // every word of the query begins a word of the name
	matchNone
)

// matchFolded compares a folded query with a folded name.
func matchFolded(query, name []byte) match {
	switch {
	case len(query) == 0:
		return matchNone
	case bytes.Equal(query, name):
		return matchExact
	case bytes.HasPrefix(name, query):
		return matchPrefix
	case hasWords(query, name):
		return matchWords
	}
	return matchNone
}

// hasWords reports whether every word of the query begins a word of the name.
func hasWords(query, name []byte) bool {
	for word := range bytes.FieldsSeq(query) {
		if !hasWord(word, name) {
			return false
		}
	}
	return true
}

func hasWord(word, name []byte) bool {
	for len(name) > 0 {
		if bytes.HasPrefix(name, word) {
			return true
		}
		i := bytes.IndexByte(name, ' ')
		if i < 0 {
			return false
		}
		name = name[i+1:]
	}
	return false
}
