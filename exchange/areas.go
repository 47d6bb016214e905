package exchange

import (
	"fmt"
	"math"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

func (r *movementReader) secured(files []securedFile) []outrider.SecuredArea {
	var areas []outrider.SecuredArea
	for i := range files {
		f, at := &files[i], fmt.Sprintf("/secured_areas/%d", i)
		r.text(at+"/name", f.Name)
		a := outrider.SecuredArea{Name: f.Name, Centre: r.endpoint(at+"/centre", &f.Centre), Radius: f.Radius}
		for k := range areas {
			b := &areas[k]
			if a.Name == b.Name {
				r.bad(at+"/name", fmt.Sprintf("there is a secured area %q already", a.Name), "give every area its own name", nil)
			}
			// Areas around names are compared once the names are found, by plan.
			if a.Centre.Point == nil || b.Centre.Point == nil {
				continue
			}
			if apart := geo.Distance(*a.Centre.Point, *b.Centre.Point); apart < a.Radius+b.Radius {
				r.bad(at+"/radius_m", fmt.Sprintf("secured areas %q and %q overlap: centres %.0f m apart, radii %g m and %g m", b.Name, a.Name, apart, b.Radius, a.Radius),
					"make one smaller, or join them into one", nil)
			}
		}
		areas = append(areas, a)
	}
	return areas
}

func (r *movementReader) avoid(at string, f *avoidFile) outrider.AvoidArea {
	r.text(at+"/name", f.Name)
	a := outrider.AvoidArea{Name: f.Name, Radius: f.Radius, Weight: f.Weight, Position: r.position(at)}
	switch {
	case f.Forbid && f.Weight != 0:
		r.bad(at+"/weight", "the area is both forbidden and weighted", "keep forbid: true or weight", nil)
	case !f.Forbid && f.Weight == 0:
		r.bad(at, "the area does not say how strongly to avoid it", "add forbid: true, or weight: 3 to count time inside three times", nil)
	}
	switch {
	case f.Centre != nil && f.Polygon != nil:
		r.bad(at+"/polygon", "the area is given twice, as a circle and as a polygon", "keep centre and radius_m, or polygon", nil)
	case f.Centre != nil:
		c := r.endpoint(at+"/centre", f.Centre)
		a.Centre = &c
		if f.Radius == 0 {
			r.bad(at+"/centre", "the circle has no radius", "add radius_m", nil)
		}
	case f.Polygon != nil:
		if f.Radius != 0 {
			r.bad(at+"/radius_m", "a polygon has no radius", "remove radius_m, or give centre instead of polygon", nil)
		}
		a.Polygon = r.polygon(at+"/polygon", f.Polygon)
	default:
		r.bad(at, "the area does not say where it is", "add centre and radius_m, or polygon", nil)
	}
	return a
}

// polygon reads the corners of a ring and refuses one that is no area.
func (r *movementReader) polygon(at string, corners []string) []geo.Point {
	var ring []geo.Point
	for i, s := range corners {
		p, err := parseCoordinate(s)
		if err != nil {
			r.bad(fmt.Sprintf("%s/%d", at, i), err.Error(), `write a corner as "latitude,longitude", such as "39.15,-75.52"`, nil)
			return nil
		}
		ring = append(ring, p)
	}
	if len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1] // closed explicitly, as GeoJSON does
	}
	if len(ring) < 3 {
		r.bad(at, "the polygon has fewer than three corners", "give at least three", nil)
		return nil
	}
	seen := make(map[geo.Point]int, len(ring))
	for i, p := range ring {
		if first, again := seen[p]; again {
			r.bad(fmt.Sprintf("%s/%d", at, i), fmt.Sprintf("corner %d is corner %d again", i+1, first+1), "give every corner once, in order along the border", nil)
			return nil
		}
		seen[p] = i
	}
	n := len(ring)
	for i := range n {
		for k := i + 1; k < n; k++ {
			if _, _, cross := geo.SegmentsCross(ring[i], ring[(i+1)%n], ring[k], ring[(k+1)%n]); cross {
				r.bad(fmt.Sprintf("%s/%d", at, k), fmt.Sprintf("the polygon crosses itself: the side after corner %d meets the side after corner %d", k+1, i+1), "give the corners in order along the border", nil)
				return nil
			}
		}
	}
	if flat(ring) {
		r.bad(at, "the polygon's corners lie on one line", "give corners that enclose ground", nil)
		return nil
	}
	return ring
}

// flat reports whether a ring encloses nothing. Corners differ by less than 2³²
// units, so a product may need 65 bits: float64 is exact enough, for a polygon
// whose area is lost in its rounding has corners on a line to a centimetre.
func flat(ring []geo.Point) bool {
	sum, size := 0.0, 0.0
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := float64(ring[i].Lon)-float64(o.Lon), float64(ring[i].Lat)-float64(o.Lat)
		bx, by := float64(ring[i+1].Lon)-float64(o.Lon), float64(ring[i+1].Lat)-float64(o.Lat)
		sum += ax*by - ay*bx
		size += math.Abs(ax*by) + math.Abs(ay*bx)
	}
	return math.Abs(sum) <= size*1e-12
}
