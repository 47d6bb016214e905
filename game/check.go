package game

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/outrider-project/outrider/game/internal/scan"
)

// Check returns an *InputError that names the first thing wrong with the
// instance: what ReadInstance guarantees of what it has read, for callers that
// fill an instance themselves. It takes linear time.
func (in *Instance) Check() error {
	if !slices.Contains(kinds, in.Kind) {
		return fmt.Errorf("%w %q", ErrKind, in.Kind)
	}
	if err := in.checkGraph(); err != nil {
		return err
	}
	if in.Kind.HasTerminals() {
		if err := in.checkTerminals(in.Sources, in.Sinks); err != nil {
			return err
		}
	}
	return in.checkKind()
}

func wrong(place, cause, remedy string) error {
	return &InputError{Place: place, Cause: cause, Remedy: remedy}
}

func (in *Instance) checkGraph() error {
	n, m := len(in.Nodes), len(in.From)
	if n > mostPlaces || m > mostPlaces {
		return wrong("", "more than two thousand million nodes or edges", "give a smaller instance")
	}
	if len(in.To) != m || len(in.Edges) != m {
		return wrong("edges", fmt.Sprintf("%d ids, %d from, %d to", len(in.Edges), m, len(in.To)), "give each edge one of each")
	}
	for e := range in.From {
		if int(in.From[e]) >= n || int(in.To[e]) >= n {
			return wrong(fmt.Sprintf("edges[%d]", e), "it joins a node that is not there", "name nodes of the instance")
		}
	}
	if in.Kind.UsesP() {
		if len(in.P) != m {
			return wrong("edges", fmt.Sprintf("%d chances for %d edges", len(in.P), m), "give each edge one")
		}
		if e := outside(in.P, 1); e >= 0 {
			return wrong(fmt.Sprintf("edges[%d].p", e), fmt.Sprintf("%v is not in [0, 1]", in.P[e]), "write a chance from 0 to 1")
		}
		if e := slices.IndexFunc(in.P, faint); e >= 0 {
			return faintError(fmt.Sprintf("edges[%d].p", e), in.P[e])
		}
	}
	if in.Kind.UsesTime() {
		return in.checkTimes()
	}
	return nil
}

// mostAmount bounds what is multiplied with flows: posts that can be divided, and
// the capacity that one adds.
const mostAmount = 1e9

// leastChance is the smallest chance but 0: beyond it, sums of chances and of their
// inverses no longer keep what both are worth.
const leastChance = 1e-12

func faint(p float64) bool { return p > 0 && p < leastChance }

func faintError(place string, p float64) error {
	return wrong(place, fmt.Sprintf("%v is too small a chance", p), fmt.Sprintf("write 0, or %g or more", leastChance))
}

// outside returns the first number that is not in [0, most], or -1.
func outside(list []float64, most float64) int {
	return slices.IndexFunc(list, func(x float64) bool { return !(x >= 0 && x <= most) })
}

func (in *Instance) checkTimes() error {
	if len(in.Time) != len(in.From) {
		return wrong("edges", fmt.Sprintf("%d times for %d edges", len(in.Time), len(in.From)), "give each edge one")
	}
	if in.TimeScale == nil || in.TimeScale.Sign() <= 0 {
		return wrong("edges", "times without a scale", "set TimeScale to 1 or more")
	}
	sum := int64(0)
	for e, t := range in.Time {
		if t < 0 {
			return wrong(fmt.Sprintf("edges[%d].time", e), "a time below 0", "write 0 or more")
		}
		if t > scan.MostTime || sum+t > scan.MostTime {
			return wrong("edges", "the times add up to more than 2^60", "give times in a larger unit")
		}
		sum += t
	}
	return nil
}

func (in *Instance) checkTerminals(sources, sinks []uint32) error {
	for _, list := range []struct {
		place string
		nodes []uint32
	}{{"source", sources}, {"sink", sinks}} {
		if len(list.nodes) == 0 {
			return wrong(list.place, "no node", "name one")
		}
		for _, v := range list.nodes {
			if int(v) >= len(in.Nodes) {
				return wrong(list.place, "a node that is not there", "name a node of the instance")
			}
		}
	}
	return nil
}

