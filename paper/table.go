package paper

import (
	"fmt"
	"math"
)

// A grid is a table laid out: where its columns stand and how large its letters
// are.
type grid struct {
	size  float64
	left  float64
	x     []float64 // left edges of the columns, and the right edge of the last
	right []bool
	form  bool // columns without any text are to be filled in by hand
}

// addTable lays out a table: caption, head, rows and what closes it.
func (l *layout) addTable(t Table) error {
	s := l.sheet
	heads := make([][]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = l.letters.lines(c.Head)
	}
	strong := make([]bool, len(t.Rows))
	for _, i := range t.Strong {
		strong[i] = true
	}
	rows := make([][][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([][]string, len(row))
		for j, text := range row {
			rows[i][j] = l.letters.lines(text)
		}
	}
	var g grid
	x := s.left + l.indent
	if len(t.Columns) > 0 {
		var err error
		if g, err = l.columns(t, heads, rows, strong); err != nil {
			return err
		}
		x = g.left
	}
	above := l.above()
	if caption := join(l.letters.lines(t.Caption)); caption != "" {
		lines := l.letters.wrap([]string{caption}, bold, s.small+1, s.width-s.right-x)
		from := len(l.pieces)
		l.addLines(lines, bold, s.small+1, x, above)
		for i := from; i < len(l.pieces) && len(t.Columns) > 0; i++ {
			l.pieces[i].keep = true
		}
		above = 0.8
	}
	if len(t.Columns) == 0 {
		return nil
	}
	room := l.end - l.top
	head := l.tableHead(g, heads)
	head.above = above
	if head.height > room/2 {
		// Such a head would leave no room for rows: it stands once, as a row.
		l.addRow(g, heads, true, nil, room)
		head = nil
	} else {
		head.keep = len(rows) > 0
		l.pieces = append(l.pieces, *head)
	}
	for i, row := range rows {
		under := room
		switch {
		case i == 0 && l.held() > 0:
			under -= l.held()
		case head != nil:
			under -= head.height
		}
		l.addRow(g, row, strong[i], head, under)
	}
	l.closeTable(g)
	return nil
}

// columns finds the widths of the columns: what the contents ask for if there is
// room, and otherwise in between that and the widest word of each, in smaller
// letters if need be.
func (l *layout) columns(t Table, heads [][]string, rows [][][]string, strong []bool) (grid, error) {
	s := l.sheet
	n := len(t.Columns)
	g := grid{right: make([]bool, n)}
	pad := 2 * s.padX
	fewest := pad + 1.1*(s.table-2)*pointMM
	if most := int(s.measure() / fewest); n > most {
		return grid{}, fmt.Errorf("%d columns do not fit on a sheet %.0f mm wide: give %d at most, or use a larger sheet", n, s.width, most)
	}
	natural, least := make([]float64, n), make([]float64, n)
	shares := 0.0
	for j, c := range t.Columns {
		g.right[j] = c.Right
		shares += c.Share
		natural[j], least[j] = l.letters.span(heads[j], bold, 1)
		empty := len(rows) > 0
		for i := range rows {
			f := regular
			if strong[i] {
				f = bold
			}
			w, word := l.letters.span(rows[i][j], f, 1)
			natural[j], least[j] = max(natural[j], w), max(least[j], word)
			empty = empty && w == 0
		}
		if empty {
			g.form = true
			natural[j] = max(natural[j], 18/s.table)
		}
	}
	// Wide tables begin at the margin, others where the text does.
	g.left = s.left + l.indent
	width := s.width - s.right - g.left
	if sum(natural)*s.table+pad*float64(n) > width {
		g.left, width = s.left, s.measure()
	}
	inner := width - pad*float64(n)
	for g.size = s.table; g.size > s.table-2 && sum(least)*g.size > inner; {
		g.size -= 0.5
	}
	widths := make([]float64, n)
	if shares > 0 {
		shareOut(widths, t.Columns, natural, least, shares, inner, g.size)
	} else {
		fit(widths, natural, least, inner, g.size)
	}
	g.x = make([]float64, n+1)
	g.x[0] = g.left
	for j, w := range widths {
		g.x[j+1] = g.x[j] + w + pad
	}
	return g, nil
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// fit deals width out to columns that ask for natural and need least, per point of
// size.
func fit(widths, natural, least []float64, width, size float64) {
	wanted, needed := sum(natural)*size, sum(least)*size
	switch {
	case wanted == 0:
		for j := range widths {
			widths[j] = width / float64(len(widths))
		}
		return
	case wanted <= width: // what is left over goes to those that have much to say
		for j := range widths {
			widths[j] = natural[j] * size * width / wanted
		}
		return
	}
	// Columns that ask for no more than an equal part get what they ask for, as long
	// as the words of the others still have room. Where words must be broken, they
	// ask for their words only.
	ask := natural
	if needed > width {
		ask = least
	}
	open := make([]bool, len(widths))
	for j := range open {
		open[j] = true
	}
	rest, count, reserved := width, len(widths), needed
	for again := true; again; {
		again = false
		part := rest / float64(max(1, count))
		for j := range widths {
			w := ask[j] * size
			if open[j] && w <= part && (needed > width || rest-w >= reserved-least[j]*size) {
				widths[j], open[j], again = w, false, true
				rest -= w
				reserved -= least[j] * size
				count--
			}
		}
	}
	// The others share the rest by what they ask for beyond their words, a long text
	// counting no more than three parts.
	part := rest / float64(max(1, count))
	extra := func(j int) float64 { return max(0, min(natural[j]*size, 3*part)-least[j]*size) }
	extras := 0.0
	for j := range widths {
		if open[j] {
			extras += extra(j)
		}
	}
	for j := range widths {
		switch {
		case !open[j]:
		case needed > width || extras == 0:
			widths[j] = part
		default:
			widths[j] = least[j]*size + (rest-reserved)*extra(j)/extras
		}
	}
}

// shareOut gives columns with a share their part of what those without one leave,
// which is at least three tenths of the width.
func shareOut(widths []float64, columns []Column, natural, least []float64, shares, width, size float64) {
	free, own, words := width, 0.0, 0.0
	for j, c := range columns {
		if c.Share == 0 {
			own += natural[j] * size
		} else {
			words += least[j] * size
		}
	}
	squeeze := 1.0
	if most := width - min(max(words, 0.3*width), 0.5*width); own > most {
		squeeze = most / own
	}
	for j, c := range columns {
		if c.Share == 0 {
			widths[j] = max(natural[j]*size*squeeze, size*pointMM)
			free -= widths[j]
		}
	}
	for j, c := range columns {
		if c.Share > 0 {
			widths[j] = max(0, free) * c.Share / shares
		}
	}
	// A column too narrow for its words takes from those that have room to spare, and
	// none is narrower than a letter.
	short, spare := 0.0, 0.0
	for j := range widths {
		short += max(0, least[j]*size-widths[j])
		spare += max(0, widths[j]-least[j]*size)
	}
	if short <= spare {
		for j := range widths {
			widths[j] = max(widths[j], least[j]*size)
			if short > 0 {
				widths[j] -= (widths[j] - least[j]*size) * short / spare
			}
		}
	}
	for j := range widths {
		widths[j] = max(widths[j], 1.1*size*pointMM)
	}
	if wide := sum(widths); wide > width {
		for j := range widths {
			widths[j] *= width / wide
		}
	}
}

// cells are the lines of each cell of a row.
func (l *layout) cells(g grid, texts [][]string, f face) ([][]string, int) {
	out := make([][]string, len(texts))
	most := 1
	for j, text := range texts {
		out[j] = l.letters.wrap(text, f, g.size, g.x[j+1]-g.x[j]-2*l.sheet.padX)
		most = max(most, len(out[j]))
	}
	return out, most
}

// drawCells writes the lines from one index up to another of each cell, from y on.
func (l *layout) drawCells(p *pen, g grid, cells [][]string, f face, from, to int, y float64) {
	s := l.sheet
	for j, lines := range cells {
		for i := from; i < min(to, len(lines)); i++ {
			base := y + float64(i-from)*s.line(g.size) + s.baseline(g.size)
			if g.right[j] {
				p.textTo(g.x[j+1]-s.padX, base, lines[i], f, g.size)
			} else {
				p.text(g.x[j]+s.padX, base, lines[i], f, g.size, 0)
			}
		}
	}
}

// upright draws the lines between the columns of a table to be filled in.
func (l *layout) upright(p *pen, g grid, y, h float64) {
	if !g.form {
		return
	}
	for _, x := range g.x {
		p.rule(x, y, x, y+h, l.sheet.hair, 0.4)
	}
}

func (l *layout) tableHead(g grid, heads [][]string) *piece {
	s := l.sheet
	cells, lines := l.cells(g, heads, bold)
	text := float64(lines)*s.line(g.size) + 2*s.padY
	if !someText(heads) {
		text = 0
	}
	right := g.x[len(g.x)-1]
	return &piece{height: text + s.rule, draw: func(p *pen, y float64) {
		p.rule(g.left, y+s.rule/2, right, y+s.rule/2, s.rule, 0)
		if text == 0 {
			return
		}
		// Short heads stand at the bottom, beside the rows they belong to.
		for j := range cells {
			shifted := make([][]string, len(cells))
			shifted[j] = cells[j]
			l.drawCells(p, g, shifted, bold, 0, lines, y+s.rule+s.padY+float64(lines-len(cells[j]))*s.line(g.size))
		}
		p.rule(g.left, y+text+s.rule, right, y+text+s.rule, s.rule*0.6, 0)
		l.upright(p, g, y+s.rule, text)
	}}
}

func someText(texts [][]string) bool {
	for _, lines := range texts {
		if join(lines) != "" {
			return true
		}
	}
	return false
}

// addRow lays out a row as one piece, or as several if it is higher than the room
// that a page has for it.
func (l *layout) addRow(g grid, texts [][]string, strong bool, head *piece, room float64) {
	s := l.sheet
	f := regular
	if strong {
		f = bold
	}
	cells, lines := l.cells(g, texts, f)
	pitch := s.line(g.size)
	atOnce := max(1, int(math.Floor((room-2*s.padY)/pitch)))
	right := g.x[len(g.x)-1]
	for from := 0; from < lines; from += atOnce {
		to := min(lines, from+atOnce)
		h := float64(to-from)*pitch + 2*s.padY
		if g.form {
			h = max(h, s.writing)
		}
		last := to == lines
		l.pieces = append(l.pieces, piece{height: h, head: head, draw: func(p *pen, y float64) {
			if strong {
				if !p.dark {
					p.area(g.left, y, right-g.left, h, 0.88)
				}
				p.area(g.left, y, 1.5*s.rule, h, 0)
			}
			l.drawCells(p, g, cells, f, from, to, y+s.padY)
			if last {
				p.rule(g.left, y+h, right, y+h, s.hair, 0.4)
			}
			l.upright(p, g, y, h)
		}})
	}
}

// closeTable draws the heavier line under the last row.
func (l *layout) closeTable(g grid) {
	last := &l.pieces[len(l.pieces)-1]
	s, draw, h := l.sheet, last.draw, last.height
	right := g.x[len(g.x)-1]
	last.draw = func(p *pen, y float64) {
		draw(p, y)
		p.rule(g.left, y+h, right, y+h, s.rule*0.6, 0)
	}
}
