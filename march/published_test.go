package march_test

import (
	"fmt"
	"math"
	"testing"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/march"
)

// A worked example in print: Student Text 100-3, Battle Book (US Army Command
// and General Staff College, Fort Leavenworth), chapter 8, section I, paragraph
// 8-1. Its numbers are those of a corps, for which nobody will use this program;
// that is what makes them a good test, since small errors per vehicle add up.
//
// It counts vehicles by density, so an interval is a vehicle and the gap behind
// it: 100 m are a vehicle of 7 m and a gap of 93 m here. The last vehicle of every
// march unit, our packet, has its interval too, and the gap between march units
// comes on top, so its road space is ours and one gap for every packet.
func TestPublishedCorps(t *testing.T) {
	for _, c := range []struct {
		name             string
		vehicles, units  int
		occupied, gapsKM float64 // km taken by vehicles with their intervals, and by the gaps between march units
		kmh              float64
		roadSpaceKM      float64
		hours            float64
		tolerance        float64 // the print rounds
	}{
		// 25,000 vehicles at 10 per km without gaps: 2,500 km, and at 25 km/h
		// "more than 4 days".
		{"corps on one route", 25_000, 1, 2500, 0, 25, 2500, 100, 0.0001},
		// 1,200 km of occupied road and 1,300 km of gaps over eight routes at 30
		// km/h: columns of 320 km that pass in 10.5 hours.
		{"corps on eight routes", 25_000 / 8, 125, 1200. / 8, 1300. / 8, 30, 320, 10.5, 0.025},
		// 6,000 vehicles on four routes, with the same intervals and gaps: 155 km
		// and "just over 5 hours". It rounds up as it goes: the same shares of 2,500 km
		// are 150 km.
		{"division on four routes", 6000 / 4, 60, 1200. * 6 / 25 / 4, 1300. * 6 / 25 / 4, 30, 155, 5, 0.035},
	} {
		t.Run(c.name, func(t *testing.T) {
			interval := c.occupied * 1000 / float64(c.vehicles)
			const length = 7.0
			convoy := outrider.Convoy{MarchKMH: c.kmh, Gap: outrider.Gap{Metres: interval - length}}
			if c.units > 1 {
				convoy.PacketGap.Metres = c.gapsKM * 1000 / float64(c.units-1)
			}
			for i := range c.vehicles {
				convoy.Vehicles = append(convoy.Vehicles, outrider.Vehicle{
					CallSign: fmt.Sprint(i), Length: length, Packet: fmt.Sprint(i * c.units / c.vehicles),
				})
			}
			got, err := march.Column(convoy, 0)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Packets) != c.units {
				t.Fatalf("%d march units, want %d", len(got.Packets), c.units)
			}
			roadSpace := got.Length + float64(c.units)*got.GapMetres
			t.Logf("road space %.2f km, in the manual's count %.2f; time of passage %.3f h", got.Length/1000, roadSpace/1000, got.PassTime/3600*roadSpace/got.Length)
			if km := roadSpace / 1000; math.Abs(km/c.roadSpaceKM-1) > c.tolerance {
				t.Errorf("road space %.2f km, in print %g", km, c.roadSpaceKM)
			}
			if hours := got.PassTime / 3600 * roadSpace / got.Length; math.Abs(hours/c.hours-1) > c.tolerance {
				t.Errorf("time of passage %.3f h, in print %g", hours, c.hours)
			}
		})
	}
}
