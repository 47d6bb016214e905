package rail

import (
	"context"
	"slices"

	"github.com/outrider-project/outrider/network"
)

// A spot is a position at which a place of the leg may be taken to be: places of
// a station with several tracks have several.
type spot struct {
	track   network.TrackID
	at      network.Millimetres
	away    float64 // metres from the place
	penalty float64 // seconds that the choice of this track counts
	station uint32  // that the track is tied to, or network.None
}

// A calling is a place on the way.
type calling struct {
	place Place
	spots []spot
	stops bool    // a halt; otherwise the train runs through
	wait  float64 // seconds
}

// A query looks for the path of a train from a place over others to a place.
type query struct {
	from, to    []spot
	vias, halts []calling                     // each in order; which via lies between which halts is free
	tight       map[[2]network.RailArcID]bool // moves out of loops that the train is too long for
	unlike      func(network.TrackID) float64 // factor on the cost of a track, for other ways; may be nil
}

// how says how a state of the search was reached.
type how uint8

const (
	unreached how = iota
	begins        // the train stands here at the start
	runsOn        // by a move
	runsPast      // past a switch, changing ends, out by another leg
	passes        // a place of the leg is reached; no move
	backs         // by changing ends at a place, where the train stands
	drawsUp       // by drawing up clear of the switch behind, and changing ends
	arrives       // the end of the search
)

// A label is the best known way to a state.
type label struct {
	cost   float64
	before uint32 // state
	past   run    // of runsPast: the run that begins at the switch
	spot   int32  // of begins, passes, backs, drawsUp, arrives: the spot of the place
	how    how
	closed bool
}

// A search is a query under way. A state is a run that the head has come to the
// end of, and how many of the places of the leg have been passed: state =
// layer*runs + run, layer = vias passed*(halts+1) + halts made.
type search struct {
	*query
	g      *grid
	runs   uint32
	layers [][]label
	end    uint32 // the state of having arrived
	last   label  // its label
	queue  heap[uint32]
	here   map[run][]calls // which spots a run ends at
}

// calls is a spot of a place at the end of a run.
type calls struct {
	kind  callKind
	index int // of the via or halt
	spot  int32
}

type callKind uint8

const (
	callVia callKind = iota
	callHalt
	callEnd
)

// places returns where tracks must be cut for the query.
func (q *query) cuts(r *network.Rail, length float64) map[network.TrackID][]network.Millimetres {
	out := map[network.TrackID][]network.Millimetres{}
	add := func(s spot, turns bool) {
		out[s.track] = append(out[s.track], s.at)
		if long := millimetres(length); turns {
			if s.at > long {
				out[s.track] = append(out[s.track], s.at-long)
			}
			if r.Length[s.track]-s.at > long {
				out[s.track] = append(out[s.track], s.at+long)
			}
		}
	}
	for _, s := range slices.Concat(q.from, q.to) {
		add(s, false)
	}
	for _, c := range slices.Concat(q.vias, q.halts) {
		for _, s := range c.spots {
			add(s, true)
		}
	}
	return out
}

// find looks for the path of least cost: running time, weighted where it is not
// known whether there is power, changes of ends, halts, and what the choice of
// tracks at the places counts. It returns nil if there is none. It is Dijkstra's
// algorithm; every piece of track is looked at at most once for each number of
// places passed. It does not see how long the train is between changes of ends, so
// a path on which the train would meet its own tail, round a loop that is too
// short for it, is thrown away and looked for again without the move out of the loop.
func (q *query) find(ctx context.Context, r *network.Rail, n *needs) (*path, error) {
	for {
		p, err := q.shortest(ctx, r, n)
		if p == nil || err != nil {
			return nil, err
		}
		move, ok := p.meetsItself()
		if !ok {
			return p, nil
		}
		if q.tight == nil {
			q.tight = map[[2]network.RailArcID]bool{}
		}
		q.tight[move] = true
	}
}

