package exchange_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/readback"
)

// nasty holds what formats must escape or leave out.
const nasty = "<script>&\"'\x00\x07\ufffe\u0085 é漢\n]]>"

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

type writer struct {
	name  string
	write func(io.Writer, *outrider.Plan) error
}

func writers() []writer {
	return []writer{
		{"plan.gpx", exchange.WriteGPX},
		{"plan.kml", exchange.WriteKML},
		{"plan.geojson", exchange.WriteGeoJSON},
		{"plan.json", exchange.WriteJSON},
	}
}

func render(tb testing.TB, w writer, p *outrider.Plan) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := w.write(&b, p); err != nil {
		tb.Fatalf("%s: %v", w.name, err)
	}
	return b.Bytes()
}

func TestWritersAreDeterministicAndCredit(t *testing.T) {
	for _, w := range writers() {
		p := randomPlan(seeded(7), nasty)
		a, b := render(t, w, p), render(t, w, randomPlan(seeded(7), nasty))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: the same plan gives other bytes", w.name)
		}
		for _, want := range []string{"© OpenStreetMap contributors", "2026-09-01", "KESTREL"} {
			if !bytes.Contains(a, []byte(want)) {
				t.Errorf("%s does not hold %q", w.name, want)
			}
		}
	}
}

func TestWritersRefuseWhatIsNoPlan(t *testing.T) {
	cases := map[string]func(p *outrider.Plan){
		"no leg":              func(p *outrider.Plan) { p.Legs = nil },
		"no route":            func(p *outrider.Plan) { p.Legs[0].Routes = nil },
		"one point":           func(p *outrider.Plan) { p.Legs[0].Routes[0].Points = p.Legs[0].Routes[0].Points[:1] },
		"times missing":       func(p *outrider.Plan) { p.Legs[0].Routes[0].Times = nil },
		"not a number":        func(p *outrider.Plan) { p.Legs[0].Routes[0].Points[3].Lat = math.NaN() },
		"infinite time":       func(p *outrider.Plan) { p.Legs[0].Routes[0].Times[3] = math.Inf(1) },
		"backwards":           func(p *outrider.Plan) { p.Legs[0].Routes[0].Times[3] = 0 },
		"row off the globe":   func(p *outrider.Plan) { p.Legs[0].Routes[0].March[0].Lon = 200 },
		"hazard off":          func(p *outrider.Plan) { p.Legs[0].Routes[0].Hazards[0].Lat = -91 },
		"haven off":           func(p *outrider.Plan) { p.Legs[0].Routes[0].Havens[0].Lat = math.NaN() },
		"venue off":           func(p *outrider.Plan) { p.Venues[1].Staging.Lat = 91 },
		"break-out off":       func(p *outrider.Plan) { p.Legs[0].Routes[0].BreakOut[1].Geometry[0].Lon = 181 },
		"decision point off":  func(p *outrider.Plan) { p.Legs[0].Decisions[0].Lat = math.NaN() },
		"rejoining off":       func(p *outrider.Plan) { p.Legs[0].Decisions[1].RejoinLat = math.NaN() },
		"turning back off":    func(p *outrider.Plan) { p.Legs[0].Turning.NoReturn.Lat = -100 },
		"area without radius": func(p *outrider.Plan) { p.Areas[0].Radius = 0 },
		"area without shape":  func(p *outrider.Plan) { p.Areas[0].Centre = nil },
	}
	for name, spoil := range cases {
		for _, w := range writers() {
			p := randomPlan(seeded(1), "x")
			spoil(p)
			err := w.write(io.Discard, p)
			var e *outrider.Error
			if !errors.As(err, &e) || e.Where == "" || e.Cause == "" || e.Remedy == "" {
				t.Errorf("%s, %s: got %v", w.name, name, err)
			}
		}
	}
	for _, w := range writers() {
		if err := w.write(io.Discard, nil); err == nil {
			t.Errorf("%s: accepts nil", w.name)
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWritersReportWriteErrors(t *testing.T) {
	for _, w := range writers() {
		if err := w.write(brokenWriter{}, randomPlan(seeded(1), "x")); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", w.name, err)
		}
	}
}

// xmlOrder checks that the children of every element come in the order given.
func xmlOrder(tb testing.TB, src []byte, order map[string][]string) (elements map[string]int) {
	tb.Helper()
	elements = make(map[string]int)
	type open struct {
		name string
		at   int
	}
	var stack []open
	d := xml.NewDecoder(bytes.NewReader(src))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		if err != nil {
			tb.Fatalf("not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			elements[name]++
			if len(stack) > 0 {
				parent := &stack[len(stack)-1]
				if list, ok := order[parent.name]; ok {
					at := index(list, name)
					if at < 0 {
						tb.Fatalf("<%s> in <%s>", name, parent.name)
					}
					if at < parent.at {
						tb.Fatalf("<%s> after <%s> in <%s>", name, list[parent.at], parent.name)
					}
					parent.at = at
				}
			}
			stack = append(stack, open{name, 0})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

func index(list []string, name string) int {
	for i, s := range list {
		if s == name {
			return i
		}
	}
	return -1
}

// The sequences of the GPX 1.1 schema, as far as we write them.
func gpxOrder() map[string][]string {
	point := []string{"ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type"}
	return map[string][]string{
		"gpx":       {"metadata", "wpt", "rte", "trk", "extensions"},
		"metadata":  {"name", "desc", "author", "copyright", "link", "time", "keywords", "bounds"},
		"copyright": {"year", "license"},
		"rte":       {"name", "cmt", "desc", "src", "link", "number", "type", "extensions", "rtept"},
		"trk":       {"name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"},
		"trkseg":    {"trkpt", "extensions"},
		"wpt":       point, "rtept": point, "trkpt": point,
	}
}

// features counts what a plan holds besides areas and routes, under the names
// that GeoJSON gives it: of all routes, or of the primary ones.
func features(p *outrider.Plan, primary bool) map[string]int {
	n := map[string]int{}
	for _, v := range p.Venues {
		n["venue"]++
		for _, part := range []*outrider.VenuePlace{v.Arrival, v.Departure, v.Staging, v.AlternateEntrance, v.LandingZone} {
			if part != nil {
				n["venue"]++
			}
		}
		if v.TraumaHospital != nil {
			n["venue"]++
		}
	}
	for _, leg := range p.Legs {
		for j, r := range leg.Routes {
			if primary && j > 0 {
				break
			}
			n["march"] += len(r.March)
			n["hazard"] += len(r.Hazards)
			n["haven"] += len(r.Havens)
			for _, b := range r.BreakOut {
				if b.Haven != "" {
					n["break_out"]++
				}
				if len(b.Geometry) > 1 {
					n["break_out_way"]++
				}
			}
		}
		n["decision_point"] += len(leg.Decisions)
		for _, d := range leg.Decisions {
			if len(d.Geometry) > 1 {
				n["decision_point_way"]++
			}
		}
		for _, t := range []*outrider.TurnPlace{leg.Turning.Latest, leg.Turning.EqualTime, leg.Turning.NoReturn} {
			if t != nil {
				n["turning_back"]++
			}
		}
		if leg.Stay != nil {
			n["stay"]++
		}
		if rail := leg.Rail; rail != nil {
			n["rail_pass"] += len(rail.Passes)
			n["rail_access"] += len(rail.Access)
			n["rail_siding"] += len(rail.Sidings)
			n["rendezvous"] += len(rail.Shadow.Rendezvous)
			for _, e := range rail.Evacuation {
				if e.Before != nil {
					n["rail_evacuation"]++
				}
				if e.After != nil {
					n["rail_evacuation"]++
				}
			}
		}
	}
	return n
}

func TestGPXFollowsTheSchema(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := randomPlan(seeded(rapid.Uint64().Draw(rt, "seed")), rapid.String().Draw(rt, "text"))
		src := render(t, writers()[0], p)
		elements := xmlOrder(t, src, gpxOrder())
		points, routes, way := 0, 0, 0
		for feature, n := range features(p, true) {
			if feature != "hazard" && feature != "haven" && !strings.HasSuffix(feature, "_way") {
				way += n
			}
		}
		for _, leg := range p.Legs {
			routes += len(leg.Routes)
			for _, r := range leg.Routes {
				points += len(r.Points)
			}
		}
		if elements["trkpt"] != points || elements["rtept"] != points || elements["trk"] != routes || elements["rte"] != routes || elements["wpt"] != way {
			rt.Fatalf("%v for %d points, %d routes, %d waypoints", elements, points, routes, way)
		}
		var f struct {
			Trk []struct {
				Pt []struct {
					Lat  float64   `xml:"lat,attr"`
					Lon  float64   `xml:"lon,attr"`
					Time time.Time `xml:"time"`
				} `xml:"trkseg>trkpt"`
			} `xml:"trk"`
		}
		if err := xml.Unmarshal(src, &f); err != nil {
			rt.Fatal(err)
		}
		k := 0
		for i := range p.Legs {
			for j := range p.Legs[i].Routes {
				r := &p.Legs[i].Routes[j]
				for n, q := range f.Trk[k].Pt {
					if geo.PointFromDegrees(q.Lat, q.Lon) != r.Points[n].Point() {
						rt.Fatalf("point %d moved", n)
					}
					if want := r.Times[n]; math.Abs(q.Time.Sub(p.Legs[i].Earliest).Seconds()-want) > 0.001 {
						rt.Fatalf("point %d at %v, want %v s after start", n, q.Time, want)
					}
				}
				k++
			}
		}
	})
}

func TestKMLIsWellFormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := randomPlan(seeded(rapid.Uint64().Draw(rt, "seed")), rapid.String().Draw(rt, "text"))
		src := render(t, writers()[1], p)
		elements := xmlOrder(t, src, map[string][]string{
			"Placemark": {"name", "visibility", "open", "description", "styleUrl", "ExtendedData", "Point", "LineString", "Polygon"},
			"Document":  {"name", "visibility", "open", "description", "styleUrl", "Style", "ExtendedData", "Folder"},
			"Folder":    {"name", "visibility", "open", "description", "Placemark", "Folder"},
		})
		lines, points := 0, 0
		for feature, n := range features(p, true) {
			if strings.HasSuffix(feature, "_way") {
				lines += n
			} else {
				points += n
			}
		}
		for _, leg := range p.Legs {
			lines += len(leg.Routes)
		}
		if elements["LineString"] != lines || elements["Point"] != points || elements["Polygon"] != 2 {
			rt.Fatalf("%v for %d lines and %d points", elements, lines, points)
		}
		if bytes.Contains(src, []byte("<href>")) || bytes.Contains(src, []byte("<Icon>")) {
			rt.Fatal("the file names a picture elsewhere")
		}
	})
}

func TestGeoJSONHoldsThePlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := randomPlan(seeded(rapid.Uint64().Draw(rt, "seed")), rapid.String().Draw(rt, "text"))
		var c struct {
			Type     string
			Features []struct {
				Type     string
				ID       string
				Geometry struct {
					Type        string
					Coordinates json.RawMessage
				}
				Properties map[string]any
			}
		}
		if err := json.Unmarshal(render(t, writers()[2], p), &c); err != nil {
			rt.Fatal(err)
		}
		want := features(p, false)
		want["area"] = len(p.Areas)
		for _, leg := range p.Legs {
			want["route"] += len(leg.Routes)
		}
		maps.DeleteFunc(want, func(_ string, n int) bool { return n == 0 })
		got := map[string]int{}
		ids := map[string]bool{}
		for _, f := range c.Features {
			if f.Type != "Feature" || ids[f.ID] {
				rt.Fatalf("feature %q of type %q", f.ID, f.Type)
			}
			ids[f.ID] = true
			kind, ok := f.Properties["feature"].(string)
			if !ok {
				rt.Fatalf("%v", f.Properties)
			}
			got[kind]++
			if _, shown := f.Properties["max_p"]; shown {
				rt.Fatal("a probability from a profile that nobody calibrated")
			}
			if f.Geometry.Type == "Polygon" {
				checkRing(rt, f.Geometry.Coordinates)
			}
		}
		if c.Type != "FeatureCollection" || !reflect.DeepEqual(got, want) {
			rt.Fatalf("%s with %v, want %v", c.Type, got, want)
		}
	})
}

