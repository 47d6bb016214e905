package geo

import (
	"fmt"
	"math"
	"slices"
)

// indexFanOut is the number of children of every node of an Index but the last
// of each level.
const indexFanOut = 16

// maxIndexLevels is enough for 2³² entries.
const maxIndexLevels = 9

// An Index answers which of a fixed set of boxes meet a box or lie near a point.
// It is a packed R-tree in the order of a Hilbert curve with a fan-out of 16
// (Kamel and Faloutsos, "Hilbert R-tree", VLDB 1994, in its static form). It
// holds no pointers: both slices have a fixed layout without padding, can be
// written to a file as they are and used from mapped memory with IndexFromParts.
// The same boxes in the same order give the same bytes everywhere. It may be read
// from many goroutines at once.
//
// Search treats longitude as a plain number: an extract that crosses the
// antimeridian is not supported. Nearest measures the short way round.
type Index struct {
	// Entries are the boxes of the set, 20 bytes each, in Hilbert order.
	Entries []IndexEntry
	// Nodes are the boxes of the inner nodes, 16 bytes each, level by level from
	// the one above the entries up to the root, which is last: node i of a level
	// encloses children 16i to 16i+15 of the level below.
	Nodes []Box
}

// An IndexEntry is one box and the number it had in the slice given to
// BuildIndex.
type IndexEntry struct {
	Box Box
	Ref uint32
}

// BuildIndex makes an index over boxes; the ref of a box is its position. Empty
// boxes are left out, for nothing meets them. It takes O(n log n) time. There
// may be at most 2³² boxes.
func BuildIndex(boxes []Box) Index {
	extent := EmptyBox()
	for _, b := range boxes {
		if !b.Empty() {
			extent = extent.Union(b)
		}
	}
	order := make([]uint64, 0, len(boxes))
	for i, b := range boxes {
		if !b.Empty() {
			order = append(order, uint64(hilbertOf(b, extent))<<32|uint64(uint32(i)))
		}
	}
	slices.Sort(order)

	x := Index{Entries: make([]IndexEntry, len(order)), Nodes: make([]Box, 0, indexNodes(len(order)))}
	for i, o := range order {
		ref := uint32(o)
		x.Entries[i] = IndexEntry{boxes[ref], ref}
	}
	for lo := 0; lo < len(x.Entries); lo += indexFanOut {
		b := EmptyBox()
		for _, e := range x.Entries[lo:min(lo+indexFanOut, len(x.Entries))] {
			b = b.Union(e.Box)
		}
		x.Nodes = append(x.Nodes, b)
	}
	for start, end := 0, len(x.Nodes); end-start > 1; start, end = end, len(x.Nodes) {
		for lo := start; lo < end; lo += indexFanOut {
			b := EmptyBox()
			for _, c := range x.Nodes[lo:min(lo+indexFanOut, end)] {
				b = b.Union(c)
			}
			x.Nodes = append(x.Nodes, b)
		}
	}
	return x
}

// IndexFromParts puts together an index from the two slices of another one, as
// read from a file. It checks in constant time that their lengths belong
// together, so that no search can leave them; wrong boxes only give wrong answers
// (see Check), and refs are the caller's to check against what they refer to.
func IndexFromParts(entries []IndexEntry, nodes []Box) (Index, error) {
	if uint64(len(entries)) > math.MaxUint32 {
		return Index{}, fmt.Errorf("spatial index has %d entries, more than the %d possible", len(entries), uint32(math.MaxUint32))
	}
	if want := indexNodes(len(entries)); len(nodes) != want {
		return Index{}, fmt.Errorf("spatial index over %d entries has %d nodes, must have %d", len(entries), len(nodes), want)
	}
	return Index{entries, nodes}, nil
}

