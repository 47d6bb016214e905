package network

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
)

func document(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "format", "map.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocumentListsSections compares the table of sections in docs/format/map.md
// with the code.
func TestDocumentListsSections(t *testing.T) {
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z.]+)` \\| (\\d+) \\|").FindAllStringSubmatch(document(t), -1) {
		got = append(got, row[1]+" "+row[2])
	}
	want := []string{metaSection + " 1"}
	for _, c := range columns() {
		want = append(want, c.name+" "+strconv.Itoa(int(c.size)))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("documented\n%s\nin the code\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDocumentedLayouts compares each table of fields with the memory layout of
// the type: offsets, types, sizes and what is padding.
func TestDocumentedLayouts(t *testing.T) {
	types := map[string]reflect.Type{}
	for _, v := range []any{
		NodeInfo{},
		Interval{},
		Limits{},
		Rule{},
		Condition{},
		Hazard{},
		Haven{},
		Place{},
		Street{},
		Outline{},
		Piece{},
		RailNode{},
		RailInterval{},
		RailFeature{},
		RailStation{},
		StationTrack{},
	} {
		types[reflect.TypeOf(v).Name()] = reflect.TypeOf(v)
	}
	padding := map[string][]span{}
	for _, c := range columns() {
		if len(c.pad) > 0 {
			m := randomMap(newRand(1), 5)
			padding[c.name] = c.pad
			if n := len(c.view(m)); n > 0 && n%int(c.size) != 0 {
				t.Errorf("%s has %d bytes of items of %d", c.name, n, c.size)
			}
		}
	}
	sections := map[string]string{
		"NodeInfo": "node.info", "Interval": "interval", "Limits": "limits", "Rule": "rule", "Condition": "condition", "Hazard": "hazard",
		"Haven": "haven", "Place": "place", "Street": "street", "Outline": "base", "Piece": "piece",
		"RailNode": "rail.node.info", "RailInterval": "rail.interval", "RailFeature": "rail.feature", "RailStation": "rail.station",
		"StationTrack": "rail.station.track",
	}
	heading := regexp.MustCompile(`(?m)^### ([A-Za-z]+): (\d+) bytes$`)
	row := regexp.MustCompile(`(?m)^\| (\d+) \| ([a-z0-9 ]+) \| (\S+) \|`)
	text := document(t)
	found := heading.FindAllStringSubmatchIndex(text, -1)
	if len(found) != len(types) {
		t.Errorf("%d layouts are documented, want %d", len(found), len(types))
	}
	for i, h := range found {
		name, size := text[h[2]:h[3]], text[h[4]:h[5]]
		typ, ok := types[name]
		if !ok {
			t.Errorf("no type %s", name)
			continue
		}
		if size != strconv.Itoa(int(typ.Size())) {
			t.Errorf("%s has %d bytes, documented %s", name, typ.Size(), size)
		}
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		at, pads := uint32(0), []span(nil)
		for _, r := range row.FindAllStringSubmatch(text[h[1]:end], -1) {
			offset, err := strconv.Atoi(r[1])
			if err != nil {
				t.Fatal(err)
			}
			if uint32(offset) != at {
				t.Errorf("%s: a field is documented at %d, the one before it ends at %d", name, offset, at)
			}
			width, goType := fieldType(t, r[2])
			at = uint32(offset + width)
			if r[3] == "–" {
				pads = append(pads, span{uint32(offset), at})
				continue
			}
			f, ok := typ.FieldByName(r[3])
			if !ok || int(f.Offset) != offset || int(f.Type.Size()) != width || goType != nil && f.Type.Kind() != goType.Kind() {
				t.Errorf("%s.%s is documented as %s at %d, but is %v at %d", name, r[3], r[2], offset, f.Type, f.Offset)
			}
		}
		if int(at) != int(typ.Size()) {
			t.Errorf("the documented fields of %s end at %d of %d", name, at, typ.Size())
		}
		if want := padding[sections[name]]; !reflect.DeepEqual(pads, want) {
			t.Errorf("%s: padding %v is documented, %v is cleared", name, pads, want)
		}
	}
}

func fieldType(t *testing.T, s string) (int, reflect.Type) {
	t.Helper()
	for name, v := range map[string]any{
		"u8": uint8(0), "u16": uint16(0), "u32": uint32(0), "i8": int8(0), "i32": int32(0), "i64": int64(0),
		"point": geo.Point{}, "box": geo.Box{},
	} {
		if s == name {
			return int(reflect.TypeOf(v).Size()), reflect.TypeOf(v)
		}
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, " bytes"))
	if err != nil {
		t.Fatalf("unknown type %q", s)
	}
	return n, nil
}
