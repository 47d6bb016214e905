package game

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// zoneGains is what an attack on each zone gains on a route, which begins at start.
func zoneGains(in *Instance, start uint32, edges []uint32) map[uint32]*big.Rat {
	nodes, used := map[uint32]bool{start: true}, map[uint32]bool{}
	v := start
	for _, e := range edges {
		if in.From[e] == v {
			v = in.To[e]
		} else {
			v = in.From[e]
		}
		nodes[v], used[e] = true, true
	}
	out := map[uint32]*big.Rat{}
	for k, zone := range in.Zones {
		touched := false
		for _, x := range zone.Nodes {
			touched = touched || nodes[x]
		}
		for _, e := range zone.Edges {
			touched = touched || used[e]
		}
		if touched && zone.P > 0 {
			out[uint32(k)] = new(big.Rat).SetFloat64(zone.P)
		}
	}
	return out
}

func drawZones(rng *rand.Rand, in *Instance) {
	ordinary := rng.IntN(3) > 0
	for range 1 + rng.IntN(8) {
		zone := Zone{ID: ID{Text: fmt.Sprint("z", len(in.Zones))}}
		for range rng.IntN(4) {
			zone.Nodes = append(zone.Nodes, uint32(rng.IntN(len(in.Nodes))))
		}
		for range rng.IntN(4) {
			zone.Edges = append(zone.Edges, uint32(rng.IntN(len(in.Edges))))
		}
		slices.Sort(zone.Nodes)
		slices.Sort(zone.Edges)
		zone.Nodes, zone.Edges = slices.Compact(zone.Nodes), slices.Compact(zone.Edges)
		zone.P, _ = drawChance(rng, ordinary).Float64()
		in.Zones = append(in.Zones, zone)
	}
}

func TestZonesAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	optimal, infeasible, reenter := 0, 0, 0
	for trial := range 900 {
		nodes := 2 + rng.IntN(9)
		in := drawInstance(rng, Zones, nodes, nodes+rng.IntN(nodes+3))
		drawZones(rng, in)
		var want *big.Rat
		shared := false
		for _, s := range in.Sources {
			for _, k := range in.Sinks {
				shared = shared || s == k
			}
		}
		if shared {
			want = new(big.Rat)
		} else {
			var gains []map[uint32]*big.Rat
			for _, s := range in.Sources {
				simplePaths(in, []uint32{s}, in.Sinks, func(edges []uint32) {
					gains = append(gains, zoneGains(in, s, edges))
				})
			}
			want = mixOracle([][]map[uint32]*big.Rat{gains})
		}
		r := checkAnswer(t, fmt.Sprint("trial ", trial), in, want)
		if want == nil {
			infeasible++
			continue
		}
		optimal++
		if e, ok := r.Proof["entry_upper"].(float64); ok {
			if e < r.Lower*(1-1e-9) {
				t.Fatalf("trial %d: counting every entry gives %v, below the value %v", trial, e, r.Lower)
			}
			if e > r.Upper*(1+1e-6) {
				reenter++
			}
		}
	}
	if optimal < 300 || infeasible < 30 || reenter < 5 {
		t.Errorf("the draw proves little: %d optimal, %d infeasible, %d where entering again pays", optimal, infeasible, reenter)
	}
}

// gridZones draws squares of zones that overlap on a grid and spare the ends.
func gridZones(side, area, zones, width int, seed uint64) *Instance {
	in := gridInstance(Zones, side, area, seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	at := func(x, y int) uint32 { return uint32(y*side + x) }
	ends := map[uint32]bool{}
	for _, v := range append(append([]uint32(nil), in.Sources...), in.Sinks...) {
		ends[v] = true
	}
	for len(in.Zones) < zones {
		x0, y0, w := rng.IntN(side), rng.IntN(side), width/2+rng.IntN(width+1)
		zone := Zone{ID: ID{Text: fmt.Sprint("z", len(in.Zones))}, P: 0.05 + 0.95*rng.Float64()}
		free := true
		for y := y0; y < min(side, y0+w); y++ {
			for x := x0; x < min(side, x0+w); x++ {
				free = free && !ends[at(x, y)]
				zone.Nodes = append(zone.Nodes, at(x, y))
			}
		}
		if free {
			in.Zones = append(in.Zones, zone)
		}
	}
	return in
}

// TestZonesMiddling checks a grid whose exact value enumeration cannot reach: the
// bounds meet, and the mix keeps its promise when counted anew.
func TestZonesMiddling(t *testing.T) {
	in := gridZones(30, 1, 200, 4, 3)
	r, err := Solve(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != Optimal {
		t.Fatalf("%s [%v %v], entries %v: %v", r.Status, r.Lower, r.Upper, r.Proof, r.Notes)
	}
	exposure := make([]float64, len(in.Zones))
	for _, route := range r.Planner {
		for z, g := range zoneGains(in, in.Sources[0], route.Edges) {
			p, _ := g.Float64()
			exposure[z] += p * route.Prob
		}
	}
	worst := 0.0
	for _, x := range exposure {
		worst = math.Max(worst, x)
	}
	if math.Abs(worst-r.Upper) > 1e-12 {
		t.Errorf("the mix gives %v, printed %v", worst, r.Upper)
	}
}
