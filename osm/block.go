// Package osm decodes OpenStreetMap extracts, PBF and XML, in columnar blocks:
// no object per node, no string per tag. What a tag means is not its business.
package osm

// A Block is a batch of decoded objects in columns. It and everything in it
// belongs to the decoder and is valid only until the callback that received it
// returns; a receiver copies what it keeps.
//
// Tag keys and values are indices into the block's own string table
// (see Block.String); an index means nothing in another block.
type Block struct {
	// Seq numbers the blocks of one file in file order from 0 without gaps.
	Seq int

	// Nodes: NodeID[i] is at NodeLat[i], NodeLon[i] (1e-7 degree). The tags of
	// node i are Key[NodeTag[i]:NodeTag[i+1]] and Val of the same range.
	NodeID           []int64
	NodeLat, NodeLon []int32
	NodeTag          []uint32 // len(NodeID)+1, or empty when no node here has a tag

	// Ways: way i has node references Ref[WayRef[i]:WayRef[i+1]].
	WayID  []int64
	WayRef []uint32 // len(WayID)+1, or empty when there is no way
	Ref    []int64
	WayTag []uint32 // len(WayID)+1, or empty when there is no way

	// Relations: relation i has members RelMember[i]..RelMember[i+1] of
	// MemberID, MemberType and MemberRole.
	RelID      []int64
	RelMember  []uint32 // len(RelID)+1, or empty when there is no relation
	MemberID   []int64
	MemberType []MemberType
	MemberRole []uint32 // string table index
	RelTag     []uint32 // len(RelID)+1, or empty when there is no relation

	// Key and Val hold the tags of all objects of the block, as string table
	// indices; the Tag columns above are offsets into them.
	Key, Val []uint32

	text    []byte // what the string table's spans are cut from
	strings []span
}

// A span is a piece of Block.text.
type span struct{ start, end uint32 }

// reset empties the block but keeps its memory.
func (b *Block) reset(seq int) {
	b.Seq = seq
	b.NodeID, b.NodeLat, b.NodeLon, b.NodeTag = b.NodeID[:0], b.NodeLat[:0], b.NodeLon[:0], b.NodeTag[:0]
	b.WayID, b.WayRef, b.Ref, b.WayTag = b.WayID[:0], b.WayRef[:0], b.Ref[:0], b.WayTag[:0]
	b.RelID, b.RelMember, b.RelTag = b.RelID[:0], b.RelMember[:0], b.RelTag[:0]
	b.MemberID, b.MemberType, b.MemberRole = b.MemberID[:0], b.MemberType[:0], b.MemberRole[:0]
	b.Key, b.Val = b.Key[:0], b.Val[:0]
	b.text, b.strings = nil, b.strings[:0]
}

// capacity returns the memory the block's columns hold, in bytes.
func (b *Block) capacity() int {
	return 8*(cap(b.NodeID)+cap(b.WayID)+cap(b.Ref)+cap(b.RelID)+cap(b.MemberID)+cap(b.strings)) +
		4*(cap(b.NodeLat)+cap(b.NodeLon)+cap(b.NodeTag)+cap(b.WayRef)+cap(b.WayTag)+
			cap(b.RelMember)+cap(b.RelTag)+cap(b.MemberRole)+cap(b.Key)+cap(b.Val)) + cap(b.MemberType)
}

// size returns how much of that is in use.
func (b *Block) size() int {
	return 8*(len(b.NodeID)+len(b.WayID)+len(b.Ref)+len(b.RelID)+len(b.MemberID)+len(b.strings)) +
		4*(len(b.NodeLat)+len(b.NodeLon)+len(b.NodeTag)+len(b.WayRef)+len(b.WayTag)+
			len(b.RelMember)+len(b.RelTag)+len(b.MemberRole)+len(b.Key)+len(b.Val)) + len(b.MemberType)
}

// MemberType says what kind of object a relation member is.
type MemberType uint8

// The kinds of relation member.
const (
	MemberNode MemberType = iota
	MemberWay
	MemberRelation
)

// Strings returns the number of entries in the block's string table.
func (b *Block) Strings() int { return len(b.strings) }

// String returns entry i of the string table without copying. The bytes are
// valid as long as the block.
func (b *Block) String(i uint32) []byte { s := b.strings[i]; return b.text[s.start:s.end] }

// Content says which kinds of object a caller wants decoded.
type Content uint8

// The kinds of object, to be combined with |.
const (
	Nodes Content = 1 << iota
	Ways
	Relations
	Everything = Nodes | Ways | Relations
)
