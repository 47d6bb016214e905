package archtest

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
)

// filled returns a plan in which every field holds something, so that a writer
// leaves out nothing that it can write. Lists hold two things.
func filled(t *testing.T) *outrider.Plan {
	t.Helper()
	var p outrider.Plan
	fill(t, reflect.ValueOf(&p).Elem())
	return &p
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.String:
		v.SetString("secured")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(2)
	default:
		t.Fatalf("a plan holds a %v: say here how to fill it", v.Type())
	}
}

// TestExportsMatchRegister compares the names that each export holds with its
// record in docs/data.yaml. The texts of an export are those of the plan, whose
// forms the register states there.
func TestExportsMatchRegister(t *testing.T) {
	r := readRegister(t)
	for name, export := range map[string]struct {
		write func(io.Writer, *outrider.Plan) error
		names func(*testing.T, []byte) []string
	}{
		"plan.geojson": {exchange.WriteGeoJSON, jsonNames},
		"plan.gpx":     {exchange.WriteGPX, xmlNames},
		"plan.kml":     {exchange.WriteKML, kmlNames},
		"plan.csv":     {exchange.WriteCSV, csvNames},
		"plan.ics":     {func(w io.Writer, p *outrider.Plan) error { return exchange.WriteICal(w, p, time.Hour) }, icalNames},
		"plan.zip":     {exchange.WriteTAK, takNames},
	} {
		var b bytes.Buffer
		if err := export.write(&b, filled(t)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range r.compareNames(name, "names", export.names(t, b.Bytes())) {
			t.Error(f)
		}
	}
}

// jsonNames returns all keys of a JSON document, however deep.
func jsonNames(t *testing.T, src []byte) []string {
	t.Helper()
	var root any
	if err := json.Unmarshal(src, &root); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				visit(item)
			}
		case map[string]any:
			for key, item := range v {
				names[key] = true
				visit(item)
			}
		}
	}
	visit(root)
	return slices.Sorted(maps.Keys(names))
}

// xmlNames returns the names of all elements that hold text and of all
// attributes; those of the outermost element say what the format is and not what
// the plan is.
func xmlNames(t *testing.T, src []byte) []string {
	t.Helper()
	names := map[string]bool{}
	var path []string
	for d := xml.NewDecoder(bytes.NewReader(src)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return slices.Sorted(maps.Keys(names))
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if len(path) > 0 {
					names["@"+a.Name.Local] = true
				}
			}
			path = append(path, token.Name.Local)
		case xml.CharData:
			if len(path) > 0 && len(bytes.TrimSpace(token)) > 0 {
				names[path[len(path)-1]] = true
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// kmlNames returns the names of the data that KML carries besides names,
// descriptions, coordinates and styles.
func kmlNames(t *testing.T, src []byte) []string {
	t.Helper()
	names := map[string]bool{}
	for d := xml.NewDecoder(bytes.NewReader(src)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return slices.Sorted(maps.Keys(names))
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "Data":
			for _, a := range start.Attr {
				names[a.Value] = true
			}
		case "name", "description", "when", "coordinates", "snippet", "address", "phoneNumber":
			names[start.Name.Local] = true
		}
	}
}

// csvNames returns the names of the columns.
func csvNames(t *testing.T, src []byte) []string {
	t.Helper()
	head, err := csv.NewReader(bytes.NewReader(src)).Read()
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// icalNames returns the names of the properties of a calendar.
func icalNames(t *testing.T, src []byte) []string {
	t.Helper()
	names := map[string]bool{}
	for line := range strings.Lines(string(src)) {
		if name, _, ok := strings.Cut(line, ":"); ok && name != "BEGIN" && name != "END" {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// takNames returns the names of what the events of a data package hold.
func takNames(t *testing.T, src []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, entry := range z.File {
		f, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		for _, name := range xmlNames(t, content) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
