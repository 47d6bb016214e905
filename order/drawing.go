package order

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
)

// Sizes of what is drawn, in units of the view.
const (
	hazardSize = 29 // radius of a hazard's plate
	markSize   = 46 // radius of a critical point's disc
)

// A drawing is one map of the report.
type drawing struct {
	p    *outrider.Plan
	leg  *outrider.LegPlan
	m    *network.Map // nil: no ground is drawn
	v    view
	id   string // of the svg element; ids within begin with it
	name string // for those who hear the page
	// budget bounds the bytes of ground.
	budget int
	// symbols collects the names of the symbols drawn.
	symbols map[string]bool
	// hidden counts hazards for which there was no room.
	hidden int
	// mix, if not nil, is drawn in place of the leg's routes.
	mix *outrider.RouteMix
	// least is the least important class of road drawn.
	least network.RoadClass
}

// overview returns the drawing of a whole leg.
func overview(p *outrider.Plan, m *network.Map, i, budget int) *drawing {
	leg := &p.Legs[i]
	places := []outrider.LatLon{leg.From.Asked, leg.To.Asked}
	for j := range leg.Routes {
		places = append(places, leg.Routes[j].Points...)
	}
	return &drawing{
		p: p, leg: leg, m: m, v: fit(fullWidth, places, 1500, 0.62, 1.28), id: fmt.Sprintf("map%d", i+1),
		name:   fmt.Sprintf("Map of %s: %s to %s", legTitle(p, i), leg.From.Label, leg.To.Label),
		budget: budget, symbols: map[string]bool{},
	}
}

// detail returns the drawing of the ground around one end of a leg.
func detail(p *outrider.Plan, m *network.Map, i, budget int, start bool) *drawing {
	leg := &p.Legs[i]
	centre, name, suffix := leg.To, "release", "r"
	if start {
		centre, name, suffix = leg.From, "start", "s"
	}
	at := outrider.LatLon{Lat: centre.Lat, Lon: centre.Lon}
	return &drawing{
		p: p, leg: leg, m: m, v: fit(halfWidth, []outrider.LatLon{at, centre.Asked}, 2400, 0.8, 0.8), id: fmt.Sprintf("map%d%s", i+1, suffix),
		name:   fmt.Sprintf("Map of the ground around the %s point %s", name, centre.Label),
		budget: budget, symbols: map[string]bool{},
	}
}

// svg returns the drawing.
func (d *drawing) svg() []byte {
	out := fmt.Appendf(nil, "<svg class=\"map\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t\" xmlns=\"http://www.w3.org/2000/svg\">\n"+
		"<title id=\"%s-t\">%s</title>\n<clipPath id=\"%s-c\"><rect width=\"%d\" height=\"%d\"/></clipPath>\n<g clip-path=\"url(#%s-c)\">\n<rect class=\"land\" width=\"%d\" height=\"%d\"/>\n",
		d.v.width, d.v.height, d.id, d.id, escape(d.name), d.id, d.v.width, d.v.height, d.id, d.v.width, d.v.height)
	base := basemap{m: d.m, v: &d.v, budget: d.budget}
	if d.m != nil {
		out = base.water(out)
		out = base.roads(out)
		out = base.railways(out)
		d.least = base.drawn
	}
	out = d.areas(out)
	// What tells the map's own story takes its ground first, names get the rest,
	// but lie under the symbols.
	ground := d.furnitureGround()
	var over []byte
	if d.mix != nil {
		out = d.mixed(d.held(out))
		over, ground = d.ends(nil, ground)
		var places, letters []byte
		letters, ground = d.letters(nil, ground)
		places, ground = d.attacked(nil, ground)
		over = append(append(places, letters...), over...)
	} else {
		out = d.routes(out)
		over, ground = d.marks(nil, ground)
		var havens, hazards []byte
		havens, ground = d.havens(nil, ground)
		hazards, ground = d.hazards(nil, ground)
		over = append(append(hazards, havens...), over...)
	}
	if d.m != nil {
		out, _ = base.names(out, ground)
	}
	out = append(out, over...)
	out = d.furniture(out)
	return fmt.Appendf(out, "</g>\n<rect class=\"neat\" x=\"4\" y=\"4\" width=\"%d\" height=\"%d\"/>\n</svg>", d.v.width-8, d.v.height-8)
}

func escape(s string) string { return html.EscapeString(plain.Text(s)) }

