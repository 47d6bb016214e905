package mapbuild

import (
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/mapbuild/internal/railway"
	"github.com/outrider-project/outrider/network"
)

// A RailReason says why a railway way is not part of the network.
type RailReason = railway.Reason

// RailReasons returns the reasons for which railway ways are dropped, in the order
// in which they are tried.
func RailReasons() []RailReason { return railway.Reasons() }

// byName returns tags by the names of their keys.
func byName(t tags) railway.Tags {
	return func(name string) string { return t.get(keyNumbers[name]) }
}

// addRailways fills the railway network.
func (d *draft) addRailways(report *Report) error {
	x := railway.Extract{
		NodeID: func(n uint32) int64 { return d.c.nodes.id[n] },
		NodeAt: d.c.nodes.at,
		NodeTags: func(n uint32) railway.Tags {
			if t := d.c.nodeTags(n); len(t.list) > 0 {
				return byName(t)
			}
			return nil
		},
		Guard: func(n uint32) (network.Protection, string) {
			t := d.c.nodeTags(n)
			p, proof, more := protection(t)
			return p, proofText(t, []key{keyRailway, proof, more})
		},
		Speed:  speed,
		Text:   d.text.Add,
		Places: d.railwayPlaces(),
	}
	for w := range d.c.ways.len() {
		if t := d.c.ways.tags(w); t.has(keyRailway) {
			x.Ways = append(x.Ways, railway.Way{ID: d.c.ways.id[w], Refs: d.c.ways.refs(w), Tags: byName(t)})
		}
	}
	rail, r, err := railway.Build(&x)
	if err != nil {
		return err
	}
	d.m.Rail = rail
	report.RailUsed, report.RailDrop = r.Used, r.Drop
	for what, n := range r.Notes {
		d.notes[what] += n
	}
	d.unread(&notes{count: r.Unread})
	countKinds(d.m, rail.NodeInfo, func(n network.RailNode) string { return n.Kind.String() })
	countKinds(d.m, rail.Feature, func(f network.RailFeature) string { return f.Kind.String() })
	countKinds(d.m, rail.Station, func(s network.RailStation) string { return s.Kind.String() })
	return nil
}

// railwayPlaces lists the objects that may be stations.
func (d *draft) railwayPlaces() []railway.Place {
	var list []railway.Place
	area := func(typ network.OSMType, id int64, t tags, pieces [][]geo.Point) {
		var f facility
		if !f.outline(pieces) {
			return
		}
		p := railway.Place{Type: typ, ID: id, Tags: byName(t), Point: f.Point}
		for _, piece := range pieces {
			for _, v := range piece {
				p.Radius = max(p.Radius, geo.Distance(p.Point, v))
			}
		}
		list = append(list, p)
	}
	for i := range d.c.tagged.len() {
		if t := d.c.tagged.tags(i); railway.IsStation(t.get(keyRailway)) {
			list = append(list, railway.Place{Type: network.OSMNode, ID: d.c.tagged.id[i], Tags: byName(t), Point: d.c.tagged.point[i]})
		}
	}
	for i := range d.c.ways.len() {
		if t := d.c.ways.tags(i); railway.IsStation(t.get(keyRailway)) {
			area(network.OSMWay, d.c.ways.id[i], t, d.wayPoints(i))
		}
	}
	for i := range d.c.relations.len() {
		if t := d.c.relations.tags(i); t.is(keyType, "multipolygon") && railway.IsStation(t.get(keyRailway)) {
			closed, open := d.rings(i, true)
			area(network.OSMRelation, d.c.relations.id[i], t, append(closed, open...))
		}
	}
	return list
}
