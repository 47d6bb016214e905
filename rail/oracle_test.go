package rail_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/rail"
)

// TestPathsOnRealRailways plans runs between random places of real extracts and
// holds each against the raw data, by other code: every step from segment to
// segment must be a move that the raw network allows; where the train changes ends
// it must have run its whole length past the switch; kind, gauge and power of every
// way must suit it; and no other path may cost less. Where no path is found there
// must be none.
func TestPathsOnRealRailways(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  string
		path  func(testing.TB) string
		pairs int
		turns bool // some of the paths need changes of ends
	}{
		{"Harrisburg", "rail", func(tb testing.TB) string { return testdata.Extract(tb, "harrisburg.osm.pbf") }, 300, true},
		{"Delaware", "rail", testdata.Delaware, 80, true},
		{"London, underground", "subway", func(tb testing.TB) string { return testdata.Extract(tb, "london-northern-line.osm.pbf") }, 150, true},
		{"London, railway", "rail", func(tb testing.TB) string { return testdata.Extract(tb, "london-northern-line.osm.pbf") }, 150, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.path(t)
			m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			n := readRaw(t, path)
			pairs := c.pairs
			if os.Getenv("OUTRIDER_LONG") == "1" {
				pairs *= 10
			}
			comparePaths(t, m, n, c.kind, pairs, c.turns)
		})
	}
}

