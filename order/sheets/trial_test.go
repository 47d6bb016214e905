package sheets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
)

// trial makes a plan of legs with two routes and a mix of two each, all of whose
// names hold name and can be told apart by their numbers.
func trial(name string, legs, vehicles int) *outrider.Plan {
	start := time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC)
	p := &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: "Trial " + name, Cover: "KESTREL", Zone: "UTC", Made: start.Add(-time.Hour),
		Inputs: outrider.Inputs{MapName: "grid", MapHash: "0123456789abcdef", DataDate: time.Date(2016, 8, 10, 0, 0, 0, 0, time.UTC), Stale: true, Attribution: "© OpenStreetMap contributors"},
		Convoy: outrider.Column{Length: 20 * float64(vehicles), PassTime: float64(vehicles), MarchKMH: 72, CatchUpKMH: 90, GapMetres: 40, HeightM: 2.9, LongestM: 7, UnknownDims: []string{"CAR 1"}},
		Areas:  []outrider.PlanArea{{Kind: outrider.AreaSecured, Name: "Door " + name, Centre: &outrider.LatLon{Lat: 50, Lon: 10}, Radius: 400}},
		Venues: []outrider.VenuePlan{{
			Name: "Hall " + name, At: outrider.VenuePlace{Label: "Hall door " + name, Lat: 50.2, Lon: 10.2},
			Arrival:        &outrider.VenuePlace{Label: "North gate " + name, Lat: 50.2, Lon: 10.2, Approach: outrider.NorthEast},
			LandingZone:    &outrider.VenuePlace{Label: "Meadow " + name, Lat: 50.21, Lon: 10.2},
			TraumaHospital: &outrider.VenueHospital{Label: "Trauma " + name, Lat: 50.1, Lon: 10.1, Drive: 300, Metres: 4000},
			Telephones:     []outrider.VenueTelephone{{Office: "Reception", Number: "+49 30 1234"}},
			Verified:       "2026-11-20", VerifiedBy: "SCOUT 1",
		}},
		Warnings: []string{"the speeds are assumptions", "leg \"Leg 1 " + name + "\": slow"},
	}
	for i := range vehicles {
		v := outrider.ColumnVehicle{CallSign: fmt.Sprintf("CAR %d", i+1), Role: outrider.Escort, Class: "car", LengthM: 5, OffsetS: float64(i), OffsetM: 20 * float64(i), Seats: 5, Headcount: 2}
		switch i {
		case 0:
			v.Role = outrider.Lead
		case 1:
			v.Role = outrider.Medical
		case 2:
			v.Role = outrider.Recovery
		}
		p.Convoy.Vehicles = append(p.Convoy.Vehicles, v)
	}
	for i := range legs {
		p.Legs = append(p.Legs, trialLeg(name, i, start.Add(time.Duration(i)*2*time.Hour)))
	}
	return p
}

