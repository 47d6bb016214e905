package order

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
)

// The plot's measures, in units of its view.
const (
	plotWidth  = 1000
	plotHeight = 570
	plotLeft   = 84
	plotTop    = 124
	plotBottom = 470
)

// plotStyle colours a plot that stands by itself, on a page of either kind.
// Lines and marks differ in form as well, so that they can be told apart in grey.
const plotStyle = `svg{--ink:#1b2430;--soft:#55606d;--line:#d5dbe1;--ground:#fff;--blue:#0b4f9c;--band:#dfe6ee;font-family:system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--ink:#e9edf2;--soft:#a7b2be;--line:#39434e;--ground:#14191f;--blue:#7db4f5;--band:#2a3541}}
`

// plotRules are those of the report and of a plot by itself alike.
const plotRules = `.frontier .rule{stroke:var(--line);stroke-width:1.5}
.frontier .axis{stroke:var(--ink);stroke-width:2.5;fill:none}
.frontier text{fill:var(--ink);font-size:23px}
.frontier .soft{fill:var(--soft)}
.frontier .mid{text-anchor:middle}
.frontier .end{text-anchor:end}
.frontier .name{font-weight:650;paint-order:stroke;stroke:var(--ground);stroke-width:7;stroke-linejoin:round}
.frontier .open{fill:var(--band)}
.frontier .known{fill:none;stroke:var(--blue);stroke-width:5;stroke-linejoin:round}
.frontier .dot{fill:var(--blue);stroke:none}
.frontier .proven{fill:none;stroke:var(--soft);stroke-width:3.5;stroke-dasharray:11 8}
.frontier .mark{fill:var(--ground);stroke:var(--ink);stroke-width:3.5}
.frontier .mix{fill:var(--ink)}
`

// FrontierSVG draws what a mix is worth against its mean driving time, relative
// to the usual route: the best mixes found, what no mix gets below, and where the
// usual route, the best single one and the mix itself stand. The picture needs
// nothing else and follows the page's light or dark scheme. It is empty where the
// mix has no frontier, or where the usual route is worth nothing.
func FrontierSVG(mix *outrider.RouteMix) string {
	if mix == nil {
		return ""
	}
	return string(frontierSVG(mix, "frontier", false, true))
}

// frontierSVG draws the plot; chances adds an axis of them, alone gives it the
// style that a report has for all of its own.
func frontierSVG(m *outrider.RouteMix, id string, chances, alone bool) []byte {
	c, ok := newCurve(m)
	if !ok {
		return nil
	}
	right := float64(plotWidth - 34)
	if chances {
		right = plotWidth - 110
	}
	at := func(q xy) xy {
		return xy{plotLeft + q.x/c.maxX*(right-plotLeft), plotBottom - q.y/c.maxY*(plotBottom-plotTop)}
	}
	out := fmt.Appendf(nil, "<svg class=\"frontier\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t\" xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"%s-t\">%s</title>\n",
		plotWidth, plotHeight, id, id, escape(c.said()))
	if alone {
		out = fmt.Appendf(out, "<style>%s%s</style>\n<rect width=\"%d\" height=\"%d\" style=\"fill:var(--ground)\"/>\n", plotStyle, plotRules, plotWidth, plotHeight)
	}
	out = c.key(out, right)
	for k := 0; float64(k)*c.stepY <= c.maxY*1.0001; k++ {
		y := float64(k) * c.stepY
		q := at(xy{0, y})
		out = fmt.Appendf(out, "<path class=\"rule\" d=\"M%d %.1fH%.0f\"/><text class=\"soft end\" x=\"%d\" y=\"%.1f\">%s</text>", plotLeft, q.y, right, plotLeft-12, q.y+8, axisNumber(y))
		if chances {
			out = fmt.Appendf(out, "<text class=\"soft\" x=\"%.0f\" y=\"%.1f\">%s</text>", right+10, q.y+8, probability(y*m.Usual))
		}
	}
	for k := 0; float64(k)*c.stepX <= c.maxX*1.0001; k++ {
		x := float64(k) * c.stepX
		q := at(xy{x, 0})
		anchor := "mid"
		if q.x > plotWidth-50 {
			anchor = "end"
		}
		out = fmt.Appendf(out, "<path class=\"axis\" d=\"M%.1f %dv9\"/><text class=\"soft %s\" x=\"%.1f\" y=\"%d\">%s</text>", q.x, plotBottom, anchor, q.x, plotBottom+36, hundredths(x))
	}
	out = append(out, '\n')
	out = c.lines(out, at)
	out = fmt.Appendf(out, "<path class=\"axis\" d=\"M%d %dV%dH%.0f\"/>\n<text class=\"soft mid\" x=\"%.0f\" y=\"%d\">%s</text>\n",
		plotLeft, plotTop-14, plotBottom, right, (plotLeft+right)/2, plotBottom+74, frontierAcross)
	out = c.places(out, at, right)
	return append(out, "</svg>"...)
}

// said is the plot in words, for those who hear the page.
func (c *curve) said() string {
	var b strings.Builder
	b.WriteString("Plot of an attacker's chance relative to the usual route, against mean driving time")
	for _, k := range c.marks {
		fmt.Fprintf(&b, "; %s %s at %s", k.name, ratio(k.at.y), extra(k.at.x))
	}
	last := c.known[len(c.known)-1]
	fmt.Fprintf(&b, "; the best mix found comes down to %s at %s", ratio(last.y), extra(last.x))
	return b.String()
}

