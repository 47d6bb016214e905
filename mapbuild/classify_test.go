package mapbuild

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/network"
)

// tagsOf makes tags of "key=value" pairs separated by blanks; + in a value
// stands for a blank.
func tagsOf(text *texts, pairs string) tags {
	t := tags{text: text}
	for pair := range strings.FieldsSeq(pairs) {
		name, value, _ := strings.Cut(pair, "=")
		k, ok := keyNumbers[name]
		if !ok {
			k = dynamicKey | key(text.addString(name))
		}
		t.list = append(t.list, tag{k, text.addString(strings.ReplaceAll(value, "+", " "))})
	}
	return t
}

// accessText writes an Access as one letter a class: o, d, p, f.
func accessText(a network.Access) string {
	s := ""
	for c := network.Car; c <= network.Emergency; c++ {
		s += string("odpf"[a.Of(c)])
	}
	return s
}

func TestDropReasons(t *testing.T) {
	for _, c := range []struct {
		tags   string
		closed bool
		want   Reason
	}{
		{"highway=residential", false, ""},
		{"highway=residential", true, ""},
		{"highway=residential area=yes", false, ""},
		{"highway=residential area=yes", true, DropArea},
		{"highway=pedestrian area=yes motor_vehicle=yes", true, DropArea},
		{"highway=footway area=yes", true, DropArea},
		{"highway=residential disused=yes", false, DropGone},
		{"highway=residential disused=no", false, ""},
		{"highway=construction construction=primary", false, DropNotBuilt},
		{"highway=razed", false, DropGone},
		{"highway=no", false, DropGone},
		{"highway=platform", true, DropNotCarriageway},
		{"highway=platform area=yes", true, DropArea},
		{"highway=services", true, DropNotCarriageway},
		{"highway=raceway", false, DropNotCarriageway},
		{"highway=footway", false, DropPath},
		{"highway=footway access=yes", false, DropPath},
		{"highway=cycleway vehicle=yes", false, DropPath},
		{"highway=steps motor_vehicle=yes", false, DropPath},
		{"highway=footway motor_vehicle=yes", false, ""},
		{"highway=pedestrian motor_vehicle=no", false, DropPath},
		{"highway=pedestrian psv=yes", false, ""},
		{"highway=pedestrian emergency=yes", false, ""},
		{"highway=pedestrian emergency=fire_hydrant", false, DropPath},
		{"highway=rezidential", false, DropUnknownClass},
		{"highway=rezidential area=yes", true, DropUnknownClass},
		{"highway=residential access=no", false, DropNoMotorAccess},
		{"highway=residential motor_vehicle=no", false, DropNoMotorAccess},
		{"highway=residential access=no emergency=yes", false, ""},
		{"highway=track smoothness=impassable", false, DropNoMotorAccess},
		{"highway=busway bus=no emergency=no", false, DropNoMotorAccess},
	} {
		_, drop, ok := classify(tagsOf(newTexts(), c.tags), c.closed, newNotes())
		if !ok || drop != c.want {
			t.Errorf("%s, closed %v: drop %q, ok %v; want %q", c.tags, c.closed, drop, ok, c.want)
		}
	}
	for _, other := range []string{"railway=rail", "waterway=river", "", "route=bus"} {
		if _, _, ok := classify(tagsOf(newTexts(), other), false, newNotes()); ok {
			t.Errorf("%q is taken for a road", other)
		}
	}
}

