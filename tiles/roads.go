package tiles

import (
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// roadSet is the chains that appear from one zoom on.
type roadSet struct {
	from  uint32 // zoom
	index geo.Index
	chain []network.ChainID // by the refs of index
}

// appears says from which zoom on a class of road is drawn: with it a tile of a
// dense town still holds no more than some thousand lines.
func appears(c network.RoadClass) uint32 {
	switch c {
	case network.Motorway, network.Trunk:
		return 4
	case network.Primary:
		return 7
	case network.Secondary, network.Ferry:
		return 9
	case network.Tertiary:
		return 11
	case network.Unclassified, network.Residential, network.Busway:
		return 12
	case network.LivingStreet, network.Pedestrian:
		return 13
	default:
		return 14
	}
}

// sortRoads puts the chains into sets by the zoom at which they appear.
func sortRoads(m *network.Map) []roadSet {
	boxes := map[uint32][]geo.Box{}
	chains := map[uint32][]network.ChainID{}
	for c := range network.ChainID(m.NumChains()) {
		from := uint32(MaxZoom)
		for _, iv := range m.Intervals(c) {
			from = min(from, appears(iv.Class))
		}
		box := geo.EmptyBox()
		points, _ := m.Vertices(c)
		for _, p := range points {
			box = box.Extend(p)
		}
		boxes[from] = append(boxes[from], box)
		chains[from] = append(chains[from], c)
	}
	var sets []roadSet
	for from := range uint32(MaxZoom + 1) {
		if len(boxes[from]) > 0 {
			sets = append(sets, roadSet{from: from, index: geo.BuildIndex(boxes[from]), chain: chains[from]})
		}
	}
	return sets
}

// drawRoads draws the roads, the least important first, so that a map that draws
// in order has the motorways on top; of one class by chain.
func (s *Source) drawRoads(d *drawing) {
	for _, set := range slices.Backward(s.roads) {
		if set.from > d.id.Z {
			continue
		}
		var found []network.ChainID
		set.index.Search(d.ground, func(ref uint32) bool {
			found = append(found, set.chain[ref])
			return true
		})
		slices.Sort(found)
		for _, c := range found {
			s.drawChain(d, c)
		}
	}
}

// look is what tells stretches of a road apart on the map.
type look struct {
	class   network.RoadClass
	flags   network.Flag
	name    network.Ref
	number  network.Ref
	layer   int8
	reverse bool
	oneway  bool
	unpaved bool
}

// drawChain draws a chain, in one line as long as it looks the same.
func (s *Source) drawChain(d *drawing, c network.ChainID) {
	m := s.m
	forward, backward := m.ArcAccess[2*c], m.ArcAccess[2*c+1]
	oneway := (forward == network.NoAccess) != (backward == network.NoAccess)
	intervals := m.Intervals(c)
	at := func(i int) look {
		iv := &intervals[i]
		l := look{class: iv.Class, layer: iv.Layer, oneway: oneway, unpaved: iv.Surface == network.Unpaved, reverse: oneway && forward == network.NoAccess}
		l.flags = iv.Flags & (network.Link | network.OnBridge | network.InTunnel)
		if d.id.Z >= 12 || iv.Class <= network.Primary {
			l.name, l.number = iv.Name, iv.Number
		}
		return l
	}
	for i := 0; i < len(intervals); {
		l, end := at(i), i+1
		for end < len(intervals) && at(end) == l {
			end++
		}
		if appears(l.class) <= d.id.Z {
			to := m.Length[c]
			if end < len(intervals) {
				to = intervals[end].From
			}
			a := network.ArcID(2 * c)
			points := m.Geometry(a, intervals[i].From, to)
			if l.reverse {
				slices.Reverse(points)
			}
			if g := d.line(points); g != nil {
				d.add(uint64(c)+1, g, l.attributes(m)...)
			}
		}
		i = end
	}
}

func (l look) attributes(m *network.Map) []attribute {
	out := []attribute{text("class", l.class.String())}
	if name := m.Text(l.name); name != "" {
		out = append(out, text("name", name))
	}
	if ref := m.Text(l.number); ref != "" {
		out = append(out, text("ref", ref))
	}
	for _, f := range []struct {
		is  bool
		key string
	}{
		{l.flags&network.Link != 0, "link"},
		{l.flags&network.OnBridge != 0, "bridge"},
		{l.flags&network.InTunnel != 0, "tunnel"},
		{l.unpaved, "unpaved"},
		{l.oneway, "oneway"},
	} {
		if f.is {
			out = append(out, truth(f.key))
		}
	}
	if l.layer != 0 {
		out = append(out, number("layer", int64(l.layer)))
	}
	return out
}

// drawRails draws the tracks: lines from far away, sidings and yards from near.
func (s *Source) drawRails(d *drawing) {
	r := &s.m.Rail
	if d.id.Z < 8 || r.NumTracks() == 0 {
		return
	}
	for t := range r.Near(d.ground) {
		intervals := r.Intervals(t)
		for i, iv := range intervals {
			if iv.Service != network.NoService && d.id.Z < 13 {
				continue
			}
			to := r.Length[t]
			if i+1 < len(intervals) {
				to = intervals[i+1].From
			}
			g := d.line(r.Geometry(network.RailArcID(2*t), iv.From, to))
			if g == nil {
				continue
			}
			a := []attribute{text("kind", iv.Kind.String())}
			if iv.Service != network.NoService {
				a = append(a, truth("service"))
			}
			if iv.Flags&network.RailOnBridge != 0 {
				a = append(a, truth("bridge"))
			}
			if iv.Flags&network.RailInTunnel != 0 {
				a = append(a, truth("tunnel"))
			}
			if name := s.m.Text(iv.Name); name != "" && d.id.Z >= 12 {
				a = append(a, text("name", name))
			}
			d.add(uint64(t)+1, g, a...)
		}
	}
}
