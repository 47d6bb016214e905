package osmtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// A Compression says how the data of PBF blobs is packed.
type Compression uint8

// The ways of packing a blob.
const (
	Zlib Compression = iota
	Raw
	Zstd
)

// An Encoding says how PBF is written. The zero value is what most programs
// write.
type Encoding struct {
	// Compression of the blobs.
	Compression Compression
	// PlainNodes writes one message per node instead of dense columns.
	PlainNodes bool
	// BlockSize is the largest number of objects in a block; 0 means 8,000.
	BlockSize int
	// Mixed puts nodes, ways and relations into the same blocks.
	Mixed bool
	// Reversed writes relations first and nodes last.
	Reversed bool
	// Granularity in units of 1e-9 degree; 0 means 100, the default of the format.
	Granularity int64
	// LatOffset and LonOffset in units of 1e-9 degree.
	LatOffset, LonOffset int64
	// Features are required features to name besides OsmSchema-V0.6 and DenseNodes.
	Features []string
	// Optional are the optional features to name.
	Optional []string
}

// PBF returns the extract as OSM PBF. It fails when a position cannot be
// written exactly with the encoding's granularity and offsets.
func (b *Builder) PBF() ([]byte, error) {
	var out bytes.Buffer
	w := newWriter(&out, b.Encoding, b.Timestamp)
	var box []int32
	if len(b.nodes) > 0 {
		minLat, minLon, maxLat, maxLon := b.bounds()
		box = []int32{minLat, minLon, maxLat, maxLon}
	}
	w.header(box, b.Replication)
	kinds := []Kind{Node, Way, Relation}
	if b.Encoding.Reversed {
		kinds = []Kind{Relation, Way, Node}
	}
	for _, k := range kinds {
		switch k {
		case Node:
			for _, n := range b.nodes {
				w.node(n)
			}
		case Way:
			for _, v := range b.ways {
				w.way(v)
			}
		case Relation:
			for _, r := range b.relations {
				w.relation(r)
			}
		}
		if !b.Encoding.Mixed {
			w.flush()
		}
	}
	w.flush()
	return out.Bytes(), w.err
}

// A message is a protobuf message being written.
type message []byte

func (m *message) uvarint(v uint64) { *m = binary.AppendUvarint(*m, v) }

// svarint writes a zigzag number.
func (m *message) svarint(v int64) { *m = binary.AppendVarint(*m, v) }

func (m *message) number(field int, v uint64) {
	m.uvarint(uint64(field) << 3)
	m.uvarint(v)
}

func (m *message) signed(field int, v int64) {
	m.uvarint(uint64(field) << 3)
	m.svarint(v)
}

func (m *message) bytes(field int, v []byte) {
	m.uvarint(uint64(field)<<3 | 2)
	m.uvarint(uint64(len(v)))
	*m = append(*m, v...)
}

// A writer writes the blobs of a PBF file. The first error stays in err and
// makes all that follows do nothing.
type writer struct {
	out       io.Writer
	err       error
	encoding  Encoding
	timestamp int64

	strings   map[string]uint64
	table     message // the string table so far
	count     int     // objects in the block
	dense     []node
	plain     message // group of plain nodes
	ways      message // group of ways
	relations message // group of relations
	zip       *zlib.Writer
}

func newWriter(out io.Writer, e Encoding, timestamp int64) *writer {
	if e.BlockSize == 0 {
		e.BlockSize = 8000
	}
	if e.Granularity == 0 {
		e.Granularity = 100
	}
	w := &writer{out: out, encoding: e, timestamp: timestamp}
	w.reset()
	return w
}

func (w *writer) reset() {
	w.strings = map[string]uint64{"": 0}
	w.table = nil
	w.table.bytes(1, nil)
	w.count = 0
	w.dense = w.dense[:0]
	w.plain, w.ways, w.relations = w.plain[:0], w.ways[:0], w.relations[:0]
}

// header writes the header blob; box is minimum latitude and longitude, then
// the maximum, or nil.
func (w *writer) header(box []int32, replication int64) {
	var m message
	if box != nil {
		var b message
		for field, v := range []int32{box[1], box[3], box[2], box[0]} { // left, right, top, bottom
			b.signed(field+1, int64(v)*100)
		}
		m.bytes(1, b)
	}
	m.bytes(4, []byte("OsmSchema-V0.6"))
	if !w.encoding.PlainNodes {
		m.bytes(4, []byte("DenseNodes"))
	}
	for _, f := range w.encoding.Features {
		m.bytes(4, []byte(f))
	}
	for _, f := range w.encoding.Optional {
		m.bytes(5, []byte(f))
	}
	m.bytes(16, []byte("osmtest"))
	if replication != 0 {
		m.number(32, uint64(replication))
	}
	w.blob("OSMHeader", m)
}

// blob writes one blob and its header.
func (w *writer) blob(kind string, data []byte) {
	if w.err != nil {
		return
	}
	var b message
	switch w.encoding.Compression {
	case Raw:
		b.bytes(1, data)
	case Zlib:
		var packed bytes.Buffer
		if w.zip == nil {
			w.zip = zlib.NewWriter(&packed)
		} else {
			w.zip.Reset(&packed)
		}
		if _, err := w.zip.Write(data); err != nil {
			w.err = err
			return
		}
		if err := w.zip.Close(); err != nil {
			w.err = err
			return
		}
		b.number(2, uint64(len(data)))
		b.bytes(3, packed.Bytes())
	case Zstd:
		z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			w.err = err
			return
		}
		b.number(2, uint64(len(data)))
		b.bytes(7, z.EncodeAll(data, nil))
		if err := z.Close(); err != nil {
			w.err = err
			return
		}
	default:
		w.err = fmt.Errorf("osmtest: no such compression: %d", w.encoding.Compression)
		return
	}
	var h message
	h.bytes(1, []byte(kind))
	h.number(3, uint64(len(b)))
	size := binary.BigEndian.AppendUint32(nil, uint32(len(h)))
	for _, part := range [][]byte{size, h, b} {
		if _, err := w.out.Write(part); err != nil {
			w.err = err
			return
		}
	}
}

