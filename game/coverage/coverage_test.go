package coverage_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/coverage/check"
	"github.com/outrider-project/outrider/game/internal/exactlp"
	"github.com/outrider-project/outrider/game/verify"
)

// chancesGame is a game of chances p without a post and q with one.
func chancesGame(posts int, pq ...[2]float64) *coverage.Game {
	g := &coverage.Game{Posts: posts}
	for i, x := range pq {
		g.Targets = append(g.Targets, game.ID{Text: fmt.Sprint(i), Number: true})
		g.Open, g.Covered = append(g.Open, x[0]), append(g.Covered, x[1])
	}
	return g
}

// drawGame draws a small game in which payoffs are often the same.
func drawGame(rng *rand.Rand, own bool) *coverage.Game {
	g := &coverage.Game{Posts: rng.IntN(5)}
	for i := range 1 + rng.IntN(6) {
		g.Targets = append(g.Targets, game.ID{Text: fmt.Sprint("t", i)})
		open := float64(rng.IntN(12) - 3)
		g.Open = append(g.Open, open)
		g.Covered = append(g.Covered, open-float64(rng.IntN(5)*rng.IntN(3)))
		if own {
			x := float64(rng.IntN(12) - 9)
			g.DefenderOpen, g.DefenderCovered = append(g.DefenderOpen, x), append(g.DefenderCovered, x+float64(rng.IntN(6)))
		}
	}
	return g
}

func rat(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

// rows makes the constraints that all LPs share: Σ c <= posts, c_i <= 1.
func rows(g *coverage.Game, width int) (a [][]*big.Rat, b []*big.Rat) {
	n := len(g.Open)
	zero := func() []*big.Rat {
		r := make([]*big.Rat, width)
		for j := range r {
			r[j] = new(big.Rat)
		}
		return r
	}
	all := zero()
	for i := range n {
		all[i].SetInt64(1)
		one := zero()
		one[i].SetInt64(1)
		a, b = append(a, one), append(b, big.NewRat(1, 1))
	}
	return append(a, all), append(b, big.NewRat(int64(g.Posts), 1))
}

// attackerValue is the least that a coverage can leave to the attacker.
func attackerValue(t *testing.T, g *coverage.Game) *big.Rat {
	n := len(g.Open)
	a, b := rows(g, n+1)
	const under = 1000 // x = y - under
	for i := range n { // open - drop c <= x
		r := make([]*big.Rat, n+1)
		for j := range r {
			r[j] = new(big.Rat)
		}
		r[i].Sub(rat(g.Covered[i]), rat(g.Open[i]))
		r[n].SetInt64(-1)
		a, b = append(a, r), append(b, new(big.Rat).Sub(big.NewRat(-under, 1), rat(g.Open[i])))
	}
	c := make([]*big.Rat, n+1)
	for j := range c {
		c[j] = new(big.Rat)
	}
	c[n].SetInt64(-1)
	v, status := exactlp.Maximise(a, b, c)
	if status != exactlp.Optimal {
		t.Fatalf("the oracle has no answer: %v", status)
	}
	v.Neg(v)
	return v.Sub(v, big.NewRat(under, 1))
}

// defenderValue is the strong Stackelberg value: for each target, the best coverage
// that makes it a best target of the attacker (Conitzer and Sandholm, EC 2006).
func defenderValue(g *coverage.Game) *big.Rat {
	n := len(g.Open)
	var best *big.Rat
	for t := range n {
		a, b := rows(g, n)
		for i := range n { // open_i - drop_i c_i <= open_t - drop_t c_t
			r := make([]*big.Rat, n)
			for j := range r {
				r[j] = new(big.Rat)
			}
			r[i].Sub(rat(g.Covered[i]), rat(g.Open[i]))
			r[t].Add(r[t], new(big.Rat).Sub(rat(g.Open[t]), rat(g.Covered[t])))
			a, b = append(a, r), append(b, new(big.Rat).Sub(rat(g.Open[t]), rat(g.Open[i])))
		}
		c := make([]*big.Rat, n)
		for j := range c {
			c[j] = new(big.Rat)
		}
		c[t].Sub(rat(g.DefenderCovered[t]), rat(g.DefenderOpen[t]))
		v, status := exactlp.Maximise(a, b, c)
		if status != exactlp.Optimal {
			continue
		}
		if v.Add(v, rat(g.DefenderOpen[t])); best == nil || v.Cmp(best) > 0 {
			best = v
		}
	}
	return best
}

func confirmed(t *testing.T, name string, g *coverage.Game, s *coverage.Solution) {
	t.Helper()
	d := coverage.NewDocument(g, s, 0)
	if len(g.Open) <= 50 {
		d.List(g, coverage.Placements(s.Parts))
	}
	report, err := check.Check(g, d)
	if err != nil || report.Verdict != verify.Confirmed {
		t.Fatalf("%s: %v %+v\n%+v\n%+v", name, err, report, g, s)
	}
}

func TestAgainstExactPrograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	var bound, flat, own int
	for trial := range 800 {
		g := drawGame(rng, trial%2 == 0)
		name := fmt.Sprint("trial ", trial)
		s, err := coverage.Solve(g)
		if err != nil {
			t.Fatal(name, err)
		}
		want, _ := attackerValue(t, g).Float64()
		if math.Abs(s.Upper-want) > 1e-10 || math.Abs(s.Lower-want) > 1e-10 {
			t.Fatalf("%s: %v to %v, want %v: %+v", name, s.Lower, s.Upper, want, g)
		}
		if s.Spare == 0 {
			bound++
		}
		if g.DefenderOpen != nil {
			own++
			want, _ := defenderValue(g).Float64()
			if math.Abs(s.Defender-want) > 1e-8 || math.Abs(s.Limit-want) > 1e-8 {
				t.Fatalf("%s: the defender gets %v, at most %v, want %v: %+v\n%+v", name, s.Defender, s.Limit, want, g, s)
			}
			if g.Open[s.Target] == g.Covered[s.Target] && s.Parts[s.Target] > 0 {
				flat++
			}
		}
		confirmed(t, name, g, s)
	}
	if bound < 100 || own < 300 || flat < 10 {
		t.Errorf("the draw proves little: %d where the posts bind, %d with payoffs of the defender, %d where a flat target is covered", bound, own, flat)
	}
}

