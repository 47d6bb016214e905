package game

import (
	"math/big"
	"math/rand/v2"
)

// DrawColumnInstance draws an instance of a kind that columns solve, for tests
// outside the package.
func DrawColumnInstance(rng *rand.Rand, kind Kind) *Instance {
	nodes := 3 + rng.IntN(12)
	in := drawInstance(rng, kind, nodes, 2*nodes)
	switch kind {
	case EdgeRouteTimeCap:
		in.RouteTimeCap = big.NewRat(int64(5+rng.IntN(25)), 1)
	case Zones:
		drawZones(rng, in)
	case EdgeMultiMovement:
		in.Movements = []Movement{{Sources: in.Sources, Sinks: in.Sinks, Count: 2}, {Sources: []uint32{1}, Sinks: []uint32{0}, Count: 1}}
		in.Sources, in.Sinks = nil, nil
	default:
	}
	if kind == Zones {
		in.P = nil
	}
	if kind != EdgeRouteTimeCap {
		in.Time = nil
	}
	return in
}

// DrawGridZones draws zones on a grid, for tests outside the package.
func DrawGridZones() *Instance { return gridZones(30, 1, 200, 4, 3) }
