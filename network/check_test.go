package network

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// TestCheckBites spoils one thing at a time; each must be refused with words
// that say where.
func TestCheckBites(t *testing.T) {
	for _, c := range []struct {
		says  string
		spoil func(m *Map)
	}{
		{"node.info has", func(m *Map) { m.NodeInfo = m.NodeInfo[1:] }},
		{"chain.tail has", func(m *Map) { m.Tail = m.Tail[1:] }},
		{"chain.head has", func(m *Map) { m.Head = m.Head[1:] }},
		{"chain.component has", func(m *Map) { m.Component = nil }},
		{"chain.vertex has", func(m *Map) { m.VertexFirst = m.VertexFirst[1:] }},
		{"vertex.at has", func(m *Map) { m.VertexAt = m.VertexAt[1:] }},
		{"chain.interval has", func(m *Map) { m.IntervalFirst = nil }},
		{"chain.hazard has", func(m *Map) { m.HazardFirst = m.HazardFirst[1:] }},
		{"arc.access has", func(m *Map) { m.ArcAccess = m.ArcAccess[2:] }},
		{"arc.limits has", func(m *Map) { m.ArcLimits = append(m.ArcLimits, 0) }},
		{"state.turn has", func(m *Map) { m.TurnFirst = m.TurnFirst[1:] }},
		{"turn.rule has", func(m *Map) { m.TurnRule = m.TurnRule[1:] }},
		{"base.vertex has", func(m *Map) { m.BaseFirst = nil }},
		{"state.arc has", func(m *Map) { m.StateArc, m.TurnFirst = m.StateArc[:1], m.TurnFirst[:2] }},
		{"no limit", func(m *Map) { m.Limits = nil }},
		{"no limit", func(m *Map) { m.Limits[0].AxleKG = 1 }},
		{"no rule", func(m *Map) { m.Rules[0].Applies = 1 }},
		{"chain.vertex runs", func(m *Map) { m.VertexFirst[0] = 1 }},
		{"chain.interval goes back", func(m *Map) { m.IntervalFirst[1] = math.MaxUint32 }},
		{"state.turn runs", func(m *Map) { m.TurnTo, m.TurnRule = m.TurnTo[1:], m.TurnRule[1:] }},
		{"base.vertex runs", func(m *Map) { m.BaseVertex = m.BaseVertex[1:] }},
		{"string table", func(m *Map) { m.text.offsets = m.text.offsets[:1] }},
		{"string 1", func(m *Map) { m.text.offsets[2] = math.MaxUint32 }},
		{"not UTF-8", func(m *Map) { m.text.bytes = bytes.Clone(m.text.bytes); m.text.bytes[0] = 0xff }},
		{"more than the", func(m *Map) { m.text.full = true }},
		{"node 0", func(m *Map) { m.NodePoint[0].Lat = 900_000_001 }},
		{"node 1", func(m *Map) { m.NodeInfo[1].Barrier = 9999 }},
		{"node 1", func(m *Map) { m.NodeInfo[1].Island = 2 }},
		{"chain 0 runs from node", func(m *Map) { m.Tail[0] = None }},
		{"chain 2 has component", func(m *Map) { m.Component[2] = None - 1 }},
		{"arc 3 has limits", func(m *Map) { m.ArcLimits[3] = 99 }},
		{"chain 0 do not lead from 0", func(m *Map) { m.VertexAt[0] = 1 }},
		{"chain 0 do not lead from 0", func(m *Map) { m.Length[0]++ }},
		{"do not begin and end at its nodes", func(m *Map) { m.Vertex[0].Lat++ }},
		{"vertex of chain", func(m *Map) { m.Vertex[m.VertexFirst[longChain(m)]+1].Lon = math.MinInt32 }},
		{"no interval at its beginning", func(m *Map) { m.Interval[0].From = 1 }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].Class = RoadClasses }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].Surface = Surfaces }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].SpeedForward = 0 }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].SpeedBackward = 0 }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].WayReversed = 2 }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].Limits = 77 }},
		{"interval 0 of chain 0", func(m *Map) { m.Interval[0].Name = None }},
		{"out of order", func(m *Map) { m.Interval[splitInterval(m)].From = math.MaxUint32 }},
		{"state 0 is on arc", func(m *Map) { m.StateArc[0] = 1 }},
		{"rule 1", func(m *Map) { m.Rules[1].Kind = RuleUTurn + 1 }},
		{"rule 1", func(m *Map) { m.Rules[1].Applies = 16 }},
		{"rule 1", func(m *Map) { m.Rules[1].Condition = None }},
		{"turn 0 leads to state", func(m *Map) { m.TurnTo[0] = None }},
		{"turn 0 leads to state", func(m *Map) { m.TurnRule[0] = 99 }},
		{"do not meet", breakMeeting},
		{"state.order has 1 items for", func(m *Map) { m.StateOrder = m.StateOrder[:1] }},
		{"state.order has state", func(m *Map) { m.StateOrder[1] = StateID(len(m.StateArc)) }},
		{"a second time at item 2", func(m *Map) { m.StateOrder[2] = m.StateOrder[1] }},
		{"condition 0", func(m *Map) { m.Conditions[0].Chain = None }},
		{"condition 1 is out of order", func(m *Map) { m.Conditions[0].Chain, m.Conditions[0].To = m.Conditions[1].Chain+1, 0 }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].Chain++ }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].To = math.MaxUint32 }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].Node = None - 1 }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].Kind = HazardKinds }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].Heading = BackwardOnly + 1 }},
		{"hazard 0 of chain", func(m *Map) { m.Hazards[0].Type = OSMRelation + 1 }},
		{"haven 0", func(m *Map) { m.Havens[0].Kind = HavenKinds }},
		{"haven 0", func(m *Map) { m.Havens[0].Name = None }},
		{"haven 0 has an access", func(m *Map) { m.Havens[0].AccessAt = math.MaxUint32 }},
		{"haven 1 is out of order", func(m *Map) { m.Havens[0].Kind = Embassy }},
		{"place 1", func(m *Map) { m.Places[1].Kind = PlaceKinds }},
		{"street 0", func(m *Map) { m.Streets[0].Place = uint32(len(m.Places)) }},
		{"street 0", func(m *Map) { m.Streets[0].Chain = None }},
		{"outline 0", func(m *Map) { m.Base[0].Kind = OutlineKinds }},
		{"vertex 1 of the outlines", func(m *Map) { m.BaseVertex[1].Lat = math.MaxInt32 }},
		{"piece 0", func(m *Map) { m.Pieces[0].To = m.Pieces[0].From }},
		{"piece 0", func(m *Map) { m.Pieces[0].To = math.MaxUint32 }},
		{"piece 0", func(m *Map) { m.Pieces[0].Chain = None }},
		{"spatial index", func(m *Map) { m.ChainIndex.Entries[0].Ref = None }},
		{"spatial index", func(m *Map) { m.ChainIndex.Nodes = m.ChainIndex.Nodes[1:] }},
	} {
		m := randomMap(newRand(51), 30)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		c.spoil(m)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v; want words like %q", err, c.says)
		}
	}
}

