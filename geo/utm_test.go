package geo

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/internal/testdata"
)

// gridPoints returns 10,000 points, the same every time: a third anywhere, the rest
// where grids have their borders and exceptions.
func gridPoints() []Point {
	r := rand.New(rand.NewPCG(84, 80))
	within := func(lo, hi float64) int32 { return int32(lo*E7) + int32(r.Int64N(int64(hi*E7)-int64(lo*E7)+1)) }
	// near returns a number at, just beside or within a kilometre of the given degree.
	near := func(deg int) int32 {
		switch r.IntN(4) {
		case 0:
			return int32(deg * E7)
		case 1:
			return int32(deg*E7) + int32(r.IntN(5)) - 2
		}
		return int32(deg*E7) + int32(r.IntN(200_000)) - 100_000
	}
	pick := func(of ...int) int { return of[r.IntN(len(of))] }
	points := []Point{
		{quarter, 0},
		{-quarter, 0},
		{quarter, -turn / 2},
		{-quarter, 123},
		{quarter - 1, 1},
		{-quarter + 1, -1},
		{0, 0},
		{0, turn / 2},
		{0, -turn / 2},
		{-1, 0},
		{84 * E7, 0},
		{84*E7 - 1, 0},
		{-80 * E7, 0},
		{-80*E7 - 1, 0},
		{85 * E7, turn / 2},
		{85 * E7, -turn / 2},
		{-85 * E7, turn / 2},
		{85 * E7, quarter},
		{-85 * E7, -quarter},
	}
	for len(points) < 10_000 {
		p := Point{within(-90, 90), within(-180, 180)}
		switch len(points) % 18 {
		case 0: // borders of zones
			p.Lon = near(6*r.IntN(61) - 180)
		case 1: // of latitude bands
			p.Lat = near(8*r.IntN(21) - 80)
		case 2: // of both
			p = Point{near(8*r.IntN(21) - 80), near(6*r.IntN(61) - 180)}
		case 3: // of the polar grids, and the poles
			p.Lat = near(pick(84, -80, 84, -80, 90, -90))
		case 4: // polar regions
			p.Lat = within(84, 90)
		case 5:
			p.Lat = within(-90, -80)
		case 6: // their middle lines
			p = Point{pick32(r, within(84, 90), within(-90, -80)), near(pick(-180, -90, 0, 90, 180))}
		case 7: // Norway
			p = Point{pick32(r, within(55, 65), near(pick(56, 64))), pick32(r, within(-1, 13), near(pick(0, 3, 6, 12)))}
		case 8: // Svalbard
			p = Point{pick32(r, within(71, 84), near(pick(72, 84))), pick32(r, within(-1, 43), near(pick(0, 6, 9, 12, 21, 30, 33, 36, 42)))}
		case 9: // the equator
			p.Lat = near(0)
		case 10: // the antimeridian
			p.Lon = near(pick(-180, 180))
		case 11: // central meridians
			p.Lon = near(6*r.IntN(60) - 177)
		}
		p.Lat = min(max(p.Lat, -quarter), quarter)
		p.Lon = min(max(p.Lon, -turn/2), turn/2)
		points = append(points, p)
	}
	return points
}

func pick32(r *rand.Rand, of ...int32) int32 { return of[r.IntN(len(of))] }

// crs names a grid of UTM for PROJ.
func crs(zone int, north bool) []string {
	s := []string{"+proj=ups", "+datum=WGS84"}
	if zone != 0 {
		s = []string{"+proj=utm", "+zone=" + strconv.Itoa(zone), "+datum=WGS84"}
	}
	if !north {
		s = append(s, "+south")
	}
	return s
}

// cs2cs lets PROJ change pairs of numbers from one reference system to another.
func cs2cs(tb testing.TB, from, to []string, in [][2]float64) [][2]float64 {
	tb.Helper()
	var text bytes.Buffer
	for _, v := range in {
		fmt.Fprintf(&text, "%.9f %.9f\n", v[0], v[1])
	}
	args := append(append([]string{"-f", "%.12f"}, from...), "+to")
	out := lines(tb, &text, testdata.Tool(tb, "cs2cs", "proj-bin"), append(args, to...)...)
	if len(out) != len(in) {
		tb.Fatalf("cs2cs answered %d of %d lines", len(out), len(in))
	}
	pairs := make([][2]float64, len(out))
	for i, line := range out {
		if _, err := fmt.Sscan(line, &pairs[i][0], &pairs[i][1]); err != nil {
			tb.Fatalf("cs2cs answered %q: %v", line, err)
		}
	}
	return pairs
}

