package cch

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// bushy makes a small graph with many ways between most nodes, loops and
// parallel arcs, and weights of one of several kinds.
func bushy(rng *rand.Rand) (*Graph, []uint32) {
	n := 2 + rng.IntN(30)
	var pairs [][2]uint32
	for range n * (1 + rng.IntN(4)) {
		v := rng.Uint32N(uint32(n))
		w := rng.Uint32N(uint32(n))
		if rng.IntN(3) > 0 { // near
			w = (v + 1 + rng.Uint32N(3)) % uint32(n)
		}
		pairs = append(pairs, [2]uint32{v, w})
		if rng.IntN(2) == 0 {
			pairs = append(pairs, [2]uint32{w, v})
		}
	}
	g := graphOf(n, pairs)
	weights := make([]uint32, g.Arcs())
	kind := rng.IntN(5)
	for e := range weights {
		weights[e] = [...]uint32{
			rng.Uint32N(3), 10 + rng.Uint32N(10), rng.Uint32N(1000),
			Inf/3 - 2 + rng.Uint32N(5), Inf/8 + rng.Uint32N(100),
		}[kind]
		if rng.IntN(30) == 0 {
			weights[e] = Inf - 2 + rng.Uint32N(5)
		}
	}
	return g, weights
}

func limitsOf(rng *rand.Rand, arcs int) AlternateLimits {
	pick := func(of ...float64) float64 { return of[rng.IntN(len(of))] }
	l := AlternateLimits{
		Most:    1 + rng.IntN(5),
		Stretch: pick(1, 1.2, 1.5, 3), Shared: pick(0, 0.4, 0.6, 0.8, 1),
		Local: pick(0, 0, 0.1, 0.25, 0.5, 2), Detour: pick(0, 0, 1, 1.4, 3),
		SpareRequired: rng.IntN(2) == 0, Apart: rng.IntN(4) == 0,
	}
	if rng.IntN(2) == 0 {
		l.Length = make([]uint32, arcs)
		for e := range l.Length {
			l.Length[e] = rng.Uint32N(200)
		}
	}
	return l
}

func mustFind(t testing.TB, a *Alternates, sources []Seed, vias [][]uint32, targets []Seed, l AlternateLimits) *AlternateSet {
	t.Helper()
	set, err := a.Find(sources, vias, targets, l)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAlternatesKeepTheLimits(t *testing.T) {
	var plain, through [6]int
	var refused [bounds]int
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 2))
		g, weights := bushy(rng)
		m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{Seed: seed})), weights, 1)
		a, j := m.NewAlternates(), judgeOf(g, weights)
		seeds := func() []Seed {
			out := make([]Seed, 1+rng.IntN(3))
			for i := range out {
				out[i] = Seed{rng.Uint32N(uint32(g.Nodes())), []uint32{0, rng.Uint32N(20), Inf / 2, Inf + 5}[rng.IntN(4)]}
			}
			out[0].Weight = 0
			return out
		}
		for k := range 4 {
			sources, targets := seeds(), seeds()
			if k == 0 {
				sources, targets = sources[:1], targets[:1]
			}
			var vias [][]uint32
			for range max(0, k-1) {
				via := []uint32{rng.Uint32N(uint32(g.Nodes())), rng.Uint32N(uint32(g.Nodes()))}
				vias = append(vias, via[:1+rng.IntN(2)])
			}
			l := limitsOf(rng, g.Arcs())
			set := mustFind(t, a, sources, vias, targets, l)
			j.check(t, sources, vias, targets, l, set)
			for b, n := range set.Refused {
				refused[b] += n
			}
			if len(vias) > 0 {
				through[len(set.Routes)]++
				continue
			}
			plain[len(set.Routes)]++
			if len(set.Routes) > 0 {
				budget := uint32(min(math.Floor(float64(set.Routes[0].Cost)*l.Stretch), float64(Inf-1)))
				want := j.requiredNodes(sources, targets, budget)
				if got := slices.Sorted(slices.Values(set.Required)); !slices.Equal(got, want) {
					t.Fatalf("required %v, want %v", got, want)
				}
			}
		}
	}
	t.Logf("sets by number of routes: %v, through via nodes %v; refused %v", plain, through, refused)
	for n := 1; n <= 4; n++ {
		if plain[n] == 0 || through[n] == 0 {
			t.Errorf("no set of %d routes: the test proves little", n)
		}
	}
	for b := range BoundTests {
		if refused[b] == 0 {
			t.Errorf("nothing refused for %v: the test proves little", b)
		}
	}
}

