package hazard

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of intake.
const (
	MaxForm = 4 << 20 // bytes of a form
	MaxRows = 20_000  // rows of a form
	// MaxErrors is how many errors are kept of one form; a form with more is no
	// form that somebody mends row by row.
	MaxErrors = 200
)

// A RowError is why a row of a form is refused.
type RowError struct {
	Row    int    // from 1, as the spreadsheet counts: the header is row 1; in GeoJSON the feature's number; 0 for the whole form
	Column string // "" for the whole row
	Cause  string
	Remedy string
}

// Error gives place, cause and remedy in one line.
func (e *RowError) Error() string {
	var b strings.Builder
	if e.Row > 0 {
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Column != "" {
		b.WriteString(e.Column + ": ")
	}
	b.WriteString(e.Cause)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// An Intake is what was read from a form.
type Intake struct {
	Name       string
	Findings   []Finding  // without ids, not yet on the network
	Rows       []int      // the row of each finding
	Unsurveyed int        // rows that nobody filled in, or with ? for the rating
	Errors     []RowError // the first MaxErrors
	Refused    int        // all errors, those not kept included
}

// Err returns everything refused as one error, nil if nothing was.
func (in *Intake) Err() error {
	all := make([]error, 0, len(in.Errors))
	for i := range in.Errors {
		all = append(all, fmt.Errorf("%s: %w", in.Name, &in.Errors[i]))
	}
	if n := in.Refused - len(in.Errors); n > 0 {
		all = append(all, fmt.Errorf("%s: and %d errors more", in.Name, n))
	}
	return errors.Join(all...)
}

// Refuse adds what Snap refused to the errors, under the rows of the form.
func (in *Intake) Refuse(refused []Refusal) {
	for _, r := range refused {
		in.refuse(in.Rows[r.Index], r.Column, r.Cause, r.Remedy)
	}
	slices.SortStableFunc(in.Errors, func(a, b RowError) int { return cmp.Compare(a.Row, b.Row) })
}

// ReadForm reads findings from a filled-in form. Only the columns of Columns are
// taken; a form with others is refused, as is every row with something wrong in
// it. The rows without fault are returned all the same: whether to take them is
// for the caller to decide.
func ReadForm(name string, src []byte, format Format) *Intake {
	in := &Intake{Name: name}
	switch {
	case len(src) > MaxForm:
		in.refuse(0, "", fmt.Sprintf("the form has %d bytes, more than %d", len(src), MaxForm), "split it")
	case !utf8.Valid(src):
		in.refuse(0, "", "the form is not valid UTF-8", "save it in the encoding UTF-8")
	case format == CSV:
		in.readCSV(src)
	case format == GeoJSON:
		in.readGeoJSON(src)
	default:
		in.refuse(0, "", fmt.Sprintf("there is no format %q", format), "use csv or geojson")
	}
	return in
}

func (in *Intake) refuse(row int, column, cause, remedy string) {
	in.Refused++
	if len(in.Errors) < MaxErrors {
		in.Errors = append(in.Errors, RowError{row, column, cause, remedy})
	}
}

// required are the columns without which nothing can be read.
func required() []string {
	return []string{colLat, colLon, colKind, colRating, colSurveyor, colDate, colExpiry}
}

func (in *Intake) readCSV(src []byte) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	skipped := 0
	var separator rune
	if line, rest, ok := bytes.Cut(src, []byte{'\n'}); ok && bytes.HasPrefix(bytes.TrimRight(line, "\r"), []byte("sep=")) {
		// A spreadsheet's own note of the separator.
		if s := string(bytes.TrimRight(line, "\r"))[4:]; s == ";" || s == "," || s == "\t" {
			separator = rune(s[0])
		}
		src, skipped = rest, 1
	}
	if separator == 0 {
		separator = separatorOf(src)
	}
	r := csv.NewReader(bytes.NewReader(src))
	r.Comma = separator
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		in.refuse(0, "", "the form is empty", "write one with survey new")
		return
	}
	if err != nil {
		in.refuse(1+skipped, "", csvCause(err), "save the form as CSV with , or ; between the columns")
		return
	}
	columns, ok := in.header(header, 1+skipped)
	if !ok {
		return
	}
	read := r.InputOffset()
	row, lines := 1+skipped, lineEnds(src[:read])
	for count := 1; ; count++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			in.refuse(row+1, "", csvCause(err), "look for a quotation mark that is not closed")
			return // where the next row begins is unknown
		}
		// A spreadsheet counts empty lines as rows, and a cell of two lines as one.
		start, _ := r.FieldPos(0)
		row += start - lines
		lines += lineEnds(src[read:r.InputOffset()])
		read = r.InputOffset()
		if count > MaxRows {
			in.refuse(row, "", fmt.Sprintf("the form has more than %d rows", MaxRows), "split it")
			return
		}
		if len(record) > len(columns) && strings.Join(record[len(columns):], "") != "" {
			in.refuse(row, "", fmt.Sprintf("the row has %d cells, the header %d", len(record), len(columns)),
				"put text that holds a separator in quotation marks")
			continue
		}
		cells := make(map[string]string, len(columns))
		for i, name := range columns {
			if i < len(record) {
				cells[name] = unguard(strings.TrimSpace(record[i]))
			}
		}
		in.row(row, cells, separator == ';')
	}
}

