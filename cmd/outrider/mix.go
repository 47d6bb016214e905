package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// mixCmd answers a bare instance of a game on a graph.
type mixCmd struct {
	Instance string  `arg:"" help:"Instance, JSON; - reads standard input."`
	Gap      float64 `default:"0" placeholder:"X" help:"Relative gap at which kinds that close it step by step may stop."`
	Threads  int     `default:"0" placeholder:"N" help:"Goroutines that work at once; 0 is one for each core."`
	Embed    string  `enum:"auto,always,never" default:"auto" help:"Put the instance into the answer: auto (up to 1 MiB, or from standard input), always or never."`
}

// mostEmbedded is up to what length an instance is put into the answer.
const mostEmbedded = 1 << 20

func (c *mixCmd) Run(ctx context.Context, w *world) error {
	switch {
	case !(c.Gap >= 0 && c.Gap < 1):
		return invalidFlag("--gap", fmt.Sprintf("%v is no relative gap", c.Gap), "give a number from 0 to 1, such as 0.01")
	case c.Threads < 0:
		return invalidFlag("--threads", fmt.Sprintf("%d is not a number of goroutines", c.Threads), "leave it out to use every core")
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
	start := w.now()
	result, err := game.Solve(ctx, in, opt)
	if err != nil {
		return inputError(c.Instance, err)
	}
	doc := game.NewDocument(in, result, w.now().Sub(start).Seconds())
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
	if err := doc.Write(w.stdout); err != nil {
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

// verifyCmd recomputes what an answer claims.
type verifyCmd struct {
	File     string `arg:"" help:"Answer, as outrider mix writes it; - reads standard input."`
	Instance string `placeholder:"FILE" help:"Instance; by default the one in the answer, or the file that the answer names."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

func (c *verifyCmd) Run(w *world) error {
	src, err := readWhole(c.File, os.Stdin)
	if err != nil {
		return err
	}
	doc, err := game.ParseDocument(src)
	if err != nil {
		return inputError(c.File, err)
	}
	in, err := c.instance(doc)
	if err != nil {
		return err
	}
	report, err := verify.Verify(in, doc)
	if err != nil {
		return inputError(c.File, err)
	}
	if c.JSON {
		if err := writeJSON(w.stdout, report); err != nil {
			return err
		}
	} else {
		t := &text{w: w.stdout}
		rows := [][]string{}
		for _, claim := range report.Claims {
			rows = append(rows, []string{string(claim.Verdict), claim.Name, claim.Detail})
		}
		t.columns(rows)
		for _, note := range report.Notes {
			t.paragraph("note: ", note)
		}
		t.line("%s", report.Summary())
		if t.err != nil {
			return t.err
		}
	}
	switch report.Verdict {
	case verify.Refuted:
		return &outrider.Error{Kind: outrider.Refuted, Where: c.File, Cause: "the answer claims what does not hold", Remedy: "do not use it; solve the instance again"}
	case verify.NotProven:
		return &outrider.Error{Kind: outrider.NotProven, Where: c.File, Cause: "the answer claims more than it proves", Remedy: "use the bounds that were recomputed"}
	case verify.Confirmed:
	}
	return nil
}

// instance finds the instance of an answer.
func (c *verifyCmd) instance(doc *game.Document) (*game.Instance, error) {
	name, src := c.Instance, []byte(doc.Instance)
	switch {
	case name != "":
	case len(src) > 0:
		in, err := game.ParseInstance(src)
		if err != nil {
			return nil, inputError(c.File+": instance", err)
		}
		return in, nil
	case doc.InstanceFile == "":
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: c.File, Cause: "it neither holds its instance nor names a file", Remedy: "name the instance with --instance"}
	default:
		name = doc.InstanceFile
		if _, err := os.Stat(name); err != nil && !filepath.IsAbs(name) && !strings.HasPrefix(c.File, "-") {
			name = filepath.Join(filepath.Dir(c.File), name)
		}
		if _, err := os.Stat(name); err != nil {
			return nil, &outrider.Error{Kind: outrider.Unreadable, Where: c.File, Cause: "its instance, " + doc.InstanceFile + ", is not there", Remedy: "name the instance with --instance", Err: err}
		}
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	in, err := game.ParseInstance(src)
	if err != nil {
		return nil, inputError(name, err)
	}
	return in, nil
}