func TestAlternatesInTowns(t *testing.T) {
	found := [4]int{}
	for seed := range uint64(12) {
		g, weights := grid(16, 16, seed)
		for e := range weights {
			weights[e] = 300 + weights[e]/4
		}
		m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1)
		a, j := m.NewAlternates(), judgeOf(g, weights)
		rng := rand.New(rand.NewPCG(seed, 9))
		for k := range 12 {
			sources, targets := []Seed{{rng.Uint32N(256), 5}, {rng.Uint32N(256), 40}}, []Seed{{rng.Uint32N(256), 0}}
			var vias [][]uint32
			if k%3 == 0 {
				vias = [][]uint32{{rng.Uint32N(256), rng.Uint32N(256)}, {rng.Uint32N(256)}}
			}
			l := AlternateLimits{Most: 3, Stretch: 1.4, Shared: 0.6, Local: 0.25, Detour: 1.8}
			set := mustFind(t, a, sources, vias, targets, l)
			j.check(t, sources, vias, targets, l, set)
			found[len(set.Routes)]++
		}
	}
	t.Logf("sets by number of routes: %v", found)
	if found[3] < 40 {
		t.Errorf("sets by number of routes: %v: a town has more alternates", found)
	}
}

// TestAlternatesOnRealGraphs judges sets between random nodes by queries that are
// checked elsewhere; with OUTRIDER_LONG=1 more sets, and some by Dijkstra alone.
func TestAlternatesOnRealGraphs(t *testing.T) {
	for _, name := range []string{"luxembourg", "delaware"} {
		t.Run(name, func(t *testing.T) {
			pairs, long := often(20, 200), os.Getenv("OUTRIDER_LONG") == "1"
			g, folder := realGraph(t, name)
			weights, lengths := vector(t, folder, "travel_time"), vector(t, folder, "geo_distance")
			m := mustCustomize(t, mustBuild(t, g, realOrder(t, name, g)), weights, 2)
			a, q := m.NewAlternates(), m.NewQuery()
			quick := &judge{g: g, weights: weights, distance: q.Distance}
			rng := rand.New(rand.NewPCG(7, 1))
			n := uint32(g.Nodes())
			var counts, through [4]int
			var refused [bounds]int
			for i := range pairs {
				sources, targets := []Seed{{Node: rng.Uint32N(n)}}, []Seed{{Node: rng.Uint32N(n)}}
				l := AlternateLimits{Most: 3, Stretch: 1.3, Shared: 0.6, Local: 0.2, Detour: 1.6, Length: lengths}
				set := mustFind(t, a, sources, nil, targets, l)
				counts[len(set.Routes)]++
				if len(set.Routes) > 0 && len(set.Routes) < 3 {
					refused[set.Binding()]++
				}
				quick.check(t, sources, nil, targets, l, set)
				if long && i%66 == 0 {
					judgeOf(g, weights).check(t, sources, nil, targets, l, set)
				}
				if i%40 == 0 && len(set.Routes) > 0 {
					// What is required, by leaving it out.
					budget := uint32(float64(set.Routes[0].Cost) * l.Stretch)
					for k, v := range set.Required {
						if k%7 > 0 || v == sources[0].Node || v == targets[0].Node {
							continue
						}
						without := slices.Clone(weights)
						for e, w := range g.Head {
							if w == v {
								without[e] = Inf
							}
						}
						if d := dijkstra(g, without, sources[0].Node)[targets[0].Node]; d <= budget {
							t.Fatalf("node %d is required within %d, but without it %d", v, budget, d)
						}
					}
				}
				vias := [][]uint32{{rng.Uint32N(n), rng.Uint32N(n)}}
				set = mustFind(t, a, sources, vias, targets, l)
				through[len(set.Routes)]++
				quick.check(t, sources, vias, targets, l, set)
			}
			t.Logf("of %d pairs by number of routes: %v, through a via node %v; where fewer than 3, refused most by %v", pairs, counts, through, refused)
			if counts[2]+counts[3] < pairs/3 {
				t.Errorf("of %d pairs by number of routes: %v", pairs, counts)
			}
		})
	}
}

