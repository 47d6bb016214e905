package main

import (
	"bytes"
	"context"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/compare"
	"github.com/outrider-project/outrider/exchange"
)

type compareCmd struct {
	cli.PlanFlags
	cli.MixFlags
	A        string `arg:"" name:"plan-a" help:"Plan, plan.json."`
	B        string `arg:"" optional:"" name:"plan-b" help:"The plan to compare it with."`
	With     string `placeholder:"MOVEMENT" help:"Movement file; it is planned anew, with the map and all else as they are now, and compared."`
	JSON     bool   `name:"json" help:"As one JSON object."`
	All      bool   `help:"Show every hazard that differs, not only the first of many."`
	ExitCode bool   `help:"End with exit code 11 if anything differs."`
	Quiet    bool   `short:"q" help:"Print no report; end with exit code 11 if anything differs."`
	Now      string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (c *compareCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := cli.ParseTime("--now", c.Now, w.Now())
	if err != nil {
		return err
	}
	if (c.B == "") == (c.With == "") {
		return cli.UsageError("it takes two plans, or a plan and --with", "name a second plan.json, or give --with and a movement file")
	}
	a, err := cli.LoadPlan(c.A)
	if err != nil {
		return err
	}
	var b *outrider.Plan
	if c.B != "" {
		b, err = cli.LoadPlan(c.B)
	} else {
		b, err = c.anew(ctx, w, now)
	}
	if err != nil {
		return err
	}
	report := compare.Plans(a, b)
	switch {
	case c.Quiet:
	case c.JSON:
		err = cli.WriteJSON(w.Stdout, &report)
	default:
		err = report.WriteText(w.Stdout, compare.Style{Width: cli.TerminalWidth(w.Stdout), Colour: w.Colour, All: c.All})
	}
	if err == nil && !report.Same && (c.ExitCode || c.Quiet) {
		return &outrider.Error{Kind: outrider.Differs, Where: c.A, Cause: "the plans differ", Remedy: "look at what differs, and choose"}
	}
	return err
}

// anew makes the plan with which another is compared. It goes through the form of
// the file, so that both have lost what a file does not hold.
func (c *compareCmd) anew(ctx context.Context, w *cli.World, now time.Time) (*outrider.Plan, error) {
	m, p, err := cli.PlanMovement(ctx, w, c.With, c.PlanFlags, c.MixFlags.Options(), now)
	if err != nil {
		return nil, err
	}
	defer cli.CloseMap(m)
	var file bytes.Buffer
	if err := exchange.WriteJSON(&file, p); err != nil {
		return nil, err
	}
	return exchange.ReadPlan(c.With, file.Bytes())
}
