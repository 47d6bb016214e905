package oracle_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/oracle"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
	"pgregory.net/rapid"
)

// street is a way of a drawn town between two neighbouring corners.
type street struct {
	way  int64
	refs []int64
}

func (s street) ends() [2]int64 { return [2]int64{s.refs[0], s.refs[len(s.refs)-1]} }

func (s street) at(node int64) bool { return slices.Contains(s.refs, node) }

// drawTown makes a town on a grid that has in a few streets what real data has in
// a country: ways split and reversed, one-way streets for some, private parts,
// gates, limits, and restrictions of every form over nodes and over ways.
func drawTown(t *rapid.T) *osmtest.Builder {
	b := &osmtest.Builder{}
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	side := rapid.IntRange(2, 4).Draw(t, "side")
	corner := func(x, y int) int64 { return int64(100 + y*side + x) }
	var barrier []string
	node := func(id int64, x, y float64) {
		barrier = nil
		if kind := pick("barrier", "", "", "", "", "", "", "", "gate", "bollard", "bus_trap", "odd"); kind != "" {
			barrier = []string{"barrier", kind}
			if key := pick("barrier key", "", "access", "motor_vehicle", "hgv", "locked"); key != "" {
				barrier = append(barrier, key, pick("barrier value", "yes", "private", "destination", "no"))
			}
		}
		b.Node(id, 47+0.002*y, 9+0.003*x, barrier...)
	}
	for y := range side {
		for x := range side {
			dx, dy := rapid.Float64Range(-0.3, 0.3).Draw(t, "dx"), rapid.Float64Range(-0.3, 0.3).Draw(t, "dy")
			node(corner(x, y), float64(x)+dx, float64(y)+dy)
		}
	}
	var streets []street
	add := func(refs ...int64) {
		way := int64(1000 + len(streets))
		tags := []string{"highway", pick("highway", "primary", "secondary", "residential", "residential", "service", "track", "pedestrian", "motorway_link")}
		for _, x := range []struct {
			key    string
			values []string
		}{
			{"oneway", []string{"", "", "", "yes", "-1"}},
			{"oneway:bus", []string{"", "", "", "", "no"}},
			{"access", []string{"", "", "", "", "destination", "private", "no"}},
			{"motor_vehicle", []string{"", "", "", "", "", "yes", "destination"}},
			{"hgv", []string{"", "", "", "", "no", "destination", "yes"}},
			{"hgv:forward", []string{"", "", "", "", "", "", "no"}},
			{"service", []string{"", "", "driveway"}},
			{"maxspeed", []string{"", "", "50", "30 mph", "DE:urban", "odd"}},
			{"surface", []string{"", "", "asphalt", "gravel"}},
			{"maxheight", []string{"", "", "", "", "", "3.5", "12'6\"", "none"}},
			{"maxweight", []string{"", "", "", "", "", "7.5", "3500 kg"}},
			// No convoy here has a length: where some part of a chain is too tight, the
			// network bars parts by the limits of both directions together.
			{"maxlength:backward", []string{"", "", "", "", "", "12", "40 ft"}},
		} {
			if v := pick(x.key, x.values...); v != "" {
				tags = append(tags, x.key, v)
			}
		}
		if rapid.Bool().Draw(t, "turned") {
			for i, j := 0, len(refs)-1; i < j; i, j = i+1, j-1 {
				refs[i], refs[j] = refs[j], refs[i]
			}
		}
		b.Way(way, refs, tags...)
		streets = append(streets, street{way, refs})
	}
	between := int64(500)
	link := func(x1, y1, x2, y2 int) {
		switch rapid.IntRange(0, 5).Draw(t, "link") {
		case 0:
			return
		case 1, 2: // of two ways
			between++
			node(between, float64(x1+x2)/2+0.1, float64(y1+y2)/2+0.1)
			add(corner(x1, y1), between)
			add(between, corner(x2, y2))
		case 3: // past a corner, if there is another beyond it
			refs := []int64{corner(x1, y1), corner(x2, y2)}
			if x3, y3 := 2*x2-x1, 2*y2-y1; x3 < side && y3 < side {
				refs = append(refs, corner(x3, y3))
			}
			add(refs...)
		default:
			add(corner(x1, y1), corner(x2, y2))
		}
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				link(x, y, x+1, y)
			}
			if y+1 < side {
				link(x, y, x, y+1)
			}
		}
	}
	if len(streets) < 3 {
		add(corner(0, 0), corner(1, 0), corner(1, 1))
		add(corner(1, 1), corner(0, 1))
		add(corner(0, 0), corner(0, 1))
	}
	some := func(label string) street {
		return streets[rapid.IntRange(0, len(streets)-1).Draw(t, label)]
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "restrictions") {
		// Walk from a node of a way over up to two ways to another.
		from := some("from")
		at := rapid.SampledFrom(from.refs).Draw(t, "at")
		next := func(not int64) (street, bool) {
			var list []street
			for _, s := range streets {
				if s.at(at) && s.way != not {
					list = append(list, s)
				}
			}
			if len(list) == 0 {
				return from, false
			}
			return rapid.SampledFrom(list).Draw(t, "next"), true
		}
		members := []osmtest.Member{{Kind: osmtest.Way, ID: from.way, Role: "from"}}
		last := from
		vias := rapid.IntRange(0, 2).Draw(t, "vias")
		if vias == 0 {
			members = append(members, osmtest.Member{Kind: osmtest.Node, ID: at, Role: "via"})
		}
		for range vias {
			via, ok := next(last.way)
			if !ok {
				break
			}
			members = append(members, osmtest.Member{Kind: osmtest.Way, ID: via.way, Role: "via"})
			ends := via.ends()
			at, last = ends[0]+ends[1]-at, via
		}
		not := last.way
		if rapid.IntRange(0, 5).Draw(t, "back") == 0 {
			not = 0
		}
		if to, ok := next(not); ok {
			members = append(members, osmtest.Member{Kind: osmtest.Way, ID: to.way, Role: "to"})
		}
		value := pick("value", "no_left_turn", "no_u_turn", "only_straight_on", "only_right_turn", "odd")
		// What an only_ rule means whose several from ways have different numbers of
		// arcs there, docs/network.md leaves open.
		if rapid.IntRange(0, 7).Draw(t, "second from") == 0 && !strings.HasPrefix(value, "only_") {
			members = append(members, osmtest.Member{Kind: osmtest.Way, ID: some("other").way, Role: "from"})
		}
		tags := []string{"type", pick("type", "restriction", "restriction", "restriction", "restriction:hgv")}
		switch pick("form", "plain", "plain", "plain", "hgv", "conditional") {
		case "plain":
			tags = append(tags, "restriction", value)
		case "hgv":
			tags = append(tags, "restriction:hgv", value)
		case "conditional":
			tags = append(tags, "restriction:conditional", value+" @ (Mo-Fr 07:00-09:00)")
		}
		if except := pick("except", "", "", "", "bus", "hgv;psv", "motorcar"); except != "" {
			tags = append(tags, "except", except)
		}
		b.Relation(int64(9000+i), members, tags...)
	}
	return b
}

