package rail

import (
	"cmp"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// Kinds of row of the march table, as everywhere.
const (
	rowStart    = "start"
	rowCritical = "critical"
	rowVia      = "via"
	rowHalt     = "halt"
	rowRelease  = "release"
)

// rowEvery is how far apart in metres the rows of the march table are where it can
// be.
const rowEvery = 10000.0

// route makes the plan's form of the path. The earliest time is that of running at
// line speed, the latest has starting and braking in it.
func (w *work) route(plan *outrider.RailPlan) outrider.RoutePlan {
	driving := w.seconds() - w.waited
	r := outrider.RoutePlan{
		Name: "primary", Length: w.length(), Duration: driving, Halts: w.waited, Early: driving, Late: driving + w.late(w.length()), Detour: 1, Shared: 1,
		MaxPBand: 1, Parts: []outrider.ExposurePart{}, Havens: []outrider.HavenPass{}, Exposure: []outrider.ExposureBand{}, BreakOut: []outrider.BreakOut{},
	}
	r.Points, r.Times, r.Odometer = w.geometry()
	r.Steps = w.steps()
	r.Hazards = w.hazards(plan.Passes)
	r.March = w.march(plan.Passes)
	return r
}

// geometry returns the line of the head, with its clock and odometer at each
// point. A halt stands twice: on arrival and on leaving.
func (w *work) geometry() (line []outrider.LatLon, times, metres []float64) {
	var last geo.Point
	add := func(q geo.Point, t, at float64, always bool) {
		if len(line) > 0 && q == last && !always {
			times[len(times)-1] = max(times[len(times)-1], t)
			metres[len(metres)-1] = at
			return
		}
		last = q
		line, times, metres = append(line, latLon(q)), append(times, t), append(metres, at)
	}
	for i := range w.strips {
		s := &w.strips[i]
		t := s.arc.Track()
		halted := i > 0 && w.begins[i] > w.ends[i-1]
		if i == 0 {
			add(w.rail.PointAt(t, s.from), 0, 0, false)
			halted = w.begins[0] > 0
		}
		if halted || i > 0 {
			add(w.rail.PointAt(t, s.from), w.begins[i], w.odometer[i], halted)
		}
		vertices, ats := w.rail.Vertices(t)
		for k := range vertices {
			if s.arc.Backwards() {
				k = len(vertices) - 1 - k
			}
			if at := ats[k]; w.on(i, at) && at != s.from && at != s.to {
				reading := w.reading(i, at)
				add(vertices[k], w.begins[i]+s.seconds*(reading-w.odometer[i])/s.metres(), reading, false)
			}
		}
		add(w.rail.PointAt(t, s.to), w.ends[i], w.odometer[i+1], false)
	}
	if end := w.seconds(); end > times[len(times)-1] {
		add(last, end, w.length(), true)
	}
	if len(line) == 1 { // a path of a few millimetres still has two ends
		add(last, times[0], metres[0], true)
	}
	return line, times, metres
}

// steps makes the list of lines: a step begins where the line's name changes, and
// where the train has changed ends.
func (w *work) steps() []outrider.Step {
	var out []outrider.Step
	turn := "start"
	for i := range w.strips {
		s := &w.strips[i]
		name := roadOf(w.m, &s.interval)
		if s.changing {
			name = "changing ends"
		}
		n := len(out)
		if n == 0 || out[n-1].Road != name {
			if s.changing {
				turn = "turn back"
			}
			out = append(out, outrider.Step{Road: name, From: w.odometer[i], Turn: turn, Ways: []int64{}})
			n++
		}
		turn = "straight on"
		x := &out[n-1]
		x.Length += s.metres()
		x.Duration += s.seconds
		if len(x.Ways) == 0 || x.Ways[len(x.Ways)-1] != s.interval.Way {
			x.Ways = append(x.Ways, s.interval.Way)
		}
	}
	return out
}

// hazards gives what the train passes as hazards of the kinds that roads have
// too. A risk profile is one of roads: all are of the lowest band.
func (w *work) hazards(passes []outrider.RailPass) []outrider.HazardPass {
	kinds := map[string]network.HazardKind{
		outrider.RailLevelCrossing: network.LevelCrossing, outrider.RailTunnel: network.Tunnel, outrider.RailBridge: network.Bridge,
		outrider.RailOverbridge: network.Underpass,
	}
	out := []outrider.HazardPass{}
	for i := range passes {
		p := &passes[i]
		k, ok := kinds[p.Kind]
		if !ok {
			continue
		}
		detail := p.Detail
		if p.Name != "" {
			detail = p.Name + ": " + detail
		}
		out = append(out, outrider.HazardPass{
			Kind: k.String(), From: p.From, To: p.To, At: p.At, Lat: p.Lat, Lon: p.Lon, Detail: detail, Evidence: w.evidence(p), OSM: p.OSM, Band: 1,
		})
	}
	return out
}

// evidence returns the tags that prove what is passed.
func (w *work) evidence(p *outrider.RailPass) string {
	switch {
	case p.OSM == "" && p.Kind != outrider.RailLevelCrossing:
		return "lines that cross, on different layers"
	case p.Kind == outrider.RailTunnel:
		return "the way is tagged as a tunnel"
	case p.Kind == outrider.RailBridge:
		return "the way is tagged as a bridge"
	}
	i, _ := w.find(p.From)
	for _, k := range []int{i, min(i+1, len(w.strips)-1)} {
		for _, f := range w.rail.FeaturesOn(w.strips[k].arc.Track()) {
			if f.Kind == network.RailCrossing && object(f.Type, f.OSM) == p.OSM {
				return w.m.Text(f.Tags)
			}
		}
	}
	return "a road shares a point with the track"
}

// march makes the march table: start, stops, places to be passed and release; and
// as critical points stations, tunnels and changes of ends, and level crossings
// where there is nothing else for 10 km. The tail passes as long after the head as the train takes over its own
// length at the speed there.
func (w *work) march(passes []outrider.RailPass) []outrider.MarchRow {
	var rows []outrider.MarchRow
	row := func(point, kind string, metres, clock, halt float64) {
		at := latLon(w.point(metres))
		pass := w.passing(metres)
		head := w.when(clock)
		rows = append(rows, outrider.MarchRow{
			Point: point, Kind: kind, Lat: at.Lat, Lon: at.Lon, Odometer: metres, Head: head, Tail: w.when(clock + pass), PassTime: pass, HaltS: halt, LateS: w.late(metres),
		})
	}
	row(w.start.Label, rowStart, 0, 0, 0)
	taken := map[float64]bool{0: true, w.length(): true}
	for _, s := range w.stands {
		metres := w.odometer[s.before]
		taken[metres] = true
		kind, label, clock := rowVia, s.at.place.Label, w.begins[s.before]-s.wait
		if s.before > 0 {
			clock = w.ends[s.before-1]
		}
		if s.at.stops {
			kind = rowHalt
		}
		row(label, kind, metres, clock, s.wait)
	}
	for i := range passes {
		p := &passes[i]
		name := p.Name
		switch p.Kind {
		case outrider.RailStation:
			if taken[p.From] {
				continue
			}
		case outrider.RailTunnel:
			name = "tunnel, " + p.Detail
		case outrider.RailReversal:
			name = p.Detail
		default:
			continue
		}
		row(name, rowCritical, p.From, w.clock(p.From), 0)
	}
	row(w.end.Label, rowRelease, w.length(), w.seconds(), 0)
	for _, p := range w.checkpoints(passes, rows) {
		row("level crossing, "+p.Name, rowCritical, p.From, w.clock(p.From), 0)
	}
	rank := func(kind string) int {
		return slices.Index([]string{rowStart, rowCritical, rowVia, rowHalt, rowRelease}, kind)
	}
	slices.SortStableFunc(rows, func(a, b outrider.MarchRow) int {
		return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), a.Head.Compare(b.Head), cmp.Compare(rank(a.Kind), rank(b.Kind)))
	})
	return rows
}

