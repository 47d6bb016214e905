package exchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/readback"
)

const lead = 2 * time.Hour

// exports are the formats that leave the house, in code words or in clear.
func exports() []writer {
	return append(writers(),
		writer{"plan.csv", exchange.WriteCSV},
		writer{"plan.zip", exchange.WriteTAK},
		writer{"plan.ics", func(w io.Writer, p *outrider.Plan) error { return exchange.WriteICal(w, p, lead) }},
	)
}

// closed are the fields that hold no names: closed lists, call signs and labels
// of the column, hashes, days.
var closed = regexp.MustCompile(`^(.*\.Kind|Plan\.(Schema|Zone)|Inputs\.(.*Hash|Program|Attribution)|ColumnVehicle\..*|PacketPlan\..*|Column\.UnknownDims|` +
	`PlanPrint\..*|VenuePlace\.Approach|VenuePlan\.Verified(By)?|LegPlan\.(Mode|Timed)|Step\.Turn|HaltNeed\.Why|Daylight\..*|TrainPlan\..*|TrainStockPlan\..*|` +
	`RailStretch\.(Usage|Service|Electric)|RouteMix\.Method)$`)

// named returns a plan in which every text that is a name, or that people or the
// map may have written, is one that is found nowhere else; and those texts.
func named(tb testing.TB, seed uint64) (*outrider.Plan, []string) {
	tb.Helper()
	p := randomPlan(seeded(seed), "x")
	p.Warnings = []string{"w"}
	p.Inputs.FindingIDs = []string{"f"}
	for i := range p.Venues {
		p.Venues[i].Telephones = []outrider.VenueTelephone{{Office: "o", Number: "n"}}
	}
	var texts []string
	var visit func(v reflect.Value, field string)
	visit = func(v reflect.Value, field string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				visit(v.Elem(), field)
			}
		case reflect.Slice:
			for i := range v.Len() {
				visit(v.Index(i), field)
			}
		case reflect.String:
			if !closed.MatchString(field) {
				n := len(texts)
				text := fmt.Sprintf("Zqorb%c%c%cvex", 'a'+n/676%26, 'a'+n/26%26, 'a'+n%26)
				texts = append(texts, text)
				v.SetString(text)
			}
		case reflect.Struct:
			if v.Type() != reflect.TypeFor[time.Time]() {
				for i := range v.NumField() {
					visit(v.Field(i), v.Type().Name()+"."+v.Type().Field(i).Name)
				}
			}
		default:
		}
	}
	visit(reflect.ValueOf(p).Elem(), "")
	// Places that come up again have one name.
	for i := range p.Legs {
		leg := &p.Legs[i]
		for j := range leg.Routes {
			rows := leg.Routes[j].March
			rows[0].Point, rows[len(rows)-1].Point = leg.From.Label, leg.To.Label
		}
	}
	return p, texts
}

func inCodeWords(tb testing.TB, p *outrider.Plan) *codeword.Naming {
	tb.Helper()
	from, until := codeword.Span(p)
	b, given, err := codeword.Issue(filepath.Join(tb.TempDir(), "book.jsonl"), codeword.Request{
		Movement: p.Movement, Things: codeword.Things(p), From: from, Until: until, By: "PLANNER 1", At: p.Made, Avoid: codeword.CallSigns(p),
	}, dice())
	if err != nil {
		tb.Fatal(err)
	}
	if len(given) < 10 {
		tb.Fatalf("%d words given out", len(given))
	}
	n, err := b.NamingOf(p)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func dice() io.Reader { return readerOf(seeded(5).Uint64) }

type readerOf func() uint64

func (r readerOf) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r())
	}
	return len(b), nil
}

