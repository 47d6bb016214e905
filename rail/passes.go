package rail

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// nearStation is how far from the path a station may lie to be passed, metres.
	nearStation = 250.0
	// sameStation is how much farther than the nearest track of the station the
	// path may be, metres.
	sameStation = 80.0
	// again is how far the train must have gone for the same thing to be passed
	// once more.
	again = 300.0
	// otherLine is how much nearer, in metres, a track of another line must be for
	// the station to be taken for one of that line.
	otherLine = 30.0
	// sameRoad is how far apart in metres the carriageways of one road may be.
	sameRoad = 60.0
	// earthGap is the gap in metres over which a cutting or embankment goes on.
	earthGap = 100.0
	// longSingle is the least length in metres of single track that is told.
	longSingle = settled
)

// passes lists what the train passes, in order.
func (w *work) passes() []outrider.RailPass {
	out := w.stations()
	out = append(out, w.crossings()...)
	out = append(out, w.byGrade(w.structures())...)
	out = append(out, w.singleTrack()...)
	for _, c := range w.changes {
		if c.last < c.first {
			continue
		}
		detail := fmt.Sprintf("changes ends, %.0f m clear past the switch", w.needs.length)
		if c.place != "" {
			detail = "changes ends at the stop"
		}
		if n := standsAcross(out, w.odometer[c.first]-w.needs.length, w.odometer[c.first]); n > 0 {
			detail += "; the train then stands across " + crossingsText(n)
		}
		out = append(out, w.pass(outrider.RailReversal, c.place, w.odometer[c.first], w.odometer[c.last+1], detail, ""))
	}
	slices.SortStableFunc(out, func(a, b outrider.RailPass) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM))
	})
	return out
}

// standsAcross counts the level crossings between two odometer readings.
func standsAcross(all []outrider.RailPass, from, to float64) (n int) {
	for i := range all {
		if p := &all[i]; p.Kind == outrider.RailLevelCrossing && p.From >= from && p.From <= to {
			n++
		}
	}
	return n
}

func (w *work) pass(kind, name string, from, to float64, detail, osm string) outrider.RailPass {
	at := latLon(w.point(from))
	return outrider.RailPass{Kind: kind, Name: name, From: from, To: to, At: w.when(w.clock(from)), Lat: at.Lat, Lon: at.Lon, Detail: detail, OSM: osm}
}

// stops returns where the train stops at stations: odometer readings by station.
func (w *work) stops() map[uint32][]float64 {
	out := map[uint32][]float64{}
	add := func(s spot, metres float64) {
		if s.station != network.None {
			out[s.station] = append(out[s.station], metres)
		}
	}
	add(w.path.from, 0)
	for _, s := range w.stands {
		if s.stops {
			add(s.at.spots[s.spot], w.odometer[s.before])
		}
	}
	add(w.path.to, w.length())
	return out
}

// stations lists the stations that the train passes or stops at.
func (w *work) stations() []outrider.RailPass {
	on := w.stripsOf()
	stops := w.stops()
	var out []outrider.RailPass
	for i := range w.rail.Station {
		s := &w.rail.Station[i]
		if !w.serves(uint32(i)) {
			continue
		}
		at := slices.Clone(stops[uint32(i)])
		halted := len(at)
		reach := w.reach(uint32(i))
		for _, l := range w.rail.SnapAll(s.Point, func(t network.TrackID) bool { return len(on[t]) > 0 }, reach, 16) {
			for _, k := range on[l.Track] {
				if w.strips[k].changing || !w.on(k, l.At) {
					continue
				}
				metres := w.reading(k, l.At)
				if !slices.ContainsFunc(at, func(x float64) bool { return max(x-metres, metres-x) < again }) {
					at = append(at, metres)
				}
			}
		}
		for k, metres := range at {
			x := w.pass(outrider.RailStation, w.stationName(uint32(i)), metres, metres, stationWords(s.Kind), object(s.Type, s.OSM))
			x.Stops = k < halted
			if other := w.stationOf(uint32(i), metres); other != "" && !x.Stops {
				x.Detail += perhapsOf + other
			}
			out = append(out, x)
		}
	}
	return out
}

