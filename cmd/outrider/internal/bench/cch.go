// Package bench is the commands of outrider bench, which measure the program.
package bench

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
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/benchgraph"
	"github.com/outrider-project/outrider/network"
)

// Cmd is outrider bench.
type Cmd struct {
	CCH cchCmd `cmd:"" name:"cch" help:"Measure the routing engine on a network; prints one JSON object."`
	Mix mixCmd `cmd:"" help:"Measure mixes of routes between random places of a map."`
}

// cchCmd measures customizable contraction hierarchies.
type cchCmd struct {
	Path      string `arg:"" help:"Map file, folder of 32-bit vectors (first_out, head, weights), or DIMACS file (.gr)."`
	Graph     string `enum:"node,turn" default:"node" help:"Graph of the junctions, or of turn states: node or turn. For turn a folder of vectors needs the file group."`
	Weights   string `default:"travel_time" placeholder:"NAME" help:"File of weights in a folder of vectors (${default})."`
	N         int    `name:"n" default:"10000" placeholder:"N" help:"Pairs asked for, uniform over all nodes (${default})."`
	Seed      uint64 `default:"42" placeholder:"N" help:"Seed of the order, the pairs and the arcs closed (${default})."`
	Threads   int    `default:"0" placeholder:"N" help:"Goroutines that work at once; 0 is one for each core."`
	Order     string `placeholder:"FILE" help:"Order to build with: node ids by rank, little-endian 32 bits; the map's, or else found, when left out."`
	OrderAnew bool   `help:"Find the order although the map has one of its turn states."`
	OrderOut  string `placeholder:"FILE" help:"Write the order there."`
	GraphOut  string `placeholder:"FOLDER" help:"Write the graph there as vectors, to measure others on it."`
	Pairs     string `placeholder:"FILE" help:"Pairs to ask for instead of random ones, \"source target\" a line."`
	Distances string `placeholder:"FILE" help:"Write the distances of the pairs there, one a line; inf where there is no path."`
}

// mostPairs bounds --n.
const mostPairs = 10_000_000

// Run measures the routing engine.
func (c *cchCmd) Run(ctx context.Context, w *cli.World) error {
	if err := c.check(); err != nil {
		return err
	}
	bar := w.Progress()
	result, err := c.measure(ctx, bar)
	if err != nil {
		bar.Abandon()
		if wrong, ok := errors.AsType[*benchgraph.Error](err); ok {
			return &outrider.Error{Kind: outrider.Unreadable, Where: wrong.Place, Cause: wrong.Cause, Remedy: wrong.Remedy, Err: err}
		}
		return err
	}
	bar.Done()
	return cli.WriteJSON(w.Stdout, result)
}

// check refuses what cannot be carried out before any work is done.
func (c *cchCmd) check() error {
	switch {
	case c.N < 1 || c.N > mostPairs:
		return cli.InvalidFlag("--n", fmt.Sprintf("%d pairs", c.N), fmt.Sprintf("ask for 1 to %d", mostPairs))
	case c.Threads < 0:
		return cli.InvalidFlag("--threads", fmt.Sprintf("%d is not a number of goroutines", c.Threads), "leave it out to use every core")
	case c.Weights == "" || filepath.Base(c.Weights) != c.Weights || strings.Trim(c.Weights, ".") == "":
		return cli.InvalidFlag("--weights", fmt.Sprintf("%q is not the name of a file in the folder", c.Weights), "name one, such as travel_time")
	}
	if c.Order != "" && c.OrderAnew {
		return cli.InvalidFlag("--order-anew", "an order is given by --order", "leave one of them out")
	}
	if c.GraphOut != "" {
		if cli.SameFile(c.Path, c.GraphOut) {
			return cli.InvalidFlag("--graph-out", c.GraphOut+" is what is read", "name another folder")
		}
		if info, err := os.Stat(c.GraphOut); err == nil && !info.IsDir() {
			return &outrider.Error{Kind: outrider.Unreadable, Where: c.GraphOut, Cause: "it is a file, not a folder", Remedy: "name a folder; it is made if it is not there"}
		}
	}
	outputs := []struct{ flag, path string }{{"--order-out", c.OrderOut}, {"--distances", c.Distances}}
	for i, out := range outputs {
		if out.path == "" {
			continue
		}
		for _, in := range []string{c.Path, c.Order, c.Pairs} {
			if in != "" && cli.SameFile(in, out.path) {
				return cli.InvalidFlag(out.flag, out.path+" is one of the files read", "name another file")
			}
		}
		if i > 0 && outputs[0].path != "" && cli.SameFile(outputs[0].path, out.path) {
			return cli.InvalidFlag(out.flag, "it names the same file as "+outputs[0].flag, "name another file")
		}
		if err := cli.Writable(out.flag, out.path); err != nil {
			return err
		}
	}
	return nil
}

