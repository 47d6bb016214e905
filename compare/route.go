package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// How routes are held against each other.
const (
	pieceLength = 25.0 // metres; routes are looked at in pieces at most this long
	beside      = 8.0  // metres from the other route within which a piece is on it
	sameBearing = 60.0 // degrees between a piece and what it is on, at most
	shortPart   = 20.0 // metres; a shorter part on other roads is none, nor is such a part on the same road between two others
	oneWay      = 0.98 // of both routes' lengths in common: they are one, whatever their names
	alike       = 0.5  // or, of the names that are left, at least this
)

// A line is a route as a line on the ground.
type line struct {
	points []geo.Point
	at     []float64 // odometer
	pieces map[[2]geo.Point]bool
	index  geo.Index
}

func lineOf(r *outrider.RoutePlan) *line {
	l := &line{pieces: make(map[[2]geo.Point]bool, len(r.Points))}
	var boxes []geo.Box
	for i, p := range r.Points {
		q := p.Point()
		if i > 0 {
			before := l.points[i-1]
			l.pieces[[2]geo.Point{before, q}] = true
			boxes = append(boxes, geo.Box{
				Min: geo.Point{Lat: min(before.Lat, q.Lat), Lon: min(before.Lon, q.Lon)},
				Max: geo.Point{Lat: max(before.Lat, q.Lat), Lon: max(before.Lon, q.Lon)},
			})
		}
		l.points = append(l.points, q)
	}
	l.index = geo.BuildIndex(boxes)
	l.at = make([]float64, len(l.points))
	for i := range l.points {
		switch {
		case len(r.Odometer) == len(l.points):
			l.at[i] = r.Odometer[i]
		case i > 0:
			l.at[i] = l.at[i-1] + geo.Distance(l.points[i-1], l.points[i])
		}
	}
	return l
}

func (l *line) length() float64 {
	if len(l.at) == 0 {
		return 0
	}
	return l.at[len(l.at)-1] - l.at[0]
}

// on reports whether m lies on the line, in the direction of bearing.
func (l *line) on(m geo.Point, bearing float64) bool {
	found := false
	l.index.Search(geo.BoxAround(m, beside+1), func(ref uint32) bool {
		a, b := l.points[ref], l.points[ref+1]
		if a == b {
			return true
		}
		if _, d := geo.ProjectOnSegment(m, a, b); d > beside {
			return true
		}
		turn := math.Abs(math.Mod(geo.Bearing(a, b)-bearing+540, 360) - 180)
		found = turn <= sameBearing
		return !found
	})
	return found
}

// apart returns the parts of l that do not lie on other, by odometer.
func (l *line) apart(other *line) []Part {
	var parts []Part
	add := func(from, to float64) {
		if n := len(parts); n > 0 && from-parts[n-1].To < shortPart {
			parts[n-1].To = to
			return
		}
		parts = append(parts, Part{From: from, To: to})
	}
	for i := 1; i < len(l.points); i++ {
		a, b := l.points[i-1], l.points[i]
		if a == b || other.pieces[[2]geo.Point{a, b}] {
			continue
		}
		from, span := l.at[i-1], l.at[i]-l.at[i-1]
		bearing := geo.Bearing(a, b)
		n := max(1, int(math.Ceil(span/pieceLength)))
		for k := range n {
			f := float64(n)
			if !other.on(geo.Interpolate(a, b, (float64(k)+0.5)/f), bearing) {
				add(from+span*float64(k)/f, from+span*float64(k+1)/f)
			}
		}
	}
	return slices.DeleteFunc(parts, func(p Part) bool { return p.To-p.From < shortPart })
}

func lengthOf(parts []Part) float64 {
	sum := 0.0
	for _, p := range parts {
		sum += p.To - p.From
	}
	return sum
}

// routePairs are the routes of a leg in both plans.
type routePairs struct {
	pairs
	namesA, namesB []string
	onlyInA        map[pair][]Part
	onlyInB        map[pair][]Part
}

// one reports whether two names are those of one route.
func (p *routePairs) one(a, b string) bool {
	i, j := slices.Index(p.namesA, a), slices.Index(p.namesB, b)
	if i < 0 || j < 0 {
		return a == b
	}
	return slices.Contains(p.both, pair{i, j})
}

