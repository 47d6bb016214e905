package play

import (
	"context"
	"fmt"
)

// A Series is how much is played.
type Series struct {
	Movements int // in a campaign, at least 1
	Campaigns int // each begins with nothing seen; at least MinCampaigns
	Seed      uint64
}

// MinCampaigns is how many campaigns it takes to say how far they differ.
const MinCampaigns = 10

// A Record is what was played.
type Record struct {
	Movements int
	Hits      []int // by campaign
	// apart says that movements of one campaign have nothing to do with each other,
	// so that each counts for itself.
	apart bool
}

// purposes of random words; attackers come on top of purposeAttack.
const (
	purposeRoutes = 1
	purposeCoins  = 2
	purposeAttack = 16
)

// Play plays a series: every movement a route is drawn by the rule, and the
// attacker picks a place without knowing the draw. The same seed draws the same
// routes against every attacker, and a longer campaign begins as a shorter one
// did. It takes time proportional to movements times places.
func (g *Game) Play(ctx context.Context, rule Rule, a Attacker, s Series) (*Record, error) {
	if err := g.check(rule, a); err != nil {
		return nil, err
	}
	if s.Movements < 1 || s.Campaigns < MinCampaigns {
		return nil, fmt.Errorf("play: %d movements in %d campaigns; there must be at least 1 in each of %d", s.Movements, s.Campaigns, MinCampaigns)
	}
	out := &Record{
		Movements: s.Movements, Hits: make([]int, s.Campaigns),
		apart: (a == Informed || a == Random) && (rule == Independent || len(g.weights) == 1),
	}
	for c := range out.Hits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out.Hits[c] = g.campaign(rule, a, s, c)
	}
	return out, nil
}

// campaign plays one campaign and returns the hits.
func (g *Game) campaign(rule Rule, a Attacker, s Series, number int) (hits int) {
	routes, coins := newWords(s.Seed, purposeRoutes, number), newWords(s.Seed, purposeCoins, number)
	waits := g.waiting(rule, a, newWords(s.Seed, purposeAttack+int(a), number))
	last := -1
	for range s.Movements {
		place := waits.next(last)
		barred := -1
		if rule == NoRepeat {
			barred = last
		}
		last = g.route(routes, barred)
		if g.passes[place][last] && coins.coin(g.p[place]) {
			hits++
		}
	}
	return hits
}

// waiter is an attacker in a campaign.
type waiter struct {
	g    *Game
	a    Attacker
	lots words
	best []int // Informed: by the route driven last, the first movement at the end
	kept int   // Fixed
	seen []int // Watching: routes seen to pass, by place
}

// waiting returns an attacker who has seen nothing yet.
func (g *Game) waiting(rule Rule, a Attacker, lots words) *waiter {
	w := &waiter{g: g, a: a, lots: lots}
	switch a {
	case Informed:
		w.best = make([]int, len(g.weights)+1)
		for last := range g.weights {
			w.best[last] = g.informed(rule, last)
		}
		w.best[len(g.weights)] = g.informed(rule, -1)
	case Fixed:
		w.kept = g.habit[lots.uniform(uint64(len(g.habit)))]
	case Watching:
		w.seen = make([]int, len(g.p))
	case Random:
	}
	return w
}

// next returns where the attacker waits after route last was driven, -1 before the
// first movement.
func (w *waiter) next(last int) int {
	switch w.a {
	case Informed:
		if last < 0 {
			last = len(w.g.weights)
		}
		return w.best[last]
	case Fixed:
		return w.kept
	case Watching:
		if last >= 0 {
			for _, e := range w.g.on[last] {
				w.seen[e]++
			}
		}
		best, ties := w.g.promising(w.seen)
		nth := uint64(0)
		if ties > 1 {
			nth = w.lots.uniform(uint64(ties))
		}
		for e := range w.seen {
			if w.g.promise(e, w.seen[e]) == best {
				if nth == 0 {
					return e
				}
				nth--
			}
		}
	case Random:
	}
	return int(w.lots.uniform(uint64(len(w.g.p))))
}

// promise is what a place seems to be worth to who watches. It is one product of
// two numbers, so it has the same bits on every machine.
func (g *Game) promise(place, seen int) float64 { return g.p[place] * float64(seen+1) }

// promising returns the greatest promise and how many places have it.
func (g *Game) promising(seen []int) (best float64, ties int) {
	best = -1
	for e, n := range seen {
		switch x := g.promise(e, n); {
		case x > best:
			best, ties = x, 1
		case x == best:
			ties++
		}
	}
	return best, ties
}
