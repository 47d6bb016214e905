package mapbuild

import (
	"slices"
	"strings"

	"github.com/outrider-project/outrider/network"
)

// A Reason says why a highway way is not part of the network.
type Reason string

// The reasons for which highway ways are dropped. There is no other.
const (
	DropGone           Reason = "gone"            // abandoned, disused, razed
	DropNotBuilt       Reason = "not_built"       // construction, proposed
	DropArea           Reason = "area"            // the outline of an area, not a line to drive along
	DropNotCarriageway Reason = "not_carriageway" // platforms, services, raceways and the like
	DropPath           Reason = "path"            // footways, cycleways and the like without motor vehicles
	DropUnknownClass   Reason = "unknown_class"   // a highway value in no list
	DropNoMotorAccess  Reason = "no_motor_access" // forbidden to every class of motor vehicle, both ways
	DropMissingNodes   Reason = "missing_nodes"   // fewer than two different nodes in the extracts
)

// reasons lists them in the order in which they are tried.
var reasons = [...]Reason{
	DropGone, DropUnknownClass, DropNotBuilt, DropArea, DropNotCarriageway, DropPath, DropNoMotorAccess, DropMissingNodes,
}

// A road is what the tags of one used way say; forward is the way's own direction.
type road struct {
	interval          network.Interval // without From; Name, Number and Limits not yet set
	forward, backward network.Access
	limits            [2]network.Limits // forward, backward
	name, number      uint32            // numbers of strings
	conditions        []tag             // kept as they are
	ferryMillis       int64             // duration of a ferry line, 0 unknown
}

// notes counts values that are not understood: per key=value the objects that
// have it.
type notes struct {
	count map[string]int
	seen  []string // of the current object
}

func newNotes() *notes { return &notes{count: make(map[string]int)} }

func (n *notes) add(k key, value string) {
	what := keyNames[k] + "=" + value
	if !slices.Contains(n.seen, what) {
		n.seen = append(n.seen, what)
		n.count[what]++
	}
}

// next begins another object.
func (n *notes) next() { n.seen = n.seen[:0] }

// classify says what a way is in the network. drop is empty for a used way.
// Nodes are not looked at, see DropMissingNodes; closed says whether the way
// ends where it begins. It may be called for ways without a highway tag too, of
// which only ferry lines are used; for all others ok is false.
func classify(t tags, closed bool, n *notes) (r road, drop Reason, ok bool) {
	highway := t.get(keyHighway)
	ferry := t.is(keyRoute, "ferry")
	if highway == "" && !ferry {
		return r, "", false
	}
	class := highwayClass{class: network.Ferry, access: onFerry}
	if highway != "" {
		class, drop = highwayValue(t, highway, closed)
		if drop == DropUnknownClass {
			n.add(keyHighway, highway)
		}
		if drop != "" {
			return r, drop, true
		}
		if ferry {
			class = highwayClass{class: network.Ferry, access: class.access}
		}
	}
	r.forward, r.backward = accessOf(t, class, n)
	if r.forward == network.NoAccess && r.backward == network.NoAccess {
		if class.access == onFoot {
			return r, DropPath, true
		}
		return r, DropNoMotorAccess, true
	}
	r.interval.Class = class.class
	r.interval.Flags = flagsOf(t, class)
	r.interval.Surface, r.interval.SpeedForward, r.interval.SpeedBackward = speeds(t, class, n)
	r.interval.Lanes = lanes(t)
	r.interval.Layer = layer(t)
	r.limits[0] = limitsOf(t, forward, n)
	r.limits[1] = limitsOf(t, backward, n)
	for _, x := range t.list {
		switch {
		case x.key == keyName:
			r.name = x.val
		case x.key == keyRef:
			r.number = x.val
		case x.key&dynamicKey != 0:
			if strings.HasSuffix(t.text.keyName(x.key), ":conditional") {
				r.conditions = append(r.conditions, x)
			}
		case x.key == keyOneway && variableOneway(t.text.list[x.val]):
			n.add(keyOneway, t.text.list[x.val])
			r.conditions = append(r.conditions, x)
		}
	}
	if class.class == network.Ferry {
		r.ferryMillis = duration(t.get(keyDuration), n)
	}
	return r, "", true
}

