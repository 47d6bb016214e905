package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

// The layouts that docs/format/map.md promises.
const (
	_ = -(unsafe.Sizeof(Hazard{}) ^ 40)
	_ = -(unsafe.Sizeof(Haven{}) ^ 48)
	_ = -(unsafe.Sizeof(Place{}) ^ 24)
	_ = -(unsafe.Sizeof(Street{}) ^ 16)
	_ = -(unsafe.Sizeof(Outline{}) ^ 32)
	_ = -(unsafe.Sizeof(Interval{}) ^ 40)
	_ = -(unsafe.Sizeof(Limits{}) ^ 16)
	_ = -(unsafe.Sizeof(Rule{}) ^ 24)
	_ = -(unsafe.Sizeof(NodeInfo{}) ^ 16)
	_ = -(unsafe.Sizeof(Condition{}) ^ 24)
	_ = -(unsafe.Sizeof(Piece{}) ^ 12)
	_ = -(unsafe.Sizeof(RailNode{}) ^ 16)
	_ = -(unsafe.Sizeof(RailInterval{}) ^ 40)
	_ = -(unsafe.Sizeof(RailFeature{}) ^ 32)
	_ = -(unsafe.Sizeof(RailStation{}) ^ 40)
	_ = -(unsafe.Sizeof(StationTrack{}) ^ 16)
)

func save(t testing.TB, m *Map) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.map")
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t testing.TB, m *Map) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// aligned copies a file to where it can be parsed.
func aligned(b []byte) []byte {
	out := alignedBytes(len(b))
	copy(out, b)
	return out
}

// parse opens a map file that is in memory; data must be aligned to 8 bytes.
func parse(data []byte) (*Map, error) {
	info, err := readInfo(bytes.NewReader(data), int64(len(data)), "x")
	if err != nil {
		return nil, err
	}
	return fromBytes(data, info, "x")
}

// TestEveryFieldIsStored compares the registry of sections with the fields of
// Map, so that none is forgotten.
func TestEveryFieldIsStored(t *testing.T) {
	m := randomMap(newRand(1), 20)
	back, err := OpenMap(save(t, m))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	a, b := reflect.ValueOf(m).Elem(), reflect.ValueOf(back).Elem()
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if a.Field(i).IsZero() {
			t.Errorf("the test map has no %s", f.Name)
		}
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			t.Errorf("%s differs after saving and opening", f.Name)
		}
	}
	for r := range Ref(m.NumTexts()) {
		if m.Text(r) != back.Text(r) {
			t.Errorf("string %d is %q, was %q", r, back.Text(r), m.Text(r))
		}
	}
}

func TestSaveIsDeterministic(t *testing.T) {
	m := randomMap(newRand(2), 300)
	first := encode(t, m)
	// What the padding holds in memory must not matter.
	for i := range m.Hazards {
		raw := unsafe.Slice((*byte)(unsafe.Pointer(&m.Hazards[i])), 40)
		copy(raw[35:], "dirty")
	}
	for i := range m.Limits {
		unsafe.Slice((*byte)(unsafe.Pointer(&m.Limits[i])), 16)[7] = 0xaa
	}
	if !bytes.Equal(first, encode(t, m)) {
		t.Error("padding in memory shows in the file")
	}
	if !bytes.Equal(first, encode(t, randomMap(newRand(2), 300))) {
		t.Error("equal maps give different files")
	}
	hash := m.Hash
	m.Hazards[0].To++
	encode(t, m)
	if m.Hash == hash {
		t.Error("another content has the same hash")
	}
}

