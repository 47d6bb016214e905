package mapbuild

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"github.com/outrider-project/outrider/network"
)

// A pattern is a sequence of arcs that a rule forbids to drive one after another.
type pattern struct {
	arcs []network.ArcID
	rule uint32
}

// makeTurns makes the states and the turns between them.
func (d *draft) makeTurns(ctx context.Context) error {
	d.m.Rules = []network.Rule{{}, {Kind: network.RuleUTurn}}
	t := &turns{d: d, m: d.m}
	t.indexArcs()
	for i := range d.restrictions {
		t.addRestriction(&d.restrictions[i])
	}
	t.makeAutomaton()
	t.makeStates()
	if err := ctx.Err(); err != nil {
		return err
	}
	d.markIslands()
	d.j, d.restrictions = nil, nil
	return nil
}

// ruleUTurn is the index of the rule of turns back on the carriageway.
const ruleUTurn = 1

// turns makes the turn part of a map.
type turns struct {
	d *draft
	m *network.Map

	// Arcs that leave a node, CSR over nodes, by rising arc.
	outFirst []uint32
	out      []network.ArcID

	patterns []pattern

	// The automaton over patterns (Aho and Corasick, "Efficient string matching",
	// CACM 18(6), 1975): prefixes of patterns, of which number 0 is the empty one.
	prefixes []prefix
	begins   map[network.ArcID]int32 // prefixes of one arc
	merged   map[string]uint32       // rules merged from several
}

// A prefix is a proper or whole prefix of a pattern.
type prefix struct {
	arc   network.ArcID // its last arc
	depth int
	next  map[network.ArcID]int32
	fail  int32           // its longest suffix that is a prefix too
	rules []uint32        // of the patterns that end here, suffixes included
	state network.StateID // of a prefix of at least two arcs that goes on
}

// anyClass returns the classes to which a permission set is not closed.
func anyClass(a network.Access) network.ClassSet {
	var s network.ClassSet
	for c := network.Car; c <= network.Emergency; c++ {
		if a.Of(c) != network.Forbidden {
			s |= 1 << c
		}
	}
	return s
}

func (t *turns) indexArcs() {
	m := t.m
	t.outFirst = make([]uint32, len(m.NodePoint)+1)
	for a := range network.ArcID(m.NumArcs()) {
		t.outFirst[m.ArcTail(a)+1]++
	}
	for n := range m.NodePoint {
		t.outFirst[n+1] += t.outFirst[n]
	}
	t.out = make([]network.ArcID, m.NumArcs())
	next := slices.Clone(t.outFirst)
	for a := range network.ArcID(m.NumArcs()) {
		n := m.ArcTail(a)
		t.out[next[n]] = a
		next[n]++
	}
}

func (t *turns) outOf(n network.NodeID) []network.ArcID {
	return t.out[t.outFirst[n]:t.outFirst[n+1]]
}

// driven reports whether any class may drive along the arc.
func (t *turns) driven(a network.ArcID) bool { return t.m.ArcAccess[a] != network.NoAccess }

// canTurn reports whether the network has a turn from one arc to another: some
// class may drive both and pass what stands between them, and it is not a turn
// back on the carriageway except at a dead end, where nothing is passed.
func (t *turns) canTurn(from, to network.ArcID) bool {
	n := t.m.NodeInfo[t.m.ArcHead(from)]
	both := anyClass(t.m.ArcAccess[from]) & anyClass(t.m.ArcAccess[to])
	if to == from.Reverse() {
		return n.Degree == 1 && both != 0
	}
	return both&anyClass(n.Access) != 0
}

// arcsAt returns the arcs along a way that end at a node, or that begin there.
func (t *turns) arcsAt(way int, node uint32, begin bool) []network.ArcID {
	d := t.d
	refs := d.c.ways.refs(way)
	var arcs []network.ArcID
	for e := d.j.edgeFirst[way]; e < d.j.edgeFirst[way+1]; e++ {
		arc := d.j.edgeArc[e]
		for _, end := range [...]struct {
			node uint32
			arc  network.ArcID // that ends there
		}{{refs[d.j.edges[e].to], arc}, {refs[d.j.edges[e].from], arc.Reverse()}} {
			a := end.arc
			if begin {
				a = a.Reverse()
			}
			if end.node == node && t.driven(a) && !slices.Contains(arcs, a) {
				arcs = append(arcs, a)
			}
		}
	}
	slices.Sort(arcs)
	return arcs
}

