package play

import (
	"errors"
	"fmt"
	"slices"
)

// maxSum is the greatest sum of weights, as for draws: whole numbers up to it are
// exact in a float64.
const maxSum = 1 << 53

// A Place is where an attacker may wait.
type Place struct {
	P  float64 // chance of success against a route that passes, from 0 to 1
	By []int   // routes that pass, by index, each once, in any order
}

// A Game is a mix of routes and the places where it can be attacked. It does not
// change, and several goroutines may use it.
type Game struct {
	weights []uint64
	sum     uint64
	odds    []float64 // weight over sum
	p       []float64 // by place
	passes  [][]bool  // by place and route
	on      [][]int   // by route: the places it passes
	worth   []float64 // by place: p times the odds that the route drawn passes
	habit   []int
}

// New prepares a game. Weights are at least 1 each and at most 2^53 together;
// habit lists the places, by index, among which the attacker Fixed chooses (those
// of the route that is usually driven) and may be empty. An error names what is
// wrong.
func New(weights []int64, places []Place, habit []int) (*Game, error) {
	g := &Game{habit: slices.Clone(habit), on: make([][]int, len(weights))}
	if len(weights) == 0 {
		return nil, errors.New("play: there is no route to draw")
	}
	if len(places) == 0 {
		return nil, errors.New("play: there is no place to attack")
	}
	for i, w := range weights {
		if w < 1 || w > maxSum || g.sum+uint64(w) > maxSum {
			return nil, fmt.Errorf("play: weight %d of route %d is below 1, or takes the sum above %d", w, i, int64(maxSum))
		}
		g.weights = append(g.weights, uint64(w))
		g.sum += uint64(w)
	}
	for _, w := range g.weights {
		g.odds = append(g.odds, float64(w)/float64(g.sum))
	}
	for e, at := range places {
		if !(at.P >= 0 && at.P <= 1) {
			return nil, fmt.Errorf("play: place %d has the chance %g, not one from 0 to 1", e, at.P)
		}
		row := make([]bool, len(weights))
		var passed uint64
		for _, r := range at.By {
			if r < 0 || r >= len(weights) || row[r] {
				return nil, fmt.Errorf("play: place %d is passed by route %d, which is not there or named twice", e, r)
			}
			row[r] = true
			passed += g.weights[r]
			g.on[r] = append(g.on[r], e)
		}
		g.p = append(g.p, at.P)
		g.passes = append(g.passes, row)
		g.worth = append(g.worth, at.P*(float64(passed)/float64(g.sum)))
	}
	for _, e := range habit {
		if e < 0 || e >= len(places) {
			return nil, fmt.Errorf("play: place %d of the usual route is not there", e)
		}
	}
	return g, nil
}

// Value returns the most that any place is worth to who knows the mix, and the
// first place that is worth as much.
func (g *Game) Value() (value float64, place int) {
	return slices.Max(g.worth), slices.Index(g.worth, slices.Max(g.worth))
}

// A Rule says how the route of a movement is drawn.
type Rule int

// The rules.
const (
	// Independent draws each route by its weight, whatever was driven before.
	Independent Rule = iota
	// NoRepeat draws by weight among all routes but the one driven last. It is what
	// people do who vary their routes by hand, not what a mix is proven for: routes
	// are driven with other odds than the mix has, and who saw the last movement
	// knows one route that does not come.
	NoRepeat
)

// An Attacker says how the place is picked.
type Attacker int

// The attackers.
const (
	// Informed knows the mix, the rule and all past routes, and waits where that
	// gives him most, at the first of places that give as much.
	Informed Attacker = iota
	// Watching knows the places and their chances and has seen every past route,
	// but not the mix: he waits where chance times (routes seen to pass + 1) is
	// greatest, by lot where that is equal. The one more, Laplace's rule of
	// succession, keeps places in play that nothing has passed yet.
	Watching
	// Fixed chooses one place of the usual route by lot, each as likely, and waits
	// there for the whole campaign.
	Fixed
	// Random chooses a place by lot, each as likely, for every movement.
	Random
)

// check reports why the two cannot be played.
func (g *Game) check(rule Rule, a Attacker) error {
	switch {
	case rule != Independent && rule != NoRepeat:
		return fmt.Errorf("play: there is no rule %d", rule)
	case a < Informed || a > Random:
		return fmt.Errorf("play: there is no attacker %d", a)
	case rule == NoRepeat && len(g.weights) < 2:
		return errors.New("play: a single route cannot but be driven again")
	case a == Fixed && len(g.habit) == 0:
		return errors.New("play: no place of the usual route is known")
	}
	return nil
}

// informed returns the place where who knows everything waits after route last, -1
// for the first movement.
func (g *Game) informed(rule Rule, last int) (place int) {
	if rule == Independent || last < 0 {
		_, place = g.Value()
		return place
	}
	best := -1.0
	for e, row := range g.passes {
		var passed uint64
		for r, passes := range row {
			if passes && r != last {
				passed += g.weights[r]
			}
		}
		// Not divided by the sum of what may come, which is the same for every place.
		if x := g.p[e] * float64(passed); x > best {
			place, best = e, x
		}
	}
	return place
}
