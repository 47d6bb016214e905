package paper_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/paper"
)

// samples are the documents that everything is held against.
func samples() map[string]paper.Document {
	return map[string]paper.Document{
		"A4": movementOrder(paper.A4), "Letter": movementOrder(paper.Letter), "A6": movementOrder(paper.A6),
		"dash card": dashCard(), "driver's card": driversCard(),
	}
}

func pdfOf(tb testing.TB, doc paper.Document) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := paper.WritePDF(&b, doc); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// tool runs a program over the PDF, whose path takes the place of "@", and returns
// what it prints.
func tool(tb testing.TB, pdf []byte, pkg, name string, args ...string) string {
	tb.Helper()
	program := testdata.Tool(tb, name, pkg)
	file := filepath.Join(tb.TempDir(), "document.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		tb.Fatal(err)
	}
	for i := range args {
		if args[i] == "@" {
			args[i] = file
		}
	}
	var errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// pagesOf is the text of every page.
func pagesOf(tb testing.TB, pdf []byte) []string {
	tb.Helper()
	text := strings.TrimSuffix(tool(tb, pdf, "poppler-utils", "pdftotext", "-layout", "@", "-"), "\f")
	return strings.Split(text, "\f")
}

// textsOf are the texts of every block of doc.
func textsOf(doc paper.Document) []string {
	var out []string
	for _, b := range doc.Blocks {
		switch b := b.(type) {
		case paper.Heading:
			out = append(out, b.Number, b.Text)
		case paper.Paragraph:
			out = append(out, b.Text)
		case paper.List:
			out = append(out, b.Items...)
		case paper.Table:
			out = append(out, b.Caption)
			for _, c := range b.Columns {
				out = append(out, c.Head)
			}
			for _, row := range b.Rows {
				out = append(out, row...)
			}
		case paper.Fields:
			for _, f := range b.Items {
				out = append(out, f.Label, f.Text)
			}
		case paper.Checklist:
			for _, c := range b.Items {
				out = append(out, c.Text, c.Who)
			}
		case paper.Drawing:
			out = append(out, b.Caption)
			for _, s := range b.Shapes {
				if label, ok := s.(paper.Label); ok {
					out = append(out, label.Text)
				}
			}
		}
	}
	return out
}

// count counts words.
func count(texts ...string) map[string]int {
	words := map[string]int{}
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			words[word]++
		}
	}
	return words
}

func TestPDFHasEveryText(t *testing.T) {
	for name, doc := range samples() {
		t.Run(name, func(t *testing.T) {
			pdf := pdfOf(t, doc)
			pages := pagesOf(t, pdf)
			if n, err := paper.Pages(doc); err != nil || n != len(pages) {
				t.Errorf("%d pages, Pages says %d (%v)", len(pages), n, err)
			}
			// In the order of the file, turned labels are in one piece.
			found := count(tool(t, pdf, "poppler-utils", "pdftotext", "-raw", "@", "-"))
			for word, n := range count(append(textsOf(doc), doc.Title)...) {
				if strings.ContainsAny(word, "東ẵ") {
					word = strings.NewReplacer("東京", "□□", "ẵ", "□").Replace(word)
				}
				if found[word] < n {
					t.Errorf("%q is there %d times, want %d", word, found[word], n)
				}
			}
			for i, page := range pages {
				if got := strings.Count(page, doc.Marking); got != 2 {
					t.Errorf("page %d has the marking %d times", i+1, got)
				}
				lines := strings.Split(strings.TrimSpace(page), "\n")
				if first, last := strings.TrimSpace(lines[0]), strings.TrimSpace(lines[len(lines)-1]); first != doc.Marking || last != doc.Marking {
					t.Errorf("page %d begins with %q and ends with %q", i+1, first, last)
				}
				for _, want := range []string{doc.Foot, fmt.Sprintf("page %d/%d", i+1, len(pages))} {
					if !strings.Contains(page, want) {
						t.Errorf("page %d lacks %q", i+1, want)
					}
				}
				if i > 0 && !strings.Contains(page, doc.Title) {
					t.Errorf("page %d lacks the title", i+1)
				}
			}
		})
	}
}

