package network

import (
	"iter"
	"strings"

	"github.com/outrider-project/outrider/geo"
)

// IndexChains fills Pieces and ChainIndex of a map under construction from its
// vertices.
func (m *Map) IndexChains() {
	l := m.chainLines()
	m.Pieces, m.ChainIndex = l.buildIndex()
}

// chainLines returns the chains as lines.
func (m *Map) chainLines() lines {
	return lines{m.VertexFirst, m.Vertex, m.VertexAt, m.Pieces, m.ChainIndex}
}

// Near returns the chains of which some piece has a bounding box that meets b,
// each once, by rising id. Callers that need only those that really touch b test
// the geometry.
func (m *Map) Near(b geo.Box) iter.Seq[ChainID] {
	l := m.chainLines()
	return near[ChainID](&l, b)
}

// PointAt returns the place of a position on a chain; beyond its end, the end.
// Between vertices it is linear in latitude and longitude, which puts it at most
// 2 cm from its true place on a segment of 1 km, and E7 rounding 8 mm more.
func (m *Map) PointAt(c ChainID, at Millimetres) geo.Point {
	l := m.chainLines()
	return l.pointAt(uint32(c), at)
}

// Geometry returns the line driven along arc a from one position to another, in
// the direction of travel, both ends included. Positions are in the chain's own
// coordinates, from its tail, so on an arc that runs backwards from is not less
// than to. Neighbouring points differ; a drive of no length gives one point.
func (m *Map) Geometry(a ArcID, from, to Millimetres) []geo.Point {
	l := m.chainLines()
	return l.geometry(uint32(a.Chain()), a.Backwards(), from, to)
}

// IntervalAt returns the interval that the position on the chain lies in. A
// border belongs to the interval that begins there.
func (m *Map) IntervalAt(c ChainID, at Millimetres) Interval {
	return intervalAt(m.Intervals(c), at, func(iv *Interval) Millimetres { return iv.From })
}

// Bearing returns the direction of travel in degrees, 0 north and 90 east, at a
// position (in the chain's coordinates) of the arc; at a vertex, that of the
// segment being entered.
func (m *Map) Bearing(a ArcID, at Millimetres) float64 {
	l := m.chainLines()
	return l.bearing(uint32(a.Chain()), a.Backwards(), at)
}

// Describe names the carriageway at a position: "Market Street (US 13
// Business)", "US 13 Business", or what it is when it has neither name nor
// number, such as "unnamed residential road".
func (m *Map) Describe(c ChainID, at Millimetres) string {
	iv := m.IntervalAt(c, at)
	name, number := m.Text(iv.Name), m.Text(iv.Number)
	switch {
	case name != "" && number != "":
		// Some references come in brackets of their own.
		return name + " (" + strings.TrimSuffix(strings.TrimPrefix(number, "("), ")") + ")"
	case name != "" || number != "":
		return name + number
	}
	what := iv.Class.String()
	if iv.Flags&Link != 0 {
		what += " slip road"
	}
	return "unnamed " + what
}

// String returns the class as words, such as "residential road".
func (c RoadClass) String() string {
	switch c {
	case Motorway:
		return "motorway"
	case Trunk:
		return "trunk road"
	case Primary:
		return "primary road"
	case Secondary:
		return "secondary road"
	case Tertiary:
		return "tertiary road"
	case Unclassified:
		return "minor road"
	case Residential:
		return "residential road"
	case LivingStreet:
		return "living street"
	case Service:
		return "service road"
	case Track:
		return "track"
	case Pedestrian:
		return "pedestrian street"
	case Busway:
		return "busway"
	case Ferry:
		return "ferry"
	default:
		return "road"
	}
}
