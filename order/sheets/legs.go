package sheets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/paper"
)

// light is when it is light on the day of each leg.
func (b *book) light() paper.Table {
	t := paper.Table{Caption: wordLight, Columns: columns(wordLeg, wordFirstLight, wordSunrise, wordSunset, wordLastLight, wordArrivesIn)}
	for i := range b.legs {
		l := &b.legs[i]
		at := func(x time.Time) string {
			if x.IsZero() {
				return wordNoValue
			}
			return b.Minute(l.Earliest, x)
		}
		d := &l.Daylight
		in := b.arrivesIn(l)
		if d.Polar != "" {
			in += say(wordPolar, plain.Text(d.Polar))
		}
		t.Rows = append(t.Rows, []string{l.title, at(d.FirstLight), at(d.Sunrise), at(d.Sunset), at(d.LastLight), in})
	}
	return t
}

func (b *book) itinerary() paper.Table {
	t := paper.Table{Caption: wordItinerary, Columns: columns(wordLeg, wordBy, wordFromPlace, wordToPlace, wordLeaves, ">"+wordTakes, wordArrives, wordStaysUntil)}
	start := b.legs[0].Earliest
	for i := range b.legs {
		l := &b.legs[i]
		leaves := b.Minute(start, l.Earliest)
		if l.Latest.After(l.Earliest) {
			leaves += wordDash + b.Minute(start, l.Latest)
		}
		stays := wordNoValue
		if l.Stay != nil {
			stays = b.Minute(start, l.Stay.Until)
		}
		t.Rows = append(t.Rows, []string{
			l.title, mode(l.Mode), b.place(l.From.Label), b.place(l.To.Label), leaves,
			exchange.Duration(l.route.Duration + l.route.Halts), b.Minute(start, l.arrival()), stays,
		})
	}
	return t
}

// legParagraph says everything about a leg.
func (b *book) legParagraph(w *writer, l *leg) {
	w.heading(2, fmt.Sprintf("3.d.%d", l.number), l.title)
	w.fields(b.legFields(l)...)
	if d, ok := b.legMap(l); ok {
		w.add(d)
	}
	w.table(b.march(l), "", 1, 2)
	w.add(b.strips(l, 0)...)
	w.table(b.roadTable(l), wordNoSteps, 2, 1)
	w.table(b.mustPass(l), "", 1, 3)
	w.table(b.hazards(l), wordNoHazards, 2, 3, 0)
	if !l.rail() {
		w.table(b.decisions(l), b.noDecisions(l), 2, 3, 0)
		w.table(b.havens(l), wordNoHavens, 1, 2, 6)
		w.table(b.breakOuts(l), "", 1, 2)
	}
	if l.Rail != nil {
		b.railBlocks(w, l)
	}
}

// mustPass lists the chokepoints that no route can go around. Their odometers are
// those of the primary route; on another they are looked for on its line.
func (b *book) mustPass(l *leg) paper.Table {
	t := paper.Table{Caption: wordMustPass, Columns: columns(">"+b.Unit(), wordRoad, ">"+wordExtent, wordPosition)}
	for i := range l.Shared {
		s := &l.Shared[i]
		at := b.Odometer(s.From)
		if !l.primary {
			at = wordUnknown
			if odometer, away := l.nearest(geo.PointFromDegrees(s.Lat, s.Lon)); away < sharedRange {
				at = b.Odometer(odometer)
			}
		}
		t.Rows = append(t.Rows, []string{at, b.road(s.Road), b.extent(s.From, s.To), b.Position(s.Lat, s.Lon)})
	}
	return t
}

// sharedRange is how far the line of a route may be from a chokepoint that it
// passes, metres.
const sharedRange = 50