func TestPDFIsSoundAndHoldsNoImage(t *testing.T) {
	for name, doc := range samples() {
		t.Run(name, func(t *testing.T) {
			pdf := pdfOf(t, doc)
			if out := tool(t, pdf, "qpdf", "qpdf", "--check", "@"); !strings.Contains(out, "No syntax or stream encoding errors found") {
				t.Error(out)
			}
			if lines := strings.Split(strings.TrimSpace(tool(t, pdf, "poppler-utils", "pdfimages", "-list", "@")), "\n"); len(lines) != 2 {
				t.Errorf("images: %q", lines) // two lines are the head of an empty list
			}
			if doc.Dark {
				if m := regexp.MustCompile(`(?m)^0\.\d*[1-9]\d* [gG]$`).FindString(tool(t, pdf, "qpdf", "qpdf", "--qdf", "--object-streams=disable", "@", "-")); m != "" {
					t.Errorf("grey in the dark: %s", m)
				}
			}
			// Black and white: no operator for colours in any page.
			plain := tool(t, pdf, "qpdf", "qpdf", "--qdf", "--object-streams=disable", "@", "-")
			if m := regexp.MustCompile(`(?m)^[0-9. ]+ (rg|RG|k|K|scn|SCN)$`).FindString(plain); m != "" {
				t.Errorf("colour: %s", m)
			}
		})
	}
}

var box = regexp.MustCompile(`<(page|word)(?: width="([0-9.]+)" height="([0-9.]+)"| xMin="([-0-9.]+)" yMin="([-0-9.]+)" xMax="([-0-9.]+)" yMax="([-0-9.]+)")>([^<]*)`)

// A word is where a word stands on its page, in points.
type word struct {
	page           int
	x1, y1, x2, y2 float64
	text           string
}

// wordsOf are the words of a PDF and the size of its pages in points.
func wordsOf(tb testing.TB, pdf []byte) (words []word, width, height float64) {
	tb.Helper()
	parse := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
	page := 0
	for _, m := range box.FindAllStringSubmatch(tool(tb, pdf, "poppler-utils", "pdftotext", "-bbox", "@", "-"), -1) {
		if m[1] == "page" {
			page++
			width, height = parse(m[2]), parse(m[3])
			continue
		}
		words = append(words, word{page, parse(m[4]), parse(m[5]), parse(m[6]), parse(m[7]), m[8]})
	}
	if len(words) == 0 {
		tb.Fatal("no words")
	}
	return words, width, height
}

// Nothing is printed off the page or over the margins.
func TestNothingStandsInTheMargins(t *testing.T) {
	docs := samples()
	long := "unbroken" + strings.Repeat("Donaudampfschiffahrt", 40)
	for _, size := range []paper.Size{paper.A4, paper.Letter, paper.A6} {
		for _, dark := range []bool{false, true} {
			docs[fmt.Sprint(size, " with long words ", dark)] = paper.Document{
				Title: long, Marking: "MARKING", Foot: "foot", Size: size, Dark: dark,
				Blocks: []paper.Block{
					paper.Heading{Level: 1, Number: "1", Text: long},
					paper.Heading{Level: 2, Number: long, Text: "a"},
					paper.Paragraph{Text: long},
					paper.Paragraph{Text: long, Strong: true},
					paper.List{Ordered: true, Items: []string{long}},
					paper.Fields{Items: []paper.Field{{long, long}, {long, ""}}},
					paper.Checklist{Items: []paper.Check{{long, long}}},
					paper.Table{Caption: long, Columns: []paper.Column{{Head: long}, {Head: "km", Right: true}, {Head: long, Right: true}}, Rows: [][]string{{long, "12.5", long}}, Strong: []int{0}},
					paper.Table{Columns: []paper.Column{{Head: "a", Share: 1}, {Head: "b"}, {Head: "c", Share: 1e6}}, Rows: [][]string{{long, long, "c"}}},
				},
			}
		}
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			words, width, height := wordsOf(t, pdfOf(t, doc))
			margin := 4.5 / 25.4 * 72
			for _, w := range words {
				if w.x1 < margin || w.y1 < margin*0.8 || w.x2 > width-margin || w.y2 > height-margin*0.8 {
					t.Errorf("page %d: %q at %.0f %.0f to %.0f %.0f of %.0f x %.0f points", w.page, w.text, w.x1, w.y1, w.x2, w.y2, width, height)
				}
			}
		})
	}
}

