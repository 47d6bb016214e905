// Package network holds the road network that movements are planned on: the
// junctions, the carriageways between them, what a turn or a vehicle may do,
// the hazards and safe havens found in the map data, and the names to search
// by. A Map is read from a map file, never changes, and may be shared by any
// number of goroutines. Making a map file from extracts is package mapbuild.
package network

import "github.com/outrider-project/outrider/geo"

// Sizes and sentinels of ids. All ids are dense from 0.
type (
	// NodeID is a junction, a dead end, a barrier, or a place where direction
	// or access changes.
	NodeID uint32
	// ChainID is a stretch of carriageway between two nodes with no junction
	// inside.
	ChainID uint32
	// ArcID is a chain in one direction of travel: 2*chain forwards (in the
	// chain's own orientation, tail to head), 2*chain+1 backwards.
	ArcID uint32
	// StateID is an arc being driven, together with what turn restrictions
	// over several ways remember about how it was reached. States below
	// 2*len(chains) are the arcs themselves, with nothing remembered.
	StateID uint32
	// Ref is a string in the map's string table. 0 is the empty string.
	Ref uint32
)

// None marks an absent node, chain, arc or state.
const None = 1<<32 - 1

// Millis is a time in milliseconds.
type Millis uint32

// Unreachable is a time no journey takes; the sum of two of them does not
// overflow.
const Unreachable Millis = 1<<31 - 1

const _ = uint32(Unreachable + Unreachable) // must not overflow

// Millimetres is a length or a position along a chain, counted from its tail.
type Millimetres uint32

// Metres returns the length in metres.
func (m Millimetres) Metres() float64 { return float64(m) / 1000 }

// Arc returns the arc of c: forwards, or backwards.
func (c ChainID) Arc(backwards bool) ArcID {
	if backwards {
		return ArcID(2*c + 1)
	}
	return ArcID(2 * c)
}

// Chain returns the chain that the arc drives along.
func (a ArcID) Chain() ChainID { return ChainID(a / 2) }

// Backwards reports whether the arc runs from the chain's head to its tail.
func (a ArcID) Backwards() bool { return a&1 == 1 }

// Reverse returns the arc along the same chain in the other direction.
func (a ArcID) Reverse() ArcID { return a ^ 1 }

// Class is a class of vehicle for which the map data keeps access apart.
type Class uint8

// The classes of vehicle.
const (
	Car       Class = iota // motor car, light van
	Truck                  // goods vehicle over 3.5 t (hgv)
	Bus                    // coach, bus
	Emergency              // vehicle on an emergency run
	classes
)

// ClassSet is a set of vehicle classes, bit i for class i.
type ClassSet uint8

// Has reports whether c is in the set.
func (s ClassSet) Has(c Class) bool { return s&(1<<c) != 0 }

// AllClasses holds every class.
const AllClasses ClassSet = 1<<classes - 1

// Permission says what a class of vehicle may do on an arc.
type Permission uint8

// Permissions, from best to worst.
const (
	Open        Permission = iota // public
	Destination                   // only to reach something on it
	Private                       // only with the owner's leave
	Forbidden                     // not at all, or no such direction
)

// Access packs one Permission per class, two bits each, class 0 lowest.
type Access uint8

// NoAccess forbids every class.
const NoAccess Access = 0xff

// Of returns the permission of class c.
func (a Access) Of(c Class) Permission { return Permission(a>>(2*c)) & 3 }

// With returns a with the permission of class c set to p.
func (a Access) With(c Class, p Permission) Access {
	return a&^(3<<(2*c)) | Access(p)<<(2*c)
}

// Worst returns the worst permission over the classes of s.
func (a Access) Worst(s ClassSet) Permission {
	w := Open
	for c := range classes {
		if s.Has(c) {
			w = max(w, a.Of(c))
		}
	}
	return w
}

// RoadClass is the class of carriageway, from the highway tag.
type RoadClass uint8

// The classes of carriageway, the most important first. Link roads have the
// class of their road with Interval.Flags&Link set.
const (
	Motorway RoadClass = iota
	Trunk
	Primary
	Secondary
	Tertiary
	Unclassified
	Residential
	LivingStreet
	Service
	Track
	Pedestrian // where motor vehicles are expressly allowed
	Busway
	Ferry
	RoadClasses // their number
)

// Surface groups the surface tag.
type Surface uint8

// Groups of surface.
const (
	SurfaceUnknown Surface = iota
	Paved                  // asphalt, concrete, paving stones
	Rough                  // cobblestone, sett, compacted
	Unpaved                // gravel, dirt, grass, sand
	Surfaces               // their number
)