// legFields are the facts of a leg.
func (b *book) legFields(l *leg) []paper.Field {
	r := l.route
	out := []paper.Field{
		{Label: wordStartPoint, Text: b.endpoint(&l.From)},
		{Label: wordReleasePoint, Text: b.endpoint(&l.To)},
		{Label: wordHeadLeaves, Text: b.both(l.Earliest) + say(wordAtLatest, b.Minute(l.Earliest, l.Latest))},
		{Label: wordHeadArrives, Text: b.arrives(l)},
		{Label: wordRoute, Text: say(wordRouteOf, l.name, b.Long(r.Length), exchange.Duration(r.Duration), exchange.Duration(r.Halts))},
	}
	if d := l.Daylight.DarkS; d > 0 && l.primary {
		out = append(out, paper.Field{Label: wordInDark, Text: exchange.Duration(d)})
	}
	out = append(out, b.turningBack(l)...)
	if s := l.Stay; s != nil {
		where := ""
		if s.Venue != "" {
			where = say(wordStaysAt, b.call(outrider.ThingVenue, s.Venue))
		}
		out = append(out, paper.Field{Label: wordStays, Text: say(wordStaysOf, b.Minute(l.Earliest, b.stayFrom(l)), b.Minute(l.Earliest, s.Until), where)})
	}
	return out
}

// stayFrom is when the tail is there by the leg's route; the plan knows it of the
// primary.
func (b *book) stayFrom(l *leg) time.Time {
	if l.primary {
		return l.Stay.From
	}
	return b.tailArrives(l)
}

func (b *book) tailArrives(l *leg) time.Time {
	return l.arrival().Add(seconds(b.plan.Convoy.PassTime))
}

// arrivesIn says in what light the tail arrives by the leg's route; the plan knows
// it of the primary.
func (b *book) arrivesIn(l *leg) string {
	d := &l.Daylight
	if l.primary || d.Polar != "" || d.Sunrise.IsZero() || d.Sunset.IsZero() || d.FirstLight.IsZero() || d.LastLight.IsZero() {
		return or(plain.Text(d.ArrivesIn), wordUnknown)
	}
	tail := b.tailArrives(l)
	within := func(from, to time.Time) bool { return !tail.Before(from) && !tail.After(to) }
	switch {
	case within(d.Sunrise, d.Sunset):
		return wordDaylight
	case within(d.FirstLight, d.LastLight):
		return wordTwilight
	}
	return wordDark
}

func (b *book) endpoint(q *outrider.PlanPoint) string {
	s := b.place(q.Label)
	if q.Road != "" {
		s += say(wordOnRoad, b.road(q.Road))
	}
	return s + " (" + b.Position(q.Lat, q.Lon) + ")"
}

// arrives says when the head is there, and how early or late it may be.
func (b *book) arrives(l *leg) string {
	s := b.both(l.arrival())
	if r := l.route; r.Late > r.Duration && (r.Late-r.Duration >= 30 || r.Duration-r.Early >= 30) {
		s += say(wordSpread, b.Minute(l.Earliest, l.arrival().Add(-seconds(r.Duration-r.Early))), b.Minute(l.Earliest, l.arrival().Add(seconds(r.Late-r.Duration))))
	}
	if a := l.Arrive; a != nil {
		s += say(wordAskedBetween, b.Minute(l.Earliest, a.From), b.Minute(l.Earliest, a.To))
	}
	return s
}

// turningBack says until where the column can go back. It was worked out on the
// primary route only.
func (b *book) turningBack(l *leg) []paper.Field {
	if l.rail() {
		return nil
	}
	t := &l.Turning
	if !l.primary {
		return []paper.Field{{Label: wordTurnBack, Text: wordNotWorkedOut}}
	}
	at := func(q *outrider.TurnPlace) string {
		return say(wordTurnPlace, b.Minute(l.Earliest, q.Head), b.Unit(), b.Odometer(q.Odometer), b.road(q.Road), b.Position(q.Lat, q.Lon), exchange.Duration(q.Back), exchange.Duration(q.On))
	}
	var out []paper.Field
	back := or(b.machine(t.Why), wordUnknown)
	switch {
	case t.Latest != nil:
		back = at(t.Latest) + say(wordBackBy, b.Minute(l.Earliest, t.BackBy), back)
	case t.Never:
		back = say(wordNeverBack, b.Minute(l.Earliest, t.BackBy), back)
	case !t.BackBy.IsZero():
		back = say(wordAlwaysBack, b.Minute(l.Earliest, t.BackBy), back)
	}
	out = append(out, paper.Field{Label: wordTurnBack, Text: back})
	if t.EqualTime != nil {
		out = append(out, paper.Field{Label: wordEqualTime, Text: at(t.EqualTime)})
	}
	switch {
	case t.NoReturn != nil:
		out = append(out, paper.Field{Label: wordNoReturn, Text: at(t.NoReturn)})
	case t.FuelNever:
		out = append(out, paper.Field{Label: wordNoReturn, Text: wordFuelNever})
	}
	return out
}

