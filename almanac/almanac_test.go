package almanac_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/geo"
	"pgregory.net/rapid"
)

const (
	horizon  = -50.0 / 60
	twilight = -6.0
)

// Bounds of what may differ from the ephemeris: heights in degrees, times in
// seconds up to 65° of latitude. Further towards the poles the sun crosses the
// horizon at such a flat angle that only heights can be compared.
const (
	heightBound = 0.01
	timeBound   = 10
	timeBoundTo = 65
)

func TestEphemeris(t *testing.T) {
	f, err := os.Open("testdata/ephemeris.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1000 {
		t.Fatalf("%d rows, want 1000", len(rows))
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var worstHeight, worstTime float64
	var crossings, without int
	for _, row := range rows {
		date, err := time.Parse(time.DateOnly, row[0])
		if err != nil {
			t.Fatal(err)
		}
		lat := number(row[1])
		at := geo.PointFromDegrees(lat, number(row[2]))
		zone := time.FixedZone("", int(number(row[3]))*3600)
		noon := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, zone)
		top, low := number(row[9]), number(row[10])
		// Any time of the calendar day must do.
		got := almanac.Of(noon.Add(time.Duration(date.Day()-15)*40*time.Minute), at)
		for i, c := range []struct {
			name   string
			got    time.Time
			height float64
		}{
			{"first light", got.FirstLight, twilight},
			{"sunrise", got.Sunrise, horizon},
			{"noon", got.Noon, math.NaN()},
			{"sunset", got.Sunset, horizon},
			{"last light", got.LastLight, twilight},
		} {
			want := row[4+i]
			if (want == "-") != c.got.IsZero() {
				if math.Abs(top-c.height) > heightBound && math.Abs(low-c.height) > heightBound {
					t.Errorf("%v: %s %v, want %s; the sun is between %g° and %g°", row[:4], c.name, c.got, want, low, top)
				}
				continue
			}
			if c.got.IsZero() {
				without++
				continue
			}
			crossings++
			ref := noon.Add(time.Duration(number(want) * float64(time.Second)))
			off := math.Abs(c.got.Sub(ref).Seconds())
			if math.Abs(lat) <= timeBoundTo || c.name == "noon" {
				worstTime = max(worstTime, off)
				if off > timeBound {
					t.Errorf("%v: %s is %.1f s off", row[:4], c.name, off)
				}
			}
			if c.name != "noon" {
				h := math.Abs(almanac.Altitude(ref, at) - c.height)
				worstHeight = max(worstHeight, h)
				if h > heightBound {
					t.Errorf("%v: at the %s of the ephemeris the sun is %.4f° off", row[:4], c.name, h)
				}
			}
		}
		polar := ""
		switch {
		case low > horizon+heightBound:
			polar = "day"
		case top < horizon-heightBound:
			polar = "night"
		}
		if polar != "" && got.Polar != polar {
			t.Errorf("%v: polar %q, want %q; the sun is between %g° and %g°", row[:4], got.Polar, polar, low, top)
		}
		if got.Polar != "" && (!got.Sunrise.IsZero() || !got.Sunset.IsZero()) {
			t.Errorf("%v: polar %s with sunrise %v and sunset %v", row[:4], got.Polar, got.Sunrise, got.Sunset)
		}
		if h := almanac.Altitude(noon.Add(time.Duration(number(row[6])*float64(time.Second))), at); math.Abs(lat) < 60 && math.Abs(h-top) > heightBound {
			t.Errorf("%v: at noon the sun is at %.4f°, want %.4f°", row[:4], h, top)
		}
	}
	if without < 100 {
		t.Errorf("only %d events that do not take place; the table holds more", without)
	}
	t.Logf("%d crossings: heights within %.4f°, times up to %d° of latitude within %.1f s", crossings, worstHeight, timeBoundTo, worstTime)
}

