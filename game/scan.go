package game

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An InputError says what is wrong in an instance or a result, where, and what to
// do about it.
type InputError struct {
	Line   int    // of the file, from 1; 0 where there is no file
	Place  string // such as edges[17].p; may be empty
	Cause  string
	Remedy string
}

// Error gives place, cause and remedy in one line.
func (e *InputError) Error() string {
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

// within puts a place in front of that of an error on its way up, so that the
// reading of what is right does not pay for places.
func within(place string, err error) error {
	if e, ok := err.(*InputError); ok { //nolint:errorlint // made by this package and never wrapped on the way
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

// mostDepth bounds how deep lists and objects may lie in each other.
const mostDepth = 32

// scanner reads JSON strictly: what it hands out are slices of the source.
type scanner struct {
	src []byte
	pos int
}

// fail makes an error about the place where the scanner stands.
func (s *scanner) fail(cause, remedy string) error {
	return &InputError{Line: 1 + bytes.Count(s.src[:min(s.pos, len(s.src))], []byte{'\n'}), Cause: cause, Remedy: remedy}
}

const wholeJSON = "see that the file is whole and is JSON"

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the next byte that is no space, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos == len(s.src) {
		return 0
	}
	return s.src[s.pos]
}

// what names the value that comes next, for complaints.
func (s *scanner) what() string {
	switch c := s.peek(); {
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
	return fmt.Sprintf("%q", s.src[s.pos:min(s.pos+8, len(s.src))])
}

func (s *scanner) word() string {
	end := s.pos
	for end < len(s.src) && (s.src[end] == '-' || s.src[end] >= 'a' && s.src[end] <= 'z' || s.src[end] >= 'A' && s.src[end] <= 'Z') {
		end++
	}
	return string(s.src[s.pos:end])
}

func (s *scanner) expect(c byte, what, remedy string) error {
	if s.peek() != c {
		return s.fail("expected "+what+", found "+s.what(), remedy)
	}
	s.pos++
	return nil
}

// object calls field with each key of an object; field reads the value. A key
// that comes twice is an error.
func (s *scanner) object(remedy string, field func(key []byte) error) error {
	if err := s.expect('{', "an object", remedy); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	var few [12][]byte
	seen := few[:0]
	var many map[string]bool // of all keys, once there are too many to look through
	for {
		if s.peek() != '"' {
			return s.fail("expected a key in quotes, found "+s.what(), wholeJSON)
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		twice := many[string(key)]
		for _, other := range seen {
			twice = twice || bytes.Equal(other, key)
		}
		switch {
		case twice:
			return s.fail(fmt.Sprintf("the key %q comes twice", key), "remove one")
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
		if err := s.expect(':', "a colon", wholeJSON); err != nil {
			return err
		}
		if err := field(key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.fail("expected a comma or }, found "+s.what(), wholeJSON)
		}
	}
}

// list calls item for each element of a list; item reads it.
func (s *scanner) list(remedy string, item func(i int) error) error {
	if err := s.expect('[', "a list", remedy); err != nil {
		return err
	}
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return within(fmt.Sprintf("[%d]", i), err)
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return within(fmt.Sprintf("[%d]", i), s.fail("expected a comma or ], found "+s.what(), wholeJSON))
		}
	}
}

// text reads a text; the slice is part of the source where it holds no escapes.
func (s *scanner) text() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.fail("expected a text in quotes, found "+s.what(), "put it in quotes")
	}
	start := s.pos + 1
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			if !utf8.Valid(s.src[start:i]) {
				return nil, s.fail("a text that is not UTF-8", "save the file as UTF-8")
			}
			return s.src[start:i:i], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			s.pos = i
			return nil, s.fail("a text that runs over the end of its line or holds a control character", "close the quotes, or write the character as an escape")
		}
	}
	return nil, s.fail("a text without end", wholeJSON)
}

