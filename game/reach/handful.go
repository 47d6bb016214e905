package reach

import (
	"context"
	"errors"
	"math"
)

// Handful cuts a mix down to at most most routes: the one that is missed least is
// taken out, the odds of the others are worked out anew, and so on; then routes
// left out are tried in place of those kept, for as long as that helps. The bounds
// of the result are its own: Upper as it is held against all discs, Lower that of
// the mix.
func (x *Game) Handful(ctx context.Context, mix *Mix, most int) (*Mix, error) {
	if most < 1 {
		return nil, errors.New("reach: a mix needs a route; ask for 1 or more")
	}
	var kept, out []*route
	for _, r := range mix.Routes {
		kept = append(kept, x.column(r))
	}
	h := &handful{x: x, meanLimit: mix.MeanLimit}
	now, err := h.solve(ctx, kept)
	if err != nil {
		return nil, err
	}
	for len(kept) > most {
		// The two that carry least are candidates to go.
		least, next := -1, -1
		for i, p := range now.odds {
			switch {
			case least < 0 || p < now.odds[least]:
				least, next = i, least
			case next < 0 || p < now.odds[next]:
				next = i
			}
		}
		var better *answer
		gone := -1
		for _, i := range []int{least, next} {
			a, err := h.solve(ctx, except(kept, i))
			if err != nil {
				return nil, err
			}
			if a != nil && (better == nil || a.upper < better.upper) {
				better, gone = a, i
			}
		}
		if better == nil {
			return nil, errors.New("reach: no such handful of routes keeps the limit on the mean time")
		}
		out = append(out, kept[gone])
		kept, now = except(kept, gone), better
	}
	for _, r := range out[max(0, len(out)-maxSwaps):] {
		better, gone := now, -1
		for i := range kept {
			a, err := h.solve(ctx, append(except(kept, i), r))
			if err != nil {
				return nil, err
			}
			if a != nil && a.upper < better.upper*(1-1e-6) {
				better, gone = a, i
			}
		}
		if gone >= 0 {
			kept, now = append(except(kept, gone), r), better
		}
	}
	small := *mix
	small.Upper = now.upper
	small.Lower = min(small.Lower, small.Upper)
	x.describe(&small, kept, now.odds, now.prices)
	return &small, nil
}

// maxSwaps is how many routes Handful tries to bring back.
const maxSwaps = 6

func except(routes []*route, i int) []*route {
	return append(append([]*route(nil), routes[:i]...), routes[i+1:]...)
}

// column returns the column of a route.
func (x *Game) column(r Route) *route {
	if c := x.byNodes.get(r.Nodes); c != nil {
		return c
	}
	x.add(walk{nodes: r.Nodes, time: r.Time})
	return x.routes[len(x.routes)-1]
}

// A handful is a master over few routes. All it has are its rows, which are good
// for the next handful too.
type handful struct {
	x         *Game
	meanLimit float64
	rows      []disc
}

// solve works the odds of some routes out; nil if they cannot keep the limit on
// the mean time.
func (h *handful) solve(ctx context.Context, routes []*route) (*answer, error) {
	least := math.Inf(1)
	for _, r := range routes {
		least = min(least, float64(r.time))
	}
	if least > h.meanLimit {
		return nil, nil
	}
	m := newMaster(h.x.g, true)
	for _, r := range routes {
		m.add(r)
	}
	for _, d := range h.rows {
		m.row(d)
	}
	for {
		odds, prices, _, err := m.solve(ctx, h.meanLimit)
		if err != nil {
			return nil, err
		}
		worst := m.load(routes, odds).best()
		if before := len(m.order); m.cover(worst, m.value()) {
			h.rows = append(h.rows, m.order[before:]...)
			continue
		}
		a := &answer{odds: odds, prices: prices}
		if len(worst) > 0 {
			a.upper = worst[0].value
		}
		return a, nil
	}
}
