package mapbuild

import (
	"math"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/network"
)

// speeds returns the group of the surface and the free-flow speeds along the way
// and against it, in km/h.
func speeds(t tags, class highwayClass, n *notes) (s network.Surface, ahead, back uint8) {
	rule := classSpeeds[class.class]
	if class.link {
		rule = linkSpeeds[class.class]
	}
	if class.class == network.Service && t.is(keyService, "driveway", "parking_aisle", "drive-through") {
		rule.usual = 10
	}
	most := rule.most
	if v := t.get(keySurface); v != "" {
		first, _, _ := strings.Cut(v, ";")
		if found, ok := surfaces[strings.TrimSpace(first)]; ok {
			s, most = found.group, min(most, found.most)
		} else {
			n.add(keySurface, v)
		}
	}
	if most1, ok := tracktypes[t.get(keyTracktype)]; ok {
		most = min(most, most1)
	}
	if most1, ok := smoothnesses[t.get(keySmoothness)]; ok {
		most = min(most, most1)
	}
	of := func(k key) uint8 {
		v := rule.usual
		if legal, ok := legalSpeed(t, k, n); ok {
			v = legal
		}
		return uint8(max(1, math.Round(min(v, most))))
	}
	return s, of(keyMaxspeedForward), of(keyMaxspeedBackward)
}

// legalSpeed returns the legal limit in km/h in the direction of a key.
func legalSpeed(t tags, directed key, n *notes) (float64, bool) {
	for _, k := range [...]key{directed, keyMaxspeed} {
		v := t.get(k)
		if v == "" {
			continue
		}
		if kmh, ok := speed(v); ok {
			return kmh, true
		}
		if v != "signals" && v != "variable" && v != "unknown" {
			n.add(k, v)
		}
	}
	for _, k := range [...]key{keyMaxspeedType, keySourceMaxspeed, keyZoneMaxspeed} {
		if kmh, ok := zoneSpeed(t.get(k)); ok {
			return kmh, true
		}
	}
	return 0, false
}

// speed reads a value of maxspeed=* in km/h; of several values the least.
func speed(v string) (float64, bool) {
	return least(v, func(v string) (float64, bool) {
		switch v {
		case "none":
			return noCap, true
		case "walk":
			return 7, true
		}
		number, unit := splitNumber(v)
		kmh, ok := number, true
		switch unit {
		case "", "km/h", "kmh", "kph":
		case "mph":
			kmh *= kmPerMile
		case "knots", "kn":
			kmh *= kmPerSeaMile
		default:
			return zoneSpeed(v)
		}
		return kmh, ok && number > 0
	})
}

// zoneSpeed reads an implicit limit such as "DE:urban" or "AT:zone30".
func zoneSpeed(v string) (float64, bool) {
	if kmh, ok := zoneSpeeds[v]; ok && strings.Contains(v, ":") {
		return kmh, true
	}
	country, zone, ok := strings.Cut(v, ":")
	if !ok || len(country) != 2 {
		return 0, false
	}
	if kmh, ok := zoneSpeeds[zone]; ok {
		return kmh, true
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(zone, "zone"), ":")
	kmh, ok := wholeNumber(digits)
	return float64(kmh), ok && kmh > 0
}

// least applies read to each of the values that ; separates and returns the
// least; ok is false if one of them cannot be read.
func least(v string, read func(string) (float64, bool)) (float64, bool) {
	best := math.Inf(1)
	for part := range strings.SplitSeq(v, ";") {
		x, ok := read(strings.TrimSpace(part))
		if !ok {
			return 0, false
		}
		best = min(best, x)
	}
	return best, true
}

// tightest applies read to each of the values that ; separates and returns the
// least of those that can be read: a limit in doubt must not lift one that is
// not. whole is false if one of them cannot be read, ok if any can.
func tightest(v string, read func(string) (float64, bool)) (best float64, whole, ok bool) {
	best, whole = math.Inf(1), true
	for part := range strings.SplitSeq(v, ";") {
		x, good := read(strings.TrimSpace(part))
		if good {
			best, ok = min(best, x), true
		} else {
			whole = false
		}
	}
	return best, whole, ok
}

