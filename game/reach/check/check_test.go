package check

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
)

// roads is ground of whole pieces, one a road.
type roads [][]reach.Segment

func (r roads) Segments(piece uint32) []reach.Segment { return r[piece] }

func (r roads) Most(piece uint32) (most float64) {
	for _, s := range r[piece] {
		most = max(most, s.P)
	}
	return most
}

func (r roads) Near(b geo.Box, visit func(piece uint32)) {
	for p := range r {
		visit(uint32(p))
	}
}

func at(east, north float64) geo.Point {
	const lat = 39.3
	return geo.PointFromDegrees(lat+north/111020, -75.5+east/(111320*math.Cos(lat*math.Pi/180)))
}

// grid makes a field of streets every so many metres, to be driven east or north,
// with chances that vary.
func grid(side int, gap float64) *reach.Field {
	var ground roads
	f := &reach.Field{First: []uint32{0}}
	id := map[[3]int]uint32{}
	for y := range side {
		for x := range side {
			for way, end := range [][2]int{{x + 1, y}, {x, y + 1}} {
				if end[0] < side && end[1] < side {
					id[[3]int{x, y, way}] = uint32(len(ground))
					p := 0.1 + 0.05*float64((3*x+5*y+7*way)%9)
					if x+y == 0 || end[0]+end[1] == 2*side-2 {
						p = 0 // the doors are held
					}
					ground = append(ground, []reach.Segment{{A: at(gap*float64(x), gap*float64(y)), B: at(gap*float64(end[0]), gap*float64(end[1])), P: p}})
				}
			}
		}
	}
	for y := range side {
		for x := range side {
			for way, end := range [][2]int{{x + 1, y}, {x, y + 1}} {
				v, ok := id[[3]int{x, y, way}]
				if !ok {
					continue
				}
				f.Piece = append(f.Piece, v)
				if x+y == 0 {
					f.Seeds = append(f.Seeds, reach.Seed{Node: v, Time: 10})
				}
				if end == [2]int{side - 1, side - 1} {
					f.Sinks = append(f.Sinks, v)
				}
				for next := range 2 {
					if u, ok := id[[3]int{end[0], end[1], next}]; ok {
						f.To, f.Time = append(f.To, u), append(f.Time, uint32(8+(x+2*y+next)%5))
					}
				}
				f.First = append(f.First, uint32(len(f.To)))
			}
		}
	}
	f.Pieces, f.Ground = len(ground), ground
	return f
}

func solved(t *testing.T) (*reach.Field, reach.Options, *reach.Mix) {
	t.Helper()
	f := grid(5, 400)
	o := reach.Options{Reach: 100, Step: 25, Limit: 84, Levels: 5000}
	x, err := reach.New(f, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := x.Solve(context.Background(), math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	return f, o, m
}

// TestCheckAgrees wants the check to find what the solver claims, no more and no
// less.
func TestCheckAgrees(t *testing.T) {
	f, o, m := solved(t)
	r := Check(f, o, m, 1_000_000)
	if len(r.Faults) > 0 || !r.Proved || len(r.Returns) > 0 {
		t.Fatalf("%+v", r)
	}
	if r.Upper < m.Lower*(1-1e-6) || r.Upper > m.Upper*(1+1e-6) || math.Abs(r.Lower-m.Lower) > 1e-3*m.Lower {
		t.Errorf("checked %v to %v, solved %v to %v", r.Lower, r.Upper, m.Lower, m.Upper)
	}
	if m.Lower < 0.9*m.Upper || len(m.Routes) < 2 {
		t.Errorf("a poor mix: %v to %v with %d routes", m.Lower, m.Upper, len(m.Routes))
	}
	if small := Check(f, o, m, 3); small.Proved || small.Labels > 4 || len(small.Faults) > 0 || small.Lower > r.Lower {
		t.Errorf("without effort %+v", small)
	}
}

// TestCheckFinds tampers with mixes, each in one way, and wants it found.
func TestCheckFinds(t *testing.T) {
	for _, c := range []struct {
		what   string
		tamper func(f *reach.Field, o *reach.Options, m *reach.Mix)
	}{
		{"is no walk", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) {
			m.Routes[0].Nodes = slices.Delete(slices.Clone(m.Routes[0].Nodes), 2, 3)
		}},
		{"is no walk", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Routes[0].Nodes = m.Routes[0].Nodes[1:] }},
		{"is no walk", func(f *reach.Field, _ *reach.Options, m *reach.Mix) { m.Routes[0].Nodes = []uint32{1 << 30} }},
		{"takes", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Routes[0].Time-- }},
		{"more than the limit", func(_ *reach.Field, o *reach.Options, _ *reach.Mix) { o.Limit = 75 }},
		{"odds of the routes", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Routes[0].Prob *= 0.9 }},
		{"mean time", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.MeanTime *= 0.99 }},
		{"mean time", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.MeanLimit = m.MeanTime * 0.99 }},
		{"more than", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Upper *= 0.8 }},
		{"less than", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Lower *= 1.01 }},
		{"attacker's odds", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Attack[0].Prob *= 2 }},
		{"less than", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Attack[0].At.Lat += 1_000_000 }},
		{"has a chance", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Attack[0].P *= 1.1 }},
		{"without an attacker", func(_ *reach.Field, _ *reach.Options, m *reach.Mix) { m.Attack = nil }},
		{"no seed", func(f *reach.Field, _ *reach.Options, _ *reach.Mix) { f.Seeds = nil }},
	} {
		f, o, m := solved(t)
		c.tamper(f, &o, m)
		if r := Check(f, o, m, 1_000_000); !strings.Contains(strings.Join(r.Faults, "; "), c.what) {
			t.Errorf("%q was not found: %q", c.what, r.Faults)
		}
	}
}
