package exchange

import (
	"reflect"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
)

// Every text of a plan has a treatment: a field that is added has to be thought
// about before it can leave the house in code words. Without one it is left out.
func TestEveryTextHasATreatment(t *testing.T) {
	met := map[string]bool{}
	seen := map[reflect.Type]bool{}
	var visit func(typ reflect.Type, field string)
	visit = func(typ reflect.Type, field string) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			visit(typ.Elem(), field)
		case reflect.String:
			met[field] = true
			if _, ok := treatments[field]; !ok {
				t.Errorf("%s has no treatment: say in named.go what becomes of it", field)
			}
		case reflect.Struct:
			if typ == reflect.TypeFor[time.Time]() || seen[typ] {
				return
			}
			seen[typ] = true
			for f := range typ.Fields() {
				visit(f.Type, typ.Name()+"."+f.Name)
			}
		case reflect.Map, reflect.Interface, reflect.Array:
			t.Errorf("%s is a %v, which named.go does not copy", field, typ.Kind())
		default:
		}
	}
	visit(reflect.TypeFor[outrider.Plan](), "")
	for field := range treatments {
		if !met[field] {
			t.Errorf("%s is no text of a plan", field)
		}
	}
}

func TestFiguresOnly(t *testing.T) {
	n := namer{outrider.ClearNames{}}
	for s, want := range map[string]string{
		"height limit 4.1 m": "height limit 4.1 m", "grade 12 %": "grade 12 %", "weight limit 7.5 t": "weight limit 7.5 t",
		"height limit 4.1 m at Smith's": "", "smith bridge 4 m": "", "full barrier": "", "radius 20 m\n": "", "": "",
	} {
		if got := n.text(s, figures); got != want {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestThinnedStaysWithinTolerance(t *testing.T) {
	var line []outrider.LatLon
	for n := range 500 {
		line = append(line, outrider.LatLon{Lat: 50 + float64(n*n%37)*1e-5, Lon: 179.99 + float64(n)*1e-4})
		if line[n].Lon > 180 {
			line[n].Lon -= 360
		}
	}
	for _, tolerance := range []float64{1, 5, 20} {
		kept := thinned(line, tolerance, func(n int) bool { return n == 333 })
		k, must := 0, false
		for n := range line {
			if n > kept[k+1] {
				k++
			}
			must = must || kept[k] == 333
			if d := offChord(line[kept[k]], line[kept[k+1]], line[n]); d > tolerance*1.01 {
				t.Fatalf("point %d is %.1f m off with %g m allowed", n, d, tolerance)
			}
		}
		if kept[0] != 0 || kept[len(kept)-1] != 499 || !must {
			t.Errorf("ends or a point that must stay were left out: %v", kept)
		}
	}
	if kept := thinned(line, 0, func(int) bool { return false }); len(kept) != len(line) {
		t.Errorf("%d of %d kept without tolerance", len(kept), len(line))
	}
	ring := append(line[:200:200], line[0])
	if kept := thinned(ring, 1e7, func(int) bool { return false }); len(kept) < 4 {
		t.Errorf("a ring of %d points is left", len(kept))
	}
}
