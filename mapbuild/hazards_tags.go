package mapbuild

import (
	"math"
	"strings"

	"github.com/outrider-project/outrider/network"
)

// The limits that make a hazard of a tagged figure; docs/hazards.md gives them.
const (
	narrowCM      = 350 // a carriageway narrower than this is narrow
	clearanceCM   = 430 // a clearance lower than this is low
	steepPerMille = 50  // an incline from this on is steep
)

// A tagHazard is a hazard that one object's tags prove, relative to the object:
// heading and sign of value are those of a way's own direction.
type tagHazard struct {
	kind    network.HazardKind
	value   int32
	heading network.Heading
	proof   [4]key // the keys of the tags that prove it, keyNone where fewer do
}

// hazardKeys are the keys without which a way has no hazard in its tags.
var hazardKeys = func() (set [keys]bool) {
	for _, k := range []key{
		keyBridge, keyTunnel, keyCovered, keyFord, keyRoute, keyNarrow, keyWidth, keyEstWidth, keyMaxwidth, keyMaxwidthPhysical,
		keyLanes, keyMaxheight, keyMaxheightPhysical, keyMaxheightSigned, keyMaxheightHgv, keyMaxheightForward, keyMaxheightBackward,
		keyMaxweight, keyMaxweightSigned, keyMaxweightHgv, keyMaxweightForward, keyMaxweightBackward, keyIncline, keyConstruction, keyToll, keyJunction,
	} {
		set[k] = true
	}
	return set
}()

// wayHazards appends the hazards that the tags of a used way prove.
func wayHazards(t tags, out []tagHazard) []tagHazard {
	some := false
	for _, x := range t.list {
		some = some || x.key < keys && hazardKeys[x.key]
	}
	if !some {
		return out
	}
	for _, yes := range [...]struct {
		key  key
		kind network.HazardKind
	}{
		{keyBridge, network.Bridge},
		{keyTunnel, network.Tunnel},
		{keyFord, network.Ford},
		{keyConstruction, network.Works},
		{keyToll, network.Toll},
	} {
		if said(t.get(yes.key)) {
			out = append(out, tagHazard{kind: yes.kind, proof: [4]key{yes.key}})
		}
	}
	if said(t.get(keyCovered)) && !said(t.get(keyTunnel)) {
		out = append(out, tagHazard{kind: network.Tunnel, proof: [4]key{keyCovered}})
	}
	if isFerry(t) {
		out = append(out, tagHazard{kind: network.FerryCrossing, proof: [4]key{keyRoute}})
	}
	if t.is(keyJunction, "roundabout", "circular") {
		out = append(out, tagHazard{kind: network.RoundaboutHere, proof: [4]key{keyJunction}})
	}
	if isSingleLane(t) {
		out = append(out, tagHazard{kind: network.SingleLane, proof: [4]key{keyLanes, keyOneway}})
	}
	if h, ok := narrowWay(t); ok {
		out = append(out, h)
	}
	out = limitHazards(t, network.LowClearance, heightKeys, parseCentimetres, clearanceCM, out)
	out = limitHazards(t, network.WeightLimit, weightKeys, parseKilograms, math.MaxInt32, out)
	if mille, ok := parseIncline(t.get(keyIncline)); ok && (mille >= steepPerMille || mille <= -steepPerMille) {
		out = append(out, tagHazard{kind: network.SteepGrade, value: mille, proof: [4]key{keyIncline}})
	}
	return out
}

// isFerry reports whether a used way is a ferry line.
func isFerry(t tags) bool { return t.is(keyRoute, "ferry") }

// isSingleLane reports one lane for both directions.
func isSingleLane(t tags) bool {
	if n, ok := wholeNumber(t.get(keyLanes)); !ok || n != 1 || isFerry(t) {
		return false
	}
	switch onewayValues[t.get(keyOneway)] {
	case onewayForward, onewayBackward:
		return false
	case onewayUnsaid:
		return !t.is(keyHighway, "motorway") && !roundabout(t)
	case onewayNo:
	}
	return true
}

