package orderfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider"
)

// kinds are the things that a text can refer to.
var kinds = []outrider.Thing{
	outrider.ThingMovement, outrider.ThingPlace, outrider.ThingLeg, outrider.ThingRoute,
	outrider.ThingVenue, outrider.ThingArea, outrider.ThingRoad,
}

func kindNames() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}

// Rendered returns a text with its references, such as {{place:North gate}},
// replaced by what the naming calls the things. Other text stays as it is, and so
// does a reference of a form that CheckReferences refuses.
func Rendered(s string, naming outrider.Naming) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, "}}")
		kind, name, ok := reference(inside)
		if !closed || !ok {
			b.WriteString("{{")
			s = rest
			continue
		}
		b.WriteString(naming.Call(kind, name))
		s = after
	}
}

// CheckReferences reports the first reference in a text that has not the form
// {{kind:name}}, or braces that belong to none.
func CheckReferences(s string) error {
	for {
		before, rest, found := strings.Cut(s, "{{")
		if strings.Contains(before, "}}") {
			return fmt.Errorf("braces are closed that were not opened")
		}
		if !found {
			return nil
		}
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return fmt.Errorf("a reference is not closed: {{%s", inside)
		}
		if _, _, ok := reference(inside); !ok {
			return fmt.Errorf("{{%s}} is no reference", inside)
		}
		s = after
	}
}

func reference(inside string) (kind outrider.Thing, name string, ok bool) {
	before, after, found := strings.Cut(inside, ":")
	kind, name = outrider.Thing(strings.TrimSpace(before)), strings.TrimSpace(after)
	return kind, name, found && name != "" && !strings.Contains(name, "{{") && slices.Contains(kinds, kind)
}

// EachText calls visit for each text of the order that people write, with the
// JSON pointer at which it stands in the file. Names of hospitals are among them,
// call signs are not.
func (o *Order) EachText(visit func(at string, s *string)) {
	one := func(at string, s *string) {
		if *s != "" {
			visit(at, s)
		}
	}
	list := func(at string, texts []string) {
		for i := range texts {
			one(at+"/"+strconv.Itoa(i), &texts[i])
		}
	}
	one("/marking", &o.Marking)
	one("/situation/area", &o.Situation.Area)
	one("/situation/threat", &o.Situation.Threat)
	one("/situation/own", &o.Situation.Own)
	one("/situation/weather", &o.Situation.Weather)
	one("/situation/attached", &o.Situation.Attached)
	one("/mission", &o.Mission)
	one("/execution/intent", &o.Execution.Intent)
	for i := range o.Execution.Tasks {
		one(fmt.Sprintf("/execution/tasks/%d/task", i), &o.Execution.Tasks[i].Task)
	}
	list("/execution/coordination", o.Execution.Coordination)
	one("/preparation/orders/place", &o.Preparation.Orders.Place)
	one("/preparation/rehearsal/place", &o.Preparation.Rehearsal.Place)
	list("/preparation/steps", o.Preparation.Steps)
	one("/administration/fuel", &o.Administration.Fuel)
	one("/administration/rations", &o.Administration.Rations)
	one("/administration/dress", &o.Administration.Dress)
	one("/administration/recovery", &o.Administration.Recovery)
	one("/administration/accommodation", &o.Administration.Accommodation)
	list("/safety", o.Safety)
	for i := range o.Posts {
		at, p := "/posts/"+strconv.Itoa(i), &o.Posts[i]
		one(at+"/name", &p.Name)
		one(at+"/task", &p.Task)
		one(at+"/withdrawal", &p.Withdrawal)
	}
	for i := range o.Communications.Nets {
		at, n := "/communications/nets/"+strconv.Itoa(i), &o.Communications.Nets[i]
		one(at+"/name", &n.Name)
		one(at+"/means", &n.Means)
		one(at+"/channel", &n.Channel)
		one(at+"/users", &n.Users)
	}
	list("/communications/lost", o.Communications.Lost)
	if d := o.Communications.Duress; d != nil {
		one("/communications/duress/reference", &d.Reference)
	}
	for i := range o.Medical.Hospitals {
		one(fmt.Sprintf("/medical/hospitals/%d/name", i), &o.Medical.Hospitals[i].Name)
	}
	list("/medical/notes", o.Medical.Notes)
	for i := range o.Checklist {
		one(fmt.Sprintf("/checklist/%d/item", i), &o.Checklist[i].Item)
	}
	list("/actions_on/accident", o.Actions.Accident)
	list("/actions_on/breakdown", o.Actions.Breakdown)
	list("/actions_on/obstacle", o.Actions.Obstacle)
	list("/actions_on/separation", o.Actions.Separation)
	list("/actions_on/attack", o.Actions.Attack)
	list("/actions_on/medical", o.Actions.Medical)
	one("/notification/to", &o.Notification.To)
	one("/notification/request", &o.Notification.Request)
}
