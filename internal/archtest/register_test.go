package archtest

import (
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/outrider-project/outrider/internal/testdata"
)

// maxFreeText is the greatest length of any text whose form is not fixed.
const maxFreeText = 200

// subjects is the closed list of what a stored field may be about. It has no
// entry for members of the public, and gets none.
var subjects = []string{"member", "asset", "place", "movement", "system"}

// A register is docs/data.yaml.
type register struct {
	Stores []store `yaml:"stores"`
}

// A store is a file, a table or an export. Its subject, readers and retention
// hold for each of its fields that does not state its own.
type store struct {
	Name      string                      `yaml:"store"`
	Is        string                      `yaml:"is"`
	What      string                      `yaml:"what"`
	Subject   string                      `yaml:"subject"`
	Readers   string                      `yaml:"readers"`
	Retention string                      `yaml:"retention"`
	Records   map[string]map[string]field `yaml:"records"`
}

// A field is one stored value. A text has a Form or a greatest length.
type field struct {
	Purpose   string `yaml:"purpose"`
	Subject   string `yaml:"subject"`
	Readers   string `yaml:"readers"`
	Retention string `yaml:"retention"`
	Form      string `yaml:"form"`
	FreeText  int    `yaml:"free_text"`
}

func readRegister(t *testing.T) register {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "data.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseRegister(src)
	if err != nil {
		t.Fatalf("docs/data.yaml: %v", err)
	}
	return r
}

func parseRegister(src []byte) (register, error) {
	var r register
	err := yaml.UnmarshalWithOptions(src, &r, yaml.Strict(), yaml.DisallowUnknownField())
	return r, err
}

// complaints checks the register itself.
func (r register) complaints() []string {
	var found []string
	fail := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	seen := map[string]bool{}
	for _, s := range r.Stores {
		if seen[s.Name] || s.Name == "" {
			fail("store %q has no name or is there twice", s.Name)
		}
		seen[s.Name] = true
		if !slices.Contains([]string{"file", "table", "export", "api", "browser"}, s.Is) {
			fail("%s: is %q, which is no kind of store", s.Name, s.Is)
		}
		if s.What == "" || s.Readers == "" || s.Retention == "" {
			fail("%s: what, readers and retention must be stated", s.Name)
		}
		if len(s.Records) == 0 {
			fail("%s: no records", s.Name)
		}
		for record, fields := range s.Records {
			for name, f := range fields {
				at := s.Name + ": " + record + "." + name
				subject := f.Subject
				if subject == "" {
					subject = s.Subject
				}
				if !slices.Contains(subjects, subject) {
					fail("%s: subject %q is not one of %v", at, subject, subjects)
				}
				if f.Purpose == "" {
					fail("%s: no purpose", at)
				}
				switch {
				case f.FreeText < 0 || f.FreeText > maxFreeText:
					fail("%s: free text of %d characters, more than %d", at, f.FreeText, maxFreeText)
				case f.FreeText > 0 && subject == "member":
					fail("%s: free text about a person", at)
				case f.FreeText > 0 && f.Form != "":
					fail("%s: text is either free or has a form", at)
				}
			}
		}
	}
	return found
}

// compare checks that the records of a store are the struct types that are
// written, field by field, and follows fields to the structs of this module they
// hold. It returns the names of the records it met. A struct type is the record
// of the same name, or of the name that alias gives it.
func (r register) compare(storeName string, root reflect.Type, alias map[string]string) (met map[string]bool, found []string) {
	met = map[string]bool{}
	i := slices.IndexFunc(r.Stores, func(s store) bool { return s.Name == storeName })
	if i < 0 {
		return met, []string{fmt.Sprintf("store %s is not in docs/data.yaml", storeName)}
	}
	fail := func(format string, args ...any) { found = append(found, storeName+": "+fmt.Sprintf(format, args...)) }
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		if t = holds(t); t == nil {
			return
		}
		name := t.Name()
		if a := alias[name]; a != "" {
			name = a
		}
		if met[name] {
			return
		}
		met[name] = true
		listed, ok := r.Stores[i].Records[name]
		if !ok {
			fail("record %s (%v) is missing", name, t)
			return
		}
		written := map[string]bool{}
		for _, f := range writtenFields(t) {
			key := jsonName(f)
			written[key] = true
			entry, ok := listed[key]
			if !ok {
				fail("%s.%s (%v.%s) is missing", name, key, t, f.Name)
				continue
			}
			if isText(f.Type) && entry.Form == "" && entry.FreeText == 0 {
				fail("%s.%s is text: state its form, or free_text with the greatest length", name, key)
			}
			visit(f.Type)
		}
		for key := range listed {
			if !written[key] {
				fail("%s.%s is stale: %v has no such field", name, key, t)
			}
		}
	}
	visit(root)
	return met, found
}

