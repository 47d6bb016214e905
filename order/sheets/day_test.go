package sheets_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/paper"
	"github.com/outrider-project/outrider/plan"
)

var update = flag.Bool("update", false, "write the golden file anew")

// dayOrder makes the order of examples/day.yaml and examples/day-order.yaml.
func dayOrder(t *testing.T) (*outrider.Plan, *network.Map, *sheets.Order) {
	t.Helper()
	m, _, err := mapbuild.Build(context.Background(), []string{testdata.Delaware(t)}, mapbuild.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		src, err := os.ReadFile(filepath.Join(testdata.RepoRoot(t), "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	movement, err := exchange.ReadMovement("day.yaml", read("day.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := hazard.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	speeds, err := pace.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Make(context.Background(), plan.Input{
		Map: m, Movement: movement, Profile: profile, Speeds: speeds, Now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := orderfile.Read("day-order.yaml", read("day-order.yaml"), movement.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return p, m, made(t, sheets.Input{Version: sheets.Version{Plan: p, Order: file}, Map: m})
}

// TestDay makes the order of the sample day in Delaware, compares what it says with
// a golden file, and looks for everything that the plan has in blocks and in print.
func TestDay(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the map of Delaware")
	}
	p, _, o := dayOrder(t)
	var b strings.Builder
	for _, s := range o.Sheets {
		if s.For == "" || slices.Contains([]string{"SIERRA 4", "LEAD 1", "TANGO 1"}, s.For) {
			fmt.Fprintf(&b, "==== %s\n%s\n", s.Name, strings.Join(lines(s.Document, false), "\n"))
		}
	}
	golden := filepath.Join("testdata", "day.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		x, y := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				t.Errorf("line %d is\n%s\nwant\n%s\nlook at the difference; -update if it is right", i+1, x[i], y[i])
				break
			}
		}
		if len(x) != len(y) {
			t.Errorf("%d lines, want %d", len(x), len(y))
		}
	}
	full := find(t, o, sheets.Full, "")
	checkComplete(t, p, lines(full, false))
	checkPrinted(t, p, full)
}

// checkComplete looks for every critical point with its times, every decision
// point, every hazard with its place, and every haven of the plan's primary routes,
// written by code of its own.
func checkComplete(t *testing.T, p *outrider.Plan, text []string) {
	t.Helper()
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		t.Fatal(err)
	}
	has := func(what string, cells ...string) {
		t.Helper()
		if !slices.ContainsFunc(text, func(line string) bool {
			for _, c := range cells {
				if !strings.Contains(strings.ToLower(strings.ReplaceAll(line, ";", "/")), strings.ToLower(strings.ReplaceAll(c, ";", "/"))) {
					return false
				}
			}
			return true
		}) {
			t.Errorf("no line says the %s %q", what, cells)
		}
	}
	count := 0
	for i := range p.Legs {
		l := &p.Legs[i]
		r := &l.Routes[0]
		for k := range r.March {
			m := &r.March[k]
			clock := func(at time.Time) string { return at.In(zone).Round(time.Second).Format("15:04:05") }
			has("point", m.Point, clock(m.Head), clock(m.Tail), fmt.Sprintf("%.1f", m.Odometer/1000))
			count++
		}
		for k := range l.Decisions {
			if d := &l.Decisions[k]; d.From == "primary" {
				has("decision point", d.Latest.In(zone).Round(time.Second).Format("15:04"), d.To, d.Road, fmt.Sprintf("%.1f", d.Odometer/1000))
				count++
			}
		}
		for k := range r.Hazards {
			if h := &r.Hazards[k]; h.Detail != "" {
				has("hazard", fmt.Sprintf("%.1f", h.From/1000), h.Detail)
				count++
			}
		}
		for k := range r.Havens {
			has("haven", r.Havens[k].Name, fmt.Sprintf("%.1f", r.Havens[k].Odometer/1000))
		}
	}
	if count < 100 {
		t.Errorf("only %d things were looked for", count)
	}
}

// checkPrinted finds times, points, page numbers and marking in the PDF with
// pdftotext.
func checkPrinted(t *testing.T, p *outrider.Plan, d paper.Document) {
	t.Helper()
	tool := testdata.Tool(t, "pdftotext", "poppler-utils")
	var pdf bytes.Buffer
	if err := paper.WritePDF(&pdf, d); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "order.pdf")
	if err := os.WriteFile(path, pdf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimRight(string(out), "\f"), "\f")
	for i, page := range pages {
		if !strings.Contains(page, fmt.Sprintf("page %d/%d", i+1, len(pages))) || strings.Count(page, "NAMED READERS ONLY") < 2 {
			t.Errorf("page %d has not its number, or not its marking above and below", i+1)
		}
	}
	// Cells are broken into lines: compared without blanks.
	squeezed := strings.Join(strings.Fields(string(out)), "")
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Legs {
		for _, m := range p.Legs[i].Routes[0].March {
			if clock := m.Head.In(zone).Round(time.Second).Format("15:04:05"); !strings.Contains(squeezed, clock) {
				t.Errorf("%s of %q is not in print", clock, m.Point)
			}
			if _, road, ok := strings.Cut(m.Point, ", "); ok && !strings.Contains(squeezed, strings.ReplaceAll(strings.Join(strings.Fields(road), ""), ";", "/")) {
				t.Errorf("%q is not in print", m.Point)
			}
		}
	}
}

// BenchmarkMake is the cost of all documents of a plan with ten legs, without
// ground.
func BenchmarkMake(b *testing.B) {
	p := trial("Alpha", 10, 20)
	for b.Loop() {
		if _, err := sheets.Make(sheets.Input{Version: sheets.Version{Plan: p}}); err != nil {
			b.Fatal(err)
		}
	}
}
