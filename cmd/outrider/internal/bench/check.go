package bench

import (
	"context"
	"fmt"
	"slices"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/internal/benchgraph"
)

const (
	mostDijkstra = 100 // pairs that Dijkstra answers
	mostClosed   = 20  // pairs whose way is closed
	mostInLane   = 5   // pairs that Dijkstra answers for each lane
	mostRows     = 10  // of a table that are asked for one by one
)

// checked is how many answers were held against others.
type checked struct {
	// Distances by Dijkstra: of pairs, of pairs whose way was closed, and of
	// pairs in each lane.
	Pairs  int `json:"pairs_by_dijkstra"`
	Closed int `json:"closed_by_dijkstra"`
	Lanes  int `json:"lanes_by_dijkstra"`
	// Paths whose arcs were followed and added up.
	Paths int `json:"paths_followed"`
	// Entries of tables asked for one by one.
	Table int `json:"table_entries"`
}

// differ complains of an answer that is not what another way gives.
func differ(how string, p benchgraph.Pair, got, want uint32) error {
	return fmt.Errorf("%d to %d is %d %s, not %d; this is a defect of the program", p.Source, p.Target, got, how, want)
}

// checkPath follows a path: its arcs must lead from source to target, and weigh
// the distance together.
func checkPath(g *benchgraph.Graph, p benchgraph.Pair, path []uint32, distance uint32) error {
	at, sum := p.Source, uint64(0)
	for _, a := range path {
		if a < g.FirstOut[at] || a >= g.FirstOut[at+1] {
			return fmt.Errorf("the path from %d to %d goes on by arc %d at node %d, where it does not begin; this is a defect of the program", p.Source, p.Target, a, at)
		}
		at, sum = g.Head[a], sum+uint64(g.Weight[a])
	}
	switch {
	case benchgraph.Unreachable(distance) && len(path) == 0:
		return nil
	case at != p.Target || sum != uint64(distance):
		return fmt.Errorf("the path from %d to %d ends at %d after %d, not %d; this is a defect of the program", p.Source, p.Target, at, sum, distance)
	}
	return nil
}

// checkTable asks one by one for some rows of a table, and for the first that
// were swept.
func (r *result) checkTable(m *cch.Metric, sources, targets, table, swept []uint32) error {
	q := m.NewQuery()
	for row := range mostRows {
		i := row * (len(sources) - 1) / mostRows
		for j, t := range targets {
			p := benchgraph.Pair{Source: sources[i], Target: t}
			want := q.Distance(p.Source, p.Target)
			if got := table[i*len(targets)+j]; got != want {
				return differ("in a table", p, got, want)
			}
			r.Checked.Table++
		}
	}
	if !slices.Equal(swept, table[:len(swept)]) {
		return fmt.Errorf("sweeping one source at a time gives other distances than several at a time; this is a defect of the program")
	}
	return nil
}

// checkClosures closes one arc on the way of each of the first pairs, all at
// once, and asks again; then it opens them.
func (r *result) checkClosures(ctx context.Context, m *cch.Metric, g *benchgraph.Graph, pairs []benchgraph.Pair) error {
	q := m.NewQuery()
	var path, closed, open []uint32
	var asked []benchgraph.Pair
	for _, p := range pairs[:min(mostClosed, len(pairs))] {
		_, path = q.Path(p.Source, p.Target, path[:0])
		if len(path) == 0 {
			continue
		}
		asked = append(asked, p)
		if a := path[len(path)/2]; !slices.Contains(closed, a) {
			closed, open = append(closed, a), append(open, g.Weight[a])
		}
	}
	weights, inf := slices.Clone(g.Weight), make([]uint32, len(closed))
	for i, a := range closed {
		weights[a], inf[i] = cch.Inf, cch.Inf
	}
	if err := m.Update(closed, inf); err != nil {
		return err
	}
	d := benchgraph.NewDijkstra(&benchgraph.Graph{Graph: g.Graph, Weight: weights})
	for _, p := range asked {
		if got, want := q.Distance(p.Source, p.Target), d.Distance(p.Source, p.Target); got != want {
			return differ("after closures", p, got, want)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.Checked.Closed = len(asked)
	return m.Update(closed, open)
}

// checkLanes makes a metric of each lane in turn and asks for some pairs.
func (r *result) checkLanes(ctx context.Context, lanes *cch.Lanes, m *cch.Metric, g *benchgraph.Graph, sets [][]uint32, pairs []benchgraph.Pair) error {
	q := m.NewQuery()
	for k, weights := range sets {
		if err := lanes.CopyTo(k, m); err != nil {
			return err
		}
		d := benchgraph.NewDijkstra(&benchgraph.Graph{Graph: g.Graph, Weight: weights})
		for _, p := range pairs[:min(mostInLane, len(pairs))] {
			if got, want := q.Distance(p.Source, p.Target), d.Distance(p.Source, p.Target); got != want {
				return differ(fmt.Sprintf("in lane %d", k), p, got, want)
			}
			r.Checked.Lanes++
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}