func lineEnds(src []byte) int { return bytes.Count(src, []byte{'\n'}) }

// separatorOf returns the separator of the header line, which holds no quoted
// names of columns.
func separatorOf(src []byte) rune {
	line, _, _ := bytes.Cut(src, []byte{'\n'})
	best, most := ',', bytes.Count(line, []byte{','})
	for _, s := range ";\t" {
		if n := bytes.Count(line, []byte(string(s))); n > most {
			best, most = s, n
		}
	}
	return best
}

func csvCause(err error) string {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return "this is not CSV: " + parse.Err.Error()
	}
	return "this is not CSV: " + err.Error()
}

// header checks the names of the columns. Empty ones at the end, which
// spreadsheets leave, do not count.
func (in *Intake) header(header []string, row int) (columns []string, ok bool) {
	for len(header) > 0 && strings.TrimSpace(header[len(header)-1]) == "" {
		header = header[:len(header)-1]
	}
	before := in.Refused
	known := Columns()
	if len(header) > 2*len(known) {
		in.refuse(row, "", fmt.Sprintf("the form has %d columns", len(header)), unknownRemedy())
		return nil, false
	}
	for _, h := range header {
		name := strings.ToLower(strings.TrimSpace(h))
		switch {
		case !slices.Contains(known, name):
			in.refuse(row, clip(name), "the form has no such column", unknownRemedy())
		case slices.Contains(columns, name):
			in.refuse(row, name, "the column is there twice", "remove one of them")
		}
		columns = append(columns, name)
	}
	for _, name := range required() {
		if !slices.Contains(columns, name) {
			in.refuse(row, name, "the column is missing", "begin with a form written by survey new; the first line names the columns")
		}
	}
	return columns, in.Refused == before
}

func unknownRemedy() string {
	return "remove it; a survey is about places, and the columns are " + strings.Join(Columns(), ", ")
}

// row reads one row. Decimal commas are taken where the separator is a
// semicolon, as in much of Europe.
func (in *Intake) row(row int, cells map[string]string, decimalComma bool) {
	filled := false
	for _, name := range []string{colRating, colNote, colSurveyor, colDate, colExpiry, colFrom, colTo} {
		filled = filled || cells[name] != "" && cells[name] != notSurveyed
	}
	if !filled {
		if slices.ContainsFunc(slices.Collect(maps.Values(cells)), func(s string) bool { return s != "" }) {
			in.Unsurveyed++
		}
		return
	}
	if cells[colRating] == notSurveyed {
		in.Unsurveyed++
		return
	}
	before := in.Refused
	f := Finding{Note: cells[colNote], Surveyor: cells[colSurveyor]}
	refused := make(map[string]bool)
	bad := func(column, cause, remedy string) {
		refused[column] = true
		in.refuse(row, column, cause, remedy)
	}

	kind, ok := ParseKind(cells[colKind])
	if !ok || kind >= Unsurveyed {
		bad(colKind, fmt.Sprintf("%q is no kind of finding", clip(cells[colKind])), "use one of "+kindList())
	} else {
		f.Kind = kind
	}
	rating, err := strconv.ParseUint(cells[colRating], 10, 8)
	if err != nil || rating > MaxRating {
		bad(colRating, fmt.Sprintf("%q is no rating", clip(cells[colRating])), "rate from 0 (not there) to 4 (as bad as it gets), or write ? where nobody looked")
	} else {
		f.Rating = uint8(rating)
	}
	degrees := func(column string, most float64) float64 {
		text := cells[column]
		if decimalComma {
			text = strings.Replace(text, ",", ".", 1)
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= -most && v <= most) {
			bad(column, fmt.Sprintf("%q is not a number of degrees from %v to %v", clip(cells[column]), -most, most), "give decimal degrees such as 39.1582")
			return 0
		}
		return v
	}
	f.Lat, f.Lon = degrees(colLat, 90), degrees(colLon, 180)
	date := func(column string) (d Day, ok bool) {
		d, err := ParseDay(cells[column])
		if err != nil {
			bad(column, fmt.Sprintf("%q is no date", clip(cells[column])), "write it as 2026-11-23; set the column to text where the spreadsheet changes it")
		}
		return d, err == nil
	}
	var dated, expires bool
	f.Date, dated = date(colDate)
	f.Expiry, expires = date(colExpiry)
	moment := func(column string) time.Time {
		if cells[column] == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, cells[column])
		if err != nil {
			t, err = time.Parse("2006-01-02T15:04Z07:00", cells[column])
		}
		if err != nil || t.Year() < 1970 {
			bad(column, fmt.Sprintf("%q is no time", clip(cells[column])), "write date, time and offset such as 2026-11-23T08:00+01:00")
			return time.Time{}
		}
		return t.UTC().Truncate(time.Second)
	}
	f.From, f.To = moment(colFrom), moment(colTo)
	for _, fault := range f.Faults() {
		dates := fault.Column == colExpiry && !(dated && expires)
		times := (fault.Column == colFrom || fault.Column == colTo) && (refused[colFrom] || refused[colTo] || refused[colKind])
		if !refused[fault.Column] && !dates && !times {
			bad(fault.Column, fault.Cause, fault.Remedy)
		}
	}
	if in.Refused == before {
		in.Findings = append(in.Findings, f)
		in.Rows = append(in.Rows, row)
	}
}

