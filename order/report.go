package order

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

//go:embed report.html.tmpl
var reportTemplate string

//go:embed report.css
var reportStyle string

// groundBudget is how many bytes all maps of a report may spend on ground, so
// that the file stays small enough to be sent.
const groundBudget = 700_000

// WriteReport writes the plan as one HTML file that needs nothing else: no
// script, no picture, no font, no other host. Its maps are drawn from m, which
// must be the map that the plan was made from; with m nil they show the routes
// without the ground. The file is also well-formed XML. The same plan and map
// give the same bytes.
func WriteReport(w io.Writer, plan *outrider.Plan, m *network.Map) error {
	if plan == nil || len(plan.Legs) == 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: "report", Cause: "the plan has no leg", Remedy: "make the plan again"}
	}
	for i := range plan.Legs {
		if len(plan.Legs[i].Routes) == 0 || slices.ContainsFunc(plan.Legs[i].Routes, func(r outrider.RoutePlan) bool { return len(r.Points) < 2 }) {
			return &outrider.Error{Kind: outrider.Invalid, Where: "report: " + legTitle(plan, i), Cause: "the leg has no route, or one without a line", Remedy: "make the plan again"}
		}
	}
	if m != nil && m.Hash != plan.Inputs.MapHash {
		return &outrider.Error{
			Kind: outrider.WrongMap, Where: "report", Cause: fmt.Sprintf("the plan was made from map %s, this is %s", short(plan.Inputs.MapHash), short(m.Hash)),
			Remedy: "give the map that the plan names, or plan again on this one",
		}
	}
	t, err := template.New("report").Parse(reportTemplate)
	if err != nil {
		return fmt.Errorf("report template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(plan, m)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// What the template shows, as text. The template escapes every string; the
// drawings have escaped theirs.
type (
	page struct {
		Style       template.CSS
		Symbols     template.HTML
		Title       string
		Cover       string
		Movement    string
		Facts       []fact
		Warnings    []string
		Stale       bool
		DataDate    string
		Calibrated  bool
		Vehicles    []vehicleRow
		Column      []fact
		Legs        []legPage
		Sources     []fact
		Attribution string
		Made        string
	}
	fact       struct{ Name, Value string }
	vehicleRow struct {
		No                            int
		CallSign, Role, Class, Length string
		Unknown                       bool
	}
	legPage struct {
		ID, Title, From, To string
		Facts               []fact
		Map                 template.HTML
		MapNote             string
		Details             []detailMap
		Legend              []legendItem
		Symbols             []symbolItem
		Routes              []routeRow
		BoundNote           string
		MustPass            []mustPassRow
		Primary             routePage
		Alternates          []routePage
	}
	detailMap struct {
		Caption string
		Map     template.HTML
	}
	legendItem struct {
		Sample template.HTML
		Text   string
	}
	symbolItem struct{ Name, Meaning string }
	routeRow   struct {
		Name, Class                                               string
		Total, Driving, Length, Detour, Shared, Exposure, Hazards string
		Band                                                      int
		BandName                                                  string
		MaxP, Chance                                              string
	}
	mustPassRow struct{ Road, At, Length, Place string }
	routePage   struct {
		ID, Title string
		Strip     template.HTML
		Parts     []partRow
		March     []marchRow
		Hazards   []hazardRow
		Havens    []havenRow
		Steps     []stepRow
		Day       string
	}
	partRow struct {
		Symbol, Kind, Share, Metres string
		Width                       int
	}
	marchRow  struct{ Mark, Kind, Class, Point, Odometer, Between, Head, Tail, Halt, Place string }
	hazardRow struct {
		Odometer, At, Symbol, Kind, Detail, Extent, Evidence, Source string
		Band                                                         int
	}
	havenRow struct {
		Odometer, Kind, Name, Drive, Metres, Source string
		Verified                                    bool
	}
	stepRow struct {
		Odometer, Turn, Road, Length, Duration string
		Private                                bool
	}
)

func newPage(p *outrider.Plan, m *network.Map) *page {
	c := clock{zoneOf(p)}
	out := &page{
		Style: template.CSS(reportStyle), Symbols: template.HTML(symbolDefs()),
		Title: plain(p.Cover + " – " + p.Movement), Cover: plain(p.Cover), Movement: plain(p.Movement),
		Stale: p.Inputs.Stale, DataDate: dataDate(p, "2 January 2006"), Calibrated: p.Inputs.Calibrated,
		Attribution: plain(attribution(p)), Made: c.full(p.Made),
	}
	for _, w := range p.Warnings {
		out.Warnings = append(out.Warnings, plain(w))
	}
	first, last := &p.Legs[0], &p.Legs[len(p.Legs)-1]
	earliest, latest := first.Earliest, first.Latest
	out.Facts = []fact{
		{"From", plain(first.From.Label)},
		{"To", plain(last.To.Label)},
		{"Times are in", plain(p.Zone)},
		{"Head leaves", c.full(earliest)},
		{"at the latest", c.full(latest)},
		{"Date-time group", group(earliest)},
	}
	out.Vehicles, out.Column = columnOf(&p.Convoy)
	drawings := 0
	for range p.Legs {
		drawings += 4 // the overview counts as much as two details
	}
	for i := range p.Legs {
		out.Legs = append(out.Legs, newLeg(p, m, i, c, groundBudget/drawings))
	}
	out.Sources = []fact{
		{"Map", plain(p.Inputs.MapName)},
		{"Map data", dataDate(p, time.DateOnly)},
		{"Map SHA-256", plain(p.Inputs.MapHash)},
		{"Movement file SHA-256", plain(p.Inputs.MovementHash)},
		{"Risk profile", plain(p.Inputs.ProfileName)},
		{"Risk profile SHA-256", plain(p.Inputs.ProfileHash)},
		{"Findings in force", fmt.Sprint(p.Inputs.Findings)},
		{"Findings SHA-256", plain(p.Inputs.FindingsHash)},
		{"Program", plain(p.Inputs.Program)},
		{"Worked out", c.full(p.Made)},
	}
	return out
}

func columnOf(v *outrider.Column) ([]vehicleRow, []fact) {
	var rows []vehicleRow
	for i := range v.Vehicles {
		x := &v.Vehicles[i]
		rows = append(rows, vehicleRow{
			i + 1, plain(x.CallSign), plain(string(x.Role)), plain(x.Class), fmt.Sprintf("%.1f m", x.LengthM),
			slices.Contains(v.UnknownDims, x.CallSign),
		})
	}
	facts := []fact{
		{"Road space", fmt.Sprintf("%.0f m", v.Length)},
		{"Time of passage", duration(v.PassTime)},
		{"March speed", fmt.Sprintf("%g km/h", v.MarchKMH)},
		{"Catch-up speed", fmt.Sprintf("%g km/h", v.CatchUpKMH)},
		{"Gap at march speed", fmt.Sprintf("%.0f m", v.GapMetres)},
	}
	for _, d := range []struct {
		name, unit string
		value      float64
	}{{"Greatest height", "m", v.HeightM}, {"Greatest width", "m", v.WidthM}, {"Greatest mass", "t", v.MassT}, {"Longest vehicle", "m", v.LongestM}} {
		value := "unknown"
		if d.value > 0 {
			value = fmt.Sprintf("%g %s", d.value, d.unit)
		}
		facts = append(facts, fact{d.name, value})
	}
	return rows, facts
}

func newLeg(p *outrider.Plan, m *network.Map, i int, c clock, budget int) legPage {
	leg := &p.Legs[i]
	main := overview(p, m, i, 2*budget)
	out := legPage{
		ID: fmt.Sprintf("leg%d", i+1), Title: plain(legTitle(p, i)), From: plain(leg.From.Label), To: plain(leg.To.Label),
		Map: template.HTML(main.svg()),
	}
	primary := &leg.Routes[0]
	earliest, latest := leg.Earliest, leg.Latest
	arrive := earliest.Add(time.Duration(primary.Times[len(primary.Times)-1] * float64(time.Second)))
	out.Facts = []fact{
		{"Start point", place(&leg.From)},
		{"Release point", place(&leg.To)},
		{"Head leaves", c.full(earliest) + " to " + c.minute(earliest, latest)},
		{"Head arrives", c.full(arrive) + ", if it leaves at the earliest"},
	}
	if main.hidden > 0 {
		out.MapNote = fmt.Sprintf("%d of %d hazards are left off the map where others stand already; the table has them all.", main.hidden, len(primary.Hazards))
	}
	for _, start := range []bool{true, false} {
		d := detail(p, m, i, budget, start)
		name := "Release point: " + leg.To.Label
		if start {
			name = "Start point: " + leg.From.Label
		}
		out.Details = append(out.Details, detailMap{plain(name), template.HTML(d.svg())})
		for s := range d.symbols {
			main.symbols[s] = true
		}
	}
	out.Legend = legend(p, leg, m != nil)
	for _, s := range symbols {
		if main.symbols[s.name] {
			out.Symbols = append(out.Symbols, symbolItem{s.name, s.meaning})
		}
	}
	for j := range leg.Routes {
		out.Routes = append(out.Routes, compare(p, leg, j))
	}
	a := &leg.Alternates
	switch {
	case a.Found < a.Asked:
		out.BoundNote = plain(missing(a))
	case a.Asked > 0:
		out.BoundNote = fmt.Sprintf("Bounds: at most %.2f times the fastest, at most %s in common.", a.MaxDetour, percent(a.MaxShared))
	}
	for k := range leg.Shared {
		s := &leg.Shared[k]
		out.MustPass = append(out.MustPass, mustPassRow{plain(s.Road), odometer(s.From), extent(s.From, s.To), coordinate(s.Lat, s.Lon)})
	}
	for j := range leg.Routes {
		r := newRoute(leg, j, fmt.Sprintf("%s-r%d", out.ID, j+1), c)
		if j == 0 {
			out.Primary = r
		} else {
			out.Alternates = append(out.Alternates, r)
		}
	}
	return out
}

func place(q *outrider.PlanPoint) string {
	s := plain(q.Label)
	if q.Road != "" {
		s += ", on " + plain(q.Road)
	}
	s += " (" + coordinate(q.Lat, q.Lon) + "; MGRS " + geo.FormatMGRS(geo.PointFromDegrees(q.Lat, q.Lon), 5) + ")"
	if q.Away >= 1 {
		s += fmt.Sprintf(", %.0f m from the place given", q.Away)
	}
	return s
}

func coordinate(lat, lon float64) string { return fmt.Sprintf("%.5f, %.5f", lat, lon) }

// legend returns the lines of the map's legend besides the symbols.
func legend(p *outrider.Plan, leg *outrider.LegPlan, ground bool) []legendItem {
	sample := func(drawing string) template.HTML {
		return template.HTML(`<svg class="sample" viewBox="0 0 300 90" aria-hidden="true" focusable="false">` + drawing + `</svg>`)
	}
	var items []legendItem
	for j := range min(len(leg.Routes), 4) {
		items = append(items, legendItem{sample(fmt.Sprintf(`<path class="casing%d" d="M10 45H290"/><path class="%s" d="M10 45H290"/>`, min(j, 1), routeClass(j))), plain(routeTitle(&leg.Routes[j], j))})
	}
	items = append(
		items,
		legendItem{sample(`<g class="mark start"><circle cx="90" cy="45" r="38"/><text x="90" y="62">SP</text></g><g class="mark release"><circle cx="210" cy="45" r="38"/><text x="210" y="62">RP</text></g>`), "start point, release point"},
		legendItem{sample(`<g class="mark critical"><circle cx="90" cy="45" r="38"/><text x="90" y="62">1</text></g><g class="mark halt"><rect x="172" y="7" width="76" height="76" rx="8"/><text x="210" y="62">2</text></g>`), "critical point, halt (numbers of the march table)"},
	)
	seen := map[string]bool{}
	for i := range p.Areas {
		class := areaClass(&p.Areas[i])
		if seen[class] {
			continue
		}
		seen[class] = true
		text := map[string]string{"secured": "secured area", "avoid": "area to avoid", "forbidden": "forbidden area"}[class]
		items = append(items, legendItem{sample(fmt.Sprintf(`<rect class="%s" x="60" y="8" width="180" height="74"/>`, class)), text})
	}
	if ground {
		items = append(items, legendItem{sample(`<path class="c1" d="M10 25H140"/><path class="r1" d="M10 25H140"/><path class="r3" d="M160 25H290"/><path class="r4" d="M10 65H140"/><path class="river" d="M160 65H290"/>`), "roads by class, water"})
	}
	return items
}

// compare returns the route's line of the comparison. Exposure is a ratio to the
// primary route while the profile is not calibrated.
func compare(p *outrider.Plan, leg *outrider.LegPlan, j int) routeRow {
	r, primary := &leg.Routes[j], &leg.Routes[0]
	row := routeRow{
		Name: plain(routeTitle(r, j)), Class: routeClass(j),
		Total: duration(r.Duration + r.Halts), Driving: duration(r.Duration), Length: kilometres(r.Length),
		Detour: fmt.Sprintf("× %.2f", r.Detour), Shared: percent(r.Shared), Hazards: fmt.Sprint(len(r.Hazards)),
		Band: r.MaxPBand, BandName: bandName(r.MaxPBand), Exposure: "–",
	}
	if j == 0 {
		row.Shared = "–"
	}
	if primary.Lambda > 0 {
		row.Exposure = fmt.Sprintf("× %.2f", r.Lambda/primary.Lambda)
	}
	if p.Inputs.Calibrated {
		row.MaxP, row.Chance = probability(r.MaxP), probability(chance(r.Lambda))
	}
	return row
}

func newRoute(leg *outrider.LegPlan, j int, id string, c clock) routePage {
	r := &leg.Routes[j]
	title := plain(routeTitle(r, j))
	earliest := leg.Earliest
	out := routePage{ID: id, Title: title, Day: c.day(earliest), Strip: template.HTML(strip(r, id+"-strip", "Exposure along the odometer, "+title))}
	for k := range r.Parts {
		q := &r.Parts[k]
		share := 0.0
		if r.Lambda > 0 {
			share = q.Lambda / r.Lambda
		}
		out.Parts = append(out.Parts, partRow{symbolOf(q.Kind), plain(kindName(q.Kind)), percent(share), distance(q.Metres), int(share*100 + 0.5)})
	}
	names, before := marks(r.March), 0.0
	for k := range r.March {
		q := &r.March[k]
		row := marchRow{
			Mark: names[k], Kind: plain(q.Kind), Class: markClass(q.Kind), Point: plain(q.Point), Odometer: odometer(q.Odometer),
			Head: c.second(earliest, q.Head), Tail: c.second(earliest, q.Tail), Place: coordinate(q.Lat, q.Lon),
		}
		if k > 0 {
			row.Between = odometer(q.Odometer - before)
		}
		before = q.Odometer
		if q.HaltS > 0 {
			row.Halt = duration(q.HaltS)
		}
		out.March = append(out.March, row)
	}
	for k := range r.Hazards {
		h := &r.Hazards[k]
		source := plain(h.OSM)
		if h.Finding != "" {
			source = strings.TrimSpace("finding " + plain(h.Finding) + " " + source)
		}
		out.Hazards = append(out.Hazards, hazardRow{
			odometer(h.From), c.minute(earliest, h.At), symbolOf(h.Kind), plain(kindName(h.Kind)), plain(h.Detail), extent(h.From, h.To), plain(h.Evidence), source, h.Band,
		})
	}
	for k := range r.Havens {
		h := &r.Havens[k]
		out.Havens = append(out.Havens, havenRow{
			odometer(h.Odometer), plain(kindName(h.Kind)), plain(h.Name), duration(h.Drive), distance(h.Metres), plain(h.OSM), h.Verified,
		})
	}
	for k := range r.Steps {
		s := &r.Steps[k]
		out.Steps = append(out.Steps, stepRow{odometer(s.From), plain(s.Turn), plain(s.Road), distance(s.Length), duration(s.Duration), s.Private})
	}
	return out
}
