package exchange

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/plain"
)

// MaxStreamEvent is the greatest length in bytes of an event that may go over a
// stream of events; some servers drop longer ones. Points and areas of a data
// package keep to it; routes are longer and go as files only.
const MaxStreamEvent = 2048

// The elements of Cursor on Target that are written.
type (
	cotEvent struct {
		XMLName xml.Name  `xml:"event"`
		Version string    `xml:"version,attr"`
		UID     string    `xml:"uid,attr"`
		Type    string    `xml:"type,attr"`
		How     string    `xml:"how,attr"`
		Time    string    `xml:"time,attr"`
		Start   string    `xml:"start,attr"`
		Stale   string    `xml:"stale,attr"`
		Point   cotPoint  `xml:"point"`
		Detail  cotDetail `xml:"detail"`
	}
	cotPoint struct {
		Lat degrees `xml:"lat,attr"`
		Lon degrees `xml:"lon,attr"`
		HAE string  `xml:"hae,attr"`
		CE  string  `xml:"ce,attr"`
		LE  string  `xml:"le,attr"`
	}
	cotDetail struct {
		Contact cotContact  `xml:"contact"`
		Shape   *cotShape   `xml:"shape"`
		Links   []cotLink   `xml:"link"`
		Fence   *cotFence   `xml:"__geofence"`
		Route   *cotRoute   `xml:"link_attr"`
		Info    *cotInfo    `xml:"__routeinfo"`
		Archive struct{}    `xml:"archive"`
		Remarks cotRemarks  `xml:"remarks"`
		Stroke  *cotInteger `xml:"strokeColor"`
		Weight  *cotDecimal `xml:"strokeWeight"`
	}
	cotContact struct {
		CallSign string `xml:"callsign,attr"`
	}
	cotShape struct {
		Ellipse cotEllipse `xml:"ellipse"`
	}
	cotEllipse struct {
		Major string `xml:"major,attr"`
		Minor string `xml:"minor,attr"`
		Angle string `xml:"angle,attr"`
	}
	cotLink struct {
		UID      string `xml:"uid,attr,omitempty"`
		CallSign string `xml:"callsign,attr"`
		Type     string `xml:"type,attr,omitempty"`
		Point    string `xml:"point,attr"`
		Remarks  string `xml:"remarks,attr"`
		Relation string `xml:"relation,attr,omitempty"`
	}
	cotFence struct {
		Trigger   string `xml:"trigger,attr"`
		Monitor   string `xml:"monitor,attr"`
		Tracking  string `xml:"tracking,attr"`
		Elevation string `xml:"elevationMonitored,attr"`
		Sphere    string `xml:"boundingSphere,attr"`
	}
	cotRoute struct {
		Method    string `xml:"method,attr"`
		Direction string `xml:"direction,attr"`
		RouteType string `xml:"routetype,attr"`
		Order     string `xml:"order,attr"`
		Prefix    string `xml:"prefix,attr"`
		Colour    int32  `xml:"color,attr"`
		Stroke    string `xml:"stroke,attr"`
	}
	cotInfo struct {
		Cues struct{} `xml:"__navcues"`
	}
	cotRemarks struct {
		Text string `xml:",chardata"`
	}
	cotInteger struct {
		Value int32 `xml:"value,attr"`
	}
	cotDecimal struct {
		Value string `xml:"value,attr"`
	}
)

// The elements of the manifest of a data package.
type (
	takManifest struct {
		XMLName  xml.Name       `xml:"MissionPackageManifest"`
		Version  string         `xml:"version,attr"`
		Settings []takParameter `xml:"Configuration>Parameter"`
		Contents []takContent   `xml:"Contents>Content"`
	}
	takParameter struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	takContent struct {
		Ignore bool           `xml:"ignore,attr"`
		Entry  string         `xml:"zipEntry,attr"`
		Params []takParameter `xml:"Parameter"`
	}
)

