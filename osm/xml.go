package osm

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/outrider-project/outrider/geo"
)

// The limits of XML: a block ends after blockObjects objects or blockBytes of
// (unpacked) XML, and one object has at most objectBytes.
const (
	blockObjects = 8000
	blockBytes   = 2 << 20
	objectBytes  = 16 << 20
	maxDepth     = 16
)

// A counter counts what is read through it,
// and keeps the error of the source, which is no fault of the data.
type counter struct {
	r   io.Reader
	n   atomic.Int64
	err atomic.Pointer[error]
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		c.err.Store(&err)
	}
	return n, err
}

// text returns the file's XML, unpacked, and a count of the bytes of the file
// read for it.
func (f *File) text() (io.Reader, *counter, error) {
	c := &counter{r: io.NewSectionReader(f.src, 0, f.size)}
	switch f.format {
	case formatXMLGzip:
		z, err := gzip.NewReader(c)
		if err != nil {
			return nil, nil, f.unpackError(err)
		}
		return z, c, nil
	case formatXMLBzip2:
		return bzip2.NewReader(c), c, nil
	case formatXML, formatPBF:
	}
	return c, c, nil
}

// unpackError says what an error of the source or of unpacking means.
func (f *File) unpackError(err error) error {
	var bad bzip2.StructuralError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errXMLEnd), errors.Is(err, io.EOF):
		return fmt.Errorf("%w at byte %d: the file ends before its data does; %s", ErrTruncated, f.size, again)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &bad):
		return corrupt(fmt.Errorf("it does not unpack: %w", err))
	}
	return err
}

// openXML reads what stands before the first object.
func (f *File) openXML() error {
	r, read, err := f.text()
	if err != nil {
		return err
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return f.unpackError(corruptPack(err))
	}
	head = head[:n]
	switch {
	case n == 0 && err != nil:
		return f.unpackError(err)
	case looksLikePBF(head):
		return fmt.Errorf("%w: a PBF file packed once more with gzip or bzip2; unpack it with gunzip or bunzip2", ErrFormat)
	case !looksLikeXML(head):
		return fmt.Errorf("unpacked: %w", foreign(head))
	}
	x := xmlScan{file: f, head: &f.Header, read: read, lex: newLexer(io.MultiReader(bytes.NewReader(head), r))}
	if err := x.header(); err != nil {
		return x.place(err)
	}
	return nil
}

// corruptPack marks an error of a decompressor that has no name of its own.
func corruptPack(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return corrupt(fmt.Errorf("it does not unpack: %w", err))
}

// An xmlScan turns tags into blocks.
type xmlScan struct {
	file *File
	head *Header
	read *counter
	lex  *lexer
	want Content
	emit func(*Block) error

	block   Block
	table   map[string]uint32
	kind    Content // of all objects in the block
	objects int
	start   int64 // where the block starts
	newest  []byte
}

// place adds where an error is.
func (x *xmlScan) place(err error) error {
	if source := x.read.err.Load(); source != nil {
		return fmt.Errorf("read: %w", *source)
	}
	switch {
	case errors.Is(err, errXMLEnd), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w at byte %d: the file ends before </osm>; %s", ErrTruncated, x.file.size, again)
	case errors.Is(err, ErrFormat), errors.Is(err, ErrUnsupported):
		return err
	}
	unpacked := ""
	if x.file.format != formatXML {
		unpacked = " of the unpacked file"
	}
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("near byte %d%s: %w", x.lex.offset(), unpacked, err)
	}
	return fmt.Errorf("%w near byte %d%s: %w; %s", ErrCorrupt, x.lex.offset(), unpacked, err, again)
}

