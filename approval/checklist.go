package approval

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/plain"
)

// A Verdict is where an item of the checklist stands.
type Verdict string

// Verdicts.
const (
	Go     Verdict = "go"
	NoGo   Verdict = "no-go"
	NotYet Verdict = "not yet"
	Waived Verdict = "waived" // not "go", and the approving authority answers for it
)

// Verdicts returns the verdicts that a person may give.
func Verdicts() []Verdict { return []Verdict{Go, NoGo, NotYet} }

// Kinds of Item.
const (
	// ByPlan: the plan says whether it is "go"; where it is not, only another
	// plan or a waiver helps.
	ByPlan = "plan"
	// ByPlanSeen: the plan found something that somebody must have seen and
	// answered for.
	ByPlanSeen = "plan, to be seen"
	// ByPerson: only people can tell.
	ByPerson = "person"
	// ByCondition: a condition of the approval, to be met.
	ByCondition = "condition"
)

// An Item is one line of the checklist.
type Item struct {
	ID      string    `json:"item"`
	Kind    string    `json:"kind"`
	Text    string    `json:"text"` // what is asked
	Found   string    `json:"found,omitempty"`
	Verdict Verdict   `json:"verdict"`
	By      string    `json:"by,omitempty"` // call sign of who ticked or waived it
	At      time.Time `json:"at,omitzero"`
	Reason  string    `json:"reason,omitempty"` // of a waiver
}

// Done reports whether the item does not stand in the way.
func (i *Item) Done() bool { return i.Verdict == Go || i.Verdict == Waived }

// An entry of the checklist is derived from a plan: with nothing found it is
// "go"; with something found it is "no-go" or, where seen is enough, "not yet".
type entry struct {
	id, text string
	seen     bool
	applies  func(*outrider.Plan) bool // nil: always
	found    func(*look) string
}

// look is what an entry may look at.
type look struct {
	plan     *outrider.Plan
	findings []FindingOnBasis
	at       time.Time
}

var entries = []entry{
	{"map", "The map data is at most 90 days old", false, nil, (*look).mapAge},
	{"findings", "No finding near a route expires before the movement is over", false, nil, (*look).expiring},
	{"dimensions", "The dimensions of every vehicle are known, so that limits were checked", false, nil, (*look).dimensions},
	{"halts", "Halts meet driving hours and fuel range", false, byRoad, (*look).halts},
	{"fuel_range", "The fuel range of every vehicle is known", true, nil, (*look).fuelRange},
	{"stays", "No stay is too short for the next leg to leave in time", false, stays, (*look).stays},
	{"shadow", "The column on the road keeps up with the train", false, shadowed, (*look).shadow},
	{"conflicts", "No train of the timetable is in the way", false, byRail, (*look).conflicts},
	{"timetable", "Rail legs were held against a timetable", true, byRail, (*look).timetable},
	{"havens", "The safe havens of the primary routes are verified", true, nil, (*look).havens},
	{"break_outs", "Every critical point has a way out to a safe haven", true, nil, (*look).breakOuts},
	{"alternates", "As many alternates were found as were asked for", true, byRoad, (*look).alternates},
	{"venues", "The sheets of the venues are verified and complete", true, venues, (*look).venues},
	{"dark", "The column drives in daylight", true, nil, (*look).dark},
	{"recovery", "A vehicle can recover others", true, nil, func(l *look) string { return l.without(outrider.Recovery) }},
	{"medical", "A medical vehicle goes along", true, nil, func(l *look) string { return l.without(outrider.Medical) }},
	{"warnings", "The warnings of the plan have been read", true, nil, (*look).warnings},
}

// byPeople are the items that only people can tell. The list is closed.
var byPeople = []struct{ id, text string }{
	{"radio", "Radio check with every vehicle and the control room"},
	{"fuel", "Every vehicle is fuelled"},
	{"weather", "The weather on the route allows the movement"},
	{"medical_support", "Medical support is in place"},
	{"orders", "Everybody has received the orders"},
}

// ItemIDs returns the names of all items, those of conditions as "condition 1"
// to "condition 10".
func ItemIDs() []string {
	var ids []string
	for i := range entries {
		ids = append(ids, entries[i].id)
	}
	for _, p := range byPeople {
		ids = append(ids, p.id)
	}
	for i := range MaxConditions {
		ids = append(ids, conditionID(i))
	}
	return ids
}

func conditionID(i int) string { return fmt.Sprintf("condition_%d", i+1) }

// Checklist returns the go/no-go checklist of a plan at a time: what the plan
// says of itself, what people must tell, and the conditions of the approval, with
// the ticks and waivers on record since the plan was last submitted.
func (r *Record) Checklist(p *outrider.Plan, at time.Time) []Item {
	look := &look{plan: p, at: at}
	now := r.standing()
	if now.submission != nil {
		look.findings = now.submission.Basis.Findings
	}
	var list []Item
	for i := range entries {
		e := &entries[i]
		if e.applies != nil && !e.applies(p) {
			continue
		}
		item := Item{ID: e.id, Kind: ByPlan, Text: e.text, Found: e.found(look), Verdict: Go}
		switch {
		case item.Found == "":
		case e.seen:
			item.Kind, item.Verdict = ByPlanSeen, NotYet
		default:
			item.Verdict = NoGo
		}
		list = append(list, item)
	}
	for _, p := range byPeople {
		list = append(list, Item{ID: p.id, Kind: ByPerson, Text: p.text, Verdict: NotYet})
	}
	if now.approval != nil {
		for i, c := range now.approval.Grant.Conditions {
			list = append(list, Item{ID: conditionID(i), Kind: ByCondition, Text: c, Verdict: NotYet})
		}
	}
	for i := range list {
		now.answer(&list[i])
	}
	return list
}

