// Package canon writes and reads the one form of bytes in which the records of
// sealed orders are signed and hashed, and the one form of their files.
package canon

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Hash is a SHA-256 value; in files 64 hexadecimal digits, and no text at all
// where there is none.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash is all zeros, which stands for none.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return []byte(h.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(src []byte) error {
	if len(src) == 0 {
		*h = Hash{}
		return nil
	}
	if len(src) != 2*len(h) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d characters", 2*len(h), len(src))
	}
	_, err := hex.Decode(h[:], src)
	return err
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

// Add returns the instant that is d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Second) }

// String returns the instant as in files.
func (i Instant) String() string { return i.Time().Format(time.RFC3339) }

// Latest and Earliest bound the instants that files may hold: four digits make
// the year, so that no reader stumbles over a fifth.
const (
	Earliest Instant = 0
	Latest   Instant = 253402300799 // 9999-12-31T23:59:59Z
)

// InRange reports whether a file may hold the instant.
func (i Instant) InRange() bool { return i >= Earliest && i <= Latest }

// MarshalText implements encoding.TextMarshaler.
func (i Instant) MarshalText() ([]byte, error) {
	if !i.InRange() {
		return nil, errors.New("a time is outside the years 1970 to 9999")
	}
	return []byte(i.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *Instant) UnmarshalText(src []byte) error {
	t, err := time.Parse(time.RFC3339, string(src))
	if err != nil {
		return fmt.Errorf("%q is no time such as 2026-11-24T06:00:00Z", src)
	}
	*i = At(t)
	return nil
}

// A Row is the canonical form of a record: every field in order, the first of
// them a text that no other kind of record begins with. Bytes and text stand
// behind their length, lists behind their count; lengths, counts and numbers are
// 8 bytes, most significant first. No two different records have one row.
type Row struct{ out []byte }

// Begin starts a row with its tag.
func Begin(tag string) *Row { return (&Row{}).Text(tag) }

// Number appends a number.
func (r *Row) Number(n uint64) *Row {
	r.out = binary.BigEndian.AppendUint64(r.out, n)
	return r
}

// Bytes appends bytes behind their length.
func (r *Row) Bytes(p []byte) *Row {
	r.Number(uint64(len(p)))
	r.out = append(r.out, p...)
	return r
}

// Text appends a text behind its length.
func (r *Row) Text(s string) *Row { return r.Bytes([]byte(s)) }

// Hash appends a hash; none is an empty row of bytes.
func (r *Row) Hash(h Hash) *Row {
	if h.IsZero() {
		return r.Bytes(nil)
	}
	return r.Bytes(h[:])
}

// Instant appends a time as a number.
func (r *Row) Instant(i Instant) *Row { return r.Number(uint64(i)) }

// Flag appends the number 0 or 1.
func (r *Row) Flag(b bool) *Row {
	if b {
		return r.Number(1)
	}
	return r.Number(0)
}

// Out returns the row.
func (r *Row) Out() []byte { return r.out }

// Sum returns the SHA-256 of the row.
func (r *Row) Sum() Hash { return sha256.Sum256(r.out) }

// A Parser takes a row apart. The first field that is not there or too long
// stops it; Err then says what was wrong, and every later field is empty. It
// never allocates more than the row has bytes.
type Parser struct {
	rest []byte
	err  error
}

// Parse begins to take a row apart.
func Parse(row []byte) *Parser { return &Parser{rest: row} }

func (p *Parser) fail(what string) {
	if p.err == nil {
		p.err = errors.New(what)
	}
	p.rest = nil
}

// Number reads a number.
func (p *Parser) Number() uint64 {
	if len(p.rest) < 8 {
		p.fail("it is cut off")
		return 0
	}
	n := binary.BigEndian.Uint64(p.rest)
	p.rest = p.rest[8:]
	return n
}

// Bytes reads bytes behind their length; they are part of the row.
func (p *Parser) Bytes() []byte {
	n := p.Number()
	if p.err != nil {
		return nil
	}
	if n > uint64(len(p.rest)) {
		p.fail("a length is beyond its end")
		return nil
	}
	out := p.rest[:n:n]
	p.rest = p.rest[n:]
	return out
}

// Text reads a text of at most most characters.
func (p *Parser) Text(most int) string {
	b := p.Bytes()
	if !utf8.Valid(b) || utf8.RuneCount(b) > most {
		p.fail("a text is too long or not UTF-8")
		return ""
	}
	return string(b)
}

// Hash reads a hash or none.
func (p *Parser) Hash() Hash {
	b := p.Bytes()
	var h Hash
	switch {
	case len(b) == 0:
	case len(b) != len(h):
		p.fail("a hash has not 32 bytes")
	default:
		copy(h[:], b)
		if h.IsZero() {
			p.fail("a hash is all zeros")
		}
	}
	return h
}

// Instant reads a time.
func (p *Parser) Instant() Instant {
	i := Instant(p.Number())
	if !i.InRange() {
		p.fail("a time is outside the years 1970 to 9999")
	}
	return i
}

// Count reads the count of a list whose elements have at least size bytes each.
func (p *Parser) Count(size int) int {
	n := p.Number()
	if n > uint64(len(p.rest)/size) {
		p.fail("a list is longer than the rest")
		return 0
	}
	return int(n)
}

// End returns what was wrong, also bytes that are left over.
func (p *Parser) End() error {
	if p.err == nil && len(p.rest) > 0 {
		p.fail("there are bytes left over")
	}
	return p.err
}

// Parts returns rows one behind the other, each behind its length.
func Parts(rows ...[]byte) []byte {
	r := &Row{}
	for _, row := range rows {
		r.Bytes(row)
	}
	return r.out
}
