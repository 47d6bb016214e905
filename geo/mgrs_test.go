package geo

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/internal/testdata"
)

// slowMGRS builds a reference to the metre from whole metres in the grid by
// counting letters off one at a time, as the standard's figures draw them.
func slowMGRS(k gridKey, p Point, easting, northing int) string {
	alphabet := func(without string) []string {
		var out []string
		for c := 'A'; c <= 'Z'; c++ {
			if !strings.ContainsRune(without, c) {
				out = append(out, string(c))
			}
		}
		return out
	}
	digits := fmt.Sprintf("%05d%05d", easting%100_000, northing%100_000)
	if k.zone == 0 {
		columns, rows := alphabet("DEIMNOVW"), alphabet("IO")
		band, column := "AY", len(columns)-1 // west of the pole: Z, Y, X and on westwards
		if easting >= 2_000_000 {
			band, column = "BZ", 0 // east of it: A, B, C and on eastwards
			for e := 2_100_000; e <= easting; e += 100_000 {
				column++
			}
		} else {
			for e := 1_900_000; e > easting; e -= 100_000 {
				column--
			}
		}
		letter, first := band[0:1], 800_000
		if k.north {
			letter, first = band[1:], 1_300_000
		}
		row := 0
		for n := first + 100_000; n <= northing; n += 100_000 {
			row++
		}
		return letter + columns[column] + rows[row] + digits
	}
	// Columns go on through three zones of eight.
	columns, rows, bands := alphabet("IO"), alphabet("IOWXYZ"), alphabet("ABIOYZ")
	column := 0
	for z := 1; z < k.zone; z++ {
		column += 8
	}
	for e := 200_000; e <= easting; e += 100_000 {
		column++
	}
	row := 0
	if k.zone%2 == 0 {
		row = slices.Index(rows, "F")
	}
	for n := 100_000; n <= northing; n += 100_000 {
		row++
	}
	band := 0
	for lat := -72; lat < 80 && int(p.Lat) >= lat*E7; lat += 8 {
		band++
	}
	return strconv.Itoa(k.zone) + bands[band] + columns[column%24] + rows[row%20] + digits
}

// compareMGRS holds the references of points against their eastings and
// northings from elsewhere, lettered by the slow construction.
func compareMGRS(t *testing.T, points []Point, positions [][2]float64) {
	onLine := 0
	for i, v := range positions {
		// A coordinate within a micrometre of a line may be cut to either side.
		want := map[string]bool{}
		for _, de := range []float64{-1e-6, 1e-6} {
			for _, dn := range []float64{-1e-6, 1e-6} {
				want[slowMGRS(slowGrid(points[i]), points[i], int(math.Floor(v[0]+de)), int(math.Floor(v[1]+dn)))] = true
			}
		}
		if len(want) > 1 {
			onLine++
		}
		if got := FormatMGRS(points[i], 5); !want[got] {
			t.Errorf("%v: %s, want %v", points[i], got, want)
		}
	}
	// Those are points on central meridians, the equator and the polar axes, put
	// there; TestMGRSEqualsGeographicLib gives no leeway.
	if onLine > len(points)/10 {
		t.Errorf("%d points lie on a line of the grid and were held to either side", onLine)
	}
	t.Logf("%d points, %d of them on a line of the metre grid", len(points), onLine)
}

// geoConvert runs GeographicLib's converter on lines of input.
func geoConvert(t *testing.T, in []string, args ...string) []string {
	t.Helper()
	tool := testdata.Tool(t, "GeoConvert", "geographiclib-tools")
	out := lines(t, bytes.NewBufferString(strings.Join(in, "\n")+"\n"), tool, args...)
	if len(out) != len(in) {
		t.Fatalf("GeoConvert answered %d of %d lines", len(out), len(in))
	}
	return out
}