// addRestriction turns a restriction into patterns.
func (t *turns) addRestriction(r *restriction) {
	d := t.d
	var paths []viaPath
	if len(r.via) == 0 {
		paths = []viaPath{{start: r.node, end: r.node}}
	} else {
		paths = t.viaPaths(r)
	}
	type leg struct {
		from, to []network.ArcID
		via      []network.ArcID
	}
	var legs []leg
	twoSided := false // whether some from way comes to the via from more than one side
	sides := make([]int, len(r.from))
	for _, p := range paths {
		for i, f := range r.from {
			from := t.arcsAt(f, p.start, false)
			var to []network.ArcID
			for _, w := range r.to {
				to = append(to, t.arcsAt(w, p.end, true)...)
			}
			if len(from) > 0 && len(to) > 0 {
				legs = append(legs, leg{from, to, p.arcs})
				sides[i] += len(from)
				twoSided = twoSided || sides[i] > 1
			}
		}
	}
	if len(legs) == 0 {
		d.notes[noteApart]++
		return
	}
	used := false
	for _, rule := range r.rules {
		before := len(t.patterns)
		number := uint32(len(t.m.Rules))
		if rule.only && twoSided {
			d.notes[noteTwoWays]++
			continue
		}
		for _, l := range legs {
			for _, a := range l.from {
				t.forbid(number, rule, r, a, l.via, l.to)
			}
		}
		if len(t.patterns) == before {
			continue
		}
		used = true
		kind := network.RuleNo
		if rule.only {
			kind = network.RuleOnly
		}
		t.m.Rules = append(t.m.Rules, network.Rule{
			Relation: rule.relation, Condition: d.text.Add(rule.condition), Text: d.text.Add(rule.value),
			Applies: rule.applies, Kind: kind,
		})
	}
	if used {
		d.notes[noteTaken]++
	} else {
		d.notes[noteIdle]++
	}
}

// forbid adds the patterns of one rule for one arc it starts from.
func (t *turns) forbid(number uint32, rule ruleText, r *restriction, from network.ArcID, via, to []network.ArcID) {
	last := from
	if len(via) > 0 {
		last = via[len(via)-1]
	}
	// A ban on turning back on one way at a node means the turn back, not the
	// way straight on over the node.
	back := rule.value == "no_u_turn" && len(via) == 0 && len(r.from) == 1 && slices.Equal(r.from, r.to)
	for _, next := range t.outOf(t.m.ArcHead(last)) {
		named := slices.Contains(to, next)
		if back {
			named = next == last.Reverse()
		}
		if named == rule.only || !t.canTurn(last, next) {
			continue
		}
		if named && !back && len(via) == 0 && next == last.Reverse() {
			continue
		}
		arcs := append(append([]network.ArcID{from}, via...), next)
		t.patterns = append(t.patterns, pattern{arcs, number})
	}
}

// A viaPath drives along all via ways of a restriction.
type viaPath struct {
	start, end uint32 // nodes
	arcs       []network.ArcID
}

// viaPaths returns the ways in which the via ways, each from end to end, can be
// put one after another and driven from a from way to a to way.
func (t *turns) viaPaths(r *restriction) []viaPath {
	var paths []viaPath
	for first := range r.via {
		for _, reversed := range [...]bool{false, true} {
			p, ok := t.viaPath(r, first, reversed)
			if !ok || slices.ContainsFunc(paths, func(q viaPath) bool { return slices.Equal(q.arcs, p.arcs) }) {
				continue
			}
			meets := func(ways []int, n uint32, begin bool) bool {
				return slices.ContainsFunc(ways, func(w int) bool { return len(t.arcsAt(w, n, begin)) > 0 })
			}
			if meets(r.from, p.start, false) && meets(r.to, p.end, true) {
				paths = append(paths, p)
			}
		}
	}
	return paths
}

// viaPath drives along via way first, then each time along the first of those
// left that begins where the last one ended.
func (t *turns) viaPath(r *restriction, first int, reversed bool) (p viaPath, ok bool) {
	d := t.d
	left := slices.Clone(r.via)
	at := first
	for {
		w := left[at]
		left = slices.Delete(left, at, at+1)
		refs := d.c.ways.refs(w)
		begin, end := refs[0], refs[len(refs)-1]
		edges := make([]int32, 0, 4)
		for e := d.j.edgeFirst[w]; e < d.j.edgeFirst[w+1]; e++ {
			edges = append(edges, e)
		}
		if reversed {
			begin, end = end, begin
			slices.Reverse(edges)
		}
		if begin == end {
			return p, false
		}
		if len(p.arcs) == 0 {
			p.start = begin
		}
		for _, e := range edges {
			a := d.j.edgeArc[e]
			if reversed {
				a = a.Reverse()
			}
			if !t.driven(a) {
				return p, false
			}
			if len(p.arcs) == 0 || p.arcs[len(p.arcs)-1] != a {
				p.arcs = append(p.arcs, a)
			}
		}
		p.end = end
		if len(left) == 0 {
			return p, true
		}
		at = -1
		for i, next := range left {
			refs := d.c.ways.refs(next)
			if refs[0] == end || refs[len(refs)-1] == end {
				at, reversed = i, refs[0] != end
				break
			}
		}
		if at < 0 {
			return p, false
		}
	}
}