// highwayValue looks up the class of a highway value and the drop reasons that
// need no access tags.
func highwayValue(t tags, highway string, closed bool) (highwayClass, Reason) {
	for _, k := range [...]key{keyAbandoned, keyDisused, keyRazed, keyRemoved, keyDemolished} {
		if t.is(k, "yes") {
			return highwayClass{}, DropGone
		}
	}
	class, known := highwayClasses[highway]
	switch {
	case !known:
		return class, DropUnknownClass
	case class.drop == DropGone, class.drop == DropNotBuilt:
		return class, class.drop
	case closed && t.is(keyArea, "yes"):
		return class, DropArea
	}
	return class, class.drop
}

// direction is a direction of travel relative to the way's own.
type direction uint8

const (
	forward direction = iota
	backward
)

// accessOf returns what each class of vehicle may do along the way and against it.
func accessOf(t tags, class highwayClass, n *notes) (ahead, back network.Access) {
	if t.is(keySmoothness, "impassable") {
		return network.NoAccess, network.NoAccess
	}
	base := onewayOf(t, class)
	if v := t.get(keyOneway); v != "" && onewayValues[v] == onewayUnsaid {
		n.add(keyOneway, v)
	}
	for c := network.Car; c <= network.Emergency; c++ {
		way := base
		for _, k := range onewayKeys[c] {
			if o := onewayValues[t.get(k)]; o != onewayUnsaid {
				way = o
			}
		}
		ahead = ahead.With(c, permission(t, class, c, forward, n))
		back = back.With(c, permission(t, class, c, backward, n))
		switch way {
		case onewayForward:
			back = back.With(c, network.Forbidden)
		case onewayBackward:
			ahead = ahead.With(c, network.Forbidden)
		case onewayNo, onewayUnsaid:
		}
	}
	return ahead, back
}

// permission applies the access keys of one class of vehicle: the most specific
// key that says something decides, and of one key the form for the direction.
func permission(t tags, class highwayClass, c network.Class, d direction, n *notes) network.Permission {
	p := defaultPermission(t, class, c)
	for i, k := range accessKeys[c] {
		if i < class.access.firstKey() {
			continue
		}
		v := t.get(k[1+d])
		if v == "" {
			v = t.get(k[0])
		}
		if v == "" {
			continue
		}
		if k[0] == keyEmergency && accessValues[v] == unsaid {
			continue // emergency=* also says what stands on a place
		}
		if q, ok := accessValue(v, c); ok {
			p = q
		} else if v != "unknown" {
			n.add(k[0], v)
			p = network.Private
		}
	}
	return p
}

// accessValue returns what a value of an access key means for a class.
func accessValue(v string, c network.Class) (network.Permission, bool) {
	switch accessValues[v] {
	case open:
		return network.Open, true
	case destination:
		return network.Destination, true
	case private:
		return network.Private, true
	case forbidden:
		return network.Forbidden, true
	case emergencyOnly:
		return onlyFor(c, network.Emergency), true
	case busOnly:
		return onlyFor(c, network.Bus), true
	case unsaid:
	}
	return 0, false
}

func onlyFor(c, only network.Class) network.Permission {
	if c == only {
		return network.Open
	}
	return network.Forbidden
}

// defaultPermission is what holds where no key says anything.
func defaultPermission(t tags, class highwayClass, c network.Class) network.Permission {
	switch class.access {
	case onFoot:
		return network.Forbidden
	case onFerry:
		// A line that says nothing of vehicles often carries none. A line that
		// stands in for a road says so with ferry=<class of road>.
		if f, ok := highwayClasses[t.get(keyFerry)]; ok && f.drop == "" && f.access == onRoad {
			return network.Open
		}
		return network.Forbidden
	case onBusway:
		if c == network.Bus || c == network.Emergency {
			return network.Open
		}
		return network.Forbidden
	case onRoad:
	}
	if class.class == network.Service {
		switch t.get(keyService) {
		case "driveway", "parking_aisle", "drive-through":
			return network.Destination
		case "emergency_access":
			return onlyFor(c, network.Emergency)
		}
	}
	return network.Open
}

