package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
)

// MaxFile is the size in bytes up to which cards, role files, lists,
// acknowledgements and shares are read.
const MaxFile = 4 << 20

// Invalid is the error of a file or field that does not say what it must.
func Invalid(where, cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: remedy}
}

// Refused is the error of a step that the rules do not allow.
func Refused(where, cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Refused, Where: where, Cause: cause, Remedy: remedy}
}

// Marshal writes a file in the one form in which it is read back: two blanks of
// indentation, keys in the order of the format, a line feed at the end.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Unmarshal reads what Marshal wrote, and nothing else: unknown keys, keys twice,
// other spellings and other white space are refused, so that there is one file
// for one content. What names the file in errors.
func Unmarshal(what string, src []byte, v any) error {
	const remedy = "get the file again from whoever made it, as an attachment and not as text"
	if len(src) > MaxFile {
		return Invalid(what, fmt.Sprintf("larger than %d MiB", MaxFile>>20), remedy)
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Invalid(what, "the file is cut off", remedy)
		}
		return Invalid(what, "not a file of this kind ("+printable(strings.TrimPrefix(err.Error(), "json: "))+")", remedy)
	}
	want, err := Marshal(v)
	if err != nil {
		return Invalid(what, printable(err.Error()), remedy)
	}
	if holdsNull(src) {
		return Invalid(what, "it holds null", remedy)
	}
	if at := firstDifference(src, want); at >= 0 {
		return Invalid(what, "line "+strconv.Itoa(1+bytes.Count(src[:at], []byte("\n")))+" is not as the program writes it", remedy)
	}
	return nil
}

// holdsNull reports whether a JSON text holds null, which would be a second
// spelling of an empty list.
func holdsNull(src []byte) bool {
	for d := json.NewDecoder(bytes.NewReader(src)); ; {
		token, err := d.Token()
		if err != nil {
			return false // the end: the text was decoded before
		}
		if token == nil {
			return true
		}
	}
}

// printable keeps what a decoder quotes from a file from steering a terminal.
func printable(s string) string {
	const most = 120
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return s
}

// firstDifference returns where a and b begin to differ, -1 if they do not.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return n
	}
	return -1
}

// CheckFormat compares the format that a file names with the one that is read.
func CheckFormat(where, got, want string) error {
	if got != want {
		return Invalid(where, fmt.Sprintf("format is %q, not %q", printable(got), want), "name a file of that kind, made by this version of the program")
	}
	return nil
}

// CheckText refuses what could be shown as something it is not: empty or blank at
// the ends, longer than most characters, control characters and marks that turn
// the direction of writing.
func CheckText(where, s string, most int) error {
	switch {
	case s == "" || strings.TrimSpace(s) != s:
		return Invalid(where, "is empty or has blanks at its ends", "write it without")
	case !utf8.ValidString(s):
		return Invalid(where, "is not UTF-8", "write it in UTF-8")
	case utf8.RuneCountInString(s) > most:
		return Invalid(where, fmt.Sprintf("is longer than %d characters", most), "shorten it")
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return Invalid(where, fmt.Sprintf("holds the character %U", r), "leave it out")
		}
	}
	return nil
}
