package network

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/outrider-project/outrider/geo"
)

// The layout of a map file; docs/format/map.md describes it to the byte.
const (
	magic         = "OUTRIDER MAP\r\n\x1a\n"
	formatVersion = 1 // another one is refused
	formatMinor   = 2 // a higher one only adds sections
	minorRail     = 1 // from this one on there are railways
	minorOrder    = 2 // from this one on there is an order for routing

	headerSize  = 96
	headerHash  = 64 // where the hash is; it covers the header before it and the table
	entrySize   = 80
	nameSize    = 24
	maxSections = 1024
	alignment   = 64
	hashBlock   = 1 << 20 // sections are hashed in blocks, so that all cores can take part
)

// A span is a range of bytes or places.
type span struct{ from, to uint32 }

// A column ties a section of the file to a slice of the map.
type column struct {
	name  string
	size  uint32 // of an item
	since int    // the minor format number that brought it
	// pad are the bytes of an item that mean nothing; they are written as 0,
	// for the compiler leaves open what they hold in memory.
	pad  []span
	view func(*Map) []byte
	set  func(*Map, []byte)
}

// columnOf describes the section name for the slice that field points to. T
// must have a fixed layout of at most 8-byte alignment and no pointers.
func columnOf[T any](name string, field func(*Map) *[]T, pad ...span) column {
	var item T
	size := unsafe.Sizeof(item)
	return column{
		name: name,
		size: uint32(size),
		pad:  pad,
		view: func(m *Map) []byte {
			s := *field(m)
			return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), uintptr(len(s))*size)
		},
		set: func(m *Map, b []byte) {
			if len(b) == 0 {
				*field(m) = nil
				return
			}
			*field(m) = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))/size)
		},
	}
}

const metaSection = "meta"

// columns lists every section besides "meta", in the order of the file.
func columns() []column {
	return slices.Concat(roadColumns(), railColumns(), orderColumns())
}

// roadColumns lists the sections that every map file has.
func roadColumns() []column {
	return []column{
		columnOf("text.offset", func(m *Map) *[]uint32 { return &m.text.offsets }),
		columnOf("text.byte", func(m *Map) *[]byte { return &m.text.bytes }),
		columnOf("node.point", func(m *Map) *[]geo.Point { return &m.NodePoint }),
		columnOf("node.info", func(m *Map) *[]NodeInfo { return &m.NodeInfo }, span{11, 12}),
		columnOf("chain.tail", func(m *Map) *[]NodeID { return &m.Tail }),
		columnOf("chain.head", func(m *Map) *[]NodeID { return &m.Head }),
		columnOf("chain.length", func(m *Map) *[]Millimetres { return &m.Length }),
		columnOf("chain.component", func(m *Map) *[]uint32 { return &m.Component }),
		columnOf("chain.vertex", func(m *Map) *[]uint32 { return &m.VertexFirst }),
		columnOf("vertex.point", func(m *Map) *[]geo.Point { return &m.Vertex }),
		columnOf("vertex.at", func(m *Map) *[]Millimetres { return &m.VertexAt }),
		columnOf("chain.interval", func(m *Map) *[]uint32 { return &m.IntervalFirst }),
		columnOf("interval", func(m *Map) *[]Interval { return &m.Interval }, span{36, 40}),
		columnOf("limits", func(m *Map) *[]Limits { return &m.Limits }, span{6, 8}),
		columnOf("arc.access", func(m *Map) *[]Access { return &m.ArcAccess }),
		columnOf("arc.limits", func(m *Map) *[]uint32 { return &m.ArcLimits }),
		columnOf("state.arc", func(m *Map) *[]ArcID { return &m.StateArc }),
		columnOf("state.turn", func(m *Map) *[]uint32 { return &m.TurnFirst }),
		columnOf("turn.to", func(m *Map) *[]StateID { return &m.TurnTo }),
		columnOf("turn.rule", func(m *Map) *[]uint32 { return &m.TurnRule }),
		columnOf("rule", func(m *Map) *[]Rule { return &m.Rules }, span{18, 24}),
		columnOf("condition", func(m *Map) *[]Condition { return &m.Conditions }, span{20, 24}),
		columnOf("chain.hazard", func(m *Map) *[]uint32 { return &m.HazardFirst }),
		columnOf("hazard", func(m *Map) *[]Hazard { return &m.Hazards }, span{35, 40}),
		columnOf("haven", func(m *Map) *[]Haven { return &m.Havens }, span{46, 48}),
		columnOf("place", func(m *Map) *[]Place { return &m.Places }, span{22, 24}),
		columnOf("street", func(m *Map) *[]Street { return &m.Streets }),
		columnOf("base", func(m *Map) *[]Outline { return &m.Base }, span{26, 32}),
		columnOf("base.vertex", func(m *Map) *[]uint32 { return &m.BaseFirst }),
		columnOf("basevertex.point", func(m *Map) *[]geo.Point { return &m.BaseVertex }),
		columnOf("piece", func(m *Map) *[]Piece { return &m.Pieces }),
		columnOf("index.entry", func(m *Map) *[]geo.IndexEntry { return &m.ChainIndex.Entries }),
		columnOf("index.node", func(m *Map) *[]geo.Box { return &m.ChainIndex.Nodes }),
	}
}