// A table keeps its head on every page, its rows whole and in order.
func TestLongTable(t *testing.T) {
	doc := paper.Document{Size: paper.A4, Title: "Long", Blocks: []paper.Block{bigTable(2000)}}
	pages := pagesOf(t, pdfOf(t, doc))
	if len(pages) < 50 {
		t.Fatalf("%d pages", len(pages))
	}
	next := 0
	for i, page := range pages {
		if strings.Count(page, "Numberhead") != 1 {
			t.Errorf("page %d has %d heads", i+1, strings.Count(page, "Numberhead"))
		}
		for _, m := range regexp.MustCompile(`row(\d+)([abc])`).FindAllStringSubmatch(page, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if want := next / 3; n != want || m[2] != string("abc"[next%3]) {
				t.Fatalf("page %d: line %s of row %d after %d lines", i+1, m[2], n, next)
			}
			next++
		}
		if next%3 != 0 {
			t.Fatalf("page %d ends within row %d", i+1, next/3)
		}
	}
	if next != 6000 {
		t.Errorf("%d lines, want 6000", next)
	}
}

func bigTable(rows int) paper.Table {
	table := paper.Table{Columns: []paper.Column{{Head: "Numberhead", Right: true}, {Head: "Text"}, {Head: "Lines"}}}
	for i := range rows {
		table.Rows = append(table.Rows, []string{strconv.Itoa(i * 7), "A text of some length in the middle of the table, to be broken", fmt.Sprintf("row%da\nrow%db\nrow%dc", i, i, i)})
	}
	return table
}

// Columns are as wide as their shares, numbers stand below each other to the right,
// and a share too small for its words takes what these need.
func TestColumns(t *testing.T) {
	doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{
		paper.Table{Columns: []paper.Column{{Head: "A1", Share: 1}, {Head: "B1", Share: 1}, {Head: "C2", Share: 2}, {Head: "D1", Share: 1}}},
		paper.Table{Columns: []paper.Column{{Head: "Left"}, {Head: "Right", Right: true}}, Rows: [][]string{{"l", "1"}, {"l", "10,000.5"}}},
		paper.Table{Columns: []paper.Column{{Head: "Longestword", Share: 1}, {Head: "Rest", Share: 1000}}},
		paper.Table{Columns: []paper.Column{{Head: "At"}, {Head: "Remark", Share: 1}}, Rows: [][]string{{"twelve words that need more than there is in a table of this width " + strings.Repeat("and more ", 20), "x"}}},
	}}
	words, width, _ := wordsOf(t, pdfOf(t, doc))
	at := map[string]word{}
	for _, w := range words {
		at[w.text] = w
	}
	narrow, wide := at["B1"].x1-at["A1"].x1, at["D1"].x1-at["C2"].x1
	if ratio := wide / narrow; ratio < 1.85 || ratio > 2 { // the space between columns is that of all
		t.Errorf("a column of two shares is %.2f times as wide as one of one", ratio)
	}
	for _, text := range []string{"1", "10,000.5"} {
		if d := at[text].x2 - at["Right"].x2; d < -0.1 || d > 0.1 {
			t.Errorf("%s ends %.2f points from its head", text, d)
		}
	}
	if _, whole := at["Longestword"]; !whole {
		t.Error("a word is broken beside an empty column")
	}
	if room := width - at["Remark"].x1; room < 0.25*width {
		t.Errorf("a column with a share has %.0f of %.0f points", room, width)
	}
}

