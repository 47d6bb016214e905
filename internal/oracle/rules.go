package oracle

import (
	"slices"
	"strings"

	osm "github.com/paulmach/osm"
)

// A Relation is a turn restriction and what became of it.
type Relation struct {
	ID     int64
	Values []string // its rules as they stand
	// Why says why it forbids nothing; empty if it does.
	Why string
	// Banned are the courses it forbids, each for the classes in Applies.
	Banned []Banned
}

// A Banned course is a from edge, the edges of the via ways, if any, and an edge
// that must not follow. Turns that no vehicle can make are left out.
type Banned struct {
	Course  []Edge
	Applies [classes]bool
	Only    bool
}

// pair is a rule about the edge that follows directly.
type pair struct {
	only    bool
	back    bool // no_: about turning back, and nothing else
	to      []Edge
	applies [classes]bool
}

// course is a rule that counts once path has been driven after its from edge.
type course struct {
	number  int
	only    bool
	path    []Edge
	to      []Edge
	applies [classes]bool
}

// rule is one tag of a relation.
type rule struct {
	only    bool
	value   string
	applies [classes]bool
}

func classesOf(name string) [classes]bool {
	switch name {
	case "vehicle", "motor_vehicle":
		return [classes]bool{true, true, true, true}
	case "motorcar":
		return [classes]bool{Car: true}
	case "hgv":
		return [classes]bool{Truck: true}
	case "bus", "psv", "coach", "tourist_bus":
		return [classes]bool{Bus: true}
	case "emergency":
		return [classes]bool{Emergency: true}
	}
	return [classes]bool{}
}

// rulesOf reads a relation's tags. understood is false if some tag was meant to
// be a rule and its value is none.
func rulesOf(r *osm.Relation) (rules []rule, understood bool) {
	t := r.Tags.Map()
	understood = true
	for _, tag := range r.Tags {
		key, conditional := strings.CutSuffix(tag.Key, ":conditional")
		v, rest, _ := strings.Cut(key, ":")
		if v != "restriction" || strings.Contains(rest, ":") {
			continue
		}
		x := rule{value: tag.Value, applies: classesOf("vehicle")}
		if conditional {
			x.value, _, _ = strings.Cut(x.value, "@")
		}
		x.value = strings.TrimSpace(x.value)
		x.only = strings.HasPrefix(x.value, "only_")
		if !x.only && !strings.HasPrefix(x.value, "no_") {
			understood = false
			continue
		}
		narrow := func(s [classes]bool, keep bool) {
			for c := range x.applies {
				x.applies[c] = x.applies[c] && s[c] == keep
			}
		}
		if rest != "" {
			narrow(classesOf(rest), true)
		}
		if _, of, ok := strings.Cut(t["type"], ":"); ok {
			narrow(classesOf(of), true)
		}
		for name := range strings.SplitSeq(t["except"], ";") {
			narrow(classesOf(strings.TrimSpace(name)), false)
		}
		rules = append(rules, x)
	}
	return rules, understood
}

// members are what a relation is about.
type members struct {
	from, to, via []int // ways, indices into Net.Ways
	node          int32
}

// restrict reads all relations.
func (n *Net) restrict(relations []*osm.Relation, index map[int64]int32) {
	ways := map[int64]int{}
	for i, w := range n.Ways {
		ways[w.ID] = i
	}
	edges := make([][]Edge, len(n.Ways)) // segments by way, along it
	for s := range n.Segments {
		edges[n.Segments[s].Way] = append(edges[n.Segments[s].Way], Edge(2*s))
	}
	for _, r := range relations {
		out := Relation{ID: int64(r.ID)}
		for _, tag := range r.Tags {
			if strings.HasPrefix(tag.Key, "restriction") {
				out.Values = append(out.Values, tag.Key+"="+tag.Value)
			}
		}
		out.Why = n.relation(r, &out, ways, edges, index)
		n.Relations = append(n.Relations, out)
	}
}

