package pace

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider/network"
)

// How the times of several runs over a stretch make a median and a band.
const (
	// fewRuns is the number of runs below which their own spread is not trusted
	// alone.
	fewRuns = 5
	// fewSpread and leastSpread are the least relative standard deviations
	// reckoned with, below fewRuns and from there on.
	fewSpread   = 0.2
	leastSpread = 0.05
	// madToSigma makes a standard deviation of a median absolute deviation, of
	// values that are spread normally.
	madToSigma = 1.4826
	// decile is the distance in standard deviations from the median beyond which
	// one drive in ten lies.
	decile = 1.2816
)

// Placing on another map: how much the length of a stretch may differ.
const (
	lengthSlack = 10.0 // metres
	lengthShare = 0.03 // of the length
	maxPieces   = 64   // chains that a stretch may have been cut into
)

// A Timed is what the runs say of one arc of the map.
type Timed struct {
	Arc    network.ArcID
	Way    int64  // OSM way that the arc begins on
	Road   string // name or number
	Metres float64
	N      int // runs
	// Seconds that the runs took, as driven: median and the quartiles (equal to
	// the median for one run).
	Median, Lower, Upper float64
	FreeFlow             float64   // seconds at the map's free-flow speeds, without a cap
	Last                 time.Time // start of the newest run over it
}

// A timing is one run over one arc.
type timing struct {
	at      time.Time // entering, in the zone of the hours
	seconds float64
	ratio   float64 // seconds to what the speeds expected at that hour without a cap
}

// A timedArc is what the runs over an arc say of it.
type timedArc struct {
	timings []timing
	// factors by class of road met on the arc: one for each cell of its calendar.
	classes []network.RoadClass
	cells   [][]Factors
}

func (t *timedArc) of(class network.RoadClass) []Factors {
	return t.cells[slices.Index(t.classes, class)]
}

// Timed returns what the runs say, arc by arc, in the order of the arcs.
func (p *Pace) Timed() []Timed {
	var all []Timed
	for a, t := range p.timed {
		c := a.Chain()
		length := p.m.Length[c]
		begin := network.Millimetres(0)
		if a.Backwards() {
			begin = length
		}
		free := walk{p: &Pace{m: p.m, s: FreeFlow(), zone: p.zone}, a: a, from: begin, to: length - begin, at: t.timings[0].at}
		took := make([]float64, len(t.timings))
		last := t.timings[0].at
		for i, x := range t.timings {
			took[i] = x.seconds
			if x.at.After(last) {
				last = x.at
			}
		}
		slices.Sort(took)
		all = append(all, Timed{
			Arc: a, Way: entered(p.m, a).Way, Road: p.m.Describe(c, entered(p.m, a).From), Metres: length.Metres(), N: len(took),
			Median: quantile(took, 0.5), Lower: quantile(took, 0.25), Upper: quantile(took, 0.75),
			FreeFlow: free.seconds(likely), Last: last,
		})
	}
	slices.SortFunc(all, func(a, b Timed) int { return cmp.Compare(a.Arc, b.Arc) })
	return all
}

// Unplaced returns how many stretches of the runs given to New do not lie on the
// map: it is of another area, or the road was changed too much.
func (p *Pace) Unplaced() int { return p.unplaced }

// entered returns the interval that an arc begins on.
func entered(m *network.Map, a network.ArcID) network.Interval {
	intervals := m.Intervals(a.Chain())
	if a.Backwards() {
		return intervals[len(intervals)-1]
	}
	return intervals[0]
}

// quantile returns the quantile q of sorted values, linear between them.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// place puts the stretches of runs on the map and works out what they say.
func (p *Pace) place(runs *Runs) {
	if runs == nil || len(runs.list) == 0 {
		return
	}
	p.timed = make(map[network.ArcID]*timedArc)
	find := newPlacer(p.m, runs.list)
	for i := range runs.list {
		r := &runs.list[i]
		for k := range r.Drives {
			d := &r.Drives[k]
			arcs := find.arcs(d)
			if len(arcs) == 0 {
				p.unplaced++
				continue
			}
			p.count(arcs, r.Started.Add(duration(d.After)).In(p.zone), d.Seconds)
		}
	}
	for a, t := range p.timed {
		p.judge(a, t)
	}
}

// count notes a run over arcs that follow one another and were one stretch when
// it was matched. What they took is divided as the speeds expected it.
func (p *Pace) count(arcs []network.ArcID, at time.Time, seconds float64) {
	expected := make([]float64, len(arcs))
	sum := 0.0
	for i, a := range arcs {
		length := p.m.Length[a.Chain()]
		w := walk{p: p, a: a, to: length, at: at.Add(duration(sum))}
		if a.Backwards() {
			w.from, w.to = length, 0
		}
		expected[i] = w.seconds(likely)
		sum += expected[i]
	}
	if sum == 0 {
		return // of no length
	}
	ratio, spent := seconds/sum, 0.0
	for i, a := range arcs {
		t := p.timed[a]
		if t == nil {
			t = new(timedArc)
			p.timed[a] = t
		}
		t.timings = append(t.timings, timing{at: at.Add(duration(spent)), seconds: expected[i] * ratio, ratio: ratio})
		spent += expected[i] * ratio
	}
}

