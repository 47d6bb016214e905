package network

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
)

// slowSnap looks at every segment of every chain. usable tells whether a
// position may be snapped to, at the granularity of segments and their middles.
func slowSnap(m *Map, p geo.Point, pass *Passage, island bool) (best float64) {
	best = math.Inf(1)
	for c := range ChainID(m.NumChains()) {
		if !island && m.NodeInfo[m.Tail[c]].Island == 1 && m.NodeInfo[m.Head[c]].Island == 1 {
			continue
		}
		if pass != nil && !slowUsable(m, pass, c) {
			continue
		}
		vertices, _ := m.Vertices(c)
		for i := range vertices[1:] {
			_, away := geo.ProjectOnSegment(p, vertices[i], vertices[i+1])
			best = min(best, away)
		}
	}
	return best
}

// slowUsable is for passages without partly barred arcs.
func slowUsable(m *Map, pass *Passage, c ChainID) bool {
	for _, a := range []ArcID{c.Arc(false), c.Arc(true)} {
		worst := Open
		for k := range classes {
			if pass.Vehicle().Classes.Has(k) {
				worst = max(worst, m.ArcAccess[a].Of(k))
			}
		}
		if worst == Open || worst == Destination || worst == Private && pass.o.Private {
			return true
		}
	}
	return false
}

func TestSnapEqualsBruteForce(t *testing.T) {
	for seed := range uint64(8) {
		rnd := newRand(seed)
		m := randomMap(rnd, 60)
		passages := []*Passage{
			nil,
			m.Passage(Vehicle{Classes: 1 << Car}, PassageOptions{Private: true}),
			m.Passage(Vehicle{Classes: 1<<Car | 1<<Truck}, PassageOptions{}),
		}
		for range 200 {
			p := geo.PointFromDegrees(39.05+rnd.Float64()*0.2, -75.65+rnd.Float64()*0.2)
			pass := passages[rnd.IntN(len(passages))]
			limit := math.Exp(rnd.Float64()*9 + 1)
			got, err := m.Snap(p, pass, limit)
			want, wantIsland := slowSnap(m, p, pass, false), slowSnap(m, p, pass, true)
			switch {
			case want <= limit:
				if err != nil || got.Away != want || got.Island {
					t.Fatalf("seed %d: Snap(%v, %g) = %+v, %v; the nearest is %g m away", seed, p, limit, got, err, want)
				}
			case wantIsland <= limit:
				if err != nil || got.Away != wantIsland || !got.Island {
					t.Fatalf("seed %d: Snap(%v, %g) = %+v, %v; the nearest, an island, is %g m away", seed, p, limit, got, err, wantIsland)
				}
			default:
				if !errors.Is(err, ErrOffNetwork) {
					t.Fatalf("seed %d: Snap(%v, %g) = %+v, %v; the nearest is %g m away", seed, p, limit, got, err, wantIsland)
				}
				continue
			}
			if at := m.PointAt(got.Chain, got.At); geo.Distance(at, got.Point) > 0.03 {
				t.Fatalf("position %d mm of chain %d is %v, %g m from %v", got.At, got.Chain, at, geo.Distance(at, got.Point), got.Point)
			}
			all := m.SnapAll(p, pass, limit, 1000)
			if !slices.IsSortedFunc(all, func(a, b Location) int { return int(math.Copysign(1, a.Away-b.Away)) }) {
				t.Fatalf("SnapAll is not in order: %+v", all)
			}
			if i := slices.IndexFunc(all, func(l Location) bool { return l == got }); i < 0 {
				t.Fatalf("SnapAll lacks %+v", got)
			}
			if few := m.SnapAll(p, pass, limit, 2); !slices.Equal(few, all[:min(2, len(all))]) {
				t.Fatalf("SnapAll of two gives %+v, want the first two of %+v", few, all)
			}
		}
	}
}

