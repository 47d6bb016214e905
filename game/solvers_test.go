package game_test

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/internal/testdata"
)

// A program is several games as one linear program, which falls into as many parts:
// what an independent solver says of each is read from its own column. It is
// written from the definitions, with flows on arcs or with all routes, and not as
// the solvers of this module look at it.
type program struct {
	rows  []string // in the CPLEX format, without a name
	costs []string // terms of what is minimised
	goals []string // by game, its column: the value, or the flow for posts
	names int
}

const (
	unmet    = 1e6 // price of a movement that does not take place
	mostFlow = 1e6 // flow that stands for one without limit; chances in tests are not so small
)

func (p *program) name() string {
	p.names++
	return fmt.Sprintf("x%d", p.names)
}

func (p *program) row(terms []string, sense string, right float64) {
	if len(terms) == 0 {
		terms = []string{"0 zero"}
	}
	p.rows = append(p.rows, fmt.Sprintf("%s %s %.17g", strings.Join(terms, "\n "), sense, right))
}

func term(factor float64, column string) string {
	if factor < 0 {
		return fmt.Sprintf("- %.17g %s", -factor, column)
	}
	return fmt.Sprintf("+ %.17g %s", math.Abs(factor), column) // not -0
}

// flow adds a flow from sources to sinks, amount in all, and returns its columns by
// edge, one for each direction.
func (p *program) flow(in *game.Instance, sources, sinks []uint32, amount []string, right float64) [][]string {
	balance := make([][]string, len(in.Nodes))
	columns := make([][]string, len(in.From))
	for e := range in.From {
		for way := range 2 {
			u, v := in.From[e], in.To[e]
			if way == 1 {
				if in.Directed {
					continue
				}
				u, v = v, u
			}
			x := p.name()
			columns[e] = append(columns[e], x)
			if u != v {
				balance[u] = append(balance[u], term(1, x))
				balance[v] = append(balance[v], term(-1, x))
			}
		}
	}
	starts := slices.Clone(amount)
	for _, v := range sources {
		x := p.name()
		balance[v] = append(balance[v], term(-1, x))
		starts = append(starts, term(1, x))
	}
	for _, v := range sinks {
		balance[v] = append(balance[v], term(1, p.name()))
	}
	for _, terms := range balance {
		p.row(terms, "=", 0)
	}
	p.row(starts, "=", right)
	return columns
}

// terms are the columns, each with the factor.
func terms(factor float64, columns []string) []string {
	var all []string
	for _, x := range columns {
		all = append(all, term(factor, x))
	}
	return all
}

func rational(x *big.Rat) float64 {
	f, _ := x.Float64()
	return f
}

// add adds a game.
func (p *program) add(in *game.Instance) {
	goal, slack := p.name(), p.name()
	p.goals = append(p.goals, goal)
	exposure := make([][]string, len(in.From))
	switch in.Kind {
	case game.EdgePostsLinear:
		p.costs = append(p.costs, term(-1, goal))
		p.row([]string{term(1, goal)}, "<=", mostFlow)
		columns := p.flow(in, in.Sources, in.Sinks, []string{term(-1, goal)}, 0)
		var budget []string
		for e, x := range columns {
			if in.P[e] == 0 {
				continue
			}
			b := p.name()
			budget = append(budget, term(1, b))
			if !math.IsInf(in.PostMax[e], 1) {
				p.row([]string{term(1, b)}, "<=", in.PostMax[e])
			}
			p.row(append(terms(1, x), term(-in.PostGain[e], b)), "<=", 1/in.P[e])
		}
		p.row(budget, "<=", in.Budget)
		return
	case game.EdgeRouteTimeCap, game.Zones:
		exposure = p.routes(in, slack)
	case game.EdgeMultiMovement:
		for _, m := range in.Movements {
			for e, x := range p.flow(in, m.Sources, m.Sinks, []string{term(1, slack)}, 1) {
				exposure[e] = append(exposure[e], terms(float64(m.Count)*in.P[e], x)...)
			}
		}
	case game.EdgeEscortJoint:
		// An edge with a post is one more edge.
		both := *in
		both.From, both.To = append(slices.Clip(in.From), in.From...), append(slices.Clip(in.To), in.To...)
		var posted []string
		for e, x := range p.flow(&both, in.Sources, in.Sinks, []string{term(1, slack)}, 1) {
			if e < len(in.From) {
				exposure[e] = terms(in.P[e], x)
				continue
			}
			e -= len(in.From)
			exposure[e] = append(exposure[e], terms(in.P[e]*(1-in.PostEffect), x)...)
			posted = append(posted, terms(1, x)...)
		}
		p.row(posted, "<=", in.MeanPosts)
	default:
		columns := p.flow(in, in.Sources, in.Sinks, []string{term(1, slack)}, 1)
		var spent []string
		for e, x := range columns {
			exposure[e] = terms(in.P[e], x)
			if in.Kind == game.EdgeMeanTime {
				spent = append(spent, terms(float64(in.Time[e]), x)...)
			}
		}
		if in.Kind == game.EdgeMeanTime {
			limit := rational(new(big.Rat).Mul(in.MeanTimeBudget, new(big.Rat).SetInt(in.TimeScale)))
			p.row(append(spent, term(limit, slack)), "<=", limit)
		}
	}
	p.costs = append(p.costs, term(1, goal), term(unmet, slack))
	for _, list := range exposure {
		if len(list) > 0 {
			p.row(append(list, term(-1, goal)), "<=", 0)
		}
	}
}

