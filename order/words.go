package order

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
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
	return plain.Capital(s)
}

// extent says how long a stretch is, and nothing for a point.
func (c clock) extent(from, to float64) string {
	if to-from < 1 {
		return ""
	}
	return c.Distance(to - from)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// missing says that there are fewer alternates than were asked for, and why.
func missing(a *outrider.AlternateBounds) string {
	return fmt.Sprintf("Asked for %s, found %d: %s", plain.Count(a.Asked, "alternate"), a.Found, a.Reason)
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

// clock writes the times, positions and distances of a plan.
type clock struct{ exchange.Form }

func (c clock) minute(start, t time.Time) string { return c.Minute(start, t) }
func (c clock) second(start, t time.Time) string { return c.Second(start, t) }

func (c clock) day(t time.Time) string { return c.In(t).Format("Mon 2 Jan 2006") }

// both writes a time as local time and as date-time group.
func (c clock) both(t time.Time) string { return c.Local(t) + " (" + exchange.DTG(t) + ")" }

// dataDate returns the date of the map data in words.
func dataDate(p *outrider.Plan) string {
	if p.Inputs.DataDate.Unix() <= 0 { // the extract had none
		return outrider.DataDay(p.Inputs.DataDate)
	}
	return p.Inputs.DataDate.UTC().Format("2 January 2006")
}

// legTitle returns the name of leg i, with a capital if the leg has none of its own.
func legTitle(p *outrider.Plan, i int) string {
	if strings.TrimSpace(p.Legs[i].Name) == "" {
		return plain.Capital(p.LegName(i))
	}
	return p.LegName(i)
}

// routeTitle returns the name of route j with a capital.
func routeTitle(r *outrider.RoutePlan, j int) string {
	switch {
	case r.Name != "":
		return plain.Capital(r.Name)
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
