package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func at(lat, lon float64) Point { return PointFromDegrees(lat, lon) }

// spread draws a number between lo and hi: half of the time as rapid does, which
// prefers small ones and ends, and half of the time evenly.
func spread(lo, hi int32) *rapid.Generator[int32] {
	return rapid.Custom(func(t *rapid.T) int32 {
		if rapid.Bool().Draw(t, "odd") {
			return rapid.Int32Range(lo, hi).Draw(t, "value")
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), uint64(uint32(hi))))
		return int32(int64(lo) + r.Int64N(int64(hi)-int64(lo)+1))
	})
}

// anyPoint draws a point whose latitude is at most the given number of degrees.
func anyPoint(maxLat float64) *rapid.Generator[Point] {
	return rapid.Custom(func(t *rapid.T) Point {
		m := int32(maxLat * E7)
		return Point{spread(-m, m).Draw(t, "lat"), spread(-turn/2, turn/2).Draw(t, "lon")}
	})
}

// TestDistancePublished compares with published lengths of geodesics.
func TestDistancePublished(t *testing.T) {
	dms := func(d, m, s float64) float64 { return math.Copysign(math.Abs(d)+m/60+s/3600, d) }
	for _, c := range []struct {
		name    string
		a, b    Point
		metres  float64
		azimuth float64
		within  float64 // metres; points are rounded to 5 mm
	}{
		// Geoscience Australia's test line, on GRS80, which differs by far less.
		{"Flinders Peak to Buninyong", at(dms(-37, 57, 3.72030), dms(144, 25, 29.52440)), at(dms(-37, 39, 10.15610), dms(143, 55, 35.38390)), 54972.271, 306 + 52.0/60 + 5.37/3600, 0.02},
		// The examples of GeographicLib's documentation.
		{"Wellington to Salamanca", at(-41.32, 174.81), at(40.96, -5.50), 19959679.26735382, 161.06766998615873, 0.001},
		{"New York to London", at(40.6, -73.8), at(51.6, -0.5), 5551759.400319, 51.198882845579, 0.001},
		// Karney, Algorithms for geodesics, J. Geodesy 87 (2013), table 4: Vincenty's
		// iteration does not settle here.
		{"nearly antipodal", at(-30, 0), at(29.9, 179.8), 19989832.827610, 161.890524736, 0.001},
		// Lengths that follow from the ellipsoid: the meridian quadrant and the equator.
		{"equator to pole", at(0, 0), at(90, 0), 10001965.7293, 0, 0.001},
		{"pole to pole", at(-90, 0), at(90, 0), 20003931.4586, 0, 0.001},
		{"half of the equator goes over a pole", at(0, 0), at(0, 180), 20003931.4586, 0, 0.001},
		{"quarter of the equator", at(0, 0), at(0, 90), math.Pi / 2 * wgs84A, 90, 0.001},
		{"across the antimeridian", at(0, 179.9999), at(0, -179.9999), 0.0002 * degree * wgs84A, 90, 1e-6},
		{"same place", at(38, -75), at(38, -75), 0, 0, 0},
	} {
		got := Distance(c.a, c.b)
		if !(math.Abs(got-c.metres) <= c.within) {
			t.Errorf("%s: %.6f m, published %.6f", c.name, got, c.metres)
		}
		if back := Distance(c.b, c.a); back != got {
			t.Errorf("%s: %v m there and %v back", c.name, got, back)
		}
		if c.name == "half of the equator goes over a pole" || c.name == "pole to pole" {
			continue // more than one shortest line
		}
		if b := Bearing(c.a, c.b); math.Abs(math.Remainder(b-c.azimuth, 360)) > 2e-5 {
			t.Errorf("%s: bearing %.8f, published %.8f", c.name, b, c.azimuth)
		}
	}
}

// TestDistanceLocalError bounds the error of the local formula, by latitude
// and length, against the long formula, which is good to a millimetre or better.
func TestDistanceLocalError(t *testing.T) {
	for _, c := range []struct{ lat, metres, within float64 }{
		{60, 1_000, 1e-8},
		{80, 1_000, 1e-8},
		{88.9, 1_000, 1e-6},
		{60, 20_000, 1e-7},
		{80, 20_000, 1e-7},
		{88.9, 20_000, 1e-5},
	} {
		worst := 0.0
		rapid.Check(t, func(t *rapid.T) {
			a := anyPoint(c.lat).Draw(t, "a")
			b := Offset(a, rapid.Float64Range(0, 360).Draw(t, "bearing"), c.metres*rapid.Float64Range(0.5, 1).Draw(t, "part"))
			got, ok := localDistance(float64(a.Lat), float64(b.Lat), float64(longitudeStep(a, b)))
			if !ok {
				t.Skip("too long for the local formula")
			}
			want, _, _ := vincenty(float64(a.Lat)*unit, float64(b.Lat)*unit, float64(longitudeStep(a, b))*unit)
			e := math.Abs(got-want) / want
			worst = max(worst, e)
			// Vincenty's own rounding is some 1e-6 m.
			if e > c.within+2e-6/want {
				t.Fatalf("%v to %v: %v m, want %v, relative error %.2g", a, b, got, want, e)
			}
		})
		t.Logf("up to %g° and %g m: relative error at most %.2g in this run", c.lat, c.metres, worst)
	}
}