func (q *query) shortest(ctx context.Context, r *network.Rail, n *needs) (*path, error) {
	g := newGrid(r, n, q.cuts(r, n.length))
	if q.unlike != nil {
		for i := range g.pieces {
			f := q.unlike(g.pieces[i].track)
			g.pieces[i].cost[0] *= f
			g.pieces[i].cost[1] *= f
		}
	}
	s := &search{query: q, g: g, runs: uint32(2 * len(g.pieces)), here: map[run][]calls{}}
	s.layers = make([][]label, (len(q.vias)+1)*(len(q.halts)+1))
	s.end = uint32(len(s.layers)) * s.runs
	s.lay()
	for count := 0; len(s.queue) > 0; count++ {
		if count%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		cost, state := s.queue.pop()
		l := s.label(state)
		if l.closed {
			continue
		}
		l.closed = true
		if state == s.end {
			return s.path(), nil
		}
		s.expand(state, cost)
	}
	return nil, nil
}

// lay notes where the places of the leg lie, and puts the train at its start.
func (s *search) lay() {
	note := func(all []spot, kind callKind, index int) {
		for k, x := range all {
			for _, back := range []bool{false, true} {
				if d := s.g.ending(x.track.Arc(back), x.at); d != noRun {
					s.here[d] = append(s.here[d], calls{kind, index, int32(k)})
				}
			}
		}
	}
	for i := range s.vias {
		note(s.vias[i].spots, callVia, i)
	}
	for i := range s.halts {
		note(s.halts[i].spots, callHalt, i)
	}
	note(s.to, callEnd, 0)
	for k, x := range s.from {
		for _, back := range []bool{false, true} {
			if d := s.g.ending(x.track.Arc(back), x.at); d != noRun {
				s.relax(uint32(d), label{cost: x.penalty, how: begins, spot: int32(k)})
			}
		}
	}
}

func (s *search) label(state uint32) *label {
	if state == s.end {
		return &s.last
	}
	layer := state / s.runs
	if s.layers[layer] == nil {
		s.layers[layer] = make([]label, s.runs)
	}
	return &s.layers[layer][state%s.runs]
}

func (s *search) relax(state uint32, l label) {
	old := s.label(state)
	if old.how == unreached || !old.closed && l.cost < old.cost {
		*old = l
		s.queue.push(l.cost, state)
	}
}

// expand goes on from a state: the head is at the end of a run.
func (s *search) expand(state uint32, cost float64) {
	g := s.g
	layer, d := state/s.runs, run(state%s.runs)
	for _, c := range s.here[d] {
		s.call(state, cost, c)
	}
	base := layer * s.runs
	g.next(d, func(c run) {
		if len(s.tight) > 0 && s.tight[[2]network.RailArcID{g.arc(d), g.arc(c)}] {
			return
		}
		s.relax(base+uint32(c), label{cost: cost + g.cost(c), before: state, how: runsOn})
	})
	if g.inside(d) != noRun {
		return
	}
	// Past the switch on b, change ends, and out on c.
	g.next(d, func(b run) {
		g.next(b.reverse(), func(c run) {
			if c == d.reverse() {
				return
			}
			least := cost + g.needs.reverse + g.cost(c)
			if old := s.label(base + uint32(c)); old.closed || old.how != unreached && old.cost <= least {
				return
			}
			if room := g.runPast(b); room != nil {
				s.relax(base+uint32(c), label{cost: least + room.cost, before: state, how: runsPast, past: b})
			}
		})
	})
}

