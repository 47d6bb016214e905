package plan

import (
	"slices"
	"testing"

	"github.com/outrider-project/outrider/network"
)

// A closure at a junction closes all of it, whichever arm its place was moved to;
// one inside a road closes that road only.
func TestAClosureAtAJunctionClosesEveryArm(t *testing.T) {
	m := build(t, town())
	arms := make(map[network.NodeID][]network.Stretch)
	for i, length := range m.Length {
		c := network.ChainID(i)
		arms[m.Tail[i]] = append(arms[m.Tail[i]], network.Stretch{Chain: c, To: 1000, Heading: network.BothWays})
		arms[m.Head[i]] = append(arms[m.Head[i]], network.Stretch{Chain: c, From: length - 1000, To: length, Heading: network.BothWays})
	}
	crossings := 0
	for node, want := range arms {
		if len(want) < 3 {
			continue
		}
		crossings++
		for _, arm := range want {
			at := network.Stretch{Chain: arm.Chain, Heading: network.BothWays}
			if m.Head[arm.Chain] == node && arm.From > 0 {
				at.From, at.To = arm.To, arm.To
			}
			got := widened(m, []network.Stretch{at})
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("junction %d closed on chain %d: chain %d stays open", node, arm.Chain, w.Chain)
				}
			}
		}
	}
	if crossings == 0 {
		t.Fatal("the town has no junction of three arms")
	}
	middle := m.Length[0] / 2
	inside := []network.Stretch{{From: middle, To: middle, Heading: network.BothWays}}
	want := []network.Stretch{{From: middle - 1000, To: middle + 1000, Heading: network.BothWays}}
	if got := widened(m, inside); !slices.Equal(got, want) {
		t.Errorf("closed inside a road: %v, want %v", got, want)
	}
}
