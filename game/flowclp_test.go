package game

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/testdata"
)

// flowWriteLP writes a flow game with point terminals as a linear program in CPLEX
// format: the greatest F with at most 1/p on every edge and, for a mean time, a
// cost of at most F times the limit.
func flowWriteLP(tb testing.TB, in *Instance) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "game.lp")
	w := &strings.Builder{}
	balance := make([][]string, len(in.Nodes))
	fmt.Fprint(w, "Maximize\n obj: F\nSubject To\n")
	for e := range in.From {
		u, v := in.From[e], in.To[e]
		balance[u] = append(balance[u], fmt.Sprintf(" - x%d + y%d", e, e))
		balance[v] = append(balance[v], fmt.Sprintf(" + x%d - y%d", e, e))
		fmt.Fprintf(w, " c%d: x%d + y%d <= %.17g\n", e, e, e, 1/in.P[e])
	}
	balance[in.Sources[0]] = append(balance[in.Sources[0]], " + F")
	balance[in.Sinks[0]] = append(balance[in.Sinks[0]], " - F")
	for v, terms := range balance {
		if len(terms) == 0 {
			continue
		}
		fmt.Fprintf(w, " n%d:", v)
		for _, t := range terms {
			fmt.Fprint(w, t)
		}
		fmt.Fprint(w, " = 0\n")
	}
	if in.Kind == EdgeMeanTime {
		fmt.Fprint(w, " t:")
		for e, t := range in.Time {
			fmt.Fprintf(w, " + %d x%d + %d y%d\n", t, e, t, e)
		}
		limit, _ := new(big.Rat).Mul(in.MeanTimeBudget, new(big.Rat).SetInt(in.TimeScale)).Float64()
		fmt.Fprintf(w, " - %.17g F <= 0\n", limit)
	}
	fmt.Fprint(w, "End\n")
	if err := os.WriteFile(name, []byte(w.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}

// clpSeconds is after how long clp is stopped.
const clpSeconds = 400

// flowClp solves a linear program with clp by the given method and returns the
// objective and clp's own seconds, which leave reading the file out. A run that was
// stopped has no objective, NaN, and took at least those seconds.
func flowClp(tb testing.TB, clp, file, method string) (objective, seconds float64) {
	tb.Helper()
	out, err := exec.Command(clp, file, "-seconds", strconv.Itoa(clpSeconds), "-"+method).CombinedOutput()
	if err != nil {
		tb.Fatalf("clp -%s: %v\n%s", method, err, out)
	}
	if bytes.Contains(bytes.ToLower(out), []byte("stopped on time")) || bytes.Contains(out, []byte("\nStopped objective ")) {
		return math.NaN(), clpSeconds
	}
	m := regexp.MustCompile(`Optimal objective (\S+) - \d+ iterations time ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		tb.Fatalf("clp -%s found no optimum:\n%s", method, out)
	}
	objective, err = strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		tb.Fatal(err)
	}
	seconds, err = strconv.ParseFloat(string(m[2]), 64)
	if err != nil {
		tb.Fatal(err)
	}
	return math.Abs(objective), seconds
}

func flowClpInstance(tb testing.TB, side int, kind Kind, seed uint64) *Instance {
	in := flowGrid(side, 1, seed)
	in.Kind = kind
	in.MeanTimeBudget = new(big.Rat).Mul(flowFastest(tb, in), big.NewRat(11, 10))
	if kind == EdgeMeanTime {
		// A limit that binds: half way along the frontier's times.
		p, err := Frontier(tb.Context(), in, Options{})
		if err != nil {
			tb.Fatal(err)
		}
		in.MeanTimeBudget.SetFloat64((p[0].MeanTime + p[len(p)-1].MeanTime) / 2)
	}
	return in
}

func TestFlowAgainstClp(t *testing.T) {
	clp := testdata.Tool(t, "clp", "coinor-clp")
	for _, kind := range []Kind{Edge, EdgeMeanTime} {
		for seed := range uint64(5) {
			in := flowClpInstance(t, 24, kind, seed)
			if r, err := solveFlow(in); err != nil {
				t.Fatal(err)
			} else if r.Status == Infeasible {
				continue // the streets that were left out part the terminals
			} else if f, _ := flowClp(t, clp, flowWriteLP(t, in), "dualsimplex"); math.Abs(r.Upper*f-1) > 1e-6 {
				t.Errorf("%s, seed %d: value %.12g, clp %.12g", kind, seed, r.Upper, 1/f)
			}
		}
	}
}

// BenchmarkFlowClp reports how many times longer clp takes, by the better of its
// dual simplex and its barrier method, than Solve with its certificate; at least so
// many times where clp was stopped.
func BenchmarkFlowClp(b *testing.B) {
	clp := testdata.Tool(b, "clp", "coinor-clp")
	for _, c := range []struct {
		side  int
		seeds uint64
	}{{100, 3}, {173, 2}, {316, 1}} {
		for _, kind := range []Kind{Edge, EdgeMeanTime} {
			for seed := range c.seeds {
				b.Run(fmt.Sprintf("%s/nodes=%d/seed=%d", kind, c.side*c.side, 1+seed), func(b *testing.B) {
					in := flowClpInstance(b, c.side, kind, 1+seed)
					file := flowWriteLP(b, in)
					for b.Loop() {
						own := math.Inf(1)
						for range 3 {
							start := time.Now()
							r, err := solveFlow(in)
							if err != nil || r.Status == Infeasible {
								b.Skip("the streets that were left out part the terminals", err)
							}
							own = math.Min(own, time.Since(start).Seconds())
						}
						best := math.Inf(1)
						stopped := 0
						for _, method := range []string{"dualsimplex", "barrier"} {
							f, s := flowClp(b, clp, file, method)
							if math.IsNaN(f) {
								stopped++
							}
							best = math.Min(best, s)
						}
						b.ReportMetric(best/own, "times")
						b.ReportMetric(best, "clp-s")
						b.ReportMetric(float64(stopped), "stopped")
						b.ReportMetric(own*1e3, "own-ms")
					}
				})
			}
		}
	}
}