// longChain returns a chain with vertices between its ends.
func longChain(m *Map) int {
	for c := range m.Length {
		if m.VertexFirst[c+1]-m.VertexFirst[c] > 2 {
			return c
		}
	}
	return -1
}

// splitInterval returns an interval that is not the first of its chain.
func splitInterval(m *Map) int {
	for i, iv := range m.Interval {
		if iv.From > 0 {
			return i
		}
	}
	return -1
}

// breakMeeting makes turn 0 lead to an arc that begins somewhere else.
func breakMeeting(m *Map) {
	from := 0
	for m.TurnFirst[from+1] == 0 {
		from++
	}
	for a := range ArcID(m.NumArcs()) {
		if m.ArcTail(a) != m.ArcHead(m.StateArc[from]) {
			m.TurnTo[0] = StateID(a)
			return
		}
	}
}

// TestMutatedMapsAreSafe changes numbers anywhere in a file to extreme values,
// makes the checksums right again and uses what is still accepted.
func TestMutatedMapsAreSafe(t *testing.T) {
	good := encode(t, randomMap(newRand(52), 6))
	rnd := newRand(53)
	start := headerSize + int(binary.LittleEndian.Uint32(good[28:]))*entrySize
	accepted := 0
	for range 3000 {
		b := aligned(good)
		for range 1 + rnd.IntN(2) {
			at := (start + rnd.IntN(len(b)-start-4)) &^ 3
			v := []uint32{0, 1, math.MaxUint32, math.MaxInt32, 1 << 31, rnd.Uint32(), uint32(rnd.IntN(64))}[rnd.IntN(7)]
			if rnd.IntN(2) == 0 {
				v = binary.LittleEndian.Uint32(b[at:]) + uint32(rnd.IntN(3)) - 1
			}
			binary.LittleEndian.PutUint32(b[at:], v)
		}
		reseal(b)
		m, err := parse(b)
		if err != nil {
			continue
		}
		accepted++
		use(t, m)
	}
	if accepted == 0 {
		t.Error("no changed map was accepted, so none was used")
	}
}
