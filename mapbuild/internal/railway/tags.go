package railway

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/network"
)

// Keys lists every tag key that the network is made of.
func Keys() []string { return slices.Clone(keys[:]) }

var keys = [...]string{
	"railway", "usage", "service", "gauge", "electrified", "voltage", "frequency", "maxspeed", "maxspeed:forward", "maxspeed:backward",
	"tracks", "name", "ref", "railway:ref", "uic_ref", "bridge", "tunnel", "covered", "cutting", "embankment", "layer", "oneway",
	"railway:preferred_direction", "railway:bidirectional", "railway:signal:main", "railway:signal:combined",
	"railway:signal:distant", "railway:signal:shunting", "railway:signal:direction", "public_transport", "train", "light_rail",
	"subway", "tram", "monorail", "funicular", "station", "area", "abandoned", "disused", "razed", "removed", "demolished",
}

// A Reason says why a railway way is not part of the network.
type Reason string

// The reasons for which railway ways are dropped. There is no other.
const (
	Gone         Reason = "gone"          // abandoned, disused, razed
	NotBuilt     Reason = "not_built"     // construction, proposed
	UnknownValue Reason = "unknown_value" // a railway value in no list
	Station      Reason = "station"       // the outline of a station or another operating site
	Platform     Reason = "platform"      // where people wait
	Installation Reason = "installation"  // buildings and devices beside or at the end of tracks
	PointObject  Reason = "point_object"  // what belongs on a node: a signal, a switch drawn as a line
	NotRails     Reason = "not_rails"     // guided otherwise: magnets, guideways
	Leisure      Reason = "leisure"       // miniature and model railways, roller coasters
	Area         Reason = "area"          // the outline of an area of tracks
	MissingNodes Reason = "missing_nodes" // fewer than two different nodes in the extracts
)

// Reasons returns the reasons in the order in which they are tried.
func Reasons() []Reason { return slices.Clone(reasons[:]) }

var reasons = [...]Reason{
	Gone, UnknownValue, NotBuilt, Station, Platform, Installation, PointObject, NotRails, Leisure, Area, MissingNodes,
}

// kinds are the values of railway whose ways are tracks.
var kinds = map[string]network.RailKind{
	"rail": network.RailHeavy, "light_rail": network.LightRail, "subway": network.Subway, "tram": network.Tram,
	"narrow_gauge": network.NarrowGauge, "preserved": network.Preserved, "funicular": network.Funicular, "monorail": network.Monorail,
}

// dropped are the values of railway whose ways are not tracks.
var dropped = map[Reason][]string{
	Gone:     {"abandoned", "demolished", "dismantled", "disused", "former", "historic", "no", "razed", "removed"},
	NotBuilt: {"construction", "planned", "proposed"},
	Station: {
		"crossover", "facility", "halt", "hump_yard", "junction", "service_station", "site", "spur_junction", "station", "station_area", "stop",
		"stop_area", "tram_stop", "yard",
	},
	Platform: {"platform", "platform_edge"},
	Installation: {
		"coaling_facility", "container_terminal", "crossing_box", "crossing_controller", "depot", "engine_shed", "entrance", "fuel", "gantry",
		"interlocking", "loading_rack", "loading_ramp", "loading_tower", "locomotive", "museum", "power_supply", "rail_brake", "roundhouse",
		"signal_box", "signal_bridge", "subway_entrance", "technical_station", "train_station_entrance", "traverser", "turntable",
		"ventilation_shaft", "wash", "water_crane", "water_tower", "weighbridge", "workshop",
	},
	PointObject: {
		"blockpost", "border", "buffer_stop", "catenary_mast", "crossing", "defect_detector", "derail", "level_crossing", "lubricator", "milestone",
		"owner_change", "phone", "radio", "railway_crossing", "signal", "switch", "tram_crossing", "tram_level_crossing", "vacancy_detection",
	},
	NotRails: {"guideway", "hyperloop", "maglev", "people_mover"},
	Leisure:  {"miniature", "model", "roller_coaster"},
}

// classifyValue returns why ways with a value of railway are dropped, "" for tracks.
func classifyValue(value string) Reason {
	if _, ok := kinds[value]; ok {
		return ""
	}
	for why, values := range dropped {
		if slices.Contains(values, value) {
			return why
		}
	}
	return UnknownValue
}