// oneway is what a value of oneway=* says.
type oneway uint8

const (
	onewayUnsaid oneway = iota
	onewayNo
	onewayForward
	onewayBackward
)

// onewayOf returns the direction that holds for classes without a key of their own.
func onewayOf(t tags, class highwayClass) oneway {
	if o := onewayValues[t.get(keyOneway)]; o != onewayUnsaid {
		return o
	}
	if roundabout(t) || class.class == network.Motorway && !class.link {
		return onewayForward
	}
	return onewayNo
}

func roundabout(t tags) bool { return t.is(keyJunction, "roundabout", "circular") }

// variableOneway reports values under which the direction changes with time.
func variableOneway(v string) bool { return v == "reversible" || v == "alternating" }

func flagsOf(t tags, class highwayClass) network.Flag {
	var f network.Flag
	set := func(on bool, flag network.Flag) {
		if on {
			f |= flag
		}
	}
	o := onewayOf(t, class)
	set(class.link, network.Link)
	set(roundabout(t), network.Roundabout)
	set(o == onewayForward || o == onewayBackward, network.OneWay)
	set(t.is(keyToll, "yes"), network.TollRoad)
	set(t.is(keyLit, "yes", "24/7", "automatic"), network.Lit)
	set(t.has(keyBridge) && !t.is(keyBridge, "no"), network.OnBridge)
	set(t.has(keyTunnel) && !t.is(keyTunnel, "no"), network.InTunnel)
	return f
}

// lanes returns lanes=*, else the sum of the lanes by direction, 0 unknown.
func lanes(t tags) uint8 {
	if n, ok := wholeNumber(t.get(keyLanes)); ok && n <= 255 {
		return uint8(n)
	}
	sum := 0
	for _, k := range [...]key{keyLanesForward, keyLanesBackward, keyLanesBothWays} {
		if n, ok := wholeNumber(t.get(k)); ok {
			sum += n
		}
	}
	if sum > 255 {
		return 0
	}
	return uint8(sum)
}

// layer returns layer=*, or 0, limited to -128..127.
func layer(t tags) int8 {
	v := t.get(keyLayer)
	digits, negative := strings.CutPrefix(v, "-")
	digits = strings.TrimPrefix(digits, "+")
	n, ok := wholeNumber(digits)
	switch {
	case !ok:
		return 0
	case negative:
		return int8(max(-n, -128))
	}
	return int8(min(n, 127))
}

// wholeNumber reads up to six decimal digits.
func wholeNumber(s string) (int, bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	n := 0
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = 10*n + int(r-'0')
	}
	return n, true
}

// barrierAccess returns who may pass a node with barrier=*; ok is false when the
// node is none, or one that stops nobody and needs no mention.
func barrierAccess(t tags, n *notes) (a network.Access, ok bool) {
	barrier := t.get(keyBarrier)
	if barrier == "" || barrier == "no" || barrier == "kerb" {
		return 0, false
	}
	kind, known := barriers[barrier]
	if !known {
		n.add(keyBarrier, barrier)
	}
	for c := network.Car; c <= network.Emergency; c++ {
		p := network.Forbidden
		switch {
		case kind == passable && t.is(keyLocked, "yes"):
			p = network.Private
		case kind == passable, kind == busTrap && (c == network.Bus || c == network.Truck):
			p = network.Open
		}
		for _, k := range accessKeys[c] {
			v := t.get(k[0])
			if v == "" || v == "unknown" {
				continue
			}
			if k[0] == keyEmergency && accessValues[v] == unsaid {
				continue
			}
			if q, ok := accessValue(v, c); ok {
				p = q
			} else {
				n.add(k[0], v)
				p = network.Private
			}
		}
		a = a.With(c, p)
	}
	return a, true
}
