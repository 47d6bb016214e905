package paper_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/paper"
)

// rendered is the first page as a printer would put it on paper, and how many of
// its pixels a millimetre has.
//
// The picture goes to a file, which is there whole or not at all. A renderer that a
// signal has ended, as a machine short of memory does, has said nothing about the
// document and is started again once; every other failure is one, and is told with
// what the renderer wrote and how large the files are.
func rendered(t *testing.T, doc paper.Document) (image.Image, float64) {
	t.Helper()
	program := testdata.Tool(t, "pdftoppm", "poppler-utils")
	dir := t.TempDir()
	pdf, picture := filepath.Join(dir, "document.pdf"), filepath.Join(dir, "page")
	src := pdfOf(t, doc)
	if err := os.WriteFile(pdf, src, 0o600); err != nil {
		t.Fatal(err)
	}
	const dpi = 300
	render := func() (says []byte, signalled bool, err error) {
		says, err = exec.Command(program, "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-gray", "-png", "-singlefile", pdf, picture).CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		return says, ok && exit.ExitCode() < 0, err
	}
	says, signalled, err := render()
	if signalled {
		t.Logf("%s: %v; started again", program, err)
		says, _, err = render()
	}
	out, readErr := os.ReadFile(picture + ".png")
	if err != nil || readErr != nil {
		t.Fatalf("%s: %v, %v\nPDF of %d bytes, picture of %d; it says: %s", program, err, readErr, len(src), len(out), says)
	}
	page, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatalf("%v\nPDF of %d bytes, picture of %d; the renderer says: %s", err, len(src), len(out), says)
	}
	if b := page.Bounds(); b.Min != (image.Point{}) || b.Empty() {
		t.Fatalf("a picture of %v", b)
	}
	return page, dpi / 25.4
}

// luminance is the relative luminance of a level of grey (WCAG 2.2, section
// "relative luminance").
func luminance(level float64) float64 {
	if level <= 0.04045 {
		return level / 12.92
	}
	return math.Pow((level+0.055)/1.055, 2.4)
}

// contrast is the ratio that WCAG 2.2 calls so.
func contrast(a, b float64) float64 {
	a, b = luminance(a)+0.05, luminance(b)+0.05
	return max(a, b) / min(a, b)
}

// grey is the level of grey of a pixel.
func grey(page image.Image, x, y float64) float64 {
	r, _, _, _ := page.At(int(x), int(y)).RGBA()
	return float64(r) / 0xffff
}

// A route with its casing stands out of a net of thin grey lines: from the casing
// beside it, and from the darkest pixel of the lines that it crosses, in print and
// in the dark.
func TestRouteStandsOut(t *testing.T) {
	for _, dark := range []bool{false, true} {
		drawing := paper.Drawing{Width: 170, Height: 100}
		for x := 5.0; x < 170; x += 10 {
			drawing.Shapes = append(drawing.Shapes, paper.Line{Points: []paper.Point{{X: x, Y: 0}, {X: x, Y: 100}}, Width: 0.3, Grey: 0.55})
		}
		drawing.Shapes = append(drawing.Shapes, paper.Line{Points: []paper.Point{{X: 0, Y: 50}, {X: 170, Y: 50}}, Width: 1.5, Casing: 0.8})
		page, mm := rendered(t, paper.Document{Size: paper.A4, Dark: dark, Blocks: []paper.Block{drawing}})
		b := page.Bounds()
		width, height := float64(b.Dx()), float64(b.Dy())
		ink, ground := 0.0, 1.0
		if dark {
			ink, ground = 1, 0
		}
		// The drawing is 170 mm wide, as is the page between its margins: nothing is
		// scaled. The route is the longest run of ink along the middle of the page, from the top down.
		middle := width / 2
		for grey(page, middle, 0) != ground || !bareColumn(page, middle, ground) {
			middle++ // between two of the thin lines
		}
		var routes []float64
		for y := 0.0; y < height; y++ {
			if math.Abs(grey(page, middle, y)-ink) < 0.02 {
				routes = append(routes, y)
			}
		}
		thickest, from := 0, 0.0
		for i, run := 0, 0; i < len(routes); i++ {
			if i > 0 && routes[i] == routes[i-1]+1 {
				run++
			} else {
				run = 1
			}
			if run > thickest {
				thickest, from = run, routes[i]-float64(run)+1
			}
		}
		if thick := float64(thickest) / mm; math.Abs(thick-1.5) > 0.15 {
			t.Errorf("dark %v: the route is %.2f mm thick on paper", dark, thick)
		}
		route := grey(page, middle, from+float64(thickest)/2)
		casing := func(y float64) float64 { // the worst pixel along the edge
			worst := ground
			for x := 40 * mm; x < 160*mm; x++ {
				if g := grey(page, x, y); math.Abs(g-ink) < math.Abs(worst-ink) {
					worst = g
				}
			}
			return worst
		}
		for _, y := range []float64{from - 0.4*mm, from + float64(thickest) + 0.4*mm} {
			if c := contrast(route, casing(y)); c < 3 {
				t.Errorf("dark %v: route to casing %.2f:1", dark, c)
			}
		}
		if dark {
			continue // on black there are no greys: the width tells them apart
		}
		thin := 1.0
		for x := 40 * mm; x < 160*mm; x++ {
			thin = min(thin, grey(page, x, from-10*mm))
		}
		if thin == 1 {
			t.Fatal("no thin lines to be seen")
		}
		if c := contrast(route, thin); c < 3 {
			t.Errorf("route to thin lines %.2f:1", c)
		} else {
			t.Logf("route to thin lines %.2f:1", c)
		}
	}
}

