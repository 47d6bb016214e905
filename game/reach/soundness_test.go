package reach

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/geo"
)

// maze is a field without ground and discs that charge for its pieces.
type maze struct {
	Field
	charges []charge
}

// randomMaze draws a street of 4 to 11 nodes, with dead ends to turn in, short cuts,
// ways back and nodes that share a piece, and discs that the street weaves in and
// out of; with many, the charges fill more than one word.
func randomMaze(r *rand.Rand) *maze {
	m := &maze{}
	n := 4 + r.IntN(8)
	type arc struct{ to, time uint32 }
	arcs := make([][]arc, n)
	scale := []uint32{1, 1, 1, 7, 1001, 99_991}[r.IntN(6)]
	time := func(most int) uint32 {
		t := uint32(r.IntN(most+1)) * scale
		if scale > 1 && r.IntN(3) == 0 {
			t += uint32(r.IntN(3))
		}
		return t
	}
	join := func(a, b int, most int) { arcs[a] = append(arcs[a], arc{uint32(b), time(most)}) }
	for v := range n - 1 {
		if r.IntN(12) > 0 {
			join(v, v+1, 2)
		}
	}
	for range r.IntN(n + 3) {
		a, b := r.IntN(n), r.IntN(n)
		join(a, b, 1+r.IntN(6))
		if r.IntN(3) == 0 {
			join(b, a, 2) // a road to turn in
		}
	}
	m.Pieces = max(n-r.IntN(3), 2)
	for v := range n {
		m.Piece = append(m.Piece, uint32(v%m.Pieces))
	}
	m.First = []uint32{0}
	for _, as := range arcs {
		for _, a := range as {
			m.To, m.Time = append(m.To, a.to), append(m.Time, a.time)
		}
		m.First = append(m.First, uint32(len(m.To)))
	}
	m.Seeds = []Seed{{0, time(2)}}
	if r.IntN(3) == 0 {
		m.Seeds = append(m.Seeds, Seed{uint32(r.IntN(n)), time(4)})
	}
	m.Sinks = []uint32{uint32(n - 1)}
	if r.IntN(4) == 0 {
		m.Sinks = append(m.Sinks, uint32(r.IntN(n)))
	}
	discs := 1 + r.IntN(6)
	if r.IntN(10) == 0 {
		discs = mostCharges - r.IntN(70)
	}
	for range discs {
		c := charge{level: 1 + int32(r.IntN([]int{1, 4, 40}[r.IntN(3)]))}
		dense := 1 + r.IntN(4)
		for p := range m.Pieces {
			if r.IntN(4) < dense {
				c.pieces = append(c.pieces, uint32(p))
			}
		}
		m.charges = append(m.charges, c)
	}
	return m
}

// A ware is a kind of walk: where it is, when, and which discs it has met.
type ware struct {
	node uint32
	time uint64
	met  [2]uint64
}

// An end is a walk that came to a sink.
type end struct {
	time uint64
	cost int32
}

// ends lays out what all walks within a time cost that end at a sink, by rising
// time; nil if there are too many kinds. No walk is left out because of another,
// but walks that agree in all that counts are followed once.
func (m *maze) ends(limit uint64, most int) []end {
	sink := map[uint32]bool{}
	for _, s := range m.Sinks {
		sink[s] = true
	}
	on := make([][2]uint64, m.Pieces)
	for k, c := range m.charges {
		for _, p := range c.pieces {
			on[p][k/64] |= 1 << (k % 64)
		}
	}
	seen := map[ware]bool{}
	var list []ware
	add := func(node uint32, time uint64, met [2]uint64) {
		o := on[m.Piece[node]]
		w := ware{node, time, [2]uint64{met[0] | o[0], met[1] | o[1]}}
		if time <= limit && !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	for _, s := range m.Seeds {
		add(s.Node, uint64(s.Time), [2]uint64{})
	}
	all := map[end]bool{}
	for i := 0; i < len(list); i++ {
		if len(list) > most {
			return nil
		}
		w := list[i]
		if sink[w.node] {
			cost := int32(0)
			for k, c := range m.charges {
				if w.met[k/64]>>(k%64)&1 == 1 {
					cost += c.level
				}
			}
			all[end{w.time, cost}] = true
		}
		for a := m.First[w.node]; a < m.First[w.node+1]; a++ {
			add(m.To[a], w.time+uint64(m.Time[a]), w.met)
		}
	}
	var out []end
	for e := range all {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b end) int { return int(a.time) - int(b.time) })
	return out
}