// TestSnapKeepsOffBarredParts samples the positions of a chain at every metre.
func TestSnapKeepsOffBarredParts(t *testing.T) {
	rnd := newRand(11)
	for round := range 200 {
		d := newDraft()
		a, b := d.node(39.1, -75.5), d.node(39.1+rnd.Float64()*0.004, -75.495)
		c := d.chain(a, b, geo.PointFromDegrees(39.1+rnd.Float64()*0.004, -75.498))
		length := d.m.Length[c]
		low := d.limit(Limits{HeightCM: 300})
		from := length / 4 * Millimetres(rnd.IntN(4))
		if from > 0 {
			d.split(from, func(iv *Interval) { iv.Limits = low })
			d.split(from+length/8, func(iv *Interval) { iv.Limits = 0 })
			d.m.ArcLimits[0], d.m.ArcLimits[1] = low, low
		}
		m := d.done()
		x := Millimetres(rnd.IntN(int(length)))
		y := x + Millimetres(rnd.IntN(int(length-x)+1))
		pass := m.Passage(Vehicle{Classes: 1 << Car, HeightCM: 310}, PassageOptions{Closed: []Stretch{{c, x, y, BothWays}}})
		barred := func(at Millimetres) bool {
			return x < at && at < y || from > 0 && from < at && at < from+length/8
		}
		p := geo.PointFromDegrees(39.098+rnd.Float64()*0.008, -75.5+rnd.Float64()*0.005)
		want := math.Inf(1)
		for at := Millimetres(0); at <= length; at += 250 {
			if !barred(at) {
				want = min(want, geo.Distance(p, m.PointAt(c, at)))
			}
		}
		got, err := m.Snap(p, pass, 1e6)
		if math.IsInf(want, 1) {
			continue // less than 250 mm are left
		}
		if err != nil || got.Away > want+0.02 || got.Away < want-0.3 || barred(got.At) && barred(got.At-2) && barred(got.At+2) {
			t.Fatalf("round %d: %+v, %v; want about %g m (closed %d to %d, low %d to %d)", round, got, err, want, x, y, from, from+length/8)
		}
	}
}

func TestOffNetworkSaysWhatToDo(t *testing.T) {
	d := newDraft()
	a, b, c := d.node(39.1, -75.5), d.node(39.1, -75.49), d.node(39.2, -75.5)
	low := d.limit(Limits{HeightCM: 380})
	ab := d.chain(a, b)
	d.m.Interval[0].Limits, d.m.Interval[0].Name = low, d.text.Add("Low Bridge Road")
	d.m.ArcLimits[ab.Arc(false)], d.m.ArcLimits[ab.Arc(true)] = low, low
	d.chain(a, c)
	m := d.done()
	high := m.Passage(Vehicle{Classes: 1 << Truck, HeightCM: 410}, PassageOptions{})
	near := geo.PointFromDegrees(39.1, -75.492)
	_, err := m.Snap(near, high, 100)
	if !errors.Is(err, ErrOffNetwork) {
		t.Fatal(err)
	}
	for _, part := range []string{"39.10000,-75.49200", "692 m", "farther than 100 m", "Low Bridge Road", "height limit 3.8 m, way 101; convoy 4.1 m", "give a place"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if _, err := m.Snap(near, nil, 100); err != nil {
		t.Error(err)
	}
	_, err = newDraft().done().Snap(near, nil, 100)
	if !errors.Is(err, ErrOffNetwork) || !strings.Contains(err.Error(), "no carriageway") {
		t.Errorf("on an empty map: %v", err)
	}
	_, err = m.Snap(near, m.Passage(Vehicle{HeightCM: 1}, PassageOptions{Closed: []Stretch{{0, 0, m.Length[0], BothWays}, {1, 0, m.Length[1], BothWays}}}), 100)
	if !errors.Is(err, ErrOffNetwork) || !strings.Contains(err.Error(), "no carriageway of the map may be used") {
		t.Errorf("with everything closed: %v", err)
	}
}

func TestGeometry(t *testing.T) {
	rnd := newRand(21)
	m := randomMap(rnd, 40)
	length := func(line []geo.Point) (sum float64) {
		for i := range line[1:] {
			sum += geo.Distance(line[i], line[i+1])
		}
		return sum
	}
	for range 2000 {
		c := ChainID(rnd.IntN(m.NumChains()))
		if m.Length[c] == 0 {
			continue
		}
		x := Millimetres(rnd.IntN(int(m.Length[c]) + 1))
		y := x + Millimetres(rnd.IntN(int(m.Length[c]-x)+1))
		line := m.Geometry(c.Arc(false), x, y)
		if line[0] != m.PointAt(c, x) || line[len(line)-1] != m.PointAt(c, y) {
			t.Fatalf("the line from %d to %d of chain %d has other ends", x, y, c)
		}
		// Points are rounded to E7 (at most 8 mm off) and positions to 1 mm; on
		// long segments equal steps of longitude are not quite equally long.
		slack := 0.02 * float64(len(line)+1)
		vertices, _ := m.Vertices(c)
		for i := range vertices[1:] {
			d := geo.Distance(vertices[i], vertices[i+1])
			slack += 3e-8 * d * d
		}
		if got := length(line); math.Abs(got-(y-x).Metres()) > slack {
			t.Fatalf("the line from %d to %d of chain %d is %g m long", x, y, c, got)
		}
		back := m.Geometry(c.Arc(true), y, x)
		slices.Reverse(back)
		if !slices.Equal(line, back) {
			t.Fatalf("backwards the line from %d to %d of chain %d is another", x, y, c)
		}
		for i := range line[1:] {
			if line[i] == line[i+1] {
				t.Fatalf("the line from %d to %d of chain %d repeats a point", x, y, c)
			}
		}
		iv := m.IntervalAt(c, x)
		var want Interval
		for _, candidate := range m.Intervals(c) {
			if candidate.From <= x {
				want = candidate
			}
		}
		if iv != want {
			t.Fatalf("interval at %d of chain %d begins at %d, want %d", x, c, iv.From, want.From)
		}
		if y > x+1000 {
			ahead, behind := m.Bearing(c.Arc(false), x), m.Bearing(c.Arc(true), y)
			if got := geo.Bearing(line[0], line[1]); geo.Distance(line[0], line[1]) > 5 && angle(ahead, got) > 1 {
				t.Fatalf("bearing at %d of chain %d is %g, want %g", x, c, ahead, got)
			}
			n := len(line) - 1
			if got := geo.Bearing(line[n], line[n-1]); geo.Distance(line[n-1], line[n]) > 5 && angle(behind, got) > 1 {
				t.Fatalf("bearing backwards at %d of chain %d is %g, want %g", y, c, behind, got)
			}
		}
	}
}

// angle returns how far two directions are apart, in degrees.
func angle(a, b float64) float64 {
	d := math.Mod(math.Abs(a-b), 360)
	return min(d, 360-d)
}

func TestNear(t *testing.T) {
	rnd := newRand(22)
	m := randomMap(rnd, 60)
	for range 100 {
		box := geo.BoxAround(geo.PointFromDegrees(39.1+rnd.Float64()*0.1, -75.6+rnd.Float64()*0.1), 300)
		got := slices.Collect(m.Near(box))
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("chains %v are not each once in order", got)
		}
		for c := range ChainID(m.NumChains()) {
			vertices, _ := m.Vertices(c)
			if slices.ContainsFunc(vertices, box.Contains) && !slices.Contains(got, c) {
				t.Fatalf("chain %d has a vertex in the box but is missing", c)
			}
		}
		for range m.Near(box) {
			break // stopping early is allowed
		}
	}
}

