package outrider_test

import (
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
)

func TestLegName(t *testing.T) {
	p := &outrider.Plan{Legs: []outrider.LegPlan{{Name: "Out"}, {}, {Name: " \t"}}}
	for i, want := range []string{"Out", "leg 2", "leg 3"} {
		if got := p.LegName(i); got != want {
			t.Errorf("leg %d is called %q, want %q", i, got, want)
		}
	}
}

func TestDataDay(t *testing.T) {
	east := time.FixedZone("", 14*3600)
	for _, test := range []struct {
		date time.Time
		want string
	}{
		{time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC), "2026-11-20"},
		{time.Date(2026, 11, 21, 13, 0, 0, 0, east), "2026-11-20"},
		{time.Unix(0, 0), "of unknown date"},
		{time.Time{}, "of unknown date"},
	} {
		if got := outrider.DataDay(test.date); got != test.want {
			t.Errorf("%s: %q, want %q", test.date, got, test.want)
		}
	}
}

func TestCredit(t *testing.T) {
	for in, want := range map[string]string{"": "© OpenStreetMap contributors", "© Somebody": "© Somebody"} {
		if got := (&outrider.Inputs{Attribution: in}).Credit(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