// opened returns a file, and all entries of a zip file with their names.
func opened(tb testing.TB, src []byte) []byte {
	tb.Helper()
	all := bytes.Clone(src)
	if !bytes.HasPrefix(src, []byte("PK")) {
		return all
	}
	z, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		tb.Fatal(err)
	}
	all = append(all, z.Comment...)
	for _, f := range z.File {
		all = append(all, f.Name+"\n"+f.Comment+"\n"...)
		r, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

// found returns which of the texts stand in an export, however they are written.
func found(tb testing.TB, src []byte, texts []string) []string {
	tb.Helper()
	low := bytes.ToLower(opened(tb, src))
	var hits []string
	for _, text := range texts {
		if bytes.Contains(low, []byte(strings.ToLower(text))) {
			hits = append(hits, text)
		}
	}
	return hits
}

func TestNoClearNameInCodeWordMode(t *testing.T) {
	for seed := range uint64(6) {
		p, texts := named(t, seed)
		if len(texts) < 60 {
			t.Fatalf("%d texts", len(texts))
		}
		naming := inCodeWords(t, p)
		spoken := exchange.Named(p, naming)
		for _, w := range exports() {
			if hits := found(t, render(t, w, spoken), texts); len(hits) > 0 {
				t.Errorf("%s in code words holds %q", w.name, hits)
			}
			// The same search finds names where there are some.
			hits := found(t, render(t, w, p), texts)
			if w.name == "plan.ics" && len(hits) > 0 || w.name != "plan.ics" && len(hits) < 10 {
				t.Errorf("%s in clear holds %d names", w.name, len(hits))
			}
		}
		// The word of the movement stands where its name would.
		cover := naming.Call(outrider.ThingMovement, p.Movement)
		for _, w := range exports() {
			if has := bytes.Contains(opened(t, render(t, w, spoken)), []byte(cover)); has != (w.name != "plan.ics" && w.name != "plan.csv") {
				t.Errorf("%s holds the cover name: %v", w.name, has)
			}
		}
	}
}

func TestNamedChangesNamesOnly(t *testing.T) {
	p, _ := named(t, 3)
	before := render(t, writer{"", exchange.WriteJSON}, p)
	q := exchange.Named(p, inCodeWords(t, p))
	if !bytes.Equal(before, render(t, writer{"", exchange.WriteJSON}, p)) {
		t.Error("the plan was changed")
	}
	if exchange.Named(p, outrider.ClearNames{}) != p {
		t.Error("clear names make another plan")
	}
	for i := range p.Legs {
		a, b := &p.Legs[i], &q.Legs[i]
		if !a.Earliest.Equal(b.Earliest) || len(a.Routes) != len(b.Routes) || len(a.Decisions) != len(b.Decisions) {
			t.Errorf("leg %d differs", i)
		}
		for j := range a.Routes {
			x, y := &a.Routes[j], &b.Routes[j]
			if !slices.Equal(x.Points, y.Points) || !slices.Equal(x.Times, y.Times) || len(x.Hazards) != len(y.Hazards) || len(x.March) != len(y.March) {
				t.Errorf("leg %d route %d differs", i, j)
			}
			for k := range x.March {
				if x.March[k].Kind != y.March[k].Kind || y.March[k].Point == "" || !x.March[k].Head.Equal(y.March[k].Head) {
					t.Errorf("row %+v", y.March[k])
				}
			}
		}
		if a.From.Label == b.From.Label || b.From.Label != strings.ToUpper(b.From.Label) {
			t.Errorf("%q is called %q", a.From.Label, b.From.Label)
		}
	}
}

func TestExportsAreDeterministic(t *testing.T) {
	for _, w := range exports() {
		p, _ := named(t, 2)
		again, _ := named(t, 2)
		if !bytes.Equal(render(t, w, p), render(t, w, again)) {
			t.Errorf("%s: the same plan gives other bytes", w.name)
		}
	}
}

func TestCSV(t *testing.T) {
	p := randomPlan(seeded(1), "=SUM(A1)\n")
	p.Legs[0].Routes[0].March[1].Point = "=HYPERLINK(\"x\")"
	src := render(t, writer{"", exchange.WriteCSV}, p)
	rows, err := csv.NewReader(bytes.NewReader(src)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], exchange.MarchColumns()) || bytes.Count(src, []byte("\r\n")) != len(rows) {
		t.Errorf("header %q", rows[0])
	}
	n := 1
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			for k := range r.March {
				want, got := &r.March[k], rows[n]
				n++
				head, err := time.Parse(time.RFC3339, got[8])
				local, err2 := time.Parse(time.RFC3339, got[10])
				if err != nil || err2 != nil || !strings.HasSuffix(got[8], "Z") || want.Head.Sub(head).Abs() >= time.Second || !local.Equal(head) {
					t.Errorf("head %v is written %q and %q", want.Head, got[8], got[10])
				}
				lat, err := strconv.ParseFloat(got[5], 64)
				if err != nil || math.Abs(lat-want.Lat) > 1e-7 || got[2] != strconv.Itoa(k+1) {
					t.Errorf("row %q of %+v", got, want)
				}
				for _, c := range got {
					if c != "" && strings.ContainsRune("=+@", rune(c[0])) {
						t.Errorf("%q is a formula", c)
					}
				}
			}
		}
	}
	if n != len(rows) || rows[2][3] != "'=HYPERLINK(\"x\")" {
		t.Errorf("%d rows, %d written, %q", n, len(rows), rows[2][3])
	}
}

