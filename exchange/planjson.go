package exchange

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/outrider-project/outrider"
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
// document of another schema version is refused.
func ReadPlan(name string, src []byte) (*outrider.Plan, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	bad := func(kind outrider.Kind, where, cause, remedy string, err error) error {
		return &outrider.Error{Kind: kind, Where: where, Cause: cause, Remedy: remedy, Err: err}
	}
	if err := json.Unmarshal(src, &head); err != nil {
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
	return p, nil
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

// filled returns a copy of the plan in which no list is nil.
func filled(p *outrider.Plan) *outrider.Plan {
	q := *p
	if q.Schema == "" {
		q.Schema = outrider.PlanSchema
	}
	q.Inputs.Attribution = attribution(p)
	fill(&q.Convoy.Vehicles)
	fill(&q.Areas)
	fill(&q.Warnings)
	q.Legs = append([]outrider.LegPlan{}, p.Legs...)
	for i := range q.Legs {
		leg := &q.Legs[i]
		fill(&leg.Shared)
		leg.Routes = append([]outrider.RoutePlan{}, leg.Routes...)
		for j := range leg.Routes {
			r := &leg.Routes[j]
			fill(&r.Parts)
			fill(&r.Hazards)
			fill(&r.March)
			fill(&r.Havens)
			fill(&r.Exposure)
			r.Steps = append([]outrider.Step{}, r.Steps...)
			for k := range r.Steps {
				fill(&r.Steps[k].Ways)
			}
		}
	}
	return &q
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}
