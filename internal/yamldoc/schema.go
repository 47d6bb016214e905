package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// A Schema is a compiled JSON Schema (draft 2020-12 unless it says otherwise).
// It may be shared by any number of goroutines.
type Schema struct {
	compiled *jsonschema.Schema
	source   any // the schema itself, for the names and descriptions of keys
}

const schemaURL = "mem:///schema.json"

// Compile reads a JSON Schema. Formats such as "date" are asserted. Schemas are
// part of the program, so an error here is a defect of the program.
func Compile(schemaJSON []byte) (*Schema, error) {
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("read JSON Schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schemaURL, source); err != nil {
		return nil, fmt.Errorf("read JSON Schema: %w", err)
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("compile JSON Schema: %w", err)
	}
	return &Schema{compiled, source}, nil
}

// check reports everything in the document that the schema refuses.
func (s *Schema) check(d *Document) error {
	err := s.compiled.Validate(d.value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("%s: compare with the schema: %w", d.name, err)
	}
	return d.Errors(s.problems(d, invalid))
}

// problems flattens the tree of a validation error. Of several alternatives
// none of which fits, the one that got furthest is reported.
func (s *Schema) problems(d *Document, e *jsonschema.ValidationError) []Problem {
	if len(e.Causes) == 0 {
		return s.leaf(d, e)
	}
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return s.alternatives(d, e)
	}
	var all []Problem
	for _, cause := range e.Causes {
		all = append(all, s.problems(d, cause)...)
	}
	return all
}

func (s *Schema) alternatives(d *Document, e *jsonschema.ValidationError) []Problem {
	var best []Problem
	deepest := -1
	var wants []string
	for _, cause := range e.Causes {
		if want := wanted(cause); want != "" && !slices.Contains(wants, want) {
			wants = append(wants, want)
		}
		if typeMismatch(cause, e.InstanceLocation) {
			continue
		}
		if depth := depth(cause); depth > deepest {
			best, deepest = s.problems(d, cause), depth
		}
	}
	if best != nil {
		return best
	}
	return []Problem{d.Problem(pointer(e.InstanceLocation),
		"the value is of the wrong kind", s.withDescription("give "+strings.Join(wants, " or "), e.SchemaURL))}
}

// typeMismatch reports whether the alternative fails because the value at the
// place is of another type altogether.
func typeMismatch(e *jsonschema.ValidationError, at []string) bool {
	if _, ok := e.ErrorKind.(*kind.Type); ok {
		return len(e.InstanceLocation) == len(at)
	}
	for _, cause := range e.Causes {
		if typeMismatch(cause, at) {
			return true
		}
	}
	return false
}

func wanted(e *jsonschema.ValidationError) string {
	if k, ok := e.ErrorKind.(*kind.Type); ok {
		return typeNames(k.Want)
	}
	for _, cause := range e.Causes {
		if w := wanted(cause); w != "" {
			return w
		}
	}
	return ""
}

func depth(e *jsonschema.ValidationError) int {
	deepest := len(e.InstanceLocation)
	for _, cause := range e.Causes {
		deepest = max(deepest, depth(cause))
	}
	return deepest
}

// leaf says in plain words what one keyword of the schema refuses.
func (s *Schema) leaf(d *Document, e *jsonschema.ValidationError) []Problem {
	at := pointer(e.InstanceLocation)
	one := func(cause, remedy string) []Problem {
		return []Problem{d.Problem(at, cause, s.withDescription(remedy, e.SchemaURL))}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return s.unknownKeys(d, at, k.Properties, e.SchemaURL)
	case *kind.Required:
		all := make([]Problem, 0, len(k.Missing))
		for _, key := range k.Missing {
			all = append(all, d.Problem(at, fmt.Sprintf("the key %q is missing", key),
				s.withDescription("add "+key+": …", e.SchemaURL+"/properties/"+escape(key))))
		}
		return all
	case *kind.DependentRequired:
		return one(fmt.Sprintf("with %q there must also be %s", k.Prop, quoted(k.Missing)), "add "+quoted(k.Missing)+" or remove "+k.Prop)
	case *kind.Type:
		return one(fmt.Sprintf("is %s, and must be %s", typeName(k.Got), typeNames(k.Want)), "write "+typeNames(k.Want))
	case *kind.Enum:
		return s.notListed(d, at, k, e.SchemaURL)
	case *kind.Const:
		return one(fmt.Sprintf("is %v, and must be %v", short(k.Got), k.Want), fmt.Sprintf("write %v", k.Want))
	case *kind.Minimum:
		return one(fmt.Sprintf("%s is less than %s", number(k.Got), number(k.Want)), "use "+number(k.Want)+" or more")
	case *kind.Maximum:
		return one(fmt.Sprintf("%s is more than %s", number(k.Got), number(k.Want)), "use "+number(k.Want)+" or less")
	case *kind.ExclusiveMinimum:
		return one(fmt.Sprintf("%s is not above %s", number(k.Got), number(k.Want)), "use more than "+number(k.Want))
	case *kind.ExclusiveMaximum:
		return one(fmt.Sprintf("%s is not below %s", number(k.Got), number(k.Want)), "use less than "+number(k.Want))
	case *kind.MultipleOf:
		return one(fmt.Sprintf("%s is not a multiple of %s", number(k.Got), number(k.Want)), "use a multiple of "+number(k.Want))
	case *kind.MinLength:
		return one(fmt.Sprintf("has %d characters, and needs at least %d", k.Got, k.Want), "write more")
	case *kind.MaxLength:
		return one(fmt.Sprintf("has %d characters, and may have at most %d", k.Got, k.Want), "shorten it")
	case *kind.MinItems:
		return one(fmt.Sprintf("has %d entries, and needs at least %d", k.Got, k.Want), "add what is missing")
	case *kind.MaxItems:
		return one(fmt.Sprintf("has %d entries, and may have at most %d", k.Got, k.Want), "remove some")
	case *kind.MinProperties:
		return one(fmt.Sprintf("has %d keys, and needs at least %d", k.Got, k.Want), "add what is missing")
	case *kind.MaxProperties:
		return one(fmt.Sprintf("has %d keys, and may have at most %d", k.Got, k.Want), "remove some")
	case *kind.UniqueItems:
		return one(fmt.Sprintf("entries %d and %d are the same", k.Duplicates[0]+1, k.Duplicates[1]+1), "remove one of them")
	case *kind.Pattern:
		return one(fmt.Sprintf("%q does not have the form asked for", short(k.Got)), "write it so that it matches "+k.Want)
	case *kind.Format:
		return one(fmt.Sprintf("%q is not a valid %s", short(k.Got), k.Want), "mend it")
	case *kind.OneOf:
		return one("fits several forms at once", "keep the keys of one form")
	case *kind.FalseSchema:
		return one("is not allowed here", "remove it")
	case *kind.Not:
		return one("has a form that is not allowed", "change it")
	}
	return one("does not fit: "+e.Error(), "compare it with the documented format")
}

