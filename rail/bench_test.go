package rail_test

import (
	"context"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/rail"
)

func newark(b *testing.B) rail.Input {
	b.Helper()
	m, _, err := mapbuild.Build(context.Background(), []string{testdata.Delaware(b)}, mapbuild.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return rail.Input{
		Map: m, Name: "leg 1", Depart: depart,
		From: []rail.Place{{Label: "Newark", Point: geo.PointFromDegrees(39.6703425, -75.7527421)}},
		To:   []rail.Place{{Label: "Harrington", Point: geo.PointFromDegrees(38.9237, -75.5777)}},
		Leg:  outrider.Leg{Mode: outrider.ByRail, Train: &outrider.Train{Length: 200, MaxKMH: 120}},
	}
}

// BenchmarkMake plans 91 km of line with 70 level crossings.
func BenchmarkMake(b *testing.B) {
	in := newark(b)
	for b.Loop() {
		if _, err := rail.Make(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPath finds the path alone.
func BenchmarkPath(b *testing.B) {
	in := newark(b)
	for b.Loop() {
		if _, err := rail.Cost(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
