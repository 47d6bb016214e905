package rail_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/gtfs"
)

// A made trip calls at stops: "A 09:00:00 09:01:00", arrival and departure.
type trip struct {
	id    string
	route string
	calls []string
}

func timetable(tb testing.TB, s *site, from, to string, trips ...trip) *gtfs.Feed {
	tb.Helper()
	var stops, table, runs strings.Builder
	for _, name := range []string{"A", "M", "B"} {
		lat, lon := s.point(name).Degrees()
		fmt.Fprintf(&stops, "%s,%s,%.7f,%.7f\n", name, name, lat, lon)
	}
	lat, lon := made(3000, 9000).Degrees()
	fmt.Fprintf(&stops, "F,Fern,%.7f,%.7f\n", lat, lon)
	for _, t := range trips {
		fmt.Fprintf(&runs, "%s,daily,%s,%s\n", t.route, t.id, t.id)
		for i, c := range t.calls {
			f := strings.Fields(c)
			fmt.Fprintf(&table, "%s,%s,%s,%s,%d\n", t.id, f[1], f[len(f)-1], f[0], i+1)
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"agency.txt":     "agency_id,agency_name,agency_url,agency_timezone\nx,Made,https://example.org,UTC\n",
		"stops.txt":      "stop_id,stop_name,stop_lat,stop_lon\n" + stops.String(),
		"routes.txt":     "route_id,agency_id,route_short_name,route_long_name,route_type\nR,x,R1,Western,2\nBUS,x,B1,Bus,3\n",
		"trips.txt":      "route_id,service_id,trip_id,trip_short_name\n" + runs.String(),
		"stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + table.String(),
		"calendar.txt":   "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\ndaily,1,1,1,1,1,1,1," + from + "," + to + "\n",
	} {
		w, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	f, err := gtfs.Read("made.zip", b.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// The train leaves A at 09:00:00, is at M (km 6) at 09:05:00 and at B (km 20) at
// 09:16:40; the first 16 km are single track.
func TestConflictsWithTheTimetable(t *testing.T) {
	s := lineSite(t)
	m := s.build()
	for _, c := range []struct {
		name string
		trip trip
		want string // kind and where; empty: none
		says string
	}{
		{"opposite on single track", trip{"1", "R", []string{"B 08:55:00", "M 09:10:00", "A 09:20:00"}}, "opposite B – M", "of single track"},
		{"opposite, met on double track", trip{"2", "R", []string{"B 09:14:00", "M 09:40:00", "A 09:50:00"}}, "", ""},
		{"opposite, gone before", trip{"3", "R", []string{"M 08:40:00", "A 08:50:00"}}, "", ""},
		{"ahead all the way", trip{"4", "R", []string{"A 08:57:00", "M 09:02:00", "B 09:13:40"}}, "ahead A – B", "3 min ahead"},
		{"ahead and slower", trip{"5", "R", []string{"A 08:50:00", "M 09:20:00"}}, "ahead A – M", "would be overtaken"},
		{"behind", trip{"6", "R", []string{"A 09:04:00", "M 09:09:00"}}, "behind A – M", "4 min behind"},
		{"behind, a quarter of an hour", trip{"7", "R", []string{"A 09:15:00", "M 09:20:00", "B 09:35:00"}}, "", ""},
		{"at the same platform", trip{"8", "R", []string{"F 08:30:00", "B 09:10:00 09:30:00"}}, "same platform B", "does not say at which platform"},
		{"at the platform, gone before", trip{"9", "R", []string{"F 08:30:00", "B 09:10:00 09:16:00"}}, "", ""},
		{"a bus", trip{"10", "BUS", []string{"B 08:55:00", "M 09:10:00", "A 09:20:00"}}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := s.leg(m, "A", "B")
			in.Leg.Train.Alight = 5 * time.Minute
			in.Timetable = timetable(t, s, "20260501", "20260630", c.trip)
			got := mustMake(t, in).Rail.Conflicts
			if c.want == "" {
				if len(got) > 0 {
					t.Errorf("conflicts %+v, want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Kind+" "+got[0].Between != c.want || !strings.Contains(got[0].Detail, c.says) || got[0].Trip != c.trip.id || got[0].Line != "R1" {
				t.Errorf("conflicts %+v, want %q that says %q", got, c.want, c.says)
			}
			for _, x := range got {
				if x.To.Before(x.From) || x.FromM > x.ToM {
					t.Errorf("conflict from %v to %v, %.0f m to %.0f m", x.From, x.To, x.FromM, x.ToM)
				}
			}
		})
	}
}

// Where both are on single track is what the steady speeds of both say.
func TestWhenTrainsMeet(t *testing.T) {
	s := lineSite(t)
	in := s.leg(s.build(), "A", "B")
	in.Timetable = timetable(t, s, "20260501", "20260630", trip{"1", "R", []string{"B 08:55:00", "M 09:10:00", "A 09:20:00"}})
	c := mustMake(t, in).Rail.Conflicts[0]
	// From M to the end of single track at km 16; the train is there from 09:05:00,
	// the other leaves that stretch at M at 09:10:00.
	near(t, "the conflict begins", c.From.Sub(depart).Seconds(), 300, 2)
	near(t, "the conflict ends", c.To.Sub(depart).Seconds(), 600, 1)
	near(t, "its first metre", c.FromM, 6000, 10)
	near(t, "its last metre", c.ToM, 16000, 30)
}

func TestTimetableOfAnotherTime(t *testing.T) {
	s := lineSite(t)
	m := s.build()
	warnings := func(f *gtfs.Feed) string {
		in := s.leg(m, "A", "B")
		in.Timetable = f
		r := mustMake(t, in)
		if len(r.Rail.Conflicts) > 0 {
			t.Errorf("conflicts %+v", r.Rail.Conflicts)
		}
		return strings.Join(r.Warnings, "\n")
	}
	all := trip{"1", "R", []string{"B 08:55:00", "M 09:10:00", "A 09:20:00"}}
	if got := warnings(timetable(t, s, "20260101", "20260531", all)); !strings.Contains(got, "holds from 2026-01-01 to 2026-05-31 and not on the day") {
		t.Errorf("warnings %q", got)
	}
	if got := warnings(timetable(t, s, "20260601", "20260601", trip{"1", "R", []string{"F 08:55:00", "F 09:10:00"}})); !strings.Contains(got, "no train with stops on this path") {
		t.Errorf("warnings %q", got)
	}
	if got := warnings(nil); !strings.Contains(got, "no timetable was given") {
		t.Errorf("warnings %q", got)
	}
}

// A stop may be told by name where it lies off the track.
func TestStopsByName(t *testing.T) {
	s := lineSite(t)
	in := s.leg(s.build(), "A", "B")
	f := timetable(t, s, "20260501", "20260630", trip{"6", "R", []string{"A 09:04:00", "M 09:09:00"}})
	for i := range f.Stops {
		if f.Stops[i].ID == "M" {
			f.Stops[i].Name, f.Stops[i].Point = "MITTEL, Station", made(6000, 500)
		}
	}
	in.Timetable = f
	got := mustMake(t, in).Rail.Conflicts
	if len(got) != 1 || got[0].Kind != "behind" {
		t.Errorf("conflicts %+v", got)
	}
}
