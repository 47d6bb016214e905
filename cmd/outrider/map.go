package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

type mapCmd struct {
	Build   mapBuildCmd   `cmd:"" help:"Make a map file from one or several extracts."`
	Info    mapInfoCmd    `cmd:"" help:"What a map file holds, and how old its data is."`
	Find    mapFindCmd    `cmd:"" help:"Search streets, places and safe havens by name."`
	Hazards mapHazardsCmd `cmd:"" help:"List the hazards found in the map data."`
}

type mapBuildCmd struct {
	Extracts []string `arg:"" name:"extract" help:"OpenStreetMap extracts: .osm.pbf, .osm, .osm.gz or .osm.bz2."`
	Output   string   `short:"o" required:"" placeholder:"FILE" help:"Map file to write; replaced whole, or not at all."`
	Workers  int      `default:"0" help:"Goroutines that decode; 0 is one for each core."`
}

// phaseNames are the phases of a build as a user reads them.
var phaseNames = map[string]string{
	mapbuild.PhaseWays:     "read ways and relations",
	mapbuild.PhaseNodes:    "read nodes",
	mapbuild.PhaseRoads:    "classify ways",
	mapbuild.PhaseChains:   "join carriageways",
	mapbuild.PhaseTurns:    "turn restrictions",
	mapbuild.PhaseHazards:  "find hazards",
	mapbuild.PhasePlaces:   "safe havens and names",
	mapbuild.PhaseRailways: "join tracks",
	mapbuild.PhaseOutlines: "land and water",
	mapbuild.PhaseOrder:    "order for routing",
	mapbuild.PhaseIndex:    "index",
	phaseSave:              "write the map",
}

const phaseSave = "save"

func (c *mapBuildCmd) Run(ctx context.Context, w *cli.World) error {
	if c.Workers < 0 {
		return cli.InvalidFlag("--workers", fmt.Sprintf("%d is not a number of goroutines", c.Workers), "leave it out to use every core")
	}
	for _, extract := range c.Extracts {
		if cli.SameFile(extract, c.Output) {
			return cli.InvalidFlag("-o", fmt.Sprintf("%s is one of the extracts", c.Output), "name another file for the map")
		}
	}
	if err := cli.Writable("-o", c.Output); err != nil {
		return err
	}
	bar := w.Progress()
	report := func(p mapbuild.Progress) {
		name := phaseNames[p.Phase]
		if p.File != "" && len(c.Extracts) > 1 {
			name += ", " + filepath.Base(p.File)
		}
		bar.Report(name, p.Done, p.Total)
	}
	m, _, err := mapbuild.Build(ctx, c.Extracts, mapbuild.Options{Workers: c.Workers, Progress: report})
	if err != nil {
		bar.Abandon()
		return err
	}
	if m.NumChains() == 0 {
		bar.Abandon()
		return &outrider.Error{
			Kind: outrider.Invalid, Where: strings.Join(c.Extracts, ", "),
			Cause:  "there is no road for vehicles in it (highway ways not used: " + counts(m.Meta.Drops) + ")",
			Remedy: "take an extract of an area with roads, with the nodes of its ways",
		}
	}
	bar.Report(phaseNames[phaseSave], 0, 0)
	m.Meta.Program = w.Program
	if err := network.Save(c.Output, m); err != nil {
		bar.Abandon()
		return err
	}
	phases := bar.Done()
	total := 0.0
	for _, p := range phases {
		total += p.Seconds
	}
	if w.ProgressMode == cli.ProgressJSON {
		return cli.WriteJSON(w.Stdout, struct {
			Map     string          `json:"map"`
			SHA256  string          `json:"sha256"`
			Seconds float64         `json:"seconds"`
			Phases  []cli.PhaseTime `json:"phases"`
			Meta    network.Meta    `json:"meta"`
		}{c.Output, m.Hash, total, phases, m.Meta})
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%s: %s junctions, %s carriageways, %s km, %s hazards, %s safe havens; %.2f s",
		c.Output, cli.Thousands(len(m.NodePoint)), cli.Thousands(m.NumChains()), cli.Thousands(int(m.Meta.KMCarriage)),
		cli.Thousands(len(m.Hazards)), cli.Thousands(len(m.Havens)), total)
	t.Paragraph("", fmt.Sprintf("%s highway ways used, not used: %s", cli.Thousands(m.Meta.WaysUsed), counts(m.Meta.Drops)))
	if m.Meta.RailWaysUsed > 0 {
		t.Paragraph("", fmt.Sprintf("%s railway ways used, %s km of track, not used: %s", cli.Thousands(m.Meta.RailWaysUsed), cli.Thousands(int(m.Meta.KMTrack)), counts(m.Meta.RailDrops)))
	}
	if len(m.Meta.Notes) > 0 {
		t.Paragraph("noted: ", counts(m.Meta.Notes))
	}
	t.Source(m, w.Now())
	return t.Err
}