func TestAccess(t *testing.T) {
	for _, c := range []struct{ tags, ahead, back string }{
		{"highway=primary", "oooo", "oooo"},
		{"highway=motorway", "oooo", "ffff"},
		{"highway=motorway oneway=no", "oooo", "oooo"},
		{"highway=motorway oneway=-1", "ffff", "oooo"},
		{"highway=motorway_link", "oooo", "oooo"},
		{"highway=primary oneway=yes", "oooo", "ffff"},
		{"highway=primary oneway=true", "oooo", "ffff"},
		{"highway=primary oneway=1", "oooo", "ffff"},
		{"highway=primary oneway=reverse", "ffff", "oooo"},
		{"highway=primary oneway=reversible", "oooo", "oooo"},
		{"highway=primary oneway=nonsense", "oooo", "oooo"},
		{"highway=primary junction=roundabout", "oooo", "ffff"},
		{"highway=primary junction=circular", "oooo", "ffff"},
		{"highway=primary junction=roundabout oneway=-1", "ffff", "oooo"},
		{"highway=primary oneway=yes oneway:bus=no", "oooo", "ffof"},
		{"highway=primary oneway=yes oneway:psv=no oneway:bus=yes", "oooo", "ffff"},
		{"highway=primary oneway=yes oneway:emergency=no", "oooo", "fffo"},
		{"highway=primary oneway=yes oneway:motor_vehicle=no oneway:hgv=yes", "oooo", "ofoo"},
		{"highway=primary oneway=yes oneway:motorcar=-1", "fooo", "offf"},
		{"highway=primary access=private", "pppp", "pppp"},
		{"highway=primary access=no motor_vehicle=destination", "dddd", "dddd"},
		{"highway=primary access=no motorcar=yes", "offf", "offf"},
		{"highway=primary vehicle=no bus=yes", "ffof", "ffof"},
		{"highway=primary vehicle=no psv=yes", "ffof", "ffof"},
		{"highway=primary psv=yes coach=no", "oofo", "oofo"},
		{"highway=primary hgv=no", "ofoo", "ofoo"},
		{"highway=primary hgv=delivery", "odoo", "odoo"},
		{"highway=primary hgv:forward=no", "ofoo", "oooo"},
		{"highway=primary hgv=no hgv:backward=yes", "ofoo", "oooo"},
		{"highway=primary motor_vehicle:backward=no", "oooo", "ffff"},
		{"highway=primary motor_vehicle:backward=no emergency=yes", "oooo", "fffo"},
		{"highway=primary access=unknown", "oooo", "oooo"},
		{"highway=primary access=private motor_vehicle=unknown", "pppp", "pppp"},
		{"highway=primary access=wibble", "pppp", "pppp"},
		{"highway=primary access=emergency", "fffo", "fffo"},
		{"highway=primary motor_vehicle=bus", "ffof", "ffof"},
		{"highway=primary access=military", "pppp", "pppp"},
		{"highway=track motor_vehicle=agricultural", "pppp", "pppp"},
		{"highway=track motor_vehicle=forestry hgv=no", "pfpp", "pfpp"},
		{"highway=secondary motor_vehicle=use_sidepath emergency=yes", "fffo", "fffo"},
		{"highway=service", "oooo", "oooo"},
		{"highway=service service=driveway", "dddd", "dddd"},
		{"highway=service service=driveway access=private", "pppp", "pppp"},
		{"highway=service service=parking_aisle motorcar=yes", "oddd", "oddd"},
		{"highway=service service=emergency_access", "fffo", "fffo"},
		{"highway=service service=alley", "oooo", "oooo"},
		{"highway=busway", "ffoo", "ffoo"},
		{"highway=busway access=no bus=yes", "ffof", "ffof"},
		{"highway=pedestrian motor_vehicle=destination", "dddd", "dddd"},
		{"highway=pedestrian access=yes hgv=delivery", "fdff", "fdff"},
		{"highway=footway motorcar=permissive oneway=yes", "offf", "ffff"},
		{"route=ferry motor_vehicle=yes", "oooo", "oooo"},
		{"route=ferry motorcar=yes foot=yes", "offf", "offf"},
		{"route=ferry vehicle=yes hgv=no", "ofoo", "ofoo"},
		{"route=ferry ferry=primary", "oooo", "oooo"},
		{"route=ferry ferry=primary access=no motorcar=yes", "oooo", "oooo"},
		{"route=ferry motor_vehicle=yes oneway=yes", "oooo", "ffff"},
		{"highway=primary route=ferry", "oooo", "oooo"},
	} {
		r, drop, ok := classify(tagsOf(newTexts(), c.tags), false, newNotes())
		if !ok || drop != "" {
			t.Errorf("%s: dropped as %q, ok %v", c.tags, drop, ok)
			continue
		}
		if a, b := accessText(r.forward), accessText(r.backward); a != c.ahead || b != c.back {
			t.Errorf("%s: %s/%s, want %s/%s", c.tags, a, b, c.ahead, c.back)
		}
	}
	for _, unused := range []string{"route=ferry", "route=ferry access=yes", "route=ferry foot=yes bicycle=yes", "route=ferry ferry=footway", "route=ferry ferry=yes"} {
		if _, drop, ok := classify(tagsOf(newTexts(), unused), false, newNotes()); !ok || drop == "" {
			t.Errorf("%s is used", unused)
		}
	}
}

