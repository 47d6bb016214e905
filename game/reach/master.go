package reach

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/lp"
)

// A master is the linear program of one of the two games: the odds of the routes
// found so far against the discs found so far.
type master struct {
	g       *ground
	wide    bool
	unit    float64 // of time: keeps those of routes around one
	p       *lp.Problem
	worth   int   // column: the value
	columns []int // by route
	routes  []*route
	sum     int // row: odds add up to 1
	mean    int // row: mean time; -1 before a limit was asked for
	rows    map[disc]int
	order   []disc // of rows
	last    loads
}

func newMaster(g *ground, wide bool) *master {
	m := &master{g: g, wide: wide, unit: float64(g.limit), p: lp.New(), rows: map[disc]int{}, mean: -1}
	m.worth = m.p.AddColumn(1, math.Inf(1), nil, nil)
	m.sum = m.p.AddRow(lp.EQ, 1, nil, nil)
	return m
}

func (m *master) chance(d disc) float64 {
	if m.wide {
		return m.g.pWide[d]
	}
	return m.g.pNarrow[d]
}

// passes tells whether a route comes within reach of a disc.
func (m *master) passes(r *route, d disc) bool {
	for _, p := range m.g.reached(d, m.wide) {
		if r.over[p/64]>>(p%64)&1 == 1 {
			return true
		}
	}
	return false
}

func (m *master) add(r *route) {
	rows, values := []int{m.sum}, []float64{1}
	if m.mean >= 0 {
		rows, values = append(rows, m.mean), append(values, float64(r.time)/m.unit)
	}
	for _, d := range m.order {
		if m.passes(r, d) {
			rows, values = append(rows, m.rows[d]), append(values, m.chance(d))
		}
	}
	m.columns = append(m.columns, m.p.AddColumn(0, math.Inf(1), rows, values))
	m.routes = append(m.routes, r)
}

// cover adds rows for discs that are worth more than the master knows; false if
// there are none.
func (m *master) cover(worst []loaded, value float64) bool {
	added := 0
	for _, l := range worst {
		if l.value <= value*(1+tight)+1e-15 || added == 30 {
			break
		}
		if _, ok := m.rows[l.d]; ok {
			continue
		}
		m.row(l.d)
		added++
	}
	return added > 0
}

// row adds the row of a disc.
func (m *master) row(d disc) {
	columns, values := []int{m.worth}, []float64{-1}
	for i, r := range m.routes {
		if m.passes(r, d) {
			columns, values = append(columns, m.columns[i]), append(values, m.chance(d))
		}
	}
	m.rows[d] = m.p.AddRow(lp.LE, 0, columns, values)
	m.order = append(m.order, d)
}

// value returns the last solution's.
func (m *master) value() float64 { return m.p.Value(m.worth) }

// solve returns the odds of the routes, the attacker's odds and the price of time.
func (m *master) solve(ctx context.Context, meanLimit float64) (odds []float64, prices map[disc]float64, price float64, err error) {
	if m.mean < 0 && !math.IsInf(meanLimit, 1) {
		var columns []int
		var values []float64
		for i, r := range m.routes {
			columns, values = append(columns, m.columns[i]), append(values, float64(r.time)/m.unit)
		}
		m.mean = m.p.AddRow(lp.LE, 0, columns, values)
	}
	if m.mean >= 0 {
		m.p.SetRHS(m.mean, min(meanLimit/m.unit, 1e6))
	}
	status, err := m.p.Solve(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	if status != lp.Optimal {
		return nil, nil, 0, fmt.Errorf("reach: the master is %v", status)
	}
	odds = make([]float64, len(m.routes))
	total := 0.0
	for i, c := range m.columns {
		odds[i] = max(m.p.Value(c), 0)
		total += odds[i]
	}
	for i := range odds {
		odds[i] /= total
	}
	prices = map[disc]float64{}
	for d, row := range m.rows {
		if y := -m.p.Dual(row); y > 0 {
			prices[d] = y
		}
	}
	if m.mean >= 0 {
		price = max(-m.p.Dual(m.mean), 0) / m.unit
	}
	return odds, prices, price, nil
}

// loads is how likely the route drawn passes each disc.
type loads struct {
	m     *master
	odds  []float64
	marks []uint64
	met   []disc
}

// A loaded disc and what an attack there is worth.
type loaded struct {
	d     disc
	value float64
}

// load works out how likely a route drawn from odds passes each disc. The answer
// holds until the next question.
func (m *master) load(routes []*route, odds []float64) *loads {
	for i, r := range routes[:len(odds)] {
		if odds[i] > 0 {
			m.g.passed(r, m.wide) // all discs have numbers from here on
		}
	}
	l := &m.last
	l.m = m
	for _, d := range l.met {
		l.odds[d], l.marks[d] = 0, 0
	}
	l.met = l.met[:0]
	if n := len(m.g.at); len(l.odds) < n {
		l.odds, l.marks = make([]float64, n+n/4), make([]uint64, n+n/4)
	}
	for i, r := range routes[:len(odds)] {
		if odds[i] <= 0 {
			continue
		}
		for _, d := range m.g.passed(r, m.wide) {
			if l.marks[d] == 0 {
				l.met = append(l.met, d)
			}
			l.odds[d] += odds[i]
			l.marks[d] ^= r.mark
		}
	}
	return l
}

// best returns, for each set of routes that pass some disc together, the disc
// that is worth most, most first.
func (l *loads) best() []loaded {
	at := map[uint64]int{}
	var out []loaded
	for _, d := range l.met {
		v := l.odds[d] * l.m.chance(d)
		i, ok := at[l.marks[d]]
		switch {
		case !ok:
			at[l.marks[d]] = len(out)
			out = append(out, loaded{d, v})
		case v > out[i].value:
			out[i] = loaded{d, v}
		}
	}
	slices.SortFunc(out, func(a, b loaded) int { return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.d, b.d)) })
	return out
}
