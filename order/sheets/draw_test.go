package sheets_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
)

// drawings returns the drawings of a document whose captions begin with a text.
func drawings(d paper.Document, caption string) []paper.Drawing {
	var out []paper.Drawing
	for _, block := range d.Blocks {
		if q, ok := block.(paper.Drawing); ok && strings.HasPrefix(q.Caption, caption) {
			out = append(out, q)
		}
	}
	return out
}

// A strip map has every point of the march table by its number, every turn and its
// odometer, in the order of passage from the bottom to the top, strip by strip; the
// last of a strip is the first of the next.
func TestStripMap(t *testing.T) {
	for _, more := range []int{0, 3, 12, 25, 60} {
		p := trial("Alpha", 1, 1)
		r := &p.Legs[0].Routes[0]
		for k := range more {
			m := r.March[2]
			m.Odometer += float64(k + 1)
			m.Point = fmt.Sprintf("bridge, Bridge %d", k)
			r.March = append(r.March[:3+k:3+k], append([]outrider.MarchRow{m}, r.March[3+k:]...)...)
		}
		strips := drawings(find(t, made(t, sheets.Input{Version: sheets.Version{Plan: p}}), sheets.Full, ""), "Strip map")
		if len(strips) == 0 {
			t.Fatalf("%d points more: there is no strip map", more)
		}
		var marks []string
		for _, d := range strips {
			if d.Height > 235 {
				t.Errorf("%d points more: a strip map is %.0f mm high", more, d.Height)
			}
			for lane := range 2 {
				left, right := float64(lane)*d.Width/2, float64(lane+1)*d.Width/2
				last := math.Inf(1)
				for _, s := range d.Shapes {
					l, ok := s.(paper.Label)
					if !ok {
						continue
					}
					if l.At.X < 0 || l.At.X > d.Width || l.At.Y < 0 || l.At.Y > d.Height {
						t.Errorf("%d points more: %q lies outside", more, l.Text)
					}
					if !l.Strong || l.Anchor != "middle" || l.Text == "N" || l.At.X < left || l.At.X >= right {
						continue
					}
					if l.At.Y >= last {
						t.Errorf("%d points more: %s stands below the mark before it", more, l.Text)
					}
					last = l.At.Y
					if len(marks) == 0 || marks[len(marks)-1] != l.Text {
						marks = append(marks, l.Text)
					}
				}
			}
		}
		want := []string{"SP"}
		for k := range 3 + more {
			want = append(want, fmt.Sprint(k+1))
		}
		if got, want := strings.Join(marks, " "), strings.Join(append(want, "RP"), " "); got != want {
			t.Errorf("%d points more: marks %s, want %s", more, got, want)
		}
	}
}

// Maps have the posts that the column passes, and the route that is driven above
// the others.
func TestLegMap(t *testing.T) {
	in := sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2), Order: trialOrder(t, "Alpha")}}
	full := find(t, made(t, in), sheets.Full, "")
	posts := func(d paper.Drawing) (n int) {
		for _, s := range d.Shapes {
			if l, ok := s.(paper.Label); ok && l.Text == "P1" {
				n++
			}
		}
		return n
	}
	maps := drawings(full, "Map, ")
	if len(maps) != 2 || posts(maps[0]) != 1 || posts(maps[1]) != 0 {
		t.Errorf("%d maps; the post is not on that of the first leg alone", len(maps))
	}
	if len(drawings(full, "Overview")) != 1 {
		t.Error("there is no overview")
	}
	var routes []paper.Line
	for _, s := range maps[0].Shapes {
		if l, ok := s.(paper.Line); ok && l.Casing >= 0.4 {
			routes = append(routes, l)
		}
	}
	if len(routes) != 2 || len(routes[0].Dash) == 0 || len(routes[1].Dash) != 0 || routes[1].Width <= routes[0].Width {
		t.Errorf("the routes are drawn as %d lines", len(routes))
	}
}

// Whatever a plan holds, an order of it is made or refused, and printed: a file may
// have been edited.
func FuzzMake(f *testing.F) {
	p := trial("Alpha", 2, 2)
	byRail(p, "Alpha", 1)
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			r.Points, r.Odometer, r.Times = r.Points[:4], r.Odometer[:4], r.Times[:3]
		}
		p.Legs[i].Mix = nil
	}
	src, err := json.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte(`{"legs":[{"routes":[{"geometry":[{"lat":90,"lon":180},{"lat":-90,"lon":-180}],"odometer_m":[0,-1e308],"march_table":[{"odometer_m":1e308}],"steps":[{"from_m":-5,"turn":"left"}]}],"rail":{}}]}`))
	f.Add([]byte(`{"legs":[{"mode":"rail","routes":[{"geometry":[{"lat":1e9},{"lat":2e9}],"odometer_m":[0,0],"times_s":[1e300,1e300],"duration_s":1e300,"march_table":[{},{}]}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		var p outrider.Plan
		if len(src) > 1<<15 || json.Unmarshal(src, &p) != nil {
			return
		}
		o, err := sheets.Make(sheets.Input{Version: sheets.Version{Plan: &p}})
		if err != nil {
			return
		}
		for _, s := range o.Sheets {
			if s.Part == sheets.Full || s.Part == sheets.DashCard {
				if err := paper.WritePDF(io.Discard, s.Document); err != nil {
					t.Fatalf("%s: %v", s.Name, err)
				}
			}
		}
	})
}

// damage changes a decoded JSON value in some places: numbers become extreme,
// texts odd, lists lose their middle, keys go away.
func damage(v any, r *rand.Rand) any {
	hit := r.IntN(600) == 0
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if r.IntN(2000) == 0 {
				delete(x, k)
			} else {
				x[k] = damage(x[k], r)
			}
		}
	case []any:
		for i := range x {
			x[i] = damage(x[i], r)
		}
		if hit && len(x) > 0 {
			return x[:r.IntN(len(x))]
		}
	case float64:
		if hit {
			return []float64{0, -1, 1e300, -1e300, 1e9, 90, 181, math.MaxFloat64, 5e-324}[r.IntN(9)]
		}
	case string:
		if hit {
			return []string{"", " ", "start", "critical", "release", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", strings.Repeat("x", 3000), "a\x00\u202eb", "Rest, , ,"}[r.IntN(10)]
		}
	}
	return v
}

// Plans with damage in a few dozen places are made into documents that print, or
// are refused; none ends the program.
func TestDamagedPlans(t *testing.T) {
	p := trial("Alpha", 3, 2)
	byRail(p, "Alpha", 1)
	src, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(6, 1))
	count := 0
	for k := range 80 {
		var tree any
		if err := json.Unmarshal(src, &tree); err != nil {
			t.Fatal(err)
		}
		damaged, err := json.Marshal(damage(tree, random))
		if err != nil {
			t.Fatal(err)
		}
		var p outrider.Plan
		if json.Unmarshal(damaged, &p) != nil {
			continue
		}
		before := sheets.Version{Plan: trial("Alpha", 3, 2)}
		o, err := sheets.Make(sheets.Input{Version: sheets.Version{Plan: &p, Order: trialOrder(t, "Alpha")}, Previous: &before})
		if err != nil {
			continue
		}
		count++
		for i, s := range o.Sheets {
			if i%3 != k%3 {
				continue
			}
			if err := paper.WritePDF(io.Discard, s.Document); err != nil {
				t.Errorf("plan %d: %s: %v", k, s.Name, err)
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d plans were made into orders", count)
	}
}
