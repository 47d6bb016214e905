package approval_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/hazard"
)

// A disturbance is one kind of change to what a plan rests on.
type disturbance struct {
	name    string
	before  func(*scene) // before the plan is made; may be nil
	do      func(*scene)
	subject approval.Subject
	what    string
	says    []string // all in one text
	finding bool
	near    bool
	unknown bool // it is not known whether there is a change
}

func disturbances() []disturbance {
	return []disturbance{
		{name: "the plan edited", do: func(s *scene) { s.plan.Legs[0].Routes[0].Length++ }, subject: approval.OfPlan, what: approval.Edited, says: []string{"the plan file was edited"}},
		{name: "the plan made anew", do: func(s *scene) { s.replan() }, subject: approval.OfPlan, what: approval.Edited, says: []string{"made anew on 2026-11-2", "(was: 2026-11-23 13:00Z)"}},
		{name: "the movement file", do: func(s *scene) { s.movement.Hash = "m2" }, subject: approval.OfMovement, what: approval.Edited, says: []string{"movement file was edited"}},
		{name: "the map, newer", do: func(s *scene) { s.atlas.Hash, s.dated = "a2", at("2026-11-20 00:00") }, subject: approval.OfMap, what: approval.Replaced, says: []string{"delaware with data 2026-11-01 → delaware with data 2026-11-20"}},
		{name: "the map, built again", do: func(s *scene) { s.atlas.Hash = "a2" }, subject: approval.OfMap, what: approval.Replaced, says: []string{"built anew from data 2026-11-01 as before"}},
		{name: "a weight of the profile", do: func(s *scene) {
			s.setProfile("  level_crossing:\n    weight: ", "  level_crossing:\n    weight: 0.9 # was ")
		}, subject: approval.OfProfile, what: approval.Changed, says: []string{"level_crossing weight: ", " → 0.9"}},
		{name: "another profile", do: func(s *scene) { s.setProfile("name: ", "name: other # was ") }, subject: approval.OfProfile, what: approval.Replaced, says: []string{"the risk profile was replaced", `"other"`}},
		{name: "the author of the profile", do: func(s *scene) { s.setProfile("author: ", "author: R 9 # was ") }, subject: approval.OfProfile, what: approval.Edited, says: []string{"its author or its comments"}},
		{name: "a finding added", do: func(s *scene) {
			s.findings = append(s.findings, finding(hazard.Flood, 3, 39.0150, -75.5010, "2026-11-24", "2026-12-24"))
		}, subject: approval.OfFindings, what: approval.Added, says: []string{"flood at 39.01500, -75.50100", "added by R2 on 2026-11-24, rated 3", "m from Out, primary, km 1.1"}, finding: true, near: true},
		{name: "a finding added far away", do: func(s *scene) {
			s.findings = append(s.findings, finding(hazard.Flood, 3, 39.2, -75.4, "2026-11-24", "2026-12-24"))
		}, subject: approval.OfFindings, what: approval.Added, says: []string{"more than 500 m from every route"}, finding: true},
		{name: "a finding superseded", do: func(s *scene) {
			s.findings[0] = finding(hazard.BridgeDamage, 4, 39.0050, -75.5001, "2026-11-24", "2026-12-24")
		}, subject: approval.OfFindings, what: approval.Superseded, says: []string{"bridge_damage", "superseded by R2 of 2026-11-24: rated 3 → 4", "0 m from Out, primary"}, finding: true, near: true},
		{name: "a finding removed", do: func(s *scene) { s.findings = s.findings[1:] }, subject: approval.OfFindings, what: approval.Removed, says: []string{"bridge_damage", "no longer on record"}, finding: true, near: true},
		{name: "a finding expired", before: func(s *scene) {
			s.findings[1] = finding(hazard.RadioGap, 2, 39.0500, -75.5000, "2026-11-20", "2026-11-24")
		}, do: func(s *scene) { s.now = at("2026-11-25 00:00") }, subject: approval.OfFindings, what: approval.Expired, says: []string{"radio_gap", "expired, its last day was 2026-11-24", "unsurveyed"}, finding: true},
		{name: "a closure over", do: func(s *scene) { s.now = at("2026-11-25 09:00") }, subject: approval.OfFindings, what: approval.Ended, says: []string{"closed_by_event", "over since 2026-11-25 08:00Z"}, finding: true, near: true},
		{name: "the speeds edited", do: func(s *scene) { s.speeds.Hash = "s2" }, subject: approval.OfSpeeds, what: approval.Replaced, says: []string{`the speeds "built-in" were edited`}},
		{name: "other speeds", do: func(s *scene) { s.speeds = approval.Source{Name: "winter", Hash: "s2"} }, subject: approval.OfSpeeds, what: approval.Replaced, says: []string{`"built-in" → "winter"`}},
		{name: "a timed run", do: func(s *scene) { s.runs.Hash, s.runCount = "r2", 3 }, subject: approval.OfRuns, what: approval.Changed, says: []string{"2 → 3"}},
		{name: "a timed run too old", do: func(s *scene) { s.runCount = 1 }, subject: approval.OfRuns, what: approval.Changed, says: []string{"too old to count: 2 → 1"}},
		{name: "the timetable", do: func(s *scene) { s.trains = approval.Source{Name: "spring", Hash: "t2"} }, subject: approval.OfTimetable, what: approval.Replaced, says: []string{`"septa" → "spring"`}},
		{name: "movement not shown", do: func(s *scene) { s.hide(approval.OfMovement) }, subject: approval.OfMovement, what: approval.NotShown, says: []string{"not shown"}, unknown: true},
		{name: "map not shown", do: func(s *scene) { s.hide(approval.OfMap) }, subject: approval.OfMap, what: approval.NotShown, unknown: true},
		{name: "profile not shown", do: func(s *scene) { s.hide(approval.OfProfile) }, subject: approval.OfProfile, what: approval.NotShown, unknown: true},
		{name: "findings not shown", do: func(s *scene) { s.hide(approval.OfFindings) }, subject: approval.OfFindings, what: approval.NotShown, unknown: true},
		{name: "speeds not shown", do: func(s *scene) { s.hide(approval.OfSpeeds) }, subject: approval.OfSpeeds, what: approval.NotShown, unknown: true},
		{name: "runs not shown", do: func(s *scene) { s.hide(approval.OfRuns) }, subject: approval.OfRuns, what: approval.NotShown, unknown: true},
		{name: "timetable not shown", do: func(s *scene) { s.hide(approval.OfTimetable) }, subject: approval.OfTimetable, what: approval.NotShown, unknown: true},
	}
}