func trialLeg(name string, i int, start time.Time) outrider.LegPlan {
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	end := func(k int) outrider.PlanPoint {
		return outrider.PlanPoint{Label: fmt.Sprintf("Town %d %s", k, name), Lat: 50 + 0.2*float64(k), Lon: 10 + 0.2*float64(k), Road: fmt.Sprintf("End road %d %s", k, name)}
	}
	l := outrider.LegPlan{
		Name: fmt.Sprintf("Leg %d %s", i+1, name), Mode: outrider.ByRoad, From: end(i), To: end(i + 1), Earliest: start, Latest: start.Add(10 * time.Minute), Timed: outrider.TimedForwards,
		Shared: []outrider.SharedStretch{{Road: fmt.Sprintf("Neck %d %s", i, name), Lat: 50.1, Lon: 10.1, From: 9000, To: 9400}},
		Decisions: []outrider.DecisionPoint{
			{From: "primary", To: "alternate 1", Road: fmt.Sprintf("Cross road %d %s", i, name), Lat: 50.1, Lon: 10.1, Odometer: 9000, Latest: at(8), ChangeM: 1200, ChangeS: 90, Over: []string{"Link " + name}, Rejoin: 10500, RejoinOn: "Rejoin " + name, Cost: 240, Avoids: 3000},
			{From: "alternate 1", To: "primary", Road: fmt.Sprintf("Back road %d %s", i, name), Odometer: 9100, Latest: at(9), Parting: true, Cost: -30},
		},
		Daylight:  outrider.Daylight{FirstLight: at(10), Sunrise: at(40), Sunset: at(500), LastLight: at(530), DarkS: 600, ArrivesIn: "twilight"},
		Turning:   outrider.TurningBack{Latest: &outrider.TurnPlace{Road: "Far road " + name, Lat: 50.1, Lon: 10.1, Odometer: 9000, Head: at(8), Back: 500, On: 400}, BackBy: at(530), Why: "last light", FuelNever: true, FuelWhy: "the least fuel"},
		HaltNeeds: []outrider.HaltNeed{{Why: "fuel", By: 20000, Met: true, Halt: "Station " + name, Added: true, HaltAt: 15000, Minutes: 15}, {Why: "driving hours", By: 24000, Minutes: 45}},
		Stay:      &outrider.StayPlan{Venue: "Hall " + name, From: at(40), Until: at(90)},
	}
	for j, label := range []string{"primary", "alternate 1"} {
		l.Routes = append(l.Routes, trialRoute(&l, label, name, i, j))
	}
	l.Mix = &outrider.RouteMix{
		Upper: 0.7351, Lower: 0.7349, BestKnown: 0.735, Usual: 0.81, Ratio: 0.9075,
		Routes: []outrider.MixRoute{{Weight: 731, Prob: 0.731, Worst: 0.912, Route: trialRoute(&l, "route 1", name, i, 2)}, {Weight: 269, Prob: 0.269, Worst: 0.613, Route: trialRoute(&l, "route 2", name, i, 3)}},
		Places: []outrider.MixPlace{{Lat: 50.12345, Lon: 10.54321, Road: "Ambush lane", P: 0.444, Passed: 0.731, Value: 0.3245, Binds: true, Post: 0.222}},
		Areas:  []outrider.MixArea{{Name: "Held ground", Radius: 377}}, Proof: []outrider.MixAttack{{Lat: 50.54321, Lon: 10.12345, Prob: 0.617, P: 0.444}}, Notes: []string{"mix note"},
	}
	for k := range l.Mix.Routes { // as plan makes them: neither havens nor ways out
		l.Mix.Routes[k].Route.Havens, l.Mix.Routes[k].Route.BreakOut = nil, nil
	}
	return l
}

