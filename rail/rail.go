// Package rail works out legs by rail: which moves a train can make, its path,
// what it passes, where roads reach the track, where it can be held, and whether
// a column on the road keeps up with it. docs/rail.md explains every number.
package rail

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/gtfs"
	"github.com/outrider-project/outrider/network"
)

// Roads answers how the road column drives; the planner provides it.
type Roads interface {
	// Drive returns how long the head takes from one place to another by road and
	// how far it is, when it leaves at a time. ok is false if there is no way.
	Drive(from, to geo.Point, leaves time.Time) (seconds, metres float64, ok bool)
}

// Input is what a leg by rail is made from.
type Input struct {
	Map           *network.Map
	Leg           outrider.Leg // Mode is ByRail, Train is set
	Name          string       // of the leg, for messages
	From, To, Via []Place      // resolved ends, one each, and stations on the way in order; the train runs through those
	Halts         []Place      // stops on the way, of Leg.Halts, in order
	Zone          *time.Location
	Depart        time.Time  // when the train leaves; boarding is before it
	Roads         Roads      // nil: no shadow
	Timetable     *gtfs.Feed // nil: none
	SnapMetres    float64    // how far a place may be from a track; 0 stands for 500
}

// Place is a place as the movement file has it, resolved.
type Place struct {
	Label string
	Point geo.Point
	Where string // for messages: "leg 2, destination, line 14"
}

// Result is a leg by rail, worked out.
type Result struct {
	From, To outrider.PlanPoint
	Route    outrider.RoutePlan // geometry, times, odometer, steps, march table of stations; hazards that are also railway features
	Rail     outrider.RailPlan
	Warnings []string // without the name of the leg
}

// work is a leg being worked out.
type work struct {
	in    Input
	start Place
	end   Place
	m     *network.Map
	rail  *network.Rail
	needs *needs
	tied  map[uint32][]network.StationTrack // of each station, the nearest first
	snap  float64
	query *query
	*path
	parallel []beam // along the path
	slow     []pace // of each strip, starting and braking included
	warnings []string
}

// Make works a leg out. Errors are of type *outrider.Error: Invalid for a train
// that cannot be, OffNetwork for a place too far from any track that the train
// can use, NoRoute with what stands in the way, Interrupted when ctx ends. On a
// network of 100,000 tracks a leg takes some tenths of a second, and drives by
// road come on top.
func Make(ctx context.Context, in Input) (*Result, error) {
	w, err := prepare(in)
	if err != nil {
		return nil, err
	}
	if err := w.findPath(ctx); err != nil {
		return nil, err
	}
	if len(w.strips) == 0 {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: w.where(w.end), Cause: "the train would not move: start and destination are the same place", Remedy: "give another destination"}
	}
	w.parallel, w.slow = w.beams(), w.paces()
	other, err := w.alternative(ctx)
	if err != nil {
		return nil, interrupted(err)
	}
	out := &Result{From: w.planPoint(w.start, w.path.from), To: w.planPoint(w.end, w.path.to)}
	plan := &out.Rail
	plan.Train = w.train()
	plan.Alternative = other
	plan.Tracks = w.stretches()
	plan.Passes = w.passes()
	all := w.accesses(plan.Passes)
	plan.Evacuation = w.evacuation(plan.Passes, all)
	plan.Access = thinned(all, plan.Evacuation)
	plan.Sidings = w.holds()
	out.Route = w.route(plan)
	if in.Leg.Train.Shadow {
		if plan.Shadow, err = w.shadow(ctx, plan); err != nil {
			return nil, interrupted(err)
		}
	}
	plan.Conflicts = w.conflicts(plan)
	w.warn(plan)
	out.Warnings = w.warnings
	tidy(out)
	return out, nil
}

