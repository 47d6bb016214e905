package geo

import (
	"math"
	"math/bits"
)

// Interpolate returns the point a fraction f of the way from a to b, linear in
// latitude and longitude and the short way across the antimeridian, rounded to
// the nearest E7 point. f below 0 or not a number gives a, above 1 gives b.
func Interpolate(a, b Point, f float64) Point {
	switch {
	case !(f > 0):
		return a
	case f >= 1:
		return b
	}
	lat := float64(a.Lat) + float64(f*float64(int64(b.Lat)-int64(a.Lat)))
	lon := float64(a.Lon) + float64(f*float64(longitudeStep(a, b)))
	return Point{int32(math.Round(lat)), int32(wrap(math.Round(lon)))}
}

// wrap brings a longitude in E7 units into [-turn/2, turn/2].
func wrap(lon float64) float64 {
	switch {
	case lon > turn/2:
		return lon - turn
	case lon < -turn/2:
		return lon + turn
	}
	return lon
}

// ProjectOnSegment returns the place of the segment from a to b that is nearest
// to p: its fraction f of the way, in [0, 1], and its distance from p in metres.
// The foot is found on the plane that touches the ellipsoid at p; the distance to
// it is that of Distance, not rounded to whole E7 units while p is near. Meant for
// segments within some tens of kilometres of p; for farther ones the foot is an
// approximation, while the distance is still true for the foot returned.
func ProjectOnSegment(p, a, b Point) (f, metres float64) {
	m, n, c := radii(float64(p.Lat))
	kx, ky := n*c*unit, m*unit
	ax, ay := float64(longitudeStep(p, a)), float64(int64(a.Lat)-int64(p.Lat))
	bx, by := ax+float64(longitudeStep(a, b)), float64(int64(b.Lat)-int64(p.Lat))
	dx, dy := (bx-ax)*kx, (by-ay)*ky
	if sq := float64(dx*dx) + float64(dy*dy); sq > 0 {
		f = -(float64(ax*kx*dx) + float64(ay*ky*dy)) / sq
		f = min(max(f, 0), 1)
	}
	// At both ends use the very difference, so that an end is met exactly.
	x, y := ax+float64(f*(bx-ax)), ay+float64(f*(by-ay))
	if f == 1 {
		x, y = bx, by
	}
	if metres, ok := localDistance(float64(p.Lat), float64(p.Lat)+y, x); ok {
		return f, metres
	}
	return f, Distance(p, Interpolate(a, b, f))
}

// SegmentsCross reports whether the segment from a to b and the one from c to d
// cross properly: they meet in exactly one point, and it is inside both. Segments
// that merely touch (an end of one on the other, a shared end) or overlap do not
// cross, so two roads joined by a node never do. The test is exact, on the
// plane of latitude and longitude; f and g are the fractions along a–b and c–d
// at which they meet. Segments across the antimeridian are not supported.
func SegmentsCross(a, b, c, d Point) (f, g float64, ok bool) {
	ca, cb := orientation(c, d, a), orientation(c, d, b)
	if ca.sign()*cb.sign() >= 0 {
		return 0, 0, false
	}
	ac, ad := orientation(a, b, c), orientation(a, b, d)
	if ac.sign()*ad.sign() >= 0 {
		return 0, 0, false
	}
	fa, fb := math.Abs(ca.float()), math.Abs(cb.float())
	gc, gd := math.Abs(ac.float()), math.Abs(ad.float())
	return fa / (fa + fb), gc / (gc + gd), true
}

// orientation is twice the signed area of the triangle p, q, r: positive when it
// turns left on a map with north up.
func orientation(p, q, r Point) wide {
	qx, qy := int64(q.Lon)-int64(p.Lon), int64(q.Lat)-int64(p.Lat)
	rx, ry := int64(r.Lon)-int64(p.Lon), int64(r.Lat)-int64(p.Lat)
	return product(qx, ry).minus(product(qy, rx))
}

