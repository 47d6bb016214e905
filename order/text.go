package order

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
)

// Style says how a text for the terminal is laid out.
type Style struct {
	Width  int  // columns of the terminal; 0 stands for 100
	Colour bool // use ANSI colours
	All    bool // print every hazard and the march tables of alternates
}

// hazardsShown is how many hazards of a route the text lists unless all are
// asked for.
const hazardsShown = 24

// WriteText writes the plan for a terminal: warnings, convoy, and for each leg
// the routes side by side, march table, hazards in order of passage (the most
// exposed of them when there are many) and safe havens. Lines are at most
// Style.Width columns wide. Control characters in names are left out, so that
// no file can steer the terminal.
func WriteText(w io.Writer, plan *outrider.Plan, s Style) error {
	if err := check(plan); err != nil {
		return err
	}
	if s.Width <= 0 {
		s.Width = 100
	}
	t := &text{style: s, clock: clock{exchange.FormOf(plan)}, plan: plan}
	t.width = max(s.Width, 40)
	t.head()
	for i := range plan.Legs {
		t.leg(i)
	}
	t.sources()
	_, err := w.Write(t.out.Bytes())
	return err
}

type text struct {
	out   bytes.Buffer
	style Style
	clock clock
	plan  *outrider.Plan
	width int
}

// Colours, as ANSI attributes.
const (
	bold   = "1"
	dim    = "2"
	red    = "31;1"
	yellow = "33"
	blue   = "34;1"
)

// paint wraps s in an attribute.
func (t *text) paint(attribute, s string) string {
	if !t.style.Colour || s == "" || attribute == "" {
		return s
	}
	return "\x1b[" + attribute + "m" + s + "\x1b[0m"
}

// line writes one line, cut to the width.
func (t *text) line(attribute, s string) {
	t.out.WriteString(t.paint(attribute, strings.TrimRight(cut(plain.Text(s), t.width), " ")))
	t.out.WriteByte('\n')
}

func (t *text) blank() { t.out.WriteByte('\n') }

// wrapped writes a paragraph, broken between words, its first line after lead and
// the others below it.
func (t *text) wrapped(attribute, lead, s string) {
	indent := strings.Repeat(" ", columnsOf(lead))
	line := lead
	empty := true
	for word := range strings.FieldsSeq(plain.Text(s)) {
		if !empty && columnsOf(line)+1+columnsOf(word) > t.width {
			t.line(attribute, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	t.line(attribute, line)
}

func (t *text) head() {
	p := t.plan
	t.line(blue, p.Cover+"  "+p.Movement)
	date := "Map data " + outrider.DataDay(p.Inputs.DataDate)
	if p.Inputs.Stale {
		t.line(red, date+"  STALE")
	} else {
		t.line("", date)
	}
	for _, warning := range p.Warnings {
		t.wrapped(yellow, "! ", warning)
	}
	v := &p.Convoy
	t.wrapped("", "", fmt.Sprintf("Convoy: %s, road space %.0f m, time of passage %s, march %s, catch-up %s, gap %.0f m",
		plain.Count(len(v.Vehicles), "vehicle"), v.Length, exchange.Duration(v.PassTime), t.clock.Speed(v.MarchKMH), t.clock.Speed(v.CatchUpKMH), v.GapMetres))
	t.sheet(packets(v))
	if len(t.plan.Legs) > 1 || t.plan.Legs[0].Stay != nil {
		t.sheet(itinerary(t.plan, t.clock))
	}
	for i := range t.plan.Venues {
		t.blank()
		t.line(bold, "Venue: "+t.plan.Venues[i].Name)
		t.facts(venueFacts(&t.plan.Venues[i], t.clock))
	}
}

// facts writes names and values below one another.
func (t *text) facts(list []fact) {
	w := 0
	for _, f := range list {
		w = max(w, columnsOf(f.Name))
	}
	for _, f := range list {
		t.wrapped("", f.Name+strings.Repeat(" ", w-columnsOf(f.Name))+"  ", f.Value)
	}
}

// sheet writes a table with its title and note; nothing if it has no rows.
func (t *text) sheet(s sheet) {
	if len(s.Rows) == 0 && s.Note == "" || len(s.Rows) == 0 && s.Title != "Shadow on the road" {
		return
	}
	t.blank()
	t.line(bold, s.Title)
	g := grid{give: s.give, leave: s.leave}
	for _, h := range s.Head {
		g.head, g.right = append(g.head, h.Name), append(g.right, h.Number)
	}
	for _, r := range s.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, c.Text)
		}
		g.rows = append(g.rows, cells)
		g.colour = append(g.colour, map[string]string{"warn": yellow, "bad": red}[r.Tone])
	}
	if len(g.rows) > 0 {
		t.grid(&g)
	}
	if s.Note != "" {
		t.wrapped(dim, "", s.Note)
	}
}

