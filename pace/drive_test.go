package pace_test

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
)

var delaware struct {
	once sync.Once
	m    *network.Map
	err  error
}

func delawareMap(tb testing.TB) *network.Map {
	path := testdata.Delaware(tb)
	delaware.once.Do(func() {
		delaware.m, _, delaware.err = mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{})
	})
	if delaware.err != nil {
		tb.Fatal(delaware.err)
	}
	return delaware.m
}

// A router finds fastest ways for drives that are made up, by code of its own.
type router struct {
	m    *network.Map
	pass *network.Passage
}

type reached struct {
	state network.StateID
	cost  uint32
}

type nearestFirst []reached

func (q nearestFirst) Len() int           { return len(q) }
func (q nearestFirst) Less(i, j int) bool { return q[i].cost < q[j].cost }
func (q nearestFirst) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *nearestFirst) Push(x any)        { *q = append(*q, x.(reached)) }
func (q *nearestFirst) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// way returns the arcs of the fastest way from one arc to another, both driven
// whole; nil if there is none.
func (r *router) way(from, to network.ArcID) []network.ArcID {
	best := map[network.StateID]uint32{network.StateID(from): 0}
	parent := map[network.StateID]network.StateID{}
	queue := &nearestFirst{{network.StateID(from), 0}}
	for queue.Len() > 0 {
		x := heap.Pop(queue).(reached)
		if x.cost > best[x.state] {
			continue
		}
		if r.m.StateArc[x.state] == to {
			arcs := []network.ArcID{to}
			for s := x.state; s != network.StateID(from); {
				s = parent[s]
				arcs = append(arcs, r.m.StateArc[s])
			}
			slices.Reverse(arcs)
			return arcs
		}
		for t := r.m.TurnFirst[x.state]; t < r.m.TurnFirst[x.state+1]; t++ {
			next := r.m.TurnTo[t]
			cost := r.pass.Arc[r.m.StateArc[next]]
			if r.pass.Turn[t] == network.Unreachable || cost == network.Unreachable {
				continue
			}
			total := x.cost + uint32(r.pass.Turn[t]) + uint32(cost)
			if old, ok := best[next]; !ok || total < old {
				best[next], parent[next] = total, x.state
				heap.Push(queue, reached{next, total})
			}
		}
	}
	return nil
}

// random returns the arcs of a way between two random places that far apart.
func (r *router) random(random *rand.Rand, least, most float64) []network.ArcID {
	place := func() network.ArcID {
		for {
			c := network.ChainID(random.IntN(r.m.NumChains()))
			a := c.Arc(random.IntN(2) == 0)
			if r.m.Intervals(c)[0].Class <= network.Residential && r.pass.Arc[a] != network.Unreachable && r.m.NodeInfo[r.m.Tail[c]].Island == 0 {
				return a
			}
		}
	}
	for {
		from, to := place(), place()
		d := geo.Distance(r.m.NodePoint[r.m.ArcTail(from)], r.m.NodePoint[r.m.ArcHead(to)])
		if d < least || d > most {
			continue
		}
		if way := r.way(from, to); len(way) > 3 {
			return way
		}
	}
}

// A passing is a stretch of a drive and when it was entered and left, in seconds
// from the start.
type passing struct {
	arc          network.ArcID
	enter, leave float64
}

// A drive is what really happened: where the vehicle was every tenth of a second.
type drive struct {
	points []geo.Point
	truth  []passing
}

const tick = 0.1 // seconds

