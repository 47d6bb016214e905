package order

import (
	"fmt"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
)

// unknown is how documents print what nobody knows.
const unknown = "?"

// A sheet is a table of a document: the terminal and the page print it alike.
type sheet struct {
	Title string
	Note  string
	Head  []heading
	Rows  []sheetRow
	give  int   // the column that is cut where there is no room
	leave []int // columns that go before that, the first first
}

type heading struct {
	Name   string
	Number bool // set to the right
}

type sheetRow struct {
	Cells []sheetCell
	Tone  string // "", "warn" or "bad"
}

type sheetCell struct {
	Text   string
	Number bool
}

// headings makes the head of a sheet; names that begin with ">" are numbers.
func headings(names ...string) []heading {
	out := make([]heading, len(names))
	for i, n := range names {
		name, number := strings.CutPrefix(n, ">")
		out[i] = heading{name, number}
	}
	return out
}

// row adds a row; control characters are left out.
func (s *sheet) row(tone string, cells ...string) {
	r := sheetRow{Tone: tone}
	for i, c := range cells {
		r.Cells = append(r.Cells, sheetCell{plain.Text(c), s.Head[i].Number})
	}
	s.Rows = append(s.Rows, r)
}

// orUnknown writes a text, or the mark of what is not known.
func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}

// figure writes a number with its unit, or the mark of what is not known.
func figure(x float64, format string) string {
	if x == 0 {
		return unknown
	}
	return fmt.Sprintf(format, x)
}

// carries says how many are carried, of how many seats; 0 is unknown.
func carries(headcount, seats int) string {
	if headcount == 0 && seats == 0 {
		return unknown
	}
	return figure(float64(headcount), "%.0f") + " of " + figure(float64(seats), "%.0f")
}

// band writes how much a duration may be shorter or longer: "-3 / +5 min".
func band(early, late float64) string {
	if early < 30 && late < 30 {
		return ""
	}
	return fmt.Sprintf("−%.0f / +%.0f min", early/60, late/60)
}

// itinerary lists the legs and stays of a plan in order of time.
func itinerary(p *outrider.Plan, c clock) sheet {
	s := sheet{Title: "Itinerary", Head: headings("", "From", "To", "Leaves", ">Takes", "Arrives", "Band", "Light", "Stays until", "If late"), give: 2, leave: []int{7, 6}}
	start := p.Legs[0].Earliest
	for i := range p.Legs {
		leg := &p.Legs[i]
		r := &leg.Routes[0]
		takes := r.Duration + r.Halts
		var stays, late, tone string
		if leg.Stay != nil {
			stays = c.minute(start, leg.Stay.Until)
			if leg.Stay.Slack < 0 {
				late, tone = exchange.Duration(-leg.Stay.Slack)+" short", "warn"
			}
		}
		mode := "road"
		if leg.Mode == outrider.ByRail {
			mode = "rail"
		}
		leaves := c.minute(start, leg.Earliest)
		if leg.Latest.After(leg.Earliest) {
			leaves += "–" + c.minute(start, leg.Latest)
		}
		s.row(tone, mode, leg.From.Label, leg.To.Label, leaves, exchange.Duration(takes), c.minute(start, leg.Earliest.Add(seconds(takes))),
			band(spread(r)), leg.Daylight.ArrivesIn, stays, late)
	}
	return s
}

