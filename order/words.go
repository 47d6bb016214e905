package order

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
)

// kindName returns how people call a kind of hazard or safe haven.
func kindName(kind string) string {
	switch kind {
	case "ferry":
		return "Ferry"
	case "narrow_way":
		return "Narrow road"
	case "barrier":
		return "Barrier or gate"
	case "works":
		return "Road works"
	case "cut_edge":
		return "Only link"
	case "no_exit":
		return "Stretch without exit"
	case "base":
		return "Every road (base rate)"
	case "fuel":
		return "Filling station"
	case "":
		return "Unnamed"
	}
	s := strings.ReplaceAll(kind, "_", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

func kilometres(metres float64) string { return fmt.Sprintf("%.1f km", metres/1000) }

// distance writes short ways in metres and others in kilometres.
func distance(metres float64) string {
	if metres < 995 {
		return fmt.Sprintf("%.0f m", metres)
	}
	return kilometres(metres)
}

func odometer(metres float64) string { return fmt.Sprintf("%.1f", metres/1000) }

// extent says how long a stretch is, and nothing for a point.
func extent(from, to float64) string {
	if to-from < 1 {
		return ""
	}
	return distance(to - from)
}

// duration writes seconds as hours and minutes, short times as minutes and
// seconds.
func duration(seconds float64) string {
	if seconds < 600 {
		s := int64(math.Round(seconds))
		if s < 60 {
			return fmt.Sprintf("%d s", s)
		}
		if s%60 == 0 {
			return fmt.Sprintf("%d min", s/60)
		}
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	m := int64(math.Round(seconds / 60))
	if m < 60 {
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d h %02d min", m/60, m%60)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// countOf writes a number of things: 1 vehicle, 2 vehicles.
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// missing says that there are fewer alternates than were asked for, and why.
func missing(a *outrider.AlternateBounds) string {
	return fmt.Sprintf("Asked for %s, found %d: %s", countOf(a.Asked, "alternate"), a.Found, a.Reason)
}

// bandName returns what a band of exposure is called.
func bandName(band int) string {
	switch band {
	case 1:
		return "least"
	case 2:
		return "low"
	case 3:
		return "middle"
	case 4:
		return "high"
	case 5:
		return "greatest"
	}
	return "unknown"
}

// group returns the time as a date-time group in UTC, such as 231430ZNOV26.
func group(t time.Time) string { return strings.ToUpper(t.UTC().Format("021504ZJan06")) }

// zoneOf returns the plan's zone; a plan whose zone this machine does not know
// keeps the offsets that its times have.
func zoneOf(p *outrider.Plan) *time.Location {
	if p.Zone == "" {
		return nil
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil
	}
	return zone
}

// clock shows times of a plan in its zone.
type clock struct{ zone *time.Location }

func (c clock) in(t time.Time) time.Time {
	if c.zone == nil {
		return t
	}
	return t.In(c.zone)
}

// minute and second show a time of a drive that began at start. Another day, and
// another offset once the clocks have changed, stand before it: "Wed 00:03",
// "EST 01:41".
func (c clock) minute(start, t time.Time) string { return c.since(start, t, "15:04") }
func (c clock) second(start, t time.Time) string { return c.since(start, t, "15:04:05") }

func (c clock) since(start, t time.Time, layout string) string {
	// Cut off, times would not add up with durations, which are rounded.
	start, t = c.in(start), c.in(t).Round(time.Second)
	_, before := start.Zone()
	if _, offset := t.Zone(); offset != before {
		layout = "MST " + layout
	}
	if t.YearDay() != start.YearDay() || t.Year() != start.Year() {
		layout = "Mon " + layout
	}
	return t.Format(layout)
}

func (c clock) day(t time.Time) string  { return c.in(t).Format("Mon 2 Jan 2006") }
func (c clock) full(t time.Time) string { return c.in(t).Format("Mon 2 Jan 2006, 15:04 MST") }

// dataDate returns the date of the map data.
func dataDate(p *outrider.Plan, layout string) string {
	if p.Inputs.DataDate.Unix() <= 0 { // the extract had none
		return "of unknown date"
	}
	return p.Inputs.DataDate.UTC().Format(layout)
}

// attribution returns the credit that the map data asks for.
func attribution(p *outrider.Plan) string {
	if p.Inputs.Attribution != "" {
		return p.Inputs.Attribution
	}
	return "© OpenStreetMap contributors"
}

func legTitle(p *outrider.Plan, i int) string {
	if p.Legs[i].Name != "" {
		return p.Legs[i].Name
	}
	return fmt.Sprintf("Leg %d", i+1)
}

// routeTitle returns the name of route j with a capital.
func routeTitle(r *outrider.RoutePlan, j int) string {
	switch {
	case r.Name != "":
		return strings.ToUpper(r.Name[:1]) + r.Name[1:]
	case j == 0:
		return "Primary"
	}
	return fmt.Sprintf("Alternate %d", j)
}

// marks returns, for each row of a march table, what map and table call it: SP
// and RP for start and release point, numbers between them.
func marks(rows []outrider.MarchRow) []string {
	names := make([]string, len(rows))
	n := 0
	for i := range rows {
		switch rows[i].Kind {
		case "start":
			names[i] = "SP"
		case "release":
			names[i] = "RP"
		default:
			n++
			names[i] = fmt.Sprint(n)
		}
	}
	return names
}

// chance returns the probability 1-e^-Λ that accumulated exposure amounts to.
func chance(lambda float64) float64 { return -math.Expm1(-lambda) }

// probability writes a calibrated probability with two digits that count.
func probability(x float64) string { return fmt.Sprintf("%.2g", x) }