// lifeKeys are the keys that say, with yes, that a thing is no longer there.
var lifeKeys = [...]string{"abandoned", "disused", "razed", "removed", "demolished"}

func gone(t Tags) bool {
	return slices.ContainsFunc(lifeKeys[:], func(k string) bool { return t(k) == "yes" })
}

// A track is what the tags of one used way say, in the way's own direction.
type track struct {
	id       int64
	refs     []uint32
	interval network.RailInterval // without From
	gauges   []uint16             // every one that trains can use; empty if unknown
}

// classify decides about every way.
func (b *builder) classify() {
	for _, w := range b.x.Ways {
		value := w.Tags("railway")
		why := classifyValue(value)
		if gone(w.Tags) {
			why = Gone
		}
		if why == UnknownValue {
			b.unread("railway", value)
		}
		if closed := len(w.Refs) > 2 && w.Refs[0] == w.Refs[len(w.Refs)-1]; why == "" && closed && w.Tags("area") == "yes" {
			why = Area
		}
		if why == "" && !b.hasSegment(w.Refs) {
			why = MissingNodes
		}
		if why != "" {
			b.report.Drop[why] = append(b.report.Drop[why], w.ID)
			continue
		}
		b.report.Used = append(b.report.Used, w.ID)
		b.tracks = append(b.tracks, b.read(w))
	}
}

// hasSegment reports whether two different nodes next to each other are there.
func (b *builder) hasSegment(refs []uint32) bool {
	for i := 1; i < len(refs); i++ {
		if b.isSegment(refs[i-1], refs[i]) {
			return true
		}
	}
	return false
}

func (b *builder) isSegment(p, q uint32) bool {
	if p == q {
		return false
	}
	_, ok1 := b.x.NodeAt(p)
	_, ok2 := b.x.NodeAt(q)
	return ok1 && ok2
}

func (b *builder) unread(key, value string) { b.report.Unread[key+"="+value]++ }

// read reads the tags of a used way.
func (b *builder) read(w Way) track {
	t := w.Tags
	iv := network.RailInterval{
		Way:     w.ID,
		Name:    b.x.Text(t("name")),
		Number:  b.x.Text(t("ref")),
		Kind:    kinds[t("railway")],
		Usage:   usageOf(t("usage")),
		Service: serviceOf(t("service")),
		Power:   powerOf(t("electrified")),
		Layer:   layerOf(t("layer")),
	}
	// number returns the first of the values of a key, 0 if it is out of range.
	number := func(key string, most float64) float64 {
		first, _, _ := strings.Cut(t(key), ";")
		if first == "" || first == "unknown" {
			return 0
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(strings.Replace(first, ",", ".", 1)), 64)
		if err != nil || !(x >= 0) || x > most {
			b.unread(key, t(key))
			return 0
		}
		return x
	}
	iv.Voltage = uint32(math.Round(number("voltage", 1e6)))
	iv.Hertz100 = uint16(math.Round(100 * number("frequency", 600)))
	iv.Tracks = uint8(number("tracks", 255))
	gauges := b.gauges(t("gauge"))
	if len(gauges) > 0 {
		iv.GaugeMM = gauges[0]
	}
	for flag, on := range map[network.RailFlag]bool{
		network.RailOnBridge:      said(t("bridge")),
		network.RailInTunnel:      said(t("tunnel")) || said(t("covered")),
		network.RailInCutting:     said(t("cutting")),
		network.RailOnEmbankment:  said(t("embankment")),
		network.RailBidirectional: slices.Contains([]string{"regular", "signals", "yes"}, t("railway:bidirectional")),
	} {
		if on {
			iv.Flags |= flag
		}
	}
	iv.Flags |= cmp.Or(oneWays[t("oneway")], oneWays[t("railway:preferred_direction")])
	b.readSpeeds(&iv, t)
	return track{w.ID, w.Refs, iv, gauges}
}

// oneWays are the values of oneway and railway:preferred_direction that name one
// direction.
var oneWays = map[string]network.RailFlag{
	"yes": network.RailOneWay, "true": network.RailOneWay, "1": network.RailOneWay, "forward": network.RailOneWay,
	"-1": network.RailOneWay | network.RailOneWayBack, "reverse": network.RailOneWay | network.RailOneWayBack,
	"backward": network.RailOneWay | network.RailOneWayBack,
}

