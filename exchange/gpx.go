package exchange

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// The elements of GPX 1.1 that are written. The order of the fields is the
// order that the schema demands of the elements.
type (
	gpxFile struct {
		XMLName  xml.Name    `xml:"http://www.topografix.com/GPX/1/1 gpx"`
		Version  string      `xml:"version,attr"`
		Creator  string      `xml:"creator,attr"`
		Metadata gpxMetadata `xml:"metadata"`
		Way      []gpxPoint  `xml:"wpt"`
		Routes   []gpxRoute  `xml:"rte"`
		Tracks   []gpxTrack  `xml:"trk"`
	}
	gpxMetadata struct {
		Name      string       `xml:"name"`
		Desc      string       `xml:"desc"`
		Copyright gpxCopyright `xml:"copyright"`
		Time      string       `xml:"time"`
		Keywords  string       `xml:"keywords"`
		Bounds    gpxBounds    `xml:"bounds"`
	}
	gpxCopyright struct {
		Author  string `xml:"author,attr"`
		Year    string `xml:"year,omitempty"`
		License string `xml:"license"`
	}
	gpxBounds struct {
		MinLat degrees `xml:"minlat,attr"`
		MinLon degrees `xml:"minlon,attr"`
		MaxLat degrees `xml:"maxlat,attr"`
		MaxLon degrees `xml:"maxlon,attr"`
	}
	gpxPoint struct {
		Lat  degrees `xml:"lat,attr"`
		Lon  degrees `xml:"lon,attr"`
		Time string  `xml:"time,omitempty"`
		Name string  `xml:"name,omitempty"`
		Desc string  `xml:"desc,omitempty"`
		Sym  string  `xml:"sym,omitempty"`
		Type string  `xml:"type,omitempty"`
	}
	gpxRoute struct {
		Name   string     `xml:"name"`
		Desc   string     `xml:"desc"`
		Src    string     `xml:"src"`
		Number int        `xml:"number"`
		Type   string     `xml:"type"`
		Points []gpxPoint `xml:"rtept"`
	}
	gpxTrack struct {
		Name    string       `xml:"name"`
		Desc    string       `xml:"desc"`
		Src     string       `xml:"src"`
		Number  int          `xml:"number"`
		Type    string       `xml:"type"`
		Segment []gpxSegment `xml:"trkseg"`
	}
	gpxSegment struct {
		Points []gpxPoint `xml:"trkpt"`
	}
)

// degrees is written with seven places, a centimetre, and never in the form
// 1e-05, which GPX readers do not expect.
type degrees float64

// MarshalText writes the angle.
func (d degrees) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d), 'f', 7, 64), nil
}

const gpxTime = "2006-01-02T15:04:05.000Z"

// WriteGPX writes the plan as GPX 1.1: the points of the primary routes' march
// tables as waypoints, with them venues, decision points, break-outs and the
// points of railway legs, and every route twice, as rte and as trk, because
// programs read one or the other. Both hold all points with the head's times
// for the earliest start, in UTC to the millisecond. Text that XML cannot hold
// is left out.
func WriteGPX(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	f := gpxFile{
		Version: "1.1",
		Creator: plain.Text(p.Inputs.Program),
		Metadata: gpxMetadata{
			Name: plain.Text(p.Movement),
			Desc: plain.Text("Cover name "+p.Cover+". ") + provenance(p),
			Copyright: gpxCopyright{
				Author:  "OpenStreetMap contributors",
				License: "https://www.openstreetmap.org/copyright",
			},
			Time:     p.Made.UTC().Format(gpxTime),
			Keywords: "movement, " + plain.Text(p.Cover),
			Bounds:   bounds(p),
		},
	}
	if y := p.Inputs.DataDate.UTC().Year(); y > 1970 {
		f.Metadata.Copyright.Year = fmt.Sprintf("%04d", y)
	}
	if f.Creator == "" {
		f.Creator = "outrider"
	}
	havens := map[string]bool{} // one waypoint each, however many points break out to it
	for _, k := range marks(p) {
		if !onReceiver(&k) {
			continue
		}
		w := gpxMark(&k)
		if k.feature == "break_out" {
			place := fmt.Sprint(k.leg, k.name, k.at)
			if havens[place] {
				continue
			}
			havens[place] = true
			w.Desc = plain.Text(join("safe haven of break-outs", words(k.kind), k.where))
		}
		f.Way = append(f.Way, w)
		f.Metadata.Bounds.extend(k.at)
	}
	number, form := 0, FormOf(p)
	for i := range p.Legs {
		leg := &p.Legs[i]
		for j := range leg.Routes {
			r := &leg.Routes[j]
			number++
			name := p.LegName(i) + ": " + r.Name
			desc := fmt.Sprintf("%s to %s, %s, %s", leg.From.Label, leg.To.Label, form.Long(r.Length), Duration(r.Duration+r.Halts))
			points := make([]gpxPoint, len(r.Points))
			for k, q := range r.Points {
				points[k] = gpxPoint{Lat: degrees(q.Lat), Lon: degrees(q.Lon), Time: at(leg, r.Times[k]).UTC().Format(gpxTime)}
			}
			src := provenance(p)
			f.Tracks = append(f.Tracks, gpxTrack{plain.Text(name), plain.Text(desc), src, number, "convoy", []gpxSegment{{points}}})
			f.Routes = append(f.Routes, gpxRoute{plain.Text(name), plain.Text(desc), src, number, "convoy", gpxTurns(r, points, form)})
		}
	}
	return writeXML(w, &f)
}

