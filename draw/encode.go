package draw

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxFile is the size in bytes up to which files of a draw are read.
const MaxFile = 1 << 20

// An Error says what is wrong with a draw or a file of one, and what to do.
type Error struct {
	Where  string // file part, party or flag; may be empty
	Cause  string
	Remedy string
	// Refused tells a step that the rules of the draw do not allow from a file
	// that does not say what it must.
	Refused bool
}

// Error gives place, cause and remedy in one line.
func (e *Error) Error() string {
	s := e.Cause
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func invalid(where, cause, remedy string) error {
	return &Error{Where: where, Cause: cause, Remedy: remedy}
}

func refused(where, cause, remedy string) error {
	return &Error{Where: where, Cause: cause, Remedy: remedy, Refused: true}
}

// A Hash is a SHA-256 value; in files 64 hexadecimal digits.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash is all zeros, which stands for none.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(src []byte) error {
	if len(src) != 2*len(h) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d characters", 2*len(h), len(src))
	}
	_, err := hex.Decode(h[:], src)
	return err
}

// ParseHash reads a hash as String writes it.
func ParseHash(s string) (Hash, error) {
	var h Hash
	err := h.UnmarshalText([]byte(s))
	return h, err
}

// Bytes is binary data; in files hexadecimal digits.
type Bytes []byte

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(src []byte) error {
	out, err := hex.DecodeString(string(src))
	*b = out
	return err
}

// An Instant is a time in whole seconds since 1970-01-01T00:00:00Z; in files
// 2026-11-24T06:00:00Z.
type Instant int64

// At returns the instant of a time, the fraction of a second dropped.
func At(t time.Time) Instant { return Instant(t.Unix()) }

// Time returns the instant in UTC.
func (i Instant) Time() time.Time { return time.Unix(int64(i), 0).UTC() }

// String returns the instant as in files.
func (i Instant) String() string { return i.Time().Format(time.RFC3339) }

// MarshalText implements encoding.TextMarshaler.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *Instant) UnmarshalText(src []byte) error {
	t, err := time.Parse(time.RFC3339, string(src))
	if err != nil {
		return fmt.Errorf("%q is no time such as 2026-11-24T06:00:00Z", src)
	}
	*i = At(t)
	return nil
}

// tagged domains: every hash, signature and key derivation starts with its own.
const (
	tagCard       = "outrider draw 1: card"
	tagSheet      = "outrider draw 1: sheet"
	tagOpening    = "outrider draw 1: opening"
	tagSecret     = "outrider draw 1: secret"
	tagShare      = "outrider draw 1: share"
	tagPart       = "outrider draw 1: part"
	tagCommitment = "outrider draw 1: commitment"
	tagRecord     = "outrider draw 1: record"
	tagSign       = "outrider draw 1: countersignature"
	tagSeed       = "outrider draw 1: seed"
	tagStream     = "outrider draw 1: stream"
	tagKeeper     = "outrider draw 1: keeper"
	tagLink       = "outrider draw 1: link"
	tagRelease    = "outrider draw 1: release"
	tagEntry      = "outrider draw 1: log entry"
)

// An encoder builds the canonical form of a record: its tag first, then every
// field in order. Bytes and text stand behind their length, lists behind their
// count; lengths, counts and numbers are 8 bytes, most significant first. No two
// different records have the same form.
type encoder struct{ out []byte }

func encode(tag string) *encoder { return (&encoder{}).text(tag) }

func (e *encoder) number(n uint64) *encoder {
	e.out = binary.BigEndian.AppendUint64(e.out, n)
	return e
}

func (e *encoder) bytes(p []byte) *encoder {
	e.number(uint64(len(p)))
	e.out = append(e.out, p...)
	return e
}

func (e *encoder) text(s string) *encoder { return e.bytes([]byte(s)) }
func (e *encoder) hash(h Hash) *encoder   { return e.bytes(h[:]) }

func (e *encoder) instant(i Instant) *encoder {
	return e.number(uint64(i)) // two's complement, as times before 1970 would be
}

func (e *encoder) flag(b bool) *encoder {
	if b {
		return e.number(1)
	}
	return e.number(0)
}

func (e *encoder) sum() Hash { return sha256.Sum256(e.out) }

// Marshal writes a file of a draw in the one form in which it is read back:
// two blanks of indentation, keys in the order of the format, a line feed at
// the end.
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

// unmarshal reads what Marshal wrote, and nothing else: unknown keys, keys twice,
// other spellings and other white space are refused, so that there is one file
// for one content and a changed byte never goes unnoticed.
func unmarshal(what string, src []byte, v any) error {
	const remedy = "get the file again from whoever made it, as an attachment and not as text"
	if len(src) > MaxFile {
		return invalid(what, "larger than "+strconv.Itoa(MaxFile)+" bytes", remedy)
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return invalid(what, "the file is cut off", remedy)
		}
		return invalid(what, "not a file of this kind ("+strings.TrimPrefix(err.Error(), "json: ")+")", remedy)
	}
	want, err := Marshal(v)
	if err != nil {
		return invalid(what, err.Error(), remedy)
	}
	if at := firstDifference(src, want); at >= 0 {
		return invalid(what, "line "+strconv.Itoa(1+bytes.Count(src[:at], []byte("\n")))+" is not as the program writes it", remedy)
	}
	return nil
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

// checkFormat compares the format that a file names.
func checkFormat(where, got, want string) error {
	if got != want {
		return invalid(where, fmt.Sprintf("format is %q, not %q", got, want), "name a file of that kind, made by this version of the program")
	}
	return nil
}

// checkText refuses what could be shown as something it is not: empty or blank at
// the ends, too long, control characters and marks that turn the direction.
func checkText(where, s string, most int) error {
	switch {
	case s == "" || strings.TrimSpace(s) != s:
		return invalid(where, "is empty or has blanks at its ends", "write it without")
	case !utf8.ValidString(s):
		return invalid(where, "is not UTF-8", "write it in UTF-8")
	case utf8.RuneCountInString(s) > most:
		return invalid(where, fmt.Sprintf("is longer than %d characters", most), "shorten it")
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return invalid(where, fmt.Sprintf("holds the character %U", r), "leave it out")
		}
	}
	return nil
}
