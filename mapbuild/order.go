package mapbuild

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/network"
)

// orderSeed chooses among equally good orders. It is fixed, so that the same
// extracts give the same map.
const orderSeed = 1

// findOrder finds the order for routing: that of the states, under all turns that
// the map has, whoever may take them. States on one chain stay together.
func (d *draft) findOrder(ctx context.Context, workers int) error {
	m := d.m
	if len(m.StateArc) == 0 {
		return nil
	}
	g := &cch.Graph{FirstOut: m.TurnFirst, Head: words(m.TurnTo)}
	chain := make([]uint32, len(m.StateArc))
	for s, a := range m.StateArc {
		chain[s] = uint32(a.Chain())
	}
	order, err := cch.FindLiftedOrder(ctx, g, chain, cch.OrderOptions{Seed: orderSeed, Threads: workers})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("find the order for routing: %w", err)
	}
	m.StateOrder = make([]network.StateID, len(order))
	for i, s := range order {
		m.StateOrder[i] = network.StateID(s)
	}
	return nil
}

// words views ids as plain words, without copying.
func words(s []network.StateID) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}
