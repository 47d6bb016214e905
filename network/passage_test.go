package network

import (
	"math/big"
	"slices"
	"strings"
	"testing"
)

// slowMillis is the driving time of an arc in exact arithmetic.
func slowMillis(m *Map, a ArcID, maxKMH uint8) Millis {
	c := a.Chain()
	sum := new(big.Rat)
	intervals := m.Intervals(c)
	for i, iv := range intervals {
		to := m.Length[c]
		if i+1 < len(intervals) {
			to = intervals[i+1].From
		}
		v := iv.SpeedForward
		if a.Backwards() {
			v = iv.SpeedBackward
		}
		if maxKMH != 0 && v > maxKMH {
			v = maxKMH
		}
		// mm / (km/h) = 3.6 ms
		sum.Add(sum, big.NewRat(int64(to-iv.From)*36, int64(v)*10))
	}
	up := new(big.Int).Add(sum.Num(), new(big.Int).Sub(sum.Denom(), big.NewInt(1)))
	return Millis(up.Div(up, sum.Denom()).Uint64())
}

func TestArcMillisAreExact(t *testing.T) {
	for seed := range uint64(5) {
		m := randomMap(newRand(seed), 80)
		for _, limit := range []uint8{0, 1, 37, 60} {
			p := m.Passage(Vehicle{Classes: 1 << Car}, PassageOptions{MaxKMH: limit, Private: true})
			passable := 0
			for a := range ArcID(m.NumArcs()) {
				if p.Arc[a] == Unreachable {
					continue
				}
				passable++
				if want := slowMillis(m, a, limit); p.Arc[a] != want {
					t.Fatalf("seed %d, cap %d: arc %d takes %d ms, want %d", seed, limit, a, p.Arc[a], want)
				}
			}
			if passable == 0 {
				t.Fatal("no arc passes")
			}
		}
	}
}

func TestPartsAddUp(t *testing.T) {
	rnd := newRand(31)
	m := randomMap(rnd, 60)
	p := m.Passage(Vehicle{Classes: 1 << Car}, PassageOptions{Private: true})
	for range 3000 {
		a := ArcID(rnd.IntN(m.NumArcs()))
		length := m.Length[a.Chain()]
		if length == 0 {
			continue
		}
		x := Millimetres(rnd.IntN(int(length) + 1))
		start, end := Millimetres(0), length
		if a.Backwards() {
			start, end = end, start
		}
		whole, first, second := p.PartMillis(a, start, end), p.PartMillis(a, start, x), p.PartMillis(a, x, end)
		if whole != p.Arc[a] {
			t.Fatalf("arc %d takes %d ms, as a part %d", a, p.Arc[a], whole)
		}
		if p.Arc[a] == Unreachable {
			if first != Unreachable || second != Unreachable {
				t.Fatalf("parts of arc %d, which is barred, take %d and %d ms", a, first, second)
			}
			continue
		}
		if first+second != whole {
			t.Fatalf("arc %d: %d + %d ms are not %d", a, first, second, whole)
		}
		if x != start && p.PartMillis(a, x, start) != Unreachable {
			t.Fatalf("arc %d can be driven against its direction", a)
		}
		if p.PartMillis(a, x, x) != 0 || p.PartMillis(a, start, length+1) != Unreachable {
			t.Fatalf("arc %d: no way takes time, or one beyond the end does not", a)
		}
	}
}

