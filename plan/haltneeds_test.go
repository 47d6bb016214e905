package plan

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
	"pgregory.net/rapid"
)

// highRoad is a straight road of 20 km with a side road every kilometre and fuel
// stations on it, or on a side road 300 m off, at the given kilometres.
func highRoad(on, off []int) *osmtest.Builder {
	b := &osmtest.Builder{}
	const degree = 0.01175 // a kilometre of longitude at 40° N
	var refs []int64
	for km := range 21 {
		id := int64(100 + km)
		b.Node(id, 40, 10+degree*float64(km))
		b.Node(id+100, 40.004, 10+degree*float64(km))
		refs = append(refs, id)
		b.Way(id+900, []int64{id, id + 100}, "highway", "residential", "name", fmt.Sprintf("Side Road %d", km))
	}
	b.Way(1, refs, "highway", "primary", "name", "High Road", "maxspeed", "100")
	back := make([]int64, 21)
	for km := range back {
		back[km] = int64(200 + km)
	}
	b.Way(2, back, "highway", "residential", "name", "Back Lane")
	for _, km := range on {
		b.Node(int64(3000+km), 40.0001, 10.0004+degree*float64(km), "amenity", "fuel", "name", fmt.Sprintf("Pump %d", km))
	}
	for _, km := range off {
		b.Node(int64(3000+km), 40.003, 10.0001+degree*float64(km), "amenity", "fuel", "name", fmt.Sprintf("Pump %d", km))
	}
	return b
}

// longWay drives the whole of the high road at 60 km/h, in 20 minutes and a bit.
func longWay() *outrider.Movement {
	mv := lorry(3)
	mv.Convoy.MarchKMH = 60
	mv.Legs[0].From, mv.Legs[0].To = spot(40, 10.0005), spot(40, 10.2345)
	mv.Constraints.Alternates = 0
	return mv
}

// timeAlone keeps to the high road, whatever its exposure.
func timeAlone(in *Input) { in.Exchange = -1 }

func TestFuelPutsHaltsIn(t *testing.T) {
	m := build(t, highRoad([]int{3, 9}, []int{6, 15}))
	mv := longWay()
	for i := range mv.Convoy.Vehicles {
		mv.Convoy.Vehicles[i].FuelRange = 10 + float64(i)
	}
	p := planned(t, inputOf(t, m, mv, timeAlone)) // 8 km with the reserve
	leg := p.Legs[0]
	// No two of the stations are enough; of the ways to make three halts that by
	// km 3 has no detour at the first.
	want := []string{"Pump 3", "Pump 9", "Pump 15"}
	if len(leg.HaltNeeds) != len(want) {
		t.Fatalf("needs %+v", leg.HaltNeeds)
	}
	last := 0.0
	for i, n := range leg.HaltNeeds {
		if !n.Met || !n.Added || n.Why != whyFuel || n.Minutes != 30 || n.HaltAt > n.By || n.Halt != want[i] || math.Abs(n.By-last-8000) > 1 {
			t.Errorf("need %d: %+v", i, n)
		}
		last = n.HaltAt
	}
}

