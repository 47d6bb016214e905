package exchange

import (
	"fmt"
	"image/color"
	"io"
	"strconv"
	"time"

	"github.com/twpayne/go-kml/v3"

	"github.com/outrider-project/outrider"
)

// WriteKML writes the plan as KML 2.2 with a folder for each leg: its routes as
// lines, the march table, hazards and safe havens of the primary route as
// points, and a folder with the areas as polygons. Styles name no picture, so
// that opening the file contacts nobody. Text that XML cannot hold is left out.
func WriteKML(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	children := append([]kml.Element{
		kml.Name(plain(p.Movement)),
		kml.Open(true),
		kml.Description(plain("Cover name "+p.Cover+". ") + provenance(p)),
	}, kmlStyles()...)
	children = append(children, kmlData(
		"cover_name", p.Cover,
		"data_date", p.Inputs.DataDate.UTC().Format(time.DateOnly),
		"stale", strconv.FormatBool(p.Inputs.Stale),
		"map_sha256", p.Inputs.MapHash,
		"made", p.Made.Format(time.RFC3339),
		"program", p.Inputs.Program,
		"attribution", attribution(p),
	))
	if len(p.Areas) > 0 {
		areas := []kml.Element{kml.Name("Areas")}
		for i := range p.Areas {
			areas = append(areas, kmlArea(&p.Areas[i]))
		}
		children = append(children, kml.Folder(areas...))
	}
	for i := range p.Legs {
		children = append(children, kmlLeg(p, i))
	}
	if err := kml.KML(kml.Document(children...)).WriteIndent(w, "", "  "); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func kmlStyles() []kml.Element {
	blue, amber, violet := color.RGBA{0x12, 0x4e, 0x96, 0xff}, color.RGBA{0xb4, 0x5f, 0x06, 0xff}, color.RGBA{0x6a, 0x3d, 0x9a, 0xff}
	green, red, grey := color.RGBA{0x1b, 0x7a, 0x43, 0xff}, color.RGBA{0xb0, 0x20, 0x2a, 0xff}, color.RGBA{0x55, 0x55, 0x55, 0xff}
	line := func(id string, c color.Color, width float64) kml.Element {
		return kml.SharedStyle(id, kml.LineStyle(kml.Color(c), kml.Width(width)))
	}
	point := func(id string, c color.Color, scale float64) kml.Element {
		return kml.SharedStyle(id, kml.IconStyle(kml.Color(c), kml.Scale(scale)), kml.LabelStyle(kml.Scale(scale)))
	}
	area := func(id string, c color.RGBA) kml.Element {
		// The fill lets the map shine through. KML colours are not multiplied by
		// their opacity and the library writes components as they stand, so this
		// is an RGBA and not an NRGBA.
		fill := color.RGBA{c.R, c.G, c.B, 0x38}
		return kml.SharedStyle(id, kml.LineStyle(kml.Color(c), kml.Width(2)), kml.PolyStyle(kml.Color(fill)))
	}
	return []kml.Element{
		line("primary", blue, 5), line("alternate1", amber, 4), line("alternate2", violet, 4), line("alternate", grey, 3),
		point("march", blue, 0.9), point("hazard", red, 0.6), point("haven", green, 0.7),
		area("secured", green), area("avoid", red),
	}
}

func kmlLeg(p *outrider.Plan, i int) kml.Element {
	leg := &p.Legs[i]
	routes := []kml.Element{kml.Name("Routes")}
	for j := range leg.Routes {
		routes = append(routes, kmlRoute(p, leg, j))
	}
	primary := &leg.Routes[0]
	march := []kml.Element{kml.Name("March table")}
	for k := range primary.March {
		row := &primary.March[k]
		march = append(march, kmlPoint("march", row.Point, row.Lat, row.Lon,
			"kind", row.Kind, "odometer_m", metres(row.Odometer),
			"head", row.Head.Format(time.RFC3339), "tail", row.Tail.Format(time.RFC3339),
			"halt_s", seconds(row.HaltS)))
	}
	hazards := []kml.Element{kml.Name("Hazards"), kml.Visibility(true)}
	for k := range primary.Hazards {
		h := &primary.Hazards[k]
		hazards = append(hazards, kmlPoint("hazard", words(h.Kind), h.Lat, h.Lon,
			"kind", h.Kind, "detail", h.Detail, "from_m", metres(h.From), "to_m", metres(h.To),
			"at", h.At.Format(time.RFC3339), "band", strconv.Itoa(h.Band), "evidence", h.Evidence,
			"osm", h.OSM, "finding", h.Finding))
	}
	havens := []kml.Element{kml.Name("Safe havens")}
	for k := range primary.Havens {
		h := &primary.Havens[k]
		name := h.Name
		if name == "" {
			name = words(h.Kind)
		}
		havens = append(havens, kmlPoint("haven", name, h.Lat, h.Lon,
			"kind", h.Kind, "odometer_m", metres(h.Odometer), "drive_s", seconds(h.Drive),
			"drive_m", metres(h.Metres), "verified", strconv.FormatBool(h.Verified), "osm", h.OSM))
	}
	return kml.Folder(
		kml.Name(plain(legTitle(p, i))),
		kml.Description(plain(leg.From.Label+" to "+leg.To.Label)),
		kml.Folder(routes...), kml.Folder(march...), kml.Folder(hazards...), kml.Folder(havens...),
	)
}

func kmlRoute(p *outrider.Plan, leg *outrider.LegPlan, j int) kml.Element {
	r := &leg.Routes[j]
	style := "alternate"
	switch j {
	case 0:
		style = "primary"
	case 1, 2:
		style += strconv.Itoa(j)
	}
	data := []string{
		"name", r.Name, "length_m", metres(r.Length), "duration_s", seconds(r.Duration), "halts_s", seconds(r.Halts),
		"detour", fmt.Sprintf("%.3f", r.Detour), "shared_primary", fmt.Sprintf("%.3f", r.Shared),
		"max_p_band", strconv.Itoa(r.MaxPBand),
		"start", at(leg, 0).Format(time.RFC3339), "end", at(leg, r.Times[len(r.Times)-1]).Format(time.RFC3339),
	}
	if p.Inputs.Calibrated {
		data = append(data, "max_p", fmt.Sprintf("%.6f", r.MaxP), "lambda", fmt.Sprintf("%.6f", r.Lambda))
	}
	line := make([]kml.Coordinate, len(r.Points))
	for k, q := range r.Points {
		line[k] = kml.Coordinate{Lon: q.Lon, Lat: q.Lat}
	}
	return kml.Placemark(
		kml.Name(plain(r.Name)),
		kml.Description(plain(fmt.Sprintf("%s, %s", kilometres(r.Length), hoursMinutes(r.Duration+r.Halts)))),
		kml.StyleURL("#"+style),
		kmlData(data...),
		kml.LineString(kml.Tessellate(true), kml.Coordinates(line...)),
	)
}

func kmlPoint(style, name string, lat, lon float64, data ...string) kml.Element {
	return kml.Placemark(
		kml.Name(plain(name)),
		kml.StyleURL("#"+style),
		kmlData(data...),
		kml.Point(kml.Coordinates(kml.Coordinate{Lon: lon, Lat: lat})),
	)
}

func kmlArea(a *outrider.PlanArea) kml.Element {
	ring := areaRing(a)
	line := make([]kml.Coordinate, len(ring))
	for k, q := range ring {
		line[k] = kml.Coordinate{Lon: q.Lon, Lat: q.Lat}
	}
	return kml.Placemark(
		kml.Name(plain(a.Name)),
		kml.StyleURL("#"+a.Kind),
		kmlData("kind", a.Kind),
		kml.Polygon(kml.Tessellate(true), kml.OuterBoundaryIs(kml.LinearRing(kml.Coordinates(line...)))),
	)
}

// kmlData writes pairs of name and value, leaving out empty values.
func kmlData(pairs ...string) kml.Element {
	var data []kml.Element
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := plain(pairs[i+1]); v != "" {
			data = append(data, kml.Data(pairs[i], kml.Value(v)))
		}
	}
	return kml.ExtendedData(data...)
}

func metres(x float64) string  { return strconv.FormatFloat(x, 'f', 1, 64) }
func seconds(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
