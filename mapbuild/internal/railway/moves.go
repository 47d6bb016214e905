package railway

import (
	"cmp"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// lookAhead is how far along each branch its direction at a node is measured,
	// in metres: mappers draw the first metres of a turnout as they please.
	lookAhead = 25.0
	// mostDeviation is by how many degrees at most the direction changes in a
	// move. In real extracts hardly a pair of ends lies between 30 and 150.
	mostDeviation = 75.0
	// mostKink is the same for two ends alone at a node, where nothing but a line
	// that doubles back makes a move impossible.
	mostKink = 100.0
)

// ahead returns the direction in degrees in which the line leaves its node at an
// end, measured to the place lookAhead metres on, or to the next node of other
// than two ends, or to where the line doubles back, if that is nearer. ok is false
// if that is the place of the node itself.
func (b *builder) ahead(e end) (bearing float64, ok bool) {
	start := b.point[b.nodeAt(e)]
	left := lookAhead
	p := start
	for first := e.segment(); ; {
		n := b.nodeAt(e.far())
		q := b.point[n]
		step := geo.Distance(p, q)
		if step >= left {
			p = geo.Interpolate(p, q, left/step)
			break
		}
		p, left = q, left-step
		if len(b.endsAt(n)) != 2 {
			break
		}
		next := b.onward(e.far())
		if next.segment() == first || b.kink(e.far(), next) > mostKink {
			break
		}
		e = next
	}
	return geo.Bearing(start, p), p != start
}

// kink returns by how many degrees the line turns from one end to another at a
// node, judged by the segments there alone; 0 where one of them has no length.
func (b *builder) kink(e, f end) float64 {
	at := b.point[b.nodeAt(e)]
	p, q := b.point[b.nodeAt(e.far())], b.point[b.nodeAt(f.far())]
	if p == at || q == at {
		return 0
	}
	return deviation(geo.Bearing(at, p), geo.Bearing(at, q))
}

// deviation returns by how many degrees a way deviates from straight on that
// comes in against one direction and goes out in another.
func deviation(in, out float64) float64 {
	return 180 - math.Abs(math.Remainder(in-out, 360))
}

// doublesBack reports whether a line with no other end at the node turns by more
// than any train can, both in its segments and over lookAhead metres.
func (b *builder) doublesBack(e, f end) bool {
	if b.kink(e, f) <= mostKink {
		return false
	}
	in, ok1 := b.ahead(e)
	out, ok2 := b.ahead(f)
	return ok1 && ok2 && deviation(in, out) > mostKink
}

// sameGauge reports whether a train can run on both tracks, as far as is known.
func (b *builder) sameGauge(e, f end) bool {
	p, q := b.trackAt(e).gauges, b.trackAt(f).gauges
	return len(p) == 0 || len(q) == 0 || slices.ContainsFunc(p, func(mm uint16) bool { return slices.Contains(q, mm) })
}

// A branch is one end of a track at a node of the network.
type branch struct {
	end     end
	leave   network.RailArcID // the arc that begins with this end
	bearing float64           // the direction in which it leaves the node
	known   bool              // it has one
}

// makeMoves decides what each node is and which moves can be made there.
func (b *builder) makeMoves() {
	r := &b.rail
	branches := make([][]branch, len(r.NodePoint))
	for t := range r.Length {
		run := b.run(t)
		id := network.TrackID(t)
		branches[r.Tail[t]] = append(branches[r.Tail[t]], branch{end: run[0], leave: id.Arc(false)})
		branches[r.Head[t]] = append(branches[r.Head[t]], branch{end: run[len(run)-1].far(), leave: id.Arc(true)})
	}
	moves := make([][]network.RailArcID, r.NumArcs())
	for i, n := range b.railNode {
		if n == network.None {
			continue
		}
		list := branches[n]
		info := &r.NodeInfo[n]
		info.Degree = uint8(min(len(list), 255))
		for _, m := range b.decideNode(int32(i), list, info) {
			p, q := list[m[0]].leave, list[m[1]].leave
			moves[p.Reverse()] = append(moves[p.Reverse()], q)
			moves[q.Reverse()] = append(moves[q.Reverse()], p)
		}
	}
	r.MoveFirst = []uint32{0}
	for a := range moves {
		slices.Sort(moves[a])
		r.MoveTo = append(r.MoveTo, slices.Compact(moves[a])...)
		r.MoveFirst = append(r.MoveFirst, uint32(len(r.MoveTo)))
	}
}

