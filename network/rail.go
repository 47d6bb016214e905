package network

import "github.com/outrider-project/outrider/geo"

// Ids of the railway network, dense from 0; None marks an absent one.
type (
	// RailNodeID is an end of track, a switch, a crossing of tracks, or a place
	// where one kind of railway meets another.
	RailNodeID uint32
	// TrackID is a stretch of track between two rail nodes with no switch inside.
	TrackID uint32
	// RailArcID is a track in one direction of travel: 2*track from tail to head,
	// 2*track+1 from head to tail.
	RailArcID uint32
)

// Arc returns the arc of t: forwards, or backwards.
func (t TrackID) Arc(backwards bool) RailArcID {
	if backwards {
		return RailArcID(2*t + 1)
	}
	return RailArcID(2 * t)
}

// Track returns the track that the arc runs along.
func (a RailArcID) Track() TrackID { return TrackID(a / 2) }

// Backwards reports whether the arc runs from the track's head to its tail.
func (a RailArcID) Backwards() bool { return a&1 == 1 }

// Reverse returns the arc along the same track in the other direction.
func (a RailArcID) Reverse() RailArcID { return a ^ 1 }

// RailKind is the kind of railway, from the railway tag.
type RailKind uint8

// The kinds of railway in the network.
const (
	RailHeavy   RailKind = iota // railway=rail
	LightRail                   // light_rail
	Subway                      // subway
	Tram                        // tram
	NarrowGauge                 // narrow_gauge
	Preserved                   // preserved
	Funicular                   // funicular
	Monorail                    // monorail
	RailKinds                   // their number
)

// RailUsage is the usage tag.
type RailUsage uint8

// Usages.
const (
	UsageUnknown RailUsage = iota
	MainLine
	BranchLine
	Industrial
	Military
	Tourism
	OtherUsage
	RailUsages // their number
)

// RailService is the service tag.
type RailService uint8

// Services.
const (
	NoService RailService = iota // a running line
	Siding
	Yard
	Spur
	Crossover
	OtherService
	RailServices // their number
)

// Electrification is the electrified tag.
type Electrification uint8

// Kinds of electrification.
const (
	ElectrificationUnknown Electrification = iota
	NotElectrified
	ContactLine
	ThirdRail  // rail
	FourthRail // 4th_rail
	GroundLevel
	ElectrifiedSomehow // yes, and values not known
	Electrifications   // their number
)

// RailFlag marks yes-or-no properties of a rail interval.
type RailFlag uint8

// Flags of a rail interval.
const (
	RailOnBridge RailFlag = 1 << iota
	RailInTunnel
	RailInCutting
	RailOnEmbankment
	RailOneWay        // oneway or railway:preferred_direction binds a direction; kept, not enforced
	RailSpeedTagged   // the speeds come from maxspeed; otherwise from kind, usage and service
	RailBidirectional // railway:bidirectional=regular, or like it
	RailOneWayBack    // with RailOneWay: the direction is that from head to tail
)

// A RailInterval is a stretch of a track on which every kept tag is the same. It
// lasts to the next one of the track, or to its end. The layout is that of the
// map file: 40 bytes.
type RailInterval struct {
	Way                         int64       // OSM way id
	From                        Millimetres // where it begins
	Name                        Ref         // name=*
	Number                      Ref         // ref=*
	Voltage                     uint32      // volts, 0 unknown
	GaugeMM                     uint16      // millimetres, 0 unknown; of several the first
	Hertz100                    uint16      // frequency in hundredths of a hertz; 0 unknown or direct current
	SpeedForward, SpeedBackward uint16      // km/h, at least 1
	Kind                        RailKind
	Usage                       RailUsage
	Service                     RailService
	Power                       Electrification
	Flags                       RailFlag
	Tracks                      uint8 // tracks=*, 0 unknown
	Layer                       int8
	WayReversed                 uint8 // 1 when the track runs against the way's own direction
}

// RailNodeKind says what stands at a rail node.
type RailNodeKind uint8