// narrowWay reads the width tags: the least of them counts.
func narrowWay(t tags) (tagHazard, bool) {
	h := tagHazard{kind: network.NarrowWay}
	for _, k := range [...]key{keyWidth, keyEstWidth, keyMaxwidth, keyMaxwidthPhysical} {
		cm, ok := parseCentimetres(t.get(k))
		if ok && cm < narrowCM && (h.value == 0 || cm < h.value) {
			h.value, h.proof[0] = cm, k
		}
	}
	if said(t.get(keyNarrow)) {
		if h.proof[0] == keyNone {
			h.proof[0] = keyNarrow
		} else {
			h.proof[1] = keyNarrow
		}
	}
	return h, h.proof[0] != keyNone
}

// limitHazards appends what limits of one dimension say: one hazard for both
// directions, the least of its tags, and one for each direction that has a tag
// of its own. Only limits below `below` count.
func limitHazards(t tags, kind network.HazardKind, limit limitKey, read func(string) (int32, bool), below int32, out []tagHazard) []tagHazard {
	both := tagHazard{kind: kind}
	for _, k := range limit.both {
		if v, ok := read(t.get(k)); ok && v < below && (both.value == 0 || v < both.value) {
			both.value, both.proof[0] = v, k
		}
	}
	if both.value != 0 {
		out = append(out, both)
	}
	if v, ok := read(t.get(limit.forward)); ok && v < below {
		out = append(out, tagHazard{kind, v, network.ForwardOnly, [4]key{limit.forward}})
	}
	if v, ok := read(t.get(limit.backward)); ok && v < below {
		out = append(out, tagHazard{kind, v, network.BackwardOnly, [4]key{limit.backward}})
	}
	return out
}

// parseCentimetres reads a length, rounded down; of several the least.
func parseCentimetres(v string) (int32, bool) {
	if noLimit[v] {
		return 0, false
	}
	m, _, ok := tightest(v, metres)
	return int32(min(roundDown(100*m), math.MaxInt32)), ok
}

// parseKilograms reads a weight, rounded down; of several the least.
func parseKilograms(v string) (int32, bool) {
	if noLimit[v] {
		return 0, false
	}
	kg, _, ok := tightest(v, kilograms)
	return int32(min(roundDown(kg), math.MaxInt32)), ok
}

// nodeHazards appends the hazards that the tags of a node on a used way prove.
// The heading is relative to the way that the node is on.
func nodeHazards(t tags, out []tagHazard) []tagHazard {
	if len(t.list) == 0 {
		return out
	}
	heading := network.BothWays
	switch t.get(keyDirection) {
	case "forward":
		heading = network.ForwardOnly
	case "backward":
		heading = network.BackwardOnly
	}
	if t.is(keyRailway, "level_crossing") {
		h := tagHazard{kind: network.LevelCrossing, proof: [4]key{keyRailway}}
		var p network.Protection
		p, h.proof[1], h.proof[2] = protection(t)
		h.value = int32(p)
		out = append(out, h)
	}
	if said(t.get(keyFord)) {
		out = append(out, tagHazard{kind: network.Ford, proof: [4]key{keyFord}})
	}
	if t.is(keyHighway, "traffic_signals") {
		h := tagHazard{kind: network.TrafficSignals, heading: heading, proof: [4]key{keyHighway}}
		switch t.get(keyTrafficSignalsDirection) {
		case "forward":
			h.heading, h.proof[1] = network.ForwardOnly, keyTrafficSignalsDirection
		case "backward":
			h.heading, h.proof[1] = network.BackwardOnly, keyTrafficSignalsDirection
		case "both":
			h.heading, h.proof[1] = network.BothWays, keyTrafficSignalsDirection
		default:
			if heading != network.BothWays {
				h.proof[1] = keyDirection
			}
		}
		out = append(out, h)
	} else if t.is(keyHighway, "crossing") && t.is(keyCrossing, "traffic_signals") {
		out = append(out, tagHazard{kind: network.TrafficSignals, proof: [4]key{keyHighway, keyCrossing}})
	}
	if t.is(keyHighway, "mini_roundabout") {
		out = append(out, tagHazard{kind: network.RoundaboutHere, proof: [4]key{keyHighway}})
	}
	switch {
	case t.is(keyBarrier, "toll_booth"):
		out = append(out, tagHazard{kind: network.Toll, proof: [4]key{keyBarrier}})
	case t.is(keyHighway, "toll_gantry"):
		out = append(out, tagHazard{kind: network.Toll, proof: [4]key{keyHighway}})
	}
	if t.has(keyBarrier) && !t.is(keyBarrier, "no", "kerb", "entrance", "toll_booth") {
		out = append(out, tagHazard{kind: network.BarrierGate, proof: [4]key{keyBarrier}})
	}
	if cm, ok := parseCentimetres(t.get(keyMaxheight)); ok && cm < clearanceCM {
		out = append(out, tagHazard{kind: network.LowClearance, value: cm, proof: [4]key{keyMaxheight}})
	}
	return out
}