func prepare(in Input) (*work, error) {
	if in.Map == nil || in.Depart.IsZero() {
		return nil, &outrider.Error{Kind: outrider.Internal, Cause: "a leg by rail needs a map and a time of departure"}
	}
	if len(in.From) != 1 || len(in.To) != 1 {
		return nil, &outrider.Error{Kind: outrider.Internal, Where: in.Name, Cause: fmt.Sprintf("a leg by rail has one start and one destination, not %d and %d", len(in.From), len(in.To))}
	}
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	w := &work{in: in, start: in.From[0], end: in.To[0], m: in.Map, rail: &in.Map.Rail, snap: in.SnapMetres}
	if w.snap == 0 {
		w.snap = defaultSnap
	}
	var err error
	if w.needs, err = needsOf(in.Leg.Train, in.Name); err != nil {
		return nil, err
	}
	if len(w.rail.Length) == 0 {
		return nil, &outrider.Error{Kind: outrider.OffNetwork, Where: in.Name, Cause: "the map has no railways", Remedy: "build the map again, from an extract that has railways"}
	}
	if len(in.Halts) != len(in.Leg.Halts) {
		return nil, &outrider.Error{Kind: outrider.Internal, Where: in.Name, Cause: fmt.Sprintf("%d halts are resolved, the leg has %d", len(in.Halts), len(in.Leg.Halts))}
	}
	w.tied = tiedTracks(w.rail)
	return w, nil
}

// findPath places the leg on the tracks and finds the train's way.
func (w *work) findPath(ctx context.Context) error {
	q := &query{}
	var err error
	if q.from, err = w.spots(w.start); err != nil {
		return err
	}
	if q.to, err = w.spots(w.end); err != nil {
		return err
	}
	for _, p := range w.in.Via {
		spots, err := w.spots(p)
		if err != nil {
			return err
		}
		q.vias = append(q.vias, calling{place: p, spots: spots})
	}
	for i, p := range w.in.Halts {
		spots, err := w.spots(p)
		if err != nil {
			return err
		}
		q.halts = append(q.halts, calling{place: p, spots: spots, stops: true, wait: max(w.in.Leg.Halts[i].Duration.Seconds(), 0)})
	}
	w.query = q
	if w.path, err = q.find(ctx, w.rail, w.needs); err != nil {
		return interrupted(err)
	}
	if w.path == nil {
		return w.whyNoPath(ctx)
	}
	return nil
}

func interrupted(err error) error {
	return &outrider.Error{Kind: outrider.Interrupted, Cause: "planning was stopped", Err: err}
}

// where names a place for messages.
func (w *work) where(p Place) string {
	if p.Where != "" {
		return p.Where
	}
	return w.in.Name + ", " + p.Label
}

func (w *work) planPoint(p Place, s spot) outrider.PlanPoint {
	at := latLon(w.rail.PointAt(s.track, s.at))
	iv := w.rail.IntervalAt(s.track, s.at)
	return outrider.PlanPoint{Label: p.Label, Lat: at.Lat, Lon: at.Lon, Asked: latLon(p.Point), Away: s.away, Road: roadOf(w.m, &iv)}
}

// train gives the train as it is computed with.
func (w *work) train() outrider.TrainPlan {
	t := w.in.Leg.Train
	out := outrider.TrainPlan{
		CallSign: t.CallSign, LengthM: t.Length, MaxKMH: t.MaxKMH, GaugeMM: int(w.needs.gauge), Traction: t.Traction,
		Reversals: len(w.changes), ReverseS: w.needs.reverse, BoardS: t.Board.Seconds(), AlightS: t.Alight.Seconds(), Stock: []outrider.TrainStockPlan{},
	}
	if out.Traction == "" {
		out.Traction = outrider.Diesel
	}
	for _, v := range t.Stock {
		out.Stock = append(out.Stock, outrider.TrainStockPlan{CallSign: v.CallSign, Kind: v.Kind, LengthM: v.Length, Seats: v.Seats, Headcount: v.Headcount})
	}
	return out
}

// when returns the time so many seconds after departure.
func (w *work) when(seconds float64) time.Time {
	return w.in.Depart.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond).In(w.in.Zone)
}

func (w *work) say(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.warnings, text) {
		w.warnings = append(w.warnings, text)
	}
}
