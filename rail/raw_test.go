package rail_test

import (
	"cmp"
	"context"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	osm "github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"
)

// A rawNet answers the questions of a train's path from raw OpenStreetMap data. It
// was written from docs/network.md and docs/rail.md and shares no code with what
// it checks: its graph is made of single segments between neighbouring nodes, its
// search corrects labels until none changes, and room past a switch is looked for
// by trying every way. It is deliberately plain and slow.
type rawNet struct {
	nodes    map[int64]*rawNode
	ways     map[int64]*rawWay
	segments []rawSegment
	byPlace  map[[2]int64]int64 // node by position in units of 1e-7 degree
	moves    map[int][]int      // of a directed segment, made when asked for
}

type rawNode struct {
	lat, lon float64
	railway  string
	out      []int // directed segments that leave it
}

type rawWay struct {
	kind, service, usage, power string
	gauges                      []int
	kmh                         [2]float64
	volts                       int
	bridge, tunnel              bool
	cutting, embankment         bool
	usual                       int // direction of usual running: 1 along the way, -1 against it
}

// A rawSegment is directed: 2*i along its way, 2*i+1 against it.
type rawSegment struct {
	way    int64
	from   int64
	to     int64
	metres float64
}

var rawKinds = []string{"rail", "light_rail", "subway", "tram", "narrow_gauge", "preserved", "funicular", "monorail"}

func readRaw(tb testing.TB, path string) *rawNet {
	tb.Helper()
	n := &rawNet{nodes: map[int64]*rawNode{}, ways: map[int64]*rawWay{}, byPlace: map[[2]int64]int64{}, moves: map[int][]int{}}
	var ways []*osm.Way
	used := map[int64]bool{}
	scan := func(visit func(osm.Object), skipNodes, skipWays bool) {
		f, err := os.Open(path)
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		s := osmpbf.New(context.Background(), f, 1)
		s.SkipNodes, s.SkipWays, s.SkipRelations = skipNodes, skipWays, true
		for s.Scan() {
			visit(s.Object())
		}
		if err := s.Err(); err != nil {
			tb.Fatal(err)
		}
	}
	scan(func(o osm.Object) {
		w, ok := o.(*osm.Way)
		if !ok || !slices.Contains(rawKinds, w.Tags.Find("railway")) {
			return
		}
		for _, key := range []string{"abandoned", "disused", "razed", "removed", "demolished"} {
			if w.Tags.Find(key) == "yes" {
				return
			}
		}
		if w.Tags.Find("area") == "yes" && len(w.Nodes) > 2 && w.Nodes[0].ID == w.Nodes[len(w.Nodes)-1].ID {
			return
		}
		ways = append(ways, w)
		for _, x := range w.Nodes {
			used[int64(x.ID)] = true
		}
	}, true, false)
	scan(func(o osm.Object) {
		if x, ok := o.(*osm.Node); ok && used[int64(x.ID)] {
			n.nodes[int64(x.ID)] = &rawNode{lat: x.Lat, lon: x.Lon, railway: x.Tags.Find("railway")}
			n.byPlace[e7(x.Lat, x.Lon)] = int64(x.ID)
		}
	}, false, true)
	for _, w := range ways {
		n.ways[int64(w.ID)] = rawWayOf(w.Tags)
		for i := 1; i < len(w.Nodes); i++ {
			a, b := int64(w.Nodes[i-1].ID), int64(w.Nodes[i].ID)
			if a == b || n.nodes[a] == nil || n.nodes[b] == nil {
				continue
			}
			k := len(n.segments)
			d := n.between(a, b)
			n.segments = append(n.segments, rawSegment{int64(w.ID), a, b, d}, rawSegment{int64(w.ID), b, a, d})
			n.nodes[a].out = append(n.nodes[a].out, k)
			n.nodes[b].out = append(n.nodes[b].out, k+1)
		}
	}
	return n
}

func e7(lat, lon float64) [2]int64 {
	return [2]int64{int64(math.Round(lat * 1e7)), int64(math.Round(lon * 1e7))}
}

var rawSpeed = regexp.MustCompile(`^([0-9.]+) *(|km/h|mph)$`)