// relation adds one relation's rules, or says why it has none.
func (n *Net) relation(r *osm.Relation, out *Relation, ways map[int64]int, edges [][]Edge, index map[int64]int32) string {
	rules, understood := rulesOf(r)
	switch {
	case len(rules) == 0 && !understood:
		return "kind not understood"
	case len(rules) == 0:
		return "no value"
	}
	m, why := n.membersOf(r, rules[0].only, ways, index)
	if why != "" {
		return why
	}
	some := false
	for _, x := range rules {
		some = some || x.applies != [classes]bool{}
	}
	if !some {
		return "no class concerned"
	}
	if len(m.via) == 0 {
		return n.viaNode(m, rules, out)
	}
	return n.viaWays(m, rules, out, edges)
}

func (n *Net) membersOf(r *osm.Relation, only bool, ways map[int64]int, index map[int64]int32) (m members, why string) {
	var nodes []int64
	froms, tos := 0, 0
	lostTo, lostVia := false, false
	add := func(list []int, ref int64) ([]int, bool) {
		w, ok := ways[ref]
		if !ok || slices.Contains(list, w) {
			return list, ok
		}
		return append(list, w), true
	}
	for _, x := range r.Members {
		var ok bool
		switch {
		case x.Role == "from" && x.Type == osm.TypeWay:
			froms++
			m.from, _ = add(m.from, x.Ref)
		case x.Role == "to" && x.Type == osm.TypeWay:
			tos++
			m.to, ok = add(m.to, x.Ref)
			lostTo = lostTo || !ok
		case x.Role == "via" && x.Type == osm.TypeWay:
			m.via, ok = add(m.via, x.Ref)
			lostVia = lostVia || !ok
		case x.Role == "via" && x.Type == osm.TypeNode:
			nodes = append(nodes, x.Ref)
		}
	}
	switch {
	case froms == 0 || tos == 0 || len(m.via) == 0 && !lostVia && len(nodes) != 1:
		return m, "members missing"
	case len(m.from) == 0 || len(m.to) == 0 || lostVia || only && lostTo:
		return m, "members are not used roads, or outside the extract"
	}
	if len(m.via) > 0 {
		return m, ""
	}
	at, ok := index[nodes[0]]
	if !ok {
		return m, "members are not used roads, or outside the extract"
	}
	m.node = at
	return m, ""
}

// arriving and leaving return the edges of a way that end or begin at a node and
// are open to some class.
func (n *Net) leaving(way int, at int32) (list []Edge) {
	for _, e := range n.out[at] {
		if n.Segments[e/2].Way == way && n.usableByAny(e) {
			list = append(list, e)
		}
	}
	return list
}

func (n *Net) arriving(way int, at int32) (list []Edge) {
	for _, e := range n.out[at] {
		if b := e.Reverse(); n.Segments[e/2].Way == way && n.usableByAny(b) {
			list = append(list, b)
		}
	}
	return list
}

func (n *Net) viaNode(m members, rules []rule, out *Relation) string {
	var from, to []Edge
	onFrom, onTo, ambiguous := false, false, false
	touches := func(way int) bool {
		return slices.Contains(n.Ways[way].Refs, n.nodes[m.node].id)
	}
	for _, w := range m.from {
		here := n.arriving(w, m.node)
		ambiguous = ambiguous || len(here) > 1
		onFrom = onFrom || touches(w)
		from = append(from, here...)
	}
	for _, w := range m.to {
		onTo = onTo || touches(w)
		to = append(to, n.leaving(w, m.node)...)
	}
	if !onFrom || !onTo {
		return "members do not meet"
	}
	n.nodes[m.node].cut = true
	if len(from) == 0 || len(to) == 0 {
		return "nobody may drive from or to where it says"
	}
	unclear := 0
	for _, x := range rules {
		if x.only && ambiguous {
			unclear++
			continue
		}
		back := x.value == "no_u_turn" && len(m.from) == 1 && slices.Equal(m.from, m.to)
		for _, e := range from {
			p := pair{x.only, back, to, x.applies}
			n.pairs[e] = append(n.pairs[e], p)
			for _, f := range n.next(e) {
				if p.forbids(e, f) {
					out.Banned = append(out.Banned, Banned{[]Edge{e, f}, x.applies, x.only})
				}
			}
		}
	}
	switch {
	case unclear == len(rules):
		return "an only_ rule that does not say from which side"
	case len(out.Banned) == 0:
		return "nothing to forbid"
	}
	return ""
}

