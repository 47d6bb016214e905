// Package scan reads JSON strictly, for the files of games: a value of another
// type, a key that comes twice, a number that JSON does not know, anything behind
// the end are refused, with line, place, cause and remedy. Values are slices of
// the source, so that files of some gigabytes can be read.
package scan

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An Error says what is wrong in a file, where, and what to do about it.
type Error struct {
	Line   int    // of the file, from 1; 0 where there is no file
	Place  string // such as edges[17].p; may be empty
	Cause  string
	Remedy string
}

// Error gives place, cause and remedy in one line.
func (e *Error) Error() string {
	s := e.Cause
	if e.Place != "" {
		s = e.Place + ": " + s
	}
	if e.Line > 0 {
		s = fmt.Sprintf("line %d: %s", e.Line, s)
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Within puts a place in front of that of an error on its way up, so that the
// reading of what is right does not pay for places.
func Within(place string, err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // made by this package and never wrapped on the way
		switch {
		case e.Place == "":
			e.Place = place
		case e.Place[0] == '[':
			e.Place = place + e.Place
		default:
			e.Place = place + "." + e.Place
		}
	}
	return err
}

// MostDepth bounds how deep lists and objects may lie in each other.
const MostDepth = 32

// A Scanner reads JSON strictly: what it hands out are slices of the source.
type Scanner struct {
	Src []byte
	Pos int // of the next byte
}

// Fail makes an error about the place where the Scanner stands.
func (s *Scanner) Fail(cause, remedy string) error {
	return &Error{Line: 1 + bytes.Count(s.Src[:min(s.Pos, len(s.Src))], []byte{'\n'}), Cause: cause, Remedy: remedy}
}

const wholeJSON = "see that the file is whole and is JSON"

// Space passes over blanks and ends of lines.
func (s *Scanner) Space() {
	for s.Pos < len(s.Src) {
		switch s.Src[s.Pos] {
		case ' ', '\t', '\n', '\r':
			s.Pos++
		default:
			return
		}
	}
}

// Peek returns the next byte that is no space, 0 at the end.
func (s *Scanner) Peek() byte {
	s.Space()
	if s.Pos == len(s.Src) {
		return 0
	}
	return s.Src[s.Pos]
}

// What names the value that comes next, for complaints.
func (s *Scanner) What() string {
	switch c := s.Peek(); {
	case c == 0:
		return "the end of the file"
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "a text"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	}
	word := s.word()
	switch word {
	case "true", "false":
		return word
	case "null":
		return "null"
	case "NaN", "Infinity", "-Infinity", "nan", "inf":
		return word + ", which JSON does not know"
	}
	return fmt.Sprintf("%q", s.Src[s.Pos:min(s.Pos+8, len(s.Src))])
}

func (s *Scanner) word() string {
	end := s.Pos
	for end < len(s.Src) && (s.Src[end] == '-' || s.Src[end] >= 'a' && s.Src[end] <= 'z' || s.Src[end] >= 'A' && s.Src[end] <= 'Z') {
		end++
	}
	return string(s.Src[s.Pos:end])
}

// Expect reads one byte that must come next.
func (s *Scanner) Expect(c byte, what, remedy string) error {
	if s.Peek() != c {
		return s.Fail("expected "+what+", found "+s.What(), remedy)
	}
	s.Pos++
	return nil
}

// Object calls field with each key of an object; field reads the value. A key
// that comes twice is an error.
func (s *Scanner) Object(remedy string, field func(key []byte) error) error {
	if err := s.Expect('{', "an object", remedy); err != nil {
		return err
	}
	if s.Peek() == '}' {
		s.Pos++
		return nil
	}
	var few [12][]byte
	seen := few[:0]
	var many map[string]bool // of all keys, once there are too many to look through
	for {
		if s.Peek() != '"' {
			return s.Fail("expected a key in quotes, found "+s.What(), wholeJSON)
		}
		key, err := s.Text()
		if err != nil {
			return err
		}
		twice := many[string(key)]
		for _, other := range seen {
			twice = twice || bytes.Equal(other, key)
		}
		switch {
		case twice:
			return s.Fail(fmt.Sprintf("the key %q comes twice", key), "remove one")
		case many != nil:
			many[string(key)] = true
		case len(seen) < len(few):
			seen = append(seen, key)
		default:
			many = map[string]bool{string(key): true}
			for _, other := range seen {
				many[string(other)] = true
			}
			seen = nil
		}
		if err := s.Expect(':', "a colon", wholeJSON); err != nil {
			return err
		}
		if err := field(key); err != nil {
			return err
		}
		switch s.Peek() {
		case ',':
			s.Pos++
		case '}':
			s.Pos++
			return nil
		default:
			return s.Fail("expected a comma or }, found "+s.What(), wholeJSON)
		}
	}
}

// List calls item for each element of a list; item reads it.
func (s *Scanner) List(remedy string, item func(i int) error) error {
	if err := s.Expect('[', "a list", remedy); err != nil {
		return err
	}
	if s.Peek() == ']' {
		s.Pos++
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return Within(fmt.Sprintf("[%d]", i), err)
		}
		switch s.Peek() {
		case ',':
			s.Pos++
		case ']':
			s.Pos++
			return nil
		default:
			return Within(fmt.Sprintf("[%d]", i), s.Fail("expected a comma or ], found "+s.What(), wholeJSON))
		}
	}
}

