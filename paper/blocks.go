package paper

import (
	"fmt"
	"strconv"
)

// baseline is where letters of size points stand below the upper edge of their
// line.
func (s sheet) baseline(size float64) float64 {
	return size * pointMM * (0.5*s.leading + 0.36)
}

// addTitle begins the first page.
func (l *layout) addTitle() {
	if l.title == "" {
		return
	}
	s := l.sheet
	lines := l.letters.balance(l.title, bold, s.title, s.measure())
	for i, line := range lines {
		last := i == len(lines)-1
		h := s.title * pointMM * 1.2
		if last {
			h += 1.6
		}
		l.pieces = append(l.pieces, piece{height: h, keep: true, draw: func(p *pen, y float64) {
			p.text(s.left, y+s.title*pointMM, line, bold, s.title, 0)
			if last {
				p.rule(s.left, y+h-s.rule, s.width-s.right, y+h-s.rule, 2*s.rule, 0)
			}
		}})
	}
	l.titled = len(l.pieces)
}

// held is the height of the pieces at the end that stay on the page of the next one:
// what that has to leave room for. Where they take more than half of a page it is 0,
// and they do not stay.
func (l *layout) held() float64 {
	h := 0.0
	for i := len(l.pieces) - 1; i >= 0 && l.pieces[i].keep; i-- {
		h += l.pieces[i].above + l.pieces[i].height
	}
	if h > (l.end-l.top)/2 {
		return 0
	}
	return h
}

// headed reports whether a heading stands right above.
func (l *layout) headed() bool {
	n := len(l.pieces)
	return n > l.titled && l.pieces[n-1].keep
}

// add lays out one block.
func (l *layout) add(b Block) error {
	switch b := b.(type) {
	case Heading:
		l.addHeading(b)
	case Paragraph:
		l.addParagraph(b)
	case List:
		l.addList(b)
	case Table:
		return l.addTable(b)
	case Fields:
		l.addFields(b)
	case Checklist:
		l.addChecklist(b)
	case Drawing:
		l.addDrawing(b)
	}
	return nil
}

func (l *layout) addHeading(h Heading) {
	s := l.sheet
	size := s.headings[h.Level-1]
	number := join(l.letters.lines(h.Number))
	text := join(l.letters.lines(h.Text))
	x := s.left
	switch {
	case number == "" && h.Level > 1:
		x += l.indent
	case number != "":
		// The number hangs beside the text; a long one pushes it on.
		x += max(l.indent, l.letters.width(number, bold, size)+1.2*size*pointMM/2)
		if x > s.left+s.measure()/2 {
			text, number, x = number+" "+text, "", s.left
		}
	}
	lines := l.letters.balance(text, bold, size, s.width-s.right-x)
	above := s.gap * [3]float64{2.8, 2, 1.6}[h.Level-1]
	if l.headed() {
		above = s.gap * 0.9 // right below another heading
	}
	edge := 0.0
	if h.Level == 1 {
		edge = 1.4 // between the rule and the text
	}
	whole := text
	if number != "" {
		whole = number + " " + text
	}
	depth := min(h.Level-1, l.depth+1)
	l.depth = depth
	height := s.headingLine(size)
	for i, line := range lines {
		pc := piece{height: height, keep: true}
		if i > 0 {
			pc.draw = func(p *pen, y float64) { p.text(x, y+size*pointMM, line, bold, size, 0) }
		} else {
			pc.above = above
			pc.height += edge
			pc.draw = func(p *pen, y float64) {
				if h.Level == 1 {
					p.rule(s.left, y, s.width-s.right, y, s.rule, 0)
				}
				base := y + edge + size*pointMM
				p.text(s.left, base, number, bold, size, 0)
				p.text(x, base, line, bold, size, 0)
				if whole != "" {
					p.pdf.Bookmark(whole, depth, y)
				}
			}
		}
		l.pieces = append(l.pieces, pc)
	}
}

