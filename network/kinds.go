package network

import "strconv"

// hazardNames are the names of the kinds of hazard in files and on the command
// line.
var hazardNames = [HazardKinds]string{
	Bridge: "bridge", Tunnel: "tunnel", Underpass: "underpass", Overpass: "overpass", LevelCrossing: "level_crossing",
	Ford: "ford", FerryCrossing: "ferry", NarrowWay: "narrow_way", SingleLane: "single_lane", LowClearance: "low_clearance",
	WeightLimit: "weight_limit", SteepGrade: "steep_grade", SharpCurve: "sharp_curve", Works: "works", Toll: "toll",
	BarrierGate: "barrier", TrafficSignals: "traffic_signals", RoundaboutHere: "roundabout", CutEdge: "cut_edge",
}

var havenNames = [HavenKinds]string{
	Hospital: "hospital", Police: "police", FireStation: "fire_station", Fuel: "fuel", Helipad: "helipad", Embassy: "embassy",
}

var placeNames = [PlaceKinds]string{
	City: "city", Town: "town", Village: "village", Hamlet: "hamlet", Suburb: "suburb", Station: "station", Airport: "airport",
}

var protectionNames = [...]string{
	ProtectionUnknown: "protection unknown", Unprotected: "unprotected", Lights: "lights", HalfBarrier: "half barriers",
	FullBarrier: "full barriers", Attended: "attended",
}

var objectNames = [...]string{OSMNode: "node", OSMWay: "way", OSMRelation: "relation"}

func name(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "kind " + strconv.Itoa(i)
	}
	return names[i]
}

// String returns the kind's name in files and on the command line, such as
// level_crossing.
func (k HazardKind) String() string { return name(hazardNames[:], int(k)) }

// String returns the kind's name in files, such as fire_station.
func (k HavenKind) String() string { return name(havenNames[:], int(k)) }

// String returns the kind's name in files.
func (k PlaceKind) String() string { return name(placeNames[:], int(k)) }

// String returns how the crossing is guarded, in words.
func (p Protection) String() string { return name(protectionNames[:], int(p)) }

// String returns node, way or relation.
func (t OSMType) String() string { return name(objectNames[:], int(t)) }

// Object returns the OSM object that proves the hazard, such as way/123.
func (h *Hazard) Object() string { return h.Type.String() + "/" + strconv.FormatInt(h.OSM, 10) }

// Object returns the OSM object that the haven is, such as node/123.
func (h *Haven) Object() string { return h.Type.String() + "/" + strconv.FormatInt(h.OSM, 10) }