// marks returns what map and tables call each row of a march table: SP and RP for
// start and release point, numbers between them.
func marks(rows []outrider.MarchRow) []string {
	names := make([]string, len(rows))
	n := 0
	for i := range rows {
		switch rows[i].Kind {
		case "start":
			names[i] = wordSP
		case "release":
			names[i] = wordRP
		default:
			n++
			names[i] = fmt.Sprint(n)
		}
	}
	return names
}

// march is the march table of a leg.
func (b *book) march(l *leg) paper.Table {
	t := paper.Table{
		Caption: say(wordMarchTable, l.title),
		Columns: columns(wordMark, wordPoint, wordPosition, ">"+b.Unit(), ">"+wordBetween, wordHead, wordTail, wordEarlyLate, ">"+wordHalt),
	}
	rows := l.route.March
	for i, name := range marks(rows) {
		m := &rows[i]
		between := ""
		if i > 0 {
			between = b.Odometer(m.Odometer - rows[i-1].Odometer)
		}
		halt := ""
		if m.HaltS > 0 {
			halt = exchange.Duration(m.HaltS)
		}
		point := plain.Capital(b.point(m))
		if m.Dark {
			point += wordDarkMark
		}
		if m.Kind != "critical" {
			t.Strong = append(t.Strong, i)
		}
		t.Rows = append(t.Rows, []string{
			name, point, b.Position(m.Lat, m.Lon), b.Odometer(m.Odometer), between,
			b.Second(l.Earliest, m.Head), b.Second(l.Earliest, m.Tail), spread(m.EarlyS, m.LateS), halt,
		})
	}
	return t
}

// spread writes by how much a time may be early or late, in minutes.
func spread(early, late float64) string {
	if early < 30 && late < 30 {
		return ""
	}
	return fmt.Sprintf(wordMinusPlus, early/60, late/60)
}

func (b *book) extent(from, to float64) string {
	if to-from < 1 {
		return ""
	}
	return b.Distance(to - from)
}

// roadTable lists the roads of a leg in order.
func (b *book) roadTable(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordRoadsOf, l.title), Columns: columns(">"+b.Unit(), wordTurn, wordRoad, ">"+wordFor, wordHead)}
	for i := range l.route.Steps {
		s := &l.route.Steps[i]
		road := b.road(s.Road)
		if s.Private {
			road += wordPrivate
		}
		t.Rows = append(t.Rows, []string{b.Odometer(s.From), plain.Capital(plain.Text(s.Turn)), road, b.Distance(s.Length), b.Minute(l.Earliest, l.timeAt(s.From))})
	}
	return t
}

// timeAt returns when the head is at an odometer of the route, leaving at the
// earliest.
func (l *leg) timeAt(odometer float64) time.Time {
	r := l.route
	if len(r.Times) != len(r.Odometer) || len(r.Times) == 0 {
		return l.Earliest
	}
	i, _ := slices.BinarySearch(r.Odometer, odometer)
	switch {
	case i == 0:
		return l.Earliest.Add(seconds(r.Times[0]))
	case i >= len(r.Times):
		return l.Earliest.Add(seconds(r.Times[len(r.Times)-1]))
	}
	f := 0.0
	if gap := r.Odometer[i] - r.Odometer[i-1]; gap > 0 {
		f = (odometer - r.Odometer[i-1]) / gap
	}
	return l.Earliest.Add(seconds(r.Times[i-1] + f*(r.Times[i]-r.Times[i-1])))
}