// TestProofSound holds proving searches against all walks, on thousands of small
// fields: with every kind of loop, limit, price, bound and effort none may prove
// more than the cheapest walk pays, and with everything remembered, it must prove
// just that. Limits are those at which a walk just becomes possible that is cheaper
// than all before, and the ones next to them.
func TestProofSound(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 5))
	cases, between, weaker, priced, pricedExact := 0, 0, 0, 0, 0
	for field := 0; field < 2500; {
		m := randomMaze(r)
		fast, ok := newWalks(&m.Field, 1<<30).fastest()
		if !ok {
			continue
		}
		longest := 2*uint64(fast) + uint64(r.IntN(8))
		ends := m.ends(longest, 4000)
		if ends == nil {
			continue
		}
		field++
		price := []float64{0, 0, 0.125, 2}[r.IntN(4)] / float64(max(fast/8, 1))
		const unit = 0.5
		pays := func(e end) float64 { return unit*float64(e.cost) + price*float64(e.time) }
		total := 1.0 + price*float64(longest)
		for _, c := range m.charges {
			total += unit * float64(c.level)
		}
		var limits []uint64
		best := math.Inf(1)
		for _, e := range ends {
			if pays(e) < best {
				best = pays(e)
				limits = append(limits, e.time, e.time+uint64(r.IntN(3)))
				if e.time > uint64(fast) {
					limits = append(limits, e.time-1)
				}
			}
		}
		limits = append(limits, uint64(fast)+uint64(r.Int64N(int64(longest-uint64(fast)+1))))
		if len(limits) > 6 {
			r.Shuffle(len(limits), func(a, b int) { limits[a], limits[b] = limits[b], limits[a] })
			limits = limits[:6]
		}
		for _, l := range limits {
			limit := uint32(l)
			if l > longest || limit == 0 {
				continue
			}
			least := math.Inf(1)
			for _, e := range ends {
				if e.time <= l {
					least = min(least, pays(e))
				}
			}
			say := func(what string, got float64) {
				t.Errorf("field %d, limit %d, price %v, %s: proved %v, the least is %v\n%+v", field, limit, price, what, got, least, m)
			}
			slack := 1e-9 * (1 + least)
			w := newWalks(&m.Field, limit)
			s := &w.fronts
			s.charge(m.charges)
			q := question{limit: limit, below: total, unit: unit, price: price, effort: 1_000_000}
			for _, loop := range []uint32{0, 1, 2, 3, uint32(r.IntN(int(limit))), uint32(r.IntN(int(limit))), limit - 1} {
				if loop >= limit {
					continue
				}
				cases++
				s.regions(loop)
				p, _ := s.bound(q, loop, 0)
				got, complete := p.least, p.complete
				if got > least+slack {
					say(fmt.Sprint("loop ", loop), got)
				}
				if !complete {
					say(fmt.Sprint("incomplete, loop ", loop), got)
				}
				if got < least-slack {
					weaker++
				} else {
					between++
				}
				if price > 0 {
					priced++
					q, low := q, q
					q.proving, low.proving, low.below, low.effort = true, true, least*(0.5+r.Float64()), 1+r.IntN(12)
					for _, c := range []question{q, low} {
						got := w.priced.bound(c, loop, 1+r.IntN(5)).least
						if got > least+slack {
							say(fmt.Sprintf("priced, loop %d, effort %d, below %v", loop, c.effort, c.below), got)
						}
						if c.effort == q.effort && got > least-slack {
							pricedExact++
						}
					}
				}
				few := q
				few.effort = 1 + r.IntN(12)
				if got, _ := s.bound(few, loop, 0); got.least > least+slack {
					say(fmt.Sprintf("loop %d, effort %d", loop, few.effort), got.least)
				}
			}
			low := q
			low.below = least * (0.5 + r.Float64())
			for _, c := range []struct {
				q    question
				want float64
			}{{q, least}, {low, min(least, low.below)}} {
				s.regions(limit)
				if got, _ := s.bound(c.q, limit, 0); math.Abs(got.least-c.want) > slack || !got.complete {
					say(fmt.Sprintf("all remembered, below %v, complete %v", c.q.below, got.complete), got.least)
				}
			}
			q.most = 1
			if got := s.search(&q).least; got < least-slack {
				say("quick search", got)
			}
			s.forget()
			if t.Failed() {
				return
			}
		}
	}
	if priced < 5000 || pricedExact < priced/4 {
		t.Errorf("%d of %d bounds with a price are exact: too few to tell", pricedExact, priced)
	}
	if cases < 20_000 || between < cases/4 || weaker < cases/100 {
		t.Errorf("%d cases, %d exact and %d weaker: too few of a kind to tell", cases, between, weaker)
	}
}

