package bench

import (
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/game"
)

// phases sums up how long each phase took.
func (b *mixBench) phases() {
	spread := func(name string, of func(*mixPair) (seconds float64, played bool)) {
		var took []float64
		for i := range b.out.Pairs {
			if s, ok := of(&b.out.Pairs[i]); ok {
				took = append(took, s)
			}
		}
		if len(took) > 0 {
			slices.Sort(took)
			b.out.Phases = append(b.out.Phases, mixSpread{name, len(took), quantile(took, 0.5), quantile(took, 0.95), took[len(took)-1]})
		}
	}
	for _, p := range []struct {
		name string
		of   func(*mixPair) *mixGame
	}{{"streets", func(p *mixPair) *mixGame { return &p.Streets }}, {"reach and turns", func(p *mixPair) *mixGame { return p.Reach }}} {
		for _, phase := range []struct {
			name string
			of   func(*mixGame) float64
		}{
			{"usual route, mix, certificate", func(g *mixGame) float64 { return g.MixS }},
			{"frontier", func(g *mixGame) float64 { return g.Frontier }},
			{"posts", func(g *mixGame) float64 { return g.Posts }},
		} {
			spread(p.name+": "+phase.name, func(pair *mixPair) (float64, bool) {
				g := p.of(pair)
				if g == nil {
					return 0, false
				}
				return phase.of(g), true
			})
		}
	}
	spread("reach and turns: plan without a mix, field", func(pair *mixPair) (float64, bool) { return pair.FieldS, pair.Reach != nil })
}

// quantile returns the least value that a share of sorted ones does not exceed.
func quantile(sorted []float64, share float64) float64 {
	return sorted[max(int(math.Ceil(share*float64(len(sorted)))), 1)-1]
}

// gap returns how far bounds are apart, relative to the upper one.
func gap(lower, upper float64) float64 {
	if !(upper > 0) {
		return 0
	}
	return (upper - lower) / upper
}

// within returns the greatest gap between the bounds of a frontier at any mean time
// from its first point to its last. Between two points the upper bound is a line;
// the lower one is the greater of theirs, so that it is lowest where they meet.
func within(points []game.FrontierPoint) (most float64) {
	for i, p := range points {
		most = max(most, gap(p.Lower, p.Upper))
		if i+1 == len(points) {
			break
		}
		q := points[i+1]
		span := q.MeanTime - p.MeanTime
		if !(p.Price > q.Price) || !(span > 0) {
			continue // lines that do not meet in between
		}
		// p.Lower - p.Price·x = q.Lower + q.Price·(span - x)
		x := (p.Lower - q.Lower - q.Price*span) / (p.Price - q.Price)
		if x > 0 && x < span {
			most = max(most, gap(p.Lower-p.Price*x, p.Upper+(q.Upper-p.Upper)*x/span))
		}
	}
	return most
}

// write prints a table.
func (b *mixBench) write(t *cli.Text) error {
	o := &b.out
	t.Line("%s: %s junctions, %s edges; %s at least %.1f km apart, %s without a way; mean time %g times the fastest, areas of %.0f m, seed %d, %s",
		o.Map, cli.Thousands(o.Nodes), cli.Thousands(o.Edges), cli.CountOf(len(o.Pairs), "pair"), o.ApartKM, cli.CountOf(o.Skipped, "pair"), o.Mean, o.Area, o.Seed, cli.CountOf(o.Threads, "thread"))
	rows := [][]string{{"phase", "pairs", "p50", "p95", "most"}}
	for _, p := range o.Phases {
		rows = append(rows, []string{p.Phase, fmt.Sprint(p.Pairs), took(p.P50), took(p.P95), took(p.Most)})
	}
	t.Columns(rows)
	t.Line("")
	rows = [][]string{{"from", "to", "fastest", "usual", "mix", "at least", "routes", "frontier", "with reach", "at least", "by the streets", "frontier"}}
	for i := range o.Pairs {
		p := &o.Pairs[i]
		row := []string{
			fmt.Sprintf("%.4f,%.4f", p.From.Lat, p.From.Lon), fmt.Sprintf("%.4f,%.4f", p.To.Lat, p.To.Lon), fmt.Sprintf("%.0f s", p.Streets.Fastest),
			fmt.Sprintf("%.4f", p.Streets.Usual), fmt.Sprintf("%.5f", p.Streets.Upper), fmt.Sprintf("%.5f", p.Streets.Lower), fmt.Sprint(p.Streets.Routes), percent(p.Streets.Within),
		}
		if p.Reach != nil {
			streets := "none" // the areas meet, or no street leads from one to the other
			if p.AtReach > 0 {
				streets = fmt.Sprintf("%.5f", p.AtReach)
			}
			row = append(row, fmt.Sprintf("%.5f", p.Reach.Upper), fmt.Sprintf("%.5f", p.Reach.Lower), streets, percent(p.Reach.Within))
		}
		rows = append(rows, row)
	}
	t.Columns(rows)
	return t.Err
}

// took writes seconds.
func took(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.0f ms", s*1000)
	}
	return fmt.Sprintf("%.2f s", s)
}

// percent writes a gap.
func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
