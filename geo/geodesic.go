package geo

import "math"

// The WGS84 ellipsoid (NIMA TR8350.2): a is the equatorial radius in metres,
// f the flattening, b the polar radius, e2 the first eccentricity squared.
const (
	wgs84A  = 6378137.0
	wgs84F  = 1 / 298.257223563
	wgs84B  = wgs84A * (1 - wgs84F)
	wgs84E2 = wgs84F * (2 - wgs84F)
)

const (
	degree = math.Pi / 180
	// unit is one E7 unit in radians.
	unit = degree / E7
	// turn is a full circle and quarter a right angle in E7 units.
	turn    = 3_600_000_000
	quarter = 900_000_000
	// localLat and localLon bound the spans, in E7 units, for which the local
	// formula of Distance is used: 20 km of latitude, 40 km along the equator.
	localLat, localLon = 1_800_000, 3_600_000
)

// Distance returns the length in metres of the shortest line on the WGS84
// ellipsoid between two points. The result is symmetric, never negative and
// zero only for the same place; it takes the short way across the antimeridian.
//
// Spans of at most 0.18° of latitude and 0.36° of longitude use the spherical
// Gauss mid-latitude formula, its two terms scaled with the meridional and the
// prime-vertical radius at the mean latitude; they need no trigonometric
// library function and every operation is rounded on its own, so the result has
// the same bits on every platform. Its relative error, measured against the long
// formula on random pairs, is below 1e-8 up to 1 km and below 1e-7 over the
// whole span up to 80° of latitude (TestDistanceLocalError holds the bounds for
// higher latitudes too). Longer spans use Vincenty's inverse formula (Survey
// Review XXIII 176, 1975), good to a millimetre, which may differ in the last
// bits between processor families.
func Distance(a, b Point) float64 {
	if m, ok := localDistance(float64(a.Lat), float64(b.Lat), float64(longitudeStep(a, b))); ok {
		return m
	}
	m, _ := inverse(a, b)
	return m
}

// longitudeStep returns the signed way from a's to b's longitude in E7 units,
// the short way round, in [-turn/2, turn/2].
func longitudeStep(a, b Point) int64 {
	d := (int64(b.Lon) - int64(a.Lon)) % turn
	switch {
	case d > turn/2:
		d -= turn
	case d < -turn/2:
		d += turn
	}
	return d
}

// localDistance is the short-span formula of Distance for two latitudes and a
// step of longitude in E7 units; ok is false when the span is too long for it.
// The conversions keep the compiler from fusing a product with a sum, which
// would make the result depend on the processor.
func localDistance(lat1, lat2, dLon float64) (metres float64, ok bool) {
	dLat := lat2 - lat1
	if !(math.Abs(dLat) <= localLat && math.Abs(dLon) <= localLon) {
		return 0, false
	}
	mid := (lat1 + lat2) / 2
	if math.Abs(mid) > 89*E7 {
		return 0, false // meridians converge too fast for a mean latitude
	}
	m, n, c := radii(mid)
	p, l := dLat*unit, dLon*unit
	p, l = float64(p*p), float64(l*l)
	// Chords: 4 sin²(x/2) = x² - x⁴/12 + …
	p -= float64(p*p) / 12
	l -= float64(l*l) / 12
	// 4 sin²(σ/2) = P (1 - L/4) + cos²φ L, with the ellipsoid's radii for the sphere's.
	mp := float64(float64(m*m)*p) * (1 - l/4)
	np := float64(float64(float64(n*c)*float64(n*c)) * l)
	sq := mp + np
	// Back from chord to arc: σ² = chord² (1 + chord²/12 + …).
	return math.Sqrt(sq + float64(sq*sq)/(12*float64(m*n))), true
}

// radii returns the meridional radius, the prime-vertical radius (metres) and
// the cosine at a latitude in E7 units, with the same bits on every platform.
func radii(lat float64) (meridional, primeVertical, cos float64) {
	c := cosine(lat)
	w := 1 - float64(wgs84E2*(1-float64(c*c)))
	n := wgs84A / math.Sqrt(w)
	return n * (1 - wgs84E2) / w, n, c
}

// cosine returns the cosine of a latitude in E7 units, clamped to [0, 1], by
// its Taylor series in an octant: at most 2e-16 off, no library function, every
// operation rounded on its own.
func cosine(lat float64) float64 {
	x := math.Abs(lat)
	if x > quarter/2 {
		x = (quarter - x) * unit
		if x <= 0 {
			return 0
		}
		q := float64(x * x)
		s := 1 - q/(14*15)
		s = 1 - float64(q*s)/(12*13)
		s = 1 - float64(q*s)/(10*11)
		s = 1 - float64(q*s)/(8*9)
		s = 1 - float64(q*s)/(6*7)
		s = 1 - float64(q*s)/(4*5)
		s = 1 - float64(q*s)/(2*3)
		return x * s
	}
	x *= unit
	q := float64(x * x)
	s := 1 - q/(15*16)
	s = 1 - float64(q*s)/(13*14)
	s = 1 - float64(q*s)/(11*12)
	s = 1 - float64(q*s)/(9*10)
	s = 1 - float64(q*s)/(7*8)
	s = 1 - float64(q*s)/(5*6)
	s = 1 - float64(q*s)/(3*4)
	return 1 - float64(q*s)/2
}