func TestAlternatesAllocateNothing(t *testing.T) {
	g, weights := grid(40, 40, 2)
	m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1)
	a := m.NewAlternates()
	sources, targets := []Seed{{7, 0}, {8, 3}}, []Seed{{1400, 0}}
	vias := [][]uint32{{700, 701}, {900}}
	l := AlternateLimits{Most: 3, Stretch: 1.5, Shared: 0.7, Local: 0.1}
	routes := 0
	n := testing.AllocsPerRun(10, func() {
		routes = 0
		for _, via := range [][][]uint32{nil, vias} {
			set, err := a.Find(sources, via, targets, l)
			if err != nil {
				t.Fatal(err)
			}
			routes += len(set.Routes)
		}
	})
	if n != 0 || routes < 4 {
		t.Errorf("%v allocations, %d routes", n, routes)
	}
}

func TestAlternatesRefuseBadLimits(t *testing.T) {
	g, weights := grid(5, 5, 1)
	a := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1).NewAlternates()
	good := AlternateLimits{Most: 2, Stretch: 1.5, Shared: 0.5, Local: 0.1}
	for _, c := range []struct {
		name string
		with func(l *AlternateLimits)
		want string
	}{
		{"none", func(l *AlternateLimits) { l.Most = 0 }, "ask for 1 to 31"},
		{"many", func(l *AlternateLimits) { l.Most = 32 }, "ask for 1 to 31"},
		{"stretch", func(l *AlternateLimits) { l.Stretch = 0.9 }, "must be 1 or more"},
		{"no stretch", func(l *AlternateLimits) { l.Stretch = math.NaN() }, "must be 1 or more"},
		{"shared", func(l *AlternateLimits) { l.Shared = 1.1 }, "must be 0 to 1"},
		{"local", func(l *AlternateLimits) { l.Local = -1 }, "must be 0 or more"},
		{"detour", func(l *AlternateLimits) { l.Detour = 0.5 }, "1 or more, or 0"},
		{"length", func(l *AlternateLimits) { l.Length = make([]uint32, 3) }, "3 lengths"},
		{"tests", func(l *AlternateLimits) { l.Tests = -1 }, "negative"},
	} {
		l := good
		c.with(&l)
		if _, err := a.Find([]Seed{{1, 0}}, nil, []Seed{{2, 0}}, l); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		source, target uint32
		vias           [][]uint32
		want           string
	}{
		{25, 0, nil, "node 25"},
		{0, 30, nil, "node 30"},
		{0, 1, [][]uint32{{2}, {}}, "via set 1 is empty"},
		{0, 1, [][]uint32{{26}}, "via set 0 names node 26"},
	} {
		if _, err := a.Find([]Seed{{c.source, 0}}, c.vias, []Seed{{c.target, 0}}, good); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c, err, c.want)
		}
	}
}