// pairRoutes matches routes: first those that run over the same roads, then those
// of one name, then those that have at least half of their roads in common.
func pairRoutes(x, y *outrider.LegPlan) routePairs {
	p := routePairs{onlyInA: map[pair][]Part{}, onlyInB: map[pair][]Part{}}
	var a, b []*line
	for i := range x.Routes {
		a = append(a, lineOf(&x.Routes[i]))
		p.namesA = append(p.namesA, x.Routes[i].Name)
	}
	for j := range y.Routes {
		b = append(b, lineOf(&y.Routes[j]))
		p.namesB = append(p.namesB, y.Routes[j].Name)
	}
	p.pairs = match(len(a), len(b), func(i, j int) (float64, bool) {
		at := pair{i, j}
		p.onlyInA[at], p.onlyInB[at] = a[i].apart(b[j]), b[j].apart(a[i])
		common := min(inCommon(a[i], p.onlyInA[at]), inCommon(b[j], p.onlyInB[at]))
		named := p.namesA[i] == p.namesB[j]
		switch {
		case common >= oneWay && named:
			return 1 - common, true
		case common >= oneWay:
			return 2 - common, true
		case named:
			return 3 - common, true
		case common >= alike:
			return 4 - common, true
		}
		return 0, false
	})
	return p
}

func inCommon(l *line, apart []Part) float64 {
	if length := l.length(); length > 0 {
		return max(0, 1-lengthOf(apart)/length)
	}
	return 1
}

// differences lists the routes that differ.
func (p *routePairs) differences(a, b *outrider.Plan, x, y *outrider.LegPlan) []Route {
	list := []Route{}
	for _, at := range p.both {
		r, s := &x.Routes[at.a], &y.Routes[at.b]
		d := Route{A: r.Name, B: s.Name, OnlyA: onRoads(p.onlyInA[at], r), OnlyB: onRoads(p.onlyInB[at], s)}
		d.SameBy = len(d.OnlyA)+len(d.OnlyB) == 0
		d.compare(r, s, a.Inputs.ProfileHash == b.Inputs.ProfileHash)
		if !d.SameBy || len(d.Values)+len(d.Stops)+len(d.Passes)+len(d.Exits) > 0 {
			list = append(list, d)
		}
	}
	var none outrider.RoutePlan
	for _, i := range p.onlyA {
		list = append(list, lone(&x.Routes[i], &none, Gone))
	}
	for _, j := range p.onlyB {
		list = append(list, lone(&none, &y.Routes[j], Appeared))
	}
	return list
}

// lone is a route of one plan only.
func lone(r, s *outrider.RoutePlan, c Change) Route {
	d := Route{A: r.Name, B: s.Name, Change: c, OnlyA: []Part{}, OnlyB: []Part{}, Stops: []Item{}, Passes: []Item{}, Exits: []Item{}}
	v := values{}
	say := func(what string, of func(*outrider.RoutePlan) string) {
		if c == Gone {
			v.words(what, of(r), "")
		} else {
			v.words(what, "", of(s))
		}
	}
	say("driving", func(r *outrider.RoutePlan) string { return clock(r.Duration) })
	say("length", func(r *outrider.RoutePlan) string { return kilometres(r.Length) })
	say("exposure, worst band", func(r *outrider.RoutePlan) string { return bandText(r.MaxPBand) })
	d.Values = v.list()
	return d
}

// onRoads says from which road to which the parts run.
func onRoads(parts []Part, r *outrider.RoutePlan) []Part {
	list := []Part{}
	for _, p := range parts {
		p.FromRoad, p.ToRoad = roadAt(r, p.From), roadAt(r, p.To-1)
		list = append(list, p)
	}
	return list
}

func roadAt(r *outrider.RoutePlan, at float64) string {
	road := ""
	for i := range r.Steps {
		if r.Steps[i].From > at && i > 0 {
			break
		}
		road = r.Steps[i].Road
	}
	return road
}

func (d *Route) compare(r, s *outrider.RoutePlan, oneProfile bool) {
	v := values{}
	v.words("name", r.Name, s.Name)
	v.seconds("driving", r.Duration, s.Duration)
	v.seconds("driving, at the earliest", r.Early, s.Early)
	v.seconds("driving, at the latest", r.Late, s.Late)
	v.seconds("halts", r.Halts, s.Halts)
	v.metres("length", r.Length, s.Length)
	v.metres("timed by runs", r.TimedM, s.TimedM)
	v.band("exposure, worst band", r.MaxPBand, s.MaxPBand)
	if oneProfile {
		v.ratio("exposure, accumulated", r.Lambda, s.Lambda)
	} else {
		v.ratio("exposure, accumulated, by two profiles", r.Lambda, s.Lambda)
	}
	v.count("safe havens along the way", len(r.Havens), len(s.Havens))
	v.count("safe havens verified", verified(r), verified(s))
	d.Values = v.list()
	d.Stops = stops(r.March, s.March)
	d.Passes = hazards(r.Hazards, s.Hazards)
	d.Exits = breakOuts(r.BreakOut, s.BreakOut)
}

func verified(r *outrider.RoutePlan) int {
	n := 0
	for i := range r.Havens {
		if r.Havens[i].Verified {
			n++
		}
	}
	return n
}

