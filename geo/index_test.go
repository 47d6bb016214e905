package geo

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// boxes draws boxes around a place, some of them points or empty.
func boxes(origin Point, units int32) *rapid.Generator[[]Box] {
	box := rapid.Custom(func(t *rapid.T) Box {
		p := near(origin, units).Draw(t, "corner")
		b := Box{p, p}
		if rapid.Bool().Draw(t, "large") {
			b = b.Extend(near(p, units/4).Draw(t, "other corner"))
		}
		if rapid.IntRange(0, 20).Draw(t, "kind") == 0 {
			return EmptyBox()
		}
		return b
	})
	return rapid.Custom(func(t *rapid.T) []Box {
		set := rapid.SliceOfN(box, 0, 20).Draw(t, "boxes")
		if rapid.Bool().Draw(t, "few") {
			return set
		}
		// Many take too long to draw one by one.
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		some := func() Point {
			return Point{origin.Lat + r.Int32N(2*units) - units, origin.Lon + r.Int32N(2*units) - units}
		}
		for range spread(0, 700).Draw(t, "more") {
			p := some()
			set = append(set, Box{p, p}.Extend(Point{p.Lat + r.Int32N(units/4), p.Lon + r.Int32N(units/4)}))
		}
		return set
	})
}

// TestSearchAll compares with a look at every box.
func TestSearchAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := boxes(at(39, -75), 1_000_000).Draw(t, "boxes")
		x := BuildIndex(set)
		if err := x.Check(len(set)); err != nil {
			t.Fatal(err)
		}
		q := Box{near(at(39, -75), 1_000_000).Draw(t, "q"), Point{}}
		q.Max = q.Min
		q = q.Extend(near(q.Min, 300_000).Draw(t, "q's other corner"))
		var got, want []uint32
		x.Search(q, func(ref uint32) bool { got = append(got, ref); return true })
		for i, b := range set {
			if !b.Empty() && b.Intersects(q) {
				want = append(want, uint32(i))
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
		n := 0
		x.Search(q, func(uint32) bool { n++; return false })
		if n != min(1, len(want)) {
			t.Fatalf("%d visits after the first said stop", n)
		}
	})
}

// boxGap is the true distance from p to a box that does not span a quarter of
// the globe, by projecting on its four sides.
func boxGap(p Point, b Box) float64 {
	if b.Contains(p) {
		return 0
	}
	c := [4]Point{b.Min, {b.Min.Lat, b.Max.Lon}, b.Max, {b.Max.Lat, b.Min.Lon}}
	m := math.Inf(1)
	for i := range c {
		_, d := ProjectOnSegment(p, c[i], c[(i+1)%4])
		m = min(m, d)
	}
	return m
}

// TestNearestAll compares with sorting all boxes by distance, also near a pole
// and across the antimeridian.
func TestNearestAll(t *testing.T) {
	for _, origin := range []Point{at(39, -75), at(-84, 20), at(0, 179.98), at(0, 0)} {
		rapid.Check(t, func(t *rapid.T) {
			set := boxes(origin, 200_000).Draw(t, "boxes")
			for i := range set { // points only: their distance is beyond doubt
				if !set[i].Empty() {
					set[i].Max = set[i].Min
				}
			}
			x := BuildIndex(set)
			p := near(origin, 200_000).Draw(t, "p")
			if rapid.Bool().Draw(t, "other side") && origin.Lon > 1_700_000_000 {
				p.Lon = -turn/2 + rapid.Int32Range(0, 200_000).Draw(t, "east")
			}
			limit := rapid.Float64Range(0, 3000).Draw(t, "limit")
			type item struct {
				ref uint32
				m   float64
			}
			var want []item
			for i, b := range set {
				if d := Distance(p, b.Min); !b.Empty() && d <= limit {
					want = append(want, item{uint32(i), d})
				}
			}
			slices.SortStableFunc(want, func(a, b item) int {
				switch {
				case a.m < b.m:
					return -1
				case a.m > b.m:
					return 1
				}
				return 0
			})
			var got []item
			asked := map[uint32]bool{}
			x.Nearest(p, limit, func(ref uint32) float64 {
				if asked[ref] {
					t.Fatalf("item %d asked twice", ref)
				}
				asked[ref] = true
				return Distance(p, set[ref].Min)
			}, func(ref uint32, m float64) bool {
				got = append(got, item{ref, m})
				return true
			})
			if !slices.Equal(got, want) {
				t.Fatalf("found %v, want %v", got, want)
			}
		})
	}
}

// TestBoxDistance: the bound is never above the true distance, and not far
// below it.
func TestBoxDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(85).Draw(t, "p")
		q := Offset(p, rapid.Float64Range(0, 360).Draw(t, "bearing"), rapid.Float64Range(0, 30_000).Draw(t, "metres"))
		b := Box{q, q}.Extend(near(q, 100_000).Draw(t, "corner"))
		if b.Max.Lon > turn/2 || b.Min.Lon < -turn/2 {
			t.Skip("across the antimeridian")
		}
		bound, d := boxDistance(p, cosine(float64(p.Lat)), b), boxGap(p, b)
		if bound > d {
			t.Fatalf("bound %v is above %v", bound, d)
		}
		if bound < 0.9*d-0.1 {
			t.Fatalf("bound %v is far below %v", bound, d)
		}
	})
}

// TestIndexLayout: the parts have the layout that files rely on.
func TestIndexLayout(t *testing.T) {
	var e IndexEntry
	if unsafe.Sizeof(e) != 20 || unsafe.Offsetof(e.Ref) != 16 || unsafe.Sizeof(Box{}) != 16 || unsafe.Alignof(e) != 4 {
		t.Errorf("an entry has %d bytes, a box %d", unsafe.Sizeof(e), unsafe.Sizeof(Box{}))
	}
}