// driven makes up a drive along a way. On each arc the driver aims at a speed of
// 60 to 110 % of free flow; on roads that are not motorways one junction in seven
// has a red light, for up to a minute, seen from a stop line 8 m before it.
// Speed changes by at most 2 m/s in a second.
func driven(m *network.Map, random *rand.Rand, way []network.ArcID) drive {
	var d drive
	speed, now := 0.0, 0.0
	for _, a := range way {
		c := a.Chain()
		length := m.Length[c].Metres()
		iv := m.Intervals(c)[0]
		free := iv.SpeedForward
		if a.Backwards() {
			free = iv.SpeedBackward
		}
		aim := float64(free) / 3.6 * (0.6 + 0.5*random.Float64())
		red := 0.0
		if iv.Class != network.Motorway && length > 40 && random.IntN(7) == 0 {
			red = 60 * random.Float64()
		}
		x := passing{arc: a, enter: now}
		for at := 0.0; at < length; {
			top := aim
			if red > 0 {
				rest := length - 8 - at
				top = min(top, math.Sqrt(4*max(rest, 0)))
				if rest < 0.5 {
					top, red = 0, red-tick
				}
			}
			speed = min(max(top, speed-2*tick), speed+2*tick)
			if red > 0 && top < speed {
				speed = top // brakes are better than that when they must be
			}
			at += speed * tick
			if speed < 0.2 && red <= 0 {
				speed = 0.2
			}
			p := network.Millimetres(min(at, length) * 1000)
			if a.Backwards() {
				p = m.Length[c] - p
			}
			d.points = append(d.points, m.PointAt(c, p))
			now += tick
		}
		x.leave = now
		d.truth = append(d.truth, x)
	}
	return d
}

// A receiver is how a drive is seen.
type receiver struct {
	sigma float64 // metres, north and east each
	every int     // seconds
	// memory is how long an error lasts, in seconds: 0 makes each fix's error its
	// own.
	memory float64
}

var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// seen returns the fixes of a drive.
func (r receiver) seen(random *rand.Rand, d drive) []pace.Fix {
	keep := 0.0
	if r.memory > 0 {
		keep = math.Exp(-float64(r.every) / r.memory)
	}
	east, north := r.sigma*random.NormFloat64(), r.sigma*random.NormFloat64()
	var fixes []pace.Fix
	for i := 0; i < len(d.points); i += int(float64(r.every)/tick + 0.5) {
		p := geo.Offset(geo.Offset(d.points[i], 90, east), 0, north)
		fixes = append(fixes, pace.Fix{Point: p, Time: began.Add(time.Duration(float64(i) * tick * float64(time.Second)))})
		rest := r.sigma * math.Sqrt(1-keep*keep)
		east, north = keep*east+rest*random.NormFloat64(), keep*north+rest*random.NormFloat64()
	}
	return fixes
}

// A score says how well matching recovers drives.
type score struct {
	stretches, found, wrong int
	seconds, matched        float64   // of found stretches: true, as timed
	off                     []float64 // seconds: error of each stretch found
	share                   []float64 // relative error of those of at least 10 s
}

func (s *score) add(d drive, got *pace.Matched) {
	at := func(x passing) time.Time { return began.Add(time.Duration(x.enter * float64(time.Second))) }
	used := make([]bool, len(got.Drives))
	for _, x := range d.truth[1 : len(d.truth)-1] {
		s.stretches++
		for i := range got.Drives {
			enters := got.Started.Add(time.Duration(got.Drives[i].After * float64(time.Second)))
			if used[i] || got.Arcs[i] != x.arc || enters.Sub(at(x)).Abs() > 30*time.Second {
				continue
			}
			used[i] = true
			s.found++
			took := x.leave - x.enter
			s.seconds += took
			s.matched += got.Drives[i].Seconds
			off := math.Abs(got.Drives[i].Seconds - took)
			s.off = append(s.off, off)
			if took >= 10 {
				s.share = append(s.share, off/took)
			}
			break
		}
	}
	for i := range used {
		// The outermost stretches are driven whole too, and may be found or not.
		if !used[i] && got.Arcs[i] != d.truth[0].arc && got.Arcs[i] != d.truth[len(d.truth)-1].arc {
			s.wrong++
		}
	}
}

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

