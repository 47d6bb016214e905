package hazard

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/geo"
)

// Format is a format of survey forms.
type Format string

// Formats.
const (
	CSV     Format = "csv"
	GeoJSON Format = "geojson"
)

// The columns of a form. Those before kind are written by the planner and say
// where to look; the place is read back from lat and lon, the others are not
// read. The rest is for the surveyor to fill in.
const (
	colNo       = "no"
	colLeg      = "leg"
	colOdometer = "odometer_km"
	colRoad     = "road"
	colMapSays  = "map_says"
	colLat      = "lat"
	colLon      = "lon"
	colKind     = "kind"
	colRating   = "rating"
	colNote     = "note"
	colSurveyor = "surveyor"
	colDate     = "date"
	colExpiry   = "expiry"
	colFrom     = "from"
	colTo       = "to"
)

// Columns returns the columns of a form, in order: the allow-list of intake.
func Columns() []string {
	return []string{
		colNo, colLeg, colOdometer, colRoad, colMapSays, colLat, colLon,
		colKind, colRating, colNote, colSurveyor, colDate, colExpiry, colFrom, colTo,
	}
}

// notSurveyed stands in a form where nobody looked.
const notSurveyed = "?"

// A FormRow is a place to look at.
type FormRow struct {
	Leg      string
	Odometer float64 // km from the start of the leg; NaN if it has none
	Road     string
	MapSays  string // what is known: kind and evidence
	Point    geo.Point
	Kind     Kind // what to rate there
}

// WriteForm writes a form for the places, in order. CSV is UTF-8 with a byte
// order mark and CRLF, as spreadsheets expect it; what a spreadsheet would take
// for a formula is guarded by an apostrophe.
func WriteForm(w io.Writer, format Format, rows []FormRow) error {
	switch format {
	case CSV:
		return writeCSV(w, rows)
	case GeoJSON:
		return writeGeoJSON(w, rows)
	}
	return fmt.Errorf("survey form: there is no format %q; use csv or geojson", format)
}

func writeCSV(w io.Writer, rows []FormRow) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString("\ufeff"); err != nil {
		return fmt.Errorf("survey form: %w", err)
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if err := c.Write(Columns()); err != nil {
		return fmt.Errorf("survey form: %w", err)
	}
	for i, r := range rows {
		lat, lon := r.Point.Degrees()
		odometer := ""
		if !math.IsNaN(r.Odometer) {
			odometer = strconv.FormatFloat(r.Odometer, 'f', 2, 64)
		}
		record := []string{
			strconv.Itoa(i + 1), guard(r.Leg), odometer, guard(r.Road), guard(r.MapSays),
			strconv.FormatFloat(lat, 'f', 7, 64), strconv.FormatFloat(lon, 'f', 7, 64),
			r.Kind.String(), notSurveyed, "", "", "", "", "", "",
		}
		if err := c.Write(record); err != nil {
			return fmt.Errorf("survey form: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("survey form: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("survey form: %w", err)
	}
	return nil
}

// formulas are the characters that make a spreadsheet compute a cell.
const formulas = "=+-@\t\r"

// guard keeps a text from being taken for a formula, and on one line.
func guard(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }), " ")
	if s != "" && strings.ContainsRune(formulas, rune(s[0])) {
		return "'" + s
	}
	return s
}

// unguard takes the apostrophe off again.
func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune(formulas, rune(s[1])) {
		return s[1:]
	}
	return s
}

// formProperties are the properties of a feature, in the order of the columns.
type formProperties struct {
	No       int      `json:"no"`
	Leg      string   `json:"leg"`
	Odometer *float64 `json:"odometer_km"`
	Road     string   `json:"road"`
	MapSays  string   `json:"map_says"`
	Kind     string   `json:"kind"`
	Rating   string   `json:"rating"`
	Note     string   `json:"note"`
	Surveyor string   `json:"surveyor"`
	Date     string   `json:"date"`
	Expiry   string   `json:"expiry"`
	From     string   `json:"from"`
	To       string   `json:"to"`
}

type formGeometry struct {
	Type        string     `json:"type"`
	Coordinates [2]float64 `json:"coordinates"`
}

type formFeature struct {
	Type       string         `json:"type"`
	Geometry   formGeometry   `json:"geometry"`
	Properties formProperties `json:"properties"`
}

func writeGeoJSON(w io.Writer, rows []FormRow) error {
	collection := struct {
		Type     string        `json:"type"`
		Features []formFeature `json:"features"`
	}{"FeatureCollection", make([]formFeature, 0, len(rows))}
	for i, r := range rows {
		lat, lon := r.Point.Degrees()
		p := formProperties{No: i + 1, Leg: r.Leg, Road: r.Road, MapSays: r.MapSays, Kind: r.Kind.String(), Rating: notSurveyed}
		if !math.IsNaN(r.Odometer) {
			km := math.Round(r.Odometer*100) / 100
			p.Odometer = &km
		}
		collection.Features = append(collection.Features, formFeature{"Feature", formGeometry{"Point", [2]float64{lon, lat}}, p})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(collection); err != nil {
		return fmt.Errorf("survey form: %w", err)
	}
	return nil
}