// root reads up to and with the root tag.
func (x *xmlScan) root() error {
	if err := x.lex.next(); err != nil {
		return err
	}
	l := x.lex
	switch name := string(bytes.ToLower(l.name)); {
	case !l.opens:
		return errors.New("it starts with an end tag")
	case string(l.name) == "osm":
	case name == "osmchange", name == "osmaugmenteddiff":
		return fmt.Errorf("%w: it is a change file, not an extract; apply it to one with \"osmium apply-changes\" and give the result", ErrFormat)
	case name == "html":
		return webPage()
	default:
		return fmt.Errorf("%w: it is XML of another kind, its root element is <%s> instead of <osm>", ErrFormat, printable(l.name))
	}
	h := x.head
	for {
		name, value, ok, err := l.attribute()
		if !ok {
			return err
		}
		switch string(name) {
		case "version":
			if string(value) != "0.6" {
				return fmt.Errorf("%w: OSM XML of version %q; only 0.6 is read", ErrUnsupported, printable(value))
			}
		case "generator":
			h.WritingProgram = printableProgram(value)
		case "osmosis_replication_timestamp", "timestamp":
			if t, err := time.Parse(time.RFC3339, string(value)); err == nil && t.Unix() > 0 {
				h.ReplicationTimestamp = t.Unix()
			}
		}
	}
}

func printableProgram(v []byte) string { return string(bytes.ToValidUTF8(v, []byte("\ufffd"))) }

// header reads the root, and the bounds and data date that may follow it.
func (x *xmlScan) header() error {
	if err := x.root(); err != nil {
		return err
	}
	if x.lex.closes {
		return nil
	}
	for {
		if err := x.lex.next(); err != nil {
			return err
		}
		switch string(x.lex.name) {
		case "bounds":
			if err := x.bounds(); err != nil {
				return err
			}
		case "meta": // Overpass
			if err := x.meta(); err != nil {
				return err
			}
		case "note": // Overpass
		default:
			return nil
		}
		if !x.lex.closes {
			if err := x.skip(); err != nil {
				return err
			}
		}
	}
}

func (x *xmlScan) bounds() error {
	box, seen := geo.EmptyBox(), 0
	for {
		name, value, ok, err := x.lex.attribute()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		var to *int32
		limit := int64(90 * e7)
		switch string(name) {
		case "minlat":
			to = &box.Min.Lat
		case "maxlat":
			to = &box.Max.Lat
		case "minlon":
			to, limit = &box.Min.Lon, 180*e7
		case "maxlon":
			to, limit = &box.Max.Lon, 180*e7
		default:
			continue
		}
		v, ok := parseE7(value)
		if !ok {
			return fmt.Errorf("bounds with %s=%q", name, printable(value))
		}
		*to = int32(min(max(v, -limit), limit))
		seen++
	}
	if seen == 4 {
		x.head.Box = x.head.Box.Union(box)
	}
	return nil
}

func (x *xmlScan) meta() error {
	for {
		name, value, ok, err := x.lex.attribute()
		if !ok {
			return err
		}
		if t, err := time.Parse(time.RFC3339, string(value)); string(name) == "osm_base" && err == nil && t.Unix() > 0 {
			x.head.ReplicationTimestamp = t.Unix()
		}
	}
}

// scanXML is Scan for XML.
func (f *File) scanXML(ctx context.Context, s Scan, fn func(worker int, b *Block) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, read, err := f.text()
	if err != nil {
		return f.wrap(err)
	}
	if f.format != formatXML {
		ahead := newReadAhead(r)
		defer ahead.stop()
		r = ahead
	}
	var callback error // of fn or the context, to be returned as it is
	x := xmlScan{file: f, head: &f.Header, read: read, lex: newLexer(r), want: s.Want, table: map[string]uint32{}}
	x.emit = func(b *Block) error {
		if callback = ctx.Err(); callback == nil {
			callback = fn(0, b)
		}
		s.Progress(min(read.n.Load(), f.size), f.size)
		return callback
	}
	err = x.run()
	if t, bad := time.Parse(time.RFC3339, string(x.newest)); bad == nil {
		f.seen(t.Unix())
	}
	switch {
	case callback != nil:
		return callback
	case err != nil:
		return f.wrap(x.place(err))
	}
	s.Progress(f.size, f.size)
	return nil
}

// run reads the whole file.
func (x *xmlScan) run() error {
	x.block.reset(0)
	if err := x.root(); err != nil {
		return err
	}
	for !x.lex.closes {
		if err := x.lex.next(); err != nil {
			return err
		}
		if !x.lex.opens {
			if string(x.lex.name) != "osm" {
				return fmt.Errorf("</%s> closes nothing", printable(x.lex.name))
			}
			break
		}
		if err := x.child(); err != nil {
			return err
		}
		x.lex.closes = false
		if x.objects >= blockObjects || x.lex.offset()-x.start >= blockBytes {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	if x.objects > 0 {
		if err := x.flush(); err != nil {
			return err
		}
	}
	if err := x.lex.next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("<%s> after </osm>, as if two files were joined", printable(x.lex.name))
		}
		return err
	}
	return nil
}