func TestDuties(t *testing.T) {
	p := randomPlan(seeded(4), "x")
	leg := p.Legs[0]
	leg.Routes = leg.Routes[:1]
	at := func(s string) time.Time {
		t.Helper()
		v, err := time.Parse("02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v.AddDate(2026, 10, 0)
	}
	hour := func(from, until string, seconds float64) outrider.LegPlan {
		l := leg
		l.Earliest, l.Latest = at(from), at(until)
		l.Routes = []outrider.RoutePlan{leg.Routes[0]}
		l.Routes[0].Times = []float64{0, seconds}
		l.Routes[0].Late, l.Routes[0].Halts = seconds+600, 300
		return l
	}
	p.Convoy.PassTime = 60
	p.Legs = []outrider.LegPlan{hour("24 06:40", "24 07:10", 3600), hour("24 14:00", "24 14:00", 1800), hour("25 06:30", "25 07:00", 1800)}
	got := exchange.Duties(p, lead)
	want := []exchange.Duty{
		{at("24 04:30"), at("24 06:30"), at("24 07:30"), at("24 15:00")},
		{at("25 04:30"), at("25 06:30"), at("25 07:00"), at("25 08:00")},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if !got[i].CallIn.Equal(want[i].CallIn) || !got[i].From.Equal(want[i].From) || !got[i].Latest.Equal(want[i].Latest) || !got[i].Until.Equal(want[i].Until) {
			t.Errorf("duty %d: %v, want %v", i, got[i], want[i])
		}
	}
	for _, bad := range []time.Duration{-time.Hour, 49 * time.Hour} {
		if err := exchange.WriteICal(io.Discard, p, bad); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("%v: got %v", bad, err)
		}
	}
}

