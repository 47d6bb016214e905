package compare

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// Style says how a report is laid out for a terminal.
type Style struct {
	Width  int  // columns; 0 stands for 100
	Colour bool // use ANSI colours
	All    bool // print every hazard, not only the first of many
}

// shown is how many hazards of a route are printed unless all are asked for.
const shown = 20

// Colours, as ANSI attributes.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// WriteText writes the report for a terminal. Control characters in names are
// left out, so that no file can steer the terminal. Lines are cut at the width.
func (r *Report) WriteText(w io.Writer, s Style) error {
	if s.Width <= 0 {
		s.Width = 100
	}
	t := &text{style: s}
	t.side("A", &r.A)
	t.side("B", &r.B)
	if r.Same {
		t.line("", 0, "No difference.")
	}
	t.group("Made from", r.Inputs, r.Findings)
	t.group("Convoy", r.Column, r.Vehicles)
	t.group("Venues", nil, r.Venues)
	t.group("Areas", nil, r.Areas)
	t.group("Warnings", nil, r.Warnings)
	for i := range r.Legs {
		t.leg(&r.Legs[i])
	}
	if r.Attribution != "" {
		t.line("", 0, "")
		t.line("", 0, r.Attribution)
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

type text struct {
	out   bytes.Buffer
	style Style
}

// line writes one line, cut to the width.
func (t *text) line(colour string, indent int, s string) {
	line := []rune(strings.Repeat(" ", indent) + plain.Text(s))
	if len(line) > t.style.Width {
		line = append(line[:t.style.Width-1], '…')
	}
	s = strings.TrimRight(string(line), " ")
	if t.style.Colour && colour != "" && s != "" {
		s = "\x1b[" + colour + "m" + s + "\x1b[0m"
	}
	t.out.WriteString(s + "\n")
}

func (t *text) side(name string, s *Side) {
	stale := ""
	if s.Stale {
		stale = " (STALE)"
	}
	t.line("", 0, fmt.Sprintf("%s  %s, %s, made %s, map data %s%s", name, s.Cover, s.Movement,
		s.Made.UTC().Format("2006-01-02 15:04:05Z"), outrider.DataDay(s.DataDate), stale))
}

func (t *text) group(title string, values []Value, items []Item) {
	if len(values)+len(items) == 0 {
		return
	}
	t.line("", 0, "")
	t.line(bold, 0, title)
	t.values(2, values)
	t.items(2, items)
}

func (t *text) values(indent int, list []Value) {
	for i := range list {
		t.line("", indent, valueText(&list[i]))
	}
}

func valueText(v *Value) string {
	a, b := orNone(v.A), orNone(v.B)
	// Of two times on one day, the day and the offset are said once.
	const date, until = len("2006-01-02 "), len("2006-01-02 15:04:05")
	if v.Unit == "s" && len(a) == len(momentForm) && len(b) == len(a) && a[:date] == b[:date] && a[until:] == b[until:] {
		a, b = a[:until], b[date:]
	}
	return fmt.Sprintf("%-30s %s → %s%s", v.What, a, b, byText(v))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// byText writes by how much a value differs, where that says more than the two
// values.
func byText(v *Value) string {
	if v.By == nil {
		return ""
	}
	sign, x := "+", *v.By
	if x < 0 {
		sign, x = "-", -x
	}
	switch v.Unit {
	case "s":
		return fmt.Sprintf("  (%s%s)", sign, clock(x))
	case "m":
		return fmt.Sprintf("  (%s%s)", sign, kilometres(x))
	}
	return ""
}

// items writes things that appeared, are gone or changed.
func (t *text) items(indent int, list []Item) {
	for i := range list {
		x := &list[i]
		mark, colour := "~", yellow
		switch x.Change {
		case Appeared:
			mark, colour = "+", green
		case Gone:
			mark, colour = "-", red
		case Changed:
		}
		place := ""
		if x.At != nil {
			place = fmt.Sprintf("km %.1f ", *x.At/1000)
		}
		t.line(colour, indent, strings.TrimRight(fmt.Sprintf("%s %s%s %s", mark, place, x.Kind, x.Name), " "))
		t.values(indent+4, x.Values)
	}
}

func (t *text) leg(l *Leg) {
	t.line("", 0, "")
	switch l.Change {
	case Appeared:
		t.line(green, 0, "+ Leg "+l.B)
		return
	case Gone:
		t.line(red, 0, "- Leg "+l.A)
		return
	case Changed:
	}
	t.line(bold, 0, "Leg "+l.B)
	t.values(2, l.Values)
	t.items(2, l.Points)
	for i := range l.Routes {
		t.route(&l.Routes[i])
	}
	for _, part := range []struct {
		title  string
		values []Value
		items  []Item
	}{
		{"Decision points", nil, l.Decide},
		{"Halts needed", nil, l.Needs},
		{"Rail", l.Rail, l.Passes},
		{"Rendezvous", nil, l.Meets},
		{"Conflicts with trains", nil, l.Trains},
	} {
		if len(part.values)+len(part.items) > 0 {
			t.line(bold, 2, part.title)
			t.values(4, part.values)
			t.items(4, part.items)
		}
	}
}

func (t *text) route(r *Route) {
	switch {
	case r.Change == Appeared:
		t.line(green, 2, "+ Route "+r.B)
	case r.Change == Gone:
		t.line(red, 2, "- Route "+r.A)
	case r.SameBy:
		t.line(bold, 2, "Route "+r.B+", by the same way")
	default:
		t.line(bold, 2, fmt.Sprintf("Route %s, another way: %s of A, %s of B", r.B, kilometres(lengthOf(r.OnlyA)), kilometres(lengthOf(r.OnlyB))))
		t.parts("-", red, r.OnlyA)
		t.parts("+", green, r.OnlyB)
	}
	t.values(4, r.Values)
	t.items(4, r.Stops)
	t.hazards(r.Passes)
	if len(r.Exits) > 0 {
		t.line("", 4, "Ways out from critical points")
		t.items(6, r.Exits)
	}
}

func (t *text) parts(mark, colour string, list []Part) {
	for _, p := range list {
		roads := p.FromRoad
		if p.ToRoad != p.FromRoad {
			roads += " to " + p.ToRoad
		}
		t.line(colour, 4, fmt.Sprintf("%s km %.1f to %.1f, %s", mark, p.From/1000, p.To/1000, roads))
	}
}

// hazards counts what differs, and lists it; of many, the first.
func (t *text) hazards(list []Item) {
	if len(list) == 0 {
		return
	}
	count := map[Change]int{}
	for i := range list {
		count[list[i].Change]++
	}
	t.line("", 4, fmt.Sprintf("Hazards: %d gone, %d appeared, %d changed", count[Gone], count[Appeared], count[Changed]))
	if n := len(list); n > shown && !t.style.All {
		// Changed ones first: the others follow from another way.
		list = slices.Clone(list)
		order := map[Change]int{Changed: 0, Appeared: 1, Gone: 2}
		slices.SortStableFunc(list, func(x, y Item) int { return cmp.Compare(order[x.Change], order[y.Change]) })
		t.items(6, list[:shown])
		t.line("", 6, fmt.Sprintf("and %d more", n-shown))
		return
	}
	t.items(6, list)
}