// Flag marks yes-or-no properties of an interval.
type Flag uint8

// Flags of an interval.
const (
	Link       Flag = 1 << iota // motorway_link and its like
	Roundabout                  // junction=roundabout or circular
	OneWay                      // drivable in one direction only, by tag
	TollRoad                    // toll=yes
	Lit                         // lit=yes
	OnBridge                    // bridge=*, not no
	InTunnel                    // tunnel=*, not no
)

// An Interval is a stretch of a chain on which every kept tag is the same: it
// is one OSM way, or a part of one. It lasts to the next interval of the chain
// or to the chain's end. The layout is that of the map file: 40 bytes.
type Interval struct {
	Way     int64       // OSM way id
	From    Millimetres // where it begins
	Name    Ref         // name=*
	Number  Ref         // ref=*
	Limits  uint32      // index into Map.Limits; 0 is "no limit"
	Ford    uint32      // reserved, 0
	Class   RoadClass
	Surface Surface
	Flags   Flag
	Lanes   uint8 // total, 0 unknown
	// SpeedForward and SpeedBackward are free-flow speeds in km/h, at least 1,
	// forward being the chain's orientation. They come from the class, the
	// surface and the legal limit, see docs/network.md.
	SpeedForward, SpeedBackward uint8
	Layer                       int8
	WayReversed                 uint8 // 1 when the chain runs against the way's own direction
	_                           [4]byte
}

// Limits are the greatest dimensions that may pass. 0 is "no limit tagged".
type Limits struct {
	HeightCM, WidthCM, LengthCM uint16
	_                           uint16
	WeightKG, AxleKG            uint32
}

// RuleKind says where a turn rule comes from.
type RuleKind uint8

// The kinds of turn rule.
const (
	RuleNone  RuleKind = iota
	RuleNo             // a no_* restriction
	RuleOnly           // what an only_* restriction leaves out
	RuleUTurn          // turning back on the carriageway; allowed at a dead end only
)

// A Rule forbids a turn to some classes of vehicle. The layout is that of the
// map file: 24 bytes. Rule 0 is "no rule" and forbids nothing.
type Rule struct {
	Relation  int64    // OSM relation id, 0 for U-turns
	Condition Ref      // the condition of restriction:conditional, else 0
	Text      Ref      // the value, such as no_left_turn
	Applies   ClassSet // to whom; without the classes in except=*
	Kind      RuleKind
	_         [6]byte
}

// NodeInfo is what stands at a node. The layout is that of the map file.
type NodeInfo struct {
	OSM     int64  // OSM node id
	Access  Access // who may pass a barrier here; 0 (all Open) where there is none
	Degree  uint8  // chain ends here, at most 255; 1 is a dead end
	Island  uint8  // 1: not in the largest strongly connected part (for cars)
	_       uint8
	Barrier Ref // barrier=* value, else 0
}

// A Condition keeps a conditional tag of a stretch that the network does not
// otherwise apply, such as maxweight:conditional. 24 bytes.
type Condition struct {
	Chain    ChainID
	From, To Millimetres
	Key, Val Ref
	_        uint32
}

// Meta describes a map file. It is stored as JSON in the section "meta".
type Meta struct {
	Name       string   `json:"name"`        // from the names of the extracts
	DataDate   int64    `json:"data_date"`   // unix seconds: the extract's own date, or its newest edit; of several, the oldest
	Sources    []Source `json:"sources"`     // the extracts, in order
	Program    string   `json:"program"`     // what wrote the file
	Box        geo.Box  `json:"box"`         // of all vertices of chains
	KMCarriage float64  `json:"km_carriage"` // length of all chains, each once
	Counts     []Count  `json:"counts"`      // hazards, havens, … by kind
	Drops      []Count  `json:"drops"`       // highway ways not used, by reason
	WaysUsed   int      `json:"ways_used"`   // highway ways used
	// Notes says what in the extracts could not be used, such as turn
	// restrictions whose members are missing, with numbers.
	Notes []Count `json:"notes"`

	KMTrack      float64 `json:"km_track"`       // length of all tracks, each once
	RailDrops    []Count `json:"rail_drops"`     // railway ways not used, by reason
	RailWaysUsed int     `json:"rail_ways_used"` // railway ways used
}

// A Source is one extract that a map was made from.
type Source struct {
	Name   string `json:"name"`   // base name of the file
	Bytes  int64  `json:"bytes"`  // its size
	SHA256 string `json:"sha256"` // of its bytes, hex
	Date   int64  `json:"date"`   // unix seconds, 0 unknown
}