// Check reads the whole index and returns an error unless every ref is below
// refs and every box lies within the node above it, as after BuildIndex.
func (x Index) Check(refs int) error {
	if _, err := IndexFromParts(x.Entries, x.Nodes); err != nil {
		return err
	}
	for i, e := range x.Entries {
		if uint64(e.Ref) >= uint64(max(refs, 0)) {
			return fmt.Errorf("spatial index entry %d refers to item %d of %d", i, e.Ref, refs)
		}
		if e.Box.Empty() || e.Box.Union(x.Nodes[i/indexFanOut]) != x.Nodes[i/indexFanOut] {
			return fmt.Errorf("spatial index entry %d does not lie within its node", i)
		}
	}
	starts, levels := x.levels()
	for l := 0; l+1 < levels; l++ {
		for i := starts[l]; i < starts[l+1]; i++ {
			up := x.Nodes[starts[l+1]+(i-starts[l])/indexFanOut]
			if x.Nodes[i].Union(up) != up {
				return fmt.Errorf("spatial index node %d does not lie within the node above it", i)
			}
		}
	}
	return nil
}

// indexNodes returns the number of inner nodes over n entries.
func indexNodes(n int) int {
	nodes := 0
	for n > 0 {
		n = (n + indexFanOut - 1) / indexFanOut
		nodes += n
		if n == 1 {
			break
		}
	}
	return nodes
}

// levels returns where in Nodes each level starts, with the end after the last.
func (x Index) levels() (starts [maxIndexLevels + 1]int, count int) {
	n := len(x.Entries)
	for n > 0 && count < maxIndexLevels {
		n = (n + indexFanOut - 1) / indexFanOut
		starts[count+1] = starts[count] + n
		count++
		if n == 1 {
			break
		}
	}
	return starts, count
}

// Search calls visit for every box that meets b, borders included, in an order
// that is always the same, until visit returns false. It allocates nothing.
func (x Index) Search(b Box, visit func(ref uint32) bool) {
	if len(x.Nodes) == 0 {
		return
	}
	starts, levels := x.levels()
	x.search(b, visit, &starts, levels-1, 0)
}

// search visits what lies below node i of a level; it returns false to stop.
func (x Index) search(b Box, visit func(ref uint32) bool, starts *[maxIndexLevels + 1]int, level, i int) bool {
	if !x.Nodes[starts[level]+i].Intersects(b) {
		return true
	}
	if level == 0 {
		lo := i * indexFanOut
		for j := range x.Entries[lo:min(lo+indexFanOut, len(x.Entries))] {
			if e := &x.Entries[lo+j]; e.Box.Intersects(b) && !visit(e.Ref) {
				return false
			}
		}
		return true
	}
	for c := i * indexFanOut; c < min((i+1)*indexFanOut, starts[level]-starts[level-1]); c++ {
		if !x.search(b, visit, starts, level-1, c) {
			return false
		}
	}
	return true
}

// Nearest visits the items of the index within maxMetres of p from the nearest
// to the farthest, equal distances by rising ref, until visit returns false.
// dist returns the true distance in metres from p to an item, as Distance and
// ProjectOnSegment measure it; it is asked once per item, and only for items
// whose box is near enough to matter. An item for which it returns NaN is left out.
func (x Index) Nearest(p Point, maxMetres float64, dist func(ref uint32) float64, visit func(ref uint32, metres float64) bool) {
	if len(x.Nodes) == 0 || !(maxMetres >= 0) {
		return
	}
	starts, levels := x.levels()
	cosP := cosine(float64(p.Lat))
	var first [128]candidate
	queue := candidates(first[:0])
	offer := func(c candidate) {
		if c.metres <= maxMetres {
			queue.push(c)
		}
	}
	offer(candidate{boxDistance(p, cosP, x.Nodes[len(x.Nodes)-1]), int8(levels - 1), 0})
	for len(queue) > 0 {
		c := queue.pop()
		switch c.level {
		case levelItem:
			if !visit(c.i, c.metres) {
				return
			}
		case levelEntry:
			ref := x.Entries[c.i].Ref
			offer(candidate{dist(ref), levelItem, ref})
		case 0:
			lo := int(c.i) * indexFanOut
			for j := lo; j < min(lo+indexFanOut, len(x.Entries)); j++ {
				offer(candidate{boxDistance(p, cosP, x.Entries[j].Box), levelEntry, uint32(j)})
			}
		default:
			below := starts[c.level-1]
			lo := int(c.i) * indexFanOut
			for j := lo; j < min(lo+indexFanOut, starts[c.level]-below); j++ {
				offer(candidate{boxDistance(p, cosP, x.Nodes[below+j]), c.level - 1, uint32(j)})
			}
		}
	}
}

