package order_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/order"
	sheet "github.com/outrider-project/outrider/paper"
)

func sampleChart() order.Chart {
	p := sample("Alpha", 3)
	leg := &p.Legs[0]
	return order.Chart{
		Caption: "Map", Map: gridMap(24), Width: 170, Credit: "© OpenStreetMap contributors", Areas: p.Areas,
		Routes: []order.ChartRoute{{Points: leg.Routes[1].Points, Other: true}, {Points: leg.Routes[0].Points}},
		Marks:  order.ChartMarks(leg.Routes[0].March, ""),
	}
}

// luminance is that of a grey of sRGB (WCAG 2.2, relative luminance).
func luminance(grey float64) float64 {
	if grey <= 0.04045 {
		return grey / 12.92
	}
	return math.Pow((grey+0.055)/1.055, 2.4)
}

func contrast(a, b float64) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// The route stands out from every line of the ground: at least three to one in
// grey, wider than any, with a white edge, and above them.
func TestRouteStandsOut(t *testing.T) {
	c := sampleChart()
	d, ok := c.Drawing()
	if !ok {
		t.Fatal("there is no drawing")
	}
	route, lines := -1, 0
	for i, s := range d.Shapes {
		if l, is := s.(sheet.Line); is && l.Width == 1.5 {
			route = i
		}
	}
	if route < 0 {
		t.Fatal("there is no route")
	}
	r := d.Shapes[route].(sheet.Line)
	if r.Casing <= 0 {
		t.Error("the route has no white edge")
	}
	for i, s := range d.Shapes[:route] {
		switch s := s.(type) {
		case sheet.Line:
			if len(s.Dash) > 0 && s.Casing > 0 { // another route
				continue
			}
			if s.Width == 0.4 && s.Grey == 0.3 { // the border of an area
				continue
			}
			lines++
			if k := contrast(s.Grey, r.Grey); k < 3 {
				t.Errorf("line %d has a contrast of %.1f to 1 with the route", i, k)
			}
			if s.Width > 0.7*r.Width {
				t.Errorf("line %d is %.2f mm wide", i, s.Width)
			}
		case sheet.Fill:
			if k := contrast(s.Grey, r.Grey); k < 3 {
				t.Errorf("fill %d has a contrast of %.1f to 1 with the route", i, k)
			}
		}
	}
	if lines < 20 {
		t.Errorf("only %d lines of the ground", lines)
	}
}

// Every number of a drawing is finite, marks lie inside, and the same chart gives
// the same drawing.
func TestChartIsSound(t *testing.T) {
	c := sampleChart()
	d, _ := c.Drawing()
	again, _ := c.Drawing()
	if !reflect.DeepEqual(d, again) {
		t.Error("two drawings of one chart differ")
	}
	if d.Width != 170 || d.Height < 50 || d.Height > 1.2*170+0.1 {
		t.Errorf("%g by %g mm", d.Width, d.Height)
	}
	var texts []string
	sound := func(p sheet.Point) {
		if math.IsNaN(p.X+p.Y) || math.Abs(p.X) > 1000 || math.Abs(p.Y) > 1000 {
			t.Fatalf("a shape lies at %v", p)
		}
	}
	for _, s := range d.Shapes {
		switch s := s.(type) {
		case sheet.Line:
			for _, p := range s.Points {
				sound(p)
			}
		case sheet.Fill:
			for _, p := range s.Points {
				sound(p)
			}
		case sheet.Circle:
			sound(s.Centre)
		case sheet.Label:
			texts = append(texts, s.Text)
			if s.At.X < 0 || s.At.X > d.Width || s.At.Y < 0 || s.At.Y > d.Height {
				t.Errorf("%q lies outside", s.Text)
			}
		}
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"SP", "RP", "1", "2", "3", "N", "Great City", "Little <Town>", "© OpenStreetMap contributors"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not on the map", want)
		}
	}
	c.Call = func(string) string { return "" }
	d, _ = c.Drawing()
	for _, s := range d.Shapes {
		if l, ok := s.(sheet.Label); ok && strings.Contains(l.Text, "City") {
			t.Error("a name is on the map that must not be")
		}
	}
}

func TestNothingToChart(t *testing.T) {
	for name, c := range map[string]order.Chart{
		"no route": {Width: 100}, "one point": {Width: 100, Routes: []order.ChartRoute{{Points: []outrider.LatLon{{}}}}},
		"no width": {Routes: sampleChart().Routes},
	} {
		if _, ok := c.Drawing(); ok {
			t.Errorf("%s: there is a drawing", name)
		}
	}
}
