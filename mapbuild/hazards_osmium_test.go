package mapbuild

import (
	"bufio"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// A definition says, independently of the code that finds them, which objects
// prove a kind of hazard: what osmium filters, and a condition on the tags of
// what it lets through. It is the one that docs/hazards.md gives.
type definition struct {
	kind        network.HazardKind
	expressions []string
	holds       func(o object) bool
}

// An object is a line of OPL.
type object struct {
	id   string // n123 or w123
	tags map[string]string
	refs []string

	lat, lon string // of a node, in degrees
}

func (o object) said(key string) bool { return o.tags[key] != "" && o.tags[key] != "no" }

func (o object) in(key string, values ...string) bool { return slices.Contains(values, o.tags[key]) }

var (
	lengthPattern = regexp.MustCompile(`^([0-9]*[.,]?[0-9]+)\.?\s*(m|meters?|metres?|cm|mm|km)?$`)
	feetPattern   = regexp.MustCompile(`^(?:([0-9.]+)\s*(?:'|ft|feet))?\s*-?(?:([0-9.]+)\s*(?:"|''|in|inch|inches))?$`)
	weightPattern = regexp.MustCompile(`^([0-9]*[.,]?[0-9]+)\.?\s*(t|tonnes?|mt|kgs?|lbs?|pounds|st|tons?|lt)?$`)
	slopePattern  = regexp.MustCompile(`^([+-]?)([0-9]*[.,]?[0-9]+)\.?\s*(%|°|deg|‰)?$`)
)

func number(s string) float64 {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil {
		return 0
	}
	return v
}

// inMetres reads the least of the lengths in a tag; 0 when there is none.
func inMetres(value string) float64 {
	least := math.Inf(1)
	for part := range strings.SplitSeq(value, ";") {
		part = strings.TrimSpace(part)
		v := 0.0
		if m := lengthPattern.FindStringSubmatch(part); m != nil {
			v = number(m[1]) * map[string]float64{"cm": 0.01, "mm": 0.001, "km": 1000}[m[2]]
			if !slices.Contains([]string{"cm", "mm", "km"}, m[2]) {
				v = number(m[1])
			}
		} else if m := feetPattern.FindStringSubmatch(part); m != nil {
			v = number(m[1])*0.3048 + number(m[2])*0.0254
		}
		if v > 0 {
			least = min(least, v)
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

func lowerThan(metres float64, keys ...string) func(object) bool {
	return func(o object) bool {
		return slices.ContainsFunc(keys, func(k string) bool {
			v := inMetres(o.tags[k])
			return v > 0 && v < metres
		})
	}
}

func isWeight(value string) bool {
	parts := strings.Split(value, ";")
	return slices.ContainsFunc(parts, func(p string) bool {
		m := weightPattern.FindStringSubmatch(strings.ToLower(strings.TrimSpace(p)))
		return m != nil && number(m[1]) > 0
	})
}

func isSteep(value string) bool {
	m := slopePattern.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	percent := number(m[2])
	switch m[3] {
	case "°", "deg":
		percent = 100 * math.Tan(percent*math.Pi/180)
	case "‰":
		percent /= 10
	}
	return percent >= 4.95 && percent <= 100 // 49.5 per mille is rounded to 50
}

var heights = []string{"maxheight", "maxheight:physical", "maxheight:signed", "maxheight:hgv", "maxheight:forward", "maxheight:backward"}

var definitions = []definition{
	{network.Bridge, []string{"w/bridge"}, func(o object) bool { return o.said("bridge") }},
	{network.Tunnel, []string{"w/tunnel", "w/covered"}, func(o object) bool { return o.said("tunnel") || o.said("covered") }},
	{network.LevelCrossing, []string{"n/railway=level_crossing"}, nil},
	{network.Ford, []string{"nw/ford"}, func(o object) bool { return o.said("ford") }},
	{network.FerryCrossing, []string{"w/route=ferry"}, nil},
	{network.NarrowWay, []string{"w/narrow", "w/width", "w/est_width", "w/maxwidth", "w/maxwidth:physical"}, func(o object) bool {
		return o.said("narrow") || lowerThan(3.5, "width", "est_width", "maxwidth", "maxwidth:physical")(o)
	}},
	{network.SingleLane, []string{"w/lanes=1"}, func(o object) bool {
		if o.in("oneway", "yes", "true", "1", "-1", "reverse") || o.in("route", "ferry") {
			return false
		}
		return o.in("oneway", "no", "false", "0", "reversible", "alternating") ||
			!o.in("highway", "motorway") && !o.in("junction", "roundabout", "circular")
	}},
	{
		network.LowClearance,
		[]string{"nw/maxheight", "w/maxheight:physical", "w/maxheight:signed", "w/maxheight:hgv", "w/maxheight:forward", "w/maxheight:backward"},
		func(o object) bool {
			if o.id[0] == 'n' {
				return lowerThan(4.3, "maxheight")(o)
			}
			return lowerThan(4.3, heights...)(o)
		},
	},
	{
		network.WeightLimit,
		[]string{"w/maxweight", "w/maxweight:signed", "w/maxweight:hgv", "w/maxweight:forward", "w/maxweight:backward"},
		func(o object) bool {
			return slices.ContainsFunc([]string{"maxweight", "maxweight:signed", "maxweight:hgv", "maxweight:forward", "maxweight:backward"},
				func(k string) bool { return isWeight(o.tags[k]) })
		},
	},
	{network.SteepGrade, []string{"w/incline"}, func(o object) bool { return isSteep(o.tags["incline"]) }},
	{network.Works, []string{"w/construction", "w/highway=construction"}, func(o object) bool {
		return o.in("highway", "construction") || o.said("construction")
	}},
	{network.Toll, []string{"w/toll", "n/barrier=toll_booth", "n/highway=toll_gantry"}, func(o object) bool {
		return o.id[0] == 'n' || o.said("toll")
	}},
	{network.BarrierGate, []string{"n/barrier"}, func(o object) bool { return !o.in("barrier", "no", "kerb", "entrance", "toll_booth") }},
	{network.TrafficSignals, []string{"n/highway=traffic_signals,crossing"}, func(o object) bool {
		return o.in("highway", "traffic_signals") || o.in("crossing", "traffic_signals")
	}},
	{network.RoundaboutHere, []string{"w/junction=roundabout,circular", "n/highway=mini_roundabout"}, nil},
}

// withNodes asks osmium for the nodes of the ways that match.
const withNodes = "with nodes"

// osmium runs tags-filter and returns the objects that match; with withNodes for
// the first expression, the nodes of matching ways as well.
func osmium(t *testing.T, tool, file string, expressions ...string) []object {
	t.Helper()
	args := []string{"tags-filter", "--no-progress", "-f", "opl", "-o", "-", file}
	if expressions[0] == withNodes {
		expressions = expressions[1:]
	} else {
		args = append(args, "-R")
	}
	cmd := exec.CommandContext(t.Context(), tool, append(args, expressions...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", cmd, err, stderr.String())
	}
	var list []object
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), " ")
		o := object{id: fields[0], tags: make(map[string]string)}
		for _, f := range fields[1:] {
			switch {
			case len(f) < 2:
			case f[0] == 'x':
				o.lon = f[1:]
			case f[0] == 'y':
				o.lat = f[1:]
			case f[0] == 'T':
				for pair := range strings.SplitSeq(f[1:], ",") {
					k, v, _ := strings.Cut(pair, "=")
					o.tags[unescape(t, k)] = unescape(t, v)
				}
			case f[0] == 'N':
				for ref := range strings.SplitSeq(f[1:], ",") {
					id, _, _ := strings.Cut(ref, "x")
					o.refs = append(o.refs, id)
				}
			}
		}
		list = append(list, o)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// unescape undoes OPL's %hex% form.
func unescape(t *testing.T, s string) string {
	t.Helper()
	parts := strings.Split(s, "%")
	for i := 1; i < len(parts); i += 2 {
		r, err := strconv.ParseInt(parts[i], 16, 32)
		if err != nil {
			t.Fatalf("OPL string %q: %v", s, err)
		}
		parts[i] = string(rune(r))
	}
	return strings.Join(parts, "")
}

func allExtracts(t *testing.T) []string {
	t.Helper()
	list := []string{testdata.Delaware(t)}
	for _, name := range []string{
		"liechtenstein-latest.osm.pbf", "monaco.osm.pbf", "harrisburg.osm.pbf", "london-northern-line.osm.pbf",
		"oslo-east.osm.pbf", "hamburg-ferry.osm.pbf", "krems.osm.gz",
	} {
		list = append(list, testdata.Extract(t, name))
	}
	return list
}

// reduced filters an extract by all expressions at once, so that filtering by
// each of them is quick.
func reduced(t *testing.T, tool, path string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "reduced.osm.pbf")
	args := []string{"tags-filter", "-R", "--no-progress", "-o", out, path, "w/highway", "w/route=ferry"}
	for _, d := range definitions {
		args = append(args, d.expressions...)
	}
	if message, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
		t.Fatalf("osmium %v: %v: %s", args, err, message)
	}
	return out
}

func TestTagMadeHazardsEqualOsmium(t *testing.T) {
	tool := testdata.Tool(t, "osmium", "osmium-tool")
	total := make(map[network.HazardKind]int)
	for _, path := range allExtracts(t) {
		m, report, err := Build(t.Context(), []string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		path := reduced(t, tool, path)
		onNetwork := make(map[string]bool) // used ways and the nodes on them
		for _, id := range slices.Concat(report.Used, report.Ferries) {
			onNetwork["w"+strconv.FormatInt(id, 10)] = true
		}
		for _, w := range osmium(t, tool, path, "w/highway", "w/route=ferry") {
			if onNetwork[w.id] {
				for _, n := range w.refs {
					onNetwork[n] = true
				}
			}
		}
		got := make(map[network.HazardKind]map[string]bool)
		for _, h := range m.Hazards {
			if got[h.Kind] == nil {
				got[h.Kind] = make(map[string]bool)
			}
			got[h.Kind][h.Type.String()[:1]+strconv.FormatInt(h.OSM, 10)] = true
		}
		for _, d := range definitions {
			want := make(map[string]bool)
			for _, o := range osmium(t, tool, path, d.expressions...) {
				concerns := onNetwork[o.id]
				if d.kind == network.Works && o.in("highway", "construction") {
					concerns = slices.ContainsFunc(o.refs, func(n string) bool { return onNetwork[n] })
				}
				if concerns && (d.holds == nil || d.holds(o)) {
					want[o.id] = true
				}
			}
			total[d.kind] += len(want)
			for id := range want {
				if !got[d.kind][id] {
					t.Errorf("%s: %v lacks %s", filepath.Base(path), d.kind, id)
				}
			}
			for id := range got[d.kind] {
				if !want[id] {
					t.Errorf("%s: %v has %s, which osmium does not give", filepath.Base(path), d.kind, id)
				}
			}
		}
	}
	for _, d := range definitions {
		t.Logf("%v: %d objects", d.kind, total[d.kind])
	}
}