// headingLine is the height of one line of a heading.
func (s sheet) headingLine(size float64) float64 { return size * pointMM * 1.28 }

// hold keeps the first two and the last two of the lines from index on together,
// so that none stands alone on its page.
func (l *layout) hold(from int) {
	n := len(l.pieces)
	if n-from >= 2 {
		l.pieces[from].keep = true
		l.pieces[n-2].keep = true
	}
}

// addLines lays out lines of one size, x being their left edge.
func (l *layout) addLines(lines []string, f face, size, x, above float64) {
	s := l.sheet
	from := len(l.pieces)
	for i, line := range lines {
		pc := piece{height: s.line(size), draw: func(p *pen, y float64) {
			p.text(x, y+s.baseline(size), line, f, size, 0)
		}}
		if i == 0 {
			pc.above = above
		}
		l.pieces = append(l.pieces, pc)
	}
	l.hold(from)
}

// above is the space above a block of text: less below a heading.
func (l *layout) above() float64 {
	if l.headed() {
		return l.sheet.gap * 0.4
	}
	return l.sheet.gap
}

func (l *layout) addParagraph(b Paragraph) {
	s := l.sheet
	x := s.left + l.indent
	if !b.Strong {
		l.addLines(l.letters.wrap(l.letters.lines(b.Text), regular, s.body, s.width-s.right-x), regular, s.body, x, l.above())
		return
	}
	// A bar at the side: what must not be overlooked is seen from the edge.
	const bar, free = 1.3, 2.2
	inner := x + bar + free
	lines := l.letters.wrap(l.letters.lines(b.Text), bold, s.body, s.width-s.right-inner)
	from := len(l.pieces)
	l.addLines(lines, bold, s.body, inner, l.above())
	for i := from; i < len(l.pieces); i++ {
		pc := &l.pieces[i]
		text, h := pc.draw, pc.height
		pc.draw = func(p *pen, y float64) {
			p.area(x, y, bar, h+0.02, 0)
			text(p, y)
		}
	}
}

func (l *layout) addList(b List) {
	s := l.sheet
	left := s.left + l.indent
	sign := func(i int) string {
		if b.Ordered {
			return strconv.Itoa(i+1) + "."
		}
		return "•"
	}
	hang := 0.0
	for i := range b.Items {
		hang = max(hang, l.letters.width(sign(i), regular, s.body))
		if !b.Ordered {
			break
		}
	}
	column := hang
	hang += 0.6 * s.body * pointMM
	above := l.above()
	for i, item := range b.Items {
		lines := l.letters.wrap(l.letters.lines(item), regular, s.body, s.width-s.right-left-hang)
		from := len(l.pieces)
		l.addLines(lines, regular, s.body, left+hang, above)
		text, mark := l.pieces[from].draw, sign(i)
		l.pieces[from].draw = func(p *pen, y float64) {
			p.textTo(left+column, y+s.baseline(s.body), mark, regular, s.body)
			text(p, y)
		}
		above = s.gap * 0.25
	}
}

// sideBySide lays out a row whose parts stand side by side, at least so high if it
// has one line only: cell writes the lines of one index, under draws what lies below
// the last.
func (l *layout) sideBySide(lines int, size, above, least float64, cell func(p *pen, y float64, line int), under func(p *pen, y, height float64)) {
	s := l.sheet
	from := len(l.pieces)
	pitch := s.line(size)
	for i := range lines {
		h := pitch
		if i == 0 {
			h += s.padY
		}
		if i == lines-1 {
			h += s.padY
			if lines == 1 {
				h = max(h, least)
			}
		}
		shift := 0.0
		if i == 0 {
			shift = s.padY
		}
		pc := piece{height: h, draw: func(p *pen, y float64) {
			cell(p, y+shift, i)
			if i == lines-1 {
				under(p, y, h)
			}
		}}
		if i == 0 {
			pc.above = above
		}
		l.pieces = append(l.pieces, pc)
	}
	l.hold(from)
}

