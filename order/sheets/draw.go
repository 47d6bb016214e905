package sheets

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order"
	"github.com/outrider-project/outrider/paper"
)

// mapWidth is the width of maps and strips, millimetres: that of the text of a page.
const mapWidth = 170

// chart returns what maps have in common.
func (b *book) chart(caption string) order.Chart {
	return order.Chart{
		Caption: caption, Map: b.ground, Miles: b.Miles(), Width: mapWidth, Areas: b.plan.Areas, Credit: b.dataDay(),
		Call: func(name string) string {
			if called := b.call(outrider.ThingPlace, name); b.naming.Clear() || b.hasWord(called) {
				return called
			}
			return ""
		},
	}
}

// hasWord reports whether a text is one of the code words of the order, and so
// worth writing on a map.
func (b *book) hasWord(s string) bool {
	return slices.ContainsFunc(b.words, func(c CodeWord) bool { return c.Word == s })
}

// overview is the map of all legs.
func (b *book) overview() (paper.Drawing, bool) {
	c := b.chart(wordOverview)
	for i := range b.legs {
		l := &b.legs[i]
		c.Routes = append(c.Routes, order.ChartRoute{Points: l.route.Points, Other: l.rail()})
		ends := []*outrider.PlanPoint{&l.From, &l.To}
		for k, q := range ends {
			text := fmt.Sprint(l.number)
			if k == 1 {
				if i+1 < len(b.legs) { // the next leg starts there
					continue
				}
				text = wordRP
			}
			c.Marks = append(c.Marks, order.ChartMark{At: outrider.LatLon{Lat: q.Lat, Lon: q.Lon}, Text: text, Strong: true})
		}
	}
	c.Tall = 1.15
	return c.Drawing()
}

// legMap is the map of one leg with the marks of its march table, and thin the
// routes to which it can be changed.
func (b *book) legMap(l *leg) (paper.Drawing, bool) {
	c := b.chart(say(wordMapOf, l.title))
	for j := range l.Routes {
		to := &l.Routes[j]
		if slices.ContainsFunc(l.decisions(), func(i int) bool { return l.Decisions[i].To == to.Name }) && to != l.route {
			c.Routes = append(c.Routes, order.ChartRoute{Points: to.Points, Other: true})
		}
	}
	c.Routes = append(c.Routes, order.ChartRoute{Points: l.route.Points})
	c.Marks = append(order.ChartMarks(l.route.March, ""), b.postMarks(l)...)
	c.Tall = 0.8
	return c.Drawing()
}

// postMarks are the marks of the posts that the column passes on a leg.
func (b *book) postMarks(l *leg) []order.ChartMark {
	var out []order.ChartMark
	for i := range b.order.Posts {
		p := b.order.Posts[i].Place
		if p == nil {
			continue
		}
		if _, away := l.nearest(p.Point()); away <= postRange {
			out = append(out, order.ChartMark{At: *p, Text: say(wordPostMark, i+1), Square: true})
		}
	}
	return out
}

// A stop is a line of a strip map: a point of the march table, a turn, or a town.
type stop struct {
	odometer float64
	mark     string // SP, RP, number; empty for turns and towns
	text     string
	detail   string
	turn     string // how a road begins
	town     bool
	strong   bool
	square   bool
}

// Measures of a strip map, millimetres.
const (
	stripStops = 19 // above one another, so that a strip map fits on a page of letter
	stripStep  = 11
	stripFoot  = 10
)

// A lane is where a strip of a strip map stands: a narrow one beside another, or a
// wide one alone.
type lane struct{ left, north, odometer, between, turn, road, text, width float64 }

func narrow(left float64) lane { return lane{left, 8, 20, 23, 30.5, 38, 43.5, 40.5} }

