package mixing

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/plan/audit"
)

// VerifyCmd recomputes what an answer of mix or a plan claims.
type VerifyCmd struct {
	cli.PlanFlags
	File     string `arg:"" help:"Answer of outrider mix or cover, or plan.json; - reads standard input."`
	Instance string `placeholder:"FILE" help:"Instance of an answer; by default the one in it, or the file that it names."`
	Movement string `placeholder:"FILE" help:"Movement file that a plan was made from."`
	Proof    string `placeholder:"FILE" help:"Proof of a plan's lower bounds, as outrider plan --proof wrote it."`
	Effort   int    `default:"4000000" placeholder:"N" help:"Walks that the search for a plan's lower bound may lay down (${default})."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

// Run verifies a file.
func (c *VerifyCmd) Run(ctx context.Context, w *cli.World) error {
	src, err := readWhole(c.File, os.Stdin)
	if err != nil {
		return err
	}
	if head := src[:min(len(src), 400)]; bytes.Contains(head, []byte(`"outrider.plan/`)) {
		return c.plan(ctx, w, src)
	}
	var report *verify.Report
	if isCoverage(src) {
		report, err = c.coverage(src)
	} else {
		report, err = c.answer(src)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = cli.WriteJSON(w.Stdout, report)
	} else {
		t := &cli.Text{W: w.Stdout}
		claims(t, report)
		err = t.Err
	}
	if err != nil {
		return err
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

// answer recomputes what an answer of outrider mix claims.
func (c *VerifyCmd) answer(src []byte) (*verify.Report, error) {
	doc, err := game.ParseDocument(src)
	if err != nil {
		return nil, inputError(c.File, err)
	}
	in, err := c.instance(doc)
	if err != nil {
		return nil, err
	}
	report, err := verify.Verify(in, doc)
	if err != nil {
		return nil, inputError(c.File, err)
	}
	return report, nil
}

// claims prints what became of claims.
func claims(t *cli.Text, report *verify.Report) {
	rows := [][]string{}
	for _, claim := range report.Claims {
		rows = append(rows, []string{string(claim.Verdict), claim.Name, plain.Text(claim.Detail)})
	}
	t.Columns(rows)
	for _, note := range report.Notes {
		t.Paragraph("note: ", plain.Text(note))
	}
	t.Line("%s", report.Summary())
}

// plan recomputes what a plan says of its mixes.
func (c *VerifyCmd) plan(ctx context.Context, w *cli.World, src []byte) error {
	switch {
	case c.Movement == "":
		return cli.InvalidFlag("--movement", "it is missing", "name the movement file that the plan was made from")
	case c.Effort < 1:
		return cli.InvalidFlag("--effort", fmt.Sprintf("%d walks", c.Effort), "give 1 or more")
	}
	p, err := exchange.ReadPlan(c.File, src)
	if err != nil {
		return err
	}
	mixes := 0
	for i := range p.Legs {
		if p.Legs[i].Mix != nil {
			mixes++
		}
	}
	if mixes == 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: c.File, Cause: "no leg of the plan has a mix of routes", Remedy: "make the plan with routes to draw from: outrider plan --mix"}
	}
	var proof *audit.Proof
	if c.Proof != "" {
		src, err := cli.ReadFile(c.Proof)
		if err != nil {
			return err
		}
		if proof, err = audit.ReadProof(src, p); err != nil {
			return &outrider.Error{Kind: outrider.Invalid, Where: c.Proof, Cause: err.Error(), Remedy: "name the file that outrider plan --proof wrote with this plan", Err: err}
		}
	}
	mv, hash, err := cli.LoadMovement(c.Movement)
	if err != nil {
		return err
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	in, _, err := c.Input(w, m, mv, hash, p.Made)
	if err != nil {
		return err
	}
	bar := w.Progress()
	in.Progress = bar.Report
	for _, x := range []struct{ what, now, then string }{
		{"map", m.Hash, p.Inputs.MapHash},
		{"movement file", hash, p.Inputs.MovementHash},
		{"risk profile", in.Profile.Hash(), p.Inputs.ProfileHash},
		{"journal of findings", in.FindingsHash, p.Inputs.FindingsHash},
		{"file of speed factors", in.Speeds.Hash(), p.Inputs.SpeedsHash},
	} {
		if x.now != x.then {
			return &outrider.Error{Kind: outrider.Stale, Where: c.File, Cause: "the " + x.what + " is not the one that the plan was made from", Remedy: "name that one, or make the plan again"}
		}
	}
	legs, err := audit.Plan(ctx, in, p, proof, c.Effort)
	if err != nil {
		bar.Abandon()
		return cli.InFile(c.Movement, err)
	}
	bar.Done()
	return c.report(w, legs)
}

// report prints what became of a plan's claims; its error is the verdict.
func (c *VerifyCmd) report(w *cli.World, legs []audit.Leg) error {
	verdict := verify.Confirmed
	for i := range legs {
		switch v := legs[i].Verdict; {
		case v == verify.Refuted:
			verdict = v
		case v == verify.NotProven && verdict == verify.Confirmed:
			verdict = v
		}
	}
	if c.JSON {
		err := cli.WriteJSON(w.Stdout, struct {
			Verdict verify.Verdict `json:"verdict"`
			Legs    []audit.Leg    `json:"legs"`
		}{verdict, legs})
		if err != nil {
			return err
		}
	} else {
		t := &cli.Text{W: w.Stdout}
		for i := range legs {
			t.Line("%s", plain.Text(legs[i].Name))
			claims(t, &legs[i].Report)
		}
		if t.Err != nil {
			return t.Err
		}
	}
	switch verdict {
	case verify.Refuted:
		return &outrider.Error{Kind: outrider.Refuted, Where: c.File, Cause: "the plan claims of its routes to draw from what does not hold", Remedy: "do not use it; make it again"}
	case verify.NotProven:
		return &outrider.Error{Kind: outrider.NotProven, Where: c.File, Cause: "the plan claims more than is proven here", Remedy: "use the bounds that were recomputed; give the proof with --proof, or more --effort"}
	case verify.Confirmed:
	}
	return nil
}

// instance finds the instance of an answer.
func (c *VerifyCmd) instance(doc *game.Document) (*game.Instance, error) {
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
