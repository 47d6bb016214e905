package rail

import (
	"slices"

	"github.com/outrider-project/outrider/network"
)

// A piece is a stretch of a track over which the train either can run or cannot,
// and inside which no place of the leg lies. Paths are searched over pieces.
type piece struct {
	track    network.TrackID
	from, to network.Millimetres
	fault    fault
	seconds  [2]float64 // to run over it forwards, backwards
	cost     [2]float64 // the same, weighted
}

// A run is a piece in a direction of travel: 2*piece in the track's own, 2*piece+1
// against it.
type run uint32

const noRun run = 1<<32 - 1

func (d run) reverse() run    { return d ^ 1 }
func (d run) backwards() bool { return d&1 == 1 }
func (d run) piece() uint32   { return uint32(d / 2) }

// A grid is the railway network cut into pieces for one train.
type grid struct {
	rail   *network.Rail
	needs  *needs
	first  []uint32 // CSR over tracks into pieces
	pieces []piece
	past   map[run]*runPast
}

// newGrid cuts every track where the train's way begins or ends to be usable and
// at the given positions. Cuts at the ends of tracks are passed over. It takes
// time in proportion to the network.
func newGrid(r *network.Rail, n *needs, cuts map[network.TrackID][]network.Millimetres) *grid {
	g := &grid{rail: r, needs: n, first: make([]uint32, 1, len(r.Length)+1), pieces: make([]piece, 0, len(r.Length)), past: map[run]*runPast{}}
	var at []network.Millimetres
	for i := range r.Length {
		t := network.TrackID(i)
		at = append(at[:0], cuts[t]...)
		all := r.Intervals(t)
		for k := 1; k < len(all); k++ {
			if n.fault(&all[k]) != n.fault(&all[k-1]) {
				at = append(at, all[k].From)
			}
		}
		slices.Sort(at)
		from, end := network.Millimetres(0), r.Length[t]
		for _, to := range at {
			if to > from && to < end {
				g.pieces = append(g.pieces, g.measured(t, from, to))
				from = to
			}
		}
		g.pieces = append(g.pieces, g.measured(t, from, end))
		g.first = append(g.first, uint32(len(g.pieces)))
	}
	return g
}

// measured makes a piece of a stretch of a track.
func (g *grid) measured(t network.TrackID, from, to network.Millimetres) piece {
	p := piece{track: t, from: from, to: to}
	all := g.rail.Intervals(t)
	for k := range all {
		hi := g.rail.Length[t]
		if k+1 < len(all) {
			hi = all[k+1].From
		}
		lo := max(all[k].From, from)
		hi = min(hi, to)
		if lo > hi || lo == hi && from != to {
			continue
		}
		p.fault |= g.needs.fault(&all[k])
		for dir := range 2 {
			s := (hi - lo).Metres() * 3.6 / g.needs.speed(&all[k], dir == 1)
			p.seconds[dir] += s
			p.cost[dir] += s * g.needs.weight(&all[k], dir == 1)
		}
	}
	return p
}

func (g *grid) length(d run) float64 {
	p := &g.pieces[d.piece()]
	return (p.to - p.from).Metres()
}

func (g *grid) cost(d run) float64 { return g.pieces[d.piece()].cost[d&1] }

func (g *grid) usable(d run) bool { return g.pieces[d.piece()].fault == 0 }

// end returns the position on the track where the run ends.
func (g *grid) end(d run) network.Millimetres {
	p := &g.pieces[d.piece()]
	if d.backwards() {
		return p.from
	}
	return p.to
}

// arc returns the arc that the run is a part of.
func (g *grid) arc(d run) network.RailArcID { return g.pieces[d.piece()].track.Arc(d.backwards()) }

// opening returns the first run of an arc.
func (g *grid) opening(a network.RailArcID) run {
	t := a.Track()
	if a.Backwards() {
		return run(2*(g.first[t+1]-1) + 1)
	}
	return run(2 * g.first[t])
}

// inside returns the run that follows on the same track, noRun at its end.
func (g *grid) inside(d run) run {
	p := d.piece()
	t := g.pieces[p].track
	if d.backwards() {
		if p == g.first[t] {
			return noRun
		}
		return d - 2
	}
	if p+1 == g.first[t+1] {
		return noRun
	}
	return d + 2
}

// next calls visit for the runs that the train can go on to from the end of d.
func (g *grid) next(d run, visit func(run)) {
	if c := g.inside(d); c != noRun {
		if g.usable(c) {
			visit(c)
		}
		return
	}
	for _, a := range g.rail.Moves(g.arc(d)) {
		if c := g.opening(a); g.usable(c) {
			visit(c)
		}
	}
}

// ending returns the run of an arc that ends at a position, noRun if the track is
// not cut there.
func (g *grid) ending(a network.RailArcID, at network.Millimetres) run {
	t := a.Track()
	for p := g.first[t]; p < g.first[t+1]; p++ {
		if d := run(2 * p); a.Backwards() && g.pieces[p].from == at {
			return d + 1
		} else if !a.Backwards() && g.pieces[p].to == at {
			return d
		}
	}
	return noRun
}
