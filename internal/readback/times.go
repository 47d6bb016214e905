package readback

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
)

// GPSBabelTimes has gpsbabel read the tracks of the plan as GPX and compares the
// times of all points, in UTC, with the plan: within a second, which is as fine
// as gpsbabel prints.
func GPSBabelTimes(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "gpsbabel", "gpsbabel")
	out := run(tb, tool, "-t", "-i", "gpx", "-f", save(tb, "plan.gpx", exchange.WriteGPX, p), "-o", "unicsv,utc=0", "-F", "-")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	head := strings.Split(strings.TrimSpace(lines[0]), ",")
	date, clock := -1, -1
	for i, name := range head {
		switch name {
		case "Date":
			date = i
		case "Time":
			clock = i
		}
	}
	if date < 0 || clock < 0 {
		tb.Fatalf("no times in %q", lines[0])
	}
	n := 1
	for i := range p.Legs {
		leg := &p.Legs[i]
		for j := range leg.Routes {
			for _, seconds := range leg.Routes[j].Times {
				if n == len(lines) {
					tb.Fatalf("%d points read", n-1)
				}
				cells := strings.Split(strings.TrimSpace(lines[n]), ",")
				n++
				got, err := time.Parse("2006/01/02 15:04:05", cells[date]+" "+strings.SplitN(cells[clock], ".", 2)[0])
				if err != nil {
					tb.Fatal(err)
				}
				if want := leg.Earliest.Add(time.Duration(seconds * float64(time.Second))); want.Sub(got).Abs() > time.Second {
					tb.Fatalf("point %d: %v read, %v in the plan", n-1, got, want.UTC())
				}
			}
		}
	}
}

// OGRTable has ogr2ogr read the march tables of the plan as a table of points:
// their number, and where the first and the last are.
func OGRTable(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "ogr2ogr", "gdal-bin")
	out := run(tb, tool, "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=8", "/vsistdout/", save(tb, "plan.csv", exchange.WriteCSV, p),
		"-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat")
	var want []outrider.LatLon
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			for _, row := range p.Legs[i].Routes[j].March {
				want = append(want, outrider.LatLon{Lat: row.Lat, Lon: row.Lon})
			}
		}
	}
	got := ogrPoints(tb, out)
	if len(got) != len(want) {
		tb.Fatalf("%d rows read, %d written", len(got), len(want))
	}
	for i := range got {
		if d := geo.Distance(got[i].Point(), want[i].Point()); d > 1 {
			tb.Errorf("row %d is %.1f m off", i+1, d)
		}
	}
}

// ogrPoints reads the points of a GeoJSON file that another program wrote.
func ogrPoints(tb testing.TB, src string) []outrider.LatLon {
	tb.Helper()
	var c struct {
		Features []struct {
			Geometry struct{ Coordinates []float64 }
		}
	}
	if err := json.Unmarshal([]byte(src), &c); err != nil {
		tb.Fatalf("%v in %.200s", err, src)
	}
	var all []outrider.LatLon
	for _, f := range c.Features {
		if len(f.Geometry.Coordinates) < 2 {
			tb.Fatal("a row without a position")
		}
		all = append(all, outrider.LatLon{Lat: f.Geometry.Coordinates[1], Lon: f.Geometry.Coordinates[0]})
	}
	return all
}
