package network

import "github.com/outrider-project/outrider/geo"

// HazardKind is a kind of hazard that map data can show.
type HazardKind uint8

// The kinds of hazard found in map data. Their definitions, tag by tag, are in
// docs/hazards.md; Value and its unit are given here.
const (
	Bridge         HazardKind = iota // a bridge carries the road
	Tunnel                           // the road is in a tunnel or a covered passage
	Underpass                        // the road passes under another way; Value: the other way's layer minus ours
	Overpass                         // the road passes over another way; Value: ours minus the other's
	LevelCrossing                    // a railway crosses at grade; Value: a Protection
	Ford                             // water on the carriageway
	FerryCrossing                    // the road is a ferry line
	NarrowWay                        // tagged narrow; Value: width in cm, 0 unknown
	SingleLane                       // one lane for both directions
	LowClearance                     // height limit; Value: cm
	WeightLimit                      // weight limit; Value: kg
	SteepGrade                       // incline of at least 5 %; Value: per mille, positive is uphill along the chain
	SharpCurve                       // radius of at most 45 m; Value: the least radius in cm
	Works                            // construction on the road or joining it
	Toll                             // toll road or toll booth
	BarrierGate                      // barrier, gate, bollard, lift gate; Value: 1 if it stops some class
	TrafficSignals                   // traffic signals
	RoundaboutHere                   // roundabout or circular junction
	CutEdge                          // without it the network falls apart; Value: km of the smaller side, rounded up
	HazardKinds                      // their number
)

// Protection says how a level crossing is guarded.
type Protection int32

// Protections of a level crossing.
const (
	ProtectionUnknown Protection = iota
	Unprotected                  // said to have neither barrier nor lights
	Lights                       // lights or bell, no barrier
	HalfBarrier
	FullBarrier
	Attended // supervised by people
)

// Heading says in which direction of travel something applies.
type Heading uint8

// Headings, relative to the chain's orientation.
const (
	BothWays Heading = iota
	ForwardOnly
	BackwardOnly
)

// OSMType is a kind of OSM object.
type OSMType uint8

// The kinds of OSM object.
const (
	OSMNode OSMType = iota
	OSMWay
	OSMRelation
)

// A Hazard is something on the network that map data proves. The layout is
// that of the map file: 40 bytes.
type Hazard struct {
	OSM      int64       // id of the object that proves it; for crossings the other way's id
	Chain    ChainID     // where it is
	From, To Millimetres // its extent along the chain, From <= To; equal for a point
	Node     NodeID      // the node it stands at, or None; a hazard at a node concerns every chain there
	Value    int32       // by kind, see the kinds
	Tags     Ref         // the tags that prove it, "key=value key=value"
	Kind     HazardKind
	Heading  Heading
	Type     OSMType
	_        [5]byte
}

// HavenKind is a kind of safe haven.
type HavenKind uint8

// The kinds of safe haven. Every haven is unverified until surveyed.
const (
	Hospital HavenKind = iota
	Police
	FireStation
	Fuel
	Helipad
	Embassy
	HavenKinds // their number
)

// A Haven is a place to make for. The layout is that of the map file: 48 bytes.
type Haven struct {
	OSM   int64
	Point geo.Point // the place, or the middle of its outline
	Name  Ref
	Tags  Ref // what proves it; emergency=yes and the like included
	// The access point: the nearest position on the network open to cars.
	// AccessChain is None if there is none within 1 km.
	AccessChain ChainID
	AccessAt    Millimetres
	AccessPoint geo.Point
	AwayCM      uint32 // metres from place to access point, in cm
	Kind        HavenKind
	Type        OSMType
	_           [2]byte
}

// PlaceKind is a kind of named place.
type PlaceKind uint8

// The kinds of named place.
const (
	City PlaceKind = iota
	Town
	Village
	Hamlet
	Suburb // suburb, neighbourhood, quarter
	Station
	Airport
	PlaceKinds // their number
)

// A Place is a named place to search for. 24 bytes.
type Place struct {
	OSM   int64
	Point geo.Point
	Name  Ref
	Kind  PlaceKind
	Type  OSMType
	_     [2]byte
}

// A Street is one name and one stretch of connected chains that bear it.
type Street struct {
	Name  Ref
	Place uint32 // index into Places of the nearest city, town, village or hamlet; None if none within 30 km
	Chain ChainID
	At    Millimetres // a position near the middle of the stretch
}

// OutlineKind is a kind of base map outline.
type OutlineKind uint8

// The kinds of outline.
const (
	Coastline OutlineKind = iota // land on the left
	WaterArea                    // closed ring
	WaterHole                    // closed ring: land inside the water area before it
	River                        // line
	OutlineKinds
)

// An Outline is a line or ring of the base map.
type Outline struct {
	Box  geo.Box
	OSM  int64
	Kind OutlineKind
	Type OSMType
	_    [6]byte
}
