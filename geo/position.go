package geo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A PositionError says what is wrong with the text or figures of a position.
type PositionError struct {
	// Text is what was to be read, and At the character of it, counted from 1, where
	// reading stopped; 0 means the whole.
	Text string
	At   int
	// Cause is what is wrong there and Remedy what to do about it.
	Cause, Remedy string
}

// Error gives place, cause and remedy in one line.
func (e *PositionError) Error() string {
	const most = 60 // enough of a text to know it by
	text := []rune(e.Text)
	if len(text) > most {
		text = append(text[:most:most], '…')
	}
	s := "position " + strconv.Quote(string(text))
	if e.At > 0 {
		s += ", character " + strconv.Itoa(e.At)
	}
	return s + ": " + e.Cause + "; " + e.Remedy
}

// ParsePosition reads a position on WGS84 in any of the forms people write,
// rounded to the nearest E7 point:
//
//	39.7,-75.5                    degrees, latitude first; a space or ; may part them
//	39.7N 75.5W, W75.5 N39.7      degrees with hemispheres, in either order
//	39°42'10.5"N 75°30'15"W       degrees, minutes, seconds; :, spaces or nothing but
//	39 42.175 N, 75 30.25 W       degrees and minutes do as well
//	-39:42:10, 75:30:15           signs in place of hemispheres
//	18N 453234 4398765            UTM: zone, hemisphere, easting, northing (String)
//	18 south 453234 4398765       the same with the hemisphere spelt out
//	18T 453234 4498765            the same with the latitude band, C to X
//	UPS N 2000000 2000000         polar grid
//	18SVJ5323498765               MGRS, whose square's centre it is (ParseMGRS)
//
// In UTM a lone N or S is the hemisphere. S is a latitude band too, 32° to 40°
// north: where the northing allows both readings, which are 90° of latitude
// apart, the text is refused and must have south or north. A band letter must
// agree with the northing. Letters may be lower case. Every error is a
// *PositionError.
func ParsePosition(s string) (Point, error) {
	const most = 200 // characters, twice what the longest form needs
	if utf8.RuneCountInString(s) > most {
		return Point{}, &PositionError{Text: s, Cause: fmt.Sprintf("the text is longer than %d characters", most), Remedy: "give one position only"}
	}
	tokens, err := positionTokens(s)
	if err != nil {
		return Point{}, err
	}
	t := positionText{s, tokens}
	letters, words, hemispheres, numbers := 0, 0, 0, 0
	for _, k := range tokens {
		switch k.kind {
		case number:
			numbers++
		case word:
			letters += len(k.text)
			words++
			if _, ok := hemisphereLetters[k.text]; ok {
				hemispheres++
			}
		case mark:
		}
	}
	switch {
	case len(tokens) == 0:
		return Point{}, t.wrong(0, "write it like 39.7,-75.5 or 18SVJ5323498765", "the position is empty")
	case strings.HasPrefix(tokens[0].text, "UPS"):
		return t.grid(0)
	case words == 1 && (letters == 1 || hemispheres == 1) && numbers >= 3 &&
		tokens[0].kind == number && tokens[1].kind == word:
		return t.grid(1)
	}
	if hemispheres < words {
		p, _, err := ParseMGRS(s)
		return p, err
	}
	return t.degrees()
}

// Kinds of token.
type tokenKind uint8

const (
	number tokenKind = iota // digits with at most one point
	word                    // letters A to Z, in capitals
	mark                    // one of - + , ° ' " with ; as , and : as its place demands
)

type token struct {
	kind tokenKind
	text string
	at   int // character, counted from 1
}

// positionMarks maps the ways to write a mark to one.
var positionMarks = map[rune]string{
	'-': "-", '−': "-", '–': "-", '+': "+", ',': ",", ';': ",", ':': ":", '°': "°", 'º': "°", '˚': "°",
	'\'': "'", '′': "'", '’': "'", 'ʹ': "'", '´': "'", '"': `"`, '″': `"`, '”': `"`, 'ʺ': `"`,
}

