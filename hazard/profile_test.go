package hazard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
)

func TestTheBuiltInProfile(t *testing.T) {
	p := profile(t)
	if p.Calibrated {
		t.Error("the built-in profile claims to be calibrated")
	}
	if p.PMin <= 0 || p.PMax >= 1 {
		t.Errorf("p from %v to %v", p.PMin, p.PMax)
	}
	for k := range hazard.Kinds {
		w := p.Of(k)
		if w.Weight < 0 || w.Weight >= 1 || w.Influence < 1 {
			t.Errorf("%s: %+v", k, w)
		}
		harmless := k.Closes() || k == hazard.Clear || k == hazard.SafeHavenVerified
		if (w.Weight == 0) != harmless {
			t.Errorf("%s: weight %v", k, w.Weight)
		}
	}
	for _, b := range []struct {
		p    float64
		band int
	}{{0, 1}, {0.0199, 1}, {0.02, 2}, {0.05, 3}, {0.11, 4}, {0.2, 5}, {0.9, 5}} {
		if got := p.Band(b.p); got != b.band {
			t.Errorf("band of %v: %d, want %d", b.p, got, b.band)
		}
	}
}

// Every kind of the built-in profile has a comment above it that says why.
func TestTheBuiltInProfileIsDocumented(t *testing.T) {
	lines := strings.Split(string(hazard.BuiltinSource()), "\n")
	at := 0
	for i, l := range lines {
		if l == "kinds:" {
			at = i
		}
	}
	kind := regexp.MustCompile(`^  ([a-z_]+):`)
	kinds, undocumented := 0, ""
	for i, l := range lines[at+1:] {
		if m := kind.FindStringSubmatch(l); m != nil {
			kinds++
			if !strings.HasPrefix(lines[at+i], "  #") {
				undocumented += " " + m[1]
			}
		}
	}
	if kinds != int(hazard.Kinds) {
		t.Errorf("%d kinds, want %d", kinds, hazard.Kinds)
	}
	// Two pairs share the comment of their first.
	if undocumented != " closed_by_event clear" {
		t.Errorf("without a comment:%s", undocumented)
	}
}

// docs/risk.md lists the weights that the built-in profile has.
func TestTheDocumentedWeights(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "risk.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := profile(t)
	for k := range hazard.Kinds {
		w := p.Of(k)
		row := regexp.MustCompile(`(?m)^\| ` + k.String() + ` \| ([0-9.]+) \| (\S+) \| ([0-9.]+) \| ([0-9.]+) \| ([^|]+) \| ([^|]+) \|$`).FindStringSubmatch(string(doc))
		if row == nil {
			t.Errorf("%s has no row", k)
			continue
		}
		group := w.Group
		if group == "" {
			group = "–"
		}
		var hours []string
		for _, h := range w.Hours {
			hours = append(hours, fmt.Sprintf("%v–%v × %v", h.From, h.To, h.Factor))
		}
		if hours == nil {
			hours = []string{"all day"}
		}
		for i, want := range map[int]float64{1: w.Weight, 3: w.Influence, 4: w.Rate} {
			if got, err := strconv.ParseFloat(row[i], 64); err != nil || got != want {
				t.Errorf("%s: %s is %v", k, row[i], want)
			}
		}
		if row[2] != group || row[6] != strings.Join(hours, "; ") {
			t.Errorf("%s: the group is %s, the hours are %v; the document has %s and %s", k, group, hours, row[2], row[6])
		}
	}
	if !strings.Contains(string(doc), p.Hash()[:12]) {
		t.Errorf("the sample explanation is of another profile than %s", p.Hash()[:12])
	}
}

// docs/survey.md lists the kinds that a finding may have, and the columns.
func TestTheDocumentedForm(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "survey.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range hazard.Columns() {
		if !strings.Contains(string(doc), "\n| `"+name+"` |") {
			t.Errorf("the column %s is not documented", name)
		}
	}
	for _, k := range hazard.FindingKinds() {
		if !strings.Contains(string(doc), "\n| "+k.String()+" |") {
			t.Errorf("the kind %s is not documented", k)
		}
	}
}

func TestKindsAndTheirNames(t *testing.T) {
	for k := range hazard.Kinds {
		got, ok := hazard.ParseKind(k.String())
		if !ok || got != k {
			t.Errorf("%d is %q, which is %d", k, k, got)
		}
	}
	for k := range network.HazardKinds {
		if hazard.Kind(k).String() != k.String() || !hazard.Kind(k).OfMap() {
			t.Errorf("%v is %v", k, hazard.Kind(k))
		}
	}
	if k, ok := hazard.ParseKind(" Level-Crossing "); !ok || k != hazard.Kind(network.LevelCrossing) {
		t.Error("a name as spreadsheets leave it is not known")
	}
	if _, ok := hazard.ParseKind("base"); ok {
		t.Error("base is a kind")
	}
	if n := len(hazard.FindingKinds()); n != int(hazard.Unsurveyed) {
		t.Errorf("%d kinds of finding", n)
	}
}

