package network

import (
	"math"
	"math/rand/v2"

	"github.com/outrider-project/outrider/geo"
)

// A draft builds small maps by hand.
type draft struct {
	m    Map
	text TextBuilder
	ways int64
	turn func(from, to ArcID) (rule uint32, ok bool) // nil: everything but U-turns, those at dead ends
}

func newDraft() *draft {
	d := &draft{ways: 100}
	d.m.Limits = []Limits{{}}
	d.m.Rules = []Rule{{}, {Kind: RuleUTurn, Text: d.text.Add("no_u_turn")}}
	d.m.VertexFirst = []uint32{0}
	d.m.IntervalFirst = []uint32{0}
	d.m.HazardFirst = []uint32{0}
	d.m.BaseFirst = []uint32{0}
	d.m.Meta = Meta{Name: "test", DataDate: 1700000000, Program: "draft", Sources: []Source{{Name: "hand", Bytes: 1}}}
	return d
}

func (d *draft) node(lat, lon float64) NodeID {
	d.m.NodePoint = append(d.m.NodePoint, geo.PointFromDegrees(lat, lon))
	d.m.NodeInfo = append(d.m.NodeInfo, NodeInfo{OSM: int64(len(d.m.NodePoint))})
	return NodeID(len(d.m.NodePoint) - 1)
}

// chain adds a residential road of 50 km/h, open both ways, through points
// between its nodes.
func (d *draft) chain(tail, head NodeID, between ...geo.Point) ChainID {
	m := &d.m
	line := append(append([]geo.Point{m.NodePoint[tail]}, between...), m.NodePoint[head])
	at, exact := Millimetres(0), 0.0
	for i, p := range line {
		if i > 0 {
			exact += geo.Distance(line[i-1], p) * 1000
			at = Millimetres(math.Round(exact))
		}
		m.Vertex = append(m.Vertex, p)
		m.VertexAt = append(m.VertexAt, at)
	}
	m.VertexFirst = append(m.VertexFirst, uint32(len(m.Vertex)))
	m.Tail, m.Head, m.Length = append(m.Tail, tail), append(m.Head, head), append(m.Length, at)
	d.ways++
	m.Interval = append(m.Interval, Interval{Way: d.ways, Class: Residential, SpeedForward: 50, SpeedBackward: 50})
	m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
	m.Component = append(m.Component, None)
	m.ArcAccess = append(m.ArcAccess, 0, 0)
	m.ArcLimits = append(m.ArcLimits, 0, 0)
	m.HazardFirst = append(m.HazardFirst, uint32(len(m.Hazards)))
	m.NodeInfo[tail].Degree++
	m.NodeInfo[head].Degree++
	return ChainID(len(m.Length) - 1)
}

// split adds an interval to the chain made last.
func (d *draft) split(from Millimetres, change func(*Interval)) {
	iv := d.m.Interval[len(d.m.Interval)-1]
	iv.From = from
	iv.Way++
	d.ways = iv.Way
	change(&iv)
	d.m.Interval = append(d.m.Interval, iv)
	d.m.IntervalFirst[len(d.m.IntervalFirst)-1]++
}

func (d *draft) limit(l Limits) uint32 {
	d.m.Limits = append(d.m.Limits, l)
	return uint32(len(d.m.Limits) - 1)
}

