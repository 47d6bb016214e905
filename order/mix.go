package order

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
)

// How many places of a mix the text lists unless all are asked for, and how many
// the report.
const (
	placesShown = 8
	placesDrawn = 24
)

// mixMeaning says what the numbers of a mix are, and what they are not.
const mixMeaning = "What the number is: an attacker who knows the mix and every exposure, but not which route is drawn, picks the one place that suits him best and waits there for as long as it takes. " +
	"Exposures are estimates, and the number is no better than they are. Whoever cannot wait for ever fares worse when the hour is drawn too; whoever watches the start, or hears of the draw, plays another game."

// A mixView words a route mix for both documents.
type mixView struct {
	*outrider.RouteMix
	clock      clock
	calibrated bool
}

// mixOf returns the mix of a leg, nil if it has none.
func mixOf(p *outrider.Plan, leg *outrider.LegPlan, c clock) *mixView {
	if leg.Mix == nil {
		return nil
	}
	return &mixView{leg.Mix, c, p.Inputs.Calibrated}
}

// usable reports whether a value can be put against the usual route's.
func (m *mixView) usable() bool { return hasUsual(m.RouteMix) }

// hasUsual reports whether the usual route is worth something, so that there
// is something to be relative to.
func hasUsual(m *outrider.RouteMix) bool { return m.Usual > 0 && !math.IsInf(m.Usual, 0) }

// relative returns a value over the usual route's; not finite where that says
// nothing.
func relative(m *outrider.RouteMix, value float64) float64 {
	if !hasUsual(m) || value < 0 {
		return math.NaN()
	}
	return value / m.Usual
}

