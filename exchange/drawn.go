package exchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
)

// Drawn returns the plan with one route for each leg, as an order has it: that
// which is named for the leg, by index, and the primary where none is. Names are
// "primary", "alternate 1", or those of the mix, "route 2", or its letter, "B".
//
// What belongs to other routes is left out: alternates, the mix, decision points,
// and what was worked out for the primary if that is not driven. Errors are
// *outrider.Error.
func Drawn(p *outrider.Plan, routes map[int]string) (*outrider.Plan, error) {
	q := *p
	q.Legs = slices.Clone(p.Legs)
	for i, name := range routes {
		if i < 0 || i >= len(q.Legs) {
			return nil, &outrider.Error{Kind: outrider.Invalid, Where: "plan", Cause: fmt.Sprintf("there is no leg %d for route %q", i+1, name), Remedy: fmt.Sprintf("name a leg from 1 to %d", len(q.Legs))}
		}
	}
	for i := range q.Legs {
		leg := &q.Legs[i]
		route, planned, err := drawn(p, i, routes[i])
		if err != nil {
			return nil, err
		}
		leg.Routes = []outrider.RoutePlan{*route}
		leg.Mix, leg.Decisions = nil, nil
		leg.Alternates = outrider.AlternateBounds{MaxDetour: leg.Alternates.MaxDetour, MaxShared: leg.Alternates.MaxShared}
		if planned != 0 {
			leg.Turning, leg.HaltNeeds, leg.Shared = outrider.TurningBack{}, nil, nil
		}
	}
	return &q, nil
}

// drawn finds the route of a leg, and which of its planned routes it is; -1 if it
// is one of the mix only.
func drawn(p *outrider.Plan, i int, name string) (route *outrider.RoutePlan, planned int, err error) {
	leg := &p.Legs[i]
	if len(leg.Routes) == 0 {
		return nil, 0, refuse(p.LegName(i), "it has no route")
	}
	if name = strings.TrimSpace(name); name == "" {
		return &leg.Routes[0], 0, nil
	}
	var names []string
	for j := range leg.Routes {
		if strings.EqualFold(leg.Routes[j].Name, name) {
			return &leg.Routes[j], j, nil
		}
		names = append(names, leg.Routes[j].Name)
	}
	if leg.Mix != nil {
		for k := range leg.Mix.Routes {
			r := &leg.Mix.Routes[k].Route
			if !strings.EqualFold(r.Name, name) && !strings.EqualFold(letter(k), name) {
				names = append(names, r.Name+" ("+letter(k)+")")
				continue
			}
			// The mix often holds the routes of the plan, of which more was worked out.
			if j := slices.IndexFunc(leg.Routes, func(x outrider.RoutePlan) bool { return slices.Equal(x.Points, r.Points) }); j >= 0 {
				return &leg.Routes[j], j, nil
			}
			return r, -1, nil
		}
	}
	return nil, 0, &outrider.Error{Kind: outrider.Invalid, Where: p.LegName(i), Cause: fmt.Sprintf("the leg has no route %q", name), Remedy: "it has " + strings.Join(names, ", ")}
}

// letter names route i of a mix as the report does: A, B, … Z, AA.
func letter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}