func TestICalSaysNothingElse(t *testing.T) {
	p, _ := named(t, 1)
	src := string(render(t, writer{"", func(w io.Writer, p *outrider.Plan) error { return exchange.WriteICal(w, p, lead) }}, p))
	for line := range strings.SplitSeq(strings.TrimSuffix(src, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		ok := map[string]string{
			"BEGIN": "", "END": "", "VERSION": "2.0", "PRODID": "", "METHOD": "PUBLISH", "UID": "", "DTSTAMP": "", "SEQUENCE": "", "DTSTART": "", "DTEND": "",
			"SUMMARY": "Call in|Stand-by|Duty", "CLASS": "CONFIDENTIAL",
		}
		allowed, known := ok[name]
		if !known || allowed != "" && !slices.Contains(strings.Split(allowed, "|"), value) {
			t.Errorf("the calendar has the line %q", line)
		}
		if strings.HasPrefix(name, "DT") && !strings.HasSuffix(value, "Z") {
			t.Errorf("%q is not in UTC", line)
		}
	}
	if strings.Contains(src, "\n") && strings.Count(src, "\n") != strings.Count(src, "\r\n") {
		t.Error("lines do not end in CR LF")
	}
}

func TestICalJS(t *testing.T) {
	for _, seed := range []uint64{1, 9} {
		p := randomPlan(seeded(seed), nasty)
		var got struct {
			Version, Method string
			Events          []struct {
				UID, Summary          string
				Start, End            time.Time
				Sequence              int
				Location, Description *string
				Properties            []string
			}
		}
		file := filepath.Join(t.TempDir(), "plan.ics")
		if err := os.WriteFile(file, render(t, exports()[6], p), 0o600); err != nil {
			t.Fatal(err)
		}
		readback.Node(t, &got, "ical.mjs", file)
		duties := exchange.Duties(p, lead)
		if got.Version != "2.0" || got.Method != "PUBLISH" || len(got.Events) != 3*len(duties) {
			t.Fatalf("%+v", got)
		}
		ids := map[string]bool{}
		for i, e := range got.Events {
			d := duties[i/3]
			from, until := d.From, d.Until
			switch e.Summary {
			case "Call in":
				from, until = d.CallIn, d.CallIn.Add(30*time.Minute)
			case "Stand-by":
				from, until = d.CallIn, d.Latest
			case "Duty":
			default:
				t.Errorf("event %q", e.Summary)
			}
			if !e.Start.Equal(from) || !e.End.Equal(until) {
				t.Errorf("%s from %v to %v, want %v to %v", e.Summary, e.Start, e.End, from, until)
			}
			if ids[e.UID] || e.UID == "" || e.Sequence == 0 || e.Location != nil && *e.Location != "" || e.Description != nil && *e.Description != "" {
				t.Errorf("%+v", e)
			}
			ids[e.UID] = true
		}
	}
}

// takPackage is what node-cot reads of a data package.
type takPackage struct {
	Version  string
	Settings map[string]any
	Contents int
	Features []struct {
		UID, Type string
		Raw       struct{ Time, Start, Stale time.Time }
		RouteInfo bool                               `json:"routeinfo"`
		LinkAttr  struct{ Method, RouteType string } `json:"link_attr"`
		Feature   struct {
			Properties struct {
				CallSign string
				Geofence map[string]any
				Shape    struct{ Ellipse struct{ Major float64 } }
				Archived bool
			}
			Geometry struct {
				Type        string
				Coordinates any
			}
		}
	}
}

func TestNodeCoT(t *testing.T) {
	for _, seed := range []uint64{1, 3} {
		p := randomPlan(seeded(seed), nasty)
		if seed == 3 {
			p = exchange.Named(p, inCodeWords(t, p))
		}
		file := filepath.Join(t.TempDir(), "plan.zip")
		if err := os.WriteFile(file, render(t, exports()[5], p), 0o600); err != nil {
			t.Fatal(err)
		}
		var got takPackage
		readback.Node(t, &got, "tak.mjs", file)
		checkTAK(t, p, &got)
	}
}

func checkTAK(t *testing.T, p *outrider.Plan, got *takPackage) {
	t.Helper()
	if got.Version != "2" || got.Contents != len(got.Features) || got.Settings["uid"] == "" {
		t.Errorf("package %s %v with %d contents", got.Version, got.Settings, got.Contents)
	}
	var routes []*outrider.RoutePlan
	waypoints := 0
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			routes = append(routes, &p.Legs[i].Routes[j])
		}
		waypoints += len(p.Legs[i].Routes[0].March)
	}
	ids, count := map[string]bool{}, map[string]int{}
	area := 0
	for _, f := range got.Features {
		count[f.Type]++
		if ids[f.UID] || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(f.UID) {
			t.Errorf("id %q", f.UID)
		}
		ids[f.UID] = true
		if !f.Raw.Time.Equal(p.Made.Truncate(time.Millisecond)) || !f.Raw.Start.Equal(f.Raw.Time) || f.Raw.Stale.Before(p.Legs[len(p.Legs)-1].Latest) || f.Feature.Properties.CallSign == "" && f.Type == "b-m-r" {
			t.Errorf("%s: %+v", f.Type, f)
		}
		switch f.Type {
		case "b-m-r":
			r := routes[count["b-m-r"]-1]
			checkTAKRoute(t, r, lineOf(t, f.Feature.Geometry.Coordinates))
			if !f.RouteInfo || f.LinkAttr.Method != "Driving" || (f.LinkAttr.RouteType == "Primary") != (r.Name == p.Legs[0].Routes[0].Name) {
				t.Errorf("%+v", f)
			}
		case "u-d-c-c", "u-d-f":
			a := &p.Areas[area]
			area++
			if f.Feature.Geometry.Type != "Polygon" || len(f.Feature.Properties.Geofence) == 0 {
				t.Errorf("area: %+v", f)
			}
			if a.Centre != nil && f.Feature.Properties.Shape.Ellipse.Major != a.Radius {
				t.Errorf("radius %v, want %v", f.Feature.Properties.Shape.Ellipse.Major, a.Radius)
			}
		}
	}
	if count["b-m-r"] != len(routes) || count["b-m-p-w"] != waypoints || area != len(p.Areas) || count["b-m-p-s-m"] == 0 {
		t.Errorf("%v; %d routes, %d waypoints, %d areas", count, len(routes), waypoints, len(p.Areas))
	}
}

