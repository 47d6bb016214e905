package pace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/network"
)

var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// TestFreeFlowEqualsThePassage: with factors of 1 the time is that of the
// passage, but for its rounding up to the millisecond at both ends of the part.
func TestFreeFlowEqualsThePassage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	m := line(random, 40)
	for _, limit := range []uint8{0, 60} {
		pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: limit, Closed: []network.Stretch{{Chain: 3, From: 1000, To: 2000}}})
		p := New(m, nil, nil, nil)
		closed := 0
		for range 20_000 {
			a := network.ArcID(random.IntN(m.NumArcs()))
			length := int(m.Length[a.Chain()])
			from, to := network.Millimetres(random.IntN(length+1)), network.Millimetres(random.IntN(length+1))
			want := pass.PartMillis(a, from, to)
			took, timed, ok := p.Part(pass, a, from, to, monday.Add(time.Duration(random.Int64N(int64(1000*time.Hour)))))
			if ok != (want != network.Unreachable) {
				t.Fatalf("ok is %v, the passage says %d", ok, want)
			}
			if !ok {
				closed++
				continue
			}
			if math.Abs(took.Likely*1000-float64(want)) > 1.000001 || took.Fast != took.Likely || took.Slow != took.Likely || timed != 0 {
				t.Fatalf("arc %d from %d to %d: %+v, want %d ms", a, from, to, took, want)
			}
		}
		if closed == 0 {
			t.Error("no part was closed")
		}
	}
}

// TestNobodyOvertakes: along a road of many chains, whoever leaves later does not
// arrive earlier, in none of the cases; slow is never before likely, nor likely
// before fast; and no stretch is driven faster than the cap.
func TestNobodyOvertakes(t *testing.T) {
	speeds, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		zone = time.UTC
	}
	random := rand.New(rand.NewPCG(2, 2))
	m := line(random, 12)
	runs := &Runs{list: someRuns(random, m, 30)}
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: 80})
	p := New(m, speeds, runs, zone)
	if len(p.timed) < 10 {
		t.Fatalf("only %d arcs have timed runs", len(p.timed))
	}
	nights := []time.Time{monday, time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SampledFrom(nights).Draw(t, "night").Add(time.Duration(rapid.Int64Range(0, 36*3600).Draw(t, "leaves")) * time.Second)
		later := at.Add(time.Duration(rapid.Int64Range(0, 7200_000).Draw(t, "later")) * time.Millisecond)
		back := rapid.Bool().Draw(t, "back")
		for _, o := range []outcome{fast, likely, slow} {
			one, two := at, later
			for i := range m.NumChains() {
				a := network.ChainID(i).Arc(back)
				if back {
					a = network.ChainID(m.NumChains() - 1 - i).Arc(true)
				}
				from, to := network.Millimetres(0), m.Length[a.Chain()]
				if back {
					from, to = to, from
				}
				x, _, ok := p.Part(pass, a, from, to, one)
				y, _, _ := p.Part(pass, a, from, to, two)
				if !ok || !(x.Fast <= x.Likely+1e-9 && x.Likely <= x.Slow+1e-9) {
					t.Fatalf("%+v, %v", x, ok)
				}
				if x.Fast < m.Length[a.Chain()].Metres()*3.6/80-1e-6 {
					t.Fatalf("%v m in %v s is faster than the cap", m.Length[a.Chain()].Metres(), x.Fast)
				}
				take := func(k Took) time.Duration { return duration([]float64{k.Fast, k.Likely, k.Slow}[o]) }
				one, two = one.Add(take(x)), two.Add(take(y))
				if two.Before(one.Add(-time.Microsecond)) {
					t.Fatalf("leaving %v later arrives %v earlier", later.Sub(at), one.Sub(two))
				}
			}
		}
	})
}

