package exchange

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// A Form writes positions, distances and times of a plan as it asks for: in its
// zone, in degrees, UTM or MGRS, in kilometres or miles.
type Form struct {
	Zone  *time.Location // nil keeps the offsets that times have
	Print outrider.PlanPrint
}

// FormOf returns the form that a plan asks for. A zone that this machine does
// not know leaves times with the offsets they have.
func FormOf(p *outrider.Plan) Form {
	f := Form{Print: p.Print}
	if p.Zone != "" && p.Zone != "Local" { // which would be another zone on every machine
		if zone, err := time.LoadLocation(p.Zone); err == nil {
			f.Zone = zone
		}
	}
	return f
}

// Position writes a position in the form asked for: 39.15820, -75.52440, or
// 18N 457115 4317809 as geo.UTM writes it, or 18SVJ5711517809.
func (f Form) Position(lat, lon float64) string {
	p := geo.PointFromDegrees(lat, lon)
	switch f.Print.Positions {
	case outrider.UTM:
		return geo.ToUTM(p).String()
	case outrider.MGRS:
		return geo.FormatMGRS(p, 5)
	case outrider.Degrees:
	}
	return fmt.Sprintf("%.5f, %.5f", lat, lon)
}

// Miles reports whether distances are in miles.
func (f Form) Miles() bool { return f.Print.Distances == outrider.Miles }

// Unit is the unit of odometers: km or mi.
func (f Form) Unit() string {
	if f.Miles() {
		return "mi"
	}
	return "km"
}

// Odometer writes a distance in the unit, without naming it.
func (f Form) Odometer(metres float64) string { return fmt.Sprintf("%.1f", metres/f.metres()) }

func (f Form) metres() float64 {
	if f.Miles() {
		return outrider.MetresPerMile
	}
	return 1000
}

// Long writes a distance with its unit.
func (f Form) Long(metres float64) string { return f.Odometer(metres) + " " + f.Unit() }

// Distance writes short ways in metres, or yards, and others in the unit.
func (f Form) Distance(metres float64) string {
	switch {
	case metres >= 995 && !f.Miles(), metres >= 0.1*outrider.MetresPerMile && f.Miles():
		return f.Long(metres)
	case f.Miles():
		return fmt.Sprintf("%.0f yd", metres/0.9144)
	}
	return fmt.Sprintf("%.0f m", metres)
}

// Speed writes a speed given in km/h.
func (f Form) Speed(kmh float64) string {
	if f.Miles() {
		return fmt.Sprintf("%.3g mph", kmh*1000/outrider.MetresPerMile)
	}
	return fmt.Sprintf("%.3g km/h", kmh)
}

// In returns a time in the plan's zone.
func (f Form) In(t time.Time) time.Time {
	if f.Zone == nil {
		return t
	}
	return t.In(f.Zone)
}

// Minute and Second show a time of a drive that began at start. Another day, and
// another offset once the clocks have changed, stand before it: "Wed 00:03",
// "EST 01:41"; six days and more away, the date too: "Tue 1 Dec 08:00".
func (f Form) Minute(start, t time.Time) string { return f.since(start, t, "15:04") }

// Second is Minute with the second.
func (f Form) Second(start, t time.Time) string { return f.since(start, t, "15:04:05") }

func (f Form) since(start, t time.Time, layout string) string {
	// Cut off, times would not add up with durations, which are rounded.
	start, t = f.In(start), f.In(t).Round(time.Second)
	_, before := start.Zone()
	if _, offset := t.Zone(); offset != before {
		layout = "MST " + layout
	}
	switch away := t.Sub(start).Abs(); {
	case t.YearDay() == start.YearDay() && t.Year() == start.Year():
	case away < 6*24*time.Hour: // no day of the week can be meant twice
		layout = "Mon " + layout
	case away < 300*24*time.Hour:
		layout = "Mon 2 Jan " + layout
	default:
		layout = "Mon 2 Jan 2006 " + layout
	}
	return t.Format(layout)
}

// Local writes a time in the plan's zone: Tue 24 Nov 2026, 06:30 EST.
func (f Form) Local(t time.Time) string { return f.In(t).Format("Mon 2 Jan 2006, 15:04 MST") }

// DTG writes a time as date-time group in UTC: 241130ZNOV26.
func DTG(t time.Time) string { return strings.ToUpper(t.UTC().Format("021504ZJan06")) }

// Duration writes seconds as hours and minutes, and what is shorter than ten
// minutes as minutes and seconds: 2 h 05 min, 14 min, 1 min 30 s, 45 s. Below 0
// it has a sign.
func Duration(seconds float64) string {
	if seconds < 0 {
		if s := Duration(-seconds); s != "0 s" {
			return "-" + s
		}
		return "0 s"
	}
	if seconds < 600 {
		s := int64(math.Round(seconds))
		switch {
		case s < 60:
			return fmt.Sprintf("%d s", s)
		case s%60 == 0:
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
