package mapbuild

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/network"
)

// slowCutEdges removes one chain after another and looks what hangs together.
func slowCutEdges(nodes int, tail, head []network.NodeID, length []network.Millimetres, least uint64) []cutEdge {
	var out []cutEdge
	for cut := range tail {
		seen := make([]bool, nodes)
		reach := []network.NodeID{tail[cut]}
		seen[tail[cut]] = true
		for i := 0; i < len(reach); i++ {
			for c := range tail {
				for _, ends := range [2][2]network.NodeID{{tail[c], head[c]}, {head[c], tail[c]}} {
					if c != cut && ends[0] == reach[i] && !seen[ends[1]] {
						seen[ends[1]] = true
						reach = append(reach, ends[1])
					}
				}
			}
		}
		if seen[head[cut]] {
			continue
		}
		// The other side: what is reached from the head.
		other := make([]bool, nodes)
		other[head[cut]] = true
		for changed := true; changed; {
			changed = false
			for c := range tail {
				if c != cut && other[tail[c]] != other[head[c]] {
					other[tail[c]], other[head[c]], changed = true, true, true
				}
			}
		}
		var a, b uint64
		for c := range tail {
			switch {
			case c == cut:
			case seen[tail[c]]:
				a += uint64(length[c])
			case other[tail[c]]:
				b += uint64(length[c])
			}
		}
		if min(a, b) >= least {
			out = append(out, cutEdge{network.ChainID(cut), min(a, b)})
		}
	}
	return out
}

func TestCutEdgesEqualSlowSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 12).Draw(t, "nodes")
		chains := rapid.IntRange(0, 18).Draw(t, "chains")
		tail, head := make([]network.NodeID, chains), make([]network.NodeID, chains)
		length := make([]network.Millimetres, chains)
		for c := range chains {
			tail[c] = network.NodeID(rapid.IntRange(0, nodes-1).Draw(t, "tail"))
			head[c] = network.NodeID(rapid.IntRange(0, nodes-1).Draw(t, "head"))
			length[c] = network.Millimetres(rapid.IntRange(1, 100).Draw(t, "length"))
		}
		least := uint64(rapid.IntRange(0, 60).Draw(t, "least"))
		got := cutEdges(nodes, tail, head, length, least)
		want := slowCutEdges(nodes, tail, head, length, least)
		if len(got) != len(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}
