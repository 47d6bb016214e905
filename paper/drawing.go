package paper

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf16"
)

// addDrawing lays out a drawing with its caption below it.
func (l *layout) addDrawing(d Drawing) {
	s := l.sheet
	size := s.small + 0.5
	var caption []string
	if text := join(l.letters.lines(d.Caption)); text != "" {
		caption = l.letters.wrap([]string{text}, regular, size, s.measure())
	}
	const free = 1 // between drawing and caption
	above := l.above() + s.gap*0.4
	room := l.end - l.top - l.held() - above - float64(len(caption))*s.line(size) - free
	if least := (l.end - l.top) / 3; room < least {
		room = least // a caption of pages is broken like any text
	}
	scale := min(s.measure()/d.Width, room/d.Height)
	w, h := d.Width*scale, d.Height*scale
	x := s.left + (s.measure()-w)/2
	shapes := l.drawn(d)
	l.pieces = append(l.pieces, piece{above: above, height: h + free, keep: len(caption) > 0, draw: func(p *pen, y float64) {
		p.pdf.ClipRect(x, y, w, h, false)
		for _, shape := range shapes {
			p.shape(shape, d, x, y, scale)
		}
		p.pdf.ClipEnd()
		p.restored()
		p.frame(x, y, w, h, 1.6*s.hair, 0)
	}})
	from := len(l.pieces)
	l.addLines(caption, regular, size, x, 0)
	for i := from; i < len(l.pieces)-1 && len(caption) < 8; i++ {
		l.pieces[i].keep = true
	}
}

// drawn are the shapes of d with labels the fonts can print.
func (l *layout) drawn(d Drawing) []Shape {
	out := make([]Shape, 0, len(d.Shapes))
	for _, s := range d.Shapes {
		if label, ok := s.(Label); ok {
			label.Text = join(l.letters.lines(label.Text))
			s = label
		}
		out = append(out, s)
	}
	return out
}

// shape draws s with the corner of its drawing d at x, y.
func (p *pen) shape(s Shape, d Drawing, x, y, scale float64) {
	at := func(q Point) Point { return Point{x + q.X*scale, y + q.Y*scale} }
	all := func(points []Point) []Point {
		out := make([]Point, len(points))
		for i, q := range points {
			out[i] = at(q)
		}
		return out
	}
	switch s := s.(type) {
	case Line:
		reach := s.Width/2 + s.Casing + 1
		for _, part := range cutLine(s.Points, -reach, -reach, d.Width+reach, d.Height+reach) {
			points := all(part.points)
			if s.Casing > 0 {
				p.stroke((s.Width+2*s.Casing)*scale, 1, "butt", "round")
				p.path(points, "D")
			}
			p.stroke(s.Width*scale, s.Grey, "round", "round")
			if len(s.Dash) > 0 {
				p.pdf.SetLineCapStyle("butt")
				lengths := make([]float64, len(s.Dash))
				for i, mm := range s.Dash {
					lengths[i] = mm * scale
				}
				p.pdf.SetDashPattern(lengths, math.Mod(part.from, 2*sum(s.Dash))*scale)
			}
			p.path(points, "D")
			p.pdf.SetDashPattern(nil, 0)
		}
	case Fill:
		p.fill(s.Grey)
		p.path(all(cutFill(s.Points, -1, -1, d.Width+1, d.Height+1)), "f")
	case Circle:
		reach := s.Radius + s.Edge
		if s.Centre.X < -reach || s.Centre.Y < -reach || s.Centre.X > d.Width+reach || s.Centre.Y > d.Height+reach {
			return
		}
		c := at(s.Centre)
		if !s.Open {
			p.fill(s.Grey)
			p.pdf.Circle(c.X, c.Y, s.Radius*scale, "F")
		}
		if s.Edge > 0 {
			p.stroke(s.Edge*scale, 0, "butt", "round")
			p.pdf.Circle(c.X, c.Y, s.Radius*scale, "D")
		}
	case Label:
		p.label(s, d, at(s.At), scale)
	}
}

