package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/outrider-project/outrider/internal/osmtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"outrider": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
		},
	})
}

// TestManual runs the executable pages of the manual in testdata/script: each
// shows what a user types, what comes back, and with which exit code.
func TestManual(t *testing.T) {
	pages := t.TempDir()
	town := newTown()
	if err := town.WritePBF(filepath.Join(pages, "town.osm.pbf")); err != nil {
		t.Fatal(err)
	}
	if err := town.WriteXML(filepath.Join(pages, "town.osm")); err != nil {
		t.Fatal(err)
	}
	movement, err := os.ReadFile("testdata/town.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pages, "town.yaml"), movement, 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("OUTRIDER_MAP", "")
			for _, name := range []string{"town.osm.pbf", "town.osm", "town.yaml"} {
				data, err := os.ReadFile(filepath.Join(pages, name))
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"cutoff": cutOff,
			"flip":   flip,
			"byte":   setByte,
			"change": change,
			"exits":  exits,
			"rate":   rate,
			"drive":  drive,
			"pack":   pack,
			"keep":   keep,
		},
	})
}

// rate FORM fills in every row of a CSV form, as a surveyor would.
func rate(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(ts.ReadFile(args[0]), "\ufeff"))).ReadAll()
	ts.Check(err)
	column := func(name string) int {
		i := slices.Index(rows[0], name)
		if i < 0 {
			ts.Fatalf("%s has no column %s", args[0], name)
		}
		return i
	}
	for _, row := range rows[1:] {
		row[column("rating")], row[column("surveyor")] = "1", "R2"
		row[column("date")], row[column("expiry")] = "2026-11-20", "2026-12-20"
		if row[column("kind")] == "clear" {
			row[column("rating")] = "0"
		}
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	ts.Check(w.WriteAll(rows))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

// drive FILE START KMH CORNER CORNER... writes what a receiver records on a drive
// through the town, a fix a second, as GPX: from corner to corner, each given as
// street,avenue counted from 0, at one speed, with errors of a few metres that
// are the same each time.
func drive(ts *testscript.TestScript, _ bool, args []string) {
	start, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	kmh, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	corner := func(s string) (lat, lon float64) {
		var street, avenue float64
		_, err := fmt.Sscanf(s, "%g,%g", &street, &avenue)
		ts.Check(err)
		return townLat + street*townStepNS, townLon + avenue*townStepEW
	}
	random := rand.New(rand.NewPCG(uint64(start.Unix()), 1))
	const metresADegree = 111_200 // of latitude; the errors need no more
	var out strings.Builder
	out.WriteString(`<gpx version="1.1" creator="receiver"><trk><trkseg>`)
	second, left := 0, 0.0 // left: metres to the next fix
	for i := 4; i < len(args); i++ {
		lat1, lon1 := corner(args[i-1])
		lat2, lon2 := corner(args[i])
		length := math.Hypot(lat2-lat1, (lon2-lon1)*townStepNS/townStepEW) * metresADegree
		for ; left < length; left += kmh / 3.6 {
			f := left / length
			fmt.Fprintf(&out, "<trkpt lat=\"%.7f\" lon=\"%.7f\"><time>%s</time></trkpt>\n",
				lat1+f*(lat2-lat1)+random.NormFloat64()*3/metresADegree, lon1+f*(lon2-lon1)+random.NormFloat64()*3/metresADegree,
				start.Add(time.Duration(second)*time.Second).UTC().Format(time.RFC3339))
			second++
		}
		left -= length
	}
	out.WriteString("</trkseg></trk></gpx>\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

// pack FILE FOLDER writes a zip file with the files of a folder.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	ts.Check(w.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// cutOff FILE N leaves the first N per cent of a file.
func cutOff(ts *testscript.TestScript, _ bool, args []string) {
	data := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data[:len(data)*n/100]), 0o600))
}

