package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/internal/benchgraph"
)

// benchResult is what bench cch prints; docs/cli.md explains the keys.
type benchResult struct {
	Graph         string   `json:"graph"`
	Kind          string   `json:"kind"`
	Path          string   `json:"path"`
	Weights       string   `json:"weights"`
	Coordinates   string   `json:"coordinates,omitempty"`
	LeftOut       *leftOut `json:"left_out,omitempty"`
	Nodes         int      `json:"nodes"`
	Arcs          int      `json:"arcs"`
	Threads       int      `json:"threads"`
	Seed          uint64   `json:"seed"`
	OrderSource   string   `json:"order_source"`
	OrderSeconds  float64  `json:"order_seconds"`
	BuildSeconds  float64  `json:"build_seconds"`
	ChordalArcs   int      `json:"chordal_arcs"`
	Triangles     uint64   `json:"triangles"`
	TreeDepthMean float64  `json:"tree_depth_mean"`
	TreeDepthMax  int      `json:"tree_depth_max"`

	CustomizeBasicMS1   float64 `json:"customize_basic_ms_1"`
	CustomizeBasicMSAll float64 `json:"customize_basic_ms_all"`
	CustomizePerfectMS  float64 `json:"customize_perfect_ms"`
	PerfectArcs         int     `json:"perfect_arcs"`
	Partial             float64 `json:"customize_partial_100_ms"`
	PartialArcs         int     `json:"customize_partial_arcs"`

	Pairs              int      `json:"pairs"`
	PairsUnreachable   int      `json:"pairs_unreachable"`
	Checked            int      `json:"pairs_checked"`
	Distance           spread   `json:"query_distance_us"`
	PathTimes          spread   `json:"query_path_us"`
	DistancePerfect    spread   `json:"query_distance_perfect_us"`
	PathPerfect        spread   `json:"query_path_perfect_us"`
	ManyToMany         float64  `json:"many_to_many_us_per_pair"`
	ManyToManyPerfect  float64  `json:"many_to_many_perfect_us_per_pair"`
	ManyToManySize     [2]int   `json:"many_to_many_size"`
	DijkstraUS         float64  `json:"dijkstra_us"`
	MemoryBytes        int      `json:"memory_bytes"`
	MemoryPerfectBytes int      `json:"memory_perfect_bytes"`
	NotMeasured        []string `json:"not_measured"`
}

// spread is how times are spread, in microseconds.
type spread struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
}

const (
	closures     = 100  // arcs closed and opened again at once
	tableSide    = 1000 // sources and targets of a table
	mostDijkstra = 100  // pairs that Dijkstra answers
	leastRuns    = 3    // of a phase whose median is taken
	mostRuns     = 25
	enoughTime   = time.Second // for the runs of one phase
)