func (s *Schema) unknownKeys(d *Document, at string, keys []string, schemaURL string) []Problem {
	known := s.keysAt(schemaURL)
	all := make([]Problem, 0, len(keys))
	for _, key := range keys {
		child := at + "/" + escape(key)
		p := d.Problem(child, fmt.Sprintf("the key %q is not known here", key), "")
		if pos, ok := d.keys[child]; ok {
			p.Line, p.Column = pos.Line, pos.Column
		}
		switch near := nearest(key, known); {
		case near != "":
			p.Remedy = fmt.Sprintf("did you mean %q?", near)
		case len(known) == 0:
			p.Remedy = "remove it; no keys may be set here"
		default:
			p.Remedy = "remove it; the keys here are " + strings.Join(known, ", ")
		}
		all = append(all, p)
	}
	return all
}

func (s *Schema) notListed(d *Document, at string, k *kind.Enum, schemaURL string) []Problem {
	words := make([]string, 0, len(k.Want))
	for _, w := range k.Want {
		words = append(words, fmt.Sprint(w))
	}
	remedy := "use one of " + strings.Join(words, ", ")
	if got, ok := k.Got.(string); ok {
		if near := nearest(got, words); near != "" {
			remedy = fmt.Sprintf("did you mean %q? Allowed are %s", near, strings.Join(words, ", "))
		}
	}
	return []Problem{d.Problem(at, fmt.Sprintf("%v is not one of the allowed values", short(k.Got)), s.withDescription(remedy, schemaURL))}
}

// at returns the part of the schema that a schema URL points to.
func (s *Schema) at(url string) map[string]any {
	_, fragment, _ := strings.Cut(url, "#")
	value := s.source
	for _, key := range split(fragment) {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	m, _ := value.(map[string]any) // a boolean schema has no keys
	return m
}

func (s *Schema) keysAt(url string) []string {
	properties, ok := s.at(url)["properties"].(map[string]any)
	if !ok {
		return nil
	}
	return slices.Sorted(maps.Keys(properties))
}

// withDescription adds what the schema says about the value to a remedy.
func (s *Schema) withDescription(remedy, url string) string {
	here := s.at(url)
	text, ok := here["description"].(string)
	if ref, isRef := here["$ref"].(string); !ok && isRef {
		text, ok = s.at(ref)["description"].(string)
	}
	if ok && text != "" {
		return remedy + " (" + strings.TrimSuffix(text, ".") + ")"
	}
	return remedy
}

// nearest returns the word that is a likely slip for got, "" if none is.
func nearest(got string, words []string) string {
	best, least := "", 1+max(1, len([]rune(got))/3)
	for _, w := range words {
		if n := edits(strings.ToLower(got), strings.ToLower(w)); n < least {
			best, least = w, n
		}
	}
	return best
}

// edits is the number of insertions, deletions, replacements and swaps of
// neighbours that make b of a (Damerau's distance in its restricted form).
func edits(a, b string) int {
	p, q := []rune(a), []rune(b)
	if len(p) > 64 || len(q) > 64 {
		return 64
	}
	before, row := make([]int, len(q)+1), make([]int, len(q)+1)
	for j := range row {
		row[j] = j
	}
	for i := range p {
		next := make([]int, len(q)+1)
		next[0] = i + 1
		for j := range q {
			cost := 1
			if p[i] == q[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && p[i] == q[j-1] && p[i-1] == q[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(q)]
}

func pointer(keys []string) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("/" + escape(key))
	}
	return b.String()
}

// typeName says a JSON type as a writer of YAML knows it.
func typeName(t string) string {
	switch t {
	case "object":
		return "a block of keys"
	case "array":
		return "a list"
	case "string":
		return "a text"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "boolean":
		return "true or false"
	case "null":
		return "nothing"
	}
	return t
}

func typeNames(types []string) string {
	names := make([]string, 0, len(types))
	for _, t := range types {
		names = append(names, typeName(t))
	}
	return strings.Join(names, " or ")
}

func quoted(words []string) string {
	all := make([]string, 0, len(words))
	for _, w := range words {
		all = append(all, strconv.Quote(w))
	}
	return strings.Join(all, ", ")
}

func number(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// short cuts a value that would swamp a message.
func short(v any) string {
	text := []rune(fmt.Sprint(v))
	if len(text) > 60 {
		return string(text[:59]) + "…"
	}
	return string(text)
}
