package reach

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/geo"
)

// ladder is two ends joined by parallel roads some metres apart.
func ladder(gap float64, chances ...float64) ([]geo.Point, []street) {
	crossings := []geo.Point{at(0, 0)}
	var streets []street
	for i, p := range chances {
		y := gap * float64(i)
		crossings = append(crossings, at(1000, y), at(3000, y))
		streets = append(streets, street{0, 1 + 2*i, 0, 100, false}, street{1 + 2*i, 2 + 2*i, p, 200, false}, street{2 + 2*i, 2*len(chances) + 1, 0, 100, false})
	}
	return append(crossings, at(4000, 0)), streets
}

// TestClosedForms holds values against what is known without search: parallel
// roads give 1/Σ(1/p), one bridge its chance, no chance nothing, a certain one 1.
func TestClosedForms(t *testing.T) {
	for _, c := range []struct {
		gap     float64
		chances []float64
		want    float64
	}{
		{900, []float64{0.2, 0.3, 0.5}, 1 / (5 + 10/3.0 + 2)},
		{900, []float64{0.4}, 0.4},
		{900, []float64{1}, 1},
		{900, []float64{1, 1, 1, 1}, 0.25},
		{900, []float64{0, 0.5}, 0},
		{10, []float64{0.3, 0.3}, 0.3}, // two carriageways are one place
	} {
		crossings, streets := ladder(c.gap, c.chances...)
		f := build(crossings, streets, 1, nil)
		_, m := solve(t, &f.Field, finely(1000))
		if math.Abs(m.Upper-c.want) > 1e-9 || math.Abs(m.Lower-c.want) > 2e-3*c.want || !m.Complete {
			t.Errorf("%v: %.9f to %.9f, complete %v, not %.9f", c.chances, m.Lower, m.Upper, m.Complete, c.want)
		}
	}
}

// TestSubdivision cuts streets into pieces, turns their ground round and wants the
// same value.
func TestSubdivision(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for tried := 0; tried < 12; {
		seed := r.Uint64()
		f, limit := randomTown(rand.New(rand.NewPCG(seed, 1)), 4)
		if f == nil {
			continue
		}
		tried++
		_, m := solve(t, &f.Field, finely(limit))
		g := *f
		g.pieces = nil
		for _, all := range f.pieces {
			var out []Segment
			for _, s := range all {
				// Points between the ends must lie on the line to the last digit.
				mid := geo.Interpolate(s.A, s.B, 0.5)
				out = append(out, Segment{s.B, mid, s.P}, Segment{mid, s.A, s.P}, Segment{s.A, s.B, s.P})
			}
			g.pieces = append(g.pieces, out)
		}
		g.Ground = &g
		_, n := solve(t, &g.Field, finely(limit))
		if math.Abs(m.Upper-n.Upper) > 1e-9 || math.Abs(m.Lower-n.Lower) > 1e-9 {
			t.Errorf("%.12f to %.12f becomes %.12f to %.12f", m.Lower, m.Upper, n.Lower, n.Upper)
		}
	}
}

// TestPassThrough adds nodes in the middle of streets: the brackets must meet. In a
// town whose streets are all doubled 10 m away the value must not fall.
func TestPassThrough(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	meet := func(what string, a, b *Mix) {
		t.Helper()
		if a.Lower > b.Upper*(1+1e-9) || b.Lower > a.Upper*(1+1e-9) {
			t.Errorf("%s: %.6f to %.6f and %.6f to %.6f do not meet", what, a.Lower, a.Upper, b.Lower, b.Upper)
		}
	}
	for tried := 0; tried < 12; {
		seed := r.Uint64()
		f, limit := randomTown(rand.New(rand.NewPCG(seed, 1)), 2)
		if f == nil {
			continue
		}
		tried++
		_, one := solve(t, &f.Field, finely(limit))
		// The same walks, in twice as many nodes and units of time.
		same, _ := randomTown(rand.New(rand.NewPCG(seed, 1)), 4)
		_, four := solve(t, &same.Field, finely(2*limit))
		meet("nodes in the middle", one, four)
		// Double every carriageway: the same nodes again, their ground 10 m north.
		g := *f
		n, pieces := uint32(f.Nodes()), uint32(f.Pieces)
		g.pieces = append([][]Segment(nil), f.pieces...)
		for _, all := range f.pieces {
			var out []Segment
			for _, s := range all {
				s.A.Lat, s.B.Lat = s.A.Lat+900, s.B.Lat+900
				out = append(out, s)
			}
			g.pieces = append(g.pieces, out)
		}
		g.Pieces = len(g.pieces)
		g.Piece = append([]uint32(nil), f.Piece...)
		for _, p := range f.Piece {
			g.Piece = append(g.Piece, p+pieces)
		}
		g.First, g.To, g.Time = []uint32{0}, nil, nil
		for v := range 2 * n {
			for i := f.First[v%n]; i < f.First[v%n+1]; i++ {
				g.To = append(g.To, f.To[i], f.To[i]+n)
				g.Time = append(g.Time, f.Time[i], f.Time[i])
			}
			g.First = append(g.First, uint32(len(g.To)))
		}
		for _, s := range f.Seeds {
			g.Seeds = append(g.Seeds, Seed{s.Node + n, s.Time})
		}
		for _, s := range f.Sinks {
			g.Sinks = append(g.Sinks, s+n)
		}
		g.Ground = &g
		o := finely(limit)
		o.Rounds = 60
		_, two := solve(t, &g.Field, o)
		// Ground that is 10 m elsewhere may be in another disc: a chance cannot fall.
		if two.Upper < one.Lower*(1-1e-9) {
			t.Errorf("doubled carriageways make %.6f to %.6f of %.6f to %.6f", two.Lower, two.Upper, one.Lower, one.Upper)
		}
	}
}

// TestScale wants the value to be monotone and homogeneous in the chances.
func TestScale(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for tried := 0; tried < 12; {
		f, limit := randomTown(r, 1)
		if f == nil {
			continue
		}
		tried++
		_, m := solve(t, &f.Field, finely(limit))
		scaled := func(by func(p float64) float64) *Mix {
			g := *f
			g.pieces = nil
			for _, all := range f.pieces {
				var out []Segment
				for _, s := range all {
					out = append(out, Segment{s.A, s.B, by(s.P)})
				}
				g.pieces = append(g.pieces, out)
			}
			g.Ground = &g
			_, n := solve(t, &g.Field, finely(limit))
			return n
		}
		half := scaled(func(p float64) float64 { return p / 2 })
		if math.Abs(half.Upper-m.Upper/2) > 1e-9 || math.Abs(half.Lower-m.Lower/2) > 1e-9 {
			t.Errorf("half the chances make %.9f to %.9f of %.9f to %.9f", half.Lower, half.Upper, m.Lower, m.Upper)
		}
		if less := scaled(func(p float64) float64 { return p * (0.5 + 0.5*r.Float64()) }); less.Lower > m.Upper*(1+1e-9) {
			t.Errorf("lesser chances make %.9f of %.9f", less.Lower, m.Upper)
		}
	}
}

// TestSecured wants ground that is left out of the field to be out of the game.
func TestSecured(t *testing.T) {
	crossings, streets := ladder(900, 0.5, 0.5)
	streets[0].p, streets[3].p = 1, 1 // at the door
	f := build(crossings, streets, 1, nil)
	if _, m := solve(t, &f.Field, finely(1000)); m.Upper < 1-1e-9 {
		t.Errorf("an open door is worth %v", m.Upper)
	}
	f.pieces[0], f.pieces[3] = nil, nil
	if _, m := solve(t, &f.Field, finely(1000)); math.Abs(m.Upper-0.25) > 1e-9 {
		t.Errorf("a held door leaves %v", m.Upper)
	}
}