func lineOf(t *testing.T, coordinates any) []outrider.LatLon {
	t.Helper()
	list, ok := coordinates.([]any)
	if !ok {
		t.Fatalf("no line: %v", coordinates)
	}
	var line []outrider.LatLon
	for _, c := range list {
		pair, ok := c.([]any)
		if !ok || len(pair) < 2 {
			t.Fatalf("no position: %v", c)
		}
		lon, ok1 := pair[0].(float64)
		lat, ok2 := pair[1].(float64)
		if !ok1 || !ok2 {
			t.Fatalf("no position: %v", c)
		}
		line = append(line, outrider.LatLon{Lat: lat, Lon: lon})
	}
	return line
}

// checkTAKRoute: ends within 1 m, length within 0.5 %, and no point of the route
// farther than 1.1 m from what was read.
func checkTAKRoute(t *testing.T, r *outrider.RoutePlan, line []outrider.LatLon) {
	t.Helper()
	for _, ends := range [][2]outrider.LatLon{{line[0], r.Points[0]}, {line[len(line)-1], r.Points[len(r.Points)-1]}} {
		if d := geo.Distance(ends[0].Point(), ends[1].Point()); d > 1 {
			t.Errorf("%s ends %.1f m off", r.Name, d)
		}
	}
	sum := 0.0
	for n := 1; n < len(line); n++ {
		sum += geo.Distance(line[n-1].Point(), line[n].Point())
	}
	if math.Abs(sum-r.Length) > 0.005*r.Length {
		t.Errorf("%s: %.0f m read, %.0f m long", r.Name, sum, r.Length)
	}
	if len(line) > len(r.Points) {
		t.Errorf("%d points of %d", len(line), len(r.Points))
	}
}

