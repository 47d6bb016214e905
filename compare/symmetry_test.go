package compare_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/compare"
)

// drawPlan makes a plan on a small grid of streets, so that two of them have much
// in common by chance.
func drawPlan(t *rapid.T, label string) *outrider.Plan {
	word := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label+" "+what) }
	number := func(what string, most int) int { return rapid.IntRange(0, most).Draw(t, label+" "+what) }
	start := time.Date(2026, 11, 27, 8, number("start", 3), 0, 0, time.UTC)
	p := &outrider.Plan{Movement: "m", Cover: word("cover", "HERON", "EGRET")}
	p.Inputs = outrider.Inputs{MapHash: word("map", "a1", "a2"), ProfileHash: word("profile", "p1", "p2"), FindingIDs: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"f1", "f2", "f3"}), rapid.ID).Draw(t, label+" findings")}
	p.Warnings = rapid.SliceOfN(rapid.SampledFrom([]string{"a ferry", "a private road"}), 0, 3).Draw(t, label+" warnings")
	for _, sign := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"A 1", "A 2", "A 3"}), rapid.ID).Draw(t, label+" vehicles") {
		p.Convoy.Vehicles = append(p.Convoy.Vehicles, outrider.ColumnVehicle{CallSign: sign, Seats: number("seats", 1)})
	}
	for i := range 1 + number("legs", 2) {
		leg := outrider.LegPlan{Name: word("leg", "", "out", "back"), Earliest: start.Add(time.Duration(i) * time.Hour), Latest: start.Add(time.Duration(i+1) * time.Hour)}
		for j := range 1 + number("alternates", 2) {
			leg.Routes = append(leg.Routes, drawRoute(t, label, j, leg.Earliest))
		}
		for range number("decisions", 2) {
			from, to := number("from", len(leg.Routes)-1), number("to", len(leg.Routes)-1)
			leg.Decisions = append(leg.Decisions, outrider.DecisionPoint{
				From: leg.Routes[from].Name, To: leg.Routes[to].Name, Lat: 39 + 0.01*float64(number("lat", 2)), Cost: float64(60 * number("cost", 2)), Latest: start,
			})
		}
		if number("stay", 1) == 1 {
			leg.Stay = &outrider.StayPlan{From: start, Until: start.Add(time.Hour), Slack: float64(number("slack", 3))}
		}
		p.Legs = append(p.Legs, leg)
	}
	return p
}

func drawRoute(t *rapid.T, label string, j int, start time.Time) outrider.RoutePlan {
	number := func(what string, most int) int { return rapid.IntRange(0, most).Draw(t, label+" "+what) }
	name := "primary"
	if j > 0 {
		name = fmt.Sprintf("alternate %d", j)
	}
	r := outrider.RoutePlan{Name: name, Lambda: 0.1 + float64(number("lambda", 3)), MaxPBand: 1 + number("band", 4)}
	// Northwards, block by block, now and then one street over.
	x := number("x", 1)
	for y := range 6 {
		if y > 0 && number("turn", 3) == 0 {
			x = 1 - x
		}
		r.Points = append(r.Points, outrider.LatLon{Lat: 39 + 0.002*float64(y), Lon: -75.5 + 0.002*float64(x)})
		r.Odometer = append(r.Odometer, 222*float64(y))
	}
	r.Length = 222 * 5
	r.Duration = float64(60 * (1 + number("minutes", 3)))
	r.March = []outrider.MarchRow{{Point: "End", Kind: "release", Odometer: r.Length, Head: start.Add(time.Duration(r.Duration) * time.Second)}}
	for range number("hazards", 6) {
		h := outrider.HazardPass{Kind: rapid.SampledFrom([]string{"bridge", "tunnel"}).Draw(t, label+" kind"), Band: 1 + number("hazard band", 2)}
		h.From = float64(number("at", 1000))
		h.Lat, h.Lon = 39+0.0001*float64(number("hazard lat", 8)), -75.5
		h.OSM = rapid.SampledFrom([]string{"", "way/1", "way/2"}).Draw(t, label+" osm")
		h.Finding = rapid.SampledFrom([]string{"", "", "f1"}).Draw(t, label+" finding")
		r.Hazards = append(r.Hazards, h)
	}
	return r
}