// TestProofCapped charges more than a search tells apart: what it says must stay
// below what the only walk pays.
func TestProofCapped(t *testing.T) {
	m := &maze{Field: Field{
		First: []uint32{0, 1, 1}, To: []uint32{1}, Time: []uint32{5}, Piece: []uint32{0, 1}, Pieces: 2,
		Seeds: []Seed{{0, 3}}, Sinks: []uint32{1},
	}}
	m.charges = []charge{{[]uint32{0}, mostLevels - 7}, {[]uint32{1}, mostLevels - 7}}
	s := &newWalks(&m.Field, 20).fronts
	s.charge(m.charges)
	for _, price := range []float64{0, 0.25} {
		least := 2*(mostLevels-7) + 8*price
		s.regions(20)
		p, _ := s.bound(question{limit: 20, below: 1e9, unit: 1, price: price, effort: 1000}, 20, 0)
		got, complete := p.least, p.complete
		if got > least || got < mostLevels || complete {
			t.Errorf("proved %v of %v, complete %v", got, least, complete)
		}
	}
}

// TestProve holds attackers' mixes drawn at random, with and without a price of
// time, against every walk of small towns: what prove says of the mix it made of
// them must hold and, where the search came to its end, be the least.
func TestProve(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 5))
	for tried := 0; tried < 150; {
		f, limit := randomTown(r, 1+r.IntN(2))
		if f == nil {
			continue
		}
		walks := every(&f.Field, limit, 2000)
		if len(walks) < 2 {
			continue
		}
		tried++
		x, err := New(&f.Field, Options{Reach: 100, Step: 25, Limit: limit, Loop: 1 + uint32(r.IntN(int(limit))), Levels: 1 + r.IntN(3000)})
		if err != nil {
			t.Fatal(err)
		}
		centres := len(netPoints(x))
		meanLimit, price := math.Inf(1), 0.0
		if r.IntN(2) == 0 {
			fast, _ := x.w.fastest()
			meanLimit = float64(fast) + r.Float64()*float64(limit-fast)
			price = r.Float64() * r.Float64() / float64(limit)
		}
		prices := map[disc]float64{}
		for range 1 + r.IntN(12) {
			prices[disc(r.IntN(centres))] = r.Float64()
		}
		a := &answer{upper: 0.05 + 2*r.Float64(), prices: normal(prices), price: price}
		effort := 1_000_000
		if r.IntN(4) == 0 {
			effort = 1 + r.IntN(40)
		}
		upper := a.upper
		if err := x.prove(context.Background(), x.narrow, a, meanLimit, effort); err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, y := range a.prices {
			total += y
		}
		if len(a.prices) > 0 && math.Abs(total-1) > 1e-9 {
			t.Errorf("the attacker's odds add up to %v", total)
		}
		least := math.Inf(1)
		for _, w := range walks {
			pay := 0.0
			for d, y := range a.prices {
				for _, v := range w {
					if near, _ := x.g.touching(f.Piece[v]); slices.Contains(near, d) {
						pay += y * x.g.pNarrow[d]
						break
					}
				}
			}
			if a.price > 0 {
				pay += a.price * (timeOf(&f.Field, w) - meanLimit)
			}
			least = min(least, pay)
		}
		if a.lower > least+1e-9 {
			t.Errorf("town %d: proved %v, a walk pays %v", tried, a.lower, least)
		}
		if want := max(min(least, upper), 0); a.complete && len(a.prices) > 0 && (a.lower > 0 || price == 0) && a.lower < want-1e-9 {
			t.Errorf("town %d: complete, proved %v of %v", tried, a.lower, want)
		}
	}
}

