package oracle

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

const mile, seaMile = 1.609344, 1.852

var surfaceMost = map[string]float64{
	"concrete:plates": 80, "concrete:lanes": 50, "paving_stones": 50, "bricks": 50, "brick": 50, "metal": 50,
	"metal_grid": 30, "wood": 30, "tartan": 30, "compacted": 60, "fine_gravel": 50, "sett": 40, "cobblestone:flattened": 40,
	"cobblestone": 30, "unhewn_cobblestone": 20, "grass_paver": 20, "unpaved": 40, "gravel": 40, "salt": 40, "shells": 40,
	"pebblestone": 30, "dirt": 25, "earth": 25, "ground": 25, "soil": 25, "clay": 25, "ice": 20, "snow": 20,
	"grass": 15, "sand": 15, "woodchips": 15, "mud": 10, "rock": 10,
}

var (
	trackMost  = map[string]float64{"grade1": 60, "grade2": 40, "grade3": 30, "grade4": 20, "grade5": 10}
	smoothMost = map[string]float64{"bad": 40, "very_bad": 20, "horrible": 10, "very_horrible": 5}
)

var zones = map[string]float64{
	"urban": 50, "rural": 90, "trunk": 100, "motorway": 120, "living_street": 10, "walk": 7, "school": 30, "bicycle_road": 30,
	"DE:rural": 100, "AT:rural": 100, "CH:rural": 80, "LI:rural": 80, "NO:rural": 80, "FR:rural": 80, "NL:rural": 80,
	"DK:rural": 80, "FI:rural": 80, "IE:rural": 80, "BE:rural": 70, "SE:rural": 70, "MC:urban": 50, "DE:motorway": math.Inf(1),
	"AT:motorway": 130, "FR:motorway": 130, "IT:motorway": 130, "NO:motorway": 100, "DE:living_street": 7, "AT:living_street": 7,
	"GB:nsl_single": 60 * mile, "GB:rural": 60 * mile, "UK:nsl_single": 60 * mile, "UK:rural": 60 * mile,
	"GB:nsl_dual": 70 * mile, "GB:motorway": 70 * mile, "UK:nsl_dual": 70 * mile, "UK:motorway": 70 * mile,
	"GB:nsl_restricted": 30 * mile, "GB:urban": 30 * mile, "UK:nsl_restricted": 30 * mile, "UK:urban": 30 * mile,
	"US:urban": 25 * mile, "US:rural": 55 * mile, "US:motorway": 65 * mile,
}

var (
	zoneForm  = regexp.MustCompile(`^([A-Z]{2}):(.+)$`)
	zone30    = regexp.MustCompile(`^(?:zone:?)?(\d+)$`)
	speedForm = regexp.MustCompile(`^(\d+(?:\.\d*)?|\.\d+) *(|km/h|kmh|kph|mph|knots|kn)$`)
)

// zoneSpeed reads an implicit limit such as DE:urban.
func zoneSpeed(v string) (float64, bool) {
	m := zoneForm.FindStringSubmatch(v)
	if m == nil {
		return 0, false
	}
	if s, ok := zones[v]; ok {
		return s, true
	}
	if n := zone30.FindStringSubmatch(m[2]); n != nil {
		s, err := strconv.ParseFloat(n[1], 64)
		return s, err == nil && s > 0
	}
	s, ok := zones[m[2]]
	return s, ok
}

// limitOf reads a legal limit in km/h, the least of several.
func limitOf(value string) (least float64, ok bool) {
	least = math.Inf(1)
	if value == "" {
		return 0, false
	}
	for v := range strings.SplitSeq(value, ";") {
		v = strings.TrimSpace(v)
		s, ok := zoneSpeed(v)
		switch m := speedForm.FindStringSubmatch(v); {
		case ok:
		case v == "none":
			s = math.Inf(1)
		case v == "walk":
			s = 7
		case m != nil:
			x, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				return 0, false
			}
			s = x * map[string]float64{"mph": mile, "knots": seaMile, "kn": seaMile, "": 1, "km/h": 1, "kmh": 1, "kph": 1}[m[2]]
		default:
			return 0, false
		}
		least = min(least, s)
	}
	return least, true
}

// kmh returns the free-flow speed in a direction, which the suffix names.
func kmh(t tags, highway string, kind road, ferry bool, suffix string) float64 {
	usual, most := kind.usual, kind.most
	if highway == "service" && minorService[t["service"]] {
		usual = 10
	}
	if ferry {
		usual, most = 15, 60
	}
	v, ok := limitOf(t["maxspeed"+suffix])
	if !ok {
		v, ok = limitOf(t["maxspeed"])
	}
	for _, key := range []string{"maxspeed:type", "source:maxspeed", "zone:maxspeed"} {
		if !ok {
			v, ok = zoneSpeed(t[key])
		}
	}
	if !ok {
		v = usual
	}
	surface, _, _ := strings.Cut(t["surface"], ";")
	for _, x := range []struct {
		table map[string]float64
		value string
	}{{surfaceMost, strings.TrimSpace(surface)}, {trackMost, t["tracktype"]}, {smoothMost, t["smoothness"]}} {
		if m, ok := x.table[x.value]; ok {
			most = min(most, m)
		}
	}
	return max(1, math.Floor(min(v, most)+0.5))
}

var (
	clockForm = regexp.MustCompile(`^(\d+):(\d\d)(?::(\d\d))?$`)
	isoForm   = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	wholeForm = regexp.MustCompile(`^\d+$`)
)

// ferrySpeed sets the speed of a ferry line of known length from its duration.
func (w *Way) ferrySpeed(duration string, metres float64) {
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0 // a part that is not there
		}
		return x
	}
	seconds := 0.0
	if m := clockForm.FindStringSubmatch(duration); m != nil {
		seconds = 3600*number(m[1]) + 60*number(m[2]) + number(m[3])
	} else if m := isoForm.FindStringSubmatch(duration); m != nil {
		seconds = 86400*number(m[1]) + 3600*number(m[2]) + 60*number(m[3]) + number(m[4])
	} else if wholeForm.MatchString(duration) {
		seconds = 60 * number(duration)
	}
	if seconds <= 0 || seconds > 30*86400 {
		return
	}
	if v := max(1, math.Floor(metres/seconds*3.6+0.5)); v <= 100 {
		w.KMH = [2]float64{v, v}
	}
}
