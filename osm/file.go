package osm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/outrider-project/outrider/geo"
)

// What can be wrong with an extract, for errors.Is. The messages around them
// name the file, the place, the cause and what to do.
var (
	// ErrFormat: the file is no extract of a kind this package reads.
	ErrFormat = errors.New("not an OpenStreetMap extract")
	// ErrTruncated: the file ends too early.
	ErrTruncated = errors.New("truncated")
	// ErrCorrupt: the file contradicts its format.
	ErrCorrupt = errors.New("damaged")
	// ErrUnsupported: the file is sound but uses what this package does not read.
	ErrUnsupported = errors.New("not supported")
	// ErrUnsorted: a scan that took the file to be sorted was wrong, see
	// Scan.TakeSorted.
	ErrUnsorted = errors.New("not sorted by kind")
)

const again = "download it again"

// A format is how an extract is written.
type format uint8

const (
	formatPBF format = iota
	formatXML
	formatXMLGzip
	formatXMLBzip2
)

// A Header is what a file says of itself before its first object.
type Header struct {
	// Box is the area of the extract, empty (see geo.EmptyBox) when not stated.
	Box geo.Box
	// ReplicationTimestamp is the data date in Unix seconds: everything edited
	// until then is in the file. 0 when not stated; see File.Newest.
	ReplicationTimestamp int64
	// WritingProgram is the program that wrote the file, "" when not stated.
	WritingProgram string
	// RequiredFeatures and OptionalFeatures are those of a PBF header.
	RequiredFeatures, OptionalFeatures []string
	// Sorted says that the file promises nodes, ways, relations in this order,
	// each by rising id.
	Sorted bool
}

// A File is an open extract. It may be scanned any number of times, also from
// several goroutines.
type File struct {
	// Header is read by Open.
	Header Header

	name   string
	src    io.ReaderAt
	size   int64
	close  func() error
	format format

	mu    sync.Mutex
	blobs []blob // PBF: all data blobs

	newest atomic.Int64
}

// Open opens an extract. Its format, OSM PBF or OSM XML, the latter plain, in
// gzip or in bzip2, is told from its content, never from its name. For PBF the
// frames of all blobs are read, so that a file cut short is found at once; that
// takes a read of some bytes per blob.
func Open(path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open extract: %w", err)
	}
	info, err := r.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w: it is %s; give a file that ends in .osm.pbf, .osm, .osm.gz or .osm.bz2", path, ErrFormat, what(info.Mode()))
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f, err := newFile(r, info.Size(), path)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f.close = r.Close
	return f, nil
}

func what(m os.FileMode) string {
	if m.IsDir() {
		return "a folder"
	}
	return "no regular file"
}

// NewFile is Open for an extract that need not be a file. src is not closed and
// must allow reads from several goroutines at once.
func NewFile(src io.ReaderAt, size int64) (*File, error) { return newFile(src, size, "extract") }

func newFile(src io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: name, src: src, size: size}
	f.Header.Box = geo.EmptyBox()
	var err error
	if f.format, err = detect(src, size); err == nil {
		if f.format == formatPBF {
			err = f.openPBF()
		} else {
			err = f.openXML()
		}
	}
	if err != nil {
		return nil, f.wrap(err)
	}
	return f, nil
}

// wrap puts the file's name before an error.
func (f *File) wrap(err error) error { return fmt.Errorf("%s: %w", f.name, err) }

// Close closes the file. Blocks of a scan must not be used any more.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// Size returns the length of the file in bytes.
func (f *File) Size() int64 { return f.size }

// Newest returns the latest time of last edit, in Unix seconds, of the objects
// decoded by the scans so far, or 0 when none of them carried a time. It serves
// as a data date where the header has none.
func (f *File) Newest() int64 { return f.newest.Load() }

func (f *File) seen(time int64) {
	for {
		old := f.newest.Load()
		if time <= old || f.newest.CompareAndSwap(old, time) {
			return
		}
	}
}

// A Scan says what a scan of a file is to do.
type Scan struct {
	// Want are the kinds of object to decode; columns of others stay empty.
	Want Content
	// Workers is the number of goroutines that decode and call fn; below 1 it
	// means 1. XML is parsed by one, beside one that inflates.
	Workers int
	// TakeSorted lets a scan that does not want nodes take a PBF file to have its
	// nodes before all else, as nearly every file has, whatever its header says:
	// the blobs before the first with something else are then not even read,
	// which is most of the file. A later scan that wants nodes checks it and
	// fails with ErrUnsorted if it was not so; then scan all again without.
	TakeSorted bool
	// Progress, if set, is told how many bytes of the file are done and how many
	// there are: now and then, from one goroutine at a time, never going back,
	// and at the end of a scan without error with both equal.
	Progress func(done, total int64)
}

// Scan decodes the file and calls fn for every block exactly once, from up to
// Workers goroutines at a time, with the number of the goroutine in [0, Workers).
// Blocks start in file order, but with several workers they may end in any order;
// Block.Seq tells it. A block has the same Seq in every scan of the file, whatever
// is wanted: fn is also called for blocks that hold nothing wanted. Scan remembers
// which PBF blobs hold which kinds of object, and a later scan does not even read
// those without a wanted one.
//
// The scan ends with the first error of fn, of the context or of decoding; among
// several it is that of the block that comes first in the file. An error of fn is
// returned as it is.
//
// Memory: a worker holds one blob, what it inflates to and its columns. The last
// two may each take at most 4 MiB plus 16 times the blob's size on disk
// (and a blob is at most 32 MiB); real extracts need about 5 times. It does not
// grow with the file but for 24 bytes per PBF blob.
func (f *File) Scan(ctx context.Context, s Scan, fn func(worker int, b *Block) error) error {
	s.Workers = max(s.Workers, 1)
	if s.Progress == nil {
		s.Progress = func(int64, int64) {}
	}
	if f.format == formatPBF {
		if s.TakeSorted && s.Want&Nodes == 0 {
			f.takeSorted()
		} else if !s.TakeSorted {
			f.doubtSorted()
		}
		return f.scanPBF(ctx, s, fn)
	}
	return f.scanXML(ctx, s, fn)
}