// TestPartsAddUp: driven in two parts, one after the other, a stretch takes as
// long as in one.
func TestPartsAddUp(t *testing.T) {
	speeds, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 3))
	m := line(random, 30)
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: 70})
	p := New(m, speeds, &Runs{list: someRuns(random, m, 10)}, nil)
	for range 20_000 {
		a := network.ArcID(random.IntN(m.NumArcs()))
		length := m.Length[a.Chain()]
		from, to, mid := network.Millimetres(0), length, network.Millimetres(random.IntN(int(length)+1))
		if a.Backwards() {
			from, to = to, from
		}
		at := monday.Add(time.Duration(random.Int64N(int64(200 * time.Hour))))
		all, _, _ := p.Part(pass, a, from, to, at)
		one, _, _ := p.Part(pass, a, from, mid, at)
		two, _, ok := p.Part(pass, a, mid, to, at.Add(duration(one.Likely)))
		if !ok || math.Abs(one.Likely+two.Likely-all.Likely) > 1e-6 {
			t.Fatalf("%v and %v are not %v", one.Likely, two.Likely, all.Likely)
		}
	}
}

// TestBordersAreCrossed drives across a border of hours, worked out by hand.
func TestBordersAreCrossed(t *testing.T) {
	s := FreeFlow()
	changed := &Speeds{Classes: map[string]ClassSpeeds{}}
	for name, c := range s.Classes {
		c.Hours = []Hours{{From: "07:00", To: "09:00", Factors: Factors{.5, .5, .25}}}
		changed.Classes[name] = c
	}
	changed.index()
	m := line(rand.New(rand.NewPCG(4, 4)), 1)
	m.Interval = []network.Interval{{Way: 1, Class: network.Primary, SpeedForward: 72, SpeedBackward: 72}}
	m.IntervalFirst = []uint32{0, 1}
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{})
	p := New(m, changed, nil, nil)
	// 20 m/s until 7:00, then 10 or 5 m/s: 1 km before the border, 600 m after it.
	took, _, ok := p.Part(pass, 0, 0, 1_600_000, monday.Add(7*time.Hour-50*time.Second))
	if want := (Took{110, 110, 170}); !ok || math.Abs(took.Fast-want.Fast)+math.Abs(took.Likely-want.Likely)+math.Abs(took.Slow-want.Slow) > 1e-9 {
		t.Errorf("%+v, want %+v", took, want)
	}
}

func TestPartDoesNotAllocate(t *testing.T) {
	speeds, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	m := line(rand.New(rand.NewPCG(5, 5)), 3)
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: 80})
	p := New(m, speeds, nil, time.UTC)
	at := monday.Add(7 * time.Hour)
	if n := testing.AllocsPerRun(100, func() { p.Part(pass, 2, 0, m.Length[1], at) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// someRuns makes runs over whole chains in both directions at all hours.
func someRuns(random *rand.Rand, m *network.Map, n int) []Run {
	var all []Run
	for range n {
		r := Run{By: "R1", Started: monday.Add(-time.Duration(random.IntN(100*3600)) * time.Second)}
		first, after := random.IntN(m.NumChains()), 0.0
		for i := first; i < min(first+4, m.NumChains()); i++ {
			c := network.ChainID(i)
			d := Drive{Way: m.Intervals(c)[0].Way, From: m.NodeInfo[i].OSM, To: m.NodeInfo[i+1].OSM, After: after, Metres: m.Length[c].Metres()}
			d.Seconds = math.Round(d.Metres/(3+25*random.Float64())*10) / 10
			after += d.Seconds
			r.Drives = append(r.Drives, d)
		}
		if random.IntN(2) == 0 { // the same stretches the other way round
			for i := range r.Drives {
				d := &r.Drives[i]
				d.From, d.To = d.To, d.From
			}
		}
		r.SetID()
		all = append(all, r)
	}
	return all
}

func BenchmarkPart(b *testing.B) {
	speeds, err := Builtin()
	if err != nil {
		b.Fatal(err)
	}
	m := line(rand.New(rand.NewPCG(6, 6)), 100)
	pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: 80})
	p := New(m, speeds, nil, time.UTC)
	i := 0
	for b.Loop() {
		a := network.ArcID(i % m.NumArcs())
		from, to := network.Millimetres(0), m.Length[a.Chain()]
		if a.Backwards() {
			from, to = to, from
		}
		p.Part(pass, a, from, to, monday.Add(time.Duration(i)*time.Minute))
		i++
	}
}
