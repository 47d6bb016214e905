package order

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

func someLine(rt *rapid.T) []xy {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
	line := make([]xy, 1+r.IntN(60))
	at := xy{r.Float64() * 4000, r.Float64() * 4000}
	for i := range line {
		line[i] = at
		at.x += 900 * (r.Float64() - 0.5)
		at.y += 900 * (r.Float64() - 0.5)
	}
	return line
}

func TestSimplifyKeepsTheShape(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		line := someLine(rt)
		tolerance := rapid.Float64Range(0, 300).Draw(rt, "tolerance")
		kept := simplify(line, tolerance)
		if kept[0] != line[0] || kept[len(kept)-1] != line[len(line)-1] {
			rt.Fatal("an end moved")
		}
		k := 0
		for _, p := range line {
			if k+1 < len(kept) && p == kept[k+1] {
				k++
				continue
			}
			if k+1 < len(kept) && fromSegment(p, kept[k], kept[k+1]) > tolerance+1e-9 {
				rt.Fatalf("%v lies %v from the line that remains", p, fromSegment(p, kept[k], kept[k+1]))
			}
		}
	})
}

// readPath reads what appendPath wrote, as a browser would.
func readPath(t testing.TB, s string) []xy {
	t.Helper()
	var numbers []float64
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case 'M', 'l', 'z', ' ':
			i++
		default:
			j := i + 1
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
			x, err := strconv.ParseFloat(s[i:j], 64)
			if err != nil {
				t.Fatalf("%q in %q", s[i:j], s)
			}
			numbers = append(numbers, x)
			i = j
		}
	}
	if len(numbers)%2 != 0 {
		t.Fatalf("an odd number of coordinates in %q", s)
	}
	var line []xy
	var at xy
	for i := 0; i < len(numbers); i += 2 {
		at = xy{at.x + numbers[i], at.y + numbers[i+1]}
		line = append(line, at)
	}
	return line
}

func TestPathIsWhatWasDrawn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		line := someLine(rt)
		closed := rapid.Bool().Draw(rt, "closed")
		s := string(appendPath(nil, line, closed))
		if strings.HasSuffix(s, "z") != closed {
			rt.Fatalf("%q", s)
		}
		got := readPath(t, s)
		k := 0
		for _, p := range line {
			want := xy{math.Round(p.x), math.Round(p.y)}
			if got[k] == want {
				continue // a step of no length is left out
			}
			k++
			if k >= len(got) || got[k] != want {
				rt.Fatalf("%v is missing from %v", want, got)
			}
		}
	})
}

func TestFitShowsEveryPlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(rt, "n")
		lat, lon := rapid.Float64Range(-75, 75).Draw(rt, "lat"), rapid.Float64Range(-180, 180).Draw(rt, "lon")
		var places []outrider.LatLon
		for range n {
			places = append(places, outrider.LatLon{
				Lat: lat + rapid.Float64Range(-2, 2).Draw(rt, "north"),
				Lon: math.Remainder(lon+rapid.Float64Range(-2, 2).Draw(rt, "east"), 360),
			})
		}
		v := fit(fullWidth, places, 1500, 0.6, 1.3)
		if v.height < int(0.59*fullWidth) || v.height > int(1.31*fullWidth) {
			rt.Fatalf("height %d", v.height)
		}
		if v.span() < 1499 {
			rt.Fatalf("only %v m wide", v.span())
		}
		for _, q := range places {
			if p := v.at(q); !v.inside(p, 1) {
				rt.Fatalf("%v is drawn at %v", q, p)
			}
		}
	})
}

// TestScale holds that a length in the drawing is the length on the ground, in
// both directions: the aspect is right and the scale bar true.
func TestScale(t *testing.T) {
	for _, lat := range []float64{0, 39, -45, 65} {
		centre := geo.PointFromDegrees(lat, 10)
		v := fit(fullWidth, []outrider.LatLon{{Lat: lat, Lon: 10}}, 20_000, 1, 1)
		for _, bearing := range []float64{0, 90, 135} {
			a, b := v.point(centre), v.point(geo.Offset(centre, bearing, 1000))
			metres := math.Hypot(b.x-a.x, b.y-a.y) * v.metres()
			// The sphere of the drawing and the ellipsoid of the ground differ by
			// half a per cent.
			if math.Abs(metres-1000) > 8 {
				t.Errorf("at %v° a kilometre towards %v° is drawn as %.1f m", lat, bearing, metres)
			}
		}
		_, units := v.scaleBar(false)
		if units < 300 || units > fullWidth/2 {
			t.Errorf("the scale bar is %v units long", units)
		}
	}
}

