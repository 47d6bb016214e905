package gtfs_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests are there on any machine

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/gtfs"
)

// files are the files of a small feed: two trains, a tram that runs every ten
// minutes, and a bus. Its stops lie on a meridian.
func files() map[string]string {
	return map[string]string{
		"agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n" +
			"X,Example,https://example.org,America/New_York\n",
		"stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n" +
			"STA,Alpha,40.0,-76.0,1,\n" +
			"A1,Alpha 1,40.0,-76.0,0,STA\n" +
			"B,\"Bravo, North\",40.1,-76.0,,\n" +
			"C,Charlie,40.3,-76.0,,\n" +
			"D,Delta,40.4,-76.0,,\n" +
			"Z,Never served,41,-77,,\n",
		"routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n" +
			"R,X,,Keystone,2\n" +
			"T,X,7,Seven,0\n" +
			"U,X,99,Bus,3\n",
		"trips.txt": "route_id,service_id,trip_id,trip_headsign,trip_short_name\n" +
			"R,WEEK,day,Delta,601\n" +
			"R,WEEK,night,Alpha,602\n" +
			"T,SUN,tram,Bravo,\n" +
			"U,WEEK,bus,,\n",
		"stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint\n" +
			"day,08:00:00,08:00:00,A1,1,1\n" +
			"day,,,B,2,\n" +
			"day,,,C,3,0\n" +
			"day,08:40:00,08:41:00,D,4,\n" +
			"night,23:50:00,23:50:00,D,10,\n" +
			"night,24:30:00,24:31:00,C,20,0\n" +
			"night,25:10:00,25:10:00,A1,30,\n" +
			"tram,00:00:00,00:00:00,A1,1,\n" +
			"tram,00:12:00,00:12:00,B,2,\n" +
			"bus,09:00:00,09:00:00,B,1,\n" +
			"bus,09:10:00,09:10:00,C,2,\n",
		"calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n" +
			"WEEK,1,1,1,1,1,0,0,20261026,20261127\n",
		"calendar_dates.txt": "service_id,date,exception_type\n" +
			"WEEK,20261126,2\n" + // Thanksgiving
			"WEEK,20261128,1\n" +
			"SUN,20261101,1\n",
		"frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n" +
			"tram,10:00:00,11:00:00,600,\n" +
			"tram,12:00:00,12:01:00,3600,1\n",
	}
}

// failer is what tests of both kinds have.
type failer interface {
	Helper()
	Fatal(args ...any)
}

