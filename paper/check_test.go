package paper_test

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/paper"
)

// What cannot be printed is refused with the block named, in both forms.
func TestRefused(t *testing.T) {
	ok := paper.Point{X: 1, Y: 1}
	nan := paper.Point{X: math.NaN(), Y: 1}
	drawing := func(s paper.Shape) paper.Block {
		return paper.Drawing{Width: 10, Height: 10, Shapes: []paper.Shape{paper.Circle{Centre: ok}, s}}
	}
	for name, test := range map[string]struct {
		block paper.Block
		want  string
	}{
		"no block":        {nil, "block 2 is a <nil>"},
		"pointer":         {&paper.Paragraph{Text: "x"}, "block 2 is a *paper.Paragraph"},
		"level":           {paper.Heading{Level: 4}, "block 2 (heading): level 4"},
		"short row":       {paper.Table{Columns: make([]paper.Column, 2), Rows: [][]string{{"a", "b"}, {"a"}}}, "block 2 (table): row 2 has 1 texts for 2 columns"},
		"strong":          {paper.Table{Columns: make([]paper.Column, 1), Rows: [][]string{{"a"}}, Strong: []int{1}}, "block 2 (table): row 1 is to stand out"},
		"share":           {paper.Table{Columns: []paper.Column{{Share: math.NaN()}}}, "block 2 (table): column 1 has the share NaN"},
		"no size":         {paper.Drawing{Width: 10}, "block 2 (drawing): size of 10 mm by 0 mm"},
		"infinite size":   {paper.Drawing{Width: math.Inf(1), Height: 1}, "block 2 (drawing): size of +Inf"},
		"no shape":        {drawing(nil), "block 2 (drawing): shape 2: it is a <nil>"},
		"line":            {drawing(paper.Line{Points: []paper.Point{ok, nan}}), "block 2 (drawing): shape 2: point 2 at NaN, 1"},
		"width":           {drawing(paper.Line{Width: -1}), "shape 2: width of -1 mm"},
		"casing":          {drawing(paper.Line{Casing: math.Inf(1)}), "shape 2: casing of +Inf mm"},
		"dash":            {drawing(paper.Line{Dash: []float64{0, 0}}), "shape 2: dashes of 0 mm in all"},
		"negative dash":   {drawing(paper.Line{Dash: []float64{2, -1}}), "shape 2: dash of -1 mm"},
		"grey":            {drawing(paper.Fill{Grey: 1.5}), "shape 2: grey of 1.5"},
		"far away":        {drawing(paper.Fill{Points: []paper.Point{{X: 1e300}}}), "shape 2: point 1 at 1e+300, 0"},
		"radius":          {drawing(paper.Circle{Radius: math.NaN()}), "shape 2: radius of NaN mm"},
		"size of letters": {drawing(paper.Label{Size: -3}), "shape 2: size of -3 mm"},
		"turn":            {drawing(paper.Label{Turn: math.Inf(-1)}), "shape 2: turn of -Inf degrees"},
		"anchor":          {drawing(paper.Label{Anchor: "left"}), `shape 2: anchor "left"`},
	} {
		doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{paper.PageBreak{}, test.block}}
		for form, err := range map[string]error{"PDF": paper.WritePDF(io.Discard, doc), "HTML": paper.WriteHTML(io.Discard, doc)} {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v, want %q", name, form, err, test.want)
			}
		}
		if _, err := paper.Pages(doc); err == nil {
			t.Errorf("%s: Pages counts it", name)
		}
	}
	for size, want := range map[paper.Size]string{"": `no sheet ""`, "a5": `no sheet "a5"`} {
		if err := paper.WritePDF(io.Discard, paper.Document{Size: size}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", size, err)
		}
	}
}

// What does not fit on the sheet is refused, and what hardly does is not.
func TestTooMuchForTheSheet(t *testing.T) {
	table := func(n int) paper.Document {
		row := make([]string, n)
		for i := range row {
			row[i] = "words"
		}
		return paper.Document{Size: paper.A6, Blocks: []paper.Block{paper.Table{Columns: make([]paper.Column, n), Rows: [][]string{row}}}}
	}
	if err := paper.WritePDF(io.Discard, table(60)); err == nil || !strings.Contains(err.Error(), "block 1: 60 columns do not fit on a sheet 105 mm wide: give 21 at most") {
		t.Error(err)
	}
	if err := paper.WritePDF(io.Discard, table(21)); err != nil {
		t.Error(err)
	}
	doc := paper.Document{Size: paper.A6, Marking: strings.Repeat("VERY LONG MARKING ", 60)}
	if err := paper.WritePDF(io.Discard, doc); err == nil || !strings.Contains(err.Error(), "marking and foot leave less than half of the page") {
		t.Error(err)
	}
}