// perhapsOf stands before the name of the line that a station is nearer to.
const perhapsOf = "; nearer to another line, ask whether this one calls there: "

// stationOf returns the line that a station beside the path belongs to, judged by
// what lies nearest to it, "" if that is the line of the path: lines in tunnels
// pass below stations of others. Tracks without a name say nothing.
func (w *work) stationOf(station uint32, metres float64) string {
	i, _ := w.find(metres)
	line := w.lineName(&w.strips[i].interval)
	if line == "" {
		return ""
	}
	nearest, name, own := math.Inf(1), "", math.Inf(1)
	for _, x := range w.tied[station] {
		iv := w.rail.IntervalAt(x.Track, x.At)
		away := float64(x.AwayCM) / 100
		switch of := w.lineName(&iv); {
		case of == line:
			own = min(own, away)
		case of != "" && away < nearest && w.needs.fault(&iv)&(wrongKind|wrongGauge) == 0:
			nearest, name = away, of
		}
	}
	if own > nearest+otherLine {
		return name
	}
	return ""
}

// lineName returns the name of the line that a track belongs to, without the
// branch or direction that some names have in brackets and behind them.
func (w *work) lineName(iv *network.RailInterval) string {
	name, _, _ := strings.Cut(w.m.Text(iv.Name), " (")
	return name
}

// reach returns how far from the path a station that serves such trains may lie to
// be passed: not much farther than the nearest track that the train could use, or
// it is a station of the line next to this one.
func (w *work) reach(station uint32) float64 {
	for _, x := range w.tied[station] {
		if iv := w.rail.IntervalAt(x.Track, x.At); w.needs.fault(&iv)&(wrongKind|wrongGauge) == 0 {
			return min(float64(x.AwayCM)/100+sameStation, nearStation)
		}
	}
	return 0
}

// serves reports whether a station is one for trains such as this: some track of
// it has the train's kind and gauge.
func (w *work) serves(station uint32) bool {
	if w.rail.Station[station].Kind == network.FreightYard {
		return false
	}
	return slices.ContainsFunc(w.tied[station], func(x network.StationTrack) bool {
		iv := w.rail.IntervalAt(x.Track, x.At)
		return w.needs.fault(&iv)&(wrongKind|wrongGauge) == 0
	})
}

func (w *work) stationName(station uint32) string {
	s := &w.rail.Station[station]
	if name := w.m.Text(s.Name); name != "" {
		return name
	}
	if code := w.m.Text(s.Code); code != "" {
		return code
	}
	return "unnamed " + stationWords(s.Kind)
}

func stationWords(k network.StationKind) string {
	switch k {
	case network.RailwayHalt:
		return "halt"
	case network.TramStop:
		return "tram stop"
	case network.FreightYard:
		return "yard"
	default:
		return "station"
	}
}

// stripsOf returns which strips of the path lie on a track, in order.
func (w *work) stripsOf() map[network.TrackID][]int {
	out := map[network.TrackID][]int{}
	for i := range w.strips {
		t := w.strips[i].arc.Track()
		out[t] = append(out[t], i)
	}
	return out
}

