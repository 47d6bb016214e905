package mapbuild

import (
	"math"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// What a sharp curve is; docs/hazards.md gives the reasons for the figures.
const (
	curveReach   = 20.0               // metres of road on either side that the radius is taken from
	curveRadius  = 45.0               // metres: the greatest radius told
	curveTurn    = 25 * math.Pi / 180 // the least change of direction over the whole curve
	cornerReach  = 10.0               // the same for corners, which are too short for curveReach
	cornerRadius = 15.0               // metres: the greatest radius of a corner
	curveStep    = 2.0                // metres between the places looked at
)

// A curve is a stretch of a strand on which the radius is at most curveRadius,
// in metres from the strand's start.
type curve struct {
	from, to, least float64 // extent; position of the least radius
	radius          float64 // the least radius, metres
	corner          bool    // it holds a corner
}

// A strand is a run of chains that drive as one road: joined at nodes where
// nothing else meets, or nothing but drives, tracks and the like.
type strand struct {
	chains []network.ChainID
	back   []bool // chain i is driven from head to tail
}

// polyline is a strand's geometry. The slices are reused from strand to strand.
type polyline struct {
	points []geo.Point
	// at is metres from the start: rough (see measureRoughly) until exact is called.
	at []float64
	// turned is the sum of the turns up to and including vertex i, signed, left
	// positive; bent is the same of their absolute values.
	turned, bent []float64
}

// reset begins a new polyline.
func (l *polyline) reset() { l.points = l.points[:0] }

// add appends a vertex; a repetition of the last one is left out.
func (l *polyline) add(p geo.Point) {
	if n := len(l.points); n > 0 && l.points[n-1] == p {
		return
	}
	l.points = append(l.points, p)
}

// measureRoughly fills at, turned and bent on a plane at each vertex, lengths to
// about 1 part in 300.
func (l *polyline) measureRoughly() {
	n := len(l.points)
	l.at, l.turned, l.bent = resize(l.at, n), resize(l.turned, n), resize(l.bent, n)
	if n == 0 {
		return
	}
	l.at[0], l.turned[0], l.bent[0] = 0, 0, 0
	east, north := metresPerUnit(l.points[0].Lat)
	since := l.points[0].Lat
	var px, py float64
	for i := 1; i < n; i++ {
		a, b := l.points[i-1], l.points[i]
		if d := int64(a.Lat) - int64(since); d > 500_000 || d < -500_000 { // 0.05 degrees
			east, north = metresPerUnit(a.Lat)
			since = a.Lat
		}
		x := float64(int64(b.Lon)-int64(a.Lon)) * east
		y := float64(int64(b.Lat)-int64(a.Lat)) * north
		l.at[i] = l.at[i-1] + math.Sqrt(float64(x*x)+float64(y*y))
		var turn float64
		if i > 1 {
			turn = angle(float64(px*x)+float64(py*y), float64(px*y)-float64(py*x))
		}
		// The turn happens at vertex i-1.
		l.turned[i] = l.turned[i-1]
		l.bent[i] = l.bent[i-1]
		if i > 1 {
			l.turned[i-1] += turn
			l.bent[i-1] += math.Abs(turn)
			l.turned[i], l.bent[i] = l.turned[i-1], l.bent[i-1]
		}
		px, py = x, y
	}
}

// angle is atan2(cross, dot), by its series where that is good to 1e-6.
func angle(dot, cross float64) float64 {
	if dot > 0 {
		if t := cross / dot; t < 0.1 && t > -0.1 {
			t2 := t * t
			return t * (1 - t2*(1.0/3-t2*(1.0/5)))
		}
	}
	return math.Atan2(cross, dot)
}

// measureExactly replaces the rough lengths by those of geo.Distance.
func (l *polyline) measureExactly() {
	for i := 1; i < len(l.points); i++ {
		l.at[i] = l.at[i-1] + geo.Distance(l.points[i-1], l.points[i])
	}
}

// mayCurve reports whether there is a stretch bent enough to hold a curve. It
// needs only the rough measures.
func (l *polyline) mayCurve() bool {
	lo := 0
	for i := range l.points {
		for l.at[i]-l.at[lo] > bendWindow*1.01 {
			lo++
		}
		if l.bentBetween(lo, i) >= bendLeast {
			return true
		}
	}
	return false
}

// The chords of curveReach metres before and behind a place on an arc of
// curveRadius make an angle of 2 asin(reach / 2 radius), and chords cannot turn
// by more than the line between them bends. bendLeast is a little less than it.
// (The arc sine by the first terms of its series, which are enough.)
const (
	bendWindow = 2 * curveReach
	bendSine   = curveReach / (2 * curveRadius)
	bendLeast  = 0.98 * 2 * (bendSine + bendSine*bendSine*bendSine/6)
)

// bentBetween is how much the line bends at the vertices lo to hi, both included.
func (l *polyline) bentBetween(lo, hi int) float64 {
	if lo == 0 {
		return l.bent[hi]
	}
	return l.bent[hi] - l.bent[lo-1]
}

// curves appends the sharp curves of the line, in order. The line must be
// measured exactly. The radius at a place is that of the circle through the
// place and the two points curveReach metres of road before and behind it (its
// Menger curvature), looked at every curveStep metres. Cost: linear in vertices
// plus the length of what is bent.
//
// Bends that follow each other closely, left and right, and bends near the end
// of the line are too short for that. There a corner counts: a radius of at most
// cornerRadius from points cornerReach metres away, a turn of 39 degrees within
// 20 metres.
func (l *polyline) curves(out []curve) []curve {
	n := len(l.points)
	if n < 3 || l.at[n-1] < 2*cornerReach {
		return out
	}
	end := l.at[n-1] - cornerReach
	// Ranges in which the line bends enough, by a window sliding over the vertices.
	lo := 0
	from, to := math.Inf(1), math.Inf(-1)
	for i := 1; i < n-1; i++ {
		for l.at[i]-l.at[lo] > bendWindow {
			lo++
		}
		if l.bentBetween(lo, i) < bendLeast {
			continue
		}
		// A place that sees enough of a bend sees it in the window that ends at the
		// last vertex it sees.
		a, b := max(l.at[i]-curveReach, cornerReach), min(l.at[i]+curveReach, end)
		if a > to+2*curveReach {
			out = l.sharp(from, to, out)
			from = a
		}
		from, to = min(from, a), max(to, b)
	}
	return l.sharp(from, to, out)
}

// sharp appends the curves whose places lie in [from, to].
func (l *polyline) sharp(from, to float64, out []curve) []curve {
	if from > to {
		return out
	}
	last := l.at[len(l.at)-1]
	// Five points of the line that move along it together.
	offsets := [...]float64{-curveReach, -cornerReach, 0, cornerReach, curveReach}
	var cursors [len(offsets)]int
	var x, y [len(offsets)]float64
	k := math.Ceil(from / curveStep)
	for i, o := range offsets {
		cursors[i] = l.cursor(k*curveStep + o)
	}
	lat, _ := l.place(cursors[2], k*curveStep)
	east, north := metresPerUnit(int32(lat))
	var run curve
	var sign float64 // of the run; 0 when there is none
	finish := func() {
		if sign != 0 && (run.corner || math.Abs(l.turnBetween(run.from-curveReach, run.to+curveReach)) >= curveTurn) {
			out = append(out, run)
		}
		sign = 0
	}
	for ; k*curveStep <= to; k++ {
		s := k * curveStep
		for i, o := range offsets {
			cursors[i] = l.advance(cursors[i], s+o)
			y[i], x[i] = l.place(cursors[i], s+o)
		}
		at := func(i int) (float64, float64) { return (x[i] - x[2]) * east, (y[i] - y[2]) * north }
		ax, ay := at(1)
		bx, by := at(3)
		radius, side := circle(ax, ay, bx, by)
		corner := radius <= cornerRadius
		if s >= curveReach && s+curveReach <= last {
			ax, ay = at(0)
			bx, by = at(4)
			wide, wideSide := circle(ax, ay, bx, by)
			if !corner || wideSide == side && wide < radius {
				radius, side = wide, wideSide
			}
		} else if !corner {
			continue
		}
		if radius > curveRadius {
			continue
		}
		if sign == side && s-run.to <= curveReach {
			run.to, run.corner = s, run.corner || corner
			if radius < run.radius {
				run.radius, run.least = radius, s
			}
			continue
		}
		finish()
		run, sign = curve{from: s, to: s, least: s, radius: radius, corner: corner}, side
	}
	finish()
	return out
}

// circle returns the radius of the circle through the origin, (ax, ay) before it
// and (bx, by) behind it, and +1 when the line turns left, -1 when right.
func circle(ax, ay, bx, by float64) (radius, side float64) {
	twice := float64(bx*ay) - float64(by*ax) // twice the triangle's area
	if twice == 0 {
		if float64(ax*bx)+float64(ay*by) > 0 {
			return 0, 1 // turning on the spot
		}
		return math.Inf(1), 1
	}
	a, b := math.Sqrt(float64(ax*ax)+float64(ay*ay)), math.Sqrt(float64(bx*bx)+float64(by*by))
	c := math.Sqrt(float64((ax-bx)*(ax-bx)) + float64((ay-by)*(ay-by)))
	return a * b * c / (2 * math.Abs(twice)), math.Copysign(1, twice)
}

// cursor returns the segment that position s lies on.
func (l *polyline) cursor(s float64) int {
	lo, hi := 0, len(l.at)-2
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if l.at[mid] <= s {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// advance moves a cursor forward to position s.
func (l *polyline) advance(i int, s float64) int {
	for i < len(l.at)-2 && l.at[i+1] <= s {
		i++
	}
	return i
}

// place is position s on segment i, in E7 units without rounding.
func (l *polyline) place(i int, s float64) (lat, lon float64) {
	a, b := l.points[i], l.points[i+1]
	f := (s - l.at[i]) / (l.at[i+1] - l.at[i])
	return float64(a.Lat) + float64(f*float64(int64(b.Lat)-int64(a.Lat))),
		float64(a.Lon) + float64(f*float64(int64(b.Lon)-int64(a.Lon)))
}

// turnBetween is the signed sum of the turns at vertices strictly between two
// positions.
func (l *polyline) turnBetween(from, to float64) float64 {
	i, j := l.cursor(from), l.cursor(to) // vertices i+1 … j lie between
	return l.turned[j] - l.turned[i]
}

// metresPerUnit returns the lengths of one E7 unit of longitude and of latitude
// at a latitude, by the WGS84 radii of curvature in the prime vertical and in
// the meridian.
func metresPerUnit(lat int32) (east, north float64) {
	const (
		a  = 6378137.0
		e2 = 0.00669437999014
	)
	sin, cos := math.Sincos(float64(lat) / geo.E7 * math.Pi / 180)
	w := 1 - float64(e2*sin*sin)
	n := a / math.Sqrt(w)
	const unit = math.Pi / 180 / geo.E7
	return n * cos * unit, n * (1 - e2) / w * unit
}

// resize returns a slice of length n, the old memory where it suffices.
func resize(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n, n+n/2)
	}
	return s[:n]
}

// strandBuilder joins chains to strands.
type strandBuilder struct {
	m    *network.Map
	mate []uint32 // per chain end (2*chain, +1 for its head): the end it drives on to
	done []bool   // per chain
}

// newStrandBuilder decides at every node which two chain ends drive as one road.
func newStrandBuilder(m *network.Map) *strandBuilder {
	b := &strandBuilder{m: m, mate: make([]uint32, 2*m.NumChains()), done: make([]bool, m.NumChains())}
	for i := range b.mate {
		b.mate[i] = network.None
	}
	type pair struct {
		all, through   uint32 // number of ends, of ends of through roads
		sum, throughBy uint32 // xor of those ends
	}
	ends := make([]pair, len(m.NodePoint))
	note := func(n network.NodeID, end uint32, class network.RoadClass) {
		p := &ends[n]
		p.all++
		p.sum ^= end
		if class < network.Service {
			p.through++
			p.throughBy ^= end
		}
	}
	join := func(visit func(n network.NodeID, end uint32, class network.RoadClass)) {
		for c := range m.NumChains() {
			intervals := m.Intervals(network.ChainID(c))
			if intervals[0].Class == network.Ferry {
				b.done[c] = true // a ferry line has no curves, and is no one's continuation
			}
			visit(m.Tail[c], uint32(2*c), intervals[0].Class)
			visit(m.Head[c], uint32(2*c+1), intervals[len(intervals)-1].Class)
		}
	}
	join(note)
	join(func(n network.NodeID, end uint32, class network.RoadClass) {
		switch p := ends[n]; {
		case b.done[end/2]:
		case p.all == 2:
			b.mate[end] = p.sum ^ end
		case p.through == 2 && class < network.Service:
			b.mate[end] = p.throughBy ^ end
		}
		if mate := b.mate[end]; mate != network.None && b.done[mate/2] {
			b.mate[end] = network.None
		}
	})
	return b
}

// next fills s with the strand that chain c belongs to and marks its chains; it
// returns false when that has been done before. The strand runs from the end
// with the smaller OSM node id; a ring is opened at the tail of c.
func (b *strandBuilder) next(c network.ChainID, s *strand) bool {
	if b.done[c] {
		return false
	}
	// Back to where the strand begins.
	start := uint32(2 * c)
	for b.mate[start] != network.None {
		start = b.mate[start] ^ 1
		if start == uint32(2*c) {
			break
		}
	}
	b.walk(start, s)
	last := len(s.chains) - 1
	from, to := b.m.ArcTail(s.chains[0].Arc(s.back[0])), b.m.ArcHead(s.chains[last].Arc(s.back[last]))
	if b.m.NodeInfo[to].OSM < b.m.NodeInfo[from].OSM {
		end := uint32(2 * s.chains[last])
		if !s.back[last] {
			end++
		}
		b.walk(end, s)
	}
	for _, c := range s.chains {
		b.done[c] = true
	}
	return true
}

// walk fills s with the chains from a chain end onwards.
func (b *strandBuilder) walk(start uint32, s *strand) {
	s.chains, s.back = s.chains[:0], s.back[:0]
	for end := start; ; {
		s.chains = append(s.chains, network.ChainID(end/2))
		s.back = append(s.back, end&1 == 1)
		end = b.mate[end^1]
		if end == network.None || end == start {
			return
		}
	}
}
