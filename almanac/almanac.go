// Package almanac says when it is light: sunrise, sunset and civil twilight by
// date and place. docs/march.md states how well it agrees with an ephemeris.
package almanac

import (
	"math"
	"time"

	"github.com/outrider-project/outrider/geo"
)

// Heights of the sun's centre in degrees, without refraction.
const (
	// horizon is the height at which the upper edge of the sun touches a level
	// horizon by convention: 34' of refraction and 16' of half a sun below it.
	horizon = -50.0 / 60
	// twilight is the height at which civil twilight ends: by convention, until
	// then one can work outside without lamps.
	twilight = -6.0
)

// A Day is the light of one day at one place: from the sun's lowest point before
// noon to its lowest point after. A time is zero where the sun does not reach that
// height between these two.
type Day struct {
	FirstLight, Sunrise, Noon, Sunset, LastLight time.Time
	// Polar is "day" where the sun stays above the horizon, "night" where it stays
	// below, else empty.
	Polar string
}

// Of returns the light on the calendar day that t lies in, in t's location, at a
// place: of the solar day whose noon is nearest to 12 o'clock of that calendar
// day. The location should be that of the place. FirstLight ≤ Sunrise ≤ Sunset ≤
// LastLight as far as they are not zero. Where nights are short, last light comes
// after midnight, and is that of the next calendar day: in Oslo on 21 June it is
// at 00:28. So no day has two sunsets, and a day without one is a day at whose
// end the sun does not set.
//
// Times are in t's location and whole seconds. They are those of a level horizon
// and standard refraction, within a few seconds of an ephemeris up to 65° of
// latitude in the years 1950 to 2100; hills, height and weather move them by
// minutes.
func Of(t time.Time, at geo.Point) Day {
	zone := t.Location()
	y, m, d := t.Date()
	p := placeAt(at)
	noon := p.transit(time.Date(y, m, d, 12, 0, 0, 0, zone), 0)
	before, top, after := p.low(noon.Add(-halfDay)), p.high(noon), p.low(noon.Add(halfDay))
	day := Day{
		FirstLight: p.crossing(before, top, twilight),
		Sunrise:    p.crossing(before, top, horizon),
		Noon:       noon,
		Sunset:     p.crossing(top, after, horizon),
		LastLight:  p.crossing(top, after, twilight),
	}
	if day.Sunrise.IsZero() && day.Sunset.IsZero() {
		if p.altitude(top) > horizon {
			day.Polar = "day"
		} else {
			day.Polar = "night"
		}
	}
	for _, at := range []*time.Time{&day.FirstLight, &day.Sunrise, &day.Noon, &day.Sunset, &day.LastLight} {
		if !at.IsZero() {
			*at = at.Round(time.Second).In(zone)
		}
	}
	return day
}

// Altitude returns the height of the sun's centre above the horizon in degrees,
// without refraction, as seen from the middle of the earth: the 0.0024° that it
// is lower from the surface are left out, as in the definitions of sunrise and
// twilight. It is within 0.01° in the years 1950 to 2100.
func Altitude(t time.Time, at geo.Point) float64 { return placeAt(at).altitude(t) }

// Dark reports whether the sun is more than 6° below the horizon.
func Dark(t time.Time, at geo.Point) bool { return Altitude(t, at) < twilight }

const (
	halfDay    = 12 * time.Hour
	quarterDay = 6 * time.Hour
	// fineness is how closely times are searched for.
	fineness = time.Millisecond
)

// place is a place on the earth in radians.
type place struct{ sinLat, cosLat, lon float64 }

func placeAt(p geo.Point) place {
	lat, lon := p.Degrees()
	sin, cos := math.Sincos(lat * radian)
	return place{sin, cos, lon * radian}
}

// altitude returns the height of the sun's centre in degrees.
func (p place) altitude(t time.Time) float64 {
	s := sunAt(t)
	sinDec, cosDec := math.Sincos(s.declination)
	sin := p.sinLat*sinDec + p.cosLat*cosDec*math.Cos(s.greenwichHour+p.lon)
	return math.Asin(max(-1, min(1, sin))) / radian
}

// transit returns when the sun is next at an hour angle, before or after a time:
// at 0 it passes the meridian, at π the meridian below the pole. The hour angle
// grows by nearly 2π a day, so each step leaves less than a thousandth of the
// error before it.
func (p place) transit(near time.Time, hourAngle float64) time.Time {
	for range 6 {
		turns := math.Remainder(sunAt(near).greenwichHour+p.lon-hourAngle, 2*math.Pi) / (2 * math.Pi)
		near = near.Add(-time.Duration(turns * 24 * float64(time.Hour)))
	}
	return near
}

// low returns when the sun is lowest within six hours of the lower transit next to
// a time.
//
// The height changes with the turn of the earth like a cosine, and steadily with
// the declination, which moves the lowest and the highest point away from the
// meridian: next to the poles by hours, and at them there is none. The derivative
// has at most one zero within six hours of either transit, so halving the span by
// its sign finds it, and where there is none ends at that end of the span which
// is lower. The spans of one day and the next join, so every rise and every set
// belongs to one day.
func (p place) low(near time.Time) time.Time {
	return p.turn(p.transit(near, math.Pi), func(a, b float64) bool { return a > b })
}

// high returns when the sun is highest within six hours of an upper transit.
func (p place) high(transit time.Time) time.Time {
	return p.turn(transit, func(a, b float64) bool { return a < b })
}

// turn halves the span around a transit, keeping the later half where the sun
// still goes the way it does.
func (p place) turn(transit time.Time, still func(a, b float64) bool) time.Time {
	const apart = 30 * time.Second // far enough for the height to differ
	from, to := transit.Add(-quarterDay), transit.Add(quarterDay)
	for to.Sub(from) > time.Second {
		mid := from.Add(to.Sub(from) / 2)
		if still(p.altitude(mid.Add(-apart)), p.altitude(mid.Add(apart))) {
			from = mid
		} else {
			to = mid
		}
	}
	return from
}

// crossing returns when the sun passes a height between two times between which
// it only rises or only sets; zero if it does not.
func (p place) crossing(from, to time.Time, height float64) time.Time {
	rises := p.altitude(from) < height
	if rises == (p.altitude(to) < height) {
		return time.Time{}
	}
	for to.Sub(from) > fineness {
		mid := from.Add(to.Sub(from) / 2)
		if (p.altitude(mid) < height) == rises {
			from = mid
		} else {
			to = mid
		}
	}
	return from
}