// crossings lists the level crossings: those that the map has on the track, and
// places where a road shares a point with it.
func (w *work) crossings() []outrider.RailPass {
	var out []outrider.RailPass
	seen := map[string]float64{}
	add := func(x outrider.RailPass) {
		key := fmt.Sprint(x.Lat, x.Lon)
		if before, ok := seen[key]; ok && x.From-before < 1 {
			return
		}
		seen[key] = x.From
		out = append(out, x)
	}
	for i := range w.strips {
		s := &w.strips[i]
		if s.changing {
			continue
		}
		t := s.arc.Track()
		for _, f := range w.rail.FeaturesOn(t) {
			if f.Kind != network.RailCrossing || !w.on(i, f.At) {
				continue
			}
			detail := network.Protection(f.Value).String()
			name := w.roadAt(w.rail.PointAt(t, f.At))
			switch {
			case f.Foot != 0 && name != "":
				detail = "tagged as a crossing for those on foot or cycle, but a road crosses, " + detail
			case f.Foot != 0:
				detail = "for those on foot or cycle, " + detail
			}
			add(w.pass(outrider.RailLevelCrossing, name, w.reading(i, f.At), w.reading(i, f.At), detail, object(f.Type, f.OSM)))
		}
		vertices, ats := w.rail.Vertices(t)
		for k := range vertices {
			if !w.on(i, ats[k]) {
				continue
			}
			if name := w.roadAt(vertices[k]); name != "" {
				add(w.pass(outrider.RailLevelCrossing, name, w.reading(i, ats[k]), w.reading(i, ats[k]), "not tagged as a crossing: a road shares a point with the track", ""))
			}
		}
	}
	return out
}

// roadsAt returns the carriageways that have a vertex at a point, with where.
func (w *work) roadsAt(p geo.Point) []road {
	var out []road
	w.m.ChainIndex.Search(geo.Box{Min: p, Max: p}, func(ref uint32) bool {
		piece := w.m.Pieces[ref]
		for k := piece.From; k <= piece.To; k++ {
			if w.m.Vertex[k] == p && !slices.ContainsFunc(out, func(r road) bool { return r.chain == piece.Chain }) {
				out = append(out, road{piece.Chain, w.m.VertexAt[k]})
			}
		}
		return true
	})
	slices.SortFunc(out, func(a, b road) int { return cmp.Compare(a.chain, b.chain) })
	return out
}

// A road is a position on a carriageway.
type road struct {
	chain network.ChainID
	at    network.Millimetres
}

