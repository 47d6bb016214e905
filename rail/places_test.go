package rail_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/rail"
)

// TestPathsOverPlaces plans runs over a third place of a real extract, to pass or to
// stop at. Every step and change of ends must be possible, as on runs without. Such
// a run costs at least what its two parts cost apart, and at least what the run
// without the place costs.
func TestPathsOverPlaces(t *testing.T) {
	path := testdata.Extract(t, "harrisburg.osm.pbf")
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := readRaw(t, path)
	rng := rand.New(rand.NewPCG(11, 3))
	place := func() rail.Place {
		for {
			d := 2 * rng.IntN(len(n.segments)/2)
			if n.usable(&rawTrain{kind: "rail"}, d) && n.segments[d].metres > 1 {
				a, b := n.nodes[n.segments[d].from], n.nodes[n.segments[d].to]
				return rail.Place{Label: "place", Point: geo.PointFromDegrees((a.lat+b.lat)/2, (a.lon+b.lon)/2)}
			}
		}
	}
	found, turned, atPlace := 0, 0, 0
	for k := range 400 {
		length := []float64{30, 150, 400}[rng.IntN(3)]
		in := rail.Input{
			Map: m, Name: "leg 1", Depart: depart, SnapMetres: 50, From: []rail.Place{place()}, To: []rail.Place{place()},
			Leg: outrider.Leg{Mode: outrider.ByRail, Train: &outrider.Train{Length: length, MaxKMH: 100, Reverse: 2 * time.Minute}},
		}
		middle := place()
		over, first, second := in, in, in
		first.To, second.From = []rail.Place{middle}, []rail.Place{middle}
		if k%2 == 0 {
			over.Via = []rail.Place{middle}
		} else {
			over.Halts, over.Leg.Halts = []rail.Place{middle}, []outrider.Halt{{}}
		}
		r, err := rail.Make(context.Background(), over)
		if err != nil {
			if outrider.KindOf(err) != outrider.NoRoute {
				t.Errorf("run %d: %v", k, err)
			}
			continue
		}
		what := fmt.Sprintf("run %d, %g m", k, length)
		found++
		checkRoute(t, r)
		if _, _, ok := n.checkMoves(t, what, &rawTrain{kind: "rail", length: length, kmh: 100, reverse: 120}, r); !ok {
			continue
		}
		for _, p := range r.Rail.Passes {
			if p.Kind == outrider.RailReversal {
				turned++
				if p.Name != "" {
					atPlace++
				}
			}
		}
		whole := costing(t, over)
		least := math.Max(costing(t, first).Cost+costing(t, second).Cost-whole.Places, costing(t, in).Cost)
		if whole.Cost < least-0.01 {
			t.Errorf("%s: costs %.2f s, less than its parts: %.2f s", what, whole.Cost, least)
		}
	}
	t.Logf("%d runs, %d changes of ends, %d of them at the place", found, turned, atPlace)
	if found < 40 || atPlace < 10 || turned == atPlace {
		t.Errorf("%d runs with %d changes of ends, %d at the place: the test shows little", found, turned, atPlace)
	}
}

func costing(tb testing.TB, in rail.Input) rail.Costing {
	tb.Helper()
	c, err := rail.Path(context.Background(), in)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