// answer puts the ticks and waivers on record on an item. A tick cannot make good
// what the plan says is not.
func (s *standing) answer(item *Item) {
	t, ticked := s.ticks[item.ID]
	if ticked && (item.Verdict != NoGo || t.verdict == NoGo) {
		item.Verdict, item.By, item.At = t.verdict, t.step.By, t.step.At
	}
	// A waiver does not speak of what was found after it.
	if w, ok := s.waived[item.ID]; ok && !item.Done() && (!ticked || t.step.Number < w.Number) {
		item.Verdict, item.By, item.At, item.Reason = Waived, w.By, w.At, w.Note
	}
}

func byRoad(p *outrider.Plan) bool {
	return slices.ContainsFunc(p.Legs, func(l outrider.LegPlan) bool { return l.Mode != outrider.ByRail })
}

func byRail(p *outrider.Plan) bool {
	return slices.ContainsFunc(p.Legs, func(l outrider.LegPlan) bool { return l.Rail != nil })
}

func shadowed(p *outrider.Plan) bool {
	return slices.ContainsFunc(p.Legs, func(l outrider.LegPlan) bool { return l.Rail != nil && l.Rail.Shadow != nil })
}

func stays(p *outrider.Plan) bool {
	return slices.ContainsFunc(p.Legs, func(l outrider.LegPlan) bool { return l.Stay != nil })
}

func venues(p *outrider.Plan) bool { return len(p.Venues) > 0 }

func (l *look) mapAge() string {
	age := l.at.Sub(l.plan.Inputs.DataDate)
	if age <= outrider.StaleAfter && !l.plan.Inputs.Stale {
		return ""
	}
	if l.plan.Inputs.DataDate.Unix() <= 0 {
		return "data of unknown date"
	}
	return fmt.Sprintf("data of %s, %d days old", outrider.DataDay(l.plan.Inputs.DataDate), int(age.Hours()/24))
}

// over is when the last vehicle has arrived, if the movement leaves as late as
// it may.
func over(p *outrider.Plan) time.Time {
	var end time.Time
	for i := range p.Legs {
		leg := &p.Legs[i]
		late := leg.Latest.Sub(leg.Earliest)
		for j := range leg.Routes {
			for k := range leg.Routes[j].March {
				row := &leg.Routes[j].March[k]
				if t := row.Tail.Add(late + time.Duration(row.LateS*float64(time.Second))); t.After(end) {
					end = t
				}
			}
		}
		if leg.Latest.After(end) {
			end = leg.Latest
		}
	}
	return end
}

func (l *look) expiring() string {
	end := over(l.plan)
	var routes *lines
	n, first := 0, hazard.Day(0)
	for i := range l.findings {
		f := &l.findings[i]
		if !f.lapsed(end) && !f.lapsed(l.at) {
			continue
		}
		if routes == nil {
			routes = linesOf(l.plan)
		}
		if _, _, near := routes.near(f.point()); near {
			if n++; n == 1 || f.Expiry < first {
				first = f.Expiry
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s within %.0f m of a route, the first after %s", plain.Count(n, "finding"), NearRoute, first)
}

func (l *look) dimensions() string {
	if n := len(l.plan.Convoy.UnknownDims); n > 0 {
		return "unknown for " + strings.Join(l.plan.Convoy.UnknownDims, ", ")
	}
	return ""
}

func (l *look) fuelRange() string {
	var unknown []string
	for i := range l.plan.Convoy.Vehicles {
		if v := &l.plan.Convoy.Vehicles[i]; v.FuelKM == 0 {
			unknown = append(unknown, v.CallSign)
		}
	}
	if len(unknown) > 0 {
		return "unknown for " + strings.Join(unknown, ", ")
	}
	return ""
}

// eachLeg joins what is found on each leg.
func (l *look) eachLeg(found func(*outrider.LegPlan) string) string {
	var all []string
	for i := range l.plan.Legs {
		if s := found(&l.plan.Legs[i]); s != "" {
			all = append(all, l.plan.LegName(i)+": "+s)
		}
	}
	return strings.Join(all, "; ")
}

func (l *look) halts() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		var all []string
		for _, need := range leg.HaltNeeds {
			if !need.Met {
				all = append(all, fmt.Sprintf("no halt for %s by %s", need.Why, odometer(l.plan, need.By)))
			}
		}
		return strings.Join(all, ", ")
	})
}