// strips returns the strip map of a leg, in as many drawings as it takes: the road
// straightened, in the direction of travel from the bottom to the top, in one lane
// or two. Times are those of a vehicle that is own behind the head.
func (b *book) strips(l *leg, own time.Duration) []paper.Block {
	stops := b.stops(l, own)
	if len(stops) < 2 {
		return nil
	}
	// Each strip begins with the last stop of the one before.
	n := (len(stops) + stripStops - 3) / (stripStops - 1)
	per := (len(stops) + n - 2) / n
	var strips [][]stop
	for from := 0; from+1 < len(stops); from += per {
		strips = append(strips, stops[from:min(from+per+1, len(stops))])
	}
	if len(strips) == 1 {
		return []paper.Block{b.strip(l, say(wordStripOf, l.title), strips, []lane{{0, 9, 26, 40, 53, 62, 69, 100}})}
	}
	var out []paper.Block
	parts := (len(strips) + 1) / 2
	for p := range parts {
		caption := say(wordStripOf, l.title)
		if parts > 1 {
			caption += say(wordStripPart, p+1, parts)
		}
		out = append(out, b.strip(l, caption, strips[2*p:min(2*p+2, len(strips))], []lane{narrow(0), narrow(mapWidth / 2)}))
	}
	return out
}

// stops returns what a strip map shows, in order of passage.
func (b *book) stops(l *leg, own time.Duration) []stop {
	var out []stop
	r := l.route
	for i, name := range marks(r.March) {
		m := &r.March[i]
		s := stop{
			odometer: m.Odometer, mark: name, text: plain.Capital(b.point(m)), detail: b.Minute(l.Earliest, m.Head.Add(own)),
			strong: m.Kind == "start" || m.Kind == "release", square: m.Kind == "halt",
		}
		if m.HaltS > 0 {
			s.detail += say(wordStripHalt, m.HaltS/60)
		}
		out = append(out, s)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Turn == "start" || l.rail() {
			continue
		}
		out = append(out, stop{odometer: s.From, text: plain.Capital(plain.Text(s.Turn)), detail: b.road(s.Road), turn: s.Turn})
	}
	out = append(out, b.towns(l)...)
	slices.SortStableFunc(out, func(a, c stop) int {
		switch {
		case a.mark == wordSP || c.mark == wordRP:
			return -1
		case c.mark == wordSP || a.mark == wordRP:
			return 1
		case a.odometer < c.odometer:
			return -1
		case a.odometer > c.odometer:
			return 1
		}
		return 0
	})
	return out
}

// townsShown and townRange bound which towns a strip map names.
const (
	townsShown = 8
	townRange  = 2000 // metres from the route
)

// towns returns the towns beside a route, the largest first where there are many.
func (b *book) towns(l *leg) []stop {
	if b.ground == nil || !b.naming.Clear() {
		return nil
	}
	box := geo.EmptyBox()
	for _, q := range l.route.Points {
		box = box.Extend(q.Point())
	}
	var out []stop
	for kind := network.City; kind <= network.Village; kind++ {
		for i := range b.ground.Places {
			p := &b.ground.Places[i]
			if p.Kind != kind || len(out) == townsShown || !box.Contains(p.Point) {
				continue
			}
			odometer, away := l.nearest(p.Point)
			if away > townRange {
				continue
			}
			side := wordRightOf
			bearing := l.bearing(odometer)
			if lat, lon := p.Point.Degrees(); math.Remainder(geo.Bearing(l.at(odometer).Point(), geo.PointFromDegrees(lat, lon))-bearing, 360) < 0 {
				side = wordLeftOf
			}
			out = append(out, stop{odometer: odometer, town: true, text: plain.Text(b.ground.Text(p.Name)), detail: say(side, b.Distance(away))})
		}
	}
	return out
}

// at returns the place of the route at an odometer.
func (l *leg) at(odometer float64) outrider.LatLon {
	r := l.route
	i, _ := slices.BinarySearch(r.Odometer, odometer)
	if i == 0 || i >= len(r.Points) {
		return r.Points[min(i, len(r.Points)-1)]
	}
	f := 0.0
	if gap := r.Odometer[i] - r.Odometer[i-1]; gap > 0 {
		f = (odometer - r.Odometer[i-1]) / gap
	}
	lat, lon := geo.Interpolate(r.Points[i-1].Point(), r.Points[i].Point(), f).Degrees()
	return outrider.LatLon{Lat: lat, Lon: lon}
}

