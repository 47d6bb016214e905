package geo

import (
	"fmt"
	"math"
)

// A UTM is a position in the Universal Transverse Mercator grid or, near the
// poles, in the Universal Polar Stereographic grid, both on WGS84.
type UTM struct {
	// Zone is the UTM zone, 1 to 60, or 0 for the polar grid (UPS).
	Zone int
	// North tells the hemisphere the northing is counted in; in the polar grid
	// it tells the pole.
	North bool
	// Easting and Northing are grid metres. In a zone the central meridian has
	// easting 500,000 and the equator northing 0, or 10,000,000 seen from the
	// south; in the polar grid the pole has 2,000,000 for both.
	Easting, Northing float64
}

// Constants of the grids (NGA.SIG.0012 2.0.0, 2014): scale on the central
// meridian and at the pole, false eastings and northings in metres, and the
// latitudes in E7 units between which zones are used, the upper one left out.
const (
	utmScale    = 0.9996
	utmEasting  = 500_000
	utmNorthing = 10_000_000
	upsScale    = 0.994
	upsOrigin   = 2_000_000
	utmSouthEnd = -80 * E7
	utmNorthEnd = 84 * E7
)

// What Point takes: the grids overlap, so that a column or a chart near a border
// can stay in one of them. Each runs half a degree beyond the latitude where
// the other takes over, and a zone some 40 km beyond the widest that lie in it.
const (
	utmLeast   = 80_000
	utmMost    = 920_000
	gridBeyond = E7 / 2
)

// ToUTM returns the grid position of a point: in the polar grid from 84° N to
// the pole and south of 80° S, otherwise in the zone the point belongs to, with
// the exceptions of Norway (32V reaches west to 3° E) and Svalbard (31X, 33X, 35X
// and 37X share 0° to 42° E). A zone begins at its western meridian; the
// antimeridian begins zone 1; the equator counts as north.
//
// The error of the projection is below a micrometre; a Point is rounded to
// 5.6 mm before. Results may differ in the last bits between processor
// families. Any longitude is brought into a full circle first, and a latitude
// beyond a pole is taken as the pole.
func ToUTM(p Point) UTM {
	p = onEarth(p)
	if p.Lat >= utmNorthEnd || p.Lat < utmSouthEnd {
		return toUPS(p)
	}
	u := UTM{Zone: utmZone(p), North: p.Lat >= 0}
	u.Easting, u.Northing = transverseMercator(p.Lat, int64(p.Lon)-centralMeridian(u.Zone))
	if !u.North {
		u.Northing += utmNorthing
	}
	return u
}

// Point returns the position on the ellipsoid, rounded to the nearest E7 point,
// its longitude in [-180, 180). It is the inverse of ToUTM, but takes positions
// beyond the border of a zone as well: eastings from 80,000 to 920,000, and half
// a degree beyond the latitude where zones and the polar grid meet. Everything
// else is a *PositionError.
func (u UTM) Point() (Point, error) {
	lat, lon, err := u.radians()
	if err != nil {
		return Point{}, err
	}
	return roundedPoint(lat, lon), nil
}

// String returns the position to the nearest metre in the form ParsePosition
// reads: "18N 453234 4398765", or "UPS N 2000000 2000000" in the polar grid.
// The hemisphere is spelt out where a lone S could be taken for latitude band S.
func (u UTM) String() string {
	hemisphere := "S"
	switch {
	case u.North:
		hemisphere = "N"
	case u.Zone != 0 && inBandS(math.Round(u.Northing)):
		hemisphere = " south"
	}
	if u.Zone == 0 {
		return fmt.Sprintf("UPS %s %.0f %.0f", hemisphere, u.Easting, u.Northing)
	}
	return fmt.Sprintf("%d%s %.0f %.0f", u.Zone, hemisphere, u.Easting, u.Northing)
}