// What a candidate is, besides a node of a level from 0.
const (
	levelEntry = -1 // an entry whose true distance is not known yet
	levelItem  = -2 // a ref with its true distance
)

// A candidate is something at least the given distance away.
type candidate struct {
	metres float64
	level  int8
	i      uint32
}

// before puts what is not yet resolved before items of the same distance, so
// that items at equal distance come out by ref.
func (c candidate) before(d candidate) bool {
	if c.metres != d.metres {
		return c.metres < d.metres
	}
	if c.level != d.level {
		return c.level > d.level
	}
	return c.i < d.i
}

// candidates is a binary heap.
type candidates []candidate

func (q *candidates) push(c candidate) {
	h := append(*q, c)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !c.before(h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = c
	*q = h
}

func (q *candidates) pop() candidate {
	h := *q
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(last) {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = last
	return top
}

// boxDistance returns a lower bound in metres for the distance between p and
// any point of b. On the sphere of the polar radius with reduced latitudes
// (see BoxAround) hav σ = hav Δβ + cos β₁ cos β₂ hav Δλ; reduced latitudes are
// nearer the equator (their cosine is larger) and differ by at least b/a of the
// difference of the geodetic ones, and an arc is longer than its chord.
func boxDistance(p Point, cosP float64, b Box) float64 {
	dLat := max(float64(b.Min.Lat)-float64(p.Lat), float64(p.Lat)-float64(b.Max.Lat), 0)
	west, east := float64(b.Min.Lon)-float64(p.Lon), float64(p.Lon)-float64(b.Max.Lon)
	dLon := max(west, east, 0)
	if dLon > 0 {
		// The other way round, across the antimeridian.
		dLon = max(0, min(dLon, turn-max(-west, -east)))
	}
	y := math.Sin(min(dLat*unit*(1-wgs84F), math.Pi) / 2)
	h := y * y
	if dLon > 0 {
		x := math.Sin(min(dLon*unit, math.Pi) / 2)
		c := cosine(max(math.Abs(float64(b.Min.Lat)), math.Abs(float64(b.Max.Lat))))
		h += cosP * c * x * x
	}
	// The last factor covers the rounding of what is compared with the bound.
	return 2 * wgs84B * math.Sqrt(h) * (1 - 1e-7)
}

// hilbertOf returns the position of the middle of b on a Hilbert curve of order
// 16 over extent.
func hilbertOf(b, extent Box) uint32 {
	scale := func(lo, hi, from, to int32) uint32 {
		span := uint64(int64(to) - int64(from))
		if span == 0 {
			return 0
		}
		mid := uint64((int64(lo)+int64(hi))/2 - int64(from))
		return uint32(min(mid, span) * 0xffff / span)
	}
	return hilbert(
		scale(b.Min.Lon, b.Max.Lon, extent.Min.Lon, extent.Max.Lon),
		scale(b.Min.Lat, b.Max.Lat, extent.Min.Lat, extent.Max.Lat))
}

// hilbert returns how far along the Hilbert curve of order 16 the cell x, y
// lies, quadrant by quadrant from the largest.
func hilbert(x, y uint32) uint32 {
	var d uint32
	for s := uint32(1 << 15); s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d = d<<2 | (3 * rx) ^ ry
		if ry == 0 {
			if rx == 1 {
				x, y = 0xffff-x, 0xffff-y
			}
			x, y = y, x
		}
	}
	return d
}