func pack(tb failer, files map[string]string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func read(tb testing.TB, files map[string]string) *gtfs.Feed {
	tb.Helper()
	f, err := gtfs.Read("test.zip", pack(tb, files))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func hms(s string) time.Duration {
	var h, m, sec int
	if _, err := fmt.Sscanf(s, "%d:%d:%d", &h, &m, &sec); err != nil {
		panic(err) // a slip in the test
	}
	return time.Duration(h*3600+m*60+sec) * time.Second
}

func TestRead(t *testing.T) {
	f := read(t, files())
	if f.Name != "test.zip" || len(f.Hash) != 64 || f.Zone.String() != "America/New_York" {
		t.Errorf("name %q, hash %q, zone %v", f.Name, f.Hash, f.Zone)
	}
	if from, to := f.From.Format(time.RFC3339), f.To.Format(time.RFC3339); from != "2026-10-26T00:00:00-04:00" || to != "2026-11-28T00:00:00-05:00" {
		t.Errorf("service from %s to %s", from, to)
	}
	// The stop that only the bus or nobody serves is left out; Bravo is served by both.
	wantStops := []gtfs.Stop{
		{ID: "A1", Name: "Alpha 1", Point: geo.PointFromDegrees(40, -76), Parent: 4},
		{ID: "B", Name: "Bravo, North", Point: geo.PointFromDegrees(40.1, -76), Parent: -1},
		{ID: "C", Name: "Charlie", Point: geo.PointFromDegrees(40.3, -76), Parent: -1},
		{ID: "D", Name: "Delta", Point: geo.PointFromDegrees(40.4, -76), Parent: -1},
		{ID: "STA", Name: "Alpha", Point: geo.PointFromDegrees(40, -76), Parent: -1},
	}
	if !slices.Equal(f.Stops, wantStops) {
		t.Errorf("stops\n%+v, want\n%+v", f.Stops, wantStops)
	}
	if len(f.Trips) != 3 {
		t.Fatalf("%d trips, want 3 without the bus", len(f.Trips))
	}
	day, night, tram := f.Trips[0], f.Trips[1], f.Trips[2]
	if day.ID != "day" || day.Number != "601" || day.Line != "Keystone" || day.Kind != 2 || day.Headsign != "Delta" {
		t.Errorf("first trip %+v", day)
	}
	if tram.ID != "tram" || tram.Number != "" || tram.Line != "7" || tram.Kind != 0 {
		t.Errorf("tram %+v", tram)
	}
	// Bravo is a quarter and Charlie three quarters of the way, which takes 40
	// minutes.
	wantDay := []gtfs.Call{
		{Stop: 0, Arrive: hms("8:00:00"), Depart: hms("8:00:00")},
		{Stop: 1, Arrive: hms("8:10:00"), Depart: hms("8:10:00"), Estimated: true},
		{Stop: 2, Arrive: hms("8:30:00"), Depart: hms("8:30:00"), Estimated: true},
		{Stop: 3, Arrive: hms("8:40:00"), Depart: hms("8:41:00")},
	}
	for i := range wantDay {
		// A degree of latitude is not equally long everywhere: a second is allowed.
		a, b := day.Calls[i], wantDay[i]
		if (a.Arrive-b.Arrive).Abs() > time.Second || (a.Depart-b.Depart).Abs() > time.Second || a.Stop != b.Stop || a.Estimated != b.Estimated {
			t.Errorf("call %d: %+v, want %+v", i, a, b)
		}
	}
	wantNight := []gtfs.Call{
		{Stop: 3, Arrive: hms("23:50:00"), Depart: hms("23:50:00")},
		{Stop: 2, Arrive: hms("24:30:00"), Depart: hms("24:31:00"), Estimated: true},
		{Stop: 0, Arrive: hms("25:10:00"), Depart: hms("25:10:00")},
	}
	if !slices.Equal(night.Calls, wantNight) {
		t.Errorf("night train %+v, want %+v", night.Calls, wantNight)
	}
}

func TestFormsOfFiles(t *testing.T) {
	want := fmt.Sprint(read(t, files()).Trips, read(t, files()).Stops)
	for name, change := range map[string]func(string) string{
		"byte order mark":    func(s string) string { return "\ufeff" + s },
		"CRLF":               func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"no line end at end": func(s string) string { return strings.TrimSuffix(s, "\n") },
		"blank lines":        func(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") + "\r\n\r\n" },
		"blanks round values": func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, ",", " , "), "Bravo ,  North", "Bravo, North")
		},
		"a column nobody reads": func(s string) string {
			lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
			for i := range lines {
				lines[i] = "\"x \"\"y\"\",\n z\"," + lines[i]
			}
			return strings.Join(lines, "\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed := files()
			for k, v := range changed {
				changed[k] = change(v)
			}
			f := read(t, changed)
			if got := fmt.Sprint(f.Trips, f.Stops); got != want {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
		})
	}
	t.Run("other files", func(t *testing.T) {
		more := files()
		more["shapes.txt"], more["fare_rules.txt"], more["extra/agency.txt"] = "no, table", "\"", "no header"
		f := read(t, more)
		if got := fmt.Sprint(f.Trips, f.Stops); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	})
	t.Run("no calendar.txt", func(t *testing.T) {
		less := files()
		delete(less, "calendar.txt")
		f := read(t, less)
		if len(f.Trips) != 3 || f.From.Format(time.DateOnly) != "2026-11-01" {
			t.Errorf("%d trips from %v", len(f.Trips), f.From)
		}
	})
	t.Run("no train", func(t *testing.T) {
		buses := files()
		buses["routes.txt"] = "route_id,route_type\nR,3\nT,11\nU,700\n"
		f := read(t, buses)
		if len(f.Trips) != 0 || len(f.Stops) != 0 || !f.From.IsZero() || f.Between(time.Unix(0, 0), time.Unix(1<<33, 0)) != nil {
			t.Errorf("%d trips, %d stops, from %v", len(f.Trips), len(f.Stops), f.From)
		}
	})
}

func TestInvalid(t *testing.T) {
	replace := func(file, from, to string) func(map[string]string) {
		return func(m map[string]string) {
			if !strings.Contains(m[file], from) {
				panic(file + " has no " + from) // a slip in the test
			}
			m[file] = strings.Replace(m[file], from, to, 1)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(map[string]string)
		want  string // file:line: beginning of the cause
	}{
		{"file missing", func(m map[string]string) { delete(m, "stops.txt") }, "stops.txt: is missing;"},
		{"files in a folder", func(m map[string]string) {
			for _, k := range slices.Collect(maps.Keys(m)) {
				m["feed/"+k] = m[k]
				delete(m, k)
			}
		}, `agency.txt: is missing; the files lie in folder "feed"`},
		{"no calendar at all", func(m map[string]string) { delete(m, "calendar.txt"); delete(m, "calendar_dates.txt") }, "calendar.txt: is missing, and so is calendar_dates.txt"},
		{"file empty", func(m map[string]string) { m["trips.txt"] = "" }, "trips.txt:1: empty"},
		{"column missing", replace("stop_times.txt", "stop_sequence", "sequence"), "stop_times.txt:1: no column stop_sequence"},
		{"column twice", replace("trips.txt", "trip_headsign", "trip_id"), "trips.txt:1: column trip_id stands twice"},
		{"no agency", func(m map[string]string) { m["agency.txt"] = "agency_timezone\n" }, "agency.txt: no agency"},
		{"zone", replace("agency.txt", "America/New_York", "America/Harrisburg"), `agency.txt:2: time zone "America/Harrisburg" is not known`},
		{"no zone", replace("agency.txt", "America/New_York", ""), "agency.txt:2: no agency_timezone"},
		{"zone of the machine", replace("agency.txt", "America/New_York", "Local"), `agency.txt:2: time zone "Local"`},
		{"two zones", func(m map[string]string) { m["agency.txt"] += "Y,Other,,Europe/Paris\n" }, `agency.txt:3: time zone "Europe/Paris", but "America/New_York" before`},
		{"quote open", replace("stops.txt", `North"`, `North`), "stops.txt:4: a quote is not closed"},
		{"quote inside", replace("stops.txt", "Charlie", `Char"lie`), "stops.txt:5: a quote inside a value"},
		{"text after quote", replace("stops.txt", `North"`, `North"x`), "stops.txt:4: text after a closing quote"},
		{"bare carriage return", replace("stops.txt", "Charlie", "Char\rlie"), "stops.txt:5: a carriage return without a line feed"},
		{"comma not quoted", replace("stops.txt", "Charlie", "Charlie, South"), "stops.txt:5: more values than the header has columns (6)"},
		{"not UTF-8", replace("stops.txt", "Charlie", "Charl\xff"), "stops.txt:5: stop_name is not UTF-8"},
		{"endless row", func(m map[string]string) { m["stops.txt"] += "E,\"" + strings.Repeat("\n", 1<<21) }, "stops.txt:8: longer than 1048576 bytes"},
		{"latitude", replace("stops.txt", "40.3", "400.3"), `stops.txt:5: stop_lat is "400.3"`},
		{"longitude no number", replace("stops.txt", "C,Charlie,40.3,-76.0", "C,Charlie,40.3,NaN"), `stops.txt:5: stop_lon is "NaN"`},
		{"no position", replace("stops.txt", "40.3,-76.0", ","), `stop_times.txt:4: stop_id "C" has no position in stops.txt:5`},
		{"stop twice", replace("stops.txt", "C,Charlie", "B,Charlie"), `stops.txt:5: stop_id "B" stands twice`},
		{"parent", replace("stops.txt", "0,STA", "0,STB"), `stops.txt:3: parent_station "STB" is not in stops.txt`},
		{"parents in a circle", replace("stops.txt", "1,\n", "1,A1\n"), "stops.txt:2: parent_station goes on"},
		{"route twice", replace("routes.txt", "T,X", "R,X"), `routes.txt:3: route_id "R" stands twice`},
		{"route type", replace("routes.txt", "Keystone,2", "Keystone,two"), `routes.txt:2: route_type is "two"`},
		{"trip twice", replace("trips.txt", "night", "day"), `trips.txt:3: trip_id "day" stands twice`},
		{"trip's route", replace("trips.txt", "R,WEEK,night", "Q,WEEK,night"), `trips.txt:3: route_id "Q" is not in routes.txt`},
		{"trip's service", replace("trips.txt", "R,WEEK,night", "R,WEAK,night"), `trips.txt:3: service_id "WEAK" is not in calendar.txt or calendar_dates.txt`},
		{"no service", replace("trips.txt", "R,WEEK,night", "R,,night"), "trips.txt:3: no service_id"},
		{"call's trip", replace("stop_times.txt", "bus,09:10", "bux,09:10"), `stop_times.txt:12: trip_id "bux" is not in trips.txt`},
		{"call's stop", replace("stop_times.txt", ",C,3", ",E,3"), `stop_times.txt:4: stop_id "E" is not in stops.txt`},
		{"time", replace("stop_times.txt", "08:40:00", "08:60:00"), `stop_times.txt:5: arrival_time is "08:60:00"`},
		{"time without seconds", replace("stop_times.txt", "08:41:00", "08:41"), `stop_times.txt:5: departure_time is "08:41"`},
		{"departs before it arrives", replace("stop_times.txt", "08:41:00", "08:39:59"), "stop_times.txt:5: departure_time is before arrival_time"},
		{"back in time", replace("stop_times.txt", "24:30:00,24:31:00", "00:30:00,00:31:00"), `stop_times.txt:7: trip_id "night": arrives before it departs from the call on line 6`},
		{"no time at the end", replace("stop_times.txt", "08:40:00,08:41:00", ","), `stop_times.txt:5: trip_id "day": no time at the first or last call`},
		{"no time at the start", replace("stop_times.txt", "08:00:00,08:00:00", ","), `stop_times.txt:2: trip_id "day": no time at the first or last call`},
		{"sequence twice", replace("stop_times.txt", ",C,3", ",C,2"), `stop_times.txt:4: trip_id "day": stop_sequence 2 stands twice, first on line 3`},
		{"sequence", replace("stop_times.txt", ",C,3", ",C,-3"), `stop_times.txt:4: stop_sequence is "-3"`},
		{"timepoint", replace("stop_times.txt", "A1,1,1", "A1,1,2"), `stop_times.txt:2: timepoint is "2"`},
		{"weekday", replace("calendar.txt", "WEEK,1,1", "WEEK,1,yes"), `calendar.txt:2: tuesday is "yes"`},
		{"date", replace("calendar.txt", "20261127", "20261131"), `calendar.txt:2: end_date is "20261131"`},
		{"ends before it starts", replace("calendar.txt", "20261127", "20261025"), "calendar.txt:2: end_date is before start_date"},
		{"service twice", func(m map[string]string) { m["calendar.txt"] += "WEEK,0,0,0,0,0,0,0,20261026,20261127\n" }, `calendar.txt:3: service_id "WEEK" stands twice`},
		{"exception", replace("calendar_dates.txt", "20261126,2", "20261126,3"), `calendar_dates.txt:2: exception_type is "3"`},
		{"date twice", replace("calendar_dates.txt", "20261128,1", "20261126,1"), `calendar_dates.txt:3: service_id "WEEK" has that date twice`},
		{"headway", replace("frequencies.txt", ",600,", ",0,"), `frequencies.txt:2: headway_secs is "0"`},
		{"frequency's trip", replace("frequencies.txt", "tram,12", "train,12"), `frequencies.txt:3: trip_id "train" is not in trips.txt`},
		{"frequency ends before it starts", replace("frequencies.txt", "10:00:00,11:00:00", "10:00:00,10:00:00"), "frequencies.txt:2: no time from start_time to end_time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := files()
			c.spoil(m)
			_, err := gtfs.Read("test.zip", pack(t, m))
			var e *gtfs.Error
			if !errors.As(err, &e) || e.Cause == "" || e.Remedy == "" || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want an error that begins with %s", err, c.want)
			}
		})
	}
	for name, src := range map[string][]byte{"nothing": nil, "no zip": []byte("PK but no zip"), "cut": pack(t, files())[:400]} {
		if _, err := gtfs.Read("x", src); err == nil || !strings.HasPrefix(err.Error(), "not a zip file") {
			t.Errorf("%s: %v, want no zip file", name, err)
		}
	}
	damaged := pack(t, files())
	damaged[60] ^= 0xff // in the data of agency.txt
	if _, err := gtfs.Read("x", damaged); err == nil || !strings.HasPrefix(err.Error(), "agency.txt") {
		t.Errorf("damaged file: %v", err)
	}
	var twice bytes.Buffer
	w := zip.NewWriter(&twice)
	for range 2 {
		if _, err := w.Create("agency.txt"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := gtfs.Read("x", twice.Bytes()); err == nil || err.Error() != "agency.txt: stands twice in the feed; get the feed anew" {
		t.Errorf("file twice: %v", err)
	}
}

func TestRail(t *testing.T) {
	for kind, want := range map[int]bool{
		0: true, 1: true, 2: true, 3: false, 4: false, 5: true, 6: false, 7: true, 11: false, 12: true,
		99: false, 100: true, 109: true, 117: true, 118: false, 200: false, 400: true, 405: true, 406: false,
		700: false, 800: false, 900: true, 906: true, 907: false, 1300: false, 1400: true, -1: false,
	} {
		if gtfs.Rail(kind) != want {
			t.Errorf("route_type %d on rails: %v", kind, !want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	m := files()
	var trips, times strings.Builder
	trips.WriteString("route_id,service_id,trip_id\n")
	times.WriteString("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
	for i := range 10_000 {
		fmt.Fprintf(&trips, "R,WEEK,%d\n", i)
		for k, stop := range []string{"A1", "B", "C", "D", "C", "B", "A1", "B", "C", "D"} {
			fmt.Fprintf(&times, "%d,%02d:%02d:00,%02d:%02d:30,%s,%d\n", i, i%24, k*5, i%24, k*5, stop, k)
		}
	}
	m["trips.txt"], m["stop_times.txt"] = trips.String(), times.String()
	delete(m, "frequencies.txt")
	src := pack(b, m)
	b.SetBytes(int64(times.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gtfs.Read("bench.zip", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	f := read(b, files())
	from := time.Date(2026, 11, 24, 8, 0, 0, 0, f.Zone)
	for b.Loop() {
		if len(f.Between(from, from.Add(time.Hour))) == 0 {
			b.Fatal("no runs")
		}
	}
}