// lines runs a program that answers each line of its input with one of its own.
func lines(tb testing.TB, in *bytes.Buffer, tool string, args ...string) []string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), tool, args...)
	cmd.Stdin = in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s: %v: %s", cmd, err, stderr.String())
	}
	var all []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		all = append(all, s.Text())
	}
	return all
}

type gridKey struct {
	zone  int
	north bool
}

// slowGrid tells the grid of a point from the standard's list of grid zones,
// searched one by one (NGA.STND.0037, 3-2).
func slowGrid(p Point) gridKey {
	lat, lon := p.Degrees()
	if lon == 180 {
		lon = -180
	}
	if lat >= 84 || lat < -80 {
		return gridKey{0, lat > 0}
	}
	type gridZone struct {
		zone                     int
		south, north, west, east float64
	}
	zones := []gridZone{
		{31, 56, 64, 0, 3},
		{32, 56, 64, 3, 12},
		{31, 72, 84, 0, 9},
		{33, 72, 84, 9, 21},
		{35, 72, 84, 21, 33},
		{37, 72, 84, 33, 42},
	}
	for z := 1; z <= 60; z++ {
		zones = append(zones, gridZone{z, -80, 84, float64(6*z - 186), float64(6*z - 180)})
	}
	for _, z := range zones {
		if lat >= z.south && lat < z.north && lon >= z.west && lon < z.east {
			return gridKey{z.zone, lat >= 0}
		}
	}
	return gridKey{-1, false}
}

// projected returns PROJ's easting and northing of each point in its own grid.
func projected(tb testing.TB, points []Point) [][2]float64 {
	tb.Helper()
	groups := map[gridKey][]int{}
	for i, p := range points {
		k := slowGrid(p)
		groups[k] = append(groups[k], i)
	}
	out := make([][2]float64, len(points))
	for k, members := range groups {
		in := make([][2]float64, len(members))
		for j, i := range members {
			lat, lon := points[i].Degrees()
			in[j] = [2]float64{lon, lat}
		}
		for j, v := range cs2cs(tb, []string{"+proj=longlat", "+datum=WGS84"}, crs(k.zone, k.north), in) {
			out[members[j]] = v
		}
	}
	return out
}

// TestGridsEqualPROJ holds the zones of 10,000 points against the standard's
// list, their grid positions against PROJ, and their references against PROJ's
// positions lettered by the slow construction.
func TestGridsEqualPROJ(t *testing.T) {
	points := gridPoints()
	want := projected(t, points)
	t.Run("UTM", func(t *testing.T) {
		polar, worst := 0, 0.0
		for i, p := range points {
			u := ToUTM(p)
			if k := (gridKey{u.Zone, u.North}); k != slowGrid(p) {
				t.Errorf("%v: grid %v, the list says %v", p, k, slowGrid(p))
				continue
			}
			if u.Zone == 0 {
				polar++
			}
			off := math.Hypot(u.Easting-want[i][0], u.Northing-want[i][1])
			if !(off <= 3e-8) {
				t.Errorf("%v: %.7f %.7f in %v, PROJ has %.7f %.7f", p, u.Easting, u.Northing, slowGrid(p), want[i][0], want[i][1])
			}
			worst = max(worst, off)
		}
		if polar < 1000 || polar > 4000 {
			t.Errorf("%d of the points are polar", polar)
		}
		t.Logf("%d points, %d of them polar: at most %.2g m from PROJ", len(points), polar, worst)
	})
	t.Run("MGRS", func(t *testing.T) { compareMGRS(t, points, want) })
}

