// Package plain makes single lines of plain text out of whatever names and
// remarks a file brings, so that none can steer a terminal or spoil a document.
package plain

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s as one line that XML 1.0 can hold (section 2.2 of its
// specification) and a terminal shows as it stands. Tabs and line breaks become
// spaces. Control characters, bytes that are not UTF-8, U+FFFD to U+FFFF and the
// characters that turn the direction of writing are left out: with those a name
// can make what stands beside it read otherwise than it is.
func Text(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029:
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError || r == 0xfffe || r == 0xffff || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// Capital returns s with a capital for its first letter.
func Capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// Count writes a number of things: 1 vehicle, 2 vehicles.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