// Points and areas are short enough for servers that drop long events, whatever
// names and shapes a plan has.
func TestTAKEventsFitAStream(t *testing.T) {
	p := randomPlan(seeded(8), strings.Repeat("<&漢字 & more> ", 40))
	ring := make([]outrider.LatLon, 300)
	for i := range ring {
		s, c := math.Sincos(float64(i) / 300 * 2 * math.Pi)
		ring[i] = outrider.LatLon{Lat: 50 + 0.1*s, Lon: 8 + (0.1+0.01*float64(i%7))*c}
	}
	p.Areas = append(p.Areas, outrider.PlanArea{Kind: outrider.AreaAvoid, Name: p.Movement, Polygon: ring})
	src := render(t, exports()[5], p)
	z, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		t.Fatal(err)
	}
	short := 0
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "MANIFEST/manifest.xml" || bytes.Contains(content, []byte(`type="b-m-r"`)) {
			continue
		}
		short++
		if len(content) > exchange.MaxStreamEvent {
			t.Errorf("%s has %d bytes", f.Name, len(content))
		}
	}
	if short < 10 {
		t.Errorf("%d events", short)
	}
}

// What is written in code words is read by other programs like what is written in
// clear.
func TestReadersOfCodeWords(t *testing.T) {
	p, _ := named(t, 4)
	spoken := exchange.Named(p, inCodeWords(t, p))
	t.Run("xmllint", func(t *testing.T) { readback.XMLLint(t, spoken) })
	t.Run("gpsbabel", func(t *testing.T) { readback.GPSBabel(t, spoken); readback.GPSBabelTimes(t, spoken) })
	t.Run("ogr2ogr", func(t *testing.T) { readback.OGR(t, spoken) })
	t.Run("ogrinfo", func(t *testing.T) { readback.OGRInfo(t, spoken) })
	t.Run("ogr2ogr of CSV", func(t *testing.T) { readback.OGRTable(t, spoken) })
}

// An order has one route for each leg; no other stands in its exports, and no odds.
func TestDrawn(t *testing.T) {
	p := randomPlan(seeded(12), "x")
	second := randomRoute(seeded(13), "y", p.Legs[0].From.Lat, p.Legs[0].From.Lon, p.Legs[0].Earliest)
	second.Name = "route 2"
	first := p.Legs[0].Routes[0]
	first.Name = "route 1"
	p.Legs[0].Mix = &outrider.RouteMix{Routes: []outrider.MixRoute{{Route: first, Prob: 0.7}, {Route: second, Prob: 0.3}}}
	for name, want := range map[string]string{"": "primary", "primary": "primary", "PRIMARY": "primary", "A": "primary", "route 1": "primary", "B": "route 2", "Route 2": "route 2"} {
		q, err := exchange.Drawn(p, map[int]string{0: name})
		if err != nil {
			t.Fatal(err)
		}
		for i := range q.Legs {
			if l := &q.Legs[i]; len(l.Routes) != 1 || l.Mix != nil || len(l.Decisions) != 0 || i > 0 && l.Routes[0].Name != "primary" {
				t.Errorf("%q: leg %d has %d routes", name, i+1, len(l.Routes))
			}
		}
		if l := &q.Legs[0]; l.Routes[0].Name != want || (l.Turning.Latest == nil) != (want != "primary") {
			t.Errorf("%q: %s", name, l.Routes[0].Name)
		}
		for _, w := range exports() {
			src := opened(t, render(t, w, q))
			if bytes.Contains(src, []byte("alternate")) && w.name != "plan.json" && !bytes.Contains(src, []byte("alternate entrance")) {
				t.Errorf("%s holds an alternate", w.name)
			}
		}
	}
	if p.Legs[0].Mix == nil || len(p.Legs[0].Decisions) == 0 {
		t.Error("the plan was changed")
	}
	for _, bad := range []map[int]string{{0: "C"}, {0: "alternate 9"}, {99: "primary"}, {-1: "primary"}} {
		var e *outrider.Error
		if _, err := exchange.Drawn(p, bad); !errors.As(err, &e) || e.Remedy == "" {
			t.Errorf("%v: got %v", bad, err)
		}
	}
}

func TestTAKIsXML(t *testing.T) {
	src := render(t, exports()[5], randomPlan(seeded(6), nasty))
	z, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	folder := t.TempDir()
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(folder, strconv.Itoa(i)+".xml"))
		if err := os.WriteFile(files[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	readback.WellFormed(t, files...)
}