// checkRing holds what RFC 7946 asks of a polygon: closed, counter-clockwise.
func checkRing(rt *rapid.T, src json.RawMessage) {
	var rings [][][2]float64
	if err := json.Unmarshal(src, &rings); err != nil {
		rt.Fatal(err)
	}
	ring := rings[0]
	if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
		rt.Fatalf("ring of %d positions is not closed", len(ring))
	}
	sum := 0.0
	for i := 0; i+1 < len(ring); i++ {
		sum += (ring[i][0]-ring[0][0])*(ring[i+1][1]-ring[0][1]) - (ring[i+1][0]-ring[0][0])*(ring[i][1]-ring[0][1])
	}
	if sum <= 0 {
		rt.Fatal("the ring runs clockwise")
	}
}

func TestGeoJSONCutsAtLongitude180(t *testing.T) {
	p := randomPlan(seeded(3), "x")
	p.Legs = p.Legs[:1]
	r := &p.Legs[0].Routes[0]
	p.Legs[0].Routes = p.Legs[0].Routes[:1]
	r.Points = []outrider.LatLon{{Lat: 10, Lon: 179.99}, {Lat: 11, Lon: -179.99}, {Lat: 11, Lon: -179.98}}
	r.Times, r.Odometer = []float64{0, 1, 2}, []float64{0, 1, 2}
	src := string(render(t, writers()[2], p))
	if !strings.Contains(src, `"MultiLineString","coordinates":[[[179.99,10],[180,10.5]],[[-180,10.5],[-179.99,11],[-179.98,11]]]`) {
		t.Errorf("not cut: %s", src[:min(len(src), 3000)])
	}
}

