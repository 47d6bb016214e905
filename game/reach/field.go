package reach

import (
	"errors"
	"fmt"

	"github.com/outrider-project/outrider/geo"
)

// A Segment is straight ground on which one attack succeeds with chance P.
type Segment struct {
	A, B geo.Point
	P    float64
}

// A Seed is a node that a route may begin with and the time it takes to its end.
type Seed struct {
	Node uint32
	Time uint32
}

// A Field is the ground of a game. A route is a walk from a seed to a sink; its
// time is that of the seed and of its arcs.
//
// Nodes are stretches being driven. Several nodes may drive the same piece of
// ground, the two directions of a road for instance.
type Field struct {
	// First and To are the arcs between nodes (CSR); Time is what each takes, the
	// turn and the whole of the stretch it leads to.
	First, To, Time []uint32
	Seeds           []Seed
	Sinks           []uint32
	// Piece is the piece of ground that each node drives.
	Piece []uint32
	// Pieces is the number of pieces, those that no node drives included.
	Pieces int
	Ground Ground
}

// Ground is where the pieces of a field lie. Secured ground is left out: it cannot
// be attacked.
type Ground interface {
	// Segments returns the segments of a piece. It is asked once for each.
	Segments(piece uint32) []Segment
	// Most is a bound on the chances of a piece, as low as comes cheaply.
	Most(piece uint32) float64
	// Near visits every piece with ground in a box, those that no route drives
	// included: they raise the chance of the discs they lie in. It may visit
	// others, and some twice.
	Near(b geo.Box, visit func(piece uint32))
}

// Nodes returns the number of nodes.
func (f *Field) Nodes() int { return len(f.Piece) }

// Check returns an error that names the first thing wrong with the field.
func (f *Field) Check() error {
	n := len(f.Piece)
	switch {
	case n == 0 || len(f.First) != n+1 || f.First[0] != 0 || int(f.First[n]) != len(f.To):
		return fmt.Errorf("reach: %d offsets for %d nodes and %d arcs", len(f.First), n, len(f.To))
	case len(f.Time) != len(f.To):
		return fmt.Errorf("reach: %d times for %d arcs", len(f.Time), len(f.To))
	case f.Ground == nil:
		return errors.New("reach: no ground")
	case len(f.Seeds) == 0 || len(f.Sinks) == 0:
		return errors.New("reach: no seed or no sink")
	}
	for v := range n {
		if f.First[v] > f.First[v+1] {
			return fmt.Errorf("reach: offsets fall at node %d", v)
		}
		if int(f.Piece[v]) >= f.Pieces {
			return fmt.Errorf("reach: node %d drives piece %d of %d", v, f.Piece[v], f.Pieces)
		}
	}
	for _, t := range f.To {
		if int(t) >= n {
			return fmt.Errorf("reach: an arc leads to node %d of %d", t, n)
		}
	}
	for _, s := range f.Seeds {
		if int(s.Node) >= n {
			return fmt.Errorf("reach: seed at node %d of %d", s.Node, n)
		}
	}
	for _, s := range f.Sinks {
		if int(s) >= n {
			return fmt.Errorf("reach: sink at node %d of %d", s, n)
		}
	}
	return nil
}