func TestHaltsThatMeetNeeds(t *testing.T) {
	m := build(t, highRoad([]int{5, 10, 15}, nil))
	hours := func(change func(*outrider.Movement)) *outrider.Plan {
		mv := longWay()
		mv.Constraints.Driving = outrider.Driving{MaxDriving: 12 * time.Minute, Break: 15 * time.Minute}
		if change != nil {
			change(mv)
		}
		return planned(t, inputOf(t, m, mv, timeAlone))
	}
	pump := func(km int, d time.Duration, reason string) outrider.Halt {
		e := spot(40, 10+0.01175*float64(km)+0.0001)
		e.Label = fmt.Sprintf("H%d", km)
		return outrider.Halt{At: e, Duration: d, Reason: reason}
	}
	// Put in at the last station before 12 minutes are over.
	p := hours(nil)
	n := p.Legs[0].HaltNeeds
	if len(n) != 1 || !n[0].Met || !n[0].Added || n[0].Why != whyHours || n[0].Halt != "Pump 10" || n[0].Minutes != 15 || math.Abs(n[0].By-12000) > 100 {
		t.Errorf("hours: %+v", n)
	}
	r := p.Legs[0].Routes[0]
	if r.Halts != 900 || math.Abs(r.March[len(r.March)-1].Head.Sub(start).Seconds()-r.Duration-900) > 0.002 {
		t.Errorf("halts of %g s", r.Halts)
	}
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "a halt of 15 min at Pump 10, km 10.0, was put in: driving hours ask for one by km 12.0") {
		t.Errorf("%q", p.Warnings)
	}
	// One that the movement has.
	n = hours(func(mv *outrider.Movement) { mv.Legs[0].Halts = []outrider.Halt{pump(9, 15*time.Minute, "meal")} }).Legs[0].HaltNeeds
	if len(n) != 1 || !n[0].Met || n[0].Added || n[0].Halt != "H9" {
		t.Errorf("a halt of the movement: %+v", n)
	}
	// One that is too short, or too late.
	for _, h := range []outrider.Halt{pump(9, 14*time.Minute, "rest"), pump(13, time.Hour, "rest")} {
		n = hours(func(mv *outrider.Movement) { mv.Legs[0].Halts = []outrider.Halt{h} }).Legs[0].HaltNeeds
		if len(n) != 1 || !n[0].Met || !n[0].Added || n[0].Halt != "Pump 10" {
			t.Errorf("a halt that is no break in time: %+v", n)
		}
	}
	// Reported, not put in.
	p = hours(func(mv *outrider.Movement) { mv.Constraints.Driving.NoExtraHalts = true })
	if n = p.Legs[0].HaltNeeds; len(n) != 1 || n[0].Met || n[0].Halt != "" || p.Legs[0].Routes[0].Halts != 0 {
		t.Errorf("no extra halts: %+v", n)
	}
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "driving hours ask for a halt of 15 min by km 12.0; the plan has none") {
		t.Errorf("%q", p.Warnings)
	}
	// Nowhere to halt.
	bare := build(t, highRoad(nil, nil))
	mv := longWay()
	mv.Constraints.Driving.MaxDriving = 12 * time.Minute
	p = planned(t, inputOf(t, bare, mv, timeAlone))
	if n = p.Legs[0].HaltNeeds; len(n) != 1 || n[0].Met || !strings.Contains(strings.Join(p.Warnings, "\n"), "by km 12.0; the plan has none") {
		t.Errorf("nowhere to halt: %+v, %q", n, p.Warnings)
	}
	// What was driven before counts on, until a break.
	for _, c := range []struct {
		stay time.Duration
		by   float64
	}{{5 * time.Minute, 2000}, {15 * time.Minute, 12000}} {
		p = hours(func(mv *outrider.Movement) {
			mv.Legs[0].To = spot(40, 10.1185) // 10 km
			mv.Legs[0].Stay = &outrider.Stay{Duration: c.stay}
			mv.Legs = append(mv.Legs, outrider.Leg{To: spot(40, 10.0006)})
			mv.Legs = append(mv.Legs, outrider.Leg{To: spot(40, 10.2345), Window: outrider.Window{Earliest: start.Add(5 * time.Hour), Latest: start.Add(5 * time.Hour)}})
			mv.Constraints.Driving.NoExtraHalts = true
		})
		n = p.Legs[1].HaltNeeds
		if c.by > p.Legs[1].Routes[0].Length {
			if len(n) != 0 {
				t.Errorf("after a stay of %v: %+v", c.stay, n)
			}
		} else if len(n) != 1 || math.Abs(n[0].By-c.by) > 200 {
			t.Errorf("after a stay of %v: %+v", c.stay, n)
		}
	}
	// Hours are counted as if all went slowly: at 60 km/h, and not at 80.
	mv = longWay()
	mv.Convoy.MarchKMH = 80
	mv.Constraints.Driving = outrider.Driving{MaxDriving: 12 * time.Minute, NoExtraHalts: true}
	n = planned(t, inputOf(t, m, mv, func(in *Input) { in.Exchange, in.Speeds = -1, builtinSpeeds(t) })).Legs[0].HaltNeeds
	if len(n) != 1 || math.Abs(n[0].By-12000) > 100 {
		t.Errorf("hours by the slow clock: %+v", n)
	}
	// One halt for both.
	p = hours(func(mv *outrider.Movement) { mv.Convoy.Vehicles[0].FuelRange = 15 })
	n = p.Legs[0].HaltNeeds
	if len(n) != 2 || n[0].Halt != "Pump 10" || n[1].Halt != "Pump 10" || !n[0].Met || !n[1].Met || p.Legs[0].Routes[0].Halts != 1800 && p.Legs[0].Routes[0].Halts != 900 {
		t.Errorf("hours and fuel: %+v, %g s", n, p.Legs[0].Routes[0].Halts)
	}
}

