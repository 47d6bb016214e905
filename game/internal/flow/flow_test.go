package flow

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

type sample struct {
	nodes    int
	from, to []uint32
	cap      []int64
	cost     []int64
	directed bool
}

func random(r *rand.Rand, nodes, edges int) sample {
	s := sample{nodes: nodes, directed: r.IntN(2) == 0}
	for range edges {
		s.from = append(s.from, uint32(r.IntN(nodes)))
		s.to = append(s.to, uint32(r.IntN(nodes)))
		s.cap = append(s.cap, int64(r.IntN(12)))
		s.cost = append(s.cost, int64(r.IntN(6)))
	}
	return s
}

func (s sample) network() *Network {
	n := NewNetwork(s.nodes, s.from, s.to, s.cap, s.directed)
	for e, c := range s.cost {
		n.SetCost(uint32(e), c)
	}
	return n
}

// minCut tries every cut that parts node 0 from the last.
func (s sample) minCut() int64 {
	best := int64(math.MaxInt64)
	for set := 0; set < 1<<s.nodes; set++ {
		if set&1 == 0 || set>>(s.nodes-1)&1 == 1 {
			continue
		}
		sum := int64(0)
		for e := range s.from {
			u, v := set>>s.from[e]&1 == 1, set>>s.to[e]&1 == 1
			if u && !v || !s.directed && v && !u {
				sum += s.cap[e]
			}
		}
		best = min(best, sum)
	}
	return best
}

// sound checks capacities, conservation and what leaves node 0.
func (s sample) sound(t *testing.T, n *Network, value int64) {
	t.Helper()
	net := make([]int64, s.nodes)
	for e := range s.from {
		f := n.Flow(uint32(e))
		if f > s.cap[e] || s.directed && f < 0 || f < -s.cap[e] {
			t.Fatalf("edge %d carries %d of %d", e, f, s.cap[e])
		}
		net[s.from[e]] += f
		net[s.to[e]] -= f
	}
	for v, x := range net {
		want := int64(0)
		switch v {
		case 0:
			want = value
		case s.nodes - 1:
			want = -value
		}
		if x != want {
			t.Fatalf("node %d: %d more flows out than in, want %d", v, x, want)
		}
	}
}

func (s sample) worth(cut Cut) int64 {
	sum := int64(0)
	for e := range s.from {
		u, v := cut[s.from[e]], cut[s.to[e]]
		if u && !v || !s.directed && v && !u {
			sum += s.cap[e]
		}
	}
	return sum
}

func TestMaxFlowIsMinCut(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := random(r, 2+r.IntN(7), r.IntN(20))
		ends := [2][]uint32{{0}, {uint32(s.nodes - 1)}}
		want := s.minCut()
		n := s.network()
		got, cut, err := n.MaxFlow(t.Context(), ends[0], ends[1])
		if err != nil || got != want {
			t.Fatalf("seed %d: flow %d, %v, want %d", seed, got, err, want)
		}
		s.sound(t, n, got)
		if w := s.worth(cut); w != want {
			t.Errorf("seed %d: cut of %d, want %d", seed, w, want)
		}
		sum := int64(0)
		for _, p := range n.Paths(ends[0], ends[1]) {
			sum += p.Amount
		}
		if sum != got {
			t.Errorf("seed %d: paths of %d in all, flow %d", seed, sum, got)
		}
		// Dinic's algorithm alone.
		n.Clear()
		got, cut, err = n.dinic(t.Context(), ends[0], ends[1])
		if err != nil || got != want || s.worth(cut) != want {
			t.Errorf("seed %d: Dinic flow %d, cut %d, %v, want %d", seed, got, s.worth(cut), err, want)
		}
		s.sound(t, n, got)
		// The least-cost flow at its end is a maximum flow too.
		n = s.network()
		m, err := NewMinCost(t.Context(), n, ends[0], ends[1], false)
		if err != nil {
			t.Fatal(err)
		}
		total, last := int64(0), int64(0)
		for {
			price, room, ok, err := m.Next(t.Context(), math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if price < last || room <= 0 {
				t.Fatalf("seed %d: price %d after %d, room %d", seed, price, last, room)
			}
			last = price
			m.Push(room)
			total += room
			s.optimal(t, n, m)
		}
		if total != want || s.worth(m.Cut()) != want {
			t.Errorf("seed %d: least-cost flow %d, cut %d, want %d", seed, total, s.worth(m.Cut()), want)
		}
		s.sound(t, n, total)
	}
}