type mapInfoCmd struct {
	File string `arg:"" help:"Map file."`
	JSON bool   `name:"json" help:"As JSON."`
}

func (c *mapInfoCmd) Run(w *cli.World) error {
	info, err := network.ReadInfo(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return cli.WriteJSON(w.Stdout, info)
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("map         %s", info.Meta.Name)
	t.Line("hash        %s", info.Hash)
	t.Line("format      %d.%d, %s bytes in %d sections", info.Version, info.Minor, cli.Thousands(int(info.Bytes)), len(info.Sections))
	t.Line("data date   %s", cli.DataDate(info.Meta.DataDate, w.Now()))
	south, west := info.Meta.Box.Min.Degrees()
	north, east := info.Meta.Box.Max.Degrees()
	t.Line("extent      %.4f to %.4f N, %.4f to %.4f E", south, north, west, east)
	t.Line("made by     %s", info.Meta.Program)
	for _, s := range info.Meta.Sources {
		t.Line("from        %s, %s bytes, sha256 %s", s.Name, cli.Thousands(int(s.Bytes)), s.SHA256)
	}
	t.Line("network     %s km of carriageway, %s highway ways", cli.Thousands(int(info.Meta.KMCarriage)), cli.Thousands(info.Meta.WaysUsed))
	t.Paragraph("not used    ", counts(info.Meta.Drops))
	if info.Meta.RailWaysUsed > 0 {
		t.Line("railways    %s km of track, %s railway ways", cli.Thousands(int(info.Meta.KMTrack)), cli.Thousands(info.Meta.RailWaysUsed))
		t.Paragraph("not used    ", counts(info.Meta.RailDrops))
	}
	if len(info.Meta.Notes) > 0 {
		t.Paragraph("noted       ", counts(info.Meta.Notes))
	}
	t.Line("routing     %s", routingOrder(&info))
	t.Line("")
	for _, n := range info.Meta.Counts {
		t.Line("  %-28s %10s", n.Kind, cli.Thousands(n.N))
	}
	t.Line("")
	t.Line("© OpenStreetMap contributors, ODbL 1.0")
	return t.Err
}

// routingOrder says whether a map file has the order for routing.
func routingOrder(info *network.Info) string {
	if n := info.OrderedStates(); n > 0 {
		return "order of " + cli.Thousands(int(n)) + " states"
	}
	return "no order; it is found anew in each run, build the map again to keep it"
}

type mapFindCmd struct {
	cli.MapFlag
	Query string `arg:"" help:"A name or the beginning of one, an id such as way/123, or a coordinate."`
	Limit int    `default:"20" help:"How many to show at most."`
	JSON  bool   `name:"json" help:"As JSON."`
}

// foundJSON is a search result as JSON.
type foundJSON struct {
	ID       string  `json:"id"`
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	DataDate string  `json:"data_date"` // of the map
}

func (c *mapFindCmd) Run(w *cli.World) error {
	if c.Limit < 1 {
		return cli.InvalidFlag("--limit", fmt.Sprintf("%d is not a number of results", c.Limit), "give 1 or more")
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	found := m.Find(c.Query, c.Limit)
	if c.JSON {
		out := make([]foundJSON, len(found))
		for i, f := range found {
			lat, lon := f.Point.Degrees()
			out[i] = foundJSON{ID: strings.Clone(f.ID), Kind: strings.Clone(f.Kind), Name: strings.Clone(f.Name), Lat: lat, Lon: lon, DataDate: cli.DataDay(m)}
		}
		if err := cli.WriteJSON(w.Stdout, out); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		if wrong := positionFault(c.Query); wrong != nil {
			return wrong
		}
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Map, Cause: fmt.Sprintf("nothing is called %q", c.Query),
			Remedy: "try a shorter part of the name, or a coordinate",
		}
	}
	if c.JSON {
		return nil
	}
	t := &cli.Text{W: w.Stdout}
	rows := make([][]string, len(found))
	for i, f := range found {
		lat, lon := f.Point.Degrees()
		rows[i] = []string{f.Kind, f.Name, fmt.Sprintf("%10.6f", lat), fmt.Sprintf("%11.6f", lon), f.ID}
	}
	t.Columns(rows)
	t.Source(m, w.Now())
	return t.Err
}

type mapHazardsCmd struct {
	cli.MapFlag
	Kind string `placeholder:"KIND" help:"Only this kind, such as level_crossing."`
	JSON bool   `name:"json" help:"As JSON, one object a line."`
}

// hazardJSON is a line of map hazards --json.
type hazardJSON struct {
	Kind     string  `json:"kind"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Road     string  `json:"road"`
	ExtentM  float64 `json:"extent_m"`
	Value    int32   `json:"value"`
	Detail   string  `json:"detail"`
	OSM      string  `json:"osm"`
	Tags     string  `json:"tags"`
	DataDate string  `json:"data_date"` // of the map
}

func (c *mapHazardsCmd) Run(w *cli.World) error {
	if c.Kind != "" && !slices.Contains(kindNames(), c.Kind) {
		return cli.InvalidFlag("--kind", fmt.Sprintf("there is no hazard kind %q", c.Kind), "one of "+strings.Join(kindNames(), ", "))
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	t := &cli.Text{W: w.Stdout}
	shown := 0
	for i := range m.Hazards {
		h := &m.Hazards[i]
		if c.Kind != "" && h.Kind.String() != c.Kind {
			continue
		}
		shown++
		lat, lon := m.PointAt(h.Chain, (h.From+h.To)/2).Degrees()
		j := hazardJSON{
			Kind: h.Kind.String(), Lat: lat, Lon: lon, Road: m.Describe(h.Chain, h.From), ExtentM: (h.To - h.From).Metres(),
			Value: h.Value, Detail: hazard.Detail(*h), OSM: h.Object(), Tags: m.Text(h.Tags), DataDate: cli.DataDay(m),
		}
		if c.JSON {
			if err := cli.WriteJSON(w.Stdout, j); err != nil {
				return err
			}
			continue
		}
		t.Line("%-16s %10.6f %11.6f %8.1f m  %-28s %-34s %s [%s]", j.Kind, j.Lat, j.Lon, j.ExtentM, j.Detail, j.Road, j.OSM, j.Tags)
	}
	if shown == 0 && t.Err == nil {
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Map, Cause: "no such hazard is in the map data",
			Remedy: "that says what is known, not what is there",
		}
	}
	if !c.JSON {
		t.Source(m, w.Now())
	}
	return t.Err
}

func kindNames() []string {
	names := make([]string, network.HazardKinds)
	for k := range network.HazardKinds {
		names[k] = k.String()
	}
	return names
}

// counts prints "12 a, 3 b"; what was not found is left out.
func counts(c []network.Count) string {
	var parts []string
	for _, n := range c {
		if n.N > 0 {
			parts = append(parts, cli.Thousands(n.N)+" "+n.Kind)
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