// onReceiver reports whether a mark becomes a waypoint. Hazards and havens do
// not, and of march tables and break-outs only the primary's: a receiver shows
// every waypoint at once.
func onReceiver(k *mark) bool {
	return k.feature != "hazard" && k.feature != "haven" && k.route <= 0
}

func gpxMark(k *mark) gpxPoint {
	w := gpxPoint{
		Lat: degrees(k.at.Lat), Lon: degrees(k.at.Lon), Name: plain.Text(k.name), Desc: plain.Text(k.about),
		Sym: gpxSymbol(k), Type: plain.Text(words(k.feature)),
	}
	if k.feature == "march" {
		w.Type = plain.Text(k.kind)
	}
	if !k.time.IsZero() {
		w.Time = k.time.UTC().Format(gpxTime)
	}
	return w
}

// gpxSymbol returns the name of a symbol that most receivers draw.
func gpxSymbol(k *mark) string {
	switch k.feature {
	case "march":
		switch k.kind {
		case "start":
			return "Flag, Green"
		case "release":
			return "Flag, Red"
		case "halt":
			return "Parking Area"
		}
		return "Flag, Blue"
	case "venue", "stay":
		return "Building"
	case "break_out":
		return "Medical Facility"
	case "decision_point":
		return "Crossing"
	case "turning_back":
		return "Navaid, Amber"
	}
	return "Pin, Blue"
}

// gpxTurns returns the points with a name and the way to drive at those where a
// step begins.
func gpxTurns(r *outrider.RoutePlan, points []gpxPoint, form Form) []gpxPoint {
	turns := append([]gpxPoint(nil), points...)
	k := 0
	for i := range r.Steps {
		s := &r.Steps[i]
		for k+1 < len(turns) && r.Odometer[k+1] <= s.From {
			k++
		}
		turns[k].Name = plain.Text(s.Road)
		turns[k].Desc = plain.Text(fmt.Sprintf("%s, %s", s.Turn, form.Distance(s.Length)))
	}
	return turns
}

// extend makes the box hold a position.
func (b *gpxBounds) extend(q outrider.LatLon) {
	b.MinLat, b.MaxLat = min(b.MinLat, degrees(q.Lat)), max(b.MaxLat, degrees(q.Lat))
	b.MinLon, b.MaxLon = min(b.MinLon, degrees(q.Lon)), max(b.MaxLon, degrees(q.Lon))
}

// bounds returns the box around all routes.
func bounds(p *outrider.Plan) gpxBounds {
	b := gpxBounds{MinLat: 90, MinLon: 180, MaxLat: -90, MaxLon: -180}
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			for _, q := range p.Legs[i].Routes[j].Points {
				b.extend(q)
			}
		}
	}
	return b
}

// writeXML writes a document with its declaration and a final line break.
func writeXML(w io.Writer, document any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
