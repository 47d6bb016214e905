package reach

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
)

// An answer is what column generation ended with.
type answer struct {
	odds         []float64 // by route
	upper, lower float64
	prices       map[disc]float64 // the attacker's odds behind lower
	price        float64          // of time, behind lower
	guess        float64          // what prices are likely to prove
	complete     bool
	whole        bool // no search of the proof was cut off
}

// tight is the relative gap below which rounding decides.
const tight = 1e-10

// close adds discs and routes to a master until its bounds nearly meet.
//
// The master is solved over routes that use the nodes of those known already, the
// core, until it has no better ones: its searches are short. Then the whole field
// is searched at prices between those of the master and those that did best so far
// (Wentges, International Transactions in Operational Research 4, 1997), for those
// of the master alone jump from place to place.
func (x *Game) close(ctx context.Context, m *master, meanLimit float64, like *answer, rounds int) (*answer, error) {
	best := &answer{upper: math.Inf(1), guess: math.Inf(-1)}
	x.w.priced.lift = 0
	gap := max(x.o.Gap, tight)
	centre, centrePrice := x.discsOf(m, x.cut), 0.0
	if like != nil {
		centre, centrePrice = like.prices, like.price
	}
	if math.IsInf(meanLimit, 1) {
		if err := x.spread(ctx, m, meanLimit); err != nil {
			return nil, err
		}
	}
	keep := 0.5
	for round := 0; ; round++ {
		prices, price, err := x.settle(ctx, m, best, meanLimit)
		if err != nil {
			return nil, err
		}
		if best.upper <= 0 || round == rounds {
			break
		}
		var fresh int
		for {
			tried, cost := prices, price
			if len(centre) > 0 && keep > 0 {
				tried, cost = normal(between(centre, prices, keep)), keep*centrePrice+(1-keep)*price
			}
			var guess float64
			fresh, guess = x.quick(m, tried, cost, best.upper, meanLimit, nil)
			x.work.Searches++
			if guess > best.guess {
				best.guess, best.prices, best.price = guess, tried, cost
				centre, centrePrice = tried, cost
			}
			if fresh > 0 || keep == 0 {
				break
			}
			if keep /= 2; keep < 0.2 {
				keep = 0
			}
		}
		if fresh == 0 || best.upper-best.guess <= gap*best.upper {
			break
		}
	}
	if best.prices == nil {
		best.prices = map[disc]float64{}
	}
	return best, nil
}

// settle solves a master over the core.
func (x *Game) settle(ctx context.Context, m *master, best *answer, meanLimit float64) (prices map[disc]float64, price float64, err error) {
	for turn := 0; ; turn++ {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		x.grow(m)
		var odds []float64
		if odds, prices, price, err = m.solve(ctx, meanLimit); err != nil {
			return nil, 0, err
		}
		worst := m.load(x.routes, odds).best()
		upper := 0.0
		if len(worst) > 0 {
			upper = worst[0].value
		}
		if upper < best.upper {
			best.upper, best.odds = upper, odds
		}
		if m.cover(worst, m.value()) {
			continue
		}
		prices = normal(prices)
		if upper <= 0 || turn > mostTurns {
			return prices, price, nil
		}
		x.work.CoreSearches++
		if fresh, _ := x.quick(m, prices, price, best.upper, meanLimit, x.core); fresh == 0 {
			return prices, price, nil
		}
	}
}

// mostTurns bounds the work over one core.
const mostTurns = 200

// quick takes in routes that pay less than upper under an attacker's mix, and
// guesses what every route pays.
func (x *Game) quick(m *master, prices map[disc]float64, price, upper, meanLimit float64, core []bool) (fresh int, guess float64) {
	levels := float64(x.o.Levels)
	if price > 0 {
		levels *= finer
	}
	q := x.whole(m, prices, price, upper/levels)
	if q.total == 0 {
		return 0, 0
	}
	f := &x.w.fronts
	f.charge(q.charges)
	defer f.forget()
	if price > 0 {
		back := price * meanLimit
		p := x.w.priced.bound(question{limit: x.o.Limit, unit: q.unit, price: price, below: upper*q.total + back, core: core, effort: x.o.Effort}, 0, quickTurns)
		for _, w := range x.w.priced.found {
			if x.add(w) {
				fresh++
			}
		}
		return fresh, (p.plain - back) / q.total
	}
	out, guess := x.ask(q, upper, meanLimit, question{core: core, most: mostFound})
	for _, w := range out.walks {
		if x.add(w) {
			fresh++
		}
	}
	return fresh, guess
}

