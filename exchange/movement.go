package exchange

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/yamldoc"
)

//go:embed movement.schema.json
var movementSchema []byte

// What a movement gets when its file does not say otherwise.
const (
	defaultMaxDetour  = 1.3
	defaultAlternates = 2
	defaultSnap       = 500 // metres
)

// MovementSchemaJSON returns the JSON Schema (draft 2020-12) of movement files.
func MovementSchemaJSON() []byte { return append([]byte(nil), movementSchema...) }

// The movement file, key by key. docs/format/movement.md explains the keys.
type (
	movementFile struct {
		Format   string         `json:"format"`
		Movement string         `json:"movement"`
		Cover    string         `json:"cover_name"`
		Zone     string         `json:"time_zone"`
		Convoy   convoyFile     `json:"convoy"`
		Legs     []legFile      `json:"legs"`
		Secured  []securedFile  `json:"secured_areas"`
		Limits   constraintFile `json:"constraints"`
	}
	convoyFile struct {
		MarchKMH   float64       `json:"march_kmh"`
		CatchUpKMH float64       `json:"catch_up_kmh"`
		GapM       float64       `json:"gap_m"`
		GapS       float64       `json:"gap_s"`
		Vehicles   []vehicleFile `json:"vehicles"`
	}
	vehicleFile struct {
		CallSign string  `json:"call_sign"`
		Role     string  `json:"role"`
		Class    string  `json:"class"`
		Length   float64 `json:"length_m"`
		Width    float64 `json:"width_m"`
		Height   float64 `json:"height_m"`
		Mass     float64 `json:"mass_t"`
		AxleLoad float64 `json:"axle_load_t"`
	}
	legFile struct {
		Name   string      `json:"name"`
		From   *placeFile  `json:"from"`
		Via    []placeFile `json:"via"`
		To     placeFile   `json:"to"`
		Window struct {
			Earliest string `json:"earliest"`
			Latest   string `json:"latest"`
		} `json:"window"`
		Halts []haltFile `json:"halts"`
	}
	haltFile struct {
		At      placeFile `json:"at"`
		Minutes float64   `json:"minutes"`
		Reason  string    `json:"reason"`
	}
	securedFile struct {
		Name   string    `json:"name"`
		Centre placeFile `json:"centre"`
		Radius float64   `json:"radius_m"`
	}
	constraintFile struct {
		MaxDetour  *float64    `json:"max_detour"`
		Alternates *int        `json:"alternates"`
		Snap       *float64    `json:"snap_m"`
		NoFerry    bool        `json:"no_ferry"`
		NoToll     bool        `json:"no_toll"`
		NoPrivate  bool        `json:"no_private"`
		MustPass   []placeFile `json:"must_pass"`
		Avoid      []avoidFile `json:"avoid"`
	}
	avoidFile struct {
		Name    string     `json:"name"`
		Centre  *placeFile `json:"centre"`
		Radius  float64    `json:"radius_m"`
		Polygon []string   `json:"polygon"`
		Forbid  bool       `json:"forbid"`
		Weight  float64    `json:"weight"`
	}
	// placeFile is a place written as a plain string or as {at:, label:}.
	placeFile struct {
		At    string `json:"at"`
		Label string `json:"label"`
		plain bool
	}
)

// UnmarshalJSON reads either form of a place; the schema lets no other pass.
func (p *placeFile) UnmarshalJSON(src []byte) error {
	if err := json.Unmarshal(src, &p.At); err == nil {
		p.plain = true
		return nil
	}
	type full placeFile // without this method
	return json.Unmarshal(src, (*full)(p))
}

// ReadMovement reads a movement file. It is YAML, at most 1 MiB, and follows the
// schema that MovementSchemaJSON returns; unknown keys are refused. Beyond the
// schema it checks what the keys say together: times that exist once in their
// zone, speeds and windows in order, positions on the globe, areas that are
// areas. The error names up to 20 problems, each with line, column, cause and
// remedy; it is a Problems.
func ReadMovement(name string, src []byte) (*outrider.Movement, error) {
	schema, err := yamldoc.Compile(movementSchema)
	if err != nil {
		return nil, fmt.Errorf("the built-in movement schema: %w", err)
	}
	doc, err := yamldoc.Parse(name, src)
	if err != nil {
		return nil, problemsOf(err)
	}
	var f movementFile
	if err := doc.Decode(schema, &f); err != nil {
		return nil, problemsOf(err)
	}
	r := movementReader{name: name, doc: doc}
	m := r.movement(&f)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return m, nil
}

// A movementReader turns the file into a movement and collects what is wrong.
type movementReader struct {
	name     string
	doc      *yamldoc.Document
	problems Problems
}