// turned exchanges the sides of a report.
func turned(r compare.Report) compare.Report {
	r.A, r.B = r.B, r.A
	values := func(list []compare.Value) []compare.Value {
		list = slices.Clone(list)
		for i := range list {
			v := &list[i]
			if v.Unit == "ratio" {
				by := 1 / *v.By
				*v = compare.Value{What: v.What, A: "× 1.00", B: fmt.Sprintf("× %.2f", by), By: &by, Unit: v.Unit}
				continue
			}
			v.A, v.B = v.B, v.A
			if v.By != nil {
				by := -*v.By
				v.By = &by
			}
		}
		return list
	}
	change := map[compare.Change]compare.Change{compare.Appeared: compare.Gone, compare.Gone: compare.Appeared, compare.Changed: compare.Changed, "": ""}
	items := func(list []compare.Item) []compare.Item {
		list = slices.Clone(list)
		for i := range list {
			x := &list[i]
			if x.Change == compare.Changed && x.Was != nil {
				x.At, x.Was = x.Was, x.At
			}
			x.Change, x.Values = change[x.Change], values(x.Values)
		}
		return list
	}
	r.Inputs, r.Column = values(r.Inputs), values(r.Column)
	r.Findings, r.Vehicles, r.Venues, r.Areas, r.Warnings = items(r.Findings), items(r.Vehicles), items(r.Venues), items(r.Areas), items(r.Warnings)
	r.Legs = slices.Clone(r.Legs)
	for i := range r.Legs {
		l := &r.Legs[i]
		l.A, l.B, l.Change = l.B, l.A, change[l.Change]
		l.Values, l.Points, l.Decide, l.Needs = values(l.Values), items(l.Points), items(l.Decide), items(l.Needs)
		l.Rail, l.Passes, l.Meets, l.Trains = values(l.Rail), items(l.Passes), items(l.Meets), items(l.Trains)
		l.Routes = slices.Clone(l.Routes)
		for j := range l.Routes {
			q := &l.Routes[j]
			q.A, q.B, q.Change, q.OnlyA, q.OnlyB = q.B, q.A, change[q.Change], q.OnlyB, q.OnlyA
			q.Values, q.Stops, q.Passes, q.Exits = values(q.Values), items(q.Stops), items(q.Passes), items(q.Exits)
		}
	}
	return r
}

// plain writes a report as JSON with its lists in an order that does not depend on
// the sides, names of decision points and of what both have by neither side, and
// ratios rounded.
func plain(t tester, r compare.Report) string {
	t.Helper()
	src, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var root any
	if err := json.Unmarshal(src, &root); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(sorted(root), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

type tester interface {
	Helper()
	Fatal(args ...any)
}

func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v["change"] == string(compare.Changed) {
			delete(v, "name") // that of plan B
		}
		for k := range v {
			v[k] = sorted(v[k])
		}
	case []any:
		for i := range v {
			v[i] = sorted(v[i])
		}
		slices.SortStableFunc(v, func(a, b any) int {
			x, errX := json.Marshal(a)
			y, errY := json.Marshal(b)
			if errX != nil || errY != nil {
				return 0
			}
			return bytes.Compare(x, y)
		})
	case float64:
		if v == 0 {
			return 0.0 // and not -0
		}
		return math.Round(v*1e6) / 1e6
	}
	return v
}