// Bearing returns the direction in degrees, in [0, 360), in which the shortest
// line from a to b leaves a: 0 is north, 90 east. It is 0 when both are the same
// place. Between spans short enough for Distance's local formula the mid-latitude
// azimuth is turned back by half the convergence of the meridians; longer ones
// use Vincenty's formula, good to 1e-7° but for nearly antipodal points, where it
// is good to 1e-4°.
func Bearing(a, b Point) float64 {
	dLon := float64(longitudeStep(a, b))
	dLat := float64(b.Lat) - float64(a.Lat)
	mid := (float64(a.Lat) + float64(b.Lat)) / 2
	if dLat == 0 && dLon == 0 {
		return 0
	}
	if math.Abs(dLat) <= localLat && math.Abs(dLon) <= localLon && math.Abs(mid) <= 85*E7 {
		m, n, c := radii(mid)
		atMiddle := math.Atan2(dLon*n*c, dLat*m)
		return circle((atMiddle - dLon*unit*math.Sin(mid*unit)/2) / degree)
	}
	_, azimuth := inverse(a, b)
	return circle(azimuth / degree)
}

// circle brings an angle in degrees into [0, 360).
func circle(deg float64) float64 {
	deg = math.Mod(deg, 360)
	if deg < 0 {
		deg += 360
	}
	if deg >= 360 { // a tiny negative angle rounds up to a full circle
		return 0
	}
	return deg
}

// Offset returns the point reached from p after the given way along the
// shortest line that leaves in the given direction (degrees, 0 north, 90 east),
// by Vincenty's direct formula, rounded to the nearest E7 point. The longitude
// is in [-180, 180]; a negative length goes backwards. A length or direction
// that is not finite leaves p where it is.
func Offset(p Point, bearingDeg, metres float64) Point {
	if math.IsNaN(metres+bearingDeg) || math.IsInf(metres, 0) || math.IsInf(bearingDeg, 0) || metres == 0 {
		return p
	}
	lat, lon := direct(float64(p.Lat)*unit, float64(p.Lon)*unit, bearingDeg*degree, metres)
	lon = math.Remainder(lon, 2*math.Pi)
	return Point{int32(math.Round(lat / unit)), int32(math.Round(lon / unit))}
}

// inverse returns the length in metres and the starting azimuth in radians of
// the shortest line from p to q. The pair is put in a fixed order before the
// length is computed, so that both directions have the same length.
func inverse(p, q Point) (metres, azimuth float64) {
	step := longitudeStep(p, q)
	swap := q.Lat < p.Lat || q.Lat == p.Lat && step < 0
	if step == turn/2 || step == -turn/2 {
		// Both ways round are equally long; take the eastern one from either end.
		step = turn / 2
		swap = q.Lat < p.Lat
	}
	lat1, lat2, dLon := float64(p.Lat)*unit, float64(q.Lat)*unit, float64(step)*unit
	if swap {
		m, _, at := vincenty(lat2, lat1, -dLon)
		return m, at + math.Pi
	}
	m, at, _ := vincenty(lat1, lat2, dLon)
	return m, at
}

// vincenty solves the inverse problem (radians in, metres and the azimuths at
// both ends out). Its iteration does not settle for nearly antipodal points;
// those are left to antipodal.
func vincenty(lat1, lat2, dLon float64) (metres, azimuth1, azimuth2 float64) {
	sinU1, cosU1 := math.Sincos(math.Atan2((1-wgs84F)*math.Sin(lat1), math.Cos(lat1)))
	sinU2, cosU2 := math.Sincos(math.Atan2((1-wgs84F)*math.Sin(lat2), math.Cos(lat2)))
	lambda := dLon
	for range 50 {
		sinL, cosL := math.Sincos(lambda)
		x, y := cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL
		sinS := math.Hypot(x, y)
		cosS := sinU1*sinU2 + cosU1*cosU2*cosL
		if sinS == 0 {
			if cosS > 0 {
				return 0, 0, 0
			}
			break
		}
		sigma := math.Atan2(sinS, cosS)
		sinA := cosU1 * cosU2 * sinL / sinS
		cos2A := max(0, 1-sinA*sinA)
		cos2M := 0.0 // on the equator the middle of the line has no meaning
		if cos2A > 0 {
			cos2M = cosS - 2*sinU1*sinU2/cos2A
		}
		c := wgs84F / 16 * cos2A * (4 + wgs84F*(4-3*cos2A))
		next := dLon + (1-c)*wgs84F*sinA*(sigma+c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1)))
		if math.Abs(next) > math.Pi {
			break
		}
		if math.Abs(next-lambda) < 1e-13 {
			arc := arcSeries(cos2A)
			return wgs84B * arc.a * (sigma - arc.delta(sinS, cosS, cos2M)),
				math.Atan2(cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL),
				math.Atan2(cosU1*sinL, -sinU1*cosU2+cosU1*sinU2*cosL)
		}
		lambda = next
	}
	return antipodal(lat1, lat2, dLon)
}

