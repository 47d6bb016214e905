package rail_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/rail"
)

// lineSite is 20 km of line from A to B with everything on it that a plan tells:
//
//	km 0  station A              km 9–10  tunnel
//	km 2  level crossing         km 12    bridge of 100 m over a road
//	km 4  loop of 600 m          km 14–15 cutting
//	km 6  station M              km 16–20 second track
//	km 7  spur of 300 m, facing  km 17    road beside the track
//	km 8  spur, trailing         km 20    station B
func lineSite(tb testing.TB) *site {
	s := newSite(tb)
	s.at("A", 0, 0, "railway", "station", "name", "Aldorf").at("A0", -500, 0)
	s.at("X", 2000, 0, "railway", "level_crossing", "crossing:barrier", "full", "crossing:light", "yes")
	s.at("L1", 4000, 0).at("l1", 4100, 6).at("l2", 4500, 6).at("L2", 4600, 0)
	s.at("M", 6000, 0, "railway", "station", "name", "Mittel")
	s.at("P", 7000, 0).at("p1", 7100, -8).at("p2", 7400, -20)
	s.at("Q", 8000, 0).at("q1", 7900, 8).at("q2", 7700, 20)
	s.at("T1", 9000, 0).at("T2", 10000, 0).at("B1", 12000, 0).at("B2", 12100, 0).at("C1", 14000, 0).at("C2", 15000, 0)
	s.at("D", 16000, 0).at("d", 16100, 6).at("e", 20500, 6)
	s.at("B", 20000, 0, "railway", "station", "name", "Bergheim").at("E", 20500, 0)
	s.track("A0 A X L1 L2 M P Q T1", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("T1 T2", "tunnel", "yes", "layer", "-1", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("T2 B1", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("B1 B2", "bridge", "yes", "layer", "1", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("B2 C1", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("C1 C2", "cutting", "yes", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("C2 D B E", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("D d e", "usage", "main", "name", "Western Line", "ref", "210")
	s.track("L1 l1 l2 L2", "service", "siding", "maxspeed", "30")
	s.track("P p1 p2", "service", "spur", "maxspeed", "30")
	s.track("Q q1 q2", "service", "spur", "maxspeed", "30")
	// Roads: over the crossing, under the bridge, beside the track, to stations.
	s.at("x1", 2000, 300).at("x2", 2000, -300).way("x1 X x2", "highway", "tertiary", "name", "Mill Road")
	s.at("u1", 12050, 300).at("u2", 12050, -300).way("u1 u2", "highway", "secondary", "name", "River Road")
	s.at("o1", 13000, 300).at("o2", 13000, -300).at("o3", 13020, 300).at("o4", 13020, -300)
	s.way("o1 o2", "highway", "trunk", "name", "Ring Road", "bridge", "yes", "layer", "1", "oneway", "yes")
	s.way("o4 o3", "highway", "trunk", "name", "Ring Road", "bridge", "yes", "layer", "1", "oneway", "yes")
	s.at("v1", 13500, 300).at("v2", 13500, -300).way("v1 v2", "highway", "residential", "name", "Low Lane", "tunnel", "yes", "layer", "-1")
	s.at("s1", 16900, 20).at("s2", 17100, 20).at("s3", 17100, 400).way("s1 s2 s3", "highway", "unclassified", "name", "Track Lane")
	for _, at := range []struct {
		name string
		x    float64
	}{{"A", 0}, {"M", 6000}, {"B", 20000}} {
		s.at(at.name+"r", at.x, 60).at(at.name+"q", at.x, 300)
		s.way(at.name+"r "+at.name+"q", "highway", "residential", "name", at.name+" Station Road")
	}
	return s.at("far1", 0, 1000).at("far2", 20000, 1000).at("far0", 0, 300).
		way("Aq far1", "highway", "primary", "name", "High Street").way("far1 far2", "highway", "primary", "name", "High Street")
}

func passesOf(r *rail.Result, kind string) []outrider.RailPass {
	var out []outrider.RailPass
	for _, p := range r.Rail.Passes {
		if p.Kind == kind {
			out = append(out, p)
		}
	}
	return out
}

func TestWhatIsPassed(t *testing.T) {
	s := lineSite(t)
	r := mustMake(t, s.leg(s.build(), "A", "B"))
	checkRoute(t, r)
	near(t, "the way", r.Route.Length, 20000, 10)
	for _, c := range []struct {
		kind     string
		name     string
		from, to float64
		detail   string
		stops    bool
	}{
		{outrider.RailStation, "Aldorf", 0, 0, "station", true},
		{outrider.RailLevelCrossing, "Mill Road", 2000, 2000, "full barriers", false},
		{outrider.RailStation, "Mittel", 6000, 6000, "station", false},
		{outrider.RailTunnel, "", 9000, 10000, "1.0 km long", false},
		{outrider.RailBridge, "River Road", 12000, 12100, "100 m long", false},
		{outrider.RailOverbridge, "Ring Road", 13000, 13020, "a road passes over the track", false},
		{outrider.RailBridge, "Low Lane", 13500, 13500, "not tagged as a bridge: a road passes below the track", false},
		{outrider.RailCutting, "", 14000, 15000, "1.0 km long", false},
		{outrider.RailStation, "Bergheim", 20000, 20000, "station", true},
	} {
		all := passesOf(r, c.kind)
		i := slices.IndexFunc(all, func(p outrider.RailPass) bool { return p.Name == c.name && math.Abs(p.From-c.from) < 10 })
		if i < 0 {
			t.Errorf("no %s %q at %.0f m in %+v", c.kind, c.name, c.from, all)
			continue
		}
		p := all[i]
		near(t, c.kind+" "+c.name+" ends", p.To, c.to, 10)
		near(t, c.kind+" "+c.name+" is passed", p.At.Sub(depart).Seconds(), p.From/20, 0.01)
		if p.Detail != c.detail || p.Stops != c.stops {
			t.Errorf("%s %q: detail %q, stops %v", c.kind, c.name, p.Detail, p.Stops)
		}
	}
	single := passesOf(r, outrider.RailSingleTrack)
	if len(single) != 1 {
		t.Fatalf("single track %+v", single)
	}
	near(t, "single track ends", single[0].To, 16000, 30)
	last := r.Rail.Tracks[len(r.Rail.Tracks)-1]
	if last.Parallel != 1 || last.Line != "Western Line (210)" || last.Usage != "main" || last.GaugeMM != 1435 || last.KMH != 72 || !last.KMHTagged || last.Electric != "?" {
		t.Errorf("the last stretch is %+v", last)
	}
	for _, kind := range []string{"level_crossing", "tunnel", "bridge"} {
		if !slices.ContainsFunc(r.Route.Hazards, func(h outrider.HazardPass) bool { return h.Kind == kind && h.Evidence != "" }) {
			t.Errorf("no %s among the hazards %+v", kind, r.Route.Hazards)
		}
	}
	var points []string
	for _, row := range r.Route.March {
		points = append(points, row.Kind+" "+row.Point)
	}
	if want := "start A|critical Mittel|critical tunnel, 1.0 km long|release B"; strings.Join(points, "|") != want {
		t.Errorf("march table %q, want %q", points, want)
	}
	near(t, "the train passes", r.Route.March[0].PassTime, 5, 1e-9)
}

func TestStandingAcrossACrossing(t *testing.T) {
	s := lineSite(t)
	s.at("H", 2050, 0).at("I", 2200, 0)
	m := s.build()
	for _, c := range []struct {
		halt string
		want bool
	}{{"H", true}, {"I", false}} {
		in := s.leg(m, "A", "B")
		in.Halts, in.Leg.Halts = []rail.Place{s.place(c.halt)}, []outrider.Halt{{Duration: time.Minute}}
		got := slices.Contains(mustMake(t, in).Warnings, "at "+c.halt+" the train stands across a level crossing")
		if got != c.want {
			t.Errorf("a halt at %s: warned %v, want %v", c.halt, got, c.want)
		}
	}
}

func TestWhereTheTrainCanBeHeld(t *testing.T) {
	s := lineSite(t)
	m := s.build()
	for _, c := range []struct {
		length float64
		want   []outrider.RailHold
	}{
		{100, []outrider.RailHold{
			{Kind: "loop", Odometer: 4000, Length: 600.4 - 60},
			{Kind: "spur", Odometer: 7000, Length: 400.6 - 30},
			{Kind: "spur", Odometer: 8000, Length: 300.7 - 30, Backwards: true},
		}},
		{300, []outrider.RailHold{{Kind: "loop", Odometer: 4000, Length: 600.4 - 60}, {Kind: "spur", Odometer: 7000, Length: 400.6 - 30}}},
		{600, nil},
	} {
		in := s.leg(m, "A", "B")
		in.Leg.Train.Length = c.length
		got := mustMake(t, in).Rail.Sidings
		if len(got) != len(c.want) {
			t.Errorf("a train of %g m: %+v, want %d tracks", c.length, got, len(c.want))
			continue
		}
		for i, x := range c.want {
			if got[i].Kind != x.Kind || got[i].Backwards != x.Backwards || got[i].OSM == "" {
				t.Errorf("a train of %g m: %+v, want %+v", c.length, got[i], x)
			}
			near(t, "the switch", got[i].Odometer, x.Odometer, 5)
			near(t, "the length", got[i].Length, x.Length, 2)
		}
	}
}

func TestAccessAndEvacuation(t *testing.T) {
	s := lineSite(t)
	r := mustMake(t, s.leg(s.build(), "A", "B"))
	want := []outrider.RailAccessAt{
		{Odometer: 0, Kind: "station", Road: "A Station Road", Away: 60},
		{Odometer: 2000, Kind: "level crossing", Road: "Mill Road"},
		{Odometer: 6000, Kind: "station", Road: "M Station Road", Away: 60},
		{Odometer: 16900, Kind: "road beside the track", Road: "Track Lane", Away: 20},
		{Odometer: 20000, Kind: "station", Road: "B Station Road", Away: 60},
	}
	if len(r.Rail.Access) != len(want) {
		t.Fatalf("accesses %+v", r.Rail.Access)
	}
	for i, x := range want {
		got := r.Rail.Access[i]
		if got.Kind != x.Kind || got.Road != x.Road {
			t.Errorf("access %+v, want %+v", got, x)
		}
		near(t, got.Road+" is at", got.Odometer, x.Odometer, 60)
		near(t, got.Road+" is away", got.Away, x.Away, 5)
	}
	ev := r.Rail.Evacuation
	if len(ev) != 2 || ev[0].Kind != outrider.RailTunnel || ev[1].Kind != outrider.RailBridge {
		t.Fatalf("evacuation %+v", ev)
	}
	for _, e := range ev {
		if e.Before == nil || e.After == nil || e.Before.Road != "M Station Road" || e.After.Road != "Track Lane" {
			t.Errorf("evacuation %+v", e)
			continue
		}
		near(t, "the walk before", e.WalkBefore, e.From-6000, 10)
		near(t, "the walk after", e.WalkAfter, 16900-e.To, 60)
	}
}

// An underground station is a way out of its tunnel; a station of the line next to
// this one is not passed.
func TestStationsInATunnel(t *testing.T) {
	s := newSite(t)
	s.at("A", 0, 0, "railway", "station", "name", "Amt").at("M", 1000, 0, "railway", "station", "name", "Markt").at("B", 2500, 0, "railway", "station", "name", "Brunn")
	s.at("N", 1800, 150, "railway", "station", "name", "Nebenan").at("n1", 1500, 150).at("n2", 2100, 150)
	s.track("A M B", "tunnel", "yes", "layer", "-2").track("n1 N n2", "tunnel", "yes", "layer", "-1")
	for i, x := range []string{"A", "M", "B"} {
		a, b := x+"1", x+"2"
		s.at(a, s.points[x][0]-50, 30).at(b, s.points[x][0]+50, 30)
		s.way(a+" "+b, "highway", "residential", "name", []string{"First Street", "Second Street", "Third Street"}[i])
	}
	r := mustMake(t, s.leg(s.build(), "A", "B"))
	var stations, parts []string
	for _, p := range passesOf(r, outrider.RailStation) {
		stations = append(stations, p.Name)
	}
	if got := strings.Join(stations, ", "); got != "Amt, Markt, Brunn" {
		t.Errorf("stations %s", got)
	}
	for _, e := range r.Rail.Evacuation {
		if e.Before == nil || e.After == nil {
			t.Fatalf("evacuation %+v", e)
		}
		parts = append(parts, e.Before.Road+" to "+e.After.Road)
		near(t, "the walk", e.WalkBefore+e.WalkAfter, 0, 0.01)
	}
	if got := strings.Join(parts, ", "); got != "First Street to Second Street, Second Street to Third Street" {
		t.Errorf("evacuation %s", got)
	}
}

// A line in a tunnel passes below stations of other lines: these are told as
// doubtful and are no way out. A station where both lines call is one of both,
// though the other line's track is nearer to it.
func TestStationsOfAnotherLine(t *testing.T) {
	s := newSite(t)
	s.at("A", 0, 0, "railway", "station", "name", "Amt").at("M", 1000, 5, "railway", "station", "name", "Markt").at("L", 2000, 60, "railway", "station", "name", "Lamm")
	s.at("B", 3000, 0, "railway", "station", "name", "Brunn")
	s.track("A B", "tunnel", "yes", "layer", "-3", "name", "Northern Line (Charing Cross Branch)")
	s.at("n1", 900, 12).at("n2", 1500, 60).at("n3", 2400, 60)
	s.track("n1 n2 n3", "tunnel", "yes", "layer", "-2", "name", "Bakerloo Line")
	for i, x := range []float64{0, 1000, 2000, 3000} {
		a, b := fmt.Sprint("a", i), fmt.Sprint("b", i)
		s.at(a, x-50, 30).at(b, x+50, 30).way(a+" "+b, "highway", "residential", "name", fmt.Sprint("Street ", i))
	}
	r := mustMake(t, s.leg(s.build(), "A", "B"))
	for _, p := range passesOf(r, outrider.RailStation) {
		if doubtful := strings.Contains(p.Detail, "Bakerloo Line"); doubtful != (p.Name == "Lamm") {
			t.Errorf("%s: %s", p.Name, p.Detail)
		}
	}
	var ways []string
	for _, e := range r.Rail.Evacuation {
		ways = append(ways, e.After.Road)
	}
	if got := strings.Join(ways, ", "); got != "Street 1, Street 3" {
		t.Errorf("ways out of the tunnel: %s", got)
	}
}

// steady drives at a speed in a straight line times 1.3; places in closed have no
// road.
type steady struct {
	kmh    float64
	closed []geo.Point
	calls  int
}

func (d *steady) Drive(from, to geo.Point, _ time.Time) (seconds, metres float64, ok bool) {
	d.calls++
	metres = 1.3 * geo.Distance(from, to)
	return metres * 3.6 / d.kmh, metres, !slices.Contains(d.closed, from) && !slices.Contains(d.closed, to)
}

func TestShadow(t *testing.T) {
	s := lineSite(t)
	m := s.build()
	follow := func(kmh float64, change func(*rail.Input, *steady)) *outrider.ShadowPlan {
		in := s.leg(m, "A", "B")
		in.Leg.Train.Shadow = true
		d := &steady{kmh: kmh}
		in.Roads = d
		if change != nil {
			change(&in, d)
		}
		return mustMake(t, in).Rail.Shadow
	}
	quick := follow(120, nil)
	if !quick.KeepsUp || quick.Worst != 0 || !strings.Contains(quick.Verdict, "before the train") {
		t.Errorf("at 120 km/h: %+v", quick)
	}
	var names []string
	for i, x := range quick.Rendezvous {
		names = append(names, x.Name)
		if i > 0 {
			// It waits for the train and drives on.
			before := quick.Rendezvous[i-1]
			leaves := before.Column
			if before.Train.After(leaves) {
				leaves = before.Train
			}
			near(t, "the drive to "+x.Name, x.Column.Sub(leaves).Seconds(), x.DriveM*3.6/120, 0.01)
		}
		near(t, x.Name+" behind", x.Behind, x.Column.Sub(x.Train).Seconds(), 1e-9)
	}
	if want := "A, Mittel, B"; strings.Join(names, ", ") != want {
		t.Errorf("rendezvous %q, want %q", names, want)
	}
	slow := follow(40, nil)
	// 20 km at 72 km/h take 1000 s; 26 km at 40 km/h take 2340 s.
	if slow.KeepsUp || !strings.Contains(slow.Verdict, "does not keep up") {
		t.Errorf("at 40 km/h: %+v", slow)
	}
	near(t, "the worst at 40 km/h", slow.Worst, 2340-1000, 40)
	allowed := follow(40, func(in *rail.Input, _ *steady) { in.Leg.Train.MaxBehind = time.Hour })
	if !allowed.KeepsUp || allowed.MaxBehind != 3600 {
		t.Errorf("with an hour allowed: %+v", allowed)
	}
	cut := follow(120, func(_ *rail.Input, d *steady) {
		d.closed = append(d.closed, pointOf(quick.Rendezvous[len(quick.Rendezvous)-1]))
	})
	if cut.KeepsUp || cut.Rendezvous[len(cut.Rendezvous)-1].Reached || !strings.Contains(cut.Verdict, "no way by road") {
		t.Errorf("with no road to the end: %+v", cut)
	}
	in := s.leg(m, "A", "B")
	if r := mustMake(t, in); r.Rail.Shadow != nil {
		t.Error("a shadow that was not asked for")
	}
}

// A second line of another course is told as another way; a second track is not.
func TestAlternative(t *testing.T) {
	s := lineSite(t)
	if got := mustMake(t, s.leg(s.build(), "A", "B")).Rail.Alternative; !strings.Contains(got, "no other way") {
		t.Errorf("with one line: %q", got)
	}
	s = lineSite(t)
	s.at("n1", 400, 20).at("n2", 3000, 2000).at("n3", 17000, 2000).at("n4", 19600, 20).at("w1", 100, 0).at("w2", 19900, 0)
	s.track("A n1 n2 n3 n4 B", "name", "Northern Line")
	got := mustMake(t, s.leg(s.build(), "A", "B")).Rail.Alternative
	if !strings.Contains(got, "there is another way") || !strings.Contains(got, "Northern Line") {
		t.Errorf("with two lines: %q", got)
	}
}

func TestEmptyMap(t *testing.T) {
	s := newSite(t)
	s.at("r1", 0, 0).at("r2", 500, 0).way("r1 r2", "highway", "residential")
	m := s.build()
	if _, err := rail.Make(t.Context(), s.leg(m, "r1", "r2")); outrider.KindOf(err) != outrider.OffNetwork || !strings.Contains(err.Error(), "no railways") {
		t.Errorf("error %v", err)
	}
}

func pointOf(x outrider.Rendezvous) geo.Point { return geo.PointFromDegrees(x.Lat, x.Lon) }
