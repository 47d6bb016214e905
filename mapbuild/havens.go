package mapbuild

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// accessWithin is how far, in metres, a haven may lie from the network.
const accessWithin = 1000.0

// havenKinds lists the tags that make a haven of each kind.
var havenKinds = [...]struct {
	kind   network.HavenKind
	key    key
	values []string
}{
	{network.Hospital, keyAmenity, []string{"hospital"}},
	{network.Police, keyAmenity, []string{"police"}},
	{network.FireStation, keyAmenity, []string{"fire_station"}},
	{network.Fuel, keyAmenity, []string{"fuel"}},
	{network.Helipad, keyAeroway, []string{"helipad", "heliport"}},
	{network.Embassy, keyAmenity, []string{"embassy"}},
	{network.Embassy, keyOffice, []string{"diplomatic"}},
	{network.Embassy, keyDiplomatic, []string{"embassy", "consulate", "liaison"}},
}

// A facility is a haven being made, with the outline that it has if it is an area.
type facility struct {
	network.Haven
	name  string
	proof []key
	tags  tags
	rings [][]geo.Point
	box   geo.Box
}

// addHavens fills the safe havens: what they are, where, and from where on the
// network they are reached. Nothing about people is read. An object inside an
// area of the same kind, when both have the same name or one has none, is the
// same haven: the area stays.
func (d *draft) addHavens(ctx context.Context) error {
	var list []facility
	var kinds []facility
	for i := range d.c.tagged.len() {
		t := d.c.tagged.tags(i)
		kinds = havensOf(t, kinds[:0])
		for _, f := range kinds {
			f.OSM, f.Type, f.Point = d.c.tagged.id[i], network.OSMNode, d.c.tagged.point[i]
			f.box = geo.Box{Min: f.Point, Max: f.Point}
			list = append(list, f)
		}
	}
	for i := range d.c.ways.len() {
		kinds = havensOf(d.c.ways.tags(i), kinds[:0])
		if len(kinds) == 0 {
			continue
		}
		pieces := d.wayPoints(i)
		for _, f := range kinds {
			f.OSM, f.Type = d.c.ways.id[i], network.OSMWay
			if f.outline(pieces) {
				list = append(list, f)
			}
		}
	}
	for i := range d.c.relations.len() {
		t := d.c.relations.tags(i)
		if !t.is(keyType, "multipolygon") {
			continue
		}
		kinds = havensOf(t, kinds[:0])
		if len(kinds) == 0 {
			continue
		}
		closed, open := d.rings(i, true)
		for _, f := range kinds {
			f.OSM, f.Type = d.c.relations.id[i], network.OSMRelation
			if f.outline(append(slices.Clip(closed), open...)) {
				list = append(list, f)
			}
		}
	}
	list = mergeFacilities(list)
	slices.SortFunc(list, func(a, b facility) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM), cmp.Compare(a.Type, b.Type))
	})
	if d.m.Pieces == nil {
		d.m.IndexChains()
	}
	if err := inParts(ctx, len(list), func(i int) { d.findAccess(&list[i].Haven) }); err != nil {
		return err
	}
	d.m.Havens = make([]network.Haven, len(list))
	for i := range list {
		f := &list[i]
		f.Name = d.text.Add(f.name)
		f.Tags = d.text.Add(proofText(f.tags, f.proof))
		d.m.Havens[i] = f.Haven
	}
	countKinds(d.m, d.m.Havens, func(h network.Haven) string { return h.Kind.String() })
	return nil
}

// havensOf appends the kinds of haven that an object with these tags is.
func havensOf(t tags, out []facility) []facility {
	if len(t.list) == 0 || said(t.get(keyDisused)) || said(t.get(keyAbandoned)) || said(t.get(keyRazed)) ||
		said(t.get(keyRemoved)) || said(t.get(keyDemolished)) {
		return out
	}
	start := len(out)
	for _, k := range havenKinds {
		if !t.is(k.key, k.values...) {
			continue
		}
		if n := len(out); n > start && out[n-1].Kind == k.kind { // an embassy tagged in two ways
			out[n-1].proof = append(out[n-1].proof[:len(out[n-1].proof)-1], k.key, keyEmergency)
			continue
		}
		f := facility{name: cmp.Or(t.get(keyName), t.get(keyOfficialName)), tags: t, proof: []key{k.key, keyEmergency}}
		f.Kind = k.kind
		out = append(out, f)
	}
	return out
}

