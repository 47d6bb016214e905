package mapbuild

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild/internal/railway"
	"github.com/outrider-project/outrider/network"
)

// A yard is an extract drawn in metres, x to the east and y to the north.
type yard struct{ osmtest.Builder }

func (y *yard) at(id int64, east, north float64, tags ...string) *yard {
	y.Node(id, 50+north/111_229, 8+east/71_696, tags...)
	return y
}

func (y *yard) track(id int64, refs []int64, tags ...string) *yard {
	y.Way(id, refs, append([]string{"railway", "rail"}, tags...)...)
	return y
}

// movesOf lists the moves of a map as "from>at>to": OSM ids of the nodes where the
// first track begins, where both meet, and where the second ends. Each is listed
// in the direction that sorts first.
func movesOf(m *network.Map) string {
	r := &m.Rail
	osm := func(n network.RailNodeID) int64 { return r.NodeInfo[n].OSM }
	var list []string
	for a := range network.RailArcID(r.NumArcs()) {
		for _, b := range r.Moves(a) {
			if p, q := osm(r.ArcTail(a)), osm(r.ArcHead(b)); p < q || p == q && a < b.Reverse() {
				list = append(list, fmt.Sprintf("%d>%d>%d", p, osm(r.ArcHead(a)), q))
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// tracksOf lists the tracks as "tail-head".
func tracksOf(m *network.Map) string {
	r := &m.Rail
	var list []string
	for t := range r.NumTracks() {
		list = append(list, fmt.Sprintf("%d-%d", r.NodeInfo[r.Tail[t]].OSM, r.NodeInfo[r.Head[t]].OSM))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func railNodeAt(t *testing.T, m *network.Map, id int64) network.RailNode {
	t.Helper()
	for _, n := range m.Rail.NodeInfo {
		if n.OSM == id {
			return n
		}
	}
	t.Fatalf("node %d is no node of the railways", id)
	return network.RailNode{}
}

// cross draws branches of 100 m each from node 9 at bearings given in degrees: to
// nodes 1, 2 and so on, each a way of its own.
func cross(centre []string, bearings ...float64) *yard {
	y := &yard{}
	y.at(9, 0, 0, centre...)
	for i, b := range bearings {
		sin, cos := math.Sincos(b * math.Pi / 180)
		y.at(int64(i+1), 100*sin, 100*cos)
		y.track(int64(i+1), []int64{9, int64(i + 1)})
	}
	return y
}

// alongWay adds a way that runs through node 9 from west to east, from node 3 to 4.
func alongWay(y *yard) *yard {
	return y.at(3, -100, 0).at(4, 100, 0).track(5, []int64{3, 9, 4})
}

func TestRailMoves(t *testing.T) {
	railCrossing, switchTag := []string{"railway", "railway_crossing"}, []string{"railway", "switch"}
	slip := []string{"railway", "switch", "railway:switch", "double_slip"}
	for _, c := range []struct {
		name   string
		yard   *yard
		moves  string
		kind   network.RailNodeKind
		tagged uint8
	}{
		{"switch", cross(nil, 270, 90, 84), "1>9>2 1>9>3", network.RailSwitch, 0},
		{"tagged switch", cross(switchTag, 270, 90, 84), "1>9>2 1>9>3", network.RailSwitch, 1},
		{"switch with equal legs", cross(nil, 270, 93, 87), "1>9>2 1>9>3", network.RailSwitch, 0},
		{"three ways apart by 120°", cross(nil, 0, 119, 239), "1>9>3 2>9>3", network.RailSwitch, 0}, // never all three
		{"right angle", cross(nil, 270, 90, 0), "1>9>2", network.RailSwitch, 0},
		{"diamond", cross(railCrossing, 270, 90, 0, 180), "1>9>2 3>9>4", network.RailDiamond, 1},
		{"flat diamond", cross(railCrossing, 270, 90, 277, 97), "1>9>2 3>9>4", network.RailDiamond, 1},
		{"diamond with a leg missing", cross(railCrossing, 270, 90, 277), "1>9>2", network.RailDiamond, 1},
		{"untagged crossing", cross(nil, 270, 90, 0, 180), "1>9>2 3>9>4", network.RailDiamond, 0},
		{"untagged flat crossing", cross(nil, 270, 90, 277, 97), "1>9>2 3>9>4", network.RailDiamond, 0},
		{"slip", cross(slip, 270, 90, 277, 97), "1>9>2 1>9>4 2>9>3 3>9>4", network.RailSlip, 1},
		{"two switches at one node", alongWay(cross(nil, 277, 80)), "1>9>4 2>9>3 3>9>4", network.RailSlip, 0},
		{"crossing that a way runs through", alongWay(cross(nil, 0, 180)), "1>9>2 3>9>4", network.RailDiamond, 0},
		{"three-way switch", cross(nil, 270, 90, 84, 96), "1>9>2 1>9>3 1>9>4", network.RailSwitch, 0},
		{"tagged three-way switch", cross(switchTag, 270, 90, 84, 96), "1>9>2 1>9>3 1>9>4", network.RailSwitch, 1},
		{"three tracks cross", cross(railCrossing, 270, 90, 0, 180, 45, 225), "1>9>2 3>9>4 5>9>6", network.RailDiamond, 1},
		{"two values", cross([]string{"railway", "signal;switch"}, 270, 90, 84), "1>9>2 1>9>3", network.RailSwitch, 1},
		{"buffer stop", cross([]string{"railway", "buffer_stop"}, 270, 90), "", network.BufferStop, 1},
		{"doubles back", cross(nil, 270, 273), "", network.RailJoint, 0},
	} {
		m, _ := buildFrom(t, &c.yard.Builder)
		if got := movesOf(m); got != c.moves {
			t.Errorf("%s: moves %s, want %s", c.name, got, c.moves)
		}
		n := railNodeAt(t, m, 9)
		if n.Kind != c.kind || n.Tagged != c.tagged {
			t.Errorf("%s: node %+v, want kind %v, tagged %d", c.name, n, c.kind, c.tagged)
		}
	}
}

// The first metres of a branch, which mappers draw as they please, do not count.
func TestRailMovesLookAhead(t *testing.T) {
	y := &yard{}
	y.at(1, -100, 0).at(9, 0, 0).at(2, 100, 0).at(3, 0, 1.5).at(4, 60, 8)
	y.track(1, []int64{1, 9, 2}).track(2, []int64{9, 3, 4})
	m, _ := buildFrom(t, &y.Builder)
	if got := movesOf(m); got != "1>9>2 1>9>4" {
		t.Errorf("a turnout that begins at a right angle: %s", got)
	}
}

// A curve of 15 m radius, drawn with a vertex every 2 m, is one track.
func TestTightCurvesAreTracks(t *testing.T) {
	y := &yard{}
	var refs []int64
	for i := range int64(24) {
		sin, cos := math.Sincos(float64(i) * 2 / 15)
		y.at(i+1, 15*sin, 15*cos)
		refs = append(refs, i+1)
	}
	y.Way(1, refs[:13], "railway", "tram").Way(2, refs[12:], "railway", "tram")
	m, _ := buildFrom(t, &y.Builder)
	if got := tracksOf(m); got != "1-24" {
		t.Errorf("tracks %s", got)
	}
}

func TestRailGauges(t *testing.T) {
	for _, c := range []struct{ a, b, c, moves, tracks string }{
		{"1435", "1000", "", "", "1-9 2-9"},
		{"1435", "1435", "", "", "1-2"},
		{"1435", "", "", "", "1-2"},
		{"standard", "1435 mm", "", "", "1-2"},
		{"1435;1000", "1000", "1435", "1>9>2 1>9>3", "1-9 2-9 3-9"},
		{"1435", "1000", "1435;1000", "1>9>3", "1-9 2-9 3-9"},
		{"narrow", "1000", "", "", "1-2"}, // not understood: might be any
	} {
		y := &yard{}
		y.at(1, -100, 0).at(9, 0, 0).at(2, 100, 0)
		y.track(1, []int64{1, 9}, "gauge", c.a).track(2, []int64{9, 2}, "gauge", c.b)
		if c.c != "" {
			y.at(3, 100, 10).track(3, []int64{9, 3}, "gauge", c.c)
		}
		m, _ := buildFrom(t, &y.Builder)
		if movesOf(m) != c.moves || tracksOf(m) != c.tracks {
			t.Errorf("gauges %q, %q, %q: moves %q, tracks %q", c.a, c.b, c.c, movesOf(m), tracksOf(m))
		}
	}
	y := (&yard{}).at(1, 0, 0).at(2, 50, 0).track(1, []int64{1, 2}, "gauge", "1000;1435")
	if m, _ := buildFrom(t, &y.Builder); m.Rail.Interval[0].GaugeMM != 1000 {
		t.Errorf("%d mm", m.Rail.Interval[0].GaugeMM)
	}
}

func TestTracksEndWhereTheyMust(t *testing.T) {
	line := func(middle []string, first, second string) *yard {
		y := (&yard{}).at(1, -100, 0).at(2, 0, 0, middle...).at(3, 100, 0)
		y.Way(7, []int64{1, 2}, "railway", first).Way(8, []int64{3, 2}, "railway", second)
		return y
	}
	for _, c := range []struct {
		name          string
		yard          *yard
		tracks, moves string
	}{
		{"joined", line(nil, "rail", "rail"), "1-3", ""},
		{"kinds", line(nil, "rail", "light_rail"), "1-2 2-3", "1>2>3"},
		{"buffer stop", line([]string{"railway", "buffer_stop"}, "rail", "rail"), "1-2 2-3", ""},
		{"signal", line([]string{"railway", "signal"}, "rail", "rail"), "1-3", ""},
		{"switch whose branch is not in the data", line([]string{"railway", "switch"}, "rail", "rail"), "1-3", ""},
		{"node missing", (&yard{}).at(1, 0, 0).at(2, 50, 0).at(4, 150, 0).at(5, 200, 0).track(1, []int64{1, 2, 3, 4, 5}), "1-2 4-5", ""},
		{"repeated node", (&yard{}).at(1, 0, 0).at(2, 50, 0).at(3, 90, 0).track(1, []int64{1, 2, 2, 3}), "1-3", ""},
		{"out and back", (&yard{}).at(1, 0, 0).at(2, 50, 0).track(1, []int64{1, 2, 1}), "1-2 1-2", ""},
		{"ring", (&yard{}).at(4, 0, 0).at(2, 50, 0).at(3, 50, 50).at(1, 0, 50).track(1, []int64{4, 2, 3, 1, 4}), "1-1", "1>1>1"},
		{"ring of two ways", (&yard{}).at(4, 0, 0).at(2, 50, 0).at(3, 50, 50).at(1, 0, 50).track(1, []int64{4, 2, 3}).track(2, []int64{4, 1, 3}), "1-1", "1>1>1"},
		{
			"balloon loop", (&yard{}).at(1, -100, 0).at(9, 0, 0).at(2, 60, 15).at(3, 130, 60).at(4, 200, 0).at(5, 130, -60).at(6, 60, -15).
				track(1, []int64{1, 9}).track(2, []int64{9, 2, 3, 4, 5, 6, 9}), "1-9 9-9", "1>9>9 1>9>9",
		},
	} {
		m, _ := buildFrom(t, &c.yard.Builder)
		if tracksOf(m) != c.tracks || movesOf(m) != c.moves {
			t.Errorf("%s: tracks %q, moves %q; want %q, %q", c.name, tracksOf(m), movesOf(m), c.tracks, c.moves)
		}
	}
	m, _ := buildFrom(t, &(&yard{}).at(1, 0, 0).at(2, 50, 0).at(4, 150, 0).at(5, 200, 0).track(1, []int64{1, 2, 3, 4, 5}).Builder)
	for id, edge := range map[int64]uint8{1: 0, 2: 1, 4: 1, 5: 0} {
		if n := railNodeAt(t, m, id); n.Edge != edge || n.Kind != network.RailEnd || n.Degree != 1 {
			t.Errorf("node %d is %+v", id, n)
		}
	}
	m, _ = buildFrom(t, &line([]string{"railway", "buffer_stop"}, "rail", "rail").Builder)
	if n := railNodeAt(t, m, 2); n.Kind != network.BufferStop || n.Degree != 2 {
		t.Errorf("a buffer stop halfway is %+v", n)
	}
}

func TestRailIntervals(t *testing.T) {
	y := (&yard{}).at(1, 0, 0).at(2, 1000, 0).at(3, 2000, 0).at(4, 3000, 0)
	y.track(10, []int64{1, 2}, "name", "Up Main", "ref", "12", "usage", "main", "gauge", "1435", "electrified", "contact_line",
		"voltage", "15000", "frequency", "16.7", "maxspeed", "100 mph", "tracks", "2", "bridge", "viaduct", "layer", "1")
	y.track(11, []int64{3, 2}, "usage", "branch", "maxspeed:forward", "60", "maxspeed:backward", "50", "tunnel", "yes", "oneway", "yes",
		"electrified", "rail;contact_line", "voltage", "750;25000", "frequency", "0", "cutting", "both", "embankment", "yes", "railway:bidirectional", "regular")
	y.track(12, []int64{3, 4}, "service", "yard", "railway:preferred_direction", "backward", "voltage", "many", "maxspeed", "none", "layer", "-2")
	m, r := buildFrom(t, &y.Builder)
	iv := m.Rail.Intervals(0)
	if len(iv) != 3 || m.Rail.NumTracks() != 1 {
		t.Fatalf("%d intervals on %d tracks", len(iv), m.Rail.NumTracks())
	}
	for i := range iv {
		if at := iv[i].From.Metres() - 1000*float64(i); math.Abs(at) > 2 { // the yard is drawn on a plane
			t.Errorf("interval %d begins at %v m", i, iv[i].From.Metres())
		}
		iv[i].From = 0
	}
	if m.Text(iv[0].Name) != "Up Main" || m.Text(iv[0].Number) != "12" {
		t.Errorf("called %q, %q", m.Text(iv[0].Name), m.Text(iv[0].Number))
	}
	iv[0].Name, iv[0].Number = 0, 0
	for i, want := range []network.RailInterval{
		{
			Way: 10, Voltage: 15000, GaugeMM: 1435, Hertz100: 1670, SpeedForward: 161, SpeedBackward: 161, Usage: network.MainLine,
			Power: network.ContactLine, Flags: network.RailOnBridge | network.RailSpeedTagged, Tracks: 2, Layer: 1,
		},
		{
			Way: 11, Voltage: 750, SpeedForward: 50, SpeedBackward: 60, Usage: network.BranchLine, Power: network.ThirdRail, WayReversed: 1,
			Flags: network.RailInTunnel | network.RailInCutting | network.RailOnEmbankment | network.RailSpeedTagged | network.RailBidirectional |
				network.RailOneWay | network.RailOneWayBack,
		},
		{
			Way: 12, SpeedForward: 20, SpeedBackward: 20, Service: network.Yard, Layer: -2,
			Flags: network.RailOneWay | network.RailOneWayBack,
		},
	} {
		if iv[i] != want {
			t.Errorf("interval %d is\n%+v, want\n%+v", i, iv[i], want)
		}
	}
	if !slices.Contains(r.Unread, network.Count{Kind: "voltage=many", N: 1}) || len(r.Unread) != 1 {
		t.Errorf("not understood: %v", r.Unread)
	}
}

func TestUsualRailSpeeds(t *testing.T) {
	for _, c := range []struct {
		tags string
		kmh  uint16
	}{
		{"railway=rail", 80},
		{"railway=rail usage=main", 100},
		{"railway=rail usage=branch", 70},
		{"railway=rail usage=industrial service=spur", 20},
		{"railway=rail usage=main service=siding", 40},
		{"railway=rail usage=main service=crossover", 40},
		{"railway=rail usage=test", 40},
		{"railway=rail usage=main service=main", 100},
		{"railway=rail service=odd", 20},
		{"railway=narrow_gauge usage=main", 50},
		{"railway=tram", 30},
		{"railway=subway usage=main", 60},
		{"railway=funicular", 15},
		{"railway=preserved", 40},
		{"railway=rail maxspeed=40;80", 40},
		{"railway=rail maxspeed=2000", 80},
		{"railway=rail maxspeed=fast", 80},
	} {
		var tags []string
		for pair := range strings.FieldsSeq(c.tags) {
			k, v, _ := strings.Cut(pair, "=")
			tags = append(tags, k, v)
		}
		b := (&yard{}).at(1, 0, 0).at(2, 50, 0).Way(1, []int64{1, 2}, tags...)
		m, _ := buildFrom(t, b)
		if iv := m.Rail.Interval[0]; iv.SpeedForward != c.kmh || iv.SpeedBackward != c.kmh {
			t.Errorf("%s: %d and %d km/h, want %d", c.tags, iv.SpeedForward, iv.SpeedBackward, c.kmh)
		}
	}
}

func TestRailWaysUsedAndDropped(t *testing.T) {
	y := (&yard{}).at(1, 0, 0).at(2, 50, 0).at(3, 50, 50)
	want := make(map[RailReason][]int64)
	var used []int64
	id := int64(0)
	add := func(why RailReason, refs []int64, tags ...string) {
		id++
		y.Way(id, refs, tags...)
		if why == "" {
			used = append(used, id)
		} else {
			want[why] = append(want[why], id)
		}
	}
	line, ring := []int64{1, 2}, []int64{1, 2, 3, 1}
	for _, v := range []string{"rail", "light_rail", "subway", "tram", "narrow_gauge", "preserved", "funicular", "monorail"} {
		add("", line, "railway", v)
	}
	add("", line, "railway", "tram", "highway", "residential")
	add("", ring, "railway", "rail")
	add("", line, "railway", "rail", "area", "yes") // no area without an inside
	add(railway.Area, ring, "railway", "rail", "area", "yes")
	add(railway.Gone, line, "railway", "abandoned")
	add(railway.Gone, line, "railway", "rail", "disused", "yes")
	add(railway.NotBuilt, line, "railway", "construction", "construction", "rail")
	add(railway.Station, ring, "railway", "station")
	add(railway.Platform, line, "railway", "platform_edge")
	add(railway.Installation, ring, "railway", "turntable")
	add(railway.PointObject, line, "railway", "level_crossing")
	add(railway.NotRails, line, "railway", "maglev")
	add(railway.Leisure, line, "railway", "miniature")
	add(railway.UnknownValue, line, "railway", "tram;rail")
	add(railway.MissingNodes, []int64{1, 99}, "railway", "rail")
	add(railway.MissingNodes, []int64{1, 1}, "railway", "rail")
	m, r := buildFrom(t, &y.Builder)
	if !slices.Equal(r.RailUsed, used) {
		t.Errorf("used %v, want %v", r.RailUsed, used)
	}
	for _, why := range RailReasons() {
		if got, ok := r.RailDrop[why]; !ok || !slices.Equal(got, want[why]) || len(want[why]) == 0 {
			t.Errorf("%s: %v, want %v", why, got, want[why])
		}
	}
	if len(r.RailDrop) != len(RailReasons()) || m.Meta.RailWaysUsed != len(used) || len(m.Meta.RailDrops) != len(RailReasons()) {
		t.Errorf("%d reasons, %d ways used", len(r.RailDrop), m.Meta.RailWaysUsed)
	}
	if !slices.Contains(r.Unread, network.Count{Kind: "railway=tram;rail", N: 1}) {
		t.Errorf("not understood: %v", r.Unread)
	}
}

func TestRailFeatures(t *testing.T) {
	y := (&yard{}).at(1, 0, 0)
	y.at(2, 100, 0, "railway", "level_crossing", "crossing:barrier", "full")
	y.at(3, 200, 0, "railway", "crossing")
	y.at(4, 300, 0, "railway", "signal", "railway:signal:main", "DE-ESO:hp", "railway:signal:direction", "forward")
	y.at(5, 400, 0, "public_transport", "stop_position", "train", "yes")
	y.at(6, 500, 0, "public_transport", "stop_position", "bus", "yes")
	y.at(7, 600, 0, "railway", "level_crossing").at(8, 700, 0).at(9, 700, 10).at(10, 50, 5, "railway", "signal")
	y.track(1, []int64{1, 2, 3, 4, 5, 6, 7}).track(2, []int64{7, 8}).track(3, []int64{7, 9})
	m, _ := buildFrom(t, &y.Builder)
	var got []string
	for _, f := range m.Rail.Feature {
		got = append(got, fmt.Sprintf("%d %v %d %d %s", f.OSM, f.Kind, f.Value, f.Foot, m.Text(f.Tags)))
	}
	want := []string{
		"2 rail_level_crossing 4 0 railway=level_crossing crossing:barrier=full",
		"3 rail_level_crossing 0 1 railway=crossing",
		"4 rail_signal 1 0 railway=signal railway:signal:main=DE-ESO:hp railway:signal:direction=forward",
		"5 rail_stop 0 0 public_transport=stop_position train=yes",
		"7 rail_level_crossing 0 0 railway=level_crossing", // at the switch: on each of its three tracks
		"7 rail_level_crossing 0 0 railway=level_crossing",
		"7 rail_level_crossing 0 0 railway=level_crossing",
	}
	if !slices.Equal(got, want) {
		t.Errorf("features\n%s", strings.Join(got, "\n"))
	}
	for _, f := range m.Rail.Feature {
		if node := m.Rail.PointAt(f.Track, f.At); math.Abs(float64(node.Lat)-50*geo.E7) > 2 {
			t.Errorf("node %d lies at %v", f.OSM, node)
		}
	}
}

func TestRailStations(t *testing.T) {
	y := (&yard{}).at(1, -1000, 0).at(2, 1000, 0).at(3, -1000, 150).at(4, 1000, 150).at(5, -1000, 400).at(6, 1000, 400)
	y.track(1, []int64{1, 2}).track(2, []int64{3, 4}).Way(3, []int64{5, 6}, "railway", "tram")
	y.at(20, 10, 30, "railway", "station", "name", "Central", "railway:ref", "CE", "uic_ref", "8000001")
	y.at(21, 0, 420, "railway", "tram_stop", "name", "Central")
	y.at(22, 500, 0, "railway", "station", "disused", "yes")
	// The same station as an area, another as a relation of two ways, a yard.
	y.at(30, -50, -20).at(31, 50, -20).at(32, 50, 80).at(33, -50, 80)
	y.Way(40, []int64{30, 31, 32, 33, 30}, "railway", "station", "name", "Central")
	y.at(34, -900, 100).at(35, -700, 100).at(36, -700, 140).at(37, -900, 140)
	y.Way(41, []int64{34, 35, 36}).Way(42, []int64{36, 37, 34})
	y.Relation(50, []osmtest.Member{{Kind: osmtest.Way, ID: 41, Role: "outer"}, {Kind: osmtest.Way, ID: 42, Role: "outer"}},
		"type", "multipolygon", "railway", "halt", "name", "West", "ref", "W")
	m, _ := buildFrom(t, &y.Builder)
	var got []string
	for i, s := range m.Rail.Station {
		line := fmt.Sprintf("%s %v %q %q:", s.Object(), s.Kind, m.Text(s.Name), m.Text(s.Code))
		for _, x := range m.Rail.StationTrack {
			if x.Station == uint32(i) {
				line += fmt.Sprintf(" %d/%d", m.Rail.Intervals(x.Track)[0].Way, (x.AwayCM+50)/100)
			}
		}
		got = append(got, line)
	}
	want := []string{
		`node/20 rail_station "Central" "CE": 1/30 2/120`,
		`node/21 tram_stop "Central" "": 3/20`,
		`relation/50 rail_halt "West" "W": 1/120 2/30`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("stations\n%s", strings.Join(got, "\n"))
	}
}

func TestTrackTooLongForAMap(t *testing.T) {
	b := (&osmtest.Builder{}).Node(1, 0, 0).Node(2, 0, 30).Node(3, 0, 60).Way(7, []int64{1, 2, 3}, "railway", "rail")
	path := filepath.Join(t.TempDir(), "x.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Build(t.Context(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "way 7 and those joined to it run over 4294 km") {
		t.Errorf("a railway of 6,000 km: %v", err)
	}
}

func TestDirectionOfTracks(t *testing.T) {
	const back = network.RailOneWay | network.RailOneWayBack
	for tags, want := range map[string]network.RailFlag{
		"": 0, "oneway=no": 0, "oneway=yes": network.RailOneWay, "oneway=-1": back, "railway:preferred_direction=both": 0,
		"railway:preferred_direction=forward": network.RailOneWay, "railway:preferred_direction=backward": back,
		"oneway=yes railway:preferred_direction=backward": network.RailOneWay,
	} {
		for _, refs := range [][]int64{{1, 2}, {2, 1}} {
			list := []string{"railway", "rail"}
			for pair := range strings.FieldsSeq(tags) {
				k, v, _ := strings.Cut(pair, "=")
				list = append(list, k, v)
			}
			m, _ := buildFrom(t, (&yard{}).at(1, 0, 0).at(2, 50, 0).Way(1, refs, list...))
			iv := m.Rail.Interval[0]
			want := want
			if iv.WayReversed == 1 && want != 0 {
				want ^= network.RailOneWayBack
			}
			if iv.Flags != want || iv.WayReversed != uint8(refs[0]-1) {
				t.Errorf("%q along %v: %+v", tags, refs, iv)
			}
		}
	}
}

// Every key that the railways ask for is one that is kept.
func TestRailKeysAreKept(t *testing.T) {
	for _, k := range railway.Keys() {
		if _, ok := keyNumbers[k]; !ok {
			t.Errorf("key %s is not kept", k)
		}
	}
}

// Any extract makes sound railways that hold each segment of each used way
// exactly once.
func TestAnyExtractMakesSoundRailways(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		b := &osmtest.Builder{}
		points := make(map[int64]geo.Point)
		for id := int64(1); id <= 14; id++ {
			if rapid.IntRange(0, 11).Draw(t, "missing") == 0 {
				continue
			}
			p := geo.Point{Lat: 500000000 + 3000*rapid.Int32Range(0, 7).Draw(t, "lat"), Lon: 80000000 + 3000*rapid.Int32Range(0, 7).Draw(t, "lon")}
			points[id] = p
			var tags []string
			if v := rapid.SampledFrom([]string{"", "", "switch", "railway_crossing", "buffer_stop", "level_crossing", "signal", "station"}).Draw(t, "node"); v != "" {
				tags = append(tags, "railway", v)
			}
			b.NodeE7(id, p.Lat, p.Lon, tags...)
		}
		want := 0.0
		ways := rapid.IntRange(0, 10).Draw(t, "ways")
		for w := range ways {
			refs := rapid.SliceOfN(rapid.Int64Range(1, 14), 0, 7).Draw(t, "refs")
			kind := rapid.SampledFrom([]string{"rail", "rail", "tram", "abandoned"}).Draw(t, "railway")
			b.Way(int64(w+1), refs, "railway", kind, "gauge", rapid.SampledFrom([]string{"", "1435", "1000", "1000;1435"}).Draw(t, "gauge"))
			for i := 1; i < len(refs) && kind != "abandoned"; i++ {
				p, ok1 := points[refs[i-1]]
				q, ok2 := points[refs[i]]
				if ok1 && ok2 {
					want += geo.Distance(p, q)
				}
			}
		}
		m, report := buildRapid(t, dir, b)
		r := &m.Rail
		n := len(report.RailUsed)
		for _, ids := range report.RailDrop {
			n += len(ids)
		}
		if n != ways {
			t.Fatalf("%d of %d ways used or dropped", n, ways)
		}
		got := 0.0
		degree := make([]int, len(r.NodePoint))
		for id := range network.TrackID(r.NumTracks()) {
			got += r.Length[id].Metres()
			degree[r.Tail[id]]++
			degree[r.Head[id]]++
			if r.NodeInfo[r.Tail[id]].OSM > r.NodeInfo[r.Head[id]].OSM {
				t.Fatalf("track %d runs from the greater id", id)
			}
		}
		if math.Abs(got-want) > 0.001*float64(r.NumTracks()+1) {
			t.Fatalf("tracks have %v m, the segments %v m", got, want)
		}
		for i, n := range r.NodeInfo {
			if int(n.Degree) != degree[i] {
				t.Fatalf("node %d has degree %d, %d ends meet", n.OSM, n.Degree, degree[i])
			}
		}
		checkMoves(t, m)
	})
}

// checkMoves checks what holds for moves whatever the geometry: none at ends and
// buffer stops, at most one way through a diamond, at most two pairs at a switch
// of three.
func checkMoves(t *rapid.T, m *network.Map) {
	r := &m.Rail
	pairs := make([]int, len(r.NodePoint))
	for a := range network.RailArcID(r.NumArcs()) {
		n := r.ArcHead(a)
		moves := r.Moves(a)
		pairs[n] += len(moves)
		switch r.NodeInfo[n].Kind {
		case network.RailEnd, network.BufferStop:
			if len(moves) > 0 {
				t.Fatalf("a train runs on beyond the end at node %d", r.NodeInfo[n].OSM)
			}
		case network.RailDiamond, network.RailJoint:
			if len(moves) > 1 {
				t.Fatalf("%d moves from one track at node %d, where there is no switch", len(moves), r.NodeInfo[n].OSM)
			}
		case network.RailSwitch, network.RailSlip, network.RailNodeKinds:
		}
	}
	for n, count := range pairs {
		if r.NodeInfo[n].Degree == 3 && count > 4 {
			t.Fatalf("%d moves at the switch %d", count, r.NodeInfo[n].OSM)
		}
	}
}

func buildRapid(t *rapid.T, dir string, b *osmtest.Builder) (*network.Map, *Report) {
	path := filepath.Join(dir, "x.osm.pbf")
	if err := b.WritePBF(path); err != nil {
		t.Fatal(err)
	}
	m, report, err := Build(context.Background(), []string{path}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m, report
}

// railwaysOf makes the railways of collected data.
func railwaysOf(t *testing.T, c *collected) *network.Map {
	t.Helper()
	d := &draft{c: c, m: &network.Map{}, notes: make(map[string]int)}
	if err := d.addRailways(&Report{}); err != nil {
		t.Fatal(err)
	}
	return d.m
}

// Splitting ways, turning them round and putting nodes in the middle of segments
// changes neither tracks nor moves.
func TestRailwaysDoNotDependOnHowWaysAreDrawn(t *testing.T) {
	for _, name := range []string{"harrisburg.osm.pbf", "london-northern-line.osm.pbf", "krems.osm.gz"} {
		c, err := collect(t.Context(), []string{testdata.Extract(t, name)}, 2, &reporter{})
		if err != nil {
			t.Fatal(err)
		}
		want := railwaysOf(t, c)
		for seed := range uint64(3) {
			got := railwaysOf(t, reshape(c, seed))
			a, b := &got.Rail, &want.Rail
			if len(a.Vertex) < len(b.Vertex)*101/100 || len(a.Interval) < len(b.Interval)*11/10 {
				t.Fatalf("%s: hardly anything was changed", name)
			}
			if !slices.Equal(a.NodeInfo, b.NodeInfo) || !slices.Equal(a.NodePoint, b.NodePoint) {
				t.Fatalf("%s, seed %d: other nodes", name, seed)
			}
			if x, y := tracksOf(got), tracksOf(want); x != y {
				t.Fatalf("%s, seed %d: tracks %s, were %s", name, seed, x, y)
			}
			if x, y := movesOf(got), movesOf(want); x != y {
				t.Fatalf("%s, seed %d: moves %s, were %s", name, seed, x, y)
			}
			lengths := func(r *network.Rail) []network.Millimetres {
				return slices.Sorted(slices.Values(r.Length))
			}
			for i, x := range lengths(a) {
				if y := lengths(b)[i]; math.Abs(x.Metres()-y.Metres()) > 1e-9*y.Metres()+0.0011 {
					t.Fatalf("%s, seed %d: a track of %v m, was %v m", name, seed, x.Metres(), y.Metres())
				}
			}
			things := func(r *network.Rail) []string {
				var list []string
				for _, f := range r.Feature {
					list = append(list, fmt.Sprint(f.OSM, f.Kind, f.Value, f.Foot))
				}
				slices.Sort(list)
				return list
			}
			if !slices.Equal(things(a), things(b)) || len(a.StationTrack) != len(b.StationTrack) {
				t.Errorf("%s, seed %d: other features or stations", name, seed)
			}
		}
	}
}

// BenchmarkRailwaysDelaware measures what the railways add to a build.
func BenchmarkRailwaysDelaware(b *testing.B) {
	c, err := collect(b.Context(), []string{testdata.Delaware(b)}, maxWorkers(), &reporter{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d := &draft{c: c, m: &network.Map{}, notes: make(map[string]int)}
		if err := d.addRailways(&Report{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestSwitchesJudgedByHand compares with docs/labels/switches-harrisburg.csv: 20
// places where tracks meet in Harrisburg, judged by eye from pictures of the raw
// data. A branch is named by its bearing 25 m on.
func TestSwitchesJudgedByHand(t *testing.T) {
	m, _, err := Build(t.Context(), []string{testdata.Extract(t, "harrisburg.osm.pbf")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(testdata.RepoRoot(t), "docs", "labels", "switches-harrisburg.csv"))
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
	if len(rows) != 21 {
		t.Fatalf("%d rows, want a head and 20", len(rows))
	}
	r := &m.Rail
	for _, row := range rows[1:] {
		node, moves := row[2], strings.Fields(row[3])
		n := slices.IndexFunc(r.NodeInfo, func(n network.RailNode) bool { return strconv.FormatInt(n.OSM, 10) == node })
		if n < 0 {
			t.Errorf("%s is no node of the railways", node)
			continue
		}
		bearing := func(a network.RailArcID) float64 { // a leaves the node
			at := min(r.Length[a.Track()], 25_000)
			if a.Backwards() {
				at = r.Length[a.Track()] - at
			}
			return geo.Bearing(r.NodePoint[n], r.PointAt(a.Track(), at))
		}
		var got []string
		for a := range network.RailArcID(r.NumArcs()) {
			if r.ArcHead(a) != network.RailNodeID(n) {
				continue
			}
			for _, b := range r.Moves(a) {
				i := slices.IndexFunc(moves, func(s string) bool {
					from, to, _ := strings.Cut(s, "-")
					return isBearing(t, from, bearing(a.Reverse())) && isBearing(t, to, bearing(b))
				})
				if i >= 0 {
					got = append(got, moves[i])
					continue
				}
				if !slices.ContainsFunc(moves, func(s string) bool {
					from, to, _ := strings.Cut(s, "-")
					return isBearing(t, to, bearing(a.Reverse())) && isBearing(t, from, bearing(b))
				}) {
					t.Errorf("node %s: a move from bearing %.0f to %.0f that was not seen", node, bearing(a.Reverse()), bearing(b))
				}
			}
		}
		slices.Sort(got)
		slices.Sort(moves)
		if !slices.Equal(got, moves) {
			t.Errorf("node %s: moves %v, seen were %v", node, got, moves)
		}
	}
}

func isBearing(t *testing.T, s string, got float64) bool {
	t.Helper()
	want, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return math.Abs(math.Remainder(want-got, 360)) < 2
}
