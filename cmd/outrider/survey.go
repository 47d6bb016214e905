package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
)

type surveyCmd struct {
	New  surveyNewCmd  `cmd:"" help:"Write a form for the critical points of a movement's routes."`
	Add  surveyAddCmd  `cmd:"" help:"Read a filled-in form into the journal of findings, or a timed run into that of runs."`
	List surveyListCmd `cmd:"" help:"List the findings, or the timed runs, on record."`
}

type surveyNewCmd struct {
	cli.PlanFlags
	Movement string `arg:"" help:"Movement file."`
	Output   string `short:"o" required:"" placeholder:"FORM" help:"Form to write; ends in .csv or .geojson."`
	Replace  bool   `help:"Replace the form if there is one, with all that was filled in."`
	Corridor bool   `help:"The critical points on all roads that some route within the detour limit takes too, not only what is on the routes."`
}

func (c *surveyNewCmd) Run(ctx context.Context, w *cli.World) error {
	format, err := formFormat(c.Output)
	if err != nil {
		return err
	}
	if err := cli.Writable("-o", c.Output); err != nil {
		return err
	}
	if _, err := os.Stat(c.Output); err == nil && !c.Replace {
		return cli.InvalidFlag("-o", c.Output+" is there already and may have been filled in", "name another file, or give --replace")
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
	rows, err := c.rows(ctx, w, m, mv, hash)
	if err != nil {
		return cli.InFile(c.Movement, err)
	}
	err = atomicfile.Write(c.Output, 0o644, func(f io.Writer) error { return hazard.WriteForm(f, format, rows) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Stdout, "%s: %s to look at; docs/survey.md says how to fill it in\n", c.Output, cli.CountOf(len(rows), "place"))
	return err
}

// rows lists what the form asks for.
func (c *surveyNewCmd) rows(ctx context.Context, w *cli.World, m *network.Map, mv *outrider.Movement, hash string) ([]hazard.FormRow, error) {
	in, strays, err := c.Input(w, m, mv, hash, w.Now().Truncate(time.Second))
	if err != nil {
		return nil, err
	}
	if in.Index, err = plan.NewIndex(m); err != nil {
		return nil, err
	}
	p, err := cli.RunPlan(ctx, w, in, strays)
	if err != nil {
		return nil, err
	}
	if c.Corridor {
		return plan.CorridorRows(ctx, in, p)
	}
	return plan.SurveyRows(p), nil
}

type surveyAddCmd struct {
	cli.MapFlag
	Findings string `default:"findings.jsonl" placeholder:"FILE" help:"Journal of findings to add to (${default}); made when missing."`
	Form     string `arg:"" optional:"" help:"Filled-in form, .csv or .geojson."`
	Partly   bool   `help:"Of a form, take the rows that are right even if others are refused."`
	Drive    string `placeholder:"TRACK" help:"Timed run to add instead of a form: the track that a receiver recorded, as GPX."`
	By       string `placeholder:"CALLSIGN" help:"Call sign of the crew that drove it; with --drive."`
	Runs     string `default:"runs.jsonl" placeholder:"FILE" help:"Journal of timed runs to add to (${default}); made when missing."`
}

func (c *surveyAddCmd) Run(w *cli.World) error {
	switch {
	case c.Form != "" && c.Drive != "":
		return cli.UsageError("a form and a drive at once", "add them one after the other")
	case c.Drive != "" && c.Partly:
		return cli.InvalidFlag("--partly", "it goes with a form; of a run, stretches that cannot be timed are left out in any case", "leave it out")
	case c.Drive != "":
		return c.addDrive(w)
	case c.Form == "":
		return cli.UsageError("nothing to add", "name a filled-in form, or a track with --drive")
	case c.By != "":
		return cli.InvalidFlag("--by", "it says who drove a timed run; a form names its surveyors row by row", "leave it out, or give --drive with a track")
	}
	format, err := formFormat(c.Form)
	if err != nil {
		return err
	}
	src, err := cli.ReadFile(c.Form)
	if err != nil {
		return err
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	now := w.Now()
	in := hazard.ReadForm(c.Form, src, format)
	placed, refused := hazard.Snap(m, in.Findings, now)
	in.Refuse(refused)
	if err := in.Err(); err != nil {
		if !c.Partly || len(placed) == 0 {
			remedy := "mend the form and add it again"
			if len(placed) > 0 {
				remedy += ", or give --partly to take the other rows"
			}
			return &outrider.Error{
				Kind: outrider.Invalid, Cause: fmt.Sprintf("%s in the form, nothing was added\n%v\n%s", problems(in.Refused), err, remedy), Err: err,
			}
		}
		if _, err := fmt.Fprintf(w.Stderr, "refused, %s:\n%v\n", problems(in.Refused), err); err != nil {
			return err
		}
	}
	journal, err := hazard.LoadJournal(c.Findings)
	if err != nil {
		return err
	}
	added, err := journal.Add(placed, now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(
		w.Stdout, "%s: %s added, %d on record before, %d superseded, %s not surveyed, %s\n",
		c.Findings, cli.CountOf(len(added.New), "finding"), len(added.Known), added.Superseded, cli.CountOf(in.Unsurveyed, "row"), problems(in.Refused),
	)
	return err
}

// problems counts what is wrong with a form; a row may have several faults.
func problems(n int) string { return cli.CountOf(n, "problem") }

type surveyListCmd struct {
	cli.MapFlag
	Drives   bool   `help:"Timed runs instead of findings: with --map what they say of each stretch, without it the runs."`
	Runs     string `default:"runs.jsonl" placeholder:"FILE" help:"Journal of timed runs (${default})."`
	Findings string `default:"findings.jsonl" placeholder:"FILE" help:"Journal of findings (${default})."`
	At       string `placeholder:"TIME" help:"State at that time, such as 2026-11-27T08:00; now when left out."`
	History  bool   `help:"Superseded findings too; not with --drives."`
	JSON     bool   `name:"json" help:"As JSON, one object a line."`
}

func (c *surveyListCmd) Run(w *cli.World) error {
	at, err := cli.ParseTime("--at", c.At, w.Now())
	if err != nil {
		return err
	}
	if c.Drives {
		if c.History {
			return cli.InvalidFlag("--history", "it shows superseded findings; a run is never superseded", "leave it or --drives out")
		}
		return c.listDrives(w, at)
	}
	journal, err := hazard.LoadJournal(c.Findings)
	if err != nil {
		return err
	}
	list := journal.Current()
	if c.History {
		list = journal.Findings()
	}
	if len(list) == 0 {
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Findings, Cause: "no findings on record",
			Remedy: "write a form with outrider survey new and read it back with outrider survey add",
		}
	}
	current := make(map[string]bool)
	for _, f := range journal.Current() {
		current[f.ID] = true
	}
	t := &cli.Text{W: w.Stdout}
	for i := range list {
		f := &list[i]
		if c.JSON {
			if err := cli.WriteJSON(w.Stdout, f); err != nil {
				return err
			}
			continue
		}
		t.Line("%-18s %d  %10.6f %11.6f  way/%-11d %-8s %s to %s  %-11s %s",
			f.Kind, f.Rating, f.Lat, f.Lon, f.Way, f.Surveyor, f.Date, f.Expiry, findingState(f, current[f.ID], at), f.Note)
	}
	return t.Err
}

// findingState says whether a finding holds.
func findingState(f *hazard.Finding, current bool, at time.Time) string {
	switch {
	case !current:
		return "superseded"
	case f.Over(at):
		return "over"
	case f.Lapsed(at):
		return "unsurveyed" // expired never means safe
	default:
		return "in force"
	}
}

// formFormat tells the format of a survey form from the file's name.
func formFormat(path string) (hazard.Format, error) {
	switch {
	case strings.HasSuffix(strings.ToLower(path), ".csv"):
		return hazard.CSV, nil
	case strings.HasSuffix(strings.ToLower(path), ".geojson"), strings.HasSuffix(strings.ToLower(path), ".json"):
		return hazard.GeoJSON, nil
	}
	return "", &outrider.Error{
		Kind: outrider.Usage, Where: path, Cause: "the name does not say what kind of form it is",
		Remedy: "let it end in .csv or .geojson",
	}
}