// key appends what the lines are and what the upright axis counts.
func (c *curve) key(out []byte, right float64) []byte {
	out = fmt.Appendf(out, "<path class=\"known\" d=\"M%d 26h56\"/><circle class=\"dot\" cx=\"%d\" cy=\"26\" r=\"7\"/><text x=\"%d\" y=\"34\">best mixes found</text>\n", plotLeft, plotLeft+28, plotLeft+70)
	if c.bounded() {
		out = fmt.Appendf(out, "<rect class=\"open\" x=\"%d\" y=\"10\" width=\"56\" height=\"18\"/><path class=\"proven\" d=\"M%d 28h56\"/><text x=\"%d\" y=\"34\">no mix gets below: proven</text>\n", plotLeft+300, plotLeft+300, plotLeft+370)
	} else {
		out = fmt.Appendf(out, "<text class=\"soft\" x=\"%d\" y=\"34\">nothing is proven below it</text>\n", plotLeft+300)
	}
	out = fmt.Appendf(out, "<text class=\"soft\" x=\"%d\" y=\"74\">%s</text>\n", 8, frontierUp)
	if right < plotWidth-60 {
		out = fmt.Appendf(out, "<text class=\"soft end\" x=\"%d\" y=\"74\">chance</text>\n", plotWidth-10)
	}
	return out
}

// lines appends both curves and the ground between them, which is not known.
func (c *curve) lines(out []byte, at func(xy) xy) []byte {
	point := func(b []byte, q xy) []byte {
		q = at(q)
		return fmt.Appendf(b, "%.1f %.1f", q.x, q.y)
	}
	end := xy{c.maxX, c.known[len(c.known)-1].y}
	known := append([]byte(nil), 'M')
	for i, q := range append(slices.Clip(c.known), end) {
		if i > 0 {
			known = append(known, 'L')
		}
		known = point(known, q)
	}
	if c.bounded() {
		steps := c.steps()
		var proven, back []byte
		for i, q := range steps {
			proven = append(proven, "ML"[min(i, 1)])
			proven = point(proven, q)
		}
		for _, q := range slices.Backward(steps) {
			back = point(append(back, 'L'), q)
		}
		out = fmt.Appendf(out, "<path class=\"open\" d=\"%s%sZ\"/>\n<path class=\"proven\" d=\"%s\"/>\n", known, back, proven)
	}
	out = fmt.Appendf(out, "<path class=\"known\" d=\"%s\"/>\n", known)
	for _, q := range c.known {
		p := at(q)
		out = fmt.Appendf(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\"/>", p.x, p.y)
	}
	return append(out, '\n')
}

// steps is the line of what is proven, as the stairs that it is, from the first
// mix found to the edge of the plot.
func (c *curve) steps() []xy {
	x := c.known[0].x
	var line []xy
	for _, q := range c.proven {
		if q.x >= x {
			line = append(line, xy{x, q.y}, q)
			x = q.x
		}
	}
	if x < c.maxX && c.floor > 0 {
		line = append(line, xy{x, c.floor}, xy{c.maxX, c.floor})
	}
	return line
}

// places appends the marks with their names, which stand where no other does.
func (c *curve) places(out []byte, at func(xy) xy, right float64) []byte {
	var ground taken
	const r = 11
	for _, k := range c.marks {
		p := at(k.at)
		ground = append(ground, rect{p.x - r, p.y - r, p.x + r, p.y + r})
	}
	for _, q := range c.known {
		p := at(q)
		ground = append(ground, rect{p.x - 6, p.y - 6, p.x + 6, p.y + 6})
	}
	// The curve itself, in short pieces.
	for i := range 200 {
		x := c.known[0].x + (c.maxX-c.known[0].x)*float64(i)/199
		if y := c.upper(x); finite(y) {
			p := at(xy{x, y})
			ground = append(ground, rect{p.x - 3, p.y - 3, p.x + 3, p.y + 3})
		}
	}
	for _, k := range c.marks {
		p := at(k.at)
		switch k.sign {
		case 'U':
			out = fmt.Appendf(out, "<rect class=\"mark\" x=\"%.1f\" y=\"%.1f\" width=\"20\" height=\"20\"/>", p.x-10, p.y-10)
		case 'S':
			out = fmt.Appendf(out, "<path class=\"mark\" d=\"M%.1f %.1fl14 14-14 14-14-14z\"/>", p.x, p.y-14)
		default:
			out = fmt.Appendf(out, "<circle class=\"mark mix\" cx=\"%.1f\" cy=\"%.1f\" r=\"11\"/>", p.x, p.y)
		}
		name := fmt.Sprintf("%s %s", k.name, ratio(k.at.y))
		w := 13.3 * float64(len(name))
		best := xy{p.x + 20, p.y - 20} // over whatever is there, if no ground is free
		if best.x+w > right {
			best.x = p.x - w - 20
		}
		for _, move := range []xy{{20, 8}, {16, -14}, {14, -34}, {-w / 2, -28}, {20, 34}, {-w - 18, 8}, {-w - 14, -28}, {-w / 2, 46}, {-w - 14, 40}, {20, 64}, {20, -60}} {
			q := xy{p.x + move.x, p.y + move.y}
			box := rect{q.x, q.y - 20, q.x + w, q.y + 5}
			if box.x0 > plotLeft+4 && box.x1 < right && box.y0 > plotTop-36 && box.y1 < plotBottom-2 && ground.free(box) {
				best = q
				break
			}
		}
		ground = append(ground, rect{best.x, best.y - 20, best.x + w, best.y + 5})
		out = fmt.Appendf(out, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%s</text>", best.x, best.y, escape(name))
		out = append(out, '\n')
	}
	return out
}
