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
			ProfileName: "built-in", ProfileHash: "0c", FindingsHash: "0d", Findings: 1, FindingIDs: []string{"f0"}, SpeedsName: "built-in", SpeedsHash: "0e",
			Program: "outrider 0.1", Attribution: "© OpenStreetMap contributors",
		},
		Convoy: outrider.Column{
			Vehicles: []outrider.ColumnVehicle{{CallSign: "LEAD 1", Role: outrider.Lead, Class: "car", LengthM: 5}},
			Length:   5, PassTime: 0.25, MarchKMH: 72, CatchUpKMH: 90, GapMetres: 40, LongestM: 5, UnknownDims: []string{"LEAD 1"},
			Packets: []outrider.PacketPlan{{Serial: "A", First: "LEAD 1", Last: "LEAD 1", Vehicles: 1, Length: 5, TailM: 5, TailS: 0.25}},
		},
		Areas: []outrider.PlanArea{{Kind: outrider.AreaAvoid, Name: "Works", Weight: 3, Polygon: []outrider.LatLon{{Lat: 39.1, Lon: -75.5}, {Lat: 39.1, Lon: -75.4}, {Lat: 39.2, Lon: -75.4}}}},
		Print: outrider.PlanPrint{Positions: outrider.MGRS, Distances: outrider.Miles},
		Venues: []outrider.VenuePlan{{
			Name: "Hall", At: outrider.VenuePlace{Label: "Hall", Lat: 39.16, Lon: -75.52}, Arrival: &outrider.VenuePlace{Label: "North door", Lat: 39.1601, Lon: -75.52, Approach: outrider.North},
			TraumaHospital: &outrider.VenueHospital{Label: "Kent General", Lat: 39.151, Lon: -75.525, Drive: 140, Metres: 1400, FromMap: true},
			Telephones:     []outrider.VenueTelephone{{Office: "Reception", Number: "302 555 0100"}, {Office: "Control room"}}, Verified: "2026-11-20", VerifiedBy: "SCOUT 1",
		}},
		Legs: []outrider.LegPlan{{
			Name: "Home", Mode: outrider.ByRoad, Timed: outrider.TimedBackwards, Arrive: &outrider.Span{From: start, To: start.Add(time.Hour)}, Earliest: start, Latest: start.Add(time.Hour),
			From:   outrider.PlanPoint{Label: "Dover", Lat: 39.15, Lon: -75.52, Asked: outrider.LatLon{Lat: 39.1501, Lon: -75.52}, Away: 11, Road: "State Street"},
			To:     outrider.PlanPoint{Label: "Camden", Lat: 39.16, Lon: -75.52, Asked: outrider.LatLon{Lat: 39.16, Lon: -75.52}, Road: "State Street"},
			Shared: []outrider.SharedStretch{{Road: "State Street", Lat: 39.155, Lon: -75.52, From: 500, To: 600}},
			Decisions: []outrider.DecisionPoint{{
				From: "primary", To: "alternate 1", Road: "State Street", Lat: 39.152, Lon: -75.52, Odometer: 222, Latest: start.Add(10 * time.Second), ChangeM: 150, ChangeS: 20, Over: []string{"Loockerman Street"},
				RejoinLat: 39.152, RejoinLon: -75.522, Rejoin: 230, RejoinOn: "Governors Avenue", Cost: 45, Detour: 1.1, Avoids: 600, Geometry: []outrider.LatLon{{Lat: 39.152, Lon: -75.52}, {Lat: 39.152, Lon: -75.522}},
			}},
			Daylight: outrider.Daylight{FirstLight: start, Sunrise: start.Add(25 * time.Minute), DarkS: 10, ArrivesIn: "twilight"},
			Turning: outrider.TurningBack{
				Why: "asked", BackBy: start.Add(time.Hour), FuelWhy: "no range is known",
				EqualTime: &outrider.TurnPlace{Road: "State Street", Lat: 39.155, Lon: -75.52, Odometer: 555.1, Head: start.Add(30 * time.Second), Back: 30, BackM: 555.1, On: 30},
			},
			HaltNeeds:  []outrider.HaltNeed{{Why: "driving hours", By: 900, Minutes: 45}},
			Stay:       &outrider.StayPlan{Venue: "Hall", From: start.Add(3 * time.Minute), Until: start.Add(time.Hour), Slack: -30},
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
					{Point: "Bridge & rest", Kind: "halt", Lat: 39.155, Lon: -75.52, Odometer: 555.1, Head: start.Add(30 * time.Second), Tail: start.Add(31 * time.Second), PassTime: 0.25, HaltS: 120, EarlyS: 2, LateS: 4, Dark: true},
					{Point: "Camden", Kind: "release", Lat: 39.16, Lon: -75.52, Odometer: 1110.2, Head: start.Add(3 * time.Minute), Tail: start.Add(3 * time.Minute), PassTime: 0.25},
				},
				Havens: []outrider.HavenPass{{Kind: "hospital", Name: "Kent General", OSM: "way/9", Odometer: 300, Drive: 95, Metres: 900, Lat: 39.151, Lon: -75.525}},
				Early:  55, Late: 70, TimedM: 500,
				BreakOut: []outrider.BreakOut{{
					Point: "Bridge & rest", Odometer: 555.1, Haven: "Kent General", Kind: "hospital", OSM: "way/9", Lat: 39.151, Lon: -75.525, Drive: 95, Metres: 900, Over: []string{"State Street", "Queen Street"},
					Leaves: 600, Geometry: []outrider.LatLon{{Lat: 39.155, Lon: -75.52}, {Lat: 39.151, Lon: -75.525}},
				}},
				Exposure: []outrider.ExposureBand{{To: 540, P: 0.001, Band: 1}, {From: 540, To: 1110.2, P: 0.01, Band: 2}},
			}},
		}, smallRailLeg(start.Add(time.Hour))},
		Warnings: []string{"the profile is not calibrated"},
	}
}

