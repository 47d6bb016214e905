package hazard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

func TestExplanationsAsText(t *testing.T) {
	n := line()
	n.hazard(network.LevelCrossing, 1, 200_000, 200_000, int32(network.HalfBarrier), network.BothWays)
	n.hazard(network.LowClearance, 1, 190_000, 210_000, 410, network.BothWays)
	m := n.network()
	f := hazard.Finding{Kind: hazard.Overlook, Rating: 2, Note: "quarry", Surveyor: "R2", Date: 20000, Expiry: 20010}
	old := hazard.Finding{Kind: hazard.Flood, Rating: 2, Surveyor: "R4", Date: 19900, Expiry: 19950}
	gone := hazard.Finding{Kind: hazard.Kind(network.LevelCrossing), Surveyor: "R2", Date: 20000, Expiry: 20010}
	e := exposure(t, m, []hazard.Placed{
		placed(m, f, 1, 200_000, false), placed(m, old, 1, 205_000, true), placed(m, gone, 1, 200_000, false),
	}, hazard.Options{Vehicle: network.Vehicle{HeightCM: 400}, Window: hazard.Window{From: 12 * 60, To: 13 * 60}})
	x, err := e.Explain(network.ChainID(1).Arc(false), 200_000, hazard.Day(20005).Time())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := x.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"Test Road at 39.0000",
		"band 4 of 5 (p 0.1827, worst hours 07:00–17:00)", // 1 - (1-0.075)(1-0.06)(1-0.06)
		"  counts     overlook         w 0.15 x 0.50  w·x 0.075     0 m  group sight\n",
		"overlook rated 2 by R2 on 2024-10-04; 5 days old; f",
		`"quarry"`,
		"  counts     unsurveyed       w 0.06 x 1.00  w·x 0.060     5 m\n",
		"flood rated 2 by R4 on 2024-06-26, expired 2024-08-15; 105 days old",
		"  counts     low_clearance    w 0.06 x 1.00  w·x 0.060     0 m  group halt\n",
		"way/2; low_clearance=yes; height limit 4.1 m",
		"  displaced  level_crossing   w 0.10 x 0.60  w·x 0.060     0 m  group halt\n",
		"way/1; level_crossing=yes; half barriers; by finding f",
		"  weightless level_crossing   w 0.10 x 0.00",
		"profile built-in, ", "(uncalibrated: ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	text, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var again hazard.Explanation
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if p, rate := again.Recompute(); !near(p, x.P) || !near(rate, x.Rate) {
		t.Errorf("from JSON: p %v, λ %v, want %v, %v", p, rate, x.P, x.Rate)
	}

	// Over the whole day, hours count as far as a hazard knows them.
	n = line()
	n.hazard(network.TrafficSignals, 1, 200_000, 200_000, 0, network.BothWays)
	n.hazard(network.Bridge, 2, 200_000, 200_000, 0, network.BothWays)
	whole := exposure(t, n.network(), nil, hazard.Options{})
	for c, want := range map[network.ChainID]string{0: "all day", 1: "05:00–22:00", 2: "all day"} {
		if x, err := whole.Explain(c.Arc(false), 200_000, hazard.Day(20005).Time()); err != nil || x.WorstHours != want || x.RateHours != want {
			t.Errorf("chain %d: %v, worst hours %s and %s, want %s", c, err, x.WorstHours, x.RateHours, want)
		}
	}

	nothing, err := e.Explain(network.ChainID(0).Arc(true), 10_000, hazard.Day(20005).Time())
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := nothing.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if nothing.Band != 1 || !strings.Contains(b.String(), "nothing bears on this place") {
		t.Errorf("got %s", b.String())
	}
}

func TestDetailsInWords(t *testing.T) {
	tests := []struct {
		kind  network.HazardKind
		value int32
		want  string
	}{
		{network.Bridge, 0, ""},
		{network.Underpass, 2, "levels below: 2"},
		{network.Overpass, 1, "levels above: 1"},
		{network.LevelCrossing, int32(network.FullBarrier), "full barriers"},
		{network.NarrowWay, 0, "width unknown"},
		{network.NarrowWay, 275, "width 2.75 m"},
		{network.LowClearance, 380, "height limit 3.8 m"},
		{network.WeightLimit, 7500, "weight limit 7.5 t"},
		{network.SteepGrade, -85, "grade -8.5 %"},
		{network.SharpCurve, 1234, "radius 12 m"},
		{network.BarrierGate, 1, "stops some vehicles"},
		{network.BarrierGate, 0, "lets pass"},
		{network.CutEdge, 12, "the smaller side has 12 km of road"},
	}
	for _, tt := range tests {
		if got := hazard.Detail(network.Hazard{Kind: tt.kind, Value: tt.value}); got != tt.want {
			t.Errorf("%v %d: %q, want %q", tt.kind, tt.value, got, tt.want)
		}
	}
}
