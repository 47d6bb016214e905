package codeword

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
)

// Things returns what a plan names and a unit speaks of by code word: the
// movement, its legs that have names, routes, places where the column starts,
// stops or arrives, venues with their places, and areas; each once, also where it
// comes up under two names: a place that is called as its venue is, and a part of
// a venue that is a place of the plan with the venue's name before its own.
// Roads, safe havens, stations passed and critical points need no word.
func Things(p *outrider.Plan) []Thing {
	var all []Thing
	again := secondNames(p)
	add := func(kind outrider.Thing, name string) {
		t := Thing{kind, oneLine(name)}
		if _, second := again[t]; !second && t.Name != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	add(outrider.ThingMovement, p.Movement)
	for i := range p.Areas {
		add(outrider.ThingArea, p.Areas[i].Name)
	}
	for i := range p.Venues {
		v := &p.Venues[i]
		add(outrider.ThingVenue, v.Name)
		for _, label := range labelsOf(v) {
			add(outrider.ThingPlace, label)
		}
	}
	for i := range p.Legs {
		leg := &p.Legs[i]
		add(outrider.ThingLeg, leg.Name)
		add(outrider.ThingPlace, leg.From.Label)
		add(outrider.ThingPlace, leg.To.Label)
		for k := range leg.HaltNeeds {
			add(outrider.ThingPlace, leg.HaltNeeds[k].Halt)
		}
		for _, r := range routesOf(leg) {
			add(outrider.ThingRoute, r.Name)
			for k := range r.March {
				if row := &r.March[k]; row.Kind != "critical" {
					add(outrider.ThingPlace, row.Point)
				}
			}
		}
	}
	return all
}

// labelsOf returns what the places of a venue are called.
func labelsOf(v *outrider.VenuePlan) []string {
	var all []string
	for _, q := range []*outrider.VenuePlace{&v.At, v.Arrival, v.Departure, v.Staging, v.AlternateEntrance, v.LandingZone} {
		if q != nil {
			all = append(all, oneLine(q.Label))
		}
	}
	return all
}

// secondNames returns the things of a plan that have another name under which
// they get their word: places called as a venue is, and parts of a venue.
func secondNames(p *outrider.Plan) map[Thing]Thing {
	ends := map[string]bool{}
	for i := range p.Legs {
		ends[oneLine(p.Legs[i].From.Label)], ends[oneLine(p.Legs[i].To.Label)] = true, true
	}
	owners := map[string]int{} // of how many venues a part is called so
	for i := range p.Venues {
		labels := labelsOf(&p.Venues[i])
		slices.Sort(labels)
		for _, label := range slices.Compact(labels) {
			owners[label]++
		}
	}
	second := map[Thing]Thing{}
	for i := range p.Venues {
		venue := oneLine(p.Venues[i].Name)
		for _, label := range labelsOf(&p.Venues[i]) {
			if full := venue + ", " + label; ends[full] && !ends[label] && owners[label] == 1 {
				second[Thing{outrider.ThingPlace, label}] = Thing{outrider.ThingPlace, full}
			}
		}
	}
	for i := range p.Venues {
		venue := oneLine(p.Venues[i].Name)
		second[Thing{outrider.ThingPlace, venue}] = Thing{outrider.ThingVenue, venue}
	}
	return second
}

// routesOf returns the routes of a leg and of its mix.
func routesOf(leg *outrider.LegPlan) []*outrider.RoutePlan {
	var all []*outrider.RoutePlan
	for i := range leg.Routes {
		all = append(all, &leg.Routes[i])
	}
	if leg.Mix != nil {
		for i := range leg.Mix.Routes {
			all = append(all, &leg.Mix.Routes[i].Route)
		}
	}
	return all
}

// CallSigns returns the call signs of a plan's vehicles: code words keep clear of
// them.
func CallSigns(p *outrider.Plan) []string {
	var all []string
	for i := range p.Convoy.Vehicles {
		all = append(all, p.Convoy.Vehicles[i].CallSign)
	}
	for i := range p.Legs {
		if r := p.Legs[i].Rail; r != nil {
			all = append(all, r.Train.CallSign)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Span returns when a plan's movement begins at the earliest and is over at the
// latest.
func Span(p *outrider.Plan) (from, until time.Time) {
	for i := range p.Legs {
		leg := &p.Legs[i]
		if from.IsZero() || leg.Earliest.Before(from) {
			from = leg.Earliest
		}
		end := leg.Latest
		for _, r := range routesOf(leg) {
			seconds := max(r.Duration, r.Late) + r.Halts
			if n := len(r.Times); n > 0 {
				seconds = max(seconds, r.Times[n-1])
			}
			if t := leg.Latest.Add(time.Duration((seconds + p.Convoy.PassTime) * float64(time.Second))); t.After(end) {
				end = t
			}
		}
		if leg.Stay != nil && leg.Stay.Until.After(end) {
			end = leg.Stay.Until
		}
		if end.After(until) {
			until = end
		}
	}
	return from, until
}

// A Naming calls the things of one plan by code word, and what has none by
// neutral words. It implements outrider.Naming.
type Naming struct {
	words   map[Thing]string
	neutral map[Thing]string
	known   []Thing // of the plan, that have a word or a number of their own
}

// NamingOf returns the naming of a plan from a book. Every thing of the plan must
// have a word that is live during the whole of the movement, and the book must be
// sound; errors are *outrider.Error. What else has a word for the movement is
// called by it, too.
func (b *Book) NamingOf(p *outrider.Plan) (*Naming, error) {
	if faults, _ := b.Check(); len(faults) > 0 {
		return nil, &outrider.Error{Kind: outrider.Refused, Where: b.path, Cause: "the book is not sound: " + faults[0].String(), Remedy: "see codewords verify, and begin a new book"}
	}
	n := &Naming{words: map[Thing]string{}, neutral: map[Thing]string{}, known: Things(p)}
	from, until := Span(p)
	movement := oneLine(p.Movement)
	for _, t := range n.known {
		i := slices.IndexFunc(b.given, func(a Assignment) bool {
			return a.Movement == movement && a.Kind == t.Kind && a.Name == t.Name && !a.From.After(from) && !a.End().Before(until)
		})
		if i < 0 {
			return nil, &outrider.Error{
				Kind: outrider.Refused, Where: b.path, Cause: fmt.Sprintf("%s has no code word that is live from %s to %s, while the movement goes on", t, clock(from), clock(until)),
				Remedy: "give out words with codewords new, for at least that time",
			}
		}
		n.words[t] = b.given[i].Word
	}
	for t, first := range secondNames(p) {
		n.words[t] = n.words[first]
	}
	// What has a word besides, such as a post that is in no plan, keeps it.
	for i := range b.given {
		a := &b.given[i]
		if t := (Thing{a.Kind, a.Name}); a.Kind != Duress && a.Movement == movement && n.words[t] == "" && !a.From.After(from) && !a.End().Before(until) {
			n.words[t] = a.Word
		}
	}
	n.number(p)
	return n, nil
}

// number gives what has no code word its kind and a number, in order of the plan.
// Critical points get no number: the names of several may be the same, and it is
// for the document that lists them to number them.
func (n *Naming) number(p *outrider.Plan) {
	count := map[string]int{}
	add := func(kind outrider.Thing, name, what string) {
		t := Thing{kind, oneLine(name)}
		if t.Name == "" || n.words[t] != "" || n.neutral[t] != "" {
			return
		}
		count[what]++
		n.neutral[t] = fmt.Sprintf("%s %d", what, count[what])
		n.known = append(n.known, t)
	}
	haven := func(kind, name string) {
		what := strings.ReplaceAll(kind, "_", " ")
		if what == "" {
			what = "safe haven"
		}
		add(outrider.ThingPlace, name, what)
	}
	for i := range p.Venues {
		if h := p.Venues[i].TraumaHospital; h != nil {
			add(outrider.ThingPlace, h.Label, "hospital")
		}
	}
	for i := range p.Legs {
		rail := p.Legs[i].Rail
		if rail == nil {
			continue
		}
		for k := range rail.Passes {
			if q := &rail.Passes[k]; q.Kind == outrider.RailStation {
				add(outrider.ThingPlace, q.Name, "station")
			}
		}
		if rail.Shadow != nil {
			for k := range rail.Shadow.Rendezvous {
				add(outrider.ThingPlace, rail.Shadow.Rendezvous[k].Name, "rendezvous")
			}
		}
	}
	for i := range p.Legs {
		leg := &p.Legs[i]
		for _, r := range routesOf(leg) {
			for k := range r.March {
				if t := (Thing{outrider.ThingPlace, oneLine(r.March[k].Point)}); n.words[t] == "" && n.neutral[t] == "" {
					n.neutral[t] = "critical point"
				}
			}
			for k := range r.Havens {
				haven(r.Havens[k].Kind, r.Havens[k].Name)
			}
			for k := range r.BreakOut {
				haven(r.BreakOut[k].Kind, r.BreakOut[k].Haven)
			}
		}
		if leg.Mix != nil {
			for k := range leg.Mix.Areas {
				add(outrider.ThingArea, leg.Mix.Areas[k].Name, "area")
			}
		}
	}
}

// Call returns the code word of a name, or neutral words: for a road "road", for
// a safe haven its kind and number, for a critical point just that, for a name
// that is not of the plan its kind.
// Places, venues and areas that have the same name stand in for each other.
func (n *Naming) Call(kind outrider.Thing, text string) string {
	name := oneLine(text)
	if name == "" {
		return ""
	}
	kinds := []outrider.Thing{kind}
	switch kind {
	case outrider.ThingPlace, outrider.ThingVenue, outrider.ThingArea:
		kinds = append(kinds, outrider.ThingPlace, outrider.ThingVenue, outrider.ThingArea)
	case outrider.ThingLeg:
		if numbered(name) {
			return name
		}
	case outrider.ThingMovement, outrider.ThingRoute, outrider.ThingRoad:
	}
	for _, k := range kinds {
		if w := n.words[Thing{k, name}]; w != "" {
			return w
		}
	}
	for _, k := range kinds {
		if w := n.neutral[Thing{k, name}]; w != "" {
			return w
		}
	}
	return string(kind)
}

// numbered reports whether a leg is called by its number, as Plan.LegName does
// where it has no name.
func numbered(name string) bool {
	number, ok := strings.CutPrefix(name, "leg ")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// Clear returns false.
func (n *Naming) Clear() bool { return false }