// compareNames checks that a record has an entry for each of the names, and no
// other.
func (r register) compareNames(storeName, record string, names []string) []string {
	var found []string
	for _, s := range r.Stores {
		if s.Name != storeName {
			continue
		}
		listed := s.Records[record]
		for _, name := range names {
			if _, ok := listed[name]; !ok {
				found = append(found, fmt.Sprintf("%s: %s.%s is missing", storeName, record, name))
			}
		}
		for name := range listed {
			if !slices.Contains(names, name) {
				found = append(found, fmt.Sprintf("%s: %s.%s is stale: nothing writes it", storeName, record, name))
			}
		}
		return found
	}
	return []string{fmt.Sprintf("store %s is not in docs/data.yaml", storeName)}
}

// stale returns the records of a store that no comparison met.
func (r register) stale(storeName string, met map[string]bool) []string {
	var found []string
	for _, s := range r.Stores {
		if s.Name != storeName {
			continue
		}
		for name := range s.Records {
			if !met[name] {
				found = append(found, fmt.Sprintf("%s: record %s is stale: nothing writes it", storeName, name))
			}
		}
	}
	return found
}

// writtenFields returns the fields that encoding/json writes, those of embedded
// structs included.
func writtenFields(t reflect.Type) []reflect.StructField {
	var all []reflect.StructField
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		switch {
		case tag == "-":
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			all = append(all, writtenFields(f.Type)...)
		case f.IsExported():
			all = append(all, f)
		}
	}
	return all
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}

// holds returns the struct type of this module that a field's type leads to
// through pointers, slices, arrays and maps, or nil when it ends in a scalar.
func holds(t reflect.Type) reflect.Type {
	for {
		if t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return nil
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			if t.PkgPath() != module && !strings.HasPrefix(t.PkgPath(), module+"/") {
				return nil
			}
			return t
		default:
			return nil
		}
	}
}

// isText reports whether a field holds text or a list of texts. An any may hold
// text as well.
func isText(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	return t.Kind() == reflect.String || t.Kind() == reflect.Interface
}

func TestRegisterIsSound(t *testing.T) {
	r := readRegister(t)
	if len(r.Stores) < 3 {
		t.Errorf("%d stores in docs/data.yaml", len(r.Stores))
	}
	for _, c := range r.complaints() {
		t.Error(c)
	}
}

func TestRegisterRefuses(t *testing.T) {
	const head = "stores:\n- {store: s, is: file, what: w, subject: place, readers: r, retention: x, records: {R: {"
	for entry, want := range map[string]string{
		"a: {purpose: p, subject: bystander}":            "is not one of",
		"a: {purpose: p, subject: member, free_text: 9}": "about a person",
		"a: {purpose: p, free_text: 201}":                "more than 200",
		"a: {purpose: p, free_text: 20, form: date}":     "either free",
		"a: {form: date}":                                "no purpose",
	} {
		r, err := parseRegister([]byte(head + entry + "}}}\n"))
		if err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		if got := r.complaints(); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q, want one complaint with %q", entry, got, want)
		}
	}
	if _, err := parseRegister([]byte(head + "a: {purpose: p, pupose: q}}}}\n")); err == nil {
		t.Error("an unknown key was accepted")
	}
}

func TestRegisterIsComparedWithStructs(t *testing.T) {
	type part struct {
		Text string `json:"text"`
	}
	type whole struct {
		Known  int     `json:"known"`
		New    int     `json:"new,omitempty"`
		Note   *string `json:"note"`
		Parts  []part  `json:"parts"`
		Hidden int     `json:"-"`
	}
	r, err := parseRegister([]byte(`stores:
- store: s
  records:
    whole: {known: {purpose: p}, gone: {purpose: p}, note: {purpose: p}, parts: {purpose: p}}
    unused: {a: {purpose: p}}
`))
	if err != nil {
		t.Fatal(err)
	}
	// part is a type of this test, and so of this module.
	met, got := r.compare("s", reflect.TypeFor[whole](), nil)
	got = append(got, r.stale("s", met)...)
	got = append(got, r.compareNames("s", "unused", []string{"b"})...)
	want := []string{"whole.new", "whole.gone is stale", "whole.note is text", "record part", "record unused is stale", "unused.a is stale", "unused.b is missing"}
	if len(got) != len(want) {
		t.Errorf("%d findings, want %d: %q", len(got), len(want), got)
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, w) }) {
			t.Errorf("no finding with %q in %q", w, got)
		}
	}
}