// mostFound is how many walks one search brings.
const mostFound = 8

// prove finds what an attacker's mix gets against every route. Where time has a
// price, searches by cost alone come first: they tell finer charges apart, and where
// the limit on the time of a route counts for little they prove all there is.
func (x *Game) prove(ctx context.Context, m *master, a *answer, meanLimit float64, effort int) error {
	prices, price := a.prices, a.price
	if math.IsInf(meanLimit, 1) {
		price = 0 // nobody pays for time
	}
	a.complete, a.prices, a.lower, a.price = true, map[disc]float64{}, 0, 0
	if a.upper <= 0 {
		return nil
	}
	levels := float64(x.o.Levels)
	if price > 0 {
		sum := 0.0
		for d, y := range prices {
			sum += y * m.chance(d)
		}
		// Where charges are coarse, there are fewer discs to remember.
		for _, grain := range []float64{finer, 1, 0.5} {
			unit := max(a.upper/(levels*grain), sum/mostLevels)
			if err := x.proveWith(ctx, a, x.whole(m, prices, price, unit), meanLimit, uint64(x.o.Loop)*longer, effort, x.byCost); err != nil {
				return err
			}
			if a.complete || a.lower >= a.upper*(1-x.o.Gap) {
				a.complete = true
				return nil
			}
			if a.whole {
				break
			}
		}
	}
	if price > 0 {
		effort /= 4
	}
	return x.proveWith(ctx, a, x.whole(m, prices, price, a.upper/levels), meanLimit, uint64(x.o.Loop), effort, x.byTime)
}

// finer is how much finer charges are told apart by searches by cost alone.
const finer = 8

// longer is how much longer the loops are that proofs with a price of time begin
// with: leaps save time, which then pays.
const longer = 8

// A proof is what a search with one loop proves in the units of a question: what no
// walk pays less than; the same of walks that do not come back late to a disc; and
// whether no more can be proved of these charges; whole, that no search was cut off.
type proof struct {
	least, plain    float64
	complete, whole bool
}

// proveWith proves what an attacker's mix gets, if it is more than what is known. The
// longer what was passed is remembered, the better the bound of walks with leaps and
// the longer the search: the time, which begins with loop, is doubled while that
// bound is the worse one.
func (x *Game) proveWith(ctx context.Context, a *answer, q *quantities, meanLimit float64, loop uint64, effort int, by func(q question, loop uint32, enough float64) proof) error {
	if q.total == 0 {
		return nil
	}
	back := 0.0
	if q.price > 0 {
		back = q.price * meanLimit
	}
	f := &x.w.fronts
	f.charge(q.charges)
	defer f.forget()
	limit := uint64(x.o.Limit)
	over := question{limit: x.o.Limit, unit: q.unit, price: q.price, below: a.upper*q.total + back, effort: effort}
	best := math.Inf(-1)
	for ; ; loop *= 2 {
		if err := ctx.Err(); err != nil {
			return err
		}
		loop = min(loop, limit)
		f.regions(uint32(loop))
		p := by(over, uint32(loop), max(best, a.lower*q.total+back))
		best, a.complete, a.whole = max(best, p.least), p.complete, p.whole
		if !p.whole || p.least >= p.plain-tight*a.upper*q.total || loop == limit || (best-back)/q.total >= a.upper*(1-x.o.Gap) {
			break
		}
	}
	// What proves no more than nothing has no slope either: another mean time would make
	// more of it than there is.
	if lower := (best - back) / q.total; lower > a.lower {
		a.lower, a.price, a.prices = lower, q.price/q.total, map[disc]float64{}
		for d, y := range q.prices {
			a.prices[d] = y / q.total
		}
	}
	return nil
}