// decideNode says what a node is and returns the pairs of branches between which
// trains can move.
func (b *builder) decideNode(n int32, list []branch, info *network.RailNode) [][2]int {
	mark := func(kind network.RailNodeKind, tagged bool) {
		info.Kind = kind
		if tagged {
			info.Tagged = 1
		}
	}
	if b.tagged(n, "buffer_stop") {
		mark(network.BufferStop, true)
		return nil
	}
	switch len(list) {
	case 1:
		mark(network.RailEnd, false)
		if b.edge[n] {
			info.Edge = 1
		}
		return nil
	case 2:
		mark(network.RailJoint, false)
		if b.joined(list[0].end, list[1].end) {
			return [][2]int{{0, 1}}
		}
		return nil
	}
	for i := range list {
		list[i].bearing, list[i].known = b.ahead(list[i].end)
	}
	pairs := pairsOf(list)
	isSwitch := b.tagged(n, "switch")
	switch {
	case b.tagged(n, "railway_crossing") && !isSwitch:
		mark(network.RailDiamond, true)
		pairs = opposite(list, pairs)
	case len(list) == 3:
		mark(network.RailSwitch, isSwitch)
		pairs = withoutLegs(pairs)
	case fansOut(pairs, len(list)):
		mark(network.RailSwitch, isSwitch)
	case isSwitch:
		mark(network.RailSlip, true)
	default:
		b.report.Notes["crossings of tracks that no tag explains"]++
		mark(network.RailDiamond, false)
		straight := opposite(list, pairs)
		through := slices.DeleteFunc(pairs, func(p pair) bool {
			return slices.Contains(straight, p) || p.deviates > mostDeviation || !b.through(list[p.i].end, list[p.j].end)
		})
		if len(through) > 0 {
			mark(network.RailSlip, false)
		}
		pairs = append(straight, through...)
	}
	var moves [][2]int
	for _, p := range pairs {
		if p.deviates <= mostDeviation && b.sameGauge(list[p.i].end, list[p.j].end) {
			moves = append(moves, [2]int{p.i, p.j})
		}
	}
	return moves
}

// A pair is two branches at a node, by their places in a list, and by how many
// degrees the direction changes from one to the other.
type pair struct {
	i, j     int
	deviates float64
}

// pairsOf returns every two of the branches, the straightest first. A branch that
// has no direction, all of it lying at one place, is straight on to no other.
func pairsOf(list []branch) []pair {
	var all []pair
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			p := pair{i, j, 180}
			if list[i].known && list[j].known {
				p.deviates = deviation(list[i].bearing, list[j].bearing)
			}
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(p, q pair) int { return cmp.Compare(p.deviates, q.deviates) })
	return all
}

// withoutLegs leaves out, of the three pairs at a switch, that of its two legs:
// the one that deviates most.
func withoutLegs(pairs []pair) []pair { return pairs[:len(pairs)-1] }

// fansOut reports whether one of n branches leads to all others and none of
// these to another: a switch with three legs or more.
func fansOut(pairs []pair, n int) bool {
	if len(pairs) < n || pairs[n-2].deviates > mostDeviation || pairs[n-1].deviates <= mostDeviation {
		return false
	}
	stem := func(i int) bool {
		return !slices.ContainsFunc(pairs[:n-1], func(p pair) bool { return p.i != i && p.j != i })
	}
	return stem(pairs[0].i) || stem(pairs[0].j)
}

// through reports whether a way runs through a node from one end to the other.
func (b *builder) through(e, f end) bool {
	e, f = min(e, f), max(e, f)
	return e.against() && e+1 == f && b.segments[e.segment()].track == b.segments[f.segment()].track
}

// opposite pairs each branch with the one opposite, as tracks that cross without
// a switch do: as many branches lie to the left of both as to the right. When one
// is missing, so that their number is odd, it is the straightest pair, and so on
// with those that are left.
func opposite(list []branch, pairs []pair) []pair {
	var chosen []pair
	if len(list)%2 == 0 {
		order := make([]int, len(list))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(list[i].bearing, list[j].bearing) })
		half := len(list) / 2
		for _, p := range pairs {
			if apart := slices.Index(order, p.i) - slices.Index(order, p.j); apart == half || apart == -half {
				chosen = append(chosen, p)
			}
		}
		return chosen
	}
	used := make(map[int]bool)
	for _, p := range pairs {
		if !used[p.i] && !used[p.j] {
			used[p.i], used[p.j] = true, true
			chosen = append(chosen, p)
		}
	}
	return chosen
}