// Days that clocks change on, short nights, polar day and night, and zones far
// from the sun. Values were worked out with the ephemeris that the table comes from.
func TestDays(t *testing.T) {
	newYork, oslo, tromso := geo.PointFromDegrees(40.7128, -74.0060), geo.PointFromDegrees(59.9139, 10.7522), geo.PointFromDegrees(69.6492, 18.9553)
	apia, kashgar := geo.PointFromDegrees(-13.8333, -171.7667), geo.PointFromDegrees(39.4704, 75.9898)
	for _, c := range []struct {
		name, zone, at                            string
		place                                     geo.Point
		first, sunrise, noon, sunset, last, polar string
	}{
		{"day of 23 hours", "America/New_York", "2026-03-08 01:30", newYork, "2026-03-08T06:51:35-04:00", "2026-03-08T07:18:52-04:00", "2026-03-08T13:06:42-04:00", "2026-03-08T18:55:11-04:00", "2026-03-08T19:22:31-04:00", ""},
		{"day of 25 hours, its first 1:30", "America/New_York", "2026-11-01 01:30", newYork, "2026-11-01T05:58:00-05:00", "2026-11-01T06:26:26-05:00", "2026-11-01T11:39:36-05:00", "2026-11-01T16:52:14-05:00", "2026-11-01T17:20:39-05:00", ""},
		{"day of 25 hours, late", "America/New_York", "2026-11-01 23:59", newYork, "2026-11-01T05:58:00-05:00", "2026-11-01T06:26:26-05:00", "2026-11-01T11:39:36-05:00", "2026-11-01T16:52:14-05:00", "2026-11-01T17:20:39-05:00", ""},
		{"day after clocks went forward", "Europe/Oslo", "2026-03-29 00:00", oslo, "2026-03-29T06:09:30+02:00", "2026-03-29T06:51:44+02:00", "2026-03-29T13:21:44+02:00", "2026-03-29T19:53:13+02:00", "2026-03-29T20:35:41+02:00", ""},
		{"last light after midnight", "Europe/Oslo", "2026-06-21 18:00", oslo, "2026-06-21T02:09:30+02:00", "2026-06-21T03:53:43+02:00", "2026-06-21T13:18:48+02:00", "2026-06-21T22:43:53+02:00", "2026-06-22T00:28:05+02:00", ""},
		{"just after that midnight", "Europe/Oslo", "2026-06-22 00:10", oslo, "2026-06-22T02:09:45+02:00", "2026-06-22T03:53:57+02:00", "2026-06-22T13:19:01+02:00", "2026-06-22T22:44:01+02:00", "2026-06-23T00:28:00+02:00", ""},
		{"polar night with twilight", "Europe/Oslo", "2026-12-21 09:00", tromso, "2026-12-21T09:31:12+01:00", "", "2026-12-21T11:42:13+01:00", "", "2026-12-21T13:53:13+01:00", "night"},
		{"midnight sun", "Europe/Oslo", "2026-06-21 00:00", tromso, "", "", "2026-06-21T12:45:59+02:00", "", "", "day"},
		{"sunset after midnight", "Europe/Oslo", "2026-05-17 12:00", tromso, "", "2026-05-17T01:17:19+02:00", "2026-05-17T12:40:34+02:00", "2026-05-18T00:28:45+02:00", "", ""},
		{"sunrise without a sunset", "Europe/Oslo", "2026-05-18 12:00", tromso, "", "2026-05-18T00:51:33+02:00", "2026-05-18T12:40:36+02:00", "", "", ""},
		{"first day of midnight sun", "Europe/Oslo", "2026-05-19 12:00", tromso, "", "", "2026-05-19T12:40:39+02:00", "", "", "day"},
		{"sunset without a sunrise", "Europe/Oslo", "2026-07-25 12:00", tromso, "", "", "2026-07-25T12:50:45+02:00", "2026-07-26T00:37:33+02:00", "", ""},
		{"its sunset is the first of two on 27 July", "Europe/Oslo", "2026-07-26 12:00", tromso, "", "2026-07-26T01:04:47+02:00", "2026-07-26T12:50:45+02:00", "2026-07-27T00:13:23+02:00", "", ""},
		{"and this the second", "Europe/Oslo", "2026-07-27 12:00", tromso, "", "2026-07-27T01:28:59+02:00", "2026-07-27T12:50:44+02:00", "2026-07-27T23:59:11+02:00", "", ""},
		{"day after the one that Samoa left out", "Pacific/Apia", "2011-12-31 03:00", apia, "2011-12-31T06:38:07+14:00", "2011-12-31T07:01:35+14:00", "2011-12-31T13:29:39+14:00", "2011-12-31T19:57:41+14:00", "2011-12-31T20:21:08+14:00", ""},
		{"noon at 15 o'clock", "Asia/Shanghai", "2026-11-24 08:00", kashgar, "2026-11-24T09:20:14+08:00", "2026-11-24T09:49:34+08:00", "2026-11-24T14:42:39+08:00", "2026-11-24T19:35:26+08:00", "2026-11-24T20:04:45+08:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
			if err != nil {
				t.Fatal(err)
			}
			got := almanac.Of(at, c.place)
			if got.Polar != c.polar {
				t.Errorf("polar %q, want %q", got.Polar, c.polar)
			}
			for _, e := range []struct {
				name string
				got  time.Time
				want string
			}{
				{"first light", got.FirstLight, c.first},
				{"sunrise", got.Sunrise, c.sunrise},
				{"noon", got.Noon, c.noon},
				{"sunset", got.Sunset, c.sunset},
				{"last light", got.LastLight, c.last},
			} {
				if e.want == "" {
					if !e.got.IsZero() {
						t.Errorf("%s %v, want none", e.name, e.got)
					}
					continue
				}
				want, err := time.Parse(time.RFC3339, e.want)
				if err != nil {
					t.Fatal(err)
				}
				// Where the sun crosses at a flat angle its height is what must agree.
				flat := e.name != "noon" && math.Abs(almanac.Altitude(e.got, c.place)-almanac.Altitude(want, c.place)) <= heightBound
				if off := e.got.Sub(want).Abs(); off > 10*time.Minute || off > timeBound*time.Second && !flat {
					t.Errorf("%s %v, want %v", e.name, e.got, want.In(zone))
				}
				if e.got.Location() != zone {
					t.Errorf("%s is in %v, want %v", e.name, e.got.Location(), zone)
				}
			}
		})
	}
}

