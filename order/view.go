package order

import (
	"fmt"
	"math"
	"strconv"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// earthRadius is used for the scale of drawings only, metres.
const earthRadius = 6371008.8

// Widths of maps in their own units: coordinates are whole units, so that paths
// are short. A map as wide as an A4 page and one half as wide show a unit in the
// same size, 0.05 mm.
const (
	fullWidth = 4000
	halfWidth = 2000
)

// A view maps positions to the plane of a drawing by the Mercator projection,
// which keeps angles and, over the extent of a leg, shapes. x runs east from 0
// to width, y runs south from 0 to height.
type view struct {
	ref           float64 // longitude that others are counted from, the short way round
	x0, y0        float64 // Mercator coordinates of the upper left corner, radians
	scale         float64 // units per radian
	width, height int
	lat           float64 // latitude of the middle
}

// xy is a place in a drawing.
type xy struct{ x, y float64 }

func mercator(lat float64) float64 {
	lat = math.Max(-85, math.Min(85, lat))
	return math.Log(math.Tan(math.Pi/4 + lat*math.Pi/360))
}

func (v *view) longitude(lon float64) float64 {
	return math.Remainder(lon-v.ref, 360) * math.Pi / 180
}

func (v *view) at(q outrider.LatLon) xy {
	return xy{(v.longitude(q.Lon) - v.x0) * v.scale, (v.y0 - mercator(q.Lat)) * v.scale}
}

func (v *view) point(p geo.Point) xy {
	lat, lon := p.Degrees()
	return v.at(outrider.LatLon{Lat: lat, Lon: lon})
}

// metres returns how many metres on the ground a unit is in the middle.
func (v *view) metres() float64 {
	return earthRadius * math.Cos(v.lat*math.Pi/180) / v.scale
}

// span returns the width of the ground shown, metres.
func (v *view) span() float64 { return v.metres() * float64(v.width) }

// inside reports whether a place lies in the drawing, at least margin units from
// its border.
func (v *view) inside(p xy, margin float64) bool {
	return p.x >= margin && p.y >= margin && p.x <= float64(v.width)-margin && p.y <= float64(v.height)-margin
}

// ground returns the box of positions that the drawing shows. Where it reaches
// over longitude 180 only the part on the side of its middle is returned.
func (v *view) ground() geo.Box {
	lat := func(y float64) float64 {
		return (2*math.Atan(math.Exp(v.y0-y/v.scale)) - math.Pi/2) * 180 / math.Pi
	}
	west := v.ref + v.x0*180/math.Pi
	east := west + float64(v.width)/v.scale*180/math.Pi
	if mid := (west + east) / 2; mid > 180 {
		west, east = west-360, east-360
	} else if mid < -180 {
		west, east = west+360, east+360
	}
	return geo.Box{
		Min: geo.PointFromDegrees(lat(float64(v.height)), math.Max(west, -180)),
		Max: geo.PointFromDegrees(lat(0), math.Min(east, 180)),
	}
}

// fit returns a view of all the places with room around them, showing at least
// least metres across, and between narrow and tall times as high as wide.
func fit(width int, places []outrider.LatLon, least, narrow, tall float64) view {
	v := view{ref: places[0].Lon, width: width}
	minX, maxX, minY, maxY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, q := range places {
		x, y := v.longitude(q.Lon), mercator(q.Lat)
		minX, maxX = math.Min(minX, x), math.Max(maxX, x)
		minY, maxY = math.Min(minY, y), math.Max(maxY, y)
	}
	midX, midY := (minX+maxX)/2, (minY+maxY)/2
	v.lat = (2*math.Atan(math.Exp(midY)) - math.Pi/2) * 180 / math.Pi
	smallest := least / (earthRadius * math.Cos(v.lat*math.Pi/180))
	const room = 1.14
	w, h := math.Max((maxX-minX)*room, smallest), math.Max((maxY-minY)*room, smallest*narrow)
	h = math.Max(h, w*narrow)
	w = math.Max(w, h/tall)
	v.scale = float64(width) / w
	v.height = int(math.Round(h * v.scale))
	v.x0, v.y0 = midX-w/2, midY+h/2
	return v
}

// scaleBar returns a round distance that takes about a fifth of the width of a
// large map and a third of a small one's, how it is written, and its length in
// units.
func (v *view) scaleBar(miles bool) (label string, units float64) {
	target := v.metres() * math.Max(float64(v.width)/5, 700)
	if miles {
		d := roundBelow(target / outrider.MetresPerMile)
		return fmt.Sprintf("%g mi", d), d * outrider.MetresPerMile / v.metres()
	}
	d := roundBelow(target)
	if d >= 1000 {
		return fmt.Sprintf("%g km", d/1000), d / v.metres()
	}
	return fmt.Sprintf("%g m", d), d / v.metres()
}

// roundBelow returns the greatest of 1, 2, 5, 10, 20, … and their tenths that is
// not above target.
func roundBelow(target float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(target)))
	d := unit
	for _, f := range []float64{2, 5} {
		if unit*f <= target {
			d = unit * f
		}
	}
	return d
}