// TestSymmetry: exchanging the plans exchanges the sides of the report, a plan
// does not differ from itself, and of two that differ something is said.
func TestSymmetry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPlan(t, "a"), drawPlan(t, "b")
		if r := compare.Plans(a, a); !r.Same {
			t.Fatalf("a plan differs from itself:\n%s", plain(t, r))
		}
		ab, ba := compare.Plans(a, b), compare.Plans(b, a)
		if x, y := plain(t, ab), plain(t, turned(ba)); x != y {
			t.Fatalf("A, B:\n%s\nB, A turned:\n%s", x, y)
		}
		for _, r := range []compare.Report{ab, ba} {
			var out bytes.Buffer
			if err := r.WriteText(&out, compare.Style{Width: 60}); err != nil {
				t.Fatal(err)
			}
			if said := strings.Contains(out.String(), "No difference."); said != r.Same {
				t.Fatalf("same %v:\n%s", r.Same, out.String())
			}
			for line := range strings.Lines(out.String()) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 60 {
					t.Fatalf("a line of %d columns: %s", n, line)
				}
			}
		}
		// Everything is either matched or told: vehicles, hazards.
		gone := 0
		for _, x := range ab.Vehicles {
			if x.Change == compare.Gone {
				gone++
			}
		}
		lost := 0
		for _, v := range a.Convoy.Vehicles {
			if !slices.ContainsFunc(b.Convoy.Vehicles, func(w outrider.ColumnVehicle) bool { return w.CallSign == v.CallSign }) {
				lost++
			}
		}
		if gone != lost {
			t.Fatalf("%d vehicles are told gone, %d are", gone, lost)
		}
	})
}

// TestRoutesByOtherNames: a route that changed its name is still that route, and
// what is new is new.
func TestRoutesByOtherNames(t *testing.T) {
	route := func(name string, east float64, lats ...float64) outrider.RoutePlan {
		r := outrider.RoutePlan{Name: name}
		for i, lat := range lats {
			r.Points = append(r.Points, outrider.LatLon{Lat: lat, Lon: -75.5 + east})
			r.Odometer = append(r.Odometer, 1110*float64(i))
			r.Steps = append(r.Steps, outrider.Step{Road: fmt.Sprintf("%s road %d", name, i), From: 1110 * float64(i)})
		}
		return r
	}
	a := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "out", Routes: []outrider.RoutePlan{
		route("primary", 0, 39.00, 39.01, 39.02), route("alternate 1", 0.05, 39.00, 39.01, 39.02),
	}}}}
	b := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "out", Routes: []outrider.RoutePlan{
		route("primary", 0.05, 39.00, 39.01, 39.02), route("alternate 1", 0.1, 39.00, 39.01, 39.02), route("alternate 2", 0, 39.00, 39.01, 39.02),
	}}}}
	r := compare.Plans(a, b)
	if len(r.Legs) != 1 {
		t.Fatalf("%d legs differ", len(r.Legs))
	}
	var got []string
	for _, q := range r.Legs[0].Routes {
		got = append(got, fmt.Sprintf("%s>%s %s %v", q.A, q.B, q.Change, q.SameBy))
	}
	want := []string{"primary>alternate 2  true", "alternate 1>primary  true", ">alternate 1 appeared false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// The same line in the other direction is another way, and so is a part of it.
	for _, c := range []struct {
		lats         []float64
		onlyA, onlyB float64
	}{
		{[]float64{39.02, 39.01, 39.00}, 2220, 2220},
		{[]float64{39.00, 39.01}, 1110, 0},
		{[]float64{39.00, 39.005, 39.01, 39.015, 39.02}, 0, 0}, // more points, the same line
	} {
		b := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "out", Routes: []outrider.RoutePlan{route("primary", 0, c.lats...)}}}}
		for i := range b.Legs[0].Routes[0].Odometer {
			b.Legs[0].Routes[0].Odometer[i] = 2220 / float64(max(len(c.lats)-1, 2)) * float64(i)
		}
		a := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "out", Routes: a.Legs[0].Routes[:1]}}}
		r := compare.Plans(a, b)
		sumA, sumB := 0.0, 0.0
		for _, leg := range r.Legs {
			for _, q := range leg.Routes {
				for _, p := range q.OnlyA {
					sumA += p.To - p.From
				}
				for _, p := range q.OnlyB {
					sumB += p.To - p.From
				}
			}
		}
		if math.Abs(sumA-c.onlyA) > 30 || math.Abs(sumB-c.onlyB) > 30 {
			t.Errorf("%v: %.0f m of A and %.0f m of B are other ways, want %.0f and %.0f", c.lats, sumA, sumB, c.onlyA, c.onlyB)
		}
	}
}
