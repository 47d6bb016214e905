package order

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
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
	if err := check(plan); err != nil {
		return err
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

// check refuses a plan of which no document can be made.
func check(plan *outrider.Plan) error {
	if plan == nil || len(plan.Legs) == 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: "plan", Cause: "it has no leg", Remedy: "make the plan again"}
	}
	for i := range plan.Legs {
		if len(plan.Legs[i].Routes) == 0 || slices.ContainsFunc(plan.Legs[i].Routes, func(r outrider.RoutePlan) bool { return len(r.Points) < 2 }) {
			return &outrider.Error{Kind: outrider.Invalid, Where: "plan: " + legTitle(plan, i), Cause: "the leg has no route, or one without a line", Remedy: "make the plan again"}
		}
	}
	return nil
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
		Unit        string // of odometers
		Sheets      []sheet
		Packets     sheet
		Venues      []venuePage
		Legs        []legPage
		Sources     []fact
		Attribution string
		Made        string
	}
	fact      struct{ Name, Value string }
	venuePage struct {
		Name  string
		Facts []fact
	}
	vehicleRow struct {
		No                                                  int
		CallSign, Role, Class, Length, Mass, Turning, Seats string
		Offset, After                                       string
		Unknown                                             bool
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
		Mix                 *mixPage
		Decisions           sheet
		Train               []fact
		Rail                []sheet
		Unit                string
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
		BreakOut  sheet
		Steps     []stepRow
		Day, Unit string
	}
	partRow struct {
		Symbol, Kind, Share, Metres string
		Width                       int
	}
	marchRow struct {
		Mark, Kind, Class, Point, Odometer, Between, Head, Tail, Band, Halt, Place string
		Dark                                                                       bool
	}
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
	c := clock{exchange.FormOf(p)}
	out := &page{
		Style: template.CSS(reportStyle + plotRules), Symbols: template.HTML(symbolDefs()),
		Title: plain.Text(p.Cover + " – " + p.Movement), Cover: plain.Text(p.Cover), Movement: plain.Text(p.Movement),
		Stale: p.Inputs.Stale, DataDate: dataDate(p), Calibrated: p.Inputs.Calibrated,
		Attribution: plain.Text(p.Inputs.Credit()), Made: c.Local(p.Made),
	}
	for _, w := range p.Warnings {
		out.Warnings = append(out.Warnings, plain.Text(w))
	}
	first, last := &p.Legs[0], &p.Legs[len(p.Legs)-1]
	earliest, latest := first.Earliest, first.Latest
	out.Facts = []fact{
		{"From", plain.Text(first.From.Label)},
		{"To", plain.Text(last.To.Label)},
		{"Times are in", plain.Text(p.Zone)},
		{"Head leaves", c.Local(earliest)},
		{"at the latest", c.Local(latest)},
		{"Date-time group", exchange.DTG(earliest)},
		{"Positions", positionsIn(p)},
	}
	out.Unit, out.Packets = c.Unit(), packets(&p.Convoy)
	if len(p.Legs) > 1 || first.Stay != nil {
		out.Sheets = append(out.Sheets, itinerary(p, c))
	}
	for i := range p.Venues {
		out.Venues = append(out.Venues, venuePage{plain.Text(p.Venues[i].Name), venueFacts(&p.Venues[i], c)})
	}
	out.Vehicles, out.Column = columnOf(&p.Convoy, c)
	drawings := 0
	for i := range p.Legs {
		drawings += 4 // the overview counts as much as two details
		if p.Legs[i].Mix != nil {
			drawings += 2
		}
	}
	for i := range p.Legs {
		out.Legs = append(out.Legs, newLeg(p, m, i, c, groundBudget/drawings))
	}
	out.Sources = []fact{
		{"Map", plain.Text(p.Inputs.MapName)},
		{"Map data", outrider.DataDay(p.Inputs.DataDate)},
		{"Map SHA-256", plain.Text(p.Inputs.MapHash)},
		{"Movement file SHA-256", plain.Text(p.Inputs.MovementHash)},
		{"Risk profile", plain.Text(p.Inputs.ProfileName)},
		{"Risk profile SHA-256", plain.Text(p.Inputs.ProfileHash)},
		{"Findings in force", fmt.Sprint(p.Inputs.Findings)},
		{"Findings SHA-256", plain.Text(p.Inputs.FindingsHash)},
		{"Speeds", plain.Text(p.Inputs.SpeedsName)},
		{"Speeds SHA-256", plain.Text(p.Inputs.SpeedsHash)},
		{"Timed runs", fmt.Sprint(p.Inputs.Runs)},
		{"Program", plain.Text(p.Inputs.Program)},
		{"Worked out", c.Local(p.Made)},
	}
	if p.Inputs.Timetable != "" {
		out.Sources = append(out.Sources, fact{"Timetable", plain.Text(p.Inputs.Timetable)}, fact{"Timetable SHA-256", plain.Text(p.Inputs.TimetableHash)})
	}
	return out
}

