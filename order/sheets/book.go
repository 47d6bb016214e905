package sheets

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/paper"
)

// A book is an order being made: a plan with the routes that the order is for.
type book struct {
	exchange.Form
	plan     *outrider.Plan
	order    *orderfile.Order
	standing Standing
	legs     []leg
	naming   outrider.Naming
	known    []knownName // names of the plan that texts may hold, the longest first
	words    []CodeWord
	ground   *network.Map
	size     paper.Size
	notes    []string
}

// A leg is a leg of the plan with its route.
type leg struct {
	*outrider.LegPlan
	number int // from 1
	title  string
	route  *outrider.RoutePlan
	name   string // of the route, as documents call it
	// planned says that the route is one of those for which decision points and ways
	// out were worked out, primary that it is the first of them.
	planned, primary bool
}

func newBook(in *Input) (*book, error) {
	if err := in.check("plan"); err != nil {
		return nil, err
	}
	if m := in.Map; m != nil && m.Hash != in.Plan.Inputs.MapHash {
		return nil, &outrider.Error{
			Kind: outrider.WrongMap, Where: "order", Cause: "the plan was made from another map than " + in.Plan.Inputs.MapName,
			Remedy: "give the map that the plan names, or plan again on this one",
		}
	}
	b := &book{
		Form: exchange.FormOf(in.Plan), plan: in.Plan, order: in.Order, standing: in.Standing, naming: in.Naming, words: in.Words, ground: in.Map, size: in.Size,
	}
	if b.naming == nil {
		b.naming = outrider.ClearNames{}
	}
	if b.order == nil {
		b.order = &orderfile.Order{Version: 1}
	}
	if b.size == "" {
		b.size = paper.A4
	}
	b.known = knownNames(in.Plan, b.order)
	for i := range in.Plan.Legs {
		l, err := b.leg(i, in.Routes[i])
		if err != nil {
			return nil, err
		}
		b.legs = append(b.legs, l)
	}
	b.notDrawn(in.Routes)
	b.missing()
	return b, nil
}

// leg returns leg i by the route that an order names.
func (b *book) leg(i int, asked string) (leg, error) {
	q := &b.plan.Legs[i]
	l := leg{LegPlan: q, number: i + 1, title: fmt.Sprintf(wordLegN, i+1)}
	if strings.TrimSpace(q.Name) != "" {
		l.title = plain.Capital(b.call(outrider.ThingLeg, q.Name))
	}
	j := 0
	if asked != "" {
		j = slices.IndexFunc(q.Routes, func(r outrider.RoutePlan) bool { return strings.EqualFold(r.Name, asked) })
	}
	if j < 0 && q.Mix != nil {
		k := slices.IndexFunc(q.Mix.Routes, func(r outrider.MixRoute) bool { return strings.EqualFold(r.Route.Name, asked) })
		if k < 0 {
			for n := range q.Mix.Routes {
				if strings.EqualFold(letter(n), asked) {
					k = n
				}
			}
		}
		if k >= 0 {
			drawn := &q.Mix.Routes[k].Route
			// The mix often holds the routes of the plan, of which more was worked out.
			j = slices.IndexFunc(q.Routes, func(r outrider.RoutePlan) bool { return slices.Equal(r.Points, drawn.Points) })
			if j < 0 {
				l.route = drawn
			}
		}
	}
	if j >= 0 {
		l.route, l.planned, l.primary = &q.Routes[j], true, j == 0
	}
	if l.route == nil || len(l.route.Points) < 2 || len(l.route.Odometer) != len(l.route.Points) {
		return leg{}, &outrider.Error{
			Kind: outrider.Invalid, Where: b.plan.LegName(i), Cause: fmt.Sprintf("the leg has no route %q", asked),
			Remedy: "it has " + strings.Join(routeNames(q), ", "),
		}
	}
	l.name = b.call(outrider.ThingRoute, l.route.Name)
	return l, nil
}

