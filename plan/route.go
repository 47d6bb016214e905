package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// An itinerary is a drive with its clock and odometer.
type itinerary struct {
	w *legWork
	*drive
	start    time.Time // of the head
	odometer []float64 // metres at the beginning of each run, and in all
	// Seconds after the start at the beginning of each run, turns and halts
	// before it included, and at the end of it; as is likely.
	courses [courses]clock
	begins  []float64
	ends    []float64
	halts   []float64 // planned halt at the end of each run
	timed   float64   // metres whose time comes from timed runs
}

// itinerary lays the clock along a drive that begins at the earliest start.
func (w *legWork) itinerary(d *drive) *itinerary { return w.itineraryAt(d, w.leg.Window.Earliest) }

func (w *legWork) itineraryAt(d *drive, start time.Time) *itinerary {
	it := &itinerary{w: w, drive: d, start: start, odometer: odometers(d), halts: make([]float64, len(d.runs))}
	for k, last := range d.stops {
		if h := w.stops[k+1].halt; h >= 0 {
			it.halts[last] += w.leg.Halts[h].Duration.Seconds()
		}
	}
	for c := range courses {
		if c != likely && w.pace == nil {
			it.courses[c] = it.courses[likely]
			continue
		}
		var timed float64
		it.courses[c], timed = w.clockOf(w.pass, w.time, d.runs, it.halts, start, c)
		if c == likely {
			it.timed = timed
		}
	}
	it.begins, it.ends = it.courses[likely].begins, it.courses[likely].ends
	return it
}

// total returns the seconds from the start to the end, halts included.
func (it *itinerary) total(c course) float64 { return it.courses[c].ends[len(it.runs)-1] }

// driving returns the likely seconds of driving, halts excluded.
func (it *itinerary) driving() float64 { return it.drivingBy(likely) }

func (it *itinerary) drivingBy(c course) float64 {
	total := it.total(c)
	for _, h := range it.halts[:len(it.halts)-1] {
		total -= h
	}
	return math.Round(total*1000) / 1000
}

// clock returns the likely seconds after the start at a position on run i.
func (it *itinerary) clock(i int, at network.Millimetres) float64 { return it.clockBy(likely, i, at) }

// clockBy returns the seconds after the start at a position on run i.
func (it *itinerary) clockBy(c course, i int, at network.Millimetres) float64 {
	r, begins := it.runs[i], it.courses[c].begins[i]
	s, _ := it.w.took(it.w.pass, r.arc, r.from, at, after(it.start, begins), c)
	return begins + s
}

// at returns the run and position at an odometer reading.
func (it *itinerary) at(metres float64) (i int, at network.Millimetres) {
	i, found := slices.BinarySearch(it.odometer, metres)
	if !found {
		i--
	}
	i = min(max(i, 0), len(it.runs)-1)
	return i, it.runs[i].along(max(metres-it.odometer[i], 0))
}

// reading returns the odometer at a position on run i.
func (it *itinerary) reading(i int, at network.Millimetres) float64 {
	return reading(it.odometer[i], it.runs[i], at)
}

// head returns when the head is at an odometer reading, at the earliest start.
func (it *itinerary) head(metres float64) time.Time {
	i, at := it.at(metres)
	return it.when(it.clock(i, at))
}

func (it *itinerary) when(seconds float64) time.Time {
	return after(it.start, seconds).In(it.w.zone())
}

// route makes the plan's form of a drive, but for the safe havens.
func (it *itinerary) route(name string, primary *drive) outrider.RoutePlan {
	w, d := it.w, it.drive
	r := outrider.RoutePlan{
		Name: name, Length: it.odometer[len(d.runs)], Duration: it.driving(), Halts: w.halts.Seconds(),
		Early: it.drivingBy(fast), Late: it.drivingBy(slow), TimedM: it.timed, Detour: 1, BreakOut: []outrider.BreakOut{},
	}
	if w.fastest.cost > 0 { // at the speeds of one time, as routes are compared
		r.Detour = float64(w.cost(w.time, d.runs)) / float64(w.fastest.cost)
	}
	if l := length(d); l > 0 {
		r.Shared = sharedLength(d, primary) / l
	}
	r.Points, r.Times, r.Odometer = it.geometry()
	r.Steps = it.steps()
	r.Hazards = it.hazards()
	it.measure(&r)
	r.March = it.march(r.Hazards)
	return r
}