// TestMGRSEqualsGeographicLib holds 10,000 references with 1 to 5 digits, and the
// places they are read as, against a converter that shares nothing with ours.
func TestMGRSEqualsGeographicLib(t *testing.T) {
	points := gridPoints()
	in := make([]string, len(points))
	for i, p := range points {
		lat, lon := p.Degrees()
		in[i] = fmt.Sprintf("%.7f %.7f", lat, lon)
	}
	for digits := 1; digits <= 5; digits++ {
		references := geoConvert(t, in, "-m", "-p", strconv.Itoa(digits-5))
		places := geoConvert(t, references, "-g", "-p", "9")
		for i, want := range references {
			want = strings.TrimPrefix(want, "0") // it writes zones with two digits
			if got := FormatMGRS(points[i], digits); got != want {
				t.Errorf("%v: %s, GeographicLib has %s", points[i], got, want)
			}
			var lat, lon float64
			if _, err := fmt.Sscan(places[i], &lat, &lon); err != nil {
				t.Fatalf("%q: %v", places[i], err)
			}
			got, side, err := ParseMGRS(references[i])
			if err != nil || side != math.Pow10(5-digits) {
				t.Errorf("%s: side %g, %v", references[i], side, err)
				continue
			}
			dLat := math.Abs(float64(got.Lat) - lat*E7)
			dLon := math.Abs(math.Remainder(float64(got.Lon)-lon*E7, turn)) * math.Cos(lat*degree)
			if !(dLat <= 0.501 && dLon <= 0.501) {
				t.Errorf("%s: read as %v, GeographicLib has %s", references[i], got, places[i])
			}
		}
	}
}

// TestMGRSPublished holds references that others published.
func TestMGRSPublished(t *testing.T) {
	monument := mustPoint(t, UTM{18, true, 323_483.168, 4_306_479.498})
	for _, c := range []struct {
		source, reference string
		place             Point
		within            float64 // metres beyond the square itself
	}{
		// https://geographiclib.sourceforge.io/cgi-bin/GeoConvert: one place by the
		// grid of the neighbouring zone and by the polar grid; degrees to 0.001.
		{"GeoConvert page", "24XWT783908", at(83.627, -32.664), 60},
		{"GeoConvert page", "YUB17770380", at(83.627, -32.664), 60},
		// The same page: the square with eastings from 444 to 445 km and northings
		// from 3688 to 3689 km of zone 38 north.
		{"GeoConvert page", "38SMB4488", mustPoint(t, UTM{38, true, 444_500, 3_688_500}), 0},
		// Wikipedia, Military Grid Reference System: Honolulu, to 0.1".
		{"Wikipedia", "4Q FJ 1234 5678", at(21+18.0/60+34.0/3600, -157-55.0/60-0.7/3600), 3},
		// FGDC-STD-011-2001, United States National Grid, 5.2.2 and table 1: the
		// Washington Monument by UTM and by the grid, cut to fewer digits.
		{"FGDC", "18S UJ 23483 06479", monument, 0},
		{"FGDC", "18S UJ 2348 0647", monument, 0},
		{"FGDC", "18S UJ 234 064", monument, 0},
		{"FGDC", "18S UJ 23 06", monument, 0},
	} {
		p, side, err := ParseMGRS(c.reference)
		if d := Distance(p, c.place); err != nil || d > side*math.Sqrt2/2+c.within {
			t.Errorf("%s: %s is read %.1f m from the published place, %v", c.source, c.reference, d, err)
		}
	}
	for digits, want := range map[int]string{5: "18SUJ2348306479", 4: "18SUJ23480647", 3: "18SUJ234064", 2: "18SUJ2306"} {
		if got := FormatMGRS(monument, digits); got != want {
			t.Errorf("Washington Monument: %s, published %s", got, want)
		}
	}
	if got := FormatMGRS(mustPoint(t, UTM{38, true, 444_500, 3_688_500}), 2); got != "38SMB4488" {
		t.Errorf("square of zone 38: %s", got)
	}
}