// roadAt names the carriageways at a point; empty if there is none.
func (w *work) roadAt(p geo.Point) string {
	var names []string
	for _, r := range w.roadsAt(p) {
		if name := w.m.Describe(r.chain, r.at); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// structures lists bridges, tunnels, cuttings and embankments. Parts that follow
// one another without a gap are one; a cutting or embankment goes on across a
// bridge or a gap of up to 100 m.
func (w *work) structures() []outrider.RailPass {
	var out []outrider.RailPass
	for _, what := range []struct {
		kind string
		flag network.RailFlag
		gap  float64
	}{
		{outrider.RailTunnel, network.RailInTunnel, 0},
		{outrider.RailBridge, network.RailOnBridge, 0},
		{outrider.RailCutting, network.RailInCutting, earthGap},
		{outrider.RailEmbankment, network.RailOnEmbankment, earthGap},
	} {
		for i := 0; i < len(w.strips); i++ {
			has := func(k int) bool { return !w.strips[k].changing && w.strips[k].interval.Flags&what.flag != 0 }
			if !has(i) {
				continue
			}
			first := i
			for k := i + 1; k < len(w.strips) && !w.strips[k].changing && w.odometer[k]-w.odometer[i+1] <= what.gap; k++ {
				if has(k) {
					i = k
				}
			}
			from, to := w.odometer[first], w.odometer[i+1]
			x := w.pass(what.kind, "", from, to, metresText(to-from)+" long", object(network.OSMWay, w.strips[first].interval.Way))
			out = append(out, x)
		}
	}
	return out
}

// A grade is a place where a road crosses the path above or below it.
type grade struct {
	metres float64
	strip  int
	name   string // of the road
	over   bool
}

// grades lists the roads that cross the path on another level, in order. Above or
// below is told by layers, and where those are equal by what is a bridge or tunnel.
func (w *work) grades() []grade {
	var out []grade
	for i := range w.strips {
		s := &w.strips[i]
		if s.changing {
			continue
		}
		line := w.rail.Geometry(s.arc, s.from, s.to)
		metres := w.odometer[i]
		for k := 1; k < len(line); k++ {
			a, b := line[k-1], line[k]
			step := geo.Distance(a, b)
			w.m.ChainIndex.Search(geo.EmptyBox().Extend(a).Extend(b), func(ref uint32) bool {
				piece := w.m.Pieces[ref]
				for v := piece.From; v < piece.To; v++ {
					f, g, ok := geo.SegmentsCross(a, b, w.m.Vertex[v], w.m.Vertex[v+1])
					if !ok {
						continue
					}
					at := w.m.VertexAt[v] + network.Millimetres(g*float64(w.m.VertexAt[v+1]-w.m.VertexAt[v]))
					iv := w.m.IntervalAt(piece.Chain, at)
					if over, known := isOver(&iv, &s.interval); known {
						out = append(out, grade{metres + f*step, i, w.m.Describe(piece.Chain, at), over})
					}
				}
				return true
			})
			metres += step
		}
	}
	slices.SortStableFunc(out, func(a, b grade) int {
		return cmp.Or(cmp.Compare(a.metres, b.metres), cmp.Compare(a.name, b.name))
	})
	return out
}

// isOver reports whether a road passes over the track where their lines cross;
// known is false if the map does not say which is above.
func isOver(road *network.Interval, track *network.RailInterval) (over, known bool) {
	if road.Layer != track.Layer {
		return road.Layer > track.Layer, true
	}
	up := road.Flags&network.OnBridge != 0 || track.Flags&network.RailInTunnel != 0
	down := road.Flags&network.InTunnel != 0 || track.Flags&network.RailOnBridge != 0
	return up, up != down
}

// byGrade gives each bridge the names of the roads below it, and lists the bridges
// of roads over the track, and those of the track over roads that are not tagged
// as such. Carriageways of one road up to 60 m apart are one.
func (w *work) byGrade(bridges []outrider.RailPass) []outrider.RailPass {
	var out []outrider.RailPass
	for _, g := range w.grades() {
		flags := w.strips[g.strip].interval.Flags
		kind, detail := outrider.RailOverbridge, "a road passes over the track"
		if !g.over {
			i := slices.IndexFunc(bridges, func(p outrider.RailPass) bool {
				return p.Kind == outrider.RailBridge && p.From-1 <= g.metres && g.metres <= p.To+1
			})
			if i >= 0 {
				if names := strings.Split(bridges[i].Name, ", "); bridges[i].Name == "" {
					bridges[i].Name = g.name
				} else if !slices.Contains(names, g.name) {
					bridges[i].Name += ", " + g.name
				}
				continue
			}
			kind, detail = outrider.RailBridge, "not tagged as a bridge: a road passes below the track"
		}
		if flags&network.RailInTunnel != 0 {
			continue // what is above a tunnel is out of reach
		}
		if k := len(out) - 1; k >= 0 && out[k].Kind == kind && out[k].Name == g.name && g.metres-out[k].From <= sameRoad {
			out[k].To = g.metres
			continue
		}
		out = append(out, w.pass(kind, g.name, g.metres, g.metres, detail, ""))
	}
	return append(bridges, out...)
}

// singleTrack lists the stretches on a running line with no other beside it.
func (w *work) singleTrack() []outrider.RailPass {
	var out []outrider.RailPass
	every := w.length() / float64(len(w.parallel))
	for k := 0; k < len(w.parallel); k++ {
		first := k
		for k < len(w.parallel) && w.parallel[k].running == 0 && w.runsOnLine(w.parallel[k].at) {
			k++
		}
		from, to := float64(first)*every, float64(k)*every
		if to-from >= min(longSingle, w.length()) && k > first {
			out = append(out, w.pass(outrider.RailSingleTrack, "", from, to, metresText(to-from)+" without another running line beside it", ""))
		}
	}
	return out
}

// runsOnLine reports whether the path is on a running line at a reading.
func (w *work) runsOnLine(metres float64) bool {
	i, _ := w.find(metres)
	return !w.strips[i].changing && w.strips[i].interval.Service == network.NoService
}
