package exchange

import (
	"math"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// circleSides is how many sides a circle gets in formats that know polygons
// only: at 72 the polygon lies within 0.1 % of the radius.
const circleSides = 72

// AreaRing returns the outline of an area as a closed ring, counter-clockwise
// as RFC 7946 asks. A circle becomes a regular polygon of 72 corners.
func AreaRing(a *outrider.PlanArea) []outrider.LatLon { return areaRing(a) }

func areaRing(a *outrider.PlanArea) []outrider.LatLon {
	if a.Centre != nil {
		c := a.Centre.Point()
		ring := make([]outrider.LatLon, 0, circleSides+1)
		for i := range circleSides {
			lat, lon := geo.Offset(c, -float64(i)*360/circleSides, a.Radius).Degrees()
			ring = append(ring, outrider.LatLon{Lat: lat, Lon: lon})
		}
		return append(ring, ring[0])
	}
	ring := append([]outrider.LatLon(nil), a.Polygon...)
	if len(ring) == 0 {
		return nil
	}
	if signedArea(ring) < 0 {
		for i, j := 0, len(ring)-1; i < j; i, j = i+1, j-1 {
			ring[i], ring[j] = ring[j], ring[i]
		}
	}
	return append(ring, ring[0])
}

// signedArea is positive for a ring that runs counter-clockwise, on the plane
// of longitude and latitude. Longitudes count from the first corner, the short
// way round, so that longitude 180 may lie in the ring.
func signedArea(ring []outrider.LatLon) float64 {
	sum := 0.0
	east := func(q outrider.LatLon) float64 { return math.Remainder(q.Lon-ring[0].Lon, 360) }
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += east(a)*b.Lat - east(b)*a.Lat
	}
	return sum / 2
}

// splitAntimeridian cuts a line where it crosses longitude 180, as section
// 3.1.9 of RFC 7946 asks. Most lines come back whole.
func splitAntimeridian(line []outrider.LatLon) [][]outrider.LatLon {
	parts := [][]outrider.LatLon{nil}
	for i, q := range line {
		if i > 0 {
			before := line[i-1]
			if step := q.Lon - before.Lon; math.Abs(step) > 180 {
				side := math.Copysign(180, before.Lon)
				// Longitudes grow past 180 on the near side.
				far := q.Lon + 2*side
				f := 0.5
				if far != before.Lon {
					f = (side - before.Lon) / (far - before.Lon)
				}
				lat := before.Lat + f*(q.Lat-before.Lat)
				last := len(parts) - 1
				parts[last] = append(parts[last], outrider.LatLon{Lat: lat, Lon: side})
				parts = append(parts, []outrider.LatLon{{Lat: lat, Lon: -side}})
			}
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], q)
	}
	return parts
}

// words turns a kind such as "level_crossing" into words.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }
