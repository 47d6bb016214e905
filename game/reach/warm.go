package reach

import (
	"context"

	"github.com/outrider-project/outrider/game/internal/flow"
)

// warm finds first routes and a first attacker: the flow of least mean time in
// which every node carries at most 1/p, grown until the next path would take
// longer than a route may. It knows nothing of reach, so it proves nothing; but
// its routes lie apart where that counts, and its prices stand at a cut.
func (x *Game) warm(ctx context.Context) (prices map[uint32]float64, err error) {
	f := x.f
	n := f.Nodes()
	const unit = 1 << 20
	var from, to []uint32
	var room, cost []int64
	edge := func(a, b uint32, capacity int64, time uint32) {
		from, to, room, cost = append(from, a), append(to, b), append(room, capacity), append(cost, int64(time))
	}
	source, sink := uint32(2*n), uint32(2*n+1)
	for v := range uint32(n) {
		capacity := flow.Infinite
		if p := f.Ground.Most(f.Piece[v]); p > 0 {
			capacity = int64(unit / p)
		}
		if x.w.rest[v] == unreached {
			capacity = 0
		}
		edge(2*v, 2*v+1, capacity, 0) // edge v is node v
	}
	for v := range uint32(n) {
		for i := f.First[v]; i < f.First[v+1]; i++ {
			edge(2*v+1, 2*f.To[i], flow.Infinite, f.Time[i])
		}
	}
	for _, s := range f.Seeds {
		edge(source, 2*s.Node, flow.Infinite, s.Time)
	}
	for _, s := range f.Sinks {
		edge(2*s+1, sink, flow.Infinite, 0)
	}
	network := flow.NewNetwork(2*n+2, from, to, room, true)
	for e, c := range cost {
		network.SetCost(uint32(e), c)
	}
	least, err := flow.NewMinCost(ctx, network, []uint32{source}, []uint32{sink}, false)
	if err != nil {
		return nil, err
	}
	for {
		_, fits, ok, err := least.Next(ctx, int64(x.o.Limit))
		if err != nil {
			return nil, err
		}
		if !ok || fits >= flow.Infinite/2 {
			break
		}
		least.Push(fits)
	}
	for _, path := range network.Paths([]uint32{source}, []uint32{sink}) {
		var w walk
		for _, e := range path.Edges {
			w.time += uint32(cost[e])
			if e < uint32(n) {
				w.nodes = append(w.nodes, e)
			}
		}
		if w.time <= x.o.Limit {
			x.add(w)
		}
	}
	prices = map[uint32]float64{}
	for v := range uint32(n) {
		if r := least.Potential(2*v+1) - least.Potential(2*v); r > 0 && network.Flow(v) > 0 {
			prices[v] = float64(r)
		}
	}
	return prices, nil
}