// TestAlternatesByHand has three ways after a common stem: 1 to 2, and on by 3,
// 4 or 5, which cost 20, 24 and 36, to 6; the stem costs 10. From 2 to 0 is a
// dead end.
func TestAlternatesByHand(t *testing.T) {
	g := graphOf(7, [][2]uint32{{1, 2}, {2, 3}, {2, 4}, {2, 5}, {3, 6}, {4, 6}, {5, 6}, {2, 0}, {0, 2}})
	weights := weightsOf(t, g, map[[2]uint32]uint32{
		{1, 2}: 10, {2, 3}: 10, {2, 4}: 12, {2, 5}: 18, {3, 6}: 10, {4, 6}: 12, {5, 6}: 18, {2, 0}: 1, {0, 2}: 1,
	})
	m := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1)
	a := m.NewAlternates()
	for _, c := range []struct {
		name     string
		with     AlternateLimits
		costs    []uint32
		shared   float64 // of the second with the first
		required []uint32
		binding  Bound
	}{
		{"all", AlternateLimits{Most: 3, Stretch: 2, Shared: 0.6}, []uint32{30, 34, 46}, 10.0 / 30, []uint32{1, 2, 6}, BoundStretch},
		{"two", AlternateLimits{Most: 2, Stretch: 2, Shared: 0.6}, []uint32{30, 34}, 10.0 / 30, []uint32{1, 2, 6}, BoundStretch},
		{"short", AlternateLimits{Most: 3, Stretch: 1.2, Shared: 0.6}, []uint32{30, 34}, 10.0 / 30, []uint32{1, 2, 6}, BoundStretch},
		{"one", AlternateLimits{Most: 3, Stretch: 1.1, Shared: 0.6}, []uint32{30}, 0, []uint32{1, 2, 3, 6}, BoundStretch},
		{"apart", AlternateLimits{Most: 3, Stretch: 2, Shared: 0.2}, []uint32{30}, 0, []uint32{1, 2, 6}, BoundShared},
		{"stem spared", AlternateLimits{Most: 3, Stretch: 2, Shared: 0, SpareRequired: true}, []uint32{30, 34, 46}, 0, []uint32{1, 2, 6}, BoundStretch},
		{"no node in common", AlternateLimits{Most: 3, Stretch: 2, Shared: 0.6, Apart: true}, []uint32{30, 34, 46}, 10.0 / 30, []uint32{1, 2, 6}, BoundStretch},
		{"locally", AlternateLimits{Most: 3, Stretch: 2, Shared: 0.6, Local: 0.8}, []uint32{30, 46}, 10.0 / 30, []uint32{1, 2, 6}, BoundLocal},
		{"detour", AlternateLimits{Most: 3, Stretch: 2, Shared: 0.6, Detour: 1.5}, []uint32{30, 34}, 10.0 / 30, []uint32{1, 2, 6}, BoundDetour},
	} {
		set := mustFind(t, a, []Seed{{1, 0}}, nil, []Seed{{6, 0}}, c.with)
		var costs []uint32
		for _, r := range set.Routes {
			costs = append(costs, r.Cost)
		}
		if !slices.Equal(costs, c.costs) || !slices.Equal(set.Required, c.required) || set.Binding() != c.binding || len(set.Common) > 0 {
			t.Errorf("%s: costs %v, required %v, common %v, refused most by %v; want %v, %v, none, %v",
				c.name, costs, set.Required, set.Common, set.Binding(), c.costs, c.required, c.binding)
		}
		if len(costs) > 1 && set.Routes[1].Shared[0] != c.shared {
			t.Errorf("%s: shares %v, want %v", c.name, set.Routes[1].Shared, c.shared)
		}
	}
}

