package tiles

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

// build makes the map of an extract, once for all tests.
var build = sync.OnceValues(func() (*network.Map, error) { //nolint:gochecknoglobals // shared by tests, never changed
	m, _, err := mapbuild.Build(context.Background(), []string{extract}, mapbuild.Options{})
	return m, err
})

var extract string //nolint:gochecknoglobals // set before build is first called

func openDelaware(tb testing.TB) *network.Map {
	tb.Helper()
	extract = testdata.Delaware(tb)
	m, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// tileAt returns the tile of a zoom that holds a point, by the formula that all
// web maps use.
func tileAt(z uint32, lat, lon float64) ID {
	n := math.Exp2(float64(z))
	r := lat * math.Pi / 180
	return ID{Z: z, X: uint32((lon + 180) / 360 * n), Y: uint32((1 - math.Log(math.Tan(r)+1/math.Cos(r))/math.Pi) / 2 * n)}
}

// allTiles returns every tile of a zoom that a box meets.
func allTiles(z uint32, box geo.Box) []ID {
	south, west := box.Min.Degrees()
	north, east := box.Max.Degrees()
	a, b := tileAt(z, north, west), tileAt(z, south, east)
	var out []ID
	for x := a.X; x <= b.X; x++ {
		for y := a.Y; y <= b.Y; y++ {
			out = append(out, ID{z, x, y})
		}
	}
	return out
}

func TestTilesOfDelaware(t *testing.T) {
	m := openDelaware(t)
	s := New(m)
	tiles := 0
	for z := uint32(MinZoom); z <= 12; z++ {
		for _, id := range allTiles(z, s.Bounds()) {
			b, err := s.Tile(id)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := decode(b)
			if err != nil {
				t.Fatalf("%v: %v", id, err)
			}
			for _, l := range layers {
				if len(l.features) == 0 {
					t.Errorf("%v: layer %s is empty", id, l.name)
				}
				for _, f := range l.features {
					if err := f.wellFormed(); err != nil {
						t.Errorf("%v, layer %s: %v", id, l.name, err)
					}
				}
			}
			tiles++
			again, err := s.Tile(id)
			if err != nil || !bytes.Equal(b, again) {
				t.Errorf("%v: the second time it is another tile (%v)", id, err)
			}
		}
	}
	if tiles < 100 {
		t.Errorf("only %d tiles", tiles)
	}
}

// TestRoadsAgainstAllChains holds the road layer against the plain question, for
// every chain of the map, whether it comes near the tile; and every line of it
// against the ground.
func TestRoadsAgainstAllChains(t *testing.T) {
	m := openDelaware(t)
	s := New(m)
	rng := rand.New(rand.NewPCG(7, 7))
	for _, z := range []uint32{5, 8, 10, 11, 12, 13, 14, 15} {
		for range 4 {
			p := m.NodePoint[rng.IntN(len(m.NodePoint))]
			lat, lon := p.Degrees()
			id := tileAt(z, lat, lon)
			b, err := s.Tile(id)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := decode(b)
			if err != nil {
				t.Fatal(err)
			}
			drawn := map[uint64][]feature{}
			for _, l := range layers {
				if l.name == "road" {
					for _, f := range l.features {
						drawn[f.id] = append(drawn[f.id], f)
					}
				}
			}
			d := newDrawing(id)
			inner := orb.Bound{Min: orb.Point{-buffer + 3, -buffer + 3}, Max: orb.Point{extent + buffer - 3, extent + buffer - 3}}
			for c := range network.ChainID(m.NumChains()) {
				var want []orb.Point // points of the chain that must be drawn
				points, at := m.Vertices(c)
				shown := stretches(m, d, c)
				for i := range points[1:] {
					if !shown[m.IntervalAt(c, at[i]).From] {
						continue
					}
					a, b := d.project(points[i]), d.project(points[i+1])
					for k := range 9 {
						f := float64(k) / 8
						q := orb.Point{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])}
						if inner.Contains(q) {
							want = append(want, q)
						}
					}
				}
				lines := drawn[uint64(c)+1]
				delete(drawn, uint64(c)+1)
				for _, q := range want {
					if away := distance(q, lines); away > 4 {
						t.Fatalf("%v: chain %d is %.1f units away from what is drawn of it", id, c, away)
					}
				}
				for _, f := range lines {
					for _, q := range vertices(f.geometry) {
						if away := distanceToLine(q, project(d, points)); away > 1 {
							t.Fatalf("%v: chain %d is drawn %.1f units off", id, c, away)
						}
					}
				}
			}
			for extra := range drawn {
				t.Errorf("%v: feature %d is no chain", id, extra)
			}
		}
	}
}