// positionsIn says in which form and on which datum positions are written.
func positionsIn(p *outrider.Plan) string {
	switch p.Print.Positions {
	case outrider.UTM:
		return "UTM, WGS84"
	case outrider.MGRS:
		return "MGRS, WGS84"
	case outrider.Degrees:
	}
	return "latitude, longitude in degrees, WGS84"
}

func columnOf(v *outrider.Column, c clock) ([]vehicleRow, []fact) {
	var rows []vehicleRow
	for i := range v.Vehicles {
		x := &v.Vehicles[i]
		rows = append(rows, vehicleRow{
			No: i + 1, CallSign: plain.Text(x.CallSign), Role: plain.Text(string(x.Role)), Class: plain.Text(x.Class), Length: fmt.Sprintf("%.1f m", x.LengthM),
			Mass: figure(x.MassT, "%.1f t"), Turning: figure(x.TurningM, "%.1f m"), Seats: carries(x.Headcount, x.Seats),
			Offset: fmt.Sprintf("%.0f m", x.OffsetM), After: exchange.Duration(x.OffsetS), Unknown: slices.Contains(v.UnknownDims, x.CallSign),
		})
	}
	facts := []fact{
		{"Road space", fmt.Sprintf("%.0f m", v.Length)},
		{"Time of passage", exchange.Duration(v.PassTime)},
		{"March speed", c.Speed(v.MarchKMH)},
		{"Catch-up speed", c.Speed(v.CatchUpKMH)},
		{"Gap at march speed", fmt.Sprintf("%.0f m", v.GapMetres)},
	}
	for _, d := range []struct {
		name, unit string
		value      float64
	}{
		{"Greatest height", "m", v.HeightM},
		{"Greatest width", "m", v.WidthM},
		{"Greatest mass", "t", v.MassT},
		{"Longest vehicle", "m", v.LongestM},
		{"Greatest turning circle", "m", v.TurningM},
	} {
		value := unknown
		if d.value > 0 {
			value = fmt.Sprintf("%g %s", d.value, d.unit)
		}
		facts = append(facts, fact{d.name, value})
	}
	reach := unknown
	if v.FuelKM > 0 {
		reach = c.Long(v.FuelKM * 1000)
	}
	return rows, append(facts, fact{"Least fuel range, reserve taken off", reach}, fact{"Carries, of seats", carries(v.Headcount, v.Seats)})
}

