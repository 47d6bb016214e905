package reach

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
)

// A Post guards all ground within Radius metres: the chance of an attack there
// falls to (1 - Effect) of what it was.
type Post struct {
	At     geo.Point
	Radius float64
	Effect float64
}

// guarded visits the parts of a segment that no post or other posts guard, with
// their chances.
func (s *Segment) guarded(posts []Post, visit func(a, b geo.Point, p float64)) {
	if len(posts) == 0 {
		visit(s.A, s.B, s.P)
		return
	}
	post, rest := posts[0], posts[1:]
	from, to, ok := post.covers(s)
	if !ok {
		s.guarded(rest, visit)
		return
	}
	part := func(f, g, p float64) {
		(&Segment{geo.Interpolate(s.A, s.B, f), geo.Interpolate(s.A, s.B, g), p}).guarded(rest, visit)
	}
	if from > 0 {
		part(0, from, s.P)
	}
	part(from, to, s.P*(1-post.Effect))
	if to < 1 {
		part(to, 1, s.P)
	}
}

// covers returns the part of a segment within the post's radius, as fractions.
func (p *Post) covers(s *Segment) (from, to float64, ok bool) {
	lat, _ := p.At.Degrees()
	phi := lat * math.Pi / 180
	mLat := (111132.954 - 559.822*math.Cos(2*phi) + 1.175*math.Cos(4*phi)) / geo.E7
	mLon := (111412.84*math.Cos(phi) - 93.5*math.Cos(3*phi) + 0.118*math.Cos(5*phi)) / geo.E7
	ax, ay := (float64(s.A.Lon)-float64(p.At.Lon))*mLon, (float64(s.A.Lat)-float64(p.At.Lat))*mLat
	dx, dy := (float64(s.B.Lon)-float64(s.A.Lon))*mLon, (float64(s.B.Lat)-float64(s.A.Lat))*mLat
	// |a + f·d|² = radius²
	qa, qb, qc := dx*dx+dy*dy, ax*dx+ay*dy, ax*ax+ay*ay-p.Radius*p.Radius
	if qa == 0 {
		return 0, 1, qc <= 0
	}
	root := qb*qb - qa*qc
	if root <= 0 {
		return 0, 0, false
	}
	root = math.Sqrt(root)
	from, to = max((-qb-root)/qa, 0), min((-qb+root)/qa, 1)
	return from, to, from < to
}

// guard puts posts up in place of those there were. Discs that reach no ground a
// post guards, or guarded, keep their chances; those of the others are worked out
// again from the ground around.
func (g *ground) guard(posts []Post) {
	changed := append(append([]Post(nil), g.posts...), posts...)
	g.posts = posts
	again := map[uint32]bool{}
	for _, p := range changed {
		// A post may guard so much that its metres and those of rows far off differ:
		// by less than this, up to 100 km and 80° of latitude.
		radius := 1.02 * p.Radius
		g.around(p.At, p.At, radius+g.wide, func(i, k int32, _ float64) {
			d := g.disc(i, k)
			g.pNarrow[d], g.pWide[d] = 0, 0
		})
		g.f.Ground.Near(larger(geo.EmptyBox().Extend(p.At), 1.02*radius+2*g.wide), func(piece uint32) {
			if g.laid[piece] {
				again[piece] = true
			}
		})
	}
	for piece := range again {
		g.raise(piece)
		g.known[piece] = false // another disc may be the worst of its kind
	}
	g.version++
}

// A Worth is a post and the bounds of the game with it and the posts before it.
type Worth struct {
	Post         Post
	Upper, Lower float64
}

// postRounds is how often the whole field is searched for routes when a post is
// tried.
const postRounds = 2

// Try solves the game anew with some posts up, in place of any others, and returns
// the bounds of its value. Routes that were found serve on. The field is searched
// for new ones a few times only, so Upper is one that was reached and perhaps not
// the least. Afterwards all posts are down again.
func (x *Game) Try(ctx context.Context, posts []Post) (upper, lower float64, err error) {
	for _, p := range posts {
		if !(p.Radius > 0 && p.Radius <= 100_000 && p.Effect >= 0 && p.Effect <= 1) {
			return 0, 0, fmt.Errorf("reach: a post with a radius of %g m and an effect of %g; give a radius above 0 and an effect of 0 to 1", p.Radius, p.Effect)
		}
	}
	wide, narrow := x.wide, x.narrow
	x.g.guard(posts)
	x.wide, x.narrow = newMaster(x.g, true), newMaster(x.g, false)
	defer func() {
		x.g.guard(nil)
		x.wide, x.narrow = wide, narrow
	}()
	x.grow(x.wide)
	for _, d := range wide.order {
		x.wide.row(d)
	}
	a, err := x.close(ctx, x.wide, math.Inf(1), x.base[1], postRounds)
	if err != nil {
		return 0, 0, err
	}
	// The attacker's mix of the game without posts is a good one still.
	b := *a
	if x.base[0] != nil {
		b = answer{upper: a.upper, prices: x.base[0].prices}
	}
	if err := x.prove(ctx, x.narrow, &b, math.Inf(1), x.o.Effort); err != nil {
		return 0, 0, err
	}
	return a.upper, min(b.lower, a.upper), nil
}

// Posts tries a post of a radius and an effect at each of the best places for an
// attacker against a mix, at most places of them that lie apart by a radius, and
// returns what each is worth on its own, most first; then greedily, with the best
// one up, as many as together are asked for. Greedy can fail: two posts may be
// worth something where neither is. Each is a re-solve.
func (x *Game) Posts(ctx context.Context, mix *Mix, radius, effect float64, places, together int) (alone, greedy []Worth, err error) {
	var at []Post
	best := slices.Clone(mix.Binding)
	slices.SortStableFunc(best, func(a, b Place) int { return cmp.Compare(b.Price*b.P, a.Price*a.P) })
	for _, b := range best {
		apart := true
		for _, p := range at {
			apart = apart && geo.Distance(p.At, b.At) > radius
		}
		if apart && len(at) < places {
			at = append(at, Post{At: b.At, Radius: radius, Effect: effect})
		}
	}
	try := func(up []Post) ([]Worth, error) {
		var out []Worth
		for _, p := range at {
			if slices.Contains(up, p) {
				continue
			}
			upper, lower, err := x.Try(ctx, append(slices.Clone(up), p))
			if err != nil {
				return nil, err
			}
			// A post takes nothing away: what held without it holds with it.
			out = append(out, Worth{p, min(upper, mix.Upper), lower})
		}
		slices.SortStableFunc(out, func(a, b Worth) int { return cmp.Compare(a.Upper, b.Upper) })
		return out, nil
	}
	if alone, err = try(nil); err != nil {
		return nil, nil, err
	}
	var up []Post
	for next := alone; len(next) > 0 && len(greedy) < together; {
		greedy = append(greedy, next[0])
		up = append(up, next[0].Post)
		if len(greedy) == together {
			break
		}
		if next, err = try(up); err != nil {
			return nil, nil, err
		}
	}
	return alone, greedy, nil
}
