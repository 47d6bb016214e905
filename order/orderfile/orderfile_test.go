package orderfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/order/orderfile"
)

func newYork(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func example(tb testing.TB) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(tb), "examples", "day-order.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func TestExample(t *testing.T) {
	o, err := orderfile.Read("day-order.yaml", example(t), newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	if o.ID != "KESTREL 7" || o.Version != 1 || o.Command.Commander != "SIERRA 1" || len(o.Crews) != 10 || len(o.Communications.Nets) != 4 {
		t.Errorf("read as %+v", o)
	}
	if want := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC); o.Acknowledgement.By == nil || !o.Acknowledgement.By.At.Equal(want) {
		t.Errorf("acknowledge by %v, want %v", o.Acknowledgement.By, want)
	}
	if p := o.Posts[0]; p.Place == nil || p.Place.Lat != 39.4513 || p.Place.Lon != -75.7172 || !p.To.At.After(p.From.At) {
		t.Errorf("post %+v", p)
	}
	if !o.Communications.Duress.On(orderfile.DriverCard) || o.Communications.Duress.On(orderfile.DashCard) {
		t.Error("the reference to the duress word is not on driver's cards, or is on dash cards")
	}
}

// Each of these is refused with its line, and by a message that names the cause.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ name, src, at, cause string }{
		{"no name", "version: 2", "", "order"},
		{"unknown key", "order: A 1\nremarks: none", ":2:", "remarks"},
		{"a person's name", "order: A 1\ncommand: {commander: John Smith}", ":2:", "commander"},
		{"a name in capitals", "order: A 1\ncommand: {commander: SMITH}", ":2:", "commander"},
		{"two places for one", "order: A 1\ncrews:\n  - {call_sign: S 1, vehicle: LEAD 1, duty: driver}\n  - {call_sign: S1, vehicle: LEAD 2, duty: driver}", ":4:", "already"},
		{"crew and post", "order: A 1\ncrews:\n  - {call_sign: S 1, vehicle: LEAD 1, duty: driver}\nposts:\n  - {name: Gate, call_signs: [S 1]}", ":5:", "already"},
		{"two drivers", "order: A 1\ncrews:\n  - {call_sign: S 1, vehicle: LEAD 1, duty: driver}\n  - {call_sign: S 2, vehicle: LEAD 1, duty: driver}", ":4:", "driver already"},
		{"duty of its own", "order: A 1\ncrews:\n  - {call_sign: S 1, vehicle: LEAD 1, duty: sniper}", ":3:", "duty"},
		{"off the globe", "order: A 1\nposts:\n  - {name: Gate, at: \"91.0,10.0\", call_signs: [T 1]}", ":3:", "globe"},
		{"number of two points", "order: A 1\nposts:\n  - {name: Gate, at: \"1.2.3,10.0\", call_signs: [T 1]}", ":3:", "globe"},
		{"post twice", "order: A 1\nposts:\n  - {name: Gate, call_signs: [T 1]}\n  - {name: Gate, call_signs: [T 2]}", ":4:", "already"},
		{"ends before it begins", "order: A 1\nposts:\n  - {name: Gate, call_signs: [T 1], from: 2026-11-24T09:00, to: 2026-11-24T08:00}", ":3:", "before it begins"},
		{"no time", "order: A 1\nissued: tomorrow", ":2:", "not a time"},
		{"time that the clocks skip", "order: A 1\nissued: 2026-03-08T02:30", ":2:", "does not exist"},
		{"time that comes twice", "order: A 1\nissued: 2026-11-01T01:30", ":2:", "twice"},
		{"open reference", "order: A 1\nmission: Go to {{place:Gate", ":2:", "not closed"},
		{"reference to nothing", "order: A 1\nmission: \"Go to {{place: }}\"", ":2:", "no reference"},
		{"reference of no kind", "order: A 1\nmission: Go to {{person:X}}", ":2:", "no reference"},
		{"closed and not opened", "order: A 1\nmission: Go to Gate}}", ":2:", "not opened"},
		{"long text", "order: A 1\nmission: " + strings.Repeat("x", 201), ":2:", "200"},
		{"duress word itself", "order: A 1\ncommunications: {duress: {word: BANANA}}", ":2:", "word"},
		{"direction of writing", "order: A 1\nmission: \"left \\u202e right\"", ":2:", "control character"},
		{"frequency without unit", "order: A 1\ncommunications: {nets: [{name: N, level: primary, means: VHF, frequency: \"155.25\"}]}", ":2:", "frequency"},
		{"level of its own", "order: A 1\ncommunications: {nets: [{name: N, level: first, means: VHF}]}", ":2:", "level"},
	} {
		_, err := orderfile.Read("o.yaml", []byte(test.src), newYork(t))
		if _, ok := errors.AsType[*yamldoc.Errors](err); !ok {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if s := err.Error(); !strings.Contains(s, test.at) || !strings.Contains(s, test.cause) {
			t.Errorf("%s: %q does not say %q and %q", test.name, s, test.at, test.cause)
		}
	}
}