func newLeg(p *outrider.Plan, m *network.Map, i int, c clock, budget int) legPage {
	leg := &p.Legs[i]
	main := overview(p, m, i, 2*budget)
	out := legPage{
		ID: fmt.Sprintf("leg%d", i+1), Title: plain.Text(legTitle(p, i)), From: plain.Text(leg.From.Label), To: plain.Text(leg.To.Label),
		Map: template.HTML(main.svg()),
	}
	primary := &leg.Routes[0]
	earliest, latest := leg.Earliest, leg.Latest
	out.Facts = []fact{
		{"Start point", c.place(&leg.From)},
		{"Release point", c.place(&leg.To)},
		{"Head leaves", c.both(earliest) + " to " + c.minute(earliest, latest)},
	}
	out.Facts = append(out.Facts, timing(p, leg, c)...)
	out.Unit, out.Decisions = c.Unit(), decisions(leg, c)
	if leg.Rail != nil {
		out.Train, out.Rail = trainFacts(leg.Rail, c), railSheets(leg, c)
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
		out.Details = append(out.Details, detailMap{plain.Text(name), template.HTML(d.svg())})
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
		out.Routes = append(out.Routes, compare(p, leg, j, c))
	}
	a := &leg.Alternates
	switch {
	case a.Found < a.Asked:
		out.BoundNote = plain.Text(missing(a))
	case a.Asked > 0:
		out.BoundNote = fmt.Sprintf("Bounds: at most %.2f times the fastest, at most %s in common.", a.MaxDetour, percent(a.MaxShared))
	}
	out.Mix = newMix(p, m, i, c, budget)
	for k := range leg.Shared {
		s := &leg.Shared[k]
		out.MustPass = append(out.MustPass, mustPassRow{plain.Text(s.Road), c.Odometer(s.From), c.extent(s.From, s.To), c.Position(s.Lat, s.Lon)})
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

func (c clock) place(q *outrider.PlanPoint) string {
	s := plain.Text(q.Label)
	if q.Road != "" {
		s += ", on " + plain.Text(q.Road)
	}
	forms := []string{c.Position(q.Lat, q.Lon)}
	for _, form := range []outrider.PositionForm{outrider.Degrees, outrider.MGRS} { // whatever else the plan is in
		if form != c.Print.Positions && (form != outrider.Degrees || c.Print.Positions != "") {
			forms = append(forms, exchange.Form{Print: outrider.PlanPrint{Positions: form}}.Position(q.Lat, q.Lon))
		}
	}
	s += " (" + strings.Join(forms, "; ") + ")"
	if q.Away >= 1 {
		s += fmt.Sprintf(", %.0f m from the place given", q.Away)
	}
	return s
}

// legend returns the lines of the map's legend besides the symbols.
func legend(p *outrider.Plan, leg *outrider.LegPlan, ground bool) []legendItem {
	sample := func(drawing string) template.HTML {
		return template.HTML(`<svg class="sample" viewBox="0 0 300 90" aria-hidden="true" focusable="false">` + drawing + `</svg>`)
	}
	var items []legendItem
	for j := range min(len(leg.Routes), 4) {
		items = append(items, legendItem{sample(fmt.Sprintf(`<path class="casing%d" d="M10 45H290"/><path class="%s" d="M10 45H290"/>`, min(j, 1), routeClass(j))), plain.Text(routeTitle(&leg.Routes[j], j))})
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
		items = append(
			items,
			legendItem{sample(`<path class="c1" d="M10 25H140"/><path class="r1" d="M10 25H140"/><path class="r3" d="M160 25H290"/><path class="r4" d="M10 65H140"/><path class="river" d="M160 65H290"/>`), "roads by class, water"},
			legendItem{sample(`<path class="rail" d="M10 45H290"/><path class="sleepers" d="M10 45H290"/>`), "railway"},
		)
	}
	return items
}

// compare returns the route's line of the comparison. Exposure is a ratio to the
// primary route while the profile is not calibrated.
func compare(p *outrider.Plan, leg *outrider.LegPlan, j int, c clock) routeRow {
	r, primary := &leg.Routes[j], &leg.Routes[0]
	row := routeRow{
		Name: plain.Text(routeTitle(r, j)), Class: routeClass(j),
		Total: exchange.Duration(r.Duration + r.Halts), Driving: exchange.Duration(r.Duration), Length: c.Long(r.Length),
		Detour: fmt.Sprintf("× %.2f", r.Detour), Shared: percent(r.Shared), Hazards: fmt.Sprint(len(r.Hazards)),
		Band: r.MaxPBand, BandName: bandName(r.MaxPBand), Exposure: "–",
	}
	if j == 0 {
		row.Shared = "–"
	}
	if len(r.Exposure) == 0 { // all of it in secured areas, or by rail: nothing was measured
		row.Band, row.BandName = 0, "–"
	}
	if primary.Lambda > 0 {
		row.Exposure = fmt.Sprintf("× %.2f", r.Lambda/primary.Lambda)
	}
	if p.Inputs.Calibrated {
		row.MaxP, row.Chance = probability(r.MaxP), probability(chance(r.Lambda))
	}
	return row
}

// bandOf returns the band of a hazard, 0 where exposure is not measured: on
// railways.
func bandOf(leg *outrider.LegPlan, h *outrider.HazardPass) int {
	if leg.Mode == outrider.ByRail {
		return 0
	}
	return h.Band
}

func newRoute(leg *outrider.LegPlan, j int, id string, c clock) routePage {
	r := &leg.Routes[j]
	title := plain.Text(routeTitle(r, j))
	earliest := leg.Earliest
	out := routePage{ID: id, Title: title, Day: c.day(earliest), Unit: c.Unit(), BreakOut: breakOuts(r, c)}
	if len(r.Exposure) > 0 {
		out.Strip = template.HTML(strip(r, id+"-strip", "Exposure along the odometer, "+title, c.Form))
	}
	for k := range r.Parts {
		q := &r.Parts[k]
		share := 0.0
		if r.Lambda > 0 {
			share = q.Lambda / r.Lambda
		}
		out.Parts = append(out.Parts, partRow{symbolOf(q.Kind), plain.Text(kindName(q.Kind)), percent(share), c.Distance(q.Metres), int(share*100 + 0.5)})
	}
	names, before := marks(r.March), 0.0
	for k := range r.March {
		q := &r.March[k]
		row := marchRow{
			Mark: names[k], Kind: plain.Text(q.Kind), Class: markClass(q.Kind), Point: plain.Text(q.Point), Odometer: c.Odometer(q.Odometer),
			Head: c.second(earliest, q.Head), Tail: c.second(earliest, q.Tail), Place: c.Position(q.Lat, q.Lon),
			Band: band(q.EarlyS, q.LateS), Dark: q.Dark,
		}
		if k > 0 {
			row.Between = c.Odometer(q.Odometer - before)
		}
		before = q.Odometer
		if q.HaltS > 0 {
			row.Halt = exchange.Duration(q.HaltS)
		}
		out.March = append(out.March, row)
	}
	for k := range r.Hazards {
		h := &r.Hazards[k]
		source := plain.Text(h.OSM)
		if h.Finding != "" {
			source = strings.TrimSpace("finding " + plain.Text(h.Finding) + " " + source)
		}
		out.Hazards = append(out.Hazards, hazardRow{
			c.Odometer(h.From), c.minute(earliest, h.At), symbolOf(h.Kind), plain.Text(kindName(h.Kind)), plain.Text(h.Detail), c.extent(h.From, h.To), plain.Text(h.Evidence), source, bandOf(leg, h),
		})
	}
	for k := range r.Havens {
		h := &r.Havens[k]
		out.Havens = append(out.Havens, havenRow{
			c.Odometer(h.Odometer), plain.Text(kindName(h.Kind)), plain.Text(h.Name), exchange.Duration(h.Drive), c.Distance(h.Metres), plain.Text(h.OSM), h.Verified,
		})
	}
	for k := range r.Steps {
		s := &r.Steps[k]
		out.Steps = append(out.Steps, stepRow{c.Odometer(s.From), plain.Text(s.Turn), plain.Text(s.Road), c.Distance(s.Length), exchange.Duration(s.Duration), s.Private})
	}
	return out
}