// measure goes through all phases, each alone on the machine as far as this
// program goes.
func (c *benchCCHCmd) measure(ctx context.Context, bar *progress) (*benchResult, error) {
	step := func(phase string) error {
		bar.report(phase, 0, 0)
		return ctx.Err()
	}
	if err := step("read the graph"); err != nil {
		return nil, err
	}
	out := &benchResult{Graph: c.Graph, Path: c.Path, Weights: c.Weights, Threads: c.threads(), Seed: c.Seed}
	g, kind, left, err := c.read()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	pairs, err := c.pairs(g, rng)
	if err != nil {
		return nil, err
	}
	out.Kind, out.LeftOut, out.Nodes, out.Arcs, out.Pairs = kind, left, g.Nodes(), g.Arcs(), len(pairs)
	if g.Located {
		out.Coordinates = "there, not used"
	}

	if err := step("order"); err != nil {
		return nil, err
	}
	start := time.Now()
	order, err := c.order(g, out)
	if err != nil {
		return nil, err
	}
	out.OrderSeconds = time.Since(start).Seconds()

	if err := step("build"); err != nil {
		return nil, err
	}
	var h *cch.Hierarchy
	built, err := median(ctx, func() error {
		h, err = cch.Build(&g.Graph, order)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.BuildSeconds = built.Seconds()
	out.ChordalArcs, out.Triangles = h.Arcs(), h.Triangles()
	out.TreeDepthMean, out.TreeDepthMax = h.Depth()
	if c.OrderOut != "" {
		if err := save(c.OrderOut, benchgraph.OrderBytes(order, g)); err != nil {
			return nil, err
		}
	}

	if err := step("customize"); err != nil {
		return nil, err
	}
	m := h.NewMetric()
	perfect, err := out.customize(ctx, m, g, rng)
	if err != nil {
		return nil, err
	}
	out.MemoryBytes = h.Bytes() + m.Bytes()
	out.PerfectArcs, out.MemoryPerfectBytes = perfect.Arcs(), perfect.Bytes()

	if err := step("queries"); err != nil {
		return nil, err
	}
	distances, err := out.queries(ctx, m, perfect, pairs)
	if err != nil {
		return nil, err
	}
	if err := step("tables"); err != nil {
		return nil, err
	}
	if err := out.tables(ctx, m, perfect, g, rng); err != nil {
		return nil, err
	}
	if err := step("Dijkstra"); err != nil {
		return nil, err
	}
	if err := out.dijkstra(ctx, g, pairs, distances); err != nil {
		return nil, err
	}
	if c.Distances != "" {
		if err := save(c.Distances, benchgraph.DistanceText(distances)); err != nil {
			return nil, err
		}
	}
	out.NotMeasured = []string{"lanes", "customize_lane_ms"}
	return out, nil
}

// customize measures customizing all, perfectly, and where some arcs close. The
// metric is left as the graph's weights make it.
func (r *benchResult) customize(ctx context.Context, m *cch.Metric, g *benchgraph.Graph, rng *rand.Rand) (*cch.Perfect, error) {
	one, err := median(ctx, func() error { return m.Customize(g.Weight, 1) })
	if err != nil {
		return nil, err
	}
	all, err := median(ctx, func() error { return m.Customize(g.Weight, r.Threads) })
	if err != nil {
		return nil, err
	}
	var perfect *cch.Perfect
	shortened, err := median(ctx, func() error {
		perfect = m.Perfect(r.Threads)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Other arcs each time: what a closure costs depends on where it is.
	r.PartialArcs = min(closures, g.Arcs())
	closed, open := make([]uint32, r.PartialArcs), make([]uint32, r.PartialArcs)
	for i := range closed {
		closed[i] = cch.Inf
	}
	var times []time.Duration
	for range mostRuns {
		arcs := distinct(rng, g.Arcs(), r.PartialArcs)
		for i, a := range arcs {
			open[i] = g.Weight[a]
		}
		start := time.Now()
		if err := m.Update(arcs, closed); err != nil {
			return nil, err
		}
		if err := m.Update(arcs, open); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.Sort(times)
	r.CustomizeBasicMS1, r.CustomizeBasicMSAll, r.CustomizePerfectMS = milliseconds(one), milliseconds(all), milliseconds(shortened)
	r.Partial = milliseconds(times[len(times)/2])
	return perfect, nil
}

// queries measures distances and paths, and returns the distances.
func (r *benchResult) queries(ctx context.Context, m *cch.Metric, p *cch.Perfect, pairs []benchgraph.Pair) ([]uint32, error) {
	distances := make([]uint32, len(pairs))
	q, fast := m.NewQuery(), p.NewQuery()
	var path []uint32
	for i, pair := range pairs {
		distances[i] = q.Distance(pair.Source, pair.Target)
		if got := fast.Distance(pair.Source, pair.Target); got != distances[i] {
			return nil, fmt.Errorf("%d to %d is %d, on the arcs that shortest paths need %d; this is a defect of the program", pair.Source, pair.Target, distances[i], got)
		}
		if benchgraph.Unreachable(distances[i]) {
			r.PairsUnreachable++
		}
		// Paths grow to their length here, not where time is taken.
		_, path = q.Path(pair.Source, pair.Target, path[:0])
	}
	for _, kind := range []struct {
		into *spread
		ask  func(benchgraph.Pair)
	}{
		{&r.Distance, func(p benchgraph.Pair) { q.Distance(p.Source, p.Target) }},
		{&r.DistancePerfect, func(p benchgraph.Pair) { fast.Distance(p.Source, p.Target) }},
		{&r.PathTimes, func(p benchgraph.Pair) { _, path = q.Path(p.Source, p.Target, path[:0]) }},
		{&r.PathPerfect, func(p benchgraph.Pair) { _, path = fast.Path(p.Source, p.Target, path[:0]) }},
	} {
		*kind.into = timed(pairs, kind.ask)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return distances, nil
}

// timed asks all pairs twice: once for the mean, without reading the clock in
// between, and once each by itself.
func timed(pairs []benchgraph.Pair, ask func(benchgraph.Pair)) spread {
	start := time.Now()
	for _, p := range pairs {
		ask(p)
	}
	mean := microseconds(time.Since(start)) / float64(len(pairs))
	each := make([]time.Duration, len(pairs))
	for i, p := range pairs {
		start := time.Now()
		ask(p)
		each[i] = time.Since(start)
	}
	slices.Sort(each)
	return spread{Mean: mean, P50: microseconds(each[len(each)/2]), P99: microseconds(each[len(each)*99/100])}
}

// tables measures a table of random sources and targets on one goroutine,
// pinning the targets included.
func (r *benchResult) tables(ctx context.Context, m *cch.Metric, p *cch.Perfect, g *benchgraph.Graph, rng *rand.Rand) error {
	side := min(tableSide, g.Nodes())
	sources, targets := make([]uint32, side), make([]uint32, side)
	for i, pair := range benchgraph.RandomPairs(rng, g, side) {
		sources[i], targets[i] = pair.Source, pair.Target
	}
	row := make([]uint32, 0, side)
	q := m.NewQuery()
	for _, kind := range []struct {
		into *float64
		pin  func([]uint32) (*cch.Pinned, error)
	}{{&r.ManyToMany, m.Pin}, {&r.ManyToManyPerfect, p.Pin}} {
		took, err := median(ctx, func() error {
			pinned, err := kind.pin(targets)
			if err != nil {
				return err
			}
			sweep := pinned.NewSweep()
			for _, s := range sources {
				row = sweep.Distances(s, row[:0])
			}
			return nil
		})
		if err != nil {
			return err
		}
		// The last row is still there to be looked at.
		for i, t := range targets {
			if want := q.Distance(sources[side-1], t); row[i] != want {
				return fmt.Errorf("%d to %d is %d in a table, %d by itself; this is a defect of the program", sources[side-1], t, row[i], want)
			}
		}
		*kind.into = microseconds(took) / float64(side) / float64(side)
	}
	r.ManyToManySize = [2]int{side, side}
	return nil
}

// dijkstra measures plain searches on the first pairs, and holds the distances
// found against theirs.
func (r *benchResult) dijkstra(ctx context.Context, g *benchgraph.Graph, pairs []benchgraph.Pair, distances []uint32) error {
	d := benchgraph.NewDijkstra(g)
	r.Checked = min(mostDijkstra, len(pairs))
	var total time.Duration
	for i, p := range pairs[:r.Checked] {
		start := time.Now()
		want := d.Distance(p.Source, p.Target)
		total += time.Since(start)
		if distances[i] != want {
			return fmt.Errorf("%d to %d is %d, by Dijkstra %d; this is a defect of the program", p.Source, p.Target, distances[i], want)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.DijkstraUS = microseconds(total) / float64(r.Checked)
	return nil
}

// median runs a phase several times and returns the median of the times.
func median(ctx context.Context, phase func() error) (time.Duration, error) {
	var times []time.Duration
	var total time.Duration
	for len(times) < leastRuns || len(times) < mostRuns && total < enoughTime {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := phase(); err != nil {
			return 0, err
		}
		took := time.Since(start)
		total += took
		times = append(times, took)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// distinct draws count numbers below n, which is not less, each once.
func distinct(rng *rand.Rand, n, count int) []uint32 {
	drawn := make(map[uint32]bool, count)
	out := make([]uint32, 0, count)
	for len(out) < count {
		if a := rng.Uint32N(uint32(n)); !drawn[a] {
			drawn[a] = true
			out = append(out, a)
		}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

func microseconds(d time.Duration) float64 { return d.Seconds() * 1e6 }
