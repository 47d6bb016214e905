// Package railway makes the railway network of a map out of collected map data:
// it decides which ways are tracks, joins them between switches, crossings and
// ends, finds which moves a train can make there, and ties signals, level
// crossings and stations to the tracks. docs/network.md says how tags are read.
package railway

import (
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// Tags returns the value of a key, "" where the object does not have it. Only
// the keys that Keys lists are asked for.
type Tags func(key string) string

// A Way is a way with a railway tag. Refs are its nodes, as the numbers by which
// an Extract knows them.
type Way struct {
	ID   int64
	Refs []uint32
	Tags Tags
}

// A Place is an object that may be a station: a node, or the middle of an area.
type Place struct {
	Type   network.OSMType
	ID     int64
	Tags   Tags
	Point  geo.Point
	Radius float64 // metres from Point to the farthest part of the outline
}

// An Extract is the collected data that a network is made of. Numbers of nodes
// rise with their ids.
type Extract struct {
	Ways   []Way   // every way with a railway tag, by rising id
	Places []Place // what Station accepts
	// NodeID returns the id of a node, NodeAt its place; ok is false where the
	// extracts lack it.
	NodeID func(node uint32) int64
	NodeAt func(node uint32) (p geo.Point, ok bool)
	// NodeTags returns the tags of a node, nil where it has none of interest.
	NodeTags func(node uint32) Tags
	// Guard tells how a level crossing is guarded, and the tags that prove it.
	Guard func(node uint32) (network.Protection, string)
	// Speed reads a value of maxspeed in km/h.
	Speed func(value string) (kmh float64, ok bool)
	// Text gives a string its reference in the map.
	Text func(s string) network.Ref
}

// A Report says what became of the railway ways.
type Report struct {
	Used []int64            // in the network; ids rise
	Drop map[Reason][]int64 // not in it; every reason is present, ids rise
	// Unread counts objects by tags whose value is not understood, as key=value.
	Unread map[string]int
	// Notes counts what had to be guessed or left out.
	Notes map[string]int
}

// Build makes the network. The result depends on nothing but the extract. The
// cost is that of sorting the nodes of tracks. The error is one of data beyond
// what a map can hold.
func Build(x *Extract) (network.Rail, *Report, error) {
	report := &Report{Drop: make(map[Reason][]int64), Unread: make(map[string]int), Notes: make(map[string]int)}
	for _, why := range reasons {
		report.Drop[why] = nil
	}
	b := &builder{x: x, report: report}
	b.classify()
	b.link()
	b.decideCuts()
	b.follow()
	if err := b.layOut(); err != nil {
		return network.Rail{}, nil, err
	}
	b.describe()
	b.makeMoves()
	b.addFeatures()
	b.rail.IndexTracks()
	b.addStations()
	return b.rail, report, nil
}

// builder is a network in the making.
type builder struct {
	x      *Extract
	report *Report
	rail   network.Rail

	tracks []track // ways that are used

	// The nodes of segments, by rising number, and what is known of them.
	node     []uint32
	point    []geo.Point
	tags     []Tags
	edge     []bool // the way goes on to a node that is not in the data
	segments []segment
	endFirst []int32 // CSR over nodes into ends
	ends     []end
	cut      []bool // tracks end here

	runs     []end // segments of the network's tracks, each by the end where it is entered
	runFirst []int32
	railNode []network.RailNodeID // per node its number in the network, None elsewhere
}

// A segment joins two nodes that follow one another in a used way.
type segment struct {
	track int32 // index into tracks
	node  [2]int32
}

// An end is one end of a segment: 2*segment for where it begins in the way's
// direction, 2*segment+1 for where it ends.
type end int32

func (e end) segment() int32 { return int32(e / 2) }

// far returns the other end of the segment.
func (e end) far() end { return e ^ 1 }

// against reports whether who enters the segment at this end runs against the way.
func (e end) against() bool { return e&1 == 1 }
