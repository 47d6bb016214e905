package pace

import (
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider/geo"
)

// How the times at junctions are kept to what can be.
const (
	// A stretch is not driven faster than this times free flow, nor than this
	// speed in m/s, whichever is more; what noise makes faster is spread over its
	// neighbours.
	// Where that takes more than mostMoved seconds, the time is not known.
	hurry     = 1.6
	anyHurry  = 15.0
	mostMoved = 5.0
	// leastMetres is the length of the shortest stretch that is timed.
	leastMetres = 0.5
	// Who takes longer than waiting, in seconds, for the metres of justPast behind
	// a junction stands there; it starts at startSpeed, in m/s.
	justPast   = 8.0
	waiting    = 10.0
	startSpeed = 5.0
)

// time works out when each junction of a piece was passed and adds the stretches
// driven whole.
func (t *tracker) time(p *piece, out *Matched) {
	n := len(p.arcs)
	base := t.base(p)
	way := t.alongWay(p, base, t.seen)
	out.Partly += min(n, 2) // the piece begins and ends somewhere on its outer arcs
	if len(way.at) < 2 || n < 3 {
		out.Partly += max(n-2, 0)
		return
	}
	way.smooth(t.seenSigma)
	halted := way.halts(base)
	passed := make([]float64, n) // seconds at which arc i is entered
	known := make([]bool, n)
	for i := 1; i < n; i++ {
		passed[i], known[i] = way.passes(base[i])
	}
	measured := slices.Clone(passed)
	t.notTooFast(p, base, passed, known)
	for i := range passed {
		known[i] = known[i] && math.Abs(passed[i]-measured[i]) <= mostMoved
		passed[i] = min(max(passed[i], way.at[0]), way.at[len(way.at)-1])
	}
	zero := t.seen[p.first].Time.Sub(out.Started).Seconds()
	milli := func(s float64) float64 { return math.Round(s*1000) / 1000 }
	for i := 1; i < n-1; i++ {
		a := p.arcs[i]
		tail, head := &t.m.NodeInfo[t.m.ArcTail(a)], &t.m.NodeInfo[t.m.ArcHead(a)]
		length := base[i+1] - base[i]
		enter, leave := milli(zero+passed[i]), milli(zero+passed[i+1])
		switch {
		case !known[i] || !known[i+1] || tail.OSM == head.OSM || length < leastMetres || length >= maxRunSpeed*(leave-enter):
			out.Partly++
			continue
		case halted[i]:
			out.Halted++
			continue
		}
		out.Arcs = append(out.Arcs, a)
		out.Drives = append(out.Drives, Drive{
			Way: entered(t.m, a).Way, From: tail.OSM, To: head.OSM, After: enter, Seconds: milli(leave - enter), Metres: t.m.Length[a.Chain()].Metres(),
		})
	}
}

// base returns the metres from the beginning of a piece's first arc to that of
// each, and to the end of the last.
func (t *tracker) base(p *piece) []float64 {
	base := make([]float64, len(p.arcs)+1)
	for i, a := range p.arcs {
		base[i+1] = base[i] + t.m.Length[a.Chain()].Metres()
	}
	return base
}

// across estimates the standard deviation of fixes from how far they are from the
// ways found.
func (t *tracker) across(pieces []piece, fixes []Fix) float64 {
	var away []float64
	for i := range pieces {
		away = append(away, t.alongWay(&pieces[i], t.base(&pieces[i]), fixes).away...)
	}
	if len(away) == 0 {
		return 0
	}
	slices.Sort(away)
	return madToSigma * quantile(away, 0.5)
}

// A progress is how far along the way the vehicle was when.
type progress struct {
	at     []float64 // seconds since the first fix of the piece
	metres []float64 // from the beginning of the first arc
	away   []float64 // metres: how far the fixes were from it
	first  []float64 // after smooth: the farthest so far
	last   []float64 // after smooth: the nearest from then on
}

// alongWay puts all fixes of a piece on its way: each on the nearest place of the
// arcs driven about that time.
func (t *tracker) alongWay(p *piece, base []float64, fixes []Fix) *progress {
	out := new(progress)
	far := max(4*t.seenSigma, leastReach)
	k := 0
	for j, f := range fixes[p.first : p.last+1] {
		for k+1 < len(p.keys)-1 && p.keys[k+1].fix <= j {
			k++
		}
		lo, hi := max(p.keys[k].arc-1, 0), min(p.keys[k+1].arc+1, len(p.arcs)-1)
		best, metres := math.Inf(1), 0.0
		for i := lo; i <= hi; i++ {
			a := p.arcs[i]
			vertices, ats := t.m.Vertices(a.Chain())
			for v := range vertices[1:] {
				part, away := geo.ProjectOnSegment(f.Point, vertices[v], vertices[v+1])
				if away >= best {
					continue
				}
				best = away
				metres = ats[v].Metres() + part*(ats[v+1]-ats[v]).Metres()
				if a.Backwards() {
					metres = t.m.Length[a.Chain()].Metres() - metres
				}
				metres += base[i]
			}
		}
		if best <= far {
			out.at = append(out.at, f.Time.Sub(fixes[p.first].Time).Seconds())
			out.metres = append(out.metres, metres)
			out.away = append(out.away, best)
		}
	}
	return out
}

