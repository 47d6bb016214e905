// Package approval keeps the record of who let a plan go ahead: its states, from
// draft to closed, the go/no-go checklist, and whether what was approved still
// is what would be driven. docs/approval.md has the rules in words.
//
// The record is a file of its own beside the plan, one step a line, each with
// the SHA-256 of the line before. Who signs is a call sign and a post from a
// closed list; there is no room in it for a person.
package approval

import (
	"slices"
	"strings"
)

// A State is how far a plan has come.
type State string

// States of a plan.
const (
	Draft     State = "draft" // also with no record at all
	Submitted State = "submitted"
	Approved  State = "approved"
	Released  State = "released"
	UnderWay  State = "under way"
	Closed    State = "closed"
	Cancelled State = "cancelled"
)

// States returns all states, in order.
func States() []State {
	return []State{Draft, Submitted, Approved, Released, UnderWay, Closed, Cancelled}
}

// Over reports whether nothing can follow the state.
func (s State) Over() bool { return s == Closed || s == Cancelled }

// An Action is what a step does.
type Action string

// Actions.
const (
	Submit  Action = "submit"  // put the plan before the authority; what was approved before no longer is
	Approve Action = "approve" // by an authority that is neither author nor submitter
	Return  Action = "return"  // back to the author
	Release Action = "release" // for execution: fresh, not expired, checklist complete
	Start   Action = "start"   // the head leaves
	Close   Action = "close"   // the movement is over
	Cancel  Action = "cancel"
	Tick    Action = "check" // an answer to items of the checklist
	Waive   Action = "waive" // the authority answers for items that are not "go"
)

// Actions returns all actions.
func Actions() []Action {
	return []Action{Submit, Approve, Return, Release, Start, Close, Cancel, Tick, Waive}
}

// A transition leads from one state to another.
type transition struct {
	action Action
	from   State
	to     State
}

// transitions are all that there are. Submitting again from submitted, approved
// or released is how a stale plan comes back to life: it loses what it had.
var transitions = []transition{
	{Submit, Draft, Submitted},
	{Submit, Submitted, Submitted},
	{Submit, Approved, Submitted},
	{Submit, Released, Submitted},
	{Approve, Submitted, Approved},
	{Return, Submitted, Draft},
	{Return, Approved, Draft},
	{Release, Approved, Released},
	{Start, Released, UnderWay},
	{Close, UnderWay, Closed},
	{Cancel, Draft, Cancelled},
	{Cancel, Submitted, Cancelled},
	{Cancel, Approved, Cancelled},
	{Cancel, Released, Cancelled},
	{Cancel, UnderWay, Cancelled},
	{Tick, Submitted, Submitted},
	{Tick, Approved, Approved},
	{Tick, Released, Released},
	{Waive, Approved, Approved},
	{Waive, Released, Released},
}

// After returns the state that an action leads to.
func After(from State, a Action) (State, bool) {
	for _, t := range transitions {
		if t.from == from && t.action == a {
			return t.to, true
		}
	}
	return "", false
}

// Possible returns the actions that a state allows, in the order of Actions.
func Possible(from State) []Action {
	var list []Action
	for _, a := range Actions() {
		if _, ok := After(from, a); ok {
			list = append(list, a)
		}
	}
	return list
}

// needsFresh reports whether an action is refused while what the plan rests on
// is not what it was.
func (a Action) needsFresh() bool { return a == Submit || a == Approve || a == Release || a == Start }

// needsReason reports whether a note has to say why.
func (a Action) needsReason() bool { return a == Return || a == Cancel || a == Waive }

// posts are the posts from which a plan may be approved. The list is closed so
// that no name can stand in their place.
var posts = []string{
	"Chief of section",
	"Deputy chief of section",
	"Chief of security",
	"Deputy chief of security",
	"Chief of operations",
	"Chief of mission",
	"Chief of staff",
	"Commander",
	"Deputy commander",
	"Operations officer",
	"Movement control officer",
	"Security officer",
	"Duty officer",
	"Head of detail",
}

// Posts returns the posts from which a plan may be approved.
func Posts() []string { return slices.Clone(posts) }

// postOf returns a post in the spelling of the list; "" if it is not there.
func postOf(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for _, p := range posts {
		if strings.EqualFold(p, s) {
			return p
		}
	}
	return ""
}
