package hazard_test

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// A net is a road network in the making: as much of one as exposure needs.
type net struct {
	points  []geo.Point
	chains  []link
	hazards []network.Hazard
	havens  []network.Haven
	text    network.TextBuilder
}

type link struct {
	tail, head network.NodeID
	length     network.Millimetres
	way        int64
}

func (n *net) node(lat, lon float64) network.NodeID {
	n.points = append(n.points, geo.PointFromDegrees(lat, lon))
	return network.NodeID(len(n.points) - 1)
}

func (n *net) chain(tail, head network.NodeID, length network.Millimetres) network.ChainID {
	n.chains = append(n.chains, link{tail, head, length, int64(1000 + len(n.chains))})
	return network.ChainID(len(n.chains) - 1)
}

// road adds a chain as long as the crow flies.
func (n *net) road(tail, head network.NodeID) {
	n.chain(tail, head, network.Millimetres(geo.Distance(n.points[tail], n.points[head])*1000+0.5))
}

func (n *net) hazard(k network.HazardKind, c network.ChainID, from, to network.Millimetres, value int32, h network.Heading) {
	n.hazards = append(n.hazards, network.Hazard{
		OSM: int64(len(n.hazards) + 1), Chain: c, From: from, To: to, Node: network.None, Value: value,
		Tags: n.text.Add(k.String() + "=yes"), Kind: k, Heading: h, Type: network.OSMWay,
	})
}

// network returns the finished network.
func (n *net) network() *network.Map {
	m := &network.Map{
		NodePoint: n.points, NodeInfo: make([]network.NodeInfo, len(n.points)),
		VertexFirst: []uint32{0}, IntervalFirst: []uint32{0}, HazardFirst: []uint32{0}, Havens: n.havens,
	}
	slices.SortStableFunc(n.hazards, func(a, b network.Hazard) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind))
	})
	m.Hazards = n.hazards
	name := n.text.Add("Test Road")
	for i, c := range n.chains {
		m.Tail, m.Head, m.Length = append(m.Tail, c.tail), append(m.Head, c.head), append(m.Length, c.length)
		m.Vertex = append(m.Vertex, n.points[c.tail], n.points[c.head])
		m.VertexAt = append(m.VertexAt, 0, c.length)
		m.VertexFirst = append(m.VertexFirst, uint32(len(m.Vertex)))
		m.Interval = append(m.Interval, network.Interval{Way: c.way, Name: name, SpeedForward: 50, SpeedBackward: 50})
		m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
		first := m.HazardFirst[i]
		for int(first) < len(m.Hazards) && m.Hazards[first].Chain == network.ChainID(i) {
			first++
		}
		m.HazardFirst = append(m.HazardFirst, first)
	}
	m.SetText(&n.text)
	m.IndexChains()
	return m
}

// even returns a random even number from 0 to most. Chains, hazards and cuts of
// random networks lie at even millimetres, and influences are whole metres, so
// that no border of anything is at an odd one: there exposure is looked at.
func even(r *rand.Rand, most network.Millimetres) network.Millimetres {
	return network.Millimetres(2 * r.IntN(int(most)/2+1))
}

// randomNet makes a small network with junctions, dead ends, loops and parallel
// chains, and hazards of all kinds, extents and headings.
func randomNet(r *rand.Rand) *net {
	n := new(net)
	nodes := 2 + r.IntN(8)
	for range nodes {
		n.node(39+r.Float64()/100, -75+r.Float64()/100)
	}
	node := func() network.NodeID { return network.NodeID(r.IntN(nodes)) }
	for range nodes + r.IntN(2*nodes) {
		n.chain(node(), node(), 2+even(r, 120_000))
	}
	for range 1 + r.IntN(15) {
		c := network.ChainID(r.IntN(len(n.chains)))
		length := n.chains[c].length
		from := even(r, length)
		to := from
		switch r.IntN(3) {
		case 0:
			to = even(r, length)
			from, to = min(from, to), max(from, to)
		case 1:
			from = []network.Millimetres{0, length}[r.IntN(2)]
			to = from
		}
		n.hazard(network.HazardKind(r.IntN(int(network.HazardKinds))), c, from, to, int32(r.IntN(600)-100), network.Heading(r.IntN(3)))
	}
	return n
}

