package network_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

// delaware returns the map file of the sample extract, made once per process.
func delaware(tb testing.TB) string {
	tb.Helper()
	extract := testdata.Delaware(tb)
	path, err := builtDelaware(extract)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

var (
	delawareOnce sync.Once
	delawareDir  string
	delawareErr  error
)

func builtDelaware(extract string) (string, error) {
	delawareOnce.Do(func() {
		delawareDir, delawareErr = os.MkdirTemp("", "outrider-network-")
		if delawareErr != nil {
			return
		}
		var m *network.Map
		m, _, delawareErr = mapbuild.Build(context.Background(), []string{extract}, mapbuild.Options{})
		if delawareErr == nil {
			delawareErr = network.Save(filepath.Join(delawareDir, "delaware.map"), m)
		}
	})
	return filepath.Join(delawareDir, "delaware.map"), delawareErr
}

func TestMain(m *testing.M) {
	code := m.Run()
	if delawareDir != "" {
		if err := os.RemoveAll(delawareDir); err != nil {
			code = 1
		}
	}
	os.Exit(code)
}

func openDelaware(tb testing.TB) *network.Map {
	tb.Helper()
	m, err := network.OpenMap(delaware(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
	})
	return m
}

func TestDelawareSnap(t *testing.T) {
	m := openDelaware(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	passes := []*network.Passage{
		nil,
		m.Passage(network.Vehicle{Classes: 1 << network.Car}, network.PassageOptions{Private: true}),
		m.Passage(network.Vehicle{Classes: 1 << network.Truck, HeightCM: 410, WeightKG: 18000}, network.PassageOptions{}),
	}
	usableBy := make([][]bool, len(passes))
	for i, pass := range passes {
		usableBy[i] = make([]bool, m.NumChains())
		for c := range usableBy[i] {
			usableBy[i][c] = usable(m, pass, network.ChainID(c))
		}
	}
	for i := range 15 {
		p := m.Vertex[rnd.IntN(len(m.Vertex))]
		p.Lat += int32(rnd.IntN(20000) - 10000)
		p.Lon += int32(rnd.IntN(20000) - 10000)
		pass := passes[i%len(passes)]
		got, err := m.Snap(p, pass, 3000)
		want := math.Inf(1)
		for c := range network.ChainID(m.NumChains()) {
			if m.NodeInfo[m.Tail[c]].Island == 1 && m.NodeInfo[m.Head[c]].Island == 1 || !usableBy[i%len(passes)][c] {
				continue
			}
			line, _ := m.Vertices(c)
			for j := range line[1:] {
				_, away := geo.ProjectOnSegment(p, line[j], line[j+1])
				want = min(want, away)
			}
		}
		if err != nil || got.Away != want {
			t.Errorf("Snap(%v) = %+v, %v; the nearest is %g m away", p, got, err, want)
		}
	}
	far := geo.PointFromDegrees(48.2, 16.4)
	if _, err := m.Snap(far, nil, 500); !errors.Is(err, network.ErrOffNetwork) || !strings.Contains(err.Error(), " km away") {
		t.Errorf("in Vienna: %v", err)
	}
}

// usable reports whether the chain can be snapped to, from what the passage says
// about its arcs.
func usable(m *network.Map, pass *network.Passage, c network.ChainID) bool {
	if pass == nil {
		return true
	}
	for _, a := range []network.ArcID{c.Arc(false), c.Arc(true)} {
		why := pass.Why(a)
		if why == "" || strings.HasPrefix(why, "open only to those") {
			return true
		}
		if strings.HasPrefix(why, "private") && pass.Options().Private {
			return true
		}
		if strings.Contains(why, "limit") && partlyOpen(m, pass, a) {
			return true
		}
	}
	return false
}

func partlyOpen(m *network.Map, pass *network.Passage, a network.ArcID) bool {
	v := pass.Vehicle()
	for _, iv := range m.Intervals(a.Chain()) {
		l := m.Limits[iv.Limits]
		if (l.HeightCM == 0 || l.HeightCM >= v.HeightCM) && (l.WeightKG == 0 || l.WeightKG >= v.WeightKG) {
			return true
		}
	}
	return false
}

func TestDelawareSearch(t *testing.T) {
	m := openDelaware(t)
	for query, want := range map[string]string{
		"Wilmington": "city", "dover": "city", "Market Street": "street", "Market Street, Wilmington": "street",
		"Christiana Hospital": "hospital", "us naval": "",
	} {
		found := m.Find(query, 50)
		switch {
		case want == "":
		case len(found) == 0:
			t.Errorf("%q finds nothing", query)
		case !slices.ContainsFunc(found[:min(3, len(found))], func(f network.Found) bool { return f.Kind == want }):
			t.Errorf("%q finds %+v, want a %s among the first", query, found[:min(3, len(found))], want)
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		s := m.Streets[rnd.IntN(len(m.Streets))]
		name := m.Text(s.Name)
		if found := m.Find(name, 1_000_000); !slices.ContainsFunc(found, func(f network.Found) bool { return f.Chain == s.Chain && f.At == s.At }) {
			t.Errorf("%q is not found", name)
		}
	}
}

// TestDelawareTimes compares times of whole arcs with sums over their intervals.
func TestDelawareTimes(t *testing.T) {
	m := openDelaware(t)
	p := m.Passage(network.Vehicle{Classes: 1 << network.Car}, network.PassageOptions{Private: true, MaxKMH: 80})
	passable := 0
	for a := range network.ArcID(m.NumArcs()) {
		c := a.Chain()
		if (p.Arc[a] == network.Unreachable) != (p.Why(a) != "") {
			t.Fatalf("arc %d takes %d ms and is barred because %q", a, p.Arc[a], p.Why(a))
		}
		if p.Arc[a] == network.Unreachable {
			continue
		}
		passable++
		want := 0.0
		intervals := m.Intervals(c)
		for i, iv := range intervals {
			to := m.Length[c]
			if i+1 < len(intervals) {
				to = intervals[i+1].From
			}
			v := iv.SpeedForward
			if a.Backwards() {
				v = iv.SpeedBackward
			}
			want += (to - iv.From).Metres() / (float64(min(v, 80)) / 3.6) * 1000
		}
		if got := float64(p.Arc[a]); got < want-1e-6 || got > want+1+1e-6 {
			t.Fatalf("arc %d takes %g ms, want %g rounded up", a, got, want)
		}
	}
	if passable < m.NumArcs()/2 {
		t.Errorf("only %d of %d arcs are passable", passable, m.NumArcs())
	}
}

func BenchmarkDelawareOpen(b *testing.B) {
	path := delaware(b)
	st, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(st.Size())
	for b.Loop() {
		m, err := network.OpenMap(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelawareSave(b *testing.B) {
	m := openDelaware(b)
	path := filepath.Join(b.TempDir(), "x.map")
	for b.Loop() {
		if err := network.Save(path, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelawareInfo(b *testing.B) {
	path := delaware(b)
	for b.Loop() {
		if _, err := network.ReadInfo(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelawarePassage(b *testing.B) {
	m := openDelaware(b)
	for b.Loop() {
		m.Passage(network.Vehicle{Classes: 1 << network.Truck, HeightCM: 410}, network.PassageOptions{Private: true, Ends: []network.ChainID{1}})
	}
}

func BenchmarkDelawareSnap(b *testing.B) {
	m := openDelaware(b)
	pass := m.Passage(network.Vehicle{Classes: 1 << network.Car}, network.PassageOptions{Private: true})
	rnd := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		p := m.Vertex[rnd.IntN(len(m.Vertex))]
		p.Lat += int32(rnd.IntN(10000) - 5000)
		if _, err := m.Snap(p, pass, 5000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelawareFind(b *testing.B) {
	m := openDelaware(b)
	for _, query := range []string{"market street", "Market Street, Wilmington", "s", "way/5", "39.7,-75.5"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				m.Find(query, 20)
			}
		})
	}
}
