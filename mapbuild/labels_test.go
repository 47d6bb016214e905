package mapbuild

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// A labelled place was judged by hand from the raw map data, see docs/hazards.md.
type labelled struct {
	point geo.Point
	way   int64
	other int64
	label string
}

func readLabels(t *testing.T, name string) []labelled {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata.RepoRoot(t), "docs", "labels", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var list []labelled
	for _, r := range rows[1:] {
		l := labelled{
			point: geo.PointFromDegrees(number(r[column["lat"]]), number(r[column["lon"]])),
			way:   int64(number(r[column["way"]])), label: r[column["label"]],
		}
		if i, ok := column["other_way"]; ok {
			l.other = int64(number(r[i]))
		}
		list = append(list, l)
	}
	if len(list) != 50 {
		t.Fatalf("%s has %d labels, want 50", name, len(list))
	}
	return list
}

// hazardsNear returns the kinds of the wanted hazards of which some part lies
// within metres of a place, on a chain that a way is part of; their middle must
// be on that way if they are crossings.
func hazardsNear(m *network.Map, p geo.Point, way int64, metres float64, want func(network.Hazard) bool) map[network.HazardKind]bool {
	found := make(map[network.HazardKind]bool)
	for c := range m.Near(geo.BoxAround(p, metres+50)) {
		on := false
		for _, iv := range m.Intervals(c) {
			on = on || iv.Way == way
		}
		if !on {
			continue
		}
		for _, h := range m.HazardsOn(c) {
			middle := m.IntervalAt(c, (h.From+h.To)/2)
			if !want(h) || h.Kind != network.SharpCurve && middle.Way != way {
				continue
			}
			for at := h.From; at <= h.To; at += 500 {
				if geo.Distance(p, m.PointAt(c, at)) <= metres {
					found[h.Kind] = true
					break
				}
			}
		}
	}
	return found
}

// A tally counts right and wrong answers for one kind of hazard.
type tally struct{ right, wrong, missed int }

func (c *tally) note(predicted, labelled bool) {
	switch {
	case predicted && labelled:
		c.right++
	case predicted:
		c.wrong++
	case labelled:
		c.missed++
	}
}

func (c *tally) check(t *testing.T, kind string) {
	t.Helper()
	precision := float64(c.right) / float64(c.right+c.wrong)
	recall := float64(c.right) / float64(c.right+c.missed)
	t.Logf("%s: %d right, %d wrong, %d missed: precision %.3f, recall %.3f", kind, c.right, c.wrong, c.missed, precision, recall)
	if !(precision >= 0.95 && recall >= 0.95) {
		t.Errorf("%s: precision %.3f and recall %.3f must both reach 0.95", kind, precision, recall)
	}
}

func buildExtract(tb testing.TB, name string) *network.Map {
	tb.Helper()
	m, _, err := Build(tb.Context(), []string{testdata.Extract(tb, name)}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func tallyCurves(t *testing.T, all *tally, extract, labels string) {
	t.Helper()
	m := buildExtract(t, extract)
	for _, l := range readLabels(t, labels) {
		if l.label == "doubtful" {
			continue
		}
		near := hazardsNear(m, l.point, l.way, 15, func(h network.Hazard) bool { return h.Kind == network.SharpCurve })
		if near[network.SharpCurve] != (l.label == "yes") {
			t.Logf("%s: way %d at %v: labelled %s", labels, l.way, l.point, l.label)
		}
		all.note(near[network.SharpCurve], l.label == "yes")
	}
}

func TestCurvesAgreeWithLabels(t *testing.T) {
	var all tally
	tallyCurves(t, &all, "harrisburg.osm.pbf", "curves-harrisburg.csv")
	tallyCurves(t, &all, "liechtenstein-latest.osm.pbf", "curves-liechtenstein.csv")
	all.check(t, "sharp curves")
}

// TestCurvesAgreeWithLabelsOfOslo uses labels that had no part in choosing reach
// and turn; those of corners were chosen after them.
func TestCurvesAgreeWithLabelsOfOslo(t *testing.T) {
	var all tally
	tallyCurves(t, &all, "oslo-east.osm.pbf", "curves-oslo.csv")
	all.check(t, "sharp curves, Oslo")
}

func TestCrossingsAgreeWithLabels(t *testing.T) {
	tallies := map[network.HazardKind]*tally{network.Overpass: {}, network.Underpass: {}}
	for extract, labels := range map[string]string{
		"harrisburg.osm.pbf": "crossings-harrisburg.csv",
		"monaco.osm.pbf":     "crossings-monaco.csv",
	} {
		m := buildExtract(t, extract)
		for _, l := range readLabels(t, labels) {
			if l.label == "doubtful" {
				continue
			}
			near := hazardsNear(m, l.point, l.way, 25, func(h network.Hazard) bool {
				return h.OSM == l.other && (h.Kind == network.Overpass || h.Kind == network.Underpass)
			})
			for kind, c := range tallies {
				if near[kind] != (l.label == kind.String()) {
					t.Logf("%s: way %d and way %d at %v: labelled %s", labels, l.way, l.other, l.point, l.label)
				}
				c.note(near[kind], l.label == kind.String())
			}
		}
	}
	for kind, c := range tallies {
		c.check(t, kind.String())
	}
}