// makeAutomaton builds the prefixes of all patterns.
func (t *turns) makeAutomaton() {
	t.prefixes = []prefix{{next: make(map[network.ArcID]int32)}}
	t.begins = t.prefixes[0].next
	t.merged = make(map[string]uint32)
	slices.SortFunc(t.patterns, func(a, b pattern) int {
		return cmp.Or(slices.Compare(a.arcs, b.arcs), cmp.Compare(a.rule, b.rule))
	})
	for _, p := range t.patterns {
		at := int32(0)
		for i, a := range p.arcs {
			next, ok := t.prefixes[at].next[a]
			if !ok {
				next = int32(len(t.prefixes))
				t.prefixes = append(t.prefixes, prefix{arc: a, depth: i + 1, next: make(map[network.ArcID]int32)})
				t.prefixes[at].next[a] = next
			}
			at = next
		}
		t.prefixes[at].rules = append(t.prefixes[at].rules, p.rule)
	}
	// Shorter prefixes first, so that a suffix is complete before it is needed.
	order := make([]int32, 0, len(t.prefixes))
	parent := make([]int32, len(t.prefixes))
	for i := range t.prefixes {
		for _, next := range t.prefixes[i].next {
			parent[next] = int32(i)
		}
		order = append(order, int32(i))
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(t.prefixes[a].depth, t.prefixes[b].depth) })
	for _, i := range order[1:] {
		p := &t.prefixes[i]
		if p.depth == 1 {
			continue
		}
		p.fail = t.step(t.prefixes[parent[i]].fail, p.arc)
		for _, r := range t.prefixes[p.fail].rules {
			if !slices.Contains(p.rules, r) {
				p.rules = append(p.rules, r)
			}
		}
		slices.Sort(p.rules)
	}
	extra := network.StateID(t.m.NumArcs())
	for i := range t.prefixes {
		if p := &t.prefixes[i]; p.depth >= 2 && len(p.next) > 0 {
			p.state = extra
			extra++
		}
	}
}

// step returns the longest suffix of prefix at followed by arc a that is a prefix.
func (t *turns) step(at int32, a network.ArcID) int32 {
	for {
		if next, ok := t.prefixes[at].next[a]; ok {
			return next
		}
		if at == 0 {
			return 0
		}
		at = t.prefixes[at].fail
	}
}

// enter returns the state that driving arc a leads to from a prefix, and the
// rule that forbids it.
func (t *turns) enter(at int32, a network.ArcID) (network.StateID, uint32) {
	at = t.step(at, a)
	rule := t.ruleOf(t.prefixes[at].rules)
	for t.prefixes[at].depth >= 2 && len(t.prefixes[at].next) == 0 {
		at = t.prefixes[at].fail
	}
	if t.prefixes[at].depth >= 2 {
		return t.prefixes[at].state, rule
	}
	return network.StateID(a), rule
}

// ruleOf returns the rule that says what several rules say together: that of
// them which concerns most classes, then an unconditional one, then the one of
// the lowest number, applied to the classes of all.
func (t *turns) ruleOf(rules []uint32) uint32 {
	switch len(rules) {
	case 0:
		return 0
	case 1:
		return rules[0]
	}
	key := make([]byte, 0, 4*len(rules))
	best, all := rules[0], network.ClassSet(0)
	for _, r := range rules {
		key = append(key, byte(r), byte(r>>8), byte(r>>16), byte(r>>24))
		a, b := t.m.Rules[r], t.m.Rules[best]
		all |= a.Applies
		if more := bits.OnesCount8(uint8(a.Applies)) - bits.OnesCount8(uint8(b.Applies)); more > 0 ||
			more == 0 && a.Condition == 0 && b.Condition != 0 {
			best = r
		}
	}
	if t.m.Rules[best].Applies == all {
		return best
	}
	if r, ok := t.merged[string(key)]; ok {
		return r
	}
	rule := t.m.Rules[best]
	rule.Applies = all
	r := uint32(len(t.m.Rules))
	t.m.Rules = append(t.m.Rules, rule)
	t.merged[string(key)] = r
	return r
}