// geometry returns the line driven, with the head's clock and the odometer at
// each point. A stop with a halt stands twice: on arrival and on leaving.
func (it *itinerary) geometry() (line []outrider.LatLon, times, metres []float64) {
	m := it.w.m
	var last point
	add := func(q point, t, at float64, always bool) {
		if len(line) > 0 && q == last && !always {
			times[len(times)-1] = max(times[len(times)-1], t)
			metres[len(metres)-1] = at
			return
		}
		last = q
		line, times, metres = append(line, latLon(q)), append(times, t), append(metres, at)
	}
	for i, r := range it.runs {
		c := r.arc.Chain()
		halted := i > 0 && it.halts[i-1] > 0
		if i == 0 || halted {
			add(m.PointAt(c, r.from), it.begins[i], it.odometer[i], halted)
		}
		vertices, ats := m.Vertices(c)
		for k := range vertices {
			if r.arc.Backwards() {
				k = len(vertices) - 1 - k
			}
			if at := ats[k]; at > r.low() && at < r.high() {
				add(vertices[k], it.clock(i, at), it.reading(i, at), false)
			}
		}
		add(m.PointAt(c, r.to), it.ends[i], it.odometer[i+1], false)
	}
	if len(line) == 1 { // a drive of no length still has two ends
		add(last, times[0], metres[0], true)
	}
	return line, times, metres
}

// measure fills in the exposure of a route: the greatest p, Λ with its parts,
// and the stretches of constant p. Ground in secured areas does not count.
func (it *itinerary) measure(out *outrider.RoutePlan) {
	w := it.w
	profile := w.in.Profile
	var parts hazard.Parts
	for i, r := range it.runs {
		for _, s := range w.outside(r) {
			w.exposure.AddParts(&parts, r.arc, s.From, s.To)
			out.Lambda += w.exposure.Lambda(r.arc, s.From, s.To)
			for x := range w.exposure.Along(r.arc, s.From, s.To) {
				from, to := it.reading(i, x.From), it.reading(i, x.To)
				if from > to {
					from, to = to, from
				}
				out.MaxP = max(out.MaxP, x.P)
				if n := len(out.Exposure); n > 0 && out.Exposure[n-1].P == x.P && math.Abs(out.Exposure[n-1].To-from) < 0.002 {
					out.Exposure[n-1].To = to
					continue
				}
				out.Exposure = append(out.Exposure, outrider.ExposureBand{From: from, To: to, P: x.P, Band: profile.Band(x.P)})
			}
		}
	}
	if out.Exposure == nil { // all of it in secured areas, or of no length
		out.Exposure = []outrider.ExposureBand{}
	} else {
		out.MaxPBand = profile.Band(out.MaxP)
	}
	out.Parts = []outrider.ExposurePart{}
	for k, x := range parts {
		if x.Metres > 0 && (x.Lambda > 0 || x.MaxP > 0) {
			out.Parts = append(out.Parts, outrider.ExposurePart{Kind: hazard.Kind(k).String(), Lambda: x.Lambda, MaxP: x.MaxP, Metres: x.Metres})
		}
	}
	slices.SortStableFunc(out.Parts, func(a, b outrider.ExposurePart) int {
		return cmp.Or(cmp.Compare(b.Lambda, a.Lambda), cmp.Compare(b.MaxP, a.MaxP), cmp.Compare(a.Kind, b.Kind))
	})
}

// outside returns the parts of a run outside secured areas, in the direction of
// travel.
func (w *legWork) outside(r run) []network.Stretch {
	free := []network.Stretch{{Chain: r.arc.Chain(), From: r.low(), To: r.high()}}
	for _, s := range onChain(w.inside, r.arc.Chain()) {
		var next []network.Stretch
		for _, f := range free {
			x, y, ok := overlap(s, f.From, f.To)
			if !ok {
				next = append(next, f)
				continue
			}
			if f.From < x {
				next = append(next, network.Stretch{Chain: f.Chain, From: f.From, To: x})
			}
			if y < f.To {
				next = append(next, network.Stretch{Chain: f.Chain, From: y, To: f.To})
			}
		}
		free = next
	}
	if r.arc.Backwards() {
		slices.Reverse(free)
	}
	return slices.DeleteFunc(free, func(s network.Stretch) bool { return s.From >= s.To })
}

// turnWord says in words by how much one bearing turns into another.
func turnWord(from, to float64) string {
	turn := math.Mod(to-from+540, 360) - 180
	side := "right"
	if turn < 0 {
		side = "left"
	}
	switch a := math.Abs(turn); {
	case a < 20:
		return "straight on"
	case a < 50:
		return "bear " + side
	case a < 120:
		return side
	case a < 170:
		return "sharp " + side
	}
	return "turn back"
}

