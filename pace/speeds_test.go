package pace

import (
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/network"
)

func TestBuiltin(t *testing.T) {
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if s.Calibrated || len(s.Hash()) != 64 {
		t.Errorf("calibrated %v, hash %q", s.Calibrated, s.Hash())
	}
	if again, err := Read("again", []byte(strings.ReplaceAll(string(BuiltinSource()), "#", "# more"))); err != nil || again.Hash() != s.Hash() {
		t.Errorf("comments change the hash, %v", err)
	}
	if changed, err := Read("changed", []byte(strings.Replace(string(BuiltinSource()), "likely: 0.8,", "likely: 0.81,", 1))); err != nil || changed.Hash() == s.Hash() {
		t.Errorf("a factor does not change the hash, %v", err)
	}
}

// TestCalendarEqualsTheHours compares every minute of a week with the entries of
// the file, looked through one by one.
func TestCalendarEqualsTheHours(t *testing.T) {
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for c := range network.RoadClasses {
		class := s.Classes[className(c)]
		for minute := range 7 * minutesPerDay {
			at := monday.Add(time.Duration(minute) * time.Minute)
			want := class.Default
			for _, h := range class.Hours {
				if h.holds(minute%minutesPerDay, minute >= 5*minutesPerDay) {
					want = h.Factors
				}
			}
			if got := s.Of(c, at); got != want {
				t.Fatalf("%s at %v: %+v, want %+v", className(c), at, got, want)
			}
		}
	}
}

func TestBadSpeedsAreRefused(t *testing.T) {
	change := func(old, with string) string {
		src := string(BuiltinSource())
		if !strings.Contains(src, old) {
			t.Fatalf("the built-in factors do not hold %q", old)
		}
		return strings.Replace(src, old, with, 1)
	}
	tests := map[string]string{
		"likely 1.2 is above fast 1.05": change("fast: 1.05, likely: 0.95, slow: 0.85", "fast: 1.05, likely: 1.2, slow: 0.85"),
		"slow 0.9 is above likely 0.8":  change("likely: 0.8, slow: 0.5", "likely: 0.8, slow: 0.9"),
		"overlap those of entry 1":      change(`from: "16:00"`, `from: "08:59"`),
		"overlap those of entry 2":      change(`{fast: 1, likely: 0.9, slow: 0.75}`+"\n    hours:\n", `{fast: 1, likely: 0.9, slow: 0.75}`+"\n    hours:\n      - {days: sat-sun, from: \"20:00\", to: \"22:00\", fast: 1, likely: 1, slow: 1}\n      - {days: sat-sun, from: \"00:00\", to: \"01:00\", fast: 1, likely: 1, slow: 1}\n"),
		"the hours have no length":      change(`to: "09:00"`, `to: "07:00"`),
		"motorway":                      change("  motorway:\n", "  autobahn:\n"),
		"1.3":                           change("fast: 1.05,", "fast: 1.35,"),
		"speeds.yaml:":                  change(`from: "07:00"`, `from: "7:00"`),
		"classes.trunk.hours[0].days":   change("- {days: mon-fri, from: \"07:00\", to: \"09:00\", fast: 0.95,", "- {days: monday, from: \"07:00\", to: \"09:00\", fast: 0.95,"),
		"calibrated":                    change("calibrated: false", "calibrated: perhaps"),
		"author":                        change("author: Outrider project\n", ""),
		"classes.trunk.hours[2].slow":   change("likely: 1, slow: 0.85}\n", "likely: 1, slow: 0}\n"),
		"person":                        change("name: built-in", "name: built-in\nperson: x"),
	}
	for says, src := range tests {
		if _, err := Read("speeds.yaml", []byte(src)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// TestClocksThatChange: hours are those on the wall, on the days on which clocks
// change too.
func TestClocksThatChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("the zone is not installed: ", err)
	}
	d := calendarOf(ClassSpeeds{Default: Factors{1, 1, 1}, Hours: []Hours{
		{From: "02:30", To: "02:45", Factors: Factors{.5, .5, .5}},
		{From: "03:15", To: "04:00", Factors: Factors{.7, .7, .7}},
	}})
	for _, night := range []time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, zone), time.Date(2026, 10, 25, 0, 0, 0, 0, zone), time.Date(2026, 6, 1, 0, 0, 0, 0, zone),
	} {
		var cell int
		var until time.Time
		for s := range 6 * 3600 {
			at := night.Add(time.Duration(s) * time.Second)
			minute := at.Hour()*60 + at.Minute()
			want := 0
			switch {
			case 150 <= minute && minute < 165:
				want = 1
			case 195 <= minute && minute < 240:
				want = 2
			}
			if now, _, _ := d.at(at); now != want {
				t.Fatalf("at %v the entry %d holds, want %d", at, now, want)
			}
			// What was said to last until then must have lasted, and end there.
			if s == 0 || !at.Before(until) {
				cell, until, _ = d.at(at)
			}
			if cell != want {
				t.Fatalf("at %v the entry %d still holds from before, want %d", at, cell, want)
			}
		}
	}
}

// FuzzRead: whatever the file holds, nothing panics, and what is read gives
// factors within the bounds at every hour.
func FuzzRead(f *testing.F) {
	src := string(BuiltinSource())
	f.Add([]byte(src))
	f.Add([]byte(strings.ReplaceAll(src, "daily", "sat-sun")))
	f.Add([]byte(strings.ReplaceAll(src, `to: "05:00"`, `to: "24:00"`)))
	f.Add([]byte(`{"name":"a","author":"b","calibrated":true,"classes":{}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Read("speeds.yaml", src)
		if err != nil {
			return
		}
		for c := range network.RoadClasses {
			for hour := range 7 * 24 {
				x := s.Of(c, monday.Add(time.Duration(hour)*time.Hour))
				if !(x.Slow >= 0.05 && x.Slow <= x.Likely && x.Likely <= x.Fast && x.Fast <= MaxFactor) {
					t.Fatalf("%s: %+v", className(c), x)
				}
			}
		}
	})
}
