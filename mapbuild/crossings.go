package mapbuild

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// A level is where a way lies above or below the ground.
type level struct {
	layer     int8 // the layer tag; without one, 1 for a bridge and -1 for a tunnel
	structure int8 // 1 bridge, -1 tunnel, 0 neither
}

// levelOf reads layer, bridge and tunnel. A layer of 0 on a bridge or tunnel is
// taken as not said. A passage through a building is on the ground.
func levelOf(t tags) level {
	var l level
	switch {
	case said(t.get(keyBridge)):
		l.structure = 1
	case said(t.get(keyTunnel)) && !t.is(keyTunnel, "building_passage"):
		l.structure = -1
	}
	l.layer = layer(t)
	if l.layer == 0 {
		l.layer = l.structure
	}
	return l
}

// said reports whether a yes-or-no tag says anything but no.
func said(value string) bool { return value != "" && value != "no" }

// over is how many layers l is above o; when both claim the same layer, a bridge
// is one above what is none, and a tunnel one below.
func (l level) over(o level) int {
	if l.layer != o.layer {
		return int(l.layer) - int(o.layer)
	}
	return min(max(int(l.structure)-int(o.structure), -1), 1)
}

// A line is a stretch of a chain that is part of one way, or a way that is not
// part of the network, as the search for crossings sees it.
type line struct {
	level level
	used  bool   // it is part of the network: its vertices are in the road columns
	first uint32 // its first vertex
	last  uint32 // its last vertex, included
}

// lines holds many lines: vertices in columns, with the node that each vertex is,
// by which it is known what two lines have in common. The columns of the network
// are used where they lie, for they are large.
type lines struct {
	line      []line
	road      []geo.Point
	roadNode  []uint32
	other     []geo.Point
	otherNode []uint32
}

// columns returns the columns that a line's vertices are in.
func (l *lines) columns(x line) ([]geo.Point, []uint32) {
	if x.used {
		return l.road, l.roadNode
	}
	return l.other, l.otherNode
}

// A crossing is a place where line over passes over line under.
type crossing struct {
	over, under       int     // lines
	overSeg, underSeg uint32  // the vertices that begin the segments that cross
	overF, underF     float64 // the fractions of the segments at which they cross
	layers            int     // how many layers apart, at least 1
}

// crossings returns every place where two lines of different levels, at least
// one of them used, cross each other without a common node, in an order that
// depends on the lines only. Only lines off the ground are indexed, all others
// are looked up: the cost is linear in vertices but for the index.
func (l *lines) crossings(ctx context.Context) ([]crossing, error) {
	type segment struct {
		line int32
		seg  uint32
	}
	var raised []segment
	var boxes []geo.Box
	for i, x := range l.line {
		if x.level == (level{}) {
			continue
		}
		points, _ := l.columns(x)
		for s := x.first; s < x.last; s++ {
			raised = append(raised, segment{int32(i), s})
			boxes = append(boxes, segmentBox(points[s], points[s+1]))
		}
	}
	if len(raised) == 0 {
		return nil, nil
	}
	index := geo.BuildIndex(boxes)
	cells := newCells(boxes)

	const grain = 4096
	parts := make([][]crossing, (len(l.line)+grain-1)/grain)
	search := func(part int) {
		var found []crossing
		for i := part * grain; i < min((part+1)*grain, len(l.line)); i++ {
			x := l.line[i]
			points, nodes := l.columns(x)
			for s := x.first; s < x.last; s++ {
				a, b := points[s], points[s+1]
				box := segmentBox(a, b)
				if !cells.meets(box) {
					continue
				}
				index.Search(box, func(ref uint32) bool {
					j, r := int(raised[ref].line), raised[ref].seg
					y := l.line[j]
					if !x.used && !y.used || i == j || j > i && x.level != (level{}) {
						return true // of two raised lines the later one finds the pair
					}
					up := x.level.over(y.level)
					if up == 0 {
						return true
					}
					theirs, theirNodes := l.columns(y)
					if haveCommon(nodes[s:s+2], theirNodes[r:r+2]) {
						return true
					}
					f, g, ok := crossAt(a, b, theirs[r], theirs[r+1])
					switch {
					case !ok:
					case up > 0:
						found = append(found, crossing{i, j, s, r, f, g, up})
					default:
						found = append(found, crossing{j, i, r, s, g, f, -up})
					}
					return true
				})
			}
		}
		parts[part] = found
	}
	if err := inParts(ctx, len(parts), search); err != nil {
		return nil, err
	}
	return slices.Concat(parts...), nil
}