// judge makes factors of the timings of an arc, for each class of road on it and
// each cell of the class's calendar. Runs at hours of the same cell count alone;
// where there are none all do, each in proportion to what the speeds expected at
// its hour, and the band is not narrower than that of the class.
func (p *Pace) judge(a network.ArcID, t *timedArc) {
	for _, iv := range p.m.Intervals(a.Chain()) {
		if slices.Contains(t.classes, iv.Class) {
			continue
		}
		d := &p.s.day[iv.Class]
		factors := make([]Factors, len(d.cells))
		for cell, f := range d.cells {
			var own, all []float64
			for _, x := range t.timings {
				all = append(all, x.ratio)
				if c, _, _ := d.at(x.at); c == cell {
					own = append(own, x.ratio)
				}
			}
			if len(own) > 0 {
				median, z := spread(own)
				factors[cell] = Factors{Fast: f.Likely / median * z, Likely: f.Likely / median, Slow: f.Likely / median / z}
			} else {
				median, z := spread(all)
				factors[cell] = Factors{Fast: max(f.Likely*z, f.Fast) / median, Likely: f.Likely / median, Slow: min(f.Likely/z, f.Slow) / median}
			}
		}
		t.classes, t.cells = append(t.classes, iv.Class), append(t.cells, factors)
	}
}

// spread returns the median of ratios and the factor above 1 by which one drive in
// ten is slower, and one faster.
func spread(ratios []float64) (median, z float64) {
	slices.Sort(ratios)
	median = quantile(ratios, 0.5)
	off := make([]float64, len(ratios))
	for i, x := range ratios {
		off[i] = math.Abs(x - median)
	}
	slices.Sort(off)
	sigma := madToSigma * quantile(off, 0.5) / median
	if len(ratios) < fewRuns {
		sigma = max(sigma, fewSpread)
	}
	return median, 1 + decile*max(sigma, leastSpread)
}

// A placer finds stretches on a map by the ids of OSM objects.
type placer struct {
	m    *network.Map
	node map[int64]network.NodeID // nodes that stretches begin or end at
	way  map[int64][]network.ArcID
	from map[network.NodeID][]network.ArcID // arcs that begin at those nodes
}

func newPlacer(m *network.Map, runs []Run) *placer {
	f := &placer{m: m, node: make(map[int64]network.NodeID), way: make(map[int64][]network.ArcID), from: make(map[network.NodeID][]network.ArcID)}
	ways, nodes := make(map[int64]bool), make(map[int64]bool)
	for i := range runs {
		for k := range runs[i].Drives {
			d := &runs[i].Drives[k]
			ways[d.Way], nodes[d.From], nodes[d.To] = true, true, true
		}
	}
	for n := range m.NodeInfo {
		if id := m.NodeInfo[n].OSM; nodes[id] {
			f.node[id] = network.NodeID(n)
		}
	}
	for c := range network.ChainID(m.NumChains()) {
		for _, a := range [2]network.ArcID{c.Arc(false), c.Arc(true)} {
			if tail := m.ArcTail(a); nodes[m.NodeInfo[tail].OSM] {
				f.from[tail] = append(f.from[tail], a)
			}
		}
		var last int64
		for _, iv := range m.Intervals(c) {
			if iv.Way != last && ways[iv.Way] {
				f.way[iv.Way] = append(f.way[iv.Way], c.Arc(false), c.Arc(true))
			}
			last = iv.Way
		}
	}
	return f
}

// arcs returns the arcs that a stretch is on the map, in order: one, or several
// where new junctions cut it; none if it is not there any more or its length
// differs.
func (f *placer) arcs(d *Drive) []network.ArcID {
	from, ok := f.node[d.From]
	to, there := f.node[d.To]
	if !ok || !there {
		return nil
	}
	best, least := network.ArcID(network.None), math.Inf(1)
	for _, a := range f.from[from] {
		off := math.Abs(f.m.Length[a.Chain()].Metres() - d.Metres)
		if f.m.ArcHead(a) != to || off > slack(d.Metres) {
			continue
		}
		if entered(f.m, a).Way != d.Way {
			off += maxMetres // another way only if there is none of this
		}
		if off < least {
			best, least = a, off
		}
	}
	if best != network.None {
		return []network.ArcID{best}
	}
	return f.along(d, from, to, 0, nil)
}

// along follows arcs of the stretch's way from one node to another.
func (f *placer) along(d *Drive, from, to network.NodeID, driven float64, path []network.ArcID) []network.ArcID {
	if from == to && math.Abs(driven-d.Metres) <= slack(d.Metres) {
		return slices.Clone(path)
	}
	if len(path) == maxPieces {
		return nil
	}
	for _, a := range f.way[d.Way] {
		total := driven + f.m.Length[a.Chain()].Metres()
		if f.m.ArcTail(a) != from || total > d.Metres+slack(d.Metres) || slices.ContainsFunc(path, func(b network.ArcID) bool { return b.Chain() == a.Chain() }) {
			continue
		}
		if found := f.along(d, f.m.ArcHead(a), to, total, append(path, a)); found != nil {
			return found
		}
	}
	return nil
}

func slack(metres float64) float64 { return max(lengthSlack, lengthShare*metres) }
