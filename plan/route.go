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
	odometer []float64 // metres at the beginning of each run, and in all
	// Seconds after the start at the beginning of each run, turns and halts
	// before it included, and at the end of the last.
	begins []float64
	ends   []float64 // at the end of each run
	halts  []float64 // planned halt at the end of each run
}

func (w *legWork) itinerary(d *drive) *itinerary {
	it := &itinerary{w: w, drive: d, odometer: odometers(d), halts: make([]float64, len(d.runs))}
	for k, last := range d.stops {
		if h := w.stops[k+1].halt; h >= 0 {
			it.halts[last] += w.leg.Halts[h].Duration.Seconds()
		}
	}
	clock := uint64(0) // driving milliseconds
	halted := 0.0
	for i, r := range d.runs {
		if i > 0 {
			clock += uint64(w.turnBetween(w.time, d.runs[i-1], r))
			halted += it.halts[i-1]
		}
		it.begins = append(it.begins, float64(clock)/1000+halted)
		clock += uint64(w.time.part(r.arc, r.from, r.to))
		it.ends = append(it.ends, float64(clock)/1000+halted)
	}
	return it
}

// driving returns the seconds of driving, halts excluded.
func (it *itinerary) driving() float64 {
	total := it.ends[len(it.ends)-1]
	for _, h := range it.halts[:len(it.halts)-1] {
		total -= h
	}
	return math.Round(total*1000) / 1000
}

// clock returns the seconds after the start at a position on run i.
func (it *itinerary) clock(i int, at network.Millimetres) float64 {
	r := it.runs[i]
	return it.begins[i] + float64(it.w.time.part(r.arc, r.from, at))/1000
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
	return it.w.leg.Window.Earliest.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond).In(it.w.zone())
}

// route makes the plan's form of a drive, but for the safe havens.
func (it *itinerary) route(name string, primary *drive) outrider.RoutePlan {
	w, d := it.w, it.drive
	r := outrider.RoutePlan{
		Name: name, Length: it.odometer[len(d.runs)], Duration: it.driving(), Halts: w.halts.Seconds(),
		Detour: 1, Shared: 0,
	}
	if w.fastest.cost > 0 {
		r.Detour = r.Duration * 1000 / float64(w.fastest.cost)
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
