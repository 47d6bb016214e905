package osm_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/osm"
)

// sample is an extract with a bit of everything: negative and large ids, tags
// on some nodes only, ways without tags, empty ways and relations, a shared
// text, text that XML has to escape.
func sample() *osmtest.Builder {
	b := &osmtest.Builder{Replication: 1_470_857_283, Timestamp: 1_470_850_000}
	b.NodeE7(-5, -900_000_000, -1_800_000_000)
	b.NodeE7(1, 900_000_000, 1_800_000_000)
	for i := range int32(60) {
		if i%7 == 3 {
			b.NodeE7(int64(i)*1_000_000_007+2, i*1_000_000-5*i, -i*2_000_000, "natural", "tree", "name", fmt.Sprint("Ångström <", i, ">"))
		} else {
			b.NodeE7(int64(i)*1_000_000_007+2, i*1_000_000-5*i, -i*2_000_000)
		}
	}
	b.Way(11, []int64{2, 1_000_000_009, 1, -5, 2}, "highway", "primary", "name", `A & "B" 'C'`)
	b.Way(12, nil)
	b.Way(9_000_000_000_000, []int64{1, 1}, "railway", "rail", "empty", "")
	b.Relation(20, []osmtest.Member{{Kind: osmtest.Way, ID: 11, Role: "from"}, {Kind: osmtest.Node, ID: 2, Role: "via"}, {Kind: osmtest.Relation, ID: 21}}, "type", "restriction", "restriction", "no_left_turn")
	b.Relation(21, nil)
	return b
}