// look is how many metres a bearing is taken over, so that a kink in the drawing
// of a junction does not count as the turn.
const look = 15

// leaving and arriving return the bearing of travel just after and just before a
// position on run i.
func (it *itinerary) leaving(i int, at network.Millimetres) float64 {
	r := it.runs[i]
	return it.direction(r, at, r.along(min(offset(r, at)+look, r.length())))
}

func (it *itinerary) arriving(i int, at network.Millimetres) float64 {
	r := it.runs[i]
	return it.direction(r, r.along(max(offset(r, at)-look, 0)), at)
}

func (it *itinerary) direction(r run, from, to network.Millimetres) float64 {
	m := it.w.m
	a, b := m.PointAt(r.arc.Chain(), from), m.PointAt(r.arc.Chain(), to)
	if a == b {
		return m.Bearing(r.arc, from)
	}
	return geo.Bearing(a, b)
}

// along returns the position some metres after the beginning of the run.
func (r run) along(metres float64) network.Millimetres {
	d := min(network.Millimetres(math.Round(metres*1000)), r.high()-r.low())
	if r.arc.Backwards() {
		return r.from - d
	}
	return r.from + d
}

// A part is a stretch of a drive on one interval: one OSM way.
type part struct {
	run      int
	from, to network.Millimetres
	way      int64
	road     string
	round    bool // on a roundabout
	private  bool
}

// parts cuts a drive at the borders of intervals.
func (it *itinerary) parts() []part {
	m := it.w.m
	var out []part
	for i, r := range it.runs {
		c := r.arc.Chain()
		private := m.ArcAccess[r.arc].Worst(it.w.van.Classes) == network.Private
		all := m.Intervals(c)
		for k := range all {
			j := k
			if r.arc.Backwards() {
				j = len(all) - 1 - k
			}
			hi := m.Length[c]
			if j+1 < len(all) {
				hi = all[j+1].From
			}
			from, to := max(all[j].From, r.low()), min(hi, r.high())
			if from > to || from == to && r.low() != r.high() {
				continue
			}
			if r.arc.Backwards() {
				from, to = to, from
			}
			out = append(out, part{i, from, to, all[j].Way, m.Describe(c, all[j].From), all[j].Flags&network.Roundabout != 0, private})
			if r.low() == r.high() {
				break // a run of no length lies on one interval
			}
		}
	}
	return out
}

// steps makes the list of roads: a step begins where the road's name or number
// changes. A roundabout belongs to the road that it is left by.
func (it *itinerary) steps() []outrider.Step {
	all := it.parts()
	road := ""
	rounded := make([]bool, len(all)+1) // the road of part i is reached by a roundabout
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].round && road != "" {
			all[i].road = road
			rounded[i] = true
		}
		road = all[i].road
	}
	var out []outrider.Step
	for i, x := range all {
		begin := it.reading(x.run, x.from)
		last := len(out) - 1
		if last < 0 || out[last].Road != x.road || out[last].Private != x.private {
			step := outrider.Step{Road: x.road, From: begin, Turn: "start", Private: x.private}
			if i > 0 {
				before := all[i-1]
				step.Turn = turnWord(it.arriving(before.run, before.to), it.leaving(x.run, x.from))
				if rounded[i] {
					step.Turn = "at the roundabout"
				}
			}
			out = append(out, step)
			last++
		}
		s := &out[last]
		s.Length = it.reading(x.run, x.to) - s.From
		s.Duration += it.clock(x.run, x.to) - it.clock(x.run, x.from)
		if n := len(s.Ways); n == 0 || s.Ways[n-1] != x.way {
			s.Ways = append(s.Ways, x.way)
		}
	}
	return absorbed(out)
}

// brief is the length in metres below which a change of name on the way straight
// on is not worth a step: numbers that two roads share for a few metres.
const brief = 100

// absorbed joins brief steps to the one before.
func absorbed(steps []outrider.Step) []outrider.Step {
	var out []outrider.Step
	for _, x := range steps {
		n := len(out)
		if n == 0 || x.Private != out[n-1].Private || x.Turn != "straight on" || x.Length >= brief && x.Road != out[n-1].Road {
			out = append(out, x)
			continue
		}
		last := &out[n-1]
		last.Length += x.Length
		last.Duration += x.Duration
		for _, way := range x.Ways {
			if last.Ways[len(last.Ways)-1] != way {
				last.Ways = append(last.Ways, way)
			}
		}
	}
	return out
}
