package osm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/outrider-project/outrider/geo"
)

// The limits of the PBF format, in bytes, and those of this decoder, which bound
// what a hostile file can make it hold: a blob may inflate to, and its columns may
// take, slack bytes and expansion times its size on disk. Blobs of real extracts
// inflate to 2 to 6 times.
const (
	maxHeader = 64 << 10
	maxBlob   = 32 << 20
	slack     = 4 << 20
	expansion = 16
	// keep is how much memory a worker holds on to between blobs.
	keep = 8 << 20
)

// A blob is one data blob of a PBF file.
type blob struct {
	start int64 // of its frame
	data  uint32
	skip  uint32 // length of the frame before the data
	kinds Content
	known bool // kinds is known
	taken bool // kinds is taken to be Nodes, from the place in the file alone
}

func (b *blob) end() int64 { return b.start + int64(b.skip) + int64(b.data) }

// openPBF reads the frames of all blobs, and the header.
func (f *File) openPBF() error {
	var frame [4 + 256]byte
	var long []byte
	header := false
	for at := int64(0); at < f.size; {
		b, kind, err := f.frame(at, frame[:], &long)
		if err != nil {
			return err
		}
		if b.end() > f.size {
			return fmt.Errorf("%w at byte %d: the blob that starts at byte %d must end at byte %d; %s", ErrTruncated, f.size, at, b.end(), again)
		}
		switch kind {
		case "OSMHeader":
			if header {
				return fmt.Errorf("%w: a second header at byte %d, as if two files were joined; merge them with \"osmium merge\"", ErrCorrupt, at)
			}
			header = true
			if err := f.readHeader(&b); err != nil {
				return fmt.Errorf("header at byte %d: %w", at, err)
			}
		case "OSMData":
			if !header {
				return fmt.Errorf("%w: data before the header at byte %d; %s", ErrCorrupt, at, again)
			}
			f.blobs = append(f.blobs, b)
		} // other types are to be skipped, says the format
		at = b.end()
	}
	return nil
}

// frame reads the BlobHeader at a place of the file.
func (f *File) frame(at int64, buf []byte, long *[]byte) (blob, string, error) {
	n, err := f.src.ReadAt(buf[:min(int64(len(buf)), f.size-at)], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return blob{}, "", fmt.Errorf("read at byte %d: %w", at, err)
	}
	buf = buf[:n]
	cut := fmt.Errorf("%w at byte %d: in the frame of a blob; %s", ErrTruncated, f.size, again)
	if len(buf) < 4 {
		return blob{}, "", cut
	}
	size := binary.BigEndian.Uint32(buf)
	if size == 0 || size > maxHeader {
		return blob{}, "", fmt.Errorf("%w at byte %d: a blob header of %d bytes, must be 1 to %d; %s", ErrCorrupt, at, size, maxHeader, again)
	}
	if at+4+int64(size) > f.size {
		return blob{}, "", cut
	}
	body := buf[4:]
	if int(size) <= len(body) {
		body = body[:size]
	} else {
		*long = extend((*long)[:0], int(size))
		body = *long
		if _, err := f.src.ReadAt(body, at+4); err != nil && !errors.Is(err, io.EOF) {
			return blob{}, "", fmt.Errorf("read at byte %d: %w", at, err)
		}
	}
	kind, data, found := "", uint64(0), false
	p := fields{p: body}
	for p.next() {
		switch p.field {
		case 1:
			if p.bytes() {
				kind = string(p.body)
			}
		case 3:
			if p.number() {
				data, found = p.value, true
			}
		}
	}
	switch {
	case p.err != nil:
		return blob{}, "", fmt.Errorf("%w at byte %d: blob header: %w; %s", ErrCorrupt, at, p.err, again)
	case kind == "" || !found:
		return blob{}, "", fmt.Errorf("%w at byte %d: a blob header without type or size; %s", ErrCorrupt, at, again)
	case data > maxBlob:
		return blob{}, "", fmt.Errorf("%w at byte %d: a blob of %d bytes, the format allows %d; %s", ErrCorrupt, at, data, maxBlob, again)
	}
	return blob{start: at, skip: 4 + size, data: uint32(data)}, kind, nil
}