// done adds states, turns and the index, and returns the map.
func (d *draft) done() *Map {
	m := &d.m
	leaving := make([][]ArcID, len(m.NodePoint))
	for a := range ArcID(m.NumArcs()) {
		if m.ArcAccess[a] != NoAccess {
			leaving[m.ArcTail(a)] = append(leaving[m.ArcTail(a)], a)
		}
	}
	m.StateArc, m.TurnFirst, m.TurnTo, m.TurnRule = nil, []uint32{0}, nil, nil
	for a := range ArcID(m.NumArcs()) {
		m.StateArc = append(m.StateArc, a)
		if m.ArcAccess[a] != NoAccess {
			for _, b := range leaving[m.ArcHead(a)] {
				rule, ok := uint32(0), true
				switch {
				case d.turn != nil:
					rule, ok = d.turn(a, b)
				case b == a.Reverse():
					rule, ok = 1, m.NodeInfo[m.ArcHead(a)].Degree == 1
				}
				if ok {
					m.TurnTo = append(m.TurnTo, StateID(b))
					m.TurnRule = append(m.TurnRule, rule)
				}
			}
		}
		m.TurnFirst = append(m.TurnFirst, uint32(len(m.TurnTo)))
	}
	m.SetText(&d.text)
	m.IndexChains()
	m.Rail.IndexTracks()
	box := geo.EmptyBox()
	for _, p := range m.Vertex {
		box = box.Extend(p)
	}
	m.Meta.Box = box
	return m
}

