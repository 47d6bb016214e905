package osm_test

import (
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	oracle "github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"
	"github.com/paulmach/osm/osmxml"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/osm"
)

// objects are the objects of an extract by id, each with all its parts in one
// string.
type objects struct {
	nodes, ways, relations map[int64]string
}

func newObjects() objects {
	return objects{map[int64]string{}, map[int64]string{}, map[int64]string{}}
}

// collect decodes a file into one line of text per object.
func collect(tb testing.TB, f *osm.File, workers int, want osm.Content) objects {
	tb.Helper()
	all := newObjects()
	var mu sync.Mutex
	seen := map[int]bool{}
	err := f.Scan(context.Background(), osm.Scan{Want: want, Workers: workers}, func(worker int, b *osm.Block) error {
		mu.Lock()
		defer mu.Unlock()
		if worker < 0 || worker >= workers {
			tb.Errorf("worker %d of %d", worker, workers)
		}
		if seen[b.Seq] {
			tb.Errorf("block %d twice", b.Seq)
		}
		seen[b.Seq] = true
		addBlock(tb, &all, b)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range len(seen) {
		if !seen[i] {
			tb.Errorf("no block %d of %d", i, len(seen))
		}
	}
	return all
}

// addBlock writes down every object of a block.
func addBlock(tb testing.TB, all *objects, b *osm.Block) {
	tb.Helper()
	put := func(m map[int64]string, id int64, s string) {
		if _, there := m[id]; there {
			tb.Errorf("object %d twice", id)
		}
		m[id] = s
	}
	var s []byte
	tags := func(from, to uint32) {
		for j := from; j < to; j++ {
			s = line(s, '=', b.String(b.Key[j]))
			s = line(s, ':', b.String(b.Val[j]))
		}
	}
	for i, id := range b.NodeID {
		s = number(s[:0], int64(b.NodeLat[i]))
		s = number(s, int64(b.NodeLon[i]))
		if len(b.NodeTag) > 0 {
			tags(b.NodeTag[i], b.NodeTag[i+1])
		}
		put(all.nodes, id, string(s))
	}
	for i, id := range b.WayID {
		s = s[:0]
		for _, r := range b.Ref[b.WayRef[i]:b.WayRef[i+1]] {
			s = number(s, r)
		}
		tags(b.WayTag[i], b.WayTag[i+1])
		put(all.ways, id, string(s))
	}
	for i, id := range b.RelID {
		s = s[:0]
		for j := b.RelMember[i]; j < b.RelMember[i+1]; j++ {
			s = number(s, int64(b.MemberType[j]))
			s = number(s, b.MemberID[j])
			s = line(s, '@', b.String(b.MemberRole[j]))
		}
		tags(b.RelTag[i], b.RelTag[i+1])
		put(all.relations, id, string(s))
	}
}

func number(s []byte, v int64) []byte {
	for range 8 {
		s = append(s, byte(v))
		v >>= 8
	}
	return s
}

func line(s []byte, mark byte, text []byte) []byte {
	s = append(s, mark)
	s = number(s, int64(len(text)))
	return append(s, text...)
}

// independent decodes a file with paulmach/osm.
func independent(tb testing.TB, path string) objects {
	tb.Helper()
	r, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	var scanner oracle.Scanner
	switch {
	case strings.HasSuffix(path, ".pbf"):
		scanner = osmpbf.New(context.Background(), r, 2)
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(r)
		if err != nil {
			tb.Fatal(err)
		}
		scanner = osmxml.New(context.Background(), z)
	case strings.HasSuffix(path, ".bz2"):
		scanner = osmxml.New(context.Background(), bzip2.NewReader(r))
	default:
		scanner = osmxml.New(context.Background(), io.Reader(r))
	}
	defer scanner.Close()
	all := newObjects()
	var s []byte
	tags := func(t oracle.Tags) {
		for _, tag := range t {
			s = line(s, '=', []byte(tag.Key))
			s = line(s, ':', []byte(tag.Value))
		}
	}
	round := func(v float64) int64 {
		if v < 0 {
			return -int64(-v*1e7 + 0.5)
		}
		return int64(v*1e7 + 0.5)
	}
	for scanner.Scan() {
		switch o := scanner.Object().(type) {
		case *oracle.Node:
			s = number(s[:0], round(o.Lat))
			s = number(s, round(o.Lon))
			tags(o.Tags)
			all.nodes[int64(o.ID)] = string(s)
		case *oracle.Way:
			s = s[:0]
			for _, n := range o.Nodes {
				s = number(s, int64(n.ID))
			}
			tags(o.Tags)
			all.ways[int64(o.ID)] = string(s)
		case *oracle.Relation:
			s = s[:0]
			for _, m := range o.Members {
				kind := slices.Index([]oracle.Type{oracle.TypeNode, oracle.TypeWay, oracle.TypeRelation}, m.Type)
				s = number(s, int64(kind))
				s = number(s, m.Ref)
				s = line(s, '@', []byte(m.Role))
			}
			tags(o.Tags)
			all.relations[int64(o.ID)] = string(s)
		}
	}
	if err := scanner.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

func (s objects) equal(tb testing.TB, want objects) {
	tb.Helper()
	same := func(kind string, got, want map[int64]string) {
		tb.Helper()
		if len(got) != len(want) {
			tb.Errorf("%d %s, want %d", len(got), kind, len(want))
		}
		wrong := 0
		for id, w := range want {
			if g, ok := got[id]; !ok || g != w {
				if wrong++; wrong <= 3 {
					tb.Errorf("%s %d: %q, want %q", kind, id, g, w)
				}
			}
		}
		if wrong > 3 {
			tb.Errorf("and %d more %s", wrong-3, kind)
		}
	}
	same("nodes", s.nodes, want.nodes)
	same("ways", s.ways, want.ways)
	same("relations", s.relations, want.relations)
}

// TestOracle compares every id, coordinate, tag, reference and member of real
// extracts with an independent decoder.
func TestOracle(t *testing.T) {
	names := []string{
		"delaware", "andorra", "hamburg-ferry.osm.pbf", "harrisburg.osm.pbf", "krems.osm.gz",
		"liechtenstein-latest.osm.pbf", "london-northern-line.osm.pbf", "monaco.osm.pbf", "oslo-east.osm.pbf",
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := extract(t, name)
			f := open(t, path)
			got := collect(t, f, 2, osm.Everything)
			if len(got.nodes) == 0 || len(got.ways) == 0 {
				t.Errorf("only %d nodes and %d ways", len(got.nodes), len(got.ways))
			}
			got.equal(t, independent(t, path))
			// A later scan for one kind uses what the first learnt.
			collect(t, f, 2, osm.Ways).equal(t, objects{ways: got.ways})
			t.Logf("header %+v, newest %d", f.Header, f.Newest())
		})
	}
}

func extract(tb testing.TB, name string) string {
	tb.Helper()
	switch name {
	case "delaware":
		return testdata.Delaware(tb)
	case "andorra":
		return testdata.Andorra(tb)
	}
	return testdata.Extract(tb, name)
}

func open(tb testing.TB, path string) *osm.File {
	tb.Helper()
	f, err := osm.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}