// readHeader reads the HeaderBlock.
func (f *File) readHeader(b *blob) error {
	var u unpacker
	defer u.release()
	data, err := u.read(f.src, b)
	if err != nil {
		return err
	}
	h := &f.Header
	p := fields{p: data}
	for p.next() {
		switch p.field {
		case 1:
			if p.bytes() {
				if h.Box, err = headerBox(p.body); err != nil {
					return err
				}
			}
		case 4:
			if p.bytes() {
				h.RequiredFeatures = append(h.RequiredFeatures, string(p.body))
			}
		case 5:
			if p.bytes() {
				h.OptionalFeatures = append(h.OptionalFeatures, string(p.body))
			}
		case 16:
			if p.bytes() {
				h.WritingProgram = strings.ToValidUTF8(string(p.body), "\ufffd")
			}
		case 32:
			if p.number() && p.value < math.MaxInt64 {
				h.ReplicationTimestamp = int64(p.value)
			}
		}
	}
	if p.err != nil {
		return fmt.Errorf("%w: %w; %s", ErrCorrupt, p.err, again)
	}
	for _, feature := range h.RequiredFeatures {
		switch feature {
		case "OsmSchema-V0.6", "DenseNodes":
		case "HistoricalInformation":
			return fmt.Errorf("%w: a history file (required feature HistoricalInformation); make an extract of one moment with \"osmium time-filter\"", ErrUnsupported)
		default:
			return fmt.Errorf("%w: required feature %q; convert the file with \"osmium cat FILE -o NEW.osm.pbf\"", ErrUnsupported, feature)
		}
	}
	h.Sorted = slices.Contains(h.OptionalFeatures, "Sort.Type_then_ID")
	for _, feature := range h.OptionalFeatures { // osmconvert puts the data date here
		if date, ok := strings.CutPrefix(feature, "timestamp="); ok && h.ReplicationTimestamp == 0 {
			if t, err := time.Parse(time.RFC3339, date); err == nil {
				h.ReplicationTimestamp = t.Unix()
			}
		}
	}
	return nil
}

// headerBox reads a HeaderBBox, whose corners are in 1e-9 degree.
func headerBox(body []byte) (geo.Box, error) {
	var v [4]int64 // left, right, top, bottom
	p := fields{p: body}
	for p.next() {
		if p.field >= 1 && p.field <= 4 && p.number() {
			v[p.field-1] = zigzag(p.value) / 100
		}
	}
	if p.err != nil {
		return geo.Box{}, fmt.Errorf("%w: %w; %s", ErrCorrupt, p.err, again)
	}
	for i, limit := range [4]int64{180 * e7, 180 * e7, 90 * e7, 90 * e7} {
		v[i] = min(max(v[i], -limit), limit)
	}
	return geo.Box{
		Min: geo.Point{Lat: int32(v[3]), Lon: int32(v[0])},
		Max: geo.Point{Lat: int32(v[2]), Lon: int32(v[1])},
	}, nil
}

// An unpacker reads blobs from a file and inflates them, into buffers it uses
// again.
type unpacker struct {
	raw, data []byte
	packed    bytes.Reader
	zlib      io.ReadCloser
	zstd      *zstd.Decoder
}

func (u *unpacker) release() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}

// read returns the content of a blob, valid until the next call.
func (u *unpacker) read(src io.ReaderAt, b *blob) ([]byte, error) {
	u.raw = extend(u.raw[:0], int(b.data))
	if n, err := src.ReadAt(u.raw, b.start+int64(b.skip)); n < len(u.raw) {
		if err == nil || errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: the file became shorter while it was read", ErrTruncated)
		}
		return nil, fmt.Errorf("read: %w", err)
	}
	var body []byte
	var size uint64
	var how uint64
	p := fields{p: u.raw}
	for p.next() {
		switch p.field {
		case 2:
			if p.number() {
				size = p.value
			}
		case 1, 3, 4, 5, 6, 7:
			if p.bytes() {
				body, how = p.body, p.field
			}
		}
	}
	if p.err != nil {
		return nil, corrupt(p.err)
	}
	const convert = "convert the file with \"osmium cat FILE -o NEW.osm.pbf\""
	switch how {
	case 1:
		if len(body) > maxBlob {
			return nil, corrupt(errors.New("a blob of more than 32 MiB"))
		}
		return body, nil
	case 3, 7:
	case 4:
		return nil, fmt.Errorf("%w: a blob packed with lzma; %s", ErrUnsupported, convert)
	case 5:
		return nil, fmt.Errorf("%w: a blob packed with bzip2; %s", ErrUnsupported, convert)
	case 6:
		return nil, fmt.Errorf("%w: a blob packed with lz4; %s", ErrUnsupported, convert)
	default:
		return nil, fmt.Errorf("%w: a blob without data, or packed in an unknown way; %s", ErrCorrupt, convert)
	}
	switch {
	case size == 0:
		return nil, corrupt(errors.New("a blob that does not say how long its content is"))
	case size > maxBlob:
		return nil, corrupt(fmt.Errorf("a blob that unpacks to %d bytes, the format allows %d", size, maxBlob))
	case size > slack+expansion*uint64(len(body)):
		return nil, corrupt(fmt.Errorf("a blob of %d bytes that unpacks to %d, which no map data does", len(body), size))
	}
	u.data = extend(u.data[:0], int(size))
	if how == 7 {
		return u.unzstd(body)
	}
	if err := u.inflate(body); err != nil {
		return nil, corrupt(fmt.Errorf("a blob does not unpack: %w", err))
	}
	return u.data, nil
}

// inflate unpacks zlib data, which must fill u.data exactly.
func (u *unpacker) inflate(body []byte) error {
	u.packed.Reset(body)
	if u.zlib == nil {
		z, err := zlib.NewReader(&u.packed)
		if err != nil {
			return err
		}
		u.zlib = z
	} else if err := u.zlib.(zlib.Resetter).Reset(&u.packed, nil); err != nil {
		return err
	}
	if _, err := io.ReadFull(u.zlib, u.data); err != nil {
		return err
	}
	var more [1]byte
	if n, err := u.zlib.Read(more[:]); n > 0 || !errors.Is(err, io.EOF) {
		if n > 0 || err == nil {
			err = errors.New("it is longer than it says")
		}
		return err
	}
	return nil
}

