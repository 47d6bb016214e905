package reach

import (
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// ground knows which discs a piece of ground lies in and what chance they have.
// It works both out where routes go and nowhere else.
type ground struct {
	*net
	f        *Field
	segments [][]Segment // by piece, where asked for
	asked    []bool
	laid     []bool          // by piece: it counts in the discs that reach it
	squares  map[square]bool // those around which all pieces are laid
	near     [][]disc        // by piece: discs that reach it with the narrow radius, one of each kind
	far      [][]disc        // with the wide one
	driven   []bool          // by piece: some node drives it
	kinds    [2][]uint64     // by disc, narrow and wide: tells which driven pieces it reaches
	last     [2][]uint32     // by disc: the piece that came into its kind last
	touch    [2][][]disc     // by driven piece that was laid, narrow and wide: discs that reach it
	version  int             // of the chances
	kept     map[uint64]disc // scratch of alike
	known    []bool          // by piece
	posts    []Post
	limit    uint32
	stamp    []uint32 // by disc: for meeting each once
	round    uint32
	reaching [2]map[disc][]uint32 // pieces by disc: narrow, wide
}

// A square is a part of the earth, squareSize units of 1e-7 degrees wide.
type square struct{ lat, lon int32 }

const squareSize = 50_000 // some hundreds of metres

func newGround(f *Field, reach, step float64, limit uint32) *ground {
	n := f.Pieces
	driven := make([]bool, n)
	for _, p := range f.Piece {
		driven[p] = true
	}
	return &ground{
		touch: [2][][]disc{make([][]disc, n), make([][]disc, n)}, driven: driven, kept: map[uint64]disc{},
		net: newNet(reach, step), f: f, limit: max(limit, 1), segments: make([][]Segment, n), asked: make([]bool, n), laid: make([]bool, n),
		squares: map[square]bool{}, near: make([][]disc, n), far: make([][]disc, n), known: make([]bool, n),
		reaching: [2]map[disc][]uint32{{}, {}},
	}
}

// of returns the segments of a piece.
func (g *ground) of(piece uint32) []Segment {
	if !g.asked[piece] {
		g.asked[piece] = true
		g.segments[piece] = g.f.Ground.Segments(piece)
	}
	return g.segments[piece]
}

// larger returns a box with some metres around it.
func larger(b geo.Box, metres float64) geo.Box {
	dLat := metres / 110574 * geo.E7
	widest := max(math.Abs(float64(b.Min.Lat)), math.Abs(float64(b.Max.Lat))) + dLat
	dLon := dLat / max(math.Cos(widest/geo.E7*math.Pi/180), 1e-3)
	b.Min.Lat -= int32(dLat) + 1
	b.Max.Lat += int32(dLat) + 1
	b.Min.Lon -= int32(dLon) + 1
	b.Max.Lon += int32(dLon) + 1
	return b
}

// lay makes sure that the chance of every disc that reaches into a box is known.
func (g *ground) lay(b geo.Box) {
	// A disc that reaches the box has ground up to two radii away from it.
	b = larger(b, 2*g.wide)
	down := func(x int32) int32 { return int32(math.Floor(float64(x) / squareSize)) }
	for i := down(b.Min.Lat); i <= down(b.Max.Lat); i++ {
		for k := down(b.Min.Lon); k <= down(b.Max.Lon); k++ {
			if q := (square{i, k}); !g.squares[q] {
				g.squares[q] = true
				low := geo.Point{Lat: i * squareSize, Lon: k * squareSize}
				g.f.Ground.Near(geo.Box{Min: low, Max: geo.Point{Lat: low.Lat + squareSize, Lon: low.Lon + squareSize}}, func(piece uint32) {
					if !g.laid[piece] {
						g.laid[piece] = true
						g.raise(piece)
						g.sort(piece)
					}
				})
			}
		}
	}
}

// raise lets a piece of ground count in the discs that reach it.
func (g *ground) raise(piece uint32) {
	all := g.of(piece)
	for i := range all {
		g.raiseSegment(&all[i])
	}
}

func (g *ground) raiseSegment(s *Segment) {
	s.guarded(g.posts, func(a, b geo.Point, p float64) {
		if p == 0 {
			return
		}
		g.around(a, b, g.wide, func(i, k int32, d2 float64) {
			d := g.disc(i, k)
			g.pWide[d] = max(g.pWide[d], p)
			if d2 <= g.narrow*g.narrow {
				g.pNarrow[d] = max(g.pNarrow[d], p)
			}
		})
	})
}

// sort lets a piece count in the kinds of the discs that reach it, and notes which
// these are.
func (g *ground) sort(piece uint32) {
	if !g.driven[piece] {
		return
	}
	add := func(d disc, which int) {
		for n := len(g.at); len(g.kinds[which]) < n; {
			g.kinds[which] = append(g.kinds[which], 0)
			g.last[which] = append(g.last[which], 0)
		}
		if g.last[which][d] != piece+1 {
			g.last[which][d] = piece + 1
			g.kinds[which][d] ^= mark(int(piece))
			g.touch[which][piece] = append(g.touch[which][piece], d)
		}
	}
	all := g.of(piece)
	for i := range all {
		g.around(all[i].A, all[i].B, g.wide, func(i, k int32, d2 float64) {
			d := g.disc(i, k)
			add(d, 1)
			if d2 <= g.narrow*g.narrow {
				add(d, 0)
			}
		})
	}
}

// discs returns discs that reach a piece of ground, with the narrow and with the
// wide radius, by rising number: of those that the same routes pass, for they reach
// the same driven pieces, the one with the greatest chance, and of several such the
// one nearest to the south-west.
func (g *ground) discs(piece uint32) (near, far []disc) {
	if !g.known[piece] {
		g.known[piece] = true
		narrow, wide := g.touching(piece)
		g.near[piece] = g.alike(narrow, g.kinds[0], g.pNarrow)
		g.far[piece] = g.alike(wide, g.kinds[1], g.pWide)
	}
	return g.near[piece], g.far[piece]
}

// alike returns the worst of each kind of disc.
func (g *ground) alike(all []disc, kinds []uint64, p []float64) []disc {
	clear(g.kept)
	for _, d := range all {
		o, ok := g.kept[kinds[d]]
		if !ok || p[d] > p[o] || p[d] == p[o] && g.at[d] < g.at[o] {
			g.kept[kinds[d]] = d
		}
	}
	out := make([]disc, 0, len(g.kept))
	for _, d := range g.kept {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// touching returns all discs that reach a piece of ground that some node drives,
// with the narrow and with the wide radius, when the chances of all of them are
// known.
func (g *ground) touching(piece uint32) (near, far []disc) {
	all := g.of(piece)
	for i := range all {
		g.lay(geo.EmptyBox().Extend(all[i].A).Extend(all[i].B))
	}
	return g.touch[0][piece], g.touch[1][piece]
}

// passed returns discs that a route comes within reach of, each once: all that
// discs says of what it drives.
func (g *ground) passed(r *route, wide bool) []disc {
	if r.version != g.version {
		r.near, r.far, r.version = nil, nil, g.version
	}
	kept := &r.near
	if wide {
		kept = &r.far
	}
	if *kept != nil {
		return *kept
	}
	g.round++
	out := make([]disc, 0, 1024)
	for _, v := range r.nodes {
		near, far := g.discs(g.f.Piece[v])
		if wide {
			near = far
		}
		for len(g.stamp) < len(g.at) {
			g.stamp = append(g.stamp, 0)
		}
		for _, d := range near {
			if g.stamp[d] != g.round {
				g.stamp[d] = g.round
				out = append(out, d)
			}
		}
	}
	*kept = out
	return out
}

// reached returns the pieces of ground that a disc reaches.
func (g *ground) reached(d disc, wide bool) []uint32 {
	known, radius := g.reaching[0], g.narrow
	if wide {
		known, radius = g.reaching[1], g.wide
	}
	if out, ok := known[d]; ok {
		return out
	}
	out := []uint32{}
	g.f.Ground.Near(larger(geo.EmptyBox().Extend(g.point(d)), radius+1), func(piece uint32) {
		all := g.of(piece)
		if slices.ContainsFunc(all, func(s Segment) bool { return g.from(d, &s) <= radius*radius }) {
			out = append(out, piece)
		}
	})
	slices.Sort(out)
	out = slices.Compact(out)
	known[d] = out
	return out
}