func rawWayOf(t osm.Tags) *rawWay {
	w := &rawWay{kind: t.Find("railway"), service: t.Find("service"), usage: t.Find("usage"), power: t.Find("electrified")}
	said := func(key string) bool { v := t.Find(key); return v != "" && v != "no" }
	w.bridge, w.tunnel = said("bridge"), said("tunnel") || said("covered")
	w.cutting, w.embankment = said("cutting"), said("embankment")
	for part := range strings.SplitSeq(t.Find("gauge"), ";") {
		part = strings.TrimSpace(part)
		if part == "standard" {
			part = "1435"
		}
		if mm, err := strconv.Atoi(part); err == nil && mm > 0 {
			w.gauges = append(w.gauges, mm)
		}
	}
	volts, _, _ := strings.Cut(t.Find("voltage"), ";")
	if v, err := strconv.Atoi(volts); err == nil {
		w.volts = v
	}
	usual := map[string]float64{"rail": 100, "light_rail": 60, "subway": 60, "tram": 30, "narrow_gauge": 50, "preserved": 40, "funicular": 15, "monorail": 60}[w.kind]
	if w.kind == "rail" || w.kind == "narrow_gauge" {
		byUsage, ok := map[string]float64{"": 80, "main": 100, "branch": 70, "industrial": 30, "military": 30}[w.usage]
		if !ok {
			byUsage = 40
		}
		usual = min(usual, byUsage)
	}
	if s := w.service; s != "" && s != "main" {
		byService, ok := map[string]float64{"siding": 40, "crossover": 40}[s]
		if !ok {
			byService = 20
		}
		usual = min(usual, byService)
	}
	for dir, key := range []string{"maxspeed:forward", "maxspeed:backward"} {
		w.kmh[dir] = usual
		for _, k := range []string{key, "maxspeed"} {
			least := math.Inf(1)
			for part := range strings.SplitSeq(t.Find(k), ";") {
				m := rawSpeed.FindStringSubmatch(strings.TrimSpace(part))
				if m == nil {
					least = math.Inf(1)
					break
				}
				v, err := strconv.ParseFloat(m[1], 64)
				if err != nil || v <= 0 {
					break
				}
				if m[2] == "mph" {
					v *= 1.609344
				}
				least = min(least, v)
			}
			if !math.IsInf(least, 1) {
				w.kmh[dir] = max(1, math.Round(least))
				break
			}
		}
	}
	switch {
	case t.Find("oneway") == "-1" || t.Find("oneway") == "reverse" || t.Find("railway:preferred_direction") == "backward":
		w.usual = -1
	case t.Find("oneway") == "yes" || t.Find("oneway") == "true" || t.Find("oneway") == "1" || t.Find("railway:preferred_direction") == "forward":
		w.usual = 1
	}
	return w
}

// flat returns metres east and north from one position to another near it.
func flat(lat, lon, toLat, toLon float64) (x, y float64) {
	const a, e2 = 6378137.0, 0.00669437999014
	sin, cos := math.Sincos((lat + toLat) / 2 * math.Pi / 180)
	v := math.Sqrt(1 - e2*sin*sin)
	return (toLon - lon) * math.Pi / 180 * a / v * cos, (toLat - lat) * math.Pi / 180 * a * (1 - e2) / (v * v * v)
}

func (n *rawNet) between(a, b int64) float64 {
	return math.Hypot(flat(n.nodes[a].lat, n.nodes[a].lon, n.nodes[b].lat, n.nodes[b].lon))
}

// direction returns the direction in radians in which the line leaves the node
// that directed segment d leaves, looked at over 25 m.
func (n *rawNet) direction(d int) float64 {
	home := n.nodes[n.segments[d].from]
	left := 25.0
	for first := d / 2; ; {
		s := n.segments[d]
		if s.metres >= left {
			p, q := n.nodes[s.from], n.nodes[s.to]
			f := left / s.metres
			return math.Atan2(flatTo(home, p.lat+f*(q.lat-p.lat), p.lon+f*(q.lon-p.lon)))
		}
		left -= s.metres
		end := n.nodes[s.to]
		next := -1
		for _, c := range end.out {
			if c != d^1 {
				next = c
			}
		}
		if len(end.out) != 2 || next/2 == first || n.turn(n.plain(d^1), n.plain(next)) > 100 {
			return math.Atan2(flatTo(home, end.lat, end.lon))
		}
		d = next
	}
}

