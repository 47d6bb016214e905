package approval_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
)

// TestChecklistOfAPlan: each thing that may be wrong with a plan turns one item,
// and no other.
func TestChecklistOfAPlan(t *testing.T) {
	rail := func(p *outrider.Plan) *outrider.RailPlan {
		p.Legs[0].Rail = &outrider.RailPlan{Shadow: &outrider.ShadowPlan{KeepsUp: true, MaxBehind: 300}}
		return p.Legs[0].Rail
	}
	venue := func(p *outrider.Plan) *outrider.VenuePlan {
		place := &outrider.VenuePlace{Label: "x"}
		p.Venues = []outrider.VenuePlan{{
			Name: "Hall", Arrival: place, Departure: place, Staging: place, AlternateEntrance: place, LandingZone: place,
			TraumaHospital: &outrider.VenueHospital{Verified: true}, Telephones: []outrider.VenueTelephone{{Office: "Reception"}}, Verified: "2026-11-20",
		}}
		return &p.Venues[0]
	}
	for _, c := range []struct {
		item    string
		verdict approval.Verdict
		says    string
		do      func(*outrider.Plan)
	}{
		{"map", approval.NoGo, "data of 2026-05-01, 206 days old", func(p *outrider.Plan) { p.Inputs.DataDate = at("2026-05-01 00:00") }},
		{"map", approval.NoGo, "data of unknown date", func(p *outrider.Plan) { p.Inputs.DataDate, p.Inputs.Stale = time.Unix(0, 0), true }},
		{"map", approval.NoGo, "data of", func(p *outrider.Plan) { p.Inputs.Stale = true }},
		{"dimensions", approval.NoGo, "unknown for LEAD 1, TOW 1", func(p *outrider.Plan) { p.Convoy.UnknownDims = []string{"LEAD 1", "TOW 1"} }},
		{"fuel_range", approval.NotYet, "unknown for STAR 1", func(p *outrider.Plan) { p.Convoy.Vehicles[1].FuelKM = 0 }},
		{"halts", approval.NoGo, "Out: no halt for fuel by km 1.5", func(p *outrider.Plan) {
			p.Legs[0].HaltNeeds = []outrider.HaltNeed{{Why: "driving hours", Met: true}, {Why: "fuel", By: 1500}}
		}},
		{"halts", approval.NoGo, "Out: no halt for fuel by mi 1.0", func(p *outrider.Plan) {
			p.Print.Distances = outrider.Miles
			p.Legs[0].HaltNeeds = []outrider.HaltNeed{{Why: "fuel", By: outrider.MetresPerMile}}
		}},
		{"stays", approval.Go, "", func(p *outrider.Plan) { p.Legs[0].Stay = &outrider.StayPlan{Slack: 0} }},
		{"stays", approval.NoGo, "5 min short", func(p *outrider.Plan) { p.Legs[0].Stay = &outrider.StayPlan{Slack: -300} }},
		{"shadow", approval.Go, "", func(p *outrider.Plan) { rail(p) }},
		{"shadow", approval.NoGo, "up to 8 min behind, 5 are allowed", func(p *outrider.Plan) { r := rail(p); r.Shadow.KeepsUp, r.Shadow.Worst = false, 480 }},
		{"stays", approval.NoGo, "0.3 min short", func(p *outrider.Plan) { p.Legs[0].Stay = &outrider.StayPlan{Slack: -20} }},
		{"shadow", approval.NoGo, "up to 5.4 min behind, 5 are allowed", func(p *outrider.Plan) { r := rail(p); r.Shadow.KeepsUp, r.Shadow.Worst = false, 324 }},
		{"conflicts", approval.NoGo, "2 conflicts, the first with train 174 (opposite)", func(p *outrider.Plan) {
			rail(p).Conflicts = []outrider.TrainConflict{{Trip: "174", Kind: "opposite"}, {Trip: "9"}}
		}},
		{"timetable", approval.NotYet, "no timetable", func(p *outrider.Plan) { rail(p); p.Inputs.TimetableHash = "" }},
		{"havens", approval.NotYet, "Out: 1 of 1 unverified", func(p *outrider.Plan) { p.Legs[0].Routes[0].Havens[0].Verified = false }},
		{"havens", approval.NotYet, "no safe haven", func(p *outrider.Plan) { p.Legs[0].Routes[0].Havens = nil }},
		{"havens", approval.Go, "", func(p *outrider.Plan) { rail(p); p.Legs[0].Mode, p.Legs[0].Routes[0].Havens = outrider.ByRail, nil }},
		{"break_outs", approval.NotYet, "none from 1 point, to an unverified haven from 2 points", func(p *outrider.Plan) {
			p.Legs[0].Routes[0].BreakOut = []outrider.BreakOut{
				{Point: "1"},
				{Point: "2", Haven: "Police", Verified: true},
				{Point: "3", Haven: "A"},
				{Point: "3", Before: true},
				{Point: "3", Odometer: 9, Haven: "B"},
				{Point: "4", Haven: "A"},
				{Point: "4", Haven: "Police", Before: true, Verified: true},
			}
		}},
		{"alternates", approval.NotYet, "1 of 2", func(p *outrider.Plan) { p.Legs[0].Alternates.Asked = 2 }},
		{"venues", approval.Go, "", func(p *outrider.Plan) { venue(p) }},
		{"venues", approval.NotYet, "Hall: not verified", func(p *outrider.Plan) { venue(p).Verified = "" }},
		{"venues", approval.NotYet, "Hall: ? for landing zone, trauma hospital", func(p *outrider.Plan) {
			v := venue(p)
			v.LandingZone, v.TraumaHospital.Verified = nil, false
		}},
		{"dark", approval.NotYet, "12 min in the dark", func(p *outrider.Plan) { p.Legs[0].Daylight.DarkS = 720 }},
		{"dark", approval.NotYet, "arrives in the dark", func(p *outrider.Plan) { p.Legs[0].Daylight.ArrivesIn = "dark" }},
		{"recovery", approval.NotYet, `"recovery"`, func(p *outrider.Plan) { p.Convoy.Vehicles = p.Convoy.Vehicles[:3] }},
		{"medical", approval.NotYet, `"medical"`, func(p *outrider.Plan) { p.Convoy.Vehicles[2].Role = outrider.Follow }},
		{"warnings", approval.NotYet, "2 warnings, the first: a ferry", func(p *outrider.Plan) { p.Warnings = []string{"a ferry", "a private road"} }},
	} {
		s := newScene(t)
		c.do(s.plan)
		turned := ""
		for _, item := range s.record().Checklist(s.plan, s.now) {
			if item.Kind == approval.ByPerson {
				continue
			}
			if item.ID == c.item {
				if item.Verdict != c.verdict || (c.says == "") != (item.Found == "") || !strings.Contains(item.Found, c.says) {
					t.Errorf("%s is %s: %q; want %s: %q", c.item, item.Verdict, item.Found, c.verdict, c.says)
				}
				turned = item.ID
			} else if item.Verdict != approval.Go {
				t.Errorf("%s turned %s to %s: %s", c.item, item.ID, item.Verdict, item.Found)
			}
		}
		if turned == "" {
			t.Errorf("no item %s", c.item)
		}
	}
}

