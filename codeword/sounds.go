package codeword

import "strings"

// Sounds is how something is spoken: a row of phonemes in the symbols of ARPAbet
// without stress, such as K AE K T AH S.
type Sounds []string

// String writes the sounds with blanks between them.
func (s Sounds) String() string { return strings.Join(s, " ") }

// Distance returns how many sounds must be put in, left out or exchanged to turn
// one into the other (Levenshtein 1966). It takes time in proportion to the
// product of the lengths.
func Distance(a, b Sounds) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			best := diagonal
			if x != y {
				best = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], best
		}
	}
	return row[len(b)]
}

// phonemes are the symbols that sounds are made of.
var phonemes = strings.Fields("AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH")

// A spelling is a group of letters and what it mostly sounds like in English.
// where says at what place of a word it holds: "^" at the beginning, "$" at the
// end, "e" before e, i or y, "c" before a consonant or the end, "" anywhere.
type spelling struct {
	letters string
	where   string
	sounds  string
}

// spellings are tried from top to bottom; the first that fits is taken. They are
// rules of thumb, written down for names and call signs; how far they miss is
// measured against the word list, whose sounds were written down by hand.
var spellings = []spelling{
	{"kn", "^", "N"},
	{"wr", "^", "R"},
	{"ps", "^", "S"},
	{"x", "^", "Z"},
	{"gn", "^", "N"},
	{"rh", "", "R"},
	{"tion", "", "SH AH N"},
	{"ssion", "", "SH AH N"},
	{"sion", "", "ZH AH N"},
	{"cious", "$", "SH AH S"},
	{"ture", "$", "CH ER"},
	{"eigh", "", "EY"},
	{"augh", "", "AO"},
	{"ough", "", "OW"},
	{"igh", "", "AY"},
	{"ious", "$", "IY AH S"},
	{"ous", "$", "AH S"},
	{"tch", "", "CH"},
	{"dge", "", "JH"},
	{"sch", "", "S K"},
	{"chr", "", "K R"},
	{"ch", "", "CH"},
	{"sh", "", "SH"},
	{"ph", "", "F"},
	{"th", "", "TH"},
	{"wh", "^", "W"},
	{"gh", "", "G"},
	{"ck", "", "K"},
	{"qu", "", "K W"},
	{"nk", "", "NG K"},
	{"ng", "c", "NG"},
	{"ng", "", "NG G"},
	{"mb", "$", "M"},
	{"sc", "e", "S"},
	{"cc", "e", "K S"},
	{"bb", "", "B"},
	{"cc", "", "K"},
	{"dd", "", "D"},
	{"ff", "", "F"},
	{"gg", "", "G"},
	{"ll", "", "L"},
	{"mm", "", "M"},
	{"nn", "", "N"},
	{"pp", "", "P"},
	{"rr", "", "R"},
	{"ss", "", "S"},
	{"tt", "", "T"},
	{"zz", "", "Z"},
	{"ble", "$", "B AH L"},
	{"cle", "$", "K AH L"},
	{"dle", "$", "D AH L"},
	{"fle", "$", "F AH L"},
	{"gle", "$", "G AH L"},
	{"kle", "$", "K AH L"},
	{"ple", "$", "P AH L"},
	{"stle", "$", "S AH L"},
	{"tle", "$", "T AH L"},
	{"zle", "$", "Z AH L"},
	{"ade", "$", "EY D"},
	{"ake", "$", "EY K"},
	{"ale", "$", "EY L"},
	{"ame", "$", "EY M"},
	{"ane", "$", "EY N"},
	{"ape", "$", "EY P"},
	{"ate", "$", "EY T"},
	{"ace", "$", "EY S"},
	{"age", "$", "AH JH"},
	{"ike", "$", "AY K"},
	{"ime", "$", "AY M"},
	{"ine", "$", "IY N"},
	{"ide", "$", "AY D"},
	{"ile", "$", "AY L"},
	{"ipe", "$", "AY P"},
	{"ire", "$", "AY ER"},
	{"ite", "$", "AY T"},
	{"ode", "$", "OW D"},
	{"oke", "$", "OW K"},
	{"ole", "$", "OW L"},
	{"one", "$", "OW N"},
	{"ope", "$", "OW P"},
	{"ose", "$", "OW Z"},
	{"ote", "$", "OW T"},
	{"ore", "$", "AO R"},
	{"une", "$", "UW N"},
	{"ute", "$", "UW T"},
	{"ube", "$", "UW B"},
	{"ese", "$", "IY Z"},
	{"eme", "$", "IY M"},
	{"eer", "", "IH R"},
	{"ee", "", "IY"},
	{"air", "", "EH R"},
	{"are", "$", "EH R"},
	{"arr", "", "EH R"},
	{"err", "", "EH R"},
	{"ear", "", "IH R"},
	{"oar", "", "AO R"},
	{"our", "", "AO R"},
	{"ower", "$", "AW ER"},
	{"ar", "", "AA R"},
	{"er", "", "ER"},
	{"ir", "", "ER"},
	{"ur", "", "ER"},
	{"or", "$", "ER"},
	{"or", "", "AO R"},
	{"yr", "", "IH R"},
	{"ai", "", "EY"},
	{"ay", "", "EY"},
	{"au", "", "AO"},
	{"aw", "", "AO"},
	{"eau", "", "OW"},
	{"ea", "", "IY"},
	{"ei", "", "EY"},
	{"eu", "", "UW"},
	{"ew", "", "UW"},
	{"ey", "$", "IY"},
	{"ie", "$", "IY"},
	{"ie", "", "IY"},
	{"oa", "", "OW"},
	{"oe", "$", "OW"},
	{"oi", "", "OY"},
	{"oy", "", "OY"},
	{"oo", "", "UW"},
	{"ou", "", "AW"},
	{"ow", "$", "OW"},
	{"ow", "", "AW"},
	{"ue", "$", "UW"},
	{"ui", "", "UW"},
	{"um", "$", "AH M"},
	{"us", "$", "AH S"},
	{"on", "$", "AH N"},
	{"an", "$", "AH N"},
	{"en", "$", "AH N"},
	{"el", "$", "AH L"},
	{"al", "$", "AH L"},
	{"et", "$", "AH T"},
	{"ot", "$", "AH T"},
	{"a", "$", "AH"},
	{"e", "$", ""},
	{"i", "$", "IY"},
	{"o", "$", "OW"},
	{"u", "$", "UW"},
	{"y", "^", "Y"},
	{"y", "$", "IY"},
	{"a", "", "AE"},
	{"e", "", "EH"},
	{"i", "", "IH"},
	{"o", "", "AA"},
	{"u", "", "AH"},
	{"y", "", "IH"},
	{"c", "e", "S"},
	{"g", "e", "JH"},
	{"b", "", "B"},
	{"c", "", "K"},
	{"d", "", "D"},
	{"f", "", "F"},
	{"g", "", "G"},
	{"h", "", "HH"},
	{"j", "", "JH"},
	{"k", "", "K"},
	{"l", "", "L"},
	{"m", "", "M"},
	{"n", "", "N"},
	{"p", "", "P"},
	{"r", "", "R"},
	{"s", "", "S"},
	{"t", "", "T"},
	{"v", "", "V"},
	{"w", "", "W"},
	{"x", "", "K S"},
	{"z", "", "Z"},
}