// Kinds of rail node.
const (
	RailEnd     RailNodeKind = iota // end of track in the data
	BufferStop                      // a buffer stop
	RailJoint                       // two tracks meet end to end
	RailSwitch                      // a switch
	RailDiamond                     // tracks cross without a switch
	RailSlip                        // crossing with slips: a switch of more than one way
	RailNodeKinds
)

// RailNode is what stands at a rail node. The layout is that of the map file: 16
// bytes.
type RailNode struct {
	OSM    int64
	Kind   RailNodeKind
	Degree uint8 // ends of tracks that meet here, at most 255
	Tagged uint8 // 1: OSM tags it as what Kind says; 0: from the geometry
	Edge   uint8 // 1: an end where the extract ends, not the railway (the way goes on to a node that is not in the data)
	_      [4]byte
}

// RailFeatureKind is a kind of thing on a track.
type RailFeatureKind uint8

// Kinds of rail feature besides those that intervals tell (bridges, tunnels,
// cuttings, embankments).
const (
	RailCrossing RailFeatureKind = iota // a road or path crosses at grade; Value: a Protection; Flags below
	RailSignal                          // a main, distant or shunting signal
	RailStop                            // where trains stop: stop position, tram stop
	RailFeatureKinds
)

// RailSignalKind is a kind of signal, from railway:signal:main and the like.
type RailSignalKind int32

// Kinds of signal. Of several the first of this list is taken.
const (
	SignalUnknown RailSignalKind = iota
	MainSignal
	CombinedSignal // main and distant in one
	DistantSignal
	ShuntingSignal
	RailSignalKinds // their number
)

// A RailFeature is something at a place on a track. What stands at a rail node is
// told on every track that ends there, so a path through the node meets it on
// each of its tracks: count by OSM id. The layout is that of the
// map file: 32 bytes.
type RailFeature struct {
	OSM   int64
	Track TrackID
	At    Millimetres
	Value int32 // a Protection for a crossing, a RailSignalKind for a signal, else 0
	Tags  Ref   // that prove it, "key=value key=value"
	Kind  RailFeatureKind
	Foot  uint8 // of a crossing: 1 if only for those on foot or cycle
	Type  OSMType
	_     [5]byte
}

// A RailStation is a station, a halt or a tram stop. The layout is that of the map
// file: 40 bytes.
type RailStation struct {
	OSM   int64
	Point geo.Point
	Name  Ref
	Code  Ref // ref, railway:ref or uic_ref, the first there is
	Tags  Ref
	Kind  StationKind
	Type  OSMType
	_     [10]byte
}

// StationKind is a kind of station.
type StationKind uint8

// Kinds of station.
const (
	RailwayStation StationKind = iota
	RailwayHalt
	TramStop
	FreightYard // railway=yard, service_station
	StationKinds
)

// A StationTrack ties a station to a track near it: docs/network.md says how
// near. The layout is that of the
// map file: 16 bytes.
type StationTrack struct {
	Station uint32
	Track   TrackID
	At      Millimetres // of the track's position nearest to the station
	AwayCM  uint32
}

// Rail is the railway network of a map. Its slices are views of the mapped file:
// read only. CSR as in Map.
type Rail struct {
	NodePoint []geo.Point
	NodeInfo  []RailNode

	// Tracks, in their own orientation: the end with the smaller OSM node id is
	// the tail.
	Tail, Head    []RailNodeID
	Length        []Millimetres
	VertexFirst   []uint32
	Vertex        []geo.Point
	VertexAt      []Millimetres
	IntervalFirst []uint32
	Interval      []RailInterval

	// MoveFirst (CSR over arcs) leads to MoveTo: the arcs that a train can run on
	// to from the head of an arc without stopping to reverse, by rising id. If b
	// is a move of a, then a.Reverse() is a move of b.Reverse().
	MoveFirst []uint32
	MoveTo    []RailArcID

	// FeatureFirst (CSR over tracks) leads to Feature, by rising position.
	FeatureFirst []uint32
	Feature      []RailFeature

	Station      []RailStation  // by OSM type, then id
	StationTrack []StationTrack // by track, then position

	// TrackIndex finds pieces of tracks: refs are indices into Pieces.
	TrackIndex geo.Index
	Pieces     []Piece // Chain holds the track
}
