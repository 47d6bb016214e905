// Package verify recomputes what an answer of a game claims, from the instance
// and the mixes alone. It shares no code with what finds them.
package verify

import (
	"fmt"
	"math"

	"github.com/outrider-project/outrider/game"
)

// Verdict says what became of a claim.
type Verdict string

// Verdicts.
const (
	Confirmed Verdict = "confirmed"
	Refuted   Verdict = "refuted"
	NotProven Verdict = "not proven" // neither: the answer does not hold what would prove it, or proving it takes too long
)

// tolerance is the relative difference that rounding may make.
const tolerance = game.Tolerance

// A Claim is one statement of an answer.
type Claim struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

// A Report is what became of all claims of an answer: refuted if one is, else not
// proven if one is, else confirmed.
type Report struct {
	Verdict Verdict  `json:"verdict"`
	Claims  []Claim  `json:"claims"`
	Lower   *float64 `json:"lower"` // as recomputed; null where there is none
	Upper   *float64 `json:"upper"` // as recomputed; null where there is none
	Notes   []string `json:"notes"`
}

// Summary says the verdict in a sentence.
func (r *Report) Summary() string {
	switch {
	case r.Verdict == Refuted:
		return "refuted: something claimed does not hold"
	case r.Verdict == NotProven:
		return "not proven: something claimed may hold, but nothing here proves it"
	case r.Lower == nil || r.Upper == nil:
		return "confirmed"
	}
	return fmt.Sprintf("confirmed: the value lies from %.12g to %.12g", *r.Lower, *r.Upper)
}

// checker holds an answer while it is checked.
type checker struct {
	in     *game.Instance
	doc    *game.Document
	result *game.Result
	g      *graph
	report *Report
}

// Verify recomputes the claims of an answer to an instance. It fails only where
// the answer cannot be read: where it names what the instance does not have. The
// time is that of some shortest paths, apart from kinds whose lower bound needs a
// search; that is given up after some million steps, as not proven.
func Verify(in *game.Instance, doc *game.Document) (*Report, error) {
	c := &checker{in: in, doc: doc, report: &Report{Notes: []string{}}}
	if err := in.Check(); err != nil {
		return nil, err
	}
	if digest := in.Digest(); digest != doc.Hash {
		c.claim("instance", Refuted, fmt.Sprintf("the answer is to an instance with hash %.12s…, not to this one, %.12s…", doc.Hash, digest))
		return c.finish(), nil
	}
	c.claim("instance", Confirmed, "hash "+doc.Hash)
	if doc.Kind != in.Kind {
		c.claim("kind", Refuted, fmt.Sprintf("the answer is to kind %s, the instance is of kind %s", doc.Kind, in.Kind))
		return c.finish(), nil
	}
	var err error
	if c.result, err = doc.Result(in); err != nil {
		return nil, err
	}
	c.g = newGraph(in)
	if doc.Status == game.Infeasible {
		c.infeasible()
		return c.finish(), nil
	}
	if doc.Value == nil || doc.Lower == nil || doc.Upper == nil || doc.Gap == nil {
		c.claim("value", Refuted, "value, lower, upper or gap is missing, and the status is not infeasible")
		return c.finish(), nil
	}
	switch in.Kind {
	case game.SweepEulerian:
		c.sweep()
	case game.Multistage:
		c.stages()
	default:
		if !c.mix() {
			return c.finish(), nil
		}
		upper, what := c.upper()
		c.bound("upper", upper, what)
		lower, what, proven := c.lower()
		c.boundBelow(lower, what, proven)
	}
	c.figures()
	return c.finish(), nil
}

func (c *checker) claim(name string, v Verdict, detail string) {
	c.report.Claims = append(c.report.Claims, Claim{Name: name, Verdict: v, Detail: detail})
}

func (c *checker) note(format string, args ...any) {
	c.report.Notes = append(c.report.Notes, fmt.Sprintf(format, args...))
}

// holds makes a claim that is confirmed or refuted.
func (c *checker) holds(name string, ok bool, format string, args ...any) bool {
	v := Confirmed
	if !ok {
		v = Refuted
	}
	c.claim(name, v, fmt.Sprintf(format, args...))
	return ok
}

func (c *checker) finish() *Report {
	r := c.report
	r.Verdict = Confirmed
	for _, claim := range r.Claims {
		switch {
		case claim.Verdict == Refuted:
			r.Verdict = Refuted
		case claim.Verdict == NotProven && r.Verdict == Confirmed:
			r.Verdict = NotProven
		}
	}
	if c.doc.Status != game.Infeasible {
		trust := "method, exact, seconds, assumptions"
		if c.in.Kind == game.Zones {
			trust += ", the bounds of the game that counts every entry"
		}
		c.note("Taken on trust: %s.", trust)
	}
	return r
}

// atMost allows for rounding, in proportion: chances may be as small as they like.
func atMost(a, b float64) bool { return a <= b+tolerance*math.Abs(b) }

func near(a, b float64) bool { return atMost(a, b) && atMost(b, a) }

// bound judges the upper bound by what the planner's mix is worth.
func (c *checker) bound(name string, recomputed float64, what string) {
	stated := *c.doc.Upper
	c.report.Upper = finite(recomputed)
	c.holds(name, atMost(recomputed, stated), "%.12g stated, %.12g recomputed: %s", stated, recomputed, what)
	if recomputed < stated*(1-1e-6) {
		c.note("The planner's mix is worth less to the attacker than stated: %.12g instead of %.12g.", recomputed, stated)
	}
}

// finite returns nil for what JSON does not know.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

// boundBelow judges the lower bound.
func (c *checker) boundBelow(recomputed float64, what string, proven bool) {
	stated := *c.doc.Lower
	c.report.Lower = finite(recomputed)
	detail := fmt.Sprintf("%.12g stated, %.12g recomputed: %s", stated, recomputed, what)
	switch {
	case atMost(stated, recomputed):
		c.claim("lower", Confirmed, detail)
	case proven:
		c.claim("lower", Refuted, detail)
	default:
		c.claim("lower", NotProven, detail)
	}
}

// figures checks value, gap and status against the bounds as stated.
func (c *checker) figures() {
	lower, upper := *c.doc.Lower, *c.doc.Upper
	if math.IsNaN(lower) || math.IsNaN(upper) || lower > upper {
		c.claim("bounds", Refuted, fmt.Sprintf("lower %v is above upper %v", lower, upper))
		return
	}
	c.holds("value", near(*c.doc.Value, upper), "%.12g, and upper is %.12g", *c.doc.Value, upper)
	gap := game.Gap(lower, upper)
	c.holds("gap", math.Abs(*c.doc.Gap-gap) <= 1e-12+1e-6*gap, "%.6g stated, %.6g recomputed", *c.doc.Gap, gap)
	switch c.doc.Status {
	case game.Optimal:
		c.holds("status", gap <= tolerance, "optimal: the bounds meet to %g", game.Tolerance)
	case game.Bound:
		c.claim("status", Confirmed, "bound: nothing is claimed of the value but that it lies between")
	default:
		c.claim("status", Refuted, fmt.Sprintf("%q is no status", c.doc.Status))
	}
}
