package network

import (
	"iter"
	"math"

	"github.com/outrider-project/outrider/geo"
)

// NumTracks returns the number of tracks.
func (r *Rail) NumTracks() int { return len(r.Length) }

// NumArcs returns the number of arcs, two for each track.
func (r *Rail) NumArcs() int { return 2 * len(r.Length) }

// ArcTail returns the node where the arc begins.
func (r *Rail) ArcTail(a RailArcID) RailNodeID {
	if a.Backwards() {
		return r.Head[a.Track()]
	}
	return r.Tail[a.Track()]
}

// ArcHead returns the node where the arc ends.
func (r *Rail) ArcHead(a RailArcID) RailNodeID { return r.ArcTail(a.Reverse()) }

// Moves returns the arcs that a train on arc a can run on to without stopping to
// reverse, by rising id.
func (r *Rail) Moves(a RailArcID) []RailArcID {
	return r.MoveTo[r.MoveFirst[a]:r.MoveFirst[a+1]]
}

// FeaturesOn returns what stands on the track, in order from its tail.
func (r *Rail) FeaturesOn(t TrackID) []RailFeature {
	return r.Feature[r.FeatureFirst[t]:r.FeatureFirst[t+1]]
}

// Intervals returns the track's intervals, in order from its tail; there is at
// least one.
func (r *Rail) Intervals(t TrackID) []RailInterval {
	return r.Interval[r.IntervalFirst[t]:r.IntervalFirst[t+1]]
}

// IntervalAt returns the interval that the position on the track lies in. A
// border belongs to the interval that begins there.
func (r *Rail) IntervalAt(t TrackID, at Millimetres) RailInterval {
	return intervalAt(r.Intervals(t), at, func(iv *RailInterval) Millimetres { return iv.From })
}

// trackLines returns the tracks as lines.
func (r *Rail) trackLines() lines {
	return lines{r.VertexFirst, r.Vertex, r.VertexAt, r.Pieces, r.TrackIndex}
}

// IndexTracks fills Pieces and TrackIndex of a network under construction from
// its vertices.
func (r *Rail) IndexTracks() {
	l := r.trackLines()
	r.Pieces, r.TrackIndex = l.buildIndex()
}

// Vertices returns the track's vertices, tail first, and their positions.
func (r *Rail) Vertices(t TrackID) ([]geo.Point, []Millimetres) {
	l := r.trackLines()
	return l.line(uint32(t))
}

// PointAt returns the place of a position on a track; beyond its end, the end. It
// is as exact as Map.PointAt.
func (r *Rail) PointAt(t TrackID, at Millimetres) geo.Point {
	l := r.trackLines()
	return l.pointAt(uint32(t), at)
}

// Geometry returns the line run along arc a from one position to another, as
// Map.Geometry does: positions count from the tail of the track, so on an arc
// that runs backwards from is not less than to.
func (r *Rail) Geometry(a RailArcID, from, to Millimetres) []geo.Point {
	l := r.trackLines()
	return l.geometry(uint32(a.Track()), a.Backwards(), from, to)
}

// Bearing returns the direction of travel in degrees, 0 north and 90 east, at a
// position (from the tail of the track) of the arc; at a vertex, that of the
// segment being entered.
func (r *Rail) Bearing(a RailArcID, at Millimetres) float64 {
	l := r.trackLines()
	return l.bearing(uint32(a.Track()), a.Backwards(), at)
}

// Near returns the tracks of which some piece has a bounding box that meets b,
// each once, by rising id.
func (r *Rail) Near(b geo.Box) iter.Seq[TrackID] {
	l := r.trackLines()
	return near[TrackID](&l, b)
}

// A RailLocation is a position on a track.
type RailLocation struct {
	Track TrackID
	At    Millimetres
	Point geo.Point // of the position
	Away  float64   // metres from the place that was asked for
}

// SnapAll returns the position nearest to p on each track that keep lets pass
// (all if it is nil) and that comes within maxMetres, from the nearest on, at most
// limit of them. Of positions equally near the one with the smaller track comes
// first.
func (r *Rail) SnapAll(p geo.Point, keep func(TrackID) bool, maxMetres float64, limit int) []RailLocation {
	if limit <= 0 {
		return nil
	}
	l := r.trackLines()
	locate := func(ref uint32) RailLocation {
		piece := r.Pieces[ref]
		at, point, away := l.onPiece(p, piece, []span{{0, math.MaxUint32}})
		return RailLocation{TrackID(piece.Chain), at, point, away}
	}
	dist := func(ref uint32) float64 {
		if keep != nil && !keep(TrackID(r.Pieces[ref].Chain)) {
			return math.NaN()
		}
		return locate(ref).Away
	}
	var all []RailLocation
	seen := make(map[TrackID]bool)
	r.TrackIndex.Nearest(p, maxMetres, dist, func(ref uint32, _ float64) bool {
		found := locate(ref)
		if !seen[found.Track] {
			seen[found.Track] = true
			all = append(all, found)
		}
		return len(all) < limit
	})
	return all
}
