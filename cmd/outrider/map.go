package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
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

// mapFlag is the map file that a command works on.
type mapFlag struct {
	Map string `short:"m" env:"OUTRIDER_MAP" placeholder:"FILE" help:"Map file, made by outrider map build."`
}

// open opens the map; the caller closes it.
func (f mapFlag) open() (*network.Map, error) {
	if f.Map == "" {
		return nil, usageError("no map file was named", "give --map FILE or set OUTRIDER_MAP")
	}
	return network.OpenMap(f.Map)
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

func (c *mapBuildCmd) Run(ctx context.Context, w *world) error {
	if c.Workers < 0 {
		return invalidFlag("--workers", fmt.Sprintf("%d is not a number of goroutines", c.Workers), "leave it out to use every core")
	}
	for _, extract := range c.Extracts {
		if sameFile(extract, c.Output) {
			return invalidFlag("-o", fmt.Sprintf("%s is one of the extracts", c.Output), "name another file for the map")
		}
	}
	if err := writable("-o", c.Output); err != nil {
		return err
	}
	bar := w.progress()
	report := func(p mapbuild.Progress) {
		name := phaseNames[p.Phase]
		if p.File != "" && len(c.Extracts) > 1 {
			name += ", " + filepath.Base(p.File)
		}
		bar.report(name, p.Done, p.Total)
	}
	m, _, err := mapbuild.Build(ctx, c.Extracts, mapbuild.Options{Workers: c.Workers, Progress: report})
	if err != nil {
		bar.abandon()
		return err
	}
	if m.NumChains() == 0 {
		bar.abandon()
		return &outrider.Error{
			Kind: outrider.Invalid, Where: strings.Join(c.Extracts, ", "),
			Cause:  "there is no road for vehicles in it (highway ways not used: " + counts(m.Meta.Drops) + ")",
			Remedy: "take an extract of an area with roads, with the nodes of its ways",
		}
	}
	bar.report(phaseNames[phaseSave], 0, 0)
	m.Meta.Program = programName()
	if err := network.Save(c.Output, m); err != nil {
		bar.abandon()
		return err
	}
	phases := bar.done()
	total := 0.0
	for _, p := range phases {
		total += p.Seconds
	}
	if w.progressMode == progressJSON {
		return writeJSON(w.stdout, struct {
			Map     string       `json:"map"`
			SHA256  string       `json:"sha256"`
			Seconds float64      `json:"seconds"`
			Phases  []phaseTime  `json:"phases"`
			Meta    network.Meta `json:"meta"`
		}{c.Output, m.Hash, total, phases, m.Meta})
	}
	t := &text{w: w.stdout}
	t.line("%s: %s junctions, %s carriageways, %s km, %s hazards, %s safe havens; %.2f s",
		c.Output, thousands(len(m.NodePoint)), thousands(m.NumChains()), thousands(int(m.Meta.KMCarriage)),
		thousands(len(m.Hazards)), thousands(len(m.Havens)), total)
	t.paragraph("", fmt.Sprintf("%s highway ways used, not used: %s", thousands(m.Meta.WaysUsed), counts(m.Meta.Drops)))
	if m.Meta.RailWaysUsed > 0 {
		t.paragraph("", fmt.Sprintf("%s railway ways used, %s km of track, not used: %s", thousands(m.Meta.RailWaysUsed), thousands(int(m.Meta.KMTrack)), counts(m.Meta.RailDrops)))
	}
	if len(m.Meta.Notes) > 0 {
		t.paragraph("noted: ", counts(m.Meta.Notes))
	}
	t.source(m, w.now())
	return t.err
}

type mapInfoCmd struct {
	File string `arg:"" help:"Map file."`
	JSON bool   `name:"json" help:"As JSON."`
}

func (c *mapInfoCmd) Run(w *world) error {
	info, err := network.ReadInfo(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(w.stdout, info)
	}
	t := &text{w: w.stdout}
	t.line("map         %s", info.Meta.Name)
	t.line("hash        %s", info.Hash)
	t.line("format      %d.%d, %s bytes in %d sections", info.Version, info.Minor, thousands(int(info.Bytes)), len(info.Sections))
	t.line("data date   %s", dataDate(info.Meta.DataDate, w.now()))
	south, west := info.Meta.Box.Min.Degrees()
	north, east := info.Meta.Box.Max.Degrees()
	t.line("extent      %.4f to %.4f N, %.4f to %.4f E", south, north, west, east)
	t.line("made by     %s", info.Meta.Program)
	for _, s := range info.Meta.Sources {
		t.line("from        %s, %s bytes, sha256 %s", s.Name, thousands(int(s.Bytes)), s.SHA256)
	}
	t.line("network     %s km of carriageway, %s highway ways", thousands(int(info.Meta.KMCarriage)), thousands(info.Meta.WaysUsed))
	t.paragraph("not used    ", counts(info.Meta.Drops))
	if info.Meta.RailWaysUsed > 0 {
		t.line("railways    %s km of track, %s railway ways", thousands(int(info.Meta.KMTrack)), thousands(info.Meta.RailWaysUsed))
		t.paragraph("not used    ", counts(info.Meta.RailDrops))
	}
	if len(info.Meta.Notes) > 0 {
		t.paragraph("noted       ", counts(info.Meta.Notes))
	}
	t.line("routing     %s", routingOrder(&info))
	t.line("")
	for _, n := range info.Meta.Counts {
		t.line("  %-28s %10s", n.Kind, thousands(n.N))
	}
	t.line("")
	t.line("© OpenStreetMap contributors, ODbL 1.0")
	return t.err
}

// routingOrder says whether a map file has the order for routing.
func routingOrder(info *network.Info) string {
	if n := info.OrderedStates(); n > 0 {
		return "order of " + thousands(int(n)) + " states"
	}
	return "no order; it is found anew in each run, build the map again to keep it"
}

type mapFindCmd struct {
	mapFlag
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

func (c *mapFindCmd) Run(w *world) error {
	if c.Limit < 1 {
		return invalidFlag("--limit", fmt.Sprintf("%d is not a number of results", c.Limit), "give 1 or more")
	}
	m, err := c.open()
	if err != nil {
		return err
	}
	defer closeMap(m)
	found := m.Find(c.Query, c.Limit)
	if c.JSON {
		out := make([]foundJSON, len(found))
		for i, f := range found {
			lat, lon := f.Point.Degrees()
			out[i] = foundJSON{ID: strings.Clone(f.ID), Kind: strings.Clone(f.Kind), Name: strings.Clone(f.Name), Lat: lat, Lon: lon, DataDate: dataDay(m)}
		}
		if err := writeJSON(w.stdout, out); err != nil {
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
	t := &text{w: w.stdout}
	rows := make([][]string, len(found))
	for i, f := range found {
		lat, lon := f.Point.Degrees()
		rows[i] = []string{f.Kind, f.Name, fmt.Sprintf("%10.6f", lat), fmt.Sprintf("%11.6f", lon), f.ID}
	}
	t.columns(rows)
	t.source(m, w.now())
	return t.err
}

type mapHazardsCmd struct {
	mapFlag
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

func (c *mapHazardsCmd) Run(w *world) error {
	if c.Kind != "" && !slices.Contains(kindNames(), c.Kind) {
		return invalidFlag("--kind", fmt.Sprintf("there is no hazard kind %q", c.Kind), "one of "+strings.Join(kindNames(), ", "))
	}
	m, err := c.open()
	if err != nil {
		return err
	}
	defer closeMap(m)
	t := &text{w: w.stdout}
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
			Value: h.Value, Detail: hazard.Detail(*h), OSM: h.Object(), Tags: m.Text(h.Tags), DataDate: dataDay(m),
		}
		if c.JSON {
			if err := writeJSON(w.stdout, j); err != nil {
				return err
			}
			continue
		}
		t.line("%-16s %10.6f %11.6f %8.1f m  %-28s %-34s %s [%s]", j.Kind, j.Lat, j.Lon, j.ExtentM, j.Detail, j.Road, j.OSM, j.Tags)
	}
	if shown == 0 && t.err == nil {
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Map, Cause: "no such hazard is in the map data",
			Remedy: "that says what is known, not what is there",
		}
	}
	if !c.JSON {
		t.source(m, w.now())
	}
	return t.err
}

func kindNames() []string {
	names := make([]string, network.HazardKinds)
	for k := range network.HazardKinds {
		names[k] = k.String()
	}
	return names
}

// closeMap gives a map's memory back. At the end of a command there is nobody
// left to whom a failure would matter.
func closeMap(m *network.Map) { _ = m.Close() }

// source says of what date the map's data is, and whose.
func (t *text) source(m *network.Map, now time.Time) {
	t.line("map data of %s, © OpenStreetMap contributors", dataDate(m.Meta.DataDate, now))
}

// dataDay is the date of a map's data in JSON, "unknown" if the extract had none.
func dataDay(m *network.Map) string {
	if m.Meta.DataDate == 0 {
		return "unknown"
	}
	return time.Unix(m.Meta.DataDate, 0).UTC().Format(time.DateOnly)
}

// dataDate prints the date of map data, and that it is old when it is.
func dataDate(unix int64, now time.Time) string {
	if unix == 0 {
		return "unknown date (STALE: take it as old)"
	}
	at := time.Unix(unix, 0).UTC()
	s := at.Format("2006-01-02")
	if now.Sub(at) > outrider.StaleAfter {
		s += fmt.Sprintf(" (STALE: %d days old)", int(now.Sub(at).Hours()/24))
	}
	return s
}

// counts prints "12 a, 3 b"; what was not found is left out.
func counts(c []network.Count) string {
	var parts []string
	for _, n := range c {
		if n.N > 0 {
			parts = append(parts, thousands(n.N)+" "+n.Kind)
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// text writes lines and keeps the first error.
type text struct {
	w   io.Writer
	err error
}

func (t *text) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}
