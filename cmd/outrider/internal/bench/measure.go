package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/benchgraph"
)

// result is what bench cch prints; docs/cli.md explains the keys.
type result struct {
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
	KeptArcs      int      `json:"chordal_arcs_kept"`
	Triangles     uint64   `json:"triangles"`
	TreeDepthMean float64  `json:"tree_depth_mean"`
	TreeDepthMax  int      `json:"tree_depth_max"`

	CustomizeBasicMS1   float64 `json:"customize_basic_ms_1"`
	CustomizeBasicMSAll float64 `json:"customize_basic_ms_all"`
	CustomizePerfectMS  float64 `json:"customize_perfect_ms"`
	PerfectArcs         int     `json:"perfect_arcs"`
	LaneCount           int     `json:"lanes"`
	LaneArithmetic      string  `json:"lane_arithmetic"`
	CustomizeLaneMS1    float64 `json:"customize_lane_ms_1"`
	CustomizeLaneMS     float64 `json:"customize_lane_ms"`
	Partial             float64 `json:"customize_partial_100_ms"`
	PartialArcs         int     `json:"customize_partial_arcs"`

	Pairs              int     `json:"pairs"`
	PairsUnreachable   int     `json:"pairs_unreachable"`
	Checked            checked `json:"checked"`
	Distance           spread  `json:"query_distance_us"`
	PathTimes          spread  `json:"query_path_us"`
	DistancePerfect    spread  `json:"query_distance_perfect_us"`
	PathPerfect        spread  `json:"query_path_perfect_us"`
	OneToMany          float64 `json:"one_to_many_us_per_pair"`
	ManyToMany         float64 `json:"many_to_many_us_per_pair"`
	ManyToManyAll      float64 `json:"many_to_many_all_us_per_pair"`
	ManyToManySize     [2]int  `json:"many_to_many_size"`
	DijkstraUS         float64 `json:"dijkstra_us"`
	MemoryBytes        int     `json:"memory_bytes"`
	MemoryPerfectBytes int     `json:"memory_perfect_bytes"`
	MemoryLanesBytes   int     `json:"memory_lanes_bytes"`
}

// spread is how times are spread, in microseconds.
type spread struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
}

const (
	closures    = 100  // arcs closed and opened again at once
	tableSide   = 1000 // sources and targets of a table
	leastRuns   = 3    // of a phase whose median is taken
	mostRuns    = 25
	enoughTime  = time.Second // for the runs of one phase
	mostSpread  = 0.5         // by which weights of a lane differ from the graph's
	sweptAtOnce = 100         // sources of one run of one to many
)