// randomMap makes a network of n nodes and about 2n crooked chains near Dover,
// Delaware, with names, limits, hazards, havens, places and outlines.
func randomMap(rnd *rand.Rand, n int) *Map {
	d := newDraft()
	m := &d.m
	lat := func() float64 { return 39.1 + rnd.Float64()*0.1 }
	lon := func() float64 { return -75.6 + rnd.Float64()*0.1 }
	for range n {
		d.node(lat(), lon())
	}
	for i := range m.NodeInfo {
		if rnd.IntN(10) == 0 {
			m.NodeInfo[i].Island = 1
		}
		if rnd.IntN(20) == 0 {
			m.NodeInfo[i].Barrier = d.text.Add("gate")
			m.NodeInfo[i].Access = Access(0).With(Car, Permission(rnd.IntN(4)))
		}
	}
	names := []string{"", "Market Street", "Main Street", "Église Road", "Straße", "Loockerman Street"}
	lim := []uint32{0, 0, 0, d.limit(Limits{HeightCM: 380}), d.limit(Limits{WeightKG: 7500, AxleKG: 3000}), d.limit(Limits{HeightCM: 300, WidthCM: 220, LengthCM: 900})}
	for range 2 * n {
		a, b := NodeID(rnd.IntN(n)), NodeID(rnd.IntN(n))
		var between []geo.Point
		pa, pb := m.NodePoint[a], m.NodePoint[b]
		k := rnd.IntN(30)
		for i := range k {
			p := geo.Interpolate(pa, pb, float64(i+1)/float64(k+1))
			p.Lat += int32(rnd.IntN(2000)) - 1000
			p.Lon += int32(rnd.IntN(2000)) - 1000
			between = append(between, p)
			if rnd.IntN(20) == 0 {
				between = append(between, p) // a doubled vertex
			}
		}
		if a == b && k == 0 {
			continue
		}
		c := d.chain(a, b, between...)
		iv := &m.Interval[len(m.Interval)-1]
		iv.Name, iv.SpeedForward, iv.SpeedBackward = d.text.Add(names[rnd.IntN(len(names))]), uint8(1+rnd.IntN(130)), uint8(1+rnd.IntN(130))
		length := m.Length[c]
		at := Millimetres(0)
		tight := iv.Limits
		for range rnd.IntN(4) {
			if at++; length > at+10 {
				at += Millimetres(rnd.IntN(int(length - at - 5)))
				d.split(at, func(iv *Interval) {
					iv.SpeedForward = uint8(1 + rnd.IntN(130))
					iv.Limits = lim[rnd.IntN(len(lim))]
					if iv.Limits != 0 {
						tight = iv.Limits
					}
				})
			}
		}
		// All the limits met on the chain together.
		if tight != 0 {
			var l Limits
			for _, iv := range m.Intervals(c) {
				l = tightest(l, m.Limits[iv.Limits])
			}
			id := d.limit(l)
			m.ArcLimits[c.Arc(false)], m.ArcLimits[c.Arc(true)] = id, id
		}
		for _, arc := range []ArcID{c.Arc(false), c.Arc(true)} {
			switch rnd.IntN(12) {
			case 0:
				m.ArcAccess[arc] = NoAccess
			case 1, 2:
				m.ArcAccess[arc] = Access(0).With(Car, Destination).With(Truck, Private)
				m.Component[c] = uint32(rnd.IntN(int(c) + 1))
			case 3:
				m.ArcAccess[arc] = Access(0).With(Car, Private).With(Truck, Forbidden)
				m.Component[c] = uint32(rnd.IntN(int(c) + 1))
			}
		}
		for i := range rnd.IntN(3) {
			from := length / 4 * Millimetres(i)
			m.Hazards = append(m.Hazards, Hazard{
				OSM: rnd.Int64(), Chain: c, From: from, To: from + length/8, Node: None,
				Tags: d.text.Add("bridge=yes"), Kind: HazardKind(rnd.IntN(int(HazardKinds))), Heading: ForwardOnly, Type: OSMWay,
			})
			m.HazardFirst[c+1]++
		}
		if rnd.IntN(10) == 0 {
			m.Conditions = append(m.Conditions, Condition{Chain: c, To: length, Key: d.text.Add("maxweight:conditional"), Val: d.text.Add("7.5 @ (22:00-06:00)")})
		}
		if iv := m.Intervals(c)[0]; iv.Name != 0 {
			m.Streets = append(m.Streets, Street{Name: iv.Name, Place: uint32(rnd.IntN(3)), Chain: c, At: length / 2})
		}
	}
	for i, name := range []string{"Dover", "Camden", "Wyoming", "Zürich"} {
		m.Places = append(m.Places, Place{OSM: int64(i + 1), Point: geo.PointFromDegrees(lat(), lon()), Name: d.text.Add(name), Kind: PlaceKind(i)})
	}
	for i, name := range []string{"Bayhealth Hospital", "", "Shell"} {
		p := geo.PointFromDegrees(lat(), lon())
		m.Havens = append(m.Havens, Haven{OSM: int64(i + 10), Point: p, Name: d.text.Add(name), AccessChain: ChainID(i), AccessPoint: p, Kind: HavenKind(i), Type: OSMWay})
	}
	m.Base = []Outline{{Kind: WaterArea, OSM: 7, Type: OSMWay, Box: geo.BoxAround(m.NodePoint[0], 100)}}
	m.BaseVertex = []geo.Point{m.NodePoint[0], m.NodePoint[1], m.NodePoint[2], m.NodePoint[0]}
	m.BaseFirst = []uint32{0, 4}
	d.railways(rnd, n)
	d.turn = func(from, to ArcID) (uint32, bool) {
		if to == from.Reverse() {
			return 1, m.NodeInfo[m.ArcHead(from)].Degree == 1
		}
		return []uint32{0, 0, 0, 2, 3}[rnd.IntN(5)], true
	}
	m.Rules = append(m.Rules,
		Rule{Relation: 5, Text: d.text.Add("no_left_turn"), Applies: AllClasses, Kind: RuleNo},
		Rule{Relation: 6, Text: d.text.Add("only_straight_on"), Condition: d.text.Add("Mo-Fr 07:00-09:00"), Applies: 1 << Truck, Kind: RuleOnly})
	d.done()
	for _, s := range rnd.Perm(len(m.StateArc)) {
		m.StateOrder = append(m.StateOrder, StateID(s))
	}
	return m
}

// tightest returns the limits that both set together.
func tightest(a, b Limits) Limits {
	least := func(x, y uint32) uint32 {
		if x == 0 || y != 0 && y < x {
			return y
		}
		return x
	}
	return Limits{
		HeightCM: uint16(least(uint32(a.HeightCM), uint32(b.HeightCM))),
		WidthCM:  uint16(least(uint32(a.WidthCM), uint32(b.WidthCM))),
		LengthCM: uint16(least(uint32(a.LengthCM), uint32(b.LengthCM))),
		WeightKG: least(a.WeightKG, b.WeightKG),
		AxleKG:   least(a.AxleKG, b.AxleKG),
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
