package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/network"
)

// A MixGround is what the mix of a leg is played on, for whoever recomputes what a
// plan says of it. It is laid out anew from the movement and the map; of the plan
// only the radius of an attack and those of the areas taken to be held count.
type MixGround struct {
	Leg     int // by index
	Field   *reach.Field
	Options reach.Options
	// Areas are those of the movement and those taken to be held.
	Areas []outrider.MixArea
	// From and To are where the leg begins and ends.
	From, To network.Location
	field    *mixField
}

// MixGrounds works a movement out anew, without mixes, and returns the ground of
// each mix of a plan. It fails when the plan has mixes on legs that the movement
// does not have or that are not by road.
func MixGrounds(ctx context.Context, in Input, p *outrider.Plan) ([]MixGround, error) {
	works, err := worked(ctx, in)
	if err != nil {
		return nil, err
	}
	var out []MixGround
	for i := range p.Legs {
		mix := p.Legs[i].Mix
		if mix == nil {
			continue
		}
		w := works[i]
		if w == nil {
			return nil, &outrider.Error{Kind: outrider.Refuted, Where: p.LegName(i), Cause: "it has a mix of routes, and the movement has no such leg by road", Remedy: "name the movement file that the plan was made from"}
		}
		o := MixOptions{Reach: mix.Reach, Area: DefaultArea}
		assumed := 0.0
		for _, a := range mix.Areas {
			if a.Assumed {
				assumed = max(assumed, a.Radius)
			}
		}
		if assumed > 0 {
			o.Area = assumed
		}
		if err := o.check(); err != nil {
			return nil, err
		}
		out = append(out, w.mixGround(o))
	}
	return out, nil
}

// LegGrounds works a movement out without mixes and returns the ground on which the
// mix of each leg by road would be played, as in.Mix has it.
func LegGrounds(ctx context.Context, in Input) ([]MixGround, error) {
	o := in.Mix
	o.Reach, o.Area = cmp.Or(o.Reach, DefaultReach), cmp.Or(o.Area, DefaultArea)
	if err := o.check(); err != nil {
		return nil, err
	}
	works, err := worked(ctx, in)
	if err != nil {
		return nil, err
	}
	var out []MixGround
	for i := range in.Movement.Legs {
		if w := works[i]; w != nil {
			out = append(out, w.mixGround(o))
		}
	}
	return out, nil
}

// worked works a movement out without mixes and returns its legs by road, by index.
func worked(ctx context.Context, in Input) (map[int]*legWork, error) {
	works := map[int]*legWork{}
	in.Mix = MixOptions{}
	in.look = func(w *legWork) { works[w.index] = w }
	_, err := Make(ctx, in)
	return works, err
}

func (w *legWork) mixGround(o MixOptions) MixGround {
	m := &mixer{legWork: w, o: o, out: &outrider.RouteMix{}}
	m.held()
	f := w.mixField(m.ground(1))
	return MixGround{
		Leg: w.index, Field: &f.Field, Areas: m.out.Areas, field: f,
		Options: reach.Options{Reach: o.Reach, Step: o.Reach * netStep, Limit: m.limit()},
		From:    w.stops[0].loc, To: w.stops[len(w.stops)-1].loc,
	}
}

// Walk finds the walk of the field that drives states of the map's road network one
// after the other, the fastest if there are several, and its time; an error says
// where there is none.
func (g *MixGround) Walk(states []int) (nodes []uint32, time uint32, err error) {
	f := g.field
	type step struct {
		node, time uint32
		before     int // in the steps of the state before, -1 at the start
	}
	steps := make([][]step, 0, len(states))
	// reach notes the fastest way to a node.
	reach := func(now []step, s step) []step {
		for i := range now {
			if now[i].node == s.node {
				if s.time < now[i].time {
					now[i] = s
				}
				return now
			}
		}
		return append(now, s)
	}
	for i, state := range states {
		var now []step
		if i == 0 {
			for _, s := range f.Seeds {
				if int(f.nodes[s.Node].state) == state {
					now = reach(now, step{s.Node, s.Time, -1})
				}
			}
		} else {
			for k, b := range steps[i-1] {
				for a := f.First[b.node]; a < f.First[b.node+1]; a++ {
					if to := f.To[a]; int(f.nodes[to].state) == state {
						now = reach(now, step{to, b.time + f.Time[a], k})
					}
				}
			}
		}
		if len(now) == 0 {
			return nil, 0, fmt.Errorf("no lawful drive goes on to state %d, the %d. of %d", state, i+1, len(states))
		}
		steps = append(steps, now)
	}
	best := -1
	if len(states) > 0 {
		for k, s := range steps[len(states)-1] {
			if slices.Contains(f.Sinks, s.node) && (best < 0 || s.time < steps[len(states)-1][best].time) {
				best = k
			}
		}
	}
	if best < 0 {
		return nil, 0, errors.New("it does not end at the destination")
	}
	time = steps[len(states)-1][best].time
	for i, k := len(states)-1, best; i >= 0; i-- {
		s := steps[i][k]
		nodes, k = append(nodes, s.node), s.before
	}
	slices.Reverse(nodes)
	return nodes, time, nil
}

// Route lays a walk of the field out as a route of a mix has it.
func (g *MixGround) Route(nodes []uint32, name string) outrider.RoutePlan {
	w := g.field.w
	out := w.itinerary(g.field.drive(nodes)).route(name, w.primary)
	out.Havens = []outrider.HavenPass{}
	return out
}
