package exchange

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// endpoint reads a place: a coordinate, or text to be searched for.
func (r *movementReader) endpoint(at string, f *placeFile) outrider.Endpoint {
	where := at
	if !f.plain {
		where += "/at"
	}
	e := outrider.Endpoint{Label: strings.TrimSpace(f.Label), Text: strings.TrimSpace(f.At), Position: r.position(where)}
	r.text(at+"/label", f.Label)
	r.text(where, f.At)
	switch e.Text {
	case "":
		r.bad(where, "the place is empty", `give "latitude,longitude", a name, or a place id`, nil)
		return e
	case unknown:
		r.bad(where, `the place is "?", which stands for unknown`, `give "latitude,longitude", a name, or a place id; "?" is for what a venue sheet does not know`, nil)
		return e
	}
	p, isPoint := geo.Point{}, false
	var err error
	if looksLikeCoordinate(e.Text) {
		if p, err = parseCoordinate(e.Text); err != nil {
			r.bad(where, err.Error(), `write a coordinate as "latitude,longitude", such as "39.15,-75.52"`, nil)
			return e
		}
		isPoint = true
	} else if geo.LooksLikeGrid(e.Text) {
		// What is no position may still be a name or an id with many digits.
		p, err = geo.ParsePosition(e.Text)
		isPoint = err == nil
	}
	if isPoint {
		lat, lon := p.Degrees()
		e.Point, e.Text = &p, ""
		if e.Label == "" {
			e.Label = fmt.Sprintf("%.5f, %.5f", lat, lon)
		}
	}
	if e.Label == "" {
		e.Label = e.Text
	}
	return e
}

func samePlace(a, b *outrider.Endpoint) bool {
	if a.Point != nil && b.Point != nil {
		return *a.Point == *b.Point
	}
	return a.Point == nil && b.Point == nil && a.Text != "" && a.Text == b.Text
}

// looksLikeCoordinate tells a coordinate, perhaps a misspelt one, from a name:
// it holds a digit and nothing but digits, signs, separators and degree marks.
func looksLikeCoordinate(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789+-.,; \t°") == ""
}

// parseCoordinate reads "latitude,longitude" in degrees.
func parseCoordinate(s string) (geo.Point, error) {
	first, second, ok := strings.Cut(s, ",")
	if !ok {
		return geo.Point{}, fmt.Errorf("%q is no coordinate: there is no comma between latitude and longitude", s)
	}
	lat, err := parseDegrees(first, 90)
	if err != nil {
		return geo.Point{}, fmt.Errorf("latitude %w", err)
	}
	lon, err := parseDegrees(second, 180)
	if err != nil {
		return geo.Point{}, fmt.Errorf("longitude %w", err)
	}
	return geo.PointFromDegrees(lat, lon), nil
}

func parseDegrees(s string, limit float64) (float64, error) {
	s = strings.TrimSpace(s)
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || strings.ContainsAny(s, "xXpP_iInN"):
		return 0, fmt.Errorf("%q is not a number of degrees", s)
	case !(x >= -limit && x <= limit):
		return 0, fmt.Errorf("%s is outside -%g to %g", s, limit, limit)
	}
	return x, nil
}