func (r *movementReader) movement(f *movementFile) *outrider.Movement {
	m := &outrider.Movement{Name: f.Movement, Cover: f.Cover, Zone: time.UTC}
	r.text("/movement", f.Movement)
	if zone, err := time.LoadLocation(f.Zone); err != nil || f.Zone == "Local" {
		r.bad("/time_zone", fmt.Sprintf("unknown time zone %q", f.Zone), "give a name of the IANA list, such as America/New_York or UTC", err)
	} else {
		m.Zone = zone
	}
	m.Convoy = r.convoy(&f.Convoy)
	for i := range f.Legs {
		m.Legs = append(m.Legs, r.leg(m, f, i))
	}
	m.Secured = r.secured(f.Secured)
	m.Constraints = r.constraints(&f.Limits)
	return m
}

func (r *movementReader) convoy(f *convoyFile) outrider.Convoy {
	c := outrider.Convoy{Gap: outrider.Gap{Metres: f.GapM, Seconds: f.GapS}, MarchKMH: f.MarchKMH, CatchUpKMH: f.CatchUpKMH}
	switch {
	case f.GapM > 0 && f.GapS > 0:
		r.bad("/convoy/gap_s", "the gap is given twice, in metres and in seconds", "keep gap_m or gap_s", nil)
	case f.GapM == 0 && f.GapS == 0:
		r.bad("/convoy", "the gap between vehicles is missing", "add gap_m (metres) or gap_s (seconds at march speed)", nil)
	}
	if f.CatchUpKMH < f.MarchKMH {
		r.bad("/convoy/catch_up_kmh", fmt.Sprintf("catch-up speed %g km/h is below the march speed %g km/h", f.CatchUpKMH, f.MarchKMH),
			"a vehicle that fell behind must be able to close up: raise catch_up_kmh or lower march_kmh", nil)
	}
	seen := make(map[string]int, len(f.Vehicles))
	for i := range f.Vehicles {
		v := &f.Vehicles[i]
		if first, again := seen[v.CallSign]; again {
			r.bad(fmt.Sprintf("/convoy/vehicles/%d/call_sign", i), fmt.Sprintf("call sign %q is that of vehicle %d already", v.CallSign, first+1),
				"give every vehicle its own call sign", nil)
		} else {
			seen[v.CallSign] = i
		}
		class := outrider.VehicleClass(v.Class)
		if class == "" {
			class = outrider.ClassCar
		}
		c.Vehicles = append(c.Vehicles, outrider.Vehicle{
			CallSign: v.CallSign, Role: outrider.Role(v.Role), Class: class,
			Length: v.Length, Width: v.Width, Height: v.Height, Mass: v.Mass, AxleLoad: v.AxleLoad,
		})
	}
	return c
}

func (r *movementReader) leg(m *outrider.Movement, f *movementFile, i int) outrider.Leg {
	lf, at := &f.Legs[i], fmt.Sprintf("/legs/%d", i)
	leg := outrider.Leg{Name: lf.Name}
	if leg.Name == "" {
		leg.Name = fmt.Sprintf("Leg %d", i+1)
	}
	r.text(at+"/name", lf.Name)
	switch {
	case lf.From != nil:
		leg.From = r.endpoint(at+"/from", lf.From)
	case i > 0:
		leg.From = m.Legs[i-1].To
	default:
		r.bad(at, "the first leg does not say where it starts", `add from: "latitude,longitude", a name, or a place id`, nil)
	}
	for k := range lf.Via {
		leg.Via = append(leg.Via, r.endpoint(fmt.Sprintf("%s/via/%d", at, k), &lf.Via[k]))
	}
	leg.To = r.endpoint(at+"/to", &lf.To)
	if len(leg.Via) == 0 && samePlace(&leg.From, &leg.To) {
		r.bad(at+"/to", "the leg ends where it starts", "give another destination, or a via to drive a round", nil)
	}
	earliest, ok := r.time(at+"/window/earliest", lf.Window.Earliest, m.Zone)
	latest, ok2 := r.time(at+"/window/latest", lf.Window.Latest, m.Zone)
	if ok && ok2 && latest.Before(earliest) {
		r.bad(at+"/window/latest", "the window closes before it opens: latest is "+latest.Sub(earliest).Abs().String()+" before earliest", "swap them, or mend the date", nil)
	}
	leg.Window = outrider.Window{Earliest: earliest, Latest: latest}
	if i > 0 && ok && earliest.Before(m.Legs[i-1].Window.Earliest) {
		r.bad(at+"/window/earliest", "this leg may start before the one before it", "put the legs in order of time, or mend the date", nil)
	}
	for k := range lf.Halts {
		h := &lf.Halts[k]
		reason := h.Reason
		if reason == "" {
			reason = "other"
		}
		leg.Halts = append(leg.Halts, outrider.Halt{
			At:       r.endpoint(fmt.Sprintf("%s/halts/%d/at", at, k), &h.At),
			Duration: time.Duration(math.Round(h.Minutes * float64(time.Minute))),
			Reason:   reason,
		})
	}
	return leg
}