// longer returns by how much of the fastest a time is longer; not finite where
// that says nothing.
func longer(m *outrider.RouteMix, s float64) float64 {
	if m.FastestS <= 0 || s < 0 {
		return math.NaN()
	}
	return s/m.FastestS - 1
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// ratio writes a ratio with two digits that count; "–" for what is none.
func ratio(x float64) string {
	switch {
	case !finite(x):
		return "–"
	case x == 0:
		return "0"
	case x >= 1000 || x < 1e-4:
		return fmt.Sprintf("%.2g", x)
	case x >= 0.0995:
		return fmt.Sprintf("%.2f", x)
	}
	return strconv.FormatFloat(x, 'f', 1-int(math.Floor(math.Log10(x))), 64)
}

// extra writes by how much a time is longer: +4 %, +0.4 %; "–" for what is none.
func extra(x float64) string {
	switch {
	case !finite(x):
		return "–"
	case math.Abs(x) >= 10:
		return fmt.Sprintf("× %.3g", x+1)
	case math.Abs(x) < 0.0005:
		return "+0 %"
	case math.Abs(x) < 0.0095:
		return fmt.Sprintf("%+.1f %%", 100*x)
	}
	return fmt.Sprintf("%+.0f %%", 100*x)
}

// odds writes a share of draws; what is small keeps a digit.
func odds(p float64) string {
	switch {
	case !(p >= 0 && p < 1.001):
		return unknown
	case p > 0 && p < 0.0005:
		return "< 0.1 %"
	case p > 0 && p < 0.0995, p > 0.9905 && p < 1:
		return fmt.Sprintf("%.1f %%", 100*p)
	}
	return percent(p)
}

// letter is what table and map call route i of a mix: A to Z, AA, AB and so on.
// The numbers are the march table's.
func letter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// headline says in one sentence what the mix is worth and what that is worth.
func (m *mixView) headline() string {
	switch {
	case len(m.Routes) == 0:
		return "There is no route to draw from."
	case !m.usable():
		return "No place on the usual route can be attacked, as far as the exposures know: there is nothing that a draw could make less."
	}
	var b strings.Builder
	if m.calibrated {
		fmt.Fprintf(&b, "An attacker's chance is %s, against %s on the usual route: %s of it", probability(m.Upper), probability(m.Usual), ratio(m.Ratio))
	} else {
		fmt.Fprintf(&b, "Relative to the usual route an attacker's chance is %s", ratio(m.Ratio))
	}
	if low, high := ratio(m.RatioLow), ratio(m.RatioHigh); m.RatioHigh > 0 {
		switch {
		case low == high && low == ratio(m.Ratio):
			b.WriteString(", the same if our exposures are off by half or double")
		case low == high:
			fmt.Fprintf(&b, ", %s if our exposures are off by half or double", low)
		default:
			fmt.Fprintf(&b, ", between %s and %s if our exposures are off by half or double", low, high)
		}
	}
	if t := longer(m.RouteMix, m.MeanS); finite(t) {
		fmt.Fprintf(&b, "; %s mean time", extra(t))
	}
	if m.Lower > 0 {
		fmt.Fprintf(&b, "; no mix of routes within %g times the fastest gets below %s of it.", m.MaxDetour, ratio(relative(m.RouteMix, m.Lower)))
	} else {
		b.WriteString("; how much less another mix could make it is not known: nothing is proven.")
	}
	return b.String()
}

// remarks are what the headline must not be read without.
func (m *mixView) remarks() []string {
	var out []string
	if len(m.Routes) == 1 {
		out = append(out, "Only one route is left to draw from: whoever knows the mix knows the route.")
	}
	if len(m.Routes) > 0 && m.usable() && m.Ratio > 0.995 {
		out = append(out, "A draw gains nothing here: an attack on the mix is worth as much as the best one on the usual route.")
	}
	return out
}

// worth writes a value relative to the usual route, and the chance too where the
// profile is calibrated.
func (m *mixView) worth(value float64) []string {
	cells := []string{ratio(relative(m.RouteMix, value))}
	if m.calibrated {
		cells = append(cells, probability(value))
	}
	return cells
}

// inline is worth in one cell.
func (m *mixView) inline(value float64) string {
	cells := m.worth(value)
	if m.calibrated {
		return cells[0] + " (" + cells[1] + ")"
	}
	return cells[0]
}

// worthHead is the head of the columns that worth fills.
func (m *mixView) worthHead(name string) []string {
	if m.calibrated {
		return []string{">" + name, ">Chance"}
	}
	return []string{">" + name}
}

// values puts the usual route, the best single one and the mix side by side.
func (m *mixView) values() sheet {
	s := sheet{
		Title: "Beside the usual route",
		Head:  headings(append(append([]string{"Driven"}, m.worthHead("Worth")...), ">On the fastest")...),
		Note:  "Worth is what the best attack on it is worth to who knows what is driven, relative to the usual route.",
		give:  0,
	}
	if !m.usable() {
		return s
	}
	timed := func(name string, value, seconds float64) {
		t := "–"
		if seconds > 0 {
			t = extra(longer(m.RouteMix, seconds))
		}
		s.row("", append(append([]string{name}, m.worth(value)...), t)...)
	}
	timed("Usual route, the fastest", m.Usual, m.FastestS)
	if m.Single > 0 {
		timed("Best single route", m.Single, m.SingleS)
	}
	switch n := len(m.Routes); n {
	case 0:
	case 1:
		timed("This one route", m.Upper, m.MeanS)
	default:
		timed("This mix of "+plain.Count(n, "route"), m.Upper, m.MeanS)
	}
	if m.BestKnown > 0 && m.BestKnown < 0.999*m.Upper {
		timed("Best mix known, of more routes", m.BestKnown, 0)
	}
	if m.Lower > 0 {
		timed("No mix gets below", m.Lower, 0)
	} else {
		cells := []string{"No mix gets below", "not proven", "–", "–"}
		s.row("warn", cells[:len(s.Head)]...)
	}
	return s
}

// mainRoads names the roads that a route mostly uses, in order of driving. Those
// without a name count only if no other is left.
func mainRoads(r *outrider.RoutePlan) string {
	const most, least = 3, 0.04
	type road struct {
		name   string
		length float64
	}
	var roads []road
	total := 0.0
	for i := range r.Steps {
		q := &r.Steps[i]
		total += max(q.Length, 0)
		name := strings.TrimSpace(q.Road)
		if name == "" || strings.HasPrefix(name, "unnamed ") {
			continue
		}
		at := slices.IndexFunc(roads, func(x road) bool { return x.name == name })
		if at < 0 {
			at = len(roads)
			roads = append(roads, road{name: name})
		}
		roads[at].length += q.Length
	}
	longest := slices.Clone(roads)
	slices.SortStableFunc(longest, func(a, b road) int {
		switch {
		case a.length > b.length:
			return -1
		case a.length < b.length:
			return 1
		}
		return 0
	})
	longest = longest[:min(most, len(longest))]
	var names []string
	for i, x := range roads {
		if slices.Contains(longest, x) && (x.length >= least*total || i == 0 && len(roads) == 1) {
			names = append(names, x.name)
		}
	}
	if len(names) == 0 {
		return "roads without a name"
	}
	return strings.Join(names, ", ")
}

// detour returns by how much of the fastest a route is longer. Durations follow
// the hour and say less: the fastest was found by speeds that do not.
func (m *mixView) detour(r *outrider.RoutePlan) float64 {
	if r.Detour > 0 {
		return r.Detour - 1
	}
	return longer(m.RouteMix, r.Duration)
}

// routes lists what the route is drawn from; the last column has the main roads.
func (m *mixView) routes() sheet {
	worth := m.worthHead("If known")
	s := sheet{
		Title: "Routes to draw from",
		Note:  "If known is what the route is worth to who knows that it is driven, relative to the usual route: why the draw must stay secret until the column moves. Driving is at the hour of the leg; on the fastest compares by the speeds that routes are chosen by, whatever the hour.",
		Head:  headings(append(append([]string{"Route", ">Odds", ">Driving", ">On the fastest", "Worst place"}, worth...), "Main roads")...),
	}
	s.give = len(s.Head) - 1
	for i := range m.Routes {
		x := &m.Routes[i]
		r := &x.Route
		name := letter(i)
		if r.Name != "" {
			name += ", " + r.Name
		}
		band := "–"
		if len(r.Exposure) > 0 || r.MaxPBand > 0 {
			band = fmt.Sprintf("%d/5 %s", r.MaxPBand, bandName(r.MaxPBand))
		}
		cells := []string{name, odds(x.Prob), exchange.Duration(r.Duration), extra(m.detour(r)), band}
		s.row("", append(append(cells, m.worth(x.Worst)...), mainRoads(r))...)
	}
	return s
}

// foremost returns the places of a mix, those that bind first.
func foremost(m *outrider.RouteMix) []*outrider.MixPlace {
	var first, rest []*outrider.MixPlace
	for i := range m.Places {
		if x := &m.Places[i]; x.Binds {
			first = append(first, x)
		} else {
			rest = append(rest, x)
		}
	}
	return append(first, rest...)
}

// places lists where the mix is attacked best; most is how many at most, and
// where says what has the others.
func (m *mixView) places(most int, where string) sheet {
	list := foremost(m.RouteMix)
	n := min(len(list), most)
	s := sheet{
		Title: "Where the mix is attacked best",
		Note: fmt.Sprintf("Passed is how often the route drawn comes within %s of the place. To make the mix worth less, something must change at every place that binds: a post, a way round, a lesser exposure. "+
			"With a post is what the best mix known becomes once a post stands there and routes and odds are worked out anew.", m.clock.Distance(m.Reach)),
		Head: headings(append(append([]string{">No.", "Position", "Road", ">Passed", "By", "Binds"}, m.worthHead("Worth")...), ">With a post")...),
		give: 2, leave: []int{4},
	}
	for i, x := range list[:n] {
		by := make([]string, 0, len(x.By))
		for _, j := range x.By {
			if j >= 0 && j < len(m.Routes) {
				by = append(by, letter(j))
			}
		}
		routes := strings.Join(by, " ")
		if len(m.Routes) > 1 && len(by) == len(m.Routes) {
			routes = "all"
		} else if len(by) > 6 {
			routes = strings.Join(by[:5], " ") + " …"
		}
		if x.Usual {
			routes = strings.TrimPrefix(routes+", usual", ", ")
		}
		binds, post := "–", "–"
		if x.Binds {
			binds = "binds"
		}
		if x.Post > 0 {
			post = m.worth(x.Post)[0]
			if less := 1 - x.Post/m.BestKnown; m.BestKnown > 0 && finite(less) {
				post += " (" + strings.Replace(change(less), "-", "−", 1) + ")"
			}
		}
		cells := []string{strconv.Itoa(i + 1), m.clock.Position(x.Lat, x.Lon), orUnknown(x.Road), odds(x.Passed), orNone(routes), binds}
		s.row("", append(append(cells, m.worth(x.Value)...), post)...)
	}
	if n < len(list) {
		s.Note += fmt.Sprintf(" The first %d of %d are shown%s.", n, len(list), where)
	}
	return s
}

// orNone writes a text, or that there is none.
func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// change writes by how much of it a value falls: -12 %; "no less" where it does
// not.
func change(less float64) string {
	switch {
	case less < 0.0005:
		return "no less"
	case less < 0.0095:
		return fmt.Sprintf("-%.1f %%", 100*less)
	}
	return fmt.Sprintf("-%.0f %%", 100*less)
}

// areas lists the ground on which nothing can be attacked.
func (m *mixView) areas() sheet {
	s := sheet{Title: "Ground that is held", Head: headings("Area", ">Radius", "Position", ""), give: 0, leave: []int{2}}
	if len(m.Areas) > 0 {
		s.Note = "Nothing there counts as attacked. Whoever cannot hold it must not trust the numbers above."
	}
	for i := range m.Areas {
		x := &m.Areas[i]
		tone, from := "", "of the movement"
		if x.Assumed {
			tone, from = "warn", "assumed"
		}
		s.row(tone, orUnknown(x.Name), m.clock.Distance(x.Radius), m.clock.Position(x.Lat, x.Lon), from)
	}
	return s
}

// radii says what the best mix is worth with other sizes of that ground.
func (m *mixView) radii() sheet {
	s := sheet{
		Title: "If less or more ground is held",
		Head:  headings("Radius", ">Best mix found", ">No mix gets below"),
		Note:  "Relative to the usual route with the areas as they are.",
	}
	if m.calibrated {
		s.Note = "Relative to the usual route with the areas as they are, and the chance."
	}
	if !m.usable() {
		return s
	}
	if m.Door > 0 {
		s.row("", "none: the door itself", m.inline(m.Door), "–")
	}
	for i := range m.Radii {
		x := &m.Radii[i]
		name := fmt.Sprintf("× %g", x.Factor)
		if each := m.radius(); each > 0 {
			name += ", " + m.clock.Distance(x.Factor*each)
		}
		lower := "not proven"
		if x.Lower > 0 {
			lower = m.inline(x.Lower)
		}
		s.row("", name, m.inline(x.Upper), lower)
	}
	return s
}

// radius is that of all areas, 0 where they differ.
func (m *mixView) radius() float64 {
	if len(m.Areas) == 0 {
		return 0
	}
	for i := range m.Areas {
		if m.Areas[i].Radius != m.Areas[0].Radius {
			return 0
		}
	}
	return m.Areas[0].Radius
}

// basis says what was looked at and how.
func (m *mixView) basis() string {
	s := fmt.Sprintf("An attack reaches %s; no point of the roads is further than %s from a place that was looked at. Every route is within %g times the fastest.",
		m.clock.Distance(m.Reach), m.clock.Distance(m.Step), m.MaxDetour)
	if m.Method != "" {
		s += " Worked out by " + strings.TrimSuffix(m.Method, ".") + "."
	}
	return s
}

// mix writes the mix of a leg, if it has one.
func (t *text) mix(leg *outrider.LegPlan) {
	m := mixOf(t.plan, leg, t.clock)
	if m == nil {
		return
	}
	t.blank()
	t.line(bold, "Mix of routes")
	t.wrapped("", "", m.headline())
	for _, remark := range m.remarks() {
		t.wrapped(yellow, "! ", remark)
	}
	for _, note := range m.Notes {
		t.wrapped(yellow, "! ", note)
	}
	t.sheet(m.values())
	t.drawn(m)
	most := placesShown
	if t.style.All {
		most = len(m.Places)
	}
	t.sheet(m.places(most, "; --all lists every one"))
	if lines := frontierText(m.RouteMix, min(t.width, plotColumns)); len(lines) > 0 {
		t.blank()
		t.line(bold, frontierTitle)
		for _, line := range lines {
			t.line("", line)
		}
	}
	t.sheet(m.radii())
	t.sheet(m.areas())
	t.blank()
	t.wrapped(dim, "", m.basis())
	t.wrapped("", "", mixMeaning)
}

// drawn writes the routes of a mix. Where the table has no room for their roads,
// these stand below it.
func (t *text) drawn(m *mixView) {
	s := m.routes()
	last := len(s.Head) - 1
	roads := make([]string, len(s.Rows))
	widths := make([]int, len(s.Head))
	for c, h := range s.Head {
		widths[c] = columnsOf(h.Name)
	}
	for i, r := range s.Rows {
		roads[i] = r.Cells[last].Text
		for c, cell := range r.Cells {
			widths[c] = max(widths[c], columnsOf(cell.Text))
		}
	}
	total := 2 * last
	for _, w := range widths {
		total += w
	}
	if total <= t.width {
		t.sheet(s)
		return
	}
	s.Head = s.Head[:last]
	for i := range s.Rows {
		s.Rows[i].Cells = s.Rows[i].Cells[:last]
	}
	s.give, s.leave = 0, []int{4, 3}
	note := s.Note
	s.Note = ""
	t.sheet(s)
	for i := range roads {
		t.wrapped("", letter(i)+"  ", roads[i])
	}
	if len(s.Rows) > 0 {
		t.wrapped(dim, "", note)
	}
}
