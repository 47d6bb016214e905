package plan

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
	"pgregory.net/rapid"
)

// oracleFrom returns the least time from the end of a state's arc to a place by
// Bellman-Ford, and the greatest number of metres that a way of that time has and
// the least.
func (p *planner) oracleFrom(l *lane, from uint32, to network.Location) (best uint64, least, most float64) {
	type label struct {
		time        uint64
		least, most float64
	}
	labels := make([]label, p.graph.States())
	for s := range labels {
		labels[s].time = far
	}
	merge := func(x *label, y label) bool {
		switch {
		case y.time < x.time:
			*x = y
		case y.time == x.time && y.time < far && (y.least < x.least-1e-9 || y.most > x.most+1e-9):
			x.least, x.most = min(x.least, y.least), max(x.most, y.most)
		default:
			return false
		}
		return true
	}
	labels[from] = label{}
	end := label{time: far}
	for round := 0; round < len(labels)+2; round++ {
		changed := false
		for s := range uint32(len(labels)) {
			if labels[s].time >= far {
				continue
			}
			i, j := p.graph.Turns(s)
			for ; i < j; i++ {
				if l.Turn[i] >= search.Unreachable {
					continue
				}
				t := p.graph.Next(i)
				a := p.arc(t)
				at := labels[s].time + uint64(l.Turn[i])
				if a.Chain() == to.Chain {
					if part := l.part(a, begin(p.m, a), to.At); part < search.Unreachable {
						metres := run{arc: a, from: begin(p.m, a), to: to.At}.length()
						merge(&end, label{at + uint64(part), labels[s].least + metres, labels[s].most + metres})
					}
				}
				if l.Arc[a] < search.Unreachable {
					metres := p.m.Length[a.Chain()].Metres()
					changed = merge(&labels[t], label{at + uint64(l.Arc[a]), labels[s].least + metres, labels[s].most + metres}) || changed
				}
			}
		}
		if !changed {
			break
		}
	}
	return end.time, end.least, end.most
}