// A Count is a number of things of one kind.
type Count struct {
	Kind string `json:"kind"`
	N    int    `json:"n"`
}

// A Map is a road network with all that belongs to it. Its slices are views of
// the mapped file: read only. Where a field is described as CSR, the items of
// i are at positions First[i] to First[i+1] of the column that follows it.
type Map struct {
	Meta Meta
	// Hash stands for all of the file's contents (a SHA-256 over the hashes of its
	// sections, docs/format/map.md), hex; a plan names the map by it.
	Hash string

	// Nodes.
	NodePoint []geo.Point
	NodeInfo  []NodeInfo

	// Chains, in their own orientation: the end with the smaller OSM node id
	// is the tail, whichever way the OSM ways run.
	Tail, Head []NodeID
	Length     []Millimetres
	// VertexFirst (CSR) leads to Vertex and VertexAt; both ends are included.
	VertexFirst []uint32
	Vertex      []geo.Point
	VertexAt    []Millimetres
	// IntervalFirst (CSR) leads to Interval; every chain has at least one.
	IntervalFirst []uint32
	Interval      []Interval
	Limits        []Limits
	// Component is, per chain, the number of the connected part made of chains
	// for those with business there (Destination or Private to some class) and of
	// the enclaves that only such chains or barriers lead to; None for all others.
	// A movement that starts, ends or stops in such a part may use it, see Passage.
	Component []uint32

	// ArcAccess has one entry per arc.
	ArcAccess []Access
	// ArcLimits has, per arc, the index into Limits of the tightest limits on it.
	ArcLimits []uint32

	// States: StateArc has one entry per state. TurnFirst (CSR over states)
	// leads to TurnTo, the next state, and TurnRule, an index into Rules.
	// Turns that no vehicle can make (one-way, missing direction) are absent.
	StateArc  []ArcID
	TurnFirst []uint32
	TurnTo    []StateID
	TurnRule  []uint32
	Rules     []Rule
	// StateOrder has every state once, in the order in which a contraction
	// hierarchy leaves them out, first to go first. It depends on the network
	// alone. Maps written before there was one, or made by hand, have none.
	StateOrder []StateID

	Conditions []Condition // sorted by chain, then From

	// Hazards, sorted by chain, From, kind; HazardFirst is CSR over chains.
	HazardFirst []uint32
	Hazards     []Hazard

	Havens []Haven // sorted by kind, then OSM id

	Places  []Place  // what Find searches besides streets
	Streets []Street // distinct street names with where they are

	// Base map outlines: BaseFirst is CSR over Base into BaseVertex.
	Base       []Outline
	BaseFirst  []uint32
	BaseVertex []geo.Point

	// ChainIndex finds pieces of chains: refs are indices into Pieces.
	ChainIndex geo.Index
	Pieces     []Piece

	// Rail is the railway network. Roads and railways have no ids in common.
	Rail Rail

	text textTable
	file mapping
}

// A Piece is a run of segments of one chain or track, the unit of the spatial
// index.
type Piece struct {
	Chain ChainID // in Rail.Pieces a TrackID
	From  uint32  // first vertex, an index into Map.Vertex
	To    uint32  // last vertex, included
}

// NumChains returns the number of chains.
func (m *Map) NumChains() int { return len(m.Length) }

// NumArcs returns the number of arcs, two for each chain.
func (m *Map) NumArcs() int { return 2 * len(m.Length) }

// ArcTail returns the node where the arc begins.
func (m *Map) ArcTail(a ArcID) NodeID {
	if a.Backwards() {
		return m.Head[a.Chain()]
	}
	return m.Tail[a.Chain()]
}

// ArcHead returns the node where the arc ends.
func (m *Map) ArcHead(a ArcID) NodeID { return m.ArcTail(a.Reverse()) }

// Text returns the string r.
func (m *Map) Text(r Ref) string { return m.text.at(r) }

// Vertices returns the chain's vertices, tail first, and their positions.
func (m *Map) Vertices(c ChainID) ([]geo.Point, []Millimetres) {
	l := m.chainLines()
	return l.line(uint32(c))
}

// Intervals returns the chain's intervals, in order from the tail.
func (m *Map) Intervals(c ChainID) []Interval {
	return m.Interval[m.IntervalFirst[c]:m.IntervalFirst[c+1]]
}

// HazardsOn returns the hazards located on the chain, in order of From.
func (m *Map) HazardsOn(c ChainID) []Hazard {
	return m.Hazards[m.HazardFirst[c]:m.HazardFirst[c+1]]
}