// TestDistanceLaws: symmetric, zero only at the same place, no shortcut.
func TestDistanceLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyPoint(90).Draw(t, "a"), anyPoint(90).Draw(t, "b"), anyPoint(90).Draw(t, "c")
		ab := Distance(a, b)
		if ab != Distance(b, a) {
			t.Fatalf("%v there, %v back", ab, Distance(b, a))
		}
		if !(ab >= 0) || ab > 20003931.46 {
			t.Fatalf("%v m", ab)
		}
		if ac, cb := Distance(a, c), Distance(c, b); ab > ac+cb+0.01 {
			t.Fatalf("%v m directly, %v by way of a third place", ab, ac+cb)
		}
	})
}

// TestDistanceGrows: along a line away from a point distances grow, also where
// the two formulas meet.
func TestDistanceGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyPoint(88).Draw(t, "a")
		bearing := rapid.Float64Range(0, 360).Draw(t, "bearing")
		m := rapid.Float64Range(1, 100_000).Draw(t, "metres")
		near, far := Offset(a, bearing, m), Offset(a, bearing, m+1)
		if Distance(a, far) <= Distance(a, near) {
			t.Fatalf("%v m away is not farther than %v", Distance(a, far), Distance(a, near))
		}
	})
}

// TestOffsetReturns: what Offset goes, Distance and Bearing find again.
func TestOffsetReturns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyPoint(85).Draw(t, "a")
		bearing := rapid.Float64Range(0, 359.99).Draw(t, "bearing")
		m := rapid.Float64Range(10, 5_000_000).Draw(t, "metres")
		b := Offset(a, bearing, m)
		if d := Distance(a, b); math.Abs(d-m) > 0.02 {
			t.Fatalf("went %v m, measured %v", m, d)
		}
		// A rounded end point turns the line by at most this much.
		if got := Bearing(a, b); math.Abs(math.Remainder(got-bearing, 360)) > 1e-4+0.02/m/degree {
			t.Fatalf("left at %v°, measured %v° over %v m", bearing, got, m)
		}
	})
}

func TestOffsetAcrossAntimeridian(t *testing.T) {
	b := Offset(at(10, 179.999), 90, 1000)
	if b.Lon > -1_799_000_000 {
		t.Errorf("1 km east of 179.999 is %v", b)
	}
	if b := Offset(at(10, 20), math.NaN(), 5); b != at(10, 20) {
		t.Errorf("no direction leads to %v", b)
	}
}

// TestCosine compares the series with the library.
func TestCosine(t *testing.T) {
	for lat := -quarter; lat <= quarter; lat += 12_345 {
		want := math.Cos(float64(lat) * unit)
		if got := cosine(float64(lat)); math.Abs(got-want) > 4e-16 {
			t.Fatalf("cosine of %d units is %v, want %v", lat, got, want)
		}
	}
}

// TestDistanceBits pins results to the bit: they must not depend on the
// processor or the compiler.
func TestDistanceBits(t *testing.T) {
	for _, c := range []struct {
		a, b Point
		bits uint64
	}{
		{Point{391582000, -755244000}, Point{391590000, -755230000}, 0x4062c33f896259ac},
		{Point{-100000000, 1799999000}, Point{-100500000, -1799990000}, 0x40b59bb612299f7b},
		{Point{800000000, 100000}, Point{800900000, 900000}, 0x40c3dbb65c7dcf61},
	} {
		if got := math.Float64bits(Distance(c.a, c.b)); got != c.bits {
			t.Errorf("%v to %v: %#x, want %#x", c.a, c.b, got, c.bits)
		}
	}
}

func BenchmarkDistance(b *testing.B) {
	p, q := at(39.1582, -75.5244), at(39.16, -75.52)
	for b.Loop() {
		Distance(p, q)
	}
}

func BenchmarkDistanceLong(b *testing.B) {
	p, q := at(39.1582, -75.5244), at(52, 13)
	for b.Loop() {
		Distance(p, q)
	}
}