func samePlace(a, b *outrider.Endpoint) bool {
	if a.Point != nil && b.Point != nil {
		return *a.Point == *b.Point
	}
	return a.Point == nil && b.Point == nil && a.Text != "" && a.Text == b.Text
}

func (r *movementReader) secured(files []securedFile) []outrider.SecuredArea {
	var areas []outrider.SecuredArea
	for i := range files {
		f, at := &files[i], fmt.Sprintf("/secured_areas/%d", i)
		r.text(at+"/name", f.Name)
		a := outrider.SecuredArea{Name: f.Name, Centre: r.endpoint(at+"/centre", &f.Centre), Radius: f.Radius}
		for k := range areas {
			b := &areas[k]
			if a.Name == b.Name {
				r.bad(at+"/name", fmt.Sprintf("there is a secured area %q already", a.Name), "give every area its own name", nil)
			}
			// Areas around names are compared once the names are found, by plan.
			if a.Centre.Point == nil || b.Centre.Point == nil {
				continue
			}
			if apart := geo.Distance(*a.Centre.Point, *b.Centre.Point); apart < a.Radius+b.Radius {
				r.bad(at+"/radius_m", fmt.Sprintf("secured areas %q and %q overlap: centres %.0f m apart, radii %g m and %g m", b.Name, a.Name, apart, b.Radius, a.Radius),
					"make one smaller, or join them into one", nil)
			}
		}
		areas = append(areas, a)
	}
	return areas
}

func (r *movementReader) constraints(f *constraintFile) outrider.Constraints {
	c := outrider.Constraints{
		MaxDetour: defaultMaxDetour, Alternates: defaultAlternates, SnapDistance: defaultSnap,
		NoFerry: f.NoFerry, NoToll: f.NoToll, NoPrivate: f.NoPrivate,
	}
	if f.MaxDetour != nil {
		c.MaxDetour = *f.MaxDetour
	}
	if f.Alternates != nil {
		c.Alternates = *f.Alternates
	}
	if f.Snap != nil {
		c.SnapDistance = *f.Snap
	}
	for i := range f.MustPass {
		c.MustPass = append(c.MustPass, r.endpoint(fmt.Sprintf("/constraints/must_pass/%d", i), &f.MustPass[i]))
	}
	for i := range f.Avoid {
		c.Avoid = append(c.Avoid, r.avoid(fmt.Sprintf("/constraints/avoid/%d", i), &f.Avoid[i]))
	}
	return c
}

func (r *movementReader) avoid(at string, f *avoidFile) outrider.AvoidArea {
	r.text(at+"/name", f.Name)
	a := outrider.AvoidArea{Name: f.Name, Radius: f.Radius, Weight: f.Weight, Position: r.position(at)}
	switch {
	case f.Forbid && f.Weight != 0:
		r.bad(at+"/weight", "the area is both forbidden and weighted", "keep forbid: true or weight", nil)
	case !f.Forbid && f.Weight == 0:
		r.bad(at, "the area does not say how strongly to avoid it", "add forbid: true, or weight: 3 to count time inside three times", nil)
	}
	switch {
	case f.Centre != nil && f.Polygon != nil:
		r.bad(at+"/polygon", "the area is given twice, as a circle and as a polygon", "keep centre and radius_m, or polygon", nil)
	case f.Centre != nil:
		c := r.endpoint(at+"/centre", f.Centre)
		a.Centre = &c
		if f.Radius == 0 {
			r.bad(at+"/centre", "the circle has no radius", "add radius_m", nil)
		}
	case f.Polygon != nil:
		if f.Radius != 0 {
			r.bad(at+"/radius_m", "a polygon has no radius", "remove radius_m, or give centre instead of polygon", nil)
		}
		a.Polygon = r.polygon(at+"/polygon", f.Polygon)
	default:
		r.bad(at, "the area does not say where it is", "add centre and radius_m, or polygon", nil)
	}
	return a
}

