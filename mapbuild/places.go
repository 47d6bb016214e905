package mapbuild

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// placeWithin is how far, in metres, a street may lie from the place it is
	// told to be in.
	placeWithin = 30_000.0
	// samePlace is how near, in metres, an area is to a node of the same kind
	// and name when both are the same place.
	samePlace = 3000.0
)

// placeKind returns the kind of place that an object with these tags is.
func placeKind(t tags) (network.PlaceKind, bool) {
	switch t.get(keyPlace) {
	case "city":
		return network.City, true
	case "town":
		return network.Town, true
	case "village":
		return network.Village, true
	case "hamlet":
		return network.Hamlet, true
	case "suburb", "neighbourhood", "quarter", "borough":
		return network.Suburb, true
	}
	switch {
	case t.is(keyRailway, "station", "halt"):
		return network.Station, true
	case t.is(keyAeroway, "aerodrome", "airport"):
		return network.Airport, true
	}
	return 0, false
}

// addPlaces fills the named places and the streets.
func (d *draft) addPlaces(ctx context.Context) error {
	type named struct {
		network.Place
		name string
	}
	var list []named
	add := func(t tags, typ network.OSMType, id int64, where func() (geo.Point, bool)) {
		kind, ok := placeKind(t)
		name := t.get(keyName)
		if !ok || name == "" {
			return
		}
		if p, ok := where(); ok {
			list = append(list, named{network.Place{OSM: id, Point: p, Kind: kind, Type: typ}, name})
		}
	}
	for i := range d.c.tagged.len() {
		add(d.c.tagged.tags(i), network.OSMNode, d.c.tagged.id[i], func() (geo.Point, bool) { return d.c.tagged.point[i], true })
	}
	for i := range d.c.ways.len() {
		add(d.c.ways.tags(i), network.OSMWay, d.c.ways.id[i], func() (geo.Point, bool) { return middle(d.wayPoints(i)) })
	}
	for i := range d.c.relations.len() {
		t := d.c.relations.tags(i)
		if !t.is(keyType, "multipolygon") {
			continue
		}
		add(t, network.OSMRelation, d.c.relations.id[i], func() (geo.Point, bool) {
			closed, open := d.rings(i, true)
			return middle(append(closed, open...))
		})
	}
	// An area beside a node of the same kind and name is the same place: the node
	// is where people look for it. Types are in the order node, way, relation.
	slices.SortFunc(list, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.name, b.name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.OSM, b.OSM))
	})
	kept := list[:0]
	first := 0 // in kept, of this kind and name
	for _, p := range list {
		if n := len(kept); n > 0 && (kept[n-1].Kind != p.Kind || kept[n-1].name != p.name) {
			first = n
		}
		// Few objects share kind and name, so looking at the last ones suffices
		// and keeps hostile input cheap.
		again := slices.ContainsFunc(kept[max(first, len(kept)-16):], func(q named) bool {
			return p.Type != network.OSMNode && q.Type < p.Type && geo.Distance(p.Point, q.Point) <= samePlace
		})
		if !again {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM), cmp.Compare(a.Type, b.Type))
	})
	d.m.Places = make([]network.Place, len(kept))
	for i, p := range kept {
		p.Name = d.text.Add(p.name)
		d.m.Places[i] = p.Place
	}
	countKinds(d.m, d.m.Places, func(p network.Place) string { return p.Kind.String() })
	return d.addStreets(ctx)
}

// middle is the centre of an object's closed pieces, else of its box.
func middle(pieces [][]geo.Point) (geo.Point, bool) {
	var f facility
	ok := f.outline(pieces)
	return f.Point, ok
}

