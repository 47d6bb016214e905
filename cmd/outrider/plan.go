package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order"
	"github.com/outrider-project/outrider/plan"
)

type planCmd struct {
	planFlags
	mixFlags
	Movement string `arg:"" help:"Movement file."`
	Out      string `placeholder:"FOLDER" help:"Write plan.json, plan.gpx, plan.kml, plan.geojson and report.html there."`
	JSON     bool   `name:"json" help:"Print the plan as JSON instead of text."`
	GPX      string `name:"gpx" placeholder:"FILE" help:"Write the plan as GPX."`
	KML      string `name:"kml" placeholder:"FILE" help:"Write the plan as KML."`
	GeoJSON  string `name:"geojson" placeholder:"FILE" help:"Write the plan as GeoJSON."`
	HTML     string `name:"html" placeholder:"FILE" help:"Write the report."`
	All      bool   `help:"Show every hazard in the terminal, not only the gravest."`
	Now      string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

// output is one file to be written of a plan.
type output struct {
	path  string
	write func(io.Writer) error
}

func (c *planCmd) Run(ctx context.Context, w *world) error {
	now, err := parseTime("--now", c.Now, w.now())
	if err != nil {
		return err
	}
	if err := c.checkOutputs(); err != nil {
		return err
	}
	m, p, err := planMovement(ctx, w, c.Movement, c.planFlags, c.mixFlags.options(), now)
	if err != nil {
		return err
	}
	defer closeMap(m)
	if err := c.writeFiles(m, p); err != nil {
		return err
	}
	if c.JSON {
		return exchange.WriteJSON(w.stdout, p)
	}
	return order.WriteText(w.stdout, p, order.Style{Width: terminalWidth(w.stdout), Colour: w.colour, All: c.All})
}

// checkOutputs refuses what could not be written, before the plan is made.
func (c *planCmd) checkOutputs() error {
	for _, o := range []struct{ flag, path string }{{"--gpx", c.GPX}, {"--kml", c.KML}, {"--geojson", c.GeoJSON}, {"--html", c.HTML}} {
		if o.path == "" {
			continue
		}
		if err := writable(o.flag, o.path); err != nil {
			return err
		}
	}
	if info, err := os.Stat(c.Out); err == nil && !info.IsDir() {
		return &outrider.Error{Kind: outrider.Unreadable, Where: c.Out, Cause: "it is a file, not a folder", Remedy: "name a folder for --out; it is made when missing"}
	}
	return nil
}

func (c *planCmd) writeFiles(m *network.Map, p *outrider.Plan) error {
	outputs := []output{
		{c.GPX, func(f io.Writer) error { return exchange.WriteGPX(f, p) }},
		{c.KML, func(f io.Writer) error { return exchange.WriteKML(f, p) }},
		{c.GeoJSON, func(f io.Writer) error { return exchange.WriteGeoJSON(f, p) }},
		{c.HTML, func(f io.Writer) error { return order.WriteReport(f, p, m) }},
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return err
		}
		in := func(name string) string { return filepath.Join(c.Out, name) }
		outputs = append(
			outputs,
			output{in("plan.json"), func(f io.Writer) error { return exchange.WriteJSON(f, p) }},
			output{in("plan.gpx"), outputs[0].write},
			output{in("plan.kml"), outputs[1].write},
			output{in("plan.geojson"), outputs[2].write},
			output{in("report.html"), outputs[3].write},
		)
	}
	for _, o := range outputs {
		if o.path == "" {
			continue
		}
		if err := atomicfile.Write(o.path, 0o644, o.write); err != nil {
			return err
		}
	}
	return nil
}

// planMovement reads a movement file and works it out. The caller closes the map.
func planMovement(ctx context.Context, w *world, path string, f planFlags, mix plan.MixOptions, now time.Time) (*network.Map, *outrider.Plan, error) {
	mv, hash, err := loadMovement(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	p, err := makePlan(ctx, w, m, mv, hash, f, mix, now.Truncate(time.Second))
	if err != nil {
		closeMap(m)
		return nil, nil, inFile(path, err)
	}
	return m, p, nil
}

func makePlan(ctx context.Context, w *world, m *network.Map, mv *outrider.Movement, hash string, f planFlags, mix plan.MixOptions, now time.Time) (*outrider.Plan, error) {
	in, strays, err := f.input(m, mv, hash, now)
	if err != nil {
		return nil, err
	}
	in.Mix = mix
	return runPlan(ctx, w, in, strays)
}

// input is what a plan of a movement is made from, and how many findings on record
// do not lie on the map.
func (f planFlags) input(m *network.Map, mv *outrider.Movement, hash string, now time.Time) (in plan.Input, strays int, err error) {
	r, err := f.load(m, now)
	if err != nil {
		return plan.Input{}, 0, err
	}
	speeds, runs, err := f.speeds()
	if err != nil {
		return plan.Input{}, 0, err
	}
	timetable, err := f.timetable()
	if err != nil {
		return plan.Input{}, 0, err
	}
	return plan.Input{
		Map: m, Movement: mv, Profile: r.profile, Findings: r.placed, Now: now, Program: programName(),
		MovementHash: hash, FindingsHash: r.journal.Hash(),
		Speeds: speeds, Runs: runs, Timetable: timetable,
	}, len(r.strays), nil
}

// runPlan makes a plan and shows how far it is.
func runPlan(ctx context.Context, w *world, in plan.Input, strays int) (*outrider.Plan, error) {
	bar := w.progress()
	in.Progress = bar.report
	p, err := plan.Make(ctx, in)
	if err != nil {
		bar.abandon()
		return nil, err
	}
	bar.done()
	if byRail := func(l outrider.Leg) bool { return l.Mode == outrider.ByRail }; in.Timetable != nil && !slices.ContainsFunc(in.Movement.Legs, byRail) {
		p.Warnings = append(p.Warnings, "the timetable "+in.Timetable.Name+" was not used: no leg is by rail")
	}
	if strays > 0 {
		p.Warnings = append(p.Warnings, countOf(strays, "finding")+" on record off this map and not used")
	}
	return p, nil
}

// inFile puts the file's name before an error that names a line of it.
func inFile(path string, err error) error {
	if e, ok := errors.AsType[*outrider.Error](err); ok && (e.Kind == outrider.Invalid || e.Kind == outrider.OffNetwork || e.Kind == outrider.NoRoute) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}