// TestDrivesAreRecovered makes drives up along real roads, looks at them through
// receivers of stated noise and compares what is matched with what happened. The
// bounds are those of docs/pace.md.
func TestDrivesAreRecovered(t *testing.T) {
	m := delawareMap(t)
	r := router{m, m.Passage(network.Vehicle{}, network.PassageOptions{})}
	random := rand.New(rand.NewPCG(7, 2026))
	drives := make([]drive, 12)
	for i := range drives {
		drives[i] = driven(m, random, r.random(random, 4000, 20_000))
	}
	for _, test := range []struct {
		receiver
		// Found at least and wrong at most, in percent of the stretches driven.
		found, wrong float64
		// Times: of all found together off by at most, in percent; of each, median
		// and nine tenths of the errors in seconds; and in percent of those that
		// took 10 s or more.
		total, median, most, medianShare, mostShare float64
	}{
		{receiver{5, 1, 0}, 98, 1, 0.5, 0.3, 1, 1.5, 5},
		{receiver{10, 1, 0}, 97, 2.5, 1, 0.5, 2, 3, 10},
		{receiver{15, 1, 0}, 96.5, 3, 1, 0.6, 2.5, 4, 14},
		{receiver{5, 5, 0}, 96.5, 2, 0.5, 0.6, 3, 4, 15},
		{receiver{10, 5, 0}, 96, 2, 1, 0.8, 4.5, 6, 22},
		{receiver{15, 5, 0}, 95, 4, 1, 1, 6, 7, 32},
		{receiver{5, 10, 0}, 97, 1.5, 1, 0.7, 5, 6, 26},
		{receiver{10, 10, 0}, 96, 3, 1, 0.9, 6.5, 7, 34},
		{receiver{15, 10, 0}, 95.5, 5.5, 2, 1.1, 7, 9, 38},
		{receiver{5, 15, 0}, 96, 2, 1, 0.9, 7.5, 7, 32},
		{receiver{5, 1, 30}, 97.5, 2, 0.5, 0.3, 1.2, 2, 7},
		{receiver{10, 1, 30}, 97, 3.5, 1, 0.5, 2.5, 4, 14},
	} {
		var s score
		for _, d := range drives {
			got, err := pace.Match(m, nil, test.seen(random, d))
			if err != nil {
				t.Fatal(err)
			}
			s.add(d, got)
		}
		found, wrong := 100*float64(s.found)/float64(s.stretches), 100*float64(s.wrong)/float64(s.stretches)
		total := 100 * (s.matched/s.seconds - 1)
		t.Logf("%d stretches | %2.0f | %2d | %2.0f | %.1f | %.1f | %+.1f | %.2f | %.1f | %.1f | %.0f |", s.stretches, test.sigma, test.every, test.memory, found, wrong, total,
			quantile(s.off, 0.5), quantile(s.off, 0.9), 100*quantile(s.share, 0.5), 100*quantile(s.share, 0.9))
		if found < test.found || wrong > test.wrong || math.Abs(total) > test.total || quantile(s.off, 0.5) > test.median || quantile(s.off, 0.9) > test.most ||
			100*quantile(s.share, 0.5) > test.medianShare || 100*quantile(s.share, 0.9) > test.mostShare {
			t.Errorf("%+v: the last line breaks its bounds", test)
		}
	}
}

