package rail

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// defaultSnap is how far a place may be from a track, in metres.
	defaultSnap = 500
	// atStation is how near to a station a place is taken to mean the station.
	atStation = 150
	// beside is how much farther than the nearest a track may be to be taken for
	// the one that was meant, when the place is no station.
	beside = 30
	// perMetre is what a metre that a track is farther from the place than the
	// nearest counts, in seconds.
	perMetre = 2
	// perStationMetre is the same at a station, where any of its tracks may be meant.
	perStationMetre = 1
	mostSpots       = 64
)

// notRunning is what a stop at a station counts, in seconds, if it is made on a
// track that is not a running line, by service.
var notRunning = [network.RailServices]float64{
	network.NoService: 0, network.Siding: 180, network.Yard: 600, network.Spur: 600, network.Crossover: 300, network.OtherService: 300,
}

// spots finds where on the tracks a place may be: at a station, on every track
// tied to it that the train can use; elsewhere, on the nearest such track and
// those beside it.
func (w *work) spots(p Place) ([]spot, error) {
	r := w.rail
	usable := func(t network.TrackID, at network.Millimetres) bool {
		iv := r.IntervalAt(t, at)
		return r.Length[t] >= 2 && w.needs.fault(&iv) == 0
	}
	var out []spot
	if st, ok := w.stationAt(p.Point, usable); ok {
		for _, x := range w.tied[st] {
			if usable(x.Track, x.At) {
				iv := r.IntervalAt(x.Track, x.At)
				s := spot{x.Track, w.inside(x.Track, x.At), float64(x.AwayCM) / 100, notRunning[iv.Service], st}
				if len(out) > 0 {
					s.penalty += (s.away - out[0].away) * perStationMetre
				}
				out = append(out, s)
			}
		}
	} else {
		for _, l := range r.SnapAll(p.Point, func(network.TrackID) bool { return true }, w.snap, mostSpots) {
			if !usable(l.Track, l.At) {
				continue
			}
			if len(out) > 0 && l.Away > out[0].away+beside {
				break
			}
			s := spot{l.Track, w.inside(l.Track, l.At), l.Away, 0, network.None}
			if len(out) > 0 {
				s.penalty = (l.Away - out[0].away) * perMetre
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, w.offNetwork(p)
	}
	return out, nil
}

// inside moves a position off the ends of its track, where pieces are cut.
func (w *work) inside(t network.TrackID, at network.Millimetres) network.Millimetres {
	return min(max(at, 1), w.rail.Length[t]-1)
}

// stationAt returns the nearest station that a place may mean, with a track that
// the train can use.
func (w *work) stationAt(p geo.Point, usable func(network.TrackID, network.Millimetres) bool) (uint32, bool) {
	best, found := atStation*1.0, uint32(network.None)
	for i := range w.rail.Station {
		s := &w.rail.Station[i]
		if abs64(int64(s.Point.Lat)-int64(p.Lat)) > 20000 { // 222 m
			continue
		}
		if away := geo.Distance(p, s.Point); away < best && slices.ContainsFunc(w.tied[uint32(i)], func(x network.StationTrack) bool { return usable(x.Track, x.At) }) {
			best, found = away, uint32(i)
		}
	}
	return found, found != network.None
}

func abs64(x int64) int64 { return max(x, -x) }

// tiedTracks gathers the tracks of each station, the nearest first.
func tiedTracks(r *network.Rail) map[uint32][]network.StationTrack {
	out := map[uint32][]network.StationTrack{}
	for _, x := range r.StationTrack {
		out[x.Station] = append(out[x.Station], x)
	}
	for _, all := range out {
		slices.SortStableFunc(all, func(a, b network.StationTrack) int {
			return cmp.Or(cmp.Compare(a.AwayCM, b.AwayCM), cmp.Compare(a.Track, b.Track), cmp.Compare(a.At, b.At))
		})
	}
	return out
}

// offNetwork is the error for a place with no track that the train can use.
func (w *work) offNetwork(p Place) error {
	e := &outrider.Error{Kind: outrider.OffNetwork, Where: w.where(p), Remedy: "give a station, or a place nearer to a track that the train can use"}
	var why fault
	near := w.rail.SnapAll(p.Point, func(network.TrackID) bool { return true }, w.snap, mostSpots)
	for _, l := range near {
		iv := w.rail.IntervalAt(l.Track, l.At)
		why |= w.needs.fault(&iv)
	}
	if len(near) > 0 {
		iv := w.rail.IntervalAt(near[0].Track, near[0].At)
		e.Cause = fmt.Sprintf("the train cannot use any track within %.0f m, because of %s; the nearest, %.0f m away, is %s", w.snap, why, near[0].Away, w.about(&iv))
		e.Remedy = "check the train's kinds, gauge and traction, or give another place"
		return e
	}
	far := w.rail.SnapAll(p.Point, func(t network.TrackID) bool {
		iv := w.rail.Intervals(t)
		return w.needs.fault(&iv[0]) == 0
	}, math.Pi*6.4e6, 1)
	if len(far) == 0 {
		e.Cause = "the map has no track that the train can use"
		e.Remedy = "check the train's kinds, gauge and traction, or build the map from an extract that has railways"
		return e
	}
	e.Cause = fmt.Sprintf("no track within %.0f m; the nearest that the train can use is %.1f km away", w.snap, far[0].Away/1000)
	return e
}

// about says what a stretch of track is, for messages.
func (w *work) about(iv *network.RailInterval) string {
	s := "railway=" + iv.Kind.String()
	if iv.GaugeMM != 0 {
		s += fmt.Sprintf(", gauge %d mm", iv.GaugeMM)
	}
	s += ", electrified: " + powerName(iv.Power)
	if iv.Voltage != 0 {
		s += fmt.Sprintf(" %d V", iv.Voltage)
	}
	return s + fmt.Sprintf(" (way/%d)", iv.Way)
}
