package gtfs

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests are there on any machine

	"github.com/outrider-project/outrider/internal/testdata"
)

// smallLimits keep what a fuzzed feed may unpack to small, so that its memory can
// be bounded whatever the ratio of packing.
func smallLimits() *limits { return &limits{bytes: 1 << 18, rows: 20_000, calls: 5_000} }

// fixed is what reading may allocate besides a multiple of its input: what 256 kB
// unpacked become in maps and slices, the buffers of eight files, a row of 1 MB.
const fixed = 48 << 20

func seedFiles() [7]string {
	return [7]string{
		"agency_timezone\nEurope/Berlin\n",
		"stop_id,stop_name,stop_lat,stop_lon,parent_station\nS,Station,52,13,\nA,\"A, 1\",52,13,S\nB,B,52.1,13,\nC,C,52.2,13,\n",
		"route_id,route_short_name,route_long_name,route_type\nR,1,One,2\nB,2,Bus,3\n",
		"route_id,service_id,trip_id,trip_short_name,trip_headsign\nR,W,T,100,B\nB,W,U,,\n",
		"trip_id,stop_id,stop_sequence,arrival_time,departure_time,timepoint\nT,A,1,23:50:00,23:55:00,1\nT,C,2,,,0\nT,B,3,25:00:00,25:00:00,\nU,A,1,1:00:00,1:00:00,\n",
		"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nW,1,1,1,1,1,0,0,20260101,20261231\n",
		"service_id,date,exception_type\nW,20260404,1\nW,20260402,2\n",
	}
}

func packed(tb testing.TB, texts [7]string, method uint16) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i, name := range []string{agencyFile, stopsFile, routesFile, tripsFile, stopTimesFile, calendarFile, calendarDatesFile} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write([]byte(texts[i])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// check reads a feed and holds what it gives to what the types promise.
func check(t *testing.T, src []byte) {
	var f *Feed
	var err error
	testdata.BoundMemory(t, len(src), fixed, func() { f, err = read("fuzz.zip", src, smallLimits()) })
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Cause == "" || e.Remedy == "" {
			t.Fatalf("%v is no error of a feed, or names no cause or remedy", err)
		}
		return
	}
	if f.Zone == nil {
		t.Fatal("no zone")
	}
	for i, s := range f.Stops {
		if s.Parent < -1 || s.Parent >= len(f.Stops) || s.Parent == i {
			t.Fatalf("stop %q has parent %d of %d", s.ID, s.Parent, len(f.Stops))
		}
		if lat, lon := s.Point.Degrees(); lat < -90 || lat > 90 || lon < -180 || lon > 180 {
			t.Fatalf("stop %q lies at %g, %g", s.ID, lat, lon)
		}
	}
	for _, trip := range f.Trips {
		if len(trip.Calls) < 2 || !Rail(trip.Kind) {
			t.Fatalf("trip %q of kind %d has %d calls", trip.ID, trip.Kind, len(trip.Calls))
		}
		var before time.Duration
		for _, c := range trip.Calls {
			if c.Arrive < before || c.Depart < c.Arrive || c.Stop < 0 || c.Stop >= len(f.Stops) {
				t.Fatalf("trip %q has calls %+v", trip.ID, trip.Calls)
			}
			before = c.Depart
		}
	}
	if f.From.IsZero() {
		return
	}
	for _, day := range []time.Time{f.From, f.To} {
		from, to := day, day.Add(36*time.Hour)
		runs := f.Between(from, to)
		for _, r := range runs {
			_, departs := r.At(0)
			arrives, _ := r.At(len(r.Trip.Calls) - 1)
			if departs.After(to) || arrives.Before(from) {
				t.Fatalf("run of %q from %v to %v is not between %v and %v", r.Trip.ID, departs, arrives, from, to)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(packed(f, seedFiles(), zip.Store))
	f.Add(packed(f, seedFiles(), zip.Deflate))
	f.Add(packed(f, seedFiles(), zip.Deflate)[:500])
	f.Fuzz(func(t *testing.T, src []byte) { check(t, src) })
}

func FuzzTables(f *testing.F) {
	s := seedFiles()
	f.Add(s[0], s[1], s[2], s[3], s[4], s[5], s[6])
	f.Add("\ufeff"+s[0], s[1], s[2], s[3], "trip_id,stop_id,stop_sequence\r\nT,A,1\r\n", s[5], "")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h string) {
		check(t, packed(t, [7]string{a, b, c, d, e, g, h}, zip.Store))
	})
}

// A small file that unpacks to a great one ends with an error and not with the
// memory of the machine.
func TestBombs(t *testing.T) {
	seeds := seedFiles()
	for name, bomb := range map[string]struct {
		file int
		text []byte
	}{
		"bytes nobody reads": {1, append([]byte("stop_id,stop_desc\nA,\""), bytes.Repeat([]byte("\n"), 1<<19)...)},
		"blank lines":        {1, append([]byte(seeds[1]), bytes.Repeat([]byte("\n"), 1<<19)...)},
		"calls":              {4, append([]byte(seeds[4]), bytes.Repeat([]byte("T,A,1,,,\n"), 6_000)...)},
		"rows":               {4, append([]byte(seeds[4]), bytes.Repeat([]byte("U,,\n"), 30_000)...)},
		"columns":            {0, bytes.Repeat([]byte(","), 1<<17)},
	} {
		t.Run(name, func(t *testing.T) {
			texts := seeds
			texts[bomb.file] = string(bomb.text)
			src := packed(t, texts, zip.Deflate)
			testdata.BoundMemory(t, len(src), fixed, func() {
				_, err := read("bomb.zip", src, smallLimits())
				var e *Error
				if !errors.As(err, &e) || !slices.Contains([]string{
					"the feed unpacks to too much", "the feed has too many rows", "the feed has too many calls of trains", "more than 1000 columns",
				}, e.Cause) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