// positionTokens takes a text apart.
func positionTokens(s string) ([]token, error) {
	var out []token
	at, glued := 0, false
	for _, c := range s {
		at++
		kind, text := number, string(c)
		switch {
		case unicode.IsSpace(c):
			glued = false
			continue
		case '0' <= c && c <= '9' || c == '.':
		case 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			kind, text = word, strings.ToUpper(text)
		case positionMarks[c] != "":
			kind, text = mark, positionMarks[c]
		default:
			return nil, &PositionError{s, at, fmt.Sprintf("character %q has no place in a position", c), "write it like 39.7,-75.5 or 18SVJ5323498765"}
		}
		last := len(out) - 1
		switch {
		case glued && kind != mark && out[last].kind == kind:
			out[last].text += text
		case glued && text == "'" && out[last].text == "'": // two strokes for seconds
			out[last].text = `"`
		default:
			out = append(out, token{kind, text, at})
		}
		glued = true
	}
	for _, k := range out {
		if k.kind == number && (strings.Count(k.text, ".") > 1 || k.text == ".") {
			return nil, &PositionError{s, k.at, fmt.Sprintf("%s is no number", k.text), "write numbers with digits and at most one point"}
		}
	}
	return out, nil
}

type positionText struct {
	text   string
	tokens []token
}

func (t positionText) wrong(at int, remedy, cause string, args ...any) error {
	return &PositionError{Text: t.text, At: at, Cause: fmt.Sprintf(cause, args...), Remedy: remedy}
}

// value returns a token's number; positionTokens has seen to its form.
func (t positionText) value(k token) (float64, error) {
	v, err := strconv.ParseFloat(k.text, 64)
	if err != nil {
		return 0, t.wrong(k.at, "give fewer digits", "number %.20s is too large", k.text)
	}
	return v, nil
}

// Northings between which a lone S may mean band S: 32° to 40° north, with the
// rise of parallels towards the border of a zone.
const bandSLow, bandSHigh = 3_540_000, 4_450_000

func inBandS(northing float64) bool { return northing >= bandSLow && northing <= bandSHigh }

// grid reads UTM and UPS texts; the letters begin with the given token.
func (t positionText) grid(at int) (Point, error) {
	form := "write zone, N or S, easting and northing in metres, like 18N 453234 4398765"
	var u UTM
	rest := t.tokens[at+1:]
	letters := t.tokens[at]
	if at == 0 {
		form = "write UPS, N or S, easting and northing in metres, like UPS N 2000000 2000000"
		letters.text = strings.TrimPrefix(letters.text, "UPS")
		if letters.text == "" && len(rest) > 0 && rest[0].kind == word {
			letters, rest = rest[0], rest[1:]
		}
	} else {
		zone, err := strconv.Atoi(t.tokens[0].text)
		if err != nil || zone < 1 || zone > 60 {
			return Point{}, t.wrong(t.tokens[0].at, "look the zone up in the margin of the map", "there is no zone %.20s: zones run from 1 to 60", t.tokens[0].text)
		}
		u.Zone = zone
	}
	if len(rest) == 3 && rest[1].text == "," {
		rest = []token{rest[0], rest[2]}
	}
	if len(rest) != 2 || rest[0].kind != number || rest[1].kind != number {
		return Point{}, t.wrong(letters.at, form, "easting and northing should follow, two numbers and no more")
	}
	var err error
	if u.Easting, err = t.value(rest[0]); err != nil {
		return Point{}, err
	}
	if u.Northing, err = t.value(rest[1]); err != nil {
		return Point{}, err
	}
	band := -1
	switch l := letters.text; {
	case l == "N" || l == "NORTH":
		u.North = true
	case l == "S" && u.Zone != 0 && inBandS(u.Northing):
		return Point{}, t.wrong(letters.at, fmt.Sprintf("write %d south, or %d north", u.Zone, u.Zone),
			"S can be the southern hemisphere or latitude band S, which lies in the north")
	case l == "S" || l == "SOUTH":
	case u.Zone != 0 && len(l) == 1 && strings.Contains(mgrsBands, l):
		band = strings.Index(mgrsBands, l)
		u.North = l >= "N"
	default:
		return Point{}, t.wrong(letters.at, form, "%q is neither a hemisphere nor a latitude band", l)
	}
	p, err := u.Point()
	if err != nil {
		return Point{}, t.gridError(err, rest)
	}
	if band >= 0 && (p.Lat < utmSouthEnd || p.Lat >= utmNorthEnd || bandOf(p.Lat) != mgrsBands[band]) {
		return Point{}, t.wrong(letters.at, "check the band letter, or write N or S for the hemisphere",
			"northing %s does not lie in latitude band %s", rest[1].text, letters.text)
	}
	return p, nil
}