// splitNumber splits "14.5 ft" into 14.5 and "ft". A decimal comma is read as a
// point. The number is 0 when there is none.
func splitNumber(v string) (float64, string) {
	end := 0
	for end < len(v) && (v[end] >= '0' && v[end] <= '9' || v[end] == '.' || v[end] == ',') {
		end++
	}
	x, err := strconv.ParseFloat(strings.Replace(v[:end], ",", ".", 1), 64)
	if err != nil || x > 1e9 {
		return 0, v
	}
	return x, strings.TrimSpace(v[end:])
}

const (
	metresPerFoot = 0.3048
	metresPerInch = 0.0254
	kgPerPound    = 0.45359237
	kgPerShortTon = 2000 * kgPerPound
	kgPerLongTon  = 2240 * kgPerPound
)

// metres reads a length: metres unless a unit says otherwise.
func metres(v string) (float64, bool) {
	if strings.ContainsAny(v, `'"`) || strings.Contains(v, "ft") || strings.Contains(v, "feet") || strings.Contains(v, " in") {
		return feet(v)
	}
	x, unit := splitNumber(v)
	switch unit {
	case "", "m", "meter", "meters", "metre", "metres":
	case "cm":
		x /= 100
	case "mm":
		x /= 1000
	case "km":
		x *= 1000
	default:
		return 0, false
	}
	return x, x > 0
}

// feet reads feet and inches: 14'6", 14', 14 ft 6 in, 6".
func feet(v string) (float64, bool) {
	v = strings.NewReplacer("feet", "'", "ft", "'", "inches", `"`, "inch", `"`, "in", `"`, "''", `"`, "-", "").Replace(v)
	whole, rest, found := strings.Cut(v, "'")
	if !found {
		whole, rest = "0", v
	}
	f, unit := splitNumber(strings.TrimSpace(whole))
	if unit != "" {
		return 0, false
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return f * metresPerFoot, f > 0
	}
	in, unit := splitNumber(strings.TrimSpace(strings.TrimSuffix(rest, `"`)))
	if unit != "" {
		return 0, false
	}
	m := f*metresPerFoot + in*metresPerInch
	return m, m > 0
}

// kilograms reads a weight: tonnes unless a unit says otherwise.
func kilograms(v string) (float64, bool) {
	x, unit := splitNumber(v)
	switch strings.ToLower(unit) {
	case "", "t", "tonnes", "tonne", "mt":
		x *= 1000
	case "kg", "kgs":
	case "lbs", "lb", "pounds":
		x *= kgPerPound
	case "st", "tons", "ton":
		x *= kgPerShortTon
	case "lt":
		x *= kgPerLongTon
	default:
		return 0, false
	}
	return x, x > 0
}

// noLimit are values that say there is no limit, or none that has a number.
var noLimit = map[string]bool{
	"": true, "none": true, "no": true, "default": true, "below_default": true, "unlimited": true,
	"no_sign": true, "no_indications": true, "unsigned": true, "unknown": true,
}

// A limitKey is a group of keys that all limit one dimension: for both
// directions, along the way, and against it.
type limitKey struct {
	both              []key
	forward, backward key
}

var (
	heightKeys = limitKey{[]key{keyMaxheight, keyMaxheightPhysical, keyMaxheightSigned, keyMaxheightHgv}, keyMaxheightForward, keyMaxheightBackward}
	widthKeys  = limitKey{[]key{keyMaxwidth, keyMaxwidthPhysical, keyMaxwidthHgv}, keyMaxwidthForward, keyMaxwidthBackward}
	lengthKeys = limitKey{[]key{keyMaxlength, keyMaxlengthHgv}, keyMaxlengthForward, keyMaxlengthBackward}
	weightKeys = limitKey{[]key{keyMaxweight, keyMaxweightSigned, keyMaxweightHgv}, keyMaxweightForward, keyMaxweightBackward}
	axleKeys   = limitKey{[]key{keyMaxaxleload}, keyMaxaxleloadForward, keyMaxaxleloadBackward}
)