// Text reads a text; the slice is part of the source where it holds no escapes.
func (s *Scanner) Text() ([]byte, error) {
	if s.Peek() != '"' {
		return nil, s.Fail("expected a text in quotes, found "+s.What(), "put it in quotes")
	}
	start := s.Pos + 1
	for i := start; i < len(s.Src); i++ {
		switch c := s.Src[i]; {
		case c == '"':
			s.Pos = i + 1
			if !utf8.Valid(s.Src[start:i]) {
				return nil, s.Fail("a text that is not UTF-8", "save the file as UTF-8")
			}
			return s.Src[start:i:i], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			s.Pos = i
			return nil, s.Fail("a text that runs over the end of its line or holds a control character", "close the quotes, or write the character as an escape")
		}
	}
	return nil, s.Fail("a text without end", wholeJSON)
}

func (s *Scanner) escaped(start int) ([]byte, error) {
	var out []byte
	for i := start; i < len(s.Src); i++ {
		c := s.Src[i]
		switch {
		case c == '"':
			s.Pos = i + 1
			if !utf8.Valid(out) {
				return nil, s.Fail("a text that is not UTF-8", "save the file as UTF-8")
			}
			return out, nil
		case c < ' ':
			s.Pos = i
			return nil, s.Fail("a text that runs over the end of its line or holds a control character", "close the quotes, or write the character as an escape")
		case c != '\\':
			out = append(out, c)
			continue
		}
		i++
		if i == len(s.Src) {
			break
		}
		if at := strings.IndexByte(`"\/bfnrt`, s.Src[i]); at >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[at])
			continue
		}
		r, ok := s.hex4(i)
		if !ok {
			s.Pos = i
			return nil, s.Fail("an escape that JSON does not know", `use \", \\, \/, \b, \f, \n, \r, \t or \u and four digits`)
		}
		i += 4
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+2 < len(s.Src) && s.Src[i+1] == '\\' {
				low, _ = s.hex4(i + 2)
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				s.Pos = i
				return nil, s.Fail("half a surrogate pair", `write both halves, such as \ud83d\ude00`)
			}
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return nil, s.Fail("a text without end", wholeJSON)
}

// hex4 reads u and four hex digits at i.
func (s *Scanner) hex4(i int) (rune, bool) {
	if i+4 >= len(s.Src) || s.Src[i] != 'u' {
		return -1, false
	}
	var r rune
	for _, c := range s.Src[i+1 : i+5] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1, false
		}
	}
	return r, true
}