// call takes up a place of the leg at the end of a run: to pass it, to stop, or to
// stop and change ends.
func (s *search) call(state uint32, cost float64, c calls) {
	layer, d := state/s.runs, run(state%s.runs)
	halts := uint32(len(s.halts) + 1)
	via, halt := layer/halts, layer%halts
	var at *calling
	switch {
	case c.kind == callEnd:
		if int(layer) == len(s.layers)-1 {
			s.relax(s.end, label{cost: cost + s.to[c.spot].penalty, before: state, how: arrives, spot: c.spot})
		}
		return
	case c.kind == callVia && c.index == int(via):
		at, layer = &s.vias[via], layer+halts
	case c.kind == callHalt && c.index == int(halt):
		at, layer = &s.halts[halt], layer+1
	default:
		return
	}
	base := layer * s.runs
	cost += at.spots[c.spot].penalty
	s.relax(base+uint32(d), label{cost: cost + at.wait, before: state, how: passes, spot: c.spot})
	stand := max(at.wait, s.g.needs.reverse)
	if e := s.g.backing(d); e != noRun {
		s.relax(base+uint32(e), label{cost: cost + stand + s.g.cost(e), before: state, how: backs, spot: c.spot})
		return
	}
	b, before, ok := s.g.behind(d)
	if !ok {
		return
	}
	room := s.g.runPast(b)
	if room == nil {
		return
	}
	s.g.next(b.reverse(), func(e run) {
		s.relax(base+uint32(e), label{cost: cost + max(room.cost-before, 0) + stand + s.g.cost(e), before: state, how: drawsUp, past: b, spot: c.spot})
	})
}

// backing returns the run on which a train whose head is at the end of d drives
// off after changing ends where it stands, noRun if its tail is not clear of the
// node behind.
func (g *grid) backing(d run) run {
	left := millimetres(g.needs.length)
	for c := d; ; c = c.before() {
		if !g.usable(c) {
			return noRun
		}
		if left == 0 {
			return c.reverse()
		}
		l := g.pieces[c.piece()].to - g.pieces[c.piece()].from
		if l > left || l == left && g.inside(c.reverse()) == noRun {
			return noRun // not cut there: the tail is at the node or beyond it
		}
		left -= l
		if g.inside(c.reverse()) == noRun {
			return noRun
		}
	}
}

// before returns the run before d on the same track; the caller knows that there
// is one.
func (d run) before() run {
	if d.backwards() {
		return d + 2
	}
	return d - 2
}

// behind returns the first run of the track that d lies on, in its direction, and
// what it costs from there to the end of d; ok is false if the train cannot run
// over all of that.
func (g *grid) behind(d run) (b run, cost float64, ok bool) {
	for b = d; ; b = b.before() {
		if !g.usable(b) {
			return 0, 0, false
		}
		cost += g.cost(b)
		if g.inside(b.reverse()) == noRun {
			return b, cost, true
		}
	}
}

// path reads the path off the labels.
func (s *search) path() *path {
	var states []uint32
	for state := s.end; ; state = s.label(state).before {
		states = append(states, state)
		if s.label(state).how == begins {
			break
		}
	}
	slices.Reverse(states)
	b := &builder{g: s.g, path: &path{rail: s.g.rail, needs: s.g.needs, cost: s.last.cost}}
	halts := uint32(len(s.halts) + 1)
	for _, state := range states {
		l := s.label(state)
		d := run(state % s.runs)
		if l.how == begins {
			b.path.from = s.from[l.spot]
			b.at = d
			continue
		}
		before := l.before
		// The place that this step takes up, if it does.
		var at *calling
		if l.how == passes || l.how == backs || l.how == drawsUp {
			if layer, old := state/s.runs, before/s.runs; layer-old == 1 && layer%halts != 0 {
				at = &s.halts[old%halts]
			} else {
				at = &s.vias[old/halts]
			}
		}
		switch l.how {
		case runsOn:
			b.ride(d)
		case runsPast:
			room := s.g.runPast(l.past)
			b.rideOut(room, 0)
			b.changeEnds(room, s.g.needs.reverse, "")
			b.ride(d)
		case passes:
			b.stand(at, l.spot, at.wait, at.stops)
		case backs:
			b.stand(at, l.spot, max(at.wait-s.g.needs.reverse, 0), true)
			b.changeHere(s.g.needs.length, s.g.needs.reverse, at.place.Label)
			b.ride(d)
		case drawsUp:
			room := s.g.runPast(l.past)
			b.rideOut(room, b.along())
			b.stand(at, l.spot, max(at.wait-s.g.needs.reverse, 0), true)
			b.changeEnds(room, s.g.needs.reverse, at.place.Label)
			b.ride(d)
		case arrives:
			b.path.to = s.to[l.spot]
		case unreached, begins: // nothing is run over to get there
		}
	}
	b.path.measure()
	return b.path
}
