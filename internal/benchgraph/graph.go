// Package benchgraph reads what routing engines are measured on: graphs as
// folders of little-endian 32-bit vectors or as DIMACS files, orders, and pairs
// of nodes. It has a plain Dijkstra to hold answers against.
package benchgraph

import (
	"fmt"

	"github.com/outrider-project/outrider/cch"
)

// A Graph is a directed graph with one weight for each arc.
type Graph struct {
	cch.Graph
	// Weight has one entry per arc; cch.Inf and more is "cannot be used".
	Weight []uint32
	// First is the number of the first node in the file: 0 in vectors, 1 in
	// DIMACS files. In the slices nodes are numbered from 0 always.
	First uint32
	// Located reports whether the file gives coordinates of all nodes.
	Located bool
	// Latitude and Longitude are where the nodes are, in degrees. Graphs read
	// from files keep none, as nothing here is found by them.
	Latitude, Longitude []float32
	// Group is the road piece that each node of a turn graph drives: all states
	// of a piece, in both directions, have the same number. Other graphs have
	// none.
	Group []uint32
}

// An Error says where a file cannot be used, why, and what to do about it.
type Error struct {
	Place  string // file, with the line behind a colon where there is one
	Cause  string
	Remedy string
}

// Error gives place, cause and remedy on one line.
func (e *Error) Error() string { return e.Place + ": " + e.Cause + "; " + e.Remedy }

func wrong(place, remedy, cause string, args ...any) error {
	return &Error{Place: place, Cause: fmt.Sprintf(cause, args...), Remedy: remedy}
}

// check refuses a graph that no engine could work with.
func (g *Graph) check(place string) error {
	if err := g.Check(); err != nil {
		return wrong(place, "write it anew: arcs by tail, nodes numbered without gaps", "%v", err)
	}
	switch {
	case g.Nodes() == 0:
		return wrong(place, "take a graph with nodes", "the graph has no node")
	case g.Arcs() == 0:
		return wrong(place, "take a graph with arcs", "the graph has no arc")
	case len(g.Weight) != g.Arcs():
		return wrong(place, "take weights of the same graph", "there are %d weights for %d arcs", len(g.Weight), g.Arcs())
	}
	return nil
}
