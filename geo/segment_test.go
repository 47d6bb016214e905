package geo

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// near draws a point within about the given number of E7 units of p.
func near(p Point, units int32) *rapid.Generator[Point] {
	return rapid.Custom(func(t *rapid.T) Point {
		return Point{p.Lat + spread(-units, units).Draw(t, "dlat"), p.Lon + spread(-units, units).Draw(t, "dlon")}
	})
}

// TestProjectOnSegmentSampled: no place of the segment is nearer than the foot,
// and the foot is as far as it is said to be.
func TestProjectOnSegmentSampled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(75).Draw(t, "p")
		a, b := near(p, 50_000).Draw(t, "a"), near(p, 50_000).Draw(t, "b")
		f, m := ProjectOnSegment(p, a, b)
		if f < 0 || f > 1 {
			t.Fatalf("fraction %v", f)
		}
		if d := Distance(p, Interpolate(a, b, f)); math.Abs(d-m) > 0.02 {
			t.Fatalf("foot is %v m away, said %v", d, m)
		}
		for i := range 101 {
			if d := Distance(p, Interpolate(a, b, float64(i)/100)); d < m-0.02-m*1e-6 {
				t.Fatalf("%v%% of the way is %v m away, foot at %v is %v", i, d, f, m)
			}
		}
	})
}

func TestProjectOnSegmentEnds(t *testing.T) {
	a, b := at(39, -75), at(39, -74.99)
	for _, c := range []struct {
		p Point
		f float64
	}{{a, 0}, {b, 1}, {at(39, -75.01), 0}, {at(39, -74.98), 1}, {at(39.001, -74.995), 0.5}} {
		f, m := ProjectOnSegment(c.p, a, b)
		if math.Abs(f-c.f) > 1e-9 || math.Abs(m-Distance(c.p, Interpolate(a, b, f))) > 0.01 {
			t.Errorf("%v: at %v, %v m", c.p, f, m)
		}
	}
	if f, m := ProjectOnSegment(a, b, b); f != 0 || m != Distance(a, b) {
		t.Errorf("segment without length: at %v, %v m instead of %v", f, m, Distance(a, b))
	}
	if f, m := ProjectOnSegment(at(0, 180), at(1, 179.99), at(-1, -179.99)); math.Abs(f-0.5) > 1e-3 || m > 1 {
		t.Errorf("across the antimeridian: at %v, %v m", f, m)
	}
}

// bigOrientation is orientation with big integers.
func bigOrientation(p, q, r Point) *big.Int {
	d := func(a, b int32) *big.Int { return big.NewInt(int64(a) - int64(b)) }
	x := new(big.Int).Mul(d(q.Lon, p.Lon), d(r.Lat, p.Lat))
	return x.Sub(x, new(big.Int).Mul(d(q.Lat, p.Lat), d(r.Lon, p.Lon)))
}

// TestOrientationExact covers the whole range of int32.
func TestOrientationExact(t *testing.T) {
	coordinate := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-3, 3), rapid.SampledFrom([]int32{math.MinInt32, math.MaxInt32, math.MaxInt32 - 1}))
	point := rapid.Custom(func(t *rapid.T) Point { return Point{coordinate.Draw(t, "lat"), coordinate.Draw(t, "lon")} })
	rapid.Check(t, func(t *rapid.T) {
		p, q, r := point.Draw(t, "p"), point.Draw(t, "q"), point.Draw(t, "r")
		got, want := orientation(p, q, r), bigOrientation(p, q, r)
		if got.sign() != want.Sign() {
			t.Fatalf("sign %d, want %d", got.sign(), want.Sign())
		}
		exact, _ := new(big.Float).SetInt(want).Float64()
		if math.Abs(got.float()-exact) > math.Abs(exact)*1e-15 {
			t.Fatalf("%v, want %v", got.float(), exact)
		}
	})
}

// TestSegmentsCross compares with the definition in rational numbers.
func TestSegmentsCross(t *testing.T) {
	for _, units := range []int32{3, 1_000_000} { // few places, so that segments touch
		origin := at(39, -75)
		crossed := 0
		rapid.Check(t, func(t *rapid.T) {
			g := near(origin, units)
			a, b, c, d := g.Draw(t, "a"), g.Draw(t, "b"), g.Draw(t, "c"), g.Draw(t, "d")
			f, h, ok := SegmentsCross(a, b, c, d)
			want := bigOrientation(a, b, c).Sign()*bigOrientation(a, b, d).Sign() < 0 &&
				bigOrientation(c, d, a).Sign()*bigOrientation(c, d, b).Sign() < 0
			if ok != want {
				t.Fatalf("crossing: %v, want %v", ok, want)
			}
			if _, _, back := SegmentsCross(d, c, b, a); back != ok {
				t.Fatal("the other way round it is different")
			}
			if !ok {
				return
			}
			crossed++
			on := func(p, q Point, f float64) (float64, float64) {
				return float64(p.Lat) + f*float64(q.Lat-p.Lat), float64(p.Lon) + f*float64(q.Lon-p.Lon)
			}
			y1, x1 := on(a, b, f)
			y2, x2 := on(c, d, h)
			if f <= 0 || f >= 1 || h <= 0 || h >= 1 || math.Hypot(x1-x2, y1-y2) > 1e-3 {
				t.Fatalf("they meet at %v and %v: %v, %v and %v, %v", f, h, y1, x1, y2, x2)
			}
		})
		if crossed == 0 {
			t.Errorf("no crossing among segments within %d units", units)
		}
	}
}

