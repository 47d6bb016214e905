package tiles

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// indexWater indexes the outlines of the map.
func indexWater(m *network.Map) geo.Index {
	boxes := make([]geo.Box, len(m.Base))
	for i := range m.Base {
		boxes[i] = m.Base[i].Box
	}
	return geo.BuildIndex(boxes)
}

// drawWater draws lakes with their islands as areas, rivers and coasts as lines.
func (s *Source) drawWater(d *drawing) {
	m := s.m
	var found []uint32
	s.water.Search(d.ground, func(ref uint32) bool {
		if m.Base[ref].Kind != network.WaterHole && s.seen(d, ref) {
			found = append(found, ref)
		}
		return true
	})
	slices.Sort(found)
	outline := func(i uint32) []geo.Point { return m.BaseVertex[m.BaseFirst[i]:m.BaseFirst[i+1]] }
	for _, i := range found {
		switch m.Base[i].Kind {
		case network.WaterArea:
			outer := d.ring(outline(i), false)
			if outer == nil {
				continue
			}
			area := orb.Polygon{outer}
			for hole := i + 1; int(hole) < len(m.Base) && m.Base[hole].Kind == network.WaterHole; hole++ {
				if inner := d.ring(outline(hole), true); inner != nil {
					area = append(area, inner)
				}
			}
			d.add(0, area, text("kind", "area"))
		case network.River, network.Coastline:
			if g := d.line(outline(i)); g != nil {
				kind := "river"
				if m.Base[i].Kind == network.Coastline {
					kind = "coast"
				}
				d.add(0, g, text("kind", kind))
			}
		default: // a hole comes with its area
		}
	}
}

// seen reports whether an outline is large enough to be seen.
func (s *Source) seen(d *drawing, ref uint32) bool {
	o := &s.m.Base[ref]
	a, b := d.project(o.Box.Min), d.project(o.Box.Max)
	wide, high := b[0]-a[0], a[1]-b[1]
	switch o.Kind {
	case network.WaterArea:
		return wide*high > 24*24
	case network.River:
		return d.id.Z >= 8 && max(wide, high) > 24
	default:
		return max(wide, high) > 8
	}
}

// label is a named point of the map.
type label struct {
	at         geo.Point
	name       network.Ref
	from       uint32 // zoom
	layer      string // place, haven or station
	kind       string
	importance int
}

// placeZoom says from which zoom on a kind of place is named.
func placeZoom(k network.PlaceKind) uint32 {
	switch k {
	case network.City:
		return 4
	case network.Town:
		return 8
	case network.Airport:
		return 9
	case network.Village, network.Station:
		return 11
	case network.Suburb:
		return 12
	default:
		return 13
	}
}

// sortNames lists what has a name, the most important first.
func sortNames(m *network.Map) []label {
	var out []label
	for i := range m.Places {
		p := &m.Places[i]
		if m.Text(p.Name) != "" {
			from := placeZoom(p.Kind)
			out = append(out, label{at: p.Point, name: p.Name, from: from, layer: "place", kind: p.Kind.String(), importance: int(from)})
		}
	}
	for i := range m.Havens {
		h := &m.Havens[i]
		from := uint32(13)
		if h.Kind == network.Hospital {
			from = 11
		}
		out = append(out, label{at: h.Point, name: h.Name, from: from, layer: "haven", kind: h.Kind.String(), importance: int(from)})
	}
	slices.SortStableFunc(out, func(a, b label) int { return cmp.Compare(a.importance, b.importance) })
	return out
}

// drawNames puts named points in, the most important first; a map that has no
// room for all leaves out from the end.
func (s *Source) drawNames(d *drawing) {
	for i := range s.named {
		n := &s.named[i]
		if n.from > d.id.Z {
			break // sorted by zoom
		}
		if !d.ground.Contains(n.at) {
			continue
		}
		a := []attribute{text("of", n.layer), text("kind", n.kind), number("rank", int64(n.importance))}
		if name := s.m.Text(n.name); name != "" {
			a = append(a, text("name", name))
		}
		d.add(0, d.project(n.at), a...)
	}
}