// TestNeedsHoldOnAnyRoad drives high roads with stations anywhere: between halts
// that meet them nothing is used up beyond its limit where the plan says so, and
// where it does not, no station lies in the stretch.
func TestNeedsHoldOnAnyRoad(t *testing.T) {
	dir := t.TempDir()
	met, unmet := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var on, off []int
		for km := range 20 {
			switch rapid.IntRange(0, 5).Draw(t, "station") {
			case 0:
				on = append(on, km+1)
			case 1:
				off = append(off, km+1)
			}
		}
		m := buildIn(t, dir, highRoad(on, off))
		mv := longWay()
		mv.Convoy.Vehicles[0].FuelRange = rapid.Float64Range(5, 30).Draw(t, "range")
		mv.Constraints.Driving = outrider.Driving{MaxDriving: time.Duration(rapid.IntRange(5, 30).Draw(t, "minutes")) * time.Minute, Break: 20 * time.Minute}
		profile, err := hazard.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		p, err := Make(context.Background(), Input{Map: m, Movement: mv, Profile: profile, Now: start, Exchange: -1})
		if err != nil {
			t.Fatal(err)
		}
		leg := p.Legs[0]
		r := leg.Routes[0]
		type halt struct{ odometer, driven, seconds float64 }
		var halts []halt
		stood := 0.0
		for _, row := range r.March {
			if row.Kind == kindHalt {
				halts = append(halts, halt{row.Odometer, row.Head.Sub(start).Seconds() - stood, row.HaltS})
				stood += row.HaltS
			}
		}
		for _, why := range []string{whyFuel, whyHours} {
			last, open, longest := 0.0, 0, 0.0
			limit := mv.Convoy.Vehicles[0].FuelRange * 800
			if why == whyHours {
				limit = mv.Constraints.Driving.MaxDriving.Seconds()
			}
			for _, h := range halts { // all were put in at stations
				at := h.odometer
				if why == whyHours {
					if at = h.driven; h.seconds < 1200 {
						continue
					}
				} else if h.seconds != 1800 {
					continue
				}
				longest, last = max(longest, at-last), at
			}
			total := r.Length
			if why == whyHours {
				total = r.Duration
			}
			longest = max(longest, total-last)
			for _, n := range leg.HaltNeeds {
				if n.Why == why && !n.Met {
					open++
				}
			}
			if open == 0 && longest > limit+0.01 {
				t.Fatalf("%s: %g at a stretch with a limit of %g and no need open: %+v", why, longest, limit, leg.HaltNeeds)
			}
			if open == 0 {
				met++
			} else {
				unmet++
			}
		}
	})
	t.Logf("%d met, %d not", met, unmet)
	if !testing.Short() && (met < 20 || unmet < 5) {
		t.Error("the roads are too poor to prove anything")
	}
}