func (s *scanner) escaped(start int) ([]byte, error) {
	var out []byte
	for i := start; i < len(s.src); i++ {
		c := s.src[i]
		switch {
		case c == '"':
			s.pos = i + 1
			if !utf8.Valid(out) {
				return nil, s.fail("a text that is not UTF-8", "save the file as UTF-8")
			}
			return out, nil
		case c < ' ':
			s.pos = i
			return nil, s.fail("a text that runs over the end of its line or holds a control character", "close the quotes, or write the character as an escape")
		case c != '\\':
			out = append(out, c)
			continue
		}
		i++
		if i == len(s.src) {
			break
		}
		if at := strings.IndexByte(`"\/bfnrt`, s.src[i]); at >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[at])
			continue
		}
		r, ok := s.hex4(i)
		if !ok {
			s.pos = i
			return nil, s.fail("an escape that JSON does not know", `use \", \\, \/, \b, \f, \n, \r, \t or \u and four digits`)
		}
		i += 4
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+2 < len(s.src) && s.src[i+1] == '\\' {
				low, _ = s.hex4(i + 2)
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				s.pos = i
				return nil, s.fail("half a surrogate pair", `write both halves, such as \ud83d\ude00`)
			}
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return nil, s.fail("a text without end", wholeJSON)
}