// gridError gives a complaint about figures its place in the text.
func (t positionText) gridError(err error, figures []token) error {
	if e, ok := errors.AsType[*PositionError](err); ok {
		return &PositionError{t.text, figures[0].at, e.Cause, e.Remedy}
	}
	return err
}

// hemisphereLetters maps what may stand for a hemisphere to its letter.
var hemisphereLetters = map[string]byte{
	"N": 'N', "S": 'S', "E": 'E', "W": 'W', "NORTH": 'N', "SOUTH": 'S', "EAST": 'E', "WEST": 'W',
}

// degrees reads latitude and longitude.
func (t positionText) degrees() (Point, error) {
	left, right, err := t.halves()
	if err != nil {
		return Point{}, err
	}
	a, err := t.angle(left)
	if err != nil {
		return Point{}, err
	}
	b, err := t.angle(right)
	if err != nil {
		return Point{}, err
	}
	const both = "write both hemispheres, like 39.7N 75.5W, or neither, like 39.7,-75.5"
	switch {
	case a.hemisphere == 0 && b.hemisphere == 0:
		a.hemisphere, b.hemisphere = 'N', 'E'
	case a.hemisphere == 0:
		return Point{}, t.wrong(a.at, both, "no hemisphere here, but one on the other coordinate")
	case b.hemisphere == 0:
		return Point{}, t.wrong(b.at, both, "no hemisphere here, but one on the other coordinate")
	}
	if a.isLongitude() {
		a, b = b, a
	}
	if a.isLongitude() || !b.isLongitude() {
		return Point{}, t.wrong(max(a.at, b.at), "give one with N or S and one with E or W", "two of the same: a position has one latitude and one longitude")
	}
	if a.degrees > 90 || a.degrees < -90 {
		return Point{}, t.wrong(a.at, "latitude comes first where there are no hemispheres", "latitude %g is beyond the pole", a.degrees)
	}
	if b.degrees > 180 || b.degrees < -180 {
		return Point{}, t.wrong(b.at, "longitudes run from -180 to 180", "longitude %g is beyond the antimeridian", b.degrees)
	}
	return PointFromDegrees(a.degrees, b.degrees), nil
}

// halves parts the tokens into those of the one and of the other coordinate:
// at the comma, else by the hemispheres, else at the second degree sign, else at
// the number that no mark ties to the one before.
func (t positionText) halves() (left, right []token, err error) {
	var commas, words, signs []int
	for i, k := range t.tokens {
		switch {
		case k.text == ",":
			commas = append(commas, i)
		case k.kind == word:
			words = append(words, i)
		case k.text == "°":
			signs = append(signs, i)
		}
	}
	cut := len(t.tokens)
	switch {
	case len(commas) > 1:
		return nil, nil, t.wrong(t.tokens[commas[1]].at, "write decimals with a point and one comma between latitude and longitude", "a second comma")
	case len(commas) == 1:
		left, right = t.tokens[:commas[0]], t.tokens[commas[0]+1:]
		if len(left) == 0 || len(right) == 0 {
			return nil, nil, t.wrong(t.tokens[commas[0]].at, "write it like 39.7,-75.5", "one side of the comma is empty")
		}
		return left, right, nil
	case len(words) > 0 && words[0] == 0:
		if len(words) > 1 {
			cut = words[1]
		}
	case len(words) > 0:
		cut = words[0] + 1
	case len(signs) > 1:
		cut = t.begin(signs[1] - 1)
	default:
		for i := 1; i < len(t.tokens); i++ {
			b := t.begin(i)
			if t.tokens[i].kind != number || b == 0 || b == i && t.tokens[i-1].kind != number && t.tokens[i-1].text != `"` {
				continue
			}
			if cut < len(t.tokens) {
				return nil, nil, t.wrong(t.tokens[i].at, "put a comma between them or give hemispheres, like 39 42 10 N 75 30 15 W",
					"it cannot be told where latitude ends and longitude begins")
			}
			cut = b
		}
	}
	if cut <= 0 || cut >= len(t.tokens) {
		return nil, nil, t.wrong(t.tokens[len(t.tokens)-1].at, "give latitude and longitude, like 39.7,-75.5", "there is only one coordinate")
	}
	return t.tokens[:cut], t.tokens[cut:], nil
}