func TestClosedForms(t *testing.T) {
	for name, c := range map[string]struct {
		g     *coverage.Game
		value float64
		parts []uint64
		spare uint64
	}{
		"no post":               {chancesGame(0, [2]float64{0.5, 0}, [2]float64{0.25, 0}), 0.5, []uint64{0, 0}, 0},
		"one post, two alike":   {chancesGame(1, [2]float64{0.5, 0}, [2]float64{0.5, 0}), 0.25, []uint64{coverage.Whole / 2, coverage.Whole / 2}, 0},
		"a target not worth it": {chancesGame(1, [2]float64{1, 0}, [2]float64{0.25, 0}, [2]float64{0.125, 0}), 0.2, []uint64{coverage.Whole / 5 * 4, coverage.Whole / 5, 0}, 0},
		"enough posts":          {chancesGame(3, [2]float64{0.5, 0}, [2]float64{0.25, 0}), 0, []uint64{coverage.Whole, coverage.Whole}, coverage.Whole},
		"a post does nothing":   {chancesGame(2, [2]float64{0.5, 0.5}, [2]float64{0.75, 0.25}), 0.5, []uint64{0, coverage.Whole / 2}, 2*coverage.Whole - coverage.Whole/2},
		"covered for sure":      {chancesGame(2, [2]float64{1, 0.5}, [2]float64{0.75, 0.25}), 0.5, []uint64{coverage.Whole, coverage.Whole / 2}, coverage.Whole / 2},
		"all the same":          {chancesGame(1, [2]float64{0.5, 0}, [2]float64{0.5, 0}, [2]float64{0.5, 0}), 1. / 3, nil, 0},
		"nothing to get":        {chancesGame(1, [2]float64{0, 0}), 0, []uint64{0}, coverage.Whole},
	} {
		s, err := coverage.Solve(c.g)
		if err != nil {
			t.Fatal(name, err)
		}
		if math.Abs(s.Upper-c.value) > 2e-12 || math.Abs(s.Lower-c.value) > 1e-15 || s.Spare != c.spare || c.parts != nil && fmt.Sprint(s.Parts) != fmt.Sprint(c.parts) {
			t.Errorf("%s: %+v, want %v with %v", name, s, c.value, c.parts)
		}
		confirmed(t, name, c.g, s)
	}
}

// TestSizes gives payoffs of all sizes, and differences that all but vanish beside
// them: the answer holds, and its bounds meet.
func TestSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for trial := range 600 {
		n := 1 + rng.IntN(60)
		g := &coverage.Game{Posts: rng.IntN(n + 2)}
		same := math.Pow(10, 20*rng.Float64()-10)
		for i := range n {
			g.Targets = append(g.Targets, game.ID{Text: fmt.Sprint(i)})
			open := same
			if trial%3 > 0 {
				open = math.Pow(10, 24*rng.Float64()-12)
			}
			covered := open
			switch rng.IntN(4) {
			case 0:
				covered = 0
			case 1:
				covered = math.Nextafter(open, 0)
			case 2:
				covered = max(coverage.Least, open*(1-math.Pow(10, -15*rng.Float64())))
			}
			if covered < coverage.Least || open < coverage.Least {
				covered = 0
			}
			g.Open, g.Covered = append(g.Open, max(open, coverage.Least)), append(g.Covered, min(covered, max(open, coverage.Least)))
			if trial%2 == 0 {
				g.DefenderOpen, g.DefenderCovered = append(g.DefenderOpen, -float64(rng.IntN(5))), append(g.DefenderCovered, float64(rng.IntN(5)))
			}
		}
		s, err := coverage.Solve(g)
		if err != nil {
			t.Fatalf("trial %d: %v", trial, err)
		}
		confirmed(t, fmt.Sprint("trial ", trial), g, s)
		if gap := g.Gap(s.Lower, s.Upper); gap > coverage.Tolerance {
			t.Errorf("trial %d: gap %v", trial, gap)
		}
		if s.Limit < s.Defender {
			t.Errorf("trial %d: the defender gets %v, above the limit %v", trial, s.Defender, s.Limit)
		}
	}
}

