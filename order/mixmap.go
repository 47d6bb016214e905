package order

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/network"
)

// Widths of ribbons, in units of the view.
const (
	ribbonWhole = 100 // of a road that every draw takes
	ribbonLeast = 10  // so that the least likely can still be seen
	placeSize   = 44  // radius of a place's lozenge
)

// A ribbon is a stretch that the same routes of a mix drive.
type ribbon struct {
	line   []outrider.LatLon
	by     []int   // routes, rising
	odds   float64 // that the route drawn is one of them
	length float64 // in units of the drawing
}

// ribbons cuts the routes of a mix where others join or part, so that each road
// is drawn once, as wide as the odds that it is driven. Routes share a road where
// they share its points: those of the map.
func ribbons(m *outrider.RouteMix) []ribbon {
	type spot [2]int64
	type edge [2]spot
	between := func(a, b outrider.LatLon) edge {
		at := func(q outrider.LatLon) spot {
			return spot{int64(math.Round(q.Lat * 1e7)), int64(math.Round(q.Lon * 1e7))}
		}
		p, q := at(a), at(b)
		if slices.Compare(p[:], q[:]) > 0 {
			p, q = q, p
		}
		return edge{p, q}
	}
	by := map[edge][]int{}
	for i := range m.Routes {
		points := m.Routes[i].Route.Points
		for k := 1; k < len(points); k++ {
			e := between(points[k-1], points[k])
			if list := by[e]; len(list) == 0 || list[len(list)-1] != i {
				by[e] = append(list, i)
			}
		}
	}
	var out []ribbon
	for i := range m.Routes {
		points := m.Routes[i].Route.Points
		for k := 1; k < len(points); {
			set := by[between(points[k-1], points[k])]
			end := k + 1
			for end < len(points) && slices.Equal(by[between(points[end-1], points[end])], set) {
				end++
			}
			if set[0] == i { // the others would draw it again
				r := ribbon{line: points[k-1 : end], by: set}
				for _, j := range set {
					r.odds += max(m.Routes[j].Prob, 0)
				}
				out = append(out, r)
			}
			k = end
		}
	}
	return out
}

// ribbonWidth returns how wide a ribbon of some odds is, units.
func ribbonWidth(p float64) float64 {
	return min(max(p*ribbonWhole, ribbonLeast), ribbonWhole)
}

// mixMap returns the drawing of the routes that leg i's is drawn from.
func mixMap(p *outrider.Plan, m *network.Map, i, budget int) *drawing {
	leg := &p.Legs[i]
	places := []outrider.LatLon{{Lat: leg.From.Lat, Lon: leg.From.Lon}, {Lat: leg.To.Lat, Lon: leg.To.Lon}}
	for j := range leg.Mix.Routes {
		places = append(places, leg.Mix.Routes[j].Route.Points...)
	}
	return &drawing{
		p: p, leg: leg, m: m, v: fit(fullWidth, places, 1500, 0.62, 1.28), id: fmt.Sprintf("map%dx", i+1),
		name:   fmt.Sprintf("Map of the routes to draw from, %s: %s to %s", legTitle(p, i), leg.From.Label, leg.To.Label),
		budget: budget, symbols: map[string]bool{}, mix: leg.Mix,
	}
}

// held appends the ground on which nothing can be attacked.
func (d *drawing) held(out []byte) []byte {
	for i := range d.mix.Areas {
		x := &d.mix.Areas[i]
		if x.Radius <= 0 {
			continue
		}
		ring := d.v.clipRing(d.v.line(exchange.AreaRing(&outrider.PlanArea{Kind: outrider.AreaSecured, Centre: &outrider.LatLon{Lat: x.Lat, Lon: x.Lon}, Radius: x.Radius})))
		if len(ring) < 3 {
			continue
		}
		out = fmt.Appendf(out, "<path class=\"held\" d=\"%s\"><title>%s</title></path>\n", appendPath(nil, ring, true), escape("held: "+x.Name))
	}
	return out
}

// mixed appends the routes of the mix as ribbons and the usual route over them.
func (d *drawing) mixed(out []byte) []byte {
	list := ribbons(d.mix)
	// The widest lie lowest, all casings below all ribbons, so that none is cut
	// where it meets another.
	slices.SortStableFunc(list, func(a, b ribbon) int { return cmp.Compare(b.odds, a.odds) })
	var casings, fills []byte
	for _, r := range list {
		var data []byte
		for _, run := range d.v.runs(d.v.line(r.line)) {
			data = appendPath(data, simplify(run, 1), false)
		}
		if len(data) == 0 {
			continue
		}
		w := ribbonWidth(r.odds)
		casings = fmt.Appendf(casings, "<path class=\"hem\" stroke-width=\"%.0f\" d=\"%s\"/>\n", w+20, data)
		fills = fmt.Appendf(fills, "<path class=\"ribbon\" stroke-width=\"%.0f\" d=\"%s\"/>\n", w, data)
	}
	out = append(append(out, casings...), fills...)
	if j := usualRoute(d.leg); j >= 0 {
		var data []byte
		for _, run := range d.v.runs(d.v.line(d.leg.Routes[j].Points)) {
			data = appendPath(data, simplify(run, 1), false)
		}
		out = path(out, "usualhem", data)
		out = path(out, "usual", data)
	}
	return out
}

