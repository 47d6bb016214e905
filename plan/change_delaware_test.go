package plan

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// delawareDrives returns three drives from Wilmington to another place: the
// fastest, and ones for which the roads of those before count twice.
func delawareDrives(tb testing.TB, m *network.Map, lat, lon float64) (*legWork, []*itinerary, []outrider.RoutePlan) {
	tb.Helper()
	p := newPlanner(tb, m)
	w := &legWork{planner: p, leg: outrider.Leg{Window: outrider.Window{Earliest: start, Latest: start.Add(time.Hour)}}}
	for _, q := range []geo.Point{geo.PointFromDegrees(39.7459, -75.5466), geo.PointFromDegrees(lat, lon)} {
		loc, err := m.Snap(q, nil, DefaultSnap)
		if err != nil {
			tb.Fatal(err)
		}
		w.stops = append(w.stops, stop{loc: loc, halt: -1})
	}
	w.pass = m.Passage(p.van, p.passageOptions([]network.ChainID{w.stops[0].loc.Chain, w.stops[1].loc.Chain}, nil))
	w.time = timeLane(w.pass)
	other := &lane{search.Metric{Arc: slices.Clone(w.time.Arc), Turn: w.time.Turn}, w.time.part}
	var drives []*itinerary
	var routes []outrider.RoutePlan
	for k := range 3 {
		d, ok := p.through(other, w.stops, nil, unbarred)
		if !ok {
			tb.Fatal("no drive")
		}
		if k == 0 {
			w.fastest = d
		}
		for _, r := range d.runs {
			for _, a := range [2]network.ArcID{r.arc, r.arc.Reverse()} {
				other.Arc[a] = scaled(other.Arc[a], 2)
			}
		}
		drives = append(drives, w.itinerary(d))
		routes = append(routes, outrider.RoutePlan{Name: fmt.Sprint(k)})
	}
	return w, drives, routes
}

func delawareInside(tb testing.TB) *network.Map {
	m, _, err := mapbuild.Build(context.Background(), []string{testdata.Delaware(tb)}, mapbuild.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestDecisionPointsOnDelaware holds the last changes between real routes against
// a plain search forwards from each junction that follows them.
func TestDecisionPointsOnDelaware(t *testing.T) {
	m := delawareInside(t)
	// To Lewes and to Dover; the less time there is, the earlier the last change.
	places := [][3]float64{{38.7746, -75.1393, DefaultDetour}, {38.7746, -75.1393, 1.12}, {39.1582, -75.5244, 1.1}}
	if testing.Short() {
		places = places[:1]
	}
	points, beyond := 0, 0
	for _, place := range places {
		w, drives, routes := delawareDrives(t, m, place[0], place[1])
		w.detour = place[2]
		c := w.newChanger()
		all := c.decisions(context.Background(), drives, routes)
		points += len(all)
		if err := soundDecisions(w, drives, all); err != nil {
			t.Fatal(err)
		}
		for i, a := range drives {
			for j, b := range drives {
				if i == j {
					continue
				}
				costsA, costsB := w.costs(w.time, a.runs), w.costs(w.time, b.runs)
				for _, f := range forks(a.drive, b.drive) {
					x, ok := c.last(a.drive, b.drive, f, f.fromA, costsA, costsB)
					from := f.fromA
					if ok {
						from = x.leave
					}
					for k := from; k < min(f.toA-1, from+6); k++ {
						d := plainChange(w, a.drive, b.drive, f, k, costsB)
						if in := float64(costsA[k]+d) <= w.detour*float64(w.fastest.cost); in != (ok && k == x.leave) || in && d != x.cost {
							t.Fatalf("%+v: the last change is after run %d in %d (%v); a search from run %d takes %d", f, x.leave, x.cost, ok, k, d)
						}
						beyond++
					}
				}
			}
		}
	}
	t.Logf("%d decision points, %d junctions tried", points, beyond)
	if points < 10 || beyond < 15 {
		t.Errorf("only %d decision points, %d junctions tried", points, beyond)
	}
}

// plainChange returns the least time from the end of run k of a over b's part of
// the fork to the destination, by a search forwards for that junction alone.
func plainChange(w *legWork, a, b *drive, f fork, k int, costsB []uint64) uint64 {
	l := search.Metric{Arc: slices.Clone(w.time.Arc), Turn: w.time.Turn}
	for _, r := range slices.Concat(a.runs[k+1:f.endA], b.runs[f.toB:f.endB]) {
		l.Arc[r.arc], l.Arc[r.arc.Reverse()] = search.Unreachable, search.Unreachable
	}
	targets := map[uint32]uint64{}
	for j := f.fromB; j < f.toB; j++ {
		if r := b.runs[j]; r.from == begin(w.m, r.arc) {
			targets[r.state] = uint64(w.time.part(r.arc, r.from, r.to)) + costsB[len(costsB)-1] - costsB[j]
		}
	}
	best := far
	var sources []search.Source
	i, j := w.graph.Turns(a.runs[k].state)
	for ; i < j; i++ {
		s := w.graph.Next(i)
		x := w.arc(s)
		if l.Turn[i] >= search.Unreachable || x == a.runs[k].arc.Reverse() || x.Chain() == a.runs[k+1].arc.Chain() {
			continue
		}
		if rest, ok := targets[s]; ok {
			best = min(best, uint64(l.Turn[i])+rest)
		}
		if l.Arc[x] < search.Unreachable {
			sources = append(sources, search.Source{State: s, Label: l.Turn[i] + l.Arc[x]})
		}
	}
	var tree search.Tree
	w.engine.Forward(l, sources, search.Unreachable-1, &tree)
	for s, rest := range targets {
		if c, _, ok := w.graph.Arrival(l, &tree, search.Target{State: s, Part: 0}); ok {
			best = min(best, uint64(c)+rest)
		}
	}
	return best
}

// BenchmarkChangesDelaware finds the decision points and break-outs of three
// routes from Wilmington to Lewes.
func BenchmarkChangesDelaware(b *testing.B) {
	w, drives, routes := delawareDrives(b, delawareInside(b), 38.7746, -75.1393)
	for k, it := range drives {
		for i := range 12 {
			routes[k].March = append(routes[k].March, outrider.MarchRow{Kind: kindCritical, Odometer: it.odometer[len(it.runs)*(i+1)/14]})
		}
	}
	b.Run("decisions", func(b *testing.B) {
		for b.Loop() {
			w.newChanger().decisions(context.Background(), drives, routes)
		}
	})
	b.Run("break-outs", func(b *testing.B) {
		for b.Loop() {
			w.newChanger().breakOuts(context.Background(), drives, routes)
		}
	})
}
