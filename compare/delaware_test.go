package compare_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/compare"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/plan"
)

// TestDelawareClosure plans from Wilmington to Dover before and after a closure
// was found on the primary, and checks what the comparison says by other means:
// the OSM ways of the steps, and the pieces of the geometry.
func TestDelawareClosure(t *testing.T) {
	m, _, err := mapbuild.Build(context.Background(), []string{testdata.Delaware(t)}, mapbuild.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(lat, lon float64) outrider.Endpoint {
		p := geo.PointFromDegrees(lat, lon)
		return outrider.Endpoint{Point: &p}
	}
	leaves := now.Add(24 * time.Hour)
	movement := &outrider.Movement{
		Name: "test", Cover: "HERON", Zone: time.UTC,
		Convoy: outrider.Convoy{
			Vehicles: []outrider.Vehicle{{CallSign: "A1", Role: outrider.Lead, Class: outrider.ClassCar, Length: 4.8, Width: 1.9, Height: 1.8, Mass: 2.4}},
			Gap:      outrider.Gap{Metres: 50}, MarchKMH: 80, CatchUpKMH: 95,
		},
		Legs: []outrider.Leg{{
			Name: "South", From: at(39.7366, -75.5512), To: at(39.1582, -75.5244),
			Window: outrider.Window{Earliest: leaves, Latest: leaves.Add(time.Hour)},
		}},
		Constraints: outrider.Constraints{MaxDetour: 1.3, Alternates: 1},
	}
	planned := func(findings []hazard.Placed) *outrider.Plan {
		p, err := plan.Make(context.Background(), plan.Input{Map: m, Movement: movement, Profile: profile, Findings: findings, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	before := planned(nil)
	if r := compare.Plans(before, planned(nil)); !r.Same {
		t.Errorf("the same plan made twice differs: %s", plain(t, r))
	}
	primary := &before.Legs[0].Routes[0]
	k := slices.IndexFunc(primary.Odometer, func(at float64) bool { return at > primary.Length/2 })
	closure := hazard.Finding{
		Kind: hazard.Closed, Rating: 4, Lat: primary.Points[k].Lat, Lon: primary.Points[k].Lon, Surveyor: "R2",
		Date: hazard.DayOf(now), Expiry: hazard.DayOf(now) + 30,
	}
	closure.SetID()
	placed, refused := hazard.Snap(m, []hazard.Finding{closure}, now)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	after := planned(placed)

	r := compare.Plans(before, after)
	if r.Same || len(r.Legs) != 1 {
		t.Fatalf("same %v, %d legs differ", r.Same, len(r.Legs))
	}
	if len(r.Findings) != 1 || r.Findings[0].Change != compare.Appeared || r.Findings[0].Name != placed[0].Finding.ID {
		t.Errorf("findings: %+v", r.Findings)
	}
	for _, q := range r.Legs[0].Routes {
		a, b := routeNamed(before, q.A), routeNamed(after, q.B)
		if q.Change != "" {
			continue
		}
		checkParts(t, "A", q.OnlyA, a, b)
		checkParts(t, "B", q.OnlyB, b, a)
		checkHazards(t, &q, a, b)
		if q.A == "primary" && !slices.ContainsFunc(q.OnlyA, func(p compare.Part) bool { return p.From <= primary.Odometer[k] && primary.Odometer[k] <= p.To }) {
			t.Errorf("the primary goes around the closure at km %.1f, and is told to differ only on %+v", primary.Odometer[k]/1000, q.OnlyA)
		}
	}
	got := ""
	for _, v := range r.Legs[0].Values {
		if v.What == "arrival of the head" {
			got = v.B
			end := func(p *outrider.Plan) time.Time {
				rows := p.Legs[0].Routes[0].March
				return rows[len(rows)-1].Head
			}
			if want := end(after).Sub(end(before)).Seconds(); math.Abs(*v.By-want) > 1 {
				t.Errorf("arrival differs by %v s, told are %v", want, *v.By)
			}
		}
	}
	if !strings.HasPrefix(got, "2026-11-24 ") {
		t.Errorf("arrival of the head: %q", got)
	}
}

func routeNamed(p *outrider.Plan, name string) *outrider.RoutePlan {
	routes := p.Legs[0].Routes
	return &routes[slices.IndexFunc(routes, func(r outrider.RoutePlan) bool { return r.Name == name })]
}

// checkParts compares what is told of r apart from other with the pieces of its
// geometry that are not among other's.
func checkParts(t *testing.T, side string, parts []compare.Part, r, other *outrider.RoutePlan) {
	t.Helper()
	pieces := map[[2]outrider.LatLon]bool{}
	for i := 1; i < len(other.Points); i++ {
		pieces[[2]outrider.LatLon{other.Points[i-1], other.Points[i]}] = true
	}
	want := 0.0
	for i := 1; i < len(r.Points); i++ {
		if !pieces[[2]outrider.LatLon{r.Points[i-1], r.Points[i]}] {
			want += r.Odometer[i] - r.Odometer[i-1]
		}
	}
	got := 0.0
	for _, p := range parts {
		got += p.To - p.From
		if p.FromRoad == "" || p.ToRoad == "" {
			t.Errorf("%s: no road at the ends of %+v", side, p)
		}
	}
	if tolerance := 60*float64(len(parts)+1) + 0.02*want; math.Abs(got-want) > tolerance {
		t.Errorf("%s %s: %.0f m by another way are told, the pieces come to %.0f m (± %.0f)", side, r.Name, got, want, tolerance)
	}
}

// checkHazards counts the hazards of both routes: what is not told to be gone or
// to have appeared is on both.
func checkHazards(t *testing.T, q *compare.Route, a, b *outrider.RoutePlan) {
	t.Helper()
	count := map[compare.Change]int{}
	for _, x := range q.Passes {
		count[x.Change]++
	}
	if len(a.Hazards)-count[compare.Gone] != len(b.Hazards)-count[compare.Appeared] {
		t.Errorf("%s has %d hazards, %d of them gone; %s has %d, %d of them new", a.Name, len(a.Hazards), count[compare.Gone], b.Name, len(b.Hazards), count[compare.Appeared])
	}
	// By kind and OSM object alone: what A has more of must be told to be gone.
	type key struct{ kind, osm string }
	balance := map[key]int{}
	for i := range a.Hazards {
		balance[key{a.Hazards[i].Kind, a.Hazards[i].OSM}]++
	}
	for i := range b.Hazards {
		balance[key{b.Hazards[i].Kind, b.Hazards[i].OSM}]--
	}
	surplus := 0
	for _, n := range balance {
		surplus += max(n, 0)
	}
	if count[compare.Gone] > surplus {
		t.Errorf("%s: %d hazards are told gone, only %d are", a.Name, count[compare.Gone], surplus)
	}
}
