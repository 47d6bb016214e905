package cch

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestOrderIsAPermutationForAllThreads(t *testing.T) {
	w, h := 170, 90
	if testing.Short() {
		w = 80
	}
	g, _ := grid(w, h, 3)
	one := mustOrder(t, g, OrderOptions{Seed: 9})
	if err := checkOrder(one, g.Nodes()); err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 2, 6} {
		if !slices.Equal(one, mustOrder(t, g, OrderOptions{Seed: 9, Threads: threads})) {
			t.Errorf("%d threads find another order", threads)
		}
	}
}

// TestOrderIsGood holds the order of a full grid to a bound that a poor
// separator breaks: nested dissection along straight lines has about 7.75 n
// log2 n arcs in the limit (George 1973) and far fewer at this size.
func TestOrderIsGood(t *testing.T) {
	const k = 64
	var pairs [][2]uint32
	for y := range uint32(k) {
		for x := range uint32(k) {
			if x+1 < k {
				pairs = append(pairs, [2]uint32{y*k + x, y*k + x + 1})
			}
			if y+1 < k {
				pairs = append(pairs, [2]uint32{y*k + x, y*k + x + k})
			}
		}
	}
	g := graphOf(k*k, pairs)
	found := mustBuild(t, g, mustOrder(t, g, OrderOptions{}))
	straight := mustBuild(t, g, straightOrder(k))
	if found.Arcs() > straight.Arcs() || found.Triangles() > straight.Triangles() {
		t.Errorf("%d arcs and %d triangles, along straight lines %d and %d", found.Arcs(), found.Triangles(), straight.Arcs(), straight.Triangles())
	}
}

// straightOrder dissects a square grid along its middle lines.
func straightOrder(k int) []uint32 {
	order := make([]uint32, 0, k*k)
	var cut func(x0, y0, x1, y1 int)
	cut = func(x0, y0, x1, y1 int) {
		if x0 >= x1 || y0 >= y1 {
			return
		}
		x, y := (x0+x1)/2, (y0+y1)/2
		if x1-x0 >= y1-y0 {
			cut(x0, y0, x, y1)
			cut(x+1, y0, x1, y1)
			for y := y0; y < y1; y++ {
				order = append(order, uint32(y*k+x))
			}
			return
		}
		cut(x0, y0, x1, y)
		cut(x0, y+1, x1, y1)
		for x := x0; x < x1; x++ {
			order = append(order, uint32(y*k+x))
		}
	}
	cut(0, 0, k, k)
	return order
}

func TestOrderOfExtremes(t *testing.T) {
	clique, star, path, loops := [][2]uint32{}, [][2]uint32{}, [][2]uint32{}, [][2]uint32{}
	const n = 150
	for v := range uint32(n) {
		for w := range v {
			clique = append(clique, [2]uint32{v, w})
		}
		star = append(star, [2]uint32{0, v})
		path = append(path, [2]uint32{v, min(v+1, n-1)})
		loops = append(loops, [2]uint32{v, v})
	}
	// Two cliques that share ten nodes.
	var twins [][2]uint32
	for v := range uint32(60) {
		for w := range v {
			if v < 35 || w >= 25 {
				twins = append(twins, [2]uint32{v, w})
			}
		}
	}
	for name, c := range map[string]struct {
		pairs       [][2]uint32
		arcs, depth int
	}{
		"clique": {clique, n * (n - 1) / 2, n},
		"star":   {star, n - 1, 3},
		"path":   {path, -1, 48},
		"loops":  {loops, 0, 1},
		"twins":  {twins, 2*35*34/2 - 45, 35},
	} {
		g := graphOf(n, c.pairs)
		h := mustBuild(t, g, mustOrder(t, g, OrderOptions{Threads: 2}))
		_, depth := h.Depth()
		if c.arcs >= 0 && h.Arcs() != c.arcs || depth > c.depth {
			t.Errorf("%s: %d arcs, depth %d; want %d, at most %d", name, h.Arcs(), depth, c.arcs, c.depth)
		}
	}
}

// TestFlowIsMaximal compares the cutter's flow with augmenting paths found one
// by one on a matrix of states, and checks both of its cuts, while it grows.
func TestFlowIsMaximal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		adj := g.undirected()
		n := g.Nodes()
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var c cutter
		c.reset(adj, n)
		c.key = make([]float32, n)
		for v := range c.key {
			c.key[v] = float32(rng.IntN(4))
		}
		for v := range uint32(n) {
			switch k := rng.IntN(5); {
			case k == 0 && !c.borders(1, v):
				c.claim(0, v)
			case k == 1 && !c.borders(0, v):
				c.claim(1, v)
			}
		}
		c.saturate()
		for step := 0; ; step++ {
			owner := slices.Clone(c.owner)
			if want := slowFlow(adj, owner); c.flow != want {
				t.Fatalf("step %d: flow %d, want %d", step, c.flow, want)
			}
			for k := range c.side {
				border := c.boundary(k, nil)
				within := reachAround(adj, owner, k, border)
				if len(border) != c.flow || within != c.side[k].within {
					t.Fatalf("step %d: side %d has a cut of %d for a flow of %d and %d nodes within, want %d",
						step, k, len(border), c.flow, c.side[k].within, within)
				}
			}
			k := rng.IntN(2)
			c.absorb(k)
			v, opens := c.pierce(k, c.boundary(k, nil))
			if v == none {
				return
			}
			flow := c.flow
			c.take(k, v, opens)
			if !opens && c.flow != flow {
				t.Fatalf("step %d: flow grew from %d to %d through a node that lets none pass", step, flow, c.flow)
			}
		}
	})
}