// smooth estimates the true progress from the fixes'.
func (w *progress) smooth(sigma float64) {
	smoothed := smooth(w.at, w.metres, sigma)
	n := len(smoothed)
	w.first, w.last = make([]float64, n), make([]float64, n)
	farthest := math.Inf(-1)
	for i := range smoothed {
		farthest = max(farthest, smoothed[i])
		w.first[i] = farthest
	}
	nearest := math.Inf(1)
	for i := n - 1; i >= 0; i-- {
		nearest = min(nearest, smoothed[i])
		w.last[i] = nearest
	}
}

// passes returns the seconds at which a junction of the way was passed: where
// noise has the vehicle pass it more than once, the middle between the first and
// the last time. One that stands just past a junction was waiting before it, and
// noise put it too far ahead: then it is passed when it gets going. ok is false if
// it was not passed between two fixes near enough to one another.
func (w *progress) passes(metres float64) (seconds float64, ok bool) {
	one, ok1 := w.crossing(w.first, metres)
	two, ok2 := w.crossing(w.last, metres)
	seconds, ok = (one+two)/2, ok1 && ok2
	if past, there := w.crossing(w.last, metres+justPast); there && past-seconds > waiting {
		seconds = past - justPast/startSpeed
	}
	return seconds, ok
}

// crossing returns when values that do not fall reach a place.
func (w *progress) crossing(values []float64, metres float64) (seconds float64, ok bool) {
	lo, hi := 0, len(values) // the first value of at least metres
	for lo < hi {
		if mid := (lo + hi) / 2; values[mid] < metres {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 || lo == len(values) {
		return 0, false
	}
	before, after := w.at[lo-1], w.at[lo]
	part := (metres - values[lo-1]) / (values[lo] - values[lo-1])
	return before + part*(after-before), after-before <= fixGap
}

// halts marks the arcs on which the vehicle stood: where it got hardly ahead for
// long.
func (w *progress) halts(base []float64) []bool {
	marked := make([]bool, len(base)-1)
	j, arc := 0, 0
	for i := range w.at {
		j = max(j, i)
		for j+1 < len(w.at) && w.first[j+1]-w.first[i] <= haltWithin {
			j++
		}
		if w.at[j]-w.at[i] <= haltAfter {
			continue
		}
		for arc+1 < len(marked) && base[arc+1] <= w.first[i] {
			arc++
		}
		for k := arc; k < len(marked) && base[k] <= w.first[j]; k++ {
			marked[k] = true
		}
	}
	return marked
}

// notTooFast moves the times at which junctions were passed as little as possible
// (by the sum of squares), so that no stretch between two known ones is driven
// faster than can be.
func (t *tracker) notTooFast(p *piece, base, passed []float64, known []bool) {
	for i := 1; i < len(passed); i++ {
		if !known[i] {
			continue
		}
		j := i
		for j+1 < len(passed) && known[j+1] {
			j++
		}
		// Less the least time from junction i on, the times must not fall: pool
		// neighbours that do.
		type pool struct {
			mean float64
			n    int
		}
		var pools []pool
		least := make([]float64, j-i+1)
		for k := i; k <= j; k++ {
			if k > i {
				a := p.arcs[k-1]
				free := walk{p: &Pace{m: t.m, s: FreeFlow(), zone: time.UTC}, a: a, to: t.m.Length[a.Chain()]}
				if a.Backwards() {
					free.from, free.to = free.to, 0
				}
				length := base[k] - base[k-1]
				least[k-i] = least[k-i-1] + min(free.seconds(likely)/hurry, length/anyHurry)
			}
			next := pool{passed[k] - least[k-i], 1}
			for len(pools) > 0 && pools[len(pools)-1].mean > next.mean {
				last := pools[len(pools)-1]
				pools = pools[:len(pools)-1]
				next = pool{(last.mean*float64(last.n) + next.mean*float64(next.n)) / float64(last.n+next.n), last.n + next.n}
			}
			pools = append(pools, next)
		}
		k := i
		for _, x := range pools {
			for range x.n {
				passed[k] = x.mean + least[k-i]
				k++
			}
		}
		i = j
	}
}