func TestHashIsOfTheContent(t *testing.T) {
	src := string(hazard.BuiltinSource())
	read := func(src string) *hazard.Profile {
		p, err := hazard.ReadProfile("p.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	same := read("# another comment\n" + strings.Replace(src, "p_min: 0.01", "p_min:   1e-2 # the same", 1))
	if same.Hash() != profile(t).Hash() || len(same.Hash()) != 64 {
		t.Error("a comment changes the hash")
	}
	if read(strings.Replace(src, "weight: 0.15", "weight: 0.16", 1)).Hash() == profile(t).Hash() {
		t.Error("a weight does not change the hash")
	}
}

func TestBadProfilesAreRefused(t *testing.T) {
	src := string(hazard.BuiltinSource())
	replace := func(old, with string) string {
		if !strings.Contains(src, old) {
			t.Fatalf("%q is not in the profile", old)
		}
		return strings.Replace(src, old, with, 1)
	}
	tests := map[string]string{
		`the key "wieght" is not known here; did you mean "weight"?`: replace("tunnel: {weight", "tunnel: {wieght"),
		`the key "ford" is missing`:                                  replace("  ford: {", "  # ford: {"),
		"kinds.bridge.weight: 1 is not below 1":                      replace("bridge: {weight: 0.10", "bridge: {weight: 1"),
		`the group "confinde" is not in the list`:                    replace("bridge: {weight: 0.10, group: confined", "bridge: {weight: 0.10, group: confinde"),
		"p_min 0.95 is not below p_max 0.9":                          replace("p_min: 0.01", "p_min: 0.95"),
		"bands[2]: the bands do not rise":                            replace("0.05, 0.11, 0.2", "0.05, 0.05, 0.2"),
		"ratings[1]: a higher rating has a lower x":                  replace("[0, 0.25,", "[0.3, 0.25,"),
		"value.to: to is not above from":                             replace("from: 15, x_from: 1, to: 45", "from: 45, x_from: 1, to: 15"),
		"only level_crossing has a table":                            replace("value: {form: linear, from: 15, x_from: 1, to: 45, x_to: 0.4, unknown: 0.7}", "value: {form: table, unknown: 1, x: {unknown: 1}}"),
		`the table x has no entry "attended"`:                        replace("full_barrier: 0.7, attended: 0.6", "full_barrier: 0.7"),
		"a margin exists only for":                                   replace("form: linear, from: 15", "form: margin, from: 15"),
		"hours[0].from: \"25:00\" does not have the form":            replace(`from: "22:00"`, `from: "25:00"`),
		"the hours have no length":                                   replace(`from: "22:00", to: "05:00"`, `from: "22:00", to: "22:00"`),
		"the hours overlap those of entry 1":                         replace(`{from: "22:00", to: "05:00", factor: 0.6}`, `{from: "22:00", to: "05:00", factor: 0.6}, {from: "04:00", to: "06:00", factor: 0.5}`),
		"hazards of this kind have no value":                         replace("ford: {weight: 0.10,", "ford: {value: {form: linear, from: 1, x_from: 1, to: 2, x_to: 1, unknown: 1}, weight: 0.10,"),
		`the key "x_to" is missing`:                                  replace("to: 45, x_to: 0.4,", "to: 45,"),
		"is a text, and must be true or false":                       replace("calibrated: false", "calibrated: maybe"),
	}
	for says, src := range tests {
		_, err := hazard.ReadProfile("p.yaml", []byte(src))
		problems, ok := errors.AsType[*yamldoc.Errors](err)
		if !ok || !strings.Contains(err.Error(), says) || problems.Items[0].Line == 0 {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestHoursThatOverlapOverMidnight(t *testing.T) {
	src := string(hazard.BuiltinSource())
	for hours, ok := range map[string]bool{
		`[{from: "22:00", to: "02:00", factor: 0}, {from: "02:00", to: "05:00", factor: 1}]`: true,
		`[{from: "22:00", to: "02:00", factor: 0}, {from: "01:00", to: "05:00", factor: 1}]`: false,
		`[{from: "22:00", to: "24:00", factor: 0}, {from: "00:00", to: "05:00", factor: 1}]`: true,
		`[{from: "00:00", to: "24:00", factor: 0}, {from: "12:00", to: "13:00", factor: 1}]`: false,
		`[{from: "23:00", to: "01:00", factor: 0}, {from: "22:00", to: "02:00", factor: 1}]`: false,
	} {
		_, err := hazard.ReadProfile("p.yaml", []byte(strings.Replace(src, `[{from: "22:00", to: "05:00", factor: 0.6}]`, hours, 1)))
		if (err == nil) != ok {
			t.Errorf("%s: %v", hours, err)
		}
	}
}

func TestTheSchemaNamesEveryKind(t *testing.T) {
	var schema struct {
		Properties struct {
			Kinds struct {
				Required   []string       `json:"required"`
				Properties map[string]any `json:"properties"`
			} `json:"kinds"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(hazard.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for k := range hazard.Kinds {
		if _, ok := schema.Properties.Kinds.Properties[k.String()]; !ok {
			t.Errorf("%s is not in the schema", k)
		}
	}
	if len(schema.Properties.Kinds.Required) != int(hazard.Kinds) || len(schema.Properties.Kinds.Properties) != int(hazard.Kinds) {
		t.Error("the schema has other kinds, or does not ask for all")
	}
}

// TestGroupsThatNoKindIsIn has the most groups that a profile may list, with every
// kind in none of them: p is the product over all kinds.
func TestGroupsThatNoKindIsIn(t *testing.T) {
	groups := make([]string, 30)
	for i := range groups {
		groups[i] = "spare_" + strings.Repeat("x", i%20) + string(rune('a'+i/20))
	}
	src := regexp.MustCompile(`(?m)^groups: .*$`).ReplaceAllString(string(hazard.BuiltinSource()), "groups: ["+strings.Join(groups, ", ")+"]")
	p, err := hazard.ReadProfile("loose.yaml", []byte(regexp.MustCompile(`, group: [a-z]+|(?m:^ +group: [a-z]+\n)`).ReplaceAllString(src, "")))
	if err != nil {
		t.Fatal(err)
	}
	n := new(net)
	c := n.chain(n.node(40, 10), n.node(40, 10.01), 800_000)
	n.hazard(network.Bridge, c, 300_000, 400_000, 0, network.BothWays)
	n.hazard(network.WeightLimit, c, 300_000, 400_000, 0, network.BothWays)
	e, err := hazard.New(n.network(), p, nil, hazard.Options{Extra: []hazard.Extra{{Kind: hazard.Chokepoint, Chain: c, To: 800_000, X: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	through := 1.0
	for _, k := range []hazard.Kind{hazard.Kind(network.Bridge), hazard.Kind(network.WeightLimit), hazard.Chokepoint} {
		x := 1.0
		if v := p.Of(k).Value; v != nil {
			x = v.Unknown
		}
		through *= 1 - p.Of(k).Weight*x
	}
	if got, _ := e.At(c.Arc(false), 350_000); !near(got, 1-through) {
		t.Errorf("p %v, want %v", got, 1-through)
	}
}

func FuzzProfile(f *testing.F) {
	f.Add(string(hazard.BuiltinSource()))
	f.Add("name: x\nkinds: {}\n")
	f.Fuzz(func(t *testing.T, src string) {
		p, err := hazard.ReadProfile("p.yaml", []byte(src))
		if err == nil {
			if !(p.PMin > 0 && p.PMin < p.PMax && p.PMax < 1) {
				t.Errorf("p from %v to %v", p.PMin, p.PMax)
			}
			return
		}
		if _, ok := errors.AsType[*yamldoc.Errors](err); !ok {
			t.Errorf("%T: %v", err, err)
		}
	})
}

func TestScaledProfiles(t *testing.T) {
	p, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Scaled(map[string]float64{"bridge": 2, "tunnel": 0, "chokepoint": hazard.MostFactor})
	if err != nil {
		t.Fatal(err)
	}
	before, after := p.Weights["bridge"], q.Weights["bridge"]
	if after.Weight != 2*before.Weight || after.Rate != 2*before.Rate || q.Of(hazard.Kind(network.Bridge)).Weight != after.Weight {
		t.Errorf("bridge %+v became %+v", before, after)
	}
	if w := q.Weights["tunnel"]; w.Weight != 0 || w.Rate != 0 {
		t.Errorf("tunnel is %+v", w)
	}
	if w := q.Weights["chokepoint"].Weight; w >= 1 || w < 0.9 {
		t.Errorf("chokepoint weighs %v", w)
	}
	if q.Hash() == p.Hash() || q.Calibrated {
		t.Error("a profile that was changed passes for the one that was read")
	}
	if again, err := p.Scaled(nil); err != nil || again.Hash() != p.Hash() {
		t.Errorf("no factors change the profile: %v", err)
	}
	for _, bad := range []map[string]float64{{"bridges": 1}, {"bridge": -1}, {"bridge": math.NaN()}, {"bridge": hazard.MostFactor + 1}} {
		if _, err := p.Scaled(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
