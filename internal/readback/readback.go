// Package readback has independent programs read what Outrider writes of a
// plan, and compares what they saw with the plan: the number of points, the ends
// within a metre, the length within half a per cent. A program that is not
// installed makes the test skip, see package testdata.
package readback

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
)

// XMLLint has xmllint read the plan as GPX and KML.
func XMLLint(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "xmllint", "libxml2-utils")
	run(tb, tool, "--noout", "--nonet", save(tb, "plan.gpx", exchange.WriteGPX, p))
	run(tb, tool, "--noout", "--nonet", save(tb, "plan.kml", exchange.WriteKML, p))
}

// GPSBabel has gpsbabel read tracks and routes of the plan as GPX.
func GPSBabel(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "gpsbabel", "gpsbabel")
	gpx := save(tb, "plan.gpx", exchange.WriteGPX, p)
	for _, what := range []string{"-t", "-r"} {
		checkLine(tb, p, unicsv(tb, run(tb, tool, what, "-i", "gpx", "-f", gpx, "-o", "unicsv,utc=0", "-F", "-")))
	}
}

// OGR has ogr2ogr read the plan as GPX, tracks and routes, and as GeoJSON.
func OGR(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "ogr2ogr", "gdal-bin")
	gpx := save(tb, "plan.gpx", exchange.WriteGPX, p)
	for _, args := range [][]string{
		{gpx, "tracks"},
		{gpx, "routes"},
		{save(tb, "plan.geojson", exchange.WriteGeoJSON, p), "-where", "feature='route'"},
	} {
		args = append([]string{"-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=8", "/vsistdout/"}, args...)
		checkLine(tb, p, ogrLines(tb, run(tb, tool, args...)))
	}
}

// OGRInfo has ogrinfo read the plan as KML.
func OGRInfo(tb testing.TB, p *outrider.Plan) {
	tb.Helper()
	tool := testdata.Tool(tb, "ogrinfo", "gdal-bin")
	out := run(tb, tool, "-ro", "-al", "-geom=YES", save(tb, "plan.kml", exchange.WriteKML, p))
	var line []outrider.LatLon
	route := false // other folders hold lines as well
	for l := range strings.SplitSeq(out, "\n") {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "OGRFeature(") {
			route = strings.HasPrefix(l, "OGRFeature(Routes")
		}
		if !route || !strings.HasPrefix(l, "LINESTRING") {
			continue
		}
		l = l[strings.IndexByte(l, '(')+1 : len(l)-1]
		for pair := range strings.SplitSeq(l, ",") {
			f := strings.Fields(pair)
			line = append(line, outrider.LatLon{Lat: number(tb, f[1]), Lon: number(tb, f[0])})
		}
	}
	checkLine(tb, p, line)
}

// save writes the plan in a format to a file and returns its path.
func save(tb testing.TB, name string, write func(io.Writer, *outrider.Plan) error, p *outrider.Plan) string {
	tb.Helper()
	var b bytes.Buffer
	if err := write(&b, p); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func run(tb testing.TB, tool string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(tool, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", filepath.Base(tool), strings.Join(args, " "), err, stderr.String())
	}
	if s := stderr.String(); strings.Contains(s, "ERROR") || strings.Contains(s, "Warning") {
		tb.Errorf("%s %s complains: %s", filepath.Base(tool), strings.Join(args, " "), s)
	}
	return string(out)
}

func longest(p *outrider.Plan) (points int, length float64) {
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			points += len(r.Points)
			length += r.Length
		}
	}
	return points, length
}

// unicsv reads the positions of gpsbabel's table; its header names the columns.
func unicsv(tb testing.TB, out string) []outrider.LatLon {
	tb.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	head := strings.Split(strings.TrimSpace(lines[0]), ",")
	lat, lon := slices.Index(head, "Latitude"), slices.Index(head, "Longitude")
	if lat < 0 || lon < 0 {
		tb.Fatalf("no positions in %q", lines[0])
	}
	var line []outrider.LatLon
	for _, l := range lines[1:] {
		cells := strings.Split(l, ",")
		line = append(line, outrider.LatLon{Lat: number(tb, cells[lat]), Lon: number(tb, cells[lon])})
	}
	return line
}

func number(tb testing.TB, s string) float64 {
	tb.Helper()
	x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// checkLine compares what a reader saw of all routes, in order, with the plan:
// count, ends within 1 m, length within 0.5 %.
func checkLine(tb testing.TB, p *outrider.Plan, line []outrider.LatLon) {
	tb.Helper()
	points, length := longest(p)
	if len(line) != points {
		tb.Fatalf("%d points read, %d written", len(line), points)
	}
	k, sum := 0, 0.0
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			part := line[k : k+len(r.Points)]
			k += len(r.Points)
			for _, n := range []int{0, len(part) - 1} {
				if d := geo.Distance(part[n].Point(), r.Points[n].Point()); d > 1 {
					tb.Errorf("%s: point %d is %.1f m off", r.Name, n, d)
				}
			}
			for n := 1; n < len(part); n++ {
				sum += haversine(part[n-1], part[n])
			}
		}
	}
	if math.Abs(sum-length) > 0.005*length {
		tb.Errorf("%.0f m read, %.0f m written", sum, length)
	}
}

// haversine measures on the sphere, independently of package geo.
func haversine(a, b outrider.LatLon) float64 {
	const rad = math.Pi / 180
	y, x := math.Sin((b.Lat-a.Lat)*rad/2), math.Sin((b.Lon-a.Lon)*rad/2)
	return 2 * 6371008.8 * math.Asin(math.Sqrt(y*y+math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*x*x))
}

// ogrLines reads the line strings of a GeoJSON file that another program wrote.
func ogrLines(tb testing.TB, src string) []outrider.LatLon {
	tb.Helper()
	var c struct {
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal([]byte(src), &c); err != nil {
		tb.Fatalf("%v in %.200s", err, src)
	}
	var line []outrider.LatLon
	for _, f := range c.Features {
		var lines [][][]float64
		one := make([][]float64, 0)
		if f.Geometry.Type == "MultiLineString" {
			if err := json.Unmarshal(f.Geometry.Coordinates, &lines); err != nil {
				tb.Fatal(err)
			}
		} else {
			if err := json.Unmarshal(f.Geometry.Coordinates, &one); err != nil {
				tb.Fatal(err)
			}
			lines = append(lines, one)
		}
		for _, l := range lines {
			for _, c := range l {
				line = append(line, outrider.LatLon{Lat: c[1], Lon: c[0]})
			}
		}
	}
	return line
}