func (u *unpacker) unzstd(body []byte) ([]byte, error) {
	if u.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlob), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return nil, err
		}
		u.zstd = z
	}
	data, err := u.zstd.DecodeAll(body, u.data[:0:len(u.data)])
	if err == nil && len(data) != len(u.data) {
		err = fmt.Errorf("it has %d bytes and says %d", len(data), len(u.data))
	}
	if err != nil {
		return nil, corrupt(fmt.Errorf("a blob does not unpack: %w", err))
	}
	return data, nil
}

func corrupt(err error) error { return fmt.Errorf("%w: %w; %s", ErrCorrupt, err, again) }

// scanPBF is Scan for PBF: workers take the blobs one after the other.
func (f *File) scanPBF(ctx context.Context, s Scan, fn func(worker int, b *Block) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var (
		next    atomic.Int64
		stopped atomic.Bool
		wg      sync.WaitGroup

		mu     sync.Mutex
		failed = len(f.blobs) // the first blob with an error
		first  error
		done   int64
	)
	fail := func(seq int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if seq < failed || first == nil {
			failed, first = seq, err
		}
		stopped.Store(true)
	}
	work := func(worker int) {
		defer wg.Done()
		w := pbfWorker{file: f, want: s.Want}
		defer w.unpack.release()
		for !stopped.Load() {
			seq := int(next.Add(1) - 1)
			if seq >= len(f.blobs) {
				return
			}
			err := ctx.Err()
			if err == nil {
				err = w.block(seq)
			}
			if err == nil {
				err = fn(worker, &w.blockBuf)
			}
			if err != nil {
				fail(seq, err)
				return
			}
			w.trim()
			mu.Lock()
			done += f.blobs[seq].end() - f.blobs[seq].start
			s.Progress(done, f.size)
			mu.Unlock()
		}
	}
	for i := range min(s.Workers, max(len(f.blobs), 1)) {
		wg.Add(1)
		go work(i)
	}
	wg.Wait()
	if first == nil {
		s.Progress(f.size, f.size)
	}
	return first
}

// takeSorted looks for the first blob that holds something else than nodes, by
// bisection, and takes those before it to hold nodes only. A blob that cannot be
// read ends the search: the scan will say what is wrong with it.
func (f *File) takeSorted() {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := pbfWorker{file: f}
	defer w.unpack.release()
	w.prim.block = &w.blockBuf
	var failed bool
	first := sort.Search(len(f.blobs), func(seq int) bool {
		b := &f.blobs[seq]
		if !b.known && !failed {
			data, err := w.unpack.read(f.src, b)
			if err == nil {
				b.kinds, err = w.prim.decode(data, 0)
			}
			b.known, failed = err == nil, err != nil
			b.taken = false
		}
		return b.kinds&^Nodes != 0
	})
	if failed {
		return
	}
	for seq := range first {
		if b := &f.blobs[seq]; !b.known {
			b.kinds, b.taken = Nodes, true
		}
	}
}

// doubtSorted forgets what takeSorted took for granted.
func (f *File) doubtSorted() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for seq := range f.blobs {
		if b := &f.blobs[seq]; b.taken {
			b.kinds, b.taken = 0, false
		}
	}
}

// A pbfWorker decodes blobs, with buffers it uses again.
type pbfWorker struct {
	file     *File
	want     Content
	unpack   unpacker
	prim     primitive
	blockBuf Block
}

// block decodes data blob seq.
func (w *pbfWorker) block(seq int) error {
	f := w.file
	w.blockBuf.reset(seq)
	f.mu.Lock()
	b := f.blobs[seq]
	f.mu.Unlock()
	if (b.known || b.taken) && b.kinds&w.want == 0 {
		return nil
	}
	data, err := w.unpack.read(f.src, &b)
	if err == nil {
		w.prim.block, w.prim.newest = &w.blockBuf, 0
		w.prim.budget = slack + expansion*int(b.data)
		b.kinds, err = w.prim.decode(data, w.want)
		if err != nil {
			err = corrupt(err)
		} else if b.taken && b.kinds&^Nodes != 0 {
			err = fmt.Errorf("%w: it holds more than nodes, and others before it do not", ErrUnsorted)
		}
	}
	if err != nil {
		return f.wrap(fmt.Errorf("block %d at byte %d: %w", seq, b.start, err))
	}
	f.seen(w.prim.newest)
	if !b.known {
		f.mu.Lock()
		f.blobs[seq].kinds, f.blobs[seq].known, f.blobs[seq].taken = b.kinds, true, false
		f.mu.Unlock()
	}
	return nil
}

// trim lets go of buffers that an unusually large blob needed.
func (w *pbfWorker) trim() {
	if cap(w.unpack.raw)+cap(w.unpack.data)+w.blockBuf.capacity() > keep {
		w.unpack.raw, w.unpack.data = nil, nil
		w.blockBuf = Block{}
	}
}
