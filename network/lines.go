package network

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// lines are lines in columns, with an index over them: the chains of the roads
// or the tracks of the railways. They are a view: nothing is copied.
type lines struct {
	first  []uint32 // CSR into vertex and at
	vertex []geo.Point
	at     []Millimetres
	pieces []Piece
	index  geo.Index
}

// pieceSegments is the greatest number of segments in a piece of the spatial
// index: few enough for tight boxes, enough to keep the index small.
const pieceSegments = 8

// buildIndex returns the pieces of the lines and an index that finds them.
func (l *lines) buildIndex() ([]Piece, geo.Index) {
	var pieces []Piece
	var boxes []geo.Box
	for i := range max(len(l.first)-1, 0) {
		last := l.first[i+1] - 1
		for from := l.first[i]; from < last; {
			// Even runs: 9 segments become 5 and 4, not 8 and 1.
			runs := (last - from + pieceSegments - 1) / pieceSegments
			to := from + (last-from+runs-1)/runs
			box := geo.EmptyBox()
			for _, v := range l.vertex[from : to+1] {
				box = box.Extend(v)
			}
			pieces = append(pieces, Piece{ChainID(i), from, to})
			boxes = append(boxes, box)
			from = to
		}
	}
	return pieces, geo.BuildIndex(boxes)
}

// near returns the lines of which some piece has a bounding box that meets b,
// each once, by rising id.
func near[ID ~uint32](l *lines, b geo.Box) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		var found []ID
		l.index.Search(b, func(ref uint32) bool {
			found = append(found, ID(l.pieces[ref].Chain))
			return true
		})
		slices.Sort(found)
		for _, id := range slices.Compact(found) {
			if !yield(id) {
				return
			}
		}
	}
}

// line returns the vertices of line i and their positions.
func (l *lines) line(i uint32) ([]geo.Point, []Millimetres) {
	from, to := l.first[i], l.first[i+1]
	return l.vertex[from:to], l.at[from:to]
}

// segmentAt returns the vertex k of line i such that at lies between the vertices
// k and k+1 of the line, and the fraction of the way between them. Positions
// beyond the end are at the end.
func (l *lines) segmentAt(i uint32, at Millimetres) (k int, f float64) {
	_, ats := l.line(i)
	k, _ = slices.BinarySearch(ats, at)
	k = min(max(k-1, 0), len(ats)-2)
	if span := ats[k+1] - ats[k]; span > 0 {
		f = min(float64(at-ats[k])/float64(span), 1)
	}
	return k, f
}

func (l *lines) pointAt(i uint32, at Millimetres) geo.Point {
	k, f := l.segmentAt(i, at)
	vertices, _ := l.line(i)
	return geo.Interpolate(vertices[k], vertices[k+1], f)
}

func (l *lines) geometry(i uint32, backwards bool, from, to Millimetres) []geo.Point {
	vertices, ats := l.line(i)
	lo, hi := from, to
	if backwards {
		lo, hi = to, from
	}
	hi = min(hi, ats[len(ats)-1])
	lo = min(lo, hi)
	line := []geo.Point{l.pointAt(i, lo)}
	add := func(p geo.Point) {
		if p != line[len(line)-1] {
			line = append(line, p)
		}
	}
	first, _ := slices.BinarySearch(ats, lo+1)
	for k := first; k < len(ats) && ats[k] < hi; k++ {
		add(vertices[k])
	}
	add(l.pointAt(i, hi))
	if backwards {
		slices.Reverse(line)
	}
	return line
}

func (l *lines) bearing(i uint32, backwards bool, at Millimetres) float64 {
	vertices, ats := l.line(i)
	if backwards {
		// The last segment that begins before at, skipping those of no length.
		k, _ := slices.BinarySearch(ats, at)
		k = min(max(k, 1), len(ats)-1)
		for k > 1 && vertices[k] == vertices[k-1] {
			k--
		}
		return geo.Bearing(vertices[k], vertices[k-1])
	}
	k, _ := slices.BinarySearch(ats, at+1)
	k = min(max(k-1, 0), len(ats)-2)
	for k < len(ats)-2 && vertices[k] == vertices[k+1] {
		k++
	}
	return geo.Bearing(vertices[k], vertices[k+1])
}

// intervalAt returns the interval that a position lies in. A border belongs to
// the interval that begins there.
func intervalAt[T any](intervals []T, at Millimetres, from func(*T) Millimetres) T {
	lo, hi := 0, len(intervals)-1
	for lo < hi {
		middle := (lo + hi + 1) / 2
		if from(&intervals[middle]) <= at {
			lo = middle
		} else {
			hi = middle - 1
		}
	}
	return intervals[lo]
}

// onPiece returns the position of a piece that is nearest to p, of those in the
// spans of its line that are open; away is infinite if there is none.
func (l *lines) onPiece(p geo.Point, piece Piece, open []span) (at Millimetres, point geo.Point, away float64) {
	away = math.Inf(1)
	for _, s := range open {
		for i := piece.From; i < piece.To; i++ {
			from, to := l.at[i], l.at[i+1]
			if uint32(to) < s.from || uint32(from) > s.to {
				continue
			}
			a, b := l.vertex[i], l.vertex[i+1]
			f, metres := geo.ProjectOnSegment(p, a, b)
			if length := float64(to - from); length > 0 {
				// Keep to the usable part; the nearest point of it is an end when
				// the foot lies outside.
				lo, hi := (float64(s.from)-float64(from))/length, (float64(s.to)-float64(from))/length
				if f < lo || f > hi {
					f = min(max(f, lo), hi)
					metres = geo.Distance(p, geo.Interpolate(a, b, f))
				}
			}
			if metres < away {
				away = metres
				at = from + Millimetres(math.Round(f*float64(to-from)))
				point = geo.Interpolate(a, b, f)
			}
		}
	}
	return at, point, away
}

// checkVertices checks the vertices of line i, called by a name, against its
// length and the places where it begins and ends.
func (l *lines) checkVertices(name string, i uint32, length Millimetres, tail, head geo.Point) error {
	vertices, at := l.line(i)
	if len(vertices) < 2 || at[0] != 0 || at[len(at)-1] != length || !slices.IsSorted(at) {
		return fmt.Errorf("the %d vertices of %s %d do not lead from 0 to its length", len(vertices), name, i)
	}
	if vertices[0] != tail || vertices[len(vertices)-1] != head {
		return fmt.Errorf("the vertices of %s %d do not begin and end at its nodes", name, i)
	}
	for _, v := range vertices {
		if !onEarth(v) {
			return fmt.Errorf("a vertex of %s %d is not on the earth", name, i)
		}
	}
	return nil
}

// checkIndex checks the pieces and the index over them; name is what a line is
// called.
func (l *lines) checkIndex(name string) error {
	count := uint64(max(len(l.first)-1, 0))
	if err := each(len(l.pieces), func(i int) error {
		p := &l.pieces[i]
		if uint64(p.Chain) >= count || p.From >= p.To || p.From < l.first[p.Chain] || p.To >= l.first[p.Chain+1] {
			return fmt.Errorf("piece %d is not a part of a %s", i, name)
		}
		return nil
	}); err != nil {
		return err
	}
	return l.index.Check(len(l.pieces))
}