// label writes a label at its place on the page.
func (p *pen) label(s Label, d Drawing, at Point, scale float64) {
	size := s.Size * scale / pointMM
	if s.Text == "" || size < 0.1 {
		return
	}
	f := regular
	if s.Strong {
		f = bold
	}
	width := p.letters.width(s.Text, f, size)
	if reach := (width/scale + s.Size) * 1.1; s.At.X < -reach || s.At.Y < -reach || s.At.X > d.Width+reach || s.At.Y > d.Height+reach {
		return
	}
	x := at.X
	switch s.Anchor {
	case "middle":
		x -= width / 2
	case "end":
		x -= width
	}
	if s.Turn != 0 {
		p.pdf.TransformBegin()
		p.pdf.TransformRotate(-s.Turn, at.X, at.Y)
		// Letters on a slant are read one by one, unless the text is given beside them.
		p.pdf.RawWriteStr("/Span <</ActualText <" + utf16Hex(s.Text) + ">>> BDC\n")
		defer func() {
			p.pdf.RawWriteStr("EMC\n")
			p.pdf.TransformEnd()
			p.restored()
		}()
	}
	if s.White {
		p.text(x, at.Y, s.Text, f, size, 1)
		return
	}
	p.stroke(haloPart*s.Size*scale, 1, "round", "round")
	p.contours(x, at.Y, s.Text, f, size)
	p.text(x, at.Y, s.Text, f, size, 0)
}

// utf16Hex writes s in hexadecimal digits as a string of PDF (ISO 32000-1, 7.9.2.2).
func utf16Hex(s string) string {
	var b strings.Builder
	b.WriteString("FEFF")
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

// haloPart is the width of the stroke that makes the halo of a label, as a part of
// its letters; half of it lies outside them.
const haloPart = 0.3

// A stretch is a part of a line, beginning from millimetres along it.
type stretch struct {
	points []Point
	from   float64
}

// cutLine gives the parts of a line that run through a rectangle (Liang and
// Barsky, A New Concept and Method for Line Clipping, 1984, segment by segment).
func cutLine(points []Point, left, top, right, bottom float64) []stretch {
	var out []stretch
	along := 0.0
	open := false
	if len(points) == 1 {
		points = []Point{points[0], points[0]} // a dot
	}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		dx, dy := b.X-a.X, b.Y-a.Y
		length := math.Hypot(dx, dy)
		enter, leave := 0.0, 1.0
		for _, edge := range [4][2]float64{{-dx, a.X - left}, {dx, right - a.X}, {-dy, a.Y - top}, {dy, bottom - a.Y}} {
			switch slope, distance := edge[0], edge[1]; {
			case slope == 0 && distance < 0:
				enter = 2
			case slope < 0:
				enter = max(enter, distance/slope)
			case slope > 0:
				leave = min(leave, distance/slope)
			}
		}
		if enter > leave {
			open = false
			along += length
			continue
		}
		if !open || enter > 0 {
			out = append(out, stretch{points: []Point{{a.X + enter*dx, a.Y + enter*dy}}, from: along + enter*length})
		}
		last := &out[len(out)-1]
		last.points = append(last.points, Point{a.X + leave*dx, a.Y + leave*dy})
		open = leave == 1
		along += length
	}
	return out
}

// cutFill gives the part of a polygon within a rectangle (Sutherland and Hodgman,
// Reentrant Polygon Clipping, 1974).
func cutFill(points []Point, left, top, right, bottom float64) []Point {
	for _, edge := range [4]struct{ x, y, least float64 }{{1, 0, left}, {-1, 0, -right}, {0, 1, top}, {0, -1, -bottom}} {
		inside := func(p Point) float64 { return p.X*edge.x + p.Y*edge.y - edge.least }
		var out []Point
		for i, b := range points {
			a := points[(i+len(points)-1)%len(points)]
			da, db := inside(a), inside(b)
			if da >= 0 != (db >= 0) {
				t := da / (da - db)
				out = append(out, Point{a.X + t*(b.X-a.X), a.Y + t*(b.Y-a.Y)})
			}
			if db >= 0 {
				out = append(out, b)
			}
		}
		points = out
	}
	return points
}
