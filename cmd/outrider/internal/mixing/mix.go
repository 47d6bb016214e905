// Package mixing is the commands about mixes of routes: mix, verify and simulate.
package mixing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/game"
)

// MixCmd answers a bare instance of a game on a graph.
type MixCmd struct {
	Instance string  `arg:"" help:"Instance, JSON; - reads standard input."`
	Gap      float64 `default:"0" placeholder:"X" help:"Relative gap at which kinds that close it step by step may stop."`
	Threads  int     `default:"0" placeholder:"N" help:"Goroutines that work at once; 0 is one for each core."`
	Embed    string  `enum:"auto,always,never" default:"auto" help:"Put the instance into the answer: auto (up to 1 MiB, or from standard input), always or never."`
}

// mostEmbedded is up to what length an instance is put into the answer.
const mostEmbedded = 1 << 20

// Run solves an instance and prints the answer.
func (c *MixCmd) Run(ctx context.Context, w *cli.World) error {
	switch {
	case !(c.Gap >= 0 && c.Gap < 1):
		return cli.InvalidFlag("--gap", fmt.Sprintf("%v is no relative gap", c.Gap), "give a number from 0 to 1, such as 0.01")
	case c.Threads < 0:
		return cli.InvalidFlag("--threads", fmt.Sprintf("%d is not a number of goroutines", c.Threads), "leave it out to use every core")
	}
	src, err := readWhole(c.Instance, os.Stdin)
	if err != nil {
		return err
	}
	in, err := game.ParseInstance(src)
	if err != nil {
		return inputError(c.Instance, err)
	}
	opt := game.Options{Threads: c.Threads, Gap: c.Gap}
	if opt.Threads == 0 {
		opt.Threads = runtime.GOMAXPROCS(0)
	}
	start := w.Now()
	result, err := game.Solve(ctx, in, opt)
	if err != nil {
		return inputError(c.Instance, err)
	}
	doc := game.NewDocument(in, result, w.Now().Sub(start).Seconds())
	if c.Instance != "-" {
		doc.InstanceFile = c.Instance
	}
	if c.Embed == "always" || c.Embed == "auto" && (c.Instance == "-" || len(src) <= mostEmbedded) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, src); err != nil {
			return inputError(c.Instance, err)
		}
		doc.Instance = compact.Bytes()
	}
	if err := doc.Write(w.Stdout); err != nil {
		return err
	}
	if result.Status == game.Infeasible {
		return &outrider.Error{Kind: outrider.Infeasible, Where: c.Instance, Cause: "no mix satisfies the constraints", Remedy: "see notes and method in the answer, and relax a constraint"}
	}
	return nil
}

// readWhole reads a file, or standard input for "-".
func readWhole(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// inputError says in which file an instance or an answer is wrong.
func inputError(name string, err error) error {
	if name == "-" {
		name = "standard input"
	}
	wrong, ok := errors.AsType[*game.InputError](err)
	if !ok {
		return err
	}
	where := name
	if wrong.Line > 0 {
		where += fmt.Sprintf(":%d", wrong.Line)
	}
	if wrong.Place != "" {
		where += ": " + wrong.Place
	}
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: wrong.Cause, Remedy: wrong.Remedy, Err: err}
}