// gravest is the band from which a hazard stands out.
const gravest = 5

// hazards lists what the route passes, in order of passage. Hazards of one kind
// that follow one another, and of which no more is known, are one row that says how
// many they are.
func (b *book) hazards(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordHazardsOf, l.title), Columns: columns(">"+b.Unit(), wordHead, wordHazard, wordDetail, ">"+wordExtent, wordSource)}
	list := l.route.Hazards
	for i := 0; i < len(list); {
		h := &list[i]
		end := i + 1
		for alike(h) && end < len(list) && alike(&list[end]) && list[end].Kind == h.Kind {
			end++
		}
		source := wordFromMap
		if h.Finding != "" {
			source = wordFromSurvey
		}
		if h.Band >= gravest {
			t.Strong = append(t.Strong, len(t.Rows))
		}
		detail, extent := b.machine(h.Detail), b.extent(h.From, h.To)
		if n := end - i; n > 1 {
			detail, extent = say(wordSeveral, n, b.Odometer(list[end-1].From)), ""
		}
		t.Rows = append(t.Rows, []string{b.Odometer(h.From), b.Minute(l.Earliest, h.At), kindName(h.Kind), detail, extent, source})
		i = end
	}
	return t
}

// alike reports whether nothing is known of a hazard but its kind and place.
func alike(h *outrider.HazardPass) bool {
	return h.Detail == "" && h.Finding == "" && h.Band < gravest && h.To-h.From < 1
}

// decisions lists where to change over from the route to another.
func (b *book) decisions(l *leg) paper.Table {
	t := paper.Table{
		Caption: say(wordDecisionsOf, l.title),
		Columns: columns(">"+b.Unit(), wordDecideBy, wordToRoute, wordAt, wordOver, wordRejoins, ">"+wordCosts, wordPosition),
	}
	for _, i := range l.decisions() {
		d := &l.Decisions[i]
		cost := exchange.Duration(d.Cost)
		if d.Cost >= 0 {
			cost = "+" + cost
		}
		over := b.roads(d.Over)
		if d.Parting {
			over = wordPart
		}
		t.Rows = append(t.Rows, []string{
			b.Odometer(d.Odometer), b.Minute(l.Earliest, d.Latest), b.call(outrider.ThingRoute, d.To), b.road(d.Road), over,
			say(wordRejoin, b.Unit(), b.Odometer(d.Rejoin), b.road(d.RejoinOn)), cost, b.Position(d.Lat, d.Lon),
		})
	}
	return t
}

// decisions returns the decision points at which the leg's route can be left, by
// index.
func (l *leg) decisions() []int {
	var out []int
	for i := range l.Decisions {
		if l.planned && l.Decisions[i].From == l.route.Name {
			out = append(out, i)
		}
	}
	return out
}

func (b *book) noDecisions(l *leg) string {
	switch others := len(l.Routes) > 1 || l.Mix != nil && len(l.Mix.Routes) > 1; {
	case !others:
		return wordNoDecisions
	case l.primary:
		return wordDecisionsNone
	}
	return wordDecisionsNotWorked
}

// haven is a safe haven with what is known of the way to it.
type haven struct {
	outrider.HavenPass
	air float64 // metres in a straight line, where the way was not worked out; else 0
}

// safe returns the safe havens along the leg's route, in order of passage. A route
// for which none were looked for gets those of the leg's other routes, with the
// place of the route that is nearest in a straight line.
func (l *leg) safe() []haven {
	var out []haven
	for i := range l.route.Havens {
		out = append(out, haven{HavenPass: l.route.Havens[i]})
	}
	if len(out) > 0 || l.planned {
		return out
	}
	seen := map[string]bool{}
	for j := range l.Routes {
		for _, h := range l.Routes[j].Havens {
			if seen[h.OSM] {
				continue
			}
			seen[h.OSM] = true
			near := haven{HavenPass: h, air: math.Inf(1)}
			for k, q := range l.route.Points {
				if d := geo.Distance(q.Point(), geo.PointFromDegrees(h.Lat, h.Lon)); d < near.air {
					near.air, near.Odometer = d, l.route.Odometer[k]
				}
			}
			out = append(out, near)
		}
	}
	slices.SortStableFunc(out, func(a, c haven) int { return int(math.Copysign(1, a.Odometer-c.Odometer)) })
	return out
}

