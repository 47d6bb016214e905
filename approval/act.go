package approval

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
)

// Limits of what a step says.
const (
	MaxNote       = hazard.MaxNote // characters of a note
	MaxConditions = 10
	MaxCondition  = 200 // characters of a condition
	maxTitle      = 100 // characters of a movement's title
	maxRatio      = 1000.0
)

// An Act is what somebody wants to do. What belongs to other actions than its own
// is left empty.
type Act struct {
	Action     Action
	By         string    // call sign
	Note       string    // at most MaxNote characters about the movement; of Return, Cancel and Waive the reason
	Author     string    // Submit: call sign of who made the plan; empty stands for By
	Post       string    // Approve: one of Posts
	Accepted   Exposure  // Approve; a Ratio of 0 stands for 1
	Conditions []string  // Approve
	Expires    time.Time // Approve
	Items      []string  // Tick, Waive
	Verdict    Verdict   // Tick: Go, NoGo or NotYet
}

// A Situation is what an act is judged by.
type Situation struct {
	Plan *outrider.Plan
	Now  Basis     // what the plan would rest on now
	At   time.Time // when the act is done
}

// Residual returns what remains of exposure in a plan.
func Residual(p *outrider.Plan) Exposure {
	x := Exposure{Band: 1, Ratio: 1}
	for i := range p.Legs {
		routes := p.Legs[i].Routes
		for j := range routes {
			x.Band = max(x.Band, routes[j].MaxPBand)
			switch primary := routes[0].Lambda; {
			case routes[j].Lambda <= primary:
			case primary > 0:
				x.Ratio = max(x.Ratio, min(routes[j].Lambda/primary, maxRatio))
			default:
				x.Ratio = maxRatio
			}
		}
	}
	x.Ratio = math.Round(x.Ratio*100) / 100
	return x
}

// refused is an act that the rules do not allow.
func refused(cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Refused, Cause: cause, Remedy: remedy}
}

// unfit is an act that says something it must not.
func unfit(where, cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Usage, Where: where, Cause: cause, Remedy: remedy}
}

// A StaleError is an act refused because what the plan rests on has changed. Its
// kind is outrider.Stale.
type StaleError struct {
	Action  Action
	Changes []Change
}