func trialRoute(l *outrider.LegPlan, label, name string, i, j int) outrider.RoutePlan {
	r := outrider.RoutePlan{Name: label, Detour: 1 + 0.1*float64(j), MaxPBand: 4, Lambda: 0.4}
	const steps = 60
	bend := float64(j) * 0.03
	for k := range steps + 1 {
		f := float64(k) / steps
		q := outrider.LatLon{Lat: l.From.Lat + 0.2*f, Lon: l.From.Lon + 0.2*f + bend*4*f*(1-f)}
		if k > 0 {
			r.Length += geo.Distance(r.Points[k-1].Point(), q.Point())
		}
		r.Points, r.Odometer, r.Times = append(r.Points, q), append(r.Odometer, r.Length), append(r.Times, r.Length/20)
	}
	r.Duration = r.Length / 20
	r.Early, r.Late = r.Duration-120, r.Duration+300
	at := func(k int) time.Time { return l.Earliest.Add(time.Duration(r.Times[k] * float64(time.Second))) }
	row := func(k int, kind, point string) {
		r.March = append(r.March, outrider.MarchRow{Point: point, Kind: kind, Lat: r.Points[k].Lat, Lon: r.Points[k].Lon, Odometer: r.Odometer[k], Head: at(k), Tail: at(k).Add(6 * time.Second), PassTime: 6})
	}
	row(0, "start", l.From.Label)
	row(12, "critical", fmt.Sprintf("bridge, Bridge road %d-%d %s", i, j, name))
	row(14, "critical", fmt.Sprintf("tunnel, Tunnel road %d-%d %s", i, j, name))
	row(30, "halt", fmt.Sprintf("Rest %d-%d %s", i, j, name))
	r.March[3].HaltS, r.March[3].Dark, r.March[3].EarlyS, r.March[3].LateS = 1200, true, 60, 90
	row(steps, "release", l.To.Label)
	for k, kind := range []string{"bridge", "traffic_signals", "traffic_signals", "traffic_signals", "narrow_way", "never_heard_of"} {
		n := 8 * (k + 1)
		h := outrider.HazardPass{Kind: kind, From: r.Odometer[n], To: r.Odometer[n], At: at(n), Lat: r.Points[n].Lat, Lon: r.Points[n].Lon, Band: 1 + k%5}
		if kind != "traffic_signals" {
			h.To += 20
			h.Detail = fmt.Sprintf("Detail Street %d-%d %s: 20 m long", i, j, name)
		}
		r.Hazards = append(r.Hazards, h)
	}
	r.Havens = []outrider.HavenPass{
		{Kind: "hospital", Name: "Saint " + name, OSM: "node/7", Odometer: 5000, Drive: 130, Metres: 1800, Lat: r.Points[20].Lat, Lon: r.Points[20].Lon},
		{Kind: "helipad", OSM: "node/8", Odometer: 9000, Drive: 60, Metres: 500, Lat: r.Points[40].Lat, Lon: r.Points[40].Lon, Verified: true},
	}
	r.BreakOut = []outrider.BreakOut{
		{Point: r.March[1].Point, Odometer: 4000, Haven: "Saint " + name, Kind: "hospital", OSM: "node/7", Verified: true, Drive: 130, Metres: 1800, Over: []string{"Way out " + name}, Leaves: 4400},
		{Point: r.March[2].Point, Odometer: 4100, Before: true},
	}
	third := r.Length / 3
	for k, turn := range []string{"start", "left", "at the roundabout"} {
		r.Steps = append(r.Steps, outrider.Step{Road: fmt.Sprintf("Road %d-%d-%d %s", i, j, k, name), From: third * float64(k), Length: third, Duration: third / 20, Turn: turn, Private: k == 1})
	}
	return r
}

// byRail makes leg i of a plan a train run with the column as its shadow.
func byRail(p *outrider.Plan, name string, i int) {
	l := &p.Legs[i]
	at := func(minutes int) time.Time { return l.Earliest.Add(time.Duration(minutes) * time.Minute) }
	l.Mode, l.Mix, l.Decisions, l.Routes = outrider.ByRail, nil, nil, l.Routes[:1]
	l.Rail = &outrider.RailPlan{
		Train:      outrider.TrainPlan{CallSign: "IRON 1", LengthM: 120, MaxKMH: 100, GaugeMM: 1435, Traction: outrider.Diesel, BoardS: 600, Stock: []outrider.TrainStockPlan{{CallSign: "COACH 1", Kind: "coach", Seats: 60, Headcount: 12}}},
		Access:     []outrider.RailAccessAt{{Odometer: 5000, Lat: 50.05, Lon: 10.05, Road: "Mill road " + name, Kind: "level crossing"}},
		Evacuation: []outrider.RailEvacuation{{Kind: outrider.RailTunnel, From: 7000, To: 7600}},
		Sidings:    []outrider.RailHold{{Odometer: 8000, Kind: "siding", Length: 400, Backwards: true, OSM: "way/8"}},
		Shadow:     &outrider.ShadowPlan{Rendezvous: []outrider.Rendezvous{{Name: "Meeting " + name, Odometer: 5000, Train: at(5), Column: at(13), Behind: 480, Reached: true}, {Name: "Nowhere " + name, Odometer: 9000, Train: at(9)}}, MaxBehind: 300, Worst: 480, Verdict: "the column does not keep up"},
		Conflicts:  []outrider.TrainConflict{{Trip: "T 17", Kind: "opposite", Between: "Meeting " + name, From: at(4), To: at(9)}},
	}
}