func smallRailLeg(start time.Time) outrider.LegPlan {
	from, to := outrider.LatLon{Lat: 39.16, Lon: -75.53}, outrider.LatLon{Lat: 39.17, Lon: -75.53}
	access := outrider.RailAccessAt{Odometer: 500, Lat: 39.1645, Lon: -75.53, Road: "Denneys Road", Kind: "level crossing"}
	return outrider.LegPlan{
		Name: "Train", Mode: outrider.ByRail, Timed: outrider.TimedAfterStay, Earliest: start, Latest: start,
		From: outrider.PlanPoint{Label: "Dover station", Lat: from.Lat, Lon: from.Lon, Asked: from}, To: outrider.PlanPoint{Label: "Cheswold station", Lat: to.Lat, Lon: to.Lon, Asked: to},
		Turning: outrider.TurningBack{Why: "a train does not turn back"},
		Routes: []outrider.RoutePlan{{
			Name: "primary", Length: 1110.2, Duration: 60, Detour: 1, Points: []outrider.LatLon{from, to}, Times: []float64{0, 60}, Odometer: []float64{0, 1110.2},
			March: []outrider.MarchRow{
				{Point: "Dover station", Kind: "start", Lat: from.Lat, Lon: from.Lon, Head: start, Tail: start.Add(5 * time.Second), PassTime: 5},
				{Point: "Cheswold station", Kind: "release", Lat: to.Lat, Lon: to.Lon, Odometer: 1110.2, Head: start.Add(time.Minute), Tail: start.Add(time.Minute), PassTime: 5},
			},
		}},
		Rail: &outrider.RailPlan{
			Train: outrider.TrainPlan{
				CallSign: "TRAIN 1", LengthM: 90, MaxKMH: 120, GaugeMM: 1435, Traction: outrider.Diesel, ReverseS: 600,
				Stock: []outrider.TrainStockPlan{{CallSign: "LOCO 1", Kind: "locomotive", LengthM: 20}},
			},
			Tracks:      []outrider.RailStretch{{Length: 1110.2, Line: "Delmarva Secondary", Usage: "main", GaugeMM: 1435, Electric: "no", KMH: 67, Ways: []int64{11}}},
			Passes:      []outrider.RailPass{{Kind: outrider.RailLevelCrossing, Name: "Denneys Road", From: 500, To: 510, At: start.Add(27 * time.Second), Lat: 39.1645, Lon: -75.53, Detail: "full barrier, lights", OSM: "node/12"}},
			Access:      []outrider.RailAccessAt{access},
			Evacuation:  []outrider.RailEvacuation{{Kind: outrider.RailBridge, From: 700, To: 760, Before: &access, WalkBefore: 200}},
			Sidings:     []outrider.RailHold{{Odometer: 800, Lat: 39.1675, Lon: -75.53, Kind: "siding", Length: 240, OSM: "way/13"}},
			Shadow:      &outrider.ShadowPlan{KeepsUp: true, MaxBehind: 300, Worst: 20, Verdict: "keeps up", Rendezvous: []outrider.Rendezvous{{Name: "Denneys Road", Lat: 39.1645, Lon: -75.53, Odometer: 500, Train: start.Add(27 * time.Second), Column: start.Add(47 * time.Second), Behind: 20, DriveM: 700, Reached: true}}},
			Conflicts:   []outrider.TrainConflict{{Trip: "7", Line: "Local", Kind: "opposite", Between: "Dover to Cheswold", From: start, To: start.Add(time.Minute), ToM: 1110.2, Detail: "single track"}},
			Alternative: "there is no other way",
		},
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