// TestTurningBackEqualsOracle looks for the way back from every junction of a
// drive by itself and picks the places from the list.
func TestTurningBackEqualsOracle(t *testing.T) {
	dir := t.TempDir()
	var latest, equal, fuel, nowhere int
	rapid.Check(t, func(t *rapid.T) {
		m := buildIn(t, dir, drawStreets(t))
		p := newPlanner(t, m)
		p.column.PassTime = rapid.Float64Range(0, 20).Draw(t, "pass")
		stops := drawStops(t, m, rapid.IntRange(2, 3).Draw(t, "stops"))
		w, ok := workOf(p, stops)
		if !ok || w.fastest.cost == 0 {
			return
		}
		if len(stops) > 2 {
			w.leg.Halts = []outrider.Halt{{Duration: time.Minute, Reason: rapid.SampledFrom([]string{"rest", "fuel"}).Draw(t, "reason")}}
			stops[1].halt = 0
		}
		it := w.itinerary(w.fastest)
		there := it.total(likely)
		w.leg.BackBy = start.Add(seconds(math.Floor(rapid.SampledFrom([]float64{-0.1, 0.3, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2.2}).Draw(t, "back by") * (there + p.column.PassTime))))
		p.column.FuelKM = rapid.Float64Range(0, 5).Draw(t, "fuel")
		got := w.turningBack(it)

		type place struct{ odometer, back, on, least, most, head float64 }
		places := []place{{on: it.driving()}}
		for i, r := range it.runs {
			if r.to != end(m, r.arc) || it.odometer[i+1] == 0 {
				continue
			}
			back, least, most := p.oracleFrom(w.time, r.state, stops[0].loc)
			if back >= far {
				continue
			}
			halted := 0.0
			for k, last := range it.stops {
				if last < i && stops[k+1].halt >= 0 {
					halted += w.leg.Halts[stops[k+1].halt].Duration.Seconds()
				}
			}
			places = append(places, place{it.odometer[i+1], float64(back) / 1000, it.driving() - (it.ends[i] - halted), least, most, it.ends[i]})
		}
		ways, fromEnd := w.waysBack(it)
		if len(ways) != len(places) {
			t.Fatalf("%d ways back, by the oracle %d", len(ways), len(places))
		}
		for k, b := range ways {
			x := places[k]
			if b.seconds != x.back || b.metres < x.least-0.001 || b.metres > x.most+0.001 {
				t.Fatalf("from %g m back in %g s, %g m; by the oracle %g s, %g to %g m", x.odometer, b.seconds, b.metres, x.back, x.least, x.most)
			}
		}
		endBack := p.oracle(w.time, []stop{stops[len(stops)-1], stops[0]}, unbarred, noArc, noTurn)
		if (fromEnd == nil) != (endBack >= far) || fromEnd != nil && fromEnd.seconds != float64(endBack)/1000 {
			t.Fatalf("back from the destination %+v, by the oracle %d", fromEnd, endBack)
		}
		check := func(what string, got *outrider.TurnPlace, fits func(place, wayBack) bool) bool {
			last := -1
			for k, x := range places {
				if fits(x, ways[k]) {
					last = k
				}
			}
			if (last < 0) != (got == nil) {
				t.Fatalf("%s: %+v, by the list %d of %+v", what, got, last, places)
			}
			if got == nil {
				return false
			}
			x := places[last]
			if math.Abs(got.Odometer-x.odometer) > 1e-6 || got.Back != x.back || math.Abs(got.On-x.on) > 0.002 || math.Abs(got.Head.Sub(start).Seconds()-x.head) > 0.002 {
				t.Fatalf("%s: %+v, by the list %+v", what, got, x)
			}
			return true
		}
		limit := w.leg.BackBy.Sub(start).Seconds()
		total := it.total(likely)
		if fromEnd != nil && total+fromEnd.seconds+p.column.PassTime <= limit-0.002 {
			if got.Latest != nil || got.Never {
				t.Fatalf("the column can turn back anywhere, but %+v, never %v", got.Latest, got.Never)
			}
		} else if fromEnd == nil || total+fromEnd.seconds+p.column.PassTime > limit+0.002 {
			// Nearer to the limit than rounding may go either way.
			for _, x := range places {
				if math.Abs(x.head+x.back+p.column.PassTime-limit) < 0.003 {
					return
				}
			}
			if check("latest", got.Latest, func(x place, _ wayBack) bool { return x.head+x.back+p.column.PassTime <= limit }) {
				latest++
			} else {
				nowhere++
			}
			if got.Never != (got.Latest == nil) {
				t.Fatalf("latest place %+v, but never is %v", got.Latest, got.Never)
			}
		}
		for _, x := range places {
			if math.Abs(x.back-x.on) < 0.003 {
				return
			}
		}
		if check("equal time", got.EqualTime, func(x place, _ wayBack) bool { return x.back <= x.on }) {
			equal++
		}
		if p.column.FuelKM == 0 {
			return
		}
		since := func(odometer float64) float64 {
			if len(stops) > 2 && w.leg.Halts[0].Reason == "fuel" {
				if at := it.odometer[it.stops[0]+1]; at <= odometer {
					return odometer - at
				}
			}
			return odometer
		}
		if fromEnd == nil || since(it.odometer[len(it.runs)])+fromEnd.metres > p.column.FuelKM*1000 {
			if check("fuel", got.NoReturn, func(x place, b wayBack) bool { return since(x.odometer)+b.metres <= p.column.FuelKM*1000 }) {
				fuel++
			}
			if got.FuelNever != (got.NoReturn == nil) {
				t.Fatalf("point of no return %+v, but never is %v", got.NoReturn, got.FuelNever)
			}
		} else if got.NoReturn != nil || got.FuelNever {
			t.Fatalf("the fuel lasts, but %+v", got.NoReturn)
		}
	})
	t.Logf("%d latest places, %d with none, %d of equal time, %d by fuel", latest, nowhere, equal, fuel)
	if !testing.Short() && (latest < 5 || equal < 10 || fuel < 5) {
		t.Error("the towns are too poor to prove anything")
	}
}

// TestTurningBackByLastLight leaves the hour to the sun.
func TestTurningBackByLastLight(t *testing.T) {
	m := build(t, town())
	at := func(leaves time.Time) outrider.TurningBack {
		mv := lorry(3)
		mv.Legs[0].Window = outrider.Window{Earliest: leaves, Latest: leaves}
		p := planned(t, inputOf(t, m, mv, nil))
		return p.Legs[0].Turning
	}
	day := at(start)
	// 40° N, 10° E on 23 November: civil twilight ends at about 17:07 local mean time.
	want := time.Date(2026, 11, 23, 16, 27, 0, 0, time.UTC)
	if day.Why != whyLastLight || day.BackBy.Sub(want).Abs() > 3*time.Minute || day.FuelWhy != "no fuel range is known" {
		t.Errorf("%+v", day)
	}
	if night := at(start.Add(10 * time.Hour)); !night.BackBy.IsZero() || night.Latest != nil || !strings.Contains(night.Why, "after last light") {
		t.Errorf("%+v", night)
	}
}