func (t *text) leg(i int) {
	leg := &t.plan.Legs[i]
	t.blank()
	t.wrapped(bold, "", fmt.Sprintf("%s: %s to %s", legTitle(t.plan, i), leg.From.Label, leg.To.Label))
	earliest, latest := leg.Earliest, leg.Latest
	t.wrapped("", "", fmt.Sprintf("Head leaves %s (%s), at the latest %s", t.clock.Local(earliest), exchange.DTG(earliest), t.clock.minute(earliest, latest)))
	t.facts(timing(t.plan, leg, t.clock))
	if leg.Rail != nil {
		t.facts(trainFacts(leg.Rail, t.clock))
	}
	t.blank()
	t.routes(leg)
	t.mix(leg)
	t.sheet(decisions(leg, t.clock))
	for j := range leg.Routes {
		if j > 0 && !t.style.All {
			break
		}
		r := &leg.Routes[j]
		title := routeTitle(r, j)
		t.blank()
		t.line(bold, "March table, "+title)
		t.march(leg, r)
		t.blank()
		t.hazards(leg, r, title)
		if len(r.Havens) > 0 {
			t.blank()
			t.line(bold, "Safe havens along the way")
			t.havens(r)
		}
		t.sheet(breakOuts(r, t.clock))
	}
	if leg.Rail != nil {
		for _, s := range railSheets(leg, t.clock) {
			t.sheet(s)
		}
	}
}

func (t *text) routes(leg *outrider.LegPlan) {
	g := grid{head: []string{"Route", "Time", "Driving", "Length", "Fastest", "Common", "Exposure", "Worst", "Hazards"}, right: []bool{false, true, true, true, true, true, true, true, true}, leave: []int{2, 8, 5, 4, 3}}
	calibrated := t.plan.Inputs.Calibrated
	if calibrated {
		g.head, g.right = append(g.head, "max p", "1-e^-Λ"), append(g.right, true, true)
	}
	for j := range leg.Routes {
		row := compare(t.plan, leg, j, t.clock)
		worst := "–"
		if row.Band > 0 {
			worst = fmt.Sprintf("%d/5", row.Band)
		}
		cells := []string{row.Name, row.Total, row.Driving, row.Length, row.Detour, row.Shared, row.Exposure, worst, row.Hazards}
		if calibrated {
			cells = append(cells, row.MaxP, row.Chance)
		}
		g.rows = append(g.rows, cells)
		g.colour = append(g.colour, bandColour(row.Band))
	}
	t.grid(&g)
	if !calibrated {
		t.wrapped(dim, "", "Exposure compares with the primary route; Worst is the band of its most exposed place. The risk profile is not calibrated, so both are relative.")
	}
	if a := &leg.Alternates; a.Found < a.Asked {
		t.wrapped(yellow, "! ", missing(a))
	}
	if len(leg.Shared) > 0 {
		t.blank()
		t.line(bold, "Every route must pass")
		for k := range leg.Shared {
			s := &leg.Shared[k]
			t.line("", fmt.Sprintf("  %s %-6s %s  %s", t.clock.Unit(), t.clock.Odometer(s.From), s.Road, t.clock.extent(s.From, s.To)))
		}
	}
}