func planSchema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(exchange.PlanSchemaJSON()))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("plan.json", doc); err != nil {
		tb.Fatal(err)
	}
	s, err := c.Compile("plan.json")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestPlanJSONFollowsItsSchemaAndComesBack(t *testing.T) {
	schema := planSchema(t)
	none := regexp.MustCompile(`": null\b`)
	rapid.Check(t, func(rt *rapid.T) {
		p := randomPlan(seeded(rapid.Uint64().Draw(rt, "seed")), rapid.StringMatching(`[a-z<>&"é漢]{0,8}`).Draw(rt, "text"))
		if rapid.Bool().Draw(rt, "bare") {
			p.Areas, p.Warnings, p.Legs[0].Routes[0].Steps, p.Legs[0].Routes[0].Hazards = nil, nil, nil, nil
		}
		src := render(t, writers()[3], p)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
		if err != nil {
			rt.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			rt.Fatal(err)
		}
		if none.Match(src) {
			rt.Fatal("a list is null")
		}
		back, err := exchange.ReadPlan("plan.json", src)
		if err != nil {
			rt.Fatal(err)
		}
		if again := render(t, writers()[3], back); !bytes.Equal(src, again) {
			rt.Fatal("read and written again, the plan is another")
		}
	})
}

// TestPlanSchemaKnowsEveryField holds the schema and the Go types together.
func TestPlanSchemaKnowsEveryField(t *testing.T) {
	type object struct {
		Required   []string
		Properties map[string]any
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(exchange.PlanSchemaJSON(), &schema); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{reflect.TypeFor[time.Time](): true}
	var visit func(t2 reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		o, ok := schema.Defs[typ.Name()]
		if typ == reflect.TypeFor[outrider.Plan]() {
			o, ok = schema.object, true
		}
		if !ok {
			t.Errorf("the schema does not know %s", typ.Name())
			return
		}
		known := 0
		for f := range typ.Fields() {
			name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue // no file holds it
			}
			if _, ok := o.Properties[name]; !ok {
				t.Errorf("the schema does not know %s.%s (%q)", typ.Name(), f.Name, name)
			}
			if required := index(o.Required, name) >= 0; required == strings.Contains(rest, "omit") {
				t.Errorf("%s.%s: required is %v", typ.Name(), f.Name, required)
			}
			known++
			visit(f.Type)
		}
		if known != len(o.Properties) {
			t.Errorf("the schema has %d properties for %s, the type %d", len(o.Properties), typ.Name(), known)
		}
	}
	visit(reflect.TypeFor[outrider.Plan]())
	if len(schema.Defs)+2 != len(seen) {
		t.Errorf("the schema defines %d types, %d are used", len(schema.Defs), len(seen)-2)
	}
}