func (s *scene) hide(x approval.Subject) { s.unseen = append(s.unseen, x) }

// setProfile replaces a part of the built-in profile.
func (s *scene) setProfile(old, changed string) {
	s.tb.Helper()
	src := hazard.BuiltinSource()
	if !bytes.Contains(src, []byte(old)) {
		s.tb.Fatalf("the built-in profile holds no %q", old)
	}
	p, err := hazard.ReadProfile("profile.yaml", bytes.Replace(src, []byte(old), []byte(changed), 1))
	if err != nil {
		s.tb.Fatal(err)
	}
	s.profile = p
}

// TestStaleInEveryState disturbs everything that a plan rests on, in every state:
// nothing is stale in draft and after the end, and between them everything is,
// cannot go on, and says what has changed.
func TestStaleInEveryState(t *testing.T) {
	for _, state := range approval.States() {
		for _, d := range disturbances() {
			t.Run(string(state)+"/"+d.name, func(t *testing.T) {
				s := newScene(t)
				if d.before != nil {
					d.before(s)
					s.replan()
				}
				s.reach(state)
				before := s.record()
				if x := before.Status(s.situation()); x.Stale || len(x.Changes) > 0 || x.Loud() != nil {
					t.Fatalf("stale before anything changed: %+v", x.Changes)
				}
				d.do(s)
				x := before.Status(s.situation())
				watched := state == approval.Submitted || state == approval.Approved || state == approval.Released || state == approval.UnderWay
				if want := watched && !d.unknown; x.Stale != want || (x.Loud() != nil) != want {
					t.Fatalf("stale %v, want %v: %+v", x.Stale, want, x.Changes)
				}
				if watched {
					checkChange(t, x.Changes, &d)
				} else if len(x.Changes) > 0 {
					t.Errorf("changes are told of a plan that is %s: %+v", state, x.Changes)
				}
				checkNext(t, s, state, &d)
			})
		}
	}
}

