package pace

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// A Fix is where a receiver saw itself at a time.
type Fix struct {
	Point geo.Point
	Time  time.Time
}

// Limits of matching, in metres, seconds and metres per second. docs/pace.md
// says what they are for.
const (
	maxFixes   = 1_000_000
	leastSigma = 3.0  // standard deviation of a fix reckoned with, at least
	mostSigma  = 25.0 // and at most
	firstSigma = 10.0 // before anything is known of the track
	leastReach = 35.0 // how far from a fix the road may be, at least
	mostReach  = 75.0 // and at most
	nearChains = 8    // chains looked at for each fix
	topSpeed   = 70.0 // faster is an error of the receiver
	cutGap     = 300  // seconds without a fix that end a piece of the track
	maxSkipped = 4    // fixes left out in a row before the track is cut
	fixGap     = 30.0 // a junction passed between fixes farther apart is not timed
	haltAfter  = 180  // seconds without getting ahead that make a halt
	haltWithin = 30.0 // metres that count as not getting ahead
)

// A TrackError says why a track cannot be used, and what to do.
type TrackError struct{ Cause, Remedy string }

// Error gives cause and remedy in one line.
func (e *TrackError) Error() string { return e.Cause + "; " + e.Remedy }

// A Matched is a track put on the network.
type Matched struct {
	// Started is the time of the first fix on the road, to the second.
	Started time.Time
	// Drives are the stretches driven whole, in order of time, and Arcs the arcs
	// of the map that they are.
	Drives []Drive
	Arcs   []network.ArcID
	Fixes  int // of the track
	// Errors is how many fixes no vehicle could have got to, or have the time of
	// the one before.
	Errors int
	// OffRoad is how many fixes have no road within reach, or none that can be
	// driven to from the fixes before.
	OffRoad int
	Pieces  int     // the track is cut where it leaves the roads and where fixes are missing
	Partly  int     // stretches left out: driven in part, or entered or left where fixes are missing
	Halted  int     // stretches left out because of a halt on them
	Sigma   float64 // metres: standard deviation of the fixes across the road
}

// Match finds what was driven: the arcs that explain a track best, by a hidden
// Markov model. States are positions on arcs near each fix; fixes are spread
// about the true position normally; of two fixes, the way along the network is
// about as long as the straight line between them (Newson and Krumm, "Hidden
// Markov Map Matching Through Noise and Sparseness", ACM GIS 2009). Ways take
// turns that pass allows only; a nil pass is that of a car with business
// everywhere. When each junction was passed comes from all fixes near it, by a
// Kalman smoother along the way.
//
// Fixes are in order of time, 1 to 15 seconds apart where stretches are to be
// timed. It takes time proportional to the fixes and, with a nil pass, to the
// network. Errors are *TrackError.
func Match(m *network.Map, pass *network.Passage, fixes []Fix) (*Matched, error) {
	given := len(fixes)
	fixes, err := inOrder(fixes)
	if err != nil {
		return nil, err
	}
	if pass == nil {
		pass = anywhere(m)
	}
	steady, jitter := steadied(fixes)
	t := tracker{m: m, pass: pass, search: newReach(m, pass), seen: fixes}
	t.sigma = t.noise(steady)
	t.seenSigma = math.Hypot(t.sigma, jitter)
	out := &Matched{Fixes: given, Errors: given - len(fixes)}
	pieces := t.pieces(steady)
	// Where the road driven is not the nearest, the noise was taken for too small:
	// now the road is known.
	if across := t.across(pieces, steady); across > 1.1*t.sigma {
		t.sigma, t.offRoad = min(across, mostSigma), 0
		t.seenSigma = max(t.seenSigma, t.sigma)
		pieces = t.pieces(steady)
	}
	out.OffRoad, out.Sigma = t.offRoad, t.seenSigma
	out.Pieces = len(pieces)
	for i := range pieces {
		if i == 0 {
			out.Started = fixes[pieces[i].first].Time.UTC().Truncate(time.Second)
		}
		t.time(&pieces[i], out)
	}
	switch {
	case len(pieces) == 0 && !t.near:
		return nil, &TrackError{"the track does not lie on the roads of the map", "build the map from an extract that holds the drive"}
	case len(out.Drives) == 0:
		return nil, &TrackError{"the track holds no stretch that was driven from junction to junction with fixes at most 30 s apart", "record a longer drive, with a fix every few seconds"}
	}
	return out, nil
}

// NewRun makes a run of what was matched. By is the call sign of the crew.
func NewRun(by string, matched *Matched) (*Run, error) {
	r := &Run{By: by, Started: matched.Started, Drives: slices.Clone(matched.Drives)}
	r.SetID()
	if cause, remedy := r.fault(); cause != "" {
		return nil, &TrackError{cause, remedy}
	}
	return r, nil
}