// haveCommon reports whether two segments have a node in common.
func haveCommon(s, t []uint32) bool {
	return s[0] == t[0] || s[0] == t[1] || s[1] == t[0] || s[1] == t[1]
}

// crossAt reports where the segments a–b and c–d cross. An end that lies exactly
// on the other line counts as being on its left, so that lines that cross at a
// vertex without sharing it do cross, and lines that merely meet there mostly
// do not.
func crossAt(a, b, c, d geo.Point) (f, g float64, ok bool) {
	ca, cb := turnOf(c, d, a), turnOf(c, d, b)
	if (ca >= 0) == (cb >= 0) {
		return 0, 0, false
	}
	ac, ad := turnOf(a, b, c), turnOf(a, b, d)
	if (ac >= 0) == (ad >= 0) {
		return 0, 0, false
	}
	return float64(ca) / (float64(ca) - float64(cb)), float64(ac) / (float64(ac) - float64(ad)), true
}

// turnOf is twice the signed area of a triangle, positive when p, q, r turns
// left. It is exact for segments shorter than 100 degrees.
func turnOf(p, q, r geo.Point) int64 {
	return (int64(q.Lon)-int64(p.Lon))*(int64(r.Lat)-int64(p.Lat)) -
		(int64(q.Lat)-int64(p.Lat))*(int64(r.Lon)-int64(p.Lon))
}

func segmentBox(a, b geo.Point) geo.Box {
	return geo.Box{
		Min: geo.Point{Lat: min(a.Lat, b.Lat), Lon: min(a.Lon, b.Lon)},
		Max: geo.Point{Lat: max(a.Lat, b.Lat), Lon: max(a.Lon, b.Lon)},
	}
}

// cells is a coarse set of places, hashed to bits: a quick no for the many
// segments that have no bridge or tunnel anywhere near.
type cells struct {
	bits []uint64
	mask uint32
	full bool
}

const (
	cellShift = 13 // cells of 8192 units, about 90 m
	cellsMost = 1 << 12
)

func newCells(boxes []geo.Box) *cells {
	size := uint32(1 << 12)
	for size < 1<<28 && int(size) < 32*len(boxes) {
		size *= 2
	}
	c := &cells{bits: make([]uint64, size/64), mask: size - 1}
	for _, b := range boxes {
		if !c.visit(b, func(bit uint32) bool { c.bits[bit/64] |= 1 << (bit % 64); return true }) {
			c.full = true
		}
	}
	return c
}

// meets reports whether a box may meet one of the set.
func (c *cells) meets(b geo.Box) bool {
	if c.full {
		return true
	}
	found := false
	return !c.visit(b, func(bit uint32) bool {
		found = c.bits[bit/64]&(1<<(bit%64)) != 0
		return !found
	}) || found
}

// visit calls do for every cell of the box until it returns false; visit itself
// returns false if the box has too many cells to be worth it.
func (c *cells) visit(b geo.Box, do func(bit uint32) bool) bool {
	lat0, lat1 := b.Min.Lat>>cellShift, b.Max.Lat>>cellShift
	lon0, lon1 := b.Min.Lon>>cellShift, b.Max.Lon>>cellShift
	if (int64(lat1)-int64(lat0)+1)*(int64(lon1)-int64(lon0)+1) > cellsMost {
		return false
	}
	for lat := lat0; lat <= lat1; lat++ {
		for lon := lon0; lon <= lon1; lon++ {
			h := uint32(lat)*2654435769 ^ uint32(lon)*2246822519
			if !do((h ^ h>>15) & c.mask) {
				return true
			}
		}
	}
	return true
}

// inParts calls do for 0 to n-1, each once, from several goroutines, until the
// context ends.
func inParts(ctx context.Context, n int, do func(part int)) error {
	next := make(chan int)
	var wait sync.WaitGroup
	for range max(1, min(maxWorkers(), n)) {
		wait.Go(func() {
			for part := range next {
				do(part)
			}
		})
	}
	defer wait.Wait()
	defer close(next)
	for part := range n {
		select {
		case next <- part:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// crossingHalf is half of what a crossing takes up of the road, in metres: the
// other way's width is hardly ever tagged, and a dual carriageway with its
// verges is about this wide.
const crossingHalf = 10.0

// around returns the stretch of crossingHalf metres on either side of a position
// in millimetres, cut at the ends of a chain.
func around(at float64, length network.Millimetres) (from, to network.Millimetres) {
	lo, hi := math.Round(at-crossingHalf*1000), math.Round(at+crossingHalf*1000)
	return network.Millimetres(max(lo, 0)), network.Millimetres(min(hi, float64(length)))
}