// usualRoute returns the fastest of a leg's routes, -1 if it is none of them.
func usualRoute(leg *outrider.LegPlan) int {
	return slices.IndexFunc(leg.Routes, func(r outrider.RoutePlan) bool { return r.Detour > 0 && r.Detour < 1.0005 })
}

// ends appends start and release point.
func (d *drawing) ends(out []byte, ground taken) ([]byte, taken) {
	for _, e := range []struct {
		q           *outrider.PlanPoint
		class, name string
	}{{&d.leg.From, "start", "SP"}, {&d.leg.To, "release", "RP"}} {
		at := d.v.at(outrider.LatLon{Lat: e.q.Lat, Lon: e.q.Lon})
		if !d.v.inside(at, 0) {
			continue
		}
		ground = append(ground, rect{at.x - markSize, at.y - markSize, at.x + markSize, at.y + markSize})
		out = fmt.Appendf(out, "<g class=\"mark %s\"><title>%s</title><circle cx=\"%.0f\" cy=\"%.0f\" r=\"%d\"/><text x=\"%.0f\" y=\"%.0f\">%s</text></g>\n",
			e.class, escape(e.q.Label), at.x, at.y, markSize, at.x, at.y+19, e.name)
	}
	return out, ground
}

// letters appends the letter of each route where it runs with the fewest others,
// on the longest such stretch.
func (d *drawing) letters(out []byte, ground taken) ([]byte, taken) {
	list := ribbons(d.mix)
	for i := range list {
		for _, run := range d.v.runs(d.v.line(list[i].line)) {
			list[i].length += lineLength(run)
		}
	}
	named := map[string]bool{}
	for i := range d.mix.Routes {
		var best *ribbon
		for k := range list {
			r := &list[k]
			if r.length == 0 || !slices.Contains(r.by, i) {
				continue
			}
			if best == nil || len(r.by) < len(best.by) || len(r.by) == len(best.by) && r.length > best.length {
				best = r
			}
		}
		if best == nil {
			continue
		}
		var names []string
		for _, j := range best.by[:min(len(best.by), 4)] {
			names = append(names, letter(j))
		}
		name := strings.Join(names, "")
		if len(best.by) > 4 {
			name += "…"
		}
		if named[name] {
			continue
		}
		named[name] = true
		at := half(d.v.line(best.line))
		w := 22 + 20*float64(len([]rune(name)))
		spot := d.room(at, math.Max(w, 46), ground)
		ground = append(ground, rect{spot.x - w, spot.y - 46, spot.x + w, spot.y + 46})
		if spot != at {
			out = fmt.Appendf(out, "<path class=\"leader\" d=\"M%.0f %.0fL%.0f %.0f\"/><circle class=\"dot\" cx=\"%.0f\" cy=\"%.0f\" r=\"14\"/>\n", at.x, at.y, spot.x, spot.y, at.x, at.y)
		}
		title := "routes "
		if len(best.by) == 1 {
			title = "route "
		}
		out = fmt.Appendf(out, "<g class=\"letter\"><title>%s</title><rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"84\" rx=\"14\"/><text x=\"%.0f\" y=\"%.0f\">%s</text></g>\n",
			escape(title+name+", "+odds(best.odds)), spot.x-w, spot.y-42, 2*w, spot.x, spot.y+22, name)
	}
	return out, ground
}

// half returns the middle of a line by its length.
func half(line []xy) xy {
	left := lineLength(line) / 2
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		step := math.Hypot(b.x-a.x, b.y-a.y)
		if step >= left && step > 0 {
			f := left / step
			return xy{a.x + f*(b.x-a.x), a.y + f*(b.y-a.y)}
		}
		left -= step
	}
	return line[len(line)-1]
}

// attacked appends the places where the mix is attacked best, by their numbers,
// those that bind filled. Where there is no room the later ones are left out.
func (d *drawing) attacked(out []byte, ground taken) ([]byte, taken) {
	list := foremost(d.mix)
	for i, x := range list[:min(len(list), placesDrawn)] {
		at := d.v.at(outrider.LatLon{Lat: x.Lat, Lon: x.Lon})
		if !d.v.inside(at, 0) {
			continue
		}
		spot := d.room(at, placeSize+4, ground)
		box := rect{spot.x - placeSize, spot.y - placeSize, spot.x + placeSize, spot.y + placeSize}
		if !ground.free(box) {
			d.hidden++
			continue
		}
		ground = append(ground, box)
		if spot != at {
			out = fmt.Appendf(out, "<path class=\"leader\" d=\"M%.0f %.0fL%.0f %.0f\"/><circle class=\"dot\" cx=\"%.0f\" cy=\"%.0f\" r=\"14\"/>\n", at.x, at.y, spot.x, spot.y, at.x, at.y)
		}
		class := "place"
		if x.Binds {
			class = "place binds"
		}
		out = fmt.Appendf(out, "<g class=\"%s\"><title>%s</title><path d=\"M%.0f %.0fl%d %d-%d %d-%d-%dz\"/><text x=\"%.0f\" y=\"%.0f\">%d</text></g>\n",
			class, escape(fmt.Sprintf("place %d %s", i+1, x.Road)), spot.x, spot.y-placeSize-6, placeSize+6, placeSize+6, placeSize+6, placeSize+6, placeSize+6, placeSize+6, spot.x, spot.y+16, i+1)
	}
	return out, ground
}
