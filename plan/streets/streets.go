// Package streets lays a road network out as the bare game on its edges: junctions
// are nodes, what a vehicle may drive from end to end is an edge each way. Turns are
// not in it, and an attack covers one edge and nothing near it. Whatever keeps the
// turn rules and is attacked within a reach is a harder game for the planner: this
// one's value is a lower bound of that one's, and it is found at once.
package streets

import (
	"container/heap"
	"math"
	"math/big"
	"strconv"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// Streets are the streets of a map for one kind of vehicle under one exposure. They
// do not change and may be shared by any number of goroutines.
type Streets struct {
	m        *network.Map
	exposure *hazard.Exposure
	node     []uint32 // by junction of the map: its number, none if no street touches it
	edge     []uint32 // by arc: its number
	arcs     []network.ArcID
	in       game.Instance // without terminals; its slices are shared
}

const none = math.MaxUint32

// New takes the arcs that pass lets through from end to end. It takes time linear
// in the map.
func New(m *network.Map, pass *network.Passage, exposure *hazard.Exposure) *Streets {
	s := &Streets{m: m, exposure: exposure, node: make([]uint32, len(m.NodePoint)), edge: make([]uint32, m.NumArcs())}
	s.in = game.Instance{Directed: true, TimeScale: big.NewInt(1000)}
	for n := range s.node {
		s.node[n] = none
	}
	number := func(n network.NodeID) uint32 {
		if s.node[n] == none {
			s.node[n] = uint32(len(s.in.Nodes))
			s.in.Nodes = append(s.in.Nodes, game.ID{Text: strconv.Itoa(int(n)), Number: true})
		}
		return s.node[n]
	}
	for a, t := range pass.Arc {
		s.edge[a] = none
		if t == network.Unreachable {
			continue
		}
		arc := network.ArcID(a)
		s.edge[a] = uint32(len(s.arcs))
		s.arcs = append(s.arcs, arc)
		s.in.Edges = append(s.in.Edges, game.ID{Text: strconv.Itoa(a), Number: true})
		s.in.From, s.in.To = append(s.in.From, number(m.ArcTail(arc))), append(s.in.To, number(m.ArcHead(arc)))
		s.in.Time = append(s.in.Time, int64(t))
		// An attack is on a place, whichever way it is driven.
		s.in.P = append(s.in.P, max(exposure.MaxP(arc), exposure.MaxP(arc.Reverse())))
	}
	return s
}

// Size returns how many nodes and edges there are.
func (s *Streets) Size() (nodes, edges int) { return len(s.in.Nodes), len(s.arcs) }

// An Area is ground on which nothing can be attacked.
type Area struct {
	Centre geo.Point
	Radius float64 // metres
}

// Game returns the game between two places on the network: from the junctions at
// either end of the one's road to those of the other's, with nothing to attack
// inside areas. Its kind is game.Edge; whoever wants another sets it with what that
// needs. Only what differs from pair to pair is copied: chances, not the rest. ok is
// false where a place lies on a road that no street leads from, or both on one.
func (s *Streets) Game(from, to network.Location, areas ...Area) (in *game.Instance, ok bool) {
	x := s.in
	x.Kind = game.Edge
	ends := func(c network.ChainID) (out []uint32) {
		for _, n := range []network.NodeID{s.m.Tail[c], s.m.Head[c]} {
			if v := s.node[n]; v != none && (len(out) == 0 || out[0] != v) {
				out = append(out, v)
			}
		}
		return out
	}
	x.Sources, x.Sinks = ends(from.Chain), ends(to.Chain)
	if len(x.Sources) == 0 || len(x.Sinks) == 0 || from.Chain == to.Chain {
		return nil, false
	}
	if len(areas) > 0 {
		x.P = append([]float64(nil), s.in.P...)
		for _, a := range areas {
			for c := range s.m.Near(geo.BoxAround(a.Centre, a.Radius)) {
				p := -1.0
				for _, back := range []bool{false, true} {
					if e := s.edge[c.Arc(back)]; e != none {
						if p < 0 {
							p = s.outside(c, areas)
						}
						x.P[e] = p
					}
				}
			}
		}
	}
	return &x, true
}

// Place returns the edges that an edge is the same place as: itself and the other
// way, where that may be driven.
func (s *Streets) Place(edge uint32) []uint32 {
	out := []uint32{edge}
	if back := s.edge[s.arcs[edge].Reverse()]; back != none {
		out = append(out, back)
	}
	return out
}

// outside returns the greatest chance of a chain's ground outside areas.
func (s *Streets) outside(c network.ChainID, areas []Area) (most float64) {
	_, ats := s.m.Vertices(c)
	length := s.m.Length[c]
	// held tells whether all ground between two positions lies in areas.
	held := func(from, to network.Millimetres) bool {
		for _, at := range ats {
			if at > from && at < to {
				if !s.straightHeld(c, from, at, areas) {
					return false
				}
				from = at
			}
		}
		return s.straightHeld(c, from, to, areas)
	}
	for _, back := range []bool{false, true} {
		segments := s.exposure.Segments(c.Arc(back))
		for i, x := range segments {
			to := length
			if i+1 < len(segments) {
				to = segments[i+1].From
			}
			if x.P > most && !held(x.From, to) {
				most = x.P
			}
		}
	}
	return most
}

// straightHeld tells whether a straight piece of a chain lies in areas. With both
// ends in one it does; with its ends in two it is cut in half.
func (s *Streets) straightHeld(c network.ChainID, from, to network.Millimetres, areas []Area) bool {
	a, b := s.m.PointAt(c, from), s.m.PointAt(c, to)
	inA, inB := false, false
	for _, x := range areas {
		holdsA, holdsB := geo.Distance(a, x.Centre) <= x.Radius, geo.Distance(b, x.Centre) <= x.Radius
		if holdsA && holdsB {
			return true
		}
		inA, inB = inA || holdsA, inB || holdsB
	}
	if !inA || !inB {
		return false
	}
	half := from + (to-from)/2
	if half == from || half == to {
		return true // no more than a millimetre lies between
	}
	return s.straightHeld(c, from, half, areas) && s.straightHeld(c, half, to, areas)
}

// Fastest returns a fastest route of an instance, in its own unit of time, by
// Dijkstra's algorithm; ok is false if there is none.
func Fastest(in *game.Instance) (edges []uint32, time int64, ok bool) {
	n := len(in.Nodes)
	first := make([]uint32, n+1)
	for _, v := range in.From {
		first[v+1]++
	}
	for v := range n {
		first[v+1] += first[v]
	}
	out := make([]uint32, len(in.From))
	next := append([]uint32(nil), first...)
	for e, v := range in.From {
		out[next[v]] = uint32(e)
		next[v]++
	}
	labels := make([]int64, n)
	before := make([]uint32, n) // the edge by which
	for v := range labels {
		labels[v], before[v] = math.MaxInt64, none
	}
	var queue visits
	for _, v := range in.Sources {
		labels[v] = 0
		heap.Push(&queue, visit{0, v})
	}
	sink := make(map[uint32]bool, len(in.Sinks))
	for _, v := range in.Sinks {
		sink[v] = true
	}
	for len(queue) > 0 {
		x := heap.Pop(&queue).(visit)
		if x.time != labels[x.node] {
			continue
		}
		if sink[x.node] {
			for v := x.node; before[v] != none; v = in.From[before[v]] {
				edges = append(edges, before[v])
			}
			for i, j := 0, len(edges)-1; i < j; i, j = i+1, j-1 {
				edges[i], edges[j] = edges[j], edges[i]
			}
			return edges, x.time, true
		}
		for _, e := range out[first[x.node]:first[x.node+1]] {
			if t := x.time + in.Time[e]; t < labels[in.To[e]] {
				labels[in.To[e]], before[in.To[e]] = t, e
				heap.Push(&queue, visit{t, in.To[e]})
			}
		}
	}
	return nil, 0, false
}

// Worst returns the greatest chance on a route: what it is worth to who knows it.
func Worst(in *game.Instance, edges []uint32) (most float64) {
	for _, e := range edges {
		most = max(most, in.P[e])
	}
	return most
}

type visit struct {
	time int64
	node uint32
}

type visits []visit

func (q visits) Len() int           { return len(q) }
func (q visits) Less(i, k int) bool { return q[i].time < q[k].time }
func (q visits) Swap(i, k int)      { q[i], q[k] = q[k], q[i] }

// Push is for container/heap.
func (q *visits) Push(x any) { *q = append(*q, x.(visit)) }

// Pop is for container/heap.
func (q *visits) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