// polygon reads the corners of a ring and refuses one that is no area.
func (r *movementReader) polygon(at string, corners []string) []geo.Point {
	var ring []geo.Point
	for i, s := range corners {
		p, err := parseCoordinate(s)
		if err != nil {
			r.bad(fmt.Sprintf("%s/%d", at, i), err.Error(), `write a corner as "latitude,longitude", such as "39.15,-75.52"`, nil)
			return nil
		}
		ring = append(ring, p)
	}
	if len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1] // closed explicitly, as GeoJSON does
	}
	if len(ring) < 3 {
		r.bad(at, "the polygon has fewer than three corners", "give at least three", nil)
		return nil
	}
	seen := make(map[geo.Point]int, len(ring))
	for i, p := range ring {
		if first, again := seen[p]; again {
			r.bad(fmt.Sprintf("%s/%d", at, i), fmt.Sprintf("corner %d is corner %d again", i+1, first+1), "give every corner once, in order along the border", nil)
			return nil
		}
		seen[p] = i
	}
	n := len(ring)
	for i := range n {
		for k := i + 1; k < n; k++ {
			if _, _, cross := geo.SegmentsCross(ring[i], ring[(i+1)%n], ring[k], ring[(k+1)%n]); cross {
				r.bad(fmt.Sprintf("%s/%d", at, k), fmt.Sprintf("the polygon crosses itself: the side after corner %d meets the side after corner %d", k+1, i+1), "give the corners in order along the border", nil)
				return nil
			}
		}
	}
	if flat(ring) {
		r.bad(at, "the polygon's corners lie on one line", "give corners that enclose ground", nil)
		return nil
	}
	return ring
}

// flat reports whether a ring encloses nothing. Corners differ by less than 2³²
// units, so a product may need 65 bits: float64 is exact enough, for a polygon
// whose area is lost in its rounding has corners on a line to a centimetre.
func flat(ring []geo.Point) bool {
	sum, size := 0.0, 0.0
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := float64(ring[i].Lon)-float64(o.Lon), float64(ring[i].Lat)-float64(o.Lat)
		bx, by := float64(ring[i+1].Lon)-float64(o.Lon), float64(ring[i+1].Lat)-float64(o.Lat)
		sum += ax*by - ay*bx
		size += math.Abs(ax*by) + math.Abs(ay*bx)
	}
	return math.Abs(sum) <= size*1e-12
}

// endpoint reads a place: a coordinate, or text to be searched for.
func (r *movementReader) endpoint(at string, f *placeFile) outrider.Endpoint {
	where := at
	if !f.plain {
		where += "/at"
	}
	e := outrider.Endpoint{Label: strings.TrimSpace(f.Label), Text: strings.TrimSpace(f.At), Position: r.position(where)}
	r.text(at+"/label", f.Label)
	r.text(where, f.At)
	if e.Text == "" {
		r.bad(where, "the place is empty", `give "latitude,longitude", a name, or a place id`, nil)
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

// time reads a point in time: with an offset, or local to the movement's zone.
func (r *movementReader) time(at, s string, zone *time.Location) (time.Time, bool) {
	const remedy = "write 2026-11-24T06:30 for local time, or 2026-11-24T06:30-05:00 with an offset"
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.In(zone), r.year(at, t)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		wall, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		times := instants(wall, zone)
		switch len(times) {
		case 0:
			r.bad(at, fmt.Sprintf("%s does not exist in %s: the clocks go forward over it", s, zone), "give a time that exists, or add an offset such as "+wall.Format("2006-01-02T15:04")+offset(wall, zone), nil)
			return time.Time{}, false
		case 1:
			return times[0], r.year(at, times[0])
		default:
			r.bad(at, fmt.Sprintf("%s happens twice in %s: the clocks go back over it", s, zone),
				fmt.Sprintf("add the offset: %s or %s", times[0].Format("2006-01-02T15:04Z07:00"), times[1].Format("2006-01-02T15:04Z07:00")), nil)
			return time.Time{}, false
		}
	}
	r.bad(at, fmt.Sprintf("%q is not a time", s), remedy, nil)
	return time.Time{}, false
}

func (r *movementReader) year(at string, t time.Time) bool {
	if y := t.UTC().Year(); y < 1990 || y > 2200 {
		r.bad(at, fmt.Sprintf("the year %d is none that a movement is planned for", y), "mend the date", nil)
		return false
	}
	return true
}

// instants returns the moments at which the clocks of a zone show the wall time
// (given as if in UTC), in order: usually one, none in the gap when clocks go
// forward, two when they go back.
func instants(wall time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, days := range []int{-1, 1} { // zones change at most once in two days
		_, seconds := wall.AddDate(0, 0, days).In(zone).Zone()
		t := wall.Add(-time.Duration(seconds) * time.Second).In(zone)
		_, actual := t.Zone()
		if actual != seconds || len(found) == 1 && found[0].Equal(t) {
			continue
		}
		found = append(found, t)
	}
	if len(found) == 2 && found[1].Before(found[0]) {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

func offset(wall time.Time, zone *time.Location) string {
	return wall.AddDate(0, 0, 1).In(zone).Format("Z07:00")
}

// text refuses control characters, which no document could print.
func (r *movementReader) text(at, s string) {
	if s != plain(s) {
		r.bad(at, "the text holds a control character or a line break", "write it on one line, in plain characters", nil)
	}
}
