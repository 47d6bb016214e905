package play_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/game/play"
)

// A scene is what a game is made from, for the oracle to look at.
type scene struct {
	weights []int64
	places  []play.Place
	habit   []int
}

func (s *scene) game(tb testing.TB) *play.Game {
	tb.Helper()
	g, err := play.New(s.weights, s.places, s.habit)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// value is the most that a place is worth against independent draws.
func (s *scene) value() (value float64) {
	for e := range s.places {
		value = max(value, s.worth(e, -1))
	}
	return value
}

// worth is what a place gives when any route but the barred one may be drawn.
func (s *scene) worth(e, barred int) float64 {
	var all, passed int64
	for r, w := range s.weights {
		if r == barred {
			continue
		}
		all += w
		if slices.Contains(s.places[e].By, r) {
			passed += w
		}
	}
	return s.places[e].P * float64(passed) / float64(all)
}

// enumerate goes through every sequence of routes, lots and coins of a campaign
// and returns the mean hits for each movement and the chance of any.
func (s *scene) enumerate(rule play.Rule, a play.Attacker, n int) (rate, anyHit float64) {
	var walk func(history []int, place int, odds float64, hit bool)
	walk = func(history []int, kept int, odds float64, hit bool) {
		if len(history) == n {
			if hit {
				anyHit += odds
			}
			return
		}
		last, barred := -1, -1
		if len(history) > 0 {
			last = history[len(history)-1]
		}
		if rule == play.NoRepeat {
			barred = last
		}
		var all int64
		for r, w := range s.weights {
			if r != barred {
				all += w
			}
		}
		choices := s.choices(a, history, kept, barred)
		for _, e := range choices {
			for r, w := range s.weights {
				if r == barred {
					continue
				}
				next := append(slices.Clone(history), r)
				here := odds / float64(len(choices)) * float64(w) / float64(all)
				p := 0.0
				if slices.Contains(s.places[e].By, r) {
					p = s.places[e].P
				}
				rate += here * p / float64(n)
				if p > 0 {
					walk(next, e, here*p, true)
				}
				if p < 1 {
					walk(next, e, here*(1-p), hit)
				}
			}
		}
	}
	walk(nil, -1, 1, false)
	return rate, anyHit
}

// choices are the places among which the attacker's lot falls.
func (s *scene) choices(a play.Attacker, history []int, kept, barred int) []int {
	every := make([]int, len(s.places))
	for e := range every {
		every[e] = e
	}
	most := func(score func(e int) float64) (out []int) {
		best := math.Inf(-1)
		for _, e := range every {
			switch x := score(e); {
			case x > best:
				best, out = x, []int{e}
			case x == best:
				out = append(out, e)
			}
		}
		return out
	}
	switch a {
	case play.Informed:
		return most(func(e int) float64 { return s.worth(e, barred) })[:1]
	case play.Watching:
		return most(func(e int) float64 {
			seen := 0
			for _, r := range history {
				if slices.Contains(s.places[e].By, r) {
					seen++
				}
			}
			return s.places[e].P * float64(seen+1)
		})
	case play.Fixed:
		if len(history) == 0 {
			return s.habit
		}
		return []int{kept}
	case play.Random:
	}
	return every
}

// randomScene draws a small scene.
func randomScene(random *rand.Rand) *scene {
	s := &scene{}
	for range 1 + random.IntN(3) {
		s.weights = append(s.weights, 1+random.Int64N(9))
	}
	for range 1 + random.IntN(4) {
		x := play.Place{P: []float64{0, 0.25, 0.5, 0.7, 1}[random.IntN(5)]}
		for r := range s.weights {
			if random.IntN(2) == 0 {
				x.By = append(x.By, r)
			}
		}
		s.places = append(s.places, x)
	}
	for e := range s.places {
		if len(s.habit) == 0 || random.IntN(2) == 0 {
			s.habit = append(s.habit, e)
		}
	}
	return s
}

// three is a mix of three routes that no reweighting betters: every route has a
// place of its own, worth 0.2 each, and one place is shared.
func three() *scene {
	return &scene{
		weights: []int64{5, 3, 2},
		places: []play.Place{
			{P: 0.4, By: []int{0}},
			{P: 2.0 / 3, By: []int{1}},
			{P: 1, By: []int{2}},
			{P: 0.2, By: []int{0, 1}},
			{P: 0.15, By: []int{0, 1, 2}},
		},
		habit: []int{0, 3, 4},
	}
}

var (
	rules     = []play.Rule{play.Independent, play.NoRepeat}
	attackers = []play.Attacker{play.Informed, play.Watching, play.Fixed, play.Random}
)