func flatTo(p *rawNode, lat, lon float64) (x, y float64) { return flat(p.lat, p.lon, lat, lon) }

// plain returns the direction of a segment alone.
func (n *rawNet) plain(d int) float64 {
	q := n.nodes[n.segments[d].to]
	return math.Atan2(flatTo(n.nodes[n.segments[d].from], q.lat, q.lon))
}

// turn returns by how many degrees a train turns that comes in by the line that
// leaves in direction a and goes out in direction b.
func (n *rawNet) turn(a, b float64) float64 {
	return 180 - math.Abs(math.Remainder(a-b, 2*math.Pi))*180/math.Pi
}

func (n *rawNet) fit(a, b int) bool {
	p, q := n.ways[n.segments[a].way].gauges, n.ways[n.segments[b].way].gauges
	if len(p) == 0 || len(q) == 0 {
		return true
	}
	for _, x := range p {
		if slices.Contains(q, x) {
			return true
		}
	}
	return false
}

// next returns the directed segments that a train can run on to from d.
func (n *rawNet) next(d int) []int {
	if found, ok := n.moves[d]; ok {
		return found
	}
	at := n.nodes[n.segments[d].to]
	value := func(v string) bool {
		for part := range strings.SplitSeq(at.railway, ";") {
			if strings.TrimSpace(part) == v {
				return true
			}
		}
		return false
	}
	var out []int
	in := d ^ 1
	switch {
	case value("buffer_stop"):
	case len(at.out) == 2:
		for _, c := range at.out {
			back := n.turn(n.plain(in), n.plain(c)) > 100 && n.turn(n.direction(in), n.direction(c)) > 100
			if c != in && n.fit(in, c) && !back {
				out = append(out, c)
			}
		}
	case len(at.out) > 2:
		turns := map[[2]int]float64{}
		var pairs [][2]int
		for i, a := range at.out {
			for _, b := range at.out[i+1:] {
				turns[[2]int{a, b}] = n.turn(n.direction(a), n.direction(b))
				pairs = append(pairs, [2]int{a, b})
			}
		}
		slices.SortStableFunc(pairs, func(p, q [2]int) int {
			switch {
			case turns[p] < turns[q]:
				return -1
			case turns[p] > turns[q]:
				return 1
			}
			return 0
		})
		// All pairs, and each end with its opposite only: of an even number that with
		// as many ends to the left as to the right, otherwise the straightest pairs.
		all, straight := pairs, [][2]int{}
		if k := len(at.out); k%2 == 0 {
			round := slices.Clone(at.out)
			slices.SortFunc(round, func(a, b int) int {
				return cmp.Compare(math.Mod(n.direction(a)+2*math.Pi, 2*math.Pi), math.Mod(n.direction(b)+2*math.Pi, 2*math.Pi))
			})
			for i := range k / 2 {
				straight = append(straight, [2]int{round[i], round[i+k/2]})
			}
			for i, p := range straight {
				if slices.Index(at.out, p[0]) > slices.Index(at.out, p[1]) {
					straight[i] = [2]int{p[1], p[0]}
				}
			}
		} else {
			taken := map[int]bool{}
			for _, p := range pairs {
				if !taken[p[0]] && !taken[p[1]] {
					taken[p[0]], taken[p[1]] = true, true
					straight = append(straight, p)
				}
			}
		}
		good := 0
		stem := map[int]int{}
		for _, p := range pairs {
			if turns[p] <= 75 {
				good++
				stem[p[0]]++
				stem[p[1]]++
			}
		}
		fan := false
		for _, times := range stem {
			fan = fan || times == len(at.out)-1 && good == len(at.out)-1
		}
		isSwitch := value("switch")
		chosen := straight
		switch {
		case value("railway_crossing") && !isSwitch:
		case len(at.out) == 3:
			chosen = all[:2]
		case fan, isSwitch:
			chosen = all
		default: // a way that runs through says that trains do
			for _, p := range pairs {
				lo, hi := min(p[0], p[1]), max(p[0], p[1])
				if n.segments[lo].way == n.segments[hi].way && lo&1 == 1 && hi == lo+1 && !slices.Contains(chosen, p) {
					chosen = append(chosen, p)
				}
			}
		}
		for _, p := range chosen {
			if turns[p] > 75 || !n.fit(p[0], p[1]) {
				continue
			}
			if p[0] == in {
				out = append(out, p[1])
			} else if p[1] == in {
				out = append(out, p[0])
			}
		}
	}
	n.moves[d] = out
	return out
}