// str returns the index of s in the block's string table.
func (w *writer) str(s string) uint64 {
	i, ok := w.strings[s]
	if !ok {
		i = uint64(len(w.strings))
		w.strings[s] = i
		w.table.bytes(1, []byte(s))
	}
	return i
}

func (w *writer) added() {
	w.count++
	if w.count >= w.encoding.BlockSize {
		w.flush()
	}
}

// coordinate converts a position to the block's units.
func (w *writer) coordinate(e7 int32, offset int64) int64 {
	nano := int64(e7)*100 - offset
	if nano%w.encoding.Granularity != 0 && w.err == nil {
		w.err = fmt.Errorf("osmtest: granularity %d with offset %d cannot express %d", w.encoding.Granularity, offset, e7)
	}
	return nano / w.encoding.Granularity
}

func (w *writer) node(n node) {
	if !w.encoding.PlainNodes {
		w.dense = append(w.dense, n)
		w.added()
		return
	}
	var m message
	m.signed(1, n.id)
	w.tags(&m, n.tags)
	w.info(&m, 4, n.hidden)
	m.signed(8, w.coordinate(n.lat, w.encoding.LatOffset))
	m.signed(9, w.coordinate(n.lon, w.encoding.LonOffset))
	w.plain.bytes(1, m)
	w.added()
}

func (w *writer) way(v way) {
	var m, refs message
	m.number(1, uint64(v.id))
	w.tags(&m, v.tags)
	w.info(&m, 4, v.hidden)
	var last int64
	for _, r := range v.refs {
		refs.svarint(r - last)
		last = r
	}
	m.bytes(8, refs)
	w.ways.bytes(3, m)
	w.added()
}

func (w *writer) relation(r relation) {
	var m, roles, ids, kinds message
	m.number(1, uint64(r.id))
	w.tags(&m, r.tags)
	w.info(&m, 4, r.hidden)
	var last int64
	for _, v := range r.members {
		roles.uvarint(w.str(v.Role))
		ids.svarint(v.ID - last)
		last = v.ID
		kinds.uvarint(uint64(v.Kind))
	}
	m.bytes(8, roles)
	m.bytes(9, ids)
	m.bytes(10, kinds)
	w.relations.bytes(4, m)
	w.added()
}

func (w *writer) tags(m *message, tags []string) {
	var keys, values message
	for i := 0; i < len(tags); i += 2 {
		keys.uvarint(w.str(tags[i]))
		values.uvarint(w.str(tags[i+1]))
	}
	if len(tags) > 0 {
		m.bytes(2, keys)
		m.bytes(3, values)
	}
}

// info writes an object's metadata.
func (w *writer) info(m *message, field int, hidden bool) {
	if w.timestamp == 0 && !hidden {
		return
	}
	var i message
	i.number(1, 1)
	if w.timestamp != 0 {
		i.number(2, uint64(w.timestamp))
	}
	if hidden {
		i.number(6, 0)
	}
	m.bytes(field, i)
}

// denseGroup writes the nodes gathered as columns.
func (w *writer) denseGroup() message {
	var ids, lats, lons, tags, versions, times, visible message
	var id, lat, lon, time int64
	tagged, hidden := false, false
	for _, n := range w.dense {
		y, x := w.coordinate(n.lat, w.encoding.LatOffset), w.coordinate(n.lon, w.encoding.LonOffset)
		ids.svarint(n.id - id)
		lats.svarint(y - lat)
		lons.svarint(x - lon)
		id, lat, lon = n.id, y, x
		for _, t := range n.tags {
			tags.uvarint(w.str(t))
			tagged = true
		}
		tags.uvarint(0)
		versions.uvarint(1)
		times.svarint(w.timestamp - time)
		time = w.timestamp
		if n.hidden {
			hidden = true
			visible.uvarint(0)
		} else {
			visible.uvarint(1)
		}
	}
	var m, group message
	m.bytes(1, ids)
	if w.timestamp != 0 || hidden {
		var info message
		info.bytes(1, versions)
		if w.timestamp != 0 {
			info.bytes(2, times)
		}
		if hidden {
			info.bytes(6, visible)
		}
		m.bytes(5, info)
	}
	m.bytes(8, lats)
	m.bytes(9, lons)
	if tagged {
		m.bytes(10, tags)
	}
	group.bytes(2, m)
	return group
}

// flush writes the block gathered so far, if any.
func (w *writer) flush() {
	if w.count == 0 {
		return
	}
	var groups [][]byte
	if len(w.dense) > 0 {
		groups = append(groups, w.denseGroup())
	}
	for _, g := range []message{w.plain, w.ways, w.relations} {
		if len(g) > 0 {
			groups = append(groups, g)
		}
	}
	var m message
	m.bytes(1, w.table)
	for _, g := range groups {
		m.bytes(2, g)
	}
	if e := w.encoding; e.Granularity != 100 || e.LatOffset != 0 || e.LonOffset != 0 {
		m.number(17, uint64(e.Granularity))
		m.number(19, uint64(e.LatOffset))
		m.number(20, uint64(e.LonOffset))
	}
	w.blob("OSMData", m)
	w.reset()
}