// hex4 reads u and four hex digits at i.
func (s *scanner) hex4(i int) (rune, bool) {
	if i+4 >= len(s.src) || s.src[i] != 'u' {
		return -1, false
	}
	var r rune
	for _, c := range s.src[i+1 : i+5] {
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

// number reads the characters of a number, as JSON has it.
func (s *scanner) number() ([]byte, error) {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		return nil, s.fail("expected a number, found "+s.what(), "write a number")
	}
	start, i := s.pos, s.pos
	digits := func() bool {
		from := i
		for i < len(s.src) && s.src[i] >= '0' && s.src[i] <= '9' {
			i++
		}
		return i > from
	}
	if s.src[i] == '-' {
		i++
	}
	lead := i
	ok := digits() && (s.src[lead] != '0' || i == lead+1)
	if ok && i < len(s.src) && s.src[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(s.src) && s.src[i]|0x20 == 'e' {
		i++
		if i < len(s.src) && (s.src[i] == '+' || s.src[i] == '-') {
			i++
		}
		ok = digits()
	}
	if !ok {
		return nil, s.fail("a number that JSON does not know", "write it such as 12, 0.25 or 1e-6; infinity and NaN are no numbers here")
	}
	s.pos = i
	return s.src[start:i:i], nil
}

func (s *scanner) boolean() (bool, error) {
	s.space()
	switch {
	case bytes.HasPrefix(s.src[s.pos:], []byte("true")):
		s.pos += 4
		return true, nil
	case bytes.HasPrefix(s.src[s.pos:], []byte("false")):
		s.pos += 5
		return false, nil
	}
	return false, s.fail("expected true or false, found "+s.what(), "write true or false without quotes")
}

// null reads null if it comes next.
func (s *scanner) null() bool {
	if s.peek() == 'n' && bytes.HasPrefix(s.src[s.pos:], []byte("null")) {
		s.pos += 4
		return true
	}
	return false
}

// skip passes over a value of any kind.
func (s *scanner) skip(depth int) error {
	if depth > mostDepth {
		return s.fail(fmt.Sprintf("lists or objects more than %d deep", mostDepth), "see docs/format/mix.md for the keys there are")
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object("", func(key []byte) error {
			if err := s.skip(depth + 1); err != nil {
				return within(string(key), err)
			}
			return nil
		})
	case c == '[':
		return s.list("", func(int) error { return s.skip(depth + 1) })
	case c == '"':
		_, err := s.text()
		return err
	case c == 't' || c == 'f':
		_, err := s.boolean()
		return err
	case c == 'n' && s.null():
		return nil
	}
	_, err := s.number()
	return err
}

// end complains about anything but space.
func (s *scanner) end() error {
	if s.peek() != 0 || s.pos < len(s.src) {
		return s.fail("something follows the end of the object: "+s.what(), "one file holds one object")
	}
	return nil
}

// mostDigits bounds the digits of a number and of its exponent's size, so that a
// short text cannot stand for a huge number.
const mostDigits = 400

const fractionRemedy = `write a number such as 0.25 or 1e-6, or a fraction in quotes such as "1/3"`

// quantity reads a number or a fraction in quotes and returns its characters.
func (s *scanner) quantity() ([]byte, error) {
	if s.peek() != '"' {
		tok, err := s.number()
		if err != nil {
			if e, ok := err.(*InputError); ok { //nolint:errorlint // made by this package
				e.Remedy = fractionRemedy
			}
			return nil, err
		}
		return tok, s.sized(tok)
	}
	start := s.pos
	tok, err := s.text()
	if err != nil {
		return nil, err
	}
	num, den, fraction := bytes.Cut(tok, []byte{'/'})
	ok := isNumber(num)
	if fraction {
		ok = isInteger(num, true) && isInteger(den, false)
	}
	if !ok {
		s.pos = start
		return nil, s.fail("expected a number, found the text "+strconv.Quote(string(tok)), fractionRemedy)
	}
	if fraction && len(bytes.Trim(den, "0")) == 0 {
		s.pos = start
		return nil, s.fail("a fraction with denominator 0", "write a number other than 0 under the line")
	}
	return tok, s.sized(tok)
}

// sized refuses numbers that are too long or whose exponent is too large.
func (s *scanner) sized(tok []byte) error {
	at := bytes.IndexAny(tok, "eE")
	exponent := 0
	if at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(string(tok[at+1:])); err != nil {
			exponent = math.MaxInt32
		}
	}
	if len(tok) > mostDigits || exponent > mostDigits || exponent < -mostDigits {
		return s.fail("a number of too many digits", "use another unit, or fewer digits")
	}
	return nil
}

func isNumber(tok []byte) bool {
	s := scanner{src: tok}
	got, err := s.number()
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

// floatOf returns the float64 nearest to a quantity; ±Inf beyond the range.
func floatOf(tok []byte) float64 {
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

// ratOf returns a quantity exactly.
func ratOf(tok []byte) *big.Rat {
	r, ok := new(big.Rat).SetString(string(tok))
	if !ok {
		return nil
	}
	return r
}

// A ratio is a non-negative number exactly: num/den in lowest terms, or big where
// they do not fit.
type ratio struct {
	num, den int64
	big      *big.Rat
}

func (r ratio) rat() *big.Rat {
	if r.big != nil {
		return r.big
	}
	return big.NewRat(r.num, r.den)
}

// ratioOf returns a quantity exactly, without allocation where it is short.
func ratioOf(tok []byte) ratio {
	const most = 18 // digits that fit an int64 whatever they are
	var num, den int64 = 0, 1
	short, point := len(tok) <= most, false
	for _, c := range tok {
		switch {
		case !short:
		case c == '.':
			point = true
		case c >= '0' && c <= '9':
			num = num*10 + int64(c-'0')
			if point {
				den *= 10
			}
		default:
			short = false
		}
	}
	if !short {
		r := ratOf(tok)
		if r == nil || !r.Num().IsInt64() || !r.Denom().IsInt64() {
			return ratio{big: r}
		}
		return ratio{num: r.Num().Int64(), den: r.Denom().Int64()}
	}
	g := gcd(num, den)
	return ratio{num: num / g, den: den / g}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// mostTime bounds the sum of all times, so that the length of a route, and twice
// that, never overflow.
const mostTime = 1 << 60

// scaleTimes turns times into integers of 1/scale. The scale is the least common
// denominator where the sum of all then stays within mostTime; else the largest
// power of ten for which it does, and the times are rounded to it. It fails where
// that power is below one.
func scaleTimes(times []ratio) (scaled []int64, scale *big.Int, rounded, ok bool) {
	scaled = make([]int64, len(times))
	common := int64(1)
	for _, t := range times {
		if t.big != nil {
			common = 0
			break
		}
		hi, lo := bits.Mul64(uint64(common/gcd(common, t.den)), uint64(t.den))
		if hi != 0 || lo > mostTime {
			common = 0
			break
		}
		common = int64(lo)
	}
	if common > 0 && scaleExactly(times, common, scaled) {
		return scaled, big.NewInt(common), false, true
	}
	sum := 0.0
	for _, t := range times {
		f, _ := t.rat().Float64()
		sum += f
	}
	// Rounding may add a half to each time.
	room := float64(mostTime) - float64(len(times))
	for power := int64(1e18); power >= 1; power /= 10 {
		if sum*float64(power)*(1+1e-9) > room {
			continue
		}
		factor, half := new(big.Rat).SetInt64(power), big.NewRat(1, 2)
		for i, t := range times {
			x := new(big.Rat).Mul(t.rat(), factor)
			x.Add(x, half)
			scaled[i] = new(big.Int).Quo(x.Num(), x.Denom()).Int64()
		}
		return scaled, big.NewInt(power), true, true
	}
	return nil, nil, false, false
}

func scaleExactly(times []ratio, common int64, scaled []int64) bool {
	sum := uint64(0)
	for i, t := range times {
		hi, lo := bits.Mul64(uint64(t.num), uint64(common/t.den))
		if hi != 0 || lo > mostTime {
			return false
		}
		if sum += lo; sum > mostTime {
			return false
		}
		scaled[i] = int64(lo)
	}
	return true
}