// TestHospitalOfAVenue finds the nearest by road, not as the crow flies.
func TestHospitalOfAVenue(t *testing.T) {
	b := highRoad(nil, nil)
	// Across a river from km 10 with the bridge at km 20, and along the road at km 4.
	b.Node(400, 40.02, 10.1175).Node(401, 40.02, 10.235)
	b.Way(40, []int64{400, 401}, "highway", "primary", "name", "Far Bank")
	b.Way(41, []int64{401, 220}, "highway", "primary", "name", "Bridge Road")
	b.Node(500, 40.0201, 10.1176, "amenity", "hospital", "name", "St Far")
	b.Node(501, 40.0001, 10.047, "amenity", "hospital", "name", "St Near")
	m := build(t, b)
	mv := longWay()
	named := spot(40.0001, 10.1645)
	named.Label = "General"
	mv.Venues = []outrider.Venue{
		{Name: "HALL", At: spot(40, 10.1175), Arrival: &outrider.VenuePoint{At: spot(40, 10.1180), Approach: outrider.West}, VerifiedBy: "S1", Verified: start},
		{Name: "BARN", At: spot(40, 10.1175), TraumaHospital: &named, Telephones: []outrider.OfficeTelephone{{Office: "Reception", Number: "+1 302 555 0100"}}},
	}
	p := planned(t, inputOf(t, m, mv, timeAlone))
	hall, barn := p.Venues[0], p.Venues[1]
	if h := hall.TraumaHospital; h == nil || h.Label != "St Near" || !h.FromMap || h.Verified || math.Abs(h.Metres-6040) > 60 || math.Abs(h.Drive-h.Metres/60*3.6) > 1 {
		t.Errorf("%+v", hall.TraumaHospital)
	}
	if hall.Verified != "2026-11-23" || hall.Arrival.Approach != outrider.West || hall.Departure != nil || hall.Telephones == nil {
		t.Errorf("%+v", hall)
	}
	if h := barn.TraumaHospital; h == nil || h.Label != "General" || h.FromMap || !h.Verified || math.Abs(h.Metres-4000) > 60 || barn.Verified != "" || len(barn.Telephones) != 1 {
		t.Errorf("%+v", h)
	}
	// A survey verifies.
	q := *spot(40.0001, 10.047).Point
	loc, err := m.Snap(q, m.Passage(network.Vehicle{}, network.PassageOptions{}), 100)
	if err != nil {
		t.Fatal(err)
	}
	f := hazard.Placed{Finding: hazard.Finding{ID: "f1", Kind: hazard.SafeHavenVerified, Rating: 1, Surveyor: "S1", Expiry: hazard.DayOf(start) + 9}, Location: loc}
	p = planned(t, inputOf(t, m, mv, func(in *Input) { in.Findings = []hazard.Placed{f} }))
	if h := p.Venues[0].TraumaHospital; !h.Verified || !h.FromMap {
		t.Errorf("%+v", h)
	}
	// It must hold until the column has left.
	day := hazard.DayOf(start)
	for _, c := range []struct {
		starts   time.Duration
		stay     *outrider.Stay
		expiry   hazard.Day
		verified bool
	}{
		{0, nil, day, true},
		{24 * time.Hour, nil, day, false},
		{24 * time.Hour, nil, day + 1, true},
		{0, &outrider.Stay{Duration: 24 * time.Hour}, day, false},
		{0, &outrider.Stay{Duration: 24 * time.Hour, Venue: "HALL"}, day + 1, true},
	} {
		f.Finding.Expiry = c.expiry
		mv.Legs[0].To.Venue, mv.Legs[0].Stay = "HALL", c.stay
		mv.Legs[0].Window = outrider.Window{Earliest: start.Add(c.starts), Latest: start.Add(c.starts)}
		p = planned(t, inputOf(t, m, mv, func(in *Input) { in.Findings = []hazard.Placed{f} }))
		if h := p.Venues[0].TraumaHospital; h.Verified != c.verified || !h.FromMap {
			t.Errorf("expiry %s, start %s, stay %+v: %+v", c.expiry, mv.Legs[0].Window.Earliest, c.stay, h)
		}
	}
}