// stretches returns which intervals of a chain, by where they begin, are long
// enough on the tile that nothing may leave them out.
func stretches(m *network.Map, d *drawing, c network.ChainID) map[network.Millimetres]bool {
	shown := map[network.Millimetres]bool{}
	intervals := m.Intervals(c)
	for i, iv := range intervals {
		end := m.Length[c]
		if i+1 < len(intervals) {
			end = intervals[i+1].From
		}
		metres := float64(end-iv.From) / 1000
		units := metres / 40_075_017 * d.scale // at the equator; more farther north
		shown[iv.From] = appears(iv.Class) <= d.id.Z && units > 12
	}
	return shown
}

func project(d *drawing, points []geo.Point) []orb.Point {
	out := make([]orb.Point, len(points))
	for i, p := range points {
		out[i] = d.project(p)
	}
	return out
}

func vertices(g orb.Geometry) []orb.Point {
	switch g := g.(type) {
	case orb.LineString:
		return g
	case orb.MultiLineString:
		return slices.Concat(asPoints(g)...)
	}
	return nil
}

func asPoints(g orb.MultiLineString) [][]orb.Point {
	out := make([][]orb.Point, len(g))
	for i := range g {
		out[i] = g[i]
	}
	return out
}

func distance(p orb.Point, lines []feature) float64 {
	least := math.Inf(1)
	for _, f := range lines {
		switch g := f.geometry.(type) {
		case orb.LineString:
			least = min(least, distanceToLine(p, g))
		case orb.MultiLineString:
			for _, l := range g {
				least = min(least, distanceToLine(p, l))
			}
		}
	}
	return least
}

func distanceToLine(p orb.Point, line []orb.Point) float64 {
	least := math.Inf(1)
	for i := range line[1:] {
		a, b := line[i], line[i+1]
		dx, dy := b[0]-a[0], b[1]-a[1]
		f := 0.0
		if l := dx*dx + dy*dy; l > 0 {
			f = min(max(((p[0]-a[0])*dx+(p[1]-a[1])*dy)/l, 0), 1)
		}
		least = min(least, math.Hypot(p[0]-a[0]-f*dx, p[1]-a[1]-f*dy))
	}
	return least
}

func TestNamesAndWaterAreThere(t *testing.T) {
	s := New(openDelaware(t))
	for _, test := range []struct {
		id         ID
		layer, key string
		value      string
	}{
		{tileAt(14, 39.7459, -75.5466), "name", "name", "Wilmington"},
		{tileAt(8, 39.158, -75.524), "name", "name", "Dover"},
		{tileAt(14, 39.6700, -75.7530), "rail", "kind", "rail"},
		{tileAt(12, 39.6837, -75.7497), "road", "name", "Delaware Turnpike"},
		{tileAt(12, 39.59, -75.58), "water", "kind", "area"},
	} {
		b, err := s.Tile(test.id)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := decode(b)
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		for _, l := range layers {
			for _, f := range l.features {
				for _, a := range f.attributes {
					if l.name == test.layer && a.key == test.key && !slices.Contains(seen, a.text) {
						seen = append(seen, a.text)
					}
				}
			}
		}
		if !slices.Contains(seen, test.value) {
			t.Errorf("%v: no %s %q in layer %s; there are %q", test.id, test.key, test.value, test.layer, seen)
		}
	}
}

