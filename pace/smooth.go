package pace

import (
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// Where fixes are near enough in time, their jitter shows in how far each is from
// the line between its neighbours.
const (
	nearInTime  = 6 // seconds
	fewTriples  = 30
	metresPerE7 = 0.0111320 // along a meridian or the equator, near enough for weighing errors
	turnE7      = 3_600_000_000
)

// steadied takes the jitter out of fixes that follow one another closely: what
// differs from one to the next by more than a vehicle can change its speed. What
// is seldom measured, or drifts slowly, stays as it is. jitter is the standard
// deviation of what was taken out, in metres.
func steadied(fixes []Fix) (steady []Fix, jitter float64) {
	origin := fixes[0].Point
	lat, _ := origin.Degrees()
	perLon := metresPerE7 * max(math.Cos(lat*math.Pi/180), 0.01)
	at, north, east := make([]float64, len(fixes)), make([]float64, len(fixes)), make([]float64, len(fixes))
	for i, f := range fixes {
		at[i] = f.Time.Sub(fixes[0].Time).Seconds()
		north[i] = float64(int64(f.Point.Lat)-int64(origin.Lat)) * metresPerE7
		lon := int64(f.Point.Lon) - int64(origin.Lon)
		if lon > turnE7/2 {
			lon -= turnE7
		} else if lon < -turnE7/2 {
			lon += turnE7
		}
		east[i] = float64(lon) * perLon
	}
	var off []float64
	for i := 1; i+1 < len(fixes); i++ {
		before, after := at[i]-at[i-1], at[i+1]-at[i]
		if before > nearInTime || after > nearInTime {
			continue
		}
		part := before / (before + after)
		scale := math.Sqrt(1 + part*part + (1-part)*(1-part)) // of the error of the difference
		for _, x := range [][]float64{north, east} {
			off = append(off, math.Abs(x[i]-x[i-1]-part*(x[i+1]-x[i-1]))/scale)
		}
	}
	if len(off) < 2*fewTriples {
		return fixes, 0
	}
	slices.Sort(off)
	jitter = madToSigma * quantile(off, 0.5)
	if jitter < 0.5 {
		return fixes, jitter
	}
	north, east = smooth(at, north, jitter), smooth(at, east, jitter)
	steady = slices.Clone(fixes)
	for i := range steady {
		lon := int64(origin.Lon) + int64(math.Round(east[i]/perLon))
		if lon > turnE7/2 {
			lon -= turnE7
		} else if lon < -turnE7/2 {
			lon += turnE7
		}
		steady[i].Point = geo.Point{
			Lat: int32(min(max(float64(origin.Lat)+math.Round(north[i]/metresPerE7), -9e8), 9e8)),
			Lon: int32(lon),
		}
	}
	return steady, jitter
}

// jerkiness is the spectral density of accelerations, in m²/s³: traffic changes
// speed by about 1 m/s in a second.
const jerkiness = 1.0

// A measurement that follows the one before within often, in seconds, and is more
// than so many standard deviations off what is expected is left out. Over longer
// times vehicles turn and brake.
const (
	often = 2.0
	wild  = 5.0
)

// smooth estimates the true places of something that moves along a line from
// places measured with an error of standard deviation sigma, at rising times in
// seconds; a few may be wild. It does so by a Kalman filter with place and speed as its state and a backward
// pass after it (Rauch, Tung and Striebel, 1965).
func smooth(at, measured []float64, sigma float64) []float64 {
	type state struct {
		s, v          float64 // metres, metres per second
		ss, sv, vv    float64 // covariance
		ps, pv        float64 // predicted
		pss, psv, pvv float64
	}
	all := make([]state, len(at))
	noise := sigma * sigma
	left := 0 // measurements left out in a row
	for i := range all {
		x := &all[i]
		if i == 0 {
			x.ps, x.pss, x.pvv = measured[0], noise, 900
		} else {
			b, dt := &all[i-1], at[i]-at[i-1]
			x.ps, x.pv = b.s+b.v*dt, b.v
			x.pss = b.ss + 2*dt*b.sv + dt*dt*b.vv + jerkiness*dt*dt*dt/3
			x.psv = b.sv + dt*b.vv + jerkiness*dt*dt/2
			x.pvv = b.vv + jerkiness*dt
		}
		total := x.pss + noise
		gainS, gainV := x.pss/total, x.psv/total
		off := measured[i] - x.ps
		if i > 0 && at[i]-at[i-1] <= often && off*off > wild*wild*total && left < maxSkipped {
			gainS, gainV = 0, 0 // an error of the receiver: as if nothing had been measured
			left++
		} else {
			left = 0
		}
		x.s, x.v = x.ps+gainS*off, x.pv+gainV*off
		x.ss, x.sv, x.vv = (1-gainS)*x.pss, (1-gainS)*x.psv, x.pvv-gainV*x.psv
	}
	for i := len(all) - 2; i >= 0; i-- {
		x, a := &all[i], &all[i+1]
		dt := at[i+1] - at[i]
		// Gain: covariance of this state with the next one, times the inverse of
		// that one's as predicted.
		cs, cv := x.ss+dt*x.sv, x.sv     // of place with next place, next speed
		ds, dv := x.sv+dt*x.vv, x.vv     // of speed with them
		det := a.pss*a.pvv - a.psv*a.psv // above 0 since time goes on
		offS, offV := a.s-a.ps, a.v-a.pv
		x.s += ((cs*a.pvv-cv*a.psv)*offS + (cv*a.pss-cs*a.psv)*offV) / det
		x.v += ((ds*a.pvv-dv*a.psv)*offS + (dv*a.pss-ds*a.psv)*offV) / det
	}
	out := make([]float64, len(all))
	for i := range all {
		out[i] = all[i].s
	}
	return out
}
