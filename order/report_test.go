package order_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order"
)

func report(tb testing.TB, p *outrider.Plan, m *network.Map) string {
	tb.Helper()
	var b bytes.Buffer
	if err := order.WriteReport(&b, p, m); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// element is a start tag of the report with the text directly within it.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// elements reads the report as XML, strictly.
func elements(tb testing.TB, src string) []element {
	tb.Helper()
	var list []element
	var stack []int
	d := xml.NewDecoder(strings.NewReader(src))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			line, column := d.InputPos()
			tb.Fatalf("not well-formed at %d:%d: %v", line, column, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			attrs := map[string]string{}
			for _, a := range t.Attr {
				attrs[a.Name.Local] = a.Value
			}
			stack = append(stack, len(list))
			list = append(list, element{t.Name.Local, attrs, ""})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				list[stack[len(stack)-1]].text += string(t)
			}
		}
	}
}

func TestReportIsWellFormedAndSelfContained(t *testing.T) {
	for _, m := range []*network.Map{nil, gridMap(12)} {
		for _, name := range []string{"", "plain", hostile} {
			p := sample(name, 40)
			p.Legs[0].Mix = mixed(name, 4).Legs[0].Mix
			src := report(t, p, m)
			ids := map[string]bool{}
			refs := []string{}
			for _, e := range elements(t, src) {
				switch e.name {
				case "script", "img", "link", "iframe", "object", "embed", "image", "base", "form", "foreignObject":
					t.Fatalf("the report holds <%s>", e.name)
				}
				for name, value := range e.attrs {
					if strings.HasPrefix(name, "on") || name == "src" || name == "srcset" || name == "action" {
						t.Fatalf("<%s> has %s=%q", e.name, name, value)
					}
					if name == "href" && !strings.HasPrefix(value, "#") {
						t.Fatalf("<%s> refers to %q", e.name, value)
					}
					if name == "href" {
						refs = append(refs, value[1:])
					}
					if id, ok := strings.CutPrefix(value, "url(#"); ok {
						refs = append(refs, strings.TrimSuffix(id, ")"))
					} else if strings.Contains(value, "url(") {
						t.Fatalf("<%s> has %s=%q", e.name, name, value)
					}
					if name == "aria-labelledby" {
						refs = append(refs, value)
					}
				}
				if id := e.attrs["id"]; id != "" {
					if ids[id] {
						t.Fatalf("id %q twice", id)
					}
					ids[id] = true
				}
			}
			for _, ref := range refs {
				if !ids[ref] {
					t.Fatalf("%q refers to nothing", ref)
				}
			}
			if m := regexp.MustCompile(`@import|url\([^#]`).FindString(src); m != "" {
				t.Errorf("style holds %q", m)
			}
			outside := regexp.MustCompile(`https?://[^"' <]*`).FindAllString(src, -1)
			for _, u := range outside {
				if u != "http://www.w3.org/2000/svg" {
					t.Errorf("the report names %s", u)
				}
			}
			if !strings.Contains(src, `content="default-src 'none'; style-src 'unsafe-inline'`) {
				t.Error("no content security policy")
			}
		}
	}
}