// antipodal solves the inverse problem for nearly antipodal points: of all
// lines that leave the first point and run a quarter of the globe, the one from
// whose end the rest is shortest is the start of the shortest line. The length
// is at its minimum there, so a small error of direction hardly shows in it.
func antipodal(lat1, lat2, dLon float64) (metres, azimuth1, azimuth2 float64) {
	const quarterGlobe = 10_000_000.0
	rest := func(azimuth float64) (float64, float64) {
		lat, lon := direct(lat1, 0, azimuth, quarterGlobe)
		m, _, at := vincenty(lat, lat2, math.Remainder(dLon-lon, 2*math.Pi))
		return m, at
	}
	const steps = 72
	best, at := math.Inf(1), 0.0
	for i := range steps {
		azimuth := float64(i) * (2 * math.Pi / steps)
		if m, _ := rest(azimuth); m < best {
			best, at = m, azimuth
		}
	}
	golden := (math.Sqrt(5) - 1) / 2
	lo, hi := at-2*math.Pi/steps, at+2*math.Pi/steps
	for hi-lo > 1e-9 {
		x, y := hi-golden*(hi-lo), lo+golden*(hi-lo)
		mx, _ := rest(x)
		my, _ := rest(y)
		if mx <= my {
			hi = y
		} else {
			lo = x
		}
	}
	azimuth1 = (lo + hi) / 2
	m, azimuth2 := rest(azimuth1)
	return quarterGlobe + m, azimuth1, azimuth2
}

// direct solves the direct problem: where does a line of the given length end
// that starts at lat, lon (radians) with the given azimuth?
func direct(lat, lon, azimuth, metres float64) (lat2, lon2 float64) {
	sinA1, cosA1 := math.Sincos(azimuth)
	sinU1, cosU1 := math.Sincos(math.Atan2((1-wgs84F)*math.Sin(lat), math.Cos(lat)))
	sigma1 := math.Atan2(sinU1, cosU1*cosA1)
	sinA := cosU1 * sinA1
	cos2A := 1 - sinA*sinA
	arc := arcSeries(cos2A)
	first := metres / (wgs84B * arc.a)
	sigma := first
	for range 50 {
		sinS, cosS := math.Sincos(sigma)
		next := first + arc.delta(sinS, cosS, math.Cos(2*sigma1+sigma))
		settled := math.Abs(next-sigma) < 1e-14*max(1, math.Abs(next))
		sigma = next
		if settled {
			break
		}
	}
	sinS, cosS := math.Sincos(sigma)
	cos2M := math.Cos(2*sigma1 + sigma)
	lat2 = math.Atan2(sinU1*cosS+cosU1*sinS*cosA1,
		(1-wgs84F)*math.Hypot(sinA, sinU1*sinS-cosU1*cosS*cosA1))
	lambda := math.Atan2(sinS*sinA1, cosU1*cosS-sinU1*sinS*cosA1)
	c := wgs84F / 16 * cos2A * (4 + wgs84F*(4-3*cos2A))
	// sigma counts whole turns and lambda does not, which only matters for the
	// small correction: it must grow with the whole way.
	lambda -= (1 - c) * wgs84F * sinA * (sigma + c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1)))
	return lat2, lon + lambda
}

// series holds Vincenty's coefficients A and B, which tie the arc on the
// auxiliary sphere to the length on the ellipsoid.
type series struct{ a, b float64 }

func arcSeries(cos2A float64) series {
	u2 := cos2A * (wgs84A*wgs84A - wgs84B*wgs84B) / (wgs84B * wgs84B)
	return series{
		1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2))),
		u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2))),
	}
}

// delta is Vincenty's Δσ.
func (s series) delta(sinS, cosS, cos2M float64) float64 {
	return s.b * sinS * (cos2M + s.b/4*(cosS*(2*cos2M*cos2M-1)-
		s.b/6*cos2M*(4*sinS*sinS-3)*(4*cos2M*cos2M-3)))
}
