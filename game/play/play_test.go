package play_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game/play"
)

// within reports whether two numbers agree to what rounding leaves.
func within(a, b float64) bool { return math.Abs(a-b) <= 1e-12 }

func TestExactAgainstEnumeration(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 5))
	compared, open := 0, 0
	for range 60 {
		s := randomScene(random)
		g := s.game(t)
		if value, place := g.Value(); !within(value, s.value()) || !within(s.worth(place, -1), value) {
			t.Fatalf("%+v: value %g at %d, want %g", s, value, place, s.value())
		}
		for _, rule := range rules {
			if rule == play.NoRepeat && len(s.weights) == 1 {
				continue
			}
			for _, a := range attackers {
				for n := 1; n <= 3; n++ {
					got, err := g.Exact(rule, a, n)
					rate, anyHit := s.enumerate(rule, a, n)
					if errors.Is(err, play.ErrOpen) && a == play.Watching && len(s.weights) > 1 {
						open++
						// Who watches gets no more than who is informed.
						best, err := g.Exact(rule, play.Informed, n)
						if err != nil || rate > best.Rate+1e-12 {
							t.Errorf("%+v: rule %d, %d movements: watching gets %g, informed %g, %v", s, rule, n, rate, best.Rate, err)
						}
						continue
					}
					if err != nil || !within(got.Rate, rate) || !within(got.Any, anyHit) {
						t.Errorf("%+v: rule %d, attacker %d, %d movements: %+v, %v; enumeration %g and %g", s, rule, a, n, got, err, rate, anyHit)
					}
					compared++
				}
			}
		}
	}
	if compared < 500 || open < 100 {
		t.Errorf("compared only %d, %d open", compared, open)
	}
}

// TestPlayMeetsExpectation plays each rule and attacker often and holds the mean
// against enumeration: within four and a half standard errors of the campaigns.
func TestPlayMeetsExpectation(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 5))
	const movements, campaigns = 4, 4000
	for i := range 12 {
		s := randomScene(random)
		if i == 0 {
			s = three()
		}
		g := s.game(t)
		for _, rule := range rules {
			if rule == play.NoRepeat && len(s.weights) == 1 {
				continue
			}
			for _, a := range attackers {
				rate, anyHit := s.enumerate(rule, a, movements)
				rec, err := g.Play(t.Context(), rule, a, play.Series{Movements: movements, Campaigns: campaigns, Seed: uint64(i)})
				if err != nil {
					t.Fatal(err)
				}
				square := 0.0
				for _, h := range rec.Hits {
					d := float64(h)/movements - rate
					square += d * d
				}
				if off := math.Abs(rec.Rate() - rate); off > 4.5*math.Sqrt(square)/campaigns+1e-12 {
					t.Errorf("scene %d, rule %d, attacker %d: rate %g, expected %g", i, rule, a, rec.Rate(), rate)
				}
				share, _ := rec.Any()
				if off := math.Abs(share - anyHit); off > 4.5*math.Sqrt(anyHit*(1-anyHit)/campaigns)+1e-12 {
					t.Errorf("scene %d, rule %d, attacker %d: any hit in %g, expected %g", i, rule, a, share, anyHit)
				}
			}
		}
	}
}

