package rail_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/rail"
)

// TestPassesAgreeWithLabels plans the leg that docs/rail.md checks by hand and
// holds every line of that check against the plan: what was judged right must still
// be told, and nothing else.
func TestPassesAgreeWithLabels(t *testing.T) {
	f, err := os.Open(filepath.Join(testdata.RepoRoot(t), "docs", "labels", "rail-newark-middletown.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := mapbuild.Build(t.Context(), []string{testdata.Delaware(t)}, mapbuild.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := mustMake(t, rail.Input{
		Map: m, Name: "leg 1", Depart: depart,
		From: []rail.Place{{Label: "Newark", Point: geo.PointFromDegrees(39.6703425, -75.7527421)}},
		To:   []rail.Place{{Label: "Middletown", Point: geo.PointFromDegrees(39.4482, -75.7209)}},
		Leg:  outrider.Leg{Mode: outrider.ByRail, Train: &outrider.Train{Length: 200, MaxKMH: 120}},
	})
	rows = rows[1:]
	if len(rows) != len(r.Rail.Passes) {
		t.Fatalf("%d labels, the plan tells of %d passes", len(rows), len(r.Rail.Passes))
	}
	for i, row := range rows {
		p := r.Rail.Passes[i]
		metres, err := strconv.ParseFloat(row[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		if row[4] != "right" || p.Kind != row[1] || p.OSM != row[2] || p.Name != row[3] || math.Abs(p.From-metres) > 5 {
			t.Errorf("the plan tells of %s %s %q at %.0f m, the label is %q", p.Kind, p.OSM, p.Name, p.From, row)
		}
	}
}