// TestUTMPointEqualsPROJ goes the other way, from positions to the millimetre, up
// to 30 km beyond the zone: what is left is the rounding to E7.
func TestUTMPointEqualsPROJ(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	groups := map[gridKey][]UTM{}
	for _, p := range gridPoints() {
		u := ToUTM(p)
		u.Easting = math.Round((u.Easting+60_000*(r.Float64()-0.5))*1000) / 1000
		u.Northing = math.Round((u.Northing+60_000*(r.Float64()-0.5))*1000) / 1000
		if u.Northing < 0 || u.Northing > utmNorthing {
			continue
		}
		groups[gridKey{u.Zone, u.North}] = append(groups[gridKey{u.Zone, u.North}], u)
	}
	n, worst := 0, 0.0
	for k, members := range groups {
		in := make([][2]float64, len(members))
		for i, u := range members {
			in[i] = [2]float64{u.Easting, u.Northing}
		}
		for i, want := range cs2cs(t, crs(k.zone, k.north), []string{"+proj=longlat", "+datum=WGS84"}, in) {
			p, err := members[i].Point()
			if err != nil {
				t.Errorf("%+v: %v", members[i], err)
				continue
			}
			dLat := math.Abs(float64(p.Lat) - want[1]*E7)
			dLon := math.Abs(math.Remainder(float64(p.Lon)-want[0]*E7, turn)) * math.Cos(want[1]*degree)
			// Half a unit of rounding, and 60 nm.
			if !(dLat <= 0.500005 && dLon <= 0.5*math.Cos(want[1]*degree)+0.000005) {
				t.Errorf("%+v: %v, PROJ has %.9f %.9f", members[i], p, want[1], want[0])
			}
			worst = max(worst, math.Hypot(dLat, dLon))
			n++
		}
	}
	if n < 9_500 {
		t.Errorf("only %d positions compared", n)
	}
	t.Logf("%d positions: at most %.3f units of 1e-7° from PROJ", n, worst)
}

// TestUTMPublished holds the example of GeographicLib's GeoConvert page: one
// place near Cape Morris Jesup in its own zone and in the polar grid.
// https://geographiclib.sourceforge.io/cgi-bin/GeoConvert
func TestUTMPublished(t *testing.T) {
	place := at(83.627, -32.664)
	for _, u := range []UTM{{25, true, 504158, 9286521}, {0, true, 1617772, 1403805}} {
		p, err := u.Point()
		if err != nil {
			t.Fatal(err)
		}
		// The page gives degrees to three places only, of 111 m and 12 m.
		if d := Distance(p, place); d > 57 {
			t.Errorf("%v is %.1f m from the published place", u, d)
		}
	}
	a, errA := UTM{25, true, 504158, 9286521}.Point()
	b, errB := UTM{0, true, 1617772, 1403805}.Point()
	if d := Distance(a, b); errA != nil || errB != nil || d > 1.5 {
		t.Errorf("the zone and the polar grid are %.2f m apart, %v, %v", d, errA, errB)
	}
}

// TestUTMAxes: what lies on the lines a grid is counted from lies there exactly.
func TestUTMAxes(t *testing.T) {
	for p, want := range map[Point]UTM{
		{0, 3 * E7}:        {31, true, 500000, 0},
		{0, -177 * E7}:     {1, true, 500000, 0},
		{quarter, 77}:      {0, true, 2000000, 2000000},
		{-quarter, -1}:     {0, false, 2000000, 2000000},
		{math.MaxInt32, 0}: {0, true, 2000000, 2000000},
		{math.MinInt32, 0}: {0, false, 2000000, 2000000},
		{0, 183 * E7}:      {1, true, 500000, 0},
		{0, -183 * E7}:     {60, true, 500000, 0},
	} {
		if got := ToUTM(p); got != want {
			t.Errorf("%v: %+v, want %+v", p, got, want)
		}
	}
	if e, w := ToUTM(at(-85, 180)), ToUTM(at(-85, -180)); e != w || e.Easting != 2_000_000 || e.Northing >= 2_000_000 {
		t.Errorf("the antimeridian of the Antarctic is at %+v and %+v", e, w)
	}
}

