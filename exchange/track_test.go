package exchange_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
)

// track11 is a track as receivers and telephones write it, with all that has to
// be passed over.
const track11 = `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="a receiver" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="urn:x">
  <metadata><name>Somebody's drive</name><author><email id="a" domain="b"/></author><time>2020-01-01T00:00:00Z</time></metadata>
  <wpt lat="1" lon="1"><time>2020-01-01T00:00:00Z</time><name>home</name></wpt>
  <rte><rtept lat="2" lon="2"/></rte>
  <trk><name>private</name>
    <trkseg>
      <trkpt lat="39.7459" lon="-75.5466"><ele>12.5</ele><time>2026-11-20T09:00:00Z</time><name>secret</name>
        <extensions><x:hr>140</x:hr><x:time>2001-01-01T00:00:00Z</x:time></extensions></trkpt>
      <!-- a comment -->
      <trkpt lon=" -75.54" lat="39.7460"><time> 2026-11-20T10:00:01.500+01:00 </time></trkpt>
    </trkseg>
    <trkseg/>
    <trkseg><trkpt lat="-0" lon="180"><time>2026-11-20T09:00:05</time></trkpt></trkseg>
  </trk>
</gpx>
`

func TestReadTrack(t *testing.T) {
	want := []exchange.Fix{
		{Point: geo.PointFromDegrees(39.7459, -75.5466), Time: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)},
		{Point: geo.PointFromDegrees(39.746, -75.54), Time: time.Date(2026, 11, 20, 9, 0, 1, 5e8, time.UTC)},
		{Point: geo.PointFromDegrees(0, 180), Time: time.Date(2026, 11, 20, 9, 0, 5, 0, time.UTC)},
	}
	old := strings.Replace(strings.Replace(track11, "GPX/1/1", "GPX/1/0", 1), `version="1.1"`, `version="1.0"`, 1)
	for name, src := range map[string]string{
		"1.1": track11, "1.0": old, "byte order mark": "\ufeff" + track11,
		"no namespace": strings.Replace(track11, ` xmlns="http://www.topografix.com/GPX/1/1"`, "", 1),
	} {
		got, err := exchange.ReadTrack("run.gpx", []byte(src))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d fixes", name, len(got))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: fix %d is %v, want %v", name, i, got[i], want[i])
			}
		}
	}
}

func TestBadTracks(t *testing.T) {
	change := func(old, with string) string {
		if !strings.Contains(track11, old) {
			t.Fatalf("the track does not hold %q", old)
		}
		return strings.Replace(track11, old, with, 1)
	}
	tests := map[string]string{
		"run.gpx:1:1: this is no GPX file":                     "",
		"run.gpx:1:7: this is no GPX file":                     "<kml/>",
		"run.gpx:3:1: this is no GPX file":                     "lat,lon\n1,2\n",
		`GPX of version "1.2" is not read`:                     change(`version="1.1"`, `version="1.2"`),
		`run.gpx:8:38: a track point has lat "95"`:             change(`lat="39.7459"`, `lat="95"`),
		`has lat "NaN"`:                                        change(`lat="39.7459"`, `lat="NaN"`),
		`has lon ""`:                                           change(`lon="-75.5466"`, `long="-75.5466"`),
		"a track point has no time; export the recorded track": change("<time>2026-11-20T09:00:00Z</time>", ""),
		`has the time "yesterday"`:                             change("2026-11-20T09:00:00Z", "yesterday"),
		`has the time "1950`:                                   change("2026-11-20T09:00:00Z", "1950-11-20T09:00:00Z"),
		"a time holds more than text":                          change("2026-11-20T09:00:00Z", "<b>2026</b>"),
		"unexpected EOF":                                       track11[:len(track11)-30],
		"document type or entities":                            change(`<gpx `, `<!DOCTYPE gpx [<!ENTITY a "b">]><gpx `),
		"run.gpx: the file holds a route or waypoints but no":  change("<trk><name>", "<!--") + "-->",
		"something behind the end":                             track11 + "<gpx/>",
		"encoding":                                             change("UTF-8", "UTF-16"),
	}
	tests["run.gpx: the file holds a route or waypoints but no"] = `<gpx version="1.1"><rte><rtept lat="1" lon="2"/></rte></gpx>`
	tests["run.gpx: the file holds no track point"] = `<gpx version="1.1"><trk><trkseg/></trk></gpx>`
	for says, src := range tests {
		_, err := exchange.ReadTrack("run.gpx", []byte(src))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
		if bad, ok := errors.AsType[*outrider.Error](err); err != nil && (!ok || bad.Kind != outrider.Invalid || bad.Remedy == "") {
			t.Errorf("%v is of another kind or names no remedy", err)
		}
	}
	if _, err := exchange.ReadTrack("run.gpx", make([]byte, exchange.MaxTrack+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %v", err)
	}
	deep := `<gpx version="1.1">` + strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000) + "</gpx>"
	if _, err := exchange.ReadTrack("run.gpx", []byte(deep)); err == nil || !strings.Contains(err.Error(), "no track point") {
		t.Errorf("got %v", err)
	}
}