// TestAlternatesAreRanked has a way of 31 that shares 10 of 30 with the shortest
// and one of 32 that shares nothing: 2·31 + 10 is more than 2·32.
func TestAlternatesAreRanked(t *testing.T) {
	g := graphOf(7, [][2]uint32{{1, 2}, {2, 3}, {3, 4}, {2, 5}, {5, 4}, {1, 6}, {6, 4}})
	weights := weightsOf(t, g, map[[2]uint32]uint32{
		{1, 2}: 10, {2, 3}: 10, {3, 4}: 10, {2, 5}: 10, {5, 4}: 11, {1, 6}: 16, {6, 4}: 16,
	})
	a := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1).NewAlternates()
	for _, c := range []struct {
		most int
		want []uint32
	}{{2, []uint32{30, 32}}, {3, []uint32{30, 32, 31}}} {
		set := mustFind(t, a, []Seed{{1, 0}}, nil, []Seed{{4, 0}}, AlternateLimits{Most: c.most, Stretch: 1.2, Shared: 0.6})
		var costs []uint32
		for _, r := range set.Routes {
			costs = append(costs, r.Cost)
		}
		if !slices.Equal(costs, c.want) {
			t.Errorf("the first %d cost %v, want %v", c.most, costs, c.want)
		}
	}
}

// TestAlternatesThroughAreCombined has two ways from 0 to the via node 3, which
// cost 2 and 3, and two from there to 6, which cost 100 and 110. The first
// combination tried shares the long part and is refused.
func TestAlternatesThroughAreCombined(t *testing.T) {
	g := graphOf(8, [][2]uint32{{0, 1}, {1, 3}, {0, 2}, {2, 3}, {3, 4}, {4, 6}, {3, 5}, {5, 6}, {0, 7}, {7, 6}})
	weights := weightsOf(t, g, map[[2]uint32]uint32{
		{0, 1}: 1, {1, 3}: 1, {0, 2}: 1, {2, 3}: 2, {3, 4}: 50, {4, 6}: 50, {3, 5}: 55, {5, 6}: 55, {0, 7}: 1, {7, 6}: 1,
	})
	a := mustCustomize(t, mustBuild(t, g, mustOrder(t, g, OrderOptions{})), weights, 1).NewAlternates()
	for _, c := range []struct {
		limits  AlternateLimits
		want    []uint32
		refused Bound
	}{
		{AlternateLimits{Most: 2, Stretch: 1.2, Shared: 0.6}, []uint32{102, 112}, BoundShared},
		{AlternateLimits{Most: 4, Stretch: 1.2, Shared: 1}, []uint32{102, 103, 112, 113}, BoundStretch},
		{AlternateLimits{Most: 4, Stretch: 1.2, Shared: 1, Apart: true}, []uint32{102, 113}, BoundApart},
		{AlternateLimits{Most: 4, Stretch: 1.1, Shared: 1}, []uint32{102, 103, 112}, BoundStretch},
	} {
		// By node 7 there is a way past node 3.
		set := mustFind(t, a, []Seed{{0, 0}}, [][]uint32{{3, 6}}, []Seed{{6, 0}}, c.limits)
		if len(set.Vias) != 1 || set.Vias[0] != 6 {
			t.Errorf("via %v: 6 is nearer than 3", set.Vias)
		}
		set = mustFind(t, a, []Seed{{0, 0}}, [][]uint32{{3}}, []Seed{{6, 0}}, c.limits)
		var costs []uint32
		for _, r := range set.Routes {
			costs = append(costs, r.Cost)
		}
		if !slices.Equal(costs, c.want) || set.Binding() != c.refused || !slices.Equal(set.Required, []uint32{0, 3, 6}) {
			t.Errorf("%+v: costs %v, refused most by %v, required %v; want %v, %v", c.limits, costs, set.Binding(), set.Required, c.want, c.refused)
		}
	}
}

// weightsOf returns the weights of a graph's arcs by their ends.
func weightsOf(t *testing.T, g *Graph, by map[[2]uint32]uint32) []uint32 {
	t.Helper()
	var out []uint32
	for v := range uint32(g.Nodes()) {
		for _, w := range g.Head[g.FirstOut[v]:g.FirstOut[v+1]] {
			weight, ok := by[[2]uint32{v, w}]
			if !ok {
				t.Fatalf("no weight for %d to %d", v, w)
			}
			out = append(out, weight)
		}
	}
	return out
}
