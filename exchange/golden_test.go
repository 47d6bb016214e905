package exchange_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
)

var update = flag.Bool("update", false, "write the golden files anew")

// smallPlan has one of everything.
func smallPlan() *outrider.Plan {
	start := time.Date(2026, 11, 24, 6, 30, 0, 0, time.FixedZone("", -5*3600))
	return &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: "Evening return", Cover: "KESTREL", Zone: "America/New_York",
		Made: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC),
		Inputs: outrider.Inputs{
			MapName: "delaware", MapHash: "0a", DataDate: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), MovementHash: "0b",
			ProfileName: "built-in", ProfileHash: "0c", FindingsHash: "0d", Findings: 1, Program: "outrider 0.1", Attribution: "© OpenStreetMap contributors",
		},
		Convoy: outrider.Column{
			Vehicles: []outrider.ColumnVehicle{{CallSign: "LEAD 1", Role: outrider.Lead, Class: "car", LengthM: 5}},
			Length:   5, PassTime: 0.25, MarchKMH: 72, CatchUpKMH: 90, GapMetres: 40, LongestM: 5, UnknownDims: []string{"LEAD 1"},
		},
		Areas: []outrider.PlanArea{{Kind: outrider.AreaAvoid, Name: "Works", Weight: 3, Polygon: []outrider.LatLon{{Lat: 39.1, Lon: -75.5}, {Lat: 39.1, Lon: -75.4}, {Lat: 39.2, Lon: -75.4}}}},
		Legs: []outrider.LegPlan{{
			Name: "Home", Earliest: start, Latest: start.Add(time.Hour),
			From:       outrider.PlanPoint{Label: "Dover", Lat: 39.15, Lon: -75.52, Asked: outrider.LatLon{Lat: 39.1501, Lon: -75.52}, Away: 11, Road: "State Street"},
			To:         outrider.PlanPoint{Label: "Camden", Lat: 39.16, Lon: -75.52, Asked: outrider.LatLon{Lat: 39.16, Lon: -75.52}, Road: "State Street"},
			Shared:     []outrider.SharedStretch{{Road: "State Street", Lat: 39.155, Lon: -75.52, From: 500, To: 600}},
			Alternates: outrider.AlternateBounds{Asked: 1, MaxDetour: 1.3, MaxShared: 0.6, Reason: "there is one road only"},
			Routes: []outrider.RoutePlan{{
				Name: "primary", Length: 1110.2, Duration: 60, Halts: 120, Detour: 1, MaxP: 0.01, MaxPBand: 2, Lambda: 0.02,
				Parts:    []outrider.ExposurePart{{Kind: "bridge", Lambda: 0.02, MaxP: 0.01, Metres: 30}},
				Points:   []outrider.LatLon{{Lat: 39.15, Lon: -75.52}, {Lat: 39.155, Lon: -75.52}, {Lat: 39.16, Lon: -75.52}},
				Times:    []float64{0, 150, 180},
				Odometer: []float64{0, 555.1, 1110.2},
				Steps:    []outrider.Step{{Road: "State Street", Length: 1110.2, Duration: 60, Turn: "start", Ways: []int64{7}}},
				Hazards:  []outrider.HazardPass{{Kind: "bridge", From: 540, To: 570, At: start.Add(29 * time.Second), Lat: 39.155, Lon: -75.52, Detail: "over water", Evidence: "bridge=yes", OSM: "way/7", Band: 2}},
				March: []outrider.MarchRow{
					{Point: "Dover", Kind: "start", Lat: 39.15, Lon: -75.52, Head: start, Tail: start, PassTime: 0.25},
					{Point: "Bridge & rest", Kind: "halt", Lat: 39.155, Lon: -75.52, Odometer: 555.1, Head: start.Add(30 * time.Second), Tail: start.Add(31 * time.Second), PassTime: 0.25, HaltS: 120},
					{Point: "Camden", Kind: "release", Lat: 39.16, Lon: -75.52, Odometer: 1110.2, Head: start.Add(3 * time.Minute), Tail: start.Add(3 * time.Minute), PassTime: 0.25},
				},
				Havens:   []outrider.HavenPass{{Kind: "hospital", Name: "Kent General", OSM: "way/9", Odometer: 300, Drive: 95, Metres: 900, Lat: 39.151, Lon: -75.525}},
				Exposure: []outrider.ExposureBand{{To: 540, P: 0.001, Band: 1}, {From: 540, To: 1110.2, P: 0.01, Band: 2}},
			}},
		}},
		Warnings: []string{"the profile is not calibrated"},
	}
}

// TestGolden holds the bytes of every format. After a wanted change run
// go test ./exchange -run TestGolden -update and read the difference.
func TestGolden(t *testing.T) {
	for _, w := range writers() {
		path := filepath.Join("testdata", "small", w.name)
		got := render(t, w, smallPlan())
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as it was:\n%s", w.name, got)
		}
	}
}
