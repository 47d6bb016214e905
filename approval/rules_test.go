package approval_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
)

// allowed is the table of docs/approval.md: which action leads where.
var allowed = map[approval.State]map[approval.Action]approval.State{
	approval.Draft: {approval.Submit: approval.Submitted, approval.Cancel: approval.Cancelled},
	approval.Submitted: {
		approval.Submit: approval.Submitted, approval.Approve: approval.Approved, approval.Return: approval.Draft,
		approval.Cancel: approval.Cancelled, approval.Tick: approval.Submitted,
	},
	approval.Approved: {
		approval.Submit: approval.Submitted, approval.Return: approval.Draft, approval.Release: approval.Released,
		approval.Cancel: approval.Cancelled, approval.Tick: approval.Approved, approval.Waive: approval.Approved,
	},
	approval.Released: {
		approval.Submit: approval.Submitted, approval.Start: approval.UnderWay, approval.Cancel: approval.Cancelled,
		approval.Tick: approval.Released, approval.Waive: approval.Released,
	},
	approval.UnderWay:  {approval.Close: approval.Closed, approval.Cancel: approval.Cancelled},
	approval.Closed:    {},
	approval.Cancelled: {},
}

// TestEveryActionInEveryState tries all pairs.
func TestEveryActionInEveryState(t *testing.T) {
	for _, state := range approval.States() {
		for _, action := range approval.Actions() {
			s := newScene(t)
			s.reach(state)
			if action == approval.Waive && (state == approval.Approved || state == approval.Released) {
				no := act(approval.Tick) // something to waive
				no.Items, no.Verdict = []string{"radio"}, approval.NoGo
				s.must(no)
			}
			err := s.do(act(action))
			to, ok := allowed[state][action]
			switch {
			case ok && err != nil:
				t.Errorf("%s in %s: %v", action, state, err)
			case ok && s.record().State() != to:
				t.Errorf("%s in %s leads to %s, want %s", action, state, s.record().State(), to)
			case !ok && outrider.KindOf(err) != outrider.Refused:
				t.Errorf("%s in %s: %v, want a refusal", action, state, err)
			case !ok && s.record().State() != state:
				t.Errorf("%s in %s was refused and led to %s", action, state, s.record().State())
			}
		}
	}
}