func comparePaths(t *testing.T, m *network.Map, n *rawNet, kind string, pairs int, turns bool) {
	rng := rand.New(rand.NewPCG(7, uint64(pairs)))
	probe := &rawTrain{kind: kind}
	var usable []int
	for i := 0; i < len(n.segments); i += 2 {
		if n.usable(probe, i) && n.segments[i].metres > 0.1 {
			usable = append(usable, i)
		}
	}
	if len(usable) == 0 {
		t.Fatal("no usable track in the raw data")
	}
	found, turned, none := 0, 0, 0
	for k := range pairs {
		tr := &rawTrain{kind: kind, length: []float64{20, 60, 150, 400}[rng.IntN(4)], kmh: []float64{60, 160}[rng.IntN(2)], reverse: []float64{30, 600}[rng.IntN(2)], electric: rng.IntN(4) == 0}
		var ends [2]rawPlace
		var points [2]geo.Point
		for i := range ends {
			d := usable[rng.IntN(len(usable))]
			for tr.electric && !n.usable(tr, d) {
				d = usable[rng.IntN(len(usable))]
			}
			f := 0.25 + rng.Float64()/2
			a, b := n.nodes[n.segments[d].from], n.nodes[n.segments[d].to]
			points[i] = geo.PointFromDegrees(a.lat+f*(b.lat-a.lat), a.lon+f*(b.lon-a.lon))
			ends[i] = rawPlace{d, f * n.segments[d].metres}
		}
		in := rail.Input{
			Map: m, Name: "leg 1", Depart: depart, SnapMetres: 50,
			From: []rail.Place{{Label: "from", Point: points[0]}}, To: []rail.Place{{Label: "to", Point: points[1]}},
			Leg: outrider.Leg{Mode: outrider.ByRail, Train: &outrider.Train{
				Length: tr.length, MaxKMH: tr.kmh, Reverse: time.Duration(tr.reverse * float64(time.Second)), Kinds: []string{kind},
			}},
		}
		if tr.electric {
			in.Leg.Train.Traction = outrider.Electric
		}
		what := fmt.Sprintf("pair %d, %v to %v, %g m, electric %v", k, points[0], points[1], tr.length, tr.electric)
		r, err := rail.Make(context.Background(), in)
		var e *outrider.Error
		switch {
		case errors.As(err, &e) && e.Kind == outrider.NoRoute:
			none++
			if c := n.least(tr, ends[0], ends[1]); !math.IsInf(c, 1) {
				t.Errorf("%s: no path was found, the raw data has one that costs %.1f s: %v", what, c, err)
			}
			continue
		case errors.As(err, &e) && e.Kind == outrider.Invalid && strings.Contains(e.Cause, "the same place"):
			continue
		case err != nil:
			t.Errorf("%s: %v", what, err)
			continue
		}
		found++
		if r.Rail.Train.Reversals > 0 {
			turned++
		}
		checkRoute(t, r)
		from, to, ok := n.checkMoves(t, what, tr, r)
		if !ok {
			continue
		}
		cost, err := rail.Cost(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		// The network stores lengths to the millimetre, places to the centimetre.
		if want := n.least(tr, from, to); math.Abs(cost-want) > 0.02+want*2e-5 {
			t.Errorf("%s: the path costs %.3f s, the raw data's best %.3f s", what, cost, want)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d pairs: %d paths, %d of them with changes of ends; %d without a path", pairs, found, turned, none)
	if found < pairs/10 || turns && turned == 0 {
		t.Errorf("only %d paths, %d with changes of ends: the test shows little", found, turned)
	}
}

// checkMoves follows the line of a route over the raw segments. It returns where
// the route begins and ends.
func (n *rawNet) checkMoves(t *testing.T, what string, tr *rawTrain, r *rail.Result) (from, to rawPlace, ok bool) {
	t.Helper()
	x := &r.Route
	allowed := map[int64]bool{}
	for _, s := range r.Rail.Tracks {
		for _, way := range s.Ways {
			allowed[way] = true
		}
	}
	var driven []int // directed segments
	var begins []float64
	for i := 1; i < len(x.Points); i++ {
		if x.Points[i] == x.Points[i-1] {
			continue
		}
		d, found := n.segmentOf(x.Points[i-1], x.Points[i], allowed, driven)
		if !found {
			t.Errorf("%s: the line from %v to %v is on no segment of the raw data", what, x.Points[i-1], x.Points[i])
			return from, to, false
		}
		driven, begins = append(driven, d), append(begins, x.Odometer[i-1])
	}
	ok = true
	for i := range driven {
		for k := i + 1; k < len(driven) && begins[k]-begins[i+1] < tr.length-0.01; k++ {
			apart := begins[k] - begins[i+1]
			if driven[k]/2 == driven[i]/2 && k > i+1 && apart > 0.01 && !turnsBetween(r, begins[i], begins[k]) {
				t.Errorf("%s: at %.1f m the train meets its own tail", what, begins[k])
				ok = false
			}
		}
	}
	turns := map[int]bool{} // changes of ends that were seen
	for i, d := range driven {
		if !n.usable(tr, d) {
			t.Errorf("%s: way %d does not suit the train", what, n.segments[d].way)
			ok = false
		}
		if i == 0 || driven[i-1] == d {
			continue
		}
		if driven[i-1] == d^1 || !slices.Contains(n.next(driven[i-1]), d) {
			k := reversalAt(r, begins[i])
			if k < 0 || driven[i-1] != d^1 {
				t.Errorf("%s: at %.1f m the train goes from segment %v to %v, which is no move", what, begins[i], n.segments[driven[i-1]], n.segments[d])
				ok = false
				continue
			}
			turns[k] = true
		}
	}
	for i, p := range r.Rail.Passes {
		if p.Kind != outrider.RailReversal {
			continue
		}
		if math.Abs(p.To-p.From-tr.length) > 0.01+1e-5*tr.length {
			t.Errorf("%s: the train changes ends over %.2f m and is %.2f m long", what, p.To-p.From, tr.length)
			ok = false
		}
		if !turns[i] {
			t.Errorf("%s: the change of ends at %.1f m does not turn", what, p.From)
			ok = false
		}
		// The way back is the way out, so the train stood on it from end to end.
		if !n.mirrored(x, p.From, p.To) {
			t.Errorf("%s: at %.1f m the train does not stand on the way that it came", what, p.From)
			ok = false
		}
	}
	n.checkPasses(t, what, r, driven, begins)
	return n.placeOn(driven[0], x.Points[0]), n.placeOn(driven[len(driven)-1], x.Points[len(x.Points)-1]), ok
}

// checkPasses holds what a route says it passes against the raw data along it: no
// level crossing, bridge, tunnel, cutting or embankment more or less.
func (n *rawNet) checkPasses(t *testing.T, what string, r *rail.Result, driven []int, begins []float64) {
	t.Helper()
	end := func(i int) float64 {
		if i+1 < len(begins) {
			return begins[i+1]
		}
		return r.Route.Length
	}
	changing := func(from, to float64) bool {
		for _, p := range r.Rail.Passes {
			if p.Kind == outrider.RailReversal && from < p.To-0.001 && to > p.From+0.001 {
				return true
			}
		}
		return false
	}
	told := map[string]bool{}
	length := map[string]float64{} // of bridges and tunnels told
	for _, p := range r.Rail.Passes {
		switch p.Kind {
		case outrider.RailLevelCrossing:
			if p.OSM != "" {
				told[p.OSM] = true
			}
		case outrider.RailBridge, outrider.RailTunnel:
			length[p.Kind] += p.To - p.From
		case outrider.RailCutting, outrider.RailEmbankment:
			told[p.OSM] = true
		}
	}
	found, want := map[string]bool{}, map[string]float64{}
	earth := map[string]bool{}
	for i, d := range driven {
		from, to := begins[i], end(i)
		if changing(from, to) || to-from < 0.001 {
			continue
		}
		w := n.ways[n.segments[d].way]
		if w.bridge {
			want[outrider.RailBridge] += to - from
		}
		if w.tunnel {
			want[outrider.RailTunnel] += to - from
		}
		if w.cutting || w.embankment {
			earth[fmt.Sprintf("way/%d", n.segments[d].way)] = true
		}
		for _, id := range []int64{n.segments[d].from, n.segments[d].to} {
			x := n.nodes[id]
			isCrossing := false
			for part := range strings.SplitSeq(x.railway, ";") {
				switch strings.TrimSpace(part) {
				case "level_crossing", "crossing", "tram_level_crossing", "tram_crossing":
					isCrossing = true
				}
			}
			if isCrossing && n.onLine(d, x, r, from, to) {
				found[fmt.Sprintf("node/%d", id)] = true
			}
		}
	}
	for id := range found {
		if !told[id] {
			t.Errorf("%s: the level crossing %s is not told", what, id)
		}
	}
	for id := range told {
		if !found[id] && !earth[id] {
			t.Errorf("%s: %s is told, and is not on the way", what, id)
		}
	}
	for _, kind := range []string{outrider.RailBridge, outrider.RailTunnel} {
		if math.Abs(length[kind]-want[kind]) > 0.1+1e-4*want[kind] {
			t.Errorf("%s: %.2f m of %s are told, %.2f m are on the way", what, length[kind], kind, want[kind])
		}
	}
}

// indexAt returns the last point of the line at an odometer reading.
func indexAt(x *outrider.RoutePlan, metres float64) int {
	i := 0
	for k := range x.Odometer {
		if x.Odometer[k] <= metres+1e-9 {
			i = k
		}
	}
	return i
}

// onLine reports whether a node of a segment lies on the part of it that is run
// over from one reading to another.
func (n *rawNet) onLine(d int, x *rawNode, r *rail.Result, from, to float64) bool {
	at := n.along(d, outrider.LatLon{Lat: x.lat, Lon: x.lon})
	a := n.along(d, r.Route.Points[indexAt(&r.Route, from)])
	return at >= a-0.02 && at <= a+(to-from)+0.02
}

// turnsBetween reports whether a change of ends begins or ends between two readings.
func turnsBetween(r *rail.Result, from, to float64) bool {
	for _, p := range r.Rail.Passes {
		if p.Kind == outrider.RailReversal && p.To >= from-0.01 && p.From <= to+0.01 {
			return true
		}
	}
	return false
}

// reversalAt returns which pass is the change of ends that begins at a reading.
func reversalAt(r *rail.Result, metres float64) int {
	for i, p := range r.Rail.Passes {
		if p.Kind == outrider.RailReversal && math.Abs(p.From-metres) < 0.01 {
			return i
		}
	}
	return -1
}

// mirrored reports whether the line from one reading to another is that up to the
// first, backwards.
func (n *rawNet) mirrored(x *outrider.RoutePlan, from, to float64) bool {
	at := func(metres float64) (lat, lon float64) {
		for i := 1; i < len(x.Points); i++ {
			if x.Odometer[i] >= metres && x.Odometer[i] > x.Odometer[i-1] {
				f := max(metres-x.Odometer[i-1], 0) / (x.Odometer[i] - x.Odometer[i-1])
				a, b := x.Points[i-1], x.Points[i]
				return a.Lat + f*(b.Lat-a.Lat), a.Lon + f*(b.Lon-a.Lon)
			}
		}
		last := x.Points[len(x.Points)-1]
		return last.Lat, last.Lon
	}
	for k := range 21 {
		l := (to - from) * float64(k) / 20
		if from-l < 0 {
			break // the train set off less than its length ago
		}
		lat, lon := at(from - l)
		lat2, lon2 := at(from + l)
		if math.Hypot(flat(lat, lon, lat2, lon2)) > 0.1 {
			return false
		}
	}
	return true
}

// segmentOf returns the directed segment that the line from p to q lies on. Of
// several, drawn on top of one another, that which follows on is taken.
func (n *rawNet) segmentOf(p, q outrider.LatLon, allowed map[int64]bool, driven []int) (int, bool) {
	best, found := -1, false
	try := func(d int) {
		s := n.segments[d]
		if !allowed[s.way] || n.off(d, p) > 0.03 || n.off(d, q) > 0.03 || n.along(d, q) <= n.along(d, p) {
			return
		}
		follows := len(driven) > 0 && (driven[len(driven)-1] == d || slices.Contains(n.next(driven[len(driven)-1]), d) || driven[len(driven)-1] == d^1)
		if !found || follows {
			best, found = d, true
		}
	}
	for _, x := range []outrider.LatLon{p, q} {
		if id, ok := n.byPlace[e7(x.Lat, x.Lon)]; ok {
			for _, d := range n.nodes[id].out {
				try(d)
				try(d ^ 1)
			}
		}
	}
	if !found {
		for d := range n.segments {
			a := n.nodes[n.segments[d].from]
			if math.Abs(a.lat-p.Lat) < 0.05 {
				try(d)
			}
		}
	}
	return best, found
}

// off returns how far a place is from a segment, in metres.
func (n *rawNet) off(d int, p outrider.LatLon) float64 {
	a, b := n.nodes[n.segments[d].from], n.nodes[n.segments[d].to]
	bx, by := flat(a.lat, a.lon, b.lat, b.lon)
	px, py := flat(a.lat, a.lon, p.Lat, p.Lon)
	f := 0.0
	if sq := bx*bx + by*by; sq > 0 {
		f = min(max((px*bx+py*by)/sq, 0), 1)
	}
	return math.Hypot(px-f*bx, py-f*by)
}

// along returns how far along a directed segment a place is, in metres.
func (n *rawNet) along(d int, p outrider.LatLon) float64 {
	a, b := n.nodes[n.segments[d].from], n.nodes[n.segments[d].to]
	bx, by := flat(a.lat, a.lon, b.lat, b.lon)
	px, py := flat(a.lat, a.lon, p.Lat, p.Lon)
	return (px*bx + py*by) / math.Hypot(bx, by)
}

func (n *rawNet) placeOn(d int, p outrider.LatLon) rawPlace {
	d &^= 1
	return rawPlace{d, n.along(d, p)}
}