// TestTownsEqualOracle compares everything on drawn towns, where rare things meet.
func TestTownsEqualOracle(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		extract, mapFile := filepath.Join(dir, "town.osm.pbf"), filepath.Join(dir, "town.map")
		if err := drawTown(t).WritePBF(extract); err != nil {
			t.Fatal(err)
		}
		m, _, err := mapbuild.Build(context.Background(), []string{extract}, mapbuild.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if m.NumChains() == 0 {
			t.Skip("a town nobody may drive in")
		}
		// What users have is a file.
		if err := network.Save(mapFile, m); err != nil {
			t.Fatal(err)
		}
		if m, err = network.OpenMap(mapFile); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}()
		b, err := compared(m, extract)
		if err != nil {
			t.Fatal(err)
		}
		if b.net.Tied {
			t.Skip("no part of the town is the greatest")
		}
		b.checkSegments(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		kept := passages{b, map[string]*network.Passage{}}
		for class := range 5 {
			c := convoy{name: fmt.Sprint(class), vehicle: network.Vehicle{Classes: 1 << class}, private: rng.IntN(2) == 0}
			if class == 4 {
				c = convoy{name: "tall", vehicle: network.Vehicle{Classes: 1<<network.Car | 1<<network.Truck, HeightCM: 375, WeightKG: 5000}}
			}
			for range 12 {
				from, to := rng.IntN(len(b.spots)), rng.IntN(len(b.spots))
				origin, start := b.place(from, rng.Float64())
				goal, end := b.place(to, rng.Float64())
				q := oracle.Question{Vehicle: c.oracle(), Private: c.private, From: origin, To: []oracle.Position{goal}, Parts: []int{b.net.Part(from), b.net.Part(to)}}
				want := b.net.Fastest(q)[0]
				took, arcs, ok := plan.Fastest(b.index, kept.get(&c, start.Chain, end.Chain), start, end)
				if d, same := agree(took, arcs, ok, want); !same {
					t.Errorf("class %s, private %v, from way %s at %.3f to way %s at %.3f: the map says %d ms (%v), the oracle %.1f ms, %.1f apart; the map by ways %s, the oracle by %s",
						c.name, c.private, b.ways([]int{from}), origin.Fraction, b.ways([]int{to}), goal.Fraction, took, ok, want.Milliseconds, d, b.arcWays(arcs), b.edgeWays(want.Edges))
				}
			}
		}
	})
}