// TestIntervalsHoldTheTruth plays each rule and attacker under many seeds: of the
// 95 % intervals at least 93 and not nearly all may hold the truth.
func TestIntervalsHoldTheTruth(t *testing.T) {
	const movements, campaigns, seeds = 5, 40, 1500
	s := three()
	g := s.game(t)
	for _, rule := range rules {
		for _, a := range attackers {
			rate, anyHit := s.enumerate(rule, a, movements)
			held, heldAny := 0, 0
			for seed := range uint64(seeds) {
				rec, err := g.Play(t.Context(), rule, a, play.Series{Movements: movements, Campaigns: campaigns, Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				if in := rec.RateInterval(); in.Low <= rate && rate <= in.High {
					held++
				}
				if _, in := rec.Any(); in.Low <= anyHit && anyHit <= in.High {
					heldAny++
				}
			}
			// The design effect is never below 1, and Student's quantile is above
			// the normal one: those intervals may hold more.
			most := 0.985
			if rule == play.Independent && (a == play.Informed || a == play.Random) {
				most = 0.97
			}
			got := float64(held) / seeds
			t.Logf("rule %d, attacker %d: %.3f, any hit %.3f", rule, a, got, float64(heldAny)/seeds)
			if got < 0.93 || got > most {
				t.Errorf("rule %d, attacker %d: %.3f of the intervals hold the rate", rule, a, got)
			}
			if x := float64(heldAny) / seeds; x < 0.91 || x > 0.99 { // of 40 campaigns: whole numbers are coarse
				t.Errorf("rule %d, attacker %d: %.3f of the intervals hold the chance of any hit", rule, a, x)
			}
		}
	}
}

// TestIntervalsOfCampaignsThatDiffer is the same for an attacker whose campaigns
// are worth very different amounts: counting movements one by one would promise far
// too much.
func TestIntervalsOfCampaignsThatDiffer(t *testing.T) {
	s := &scene{weights: []int64{1, 1}, places: []play.Place{{P: 0.8, By: []int{0, 1}}, {P: 0.1, By: []int{0, 1}}}, habit: []int{0, 1}}
	g := s.game(t)
	const seeds, rate = 1500, 0.45
	held := 0
	for seed := range uint64(seeds) {
		rec, err := g.Play(t.Context(), play.Independent, play.Fixed, play.Series{Movements: 50, Campaigns: 40, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if in := rec.RateInterval(); in.Low <= rate && rate <= in.High {
			held++
		}
	}
	if got := float64(held) / seeds; got < 0.93 || got > 0.985 {
		t.Errorf("%.3f of the intervals hold the rate", got)
	}
}

// TestNobodyBeatsTheValue plays random games: against independent draws no
// attacker gets more than the value, beyond what chance explains.
func TestNobodyBeatsTheValue(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for i := range 40 {
		s := randomScene(random)
		g, value := s.game(t), s.value()
		const movements, campaigns = 200, 20
		for _, a := range attackers {
			rec, err := g.Play(t.Context(), play.Independent, a, play.Series{Movements: movements, Campaigns: campaigns, Seed: uint64(i)})
			if err != nil {
				t.Fatal(err)
			}
			sigma := math.Sqrt(value * (1 - value) / (movements * campaigns))
			// Fixed has the mean of as many lots as there are campaigns, each at most value.
			if rec.Rate() > value+5*sigma {
				t.Errorf("scene %d, attacker %d: rate %g above the value %g", i, a, rec.Rate(), value)
			}
		}
	}
}

// TestNeverTwiceHasAPrice: against who sees past routes, a rule that bars the last
// route gives at least what an optimal mix of the same routes does.
func TestNeverTwiceHasAPrice(t *testing.T) {
	g := three().game(t)
	for _, n := range []int{1, 2, 3, 10, 1000} {
		mix, err1 := g.Exact(play.Independent, play.Informed, n)
		never, err2 := g.Exact(play.NoRepeat, play.Informed, n)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if never.Rate < mix.Rate-1e-12 || n > 1 && !(never.Rate > mix.Rate+0.01) {
			t.Errorf("%d movements: never twice %g, mix %g", n, never.Rate, mix.Rate)
		}
	}
}

// TestWatchingLearns: in the long run who has seen past routes only gets what who
// knows the mix gets, where one place is best by far.
func TestWatchingLearns(t *testing.T) {
	s := &scene{
		weights: []int64{6, 3, 1},
		places:  []play.Place{{P: 0.5, By: []int{0}}, {P: 0.6, By: []int{1}}, {P: 0.9, By: []int{2}}, {P: 0.7, By: nil}},
	}
	g := s.game(t)
	hits := func(n int) int {
		rec, err := g.Play(t.Context(), play.Independent, play.Watching, play.Series{Movements: n, Campaigns: 50, Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, h := range rec.Hits {
			total += h
		}
		return total
	}
	const early, half, whole = 3, 2000, 4000
	first := float64(hits(early)) / (early * 50)
	late := float64(hits(whole)-hits(half)) / ((whole - half) * 50)
	sigma := math.Sqrt(s.value() * (1 - s.value()) / ((whole - half) * 50))
	if math.Abs(late-s.value()) > 4*sigma {
		t.Errorf("after %d movements a rate of %g, informed %g", half, late, s.value())
	}
	if first > s.value()-0.05 {
		t.Errorf("in the first %d movements a rate of %g already, informed %g: this test shows nothing", early, first, s.value())
	}
}

// TestSeedGivesTheSameHits pins what a seed gives, on every machine.
func TestSeedGivesTheSameHits(t *testing.T) {
	want := map[string]string{
		"0 0": "[10 13 10 17 9 11 8 10 11 11]",
		"0 1": "[10 7 17 14 11 18 15 11 10 10]",
		"0 2": "[10 11 10 9 9 9 7 10 11 6]",
		"0 3": "[9 15 14 10 10 9 6 6 10 6]",
		"1 0": "[13 21 13 17 12 25 14 17 14 17]",
		"1 1": "[9 15 15 7 12 12 17 10 13 8]",
		"1 2": "[6 11 10 9 7 9 7 7 8 4]",
		"1 3": "[10 10 13 14 9 10 10 12 15 10]",
	}
	g := three().game(t)
	for _, rule := range rules {
		for _, a := range attackers {
			rec, err := g.Play(t.Context(), rule, a, play.Series{Movements: 50, Campaigns: 10, Seed: 20261127})
			if err != nil {
				t.Fatal(err)
			}
			key := fmt.Sprintf("%d %d", rule, a)
			if got := fmt.Sprint(rec.Hits); got != want[key] {
				t.Errorf("%q: %q,", key, got)
			}
			longer, err := g.Play(t.Context(), rule, a, play.Series{Movements: 60, Campaigns: 12, Seed: 20261127})
			if err != nil {
				t.Fatal(err)
			}
			for c, h := range rec.Hits {
				if more := longer.Hits[c] - h; more < 0 || more > 10 {
					t.Errorf("%s: a longer campaign %d begins otherwise: %d hits, then %d", key, c, h, longer.Hits[c])
				}
			}
		}
	}
}

func TestAtLeastOnce(t *testing.T) {
	for _, p := range []float64{0, 1e-18, 1e-9, 0.01, 0.2, 0.5, 0.999, 1} {
		for _, n := range []int{1, 2, 3, 7, 10, 1000, 123457} {
			want := -math.Expm1(float64(n) * math.Log1p(-p))
			if got := play.AtLeastOnce(p, n); math.Abs(got-want) > 1e-12*want {
				t.Errorf("1-(1-%g)^%d = %g, want %g", p, n, got, want)
			}
		}
	}
	if got := play.AtLeastOnce(0.3, 0); got != 0 {
		t.Errorf("no trial, yet %g", got)
	}
}

func TestIntervals(t *testing.T) {
	// Wilson's interval of no hit in 10 campaigns of one movement, and of 5.
	g := (&scene{weights: []int64{1, 1}, places: []play.Place{{P: 1, By: []int{0}}}}).game(t)
	for seed := range uint64(30) {
		rec, err := g.Play(t.Context(), play.Independent, play.Informed, play.Series{Movements: 1, Campaigns: 10, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if rec.Rate() != 0.5 {
			continue
		}
		in := rec.RateInterval()
		if math.Abs(in.Low-0.236593) > 1e-6 || math.Abs(in.High-0.763407) > 1e-6 {
			t.Errorf("5 of 10: %+v", in)
		}
		break
	}
	none := (&scene{weights: []int64{1}, places: []play.Place{{P: 0, By: []int{0}}}, habit: []int{0}}).game(t)
	for a, high := range map[play.Attacker]float64{play.Informed: 0.003827, play.Fixed: 0.338414} {
		rec, err := none.Play(t.Context(), play.Independent, a, play.Series{Movements: 100, Campaigns: 10})
		if err != nil {
			t.Fatal(err)
		}
		// Fixed counts campaigns only: z is Student's for 9 degrees, z²/(10+z²).
		if in := rec.RateInterval(); in.Low != 0 || math.Abs(in.High-high) > 1e-4 {
			t.Errorf("attacker %d, no hit: %+v", a, in)
		}
	}
}

func TestRefusals(t *testing.T) {
	one := []play.Place{{P: 0.5, By: []int{0}}}
	for _, x := range []struct {
		says    string
		weights []int64
		places  []play.Place
		habit   []int
	}{
		{"no route", nil, one, nil},
		{"no place to", []int64{1}, nil, nil},
		{"weight 0 of route 1", []int64{1, 0}, one, nil},
		{"weight -1 of route 0", []int64{-1}, one, nil},
		{"above 9007199254740992", []int64{1 << 53, 1}, one, nil},
		{"above 9007199254740992", []int64{math.MaxInt64, math.MaxInt64}, one, nil},
		{"chance NaN", []int64{1}, []play.Place{{P: math.NaN()}}, nil},
		{"chance 1.5", []int64{1}, []play.Place{{P: 1.5}}, nil},
		{"passed by route 1", []int64{1}, []play.Place{{P: 0.5, By: []int{1}}}, nil},
		{"passed by route -1", []int64{1}, []play.Place{{P: 0.5, By: []int{-1}}}, nil},
		{"named twice", []int64{1}, []play.Place{{P: 0.5, By: []int{0, 0}}}, nil},
		{"place 1 of the usual", []int64{1}, one, []int{1}},
	} {
		if _, err := play.New(x.weights, x.places, x.habit); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v; want %q", err, x.says)
		}
	}
	g, err := play.New([]int64{1}, one, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := play.Series{Movements: 1, Campaigns: play.MinCampaigns}
	for _, x := range []struct {
		says string
		rule play.Rule
		a    play.Attacker
		s    play.Series
	}{
		{"driven again", play.NoRepeat, play.Informed, good},
		{"usual route", play.Independent, play.Fixed, good},
		{"no attacker 4", play.Independent, 4, good},
		{"no rule 2", 2, play.Informed, good},
		{"0 movements", play.Independent, play.Informed, play.Series{Campaigns: 10}},
		{"9 campaigns", play.Independent, play.Informed, play.Series{Movements: 1, Campaigns: 9}},
	} {
		if _, err := g.Play(t.Context(), x.rule, x.a, x.s); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v; want %q", err, x.says)
		}
		if x.s != good {
			continue
		}
		if _, err := g.Exact(x.rule, x.a, 1); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v; want %q", err, x.says)
		}
	}
	if _, err := g.Exact(play.Independent, play.Informed, 0); err == nil {
		t.Error("a campaign without movements has an expectation")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Play(ended, play.Independent, play.Informed, good); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestDrawsFollowTheWeights counts routes through a place that only one of them
// passes and where every attack succeeds.
func TestDrawsFollowTheWeights(t *testing.T) {
	weights := []int64{1, 2, 4, 1 << 40, 1 << 41}
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	for r, w := range weights {
		g := (&scene{weights: weights, places: []play.Place{{P: 1, By: []int{r}}}}).game(t)
		rec, err := g.Play(t.Context(), play.Independent, play.Informed, play.Series{Movements: 2000, Campaigns: 10, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		want := float64(w) / float64(sum)
		if off := math.Abs(rec.Rate() - want); off > 4.5*math.Sqrt(want*(1-want)/20000)+1e-12 {
			t.Errorf("route %d: rate %g, want %g", r, rec.Rate(), want)
		}
	}
}

func BenchmarkWatching(b *testing.B) {
	g := three().game(b)
	for b.Loop() {
		if _, err := g.Play(b.Context(), play.Independent, play.Watching, play.Series{Movements: 1000, Campaigns: 10}); err != nil {
			b.Fatal(err)
		}
	}
}
