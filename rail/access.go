package rail

import (
	"cmp"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// Kinds of access to the track.
const (
	byCrossing = "level crossing"
	byStation  = "station"
	byRoad     = "road beside the track"
)

const (
	// besideTrack is how far from the track a road may run to give access, metres.
	besideTrack = 40
	// lookEvery is how often along the path a road beside it is looked for.
	lookEvery = 50.0
	// stationRoad is how far from the track at a station the road may be.
	stationRoad = 150
	// crossingsApart and roadsApart thin the list, in metres along the path.
	crossingsApart = 250.0
	roadsApart     = 1000.0
	// longBridge is the length in metres from which a bridge needs a plan to
	// leave it.
	longBridge = 50.0
)

// accesses lists every place where a road vehicle gets to the track, in order.
func (w *work) accesses(passes []outrider.RailPass) []outrider.RailAccessAt {
	var out []outrider.RailAccessAt
	for i := range passes {
		p := &passes[i]
		at := w.point(p.From)
		switch p.Kind {
		case outrider.RailLevelCrossing:
			for _, r := range w.roadsAt(at) {
				if x, ok := w.access(p.From, at, r, byCrossing); ok {
					out = append(out, x)
					break
				}
			}
		case outrider.RailStation:
			if strings.Contains(p.Detail, perhapsOf) {
				continue // a way out that is not there would cost lives
			}
			if x, ok := w.nearRoad(p.From, at, stationRoad, false, byStation); ok {
				out = append(out, x)
			}
		}
	}
	for metres := 0.0; metres <= w.length(); metres += lookEvery {
		i, at := w.find(metres)
		iv := &w.strips[i].interval
		if w.strips[i].changing || iv.Flags&(network.RailInTunnel|network.RailOnBridge) != 0 {
			continue
		}
		if x, ok := w.nearRoad(metres, w.rail.PointAt(w.strips[i].arc.Track(), at), besideTrack, true, byRoad); ok {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b outrider.RailAccessAt) int {
		return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// nearRoad returns the nearest road that a vehicle may use. With level, roads on
// bridges, in tunnels and on another layer do not count.
func (w *work) nearRoad(metres float64, at geo.Point, reach float64, level bool, kind string) (outrider.RailAccessAt, bool) {
	for _, l := range w.m.SnapAll(at, nil, reach, 16) {
		if iv := w.m.IntervalAt(l.Chain, l.At); level && (iv.Flags&(network.OnBridge|network.InTunnel) != 0 || iv.Layer != 0) {
			continue
		}
		if x, ok := w.access(metres, at, road{l.Chain, l.At}, kind); ok {
			return x, true
		}
	}
	return outrider.RailAccessAt{}, false
}

// access makes an access of a position on a road; ok is false if cars may not use
// the road, not even with the owner's leave.
func (w *work) access(metres float64, at geo.Point, r road, kind string) (x outrider.RailAccessAt, ok bool) {
	may := min(w.m.ArcAccess[r.chain.Arc(false)].Of(network.Car), w.m.ArcAccess[r.chain.Arc(true)].Of(network.Car))
	if may == network.Forbidden || w.m.IntervalAt(r.chain, r.at).Class == network.Ferry {
		return x, false
	}
	p := w.m.PointAt(r.chain, r.at)
	q := latLon(p)
	return outrider.RailAccessAt{
		Odometer: metres, Lat: q.Lat, Lon: q.Lon, Road: w.m.Describe(r.chain, r.at), Kind: kind,
		Away: geo.Distance(at, p), Private: may == network.Private,
	}, true
}

// evacuation says for every tunnel and long bridge where the nearest road is, on
// either side. A station in a tunnel is a way out, so a tunnel with stations is told
// in parts, from station to station.
func (w *work) evacuation(passes []outrider.RailPass, all []outrider.RailAccessAt) []outrider.RailEvacuation {
	out := []outrider.RailEvacuation{}
	for i := range passes {
		p := &passes[i]
		if p.Kind != outrider.RailTunnel && (p.Kind != outrider.RailBridge || p.To-p.From < longBridge) {
			continue
		}
		from := p.From
		for k := range all {
			if a := &all[k]; p.Kind == outrider.RailTunnel && a.Kind == byStation && a.Odometer > from && a.Odometer < p.To {
				out = append(out, waysOut(p.Kind, from, a.Odometer, all))
				from = a.Odometer
			}
		}
		out = append(out, waysOut(p.Kind, from, p.To, all))
	}
	return out
}

// waysOut finds the nearest access on either side of a stretch.
func waysOut(kind string, from, to float64, all []outrider.RailAccessAt) outrider.RailEvacuation {
	e := outrider.RailEvacuation{Kind: kind, From: from, To: to}
	for k := range all {
		a := all[k]
		if a.Odometer <= from && (e.Before == nil || nearer(&a, e.Before, from)) {
			e.Before, e.WalkBefore = &a, from-a.Odometer
		}
		if a.Odometer >= to && (e.After == nil || nearer(&a, e.After, to)) {
			e.After, e.WalkAfter = &a, a.Odometer-to
		}
	}
	return e
}

// nearer reports whether access a is a shorter way on foot than b, from an end of
// a tunnel or bridge along the track and over to the road.
func nearer(a, b *outrider.RailAccessAt, end float64) bool {
	walk := func(x *outrider.RailAccessAt) float64 { return max(end-x.Odometer, x.Odometer-end) + x.Away }
	return walk(a) < walk(b)
}

// thinned keeps every station, crossings 250 m apart, and roads beside the track
// where there is nothing else within 1 km; and whatever evacuation needs.
func thinned(all []outrider.RailAccessAt, needed []outrider.RailEvacuation) []outrider.RailAccessAt {
	keep := make([]bool, len(all))
	for i := range all {
		keep[i] = all[i].Kind == byStation
		for _, e := range needed {
			for _, x := range []*outrider.RailAccessAt{e.Before, e.After} {
				keep[i] = keep[i] || x != nil && *x == all[i]
			}
		}
	}
	for _, step := range []struct {
		kind  string
		apart float64
	}{{byCrossing, crossingsApart}, {byRoad, roadsApart}} {
		for i := range all {
			if keep[i] || all[i].Kind != step.kind {
				continue
			}
			free := true
			for k := i - 1; k >= 0 && all[i].Odometer-all[k].Odometer < step.apart; k-- {
				free = free && !keep[k]
			}
			for k := i + 1; k < len(all) && all[k].Odometer-all[i].Odometer < step.apart; k++ {
				free = free && !keep[k]
			}
			keep[i] = free
		}
	}
	out := []outrider.RailAccessAt{}
	for i := range all {
		if keep[i] {
			out = append(out, all[i])
		}
	}
	return out
}