// A row longer than a page goes on upon the next with everything in it.
func TestRowLongerThanAPage(t *testing.T) {
	var cell strings.Builder
	for i := range 300 {
		fmt.Fprintf(&cell, "line%d\n", i)
	}
	doc := paper.Document{Size: paper.A4, Title: "Long", Marking: "MARKING", Blocks: []paper.Block{
		paper.Table{Columns: []paper.Column{{Head: "Firsthead"}, {Head: "Second"}}, Rows: [][]string{{"before", "x"}, {strings.TrimSuffix(cell.String(), "\n"), "y"}, {"after", "z"}}},
		paper.Table{Columns: []paper.Column{{Head: cell.String()}}, Rows: [][]string{{"under a head of pages"}}},
	}}
	pages := pagesOf(t, pdfOf(t, doc))
	all := strings.Join(pages, "\n")
	found := count(all)
	for i := range 300 {
		if n := found[fmt.Sprintf("line%d", i)]; n != 2 {
			t.Errorf("line %d is there %d times", i, n)
		}
	}
	if found["before"] != 1 || found["after"] != 1 || found["under"] != 1 {
		t.Error("a short row is missing")
	}
	if found["Firsthead"] < 5 {
		t.Errorf("the head is there %d times on %d pages", found["Firsthead"], len(pages))
	}
}

// However the text before it runs, a heading stands on the page of what it heads,
// with two lines of it.
func TestHeadingStaysWithItsText(t *testing.T) {
	for lines := range 70 {
		doc := paper.Document{Size: paper.A4, Title: "Keep", Blocks: []paper.Block{
			paper.Paragraph{Text: strings.Repeat("filler\n", lines)},
			paper.Heading{Level: 1, Text: "CHAPTERHEAD"},
			paper.Heading{Level: 2, Text: "PARTHEAD"},
			paper.Paragraph{Text: "firstline\nsecondline\nthird\nfourth\nfifth\nlastbutone\nlastline"},
		}}
		if lines%2 == 0 {
			doc.Blocks[3] = paper.Table{Caption: "firstline", Columns: []paper.Column{{Head: "secondline"}}, Rows: [][]string{{"lastbutone\nlastline"}}}
		}
		page := map[string]int{}
		for i, text := range pagesOf(t, pdfOf(t, doc)) {
			for word := range count(text) {
				page[word] = i + 1
			}
		}
		if at := page["CHAPTERHEAD"]; at == 0 || page["PARTHEAD"] != at || page["firstline"] != at || page["secondline"] != at {
			t.Errorf("after %d lines: %v", lines, page)
		}
		if page["lastbutone"] != page["lastline"] {
			t.Errorf("after %d lines the last stands alone", lines)
		}
	}
}

// A drawing as high as a page leaves room for what it stands under.
func TestDrawingLeavesRoomForItsHeading(t *testing.T) {
	for _, title := range []string{"", "Title"} {
		doc := paper.Document{Size: paper.A4, Title: title, Blocks: []paper.Block{
			paper.Heading{Level: 1, Text: "CHAPTERHEAD"},
			paper.Heading{Level: 2, Text: "PARTHEAD"},
			paper.Drawing{Caption: "Long caption " + strings.Repeat("word ", 60), Width: 50, Height: 500, Shapes: []paper.Shape{paper.Label{At: paper.Point{X: 5, Y: 495}, Text: "bottom", Size: 8}}},
		}}
		pages := pagesOf(t, pdfOf(t, doc))
		if len(pages) != 1 {
			t.Errorf("title %q: %d pages", title, len(pages))
		}
		for _, want := range []string{"CHAPTERHEAD", "PARTHEAD", "bottom", "Long caption"} {
			if !strings.Contains(pages[0], want) {
				t.Errorf("title %q: %s is not on the first page", title, want)
			}
		}
	}
}

func TestPageBreak(t *testing.T) {
	doc := paper.Document{Size: paper.A6, Blocks: []paper.Block{
		paper.PageBreak{}, paper.Paragraph{Text: "one"}, paper.PageBreak{}, paper.PageBreak{}, paper.Heading{Level: 1, Text: "two"}, paper.PageBreak{}, paper.Paragraph{Text: "three"}, paper.PageBreak{},
	}}
	pages := pagesOf(t, pdfOf(t, doc))
	if len(pages) != 3 {
		t.Fatalf("%d pages: %q", len(pages), pages)
	}
	for i, want := range []string{"one", "two", "three"} {
		if !strings.Contains(pages[i], want) {
			t.Errorf("page %d is %q", i+1, pages[i])
		}
	}
}

