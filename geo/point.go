// Package geo holds the earth geometry everything else stands on: E7 points,
// boxes, distances and bearings on the WGS84 ellipsoid, polylines, and a
// static spatial index. It knows nothing of roads or movements.
package geo

import "math"

// E7 is the number of units in one degree: a unit is at most 11.2 mm.
const E7 = 1e7

// A Point is a position on the WGS84 ellipsoid in units of 1e-7 degree.
type Point struct {
	Lat, Lon int32
}

// PointFromDegrees rounds a position in degrees to the nearest E7 point.
// Latitude must be in [-90, 90] and longitude in [-180, 180].
func PointFromDegrees(lat, lon float64) Point {
	return Point{int32(math.Round(lat * E7)), int32(math.Round(lon * E7))}
}

// Degrees returns the position in degrees.
func (p Point) Degrees() (lat, lon float64) {
	return float64(p.Lat) / E7, float64(p.Lon) / E7
}

// A Box is an axis-parallel box of points, both corners included. The empty
// box is the value of EmptyBox, not the zero value.
type Box struct {
	Min, Max Point
}

// EmptyBox returns the box that holds no point and that Extend grows from.
func EmptyBox() Box {
	return Box{Point{math.MaxInt32, math.MaxInt32}, Point{math.MinInt32, math.MinInt32}}
}

// Empty reports whether the box holds no point.
func (b Box) Empty() bool { return b.Min.Lat > b.Max.Lat || b.Min.Lon > b.Max.Lon }

// Extend returns the smallest box that holds b and p.
func (b Box) Extend(p Point) Box {
	return Box{
		Point{min(b.Min.Lat, p.Lat), min(b.Min.Lon, p.Lon)},
		Point{max(b.Max.Lat, p.Lat), max(b.Max.Lon, p.Lon)},
	}
}

// Union returns the smallest box that holds both boxes.
func (b Box) Union(c Box) Box {
	return Box{
		Point{min(b.Min.Lat, c.Min.Lat), min(b.Min.Lon, c.Min.Lon)},
		Point{max(b.Max.Lat, c.Max.Lat), max(b.Max.Lon, c.Max.Lon)},
	}
}

// Contains reports whether p lies in the box, its border included.
func (b Box) Contains(p Point) bool {
	return b.Min.Lat <= p.Lat && p.Lat <= b.Max.Lat && b.Min.Lon <= p.Lon && p.Lon <= b.Max.Lon
}

// Intersects reports whether the boxes share a point.
func (b Box) Intersects(c Box) bool {
	return b.Min.Lat <= c.Max.Lat && c.Min.Lat <= b.Max.Lat && b.Min.Lon <= c.Max.Lon && c.Min.Lon <= b.Max.Lon
}
