package sheets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
)

// amended returns trial's order in two versions, the later one changed.
func amended(tb testing.TB, change func(p *outrider.Plan, o *orderfile.Order)) (before, after sheets.Version) {
	tb.Helper()
	before = sheets.Version{Plan: trial("Alpha", 2, 3), Order: trialOrder(tb, "Alpha")}
	after = sheets.Version{Plan: trial("Alpha", 2, 3), Order: trialOrder(tb, "Alpha")}
	after.Order.Version = before.Order.Version + 1
	change(after.Plan, after.Order)
	return before, after
}

// changes are amendments of an order, with what the fragmentary order must say.
var changes = map[string]struct {
	change func(p *outrider.Plan, o *orderfile.Order)
	says   []string
}{
	"a later start of one leg": {func(p *outrider.Plan, _ *orderfile.Order) {
		p.Legs[1].Earliest = p.Legs[1].Earliest.Add(25 * time.Minute)
	}, []string{"Tue 24 Nov 2026, 08:30 UTC", "Tue 24 Nov 2026, 08:55 UTC"}},
	"another bridge": {func(p *outrider.Plan, _ *orderfile.Order) {
		p.Legs[0].Routes[0].March[1].Point = "bridge, New bridge"
	}, []string{"Bridge, Bridge road 0-0 Alpha", "Bridge, New bridge"}},
	"a point that is gone": {func(p *outrider.Plan, _ *orderfile.Order) {
		p.Legs[0].Routes[0].March = slices.Delete(p.Legs[0].Routes[0].March, 2, 3)
	}, []string{"Tunnel, Tunnel road 0-0 Alpha"}},
	"a hazard more": {func(p *outrider.Plan, _ *orderfile.Order) {
		r := &p.Legs[0].Routes[0]
		r.Hazards = append(r.Hazards, outrider.HazardPass{Kind: "ford", From: 27000, To: 27010, At: p.Legs[0].Earliest, Detail: "deep after rain", Finding: "f1"})
	}, []string{"Ford", "deep after rain", "survey"}},
	"another commander": {func(_ *outrider.Plan, o *orderfile.Order) { o.Command.Commander = "SIERRA 8" }, []string{"SIERRA 1", "SIERRA 8"}},
	"another frequency": {func(_ *outrider.Plan, o *orderfile.Order) { o.Communications.Nets[0].Frequency = "160.5 MHz" }, []string{"155.25 MHz", "160.5 MHz"}},
	"another action":    {func(_ *outrider.Plan, o *orderfile.Order) { o.Actions.Breakdown = []string{"Wait for recovery"} }, []string{"Wait for recovery", "Pull off the carriageway"}},
	"an earlier decision": {func(p *outrider.Plan, _ *orderfile.Order) {
		p.Legs[0].Decisions[0].Latest = p.Legs[0].Decisions[0].Latest.Add(-3 * time.Minute)
	}, []string{"06:38", "06:35"}},
	"one vehicle less": {func(p *outrider.Plan, _ *orderfile.Order) { p.Convoy.Vehicles = p.Convoy.Vehicles[:2] }, []string{"CAR 3"}},
	"another post":     {func(_ *outrider.Plan, o *orderfile.Order) { o.Posts[0].Task = "Hold the bridge" }, []string{"Hold the gate", "Hold the bridge"}},
	"a leg less":       {func(p *outrider.Plan, _ *orderfile.Order) { p.Legs = p.Legs[:1] }, []string{"Leg 2 Alpha", "(gone)"}},
	"another hospital": {func(_ *outrider.Plan, o *orderfile.Order) { o.Medical.Hospitals[0].Telephone = "030 555 98" }, []string{"030 555 99", "030 555 98"}},
}

// TestFragmentaryIsExact holds that a fragmentary order says everything that the
// full order says anew or no longer, and nothing that it says as before: found by
// comparing the two full orders row by row as sets, by code of its own.
func TestFragmentaryIsExact(t *testing.T) {
	for name, test := range changes {
		before, after := amended(t, test.change)
		old := find(t, made(t, sheets.Input{Version: before}), sheets.Full, "")
		o := made(t, sheets.Input{Version: after, Previous: &before})
		fragment := find(t, o, sheets.Fragmentary, "")
		text := textOf(fragment)
		for _, want := range test.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, text)
			}
		}
		gone, appeared := apart(old, find(t, o, sheets.Full, ""))
		if len(gone)+len(appeared) == 0 {
			t.Errorf("%s changes nothing", name)
		}
		// A table that is given anew takes the place of the one before.
		anew := strings.Contains(text, "in place of the one before")
		if anew {
			gone = nil
		}
		for _, line := range append(gone, appeared...) {
			for _, cell := range line {
				if !strings.Contains(text, cell) {
					t.Errorf("%s: %q of the row %q is not said", name, cell, line)
				}
			}
		}
		said := 0
		for _, block := range fragment.Blocks {
			table, ok := block.(paper.Table)
			if !ok || table.Columns[0].Head != "What" {
				continue
			}
			said += len(table.Rows)
			for _, r := range table.Rows {
				if r[1] == r[2] {
					t.Errorf("%s: %q is said to differ and does not", name, r)
				}
			}
		}
		if most := len(gone) + len(appeared); said > most && !anew {
			t.Errorf("%s: %d changes are said, %d rows differ", name, said, most)
		}
	}
}

