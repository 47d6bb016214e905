package exchange

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

//go:embed plan.schema.json
var planSchema []byte

// PlanSchemaJSON returns the JSON Schema (draft 2020-12) of the plan document.
func PlanSchemaJSON() []byte { return bytes.Clone(planSchema) }

func id(kind string, i int) string { return kind + "-" + strconv.Itoa(i+1) }

// WriteJSON writes the plan document of docs/format/plan.md. Lists that are
// empty are written as [], never as null. The same plan gives the same bytes.
func WriteJSON(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // nobody puts the file into a page unescaped
	e.SetIndent("", " ")
	return e.Encode(filled(p))
}

// ReadPlan reads a plan document from a file of the given name. Fields that this
// program does not know are passed over, since a later program may add some; a
// document of another schema version is refused. Lists that are null or missing
// come back empty, and what has a usual value and says none has that.
func ReadPlan(name string, src []byte) (*outrider.Plan, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	bad := func(kind outrider.Kind, where, cause, remedy string, err error) error {
		return &outrider.Error{Kind: kind, Where: where, Cause: cause, Remedy: remedy, Err: err}
	}
	if err := json.Unmarshal(src, &head); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, bad(outrider.Invalid, name+place(src, err), "the document does not name its schema", "give a plan.json that this program wrote", err)
		}
		return nil, bad(outrider.Unreadable, name+place(src, err), "not a JSON document: "+err.Error(), "give a plan.json that this program wrote", err)
	}
	if head.Schema != outrider.PlanSchema {
		return nil, bad(outrider.Invalid, name, fmt.Sprintf("schema %q is not %q", head.Schema, outrider.PlanSchema), "make the plan again with this program", nil)
	}
	p := new(outrider.Plan)
	if err := json.Unmarshal(src, p); err != nil {
		return nil, bad(outrider.Invalid, name+place(src, err), err.Error(), "make the plan again", err)
	}
	if err := check(p); err != nil {
		if e, ok := errors.AsType[*outrider.Error](err); ok {
			e.Where = name + ": " + e.Where
		}
		return nil, err
	}
	return filled(p), nil
}

// place returns ":line:column" of a JSON error, or nothing.
func place(src []byte, err error) string {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 1 || offset > int64(len(src)) {
		return ""
	}
	before := src[:offset-1] // the offset is behind the byte that is wrong
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf(":%d:%d", line, column)
}

// filled returns a copy of the plan in which no list is nil and nothing that
// has a usual value is left to be guessed.
func filled(p *outrider.Plan) *outrider.Plan {
	q, _ := reflect.TypeAssert[outrider.Plan](withLists(reflect.ValueOf(*p)))
	if q.Schema == "" {
		q.Schema = outrider.PlanSchema
	}
	q.Inputs.Attribution = plain.Text(p.Inputs.Credit())
	if q.Print.Positions == "" {
		q.Print.Positions = outrider.Degrees
	}
	if q.Print.Distances == "" {
		q.Print.Distances = outrider.Kilometres
	}
	for i := range q.Legs {
		if leg := &q.Legs[i]; leg.Mode == "" {
			leg.Mode = outrider.ByRoad
		}
		if leg := &q.Legs[i]; leg.Timed == "" {
			leg.Timed = outrider.TimedForwards
		}
	}
	return &q
}

// withLists returns a copy of a value in which every list, however deep, is
// there: empty instead of nil. What holds no lists is shared with the original.
func withLists(v reflect.Value) reflect.Value {
	if !holdsLists(v.Type()) {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(withLists(v.Elem()))
		}
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		if !holdsLists(v.Type().Elem()) {
			reflect.Copy(out, v)
			break
		}
		for i := range v.Len() {
			out.Index(i).Set(withLists(v.Index(i)))
		}
	default: // a struct
		for i := range v.NumField() {
			out.Field(i).Set(withLists(v.Field(i)))
		}
	}
	return out
}

// holdsLists reports whether a value of a type may lead to a list.
func holdsLists(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice {
		return true
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return false
	}
	for f := range t.Fields() {
		if holdsLists(f.Type) {
			return true
		}
	}
	return false
}