// addStreets fills the streets: intervals of the same name that hang together
// are one street, whose position is in the middle of the interval nearest to the
// middle of them all.
func (d *draft) addStreets(ctx context.Context) error {
	m := d.m
	// Intervals are joined in sets, each known by its least interval.
	set := make([]uint32, len(m.Interval))
	for i := range set {
		set[i] = uint32(i)
	}
	find := func(i uint32) uint32 {
		for set[i] != i {
			set[i] = set[set[i]]
			i = set[i]
		}
		return i
	}
	join := func(i, j uint32) {
		if i, j = find(i), find(j); i < j {
			set[j] = i
		} else {
			set[i] = j
		}
	}
	for c := range m.NumChains() {
		for i := m.IntervalFirst[c] + 1; i < m.IntervalFirst[c+1]; i++ {
			if m.Interval[i].Name == m.Interval[i-1].Name {
				join(i, i-1)
			}
		}
	}
	first, chains := incidence(len(m.NodePoint), m.Tail, m.Head)
	var ends []uint32
	for n := range m.NodePoint {
		ends = ends[:0]
		for _, c := range chains[first[n]:first[n+1]] {
			if m.Tail[c] == network.NodeID(n) {
				ends = append(ends, m.IntervalFirst[c])
			}
			if m.Head[c] == network.NodeID(n) {
				ends = append(ends, m.IntervalFirst[c+1]-1)
			}
		}
		slices.SortFunc(ends, func(i, j uint32) int {
			return cmp.Or(cmp.Compare(m.Interval[i].Name, m.Interval[j].Name), cmp.Compare(i, j))
		})
		for k := 1; k < len(ends); k++ {
			if m.Interval[ends[k]].Name == m.Interval[ends[k-1]].Name {
				join(ends[k], ends[k-1])
			}
		}
	}

	// The middle of each street, weighted by length, relative to its first vertex.
	type sum struct{ metres, lat, lon float64 }
	sums := make([]sum, len(m.Interval))
	best := make([]float64, len(m.Interval))
	street := make([]network.Street, len(m.Interval))
	spot := func(c int, i uint32) (at network.Millimetres, p geo.Point, metres float64) {
		to := m.Length[c]
		if i+1 < m.IntervalFirst[c+1] {
			to = m.Interval[i+1].From
		}
		from := m.Interval[i].From
		at = from + (to-from)/2
		return at, m.PointAt(network.ChainID(c), at), (to - from).Metres()
	}
	each := func(visit func(c int, i, root uint32)) {
		for c := range m.NumChains() {
			for i := m.IntervalFirst[c]; i < m.IntervalFirst[c+1]; i++ {
				if m.Interval[i].Name != 0 {
					visit(c, i, find(i))
				}
			}
		}
	}
	each(func(c int, i, root uint32) {
		_, p, metres := spot(c, i)
		s := &sums[root]
		s.metres += metres
		s.lat += float64(metres * float64(p.Lat))
		s.lon += float64(metres * float64(p.Lon))
		best[root] = math.Inf(1)
	})
	each(func(c int, i, root uint32) {
		at, p, _ := spot(c, i)
		s, away := sums[root], 0.0
		if s.metres > 0 {
			away = geo.Distance(p, geo.Point{Lat: int32(math.Round(s.lat / s.metres)), Lon: int32(math.Round(s.lon / s.metres))})
		}
		if away < best[root] {
			best[root] = away
			street[root] = network.Street{Name: m.Interval[i].Name, Place: network.None, Chain: network.ChainID(c), At: at}
		}
	})
	m.Streets = m.Streets[:0]
	for root, s := range street {
		if s.Name != 0 && set[root] == uint32(root) {
			m.Streets = append(m.Streets, s)
		}
	}
	slices.SortStableFunc(m.Streets, func(a, b network.Street) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.At, b.At))
	})
	return d.placeStreets(ctx)
}

// placeStreets finds for every street the nearest city, town, village or hamlet.
func (d *draft) placeStreets(ctx context.Context) error {
	m := d.m
	var boxes []geo.Box // places are sorted by kind: those wanted come first
	for _, p := range m.Places {
		if p.Kind <= network.Hamlet {
			boxes = append(boxes, geo.Box{Min: p.Point, Max: p.Point})
		}
	}
	index := geo.BuildIndex(boxes)
	const grain = 256
	return inParts(ctx, (len(m.Streets)+grain-1)/grain, func(part int) {
		for i := part * grain; i < min((part+1)*grain, len(m.Streets)); i++ {
			s := &m.Streets[i]
			p := m.PointAt(s.Chain, s.At)
			// Most streets have a place near by, and a near search is much quicker.
			for _, within := range [...]float64{placeWithin / 10, placeWithin} {
				index.Nearest(p, within, func(ref uint32) float64 { return geo.Distance(p, m.Places[ref].Point) },
					func(ref uint32, _ float64) bool {
						s.Place = ref
						return false
					})
				if s.Place != network.None {
					break
				}
			}
		}
	})
}
