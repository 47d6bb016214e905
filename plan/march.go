package plan

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// critical reports whether a kind of hazard makes a critical point of the march
// table, and so of a survey: where the column must be known to be through.
func critical(k hazard.Kind) bool {
	switch k {
	case hazard.Chokepoint, hazard.NoExit, hazard.Obstruction, hazard.BridgeDamage, hazard.Flood, hazard.PoorSurface, hazard.Overlook, hazard.DeadGround:
		return true
	case hazard.Kind(network.Tunnel), hazard.Kind(network.LevelCrossing), hazard.Kind(network.Ford), hazard.Kind(network.FerryCrossing),
		hazard.Kind(network.SingleLane), hazard.Kind(network.LowClearance), hazard.Kind(network.WeightLimit), hazard.Kind(network.Works):
		return true
	default:
		return false
	}
}

// march makes the march table. At every point the tail passes the column's time
// of passage after the head; see column. A planned halt stops the whole column,
// so the head and the tail leave by its length later.
func (it *itinerary) march(hazards []outrider.HazardPass) []outrider.MarchRow {
	w := it.w
	var rows []outrider.MarchRow
	row := func(point, kind string, metres float64, clock [courses]float64, halt float64, q outrider.LatLon) {
		head := it.when(clock[likely])
		tail := head.Add(seconds(w.column.PassTime))
		rows = append(rows, outrider.MarchRow{
			Point: point, Kind: kind, Lat: q.Lat, Lon: q.Lon, Odometer: metres,
			Head: head, Tail: tail, PassTime: w.column.PassTime, HaltS: halt,
			EarlyS: clock[likely] - clock[fast], LateS: clock[slow] - clock[likely],
		})
		last := &rows[len(rows)-1]
		last.Dark = darkRow(last)
	}
	ends := func(i int) (out [courses]float64) {
		for c := range courses {
			out[c] = it.courses[c].ends[i]
		}
		return out
	}
	start := w.stops[0]
	row(start.label, kindStart, 0, [courses]float64{}, 0, latLon(start.loc.Point))
	for k, last := range it.stops {
		s := w.stops[k+1]
		kind := s.kind
		if kind == kindMust {
			kind = kindVia
		}
		label := s.label
		if s.halt >= 0 && w.leg.Halts[s.halt].Reason != "" {
			label += " (" + w.leg.Halts[s.halt].Reason + ")"
		}
		row(label, kind, it.odometer[last+1], ends(last), it.halts[last], latLon(s.loc.Point))
	}
	for _, h := range hazards {
		k, ok := hazard.ParseKind(h.Kind)
		if !ok && h.Kind != hazard.Unsurveyed.String() || !critical(k) {
			continue
		}
		i, at := it.at(h.From)
		name := strings.ReplaceAll(h.Kind, "_", " ") + ", " + w.m.Describe(it.runs[i].arc.Chain(), at)
		var clock [courses]float64
		for c := range courses {
			clock[c] = it.clockBy(c, i, at)
		}
		row(name, kindCritical, h.From, clock, 0, outrider.LatLon{Lat: h.Lat, Lon: h.Lon})
	}
	slices.SortStableFunc(rows, func(a, b outrider.MarchRow) int {
		return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), a.Head.Compare(b.Head), cmp.Compare(rank(a.Kind), rank(b.Kind)))
	})
	return rows
}

// darkRow reports whether head or tail is at a row's point in the dark.
func darkRow(row *outrider.MarchRow) bool {
	at := outrider.LatLon{Lat: row.Lat, Lon: row.Lon}.Point()
	return almanac.Dark(row.Head, at) || almanac.Dark(row.Tail, at)
}

// rank orders rows at one place: the start is first, the release last.
func rank(kind string) int {
	return slices.Index([]string{kindStart, kindCritical, kindVia, kindHalt, kindRelease}, kind)
}

// seconds makes a duration of seconds, to the millisecond.
func seconds(s float64) time.Duration {
	return time.Duration(math.Round(s*1000)) * time.Millisecond
}