// Error gives the changes, one a line, and the remedy.
func (e *StaleError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the error as *outrider.Error.
func (e *StaleError) Unwrap() error {
	const shown = 8
	var b strings.Builder
	fmt.Fprintf(&b, "cannot %s, what the plan rests on has changed:", e.Action)
	for i, c := range e.Changes {
		if i == shown {
			fmt.Fprintf(&b, "\n  and %s more", plain.Count(len(e.Changes)-shown, "change"))
			break
		}
		b.WriteString("\n  " + c.Text)
	}
	remedy := "\nplan again, submit and have the new plan approved"
	switch {
	case !slices.ContainsFunc(e.Changes, func(c Change) bool { return c.What != NotShown }):
		remedy = "\nname the files that the plan was made with"
	case e.Action == Submit:
		remedy = "\nplan again and submit the new plan"
	}
	return &outrider.Error{Kind: outrider.Stale, Cause: b.String() + remedy}
}

// Next returns the step that an act leads to, or why it is refused: an
// *outrider.Error of the kind Usage if the act says something it must not, of
// the kind Refused if rules stand against it, or a *StaleError. The record stays
// as it is.
func (r *Record) Next(a Act, s Situation) (Step, error) {
	step := Step{
		Schema: Schema, Number: len(r.steps) + 1, Action: a.Action, By: a.By,
		At: s.At.UTC().Truncate(time.Second), Note: a.Note, Before: r.Seal(),
	}
	to, ok := After(r.State(), a.Action)
	if !ok {
		return Step{}, r.impossible(a.Action)
	}
	step.State = to
	switch a.Action {
	case Submit:
		step.Movement, step.Author = s.Plan.Movement, a.Author
		if step.Author == "" {
			step.Author = a.By
		}
		basis, residual := s.Now, Residual(s.Plan)
		basis.At, basis.Unseen = s.Plan.Made.UTC(), nil
		step.Basis, step.Residual = &basis, &residual
	case Approve:
		step.Post = postOf(a.Post)
		if step.Post == "" {
			return Step{}, unfit("post", fmt.Sprintf("%q is no post from which plans are approved", clip(a.Post, 40)), "use one of "+strings.Join(posts, ", "))
		}
		accepted := a.Accepted
		if accepted.Ratio == 0 {
			accepted.Ratio = 1
		}
		step.Grant = &Grant{Accepted: accepted, Conditions: append([]string{}, a.Conditions...), Expires: a.Expires.UTC().Truncate(time.Second)}
		if len(s.Plan.Legs) > 0 && a.Expires.Before(s.Plan.Legs[0].Earliest) {
			return Step{}, unfit("expiry", fmt.Sprintf("the approval would expire on %s, before the head may leave on %s", minute(a.Expires), minute(s.Plan.Legs[0].Earliest)), "give a later time")
		}
	case Tick:
		step.Items, step.Verdict = slices.Clone(a.Items), a.Verdict
	case Waive:
		step.Items = slices.Clone(a.Items)
	case Return, Release, Start, Close, Cancel:
	}
	if err := r.fresh(&step, s); err != nil {
		return Step{}, err
	}
	if err := r.admit(&step); err != nil {
		return Step{}, err
	}
	if err := r.judge(&step, s); err != nil {
		return Step{}, err
	}
	return step, nil
}

// impossible says that a state does not allow an action, and what it does allow.
func (r *Record) impossible(a Action) error {
	remedy := "nothing can follow: begin a new record with another name"
	if possible := Possible(r.State()); len(possible) > 0 {
		var names []string
		for _, p := range possible {
			names = append(names, string(p))
		}
		remedy = "what can follow is " + strings.Join(names, ", ")
	}
	return refused(fmt.Sprintf("cannot %s a plan that is %s", a, r.State()), remedy)
}

// fresh refuses a step for which what the plan rests on has to be as it was: of a
// submission, as the plan says of itself; else as the submission says.
func (r *Record) fresh(step *Step, s Situation) error {
	if !step.Action.needsFresh() {
		return nil
	}
	var then Basis
	if step.Action == Submit {
		then = asMade(s.Plan, &s.Now)
	} else {
		then = *r.standing().submission.Basis
	}
	if c := Stale(&then, &s.Now, s.Plan, s.At); len(c) > 0 {
		return &StaleError{step.Action, c}
	}
	return nil
}

// judge holds a step against the plan and its checklist.
func (r *Record) judge(step *Step, s Situation) error {
	now := r.standing()
	switch step.Action {
	case Tick, Waive:
		if s.Now.PlanHash != now.submission.Basis.PlanHash {
			return &StaleError{step.Action, []Change{{Subject: OfPlan, What: Edited, Text: "the plan is not the one that was submitted"}}}
		}
		list := r.Checklist(s.Plan, s.At)
		for _, id := range step.Items {
			i := slices.IndexFunc(list, func(x Item) bool { return x.ID == id })
			if i < 0 {
				return unfit(id, "the checklist of this plan has no such item", "see the list with approval check")
			}
			switch item := &list[i]; {
			case step.Action == Tick && item.Kind == ByPlan && item.Verdict == NoGo && item.Found != "" && step.Verdict != NoGo:
				return refused(fmt.Sprintf("%s: the plan itself says no: %s", id, item.Found), "mend it and plan again, or have it waived by the approving authority")
			case step.Action == Waive && item.Done():
				return refused(fmt.Sprintf("%s is %s already", id, item.Verdict), "waive only what stands in the way")
			}
		}
	case Release, Start:
		var open []string
		for _, item := range r.Checklist(s.Plan, s.At) {
			if !item.Done() {
				open = append(open, fmt.Sprintf("%s (%s)", item.ID, item.Verdict))
			}
		}
		if len(open) > 0 {
			return refused(
				fmt.Sprintf("cannot %s, the checklist is not complete: %s", step.Action, strings.Join(open, ", ")),
				"tick what is done with approval check, or have it waived by the approving authority with approval waive",
			)
		}
	case Submit, Approve, Return, Close, Cancel:
	}
	return nil
}

// admit holds a step against the record: everything that can be told without the
// plan.
func (r *Record) admit(s *Step) error {
	if s.Number != len(r.steps)+1 {
		return refused(fmt.Sprintf("it has the number %d, not %d", s.Number, len(r.steps)+1), "restore the record from a copy")
	}
	to, ok := After(r.State(), s.Action)
	if !ok {
		return r.impossible(s.Action)
	}
	if to != s.State {
		return refused(fmt.Sprintf("%s leads to %s, not to %s", s.Action, to, s.State), "restore the record from a copy")
	}
	if err := checkCallSign("call sign", s.By); err != nil {
		return err
	}
	if s.At.IsZero() || s.At.Location() != time.UTC || s.At.Nanosecond() != 0 {
		return refused("its time is not in whole seconds of UTC", "restore the record from a copy")
	}
	if n := len(r.steps); n > 0 && s.At.Before(r.steps[n-1].At) {
		return refused(fmt.Sprintf("it is %s, before the last step on %s", second(s.At), second(r.steps[n-1].At)), "set the clock of this machine right")
	}
	if err := text("note", s.Note, MaxNote); err != nil {
		return err
	}
	if s.Action.needsReason() && strings.TrimSpace(s.Note) == "" {
		return unfit("reason", fmt.Sprintf("cannot %s without a reason", s.Action), fmt.Sprintf("say why in at most %d characters", MaxNote))
	}
	if err := s.onlyItsOwn(); err != nil {
		return err
	}
	now := r.standing()
	switch s.Action {
	case Submit:
		return r.admitSubmission(s)
	case Approve:
		return admitApproval(s, now.submission)
	case Tick:
		if !slices.Contains(Verdicts(), s.Verdict) {
			return unfit("verdict", fmt.Sprintf("%q is no verdict", clip(string(s.Verdict), 20)), "use go, no-go or not yet")
		}
		return admitItems(s.Items)
	case Waive:
		if !callsign.Same(s.By, now.approval.By) {
			return refused(fmt.Sprintf("%s did not approve the plan", s.By), fmt.Sprintf("only %s, who approved it, may waive items", now.approval.By))
		}
		return admitItems(s.Items)
	case Release, Start:
		if expires := now.approval.Grant.Expires; !s.At.Before(expires) {
			return refused(fmt.Sprintf("cannot %s, the approval has expired on %s", s.Action, minute(expires)), "submit the plan and have it approved again")
		}
	case Return, Close, Cancel:
	}
	return nil
}

// onlyItsOwn refuses a step that holds what belongs to another action, or lacks
// what belongs to its own.
func (s *Step) onlyItsOwn() error {
	submit, approve, tick, items := s.Action == Submit, s.Action == Approve, s.Action == Tick, s.Action == Tick || s.Action == Waive
	if submit != (s.Basis != nil) || submit != (s.Residual != nil) || submit != (s.Author != "") || submit != (s.Movement != "") ||
		approve != (s.Grant != nil) || approve != (s.Post != "") || items != (len(s.Items) > 0) || tick != (s.Verdict != "") {
		switch {
		case items && len(s.Items) == 0:
			return unfit("item", "no item was named", "see the list with approval check")
		case submit && s.Movement == "":
			return refused("the plan has no title", "make the plan again")
		}
		return refused(fmt.Sprintf("it does not hold what %q needs, or more", s.Action), "restore the record from a copy")
	}
	return nil
}

func (r *Record) admitSubmission(s *Step) error {
	if err := checkCallSign("author", s.Author); err != nil {
		return err
	}
	if utf8.RuneCountInString(s.Movement) > maxTitle {
		return refused(fmt.Sprintf("the title has more than %d characters", maxTitle), "make the plan again with a shorter one")
	}
	if strings.ContainsFunc(s.Movement, unicode.IsControl) {
		return refused("the title holds a control character", "make the plan again")
	}
	for i := range r.steps {
		if before := r.steps[i].Movement; before != "" && before != s.Movement {
			return refused(fmt.Sprintf("the record is that of the movement %q, not of %q", before, s.Movement), "name another record with --record")
		}
	}
	if x := s.Residual; x.Band < 1 || x.Band > 5 || !(x.Ratio >= 1 && x.Ratio <= maxRatio) {
		return refused("the plan's exposure is not within bounds", "make the plan again")
	}
	b := s.Basis
	if b.PlanHash == "" || b.MapHash == "" || b.ProfileHash == "" {
		return refused("the plan does not say what it rests on", "make the plan again")
	}
	if !slices.IsSortedFunc(b.Findings, func(x, y FindingOnBasis) int { return strings.Compare(x.ID, y.ID) }) ||
		!slices.IsSortedFunc(b.Profile, func(x, y Setting) int { return strings.Compare(x.Name, y.Name) }) {
		return refused("its lists are not in order", "restore the record from a copy")
	}
	return nil
}

func admitApproval(s, submission *Step) error {
	if postOf(s.Post) != s.Post {
		return unfit("post", fmt.Sprintf("%q is no post from which plans are approved", clip(s.Post, 40)), "use one of "+strings.Join(posts, ", "))
	}
	switch {
	case callsign.Same(s.By, submission.Author):
		return refused(s.By+" made the plan and cannot approve it", "have it approved by another authority")
	case callsign.Same(s.By, submission.By):
		return refused(s.By+" submitted the plan and cannot approve it", "have it approved by another authority")
	}
	accepted, has := s.Grant.Accepted, submission.Residual
	switch {
	case accepted.Band < 1 || accepted.Band > 5:
		return unfit("accepted band", fmt.Sprintf("%d is no band", accepted.Band), "give the greatest band that is accepted, 1 to 5")
	case !(accepted.Ratio >= 1 && accepted.Ratio <= maxRatio):
		return unfit("accepted ratio", fmt.Sprintf("%v is not from 1 to %v", accepted.Ratio, maxRatio), "give the greatest exposure accepted of a route, as a multiple of its primary's")
	case accepted.Band < has.Band:
		return refused(fmt.Sprintf("residual exposure is band %d, accepted %d", has.Band, accepted.Band), "accept it, or return the plan")
	case accepted.Ratio < has.Ratio:
		return refused(fmt.Sprintf("residual exposure is × %.2f the primary's on an alternate, accepted × %.2f", has.Ratio, accepted.Ratio), "accept it, or return the plan")
	}
	if n := len(s.Grant.Conditions); n > MaxConditions {
		return unfit("conditions", fmt.Sprintf("%d are more than %d", n, MaxConditions), "put some together, or return the plan")
	}
	for i, c := range s.Grant.Conditions {
		if err := text(conditionID(i), c, MaxCondition); err != nil {
			return err
		}
		if strings.TrimSpace(c) == "" {
			return unfit(conditionID(i), "it is empty", "leave it out")
		}
	}
	if s.Grant.Conditions == nil || s.Grant.Expires.Location() != time.UTC {
		return refused("it is not as it was written", "restore the record from a copy")
	}
	if !s.Grant.Expires.After(s.At) {
		return unfit("expiry", fmt.Sprintf("%s is over", minute(s.Grant.Expires)), "give a time to come")
	}
	return nil
}

func admitItems(items []string) error {
	for i, id := range items {
		if !slices.Contains(ItemIDs(), id) {
			return unfit(clip(id, 40), "this is no item of the checklist", "see the list with approval check")
		}
		if slices.Contains(items[:i], id) {
			return unfit(id, "it is named twice", "name it once")
		}
	}
	return nil
}

func checkCallSign(where, s string) error {
	if callsign.Valid(s) {
		return nil
	}
	return unfit(where, fmt.Sprintf("%q is no call sign", clip(s, 40)), "write a call sign such as R2 or SIERRA 4: capital letters and a number, never a name")
}

// text holds a free text against the rules of notes: about the movement, one
// line, nothing that looks like an address, a telephone number or a number plate.
func text(where, s string, most int) error {
	if n := utf8.RuneCountInString(s); n > most {
		return unfit(where, fmt.Sprintf("it has %d characters, more than %d", n, most), "shorten it")
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return unfit(where, "it holds a line break or a control character", "write one line of plain text")
	}
	if cause, _ := hazard.NoteFault(s); cause != "" {
		return unfit(where, cause, "write about the movement only; people are named by call sign, roads in the form US 13")
	}
	return nil
}

func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