// TestWhatIsRefused changes one thing of an act that would go through.
func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  approval.State
		action approval.Action
		spoil  func(*scene, *approval.Act)
		kind   outrider.Kind
		says   string
	}{
		{"no call sign", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.By = "Jane Doe" }, outrider.Usage, "no call sign"},
		{"an author by name", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.Author = "J. Doe" }, outrider.Usage, "no call sign"},
		{"a long note", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.Note = strings.Repeat("x", 201) }, outrider.Usage, "201 characters"},
		{"a note of two lines", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.Note = "a\nb" }, outrider.Usage, "one line"},
		{"a telephone number", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.Note = "call 302 555 0123" }, outrider.Usage, "telephone number"},
		{"a number plate", approval.Draft, approval.Submit, func(_ *scene, a *approval.Act) { a.Note = "with AB-123-CD" }, outrider.Usage, "number plate"},
		{"by the author", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.By = author }, outrider.Refused, "PLAN 2 made the plan and cannot approve it"},
		{"by the submitter", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.By = submitter }, outrider.Refused, "OPS 1 submitted the plan and cannot approve it"},
		{"by the author, spelt otherwise", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.By = "PLAN2" }, outrider.Refused, "PLAN2 made the plan and cannot approve it"},
		{"by the submitter, spelt otherwise", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.By = "OPS-1" }, outrider.Refused, "OPS-1 submitted the plan and cannot approve it"},
		{"a name for a post", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Post = "Jane Doe" }, outrider.Usage, "no post"},
		{"no post", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Post = "" }, outrider.Usage, "no post"},
		{"a band too low", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Accepted.Band = 3 }, outrider.Refused, "residual exposure is band 4, accepted 3"},
		{"no band", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Accepted.Band = 0 }, outrider.Usage, "0 is no band"},
		{"a ratio too low", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Accepted.Ratio = 1.62 }, outrider.Refused, "× 1.63 the primary's on an alternate, accepted × 1.62"},
		{"no ratio", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Accepted.Ratio = 0 }, outrider.Refused, "accepted × 1.00"},
		{"a ratio below 1", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Accepted.Ratio = 0.5 }, outrider.Usage, "not from 1"},
		{"eleven conditions", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Conditions = strings.Split("abcdefghijk", "") }, outrider.Usage, "11 are more than 10"},
		{"an empty condition", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Conditions = []string{" "} }, outrider.Usage, "empty"},
		{"a long condition", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Conditions = []string{strings.Repeat("x", 201)} }, outrider.Usage, "201 characters"},
		{"expiry before departure", approval.Submitted, approval.Approve, func(_ *scene, a *approval.Act) { a.Expires = departs.Add(-time.Minute) }, outrider.Usage, "before the head may leave"},
		{"expiry in the past", approval.Submitted, approval.Approve, func(s *scene, a *approval.Act) { s.now = a.Expires }, outrider.Stale, "closed_by_event"},
		{"return without reason", approval.Submitted, approval.Return, func(_ *scene, a *approval.Act) { a.Note = " " }, outrider.Usage, "without a reason"},
		{"cancel without reason", approval.Submitted, approval.Cancel, func(_ *scene, a *approval.Act) { a.Note = "" }, outrider.Usage, "without a reason"},
		{"another movement", approval.Submitted, approval.Submit, func(s *scene, _ *approval.Act) { s.plan.Movement = "Back again" }, outrider.Refused, `that of the movement "Across the river"`},
		{"no item", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Items = nil }, outrider.Usage, "no item was named"},
		{"an unknown item", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Items = []string{"coffee"} }, outrider.Usage, "no item"},
		{"an item of no use here", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Items = []string{"shadow"} }, outrider.Usage, "no such item"},
		{"an item twice", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Items = []string{"radio", "radio"} }, outrider.Usage, "twice"},
		{"no verdict", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Verdict = "maybe" }, outrider.Usage, "no verdict"},
		{"a waived verdict by hand", approval.Submitted, approval.Tick, func(_ *scene, a *approval.Act) { a.Verdict = approval.Waived }, outrider.Usage, "no verdict"},
		{"a tick on another plan", approval.Submitted, approval.Tick, func(s *scene, _ *approval.Act) { s.plan.Cover = "EGRET" }, outrider.Stale, "not the one that was submitted"},
		{"a waiver by somebody else", approval.Approved, approval.Waive, func(_ *scene, a *approval.Act) { a.By = crew }, outrider.Refused, "only CHIEF 1"},
		{"a waiver of what is go", approval.Approved, approval.Waive, func(_ *scene, _ *approval.Act) {}, outrider.Refused, "radio is go already"},
		{"a waiver without reason", approval.Approved, approval.Waive, func(_ *scene, a *approval.Act) { a.Note = "" }, outrider.Usage, "without a reason"},
		{"the clock went back", approval.Approved, approval.Release, func(s *scene, _ *approval.Act) { s.now = s.now.Add(-time.Hour) }, outrider.Refused, "before the last step"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.reach(c.state)
			a := act(c.action)
			c.spoil(s, &a)
			before := s.record().Seal()
			err := s.do(a)
			if outrider.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\nwant %q of kind %d", err, c.says, c.kind)
			}
			if s.record().Seal() != before {
				t.Error("the refused step is on record")
			}
		})
	}
}