func (l *look) stays() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if leg.Stay == nil || leg.Stay.Slack >= 0 {
			return ""
		}
		return fmt.Sprintf("the stay is %s min short if the head arrives late", minutes(-leg.Stay.Slack))
	})
}

func (l *look) shadow() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if leg.Rail == nil || leg.Rail.Shadow == nil || leg.Rail.Shadow.KeepsUp {
			return ""
		}
		return fmt.Sprintf("up to %s min behind, %s are allowed", minutes(leg.Rail.Shadow.Worst), minutes(leg.Rail.Shadow.MaxBehind))
	})
}

func (l *look) conflicts() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if leg.Rail == nil || len(leg.Rail.Conflicts) == 0 {
			return ""
		}
		c := &leg.Rail.Conflicts[0]
		return fmt.Sprintf("%s, the first with train %s (%s)", plain.Count(len(leg.Rail.Conflicts), "conflict"), c.Trip, c.Kind)
	})
}

func (l *look) timetable() string {
	if l.plan.Inputs.TimetableHash == "" {
		return "no timetable was given: other trains are not known"
	}
	return ""
}

func (l *look) havens() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if len(leg.Routes) == 0 || leg.Mode == outrider.ByRail { // a train leaves its track for none
			return ""
		}
		havens := leg.Routes[0].Havens
		unverified := 0
		for i := range havens {
			if !havens[i].Verified {
				unverified++
			}
		}
		switch {
		case len(havens) == 0:
			return "no safe haven along the way"
		case unverified > 0:
			return fmt.Sprintf("%d of %d unverified", unverified, len(havens))
		}
		return ""
	})
}

func (l *look) breakOuts() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if len(leg.Routes) == 0 {
			return ""
		}
		// A point may have several ways out; the best of them counts.
		type point struct {
			name string
			at   float64
		}
		best := map[point]int{}
		for i := range leg.Routes[0].BreakOut {
			b := &leg.Routes[0].BreakOut[i]
			rank := 0
			switch {
			case b.Haven == "":
			case !b.Verified:
				rank = 1
			default:
				rank = 2
			}
			at := point{b.Point, b.Odometer}
			best[at] = max(best[at], rank)
		}
		none, unverified := 0, 0
		for _, rank := range best {
			switch rank {
			case 0:
				none++
			case 1:
				unverified++
			}
		}
		var all []string
		if none > 0 {
			all = append(all, fmt.Sprintf("none from %s", plain.Count(none, "point")))
		}
		if unverified > 0 {
			all = append(all, fmt.Sprintf("to an unverified haven from %s", plain.Count(unverified, "point")))
		}
		return strings.Join(all, ", ")
	})
}

func (l *look) alternates() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		if a := &leg.Alternates; a.Found < a.Asked {
			return fmt.Sprintf("%d of %d", a.Found, a.Asked)
		}
		return ""
	})
}

func (l *look) venues() string {
	var all []string
	for i := range l.plan.Venues {
		v := &l.plan.Venues[i]
		var faults []string
		if v.Verified == "" {
			faults = append(faults, "not verified")
		}
		if unknown := unknownOf(v); len(unknown) > 0 {
			faults = append(faults, "? for "+strings.Join(unknown, ", "))
		}
		if len(faults) > 0 {
			all = append(all, v.Name+": "+strings.Join(faults, ", "))
		}
	}
	return strings.Join(all, "; ")
}

// unknownOf names what a venue sheet does not say.
func unknownOf(v *outrider.VenuePlan) []string {
	var all []string
	for _, x := range []struct {
		name  string
		place *outrider.VenuePlace
	}{
		{"arrival", v.Arrival},
		{"departure", v.Departure},
		{"staging", v.Staging},
		{"alternate entrance", v.AlternateEntrance},
		{"landing zone", v.LandingZone},
	} {
		if x.place == nil {
			all = append(all, x.name)
		}
	}
	if v.TraumaHospital == nil || !v.TraumaHospital.Verified {
		all = append(all, "trauma hospital")
	}
	if len(v.Telephones) == 0 {
		all = append(all, "telephones")
	}
	return all
}

func (l *look) dark() string {
	return l.eachLeg(func(leg *outrider.LegPlan) string {
		switch {
		case leg.Daylight.DarkS >= 60:
			return fmt.Sprintf("%.0f min in the dark", leg.Daylight.DarkS/60)
		case leg.Daylight.ArrivesIn == "dark":
			return "the tail arrives in the dark"
		}
		return ""
	})
}

func (l *look) without(role outrider.Role) string {
	if slices.ContainsFunc(l.plan.Convoy.Vehicles, func(v outrider.ColumnVehicle) bool { return v.Role == role }) {
		return ""
	}
	return fmt.Sprintf("no vehicle has the role %q", role)
}

func (l *look) warnings() string {
	if n := len(l.plan.Warnings); n > 0 {
		return plain.Count(n, "warning") + ", the first: " + clip(l.plan.Warnings[0], 120)
	}
	return ""
}

// minutes writes seconds as minutes, with a tenth where there is one.
func minutes(seconds float64) string {
	return strconv.FormatFloat(math.Round(seconds/6)/10, 'f', -1, 64)
}

// clip cuts a text to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