func memory(tb testing.TB, data []byte) *osm.File {
	tb.Helper()
	f, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func pbf(tb testing.TB, b *osmtest.Builder) []byte {
	tb.Helper()
	data, err := b.PBF()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func gzipped(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// encodings are all the ways a PBF file can be written that differ for a decoder.
func encodings() map[string]osmtest.Encoding {
	return map[string]osmtest.Encoding{
		"usual":         {},
		"raw":           {Compression: osmtest.Raw},
		"zstd":          {Compression: osmtest.Zstd},
		"plain nodes":   {PlainNodes: true},
		"small blocks":  {BlockSize: 5},
		"mixed":         {Mixed: true},
		"mixed reverse": {Mixed: true, Reversed: true, BlockSize: 17},
		"mixed plain":   {Mixed: true, PlainNodes: true},
		"reversed":      {Reversed: true},
		"granularity":   {Granularity: 500, LatOffset: 1_000, LonOffset: -2_000},
		"fine":          {Granularity: 1, LatOffset: 7, LonOffset: 13, PlainNodes: true},
	}
}

// TestEncodings: the same extract, however it is written, decodes to the same
// objects, which are those that were put in.
func TestEncodings(t *testing.T) {
	want := collect(t, memory(t, sample().XML()), 1, osm.Everything)
	if len(want.nodes) != 62 || len(want.ways) != 3 || len(want.relations) != 2 {
		t.Fatalf("%d nodes, %d ways, %d relations", len(want.nodes), len(want.ways), len(want.relations))
	}
	path := filepath.Join(t.TempDir(), "sample.osm")
	if err := os.WriteFile(path, sample().XML(), 0o600); err != nil {
		t.Fatal(err)
	}
	want.equal(t, independent(t, path))
	for name, e := range encodings() {
		t.Run(name, func(t *testing.T) {
			b := sample()
			b.Encoding = e
			for _, workers := range []int{1, 3} {
				collect(t, memory(t, pbf(t, b)), workers, osm.Everything).equal(t, want)
			}
		})
	}
	t.Run("gzip", func(t *testing.T) {
		collect(t, memory(t, gzipped(t, sample().XML())), 1, osm.Everything).equal(t, want)
	})
	t.Run("two gzip members", func(t *testing.T) {
		x := sample().XML()
		collect(t, memory(t, append(gzipped(t, x[:100]), gzipped(t, x[100:])...)), 1, osm.Everything).equal(t, want)
	})
}

// TestWant: a scan for some kinds gives just those, in blocks of the same
// numbers, whatever was scanned before.
func TestWant(t *testing.T) {
	files := map[string][]byte{"xml": sample().XML()}
	for name, e := range encodings() {
		b := sample()
		b.Encoding = e
		files[name] = pbf(t, b)
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			all := collect(t, memory(t, data), 1, osm.Everything)
			f := memory(t, data)
			blocks := -1
			for _, want := range []osm.Content{osm.Ways, osm.Nodes | osm.Relations, osm.Nodes, osm.Relations, 0, osm.Everything} {
				expected := newObjects()
				if want&osm.Nodes != 0 {
					expected.nodes = all.nodes
				}
				if want&osm.Ways != 0 {
					expected.ways = all.ways
				}
				if want&osm.Relations != 0 {
					expected.relations = all.relations
				}
				collect(t, f, 2, want).equal(t, expected)
				n := 0
				scan(t, f, want, func(*osm.Block) { n++ })
				if blocks >= 0 && n != blocks {
					t.Errorf("%d blocks wanting %d, %d before", n, want, blocks)
				}
				blocks = n
			}
		})
	}
}

func scan(tb testing.TB, f *osm.File, want osm.Content, fn func(*osm.Block)) {
	tb.Helper()
	if err := f.Scan(context.Background(), osm.Scan{Want: want}, func(_ int, b *osm.Block) error { fn(b); return nil }); err != nil {
		tb.Fatal(err)
	}
}

// TestBlockOffsets: every column has the length it is documented to have.
func TestBlockOffsets(t *testing.T) {
	files := [][]byte{sample().XML()}
	for _, e := range encodings() {
		b := sample()
		b.Encoding = e
		files = append(files, pbf(t, b))
	}
	column := func(name string, n int, offsets []uint32, optional bool) {
		t.Helper()
		if len(offsets) == 0 && (optional || n == 0) {
			return
		}
		if len(offsets) != n+1 {
			t.Errorf("%s has %d offsets for %d objects", name, len(offsets), n)
		}
	}
	untagged := 0
	for _, data := range files {
		scan(t, memory(t, data), osm.Everything, func(b *osm.Block) {
			column("NodeTag", len(b.NodeID), b.NodeTag, true)
			column("WayTag", len(b.WayID), b.WayTag, false)
			column("WayRef", len(b.WayID), b.WayRef, false)
			column("RelTag", len(b.RelID), b.RelTag, false)
			column("RelMember", len(b.RelID), b.RelMember, false)
			if len(b.NodeID) > 0 && len(b.NodeTag) == 0 {
				untagged++
			}
			for _, i := range append(append([]uint32(nil), b.Key...), b.Val...) {
				if int(i) >= b.Strings() {
					t.Errorf("text %d of %d", i, b.Strings())
				}
			}
		})
	}
	if untagged == 0 {
		t.Error("no block without tagged nodes")
	}
}

// TestDeleted: deleted versions are left out, with their tags and members, and
// may lie nowhere.
func TestDeleted(t *testing.T) {
	whole := func() *osmtest.Builder {
		return new(osmtest.Builder).
			Node(1, 1, 1, "a", "b").
			Node(2, 2, 2, "c", "d", "e", "f").Deleted().
			Node(3, 3, 3).
			Node(4, 4, 4, "g", "h").
			NodeE7(5, 2147483647, 2147483647).Deleted().
			Way(6, []int64{1, 2}, "i", "j").Deleted().
			Way(7, []int64{3, 4}, "k", "l").
			Relation(8, []osmtest.Member{{ID: 4, Role: "m"}}, "n", "o").Deleted().
			Relation(9, []osmtest.Member{{ID: 3, Role: "p"}}, "q", "r")
	}
	rest := new(osmtest.Builder).
		Node(1, 1, 1, "a", "b").
		Node(3, 3, 3).
		Node(4, 4, 4, "g", "h").
		Way(7, []int64{3, 4}, "k", "l").
		Relation(9, []osmtest.Member{{ID: 3, Role: "p"}}, "q", "r")
	want := collect(t, memory(t, pbf(t, rest)), 1, osm.Everything)
	for _, e := range []osmtest.Encoding{{}, {PlainNodes: true}, {Mixed: true}, {Granularity: 100, LatOffset: 100}} {
		b := whole()
		b.Encoding = e
		collect(t, memory(t, pbf(t, b)), 1, osm.Everything).equal(t, want)
	}
	x := bytes.ReplaceAll(whole().XML(), []byte(` lat="214.7483647" lon="214.7483647"`), nil)
	collect(t, memory(t, x), 1, osm.Everything).equal(t, want)
	x = bytes.ReplaceAll(x, []byte(`visible="false"`), []byte(`action='delete'`))
	collect(t, memory(t, x), 1, osm.Everything).equal(t, want)
}

// TestUnsortedXML: kinds may come in any order.
func TestUnsortedXML(t *testing.T) {
	x := `<?xml version="1.0"?><osm version='0.6'><!-- a > comment --><way id='1'><nd ref='2'/><tag k='a' v='b'/></way>` +
		`<node id="2" lat="1e-7" lon="-0.00000015"><tag k="x" v="&#228;&#xE4;&amp;"/></node><way id="3"><tag v="d" k="c"></tag></way>` +
		`<relation id='4'><member type='way' ref='1' role='r'/></relation><node id='5' lat='+1.' lon='.5'/><bounds/><unknown><deep a="/>"/></unknown></osm>  `
	got := collect(t, memory(t, []byte(x)), 1, osm.Everything)
	if len(got.nodes) != 2 || len(got.ways) != 2 || len(got.relations) != 1 {
		t.Fatalf("%v", got)
	}
	found := map[string]string{}
	positions := map[int64][2]int32{}
	scan(t, memory(t, []byte(x)), osm.Everything, func(b *osm.Block) {
		for i := range b.Key {
			found[string(b.String(b.Key[i]))] = string(b.String(b.Val[i]))
		}
		for i, id := range b.NodeID {
			positions[id] = [2]int32{b.NodeLat[i], b.NodeLon[i]}
		}
	})
	if !maps.Equal(found, map[string]string{"a": "b", "x": "ää&", "c": "d"}) {
		t.Errorf("tags %q", found)
	}
	if !maps.Equal(positions, map[int64][2]int32{2: {1, -2}, 5: {10_000_000, 5_000_000}}) {
		t.Errorf("positions %v", positions)
	}
}

func TestHeader(t *testing.T) {
	b := sample()
	b.Encoding.Optional = []string{"Sort.Type_then_ID"}
	h := memory(t, pbf(t, b)).Header
	whole := geo.Box{Min: geo.PointFromDegrees(-90, -180), Max: geo.PointFromDegrees(90, 180)}
	if h.Box != whole || h.ReplicationTimestamp != 1_470_857_283 || h.WritingProgram != "osmtest" || !h.Sorted {
		t.Errorf("%+v", h)
	}
	f := memory(t, sample().XML())
	if h := f.Header; h.Box != whole || h.ReplicationTimestamp != 1_470_857_283 || h.WritingProgram != "osmtest" || h.Sorted {
		t.Errorf("%+v", h)
	}
	f = memory(t, []byte(`<osm version="0.6"><note>from &amp; by</note><meta osm_base="2026-03-10T11:30:00Z"/><node id="1" lat="1" lon="1" timestamp="2026-03-09T00:00:00Z"/></osm>`))
	if h := f.Header; h.ReplicationTimestamp != 1_773_142_200 || !h.Box.Empty() {
		t.Errorf("%+v", h)
	}
	for name, data := range map[string][]byte{"pbf": pbf(t, sample()), "xml": sample().XML()} {
		f := memory(t, data)
		if f.Newest() != 0 {
			t.Errorf("%s: newest object %d before a scan", name, f.Newest())
		}
		scan(t, f, osm.Everything, func(*osm.Block) {})
		if f.Newest() != 1_470_850_000 {
			t.Errorf("%s: newest object %d", name, f.Newest())
		}
	}
}

// TestEmptyExtract: an extract of no objects is an extract.
func TestEmptyExtract(t *testing.T) {
	for _, data := range [][]byte{new(osmtest.Builder).XML(), pbf(t, new(osmtest.Builder)), []byte(`<osm version="0.6"/>`)} {
		f := memory(t, data)
		done := int64(-1)
		err := f.Scan(context.Background(), osm.Scan{Want: osm.Everything, Progress: func(d, total int64) { done = d }}, func(int, *osm.Block) error {
			t.Error("a block of an empty extract")
			return nil
		})
		if err != nil || done != int64(len(data)) {
			t.Errorf("error %v, progress %d of %d", err, done, len(data))
		}
	}
}

// TestProgress: never back, and to the end.
func TestProgress(t *testing.T) {
	b := sample()
	b.Encoding.BlockSize = 3
	for _, data := range [][]byte{pbf(t, b), sample().XML(), gzipped(t, sample().XML())} {
		last, calls := int64(0), 0
		err := memory(t, data).Scan(context.Background(), osm.Scan{Want: osm.Everything, Workers: 3, Progress: func(done, total int64) {
			if done < last || done > total || total != int64(len(data)) {
				t.Errorf("%d of %d after %d", done, total, last)
			}
			last = done
			calls++
		}}, func(int, *osm.Block) error { return nil })
		if err != nil || last != int64(len(data)) || calls < 2 {
			t.Errorf("error %v, %d calls, the last with %d of %d", err, calls, last, len(data))
		}
	}
}

// TestCallbackError: an error of fn comes back as it is, that of the first block.
func TestCallbackError(t *testing.T) {
	b := sample()
	b.Encoding.BlockSize = 3
	for _, data := range [][]byte{pbf(t, b), sample().XML()} {
		for range 20 {
			var mu sync.Mutex
			first := -1
			failures := map[int]error{}
			err := memory(t, data).Scan(context.Background(), osm.Scan{Want: osm.Everything, Workers: 4}, func(_ int, b *osm.Block) error {
				mu.Lock()
				defer mu.Unlock()
				if first < 0 || b.Seq < first {
					first = b.Seq
				}
				failures[b.Seq] = fmt.Errorf("block %d", b.Seq)
				return failures[b.Seq]
			})
			if first < 0 || err != failures[first] { //nolint:errorlint // it must come back as it is, not wrapped
				t.Fatalf("%v, want that of block %d", err, first)
			}
		}
	}
}

func TestContext(t *testing.T) {
	b := sample()
	b.Encoding.BlockSize = 1
	for _, data := range [][]byte{pbf(t, b), sample().XML(), gzipped(t, sample().XML())} {
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		err := memory(t, data).Scan(ctx, osm.Scan{Want: osm.Everything}, func(int, *osm.Block) error {
			calls.Add(1)
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || calls.Load() != 1 {
			t.Errorf("%v after %d blocks", err, calls.Load())
		}
		if err := memory(t, data).Scan(ctx, osm.Scan{}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%v for a context that has ended", err)
		}
	}
}

// countingReader counts the bytes read.
type countingReader struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *countingReader) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}

// TestSecondScanReadsLess: after a scan, blobs without the wanted kind are not read.
func TestSecondScanReadsLess(t *testing.T) {
	b := &osmtest.Builder{Encoding: osmtest.Encoding{Compression: osmtest.Raw}}
	for i := range 2000 {
		b.Node(int64(i), float64(i)/1000, float64(i)/777)
	}
	b.Way(1, []int64{1, 2})
	data := pbf(t, b)
	r := &countingReader{ReaderAt: bytes.NewReader(data)}
	f, err := osm.NewFile(r, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(want osm.Content) int64 {
		before := r.n.Load()
		scan(t, f, want, func(*osm.Block) {})
		return r.n.Load() - before
	}
	first, second := read(osm.Nodes), read(osm.Ways)
	if second*10 > first || second == 0 {
		t.Errorf("%d bytes for the first scan, %d for the ways", first, second)
	}
	if n := read(osm.Relations); n != 0 {
		t.Errorf("%d bytes for no relations", n)
	}
}

// TestScanAllocates: memory is allocated per worker and block, not per object.
func TestScanAllocates(t *testing.T) {
	b := new(osmtest.Builder)
	b.Encoding.BlockSize = 1000
	for i := range 100_000 {
		b.Node(int64(i), float64(i%9000)/100, float64(i)/777, "name", strings.Repeat("x", i%10))
		b.Way(int64(i), []int64{1, 2, 3}, "highway", "road")
	}
	f := memory(t, pbf(t, b))
	allocations := testing.AllocsPerRun(3, func() { scan(t, f, osm.Everything, func(*osm.Block) {}) })
	if allocations > 1000 { // 200 blocks
		t.Errorf("%v allocations for 200,000 objects in 200 blocks", allocations)
	}
}

// TestTakeSorted: a scan that takes the file to be sorted skips node blobs; where
// it was wrong the scan of nodes says so, and a scan that doubts finds everything.
func TestTakeSorted(t *testing.T) {
	build := func(e osmtest.Encoding) *osm.File {
		b := &osmtest.Builder{Encoding: e}
		for id := range int64(100) {
			b.Node(id+1, 50+float64(id)*0.001, 8)
		}
		for id := range int64(20) {
			b.Way(id+1, []int64{id + 1, id + 2})
		}
		b.Relation(1, []osmtest.Member{{Kind: osmtest.Way, ID: 1}})
		data, err := b.PBF()
		if err != nil {
			t.Fatal(err)
		}
		f, err := osm.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	count := func(f *osm.File, want osm.Content, take bool) (n int, err error) {
		err = f.Scan(t.Context(), osm.Scan{Want: want, TakeSorted: take}, func(_ int, b *osm.Block) error {
			n += len(b.NodeID) + len(b.WayID) + len(b.RelID)
			return nil
		})
		return n, err
	}
	for name, e := range map[string]osmtest.Encoding{
		"sorted": {BlockSize: 7}, "mixed at the border": {BlockSize: 9, Mixed: true}, "one block": {},
	} {
		f := build(e)
		if n, err := count(f, osm.Ways|osm.Relations, true); n != 21 || err != nil {
			t.Errorf("%s: %d ways and relations, %v", name, n, err)
		}
		if n, err := count(f, osm.Nodes, true); n != 100 || err != nil {
			t.Errorf("%s: %d nodes, %v", name, n, err)
		}
	}
	f := build(osmtest.Encoding{BlockSize: 7, Reversed: true})
	missed, err := count(f, osm.Ways|osm.Relations, true)
	if err != nil || missed == 21 {
		t.Errorf("reversed: %d ways and relations, %v; the test needs a file on which bisection goes wrong", missed, err)
	}
	if _, err := count(f, osm.Nodes, true); !errors.Is(err, osm.ErrUnsorted) {
		t.Errorf("reversed: scan of nodes says %v", err)
	}
	if n, err := count(f, osm.Ways|osm.Relations, false); n != 21 || err != nil {
		t.Errorf("reversed, doubting: %d ways and relations, %v", n, err)
	}
	if n, err := count(f, osm.Nodes, false); n != 100 || err != nil {
		t.Errorf("reversed, doubting: %d nodes, %v", n, err)
	}
}