// WriteTAK writes the plan as a TAK data package: a zip file with a manifest and
// one Cursor on Target event for each route, for each point that GPX has, and for
// each area, with a geofence. Times are UTC; events go stale a day after the
// movement is over. Ids are hashes: they name nothing, and are the same when the
// movement is planned again, so that new events replace old ones. The same plan
// gives the same bytes.
//
// A route keeps the points that its line needs to a metre, and those of the march
// table. By rail there is no method of travel for it in the format: it says
// Driving.
func WriteTAK(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	events, err := takEvents(p)
	if err != nil {
		return err
	}
	m := takManifest{Version: "2", Settings: []takParameter{
		{"uid", uid(p, "data package")}, {"name", plain.Text(p.Movement)}, {"onReceiveImport", "true"}, {"onReceiveDelete", "false"},
	}}
	for i := range events {
		e := &events[i]
		m.Contents = append(m.Contents, takContent{Entry: e.UID + "/" + e.UID + ".cot", Params: []takParameter{{"uid", e.UID}, {"name", e.Detail.Contact.CallSign}}})
	}
	z := zip.NewWriter(w)
	if err := takEntry(z, p.Made, "MANIFEST/manifest.xml", &m); err != nil {
		return err
	}
	for i := range events {
		if err := takEntry(z, p.Made, m.Contents[i].Entry, &events[i]); err != nil {
			return err
		}
	}
	return z.Close()
}

func takEntry(z *zip.Writer, made time.Time, name string, document any) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	src, err := takXML(document)
	if err != nil {
		return err
	}
	_, err = f.Write(src)
	return err
}