// routes adds a column for every route that passes no node twice and returns, by
// place, what it meets there.
func (p *program) routes(in *game.Instance, slack string) [][]string {
	places := len(in.From)
	if in.Kind == game.Zones {
		places = len(in.Zones)
	}
	exposure := make([][]string, places)
	sum := []string{term(1, slack)}
	limit := new(big.Rat)
	if in.Kind == game.EdgeRouteTimeCap {
		limit.Mul(in.RouteTimeCap, new(big.Rat).SetInt(in.TimeScale))
	}
	onRoute := make([]bool, len(in.Nodes))
	var edges, nodes []uint32
	time := int64(0)
	var visit func(v uint32)
	visit = func(v uint32) {
		if in.Kind == game.EdgeRouteTimeCap && new(big.Rat).SetInt64(time).Cmp(limit) > 0 {
			return
		}
		onRoute[v] = true
		nodes = append(nodes, v)
		if slices.Contains(in.Sinks, v) {
			x := p.name()
			sum = append(sum, term(1, x))
			if in.Kind == game.Zones {
				for k, z := range in.Zones {
					on := func(list, of []uint32) bool {
						return slices.ContainsFunc(list, func(x uint32) bool { return slices.Contains(of, x) })
					}
					if len(edges) > 0 && (on(z.Nodes, nodes) || on(z.Edges, edges)) {
						exposure[k] = append(exposure[k], term(z.P, x))
					}
				}
			} else {
				for _, e := range edges {
					exposure[e] = append(exposure[e], term(in.P[e], x))
				}
			}
		} else {
			for e := range in.From {
				for way := range 2 {
					u, w := in.From[e], in.To[e]
					if way == 1 {
						u, w = w, u
					}
					if u != v || onRoute[w] || way == 1 && in.Directed {
						continue
					}
					edges = append(edges, uint32(e))
					if in.Time != nil {
						time += in.Time[e]
					}
					visit(w)
					if in.Time != nil {
						time -= in.Time[e]
					}
					edges = edges[:len(edges)-1]
				}
			}
		}
		onRoute[v] = false
		nodes = nodes[:len(nodes)-1]
	}
	for _, v := range in.Sources {
		visit(v)
	}
	p.row(sum, "=", 1)
	return exposure
}