// fits reports whether the rule holds at place i of the word.
func (s *spelling) fits(word string, i int) bool {
	rest := word[i:]
	if !strings.HasPrefix(rest, s.letters) {
		return false
	}
	rest = rest[len(s.letters):]
	switch s.where {
	case "^":
		return i == 0
	case "$":
		return rest == "" && i > 0
	case "e":
		return rest != "" && strings.IndexByte("eiy", rest[0]) >= 0
	case "c":
		return rest == "" || strings.IndexByte("aeiouy", rest[0]) < 0
	}
	return true
}

// Spoken guesses how a word of the Latin alphabet is spoken in English. A word of
// the lexicon has the sounds that are written there. Letters that are none of
// a to z, and digits, are silent.
func Spoken(word string) Sounds {
	word = strings.ToLower(word)
	if w, ok := Lexicon().Word(word); ok {
		return w.Sounds
	}
	return byRule(word)
}

// byRule works the sounds of a word in small letters out from its spelling.
func byRule(word string) Sounds {
	var out Sounds
	for i := 0; i < len(word); {
		step := 1
		for k := range spellings {
			if s := &spellings[k]; s.fits(word, i) {
				out = append(out, strings.Fields(s.sounds)...)
				step = len(s.letters)
				break
			}
		}
		i += step
	}
	return out
}