func takXML(document any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n")
	if err := xml.NewEncoder(&b).Encode(document); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// uid names a thing of an export: a hash of what the plan is called and of the
// thing's place in it, in the form of a UUID of version 8 (RFC 9562).
func uid(p *outrider.Plan, id string) string {
	sum := sha256.Sum256([]byte("outrider export\x00" + p.Movement + "\x00" + id))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	s := hex.EncodeToString(sum[:16])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

const cotTime = "2006-01-02T15:04:05.000Z"

// takUnknown is what stands for a height or an error that is not known.
const takUnknown = "9999999.0"

func takEvents(p *outrider.Plan) ([]cotEvent, error) {
	stale := p.Made
	for _, d := range Duties(p, 0) {
		if t := d.Until.Add(24 * time.Hour); t.After(stale) {
			stale = t
		}
	}
	event := func(id, kind, name, remarks string, at outrider.LatLon) cotEvent {
		made := p.Made.UTC().Format(cotTime)
		return cotEvent{
			Version: "2.0", UID: uid(p, id), Type: kind, How: "h-g-i-g-o", Time: made, Start: made, Stale: stale.UTC().Format(cotTime),
			Point:  cotPoint{Lat: degrees(at.Lat), Lon: degrees(at.Lon), HAE: takUnknown, CE: takUnknown, LE: takUnknown},
			Detail: cotDetail{Contact: cotContact{plain.Text(name)}, Remarks: cotRemarks{plain.Text(remarks)}},
		}
	}
	var all []cotEvent
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			e := event(id("leg", i)+"/"+id("route", j), "b-m-r", p.LegName(i)+": "+p.Legs[i].Routes[j].Name, provenance(p), p.Legs[i].Routes[j].Points[0])
			takRoute(p, &e, i, j)
			all = append(all, e)
		}
	}
	seen := map[string]bool{} // one point for a haven, however many points break out to it
	for _, k := range marks(p) {
		if !onReceiver(&k) {
			continue
		}
		kind, what := "b-m-p-s-m", k.id
		if k.feature == "march" {
			kind = "b-m-p-w"
		}
		if k.feature == "break_out" {
			what = fmt.Sprint("haven", k.leg, k.name, k.at)
			k.about = join("safe haven of break-outs", words(k.kind), k.where)
		}
		if seen[what] {
			continue
		}
		seen[what] = true
		name, about := k.name, k.about
		for {
			e := event(k.id, kind, name, about, k.at)
			src, err := takXML(&e)
			if err != nil {
				return nil, err
			}
			if len(src) <= MaxStreamEvent {
				all = append(all, e)
				break
			}
			name, about = shorten(name, 100), shorten(about, len(about)/2)
		}
	}
	for i := range p.Areas {
		e, err := takArea(p, i, event)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// shorten cuts a text to a number of bytes, not within a character.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}

// Colours as 32-bit ARGB with sign, as the format has them.
const (
	takBlue  = -0xedb16a // ff124e96
	takAmber = -0x4ba0fa // ffb45f06
	takGreen = -0xe485bd // ff1b7a43
	takRed   = -0x4fdfd6 // ffb0202a
)

func takRoute(p *outrider.Plan, e *cotEvent, i, j int) {
	leg, r := &p.Legs[i], &p.Legs[i].Routes[j]
	named := map[int]*outrider.MarchRow{}
	for k := range r.March {
		row := &r.March[k]
		n, _ := slices.BinarySearch(r.Odometer, row.Odometer)
		n = min(n, len(r.Points)-1)
		if named[n] == nil || row.Kind != "critical" { // a start or halt goes before a point within it
			named[n] = row
		}
	}
	must := func(n int) bool { return named[n] != nil }
	kept := thinned(r.Points, 1, must)
	for _, n := range kept {
		q := r.Points[n]
		l := cotLink{
			UID: uid(p, fmt.Sprintf("%s/%s/point-%d", id("leg", i), id("route", j), n)), Type: "b-m-p-c", Relation: "c",
			Point: strconv.FormatFloat(q.Lat, 'f', 7, 64) + "," + strconv.FormatFloat(q.Lon, 'f', 7, 64),
		}
		if row := named[n]; row != nil {
			l.Type, l.CallSign, l.Remarks = "b-m-p-w", plain.Text(row.Point), plain.Text("head "+DTG(row.Head)+", tail "+DTG(row.Tail))
		}
		e.Detail.Links = append(e.Detail.Links, l)
	}
	colour, kind := int32(takBlue), "Primary"
	if j > 0 {
		colour, kind = takAmber, "Secondary"
	}
	e.Detail.Route = &cotRoute{Method: "Driving", Direction: "Infil", RouteType: kind, Order: "Ascending Check Points", Prefix: "CP", Colour: colour, Stroke: "3"}
	e.Detail.Info = &cotInfo{}
	e.Detail.Remarks.Text = plain.Text(join(leg.From.Label+" to "+leg.To.Label, FormOf(p).Long(r.Length), Duration(r.Duration+r.Halts), provenance(p)))
	e.Detail.Stroke, e.Detail.Weight = &cotInteger{colour}, &cotDecimal{"3.0"}
}

// takArea writes an area as a circle or as a closed form, with a geofence that
// says who enters and leaves. Corners of a polygon that would make the event too
// long for a stream are thinned out.
func takArea(p *outrider.Plan, i int, event func(id, kind, name, remarks string, at outrider.LatLon) cotEvent) (cotEvent, error) {
	a := &p.Areas[i]
	colour := int32(takGreen)
	if a.Kind == outrider.AreaAvoid {
		colour = takRed
	}
	finish := func(e *cotEvent, reach float64) {
		e.Detail.Fence = &cotFence{Trigger: "Both", Monitor: "TAKUsers", Tracking: "false", Elevation: "false", Sphere: strconv.FormatFloat(reach, 'f', 1, 64)}
		e.Detail.Stroke, e.Detail.Weight = &cotInteger{colour}, &cotDecimal{"2.0"}
	}
	name, remarks := shorten(a.Name, 200), words(a.Kind)+" area"
	if a.Centre != nil {
		e := event(id("area", i), "u-d-c-c", name, remarks, *a.Centre)
		radius := strconv.FormatFloat(a.Radius, 'f', 1, 64)
		e.Detail.Shape = &cotShape{cotEllipse{Major: radius, Minor: radius, Angle: "360"}}
		finish(&e, a.Radius)
		return e, nil
	}
	ring := areaRing(a)
	middle := outrider.LatLon{}
	for _, q := range ring[1:] {
		middle.Lat += q.Lat / float64(len(ring)-1)
		middle.Lon += ring[0].Lon/float64(len(ring)-1) + math.Remainder(q.Lon-ring[0].Lon, 360)/float64(len(ring)-1)
	}
	middle.Lon = math.Remainder(middle.Lon, 360)
	reach := 0.0
	for _, q := range ring {
		reach = max(reach, geo.Distance(middle.Point(), q.Point()))
	}
	for tolerance := 0.0; ; tolerance = max(1, 2*tolerance) {
		e := event(id("area", i), "u-d-f", name, remarks, middle)
		for _, n := range thinned(ring, tolerance, func(int) bool { return false }) {
			e.Detail.Links = append(e.Detail.Links, cotLink{Point: strconv.FormatFloat(ring[n].Lat, 'f', 7, 64) + "," + strconv.FormatFloat(ring[n].Lon, 'f', 7, 64)})
		}
		finish(&e, reach)
		src, err := takXML(&e)
		if err != nil {
			return e, err
		}
		if len(src) <= MaxStreamEvent || len(e.Detail.Links) <= 4 {
			return e, nil
		}
	}
}

// thinned returns the indices of the points that a line needs to lie within
// tolerance metres of itself (Douglas and Peucker, Cartographica 10, 1973), its
// ends, and those that must stay. A closed line keeps at least three corners.
func thinned(line []outrider.LatLon, tolerance float64, must func(int) bool) []int {
	keep := make([]bool, len(line))
	last := len(line) - 1
	if tolerance == 0 {
		must = func(int) bool { return true }
	}
	keep[0], keep[last] = true, true
	anchors := []int{0}
	for n := 1; n < last; n++ {
		if must(n) {
			anchors = append(anchors, n)
			keep[n] = true
		}
	}
	if line[0] == line[last] && last > 3 {
		// A ring has no chord: it is cut at the corners farthest from its first.
		far := farthest(line, 0, last)
		anchors = append(anchors, far, farthest(line, 0, far), farthest(line, far, last))
		slices.Sort(anchors)
		anchors = slices.Compact(anchors)
		for _, n := range anchors {
			keep[n] = true
		}
	}
	anchors = append(anchors, last)
	type span struct{ from, to int }
	var open []span
	for k := 1; k < len(anchors); k++ {
		open = append(open, span{anchors[k-1], anchors[k]})
	}
	for len(open) > 0 {
		s := open[len(open)-1]
		open = open[:len(open)-1]
		worst, at := tolerance, -1
		for n := s.from + 1; n < s.to; n++ {
			if d := offChord(line[s.from], line[s.to], line[n]); d > worst {
				worst, at = d, n
			}
		}
		if at > 0 {
			keep[at] = true
			open = append(open, span{s.from, at}, span{at, s.to})
		}
	}
	var kept []int
	for n, yes := range keep {
		if yes {
			kept = append(kept, n)
		}
	}
	return kept
}

// farthest returns the point between two that is farthest from their chord.
func farthest(line []outrider.LatLon, from, to int) int {
	best, at := -1.0, from
	for n := from + 1; n < to; n++ {
		if d := offChord(line[from], line[to], line[n]); d > best {
			best, at = d, n
		}
	}
	return at
}

// offChord returns how far a point is from the line between two others, in metres
// on a plane that touches the globe at the first.
func offChord(a, b, q outrider.LatLon) float64 {
	const metres = 111_320.0
	scale := metres * math.Cos(a.Lat*math.Pi/180)
	bx, by := math.Remainder(b.Lon-a.Lon, 360)*scale, (b.Lat-a.Lat)*metres
	qx, qy := math.Remainder(q.Lon-a.Lon, 360)*scale, (q.Lat-a.Lat)*metres
	t := 0.0
	if length := bx*bx + by*by; length > 0 {
		t = min(1, max(0, (qx*bx+qy*by)/length))
	}
	return math.Hypot(qx-t*bx, qy-t*by)
}