func TestSpeeds(t *testing.T) {
	for _, c := range []struct {
		tags        string
		ahead, back uint8
	}{
		{"highway=motorway", 100, 100},
		{"highway=motorway maxspeed=none", 130, 130},
		{"highway=motorway maxspeed=130", 130, 130},
		{"highway=motorway_link maxspeed=130", 80, 80},
		{"highway=primary", 65, 65},
		{"highway=primary maxspeed=50", 50, 50},
		{"highway=primary maxspeed=50+km/h", 50, 50},
		{"highway=primary maxspeed=35+mph", 56, 56},
		{"highway=primary maxspeed=35mph", 56, 56},
		{"highway=primary maxspeed=20+knots", 37, 37},
		{"highway=primary maxspeed=0", 65, 65},
		{"highway=primary maxspeed=signals", 65, 65},
		{"highway=primary maxspeed=fast", 65, 65},
		{"highway=primary maxspeed=50;30", 30, 30},
		{"highway=primary maxspeed=50;fast", 65, 65},
		{"highway=primary maxspeed=walk", 7, 7},
		{"highway=primary maxspeed=60 maxspeed:forward=40", 40, 60},
		{"highway=primary maxspeed:backward=40", 65, 40},
		{"highway=primary maxspeed=fast maxspeed:type=DE:urban", 50, 50},
		{"highway=primary source:maxspeed=DE:rural", 100, 100},
		{"highway=primary source:maxspeed=survey", 65, 65},
		{"highway=primary zone:maxspeed=DE:30", 30, 30},
		{"highway=primary maxspeed=AT:zone30", 30, 30},
		{"highway=primary maxspeed=DE:zone:20", 20, 20},
		{"highway=primary maxspeed=GB:nsl_single", 97, 97},
		{"highway=primary maxspeed=XY:rural", 90, 90},
		{"highway=residential maxspeed=80", 50, 50},
		{"highway=service service=driveway", 10, 10},
		{"highway=service service=driveway maxspeed=20", 20, 20},
		{"highway=primary surface=gravel", 40, 40},
		{"highway=primary surface=asphalt;gravel", 65, 65},
		{"highway=primary surface=sett maxspeed=30", 30, 30},
		{"highway=track tracktype=grade5", 10, 10},
		{"highway=track tracktype=grade1", 15, 15},
		{"highway=track maxspeed=60 tracktype=grade1", 25, 25},
		{"highway=primary smoothness=very_horrible", 5, 5},
		{"route=ferry motor_vehicle=yes", 15, 15},
		{"highway=primary maxspeed=0.2", 1, 1},
	} {
		r, drop, _ := classify(tagsOf(newTexts(), c.tags), false, newNotes())
		if a, b := r.interval.SpeedForward, r.interval.SpeedBackward; drop != "" || a != c.ahead || b != c.back {
			t.Errorf("%s: %d/%d, want %d/%d", c.tags, a, b, c.ahead, c.back)
		}
	}
}