// threads is how many goroutines may work at once.
func (c *cchCmd) threads() int {
	if c.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.Threads
}

// A input is the graph to be measured and what is known of it.
type input struct {
	*benchgraph.Graph
	kind  string   // map, vectors or dimacs
	left  *leftOut // of a map
	order []uint32 // that came with it, none if it has none
}

// read reads the graph.
func (c *cchCmd) read() (*input, error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, err
	}
	vectors, dimacs := info.IsDir(), !info.IsDir() && strings.EqualFold(filepath.Ext(c.Path), ".gr")
	switch {
	case c.Graph == "turn" && dimacs:
		return nil, cli.InvalidFlag("--graph", "a DIMACS file does not say which turns there are", "give a map file, or --graph node")
	case c.OrderAnew && (vectors || dimacs || c.Graph != "turn"):
		return nil, cli.InvalidFlag("--order-anew", "only the turn states of a map file come with an order", "leave it out")
	case !vectors && c.Weights != "travel_time":
		return nil, cli.InvalidFlag("--weights", c.Path+" has one kind of weights", "leave it out, or give a folder of vectors")
	case vectors:
		g, err := benchgraph.ReadVectors(c.Path, c.Weights)
		if err == nil && c.Graph == "turn" {
			err = benchgraph.ReadGroups(c.Path, g)
		}
		return &input{Graph: g, kind: "vectors"}, err
	case dimacs:
		g, err := benchgraph.ReadDIMACS(c.Path)
		return &input{Graph: g, kind: "dimacs"}, err
	}
	m, err := network.OpenMap(c.Path)
	if err != nil {
		return nil, err
	}
	in := &input{kind: "map"}
	if c.Graph == "turn" {
		in.turns(m)
	} else {
		in.junctions(m)
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	if in.Arcs() == 0 {
		return nil, &outrider.Error{
			Kind: outrider.Invalid, Where: c.Path, Cause: "a car can go nowhere in it",
			Remedy: "take the map of an area with public roads that meet",
		}
	}
	return in, nil
}

// order reads, takes or finds the order, and says which.
func (c *cchCmd) order(ctx context.Context, in *input) (order []uint32, source string, err error) {
	opt := cch.OrderOptions{Seed: c.Seed, Threads: c.threads()}
	switch {
	case c.Order != "":
		order, err = benchgraph.ReadOrder(c.Order, in.Graph)
		return order, "file " + c.Order, err
	case in.order != nil && !c.OrderAnew:
		return in.order, "map file", nil
	case in.Group != nil:
		order, err = cch.FindLiftedOrder(ctx, &in.Graph.Graph, in.Group, opt)
		return order, fmt.Sprintf("found on road pieces and lifted to their states, seed %d", c.Seed), err
	}
	order, err = cch.FindOrder(ctx, &in.Graph.Graph, opt)
	return order, fmt.Sprintf("found, seed %d", c.Seed), err
}

// pairs reads the pairs, or draws them.
func (c *cchCmd) pairs(g *benchgraph.Graph, rng *rand.Rand) ([]benchgraph.Pair, error) {
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

// saveGraph writes the graph to the folder that was asked for.
func (c *cchCmd) saveGraph(g *benchgraph.Graph) error {
	if err := os.MkdirAll(c.GraphOut, 0o755); err != nil {
		return err
	}
	for _, v := range g.Vectors() {
		if err := save(filepath.Join(c.GraphOut, v.Name), v.Bytes); err != nil {
			return err
		}
	}
	return nil
}