// A spot is a place and a direction of travel.
type spot struct {
	arc network.ArcID
	at  network.Millimetres
}

// redraw draws the same network with other borders: chains are cut in two at
// random, turned round, and renumbered. It returns where each spot is then.
func (n *net) redraw(r *rand.Rand, spots []spot) (*net, []spot) {
	d := &net{points: slices.Clone(n.points)}
	type piece struct {
		from, to network.Millimetres // in the old chain
		chain    network.ChainID
		turned   bool
	}
	pieces := make([][]piece, len(n.chains))
	order := r.Perm(len(n.chains))
	for _, i := range order {
		c := n.chains[i]
		cuts := []network.Millimetres{0, c.length}
		for range r.IntN(4) {
			cuts = append(cuts, even(r, c.length))
		}
		for _, h := range n.hazards {
			// Borders like to lie where hazards begin and end.
			if h.Chain == network.ChainID(i) && r.IntN(2) == 0 {
				cuts = append(cuts, h.From, h.To)
			}
		}
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
		tail := c.tail
		for j := 1; j < len(cuts); j++ {
			head := c.head
			if j+1 < len(cuts) {
				head = network.NodeID(len(d.points))
				d.points = append(d.points, n.points[c.tail])
			}
			p := piece{cuts[j-1], cuts[j], network.ChainID(len(d.chains)), r.IntN(2) == 0}
			if p.turned {
				d.chain(head, tail, p.to-p.from)
			} else {
				d.chain(tail, head, p.to-p.from)
			}
			pieces[i] = append(pieces[i], p)
			tail = head
		}
	}
	// place returns a position of the old chain on a piece.
	place := func(p piece, at network.Millimetres) network.Millimetres {
		if p.turned {
			return p.to - at
		}
		return at - p.from
	}
	for _, h := range n.hazards {
		for _, p := range pieces[h.Chain] {
			from, to := max(h.From, p.from), min(h.To, p.to)
			if from > to || from == to && h.From != h.To {
				continue
			}
			k := h
			a, b := place(p, from), place(p, to)
			k.Chain, k.From, k.To = p.chain, min(a, b), max(a, b)
			if p.turned && h.Heading != network.BothWays {
				k.Heading = network.ForwardOnly + network.BackwardOnly - h.Heading
			}
			k.Tags = 0
			d.hazards = append(d.hazards, k)
			if h.From == h.To {
				break // a point lies on one piece
			}
		}
	}
	moved := make([]spot, 0, len(spots))
	for _, s := range spots {
		i := slices.IndexFunc(pieces[s.arc.Chain()], func(p piece) bool { return p.from < s.at && s.at < p.to })
		p := pieces[s.arc.Chain()][i]
		moved = append(moved, spot{p.chain.Arc(s.arc.Backwards() != p.turned), place(p, s.at)})
	}
	return d, moved
}

// A tester is a *testing.T, *testing.B, *testing.F or *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func profile(tb tester) *hazard.Profile {
	tb.Helper()
	p, err := hazard.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func exposure(tb tester, m *network.Map, found []hazard.Placed, o hazard.Options) *hazard.Exposure {
	tb.Helper()
	e, err := hazard.New(m, profile(tb), found, o)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// spots returns random places strictly inside chains.
func (n *net) spots(r *rand.Rand, count int) []spot {
	var all []spot
	for len(all) < count {
		c := network.ChainID(r.IntN(len(n.chains)))
		all = append(all, spot{c.Arc(r.IntN(2) == 0), 1 + even(r, n.chains[c].length-2)})
	}
	return all
}
