package exchange

import (
	"errors"
	"fmt"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/yamldoc"
)

// maxProblems bounds how many problems of one file are reported.
const maxProblems = 20

// Problems is what is wrong with a file: at least one error, each with file,
// line and column in Where, and with cause and remedy.
type Problems []*outrider.Error

// Error gives the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, e := range p {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems one by one.
func (p Problems) Unwrap() []error {
	list := make([]error, len(p))
	for i, e := range p {
		list[i] = e
	}
	return list
}

// bad notes a problem at the place that a JSON pointer names.
func (r *movementReader) bad(pointer, cause, remedy string, err error) {
	if len(r.problems) >= maxProblems {
		return
	}
	p := r.position(pointer)
	r.problems = append(r.problems, &outrider.Error{
		Kind: outrider.Invalid, Where: fmt.Sprintf("%s:%d:%d", r.name, p.Line, p.Column), Cause: cause, Remedy: remedy, Err: err,
	})
}

// position returns where the value at a JSON pointer stands.
func (r *movementReader) position(pointer string) outrider.Position {
	p, _ := r.doc.Position(pointer)
	return outrider.Position{Line: p.Line, Column: p.Column}
}

// problemsOf turns what a document's reader refuses into Problems.
func problemsOf(err error) error {
	var bad *yamldoc.Errors
	if !errors.As(err, &bad) {
		return err
	}
	var list Problems
	for _, item := range bad.Items {
		e := &outrider.Error{Kind: outrider.Invalid, Where: bad.Name, Cause: item.Cause, Remedy: item.Remedy}
		if item.Line > 0 {
			e.Where = fmt.Sprintf("%s:%d:%d", bad.Name, item.Line, item.Column)
		}
		if item.Path != "" {
			e.Cause = item.Path + ": " + e.Cause
		}
		list = append(list, e)
	}
	if bad.More > 0 {
		list = append(list, &outrider.Error{
			Kind: outrider.Invalid, Where: bad.Name,
			Cause: fmt.Sprintf("%d more problems are not listed", bad.More), Remedy: "mend these first",
		})
	}
	return list
}
