package osm_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/osm"
)

// read opens and scans an extract.
func read(data []byte) error {
	f, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	return f.Scan(context.Background(), osm.Scan{Want: osm.Everything}, func(_ int, b *osm.Block) error {
		for i := range b.Strings() { // every text must be readable
			_ = b.String(uint32(i))
		}
		return nil
	})
}

// TestForeignFiles: what is no extract is called what it is, with a remedy.
func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name, data string
		is         error
		says       []string
	}{
		{"empty", "", osm.ErrFormat, []string{"empty", "download it again"}},
		{"web page", "<!DOCTYPE html><html><body>404</body></html>", osm.ErrFormat, []string{"web page"}},
		{"bare web page", "<html><body>404</body></html>", osm.ErrFormat, []string{"web page"}},
		{"zip", "PK\x03\x04....................", osm.ErrFormat, []string{"zip", "unpack"}},
		{"7z", "7z\xbc\xaf\x27\x1c....................", osm.ErrFormat, []string{"7-Zip"}},
		{"xz", "\xfd7zXZ\x00................", osm.ErrFormat, []string{"xz -d"}},
		{"o5m", "\xff\xe0\x04o5m2.............", osm.ErrFormat, []string{"o5m", "osmium cat"}},
		{"sqlite", "SQLite format 3\x00.........", osm.ErrFormat, []string{"SQLite"}},
		{"json", ` {"type": "FeatureCollection"}`, osm.ErrFormat, []string{"JSON"}},
		{"git lfs", "version https://git-lfs.github.com/spec/v1\n", osm.ErrFormat, []string{"git lfs pull"}},
		{"zeros", string(make([]byte, 1000)), osm.ErrFormat, []string{"zeros"}},
		{"tar", string(make([]byte, 0)) + "name" + strings.Repeat("\x00", 253) + "ustar" + strings.Repeat("\x00", 300), osm.ErrFormat, []string{"tar"}},
		{"utf-16", "\xff\xfe<\x00o\x00s\x00m\x00", osm.ErrFormat, []string{"UTF-8"}},
		{"text", "node,lat,lon\n1,2,3\n", osm.ErrFormat, []string{"node,lat", ".osm.pbf"}},
		{"gpx", `<?xml version="1.0"?><gpx version="1.1"></gpx>`, osm.ErrFormat, []string{"<gpx>"}},
		{"change file", `<?xml version="1.0"?><osmChange version="0.6"></osmChange>`, osm.ErrFormat, []string{"apply-changes"}},
		{"old version", `<osm version="0.5"></osm>`, osm.ErrUnsupported, []string{`"0.5"`, "0.6"}},
		{"latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?><osm/>`, osm.ErrUnsupported, []string{"ISO-8859-1", "UTF-8"}},
		{"entities", `<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm/>`, osm.ErrUnsupported, []string{"document type"}},
		{"gave up", `<osm version="0.6"><remark> runtime error: Query timed out </remark></osm>`, osm.ErrFormat, []string{"timed out", "smaller area"}},
		{"packed text", string(gzipped(t, []byte("hello world"))), osm.ErrFormat, []string{"unpacked", "hello"}},
		{"packed nothing", string(gzipped(t, nil)), osm.ErrTruncated, nil},
		{"packed PBF", string(gzipped(t, pbf(t, sample()))), osm.ErrFormat, []string{"gunzip"}},
		{"not really gzip", "\x1f\x8b and so on and so on", osm.ErrCorrupt, nil},
		{"not really bzip2", "BZh9 and so on and so on", osm.ErrCorrupt, nil},
	} {
		err := read([]byte(c.data))
		if !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %q", c.name, err, c.is)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", c.name, err, s)
			}
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := osm.Open(filepath.Join(dir, "none.osm.pbf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := osm.Open(dir); !errors.Is(err, osm.ErrFormat) || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	path := filepath.Join(dir, "page.osm.pbf")
	if err := os.WriteFile(path, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := osm.Open(path); !errors.Is(err, osm.ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("a web page: %v", err)
	}
}

// TestFeatures: an unknown required feature is refused by name.
func TestFeatures(t *testing.T) {
	for feature, says := range map[string]string{"HistoricalInformation": "history", "Teleportation": "Teleportation"} {
		b := sample()
		b.Encoding.Features = []string{feature}
		if err := read(pbf(t, b)); !errors.Is(err, osm.ErrUnsupported) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", feature, err)
		}
	}
}

// TestTruncated: an extract cut anywhere is called truncated, except where a
// whole number of blobs is left, which nothing in the format tells.
func TestTruncated(t *testing.T) {
	b := sample()
	b.Encoding.BlockSize = 20
	whole := pbf(t, b)
	boundary := map[int]bool{}
	for at := 0; at < len(whole); {
		at = frameEnd(t, whole, at)
		boundary[at] = true
	}
	for n := 1; n < len(whole); n++ {
		err := read(whole[:n])
		if boundary[n] {
			if err != nil {
				t.Errorf("the first %d bytes, whole blobs: %v", n, err)
			}
			continue
		}
		if n < 5 { // not enough to know it is PBF
			if err == nil {
				t.Errorf("the first %d bytes: no error", n)
			}
			continue
		}
		if !errors.Is(err, osm.ErrTruncated) || !strings.Contains(err.Error(), fmt.Sprintf("at byte %d", n)) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	for name, data := range map[string][]byte{"xml": bytes.TrimSpace(sample().XML()), "gzip": gzipped(t, sample().XML())} {
		for n := 1; n < len(data); n++ {
			err := read(data[:n])
			if name == "gzip" && n < 2 {
				if err == nil {
					t.Errorf("%s: the first %d bytes: no error", name, n)
				}
				continue
			}
			if !errors.Is(err, osm.ErrTruncated) {
				t.Errorf("%s: the first %d of %d bytes: %v", name, n, len(data), err)
			}
		}
	}
}

// TestTruncatedExtract cuts Andorra, packed with bzip2, and Delaware at some places.
func TestTruncatedExtract(t *testing.T) {
	for _, name := range []string{"andorra", "delaware"} {
		data, err := os.ReadFile(extract(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{100, len(data) / 3, len(data) - 1} {
			if err := read(data[:n]); !errors.Is(err, osm.ErrTruncated) {
				t.Errorf("%s: the first %d of %d bytes: %v", name, n, len(data), err)
			}
		}
	}
}

// frameEnd returns where the blob at a place of a PBF file ends.
func frameEnd(tb testing.TB, data []byte, at int) int {
	tb.Helper()
	n := int(binary.BigEndian.Uint32(data[at:]))
	header := data[at+4 : at+4+n]
	// The builder writes the type, then the size in field 3.
	i := 2 + int(header[1])
	if header[i] != 3<<3 {
		tb.Fatalf("no size in the frame %q", header)
	}
	size, _ := binary.Uvarint(header[i+1:])
	return at + 4 + n + int(size)
}

// TestBitFlips: no damage makes the decoder panic. Most of it is found in packed
// files, by their checksums; the rest is in frames, where a flipped bit can turn a
// blob into one of an unknown type, which the format says to skip.
func TestBitFlips(t *testing.T) {
	b := sample()
	files := map[string][]byte{"zlib": pbf(t, b), "xml": b.XML(), "gzip": gzipped(t, b.XML())}
	for name, e := range map[string]osmtest.Encoding{
		"raw":   {Compression: osmtest.Raw},
		"plain": {Compression: osmtest.Raw, PlainNodes: true, Mixed: true},
		"zstd":  {Compression: osmtest.Zstd},
	} {
		b.Encoding = e
		files[name] = pbf(t, b)
	}
	for name, data := range files {
		found := 0
		flip := func(bit int) {
			data[bit/8] ^= 1 << (bit % 8)
			if read(data) != nil {
				found++
			}
			data[bit/8] ^= 1 << (bit % 8)
		}
		tried := 0
		for bit := 0; bit < 8*len(data); bit += 7 {
			flip(bit)
			tried++
		}
		t.Logf("%s: %d of %d flipped bits found", name, found, tried)
		part := 10 // of raw data nothing but what breaks a rule is found
		if name == "zlib" || name == "zstd" || name == "gzip" {
			part = 90
		}
		if found*100 < part*tried {
			t.Errorf("%s: only %d of %d flipped bits are found", name, found, tried)
		}
		if err := read(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A message is a protobuf message put together by hand.
type message []byte

func (m message) number(field int, v uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), v)
}

func (m message) text(field int, v []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|2)
	return append(binary.AppendUvarint(m, uint64(len(v))), v...)
}

// zigzags is a packed list of signed numbers, packed one of unsigned.
func zigzags(v ...int64) []byte {
	var p []byte
	for _, x := range v {
		p = binary.AppendVarint(p, x)
	}
	return p
}

func packed(v ...uint64) []byte {
	var p []byte
	for _, x := range v {
		p = binary.AppendUvarint(p, x)
	}
	return p
}

// framed is a PBF file of a header and one data blob.
func framed(blob message) []byte {
	var out []byte
	header := message(nil).text(4, []byte("OsmSchema-V0.6"))
	for _, part := range []struct {
		kind string
		blob message
	}{{"OSMHeader", message(nil).text(1, header)}, {"OSMData", blob}} {
		h := message(nil).text(1, []byte(part.kind)).number(3, uint64(len(part.blob)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(h)))
		out = append(append(out, h...), part.blob...)
	}
	return out
}

// block is a PBF file with one group and a string table of three texts.
func block(group message) []byte {
	table := message(nil).text(1, nil).text(1, []byte("a")).text(1, []byte("b"))
	return framed(message(nil).text(1, message(nil).text(1, table).text(2, group)))
}

// TestBrokenBlocks: each rule of the format is checked.
func TestBrokenBlocks(t *testing.T) {
	dense := func(ids, lats, lons, tags []byte) message {
		return message(nil).text(2, message(nil).text(1, ids).text(8, lats).text(9, lons).text(10, tags))
	}
	way := func(m message) message {
		return message(nil).text(3, message(nil).number(1, 7).text(8, zigzags(1)).append(m))
	}
	relation := func(roles, ids, kinds []byte) message {
		return message(nil).text(4, message(nil).number(1, 7).text(8, roles).text(9, ids).text(10, kinds))
	}
	const big = int64(1) << 62
	var bomb bytes.Buffer
	z := zlib.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 20<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var short bytes.Buffer
	z = zlib.NewWriter(&short)
	if _, err := z.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		says string // "" for no error
	}{
		{"sound dense node", block(dense(zigzags(1), zigzags(2), zigzags(3), packed(1, 2, 0))), ""},
		{"sound way", block(way(message(nil).text(2, packed(1)).text(3, packed(2)))), ""},
		{"sound relation", block(relation(packed(1), zigzags(5), packed(2))), ""},
		{"key outside the table", block(dense(zigzags(1), zigzags(2), zigzags(3), packed(3, 2, 0))), "string table"},
		{"value outside the table", block(dense(zigzags(1), zigzags(2), zigzags(3), packed(1, 1<<40, 0))), "string table"},
		{"tags of no node", block(dense(zigzags(1), zigzags(2), zigzags(3), packed(0, 1, 2, 0))), "more nodes"},
		{"tags that end early", block(dense(zigzags(1, 1), zigzags(2, 2), zigzags(3, 3), packed(1, 2, 0, 1))), "past the end"},
		{"missing latitude", block(dense(zigzags(1, 1), zigzags(2), zigzags(3, 3), nil)), "1 latitudes"},
		{"latitude beyond a pole", block(dense(zigzags(1), zigzags(900_000_001), zigzags(3), nil)), "node 1 lies outside"},
		{"longitude beyond 180", block(dense(zigzags(1), zigzags(2), zigzags(-1_800_000_001), nil)), "node 1 lies outside"},
		{"longitude beyond 64 bits", block(dense(zigzags(1, 1, 1, 1), zigzags(2, 2, 2, 2), zigzags(big, big, big, big), nil)), "64-bit"},
		{"ids beyond 64 bits", block(dense(zigzags(big, big), zigzags(2, 2), zigzags(2, 2), nil)), "64-bit"},
		{"endless number", block(dense(bytes.Repeat([]byte{0xff}, 20), zigzags(2), zigzags(2), nil)), "0 node ids"},
		{"overlong number", block(dense(append(bytes.Repeat([]byte{0xff}, 12), 1), zigzags(2), zigzags(2), nil)), "past the end"},
		{"way key outside the table", block(way(message(nil).text(2, packed(3)).text(3, packed(2)))), "way 7"},
		{"more keys than values", block(way(message(nil).text(2, packed(1, 1)).text(3, packed(2)))), "pairs"},
		{"more values than keys", block(way(message(nil).text(2, packed(1)).text(3, packed(2, 2)))), "pairs"},
		{"refs twice", block(way(message(nil).text(8, zigzags(1)))), "twice"},
		{"refs not packed", block(message(nil).text(3, message(nil).number(1, 7).number(8, 2))), "wire type"},
		{"way without id", block(message(nil).text(3, message(nil).text(8, zigzags(1)))), "lacks its id"},
		{"node without position", block(message(nil).text(1, message(nil).number(1, 2))), "lacks"},
		{"missing role", block(relation(nil, zigzags(5), packed(2))), "0 roles"},
		{"role outside the table", block(relation(packed(9), zigzags(5), packed(2))), "string table"},
		{"unknown member type", block(relation(packed(1), zigzags(5), packed(3))), "type 3"},
		{"granularity 0", framed(message(nil).text(1, message(nil).number(17, 0))), "granularity"},
		{"field of unknown wire type", framed(message(nil).text(1, message{0x0f})), "wire type 7"},
		{"field longer than its message", framed(message(nil).text(1, message{0x0a, 50, 1})), "longer"},
		{"blob without data", framed(nil), "without data"},
		{"lzma", framed(message(nil).number(2, 10).text(4, []byte("x"))), "lzma"},
		{"lz4", framed(message(nil).number(2, 10).text(6, []byte("x"))), "osmium cat"},
		{"bomb", framed(message(nil).number(2, 20<<20).text(3, bomb.Bytes())), "no map data"},
		{"bomb that lies", framed(message(nil).number(2, 100).text(3, bomb.Bytes())), "longer than it says"},
		{"beyond 32 MiB", framed(message(nil).number(2, 33<<20).text(3, bomb.Bytes())), "the format allows"},
		{"shorter than it says", framed(message(nil).number(2, 101).text(3, short.Bytes())), "unpack"},
		{"no size", framed(message(nil).text(3, short.Bytes())), "how long"},
		{"columns of a bomb", framed(message(nil).text(1, message(nil).text(2, message(nil).text(3, message(nil).number(1, 7).text(8, make([]byte, 1<<20)))))), ""},
	} {
		err := read(c.data)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		case err != nil && !strings.Contains(err.Error(), "block 0 at byte 35"):
			t.Errorf("%s: %v does not say where", c.name, err)
		}
	}
}

// TestSeveralGroups: dense groups with and without tags and plain nodes follow
// each other in one block, with ways between them.
func TestSeveralGroups(t *testing.T) {
	dense := func(first int64, tags []byte) message {
		m := message(nil).text(1, zigzags(first, 1)).text(8, zigzags(5, 5)).text(9, zigzags(6, 6))
		if tags != nil {
			m = m.text(10, tags)
		}
		return message(nil).text(2, m)
	}
	plain := message(nil).text(1, message(nil).number(1, 2*20).number(8, 0).number(9, 0))
	tagged := message(nil).text(1, message(nil).number(1, 2*21).text(2, packed(1)).text(3, packed(1)).number(8, 0).number(9, 0))
	way := message(nil).text(3, message(nil).number(1, 7).text(2, packed(2)).text(3, packed(1)))
	table := message(nil).text(1, nil).text(1, []byte("a")).text(1, []byte("b"))
	groups := map[string][]message{
		"untagged first": {dense(1, nil), way, dense(11, packed(0, 1, 2, 0)), dense(31, nil), plain, tagged, way},
		"tagged first":   {way, tagged, plain, dense(31, nil), dense(11, packed(0, 1, 2, 0)), way, dense(1, nil)},
	}
	want := map[int64]string{1: "", 2: "", 11: "", 12: "a=b", 31: "", 32: "", 20: "", 21: "a=a"}
	for name, list := range groups {
		block := message(nil).text(1, table)
		for _, g := range list {
			block = block.text(2, g)
		}
		got := map[int64]string{}
		ways := 0
		scan(t, memory(t, framed(message(nil).text(1, block))), osm.Everything, func(b *osm.Block) {
			if len(b.NodeTag) != len(b.NodeID)+1 {
				t.Fatalf("%s: %d offsets for %d nodes", name, len(b.NodeTag), len(b.NodeID))
			}
			for i, id := range b.NodeID {
				got[id] = ""
				for j := b.NodeTag[i]; j < b.NodeTag[i+1]; j++ {
					got[id] += string(b.String(b.Key[j])) + "=" + string(b.String(b.Val[j]))
				}
			}
			for i := range b.WayID {
				if j := b.WayTag[i]; b.WayTag[i+1] != j+1 || string(b.String(b.Key[j])) != "b" {
					t.Errorf("%s: way %d has the wrong tags", name, i)
				}
				ways++
			}
		})
		if !maps.Equal(got, want) || ways != 2 {
			t.Errorf("%s: nodes %v, want %v; %d ways", name, got, want, ways)
		}
	}
}

func (m message) append(more message) message { return append(m, more...) }

// TestBrokenXML: each rule is checked.
func TestBrokenXML(t *testing.T) {
	for _, c := range []struct{ name, inside, says string }{
		{"sound", `<node id="1" lat="1" lon="2"/>`, ""},
		{"no id", `<node lat="1" lon="2"/>`, "without id"},
		{"no position", `<node id="1" lat="1"/>`, "node 1 lacks"},
		{"id no number", `<way id="x"/>`, `"x" is no number`},
		{"huge id", `<way id="99999999999999999999"/>`, "no number"},
		{"latitude 91", `<node id="1" lat="91" lon="2"/>`, `"91"`},
		{"latitude of a word", `<node id="1" lat="north" lon="2"/>`, `"north"`},
		{"longitude without digits", `<node id="1" lat="1" lon="."/>`, `"."`},
		{"tag without value", `<way id="1"><tag k="a"/></way>`, "without k or v"},
		{"ref of a word", `<way id="1"><nd ref="a"/></way>`, "no number"},
		{"no ref", `<way id="1"><nd/></way>`, "without ref"},
		{"member type", `<relation id="1"><member type="car" ref="1" role=""/></relation>`, `"car"`},
		{"member without ref", `<relation id="1"><member type="way"/></relation>`, "without type or ref"},
		{"unquoted", `<way id=1></way>`, "no quoted value"},
		{"no value", `<way id></way>`, "without value"},
		{"unknown reference", `<way id="1"><tag k="&foo;" v="b"/></way>`, "&foo;"},
		{"reference to nothing", `<way id="1"><tag k="&#0;" v="b"/></way>`, "&#0;"},
		{"reference without end", `<way id="1"><tag k="& b" v="b"/></way>`, "without a name"},
		{"tag in a tag", `<way <way id="1"/>`, "inside the tag"},
		{"deep", strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), "deep"},
		{"long tag", `<way id="` + strings.Repeat("1", 70_000) + `"/>`, "longer than"},
		{"stray end", `</way>`, "closes nothing"},
		{"declaration", `<!ELEMENT a>`, "document type"},
	} {
		err := read([]byte(`<osm version="0.6">` + c.inside + `</osm>`))
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if err := read([]byte(`<osm version="0.6"></osm><osm version="0.6"></osm>`)); !errors.Is(err, osm.ErrCorrupt) {
		t.Errorf("two roots: %v", err)
	}
}

// failingReader fails on reads beyond a place, as a bad disk does.
type failingReader struct {
	io.ReaderAt
	beyond int64
}

var errDisk = errors.New("input/output error")

func (f failingReader) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.beyond {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, at)
}

// TestReadErrors: an error of the disk is reported as such, not as damage.
func TestReadErrors(t *testing.T) {
	for _, data := range [][]byte{pbf(t, sample()), sample().XML(), gzipped(t, sample().XML())} {
		f, err := osm.NewFile(failingReader{bytes.NewReader(data), 600}, int64(len(data)))
		if err == nil {
			err = f.Scan(context.Background(), osm.Scan{Want: osm.Everything}, func(int, *osm.Block) error { return nil })
		}
		if !errors.Is(err, errDisk) || errors.Is(err, osm.ErrCorrupt) || errors.Is(err, osm.ErrTruncated) {
			t.Errorf("%v", err)
		}
	}
}

// bounded reads an extract and fails when that allocates out of proportion or
// does not end.
func bounded(t *testing.T, data []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
	if err == nil {
		err = f.Scan(ctx, osm.Scan{Want: osm.Everything}, func(_ int, b *osm.Block) error {
			for i := range b.Key {
				_, _ = b.String(b.Key[i]), b.String(b.Val[i])
			}
			for _, r := range b.MemberRole {
				_ = b.String(r)
			}
			return nil
		})
	}
	if ctx.Err() != nil {
		t.Fatalf("%d bytes take more than 30 s: %v", len(data), err)
	}
	runtime.ReadMemStats(&after)
	if grown, limit := after.TotalAlloc-before.TotalAlloc, uint64(64*len(data)+48<<20); grown > limit {
		t.Errorf("%d bytes of input allocate %d, more than %d", len(data), grown, limit)
	}
}

func FuzzPBF(f *testing.F) {
	for _, e := range encodings() {
		b := sample()
		b.Encoding = e
		f.Add(pbf(f, b))
		b.Encoding.Compression = osmtest.Raw
		f.Add(pbf(f, b))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, data)
		sortedOrRefused(t, data)
	})
}

