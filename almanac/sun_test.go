package almanac

import (
	"math"
	"testing"
	"time"
)

// Meeus, Astronomical Algorithms, 2nd edition, examples 25.a and 25.b: the sun on
// 1992 October 13 at 0 h terrestrial time, at right ascension 13 h 13 min 30.749 s
// and declination -7° 47' 01.74" (VSOP87). Example 12.a gives the sidereal time of
// Greenwich on 1987 April 10 at 0 h UT, 13 h 10 min 46.1351 s.
func TestPublished(t *testing.T) {
	at := time.Date(1992, 10, 13, 0, 0, 0, 0, time.UTC).Add(-dynamicalLag * time.Second)
	s := sunAt(at)
	if got, want := s.declination/radian, -(7 + 47.0/60 + 1.74/3600); math.Abs(got-want) > 0.002 {
		t.Errorf("declination %.5f°, want %.5f°", got, want)
	}
	// The hour angle is sidereal time less right ascension. On this day sidereal
	// time follows from the example by the turns since: 2013 days.
	days := at.Sub(time.Date(1987, 4, 10, 0, 0, 0, 0, time.UTC)).Hours() / 24
	sidereal := (13+10.0/60+46.1351/3600)*15 + 360.98564736629*days
	ascension := (13 + 13.0/60 + 30.749/3600) * 15
	if off := math.Remainder(s.greenwichHour/radian-(sidereal-ascension), 360); math.Abs(off) > 0.006 {
		t.Errorf("hour angle is %.5f° off", off)
	}
}
