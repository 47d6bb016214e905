package order_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/order"
)

func terminal(tb testing.TB, p *outrider.Plan, s order.Style) string {
	tb.Helper()
	var b bytes.Buffer
	if err := order.WriteText(&b, p, s); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestTextStaysWithinTheTerminal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.OneOf(rapid.Just(hostile), rapid.Just("新幹線の駅"), rapid.StringMatching(`[a-zé ]{0,40}`)).Draw(rt, "name")
		width := rapid.IntRange(40, 200).Draw(rt, "width")
		out := terminal(t, rapid.SampledFrom([]*outrider.Plan{sample(name, 40), day(name), mixed(name, 1), mixed(name, 30)}).Draw(rt, "plan"), order.Style{Width: width, All: rapid.Bool().Draw(rt, "all")})
		for line := range strings.SplitSeq(out, "\n") {
			n := 0
			for _, r := range line {
				if unicode.IsControl(r) {
					rt.Fatalf("control character %U in %q", r, line)
				}
				n++
				if r >= 0x3000 && r < 0xa000 {
					n++ // takes two columns
				}
			}
			if n > width {
				rt.Fatalf("%d columns on a terminal of %d: %q", n, width, line)
			}
			if strings.TrimRight(line, " ") != line {
				rt.Fatalf("blanks at the end of %q", line)
			}
		}
	})
}

func TestTextSaysWhatAPlannerNeeds(t *testing.T) {
	out := strings.Join(strings.Fields(terminal(t, sample("x", 10), order.Style{Width: 120})), " ")
	for _, want := range []string{
		"KESTREL", "STALE", "! warning one x", "Primary", "Alternate 1", "Alternate 2", "Start 0-0 x", "Release 0-100 x", "SP", "RP", "20 min",
		"240630ZNOV26", "detail 0-9 x", "Every route must pass", "Narrow neck", "no third way", "Saint x", "unverified", "© OpenStreetMap contributors", "not calibrated",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the text does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "0.012") || strings.Contains(out, "\x1b") {
		t.Error("probabilities or colours that nobody asked for")
	}
}

func TestTextCutsLongListsAndSaysSo(t *testing.T) {
	p := sample("x", 100)
	brief, all := terminal(t, p, order.Style{Width: 120}), terminal(t, p, order.Style{Width: 120, All: true})
	if got := strings.Count(brief, "detail 0-"); got != 24 {
		t.Errorf("%d hazards shown, want 24", got)
	}
	if !strings.Contains(brief, "the 24 most exposed of 100") || !strings.Contains(brief, "--all") {
		t.Error("the text does not say that it leaves some out")
	}
	for j := range 3 {
		for k := range 100 {
			if !strings.Contains(all, fmt.Sprintf("detail %d-%d x", j, k)) {
				t.Fatalf("hazard %d of route %d is missing", k, j)
			}
		}
	}
	// What is shown is of no lesser band than what is not.
	for k, h := range p.Legs[0].Routes[0].Hazards {
		shown := strings.Contains(brief, fmt.Sprintf("detail 0-%d x", k))
		if h.Band == 5 && !shown || h.Band < 4 && shown {
			t.Errorf("hazard %d of band %d: shown is %v", k, h.Band, shown)
		}
	}
}

func TestTextColours(t *testing.T) {
	plain, colour := terminal(t, sample("x", 10), order.Style{Width: 100}), terminal(t, sample("x", 10), order.Style{Width: 100, Colour: true})
	stripped := colour
	for _, code := range []string{"0", "1", "2", "31;1", "33", "34;1"} {
		stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
	}
	if stripped != plain || colour == plain {
		t.Error("colours change more than colours")
	}
}

