package order_test

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/order"
)

// paper returns what a report says, without its marks.
func paper(src string) string {
	_, body, _ := strings.Cut(src, "<body>")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
}

// both returns the words of the text and of the report of a plan.
func both(t *testing.T, p *outrider.Plan) map[string]string {
	t.Helper()
	return map[string]string{
		"text": strings.Join(strings.Fields(terminal(t, p, order.Style{Width: 200, All: true})), " "),
		"page": paper(report(t, p, gridMap(8))),
	}
}

func TestMixIsInBothDocuments(t *testing.T) {
	for name, got := range both(t, mixed("x", 4)) {
		for _, want := range []string{
			"Mix of routes", "Relative to the usual route an attacker's chance is 0.22, between 0.20 and 0.30 if our exposures are off by half or double; +4 % mean time; " +
				"no mix of routes within 1.3 times the fastest gets below 0.18 of it.",
			"Usual route, the fastest 1.00 +0 %", "Best single route 0.60 +8 %", "This mix of 4 routes 0.22 +4 %", "Best mix known, of more routes 0.20", "No mix gets below 0.18",
			"A, route 1 50 % 22 min +0 % 1/5 least 0.60 Mill lane x, Route 1 highway, Coast road", "D, route 4 12 % 23 min +6 % 4/5 high 0.74",
			"1 50.04000, 10.03000 Bridge street x 30 % A C, usual binds 0.22 0.17 (−14 %)", "4 50.13000, 10.12000 ? 7.5 % B D – 0.21 –", "within 100 m of the place",
			"What time buys", "mean driving time on top of the fastest", "no mix gets below",
			"none: the door itself 1.50", "× 0.5, 200 m 0.40 0.37", "× 2, 800 m 0.15 not proven", "From x 400 m", "of the movement", "assumed", "The frontier has no halts in it x",
			"an attacker who knows the mix and every exposure, but not which route is drawn, picks the one place", "Worked out by column generation over turn-legal routes.",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("the %s does not say %q:\n%s", name, want, got)
			}
		}
	}
}

// Nobody sees a chance that no calibration stands behind.
func TestMixKeepsChancesToCalibratedProfiles(t *testing.T) {
	p := mixed("x", 4)
	chances := []string{"0.041", "0.024", "0.009", "0.0083", "0.0074", "0.026", "0.0615"}
	for name, got := range both(t, p) {
		for _, chance := range chances {
			if strings.Contains(got, chance) {
				t.Errorf("the %s of a profile that nobody calibrated says %s", name, chance)
			}
		}
	}
	p.Inputs.Calibrated = true
	for name, got := range both(t, p) {
		for _, want := range []string{
			"An attacker's chance is 0.009, against 0.041 on the usual route: 0.22 of it, between", "Best single route 0.60 0.024", "No mix gets below 0.18 0.0074", "1/5 least 0.60 0.024 Mill lane", "none: the door itself 1.50 (0.061)", "× 0.5, 200 m 0.40 (0.016) 0.37 (0.015)",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("the %s of a calibrated profile does not say %q:\n%s", name, want, got)
			}
		}
	}
	if src := report(t, p, nil); !strings.Contains(src, ">chance</text>") {
		t.Error("the plot of a calibrated profile has no axis of chances")
	}
}

// The attacker's mix is where the mix is weakest, put in order: no paper has it.
func TestAttackersMixIsOnNoPaper(t *testing.T) {
	with, without := mixed("x", 4), mixed("x", 4)
	without.Legs[0].Mix.Proof = nil
	for _, calibrated := range []bool{false, true} {
		with.Inputs.Calibrated, without.Inputs.Calibrated = calibrated, calibrated
		if report(t, with, nil) != report(t, without, nil) || terminal(t, with, order.Style{All: true}) != terminal(t, without, order.Style{All: true}) {
			t.Error("a document follows from the attacker's mix")
		}
	}
}

