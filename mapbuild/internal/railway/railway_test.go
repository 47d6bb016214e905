package railway

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// tagsOf makes tags of "key=value key=value", and fails for keys not in Keys.
func tagsOf(t *testing.T, pairs string) Tags {
	t.Helper()
	m := make(map[string]string)
	for pair := range strings.FieldsSeq(pairs) {
		k, v, _ := strings.Cut(pair, "=")
		m[k] = v
	}
	return func(key string) string {
		if !slices.Contains(keys[:], key) {
			t.Errorf("key %s is asked for and not in Keys", key)
		}
		return m[key]
	}
}

func TestServedKinds(t *testing.T) {
	for _, c := range []struct {
		tags string
		kind network.StationKind
		want []network.RailKind
	}{
		{"", network.RailwayStation, []network.RailKind{network.RailHeavy, network.LightRail, network.NarrowGauge, network.Preserved, network.Funicular, network.Monorail}},
		{"station=subway", network.RailwayStation, []network.RailKind{network.LightRail, network.Subway}},
		{"train=yes subway=yes", network.RailwayStation, []network.RailKind{network.RailHeavy, network.LightRail, network.Subway, network.NarrowGauge, network.Preserved}},
		{"station=funicular;monorail", network.RailwayHalt, []network.RailKind{network.Funicular, network.Monorail}},
		{"", network.TramStop, []network.RailKind{network.LightRail, network.Tram}},
	} {
		serves := servedKinds(tagsOf(t, c.tags), c.kind)
		var got []network.RailKind
		for k, is := range serves {
			if is {
				got = append(got, network.RailKind(k))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q at a %v: %v, want %v", c.tags, c.kind, got, c.want)
		}
	}
}

func TestSignals(t *testing.T) {
	for tags, want := range map[string]network.RailSignalKind{
		"":                           network.SignalUnknown,
		"railway:signal:main=x":      network.MainSignal,
		"railway:signal:distant=x":   network.DistantSignal,
		"railway:signal:combined=x":  network.CombinedSignal,
		"railway:signal:shunting=x":  network.ShuntingSignal,
		"railway:signal:shunting=no": network.SignalUnknown,
		"railway:signal:distant=x railway:signal:main=y": network.MainSignal,
	} {
		if got, _ := signalOf(tagsOf(t, tags)); got != want {
			t.Errorf("%s: %v, want %v", tags, got, want)
		}
	}
}

func TestGauges(t *testing.T) {
	for v, want := range map[string][]uint16{
		"": nil, "1435": {1435}, "1435;1000": {1435, 1000}, "1000; 1435": {1000, 1435}, "standard": {1435}, "1067 mm": {1067},
		"unknown": nil, "narrow": nil, "1435;narrow": nil, "0": nil, "-5": nil, "70000": nil, "1435;": {1435},
	} {
		b := builder{report: &Report{Unread: make(map[string]int)}}
		if got := b.gauges(v); !slices.Equal(got, want) {
			t.Errorf("gauge=%s: %v, want %v", v, got, want)
		}
		if understood := len(b.report.Unread) == 0; understood != (v == "" || v == "unknown" || want != nil) {
			t.Errorf("gauge=%s: understood %v", v, understood)
		}
	}
}

func TestPower(t *testing.T) {
	for v, want := range map[string]network.Electrification{
		"": network.ElectrificationUnknown, "unknown": network.ElectrificationUnknown, "no": network.NotElectrified, "contact_line": network.ContactLine,
		"rail": network.ThirdRail, "4th_rail": network.FourthRail, "rail;contact_line": network.ThirdRail, "yes": network.ElectrifiedSomehow,
		"ground-level_power_supply": network.GroundLevel, "what": network.ElectrifiedSomehow,
	} {
		if got := powerOf(v); got != want {
			t.Errorf("electrified=%s: %v, want %v", v, got, want)
		}
	}
}

// No value is in two lists.
func TestValuesAreDecidedOnce(t *testing.T) {
	seen := make(map[string]bool)
	for v := range kinds {
		seen[v] = true
	}
	for why, values := range dropped {
		for _, v := range values {
			if seen[v] {
				t.Errorf("%s is decided twice", v)
			}
			seen[v] = true
			if got := classifyValue(v); got != why {
				t.Errorf("%s is dropped for %s, not %s", v, got, why)
			}
		}
	}
	if classifyValue("rail") != "" || classifyValue("new") != UnknownValue {
		t.Error("rail is dropped or an unknown value is not")
	}
}

// The tables of docs/network.md are those of the code.
func TestDocumentTellsTheTables(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "network.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, doc, ok := strings.Cut(string(b), "\n## 9. Railways\n")
	if !ok {
		t.Fatal("docs/network.md has no chapter 9 about railways")
	}
	row := func(begin string) string {
		for l := range strings.Lines(doc) {
			if strings.HasPrefix(l, begin) {
				return l
			}
		}
		t.Errorf("no line begins with %q", begin)
		return ""
	}
	order := -1
	for _, why := range reasons {
		line := row("| `" + string(why) + "`")
		at := strings.Index(doc, line)
		if at < order {
			t.Errorf("reason %s is out of order", why)
		}
		order = at
		for _, v := range dropped[why] {
			if !strings.Contains(line, "`"+v+"`") {
				t.Errorf("the line of %s lacks %s", why, v)
			}
		}
	}
	speed := func(name string, kmh uint16) {
		if line := row("| `" + name + "`"); !strings.HasSuffix(line, "| "+strconv.Itoa(int(kmh))+" |\n") {
			t.Errorf("the line of %s does not end in %d km/h: %s", name, kmh, line)
		}
	}
	for v, k := range kinds {
		speed("railway="+v, usualByKind[k])
	}
	for u := network.MainLine; u < network.OtherUsage; u++ {
		speed("usage="+u.String(), usualByUsage[u])
	}
	for s := network.Siding; s < network.OtherService; s++ {
		speed("service="+s.String(), usualByService[s])
	}
	for _, k := range keys {
		if !strings.Contains(doc, "`"+k+"`") && !strings.Contains(doc, "`"+k+"=") {
			t.Errorf("key %s is not named", k)
		}
	}
	for v := range stationKinds {
		if !strings.Contains(doc, "`railway="+v+"`") {
			t.Errorf("railway=%s is not named", v)
		}
	}
	for what, value := range map[string]float64{
		"25 m": lookAhead, "75°": mostDeviation, "100°": mostKink, "200 m": stationReach, "1,000 m": stationMost, "50 m": tramReach, "500 m": sameStation,
	} {
		digits := strings.TrimRight(strings.ReplaceAll(what, ",", ""), " m°")
		if strconv.FormatFloat(value, 'f', -1, 64) != digits || !strings.Contains(doc, what) {
			t.Errorf("%v is not documented as %s", value, what)
		}
	}
}
