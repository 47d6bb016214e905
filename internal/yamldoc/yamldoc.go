// Package yamldoc reads YAML documents strictly: against a JSON Schema, with
// every problem named by line, column, key, cause and remedy. It takes the
// part of YAML that a person writes by hand and refuses the rest: anchors and
// aliases, tags, merge keys, several documents, tabs as indentation.
package yamldoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Limits of a document. Larger ones are refused before they are parsed.
const (
	MaxBytes    = 1 << 20 // size of a document
	MaxDepth    = 32      // maps and lists within one another
	MaxMarks    = 20_000  // line ends, marks and brackets: the parser needs some 600 bytes for each
	MaxKeys     = 1000    // keys below one another: the parser is quadratic in them
	MaxProblems = 20      // problems reported at once
)

// A Position is a place in a document: line and column, counted from 1.
type Position struct {
	Line, Column int
}

// A Problem is one thing wrong with a document.
type Problem struct {
	Line, Column int    // from 1; 0 where no place can be named
	Path         string // the keys that lead there, such as "legs[0].from"; empty for the whole document
	Cause        string // what is wrong
	Remedy       string // what to do
}

// Errors is what is wrong with a document, in the order of its lines.
type Errors struct {
	Name  string    // of the document, usually its file name
	Items []Problem // at least one, at most MaxProblems
	More  int       // problems found and not listed
}

// Error lists the problems, one a line, each as name:line:column: key: cause; remedy.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, p := range e.Items {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Name)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
		if p.Path != "" {
			b.WriteString(p.Path)
			b.WriteString(": ")
		}
		b.WriteString(p.Cause)
		if p.Remedy != "" {
			b.WriteString("; ")
			b.WriteString(p.Remedy)
		}
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n%s: %d more problems are not listed; mend these first", e.Name, e.More)
	}
	return b.String()
}

// A Document is a parsed document with the place of every key and value.
type Document struct {
	name   string
	value  any                 // nil, bool, int64, uint64, float64, string, []any or map[string]any
	values map[string]Position // by JSON pointer
	keys   map[string]Position // by JSON pointer of the value the key leads to
}

// Decode parses src, checks it against the schema and stores it in into, which
// is a pointer to a value with json tags. Everything wrong with the document
// comes back as one *Errors.
func Decode(name string, src []byte, schema *Schema, into any) error {
	doc, err := Parse(name, src)
	if err != nil {
		return err
	}
	return doc.Decode(schema, into)
}

// Decode checks the document against the schema and stores it in into, which
// is a pointer to a value with json tags. What the schema refuses comes back
// as *Errors.
func (d *Document) Decode(schema *Schema, into any) error {
	if err := schema.check(d); err != nil {
		return err
	}
	text, err := json.Marshal(d.value)
	if err != nil {
		return fmt.Errorf("%s: put into JSON: %w", d.name, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return d.mismatch(err)
	}
	return nil
}

// mismatch reports a value that the schema lets pass and the Go value cannot
// hold, such as a whole number beyond 64 bits.
func (d *Document) mismatch(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		return d.Fail(pointer(strings.Split(typ.Field, ".")), fmt.Sprintf("the value (%s) does not fit", typ.Value), "use a value within the documented range")
	}
	return d.Fail("", "the document does not fit: "+err.Error(), "compare it with the documented format")
}

// Position returns the place of the value at a JSON pointer such as
// "/legs/0/from", or, where there is none, of the nearest enclosing value that
// is in the document. ok is false if the pointer itself is not there.
func (d *Document) Position(pointer string) (pos Position, ok bool) {
	if p, found := d.values[pointer]; found {
		return p, true
	}
	for pointer != "" {
		pointer = pointer[:max(strings.LastIndexByte(pointer, '/'), 0)]
		if p, found := d.values[pointer]; found {
			return p, false
		}
	}
	return Position{1, 1}, false
}

// Problem makes a Problem at a JSON pointer, for what only the meaning of a
// document shows to be wrong.
func (d *Document) Problem(pointer, cause, remedy string) Problem {
	pos, _ := d.Position(pointer)
	return Problem{Line: pos.Line, Column: pos.Column, Path: path(pointer), Cause: cause, Remedy: remedy}
}

// Fail makes an error of one problem at a JSON pointer.
func (d *Document) Fail(pointer, cause, remedy string) error {
	return d.Errors([]Problem{d.Problem(pointer, cause, remedy)})
}

// Errors makes one error of problems, nil if there are none.
func (d *Document) Errors(problems []Problem) error { return collect(d.name, problems) }

// path writes a JSON pointer the way a person reads it: legs[0].from.
func path(pointer string) string {
	var b strings.Builder
	for _, key := range split(pointer) {
		switch {
		case isIndex(key):
			b.WriteString("[" + key + "]")
		case b.Len() > 0:
			b.WriteString("." + key)
		default:
			b.WriteString(key)
		}
	}
	return b.String()
}

func isIndex(key string) bool {
	return key != "" && strings.Trim(key, "0123456789") == ""
}

// split returns the keys of a JSON pointer (RFC 6901).
func split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	keys := strings.Split(pointer[1:], "/")
	for i, key := range keys {
		keys[i] = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	}
	return keys
}

func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}
