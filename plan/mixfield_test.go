package plan

import (
	"context"
	"math"
	"testing"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/game/reach/check"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// delawareField lays the routes between two places out as a field, with held areas
// of 300 m round both; false where there is no drive.
func delawareField(tb testing.TB, m *network.Map, from, to geo.Point) (f *mixField, o reach.Options, ok bool) {
	tb.Helper()
	p := newPlanner(tb, m)
	w := &legWork{planner: p, leg: outrider.Leg{Window: outrider.Window{Earliest: start, Latest: start}}}
	for _, q := range []geo.Point{from, to} {
		loc, err := m.Snap(q, nil, DefaultSnap)
		if err != nil {
			return nil, o, false
		}
		w.stops = append(w.stops, stop{loc: loc, halt: -1})
	}
	w.pass = m.Passage(p.van, p.passageOptions([]network.ChainID{w.stops[0].loc.Chain, w.stops[1].loc.Chain}, nil))
	w.time = timeLane(w.pass)
	if w.fastest, ok = p.through(w.time, w.stops, nil, unbarred); !ok {
		return nil, o, false
	}
	var err error
	if w.in.Profile, err = hazard.Builtin(); err != nil {
		tb.Fatal(err)
	}
	limit := scaled(w.fastest.cost, DefaultDetour)
	w.choked = w.newChokeSearch(w.time, w.stops, w.fastest, limit+1)
	w.tight = w.choked.within(context.Background(), scaled(w.fastest.cost, slack), nil)
	w.choke = w.chokeStretches(w.tight, w.tight)
	if err := w.expose(); err != nil {
		tb.Fatal(err)
	}
	var inside []network.Stretch
	for _, s := range w.stops {
		g := ground{centre: s.loc.Point, radius: DefaultArea}
		inside = append(inside, g.stretches(m)...)
	}
	sortStretches(inside)
	return w.mixField(inside), reach.Options{Reach: DefaultReach, Step: DefaultReach / 4, Limit: limit, Gap: 0.01}, true
}

var (
	wilmington = geo.PointFromDegrees(39.7459, -75.5466)
	newark     = geo.PointFromDegrees(39.6837, -75.7497)
	dover      = geo.PointFromDegrees(39.1582, -75.5244)
	lewes      = geo.PointFromDegrees(38.7746, -75.1393)
)

// TestMixDelaware holds a mix of real routes against the check, which shares no
// code with what made it.
func TestMixDelaware(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	f, o, ok := delawareField(t, delawareInside(t), wilmington, newark)
	if !ok {
		t.Fatal("no drive")
	}
	x, err := reach.New(&f.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := x.Solve(context.Background(), math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	if m.Upper > 0.3*x.Usual().Worst || m.Lower < 0.8*m.Upper || !m.Complete {
		t.Errorf("the mix is worth %v to %v, complete %v; the usual route %v", m.Lower, m.Upper, m.Complete, x.Usual().Worst)
	}
	few, err := x.Handful(context.Background(), m, 8)
	if err != nil {
		t.Fatal(err)
	}
	for _, mix := range []*reach.Mix{m, few} {
		// The bound is more than a plain search can prove here: it must only not say
		// otherwise.
		r := check.Check(&f.Field, o, mix, 20_000)
		if len(r.Faults) > 0 || r.Upper < mix.Lower {
			t.Errorf("%d routes: %+v", len(mix.Routes), r)
		}
	}
}

// BenchmarkMixDelaware measures usual route, mix and proof across the state, from
// the ready field on.
func BenchmarkMixDelaware(b *testing.B) {
	m := delawareInside(b)
	for _, c := range []struct {
		name string
		to   geo.Point
	}{{"newark", newark}, {"dover", dover}, {"lewes", lewes}} {
		f, o, ok := delawareField(b, m, wilmington, c.to)
		if !ok {
			b.Fatal("no drive")
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				x, err := reach.New(&f.Field, o)
				if err != nil {
					b.Fatal(err)
				}
				mix, err := x.Solve(context.Background(), math.Inf(1))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(mix.Upper, "upper")
				b.ReportMetric(mix.Lower, "lower")
			}
			b.ReportMetric(float64(f.Nodes()), "nodes")
		})
	}
}