// TestInvariance scales and shifts payoffs and reorders targets.
func TestInvariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	for trial := range 200 {
		g := drawGame(rng, true)
		a, err := coverage.Solve(g)
		if err != nil {
			t.Fatal(err)
		}
		order := rng.Perm(len(g.Open))
		h := &coverage.Game{Posts: g.Posts}
		for _, i := range order {
			h.Targets = append(h.Targets, g.Targets[i])
			h.Open, h.Covered = append(h.Open, 4*g.Open[i]+3), append(h.Covered, 4*g.Covered[i]+3)
			h.DefenderOpen, h.DefenderCovered = append(h.DefenderOpen, 2*g.DefenderOpen[i]-1), append(h.DefenderCovered, 2*g.DefenderCovered[i]-1)
		}
		b, err := coverage.Solve(h)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(4*a.Upper+3-b.Upper) > 1e-10 || math.Abs(2*a.Defender-1-b.Defender) > 1e-10 {
			t.Fatalf("trial %d: %v and %v, then %v and %v", trial, a.Upper, a.Defender, b.Upper, b.Defender)
		}
	}
}

// TestDraw holds that every number gives at most as many posts as there are, and
// each target a post for exactly its parts of them.
func TestDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 9))
	for trial := range 100 {
		n := 1 + rng.IntN(30)
		g := &coverage.Game{Posts: 1 + rng.IntN(8)}
		for i := range n {
			g.Targets = append(g.Targets, game.ID{Text: fmt.Sprint(i)})
			p := rng.Float64()
			g.Open, g.Covered = append(g.Open, 0.1+p), append(g.Covered, p*rng.Float64()*float64(rng.IntN(2)))
			if g.Covered[i] < coverage.Least {
				g.Covered[i] = 0
			}
		}
		s, err := coverage.Solve(g)
		if err != nil {
			t.Fatal(err)
		}
		have, total := make([]uint64, n), uint64(0)
		for _, p := range coverage.Placements(s.Parts) {
			if len(p.Targets) > g.Posts || s.Spare == 0 && len(p.Targets) != g.Posts {
				t.Fatalf("trial %d: %d posts of %d stand", trial, len(p.Targets), g.Posts)
			}
			for k, i := range p.Targets {
				if k > 0 && i <= p.Targets[k-1] {
					t.Fatalf("trial %d: %v is not ascending", trial, p.Targets)
				}
				have[i] += p.Weight
			}
			// The first and the last number of the weight give the same.
			at := total + rng.Uint64N(p.Weight)
			if fmt.Sprint(coverage.Draw(s.Parts, at)) != fmt.Sprint(p.Targets) {
				t.Fatalf("trial %d: the number %d gives %v, want %v", trial, at, coverage.Draw(s.Parts, at), p.Targets)
			}
			total += p.Weight
		}
		if total != coverage.Whole || fmt.Sprint(have) != fmt.Sprint(s.Parts) {
			t.Fatalf("trial %d: %v in %d, want %v", trial, have, total, s.Parts)
		}
	}
}

// big draws a game of n targets.
func large(n, posts int) *coverage.Game {
	rng := rand.New(rand.NewPCG(7, 7))
	g := &coverage.Game{Posts: posts, Targets: make([]game.ID, n), Open: make([]float64, n), Covered: make([]float64, n)}
	for i := range n {
		g.Targets[i] = game.ID{Text: fmt.Sprint(i), Number: true}
		g.Open[i] = 0.05 + 0.95*rng.Float64()
		g.Covered[i] = g.Open[i] * rng.Float64() * 0.05
	}
	return g
}

func TestMany(t *testing.T) {
	g := large(200_000, 20_000)
	s, err := coverage.Solve(g)
	if err != nil {
		t.Fatal(err)
	}
	confirmed(t, "many", g, s)
	if s.Spare != 0 || g.Gap(s.Lower, s.Upper) > 1e-11 {
		t.Errorf("spare %d, gap %v", s.Spare, g.Gap(s.Lower, s.Upper))
	}
}

func BenchmarkSolve(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		for _, per := range []int{1000, 10, 2} {
			g := large(n, n/per)
			b.Run(fmt.Sprintf("targets=%d/posts=%d", n, n/per), func(b *testing.B) {
				for b.Loop() {
					s, err := coverage.Solve(g)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(g.Gap(s.Lower, s.Upper), "gap")
				}
			})
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	g := large(1_000_000, 100_000)
	s, err := coverage.Solve(g)
	if err != nil {
		b.Fatal(err)
	}
	d := coverage.NewDocument(g, s, 0)
	for b.Loop() {
		report, err := check.Check(g, d)
		if err != nil || report.Verdict != verify.Confirmed {
			b.Fatal(err, report)
		}
	}
}