// timeOf returns the time of a walk.
func timeOf(f *Field, nodes []uint32) float64 {
	time := math.Inf(1)
	for _, s := range f.Seeds {
		if s.Node == nodes[0] {
			time = min(time, float64(s.Time))
		}
	}
	for i, v := range nodes[1:] {
		step := math.Inf(1)
		for k := f.First[nodes[i]]; k < f.First[nodes[i]+1]; k++ {
			if f.To[k] == v {
				step = min(step, float64(f.Time[k]))
			}
		}
		time += step
	}
	return time
}

// nearest returns the point of a net that is next to a place, and how far it is.
func (n *net) nearest(p geo.Point) (d disc, metres float64) {
	metres = math.Inf(1)
	middle := int32(math.Round(float64(p.Lat) / n.dLat))
	for i := middle - 1; i <= middle+1; i++ {
		k := int32(math.Round(float64(p.Lon) / n.row(i).dLon))
		for c := k - 1; c <= k+1; c++ {
			if m := geo.Distance(p, n.point(n.disc(i, c))); m < metres {
				d, metres = n.disc(i, c), m
			}
		}
	}
	return d, metres
}

// TestNet wants a point of the net within a step of every place, the worst ones
// between rows and columns included; a disc of the reach there to lie in the wide
// one of that point; and the narrow one within the reach.
func TestNet(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 5))
	const rounding = 0.012 // of points, metres
	for range 1500 {
		reach := []float64{20, 100, 900, 5000}[r.IntN(4)]
		step := reach * (0.05 + 0.9*r.Float64())
		n := newNet(reach, step)
		lat := 80 * (2*r.Float64() - 1)
		if r.IntN(3) == 0 {
			lat = math.Copysign(70+10*r.Float64(), lat)
		}
		lon := 340*r.Float64() - 170
		worst := 0.0
		for k := range 40 {
			// Half way between two rows and two columns, of one row after the other.
			i := math.Floor(lat / 90 * 9e8 / n.dLat)
			row := n.row(int32(i) + int32(k%2))
			column := math.Floor(lon/180*18e8/row.dLon) + float64(k) + 0.5
			p := geo.PointFromDegrees((i+0.5)*n.dLat/geo.E7, column*row.dLon/geo.E7)
			if k >= 30 {
				p = geo.PointFromDegrees(lat+1e-3*r.Float64(), lon+1e-3*r.Float64())
			}
			d, metres := n.nearest(p)
			if worst = max(worst, metres); metres > step+rounding {
				t.Fatalf("%v is %.4f m from the net with a step of %g m", p, metres, step)
			}
			// A place just within the reach of p, then of d.
			in, out := n.dLat/geo.E7, n.row(int32(n.at[d]>>32))
			for range 8 {
				far := reach + step
				north, east := (2*r.Float64()-1)*far, (2*r.Float64()-1)*far
				at := geo.PointFromDegrees(float64(p.Lat)/geo.E7+north/n.step*in, float64(p.Lon)/geo.E7+east/out.mLon/geo.E7)
				metres, centre := geo.Distance(p, at), geo.Distance(n.point(d), at)
				plane := math.Sqrt(n.from(d, &Segment{A: at, B: at}))
				if metres <= reach-rounding && plane > n.wide {
					t.Fatalf("%v is %.4f m from %v, and %.4f m, not %.4f, from the disc next to it", at, metres, p, plane, n.wide)
				}
				if plane <= n.narrow && centre > reach+rounding {
					t.Fatalf("%v is %.4f m from a disc of %g m that holds it", at, centre, reach)
				}
			}
		}
		if worst < 0.65*step {
			t.Fatalf("a net for a step of %g m is nowhere wider than %.4f m", step, worst)
		}
	}
}

