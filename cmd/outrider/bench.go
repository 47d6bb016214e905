package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/benchgraph"
	"github.com/outrider-project/outrider/network"
)

type benchCmd struct {
	CCH benchCCHCmd `cmd:"" name:"cch" help:"Measure the routing engine on a network; prints one JSON object."`
}

// benchCCHCmd measures customizable contraction hierarchies.
type benchCCHCmd struct {
	Path      string `arg:"" help:"Map file, folder of 32-bit vectors (first_out, head, weights), or DIMACS file (.gr)."`
	Graph     string `enum:"node,turn" default:"node" help:"Graph of the junctions, or of the turn states of a map file: node or turn."`
	Weights   string `default:"travel_time" placeholder:"NAME" help:"File of weights in a folder of vectors (${default})."`
	N         int    `name:"n" default:"10000" placeholder:"N" help:"Pairs asked for, uniform over all nodes (${default})."`
	Seed      uint64 `default:"42" placeholder:"N" help:"Seed of the order, the pairs and the arcs closed (${default})."`
	Threads   int    `default:"0" placeholder:"N" help:"Goroutines that work at once; 0 is one for each core."`
	Order     string `placeholder:"FILE" help:"Order to build with: node ids by rank, little-endian 32 bits; found when left out."`
	OrderOut  string `placeholder:"FILE" help:"Write the order there."`
	Pairs     string `placeholder:"FILE" help:"Pairs to ask for instead of random ones, \"source target\" a line."`
	Distances string `placeholder:"FILE" help:"Write the distances of the pairs there, one a line; inf where there is no path."`
}

// mostPairs bounds --n.
const mostPairs = 10_000_000

func (c *benchCCHCmd) Run(ctx context.Context, w *world) error {
	if err := c.check(); err != nil {
		return err
	}
	bar := w.progress()
	result, err := c.measure(ctx, bar)
	if err != nil {
		bar.abandon()
		if wrong, ok := errors.AsType[*benchgraph.Error](err); ok {
			return &outrider.Error{Kind: outrider.Unreadable, Where: wrong.Place, Cause: wrong.Cause, Remedy: wrong.Remedy, Err: err}
		}
		return err
	}
	bar.done()
	return writeJSON(w.stdout, result)
}

// check refuses what cannot be carried out before any work is done.
func (c *benchCCHCmd) check() error {
	switch {
	case c.N < 1 || c.N > mostPairs:
		return invalidFlag("--n", fmt.Sprintf("%d pairs", c.N), fmt.Sprintf("ask for 1 to %d", mostPairs))
	case c.Threads < 0:
		return invalidFlag("--threads", fmt.Sprintf("%d is not a number of goroutines", c.Threads), "leave it out to use every core")
	case c.Weights == "" || filepath.Base(c.Weights) != c.Weights || strings.Trim(c.Weights, ".") == "":
		return invalidFlag("--weights", fmt.Sprintf("%q is not the name of a file in the folder", c.Weights), "name one, such as travel_time")
	}
	outputs := []struct{ flag, path string }{{"--order-out", c.OrderOut}, {"--distances", c.Distances}}
	for i, out := range outputs {
		if out.path == "" {
			continue
		}
		for _, in := range []string{c.Path, c.Order, c.Pairs} {
			if in != "" && sameFile(in, out.path) {
				return invalidFlag(out.flag, out.path+" is one of the files read", "name another file")
			}
		}
		if i > 0 && outputs[0].path != "" && sameFile(outputs[0].path, out.path) {
			return invalidFlag(out.flag, "it names the same file as "+outputs[0].flag, "name another file")
		}
		if err := writable(out.flag, out.path); err != nil {
			return err
		}
	}
	return nil
}

// threads is how many goroutines may work at once.
func (c *benchCCHCmd) threads() int {
	if c.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.Threads
}

// read reads the graph and says what of a map is not in it.
func (c *benchCCHCmd) read() (g *benchgraph.Graph, kind string, left *leftOut, err error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, "", nil, err
	}
	vectors, dimacs := info.IsDir(), !info.IsDir() && strings.EqualFold(filepath.Ext(c.Path), ".gr")
	switch {
	case c.Graph == "turn" && (vectors || dimacs):
		return nil, "", nil, invalidFlag("--graph", "only a map file says which turns there are", "give a map file, or --graph node")
	case !vectors && c.Weights != "travel_time":
		return nil, "", nil, invalidFlag("--weights", c.Path+" has one kind of weights", "leave it out, or give a folder of vectors")
	case vectors:
		g, err = benchgraph.ReadVectors(c.Path, c.Weights)
		return g, "vectors", nil, err
	case dimacs:
		g, err = benchgraph.ReadDIMACS(c.Path)
		return g, "dimacs", nil, err
	}
	m, err := network.OpenMap(c.Path)
	if err != nil {
		return nil, "", nil, err
	}
	if c.Graph == "turn" {
		g, left = turnGraph(m)
	} else {
		g, left = junctionGraph(m)
	}
	if err := m.Close(); err != nil {
		return nil, "", nil, err
	}
	if g.Arcs() == 0 {
		return nil, "", nil, &outrider.Error{
			Kind: outrider.Invalid, Where: c.Path, Cause: "a car can go nowhere in it",
			Remedy: "take the map of an area with public roads that meet",
		}
	}
	return g, "map", left, nil
}

