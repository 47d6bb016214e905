package order

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/paper"
)

// A Chart is a map to be put on paper in black and white: routes over the ground,
// with marks.
type Chart struct {
	Caption string
	Routes  []ChartRoute // the last lies uppermost
	Marks   []ChartMark  // the first get their places first
	Areas   []outrider.PlanArea
	Map     *network.Map // nil: no ground is drawn
	// Call returns what to write for the name of a place of the ground; empty leaves
	// it out. Nil writes names as they are.
	Call   func(name string) string
	Credit string // at the lower edge: what the map data is and whose
	Miles  bool   // of the scale bar
	Width  float64
	// Tall is the greatest height in widths; 0 stands for 1.2.
	Tall float64
}

// ChartRoute is a line on a chart.
type ChartRoute struct {
	Points []outrider.LatLon
	Other  bool // another route than the one that matters: thin and broken
}

// ChartMark is a place on a chart with a short text.
type ChartMark struct {
	At     outrider.LatLon
	Text   string
	Strong bool // white on black
	Square bool
}

// Measures of a chart, millimetres.
const (
	chartUnit   = 0.05 // of the view
	routeWidth  = 1.5
	routeCasing = 0.7
	otherWidth  = 0.7
	discRadius  = 2.5
	chartPoints = 24_000 // vertices of roads that a chart may spend
)

// Greys of the ground. A route is black, so that the darkest of these, of railways,
// has a contrast of 5 to 1 with it, and roads of at least 8 to 1.
const (
	greyWater   = 0.88
	greyMinor   = 0.84
	greyMajor   = 0.70
	greyRailway = 0.55
	greyRoute   = 0
)

// Drawing returns the chart. ok is false if there is nothing to draw: no route with
// a line. The cost is that of the roads in the ground shown.
func (c *Chart) Drawing() (d paper.Drawing, ok bool) {
	var places []outrider.LatLon
	for i := range c.Routes {
		places = append(places, c.Routes[i].Points...)
	}
	if len(places) < 2 || !(c.Width > 0) {
		return paper.Drawing{}, false
	}
	for i := range c.Marks {
		places = append(places, c.Marks[i].At)
	}
	tall := c.Tall
	if tall == 0 {
		tall = 1.2
	}
	v := fit(int(c.Width/chartUnit), places, 1500, min(0.55, tall), tall)
	s := chartSheet{Chart: c, v: &v, budget: chartPoints}
	if c.Map != nil {
		s.water()
		s.roads()
		s.railways()
	}
	s.areas()
	s.routes()
	names := len(s.shapes)
	s.marks()
	if c.Map != nil {
		// Names lie under marks, but get the ground that these leave.
		over := slices.Clone(s.shapes[names:])
		s.shapes = s.shapes[:names]
		s.names()
		s.shapes = append(s.shapes, over...)
	}
	s.furniture()
	return paper.Drawing{Caption: c.Caption, Width: float64(v.width) * chartUnit, Height: float64(v.height) * chartUnit, Shapes: s.shapes}, true
}

// A chartSheet is a chart being drawn.
type chartSheet struct {
	*Chart
	v      *view
	budget int
	shapes []paper.Shape
	ground taken
}

func onPaper(line []xy) []paper.Point {
	out := make([]paper.Point, len(line))
	for i, p := range line {
		out[i] = at(p)
	}
	return out
}

func at(p xy) paper.Point { return paper.Point{X: p.x * chartUnit, Y: p.y * chartUnit} }

// line draws a line in each of its parts that may show, and reports its vertices.
func (s *chartSheet) line(line []xy, tolerance float64, style paper.Line) int {
	n := 0
	for _, run := range s.v.runs(line) {
		style.Points = onPaper(simplify(run, tolerance))
		if len(style.Points) > 1 {
			n += len(style.Points)
			s.shapes = append(s.shapes, style)
		}
	}
	return n
}

func (s *chartSheet) water() {
	box := s.v.ground()
	base := basemap{m: s.Map, v: s.v}
	for i := range s.Map.Base {
		o := &s.Map.Base[i]
		if !o.Box.Intersects(box) || s.budget < chartPoints*2/3 {
			continue
		}
		line := base.project(s.Map.BaseVertex[s.Map.BaseFirst[i]:s.Map.BaseFirst[i+1]])
		switch o.Kind {
		case network.WaterArea, network.WaterHole:
			ring := simplify(s.v.clipRing(line), 2)
			if len(ring) < 4 || boxArea(ring) < 400 {
				continue
			}
			grey := greyWater
			if o.Kind == network.WaterHole {
				grey = 1
			}
			s.budget -= len(ring)
			s.shapes = append(s.shapes, paper.Fill{Points: onPaper(ring), Grey: grey})
		case network.River, network.Coastline:
			if lineLength(line) >= 120 {
				s.budget -= s.line(line, 2, paper.Line{Width: 0.35, Grey: greyWater})
			}
		case network.OutlineKinds:
		}
	}
}

