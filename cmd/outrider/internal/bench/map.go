package bench

import (
	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/benchgraph"
	"github.com/outrider-project/outrider/network"
)

// leftOut is what of a map is not in the graph made from it.
type leftOut struct {
	Nodes int    `json:"nodes"`
	Arcs  int    `json:"arcs"`
	Why   string `json:"why"`
}

// junctions takes the graph of a map's junctions and of the arcs that a car may
// drive from end to end, weighed by driving time in milliseconds. Junctions are
// numbered as in the map, without those that no such arc touches.
func (in *input) junctions(m *network.Map) {
	times := m.Passage(network.Vehicle{}, network.PassageOptions{}).Arc
	in.left = &leftOut{Why: "arcs that a car may not drive from end to end without having business there, and junctions that only such arcs touch; turn restrictions, barriers and U-turns do not count"}
	touched := make([]bool, len(m.NodePoint))
	var arcs []network.ArcID
	for a, t := range times {
		if t == network.Unreachable {
			in.left.Arcs++
			continue
		}
		a := network.ArcID(a)
		arcs = append(arcs, a)
		touched[m.ArcTail(a)], touched[m.ArcHead(a)] = true, true
	}
	number, nodes := numbered(touched)
	in.left.Nodes = len(number) - nodes
	var tail, head, weight []uint32
	for _, a := range arcs {
		tail, head = append(tail, number[m.ArcTail(a)]), append(head, number[m.ArcHead(a)])
		weight = append(weight, uint32(times[a]))
	}
	in.Graph = benchgraph.FromArcs(nodes, tail, head, weight)
	for v, p := range m.NodePoint {
		if touched[v] {
			in.place(p)
		}
	}
}

// turns takes the graph of a map's turn states and of the turns that a car may
// take, weighed by the time of the turn and of the arc it leads into, in
// milliseconds, and the map's order of them if it has one. States are numbered as
// in the map, without those on arcs that a car may not drive from end to end. A
// state is placed halfway along its arc.
func (in *input) turns(m *network.Map) {
	p := m.Passage(network.Vehicle{}, network.PassageOptions{})
	in.left = &leftOut{Why: "states on arcs that a car may not drive from end to end without having business there, turns from or into them, and turns that are forbidden, also if only at certain hours"}
	kept, driven := make([]bool, len(m.StateArc)), make([]bool, m.NumChains())
	for s, a := range m.StateArc {
		kept[s] = p.Arc[a] != network.Unreachable
		driven[a.Chain()] = driven[a.Chain()] || kept[s]
	}
	number, nodes := numbered(kept)
	piece, _ := numbered(driven)
	in.left.Nodes = len(number) - nodes
	var tail, head, weight, group []uint32
	for s, a := range m.StateArc {
		if kept[s] {
			group = append(group, piece[a.Chain()])
		}
		for t := m.TurnFirst[s]; t < m.TurnFirst[s+1]; t++ {
			to := m.TurnTo[t]
			if !kept[s] || !kept[to] || p.Turn[t] == network.Unreachable {
				in.left.Arcs++
				continue
			}
			tail, head = append(tail, number[s]), append(head, number[to])
			weight = append(weight, min(uint32(p.Turn[t])+uint32(p.Arc[m.StateArc[to]]), cch.Inf))
		}
	}
	in.Graph = benchgraph.FromArcs(nodes, tail, head, weight)
	in.Group = group
	for s, a := range m.StateArc {
		if kept[s] {
			in.place(m.PointAt(a.Chain(), m.Length[a.Chain()]/2))
		}
	}
	for _, s := range m.StateOrder {
		if kept[s] {
			in.order = append(in.order, number[s])
		}
	}
}

// place notes where the next node is.
func (in *input) place(p geo.Point) {
	lat, lon := p.Degrees()
	in.Latitude, in.Longitude = append(in.Latitude, float32(lat)), append(in.Longitude, float32(lon))
}

// numbered gives what is marked numbers from 0, in its order, and returns how many
// there are. What is not marked has a number that means nothing.
func numbered(marked []bool) (number []uint32, count int) {
	number = make([]uint32, len(marked))
	for i, is := range marked {
		number[i] = uint32(count)
		if is {
			count++
		}
	}
	return number, count
}
