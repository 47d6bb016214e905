package reach

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game/internal/lp"
	"github.com/outrider-project/outrider/geo"
)

// apart is the distance in metres between two points on a plane at the first, a
// plain formula of its own.
func apart(a, b geo.Point) (east, north float64) {
	lat, lon := a.Degrees()
	lat2, lon2 := b.Degrees()
	const deg = math.Pi / 180
	s := math.Sin((lat + lat2) / 2 * deg)
	const major, e2 = 6378137.0, 0.00669437999014
	q := 1 - e2*s*s
	return (lon2 - lon) * deg * major / math.Sqrt(q) * math.Cos((lat+lat2)/2*deg), (lat2 - lat) * deg * major * (1 - e2) / math.Pow(q, 1.5)
}

// reaches tells whether a segment comes within metres of a point.
func reaches(c geo.Point, s Segment, metres float64) bool {
	ax, ay := apart(c, s.A)
	bx, by := apart(c, s.B)
	best := math.Inf(1)
	for lo, hi, k := 0.0, 1.0, 0; k < 60; k++ { // distance is convex along a segment
		m1, m2 := lo+(hi-lo)/3, hi-(hi-lo)/3
		d1 := math.Hypot(ax+(bx-ax)*m1, ay+(by-ay)*m1)
		d2 := math.Hypot(ax+(bx-ax)*m2, ay+(by-ay)*m2)
		best = min(best, d1, d2)
		if d1 < d2 {
			hi = m2
		} else {
			lo = m1
		}
	}
	return best <= metres
}

// valueOf solves the game over all walks given, with discs of a radius at the
// centres given, by a linear program with every row and column.
func valueOf(t *testing.T, f *town, walks [][]uint32, centres []geo.Point, metres float64) float64 {
	t.Helper()
	g := lp.NewGame(1e-9)
	for range walks {
		g.AddRoute(nil, nil)
	}
	seen := map[string]bool{}
	for _, c := range centres {
		p := 0.0
		in := make([]bool, f.Pieces)
		for k, all := range f.pieces {
			for _, s := range all {
				if reaches(c, s, metres) {
					in[k] = true
					p = max(p, s.P)
				}
			}
		}
		key := fmt.Sprint(in, p)
		if p == 0 || seen[key] {
			continue
		}
		seen[key] = true
		var gains []lp.Gain
		for i, w := range walks {
			for _, v := range w {
				if in[f.Piece[v]] {
					gains = append(gains, lp.Gain{Of: i, Value: p})
					break
				}
			}
		}
		g.AddAttack(gains)
	}
	s, err := g.Solve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s.Value
}

// netPoints returns all discs of a game that reach any of its ground.
func netPoints(x *Game) (out []geo.Point) {
	for p := range x.f.Pieces {
		x.g.discs(uint32(p))
	}
	for d := range x.g.at {
		out = append(out, x.g.point(disc(d)))
	}
	return out
}

// finely asks for bounds as near as whole charges allow.
func finely(limit uint32) Options {
	return Options{Reach: 100, Step: 25, Limit: limit, Levels: 20_000, Rounds: 300}
}

func solve(t *testing.T, f *Field, o Options) (*Game, *Mix) {
	t.Helper()
	x, err := New(f, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := x.Solve(context.Background(), math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	return x, m
}

// TestExactSmallTowns holds mixes and bounds against linear programs over all
// walks and all discs of the net, made with other code.
func TestExactSmallTowns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	tried, closed := 0, 0
	for tried < 60 {
		f, limit := randomTown(r, 1)
		if f == nil {
			continue
		}
		walks := every(&f.Field, limit, 1500)
		if len(walks) < 2 {
			continue
		}
		tried++
		o := finely(limit)
		o.Loop = 1 + uint32(r.IntN(int(limit)))
		x, m := solve(t, &f.Field, o)
		centres := netPoints(x)
		// A little to either side covers what two formulas of distance differ by.
		wideLow, wideHigh := valueOf(t, f, walks, centres, 124.9), valueOf(t, f, walks, centres, 125.1)
		narrowLow, narrowHigh := valueOf(t, f, walks, centres, 99.9), valueOf(t, f, walks, centres, 100.1)
		if m.Upper < wideLow*(1-1e-6)-1e-8 {
			t.Errorf("town %d: upper %.9f is below the value %.9f of the wide discs", tried, m.Upper, wideLow)
		}
		if m.Lower > narrowHigh*(1+1e-6)+1e-8 {
			t.Errorf("town %d: lower %.9f is above the value %.9f of the narrow discs", tried, m.Lower, narrowHigh)
		}
		if m.Complete && m.Upper <= wideHigh*(1+2e-3)+1e-8 && m.Lower >= narrowLow*(1-2e-3)-1e-8 {
			closed++
		} else {
			t.Logf("town %d: %.6f to %.6f; all walks %.6f to %.6f; complete %v", tried, m.Lower, m.Upper, narrowLow, wideHigh, m.Complete)
		}
	}
	if closed < tried*8/10 {
		t.Errorf("only %d of %d mixes are as good as the best", closed, tried)
	}
}

// TestHonestRoutes holds what a mix says of its routes against the field.
func TestHonestRoutes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 5))
	for range 40 {
		f, limit := randomTown(r, 2)
		if f == nil {
			continue
		}
		_, m := solve(t, &f.Field, Options{Reach: 100, Step: 25, Limit: limit})
		total, mean := 0.0, 0.0
		for _, x := range m.Routes {
			time := math.Inf(1)
			for _, s := range f.Seeds {
				if s.Node == x.Nodes[0] {
					time = min(time, float64(s.Time))
				}
			}
			for i, v := range x.Nodes[1:] {
				step := math.Inf(1)
				for k := f.First[x.Nodes[i]]; k < f.First[x.Nodes[i]+1]; k++ {
					if f.To[k] == v {
						step = min(step, float64(f.Time[k]))
					}
				}
				time += step
			}
			if time != float64(x.Time) || x.Time > limit {
				t.Errorf("a route of %v is said to take %d of %d", time, x.Time, limit)
			}
			total += x.Prob
			mean += x.Prob * time
		}
		if math.Abs(total-1) > 1e-9 || math.Abs(mean-m.MeanTime) > 1e-6*mean {
			t.Errorf("odds add up to %v, mean time %v is said to be %v", total, mean, m.MeanTime)
		}
		if m.Lower > m.Upper {
			t.Errorf("lower %v above upper %v", m.Lower, m.Upper)
		}
	}
}

// TestNoRoute wants ErrNoRoute where the limit is below the fastest.
func TestNoRoute(t *testing.T) {
	f := build([]geo.Point{at(0, 0), at(500, 0)}, []street{{0, 1, 0.5, 10, false}}, 1, nil)
	if _, err := New(&f.Field, finely(9)); !errors.Is(err, ErrNoRoute) {
		t.Errorf("error %v", err)
	}
	f.Sinks = nil
	if _, err := New(&f.Field, finely(90)); err == nil {
		t.Error("a field without a sink was taken")
	}
}
