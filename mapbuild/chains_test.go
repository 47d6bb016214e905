package mapbuild

import (
	"fmt"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

func TestChainsAreCutWhereTheyMust(t *testing.T) {
	road := func(b *osmtest.Builder, id int64, tags []string, refs ...int64) *osmtest.Builder {
		return b.Way(id, refs, append([]string{"highway", "primary"}, tags...)...)
	}
	for _, c := range []struct {
		name string
		b    *osmtest.Builder
		want string
	}{
		{"one way", road(grid(1, 4), 1, nil, 11, 12, 13, 14), "11-14"},
		{"against the ids", road(grid(1, 4), 1, nil, 14, 13, 12, 11), "11-14"},
		{"two ways in line", road(road(grid(1, 4), 1, nil, 11, 12), 2, nil, 14, 13, 12), "11-14"},
		{"other name and speed", road(road(grid(1, 4), 1, []string{"name", "A", "maxspeed", "30"}, 11, 12), 2, nil, 12, 13, 14), "11-14"},
		{"one-way in line", road(road(grid(1, 4), 1, []string{"oneway", "yes"}, 11, 12), 2, []string{"oneway", "-1"}, 14, 13, 12), "11-14"},
		{"one-way begins", road(road(grid(1, 4), 1, []string{"oneway", "yes"}, 11, 12), 2, nil, 12, 13, 14), "11-12 12-14"},
		{"one-way against", road(road(grid(1, 4), 1, []string{"oneway", "yes"}, 11, 12), 2, []string{"oneway", "yes"}, 14, 13, 12), "11-12 12-14"},
		{"closed to lorries", road(road(grid(1, 4), 1, []string{"hgv", "no"}, 11, 12), 2, nil, 12, 13, 14), "11-12 12-14"},
		{"junction", road(road(grid(2, 4), 1, nil, 11, 12, 13, 14), 2, nil, 12, 22), "11-12 12-14 12-22"},
		{"footway is no junction", road(grid(2, 4), 1, nil, 11, 12, 13, 14).Way(2, []int64{12, 22}, "highway", "footway"), "11-14"},
		{"crossing without a node", road(road(grid(3, 3), 1, nil, 11, 22, 33), 2, nil, 13, 31), "11-33 13-31"},
		{"missing node", road(grid(1, 4), 1, nil, 11, 12, 99, 13, 14), "11-12 13-14"},
		{"missing ends", road(grid(1, 4), 1, nil, 98, 11, 12, 99), "11-12"},
		{"missing next to every node", road(grid(1, 4), 1, nil, 11, 99, 12, 99, 13, 14), "13-14"},
		{"node repeated", road(grid(1, 4), 1, nil, 11, 11, 12, 12, 13), "11-13"},
		{"there and back", road(grid(1, 3), 1, nil, 11, 12, 13, 12, 11), "12-12 12-12"},
		{"ring", road(grid(2, 2), 1, nil, 22, 21, 11, 12, 22), "11-11"},
		{"ring of two ways", road(road(grid(2, 2), 1, nil, 22, 21, 11), 2, nil, 11, 12, 22), "11-11"},
		{"ring whose least node is inside a way", road(road(grid(2, 2), 1, nil, 22, 12, 11, 21), 2, nil, 21, 22), "11-11"},
		{"ring on a stick", road(grid(2, 3), 1, nil, 13, 12, 11, 21, 22, 12), "12-12 12-13"},
		{"figure of eight", road(grid(3, 3), 1, nil, 22, 21, 11, 22, 23, 33, 22), "22-22 22-22"},
		{"ferry", road(grid(1, 4), 1, nil, 11, 12).Way(2, []int64{12, 13, 14}, "route", "ferry", "motor_vehicle", "yes"), "11-12 12-14"},
		{"gate", road(grid(1, 4).Node(15, 50.001, 8.01, "barrier", "gate"), 1, nil, 11, 15, 14), "11-15 14-15"},
		{"kerb", road(grid(1, 4).Node(15, 50.001, 8.01, "barrier", "kerb"), 1, nil, 11, 15, 14), "11-14"},
		{"two ways over the same ground", road(road(grid(1, 3), 1, nil, 11, 12, 13), 2, nil, 11, 12, 13), "12-12 12-12"},
	} {
		m, _ := buildFrom(t, c.b)
		if got := chainsOf(m); got != c.want {
			t.Errorf("%s: chains %s, want %s", c.name, got, c.want)
		}
	}
}

func TestIntervals(t *testing.T) {
	b := grid(1, 5).
		Way(1, []int64{12, 11}, "highway", "primary", "name", "A", "maxspeed:forward", "30", "maxheight:forward", "3").
		Way(2, []int64{12, 13, 14}, "highway", "secondary", "name", "B", "ref", "7", "maxheight", "4").
		Way(3, []int64{14, 15}, "highway", "primary", "name", "A", "maxweight:conditional", "7.5 @ wet")
	m, _ := buildFrom(t, b)
	if got := chainsOf(m); got != "11-15" {
		t.Fatal(got)
	}
	iv := m.Intervals(0)
	if len(iv) != 3 || iv[0].Way != 1 || iv[1].Way != 2 || iv[2].Way != 3 {
		t.Fatalf("intervals %+v", iv)
	}
	_, at := m.Vertices(0)
	if iv[1].From != at[1] || iv[2].From != at[3] {
		t.Errorf("intervals begin at %d and %d, vertices are at %d", iv[1].From, iv[2].From, at)
	}
	if iv[0].WayReversed != 1 || iv[0].SpeedForward != 65 || iv[0].SpeedBackward != 30 || iv[1].WayReversed != 0 {
		t.Errorf("way 1 runs against the chain: %+v", iv[0])
	}
	if m.Text(iv[0].Name) != "A" || m.Text(iv[1].Name) != "B" || m.Text(iv[1].Number) != "7" || iv[0].Name != iv[2].Name {
		t.Error("names")
	}
	if h := m.Limits[iv[0].Limits].HeightCM; h != 300 {
		t.Errorf("interval of way 1 has height limit %d", h)
	}
	if f, b := m.Limits[m.ArcLimits[0]].HeightCM, m.Limits[m.ArcLimits[1]].HeightCM; f != 400 || b != 300 {
		t.Errorf("arcs have height limits %d, %d; want 400 forwards, 300 backwards", f, b)
	}
	if len(m.Conditions) != 1 || m.Conditions[0].From != at[3] || m.Conditions[0].To != m.Length[0] || m.Text(m.Conditions[0].Val) != "7.5 @ wet" {
		t.Errorf("conditions %+v", m.Conditions)
	}
}

func TestIntervalsOfRingBeginAtItsNode(t *testing.T) {
	// Node 11 is inside way 1; the ring runs 11 12 22 21, anticlockwise.
	b := grid(2, 2).Way(1, []int64{12, 11, 21}, "highway", "primary").Way(2, []int64{21, 22, 12}, "highway", "secondary")
	m, _ := buildFrom(t, b)
	if got := chainsOf(m); got != "11-11" {
		t.Fatal(got)
	}
	_, at := m.Vertices(0)
	var got []string
	for _, iv := range m.Intervals(0) {
		got = append(got, fmt.Sprintf("way %d from vertex %d reversed %d", iv.Way, slices.Index(at, iv.From), iv.WayReversed))
	}
	want := []string{"way 1 from vertex 0 reversed 1", "way 2 from vertex 1 reversed 1", "way 1 from vertex 3 reversed 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRingsRunAnticlockwise(t *testing.T) {
	for _, refs := range [][]int64{{11, 12, 22, 21, 11}, {11, 21, 22, 12, 11}, {22, 21, 11, 12, 22}, {21, 11, 12, 22, 21}} {
		m, _ := buildFrom(t, grid(2, 2).Way(1, refs, "highway", "primary"))
		v, _ := m.Vertices(0)
		if v[1].Lat != v[0].Lat || v[1].Lon <= v[0].Lon {
			t.Errorf("ring %v does not begin eastwards from its south-western corner: %v", refs, v)
		}
	}
}

func TestFerrySpeedFromDuration(t *testing.T) {
	b := (&osmtest.Builder{}).Node(1, 50, 8).Node(2, 50.1, 8).Node(3, 50.2, 8).
		Way(1, []int64{1, 2}, "route", "ferry", "motor_vehicle", "yes", "duration", "00:33").
		Way(2, []int64{2, 3}, "route", "ferry", "motor_vehicle", "yes", "duration", "00:01").
		Way(3, []int64{2, 3, 99}, "route", "ferry", "motor_vehicle", "yes", "duration", "00:33")
	m, r := buildFrom(t, b)
	if !slices.Equal(r.Ferries, []int64{1, 2, 3}) || len(r.Used) != 0 {
		t.Fatalf("ferries %v, ways %v", r.Ferries, r.Used)
	}
	want := map[int64]uint8{1: 20, 2: 15, 3: 15} // 11.1 km in 33 min; 667 km/h; not whole
	for _, iv := range m.Interval {
		if iv.SpeedForward != want[iv.Way] || iv.SpeedBackward != want[iv.Way] {
			t.Errorf("way %d: %d/%d km/h, want %d", iv.Way, iv.SpeedForward, iv.SpeedBackward, want[iv.Way])
		}
	}
}

func TestOverlappingExtracts(t *testing.T) {
	first := grid(1, 3).Way(1, []int64{11, 12}, "highway", "primary", "name", "first")
	second := grid(1, 4).Node(12, 51, 9).Way(1, []int64{11, 12, 13}, "highway", "primary", "name", "second").Way(2, []int64{12, 13, 14}, "highway", "primary")
	m, r := buildFrom(t, first, second)
	if got := chainsOf(m); got != "11-14" {
		t.Fatalf("chains %s", got)
	}
	if !slices.Equal(r.Used, []int64{1, 2}) {
		t.Errorf("used %v", r.Used)
	}
	if noteOf(r, "ways in more than one extract") != 1 || noteOf(r, "nodes in more than one extract") == 0 {
		t.Errorf("notes %v", r.Notes)
	}
	if iv := m.Intervals(0); m.Text(iv[0].Name) != "first" {
		t.Errorf("way 1 is called %q", m.Text(iv[0].Name))
	}
	v, _ := m.Vertices(0)
	if v[1].Lat != 500010000 {
		t.Errorf("node 12 is at %v, not where the first extract has it", v[1])
	}
	if len(m.Meta.Sources) != 2 || m.Meta.Sources[0].SHA256 == m.Meta.Sources[1].SHA256 {
		t.Errorf("sources %+v", m.Meta.Sources)
	}
}

func TestNodeInfo(t *testing.T) {
	b := grid(2, 4).Node(15, 50.001, 8.0075, "barrier", "bollard").Node(99, 50.5, 8.5).Node(98, 50.5, 8.6).
		Way(1, []int64{11, 12, 13, 14, 15}, "highway", "primary").
		Way(2, []int64{12, 22}, "highway", "primary").Way(3, []int64{22, 23}, "highway", "service", "service", "driveway").
		Way(4, []int64{98, 99}, "highway", "primary")
	m, _ := buildFrom(t, b)
	if n := m.NodeInfo[nodeAt(t, m, 15)]; m.Text(n.Barrier) != "bollard" || n.Access != network.NoAccess || n.Degree != 1 {
		t.Errorf("bollard at a dead end: %+v", n)
	}
	if n := m.NodeInfo[nodeAt(t, m, 12)]; n.Degree != 3 || n.Island != 0 || n.Barrier != 0 || n.Access != 0 {
		t.Errorf("junction: %+v", n)
	}
	if n := m.NodeInfo[nodeAt(t, m, 98)]; n.Island != 1 {
		t.Errorf("road by itself is no island: %+v", n)
	}
}

// partsOf returns per way the component of the chain it begins on.
func partsOf(m *network.Map) map[int64]uint32 {
	parts := make(map[int64]uint32)
	for c := range m.Length {
		for _, iv := range m.Intervals(network.ChainID(c)) {
			parts[iv.Way] = m.Component[c]
		}
	}
	return parts
}

func TestComponents(t *testing.T) {
	b := grid(4, 6).Node(99, 50.0025, 8.0015, "barrier", "gate", "access", "private").
		// The public road, of three chains.
		Way(1, []int64{11, 12, 13, 14, 15, 16}, "highway", "primary").
		// Two driveways that meet, one that does not.
		Way(2, []int64{13, 23}, "highway", "service", "access", "private").
		Way(3, []int64{23, 33}, "highway", "service", "service", "driveway").
		Way(4, []int64{15, 25}, "highway", "service", "access", "customers").
		// Open streets behind driveway 3: an enclave, and behind the gate another.
		Way(5, []int64{33, 34, 44}, "highway", "residential").
		Way(6, []int64{11, 21, 99, 41}, "highway", "residential").
		// Closed to lorries is not restricted.
		Way(7, []int64{16, 26}, "highway", "residential", "hgv", "no")
	m, _ := buildFrom(t, b)
	p := partsOf(m)
	if p[1] != network.None || p[7] != network.None {
		t.Errorf("public roads are in parts %d, %d", p[1], p[7])
	}
	if p[2] == network.None || p[3] != p[2] || p[5] != p[2] {
		t.Errorf("driveways and the street behind them are in parts %d, %d, %d", p[2], p[3], p[5])
	}
	if p[4] == network.None || p[4] == p[2] {
		t.Errorf("the other car park is in part %d", p[4])
	}
	if p[6] == network.None || p[6] == p[2] { // the last chain of way 6 is behind the gate
		t.Errorf("the street behind the gate is in part %d", p[6])
	}
}
