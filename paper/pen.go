package paper

import (
	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
)

// pen draws on the pages of a PDF, in millimetres from the upper left corner.
type pen struct {
	pdf     *fpdf.Fpdf
	letters *letters
	dark    bool
}

// shade gives the level of grey to draw with. In the dark, black and white change
// places and there is nothing between them.
func (p *pen) shade(grey float64) float64 {
	if !p.dark {
		return grey
	}
	return night(grey)
}

// night is the shade of a grey on a dark page: what is nearer to white is as black
// as the ground.
func night(grey float64) float64 {
	if grey > 0.6 {
		return 0
	}
	return 1
}

func level(shade float64) int { return int(shade*255 + 0.5) }

// text writes one clean line with its baseline at y.
func (p *pen) text(x, y float64, s string, f face, size, grey float64) {
	if s == "" {
		return
	}
	p.font(f, size)
	g := level(p.shade(grey))
	p.pdf.SetTextColor(g, g, g)
	p.pdf.Text(x, y, s)
}

// restored sets the colour of areas anew after a clip or a turn has ended. The page
// then has the one from before it, of which the library does not know: a text of the
// colour that it takes to be set would be written in the other, black on black.
func (p *pen) restored() { p.fill(0) }

func (p *pen) font(f face, size float64) {
	style := ""
	if f == bold {
		style = "B"
	}
	p.pdf.SetFont(family, style, size)
}

// textTo writes one clean line that ends at right.
func (p *pen) textTo(right, y float64, s string, f face, size float64) {
	p.text(right-p.letters.width(s, f, size), y, s, f, size, 0)
}

// textAround writes one clean line with its middle at x.
func (p *pen) textAround(x, y float64, s string, f face, size float64) {
	p.text(x-p.letters.width(s, f, size)/2, y, s, f, size, 0)
}

// rule draws a straight line.
func (p *pen) rule(x1, y1, x2, y2, width, grey float64) {
	p.stroke(width, grey, "butt", "miter")
	p.pdf.Line(x1, y1, x2, y2)
}

func (p *pen) stroke(width, grey float64, ends, joins string) {
	g := level(p.shade(grey))
	p.pdf.SetDrawColor(g, g, g)
	p.pdf.SetLineWidth(width)
	p.pdf.SetLineCapStyle(ends)
	p.pdf.SetLineJoinStyle(joins)
}

func (p *pen) fill(grey float64) {
	g := level(p.shade(grey))
	p.pdf.SetFillColor(g, g, g)
}

// frame draws the edge of a rectangle.
func (p *pen) frame(x, y, w, h, width, grey float64) {
	p.stroke(width, grey, "butt", "miter")
	p.pdf.Rect(x, y, w, h, "D")
}

// area fills a rectangle.
func (p *pen) area(x, y, w, h, grey float64) {
	p.fill(grey)
	p.pdf.Rect(x, y, w, h, "F")
}

// path draws straight lines through the points. Style is "D" to draw them, "F" to
// fill what they enclose.
func (p *pen) path(points []Point, style string) {
	if len(points) == 0 {
		return
	}
	p.pdf.MoveTo(points[0].X, points[0].Y)
	for _, q := range points[1:] {
		p.pdf.LineTo(q.X, q.Y)
	}
	p.pdf.DrawPath(style)
}

// contours draws the outlines of a clean line of text, as the halo of a label
// needs them: letters drawn twice would be read twice.
func (p *pen) contours(x, y float64, s string, f face, size float64) {
	unit := size * pointMM / outlineSize
	drawn := false
	for _, r := range s {
		for _, segment := range p.letters.outline(f, r) {
			var at [3]Point
			for i, a := range segment.Args {
				at[i] = Point{x + float64(a.X)*unit, y + float64(a.Y)*unit}
			}
			switch segment.Op {
			case sfnt.SegmentOpMoveTo:
				p.pdf.MoveTo(at[0].X, at[0].Y)
			case sfnt.SegmentOpLineTo:
				p.pdf.LineTo(at[0].X, at[0].Y)
			case sfnt.SegmentOpQuadTo:
				// A corner is enough: under a stroke as wide as a halo's nobody sees
				// the curve, and the file is half as long.
				p.pdf.LineTo((at[0].X+at[1].X)/2, (at[0].Y+at[1].Y)/2)
				p.pdf.LineTo(at[1].X, at[1].Y)
			case sfnt.SegmentOpCubeTo:
				p.pdf.LineTo(at[2].X, at[2].Y)
			}
			drawn = true
		}
		x += max(0, p.letters.advance(f, r)) * size * pointMM
	}
	if drawn {
		p.pdf.DrawPath("D")
	}
}