// TestTrackOfAnotherProgram reads what GPSBabel makes of a track in another form.
func TestTrackOfAnotherProgram(t *testing.T) {
	babel := testdata.Tool(t, "gpsbabel", "gpsbabel")
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("lat,lon,utc_d,utc_t\n39.7459,-75.5466,2026/11/20,09:00:00\n39.7461,-75.5467,2026/11/20,09:00:02\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.0", "1.1"} {
		out, err := exec.Command(babel, "-t", "-i", "unicsv", "-f", in, "-x", "transform,trk=wpt", "-o", "gpx,gpxver="+version, "-F", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := exchange.ReadTrack("run.gpx", out)
		if err != nil || len(got) != 2 {
			t.Fatalf("%d fixes, %v\n%s", len(got), err, out)
		}
		if want := time.Date(2026, 11, 20, 9, 0, 2, 0, time.UTC); !got[1].Time.Equal(want) || geo.Distance(got[1].Point, geo.PointFromDegrees(39.7461, -75.5467)) > 0.2 {
			t.Errorf("GPX %s: %v", version, got[1])
		}
	}
}

// FuzzReadTrack: whatever is read, nothing panics, and what is taken lies on the
// earth and in time.
func FuzzReadTrack(f *testing.F) {
	f.Add([]byte(track11))
	f.Add([]byte(`<gpx version="1.0"><trk><trkseg><trkpt lat="1e1" lon="-.5"><time>2026-11-20T09:00:00Z</time></trkpt></trkseg></trk></gpx>`))
	f.Add([]byte(`<gpx version="1.1"><trk><trkseg><trkpt lat="1"`))
	f.Add([]byte(`<gpx version="1.1">&a;</gpx>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		fixes, err := exchange.ReadTrack("run.gpx", src)
		if (err == nil) != (len(fixes) > 0) {
			t.Fatalf("%d fixes, %v", len(fixes), err)
		}
		for _, x := range fixes {
			lat, lon := x.Point.Degrees()
			if lat < -90 || lat > 90 || lon < -180 || lon > 180 || x.Time.Year() < 1970 || x.Time.Location() != time.UTC {
				t.Fatalf("%v", x)
			}
		}
	})
}

func BenchmarkReadTrack(b *testing.B) {
	var s strings.Builder
	s.WriteString(`<gpx version="1.1"><trk><trkseg>`)
	for range 3600 {
		s.WriteString(`<trkpt lat="39.7459" lon="-75.5466"><ele>12.5</ele><time>2026-11-20T09:00:00Z</time></trkpt>`)
	}
	s.WriteString(`</trkseg></trk></gpx>`)
	src := []byte(s.String())
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := exchange.ReadTrack("run.gpx", src); err != nil {
			b.Fatal(err)
		}
	}
}
