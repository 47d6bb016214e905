package check

import (
	"math"

	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
)

// A Bound is what discs anywhere in the plane get against routes drawn with odds.
type Bound struct {
	// Value is what the disc at At gets, the best that was found.
	Value float64
	At    geo.Point
	// Proved says that none anywhere gets more than was asked about, but for rounding.
	Proved bool
	Cells  int // squares of ground that were looked at
}

// finest is the half diagonal, in metres, of the least squares that are looked at.
const finest = 0.02

// A stretch of ground as the check measures it.
type stretch struct {
	a, b space
	p    float64
}

// A surveyor measures ground. Pieces are measured once.
type surveyor struct {
	ground reach.Ground
	known  map[uint32][]stretch
	stamp  map[uint32]int
	visit  int
}

func newSurveyor(g reach.Ground) *surveyor {
	return &surveyor{ground: g, known: map[uint32][]stretch{}, stamp: map[uint32]int{}}
}

func (s *surveyor) stretches(piece uint32) []stretch {
	out, ok := s.known[piece]
	if !ok {
		for _, x := range s.ground.Segments(piece) {
			out = append(out, stretch{place(x.A), place(x.B), x.P})
		}
		s.known[piece] = out
	}
	return out
}

// around visits each piece that may have ground within metres of a box once.
func (s *surveyor) around(b geo.Box, metres float64, visit func(piece uint32)) {
	s.visit++
	s.ground.Near(widened(b, metres), func(piece uint32) {
		if s.stamp[piece] != s.visit {
			s.stamp[piece] = s.visit
			visit(piece)
		}
	})
}

// widened returns a box that holds all within metres of a box.
func widened(b geo.Box, metres float64) geo.Box {
	degrees := metres / 110000 // no degree of latitude is shorter
	top := max(math.Abs(float64(b.Min.Lat)), math.Abs(float64(b.Max.Lat)))/1e7 + degrees
	up := int32(degrees*1e7) + 10
	across := int32(min(degrees/math.Max(math.Cos(top*math.Pi/180), 0.001), 180)*1e7) + 10
	return geo.Box{Min: geo.Point{Lat: b.Min.Lat - up, Lon: b.Min.Lon - across}, Max: geo.Point{Lat: b.Max.Lat + up, Lon: b.Max.Lon + across}}
}

// A drawn is routes with odds, by the pieces they drive.
type drawn struct {
	*surveyor
	odds []float64
	over map[uint32][]int
	hit  []int // by route: the visit in which it was last found in reach
}

func newDrawn(f *reach.Field, routes []reach.Route) *drawn {
	d := &drawn{surveyor: newSurveyor(f.Ground), over: map[uint32][]int{}, hit: make([]int, len(routes))}
	for i, r := range routes {
		d.odds = append(d.odds, r.Prob)
		for _, v := range r.Nodes {
			if is := d.over[f.Piece[v]]; len(is) == 0 || is[len(is)-1] != i {
				d.over[f.Piece[v]] = append(is, i)
			}
		}
	}
	return d
}

// disc returns what a disc gets: the odds that the route drawn comes within its
// reach times the greatest chance of its ground.
func (d *drawn) disc(at geo.Point, metres float64) (value, most float64, passing []bool) {
	p := place(at)
	odds := 0.0
	passing = make([]bool, len(d.odds))
	d.around(geo.Box{Min: at, Max: at}, metres, func(piece uint32) {
		near := false
		for _, s := range d.stretches(piece) {
			if off(p, s.a, s.b) <= metres {
				near = true
				most = max(most, s.p)
			}
		}
		if !near {
			return
		}
		for _, i := range d.over[piece] {
			if !passing[i] {
				passing[i] = true
				odds += d.odds[i]
			}
		}
	})
	return odds * most, most, passing
}

// A square of ground in 1e-7 degrees.
type square struct{ lat, lon, halfLat, halfLon float64 }

func (q square) centre() geo.Point {
	return geo.Point{Lat: int32(math.Round(q.lat)), Lon: int32(math.Round(q.lon))}
}

// half returns how far the corners are from the centre, rounding included.
func (q square) half() float64 {
	const metresPerUnit = 0.0112 // no 1e-7 degrees are longer
	wide := math.Min(1, math.Cos((math.Abs(q.lat)-q.halfLat)/1e7*math.Pi/180)+1e-9)
	return math.Hypot((q.halfLat+1)*metresPerUnit, (q.halfLon+1)*metresPerUnit*wide)
}