func TestLeastOrder(t *testing.T) {
	o, err := orderfile.Read("o.yaml", []byte("order: A 1\n"), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if o.Version != 1 || o.Communications.Duress.On(orderfile.DriverCard) {
		t.Errorf("%+v", o)
	}
}

type shouting struct{}

func (shouting) Call(kind outrider.Thing, name string) string {
	return strings.ToUpper(string(kind) + " " + name)
}
func (shouting) Clear() bool { return false }

func TestRendered(t *testing.T) {
	for src, want := range map[string]string{
		"":                              "",
		"no reference {at all}":         "no reference {at all}",
		"to {{place:North gate}} by":    "to PLACE NORTH GATE by",
		"{{ road : B 7 }}{{leg:Home}}":  "ROAD B 7LEG HOME",
		"{{place:a:b}}":                 "PLACE A:B",
		"{{person:X}} stays as it is":   "{{person:X}} stays as it is",
		"{{place:{{area:X}}}} is inner": "{{place:AREA X}} is inner",
	} {
		if got := orderfile.Rendered(src, shouting{}); got != want {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

// codes are the fields of an order whose form is fixed, so that they are no texts
// that a name could stand in.
var codes = map[string]bool{
	"Format": true, "ID": true, "Issuer": true, "Unit": true, "Commander": true, "Succession": true, "Control": true, "Telephone": true,
	"CallSign": true, "CallSigns": true, "Vehicle": true, "Duty": true, "At": true, "Level": true, "Frequency": true, "Cards": true,
	"Medic": true, "Who": true, "To": true, "From": true, "Text": true,
}

// Every text of an order that people write freely is visited, so that nothing can
// pass by what hides names. Each is filled with its own field's name.
func TestEachTextVisitsAll(t *testing.T) {
	o := new(orderfile.Order)
	want := map[string]bool{}
	var fill func(v reflect.Value, path, field string)
	fill = func(v reflect.Value, path, field string) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(path)
			if !codes[field] || path == ".Notification.To" {
				want[path] = true
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[outrider.LatLon]() {
				return
			}
			for i := range v.NumField() {
				fill(v.Field(i), path+"."+v.Type().Field(i).Name, v.Type().Field(i).Name)
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range 2 {
				fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i), field)
			}
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), path, field)
		default:
		}
	}
	fill(reflect.ValueOf(o).Elem(), "", "")
	o.EachText(func(at string, s *string) {
		if !want[*s] {
			t.Errorf("%s: %q is visited twice, or is no text", at, *s)
		}
		delete(want, *s)
	})
	for path := range want {
		t.Errorf("%s is not visited", path)
	}
}

// Whatever bytes there are, they are an order of plain texts or refused.
func FuzzRead(f *testing.F) {
	f.Add(example(f))
	f.Add([]byte("order: A 1\nposts: [{name: G, at: \"1,1\", call_signs: [T 1]}]\nissued: 241130ZNOV26\n"))
	f.Add([]byte("order: A 1\nmission: \"{{place:x}} {{\"\n"))
	zone := newYork(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		o, err := orderfile.Read("o.yaml", src, zone)
		if err != nil {
			if o != nil {
				t.Fatal("an order and an error")
			}
			return
		}
		o.EachText(func(at string, s *string) {
			if *s != plain.Text(*s) || orderfile.CheckReferences(*s) != nil || len([]rune(*s)) > 200 {
				t.Errorf("%s: %q passed", at, *s)
			}
		})
	})
}
