package paper

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/internal/plain"
)

//go:embed page.css
var pageCSS string

// WriteHTML writes the document as one page of HTML that needs nothing else: no
// script, no picture, no address. It is well-formed XML as well. On the screen it is light or dark as the reader
// has set it, a Dark document always dark; printed it has the sheet, the marking,
// the foot and the numbers of the pages. Errors are those of WritePDF.
func WriteHTML(w io.Writer, doc Document) error {
	if err := check(doc); err != nil {
		return err
	}
	b := &page{dark: doc.Dark}
	theme := "either"
	if doc.Dark {
		theme = "night"
	}
	title, marking, foot := plain.Text(doc.Title), plain.Text(doc.Marking), plain.Text(doc.Foot)
	b.raw("<!DOCTYPE html>\n<html lang=\"en\" class=\"" + theme + " " + string(doc.Size) + "\">\n<head>\n<meta charset=\"utf-8\"/>\n")
	b.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n")
	b.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n")
	b.element("title", "", title)
	b.raw("<style>\n" + pageCSS + columnsCSS(doc.Blocks) + sheetCSS(doc.Size, marking, foot) + "</style>\n</head>\n<body>\n")
	if marking != "" {
		b.element("p", "marking", marking)
	}
	b.raw("<main>\n")
	if title != "" {
		b.element("h1", "title", title)
	}
	for _, block := range doc.Blocks {
		b.block(block)
	}
	b.raw("</main>\n<footer>\n")
	if foot != "" {
		b.element("p", "foot", foot)
	}
	if marking != "" {
		b.element("p", "marking", marking)
	}
	b.raw("</footer>\n</body>\n</html>\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("paper: the page was not written: %w", err)
	}
	return nil
}

// columnsCSS holds the widths of the columns of all tables, as classes: a policy
// that names the styles of a page by their hashes knows no style of an element.
func columnsCSS(blocks []Block) string {
	used := map[int]bool{}
	for _, block := range blocks {
		if t, ok := block.(Table); ok {
			for _, c := range t.Columns {
				if c.Share > 0 {
					used[percent(c.Share, shares(t))] = true
				}
			}
		}
	}
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, ".w%d { width: %d%%; }\n", p, p)
	}
	return b.String()
}

// shares adds the shares of all columns.
func shares(t Table) (sum float64) {
	for _, c := range t.Columns {
		sum += c.Share
	}
	return sum
}

func percent(share, of float64) int { return int(math.Round(share / of * 100)) }

// sheetCSS is what is printed at the edges of the sheets.
func sheetCSS(size Size, marking, foot string) string {
	names := map[Size]string{A4: "A4", Letter: "Letter", A6: "105mm 148mm"}
	margins := "20mm 18mm 22mm"
	if size == A6 {
		margins = "11mm 7mm 12mm"
	}
	return fmt.Sprintf("@page { size: %s; margin: %s;\n"+
		"  @top-center { content: %s; font: bold 9pt sans-serif; }\n"+
		"  @bottom-left { content: %s; font: 7pt sans-serif; }\n"+
		"  @bottom-center { content: %s; font: bold 9pt sans-serif; }\n"+
		"  @bottom-right { content: \"page \" counter(page) \"/\" counter(pages); font: 7pt sans-serif; }\n}\n",
		names[size], margins, quoteCSS(marking), quoteCSS(foot), quoteCSS(marking))
}

// quoteCSS writes s as a string of CSS with nothing in it but letters, digits,
// spaces and escapes, so that no text can end the string or the style.
func quoteCSS(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r == ' ' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%06x ", r) // the space belongs to the escape
		}
	}
	b.WriteByte('"')
	return b.String()
}

// page gathers the HTML of a document.
type page struct {
	strings.Builder
	dark bool
}

func (b *page) raw(s string) { b.WriteString(s) }

func (b *page) rawf(format string, args ...any) { fmt.Fprintf(&b.Builder, format, args...) }

// text writes s escaped, with its line breaks.
func (b *page) text(s string) {
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			b.raw("<br/>")
		}
		b.raw(template.HTMLEscapeString(plain.Text(line)))
	}
}

// element writes an element with nothing but text in it. The direction of writing
// is that of its own text.
func (b *page) element(name, class, s string) {
	b.raw("<" + name)
	if class != "" {
		b.raw(" class=\"" + class + "\"")
	}
	if name != "title" {
		b.raw(" dir=\"auto\"")
	}
	b.raw(">")
	b.text(s)
	b.raw("</" + name + ">\n")
}

func (b *page) block(block Block) {
	switch block := block.(type) {
	case Heading:
		name := "h" + strconv.Itoa(block.Level+1)
		b.raw("<" + name + ">")
		if block.Number != "" {
			b.raw("<span class=\"number\">")
			b.text(block.Number)
			b.raw("</span> ")
		}
		b.raw("<bdi>")
		b.text(block.Text)
		b.raw("</bdi></" + name + ">\n")
	case Paragraph:
		class := ""
		if block.Strong {
			class = "strong"
		}
		b.element("p", class, block.Text)
	case List:
		name := "ul"
		if block.Ordered {
			name = "ol"
		}
		b.raw("<" + name + ">\n")
		for _, item := range block.Items {
			b.element("li", "", item)
		}
		b.raw("</" + name + ">\n")
	case Table:
		b.table(block)
	case Fields:
		b.raw("<dl>\n")
		for _, f := range block.Items {
			b.raw("<div>")
			b.element("dt", "", f.Label)
			class := ""
			if plain.Text(strings.TrimSpace(f.Text)) == "" {
				class = "write"
			}
			b.element("dd", class, f.Text)
			b.raw("</div>\n")
		}
		b.raw("</dl>\n")
	case Checklist:
		b.raw("<ul class=\"check\">\n")
		for _, c := range block.Items {
			b.raw("<li><span class=\"box\" role=\"img\" aria-label=\"to tick\"></span>")
			b.element("span", "what", c.Text)
			if c.Who != "" {
				b.element("span", "who", c.Who)
			}
			b.raw("</li>\n")
		}
		b.raw("</ul>\n")
	case PageBreak:
		b.raw("<hr class=\"page\"/>\n")
	case Drawing:
		b.drawing(block)
	}
}