// leftOut is what of a map is not in the graph made from it.
type leftOut struct {
	Nodes int    `json:"nodes"`
	Arcs  int    `json:"arcs"`
	Why   string `json:"why"`
}

// junctionGraph is the graph of a map's junctions and of the arcs that a car may
// drive from end to end, weighed by driving time in milliseconds. Junctions are
// numbered as in the map, without those that no such arc touches.
func junctionGraph(m *network.Map) (*benchgraph.Graph, *leftOut) {
	times := m.Passage(network.Vehicle{}, network.PassageOptions{}).Arc
	left := &leftOut{Why: "arcs that a car may not drive from end to end without having business there, and junctions that only such arcs touch; turn restrictions, barriers and U-turns do not count"}
	number := make([]uint32, len(m.NodePoint))
	var arcs []network.ArcID
	for a, t := range times {
		if t == network.Unreachable {
			left.Arcs++
			continue
		}
		a := network.ArcID(a)
		arcs = append(arcs, a)
		number[m.ArcTail(a)], number[m.ArcHead(a)] = 1, 1
	}
	nodes := numbered(number)
	left.Nodes = len(number) - nodes
	var tail, head, weight []uint32
	for _, a := range arcs {
		tail, head = append(tail, number[m.ArcTail(a)]), append(head, number[m.ArcHead(a)])
		weight = append(weight, uint32(times[a]))
	}
	return benchgraph.FromArcs(nodes, tail, head, weight), left
}

// turnGraph is the graph of a map's turn states and of the turns that a car may
// take, weighed by the time of the turn and of the arc it leads into, in
// milliseconds. States are numbered as in the map, without those on arcs that a
// car may not drive from end to end.
func turnGraph(m *network.Map) (*benchgraph.Graph, *leftOut) {
	p := m.Passage(network.Vehicle{}, network.PassageOptions{})
	left := &leftOut{Why: "states on arcs that a car may not drive from end to end without having business there, turns from or into them, and turns that are forbidden, also if only at certain hours"}
	number := make([]uint32, len(m.StateArc))
	for s, a := range m.StateArc {
		if p.Arc[a] != network.Unreachable {
			number[s] = 1
		}
	}
	nodes := numbered(number)
	left.Nodes = len(number) - nodes
	var tail, head, weight []uint32
	for s, a := range m.StateArc {
		for t := m.TurnFirst[s]; t < m.TurnFirst[s+1]; t++ {
			to := m.TurnTo[t]
			into := p.Arc[m.StateArc[to]]
			if p.Arc[a] == network.Unreachable || into == network.Unreachable || p.Turn[t] == network.Unreachable {
				left.Arcs++
				continue
			}
			tail, head = append(tail, number[s]), append(head, number[to])
			weight = append(weight, min(uint32(p.Turn[t])+uint32(into), cch.Inf))
		}
	}
	return benchgraph.FromArcs(nodes, tail, head, weight), left
}

// numbered turns marks of 1 into numbers from 0, in their order, and returns how
// many there are. What other entries hold afterwards means nothing.
func numbered(marks []uint32) int {
	next := uint32(0)
	for i, mark := range marks {
		marks[i] = next
		next += mark
	}
	return int(next)
}

// order reads or finds the order, and writes it where that was asked for.
func (c *benchCCHCmd) order(g *benchgraph.Graph, out *benchResult) ([]uint32, error) {
	if c.Order != "" {
		out.OrderSource = "file " + c.Order
		return benchgraph.ReadOrder(c.Order, g)
	}
	out.OrderSource = fmt.Sprintf("found, seed %d", c.Seed)
	if c.Graph == "turn" {
		out.OrderSource = fmt.Sprintf("found on the turn-expanded graph itself, seed %d", c.Seed)
	}
	return cch.FindOrder(&g.Graph, cch.OrderOptions{Seed: c.Seed, Threads: c.threads()})
}

// pairs reads the pairs, or draws them.
func (c *benchCCHCmd) pairs(g *benchgraph.Graph, rng *rand.Rand) ([]benchgraph.Pair, error) {
	if c.Pairs != "" {
		return benchgraph.ReadPairs(c.Pairs, g)
	}
	return benchgraph.RandomPairs(rng, g, c.N), nil
}

// save writes bytes to a file that was asked for.
func save(path string, src []byte) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(src)
		return err
	})
}
