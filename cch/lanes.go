package cch

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// LaneCount is how many metrics Lanes customizes at once: eight weights of 32
// bits fill the registers that most processors have.
const LaneCount = 8

// A lane row holds one number for each metric.
type laneRow [LaneCount]uint32

// A lanePair holds the weights of an arc from its tail to its head and back. It
// fills a cache line.
type lanePair struct{ up, down laneRow }

// Lanes holds up to LaneCount sets of weights for one hierarchy and customizes
// them together: the triangles are looked up once for all.
type Lanes struct {
	h      *Hierarchy
	in     []laneRow  // by input arc
	weight []lanePair // by arc
}

// A laneUnit does the arithmetic of lanes. There is one on plain numbers and,
// where the program is built for it and the processor has it, one on vectors.
// Both give the same bits.
type laneUnit struct {
	name string
	// load sets the arcs of a row to the least of the input arcs named, each of
	// which belongs to the link beside, counted from base.
	load func(row []lanePair, in []laneRow, inputs, links []uint32, base uint32)
	// triangles lowers the arcs of v's row by those of u's, u being below v.
	// via are the arcs between u and v. The arc of u at place j and the arc of v
	// at place slot[rise[j]] have the same head.
	triangles func(v, u []lanePair, via *lanePair, rise, slot []uint32)
	// sweep passes distances on from higher to lower nodes: those of node i come
	// from the nodes from[first[i]:first[i+1]] by arcs of the weights beside.
	sweep func(distance []laneRow, first, from, weight []uint32)
}

// LaneArithmetic tells how Lanes and tables calculate in this program on this
// processor: "plain" for one number at a time, "AVX2" for eight.
func LaneArithmetic() string { return bestUnit().name }

// plainUnit is the unit for every processor.
func plainUnit() laneUnit {
	return laneUnit{name: "plain", load: loadPlain, triangles: trianglesPlain, sweep: sweepPlain}
}

// NewLanes returns lanes in which every arc weighs Inf. They take 64 bytes for
// each arc of the hierarchy and 32 for each input arc.
func (h *Hierarchy) NewLanes() *Lanes {
	l := &Lanes{h: h, in: make([]laneRow, len(h.link)), weight: make([]lanePair, len(h.head))}
	for e := range l.in {
		l.in[e] = infRow()
	}
	for a := range l.weight {
		l.weight[a] = lanePair{infRow(), infRow()}
	}
	return l
}

func infRow() laneRow { return laneRow{Inf, Inf, Inf, Inf, Inf, Inf, Inf, Inf} }

// Bytes returns the memory that the lanes hold, without the hierarchy.
func (l *Lanes) Bytes() int { return 4*LaneCount*cap(l.in) + 8*LaneCount*cap(l.weight) }

// Customize takes one set of weights for each lane, up to LaneCount, and finds
// the weights of all arcs of the supergraph in each: those that Metric.Customize
// finds for that set, bit for bit. Lanes without a set weigh Inf everywhere. It
// works with up to the given number of goroutines and the result does not depend
// on it. It fails, and changes nothing, when there are too many sets or one has
// not one weight for each input arc. Cost: linear in the number of triangles.
func (l *Lanes) Customize(sets [][]uint32, threads int) error {
	return l.customize(sets, threads, bestUnit())
}

func (l *Lanes) customize(sets [][]uint32, threads int, unit laneUnit) error {
	if len(sets) > LaneCount {
		return fmt.Errorf("cch: %d sets of weights: at most %d at once", len(sets), LaneCount)
	}
	for k, weights := range sets {
		if len(weights) != len(l.in) {
			return fmt.Errorf("cch: %d weights in lane %d for a graph of %d arcs: give one for each", len(weights), k, len(l.in))
		}
	}
	l.fill(sets, threads)
	h := l.h
	h.upwards(threads, func() func(from, to uint32) {
		slot := make([]uint32, h.maxDepth+1)
		if h.oneway != nil {
			row := make([]lanePair, 1, h.maxDepth+2)
			return func(from, to uint32) { l.rowsOneway(from, to, slot, row, unit) }
		}
		return func(from, to uint32) { l.rows(from, to, slot, unit) }
	})
	return nil
}

// fill takes the input weights. It goes through them block by block, all lanes
// of a block together, so that a block stays in the nearest cache.
func (l *Lanes) fill(sets [][]uint32, threads int) {
	const block = 512
	var next atomic.Int64
	work := func() {
		for {
			to := int(next.Add(block))
			from := to - block
			if from >= len(l.in) {
				return
			}
			in := l.in[from:min(to, len(l.in))]
			for k := range LaneCount {
				if k >= len(sets) {
					for e := range in {
						in[e][k] = Inf
					}
					continue
				}
				weights := sets[k][from:][:len(in)]
				for e := range in {
					in[e][k] = min(weights[e], Inf)
				}
			}
		}
	}
	var others sync.WaitGroup
	for range min(threads-1, len(l.in)/block) {
		others.Go(work)
	}
	work()
	others.Wait()
}