// said reports whether a yes-or-no tag says anything but no.
func said(value string) bool { return value != "" && value != "no" }

// fastest is the greatest limit, in km/h, that is believed.
const fastest = 600

// readSpeeds sets the speeds of an interval: the limits tagged, else what is
// usual.
func (b *builder) readSpeeds(iv *network.RailInterval, t Tags) {
	usual := usualSpeed(iv)
	limit := func(directed string) uint16 {
		for _, k := range [...]string{directed, "maxspeed"} {
			v := t(k)
			if v == "" || v == "signals" || v == "variable" || v == "unknown" || v == "none" {
				continue
			}
			kmh, ok := b.x.Speed(v)
			if !ok || kmh > fastest {
				b.unread(k, v)
				continue
			}
			iv.Flags |= network.RailSpeedTagged
			return uint16(max(1, math.Round(kmh)))
		}
		return usual
	}
	iv.SpeedForward, iv.SpeedBackward = limit("maxspeed:forward"), limit("maxspeed:backward")
}

// usualSpeed returns the speed, in km/h, that is taken where no limit is tagged.
func usualSpeed(iv *network.RailInterval) uint16 {
	v := usualByKind[iv.Kind]
	if iv.Kind == network.RailHeavy || iv.Kind == network.NarrowGauge {
		v = min(v, usualByUsage[iv.Usage])
	}
	if iv.Service != network.NoService {
		v = min(v, usualByService[iv.Service])
	}
	return v
}

var usualByKind = [network.RailKinds]uint16{
	network.RailHeavy: 100, network.LightRail: 60, network.Subway: 60, network.Tram: 30, network.NarrowGauge: 50,
	network.Preserved: 40, network.Funicular: 15, network.Monorail: 60,
}

var usualByUsage = [network.RailUsages]uint16{
	network.UsageUnknown: 80, network.MainLine: 100, network.BranchLine: 70, network.Industrial: 30, network.Military: 30,
	network.Tourism: 40, network.OtherUsage: 40,
}

var usualByService = [network.RailServices]uint16{
	network.Siding: 40, network.Yard: 20, network.Spur: 20, network.Crossover: 40, network.OtherService: 20,
}

func usageOf(v string) network.RailUsage {
	switch v {
	case "":
		return network.UsageUnknown
	case "main":
		return network.MainLine
	case "branch":
		return network.BranchLine
	case "industrial":
		return network.Industrial
	case "military":
		return network.Military
	case "tourism":
		return network.Tourism
	}
	return network.OtherUsage
}

func serviceOf(v string) network.RailService {
	switch v {
	case "", "main":
		return network.NoService
	case "siding":
		return network.Siding
	case "yard":
		return network.Yard
	case "spur":
		return network.Spur
	case "crossover":
		return network.Crossover
	}
	return network.OtherService
}

// powerOf reads electrified=*; of several values the first.
func powerOf(v string) network.Electrification {
	first, _, _ := strings.Cut(v, ";")
	switch strings.TrimSpace(first) {
	case "", "unknown":
		return network.ElectrificationUnknown
	case "no":
		return network.NotElectrified
	case "contact_line":
		return network.ContactLine
	case "rail":
		return network.ThirdRail
	case "4th_rail":
		return network.FourthRail
	case "ground-level_power_supply":
		return network.GroundLevel
	}
	return network.ElectrifiedSomehow
}

// layerOf reads layer=*, 0 where it cannot.
func layerOf(v string) int8 {
	n, err := strconv.ParseInt(v, 10, 8)
	if err != nil {
		return 0
	}
	return int8(n)
}

// namedGauges are gauges, in millimetres, that have a word for a value.
var namedGauges = map[string]uint16{"standard": 1435}

// gauges reads gauge=*: millimetres, several separated by ; on tracks with more
// than two rails.
func (b *builder) gauges(v string) []uint16 {
	var list []uint16
	for part := range strings.SplitSeq(v, ";") {
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part), "mm"))
		if part == "" || part == "unknown" {
			continue
		}
		mm, ok := namedGauges[part]
		if !ok {
			n, err := strconv.ParseUint(part, 10, 16)
			if err != nil || n == 0 {
				b.unread("gauge", v)
				return nil // what is not understood might be any
			}
			mm = uint16(n)
		}
		list = append(list, mm)
	}
	return list
}
