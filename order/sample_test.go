package order_test

import (
	"fmt"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const mapHash = "0123456789abcdef0123456789abcdef"

// hostile is a name that would break a page that does not escape.
const hostile = `"><script>alert(1)</script>&<img src=x>` + "\x1b[31m\x00"

// sample makes a plan of one leg with three routes across the ground of
// gridMap. Every text that a file could bring holds name; every row can be told
// by a number.
func sample(name string, hazards int) *outrider.Plan {
	start := time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC)
	p := &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: "Trial " + name, Cover: "KESTREL", Zone: "UTC", Made: start.Add(-time.Hour),
		Inputs: outrider.Inputs{
			MapName: "grid", MapHash: mapHash, DataDate: time.Date(2016, 8, 10, 0, 0, 0, 0, time.UTC), Stale: true,
			MovementHash: "11aa", ProfileName: "built-in", ProfileHash: "22bb", FindingsHash: "33cc", Findings: 2,
			Program: "outrider test", Attribution: "© OpenStreetMap contributors",
		},
		Convoy: outrider.Column{
			Vehicles: []outrider.ColumnVehicle{{CallSign: "LEAD 1", Role: outrider.Lead, Class: "car", LengthM: 5}, {CallSign: "MEDIC 1", Role: outrider.Medical, Class: "truck", LengthM: 7}},
			Length:   120, PassTime: 6, MarchKMH: 72, CatchUpKMH: 90, GapMetres: 40, HeightM: 2.9, LongestM: 7, UnknownDims: []string{"MEDIC 1"},
		},
		Warnings: []string{"warning one " + name},
		Areas: []outrider.PlanArea{
			{Kind: outrider.AreaSecured, Name: "Door " + name, Centre: &outrider.LatLon{Lat: 50, Lon: 10}, Radius: 400},
			{Kind: outrider.AreaAvoid, Name: "Works", Weight: 2, Polygon: []outrider.LatLon{{Lat: 50.05, Lon: 10.05}, {Lat: 50.06, Lon: 10.05}, {Lat: 50.05, Lon: 10.07}}},
		},
	}
	leg := outrider.LegPlan{
		Name:     "Leg " + name,
		From:     outrider.PlanPoint{Label: "From " + name, Lat: 50, Lon: 10, Asked: outrider.LatLon{Lat: 50.0005, Lon: 10}, Away: 56, Road: "First road"},
		To:       outrider.PlanPoint{Label: "To " + name, Lat: 50.2, Lon: 10.2, Asked: outrider.LatLon{Lat: 50.2, Lon: 10.2}, Road: "Last road"},
		Earliest: start, Latest: start.Add(time.Hour),
		Alternates: outrider.AlternateBounds{Asked: 3, Found: 2, MaxDetour: 1.3, MaxShared: 0.6, Reason: "no third way within the bounds"},
		Shared:     []outrider.SharedStretch{{Road: "Narrow neck", Lat: 50.1, Lon: 10.1, From: 9000, To: 9400}},
	}
	for j, label := range []string{"primary", "alternate 1", "alternate 2"} {
		leg.Routes = append(leg.Routes, sampleRoute(label, name, j, hazards, start))
	}
	p.Legs = []outrider.LegPlan{leg}
	return p
}

