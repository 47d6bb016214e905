package rail

import (
	"cmp"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

const (
	// fouling is how much of a track at a switch is too near to the other leg to
	// stand on, in metres.
	fouling = 30.0
	// holdAway is how far from the path a track to hold on may begin, in metres.
	holdAway = 1500.0
	// longestLoop is how long a track beside a single line may be to be a loop.
	longestLoop = 3000.0
	// holdsPerSwitch is how many tracks behind one switch are told.
	holdsPerSwitch = 3
)

// A siding is a track that was found to hold the train.
type siding struct {
	outrider.RailHold
	ahead, back bool // how it is reached
}

// holds lists the tracks on which the train can stand clear of the line, in order
// of the switches that lead to them.
func (w *work) holds() []outrider.RailHold {
	onPath := w.stripsOf()
	found := map[network.TrackID]*siding{}
	var order []network.TrackID
	for i := 0; i+1 < len(w.strips); i++ {
		a, b := &w.strips[i], &w.strips[i+1]
		if a.changing || b.changing || a.arc == b.arc {
			continue
		}
		metres := w.odometer[i+1]
		explore := func(c network.RailArcID, back bool) {
			for _, t := range w.standing(c, onPath, metres) {
				x := found[t]
				if x == nil {
					x = &siding{RailHold: w.hold(t, metres)}
					found[t] = x
					order = append(order, t)
				}
				if !back && !x.ahead {
					x.Odometer = metres // ahead is better than setting back
					x.Lat, x.Lon = latLon(w.point(metres)).Lat, latLon(w.point(metres)).Lon
				}
				x.ahead = x.ahead || !back
				x.back = x.back || back
			}
		}
		for _, c := range w.rail.Moves(a.arc) {
			if c != b.arc {
				explore(c, false)
			}
		}
		for _, c := range w.rail.Moves(b.arc.Reverse()) {
			if c != a.arc.Reverse() {
				explore(c, true)
			}
		}
	}
	out := []outrider.RailHold{}
	for _, t := range order {
		x := found[t]
		x.Backwards = !x.ahead
		if x.ahead && x.back && x.Kind != serviceName(network.Yard) {
			x.Kind = "loop"
		}
		out = append(out, x.RailHold)
	}
	slices.SortStableFunc(out, func(a, b outrider.RailHold) int {
		return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(b.Length, a.Length), cmp.Compare(a.OSM, b.OSM))
	})
	// Of the tracks of a yard the longest will do.
	kept := out[:0]
	for _, x := range out {
		n := 0
		for _, y := range kept {
			if y.Odometer == x.Odometer && y.Kind == x.Kind {
				n++
			}
		}
		if n < holdsPerSwitch {
			kept = append(kept, x)
		}
	}
	return kept
}

func (w *work) hold(t network.TrackID, metres float64) outrider.RailHold {
	at := latLon(w.point(metres))
	iv := w.rail.Intervals(t)[0]
	kind := serviceName(iv.Service)
	if kind == "" {
		kind = "loop"
	}
	return outrider.RailHold{Odometer: metres, Lat: at.Lat, Lon: at.Lon, Kind: kind, Length: w.clear(t), OSM: object(network.OSMWay, iv.Way)}
}

// clear returns how many metres of a track are clear of the switches at its ends.
func (w *work) clear(t network.TrackID) float64 {
	length := w.rail.Length[t].Metres()
	for _, n := range []network.RailNodeID{w.rail.Tail[t], w.rail.Head[t]} {
		if w.rail.NodeInfo[n].Degree > 2 {
			length -= fouling
		}
	}
	return length
}

// standing returns the tracks that arc c leads to without reversing and that the
// train can stand on clear of switches, in the order they are met.
func (w *work) standing(c network.RailArcID, onPath map[network.TrackID][]int, metres float64) []network.TrackID {
	type step struct {
		arc  network.RailArcID
		away float64
	}
	var out []network.TrackID
	seen := map[network.TrackID]bool{}
	for queue := []step{{c, 0}}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		t := s.arc.Track()
		if seen[t] || len(onPath[t]) > 0 || !w.canUse(t) {
			continue
		}
		seen[t] = true
		service := w.rail.Intervals(t)[0].Service
		if service == network.NoService && (s.arc != c || !w.isLoop(s.arc, metres)) {
			continue
		}
		if service != network.Crossover && w.clear(t) >= w.needs.length {
			out = append(out, t)
		}
		away := s.away + w.rail.Length[t].Metres()
		if service == network.NoService || away > holdAway {
			continue
		}
		for _, next := range w.rail.Moves(s.arc) {
			queue = append(queue, step{next, away})
		}
	}
	return out
}

// canUse reports whether the train can run over the whole of a track.
func (w *work) canUse(t network.TrackID) bool {
	all := w.rail.Intervals(t)
	return !slices.ContainsFunc(all, func(iv network.RailInterval) bool { return w.needs.fault(&iv) != 0 })
}

// isLoop reports whether an arc that is tagged as a running line leaves a single
// line and comes back to it soon: a passing loop.
func (w *work) isLoop(a network.RailArcID, metres float64) bool {
	if w.rail.Length[a.Track()].Metres() > longestLoop {
		return false
	}
	if w.beamAt(max(metres-settled-beamEvery, 0)).running > 0 && w.beamAt(min(metres+settled+beamEvery, w.length())).running > 0 {
		return false
	}
	head := w.rail.ArcHead(a)
	return slices.ContainsFunc(w.strips, func(s strip) bool { return !s.changing && w.rail.ArcHead(s.arc) == head })
}