// TestIndexFromPartsGarbage: parts of any content and length are refused or
// searched without harm.
func TestIndexFromPartsGarbage(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		point := rapid.Custom(func(t *rapid.T) Point {
			return Point{rapid.Int32().Draw(t, "lat"), rapid.Int32().Draw(t, "lon")}
		})
		entries := make([]IndexEntry, rapid.IntRange(0, 300).Draw(t, "entries"))
		for i := range entries {
			entries[i] = IndexEntry{Box{point.Draw(t, "min"), point.Draw(t, "max")}, rapid.Uint32().Draw(t, "ref")}
		}
		nodes := make([]Box, rapid.OneOf(rapid.IntRange(0, 30), rapid.Just(indexNodes(len(entries)))).Draw(t, "nodes"))
		for i := range nodes {
			nodes[i] = Box{point.Draw(t, "min"), point.Draw(t, "max")}
		}
		x, err := IndexFromParts(entries, nodes)
		if err != nil {
			return
		}
		accepted++
		x.Search(Box{point.Draw(t, "a"), point.Draw(t, "b")}, func(uint32) bool { return true })
		x.Nearest(point.Draw(t, "p"), math.Inf(1), func(uint32) float64 { return math.NaN() }, func(uint32, float64) bool { return true })
		_ = x.Check(10)
	})
	if accepted == 0 {
		t.Error("no parts were accepted")
	}
}

func TestCheckFindsFaults(t *testing.T) {
	good := func() Index {
		r := rand.New(rand.NewPCG(1, 2))
		set := make([]Box, 400)
		for i := range set {
			p := Point{r.Int32N(1000), r.Int32N(1000)}
			set[i] = Box{p, p}
		}
		return BuildIndex(set)
	}
	if err := good().Check(400); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(x *Index){
		"ref":   func(x *Index) { x.Entries[7].Ref = 400 },
		"entry": func(x *Index) { x.Entries[7].Box.Max.Lat = 5000 },
		"empty": func(x *Index) { x.Entries[7].Box = EmptyBox() },
		"node":  func(x *Index) { x.Nodes[3].Max.Lat = 5000 },
		"short": func(x *Index) { x.Nodes = x.Nodes[1:] },
	} {
		x := good()
		spoil(&x)
		if x.Check(400) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestIndexDeterministic(t *testing.T) {
	set := []Box{{Point{1, 1}, Point{1, 1}}, {Point{1, 1}, Point{1, 1}}, {Point{1, 1}, Point{1, 1}}}
	x, y := BuildIndex(set), BuildIndex(set)
	if !slices.Equal(x.Entries, y.Entries) || !slices.Equal(x.Nodes, y.Nodes) {
		t.Error("the same boxes give different indexes")
	}
	for i, e := range x.Entries {
		if e.Ref != uint32(i) {
			t.Errorf("equal boxes are not in order: %v", x.Entries)
		}
	}
}

func TestHilbertIsACurve(t *testing.T) {
	// In a corner of 64 by 64 cells: every place once, and neighbours on the curve
	// are neighbours in the plane.
	const n = 64
	at := map[uint32][2]int{}
	for x := range n {
		for y := range n {
			at[hilbert(uint32(x), uint32(y))] = [2]int{x, y}
		}
	}
	if len(at) != n*n {
		t.Fatalf("%d places for %d cells", len(at), n*n)
	}
	for d := uint32(1); d < n*n; d++ {
		a, b := at[d-1], at[d]
		if dx, dy := a[0]-b[0], a[1]-b[1]; dx*dx+dy*dy != 1 {
			t.Fatalf("%v and %v follow each other", a, b)
		}
	}
}

// TestSearchAllocates nothing.
func TestSearchAllocates(t *testing.T) {
	x := randomIndex(10_000)
	q := BoxAround(at(39, -75), 500)
	n := 0
	visit := func(uint32) bool { n++; return true }
	if a := testing.AllocsPerRun(100, func() { x.Search(q, visit) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func randomIndex(n int) Index {
	r := rand.New(rand.NewPCG(3, 4))
	set := make([]Box, n)
	for i := range set {
		p := Point{390_000_000 + r.Int32N(10_000_000) - 5_000_000, -750_000_000 + r.Int32N(10_000_000) - 5_000_000}
		set[i] = Box{p, p}.Extend(Point{p.Lat + r.Int32N(20_000), p.Lon + r.Int32N(20_000)})
	}
	return BuildIndex(set)
}

func BenchmarkBuildIndex(b *testing.B) {
	x := randomIndex(100_000)
	set := make([]Box, len(x.Entries))
	for _, e := range x.Entries {
		set[e.Ref] = e.Box
	}
	for b.Loop() {
		BuildIndex(set)
	}
}

func BenchmarkSearch(b *testing.B) {
	x := randomIndex(100_000)
	q := BoxAround(at(39, -75), 500)
	for b.Loop() {
		x.Search(q, func(uint32) bool { return true })
	}
}

func BenchmarkNearest(b *testing.B) {
	x := randomIndex(100_000)
	p := at(39, -75)
	boxes := make([]Box, len(x.Entries))
	for _, e := range x.Entries {
		boxes[e.Ref] = e.Box
	}
	for b.Loop() {
		n := 0
		x.Nearest(p, 5000, func(ref uint32) float64 {
			_, m := ProjectOnSegment(p, boxes[ref].Min, boxes[ref].Max)
			return m
		}, func(uint32, float64) bool { n++; return n < 5 })
	}
}