func (in *Instance) checkKind() error {
	m := len(in.From)
	switch in.Kind {
	case EdgeMeanTime:
		return checkSpan("mean_time_budget", in.MeanTimeBudget)
	case EdgeRouteTimeCap:
		return checkSpan("route_time_cap", in.RouteTimeCap)
	case Zones:
		return in.checkZones()
	case EdgePostsLinear:
		if len(in.PostGain) != m || len(in.PostMax) != m {
			return wrong("edges", "not every edge has a post_gain and a post_max", "give each edge one of each")
		}
		if e := outside(in.PostGain, mostAmount); e >= 0 {
			return wrong(fmt.Sprintf("edges[%d].post_gain", e), fmt.Sprintf("%v is below 0 or too large", in.PostGain[e]), fmt.Sprintf("write a number from 0 to %g", float64(mostAmount)))
		}
		if e := outside(in.PostMax, math.Inf(1)); e >= 0 {
			return wrong(fmt.Sprintf("edges[%d].post_max", e), "it is below 0 or no number", "write 0 or more")
		}
		return checkAmount("budget", in.Budget, mostAmount)
	case EdgePostsDiscrete:
		if len(in.PPost) != m {
			return wrong("edges", "not every edge has a p_with_post", "give each edge one; that without a post where none can stand")
		}
		for e, p := range in.PPost {
			if !(p >= 0 && p <= in.P[e]) {
				return wrong(fmt.Sprintf("edges[%d].p_with_post", e), fmt.Sprintf("%v is not from 0 to p, %v", p, in.P[e]), "a post lowers the chance; leave it out where none can stand")
			}
			if faint(p) {
				return faintError(fmt.Sprintf("edges[%d].p_with_post", e), p)
			}
		}
		return checkAmount("budget", in.Budget, math.MaxFloat64)
	case EdgeAttackers:
		if in.Attackers < 1 {
			return wrong("attackers", fmt.Sprintf("%d attackers", in.Attackers), "write 1 or more")
		}
	case EdgeEscortJoint:
		if err := checkAmount("mean_posts", in.MeanPosts, math.MaxFloat64); err != nil {
			return err
		}
		return checkAmount("post_effect", in.PostEffect, 1)
	case Multistage:
		if !in.Directed {
			return wrong("directed", "stages need directed edges", "set it to true, with edges that lead onwards")
		}
		if v, ok := in.cycle(); ok {
			return wrong("edges", fmt.Sprintf("a cycle leads through node %s", in.Nodes[v]), "take edges out until none does")
		}
	case EdgeMultiMovement:
		if len(in.Movements) == 0 {
			return wrong("movements", "no movement", "name one")
		}
		for i, m := range in.Movements {
			place := fmt.Sprintf("movements[%d]", i)
			if m.Count < 1 || m.Count > mostCount {
				return wrong(place+".count", fmt.Sprintf("%d times", m.Count), "write 1 to 1,000,000,000")
			}
			if err := in.checkTerminals(m.Sources, m.Sinks); err != nil {
				return scan.Within(place, err)
			}
		}
	case SweepEulerian:
		if in.Directed {
			return wrong("directed", "the number of tours is that of two-way streets; with one-way streets the formula does not hold", "set it to false")
		}
	case Edge:
	}
	return nil
}

func checkSpan(place string, t *big.Rat) error {
	if t == nil || t.Sign() < 0 {
		return wrong(place, "it is missing or below 0", "write 0 or more")
	}
	return nil
}

func checkAmount(place string, x, most float64) error {
	if !(x >= 0 && x <= most) {
		return wrong(place, fmt.Sprintf("%v is out of range", x), fmt.Sprintf("write a number from 0 to %g", most))
	}
	return nil
}

func (in *Instance) checkZones() error {
	known := make(map[string]bool, len(in.Zones))
	nodeOf, edgeOf := make([]int, len(in.Nodes)), make([]int, len(in.From)) // the last zone that names the place, from 1
	for i, z := range in.Zones {
		place := fmt.Sprintf("zones[%d]", i)
		switch {
		case z.ID.Text == "":
			return wrong(place+".id", "an id without characters", "give it a name")
		case known[z.ID.Text]:
			return wrong(place+".id", fmt.Sprintf("the id %s comes twice", z.ID), "give one of them another id")
		}
		known[z.ID.Text] = true
		if !(z.P >= 0 && z.P <= 1) {
			return wrong(place+".p", fmt.Sprintf("%v is not in [0, 1]", z.P), "write a chance from 0 to 1")
		}
		if faint(z.P) {
			return faintError(place+".p", z.P)
		}
		for _, v := range z.Nodes {
			if int(v) >= len(in.Nodes) {
				return wrong(place+".nodes", "a node that is not there", "name nodes of the instance")
			}
			if nodeOf[v] == i+1 {
				return wrong(place+".nodes", fmt.Sprintf("the node %s comes twice", in.Nodes[v]), "name it once")
			}
			nodeOf[v] = i + 1
		}
		for _, e := range z.Edges {
			if int(e) >= len(in.From) {
				return wrong(place+".edges", "an edge that is not there", "name edges of the instance")
			}
			if edgeOf[e] == i+1 {
				return wrong(place+".edges", fmt.Sprintf("the edge %s comes twice", in.Edges[e]), "name it once")
			}
			edgeOf[e] = i + 1
		}
	}
	return nil
}

// cycle returns a node on a directed cycle, if there is one.
func (in *Instance) cycle() (node uint32, found bool) {
	into := make([]uint32, len(in.Nodes))
	for _, v := range in.To {
		into[v]++
	}
	start, out := in.outgoing()
	var free []uint32
	for v, n := range into {
		if n == 0 {
			free = append(free, uint32(v))
		}
	}
	for i := 0; i < len(free); i++ {
		v := free[i]
		for _, e := range out[start[v]:start[v+1]] {
			if into[in.To[e]]--; into[in.To[e]] == 0 {
				free = append(free, in.To[e])
			}
		}
	}
	if len(free) == len(in.Nodes) {
		return 0, false
	}
	// Every node left has an edge from a node left: going back along them ends on
	// a cycle.
	back := make(map[uint32]uint32)
	for e, v := range in.To {
		if into[v] > 0 && into[in.From[e]] > 0 {
			back[v] = in.From[e]
		}
	}
	for v := range in.Nodes {
		if into[v] > 0 {
			node = uint32(v)
			break
		}
	}
	for range back {
		node = back[node]
	}
	least := node
	for v := back[node]; v != node; v = back[v] {
		least = min(least, v)
	}
	return least, true
}

// outgoing lists the edges by the node they start from: those of v are
// edge[start[v]:start[v+1]]. The direction is that of from and to also where the
// instance is undirected.
func (in *Instance) outgoing() (start, edge []uint32) {
	start = make([]uint32, len(in.Nodes)+1)
	for _, v := range in.From {
		start[v+1]++
	}
	for v := range in.Nodes {
		start[v+1] += start[v]
	}
	edge = make([]uint32, len(in.From))
	next := slices.Clone(start)
	for e, v := range in.From {
		edge[next[v]] = uint32(e)
		next[v]++
	}
	return start, edge
}