// TestReadByGDAL has an independent program count what is in a tile.
func TestReadByGDAL(t *testing.T) {
	ogrinfo := testdata.Tool(t, "ogrinfo", "gdal-bin")
	s := New(openDelaware(t))
	for _, id := range []ID{tileAt(9, 39.2, -75.5), tileAt(12, 39.7459, -75.5466), tileAt(14, 39.7459, -75.5466)} {
		b, err := s.Tile(id)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := decode(b)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.pbf", id.Y))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(ogrinfo, "-ro", "-al", "-so", "MVT:"+path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
			t.Errorf("%v: %s", id, out)
		}
		counts := regexp.MustCompile(`(?s)Layer name: (\w+).*?Feature Count: (\d+)`).FindAllStringSubmatch(string(out), -1)
		if len(counts) != len(layers) {
			t.Errorf("%v: %d layers read, %d written", id, len(counts), len(layers))
		}
		for _, c := range counts {
			n, err := strconv.Atoi(c[2])
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range layers {
				if l.name == c[1] && len(l.features) != n {
					t.Errorf("%v: layer %s: %d features read, %d written", id, l.name, n, len(l.features))
				}
			}
		}
	}
}

func TestTilesByManyAtOnce(t *testing.T) {
	s := New(openDelaware(t))
	id := tileAt(13, 39.7459, -75.5466)
	want, err := s.Tile(id)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 5 {
				if got, err := s.Tile(id); err != nil || !bytes.Equal(got, want) {
					t.Errorf("another tile (%v)", err)
				}
			}
		})
	}
	wait.Wait()
}

func TestTilesThatAreNot(t *testing.T) {
	s := New(&network.Map{})
	for id, want := range map[ID]string{
		{16, 0, 0}:          "zooms 0 to 15",
		{3, 8, 0}:           "from 0 to 7",
		{3, 0, 8}:           "from 0 to 7",
		{1<<32 - 1, 0, 0}:   "zooms 0 to 15",
		{0, 1<<32 - 1, 0}:   "from 0 to 0",
		{15, 0, 1<<32 - 1}:  "from 0 to 32767",
		{15, 1 << 15, 3000}: "from 0 to 32767",
	} {
		if b, err := s.Tile(id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %d bytes, error %v, want one that says %q", id, len(b), err, want)
		}
	}
	if b, err := s.Tile(ID{}); err != nil || b != nil {
		t.Errorf("tile of an empty map: %d bytes, %v", len(b), err)
	}
}

// FuzzTile asks for tiles anywhere: at the poles, at the antimeridian, that do
// not exist.
func FuzzTile(f *testing.F) {
	f.Add(uint32(0), uint32(0), uint32(0))
	f.Add(uint32(15), uint32(32767), uint32(32767))
	f.Add(uint32(14), uint32(4756), uint32(6207))
	f.Add(uint32(99), uint32(1), uint32(1))
	s := New(openDelaware(f))
	f.Fuzz(func(t *testing.T, z, x, y uint32) {
		id := ID{z, x, y}
		b, err := s.Tile(id)
		if (err == nil) != (id.Check() == nil) {
			t.Fatalf("%v: %v", id, err)
		}
		if _, err := decode(b); err != nil {
			t.Fatalf("%v: %v", id, err)
		}
	})
}

// BenchmarkTiles makes every tile of the sample map by zoom and reports the
// median, the 95th percentile and the slowest in milliseconds, and the largest in
// kilobytes.
func BenchmarkTiles(b *testing.B) {
	s := New(openDelaware(b))
	for z := uint32(6); z <= 15; z++ {
		ids := allTiles(z, s.Bounds())
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		b.Run(fmt.Sprintf("z%d", z), func(b *testing.B) {
			var took []float64
			largest := 0
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				t, err := s.Tile(ids[i%len(ids)])
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start).Seconds()*1000)
				largest = max(largest, len(t))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2], "p50-ms")
			b.ReportMetric(took[len(took)*95/100], "p95-ms")
			b.ReportMetric(took[len(took)-1], "max-ms")
			b.ReportMetric(float64(largest)/1000, "max-kB")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	m := openDelaware(b)
	for b.Loop() {
		New(m)
	}
}