// protection reads how a level crossing is guarded, the best guard that any tag
// claims, and the keys that say so.
func protection(t tags) (p network.Protection, proof, more key) {
	switch {
	case t.is(keyCrossingSupervision, "yes", "attendant", "local", "locally"):
		return network.Attended, keyCrossingSupervision, keyNone
	case t.is(keyCrossingBarrier, "full", "double_half"):
		return network.FullBarrier, keyCrossingBarrier, keyNone
	case said(t.get(keyCrossingBarrier)):
		return network.HalfBarrier, keyCrossingBarrier, keyNone
	case said(t.get(keyCrossingLight)):
		return network.Lights, keyCrossingLight, keyNone
	case said(t.get(keyCrossingBell)):
		return network.Lights, keyCrossingBell, keyNone
	case t.is(keyCrossing, "barrier", "gate", "gates"):
		return network.HalfBarrier, keyCrossing, keyNone
	case t.is(keyCrossing, "traffic_signals", "light", "lights"):
		return network.Lights, keyCrossing, keyNone
	case t.is(keyCrossing, "uncontrolled", "unmarked", "unprotected", "no"):
		return network.Unprotected, keyCrossing, keyNone
	case t.is(keyCrossingBarrier, "no") && t.is(keyCrossingLight, "no"):
		return network.Unprotected, keyCrossingBarrier, keyCrossingLight
	}
	return network.ProtectionUnknown, keyNone, keyNone
}

// parseIncline reads an incline such as "10%", "-7,5 %" or "4°" and returns per
// mille, positive uphill along the way. A number without unit is per cent. "up",
// "down" and what is steeper than 100 % (a slip of the pen) have no figure.
func parseIncline(s string) (perMille int32, ok bool) {
	digits, negative := strings.CutPrefix(s, "-")
	v, unit := splitNumber(strings.TrimPrefix(digits, "+"))
	switch unit {
	case "", "%":
		v *= 10
	case "°", "deg":
		v = 1000 * math.Tan(math.Pi/180*min(v, 80))
	case "‰":
	default:
		return 0, false
	}
	v = math.Round(v)
	if v == 0 || v > 1000 {
		return 0, false
	}
	if negative {
		v = -v
	}
	return int32(v), true
}

// proofText writes the tags that prove a hazard: "key=value key=value".
func proofText(t tags, proof []key) string {
	var b strings.Builder
	for _, k := range proof {
		if v := t.get(k); k != keyNone && v != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(keyNames[k])
			b.WriteByte('=')
			b.WriteString(v)
		}
	}
	return b.String()
}
