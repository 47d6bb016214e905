package exchange_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zones

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/testdata"
)

func example(tb testing.TB) []byte { return exampleFile(tb, "delaware.yaml") }

func exampleFile(tb testing.TB, name string) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(tb), "examples", name))
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func TestReadMovementExample(t *testing.T) {
	m, err := exchange.ReadMovement("delaware.yaml", example(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Cover != "KESTREL" || m.Zone.String() != "America/New_York" || len(m.Convoy.Vehicles) != 5 || len(m.Secured) != 2 {
		t.Errorf("read %+v", m)
	}
	leg := m.Legs[0]
	if got := leg.Window.Earliest.Format(time.RFC3339); got != "2026-11-24T06:30:00-05:00" {
		t.Errorf("earliest start %s", got)
	}
	if leg.From.Label != "Wilmington station" || leg.From.Point == nil || leg.From.Position.Line == 0 {
		t.Errorf("from %+v", leg.From)
	}
	if len(leg.Halts) != 1 || leg.Halts[0].Duration != 20*time.Minute || leg.Halts[0].Reason != "rest" {
		t.Errorf("halts %+v", leg.Halts)
	}
	c := m.Constraints
	if c.MaxDetour != 1.6 || c.Alternates != 1 || c.SnapDistance != 500 || len(c.Avoid) != 1 || c.Avoid[0].Weight != 3 {
		t.Errorf("constraints %+v", c)
	}
}

// minimal is the least that makes a movement.
const minimal = `movement: M
cover_name: OWL
time_zone: Europe/Berlin
convoy: {march_kmh: 60, catch_up_kmh: 70, gap_m: 50, vehicles: [{call_sign: A 1, role: lead, length_m: 5}]}
legs:
  - from: "52.5,13.4"
    to: Potsdam
    window: {earliest: 2026-11-24T06:30, latest: 2026-11-24T07:30}
`

func TestReadMovementDefaults(t *testing.T) {
	m, err := exchange.ReadMovement("m.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Constraints; c.MaxDetour != 1.3 || c.Alternates != 2 || c.SnapDistance != 500 {
		t.Errorf("constraints %+v", c)
	}
	if m.Convoy.Vehicles[0].Class != outrider.ClassCar || m.Legs[0].Name != "Leg 1" {
		t.Errorf("class %q, leg %q", m.Convoy.Vehicles[0].Class, m.Legs[0].Name)
	}
	if to := m.Legs[0].To; to.Text != "Potsdam" || to.Label != "Potsdam" || to.Point != nil {
		t.Errorf("to %+v", to)
	}
	second := minimal + "  - {to: \"52.4,13.1\", window: {earliest: 2026-11-24T09:00, latest: 2026-11-24T09:30+01:00}}\n"
	m, err = exchange.ReadMovement("m.yaml", []byte(second))
	if err != nil {
		t.Fatal(err)
	}
	if m.Legs[1].From.Text != "Potsdam" {
		t.Errorf("the second leg starts at %+v", m.Legs[1].From)
	}
}

func TestReadMovementZeroAlternates(t *testing.T) {
	m, err := exchange.ReadMovement("m.yaml", []byte(minimal+"constraints: {alternates: 0}\n"))
	if err != nil || m.Constraints.Alternates != 0 {
		t.Errorf("%+v, %v", m, err)
	}
}

// Each case changes the minimal file in one place and names what the message
// must say and where.
func TestReadMovementRefuses(t *testing.T) {
	const window = "earliest: 2026-11-24T06:30, latest: 2026-11-24T07:30"
	cases := []struct{ name, old, new, want string }{
		{"no leg", minimal[strings.Index(minimal, "legs:"):], "legs: []\n", `m\.yaml:5:\d+: .*legs`},
		{"person", "cover_name: OWL", "cover_name: OWL\nprincipal_name: Somebody", `m\.yaml:3:1: .*principal_name`},
		{"cover name", "OWL", "Jane Doe", `m\.yaml:2:13: .*cover_name`},
		{"zone", "Europe/Berlin", "Europe/Berln", `m\.yaml:3:12: unknown time zone "Europe/Berln"; .*IANA`},
		{"local zone", "Europe/Berlin", "Local", `m\.yaml:3:12: unknown time zone`},
		{"catch-up", "catch_up_kmh: 70", "catch_up_kmh: 50", `m\.yaml:4:\d+: catch-up speed 50 km/h is below`},
		{"no march speed", "march_kmh: 60, ", "", `m\.yaml:4:9: the key "march_kmh" is missing; add march_kmh: … \(or march_mph`},
		{"march speed twice", "march_kmh: 60", "march_kmh: 60, march_mph: 40", `m\.yaml:4:\d+: the speed is given twice`},
		{"catch-up in miles", "catch_up_kmh: 70", "catch_up_mph: 30", `m\.yaml:4:\d+: catch-up speed 48.28 km/h is below the march speed 60 km/h`},
		{"speed", "march_kmh: 60", "march_kmh: 0", `m\.yaml:4:\d+: .*march_kmh`},
		{"both gaps", "gap_m: 50", "gap_m: 50, gap_s: 3", `m\.yaml:4:\d+: the gap is given twice`},
		{"no gap", "gap_m: 50, ", "", `m\.yaml:4:\d+: the gap between vehicles is missing`},
		{"call sign twice", "length_m: 5}", "length_m: 5}, {call_sign: A 1, role: cargo, length_m: 5}", `m\.yaml:4:\d+: call sign "A 1" is that of vehicle 1`},
		{"role", "role: lead", "role: boss", `m\.yaml:4:\d+: .*role`},
		{"latitude", `"52.5,13.4"`, `"92.5,13.4"`, `m\.yaml:6:11: latitude 92\.5 is outside -90 to 90`},
		{"longitude", `"52.5,13.4"`, `"52.5,213.4"`, `m\.yaml:6:11: longitude 213\.4 is outside`},
		{"no comma", `"52.5,13.4"`, `"52.5 13.4"`, `m\.yaml:6:11: .*no comma`},
		{"no number", `"52.5,13.4"`, `"52..5,13.4"`, `m\.yaml:6:11: .*not a number of degrees`},
		{"no start", "from: \"52.5,13.4\"\n    to", "to", `m\.yaml:6:\d+: the first leg does not say where it starts; add from`},
		{"same place", "to: Potsdam", `to: "52.5,13.4"`, `m\.yaml:7:9: the leg ends where it starts`},
		{"window", window, "earliest: 2026-11-24T06:30, latest: 2026-11-24T05:30", `m\.yaml:8:\d+: the window closes before it opens: latest is 1h0m0s before`},
		{"no time", window, "earliest: tomorrow, latest: 2026-11-24T07:30", `m\.yaml:8:\d+: "tomorrow" is not a time; write`},
		{"clocks forward", window, "earliest: 2026-03-29T02:30, latest: 2026-03-29T04:30", `2026-03-29T02:30 does not exist in Europe/Berlin.*`},
		{"clocks back", window, "earliest: 2026-10-25T02:30, latest: 2026-10-25T04:30", `happens twice in Europe/Berlin.*2026-10-25T02:30\+02:00 or 2026-10-25T02:30\+01:00`},
		{"year", window, "earliest: 0026-11-24T06:30, latest: 2026-11-24T07:30", `the year 26 is none`},
		{"second leg early", "", "  - {to: Berlin, window: {earliest: 2026-11-23T09:00, latest: 2026-11-23T09:30}}\n", `this leg may start before the one before it`},
		{"alternates", "", "constraints: {alternates: 10}\n", `m\.yaml:9:\d+: .*alternates`},
		{"radius", "", "secured_areas: [{name: A, centre: Potsdam, radius_m: -3}]\n", `m\.yaml:9:\d+: .*radius_m`},
		{
			"overlap", "", "secured_areas: [{name: A, centre: \"52.5,13.4\", radius_m: 600}, {name: B, centre: \"52.51,13.4\", radius_m: 600}]\n",
			`secured areas "A" and "B" overlap: centres 111\d m apart`,
		},
		{"area twice", "", "secured_areas: [{name: A, centre: \"52.5,13.4\", radius_m: 6}, {name: A, centre: \"52.51,13.4\", radius_m: 6}]\n", `there is a secured area "A" already`},
		{"bow tie", "", `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "0,1", "1,0"]}]}` + "\n", `the polygon crosses itself`},
		{"line", "", `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "2,2"]}]}` + "\n", `corners lie on one line`},
		{"two corners", "", `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "0,0"]}]}` + "\n", `fewer than three corners`},
		{"corner again", "", `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "0,0", "2,1"]}]}` + "\n", `corner 3 is corner 1 again`},
		{"bad corner", "", `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "0;0"]}]}` + "\n", `no comma`},
		{"no strength", "", `constraints: {avoid: [{name: X, centre: Spandau, radius_m: 10}]}` + "\n", `does not say how strongly`},
		{"both strengths", "", `constraints: {avoid: [{name: X, centre: Spandau, radius_m: 10, weight: 2, forbid: true}]}` + "\n", `both forbidden and weighted`},
		{"both shapes", "", `constraints: {avoid: [{name: X, centre: Spandau, weight: 2, polygon: ["0,0", "1,1", "0,1"]}]}` + "\n", `given twice`},
		{"no shape", "", `constraints: {avoid: [{name: X, weight: 2}]}` + "\n", `does not say where it is`},
		{"no radius", "", `constraints: {avoid: [{name: X, weight: 2, centre: Spandau}]}` + "\n", `no radius`},
		{"radius of polygon", "", `constraints: {avoid: [{name: X, weight: 2, radius_m: 5, polygon: ["0,0", "1,1", "0,1"]}]}` + "\n", `a polygon has no radius`},
		{"empty place", "to: Potsdam", `to: " "`, `m\.yaml:7:9: the place is empty`},
		{"control character", "movement: M", `movement: "M\a"`, `control character`},
		{"format", "movement: M", "format: outrider.movement/2\nmovement: M", `m\.yaml:1:\d+: .*format`},
		{"empty", minimal, "", `m\.yaml`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			src := minimal + c.new
			if c.old != "" {
				src = strings.Replace(minimal, c.old, c.new, 1)
			}
			_, err := exchange.ReadMovement("m.yaml", []byte(src))
			if err == nil {
				t.Fatal("accepted")
			}
			if outrider.KindOf(err) != outrider.Invalid {
				t.Errorf("kind %d of %v", outrider.KindOf(err), err)
			}
			if !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("says %q, want %q", err, c.want)
			}
			var e *outrider.Error
			if errors.As(err, &e) && (e.Where == "" || e.Cause == "" || e.Remedy == "") {
				t.Errorf("place, cause or remedy is missing: %+v", e)
			}
		})
	}
}

