package mapbuild

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/osm"
)

// outlineTolerance is how far, in metres, a simplified outline may lie from the
// real one. At the largest scale that a screen shows it is a few pixels.
const outlineTolerance = 3.0

// simplifyRun is how many vertices are simplified together: it bounds the cost
// for lines made to be slow.
const simplifyRun = 2048

// addOutlines fills the base map: coastlines and rivers as lines, water areas as
// closed rings (the first vertex is repeated at the end), each followed by its
// holes. What the extract cuts off stays a line: a water area with a gap in its
// outline is told as River, for there is no telling which side is wet.
func (d *draft) addOutlines(ctx context.Context) error {
	var s outlines
	member := d.waterMembers()
	for i := range d.c.ways.len() {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t := d.c.ways.tags(i)
		area := isWater(t)
		line := t.is(keyWaterway, "river", "canal")
		coast := t.is(keyNatural, "coastline")
		if _, ok := slices.BinarySearch(member, i); ok {
			area = false // the relation tells it
		}
		if !area && !line && !coast {
			continue
		}
		for _, points := range d.wayPoints(i) {
			closed := len(points) > 3 && points[0] == points[len(points)-1]
			switch {
			case coast:
				s.add(network.Coastline, network.OSMWay, d.c.ways.id[i], points)
			case area && closed:
				s.add(network.WaterArea, network.OSMWay, d.c.ways.id[i], points)
			default:
				s.add(network.River, network.OSMWay, d.c.ways.id[i], points)
			}
		}
	}
	for i := range d.c.relations.len() {
		if t := d.c.relations.tags(i); !t.is(keyType, "multipolygon") || !isWater(t) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		outer, open := d.rings(i, true)
		inner, _ := d.rings(i, false)
		id := d.c.relations.id[i]
		// A hole goes with the smallest outer ring around it; one outside all of
		// them, which only broken data has, is left out.
		holes := make([][][]geo.Point, len(outer))
		boxes := make([]geo.Box, len(outer))
		for k, ring := range outer {
			boxes[k] = boxOf(ring)
		}
		for _, hole := range inner {
			best := -1
			for k, ring := range outer {
				if boxes[k].Contains(hole[0]) && insideRing(hole[0], ring) && (best < 0 || math.Abs(ringArea(ring)) < math.Abs(ringArea(outer[best]))) {
					best = k
				}
			}
			if best >= 0 {
				holes[best] = append(holes[best], hole)
			}
		}
		for k, ring := range outer {
			if !s.add(network.WaterArea, network.OSMRelation, id, ring) {
				continue
			}
			for _, hole := range holes[k] {
				s.add(network.WaterHole, network.OSMRelation, id, hole)
			}
		}
		for _, line := range open {
			s.add(network.River, network.OSMRelation, id, line)
		}
	}
	d.m.Base, d.m.BaseFirst, d.m.BaseVertex = s.base, append(s.first, uint32(len(s.vertex))), s.vertex
	return nil
}

// isWater reports whether an area with these tags is water.
func isWater(t tags) bool {
	return t.is(keyNatural, "water") || t.is(keyWaterway, "riverbank", "dock") || t.is(keyLanduse, "reservoir")
}