// TestPassageRules has one place for each reason.
func TestPassageRules(t *testing.T) {
	d := newDraft()
	n := make([]NodeID, 7)
	for i := range n {
		n[i] = d.node(39.1+float64(i)/100, -75.5)
	}
	open := d.chain(n[0], n[1])
	oneway := d.chain(n[1], n[2])
	d.m.ArcAccess[oneway.Arc(true)] = NoAccess
	noTrucks := d.chain(n[1], n[2])
	for _, a := range []ArcID{noTrucks.Arc(false), noTrucks.Arc(true)} {
		d.m.ArcAccess[a] = Access(0).With(Truck, Forbidden)
	}
	destination := d.chain(n[2], n[3])
	private := d.chain(n[3], n[4])
	for i, c := range []ChainID{destination, private} {
		perm := []Permission{Destination, Private}[i]
		d.m.ArcAccess[c.Arc(false)] = Access(0).With(Car, perm).With(Truck, perm)
		d.m.ArcAccess[c.Arc(true)] = d.m.ArcAccess[c.Arc(false)]
		d.m.Component[c] = uint32(destination)
	}
	ferry := d.chain(n[4], n[5])
	d.m.Interval[len(d.m.Interval)-1].Class = Ferry
	low := d.chain(n[5], n[6])
	id := d.limit(Limits{HeightCM: 380, AxleKG: 11500})
	d.split(d.m.Length[low]/2, func(iv *Interval) { iv.Limits = id })
	d.m.ArcLimits[low.Arc(false)], d.m.ArcLimits[low.Arc(true)] = id, id
	// Low backwards only; its interval keeps the tighter of both.
	bridge := d.chain(n[0], n[6])
	d.m.Interval[len(d.m.Interval)-1].Limits, d.m.ArcLimits[bridge.Arc(true)] = id, id
	m := d.done()

	car, truck := Vehicle{Classes: 1 << Car}, Vehicle{Classes: 1<<Car | 1<<Truck, HeightCM: 410, AxleKG: 11500}
	for _, c := range []struct {
		name string
		v    Vehicle
		o    PassageOptions
		a    ArcID
		why  string // "": passes
	}{
		{"open", car, PassageOptions{}, open.Arc(true), ""},
		{"no class is a car", Vehicle{}, PassageOptions{}, oneway.Arc(true), "closed to cars in this direction, way 102"},
		{"one way", car, PassageOptions{}, oneway.Arc(false), ""},
		{"against one way", car, PassageOptions{}, oneway.Arc(true), "closed to cars in this direction, way 102"},
		{"cars only", car, PassageOptions{}, noTrucks.Arc(true), ""},
		{"worst class counts", truck, PassageOptions{}, noTrucks.Arc(true), "closed to goods vehicles in this direction, way 103"},
		{"destination", car, PassageOptions{}, destination.Arc(false), "open only to those with business there, way 104"},
		{"destination from elsewhere", car, PassageOptions{Ends: []ChainID{open}}, destination.Arc(false), "open only to those with business there, way 104"},
		{"destination reached", car, PassageOptions{Ends: []ChainID{destination}}, destination.Arc(false), ""},
		{"destination of the same part", car, PassageOptions{Ends: []ChainID{private}}, destination.Arc(false), ""},
		{"private", car, PassageOptions{Private: true}, private.Arc(false), "private, way 105"},
		{"private reached", car, PassageOptions{Private: true, Ends: []ChainID{destination}}, private.Arc(false), ""},
		{"private without leave", car, PassageOptions{Ends: []ChainID{private}}, private.Arc(false), "private, way 105"},
		{"ferry", car, PassageOptions{}, ferry.Arc(false), ""},
		{"no ferry", car, PassageOptions{NoFerries: true}, ferry.Arc(false), "ferry, way 106"},
		{"low", car, PassageOptions{}, low.Arc(false), ""},
		{"too high", truck, PassageOptions{}, low.Arc(true), "height limit 3.8 m, way 108; convoy 4.1 m"},
		{"closed", car, PassageOptions{Closed: []Stretch{{open, 0, 25_000, ForwardOnly}}}, open.Arc(false), "closed by the movement's constraints for 25 m, way 101"},
		{"closed the other way", car, PassageOptions{Closed: []Stretch{{open, 0, 25_000, ForwardOnly}}}, open.Arc(true), ""},
		{"closed, low the other way only", truck, PassageOptions{Closed: []Stretch{{bridge, 0, 25_000, ForwardOnly}}}, bridge.Arc(false), "closed by the movement's constraints for 25 m, way 109"},
		{"low the other way only", truck, PassageOptions{}, bridge.Arc(false), ""},
		{"low this way only", truck, PassageOptions{}, bridge.Arc(true), "height limit 3.8 m, way 109; convoy 4.1 m"},
		{"closed at a point", car, PassageOptions{Closed: []Stretch{{open, 0, 0, BothWays}}}, open.Arc(true), "closed by the movement's constraints"},
		{"end that is none", car, PassageOptions{Ends: []ChainID{None}, Closed: []Stretch{{None, 0, 0, BothWays}}}, open.Arc(true), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := m.Passage(c.v, c.o)
			why := p.Why(c.a)
			if (why == "") != (c.why == "") || !strings.HasPrefix(why, c.why) {
				t.Errorf("barred because %q, want %q", why, c.why)
			}
			if (p.Arc[c.a] == Unreachable) != (c.why != "") {
				t.Errorf("takes %d ms", p.Arc[c.a])
			}
		})
	}

	// Only the second half of the low road is low.
	p := m.Passage(truck, PassageOptions{})
	half, end := m.Length[low]/2, m.Length[low]
	if got := p.PartMillis(low.Arc(false), 0, half); got == Unreachable || got == 0 {
		t.Errorf("the part before the low bridge takes %d ms", got)
	}
	if got := p.PartMillis(low.Arc(true), half, 0); got == Unreachable {
		t.Error("the part before the low bridge cannot be left")
	}
	for _, x := range []Millimetres{half + 1, end} {
		if got := p.PartMillis(low.Arc(false), 0, x); got != Unreachable {
			t.Errorf("the low bridge can be entered: %d ms to %d", got, x)
		}
	}
	point := m.Passage(car, PassageOptions{Closed: []Stretch{{open, 5000, 5000, BothWays}}})
	for _, c := range []struct {
		from, to Millimetres
		open     bool
	}{{0, 4999, true}, {0, 5000, false}, {5000, 9000, false}, {4000, 6000, false}, {5001, 9000, true}, {5000, 5000, true}} {
		if got := point.PartMillis(open.Arc(false), c.from, c.to); (got != Unreachable) != c.open {
			t.Errorf("with a block at 5 m from %d to %d mm takes %d ms, passable should be %v", c.from, c.to, got, c.open)
		}
	}
}