func (l *layout) addFields(b Fields) {
	s := l.sheet
	left := s.left + l.indent
	width := s.width - s.right - left
	column := 0.0
	for _, f := range b.Items {
		natural, _ := l.letters.span(l.labels(f), bold, s.small+1)
		column = max(column, natural)
	}
	column = min(column, width*s.columnAtMost)
	x := left + column + 3*s.padX
	above := l.above()
	size := s.small + 1
	for _, f := range b.Items {
		label := l.letters.wrap(l.letters.lines(f.Label), bold, size, column)
		text := l.letters.lines(f.Text)
		empty := join(text) == ""
		var lines []string
		least := 0.0
		if empty {
			least = s.writing
		} else {
			lines = l.letters.wrap(text, regular, s.body, s.width-s.right-x)
		}
		l.sideBySide(max(len(label), len(lines), 1), s.body, above, least, func(p *pen, y float64, i int) {
			base := y + s.baseline(s.body)
			if empty && len(label) == 1 {
				base += least - s.line(s.body) - 2*s.padY // it stands on the line to write on
			}
			if i < len(label) {
				p.text(left, base, label[i], bold, size, 0)
			}
			if i < len(lines) {
				p.text(x, base, lines[i], regular, s.body, 0)
			}
		}, func(p *pen, y, h float64) {
			if empty {
				p.rule(x, y+h-s.padY, s.width-s.right, y+h-s.padY, 1.6*s.hair, 0)
			}
		})
		above = 0
	}
}

// labels are the lines of the label of f; what they lack is counted elsewhere.
func (l *layout) labels(f Field) []string {
	before := l.letters.replaced
	lines := l.letters.lines(f.Label)
	l.letters.replaced = before
	return lines
}

func (l *layout) addChecklist(b Checklist) {
	s := l.sheet
	left := s.left + l.indent
	width := s.width - s.right - left
	who := make([][]string, len(b.Items))
	column := 0.0
	for i, item := range b.Items {
		who[i] = l.letters.lines(item.Who)
		natural, _ := l.letters.span(who[i], bold, s.small+1)
		column = max(column, natural)
	}
	column = min(column, width*s.columnAtMost)
	x := left + s.box + 0.7*s.body*pointMM
	textWidth := s.width - s.right - x - column
	if column > 0 {
		textWidth -= 3 * s.padX
	}
	above := l.above()
	for i, item := range b.Items {
		lines := l.letters.wrap(l.letters.lines(item.Text), regular, s.body, textWidth)
		names := l.letters.wrap(who[i], bold, s.small+1, column)
		l.sideBySide(max(len(lines), len(names)), s.body, above, 0, func(p *pen, y float64, n int) {
			base := y + s.baseline(s.body)
			if n == 0 {
				p.frame(left+0.2, base-0.36*s.body*pointMM-s.box/2, s.box, s.box, 2.2*s.hair, 0)
			}
			if n < len(lines) {
				p.text(x, base, lines[n], regular, s.body, 0)
			}
			if n < len(names) {
				p.textTo(s.width-s.right, base, names[n], bold, s.small+1)
			}
		}, func(p *pen, y, h float64) {
			p.rule(x, y+h, s.width-s.right, y+h, s.hair, 0.55)
		})
		above = 0
	}
}

// addNote says at the end what the letters lack.
func (l *layout) addNote() {
	n := l.letters.replaced
	if n == 0 {
		return
	}
	text := fmt.Sprintf("%d characters of this document are printed as %c, because the letters of this print do not have them. The HTML form of the document shows them.", n, missing)
	if n == 1 {
		text = fmt.Sprintf("1 character of this document is printed as %c, because the letters of this print do not have it. The HTML form of the document shows it.", missing)
	}
	s := l.sheet
	x := s.left + l.indent
	l.addLines(l.letters.wrap([]string{text}, regular, s.small, s.width-s.right-x), regular, s.small, x, 2*s.gap)
}
