package work_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/server/work"
)

var now = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// delaware is a data folder with a map of Delaware, made once.
var delaware = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "outrider-work-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := delaware(); err == nil {
		_ = os.RemoveAll(dir) // of this process alone
	}
	os.Exit(code)
}

func open(tb testing.TB, folder string) *work.Work {
	tb.Helper()
	w, err := work.New(work.Options{Folder: folder, Sample: testdata.Delaware(tb), Program: "test", Random: rand.Reader, Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.Close(); err != nil {
			tb.Error(err)
		}
	})
	return w
}

// world returns the work on a map of Delaware, and the map's id.
func world(tb testing.TB) (*work.Work, string) {
	tb.Helper()
	dir, err := delaware()
	if err != nil {
		tb.Fatal(err)
	}
	w := open(tb, dir)
	maps, err := w.Maps(tb.Context(), now)
	if err != nil {
		tb.Fatal(err)
	}
	if len(maps) == 1 {
		return w, maps[0].ID
	}
	name, err := w.Receive(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	id, err := w.Build(tb.Context(), name, func(string, int64, int64) {})
	if err != nil {
		tb.Fatal(err)
	}
	return w, id
}

func basis(tb testing.TB, id string) server.Basis {
	tb.Helper()
	src, err := os.ReadFile("../../examples/delaware.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return server.Basis{Movement: server.Movement{ID: "m", Map: id, Document: src}, At: now}
}

// made is a plan with a mix, made once for each test binary.
var made struct {
	sync.Once
	plan []byte
	err  error
}

func planned(tb testing.TB, w *work.Work, id string) server.StoredPlan {
	tb.Helper()
	b := basis(tb, id)
	made.Do(func() {
		made.plan, made.err = w.Make(context.Background(), b, json.RawMessage(`{"routes":4}`), func(string, int64, int64) {})
	})
	if made.err != nil {
		tb.Fatal(made.err)
	}
	return server.StoredPlan{ID: "p", Movement: "m", Map: id, Author: "a", Made: now, Plan: made.plan}
}

func TestExtracts(t *testing.T) {
	w := open(t, t.TempDir())
	if _, err := w.Receive(t.Context(), strings.NewReader("")); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("an empty extract: %v", err)
	}
	if _, err := w.Receive(t.Context(), io.MultiReader(strings.NewReader("x"), failing{})); !errors.Is(err, errBroken) {
		t.Errorf("an extract that breaks off: %v", err)
	}
	name, err := w.Receive(t.Context(), strings.NewReader("no extract at all"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Build(t.Context(), name, nil); err == nil || outrider.KindOf(err) == outrider.Internal {
		t.Errorf("a map of something else: %v", err)
	}
	for _, name := range []string{"../../etc/passwd", "", strings.Repeat("0", 32)} {
		if _, err := w.Build(t.Context(), name, nil); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("a map of %q: %v", name, err)
		}
	}

	src, err := os.ReadFile(testdata.Delaware(t))
	if err != nil {
		t.Fatal(err)
	}
	name, err = w.Receive(t.Context(), bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	first, err := w.Build(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	// A job that is done twice, since its end was lost, makes the same map.
	again, err := w.Build(t.Context(), name, nil)
	if err != nil || again != first {
		t.Errorf("built again it is %s, %v; at first %s", again, err, first)
	}
}

var errBroken = errors.New("broken off")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

func TestExtractsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir)
	name, err := w.Receive(t.Context(), strings.NewReader("something"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "extracts", name)
	for _, age := range []time.Duration{6 * 24 * time.Hour, 8 * 24 * time.Hour} {
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		open(t, dir)
		if _, err := os.Stat(path); (err == nil) != (age < 7*24*time.Hour) {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

func TestNoSample(t *testing.T) {
	w, err := work.New(work.Options{Folder: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Receive(t.Context(), nil); outrider.KindOf(err) != outrider.Invalid || !strings.Contains(err.Error(), "samples") {
		t.Errorf("without a sample: %v", err)
	}
}

func TestMapsAndTiles(t *testing.T) {
	w, id := world(t)
	tile, err := w.Tile(t.Context(), id, 8, 74, 97)
	if err != nil || len(tile) == 0 {
		t.Fatalf("a tile of Delaware: %d bytes, %v", len(tile), err)
	}
	z, err := gzip.NewReader(bytes.NewReader(tile))
	if err != nil {
		t.Fatal(err)
	}
	src, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(src, []byte("road")) {
		t.Errorf("the tile of %d bytes holds no roads: %v", len(src), err)
	}
	if tile, err := w.Tile(t.Context(), id, 8, 0, 0); err != nil || len(tile) != 0 {
		t.Errorf("a tile of the ocean: %d bytes, %v", len(tile), err)
	}
	if _, err := w.Tile(t.Context(), id, 3, 9, 0); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a tile that is not in the grid: %v", err)
	}
	for name, ask := range map[string]func(id string) error{
		"tile":   func(id string) error { _, err := w.Tile(t.Context(), id, 8, 74, 97); return err },
		"search": func(id string) error { _, err := w.Search(t.Context(), id, "Dover"); return err },
		"sketch": func(id string) error {
			_, err := w.Sketch(t.Context(), basis(t, id), desk.Change{})
			return err
		},
	} {
		if err := ask(strings.Repeat("0", 64)); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s of a map that is not there: %v", name, err)
		}
	}
	found, err := w.Search(t.Context(), id, "Dover")
	if err != nil || len(found) == 0 {
		t.Errorf("Dover: %v, %v", found, err)
	}
}

func TestMixOptions(t *testing.T) {
	w, id := world(t)
	for _, mix := range []string{
		`{"routes":-1}`, `{"routes":13}`, `{"reach_m":-1}`, `{"reach_m":1e9}`, `{"area_m":-1}`, `{"mean":0.5}`, `{"mean":4}`, `{"way":1}`, `{"routes":1}{}`, `[]`, `{`, `7`,
	} {
		if _, err := w.Make(t.Context(), basis(t, id), json.RawMessage(mix), nil); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("%s: %v", mix, err)
		}
	}
	b := basis(t, "")
	if _, err := w.Make(t.Context(), b, nil, nil); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("a movement without a map: %v", err)
	}
}

// TestReadersSeeNoAttack looks for the attacker's side in everything that is shown
// to who may not see it.
func TestReadersSeeNoAttack(t *testing.T) {
	w, id := world(t)
	p := planned(t, w, id)
	src, err := w.Plan(t.Context(), server.Look{Plan: p, Attack: true, At: now})
	if err != nil {
		t.Fatal(err)
	}
	all, err := exchange.ReadPlan("plan", src)
	if err != nil {
		t.Fatal(err)
	}
	if m := all.Legs[0].Mix; m == nil || len(m.Places) == 0 || len(m.Frontier) == 0 || m.Door == 0 {
		t.Fatal("there is no attacker's side to hide")
	}
	src, err = w.Plan(t.Context(), server.Look{Plan: p, At: now})
	if err != nil {
		t.Fatal(err)
	}
	less, err := exchange.ReadPlan("plan", src)
	if err != nil {
		t.Fatal(err)
	}
	m := less.Legs[0].Mix
	if len(m.Places)+len(m.Proof)+len(m.Frontier)+len(m.Radii)+len(m.Notes) > 0 || m.Door != 0 {
		t.Errorf("a reader sees %d places, %d of the proof, %d of the frontier", len(m.Places), len(m.Proof), len(m.Frontier))
	}
	// The same of what is made from it: nothing that binds stands in lines or report.
	look := server.Look{Plan: p, At: now}
	lines, err := w.Lines(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	report, err := w.Report(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"lines": lines, "report": report} {
		if bytes.Contains(text, []byte("binding")) || bytes.Contains(text, []byte("Places that bind")) {
			t.Errorf("%s name places that bind", name)
		}
	}
}

func TestDocuments(t *testing.T) {
	w, id := world(t)
	l := server.Look{Plan: planned(t, w, id), Attack: true, By: "PLANNER 1", At: now}
	for _, part := range []string{"order", "warning", "driver"} {
		pdf, err := w.Order(t.Context(), l, part, "Letter")
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s: %d bytes, %v", part, len(pdf), err)
		}
		page, err := w.Preview(t.Context(), l, part)
		if err != nil || !bytes.Contains(page, []byte("<style")) || bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte(" style=")) {
			t.Errorf("preview of %s: %v", part, err)
		}
	}
	if _, err := w.Order(t.Context(), l, "nothing", "A4"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a part that is none: %v", err)
	}
	for _, as := range []string{"gpx", "kml", "geojson", "csv", "tak", "ics"} {
		var files [2][]byte
		for i, inClear := range []bool{true, false} {
			name, kind, src, err := w.Export(t.Context(), l, server.ExportRequest{As: as, Clear: inClear})
			if err != nil || name == "" || kind == "" || len(src) == 0 {
				t.Fatalf("%s: %q %q %d bytes, %v", as, name, kind, len(src), err)
			}
			files[i] = src
		}
		if as != "ics" && bytes.Equal(files[0], files[1]) {
			t.Errorf("%s in code words is the same as in clear", as)
		}
	}
	// Words that were given out are in the order, and are given out once.
	dir, err := delaware()
	if err != nil {
		t.Fatal(err)
	}
	book, err := os.ReadFile(filepath.Join(dir, "codewords.jsonl"))
	if err != nil || bytes.Count(book, []byte("\n")) != 1 {
		t.Errorf("the book of words has %d lines, %v", bytes.Count(book, []byte("\n")), err)
	}
	if _, _, _, err := w.Export(t.Context(), l, server.ExportRequest{As: "exe"}); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a format that is none: %v", err)
	}
}

func TestFindings(t *testing.T) {
	w, id := world(t)
	good := `{"kind":"closed","rating":3,"lat":39.15,"lon":-75.52,"date":"2026-11-19","expiry":"2027-11-19"}`
	f, err := w.ReadFinding(t.Context(), json.RawMessage(good), "SURVEY 1", now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.ReadFinding(t.Context(), json.RawMessage(good), "SURVEY 1", now.Add(time.Hour))
	if err != nil || again.ID != f.ID {
		t.Errorf("the same finding is %s, then %s, %v", f.ID, again.ID, err)
	}
	for _, bad := range []string{
		`{}`, `[]`, `{"kind":"person","rating":1}`, strings.Replace(good, `"rating":3`, `"rating":9`, 1), strings.Replace(good, `39.15`, `139.15`, 1),
		strings.Replace(good, `{`, `{"surveyor":"X","plate":"ABC",`, 1), strings.Replace(good, `"2027-11-19"`, `"soon"`, 1), good + good,
	} {
		if _, err := w.ReadFinding(t.Context(), json.RawMessage(bad), "SURVEY 1", now); outrider.KindOf(err) != outrider.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	b := basis(t, id)
	b.Findings = []server.StoredFinding{f}
	if _, err := w.Sketch(t.Context(), b, desk.Change{}); err != nil {
		t.Errorf("a sketch with a finding: %v", err)
	}
	form, err := w.Form(t.Context(), b, planned(t, w, id).Plan)
	var rows struct {
		Rows  []struct{ No int }
		Kinds []string
	}
	if err != nil || json.Unmarshal(form, &rows) != nil || len(rows.Rows) == 0 || !slices.Contains(rows.Kinds, "closed") {
		t.Errorf("the form has %d rows of %v, %v", len(rows.Rows), rows.Kinds, err)
	}
}

// TestApproval leads a plan through its states, and changes what it rests on.
func TestApproval(t *testing.T) {
	w, id := world(t)
	p, b := planned(t, w, id), basis(t, id)
	var record []byte
	act := func(r server.ApprovalRequest, by string) error {
		line, err := w.Next(t.Context(), record, p, b, "PLANNER 1", by, r)
		if err == nil {
			if bytes.ContainsRune(line, '\n') {
				t.Errorf("%s is more than a line", r.Action)
			}
			record = append(append(record, line...), '\n')
		}
		return err
	}
	status := func() (s struct {
		State     string
		Stale     bool
		BytesHash string
		Possible  []string
		Steps     []struct{ By, Action string }
		Checklist []struct{ Item, Verdict string }
	},
	) {
		src, err := w.Status(t.Context(), record, p, b)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(src, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	// What the order says of itself follows the record.
	order := func() string {
		page, err := w.Preview(t.Context(), server.Look{Plan: p, Attack: true, Record: record, By: "READER 1", At: now}, "order")
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	if s := order(); !strings.Contains(s, "NOT RELEASED") || strings.Contains(s, "CHIEF 1") {
		t.Error("the order of a draft does not say that it is not released, or has an issuer")
	}
	sum := sha256.Sum256(p.Plan)
	if s := status(); s.State != "draft" || s.BytesHash != hex.EncodeToString(sum[:]) || !slices.Contains(s.Possible, "submit") {
		t.Errorf("at first: %+v", s)
	}
	if err := act(server.ApprovalRequest{Action: "submit"}, "PLANNER 1"); err != nil {
		t.Fatal(err)
	}
	approve := server.ApprovalRequest{Action: "approve", Post: "commander", Band: 5, Ratio: 10, Expires: now.Add(10 * 24 * time.Hour)}
	if err := act(approve, "PLANNER 1"); err == nil || outrider.KindOf(err) == outrider.Internal {
		t.Errorf("the planner approved the plan: %v", err)
	}
	src, err := w.Status(t.Context(), record, p, b)
	if err != nil {
		t.Fatal(err)
	}
	var posts struct{ Posts []string }
	if err := json.Unmarshal(src, &posts); err != nil || len(posts.Posts) == 0 {
		t.Fatalf("posts: %v, %v", posts, err)
	}
	approve.Post = posts.Posts[0]
	if err := act(approve, "CHIEF 1"); err != nil {
		t.Fatal(err)
	}
	if s := status(); s.State != "approved" || s.Stale || len(s.Steps) != 2 {
		t.Errorf("after the approval: %+v", s)
	}
	if s := order(); !strings.Contains(s, "NOT RELEASED") {
		t.Error("the order of an approved plan does not say that it is not released")
	}
	before := slices.Clone(record)
	if err := act(server.ApprovalRequest{Action: "release"}, "CHIEF 1"); outrider.KindOf(err) != outrider.Refused {
		t.Errorf("released with items of the checklist open: %v", err)
	}
	var tick, waive []string
	for _, item := range status().Checklist {
		switch item.Verdict {
		case "not yet":
			tick = append(tick, item.Item)
		case "no-go":
			waive = append(waive, item.Item)
		}
	}
	for _, r := range []server.ApprovalRequest{
		{Action: "check", Items: tick, Verdict: "go"}, {Action: "waive", Items: waive, Note: "the old map will do for a test"},
	} {
		if len(r.Items) > 0 {
			if err := act(r, "CHIEF 1"); err != nil {
				t.Fatalf("%s %q: %v", r.Action, r.Items, err)
			}
		}
	}
	if err := act(server.ApprovalRequest{Action: "release"}, "CHIEF 1"); err != nil {
		t.Fatalf("release: %v", err)
	}
	if s := order(); strings.Contains(s, "NOT RELEASED") || !strings.Contains(s, "CHIEF 1") {
		t.Error("the order of a released plan says that it is not released, or not who issued it")
	}
	record = before
	b.Movement.Document = append(slices.Clone(b.Movement.Document), "# changed\n"...)
	if s := status(); !s.Stale {
		t.Error("the movement was changed, and the plan is not stale")
	}
	if err := act(server.ApprovalRequest{Action: "release"}, "CHIEF 1"); outrider.KindOf(err) != outrider.Stale && outrider.KindOf(err) != outrider.Refused {
		t.Errorf("a stale plan is released: %v", err)
	}
}

func FuzzReadFinding(f *testing.F) {
	w, err := work.New(work.Options{Folder: f.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"kind":"closed","rating":3,"lat":39.15,"lon":-75.52,"date":"2026-11-19","expiry":"2027-11-19"}`))
	f.Add([]byte(`{"kind":"bridge","rating":0,"note":"a\u0000","from":"2026-11-19T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		x, err := w.ReadFinding(context.Background(), src, "SURVEY 1", now)
		if err != nil {
			if outrider.KindOf(err) == outrider.Internal {
				t.Fatalf("a defect of the program: %v", err)
			}
			return
		}
		if len(x.ID) == 0 || !json.Valid(x.Finding) {
			t.Fatalf("%q is kept as %q", src, x.Finding)
		}
	})
}

// BenchmarkTile makes tiles all over Delaware, zoom by zoom; docs/tiles.md has its
// figures.
func BenchmarkTile(b *testing.B) {
	w, id := world(b)
	type tile struct{ z, x, y int }
	var all []tile
	for z := 6; z <= 14; z++ {
		n := 1 << z
		x0, x1 := int((-75.79+180)/360*float64(n)), int((-75.05+180)/360*float64(n))
		// Delaware lies between 0.3797 and 0.3857 of the height of the world.
		y0, y1 := int(0.3797*float64(n)), int(0.3857*float64(n))
		step := max(1, (x1-x0)/12)
		for x := x0; x <= x1; x += step {
			for y := y0; y <= y1; y += step {
				all = append(all, tile{z, x, y})
			}
		}
	}
	var took []time.Duration
	for b.Loop() {
		for _, t := range all {
			begun := time.Now()
			if _, err := w.Tile(b.Context(), id, t.z, t.x, t.y); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begun))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms/p95")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms/max")
}
