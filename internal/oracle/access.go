package oracle

import "strings"

// Permission says what a class of vehicle may do on an edge.
type Permission uint8

// Permissions, from best to worst.
const (
	Open Permission = iota
	Destination
	Private
	Forbidden
)

type tags = map[string]string

// road is a line of the table of classes in docs/network.md, section 2.
type road struct {
	usual, most float64
	system      byte // r road, f foot, b busway
}

var roads = map[string]road{
	"motorway": {100, 130, 'r'}, "motorway_link": {60, 80, 'r'},
	"trunk": {85, 110, 'r'}, "trunk_link": {50, 80, 'r'},
	"primary": {65, 100, 'r'}, "primary_link": {45, 70, 'r'},
	"secondary": {55, 90, 'r'}, "secondary_link": {40, 60, 'r'},
	"tertiary": {45, 80, 'r'}, "tertiary_link": {35, 50, 'r'},
	"unclassified": {40, 70, 'r'}, "road": {40, 70, 'r'}, "minor": {40, 70, 'r'},
	"residential": {30, 50, 'r'}, "living_street": {10, 15, 'r'}, "service": {15, 30, 'r'},
	"track": {15, 25, 'r'}, "unsurfaced": {15, 25, 'r'}, "byway": {15, 25, 'r'},
	"pedestrian": {8, 8, 'f'}, "footway": {8, 8, 'f'}, "cycleway": {8, 8, 'f'}, "path": {8, 8, 'f'}, "bridleway": {8, 8, 'f'},
	"busway": {40, 50, 'b'},
}

// words makes a set of a list.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

var (
	openWords        = words("yes permissive designated official public allowed")
	destinationWords = words("destination customers customer delivery deliveries visitors local discouraged unsuitable")
	privateWords     = words("private permit residents resident employees staff members restricted military agricultural forestry agricultural;forestry forestry;agricultural")
	forbiddenWords   = words("no none prohibited use_sidepath")
	minorService     = words("driveway parking_aisle drive-through")
)

var accessKeys = [classes][]string{
	Car:       {"access", "vehicle", "motor_vehicle", "motorcar"},
	Truck:     {"access", "vehicle", "motor_vehicle", "hgv"},
	Bus:       {"access", "vehicle", "motor_vehicle", "psv", "bus", "tourist_bus", "coach"},
	Emergency: {"access", "vehicle", "motor_vehicle", "emergency"},
}

var onewayKeys = [classes][]string{
	Car:       {"oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:motorcar"},
	Truck:     {"oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:hgv"},
	Bus:       {"oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:psv", "oneway:bus", "oneway:tourist_bus", "oneway:coach"},
	Emergency: {"oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:emergency"},
}

// says translates one value of an access key for a class. ok is false where it
// counts as if it were not there.
func says(key, value string, c Class) (p Permission, ok bool) {
	unless := func(yes bool) Permission {
		if yes {
			return Open
		}
		return Forbidden
	}
	switch {
	case value == "" || value == "unknown":
		return 0, false
	case openWords[value]:
		return Open, true
	case destinationWords[value]:
		return Destination, true
	case privateWords[value]:
		return Private, true
	case forbiddenWords[value]:
		return Forbidden, true
	case value == "emergency":
		return unless(c == Emergency), true
	case value == "bus" || value == "psv":
		return unless(c == Bus), true
	case key == "emergency":
		return 0, false
	}
	return Private, true
}

// permission goes through a class's keys, the widest first. suffix is the
// direction's, "" for none.
func permission(t tags, c Class, suffix string, ignore map[string]bool, p Permission) Permission {
	for _, key := range accessKeys[c] {
		if ignore[key] {
			continue
		}
		said, ok := says(key, t[key+suffix], c)
		if !ok && suffix != "" {
			said, ok = says(key, t[key], c)
		}
		if ok {
			p = said
		}
	}
	return p
}

// readWay reads a way's tags; ok is false if it is not used.
func readWay(t tags, refs []int64) (w Way, ok bool) {
	highway, isHighway := t["highway"]
	kind, known := roads[highway]
	w.Ferry = t["route"] == "ferry"
	if isHighway {
		for _, k := range []string{"abandoned", "disused", "razed", "removed", "demolished"} {
			if t[k] == "yes" {
				return w, false
			}
		}
		if !known || t["area"] == "yes" && len(refs) > 2 && refs[0] == refs[len(refs)-1] {
			return w, false
		}
	} else if !w.Ferry {
		return w, false
	}
	ignore := map[string]bool{}
	switch {
	case !isHighway:
		ignore["access"] = true
	case kind.system == 'f':
		ignore["access"], ignore["vehicle"] = true, true
	}
	some := false
	for dir, suffix := range [2]string{":forward", ":backward"} {
		for c := range classes {
			p := permission(t, c, suffix, ignore, unsaid(t, isHighway, highway, kind, c))
			if !directions(t, highway, c)[dir] || t["smoothness"] == "impassable" {
				p = Forbidden
			}
			w.Access[dir][c] = p
			some = some || p != Forbidden
		}
		w.KMH[dir] = kmh(t, highway, kind, w.Ferry, suffix)
		w.Limits[dir] = readLimits(t, suffix)
	}
	return w, some
}

// unsaid is the permission where no access key has a value.
func unsaid(t tags, isHighway bool, highway string, kind road, c Class) Permission {
	service := t["service"]
	switch {
	case !isHighway:
		if k, ok := roads[t["ferry"]]; ok && k.system == 'r' {
			return Open
		}
		return Forbidden
	case kind.system == 'f', kind.system == 'b' && c != Bus && c != Emergency:
		return Forbidden
	case highway == "service" && minorService[service]:
		return Destination
	case highway == "service" && service == "emergency_access" && c != Emergency:
		return Forbidden
	}
	return Open
}

// directions says whether a class may drive along and against the way.
func directions(t tags, highway string, c Class) [2]bool {
	both, along, against := [2]bool{true, true}, [2]bool{true, false}, [2]bool{false, true}
	may := both
	if t["junction"] == "roundabout" || t["junction"] == "circular" || highway == "motorway" {
		may = along
	}
	for _, key := range onewayKeys[c] {
		switch t[key] {
		case "yes", "true", "1":
			may = along
		case "-1", "reverse":
			may = against
		case "no", "false", "0", "reversible", "alternating":
			may = both
		}
	}
	return may
}

var (
	passable = words(`toll_booth border_control cattle_grid entrance height_restrictor width_restrictor coupure gate
		lift_gate swing_gate sliding_gate sally_port hampshire_gate bump_gate checkpoint security_control chain rope
		barrier_board spikes door guard_house rumble_strip traffic_island`)
	busTraps = words("bus_trap sump_buster")
)

// barrierAccess returns who may pass a barrier, nil if it is none.
func barrierAccess(t tags) *[classes]Permission {
	kind := t["barrier"]
	if kind == "no" || kind == "kerb" {
		return nil
	}
	var all [classes]Permission
	for c := range classes {
		p := Forbidden
		switch {
		case passable[kind] && t["locked"] == "yes":
			p = Private
		case passable[kind], busTraps[kind] && (c == Truck || c == Bus):
			p = Open
		}
		all[c] = permission(t, c, "", nil, p)
	}
	return &all
}