// TestUTMRoundTrip: every point comes back from its grid as the same point.
func TestUTMRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(90).Draw(t, "p")
		u := ToUTM(p)
		got, err := u.Point()
		want := onEarth(p)
		if want.Lat == quarter || want.Lat == -quarter {
			want.Lon = 0
		}
		if err != nil || got != want {
			t.Fatalf("%v: by %+v to %v, %v", want, u, got, err)
		}
		if u.Zone != 0 && (u.Easting < 100_000 || u.Easting >= 900_000) {
			t.Fatalf("%v: easting %f", p, u.Easting)
		}
		back, err := ParsePosition(u.String())
		if d := Distance(p, back); err != nil || d > 0.72 {
			t.Fatalf("%v: written %q, read %v, %g m off, %v", p, u, back, d, err)
		}
	})
}

// TestSeriesInverse: the two series, typed in one by one, undo each other.
func TestSeriesInverse(t *testing.T) {
	for e := 0.0; e <= 1_000_000; e += 50_000 {
		for n := -9_900_000.0; n <= 9_900_000; n += 90_000 {
			lat, lon := fromTransverseMercator(e, n)
			tau := conformal(math.Tan(lat))
			xi, eta := math.Atan2(tau, math.Cos(lon)), math.Asinh(math.Sin(lon)/math.Hypot(tau, math.Cos(lon)))
			dXi, dEta := krueger(toPlane, xi, eta)
			ge, gn := utmEasting+utmScale*rectifying*(eta+dEta), utmScale*rectifying*(xi+dXi)
			if d := math.Hypot(ge-e, gn-n); !(d < 2e-8) {
				t.Fatalf("%f %f came back as %f %f, %g m off", e, n, ge, gn, d)
			}
		}
	}
}

func TestUTMPointErrors(t *testing.T) {
	for _, c := range []struct {
		u    UTM
		want string
	}{
		{UTM{61, true, 500000, 0}, "there is no zone 61"},
		{UTM{-1, true, 500000, 0}, "there is no zone -1"},
		{UTM{18, true, math.NaN(), 0}, "at most 8 digits"},
		{UTM{18, true, 500000, math.Inf(1)}, "at most 8 digits"},
		{UTM{18, true, 4398765, 453234}, "swapped"},
		{UTM{18, true, 79999, 0}, "outside of every zone"},
		{UTM{18, true, 500000, -1}, "check the hemisphere"},
		{UTM{18, false, 500000, 10_000_001}, "check the hemisphere"},
		{UTM{18, true, 500000, 9_400_000}, "beyond the end of the zones"},
		{UTM{18, true, 500000, 9_999_999}, "beyond the end of the zones"},
		{UTM{18, false, 500000, 1_000_000}, "beyond the end of the zones"},
		{UTM{18, false, 500000, 0}, "beyond the end of the zones"},
		{UTM{0, true, 1_200_000, 2_000_000}, "beyond the end of the polar grid"},
		{UTM{0, false, 2_000_000, 3_300_000}, "beyond the end of the polar grid"},
		{UTM{0, true, -99_999_999, 99_999_999}, "beyond the end of the polar grid"},
		{UTM{0, false, 2_000_000, 99_999_999}, "beyond the end of the polar grid"},
		{UTM{0, true, -1e300, 1e300}, "at most 8 digits"},
	} {
		p, err := c.u.Point()
		var e *PositionError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || e.Cause == "" || e.Remedy == "" {
			t.Errorf("%+v: %v, %v; want %q", c.u, p, err, c.want)
		}
	}
	for _, u := range []UTM{ // the overlaps
		{18, true, 80000, 0},
		{18, true, 920000, 4_000_000},
		{18, true, 500000, 9_380_000},
		{18, false, 500000, 1_070_000},
		{0, true, 2_000_000, 1_280_000},
		{0, false, 2_000_000, 3_150_000},
		{18, false, 500000, 10_000_000},
	} {
		if _, err := u.Point(); err != nil {
			t.Errorf("%+v: %v", u, err)
		}
	}
}

func BenchmarkToUTM(b *testing.B) {
	points := gridPoints()
	for i := 0; b.Loop(); i++ {
		ToUTM(points[i%len(points)])
	}
}
