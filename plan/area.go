package plan

import (
	"slices"
	"sort"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

type point = geo.Point

// ground is an area on the map: a circle, or a polygon when ring is set.
type ground struct {
	name   string
	centre point
	radius float64 // metres
	ring   []point
}

// box returns a box that holds the area.
func (g ground) box() geo.Box {
	if g.ring == nil {
		return geo.BoxAround(g.centre, g.radius)
	}
	b := geo.EmptyBox()
	for _, v := range g.ring {
		b = b.Extend(v)
	}
	return b
}

// contains reports whether a place lies in the area. The border of a circle
// belongs to it; a polygon is taken on the plane of latitude and longitude, by
// the even-odd rule.
func (g ground) contains(p point) bool {
	if g.ring == nil {
		return geo.Distance(g.centre, p) <= g.radius
	}
	in := false
	for i, a := range g.ring {
		b := g.ring[(i+1)%len(g.ring)]
		if (a.Lat > p.Lat) == (b.Lat > p.Lat) {
			continue
		}
		// The edge crosses p's latitude; is that east of p?
		x := float64(a.Lon) + float64(p.Lat-a.Lat)/(float64(b.Lat)-float64(a.Lat))*(float64(b.Lon)-float64(a.Lon))
		if float64(p.Lon) < x {
			in = !in
		}
	}
	return in
}

// inside returns the parts of the segment from a to b that lie in the area, as
// pairs of fractions of the way.
func (g ground) inside(a, b point) [][2]float64 {
	if g.ring != nil {
		return g.insideRing(a, b)
	}
	f, d := geo.ProjectOnSegment(g.centre, a, b)
	if d > g.radius {
		return nil
	}
	// The distance falls up to the foot and rises after it: search the border on
	// both sides of it, to a thousandth of a segment's millimetres.
	border := func(out, in float64) float64 {
		if geo.Distance(g.centre, geo.Interpolate(a, b, out)) <= g.radius {
			return out
		}
		for range 40 {
			mid := (out + in) / 2
			if geo.Distance(g.centre, geo.Interpolate(a, b, mid)) <= g.radius {
				in = mid
			} else {
				out = mid
			}
		}
		return in
	}
	return [][2]float64{{border(0, f), border(1, f)}}
}

// onBorder is how near, in metres, a corner must be to a segment to lie on it: a
// few units of position.
const onBorder = 0.05

func (g ground) insideRing(a, b point) [][2]float64 {
	cuts := []float64{0, 1}
	for i, c := range g.ring {
		d := g.ring[(i+1)%len(g.ring)]
		if f, _, ok := geo.SegmentsCross(a, b, c, d); ok {
			cuts = append(cuts, f)
		}
		// A segment that runs along an edge leaves it at a corner, not at a crossing.
		if f, away := geo.ProjectOnSegment(c, a, b); away < onBorder {
			cuts = append(cuts, f)
		}
	}
	sort.Float64s(cuts)
	var in [][2]float64
	for i := 1; i < len(cuts); i++ {
		if cuts[i] <= cuts[i-1] || !g.contains(geo.Interpolate(a, b, (cuts[i-1]+cuts[i])/2)) {
			continue
		}
		if n := len(in); n > 0 && in[n-1][1] == cuts[i-1] {
			in[n-1][1] = cuts[i]
		} else {
			in = append(in, [2]float64{cuts[i-1], cuts[i]})
		}
	}
	return in
}

// stretches returns the parts of the network that lie in the area, in order of
// chain and position.
func (g ground) stretches(m *network.Map) []network.Stretch {
	var out []network.Stretch
	box := g.box()
	for c := range m.Near(box) {
		vertices, ats := m.Vertices(c)
		for i := 1; i < len(vertices); i++ {
			a, b := vertices[i-1], vertices[i]
			if !geo.EmptyBox().Extend(a).Extend(b).Intersects(box) {
				continue
			}
			span := float64(ats[i] - ats[i-1])
			for _, f := range g.inside(a, b) {
				s := network.Stretch{Chain: c, From: ats[i-1] + network.Millimetres(f[0]*span), To: ats[i-1] + network.Millimetres(f[1]*span+0.5)}
				if n := len(out); n > 0 && out[n-1].Chain == c && s.From <= out[n-1].To {
					out[n-1].To = max(out[n-1].To, s.To)
				} else {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// onChain returns the stretches of a sorted list that lie on a chain.
func onChain(s []network.Stretch, c network.ChainID) []network.Stretch {
	i, _ := slices.BinarySearchFunc(s, c, func(s network.Stretch, c network.ChainID) int { return int(int64(s.Chain) - int64(c)) })
	j := i
	for j < len(s) && s[j].Chain == c {
		j++
	}
	return s[i:j]
}

// overlap returns the part of a stretch within lo and hi.
func overlap(s network.Stretch, lo, hi network.Millimetres) (from, to network.Millimetres, ok bool) {
	from, to = max(s.From, lo), min(s.To, hi)
	return from, to, from < to
}

// A closure is ground that must not be entered, and whose it is.
type closure struct {
	why     string // "avoid area X", "road closed (finding …)", "toll roads"
	stretch []network.Stretch
}

// A weightedArea is ground in which time counts weight times.
type weightedArea struct {
	ground
	weight  float64
	stretch []network.Stretch
}

// timeLane is the lane of driving times.
func timeLane(pass *network.Passage) *lane {
	return &lane{
		Metric: search.Metric{Arc: slices.Clone(words(pass.Arc)), Turn: slices.Clone(words(pass.Turn))},
		part: func(a network.ArcID, from, to network.Millimetres) uint32 {
			return uint32(pass.PartMillis(a, from, to))
		},
	}
}

// preferLane is the lane that the planner minimises: driving time, weighted in
// weighted areas, plus rate milliseconds for each unit of accumulated exposure.
func (p *planner) preferLane(time *lane, lambda func(a network.ArcID, from, to network.Millimetres) float64, rate float64) *lane {
	l := &lane{Metric: search.Metric{Arc: slices.Clone(time.Arc), Turn: time.Turn}}
	l.part = func(a network.ArcID, from, to network.Millimetres) uint32 {
		w := time.part(a, from, to)
		if w >= search.Unreachable {
			return w
		}
		return p.preferred(time, lambda, rate, a, from, to, w)
	}
	for a := range network.ArcID(len(l.Arc)) {
		if l.Arc[a] < search.Unreachable {
			l.Arc[a] = p.preferred(time, lambda, rate, a, begin(p.m, a), end(p.m, a), l.Arc[a])
		}
	}
	return l
}

// preferred is the preference cost of a part of an arc that takes time w.
func (p *planner) preferred(time *lane, lambda func(a network.ArcID, from, to network.Millimetres) float64, rate float64, a network.ArcID, from, to network.Millimetres, w uint32) uint32 {
	cost := float64(w)
	lo, hi := min(from, to), max(from, to)
	for _, area := range p.weighted {
		for _, s := range onChain(area.stretch, a.Chain()) {
			x, y, ok := overlap(s, lo, hi)
			if !ok {
				continue
			}
			if a.Backwards() {
				x, y = y, x
			}
			if t := time.part(a, x, y); t < search.Unreachable {
				cost += (area.weight - 1) * float64(t)
			}
		}
	}
	if rate > 0 {
		cost += rate * lambda(a, from, to)
	}
	return uint32(min(max(cost, 0)+0.5, search.Unreachable-1))
}
