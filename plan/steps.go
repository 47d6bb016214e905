package plan

import (
	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

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