// forbids reports whether the rule forbids f after e.
func (p *pair) forbids(e, f Edge) bool {
	switch in := slices.Contains(p.to, f); {
	case p.only:
		return !in
	case p.back:
		return in && f == e.Reverse()
	default:
		return in && f != e.Reverse()
	}
}

// next returns the edges that may follow e as far as the roads go: rules,
// barriers and who drives aside.
func (n *Net) next(e Edge) (list []Edge) {
	at := n.head(e)
	for _, f := range n.out[at] {
		if n.usableByAny(f) && (f != e.Reverse() || n.nodes[at].ends == 1) {
			list = append(list, f)
		}
	}
	return list
}

// viaWays adds the rules of a relation whose via members are ways.
func (n *Net) viaWays(m members, rules []rule, out *Relation, edges [][]Edge) string {
	for _, w := range m.via {
		whole := 0
		refs := n.Ways[w].Refs
		for i := 1; i < len(refs); i++ {
			if refs[i] != refs[i-1] {
				whole++
			}
		}
		if refs[0] == refs[len(refs)-1] || whole != len(edges[w]) {
			return "a via way is a ring or has nodes missing"
		}
		first, last := edges[w][0], edges[w][len(edges[w])-1]
		n.nodes[n.tail(first)].cut, n.nodes[n.head(last)].cut = true, true
	}
	var paths [][]Edge
	for _, w := range m.via {
		for _, against := range []bool{false, true} {
			if p, ok := n.join(m.via, w, against, edges); ok && !slices.ContainsFunc(paths, func(q []Edge) bool { return slices.Equal(p, q) }) {
				paths = append(paths, p)
			}
		}
	}
	type begun struct {
		from Edge
		path []Edge
		to   []Edge
	}
	var all []begun
	per := map[int]int{}
	for _, p := range paths {
		start, end := n.tail(p[0]), n.head(p[len(p)-1])
		var to []Edge
		for _, w := range m.to {
			to = append(to, n.leaving(w, end)...)
		}
		for _, w := range m.from {
			for _, e := range n.arriving(w, start) {
				if len(to) > 0 {
					all = append(all, begun{e, p, to})
					per[w]++
				}
			}
		}
	}
	if len(all) == 0 {
		return "members do not meet, or nobody may drive so"
	}
	ambiguous := false
	for _, k := range per {
		ambiguous = ambiguous || k > 1
	}
	unclear := 0
	for _, x := range rules {
		if x.only && ambiguous {
			unclear++
			continue
		}
		for _, b := range all {
			k := &course{n.numberCourse(), x.only, b.path, b.to, x.applies}
			n.courses[b.from] = append(n.courses[b.from], k)
			for _, f := range n.next(b.path[len(b.path)-1]) {
				if slices.Contains(b.to, f) != x.only {
					out.Banned = append(out.Banned, Banned{slices.Concat([]Edge{b.from}, b.path, []Edge{f}), x.applies, x.only})
				}
			}
		}
	}
	switch {
	case unclear == len(rules):
		return "an only_ rule that does not say from which side"
	case len(out.Banned) == 0:
		return "nothing to forbid"
	}
	return ""
}

// numberCourse numbers rules over ways from 0.
func (n *Net) numberCourse() (k int) {
	for _, list := range n.courses {
		k += len(list)
	}
	return k
}

// join lays all via ways one after another, beginning with one of them.
func (n *Net) join(via []int, first int, against bool, edges [][]Edge) (path []Edge, ok bool) {
	rest := slices.Clone(via)
	lay := func(w int, against bool) bool {
		es := slices.Clone(edges[w])
		if against {
			slices.Reverse(es)
			for i := range es {
				es[i] = es[i].Reverse()
			}
		}
		rest = slices.DeleteFunc(rest, func(x int) bool { return x == w })
		path = append(path, es...)
		return !slices.ContainsFunc(es, func(e Edge) bool { return !n.usableByAny(e) })
	}
	if !lay(first, against) {
		return nil, false
	}
	for len(rest) > 0 {
		at := n.head(path[len(path)-1])
		i := slices.IndexFunc(rest, func(w int) bool {
			return n.tail(edges[w][0]) == at || n.head(edges[w][len(edges[w])-1]) == at
		})
		if i < 0 || !lay(rest[i], n.tail(edges[rest[i]][0]) != at) {
			return nil, false
		}
	}
	return path, true
}