// chartRoad returns how a class of road is drawn; major ones are darker and wider.
func chartRoad(c network.RoadClass) paper.Line {
	switch c {
	case network.Motorway, network.Trunk:
		return paper.Line{Width: 0.9, Grey: greyMajor}
	case network.Primary, network.Secondary:
		return paper.Line{Width: 0.6, Grey: greyMajor}
	case network.Ferry:
		return paper.Line{Width: 0.3, Grey: greyMajor, Dash: []float64{1, 1}}
	default:
		return paper.Line{Width: 0.35, Grey: greyMinor}
	}
}

// roads draws the roads, the least important lowest; the first class for which
// there is no room ends the drawing.
func (s *chartSheet) roads() {
	least := classShown(s.v.span())
	base := basemap{m: s.Map, v: s.v}
	chains := make([][]network.ChainID, network.RoadClasses)
	for c := range s.Map.Near(s.v.ground()) {
		if class := s.Map.Intervals(c)[0].Class; class <= least || class == network.Ferry {
			chains[class] = append(chains[class], c)
		}
	}
	var layers [][]paper.Shape
	for class := network.Motorway; class <= least; class++ {
		layer := chartSheet{Chart: s.Chart, v: s.v}
		n := 0
		for _, line := range base.joined(chains[class]) {
			n += layer.line(line, 2, chartRoad(class))
		}
		if s.budget -= n; s.budget < 0 {
			break
		}
		layers = append(layers, layer.shapes)
	}
	for _, layer := range slices.Backward(layers) {
		s.shapes = append(s.shapes, layer...)
	}
	for _, line := range base.joined(chains[network.Ferry]) {
		s.line(line, 2, chartRoad(network.Ferry))
	}
}

func (s *chartSheet) railways() {
	r := &s.Map.Rail
	base := basemap{m: s.Map, v: s.v}
	for t := range r.Near(s.v.ground()) {
		if first := &r.Interval[r.IntervalFirst[t]]; first.Service != network.NoService || first.Kind != network.RailHeavy {
			continue
		}
		vertices, _ := r.Vertices(t)
		s.line(base.project(vertices), 3, paper.Line{Width: 0.3, Grey: greyRailway, Dash: []float64{1.4, 0.6}})
	}
}

func (s *chartSheet) areas() {
	for i := range s.Areas {
		ring := s.v.clipRing(s.v.line(exchange.AreaRing(&s.Areas[i])))
		if len(ring) < 3 {
			continue
		}
		style := paper.Line{Points: onPaper(append(ring, ring[0])), Width: 0.4, Grey: 0.3}
		if s.Areas[i].Kind == outrider.AreaAvoid {
			style.Dash = []float64{0.8, 0.8}
		}
		s.shapes = append(s.shapes, style)
	}
}

func (s *chartSheet) routes() {
	for i := range s.Routes {
		r := &s.Routes[i]
		style := paper.Line{Width: routeWidth, Grey: greyRoute, Casing: routeCasing}
		if r.Other {
			style = paper.Line{Width: otherWidth, Grey: greyRoute, Dash: []float64{2, 1.2}, Casing: 0.4}
		}
		s.line(s.v.line(r.Points), 1, style)
	}
}

// marks draws discs with their texts; one that would cover another stands aside,
// with a line to its place.
func (s *chartSheet) marks() {
	var leaders, discs []paper.Shape // no leader crosses a disc
	room := drawing{v: *s.v}
	for i := range s.Marks {
		m := &s.Marks[i]
		place := s.v.at(m.At)
		if !s.v.inside(place, 0) {
			continue
		}
		const r = discRadius / chartUnit
		spot := room.room(place, r+6, s.ground)
		s.ground = append(s.ground, rect{spot.x - r, spot.y - r, spot.x + r, spot.y + r})
		if spot != place {
			leaders = append(leaders,
				paper.Line{Points: onPaper([]xy{place, spot}), Width: 0.25, Casing: 0.2},
				paper.Circle{Centre: at(place), Radius: 0.6, Edge: 0.2})
		}
		grey := 1.0
		if m.Strong {
			grey = 0
			// A white rim, for it stands on a black line.
			discs = append(discs, paper.Circle{Centre: at(spot), Radius: discRadius + 0.5, Grey: 1})
		}
		if m.Square {
			corner := func(dx, dy float64) xy { return xy{spot.x + dx*r, spot.y + dy*r} }
			ring := []xy{corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1), corner(-1, -1)}
			discs = append(discs, paper.Fill{Points: onPaper(ring), Grey: grey}, paper.Line{Points: onPaper(ring), Width: 0.35})
		} else {
			discs = append(discs, paper.Circle{Centre: at(spot), Radius: discRadius, Grey: grey, Edge: 0.35})
		}
		size := 2.6
		if len([]rune(m.Text)) > 2 {
			size = 2.0
		}
		p := at(spot)
		discs = append(discs, paper.Label{At: paper.Point{X: p.X, Y: p.Y + size*0.36}, Text: m.Text, Size: size, Strong: true, Anchor: "middle", White: m.Strong})
	}
	s.shapes = append(append(s.shapes, leaders...), discs...)
}