// At the pole the sun rises once a year, which no day must lose: by the ephemeris
// on 18 March 2026 at 12:12, give or take half an hour for a hundredth of a degree.
func TestPole(t *testing.T) {
	for day, polar := range map[int]string{17: "night", 18: "", 19: "day"} {
		got := almanac.Of(time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC), geo.PointFromDegrees(90, 0))
		if got.Polar != polar || got.Sunrise.IsZero() != (polar != "") || !got.Sunset.IsZero() {
			t.Errorf("on %d March: polar %q, sunrise %v, sunset %v", day, got.Polar, got.Sunrise, got.Sunset)
		}
		if want := time.Date(2026, 3, 18, 12, 12, 3, 0, time.UTC); polar == "" && got.Sunrise.Sub(want).Abs() > 36*time.Minute {
			t.Errorf("sunrise at %v, want %v", got.Sunrise, want)
		}
	}
}

// Every rise and every set that sampling finds belongs to one day, next to the
// poles and at them too, and no day has one that is not.
func TestEveryCrossingBelongsToOneDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat := rapid.SampledFrom([]float64{-90, -89.95, -88, -69, -66, -30, 0, 23.44, 59, 65.8, 66.5, 67.2, 69.65, 85, 89.9, 90}).Draw(t, "latitude")
		at := geo.PointFromDegrees(lat, rapid.Float64Range(-180, 180).Draw(t, "longitude"))
		zone := time.FixedZone("", int(math.Round(float64(at.Lon)/geo.E7/15))*3600)
		first := time.Date(rapid.IntRange(1950, 2100).Draw(t, "year"), 1, rapid.IntRange(1, 365).Draw(t, "day"), 12, 0, 0, 0, zone)
		const days = 12
		type event struct {
			at   time.Time
			rise bool
		}
		for _, level := range []float64{horizon, twilight} {
			var events []event
			for i := range days {
				d := almanac.Of(first.AddDate(0, 0, i), at)
				up, down := d.Sunrise, d.Sunset
				if level == twilight {
					up, down = d.FirstLight, d.LastLight
				}
				if !up.IsZero() && !down.IsZero() && up.After(down) {
					t.Fatalf("%v sets at %v before it rises at %v", first, down, up)
				}
				if !up.IsZero() {
					events = append(events, event{up, true})
				}
				if !down.IsZero() {
					events = append(events, event{down, false})
				}
			}
			// Events alternate and come in order.
			for i := 1; i < len(events); i++ {
				if events[i].rise == events[i-1].rise || !events[i].at.After(events[i-1].at) {
					t.Fatalf("%v follows %v", events[i], events[i-1])
				}
			}
			// Between the second and the last but one day, sampling sees the same.
			from, to := first.AddDate(0, 0, 1), first.AddDate(0, 0, days-2)
			up := almanac.Altitude(from, at) >= level
			next := 0
			for next < len(events) && !events[next].at.After(from) {
				next++
			}
			const step = 10 * time.Minute
			for s := from; s.Before(to); s = s.Add(step) {
				end := s.Add(step)
				n := next
				for next < len(events) && !events[next].at.After(end) {
					next++
				}
				now := almanac.Altitude(end, at) >= level
				if near := math.Abs(almanac.Altitude(end, at) - level); near < 0.005 {
					// Events are rounded to seconds, so a sample next to one may be on either side.
					up = (next-n)%2 == 0 == up
					continue
				}
				if (now != up) != ((next-n)%2 == 1) {
					t.Fatalf("between %v and %v: height above %g° %v, then %v, with %d events", s, end, level, up, now, next-n)
				}
				up = now
			}
		}
	})
}

func TestDark(t *testing.T) {
	at := geo.PointFromDegrees(38.9, -75.5)
	day := almanac.Of(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), at)
	for _, c := range []struct {
		at   time.Time
		dark bool
	}{
		{day.FirstLight.Add(-time.Minute), true},
		{day.FirstLight.Add(time.Minute), false},
		{day.Noon, false},
		{day.LastLight.Add(-time.Minute), false},
		{day.LastLight.Add(time.Minute), true},
	} {
		if got := almanac.Dark(c.at, at); got != c.dark {
			t.Errorf("at %v dark is %v", c.at, got)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	at := geo.PointFromDegrees(38.9, -75.5)
	day := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		almanac.Of(day, at)
	}
}

func BenchmarkAltitude(b *testing.B) {
	at := geo.PointFromDegrees(38.9, -75.5)
	day := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		almanac.Altitude(day, at)
	}
}
