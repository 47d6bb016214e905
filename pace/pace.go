// Package pace says how fast a column really gets along: free-flow speeds by the
// map, times factors by class of road and hour, and replaced by what timed
// reconnaissance runs took.
package pace

import (
	"time"

	"github.com/outrider-project/outrider/network"
)

// Took is how long something takes in seconds: if all goes fast, as is likely,
// and if all goes slowly. Fast <= Likely <= Slow.
type Took struct{ Fast, Likely, Slow float64 }

// A Pace is what speeds and runs say of one map. It does not change and may be
// shared by any number of goroutines.
type Pace struct {
	m        *network.Map
	s        *Speeds
	zone     *time.Location
	timed    map[network.ArcID]*timedArc // nil while they are being worked out, and without runs
	unplaced int
}

// New puts speeds and runs on a map. Hours are those of zone. s may be nil, which
// is free flow; runs may be nil. All runs given count: Runs.InForce leaves out
// those that are too old. It takes time linear in the stretches of the runs and,
// if there are any, in the chains of the map.
func New(m *network.Map, s *Speeds, runs *Runs, zone *time.Location) *Pace {
	if s == nil || s.day[0].cells == nil {
		s = FreeFlow()
	}
	if zone == nil {
		zone = time.UTC
	}
	p := &Pace{m: m, s: s, zone: zone}
	p.place(runs)
	return p
}

// Part returns how long the head of a column takes for the part of an arc
// between two positions of its chain, in the direction of travel, when it gets
// there at a time; timed is the metres of it that rest on timed runs. Nothing is
// faster than the cap of pass (PassageOptions.MaxKMH). ok is false where pass
// does not let the column through, as with Passage.PartMillis.
//
// At every place and moment the speed is the lesser of the cap and the free-flow
// speed times a factor; factors change at the borders of hours, also on the way.
// So whoever leaves later never arrives earlier, in each of the three cases. It
// allocates nothing.
func (p *Pace) Part(pass *network.Passage, a network.ArcID, from, to network.Millimetres, at time.Time) (took Took, timed float64, ok bool) {
	if pass.PartMillis(a, from, to) == network.Unreachable {
		return Took{}, 0, false
	}
	w := walk{p: p, a: a, from: from, to: to, at: at.In(p.zone), runs: p.timed[a], limit: float64(pass.Options().MaxKMH)}
	if w.runs != nil {
		timed = (max(from, to) - min(from, to)).Metres()
	}
	took = Took{Fast: w.seconds(fast), Likely: w.seconds(likely), Slow: w.seconds(slow)}
	return took, timed, true
}

// An outcome is how things go: one of the three cases of Took.
type outcome uint8

const (
	fast outcome = iota
	likely
	slow
)

func (f Factors) of(o outcome) float64 {
	switch o {
	case fast:
		return f.Fast
	case slow:
		return f.Slow
	default:
		return f.Likely
	}
}

// A walk goes along a part of an arc.
type walk struct {
	p        *Pace
	a        network.ArcID
	from, to network.Millimetres
	at       time.Time // in the zone of the hours
	runs     *timedArc // nil: factors by class alone
	limit    float64   // km/h; 0 is none
}

// seconds returns how long the walk takes in one case.
func (w *walk) seconds(o outcome) float64 {
	m, c := w.p.m, w.a.Chain()
	intervals := m.Intervals(c)
	lo, hi := min(w.from, w.to), max(w.from, w.to)
	now, spent := w.at, 0.0 // spent is the time since w.at
	for i := range intervals {
		k := i
		if w.a.Backwards() {
			k = len(intervals) - 1 - i
		}
		iv, end := &intervals[k], m.Length[c]
		if k+1 < len(intervals) {
			end = intervals[k+1].From
		}
		begin, end := max(lo, iv.From), min(hi, end)
		if begin >= end {
			continue
		}
		free := float64(iv.SpeedForward)
		if w.a.Backwards() {
			free = float64(iv.SpeedBackward)
		}
		left := (end - begin).Metres()
		d := &w.p.s.day[iv.Class]
		for {
			cell, until, ends := d.at(now)
			speed := free * w.factor(iv.Class, cell, o)
			if w.limit > 0 {
				speed = min(speed, w.limit)
			}
			need := left * 3.6 / speed
			if !ends {
				spent += need
				now = w.at.Add(duration(spent))
				break
			}
			// Borders are exact times, so that none is met twice.
			border := until.Sub(w.at).Seconds()
			if spent+need < border {
				spent += need
				now = w.at.Add(duration(spent))
				if !now.Before(until) {
					now = until
				}
				break
			}
			left = max(left-(border-spent)*speed/3.6, 0)
			spent, now = max(border, spent), until
		}
	}
	return spent
}

// factor returns the factor on the free-flow speed.
func (w *walk) factor(class network.RoadClass, cell int, o outcome) float64 {
	if w.runs != nil {
		return w.runs.of(class)[cell].of(o)
	}
	return w.p.s.day[class].cells[cell].of(o)
}

// duration makes a duration of seconds, which are at most some years here.
func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
