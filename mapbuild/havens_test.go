package mapbuild

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// square adds the four corners of a square as nodes first to first+3, its south
// western one at a place given in units of 0.0001 degrees (about 11 m), and
// returns the closed list of them.
func square(b *osmtest.Builder, first int64, north, east, side float64) []int64 {
	for i, c := range [][2]float64{{0, 0}, {0, side}, {side, side}, {side, 0}} {
		b.Node(first+int64(i), (north+c[0])/1e4, (east+c[1])/1e4)
	}
	return []int64{first, first + 1, first + 2, first + 3, first}
}

func TestHavens(t *testing.T) {
	b := &osmtest.Builder{}
	// A street along the equator and a private drive nearer to the hospital.
	b.Node(1, 0, 0).Node(2, 0, 0.01).Node(3, 0.0009, 0.0050).Node(4, 0, 0.005)
	b.Way(10, []int64{1, 4, 2}, "highway", "residential", "name", "Main Street")
	b.Way(11, []int64{4, 3}, "highway", "service", "access", "private")
	// A hospital site; a building in it without a name, a node with the same
	// name, and a node with another name.
	b.Way(20, square(b, 100, 10, 40, 20), "amenity", "hospital", "name", "St. Mary", "emergency", "yes",
		"phone", "+1 555 0100", "operator", "J. Doe", "contact:email", "j@example.org")
	b.Way(21, square(b, 110, 12, 42, 4), "amenity", "hospital")
	b.Node(30, 0.0015, 0.0045, "amenity", "hospital", "name", "St. Mary")
	b.Node(31, 0.0016, 0.0046, "amenity", "hospital", "name", "Children's")
	b.Node(32, 0.0016, 0.0047, "amenity", "police", "name", "St. Mary") // of another kind
	// A fire station made of a relation with a hole.
	b.Way(22, square(b, 120, 10, 10, 10)).Way(23, square(b, 130, 12, 16, 2))
	b.Relation(40, []osmtest.Member{{Kind: osmtest.Way, ID: 22, Role: "outer"}, {Kind: osmtest.Way, ID: 23, Role: "inner"}},
		"type", "multipolygon", "amenity", "fire_station")
	b.Node(33, 0.0001, 0.001, "aeroway", "helipad")
	b.Node(34, 0.0001, 0.002, "office", "diplomatic", "diplomatic", "embassy", "name", "Embassy of Utopia")
	b.Node(35, 0.0001, 0.003, "amenity", "fuel", "disused", "yes")
	b.Node(36, 0.5, 0.5, "amenity", "fuel") // far from any road
	m := buildHand(t.Context(), t, t.TempDir(), b)
	var got []string
	for _, h := range m.Havens {
		lat, lon := h.Point.Degrees()
		s := fmt.Sprintf("%v %s %q [%s] %.4f %.4f", h.Kind, h.Object(), m.Text(h.Name), m.Text(h.Tags), lat, lon)
		if h.AccessChain == network.None {
			s += " no access"
		} else {
			lat, lon := h.AccessPoint.Degrees()
			s += fmt.Sprintf(" reached at %.4f %.4f, %d m", lat, lon, h.AwayCM/100)
		}
		got = append(got, s)
	}
	want := []string{
		`hospital way/20 "St. Mary" [amenity=hospital emergency=yes] 0.0020 0.0050 reached at 0.0000 0.0050, 221 m`,
		`hospital node/31 "Children's" [amenity=hospital] 0.0016 0.0046 reached at 0.0000 0.0046, 176 m`,
		`police node/32 "St. Mary" [amenity=police] 0.0016 0.0047 reached at 0.0000 0.0047, 176 m`,
		`fire_station relation/40 "" [amenity=fire_station] 0.0015 0.0015 reached at 0.0000 0.0015, 165 m`,
		`fuel node/36 "" [amenity=fuel] 0.5000 0.5000 no access`,
		`helipad node/33 "" [aeroway=helipad] 0.0001 0.0010 reached at 0.0000 0.0010, 11 m`,
		`embassy node/34 "Embassy of Utopia" [office=diplomatic diplomatic=embassy] 0.0001 0.0020 reached at 0.0000 0.0020, 11 m`,
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// TestHavenAccessIsNearest compares access points with a search of everything.
func TestHavenAccessIsNearest(t *testing.T) {
	m, _, err := Build(t.Context(), []string{testdata.Delaware(t)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Havens) == 0 {
		t.Fatal("no havens in a whole state")
	}
	for k := 0; k < len(m.Havens); k += 7 {
		h := m.Havens[k]
		best := accessWithin
		box := geo.BoxAround(h.Point, accessWithin)
		for c := range m.NumChains() {
			id := network.ChainID(c)
			if m.Intervals(id)[0].Class == network.Ferry ||
				m.ArcAccess[id.Arc(false)].Of(network.Car) != network.Open && m.ArcAccess[id.Arc(true)].Of(network.Car) != network.Open {
				continue
			}
			points, _ := m.Vertices(id)
			for i := 1; i < len(points); i++ {
				if !box.Intersects(segmentBox(points[i-1], points[i])) {
					continue
				}
				_, metres := geo.ProjectOnSegment(h.Point, points[i-1], points[i])
				best = min(best, metres)
			}
		}
		if got := float64(h.AwayCM) / 100; h.AccessChain == network.None && best < accessWithin || h.AccessChain != network.None && (got-best > 0.006 || best-got > 0.006) {
			t.Errorf("%v %s is %v m from its access point, the nearest road is %v m away", h.Kind, h.Object(), got, best)
		}
	}
}

func TestPlacesAndStreets(t *testing.T) {
	b := &osmtest.Builder{}
	for i := range int64(8) {
		b.Node(1+i, 0, 0.002*float64(i))
	}
	b.Node(20, 0.01, 0.002).Node(21, 0.01, 0.006)
	b.Way(10, []int64{1, 2, 3}, "highway", "residential", "name", "Main Street")
	b.Way(11, []int64{3, 4}, "highway", "tertiary", "name", "Main Street")
	b.Way(12, []int64{4, 5, 6}, "highway", "residential", "name", "Elm Street")
	b.Way(13, []int64{6, 7, 8}, "highway", "residential", "name", "Main Street") // another one
	b.Way(14, []int64{20, 2}, "highway", "service")
	b.Way(15, []int64{21, 4}, "highway", "service")
	b.Node(30, 0.001, 0, "place", "town", "name", "Aton")
	b.Node(31, 0.001, 0.0138, "place", "hamlet", "name", "Beham")
	b.Node(32, 0.001, 0.0120, "place", "suburb", "name", "Nearer")
	b.Node(33, 0.001, 0.0120, "place", "village") // has no name
	b.Node(34, 0.02, 0, "railway", "station", "name", "Aton Central")
	b.Way(50, square(b, 100, 200, 200, 40), "aeroway", "aerodrome", "name", "Aton Field")
	b.Node(35, 0.0221, 0.0221, "aeroway", "aerodrome", "name", "Aton Field")
	b.Way(51, square(b, 110, 2000, 2000, 40), "aeroway", "aerodrome", "name", "Far Field")
	m := buildHand(t.Context(), t, t.TempDir(), b)
	var places []string
	for _, p := range m.Places {
		lat, lon := p.Point.Degrees()
		places = append(places, fmt.Sprintf("%v %v/%d %s %.4f %.4f", p.Kind, p.Type, p.OSM, m.Text(p.Name), lat, lon))
	}
	if want := []string{
		"town node/30 Aton 0.0010 0.0000", "hamlet node/31 Beham 0.0010 0.0138", "suburb node/32 Nearer 0.0010 0.0120",
		"station node/34 Aton Central 0.0200 0.0000", "airport node/35 Aton Field 0.0221 0.0221", "airport way/51 Far Field 0.2020 0.2020",
	}; !slices.Equal(places, want) {
		t.Errorf("got %q, want %q", places, want)
	}
	var streets []string
	for _, s := range m.Streets {
		_, lon := m.PointAt(s.Chain, s.At).Degrees()
		place := "nowhere"
		if s.Place != network.None {
			place = m.Text(m.Places[s.Place].Name)
		}
		streets = append(streets, fmt.Sprintf("%s, %s %.3f", m.Text(s.Name), place, lon))
	}
	slices.Sort(streets)
	if want := []string{"Elm Street, Beham 0.008", "Main Street, Aton 0.003", "Main Street, Beham 0.012"}; !slices.Equal(streets, want) {
		t.Errorf("got %q, want %q", streets, want)
	}
}

func TestOutlines(t *testing.T) {
	b := &osmtest.Builder{}
	b.Node(1, 0, 0).Node(2, 0, 0.01)
	b.Way(10, []int64{1, 2}, "highway", "residential")
	// A coast with a vertex 1 m off the line, which goes, and one 100 m off.
	b.Node(20, 0.1, 0).Node(21, 0.10001, 0.01).Node(22, 0.1, 0.02).Node(23, 0.101, 0.03).Node(24, 0.1, 0.04)
	b.Way(11, []int64{20, 21, 22, 23, 24}, "natural", "coastline")
	b.Way(12, square(b, 100, 100, 100, 20), "natural", "water")
	b.Way(13, []int64{20, 100}, "waterway", "river")
	// A lake whose outer ring is two ways, one running against the other, with an
	// island; and a reservoir of which a part lies outside the extract.
	lake := square(b, 200, 2000, 2000, 100)
	b.Way(14, lake[:3], "natural", "water").Way(15, []int64{lake[4], lake[3], lake[2]})
	b.Way(16, square(b, 210, 2040, 2040, 20))
	b.Relation(40, []osmtest.Member{{Kind: osmtest.Way, ID: 14, Role: "outer"}, {Kind: osmtest.Way, ID: 16, Role: "inner"}, {Kind: osmtest.Way, ID: 15, Role: "outer"}},
		"type", "multipolygon", "natural", "water")
	reservoir := square(b, 300, 3000, 3000, 100)
	b.Way(17, reservoir[:3])
	b.Relation(41, []osmtest.Member{{Kind: osmtest.Way, ID: 17, Role: "outer"}, {Kind: osmtest.Way, ID: 999, Role: "outer"}},
		"type", "multipolygon", "landuse", "reservoir")
	m := buildHand(t.Context(), t, t.TempDir(), b)
	var got []string
	for i, o := range m.Base {
		points := m.BaseVertex[m.BaseFirst[i]:m.BaseFirst[i+1]]
		got = append(got, fmt.Sprintf("%d %v/%d %d vertices closed %v", o.Kind, o.Type, o.OSM, len(points), points[0] == points[len(points)-1]))
		for _, p := range points {
			if !o.Box.Contains(p) {
				t.Errorf("outline %d: %v is outside its box %v", i, p, o.Box)
			}
		}
	}
	if want := []string{
		"0 way/11 4 vertices closed false", "1 way/12 5 vertices closed true", "3 way/13 2 vertices closed false",
		"1 relation/40 5 vertices closed true", "2 relation/40 5 vertices closed true", "3 relation/41 3 vertices closed false",
	}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSimplifiedOutlineStaysNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := []geo.Point{{Lat: 500_000_000, Lon: 80_000_000}}
		for range rapid.IntRange(1, 60).Draw(t, "vertices") {
			p := points[len(points)-1]
			points = append(points, geo.Point{
				Lat: p.Lat + int32(rapid.IntRange(-800, 800).Draw(t, "north")), Lon: p.Lon + int32(rapid.IntRange(-800, 800).Draw(t, "east")),
			})
		}
		var s outlines
		kept := s.simplify(points)
		if kept[0] != points[0] || kept[len(kept)-1] != points[len(points)-1] {
			t.Fatal("an end was lost")
		}
		for _, p := range points {
			nearest := 1e9
			for i := 1; i < len(kept); i++ {
				_, metres := geo.ProjectOnSegment(p, kept[i-1], kept[i])
				nearest = min(nearest, metres)
			}
			if nearest > outlineTolerance*1.001 {
				t.Fatalf("%v is %.2f m from the simplified line", p, nearest)
			}
		}
	})
}