// trialOrder is an order file for trial with something in every part.
func trialOrder(tb testing.TB, name string) *orderfile.Order {
	tb.Helper()
	src := `
order: TRIAL 7
version: 2
issuer: MOVEMENT CONTROL
issued: 2026-11-23T16:00
situation: {area: "Fields and woods around {{place:Town 0 NAME}}", threat: "Roads blocked near Town 1 NAME", own: Nobody else, weather: Dry, attached: Nobody}
execution:
  intent: "Everybody at {{place:Town 1 NAME}} by noon"
  tasks: [{unit: CAR 1, task: Lead}, {unit: CAR 2, task: Follow to Town 1 NAME}]
preparation: {orders: {at: 2026-11-23T18:00, place: Briefing room}, rehearsal: {at: 2026-11-23T19:00, place: Motor pool}, ready: 2026-11-24T06:00}
administration: {fuel: Full tanks, rations: Water, dress: Plain}
command: {commander: SIERRA 1, succession: [SIERRA 2], control: CONTROL, control_telephone: 030 555 01}
crews:
  - {call_sign: SIERRA 1, vehicle: CAR 1, duty: commander}
  - {call_sign: SIERRA 3, vehicle: CAR 1, duty: driver}
posts:
  - {name: Post NAME, at: "50.1,10.1", call_signs: [TANGO 1, TANGO 2], from: 2026-11-24T06:00, to: 2026-11-24T08:00, task: "Hold the gate", withdrawal: "On foot"}
communications:
  nets: [{name: Column, level: primary, means: VHF radio, channel: "7", frequency: 155.25 MHz, users: all}]
  check_in_min: 20
  duress: {reference: "sheet 3, line 2"}
medical: {medic: SIERRA 9, vehicle: CAR 2, hospitals: [{name: Saint NAME, telephone: 030 555 99, trauma: true}]}
acknowledgement: {by: 2026-11-23T21:00, to: CONTROL}
notification: {to: Traffic office, request: Tell us of closures}
`
	o, err := orderfile.Read("trial.yaml", []byte(strings.ReplaceAll(src, "NAME", name)), time.UTC)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func made(tb testing.TB, in sheets.Input) *sheets.Order {
	tb.Helper()
	o, err := sheets.Make(in)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// find returns the first sheet of a part, for one reader if who is not empty.
func find(tb testing.TB, o *sheets.Order, part sheets.Part, who string) paper.Document {
	tb.Helper()
	for i := range o.Sheets {
		if s := &o.Sheets[i]; s.Part == part && (who == "" || s.For == who) {
			return s.Document
		}
	}
	tb.Fatalf("there is no %s for %q", part, who)
	return paper.Document{}
}

// lines returns what a document says, a line for each heading, paragraph, item,
// field and row; cells are parted by bars. Texts of drawings come with drawn only.
func lines(d paper.Document, drawn bool) []string {
	var out []string
	add := func(kind string, parts ...string) { out = append(out, kind+" "+strings.Join(parts, " | ")) }
	add("title", d.Title, d.Marking, d.Foot)
	for _, block := range d.Blocks {
		switch q := block.(type) {
		case paper.Heading:
			add(strings.Repeat("#", q.Level), q.Number, q.Text)
		case paper.Paragraph:
			add("par", q.Text)
		case paper.List:
			for _, s := range q.Items {
				add("-", s)
			}
		case paper.Fields:
			for _, f := range q.Items {
				add("field", f.Label, f.Text)
			}
		case paper.Checklist:
			for _, c := range q.Items {
				add("[ ]", c.Text, c.Who)
			}
		case paper.Table:
			add("table", q.Caption)
			var heads []string
			for _, c := range q.Columns {
				heads = append(heads, c.Head)
			}
			add("head", heads...)
			for _, r := range q.Rows {
				add("row", r...)
			}
		case paper.Drawing:
			add("drawing", q.Caption)
			if drawn {
				for _, s := range q.Shapes {
					if l, ok := s.(paper.Label); ok {
						add("label", l.Text)
					}
				}
			}
		case paper.PageBreak:
		}
	}
	return out
}

func textOf(d paper.Document) string { return strings.Join(lines(d, true), "\n") }
