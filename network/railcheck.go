package network

import (
	"fmt"
	"slices"
)

// checkRail checks the railways as Check describes it for the roads: lengths of
// columns, indices, positions, orders and kinds, and that moves can be made in
// both directions. Maps of format 1.0 have no railways: all columns are empty.
func (m *Map) checkRail() error {
	r := &m.Rail
	for _, check := range []func(*Map) error{
		r.checkLengths, r.checkNodes, r.checkTracks, r.checkIntervals, r.checkMoves, r.checkFeatures, r.checkStations,
	} {
		if err := check(m); err != nil {
			return fmt.Errorf("railways: %w", err)
		}
	}
	l := r.trackLines()
	if err := l.checkIndex("track"); err != nil {
		return fmt.Errorf("railways: %w", err)
	}
	return nil
}

func (r *Rail) checkLengths(*Map) error {
	nodes, tracks := len(r.NodePoint), len(r.Length)
	if uint64(tracks) >= 1<<31 || uint64(nodes) >= None || uint64(len(r.Station)) >= None {
		return fmt.Errorf("%d nodes, %d tracks and %d stations are more than ids can tell apart", nodes, tracks, len(r.Station))
	}
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"rail.node.info", len(r.NodeInfo), nodes},
		{"rail.track.tail", len(r.Tail), tracks},
		{"rail.track.head", len(r.Head), tracks},
		{"rail.vertex.at", len(r.VertexAt), len(r.Vertex)},
	} {
		if c.got != c.want {
			return fmt.Errorf("%s has %d items, must have %d", c.name, c.got, c.want)
		}
	}
	for _, c := range []struct {
		name          string
		first         []uint32
		owners, items int
	}{
		{"rail.track.vertex", r.VertexFirst, tracks, len(r.Vertex)},
		{"rail.track.interval", r.IntervalFirst, tracks, len(r.Interval)},
		{"rail.arc.move", r.MoveFirst, 2 * tracks, len(r.MoveTo)},
		{"rail.track.feature", r.FeatureFirst, tracks, len(r.Feature)},
	} {
		if len(c.first) == 0 && c.owners == 0 && c.items == 0 {
			continue // no railways at all
		}
		if len(c.first) != c.owners+1 {
			return fmt.Errorf("%s has %d items, must have %d", c.name, len(c.first), c.owners+1)
		}
		if err := checkCSR(c.name, c.first, c.items); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rail) checkNodes(*Map) error {
	return each(len(r.NodePoint), func(i int) error {
		n := &r.NodeInfo[i]
		if !onEarth(r.NodePoint[i]) || n.Kind >= RailNodeKinds || n.Tagged > 1 || n.Edge > 1 {
			return fmt.Errorf("node %d has a position, kind or mark out of range", i)
		}
		return nil
	})
}

func (r *Rail) checkTracks(*Map) error {
	nodes := uint64(len(r.NodePoint))
	l := r.trackLines()
	return each(len(r.Length), func(i int) error {
		tail, head := r.Tail[i], r.Head[i]
		if uint64(tail) >= nodes || uint64(head) >= nodes {
			return fmt.Errorf("track %d runs from node %d to node %d of %d", i, tail, head, nodes)
		}
		return l.checkVertices("track", uint32(i), r.Length[i], r.NodePoint[tail], r.NodePoint[head])
	})
}

func (r *Rail) checkIntervals(m *Map) error {
	return each(len(r.Length), func(i int) error {
		intervals := r.Intervals(TrackID(i))
		if err := checkStarts("track", i, intervals, r.Length[i], func(iv *RailInterval) Millimetres { return iv.From }); err != nil {
			return err
		}
		for j := range intervals {
			iv := &intervals[j]
			if iv.Kind >= RailKinds || iv.Usage >= RailUsages || iv.Service >= RailServices || iv.Power >= Electrifications ||
				iv.SpeedForward == 0 || iv.SpeedBackward == 0 || iv.WayReversed > 1 || m.badRef(iv.Name, iv.Number) {
				return fmt.Errorf("interval %d of track %d has a kind, usage, service, electrification, speed or name out of range", j, i)
			}
		}
		return nil
	})
}

func (r *Rail) checkMoves(*Map) error {
	arcs := uint64(r.NumArcs())
	if err := each(r.NumArcs(), func(i int) error {
		a := RailArcID(i)
		moves := r.Moves(a)
		for j, b := range moves {
			switch {
			case uint64(b) >= arcs:
				return fmt.Errorf("arc %d leads to arc %d of %d", i, b, arcs)
			case j > 0 && moves[j-1] >= b:
				return fmt.Errorf("the moves from arc %d are out of order", i)
			case r.ArcTail(b) != r.ArcHead(a):
				return fmt.Errorf("arc %d leads to arc %d, which do not meet", i, b)
			case b == a.Reverse():
				return fmt.Errorf("arc %d leads back on itself", i)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return each(r.NumArcs(), func(i int) error {
		a := RailArcID(i)
		for _, b := range r.Moves(a) {
			if _, ok := slices.BinarySearch(r.Moves(b.Reverse()), a.Reverse()); !ok {
				return fmt.Errorf("a train can run from arc %d on to arc %d, but not back", i, b)
			}
		}
		return nil
	})
}

func (r *Rail) checkFeatures(m *Map) error {
	return each(len(r.Length), func(i int) error {
		features := r.FeaturesOn(TrackID(i))
		for j := range features {
			f := &features[j]
			if f.Track != TrackID(i) || f.At > r.Length[i] || m.badRef(f.Tags) {
				return fmt.Errorf("feature %d of track %d has a position or text out of range", j, i)
			}
			most := 0
			switch f.Kind {
			case RailCrossing:
				most = int(Attended)
			case RailSignal:
				most = int(RailSignalKinds) - 1
			case RailStop, RailFeatureKinds:
			}
			if f.Kind >= RailFeatureKinds || f.Foot > 1 || f.Type > OSMRelation || f.Value < 0 || int(f.Value) > most {
				return fmt.Errorf("feature %d of track %d has a kind, value or type out of range", j, i)
			}
			if j > 0 && features[j-1].At > f.At {
				return fmt.Errorf("feature %d of track %d is out of order", j, i)
			}
		}
		return nil
	})
}

func (r *Rail) checkStations(m *Map) error {
	if err := each(len(r.Station), func(i int) error {
		s := &r.Station[i]
		if s.Kind >= StationKinds || s.Type > OSMRelation || !onEarth(s.Point) || m.badRef(s.Name, s.Code, s.Tags) {
			return fmt.Errorf("station %d has a kind, position or text out of range", i)
		}
		if i > 0 {
			if before := &r.Station[i-1]; before.Type > s.Type || before.Type == s.Type && before.OSM >= s.OSM {
				return fmt.Errorf("station %d is out of order", i)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return each(len(r.StationTrack), func(i int) error {
		s := &r.StationTrack[i]
		if uint64(s.Station) >= uint64(len(r.Station)) || uint64(s.Track) >= uint64(len(r.Length)) || s.At > r.Length[s.Track] {
			return fmt.Errorf("item %d of rail.station.track has a station, track or position out of range", i)
		}
		if i > 0 {
			if before := &r.StationTrack[i-1]; before.Track > s.Track || before.Track == s.Track && before.At > s.At {
				return fmt.Errorf("item %d of rail.station.track is out of order", i)
			}
		}
		return nil
	})
}