// Number reads the characters of a number, as JSON has it.
func (s *Scanner) Number() ([]byte, error) {
	if c := s.Peek(); c != '-' && (c < '0' || c > '9') {
		return nil, s.Fail("expected a number, found "+s.What(), "write a number")
	}
	start, i := s.Pos, s.Pos
	digits := func() bool {
		from := i
		for i < len(s.Src) && s.Src[i] >= '0' && s.Src[i] <= '9' {
			i++
		}
		return i > from
	}
	if s.Src[i] == '-' {
		i++
	}
	lead := i
	ok := digits() && (s.Src[lead] != '0' || i == lead+1)
	if ok && i < len(s.Src) && s.Src[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(s.Src) && s.Src[i]|0x20 == 'e' {
		i++
		if i < len(s.Src) && (s.Src[i] == '+' || s.Src[i] == '-') {
			i++
		}
		ok = digits()
	}
	if !ok {
		return nil, s.Fail("a number that JSON does not know", "write it such as 12, 0.25 or 1e-6; infinity and NaN are no numbers here")
	}
	s.Pos = i
	return s.Src[start:i:i], nil
}

// Boolean reads true or false.
func (s *Scanner) Boolean() (bool, error) {
	s.Space()
	switch {
	case bytes.HasPrefix(s.Src[s.Pos:], []byte("true")):
		s.Pos += 4
		return true, nil
	case bytes.HasPrefix(s.Src[s.Pos:], []byte("false")):
		s.Pos += 5
		return false, nil
	}
	return false, s.Fail("expected true or false, found "+s.What(), "write true or false without quotes")
}

// Null reads null if it comes next.
func (s *Scanner) Null() bool {
	if s.Peek() == 'n' && bytes.HasPrefix(s.Src[s.Pos:], []byte("null")) {
		s.Pos += 4
		return true
	}
	return false
}

// Skip passes over a value of any kind.
func (s *Scanner) Skip(depth int) error {
	if depth > MostDepth {
		return s.Fail(fmt.Sprintf("lists or objects more than %d deep", MostDepth), "see the pages under docs/format for the keys there are")
	}
	switch c := s.Peek(); {
	case c == '{':
		return s.Object("", func(key []byte) error {
			if err := s.Skip(depth + 1); err != nil {
				return Within(string(key), err)
			}
			return nil
		})
	case c == '[':
		return s.List("", func(int) error { return s.Skip(depth + 1) })
	case c == '"':
		_, err := s.Text()
		return err
	case c == 't' || c == 'f':
		_, err := s.Boolean()
		return err
	case c == 'n' && s.Null():
		return nil
	}
	_, err := s.Number()
	return err
}

// End complains about anything but space.
func (s *Scanner) End() error {
	if s.Peek() != 0 || s.Pos < len(s.Src) {
		return s.Fail("something follows the end of the object: "+s.What(), "one file holds one object")
	}
	return nil
}

// mostDigits bounds the digits of a number and of its exponent's size, so that a
// short text cannot stand for a huge number.
const mostDigits = 400

const fractionRemedy = `write a number such as 0.25 or 1e-6, or a fraction in quotes such as "1/3"`

// Quantity reads a number or a fraction in quotes and returns its characters.
func (s *Scanner) Quantity() ([]byte, error) {
	if s.Peek() != '"' {
		tok, err := s.Number()
		if err != nil {
			if e, ok := err.(*Error); ok { //nolint:errorlint // made by this package
				e.Remedy = fractionRemedy
			}
			return nil, err
		}
		return tok, s.sized(tok)
	}
	start := s.Pos
	tok, err := s.Text()
	if err != nil {
		return nil, err
	}
	num, den, fraction := bytes.Cut(tok, []byte{'/'})
	ok := IsNumber(num)
	if fraction {
		ok = isInteger(num, true) && isInteger(den, false)
	}
	if !ok {
		s.Pos = start
		return nil, s.Fail("expected a number, found the text "+strconv.Quote(string(tok)), fractionRemedy)
	}
	if fraction && len(bytes.Trim(den, "0")) == 0 {
		s.Pos = start
		return nil, s.Fail("a fraction with denominator 0", "write a number other than 0 under the line")
	}
	return tok, s.sized(tok)
}

// sized refuses numbers that are too long or whose exponent is too large.
func (s *Scanner) sized(tok []byte) error {
	at := bytes.IndexAny(tok, "eE")
	exponent := 0
	if at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(string(tok[at+1:])); err != nil {
			exponent = math.MaxInt32
		}
	}
	if len(tok) > mostDigits || exponent > mostDigits || exponent < -mostDigits {
		return s.Fail("a number of too many digits", "use another unit, or fewer digits")
	}
	return nil
}

// IsNumber reports whether the characters are a number, as JSON has it.
func IsNumber(tok []byte) bool {
	s := Scanner{Src: tok}
	got, err := s.Number()
	return err == nil && len(got) == len(tok)
}

func isInteger(tok []byte, sign bool) bool {
	if sign {
		tok = bytes.TrimPrefix(tok, []byte{'-'})
	}
	for _, c := range tok {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(tok) > 0
}

// Float returns the float64 nearest to a quantity; ±Inf beyond the range.
func Float(tok []byte) float64 {
	if bytes.IndexByte(tok, '/') < 0 {
		f, _ := strconv.ParseFloat(string(tok), 64) // beyond the range it is ±Inf
		return f
	}
	r, ok := new(big.Rat).SetString(string(tok))
	if !ok {
		return math.NaN()
	}
	f, _ := r.Float64()
	return f
}
