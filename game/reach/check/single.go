package check

import (
	"container/heap"
	"math"

	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
)

// A Worst tells what driving nodes of a field is worth to an attacker who knows of
// it: the greatest chance of ground that shares a disc with the ground of the node.
// Some point is within reach of both when they are at most two radii apart.
type Worst struct {
	f      *reach.Field
	s      *surveyor
	radius float64
	known  map[uint32]float64 // by piece
}

// NewWorst returns what nodes are worth with discs of a radius.
func NewWorst(f *reach.Field, radius float64) *Worst {
	return &Worst{f: f, s: newSurveyor(f.Ground), radius: radius, known: map[uint32]float64{}}
}

// Node returns what driving a node is worth.
func (w *Worst) Node(v uint32) float64 {
	piece := w.f.Piece[v]
	worst, ok := w.known[piece]
	if ok {
		return worst
	}
	own := w.s.stretches(piece)
	for i, x := range w.f.Ground.Segments(piece) {
		worst = max(worst, x.P)
		box := geo.EmptyBox().Extend(x.A).Extend(x.B)
		w.s.around(box, 2*w.radius, func(near uint32) {
			if w.f.Ground.Most(near) <= worst {
				return
			}
			for _, y := range w.s.stretches(near) {
				if y.p > worst && between(own[i], y) <= 2*w.radius {
					worst = y.p
				}
			}
		})
	}
	w.known[piece] = worst
	return worst
}

// Fastest returns the least time of a walk that drives only nodes which may be
// driven, math.MaxUint64 if there is none.
func Fastest(f *reach.Field, may func(node uint32) bool) uint64 {
	_, total := forward(f, may)
	return total
}

// forward labels nodes with the least time to their end.
func forward(f *reach.Field, may func(node uint32) bool) (time []uint64, total uint64) {
	time = make([]uint64, len(f.Piece))
	for v := range time {
		time[v] = math.MaxUint64
	}
	sink := make([]bool, len(f.Piece))
	for _, s := range f.Sinks {
		sink[s] = true
	}
	var queue labels
	push := func(v uint32, t uint64) {
		if t < time[v] && may(v) {
			time[v] = t
			heap.Push(&queue, label{cost: float64(t), time: t, node: v})
		}
	}
	for _, s := range f.Seeds {
		push(s.Node, uint64(s.Time))
	}
	total = math.MaxUint64
	for len(queue) > 0 {
		l := heap.Pop(&queue).(label)
		if l.time != time[l.node] {
			continue
		}
		if sink[l.node] {
			total = min(total, l.time)
		}
		for i := f.First[l.node]; i < f.First[l.node+1]; i++ {
			push(f.To[i], l.time+uint64(f.Time[i]))
		}
	}
	return time, total
}

// Usual returns between which values a fastest walk of a field lies for who knows
// that it is driven, by what its nodes are worth: the least of any fastest walk and
// the most. They are the same where there is one fastest walk.
func Usual(f *reach.Field, w *Worst) (least, most float64) {
	time, total := forward(f, func(uint32) bool { return true })
	if total == math.MaxUint64 {
		return 0, 0
	}
	sink := make([]bool, len(f.Piece))
	for _, s := range f.Sinks {
		sink[s] = true
	}
	// From the sinks back along arcs that are tight. A node is worth asking when a
	// fastest walk drives it; those are few, so plain recursion on a list will do.
	type span struct{ least, most float64 }
	before := make(map[uint32][]uint32)
	for v := range f.Piece {
		if time[v] > total {
			continue
		}
		for i := f.First[v]; i < f.First[v+1]; i++ {
			if to := f.To[i]; time[v]+uint64(f.Time[i]) == time[to] && time[to] <= total {
				before[to] = append(before[to], uint32(v))
			}
		}
	}
	seed := map[uint32]bool{}
	for _, s := range f.Seeds {
		if uint64(s.Time) == time[s.Node] {
			seed[s.Node] = true
		}
	}
	found := map[uint32]span{}
	var back func(v uint32) span
	back = func(v uint32) span {
		if x, ok := found[v]; ok {
			return x
		}
		own := w.Node(v)
		x := span{math.Inf(1), own}
		found[v] = x // arcs without time may go round
		if seed[v] {
			x.least = own
		}
		for _, u := range before[v] {
			y := back(u)
			x.least, x.most = min(x.least, max(y.least, own)), max(x.most, y.most)
		}
		found[v] = x
		return x
	}
	least = math.Inf(1)
	for v := range f.Piece {
		if sink[v] && time[v] == total {
			x := back(uint32(v))
			least, most = min(least, x.least), max(most, x.most)
		}
	}
	return least, most
}