// radians checks the position and returns its latitude and longitude.
func (u UTM) radians() (lat, lon float64, err error) {
	const most = 99_999_999 // keeps the series finite; what is not a number fails too
	wrong := func(remedy, cause string, args ...any) (float64, float64, error) {
		return 0, 0, &PositionError{Text: u.String(), Cause: fmt.Sprintf(cause, args...), Remedy: remedy}
	}
	switch {
	case !(math.Abs(u.Easting) <= most && math.Abs(u.Northing) <= most):
		return wrong("give both in metres", "easting and northing must be numbers of at most 8 digits")
	case u.Zone < 0 || u.Zone > 60:
		return wrong("look the zone up in the margin of the map", "there is no zone %d: zones run from 1 to 60", u.Zone)
	case u.Zone == 0:
		lat, lon = fromStereographic(u.Easting-upsOrigin, u.Northing-upsOrigin, u.North)
		if u.North && lat < (utmNorthEnd-gridBeyond)*unit || !u.North && lat > (utmSouthEnd+gridBeyond)*unit {
			return wrong("use a UTM zone there, or check the figures: the pole is 2000000 2000000",
				"the place lies beyond the end of the polar grid, 84° N or 80° S")
		}
		return lat, lon, nil
	case u.Easting < utmLeast || u.Easting > utmMost:
		return wrong("check whether easting and northing are swapped or a digit is missing",
			"easting %.0f lies outside of every zone: eastings run from %d to %d", u.Easting, utmLeast, utmMost)
	}
	if u.Northing < 0 || u.Northing > utmNorthing {
		return wrong("check the hemisphere and the figure",
			"northing %.0f is impossible: northings run from 0 at the equator, and in the south up to 10000000 there", u.Northing)
	}
	lat, lon = u.zoneRadians()
	if lat > (utmNorthEnd+gridBeyond)*unit || lat < (utmSouthEnd-gridBeyond)*unit {
		return wrong("use UPS nearer the pole, or check the figures", "northing %.0f lies beyond the end of the zones, 84° N and 80° S", u.Northing)
	}
	return lat, lon, nil
}

// zoneRadians returns the latitude and longitude of a position in a zone,
// without asking whether it lies where the zone is used.
func (u UTM) zoneRadians() (lat, lon float64) {
	northing := u.Northing
	if !u.North {
		northing -= utmNorthing
	}
	lat, lon = fromTransverseMercator(u.Easting, northing)
	return lat, lon + float64(centralMeridian(u.Zone))*unit
}

// roundedPoint returns the E7 point nearest to a position in radians.
func roundedPoint(lat, lon float64) Point {
	return onEarth(Point{int32(math.Round(lat / unit)), int32(math.Round(lon / unit))})
}

// onEarth brings the longitude into [-180, 180) and the latitude into [-90, 90].
func onEarth(p Point) Point {
	lon := int64(p.Lon)
	switch {
	case lon >= turn/2:
		lon -= turn
	case lon < -turn/2:
		lon += turn
	}
	return Point{min(max(p.Lat, -quarter), quarter), int32(lon)}
}

// utmZone returns the zone of a point that lies between the polar grids.
func utmZone(p Point) int {
	lon := int(p.Lon)
	switch {
	case p.Lat >= 72*E7 && lon >= 0 && lon < 42*E7: // Svalbard
		switch {
		case lon < 9*E7:
			return 31
		case lon < 21*E7:
			return 33
		case lon < 33*E7:
			return 35
		}
		return 37
	case p.Lat >= 56*E7 && p.Lat < 64*E7 && lon >= 3*E7 && lon < 12*E7: // Norway
		return 32
	}
	return (lon+turn/2)/(6*E7) + 1
}

// centralMeridian returns the longitude of the middle of a zone in E7 units.
func centralMeridian(zone int) int64 { return int64(zone*6-183) * E7 }

// Powers of the third flattening n, in which Krüger's series are written.
const (
	n1 = wgs84F / (2 - wgs84F)
	n2 = n1 * n1
	n3 = n2 * n1
	n4 = n2 * n2
	n5 = n4 * n1
	n6 = n4 * n2
	// rectifying is the radius of the sphere that has the meridian's length.
	rectifying = wgs84A / (1 + n1) * (1 + n2/4 + n4/64 + n6/256)
)

// Krüger's series between the conformal sphere and the transverse Mercator
// plane to the sixth order in n: L. Krüger, Konforme Abbildung des Erdellipsoids
// in der Ebene (1912), with the coefficients of C. F. F. Karney, Transverse
// Mercator with an accuracy of a few nanometers, J. Geodesy 85 (2011),
// equations 35 and 36. The error is 5 nm within 3,900 km of the meridian.
var (
	toPlane = [...]float64{
		n1/2 - n2*2/3 + n3*5/16 + n4*41/180 - n5*127/288 + n6*7891/37800,
		n2*13/48 - n3*3/5 + n4*557/1440 + n5*281/630 - n6*1983433/1935360,
		n3*61/240 - n4*103/140 + n5*15061/26880 + n6*167603/181440,
		n4*49561/161280 - n5*179/168 + n6*6601661/7257600,
		n5*34729/80640 - n6*3418889/1995840,
		n6 * 212378941 / 319334400,
	}
	toSphere = [...]float64{
		n1/2 - n2*2/3 + n3*37/96 - n4/360 - n5*81/512 + n6*96199/604800,
		n2/48 + n3/15 - n4*437/1440 + n5*46/105 - n6*1118711/3870720,
		n3*17/480 - n4*37/840 - n5*209/4480 + n6*5569/90720,
		n4*4397/161280 - n5*11/504 - n6*830251/7257600,
		n5*4583/161280 - n6*108847/3991680,
		n6 * 20648693 / 638668800,
	}
)