// reachAround counts the nodes that side k's terminals reach without passing
// the border, and returns -1 when one of the other side's is among them.
func reachAround(adj adjacency, owner []int8, k int, border []uint32) int {
	seen := make([]bool, len(owner))
	for _, v := range border {
		seen[v] = true
	}
	var list []uint32
	for v, o := range owner {
		if o == int8(k) {
			seen[v] = true
			list = append(list, uint32(v))
		}
	}
	for i := 0; i < len(list); i++ {
		if owner[list[i]] == int8(1-k) {
			return -1
		}
		for _, w := range adj.of(list[i]) {
			if !seen[w] {
				seen[w] = true
				list = append(list, w)
			}
		}
	}
	return len(list)
}

func slowFlow(adj adjacency, owner []int8) int {
	n := len(owner)
	capacity := make([][]int, 2*n)
	for x := range capacity {
		capacity[x] = make([]int, 2*n)
	}
	for v := range n {
		capacity[2*v][2*v+1] = 1
		if owner[v] >= 0 {
			capacity[2*v][2*v+1] = 1 << 20
		}
		for _, w := range adj.of(uint32(v)) {
			capacity[2*v+1][2*w] = 1 << 20
		}
	}
	flow := 0
	for {
		by := make([]int, 2*n)
		var list []int
		for x := range by {
			by[x] = -1
			if owner[x/2] == 0 {
				by[x] = x
				list = append(list, x)
			}
		}
		met := -1
		for i := 0; i < len(list) && met < 0; i++ {
			for y, c := range capacity[list[i]] {
				if c > 0 && by[y] < 0 {
					by[y] = list[i]
					list = append(list, y)
					if owner[y/2] == 1 {
						met = y
						break
					}
				}
			}
		}
		if met < 0 {
			return flow
		}
		for y := met; by[y] != y; y = by[y] {
			capacity[by[y]][y]--
			capacity[y][by[y]]++
		}
		flow++
	}
}

// TestLeafIsBest tries all orders of small pieces.
func TestLeafIsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "inside")
		all := n + rapid.IntRange(0, 4).Draw(t, "around")
		near := make([]uint64, all)
		var pairs [][2]uint32
		for v := range all {
			for w := range min(v, n) {
				if rapid.Bool().Draw(t, "arc") {
					near[v] |= 1 << w
					near[w] |= 1 << v
					pairs = append(pairs, [2]uint32{uint32(v), uint32(w)})
				}
			}
		}
		cost := func(order []uint32) int {
			game := slices.Clone(near)
			gone, sum := uint64(0), 0
			for _, v := range order {
				gone |= 1 << v
				later := game[v] &^ gone
				d := bits.OnesCount64(later)
				sum += d * (d + 1)
				for w := range all {
					if later&(1<<w) != 0 {
						game[w] |= later &^ (1 << w)
					}
				}
			}
			return sum
		}
		p := &piece{n: n}
		for v := range uint32(n) {
			p.id = append(p.id, v)
		}
		core := graphOf(all, pairs).undirected()
		d := &dissector{core: core}
		got := make([]uint32, n)
		d.orderLeaf(p, got, d.newBench())
		if err := checkOrder(got, n); err != nil {
			t.Fatal(err)
		}
		best := cost(got)
		permutations(slices.Clone(p.id), func(order []uint32) {
			if c := cost(order); c < best {
				t.Fatalf("order %v costs %d, order %v only %d", got, best, order, c)
			}
		})
	})
}

func permutations(s []uint32, visit func([]uint32)) {
	var place func(i int)
	place = func(i int) {
		if i == len(s) {
			visit(s)
			return
		}
		for j := i; j < len(s); j++ {
			s[i], s[j] = s[j], s[i]
			place(i + 1)
			s[i], s[j] = s[j], s[i]
		}
	}
	place(0)
}

// TestPeelAddsNothing checks that what peel leaves has no node of low degree,
// and that eliminating in its order leaves just that.
func TestPeelAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGraph(t)
		n := g.Nodes()
		adj := g.undirected()
		near := make([]map[uint32]bool, n)
		for v := range near {
			near[v] = map[uint32]bool{}
			for _, w := range adj.of(uint32(v)) {
				near[v][w] = true
			}
		}
		order, rest := peel(&adj)
		if err := checkOrder(slices.Concat(order, rest), n); err != nil {
			t.Fatal(err)
		}
		for _, v := range order {
			if len(near[v]) > 2 {
				t.Fatalf("node %d is eliminated with %d neighbours", v, len(near[v]))
			}
			for a := range near[v] {
				delete(near[a], v)
				for b := range near[v] {
					if a != b {
						near[a][b] = true
					}
				}
			}
		}
		for i, v := range rest {
			var want []uint32
			for j, w := range rest {
				if near[v][w] {
					want = append(want, uint32(j))
				}
			}
			if got := adj.of(uint32(i)); !slices.Equal(got, want) || len(want) < 3 {
				t.Fatalf("node %d is left with neighbours %v, want %v, at least three", v, got, want)
			}
		}
	})
}
