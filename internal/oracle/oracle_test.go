package oracle

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The line from Flinders Peak to Buninyong is the worked example in the Geocentric
// Datum of Australia Technical Manual; its GRS80 is WGS84 to a tenth of a
// millimetre here.
func TestDistance(t *testing.T) {
	degrees := func(d, m, s float64) float64 { return d + m/60 + s/3600 }
	flinders := [2]float64{-degrees(37, 57, 3.72030), degrees(144, 25, 29.52440)}
	buninyong := [2]float64{-degrees(37, 39, 10.15610), degrees(143, 55, 35.38390)}
	if d := distance(flinders, buninyong); math.Abs(d-54972.271) > 0.001 {
		t.Errorf("%.4f m, want 54972.271 m", d)
	}
	if d := distance(flinders, flinders); d != 0 {
		t.Errorf("%g m from a place to itself", d)
	}
	// A degree on the equator is a 360th of its length.
	if d, want := distance([2]float64{0, 10}, [2]float64{0, 11}), 2*math.Pi*6378137/360; math.Abs(d-want) > 1e-6 {
		t.Errorf("%.7f m along the equator, want %.7f m", d, want)
	}
}

func TestLimits(t *testing.T) {
	for value, want := range map[string]int64{
		"3.5": 350, "3,5 m": 350, "2.3": 230, "380 cm": 380, "14'6\"": 441, "14 ft 6 in": 441, "12'": 365, "15.5 feet": 472, "80\"": 203, "14'-6\"": 441, "none": 0, "": 0, "low": 0,
	} {
		if got := metres(value); got != want {
			t.Errorf("metres(%q) = %d cm, want %d", value, got, want)
		}
	}
	for value, want := range map[string]int64{"7.5": 7500, "3500 kg": 3500, "10 st": 9071, "20000 lbs": 9071, "3.5 T": 3500, "no": 0} {
		if got := tonnes(value); got != want {
			t.Errorf("tonnes(%q) = %d kg, want %d", value, got, want)
		}
	}
}

// A restriction over two ways is followed, and forgotten off its course.
func TestRestrictionOverWays(t *testing.T) {
	const extract = `<osm version="0.6">
		<node id="1" lat="0" lon="0"/><node id="2" lat="0" lon="0.001"/><node id="3" lat="0" lon="0.002"/>
		<node id="4" lat="0" lon="0.003"/><node id="5" lat="0.001" lon="0.001"/><node id="6" lat="0.001" lon="0.002"/>
		<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
		<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
		<way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
		<way id="13"><nd ref="5"/><nd ref="2"/><tag k="highway" v="residential"/></way>
		<way id="14"><nd ref="5"/><nd ref="6"/><nd ref="3"/><tag k="highway" v="residential"/></way>
		<relation id="20"><member type="way" ref="10" role="from"/><member type="way" ref="11" role="via"/><member type="way" ref="12" role="to"/>
			<tag k="type" v="restriction"/><tag k="restriction" v="no_straight_on"/></relation></osm>`
	path := filepath.Join(t.TempDir(), "x.osm")
	if err := os.WriteFile(path, []byte(extract), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := Read(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	drive := func(from, to int, unrestricted bool) []Edge {
		return n.Fastest(Question{
			Vehicle: Vehicle{Classes: [classes]bool{Car: true}}, From: Position{from, 0.5}, To: []Position{{to, 0.5}}, Unrestricted: unrestricted,
		})[0].Edges
	}
	// Segments are numbered as they stand: 0 is way 10, 1 is 11, 2 is 12, 3 is 13.
	if got := drive(0, 2, true); len(got) != 3 {
		t.Errorf("without restrictions over %d edges, want 3", len(got))
	}
	if got := drive(0, 2, false); len(got) != 5 {
		t.Errorf("with the restriction over %d edges, want 5, round by way 14", len(got))
	}
	if got := drive(3, 2, false); len(got) != 3 {
		t.Errorf("from another way over %d edges, want 3: it is nobody's from way", len(got))
	}
}

func TestReadErrors(t *testing.T) {
	if _, err := Read(context.Background(), filepath.Join(t.TempDir(), "none.osm.pbf")); err == nil {
		t.Error("an extract that is not there was read")
	}
	path := filepath.Join(t.TempDir(), "x.osm.pbf")
	if err := os.WriteFile(path, []byte("no extract"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(context.Background(), path); err == nil {
		t.Error("a file that is no extract was read")
	}
}
