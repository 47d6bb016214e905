package exchange

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
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
// areas are Polygons, and march table rows, hazards, havens, decision points,
// venues and what a railway leg has are Points, some with the way driven as a
// line. The property "feature" says which; docs/format/plan.md lists the
// properties. The same plan gives the same bytes.
func WriteGeoJSON(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	c := collection{Outrider: origin{
		Movement: p.Movement, Cover: p.Cover, Made: p.Made.Format(time.RFC3339),
		MapName: p.Inputs.MapName, MapHash: p.Inputs.MapHash,
		DataDate: dataDay(p), Stale: p.Inputs.Stale,
		Calibrated: p.Inputs.Calibrated, Program: p.Inputs.Program, Attribution: plain.Text(p.Inputs.Credit()),
		Warnings: append([]string{}, p.Warnings...),
	}}
	for i := range p.Areas {
		c.Features = append(c.Features, areaFeature(&p.Areas[i], i))
	}
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			c.Features = append(c.Features, routeFeature(p, i, j))
		}
	}
	for _, k := range marks(p) {
		c.Features = append(c.Features, markFeatures(p, &k)...)
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

func routeFeature(p *outrider.Plan, i, j int) feature {
	leg, r := &p.Legs[i], &p.Legs[i].Routes[j]
	properties := map[string]any{
		"feature": "route", "leg": p.LegName(i), "route": r.Name, "primary": j == 0, "mode": leg.Mode,
		"from": leg.From.Label, "to": leg.To.Label,
		"length_m": r.Length, "duration_s": r.Duration, "halts_s": r.Halts,
		"detour": r.Detour, "shared_primary": r.Shared, "max_p_band": r.MaxPBand,
		"start": at(leg, 0).Format(time.RFC3339), "end": at(leg, r.Times[len(r.Times)-1]).Format(time.RFC3339),
	}
	if p.Inputs.Calibrated {
		properties["max_p"], properties["lambda"] = r.MaxP, r.Lambda
	}
	return feature{"Feature", id("leg", i) + "/" + id("route", j), lineGeometry(r.Points), properties}
}

// markFeatures writes a mark as a point, and its way, if it has one, as a line
// under the name of the feature and "_way".
func markFeatures(p *outrider.Plan, k *mark) []feature {
	properties := func(name string) map[string]any {
		all := map[string]any{"feature": name, "name": k.name}
		if k.leg >= 0 {
			all["leg"] = p.LegName(k.leg)
		}
		if k.route >= 0 {
			all["route"] = p.Legs[k.leg].Routes[k.route].Name
		}
		return all
	}
	point := properties(k.feature)
	point["description"] = k.about
	for _, d := range k.data {
		if t, ok := d.value.(time.Time); ok {
			if !t.IsZero() {
				point[d.key] = t.Format(time.RFC3339)
			}
			continue
		}
		point[d.key] = d.value
	}
	features := []feature{{"Feature", k.id, geometry{"Point", position(k.at.Lat, k.at.Lon)}, point}}
	if len(k.way) > 1 {
		features = append(features, feature{"Feature", k.id + "/way", lineGeometry(k.way), properties(k.feature + "_way")})
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
