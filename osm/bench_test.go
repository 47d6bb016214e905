package osm_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/osm"
)

// BenchmarkScan decodes all of Delaware.
func BenchmarkScan(b *testing.B) {
	path := testdata.Delaware(b)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scanAll(b, path, osm.Everything, workers)
			}
		})
	}
}

// BenchmarkScanAgain decodes the nodes of Delaware a second time.
func BenchmarkScanAgain(b *testing.B) {
	f := open(b, testdata.Delaware(b))
	for b.Loop() {
		if err := f.Scan(context.Background(), osm.Scan{Want: osm.Nodes, Workers: 2}, func(int, *osm.Block) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanXML decodes Andorra, of which unpacking bzip2 takes most.
func BenchmarkScanXML(b *testing.B) {
	path := testdata.Andorra(b)
	for b.Loop() {
		scanAll(b, path, osm.Everything, 1)
	}
}

func scanAll(tb testing.TB, path string, want osm.Content, workers int) {
	f, err := osm.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.(interface{ SetBytes(int64) }).SetBytes(f.Size())
	if err := f.Scan(context.Background(), osm.Scan{Want: want, Workers: workers}, func(int, *osm.Block) error { return nil }); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}
