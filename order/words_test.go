package order

import (
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
)

// Another day, another offset and another week can be told from the time alone.
func TestSince(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	c := clock{exchange.Form{Zone: zone}}
	start := time.Date(2026, 10, 31, 22, 0, 0, 0, zone) // the clocks go back in that night
	for _, test := range []struct {
		after time.Duration
		want  string
	}{
		{0, "22:00"},
		{90 * time.Minute, "23:30"},
		{3*time.Hour + 30*time.Minute, "Sun 01:30"},
		{4*time.Hour + 30*time.Minute, "Sun EST 01:30"},
		{-23 * time.Hour, "Fri 23:00"},
		{5 * 24 * time.Hour, "Thu EST 21:00"},
		{7 * 24 * time.Hour, "Sat 7 Nov EST 21:00"},
		{-7 * 24 * time.Hour, "Sat 24 Oct 22:00"},
		{366 * 24 * time.Hour, "Mon 1 Nov 2027 22:00"},
	} {
		if got := c.minute(start, start.Add(test.after)); got != test.want {
			t.Errorf("%s later: %q, want %q", test.after, got, test.want)
		}
	}
}

func TestTitles(t *testing.T) {
	p := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "by train"}, {}}}
	for got, want := range map[string]string{
		legTitle(p, 0): "by train", legTitle(p, 1): "Leg 2",
		routeTitle(&outrider.RoutePlan{Name: "äußere"}, 0): "Äußere", kindName("écluse_1"): "Écluse 1", kindName(""): "Unnamed",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
