package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/gtfs"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

// PlanFlags are what a plan is made from besides the movement.
type PlanFlags struct {
	MapFlag
	RiskFlags
	Speeds    string `placeholder:"FILE" help:"Speed factors by class of road and hour; the built-in ones when left out, free for the map's own speeds."`
	Runs      string `default:"runs.jsonl" placeholder:"FILE" help:"Journal of timed runs, made by survey add --drive (${default}); may be missing."`
	Timetable string `placeholder:"FILE" help:"GTFS timetable, a zip file, that legs by rail are held against."`
}

// MixFlags ask for routes to draw from.
type MixFlags struct {
	Mix   int     `default:"6" placeholder:"N" help:"Work out up to N routes to draw from on each leg by road (${default}); 0 for none."`
	Mean  float64 `default:"0" placeholder:"FACTOR" help:"Limit on the mean time of the routes to draw from, times the fastest; left out, what is worth its time."`
	Reach float64 `default:"100" placeholder:"METRES" help:"How far an attack on a place reaches, for the routes to draw from (${default})."`
	Area  float64 `default:"300" placeholder:"METRES" help:"Radius round start and destination in which posts are taken to keep attackers out, where the movement has no secured area (${default})."`
}

// Options is what the flags ask for, as package plan has it.
func (f MixFlags) Options() plan.MixOptions {
	return plan.MixOptions{Routes: f.Mix, Reach: f.Reach, Area: f.Area, Mean: f.Mean}
}

// ReadSpeeds returns the speed factors and the timed runs.
func (f PlanFlags) ReadSpeeds() (*pace.Speeds, *pace.Runs, error) {
	s, err := LoadSpeeds(f.Speeds)
	if err != nil {
		return nil, nil, err
	}
	runs, err := pace.LoadRuns(f.Runs)
	return s, runs, err
}

// ReadTimetable returns the timetable, nil if none was named.
func (f PlanFlags) ReadTimetable() (*gtfs.Feed, error) {
	if f.Timetable == "" {
		return nil, nil
	}
	src, err := ReadUpTo(f.Timetable, maxTimetable)
	if err != nil {
		return nil, err
	}
	feed, err := gtfs.Read(filepath.Base(f.Timetable), src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Timetable, err)
	}
	return feed, nil
}

// maxTimetable bounds what is read of a timetable.
const maxTimetable = 256 << 20

// PlanMovement reads a movement file and works it out. The caller closes the map.
func PlanMovement(ctx context.Context, w *World, path string, f PlanFlags, mix plan.MixOptions, now time.Time) (*network.Map, *outrider.Plan, error) {
	mv, hash, err := LoadMovement(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	p, err := makePlan(ctx, w, m, mv, hash, f, mix, now.Truncate(time.Second))
	if err != nil {
		CloseMap(m)
		return nil, nil, InFile(path, err)
	}
	return m, p, nil
}

func makePlan(ctx context.Context, w *World, m *network.Map, mv *outrider.Movement, hash string, f PlanFlags, mix plan.MixOptions, now time.Time) (*outrider.Plan, error) {
	in, strays, err := f.Input(w, m, mv, hash, now)
	if err != nil {
		return nil, err
	}
	in.Mix = mix
	return RunPlan(ctx, w, in, strays)
}

// Input is what a plan of a movement is made from, and how many findings on record
// do not lie on the map.
func (f PlanFlags) Input(w *World, m *network.Map, mv *outrider.Movement, hash string, now time.Time) (in plan.Input, strays int, err error) {
	r, err := f.Load(m, now)
	if err != nil {
		return plan.Input{}, 0, err
	}
	speeds, runs, err := f.ReadSpeeds()
	if err != nil {
		return plan.Input{}, 0, err
	}
	timetable, err := f.ReadTimetable()
	if err != nil {
		return plan.Input{}, 0, err
	}
	return plan.Input{
		Map: m, Movement: mv, Profile: r.Profile, Findings: r.Placed, Now: now, Program: w.Program,
		MovementHash: hash, FindingsHash: r.Journal.Hash(),
		Speeds: speeds, Runs: runs, Timetable: timetable,
	}, len(r.Strays), nil
}

// RunPlan makes a plan and shows how far it is.
func RunPlan(ctx context.Context, w *World, in plan.Input, strays int) (*outrider.Plan, error) {
	bar := w.Progress()
	in.Progress = bar.Report
	p, err := plan.Make(ctx, in)
	if err != nil {
		bar.Abandon()
		return nil, err
	}
	bar.Done()
	if byRail := func(l outrider.Leg) bool { return l.Mode == outrider.ByRail }; in.Timetable != nil && !slices.ContainsFunc(in.Movement.Legs, byRail) {
		p.Warnings = append(p.Warnings, "the timetable "+in.Timetable.Name+" was not used: no leg is by rail")
	}
	if strays > 0 {
		p.Warnings = append(p.Warnings, CountOf(strays, "finding")+" on record off this map and not used")
	}
	return p, nil
}

// InFile puts the file's name before an error that names a line of it.
func InFile(path string, err error) error {
	if e, ok := errors.AsType[*outrider.Error](err); ok && (e.Kind == outrider.Invalid || e.Kind == outrider.OffNetwork || e.Kind == outrider.NoRoute) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

// MaxPlan bounds what is read of a plan.
const MaxPlan = 256 << 20

// LoadPlan reads a plan, plan.json.
func LoadPlan(path string) (*outrider.Plan, error) {
	src, err := ReadUpTo(path, MaxPlan)
	if err != nil {
		return nil, err
	}
	return exchange.ReadPlan(path, src)
}
