package rail

import (
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// A strip is a part of a path on one interval of one track: everything about it
// is the same from end to end.
type strip struct {
	arc      network.RailArcID
	from, to network.Millimetres // in the track's coordinates, in the direction of travel
	interval network.RailInterval
	seconds  float64
	changing bool // the train stands and changes ends: the position goes from one end of it to the other
}

func (s *strip) metres() float64 { return (max(s.from, s.to) - min(s.from, s.to)).Metres() }

// along returns the position so many metres after the strip's beginning.
func (s *strip) along(metres float64) network.Millimetres {
	mm := min(millimetres(metres), max(s.from, s.to)-min(s.from, s.to))
	if s.arc.Backwards() {
		return s.from - mm
	}
	return s.from + mm
}

// A stand is a place where the train is on the way.
type stand struct {
	before int // index of the strip that begins there; the number of strips at the end
	at     *calling
	spot   int32
	wait   float64 // seconds, changing ends not included
	stops  bool
}

// A path is the way of a train's head. Where it changes ends, the position goes
// back over the length of the train, as the driver does.
type path struct {
	rail     *network.Rail
	needs    *needs
	from, to spot
	strips   []strip
	stands   []stand
	changes  []change
	cost     float64

	odometer []float64 // at the beginning of each strip, and in all
	begins   []float64 // seconds after the start at the beginning of each strip, and of arriving
	ends     []float64 // at the end of each strip
	waited   float64   // seconds of all halts
}

// A change is one change of ends.
type change struct {
	first, last int    // strips, last included, over which the position goes back
	place       string // of the leg; empty past a switch
}

// builder puts a path together.
type builder struct {
	g    *grid
	path *path
	at   run // the head is at its end
}

// add appends a stretch of an arc, cut at the borders of intervals.
func (b *builder) add(a network.RailArcID, from, to network.Millimetres, changing bool, rate float64) {
	p, r := b.path, b.g.rail
	t := a.Track()
	lo, hi := min(from, to), max(from, to)
	all := r.Intervals(t)
	for k := range all {
		j := k
		if a.Backwards() {
			j = len(all) - 1 - k
		}
		end := r.Length[t]
		if j+1 < len(all) {
			end = all[j+1].From
		}
		x, y := max(all[j].From, lo), min(end, hi)
		if x >= y {
			continue
		}
		s := strip{arc: a, from: x, to: y, interval: all[j], changing: changing}
		if a.Backwards() {
			s.from, s.to = y, x
		}
		if changing {
			s.seconds = (y - x).Metres() * rate
		} else {
			s.seconds = (y - x).Metres() * 3.6 / p.needs.speed(&all[j], a.Backwards())
		}
		if n := len(p.strips); n > 0 && p.strips[n-1].arc == a && p.strips[n-1].to == s.from && p.strips[n-1].changing == changing &&
			p.strips[n-1].interval == s.interval && !p.broken(n) {
			p.strips[n-1].to = s.to
			p.strips[n-1].seconds += s.seconds
			continue
		}
		p.strips = append(p.strips, s)
	}
}

// broken reports whether something happens before strip n, so that it must stay a
// strip of its own.
func (p *path) broken(n int) bool {
	return len(p.stands) > 0 && p.stands[len(p.stands)-1].before == n || len(p.changes) > 0 && p.changes[len(p.changes)-1].last+1 == n
}

// ride adds a whole run.
func (b *builder) ride(d run) {
	q := &b.g.pieces[d.piece()]
	from, to := q.from, q.to
	if d.backwards() {
		from, to = to, from
	}
	b.add(b.g.arc(d), from, to, false, 0)
	b.at = d
}

// rideOut adds the way past a switch, but for its first metres.
func (b *builder) rideOut(room *runPast, skip float64) {
	for i, d := range room.runs {
		q := &b.g.pieces[d.piece()]
		from, to := q.from, q.to
		if d.backwards() {
			from, to = to, from
		}
		if i == len(room.runs)-1 {
			to = room.stop
		}
		if l := b.g.length(d); skip >= l {
			skip -= l
			continue
		}
		if skip > 0 {
			from = b.g.after(d, skip)
			skip = 0
		}
		if d.backwards() && from > to || !d.backwards() && from < to {
			b.add(b.g.arc(d), from, to, false, 0)
		}
	}
}

// changeEnds moves the position back from where the head stopped to the switch.
func (b *builder) changeEnds(room *runPast, seconds float64, place string) {
	c := change{first: len(b.path.strips), place: place}
	rate := 0.0
	if b.g.needs.length > 0 {
		rate = seconds / b.g.needs.length
	}
	b.path.changes = append(b.path.changes, change{first: c.first, last: c.first - 1})
	for i, out := range slices.Backward(room.runs) {
		d := out.reverse()
		q := &b.g.pieces[d.piece()]
		from, to := q.from, q.to
		if d.backwards() {
			from, to = to, from
		}
		if i == len(room.runs)-1 {
			from = room.stop
		}
		b.add(b.g.arc(d), from, to, true, rate)
	}
	c.last = len(b.path.strips) - 1
	b.path.changes[len(b.path.changes)-1] = c
}

// changeHere moves the position back over the length of the train, which stands
// on one track.
func (b *builder) changeHere(metres, seconds float64, place string) {
	if metres == 0 {
		return
	}
	d := b.at.reverse()
	from := b.g.end(b.at)
	to := from + millimetres(metres)
	if d.backwards() {
		to = from - millimetres(metres)
	}
	c := change{first: len(b.path.strips), place: place}
	b.path.changes = append(b.path.changes, change{first: c.first, last: c.first - 1})
	b.add(b.g.arc(d), from, to, true, seconds/metres)
	c.last = len(b.path.strips) - 1
	b.path.changes[len(b.path.changes)-1] = c
}

// along returns how many metres the position is from the beginning of its track,
// in the direction of travel.
func (b *builder) along() float64 {
	total := 0.0
	for d := b.at; ; d = d.before() {
		total += b.g.length(d)
		if b.g.inside(d.reverse()) == noRun {
			return total
		}
	}
}

func (b *builder) stand(at *calling, spot int32, wait float64, stops bool) {
	b.path.stands = append(b.path.stands, stand{before: len(b.path.strips), at: at, spot: spot, wait: wait, stops: stops})
}

// measure fills in odometer and clock.
func (p *path) measure() {
	metres, seconds := 0.0, 0.0
	k := 0
	for i := range p.strips {
		for ; k < len(p.stands) && p.stands[k].before == i; k++ {
			seconds += p.stands[k].wait
			p.waited += p.stands[k].wait
		}
		p.odometer = append(p.odometer, metres)
		p.begins = append(p.begins, seconds)
		metres += p.strips[i].metres()
		seconds += p.strips[i].seconds
		p.ends = append(p.ends, seconds)
	}
	for ; k < len(p.stands); k++ {
		seconds += p.stands[k].wait
		p.waited += p.stands[k].wait
	}
	p.odometer = append(p.odometer, metres)
	p.begins = append(p.begins, seconds)
}

// meetsItself returns the move at which the train first meets its own tail: it comes
// to a track again, without having changed ends, when less than its length has gone
// by. ok is false if it never does.
func (p *path) meetsItself() (move [2]network.RailArcID, ok bool) {
	for k := range p.strips {
		for i := k - 1; i >= 0 && !p.strips[k].changing && !p.strips[i].changing && p.odometer[k]-p.odometer[i+1] < p.needs.length; i-- {
			if p.strips[k].arc.Track() == p.strips[i].arc.Track() && p.strips[k-1].arc != p.strips[k].arc && p.meets(i, k) {
				return [2]network.RailArcID{p.strips[k-1].arc, p.strips[k].arc}, true
			}
		}
	}
	return move, false
}

// meets reports whether two strips of one track have some of it in common.
func (p *path) meets(i, k int) bool {
	a, b := &p.strips[i], &p.strips[k]
	return max(min(a.from, a.to), min(b.from, b.to)) < min(max(a.from, a.to), max(b.from, b.to))
}

// length returns the metres of the whole path.
func (p *path) length() float64 { return p.odometer[len(p.odometer)-1] }

// seconds returns how long the whole path takes, halts included.
func (p *path) seconds() float64 { return p.begins[len(p.begins)-1] }

// find returns the strip and the position on its track at an odometer reading;
// where two strips meet, the first of them.
func (p *path) find(metres float64) (i int, at network.Millimetres) {
	i, _ = slices.BinarySearch(p.odometer, metres)
	i = min(max(i-1, 0), len(p.strips)-1)
	return i, p.strips[i].along(max(metres-p.odometer[i], 0))
}

// clock returns the seconds after the start at which the head comes to an
// odometer reading.
func (p *path) clock(metres float64) float64 {
	i, _ := p.find(metres)
	s := &p.strips[i]
	if l := s.metres(); l > 0 {
		return p.begins[i] + s.seconds*min(max((metres-p.odometer[i])/l, 0), 1)
	}
	return p.begins[i]
}

// point returns where an odometer reading is.
func (p *path) point(metres float64) geo.Point {
	i, at := p.find(metres)
	return p.rail.PointAt(p.strips[i].arc.Track(), at)
}

// reading returns the odometer at a position of strip i's track.
func (p *path) reading(i int, at network.Millimetres) float64 {
	s := &p.strips[i]
	if s.arc.Backwards() {
		return p.odometer[i] + (max(s.from, at) - at).Metres()
	}
	return p.odometer[i] + (at - min(s.from, at)).Metres()
}

// on reports whether a position lies on strip i, its ends included.
func (p *path) on(i int, at network.Millimetres) bool {
	s := &p.strips[i]
	return min(s.from, s.to) <= at && at <= max(s.from, s.to)
}
