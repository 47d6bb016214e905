package sheets

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/order/orderfile"
)

// knownName is a name that texts may hold.
type knownName struct {
	kind outrider.Thing
	name string
}

// knownNames returns the names of a plan, the longest first, so that a name that
// holds another is found before it.
func knownNames(p *outrider.Plan, o *orderfile.Order) []knownName {
	seen := map[string]bool{}
	var all []knownName
	add := func(kind outrider.Thing, name string) {
		name = strings.TrimSpace(name)
		if utf8.RuneCountInString(name) < 3 || seen[name] || strings.EqualFold(name, p.Cover) {
			return
		}
		seen[name] = true
		all = append(all, knownName{kind, name})
	}
	add(outrider.ThingMovement, p.Movement)
	for i := range p.Venues {
		v := &p.Venues[i]
		add(outrider.ThingVenue, v.Name)
		for _, q := range []*outrider.VenuePlace{&v.At, v.Arrival, v.Departure, v.Staging, v.AlternateEntrance, v.LandingZone} {
			if q != nil {
				add(outrider.ThingPlace, q.Label)
			}
		}
		if v.TraumaHospital != nil {
			add(outrider.ThingPlace, v.TraumaHospital.Label)
		}
	}
	for i := range p.Areas {
		add(outrider.ThingArea, p.Areas[i].Name)
	}
	for i := range p.Legs {
		l := &p.Legs[i]
		add(outrider.ThingPlace, l.From.Label)
		add(outrider.ThingPlace, l.To.Label)
		add(outrider.ThingRoad, l.From.Road)
		add(outrider.ThingRoad, l.To.Road)
		for j := range l.Routes {
			routeKnown(&l.Routes[j], add)
		}
		if l.Mix != nil {
			for j := range l.Mix.Routes {
				routeKnown(&l.Mix.Routes[j].Route, add)
			}
		}
		for j := range l.Shared {
			add(outrider.ThingRoad, l.Shared[j].Road)
		}
		for j := range l.Decisions {
			d := &l.Decisions[j]
			add(outrider.ThingRoad, d.Road)
			add(outrider.ThingRoad, d.RejoinOn)
			for _, road := range d.Over {
				add(outrider.ThingRoad, road)
			}
		}
		if l.Rail != nil {
			railKnown(l.Rail, add)
		}
		// Last: a leg is often called by the place it leads to.
		add(outrider.ThingLeg, l.Name)
	}
	for i := range o.Posts {
		add(outrider.ThingPlace, o.Posts[i].Name)
	}
	slices.SortStableFunc(all, func(a, b knownName) int { return cmp.Compare(len(b.name), len(a.name)) })
	return all
}

func routeKnown(r *outrider.RoutePlan, add func(outrider.Thing, string)) {
	for k := range r.March {
		switch m := &r.March[k]; m.Kind {
		case "start", "release", "via", "halt":
			add(outrider.ThingPlace, m.Point)
		default:
			if _, name, ok := strings.Cut(m.Point, ", "); ok {
				add(outrider.ThingRoad, name)
			} else {
				add(outrider.ThingPlace, m.Point)
			}
		}
	}
	for k := range r.Steps {
		add(outrider.ThingRoad, r.Steps[k].Road)
	}
	for k := range r.Havens {
		add(outrider.ThingPlace, r.Havens[k].Name)
	}
	for k := range r.BreakOut {
		add(outrider.ThingPlace, r.BreakOut[k].Haven)
		for _, road := range r.BreakOut[k].Over {
			add(outrider.ThingRoad, road)
		}
	}
}

func railKnown(r *outrider.RailPlan, add func(outrider.Thing, string)) {
	for i := range r.Passes {
		add(outrider.ThingPlace, r.Passes[i].Name)
	}
	for i := range r.Tracks {
		add(outrider.ThingRoad, r.Tracks[i].Line)
	}
	for i := range r.Access {
		add(outrider.ThingRoad, r.Access[i].Road)
	}
	if r.Shadow != nil {
		for i := range r.Shadow.Rendezvous {
			add(outrider.ThingPlace, r.Shadow.Rendezvous[i].Name)
		}
	}
}

// call returns what a document calls a thing, on one line of plain text.
func (b *book) call(kind outrider.Thing, name string) string {
	if name == "" {
		return ""
	}
	return plain.Text(b.naming.Call(kind, name))
}

// place, road and roads call places and roads; a nameless one is "?".
func (b *book) place(name string) string { return or(b.call(outrider.ThingPlace, name), wordUnknown) }

func (b *book) road(name string) string {
	if plainRoad(name) {
		return plain.Text(name)
	}
	// The map has the numbers of a road one after another, with semicolons.
	return or(strings.ReplaceAll(b.call(outrider.ThingRoad, name), ";", "/"), wordUnknown)
}