// A mix of which little is known says so and draws what there is.
func TestMixOfWhichLittleIsKnown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*outrider.RouteMix)
		want   []string
		not    []string
	}{
		{"nothing proven", func(m *outrider.RouteMix) { m.Lower, m.Frontier = 0, nil }, []string{"how much less another mix could make it is not known: nothing is proven.", "No mix gets below not proven"}, []string{"What time buys", "gets below 0"}},
		{"nothing proven of the frontier", func(m *outrider.RouteMix) {
			m.Lower = 0
			for i := range m.Frontier {
				m.Frontier[i].Lower = 0
			}
		}, []string{"What time buys", "nothing is proven below"}, []string{"no mix gets below"}},
		{"no route", func(m *outrider.RouteMix) { m.Routes = nil }, []string{"There is no route to draw from."}, []string{"Routes to draw from", "This mix"}},
		{"nothing to attack", func(m *outrider.RouteMix) { m.Usual, m.Upper, m.Lower = 0, 0, 0 }, []string{"No place on the usual route can be attacked"}, []string{"Beside the usual route", "What time buys", "If less or more ground"}},
		{"no gain", func(m *outrider.RouteMix) { m.Upper, m.Ratio, m.RatioLow, m.RatioHigh = m.Usual, 1, 1, 1 }, []string{"chance is 1.00, the same if our exposures are off", "A draw gains nothing here"}, nil},
		{"range not known", func(m *outrider.RouteMix) { m.RatioLow, m.RatioHigh = 0, 0 }, []string{"chance is 0.22; +4 % mean time"}, []string{"half or double"}},
		{"areas of the movement", func(m *outrider.RouteMix) { m.Areas[1].Assumed = false }, []string{"of the movement"}, []string{"assumed"}},
		{"areas of two sizes", func(m *outrider.RouteMix) { m.Areas[1].Radius = 500 }, []string{"× 0.5 0.40"}, []string{"200 m"}},
	} {
		p := mixed("x", 3)
		c.change(p.Legs[0].Mix)
		for name, got := range both(t, p) {
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s: the %s does not say %q:\n%s", c.name, name, want, got)
				}
			}
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("%s: the %s says %q", c.name, name, not)
				}
			}
		}
	}
	for name, got := range both(t, mixed("x", 1)) {
		if !strings.Contains(got, "Only one route is left to draw from") || !strings.Contains(got, "This one route 0.22") {
			t.Errorf("the %s of a mix of one route takes it for a mix", name)
		}
	}
	for name, got := range both(t, sample("x", 1)) {
		if strings.Contains(got, "Mix of routes") {
			t.Errorf("the %s shows a mix that there is not", name)
		}
	}
}

// The text is short unless all is asked for; the page has every place.
func TestPlacesOfAMix(t *testing.T) {
	p := mixed("x", 3)
	m := p.Legs[0].Mix
	for len(m.Places) < 40 {
		m.Places = append(m.Places, m.Places[4])
	}
	last := m.Places[39] // what binds comes first, wherever the plan has it
	last.Binds, last.Road = true, "Binding road"
	m.Places[39] = last
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	brief, all := terminal(t, p, order.Style{Width: 150}), terminal(t, p, order.Style{Width: 150, All: true})
	if got := strings.Count(brief, "Ring road (west)"); got != 3 || !strings.Contains(words(brief), "The first 8 of 40 are shown; --all lists every one.") || !strings.Contains(words(brief), " 4 50.16000, 10.15000 Binding road") {
		t.Errorf("%d of them:\n%s", got, brief)
	}
	if got := strings.Count(all, "Ring road (west)"); got != 35 || strings.Contains(all, "are shown; --all") {
		t.Errorf("--all: %d of them", got)
	}
	src := report(t, p, nil)
	if got := strings.Count(src, "<td>Ring road (west)"); got != 19 || !strings.Contains(src, "The first 24 of 40 are shown; the plan document has them all.") {
		t.Errorf("page: %d of them", got)
	}
	drawn := strings.Count(src, `<g class="place`) - 2 // two are in the legend
	if drawn < 6 || drawn > 24 || (drawn < 24) != strings.Contains(src, fmt.Sprintf("%d places of the table below left off the map", 24-drawn)) {
		t.Errorf("%d places on the map", drawn)
	}
}

