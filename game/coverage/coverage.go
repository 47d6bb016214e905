package coverage

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game"
)

const (
	// Whole is what a chance of 1 is in parts: chances are whole numbers of parts,
	// so that they can be drawn and checked to the last digit.
	Whole = 1_000_000_000_000
	// MostTargets bounds the targets of a game, so that their parts add up below
	// 2^64.
	MostTargets = 10_000_000
	// MostPosts bounds its posts.
	MostPosts = 10_000_000
	// Least is the smallest size of a payoff that is not 0.
	Least = 1e-12
	// Most is the greatest size of a payoff.
	Most = 1e12
	// Tolerance is up to what gap, in parts of the unit of a game, bounds count as
	// meeting and payoffs as equal.
	Tolerance = 1e-9
)

// A Game is n targets and the posts that may cover them. All slices have one
// element per target.
type Game struct {
	Targets []game.ID
	Posts   int
	// What the attacker gets for a strike where a post stands and where none does:
	// Covered <= Open.
	Covered, Open []float64
	// What it is to the defender: DefenderCovered >= DefenderOpen. Both are nil
	// where the defender loses what the attacker gains.
	DefenderCovered, DefenderOpen []float64
}

// A Pick is a target of the attacker's mix.
type Pick struct {
	Target uint32
	Prob   float64
}

// A Solution is a coverage and what it proves.
type Solution struct {
	// Parts is by target the chance that it is covered, in parts of Whole. They add
	// up to at most Posts·Whole.
	Parts []uint64
	// Spare is what is left of the posts, in parts: more cover would not take
	// anything from the attacker.
	Spare uint64
	// Upper is what the attacker gets at best against Parts, and Lower what Attack
	// gets against every coverage.
	Lower, Upper float64
	Attack       []Pick
	// AttackSet lists the targets at which the attacker gets Upper, to Tolerance of
	// the unit.
	AttackSet []uint32
	// Target is the one of them that suits the defender best, and Defender what it
	// is to the defender; Against is what the worst of them is. No coverage gives
	// the defender more than Limit, if the attacker decides ties as the defender
	// likes (strong Stackelberg equilibrium).
	Target                   uint32
	Defender, Against, Limit float64
}

// Check returns an *game.InputError that names the first thing wrong with the game.
func (g *Game) Check() error {
	n := len(g.Targets)
	switch {
	case n == 0:
		return wrong("targets", "no target", "name one")
	case n > MostTargets:
		return wrong("targets", fmt.Sprintf("%d targets", n), fmt.Sprintf("give at most %d", MostTargets))
	case g.Posts < 0 || g.Posts > MostPosts:
		return wrong("posts", fmt.Sprintf("%d posts", g.Posts), fmt.Sprintf("write a whole number from 0 to %d", MostPosts))
	case len(g.Covered) != n || len(g.Open) != n:
		return wrong("targets", "not every target has payoffs", "give each two")
	case (g.DefenderCovered == nil) != (g.DefenderOpen == nil) || g.DefenderOpen != nil && (len(g.DefenderCovered) != n || len(g.DefenderOpen) != n):
		return wrong("targets", "not every target has both payoffs of the defender", "give each two, or none any")
	}
	for i := range g.Targets {
		for _, x := range g.payoffs(i) {
			if !sound(x) {
				return wrong(fmt.Sprintf("targets[%d]", i), fmt.Sprintf("the payoff %v", x), fmt.Sprintf("write 0, or a number of size %g to %g", Least, Most))
			}
		}
		if g.Covered[i] > g.Open[i] {
			return wrong(fmt.Sprintf("targets[%d]", i), fmt.Sprintf("a post would raise what the attacker gets, from %v to %v", g.Open[i], g.Covered[i]), "see that covered and uncovered are not exchanged")
		}
		if g.DefenderOpen != nil && g.DefenderCovered[i] < g.DefenderOpen[i] {
			return wrong(fmt.Sprintf("targets[%d]", i), fmt.Sprintf("a post would harm the defender, from %v to %v", g.DefenderOpen[i], g.DefenderCovered[i]), "see that covered and uncovered are not exchanged")
		}
	}
	return nil
}

