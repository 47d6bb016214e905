// Package check holds a mix of routes over real ground against the field it was
// made for, with code that shares nothing with the solver's but the declarations:
// distances are measured between points in space, discs are tried on a grid of its
// own, and the bound is recomputed by a plain search with sets.
package check

import (
	"container/heap"
	"fmt"
	"math"

	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
)

// A Report tells what was found.
type Report struct {
	// Faults are what is wrong with the mix, none if nothing is.
	Faults []string
	// Upper is the best that discs of the reach get against the mix that stand on
	// the grid of the check; the mix promises that none anywhere gets more than its
	// own Upper.
	Upper float64
	Discs int // that were tried
	// Lower is what the attacker's mix gets against every route, as far as that was
	// proved; Proved if the search came to its end.
	Lower  float64
	Proved bool
	Labels int
	// Returns are the routes, by number, that drive a node twice.
	Returns []int
}

const (
	slack    = 1e-6 // relative, for sums and values
	boundary = 2e-3 // of a radius, within which two ways to measure may differ
)

type checker struct {
	f    *reach.Field
	o    reach.Options
	m    *reach.Mix
	r    Report
	seen map[uint32][]reach.Segment
}

// Check recomputes what a mix says: that its routes are walks of the field that
// keep the limit, its odds and mean time, that no disc on a grid with half the step
// gets more than Upper, and what the attacker's mix gets. effort is how many labels
// the search for the latter may make; where it does not suffice, the report says
// what was proved by then.
func Check(f *reach.Field, o reach.Options, m *reach.Mix, effort int) *Report {
	c := &checker{f: f, o: o, m: m, seen: map[uint32][]reach.Segment{}}
	if err := f.Check(); err != nil {
		c.fault("%v", err)
		return &c.r
	}
	if c.routes() {
		c.upper()
	}
	c.lower(effort)
	return &c.r
}

func (c *checker) fault(format string, args ...any) {
	c.r.Faults = append(c.r.Faults, fmt.Sprintf(format, args...))
}

// routes checks the walks; false if their ground cannot be told.
func (c *checker) routes() bool {
	odds, mean, sound := 0.0, 0.0, true
	for i, r := range c.m.Routes {
		time, ok := c.drive(r.Nodes)
		if !ok {
			c.fault("route %d is no walk from a seed to a sink", i+1)
			sound = false
			continue
		}
		if time != uint64(r.Time) {
			c.fault("route %d takes %d, not %d", i+1, time, r.Time)
		}
		if time > uint64(c.o.Limit) {
			c.fault("route %d takes %d, more than the limit of %d", i+1, time, c.o.Limit)
		}
		if !(r.Prob > 0 && r.Prob <= 1+slack) {
			c.fault("route %d has odds of %v", i+1, r.Prob)
		}
		twice := map[uint32]bool{}
		for _, v := range r.Nodes {
			if twice[v] {
				c.r.Returns = append(c.r.Returns, i)
				break
			}
			twice[v] = true
		}
		odds, mean = odds+r.Prob, mean+r.Prob*float64(time)
	}
	if math.Abs(odds-1) > slack {
		c.fault("the odds of the routes add up to %v", odds)
	}
	if math.Abs(mean-c.m.MeanTime) > slack*mean {
		c.fault("the mean time is %v, not %v", mean, c.m.MeanTime)
	}
	if mean > c.m.MeanLimit*(1+slack) {
		c.fault("the mean time %v is more than the limit of %v", mean, c.m.MeanLimit)
	}
	return sound
}

// drive returns the time of a walk.
func (c *checker) drive(nodes []uint32) (uint64, bool) {
	if len(nodes) == 0 {
		return 0, false
	}
	for _, v := range nodes {
		if int(v) >= len(c.f.Piece) {
			return 0, false
		}
	}
	time := uint64(math.MaxUint64)
	for _, s := range c.f.Seeds {
		if s.Node == nodes[0] {
			time = min(time, uint64(s.Time))
		}
	}
	ok := time != math.MaxUint64
	for i := 1; i < len(nodes) && ok; i++ {
		step := uint64(math.MaxUint64)
		for k := c.f.First[nodes[i-1]]; k < c.f.First[nodes[i-1]+1]; k++ {
			if c.f.To[k] == nodes[i] {
				step = min(step, uint64(c.f.Time[k]))
			}
		}
		if ok = step != math.MaxUint64; ok {
			time += step
		}
	}
	end := false
	for _, s := range c.f.Sinks {
		end = end || s == nodes[len(nodes)-1]
	}
	return time, ok && end
}

// A space is a point in metres from the middle of the earth.
type space [3]float64

