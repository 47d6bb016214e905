package outrider

import "errors"

// Kind is the kind of an error, from which the edges make exit codes and
// statuses.
type Kind uint8

// Kinds of error.
const (
	Internal    Kind = iota // a defect of the program
	Usage                   // wrong command line
	Invalid                 // an input file that does not say what it must
	Unreadable              // a file that cannot be read, is cut off or damaged
	WrongMap                // a map file of another version, or another map than was named
	OffNetwork              // a place too far from any usable road
	NoRoute                 // no way from here to there under the constraints
	Unsurveyed              // something expected on record is missing
	Interrupted             // stopped by the user
	Stale                   // what was approved is no longer what would be driven
	Refused                 // a step that the rules of approval do not allow
	Differs                 // two plans differ, where sameness was asked for
	Infeasible              // no mix of routes satisfies the constraints
	Refuted                 // an answer claims what does not hold
	NotProven               // an answer claims more than it proves
)

// An Error says where something is wrong, what is wrong, and what to do.
type Error struct {
	Kind   Kind
	Where  string // file:line:column, leg, place; may be empty
	Cause  string
	Remedy string
	Err    error // the cause below, if any
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

// Unwrap returns the error below.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err, Internal if it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
