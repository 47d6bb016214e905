package exchange_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
)

func TestFormWritesAsThePlanAsks(t *testing.T) {
	metric := exchange.Form{}
	miles := exchange.Form{Print: outrider.PlanPrint{Distances: outrider.Miles}}
	for _, c := range []struct{ got, want string }{
		{metric.Long(80_467.2), "80.5 km"},
		{miles.Long(80_467.2), "50.0 mi"},
		{metric.Odometer(1609.344), "1.6"},
		{miles.Odometer(1609.344), "1.0"},
		{metric.Distance(900), "900 m"},
		{miles.Distance(91.44), "100 yd"},
		{miles.Distance(900), "0.6 mi"},
		{metric.Speed(80), "80 km/h"},
		{miles.Speed(80.4672), "50 mph"},
		{metric.Unit() + miles.Unit(), "kmmi"},
		{metric.Position(39.1582, -75.5244), "39.15820, -75.52440"},
		{exchange.Duration(45.4), "45 s"},
		{exchange.Duration(90), "1 min 30 s"},
		{exchange.Duration(599.6), "10 min"},
		{exchange.Duration(840), "14 min"},
		{exchange.Duration(7500), "2 h 05 min"},
		{exchange.Duration(-90), "-1 min 30 s"},
		{exchange.Duration(-0.4), "0 s"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// What a form writes as a grid, the movement file reads as the same place.
func TestFormPositionsAreRead(t *testing.T) {
	for _, form := range []outrider.PositionForm{outrider.Degrees, outrider.UTM, outrider.MGRS} {
		f := exchange.Form{Print: outrider.PlanPrint{Positions: form}}
		for _, at := range []outrider.LatLon{{Lat: 39.1582, Lon: -75.5244}, {Lat: -33.9, Lon: 18.4}, {Lat: 88, Lon: 10}, {Lat: 60.4, Lon: 5.3}} {
			text := f.Position(at.Lat, at.Lon)
			p, err := geo.ParsePosition(text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if off := geo.Distance(p, at.Point()); off > 1.5 {
				t.Errorf("%s is %.1f m from %v", text, off, at)
			}
		}
	}
}

// In the night when clocks go back an hour of local time comes twice; its zone
// and the date-time group tell which it is.
func TestFormTellsTheRepeatedHourApart(t *testing.T) {
	f := exchange.FormOf(&outrider.Plan{Zone: "America/New_York"})
	first := time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{f.Local(first), "Sun 1 Nov 2026, 01:30 EDT"},
		{f.Local(first.Add(time.Hour)), "Sun 1 Nov 2026, 01:30 EST"},
		{exchange.DTG(first), "010530ZNOV26"},
		{exchange.DTG(first.Add(time.Hour)), "010630ZNOV26"},
		{exchange.FormOf(&outrider.Plan{Zone: "Local"}).Local(first), "Sun 1 Nov 2026, 05:30 UTC"},
		{exchange.FormOf(&outrider.Plan{Zone: "Nowhere"}).Local(first), "Sun 1 Nov 2026, 05:30 UTC"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// Rings run counter-clockwise wherever they lie and however they were given.
func TestAreaRingsRunCounterClockwise(t *testing.T) {
	for _, west := range []float64{-75, 179.99, -180, 0} {
		var ring []outrider.LatLon
		for _, c := range []struct{ north, east float64 }{{0, 0}, {0, 0.02}, {0.01, 0.02}, {0.01, 0}} {
			lon := west + c.east
			if lon > 180 {
				lon -= 360
			}
			ring = append(ring, outrider.LatLon{Lat: -17 + c.north, Lon: lon})
		}
		back := slices.Clone(ring)
		slices.Reverse(back)
		for _, given := range [][]outrider.LatLon{ring, back} {
			got := exchange.AreaRing(&outrider.PlanArea{Polygon: given})
			if len(got) != 5 || got[0] != got[4] {
				t.Fatalf("%v is not closed", got)
			}
			// East of a corner on the southern side lies the other one, not west of it.
			for i := range 4 {
				if a, b := got[i], got[i+1]; a.Lat == -17 && b.Lat == -17 && math.Remainder(b.Lon-a.Lon, 360) < 0 {
					t.Errorf("the ring from %v runs clockwise: %v", west, got)
				}
			}
		}
	}
}