// bearing returns the direction of travel at an odometer, taken over a hundred
// metres on each side, so that a kink does not count.
func (l *leg) bearing(odometer float64) float64 {
	end := l.route.Odometer[len(l.route.Odometer)-1]
	a, c := l.at(max(odometer-100, 0)), l.at(min(odometer+100, end))
	return geo.Bearing(a.Point(), c.Point())
}

// strip draws strips beside one another, in each the first stop lowest.
func (b *book) strip(l *leg, caption string, strips [][]stop, lanes []lane) paper.Drawing {
	most := 0
	for _, stops := range strips {
		most = max(most, len(stops))
	}
	d := paper.Drawing{Caption: caption, Width: mapWidth, Height: stripFoot + float64(most)*stripStep}
	for i, stops := range strips {
		if i > 0 {
			x := lanes[i].left
			d.Shapes = append(d.Shapes, paper.Line{Points: []paper.Point{{X: x, Y: 0}, {X: x, Y: d.Height}}, Width: 0.2})
		}
		b.lane(&d, l, stops, lanes[i])
	}
	d.Shapes = append(d.Shapes, frame(mapWidth, d.Height))
	return d
}

func (b *book) lane(d *paper.Drawing, l *leg, stops []stop, at lane) {
	height, road := d.Height, at.left+at.road
	y := func(i int) float64 { return height - stripFoot - stripStep*(float64(i)+0.25) }
	add := func(shapes ...paper.Shape) { d.Shapes = append(d.Shapes, shapes...) }
	label := func(x, y float64, text string, size float64, strong bool, anchor string) {
		add(paper.Label{At: paper.Point{X: at.left + x, Y: y}, Text: text, Size: size, Strong: strong, Anchor: anchor})
	}
	top := y(len(stops) - 1)
	add(paper.Line{Points: []paper.Point{{X: road, Y: y(0)}, {X: road, Y: top - 4}}, Width: 1.6})
	if stops[len(stops)-1].mark != wordRP { // it goes on
		add(paper.Fill{Points: []paper.Point{{X: road, Y: top - 8}, {X: road - 2.2, Y: top - 3.4}, {X: road + 2.2, Y: top - 3.4}}})
	}
	drawn := math.Inf(1) // bearing of the north arrow drawn last
	for i, s := range stops {
		here := y(i)
		label(at.odometer, here+1, b.Odometer(s.odometer), 3, true, "end")
		if i+1 < len(stops) {
			label(at.between, here-stripStep/2+1, b.Distance(stops[i+1].odometer-s.odometer), 2.3, false, "middle")
			// North against the direction of travel, which is up; again where the road
			// has turned.
			if turn := l.bearing((s.odometer + stops[i+1].odometer) / 2); math.IsInf(drawn, 1) || math.Abs(math.Remainder(turn-drawn, 360)) > 20 {
				drawn = turn
				add(northArrow(at.left+at.north, here-stripStep/2, -turn)...)
			}
		}
		switch {
		case s.town:
			add(paper.Circle{Centre: paper.Point{X: road, Y: here}, Radius: 1.1, Grey: 1, Edge: 0.3})
		case s.turn != "":
			add(paper.Circle{Centre: paper.Point{X: road, Y: here}, Radius: 1.5, Edge: 0.1})
			add(turnArrow(at.left+at.turn, here, s.turn)...)
		default:
			add(markShapes(road, here, &s)...)
		}
		const size, below = 2.7, 3.3
		lines := wrapped(s.text, int(at.width/(0.56*size)))
		if len(lines) > 2 {
			lines = []string{lines[0], shortened(lines[1]+" "+lines[2], int(at.width/(0.56*size)))}
		}
		for k, line := range lines {
			label(at.text, here+0.4+below*float64(k), line, size, s.mark != "", "start")
		}
		label(at.text, here+0.4+below*float64(len(lines)), shortened(s.detail, int(at.width/(0.53*2.5))), 2.5, false, "start")
	}
	label(at.odometer, height-2.2, b.Unit(), 2.6, false, "end")
	label(at.road, height-2.2, wordNotToScale, 2.6, false, "middle")
	label(at.north, height-2.2, wordNorth, 2.6, false, "middle")
}