// railColumns lists the sections of the railways, in the order of the file.
func railColumns() []column {
	list := []column{
		columnOf("rail.node.point", func(m *Map) *[]geo.Point { return &m.Rail.NodePoint }),
		columnOf("rail.node.info", func(m *Map) *[]RailNode { return &m.Rail.NodeInfo }, span{12, 16}),
		columnOf("rail.track.tail", func(m *Map) *[]RailNodeID { return &m.Rail.Tail }),
		columnOf("rail.track.head", func(m *Map) *[]RailNodeID { return &m.Rail.Head }),
		columnOf("rail.track.length", func(m *Map) *[]Millimetres { return &m.Rail.Length }),
		columnOf("rail.track.vertex", func(m *Map) *[]uint32 { return &m.Rail.VertexFirst }),
		columnOf("rail.vertex.point", func(m *Map) *[]geo.Point { return &m.Rail.Vertex }),
		columnOf("rail.vertex.at", func(m *Map) *[]Millimetres { return &m.Rail.VertexAt }),
		columnOf("rail.track.interval", func(m *Map) *[]uint32 { return &m.Rail.IntervalFirst }),
		columnOf("rail.interval", func(m *Map) *[]RailInterval { return &m.Rail.Interval }),
		columnOf("rail.arc.move", func(m *Map) *[]uint32 { return &m.Rail.MoveFirst }),
		columnOf("rail.move.to", func(m *Map) *[]RailArcID { return &m.Rail.MoveTo }),
		columnOf("rail.track.feature", func(m *Map) *[]uint32 { return &m.Rail.FeatureFirst }),
		columnOf("rail.feature", func(m *Map) *[]RailFeature { return &m.Rail.Feature }, span{27, 32}),
		columnOf("rail.station", func(m *Map) *[]RailStation { return &m.Rail.Station }, span{30, 40}),
		columnOf("rail.station.track", func(m *Map) *[]StationTrack { return &m.Rail.StationTrack }),
		columnOf("rail.piece", func(m *Map) *[]Piece { return &m.Rail.Pieces }),
		columnOf("rail.index.entry", func(m *Map) *[]geo.IndexEntry { return &m.Rail.TrackIndex.Entries }),
		columnOf("rail.index.node", func(m *Map) *[]geo.Box { return &m.Rail.TrackIndex.Nodes }),
	}
	for i := range list {
		list[i].since = minorRail
	}
	return list
}

// orderColumns lists the sections that make finding routes fast.
func orderColumns() []column {
	order := columnOf(orderSection, func(m *Map) *[]StateID { return &m.StateOrder })
	order.since = minorOrder
	return []column{order}
}

const orderSection = "state.order"

// SectionNames returns the names of the sections that a map file of this format
// has, in the order of the file.
func SectionNames() []string {
	names := []string{metaSection}
	for _, c := range columns() {
		names = append(names, c.name)
	}
	return names
}

// littleEndian reports whether this machine keeps numbers as map files do.
func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}

// copyItems copies the bytes of whole or partial items that start at offset off
// of the section's view to dst, with the padding zeroed.
func (c *column) copyItems(dst, view []byte, off int) {
	copy(dst, view[off:])
	if len(c.pad) == 0 {
		return
	}
	size := int(c.size)
	for item := off - off%size; item < off+len(dst); item += size {
		for _, p := range c.pad {
			from, to := item+int(p.from)-off, item+int(p.to)-off
			clear(dst[min(max(from, 0), len(dst)):min(max(to, 0), len(dst))])
		}
	}
}

// treeHash returns the hash of a section of n bytes: the SHA-256 of the SHA-256
// of its blocks one after another. Each goroutine gets its own block function,
// which returns the bytes from, to.
func treeHash(n int, blocks func() func(from, to int) []byte) [sha256.Size]byte {
	count := (n + hashBlock - 1) / hashBlock
	sums := make([][sha256.Size]byte, count)
	spread(count, 1, func(lo, hi int) bool {
		block := blocks()
		for i := lo; i < hi; i++ {
			sums[i] = sha256.Sum256(block(i*hashBlock, min((i+1)*hashBlock, n)))
		}
		return true
	})
	h := sha256.New()
	for i := range sums {
		h.Write(sums[i][:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// hash returns the section's hash as written.
func (c *column) hash(view []byte) [sha256.Size]byte {
	if len(c.pad) == 0 {
		return hashBytes(view)
	}
	return treeHash(len(view), func() func(from, to int) []byte {
		buf := make([]byte, min(hashBlock, len(view)))
		return func(from, to int) []byte {
			c.copyItems(buf[:to-from], view, from)
			return buf[:to-from]
		}
	})
}

// hashBytes returns the hash of a section as read.
func hashBytes(b []byte) [sha256.Size]byte {
	return treeHash(len(b), func() func(from, to int) []byte {
		return func(from, to int) []byte { return b[from:to] }
	})
}