func TestReportShowsEveryRow(t *testing.T) {
	p := sample("x", 120)
	src := report(t, p, gridMap(12))
	text := map[string]int{}
	for _, e := range elements(t, src) {
		if e.name == "th" || e.name == "td" {
			text[strings.TrimSpace(e.text)]++
		}
	}
	for j := range p.Legs[0].Routes {
		r := &p.Legs[0].Routes[j]
		for _, row := range r.March {
			if text[row.Point] != 1 {
				t.Errorf("march table row %q is shown %d times", row.Point, text[row.Point])
			}
		}
		for _, h := range r.Hazards {
			if text[h.Detail] != 1 {
				t.Errorf("hazard %q is shown %d times", h.Detail, text[h.Detail])
			}
		}
	}
	for _, want := range []string{
		"KESTREL", "STALE", "Map data 2016-08-10", "10 August 2016", "© OpenStreetMap contributors", "warning one x", mapHash, "11aa", "22bb", "33cc",
		"Tue 24 Nov 2026, 06:30 UTC", "240630ZNOV26", "Narrow neck", "no third way within the bounds", "56 m from the place given", "private: needs leave",
		"LEAD 1", "MEDIC 1", "Great City", "Little &lt;Town&gt;", "Old Quarter", "never heard of",
	} {
		if !strings.Contains(strings.ToLower(src), strings.ToLower(want)) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

func TestReportDrawsEveryMap(t *testing.T) {
	src := report(t, sample("x", 20), gridMap(12))
	class := map[string]int{}
	maps := 0
	for _, e := range elements(t, src) {
		class[e.name+"."+e.attrs["class"]]++
		if e.name == "svg" && e.attrs["class"] == "map" {
			maps++
			if e.attrs["role"] != "img" || e.attrs["aria-labelledby"] == "" {
				t.Error("a map without a name for those who hear the page")
			}
		}
	}
	if maps != 3 {
		t.Errorf("%d maps, want one of the leg and two of its ends", maps)
	}
	for _, want := range []string{
		"path.water", "path.river", "path.coast", "path.sea", "path.r1", "path.r2", "path.r3", "path.c1", "path.route0", "path.route1", "path.route2",
		"path.secured", "path.avoid", "g.mark start", "g.mark release", "g.mark critical", "g.mark halt", "g.scale", "g.north", "g.credit", "text.city", "g.hv",
	} {
		if class[want] == 0 {
			t.Errorf("no %s is drawn", want)
		}
	}
	if strings.Contains(src, "NaN") || strings.Contains(src, "Inf") {
		t.Error("a drawing holds what is no number")
	}
}

func TestReportKeepsProbabilitiesToCalibratedProfiles(t *testing.T) {
	p := sample("x", 5)
	if src := report(t, p, nil); strings.Contains(src, "0.012") || strings.Contains(src, "max p") || !strings.Contains(src, "exposure is relative") {
		t.Error("a profile that nobody calibrated shows probabilities")
	}
	p.Inputs.Calibrated = true
	if src := report(t, p, nil); !strings.Contains(src, "0.012") || !strings.Contains(src, fmt.Sprintf("%.2g", 1-math.Exp(-0.4))) {
		t.Error("a calibrated profile shows no probabilities")
	}
}

func TestReportStaysSmall(t *testing.T) {
	m := gridMap(250) // 124,500 chains
	src := report(t, sample("x", 300), m)
	if len(src) > 1_500_000 {
		t.Errorf("the report has %d bytes", len(src))
	}
	elements(t, src)
}

func TestReportIsDeterministic(t *testing.T) {
	m := gridMap(20)
	first, second := report(t, sample("x", 30), m), report(t, sample("x", 30), m)
	if first != second {
		t.Error("the same plan and map give another report")
	}
}

func TestReportRefuses(t *testing.T) {
	other := gridMap(3)
	other.Hash = "ffff"
	noRoute, noLine := sample("x", 1), sample("x", 1)
	noRoute.Legs[0].Routes = nil
	noLine.Legs[0].Routes[1].Points = nil
	for name, c := range map[string]struct {
		p    *outrider.Plan
		m    *network.Map
		kind outrider.Kind
	}{
		"no plan":   {nil, nil, outrider.Invalid},
		"no leg":    {&outrider.Plan{}, nil, outrider.Invalid},
		"no route":  {noRoute, nil, outrider.Invalid},
		"no line":   {noLine, nil, outrider.Invalid},
		"other map": {sample("x", 1), other, outrider.WrongMap},
	} {
		err := order.WriteReport(io.Discard, c.p, c.m)
		var e *outrider.Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Where == "" || e.Cause == "" || e.Remedy == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReportOfSmallAndStrangePlans(t *testing.T) {
	p := sample("x", 0)
	leg := &p.Legs[0]
	leg.Routes = leg.Routes[:1]
	r := &leg.Routes[0]
	// All of it in one place, across longitude 180, with nothing known.
	r.Points = []outrider.LatLon{{Lat: -17, Lon: 179.9999}, {Lat: -17, Lon: -179.9999}}
	r.Times, r.Odometer, r.Length, r.Lambda = []float64{0, 1}, []float64{0, 0}, 0, 0
	r.March, r.Exposure, r.Parts, r.Havens, r.Steps = nil, nil, nil, nil, nil
	leg.From, leg.To = outrider.PlanPoint{Lat: -17, Lon: 179.9999, Asked: r.Points[0]}, outrider.PlanPoint{Lat: -17, Lon: -179.9999, Asked: r.Points[1]}
	p.Areas, p.Warnings, p.Zone = nil, nil, "Nowhere/Unknown"
	src := report(t, p, gridMap(5))
	elements(t, src)
	if strings.Contains(src, "NaN") || strings.Contains(src, "Inf") {
		t.Error("a drawing holds what is no number")
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsComeBack(t *testing.T) {
	if err := order.WriteReport(brokenWriter{}, sample("x", 1), nil); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if err := order.WriteText(brokenWriter{}, sample("x", 1), order.Style{}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// TestChromiumRendersTheReport holds that a browser reads the page as it is
// written: the same number of rows and drawings, nothing refused.
func TestChromiumRendersTheReport(t *testing.T) {
	chromium := testdata.Tool(t, "chromium", "chromium")
	p := sample(hostile, 60)
	p.Legs[0].Mix = mixed(hostile, 6).Legs[0].Mix
	src := report(t, p, gridMap(12))
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for _, tag := range []string{"<tr", "<svg", "<path", "<use", "<section", "<script", "<img"} {
		if got, want := strings.Count(string(dom), tag), strings.Count(src, tag); got != want {
			t.Errorf("the browser sees %d of %q, the file has %d", got, tag, want)
		}
	}
	if strings.Contains(stderr.String(), "Content Security Policy") {
		t.Errorf("the browser complains: %s", stderr.String())
	}
}

func BenchmarkReport(b *testing.B) {
	p, m := sample("x", 200), gridMap(150)
	for b.Loop() {
		if err := order.WriteReport(io.Discard, p, m); err != nil {
			b.Fatal(err)
		}
	}
}