func TestTurns(t *testing.T) {
	d := newDraft()
	mid := d.node(39.1, -75.5)
	var c [4]ChainID
	for i := range c {
		c[i] = d.chain(mid, d.node(39.1+[]float64{0.01, 0, -0.01, 0}[i], -75.5+[]float64{0, 0.01, 0, -0.01}[i]))
	}
	d.m.Rules = append(d.m.Rules,
		Rule{Relation: 9, Text: d.text.Add("no_left_turn"), Applies: 1 << Truck, Kind: RuleNo},
		Rule{Relation: 10, Text: d.text.Add("no_right_turn"), Applies: AllClasses, Kind: RuleNo, Condition: d.text.Add("Mo-Fr 07:00-09:00")},
		Rule{Relation: 11, Text: d.text.Add("only_straight_on"), Applies: 1<<Bus | 1<<Emergency, Kind: RuleOnly})
	rules := map[[2]ArcID]uint32{
		{c[0].Arc(true), c[1].Arc(false)}: 2,
		{c[0].Arc(true), c[3].Arc(false)}: 3,
		{c[1].Arc(true), c[2].Arc(false)}: 4,
	}
	d.turn = func(from, to ArcID) (uint32, bool) {
		if to == from.Reverse() {
			return 1, d.m.NodeInfo[d.m.ArcHead(from)].Degree == 1
		}
		return rules[[2]ArcID{from, to}], true
	}
	m := d.done()
	turn := func(p *Passage, from, to ArcID) Millis {
		for i := m.TurnFirst[from]; i < m.TurnFirst[from+1]; i++ {
			if m.StateArc[m.TurnTo[i]] == to {
				return p.Turn[i]
			}
		}
		t.Fatalf("no turn from arc %d to arc %d", from, to)
		return 0
	}
	for _, x := range []struct {
		classes     ClassSet
		left, right Millis
		straight    Millis
		conditional int
	}{
		{1 << Car, 0, Unreachable, 0, 1},
		{1 << Truck, Unreachable, Unreachable, 0, 1},
		{1<<Car | 1<<Truck, Unreachable, Unreachable, 0, 1},
		{1 << Bus, 0, Unreachable, Unreachable, 1},
		{0, 0, Unreachable, 0, 1},
	} {
		p := m.Passage(Vehicle{Classes: x.classes}, PassageOptions{})
		if got := [3]Millis{
			turn(p, c[0].Arc(true), c[1].Arc(false)), turn(p, c[0].Arc(true), c[3].Arc(false)), turn(p, c[1].Arc(true), c[2].Arc(false)),
		}; got != [3]Millis{x.left, x.right, x.straight} || p.ConditionalTurns != x.conditional {
			t.Errorf("classes %b: turns %v and %d conditional, want %v", x.classes, got, p.ConditionalTurns, x)
		}
		if got := turn(p, c[0].Arc(false), c[0].Arc(true)); got != UTurnCost {
			t.Errorf("turning back takes %d ms", got)
		}
	}
}