// What may stand in a GeoJSON form besides the properties: what programs add of
// their own accord and says nothing about people.
type collection struct {
	Type     string            `json:"type"`
	Name     json.RawMessage   `json:"name"`
	CRS      *reference        `json:"crs"`
	Box      []float64         `json:"bbox"`
	Features []json.RawMessage `json:"features"`
}

// A reference is the coordinate reference system that GeoJSON of 2008 had.
type reference struct {
	Type       string `json:"type"`
	Properties struct {
		Name string `json:"name"`
	} `json:"properties"`
}

type feature struct {
	Type     string          `json:"type"`
	ID       json.RawMessage `json:"id"`
	Box      []float64       `json:"bbox"`
	Geometry *struct {
		Type        string    `json:"type"`
		Coordinates []float64 `json:"coordinates"`
	} `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

func strict(src []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return nil
}

func (in *Intake) readGeoJSON(src []byte) {
	const remedy = "begin with a form written by survey new, and keep it a collection of points in WGS84"
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	var all collection
	if err := strict(src, &all); err != nil {
		in.refuse(0, "", "this is no GeoJSON form: "+err.Error(), remedy)
		return
	}
	if all.Type != "FeatureCollection" {
		in.refuse(0, "type", fmt.Sprintf("the type is %q, not FeatureCollection", clip(all.Type)), remedy)
		return
	}
	if all.CRS != nil && !strings.HasSuffix(all.CRS.Properties.Name, ":CRS84") && !strings.HasSuffix(all.CRS.Properties.Name, ":4326") {
		in.refuse(0, "crs", fmt.Sprintf("the coordinates are in %q, not in WGS84", clip(all.CRS.Properties.Name)), "save the form in WGS84 (CRS84)")
		return
	}
	if len(all.Features) > MaxRows {
		in.refuse(0, "features", fmt.Sprintf("the form has more than %d features", MaxRows), "split it")
		return
	}
	for i, raw := range all.Features {
		in.feature(i+1, raw)
	}
}

func (in *Intake) feature(row int, raw []byte) {
	before := in.Refused
	var f feature
	if err := strict(raw, &f); err != nil {
		in.refuse(row, "", "this is no feature of a form: "+err.Error(), "keep type, geometry and properties only")
		return
	}
	if f.Type != "Feature" || f.Geometry == nil || f.Geometry.Type != "Point" || len(f.Geometry.Coordinates) < 2 || len(f.Geometry.Coordinates) > 3 {
		in.refuse(row, "geometry", "the feature is no point", "mark each place by one point")
		return
	}
	cells := map[string]string{
		colLon: strconv.FormatFloat(f.Geometry.Coordinates[0], 'f', -1, 64),
		colLat: strconv.FormatFloat(f.Geometry.Coordinates[1], 'f', -1, 64),
	}
	known := Columns()
	for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
		if !slices.Contains(known, name) {
			in.refuse(row, clip(name), "the form has no such property", unknownRemedy())
			continue
		}
		if name == colLat || name == colLon {
			in.refuse(row, name, "the place is there twice", "remove the property; the point's coordinates say where it is")
			continue
		}
		switch v := f.Properties[name].(type) {
		case nil:
		case string:
			cells[name] = strings.TrimSpace(v)
		case json.Number:
			cells[name] = v.String()
		default:
			in.refuse(row, name, "the value is neither a text nor a number", "write plain text")
		}
	}
	if in.Refused == before {
		in.row(row, cells, false)
	}
}