// place returns where a point is on the WGS 84 ellipsoid.
func place(p geo.Point) space {
	lat, lon := p.Degrees()
	const major, e2 = 6378137.0, 0.0066943799901413165
	sin, cos := math.Sincos(lat * math.Pi / 180)
	n := major / math.Sqrt(1-e2*sin*sin)
	return space{n * cos * math.Cos(lon*math.Pi/180), n * cos * math.Sin(lon*math.Pi/180), n * (1 - e2) * sin}
}

// off returns how far a point is from a segment, in metres.
func off(p, a, b space) float64 {
	var ab, ap, length2 float64
	for i := range 3 {
		d := b[i] - a[i]
		length2 += d * d
		ap += (p[i] - a[i]) * d
	}
	if length2 > 0 {
		ab = max(0, min(1, ap/length2))
	}
	sum := 0.0
	for i := range 3 {
		d := p[i] - a[i] - ab*(b[i]-a[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

func (c *checker) segments(piece uint32) []reach.Segment {
	s, ok := c.seen[piece]
	if !ok {
		s = c.f.Ground.Segments(piece)
		c.seen[piece] = s
	}
	return s
}

// disc returns the pieces that come within metres of a point and the greatest
// chance of their ground there.
func (c *checker) disc(at geo.Point, metres float64) (pieces map[uint32]bool, most float64) {
	lat, _ := at.Degrees()
	up := int32(metres/110000*1e7) + 10
	across := int32(metres/(110000*math.Max(math.Cos((math.Abs(lat)+0.1)*math.Pi/180), 0.001))*1e7) + 10
	box := geo.Box{Min: geo.Point{Lat: at.Lat - up, Lon: at.Lon - across}, Max: geo.Point{Lat: at.Lat + up, Lon: at.Lon + across}}
	pieces = map[uint32]bool{}
	p := place(at)
	c.f.Ground.Near(box, func(piece uint32) {
		for _, s := range c.segments(piece) {
			if off(p, place(s.A), place(s.B)) <= metres {
				pieces[piece] = true
				most = max(most, s.P)
			}
		}
	})
	return pieces, most
}

// upper tries discs along the routes.
func (c *checker) upper() {
	over := map[uint32][]int{} // by piece: routes
	for i, r := range c.m.Routes {
		for _, v := range r.Nodes {
			if is := over[c.f.Piece[v]]; len(is) == 0 || is[len(is)-1] != i {
				over[c.f.Piece[v]] = append(is, i)
			}
		}
	}
	side := c.o.Step / 2
	grid := map[[2]int64]bool{}
	for piece := range over {
		for _, s := range c.segments(piece) {
			// Points beside the segment, not farther apart than side.
			n := int(geo.Distance(s.A, s.B)/side) + 1
			for k := range n + 1 {
				q := geo.Interpolate(s.A, s.B, float64(k)/float64(n))
				grid[c.cell(q, side)] = true
			}
		}
	}
	for cell := range grid {
		c.r.Discs++
		pieces, most := c.disc(c.centre(cell, side), c.o.Reach)
		hit := map[int]bool{}
		for piece := range pieces {
			for _, i := range over[piece] {
				hit[i] = true
			}
		}
		odds := 0.0
		for i := range hit {
			odds += c.m.Routes[i].Prob
		}
		c.r.Upper = max(c.r.Upper, odds*most)
	}
	if c.r.Upper > c.m.Upper*(1+slack) {
		c.fault("a disc gets %v against the mix, more than %v", c.r.Upper, c.m.Upper)
	}
}

// cell and centre are a grid of degrees, about side metres wide.
func (c *checker) cell(p geo.Point, side float64) [2]int64 {
	row := int64(math.Round(float64(p.Lat) / (side * 90)))
	return [2]int64{row, int64(math.Round(float64(p.Lon) / c.across(row, side)))}
}

func (c *checker) across(row int64, side float64) float64 {
	lat := float64(row) * side * 90 / 1e7
	return side * 90 / math.Max(math.Cos(lat*math.Pi/180), 0.001)
}

func (c *checker) centre(cell [2]int64, side float64) geo.Point {
	return geo.Point{Lat: int32(float64(cell[0]) * side * 90), Lon: int32(float64(cell[1]) * c.across(cell[0], side))}
}

// lower recomputes what the attacker's mix gets.
func (c *checker) lower(effort int) {
	if len(c.m.Attack) == 0 {
		c.r.Proved = true
		if c.m.Lower > slack {
			c.fault("a lower bound of %v is claimed without an attacker's mix", c.m.Lower)
		}
		return
	}
	total := 0.0
	asks := map[uint32][]int{} // by piece: attacks
	pays := make([]float64, len(c.m.Attack))
	for k, a := range c.m.Attack {
		if !(a.Prob >= 0) {
			c.fault("attack %d has odds of %v", k+1, a.Prob)
			return
		}
		total += a.Prob
		// A radius a little shorter is safe for who claims a lower bound.
		pieces, least := c.disc(a.At, c.o.Reach*(1-boundary))
		_, most := c.disc(a.At, c.o.Reach*(1+boundary))
		if a.P < least*(1-slack) || a.P > most*(1+slack) {
			c.fault("attack %d has a chance of %v, not %v to %v", k+1, a.P, least, most)
		}
		pays[k] = a.Prob * least
		for piece := range pieces {
			asks[piece] = append(asks[piece], k)
		}
	}
	if math.Abs(total-1) > slack {
		c.fault("the attacker's odds add up to %v", total)
		return
	}
	c.search(asks, pays, effort)
	if c.m.Price > 0 {
		c.r.Lower -= c.m.Price * c.m.MeanLimit
	}
	if c.r.Proved && c.r.Lower < c.m.Lower*(1-slack) {
		c.fault("the attacker's mix gets %v, less than %v", c.r.Lower, c.m.Lower)
	}
}

// A label of the plain search: a walk to the end of a node.
type label struct {
	cost float64
	time uint64
	node uint32
	set  string // attacks met, one byte each
}

type labels []label

func (l labels) Len() int           { return len(l) }
func (l labels) Less(i, k int) bool { return l[i].cost < l[k].cost }
func (l labels) Swap(i, k int)      { l[i], l[k] = l[k], l[i] }

// Push is for container/heap.
func (l *labels) Push(x any) { *l = append(*l, x.(label)) }

// Pop is for container/heap.
func (l *labels) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}

// search finds the cheapest walk, label by label in order of cost. One label
// stands for another at its node if it costs no more, took no longer, and met all
// attacks that the other met.
func (c *checker) search(asks map[uint32][]int, pays []float64, effort int) {
	f := c.f
	rest := c.rest()
	kept := make([][]label, len(f.Piece))
	var queue labels
	add := func(node uint32, time uint64, from label, took uint64) {
		if rest[node] == math.MaxUint64 || time+rest[node] > uint64(c.o.Limit) {
			return
		}
		set := []byte(from.set)
		cost := from.cost + c.m.Price*float64(took)
		for _, k := range asks[f.Piece[node]] {
			if set[k] == 0 {
				set[k] = 1
				cost += pays[k]
			}
		}
		heap.Push(&queue, label{cost, time, node, string(set)})
	}
	start := label{set: string(make([]byte, len(pays)))}
	for _, s := range f.Seeds {
		add(s.Node, uint64(s.Time), start, uint64(s.Time))
	}
	sink := map[uint32]bool{}
	for _, s := range f.Sinks {
		sink[s] = true
	}
	for len(queue) > 0 {
		l := heap.Pop(&queue).(label)
		stands := false
		for _, o := range kept[l.node] {
			if o.time <= l.time && within(l.set, o.set) {
				stands = true
				break
			}
		}
		if stands {
			continue
		}
		c.r.Lower = l.cost // no walk costs less than the next label
		if sink[l.node] {
			c.r.Proved = true
			return
		}
		if c.r.Labels++; c.r.Labels > effort {
			return
		}
		kept[l.node] = append(kept[l.node], l)
		for i := f.First[l.node]; i < f.First[l.node+1]; i++ {
			add(f.To[i], l.time+uint64(f.Time[i]), l, uint64(f.Time[i]))
		}
	}
	c.fault("no walk keeps the limit")
}

// within tells whether all that one set met the other did.
func within(a, b string) bool {
	for i := range len(a) {
		if a[i] > b[i] {
			return false
		}
	}
	return true
}

// rest returns how far every node is from a sink.
func (c *checker) rest() []uint64 {
	f := c.f
	back := make([][][2]uint32, len(f.Piece))
	for v := range f.Piece {
		for i := f.First[v]; i < f.First[v+1]; i++ {
			back[f.To[i]] = append(back[f.To[i]], [2]uint32{uint32(v), f.Time[i]})
		}
	}
	out := make([]uint64, len(f.Piece))
	for v := range out {
		out[v] = math.MaxUint64
	}
	var queue labels
	for _, s := range f.Sinks {
		out[s] = 0
		heap.Push(&queue, label{node: s})
	}
	for len(queue) > 0 {
		l := heap.Pop(&queue).(label)
		if l.time != out[l.node] {
			continue
		}
		for _, a := range back[l.node] {
			if t := l.time + uint64(a[1]); t < out[a[0]] {
				out[a[0]] = t
				heap.Push(&queue, label{cost: float64(t), time: t, node: a[0]})
			}
		}
	}
	return out
}