// apart returns the rows of two documents that only the one and only the other has,
// as lists of cells. Version and time of issue are left out.
func apart(a, c paper.Document) (onlyA, onlyC [][]string) {
	rows := func(d paper.Document) map[string][]string {
		out, heading := map[string][]string{}, ""
		for _, line := range lines(d, false) {
			kind, rest, _ := strings.Cut(line, " ")
			switch {
			case kind == "title", kind == "table", kind == "head", kind == "drawing":
				continue
			case strings.HasPrefix(kind, "#"):
				heading = rest
				continue
			}
			cells := strings.Split(rest, " | ")
			if cells[0] == "Version" || cells[0] == "Issued" {
				continue
			}
			cells = slices.DeleteFunc(cells, func(s string) bool { return s == "" })
			key := heading + "\x00" + strings.Join(cells, "\x00")
			for out[key] != nil {
				key += "+"
			}
			out[key] = cells
		}
		return out
	}
	x, y := rows(a), rows(c)
	for key, cells := range x {
		if y[key] == nil {
			onlyA = append(onlyA, cells)
		}
	}
	for key, cells := range y {
		if x[key] == nil {
			onlyC = append(onlyC, cells)
		}
	}
	return onlyA, onlyC
}

// What an order does not print can change without a fragmentary order.
func TestNothingToSay(t *testing.T) {
	for name, change := range map[string]func(p *outrider.Plan, o *orderfile.Order){
		"nothing":                          func(*outrider.Plan, *orderfile.Order) {},
		"made again":                       func(p *outrider.Plan, _ *orderfile.Order) { p.Made = p.Made.Add(time.Hour) },
		"exposure":                         func(p *outrider.Plan, _ *orderfile.Order) { p.Legs[0].Routes[0].Lambda++ },
		"odds":                             func(p *outrider.Plan, _ *orderfile.Order) { p.Legs[0].Mix.Routes[0].Prob = 0.5 },
		"issued again":                     func(_ *outrider.Plan, o *orderfile.Order) { o.Issued.At = o.Issued.At.Add(time.Hour) },
		"another route that is not driven": func(p *outrider.Plan, _ *orderfile.Order) { p.Legs[0].Routes[1].Length++ },
	} {
		before, after := amended(t, change)
		o := made(t, sheets.Input{Version: after, Previous: &before})
		if slices.ContainsFunc(o.Sheets, func(s sheets.Sheet) bool { return s.Part == sheets.Fragmentary }) {
			t.Errorf("%s: there is a fragmentary order", name)
		}
		if !slices.ContainsFunc(o.Notes, func(n string) bool { return strings.Contains(n, "nothing differs") }) {
			t.Errorf("%s: nobody is told that nothing differs", name)
		}
	}
}

// A leg drawn to another route is a change, though the plan is the same. Of a table
// with many rows, hardly one is left: it is given anew, with the strip map.
func TestAnotherRouteDrawn(t *testing.T) {
	for _, points := range []int{0, 12} {
		before, after := amended(t, func(*outrider.Plan, *orderfile.Order) {})
		for _, r := range []*outrider.RoutePlan{&before.Plan.Legs[0].Routes[0], &after.Plan.Legs[0].Mix.Routes[1].Route} {
			for k := range points {
				m := r.March[2]
				m.Point += fmt.Sprintf(" part %d", k)
				r.March = slices.Insert(r.March, 3, m)
			}
		}
		after.Routes = map[int]string{0: "B"}
		text := textOf(find(t, made(t, sheets.Input{Version: after, Previous: &before}), sheets.Fragmentary, ""))
		for _, want := range []string{"Bridge road 0-3 Alpha", "Road 0-3-1 Alpha"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d points more: it does not say %q", points, want)
			}
		}
		anew := strings.Contains(text, "March table, Leg 1 Alpha, in place of the one before") && strings.Contains(text, "Strip map, Leg 1 Alpha")
		if rows := strings.Contains(text, "March table, Leg 1 Alpha: "); anew != (points > 0) || rows == anew {
			t.Errorf("%d points more: the table is given anew: %v; row by row: %v", points, anew, rows)
		}
	}
}