func (g *Game) payoffs(i int) []float64 {
	if g.DefenderOpen == nil {
		return []float64{g.Covered[i], g.Open[i]}
	}
	return []float64{g.Covered[i], g.Open[i], g.DefenderCovered[i], g.DefenderOpen[i]}
}

func sound(x float64) bool {
	x = math.Abs(x)
	return x == 0 || x >= Least && x <= Most
}

func wrong(place, cause, remedy string) error {
	return &game.InputError{Place: place, Cause: cause, Remedy: remedy}
}

// Unit is the size of a game's payoffs, to which gaps are measured: the largest
// size of what the attacker gets at targets that pay at least floor when open.
func (g *Game) Unit(floor float64) float64 {
	unit := 0.0
	for i, open := range g.Open {
		if open >= floor {
			unit = max(unit, math.Abs(open), math.Abs(g.Covered[i]))
		}
	}
	return unit
}

// Solve finds the coverage against which the attacker gets least. Holding him to x
// takes Σ max(0, (open - x)/(open - covered)) posts, which falls with x along
// straight pieces; x is lowered from target to target, the best first, until the
// posts are used up or a target is covered for sure. It costs O(n log n).
//
// Of all coverages that hold the attacker to x this is the least at every target,
// so that every target that can be the best to him is, with as much cover as it
// can have: whatever the defender's payoffs, no coverage gives more (see the
// package's source). Posts that are left over go to a target that pays the attacker
// x with cover or without, if that suits the defender best.
func Solve(g *Game) (*Solution, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	s := &Solution{}
	l := g.lowered()
	share := make([]float64, len(g.Targets))
	used := 0.0
	for i, open := range g.Open {
		if l.needs(open, uint32(i)) {
			share[i] = min(1, max(0, ((open-l.base)+l.below)/(open-g.Covered[i])))
			used += share[i]
		}
	}
	if !l.binds {
		g.spend(share, l.base, float64(g.Posts)-used)
	}
	s.Parts = parts(share, uint64(g.Posts)*Whole, l.binds)
	s.Spare = uint64(g.Posts) * Whole
	for _, p := range s.Parts {
		s.Spare -= p
	}
	s.Attack = g.attack(l)
	s.Lower = g.guaranteed(s.Attack)
	g.judge(s)
	s.Lower = min(s.Lower, s.Upper)
	rounding := 1e-14 * g.Unit(s.Upper) // so that who counts anew does not find more
	s.Limit = max(s.Defender, g.limit(s.Lower-rounding, s.Upper+rounding))
	return s, nil
}

// lowering is how far the attacker can be held down: to base - below. The two are
// apart so that what is left of a payoff above it keeps its digits.
type lowering struct {
	base, below float64
	binds       bool // the posts are used up
	// last is the last of the targets that need cover for it, in the order of what
	// they pay open, and rate the sum of their 1/(open - covered).
	last uint32
	rate float64
}

// needs reports whether a target needs cover for it, or would next.
func (l *lowering) needs(open float64, target uint32) bool {
	return open > l.base || l.binds && open == l.base && target <= l.last
}

type paying struct {
	open, drop float64
	target     uint32
}

func (g *Game) lowered() lowering {
	floor := slices.Max(g.Covered)
	order := make([]paying, 0, len(g.Open))
	for i, open := range g.Open {
		if open > floor {
			order = append(order, paying{open, open - g.Covered[i], uint32(i)})
		}
	}
	slices.SortFunc(order, func(a, b paying) int {
		switch {
		case a.open > b.open:
			return -1
		case a.open < b.open:
			return 1
		}
		return cmp.Compare(a.target, b.target)
	})
	var used, rate sum
	posts := float64(g.Posts)
	for k, t := range order {
		rate.add(1 / t.drop)
		next := floor
		if k+1 < len(order) {
			next = order[k+1].open
		}
		step := t.open - next
		if left := posts - used.value(); rate.value()*step >= left {
			return lowering{base: t.open, below: max(0, left) / rate.value(), binds: true, last: t.target, rate: rate.value()}
		}
		used.add(rate.value() * step)
	}
	return lowering{base: floor}
}