// transverseMercator projects a latitude and a longitude counted from the
// central meridian, both in E7 units, to easting and northing in metres, the
// northing negative in the south.
func transverseMercator(lat int32, lon int64) (easting, northing float64) {
	tau := conformal(math.Tan(float64(lat) * unit))
	sin, cos := sincos(lon)
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	dXi, dEta := krueger(toPlane, xi, eta)
	return utmEasting + utmScale*rectifying*(eta+dEta), utmScale * rectifying * (xi + dXi)
}

// fromTransverseMercator undoes transverseMercator; radians out.
func fromTransverseMercator(easting, northing float64) (lat, lon float64) {
	xi, eta := northing/(utmScale*rectifying), (easting-utmEasting)/(utmScale*rectifying)
	dXi, dEta := krueger(toSphere, xi, eta)
	sin, cos := math.Sincos(xi - dXi)
	sinh := math.Sinh(eta - dEta)
	return math.Atan(geographic(sin / math.Hypot(sinh, cos))), math.Atan2(sinh, cos)
}

// krueger sums c[j-1] sin(2j(ξ + iη)) for j from 1 and returns both parts.
func krueger(c [6]float64, xi, eta float64) (re, im float64) {
	for j := len(c); j > 0; j-- {
		k := float64(2 * j)
		sin, cos := math.Sincos(k * xi)
		re += c[j-1] * sin * math.Cosh(k*eta)
		im += c[j-1] * cos * math.Sinh(k*eta)
	}
	return re, im
}

// toUPS projects a point to the polar stereographic plane of its hemisphere
// (J. P. Snyder, Map Projections, USGS Professional Paper 1395, 1987, chapter 21).
func toUPS(p Point) UTM {
	u := UTM{North: p.Lat >= 0, Easting: upsOrigin, Northing: upsOrigin}
	lat := math.Abs(float64(p.Lat))
	if lat == quarter {
		return u
	}
	tau := conformal(math.Tan(lat * unit))
	rho := upsRadius() / (tau + math.Hypot(1, tau))
	sin, cos := sincos(int64(p.Lon))
	u.Easting += rho * sin
	if u.North {
		cos = -cos
	}
	u.Northing += rho * cos
	return u
}

// fromStereographic undoes toUPS for metres counted from the pole; radians out.
// The pole gets longitude 0.
func fromStereographic(x, y float64, north bool) (lat, lon float64) {
	rho := math.Hypot(x, y)
	lat = math.Pi / 2
	if rho > 0 {
		t := rho / upsRadius()
		lat = math.Atan(geographic((1/t - t) / 2))
		if north {
			y = -y
		}
		lon = math.Atan2(x, y)
	}
	if !north {
		lat = -lat
	}
	return lat, lon
}

// upsRadius is the distance in metres from the pole on the polar plane of a
// point on the conformal sphere's equator.
func upsRadius() float64 {
	e := math.Sqrt(wgs84E2)
	return 2 * wgs84A * upsScale / math.Sqrt(math.Pow(1+e, 1+e)*math.Pow(1-e, 1-e))
}

// conformal returns the tangent of the conformal latitude from the tangent of
// the geographic latitude (Karney 2011, equations 7 to 9).
func conformal(tau float64) float64 {
	e := math.Sqrt(wgs84E2)
	sigma := math.Sinh(e * math.Atanh(e*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

// geographic undoes conformal by Newton's method (Karney 2011, equations 19 to
// 21), which settles in three rounds.
func geographic(want float64) float64 {
	tau := want / (1 - wgs84E2)
	for range 6 {
		got := conformal(tau)
		step := (want - got) / math.Hypot(1, got) *
			(1 + (1-wgs84E2)*tau*tau) / ((1 - wgs84E2) * math.Hypot(1, tau))
		tau += step
		if math.Abs(step) <= 1e-16*math.Max(1, math.Abs(tau)) {
			break
		}
	}
	return tau
}

// sincos returns sine and cosine of an angle in E7 units, exactly 0 and ±1 at
// right angles, so that points on the axes of a grid stay on them.
func sincos(angle int64) (sin, cos float64) {
	turns := int64(math.Round(float64(angle) / quarter))
	sin, cos = math.Sincos(float64(angle-turns*quarter) * unit)
	switch turns & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}
