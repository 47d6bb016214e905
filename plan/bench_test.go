package plan

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

// BenchmarkDriveDelaware finds the fastest drive between random places.
func BenchmarkDriveDelaware(b *testing.B) {
	m, _, err := mapbuild.Build(context.Background(), []string{testdata.Delaware(b)}, mapbuild.Options{})
	if err != nil {
		b.Fatal(err)
	}
	p := newPlanner(b, m)
	l := timeLane(m.Passage(p.van, p.passageOptions(nil, nil)))
	random := rand.New(rand.NewPCG(1, 2))
	place := func() stop {
		for {
			c := network.ChainID(random.IntN(m.NumChains()))
			if m.NodeInfo[m.Tail[c]].Island+m.NodeInfo[m.Head[c]].Island == 0 && m.Component[c] == network.None {
				return stop{loc: network.Location{Chain: c, At: m.Length[c] / 2}, halt: -1}
			}
		}
	}
	for b.Loop() {
		if _, ok := p.through(l, []stop{place(), place()}, nil, unbarred); !ok {
			b.Fatal("no drive")
		}
	}
}