// optimal checks the proof of least cost: no edge with room is cheaper than the
// potentials say.
func (s sample) optimal(t *testing.T, n *Network, m *MinCost) {
	t.Helper()
	for i := range n.edges {
		for dir := range uint32(2) {
			ref := uint32(i)<<1 | dir
			cost, room := n.margin(ref)
			tail, head := n.head(ref^1), n.head(ref)
			if room <= 0 || m.Potential(tail) >= unreached || m.Potential(head) >= unreached {
				continue
			}
			if m.Potential(head)-m.Potential(tail) > cost {
				t.Fatalf("edge %d→%d of cost %d, potentials %d and %d", tail, head, cost, m.Potential(tail), m.Potential(head))
			}
		}
	}
}

// TestExtraIsASecondEdge: more capacity at a higher cost is what a parallel edge is.
func TestExtraIsASecondEdge(t *testing.T) {
	run := func(s sample, n *Network) (out [][2]int64) {
		m, err := NewMinCost(t.Context(), n, []uint32{0}, []uint32{uint32(s.nodes - 1)}, false)
		if err != nil {
			t.Fatal(err)
		}
		for {
			price, room, ok, err := m.Next(t.Context(), math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return out
			}
			m.Push(room)
			if k := len(out); k > 0 && out[k-1][0] == price {
				out[k-1][1] += room
			} else {
				out = append(out, [2]int64{price, room})
			}
		}
	}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := random(r, 2+r.IntN(6), 1+r.IntN(12))
		one, two := s, s
		n := one.network()
		for e := range s.from {
			more, dearer := int64(r.IntN(5)), s.cost[e]+int64(r.IntN(4))
			n.SetExtra(uint32(e), more, dearer)
			two.from, two.to = append(two.from, s.from[e]), append(two.to, s.to[e])
			two.cap, two.cost = append(two.cap, more), append(two.cost, dearer)
		}
		a, b := run(one, n), run(two, two.network())
		if len(a) != len(b) {
			t.Fatalf("seed %d: %v, parallel edges %v", seed, a, b)
		}
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("seed %d: %v, parallel edges %v", seed, a, b)
			}
		}
	}
}

func TestInfiniteRoute(t *testing.T) {
	n := NewNetwork(3, []uint32{0, 1, 0}, []uint32{1, 2, 2}, []int64{Infinite, Infinite, 5}, true)
	if f, _, err := n.MaxFlow(t.Context(), []uint32{0}, []uint32{2}); f != Infinite || err != nil {
		t.Errorf("flow %d, %v", f, err)
	}
}

func TestContextEndsMaxFlow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := NewNetwork(2, []uint32{0}, []uint32{1}, []int64{1}, true)
	if _, _, err := n.MaxFlow(ctx, []uint32{0}, []uint32{1}); err == nil {
		t.Error("no error")
	}
	if _, _, err := n.dinic(ctx, []uint32{0}, []uint32{1}); err == nil {
		t.Error("Dinic: no error")
	}
}

// FuzzMaxFlow compares the search, Dinic's algorithm and the least-cost flow with
// the least cut, on graphs read from bytes.
func FuzzMaxFlow(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x01\x09\x01\x02\x03\x02\x04\x07"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 || len(data) > 200 {
			return
		}
		s := sample{nodes: 2 + int(data[0]%8), directed: data[1]&1 == 1}
		for data = data[2:]; len(data) >= 4; data = data[4:] {
			w := binary.LittleEndian.Uint16(data[2:])
			s.from = append(s.from, uint32(int(data[0])%s.nodes))
			s.to = append(s.to, uint32(int(data[1])%s.nodes))
			s.cap = append(s.cap, int64(w&0xfff)<<(w>>11))
			s.cost = append(s.cost, int64(w>>10))
		}
		want := s.minCut()
		ends := [2][]uint32{{0}, {uint32(s.nodes - 1)}}
		n := s.network()
		if got, cut, err := n.MaxFlow(t.Context(), ends[0], ends[1]); err != nil || got != want || s.worth(cut) != want {
			t.Fatalf("flow %d, %v, want %d", got, err, want)
		}
		n.Clear()
		if got, _, err := n.dinic(t.Context(), ends[0], ends[1]); err != nil || got != want {
			t.Fatalf("Dinic flow %d, %v, want %d", got, err, want)
		}
		n.Clear()
		m, err := NewMinCost(t.Context(), n, ends[0], ends[1], false)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for {
			_, room, ok, err := m.Next(t.Context(), math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			m.Push(room)
			s.optimal(t, n, m)
			total += room
		}
		if total != want {
			t.Fatalf("least-cost flow %d, want %d", total, want)
		}
	})
}