// What does not fit is left out by whole columns, not cut in the middle, and what
// a route is worth stays longest.
func TestTextOnNarrowTerminals(t *testing.T) {
	for _, c := range []struct {
		width   int
		columns string
	}{
		{100, "Route Time Driving Length Fastest Common Exposure Worst Hazards"},
		{80, "Route Time Driving Length Fastest Common Exposure Worst Hazards"},
		{60, "Route Time Length Fastest Common Exposure Worst"},
		{40, "Route Time Exposure Worst"},
	} {
		p := sample("x", 10)
		p.Legs[0].Routes[1].Duration = 9999
		p.Legs[0].Routes[1].Halts = 1200
		out := terminal(t, p, order.Style{Width: c.width})
		var head, row string
		for line := range strings.SplitSeq(out, "\n") {
			switch {
			case strings.HasPrefix(line, "Route "):
				head = line
			case strings.HasPrefix(line, "Alternate 1"):
				row = line
			}
		}
		if got := strings.Join(strings.Fields(head), " "); got != c.columns {
			t.Errorf("%d columns wide: %q, want %q", c.width, got, c.columns)
		}
		if strings.Contains(row, "…") || !strings.Contains(row, "4/5") {
			t.Errorf("%d columns wide: %q", c.width, row)
		}
		if words := strings.Join(strings.Fields(out), " "); !strings.Contains(words, "at the latest 07:30") {
			t.Errorf("%d columns wide: nothing says when the head leaves at the latest", c.width)
		}
	}
}

// A drive over midnight, or over a change of clocks, says so at every time.
func TestTextTellsDaysAndClocksApart(t *testing.T) {
	p := sample("x", 0)
	p.Zone = "America/New_York"
	start := time.Date(2026, 11, 1, 5, 55, 0, 0, time.UTC) // 01:55 EDT; at 02:00 it is 01:00 EST
	leg := &p.Legs[0]
	leg.Earliest, leg.Latest = start, start.Add(23*time.Hour)
	leg.Routes = leg.Routes[:1]
	leg.Routes[0].March = []outrider.MarchRow{
		{Point: "before", Kind: "start", Head: start, Tail: start.Add(600 * time.Millisecond)},
		{Point: "after", Kind: "critical", Head: start.Add(10 * time.Minute), Tail: start.Add(11 * time.Minute)},
		{Point: "next day", Kind: "release", Head: start.Add(24 * time.Hour), Tail: start.Add(24*time.Hour + time.Minute)},
	}
	words := strings.Join(strings.Fields(terminal(t, p, order.Style{Width: 120})), " ")
	for _, want := range []string{
		"Sun 1 Nov 2026, 01:55 EDT (010555ZNOV26), at the latest EST 23:55",
		"before start 0.0 01:55:00 01:55:01", "after critical 0.0 EST 01:05:00 EST 01:06:00",
		"next day release 0.0 Mon EST 00:55:00 Mon EST 00:56:00",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the text does not say %q:\n%s", want, words)
		}
	}
	if page := report(t, p, nil); !strings.Contains(page, "Mon EST 00:55:00") || !strings.Contains(page, "to EST 23:55") {
		t.Error("the report does not tell days and clocks apart")
	}
}

// Map data of unknown date is said to be so, not to be of 1970.
func TestUnknownDateOfMapData(t *testing.T) {
	p := sample("x", 3)
	p.Inputs.DataDate = time.Unix(0, 0)
	for _, out := range []string{terminal(t, p, order.Style{Width: 120}), report(t, p, nil)} {
		if strings.Contains(out, "1970-") || strings.Contains(out, " 1970") || !strings.Contains(out, "Map data of unknown date") {
			t.Error("the date of the map data is made up")
		}
	}
}