// waterMembers returns, sorted, the ways that are outer rings, or parts of them,
// of a water relation: as areas of their own they would cover its holes.
func (d *draft) waterMembers() []int {
	var list []int
	for i := range d.c.relations.len() {
		if t := d.c.relations.tags(i); !t.is(keyType, "multipolygon") || !isWater(t) {
			continue
		}
		for _, m := range d.c.relations.members(i) {
			if m.kind == osm.MemberWay && d.c.text.list[m.role] != "inner" {
				if w, ok := d.c.ways.find(m.id); ok {
					list = append(list, w)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// outlines collects simplified lines in columns.
type outlines struct {
	base   []network.Outline
	first  []uint32
	vertex []geo.Point
	keep   []bool
	stack  [][2]int
}

// add appends a line or ring; it returns false for one too small to show.
func (s *outlines) add(kind network.OutlineKind, typ network.OSMType, id int64, points []geo.Point) bool {
	kept := s.simplify(points)
	if len(kept) < 2 || (kind == network.WaterArea || kind == network.WaterHole) && len(kept) < 4 {
		return false
	}
	s.base = append(s.base, network.Outline{Box: boxOf(kept), OSM: id, Kind: kind, Type: typ})
	s.first = append(s.first, uint32(len(s.vertex)))
	s.vertex = append(s.vertex, kept...)
	return true
}

// boxOf returns the box of a line.
func boxOf(points []geo.Point) geo.Box {
	box := geo.EmptyBox()
	for _, p := range points {
		box = box.Extend(p)
	}
	return box
}

// simplify leaves out vertices so that no left-out vertex lies farther than
// outlineTolerance from the line that remains (Douglas and Peucker, "Algorithms
// for the reduction of the number of points", Cartographica 10, 1973). Both ends
// remain, and every vertex whose number is a multiple of simplifyRun. Cost: n log n
// for lines as they occur, at most n·simplifyRun.
func (s *outlines) simplify(points []geo.Point) []geo.Point {
	n := len(points)
	if n < 3 {
		return points
	}
	s.keep = append(s.keep[:0], make([]bool, n)...)
	s.keep[0], s.keep[n-1] = true, true
	east, north := metresPerUnit(points[0].Lat)
	s.stack = s.stack[:0]
	for lo := 0; lo < n-1; lo += simplifyRun {
		hi := min(lo+simplifyRun, n-1)
		s.keep[hi] = true
		s.stack = append(s.stack, [2]int{lo, hi})
	}
	for len(s.stack) > 0 {
		lo, hi := s.stack[len(s.stack)-1][0], s.stack[len(s.stack)-1][1]
		s.stack = s.stack[:len(s.stack)-1]
		far, at := outlineTolerance*outlineTolerance, -1
		for i := lo + 1; i < hi; i++ {
			if sq := squareDistance(points[i], points[lo], points[hi], east, north); sq > far {
				far, at = sq, i
			}
		}
		if at >= 0 {
			s.keep[at] = true
			s.stack = append(s.stack, [2]int{at, hi}, [2]int{lo, at})
		}
	}
	kept := points[:0:0]
	for i, k := range s.keep {
		if k {
			kept = append(kept, points[i])
		}
	}
	return kept
}

// squareDistance is the square of the distance in metres from p to the segment
// a–b, given the lengths of an E7 unit eastwards and northwards.
func squareDistance(p, a, b geo.Point, east, north float64) float64 {
	bx, by := float64(int64(b.Lon)-int64(a.Lon))*east, float64(int64(b.Lat)-int64(a.Lat))*north
	px, py := float64(int64(p.Lon)-int64(a.Lon))*east, float64(int64(p.Lat)-int64(a.Lat))*north
	if sq := float64(bx*bx) + float64(by*by); sq > 0 {
		f := min(max((float64(px*bx)+float64(py*by))/sq, 0), 1)
		px, py = px-float64(f*bx), py-float64(f*by)
	}
	return float64(px*px) + float64(py*py)
}

// wayPoints returns the places of the way's nodes; where nodes are missing from
// the extract the way falls into pieces, of which those of one node are left out.
func (d *draft) wayPoints(i int) [][]geo.Point {
	var pieces [][]geo.Point
	var piece []geo.Point
	end := func() {
		if len(piece) > 1 {
			pieces = append(pieces, piece)
		}
		piece = nil
	}
	refs := d.c.ways.refs(i)
	for _, n := range refs {
		p, ok := d.c.nodes.at(n)
		if !ok {
			end()
			continue
		}
		if piece == nil {
			piece = make([]geo.Point, 0, len(refs))
		}
		piece = append(piece, p)
	}
	end()
	return pieces
}

// rings joins the outer or the inner member ways of a multipolygon end to end.
// It returns the closed rings and, apart, the lines that do not close because
// members or nodes are missing from the extract. A member without a role counts
// as outer. Where more than two ways meet at a node, the one listed first goes on.
func (d *draft) rings(relation int, outer bool) (closed, open [][]geo.Point) {
	type piece struct {
		refs []uint32
		used bool
	}
	var pieces []piece
	for _, m := range d.c.relations.members(relation) {
		if m.kind != osm.MemberWay || (d.c.text.list[m.role] != "inner") != outer {
			continue
		}
		w, ok := d.c.ways.find(m.id)
		if !ok {
			continue
		}
		refs := d.c.ways.refs(w)
		for start := 0; start < len(refs); {
			end := start
			for end < len(refs) && d.present(refs[end]) {
				end++
			}
			if end-start > 1 {
				pieces = append(pieces, piece{refs: refs[start:end]})
			}
			start = end + 1
		}
	}
	type pieceEnd struct {
		node  uint32
		piece int
	}
	ends := make([]pieceEnd, 0, 2*len(pieces))
	for i, p := range pieces {
		ends = append(ends, pieceEnd{p.refs[0], i}, pieceEnd{p.refs[len(p.refs)-1], i})
	}
	slices.SortFunc(ends, func(a, b pieceEnd) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.piece, b.piece))
	})
	// next[k] is where to go on looking among the ends at the node of which
	// ends[k] is the first: those before it are used.
	next := make([]int, len(ends))
	for k := range next {
		next[k] = k
	}
	// extend goes on from the end of chain with unused pieces.
	extend := func(chain []uint32) []uint32 {
		for chain[0] != chain[len(chain)-1] {
			last := chain[len(chain)-1]
			first, _ := slices.BinarySearchFunc(ends, last, func(e pieceEnd, n uint32) int { return cmp.Compare(e.node, n) })
			if first == len(ends) {
				break
			}
			k := next[first]
			for k < len(ends) && ends[k].node == last && pieces[ends[k].piece].used {
				k++
			}
			next[first] = k
			if k == len(ends) || ends[k].node != last {
				break
			}
			p := &pieces[ends[k].piece]
			p.used = true
			if p.refs[0] == last {
				chain = append(chain, p.refs[1:]...)
			} else {
				for j := len(p.refs) - 2; j >= 0; j-- {
					chain = append(chain, p.refs[j])
				}
			}
		}
		return chain
	}
	for i := range pieces {
		if pieces[i].used {
			continue
		}
		pieces[i].used = true
		chain := extend(slices.Clone(pieces[i].refs))
		if chain[0] != chain[len(chain)-1] {
			slices.Reverse(chain)
			chain = extend(chain)
		}
		points := make([]geo.Point, len(chain))
		for j, n := range chain {
			points[j], _ = d.c.nodes.at(n)
		}
		switch {
		case chain[0] != chain[len(chain)-1]:
			open = append(open, points)
		case len(points) > 3:
			closed = append(closed, points)
		}
	}
	return closed, open
}

func (d *draft) present(n uint32) bool {
	_, ok := d.c.nodes.at(n)
	return ok
}

// insideRing reports whether p lies inside a closed ring (by counting how often
// a ray to the east leaves it); on the border either answer may come.
func insideRing(p geo.Point, ring []geo.Point) bool {
	in := false
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if (a.Lat > p.Lat) == (b.Lat > p.Lat) {
			continue
		}
		if a.Lat > b.Lat {
			a, b = b, a
		}
		if turnOf(a, b, p) > 0 { // p is west of the side
			in = !in
		}
	}
	return in
}

// ringArea is twice the signed area of a closed ring in square E7 units,
// positive when it runs counter-clockwise.
func ringArea(ring []geo.Point) float64 {
	var sum float64
	o := ring[0]
	for i := 1; i < len(ring); i++ {
		ax, ay := float64(int64(ring[i-1].Lon)-int64(o.Lon)), float64(int64(ring[i-1].Lat)-int64(o.Lat))
		bx, by := float64(int64(ring[i].Lon)-int64(o.Lon)), float64(int64(ring[i].Lat)-int64(o.Lat))
		sum += float64(ax*by) - float64(ay*bx)
	}
	return sum
}

// ringCentre adds a ring's area and its first moments to sums, relative to o.
func ringCentre(ring []geo.Point, o geo.Point) (area, x, y float64) {
	for i := 1; i < len(ring); i++ {
		ax, ay := float64(int64(ring[i-1].Lon)-int64(o.Lon)), float64(int64(ring[i-1].Lat)-int64(o.Lat))
		bx, by := float64(int64(ring[i].Lon)-int64(o.Lon)), float64(int64(ring[i].Lat)-int64(o.Lat))
		cross := float64(ax*by) - float64(ay*bx)
		area += cross
		x += (ax + bx) * cross / 3
		y += (ay + by) * cross / 3
	}
	return area, x, y
}

// centre returns the centre of gravity of the areas that rings enclose, however
// they run; where they enclose none, the middle of their box.
func centre(rings [][]geo.Point) geo.Point {
	o := rings[0][0]
	box := geo.EmptyBox()
	var area, x, y float64
	for _, ring := range rings {
		for _, p := range ring {
			box = box.Extend(p)
		}
		a, rx, ry := ringCentre(ring, o)
		if a < 0 {
			a, rx, ry = -a, -rx, -ry
		}
		area, x, y = area+a, x+rx, y+ry
	}
	if area == 0 {
		return geo.Interpolate(box.Min, box.Max, 0.5)
	}
	return geo.Point{
		Lat: int32(math.Round(float64(o.Lat) + y/area)),
		Lon: int32(math.Round(float64(o.Lon) + x/area)),
	}
}
