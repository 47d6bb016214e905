package railway

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// stationReach is how far from a station, in metres, tracks belong to it: a
	// great station is some 200 m across. For one drawn as an area the outline's
	// farthest part is added, up to stationMost.
	stationReach = 200.0
	stationMost  = 1000.0
	// tramReach is the same for a tram stop.
	tramReach = 50.0
	// sameStation is how near, in metres, the node of a station is to an area of
	// the same name and kind when both are the same station.
	sameStation = 500.0
)

// stationKinds are the values of railway that make a station.
var stationKinds = map[string]network.StationKind{
	"station": network.RailwayStation, "halt": network.RailwayHalt, "tram_stop": network.TramStop,
	"yard": network.FreightYard, "service_station": network.FreightYard,
}

// IsStation reports whether an object with a value of railway may be a station.
func IsStation(value string) bool {
	_, ok := stationKinds[value]
	return ok
}

// trains are the keys that say which kind of train stops at a stop position.
var trains = [...]string{"train", "light_rail", "subway", "tram", "monorail", "funicular"}

// IsFeature reports whether a node with a value of railway says something about
// the track it is on.
func IsFeature(railway string) bool {
	for part := range strings.SplitSeq(railway, ";") {
		switch strings.TrimSpace(part) {
		case "switch", "railway_crossing", "buffer_stop", "signal", "stop", "tram_stop",
			"level_crossing", "crossing", "tram_level_crossing", "tram_crossing":
			return true
		}
	}
	return false
}

// featuresAt appends what stands at a node, which track t has at a position.
func (b *builder) featuresAt(n int32, t network.TrackID, at network.Millimetres) {
	tags := b.tags[n]
	if tags == nil {
		return
	}
	add := func(kind network.RailFeatureKind, value int32, proof string, foot bool) {
		f := network.RailFeature{
			OSM: b.x.NodeID(b.node[n]), Track: t, At: at, Value: value, Tags: b.x.Text(proof), Kind: kind, Type: network.OSMNode,
		}
		if foot {
			f.Foot = 1
		}
		b.rail.Feature = append(b.rail.Feature, f)
	}
	road := b.tagged(n, "level_crossing") || b.tagged(n, "tram_level_crossing")
	if road || b.tagged(n, "crossing") || b.tagged(n, "tram_crossing") {
		guard, proof := b.x.Guard(b.node[n])
		add(network.RailCrossing, int32(guard), proof, !road)
	}
	if b.tagged(n, "signal") {
		kind, key := signalOf(tags)
		add(network.RailSignal, int32(kind), proof(tags, "railway", key, "railway:signal:direction"), false)
	}
	switch {
	case b.tagged(n, "stop"), b.tagged(n, "tram_stop"):
		add(network.RailStop, 0, proof(tags, "railway"), false)
	case tags("public_transport") == "stop_position":
		for _, k := range trains {
			if tags(k) == "yes" {
				add(network.RailStop, 0, proof(tags, "public_transport", k), false)
				break
			}
		}
	}
}

// signalOf returns the kind of a signal and the key that tells it.
func signalOf(t Tags) (network.RailSignalKind, string) {
	for kind, key := range [...]string{
		network.MainSignal: "railway:signal:main", network.CombinedSignal: "railway:signal:combined",
		network.DistantSignal: "railway:signal:distant", network.ShuntingSignal: "railway:signal:shunting",
	} {
		if key != "" && said(t(key)) {
			return network.RailSignalKind(kind), key
		}
	}
	return network.SignalUnknown, ""
}

// proof writes the tags that prove something: "key=value key=value".
func proof(t Tags, keys ...string) string {
	var pairs []string
	for _, k := range keys {
		if v := t(k); k != "" && v != "" {
			pairs = append(pairs, k+"="+v)
		}
	}
	return strings.Join(pairs, " ")
}