// flip FILE N inverts the byte N per cent into a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	data[len(data)*n/100] ^= 0xff
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// byte FILE AT VALUE sets one byte.
func setByte(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	value, err := strconv.ParseUint(args[2], 10, 8)
	ts.Check(err)
	data[at] = byte(value)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// change SRC OLD NEW DST writes DST: SRC with the first OLD replaced by NEW.
func change(ts *testscript.TestScript, _ bool, args []string) {
	src := ts.ReadFile(args[0])
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	dst := strings.Replace(src, unescape.Replace(args[1]), unescape.Replace(args[2]), 1)
	if dst == src {
		ts.Fatalf("%s holds no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(dst), 0o600))
}

// exits CODE ARG... runs outrider and expects that exit code; what it printed
// can be looked at with stdout and stderr.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec("outrider", args[1:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("outrider %v: %v", args[1:], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("outrider %v: exit code %d, want %d", args[1:], got, want)
	}
}

// The town of the manual: avenues from south to north, streets from west to
// east, 200 m apart, at 39.00° north and 75.50° west, the Mill River from west
// to east in the middle with two bridges, a railway, and what a planner meets
// in a small town.
const (
	townBlocks = 10
	townLat    = 39.0
	townLon    = -75.5
	townStepNS = 0.0018  // degrees of latitude for 200 m
	townStepEW = 0.00231 // degrees of longitude for 200 m
)

func townNode(street, avenue int) int64 { return int64(1000 + 100*street + avenue) }

func newTown() *osmtest.Builder {
	b := &osmtest.Builder{Timestamp: 1790000000}
	at := func(street, avenue int) (float64, float64) {
		return townLat + float64(street)*townStepNS, townLon + float64(avenue)*townStepEW
	}
	for s := range townBlocks {
		for a := range townBlocks {
			lat, lon := at(s, a)
			switch {
			case s == 2 && a == 2:
				b.Node(townNode(s, a), lat, lon, "highway", "traffic_signals")
			case s == 7 && a == 3:
				b.Node(townNode(s, a), lat, lon, "railway", "level_crossing", "crossing:barrier", "half", "crossing:light", "yes")
			default:
				b.Node(townNode(s, a), lat, lon)
			}
		}
	}
	// Streets run whole from west to east.
	for s := range townBlocks {
		refs := make([]int64, townBlocks)
		for a := range refs {
			refs[a] = townNode(s, a)
		}
		class := "residential"
		if s == 2 || s == 7 {
			class = "primary"
		}
		b.Way(int64(100+s), refs, "highway", class, "name", fmt.Sprintf("%s Street", ordinal(s+1)), "surface", "asphalt")
	}
	// Between street 4 and street 5 flows the river: only avenues 2, 6 and 9
	// cross it, 6 with a low bridge over it, 9 as a private road.
	for a := range townBlocks {
		name := fmt.Sprintf("%s Avenue", ordinal(a+1))
		south, north := []int64{}, []int64{}
		for s := range townBlocks {
			if s <= 4 {
				south = append(south, townNode(s, a))
			} else {
				north = append(north, townNode(s, a))
			}
		}
		b.Way(int64(200+a), south, "highway", "secondary", "name", name)
		b.Way(int64(300+a), north, "highway", "secondary", "name", name)
		bank := []int64{townNode(4, a), townNode(5, a)}
		switch a {
		case 2:
			b.Way(402, bank, "highway", "secondary", "name", name, "bridge", "yes", "layer", "1", "maxweight", "30")
		case 6:
			b.Way(406, bank, "highway", "secondary", "name", name, "tunnel", "yes", "layer", "-1", "maxheight", "3.2")
		case 9:
			b.Way(409, bank, "highway", "service", "access", "private", "bridge", "yes", "layer", "1")
		}
	}
	// The river.
	riverLat := townLat + 4.5*townStepNS
	b.Node(9001, riverLat, townLon-townStepEW).Node(9002, riverLat, townLon+float64(townBlocks)*townStepEW)
	b.Way(500, []int64{9001, 9002}, "waterway", "river", "name", "Mill River")
	// A railway along 8th Street, crossing 4th Avenue at grade.
	rail := []int64{townNode(7, 3)}
	lat, lon := at(7, 3)
	b.Node(9101, lat-0.0006, lon-0.0100).Node(9102, lat+0.0006, lon+0.0100)
	b.Way(510, []int64{9101, rail[0], 9102}, "railway", "rail", "gauge", "1435")
	// An island of streets nobody can reach by road.
	b.Node(9201, townLat-0.05, townLon).Node(9202, townLat-0.05, townLon+0.002)
	b.Way(520, []int64{9201, 9202}, "highway", "residential", "name", "Island Road")
	// Havens and places.
	lat, lon = at(1, 8)
	b.Node(9301, lat+0.0002, lon+0.0002, "amenity", "hospital", "name", "Mill River Hospital", "emergency", "yes")
	lat, lon = at(8, 1)
	b.Node(9302, lat+0.0002, lon+0.0002, "amenity", "police", "name", "Milltown Police")
	lat, lon = at(3, 3)
	b.Node(9303, lat+0.0001, lon, "place", "town", "name", "Milltown")
	// No left turn from 3rd Street eastwards into 3rd Avenue northwards.
	b.Relation(600, []osmtest.Member{
		{Kind: osmtest.Way, ID: 102, Role: "from"},
		{Kind: osmtest.Node, ID: townNode(2, 2), Role: "via"},
		{Kind: osmtest.Way, ID: 202, Role: "to"},
	}, "type", "restriction", "restriction", "no_left_turn")
	return b
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return strconv.Itoa(n) + "th"
}