// limitsOf returns the tightest limits tagged for a direction.
func limitsOf(t tags, d direction, n *notes) network.Limits {
	var l network.Limits
	if x, ok := heightKeys.least(t, d, metres, n); ok {
		l.HeightCM = uint16(min(roundDown(100*x), math.MaxUint16))
	}
	if x, ok := widthKeys.least(t, d, metres, n); ok {
		l.WidthCM = uint16(min(roundDown(100*x), math.MaxUint16))
	}
	if x, ok := lengthKeys.least(t, d, metres, n); ok {
		l.LengthCM = uint16(min(roundDown(100*x), math.MaxUint16))
	}
	if x, ok := weightKeys.least(t, d, kilograms, n); ok {
		l.WeightKG = uint32(min(roundDown(x), math.MaxUint32))
	}
	if x, ok := axleKeys.least(t, d, kilograms, n); ok {
		l.AxleKG = uint32(min(roundDown(x), math.MaxUint32))
	}
	return l
}

// roundDown rounds down to a whole unit, at least 1, for 0 means "no limit". What
// is a whole number but for the rounding of a product stays it.
func roundDown(x float64) float64 { return max(1, math.Floor(x+1e-6)) }

func (k limitKey) least(t tags, d direction, read func(string) (float64, bool), n *notes) (best float64, ok bool) {
	look := func(k key) {
		v := t.get(k)
		if noLimit[v] {
			return
		}
		x, whole, good := tightest(v, read)
		if !whole {
			n.add(k, v)
		}
		if good && (!ok || x < best) {
			best, ok = x, true
		}
	}
	for _, key := range k.both {
		look(key)
	}
	if d == forward {
		look(k.forward)
	} else {
		look(k.backward)
	}
	return best, ok
}

// tighter returns the limits that both a and b set.
func tighter(a, b network.Limits) network.Limits {
	return network.Limits{
		HeightCM: lesser(a.HeightCM, b.HeightCM),
		WidthCM:  lesser(a.WidthCM, b.WidthCM),
		LengthCM: lesser(a.LengthCM, b.LengthCM),
		WeightKG: lesser(a.WeightKG, b.WeightKG),
		AxleKG:   lesser(a.AxleKG, b.AxleKG),
	}
}

// lesser returns the tighter of two limits, of which 0 is none.
func lesser[T uint16 | uint32](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// duration reads how long a ferry takes, in milliseconds: hh:mm, hh:mm:ss,
// minutes, or ISO 8601 (PT1H30M). 0 when unsaid or unreadable.
func duration(v string, n *notes) int64 {
	if v == "" {
		return 0
	}
	seconds, ok := isoSeconds(v)
	if !ok {
		seconds, ok = clockSeconds(v)
	}
	if !ok || seconds <= 0 || seconds > 30*24*3600 {
		n.add(keyDuration, v)
		return 0
	}
	return int64(math.Round(seconds * 1000))
}

func clockSeconds(v string) (float64, bool) {
	parts := strings.Split(v, ":")
	if len(parts) > 3 {
		return 0, false
	}
	total := 0
	for _, p := range parts {
		x, ok := wholeNumber(p)
		if !ok {
			return 0, false
		}
		total = total*60 + x
	}
	if len(parts) < 3 {
		total *= 60
	}
	return float64(total), true
}

func isoSeconds(v string) (float64, bool) {
	rest, ok := strings.CutPrefix(v, "P")
	if !ok {
		return 0, false
	}
	days, clock, _ := strings.Cut(rest, "T")
	total, units := 0.0, 0
	for _, part := range [...]struct {
		text, units string
		seconds     []float64
	}{{days, "D", []float64{86400}}, {clock, "HMS", []float64{3600, 60, 1}}} {
		for s := part.text; s != ""; units++ {
			x, unit := splitNumber(s)
			at := -1
			if unit != "" {
				at = strings.IndexByte(part.units, unit[0])
			}
			if at < 0 || len(unit) == len(s) {
				return 0, false
			}
			total += x * part.seconds[at]
			s = unit[1:]
		}
	}
	return total, units > 0
}
