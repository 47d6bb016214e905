package mapbuild

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// buildFrom makes a map from hand-made extracts and checks it.
func buildFrom(t *testing.T, extracts ...*osmtest.Builder) (*network.Map, *Report) {
	t.Helper()
	var paths []string
	for i, b := range extracts {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.osm.pbf", i))
		if err := b.WritePBF(path); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	m, r, err := Build(context.Background(), paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m, r
}

// nodeAt returns the node with an OSM id.
func nodeAt(t *testing.T, m *network.Map, id int64) network.NodeID {
	t.Helper()
	for i, n := range m.NodeInfo {
		if n.OSM == id {
			return network.NodeID(i)
		}
	}
	t.Fatalf("node %d is no node of the network", id)
	return network.None
}

// drives reports whether a vehicle of a class can drive over the nodes (OSM ids)
// of the network one after another, from each along a chain to the next.
func drives(t *testing.T, m *network.Map, c network.Class, ids ...int64) bool {
	t.Helper()
	nodes := make([]network.NodeID, len(ids))
	for i, id := range ids {
		nodes[i] = nodeAt(t, m, id)
	}
	passes := func(a network.ArcID) bool { return m.ArcAccess[a].Of(c) != network.Forbidden }
	var states []network.StateID
	for a := range network.ArcID(m.NumArcs()) {
		if m.ArcTail(a) == nodes[0] && m.ArcHead(a) == nodes[1] && passes(a) {
			states = append(states, network.StateID(a))
		}
	}
	for i := 2; i < len(nodes); i++ {
		var next []network.StateID
		for _, s := range states {
			from := m.StateArc[s]
			for x := m.TurnFirst[s]; x < m.TurnFirst[s+1]; x++ {
				to := m.StateArc[m.TurnTo[x]]
				if m.Rules[m.TurnRule[x]].Applies.Has(c) || !passes(to) || m.ArcHead(to) != nodes[i] ||
					to != from.Reverse() && m.NodeInfo[nodes[i-1]].Access.Of(c) == network.Forbidden {
					continue
				}
				next = append(next, m.TurnTo[x])
			}
		}
		states = next
	}
	return len(states) > 0
}

// chainsOf lists the chains as "tail-head" by OSM ids, in order.
func chainsOf(m *network.Map) string {
	var list []string
	for c := range m.Length {
		list = append(list, fmt.Sprintf("%d-%d", m.NodeInfo[m.Tail[c]].OSM, m.NodeInfo[m.Head[c]].OSM))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// grid adds nodes 11, 12, … 1n; 21, 22, …: the tens are rows from the south, the
// units columns from the west, about 110 m apart.
func grid(rows, columns int) *osmtest.Builder {
	b := &osmtest.Builder{}
	for r := 1; r <= rows; r++ {
		for c := 1; c <= columns; c++ {
			b.Node(int64(10*r+c), 50+float64(r)*0.001, 8+float64(c)*0.0015)
		}
	}
	return b
}

func from(way int64) osmtest.Member { return osmtest.Member{Kind: osmtest.Way, ID: way, Role: "from"} }

func to(way int64) osmtest.Member { return osmtest.Member{Kind: osmtest.Way, ID: way, Role: "to"} }

func over(way int64) osmtest.Member { return osmtest.Member{Kind: osmtest.Way, ID: way, Role: "via"} }

func via(node int64) osmtest.Member {
	return osmtest.Member{Kind: osmtest.Node, ID: node, Role: "via"}
}

func noteOf(r *Report, kind string) int {
	for _, n := range r.Notes {
		if n.Kind == kind {
			return n.N
		}
	}
	return 0
}