// rawTrain is what the oracle knows of a train.
type rawTrain struct {
	kind     string
	length   float64
	kmh      float64
	reverse  float64
	electric bool
}

func (n *rawNet) usable(tr *rawTrain, d int) bool {
	w := n.ways[n.segments[d].way]
	if w.kind != tr.kind || len(w.gauges) > 0 && w.gauges[0] != 1435 || tr.electric && w.power == "no" {
		return false
	}
	return true
}

// second returns the seconds that a metre takes, and more where it counts more.
func (n *rawNet) second(tr *rawTrain, d int) (cost float64) {
	w := n.ways[n.segments[d].way]
	cost = 3.6 / min(w.kmh[d&1], tr.kmh)
	if tr.electric && (w.power == "" || w.power == "unknown") {
		cost *= 4
	}
	if w.usual == 1 && d&1 == 1 || w.usual == -1 && d&1 == 0 {
		cost *= 2
	}
	return cost
}

// room returns the least cost of running on from the beginning of b until a train
// is clear of it; ok is false if there is no room.
func (n *rawNet) room(tr *rawTrain, b int) (best float64, ok bool) {
	home := n.segments[b].from
	best = math.Inf(1)
	var taken []int
	var try func(d int, left, cost float64)
	try = func(d int, left, cost float64) {
		if !n.usable(tr, d) || slices.Contains(taken, d/2) || cost >= best {
			return
		}
		per := n.second(tr, d)
		l := n.segments[d].metres
		if l >= left {
			best = min(best, cost+left*per)
			return
		}
		if n.segments[d].to == home {
			return
		}
		taken = append(taken, d/2)
		for _, c := range n.next(d) {
			try(c, left-l, cost+l*per)
		}
		taken = taken[:len(taken)-1]
	}
	try(b, tr.length, 0)
	return best, !math.IsInf(best, 1)
}

// A rawPlace is a position on a segment, as metres from where the segment, taken
// along its way, begins.
type rawPlace struct {
	segment int
	at      float64
}

// least returns the least cost from a place to another.
func (n *rawNet) least(tr *rawTrain, from, to rawPlace) float64 {
	cost := make([]float64, len(n.segments)) // at the end of a directed segment
	for i := range cost {
		cost[i] = math.Inf(1)
	}
	rooms := map[int]float64{}
	roomAt := func(b int) float64 {
		x, ok := rooms[b]
		if !ok {
			x = math.Inf(1)
			if c, found := n.room(tr, b); found {
				x = c
			}
			rooms[b] = x
		}
		return x
	}
	// rest returns the metres of a directed segment from a place on it to its end.
	rest := func(p rawPlace, d int) float64 {
		if d&1 == 1 {
			return p.at
		}
		return n.segments[d].metres - p.at
	}
	best := math.Inf(1)
	var queue []int
	queued := make([]bool, len(n.segments))
	better := func(d int, c float64) {
		if c < cost[d]-1e-9 {
			cost[d] = c
			if !queued[d] {
				queued[d] = true
				queue = append(queue, d)
			}
		}
	}
	enter := func(d int, c float64) {
		if !n.usable(tr, d) {
			return
		}
		per := n.second(tr, d)
		if d/2 == to.segment/2 {
			best = min(best, c+(n.segments[d].metres-rest(to, d))*per)
		}
		better(d, c+n.segments[d].metres*per)
	}
	for _, d := range []int{from.segment &^ 1, from.segment | 1} {
		if !n.usable(tr, d) {
			continue
		}
		per := n.second(tr, d)
		if ahead := rest(from, d) - rest(to, d); d/2 == to.segment/2 && ahead >= 0 {
			best = min(best, ahead*per)
		}
		better(d, rest(from, d)*per)
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		queued[d] = false
		for _, b := range n.next(d) {
			enter(b, cost[d])
			if !n.usable(tr, b) {
				continue
			}
			for _, c := range n.next(b ^ 1) {
				if c == d^1 {
					continue
				}
				enter(c, cost[d]+tr.reverse+roomAt(b))
			}
		}
	}
	return best
}