// inOrder checks the fixes and leaves out those at the same time as the one
// before, and those that no vehicle gets to, unless several in a row agree.
func inOrder(fixes []Fix) ([]Fix, error) {
	if len(fixes) > maxFixes {
		return nil, &TrackError{fmt.Sprintf("the track has %d fixes, more than %d", len(fixes), maxFixes), "cut it at a halt"}
	}
	kept := make([]Fix, 0, len(fixes))
	wild := 0 // left out in a row
	for i, f := range fixes {
		if f.Time.IsZero() {
			return nil, &TrackError{fmt.Sprintf("fix %d has no time", i+1), "export the track with times"}
		}
		if n := len(kept); n > 0 {
			last := kept[n-1].Time
			if f.Time.Before(last) {
				return nil, &TrackError{
					fmt.Sprintf("fix %d (%s) is earlier than the one before (%s)", i+1, f.Time.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339)),
					"give one drive in the order it was driven",
				}
			}
			if f.Time.Equal(last) {
				continue
			}
			if geo.Distance(f.Point, kept[n-1].Point) > topSpeed*f.Time.Sub(last).Seconds()+mostReach && wild < maxSkipped {
				wild++
				continue
			}
		}
		wild = 0
		kept = append(kept, f)
	}
	if len(kept) < 2 {
		return nil, &TrackError{"the track has fewer than two fixes at different times", "record a longer drive"}
	}
	return kept, nil
}

// anywhere is the passage of a car that has business on every private road.
func anywhere(m *network.Map) *network.Passage {
	var ends []network.ChainID
	seen := make(map[uint32]bool)
	for c := range network.ChainID(m.NumChains()) {
		if part := m.Component[c]; part != network.None && !seen[part] {
			seen[part] = true
			ends = append(ends, c)
		}
	}
	return m.Passage(network.Vehicle{Classes: 1 << network.Car}, network.PassageOptions{Ends: ends, Private: true})
}

// A tracker matches one track.
type tracker struct {
	m         *network.Map
	pass      *network.Passage
	search    *reach
	seen      []Fix   // the track as it is
	sigma     float64 // of steadied fixes
	seenSigma float64 // of fixes as they are
	offRoad   int
	near      bool // some fix has a road within reach
}

// noise estimates the standard deviation of fixes from how far the nearest roads
// are from some of them: half of what is spread normally lies within 0.6745 of
// them. Where roads are dense the nearest is not always the right one, so that it
// comes out too small rather than too great.
func (t *tracker) noise(fixes []Fix) float64 {
	const samples = 400
	step := max(1, len(fixes)/samples)
	var away []float64
	for i := 0; i < len(fixes); i += step {
		if near := t.m.SnapAll(fixes[i].Point, t.pass, mostReach, 1); len(near) > 0 {
			away = append(away, near[0].Away)
		}
	}
	if len(away) < 10 {
		return firstSigma
	}
	slices.Sort(away)
	return min(max(madToSigma*quantile(away, 0.5), leastSigma), mostSigma)
}

// A candidate is a position that the vehicle may have been at.
type candidate struct {
	arc   network.ArcID
	at    float64 // metres from the beginning of the arc
	away  float64 // metres from the fix
	cost  float64 // of the best way here; +Inf if there is none
	from  int     // the candidate at the fix before
	state network.StateID
	path  []network.ArcID // arcs entered since the fix before
}

// A key is a fix that decides about the way, with its candidates.
type key struct {
	fix        int
	candidates []candidate
}

// A piece is a part of a track without a break, and the way driven.
type piece struct {
	first, last int // fixes
	arcs        []network.ArcID
	keys        []onWay // fixes whose place on the way is known
	enter       float64 // metres from the beginning of the first arc
}

// onWay is a fix and its place on the way.
type onWay struct {
	fix int // in the piece
	arc int // in the piece's arcs
}

