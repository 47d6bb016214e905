package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/plain"
)

type approvalCmd struct {
	Submit  approvalSubmitCmd  `cmd:"" help:"Put a plan before the authority."`
	Approve approvalApproveCmd `cmd:"" help:"Approve a submitted plan: residual exposure accepted, conditions, expiry."`
	Return  approvalReturnCmd  `cmd:"" help:"Give a plan back to its author."`
	Check   approvalCheckCmd   `cmd:"" help:"Show the go/no-go checklist, or tick items of it."`
	Waive   approvalWaiveCmd   `cmd:"" help:"Let go ahead in spite of items that are not go; by the approving authority."`
	Release approvalReleaseCmd `cmd:"" help:"Release an approved plan for execution."`
	Start   approvalStartCmd   `cmd:"" help:"Note that the movement is under way."`
	Close   approvalCloseCmd   `cmd:"" help:"Note that the movement is over."`
	Cancel  approvalCancelCmd  `cmd:"" help:"Cancel a plan in any state before closed."`
	Status  approvalStatusCmd  `cmd:"" help:"Show how far a plan has come, what is stale, and what is missing."`
	Posts   approvalPostsCmd   `cmd:"" help:"List the posts from which plans are approved."`
}

// recordFlags are the plan and its record.
type recordFlags struct {
	Plan   string `arg:"" help:"Plan, plan.json."`
	Record string `placeholder:"FILE" help:"Record of the approval; approval.jsonl beside the plan when left out."`
	Now    string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

// actFlags are those of a step.
type actFlags struct {
	recordFlags
	By   string `required:"" placeholder:"CALLSIGN" help:"Call sign of who does this."`
	Note string `placeholder:"TEXT" help:"At most 200 characters about the movement."`
}

// reasonFlags are those of a step that has to say why.
type reasonFlags struct {
	recordFlags
	By     string `required:"" placeholder:"CALLSIGN" help:"Call sign of who does this."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, in at most 200 characters."`
}

// basisFlags are the files that a plan rests on.
type basisFlags struct {
	cli.PlanFlags
	Movement string `placeholder:"FILE" help:"Movement file that the plan was made from."`
}

// approved is a plan with its record and the situation.
type approved struct {
	plan   *outrider.Plan
	source []byte
	record *approval.Record
	at     time.Time
}

func (f *recordFlags) open(w *cli.World) (*approved, error) {
	at, err := cli.ParseTime("--now", f.Now, w.Now())
	if err != nil {
		return nil, err
	}
	src, err := cli.ReadUpTo(f.Plan, cli.MaxPlan)
	if err != nil {
		return nil, err
	}
	p, err := exchange.ReadPlan(f.Plan, src)
	if err != nil {
		return nil, err
	}
	path := f.Record
	if path == "" {
		path = filepath.Join(filepath.Dir(f.Plan), "approval.jsonl")
	}
	if cli.SameFile(path, f.Plan) {
		return nil, cli.InvalidFlag("--record", path+" is the plan", "name another file for the record")
	}
	r, err := approval.Load(path)
	if err != nil {
		return nil, err
	}
	return &approved{plan: p, source: src, record: r, at: at}, nil
}

// situation is that of an act for which nothing but the plan matters.
func (a *approved) situation() (approval.Situation, error) {
	return a.with(approval.Present{Plan: a.source})
}

func (a *approved) with(x approval.Present) (approval.Situation, error) {
	now, err := x.Basis(a.plan, a.at)
	return approval.Situation{Plan: a.plan, Now: now, At: a.at}, err
}

// situation reads what the plan rests on now. What is not named is not shown:
// acts that need to know are refused then.
func (f *basisFlags) situation(a *approved) (approval.Situation, error) {
	x := approval.Present{Plan: a.source}
	none := approval.Situation{}
	var err error
	if x.Profile, err = cli.LoadProfile(f.Profile); err != nil {
		return none, err
	}
	if f.Map != "" {
		m, err := f.Open()
		if err != nil {
			return none, err
		}
		defer cli.CloseMap(m)
		x.Map, x.DataDate = &approval.Source{Name: m.Meta.Name, Hash: m.Hash}, time.Unix(m.Meta.DataDate, 0)
		r, err := f.Load(m, a.at)
		if err != nil {
			return none, err
		}
		findings := make([]hazard.Finding, 0, len(r.Placed))
		for i := range r.Placed {
			findings = append(findings, r.Placed[i].Finding)
		}
		x.Findings = &findings
	}
	if f.Movement != "" {
		_, hash, err := cli.LoadMovement(f.Movement)
		if err != nil {
			return none, err
		}
		x.Movement = &approval.Source{Name: f.Movement, Hash: hash}
	}
	speeds, runs, err := f.ReadSpeeds()
	if err != nil {
		return none, err
	}
	x.Speeds = &approval.Source{Name: speeds.Name, Hash: speeds.Hash()}
	x.Runs, x.RunCount = &approval.Source{Name: f.Runs, Hash: runs.Hash()}, runs.InForce(a.at).Len()
	feed, err := f.ReadTimetable()
	switch {
	case err != nil:
		return none, err
	case feed != nil:
		x.Timetable = &approval.Source{Name: feed.Name, Hash: feed.Hash}
	case a.plan.Inputs.TimetableHash == "":
		x.Timetable = &approval.Source{} // made without one
	}
	return a.with(x)
}

// add records a step and says what it led to.
func (a *approved) add(w *cli.World, act approval.Act, s approval.Situation) error {
	step, err := a.record.Add(act, s)
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%s", plain.Text(a.plan.Movement+": "+a.describe(&step)))
	t.Line("record   %s, seal %s", cli.CountOf(len(a.record.Steps()), "step"), a.record.Seal())
	return t.Err
}

// describe says what a step did, in one line.
func (a *approved) describe(s *approval.Step) string {
	by := s.By
	if s.Post != "" {
		by += ", " + s.Post
	}
	line := fmt.Sprintf("%s by %s on %s", s.State, by, s.At.Format("2006-01-02 15:04:05Z"))
	switch s.Action {
	case approval.Submit:
		if s.Author != s.By {
			line += ", made by " + s.Author
		}
		line += fmt.Sprintf("; residual exposure band %d, × %.2f", s.Residual.Band, s.Residual.Ratio)
	case approval.Approve:
		line += fmt.Sprintf(
			" until %s; accepted band %d, × %.2f; %s", s.Grant.Expires.Format("2006-01-02 15:04Z"),
			s.Grant.Accepted.Band, s.Grant.Accepted.Ratio, cli.CountOf(len(s.Grant.Conditions), "condition"),
		)
	case approval.Tick:
		line = fmt.Sprintf("%s: %s by %s on %s", strings.Join(s.Items, ", "), s.Verdict, by, s.At.Format("2006-01-02 15:04:05Z"))
	case approval.Waive:
		line = fmt.Sprintf("%s: waived by %s on %s", strings.Join(s.Items, ", "), by, s.At.Format("2006-01-02 15:04:05Z"))
	case approval.Return:
		line = "returned, " + line
	case approval.Release, approval.Start, approval.Close, approval.Cancel:
	}
	if s.Note != "" {
		line += "; " + s.Note
	}
	return line
}

type approvalSubmitCmd struct {
	actFlags
	basisFlags
	Author string `placeholder:"CALLSIGN" help:"Call sign of who made the plan; that of --by when left out."`
}

func (c *approvalSubmitCmd) Run(w *cli.World) error {
	return c.actFlags.do(w, &c.basisFlags, approval.Act{Action: approval.Submit, Author: c.Author})
}

// do carries out an act; basis is nil where it does not matter what the plan
// rests on.
func (c *actFlags) do(w *cli.World, basis *basisFlags, act approval.Act) error {
	a, err := c.open(w)
	if err != nil {
		return err
	}
	act.By, act.Note = c.By, c.Note
	var s approval.Situation
	if basis != nil {
		s, err = basis.situation(a)
	} else {
		s, err = a.situation()
	}
	if err != nil {
		return err
	}
	return a.add(w, act, s)
}

type approvalApproveCmd struct {
	actFlags
	basisFlags
	Post        string   `required:"" placeholder:"POST" help:"Post of the authority, one of outrider approval posts."`
	AcceptBand  int      `required:"" placeholder:"N" help:"Greatest exposure band accepted, 1 to 5."`
	AcceptRatio float64  `default:"1" placeholder:"X" help:"Greatest exposure accepted of an alternate, as a multiple of its primary's."`
	Condition   []string `sep:"none" placeholder:"TEXT" help:"Condition to be met before the release; may be given up to 10 times."`
	Expires     string   `required:"" placeholder:"TIME" help:"When the approval ends, such as 2026-11-28T12:00-05:00."`
}

func (c *approvalApproveCmd) Run(w *cli.World) error {
	expires, err := cli.ParseTime("--expires", c.Expires, w.Now())
	if err != nil {
		return err
	}
	return c.actFlags.do(w, &c.basisFlags, approval.Act{
		Action: approval.Approve, Post: c.Post, Accepted: approval.Exposure{Band: c.AcceptBand, Ratio: c.AcceptRatio},
		Conditions: c.Condition, Expires: expires,
	})
}

type approvalReturnCmd struct{ reasonFlags }

func (c *approvalReturnCmd) Run(w *cli.World) error {
	return c.do(w, approval.Act{Action: approval.Return})
}

func (c *reasonFlags) do(w *cli.World, act approval.Act) error {
	f := actFlags{recordFlags: c.recordFlags, By: c.By, Note: c.Reason}
	return f.do(w, nil, act)
}

type approvalReleaseCmd struct {
	actFlags
	basisFlags
}

func (c *approvalReleaseCmd) Run(w *cli.World) error {
	return c.actFlags.do(w, &c.basisFlags, approval.Act{Action: approval.Release})
}

type approvalStartCmd struct {
	actFlags
	basisFlags
}

func (c *approvalStartCmd) Run(w *cli.World) error {
	return c.actFlags.do(w, &c.basisFlags, approval.Act{Action: approval.Start})
}

type approvalCloseCmd struct{ actFlags }

func (c *approvalCloseCmd) Run(w *cli.World) error {
	return c.do(w, nil, approval.Act{Action: approval.Close})
}

type approvalCancelCmd struct{ reasonFlags }

func (c *approvalCancelCmd) Run(w *cli.World) error {
	return c.do(w, approval.Act{Action: approval.Cancel})
}

type approvalCheckCmd struct {
	recordFlags
	By    string   `placeholder:"CALLSIGN" help:"Call sign of who ticks."`
	Note  string   `placeholder:"TEXT" help:"At most 200 characters about the movement."`
	Items []string `arg:"" optional:"" name:"item=verdict" help:"Such as radio=go, weather=no-go or fuel=not-yet; the checklist is shown when left out."`
	JSON  bool     `name:"json" help:"Show the checklist as JSON, one item a line."`
}

func (c *approvalCheckCmd) Run(w *cli.World) error {
	a, err := c.open(w)
	if err != nil {
		return err
	}
	if len(c.Items) == 0 {
		return c.show(w, a)
	}
	if c.By == "" {
		return cli.InvalidFlag("--by", "nobody is named", "give the call sign of who ticks")
	}
	s, err := a.situation()
	if err != nil {
		return err
	}
	items := map[approval.Verdict][]string{}
	for _, word := range c.Items {
		id, verdict, ok := strings.Cut(word, "=")
		if !ok {
			return cli.InvalidFlag(word, "there is no verdict", "write "+word+"=go, "+word+"=no-go or "+word+"=not-yet")
		}
		if verdict == "not-yet" {
			verdict = string(approval.NotYet)
		}
		items[approval.Verdict(verdict)] = append(items[approval.Verdict(verdict)], id)
		if v := approval.Verdict(verdict); v != approval.Go && v != approval.NoGo && v != approval.NotYet {
			return cli.InvalidFlag(word, fmt.Sprintf("%q is no verdict", verdict), "use go, no-go or not-yet")
		}
	}
	for _, verdict := range approval.Verdicts() {
		if len(items[verdict]) == 0 {
			continue
		}
		act := approval.Act{Action: approval.Tick, By: c.By, Note: c.Note, Items: items[verdict], Verdict: verdict}
		if err := a.add(w, act, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *approvalCheckCmd) show(w *cli.World, a *approved) error {
	list := a.record.Checklist(a.plan, a.at)
	t := &cli.Text{W: w.Stdout}
	for i := range list {
		if c.JSON {
			if err := cli.WriteJSON(w.Stdout, &list[i]); err != nil {
				return err
			}
			continue
		}
		item(t, &list[i])
	}
	return t.Err
}

// item prints an item of a checklist.
func item(t *cli.Text, x *approval.Item) {
	line := x.Text
	if x.Found != "" {
		line += ": " + x.Found
	}
	if x.By != "" {
		line += fmt.Sprintf(" [%s, %s]", x.By, x.At.Format("2006-01-02 15:04Z"))
	}
	if x.Reason != "" {
		line += " " + x.Reason
	}
	t.Paragraph(fmt.Sprintf("  %-8s %-16s ", x.Verdict, x.ID), plain.Text(line))
}

type approvalWaiveCmd struct {
	reasonFlags
	Items []string `arg:"" name:"item" help:"Items of the checklist, see outrider approval check."`
}

func (c *approvalWaiveCmd) Run(w *cli.World) error {
	return c.do(w, approval.Act{Action: approval.Waive, Items: c.Items})
}

type approvalStatusCmd struct {
	recordFlags
	basisFlags
	JSON bool `name:"json" help:"As one JSON object."`
}

func (c *approvalStatusCmd) Run(w *cli.World) error {
	a, err := c.recordFlags.open(w)
	if err != nil {
		return err
	}
	s, err := c.basisFlags.situation(a)
	if err != nil {
		return err
	}
	status := a.record.Status(s)
	if c.JSON {
		err = cli.WriteJSON(w.Stdout, struct {
			Movement string          `json:"movement"`
			Status   approval.Status `json:"status"`
			Steps    []approval.Step `json:"steps"`
		}{a.plan.Movement, status, append([]approval.Step{}, a.record.Steps()...)})
	} else {
		err = a.print(w.Stdout, &status)
	}
	if err != nil {
		return err
	}
	return status.Loud()
}

func (a *approved) print(w io.Writer, x *approval.Status) error {
	t := &cli.Text{W: w}
	t.Line("%s  %s", plain.Text(a.plan.Cover), plain.Text(a.plan.Movement))
	state := string(x.State)
	if x.Stale {
		state += ", STALE"
	}
	if x.Expired {
		state += ", EXPIRED"
	}
	t.Line("state    %s", state)
	t.Line("map data %s", outrider.DataDay(a.plan.Inputs.DataDate))
	if steps := a.record.Steps(); len(steps) > 0 {
		t.Line("record   %s, seal %s", cli.CountOf(len(steps), "step"), x.Seal)
		t.Line("")
		for i := range steps {
			t.Paragraph(fmt.Sprintf("%3d  %-8s ", steps[i].Number, steps[i].Action), plain.Text(a.describe(&steps[i])))
			if g := steps[i].Grant; g != nil {
				for k, condition := range g.Conditions {
					t.Paragraph(fmt.Sprintf("              condition %d: ", k+1), plain.Text(condition))
				}
			}
		}
	}
	if len(x.Changes) > 0 {
		t.Line("")
		t.Line("Changed since the plan was submitted:")
		for _, c := range x.Changes {
			t.Paragraph("  ! ", plain.Text(c.Text))
		}
	}
	if len(x.Checklist) > 0 {
		t.Line("")
		t.Line("Checklist:")
		for i := range x.Checklist {
			item(t, &x.Checklist[i])
		}
	}
	if x.Next == "" {
		return t.Err
	}
	t.Line("")
	if len(x.Missing) == 0 {
		t.Line("Next: %s; nothing stands in its way", x.Next)
		return t.Err
	}
	t.Line("Next: %s; it needs", x.Next)
	for _, m := range x.Missing {
		t.Paragraph("  - ", plain.Text(m))
	}
	return t.Err
}

type approvalPostsCmd struct{}

func (approvalPostsCmd) Run(w *cli.World) error {
	t := &cli.Text{W: w.Stdout}
	for _, p := range approval.Posts() {
		t.Line("%s", p)
	}
	return t.Err
}