// areas appends the movement's areas.
func (d *drawing) areas(out []byte) []byte {
	for i := range d.p.Areas {
		a := &d.p.Areas[i]
		ring := d.v.clipRing(d.v.line(exchange.AreaRing(a)))
		if len(ring) < 3 {
			continue
		}
		out = fmt.Appendf(out, "<path class=\"%s\" d=\"%s\"><title>%s</title></path>\n", areaClass(a), appendPath(nil, ring, true), escape(a.Kind+" area: "+a.Name))
	}
	return out
}

func areaClass(a *outrider.PlanArea) string {
	switch {
	case a.Kind == outrider.AreaSecured:
		return "secured"
	case a.Weight == 0:
		return "forbidden"
	}
	return "avoid"
}

// routeClass returns the style class of route j.
func routeClass(j int) string { return fmt.Sprintf("route%d", min(j, 3)) }

// routes appends the lines, the primary uppermost.
func (d *drawing) routes(out []byte) []byte {
	for j, v := range slices.Backward(d.leg.Routes) {
		var data []byte
		for _, run := range d.v.runs(d.v.line(v.Points)) {
			data = appendPath(data, simplify(run, 1), false)
		}
		out = path(out, fmt.Sprintf("casing%d", min(j, 1)), data)
		out = path(out, routeClass(j), data)
	}
	return out
}

// marks appends start, release and critical points of the primary route. Where a
// number would cover another it stands aside, with a line to its place.
func (d *drawing) marks(out []byte, ground taken) ([]byte, taken) {
	rows := d.leg.Routes[0].March
	names := marks(rows)
	order := make([]int, 0, len(rows))
	for i := range rows {
		order = append(order, i)
	}
	// Start and release first: they keep their place.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(rows[b].Kind), rank(rows[a].Kind)) })
	var discs []byte
	for _, i := range order {
		row := &rows[i]
		at := d.v.at(outrider.LatLon{Lat: row.Lat, Lon: row.Lon})
		if !d.v.inside(at, 0) {
			continue
		}
		spot := d.room(at, markSize+8, ground)
		ground = append(ground, rect{spot.x - markSize, spot.y - markSize, spot.x + markSize, spot.y + markSize})
		if spot != at {
			out = fmt.Appendf(out, "<path class=\"leader\" d=\"M%.0f %.0fL%.0f %.0f\"/><circle class=\"dot\" cx=\"%.0f\" cy=\"%.0f\" r=\"14\"/>\n", at.x, at.y, spot.x, spot.y, at.x, at.y)
		}
		discs = fmt.Appendf(discs, "<g class=\"mark %s\"><title>%s</title>", markClass(row.Kind), escape(names[i]+" "+row.Point))
		if row.Kind == "halt" {
			discs = fmt.Appendf(discs, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\" rx=\"8\"/>", spot.x-markSize+4, spot.y-markSize+4, 2*markSize-8, 2*markSize-8)
		} else {
			discs = fmt.Appendf(discs, "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"%d\"/>", spot.x, spot.y, markSize)
		}
		discs = fmt.Appendf(discs, "<text x=\"%.0f\" y=\"%.0f\">%s</text></g>\n", spot.x, spot.y+19, names[i])
	}
	// Discs lie over all leaders.
	return append(out, discs...), ground
}

// markClass returns the style class of a march table row; a kind that the
// report does not know gets that of a critical point.
func markClass(kind string) string {
	switch kind {
	case "start", "release", "halt", "via":
		return kind
	}
	return "critical"
}

// rank puts start and release before other points.
func rank(kind string) int {
	if kind == "start" || kind == "release" {
		return 1
	}
	return 0
}

// room returns a free place for a disc at or near a place, the place itself if
// there is none.
func (d *drawing) room(at xy, r float64, ground taken) xy {
	for _, away := range []float64{0, 2.3, 3.6, 5} {
		for k := range 8 {
			angle := math.Pi / 4 * float64(k)
			p := xy{at.x + away*r*math.Sin(angle), at.y - away*r*math.Cos(angle)}
			if ground.free(rect{p.x - r, p.y - r, p.x + r, p.y + r}) && d.v.inside(p, r) {
				return p
			}
			if away == 0 {
				break
			}
		}
	}
	return at
}

