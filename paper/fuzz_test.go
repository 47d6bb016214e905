package paper_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/outrider-project/outrider/paper"
)

// A source makes a document of any bytes.
type source struct{ data []byte }

func (s *source) byte() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *source) text() string {
	n := int(s.byte())
	if n > 240 {
		n *= 40 // a long one: the same again and again
		if len(s.data) == 0 {
			return ""
		}
		return string(bytes.Repeat(s.data[:min(7, len(s.data))], n/7))
	}
	n = min(n%32, len(s.data))
	text := string(s.data[:n])
	s.data = s.data[n:]
	return text
}

func (s *source) number() float64 {
	switch b := s.byte(); b {
	case 255:
		return math.NaN()
	case 254:
		return math.Inf(1)
	case 253:
		return 1e5
	case 252:
		return 1e-9
	case 251:
		return -float64(s.byte())
	default:
		return float64(b) * 0.5
	}
}

func (s *source) points() []paper.Point {
	var out []paper.Point
	for range s.byte() % 6 {
		out = append(out, paper.Point{X: s.number(), Y: s.number()})
	}
	return out
}

func (s *source) shape() paper.Shape {
	switch s.byte() % 5 {
	case 0:
		line := paper.Line{Points: s.points(), Width: s.number(), Grey: s.number() / 128, Casing: s.number()}
		for range s.byte() % 4 {
			line.Dash = append(line.Dash, s.number())
		}
		return line
	case 1:
		return paper.Fill{Points: s.points(), Grey: s.number() / 128}
	case 2:
		return paper.Circle{Centre: paper.Point{X: s.number(), Y: s.number()}, Radius: s.number(), Grey: s.number() / 128, Edge: s.number(), Open: s.byte()%2 == 0}
	case 3:
		return paper.Label{At: paper.Point{X: s.number(), Y: s.number()}, Text: s.text(), Size: s.number(), Turn: s.number(), Strong: s.byte()%2 == 0, White: s.byte()%2 == 0, Anchor: []string{"", "start", "middle", "end"}[s.byte()%4]}
	}
	return nil
}

func (s *source) block() paper.Block {
	switch s.byte() % 9 {
	case 0:
		return paper.Heading{Level: int(s.byte()%3) + 1, Number: s.text(), Text: s.text()}
	case 1:
		return paper.Paragraph{Text: s.text(), Strong: s.byte()%2 == 0}
	case 2:
		list := paper.List{Ordered: s.byte()%2 == 0}
		for range s.byte() % 5 {
			list.Items = append(list.Items, s.text())
		}
		return list
	case 3:
		table := paper.Table{Caption: s.text()}
		for range s.byte() % 24 {
			table.Columns = append(table.Columns, paper.Column{Head: s.text(), Right: s.byte()%2 == 0, Share: max(0, s.number()-60)})
		}
		for i := range s.byte() % 40 {
			row := make([]string, len(table.Columns))
			for j := range row {
				row[j] = s.text()
			}
			table.Rows = append(table.Rows, row)
			if s.byte()%4 == 0 {
				table.Strong = append(table.Strong, int(i))
			}
		}
		return table
	case 4:
		var fields paper.Fields
		for range s.byte() % 5 {
			fields.Items = append(fields.Items, paper.Field{Label: s.text(), Text: s.text()})
		}
		return fields
	case 5:
		var list paper.Checklist
		for range s.byte() % 5 {
			list.Items = append(list.Items, paper.Check{Text: s.text(), Who: s.text()})
		}
		return list
	case 6:
		return paper.PageBreak{}
	case 7:
		drawing := paper.Drawing{Caption: s.text(), Width: s.number(), Height: s.number()}
		for range s.byte() % 12 {
			drawing.Shapes = append(drawing.Shapes, s.shape())
		}
		return drawing
	}
	return nil
}

func (s *source) document() paper.Document {
	doc := paper.Document{Size: []paper.Size{paper.A4, paper.Letter, paper.A6, paper.A6, "a5"}[s.byte()%5], Dark: s.byte()%2 == 0, Title: s.text(), Marking: s.text(), Foot: s.text()}
	for len(s.data) > 0 && len(doc.Blocks) < 40 {
		doc.Blocks = append(doc.Blocks, s.block())
	}
	return doc
}

// Whatever a document holds, it is printed or refused, the same in both forms but
// for what does not fit on the sheet.
func FuzzDocument(f *testing.F) {
	f.Add([]byte("\x00\x01\x05title\x04mark\x04foot\x01\x08\xff\xfftext\x00\x00\x01\x021.\x04head"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x03\x02ab\x03\x01x\x00\x10\x01y\x01\x90\x01z\x00\x00\x03\x01a\x01b\x01c\x00\x02de\x01f\xff\xffg"))
	f.Add([]byte("\x00\x00\x00\x00\x00\x07\x03cap\x60\x40\x06\x00\x03\x10\x10\xfd\x20\x30\xfb\x99\x03\x00\x04\x02\x08\x08\x02\x20\x20\x10\x20\x02\x01\x03\x10\x10\x05label\x08\x10\x00\x01\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		doc := (&source{data}).document()
		pages, err := paper.Pages(doc)
		var pdf bytes.Buffer
		if pdfErr := paper.WritePDF(&pdf, doc); (pdfErr == nil) != (err == nil) {
			t.Fatalf("Pages: %v, WritePDF: %v", err, pdfErr)
		}
		if err == nil && (pages < 1 || !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) || !bytes.HasSuffix(pdf.Bytes(), []byte("%%EOF\n"))) {
			t.Fatalf("%d pages and no PDF", pages)
		}
		var html bytes.Buffer
		switch htmlErr := paper.WriteHTML(&html, doc); {
		case htmlErr != nil && err == nil:
			t.Fatalf("printed, but as a page: %v", htmlErr)
		case htmlErr == nil:
			if _, err := parse(html.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func benchmark(b *testing.B, doc paper.Document, write func(io.Writer, paper.Document) error) {
	pages, err := paper.Pages(doc)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := write(io.Discard, doc); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(pages)*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

// thick is a document of some 300 pages.
func thick() paper.Document {
	doc := movementOrder(paper.A4)
	var blocks []paper.Block
	for range 110 {
		blocks = append(blocks, doc.Blocks...)
	}
	doc.Blocks = blocks
	return doc
}

func BenchmarkPDF(b *testing.B) {
	b.Run("order", func(b *testing.B) { benchmark(b, movementOrder(paper.A4), paper.WritePDF) })
	b.Run("card", func(b *testing.B) { benchmark(b, dashCard(), paper.WritePDF) })
	b.Run("300 pages", func(b *testing.B) { benchmark(b, thick(), paper.WritePDF) })
	b.Run("2000 rows", func(b *testing.B) {
		benchmark(b, paper.Document{Size: paper.A4, Blocks: []paper.Block{bigTable(2000)}}, paper.WritePDF)
	})
}

func BenchmarkHTML(b *testing.B) {
	b.Run("order", func(b *testing.B) { benchmark(b, movementOrder(paper.A4), paper.WriteHTML) })
	b.Run("300 pages", func(b *testing.B) { benchmark(b, thick(), paper.WriteHTML) })
}
