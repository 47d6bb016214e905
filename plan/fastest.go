package plan

import (
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// Fastest returns the arcs of a fastest drive from one place to another and its
// driving time, with no convoy, hazards or other stops about it. ok is false if
// the passage has no drive; it must be of the index's map. Each call allocates
// what one search needs, about 60 bytes per state of the map.
func Fastest(x *Index, pass *network.Passage, from, to network.Location) (took network.Millis, arcs []network.ArcID, ok bool) {
	p := &planner{Index: x, engine: search.NewQuery(x.graph)}
	d, ok := p.through(timeLane(pass), []stop{{loc: from, halt: -1}, {loc: to, halt: -1}}, nil, unbarred)
	if !ok {
		return network.Unreachable, nil, false
	}
	for _, r := range d.runs {
		arcs = append(arcs, r.arc)
	}
	return network.Millis(d.cost), arcs, true
}
