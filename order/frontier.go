package order

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
)

const (
	frontierTitle  = "What time buys"
	frontierAcross = "mean driving time on top of the fastest"
	frontierUp     = "attacker's chance, relative to the usual route"
	// plotColumns is how wide a plot in the terminal is at most.
	plotColumns = 72
	plotRows    = 14
)

// A curve is a frontier ready to be drawn: x is mean time on top of the fastest
// as a share of it, y the value relative to the usual route.
type curve struct {
	known []xy // best mixes found, by rising x; between two of them lies a mix of both
	// proven are the bounds: no mix has a y below that of the first of them whose x
	// is not less than its own. More time never makes the value greater, so that the
	// bound of a later point holds for all before it; the line between two bounds
	// would be none.
	proven     []xy
	floor      float64 // what no mix gets below, however long it takes; 0 if not known
	marks      []curveMark
	maxX, maxY float64
	stepX      float64
	stepY      float64
}

// A curveMark is something to find on a plot.
type curveMark struct {
	sign byte
	name string
	at   xy
}

// newCurve returns the frontier of a mix, and false where there is nothing to
// draw: no point, or nothing to be relative to.
func newCurve(m *outrider.RouteMix) (*curve, bool) {
	point := func(s, value float64) (xy, bool) {
		q := xy{longer(m, s), relative(m, value)}
		const most = 1e6 // beyond it nothing of the plot could be read
		if !finite(q.x) || !finite(q.y) || q.x > most || q.y > most {
			return xy{}, false
		}
		q.x = max(q.x, 0)
		return q, true
	}
	c := &curve{}
	for i := range m.Frontier {
		p := &m.Frontier[i]
		if q, ok := point(p.MeanS, p.Upper); ok {
			c.known = append(c.known, q)
			if q, ok := point(p.MeanS, p.Lower); ok && p.Lower > 0 {
				c.proven = append(c.proven, q)
			}
		}
	}
	if len(c.known) == 0 {
		return nil, false
	}
	for _, list := range [][]xy{c.known, c.proven} {
		slices.SortStableFunc(list, func(a, b xy) int { return cmp.Compare(a.x, b.x) })
	}
	for i := 1; i < len(c.known); i++ {
		c.known[i].y = min(c.known[i].y, c.known[i-1].y)
	}
	if y := relative(m, m.Lower); finite(y) {
		c.floor = min(y, c.known[len(c.known)-1].y) // above it, one of the two is wrong
	}
	for i, below := len(c.proven)-1, c.floor; i >= 0; i-- {
		below = max(below, min(c.proven[i].y, c.known[0].y))
		c.proven[i].y = below
	}
	mark := func(sign byte, name string, s, value float64) {
		if q, ok := point(s, value); ok && s > 0 {
			c.marks = append(c.marks, curveMark{sign, name, q})
		}
	}
	mark('U', "usual route", m.FastestS, m.Usual)
	if m.Single > 0 {
		mark('S', "best single route", m.SingleS, m.Single)
	}
	if len(m.Routes) > 0 {
		mark('M', "this mix", m.MeanS, m.Upper)
	}
	for _, q := range c.known {
		c.maxX, c.maxY = max(c.maxX, q.x), max(c.maxY, q.y)
	}
	for _, k := range c.marks {
		c.maxX, c.maxY = max(c.maxX, k.at.x), max(c.maxY, k.at.y)
	}
	c.maxX, c.maxY = max(c.maxX, 0.005), max(c.maxY, 0.01)
	c.stepX, c.stepY = tick(2*c.maxX), tick(2*c.maxY)
	c.maxX = c.stepX * math.Ceil(c.maxX/c.stepX-1e-9)
	c.maxY = c.stepY * math.Ceil(c.maxY/c.stepY-1e-9)
	return c, true
}

// upper returns the value of the best mix found with mean time at most x, NaN
// where there is none.
func (c *curve) upper(x float64) float64 {
	i := len(c.known)
	for i > 0 && c.known[i-1].x > x {
		i--
	}
	switch {
	case i == 0:
		return math.NaN()
	case i == len(c.known):
		return c.known[i-1].y
	}
	a, b := c.known[i-1], c.known[i]
	return a.y + (b.y-a.y)*(x-a.x)/(b.x-a.x)
}