func routeNames(q *outrider.LegPlan) []string {
	var names []string
	for i := range q.Routes {
		names = append(names, q.Routes[i].Name)
	}
	if q.Mix != nil {
		for i := range q.Mix.Routes {
			names = append(names, fmt.Sprintf("%s (%s)", q.Mix.Routes[i].Route.Name, letter(i)))
		}
	}
	return names
}

// letter names route i of a mix as the report does: A, B, … Z, AA.
func letter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// note says something to whoever issues the order.
func (b *book) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// notDrawn notes the legs that have a mix and no route named: by their numbers, for
// these are what a route is named by, and a title may be a code word.
func (b *book) notDrawn(asked map[int]string) {
	var legs []string
	first := 0
	for i := range b.legs {
		l := &b.legs[i]
		if asked[i] != "" || l.Mix == nil || len(l.Mix.Routes) < 2 {
			continue
		}
		if first == 0 {
			first = l.number
		}
		name := fmt.Sprintf(wordLegN, l.number)
		if l.title != name {
			name += " (" + l.title + ")"
		}
		legs = append(legs, name)
	}
	if len(legs) > 0 {
		b.note(noteNotDrawn, strings.Join(legs, ", "), first)
	}
}

// missing notes what a usable order should have and this has not.
func (b *book) missing() {
	o := b.order
	var lacks, keys []string
	for _, m := range []struct {
		lacks     bool
		note, key string
	}{
		{o.ID == "", noteNoID, "order"},
		{o.Command.Commander == "", noteNoCommander, "command.commander"},
		{len(o.Command.Succession) == 0, noteNoSuccession, "command.succession"},
		{o.Command.Control == "", noteNoControl, "command.control"},
		{len(o.Crews) == 0, noteNoCrews, "crews"},
		{len(o.Communications.Nets) == 0, noteNoNets, "communications.nets"},
		{o.Communications.Duress == nil, noteNoDuress, "communications.duress"},
		{o.Medical.Medic == "", noteNoMedic, "medical.medic"},
	} {
		if m.lacks {
			lacks, keys = append(lacks, m.note), append(keys, m.key)
		}
	}
	if len(lacks) > 0 {
		b.note(noteMissing, strings.Join(lacks, ", "), strings.Join(keys, ", "))
	}
	b.lateLegs()
}

// lateLegs notes routes that arrive after the time asked for, or after the leg that
// follows is to leave: the plan timed its legs by the primary routes.
func (b *book) lateLegs() {
	for i := range b.legs {
		l := &b.legs[i]
		if a := l.Arrive; a != nil && l.arrival().After(a.To.Add(time.Second)) {
			b.note(noteAfterAsked, l.title, l.name, exchange.Duration(l.arrival().Sub(a.To).Seconds()))
		}
	}
	for i := range b.legs[:len(b.legs)-1] {
		tail := b.tailArrives(&b.legs[i])
		if leaves := b.legs[i+1].Earliest; tail.After(leaves) {
			b.note(noteLate, b.legs[i].title, b.legs[i].name, exchange.Duration(tail.Sub(leaves).Seconds()))
		}
	}
}

// arrival returns when the head is at the end of the leg.
func (l *leg) arrival() time.Time { return l.Earliest.Add(seconds(l.route.Duration + l.route.Halts)) }

func (l *leg) rail() bool { return l.Mode == outrider.ByRail }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// id is what the order is called, with its version.
func (b *book) id() string {
	return fmt.Sprintf(wordIDVersion, or(b.order.ID, or(b.plan.Cover, wordUnknown)), max(b.order.Version, 1))
}

// document returns a document of the order.
func (b *book) document(title string, w *writer) paper.Document {
	return paper.Document{Title: title, Marking: b.prose(b.standing.marking(b.order.Marking)), Foot: b.id() + wordDot + plain.Text(b.plan.Cover), Size: b.size, Blocks: w.blocks}
}