// line projects positions.
func (v *view) line(points []outrider.LatLon) []xy {
	out := make([]xy, len(points))
	for i, q := range points {
		out[i] = v.at(q)
	}
	return out
}

// simplify leaves out places that lie within tolerance of the line that remains
// (Douglas and Peucker, Cartographica 10, 1973). The ends stay.
func simplify(line []xy, tolerance float64) []xy {
	if len(line) < 3 {
		return line
	}
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	stack := [][2]int{{0, len(line) - 1}}
	for len(stack) > 0 {
		lo, hi := stack[len(stack)-1][0], stack[len(stack)-1][1]
		stack = stack[:len(stack)-1]
		far, at := tolerance, -1
		for i := lo + 1; i < hi; i++ {
			if d := fromSegment(line[i], line[lo], line[hi]); d > far {
				far, at = d, i
			}
		}
		if at >= 0 {
			keep[at] = true
			stack = append(stack, [2]int{lo, at}, [2]int{at, hi})
		}
	}
	out := make([]xy, 0, len(line))
	for i, k := range keep {
		if k {
			out = append(out, line[i])
		}
	}
	return out
}

func fromSegment(p, a, b xy) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	px, py := p.x-a.x, p.y-a.y
	if sq := dx*dx + dy*dy; sq > 0 {
		f := math.Max(0, math.Min(1, (px*dx+py*dy)/sq))
		px, py = px-f*dx, py-f*dy
	}
	return math.Hypot(px, py)
}

// margin is how far lines are drawn beyond the border, so that their ends and
// joins do not show.
const margin = 60

// runs cuts a line into the parts that may show in the drawing: segments whose
// box lies wholly outside are left out.
func (v *view) runs(line []xy) [][]xy {
	var out [][]xy
	open := false
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		if math.Max(a.x, b.x) < -margin || math.Min(a.x, b.x) > float64(v.width+margin) ||
			math.Max(a.y, b.y) < -margin || math.Min(a.y, b.y) > float64(v.height+margin) {
			open = false
			continue
		}
		if !open {
			out = append(out, []xy{a})
			open = true
		}
		last := len(out) - 1
		out[last] = append(out[last], b)
	}
	return out
}

// clipRing cuts a ring to the drawing with its margin (Sutherland and Hodgman,
// Communications of the ACM 17, 1974). Parts may stay joined along the border,
// where it does not show.
func (v *view) clipRing(ring []xy) []xy {
	sides := []struct {
		axis  bool // true for y
		limit float64
		sign  float64
	}{{false, -margin, 1}, {false, float64(v.width) + margin, -1}, {true, -margin, 1}, {true, float64(v.height) + margin, -1}}
	for _, s := range sides {
		depth := func(p xy) float64 {
			if s.axis {
				return (p.y - s.limit) * s.sign
			}
			return (p.x - s.limit) * s.sign
		}
		var out []xy
		for i, b := range ring {
			a := ring[(i+len(ring)-1)%len(ring)]
			da, db := depth(a), depth(b)
			if (da >= 0) != (db >= 0) {
				f := da / (da - db)
				out = append(out, xy{a.x + f*(b.x-a.x), a.y + f*(b.y-a.y)})
			}
			if db >= 0 {
				out = append(out, b)
			}
		}
		ring = out
	}
	return ring
}

// appendPath appends a line as SVG path data in whole units, relative after the
// first place. Steps of no length are left out.
func appendPath(b []byte, line []xy, closed bool) []byte {
	if len(line) == 0 {
		return b
	}
	whole := func(x float64) int64 { return int64(math.Round(x)) }
	x, y := whole(line[0].x), whole(line[0].y)
	b = append(b, 'M')
	b = strconv.AppendInt(b, x, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, y, 10)
	first := true
	for _, p := range line[1:] {
		nx, ny := whole(p.x), whole(p.y)
		if nx == x && ny == y {
			continue
		}
		if first {
			b = append(b, 'l')
			first = false
		} else if nx >= x {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, nx-x, 10)
		if ny >= y {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, ny-y, 10)
		x, y = nx, ny
	}
	if first { // a dot
		b = append(b, "l0 0"...)
	}
	if closed {
		b = append(b, 'z')
	}
	return b
}
