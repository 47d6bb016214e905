package hazard_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

const header = "kind,rating,lat,lon,note,surveyor,date,expiry,from,to\n"

func formRows() []hazard.FormRow {
	return []hazard.FormRow{
		{"leg 1", 0.5, "Market Street (US 13)", "bridge way/12: bridge=yes", geo.PointFromDegrees(39.1582, -75.5244), hazard.Kind(network.Bridge)},
		{"=1+1", 12.25, "@home; \"Lane\"", "-1 layer", geo.PointFromDegrees(-39, 75), hazard.Chokepoint},
		{"", math.NaN(), "", "", geo.PointFromDegrees(0, 0), hazard.SafeHavenVerified},
	}
}

func TestFormsAreReadBack(t *testing.T) {
	for _, format := range []hazard.Format{hazard.CSV, hazard.GeoJSON} {
		var b bytes.Buffer
		if err := hazard.WriteForm(&b, format, formRows()); err != nil {
			t.Fatal(err)
		}
		in := hazard.ReadForm("form", b.Bytes(), format)
		if in.Err() != nil || len(in.Findings) != 0 || in.Unsurveyed != 3 {
			t.Fatalf("%s untouched: %d findings, %d unsurveyed, %v", format, len(in.Findings), in.Unsurveyed, in.Err())
		}
		// The surveyor fills in the first two rows.
		text := b.String()
		if format == hazard.CSV {
			text = strings.Replace(text, "bridge,?,,,,,,", "bridge,2,\"narrow, no verge\",R2,2026-11-01,2026-12-01,,", 1)
			text = strings.Replace(text, "chokepoint,?,,,,,,", "chokepoint,4,'+ ditch,SIERRA 4,2026-11-01,2026-12-01,,", 1)
		} else {
			text = strings.Replace(text, `"rating": "?",
    "note": "",
    "surveyor": "",
    "date": "",
    "expiry": ""`, `"rating": 2, "note": "narrow, no verge", "surveyor": "R2", "date": "2026-11-01", "expiry": "2026-12-01"`, 1)
			text = strings.Replace(text, `"rating": "?",
    "note": "",
    "surveyor": "",
    "date": "",
    "expiry": ""`, `"rating": "4", "note": "+ ditch", "surveyor": "SIERRA 4", "date": "2026-11-01", "expiry": "2026-12-01"`, 1)
		}
		in = hazard.ReadForm("form", []byte(text), format)
		if in.Err() != nil || len(in.Findings) != 2 || in.Unsurveyed != 1 {
			t.Fatalf("%s filled in: %d findings, %d unsurveyed, %v\n%s", format, len(in.Findings), in.Unsurveyed, in.Err(), text)
		}
		want := []hazard.Finding{
			{Kind: hazard.Kind(network.Bridge), Rating: 2, Lat: 39.1582, Lon: -75.5244, Note: "narrow, no verge", Surveyor: "R2", Date: day("2026-11-01"), Expiry: day("2026-12-01")},
			{Kind: hazard.Chokepoint, Rating: 4, Lat: -39, Lon: 75, Note: "+ ditch", Surveyor: "SIERRA 4", Date: day("2026-11-01"), Expiry: day("2026-12-01")},
		}
		if !reflect.DeepEqual(in.Findings, want) {
			t.Errorf("%s: got %+v", format, in.Findings)
		}
	}
}