// day makes a plan of two legs out of sample: a drive to a venue, timed
// backwards, and a train from there, with everything that can be known of them.
func day(name string) *outrider.Plan {
	p := sample(name, 5)
	start := p.Legs[0].Earliest
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	p.Print = outrider.PlanPrint{Positions: outrider.MGRS, Distances: outrider.Miles}
	p.Convoy.Packets = []outrider.PacketPlan{
		{Serial: "A", Packet: "A1", First: "LEAD 1", Last: "LEAD 1", Vehicles: 1, Length: 5, TailM: 5, TailS: 1},
		{Serial: "A", Packet: "A2", First: "MEDIC 1", Last: "MEDIC 1", Vehicles: 1, Length: 7, HeadM: 113, HeadS: 62, TailM: 120, TailS: 66},
	}
	p.Venues = []outrider.VenuePlan{{
		Name: "Hall " + name, At: outrider.VenuePlace{Label: "Hall", Lat: 50.2, Lon: 10.2},
		Arrival:        &outrider.VenuePlace{Label: "North gate", Lat: 50.2, Lon: 10.2, Approach: outrider.NorthEast},
		TraumaHospital: &outrider.VenueHospital{Label: "Saint " + name, Lat: 50.1, Lon: 10.1, Drive: 300, Metres: 4000, FromMap: true},
		Telephones:     []outrider.VenueTelephone{{Office: "Reception", Number: "+49 30 1234"}},
	}}
	leg := &p.Legs[0]
	leg.Mode, leg.Timed, leg.Arrive = outrider.ByRoad, outrider.TimedBackwards, &outrider.Span{From: at(10), To: at(20)}
	leg.Routes[0].Early, leg.Routes[0].Late = leg.Routes[0].Duration-120, leg.Routes[0].Duration+300
	leg.Routes[0].March[4].EarlyS, leg.Routes[0].March[4].LateS, leg.Routes[0].March[4].Dark = 120, 300, true
	leg.Decisions = []outrider.DecisionPoint{{
		From: "primary", To: "alternate 1", Road: "Cross road " + name, Lat: 50.1, Lon: 10.1, Odometer: 9000, Latest: at(8),
		ChangeM: 1200, ChangeS: 90, Over: []string{"Link " + name}, RejoinLat: 50.11, RejoinLon: 10.12, Rejoin: 10500, RejoinOn: "Second road", Cost: 240, Avoids: 3000,
	}}
	leg.Routes[0].BreakOut = []outrider.BreakOut{
		{Point: "Bridge", Odometer: 4000, Haven: "Saint " + name, Kind: "hospital", OSM: "node/7", Verified: true, Drive: 130, Metres: 1800, Over: []string{"Way out"}, Leaves: 4400},
		{Point: "Crossing", Odometer: 4100},
	}
	leg.Daylight = outrider.Daylight{FirstLight: at(10), Sunrise: at(40), Sunset: at(500), LastLight: at(530), DarkS: 600, ArrivesIn: "twilight"}
	leg.Turning = outrider.TurningBack{
		Latest: &outrider.TurnPlace{Road: "Far road", Lat: 50.1, Lon: 10.1, Odometer: 9000, Head: at(8), Back: 500, BackM: 9000, On: 400}, BackBy: at(530), Why: "last light",
		NoReturn: &outrider.TurnPlace{Road: "Fuel road", Odometer: 9500, Head: at(9), Back: 500}, FuelWhy: "the least fuel",
	}
	leg.HaltNeeds = []outrider.HaltNeed{{Why: "fuel", By: 20000, Met: true, Halt: "Station " + name, Added: true, HaltAt: 15000, Minutes: 15}, {Why: "driving hours", By: 24000, Minutes: 45}}
	leg.Stay = &outrider.StayPlan{Venue: "Hall " + name, From: at(30), Until: at(90), Slack: -60}
	train := outrider.LegPlan{
		Name: "By train " + name, Mode: outrider.ByRail, From: leg.To, To: leg.From, Timed: outrider.TimedAfterStay, Earliest: at(90), Latest: at(90),
		Routes: []outrider.RoutePlan{sampleRoute("line", name, 0, 2, at(90))},
		Rail: &outrider.RailPlan{
			Train:       outrider.TrainPlan{CallSign: "IRON 1", LengthM: 120, MaxKMH: 100, GaugeMM: 1435, Traction: outrider.Diesel, Reversals: 1, ReverseS: 600, Stock: []outrider.TrainStockPlan{{CallSign: "COACH 1", Kind: "coach", Seats: 60, Headcount: 12}}},
			Tracks:      []outrider.RailStretch{{Length: 20000, Line: "Main line " + name, Usage: "", GaugeMM: 0, Electric: "", KMH: 80, Parallel: 1}},
			Passes:      []outrider.RailPass{{Kind: outrider.RailLevelCrossing, Name: "Mill road", From: 5000, To: 5010, At: at(95), Lat: 50.05, Lon: 10.05, Detail: "full barrier", OSM: "node/9"}},
			Access:      []outrider.RailAccessAt{{Odometer: 5000, Lat: 50.05, Lon: 10.05, Road: "Mill road", Kind: "level crossing"}},
			Evacuation:  []outrider.RailEvacuation{{Kind: outrider.RailTunnel, From: 7000, To: 7600}},
			Sidings:     []outrider.RailHold{{Odometer: 8000, Kind: "siding", Length: 400, Backwards: true, OSM: "way/8"}},
			Shadow:      &outrider.ShadowPlan{Rendezvous: []outrider.Rendezvous{{Name: "Halt " + name, Odometer: 5000, Train: at(95), Column: at(103), Behind: 480, DriveM: 9000, Reached: true}, {Name: "Nowhere", Odometer: 9000, Train: at(99)}}, MaxBehind: 300, Worst: 480, Verdict: "the column does not keep up"},
			Conflicts:   []outrider.TrainConflict{{Trip: "T 17", Line: "Coast line", Kind: "opposite", Between: "Alpha – Beta", From: at(94), To: at(99), Detail: "single track"}},
			Alternative: "there is no other way",
		},
	}
	p.Legs = append(p.Legs, train)
	return p
}

