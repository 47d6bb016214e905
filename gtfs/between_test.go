package gtfs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/gtfs"
	"pgregory.net/rapid"
)

// show writes runs as trip, first departure, last arrival.
func show(f *gtfs.Feed, runs []gtfs.Run) []string {
	var out []string
	for _, r := range runs {
		_, from := r.At(0)
		to, _ := r.At(len(r.Trip.Calls) - 1)
		s := fmt.Sprintf("%s %s %s", r.Trip.ID, from.In(f.Zone).Format("02T15:04:05-07"), to.In(f.Zone).Format("02T15:04:05-07"))
		if r.Estimated {
			s += " estimated"
		}
		out = append(out, s)
	}
	return out
}

func TestBetween(t *testing.T) {
	f := read(t, files())
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"a working day", "2026-11-24 08:10", "2026-11-24 08:20", []string{"day 24T08:00:00-05 24T08:40:00-05"}},
		{"touched at its first departure", "2026-11-24 07:00", "2026-11-24 08:00", []string{"day 24T08:00:00-05 24T08:40:00-05"}},
		{"touched at its last arrival", "2026-11-24 08:40", "2026-11-24 09:00", []string{"day 24T08:00:00-05 24T08:40:00-05"}},
		{"after it", "2026-11-24 08:41", "2026-11-24 09:00", nil},
		{"after midnight, of the day before", "2026-11-25 00:30", "2026-11-25 00:30", []string{"night 24T23:50:00-05 25T01:10:00-05"}},
		{"holiday", "2026-11-26 02:00", "2026-11-26 23:59", nil},
		{"night before the holiday", "2026-11-26 01:00", "2026-11-26 23:59", []string{"night 25T23:50:00-05 26T01:10:00-05"}},
		{"a Saturday besides", "2026-11-28 02:00", "2026-11-28 23:59", []string{"day 28T08:00:00-05 28T08:40:00-05", "night 28T23:50:00-05 29T01:10:00-05"}},
		{"after the last day of service", "2026-11-29 02:00", "2026-12-31 00:00", nil},
		{"before the first", "2026-01-01 00:00", "2026-10-25 23:59", nil},
		{"a tram every ten minutes", "2026-11-01 10:15", "2026-11-01 10:25", []string{
			"tram 01T10:10:00-05 01T10:22:00-05 estimated", "tram 01T10:20:00-05 01T10:32:00-05 estimated",
		}},
		{"touched at its last arrival and under way", "2026-11-01 10:12", "2026-11-01 10:12", []string{
			"tram 01T10:00:00-05 01T10:12:00-05 estimated", "tram 01T10:10:00-05 01T10:22:00-05 estimated",
		}},
		{"its last and the exact one", "2026-11-01 11:00", "2026-11-01 12:30", []string{
			"tram 01T10:50:00-05 01T11:02:00-05 estimated", "tram 01T12:00:00-05 01T12:12:00-05",
		}},
		{"backwards", "2026-11-24 09:00", "2026-11-24 08:00", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := func(s string) time.Time {
				v, err := time.ParseInLocation("2006-01-02 15:04", s, f.Zone)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			if got := show(f, f.Between(at(c.from), at(c.to))); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Times are counted from noon minus 12 hours. On the day of 25 hours that is 1 in
// the morning by the clock of before, so a train at 00:30:00 runs at 01:30 of summer
// time; from the change on, times are the clock's.
func TestServiceDaysWhenClocksChange(t *testing.T) {
	m := files()
	m["calendar.txt"] = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nWEEK,0,0,0,0,0,0,1,20260301,20261201\n"
	m["calendar_dates.txt"] = "service_id,date,exception_type\nSUN,20260101,1\n"
	m["stop_times.txt"] = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" +
		"day,00:30:00,00:30:00,A1,1\nday,06:00:00,06:00:00,D,2\n"
	f := read(t, m)
	for day, want := range map[string]string{
		"2026-03-01": "day 01T00:30:00-05 01T06:00:00-05",
		"2026-03-08": "day 07T23:30:00-05 08T06:00:00-04", // 23 hours
		"2026-11-01": "day 01T01:30:00-04 01T06:00:00-05", // 25 hours
	} {
		noon, err := time.ParseInLocation("2006-01-02 15:04", day+" 05:00", f.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(f, f.Between(noon, noon)); !slices.Equal(got, []string{want}) {
			t.Errorf("on %s %q, want %q", day, got, want)
		}
	}
	// The service day of 8 March begins before its calendar day does.
	evening := time.Date(2026, 3, 7, 23, 45, 0, 0, f.Zone)
	if got := show(f, f.Between(evening, evening)); !slices.Equal(got, []string{"day 07T23:30:00-05 08T06:00:00-04"}) {
		t.Errorf("on the evening before the clocks go forward %q", got)
	}
}

// Feeds drawn at random against an oracle that goes through calendar days and rows
// as the reference of the specification describes them, and knows no index.
func TestBetweenAgainstOracle(t *testing.T) {
	names := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	rapid.Check(t, func(t *rapid.T) {
		zoneName := rapid.SampledFrom([]string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"}).Draw(t, "zone")
		zone, err := time.LoadLocation(zoneName)
		if err != nil {
			t.Fatal(err)
		}
		// Around a change of clocks in each zone but one that has none.
		start := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 26, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC), time.Date(2018, 11, 1, 0, 0, 0, 0, time.UTC),
		}).Draw(t, "start")
		date := func(i int) string { return start.AddDate(0, 0, i).Format("20060102") }

		type serviceRow struct {
			calendar bool
			days     [7]bool // from Monday
			from, to int
			dates    map[int]int
		}
		services := make([]serviceRow, rapid.IntRange(1, 3).Draw(t, "services"))
		var calendar, dates strings.Builder
		calendar.WriteString("service_id," + strings.Join(names, ",") + ",start_date,end_date\n")
		dates.WriteString("service_id,date,exception_type\n")
		for i := range services {
			s := &services[i]
			s.calendar = rapid.Bool().Draw(t, "in calendar")
			s.from = rapid.IntRange(0, 4).Draw(t, "from")
			s.to = s.from + rapid.IntRange(0, 6).Draw(t, "days")
			if s.calendar {
				fmt.Fprintf(&calendar, "S%d", i)
				for d := range 7 {
					s.days[d] = rapid.Bool().Draw(t, "runs")
					fmt.Fprintf(&calendar, ",%d", map[bool]int{true: 1}[s.days[d]])
				}
				fmt.Fprintf(&calendar, ",%s,%s\n", date(s.from), date(s.to))
			}
			s.dates = make(map[int]int)
			for range rapid.IntRange(0, 4).Draw(t, "exceptions") {
				s.dates[rapid.IntRange(-2, 12).Draw(t, "date")] = rapid.IntRange(1, 2).Draw(t, "exception")
			}
			if !s.calendar && len(s.dates) == 0 {
				s.dates[0] = 1
			}
			for d, kind := range s.dates {
				fmt.Fprintf(&dates, "S%d,%s,%d\n", i, date(d), kind)
			}
		}

		type tripRow struct {
			service, kind int
			first, last   int // seconds
			every         [][3]int
		}
		trips := make([]tripRow, rapid.IntRange(1, 6).Draw(t, "trips"))
		var tripsTxt, times, routes, frequencies strings.Builder
		tripsTxt.WriteString("trip_id,route_id,service_id\n")
		times.WriteString("stop_sequence,trip_id,stop_id,departure_time,arrival_time\n")
		routes.WriteString("route_type,route_id\n")
		frequencies.WriteString("trip_id,start_time,end_time,headway_secs\n")
		clock := func(s int) string { return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60) }
		for i := range trips {
			x := &trips[i]
			x.service, x.kind = rapid.IntRange(0, len(services)-1).Draw(t, "service"), rapid.SampledFrom([]int{2, 0, 109, 3}).Draw(t, "kind")
			x.first = rapid.IntRange(0, 30*3600).Draw(t, "departs")
			x.last = x.first + rapid.IntRange(0, 40*3600).Draw(t, "takes")
			fmt.Fprintf(&routes, "%d,R%d\n", x.kind, i)
			fmt.Fprintf(&tripsTxt, "T%d,R%d,S%d\n", i, i, x.service)
			fmt.Fprintf(&times, "9,T%d,B,%s,%s\n3,T%d,A1,%s,%s\n", i, clock(x.last), clock(x.last), i, clock(x.first), clock(x.first))
			for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "frequencies") {
				from := rapid.IntRange(0, 26*3600).Draw(t, "every from")
				f := [3]int{from, from + rapid.IntRange(1, 6*3600).Draw(t, "every to"), rapid.IntRange(600, 7200).Draw(t, "headway")}
				x.every = append(x.every, f)
				fmt.Fprintf(&frequencies, "T%d,%s,%s,%d\n", i, clock(f[0]), clock(f[1]), f[2])
			}
		}
		m := files()
		m["agency.txt"] = "agency_timezone\n" + zoneName + "\n"
		m["calendar.txt"], m["calendar_dates.txt"] = calendar.String(), dates.String()
		m["routes.txt"], m["trips.txt"], m["stop_times.txt"], m["frequencies.txt"] = routes.String(), tripsTxt.String(), times.String(), frequencies.String()
		feed, err := gtfs.Read("drawn.zip", pack(t, m))
		if err != nil {
			t.Fatal(err)
		}

		from := start.Add(time.Duration(rapid.IntRange(-96*60, 400*60).Draw(t, "window from")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "window")) * time.Minute)
		type run struct {
			trip     int
			from, to int64
		}
		var want []run
		for d := -10; d <= 30; d++ {
			civil := start.AddDate(0, 0, d)
			noon := time.Date(civil.Year(), civil.Month(), civil.Day(), 12, 0, 0, 0, zone).Unix()
			for i, x := range trips {
				s := services[x.service]
				runs := s.calendar && s.from <= d && d <= s.to && s.days[(int(civil.Weekday())+6)%7]
				switch s.dates[d] {
				case 1:
					runs = true
				case 2:
					runs = false
				}
				if !runs || x.kind == 3 {
					continue
				}
				starts := []int{x.first}
				if len(x.every) > 0 {
					starts = nil
				}
				for _, f := range x.every {
					for at := f[0]; at < f[1]; at += f[2] {
						starts = append(starts, at)
					}
				}
				for _, at := range starts {
					a := noon - 12*3600 + int64(at)
					b := a + int64(x.last-x.first)
					if a <= to.Unix() && b >= from.Unix() {
						want = append(want, run{i, a, b})
					}
				}
			}
		}
		var got []run
		var before time.Time
		for _, r := range feed.Between(from, to) {
			var i int
			if _, err := fmt.Sscanf(r.Trip.ID, "T%d", &i); err != nil {
				t.Fatal(err)
			}
			_, a := r.At(0)
			b, _ := r.At(1)
			if a.Before(before) {
				t.Fatalf("%v comes after %v", a, before)
			}
			before = a
			got = append(got, run{i, a.Unix(), b.Unix()})
		}
		order := func(a, b run) int {
			return strings.Compare(fmt.Sprint(a.from, a.trip, a.to), fmt.Sprint(b.from, b.trip, b.to))
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Fatalf("between %v and %v\ngot  %v\nwant %v", from.In(zone), to.In(zone), got, want)
		}
	})
}
