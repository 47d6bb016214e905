package almanac

import (
	"math"
	"time"
)

const radian = math.Pi / 180

// sun is where the sun stands as seen from the middle of the earth.
type sun struct {
	greenwichHour float64 // radians since it passed the meridian of Greenwich, any number of turns
	declination   float64 // radians
}

// j2000 is the epoch that astronomical time is counted from: 2000-01-01 12:00.
const j2000 = 946728000 // seconds of Unix time

// dynamicalLag is by how much terrestrial time, in which the sun moves, is ahead
// of the time on clocks: 69 s in 2026, 29 s in 1950. The sun moves 0.0007° in a
// minute, so one value does for a century.
const dynamicalLag = 69 // seconds

// sunAt returns the apparent place of the sun. Clock time is taken for that of the
// turning earth, from which it is kept within 0.9 s.
//
// It is the method of J. Meeus, Astronomical Algorithms, 2nd edition, chapters 12
// (sidereal time), 22 (nutation, main terms), 25 (solar coordinates, low accuracy),
// with the five largest perturbations by Venus, Jupiter and the moon as in his
// Astronomical Formulae for Calculators, chapter 18. Without them the place is
// within 0.011°, with them within 0.005° in the years 1950 to 2100.
func sunAt(t time.Time) sun {
	days := (float64(t.Unix()-j2000) + float64(t.Nanosecond())/1e9) / 86400
	c := (days + dynamicalLag/86400.0) / 36525 // centuries

	meanLongitude := 280.46646 + c*(36000.76983+c*0.0003032)
	anomaly := (357.52911 + c*(35999.05029-c*0.0001537)) * radian
	centre := (1.914602-c*(0.004817+c*0.000014))*math.Sin(anomaly) +
		(0.019993-c*0.000101)*math.Sin(2*anomaly) + 0.000289*math.Sin(3*anomaly)
	trueLongitude := meanLongitude + centre + perturbation(c)

	node := (125.04452 - c*1934.136261) * radian
	moon := (218.3165 + c*481267.8813) * radian
	mean := meanLongitude * radian
	nutation := (-17.20*math.Sin(node) - 1.32*math.Sin(2*mean) - 0.23*math.Sin(2*moon) + 0.21*math.Sin(2*node)) / 3600
	obliquity := 23.4392911 - c*(0.0130041667+c*(1.6e-7-c*5.04e-7)) +
		(9.20*math.Cos(node)+0.57*math.Cos(2*mean)+0.10*math.Cos(2*moon)-0.09*math.Cos(2*node))/3600

	eccentricity := 0.016708634 - c*(0.000042037+c*0.0000001267)
	distance := (1 - eccentricity*eccentricity) / (1 + eccentricity*math.Cos(anomaly+centre*radian)) // astronomical units
	aberration := -20.4898 / 3600 / distance

	sinLon, cosLon := math.Sincos((trueLongitude + nutation + aberration) * radian)
	sinObl, cosObl := math.Sincos(obliquity * radian)
	ascension := math.Atan2(cosObl*sinLon, cosLon)

	u := days / 36525
	sidereal := 280.46061837 + 360.98564736629*days + u*u*(0.000387933-u/38710000) + nutation*cosObl
	return sun{greenwichHour: sidereal*radian - ascension, declination: math.Asin(sinObl * sinLon)}
}

// perturbation returns by how much planets and moon draw the sun's longitude from
// that of an ellipse, in degrees, c centuries after J2000. The terms count their
// time from 1900, one century before.
func perturbation(c float64) float64 {
	c++
	venus1 := 153.23 + 22518.7541*c
	venus2 := 216.57 + 45037.5082*c
	jupiter := 312.69 + 32964.3577*c
	moon := 350.74 + c*(445267.1142-c*0.00144)
	long := 231.19 + 20.20*c
	return 0.00134*math.Cos(venus1*radian) + 0.00154*math.Cos(venus2*radian) + 0.00200*math.Cos(jupiter*radian) +
		0.00179*math.Sin(moon*radian) + 0.00178*math.Sin(long*radian)
}
