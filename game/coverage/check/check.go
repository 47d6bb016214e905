// Package check recomputes what an answer to a game of coverage claims, from the
// game and the two mixes alone, with numbers of 200 bits. It shares no code with
// what finds them.
package check

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/verify"
)

const precision = 200

func number(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func zero() *big.Float { return number(0) }

// checker holds an answer while it is checked.
type checker struct {
	g      *coverage.Game
	d      *coverage.Document
	number map[string]int // targets by text
	parts  []uint64
	unit   float64
	allow  *big.Float // by how much rounding may move a payoff
	report *verify.Report
}

// Check recomputes the claims of an answer to a game. It fails only where the
// answer names what the game does not have, or the game is unsound. It costs
// O(n log n), and n for each placement that the answer lists.
func Check(g *coverage.Game, d *coverage.Document) (*verify.Report, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	c := &checker{g: g, d: d, report: &verify.Report{Notes: []string{}}, number: make(map[string]int, len(g.Targets))}
	for i, id := range g.Targets {
		c.number[id.Text] = i
	}
	if digest := g.Digest(); digest != d.Hash {
		c.holds("instance", false, "the answer is to a game with hash %.12s…, not to this one, %.12s…", d.Hash, digest)
		return c.finish(), nil
	}
	c.holds("instance", true, "hash %s", d.Hash)
	if !c.numbers() {
		c.holds("numbers", false, "a number is not finite")
		return c.finish(), nil
	}
	if err := c.coverage(); err != nil {
		return nil, err
	}
	if err := c.bounds(); err != nil {
		return nil, err
	}
	if err := c.defender(); err != nil {
		return nil, err
	}
	if err := c.placements(); err != nil {
		return nil, err
	}
	c.report.Notes = append(c.report.Notes, "Taken on trust: method, assumptions, seconds.")
	return c.finish(), nil
}

func (c *checker) holds(name string, ok bool, format string, args ...any) {
	v := verify.Confirmed
	if !ok {
		v = verify.Refuted
	}
	c.report.Claims = append(c.report.Claims, verify.Claim{Name: name, Verdict: v, Detail: fmt.Sprintf(format, args...)})
}

func (c *checker) finish() *verify.Report {
	c.report.Verdict = verify.Confirmed
	for _, claim := range c.report.Claims {
		if claim.Verdict == verify.Refuted {
			c.report.Verdict = verify.Refuted
		}
	}
	return c.report
}

// numbers reports whether all numbers of the answer are numbers: JSON holds no
// others, but a caller may.
func (c *checker) numbers() bool {
	all := []float64{c.d.Value, c.d.Lower, c.d.Upper, c.d.Gap}
	for _, a := range c.d.AttackerMix {
		all = append(all, a.Prob)
	}
	for _, p := range c.d.PlannerMix {
		all = append(all, p.Prob)
	}
	if d := c.d.Defender; d != nil {
		all = append(all, d.Value, d.Against, d.Limit)
	}
	for _, x := range all {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

func (c *checker) find(place string, id game.ID) (int, error) {
	i, ok := c.number[id.Text]
	if !ok || c.g.Targets[i] != id {
		return 0, &game.InputError{Place: place, Cause: fmt.Sprintf("there is no target %s", id), Remedy: "see that the answer is to this game"}
	}
	return i, nil
}

// coverage reads the parts and holds that there are posts for them.
func (c *checker) coverage() error {
	c.parts = make([]uint64, len(c.g.Targets))
	total, ok := new(big.Int), c.d.Of == coverage.Whole
	for k, cover := range c.d.Coverage {
		i, err := c.find(fmt.Sprintf("coverage[%d].target", k), cover.Target)
		if err != nil {
			return err
		}
		ok = ok && c.parts[i] == 0 && cover.Parts > 0 && cover.Parts <= coverage.Whole
		c.parts[i] = cover.Parts
		total.Add(total, new(big.Int).SetUint64(cover.Parts))
	}
	c.holds("chances", ok, "%d targets with a chance above 0 and at most 1, each once, in parts of %d", len(c.d.Coverage), uint64(coverage.Whole))
	all := new(big.Int).Mul(big.NewInt(int64(c.g.Posts)), big.NewInt(coverage.Whole))
	all.Sub(all, total)
	c.holds("posts", all.Sign() >= 0, "%d posts", c.g.Posts)
	c.holds("spare", all.Cmp(new(big.Int).SetUint64(c.d.Spare)) == 0, "%d parts stated, %s left over", c.d.Spare, all)
	return nil
}

// attacker is what a strike is to the attacker; defender likewise.
func (c *checker) attacker(i int, cover *big.Float) *big.Float {
	return mean(c.g.Open[i], c.g.Covered[i], cover)
}

func mean(open, covered float64, cover *big.Float) *big.Float {
	gain := new(big.Float).Sub(number(covered), number(open))
	return gain.Add(gain.Mul(gain, cover), number(open))
}

func (c *checker) chance(i int) *big.Float {
	x := zero().SetUint64(c.parts[i])
	return x.Quo(x, number(coverage.Whole))
}

// atMost allows for rounding of what is stated.
func (c *checker) atMost(a, b *big.Float) bool {
	return a.Cmp(new(big.Float).Add(b, c.allow)) <= 0
}

func (c *checker) near(a, b *big.Float) bool { return c.atMost(a, b) && c.atMost(b, a) }

// bounds recomputes what both mixes are worth.
func (c *checker) bounds() error {
	upper := number(math.Inf(-1))
	for i := range c.g.Targets {
		if x := c.attacker(i, c.chance(i)); x.Cmp(upper) > 0 {
			upper = x
		}
	}
	high, _ := upper.Float64()
	for i, open := range c.g.Open {
		if open >= high {
			c.unit = max(c.unit, math.Abs(open), math.Abs(c.g.Covered[i]))
		}
	}
	c.allow = number(1e-3 * coverage.Tolerance * c.unit)
	d := c.d
	c.report.Upper = &high
	c.holds("upper", c.atMost(upper, number(d.Upper)), "%.12g stated, %.12g recomputed: the best target", d.Upper, high)

	lower, odds := zero(), zero()
	var taken []*big.Float
	seen, ok := map[int]bool{}, true
	for k, a := range d.AttackerMix {
		i, err := c.find(fmt.Sprintf("attacker_mix[%d].target", k), a.Target)
		if err != nil {
			return err
		}
		ok = ok && !seen[i] && a.Prob >= 0 && a.Prob <= 1
		seen[i] = true
		prob := number(a.Prob)
		odds.Add(odds, prob)
		lower.Add(lower, new(big.Float).Mul(prob, number(c.g.Open[i])))
		less := new(big.Float).Sub(number(c.g.Open[i]), number(c.g.Covered[i]))
		taken = append(taken, less.Mul(less, prob))
	}
	slices.SortFunc(taken, func(a, b *big.Float) int { return b.Cmp(a) })
	for _, x := range taken[:min(c.g.Posts, len(taken))] {
		lower.Sub(lower, x)
	}
	sum, _ := odds.Float64()
	ok = ok && math.Abs(sum-1) <= 1e-9
	c.holds("attacker's mix", ok, "%d targets, each once, odds add up to %.12g", len(d.AttackerMix), sum)
	if sum > 0 {
		lower.Quo(lower, odds) // odds that rounding moved off 1 prove what they are in proportion to
	}
	low, _ := lower.Float64()
	c.report.Lower = &low
	c.holds("lower", c.atMost(number(d.Lower), lower), "%.12g stated, %.12g recomputed: posts where they take most from the attacker's mix", d.Lower, low)
	c.holds("value", d.Value == d.Upper && d.Lower <= d.Upper, "%.12g, and upper is %.12g", d.Value, d.Upper)
	gap := 0.0
	if c.unit > 0 {
		gap = max(0, d.Upper-d.Lower) / c.unit
	}
	c.holds("gap", math.Abs(gap-d.Gap) <= 1e-15+1e-6*gap, "%.3g stated, %.3g recomputed", d.Gap, gap)
	c.holds("status", d.Status == game.Bound || d.Status == game.Optimal && gap <= coverage.Tolerance, "%s: the bounds are %.3g apart", d.Status, gap)

	level := new(big.Float).Sub(upper, number(coverage.Tolerance*c.unit))
	listed := map[int]bool{}
	exact := true
	for k, id := range d.AttackSet {
		i, err := c.find(fmt.Sprintf("attack_set[%d]", k), id)
		if err != nil {
			return err
		}
		exact = exact && !listed[i] && c.atMost(level, c.attacker(i, c.chance(i)))
		listed[i] = true
	}
	for i := range c.g.Targets {
		above := c.attacker(i, c.chance(i))
		exact = exact && (listed[i] || c.atMost(above, level))
	}
	c.holds("attack set", exact, "%d targets, the best to the attacker within %g", len(d.AttackSet), coverage.Tolerance*c.unit)
	return nil
}

// defender recomputes what the coverage is to the defender and that none is more:
// a target that is struck pays at least the lower bound, which leaves it only so
// much cover; or cover makes no difference to it, and it has at most what remains
// when the others are held to the upper bound.
func (c *checker) defender() error {
	g, d := c.g, c.d.Defender
	if (d == nil) != (g.DefenderOpen == nil) {
		c.holds("defender", false, "the game has payoffs of the defender's own, or the answer has: not both")
		return nil
	}
	if d == nil {
		return nil
	}
	struck, err := c.find("defender.target", d.Target)
	if err != nil {
		return err
	}
	in := false
	least, most := number(math.Inf(1)), number(math.Inf(-1))
	for _, id := range c.d.AttackSet {
		i := c.number[id.Text]
		in = in || i == struck
		if x := mean(g.DefenderOpen[i], g.DefenderCovered[i], c.chance(i)); x.Cmp(least) < 0 {
			least = x
		}
	}
	needed, lower, upper := zero(), number(*c.report.Lower), number(*c.report.Upper)
	for i, open := range g.Open {
		over := new(big.Float).Sub(number(open), upper)
		if drop := new(big.Float).Sub(number(open), number(g.Covered[i])); over.Sign() > 0 && drop.Sign() > 0 {
			needed.Add(needed, over.Quo(over, drop))
		}
	}
	left := zero().Sub(number(float64(g.Posts)), needed)
	size := 0.0
	for i, open := range g.Open {
		over := new(big.Float).Sub(number(open), lower)
		if over.Sign() < 0 {
			continue
		}
		size = max(size, math.Abs(g.DefenderOpen[i]), math.Abs(g.DefenderCovered[i]))
		cover := left
		if drop := new(big.Float).Sub(number(open), number(g.Covered[i])); drop.Sign() > 0 {
			cover = over.Quo(over, drop)
		}
		if cover.Cmp(number(1)) > 0 {
			cover = number(1)
		}
		if cover.Sign() < 0 {
			cover = zero()
		}
		if x := mean(g.DefenderOpen[i], g.DefenderCovered[i], cover); x.Cmp(most) > 0 {
			most = x
		}
	}
	c.allow = number(1e-3 * coverage.Tolerance * size)
	value := mean(g.DefenderOpen[struck], g.DefenderCovered[struck], c.chance(struck))
	c.holds("defender", in && c.near(number(d.Value), value), "%.12g stated, %.12g recomputed where %s of the attack set is struck", d.Value, value, d.Target)
	c.holds("against", c.near(number(d.Against), least), "%.12g stated, %.12g recomputed: the worst of the attack set", d.Against, least)
	c.holds("limit", c.atMost(most, number(d.Limit)) && c.atMost(value, number(d.Limit)), "%.12g stated, %.12g recomputed: no coverage gives the defender more", d.Limit, most)
	return nil
}

// placements counts how often each target has a post in what is drawn from.
func (c *checker) placements() error {
	if len(c.d.PlannerMix) == 0 {
		return nil
	}
	have := make([]uint64, len(c.parts))
	total, ok := uint64(0), true
	for k, p := range c.d.PlannerMix {
		weight := math.Round(p.Prob * coverage.Whole)
		ok = ok && weight >= 1 && weight <= coverage.Whole && weight/coverage.Whole == p.Prob && len(p.Posts) <= c.g.Posts
		if !ok {
			break
		}
		total += uint64(weight)
		ok = ok && total <= coverage.Whole
		seen := map[int]bool{}
		for j, id := range p.Posts {
			i, err := c.find(fmt.Sprintf("planner_mix[%d].posts[%d]", k, j), id)
			if err != nil {
				return err
			}
			ok = ok && !seen[i]
			seen[i] = true
			have[i] += uint64(weight)
		}
	}
	c.holds("placements", ok && total == coverage.Whole && slices.Equal(have, c.parts), "%d placements cover each target with its chance to the last part", len(c.d.PlannerMix))
	return nil
}
