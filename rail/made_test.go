package rail_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/rail"
)

// site is a made railway: points in metres east and north of 50° N, 10° E.
type site struct {
	tb     testing.TB
	b      osmtest.Builder
	points map[string][2]float64
	ids    map[string]int64
	order  []string
	tags   map[string][]string
	ways   int64
}

func newSite(tb testing.TB) *site {
	return &site{tb: tb, points: map[string][2]float64{}, ids: map[string]int64{}, tags: map[string][]string{}}
}

// at names a point, with tags of its node.
func (s *site) at(name string, x, y float64, tags ...string) *site {
	s.points[name] = [2]float64{x, y}
	s.ids[name] = int64(len(s.order) + 1)
	s.order = append(s.order, name)
	s.tags[name] = tags
	return s
}

// point is where a named point is.
func (s *site) point(name string) geo.Point {
	p, ok := s.points[name]
	if !ok {
		s.tb.Fatalf("no point %q", name)
	}
	return made(p[0], p[1])
}

func made(x, y float64) geo.Point {
	const perDegree = 111319.49
	return geo.PointFromDegrees(50+y/111229.0, 10+x/(perDegree*math.Cos(50*math.Pi/180)*1.0022))
}

// way adds a way through named points: "A B C".
func (s *site) way(path string, tags ...string) *site {
	s.ways++
	var refs []int64
	for name := range strings.FieldsSeq(path) {
		s.point(name)
		refs = append(refs, s.ids[name])
	}
	s.b.Way(s.ways, refs, tags...)
	return s
}

// track adds a way of railway=rail with the standard gauge and 72 km/h (20 m/s),
// and whatever else is given.
func (s *site) track(path string, tags ...string) *site {
	var all []string
	has := func(key string) bool {
		for i := 0; i < len(tags); i += 2 {
			if tags[i] == key {
				return true
			}
		}
		return false
	}
	for _, kv := range [][2]string{{"railway", "rail"}, {"gauge", "1435"}, {"maxspeed", "72"}} {
		if !has(kv[0]) {
			all = append(all, kv[0], kv[1])
		}
	}
	return s.way(path, append(all, tags...)...)
}

// build makes the map.
func (s *site) build() *network.Map {
	s.tb.Helper()
	for _, name := range s.order {
		p := s.point(name)
		s.b.NodeE7(s.ids[name], p.Lat, p.Lon, s.tags[name]...)
	}
	path := filepath.Join(s.tb.TempDir(), "made.osm.pbf")
	if err := s.b.WritePBF(path); err != nil {
		s.tb.Fatal(err)
	}
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
	if err != nil {
		s.tb.Fatal(err)
	}
	return m
}

func (s *site) place(name string) rail.Place { return rail.Place{Label: name, Point: s.point(name)} }

var depart = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// leg is a leg of a 100 m train at 72 km/h that takes 600 s to change ends.
func (s *site) leg(m *network.Map, from, to string) rail.Input {
	return rail.Input{
		Map: m, Name: "leg 1", From: []rail.Place{s.place(from)}, To: []rail.Place{s.place(to)}, Depart: depart,
		Leg: outrider.Leg{Mode: outrider.ByRail, Train: &outrider.Train{Length: 100, MaxKMH: 72, Reverse: 600 * time.Second}},
	}
}

func mustMake(tb testing.TB, in rail.Input) *rail.Result {
	tb.Helper()
	r, err := rail.Make(context.Background(), in)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func near(tb testing.TB, what string, got, want, within float64) {
	tb.Helper()
	if !(math.Abs(got-want) <= within) {
		tb.Errorf("%s is %.3f, want %.3f ± %g", what, got, want, within)
	}
}

func metresBetween(a, b geo.Point) float64 { return geo.Distance(a, b) }