func sampleRoute(label, name string, j, hazards int, start time.Time) outrider.RoutePlan {
	r := outrider.RoutePlan{Name: label, Detour: 1 + 0.1*float64(j), Shared: 0.3, MaxP: 0.0123, MaxPBand: 4, Lambda: 0.4 + 0.1*float64(j)}
	const steps = 100
	bend := float64(j) * 0.03
	for i := range steps + 1 {
		f := float64(i) / steps
		q := outrider.LatLon{Lat: 50 + 0.2*f, Lon: 10 + 0.2*f + bend*4*f*(1-f)}
		if i > 0 {
			r.Length += geo.Distance(r.Points[i-1].Point(), q.Point())
		}
		r.Points = append(r.Points, q)
		r.Odometer = append(r.Odometer, r.Length)
		r.Times = append(r.Times, r.Length/20)
	}
	r.Duration = r.Length / 20
	at := func(i int) time.Time { return start.Add(time.Duration(r.Times[i] * float64(time.Second))) }
	row := func(i int, point, kind string) {
		r.March = append(r.March, outrider.MarchRow{
			Point: fmt.Sprintf("%s %d-%d %s", point, j, i, name), Kind: kind, Lat: r.Points[i].Lat, Lon: r.Points[i].Lon, Odometer: r.Odometer[i],
			Head: at(i), Tail: at(i).Add(6 * time.Second), PassTime: 6,
		})
	}
	row(0, "Start", "start")
	row(20, "Bridge", "critical")
	row(21, "Crossing", "critical")
	row(50, "Rest", "halt")
	r.March[3].HaltS = 1200
	row(steps, "Release", "release")
	kinds := []string{"bridge", "tunnel", "level_crossing", "ford", "narrow_way", "low_clearance", "steep_grade", "sharp_curve", "works", "toll", "barrier", "traffic_signals", "roundabout", "cut_edge", "chokepoint", "overlook", "never_heard_of"}
	for k := range hazards {
		i := (k + 1) * steps / (hazards + 1)
		r.Hazards = append(r.Hazards, outrider.HazardPass{
			Kind: kinds[k%len(kinds)], From: r.Odometer[i], To: r.Odometer[i] + 20, At: at(i), Lat: r.Points[i].Lat, Lon: r.Points[i].Lon,
			Detail: fmt.Sprintf("detail %d-%d %s", j, k, name), Evidence: "key=value " + name, OSM: "way/1", Band: 1 + k%5,
		})
	}
	r.Parts = []outrider.ExposurePart{{Kind: "base", Lambda: 0.3, Metres: r.Length}, {Kind: "bridge", Lambda: 0.1, Metres: 20}}
	r.Havens = []outrider.HavenPass{{Kind: "hospital", Name: "Saint " + name, OSM: "node/7", Odometer: 5000, Drive: 130, Metres: 1800, Lat: 50.08, Lon: 10.05}}
	r.Steps = []outrider.Step{{Road: "Road " + name, Length: r.Length, Duration: r.Duration, Turn: "start", Ways: []int64{1}, Private: true}}
	r.Exposure = []outrider.ExposureBand{{To: r.Length / 2, P: 0.001, Band: 1}, {From: r.Length / 2, To: r.Length/2 + 5, P: 0.01, Band: 5}, {From: r.Length/2 + 5, To: r.Length, P: 0.002, Band: 2}}
	return r
}