// planned makes a plan that must be there.
func planned(t *testing.T, in Input) *outrider.Plan {
	t.Helper()
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDaylightOfALeg drives into the dusk.
func TestDaylightOfALeg(t *testing.T) {
	m := build(t, town())
	for name, c := range map[string]struct {
		after time.Duration
		in    string
		dark  func(driven, dark float64) bool
	}{
		"morning": {0, "daylight", func(_, dark float64) bool { return dark == 0 }},
		"dusk":    {6*time.Hour + 55*time.Minute, "twilight", func(_, dark float64) bool { return dark == 0 }},
		"night":   {10 * time.Hour, "dark", func(driven, dark float64) bool { return math.Abs(driven-dark) < 0.01 }},
	} {
		mv := lorry(3)
		leaves := start.Add(c.after)
		mv.Legs[0].Window = outrider.Window{Earliest: leaves, Latest: leaves}
		if c.in == "dark" { // standing in the dark is no driving
			mv.Legs[0].Halts = []outrider.Halt{{At: spot(40, 10.032), Duration: 20 * time.Minute}}
		}
		p := planned(t, inputOf(t, m, mv, nil))
		leg := p.Legs[0]
		d := leg.Daylight
		if d.ArrivesIn != c.in || !c.dark(leg.Routes[0].Duration, d.DarkS) || !d.FirstLight.Before(d.Sunrise) || !d.Sunrise.Before(d.Sunset) || !d.Sunset.Before(d.LastLight) {
			t.Errorf("%s: %+v", name, d)
		}
		for _, row := range leg.Routes[0].March {
			if row.Dark != (c.in == "dark") {
				t.Errorf("%s: row %+v", name, row)
			}
		}
	}
}

// TestTurningRoomIsWarnedOf turns back at the end of a dead-end road, which the
// column must where its via lies there.
func TestTurningRoomIsWarnedOf(t *testing.T) {
	b := town()
	b.Node(20, 39.995, 10.013)
	b.Way(120, []int64{2, 20}, "highway", "residential", "name", "Blind Alley", "lanes", "2")
	m := build(t, b)
	says := func(circle float64) string {
		mv := lorry(3)
		mv.Convoy.Vehicles[1].TurningCircle = circle
		mv.Legs[0].Via = []outrider.Endpoint{spot(39.9965, 10.013)}
		p := planned(t, inputOf(t, m, mv, nil))
		return strings.Join(p.Warnings, "\n")
	}
	if s := says(18); !strings.Contains(s, "Blind Alley") || !strings.Contains(s, "has 6.5 m; the column needs 18.0 m between kerbs") {
		t.Errorf("a turning circle of 18 m: %s", s)
	}
	for _, circle := range []float64{0, 6} {
		if s := says(circle); strings.Contains(s, "between kerbs") {
			t.Errorf("a turning circle of %g m: %s", circle, s)
		}
	}
}

// square is a block of streets round a gate that can be come to from all sides.
func square(north ...string) *osmtest.Builder {
	b := &osmtest.Builder{}
	b.Node(1, 40, 10).Node(2, 40, 10.01).Node(3, 40.01, 10.01).Node(4, 40.01, 10)
	b.Way(100, []int64{1, 2}, "highway", "primary", "name", "South Street")
	b.Way(101, []int64{2, 3}, "highway", "primary", "name", "East Street")
	b.Way(102, []int64{3, 4}, append(north, "highway", "primary", "name", "North Street")...)
	b.Way(103, []int64{4, 1}, "highway", "primary", "name", "West Street")
	return b
}

func TestApproachDecidesTheSide(t *testing.T) {
	m := build(t, square())
	const warned = "any way in is taken"
	arrive := func(side outrider.Side) (bearing float64, all string) {
		mv := lorry(3)
		mv.Legs[0].From, mv.Legs[0].To = spot(40, 10.005), spot(40.01, 10.004)
		mv.Legs[0].To.Approach = side
		p := planned(t, inputOf(t, m, mv, nil))
		q := p.Legs[0].Routes[0].Points
		return geo.Bearing(q[len(q)-2].Point(), q[len(q)-1].Point()), strings.Join(p.Warnings, "\n")
	}
	// North Street runs from east to west: the nearer way is from the west.
	for side, want := range map[outrider.Side]float64{"": 90, outrider.West: 90, outrider.East: 270, outrider.NorthEast: 270, outrider.SouthWest: 90, outrider.North: 90} {
		got, all := arrive(side)
		if math.Abs(got-want) > 5 {
			t.Errorf("from the %s the last bearing is %.0f°, want %.0f°", side, got, want)
		}
		if strings.Contains(all, warned) != (side == outrider.North) {
			t.Errorf("from the %s: %s", side, all)
		}
	}
	// Where no way comes from that side, any will do.
	m = build(t, square("oneway", "yes"))
	if got, all := arrive(outrider.West); math.Abs(got-270) > 5 || !strings.Contains(all, "no way comes to") {
		t.Errorf("on a one-way street the last bearing is %.0f°: %s", got, all)
	}
}