// TestExpiringFinding: one near a route that does not last until the tail has
// arrived, at the latest start.
func TestExpiringFinding(t *testing.T) {
	for last, want := range map[string]approval.Verdict{"2026-11-26": approval.NoGo, "2026-11-27": approval.Go} {
		s := newScene(t)
		s.findings = s.findings[:2]
		s.findings[0] = finding(s.findings[0].Kind, 3, 39.0050, -75.5000, "2026-11-20", last)
		s.findings[1] = finding(s.findings[1].Kind, 3, 39.2, -75.3, "2026-11-20", "2026-11-24") // far away
		s.replan()
		s.reach(approval.Submitted)
		list := s.record().Checklist(s.plan, s.now)
		item := list[slices.IndexFunc(list, func(x approval.Item) bool { return x.ID == "findings" })]
		if item.Verdict != want || want == approval.NoGo && !strings.Contains(item.Found, "1 finding within 500 m of a route, the first after 2026-11-26") {
			t.Errorf("until %s: %s, %q", last, item.Verdict, item.Found)
		}
	}
}

// TestSeenIsEnough: what the plan found may be ticked by people where seeing it
// is enough; where it is not, only the authority may let it pass.
func TestSeenIsEnough(t *testing.T) {
	s := newScene(t)
	s.plan.Warnings = []string{"a ferry"}
	s.plan.Convoy.UnknownDims = []string{"TOW 1"}
	s.reach(approval.Approved)
	tick := act(approval.Tick)
	tick.Items = []string{"warnings"}
	s.must(tick)
	tick.Items = []string{"dimensions"}
	if err := s.do(tick); outrider.KindOf(err) != outrider.Refused || !strings.Contains(err.Error(), "the plan itself says no: unknown for TOW 1") {
		t.Errorf("ticked what the plan says is not: %v", err)
	}
	if err := s.do(act(approval.Release)); err == nil || !strings.Contains(err.Error(), "complete: dimensions (no-go);") {
		t.Errorf("released: %v", err)
	}
	waive := act(approval.Waive)
	waive.Items, waive.Note = []string{"dimensions"}, "TOW 1 drove this road last week"
	s.must(waive)
	s.must(act(approval.Release))
	list := s.record().Checklist(s.plan, s.now)
	item := list[slices.IndexFunc(list, func(x approval.Item) bool { return x.ID == "dimensions" })]
	if item.Verdict != approval.Waived || item.By != authority || item.Reason != waive.Note || item.At.IsZero() {
		t.Errorf("the waiver shows as %+v", item)
	}
}