// byTime proves with the limit on the time of walks.
func (x *Game) byTime(q question, loop uint32, enough float64) proof {
	p, walks := x.w.fronts.bound(q, loop, enough)
	for _, w := range walks {
		x.add(w)
	}
	return p
}

// byCost proves with a price for it.
func (x *Game) byCost(q question, loop uint32, _ float64) proof {
	q.proving = true
	p := x.w.priced.bound(q, loop, pricedTurns)
	for _, w := range x.w.priced.found {
		x.add(w)
	}
	return p
}

// How many prices are tried for the limit on the time of a walk, when a bound is
// proved and when routes are looked for.
const (
	pricedTurns = 4
	quickTurns  = 3
)

// normal returns prices that add up to 1, without those that are nothing and no
// more than a search can tell apart.
func normal(prices map[disc]float64) map[disc]float64 {
	all := make([]loaded, 0, len(prices))
	for d, y := range prices {
		if y > 1e-9 {
			all = append(all, loaded{d, y})
		}
	}
	slices.SortFunc(all, func(a, b loaded) int { return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.d, b.d)) })
	all = all[:min(len(all), mostCharges)]
	total := 0.0
	for _, l := range all {
		total += l.value
	}
	out := make(map[disc]float64, len(all))
	for _, l := range all {
		out[l.d] = l.value / total
	}
	return out
}

// between mixes prices: part of the first, the rest of the second.
func between(a, b map[disc]float64, part float64) map[disc]float64 {
	out := map[disc]float64{}
	for d, y := range a {
		out[d] += part * y
	}
	for d, y := range b {
		out[d] += (1 - part) * y
	}
	return out
}

// discsOf makes an attacker's mix of prices of nodes: for each, the disc worth most
// of those that reach it.
func (x *Game) discsOf(m *master, nodes map[uint32]float64) map[disc]float64 {
	out := map[disc]float64{}
	for _, v := range slices.Sorted(maps.Keys(nodes)) {
		near, far := x.g.discs(x.f.Piece[v])
		if m.wide {
			near = far
		}
		best, chance := disc(0), 0.0
		for _, d := range near {
			if p := m.chance(d); p > chance {
				best, chance = d, p
			}
		}
		if chance > 0 {
			out[best] += nodes[v] / chance
		}
	}
	return normal(out)
}

// quantities are an attacker's mix in whole units of charge.
type quantities struct {
	charges []charge
	unit    float64
	total   float64 // the odds in it, which rounding made other than 1
	price   float64 // of time
	prices  map[disc]float64
}

// whole rounds an attacker's mix so that every disc charges whole units. Any mix
// gives a bound; it is measured by the odds that are left in it.
func (x *Game) whole(m *master, prices map[disc]float64, price, unit float64) *quantities {
	q := &quantities{unit: unit, price: price, prices: map[disc]float64{}}
	for _, d := range slices.Sorted(maps.Keys(prices)) {
		p := m.chance(d)
		if p <= 0 {
			continue
		}
		// Odds follow what is charged, so that charges may be cut.
		k := int32(min(math.Round(prices[d]*p/unit), mostLevels))
		if k <= 0 {
			continue
		}
		odds := float64(k) * unit / p
		q.charges = append(q.charges, charge{x.g.reached(d, m.wide), k})
		q.prices[d] = odds
		q.total += odds
	}
	return q
}

// ask searches for walks that pay less than upper under an attacker's mix, and
// returns what every walk pays with it.
func (x *Game) ask(q *quantities, upper, meanLimit float64, over question) (outcome, float64) {
	back := 0.0
	if q.price > 0 {
		back = q.price * meanLimit
	}
	over.unit, over.price, over.below = q.unit, q.price, upper*q.total+back
	if over.limit == 0 {
		over.limit = x.o.Limit
	}
	if over.effort == 0 {
		over.effort = x.o.Effort
	}
	out := x.w.fronts.search(&over)
	return out, (out.least - back) / q.total
}

// grow takes routes found since into a master.
func (x *Game) grow(m *master) {
	for _, r := range x.routes[len(m.columns):] {
		m.add(r)
	}
}