// hazards appends the hazards of the primary route for which there is room, the
// most exposed first.
func (d *drawing) hazards(out []byte, ground taken) ([]byte, taken) {
	list := d.leg.Routes[0].Hazards
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[b].Band, list[a].Band) })
	form := exchange.FormOf(d.p)
	for _, i := range order {
		h := &list[i]
		at := d.v.at(outrider.LatLon{Lat: h.Lat, Lon: h.Lon})
		if !d.v.inside(at, hazardSize) {
			continue
		}
		r := rect{at.x - hazardSize, at.y - hazardSize, at.x + hazardSize, at.y + hazardSize}
		if !ground.free(r) {
			d.hidden++
			continue
		}
		ground = append(ground, r)
		name := symbolOf(h.Kind)
		d.symbols[name] = true
		out = fmt.Appendf(out, "<g class=\"hz b%d\" transform=\"translate(%.0f %.0f)scale(2.4)\"><title>%s</title><use href=\"#s-%s\"/></g>\n",
			h.Band, at.x, at.y, escape(fmt.Sprintf("%s %s %s %s", form.Unit(), form.Odometer(h.From), kindName(h.Kind), h.Detail)), name)
	}
	return out, ground
}

// havens appends the safe havens near the primary route for which there is room.
func (d *drawing) havens(out []byte, ground taken) ([]byte, taken) {
	list := d.leg.Routes[0].Havens
	for i := range list {
		h := &list[i]
		at := d.v.at(outrider.LatLon{Lat: h.Lat, Lon: h.Lon})
		r := rect{at.x - hazardSize, at.y - hazardSize, at.x + hazardSize, at.y + hazardSize}
		if !d.v.inside(at, hazardSize) || !ground.free(r) {
			continue
		}
		ground = append(ground, r)
		d.symbols["haven"] = true
		out = fmt.Appendf(out, "<g class=\"hv\" transform=\"translate(%.0f %.0f)scale(2.4)\"><title>%s</title><use href=\"#s-haven\"/></g>\n",
			at.x, at.y, escape(kindName(h.Kind)+" "+h.Name))
	}
	return out, ground
}

// furnitureGround returns where scale, north arrow and credit stand.
func (d *drawing) furnitureGround() taken {
	w, h := float64(d.v.width), float64(d.v.height)
	_, bar := d.v.scaleBar(exchange.FormOf(d.p).Miles())
	return taken{
		{0, h - 190, bar + 260, h}, // scale
		{w - 240, 0, w, 330},       // north arrow
		{w - 1500, h - 110, w, h},  // credit
	}
}

// furniture appends scale bar, north arrow, data date and credit.
func (d *drawing) furniture(out []byte) []byte {
	h := d.v.height
	label, bar := d.v.scaleBar(exchange.FormOf(d.p).Miles())
	half := bar / 2
	out = fmt.Appendf(out, "<g class=\"scale\"><rect class=\"sheet\" x=\"40\" y=\"%d\" width=\"%.0f\" height=\"150\" rx=\"10\"/>"+
		"<rect class=\"ink\" x=\"80\" y=\"%d\" width=\"%.0f\" height=\"20\"/><rect class=\"frame\" x=\"80\" y=\"%d\" width=\"%.0f\" height=\"20\"/>"+
		"<text x=\"80\" y=\"%d\">0</text><text class=\"end\" x=\"%.0f\" y=\"%d\">%s</text></g>\n",
		h-190, bar+130, h-90, half, h-90, bar, h-115, 80+bar, h-115, label)
	// Mercator has north up everywhere.
	out = fmt.Appendf(out, "<g class=\"north\" transform=\"translate(%d 180)\"><title>North is up</title><circle class=\"sheet\" r=\"105\" cy=\"-10\"/>"+
		"<path class=\"ink\" d=\"M0-70 34 60 0 36Z\"/><path class=\"frame\" d=\"M0-70-34 60 0 36Z\"/><text y=\"-78\">N</text></g>\n", d.v.width-150)
	credit := fmt.Sprintf("Map data %s · %s", outrider.DataDay(d.p.Inputs.DataDate), d.p.Inputs.Credit())
	if d.p.Inputs.Stale {
		credit = "STALE · " + credit
	}
	w := 27*len([]rune(credit)) + 60
	return fmt.Appendf(out, "<g class=\"credit\"><rect class=\"sheet\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"76\"/><text x=\"%d\" y=\"%d\">%s</text></g>\n",
		d.v.width-w, h-80, w, d.v.width-30, h-28, escape(credit))
}
