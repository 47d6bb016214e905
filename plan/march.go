package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/march"
	"github.com/outrider-project/outrider/network"
)

// column works out what the convoy is as a whole: for the plan, see package
// march, and for the network, which must let pass the worst of all vehicles.
func column(c outrider.Convoy, reserve float64) (outrider.Column, network.Vehicle, error) {
	out, err := march.Column(c, reserve)
	if err != nil {
		return outrider.Column{}, network.Vehicle{}, err
	}
	var n network.Vehicle
	for i, x := range c.Vehicles {
		class, ok := classOf(x.Class)
		if !ok {
			return outrider.Column{}, network.Vehicle{}, &outrider.Error{Kind: outrider.Invalid, Where: "convoy", Cause: fmt.Sprintf("vehicle %d (%s) is of class %q", i+1, x.CallSign, x.Class), Remedy: "give car, truck, bus or emergency"}
		}
		n.Classes |= 1 << class
		n.HeightCM, n.WidthCM, n.LengthCM = max(n.HeightCM, hundredths(x.Height)), max(n.WidthCM, hundredths(x.Width)), max(n.LengthCM, hundredths(x.Length))
		n.WeightKG, n.AxleKG = max(n.WeightKG, kilograms(x.Mass)), max(n.AxleKG, kilograms(x.AxleLoad))
	}
	return out, n, nil
}

// VehicleOf returns what a convoy is to the network: the worst of all its
// vehicles. Errors are those of a convoy that cannot be, of kind Invalid.
func VehicleOf(c outrider.Convoy) (network.Vehicle, error) {
	_, v, err := column(c, 0)
	return v, err
}

func classOf(c outrider.VehicleClass) (network.Class, bool) {
	switch c {
	case outrider.ClassCar, "":
		return network.Car, true
	case outrider.ClassTruck:
		return network.Truck, true
	case outrider.ClassBus:
		return network.Bus, true
	case outrider.ClassEmergency:
		return network.Emergency, true
	}
	return 0, false
}

// hundredths and kilograms round up to the units that limits are kept in, for a
// vehicle is never taken to be smaller than it is. What is within a millionth of
// a unit is not rounding but binary fractions.
func hundredths(metres float64) uint16 { return uint16(math.Ceil(metres*100 - 1e-6)) }

func kilograms(tonnes float64) uint32 { return uint32(math.Ceil(tonnes*1000 - 1e-6)) }

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