// makeStates fills the states and turns of the map.
func (t *turns) makeStates() {
	m := t.m
	arcs := m.NumArcs()
	m.StateArc = make([]network.ArcID, arcs)
	for a := range m.StateArc {
		m.StateArc[a] = network.ArcID(a)
	}
	m.TurnFirst = make([]uint32, 1, arcs+1)
	m.TurnTo = make([]network.StateID, 0, 2*arcs)
	m.TurnRule = make([]uint32, 0, 2*arcs)
	add := func(from network.ArcID, at int32) {
		if t.driven(from) {
			for _, to := range t.outOf(m.ArcHead(from)) {
				if !t.canTurn(from, to) {
					continue
				}
				state, rule := network.StateID(to), uint32(0)
				if at != 0 {
					state, rule = t.enter(at, to)
				}
				if rule == 0 && to == from.Reverse() {
					rule = ruleUTurn
				}
				m.TurnTo = append(m.TurnTo, state)
				m.TurnRule = append(m.TurnRule, rule)
			}
		}
		m.TurnFirst = append(m.TurnFirst, uint32(len(m.TurnTo)))
	}
	for a := range network.ArcID(arcs) {
		add(a, t.begins[a])
	}
	for i := range t.prefixes {
		if p := &t.prefixes[i]; p.depth >= 2 && len(p.next) > 0 {
			m.StateArc = append(m.StateArc, p.arc)
			add(p.arc, int32(i))
		}
	}
}

// markIslands marks the nodes that no state of the largest strongly connected
// part for cars touches.
func (d *draft) markIslands() {
	m := d.m
	for n := range m.NodeInfo {
		m.NodeInfo[n].Island = 1
	}
	part := strongParts(len(m.StateArc), func(s uint32, turn int) (uint32, int) {
		a := m.StateArc[s]
		if m.ArcAccess[a].Of(network.Car) == network.Forbidden {
			return 0, -1
		}
		stopped := m.NodeInfo[m.ArcHead(a)].Access.Of(network.Car) == network.Forbidden
		for t := m.TurnFirst[s] + uint32(turn); t < m.TurnFirst[s+1]; t++ {
			to := m.TurnTo[t]
			if stopped && m.StateArc[to] != a.Reverse() {
				continue
			}
			if m.ArcAccess[m.StateArc[to]].Of(network.Car) != network.Forbidden && !m.Rules[m.TurnRule[t]].Applies.Has(network.Car) {
				return uint32(to), int(t-m.TurnFirst[s]) + 1
			}
		}
		return 0, -1
	})
	size := make(map[uint32]int)
	for s, p := range part {
		if m.ArcAccess[m.StateArc[s]].Of(network.Car) != network.Forbidden {
			size[p]++
		}
	}
	largest, most := uint32(0), 0
	for _, p := range part { // in the order of states: the first of equal size wins
		if size[p] > most {
			largest, most = p, size[p]
		}
	}
	for s, p := range part {
		if most > 0 && p == largest {
			a := m.StateArc[s]
			m.NodeInfo[m.ArcTail(a)].Island = 0
			m.NodeInfo[m.ArcHead(a)].Island = 0
		}
	}
}

// strongParts numbers the strongly connected parts of a graph of n vertices
// (Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Computing
// 1(2), 1972, without recursion). next returns the successor of a vertex at or
// after a position and the position behind it, negative when there is none.
func strongParts(n int, next func(v uint32, at int) (uint32, int)) []uint32 {
	const unseen = 0
	part := make([]uint32, n)
	order := make([]uint32, n) // from 1 in the order of discovery
	low := make([]uint32, n)
	at := make([]int32, n)
	onStack := make([]bool, n)
	var stack, path []uint32
	found, parts := uint32(0), uint32(0)
	for root := range uint32(n) {
		if order[root] != unseen {
			continue
		}
		path = append(path, root)
		for len(path) > 0 {
			v := path[len(path)-1]
			if order[v] == unseen {
				found++
				order[v], low[v] = found, found
				stack, onStack[v] = append(stack, v), true
			}
			w, position := next(v, int(at[v]))
			if position >= 0 {
				at[v] = int32(position)
				if order[w] == unseen {
					path = append(path, w)
				} else if onStack[w] {
					low[v] = min(low[v], order[w])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				u := path[len(path)-1]
				low[u] = min(low[u], low[v])
			}
			if low[v] != order[v] {
				continue
			}
			for {
				w := stack[len(stack)-1]
				stack, onStack[w] = stack[:len(stack)-1], false
				part[w] = parts
				if w == v {
					break
				}
			}
			parts++
		}
	}
	return part
}