// addStations fills the stations and the tracks near them.
func (b *builder) addStations() {
	places := b.stations()
	r := &b.rail
	for i, p := range places {
		kind := stationKinds[p.Tags("railway")]
		r.Station = append(r.Station, network.RailStation{
			OSM: p.ID, Point: p.Point, Name: b.x.Text(p.Tags("name")),
			Code: b.x.Text(cmp.Or(p.Tags("ref"), p.Tags("railway:ref"), p.Tags("uic_ref"))),
			Tags: b.x.Text(proof(p.Tags, "railway", "station")), Kind: kind, Type: p.Type,
		})
		reach := stationReach + min(p.Radius, stationMost)
		if kind == network.TramStop {
			reach = tramReach
		}
		for _, l := range b.tracksNear(p, kind, reach) {
			r.StationTrack = append(r.StationTrack, network.StationTrack{
				Station: uint32(i), Track: l.Track, At: l.At, AwayCM: uint32(math.Round(l.Away * 100)),
			})
		}
	}
	slices.SortFunc(r.StationTrack, func(s, t network.StationTrack) int {
		return cmp.Or(cmp.Compare(s.Track, t.Track), cmp.Compare(s.At, t.At), cmp.Compare(s.Station, t.Station))
	})
}

// tracksNear returns the positions on tracks within reach of a station, on those
// that its trains run on as far as tags tell; on all if there is none of these.
func (b *builder) tracksNear(p Place, kind network.StationKind, reach float64) []network.RailLocation {
	r := &b.rail
	serves := servedKinds(p.Tags, kind)
	near := r.SnapAll(p.Point, func(t network.TrackID) bool { return serves[r.Intervals(t)[0].Kind] }, reach, math.MaxInt)
	if len(near) == 0 {
		near = r.SnapAll(p.Point, nil, reach, math.MaxInt)
	}
	return near
}

// servedKinds returns the kinds of railway whose trains call at a station: what
// station=* and train=yes, subway=yes and their like say; where nothing is said,
// trams and light rail at a tram stop and all but trams and undergrounds elsewhere.
func servedKinds(t Tags, kind network.StationKind) (serves [network.RailKinds]bool) {
	said := false
	for _, mode := range trains {
		if t(mode) == "yes" || has(t("station"), mode) {
			said = true
			for _, k := range runsOn[mode] {
				serves[k] = true
			}
		}
	}
	if said {
		return serves
	}
	for k := range network.RailKinds {
		tramlike := k == network.Tram || k == network.LightRail
		if kind == network.TramStop {
			serves[k] = tramlike
		} else {
			serves[k] = k != network.Tram && k != network.Subway
		}
	}
	return serves
}

// runsOn lists the kinds of railway that each kind of train runs on.
var runsOn = map[string][]network.RailKind{
	"train": {network.RailHeavy, network.NarrowGauge, network.Preserved}, "light_rail": {network.LightRail, network.Tram},
	"subway": {network.Subway, network.LightRail}, "tram": {network.Tram, network.LightRail},
	"monorail": {network.Monorail}, "funicular": {network.Funicular},
}

// stations returns the places that are stations, by type and id. An area that
// has the name of a node of the same kind nearby, or none, is that station.
func (b *builder) stations() []Place {
	var list []Place
	var boxes []geo.Box
	for _, p := range b.x.Places {
		if !IsStation(p.Tags("railway")) || gone(p.Tags) {
			continue
		}
		list = append(list, p)
		box := geo.EmptyBox()
		if p.Type == network.OSMNode {
			box = box.Extend(p.Point)
		}
		boxes = append(boxes, box)
	}
	nodes := geo.BuildIndex(boxes)
	kept := list[:0:0]
	for _, p := range list {
		twin := false
		if p.Type != network.OSMNode {
			nodes.Search(geo.BoxAround(p.Point, sameStation), func(ref uint32) bool {
				q := list[ref]
				twin = stationKinds[p.Tags("railway")] == stationKinds[q.Tags("railway")] &&
					(p.Tags("name") == "" || p.Tags("name") == q.Tags("name")) && geo.Distance(p.Point, q.Point) <= sameStation
				return !twin
			})
		}
		if !twin {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, func(p, q Place) int { return cmp.Or(cmp.Compare(p.Type, q.Type), cmp.Compare(p.ID, q.ID)) })
	return kept
}
