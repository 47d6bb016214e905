package cch

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Table appends the distances from each source to each target to out, source
// by source, Inf where there is no path. LaneCount sources are swept at a time,
// with up to the given number of goroutines; the result does not depend on
// their number. It fails, and returns out as it was, when a source does not
// exist. Cost: the arcs of each source's ancestors, and those of all targets'
// ancestors for every LaneCount sources.
func (p *Pinned) Table(sources []uint32, threads int, out []uint32) ([]uint32, error) {
	return p.table(sources, threads, out, bestUnit())
}

func (p *Pinned) table(sources []uint32, threads int, out []uint32, unit laneUnit) ([]uint32, error) {
	for _, s := range sources {
		if int(s) >= len(p.h.node) {
			return out, fmt.Errorf("cch: source %d: there are %d nodes", s, len(p.h.node))
		}
	}
	width := len(p.target)
	old := len(out)
	out = append(out, make([]uint32, len(sources)*width)...)
	rows := out[old:]
	blocks := (len(sources) + LaneCount - 1) / LaneCount
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(max(threads, 1), blocks) {
		all.Go(func() {
			s := laneSweep{p: p, unit: unit, forth: make([]uint32, p.h.maxDepth+1), distance: make([]laneRow, len(p.first)-1)}
			for {
				from := (int(next.Add(1)) - 1) * LaneCount
				if from >= len(sources) {
					return
				}
				to := min(from+LaneCount, len(sources))
				s.rows(sources[from:to], rows[from*width:to*width])
			}
		})
	}
	all.Wait()
	return out, nil
}

// A laneSweep finds the distances from up to LaneCount sources to all pinned
// targets.
type laneSweep struct {
	p        *Pinned
	unit     laneUnit
	forth    []uint32  // from one source, by depth
	distance []laneRow // from each source, by number
}

// rows fills in one row of out for each source.
func (s *laneSweep) rows(sources, out []uint32) {
	p := s.p
	h := p.h
	for i := range s.distance {
		s.distance[i] = infRow()
	}
	for k, source := range sources {
		x := h.position[source]
		open(s.forth[:h.depth[x]+1])
		for ; x != none; x = h.parent[x] {
			f := s.forth[h.depth[x]]
			relax(p.up, x, f, s.forth)
			if i := p.local[x]; i != none {
				s.distance[i][k] = f
			}
		}
	}
	s.unit.sweep(s.distance, p.first, p.from, p.weight)
	width := len(p.target)
	for i, t := range p.target {
		row := &s.distance[t]
		for k := range sources {
			out[k*width+i] = row[k]
		}
	}
}
