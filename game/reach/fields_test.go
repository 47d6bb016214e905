package reach

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// town is ground made of straight streets for tests.
type town struct {
	Field
	pieces [][]Segment
}

func (t *town) Segments(piece uint32) []Segment { return t.pieces[piece] }

func (t *town) Most(piece uint32) (most float64) {
	for _, s := range t.pieces[piece] {
		most = max(most, s.P)
	}
	return most
}

func (t *town) Near(b geo.Box, visit func(piece uint32)) {
	for p, all := range t.pieces {
		for _, s := range all {
			box := geo.EmptyBox().Extend(s.A).Extend(s.B)
			if box.Min.Lat <= b.Max.Lat && box.Max.Lat >= b.Min.Lat && box.Min.Lon <= b.Max.Lon && box.Max.Lon >= b.Min.Lon {
				visit(uint32(p))
				break
			}
		}
	}
}

// at returns a point some metres east and north of a place.
func at(east, north float64) geo.Point {
	const lat = 39.3
	return geo.PointFromDegrees(lat+north/111020, -75.5+east/(111320*math.Cos(lat*math.Pi/180)))
}

// A street of a plan: ends, chance, time; one way if so.
type street struct {
	from, to int
	p        float64
	time     uint32
	oneWay   bool
}

// build makes a field of streets between crossings: from the crossing 0 to the
// last one. Streets are cut into parts pieces. Turning back at a crossing is not
// allowed, and neither are the turns that banned names.
func build(crossings []geo.Point, streets []street, parts int, banned func(from, to int) bool) *town {
	t := &town{}
	type node struct{ street, part, head, tail int }
	var nodes []node
	first := map[[3]int]int{} // street, direction, part: node
	for i, s := range streets {
		for k := range parts {
			a := geo.Interpolate(crossings[s.from], crossings[s.to], float64(k)/float64(parts))
			b := geo.Interpolate(crossings[s.from], crossings[s.to], float64(k+1)/float64(parts))
			t.pieces = append(t.pieces, []Segment{{A: a, B: b, P: s.p}})
			for way := range 2 {
				if way == 1 && s.oneWay {
					continue
				}
				n := node{street: i, part: k, tail: s.from, head: s.to}
				if way == 1 {
					n.tail, n.head = s.to, s.from
				}
				first[[3]int{i, way, k}] = len(nodes)
				nodes = append(nodes, n)
				t.Piece = append(t.Piece, uint32(i*parts+k))
			}
		}
	}
	t.Pieces = len(t.pieces)
	t.Ground = t
	share := func(i, k int) uint32 { // of the time of a street
		return streets[i].time*uint32(k+1)/uint32(parts) - streets[i].time*uint32(k)/uint32(parts)
	}
	t.First = []uint32{0}
	last := len(crossings) - 1
	for v, n := range nodes {
		way := 0
		if n.tail != streets[n.street].from {
			way = 1
		}
		arc := func(street, way, part int) {
			t.To = append(t.To, uint32(first[[3]int{street, way, part}]))
			t.Time = append(t.Time, share(street, part))
		}
		switch {
		case way == 0 && n.part < parts-1:
			arc(n.street, 0, n.part+1)
		case way == 1 && n.part > 0:
			arc(n.street, 1, n.part-1)
		default:
			if n.head == last {
				t.Sinks = append(t.Sinks, uint32(v))
			}
			for j, s := range streets {
				if j == n.street || banned != nil && banned(n.street, j) {
					continue
				}
				if s.from == n.head {
					arc(j, 0, 0)
				}
				if s.to == n.head && !s.oneWay {
					arc(j, 1, parts-1)
				}
			}
		}
		if n.tail == 0 && (way == 0 && n.part == 0 || way == 1 && n.part == parts-1) {
			t.Seeds = append(t.Seeds, Seed{uint32(v), share(n.street, n.part)})
		}
		t.First = append(t.First, uint32(len(t.To)))
	}
	return t
}

// randomTown draws a town of up to 25 nodes: a bent grid of crossings, streets of
// unlike chances, some one way, some turns banned, and a limit.
func randomTown(r *rand.Rand, parts int) (*town, uint32) {
	w, h := 2+r.IntN(2), 2+r.IntN(2)
	var crossings []geo.Point
	gap := 60 + 240*r.Float64()
	for y := range h {
		for x := range w {
			crossings = append(crossings, at(gap*(float64(x)+0.3*r.Float64()), gap*(float64(y)+0.3*r.Float64())))
		}
	}
	chances := []float64{0, 0.1, 0.2, 0.25, 0.4, 1}
	var streets []street
	for y := range h {
		for x := range w {
			add := func(to int) {
				streets = append(streets, street{y*w + x, to, chances[r.IntN(len(chances))], uint32(parts * (1 + r.IntN(9))), r.IntN(4) == 0})
			}
			if x+1 < w {
				add(y*w + x + 1)
			}
			if y+1 < h {
				add((y+1)*w + x)
			}
		}
	}
	bans := map[[2]int]bool{}
	for range r.IntN(4) {
		bans[[2]int{r.IntN(len(streets)), r.IntN(len(streets))}] = true
	}
	t := build(crossings, streets, parts, func(a, b int) bool { return bans[[2]int{a, b}] })
	fast, ok := newWalks(&t.Field, 1<<30).fastest()
	if !ok {
		return nil, 0
	}
	return t, fast + uint32(float64(fast)*r.Float64())
}

// every lays out all walks within a limit; nil if there are more than most.
func every(f *Field, limit uint32, most int) [][]uint32 {
	w := newWalks(f, limit)
	var out [][]uint32
	var path []uint32
	var go_ func(v uint32, t uint64) bool
	go_ = func(v uint32, t uint64) bool {
		if w.rest[v] == unreached || t+uint64(w.rest[v]) > uint64(limit) {
			return true
		}
		path = append(path, v)
		if w.sink[v] {
			out = append(out, slices.Clone(path))
		}
		for i := f.First[v]; i < f.First[v+1]; i++ {
			if len(out) > most || !go_(f.To[i], t+uint64(f.Time[i])) {
				return false
			}
		}
		path = path[:len(path)-1]
		return true
	}
	for _, s := range f.Seeds {
		if !go_(s.Node, uint64(s.Time)) {
			return nil
		}
	}
	return out
}