// Anywhere asks whether a disc with a radius, centred anywhere, gets more than a
// claim against routes of a field drawn with their odds. It covers the ground along
// the routes with squares: whatever a disc centred in a square gets, the disc round
// its middle gets that is wider by half of its diagonal. Squares where that is more
// than the claim are cut in four, until a disc is found that gets more, or squares
// are as small as rounding. effort bounds how many squares are looked at.
func Anywhere(f *reach.Field, routes []reach.Route, radius, claim float64, effort int) Bound {
	d := newDrawn(f, routes)
	most := claim * (1 + slack)
	out := Bound{Proved: true}
	// Squares about as wide as the radius, along all ground of the routes.
	side := max(radius, 1)
	const unit = 1e7 / 111000 // 1e-7 degrees in a metre, about
	high := side * unit
	type cell struct{ row, column int64 }
	seen := map[cell]bool{}
	var queue []square
	cover := func(p geo.Point) {
		// All centres within reach of a point at most side from p.
		for row := int64(math.Floor((float64(p.Lat) - 2.1*high) / high)); float64(row)*high <= float64(p.Lat)+2.1*high; row++ {
			wide := high / math.Max(math.Cos(math.Min(math.Abs(float64(row)+0.5)*high/1e7, 89.9)*math.Pi/180), 0.001)
			for column := int64(math.Floor((float64(p.Lon) - 2.1*wide) / wide)); float64(column)*wide <= float64(p.Lon)+2.1*wide; column++ {
				if c := (cell{row, column}); !seen[c] {
					seen[c] = true
					queue = append(queue, square{(float64(row) + 0.5) * high, (float64(column) + 0.5) * wide, high / 2, wide / 2})
				}
			}
		}
	}
	for piece := range d.over {
		for _, s := range f.Ground.Segments(piece) {
			n := int(geo.Distance(s.A, s.B)/side) + 1
			for k := range n + 1 {
				cover(geo.Interpolate(s.A, s.B, float64(k)/float64(n)))
			}
		}
	}
	for len(queue) > 0 {
		q := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if out.Cells++; out.Cells > effort {
			out.Proved = false
			return out
		}
		at, half := q.centre(), q.half()
		if v, _, _ := d.disc(at, radius+half); v <= most {
			continue
		}
		if v, _, _ := d.disc(at, radius); v > out.Value {
			out.Value, out.At = v, at
			if v > most {
				out.Proved = false
				return out
			}
		}
		if half <= finest {
			out.Proved = false
			continue
		}
		a, b := q.halfLat/2, q.halfLon/2
		queue = append(queue, square{q.lat - a, q.lon - b, a, b}, square{q.lat - a, q.lon + b, a, b}, square{q.lat + a, q.lon - b, a, b}, square{q.lat + a, q.lon + b, a, b})
	}
	return out
}

// Disc returns what one disc gets against routes drawn with their odds: value, the
// greatest chance of its ground, and which routes come within its reach.
func Disc(f *reach.Field, routes []reach.Route, at geo.Point, radius float64) (value, chance float64, passing []bool) {
	return newDrawn(f, routes).disc(at, radius)
}

// between returns how far two stretches are from each other, in metres.
func between(x, y stretch) float64 {
	// They meet nearest at an end of one, or both inside where the lines are nearest.
	least := min(off(x.a, y.a, y.b), off(x.b, y.a, y.b), off(y.a, x.a, x.b), off(y.b, x.a, x.b))
	var u, v, w space
	for i := range 3 {
		u[i], v[i], w[i] = x.b[i]-x.a[i], y.b[i]-y.a[i], x.a[i]-y.a[i]
	}
	a, b, c, d, e := dot(u, u), dot(u, v), dot(v, v), dot(u, w), dot(v, w)
	det := a*c - b*b
	if det <= 1e-9*a*c {
		return least // parallel
	}
	s, t := (b*e-c*d)/det, (a*e-b*d)/det
	if s < 0 || s > 1 || t < 0 || t > 1 {
		return least
	}
	var apart space
	for i := range 3 {
		apart[i] = w[i] + s*u[i] - t*v[i]
	}
	return min(least, math.Sqrt(dot(apart, apart)))
}

func dot(a, b space) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