func (t *text) march(leg *outrider.LegPlan, r *outrider.RoutePlan) {
	g := grid{head: []string{"", "Point", "Kind", t.clock.Unit(), "Head", "Tail", "Band", "Halt"}, right: []bool{false, false, false, true, true, true, true, true}, give: 1, leave: []int{6, 2}}
	for k, mark := range marks(r.March) {
		q := &r.March[k]
		halt, dark := "", ""
		if q.Dark {
			dark = " ☾"
		}
		if q.HaltS > 0 {
			halt = exchange.Duration(q.HaltS)
		}
		g.rows = append(g.rows, []string{mark, q.Point, q.Kind, t.clock.Odometer(q.Odometer), t.clock.second(leg.Earliest, q.Head), t.clock.second(leg.Earliest, q.Tail) + dark, band(q.EarlyS, q.LateS), halt})
	}
	t.grid(&g)
}

// hazards lists the hazards in order of passage. When there are more than are
// shown, those of the greatest exposure are, and the kinds of all are counted.
func (t *text) hazards(leg *outrider.LegPlan, r *outrider.RoutePlan, title string) {
	show := make([]int, len(r.Hazards))
	for k := range show {
		show[k] = k
	}
	if !t.style.All && len(show) > hazardsShown {
		slices.SortStableFunc(show, func(a, b int) int { return r.Hazards[b].Band - r.Hazards[a].Band })
		show = show[:hazardsShown]
		slices.Sort(show)
		t.wrapped(bold, "", fmt.Sprintf("Hazards in order of passage, %s: the %d most exposed of %d", title, len(show), len(r.Hazards)))
	} else {
		t.wrapped(bold, "", fmt.Sprintf("Hazards in order of passage, %s: %d", title, len(r.Hazards)))
	}
	g := grid{head: []string{t.clock.Unit(), "Head", "Hazard", "Detail", "Extent", "Band", "Evidence"}, right: []bool{true, true, false, false, true, true, false}, give: 3, spare: true}
	for _, k := range show {
		h := &r.Hazards[k]
		band := "–"
		if b := bandOf(leg, h); b > 0 {
			band = fmt.Sprint(b)
		}
		g.rows = append(g.rows, []string{t.clock.Odometer(h.From), t.clock.minute(leg.Earliest, h.At), kindName(h.Kind), h.Detail, t.clock.extent(h.From, h.To), band, h.Evidence})
		g.colour = append(g.colour, bandColour(bandOf(leg, h)))
	}
	if len(g.rows) > 0 {
		t.grid(&g)
	}
	if len(show) < len(r.Hazards) {
		t.wrapped(dim, "", fmt.Sprintf("All %d by kind: %s. --all lists every one.", len(r.Hazards), countKinds(r.Hazards)))
	}
}

// countKinds says how many hazards of each kind there are, the most first.
func countKinds(list []outrider.HazardPass) string {
	type kindCount struct {
		kind string
		n    int
	}
	var counts []kindCount
	for i := range list {
		at := slices.IndexFunc(counts, func(c kindCount) bool { return c.kind == list[i].Kind })
		if at < 0 {
			at = len(counts)
			counts = append(counts, kindCount{list[i].Kind, 0})
		}
		counts[at].n++
	}
	slices.SortStableFunc(counts, func(a, b kindCount) int { return b.n - a.n })
	words := make([]string, len(counts))
	for i, c := range counts {
		words[i] = fmt.Sprintf("%d %s", c.n, strings.ToLower(kindName(c.kind)))
	}
	return strings.Join(words, ", ")
}

func (t *text) havens(r *outrider.RoutePlan) {
	g := grid{head: []string{t.clock.Unit(), "Kind", "Name", "Drive", "Distance", "Surveyed"}, right: []bool{true, false, false, true, true, false}, give: 2}
	for k := range r.Havens {
		h := &r.Havens[k]
		verified := "unverified"
		if h.Verified {
			verified = "verified"
		}
		g.rows = append(g.rows, []string{t.clock.Odometer(h.Odometer), kindName(h.Kind), h.Name, exchange.Duration(h.Drive), t.clock.Distance(h.Metres), verified})
	}
	t.grid(&g)
}

