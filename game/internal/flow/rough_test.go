package flow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cost is what the flow in the network costs.
func (s sample) spent(n *Network) int64 {
	sum := int64(0)
	for e, c := range s.cost {
		f := n.Flow(uint32(e))
		sum += c * max(f, -f)
	}
	return sum
}

// rent is what the prices prove: price times flow less cost is at most this, for
// every flow.
func (s sample) rent(potential func(v uint32) int64) int64 {
	sum := int64(0)
	for e := range s.from {
		gain := potential(s.to[e]) - potential(s.from[e])
		if !s.directed {
			gain = max(gain, -gain)
		}
		sum += s.cap[e] * max(0, gain-s.cost[e])
	}
	return sum
}

// TestRoughIsProven holds every round against the flow of least cost: its flow is a
// flow, its prices prove no less than the best gets at that price, and in the end the
// flow is maximum, near the least cost.
func TestRoughIsProven(t *testing.T) {
	over, all := int64(0), int64(0)
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := random(r, 3+r.IntN(9), r.IntN(30))
		ends := [2][]uint32{{0}, {uint32(s.nodes - 1)}}
		// The least cost of every amount.
		best := s.network()
		m, err := NewMinCost(t.Context(), best, ends[0], ends[1], false)
		if err != nil {
			t.Fatal(err)
		}
		type piece struct{ price, amount int64 }
		var pieces []piece
		maximum, least := int64(0), int64(0)
		for {
			price, room, ok, err := m.Next(t.Context(), math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			m.Push(room)
			pieces = append(pieces, piece{price, room})
			maximum += room
			least += price * room
		}
		// The rough flow starts after a few exact paths.
		n := s.network()
		if m, err = NewMinCost(t.Context(), n, ends[0], ends[1], false); err != nil {
			t.Fatal(err)
		}
		carried := int64(0)
		for range r.IntN(3) {
			_, room, ok, err := m.Next(t.Context(), math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				m.Push(room)
				carried += room
			}
		}
		rough, err := NewRough(t.Context(), m, ends[0], ends[1])
		if err != nil {
			t.Fatal(err)
		}
		limit := m.Price()
		for range 200 {
			if err := rough.Settle(t.Context(), limit); err != nil {
				t.Fatal(err)
			}
			price := min(limit, rough.Least())
			worth := int64(0)
			for _, p := range pieces {
				worth += max(0, price-p.price) * p.amount
			}
			potential := func(v uint32) int64 { return rough.Potential(v, price) }
			if potential(0) != 0 || potential(ends[1][0]) != price {
				t.Fatalf("seed %d: the source has price %d, the sink %d of %d", seed, potential(0), potential(ends[1][0]), price)
			}
			if got := s.rent(potential); got < worth {
				t.Fatalf("seed %d: the prices prove %d at %d, the best flow gets %d", seed, got, price, worth)
			}
			s.sound(t, n, carried)
			if carried == maximum {
				break
			}
			added, err := rough.Send(t.Context(), 3)
			if err != nil {
				t.Fatal(err)
			}
			carried += added
			limit = max(limit, price) + 1
		}
		if carried != maximum {
			t.Fatalf("seed %d: %d flows, at most %d", seed, carried, maximum)
		}
		if spent := s.spent(n); spent < least {
			t.Fatalf("seed %d: costs %d, the least is %d", seed, spent, least)
		} else {
			over, all = over+spent-least, all+least
		}
	}
	if over*50 > all {
		t.Errorf("costs %d more than the least, %d", over, all)
	}
}

// TestBasicKeepsTheFlow: the same flow between the terminals at the same cost, and no
// circle left that can be turned.
func TestBasicKeepsTheFlow(t *testing.T) {
	fewer := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 6))
		s := random(r, 2+r.IntN(30), r.IntN(150))
		ends := [2][]uint32{{0}, {uint32(s.nodes - 1)}}
		n := s.network()
		if seed%2 == 0 { // without costs any circle turns
			s.cost = make([]int64, len(s.from))
			n = s.network()
		}
		total := int64(0)
		if seed%4 < 2 {
			m, err := NewMinCost(t.Context(), n, ends[0], ends[1], false)
			if err != nil {
				t.Fatal(err)
			}
			for {
				_, room, ok, err := m.Next(t.Context(), math.MaxInt64)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				m.Push(room)
				total += room
			}
		} else {
			var err error
			if total, _, err = n.MaxFlow(t.Context(), ends[0], ends[1]); err != nil {
				t.Fatal(err)
			}
		}
		before, routes := s.spent(n), len(n.Paths(ends[0], ends[1]))
		n.Basic()
		s.sound(t, n, total)
		after := s.spent(n)
		if after > before || seed%4 < 2 && after != before {
			t.Errorf("seed %d: cost %d, before %d", seed, after, before)
		}
		// Free edges are a forest: union-find meets no two ends in one tree.
		root := make([]uint32, s.nodes)
		for v := range root {
			root[v] = uint32(v)
		}
		find := func(v uint32) uint32 {
			for root[v] != v {
				v = root[v]
			}
			return v
		}
		for i := range n.edges {
			if !n.free(uint32(i) << 1) {
				continue
			}
			a, b := find(n.edges[i].from), find(n.edges[i].to)
			if a == b {
				t.Fatalf("seed %d: a circle of free edges is left", seed)
			}
			root[a] = b
		}
		sum := int64(0)
		paths := n.Paths(ends[0], ends[1])
		for _, p := range paths {
			sum += p.Amount
		}
		if sum != total {
			t.Errorf("seed %d: paths of %d in all, flow %d", seed, sum, total)
		}
		if len(paths) < routes {
			fewer++
		}
	}
	if fewer < 20 {
		t.Errorf("fewer paths in %d cases only", fewer)
	}
}
