package paper

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// family is the name of the letters within a PDF.
const family = "go"

// WritePDF writes the document as PDF 1.3 with its fonts in it: vectors and text
// only, black, white and greys. The same document gives the same bytes. Errors
// name the block that cannot be printed.
//
// It takes about a millisecond a page and holds the whole file in memory.
func WritePDF(w io.Writer, doc Document) error {
	l, err := layOut(doc)
	if err != nil {
		return err
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{
		OrientationStr: "P", UnitStr: "mm",
		Size: fpdf.SizeType{Wd: l.sheet.width, Ht: l.sheet.height},
	})
	made := doc.Made.UTC()
	if doc.Made.IsZero() {
		made = time.Unix(0, 0).UTC()
	}
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Outrider", true)
	pdf.SetTitle(l.title, true)
	pdf.SetSubject(l.markingLine, true)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetDisplayMode("fullwidth", "continuous")
	pdf.AddUTF8FontFromBytes(family, "", goregular.TTF)
	pdf.AddUTF8FontFromBytes(family, "B", gobold.TTF)

	p := &pen{pdf: pdf, letters: l.letters, dark: doc.Dark}
	for i, page := range l.pages {
		pdf.AddPage()
		if doc.Dark {
			p.area(0, 0, l.sheet.width, l.sheet.height, 1)
		}
		l.edges(p, i+1)
		for _, piece := range page {
			piece.draw(p, piece.y)
		}
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("paper: the PDF was not written: %w", err)
	}
	return nil
}

// Pages is how many pages WritePDF makes of the document, with the same errors.
func Pages(doc Document) (int, error) {
	l, err := layOut(doc)
	if err != nil {
		return 0, err
	}
	return len(l.pages), nil
}

// A layout is a document dealt out to its pages.
type layout struct {
	sheet   sheet
	letters *letters

	title       string
	running     string // the title above all pages but the first
	marking     []string
	markingLine string
	foot        []string
	indent      float64 // where text begins, beyond the numbers of the headings
	depth       int     // of the bookmarks
	titled      int     // the pieces of the title

	top, firstTop, end float64 // where the pieces begin and end on a page
	pieces             []piece
	pages              [][]placed
}

// layOut makes the pages.
func layOut(doc Document) (*layout, error) {
	if err := check(doc); err != nil {
		return nil, err
	}
	letters, err := newLetters()
	if err != nil {
		return nil, err
	}
	s, _ := sheetFor(doc.Size, doc.Dark)
	l := &layout{sheet: s, letters: letters, depth: -1}
	if err := l.margins(doc); err != nil {
		return nil, err
	}
	for _, b := range doc.Blocks {
		if h, ok := b.(Heading); ok && h.Number != "" {
			l.indent = s.hang
		}
	}
	l.addTitle()
	breaks := false
	for i, b := range doc.Blocks {
		if _, ok := b.(PageBreak); ok {
			breaks = true
			continue
		}
		before := len(l.pieces)
		if err := l.add(b); err != nil {
			return nil, fmt.Errorf("paper: block %d: %w", i+1, err)
		}
		if breaks && len(l.pieces) > before {
			l.pieces[before].newPage = true
			breaks = false
		}
	}
	l.addNote()
	l.pages = paginate(l.pieces, l.firstTop, l.top, l.end)
	return l, nil
}

// margins lays out what stands at the edges of every page.
func (l *layout) margins(doc Document) error {
	s := l.sheet
	l.title = join(l.letters.lines(doc.Title))
	l.running = l.letters.cut(l.title, regular, s.small, s.measure())
	l.markingLine = join(l.letters.lines(doc.Marking))
	if l.markingLine != "" {
		l.marking = l.letters.wrap([]string{l.markingLine}, bold, s.marking, s.measure())
	}
	number := l.letters.width("page 99999/99999", regular, s.small)
	if foot := join(l.letters.lines(doc.Foot)); foot != "" {
		l.foot = l.letters.wrap([]string{foot}, regular, s.small, s.measure()-number)
	}
	head := float64(len(l.marking)) * s.line(s.marking)
	l.firstTop = s.top + head + s.gap
	l.top = l.firstTop
	if l.running != "" {
		l.top += s.line(s.small) + s.gap
	}
	l.end = s.height - s.bottom - head - float64(max(1, len(l.foot)))*s.line(s.small) - s.gap*1.2
	if l.end-l.top < s.height/2 {
		return fmt.Errorf("paper: marking and foot leave less than half of the page (%.0f mm of %.0f mm): make them shorter", max(0, l.end-l.top), s.height)
	}
	return nil
}

// join makes one line of several.
func join(lines []string) string {
	out := ""
	for _, line := range lines {
		if line != "" && out != "" {
			out += " "
		}
		out += line
	}
	return out
}

// edges writes what stands at the top and the bottom of the page with the number n.
func (l *layout) edges(p *pen, n int) {
	s := l.sheet
	middle := s.left + s.measure()/2
	y := s.top
	for _, line := range l.marking {
		p.textAround(middle, y+s.marking*pointMM, line, bold, s.marking)
		y += s.line(s.marking)
	}
	if n > 1 && l.running != "" {
		base := y + s.gap/2 + s.small*pointMM
		p.text(s.left, base, l.running, regular, s.small, 0.25)
		p.rule(s.left, base+1.2, s.width-s.right, base+1.2, s.hair, 0.25)
	}
	y = l.end + s.gap*0.8
	p.rule(s.left, y, s.width-s.right, y, s.hair, 0.25)
	y += s.gap * 0.2
	p.textTo(s.width-s.right, y+s.small*pointMM, fmt.Sprintf("page %d/%d", n, len(l.pages)), regular, s.small)
	for i, line := range l.foot {
		p.text(s.left, y+s.small*pointMM+float64(i)*s.line(s.small), line, regular, s.small, 0)
	}
	y = s.height - s.bottom - float64(len(l.marking))*s.line(s.marking) + (s.leading-1)*s.marking*pointMM
	for _, line := range l.marking {
		p.textAround(middle, y+s.marking*pointMM*0.85, line, bold, s.marking)
		y += s.line(s.marking)
	}
}