func TestReadPlanRefuses(t *testing.T) {
	good := string(render(t, writers()[3], randomPlan(seeded(1), "x")))
	cases := map[string]struct{ src, want string }{
		"cut off":       {good[:len(good)/2], "p.json:"},
		"no JSON":       {"hello", "p.json:1:1: not a JSON document"},
		"other version": {strings.Replace(good, "outrider.plan/1", "outrider.plan/9", 1), `schema "outrider.plan/9" is not "outrider.plan/1"`},
		"wrong type":    {strings.Replace(good, `"lat": `, `"lat": "x`+`", "lat_was": `, 1), "p.json:"},
		"no leg":        {`{"schema": "outrider.plan/1"}`, "it has no leg"},
	}
	for name, c := range cases {
		_, err := exchange.ReadPlan("p.json", []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzPlan(f *testing.F) {
	for seed := range uint64(4) { // by road and by rail, in several forms
		f.Add(render(f, writers()[3], randomPlan(seeded(seed), "x")))
	}
	f.Add([]byte(`{"schema": "outrider.plan/1", "legs": [{"routes": [{}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := exchange.ReadPlan("p.json", src)
		if err != nil {
			return
		}
		for _, w := range writers() {
			if err := w.write(io.Discard, p); err != nil && outrider.KindOf(err) == outrider.Internal && w.name != "plan.json" {
				t.Fatalf("%s: %v", w.name, err)
			}
		}
	})
}

// The independent readers: what they see must be what the plan holds.

func TestIndependentReaders(t *testing.T) {
	for name, read := range map[string]func(testing.TB, *outrider.Plan){
		"xmllint": readback.XMLLint, "gpsbabel": readback.GPSBabel, "ogr2ogr": readback.OGR, "ogrinfo": readback.OGRInfo,
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				read(t, randomPlan(seeded(seed), nasty))
			}
		})
	}
}

func TestKMLFillsHaveTheColourOfTheirBorder(t *testing.T) {
	src := string(render(t, writers()[1], randomPlan(seeded(1), "x")))
	for _, id := range []string{"secured", "avoid"} {
		_, style, _ := strings.Cut(src, `<Style id="`+id+`">`)
		parts := strings.SplitN(style, "<color>", 3)
		if len(parts) < 3 || parts[1][:2] != "ff" || parts[2][:2] != "38" || parts[1][2:8] != parts[2][2:8] {
			t.Errorf("style %s: %.300s", id, style)
		}
	}
}

func TestWriteJSONLeavesThePlanAlone(t *testing.T) {
	p, same := randomPlan(seeded(2), "x"), randomPlan(seeded(2), "x")
	p.Legs[0].Mode, same.Legs[0].Mode = "", ""
	src := render(t, writers()[3], p)
	if !reflect.DeepEqual(p, same) {
		t.Error("writing changed the plan")
	}
	back, err := exchange.ReadPlan("p.json", src)
	if err != nil {
		t.Fatal(err)
	}
	if back.Legs[0].Mode != outrider.ByRoad || back.Inputs.FindingIDs == nil || back.Venues[0].Telephones == nil {
		t.Errorf("mode %q, findings %v", back.Legs[0].Mode, back.Inputs.FindingIDs)
	}
}

// What people read has positions, distances and times as the plan asks; what
// programs read stays degrees, metres and RFC 3339.
func TestDescriptionsFollowTheForm(t *testing.T) {
	p := smallPlan()
	for _, w := range writers()[:3] {
		src := string(render(t, w, p))
		for _, want := range []string{"0.7 mi", "06:33 (241133ZNOV26)", "18SVJ5507334660", "verified 2026-11-20 by SCOUT 1", "landing zone ?", "Control room ?"} {
			if !strings.Contains(src, want) {
				t.Errorf("%s does not hold %q", w.name, want)
			}
		}
	}
	p.Print = outrider.PlanPrint{Positions: outrider.UTM}
	for _, w := range writers()[:3] {
		src := string(render(t, w, p))
		for _, want := range []string{"1.1 km", "18N 455074 4334661", "39.16"} {
			if !strings.Contains(src, want) {
				t.Errorf("%s does not hold %q", w.name, want)
			}
		}
	}
}

func TestGPXHasOneWaypointForAHaven(t *testing.T) {
	p := smallPlan()
	r := &p.Legs[0].Routes[0]
	again := r.BreakOut[0]
	again.Point, again.Before = "Camden", true
	r.BreakOut = append(r.BreakOut, again)
	if n := strings.Count(string(render(t, writers()[0], p)), "safe haven of break-outs"); n != 1 {
		t.Errorf("%d waypoints", n)
	}
	if n := strings.Count(string(render(t, writers()[2], p)), `"feature":"break_out"`); n != 2 {
		t.Errorf("%d features", n)
	}
}

// Map data of unknown date is nowhere said to be of 1970, or of the year 1.
func TestWritersSayThatTheDataDateIsUnknown(t *testing.T) {
	for _, date := range []time.Time{{}, time.Unix(0, 0)} {
		p := smallPlan()
		p.Inputs.DataDate = date
		for k, want := range []string{"Map data of unknown date", "<value>unknown</value>", `"data_date":"unknown"`} {
			src := string(render(t, writers()[k], p))
			if !strings.Contains(src, want) || strings.Contains(src, "1970") || strings.Contains(src, "0001-") {
				t.Errorf("%s: the date of the map data is not %q, or is made up", writers()[k].name, want)
			}
		}
	}
}
