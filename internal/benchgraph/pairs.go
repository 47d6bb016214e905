package benchgraph

import (
	"math/rand/v2"
	"os"
	"strconv"
)

// A Pair is a question: how far from Source to Target, numbered from 0.
type Pair struct{ Source, Target uint32 }

// ReadPairs reads pairs from a text file, "source target" a line, with nodes
// numbered as in the graph's file. Errors are *Error, with the line, and those of
// the file system.
func ReadPairs(name string, g *Graph) ([]Pair, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []Pair
	err = linesOf(name, src, pairReader(g, &out))
	if err == nil && len(out) == 0 {
		err = wrong(name, "write a line \"source target\" for each", "there is no pair in it")
	}
	return out, err
}

func pairReader(g *Graph, out *[]Pair) func(place string, f [][]byte) error {
	first, last := uint64(g.First), uint64(g.First)+uint64(g.Nodes())-1
	return func(place string, f [][]byte) error {
		var s, t uint32
		if len(f) != 2 || !numbers(f, &s, &t) {
			return wrong(place, "write a line \"source target\" for each", "%q is no pair of nodes", short(f))
		}
		if s < g.First || t < g.First || uint64(s) > last || uint64(t) > last {
			return wrong(place, "number nodes as in the file of the graph", "%d to %d: nodes are numbered from %d to %d", s, t, first, last)
		}
		*out = append(*out, Pair{s - g.First, t - g.First})
		return nil
	}
}

// RandomPairs returns count pairs, uniform over the nodes of a graph that has
// some.
func RandomPairs(rng *rand.Rand, g *Graph, count int) []Pair {
	n := uint32(g.Nodes())
	out := make([]Pair, count)
	for i := range out {
		out[i] = Pair{rng.Uint32N(n), rng.Uint32N(n)}
	}
	return out
}

// DistanceText returns distances one a line, "inf" where there is no path.
func DistanceText(distances []uint32) []byte {
	var out []byte
	for _, d := range distances {
		if Unreachable(d) {
			out = append(out, "inf\n"...)
			continue
		}
		out = append(strconv.AppendUint(out, uint64(d), 10), '\n')
	}
	return out
}