// TestExpiredApproval cannot be released or started, to the second.
func TestExpiredApproval(t *testing.T) {
	for _, c := range []struct {
		state  approval.State
		action approval.Action
	}{{approval.Approved, approval.Release}, {approval.Released, approval.Start}} {
		for _, late := range []time.Duration{-time.Second, 0, time.Hour} {
			s := newScene(t)
			s.findings = nil // nothing else that time changes
			s.replan()
			s.reach(c.state)
			end := s.record().Approval().Grant.Expires
			s.now = end.Add(late)
			x := s.record().Status(s.situation())
			if x.Expired != (late >= 0) {
				t.Errorf("%s, %v after the expiry: expired %v", c.state, late, x.Expired)
			}
			_, err := s.record().Next(act(c.action), s.situation())
			switch {
			case late < 0 && err != nil:
				t.Errorf("%s before the expiry: %v", c.action, err)
			case late >= 0 && (outrider.KindOf(err) != outrider.Refused || !strings.Contains(err.Error(), "expired on 2026-11-28 12:00Z")):
				t.Errorf("%s after the expiry: %v", c.action, err)
			}
		}
	}
}

// TestChecklistHolds: nothing is released or started before every item is go or
// waived, and a new submission begins anew.
func TestChecklistHolds(t *testing.T) {
	s := newScene(t)
	s.must(act(approval.Submit))
	a := act(approval.Approve)
	a.Conditions = []string{"the bridge is looked at again in the morning", "no stop in the town"}
	s.must(a)
	if err := s.do(act(approval.Release)); outrider.KindOf(err) != outrider.Refused || !strings.Contains(err.Error(), "radio (not yet), fuel (not yet)") || !strings.Contains(err.Error(), "condition_2 (not yet)") {
		t.Fatalf("released with nothing ticked: %v", err)
	}
	tick := act(approval.Tick)
	s.must(tick)
	tick.Items = []string{"condition_1"}
	s.must(tick)
	tick.Items, tick.Verdict = []string{"condition_2"}, approval.NoGo
	s.must(tick)
	if err := s.do(act(approval.Release)); err == nil || !strings.Contains(err.Error(), "complete: condition_2 (no-go)") {
		t.Fatalf("released with a condition not met: %v", err)
	}
	waive := act(approval.Waive)
	waive.Items = []string{"condition_2"}
	s.must(waive)
	s.must(act(approval.Release))
	// What comes after the waiver counts again, and stops the start.
	tick.Items = []string{"condition_2", "weather"}
	s.must(tick)
	if err := s.do(act(approval.Start)); err == nil || !strings.Contains(err.Error(), "complete: weather (no-go), condition_2 (no-go)") {
		t.Fatalf("started in bad weather: %v", err)
	}
	tick.Verdict = approval.Go
	s.must(tick)
	s.must(act(approval.Submit))
	for _, item := range s.record().Checklist(s.plan, s.now) {
		if item.Kind == approval.ByPerson && item.Verdict != approval.NotYet || item.Kind == approval.ByCondition {
			t.Errorf("%s outlived the submission: %+v", item.ID, item)
		}
	}
}

// TestSomebodyElseWritesMeanwhile: steps by several at once all stand in one
// chain.
func TestSomebodyElseWritesMeanwhile(t *testing.T) {
	s := newScene(t)
	s.path = filepath.Join(t.TempDir(), "approval.jsonl")
	s.reach(approval.Submitted)
	r, situation := s.record(), s.situation()
	const each, crews = 5, 4
	var wait sync.WaitGroup
	failed := make(chan error, crews*each)
	for range crews {
		wait.Go(func() {
			mine, err := approval.Load(s.path)
			if err != nil {
				failed <- err
				return
			}
			for range each {
				if _, err := mine.Add(act(approval.Tick), situation); err != nil {
					failed <- err
				}
			}
		})
	}
	wait.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if got, want := len(s.record().Steps()), len(r.Steps())+each*crews; got != want {
		t.Errorf("%d steps on record, want %d", got, want)
	}
}

// TestNoPlaceToWrite: a record in a folder that is not there.
func TestNoPlaceToWrite(t *testing.T) {
	s := newScene(t)
	s.path = filepath.Join(t.TempDir(), "none", "approval.jsonl")
	if err := s.do(act(approval.Submit)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want that the folder is not there", err)
	}
	if _, err := approval.Load(t.TempDir()); err == nil {
		t.Error("a folder was read as a record")
	}
}
