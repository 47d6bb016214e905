package network

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/outrider-project/outrider/geo"
)

// checkGrain is the least number of items that are worth a goroutine.
const checkGrain = 1 << 13

// Check reads the whole map and returns an error unless every column has the
// length it must have and everything in it is in range: indices, references to
// strings, positions along chains, coordinates, kinds; intervals and vertices
// ascend, arcs of consecutive states meet, lists are in their order. After that
// no method of Map can go out of range. It takes linear time on all cores.
func (m *Map) Check() error {
	for _, check := range []func() error{
		m.checkText,
		m.checkLengths,
		m.checkNodes,
		m.checkChains,
		m.checkIntervals,
		m.checkTurns,
		m.checkOrder,
		m.checkConditions,
		m.checkHazards,
		m.checkNames,
		m.checkBase,
		m.checkIndex,
		m.checkRail,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// each calls check for every index below n, in parallel; the error is that of
// the smallest one.
func each(n int, check func(i int) error) error {
	return inParallel(n, checkGrain, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			if err := check(i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Map) checkText() error {
	offsets, text := m.text.offsets, m.text.bytes
	if m.text.full {
		return fmt.Errorf("the strings of the map have more than the %d bytes possible", uint32(math.MaxUint32))
	}
	if len(offsets) < 2 || offsets[0] != 0 || offsets[1] != 0 || uint64(offsets[len(offsets)-1]) != uint64(len(text)) {
		return fmt.Errorf("the string table of %d bytes does not begin with the empty string or does not end at its last byte", len(text))
	}
	if uint64(len(offsets)) > math.MaxUint32 {
		return fmt.Errorf("the string table has %d strings, more than can be referred to", len(offsets)-1)
	}
	return each(len(offsets)-1, func(i int) error {
		from, to := offsets[i], offsets[i+1]
		if from > to || uint64(to) > uint64(len(text)) {
			return fmt.Errorf("string %d is said to be at bytes %d to %d of %d", i, from, to, len(text))
		}
		if !utf8.Valid(text[from:to]) {
			return fmt.Errorf("string %d is not UTF-8", i)
		}
		return nil
	})
}

// checkLengths compares the lengths of all columns that belong together.
func (m *Map) checkLengths() error {
	nodes, chains, states, turns := len(m.NodePoint), len(m.Length), len(m.StateArc), len(m.TurnTo)
	if uint64(chains) >= 1<<31 || uint64(nodes) >= None || uint64(states) >= None {
		return fmt.Errorf("%d nodes, %d chains and %d states are more than ids can tell apart", nodes, chains, states)
	}
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"node.info", len(m.NodeInfo), nodes},
		{"chain.tail", len(m.Tail), chains},
		{"chain.head", len(m.Head), chains},
		{"chain.component", len(m.Component), chains},
		{"chain.vertex", len(m.VertexFirst), chains + 1},
		{"vertex.at", len(m.VertexAt), len(m.Vertex)},
		{"chain.interval", len(m.IntervalFirst), chains + 1},
		{"chain.hazard", len(m.HazardFirst), chains + 1},
		{"arc.access", len(m.ArcAccess), 2 * chains},
		{"arc.limits", len(m.ArcLimits), 2 * chains},
		{"state.turn", len(m.TurnFirst), states + 1},
		{"turn.rule", len(m.TurnRule), turns},
		{"base.vertex", len(m.BaseFirst), len(m.Base) + 1},
	} {
		if c.got != c.want {
			return fmt.Errorf("%s has %d items, must have %d", c.name, c.got, c.want)
		}
	}
	if states < 2*chains {
		return fmt.Errorf("state.arc has %d items for %d arcs", states, 2*chains)
	}
	if len(m.Limits) == 0 || m.Limits[0].HeightCM|m.Limits[0].WidthCM|m.Limits[0].LengthCM != 0 || m.Limits[0].WeightKG|m.Limits[0].AxleKG != 0 {
		return fmt.Errorf("limits does not begin with \"no limit\"")
	}
	if len(m.Rules) == 0 || m.Rules[0].Kind != RuleNone || m.Rules[0].Applies != 0 {
		return fmt.Errorf("rule does not begin with \"no rule\"")
	}
	for _, c := range []struct {
		name  string
		first []uint32
		items int
	}{
		{"chain.vertex", m.VertexFirst, len(m.Vertex)},
		{"chain.interval", m.IntervalFirst, len(m.Interval)},
		{"chain.hazard", m.HazardFirst, len(m.Hazards)},
		{"state.turn", m.TurnFirst, turns},
		{"base.vertex", m.BaseFirst, len(m.BaseVertex)},
	} {
		if err := checkCSR(c.name, c.first, c.items); err != nil {
			return err
		}
	}
	return nil
}

// checkCSR checks that first leads from 0 to items in steps that never go back.
func checkCSR(name string, first []uint32, items int) error {
	if first[0] != 0 || uint64(first[len(first)-1]) != uint64(items) {
		return fmt.Errorf("%s runs from %d to %d, must run from 0 to %d", name, first[0], first[len(first)-1], items)
	}
	return each(len(first)-1, func(i int) error {
		if first[i] > first[i+1] {
			return fmt.Errorf("%s goes back from %d to %d at item %d", name, first[i], first[i+1], i)
		}
		return nil
	})
}

func onEarth(p geo.Point) bool {
	const lat, lon = 90 * geo.E7, 180 * geo.E7
	return -lat <= p.Lat && p.Lat <= lat && -lon <= p.Lon && p.Lon <= lon
}

// badRef reports whether one of the references leads out of the string table.
func (m *Map) badRef(refs ...Ref) bool {
	n := uint64(m.NumTexts())
	for _, r := range refs {
		if uint64(r) >= n {
			return true
		}
	}
	return false
}

func (m *Map) checkNodes() error {
	return each(len(m.NodePoint), func(i int) error {
		info := &m.NodeInfo[i]
		if !onEarth(m.NodePoint[i]) || info.Island > 1 || m.badRef(info.Barrier) {
			return fmt.Errorf("node %d has a position, island mark or barrier out of range", i)
		}
		return nil
	})
}

func (m *Map) checkChains() error {
	nodes, chains := uint64(len(m.NodePoint)), uint64(len(m.Length))
	l := m.chainLines()
	return each(len(m.Length), func(i int) error {
		tail, head := m.Tail[i], m.Head[i]
		if uint64(tail) >= nodes || uint64(head) >= nodes {
			return fmt.Errorf("chain %d runs from node %d to node %d of %d", i, tail, head, nodes)
		}
		if c := m.Component[i]; c != None && uint64(c) >= chains {
			return fmt.Errorf("chain %d has component %d", i, c)
		}
		for _, a := range []int{2 * i, 2*i + 1} {
			if uint64(m.ArcLimits[a]) >= uint64(len(m.Limits)) {
				return fmt.Errorf("arc %d has limits %d of %d", a, m.ArcLimits[a], len(m.Limits))
			}
		}
		return l.checkVertices("chain", uint32(i), m.Length[i], m.NodePoint[tail], m.NodePoint[head])
	})
}

// checkStarts checks that intervals begin with their line, called by a name, and
// each farther on than the one before.
func checkStarts[T any](name string, i int, intervals []T, length Millimetres, from func(*T) Millimetres) error {
	if len(intervals) == 0 || from(&intervals[0]) != 0 {
		return fmt.Errorf("%s %d has no interval at its beginning", name, i)
	}
	for j := 1; j < len(intervals); j++ {
		if at := from(&intervals[j]); at <= from(&intervals[j-1]) || at >= length {
			return fmt.Errorf("interval %d of %s %d begins at %d mm, out of order", j, name, i, at)
		}
	}
	return nil
}

func (m *Map) checkIntervals() error {
	return each(len(m.Length), func(i int) error {
		intervals := m.Intervals(ChainID(i))
		if err := checkStarts("chain", i, intervals, m.Length[i], func(iv *Interval) Millimetres { return iv.From }); err != nil {
			return err
		}
		for j := range intervals {
			iv := &intervals[j]
			if iv.Class >= RoadClasses || iv.Surface >= Surfaces || iv.SpeedForward == 0 || iv.SpeedBackward == 0 ||
				iv.WayReversed > 1 || uint64(iv.Limits) >= uint64(len(m.Limits)) || m.badRef(iv.Name, iv.Number) {
				return fmt.Errorf("interval %d of chain %d has a class, surface, speed, limit or name out of range", j, i)
			}
		}
		return nil
	})
}

func (m *Map) checkTurns() error {
	states, arcs := uint64(len(m.StateArc)), uint64(m.NumArcs())
	if err := each(len(m.StateArc), func(i int) error {
		if a := m.StateArc[i]; uint64(a) >= arcs || uint64(i) < arcs && uint64(a) != uint64(i) {
			return fmt.Errorf("state %d is on arc %d of %d", i, a, arcs)
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range m.Rules {
		if r := &m.Rules[i]; r.Kind > RuleUTurn || r.Applies&^AllClasses != 0 || m.badRef(r.Condition, r.Text) {
			return fmt.Errorf("rule %d has a kind, class or text out of range", i)
		}
	}
	return each(len(m.StateArc), func(i int) error {
		at := m.ArcHead(m.StateArc[i])
		for t := m.TurnFirst[i]; t < m.TurnFirst[i+1]; t++ {
			to, rule := m.TurnTo[t], m.TurnRule[t]
			if uint64(to) >= states || uint64(rule) >= uint64(len(m.Rules)) {
				return fmt.Errorf("turn %d leads to state %d of %d by rule %d of %d", t, to, states, rule, len(m.Rules))
			}
			if m.ArcTail(m.StateArc[to]) != at {
				return fmt.Errorf("turn %d leads from arc %d to arc %d, which do not meet", t, m.StateArc[i], m.StateArc[to])
			}
		}
		return nil
	})
}

// onChain reports whether from ≤ to are positions on chain c.
func (m *Map) onChain(c ChainID, from, to Millimetres) bool {
	return uint64(c) < uint64(len(m.Length)) && from <= to && to <= m.Length[c]
}

// checkOrder checks that the order for routing, if there is one, has every state
// once.
func (m *Map) checkOrder() error {
	if len(m.StateOrder) == 0 {
		return nil
	}
	states := len(m.StateArc)
	if len(m.StateOrder) != states {
		return fmt.Errorf("%s has %d items for %d states", orderSection, len(m.StateOrder), states)
	}
	seen := make([]uint64, (states+63)/64)
	for i, s := range m.StateOrder {
		if uint64(s) >= uint64(states) {
			return fmt.Errorf("%s has state %d of %d at item %d", orderSection, s, states, i)
		}
		if seen[s/64]>>(s%64)&1 != 0 {
			return fmt.Errorf("%s has state %d a second time at item %d", orderSection, s, i)
		}
		seen[s/64] |= 1 << (s % 64)
	}
	return nil
}

func (m *Map) checkConditions() error {
	return each(len(m.Conditions), func(i int) error {
		c := &m.Conditions[i]
		if !m.onChain(c.Chain, c.From, c.To) || m.badRef(c.Key, c.Val) {
			return fmt.Errorf("condition %d has a position or text out of range", i)
		}
		if i > 0 {
			if before := &m.Conditions[i-1]; before.Chain > c.Chain || before.Chain == c.Chain && before.From > c.From {
				return fmt.Errorf("condition %d is out of order", i)
			}
		}
		return nil
	})
}

func (m *Map) checkHazards() error {
	nodes := uint64(len(m.NodePoint))
	return each(len(m.Length), func(i int) error {
		hazards := m.HazardsOn(ChainID(i))
		for j := range hazards {
			h := &hazards[j]
			if h.Chain != ChainID(i) || !m.onChain(h.Chain, h.From, h.To) ||
				h.Node != None && uint64(h.Node) >= nodes || m.badRef(h.Tags) {
				return fmt.Errorf("hazard %d of chain %d has a position, node or text out of range", j, i)
			}
			if h.Kind >= HazardKinds || h.Heading > BackwardOnly || h.Type > OSMRelation {
				return fmt.Errorf("hazard %d of chain %d has a kind, heading or type out of range", j, i)
			}
			if j > 0 && (hazards[j-1].From > h.From || hazards[j-1].From == h.From && hazards[j-1].Kind > h.Kind) {
				return fmt.Errorf("hazard %d of chain %d is out of order", j, i)
			}
		}
		return nil
	})
}

// checkNames checks havens, places and streets.
func (m *Map) checkNames() error {
	if err := each(len(m.Havens), func(i int) error {
		h := &m.Havens[i]
		if h.Kind >= HavenKinds || h.Type > OSMRelation || !onEarth(h.Point) || m.badRef(h.Name, h.Tags) {
			return fmt.Errorf("haven %d has a kind, position or text out of range", i)
		}
		if h.AccessChain != None && (!m.onChain(h.AccessChain, h.AccessAt, h.AccessAt) || !onEarth(h.AccessPoint)) {
			return fmt.Errorf("haven %d has an access point out of range", i)
		}
		if i > 0 && (m.Havens[i-1].Kind > h.Kind || m.Havens[i-1].Kind == h.Kind && m.Havens[i-1].OSM > h.OSM) {
			return fmt.Errorf("haven %d is out of order", i)
		}
		return nil
	}); err != nil {
		return err
	}
	if uint64(len(m.Places)) >= None {
		return fmt.Errorf("%d places are more than ids can tell apart", len(m.Places))
	}
	if err := each(len(m.Places), func(i int) error {
		if p := &m.Places[i]; p.Kind >= PlaceKinds || p.Type > OSMRelation || !onEarth(p.Point) || m.badRef(p.Name) {
			return fmt.Errorf("place %d has a kind, position or name out of range", i)
		}
		return nil
	}); err != nil {
		return err
	}
	return each(len(m.Streets), func(i int) error {
		s := &m.Streets[i]
		if !m.onChain(s.Chain, s.At, s.At) || m.badRef(s.Name) || s.Place != None && uint64(s.Place) >= uint64(len(m.Places)) {
			return fmt.Errorf("street %d has a position, place or name out of range", i)
		}
		return nil
	})
}

func (m *Map) checkBase() error {
	if err := each(len(m.Base), func(i int) error {
		if b := &m.Base[i]; b.Kind >= OutlineKinds || b.Type > OSMRelation {
			return fmt.Errorf("outline %d has a kind or type out of range", i)
		}
		return nil
	}); err != nil {
		return err
	}
	return each(len(m.BaseVertex), func(i int) error {
		if !onEarth(m.BaseVertex[i]) {
			return fmt.Errorf("vertex %d of the outlines is not on the earth", i)
		}
		return nil
	})
}

func (m *Map) checkIndex() error {
	l := m.chainLines()
	return l.checkIndex("chain")
}