func TestBarriers(t *testing.T) {
	for _, x := range []struct {
		name   string
		access Access
		o      PassageOptions
		passes bool
	}{
		{"open to cars", Access(0).With(Truck, Forbidden), PassageOptions{}, true},
		{"forbidden", Access(0).With(Car, Forbidden), PassageOptions{Ends: []ChainID{1}, Private: true}, false},
		{"destination", Access(0).With(Car, Destination), PassageOptions{}, false},
		{"destination behind it", Access(0).With(Car, Destination), PassageOptions{Ends: []ChainID{1}}, true},
		{"private", Access(0).With(Car, Private), PassageOptions{Private: true}, false},
		{"private behind it", Access(0).With(Car, Private), PassageOptions{Private: true, Ends: []ChainID{1}}, true},
		{"private without leave", Access(0).With(Car, Private), PassageOptions{Ends: []ChainID{1}}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := newDraft()
			a, gate, b := d.node(39.1, -75.5), d.node(39.11, -75.5), d.node(39.12, -75.5)
			d.chain(a, gate)
			d.chain(gate, b)
			d.m.Component[1] = 1
			d.m.NodeInfo[gate].Access = x.access
			m := d.done()
			p := m.Passage(Vehicle{Classes: 1 << Car}, x.o)
			through := 0
			for s := range m.StateArc {
				for i := m.TurnFirst[s]; i < m.TurnFirst[s+1]; i++ {
					from, to := m.StateArc[s], m.StateArc[m.TurnTo[i]]
					if from.Chain() == to.Chain() {
						if p.Turn[i] != UTurnCost {
							t.Errorf("turning back takes %d ms", p.Turn[i])
						}
						continue
					}
					through++
					if (p.Turn[i] == 0) != x.passes || (p.Turn[i] == Unreachable) == x.passes {
						t.Errorf("passing takes %d ms, should pass: %v", p.Turn[i], x.passes)
					}
				}
			}
			if through != 2 {
				t.Errorf("%d turns through the gate, want 2", through)
			}
		})
	}
}

func TestVeryLongArcIsNotUnreachable(t *testing.T) {
	d := newDraft()
	c := d.chain(d.node(0, 0), d.node(0, 30))
	d.m.Interval[0].SpeedForward = 1
	m := d.done()
	p := m.Passage(Vehicle{}, PassageOptions{})
	if got := p.Arc[c.Arc(false)]; got != Unreachable-1 {
		t.Errorf("%d ms, want the greatest time below Unreachable", got)
	}
	if got := p.PartMillis(c.Arc(false), 0, m.Length[c]); got != p.Arc[0] {
		t.Errorf("as a part %d ms", got)
	}
}

