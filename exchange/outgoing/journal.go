// Package outgoing is the journal of exports: what left the house, in which
// format, in code words or in clear, at whose word. It only grows.
package outgoing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/callsign"
)

// Schema is the version of the journal; it changes when a field changes its
// meaning or goes away.
const Schema = "outrider.export/1"

// Limits of a journal.
const (
	maxJournal = 16 << 20 // bytes
	maxLine    = 4096     // bytes
	maxFile    = 200      // characters of a file's name
)

// Names is how an export calls things.
type Names string

// Ways to call things.
const (
	InCodeWords Names = "code words"
	InClear     Names = "clear"
)

// A Line is one export.
type Line struct {
	Schema string    `json:"schema"`
	Number int       `json:"number"` // from 1
	At     time.Time `json:"at"`     // UTC, whole seconds
	By     string    `json:"by"`     // call sign
	Names  Names     `json:"names"`
	Format string    `json:"format"` // small letters: gpx, kml, …
	File   string    `json:"file"`   // its name, without the folder
	// FileHash and PlanHash are the SHA-256, in hex, of the file written and of the
	// plan it was made from.
	FileHash string `json:"file_sha256"`
	PlanHash string `json:"plan_sha256"`
	Book     string `json:"book_seal,omitempty"` // of the book of code words; empty in clear
	Before   string `json:"before"`              // SHA-256 of the line before, hex; empty for the first
}

func ledger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "export", MaxBytes: maxJournal, MaxLine: maxLine}
}

// Load reads a journal; a file that does not exist is an empty one. Errors are
// *atomicfile.LedgerError.
func Load(path string) ([]Line, error) {
	src, err := ledger(path).Read()
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

// Parse reads a journal from bytes; path names it in errors. Every line must be
// as this program writes it and follow the one before it by its hash.
func Parse(path string, src []byte) ([]Line, error) {
	lines, _, err := parse(path, src)
	return lines, err
}

func parse(path string, src []byte) (lines []Line, before string, err error) {
	err = ledger(path).Parse(src, func(_ int, text []byte) error {
		var l Line
		if err := atomicfile.DecodeLine(text, &l); err != nil {
			return fmt.Errorf("this is no line of a journal of exports: %w", err)
		}
		if err := atomicfile.Pristine(text, &l); err != nil {
			return err
		}
		if l.Number != len(lines)+1 || l.Before != before {
			return errors.New("it does not follow the line before it: the journal was changed")
		}
		if err := l.fault(); err != nil {
			return err
		}
		lines = append(lines, l)
		sum := sha256.Sum256(text)
		before = hex.EncodeToString(sum[:])
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return lines, before, nil
}

func (l *Line) fault() error {
	_, offset := l.At.Zone()
	switch {
	case l.Schema != Schema:
		return fmt.Errorf("schema %.40q is not %q", l.Schema, Schema)
	case !callsign.Valid(l.By):
		return fmt.Errorf("%.40q is no call sign", l.By)
	case l.At.IsZero() || offset != 0 || l.At.Nanosecond() != 0:
		return errors.New("its time is not in UTC and whole seconds")
	case l.Names != InCodeWords && l.Names != InClear:
		return fmt.Errorf("%.40q is neither %q nor %q", string(l.Names), InCodeWords, InClear)
	case (l.Names == InCodeWords) != isHash(l.Book) || l.Names == InClear && l.Book != "":
		return errors.New("it does not name the book of code words, or names one in clear")
	case l.Format == "" || len(l.Format) > 20 || strings.Trim(l.Format, "abcdefghijklmnopqrstuvwxyz") != "":
		return fmt.Errorf("%.40q is no format", l.Format)
	case l.File == "" || utf8.RuneCountInString(l.File) > maxFile || !utf8.ValidString(l.File) || strings.ContainsFunc(l.File, func(r rune) bool { return r < ' ' || r == '/' || r == 0x7f }):
		return fmt.Errorf("%.40q is no name of a file", l.File)
	case !isHash(l.FileHash) || !isHash(l.PlanHash):
		return errors.New("it does not name file and plan by their SHA-256")
	}
	return nil
}

func isHash(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }

// Add puts a line at the end of the journal at path, which is made if it does not
// exist, and returns it with what Add fills in: schema, number, hash of the line
// before. Errors are *outrider.Error and *atomicfile.LedgerError.
func Add(path string, l Line) (Line, error) {
	err := ledger(path).Extend(0o600, func(now []byte) ([]byte, error) {
		lines, before, err := parse(path, now)
		if err != nil {
			return nil, err
		}
		l.Schema, l.Number, l.Before, l.At = Schema, len(lines)+1, before, l.At.UTC().Truncate(time.Second)
		if err := l.fault(); err != nil {
			return nil, &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: "the export cannot be noted: " + err.Error(), Remedy: "give a call sign such as PLANNER 1 and a plain name of a file", Err: err}
		}
		return atomicfile.EncodeLine(&l)
	})
	if err != nil {
		return Line{}, err
	}
	return l, nil
}
