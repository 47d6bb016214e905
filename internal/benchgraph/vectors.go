package benchgraph

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/outrider-project/outrider/cch"
)

// ReadVectors reads a graph from a folder of vectors: first_out, head, and the
// weights named. If latitude or longitude is there, it must be as long as there
// are nodes. Errors are *Error and those of the file system. Cost: linear in the
// size of the files.
func ReadVectors(folder, weights string) (*Graph, error) {
	g := &Graph{}
	for _, part := range []struct {
		name string
		into *[]uint32
	}{{"first_out", &g.FirstOut}, {"head", &g.Head}, {weights, &g.Weight}} {
		v, err := readVector(filepath.Join(folder, part.name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, wrong(folder, "a graph is first_out, head and a file of weights, travel_time unless named otherwise", "there is no %s in it", part.name)
		}
		if err != nil {
			return nil, err
		}
		*part.into = v
	}
	if err := g.check(folder); err != nil {
		return nil, err
	}
	g.Located = true
	for _, name := range []string{"latitude", "longitude"} {
		info, err := os.Stat(filepath.Join(folder, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			g.Located = false
		case err != nil:
			return nil, err
		case info.Size() != 4*int64(g.Nodes()):
			return nil, wrong(filepath.Join(folder, name), "take that of the same graph, or leave both coordinates out", "it has %d bytes for %d nodes", info.Size(), g.Nodes())
		}
	}
	return g, nil
}

// ReadGroups reads the groups of a turn graph from the file "group" beside its
// other vectors. Errors are *Error and those of the file system.
func ReadGroups(folder string, g *Graph) error {
	name := filepath.Join(folder, groupFile)
	group, err := readVector(name)
	if errors.Is(err, fs.ErrNotExist) {
		return wrong(folder, "a graph of turns has a file "+groupFile+", the road piece of each state by number; leave --graph turn out for other graphs", "there is no %s in it", groupFile)
	}
	if err != nil {
		return err
	}
	return g.group(name, group)
}

// group takes the groups, which must be as many as nodes and numbered below that.
func (g *Graph) group(name string, group []uint32) error {
	if len(group) != g.Nodes() {
		return wrong(name, "write one number for each node", "it has %d entries for %d nodes", len(group), g.Nodes())
	}
	for v, k := range group {
		if int64(k) >= int64(g.Nodes()) {
			return wrong(name, "number groups from 0 without gaps", "node %d is of group %d, and there are %d nodes", v, k, g.Nodes())
		}
	}
	g.Group = group
	return nil
}

const groupFile = "group"

// A Vector is the content of one file of a folder of vectors.
type Vector struct {
	Name  string
	Bytes []byte
}

// Vectors returns a graph as ReadVectors reads it, weights as travel_time, with
// coordinates and groups where it has them.
func (g *Graph) Vectors() []Vector {
	out := []Vector{{"first_out", littleEndian(g.FirstOut)}, {"head", littleEndian(g.Head)}, {"travel_time", littleEndian(g.Weight)}}
	if g.Latitude != nil {
		out = append(out, Vector{"latitude", littleEndian(floatBits(g.Latitude))}, Vector{"longitude", littleEndian(floatBits(g.Longitude))})
	}
	if g.Group != nil {
		out = append(out, Vector{groupFile, littleEndian(g.Group)})
	}
	return out
}

func floatBits(v []float32) []uint32 {
	out := make([]uint32, len(v))
	for i, x := range v {
		out[i] = math.Float32bits(x)
	}
	return out
}

func littleEndian(v []uint32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	return out
}

// readVector reads a file of little-endian 32-bit numbers.
func readVector(name string) ([]uint32, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseVector(name, src)
}

func parseVector(name string, src []byte) ([]uint32, error) {
	if len(src)%4 != 0 {
		return nil, wrong(name, "write it as little-endian 32-bit numbers; it may be cut off", "%d bytes are no whole number of 32-bit numbers", len(src))
	}
	out := make([]uint32, len(src)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(src[4*i:])
	}
	return out, nil
}

// ReadOrder reads an elimination order of a graph: its nodes by rank, first
// contracted first, as a vector. If nodes are numbered from 1 in the graph's
// file, the order may number them from 0 or from 1. Errors are *Error and those
// of the file system.
func ReadOrder(name string, g *Graph) ([]uint32, error) {
	order, err := readVector(name)
	if err != nil {
		return nil, err
	}
	return order, placeOrder(name, order, g)
}

// placeOrder numbers the order's nodes from 0 and refuses what is no permutation.
func placeOrder(name string, order []uint32, g *Graph) error {
	const remedy = "give an order of this graph: every node once, 32 bits each"
	n := g.Nodes()
	if len(order) != n {
		return wrong(name, remedy, "it has %d entries for %d nodes", len(order), n)
	}
	if g.First == 1 && !slices.Contains(order, 0) {
		for i := range order {
			order[i]--
		}
	}
	rank := make([]uint32, n)
	for i, v := range order {
		switch {
		case int64(v) >= int64(n):
			return wrong(name, remedy, "entry %d is node %d of %d", i, v, n)
		case rank[v] != 0:
			return wrong(name, remedy, "node %d is there twice, at ranks %d and %d", v, rank[v]-1, i)
		}
		rank[v] = uint32(i) + 1
	}
	return nil
}

// OrderBytes returns an order as ReadOrder reads it, with nodes numbered as in
// the graph's file.
func OrderBytes(order []uint32, g *Graph) []byte {
	out := make([]byte, 0, 4*len(order))
	for _, v := range order {
		out = binary.LittleEndian.AppendUint32(out, v+g.First)
	}
	return out
}

// Unreachable reports whether a distance stands for "no path".
func Unreachable(distance uint32) bool { return distance >= cch.Inf }