func (t *text) sources() {
	in := &t.plan.Inputs
	t.blank()
	timetable := ""
	if in.Timetable != "" {
		timetable = fmt.Sprintf(", timetable %s (%s)", in.Timetable, short(in.TimetableHash))
	}
	t.wrapped(dim, "", fmt.Sprintf("Made from map %s (%s), profile %s (%s), %s (%s), speeds %s (%s), %s%s, movement %s, by %s. %s.",
		in.MapName, short(in.MapHash), in.ProfileName, short(in.ProfileHash), plain.Count(in.Findings, "finding"), short(in.FindingsHash),
		in.SpeedsName, short(in.SpeedsHash), plain.Count(in.Runs, "timed run"), timetable, short(in.MovementHash), in.Program, in.Credit()))
}

func bandColour(band int) string {
	switch {
	case band >= 5:
		return red
	case band == 4:
		return yellow
	}
	return ""
}

// A grid is a table of text.
type grid struct {
	head   []string
	right  []bool // columns set to the right
	rows   [][]string
	colour []string // per row; may be shorter
	give   int      // the column that is cut when the table is too wide
	// spare says that the last column may go when it gives way and too little is
	// left of it to be read.
	spare bool
	leave []int // columns that are left out where there is no room, the first first
}

// grid writes a table. Columns are as wide as their contents; where that is more
// than the terminal has, the column that gives way is cut first, then the line.
func (t *text) grid(g *grid) {
	gap := 2
	widths := make([]int, len(g.head))
	for c, h := range g.head {
		widths[c] = columnsOf(h)
	}
	for _, row := range g.rows {
		for c := range row {
			row[c] = plain.Text(row[c])
			widths[c] = max(widths[c], columnsOf(row[c]))
		}
	}
	total := -gap
	for _, w := range widths {
		total += gap + w
	}
	gone := make([]bool, len(widths))
	if total > t.width && len(g.leave) > 0 {
		gap = 1
		total -= len(widths) - 1
	}
	for _, c := range g.leave {
		if total > t.width {
			gone[c] = true
			total -= gap + widths[c]
		}
	}
	if over := total - t.width; over > 0 {
		const readable = 14
		give, last := g.give, len(widths)-1
		switch {
		case g.spare && widths[last]-over >= readable:
			give = last
		case g.spare:
			over -= widths[last] + gap
			widths, g.head = widths[:last], g.head[:last]
			for i := range g.rows {
				g.rows[i] = g.rows[i][:last]
			}
		}
		widths[give] = max(widths[give]-max(over, 0), min(widths[give], 8))
	}
	render := func(cells []string) string {
		var b strings.Builder
		for c, s := range cells {
			if gone[c] {
				continue
			}
			s = cut(s, widths[c])
			space := strings.Repeat(" ", widths[c]-columnsOf(s))
			if g.right[c] {
				b.WriteString(space + s)
			} else {
				b.WriteString(s + space)
			}
			if c+1 < len(cells) {
				b.WriteString(strings.Repeat(" ", gap))
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	t.line(dim, render(g.head))
	for i, row := range g.rows {
		colour := ""
		if i < len(g.colour) {
			colour = g.colour[i]
		}
		t.line(colour, render(row))
	}
}

// columnsOf returns how many columns a terminal needs for s: two for East Asian
// wide characters, none for marks that combine with the one before.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOfRune(r)
	}
	return n
}

func columnsOfRune(r rune) int {
	if r < 0x300 {
		return 1
	}
	if norm.NFD.PropertiesString(string(r)).CCC() != 0 || r == 0x200b || r == 0x200c || r == 0x200d || r == 0xfe0f {
		return 0
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// cut shortens s to a number of columns, with an ellipsis where it had to.
func cut(s string, columns int) string {
	if columnsOf(s) <= columns {
		return s
	}
	n := 0
	for i, r := range s {
		w := columnsOfRune(r)
		if n+w > columns-1 {
			return s[:i] + "…"
		}
		n += w
	}
	return s
}
