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

var railKindNames = [RailKinds]string{
	RailHeavy: "rail", LightRail: "light_rail", Subway: "subway", Tram: "tram", NarrowGauge: "narrow_gauge",
	Preserved: "preserved", Funicular: "funicular", Monorail: "monorail",
}

var railUsageNames = [RailUsages]string{
	UsageUnknown: "usage unknown", MainLine: "main", BranchLine: "branch", Industrial: "industrial", Military: "military",
	Tourism: "tourism", OtherUsage: "other usage",
}

var railServiceNames = [RailServices]string{
	NoService: "running line", Siding: "siding", Yard: "yard", Spur: "spur", Crossover: "crossover", OtherService: "other service",
}

var electrificationNames = [Electrifications]string{
	ElectrificationUnknown: "electrification unknown", NotElectrified: "not electrified", ContactLine: "contact line",
	ThirdRail: "third rail", FourthRail: "fourth rail", GroundLevel: "ground level supply", ElectrifiedSomehow: "electrified",
}

var railNodeNames = [RailNodeKinds]string{
	RailEnd: "rail_end", BufferStop: "rail_buffer_stop", RailJoint: "rail_joint", RailSwitch: "rail_switch",
	RailDiamond: "rail_diamond", RailSlip: "rail_slip",
}

var railFeatureNames = [RailFeatureKinds]string{RailCrossing: "rail_level_crossing", RailSignal: "rail_signal", RailStop: "rail_stop"}

var railSignalNames = [RailSignalKinds]string{
	SignalUnknown: "signal", MainSignal: "main signal", CombinedSignal: "combined signal", DistantSignal: "distant signal",
	ShuntingSignal: "shunting signal",
}

var stationNames = [StationKinds]string{
	RailwayStation: "rail_station", RailwayHalt: "rail_halt", TramStop: "tram_stop", FreightYard: "freight_yard",
}

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

// String returns the kind as the railway tag has it, such as light_rail.
func (k RailKind) String() string { return name(railKindNames[:], int(k)) }

// String returns the usage as its tag has it, or that it is unknown.
func (u RailUsage) String() string { return name(railUsageNames[:], int(u)) }

// String returns the service as its tag has it, or "running line".
func (s RailService) String() string { return name(railServiceNames[:], int(s)) }

// String returns how trains get current, in words.
func (e Electrification) String() string { return name(electrificationNames[:], int(e)) }

// String returns the kind's name in files, such as rail_switch.
func (k RailNodeKind) String() string { return name(railNodeNames[:], int(k)) }

// String returns the kind's name in files, such as rail_signal.
func (k RailFeatureKind) String() string { return name(railFeatureNames[:], int(k)) }

// String returns the kind of signal, in words.
func (k RailSignalKind) String() string { return name(railSignalNames[:], int(k)) }

// String returns the kind's name in files, such as rail_station.
func (k StationKind) String() string { return name(stationNames[:], int(k)) }

// Object returns the OSM object that the feature is, such as node/123.
func (f *RailFeature) Object() string { return f.Type.String() + "/" + strconv.FormatInt(f.OSM, 10) }

// Object returns the OSM object that the station is, such as way/123.
func (s *RailStation) Object() string { return s.Type.String() + "/" + strconv.FormatInt(s.OSM, 10) }