// TestTickDoesNotOutliveItsReason: what was go by the plan, and was ticked, is
// no-go when time has made it so.
func TestTickDoesNotOutliveItsReason(t *testing.T) {
	s := newScene(t)
	s.findings = nil
	s.replan()
	s.reach(approval.Submitted)
	tick := act(approval.Tick)
	tick.Items = []string{"map"}
	s.must(tick)
	for days, want := range map[int]approval.Verdict{89: approval.Go, 91: approval.NoGo} {
		list := s.record().Checklist(s.plan, s.dated.AddDate(0, 0, days))
		if item := list[slices.IndexFunc(list, func(x approval.Item) bool { return x.ID == "map" })]; item.Verdict != want {
			t.Errorf("after %d days the map is %s, want %s", days, item.Verdict, want)
		}
	}
}

// TestStatusSaysWhatIsMissing, state by state.
func TestStatusSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		state approval.State
		next  approval.Action
		says  string
	}{
		{approval.Draft, approval.Submit, ""},
		{approval.Submitted, approval.Approve, "an authority other than OPS 1 and PLAN 2 that accepts band 4 and × 1.63"},
		{approval.Approved, approval.Release, ""},
		{approval.Released, approval.Start, ""},
		{approval.UnderWay, approval.Close, ""},
		{approval.Closed, "", ""},
		{approval.Cancelled, "", ""},
	} {
		s := newScene(t)
		s.reach(c.state)
		x := s.record().Status(s.situation())
		if x.MapName != "delaware" || !x.DataDate.Equal(s.dated) || x.Credit != "© OpenStreetMap contributors" {
			t.Errorf("%s: map %q, data of %s, %q", x.State, x.MapName, x.DataDate, x.Credit)
		}
		if x.State != c.state || x.Next != c.next || strings.Join(x.Missing, "|") != c.says {
			t.Errorf("%s: next %q, missing %q; want %q, %q", x.State, x.Next, x.Missing, c.next, c.says)
		}
	}
	s := newScene(t)
	s.must(act(approval.Submit))
	s.must(act(approval.Approve))
	s.now = s.record().Approval().Grant.Expires.Add(time.Hour)
	s.hide(approval.OfMap)
	missing := strings.Join(s.record().Status(s.situation()).Missing, "\n")
	for _, part := range []string{"(1 change)", "not shown: map", "expired on 2026-11-28 12:00Z", "radio (not yet)"} {
		if !strings.Contains(missing, part) {
			t.Errorf("%q does not say %q", missing, part)
		}
	}
}