// spread returns by how much a route may take less or more; nothing if that is
// not known.
func spread(r *outrider.RoutePlan) (early, late float64) {
	if r.Late < r.Duration {
		return 0, 0
	}
	return r.Duration - r.Early, r.Late - r.Duration
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// timing says in words how a leg is timed and until when it can be given up.
func timing(p *outrider.Plan, leg *outrider.LegPlan, c clock) []fact {
	var out []fact
	add := func(name, format string, args ...any) {
		out = append(out, fact{plain.Text(name), plain.Text(fmt.Sprintf(format, args...))})
	}
	r := &leg.Routes[0]
	arrive := leg.Earliest.Add(seconds(r.Duration + r.Halts))
	switch leg.Timed {
	case outrider.TimedBackwards:
		if leg.Arrive != nil {
			add("Timed", "backwards: the head must be there between %s and %s", c.minute(leg.Earliest, leg.Arrive.From), c.minute(leg.Earliest, leg.Arrive.To))
		}
	case outrider.TimedAfterStay:
		add("Timed", "when the stay before is over")
	}
	value := c.both(arrive) + ", if it leaves at the earliest"
	if early, late := spread(r); band(early, late) != "" {
		value += "; by the spread of speeds " + c.minute(leg.Earliest, arrive.Add(-seconds(early))) + " to " + c.minute(leg.Earliest, arrive.Add(seconds(late)))
	}
	add("Head arrives", "%s", value)
	if r.TimedM > 0 {
		add("From timed runs", "%s of %s", c.Long(r.TimedM), c.Long(r.Length))
	}
	d := &leg.Daylight
	switch {
	case d.Polar != "":
		add("Light", "polar %s at the destination; arrives in %s", d.Polar, d.ArrivesIn)
	case !d.Sunrise.IsZero() || !d.Sunset.IsZero():
		at := func(t time.Time) string {
			if t.IsZero() {
				return "–"
			}
			return c.minute(leg.Earliest, t)
		}
		add("Light", "first light %s, sunrise %s, sunset %s, last light %s; arrives in %s", at(d.FirstLight), at(d.Sunrise), at(d.Sunset), at(d.LastLight), d.ArrivesIn)
	}
	if d.DarkS > 0 {
		add("Driven in the dark", "%s", exchange.Duration(d.DarkS))
	}
	turn := func(name string, q *outrider.TurnPlace, tail string) {
		if q != nil {
			add(name, "%s at %s %s, %s (%s); back from there %s, on %s%s", c.minute(leg.Earliest, q.Head), c.Unit(), c.Odometer(q.Odometer), q.Road,
				c.Position(q.Lat, q.Lon), exchange.Duration(q.Back), exchange.Duration(q.On), tail)
		}
	}
	b := &leg.Turning
	switch {
	case b.Latest != nil:
		turn("Latest turn-back", b.Latest, fmt.Sprintf("; back by %s (%s)", c.minute(leg.Earliest, b.BackBy), b.Why))
	case b.Never:
		add("Latest turn-back", "NONE: the column cannot be back by %s (%s) from anywhere on the leg", c.minute(leg.Earliest, b.BackBy), b.Why)
	case !b.BackBy.IsZero():
		add("Latest turn-back", "from anywhere on the leg; back by %s (%s)", c.minute(leg.Earliest, b.BackBy), b.Why)
	case b.Why != "":
		add("Latest turn-back", "%s", b.Why)
	}
	turn("As far on as back", b.EqualTime, "")
	switch reach := b.FuelWhy + ", " + c.Long(p.Convoy.FuelKM*1000); {
	case b.NoReturn != nil:
		turn("Point of no return", b.NoReturn, "; "+reach)
	case b.FuelNever:
		add("Point of no return", "NONE: the fuel takes some vehicle back from nowhere on the leg (%s)", reach)
	case b.FuelWhy != "":
		add("Point of no return", "%s", b.FuelWhy)
	}
	for i := range leg.HaltNeeds {
		n := &leg.HaltNeeds[i]
		met := "NOT MET"
		if n.Met {
			met = fmt.Sprintf("%s at %s %s", n.Halt, c.Unit(), c.Odometer(n.HaltAt))
			if n.Added {
				met += ", put in by the planner"
			}
		}
		add("Halt for "+n.Why, "by %s %s, %.0f min: %s", c.Unit(), c.Odometer(n.By), n.Minutes, met)
	}
	if s := leg.Stay; s != nil {
		where := ""
		if s.Venue != "" {
			where = " at " + s.Venue
		}
		slack := exchange.Duration(s.Slack) + " to spare"
		if s.Slack < 0 {
			slack = exchange.Duration(-s.Slack) + " short"
		}
		add("Stays", "%s to %s%s; %s if the head arrives late", c.minute(leg.Earliest, s.From), c.minute(leg.Earliest, s.Until), where, slack)
	}
	return out
}

// over names the roads of a way; of many only the first and the last.
func over(roads []string) string {
	const most = 4
	switch n := len(roads); {
	case n == 0:
		return "–"
	case n > most+1:
		return strings.Join(roads[:most-1], ", ") + fmt.Sprintf(", %d more, ", n-most) + roads[n-1]
	}
	return strings.Join(roads, ", ")
}

// decisions lists where a leg's routes can be changed for one another.
func decisions(leg *outrider.LegPlan, c clock) sheet {
	s := sheet{
		Title: "Decision points",
		Note:  "The last place to change over, and where routes part by themselves. Times are the head's if it leaves at the earliest: decide before. Costs compare with staying on the route.",
		Head:  headings(">"+c.Unit(), "Decide by", "From", "To", "At", "Over", "Rejoins at", ">Drive", ">Costs", "Position"), give: 5, leave: []int{9, 7, 6},
	}
	for i := range leg.Decisions {
		d := &leg.Decisions[i]
		s.row("", c.Odometer(d.Odometer), c.minute(leg.Earliest, d.Latest), d.From, d.To, d.Road, over(d.Over), c.Unit()+" "+c.Odometer(d.Rejoin)+", "+d.RejoinOn,
			c.Distance(d.ChangeM), "+"+exchange.Duration(d.Cost), c.Position(d.Lat, d.Lon))
		if d.Cost < 0 {
			cells := s.Rows[len(s.Rows)-1].Cells
			cells[8].Text = exchange.Duration(d.Cost)
		}
	}
	return s
}

// breakOuts lists the ways from the critical points of a route to a safe haven.
func breakOuts(r *outrider.RoutePlan, c clock) sheet {
	s := sheet{
		Title: "Break-out routes",
		Note:  "In the direction of travel to the nearest safe haven that a survey verified; where none is in reach, to the nearest of the map. \"Through\" leads on from the critical point, \"short of\" leaves the route before it.",
		Head:  headings(">"+c.Unit(), "From", "", ">Leaves at", "To", "Kind", ">Drive", ">Distance", "Surveyed", "Over"), give: 1, leave: []int{9, 7, 5},
	}
	for i := range r.BreakOut {
		b := &r.BreakOut[i]
		side := "through"
		if b.Before {
			side = "short of"
		}
		if b.Kind == "" {
			s.row("bad", c.Odometer(b.Odometer), b.Point, side, "", "none in reach", "", "", "", "", "")
			continue
		}
		tone, surveyed := "warn", "unverified"
		if b.Verified {
			tone, surveyed = "", "verified"
		}
		name := b.Haven
		if name == "" {
			name = b.OSM
		}
		s.row(tone, c.Odometer(b.Odometer), b.Point, side, c.Odometer(b.Leaves), name, kindName(b.Kind), exchange.Duration(b.Drive), c.Distance(b.Metres), surveyed, over(b.Over))
	}
	return s
}

// packets lists the parts of the column, if it has any.
func packets(v *outrider.Column) sheet {
	s := sheet{
		Title: "Serials and packets", Note: "When each part is at a point, after the head of the column, at march speed.",
		Head: headings("Serial", "Packet", ">Vehicles", "First", "Last", ">Road space", ">Head after", ">Tail after"),
	}
	if len(v.Packets) < 2 {
		return s
	}
	for i := range v.Packets {
		q := &v.Packets[i]
		s.row("", q.Serial, q.Packet, fmt.Sprint(q.Vehicles), q.First, q.Last, fmt.Sprintf("%.0f m", q.Length), exchange.Duration(q.HeadS), exchange.Duration(q.TailS))
	}
	return s
}

// venueFacts is the sheet of a venue; what is not known is printed as "?".
func venueFacts(v *outrider.VenuePlan, c clock) []fact {
	place := func(q *outrider.VenuePlace, side bool) string {
		if q == nil {
			return unknown
		}
		s := q.Label + " (" + c.Position(q.Lat, q.Lon) + ")"
		if side {
			if q.Approach == "" {
				s += ", approach " + unknown
			} else {
				s += ", approach from the " + string(q.Approach)
			}
		}
		return s
	}
	out := []fact{
		{"Place", place(&v.At, false)},
		{"Arrival", place(v.Arrival, true)},
		{"Departure", place(v.Departure, true)},
		{"Staging", place(v.Staging, false)},
		{"Alternate entrance", place(v.AlternateEntrance, true)},
		{"Landing zone", place(v.LandingZone, false)},
	}
	hospital := unknown
	if h := v.TraumaHospital; h != nil {
		hospital = fmt.Sprintf("%s (%s), %s, %s", h.Label, c.Position(h.Lat, h.Lon), exchange.Duration(h.Drive), c.Distance(h.Metres))
		switch {
		case h.FromMap && h.Verified:
			hospital += "; nearest hospital of the map, verified by a survey; trauma centre " + unknown
		case h.FromMap:
			hospital += "; nearest hospital of the map, NOT verified; trauma centre " + unknown
		}
	}
	out = append(out, fact{"Trauma hospital", hospital})
	phones := unknown
	if len(v.Telephones) > 0 {
		var each []string
		for _, q := range v.Telephones {
			each = append(each, q.Office+" "+orUnknown(q.Number))
		}
		phones = strings.Join(each, "; ")
	}
	verified := unknown
	if v.Verified != "" {
		verified = v.Verified + " by " + orUnknown(v.VerifiedBy)
	}
	out = append(out, fact{"Office telephones", phones}, fact{"Verified", verified})
	for i := range out {
		out[i].Value = plain.Text(out[i].Value)
	}
	return out
}
