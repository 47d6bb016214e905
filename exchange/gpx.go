package exchange

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/outrider-project/outrider"
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
// tables as waypoints, and every route twice, as rte and as trk, because
// programs read one or the other. Both hold all points with the head's times
// for the earliest start, in UTC to the millisecond. Text that XML cannot hold
// is left out.
func WriteGPX(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	f := gpxFile{
		Version: "1.1",
		Creator: plain(p.Inputs.Program),
		Metadata: gpxMetadata{
			Name: plain(p.Movement),
			Desc: plain("Cover name "+p.Cover+". ") + provenance(p),
			Copyright: gpxCopyright{
				Author:  "OpenStreetMap contributors",
				License: "https://www.openstreetmap.org/copyright",
			},
			Time:     p.Made.UTC().Format(gpxTime),
			Keywords: "movement, " + plain(p.Cover),
			Bounds:   bounds(p),
		},
	}
	if y := p.Inputs.DataDate.UTC().Year(); y > 1970 {
		f.Metadata.Copyright.Year = fmt.Sprintf("%04d", y)
	}
	if f.Creator == "" {
		f.Creator = "outrider"
	}
	number := 0
	for i := range p.Legs {
		leg := &p.Legs[i]
		f.Way = append(f.Way, gpxMarch(leg)...)
		for j := range leg.Routes {
			r := &leg.Routes[j]
			number++
			name := legTitle(p, i) + ": " + r.Name
			desc := fmt.Sprintf("%s to %s, %s, %s", leg.From.Label, leg.To.Label, kilometres(r.Length), hoursMinutes(r.Duration+r.Halts))
			points := make([]gpxPoint, len(r.Points))
			for k, q := range r.Points {
				points[k] = gpxPoint{Lat: degrees(q.Lat), Lon: degrees(q.Lon), Time: at(leg, r.Times[k]).UTC().Format(gpxTime)}
			}
			src := provenance(p)
			f.Tracks = append(f.Tracks, gpxTrack{plain(name), plain(desc), src, number, "convoy", []gpxSegment{{points}}})
			f.Routes = append(f.Routes, gpxRoute{plain(name), plain(desc), src, number, "convoy", gpxTurns(r, points)})
		}
	}
	return writeXML(w, &f)
}

// gpxMarch returns the primary route's march table as waypoints.
func gpxMarch(leg *outrider.LegPlan) []gpxPoint {
	rows := leg.Routes[0].March
	points := make([]gpxPoint, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		desc := fmt.Sprintf("%s, km %.1f, head %s, tail %s", row.Kind, row.Odometer/1000, row.Head.Format("15:04"), row.Tail.Format("15:04"))
		if row.HaltS > 0 {
			desc += ", halt " + hoursMinutes(row.HaltS)
		}
		points = append(points, gpxPoint{
			Lat: degrees(row.Lat), Lon: degrees(row.Lon),
			Time: row.Head.UTC().Format(gpxTime), Name: plain(row.Point), Desc: plain(desc),
			Sym: gpxSymbol(row.Kind), Type: plain(row.Kind),
		})
	}
	return points
}

// gpxSymbol returns the name of a symbol that most receivers draw.
func gpxSymbol(kind string) string {
	switch kind {
	case "start":
		return "Flag, Green"
	case "release":
		return "Flag, Red"
	case "halt":
		return "Parking Area"
	}
	return "Flag, Blue"
}

// gpxTurns returns the points with a name and the way to drive at those where a
// step begins.
func gpxTurns(r *outrider.RoutePlan, points []gpxPoint) []gpxPoint {
	turns := append([]gpxPoint(nil), points...)
	k := 0
	for i := range r.Steps {
		s := &r.Steps[i]
		for k+1 < len(turns) && r.Odometer[k+1] <= s.From {
			k++
		}
		turns[k].Name = plain(s.Road)
		turns[k].Desc = plain(fmt.Sprintf("%s, %s", s.Turn, kilometres(s.Length)))
	}
	return turns
}

// bounds returns the box around all routes and points of march.
func bounds(p *outrider.Plan) gpxBounds {
	b := gpxBounds{MinLat: 90, MinLon: 180, MaxLat: -90, MaxLon: -180}
	extend := func(lat, lon float64) {
		b.MinLat, b.MaxLat = min(b.MinLat, degrees(lat)), max(b.MaxLat, degrees(lat))
		b.MinLon, b.MaxLon = min(b.MinLon, degrees(lon)), max(b.MaxLon, degrees(lon))
	}
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			for _, q := range r.Points {
				extend(q.Lat, q.Lon)
			}
			for k := range r.March {
				extend(r.March[k].Lat, r.March[k].Lon)
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

func kilometres(metres float64) string { return fmt.Sprintf("%.1f km", metres/1000) }

func hoursMinutes(seconds float64) string {
	m := int64(time.Duration(seconds*float64(time.Second)).Round(time.Minute) / time.Minute)
	return fmt.Sprintf("%d h %02d min", m/60, m%60)
}
