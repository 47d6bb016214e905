package mapbuild

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// extractNames are the shared extracts that have roads.
var extractNames = []string{
	"harrisburg.osm.pbf", "liechtenstein-latest.osm.pbf", "monaco.osm.pbf", "oslo-east.osm.pbf",
	"hamburg-ferry.osm.pbf", "london-northern-line.osm.pbf", "krems.osm.gz",
}

// eachExtract runs a test on every extract, Delaware included.
func eachExtract(t *testing.T, test func(t *testing.T, path string)) {
	t.Helper()
	t.Run("delaware", func(t *testing.T) { test(t, testdata.Delaware(t)) })
	for _, name := range extractNames {
		t.Run(name, func(t *testing.T) { test(t, testdata.Extract(t, name)) })
	}
}

func TestHighwayWaysEqualOsmium(t *testing.T) {
	osmium := testdata.Tool(t, "osmium", "osmium-tool")
	eachExtract(t, func(t *testing.T, path string) {
		_, r, err := Build(context.Background(), []string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(osmium, "tags-filter", "--omit-referenced", "-f", "opl,add_metadata=false", path, "w/highway").Output()
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		for line := range strings.Lines(string(out)) {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, "w"), " ")
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, n)
		}
		got := slices.Clone(r.Used)
		if len(r.Drop) > 12 {
			t.Errorf("%d reasons", len(r.Drop))
		}
		for why, ids := range r.Drop {
			if !slices.Contains(Reasons(), why) {
				t.Errorf("reason %s is not listed", why)
			}
			got = append(got, ids...)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d highway ways are used or dropped, osmium finds %d", len(got), len(want))
		}
		if len(slices.Compact(got)) != len(want) {
			t.Error("a way is in two sets")
		}
	})
}

func TestSameBytesWhateverTheWorkers(t *testing.T) {
	paths := []string{testdata.Extract(t, "monaco.osm.pbf"), testdata.Extract(t, "krems.osm.gz"), testdata.Extract(t, "monaco.osm.pbf"), testdata.Extract(t, "london-northern-line.osm.pbf")}
	var first []byte
	for _, workers := range []int{1, 2, 3, 8} {
		m, _, err := Build(context.Background(), paths, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "x.map")
		if err := network.Save(file, m); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		} else if !bytes.Equal(first, data) {
			t.Errorf("another map with %d workers than with 1", workers)
		}
	}
}

// Every interval's way is used and every used way is somewhere; chains run from
// the smaller id to the larger.
func TestNetworkIsWhatTheReportSays(t *testing.T) {
	eachExtract(t, func(t *testing.T, path string) {
		m, r, err := Build(context.Background(), []string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		used := append(slices.Clone(r.Used), r.Ferries...)
		slices.Sort(used)
		found := make(map[int64]bool)
		for _, iv := range m.Interval {
			found[iv.Way] = true
		}
		for _, id := range used {
			if !found[id] {
				t.Errorf("way %d is used and in no interval", id)
			}
		}
		if len(found) != len(used) {
			t.Errorf("%d ways in intervals, %d used", len(found), len(used))
		}
		degree := make([]int, len(m.NodePoint))
		for c := range m.Length {
			if m.NodeInfo[m.Tail[c]].OSM > m.NodeInfo[m.Head[c]].OSM {
				t.Fatalf("chain %d runs from node %d to node %d", c, m.NodeInfo[m.Tail[c]].OSM, m.NodeInfo[m.Head[c]].OSM)
			}
			degree[m.Tail[c]]++
			degree[m.Head[c]]++
		}
		for n, d := range degree {
			if int(m.NodeInfo[n].Degree) != d {
				t.Fatalf("node %d has %d chain ends, says %d", m.NodeInfo[n].OSM, d, m.NodeInfo[n].Degree)
			}
		}
	})
}

// The tables of docs/network.md name every value that the program knows.
func TestDocumentNamesEveryValue(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "docs", "network.md"))
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	line := func(begin, value string) bool {
		for l := range strings.Lines(doc) {
			if strings.HasPrefix(l, begin) && strings.Contains(l, "`"+value+"`") {
				return true
			}
		}
		return false
	}
	check := func(begin, value string) {
		if !line(begin, value) {
			t.Errorf("no line of docs/network.md that begins with %q has `%s`", begin, value)
		}
	}
	for value, c := range highwayClasses {
		if c.drop != "" {
			check("| `"+string(c.drop)+"`", value)
		} else {
			check("|", value)
		}
	}
	meaning := map[accessMeaning]string{open: "| open |", destination: "| destination", private: "| private:", forbidden: "| forbidden |", emergencyOnly: "| open for emergency", busOnly: "| open for bus"}
	for value, m := range accessValues {
		check(meaning[m], value)
	}
	for value := range barriers {
		check("|", value)
	}
	for value, s := range surfaces {
		row := fmt.Sprintf("| %s | %v |\n", [...]string{"unknown", "paved", "rough", "unpaved"}[s.group], s.most)
		if s.most == noCap {
			row = "| paved | – |\n"
		}
		if !slices.ContainsFunc(strings.SplitAfter(doc, "\n"), func(l string) bool {
			return strings.HasSuffix(l, row) && strings.Contains(l, "`"+value+"`")
		}) {
			t.Errorf("surface %s: no row ends in %q", value, row)
		}
	}
	for value, most := range tracktypes {
		if !strings.Contains(doc, fmt.Sprintf("`%s` %v", value, most)) {
			t.Errorf("tracktype %s", value)
		}
	}
	for value, most := range smoothnesses {
		if !strings.Contains(doc, fmt.Sprintf("`%s` %v", value, most)) {
			t.Errorf("smoothness %s", value)
		}
	}
	for zone := range zoneSpeeds {
		country, name, ok := strings.Cut(zone, ":")
		if (country == "GB" || country == "UK") && ok {
			check("| `GB:` or `UK:`", name)
		} else {
			check("|", zone)
		}
	}
	for _, base := range conditionalBases {
		if !strings.Contains(doc[strings.Index(doc, "## 8."):], "`"+base+"`") {
			t.Errorf("section 8 lacks %s", base)
		}
	}
	for _, k := range slices.Concat(heightKeys.both, widthKeys.both, lengthKeys.both, weightKeys.both, axleKeys.both) {
		check("|", keyNames[k])
	}
	order := -1
	for _, why := range reasons {
		at := strings.Index(doc, "\n| `"+string(why)+"`")
		if at < order {
			t.Errorf("reason %s is missing or out of order", why)
		}
		order = at
	}
}