// names writes the names of places that fit, larger places first.
func (s *chartSheet) names() {
	span, box := s.v.span(), s.v.ground()
	type named struct {
		at   xy
		text string
		size float64
	}
	var list []named
	for i := range s.Map.Places {
		p := &s.Map.Places[i]
		if !box.Contains(p.Point) {
			continue
		}
		size := 0.0
		switch {
		case p.Kind == network.City:
			size = 3.6
		case p.Kind == network.Town:
			size = 3
		case p.Kind == network.Village && span < 90_000:
			size = 2.6
		case span < 8_000 && (p.Kind == network.Suburb || p.Kind == network.Hamlet):
			size = 2.3
		}
		text := s.Map.Text(p.Name)
		if s.Call != nil {
			text = s.Call(text)
		}
		if size > 0 && text != "" {
			list = append(list, named{s.v.point(p.Point), plain.Text(text), size})
		}
	}
	slices.SortStableFunc(list, func(a, b named) int { return cmp.Compare(b.size, a.size) })
	const most = 24
	count := 0
	for _, l := range list {
		h := l.size / chartUnit
		w := 0.62 * h * float64(len([]rune(l.text)))
		for _, dy := range []float64{0, -1.6, 1.6, -2.6, 2.6} {
			x, y := l.at.x, l.at.y+dy*h
			r := rect{x - w/2 - 10, y - 0.8*h, x + w/2 + 10, y + 0.4*h}
			if r.x0 < 20 || r.x1 > float64(s.v.width)-20 || r.y0 < 60 || r.y1 > float64(s.v.height)-180 || !s.ground.free(r) {
				continue
			}
			s.ground = append(s.ground, r)
			s.shapes = append(s.shapes, paper.Label{At: at(xy{x, y}), Text: l.text, Size: l.size, Anchor: "middle"})
			count++
			break
		}
		if count == most {
			return
		}
	}
}

// furniture draws scale bar, north arrow, credit and frame.
func (s *chartSheet) furniture() {
	w, h := float64(s.v.width)*chartUnit, float64(s.v.height)*chartUnit
	label, units := s.v.scaleBar(s.Miles)
	bar := units * chartUnit
	white := func(x0, y0, x1, y1 float64) paper.Fill {
		return paper.Fill{Points: []paper.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}, Grey: 1}
	}
	s.shapes = append(s.shapes,
		white(2, h-9.5, bar+16, h-2),
		paper.Line{Points: []paper.Point{{X: 4, Y: h - 4}, {X: 4 + bar, Y: h - 4}}, Width: 0.9},
		paper.Line{Points: []paper.Point{{X: 4 + bar/2, Y: h - 4}, {X: 4 + bar - 0.2, Y: h - 4}}, Width: 0.5, Grey: 1},
		paper.Label{At: paper.Point{X: 4, Y: h - 5.6}, Text: "0", Size: 2.4, Anchor: "start"},
		paper.Label{At: paper.Point{X: 4 + bar, Y: h - 5.6}, Text: label, Size: 2.4, Anchor: "middle"},
		// Mercator has north up everywhere.
		paper.Fill{Points: []paper.Point{{X: w - 7, Y: 4}, {X: w - 4.6, Y: 12}, {X: w - 7, Y: 10.2}, {X: w - 9.4, Y: 12}}, Grey: 0},
		paper.Label{At: paper.Point{X: w - 7, Y: 15.4}, Text: "N", Size: 3, Strong: true, Anchor: "middle"},
		paper.Line{Points: []paper.Point{{X: 0.2, Y: 0.2}, {X: w - 0.2, Y: 0.2}, {X: w - 0.2, Y: h - 0.2}, {X: 0.2, Y: h - 0.2}, {X: 0.2, Y: 0.2}}, Width: 0.4},
	)
	if s.Credit != "" {
		long := 1.15 * float64(len([]rune(s.Credit)))
		s.shapes = append(s.shapes,
			white(w-long-3, h-5, w-0.4, h-0.4),
			paper.Label{At: paper.Point{X: w - 2, Y: h - 1.8}, Text: plain.Text(s.Credit), Size: 2, Anchor: "end"})
	}
}

// ChartMarks returns the marks of a march table, start and release point first, by
// the names that tables give them, each behind a text of its own.
func ChartMarks(rows []outrider.MarchRow, before string) []ChartMark {
	var out []ChartMark
	names := marks(rows)
	for pass := 1; pass >= 0; pass-- {
		for i := range rows {
			if m := &rows[i]; rank(m.Kind) == pass && !math.IsNaN(m.Lat) {
				out = append(out, ChartMark{At: outrider.LatLon{Lat: m.Lat, Lon: m.Lon}, Text: fmt.Sprint(before, names[i]), Strong: pass == 1, Square: m.Kind == "halt"})
			}
		}
	}
	return out
}
