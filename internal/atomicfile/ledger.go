package atomicfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"
)

// A Ledger is a file of records, one a line in JSON, that only grows: lines are
// added and never changed.
type Ledger struct {
	Path     string
	Entry    string // what a line holds, such as "finding", for messages
	MaxBytes int64  // of the file
	MaxLine  int    // bytes of a line
}

// A LedgerError says where a ledger cannot be read, or why nothing was added.
type LedgerError struct {
	Path   string
	Line   int // from 1; 0 for the whole file
	Cause  string
	Remedy string
	Err    error // what the file system refused, if it was that
}

// Unwrap returns what the file system refused; nil if the content is at fault.
func (e *LedgerError) Unwrap() error { return e.Err }

// Error gives place, cause and remedy in one line.
func (e *LedgerError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s; %s", e.Path, e.Line, e.Cause, e.Remedy)
	}
	return fmt.Sprintf("%s: %s; %s", e.Path, e.Cause, e.Remedy)
}

// Read returns what is in the file: nothing if it does not exist. Errors are
// *LedgerError.
func (l Ledger) Read() ([]byte, error) {
	f, err := os.Open(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, l.unreadable(err)
	}
	defer f.Close() //nolint:errcheck // opened for reading
	src, err := io.ReadAll(io.LimitReader(f, l.MaxBytes+1))
	if err != nil {
		return nil, l.unreadable(err)
	}
	return src, nil
}

func (l Ledger) unreadable(err error) error {
	return &LedgerError{Path: l.Path, Cause: err.Error(), Remedy: "see that the file can be read", Err: err}
}

// Parse calls entry for each line of what was read; an error of entry is the
// cause that the line is refused. Errors are *LedgerError.
func (l Ledger) Parse(src []byte, entry func(n int, line []byte) error) error {
	if int64(len(src)) > l.MaxBytes {
		return &LedgerError{Path: l.Path, Cause: fmt.Sprintf("the journal has more than %d bytes", l.MaxBytes), Remedy: "begin a new one"}
	}
	for n := 1; len(src) > 0; n++ {
		line, rest, ended := bytes.Cut(src, []byte{'\n'})
		var err error
		switch {
		case !ended:
			err = errors.New("the last line has no end: the file is cut off")
		case len(line) > l.MaxLine:
			err = fmt.Errorf("the line has %d bytes, more than %d", len(line), l.MaxLine)
		case !utf8.Valid(line):
			err = errors.New("the line is not valid UTF-8")
		default:
			err = entry(n, line)
		}
		if err != nil {
			return &LedgerError{
				Path: l.Path, Line: n, Cause: err.Error(),
				Remedy: fmt.Sprintf("restore the file from a copy, or move it away and begin a new one; %ss are never edited by hand", l.Entry),
			}
		}
		src = rest
	}
	return nil
}

// A Kind says what the entries of a ledger are that stand under the id of their
// content.
type Kind[T any] struct {
	Fault func(*T) error   // what is wrong with an entry apart from its id; nil if nothing is
	ID    func(*T) *string // where the id stands
	SetID func(*T)         // puts the id of the content there
}

// Entries reads a ledger of entries of one kind, each as the program wrote it,
// under the id of its content, and there once. Errors are *LedgerError.
func Entries[T any](l Ledger, src []byte, kind Kind[T]) ([]T, error) {
	var all []T
	seen := make(map[string]int)
	err := l.Parse(src, func(n int, line []byte) error {
		var e T
		if err := DecodeLine(line, &e); err != nil {
			return fmt.Errorf("this is no %s: %w", l.Entry, err)
		}
		if err := kind.Fault(&e); err != nil {
			return err
		}
		if err := Pristine(line, &e); err != nil {
			return err
		}
		id := *kind.ID(&e)
		if kind.SetID(&e); *kind.ID(&e) != id {
			return errors.New("the id does not belong to the content: the line was changed")
		}
		if first, twice := seen[id]; twice {
			return fmt.Errorf("%s %s is there twice, first on line %d", l.Entry, id, first)
		}
		seen[id] = n
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Extend adds to the file, all or nothing: a process killed meanwhile leaves it
// as it was. Other processes that add at the same time are waited for. more is
// given what the file holds then and returns the lines to be added; if there are
// none, nothing is written. Errors of the file are *LedgerError, those of more
// are returned as they are.
func (l Ledger) Extend(perm fs.FileMode, more func(now []byte) ([]byte, error)) (err error) {
	unlock, err := Lock(l.Path)
	if err != nil {
		e := &LedgerError{Path: l.Path, Cause: err.Error(), Remedy: "see that the folder is there and can be written to, on a file system that supports locks", Err: err}
		if errors.Is(err, fs.ErrExist) {
			e.Cause = fmt.Sprintf("another process is adding %ss", l.Entry)
			e.Remedy = "try again when it has ended; if there is none, delete " + l.Path + ".lock"
		}
		return e
	}
	defer func() { err = errors.Join(err, unlock()) }()
	now, err := l.Read()
	if err != nil {
		return err
	}
	lines, err := more(now)
	if err != nil || len(lines) == 0 {
		return err
	}
	if int64(len(now))+int64(len(lines)) > l.MaxBytes {
		return &LedgerError{Path: l.Path, Cause: fmt.Sprintf("the journal would have more than %d bytes", l.MaxBytes), Remedy: "begin a new one; nothing was added"}
	}
	err = Write(l.Path, perm, func(w io.Writer) error {
		if _, err := w.Write(now); err != nil {
			return err
		}
		_, err := w.Write(lines)
		return err
	})
	if err != nil {
		return &LedgerError{Path: l.Path, Cause: err.Error(), Remedy: "see that the folder is there and can be written to; nothing was added", Err: err}
	}
	return nil
}

// EncodeLine writes a record as a line of a ledger, with its end.
func EncodeLine(record any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(record); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// DecodeLine reads a record from a line without its end. Fields that the record
// does not have are refused. Whether the line is as EncodeLine writes it is for
// Pristine to say.
func DecodeLine(line []byte, record any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	return dec.Decode(record)
}

// Pristine returns an error unless the line is what EncodeLine writes for the
// record, to the byte.
func Pristine(line []byte, record any) error {
	canonical, err := EncodeLine(record)
	if err != nil {
		return err
	}
	if !bytes.Equal(bytes.TrimSuffix(canonical, []byte{'\n'}), line) {
		return errors.New("the line is not as it was written")
	}
	return nil
}
