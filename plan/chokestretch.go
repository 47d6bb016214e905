package plan

import (
	"fmt"
	"math"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// A chokeStretch is a run of places that follow one another on the fastest drive
// and that every route within slack of it passes.
type chokeStretch struct {
	first, last int   // places, as numbered on the fastest drive
	runs        []run // its chains; for a junction alone a run of no length at it
	all         bool  // every route within the detour limit passes some of it
	detour      float64
}

func (c chokeStretch) source() string {
	if c.all {
		return fmt.Sprintf("on every route within %g times the fastest", c.detour)
	}
	return fmt.Sprintf("on every route within %g times the fastest", slack)
}

// chokeStretches joins places that follow one another: tight ones, told apart by
// whether every route within the detour limit passes them.
func (w *legWork) chokeStretches(tight, whatever []int) []chokeStretch {
	var out []chokeStretch
	for _, i := range tight {
		all := slices.Contains(whatever, i)
		if n := len(out); n > 0 && out[n-1].last == i-1 && out[n-1].all == all {
			out[n-1].last = i
			continue
		}
		out = append(out, chokeStretch{first: i, last: i, all: all, detour: w.detour})
	}
	for k := range out {
		c := &out[k]
		for i := c.first; i <= c.last; i++ {
			if i%2 == 0 {
				c.runs = append(c.runs, w.fastest.runs[i/2])
			}
		}
		if c.runs == nil {
			r := w.fastest.runs[c.first/2]
			r.from = r.to
			c.runs = []run{r}
		}
	}
	return out
}

// avoidable returns the chokepoints that some route within the detour limit
// misses: what alternates must not share.
func (w *legWork) avoidable(tight, whatever []int) []chokePlace {
	var out []chokePlace
	for _, i := range tight {
		if slices.Contains(whatever, i) {
			continue
		}
		r := w.fastest.runs[i/2]
		if i%2 == 0 {
			out = append(out, chokePlace{ground: r, node: network.None})
		} else {
			out = append(out, chokePlace{node: w.m.ArcHead(r.arc)})
		}
	}
	return out
}

// shared lists the chokepoints that every route within the detour limit passes,
// with their odometer on the primary.
func (w *legWork) shared(primary *drive) []outrider.SharedStretch {
	out := []outrider.SharedStretch{}
	at := odometers(primary)
	for _, c := range w.choke {
		if !c.all {
			continue
		}
		from, to, ok := w.passage(primary, at, c)
		if !ok {
			continue // the primary is longer than the limit: it has to be, if the fastest is weighted ground
		}
		r := c.runs[0]
		q := w.m.PointAt(r.arc.Chain(), r.from)
		out = append(out, outrider.SharedStretch{Road: w.m.Describe(r.arc.Chain(), r.from), Lat: degrees(q.Lat), Lon: degrees(q.Lon), From: from, To: to})
	}
	slices.SortStableFunc(out, func(a, b outrider.SharedStretch) int {
		switch {
		case a.From < b.From:
			return -1
		case a.From > b.From:
			return 1
		}
		return 0
	})
	return out
}

// passage returns from where to where on its odometer a drive passes some of a
// chokepoint.
func (w *legWork) passage(d *drive, at []float64, c chokeStretch) (from, to float64, ok bool) {
	for k, r := range d.runs {
		for _, x := range c.runs {
			if r.arc.Chain() != x.arc.Chain() {
				if x.from != x.to || w.m.ArcHead(r.arc) != w.m.ArcHead(x.arc) || r.to != end(w.m, r.arc) {
					continue
				}
				// A junction alone, passed another way.
				if !ok {
					from = at[k+1]
				}
				to, ok = at[k+1], true
				continue
			}
			lo, hi := max(r.low(), x.low()), min(r.high(), x.high())
			if lo > hi || lo == hi && x.from != x.to {
				continue
			}
			a, b := reading(at[k], r, lo), reading(at[k], r, hi)
			if a > b {
				a, b = b, a
			}
			if !ok {
				from = a
			}
			from, to, ok = min(from, a), max(to, b), true
		}
	}
	return from, to, ok
}

// offset returns the metres from where a run begins to a position on it.
func offset(r run, at network.Millimetres) float64 {
	if r.arc.Backwards() {
		return (r.from - at).Metres()
	}
	return (at - r.from).Metres()
}

// reading returns the odometer at a position on a run that begins at a reading,
// in whole millimetres, so that the same place has the same reading however it is
// come by.
func reading(begins float64, r run, at network.Millimetres) float64 {
	return math.Round((begins+offset(r, at))*1000) / 1000
}

// odometers returns the metres driven at the beginning of each run, and in all.
func odometers(d *drive) []float64 {
	out := make([]float64, 1, len(d.runs)+1)
	total := uint64(0)
	for _, r := range d.runs {
		total += uint64(r.high() - r.low())
		out = append(out, float64(total)/1000)
	}
	return out
}
