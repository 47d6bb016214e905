package play

import "errors"

// ErrOpen says that the odds are known by playing only.
var ErrOpen = errors.New("play: there is no closed form")

// An Expectation is what is expected of a campaign.
type Expectation struct {
	Rate float64 // hits for each movement, on average
	Any  float64 // chance of at least one hit in the campaign
}

// Exact works out what playing a campaign of n movements comes to in the mean,
// without playing: up to the rounding of float64. The error is ErrOpen for who
// watches a mix of several routes; he never gets more than who is informed. With
// Independent draws it takes time proportional to the places, with NoRepeat to
// n times the square of the routes, for each place of the usual route where the
// attacker is Fixed.
func (g *Game) Exact(rule Rule, a Attacker, n int) (Expectation, error) {
	if err := g.check(rule, a); err != nil {
		return Expectation{}, err
	}
	if n < 1 {
		return Expectation{}, errors.New("play: a campaign has at least one movement")
	}
	switch {
	case a == Watching && len(g.weights) == 1:
		return g.watched(n), nil
	case a == Watching:
		return Expectation{}, ErrOpen
	case a == Fixed:
		var mean Expectation
		for _, e := range g.habit {
			x := g.held(rule, e, n)
			mean.Rate += x.Rate
			mean.Any += x.Any
		}
		mean.Rate /= float64(len(g.habit))
		mean.Any /= float64(len(g.habit))
		return mean, nil
	case rule == Independent && a == Informed:
		value, _ := g.Value()
		return Expectation{Rate: value, Any: AtLeastOnce(value, n)}, nil
	case rule == Independent:
		total := 0.0
		for _, v := range g.worth {
			total += v
		}
		rate := total / float64(len(g.worth))
		return Expectation{Rate: rate, Any: AtLeastOnce(rate, n)}, nil
	}
	hit := make([][]float64, len(g.weights)+1)
	for last := range hit {
		hit[last] = make([]float64, len(g.weights))
		if a == Random {
			for r := range hit[last] {
				for _, e := range g.on[r] {
					hit[last][r] += g.p[e] / float64(len(g.p))
				}
			}
			continue
		}
		before := last
		if last == len(g.weights) {
			before = -1
		}
		g.hits(g.informed(rule, before), hit[last])
	}
	return g.chain(hit, n), nil
}

// AtLeastOnce returns 1-(1-p)^n, the chance of at least one success in n trials
// that have nothing to do with each other, exact to some units in the last place
// also for small p.
func AtLeastOnce(p float64, n int) float64 {
	// With u for the chance in some trials and v in others, both together come to
	// u + v(1-u): nothing is taken from 1 that is nearly 1.
	result := 0.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result += float64(p * (1 - result))
		}
		p += float64(p * (1 - p))
	}
	return result
}

// hits writes down, by route, the chance of a hit at a place.
func (g *Game) hits(place int, to []float64) {
	for r, passes := range g.passes[place] {
		to[r] = 0
		if passes {
			to[r] = g.p[place]
		}
	}
}

// held is what to expect of who waits at one place.
func (g *Game) held(rule Rule, place, n int) Expectation {
	if rule == Independent {
		return Expectation{Rate: g.worth[place], Any: AtLeastOnce(g.worth[place], n)}
	}
	row := make([]float64, len(g.weights))
	g.hits(place, row)
	hit := make([][]float64, len(g.weights)+1)
	for last := range hit {
		hit[last] = row
	}
	return g.chain(hit, n)
}

// chain follows the odds of the route driven last through a campaign under
// NoRepeat. hit[i][j] is the chance of a hit when i was driven last and j is
// drawn; the first movement has i = number of routes.
func (g *Game) chain(hit [][]float64, n int) Expectation {
	routes := len(g.weights)
	last, safe := make([]float64, routes), make([]float64, routes)
	next, nextSafe := make([]float64, routes), make([]float64, routes)
	var out Expectation
	total := 0.0
	for j, odds := range g.odds {
		x := float64(odds * hit[routes][j])
		last[j], safe[j] = odds, odds-x
		total += x
		out.Any += x
	}
	for range n - 1 {
		clear(next)
		clear(nextSafe)
		for i := range last {
			rest := float64(g.sum - g.weights[i])
			for j := range next {
				if j == i {
					continue
				}
				odds := float64(g.weights[j]) / rest
				moved, movedSafe := float64(last[i]*odds), float64(safe[i]*odds)
				total += float64(moved * hit[i][j])
				x := float64(movedSafe * hit[i][j])
				out.Any += x
				next[j] += moved
				nextSafe[j] += movedSafe - x
			}
		}
		last, next = next, last
		safe, nextSafe = nextSafe, safe
	}
	out.Rate = total / float64(n)
	return out
}

// watched is what to expect of who watches a single route: nothing but his lots is
// random, and those of one movement do not touch the next.
func (g *Game) watched(n int) Expectation {
	var out Expectation
	seen := make([]int, len(g.p))
	total := 0.0
	for range n {
		best, ties := g.promising(seen)
		hit := 0.0
		for _, e := range g.on[0] {
			if g.promise(e, seen[e]) == best {
				hit += g.p[e] / float64(ties)
			}
		}
		total += hit
		out.Any += float64(hit * (1 - out.Any))
		for _, e := range g.on[0] {
			seen[e]++
		}
	}
	out.Rate = total / float64(n)
	return out
}
