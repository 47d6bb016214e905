// Package sheets makes a movement order of a plan: what the order and its parts
// say, as blocks to be put on paper. docs/orders.md says what each part is for and
// who gets it.
//
// The attacker's mix, what posts are worth, the places that bind and the odds of
// routes are in no part: an order is for the one route of each leg that was drawn
// or chosen. All names pass through a Naming; call signs, and cover names, do not.
package sheets

import (
	"fmt"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/paper"
)

// Part is a kind of document of an order.
type Part string

// The parts of an order.
const (
	Warning        Part = "warning"        // warning order: get ready; no route, no destination
	Full           Part = "order"          // the five paragraphs, with everything
	Fragmentary    Part = "fragmentary"    // what changed since the version before
	DriverCard     Part = "driver"         // one for each driver: the route, and what concerns the vehicle
	DashCard       Part = "dash"           // one for each vehicle: A6, read at night
	PostCard       Part = "post"           // one for each person on a post: the post, not the route
	Tracking       Part = "tracking"       // what the control room fills in
	Communications Part = "communications" // nets, lost communications
	MedicalPlan    Part = "medical"        // medic, hospitals, who takes over
	GoNoGo         Part = "checklist"      // go or no-go
	Notification   Part = "notification"   // for an office that is told of the movement
)

// Parts returns all parts in the order in which they are made.
func Parts() []Part {
	return []Part{Warning, Full, Fragmentary, DriverCard, DashCard, PostCard, Tracking, Communications, MedicalPlan, GoNoGo, Notification}
}

// A Sheet is one document of an order: one file, with readers of its own.
type Sheet struct {
	Part Part
	// For is the call sign of the person or vehicle that a card is for; empty for
	// what is not a card.
	For      string
	Name     string // of the file, without ending: "driver-SIERRA-4"
	Document paper.Document
}

// A Version is an order as it is or was: a plan, the order file and the routes.
type Version struct {
	Plan *outrider.Plan
	// Order may be nil: the plan alone gives a usable order, with "?" for what
	// nobody said.
	Order *orderfile.Order
	// Routes names the route of each leg that the order is for, by index of the
	// leg: "primary", "alternate 1", or "route 2" or "B" of the mix. Legs that are
	// not named go by the primary.
	Routes map[int]string
	// Standing is whether the order is in force; what is not says so on every page,
	// whatever marking the order file gives.
	Standing Standing
}

// Standing is whether an order is in force.
type Standing uint8

// Standings of an order.
const (
	InForce Standing = iota
	NotReleased
	Cancelled
	Over
)

// marking is what stands on every page.
func (s Standing) marking(usual string) string {
	switch s {
	case NotReleased:
		return wordNotReleased
	case Cancelled:
		return wordCancelled
	case Over:
		return wordIsOver
	case InForce:
	}
	return or(usual, wordMarking)
}

// Input is what an order is made from.
type Input struct {
	Version
	Previous *Version        // the version before, for the fragmentary order; nil if there is none
	Naming   outrider.Naming // nil: clear names
	// Words are the code words of the movement. A document lists those that it uses
	// or, where names are clear, those to say in place of the names that it uses.
	Words []CodeWord
	Map   *network.Map // the map of the plan, for the ground under routes; nil: none is drawn
	Size  paper.Size   // of what is not a card; empty stands for A4
}

// CodeWord is a word and the thing that it stands for.
type CodeWord struct {
	Word  string
	Kind  outrider.Thing
	Name  string // printed only where names are clear
	Until time.Time
}

// An Order is a movement order in all its parts.
type Order struct {
	Sheets []Sheet
	// Notes say what the order lacks, for whoever issues it; they are in no part.
	Notes []string
}

// Make makes a movement order. It refuses a plan without routes, a route that no
// leg has, crews of vehicles that are not in the column, and a version that is
// not above the one before. The same input gives the same documents. The cost is
// that of looking at every point of every route a few times, and with a map, of
// drawing the roads around them.
func Make(in Input) (*Order, error) {
	b, err := newBook(&in)
	if err != nil {
		return nil, err
	}
	full := b.full()
	out := &Order{}
	names := map[string]bool{}
	add := func(part Part, who string, d paper.Document) {
		name := string(part)
		if who != "" {
			name += "-" + fileWord(who)
		}
		// LEAD 1 and LEAD-1 may be two.
		for base, n := name, 2; names[name]; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		names[name] = true
		out.Sheets = append(out.Sheets, Sheet{Part: part, For: who, Name: name, Document: d})
	}
	add(Warning, "", b.warning())
	add(Full, "", b.document(say(wordOrderTitle, b.id()), full))
	if in.Previous != nil {
		d, changed, err := b.fragmentary(&in, full)
		if err != nil {
			return nil, err
		}
		if changed {
			add(Fragmentary, "", d)
		} else {
			b.note(noteNothingChanged)
		}
	}
	for _, c := range b.drivers() {
		add(DriverCard, c.sign, b.driverCard(c))
	}
	for i := range b.plan.Convoy.Vehicles {
		add(DashCard, b.plan.Convoy.Vehicles[i].CallSign, b.dashCard(i))
	}
	for i := range b.order.Posts {
		for _, sign := range b.order.Posts[i].CallSigns {
			add(PostCard, sign, b.postCard(i, sign))
		}
	}
	add(Tracking, "", b.tracking())
	add(Communications, "", b.communicationsPlan())
	add(MedicalPlan, "", b.medicalPlan())
	add(GoNoGo, "", b.checklist())
	add(Notification, "", b.notification())
	out.Notes = b.notes
	return out, nil
}

// fileWord makes a call sign part of a file name.
func fileWord(sign string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, plain.Text(sign))
}

// check refuses what no order can be made of.
func (v *Version) check(what string) error {
	bad := func(where, cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: what + where, Cause: cause, Remedy: remedy}
	}
	if v.Plan == nil || len(v.Plan.Legs) == 0 {
		return bad("", "it has no leg", "make the plan again")
	}
	for i := range v.Plan.Legs {
		routes := v.Plan.Legs[i].Routes
		if len(routes) == 0 {
			return bad(": "+v.Plan.LegName(i), "the leg has no route", "make the plan again")
		}
		if len(routes[0].Points) < 2 || len(routes[0].Odometer) != len(routes[0].Points) {
			return bad(": "+v.Plan.LegName(i), "the leg's route has no line", "make the plan again")
		}
	}
	for i := range v.Routes {
		if i < 0 || i >= len(v.Plan.Legs) {
			return bad("", fmt.Sprintf("a route is named for leg %d, of %d", i+1, len(v.Plan.Legs)), "count legs from 1")
		}
	}
	if v.Order == nil {
		return nil
	}
	for _, c := range v.Order.Crews {
		if vehicleIndex(v.Plan, c.Vehicle) < 0 {
			return bad(": "+c.CallSign, fmt.Sprintf("there is no vehicle %s in the column", c.Vehicle), "name a vehicle by its call sign in the movement file")
		}
	}
	if w := v.Order.Medical.Vehicle; w != "" && vehicleIndex(v.Plan, w) < 0 {
		return bad(": medical", fmt.Sprintf("there is no vehicle %s in the column", w), "name a vehicle by its call sign in the movement file")
	}
	return nil
}

func vehicleIndex(p *outrider.Plan, sign string) int {
	for i := range p.Convoy.Vehicles {
		if p.Convoy.Vehicles[i].CallSign == sign {
			return i
		}
	}
	return -1
}