// TestMedianOfDrives drives one way five times, at the same speeds but for red
// lights, and compares the medians on record with those of what happened.
func TestMedianOfDrives(t *testing.T) {
	m := delawareMap(t)
	r := router{m, m.Passage(network.Vehicle{}, network.PassageOptions{})}
	random := rand.New(rand.NewPCG(8, 2026))
	way := r.random(random, 10_000, 15_000)
	runs, err := pace.LoadRuns(filepath.Join(t.TempDir(), "runs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	truth := map[network.ArcID][]float64{}
	for i := range 5 {
		d := driven(m, rand.New(rand.NewPCG(uint64(i), 1)), way)
		fixes := receiver{10, 1, 0}.seen(random, d)
		for k := range fixes {
			fixes[k].Time = fixes[k].Time.Add(time.Duration(i) * 24 * time.Hour)
		}
		matched, err := pace.Match(m, nil, fixes)
		if err != nil {
			t.Fatal(err)
		}
		run, err := pace.NewRun("R2", matched)
		if err != nil {
			t.Fatal(err)
		}
		if _, added, err := runs.Add(run, began.Add(30*24*time.Hour)); err != nil || !added {
			t.Fatal(added, err)
		}
		for _, x := range d.truth {
			truth[x.arc] = append(truth[x.arc], x.leave-x.enter)
		}
	}
	p := pace.New(m, nil, runs, time.UTC)
	if p.Unplaced() != 0 {
		t.Errorf("%d stretches do not lie on the map they were matched on", p.Unplaced())
	}
	n := 0
	var share []float64
	sum, want := 0.0, 0.0
	for _, x := range p.Timed() {
		took := truth[x.Arc]
		if x.N < 4 || len(took) != 5 {
			continue
		}
		n++
		median := quantile(took, 0.5)
		sum, want = sum+x.Median, want+median
		if median >= 10 {
			share = append(share, math.Abs(x.Median/median-1))
		}
	}
	t.Logf("%d of %d stretches have four or five runs; medians together off by %+.1f %%; of those of 10 s and more median %.1f %%, nine tenths within %.1f %%",
		n, len(way), 100*(sum/want-1), 100*quantile(share, 0.5), 100*quantile(share, 0.9))
	if float64(n) < 0.85*float64(len(way)-2) || math.Abs(sum/want-1) > 0.02 || len(share) < 10 || quantile(share, 0.5) > 0.03 || quantile(share, 0.9) > 0.1 {
		t.Error("the medians are not recovered")
	}
}

// between returns the fixes with times in seconds from the start for which keep
// holds.
func between(fixes []pace.Fix, keep func(seconds float64) bool) []pace.Fix {
	var out []pace.Fix
	for _, f := range fixes {
		if keep(f.Time.Sub(began).Seconds()) {
			out = append(out, f)
		}
	}
	return out
}

// TestWhatIsLeftOut: stretches with a halt, with missing fixes, and off the roads
// are not timed, and the others are.
func TestWhatIsLeftOut(t *testing.T) {
	m := delawareMap(t)
	r := router{m, m.Passage(network.Vehicle{}, network.PassageOptions{})}
	random := rand.New(rand.NewPCG(9, 2026))
	d := driven(m, random, r.random(random, 8000, 12_000))
	see := receiver{4, 1, 0}
	fixes := see.seen(random, d)
	all, err := pace.Match(m, nil, fixes)
	if err != nil {
		t.Fatal(err)
	}
	// The middle of a stretch of some length half-way.
	var mid passing
	for _, x := range d.truth[len(d.truth)/2:] {
		if x.leave-x.enter > 8 {
			mid = x
			break
		}
	}
	half := (mid.enter + mid.leave) / 2
	timed := func(m *pace.Matched, x passing) bool {
		for i := range m.Drives {
			at := m.Started.Add(time.Duration(m.Drives[i].After * float64(time.Second))).Sub(began).Seconds()
			if m.Arcs[i] == x.arc && math.Abs(at-x.enter) < 20 {
				return true
			}
		}
		return false
	}
	if !timed(all, mid) || all.Pieces != 1 || all.OffRoad > len(fixes)/50 || all.Halted != 0 {
		t.Fatalf("the drive is not matched as a whole: %+v", *all)
	}
	later := func(fixes []pace.Fix, from, by float64) []pace.Fix {
		out := slices.Clone(fixes)
		for i := range out {
			if out[i].Time.Sub(began).Seconds() > from {
				out[i].Time = out[i].Time.Add(time.Duration(by * float64(time.Second)))
			}
		}
		return out
	}
	t.Run("halt", func(t *testing.T) {
		halted := later(fixes, half, 240)
		at := slices.IndexFunc(halted, func(f pace.Fix) bool { return f.Time.Sub(began).Seconds() > half })
		var stand []pace.Fix
		for s := range 238 {
			p := geo.Offset(d.points[int(half/tick)], random.Float64()*360, 4*random.Float64())
			stand = append(stand, pace.Fix{Point: p, Time: halted[at-1].Time.Add(time.Duration(s+1) * time.Second)})
		}
		got, err := pace.Match(m, nil, slices.Insert(halted, at, stand...))
		if err != nil {
			t.Fatal(err)
		}
		if timed(got, mid) || got.Halted < 1 || len(got.Drives) < len(all.Drives)-3 {
			t.Errorf("%d stretches of %d, %d with a halt; the one with the halt is timed: %v", len(got.Drives), len(all.Drives), got.Halted, timed(got, mid))
		}
	})
	t.Run("gap", func(t *testing.T) {
		// Half a minute without fixes that begins and ends on other stretches.
		gap := func(s float64) bool { return s < half-25 || s > half+25 }
		got, err := pace.Match(m, nil, between(fixes, gap))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range d.truth {
			if !gap(x.enter) && timed(got, x) {
				t.Errorf("a stretch entered at %.0f s, while fixes are missing, is timed", x.enter)
			}
		}
		if got.Pieces != 1 || len(got.Drives) < len(all.Drives)/2 || got.Partly <= all.Partly {
			t.Errorf("%d pieces, %d stretches, %d left out", got.Pieces, len(got.Drives), got.Partly)
		}
	})
	t.Run("long gap", func(t *testing.T) {
		got, err := pace.Match(m, nil, later(fixes, half, 400))
		if err != nil {
			t.Fatal(err)
		}
		if got.Pieces != 2 || timed(got, mid) {
			t.Errorf("%d pieces", got.Pieces)
		}
	})
	t.Run("off the roads", func(t *testing.T) {
		off := slices.Clone(fixes)
		n := 0
		for i := range off {
			if s := off[i].Time.Sub(began).Seconds(); s > half-30 && s < half+30 {
				off[i].Point = geo.Offset(off[i].Point, 0, 3e5) // far out at sea
				n++
			}
		}
		got, err := pace.Match(m, nil, off)
		if err != nil {
			t.Fatal(err)
		}
		if got.OffRoad < n/2 || timed(got, mid) || len(got.Drives) < len(all.Drives)/2 {
			t.Errorf("%d of %d fixes off the road, %d stretches", got.OffRoad, n, len(got.Drives))
		}
	})
	t.Run("single outliers", func(t *testing.T) {
		wild := slices.Clone(fixes)
		for i := 20; i < len(wild); i += 40 {
			wild[i].Point = geo.Offset(wild[i].Point, random.Float64()*360, 400)
		}
		got, err := pace.Match(m, nil, wild)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Drives) < 9*len(all.Drives)/10 || got.Errors < len(wild)/45 {
			t.Errorf("%d stretches of %d, %d pieces", len(got.Drives), len(all.Drives), got.Pieces)
		}
	})
	for says, bad := range map[string][]pace.Fix{
		"fewer than two fixes":           fixes[:1],
		"is earlier than the one before": {fixes[5], fixes[4]},
		"fix 2 has no time":              {fixes[5], {Point: fixes[6].Point}},
		"does not lie on the roads":      {{geo.PointFromDegrees(0, 0), began}, {geo.PointFromDegrees(0, 0.01), began.Add(time.Minute)}},
		"from junction to junction":      fixes[:4],
	} {
		if _, err := pace.Match(m, nil, bad); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	if _, err := pace.NewRun("Smith", all); err == nil || !strings.Contains(err.Error(), "call sign") {
		t.Errorf("got %v", err)
	}
}

// TestOnlyLegalTurns: every two stretches that follow one another without a gap
// are joined by a turn that a car may make.
func TestOnlyLegalTurns(t *testing.T) {
	m := delawareMap(t)
	r := router{m, m.Passage(network.Vehicle{}, network.PassageOptions{})}
	random := rand.New(rand.NewPCG(10, 2026))
	joined := 0
	for range 4 {
		d := driven(m, random, r.random(random, 4000, 12_000))
		got, err := pace.Match(m, r.pass, receiver{12, 3, 0}.seen(random, d))
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range got.Arcs[1:] {
			before := &got.Drives[i]
			if math.Abs(before.After+before.Seconds-got.Drives[i+1].After) > 0.002 {
				continue
			}
			joined++
			legal := false
			for s, b := range m.StateArc {
				if b != got.Arcs[i] {
					continue
				}
				for k := m.TurnFirst[s]; k < m.TurnFirst[s+1]; k++ {
					legal = legal || m.StateArc[m.TurnTo[k]] == a && r.pass.Turn[k] != network.Unreachable
				}
			}
			if !legal {
				t.Errorf("from arc %d into %d there is no legal turn", got.Arcs[i], a)
			}
		}
	}
	if joined < 100 {
		t.Errorf("only %d turns", joined)
	}
}

// TestAnyTrack: whatever the track, what is matched can be stored: its stretches
// follow one another in time, and on the road where there is no gap between them.
func TestAnyTrack(t *testing.T) {
	m := delawareMap(t)
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{})
	centre := geo.PointFromDegrees(39.7459, -75.5466)
	stored := 0
	rapid.Check(t, func(t *rapid.T) {
		var fixes []pace.Fix
		at, p := began, centre
		for range rapid.IntRange(2, 60).Draw(t, "fixes") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1000, 1000, 1500, 5000, 15_000, 40_000, 400_000}).Draw(t, "ms")) * time.Millisecond)
			p = geo.Offset(p, rapid.Float64Range(0, 360).Draw(t, "bearing"), rapid.SampledFrom([]float64{0, 1, 10, 30, 100, 300, 3e4}).Draw(t, "metres"))
			if geo.Distance(p, centre) > 3000 {
				p = centre
			}
			fixes = append(fixes, pace.Fix{Point: p, Time: at})
		}
		got, err := pace.Match(m, pass, fixes)
		if err != nil {
			if _, ok := errors.AsType[*pace.TrackError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if _, err := pace.NewRun("R1", got); err != nil {
			t.Fatal(err)
		}
		stored++
		for i := range got.Drives[1:] {
			a, b := got.Drives[i], got.Drives[i+1]
			if b.After-a.After-a.Seconds < 0.0005 && a.To != b.From {
				t.Fatalf("stretch %d begins when and not where the one before ends", i+2)
			}
		}
	})
	if stored == 0 {
		t.Error("no track was matched")
	}
}