// pieces finds the ways driven. Fixes nearer to one another than the noise say
// nothing about the way and are left for timing.
func (t *tracker) pieces(fixes []Fix) []piece {
	spacing := max(4*t.sigma, 20)
	var out []piece
	var run []key
	var skipped []int // fixes left out since the last key
	for i := 0; i < len(fixes); i++ {
		if n := len(run); n > 0 {
			last := fixes[run[n-1].fix]
			if fixes[i].Time.Sub(last.Time) > cutGap*time.Second {
				out, run, skipped = t.close(out, run), nil, nil
			} else if geo.Distance(last.Point, fixes[i].Point) < spacing {
				continue
			}
		}
		k := key{fix: i, candidates: t.candidates(fixes[i].Point)}
		if len(k.candidates) == 0 {
			t.offRoad++
			if skipped = append(skipped, i); len(skipped) > maxSkipped {
				out, run, skipped = t.close(out, run), nil, nil
			}
			continue
		}
		if n := len(run); n > 0 && !t.step(&run[n-1], &k, fixes) {
			// Perhaps this fix is wrong, perhaps the way before it.
			t.offRoad++
			if skipped = append(skipped, i); len(skipped) > maxSkipped {
				out, run = t.close(out, run), nil
				t.offRoad -= len(skipped)
				i, skipped = skipped[0]-1, nil // those left out begin a new piece
			}
			continue
		}
		if len(run) == 0 {
			for c := range k.candidates {
				x := &k.candidates[c]
				x.cost, x.state, x.from = t.emission(x.away), network.StateID(x.arc), -1
			}
		}
		run, skipped = append(run, k), nil
	}
	return t.close(out, run)
}

// candidates returns the positions near a fix.
func (t *tracker) candidates(p geo.Point) []candidate {
	reach := min(max(4*t.sigma, leastReach), mostReach)
	var all []candidate
	for _, l := range t.m.SnapAll(p, t.pass, reach, nearChains) {
		length := t.m.Length[l.Chain]
		for _, a := range [2]network.ArcID{l.Chain.Arc(false), l.Chain.Arc(true)} {
			if t.pass.Arc[a] == network.Unreachable {
				continue
			}
			at := l.At
			if a.Backwards() {
				at = length - l.At
			}
			all = append(all, candidate{arc: a, at: at.Metres(), away: l.Away, cost: math.Inf(1)})
		}
	}
	t.near = t.near || len(all) > 0
	return all
}

// emission is minus the logarithm of the density of fixes so far from where the
// vehicle is, but for a constant.
func (t *tracker) emission(away float64) float64 {
	z := away / t.sigma
	return z * z / 2
}

// step finds the best way from the candidates of one fix to each of the next; it
// reports whether there is any.
func (t *tracker) step(from, to *key, fixes []Fix) bool {
	straight := geo.Distance(fixes[from.fix].Point, fixes[to.fix].Point)
	elapsed := fixes[to.fix].Time.Sub(fixes[from.fix].Time).Seconds()
	if straight > topSpeed*elapsed+4*t.sigma {
		return false
	}
	most := min(3*straight+200, topSpeed*elapsed+4*t.sigma)
	// How much ways are longer than the straight line: by noise, and by bends.
	scale := max(t.sigma, 5) + 0.05*straight
	found := false
	for i := range from.candidates {
		x := &from.candidates[i]
		if math.IsInf(x.cost, 1) {
			continue
		}
		t.search.from(x.state, x.at, to.candidates, most, func(c int, way float64, state network.StateID) {
			y := &to.candidates[c]
			cost := x.cost + t.emission(y.away) + math.Abs(way-straight)/scale
			if cost < y.cost {
				y.cost, y.from, y.state = cost, i, state
				y.path = t.search.path(y.path[:0], state)
				found = true
			}
		})
		// Standing, noise puts the vehicle behind where it was.
		for c := range to.candidates {
			y := &to.candidates[c]
			if y.arc != x.arc || y.at >= x.at || x.at-y.at > 4*t.sigma {
				continue
			}
			if cost := x.cost + t.emission(y.away) + (straight+x.at-y.at)/scale; cost < y.cost {
				y.cost, y.from, y.state, y.path = cost, i, x.state, y.path[:0]
				found = true
			}
		}
	}
	return found
}

// close follows the best way of a piece back and adds it.
func (t *tracker) close(out []piece, run []key) []piece {
	if len(run) < 2 {
		return out
	}
	best := -1
	last := run[len(run)-1].candidates
	for c := range last {
		if !math.IsInf(last[c].cost, 1) && (best < 0 || last[c].cost < last[best].cost) {
			best = c
		}
	}
	chosen := make([]int, len(run))
	for k := len(run) - 1; k >= 0; k-- {
		chosen[k] = best
		best = run[k].candidates[best].from
	}
	first := run[0].fix
	p := piece{first: first, last: run[len(run)-1].fix}
	for k := range run {
		x := &run[k].candidates[chosen[k]]
		if k == 0 {
			p.arcs, p.enter = append(p.arcs, x.arc), x.at
		} else {
			p.arcs = append(p.arcs, x.path...)
		}
		p.keys = append(p.keys, onWay{run[k].fix - first, len(p.arcs) - 1})
	}
	return append(out, p)
}