// bareColumn reports whether the pixels around a column, in the middle of the page's
// upper half, are bare.
func bareColumn(page image.Image, x, ground float64) bool {
	y := float64(page.Bounds().Dy()) / 6
	for dx := -4.0; dx <= 4; dx++ {
		if grey(page, x+dx, y) != ground {
			return false
		}
	}
	return true
}

// Nothing of a drawing is seen outside its frame.
func TestDrawingIsCut(t *testing.T) {
	corner := paper.Point{X: -500, Y: -500}
	doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{paper.Drawing{Width: 170, Height: 60, Shapes: []paper.Shape{
		paper.Fill{Points: []paper.Point{corner, {X: 900, Y: -500}, {X: 900, Y: 900}, {X: -500, Y: 900}}, Grey: 0},
		paper.Line{Points: []paper.Point{corner, {X: 500, Y: 500}}, Width: 40},
		paper.Circle{Centre: paper.Point{X: 170, Y: 60}, Radius: 50, Edge: 3},
	}}}}
	page, mm := rendered(t, doc)
	b := page.Bounds()
	bare := func(x1, y1, x2, y2 float64) {
		t.Helper()
		part := image.Rect(int(x1*mm), int(y1*mm), int(x2*mm), int(y2*mm))
		if !part.In(b) {
			t.Fatalf("%v is not on the page, %v", part, b)
		}
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				if g := grey(page, float64(x), float64(y)); g != 1 {
					t.Fatalf("ink (%.2f) at %.1f mm, %.1f mm of a page of %v", g, float64(x)/mm, float64(y)/mm, b)
				}
			}
		}
	}
	height := float64(b.Dy()-1) / mm
	bare(0, 0, 21.5, height)
	bare(192.5, 0, 209, height)
	bare(0, 78, 209, height-25)
	if grey(page, 100*mm, 40*mm) != 0 {
		t.Error("the drawing is not there")
	}
}

// Texts after a drawing are seen whatever the drawing was filled with.
func TestTextAfterADrawingIsSeen(t *testing.T) {
	for _, dark := range []bool{false, true} {
		for _, shade := range []float64{0, 1} {
			for _, turn := range []float64{0, 40} {
				square := []paper.Point{{X: 2, Y: 2}, {X: 20, Y: 2}, {X: 20, Y: 20}}
				doc := paper.Document{Size: paper.A6, Dark: dark, Blocks: []paper.Block{
					paper.Drawing{Width: 90, Height: 30, Shapes: []paper.Shape{
						paper.Fill{Points: square, Grey: shade}, paper.Label{At: square[0], Text: "label", Size: 3, Turn: turn}, paper.Fill{Points: square, Grey: shade},
					}},
					paper.Paragraph{Text: "HHHHHHHHHHHHHHHHHHHHHHHHHHHH"},
				}}
				page, mm := rendered(t, doc)
				ink := 0.0
				if dark {
					ink = 1
				}
				seen := 0
				for y := 39.5 * mm; y < 55*mm; y++ {
					for x := 9 * mm; x < 40*mm; x++ {
						if math.Abs(grey(page, x, y)-ink) < 0.05 {
							seen++
						}
					}
				}
				if seen < 200 {
					t.Errorf("dark %v, filled %v, turned %v: %d pixels of ink below the drawing", dark, shade, turn, seen)
				}
			}
		}
	}
}

// What it costs grows with what is written, no faster.
func TestCostIsLinear(t *testing.T) {
	mallocs := func(rows int, write func(io.Writer, paper.Document) error) float64 {
		doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{bigTable(rows)}}
		return testing.AllocsPerRun(1, func() {
			if err := write(io.Discard, doc); err != nil {
				t.Fatal(err)
			}
		})
	}
	for name, write := range map[string]func(io.Writer, paper.Document) error{"PDF": paper.WritePDF, "HTML": paper.WriteHTML} {
		if small, large := mallocs(500, write), mallocs(2000, write); large > 4.4*small {
			t.Errorf("%s: %v allocations for 500 rows, %v for 2,000", name, small, large)
		}
	}
}