// plainRoad reports whether what a road is called says only what kind it is.
func plainRoad(name string) bool { return strings.HasPrefix(name, wordUnnamed) }

// sameRoad reports whether two names of roads that follow one another are of one
// road that carries other numbers along the way: "Summit Bridge Road" and "Summit
// Bridge Road (US 301)".
func sameRoad(a, b string) bool {
	name, _, _ := strings.Cut(a, " (")
	other, _, _ := strings.Cut(b, " (")
	return name == other
}

// roads lists roads that follow one another, the middle ones of many by their
// number only.
func (b *book) roads(names []string) string {
	const most = 4
	called := make([]string, 0, len(names))
	for _, n := range names {
		s := b.road(n)
		if last := len(called) - 1; last >= 0 && sameRoad(called[last], s) {
			if len(s) > len(called[last]) {
				called[last] = s
			}
			continue
		}
		called = append(called, s)
	}
	switch n := len(called); {
	case n == 0:
		return wordNoValue
	case n > most+1:
		return strings.Join(called[:most-1], ", ") + say(wordMoreRoads, n-most) + called[n-1]
	}
	return strings.Join(called, ", ")
}

// prose returns a text that people wrote: references rendered and, where names
// must not appear, every name of the plan replaced by what it is called.
func (b *book) prose(s string) string {
	return plain.Text(b.hidden(orderfile.Rendered(s, b.naming)))
}

func (b *book) hidden(s string) string {
	if b.naming.Clear() {
		return s
	}
	return b.replaced(s, func(k knownName) string { return b.naming.Call(k.kind, k.name) })
}

// replaced returns a text with each known name in it replaced, the longer before
// the shorter, and what came in their place left alone.
func (b *book) replaced(s string, with func(k knownName) string) string {
	var found []span
	for i, k := range b.known {
		if k.kind != outrider.ThingRoad || !plainRoad(k.name) {
			found = appendFound(found, s, k.name, i)
		}
	}
	slices.SortFunc(found, func(a, c span) int { return cmp.Compare(a.from, c.from) })
	var out strings.Builder
	at := 0
	for _, f := range found {
		out.WriteString(s[at:f.from])
		out.WriteString(with(b.known[f.name]))
		at = f.to
	}
	return out.String() + s[at:]
}

// A span is where a name stands in a text.
type span struct{ from, to, name int }

// appendFound adds where a name stands in a text and not within a longer word or
// another name, whatever its capitals.
func appendFound(found []span, s, name string, index int) []span {
	lower, want := strings.ToLower(s), strings.ToLower(name)
	if len(lower) != len(s) || len(want) != len(name) { // folding moved bytes: compare as it stands
		lower, want = s, name
	}
	if want == "" {
		return found
	}
	first, _ := utf8.DecodeRuneInString(want)
	last, _ := utf8.DecodeLastRuneInString(want)
	for at := 0; ; {
		i := strings.Index(lower[at:], want)
		if i < 0 {
			return found
		}
		from := at + i
		at = from + len(want)
		before, _ := utf8.DecodeLastRuneInString(s[:from])
		after, _ := utf8.DecodeRuneInString(s[at:])
		to := at
		taken := slices.ContainsFunc(found, func(f span) bool { return f.from < to && from < f.to })
		if !taken && !joins(before, first) && !joins(last, after) {
			found = append(found, span{from, to, index})
		}
	}
}

// joins reports whether two letters stand in one word. Scripts that do not part
// words with blanks are taken to begin a word anywhere.
func joins(a, b rune) bool {
	word := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	parted := func(r rune) bool { return r < 0x2e80 }
	return word(a) && word(b) && parted(a) && parted(b)
}

// machine returns a text that the plan brings, such as the detail of a hazard.
// Where names must not appear, one that may hold another name than those known is
// left out: besides these it has a word with a capital, or in another script.
func (b *book) machine(s string) string {
	s = plain.Text(s)
	if b.naming.Clear() || s == "" {
		return s
	}
	rest := b.replaced(s, func(knownName) string { return "" })
	for i, word := range strings.FieldsFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		first, _ := utf8.DecodeRuneInString(word)
		if strings.EqualFold(word, b.plan.Cover) {
			continue
		}
		begins := i == 0 && (strings.ToUpper(word) == word || !strings.Contains(s, ": "))
		if first > unicode.MaxLatin1 && unicode.IsLetter(first) || unicode.IsUpper(first) && !begins {
			return ""
		}
	}
	return plain.Text(b.hidden(s))
}

// point calls a point of a march table: a place by its name, a critical point by
// what it is and on which road.
func (b *book) point(m *outrider.MarchRow) string {
	switch m.Kind {
	case "start", "release", "via", "halt":
		return b.place(m.Point)
	}
	if what, road, ok := strings.Cut(m.Point, ", "); ok {
		return plain.Text(what) + ", " + b.road(road)
	}
	return b.place(m.Point)
}