// TestWidestRadii looks where plane distances are wrong by most: near 80°, with the
// largest reach and step, from a disc over the point farthest from the net and on to
// the end of its reach.
func TestWidestRadii(t *testing.T) {
	const reach, step = 5000.0, 4500.0
	const rounding = 0.05 // of points at that latitude, metres
	n := newNet(reach, step)
	farthest, widest := 0.0, 0.0
	for _, lat := range []float64{79.95, 79.5, -79.95} {
		for k := range 200 {
			i := math.Floor(lat / 90 * 9e8 / n.dLat)
			row := n.row(int32(i) + int32(k%2))
			column := math.Floor(0.1*float64(k)/180*18e8/row.dLon) + 0.5
			p := geo.PointFromDegrees((i+0.5)*n.dLat/geo.E7, column*row.dLon/geo.E7)
			_, metres := n.nearest(p)
			if farthest = max(farthest, metres); metres > step+rounding {
				t.Fatalf("%v is %.3f m from the net with a step of %g m", p, metres, step)
			}
			// Any disc within a step of p must hold what an attack at p reaches.
			for row := int32(i) - 1; row <= int32(i)+2; row++ {
				for c := int32(column) - 2; c <= int32(column)+2; c++ {
					if d := n.disc(row, c); geo.Distance(p, n.point(d)) <= step {
						widest = max(widest, overThePoint(t, n, d, p, reach))
					}
				}
			}
		}
	}
	// Otherwise the places were not the worst, and the test would see nothing.
	if farthest < 0.99*step {
		t.Errorf("no place is farther than %.1f m from the net", farthest)
	}
	if wrong := n.wide - reach - step; widest < reach+step+wrong/4 {
		t.Errorf("no place is farther than %.3f m from its disc; radii are widened to %.3f", widest, n.wide)
	}
}

// overThePoint goes from a disc over a place and on to the end of the reach of an
// attack there, at several angles; the disc must hold it all. It returns the greatest
// distance in the plane from the disc.
func overThePoint(t *testing.T, n *net, d disc, p geo.Point, reach float64) (widest float64) {
	t.Helper()
	_, _, own := n.centre(d)
	c := n.point(d)
	east, north := float64(p.Lon-c.Lon)*own.mLon, float64(p.Lat-c.Lat)*own.mLat
	for turn := -0.6; turn <= 0.6; turn += 0.1 {
		sin, cos := math.Sincos(turn)
		x, y := east*cos-north*sin, east*sin+north*cos
		along := func(m float64) geo.Point {
			f := m / math.Hypot(x, y)
			return geo.Point{Lat: p.Lat + int32(y*f/own.mLat), Lon: p.Lon + int32(x*f/own.mLon)}
		}
		lo, hi := reach*0.9, reach*1.1
		for hi-lo > 0.001 {
			if mid := (lo + hi) / 2; geo.Distance(p, along(mid)) <= reach {
				lo = mid
			} else {
				hi = mid
			}
		}
		at := along(lo)
		plane := math.Sqrt(n.from(d, &Segment{A: at, B: at}))
		if widest = max(widest, plane); plane > n.wide {
			t.Fatalf("%v is within the reach of %v, and %.3f m, not %.3f, from a disc within a step of it", at, p, plane, n.wide)
		}
	}
	return widest
}

// TestRegions holds where discs are remembered against all loops of small fields.
func TestRegions(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 5))
	inside, outside := 0, 0
	for range 600 {
		m := randomMaze(r)
		n := m.Nodes()
		// Least times between ends of nodes, by Floyd and Warshall.
		far := make([][]uint64, n)
		for v := range far {
			far[v] = make([]uint64, n)
			for u := range far[v] {
				far[v][u] = math.MaxUint32
			}
			far[v][v] = 0
			for i := m.First[v]; i < m.First[v+1]; i++ {
				far[v][m.To[i]] = min(far[v][m.To[i]], uint64(m.Time[i]))
			}
		}
		for k := range n {
			for a := range n {
				for b := range n {
					far[a][b] = min(far[a][b], far[a][k]+far[k][b])
				}
			}
		}
		w := newWalks(&m.Field, 1<<30)
		s := &w.fronts
		s.charge(m.charges)
		loop := uint32(r.IntN(12)) * []uint32{1, 7, 1001, 99_991}[r.IntN(4)]
		s.regions(loop)
		for k, c := range m.charges {
			for v := range n {
				there, back := uint64(math.MaxUint32), uint64(math.MaxUint32)
				for u := range n {
					if w.rest[u] != unreached && slices.Contains(c.pieces, m.Piece[u]) {
						there, back = min(there, far[u][v]), min(back, far[v][u])
					}
				}
				want := there+back <= uint64(loop)
				if got := !s.memory[v].and(single(k)).empty(); got != want {
					t.Fatalf("disc %d at node %d, %d there and %d back, loop %d: remembered %v", k, v, there, back, loop, got)
				}
				if want {
					inside++
				} else {
					outside++
				}
			}
		}
		s.forget()
	}
	if min(inside, outside) < 1000 {
		t.Errorf("%d nodes remember, %d do not: too few of a kind to tell", inside, outside)
	}
}
