package approval_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/hazard"
)

// Call signs of the tests.
const (
	author    = "PLAN 2"
	submitter = "OPS 1"
	authority = "CHIEF 1"
	crew      = "LEAD 1"
)

func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", clock)
	if err != nil {
		panic(err)
	}
	return t
}

// made is when the plan of the tests was made, and departs when its head leaves.
var (
	made    = at("2026-11-23 12:00")
	departs = at("2026-11-27 13:00")
)

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A scene is a plan and all that it rests on, as files would hold it.
type scene struct {
	tb       tester
	plan     *outrider.Plan
	movement approval.Source
	atlas    approval.Source
	dated    time.Time
	profile  *hazard.Profile
	findings []hazard.Finding
	speeds   approval.Source
	runs     approval.Source
	runCount int
	trains   approval.Source
	unseen   []approval.Subject // not shown
	now      time.Time
	lines    []byte // the record, unless it has a path
	path     string
}

// newScene returns a plan with a primary and an alternate, on which nothing is
// wrong but what a checklist asks people for. Its record is kept in memory.
func newScene(tb tester) *scene {
	tb.Helper()
	profile, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	s := &scene{
		tb: tb, movement: approval.Source{Name: "movement.yaml", Hash: "m1"}, atlas: approval.Source{Name: "delaware", Hash: "a1"},
		dated: at("2026-11-01 00:00"), profile: profile, speeds: approval.Source{Name: "built-in", Hash: "s1"},
		runs: approval.Source{Name: "runs.jsonl", Hash: "r1"}, runCount: 2, trains: approval.Source{Name: "septa", Hash: "t1"},
		now: made.Add(time.Hour),
	}
	s.findings = []hazard.Finding{
		finding(hazard.BridgeDamage, 3, 39.0050, -75.5000, "2026-11-20", "2026-12-20"),
		finding(hazard.RadioGap, 2, 39.0500, -75.5000, "2026-11-20", "2026-12-20"),
	}
	event := finding(hazard.ClosedByEvent, 4, 39.0060, -75.5000, "2026-11-20", "2026-12-20")
	event.From, event.To = at("2026-11-24 08:00"), at("2026-11-25 08:00")
	event.SetID()
	s.findings = append(s.findings, event)
	s.replan()
	return s
}

func finding(kind hazard.Kind, rating uint8, lat, lon float64, date, expiry string) hazard.Finding {
	f := hazard.Finding{Kind: kind, Rating: rating, Lat: lat, Lon: lon, Surveyor: "R2", Date: hazard.DayOf(at(date + " 00:00")), Expiry: hazard.DayOf(at(expiry + " 00:00"))}
	f.SetID()
	return f
}

// replan makes the plan anew from what the scene holds, at its time.
func (s *scene) replan() {
	line := []outrider.LatLon{{Lat: 39.00, Lon: -75.50}, {Lat: 39.01, Lon: -75.50}, {Lat: 39.02, Lon: -75.50}}
	route := func(name string, band int, lambda, east float64) outrider.RoutePlan {
		r := outrider.RoutePlan{Name: name, MaxPBand: band, Lambda: lambda, Length: 2220, Duration: 300, Odometer: []float64{0, 1110, 2220}}
		for _, p := range line {
			r.Points = append(r.Points, outrider.LatLon{Lat: p.Lat, Lon: p.Lon + east})
		}
		r.March = []outrider.MarchRow{{Point: "End", Kind: "release", Head: departs.Add(5 * time.Minute), Tail: departs.Add(6 * time.Minute)}}
		r.Havens = []outrider.HavenPass{{Kind: "police", Verified: true}}
		return r
	}
	in := outrider.Inputs{
		MapName: s.atlas.Name, MapHash: s.atlas.Hash, DataDate: s.dated, MovementHash: s.movement.Hash,
		ProfileName: s.profile.Name, ProfileHash: s.profile.Hash(), SpeedsName: s.speeds.Name, SpeedsHash: s.speeds.Hash,
		RunsHash: s.runs.Hash, Runs: s.runCount, Timetable: s.trains.Name, TimetableHash: s.trains.Hash,
	}
	for _, f := range s.findings {
		in.FindingIDs = append(in.FindingIDs, f.ID)
	}
	slices.Sort(in.FindingIDs)
	vehicle := func(sign string, role outrider.Role) outrider.ColumnVehicle {
		return outrider.ColumnVehicle{CallSign: sign, Role: role, FuelKM: 500}
	}
	s.plan = &outrider.Plan{
		Schema: outrider.PlanSchema, Movement: "Across the river", Cover: "HERON", Made: s.now, Inputs: in,
		Convoy: outrider.Column{Vehicles: []outrider.ColumnVehicle{
			vehicle("LEAD 1", outrider.Lead), vehicle("STAR 1", outrider.Principal), vehicle("MED 1", outrider.Medical), vehicle("TOW 1", outrider.Recovery),
		}},
		Legs: []outrider.LegPlan{{
			Name: "Out", Earliest: departs, Latest: departs.Add(30 * time.Minute), Alternates: outrider.AlternateBounds{Asked: 1, Found: 1},
			Routes: []outrider.RoutePlan{route("primary", 3, 0.4, 0), route("alternate 1", 4, 0.65, 0.02)},
		}},
	}
}

