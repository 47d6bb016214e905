package check

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game/reach"
)

// TestAnywhereProves wants a bound proved that holds, and a disc found where one
// does not.
func TestAnywhereProves(t *testing.T) {
	f, o, m := solved(t)
	b := Anywhere(f, m.Routes, o.Reach, m.Upper, 1_000_000)
	if !b.Proved || b.Value > m.Upper*(1+slack) {
		t.Errorf("the solver's bound of %v: %+v", m.Upper, b)
	}
	// What discs get from which no more can be had: just below it one is found, just
	// above it none.
	best := 0.0
	for claim := 0.0; ; claim = best {
		x := Anywhere(f, m.Routes, o.Reach, claim, 1_000_000)
		if x.Proved {
			break
		}
		if v, _, _ := Disc(f, m.Routes, x.At, o.Reach); v != x.Value || v <= claim {
			t.Fatalf("asked for more than %v it found %v at %v, where there is %v", claim, x.Value, x.At, v)
		}
		best = x.Value
	}
	if best < m.Lower*(1-slack) || best > m.Upper*(1+slack) {
		t.Errorf("the best disc anywhere gets %v, not %v to %v", best, m.Lower, m.Upper)
	}
	if few := Anywhere(f, m.Routes, o.Reach, best, 10); few.Proved || few.Cells > 11 {
		t.Errorf("with ten squares %+v", few)
	}
	// Discs of a sample of the plane get no more than is proved.
	random := rand.New(rand.NewPCG(5, 6))
	for range 4000 {
		p := at(random.Float64()*2000-200, random.Float64()*2000-200)
		if v, _, _ := Disc(f, m.Routes, p, o.Reach); v > best*(1+slack) {
			t.Fatalf("the disc at %v gets %v, more than %v", p, v, best)
		}
	}
}

// TestWorstOfTwoRoads puts a second road beside, across and behind the one that is
// driven.
func TestWorstOfTwoRoads(t *testing.T) {
	for _, c := range []struct {
		what       string
		x, y, u, v float64 // of the other road
		want       float64
	}{
		{"beside, within two radii", 0, 195, 1000, 195, 0.5},
		{"beside, beyond", 0, 205, 1000, 205, 0.1},
		{"across", 500, -700, 510, 900, 0.5},
		{"behind, within", 1190, 0, 1900, 0, 0.5},
		{"behind, beyond", 1210, 0, 1900, 0, 0.1},
		{"askew, within at one end", 1050, 180, 1900, 1500, 0.5},
	} {
		ground := roads{{{A: at(0, 0), B: at(1000, 0), P: 0.1}}, {{A: at(c.x, c.y), B: at(c.u, c.v), P: 0.5}}}
		f := &reach.Field{First: []uint32{0, 0}, Piece: []uint32{0}, Pieces: 2, Ground: ground}
		if got := NewWorst(f, 100).Node(0); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// walksOf lists all walks of a field without loops that keep a limit.
func walksOf(f *reach.Field, limit uint32) (walks [][]uint32, times []uint32) {
	sink := map[uint32]bool{}
	for _, s := range f.Sinks {
		sink[s] = true
	}
	var on func(walk []uint32, time uint32)
	on = func(walk []uint32, time uint32) {
		if time > limit {
			return
		}
		v := walk[len(walk)-1]
		if sink[v] {
			walks, times = append(walks, append([]uint32(nil), walk...)), append(times, time)
		}
		for i := f.First[v]; i < f.First[v+1]; i++ {
			on(append(walk, f.To[i]), time+f.Time[i])
		}
	}
	for _, s := range f.Seeds {
		on([]uint32{s.Node}, s.Time)
	}
	return walks, times
}

// TestLowerAgainstAllWalks draws attackers on a grid of streets, with and without a
// price on time, and compares what they get with all walks.
func TestLowerAgainstAllWalks(t *testing.T) {
	f := grid(5, 150) // so that discs reach several streets
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 80 {
		o := reach.Options{Reach: 100, Limit: uint32(76 + random.IntN(14))}
		walks, times := walksOf(f, o.Limit)
		if len(walks) == 0 {
			continue
		}
		price := 0.0
		if round%2 == 1 {
			price = 0.01 * random.Float64()
		}
		n := 1 + random.IntN(12)
		attack := make([]reach.Attack, n)
		left := 1.0
		for k := range attack {
			prob := left * random.Float64()
			if k == n-1 {
				prob = left
			}
			left -= prob
			a := reach.Attack{At: at(600*random.Float64(), 600*random.Float64()), Prob: prob}
			_, a.P, _ = Disc(f, nil, a.At, o.Reach*(1-boundary))
			attack[k] = a
		}
		want := math.Inf(1)
		for i, w := range walks {
			total := price * (float64(times[i]) - 80)
			for _, a := range attack {
				_, _, passing := Disc(f, []reach.Route{{Nodes: w, Prob: 1}}, a.At, o.Reach*(1-boundary))
				if passing[0] {
					total += a.Prob * a.P
				}
			}
			want = min(want, total)
		}
		got := Lower(f, o, attack, price, 80, 1_000_000)
		if len(got.Faults) > 0 || !got.Proved || math.Abs(got.Value-want) > 1e-9 {
			t.Fatalf("round %d: %+v, all walks give %v", round, got, want)
		}
		if few := Lower(f, o, attack, price, 80, 1+got.Labels/3); few.Value > want+1e-9 {
			t.Fatalf("round %d: cut short it claims %v, more than %v", round, few.Value, want)
		}
	}
}

// TestUsualAndFastest compares with all walks of a field where several are fastest.
func TestUsualAndFastest(t *testing.T) {
	f := grid(4, 300)
	for i := range f.Time {
		f.Time[i] = 10
	}
	walks, times := walksOf(f, 1000)
	w := NewWorst(f, 60)
	fastest, least, most := uint32(math.MaxUint32), math.Inf(1), 0.0
	for _, x := range times {
		fastest = min(fastest, x)
	}
	for i, walk := range walks {
		if times[i] != fastest {
			continue
		}
		worst := 0.0
		for _, v := range walk {
			worst = max(worst, w.Node(v))
		}
		least, most = min(least, worst), max(most, worst)
	}
	gotLeast, gotMost := Usual(f, w)
	if gotLeast != least || gotMost != most || least == most {
		t.Errorf("fastest walks are worth %v to %v, not %v to %v", least, most, gotLeast, gotMost)
	}
	if got := Fastest(f, func(uint32) bool { return true }); got != uint64(fastest) {
		t.Errorf("fastest %d, not %d", fastest, got)
	}
	if got := Fastest(f, func(v uint32) bool { return v != f.Sinks[0] && (len(f.Sinks) < 2 || v != f.Sinks[1]) }); got != math.MaxUint64 {
		t.Errorf("without the sinks %d", got)
	}
}

// BenchmarkAnywhere proves a bound along some kilometres of streets.
func BenchmarkAnywhere(b *testing.B) {
	f := grid(8, 400)
	walks, _ := walksOf(f, 150)
	routes := []reach.Route{{Nodes: walks[0], Prob: 0.5}, {Nodes: walks[len(walks)-1], Prob: 0.5}}
	for b.Loop() {
		if x := Anywhere(f, routes, 100, 1, 1_000_000); !x.Proved {
			b.Fatalf("%+v", x)
		}
	}
}