// TestPosts wants posts to lower the value, and the game to be the old one when
// they are down again.
func TestPosts(t *testing.T) {
	crossings, streets := ladder(900, 0.4, 0.4)
	f := build(crossings, streets, 1, nil)
	x, m := solve(t, &f.Field, finely(1000))
	ctx := context.Background()
	// All of both roads: 2000 m wide around their middles.
	over := []Post{{at(2000, 450), 3000, 0.5}}
	upper, lower, err := x.Try(ctx, over)
	if err != nil || math.Abs(upper-0.1) > 1e-9 || math.Abs(lower-0.1) > 1e-3 {
		t.Errorf("a post over everything: %v to %v, %v", lower, upper, err)
	}
	upper, lower, err = x.Try(ctx, []Post{{at(2000, 0), 200, 1}})
	if err != nil || math.Abs(upper-0.2) > 1e-9 || math.Abs(lower-0.2) > 1e-3 {
		t.Errorf("a post over a part of a road: %v to %v, %v", lower, upper, err)
	}
	alone, greedy, err := x.Posts(ctx, m, 200, 0.5, 3, 2)
	if err != nil || len(alone) == 0 || len(greedy) == 0 {
		t.Fatalf("posts %v %v: %v", alone, greedy, err)
	}
	before := m.Upper
	for _, g := range greedy {
		if g.Upper > before*(1+1e-9) || g.Lower > g.Upper {
			t.Errorf("with one more post %v to %v, %v before", g.Lower, g.Upper, before)
		}
		before = g.Upper
	}
	if again, err := x.Solve(ctx, math.Inf(1)); err != nil || math.Abs(again.Upper-m.Upper) > 1e-9 {
		t.Errorf("with all posts down %v, not %v: %v", again, m, err)
	}
}

// TestFrontier wants a falling convex trade between the two bounds.
func TestFrontier(t *testing.T) {
	crossings, streets := ladder(900, 0.4, 0.4, 0.4)
	streets[4].time, streets[7].time = 300, 400
	f := build(crossings, streets, 1, nil)
	x, m := solve(t, &f.Field, finely(1000))
	ps, err := x.Frontier(context.Background(), m, 9)
	if err != nil {
		t.Fatal(err)
	}
	// Three roads of 400, 500, 600: a mean of 400 leaves one, of 500 all alike.
	if math.Abs(ps[0].Upper-0.4) > 1e-9 || math.Abs(ps[8].Upper-0.4/3) > 1e-9 {
		t.Errorf("ends at %v and %v", ps[0], ps[8])
	}
	for i, p := range ps {
		if p.Lower > p.Upper || p.Lower < 0.97*p.Upper || i > 0 && p.Upper > ps[i-1].Upper {
			t.Errorf("point %d: %+v", i, p)
		}
		// Shares a of the two slower roads beyond the first: by hand.
		extra := p.MeanTime - 400
		want := 0.4 * max(1-extra/100, (200-extra)/300, 1/3.0)
		if extra <= 50 && math.Abs(p.Upper-want) > 1e-6 {
			t.Errorf("at %v: %v, not %v", p.MeanTime, p.Upper, want)
		}
	}
}

// TestHandful wants few routes, odds that are worked out anew, and an honest bound.
func TestHandful(t *testing.T) {
	crossings, streets := ladder(900, 0.2, 0.2, 0.2, 0.2, 0.2)
	f := build(crossings, streets, 1, nil)
	x, m := solve(t, &f.Field, finely(1000))
	for most := 1; most <= 5; most++ {
		h, err := x.Handful(context.Background(), m, most)
		if err != nil || len(h.Routes) != most || math.Abs(h.Upper-0.2/float64(most)) > 1e-9 {
			t.Errorf("%d routes of %d, worth %v: %v", len(h.Routes), most, h.Upper, err)
		}
	}
	if _, err := x.Handful(context.Background(), m, 0); err == nil {
		t.Error("no routes are a mix")
	}
}

// TestSingle holds the best single route against all walks.
func TestSingle(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 5))
	for tried := 0; tried < 40; {
		f, limit := randomTown(r, 1)
		if f == nil {
			continue
		}
		walks := every(&f.Field, limit, 1500)
		if walks == nil {
			continue
		}
		tried++
		x, err := New(&f.Field, finely(limit))
		if err != nil {
			t.Fatal(err)
		}
		least := math.Inf(1)
		for _, w := range walks {
			least = min(least, x.worst(&route{nodes: w}))
		}
		if s := x.Single(); s.Worst != least || s.Time > limit {
			t.Errorf("single %v, best %v", s.Worst, least)
		}
	}
}