// stops compares the rows of march tables that a movement file names.
func stops(a, b []outrider.MarchRow) []Item {
	named := func(rows []outrider.MarchRow) []outrider.MarchRow {
		return slices.DeleteFunc(slices.Clone(rows), func(r outrider.MarchRow) bool { return r.Kind == "critical" })
	}
	a, b = named(a), named(b)
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		return distance(i, j), a[i].Kind == b[j].Kind && a[i].Point == b[j].Point
	})
	item := func(list []outrider.MarchRow) func(int) Item {
		return func(i int) Item { return Item{Kind: list[i].Kind, Name: list[i].Point, At: new(list[i].Odometer)} }
	}
	list := found.missing(item(a), item(b))
	for _, p := range found.both {
		r, s := &a[p.a], &b[p.b]
		v := values{}
		v.time("head", r.Head, s.Head)
		v.time("tail", r.Tail, s.Tail)
		v.seconds("halt", r.HaltS, s.HaltS)
		v.truth("in the dark", r.Dark, s.Dark)
		list = v.item(list, Item{Kind: s.Kind, Name: s.Point, At: new(s.Odometer), Was: new(r.Odometer)})
	}
	return list
}

func hazards(a, b []outrider.HazardPass) []Item {
	// Only hazards of one kind can be one; within a kind, every pair is tried.
	byKind := func(list []outrider.HazardPass) map[string][]int {
		m := map[string][]int{}
		for i := range list {
			m[list[i].Kind] = append(m[list[i].Kind], i)
		}
		return m
	}
	inA, inB := byKind(a), byKind(b)
	var kinds []string
	for k := range inA {
		kinds = append(kinds, k)
	}
	for k := range inB {
		if _, ok := inA[k]; !ok {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds)
	list := []Item{}
	for _, kind := range kinds {
		x, y := inA[kind], inB[kind]
		found := match(len(x), len(y), func(i, j int) (float64, bool) {
			p, q := &a[x[i]], &b[y[j]]
			return samePlace(p.OSM, q.OSM, p.Finding, q.Finding, p.Lat, p.Lon, q.Lat, q.Lon)
		})
		list = append(list, found.missing(
			func(i int) Item { return hazardItem(&a[x[i]]) },
			func(j int) Item { return hazardItem(&b[y[j]]) },
		)...)
		for _, p := range found.both {
			h, g := &a[x[p.a]], &b[y[p.b]]
			v := values{}
			v.band("band", h.Band, g.Band)
			v.words("detail", h.Detail, g.Detail)
			v.words("finding", h.Finding, g.Finding)
			v.words("map object", h.OSM, g.OSM)
			v.moved("place", h.Lat, h.Lon, g.Lat, g.Lon, sameHazard)
			v.metres("length", h.To-h.From, g.To-g.From)
			if len(v.all) > 0 {
				v.words("evidence", h.Evidence, g.Evidence)
			}
			x := hazardItem(g)
			x.Was = new(h.From)
			list = v.item(list, x)
		}
	}
	slices.SortStableFunc(list, func(x, y Item) int {
		switch {
		case *x.At < *y.At:
			return -1
		case *x.At > *y.At:
			return 1
		}
		return strings.Compare(string(x.Change), string(y.Change))
	})
	return list
}

func hazardItem(h *outrider.HazardPass) Item {
	name := h.Detail
	if h.Evidence != "" {
		name = strings.TrimPrefix(fmt.Sprintf("%s (%s)", h.Detail, h.Evidence), " ")
	}
	return Item{Kind: h.Kind, Name: name, At: new(h.From)}
}

func breakOuts(a, b []outrider.BreakOut) []Item {
	// A point may have several ways out, and several points one name.
	found := match(len(a), len(b), func(i, j int) (float64, bool) {
		r, s := &a[i], &b[j]
		if r.Point != s.Point || r.Before != s.Before {
			return 0, false
		}
		worse, ok := distance(i, j), true
		if len(r.Geometry) > 0 && len(s.Geometry) > 0 {
			worse = geo.Distance(r.Geometry[0].Point(), s.Geometry[0].Point())
			ok = worse <= sameExit
		}
		if r.OSM != s.OSM {
			worse += 1e9
		}
		return worse, ok
	})
	named := func(list []outrider.BreakOut) func(int) Item {
		return func(i int) Item {
			return Item{Kind: "break-out", Name: breakOutName(&list[i]), At: new(list[i].Odometer)}
		}
	}
	list := found.missing(named(a), named(b))
	for _, p := range found.both {
		r, s := &a[p.a], &b[p.b]
		v := values{}
		v.words("to", r.Haven, s.Haven)
		v.words("haven", r.OSM, s.OSM)
		v.truth("verified", r.Verified, s.Verified)
		v.seconds("drive", r.Drive, s.Drive)
		v.metres("length", r.Metres, s.Metres)
		list = v.item(list, Item{Kind: "break-out", Name: breakOutName(s), At: new(s.Odometer), Was: new(r.Odometer)})
	}
	return list
}

func breakOutName(b *outrider.BreakOut) string {
	if b.Before {
		return b.Point + ", before it"
	}
	return b.Point
}