func TestSpreadsheetsDoNotCompute(t *testing.T) {
	var b bytes.Buffer
	if err := hazard.WriteForm(&b, hazard.CSV, formRows()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.HasPrefix(text, "\ufeff") || strings.Count(text, "\r\n") != 4 {
		t.Errorf("no byte order mark, or no CRLF: %q", text)
	}
	for _, s := range []string{",'=1+1,", `,"'@home; ""Lane""",`, ",'-1 layer,"} {
		if !strings.Contains(text, s) {
			t.Errorf("%s is not in %s", s, text)
		}
	}
	if err := hazard.WriteForm(&b, "xls", nil); err == nil {
		t.Error("a format that does not exist was written")
	}
}

func TestWhatSpreadsheetsMakeOfCSV(t *testing.T) {
	const row = "overlook;3;39,1582;-75,5244;note;R2;2026-11-01;2026-12-01;;"
	tests := map[string]string{
		"semicolons and decimal commas": strings.ReplaceAll(header, ",", ";") + row + "\n",
		"CRLF and BOM":                  "\ufeff" + strings.ReplaceAll(strings.ReplaceAll(header, ",", ";"), "\n", "\r\n") + row + "\r\n",
		"no end of line":                strings.ReplaceAll(header, ",", ";") + row,
		"sep line":                      "sep=;\r\n" + strings.ReplaceAll(header, ",", ";") + row + "\r\n",
		"tabs":                          strings.ReplaceAll(header, ",", "\t") + strings.NewReplacer(",", ".", ";", "\t").Replace(row),
		"empty columns and rows":        strings.ReplaceAll(header, ",", ";")[:len(header)-1] + ";;\n" + row + ";;\n;;;;;;;;;;;\n\n",
		"capitals and spaces":           strings.ToUpper(strings.ReplaceAll(header, ",", ";")) + strings.Replace(row, "overlook", " Overlook ", 1),
	}
	for name, src := range tests {
		in := hazard.ReadForm("form.csv", []byte(src), hazard.CSV)
		if in.Err() != nil || len(in.Findings) != 1 || in.Findings[0].Lat != 39.1582 || in.Findings[0].Kind != hazard.Overlook || in.Unsurveyed != 0 {
			t.Errorf("%s: %+v, %v", name, in.Findings, in.Err())
		}
	}
}

func TestBadRowsAreRefusedWithReason(t *testing.T) {
	tests := []struct {
		name, src string
		row       int
		column    string
		says      string
	}{
		{"unknown column", "name," + header, 1, "name", "no such column"},
		{"column of a person", strings.Replace(header, "note", "owner_phone", 1), 1, "owner_phone", "a survey is about places"},
		{"column twice", strings.Replace(header, "note", "kind", 1), 1, "kind", "there twice"},
		{"column missing", strings.Replace(header, "expiry,", "", 1), 1, "expiry", "missing"},
		{"empty", "", 0, "", "empty"},
		{"kind", header + "crowd,3,39,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "kind", `"crowd" is no kind`},
		{"unsurveyed is no kind", header + "unsurveyed,3,39,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "kind", "no kind"},
		{"rating", header + "flood,5,39,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "rating", "from 0"},
		{"no rating", header + "flood,,39,-75,deep,R2,2026-11-01,2026-12-01,,\n", 2, "rating", "write ?"},
		{"latitude", header + "flood,3,390,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "lat", "-90 to 90"},
		{"not a number", header + "flood,3,NaN,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "lat", "-90 to 90"},
		{"date", header + "flood,3,39,-75,,R2,11/01/2026,2026-12-01,,\n", 2, "date", "2026-11-23"},
		{"expiry", header + "flood,3,39,-75,,R2,2026-11-01,2026-10-01,,\n", 2, "expiry", "before the date"},
		{"call sign", header + "flood,3,39,-75,,Jane Doe,2026-11-01,2026-12-01,,\n", 2, "surveyor", "never a name"},
		{"note", header + "flood,3,39,-75,call 302-555-0142,R2,2026-11-01,2026-12-01,,\n", 2, "note", "telephone"},
		{"event without times", header + "closed_by_event,3,39,-75,,R2,2026-11-01,2026-12-01,,\n", 2, "from", "needs from and to"},
		{"local time", header + "closed_by_event,3,39,-75,,R2,2026-11-01,2026-12-01,2026-11-02 08:00,2026-11-02T12:00Z\n", 2, "from", "offset"},
		{"too many cells", header + "flood,3,39,-75,a, b,R2,2026-11-01,2026-12-01,,,\n\nflood,3,39,-75,a, b,R2,2026-11-01,2026-12-01,,,x\n", 4, "", "quotation marks"},
		{"unclosed quote", header + "flood,3,39,-75,\"a,R2,2026-11-01,2026-12-01,,\n", 2, "", "not CSV"},
		{"row after a cell of two lines", header + "?,?,39,-75,\"a\nb\",,,,,\ncrowd,3,39,-75,,R2,2026-11-01,2026-12-01,,\n", 3, "kind", "no kind"},
		{"not UTF-8", header + "\xff", 0, "", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := hazard.ReadForm("f.csv", []byte(tt.src), hazard.CSV)
			for _, e := range in.Errors {
				if e.Row == tt.row && e.Column == tt.column && strings.Contains(e.Error(), tt.says) && e.Remedy != "" {
					if !strings.HasPrefix(in.Err().Error(), "f.csv: ") {
						t.Errorf("no file in %v", in.Err())
					}
					return
				}
			}
			t.Errorf("got %v", in.Errors)
		})
	}
}

func TestEveryBadRowIsReportedAndGoodOnesKept(t *testing.T) {
	src := header +
		"flood,3,39,-75,,R2,2026-11-01,2026-12-01,,\n" +
		"crowd,9,39,-75,,Jane,2026-11-01,2026-12-01,,\n" +
		"flood,?,39,-75,,,,,,\n" +
		"flood,1,39,-75,,R2,2026-11-01,never,,\n" +
		"flood,2,39.1,-75,,R2,2026-11-01,2026-12-01,,\n"
	in := hazard.ReadForm("f.csv", []byte(src), hazard.CSV)
	if len(in.Findings) != 2 || in.Unsurveyed != 1 || !reflect.DeepEqual(in.Rows, []int{2, 6}) {
		t.Errorf("got %+v", in)
	}
	var got []string
	for _, e := range in.Errors {
		got = append(got, string(rune('0'+e.Row))+e.Column)
	}
	if strings.Join(got, " ") != "3kind 3rating 3surveyor 5expiry" {
		t.Errorf("got %v", got)
	}
	in.Refuse([]hazard.Refusal{{Index: 1, Fault: hazard.Fault{Column: "lat", Cause: "far away", Remedy: "move"}}})
	if last := in.Errors[len(in.Errors)-1]; last.Row != 6 || last.Cause != "far away" {
		t.Errorf("got %+v", last)
	}
}

func TestGeoJSONIsTakenByAllowList(t *testing.T) {
	form := func(feature string) string { return `{"type":"FeatureCollection","features":[` + feature + `]}` }
	const properties = `"properties":{"kind":"flood","rating":3,"surveyor":"R2","date":"2026-11-01","expiry":"2026-12-01"`
	const point = `"geometry":{"type":"Point","coordinates":[-75,39]}`
	in := hazard.ReadForm("f", []byte(`{"type":"FeatureCollection","name":"x","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"features":[{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[-75,39,12.5]},`+properties+`,"note":null,"no":1,"odometer_km":null}}]}`), hazard.GeoJSON)
	if in.Err() != nil || len(in.Findings) != 1 || in.Findings[0].Lat != 39 {
		t.Errorf("got %+v, %v", in.Findings, in.Err())
	}
	tests := map[string]string{
		"f: row 1: owner: the form has no such property": form(`{"type":"Feature",` + point + `,` + properties + `,"owner":"x"}}`),
		"f: row 1: note: the value is neither":           form(`{"type":"Feature",` + point + `,` + properties + `,"note":{"a":1}}}`),
		"f: row 1: lat: the place is there twice":        form(`{"type":"Feature",` + point + `,` + properties + `,"lat":1}}`),
		"f: row 1: geometry: the feature is no point":    form(`{"type":"Feature","geometry":{"type":"LineString","coordinates":[1,2]},` + properties + `}}`),
		"f: row 1: this is no feature":                   form(`{"type":"Feature","extra":1,` + point + `,` + properties + `}}`),
		"f: this is no GeoJSON form":                     `{"type":"FeatureCollection","features":[],"tags":{}}`,
		"f: type: the type is":                           `{"type":"Feature","features":[]}`,
		"f: crs: the coordinates are in":                 `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"features":[]}`,
		"something follows":                              form("") + "{}",
		"f: row 1: lat: \"99\" is not a number of":       form(`{"type":"Feature","geometry":{"type":"Point","coordinates":[-75,99]},` + properties + `}}`),
	}
	for says, src := range tests {
		in := hazard.ReadForm("f", []byte(src), hazard.GeoJSON)
		if in.Err() == nil || !strings.Contains(in.Err().Error(), says) || len(in.Findings) > 0 {
			t.Errorf("got %v, want %q", in.Err(), says)
		}
	}
	if in := hazard.ReadForm("f", nil, "xls"); in.Err() == nil {
		t.Error("a format that does not exist was read")
	}
	if in := hazard.ReadForm("f", make([]byte, hazard.MaxForm+1), hazard.CSV); in.Err() == nil {
		t.Error("a form over the limit was read")
	}
}

func fuzzForm(f *testing.F, format hazard.Format) {
	f.Fuzz(func(t *testing.T, src []byte) {
		var in *hazard.Intake
		testdata.BoundMemory(t, len(src), 1<<20, func() { in = hazard.ReadForm("f", src, format) })
		if len(in.Findings) != len(in.Rows) {
			t.Fatalf("%d findings in %d rows", len(in.Findings), len(in.Rows))
		}
		for i, found := range in.Findings {
			if faults := found.Faults(); faults != nil {
				t.Errorf("row %d: %+v has %v", in.Rows[i], found, faults)
			}
		}
		for _, e := range in.Errors {
			if e.Cause == "" || e.Remedy == "" || e.Row < 0 {
				t.Errorf("%+v", e)
			}
		}
	})
}

func FuzzSurveyCSV(f *testing.F) {
	var b bytes.Buffer
	if err := hazard.WriteForm(&b, hazard.CSV, formRows()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(header + "flood,3,39,-75,\"a\nb\",R2,2026-11-01,2026-12-01,,\n"))
	f.Add([]byte("sep=;\n" + strings.ReplaceAll(header, ",", ";") + "closed;3;39,1;-75,2;;R2;2026-11-01;2026-12-01;2026-11-02T08:00Z;2026-11-02T08:01Z\n"))
	fuzzForm(f, hazard.CSV)
}

func FuzzSurveyGeoJSON(f *testing.F) {
	var b bytes.Buffer
	if err := hazard.WriteForm(&b, hazard.GeoJSON, formRows()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-75,39]},"properties":{"kind":"flood","rating":3,"surveyor":"R2","date":"2026-11-01","expiry":"2026-12-01"}}]}`))
	fuzzForm(f, hazard.GeoJSON)
}

// TestErrorsAreBounded: a form in which everything is wrong does not fill the
// memory with reasons, and says how many were left out.
func TestErrorsAreBounded(t *testing.T) {
	form := header + strings.Repeat("nonsense,9,39,-75,,R2,2026-11-01,2026-12-01,,\n", 5000)
	in := hazard.ReadForm("f", []byte(form), hazard.CSV)
	if len(in.Errors) != hazard.MaxErrors || in.Refused != 10_000 || len(in.Findings) != 0 {
		t.Errorf("%d errors kept of %d, %d findings", len(in.Errors), in.Refused, len(in.Findings))
	}
	if err := in.Err(); err == nil || !strings.Contains(err.Error(), "and 9800 errors more") {
		t.Errorf("got %.200v", err)
	}
	wide := hazard.ReadForm("f", []byte(strings.Repeat("x,", 1000)+"x\n"), hazard.CSV)
	if wide.Refused != 1 || !strings.Contains(wide.Err().Error(), "1001 columns") {
		t.Errorf("%d errors: %.200v", wide.Refused, wide.Err())
	}
}