func (p *program) write(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "games.lp")
	w := &strings.Builder{}
	fmt.Fprintf(w, "Minimize\n cost: %s\nSubject To\n", strings.Join(p.costs, "\n "))
	for i, row := range p.rows {
		fmt.Fprintf(w, " r%d: %s\n", i+1, row)
	}
	fmt.Fprint(w, "End\n")
	if err := os.WriteFile(file, []byte(w.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// columnsByGlpsol solves a program in exact arithmetic and returns the columns by
// name.
func columnsByGlpsol(tb testing.TB, glpsol, file string) map[string]float64 {
	tb.Helper()
	dir := filepath.Dir(file)
	raw, readable := filepath.Join(dir, "raw"), filepath.Join(dir, "names")
	if out, err := exec.Command(glpsol, "--exact", "--lp", file, "-w", raw, "--wglp", readable).CombinedOutput(); err != nil {
		tb.Fatalf("glpsol: %v\n%s", err, out)
	}
	names := map[string]string{} // by number
	for line := range lines(tb, readable) {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "n" && f[1] == "j" {
			names[f[2]] = f[3]
		}
	}
	columns := map[string]float64{}
	for line := range lines(tb, raw) {
		f := strings.Fields(line)
		switch {
		case len(f) == 7 && f[0] == "s" && (f[4] != "f" || f[5] != "f"):
			tb.Fatalf("glpsol found no optimum: %s", line)
		case len(f) == 5 && f[0] == "j":
			x, err := strconv.ParseFloat(f[3], 64)
			if err != nil {
				tb.Fatal(err)
			}
			columns[names[f[1]]] = x
		}
	}
	return columns
}

// columnsByClp solves a program by the dual simplex method.
func columnsByClp(tb testing.TB, clp, file string) map[string]float64 {
	tb.Helper()
	raw := filepath.Join(filepath.Dir(file), "raw")
	if out, err := exec.Command(clp, file, "-dualsimplex", "-solution", raw).CombinedOutput(); err != nil || !strings.Contains(string(out), "Optimal") {
		tb.Fatalf("clp: %v\n%s", err, out)
	}
	columns := map[string]float64{}
	for line := range lines(tb, raw) {
		// number name value reduced-cost; columns at 0 are left out
		if f := strings.Fields(line); len(f) == 4 && strings.HasPrefix(f[1], "x") {
			x, err := strconv.ParseFloat(f[2], 64)
			if err != nil {
				tb.Fatal(err)
			}
			columns[f[1]] = x
		}
	}
	return columns
}

func lines(tb testing.TB, file string) func(func(string) bool) {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Lines(string(src))
}

// compareWith draws games of a kind, has them solved as one program, and compares.
// It returns how many had a value above 0.
func compareWith(t *testing.T, kind game.Kind, draw func(i int) string, games int, solve func(file string) map[string]float64) int {
	t.Helper()
	p := &program{}
	var all []*game.Instance
	var sources []string
	for i := range games {
		src := draw(i)
		in, err := game.ParseInstance([]byte(src))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		all, sources = append(all, in), append(sources, src)
		p.add(in)
	}
	columns := solve(p.write(t))
	above := 0
	for i, in := range all {
		r, err := game.Solve(context.Background(), in, game.Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, sources[i])
		}
		want := columns[p.goals[i]]
		feasible := columns["x"+strconv.Itoa(number(t, p.goals[i])+1)] < 0.5 // its slack
		if kind == game.EdgePostsLinear {
			feasible = want > 1e-9
			if want > 0.99*mostFlow {
				want = 0
			} else {
				want = 1 / want
			}
		}
		if feasible == (r.Status == game.Infeasible) {
			t.Fatalf("status %s, feasible for the other solver: %v\n%s", r.Status, feasible, sources[i])
		}
		if !feasible {
			continue
		}
		if r.Status != game.Optimal || math.Abs(r.Upper-want) > 1e-6*want+1e-12 {
			t.Fatalf("%s, value %.12g, the other solver says %.12g\n%s", r.Status, r.Upper, want, sources[i])
		}
		if want > 0 {
			above++
		}
	}
	return above
}

func number(t *testing.T, column string) int {
	t.Helper()
	n, err := strconv.Atoi(column[1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// linearKinds are the games that are linear programs, over flows or over all
// routes.
var linearKinds = []game.Kind{
	game.Edge, game.EdgeMeanTime, game.EdgePostsLinear, game.EdgeEscortJoint, game.EdgeMultiMovement, game.EdgeRouteTimeCap, game.Zones,
}

// TestAgainstGlpsol compares 700 random games with an independent solver in exact
// arithmetic.
func TestAgainstGlpsol(t *testing.T) {
	glpsol := testdata.Tool(t, "glpsol", "glpk-utils")
	const batches, each = 5, 20
	for k, kind := range linearKinds {
		t.Run(string(kind), func(t *testing.T) {
			above := 0
			for b := range batches {
				r := rand.New(rand.NewPCG(uint64(b), uint64(100+k)))
				above += compareWith(t, kind, func(int) string {
					n := 2 + r.IntN(7)
					return drawSized(kind, r, n, n+r.IntN(n+1))
				}, each, func(file string) map[string]float64 { return columnsByGlpsol(t, glpsol, file) })
			}
			if above < batches*each/5 {
				t.Errorf("only %d of %d games had a value above 0", above, batches*each)
			}
		})
	}
}

// TestAgainstClp compares larger games that are flows.
func TestAgainstClp(t *testing.T) {
	clp := testdata.Tool(t, "clp", "coinor-clp")
	for k, kind := range linearKinds[:5] {
		t.Run(string(kind), func(t *testing.T) {
			r := rand.New(rand.NewPCG(9, uint64(k)))
			if compareWith(t, kind, func(int) string {
				n := 60 + r.IntN(60)
				return drawSized(kind, r, n, 3*n)
			}, 10, func(file string) map[string]float64 { return columnsByClp(t, clp, file) }) < 3 {
				t.Error("hardly any of the games had a value above 0")
			}
		})
	}
}