// flush hands out the block and starts the next one.
func (x *xmlScan) flush() error {
	x.start = x.lex.offset()
	if x.objects == 0 {
		return nil
	}
	x.objects = 0
	if len(x.block.Key) == 0 {
		x.block.NodeTag = x.block.NodeTag[:0]
	}
	if err := x.emit(&x.block); err != nil {
		return err
	}
	text := x.block.text[:0]
	seq := x.block.Seq + 1
	if cap(text)+x.block.capacity() > keep {
		x.block, text = Block{}, nil
	}
	x.block.reset(seq)
	x.block.text = text
	if len(x.table) > 1<<16 {
		x.table = map[string]uint32{}
	}
	clear(x.table)
	return nil
}

// skip passes over the rest of an element whose start tag was just read.
func (x *xmlScan) skip() error {
	for depth := 1; depth > 0; {
		if err := x.lex.next(); err != nil {
			return err
		}
		if x.lex.opens && !x.lex.closes {
			depth++
		} else if !x.lex.opens {
			depth--
		}
		if depth > maxDepth {
			return fmt.Errorf("elements more than %d deep", maxDepth)
		}
	}
	return nil
}

// child reads a child of the root with all that is in it.
func (x *xmlScan) child() error {
	var kind Content
	switch string(x.lex.name) {
	case "node":
		kind = Nodes
	case "way":
		kind = Ways
	case "relation":
		kind = Relations
	case "remark": // Overpass reports here that it stopped early
		if !x.lex.closes {
			if err := x.lex.next(); err != nil {
				return err
			}
			return fmt.Errorf("%w: the server that made the file gave up, its data is not complete: %.150q; ask for a smaller area", ErrFormat, printableProgram(x.lex.text))
		}
		return nil
	default:
		if x.lex.closes {
			return nil
		}
		return x.skip()
	}
	if kind != x.kind {
		if err := x.flush(); err != nil {
			return err
		}
		x.kind = kind
	}
	x.objects++
	if x.want&kind == 0 {
		if x.lex.closes {
			return nil
		}
		return x.skip()
	}
	return x.object(kind)
}

// object reads one node, way or relation.
func (x *xmlScan) object(kind Content) error {
	var (
		id            int64
		lat, lon      int64
		parts         int
		visible       = true
		start         = x.lex.offset()
		keys, members = len(x.block.Key), len(x.block.MemberID)
		refs          = len(x.block.Ref)
	)
	for {
		name, value, ok, err := x.lex.attribute()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(name) {
		case "id":
			if id, ok = parseInt(value); !ok {
				return fmt.Errorf("the id %q is no number", printable(value))
			}
			parts |= 1
		case "lat":
			if lat, ok = parseE7(value); !ok || lat < -90*e7 || lat > 90*e7 {
				return fmt.Errorf("object %d: the latitude %q is none", id, printable(value))
			}
			parts |= 2
		case "lon":
			if lon, ok = parseE7(value); !ok || lon < -180*e7 || lon > 180*e7 {
				return fmt.Errorf("object %d: the longitude %q is none", id, printable(value))
			}
			parts |= 4
		case "visible":
			visible = visible && string(value) != "false"
		case "action":
			visible = visible && string(value) != "delete"
		case "timestamp":
			// In UTC and of one form the later time is the larger text.
			if len(value) == len("2006-01-02T15:04:05Z") && value[len(value)-1] == 'Z' && bytes.Compare(value, x.newest) > 0 {
				x.newest = append(x.newest[:0], value...)
			}
		}
	}
	b := &x.block
	for !x.lex.closes {
		if err := x.lex.next(); err != nil {
			return err
		}
		if !x.lex.opens {
			break
		}
		if x.lex.offset()-start > objectBytes {
			return fmt.Errorf("object %d has more than %d bytes", id, objectBytes)
		}
		var err error
		switch string(x.lex.name) {
		case "tag":
			err = x.tag()
		case "nd":
			if kind == Ways {
				err = x.nodeRef()
			}
		case "member":
			if kind == Relations {
				err = x.member()
			}
		}
		if err == nil && !x.lex.closes {
			err = x.skip()
		}
		if err != nil {
			return fmt.Errorf("object %d: %w", id, err)
		}
		x.lex.closes = false
	}
	if !visible {
		b.Key, b.Val, b.Ref = b.Key[:keys], b.Val[:keys], b.Ref[:refs]
		b.MemberID, b.MemberType, b.MemberRole = b.MemberID[:members], b.MemberType[:members], b.MemberRole[:members]
		return nil
	}
	switch {
	case parts&1 == 0:
		return errors.New("an object without id")
	case kind == Nodes && parts != 7:
		return fmt.Errorf("node %d lacks a coordinate", id)
	}
	switch kind {
	case Nodes:
		b.NodeID = append(b.NodeID, id)
		b.NodeLat, b.NodeLon = append(b.NodeLat, int32(lat)), append(b.NodeLon, int32(lon))
		b.NodeTag = bounded(b.NodeTag, len(b.Key))
	case Ways:
		b.WayID = append(b.WayID, id)
		b.WayRef = bounded(b.WayRef, len(b.Ref))
		b.WayTag = bounded(b.WayTag, len(b.Key))
	case Relations, Everything: // an object is of one kind
		b.RelID = append(b.RelID, id)
		b.RelMember = bounded(b.RelMember, len(b.MemberID))
		b.RelTag = bounded(b.RelTag, len(b.Key))
	}
	return nil
}