// TestSegmentsTouch: what touches or overlaps does not cross.
func TestSegmentsTouch(t *testing.T) {
	p := func(lat, lon int32) Point { return Point{lat, lon} }
	for name, s := range map[string][4]Point{
		"shared end":       {p(0, 0), p(5, 5), p(5, 5), p(9, 0)},
		"end on the other": {p(0, 0), p(0, 10), p(0, 5), p(5, 5)},
		"overlap":          {p(0, 0), p(0, 10), p(0, 5), p(0, 15)},
		"same":             {p(0, 0), p(3, 4), p(0, 0), p(3, 4)},
		"no length":        {p(0, 0), p(4, 4), p(2, 2), p(2, 2)},
	} {
		if _, _, ok := SegmentsCross(s[0], s[1], s[2], s[3]); ok {
			t.Errorf("%s: crosses", name)
		}
	}
}

// TestRadiusOfCircle: three points of a circle drawn with Offset have its radius.
func TestRadiusOfCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centre := anyPoint(80).Draw(t, "centre")
		r := rapid.Float64Range(20, 2000).Draw(t, "radius")
		turnBy := rapid.Float64Range(0, 360).Draw(t, "turn")
		a, b, c := Offset(centre, turnBy, r), Offset(centre, turnBy+50, r), Offset(centre, turnBy+110, r)
		if got := Radius(a, b, c); math.Abs(got-r) > 0.1+r*1e-2 {
			t.Fatalf("%v m, want %v", got, r)
		}
	})
	a, b := at(39, -75), at(39.001, -75.001)
	for _, c := range [][3]Point{{a, b, Interpolate(a, b, 2)}, {a, b, a}, {a, a, b}, {a, a, a}, {at(0, 0), at(0, 1), at(0, 2)}} {
		if got := Radius(c[0], c[1], c[2]); !math.IsInf(got, 1) {
			t.Errorf("%v: %v m, want infinite", c, got)
		}
	}
}

// TestBoxAround: every place within the distance is in the box, and a place at
// the box's sides is not much farther.
func TestBoxAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(90).Draw(t, "p")
		m := rapid.Float64Range(0, 500_000).Draw(t, "metres")
		box := BoxAround(p, m)
		for bearing := 0.0; bearing < 360; bearing += 10 {
			if q := Offset(p, bearing, m*rapid.Float64Range(0, 1).Draw(t, "part")); !box.Contains(q) {
				t.Fatalf("%v lies outside %v", q, box)
			}
		}
		if box.Max.Lon-box.Min.Lon < 0 || box.Max.Lon == turn/2 && box.Min.Lon == -turn/2 {
			return // over a pole or the antimeridian
		}
		limit := m*1.007 + 0.1
		if d := Distance(p, Point{box.Max.Lat, p.Lon}); d > limit {
			t.Fatalf("northern side is %v m away", d)
		}
		if m < 20_000 && math.Abs(float64(p.Lat)) < 80*E7 {
			if d := Distance(p, Point{p.Lat, box.Max.Lon}); d > limit {
				t.Fatalf("eastern side is %v m away, for %v m", d, m)
			}
		}
	})
	if p := at(1, 2); BoxAround(p, math.NaN()) != (Box{p, p}) || BoxAround(p, -1) != (Box{p, p}) {
		t.Error("no distance gives more than the point")
	}
	if b := BoxAround(at(0, 0), math.Inf(1)); !b.Contains(at(-90, -180)) || !b.Contains(at(90, 180)) {
		t.Errorf("infinite distance gives %v", b)
	}
}

func TestInterpolate(t *testing.T) {
	a, b := Point{0, 0}, Point{10, -20}
	for f, want := range map[float64]Point{0: a, 1: b, 0.5: {5, -10}, -1: a, 2: b} {
		if got := Interpolate(a, b, f); got != want {
			t.Errorf("%v: %v, want %v", f, got, want)
		}
	}
	if got := Interpolate(a, b, math.NaN()); got != a {
		t.Errorf("NaN: %v", got)
	}
	if got := Interpolate(Point{0, turn/2 - 10}, Point{0, -turn/2 + 30}, 0.5); got != (Point{0, -turn/2 + 10}) {
		t.Errorf("across the antimeridian: %v", got)
	}
}

func BenchmarkProjectOnSegment(b *testing.B) {
	p, q, r := at(39.1582, -75.5244), at(39.16, -75.52), at(39.15, -75.53)
	for b.Loop() {
		ProjectOnSegment(p, q, r)
	}
}

func BenchmarkSegmentsCross(b *testing.B) {
	p, q, r, s := at(39.1582, -75.5244), at(39.16, -75.52), at(39.15, -75.53), at(39.17, -75.51)
	for b.Loop() {
		SegmentsCross(p, q, r, s)
	}
}