func TestMapOfAMix(t *testing.T) {
	src := report(t, mixed("x", 5), gridMap(12))
	class := map[string]int{}
	for _, e := range elements(t, src) {
		class[e.name+"."+e.attrs["class"]]++
	}
	for what, want := range map[string]int{"svg.map": 4, "svg.frontier": 1, "g.letter": 5 + 1, "g.place binds": 3 + 1, "g.place": 2 + 1, "path.held": 2, "path.usual": 1 + 1} {
		if class[what] != want {
			t.Errorf("%d of %s, want %d", class[what], what, want)
		}
	}
	if class["path.ribbon"] < 5 {
		t.Error("ribbons are missing")
	}
}

// The plot in plain characters, to the letter.
func TestPlotInPlainCharacters(t *testing.T) {
	out := terminal(t, mixed("x", 4), order.Style{Width: 60})
	_, plot, _ := strings.Cut(out, "What time buys\n")
	plot, _, _ = strings.Cut(plot, "\n\n")
	const want = `attacker's chance, relative to the usual route
  1 +U
    | *
    | *
0.8 +  *
    |   *
    |   *
0.6 +    *                                S
    | ....**
0.4 +       **
    |         ***
    |     .....  *****
0.2 +          .......***M*****************************
    |
    |
  0 +
    ++---------+---------+--------+---------+---------+
    +0 %      +2 %      +4 %     +6 %      +8 %      +10 %
     mean driving time on top of the fastest
* best mixes found   . no mix gets below   U usual route
S best single route   M this mix`
	if plot != want {
		t.Errorf("the plot is\n%s\nwant\n%s", plot, want)
	}
}

// A frontier by itself needs nothing else and is fit for pages of either kind.
func TestFrontierSVG(t *testing.T) {
	m := mixed("x", 4).Legs[0].Mix
	src := order.FrontierSVG(m)
	wellFormed(t, "frontier", []byte(src))
	for _, want := range []string{`xmlns="http://www.w3.org/2000/svg"`, "prefers-color-scheme:dark", "usual route 1.00", "best single route 0.60", "this mix 0.22", "no mix gets below: proven", "<title"} {
		if !strings.Contains(src, want) {
			t.Errorf("the plot has no %q", want)
		}
	}
	for _, not := range []string{"<script", "href", "url(", "NaN", "Inf", ">chance<"} {
		if strings.Contains(src, not) {
			t.Errorf("the plot has %q", not)
		}
	}
	if src != order.FrontierSVG(m) {
		t.Error("the same mix gives another plot")
	}
	m.Frontier = nil
	if order.FrontierSVG(m) != "" || order.FrontierSVG(nil) != "" {
		t.Error("a plot of nothing")
	}
}

// TestChromiumDrawsTheFrontier holds that a browser takes the plot for a picture:
// asked for it as one, on pages of either scheme, it draws something of each.
func TestChromiumDrawsTheFrontier(t *testing.T) {
	chromium := testdata.Tool(t, "chromium", "chromium")
	dir := t.TempDir()
	svg := filepath.Join(dir, "frontier.svg")
	if err := os.WriteFile(svg, []byte(order.FrontierSVG(mixed("x", 4).Legs[0].Mix)), 0o600); err != nil {
		t.Fatal(err)
	}
	dom, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+svg).Output()
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"<path", "<text", "<circle", "<rect"} {
		if got, want := strings.Count(string(dom), tag), strings.Count(string(src), tag); got != want {
			t.Errorf("the browser sees %d of %q, the file has %d", got, tag, want)
		}
	}
}