// checkpoints chooses level crossings for the march table where nothing else is
// told for a long way: some 10 km apart.
func (w *work) checkpoints(passes []outrider.RailPass, rows []outrider.MarchRow) []outrider.RailPass {
	taken := make([]float64, 0, len(rows))
	for i := range rows {
		taken = append(taken, rows[i].Odometer)
	}
	var out []outrider.RailPass
	for i := range passes {
		p := &passes[i]
		far := !slices.ContainsFunc(taken, func(at float64) bool { return max(at-p.From, p.From-at) < rowEvery/2 })
		before := slices.ContainsFunc(taken, func(at float64) bool { return at <= p.From && p.From-at < rowEvery })
		if p.Kind == outrider.RailLevelCrossing && p.Name != "" && far && !before {
			out = append(out, *p)
			taken = append(taken, p.From)
		}
	}
	return out
}

// passing returns the seconds that the train takes over its own length at the
// speed it has at a reading.
func (w *work) passing(metres float64) float64 {
	i, _ := w.find(metres)
	for i > 0 && w.strips[i].changing {
		i--
	}
	s := &w.strips[i]
	return w.needs.length * 3.6 / w.needs.speed(&s.interval, s.arc.Backwards())
}

// tidy rounds what is measured to the millimetre and the millisecond.
func tidy(out *Result) {
	round := func(values ...*float64) {
		for _, v := range values {
			*v = math.Round(*v*1000) / 1000
		}
	}
	round(&out.From.Away, &out.To.Away)
	r, p := &out.Route, &out.Rail
	round(&r.Length, &r.Duration, &r.Halts, &r.Early, &r.Late)
	for i := range r.Times {
		round(&r.Times[i], &r.Odometer[i])
	}
	for i := range r.Steps {
		round(&r.Steps[i].From, &r.Steps[i].Length, &r.Steps[i].Duration)
	}
	for i := range r.Hazards {
		round(&r.Hazards[i].From, &r.Hazards[i].To)
	}
	for i := range r.March {
		round(&r.March[i].Odometer, &r.March[i].PassTime, &r.March[i].HaltS, &r.March[i].LateS)
	}
	for i := range p.Tracks {
		round(&p.Tracks[i].From, &p.Tracks[i].Length)
	}
	for i := range p.Passes {
		round(&p.Passes[i].From, &p.Passes[i].To)
	}
	access := func(a *outrider.RailAccessAt) {
		if a != nil {
			round(&a.Odometer, &a.Away)
		}
	}
	for i := range p.Access {
		access(&p.Access[i])
	}
	for i := range p.Evacuation {
		e := &p.Evacuation[i]
		round(&e.From, &e.To, &e.WalkBefore, &e.WalkAfter)
		access(e.Before)
		access(e.After)
	}
	for i := range p.Sidings {
		round(&p.Sidings[i].Odometer, &p.Sidings[i].Length)
	}
	if p.Shadow != nil {
		for i := range p.Shadow.Rendezvous {
			x := &p.Shadow.Rendezvous[i]
			round(&x.Odometer, &x.Behind, &x.DriveM)
		}
		round(&p.Shadow.Worst)
	}
	for i := range p.Conflicts {
		round(&p.Conflicts[i].FromM, &p.Conflicts[i].ToM)
	}
}