func TestEmptyDocument(t *testing.T) {
	for _, doc := range []paper.Document{
		{Size: paper.A4},
		{Size: paper.Letter, Blocks: []paper.Block{paper.Heading{Level: 1}, paper.Paragraph{}, paper.List{}, paper.Table{}, paper.Fields{}, paper.Checklist{}, paper.Drawing{Width: 1, Height: 1}}},
		{Size: paper.A6, Dark: true, Blocks: []paper.Block{paper.Table{Columns: make([]paper.Column, 2)}, paper.Table{Columns: make([]paper.Column, 2), Rows: [][]string{{"", ""}}}}},
	} {
		if text := strings.Join(pagesOf(t, pdfOf(t, doc)), ""); !strings.Contains(text, "page 1/1") {
			t.Errorf("%q", text)
		}
	}
}

func TestSameBytes(t *testing.T) {
	for name, doc := range samples() {
		want := pdfOf(t, doc)
		for range 5 {
			if !bytes.Equal(pdfOf(t, doc), want) {
				t.Fatalf("%s: the same document gives other bytes", name)
			}
		}
	}
	if dated := pdfOf(t, movementOrder(paper.A4)); bytes.Count(dated, []byte("D:20260514163000")) != 2 {
		t.Error("the date of the document is not in its file")
	}
	if undated := pdfOf(t, dashCard()); bytes.Count(undated, []byte("D:19700101000000")) != 2 {
		t.Error("a document without a date has one that is not the fixed one")
	}
}

// What the letters lack is seen and counted; composed or not, accents are printed.
func TestCharactersThatTheLettersLack(t *testing.T) {
	doc := paper.Document{Size: paper.A4, Title: "Letters", Blocks: []paper.Block{
		paper.Paragraph{Text: "東京 سلام x😀y"},
		paper.Paragraph{Text: "e\u0301te\u0301 ĆĐŁ Αθήνα Київ ≥5\u00a0m soft\u00adhyphen non\u2011breaking zero\u200dwidth\ufe0f"},
		paper.Paragraph{Text: "a\x1b[31mb\u202ec\x00d"},
	}}
	text := strings.Join(pagesOf(t, pdfOf(t, doc)), "\n")
	for _, want := range []string{"□□ □□□□ x□y", "été ĆĐŁ Αθήνα Київ ≥5", "softhyphen non-breaking zerowidth", "a[31mbcd", "7 characters of this document are printed as □"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	doc.Blocks = []paper.Block{paper.Heading{Level: 1, Text: "京"}}
	if text := strings.Join(pagesOf(t, pdfOf(t, doc)), "\n"); !strings.Contains(text, "1 character of this document is printed as □") {
		t.Error(text)
	}
}

// Labels are read once, for all their halo, and lie outside the frame for nobody.
func TestLabelsAreReadOnce(t *testing.T) {
	label := paper.Label{At: paper.Point{X: 50, Y: 50}, Text: "HALOWORD", Size: 5}
	turned, white, far := label, label, label
	turned.Text, turned.Turn = "TURNEDWORD", 30
	white.Text, white.White, white.At.Y = "WHITEWORD", true, 80
	far.Text, far.At.X = "FARWORD", 900
	doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{paper.Drawing{Width: 100, Height: 100, Shapes: []paper.Shape{label, turned, white, far}}}}
	text := tool(t, pdfOf(t, doc), "poppler-utils", "pdftotext", "-raw", "@", "-")
	for word, n := range map[string]int{"HALOWORD": 1, "TURNEDWORD": 1, "WHITEWORD": 1, "FARWORD": 0} {
		if got := strings.Count(text, word); got != n {
			t.Errorf("%s is there %d times, want %d", word, got, n)
		}
	}
}

type failing struct{}

var errFull = errors.New("no space left")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	if err := paper.WritePDF(failing{}, dashCard()); !errors.Is(err, errFull) {
		t.Errorf("PDF: %v", err)
	}
	if err := paper.WriteHTML(failing{}, dashCard()); !errors.Is(err, errFull) {
		t.Errorf("HTML: %v", err)
	}
}