func TestInfo(t *testing.T) {
	m := randomMap(newRand(3), 50)
	path := save(t, m)
	info, err := ReadInfo(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Hash != m.Hash || len(info.Hash) != 64 || !reflect.DeepEqual(info.Meta, m.Meta) || info.Version != 1 {
		t.Errorf("info %+v does not describe the map", info)
	}
	names := SectionNames()
	if len(info.Sections) != len(names) {
		t.Fatalf("%d sections, want %d", len(info.Sections), len(names))
	}
	for i, s := range info.Sections {
		if s.Name != names[i] || s.Offset%64 != 0 {
			t.Errorf("section %d is %q at %d, want %q at a multiple of 64", i, s.Name, s.Offset, names[i])
		}
		if s.Name == "interval" && s.Items() != int64(len(m.Interval)) {
			t.Errorf("%d intervals, want %d", s.Items(), len(m.Interval))
		}
	}
}

func TestEmptyMap(t *testing.T) {
	m := newDraft().done()
	back, err := OpenMap(save(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if back.NumChains() != 0 || back.Text(0) != "" || back.Text(5) != "" {
		t.Error("the empty map is not empty")
	}
	if err := back.Close(); err != nil {
		t.Fatal(err)
	}
	if err := back.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestSaveRefusesWrongMap(t *testing.T) {
	m := randomMap(newRand(4), 20)
	path := save(t, m)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m.TurnTo[0] = None
	if err := Save(path, m); err == nil || !strings.Contains(err.Error(), "turn 0") {
		t.Errorf("saving a wrong map: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the old file was touched: %v", err)
	}
}

func TestForeignFiles(t *testing.T) {
	good := encode(t, randomMap(newRand(5), 20))
	with := func(change func(b []byte)) []byte {
		b := bytes.Clone(good)
		change(b)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		kind error
		says string
	}{
		{"empty", nil, ErrNotAMap, "empty"},
		{"page", []byte("<!DOCTYPE html><html>"), ErrNotAMap, "web page"},
		{"XML", []byte("<?xml version='1.0'?><osm>"), ErrNotAMap, "XML"},
		{"PBF", []byte("\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c"), ErrNotAMap, "extract (PBF)"},
		{"JSON", []byte(`{"type": 1}`), ErrNotAMap, "JSON"},
		{"zip", []byte("PK\x03\x04...."), ErrNotAMap, "zip"},
		{"noise", []byte("hello, world"), ErrNotAMap, `begins with "hello, world"`},
		{"text mode", bytes.Replace(good, []byte("\r\n"), []byte("\n"), 1), ErrNotAMap, "line ends"},
		{"first bytes", good[:7], ErrNotAMap, "ends within"},
		{"header only", good[:90], ErrCorrupt, "within its header"},
		{"table cut", good[:200], ErrCorrupt, "truncated"},
		{"cut", good[:len(good)-1], ErrCorrupt, "truncated"},
		{"longer", append(bytes.Clone(good), 0), ErrCorrupt, "1 bytes follow"},
		{"version 3", with(func(b []byte) { b[16] = 3 }), ErrVersion, "map of format 3; this program reads 1; build it again"},
		{"flags", with(func(b []byte) { b[24] = 1 }), ErrVersion, "flags 0x1"},
		{"no sections", with(func(b []byte) { b[28] = 0 }), ErrCorrupt, "0 sections"},
		{"table", with(func(b []byte) { b[headerSize+5] ^= 1 }), ErrCorrupt, "checksum of the header"},
		{"hash", with(func(b []byte) { b[headerHash] ^= 1 }), ErrCorrupt, "checksum of the header"},
		{"last byte", with(func(b []byte) { b[len(b)-1] ^= 1 }), ErrCorrupt, `checksum of section "state.order"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.map")
			if err := os.WriteFile(path, c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := OpenMap(path)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("Open: %v; want kind %q saying %q", err, c.kind, c.says)
			}
			var e *Error
			if errors.As(err, &e) && (e.Remedy == "" || e.Cause == "") {
				t.Errorf("%#v lacks a cause or remedy", e)
			}
		})
	}
	if _, err := OpenMap(filepath.Join(t.TempDir(), "none.map")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "outrider map build") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := OpenMap(t.TempDir()); !errors.Is(err, ErrNotAMap) {
		t.Errorf("a folder: %v", err)
	}
}

// TestEveryBitCounts flips single bits all over a file: each must be noticed.
func TestEveryBitCounts(t *testing.T) {
	good := encode(t, randomMap(newRand(6), 4))
	step := max(len(good)/1500, 1)
	for i := 0; i < len(good); i += step {
		b := aligned(good)
		b[i] ^= 1 << (i % 8)
		if _, err := parse(b); err == nil {
			t.Fatalf("a flipped bit in byte %d of %d went unnoticed", i, len(good))
		}
	}
	for n := range len(good) / step {
		if _, err := parse(aligned(good[:n*step])); err == nil {
			t.Fatalf("a file cut at byte %d was read", n*step)
		}
	}
}

// reseal makes the checksums of a file right again, as far as it has a table
// that says where they are.
func reseal(b []byte) {
	if len(b) < headerSize {
		return
	}
	count := binary.LittleEndian.Uint32(b[28:])
	if count > maxSections || len(b) < headerSize+int(count)*entrySize {
		return
	}
	table := b[headerSize : headerSize+int(count)*entrySize]
	for e := table; len(e) > 0; e = e[entrySize:] {
		from, n := binary.LittleEndian.Uint64(e[24:]), binary.LittleEndian.Uint64(e[32:])
		if from <= uint64(len(b)) && n <= uint64(len(b))-from {
			sum := hashBytes(b[from : from+n])
			copy(e[48:], sum[:])
		}
	}
	sum := mapHash(b, table)
	copy(b[headerHash:], sum[:])
}

func TestUnknownSectionsAreSkipped(t *testing.T) {
	m := randomMap(newRand(7), 10)
	good := encode(t, m)
	// A later program put another section, with a table entry of its own, after
	// ours and calls that minor version 2.
	count := binary.LittleEndian.Uint32(good[28:])
	tableEnd := headerSize + int(count)*entrySize
	entry := make([]byte, entrySize)
	copy(entry, "future.order")
	const shift = 2 * 64 // room for the entry, to the next multiple of 64
	b := append(append(append([]byte{}, good[:tableEnd]...), entry...), make([]byte, shift-entrySize)...)
	b = append(b, good[tableEnd:]...)
	for i := range int(count) {
		e := b[headerSize+i*entrySize:]
		binary.LittleEndian.PutUint64(e[24:], binary.LittleEndian.Uint64(e[24:])+shift)
	}
	for len(b)%64 != 0 {
		b = append(b, 0)
	}
	at := len(b)
	b = append(b, "future!!"...)
	e := b[tableEnd:]
	binary.LittleEndian.PutUint64(e[24:], uint64(at))
	binary.LittleEndian.PutUint64(e[32:], 8)
	binary.LittleEndian.PutUint32(e[40:], 4)
	b[20] = formatMinor + 1
	binary.LittleEndian.PutUint32(b[28:], count+1)
	binary.LittleEndian.PutUint64(b[32:], uint64(len(b)))
	reseal(b)
	back, err := parse(aligned(b))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Vertex, m.Vertex) {
		t.Error("the known sections are not read")
	}
}

func FuzzOpen(f *testing.F) {
	small := encode(f, randomMap(newRand(8), 3))
	f.Add(small, true)
	f.Add(small, false)
	f.Add(encode(f, newDraft().done()), true)
	f.Add([]byte(magic), false)
	f.Add(firstMinor(small), true)
	f.Add(ofMinor(small, minorRail), true)
	for _, spoilt := range spoiltOrders(small) {
		f.Add(spoilt, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, seal bool) {
		b := aligned(data)
		if seal {
			reseal(b)
		}
		m, err := parseWithinMemory(t, b, 64)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind == nil || e.Cause == "" || e.Remedy == "" {
				t.Fatalf("error without kind, cause or remedy: %v", err)
			}
			return
		}
		use(t, m)
	})
}

// parseWithinMemory reads a map and fails if that takes more memory, freed or
// not, than so many times its size and a fixed mebibyte.
func parseWithinMemory(t *testing.T, b []byte, times uint64) (*Map, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := parse(b)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > times*uint64(len(b))+1<<20 {
		t.Errorf("reading %d bytes took %d bytes of memory", len(b), used)
	}
	return m, err
}

// withMeta returns the file of a map with another meta section.
func withMeta(t *testing.T, meta string) []byte {
	t.Helper()
	b := encode(t, newDraft().done())
	b = append(b, make([]byte, -len(b)&63)...)
	e := b[headerSize:]
	// Meta comes last; the table must be in the order of the file.
	count := int(binary.LittleEndian.Uint32(b[28:]))
	first := bytes.Clone(e[:entrySize])
	copy(e, e[entrySize:count*entrySize])
	copy(e[(count-1)*entrySize:], first)
	from, n := binary.LittleEndian.Uint64(first[24:]), binary.LittleEndian.Uint64(first[32:])
	clear(b[from : from+n])
	last := e[(count-1)*entrySize:]
	binary.LittleEndian.PutUint64(last[24:], uint64(len(b)))
	binary.LittleEndian.PutUint64(last[32:], uint64(len(meta)))
	b = append(b, meta...)
	binary.LittleEndian.PutUint64(b[32:], uint64(len(b)))
	reseal(b)
	return aligned(b)
}

func TestHostileMetaTakesLittleMemory(t *testing.T) {
	// A list that grows leaves its smaller copies behind, so what is in use at a
	// time is less than half of what is counted here.
	const times = 2 * 64
	const n = 1 << 17
	for _, meta := range []string{
		`{"counts":[` + strings.Repeat("{},", n) + `{}]}`,
		`{"sources":[` + strings.Repeat("{},", n) + `{}]}`,
		`{"unknown":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		`{"name":"` + strings.Repeat(`\u00e9`, n) + `"}`,
	} {
		m, err := parseWithinMemory(t, withMeta(t, meta), times)
		if err != nil || m.NumChains() != 0 {
			t.Errorf("meta %.20s…: %v", meta, err)
		}
	}
	for _, meta := range []string{"", "null x", `{"counts":7}`, strings.Repeat("[", n)} {
		if _, err := parseWithinMemory(t, withMeta(t, meta), times); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "meta") {
			t.Errorf("meta %.20s…: %v", meta, err)
		}
	}
}

// use calls every method of a map that passed the checks; none may panic.
func use(t *testing.T, m *Map) {
	for c := range ChainID(m.NumChains()) {
		m.Geometry(c.Arc(true), m.Length[c], 0)
		m.Bearing(c.Arc(false), m.Length[c]/2)
		m.Describe(c, m.Length[c])
	}
	p := m.Passage(Vehicle{Classes: 1 << Truck, HeightCM: 400, WeightKG: 20000}, PassageOptions{Private: true, Ends: []ChainID{0}})
	for a := range ArcID(m.NumArcs()) {
		if (p.Arc[a] == Unreachable) != (p.Why(a) != "") {
			t.Fatalf("arc %d: %d ms, but why is %q", a, p.Arc[a], p.Why(a))
		}
	}
	for i, at := range m.NodePoint {
		if i == 20 {
			break
		}
		if _, err := m.Snap(at, p, 100); err != nil && !errors.Is(err, ErrOffNetwork) {
			t.Fatal(err)
		}
	}
	for range m.Near(m.Meta.Box) {
	}
	useRail(t, m)
	for _, q := range []string{"m", "main street dover", "way/101", "node/1", "street/0", "haven/way/10"} {
		for _, f := range m.Find(q, 5) {
			if f.ID == "" || f.Kind == "" {
				t.Fatalf("%q finds %+v", q, f)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	m := randomMap(newRand(9), 20000)
	path := save(b, m)
	st, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(st.Size())
	for b.Loop() {
		m, err := OpenMap(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	m := randomMap(newRand(9), 20000)
	path := save(b, m)
	st, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(st.Size())
	for b.Loop() {
		if err := Save(path, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadInfo(b *testing.B) {
	path := save(b, randomMap(newRand(9), 20000))
	for b.Loop() {
		if _, err := ReadInfo(path); err != nil {
			b.Fatal(err)
		}
	}
}