func BenchmarkMatch(b *testing.B) {
	m := delawareMap(b)
	r := router{m, m.Passage(network.Vehicle{}, network.PassageOptions{})}
	for _, see := range []receiver{{5, 1, 0}, {10, 5, 0}} {
		random := rand.New(rand.NewPCG(11, 2026))
		var fixes []pace.Fix
		for len(fixes)*see.every < 3600 { // an hour's drive
			d := driven(m, random, r.random(random, 4000, 20_000))
			start := len(fixes) * see.every
			for _, f := range see.seen(random, d) {
				f.Time = f.Time.Add(time.Duration(start) * time.Second)
				fixes = append(fixes, f)
			}
		}
		fixes = fixes[:3600/see.every]
		b.Run(fmt.Sprintf("sigma %.0f m, %d s", see.sigma, see.every), func(b *testing.B) {
			for b.Loop() {
				if _, err := pace.Match(m, r.pass, fixes); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(fixes))*float64(b.N)/b.Elapsed().Seconds(), "fixes/s")
		})
	}
}

// BenchmarkPartDelaware is the time of all arcs at one moment, as a plan needs it.
func BenchmarkPartDelaware(b *testing.B) {
	m := delawareMap(b)
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: 80})
	speeds, err := pace.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	p := pace.New(m, speeds, nil, time.UTC)
	for b.Loop() {
		for a := range network.ArcID(m.NumArcs()) {
			from, to := network.Millimetres(0), m.Length[a.Chain()]
			if a.Backwards() {
				from, to = to, from
			}
			p.Part(pass, a, from, to, began)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(m.NumArcs()), "ns/arc")
}
