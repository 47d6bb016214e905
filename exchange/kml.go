package exchange

import (
	"fmt"
	"image/color"
	"io"
	"strconv"
	"time"

	"github.com/twpayne/go-kml/v3"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// WriteKML writes the plan as KML 2.2 with a folder for each leg: its routes as
// lines, the march table, hazards, safe havens and break-outs of the primary
// route, decision points and what a railway leg has as points, some with the way
// driven as a line. Areas, as polygons, and venues have folders of their own. Styles name no picture, so
// that opening the file contacts nobody. Text that XML cannot hold is left out.
func WriteKML(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	children := append([]kml.Element{
		kml.Name(plain.Text(p.Movement)),
		kml.Open(true),
		kml.Description(plain.Text("Cover name "+p.Cover+". ") + provenance(p)),
	}, kmlStyles()...)
	children = append(children, kmlData(
		"cover_name", p.Cover,
		"data_date", dataDay(p),
		"stale", strconv.FormatBool(p.Inputs.Stale),
		"map_sha256", p.Inputs.MapHash,
		"made", p.Made.Format(time.RFC3339),
		"program", p.Inputs.Program,
		"attribution", plain.Text(p.Inputs.Credit()),
	))
	if len(p.Areas) > 0 {
		areas := []kml.Element{kml.Name("Areas")}
		for i := range p.Areas {
			areas = append(areas, kmlArea(&p.Areas[i]))
		}
		children = append(children, kml.Folder(areas...))
	}
	all := marks(p)
	children = append(children, kmlFolders(all, -1)...)
	for i := range p.Legs {
		children = append(children, kmlLeg(p, i, all))
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
		point("march", blue, 0.9), point("hazard", red, 0.6), point("haven", green, 0.7), point("break_out", green, 0.8),
		point("decision_point", amber, 0.9), point("turning_back", violet, 0.8), point("stay", blue, 0.9), point("venue", blue, 0.9),
		point("rail_pass", grey, 0.6), point("rail_access", grey, 0.6), point("rail_evacuation", green, 0.7), point("rail_siding", grey, 0.6),
		point("rendezvous", amber, 0.8), line("break_out_way", green, 3), line("decision_point_way", amber, 3),
		area("secured", green), area("avoid", red),
	}
}

func kmlLeg(p *outrider.Plan, i int, all []mark) kml.Element {
	leg := &p.Legs[i]
	routes := []kml.Element{kml.Name("Routes")}
	for j := range leg.Routes {
		routes = append(routes, kmlRoute(p, leg, j))
	}
	children := []kml.Element{
		kml.Name(plain.Text(p.LegName(i))),
		kml.Description(plain.Text(leg.From.Label + " to " + leg.To.Label)),
		kml.Folder(routes...),
	}
	return kml.Folder(append(children, kmlFolders(all, i)...)...)
}

// kmlFolders returns the marks of a leg, or of the whole plan, in a folder for
// each feature that has any: of routes only what the primary has.
func kmlFolders(all []mark, leg int) []kml.Element {
	var folders []kml.Element
	for _, f := range []struct{ feature, title string }{
		{"venue", "Venues"},
		{"march", "March table"},
		{"hazard", "Hazards"},
		{"haven", "Safe havens"},
		{"break_out", "Break-outs"},
		{"decision_point", "Decision points"},
		{"turning_back", "Turning back"},
		{"rail_pass", "Railway"},
		{"rail_access", "Road access to the track"},
		{"rail_evacuation", "Evacuation points"},
		{"rail_siding", "Sidings"},
		{"rendezvous", "Rendezvous"},
		{"stay", "Stay"},
	} {
		folder := []kml.Element{kml.Name(f.title)}
		for n := range all {
			if k := &all[n]; k.feature == f.feature && k.leg == leg && k.route <= 0 {
				folder = append(folder, kmlMark(k)...)
			}
		}
		if len(folder) > 1 {
			folders = append(folders, kml.Folder(folder...))
		}
	}
	return folders
}

// kmlMark writes a mark as a point, and its way, if it has one, as a line.
func kmlMark(k *mark) []kml.Element {
	var data []string
	for n := range k.data {
		data = append(data, k.data[n].key, k.data[n].text())
	}
	list := []kml.Element{kml.Placemark(
		kml.Name(plain.Text(k.name)),
		kml.Description(plain.Text(k.about)),
		kml.StyleURL("#"+k.feature),
		kmlData(data...),
		kml.Point(kml.Coordinates(kml.Coordinate{Lon: k.at.Lon, Lat: k.at.Lat})),
	)}
	if len(k.way) > 1 {
		list = append(list, kml.Placemark(
			kml.Name(plain.Text(k.name)),
			kml.StyleURL("#"+k.feature+"_way"),
			kml.LineString(kml.Tessellate(true), kml.Coordinates(coordinates(k.way)...)),
		))
	}
	return list
}

func coordinates(line []outrider.LatLon) []kml.Coordinate {
	out := make([]kml.Coordinate, len(line))
	for i, q := range line {
		out[i] = kml.Coordinate{Lon: q.Lon, Lat: q.Lat}
	}
	return out
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
	return kml.Placemark(
		kml.Name(plain.Text(r.Name)),
		kml.Description(plain.Text(fmt.Sprintf("%s, %s", FormOf(p).Long(r.Length), Duration(r.Duration+r.Halts)))),
		kml.StyleURL("#"+style),
		kmlData(data...),
		kml.LineString(kml.Tessellate(true), kml.Coordinates(coordinates(r.Points)...)),
	)
}

func kmlArea(a *outrider.PlanArea) kml.Element {
	return kml.Placemark(
		kml.Name(plain.Text(a.Name)),
		kml.StyleURL("#"+plain.Text(a.Kind)),
		kmlData("kind", a.Kind),
		kml.Polygon(kml.Tessellate(true), kml.OuterBoundaryIs(kml.LinearRing(kml.Coordinates(coordinates(areaRing(a))...)))),
	)
}

// kmlData writes pairs of name and value, leaving out empty values.
func kmlData(pairs ...string) kml.Element {
	var data []kml.Element
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := plain.Text(pairs[i+1]); v != "" {
			data = append(data, kml.Data(pairs[i], kml.Value(v)))
		}
	}
	return kml.ExtendedData(data...)
}

func metres(x float64) string  { return strconv.FormatFloat(x, 'f', 1, 64) }
func seconds(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