// measure goes through all phases, each alone on the machine as far as this
// program goes.
func (c *cchCmd) measure(ctx context.Context, bar *cli.Progress) (*result, error) {
	step := func(phase string) error {
		bar.Report(phase, 0, 0)
		return ctx.Err()
	}
	if err := step("read the graph"); err != nil {
		return nil, err
	}
	in, err := c.read()
	if err != nil {
		return nil, err
	}
	g := in.Graph
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	pairs, err := c.pairs(g, rng)
	if err != nil {
		return nil, err
	}
	out := &result{
		Graph: c.Graph, Kind: in.kind, Path: c.Path, Weights: c.Weights, LeftOut: in.left,
		Nodes: g.Nodes(), Arcs: g.Arcs(), Threads: c.threads(), Seed: c.Seed, Pairs: len(pairs),
	}
	if g.Located {
		out.Coordinates = "there, not used"
	}
	if c.GraphOut != "" {
		if err := c.saveGraph(g); err != nil {
			return nil, err
		}
	}

	if err := step("order"); err != nil {
		return nil, err
	}
	h, err := c.hierarchy(ctx, in, out)
	if err != nil {
		return nil, err
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
	distances, err := out.queries(ctx, m, perfect, g, pairs)
	if err != nil {
		return nil, err
	}
	if err := step("tables"); err != nil {
		return nil, err
	}
	if err := out.tables(ctx, m, g, rng); err != nil {
		return nil, err
	}
	if err := step("Dijkstra"); err != nil {
		return nil, err
	}
	if err := out.dijkstra(ctx, g, pairs, distances); err != nil {
		return nil, err
	}
	if err := out.checkClosures(ctx, m, g, pairs); err != nil {
		return nil, err
	}
	if err := step("lanes"); err != nil {
		return nil, err
	}
	if err := out.lanes(ctx, h, m, g, pairs, rng); err != nil {
		return nil, err
	}
	if c.Distances != "" {
		if err := save(c.Distances, benchgraph.DistanceText(distances)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// hierarchy measures finding the order and building on it.
func (c *cchCmd) hierarchy(ctx context.Context, in *input, out *result) (*cch.Hierarchy, error) {
	start := time.Now()
	order, source, err := c.order(ctx, in)
	if err != nil {
		return nil, err
	}
	out.OrderSeconds, out.OrderSource = time.Since(start).Seconds(), source
	var h *cch.Hierarchy
	built, err := median(ctx, func() error {
		h, err = cch.Build(&in.Graph.Graph, order)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.BuildSeconds = built.Seconds()
	out.ChordalArcs, out.KeptArcs, out.Triangles = h.Arcs(), h.KeptArcs(), h.Triangles()
	out.TreeDepthMean, out.TreeDepthMax = h.Depth()
	if c.OrderOut != "" {
		if err := save(c.OrderOut, benchgraph.OrderBytes(order, in.Graph)); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// customize measures customizing all, perfectly, and where some arcs close. The
// metric is left as the graph's weights make it.
func (r *result) customize(ctx context.Context, m *cch.Metric, g *benchgraph.Graph, rng *rand.Rand) (*cch.Perfect, error) {
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

// queries measures distances and paths, holds them against each other, and
// returns the distances.
func (r *result) queries(ctx context.Context, m *cch.Metric, p *cch.Perfect, g *benchgraph.Graph, pairs []benchgraph.Pair) ([]uint32, error) {
	distances := make([]uint32, len(pairs))
	q, fast := m.NewQuery(), p.NewQuery()
	var path []uint32
	for i, pair := range pairs {
		distances[i] = q.Distance(pair.Source, pair.Target)
		if benchgraph.Unreachable(distances[i]) {
			r.PairsUnreachable++
		}
		if got := fast.Distance(pair.Source, pair.Target); got != distances[i] {
			return nil, differ("on the arcs that shortest paths need", pair, got, distances[i])
		}
		// Paths grow to their length here, not where time is taken.
		for _, ask := range []*cch.Query{q, fast} {
			_, path = ask.Path(pair.Source, pair.Target, path[:0])
			if err := checkPath(g, pair, path, distances[i]); err != nil {
				return nil, err
			}
		}
	}
	r.Checked.Paths = 2 * len(pairs)
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

// tables measures a table of random sources and targets, pinning the targets
// included: by Pin and Pinned.Table, on one goroutine and on all; and one source
// at a time, pinning not included.
func (r *result) tables(ctx context.Context, m *cch.Metric, g *benchgraph.Graph, rng *rand.Rand) error {
	side := min(tableSide, g.Nodes())
	sources, targets := make([]uint32, side), make([]uint32, side)
	for i, pair := range benchgraph.RandomPairs(rng, g, side) {
		sources[i], targets[i] = pair.Source, pair.Target
	}
	r.ManyToManySize = [2]int{side, side}
	table := make([]uint32, 0, side*side)
	for _, kind := range []struct {
		into    *float64
		threads int
	}{{&r.ManyToMany, 1}, {&r.ManyToManyAll, r.Threads}} {
		took, err := median(ctx, func() error {
			pinned, err := m.Pin(targets)
			if err != nil {
				return err
			}
			table, err = pinned.Table(sources, kind.threads, table[:0])
			return err
		})
		if err != nil {
			return err
		}
		*kind.into = microseconds(took) / float64(side) / float64(side)
	}
	pinned, err := m.Pin(targets)
	if err != nil {
		return err
	}
	sweep := pinned.NewSweep()
	swept := sources[:min(sweptAtOnce, side)]
	row := make([]uint32, 0, side*len(swept))
	took, err := median(ctx, func() error {
		row = row[:0]
		for _, s := range swept {
			row = sweep.Distances(s, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.OneToMany = microseconds(took) / float64(side) / float64(len(swept))
	return r.checkTable(m, sources, targets, table, row)
}

// dijkstra measures plain searches on the first pairs, and holds the distances
// found against theirs.
func (r *result) dijkstra(ctx context.Context, g *benchgraph.Graph, pairs []benchgraph.Pair, distances []uint32) error {
	d := benchgraph.NewDijkstra(g)
	r.Checked.Pairs = min(mostDijkstra, len(pairs))
	var total time.Duration
	for i, p := range pairs[:r.Checked.Pairs] {
		start := time.Now()
		want := d.Distance(p.Source, p.Target)
		total += time.Since(start)
		if distances[i] != want {
			return differ("by the hierarchy", p, distances[i], want)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.DijkstraUS = microseconds(total) / float64(r.Checked.Pairs)
	return nil
}

// lanes measures customizing for several sets of weights at once, loading them
// included: the graph's own, and others that differ by up to a half for each arc.
func (r *result) lanes(ctx context.Context, h *cch.Hierarchy, m *cch.Metric, g *benchgraph.Graph, pairs []benchgraph.Pair, rng *rand.Rand) error {
	sets := make([][]uint32, cch.LaneCount)
	sets[0] = g.Weight
	for k := range sets[1:] {
		own := make([]uint32, g.Arcs())
		for a, w := range g.Weight {
			own[a] = cch.Inf
			if w < cch.Inf {
				own[a] = uint32(min(float64(w)*(1-mostSpread+2*mostSpread*rng.Float64()), float64(cch.Inf)))
			}
		}
		sets[k+1] = own
	}
	lanes := h.NewLanes()
	r.LaneCount, r.LaneArithmetic, r.MemoryLanesBytes = len(sets), cch.LaneArithmetic(), lanes.Bytes()
	for _, kind := range []struct {
		into    *float64
		threads int
	}{{&r.CustomizeLaneMS1, 1}, {&r.CustomizeLaneMS, r.Threads}} {
		took, err := median(ctx, func() error { return lanes.Customize(sets, kind.threads) })
		if err != nil {
			return err
		}
		*kind.into = milliseconds(took) / float64(len(sets))
	}
	return r.checkLanes(ctx, lanes, m, g, sets, pairs)
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