// bounded appends the end of an object's items to a column of offsets, which
// starts with a 0: a block of XML holds one kind of object.
func bounded(offsets []uint32, end int) []uint32 {
	if len(offsets) == 0 {
		offsets = append(offsets, 0)
	}
	return append(offsets, uint32(end))
}

// tag reads a tag of an object.
func (x *xmlScan) tag() error {
	var k, v uint32
	parts := 0
	for {
		name, value, ok, err := x.lex.attribute()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(name) {
		case "k":
			k = x.intern(value)
			parts |= 1
		case "v":
			v = x.intern(value)
			parts |= 2
		}
	}
	if parts != 3 {
		return errors.New("a tag without k or v")
	}
	x.block.Key, x.block.Val = append(x.block.Key, k), append(x.block.Val, v)
	return nil
}

// nodeRef reads a node reference of a way.
func (x *xmlScan) nodeRef() error {
	for {
		name, value, ok, err := x.lex.attribute()
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("a <nd> without ref")
		}
		if string(name) != "ref" {
			continue
		}
		id, ok := parseInt(value)
		if !ok {
			return fmt.Errorf("the node reference %q is no number", printable(value))
		}
		x.block.Ref = append(x.block.Ref, id)
		return nil
	}
}

// member reads a member of a relation.
func (x *xmlScan) member() error {
	var id int64
	var kind MemberType
	role, parts := uint32(0), 0
	roled := false
	for {
		name, value, ok, err := x.lex.attribute()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(name) {
		case "ref":
			if id, ok = parseInt(value); !ok {
				return fmt.Errorf("the member reference %q is no number", printable(value))
			}
			parts |= 1
		case "type":
			switch string(value) {
			case "node":
				kind = MemberNode
			case "way":
				kind = MemberWay
			case "relation":
				kind = MemberRelation
			default:
				return fmt.Errorf("a member of the unknown type %q", printable(value))
			}
			parts |= 2
		case "role":
			role, roled = x.intern(value), true
		}
	}
	if parts != 3 {
		return errors.New("a member without type or ref")
	}
	if !roled {
		role = x.intern(nil)
	}
	b := &x.block
	b.MemberID, b.MemberType, b.MemberRole = append(b.MemberID, id), append(b.MemberType, kind), append(b.MemberRole, role)
	return nil
}

// intern returns the index of a text in the block's string table.
func (x *xmlScan) intern(s []byte) uint32 {
	if i, ok := x.table[string(s)]; ok {
		return i
	}
	b := &x.block
	i := uint32(len(b.strings))
	start := uint32(len(b.text))
	b.text = append(b.text, s...)
	b.strings = append(b.strings, span{start, uint32(len(b.text))})
	x.table[string(s)] = i
	return i
}