// outline sets place and outline from the pieces of an object's border.
func (f *facility) outline(pieces [][]geo.Point) bool {
	if len(pieces) == 0 {
		return false
	}
	f.box = geo.EmptyBox()
	for _, p := range pieces {
		for _, v := range p {
			f.box = f.box.Extend(v)
		}
		if len(p) > 3 && p[0] == p[len(p)-1] {
			f.rings = append(f.rings, p)
		}
	}
	f.Point = geo.Interpolate(f.box.Min, f.box.Max, 0.5)
	if len(f.rings) > 0 {
		f.Point = centre(f.rings)
	}
	return true
}

func (f *facility) holds(p geo.Point) bool {
	if !f.box.Contains(p) {
		return false
	}
	for _, ring := range f.rings {
		if insideRing(p, ring) {
			return true
		}
	}
	return false
}

// size is the area of the facility's box.
func (f *facility) size() float64 {
	return float64(int64(f.box.Max.Lat)-int64(f.box.Min.Lat)) * float64(int64(f.box.Max.Lon)-int64(f.box.Min.Lon))
}

// mergeFacilities leaves out facilities that lie inside a larger one of the same
// kind, unless both have names and these differ. The larger one inherits the name
// if it has none. It takes O(n log n) but for areas heaped on each other.
func mergeFacilities(list []facility) []facility {
	slices.SortStableFunc(list, func(a, b facility) int { return cmp.Compare(b.size(), a.size()) })
	boxes := make([]geo.Box, len(list))
	for i := range list {
		boxes[i] = geo.EmptyBox()
		if len(list[i].rings) > 0 {
			boxes[i] = list[i].box
		}
	}
	index := geo.BuildIndex(boxes)
	inside := make([]bool, len(list))
	for i := range list {
		f := &list[i]
		into := i
		index.Search(geo.Box{Min: f.Point, Max: f.Point}, func(ref uint32) bool {
			g := &list[ref]
			if int(ref) < into && !inside[ref] && g.Kind == f.Kind && (f.name == "" || g.name == "" || f.name == g.name) && g.holds(f.Point) {
				into = int(ref)
			}
			return true
		})
		if into != i {
			inside[i] = true
			list[into].name = cmp.Or(list[into].name, f.name)
		}
	}
	kept := list[:0]
	for i, f := range list {
		if !inside[i] {
			kept = append(kept, f)
		}
	}
	return kept
}

// findAccess sets the access point: the nearest position on a chain that cars
// may use without being asked where they go, on land.
func (d *draft) findAccess(h *network.Haven) {
	m := d.m
	type foot struct {
		segment uint32 // its first vertex
		f       float64
	}
	footOf := func(p network.Piece) (best foot, metres float64) {
		metres = math.Inf(1)
		for v := p.From; v < p.To; v++ {
			if f, away := geo.ProjectOnSegment(h.Point, m.Vertex[v], m.Vertex[v+1]); away < metres {
				best, metres = foot{v, f}, away
			}
		}
		return best, metres
	}
	h.AccessChain = network.None
	m.ChainIndex.Nearest(h.Point, accessWithin, func(ref uint32) float64 {
		p := m.Pieces[ref]
		if m.Intervals(p.Chain)[0].Class == network.Ferry ||
			m.ArcAccess[p.Chain.Arc(false)].Of(network.Car) != network.Open && m.ArcAccess[p.Chain.Arc(true)].Of(network.Car) != network.Open {
			return math.NaN()
		}
		_, metres := footOf(p)
		return metres
	}, func(ref uint32, metres float64) bool {
		p := m.Pieces[ref]
		at, _ := footOf(p)
		h.AccessChain = p.Chain
		h.AccessPoint = geo.Interpolate(m.Vertex[at.segment], m.Vertex[at.segment+1], at.f)
		from, to := m.VertexAt[at.segment], m.VertexAt[at.segment+1]
		h.AccessAt = from + network.Millimetres(math.Round(at.f*float64(to-from)))
		h.AwayCM = uint32(math.Round(metres * 100))
		return false
	})
}
