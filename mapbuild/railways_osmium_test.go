package mapbuild

import (
	"fmt"
	"maps"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// railObjects are the railway ways of an extract with their nodes, as osmium
// gives them.
type railObjects struct {
	ways  map[int64]object
	nodes map[string]object
}

// place returns where a node is; ok is false if the extract lacks it.
func (r *railObjects) place(t *testing.T, ref string) (p geo.Point, ok bool) {
	t.Helper()
	n, ok := r.nodes[ref]
	if !ok || n.lat == "" {
		return p, false
	}
	lat, err1 := strconv.ParseFloat(n.lat, 64)
	lon, err2 := strconv.ParseFloat(n.lon, 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("node %s is at %q, %q", ref, n.lat, n.lon)
	}
	return geo.PointFromDegrees(lat, lon), true
}

// railwaysByOsmium asks osmium for all railway ways and for those that the network
// must have.
func railwaysByOsmium(t *testing.T, path string) (r *railObjects, all []int64) {
	t.Helper()
	tool := testdata.Tool(t, "osmium", "osmium-tool")
	small := filepath.Join(t.TempDir(), "railways.osm.pbf")
	if message, err := exec.CommandContext(t.Context(), tool, "tags-filter", "--no-progress", "-o", small, path, "w/railway").CombinedOutput(); err != nil {
		t.Fatalf("osmium: %v: %s", err, message)
	}
	id := func(o object) int64 {
		n, err := strconv.ParseInt(o.id[1:], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, o := range osmium(t, tool, small, "w/railway") {
		all = append(all, id(o))
	}
	r = &railObjects{make(map[int64]object), make(map[string]object)}
	tracks := osmium(t, tool, small, withNodes, "w/railway=rail,light_rail,subway,tram,narrow_gauge,preserved,funicular,monorail")
	for _, o := range tracks {
		if o.id[0] == 'n' {
			r.nodes[o.id] = o
		}
	}
	for _, o := range tracks {
		if o.id[0] != 'w' || slices.ContainsFunc([]string{"abandoned", "disused", "razed", "removed", "demolished"}, func(k string) bool { return o.in(k, "yes") }) {
			continue
		}
		if closed := len(o.refs) > 2 && o.refs[0] == o.refs[len(o.refs)-1]; closed && o.in("area", "yes") {
			continue
		}
		drawn := false
		r.eachSegment(t, o, func(a, b string, p, q geo.Point) { drawn = true })
		if drawn {
			r.ways[id(o)] = o
		}
	}
	slices.Sort(all)
	return r, all
}

// eachSegment calls do for the segments of a way of which both ends are there.
func (r *railObjects) eachSegment(t *testing.T, o object, do func(a, b string, p, q geo.Point)) {
	t.Helper()
	for i := 1; i < len(o.refs); i++ {
		p, ok1 := r.place(t, o.refs[i-1])
		q, ok2 := r.place(t, o.refs[i])
		if ok1 && ok2 && o.refs[i] != o.refs[i-1] {
			do(o.refs[i-1], o.refs[i], p, q)
		}
	}
}

func TestRailwaysEqualOsmium(t *testing.T) {
	switches := 0
	for _, path := range allExtracts(t) {
		m, report, err := Build(t.Context(), []string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		data, all := railwaysByOsmium(t, path)
		checkRailwayWays(t, name, m, report, data, all)
		switches += checkRailwayMoves(t, name, m, data)
		checkRailwayFeatures(t, name, m, data)
	}
	t.Logf("%d nodes at which more than two ends of tracks meet", switches)
}

// checkRailwayWays: the railway ways used are those that osmium finds, every way
// is used or dropped once, and every used way lies on tracks once, from end to end.
func checkRailwayWays(t *testing.T, name string, m *network.Map, report *Report, want *railObjects, all []int64) {
	t.Helper()
	if used := slices.Sorted(maps.Keys(want.ways)); !slices.Equal(report.RailUsed, used) {
		t.Errorf("%s: %d ways used, osmium finds %d", name, len(report.RailUsed), len(used))
	}
	got := slices.Clone(report.RailUsed)
	for _, ids := range report.RailDrop {
		got = append(got, ids...)
	}
	slices.Sort(got)
	if !slices.Equal(got, all) {
		t.Errorf("%s: %d railway ways are used or dropped, osmium finds %d", name, len(got), len(all))
	}
	on := make(map[int64]float64)
	for id := range network.TrackID(m.Rail.NumTracks()) {
		intervals := m.Rail.Intervals(id)
		for i, iv := range intervals {
			to := m.Rail.Length[id]
			if i+1 < len(intervals) {
				to = intervals[i+1].From
			}
			on[iv.Way] += (to - iv.From).Metres()
		}
	}
	total := 0.0
	for id, o := range want.ways {
		length, pieces := 0.0, 0
		want.eachSegment(t, o, func(_, _ string, p, q geo.Point) {
			length += geo.Distance(p, q)
			pieces++
		})
		if math.Abs(on[id]-length) > 0.0011*float64(pieces) {
			t.Errorf("%s: way %d has %v m, %v m of it on tracks", name, id, length, on[id])
		}
		total += length
	}
	t.Logf("%s: %d of %d railway ways used, %.1f km on %d tracks", name, len(report.RailUsed), len(all), total/1000, m.Rail.NumTracks())
	if math.Abs(total/1000-m.Meta.KMTrack) > 1e-6*float64(len(m.Rail.Vertex)) {
		t.Errorf("%s: %v km of track, want %v", name, m.Meta.KMTrack, total/1000)
	}
}

// checkRailwayFeatures: the level crossings, signals and stops on tracks are the
// tagged nodes of used ways.
func checkRailwayFeatures(t *testing.T, name string, m *network.Map, data *railObjects) {
	t.Helper()
	on := make(map[string]bool)
	for _, o := range data.ways {
		data.eachSegment(t, o, func(a, b string, _, _ geo.Point) { on[a], on[b] = true, true })
	}
	want := make(map[string]bool)
	for id := range on {
		o := data.nodes[id]
		values := strings.Split(o.tags["railway"], ";")
		is := func(list ...string) bool {
			return slices.ContainsFunc(list, func(v string) bool { return slices.Contains(values, v) })
		}
		if is("level_crossing", "tram_level_crossing") {
			want[id+" road"] = true
		} else if is("crossing", "tram_crossing") {
			want[id+" foot"] = true
		}
		if is("signal") {
			want[id+" signal"] = true
		}
		trains := []string{"train", "light_rail", "subway", "tram", "monorail", "funicular"}
		if is("stop", "tram_stop") || o.in("public_transport", "stop_position") && slices.ContainsFunc(trains, func(k string) bool { return o.in(k, "yes") }) {
			want[id+" stop"] = true
		}
	}
	got := make(map[string]bool)
	for _, f := range m.Rail.Feature {
		what := map[network.RailFeatureKind]string{network.RailCrossing: "road", network.RailSignal: "signal", network.RailStop: "stop"}[f.Kind]
		if f.Foot == 1 {
			what = "foot"
		}
		id := "n" + strconv.FormatInt(f.OSM, 10)
		got[id+" "+what] = true
		if p, ok := data.place(t, id); !ok || geo.Distance(p, m.Rail.PointAt(f.Track, f.At)) > 0.02 {
			t.Errorf("%s: %s %s is not where its node is", name, what, id)
		}
	}
	for id := range want {
		if !got[id] {
			t.Errorf("%s: %s is missing", name, id)
		}
	}
	for id := range got {
		if !want[id] {
			t.Errorf("%s: %s is not on a used way", name, id)
		}
	}
}

// A railEnd is a branch at a node: the node next to it, and the way.
type railEnd struct {
	next string
	way  int64
}

// A railGraph is the neighbours of every node, made from osmium's answer without
// any of the code under test.
type railGraph struct {
	t    *testing.T
	data *railObjects
	at   map[string][]railEnd
}

func (g *railGraph) place(ref string) geo.Point {
	p, _ := g.data.place(g.t, ref)
	return p
}

// direction returns a unit vector on a plane from a node along one of its
// branches to what lies 25 m on.
func (g *railGraph) direction(from string, e railEnd) (x, y float64) {
	origin := g.place(from)
	east := 111_320 * math.Cos(float64(origin.Lat)/1e7*math.Pi/180)
	plane := func(p geo.Point) (float64, float64) {
		return float64(p.Lon-origin.Lon) / 1e7 * east, float64(p.Lat-origin.Lat) / 1e7 * 111_200
	}
	left := 25.0
	px, py := 0.0, 0.0
	for before, here := from, e; ; {
		qx, qy := plane(g.place(here.next))
		step := math.Hypot(qx-px, qy-py)
		if step >= left {
			px, py = px+(qx-px)*left/step, py+(qy-py)*left/step
			break
		}
		px, py, left = qx, qy, left-step
		onward := g.at[here.next]
		if len(onward) != 2 {
			break
		}
		i := slices.IndexFunc(onward, func(o railEnd) bool { return o.next != before })
		if i < 0 {
			break
		}
		before, here = here.next, onward[i]
	}
	length := math.Hypot(px, py)
	return px / length, py / length
}

// moves returns the pairs of branches between which a train can run at a node, by
// the rules that docs/network.md gives.
func (g *railGraph) moves(node string) [][2]railEnd {
	ends := g.at[node]
	values := strings.Split(g.data.nodes[node].tags["railway"], ";")
	if slices.Contains(values, "buffer_stop") || len(ends) < 2 {
		return nil
	}
	n := len(ends)
	turn := make([][]float64, n) // by how much a train turns, in degrees
	for i := range ends {
		turn[i] = make([]float64, n)
		ax, ay := g.direction(node, ends[i])
		for j := range ends {
			bx, by := g.direction(node, ends[j])
			turn[i][j] = math.Acos(min(max(-(ax*bx+ay*by), -1), 1)) * 180 / math.Pi
		}
	}
	var out [][2]railEnd
	add := func(i, j int, most float64) {
		p, q := g.gauges(ends[i]), g.gauges(ends[j])
		common := p == nil || q == nil || slices.ContainsFunc(p, func(s string) bool { return slices.Contains(q, s) })
		if turn[i][j] <= most && common {
			out = append(out, [2]railEnd{ends[i], ends[j]})
		}
	}
	if n == 2 {
		add(0, 1, 100)
		return out
	}
	isSwitch := slices.Contains(values, "switch")
	crosses := slices.Contains(values, "railway_crossing") && !isSwitch
	stem := -1 // of a switch: all others can be reached from it and not from one another
	for i := range ends {
		good := true
		for j := range ends {
			for k := range j {
				good = good && (turn[j][k] <= 75) == (j == i || k == i)
			}
		}
		if good {
			stem = i
		}
	}
	switch {
	case n == 3 && !crosses:
		sum := func(i int) float64 { return turn[i][(i+1)%3] + turn[i][(i+2)%3] }
		best := 0
		for i := range ends {
			if sum(i) < sum(best) {
				best = i
			}
		}
		add(best, (best+1)%3, 75)
		add(best, (best+2)%3, 75)
	case crosses || stem < 0 && !isSwitch:
		for i := range ends {
			for j := range i {
				if g.opposite(node, i, j) || !crosses && g.runsThrough(node, ends[i], ends[j]) {
					add(i, j, 75)
				}
			}
		}
	default:
		for j := range ends {
			for k := range j {
				add(j, k, 75)
			}
		}
	}
	return out
}

func (g *railGraph) gauges(e railEnd) []string {
	v := g.data.ways[e.way].tags["gauge"]
	if v == "" {
		return nil
	}
	return strings.Split(v, ";")
}

// opposite reports whether two branches at a node lie opposite each other: as many
// of the others are left of the line through them as right of it. Of three
// branches the two that are straightest do.
func (g *railGraph) opposite(node string, i, j int) bool {
	ends := g.at[node]
	ax, ay := g.direction(node, ends[i])
	bx, by := g.direction(node, ends[j])
	if len(ends) == 3 {
		k := 3 - i - j
		cx, cy := g.direction(node, ends[k])
		return ax*bx+ay*by < min(ax*cx+ay*cy, bx*cx+by*cy)
	}
	angle := func(x, y float64) float64 { // from branch i, anticlockwise
		a := math.Atan2(ax*y-ay*x, ax*x+ay*y)
		if a < 0 {
			a += 2 * math.Pi
		}
		return a
	}
	limit := angle(bx, by)
	left, right := 0, 0
	for k, e := range ends {
		if k == i || k == j {
			continue
		}
		if x, y := g.direction(node, e); angle(x, y) < limit {
			left++
		} else {
			right++
		}
	}
	return left == right
}

// runsThrough reports whether a way has the node between the two next to it.
func (g *railGraph) runsThrough(node string, e, f railEnd) bool {
	if e.way != f.way {
		return false
	}
	refs := g.data.ways[e.way].refs
	for i := 1; i+1 < len(refs); i++ {
		if refs[i] == node && (refs[i-1] == e.next && refs[i+1] == f.next || refs[i-1] == f.next && refs[i+1] == e.next) {
			return true
		}
	}
	return false
}

// checkRailwayMoves: no move is offered that a train cannot make and none is
// missing, by other code on what osmium gives. It returns the number of nodes at
// which more than two ends meet.
func checkRailwayMoves(t *testing.T, name string, m *network.Map, data *railObjects) (switches int) {
	t.Helper()
	g := &railGraph{t, data, make(map[string][]railEnd)}
	for _, id := range slices.Sorted(maps.Keys(g.data.ways)) {
		g.data.eachSegment(t, g.data.ways[id], func(a, b string, _, _ geo.Point) {
			g.at[a], g.at[b] = append(g.at[a], railEnd{b, id}), append(g.at[b], railEnd{a, id})
		})
	}
	r := &m.Rail
	// The moves of the network, by the places next to the node and the ways.
	branch := func(a network.RailArcID) string { // a leaves the node
		vertices, _ := r.Vertices(a.Track())
		intervals := r.Intervals(a.Track())
		p, way := vertices[1], intervals[0].Way
		if a.Backwards() {
			p, way = vertices[len(vertices)-2], intervals[len(intervals)-1].Way
		}
		return fmt.Sprintf("%d %d %d", p.Lat, p.Lon, way)
	}
	pair := func(p, q string) string { return min(p, q) + " | " + max(p, q) }
	got := make(map[string][]string)
	isNode := make(map[string]network.RailNode)
	for i, n := range r.NodeInfo {
		isNode["n"+strconv.FormatInt(n.OSM, 10)] = r.NodeInfo[i]
	}
	for a := range network.RailArcID(r.NumArcs()) {
		node := "n" + strconv.FormatInt(r.NodeInfo[r.ArcHead(a)].OSM, 10)
		for _, b := range r.Moves(a) {
			got[node] = append(got[node], pair(branch(a.Reverse()), branch(b)))
		}
	}
	for node, ends := range g.at {
		var want []string
		for _, p := range g.moves(node) {
			var s [2]string
			for i, e := range p {
				at := g.place(e.next)
				s[i] = fmt.Sprintf("%d %d %d", at.Lat, at.Lon, e.way)
			}
			want = append(want, pair(s[0], s[1]))
		}
		n, is := isNode[node]
		if !is {
			if len(ends) != 2 || len(want) != 1 {
				t.Errorf("%s: tracks run through %s, at which %d ends meet and %d moves can be made", name, node, len(ends), len(want))
			}
			continue
		}
		if int(n.Degree) != len(ends) {
			t.Errorf("%s: %s has degree %d, %d ends meet", name, node, n.Degree, len(ends))
		}
		have := got[node]
		slices.Sort(have)
		slices.Sort(want)
		// A move is found from either side.
		if have = slices.Compact(have); !slices.Equal(have, slices.Compact(want)) {
			t.Errorf("%s: %s offers\n%s\nwant\n%s", name, node, strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
		if len(ends) > 2 {
			switches++
		}
		delete(isNode, node)
	}
	for node := range isNode {
		t.Errorf("%s: %s is no node of a railway", name, node)
	}
	return switches
}