func TestPieces(t *testing.T) {
	m := randomMap(newRand(23), 60)
	next := uint32(0)
	for i, p := range m.Pieces {
		if p.From == m.VertexFirst[p.Chain] && i > 0 && p.Chain != m.Pieces[i-1].Chain {
			next = p.From
		}
		if p.From != next || p.To-p.From > pieceSegments || p.To >= m.VertexFirst[p.Chain+1] {
			t.Fatalf("piece %d of chain %d runs from vertex %d to %d, want from %d", i, p.Chain, p.From, p.To, next)
		}
		next = p.To
	}
	if next != uint32(len(m.Vertex)-1) {
		t.Errorf("the pieces end at vertex %d of %d", next, len(m.Vertex))
	}
}

func TestDescribe(t *testing.T) {
	d := newDraft()
	c := d.chain(d.node(39.1, -75.5), d.node(39.2, -75.5))
	iv := &d.m.Interval[0]
	iv.Name, iv.Number = d.text.Add("Market Street"), d.text.Add("US 13 Business")
	d.split(1000, func(iv *Interval) { iv.Name = 0 })
	d.split(2000, func(iv *Interval) { iv.Number = 0 })
	d.split(3000, func(iv *Interval) { iv.Class, iv.Flags = Motorway, Link })
	d.split(4000, func(iv *Interval) { iv.Name = d.text.Add("Kings Highway") })
	m := d.done()
	for at, want := range map[Millimetres]string{
		0: "Market Street (US 13 Business)", 999: "Market Street (US 13 Business)", 1000: "US 13 Business",
		2500: "unnamed residential road", 3999: "unnamed motorway slip road", 1e6: "Kings Highway",
	} {
		if got := m.Describe(c, at); got != want {
			t.Errorf("at %d mm it is %q, want %q", at, got, want)
		}
	}
}

func BenchmarkSnap(b *testing.B) {
	m := randomMap(newRand(9), 20000)
	pass := m.Passage(Vehicle{Classes: 1 << Car}, PassageOptions{Private: true})
	rnd := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		p := geo.PointFromDegrees(39.1+rnd.Float64()*0.1, -75.6+rnd.Float64()*0.1)
		if _, err := m.Snap(p, pass, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
