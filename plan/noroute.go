package plan

import (
	"context"
	"fmt"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// trial is one way of asking whether there is a route.
type trial struct {
	van network.Vehicle
	o   network.PassageOptions
}

// whyNoRoute finds out what stands in the way by giving up one limit after the
// other, and how much of it has to be given up.
func (p *planner) whyNoRoute(ctx context.Context, w *legWork, ends []network.ChainID, found []network.Stretch) error {
	full := p.passageOptions(ends, found)
	open := func(t trial) bool {
		if ctx.Err() != nil {
			return false // and the failure below is that of ctx
		}
		_, ok := p.through(timeLane(p.m.Passage(t.van, t.o)), w.stops, nil, unbarred)
		return ok
	}
	fail := func(cause, remedy string) error {
		if err := interrupted(ctx); err != nil {
			return err
		}
		to := w.stops[len(w.stops)-1]
		return &outrider.Error{Kind: outrider.NoRoute, Where: w.name, Cause: "no route for this convoy from " + w.stops[0].label + " to " + to.label + ": " + cause, Remedy: remedy}
	}
	// Ground that must not be entered.
	for i, c := range p.closed {
		o := full
		o.Closed = slices.Clone(found)
		for k, other := range p.closed {
			if k != i {
				o.Closed = append(o.Closed, other.stretch...)
			}
		}
		if open(trial{van: p.van, o: o}) {
			return fail("the "+c.why+" closes every way", "make it smaller, give it a weight instead of forbidding it, or allow it")
		}
	}
	if len(found) > 0 {
		if open(trial{van: p.van, o: p.passageOptions(ends, nil)}) {
			return fail(fmt.Sprintf("findings close every way (%d stretches)", len(found)), "move at another time, or have the closures surveyed again")
		}
	}
	// The size of the convoy.
	for _, d := range dimensions {
		if d.of(&p.van) == 0 {
			continue
		}
		v := p.van
		d.set(&v, 0)
		if !open(trial{van: v, o: full}) {
			continue
		}
		most, ok := p.greatest(d, full, open)
		cause := fmt.Sprintf("%s %s is over the limit on every way", d.name, d.text(d.of(&p.van)))
		if ok {
			return fail(cause+"; with "+d.text(most)+" there is one", "send the vehicles that are over it another way or by other means")
		}
		return fail(cause, "correct the "+d.name+" or use another vehicle")
	}
	// What the movement does not want.
	var all trial
	all.van, all.o = network.Vehicle{Classes: p.van.Classes}, p.passageOptions(ends, nil)
	all.o.Closed, all.o.Private, all.o.NoFerries = nil, true, false
	if full.NoFerries {
		o := full
		o.NoFerries = false
		if open(trial{van: p.van, o: o}) {
			return fail("every way takes a ferry", "allow ferries")
		}
	}
	if !full.Private {
		o := full
		o.Private = true
		if open(trial{van: p.van, o: o}) {
			return fail("every way uses a private road", "allow private roads at the ends")
		}
	}
	// Classes of vehicle, one by one.
	for c := network.Car; network.AllClasses.Has(c); c++ {
		if !p.van.Classes.Has(c) || p.van.Classes == 1<<c {
			continue
		}
		v := p.van
		v.Classes &^= 1 << c
		if open(trial{van: v, o: full}) {
			return fail("every way is closed to vehicles of class "+c.String(), "send these vehicles another way")
		}
	}
	if open(all) {
		return fail("limits, closures and constraints together close every way; none of them alone does", "relax several of them, closures and dimensions first")
	}
	v := all
	v.van = network.Vehicle{Classes: 1 << network.Car}
	if p.van.Classes != v.van.Classes && open(v) {
		return fail("every way is closed to some class of vehicle in the convoy; there is one for cars", "send the other vehicles another way")
	}
	for k := 1; k < len(w.stops); k++ {
		a, b := w.stops[k-1], w.stops[k]
		if _, ok := p.through(timeLane(p.m.Passage(all.van, all.o)), []stop{a, b}, nil, unbarred); !ok {
			cause := fmt.Sprintf("the road network does not lead from %s (%s) to %s (%s)", a.label, p.m.Describe(a.loc.Chain, a.loc.At), b.label, p.m.Describe(b.loc.Chain, b.loc.At))
			if s, ok := onIsland(a, b); ok {
				cause += "; " + s.label + " lies on a part that is cut off from the main network"
			}
			return fail(cause, "move the place to another road, or build the map from an extract that reaches farther")
		}
	}
	return fail("at a place in between the convoy cannot turn to where it must go next", "move the via, halt or must-pass place along its road, or to the other carriageway")
}

// onIsland returns the first of two stops that is cut off from the main network.
func onIsland(a, b stop) (stop, bool) {
	if a.loc.Island {
		return a, true
	}
	return b, b.loc.Island
}

// A dimension is one that limits apply to.
type dimension struct {
	name string
	of   func(*network.Vehicle) uint32
	set  func(*network.Vehicle, uint32)
	lim  func(*network.Limits) uint32
	text func(uint32) string
}

func metresText(cm uint32) string { return fmt.Sprintf("%g m", float64(cm)/100) }
func tonnesText(kg uint32) string { return fmt.Sprintf("%g t", float64(kg)/1000) }

var dimensions = []dimension{
	{"height", func(v *network.Vehicle) uint32 { return uint32(v.HeightCM) }, func(v *network.Vehicle, x uint32) { v.HeightCM = uint16(x) }, func(l *network.Limits) uint32 { return uint32(l.HeightCM) }, metresText},
	{"mass", func(v *network.Vehicle) uint32 { return v.WeightKG }, func(v *network.Vehicle, x uint32) { v.WeightKG = x }, func(l *network.Limits) uint32 { return l.WeightKG }, tonnesText},
	{"axle load", func(v *network.Vehicle) uint32 { return v.AxleKG }, func(v *network.Vehicle, x uint32) { v.AxleKG = x }, func(l *network.Limits) uint32 { return l.AxleKG }, tonnesText},
	{"width", func(v *network.Vehicle) uint32 { return uint32(v.WidthCM) }, func(v *network.Vehicle, x uint32) { v.WidthCM = uint16(x) }, func(l *network.Limits) uint32 { return uint32(l.WidthCM) }, metresText},
	{"vehicle length", func(v *network.Vehicle) uint32 { return uint32(v.LengthCM) }, func(v *network.Vehicle, x uint32) { v.LengthCM = uint16(x) }, func(l *network.Limits) uint32 { return uint32(l.LengthCM) }, metresText},
}

// greatest finds the greatest value of a dimension, among the limits on the map,
// with which there is a route.
func (p *planner) greatest(d dimension, o network.PassageOptions, open func(trial) bool) (uint32, bool) {
	var values []uint32
	for i := range p.m.Limits {
		if x := d.lim(&p.m.Limits[i]); x > 0 && x < d.of(&p.van) {
			values = append(values, x)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	lo, hi := 0, len(values) // the values below lo give a route, those from hi on do not
	for lo < hi {
		mid := (lo + hi) / 2
		v := p.van
		d.set(&v, values[mid])
		if open(trial{van: v, o: o}) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, false
	}
	return values[lo-1], true
}