func TestGroundIsWhatIsShown(t *testing.T) {
	v := fit(fullWidth, []outrider.LatLon{{Lat: 39, Lon: -75.5}, {Lat: 39.5, Lon: -75.2}}, 1500, 0.6, 1.3)
	box := v.ground()
	low, high := v.point(box.Min), v.point(box.Max)
	if math.Abs(low.x) > 1 || math.Abs(low.y-float64(v.height)) > 1 || math.Abs(high.x-fullWidth) > 1 || math.Abs(high.y) > 1 {
		t.Errorf("the ground %v is drawn from %v to %v", box, low, high)
	}
}

func TestClippedRingLiesInTheDrawing(t *testing.T) {
	v := view{width: fullWidth, height: 3000}
	rapid.Check(t, func(rt *rapid.T) {
		ring := someLine(rt)
		for _, p := range v.clipRing(ring) {
			if p.x < -margin-1e-6 || p.y < -margin-1e-6 || p.x > fullWidth+margin+1e-6 || p.y > 3000+margin+1e-6 {
				rt.Fatalf("%v", p)
			}
		}
	})
	inside := []xy{{10, 10}, {100, 10}, {100, 100}}
	if got := v.clipRing(inside); len(got) != 3 {
		t.Errorf("a ring wholly inside became %v", got)
	}
}

// TestJoinedDrawsEveryChainOnce holds that joining loses no road and doubles
// none: the length of all lines is that of all chains.
func TestJoinedDrawsEveryChainOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		m := &network.Map{VertexFirst: []uint32{0}}
		const nodes = 12
		places := make([]geo.Point, nodes)
		for i := range places {
			places[i] = geo.PointFromDegrees(50+r.Float64(), 10+r.Float64())
		}
		v := fit(fullWidth, []outrider.LatLon{{Lat: 50, Lon: 10}, {Lat: 51, Lon: 11}}, 1500, 0.6, 1.3)
		b := basemap{m: m, v: &v}
		want := 0.0
		var chains []network.ChainID
		for c := range r.IntN(40) {
			a, z := r.IntN(nodes), r.IntN(nodes)
			line := []geo.Point{places[a], geo.PointFromDegrees(50+r.Float64(), 10+r.Float64()), places[z]}
			m.Tail, m.Head = append(m.Tail, network.NodeID(a)), append(m.Head, network.NodeID(z))
			m.Vertex, m.VertexAt = append(m.Vertex, line...), append(m.VertexAt, 0, 1, 2)
			m.VertexFirst = append(m.VertexFirst, uint32(len(m.Vertex)))
			chains = append(chains, network.ChainID(c))
			want += lineLength(b.project(line))
		}
		got := 0.0
		for _, line := range b.joined(chains) {
			got += lineLength(line)
		}
		if math.Abs(got-want) > 1e-6*(1+want) {
			rt.Fatalf("%v units drawn, the chains have %v", got, want)
		}
	})
}

func TestStripShowsTheGreatestBandOfEachColumn(t *testing.T) {
	bands := columnBands([]outrider.ExposureBand{{To: 500, Band: 1}, {From: 500, To: 500.01, Band: 5}, {From: 500.01, To: 1000, Band: 2}, {From: 990, To: 2000, Band: 9}}, 1000)
	if bands[0] != 1 || bands[499] != 1 || bands[500] != 5 || bands[501] != 2 || bands[columns-1] != 5 {
		t.Errorf("%v", bands[495:505])
	}
}

func TestWords(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 59.4: "59 s", 59.6: "1 min", 60: "1 min", 61: "1 min 01 s", 1200: "20 min", 3599: "1 h 00 min", 8340: "2 h 19 min"} {
		if got := exchange.Duration(seconds); got != want {
			t.Errorf("%v s is written %q, want %q", seconds, got, want)
		}
	}
	for metres, want := range map[float64]string{0: "0 m", 994: "994 m", 996: "1.0 km", 72_140: "72.1 km"} {
		if got := (exchange.Form{}).Distance(metres); got != want {
			t.Errorf("%v m is written %q, want %q", metres, got, want)
		}
	}
	for s, want := range map[string]int{"abc": 3, "é": 1, "e\u0301": 1, "駅": 2, "": 0} {
		if got := columnsOf(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
	for k := range network.HazardKinds {
		if symbolOf(k.String()) == "other" {
			t.Errorf("%s has no symbol of its own", k)
		}
	}
}
