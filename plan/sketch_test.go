package plan_test

import (
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"testing"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/plan"
)

// TestASketchIsThePrimaryRoute compares sketches with plans, for a profile that
// gives chokepoints no weight: then a sketch leaves out nothing that the primary
// route depends on. Closures on the route push both aside.
func TestASketchIsThePrimaryRoute(t *testing.T) {
	m, x := delawareMap(t)
	src, err := os.ReadFile("../hazard/builtin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	weight := regexp.MustCompile(`(?m)^(  chokepoint: \{weight: )[0-9.]+(.*)rate_per_km: [0-9.]+`)
	if !weight.Match(src) {
		t.Fatal("the built-in profile has no weight of chokepoints to take away")
	}
	risk, err := hazard.ReadProfile("flat.yaml", weight.ReplaceAll(src, []byte("${1}0${2}rate_per_km: 0")))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 11))
	moved := 0
	for _, to := range []outrider.Endpoint{at(38.7746, -75.1393), at(39.1582, -75.5244), at(38.6424, -75.6111), at(39.4496, -75.7163)} {
		mv := movement(at(39.7459, -75.5466), to)
		mv.Constraints.Alternates = 0
		in := plan.Input{Map: m, Index: x, Movement: mv, Profile: risk, Now: earliest}
		var last []outrider.LatLon
		for range 3 {
			full, err := plan.Make(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			sketch := in
			sketch.Sketch = true
			quick, err := plan.Make(context.Background(), sketch)
			if err != nil {
				t.Fatal(err)
			}
			a, b := full.Legs[0].Routes[0], quick.Legs[0].Routes[0]
			if !slices.Equal(a.Points, b.Points) || a.Duration != b.Duration || a.Lambda != b.Lambda || !slices.Equal(a.Exposure, b.Exposure) {
				t.Fatalf("the sketch is %.0f m, %.0f s, Λ %g, the plan %.0f m, %.0f s, Λ %g", b.Length, b.Duration, b.Lambda, a.Length, a.Duration, a.Lambda)
			}
			if len(quick.Legs[0].Routes) != 1 {
				t.Fatalf("a sketch of %d routes", len(quick.Legs[0].Routes))
			}
			if last != nil && !slices.Equal(last, b.Points) {
				moved++
			}
			last = b.Points
			// Shut a stretch of it, somewhere in the middle.
			middle := last[len(last)/4+random.IntN(len(last)/2)].Point()
			loc, err := m.Snap(middle, nil, 50)
			if err != nil {
				t.Fatal(err)
			}
			in.Findings = append(in.Findings, hazard.Placed{
				Finding:  hazard.Finding{ID: "f", Kind: hazard.Closed, Rating: 4, Surveyor: "S 1", Date: hazard.DayOf(earliest), Expiry: hazard.DayOf(earliest) + 30},
				Location: loc,
			})
		}
	}
	if moved == 0 {
		t.Error("no closure moved a route")
	}
}

func BenchmarkSketchDelaware(b *testing.B) {
	m, x := delawareMap(b)
	risk := profile(b)
	mv := movement(at(39.7459, -75.5466), at(38.7746, -75.1393))
	for b.Loop() {
		if _, err := plan.Make(context.Background(), plan.Input{Map: m, Index: x, Movement: mv, Profile: risk, Now: earliest, Sketch: true}); err != nil {
			b.Fatal(err)
		}
	}
}