func (b *book) havens(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordHavensOf, l.title), Columns: columns(">"+b.Unit(), wordKind, wordName, ">"+wordDrive, ">"+wordDistance, wordSurveyed, wordPosition)}
	for _, h := range l.safe() {
		drive, distance, surveyed := exchange.Duration(h.Drive), b.Distance(h.Metres), wordUnverified
		if h.air > 0 {
			drive, distance = wordUnknown, say(wordStraight, b.Distance(h.air))
		}
		if h.Verified {
			surveyed = wordVerified
		}
		t.Rows = append(t.Rows, []string{b.Odometer(h.Odometer), kindName(h.Kind), b.havenName(h.Name), drive, distance, surveyed, b.Position(h.Lat, h.Lon)})
	}
	return t
}

func (b *book) havenName(name string) string {
	return or(b.call(outrider.ThingPlace, name), wordUnnamedHaven)
}

// breakOuts lists the ways from critical points to a safe haven.
func (b *book) breakOuts(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordBreakOutsOf, l.title), Columns: columns(">"+b.Unit(), wordFromPoint, wordSide, ">"+wordLeavesAt, wordToHaven, ">"+wordDrive, wordOver, wordSurveyed)}
	t.Columns[1].Share, t.Columns[4].Share, t.Columns[6].Share = 3, 3, 5
	for i := range l.route.BreakOut {
		q := &l.route.BreakOut[i]
		side := wordThrough
		if q.Before {
			side = wordShortOf
		}
		point := plain.Capital(b.point(&outrider.MarchRow{Kind: "critical", Point: q.Point}))
		if q.Kind == "" {
			t.Strong = append(t.Strong, len(t.Rows))
			t.Rows = append(t.Rows, []string{b.Odometer(q.Odometer), point, side, "", wordNoneInReach, "", "", ""})
			continue
		}
		surveyed := "" // as most are: the caption says so once
		if q.Verified {
			surveyed = wordVerified
		}
		t.Rows = append(t.Rows, []string{
			b.Odometer(q.Odometer), point, side, b.Odometer(q.Leaves), kindName(q.Kind) + ", " + b.havenName(q.Haven),
			exchange.Duration(q.Drive), b.roads(q.Over), surveyed,
		})
	}
	return t
}

// venue is the sheet of a venue.
func (b *book) venue(v *outrider.VenuePlan) []paper.Field {
	place := func(q *outrider.VenuePlace, side bool) string {
		if q == nil {
			return wordUnknown
		}
		s := b.place(q.Label) + " (" + b.Position(q.Lat, q.Lon) + ")"
		if side {
			s += say(wordApproach, or(plain.Text(string(q.Approach)), wordUnknown))
		}
		return s
	}
	phones := wordUnknown
	if len(v.Telephones) > 0 {
		var each []string
		for _, q := range v.Telephones {
			each = append(each, b.prose(q.Office)+" "+or(plain.Text(q.Number), wordUnknown))
		}
		phones = strings.Join(each, "; ")
	}
	verified := wordUnknown
	if v.Verified != "" {
		verified = say(wordVerifiedBy, plain.Text(v.Verified), or(plain.Text(v.VerifiedBy), wordUnknown))
	}
	return []paper.Field{
		{Label: wordPlace, Text: place(&v.At, false)},
		{Label: wordArrival, Text: place(v.Arrival, true)},
		{Label: wordDeparture, Text: place(v.Departure, true)},
		{Label: wordStaging, Text: place(v.Staging, false)},
		{Label: wordOtherEntrance, Text: place(v.AlternateEntrance, true)},
		{Label: wordLandingZone, Text: place(v.LandingZone, false)},
		{Label: wordTelephones, Text: phones},
		{Label: wordSheetVerified, Text: verified},
	}
}