func BenchmarkPassage(b *testing.B) {
	m := randomMap(newRand(9), 20000)
	for b.Loop() {
		m.Passage(Vehicle{Classes: 1 << Car, HeightCM: 350}, PassageOptions{Private: true, Ends: []ChainID{1, 2}})
	}
}

// TestChangedIsPassage changes ends and closures of random networks step by step
// and compares with a passage worked out afresh.
func TestChangedIsPassage(t *testing.T) {
	moved := 0
	for seed := range uint64(30) {
		rnd := newRand(100 + seed)
		m := randomMap(rnd, 30)
		v := Vehicle{Classes: ClassSet(1 + rnd.IntN(int(AllClasses))), HeightCM: uint16(rnd.IntN(500)), WeightKG: uint32(rnd.IntN(20000))}
		o := PassageOptions{Private: rnd.IntN(2) == 0, MaxKMH: uint8(rnd.IntN(2) * 40)}
		p := m.Passage(v, o)
		for range 12 {
			if rnd.IntN(2) == 0 {
				o.Ends = nil
				for range rnd.IntN(3) {
					o.Ends = append(o.Ends, ChainID(rnd.IntN(m.NumChains())))
				}
			}
			n := len(o.Closed)
			switch what := rnd.IntN(4); {
			case n > 0 && what == 0:
				o.Closed = o.Closed[:n-1]
			case n > 0 && what == 1: // moved along its road, in the same direction
				s := &o.Closed[n-1]
				s.From = Millimetres(rnd.IntN(int(m.Length[s.Chain])))
				s.To = s.From + Millimetres(rnd.IntN(int(m.Length[s.Chain]-s.From)+1))
			default:
				c := ChainID(rnd.IntN(m.NumChains()))
				from := Millimetres(rnd.IntN(int(m.Length[c])))
				o.Closed = append(o.Closed, Stretch{c, from, from + (m.Length[c]-from)/2, Heading(rnd.IntN(3))})
			}
			q, arcs, turns := p.Changed(o.Ends, o.Closed)
			want, was := m.Passage(v, o), m.Passage(v, p.Options())
			if !slices.Equal(q.Arc, want.Arc) || !slices.Equal(q.Turn, want.Turn) || q.ConditionalTurns != want.ConditionalTurns {
				t.Fatalf("seed %d: times differ from those of a fresh passage", seed)
			}
			for a := range ArcID(m.NumArcs()) {
				x, y := Millimetres(rnd.IntN(int(m.Length[a.Chain()])+1)), Millimetres(rnd.IntN(int(m.Length[a.Chain()])+1))
				if x, y := min(x, y), max(x, y); q.Why(a) != want.Why(a) || q.PartMillis(a, x, y) != want.PartMillis(a, x, y) || q.PartMillis(a, y, x) != want.PartMillis(a, y, x) {
					t.Fatalf("seed %d: arc %d: %q, want %q", seed, a, q.Why(a), want.Why(a))
				}
				if p.Why(a) != was.Why(a) || p.PartMillis(a, x, y) != was.PartMillis(a, x, y) {
					t.Fatalf("seed %d: arc %d of the passage before is %q, was %q", seed, a, p.Why(a), was.Why(a))
				}
				if q.Arc[a] != p.Arc[a] && !slices.Contains(arcs, a) {
					t.Fatalf("seed %d: the change of arc %d is not told", seed, a)
				}
			}
			for i := range q.Turn {
				if told := slices.Contains(turns, uint32(i)); told != (q.Turn[i] != p.Turn[i]) {
					t.Fatalf("seed %d: turn %d was %d, is %d, told %v", seed, i, p.Turn[i], q.Turn[i], told)
				}
			}
			moved += len(turns)
			p = q
		}
	}
	if moved == 0 {
		t.Error("no turn ever changed: the networks are too simple")
	}
}