// spend gives posts that are left over to the target that suits the defender best
// among those that pay the attacker the same with cover or without.
func (g *Game) spend(share []float64, level, left float64) {
	if g.DefenderOpen == nil || left <= 0 {
		return
	}
	best, most, flat := -1, math.Inf(-1), false
	for i, open := range g.Open {
		if open < level {
			continue
		}
		same := open == g.Covered[i]
		c := share[i]
		if same {
			c = min(1, left)
		}
		if x := g.defender(i, c); x > most {
			best, most, flat = i, x, same
		}
	}
	if flat {
		share[best] = min(1, left)
	}
}

// defender is what a strike at a target with cover c is to the defender.
func (g *Game) defender(i int, c float64) float64 {
	if g.DefenderOpen == nil {
		return -g.attacker(i, c)
	}
	return g.DefenderOpen[i] + c*(g.DefenderCovered[i]-g.DefenderOpen[i])
}

// attacker is what a strike at a target with cover c is to the attacker.
func (g *Game) attacker(i int, c float64) float64 {
	return g.Open[i] - c*(g.Open[i]-g.Covered[i])
}

// attack is the attacker's mix that proves how far he can be held down: where the
// posts bind, targets in proportion to 1/(open - covered), so that a post takes the
// same wherever it stands; else the target that pays most when covered.
func (g *Game) attack(l lowering) []Pick {
	if !l.binds {
		for i, covered := range g.Covered {
			if covered == l.base {
				return []Pick{{Target: uint32(i), Prob: 1}}
			}
		}
	}
	var mix []Pick
	for i, open := range g.Open {
		if l.needs(open, uint32(i)) {
			mix = append(mix, Pick{Target: uint32(i), Prob: 1 / (open - g.Covered[i]) / l.rate})
		}
	}
	return mix
}

// guaranteed is what a mix of the attacker gets at least against every coverage: no
// post takes more from it than where it takes most.
func (g *Game) guaranteed(mix []Pick) float64 {
	most := 0.0
	var total sum
	for _, a := range mix {
		total.add(a.Prob * g.Open[a.Target])
		most = max(most, a.Prob*(g.Open[a.Target]-g.Covered[a.Target]))
	}
	total.add(-most * float64(min(g.Posts, len(mix))))
	return total.value()
}

// judge works out what the parts are worth to both sides.
func (g *Game) judge(s *Solution) {
	s.Upper = math.Inf(-1)
	for i, p := range s.Parts {
		s.Upper = max(s.Upper, g.attacker(i, float64(p)/Whole))
	}
	level := s.Upper - Tolerance*g.Unit(s.Upper)
	s.Defender, s.Against = math.Inf(-1), math.Inf(1)
	for i, p := range s.Parts {
		c := float64(p) / Whole
		if g.attacker(i, c) < level {
			continue
		}
		s.AttackSet = append(s.AttackSet, uint32(i))
		x := g.defender(i, c)
		s.Against = min(s.Against, x)
		if x > s.Defender {
			s.Defender, s.Target = x, uint32(i)
		}
	}
}

// limit bounds what any coverage gives the defender. The attacker gets at least
// lower; so a target that he strikes pays that much, and has no more cover than
// leaves it to it. Where cover makes no difference to him, the others must be held
// to what the target pays, at most upper, and what that leaves of the posts is all
// that the target can have.
func (g *Game) limit(lower, upper float64) float64 {
	var needed sum
	for i, open := range g.Open {
		if open > upper && open > g.Covered[i] {
			needed.add(min(1, (open-upper)/(open-g.Covered[i])))
		}
	}
	left := min(1, max(0, float64(g.Posts)-needed.value()))
	most := math.Inf(-1)
	for i, open := range g.Open {
		if open < lower {
			continue
		}
		c := left
		if open > g.Covered[i] {
			c = min(1, (open-lower)/(open-g.Covered[i]))
		}
		most = max(most, g.defender(i, c))
	}
	return most
}

// A sum adds up numbers of different size and keeps what rounding cuts off
// (Neumaier, ZAMM 54, 1974).
type sum struct{ high, low float64 }

func (s *sum) add(x float64) {
	t := s.high + x
	if math.Abs(s.high) >= math.Abs(x) {
		s.low += (s.high - t) + x
	} else {
		s.low += (x - t) + s.high
	}
	s.high = t
}

func (s *sum) value() float64 { return s.high + s.low }