func checkChange(t *testing.T, changes []approval.Change, d *disturbance) {
	t.Helper()
	if len(changes) != 1 {
		t.Fatalf("%d changes, want 1: %+v", len(changes), changes)
	}
	c := changes[0]
	if c.Subject != d.subject || c.What != d.what {
		t.Errorf("%s %s, want %s %s", c.Subject, c.What, d.subject, d.what)
	}
	if d.finding != (c.Finding != "") || d.near != c.Near || d.near != (c.Away != nil) {
		t.Errorf("finding %q, near %v, away %v; want finding %v, near %v", c.Finding, c.Near, c.Away, d.finding, d.near)
	}
	for _, part := range d.says {
		if !strings.Contains(c.Text, part) {
			t.Errorf("%q does not say %q", c.Text, part)
		}
	}
}

// checkNext tries the step that leads on: it is refused as stale where freshness
// matters, and goes through once the plan was made, submitted and approved anew.
func checkNext(t *testing.T, s *scene, state approval.State, d *disturbance) {
	t.Helper()
	onwards := map[approval.State]approval.Action{
		approval.Draft: approval.Submit, approval.Submitted: approval.Approve, approval.Approved: approval.Release,
		approval.Released: approval.Start, approval.UnderWay: approval.Close,
	}
	next, ok := onwards[state]
	if !ok {
		for _, a := range approval.Actions() {
			if err := s.do(act(a)); outrider.KindOf(err) != outrider.Refused {
				t.Errorf("%s after the end: %v", a, err)
			}
		}
		return
	}
	err := s.do(act(next))
	free := next == approval.Close || // closing needs nothing fresh
		next == approval.Submit && d.subject == approval.OfPlan // a draft may be edited
	if free {
		if err != nil {
			t.Errorf("%s: %v", next, err)
		}
		return
	}
	if stale, ok := errors.AsType[*approval.StaleError](err); !ok || outrider.KindOf(err) != outrider.Stale || len(stale.Changes) == 0 {
		t.Fatalf("%s of a stale plan: %v", next, err)
	}
	if next != approval.Submit { // a draft is compared with what the plan says, which has no values
		for _, part := range d.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
	}
	if got := s.record().State(); got != state {
		t.Errorf("the refused step led to %s", got)
	}
	// The way back: all shown, plan made anew, submitted, approved, ticked.
	s.unseen = nil
	s.now = s.now.Add(time.Minute)
	s.replan()
	for _, a := range []approval.Action{approval.Submit, approval.Approve, approval.Tick, approval.Release, approval.Start, approval.Close} {
		s.must(act(a))
	}
}

// TestSeveralChangesAtOnce: all are told, subject by subject.
func TestSeveralChangesAtOnce(t *testing.T) {
	s := newScene(t)
	s.reach(approval.Approved)
	s.atlas.Hash, s.movement.Hash, s.speeds.Hash, s.runs.Hash, s.trains.Hash = "a2", "m2", "s2", "r2", "t2"
	s.findings = s.findings[:1]
	s.plan.Cover = "EGRET"
	s.setProfile("p_min: ", "p_min: 0.0002 # was ")
	var subjects []approval.Subject
	for _, c := range s.record().Status(s.situation()).Changes {
		subjects = append(subjects, c.Subject)
	}
	if got := slices.Compact(subjects); !slices.Equal(got, approval.Subjects()) {
		t.Errorf("changes of %v, want all of %v", got, approval.Subjects())
	}
}

// TestBlanksChangeNothing: the plan file may be laid out anew.
func TestBlanksChangeNothing(t *testing.T) {
	a, err := approval.PlanHash([]byte("{\"a\": [1,\n 2]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := approval.PlanHash([]byte(`{"a":[1,2]}`))
	if err != nil || a != b {
		t.Errorf("%s and %s, %v", a, b, err)
	}
	if c, err := approval.PlanHash([]byte(`{"a":[1,3]}`)); err != nil || a == c {
		t.Errorf("another plan has the same hash: %v", err)
	}
	if _, err := approval.PlanHash([]byte(`{"a":`)); outrider.KindOf(err) != outrider.Unreadable {
		t.Errorf("no JSON: %v", err)
	}
}

// TestSubmissionSaysWhenThePlanWasMade: what expires is counted from then on, not
// from the submission.
func TestSubmissionSaysWhenThePlanWasMade(t *testing.T) {
	s := newScene(t)
	s.now = s.now.Add(2 * time.Hour)
	s.must(act(approval.Submit))
	if got := s.record().Submission().Basis.At; !got.Equal(s.plan.Made) || got.Equal(s.now) {
		t.Errorf("the basis is that of %s, the plan was made on %s", got, s.plan.Made)
	}
}
