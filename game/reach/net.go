package reach

import (
	"math"

	"github.com/outrider-project/outrider/geo"
)

// A disc is a number for a point of the net, given when it is first met.
type disc = uint32

// A net is the points at which discs stand: rows of constant latitude, and on
// each row columns at equal distances. It is anchored to the earth and not to
// the ground in question, so that cutting roads differently moves nothing.
// Distances are plane ones in the metres of the row; radii are drawn in, or let
// out, by what these are wrong by.
type net struct {
	step float64 // between rows and columns, metres
	dLat float64 // between rows, in units of 1e-7 degrees
	rows map[int32]*row
	ids  map[uint64]*block
	at   []uint64 // by disc: row and column
	// The block that was asked for last.
	key   uint64
	block *block

	// The greatest chance of ground within the narrow and the wide radius of each
	// disc; complete where the cells around were laid.
	narrow, wide   float64
	pNarrow, pWide []float64
}

// A block is the discs of 16 rows and columns: the number of each and one more, 0
// where there is none yet.
type block [256]disc

// A row knows its own metres.
type row struct {
	lat        float64 // 1e-7 degrees
	mLat, mLon float64 // metres per unit of 1e-7 degrees
	dLon       float64 // between columns
}

// tanHighest is the tangent of 80°, up to which radii are right.
const tanHighest = 5.6713

// newNet makes a net for discs of a radius such that every point is within step
// metres of a point of the net.
func newNet(reach, step float64) *net {
	// The farthest point is half a diagonal away. The part in a thousand taken off
	// covers what plane distances are wrong by within a step.
	side := step * math.Sqrt2 * 0.999
	// Half way to a point at a distance d and a bearing b parallels are shorter by
	// tan(lat)·d·cos(b)/2R than on the row, which makes the distance wrong by
	// sin²(b)·cos(b)·tan(lat)·d²/2R: at most 0.193·tan(lat)·d²/R.
	d := reach + step
	wrong := 0.2 * tanHighest * d * d / 6.35e6
	// A degree of latitude is longest at the poles, so rows are nowhere farther apart
	// than side.
	return &net{
		step: side, dLat: side / 111694 * geo.E7, rows: map[int32]*row{}, ids: map[uint64]*block{},
		narrow: reach - wrong, wide: reach + step + wrong,
	}
}

func (n *net) row(i int32) *row {
	r := n.rows[i]
	if r == nil {
		lat := float64(i) * n.dLat
		phi := lat / geo.E7 * math.Pi / 180
		// Length of a degree on the WGS 84 ellipsoid, the usual series.
		mLat := 111132.954 - 559.822*math.Cos(2*phi) + 1.175*math.Cos(4*phi)
		mLon := max(111412.84*math.Cos(phi)-93.5*math.Cos(3*phi)+0.118*math.Cos(5*phi), 1)
		r = &row{lat: lat, mLat: mLat / geo.E7, mLon: mLon / geo.E7, dLon: n.step / mLon * geo.E7}
		n.rows[i] = r
	}
	return r
}

// disc returns the number of the disc at a row and column.
func (n *net) disc(i, k int32) disc {
	if key := uint64(uint32(i>>4))<<32 | uint64(uint32(k>>4)); n.block == nil || key != n.key {
		b := n.ids[key]
		if b == nil {
			b = new(block)
			n.ids[key] = b
		}
		n.key, n.block = key, b
	}
	d := &n.block[uint32(i&15)<<4|uint32(k&15)]
	if *d == 0 {
		n.at = append(n.at, uint64(uint32(i))<<32|uint64(uint32(k)))
		n.pNarrow = append(n.pNarrow, 0)
		n.pWide = append(n.pWide, 0)
		*d = disc(len(n.at)) // one more than its number
	}
	return *d - 1
}

// centre returns where a disc stands, in units of 1e-7 degrees, and its row.
func (n *net) centre(d disc) (lat, lon float64, r *row) {
	i, k := int32(n.at[d]>>32), int32(uint32(n.at[d]))
	r = n.row(i)
	return r.lat, float64(k) * r.dLon, r
}

// point returns the centre of a disc, rounded to a point.
func (n *net) point(d disc) geo.Point {
	lat, lon, _ := n.centre(d)
	return geo.PointFromDegrees(lat/geo.E7, lon/geo.E7)
}

// around visits the points of the net within a radius of a segment, with the
// square of the distance.
func (n *net) around(a, b geo.Point, radius float64, visit func(i, k int32, d2 float64)) {
	alat, alon, blat, blon := float64(a.Lat), float64(a.Lon), float64(b.Lat), float64(b.Lon)
	// A degree of latitude is never shorter than this.
	margin := radius / 110574 * geo.E7
	lo := int32(math.Floor((min(alat, blat) - margin) / n.dLat))
	hi := int32(math.Ceil((max(alat, blat) + margin) / n.dLat))
	for i := lo; i <= hi; i++ {
		r := n.row(i)
		// The part of the segment that comes within the radius of the row at all.
		from, to, ok := clip((alat-r.lat)*r.mLat, (blat-r.lat)*r.mLat, radius)
		if !ok {
			continue
		}
		one, two := alon+(blon-alon)*from, alon+(blon-alon)*to
		left, right := min(one, two)-radius/r.mLon, max(one, two)+radius/r.mLon
		for k := int32(math.Ceil(left / r.dLon)); float64(k)*r.dLon <= right; k++ {
			if d2 := r.distance2(float64(k)*r.dLon, a, b); d2 <= radius*radius {
				visit(i, k, d2)
			}
		}
	}
}

// distance2 returns the square of the distance, in metres, of a point of the row
// from a segment.
func (r *row) distance2(lon float64, a, b geo.Point) float64 {
	ax, ay := (float64(a.Lon)-lon)*r.mLon, (float64(a.Lat)-r.lat)*r.mLat
	dx, dy := (float64(b.Lon)-float64(a.Lon))*r.mLon, (float64(b.Lat)-float64(a.Lat))*r.mLat
	f := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		f = min(max(-(ax*dx+ay*dy)/l, 0), 1)
	}
	x, y := ax+f*dx, ay+f*dy
	return x*x + y*y
}

// clip returns which part of a segment has |y| ≤ radius, as fractions.
func clip(a, b, radius float64) (from, to float64, ok bool) {
	if a > b {
		to, from, ok = clip(b, a, radius)
		return 1 - from, 1 - to, ok
	}
	if a > radius || b < -radius {
		return 0, 0, false
	}
	from, to = 0, 1
	if a < -radius {
		from = (-radius - a) / (b - a)
	}
	if b > radius {
		to = (radius - a) / (b - a)
	}
	return from, to, true
}

// from returns the square of the distance of a disc's centre from a segment.
func (n *net) from(d disc, s *Segment) float64 {
	_, lon, r := n.centre(d)
	return r.distance2(lon, s.A, s.B)
}
