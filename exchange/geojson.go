package exchange

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/outrider-project/outrider"
)

type (
	collection struct {
		Outrider origin // a foreign member, which RFC 7946 allows
		Features []feature
	}
	origin struct {
		Movement    string   `json:"movement"`
		Cover       string   `json:"cover_name"`
		Made        string   `json:"made"`
		MapName     string   `json:"map_name"`
		MapHash     string   `json:"map_sha256"`
		DataDate    string   `json:"data_date"`
		Stale       bool     `json:"stale"`
		Calibrated  bool     `json:"profile_calibrated"`
		Program     string   `json:"program"`
		Attribution string   `json:"attribution"`
		Warnings    []string `json:"warnings"`
	}
	feature struct {
		Type       string         `json:"type"`
		ID         string         `json:"id"`
		Geometry   geometry       `json:"geometry"`
		Properties map[string]any `json:"properties"`
	}
	geometry struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}
)

// WriteGeoJSON writes the plan as a GeoJSON FeatureCollection (RFC 7946). Every
// route is a LineString, or a MultiLineString where it crosses longitude 180;
// march table rows, hazards and safe havens of every route are Points, areas
// are Polygons. The property "feature" says which; docs/format/plan.md lists
// the properties. The same plan gives the same bytes.
func WriteGeoJSON(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	c := collection{Outrider: origin{
		Movement: p.Movement, Cover: p.Cover, Made: p.Made.Format(time.RFC3339),
		MapName: p.Inputs.MapName, MapHash: p.Inputs.MapHash,
		DataDate: p.Inputs.DataDate.UTC().Format(time.DateOnly), Stale: p.Inputs.Stale,
		Calibrated: p.Inputs.Calibrated, Program: p.Inputs.Program, Attribution: attribution(p),
		Warnings: append([]string{}, p.Warnings...),
	}}
	for i := range p.Areas {
		c.Features = append(c.Features, areaFeature(&p.Areas[i], i))
	}
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			c.Features = append(c.Features, routeFeatures(p, i, j)...)
		}
	}
	return c.write(w)
}

// write puts each feature on a line of its own, so that the file can be read and
// compared by line without four lines for every point.
func (c *collection) write(w io.Writer) error {
	head, err := json.Marshal(&c.Outrider)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(`{"type":"FeatureCollection",` + "\n" + `"outrider":`)
	b.Write(head)
	b.WriteString(",\n" + `"features":[`)
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i := range c.Features {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		if err := e.Encode(&c.Features[i]); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // the encoder's line break
	}
	b.WriteString("\n]}\n")
	_, err = w.Write(b.Bytes())
	return err
}

func areaFeature(a *outrider.PlanArea, i int) feature {
	properties := map[string]any{"feature": "area", "kind": a.Kind, "name": a.Name}
	if a.Centre != nil {
		properties["radius_m"] = a.Radius
	}
	if a.Kind == outrider.AreaAvoid {
		properties["weight"] = a.Weight
	}
	return feature{
		"Feature", id("area", i),
		geometry{"Polygon", [][][2]float64{positions(areaRing(a))}},
		properties,
	}
}

func routeFeatures(p *outrider.Plan, i, j int) []feature {
	leg, r := &p.Legs[i], &p.Legs[i].Routes[j]
	prefix := id("leg", i) + "/" + id("route", j)
	point := func(kind string, k int, lat, lon float64, properties map[string]any) feature {
		properties["feature"] = kind
		properties["leg"] = legTitle(p, i)
		properties["route"] = r.Name
		return feature{"Feature", prefix + "/" + id(kind, k), geometry{"Point", position(lat, lon)}, properties}
	}
	properties := map[string]any{
		"feature": "route", "leg": legTitle(p, i), "route": r.Name, "primary": j == 0,
		"from": leg.From.Label, "to": leg.To.Label,
		"length_m": r.Length, "duration_s": r.Duration, "halts_s": r.Halts,
		"detour": r.Detour, "shared_primary": r.Shared, "max_p_band": r.MaxPBand,
		"start": at(leg, 0).Format(time.RFC3339), "end": at(leg, r.Times[len(r.Times)-1]).Format(time.RFC3339),
	}
	if p.Inputs.Calibrated {
		properties["max_p"], properties["lambda"] = r.MaxP, r.Lambda
	}
	features := []feature{{"Feature", prefix, lineGeometry(r.Points), properties}}
	for k := range r.March {
		row := &r.March[k]
		features = append(features, point("march", k, row.Lat, row.Lon, map[string]any{
			"name": row.Point, "kind": row.Kind, "odometer_m": row.Odometer, "pass_s": row.PassTime, "halt_s": row.HaltS,
			"head": row.Head.Format(time.RFC3339), "tail": row.Tail.Format(time.RFC3339),
		}))
	}
	for k := range r.Hazards {
		h := &r.Hazards[k]
		features = append(features, point("hazard", k, h.Lat, h.Lon, map[string]any{
			"kind": h.Kind, "from_m": h.From, "to_m": h.To, "at": h.At.Format(time.RFC3339),
			"detail": h.Detail, "evidence": h.Evidence, "osm": h.OSM, "finding": h.Finding, "band": h.Band,
		}))
	}
	for k := range r.Havens {
		h := &r.Havens[k]
		features = append(features, point("haven", k, h.Lat, h.Lon, map[string]any{
			"kind": h.Kind, "name": h.Name, "osm": h.OSM, "odometer_m": h.Odometer,
			"drive_s": h.Drive, "drive_m": h.Metres, "verified": h.Verified,
		}))
	}
	return features
}

func lineGeometry(line []outrider.LatLon) geometry {
	parts := splitAntimeridian(line)
	if len(parts) == 1 {
		return geometry{"LineString", positions(parts[0])}
	}
	lines := make([][][2]float64, len(parts))
	for i, part := range parts {
		lines[i] = positions(part)
	}
	return geometry{"MultiLineString", lines}
}

func positions(line []outrider.LatLon) [][2]float64 {
	out := make([][2]float64, len(line))
	for i, q := range line {
		out[i] = position(q.Lat, q.Lon)
	}
	return out
}

// position has longitude first, with the seven places that map data has.
func position(lat, lon float64) [2]float64 {
	return [2]float64{math.Round(lon*1e7) / 1e7, math.Round(lat*1e7) / 1e7}
}
