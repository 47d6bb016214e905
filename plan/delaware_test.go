package plan_test

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/readback"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

var delaware struct {
	once sync.Once
	m    *network.Map
	x    *plan.Index
	err  error
}

func delawareMap(tb testing.TB) (*network.Map, *plan.Index) {
	path := testdata.Delaware(tb)
	delaware.once.Do(func() {
		if delaware.m, _, delaware.err = mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{}); delaware.err == nil {
			delaware.x, delaware.err = plan.NewIndex(delaware.m)
		}
	})
	if delaware.err != nil {
		tb.Fatal(delaware.err)
	}
	return delaware.m, delaware.x
}

func profile(tb testing.TB) *hazard.Profile {
	p, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// convoy is a lead car, a lorry and a car that follows.
func convoy() outrider.Convoy {
	return outrider.Convoy{
		Vehicles: []outrider.Vehicle{
			{CallSign: "A1", Role: outrider.Lead, Class: outrider.ClassCar, Length: 4.8, Width: 1.9, Height: 1.8, Mass: 2.4},
			{CallSign: "A2", Role: outrider.Cargo, Class: outrider.ClassTruck, Length: 8, Width: 2.5, Height: 3.4, Mass: 12, AxleLoad: 8},
			{CallSign: "A3", Role: outrider.Follow, Class: outrider.ClassCar, Length: 4.8, Width: 1.9, Height: 1.8, Mass: 2.4},
		},
		Gap: outrider.Gap{Metres: 50}, MarchKMH: 80, CatchUpKMH: 95,
	}
}

func at(lat, lon float64) outrider.Endpoint {
	p := geo.PointFromDegrees(lat, lon)
	return outrider.Endpoint{Point: &p}
}

var earliest = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func movement(from, to outrider.Endpoint) *outrider.Movement {
	return &outrider.Movement{
		Name: "test", Cover: "HERON", Zone: time.UTC, Convoy: convoy(),
		Legs:        []outrider.Leg{{From: from, To: to, Window: outrider.Window{Earliest: earliest, Latest: earliest.Add(time.Hour)}}},
		Constraints: outrider.Constraints{MaxDetour: 1.3, Alternates: 2},
	}
}

// TestRandomDelawarePairs plans between random places all over Delaware and
// checks what must hold of any plan.
func TestRandomDelawarePairs(t *testing.T) {
	m, x := delawareMap(t)
	ways := map[int64]bool{}
	for _, iv := range m.Interval {
		ways[iv.Way] = true
	}
	random := rand.New(rand.NewPCG(2, 26))
	place := func() outrider.Endpoint {
		for {
			c := network.ChainID(random.IntN(m.NumChains()))
			iv := m.Intervals(c)[0]
			if iv.Class > network.Residential || m.NodeInfo[m.Tail[c]].Island+m.NodeInfo[m.Head[c]].Island > 0 || m.ArcAccess[c.Arc(false)].Of(network.Truck) != network.Open {
				continue
			}
			q := m.PointAt(c, m.Length[c]/2)
			q = geo.Offset(q, random.Float64()*360, random.Float64()*15)
			return outrider.Endpoint{Point: &q}
		}
	}
	risk := profile(t)
	speeds, err := pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	pairs := 20
	switch {
	case testing.Short():
		pairs = 12
	case os.Getenv("OUTRIDER_LONG") == "1":
		pairs = 100
	}
	planned, alternates, refused := 0, 0, 0
	var plans []*outrider.Plan
	for planned < pairs {
		mv := movement(place(), place())
		in := plan.Input{Map: m, Index: x, Movement: mv, Profile: risk, Now: earliest}
		// One by the speeds of the map, one by those of the hour, one backwards.
		if planned%3 > 0 {
			in.Speeds = speeds
		}
		if planned%3 == 2 {
			mv.Legs[0].Arrive, mv.Legs[0].Window = mv.Legs[0].Window, outrider.Window{}
		}
		p, err := plan.Make(context.Background(), in)
		if outrider.KindOf(err) == outrider.NoRoute && refused < 10 {
			refused++ // a lorry cannot go everywhere; the error says why
			t.Logf("%v", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		planned++
		alternates += p.Legs[0].Alternates.Found
		if err := plan.Sound(p, mv); err != nil {
			t.Fatalf("from %v to %v: %v", *mv.Legs[0].From.Point, *mv.Legs[0].To.Point, err)
		}
		plans = append(plans, p)
		for _, r := range p.Legs[0].Routes {
			for k, e := range map[int]outrider.Endpoint{0: mv.Legs[0].From, len(r.Points) - 1: mv.Legs[0].To} {
				if d := geo.Distance(r.Points[k].Point(), *e.Point); d > 50 {
					t.Errorf("%s ends %.0f m from what was asked", r.Name, d)
				}
			}
			for _, s := range r.Steps {
				for _, way := range s.Ways {
					if !ways[way] {
						t.Errorf("step %q is on way %d, which is not on the map", s.Road, way)
					}
				}
			}
		}
	}
	t.Logf("%d plans, %d alternates, %d without a route", planned, alternates, refused)
	for name, read := range map[string]func(testing.TB, *outrider.Plan){
		"xmllint": readback.XMLLint, "gpsbabel": readback.GPSBabel, "ogr2ogr": readback.OGR, "ogrinfo": readback.OGRInfo,
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range plans {
				read(t, p)
			}
		})
	}
	if alternates < pairs/2 {
		t.Errorf("only %d alternates for %d plans", alternates, pairs)
	}
}

func BenchmarkPlanDelaware(b *testing.B) {
	m, x := delawareMap(b)
	risk := profile(b)
	mv := movement(at(39.7459, -75.5466), at(38.7746, -75.1393))
	for b.Loop() {
		if _, err := plan.Make(context.Background(), plan.Input{Map: m, Index: x, Movement: mv, Profile: risk, Now: earliest}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlanDelawareBackwards plans the same backwards, with the built-in
// speeds.
func BenchmarkPlanDelawareBackwards(b *testing.B) {
	m, x := delawareMap(b)
	risk := profile(b)
	speeds, err := pace.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	mv := movement(at(39.7459, -75.5466), at(38.7746, -75.1393))
	mv.Legs[0].Window = outrider.Window{}
	mv.Legs[0].Arrive = outrider.Window{Earliest: earliest, Latest: earliest.Add(time.Hour)}
	for b.Loop() {
		if _, err := plan.Make(context.Background(), plan.Input{Map: m, Index: x, Movement: mv, Profile: risk, Now: earliest, Speeds: speeds}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndexDelaware(b *testing.B) {
	m, _ := delawareMap(b)
	for b.Loop() {
		if _, err := plan.NewIndex(m); err != nil {
			b.Fatal(err)
		}
	}
}
