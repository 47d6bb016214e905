package approval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// A Status is where a plan stands at a time, and what is missing for its next
// step.
type Status struct {
	State     State     `json:"state"`
	At        time.Time `json:"at"`
	MapName   string    `json:"map_name"`       // of the map that the plan was made on
	DataDate  time.Time `json:"data_date"`      // of that map; 1970-01-01 if the extract had none
	Credit    string    `json:"attribution"`    // what the licence of the map data asks for
	Seal      string    `json:"seal,omitempty"` // SHA-256 of the last line of the record
	Stale     bool      `json:"stale"`          // something has changed; never before the first submission or after the end
	Changes   []Change  `json:"changes"`        // what; subjects that were not shown are listed too, and make nothing stale
	Expired   bool      `json:"expired"`        // the approval
	Checklist []Item    `json:"checklist"`      // empty in Draft and after the end
	Next      Action    `json:"next,omitempty"` // the step that leads on
	Missing   []string  `json:"missing"`        // what stands in its way
}

// onwards is the step that leads on from a state.
var onwards = map[State]Action{Draft: Submit, Submitted: Approve, Approved: Release, Released: Start, UnderWay: Close}

// Status returns where the plan stands.
func (r *Record) Status(s Situation) Status {
	now := r.standing()
	state := r.State()
	in := &s.Plan.Inputs
	x := Status{
		State: state, At: s.At.UTC().Truncate(time.Second), MapName: in.MapName, DataDate: in.DataDate.UTC(), Credit: in.Credit(),
		Seal: r.Seal(), Changes: []Change{}, Checklist: []Item{}, Next: onwards[state], Missing: []string{},
	}
	if now.submission != nil && !state.Over() {
		x.Changes = append(x.Changes, Stale(now.submission.Basis, &s.Now, s.Plan, s.At)...)
		x.Stale = slices.ContainsFunc(x.Changes, func(c Change) bool { return c.What != NotShown })
		x.Checklist = r.Checklist(s.Plan, s.At)
	}
	if now.approval != nil && (state == Approved || state == Released) {
		x.Expired = !s.At.Before(now.approval.Grant.Expires)
	}
	x.Missing = append(x.Missing, r.missing(&x, s, now)...)
	return x
}

// missing says in words what stands in the way of the next step.
func (r *Record) missing(x *Status, s Situation, now standing) []string {
	var all []string
	changes := x.Changes
	if x.Next == Submit {
		then := asMade(s.Plan, &s.Now)
		changes = Stale(&then, &s.Now, s.Plan, s.At)
	}
	var unseen []string
	for _, c := range changes {
		if c.What == NotShown {
			unseen = append(unseen, string(c.Subject))
		}
	}
	if x.Next.needsFresh() {
		if n := len(changes) - len(unseen); n > 0 {
			all = append(all, fmt.Sprintf("what the plan rests on has changed (%s): plan again and submit the new plan", plain.Count(n, "change")))
		}
		if len(unseen) > 0 { // findings cannot be placed without the map
			all = append(all, fmt.Sprintf("not shown: %s; give the files that the plan was made with, the map for the findings too", strings.Join(unseen, ", ")))
		}
	}
	switch x.Next {
	case Approve:
		has := now.submission.Residual
		barred := now.submission.By
		if a := now.submission.Author; a != barred {
			barred += " and " + a
		}
		all = append(all, fmt.Sprintf("an authority other than %s that accepts band %d and × %.2f", barred, has.Band, has.Ratio))
	case Release, Start:
		if x.Expired {
			all = append(all, "the approval has expired on "+minute(now.approval.Grant.Expires)+": submit the plan and have it approved again")
		}
		var open []string
		for i := range x.Checklist {
			if item := &x.Checklist[i]; !item.Done() {
				open = append(open, fmt.Sprintf("%s (%s)", item.ID, item.Verdict))
			}
		}
		if len(open) > 0 {
			all = append(all, "of the checklist: "+strings.Join(open, ", "))
		}
	case Submit, Return, Close, Cancel, Tick, Waive:
	}
	return all
}

// Loud returns an error of the kind outrider.Stale if the plan is stale, for
// those who must not miss it; nil if it is not.
func (x *Status) Loud() error {
	if !x.Stale {
		return nil
	}
	remedy := "plan again, submit and have the new plan approved"
	if x.State == UnderWay {
		remedy = "tell the column; close or cancel the movement, or let the authority decide"
	}
	n := 0
	for _, c := range x.Changes {
		if c.What != NotShown {
			n++
		}
	}
	return &outrider.Error{Kind: outrider.Stale, Cause: fmt.Sprintf("the plan is %s and STALE: %s in what it rests on", x.State, plain.Count(n, "change")), Remedy: remedy}
}