// A wide is a signed 128-bit integer: differences of E7 coordinates need 33
// bits, their products 66.
type wide struct {
	hi int64
	lo uint64
}

func product(x, y int64) wide {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	// From the unsigned to the signed product.
	signed := int64(hi)
	if x < 0 {
		signed -= y
	}
	if y < 0 {
		signed -= x
	}
	return wide{signed, lo}
}

func (w wide) minus(v wide) wide {
	lo, borrow := bits.Sub64(w.lo, v.lo, 0)
	return wide{w.hi - v.hi - int64(borrow), lo}
}

func (w wide) sign() int {
	switch {
	case w.hi < 0:
		return -1
	case w.hi > 0 || w.lo > 0:
		return 1
	}
	return 0
}

// float returns the nearest float64 but for the last bits.
func (w wide) float() float64 {
	if w.hi == int64(w.lo)>>63 { // fits 64 bits
		return float64(int64(w.lo))
	}
	return float64(w.hi)*0x1p64 + float64(w.lo)
}

// Radius returns the radius in metres of the circle through three points, on
// the plane that touches the ellipsoid at b: +Inf when they lie on a line, two
// of them coincide, or a and c are the same place (a turn on the spot has no
// circle). Meant for neighbouring points of a road.
func Radius(a, b, c Point) float64 {
	if orientation(a, b, c).sign() == 0 {
		return math.Inf(1)
	}
	m, n, cos := radii(float64(b.Lat))
	kx, ky := n*cos*unit, m*unit
	ax, ay := float64(longitudeStep(b, a))*kx, float64(int64(a.Lat)-int64(b.Lat))*ky
	cx, cy := float64(longitudeStep(b, c))*kx, float64(int64(c.Lat)-int64(b.Lat))*ky
	area2 := math.Abs(float64(ax*cy) - float64(ay*cx))
	if area2 == 0 {
		return math.Inf(1)
	}
	return math.Hypot(ax, ay) * math.Hypot(cx, cy) * math.Hypot(ax-cx, ay-cy) / (2 * area2)
}

// BoxAround returns a box that holds every point within the given distance of
// p. It is a little larger than need be (0.7 % at most, and one unit), never
// smaller. A box that would reach over a pole or the antimeridian spans all
// longitudes. A negative or NaN distance gives the box of p alone.
//
// With reduced latitudes β the ellipsoid's metric is at least b² (dβ² + cos²β dλ²),
// so lengths are at least those on a sphere of the polar radius b, where the
// extreme longitude of a circle is known: asin(sin δ / cos β).
func BoxAround(p Point, metres float64) Box {
	if !(metres > 0) {
		return Box{p, p}
	}
	all := Box{Point{-quarter, -turn / 2}, Point{quarter, turn / 2}}
	angle := metres / wgs84B
	if angle >= math.Pi {
		return all
	}
	beta := math.Atan((1 - wgs84F) * math.Tan(float64(p.Lat)*unit))
	lo, hi := beta-angle, beta+angle
	box := all
	if lo > -math.Pi/2 {
		box.Min.Lat = clamp(math.Floor(math.Atan(math.Tan(lo)/(1-wgs84F))/unit)-1, -quarter, quarter)
	}
	if hi < math.Pi/2 {
		box.Max.Lat = clamp(math.Ceil(math.Atan(math.Tan(hi)/(1-wgs84F))/unit)+1, -quarter, quarter)
	}
	if lo <= -math.Pi/2 || hi >= math.Pi/2 {
		return box
	}
	span := math.Asin(math.Min(1, math.Sin(angle)/math.Cos(beta))) / unit
	west, east := math.Floor(float64(p.Lon)-span)-1, math.Ceil(float64(p.Lon)+span)+1
	if west < -turn/2 || east > turn/2 {
		return box
	}
	box.Min.Lon, box.Max.Lon = int32(west), int32(east)
	return box
}

func clamp(x, lo, hi float64) int32 { return int32(math.Min(math.Max(x, lo), hi)) }