// gridMap makes a map of n by n junctions over the ground of sample, with roads
// of every class, a town, a lake with an island, a river and a coast.
func gridMap(n int) *network.Map {
	m := &network.Map{Hash: mapHash}
	var text network.TextBuilder
	degrees := func(i int) float64 { return float64(i) * 0.24 / float64(n-1) }
	for y := range n {
		for x := range n {
			m.NodePoint = append(m.NodePoint, geo.PointFromDegrees(49.98+degrees(y), 9.98+degrees(x)))
			m.NodeInfo = append(m.NodeInfo, network.NodeInfo{})
		}
	}
	m.VertexFirst, m.IntervalFirst = []uint32{0}, []uint32{0}
	add := func(a, b int, class network.RoadClass) {
		p, q := m.NodePoint[a], m.NodePoint[b]
		middle := geo.Interpolate(p, q, 0.5)
		middle.Lat += 2000 * int32(1+a%3) // bends, so that there is something to simplify
		m.Tail, m.Head = append(m.Tail, network.NodeID(a)), append(m.Head, network.NodeID(b))
		half := network.Millimetres(geo.Distance(p, middle) * 1000)
		whole := half + network.Millimetres(geo.Distance(middle, q)*1000)
		m.Length = append(m.Length, whole)
		m.Vertex, m.VertexAt = append(m.Vertex, p, middle, q), append(m.VertexAt, 0, half, whole)
		m.VertexFirst = append(m.VertexFirst, uint32(len(m.Vertex)))
		m.Interval = append(m.Interval, network.Interval{Class: class, SpeedForward: 50, SpeedBackward: 50})
		m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
	}
	for y := range n {
		for x := range n {
			if x+1 < n {
				add(y*n+x, y*n+x+1, network.RoadClass(y)%network.RoadClasses)
			}
			if y+1 < n {
				add(y*n+x, (y+1)*n+x, network.RoadClass(x)%network.RoadClasses)
			}
		}
	}
	m.IndexChains()
	m.Places = []network.Place{
		{Point: geo.PointFromDegrees(50.15, 10.03), Name: text.Add("Great City"), Kind: network.City},
		{Point: geo.PointFromDegrees(50.05, 10.16), Name: text.Add("Little <Town>"), Kind: network.Town},
		{Point: geo.PointFromDegrees(50.001, 10.003), Name: text.Add("Old Quarter"), Kind: network.Suburb},
	}
	m.BaseFirst = []uint32{0}
	outline := func(kind network.OutlineKind, degrees ...float64) {
		box := geo.EmptyBox()
		for i := 0; i < len(degrees); i += 2 {
			p := geo.PointFromDegrees(degrees[i], degrees[i+1])
			box = box.Extend(p)
			m.BaseVertex = append(m.BaseVertex, p)
		}
		m.Base = append(m.Base, network.Outline{Kind: kind, Box: box})
		m.BaseFirst = append(m.BaseFirst, uint32(len(m.BaseVertex)))
	}
	outline(network.WaterArea, 50.02, 10.1, 50.08, 10.1, 50.08, 10.18, 50.02, 10.18, 50.02, 10.1)
	outline(network.WaterHole, 50.04, 10.13, 50.06, 10.13, 50.06, 10.15, 50.04, 10.13)
	outline(network.River, 50.15, 9.9, 50.16, 10.3)
	outline(network.Coastline, 49.9, 10.19, 50.3, 10.21)
	m.SetText(&text)
	return m
}