// lower returns what no mix with mean time at most x gets below, NaN where that
// is not known.
func (c *curve) lower(x float64) float64 {
	for _, q := range c.proven {
		if q.x >= x {
			return q.y
		}
	}
	if c.floor > 0 {
		return c.floor
	}
	return math.NaN()
}

// bounded reports whether anything is proven of what no mix gets below.
func (c *curve) bounded() bool { return len(c.proven) > 0 || c.floor > 0 }

// hundredths writes a share as the axis of times has it.
func hundredths(x float64) string { return fmt.Sprintf("+%g %%", math.Round(1e6*x)/1e4) }

func axisNumber(y float64) string { return fmt.Sprintf("%g", math.Round(1e6*y)/1e6) }

// frontierText draws the frontier of a mix in plain characters, at most width
// columns wide; nothing if there is none.
func frontierText(m *outrider.RouteMix, width int) []string {
	c, ok := newCurve(m)
	if !ok {
		return nil
	}
	left := 0
	for k := 0; float64(k)*c.stepY <= c.maxY*1.0001; k++ {
		left = max(left, len(axisNumber(float64(k)*c.stepY)))
	}
	columns := max(width-left-8, 16) // the last number of the other axis needs room
	cells := make([][]byte, plotRows+1)
	for i := range cells {
		cells[i] = slices.Repeat([]byte{' '}, columns+1)
	}
	rowOf := func(y float64) int {
		return plotRows - min(max(int(math.Round(y/c.maxY*plotRows)), 0), plotRows)
	}
	columnOf := func(x float64) int { return min(max(int(math.Round(x/c.maxX*float64(columns))), 0), columns) }
	before := -1
	for col := range columns + 1 {
		x := float64(col) / float64(columns) * c.maxX
		if y := c.lower(x); finite(y) {
			cells[rowOf(y)][col] = '.'
		}
		y := c.upper(x)
		if !finite(y) {
			continue
		}
		row := rowOf(y)
		from := row
		if before >= 0 && before < row {
			from = before + 1
		}
		for r := from; r <= row; r++ {
			cells[r][col] = '*'
		}
		before = row
	}
	for _, k := range c.marks {
		cells[rowOf(k.at.y)][columnOf(k.at.x)] = k.sign
	}
	numbers := map[int]string{}
	for k := 0; float64(k)*c.stepY <= c.maxY*1.0001; k++ {
		y := float64(k) * c.stepY
		numbers[rowOf(y)] = axisNumber(y)
	}
	lines := folded(strings.Fields(frontierUp), " ", width)
	for row, line := range cells {
		edge := "|"
		if numbers[row] != "" {
			edge = "+"
		}
		lines = append(lines, fmt.Sprintf("%*s %s%s", left, numbers[row], edge, strings.TrimRight(string(line), " ")))
	}
	ruler := slices.Repeat([]byte{'-'}, columns+1)
	under := slices.Repeat([]byte{' '}, width)
	free := 0
	for k := 0; float64(k)*c.stepX <= c.maxX*1.0001; k++ {
		x := float64(k) * c.stepX
		at := columnOf(x)
		ruler[at] = '+'
		name := hundredths(x)
		from := min(left+1+at, width-len(name))
		if from < free {
			continue
		}
		copy(under[from:], name)
		free = from + len(name) + 1
	}
	lines = append(lines, strings.Repeat(" ", left+1)+"+"+string(ruler), strings.TrimRight(string(under), " "))
	lines = append(lines, strings.Repeat(" ", max(min(left+2, width-len(frontierAcross)), 0))+frontierAcross)
	key := []string{"* best mixes found"}
	if c.bounded() {
		key = append(key, ". no mix gets below")
	} else {
		key = append(key, "nothing is proven below")
	}
	for _, k := range c.marks {
		name := string(k.sign) + " " + k.name
		if over := cells[rowOf(k.at.y)][columnOf(k.at.x)]; over != k.sign {
			name += ", under " + string(over)
		}
		key = append(key, name)
	}
	return append(lines, folded(key, "   ", width)...)
}

// folded joins words with gaps between them into lines of at most width columns.
func folded(words []string, gap string, width int) []string {
	var lines []string
	line := ""
	for _, w := range words {
		switch {
		case line == "":
			line = w
		case len(line)+len(gap)+len(w) <= width:
			line += gap + w
		default:
			lines = append(lines, line)
			line = w
		}
	}
	return append(lines, line)
}