// What is new with an itinerary must be in both documents, what nobody knows as
// "?", and positions, distances and times in the form asked for.
func TestDocumentsOfADay(t *testing.T) {
	p := day("x")
	var page bytes.Buffer
	if err := order.WriteReport(&page, p, nil); err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`<[^>]*>`)
	content := html.UnescapeString(tags.ReplaceAllString(page.String(), " "))
	paper := strings.Join(strings.Fields(content), " ")
	text := strings.Join(strings.Fields(terminal(t, p, order.Style{Width: 160, All: true})), " ")
	for _, want := range []string{
		"Itinerary", "Stays until", "1 min short", "Serials and packets", "A2", "backwards: the head must be there between 06:40 and 06:50",
		"−2 / +5 min", "Decision points", "Cross road x", "Link x", "+4 min", "Break-out routes", "none in reach", "Way out", "Latest turn-back", "last light",
		"Point of no return", "put in by the planner", "NOT MET", "North gate", "approach from the north-east", "NOT verified", "trauma centre ?", "Reception +49 30 1234",
		"IRON 1", "COACH 1 coach (12 of 60 seats)", "there is no other way", "the column does not keep up", "no way by road", "opposite", "Main line x", "(49.7 mph)", "full barrier",
		"Evacuation of tunnels", "by setting back", "☾", "32UNA", " mi ", "240630ZNOV26",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q", want)
		}
		if !strings.Contains(paper, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, sheet := range []string{"Departure ?", "Staging ?", "Landing zone ?", "Verified ?"} {
		if !strings.Contains(text, sheet) || !strings.Contains(paper, sheet) {
			t.Errorf("what is not known is not printed as %q", sheet)
		}
	}
	for _, metric := range []string{" km/h", " km "} {
		if strings.Contains(text+paper, metric) {
			t.Errorf("miles were asked for, a document says %q", metric)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// That there is no place to turn back at, and that it can be done anywhere, are
// told apart.
func TestTurningBackFromNowhere(t *testing.T) {
	p := day("x")
	p.Convoy.FuelKM = 100
	b := &p.Legs[0].Turning
	b.Latest, b.NoReturn, b.Why, b.FuelWhy = nil, nil, "asked", "the least fuel range, reserve taken off"
	anywhere := terminal(t, p, order.Style{Width: 200})
	b.Never, b.FuelNever = true, true
	nowhere := terminal(t, p, order.Style{Width: 200})
	if !strings.Contains(anywhere, "from anywhere on the leg; back by") || strings.Contains(anywhere, "NONE") {
		t.Errorf("anywhere:\n%s", anywhere)
	}
	for _, want := range []string{"NONE: the column cannot be back by", "NONE: the fuel takes some vehicle back from nowhere on the leg (the least fuel range, reserve taken off, 62.1 mi)"} {
		if !strings.Contains(nowhere, want) {
			t.Errorf("%q is not said:\n%s", want, nowhere)
		}
	}
}

func TestTextOfWhatIsNoPlan(t *testing.T) {
	noRoute, noLine := day("x"), day("x")
	noRoute.Legs[1].Routes = nil
	noLine.Legs[0].Routes[1].Points = nil
	for name, p := range map[string]*outrider.Plan{"none": nil, "no leg": {}, "no route": noRoute, "no line": noLine} {
		if err := order.WriteText(io.Discard, p, order.Style{}); outrider.KindOf(err) != outrider.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What goes wrong is in red, what must be watched in yellow, and the rest in
// neither.
func TestTones(t *testing.T) {
	p := day("x")
	w := p.Legs[1].Rail.Shadow
	early := w.Rendezvous[0]
	late, lost := early, early
	early.Name, early.Behind = "Early", -60
	late.Name, late.Behind = "Late", 60
	lost.Name, lost.Behind = "Lost", w.MaxBehind+60
	w.Rendezvous = append(w.Rendezvous, early, late, lost)
	text := terminal(t, p, order.Style{Width: 160, Colour: true})
	for name, colour := range map[string]string{"Early": "", "Late": "\x1b[33m", "Lost": "\x1b[31;1m", "Nowhere": "\x1b[31;1m", "T 17": "\x1b[33m"} {
		found := false
		for line := range strings.Lines(text) {
			if bare := strings.TrimPrefix(line, colour); strings.HasPrefix(bare, name+" ") {
				found = true
			}
		}
		if !found {
			t.Errorf("no row of %s in the colour %q", name, colour)
		}
	}
}