func (b *page) table(t Table) {
	if t.Caption == "" && len(t.Columns) == 0 {
		return
	}
	b.raw("<div class=\"table\" tabindex=\"0\"><table>\n")
	if t.Caption != "" {
		b.element("caption", "", t.Caption)
	}
	if shares := shares(t); shares > 0 {
		b.raw("<colgroup>")
		for _, c := range t.Columns {
			if c.Share > 0 {
				b.raw(fmt.Sprintf("<col class=\"w%d\"/>", percent(c.Share, shares)))
			} else {
				b.raw("<col/>")
			}
		}
		b.raw("</colgroup>\n")
	}
	class := func(c Column) string {
		if c.Right {
			return "right"
		}
		return ""
	}
	if len(t.Columns) > 0 {
		b.raw("<thead><tr>\n")
		for _, c := range t.Columns {
			b.element("th", class(c), c.Head)
		}
		b.raw("</tr></thead>\n<tbody>\n")
		strong := map[int]bool{}
		for _, i := range t.Strong {
			strong[i] = true
		}
		for i, row := range t.Rows {
			if strong[i] {
				b.raw("<tr class=\"strong\">\n")
			} else {
				b.raw("<tr>\n")
			}
			for j, text := range row {
				b.element("td", class(t.Columns[j]), text)
			}
			b.raw("</tr>\n")
		}
		b.raw("</tbody>")
	}
	b.raw("</table></div>\n")
}

// number writes a length or a share with as many places as anyone can see.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// tone is the colour of a grey.
func (b *page) tone(grey float64) string {
	if b.dark {
		grey = night(grey)
	}
	g := level(grey)
	return fmt.Sprintf("#%02x%02x%02x", g, g, g)
}

func coordinates(points []Point) string {
	var b strings.Builder
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(number(p.X) + "," + number(p.Y))
	}
	return b.String()
}

// drawing writes a drawing as SVG within the page.
func (b *page) drawing(d Drawing) {
	label := ""
	if caption := plain.Text(d.Caption); caption != "" {
		label = " role=\"img\" aria-label=\"" + template.HTMLEscapeString(caption) + "\""
	}
	b.rawf("<figure><svg%s viewBox=\"0 0 %s %s\" overflow=\"hidden\">\n", label, number(d.Width), number(d.Height))
	for _, s := range d.Shapes {
		b.shape(s)
	}
	b.raw("</svg>\n")
	if d.Caption != "" {
		b.element("figcaption", "", d.Caption)
	}
	b.raw("</figure>\n")
}

func (b *page) shape(s Shape) {
	switch s := s.(type) {
	case Line:
		if len(s.Points) == 0 {
			return
		}
		ps := s.Points
		if len(ps) == 1 {
			ps = []Point{ps[0], ps[0]} // a dot
		}
		at := coordinates(ps)
		if s.Casing > 0 {
			b.rawf("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\"/>\n", at, b.tone(1), number(s.Width+2*s.Casing))
		}
		end := " stroke-linecap=\"round\""
		if len(s.Dash) > 0 {
			lengths := make([]string, len(s.Dash))
			for i, mm := range s.Dash {
				lengths[i] = number(mm)
			}
			end = " stroke-dasharray=\"" + strings.Join(lengths, " ") + "\""
		}
		b.rawf("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\"%s/>\n", at, b.tone(s.Grey), number(s.Width), end)
	case Fill:
		b.rawf("<polygon points=\"%s\" fill=\"%s\"/>\n", coordinates(s.Points), b.tone(s.Grey))
	case Circle:
		fill := b.tone(s.Grey)
		if s.Open {
			fill = "none"
		}
		b.rawf("<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"%s\"", number(s.Centre.X), number(s.Centre.Y), number(s.Radius), fill)
		if s.Edge > 0 {
			b.rawf(" stroke=\"%s\" stroke-width=\"%s\"", b.tone(0), number(s.Edge))
		}
		b.raw("/>\n")
	case Label:
		b.label(s)
	}
}

func (b *page) label(s Label) {
	anchor := s.Anchor
	if anchor == "" {
		anchor = "start"
	}
	b.rawf("<text x=\"%s\" y=\"%s\" font-size=\"%s\" text-anchor=\"%s\"", number(s.At.X), number(s.At.Y), number(s.Size), anchor)
	if s.Strong {
		b.raw(" font-weight=\"bold\"")
	}
	if s.Turn != 0 {
		b.rawf(" transform=\"rotate(%s %s %s)\"", number(s.Turn), number(s.At.X), number(s.At.Y))
	}
	if s.White {
		b.rawf(" fill=\"%s\"", b.tone(1))
	} else {
		b.rawf(" fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\" paint-order=\"stroke\"", b.tone(0), b.tone(1), number(haloPart*s.Size))
	}
	b.raw(">")
	b.raw(template.HTMLEscapeString(plain.Text(s.Text)))
	b.raw("</text>\n")
}
