package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order"
	"github.com/outrider-project/outrider/plan/audit"
)

type planCmd struct {
	cli.PlanFlags
	cli.MixFlags
	Movement string `arg:"" help:"Movement file."`
	Out      string `placeholder:"FOLDER" help:"Write plan.json and report.html there."`
	JSON     bool   `name:"json" help:"Print the plan as JSON instead of text."`
	HTML     string `name:"html" placeholder:"FILE" help:"Write the report."`
	Proof    string `placeholder:"FILE" help:"Write the attackers' mixes that prove the lower bounds of routes to draw from, for outrider verify; for whoever checks the plan, and nobody else."`
	All      bool   `help:"Show every hazard in the terminal, not only the gravest."`
	Now      string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

// output is one file to be written of a plan.
type output struct {
	path  string
	write func(io.Writer) error
}

func (c *planCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := cli.ParseTime("--now", c.Now, w.Now())
	if err != nil {
		return err
	}
	if err := c.checkOutputs(); err != nil {
		return err
	}
	m, p, err := cli.PlanMovement(ctx, w, c.Movement, c.PlanFlags, c.MixFlags.Options(), now)
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	if err := c.writeFiles(m, p); err != nil {
		return err
	}
	if c.JSON {
		return exchange.WriteJSON(w.Stdout, p)
	}
	return order.WriteText(w.Stdout, p, order.Style{Width: cli.TerminalWidth(w.Stdout), Colour: w.Colour, All: c.All})
}

// checkOutputs refuses what could not be written, before the plan is made.
func (c *planCmd) checkOutputs() error {
	for _, o := range []struct{ flag, path string }{{"--html", c.HTML}, {"--proof", c.Proof}} {
		if o.path == "" {
			continue
		}
		if err := cli.Writable(o.flag, o.path); err != nil {
			return err
		}
	}
	if info, err := os.Stat(c.Out); err == nil && !info.IsDir() {
		return &outrider.Error{Kind: outrider.Unreadable, Where: c.Out, Cause: "it is a file, not a folder", Remedy: "name a folder for --out; it is made when missing"}
	}
	return nil
}

func (c *planCmd) writeFiles(m *network.Map, p *outrider.Plan) error {
	report := func(f io.Writer) error { return order.WriteReport(f, p, m) }
	outputs := []output{{c.HTML, report}}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return err
		}
		outputs = append(
			outputs,
			output{filepath.Join(c.Out, "plan.json"), func(f io.Writer) error { return exchange.WriteJSON(f, p) }},
			output{filepath.Join(c.Out, "report.html"), report},
		)
	}
	for _, o := range outputs {
		if o.path == "" {
			continue
		}
		if err := atomicfile.Write(o.path, cli.PublicFile, o.write); err != nil {
			return err
		}
	}
	if c.Proof == "" {
		return nil
	}
	return atomicfile.Write(c.Proof, cli.SecretFile, audit.NewProof(p).Write)
}
