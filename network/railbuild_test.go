package network

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// track adds a track through points between its nodes.
func (d *draft) track(tail, head RailNodeID, between ...geo.Point) TrackID {
	r := &d.m.Rail
	if len(r.VertexFirst) == 0 {
		r.VertexFirst, r.IntervalFirst, r.FeatureFirst = []uint32{0}, []uint32{0}, []uint32{0}
	}
	exact := 0.0
	last := r.NodePoint[tail]
	for _, p := range slices.Concat([]geo.Point{last}, between, []geo.Point{r.NodePoint[head]}) {
		exact += geo.Distance(last, p) * 1000
		last = p
		r.Vertex, r.VertexAt = append(r.Vertex, p), append(r.VertexAt, Millimetres(math.Round(exact)))
	}
	r.VertexFirst = append(r.VertexFirst, uint32(len(r.Vertex)))
	r.Tail, r.Head, r.Length = append(r.Tail, tail), append(r.Head, head), append(r.Length, r.VertexAt[len(r.VertexAt)-1])
	d.ways++
	r.Interval = append(r.Interval, RailInterval{Way: d.ways, SpeedForward: 80, SpeedBackward: 60, GaugeMM: 1435})
	r.IntervalFirst = append(r.IntervalFirst, uint32(len(r.Interval)))
	r.FeatureFirst = append(r.FeatureFirst, uint32(len(r.Feature)))
	r.NodeInfo[tail].Degree++
	r.NodeInfo[head].Degree++
	return TrackID(len(r.Length) - 1)
}

// railways makes a network of n nodes and about as many tracks, with moves,
// features and stations.
func (d *draft) railways(rnd *rand.Rand, n int) {
	r := &d.m.Rail
	point := func() geo.Point {
		return geo.PointFromDegrees(39.1+rnd.Float64()*0.1, -75.6+rnd.Float64()*0.1)
	}
	for i := range n {
		r.NodePoint = append(r.NodePoint, point())
		r.NodeInfo = append(r.NodeInfo, RailNode{OSM: int64(i), Kind: RailNodeKind(rnd.IntN(int(RailNodeKinds))), Edge: uint8(rnd.IntN(2))})
	}
	for range n + 2 {
		a, b := RailNodeID(rnd.IntN(n)), RailNodeID(rnd.IntN(n))
		var between []geo.Point
		for i := range 1 + rnd.IntN(20) {
			p := geo.Interpolate(r.NodePoint[a], r.NodePoint[b], float64(i+1)/22)
			p.Lat += int32(rnd.IntN(2000)) - 1000
			between = append(between, p)
		}
		t := d.track(a, b, between...)
		if length := r.Length[t]; length > 1000 {
			iv := r.Interval[len(r.Interval)-1]
			iv.From, iv.Name, iv.Service, iv.Flags = length/2, d.text.Add("Main Line"), Siding, RailOnBridge
			r.Interval = append(r.Interval, iv)
			r.IntervalFirst[len(r.IntervalFirst)-1]++
		}
		for i := range rnd.IntN(3) {
			kind := RailFeatureKind(rnd.IntN(int(RailFeatureKinds)))
			f := RailFeature{OSM: rnd.Int64(), Track: t, At: r.Length[t] / 4 * Millimetres(i), Tags: d.text.Add("railway=signal"), Kind: kind}
			if kind == RailCrossing {
				f.Value, f.Foot = int32(HalfBarrier), 1
			}
			r.Feature = append(r.Feature, f)
			r.FeatureFirst[t+1]++
		}
	}
	moves := make([][]RailArcID, r.NumArcs())
	for a := range RailArcID(r.NumArcs()) {
		for b := range RailArcID(r.NumArcs()) {
			if r.ArcHead(a) == r.ArcTail(b) && b != a.Reverse() && rnd.IntN(2) == 0 {
				moves[a] = append(moves[a], b)
				moves[b.Reverse()] = append(moves[b.Reverse()], a.Reverse())
			}
		}
	}
	r.MoveFirst = []uint32{0}
	for a := range moves {
		slices.Sort(moves[a])
		r.MoveTo = append(r.MoveTo, slices.Compact(moves[a])...)
		r.MoveFirst = append(r.MoveFirst, uint32(len(r.MoveTo)))
	}
	for i, name := range []string{"Dover", "", "Wyoming"} {
		r.Station = append(r.Station, RailStation{
			OSM: int64(i + 20), Point: point(), Name: d.text.Add(name), Code: d.text.Add("DOV"), Tags: d.text.Add("railway=station"),
			Kind: StationKind(i), Type: OSMType(i),
		})
		for range 2 {
			t := TrackID(rnd.IntN(r.NumTracks()))
			r.StationTrack = append(r.StationTrack, StationTrack{Station: uint32(i), Track: t, At: r.Length[t] / 3, AwayCM: 1234})
		}
	}
	slices.SortFunc(r.StationTrack, func(s, t StationTrack) int {
		return cmp.Or(cmp.Compare(s.Track, t.Track), cmp.Compare(s.At, t.At))
	})
}
