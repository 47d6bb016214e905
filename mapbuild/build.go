// Package mapbuild makes a map file's contents out of OpenStreetMap extracts: it
// decides which ways are roads or tracks, what may use them and how fast, joins
// them into networks that know turns and switches, and finds hazards, safe havens,
// names and outlines.
// docs/network.md says how tags are read, to the last value.
package mapbuild

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// A Report says what became of the highway and railway ways of the extracts. Ids
// rise.
type Report struct {
	Used []int64            // highway ways in the network
	Drop map[Reason][]int64 // highway ways not in it; every reason is present
	// Ferries are the ferry lines in the network that have no highway tag.
	Ferries  []int64
	RailUsed []int64                // railway ways in the network
	RailDrop map[RailReason][]int64 // railway ways not in it; every reason is present
	// Unread counts objects by tags whose value is not understood, as key=value.
	Unread []network.Count
	// Notes counts other things in the extracts that could not be used.
	Notes []network.Count
}

// Reasons returns the reasons for which ways are dropped, in the order in which
// they are tried.
func Reasons() []Reason { return slices.Clone(reasons[:]) }

// A draft is a map in the making, with what ties it to the collected data.
type draft struct {
	c    *collected
	m    *network.Map
	text network.TextBuilder

	roads []road  // what the tags of the used ways say
	road  []int32 // per way of c.ways its index in roads, -1 for ways not used

	// vertexNode has per entry of m.Vertex the node, an index into c.nodes;
	// nodeOf has the same per node of the network.
	vertexNode []uint32
	nodeOf     []uint32

	nodeID []int32 // per node of c.nodes its network.NodeID, -1 elsewhere

	barriers     map[uint32]barrier // by node of c.nodes
	forced       []uint64           // bit set of nodes where chains must end
	restrictions []restriction
	j            *joints // nil once turns are made
	firstRing    int     // chains from this one on are rings without a junction
	refs         []network.Ref

	notes      map[string]int // what could not be used, by what it is
	unreadTags map[string]int // objects by key=value that is not understood
}

// used reports whether way i of c.ways is part of the network.
func (d *draft) used(i int) bool { return d.road[i] >= 0 }

// Build makes a map out of extracts. The same extracts in the same order give the
// same map, whatever the number of workers; network.Save writes it. Where extracts
// overlap, the first that has an object decides. Memory is proportional to what
// the map holds, about twenty times its file.
func Build(ctx context.Context, paths []string, opt Options) (*network.Map, *Report, error) {
	if opt.Workers <= 0 {
		opt.Workers = maxWorkers()
	}
	progress := &reporter{to: opt.Progress}
	c, err := collect(ctx, paths, opt.Workers, progress)
	if err != nil {
		return nil, nil, err
	}
	d := &draft{c: c, m: &network.Map{}, notes: make(map[string]int)}
	report := &Report{}
	type phase struct {
		name string
		do   func(context.Context) error
	}
	for _, p := range []phase{
		{PhaseRoads, func(context.Context) error { d.classifyWays(report); return nil }},
		{PhaseChains, func(context.Context) error { return d.makeChains() }},
		{PhaseTurns, d.makeTurns},
		{PhaseHazards, d.addHazards},
		{PhasePlaces, d.addNames},
		{PhaseRailways, func(context.Context) error { return d.addRailways(report) }},
		{PhaseOutlines, d.addOutlines},
		{PhaseOrder, func(ctx context.Context) error { return d.findOrder(ctx, opt.Workers) }},
		{PhaseIndex, func(context.Context) error { d.finish(report); return nil }},
	} {
		progress.report(Progress{Phase: p.name})
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := p.do(ctx); err != nil {
			return nil, nil, err
		}
	}
	return d.m, report, nil
}

// addNames adds safe havens, places and streets.
func (d *draft) addNames(ctx context.Context) error {
	if err := d.addHavens(ctx); err != nil {
		return err
	}
	return d.addPlaces(ctx)
}

// dataDate returns the date of the oldest extract: a map is as old as its oldest
// part, and unknown when one of them is.
func dataDate(sources []network.Source) int64 {
	oldest := sources[0].Date
	for _, s := range sources[1:] {
		oldest = min(oldest, s.Date)
	}
	return oldest
}

// finish adds the index, the strings and the description.
func (d *draft) finish(r *Report) {
	if d.m.Pieces == nil {
		d.m.IndexChains()
	}
	d.m.SetText(&d.text)
	meta := &d.m.Meta
	meta.Sources = d.c.sources
	names := make([]string, len(d.c.sources))
	for i, s := range d.c.sources {
		names[i], _, _ = strings.Cut(s.Name, ".")
	}
	meta.Name = strings.Join(names, " + ")
	meta.DataDate = dataDate(d.c.sources)
	meta.Box = geo.EmptyBox()
	for _, p := range d.m.Vertex {
		meta.Box = meta.Box.Extend(p)
	}
	meta.KMCarriage = kilometres(d.m.Length)
	meta.WaysUsed = len(r.Used)
	for _, why := range reasons {
		meta.Drops = append(meta.Drops, network.Count{Kind: string(why), N: len(r.Drop[why])})
	}
	meta.RailWaysUsed = len(r.RailUsed)
	for _, why := range RailReasons() {
		meta.RailDrops = append(meta.RailDrops, network.Count{Kind: string(why), N: len(r.RailDrop[why])})
	}
	meta.KMTrack = kilometres(d.m.Rail.Length)
	for what, n := range map[string]int64{
		"ways in more than one extract":      d.c.repeatedWays,
		"relations in more than one extract": d.c.repeatedRelations,
		"nodes in more than one extract":     d.c.repeatedNodes,
	} {
		if n > 0 {
			d.notes[what] += int(n)
		}
	}
	r.Unread = byCount(d.unreadTags)
	unread := 0
	for _, u := range r.Unread {
		unread += u.N
	}
	if unread > 0 {
		d.notes["tag values not understood"] = unread
	}
	r.Notes = counts(d.notes)
	meta.Notes = r.Notes
}

// kilometres returns the sum of lengths.
func kilometres(lengths []network.Millimetres) float64 {
	total := uint64(0)
	for _, l := range lengths {
		total += uint64(l)
	}
	return float64(total) / 1e6
}

// counts lists counts by name.
func counts(m map[string]int) []network.Count {
	list := make([]network.Count, 0, len(m))
	for what, n := range m {
		list = append(list, network.Count{Kind: what, N: n})
	}
	slices.SortFunc(list, func(a, b network.Count) int { return cmp.Compare(a.Kind, b.Kind) })
	return list
}