func TestReadMovementNamesSeveralProblems(t *testing.T) {
	src := strings.NewReplacer("Europe/Berlin", "Nowhere", "catch_up_kmh: 70", "catch_up_kmh: 7").Replace(minimal)
	_, err := exchange.ReadMovement("m.yaml", []byte(src))
	var problems exchange.Problems
	if !errors.As(err, &problems) || len(problems) != 2 {
		t.Fatalf("got %v, want two problems", err)
	}
	if strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not one problem a line: %q", err)
	}
}

func TestReadMovementAcceptsTimesInEveryForm(t *testing.T) {
	for _, s := range []string{"2026-11-24T06:30", "2026-11-24T06:30:00", `"2026-11-24 06:30"`, "2026-11-24T06:30+01:00", "2026-11-24T05:30Z", "2026-11-24T05:30:00Z"} {
		m, err := exchange.ReadMovement("m.yaml", []byte(strings.Replace(minimal, "2026-11-24T06:30", s, 1)))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got := m.Legs[0].Window.Earliest.Format(time.RFC3339); got != "2026-11-24T06:30:00+01:00" {
			t.Errorf("%s read as %s", s, got)
		}
	}
}

// FuzzMovement holds that no input makes the reader panic, and that what it
// accepts is a movement the rest of the program can rely on.
func FuzzMovement(f *testing.F) {
	f.Add(example(f))
	f.Add([]byte(minimal))
	f.Add([]byte(minimal + `constraints: {avoid: [{name: X, forbid: true, polygon: ["0,0", "1,1", "0,1"]}], must_pass: [Berlin]}`))
	f.Add([]byte(day))
	f.Add([]byte(strings.ReplaceAll(day, "2026-11-24T", "241130ZNOV26")))
	f.Add([]byte("legs: [&a [*a]]"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var m *outrider.Movement
		var err error
		// Compiling the schema takes 1 MiB each time.
		testdata.BoundMemory(t, len(src), 16<<20, func() { m, err = exchange.ReadMovement("m.yaml", src) })
		if err != nil {
			if outrider.KindOf(err) != outrider.Invalid {
				t.Fatalf("kind %d of %v", outrider.KindOf(err), err)
			}
			return
		}
		if len(m.Legs) == 0 || m.Cover == "" || m.Zone == nil || m.Convoy.MarchKMH <= 0 || m.Convoy.CatchUpKMH < m.Convoy.MarchKMH {
			t.Fatalf("accepted %+v", m)
		}
		if (m.Convoy.Gap.Metres > 0) == (m.Convoy.Gap.Seconds > 0) {
			t.Fatalf("gap %+v", m.Convoy.Gap)
		}
		for i, leg := range m.Legs {
			if leg.Window.Latest.Before(leg.Window.Earliest) {
				t.Fatalf("window %+v", leg.Window)
			}
			if i == 0 && leg.Window.Earliest.IsZero() == leg.Arrive.Earliest.IsZero() {
				t.Fatalf("leg timed twice or not at all: %+v", leg)
			}
			if i > 0 && leg.Window.Earliest.IsZero() && leg.Arrive.Earliest.IsZero() && m.Legs[i-1].Stay == nil {
				t.Fatalf("leg without a time: %+v", leg)
			}
			if (leg.Mode == outrider.ByRail) != (leg.Train != nil) {
				t.Fatalf("mode %q with train %+v", leg.Mode, leg.Train)
			}
			if s := leg.Stay; s != nil && (s.Duration > 0) == !s.Until.IsZero() {
				t.Fatalf("stay %+v", s)
			}
			for _, e := range append([]outrider.Endpoint{leg.From, leg.To}, leg.Via...) {
				if (e.Point == nil) == (e.Text == "") || e.Label == "" {
					t.Fatalf("endpoint %+v", e)
				}
			}
		}
		for _, a := range m.Constraints.Avoid {
			if (a.Centre == nil) == (a.Polygon == nil) {
				t.Fatalf("avoid area %+v", a)
			}
		}
	})
}
