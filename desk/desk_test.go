package desk_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/tiles"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var shelf struct {
	once   sync.Once
	folder string // made and removed by TestMain
	*desk.Shelf
	id  string
	err error
}

// ground is Delaware, built once for all tests.
func ground(tb testing.TB) *desk.Ground {
	extract := testdata.Delaware(tb)
	shelf.once.Do(func() {
		if shelf.Shelf, shelf.err = desk.OpenShelf(filepath.Join(shelf.folder, "maps")); shelf.err == nil {
			shelf.id, shelf.err = shelf.Build(context.Background(), extract, "test", nil)
		}
	})
	if shelf.err != nil {
		tb.Fatal(shelf.err)
	}
	g, err := shelf.Get(shelf.id)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	folder, err := os.MkdirTemp("", "desk")
	if err != nil {
		panic(err)
	}
	defer func() {
		if err := os.RemoveAll(folder); err != nil {
			code = 1
		}
	}()
	shelf.folder = folder
	code = m.Run()
	if shelf.Shelf != nil {
		if err := shelf.Close(); err != nil {
			code = 1
		}
	}
	return code
}

func question(tb testing.TB) desk.Question {
	src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(tb), "examples", "delaware.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	return desk.Question{Document: src, Now: now, Program: "test"}
}

func TestMapsOnTheShelf(t *testing.T) {
	g := ground(t)
	list, err := shelf.List(now)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	info := list[0]
	if info.ID != shelf.id || info.Name != "delaware-latest" || !info.Stale || info.Bytes == 0 || !(info.Box[0] < info.Box[2] && info.Box[1] < info.Box[3]) {
		t.Errorf("%+v", info)
	}
	if again := g.Info(now); again.ID != info.ID || again.Box != info.Box {
		t.Errorf("%+v", again)
	}
	for _, id := range []string{"", "x", strings.Repeat("0", 64), "../" + shelf.id, strings.ToUpper(shelf.id)} {
		if _, err := shelf.Get(id); outrider.KindOf(err) != outrider.Unsurveyed {
			t.Errorf("map %q: %v", id, err)
		}
	}
	found := g.Search("Market Street")
	if len(found) == 0 || !strings.Contains(found[0].Name, "Market Street") || len(found) > desk.MostFound {
		t.Errorf("found %v", found)
	}
	if found := g.Search("39.7,-75.5"); len(found) != 1 || math.Abs(found[0].Lat-39.7) > 1e-6 {
		t.Errorf("a position gives %v", found)
	}
	tile, err := g.Tiles.Tile(tiles.ID{Z: 9, X: 148, Y: 195})
	if err != nil || len(tile) < 1000 {
		t.Errorf("a tile of %d bytes, %v", len(tile), err)
	}
}

func TestWhatIsNoExtractLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	s, err := desk.OpenShelf(folder)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.osm.pbf")
	if err := os.WriteFile(bad, []byte("no extract"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Build(context.Background(), bad, "test", nil); err == nil {
		t.Error("it is taken")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// sound checks what holds of every sketch: bands cover the line without a gap.
func sound(t *testing.T, s *desk.Sketch) {
	t.Helper()
	for _, leg := range s.Legs {
		if len(leg.Line) < 2 || leg.Seconds <= 0 || leg.Metres <= 0 {
			t.Fatalf("a line of %d points, %.0f s, %.0f m", len(leg.Line), leg.Seconds, leg.Metres)
		}
		at, held := 0, 0
		for _, b := range leg.Bands {
			if b.Band == 0 {
				held++
			}
			if b.From != at || b.To <= b.From || b.Band < 0 || b.Band > 5 {
				t.Fatalf("band %+v after position %d", b, at)
			}
			at = b.To
		}
		if held != 2 {
			t.Errorf("%d stretches are held, not those round start and destination", held)
		}
		if at != len(leg.Line)-1 {
			t.Fatalf("bands end at %d of %d", at, len(leg.Line)-1)
		}
		if !slices.IsSortedFunc(leg.Hazards, func(a, b desk.SketchHazard) int { return int(a.Metres - b.Metres) }) {
			t.Error("hazards are not in order")
		}
	}
}

// away is how far a line passes from a place, metres.
func away(line [][2]float64, p geo.Point) float64 {
	least := math.Inf(1)
	for i := range line[1:] {
		a, b := line[i], line[i+1]
		for k := 0.0; k <= 1; k += 0.1 {
			least = min(least, geo.Distance(p, geo.PointFromDegrees(a[1]+k*(b[1]-a[1]), a[0]+k*(b[0]-a[0]))))
		}
	}
	return least
}

func TestTheLineFollows(t *testing.T) {
	g := ground(t)
	q := question(t)
	first, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, first)
	random := rand.New(rand.NewPCG(3, 5))
	last := first
	for i := range 6 {
		line := last.Legs[0].Line
		k := len(line)/4 + random.IntN(len(line)/2)
		middle := [2]float64{(line[k][0] + line[k+1][0]) / 2, (line[k][1] + line[k+1][1]) / 2}
		c := desk.Closure{Lat: middle[1], Lon: middle[0]}
		if i%3 == 2 {
			c.Radius = 60
		}
		q.Change.Closures = append(q.Change.Closures, c)
		s, err := g.Sketch(context.Background(), q)
		if outrider.KindOf(err) == outrider.NoRoute {
			t.Logf("no way round %v", middle)
			q.Change.Closures = q.Change.Closures[:len(q.Change.Closures)-1]
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		sound(t, s)
		if d := away(s.Legs[0].Line, geo.PointFromDegrees(middle[1], middle[0])); d < 1 {
			t.Errorf("the line still passes %.1f m from the closure at %v", d, middle)
		}
		last = s
	}
	if slices.Equal(last.Legs[0].Line, first.Legs[0].Line) {
		t.Error("no closure moved the line")
	}
	// Without the changes it is as before.
	q.Change = desk.Change{}
	again, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := asJSON(t, first), asJSON(t, again); a != b {
		t.Error("the same question has two answers")
	}
	// Weights move what it is worth.
	q.Change.Weights = map[string]float64{}
	for k := range hazard.Kinds {
		q.Change.Weights[k.String()] = 0
	}
	flat, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if flat.Legs[0].Lambda >= first.Legs[0].Lambda {
		t.Errorf("Λ is %v without weights, %v with them", flat.Legs[0].Lambda, first.Legs[0].Lambda)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFindingsAreDropped(t *testing.T) {
	g := ground(t)
	q := question(t)
	plain, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	line := plain.Legs[0].Line
	p := line[len(line)/2]
	f := hazard.Finding{Kind: hazard.Closed, Rating: 4, Lat: p[1], Lon: p[0], Surveyor: "R 2", Date: hazard.DayOf(now), Expiry: hazard.DayOf(now) + 10}
	f.SetID()
	q.Findings = []hazard.Finding{f}
	shut, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(shut.Legs[0].Line, line) {
		t.Fatal("the finding moves nothing")
	}
	why, err := g.Why(q, p[1], p[0], now)
	if err != nil {
		t.Fatal(err)
	}
	if s := asJSON(t, why); !strings.Contains(s, f.ID) {
		t.Errorf("the finding is no reason: %s", s)
	}
	q.Change.Drop = []string{f.ID}
	dropped, err := g.Sketch(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dropped.Legs[0].Line, line) {
		t.Error("a finding that is dropped still counts")
	}
}

func TestBadQuestions(t *testing.T) {
	g := ground(t)
	for name, spoil := range map[string]func(*desk.Question){
		"document":    func(q *desk.Question) { q.Document = []byte(`{"movement": 1}`) },
		"no document": func(q *desk.Question) { q.Document = nil },
		"closure":     func(q *desk.Question) { q.Change.Closures = []desk.Closure{{Lat: math.NaN()}} },
		"radius":      func(q *desk.Question) { q.Change.Closures = []desk.Closure{{Lat: 39, Lon: -75, Radius: 1e9}} },
		"closures":    func(q *desk.Question) { q.Change.Closures = make([]desk.Closure, desk.MostClosures+1) },
		"weights":     func(q *desk.Question) { q.Change.Weights = map[string]float64{"people": 2} },
	} {
		q := question(t)
		spoil(&q)
		if _, err := g.Sketch(context.Background(), q); err == nil || outrider.KindOf(err) == outrider.Internal && name != "document" && name != "no document" {
			t.Errorf("%s: %v", name, err)
		}
	}
	q := question(t)
	q.Change.Closures = []desk.Closure{{Lat: 36, Lon: -60}}
	if _, err := g.Sketch(context.Background(), q); outrider.KindOf(err) != outrider.OffNetwork {
		t.Errorf("a closure at sea: %v", err)
	}
	if _, err := g.Why(question(t), 36, -60, now); err == nil {
		t.Error("there is a reason at sea")
	}
	if _, err := g.Why(question(t), 200, 0, now); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("a place that is none: %v", err)
	}
}

func TestPlansAreNarrowed(t *testing.T) {
	g := ground(t)
	p, err := g.Plan(context.Background(), question(t), plan.MixOptions{Routes: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := asJSON(t, p)
	n := desk.Narrowed(p)
	if len(p.Legs[0].Mix.Places) == 0 || len(p.Legs[0].Mix.Frontier) == 0 {
		t.Fatal("the plan has nothing to hide")
	}
	mix := n.Legs[0].Mix
	if len(mix.Places)+len(mix.Proof)+len(mix.Frontier)+len(mix.Radii) > 0 || mix.Door != 0 {
		t.Errorf("a reader sees %+v", mix)
	}
	if len(mix.Routes) != len(p.Legs[0].Mix.Routes) || mix.Routes[0].Worst != 0 {
		t.Error("routes are lost, or what they are worth is told")
	}
	if asJSON(t, p) != before {
		t.Error("the plan itself was changed")
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	g := ground(t)
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			q := question(t)
			if i > 0 {
				q.Change.Closures = []desk.Closure{{Lat: 39.5, Lon: -75.65, Radius: 100 * float64(i)}}
			}
			if _, err := g.Sketch(context.Background(), q); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// BenchmarkSketch is a sketch of a movement across the state with a new closure
// each time.
// TestWhatIsKeptChangesNothing asks a ground that keeps what questions share, and
// one that has never been asked anything, the same questions.
func TestWhatIsKeptChangesNothing(t *testing.T) {
	g, q := ground(t), question(t)
	first, err := g.Sketch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	line := first.Legs[0].Line
	random := rand.New(rand.NewPCG(3, 5))
	documents := [][]byte{
		q.Document,
		[]byte(strings.ReplaceAll(string(q.Document), "width_m: 2.3, height_m: 2.9, mass_t: 5.5", "width_m: 2.5, height_m: 4.2, mass_t: 30")),
		[]byte(strings.ReplaceAll(string(q.Document), "2026-11-24T0", "2026-11-24T1")),
		[]byte(strings.ReplaceAll(string(q.Document), `{at: "39.1580,-75.5240", label: Dover}`, `{at: "38.9108,-75.4277", label: Milford}`)),
		// A halt is put in, which asks for trees that sketches do without otherwise.
		[]byte(strings.ReplaceAll(string(q.Document), "  max_detour: 1.6", "  max_detour: 1.6\n  driving: {max_hours: 1.2, break_min: 15}")),
		// The limit on the detour does not let the first choice pass.
		[]byte(strings.ReplaceAll(string(q.Document), "max_detour: 1.6", "max_detour: 1.01")),
	}
	for i, d := range documents[1:] {
		if string(d) == string(q.Document) {
			t.Fatalf("document %d is the first", i+1)
		}
	}
	kinds := hazard.FindingKinds()
	refused, moved := 0, 0
	for i := range 18 {
		q.Document = documents[i%len(documents)]
		q.Change, q.Findings = desk.Change{}, nil
		for range random.IntN(4) {
			k := random.IntN(len(line))
			q.Change.Closures = append(q.Change.Closures, desk.Closure{Lat: line[k][1], Lon: line[k][0], Radius: float64(random.IntN(2) * 60)})
		}
		for n := range random.IntN(3) {
			k := random.IntN(len(line))
			q.Findings = append(q.Findings, hazard.Finding{
				ID: strings.Repeat(string(rune('a'+n)), 8), Kind: kinds[random.IntN(len(kinds))], Rating: 4, Lat: line[k][1], Lon: line[k][0],
				Surveyor: "R 2", Date: hazard.DayOf(now), Expiry: hazard.DayOf(now) + 10,
			})
		}
		if random.IntN(2) == 0 {
			q.Change.Weights = map[string]float64{"bridge": 3}
		}
		kept, err := g.Sketch(t.Context(), q)
		fresh, errFresh := desk.FreshGround(g).Sketch(t.Context(), q)
		if (err == nil) != (errFresh == nil) || err != nil && err.Error() != errFresh.Error() {
			t.Fatalf("question %d: %v, without what is kept %v", i, err, errFresh)
		}
		if err != nil {
			refused++
			continue
		}
		if a, b := asJSON(t, kept), asJSON(t, fresh); a != b {
			t.Fatalf("question %d: the answers differ, of %d and %d bytes", i, len(a), len(b))
		}
		if !slices.Equal(kept.Legs[0].Line, line) {
			moved++
		}
	}
	if moved < 8 || refused > 8 {
		t.Errorf("%d lines moved, %d questions were refused: too little was compared", moved, refused)
	}
}

func BenchmarkSketch(b *testing.B) {
	g := ground(b)
	q := question(b)
	s, err := g.Sketch(context.Background(), q)
	if err != nil {
		b.Fatal(err)
	}
	line := s.Legs[0].Line
	random := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		p := line[random.IntN(len(line))]
		q.Change.Closures = []desk.Closure{{Lat: p[1], Lon: p[0]}}
		if _, err := g.Sketch(context.Background(), q); err != nil && outrider.KindOf(err) != outrider.NoRoute {
			b.Fatal(err)
		}
	}
}