// rows finds the weights of the arcs that leave the positions from up to, not
// including, to, as Metric.customize does.
func (l *Lanes) rows(from, to uint32, slot []uint32, unit laneUnit) {
	h := l.h
	for v := from; v < to; v++ {
		a0, a1 := h.first[v], h.first[v+1]
		l.load(l.weight[a0:a1], a0, a1, unit)
		for i, d := range h.rise[a0:a1] {
			slot[d] = uint32(i)
		}
		row := l.weight[a0:a1]
		for _, a := range h.down[h.firstDown[v]:h.firstDown[v+1]] {
			end := h.first[h.tail[a]+1]
			if a+1 < end {
				unit.triangles(row, l.weight[a+1:end], &l.weight[a], h.rise[a+1:end], slot)
			}
		}
	}
}

// rowsOneway does the same where arcs are left out: row is built apart, and its
// first place takes what leads to an arc that is left out. slot is all zeros.
func (l *Lanes) rowsOneway(from, to uint32, slot []uint32, row []lanePair, unit laneUnit) {
	h := l.h
	for v := from; v < to; v++ {
		a0, a1 := h.first[v], h.first[v+1]
		row = row[:1+a1-a0]
		l.load(row[1:], a0, a1, unit)
		for i, d := range h.rise[a0:a1] {
			slot[d] = uint32(i) + 1
		}
		for _, a := range h.down[h.firstDown[v]:h.firstDown[v+1]] {
			end := h.first[h.tail[a]+1]
			if a+1 < end {
				unit.triangles(row, l.weight[a+1:end], &l.weight[a], h.rise[a+1:end], slot)
			}
		}
		copy(l.weight[a0:a1], row[1:])
		for _, d := range h.rise[a0:a1] {
			slot[d] = 0
		}
	}
}

// load sets a row, which is for the arcs from a0 up to, not including, a1, to
// the least of their input arcs.
func (l *Lanes) load(row []lanePair, a0, a1 uint32, unit laneUnit) {
	h := l.h
	i, end := h.firstInput[2*a0], h.firstInput[2*a1]
	unit.load(row, l.in, h.input[i:end], h.inputLink[i:end], 2*a0)
}

// CopyTo makes a metric of the same hierarchy that of one lane, with its input
// weights, so that it answers queries and can be updated. Cost: one pass over
// the arcs. It fails when there is no such lane or the metric belongs to another
// hierarchy.
func (l *Lanes) CopyTo(lane int, m *Metric) error {
	if lane < 0 || lane >= LaneCount {
		return fmt.Errorf("cch: lane %d: there are lanes 0 to %d", lane, LaneCount-1)
	}
	if m.h != l.h {
		return fmt.Errorf("cch: lane %d copied to a metric of another hierarchy: take one from the same", lane)
	}
	for e := range l.in {
		m.in[e] = l.in[e][lane]
	}
	up, down := m.up[:len(l.weight)], m.down[:len(l.weight)]
	for a := range l.weight {
		up[a], down[a] = l.weight[a].up[lane], l.weight[a].down[lane]
	}
	return nil
}

func loadPlain(row []lanePair, in []laneRow, inputs, links []uint32, base uint32) {
	for i := range row {
		row[i] = lanePair{infRow(), infRow()}
	}
	links = links[:len(inputs)]
	for j, e := range inputs {
		link := links[j] - base
		to := &row[link/2].up
		if link&1 != 0 {
			to = &row[link/2].down
		}
		from := &in[e]
		for k := range to {
			to[k] = min(to[k], from[k])
		}
	}
}

func trianglesPlain(v, u []lanePair, via *lanePair, rise, slot []uint32) {
	vu, uv := via.down, via.up
	rise = rise[:len(u)]
	for j := range u {
		to, by := &v[slot[rise[j]]], &u[j]
		for k := range LaneCount {
			to.up[k] = min(to.up[k], vu[k]+by.up[k])
			to.down[k] = min(to.down[k], by.down[k]+uv[k])
		}
	}
}

func sweepPlain(distance []laneRow, first, from, weight []uint32) {
	weight = weight[:len(from)]
	for i := range distance {
		best := distance[i]
		for j := first[i]; j < first[i+1]; j++ {
			by, w := &distance[from[j]], weight[j]
			for k := range best {
				best[k] = min(best[k], by[k]+w)
			}
		}
		distance[i] = best
	}
}
