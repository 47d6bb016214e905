package network

import (
	"errors"
	"strings"
)

// The kinds of error of this package, for use with errors.Is.
var (
	// ErrNotAMap: the file is something else than a map file.
	ErrNotAMap = errors.New("not a map file")
	// ErrVersion: the file is a map of a format this program does not read.
	ErrVersion = errors.New("map of another format")
	// ErrCorrupt: the file is a map, but damaged or cut short.
	ErrCorrupt = errors.New("corrupt map file")
	// ErrOffNetwork: a place is too far from any carriageway that may be used.
	ErrOffNetwork = errors.New("place off the network")
	// ErrNotFound: no place, street or object has this name or id.
	ErrNotFound = errors.New("no such place")
	// ErrAmbiguous: several places have this name.
	ErrAmbiguous = errors.New("ambiguous place")
)

// An Error says where something is wrong, what, and what to do about it.
type Error struct {
	Kind   error  // one of the Err… values
	Place  string // file, or file and section, or the place asked for
	Cause  string
	Remedy string
}

// Error returns place, cause and remedy on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Place != "" {
		b.WriteString(e.Place + ": ")
	}
	b.WriteString(e.Cause)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