// sortedOrRefused holds that reading ways and relations as if the file were
// sorted, then nodes, finds as much as reading all at once, or says why not.
func sortedOrRefused(t *testing.T, data []byte) {
	count := func(f *osm.File, want osm.Content) (n int, err error) {
		err = f.Scan(t.Context(), osm.Scan{Want: want, TakeSorted: true}, func(_ int, b *osm.Block) error {
			n += len(b.NodeID) + len(b.WayID) + len(b.RelID)
			return nil
		})
		return n, err
	}
	once, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	all, err := count(once, osm.Everything)
	if err != nil {
		return
	}
	twice, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	others, err := count(twice, osm.Ways|osm.Relations)
	if err != nil {
		t.Fatalf("reads at once, but not without nodes: %v", err)
	}
	nodes, err := count(twice, osm.Nodes)
	if errors.Is(err, osm.ErrUnsorted) {
		return
	}
	if err != nil || nodes+others != all {
		t.Fatalf("%d objects at once, %d and %d in two scans; %v", all, others, nodes, err)
	}
}

// FuzzBlock puts the fuzzer behind the frames: its input is a PrimitiveBlock.
func FuzzBlock(f *testing.F) {
	for _, e := range encodings() {
		b := sample()
		b.Encoding = e
		b.Encoding.Compression = osmtest.Raw
		data := pbf(f, b)
		at := frameEnd(f, data, 0)
		end := frameEnd(f, data, at)
		// The frame's header has 4 and some bytes; then comes the blob, which is its
		// key, its length and the block.
		blob := data[at+4+int(binary.BigEndian.Uint32(data[at:])) : end]
		_, n := binary.Uvarint(blob[1:])
		if err := read(framed(message(nil).text(1, blob[1+n:]))); err != nil {
			f.Fatalf("a seed is broken: %v", err)
		}
		f.Add(blob[1+n:])
	}
	f.Fuzz(func(t *testing.T, data []byte) { bounded(t, framed(message(nil).text(1, data))) })
}

func FuzzXML(f *testing.F) {
	f.Add(sample().XML())
	f.Add(gzipped(f, sample().XML()))
	f.Add([]byte(`<?xml version="1.0"?><osm version='0.6'><!-- x --><way id='1'><nd ref='2'/></way><node id="2" lat="1e-7" lon="-0.00000015"><tag k="x" v="&#228;"/></node><x><y/></x></osm>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 100<<10 {
			t.Skip("gzip of this length may unpack to more than there is time for")
		}
		bounded(t, data)
	})
}
