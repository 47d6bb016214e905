package pace

import (
	"math/rand/v2"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// line makes a network of one road: chains that follow one another, each with
// intervals of random classes and speeds.
func line(random *rand.Rand, chains int) *network.Map {
	m := &network.Map{VertexFirst: []uint32{0}, IntervalFirst: []uint32{0}, HazardFirst: []uint32{0}, Limits: make([]network.Limits, 1), Rules: make([]network.Rule, 1)}
	for i := range chains + 1 {
		m.NodePoint = append(m.NodePoint, geo.PointFromDegrees(39, -75.5+0.02*float64(i)))
		m.NodeInfo = append(m.NodeInfo, network.NodeInfo{OSM: int64(1000 + i)})
	}
	for i := range chains {
		tail, head := m.NodePoint[i], m.NodePoint[i+1]
		length := network.Millimetres(geo.Distance(tail, head)*1000 + 0.5)
		m.Tail, m.Head, m.Length = append(m.Tail, network.NodeID(i)), append(m.Head, network.NodeID(i+1)), append(m.Length, length)
		m.Vertex, m.VertexAt = append(m.Vertex, tail, head), append(m.VertexAt, 0, length)
		m.VertexFirst = append(m.VertexFirst, uint32(len(m.Vertex)))
		parts := 1 + random.IntN(3)
		for k := range parts {
			m.Interval = append(m.Interval, network.Interval{
				Way: int64(100 + 10*i + k), From: length / network.Millimetres(parts) * network.Millimetres(k),
				Class: network.RoadClass(random.IntN(int(network.RoadClasses))), SpeedForward: uint8(5 + random.IntN(120)), SpeedBackward: uint8(5 + random.IntN(120)),
			})
		}
		m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
		m.HazardFirst = append(m.HazardFirst, 0)
		m.Component = append(m.Component, network.None)
		m.ArcAccess = append(m.ArcAccess, 0, 0)
		m.ArcLimits = append(m.ArcLimits, 0, 0)
	}
	m.IndexChains()
	return m
}