func frame(w, h float64) paper.Line {
	return paper.Line{Points: []paper.Point{{X: 0.2, Y: 0.2}, {X: w - 0.2, Y: 0.2}, {X: w - 0.2, Y: h - 0.2}, {X: 0.2, Y: h - 0.2}, {X: 0.2, Y: 0.2}}, Width: 0.4}
}

// markShapes draws the mark of a point of the march table.
func markShapes(x, y float64, s *stop) []paper.Shape {
	const r = 3.0
	grey := 1.0
	if s.strong {
		grey = 0
	}
	size := 2.8
	var out []paper.Shape
	if s.square {
		ring := []paper.Point{{X: x - r, Y: y - r}, {X: x + r, Y: y - r}, {X: x + r, Y: y + r}, {X: x - r, Y: y + r}, {X: x - r, Y: y - r}}
		out = append(out, paper.Fill{Points: ring, Grey: grey}, paper.Line{Points: ring, Width: 0.4})
	} else {
		out = append(out, paper.Circle{Centre: paper.Point{X: x, Y: y}, Radius: r, Grey: grey, Edge: 0.4})
	}
	return append(out, paper.Label{At: paper.Point{X: x, Y: y + size*0.36}, Text: s.mark, Size: size, Strong: true, Anchor: "middle", White: s.strong})
}

// northArrow draws an arrow that points to north, turned clockwise from up.
func northArrow(x, y, turn float64) []paper.Shape {
	sin, cos := math.Sincos(turn * math.Pi / 180)
	p := func(dx, dy float64) paper.Point { return paper.Point{X: x + dx*cos - dy*sin, Y: y + dx*sin + dy*cos} }
	tip := p(0, -6.6)
	return []paper.Shape{
		paper.Fill{Points: []paper.Point{p(0, -4), p(1.7, 3), p(0, 1.6), p(-1.7, 3)}},
		paper.Label{At: paper.Point{X: tip.X, Y: tip.Y + 0.8}, Text: wordN, Size: 2.2, Strong: true, Anchor: "middle"},
	}
}

// turnArrow draws how a road is left: up, and then by the angle of the turn.
func turnArrow(x, y float64, turn string) []paper.Shape {
	angle, ok := turnAngles[turn]
	if !ok {
		return nil
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	bend := paper.Point{X: x, Y: y}
	tip := paper.Point{X: x + 4*sin, Y: y - 4*cos}
	back := func(side float64) paper.Point {
		s, c := math.Sincos((angle + side*150) * math.Pi / 180)
		return paper.Point{X: tip.X + 2*s, Y: tip.Y - 2*c}
	}
	return []paper.Shape{
		paper.Line{Points: []paper.Point{{X: x, Y: y + 3.4}, bend, tip}, Width: 0.8},
		paper.Fill{Points: []paper.Point{{X: tip.X + 0.8*sin, Y: tip.Y - 0.8*cos}, back(1), back(-1)}},
	}
}

// turnAngles are the turns of a plan, degrees clockwise.
var turnAngles = map[string]float64{
	"straight on": 0, "bear left": -40, "bear right": 40, "left": -90, "right": 90, "sharp left": -135, "sharp right": 135, "turn back": 175,
}

// wrapped cuts a text into lines of at most width characters at blanks; a longer
// word is cut.
func wrapped(s string, width int) []string {
	var lines []string
	rest := []rune(s)
	for len(rest) > width {
		cut := width
		for k := width; k > width/2; k-- {
			if rest[k] == ' ' {
				cut = k
				break
			}
		}
		lines = append(lines, string(rest[:cut]))
		rest = rest[cut:]
		if len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return append(lines, string(rest))
}

// shortened cuts a text to a number of characters, with an ellipsis.
func shortened(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:width-1]) + wordEllipsis
}