func mustPoint(t *testing.T, u UTM) Point {
	t.Helper()
	p, err := u.Point()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMGRSRoundTrip: a point lies in the square its reference is read as, the
// square's centre has the same reference, and fewer digits are the same digits cut.
func TestMGRSRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, digits := anyPoint(90).Draw(t, "p"), rapid.IntRange(1, 5).Draw(t, "digits")
		s := FormatMGRS(p, digits)
		q, side, err := ParseMGRS(s)
		if err != nil || side != math.Pow10(5-digits) {
			t.Fatalf("%v: %s, side %g, %v", p, s, side, err)
		}
		// 0.994 is the least scale, a point is rounded to 8 mm.
		if d := Distance(p, q); d > side*math.Sqrt2/2/0.994+0.01 {
			t.Fatalf("%v: %s is read as %v, %g m away", p, s, q, d)
		}
		a, b := ToUTM(p), ToUTM(q)
		same := a.Zone == b.Zone && a.North == b.North && (a.Zone == 0 || bandOf(onEarth(p).Lat) == bandOf(onEarth(q).Lat))
		if again := FormatMGRS(q, digits); same && again != s {
			t.Fatalf("%v: %s is read as %v, which is %s", p, s, q, again)
		} else if !same && again == s {
			t.Fatalf("%v and %v lie in other grids but are both %s", p, q, s)
		}
		full := FormatMGRS(p, 5)
		head := len(full) - 10
		if cut := full[:head+digits] + full[head+5:head+5+digits]; s != cut {
			t.Fatalf("%v: %s is not %s cut to %s", p, s, full, cut)
		}
		mixed := " " + strings.ToLower(full[:head-2]) + " " + full[head-2:head] + "\t" + full[head:head+5] + " " + full[head+5:] + " "
		if head == 3 { // polar: no zone
			mixed = strings.ToLower(full)
		}
		m, _, err := ParseMGRS(mixed)
		if w, _, errW := ParseMGRS(full); err != nil || errW != nil || m != w {
			t.Fatalf("%q is read as %v, %v; %q as %v, %v", mixed, m, err, full, w, errW)
		}
	})
}

// TestMGRSDigits: counts of digits beyond the range are brought into it.
func TestMGRSDigits(t *testing.T) {
	p := at(38.88946742, -77.0352405)
	for digits, want := range map[int]string{-3: "18SUJ20", 0: "18SUJ20", 1: "18SUJ20", 2: "18SUJ2306", 3: "18SUJ234064", 5: "18SUJ2348306479", 9: "18SUJ2348306479"} {
		if got := FormatMGRS(p, digits); got != want {
			t.Errorf("%d digits: %s, want %s", digits, got, want)
		}
	}
	q, side, err := ParseMGRS("18SUJ")
	if want := mustPoint(t, UTM{18, true, 350_000, 4_350_000}); q != want || side != 100_000 || err != nil {
		t.Errorf("a whole square: %v, want %v; side %g, %v", q, want, side, err)
	}
}

// TestMGRSEverySquare tries all squares that letters can name in every kind of
// zone: those in which one of many points lies are read, most others refused.
func TestMGRSEverySquare(t *testing.T) {
	points := gridPoints()
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		points = append(points, Point{int32(r.Int64N(2*quarter) - quarter), int32(r.Int64N(turn) - turn/2)})
	}
	used := map[string]bool{}
	for _, p := range points {
		s := FormatMGRS(p, 5)
		used[s[:len(s)-10]] = true
	}
	heads := []string{"A", "B", "Y", "Z"}
	for _, zone := range []int{1, 2, 3, 18, 30, 31, 32, 33, 34, 35, 36, 37, 60} {
		for _, b := range mgrsBands {
			heads = append(heads, strconv.Itoa(zone)+string(b))
		}
	}
	read, refused := 0, 0
	for _, h := range heads {
		for c := 'A'; c <= 'Z'; c++ {
			for w := 'A'; w <= 'Z'; w++ {
				s := h + string(c) + string(w)
				p, _, err := ParseMGRS(s)
				switch {
				case err != nil && used[s]:
					t.Errorf("%s has points and is refused: %v", s, err)
				case err != nil:
					refused++
				case p.Lat < -quarter || p.Lat > quarter:
					t.Errorf("%s is read as %v", s, p)
				default:
					read++
				}
			}
		}
	}
	if refused < read || read == 0 {
		t.Errorf("%d squares read, %d refused", read, refused)
	}
	t.Logf("%d squares read, %d refused", read, refused)
}

func TestMGRSErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"", 0, "empty"},
		{" \t", 0, "empty"},
		{"18", 2, "ends after 0 of 3 letters"},
		{"18S", 3, "ends after 1 of 3 letters"},
		{"18S UJ 234 06", 8, "3 digits east and 2 north"},
		{"18SUJ23480", 10, "an odd number of digits, 5"},
		{"18SUJ234806471234", 16, "more than 10 digits"},
		{"61SUJ2306", 1, "there is no zone 61"},
		{" 0SUJ2306", 2, "there is no zone 0"},
		{"180SUJ2306", 3, "one or two digits"},
		{"1 8SUJ2306", 3, "one or two digits"},
		{"18IUJ2306", 3, "there is no latitude band I"},
		{"18AUJ2306", 3, "there is no latitude band A"},
		{"SUJ2306", 1, "no zone before band S"},
		{"18SAJ2306", 4, "columns of this zone have the letters S T U V W X Y Z"},
		{"18SUW2306", 5, "there is no row W"},
		{"18SUA2306", 4, "does not reach into band S"},
		{"32XMG0000", 1, "use 31X or 33X"},
		{"18SUJX2306", 6, "a fourth letter"},
		{"18SUJ23X06", 8, "letter 'X' after the digits"},
		{"18S2306", 4, "digit '2' where a letter"},
		{"18SUJ-2306", 6, "character '-' has no place"},
		{"18SÜJ2306", 4, "character 'Ü' has no place"},
		{"ZDH0000", 2, "columns of Z have the letters A B C F G H J"},
		{"ZAQ0000", 3, "rows of Z have the letters A B C D E F G H J K L M N P"},
		{"YRA0000", 2, "outside of the polar grid"},
		{"18SUJ\xff", 6, "no place"},
	} {
		_, _, err := ParseMGRS(c.text)
		var e *PositionError
		if !errors.As(err, &e) || e.At != c.at || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want character %d: %q", c.text, err, c.at, c.want)
		}
	}
}

// checkError fails unless an error is what the parsers promise.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *PositionError
	if !errors.As(err, &e) || e.Text != text || e.At < 0 || e.At > utf8.RuneCountInString(text) || e.Cause == "" || e.Remedy == "" {
		t.Fatalf("%q: error %#v", text, err)
	}
}

func FuzzParseMGRS(f *testing.F) {
	for _, s := range []string{"18SUJ2348306479", "4q fj 1234 5678", "YUB17770380", "BAN0000000000", "32VKM", "18SUJ234", "1CAA00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, side, err := ParseMGRS(s)
		if err != nil {
			checkError(t, s, err)
			return
		}
		digits := 0
		for side < square {
			side *= 10
			digits++
		}
		if side != square || digits > 5 || p != onEarth(p) {
			t.Fatalf("%q: %v with %d digits", s, p, digits)
		}
		if digits == 0 {
			return
		}
		// The centre's own reference is the same place, in whichever zone it lies.
		q, _, err := ParseMGRS(FormatMGRS(p, 5))
		if d := Distance(p, q); err != nil || d > 0.73 {
			t.Fatalf("%q: %v is %s, which is %v, %v", s, p, FormatMGRS(p, 5), q, err)
		}
	})
}

func BenchmarkParseMGRS(b *testing.B) {
	for b.Loop() {
		if _, _, err := ParseMGRS("18SUJ2348306479"); err != nil {
			b.Fatal(err)
		}
	}
}