// situation is how things are now.
func (s *scene) situation() approval.Situation {
	s.tb.Helper()
	src, err := json.Marshal(s.plan)
	if err != nil {
		s.tb.Fatal(err)
	}
	x := approval.Present{
		Plan: src, Movement: &s.movement, Map: &s.atlas, DataDate: s.dated, Profile: s.profile, Findings: &s.findings,
		Speeds: &s.speeds, Runs: &s.runs, RunCount: s.runCount, Timetable: &s.trains,
	}
	for _, subject := range s.unseen {
		switch subject {
		case approval.OfMovement:
			x.Movement = nil
		case approval.OfMap:
			x.Map = nil
		case approval.OfProfile:
			x.Profile = nil
		case approval.OfFindings:
			x.Findings = nil
		case approval.OfSpeeds:
			x.Speeds = nil
		case approval.OfRuns:
			x.Runs = nil
		case approval.OfTimetable:
			x.Timetable = nil
		default:
			s.tb.Fatalf("%s is always shown", subject)
		}
	}
	now, err := x.Basis(s.plan, s.now)
	if err != nil {
		s.tb.Fatal(err)
	}
	return approval.Situation{Plan: s.plan, Now: now, At: s.now}
}

func (s *scene) record() *approval.Record {
	s.tb.Helper()
	r, err := approval.Parse("approval.jsonl", s.lines)
	if s.path != "" {
		r, err = approval.Load(s.path)
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	return r
}

// do adds a step a minute later.
func (s *scene) do(a approval.Act) error {
	s.tb.Helper()
	s.now = s.now.Add(time.Minute)
	r := s.record()
	if s.path != "" {
		_, err := r.Add(a, s.situation())
		return err
	}
	step, err := r.Next(a, s.situation())
	if err == nil {
		s.lines = append(slices.Clone(s.lines), encode(s.tb, &step)...)
	}
	return err
}

// encode writes a step as the line of a record.
func encode(tb tester, s *approval.Step) []byte {
	tb.Helper()
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		tb.Fatal(err)
	}
	return line.Bytes()
}

func (s *scene) must(a approval.Act) {
	s.tb.Helper()
	if err := s.do(a); err != nil {
		s.tb.Fatalf("%s: %v", a.Action, err)
	}
}

// act is an action by who usually does it, with all it needs.
func act(action approval.Action) approval.Act {
	a := approval.Act{Action: action, By: crew}
	switch action {
	case approval.Submit:
		a.By, a.Author = submitter, author
	case approval.Approve:
		a.By, a.Post = authority, "Chief of section"
		a.Accepted, a.Expires = approval.Exposure{Band: 4, Ratio: 1.63}, at("2026-11-28 12:00")
	case approval.Return:
		a.By, a.Note = authority, "the second bridge is not surveyed"
	case approval.Cancel:
		a.By, a.Note = authority, "the visit was put off"
	case approval.Tick:
		a.Items, a.Verdict = people(), approval.Go
	case approval.Waive:
		a.By, a.Items, a.Note = authority, []string{"radio"}, "checked by telephone"
	default:
	}
	return a
}

func people() []string { return []string{"radio", "fuel", "weather", "medical_support", "orders"} }

// waysTo are the actions that lead from nothing to a state.
func waysTo(state approval.State) []approval.Action {
	all := []approval.Action{approval.Submit, approval.Approve, approval.Tick, approval.Release, approval.Start, approval.Close}
	switch state {
	case approval.Draft:
		return nil
	case approval.Submitted:
		return all[:1]
	case approval.Approved:
		return all[:3]
	case approval.Released:
		return all[:4]
	case approval.UnderWay:
		return all[:5]
	case approval.Closed:
		return all
	default:
		return []approval.Action{approval.Submit, approval.Cancel}
	}
}

// reach leads the scene's plan to a state.
func (s *scene) reach(state approval.State) {
	s.tb.Helper()
	for _, a := range waysTo(state) {
		s.must(act(a))
	}
	if got := s.record().State(); got != state {
		s.tb.Fatalf("state %s, want %s", got, state)
	}
}