// say puts values into a text of the catalogue.
func say(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// or returns a text, or another where it is empty.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// orUnknown writes a text that people gave, or the mark of what is not known.
func (b *book) orUnknown(s string) string {
	if s == "" {
		return wordUnknown
	}
	return b.prose(s)
}

// figure writes a number with its unit, or the mark of what is not known.
func figure(x float64, format string) string {
	if x == 0 {
		return wordUnknown
	}
	return fmt.Sprintf(format, x)
}

// both writes a time as local time and as date-time group.
func (b *book) both(t time.Time) string {
	if t.IsZero() {
		return wordUnknown
	}
	return b.Local(t) + " (" + exchange.DTG(t) + ")"
}

// when writes a time of an order file.
func (b *book) when(t *orderfile.Time) string {
	if t == nil {
		return wordUnknown
	}
	return b.both(t.At)
}

// people returns the call signs of those who ride in a vehicle with a duty.
func (b *book) people(vehicle string, duties ...string) []string {
	var out []string
	for _, c := range b.order.Crews {
		if c.Vehicle == vehicle && (len(duties) == 0 || slices.Contains(duties, c.Duty)) {
			out = append(out, c.CallSign)
		}
	}
	return out
}

// A writer collects the blocks of a document and, for tables, the columns that say
// what a row is about, by index of the block.
type writer struct {
	blocks []paper.Block
	keys   map[int][]int
}

func (w *writer) add(blocks ...paper.Block) { w.blocks = append(w.blocks, blocks...) }

func (w *writer) heading(level int, number, text string) {
	w.add(paper.Heading{Level: level, Number: number, Text: text})
}

func (w *writer) paragraph(text string) {
	if text != "" {
		w.add(paper.Paragraph{Text: text})
	}
}

func (w *writer) strong(text string) { w.add(paper.Paragraph{Text: text, Strong: true}) }

func (w *writer) list(ordered bool, items []string) {
	if len(items) > 0 {
		w.add(paper.List{Ordered: ordered, Items: items})
	}
}

func (w *writer) fields(items ...paper.Field) {
	if len(items) > 0 {
		w.add(paper.Fields{Items: items})
	}
}

// table adds a table whose rows are told apart by the columns of key; columns in
// which nothing stands are left out. Without rows it says none in a line of its
// own if that is given.
func (w *writer) table(t paper.Table, none string, key ...int) {
	if len(t.Rows) == 0 {
		w.paragraph(none)
		return
	}
	key = slices.Clone(key)
	for c := range slices.Backward(t.Columns) {
		if slices.ContainsFunc(t.Rows, func(r []string) bool { return r[c] != "" }) {
			continue
		}
		t.Columns = slices.Delete(t.Columns, c, c+1)
		for i := range t.Rows {
			t.Rows[i] = slices.Delete(t.Rows[i], c, c+1)
		}
		key = slices.DeleteFunc(key, func(k int) bool { return k == c })
		for i := range key {
			if key[i] > c {
				key[i]--
			}
		}
	}
	w.keyed(t, key)
}

// form adds a table with cells to fill in.
func (w *writer) form(t paper.Table, key ...int) {
	if len(t.Rows) > 0 {
		w.keyed(t, key)
	}
}

func (w *writer) keyed(t paper.Table, key []int) {
	if w.keys == nil {
		w.keys = map[int][]int{}
	}
	w.keys[len(w.blocks)] = key
	w.add(t)
}

// texts returns what the blocks say, without the labels of drawings.
func (w *writer) texts() []string {
	var out []string
	for _, block := range w.blocks {
		switch q := block.(type) {
		case paper.Heading:
			out = append(out, q.Text)
		case paper.Table:
			out = append(out, q.Caption)
			for _, r := range q.Rows {
				out = append(out, r...)
			}
		case paper.Drawing:
			out = append(out, q.Caption)
		default:
			for _, r := range rowsOf(block) {
				out = append(out, r.text)
			}
		}
	}
	return out
}

// columns makes columns of heads; those that begin with ">" are numbers.
func columns(heads ...string) []paper.Column {
	out := make([]paper.Column, len(heads))
	for i, h := range heads {
		name, right := strings.CutPrefix(h, ">")
		out[i] = paper.Column{Head: name, Right: right}
	}
	return out
}