func TestLengths(t *testing.T) {
	for text, want := range map[string]float64{
		"4": 4, "4.3": 4.3, "4,3": 4.3, "4.3 m": 4.3, "4.3m": 4.3, "430 cm": 4.3, "4300 mm": 4.3, "0.1 km": 100,
		`14'6"`: 4.4196, `14' 6"`: 4.4196, `14'6''`: 4.4196, `14'`: 4.2672, "14 ft": 4.2672, "14ft 6in": 4.4196, "14 ft 6 in": 4.4196,
		"14 feet 6 inches": 4.4196, `6"`: 0.1524, "14'6": 4.4196, "13.5'": 4.1148, "14'-6\"": 4.4196, "79 in": 2.0066,
	} {
		if got, ok := metres(text); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("metres(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, bad := range []string{"", "high", "-4", "0", "4 miles", "4.3.2", "14'six\"", "''", "m", "1e400", "4'4'4", "NaN"} {
		if got, ok := metres(bad); ok {
			t.Errorf("metres(%q) = %v, want none", bad, got)
		}
	}
}

func TestWeights(t *testing.T) {
	for text, want := range map[string]float64{
		"7.5": 7500, "7.5 t": 7500, "7.5t": 7500, "3500 kg": 3500, "10 st": 9071.8474, "20000 lbs": 9071.8474, "15 tons": 13607.7711,
		"10 lt": 10160.469088, "12 tonnes": 12000, "7,5": 7500,
	} {
		if got, ok := kilograms(text); !ok || math.Abs(got-want) > 1e-6 {
			t.Errorf("kilograms(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, bad := range []string{"", "heavy", "-1", "0", "5 stone"} {
		if got, ok := kilograms(bad); ok {
			t.Errorf("kilograms(%q) = %v, want none", bad, got)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		tags        string
		ahead, back network.Limits
		unread      int
	}{
		{"maxheight=4", network.Limits{HeightCM: 400}, network.Limits{HeightCM: 400}, 0},
		{"maxheight=default", network.Limits{}, network.Limits{}, 0},
		{"maxheight=below_default", network.Limits{}, network.Limits{}, 0},
		{"maxheight=tall", network.Limits{}, network.Limits{}, 1},
		{"maxheight=4 maxheight:physical=3.85", network.Limits{HeightCM: 385}, network.Limits{HeightCM: 385}, 0},
		{"maxheight=4;3.5", network.Limits{HeightCM: 350}, network.Limits{HeightCM: 350}, 0},
		{"maxheight:forward=3.9", network.Limits{HeightCM: 390}, network.Limits{}, 0},
		{"maxheight=4.2 maxheight:backward=3.9", network.Limits{HeightCM: 420}, network.Limits{HeightCM: 390}, 0},
		{`maxheight=14'6"`, network.Limits{HeightCM: 441}, network.Limits{HeightCM: 441}, 0},
		{"maxweight=7.5 maxaxleload=4 maxlength=12 maxwidth=2.3", network.Limits{WeightKG: 7500, AxleKG: 4000, LengthCM: 1200, WidthCM: 230}, network.Limits{WeightKG: 7500, AxleKG: 4000, LengthCM: 1200, WidthCM: 230}, 0},
		{"maxweight:hgv=3.5", network.Limits{WeightKG: 3500}, network.Limits{WeightKG: 3500}, 0},
		{"maxheight=0.001", network.Limits{HeightCM: 1}, network.Limits{HeightCM: 1}, 0},
		{"maxlength=2000", network.Limits{LengthCM: math.MaxUint16}, network.Limits{LengthCM: math.MaxUint16}, 0},
	} {
		n := newNotes()
		r, _, _ := classify(tagsOf(newTexts(), "highway=primary "+c.tags), false, n)
		if r.limits[0] != c.ahead || r.limits[1] != c.back || len(n.count) != c.unread {
			t.Errorf("%s: %+v / %+v, unread %v", c.tags, r.limits[0], r.limits[1], n.count)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, minutes := range map[string]float64{
		"01:30": 90, "1:30": 90, "00:03": 3, "90": 90, "00:01:30": 1.5, "PT1H30M": 90, "PT20M": 20, "PT45S": 0.75, "P1DT1H": 25 * 60, "P1D": 24 * 60, "PT1.5H": 90,
	} {
		if got := duration(text, newNotes()); float64(got) != minutes*60000 {
			t.Errorf("duration(%q) = %v ms, want %v min", text, got, minutes)
		}
	}
	for _, bad := range []string{"soon", "1:2:3:4", "-5", "PT", "P", "PT5", "PT5X", "0", "P99D", "1h"} {
		n := newNotes()
		if got := duration(bad, n); got != 0 || len(n.count) != 1 {
			t.Errorf("duration(%q) = %v, notes %v; want 0 and a note", bad, got, n.count)
		}
	}
}

func TestBarriers(t *testing.T) {
	for _, c := range []struct {
		tags, want string // "" is no barrier
	}{
		{"barrier=gate", "oooo"},
		{"barrier=gate locked=yes", "pppp"},
		{"barrier=gate locked=yes access=yes", "oooo"},
		{"barrier=gate access=private", "pppp"},
		{"barrier=gate access=no motorcar=yes", "offf"},
		{"barrier=bollard", "ffff"},
		{"barrier=bollard emergency=yes", "fffo"},
		{"barrier=bollard bus=yes", "ffof"},
		{"barrier=bus_trap", "foof"},
		{"barrier=toll_booth", "oooo"},
		{"barrier=kerb", ""},
		{"barrier=no", ""},
		{"barrier=contraption", "ffff"},
		{"barrier=lift_gate vehicle=destination", "dddd"},
		{"highway=crossing", ""},
	} {
		a, ok := barrierAccess(tagsOf(newTexts(), c.tags), newNotes())
		if got := accessText(a); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s: %s, %v; want %q", c.tags, got, ok, c.want)
		}
	}
}

func TestFlags(t *testing.T) {
	r, _, _ := classify(tagsOf(newTexts(), "highway=trunk_link toll=yes lit=yes bridge=viaduct tunnel=no layer=-2 lanes:forward=2 lanes:backward=1 surface=sett"), false, newNotes())
	iv := r.interval
	if want := network.Link | network.TollRoad | network.Lit | network.OnBridge; iv.Flags != want || iv.Layer != -2 || iv.Lanes != 3 || iv.Surface != network.Rough || iv.Class != network.Trunk {
		t.Errorf("%+v, want flags %b, layer -2, 3 lanes, rough, trunk", iv, want)
	}
	for value, want := range map[string]int8{"": 0, "1": 1, "+1": 1, "-1": -1, "1;2": 0, "999": 127, "-999": -128, "x": 0} {
		text := newTexts()
		if got := layer(tags{[]tag{{keyLayer, text.addString(value)}}, text}); got != want {
			t.Errorf("layer=%s is read as %d, want %d", value, got, want)
		}
	}
}

func TestUnreadValuesAreCountedOncePerObject(t *testing.T) {
	n := newNotes()
	for range 2 {
		n.next()
		if _, _, ok := classify(tagsOf(newTexts(), "highway=primary access=wibble maxheight=tall surface=cheese"), false, n); !ok {
			t.Fatal("not a road")
		}
	}
	if got := fmt.Sprint(counts(n.count)); got != "[{access=wibble 2} {maxheight=tall 2} {surface=cheese 2}]" {
		t.Errorf("unread: %s", got)
	}
}

func TestConditionalTagsAreKept(t *testing.T) {
	text := newTexts()
	r, _, _ := classify(tagsOf(text, "highway=primary maxweight:conditional=7.5+@+(Mo-Fr) oneway=reversible lanes=2"), false, newNotes())
	var got []string
	for _, x := range r.conditions {
		got = append(got, text.keyName(x.key)+"="+text.list[x.val])
	}
	if !slices.Equal(got, []string{"maxweight:conditional=7.5 @ (Mo-Fr)", "oneway=reversible"}) {
		t.Errorf("conditions: %q", got)
	}
}