// begin returns the index at which the coordinate begins whose first number is
// token i: there, or at the sign before it.
func (t positionText) begin(i int) int {
	if i > 0 && (t.tokens[i-1].text == "-" || t.tokens[i-1].text == "+") {
		return i - 1
	}
	return i
}

// An angle is one coordinate: negative in the south and west.
type angle struct {
	degrees    float64
	hemisphere byte // N, S, E or W; 0 if it has none
	at         int
}

func (a angle) isLongitude() bool { return a.hemisphere == 'E' || a.hemisphere == 'W' }

// angle reads one coordinate from its tokens, of which there is at least one:
// hemisphere or sign, degrees, minutes, seconds, hemisphere.
func (t positionText) angle(tokens []token) (angle, error) {
	a := angle{at: tokens[0].at}
	if first, last := tokens[0], tokens[len(tokens)-1]; first.kind == word {
		a.hemisphere, tokens = hemisphereLetters[first.text], tokens[1:]
	} else if last.kind == word {
		a.hemisphere, tokens = hemisphereLetters[last.text], tokens[:len(tokens)-1]
	}
	negative := a.hemisphere == 'S' || a.hemisphere == 'W'
	if len(tokens) > 0 && (tokens[0].text == "-" || tokens[0].text == "+") {
		if a.hemisphere != 0 {
			return a, t.wrong(tokens[0].at, "leave one of them out", "a sign and a hemisphere")
		}
		negative, tokens = tokens[0].text == "-", tokens[1:]
	}
	if len(tokens) == 0 {
		return a, t.wrong(a.at, "write it like 39.7,-75.5", "a coordinate without a number")
	}
	parts := [...]struct {
		name, marks string
		share       float64
	}{{"degrees", "°:", 1}, {"minutes", "':", 60}, {"seconds", `"`, 3600}}
	before := token{}
	for _, part := range parts {
		if len(tokens) == 0 {
			break
		}
		k := tokens[0]
		if k.kind != number {
			return a, t.wrong(k.at, "write it like 39°42'10\"N 75°30'15\"W", "%s where %s should be", k.text, part.name)
		}
		if strings.Contains(before.text, ".") {
			return a, t.wrong(k.at, "give decimals to the last part only, and a comma or hemispheres between latitude and longitude",
				"%s after a fraction", part.name)
		}
		v, err := t.value(k)
		if err != nil {
			return a, err
		}
		if part.share > 1 && v >= 60 {
			return a, t.wrong(k.at, "minutes and seconds run to 59; part latitude and longitude by a comma or hemispheres", "%s %s", k.text, part.name)
		}
		a.degrees += v / part.share
		before, tokens = k, tokens[1:]
		if len(tokens) > 0 && tokens[0].kind == mark && strings.Contains(part.marks, tokens[0].text) {
			if tokens[0].text == ":" && len(tokens) == 1 {
				return a, t.wrong(tokens[0].at, "leave it out or go on", "a colon and nothing after it")
			}
			tokens = tokens[1:]
		}
	}
	if len(tokens) > 0 {
		return a, t.wrong(tokens[0].at, "write it like 39°42'10\"N 75°30'15\"W, with a comma or hemispheres between latitude and longitude",
			"%s does not belong there", tokens[0].text)
	}
	if negative {
		a.degrees = -a.degrees
	}
	return a, nil
}

// LooksLikeGrid reports whether a text that may also be a name is worth reading
// as a position on a grid or in degrees, minutes and seconds: it has at least six
// digits, as every such position to within a few hundred metres has.
func LooksLikeGrid(s string) bool {
	digits := 0
	for _, r := range s {
		if '0' <= r && r <= '9' {
			digits++
		}
	}
	return digits >= 6
}
