package order_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
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
		out := terminal(t, sample(name, 40), order.Style{Width: width, All: rapid.Bool().Draw(rt, "all")})
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
